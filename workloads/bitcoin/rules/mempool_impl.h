/*
 * mempool_impl.h: the transactions of a mempool and how they hang together; nobody but the
 * mempool's files includes it. Entries and spends lie in arrays and are named by their place, NONE
 * being none.
 */
#ifndef BTC_MEMPOOL_IMPL_H
#define BTC_MEMPOOL_IMPL_H

#include "bitcoin/rules/mempool.h"

#define BTC_NONE UINT32_MAX

struct btc_entry {
	uint8_t txid[32], wtxid[32];
	uint32_t version;
	uint32_t next;  /* in the bucket, or on the free list */
	uint32_t spend; /* the first of its inputs */
	uint32_t n_out, bytes;
	uint32_t heap; /* its place there */
	int64_t fee, vsize;
	/* With all that spends it, itself included. */
	int64_t family_fee, family_vsize;
	uint32_t family;
	uint64_t seen; /* the walk that met it last */
};

/* An outpoint that an entry spends. */
struct btc_spend {
	uint8_t outpoint[BTC_OUTPOINT_SIZE];
	uint32_t next;    /* in the bucket, or on the free list */
	uint32_t sibling; /* the next input of the same entry */
	uint32_t spender;
};

/* A list of entries, in memory that is as large as it can get. */
struct btc_entries {
	uint32_t *v;
	uint32_t n;
};

struct btc_mempool {
	struct btc_mempool_conf conf;
	struct btc_validator *validator;
	struct btc_entry *entries;
	struct btc_spend *spends;
	uint32_t *by_txid, *by_outpoint; /* heads of buckets */
	uint32_t mask_txid, mask_outpoint;
	uint32_t free_entry, free_spend;
	uint32_t *heap; /* what is evicted first comes first */
	uint32_t n, n_spends;
	size_t bytes;
	int64_t floor_rate; /* what eviction has raised the least rate to */
	uint64_t walk;
	/* Of the transaction on its way in: see btc_incoming. */
	struct btc_entries direct, above, gone;
};

/* A transaction on its way in. Its lists are the pool's: what it spends a coin of, what it comes
 * from, what must go. */
struct btc_incoming {
	struct btc_mempool *pool;
	const struct btc_case *c;
	const struct btc_tx *tx;
	struct btc_admission *admission;
	uint32_t unconfirmed;
	int64_t fee, vsize;
	/* it takes the place of another child of its parent, whose coin it does not spend */
	bool sibling;
};

#define BTC_TRUC_VERSION 3 /* BIP431 */

/* Satoshi for so many virtual bytes, rounded up as Core rounds; no more than there are. */
int64_t btc_fee_at(int64_t rate, int64_t vsize);

/*
 * What a transaction may do to those that are in: how long chains get, BIP431 (TRUC), what may be
 * replaced. Fee, size and pool->direct must be known; leaves what it comes from in pool->above,
 * what must go in pool->gone. NULL, or Core's reason.
 */
const char *btc_check_kin(struct btc_incoming *in);

/* Does a pay less for its size than b? Fees are at least 0, sizes above it. */
static inline bool btc_pays_less(int64_t fee_a, int64_t size_a, int64_t fee_b, int64_t size_b)
{
	return (bt_u128)fee_a * (uint64_t)size_b < (bt_u128)fee_b * (uint64_t)size_a;
}

/* Arrays of the conf's room, everything empty. 0 or -ENOMEM; btc_graph_fini takes whatever there
 * is. */
int btc_graph_init(struct btc_mempool *pool);
void btc_graph_clear(struct btc_mempool *pool);
void btc_graph_fini(struct btc_mempool *pool);

uint32_t btc_graph_find(const struct btc_mempool *pool, const uint8_t txid[32]);
uint32_t btc_graph_spender(const struct btc_mempool *pool, const uint8_t *outpoint);

/*
 * Collects what a transaction's inputs come from, all the way up, as long as there are at most
 * `most`. False when there are more.
 */
bool btc_graph_above(
	struct btc_mempool *pool, struct btc_entries *out, const struct btc_tx *tx, uint32_t most);

/* Adds an entry and all that spends it to the list, unless this walk has met it. Begin a walk by
 * pool->walk++. */
void btc_graph_below(struct btc_mempool *pool, struct btc_entries *out, uint32_t entry);

/* Adds a transaction below the entries `above`; the caller has looked for room. Returns its
 * place. */
uint32_t btc_graph_add(struct btc_mempool *pool, const struct btc_tx *tx, int64_t fee,
	int64_t vsize, const struct btc_entries *above);

/* Removes entries with which all that spends them goes. */
void btc_graph_remove(struct btc_mempool *pool, const struct btc_entries *gone);

#endif
