/*
 * The graph of unconfirmed transactions: who spends whom, and who is evicted first. Entries and
 * spends lie in arrays of a fixed size and name each other by index, with free lists and two
 * hash tables (by txid, by outpoint) over them, so a full mempool allocates nothing. An edge is
 * not stored: parents follow from an entry's inputs, children from a look-up of each of its
 * outputs.
 *
 * Each entry carries fee and size of its family (itself and all that spends it, directly or
 * not), kept up to date when a descendant comes or goes; a heap over the better of both rates,
 * Core's descendant score, has the next victim on top. Adding or removing costs a walk over
 * ancestors with one heap move each. Policy limits a chain (to 25 by default), and
 * btc_graph_above stops at that number. Entries remember the last walk that met them, which
 * makes a visit O(1) without a set.
 *
 * Clusters with linearised chunks would evict better. The rules here are those of Core 30, where
 * the worth of an entry depends on itself and its descendants only; its choices, good or not,
 * are what a run is to repeat.
 */
#include "bitcoin/rules/mempool_impl.h"

#include <errno.h>
#include <stdlib.h>

#include "base/budget.h"

#include "base/rng.h"

static uint32_t txid_bucket(const struct btc_mempool *pool, const uint8_t txid[32])
{
	return (uint32_t)bt_mix64(btc_le64(txid)) & pool->mask_txid;
}

static uint32_t outpoint_bucket(const struct btc_mempool *pool, const uint8_t *outpoint)
{
	return (uint32_t)bt_mix64(btc_le64(outpoint) ^ btc_le32(outpoint + 32)) &
		pool->mask_outpoint;
}

/* Buckets for n: a power of two. */
static uint32_t buckets_for(uint32_t n)
{
	uint32_t k = 16;

	while (k < n)
		k *= 2;
	return k;
}

int btc_graph_init(struct btc_mempool *pool)
{
	uint32_t n = pool->conf.entries, inputs = pool->conf.inputs;
	struct bt_budget *b = pool->conf.budget;

	pool->mask_txid = buckets_for(n) - 1;
	pool->mask_outpoint = buckets_for(inputs) - 1;
	pool->entries = bt_budget_zalloc(b, n, sizeof(pool->entries[0]));
	pool->spends = bt_budget_zalloc(b, inputs, sizeof(pool->spends[0]));
	pool->by_txid = bt_budget_zalloc(b, pool->mask_txid + 1u, sizeof(pool->by_txid[0]));
	pool->by_outpoint =
		bt_budget_zalloc(b, pool->mask_outpoint + 1u, sizeof(pool->by_outpoint[0]));
	pool->heap = bt_budget_zalloc(b, n, sizeof(pool->heap[0]));
	pool->direct.v = bt_budget_zalloc(b, n, sizeof(pool->direct.v[0]));
	pool->above.v = bt_budget_zalloc(b, n, sizeof(pool->above.v[0]));
	pool->gone.v = bt_budget_zalloc(b, n, sizeof(pool->gone.v[0]));
	if (pool->entries == NULL || pool->spends == NULL || pool->by_txid == NULL ||
		pool->by_outpoint == NULL || pool->heap == NULL || pool->direct.v == NULL ||
		pool->above.v == NULL || pool->gone.v == NULL)
		return -ENOMEM;
	btc_graph_clear(pool);
	return 0;
}

void btc_graph_clear(struct btc_mempool *pool)
{
	for (uint32_t i = 0; i <= pool->mask_txid; i++)
		pool->by_txid[i] = BTC_NONE;
	for (uint32_t i = 0; i <= pool->mask_outpoint; i++)
		pool->by_outpoint[i] = BTC_NONE;
	for (uint32_t i = 0; i < pool->conf.entries; i++)
		pool->entries[i].next = i + 1 < pool->conf.entries ? i + 1 : BTC_NONE;
	for (uint32_t i = 0; i < pool->conf.inputs; i++)
		pool->spends[i].next = i + 1 < pool->conf.inputs ? i + 1 : BTC_NONE;
	pool->free_entry = pool->free_spend = 0;
	pool->n = pool->n_spends = 0;
	pool->bytes = 0;
}

void btc_graph_fini(struct btc_mempool *pool)
{
	size_t n = pool->conf.entries, inputs = pool->conf.inputs;
	struct bt_budget *b = pool->conf.budget;

	bt_budget_free(b, pool->entries, n * sizeof(pool->entries[0]));
	bt_budget_free(b, pool->spends, inputs * sizeof(pool->spends[0]));
	bt_budget_free(b, pool->by_txid, (pool->mask_txid + 1u) * sizeof(pool->by_txid[0]));
	bt_budget_free(
		b, pool->by_outpoint, (pool->mask_outpoint + 1u) * sizeof(pool->by_outpoint[0]));
	bt_budget_free(b, pool->heap, n * sizeof(pool->heap[0]));
	bt_budget_free(b, pool->direct.v, n * sizeof(pool->direct.v[0]));
	bt_budget_free(b, pool->above.v, n * sizeof(pool->above.v[0]));
	bt_budget_free(b, pool->gone.v, n * sizeof(pool->gone.v[0]));
}

