/*
 * sighash.h: the hashes that signatures sign: the original one, BIP143's and BIP341's (with
 * BIP342's extension). What all inputs of a transaction share is hashed once, in a btc_txctx, which
 * is then read-only: threads may share it.
 */
#ifndef BTC_SIGHASH_H
#define BTC_SIGHASH_H

#include "bitcoin/rules/tx.h"

enum btc_sighash_type {
	BTC_SIGHASH_DEFAULT = 0, /* BIP341 only */
	BTC_SIGHASH_ALL = 1,
	BTC_SIGHASH_NONE = 2,
	BTC_SIGHASH_SINGLE = 3,
	BTC_SIGHASH_ANYONECANPAY = 0x80,
};

/* The output that an input spends. */
struct btc_prevout {
	int64_t amount;
	struct btc_span script;
};

/* A transaction with what its inputs spend. */
struct btc_txctx {
	const struct btc_tx *tx;
	const struct btc_prevout *spent; /* one per input */
	/* SHA-256 over all inputs or outputs (BIP341), and the double hashes (BIP143). */
	uint8_t prevouts[32], sequences[32], outputs[32], amounts[32], scripts[32];
	uint8_t prevouts_d[32], sequences_d[32], outputs_d[32];
};

/* What BIP341 and BIP342 sign beside the transaction. */
struct btc_tapctx {
	bool annex;
	uint8_t annex_hash[32];
	bool leaf; /* spending by a script: leaf_hash and codesep_pos are signed */
	uint8_t leaf_hash[32];
	uint32_t codesep_pos;
	int64_t weight_left; /* BIP342's budget for signatures */
};

/* Borrows tx and spent for as long as the context is used. */
void btc_txctx_init(
	struct btc_txctx *ctx, const struct btc_tx *tx, const struct btc_prevout *spent);

/*
 * The original hash over `code`, from which signatures have been deleted already; OP_CODESEPARATORs
 * are left out here. With SINGLE and no output at the input's index it is the number one, as it
 * always was.
 */
void btc_sighash_legacy(uint8_t out[32], const struct btc_tx *tx, uint32_t input,
	struct btc_span code, uint32_t type);

/* BIP143. */
void btc_sighash_v0(uint8_t out[32], const struct btc_txctx *ctx, uint32_t input,
	struct btc_span code, uint32_t type);

/* BIP341. 0, or -EINVAL for a type it does not know, or SINGLE without an output. */
int btc_sighash_taproot(uint8_t out[32], const struct btc_txctx *ctx, uint32_t input, uint8_t type,
	const struct btc_tapctx *tap);

#endif
