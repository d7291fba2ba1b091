/* What a transaction may do to those that are in the mempool: chains, BIP431, replacement. */
#include "bitcoin/rules/mempool_impl.h"

#define CARVE_OUT_VSIZE  10000 /* of one child more than a full chain has room for */
#define REPLACED_MOST    100   /* rule 5 */
#define TRUC_MAX         10000 /* virtual bytes */
#define TRUC_CHILD_MAX   1000
#define TRUC_DESCENDANTS 2 /* a parent and its child */

/* With the new one, above and below. */
struct limits {
	uint32_t above, below;
	int64_t above_vsize, below_vsize;
};

static bool is_direct(const struct btc_mempool *pool, uint32_t e)
{
	for (uint32_t i = 0; i < pool->direct.n; i++)
		if (pool->direct.v[i] == e)
			return true;
	return false;
}

static bool chain_fits(struct btc_incoming *in, const struct limits *limits)
{
	struct btc_mempool *pool = in->pool;
	int64_t sum = in->vsize;

	if (!btc_graph_above(pool, &pool->above, in->tx, limits->above - 1))
		return false;
	for (uint32_t i = 0; i < pool->above.n; i++) {
		const struct btc_entry *e = &pool->entries[pool->above.v[i]];

		sum += e->vsize;
		if (e->family + 1 > limits->below ||
			e->family_vsize + in->vsize > limits->below_vsize)
			return false;
	}
	return pool->above.n == 0 || sum <= limits->above_vsize;
}

/*
 * What replaces exactly one other may take the place of that one's family below those above. And a
 * chain that is full has room for one small child more whose only ancestor is its parent, so that
 * none of two parties can keep the other from it.
 */
static const char *check_chain(struct btc_incoming *in)
{
	struct btc_mempool *pool = in->pool;
	const struct btc_mempool_conf *conf = &pool->conf;
	struct limits limits = {
		.above = conf->max_chain,
		.below = conf->max_chain,
		.above_vsize = (int64_t)conf->max_chain_vsize,
		.below_vsize = (int64_t)conf->max_chain_vsize,
	};

	if (pool->direct.n == 1) {
		limits.below++;
		limits.below_vsize += pool->entries[pool->direct.v[0]].family_vsize;
	}
	if (chain_fits(in, &limits))
		return NULL;
	limits.above = BT_MIN(limits.above, 2);
	limits.below++;
	limits.below_vsize += CARVE_OUT_VSIZE;
	if (in->vsize <= CARVE_OUT_VSIZE && in->tx->version != BTC_TRUC_VERSION &&
		chain_fits(in, &limits))
		return NULL;
	return "too-long-mempool-chain";
}

/* A parent of version 3 has one child. A second may replace it, and pays as for a coin that both
 * spend. */
static bool make_way(struct btc_incoming *in, const struct btc_entry *parent)
{
	struct btc_mempool *pool = in->pool;
	uint32_t child = BTC_NONE;
	uint8_t outpoint[BTC_OUTPOINT_SIZE];

	memcpy(outpoint, parent->txid, 32);
	for (uint32_t k = 0; k < parent->n_out; k++) {
		uint32_t spender;

		btc_put_le32(outpoint + 32, k);
		spender = btc_graph_spender(pool, outpoint);
		if (spender != BTC_NONE && is_direct(pool, spender))
			return true;
		child = spender != BTC_NONE ? spender : child;
	}
	if (child == BTC_NONE)
		return true;
	if (parent->family > TRUC_DESCENDANTS)
		return false;
	pool->direct.v[pool->direct.n++] = child;
	in->sibling = true;
	return true;
}

/* BIP431: version 3 and others do not spend one another; one parent, one child; small, the child
 * more so. */