uint32_t btc_graph_find(const struct btc_mempool *pool, const uint8_t txid[32])
{
	uint32_t e = pool->by_txid[txid_bucket(pool, txid)];

	while (e != BTC_NONE && memcmp(pool->entries[e].txid, txid, 32) != 0)
		e = pool->entries[e].next;
	return e;
}

uint32_t btc_graph_spender(const struct btc_mempool *pool, const uint8_t *outpoint)
{
	uint32_t s = pool->by_outpoint[outpoint_bucket(pool, outpoint)];

	while (s != BTC_NONE && memcmp(pool->spends[s].outpoint, outpoint, BTC_OUTPOINT_SIZE) != 0)
		s = pool->spends[s].next;
	return s != BTC_NONE ? pool->spends[s].spender : BTC_NONE;
}

/* Takes an entry into a list unless this walk has met it. False when the list is full. */
static bool meet(struct btc_mempool *pool, struct btc_entries *out, uint32_t e, uint32_t most)
{
	if (e == BTC_NONE || pool->entries[e].seen == pool->walk)
		return true;
	if (out->n == most)
		return false;
	pool->entries[e].seen = pool->walk;
	out->v[out->n++] = e;
	return true;
}

/* What the entries of a list from `at` on come from. */
static bool climb(struct btc_mempool *pool, struct btc_entries *out, uint32_t at, uint32_t most)
{
	for (; at < out->n; at++)
		for (uint32_t s = pool->entries[out->v[at]].spend; s != BTC_NONE;
			s = pool->spends[s].sibling)
			if (!meet(pool, out, btc_graph_find(pool, pool->spends[s].outpoint), most))
				return false;
	return true;
}

bool btc_graph_above(
	struct btc_mempool *pool, struct btc_entries *out, const struct btc_tx *tx, uint32_t most)
{
	pool->walk++;
	out->n = 0;
	for (uint32_t i = 0; i < tx->n_in; i++)
		if (!meet(pool, out, btc_graph_find(pool, btc_in_txid(&tx->in[i])), most))
			return false;
	return climb(pool, out, 0, most);
}

void btc_graph_below(struct btc_mempool *pool, struct btc_entries *out, uint32_t entry)
{
	uint32_t at = out->n;

	meet(pool, out, entry, pool->conf.entries);
	for (; at < out->n; at++) {
		const struct btc_entry *e = &pool->entries[out->v[at]];
		uint8_t outpoint[BTC_OUTPOINT_SIZE];

		memcpy(outpoint, e->txid, 32);
		for (uint32_t k = 0; k < e->n_out; k++) {
			btc_put_le32(outpoint + 32, k);
			meet(pool, out, btc_graph_spender(pool, outpoint), pool->conf.entries);
		}
	}
}

/* Core's descendant score: an entry is worth what it pays, or what its family pays, whichever is
 * more. */
static bool worth_less(const struct btc_entry *a, const struct btc_entry *b)
{
	bool whole_a = btc_pays_less(a->fee, a->vsize, a->family_fee, a->family_vsize);
	bool whole_b = btc_pays_less(b->fee, b->vsize, b->family_fee, b->family_vsize);

	return btc_pays_less(whole_a ? a->family_fee : a->fee, whole_a ? a->family_vsize : a->vsize,
		whole_b ? b->family_fee : b->fee, whole_b ? b->family_vsize : b->vsize);
}

static bool heap_less(const struct btc_mempool *pool, uint32_t a, uint32_t b)
{
	return worth_less(&pool->entries[pool->heap[a]], &pool->entries[pool->heap[b]]);
}

static void heap_swap(struct btc_mempool *pool, uint32_t a, uint32_t b)
{
	uint32_t e = pool->heap[a];

	pool->heap[a] = pool->heap[b];
	pool->heap[b] = e;
	pool->entries[pool->heap[a]].heap = a;
	pool->entries[pool->heap[b]].heap = b;
}

