/*
 * mempool.h: transactions that wait for a block, as a node keeps them: policy, conflicts and
 * replacement (full RBF), limits on chains of unconfirmed transactions, and eviction of what pays
 * least when it is full. All memory is taken at the beginning. One thread at a time.
 *
 * As Bitcoin Core 30, without packages, lock times, and expiry; the limit counts serialised bytes
 * of transactions, where Core counts the memory that it uses for them.
 */
#ifndef BTC_MEMPOOL_H
#define BTC_MEMPOOL_H

#include "bitcoin/rules/validate.h"

struct btc_mempool_conf {
	size_t max_bytes;
	uint32_t entries, inputs; /* room: as many transactions with as many inputs in all */
	unsigned max_chain;       /* transactions in a chain, with the new one: Core's 25 */
	uint64_t max_chain_vsize; /* and their virtual bytes: 101,000 */
	int64_t min_rate;         /* satoshi a thousand virtual bytes: 100 */
	/* by which a replacement, or what follows an eviction, must pay more: 100 */
	int64_t step_rate;
	struct bt_budget *budget; /* what the room is taken from; NULL: not counted */
};

#define BTC_MEMPOOL_CHAIN       25
#define BTC_MEMPOOL_CHAIN_VSIZE 101000
#define BTC_MEMPOOL_RATE        100

struct btc_admission {
	const char *reason;         /* NULL: accepted; else Core's, or what is malformed */
	enum btc_script_err script; /* when a script was the reason */
	uint32_t inputs;            /* whose scripts were executed */
	unsigned replaced; /* transactions that gave way to this one, with what spent them */
	unsigned evicted;  /* and that were too much for the limit */
};

struct btc_mempool;

/* NULL: out of memory. */
struct btc_mempool *btc_mempool_new(const struct btc_mempool_conf *conf);
void btc_mempool_free(struct btc_mempool *pool); /* accepts NULL */

/*
 * Takes a transaction in, or says why not. The case brings the coins it spends; those of its first
 * `unconfirmed` inputs are in no block, so that the transaction which makes them must be in the
 * pool. The flags of the case are the rules for its scripts. 0; -ENOMEM, also when there is no more
 * room.
 */
int btc_mempool_accept(struct btc_mempool *pool, struct btc_admission *admission,
	const struct btc_case *c, uint32_t unconfirmed);

bool btc_mempool_has(const struct btc_mempool *pool, const uint8_t txid[32]);

/* Satoshi that a transaction of this size must pay at the moment. */
int64_t btc_mempool_fee(const struct btc_mempool *pool, size_t vsize);

uint32_t btc_mempool_count(const struct btc_mempool *pool);
size_t btc_mempool_bytes(const struct btc_mempool *pool);

/* As if a block had taken this one, and what spends it had gone with it; nothing when it is not
 * there. */
void btc_mempool_remove(struct btc_mempool *pool, const uint8_t txid[32]);

/* As if a block had taken all of them. */
void btc_mempool_clear(struct btc_mempool *pool);

#endif