static const char *check_truc(struct btc_incoming *in)
{
	static const char violation[] = "TRUC-violation";
	const struct btc_mempool *pool = in->pool;
	bool truc = in->tx->version == BTC_TRUC_VERSION;

	for (uint32_t i = 0; i < pool->above.n; i++)
		if ((pool->entries[pool->above.v[i]].version == BTC_TRUC_VERSION) != truc)
			return violation;
	if (!truc)
		return NULL;
	if (in->vsize > TRUC_MAX || pool->above.n > 1)
		return violation;
	if (pool->above.n == 0)
		return NULL;
	if (in->vsize > TRUC_CHILD_MAX || !make_way(in, &pool->entries[pool->above.v[0]]))
		return violation;
	return NULL;
}

static const char *check_new_parents(const struct btc_incoming *in)
{
	const struct btc_mempool *pool = in->pool;

	for (uint32_t i = 0; i < pool->above.n; i++)
		if (is_direct(pool, pool->above.v[i]))
			return "bad-txns-spends-conflicting-tx";
	return NULL;
}

static const char *too_cheap(const struct btc_incoming *in)
{
	return in->sibling ? "insufficient fee (including sibling eviction)" : "insufficient fee";
}

/* Rule 5 counts what spends two of them twice, as Core does. Lists what must go. */
static const char *list_gone(struct btc_incoming *in)
{
	struct btc_mempool *pool = in->pool;
	uint64_t families = 0;

	pool->walk++;
	pool->gone.n = 0;
	for (uint32_t i = 0; i < pool->direct.n; i++)
		families += pool->entries[pool->direct.v[i]].family;
	if (families > REPLACED_MOST)
		return in->sibling ? "too many potential replacements (including sibling eviction)"
				   : "too many potential replacements";
	for (uint32_t i = 0; i < pool->direct.n; i++)
		btc_graph_below(pool, &pool->gone, pool->direct.v[i]);
	return NULL;
}

static bool is_parent_of_gone(const struct btc_mempool *pool, const uint8_t txid[32])
{
	for (uint32_t i = 0; i < pool->gone.n; i++)
		for (uint32_t s = pool->entries[pool->gone.v[i]].spend; s != BTC_NONE;
			s = pool->spends[s].sibling)
			if (memcmp(pool->spends[s].outpoint, txid, 32) == 0)
				return true;
	return false;
}

/* Rule 2: what is not in a block yet and comes new must not be needed. */
static const char *check_added(const struct btc_incoming *in)
{
	const struct btc_mempool *pool = in->pool;

	for (uint32_t i = 0; i < in->tx->n_in; i++) {
		const uint8_t *txid = btc_in_txid(&in->tx->in[i]);

		if (btc_graph_find(pool, txid) != BTC_NONE && !is_parent_of_gone(pool, txid))
			return "replacement-adds-unconfirmed";
	}
	return NULL;
}

/* Rules 2 to 6 of replacement (Core's doc/policy/mempool-replacements.md), in Core's order. */
static const char *check_replacement(struct btc_incoming *in)
{
	struct btc_mempool *pool = in->pool;
	const char *reason;
	int64_t fees = 0;

	for (uint32_t i = 0; i < pool->direct.n; i++) {
		const struct btc_entry *e = &pool->entries[pool->direct.v[i]];

		if (!btc_pays_less(e->fee, e->vsize, in->fee, in->vsize))
			return too_cheap(in);
	}
	reason = list_gone(in);
	if (reason == NULL && pool->gone.n > 0)
		reason = check_added(in);
	if (reason != NULL)
		return reason;
	for (uint32_t i = 0; i < pool->gone.n; i++)
		fees += pool->entries[pool->gone.v[i]].fee;
	if (pool->gone.n > 0 && in->fee - fees < btc_fee_at(pool->conf.step_rate, in->vsize))
		return too_cheap(in);
	return NULL;
}

const char *btc_check_kin(struct btc_incoming *in)
{
	const char *reason = check_chain(in);

	if (reason == NULL)
		reason = check_truc(in);
	if (reason == NULL)
		reason = check_new_parents(in);
	return reason == NULL ? check_replacement(in) : reason;
}