/* Puts the heap in order again after what stands at `i` has changed. */
static void heap_settle(struct btc_mempool *pool, uint32_t i)
{
	while (i > 0 && heap_less(pool, i, (i - 1) / 2)) {
		heap_swap(pool, i, (i - 1) / 2);
		i = (i - 1) / 2;
	}
	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child + 1 < pool->n && heap_less(pool, child + 1, child))
			child++;
		if (child >= pool->n || !heap_less(pool, child, i))
			return;
		heap_swap(pool, i, child);
		i = child;
	}
}

static void add_spends(struct btc_mempool *pool, uint32_t at, const struct btc_tx *tx)
{
	pool->entries[at].spend = BTC_NONE;
	for (uint32_t i = 0; i < tx->n_in; i++) {
		uint32_t s = pool->free_spend;
		struct btc_spend *spend = &pool->spends[s];
		uint32_t *bucket = &pool->by_outpoint[outpoint_bucket(pool, tx->in[i].prevout)];

		pool->free_spend = spend->next;
		memcpy(spend->outpoint, tx->in[i].prevout, BTC_OUTPOINT_SIZE);
		spend->spender = at;
		spend->sibling = pool->entries[at].spend;
		pool->entries[at].spend = s;
		spend->next = *bucket;
		*bucket = s;
	}
	pool->n_spends += tx->n_in;
}

uint32_t btc_graph_add(struct btc_mempool *pool, const struct btc_tx *tx, int64_t fee,
	int64_t vsize, const struct btc_entries *above)
{
	uint32_t at = pool->free_entry;
	struct btc_entry *e = &pool->entries[at];
	uint32_t *bucket = &pool->by_txid[txid_bucket(pool, tx->txid)];

	assert(at != BTC_NONE && pool->n_spends + tx->n_in <= pool->conf.inputs);
	pool->free_entry = e->next;
	memcpy(e->txid, tx->txid, 32);
	btc_tx_wtxid(e->wtxid, tx);
	e->version = tx->version;
	e->next = *bucket;
	*bucket = at;
	e->n_out = tx->n_out;
	e->bytes = (uint32_t)tx->raw.n;
	e->fee = e->family_fee = fee;
	e->vsize = e->family_vsize = vsize;
	e->family = 1;
	add_spends(pool, at, tx);
	e->heap = pool->n;
	pool->heap[pool->n++] = at;
	pool->bytes += e->bytes;
	heap_settle(pool, e->heap);
	for (uint32_t i = 0; i < above->n; i++) {
		struct btc_entry *a = &pool->entries[above->v[i]];

		a->family++;
		a->family_fee += fee;
		a->family_vsize += vsize;
		heap_settle(pool, a->heap);
	}
	return at;
}

static void unlink_spends(struct btc_mempool *pool, uint32_t at)
{
	uint32_t s = pool->entries[at].spend;

	while (s != BTC_NONE) {
		struct btc_spend *spend = &pool->spends[s];
		uint32_t *link = &pool->by_outpoint[outpoint_bucket(pool, spend->outpoint)];
		uint32_t sibling = spend->sibling;

		while (*link != s)
			link = &pool->spends[*link].next;
		*link = spend->next;
		spend->next = pool->free_spend;
		pool->free_spend = s;
		pool->n_spends--;
		s = sibling;
	}
}

static void unlink_entry(struct btc_mempool *pool, uint32_t at)
{
	struct btc_entry *e = &pool->entries[at];
	uint32_t *link = &pool->by_txid[txid_bucket(pool, e->txid)];
	uint32_t place = e->heap;

	while (*link != at)
		link = &pool->entries[*link].next;
	*link = e->next;
	unlink_spends(pool, at);
	heap_swap(pool, place, pool->n - 1);
	pool->n--;
	pool->bytes -= e->bytes;
	if (place < pool->n)
		heap_settle(pool, place);
	e->next = pool->free_entry;
	pool->free_entry = at;
}

/* Takes an entry out of the families of all above it. */
static void leave_families(struct btc_mempool *pool, uint32_t at, struct btc_entries *above)
{
	const struct btc_entry *e = &pool->entries[at];

	pool->walk++;
	above->n = 0;
	meet(pool, above, at, pool->conf.entries);
	climb(pool, above, 0, pool->conf.entries);
	for (uint32_t i = 1; i < above->n; i++) {
		struct btc_entry *a = &pool->entries[above->v[i]];

		a->family--;
		a->family_fee -= e->fee;
		a->family_vsize -= e->vsize;
		heap_settle(pool, a->heap);
	}
}

/* First all leave their families, while the way up is still whole. */
void btc_graph_remove(struct btc_mempool *pool, const struct btc_entries *gone)
{
	for (uint32_t i = 0; i < gone->n; i++)
		leave_families(pool, gone->v[i], &pool->above);
	for (uint32_t i = 0; i < gone->n; i++)
		unlink_entry(pool, gone->v[i]);
}
