/*
 * chain.h: a chain of blocks from genesis, with its coins. Blocks are connected one after the other by the consensus rules of
 * Bitcoin Core 30; the first refusal ends the chain until it is reset. One thread at a time.
 */
#ifndef BTC_CHAIN_H
#define BTC_CHAIN_H

#include "base/err.h"
#include "bitcoin/chainparams.h"

/* Why and where a block was refused. */
struct btc_reject {
	char rule[112]; /* Core's reason, with the script error in brackets; or what is malformed */
	bool malformed; /* the bytes are no block: `position` tells where that shows */
	size_t position; /* in the block */
	uint32_t height;
	uint8_t hash[32]; /* of the block; zero when it is too short to have one */
	bool has_tx;
	uint8_t txid[32]; /* the transaction at fault, when there is one */
	bool has_input;
	uint32_t input; /* the input at fault, when there is one */
};

/* "rule: height, block, input, transaction" for a person. */
void btc_reject_text(char *out, size_t size, const struct btc_reject *reject);

/* What a connected block had in it. */
struct btc_block_counts {
	uint64_t transactions;
	uint64_t inputs; /* whose scripts were executed: the coinbase has none */
	uint64_t bytes;
};

/* How much a chain will have to hold; within it, connecting allocates nothing. */
struct btc_chain_room {
	uint32_t blocks;
	size_t coins;
	size_t block_bytes; /* of the largest block */
};

struct btc_chain;

/* NULL and *err: out of memory. */
struct btc_chain *btc_chain_new(const struct btc_chainparams *params,
        const struct btc_chain_room *room, struct bt_err *err);
void btc_chain_free(struct btc_chain *chain); /* accepts NULL */

/* Back to before genesis, in O(1). */
void btc_chain_reset(struct btc_chain *chain);

/*
 * Connects the next block; the first is genesis. The bytes must stay until the chain is reset or freed: coins borrow their
 * scripts. 0 and *counts; -EBADMSG and *reject; -ENOMEM. After an error only reset and free may follow.
 */
int btc_chain_connect(struct btc_chain *chain, struct btc_block_counts *counts,
        struct btc_reject *reject, const uint8_t *block, size_t size);

/* Blocks connected: the height of the next. */
uint32_t btc_chain_length(const struct btc_chain *chain);

/* Hash of the last block, NULL before genesis. */
const uint8_t *btc_chain_tip(const struct btc_chain *chain);

#endif
