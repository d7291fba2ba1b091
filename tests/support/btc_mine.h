/*
 * btc_mine.h: builds and mines regtest blocks for tests: transactions from parts, signed with own
 * keys, blocks whose proof of work is real. Deterministic. Everything built lives in the miner's
 * arena until fini; running out of memory aborts the test.
 */
#ifndef BTC_MINE_H
#define BTC_MINE_H

#include <secp256k1.h>

#include "bitcoin/rules/block.h"
#include "bitcoin/rules/chain.h"
#include "bitcoin/rules/sighash.h"

#define BTC_MINE_BLOCKS 256  /* at most, with genesis */
#define BTC_MINE_TXS    1024 /* in a block, at most */

/* An output that can be spent. */
struct btc_mine_coin {
	uint8_t outpoint[BTC_OUTPOINT_SIZE];
	struct btc_prevout out;
};

struct btc_miner {
	secp256k1_context *secp;
	struct btc_arena arena;
	uint32_t height; /* of the next block */
	uint32_t time;   /* of the last one */
	uint8_t tip[32];
	struct btc_span blocks[BTC_MINE_BLOCKS];         /* by height */
	struct btc_mine_coin coinbases[BTC_MINE_BLOCKS]; /* first output of each coinbase */
};

/* A block in the making: change what you like before btc_mine_seal. */
struct btc_mine_block {
	struct btc_header header; /* btc_mine_seal fills in the root, and counts the nonce up */
	struct btc_tx *tx[BTC_MINE_TXS]; /* the first is the coinbase */
	uint32_t n_tx;
	bool flip_merkle; /* wrong root */
	bool fail_pow;    /* a hash over the target */
	bool commit;      /* put BIP141's commitment in the coinbase's last output */
	bool flip_commit; /* a wrong one */
	uint32_t nonce_n; /* size of the coinbase's witness item when commit is set; 32 */
};

void btc_mine_init(struct btc_miner *m);
void btc_mine_fini(struct btc_miner *m);

/* Genesis and n - 1 blocks on it, each with a coinbase to btc_mine_p2pkh(0). */
void btc_mine_base(struct btc_miner *m, uint32_t n);

/* Zeroed memory from the arena. */
void *btc_mine_get(struct btc_miner *m, size_t n, size_t size);
struct btc_span btc_mine_copy(struct btc_miner *m, const void *p, size_t n);

/* A compressed public key for a number; its secret key is a hash of it. */
void btc_mine_pubkey(struct btc_miner *m, uint8_t pubkey[33], unsigned key);

/* Scripts of outputs. */
struct btc_span btc_mine_p2pkh(struct btc_miner *m, unsigned key);
struct btc_span btc_mine_p2wpkh(struct btc_miner *m, unsigned key);
struct btc_span btc_mine_p2sh(struct btc_miner *m, struct btc_span redeem);
struct btc_span btc_mine_p2tr(struct btc_miner *m, unsigned key);
struct btc_span btc_mine_multisig(struct btc_miner *m, unsigned need, unsigned keys);

/* A script that pushes data by the shortest push of its length. */
struct btc_span btc_mine_push(struct btc_miner *m, struct btc_span data);

/* A transaction of version 2 with these inputs and n_out outputs to be filled; sequences are
 * final. */
struct btc_tx *btc_mine_tx(
	struct btc_miner *m, const struct btc_mine_coin *coins, uint32_t n_in, uint32_t n_out);

/* The coin that an output of a finished transaction is. */
struct btc_mine_coin btc_mine_coin_of(struct btc_miner *m, const struct btc_tx *tx, uint32_t index);

/* A signature with hash type ALL (none for taproot) over input i, for the script code or program
 * given. */
struct btc_span btc_mine_signature(struct btc_miner *m, const struct btc_tx *tx, uint32_t i,
	const struct btc_mine_coin *coins, unsigned key);

/* Signs inputs that spend btc_mine_p2pkh, p2wpkh or p2tr of this key; others stay as they are. */
void btc_mine_sign(
	struct btc_miner *m, struct btc_tx *tx, const struct btc_mine_coin *coins, unsigned key);

/* Begins the next block: valid header, coinbase with height and full subsidy to
 * btc_mine_p2pkh(0). */
void btc_mine_begin(struct btc_miner *m, struct btc_mine_block *b);
void btc_mine_add(struct btc_mine_block *b, struct btc_tx *tx);

/* Fills in commitment, root and nonce, and writes the block. */
struct btc_span btc_mine_seal(struct btc_miner *m, struct btc_mine_block *b);

/* Takes a sealed block as the miner's next. */
void btc_mine_extend(struct btc_miner *m, const struct btc_mine_block *b, struct btc_span bytes);

#endif
