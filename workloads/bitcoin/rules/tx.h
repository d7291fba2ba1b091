/*
 * tx.h: transactions: parse and write, in the original form and that of BIP144; identifiers and
 * sizes. A parsed transaction borrows the bytes it was read from and keeps its arrays in the
 * caller's arena.
 */
#ifndef BTC_TX_H
#define BTC_TX_H

#include "bitcoin/rules/arena.h"
#include "bitcoin/rules/bytes.h"
#include "bitcoin/rules/hash.h"

#define BTC_OUTPOINT_SIZE  36 /* txid, output index */
#define BTC_SEQUENCE_FINAL 0xffffffffu
/* BIP68: a relative lock in blocks, or with SECONDS in units of 512 s. */
#define BTC_SEQUENCE_DISABLED (UINT32_C(1) << 31)
#define BTC_SEQUENCE_SECONDS  (UINT32_C(1) << 22)
#define BTC_SEQUENCE_MASK     UINT32_C(0xffff)
#define BTC_COIN              INT64_C(100000000)
#define BTC_MAX_MONEY         (21000000 * BTC_COIN)

struct btc_in {
	const uint8_t *prevout; /* BTC_OUTPOINT_SIZE bytes as serialised */
	struct btc_span script;
	uint32_t sequence;
	uint32_t n_witness;
	const struct btc_span *witness;
};

struct btc_out {
	int64_t value; /* satoshi; whatever the bytes said */
	struct btc_span script;
	struct btc_span raw; /* the output as serialised; a writer ignores it */
};

struct btc_tx {
	uint32_t version, locktime;
	uint32_t n_in, n_out;
	struct btc_in *in;
	struct btc_out *out;
	/* Set by the parser: */
	struct btc_span raw;     /* the whole, with any witness */
	struct btc_span raw_out; /* all outputs, without their count */
	size_t base_size;        /* bytes without marker, flag and witness */
	bool has_witness;        /* serialised in BIP144's form */
	uint8_t txid[32];
};

/*
 * Parses one transaction at the reader. On a fault the reader says what and where, and *tx is not
 * to be used. 0, -EINVAL, or -ENOMEM from the arena.
 */
int btc_tx_parse(struct btc_tx *tx, struct btc_reader *r, struct btc_arena *arena);

/* BIP141's identifier with witness; the txid when there is none. For a parsed transaction. */
void btc_tx_wtxid(uint8_t out[32], const struct btc_tx *tx);

/* Base size times three plus total size, in weight units. For a parsed transaction. */
size_t btc_tx_weight(const struct btc_tx *tx);

/* True for one input whose outpoint is null. */
bool btc_tx_is_coinbase(const struct btc_tx *tx);

/*
 * Writes version, inputs, outputs, witness and locktime, in BIP144's form when any input has a
 * witness. Returns the size; writes only as far as `cap` goes, so that a call with cap 0 (out may
 * be NULL) measures.
 */
size_t btc_tx_write(uint8_t *out, size_t cap, const struct btc_tx *tx);

static inline const uint8_t *btc_in_txid(const struct btc_in *in)
{
	return in->prevout;
}

static inline uint32_t btc_in_index(const struct btc_in *in)
{
	return btc_le32(in->prevout + 32);
}

static inline bool btc_money_range(int64_t v)
{
	return v >= 0 && v <= BTC_MAX_MONEY;
}

#endif
