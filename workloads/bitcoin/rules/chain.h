/*
 * chain.h: a chain of blocks, with its coins. Blocks are connected one after the other by the
 * consensus rules of Bitcoin Core 30, from genesis on, or from any height when each block comes
 * with the outputs that it spends; the first refusal ends the chain until it is reset. One thread
 * at a time.
 *
 * A stretch that begins later is held to every rule as far as what is known of the chain before
 * goes. Without those headers it is not known, and so not checked: the target where it depends on a
 * block before the first known one; times and lock times against a median that takes blocks before
 * it, of the block or of the coin. And without those coins: whether an output from before the
 * stretch was there and had not been spent before the stretch, which the undo data vouch for; BIP30
 * against it.
 */
#ifndef BTC_CHAIN_H
#define BTC_CHAIN_H

#include "base/err.h"
#include "bitcoin/rules/bytes.h"
#include "bitcoin/rules/chainparams.h"
#include "bitcoin/rules/sigcache.h"

/* Why and where a block was refused. */
struct btc_reject {
	char rule[112]; /* Core's reason, with the script error in brackets; or what is malformed */
	bool malformed; /* the bytes are no block: `position` tells where that shows */
	size_t position; /* in the block */
	uint32_t height;
	bool undo;        /* the undo data are at fault, not the block: `position` is in them */
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
	uint32_t blocks;    /* with the headers before the first */
	size_t coins;       /* made */
	size_t foreign;     /* coins from before the first block that are spent */
	size_t block_bytes; /* of the largest block and its undo data */
	unsigned threads;   /* that verify the inputs of a block, with the caller's; 0 is 1 */
	struct btc_sigcache *cache; /* of the caller, for all of them; NULL: none */
};

struct btc_chain;

/* NULL and *err: out of memory. */
struct btc_chain *btc_chain_new(const struct btc_chainparams *params,
	const struct btc_chain_room *room, struct bt_err *err);
void btc_chain_free(struct btc_chain *chain); /* accepts NULL */

/*
 * Says that the first block will stand at `height` (not 0), and what the headers before it are: n
 * of them, up to that height. They are checked as blocks' headers are. Once, before the first
 * block. 0; -EBADMSG and *reject; -ENOMEM.
 */
int btc_chain_begin(struct btc_chain *chain, struct btc_reject *reject,
	const uint8_t *const *headers, uint32_t n, uint32_t height);

/* Back to before the first block, in O(1). */
void btc_chain_reset(struct btc_chain *chain);

/*
 * Connects the next block; the first is genesis, unless btc_chain_begin said otherwise. The bytes
 * must stay until the chain is reset or freed: coins borrow their scripts. 0 and *counts; -EBADMSG
 * and *reject; -ENOMEM. After an error only reset and free may follow.
 */
int btc_chain_connect(struct btc_chain *chain, struct btc_block_counts *counts,
	struct btc_reject *reject, const uint8_t *block, size_t size);

/*
 * The same with undo data, as rev*.dat has them (undo.h), that must speak of every output spent:
 * those of blocks connected before must be these, and the others are taken from here. Genesis has
 * none: p is NULL. They are not borrowed.
 */
int btc_chain_connect_undo(struct btc_chain *chain, struct btc_block_counts *counts,
	struct btc_reject *reject, struct btc_span block, struct btc_span undo);

/*
 * Judges a block as the next one and takes back whatever that has changed, as Core's
 * TestBlockValidity: the chain stays what it was, and any block may follow. With pow false, proof
 * of work (and signet's, the solution) is left out, for a block that nobody has mined. 0 when it
 * holds; -EBADMSG and *reject; -ENOMEM, after which only reset and free may follow.
 */
int btc_chain_test(struct btc_chain *chain, struct btc_reject *reject, struct btc_span block,
	struct btc_span undo, bool pow);

/* What its threads asked of the signature cache so far. */
struct btc_sigcache_use btc_chain_cache_use(const struct btc_chain *chain);

/* The height of the next block. */
uint32_t btc_chain_length(const struct btc_chain *chain);

/* Hash of the last block, NULL when none is known. */
const uint8_t *btc_chain_tip(const struct btc_chain *chain);

#endif
