#include "bitcoin/rules/mempool.h"

#include <errno.h>
#include <stdlib.h>

#include "bitcoin/rules/block.h"
#include "bitcoin/rules/mempool_impl.h"
#include "bitcoin/rules/policy.h"
#include "bitcoin/rules/txrules.h"

#define BYTES_PER_SIGOP 20 /* a transaction with many counts as larger */
#define PER_RATE        1000

struct btc_mempool *btc_mempool_new(const struct btc_mempool_conf *conf)
{
	struct btc_mempool *pool = calloc(1, sizeof(*pool));

	if (pool == NULL)
		return NULL;
	pool->conf = *conf;
	pool->conf.entries = BT_MAX(conf->entries, 1u);
	pool->conf.inputs = BT_MAX(conf->inputs, 1u);
	pool->validator = btc_validator_new();
	if (pool->validator == NULL || btc_graph_init(pool) != 0) {
		btc_mempool_free(pool);
		return NULL;
	}
	return pool;
}

void btc_mempool_free(struct btc_mempool *pool)
{
	if (pool == NULL)
		return;
	btc_validator_free(pool->validator);
	btc_graph_fini(pool);
	free(pool);
}

bool btc_mempool_has(const struct btc_mempool *pool, const uint8_t txid[32])
{
	return btc_graph_find(pool, txid) != BTC_NONE;
}

uint32_t btc_mempool_count(const struct btc_mempool *pool)
{
	return pool->n;
}

size_t btc_mempool_bytes(const struct btc_mempool *pool)
{
	return pool->bytes;
}

void btc_mempool_remove(struct btc_mempool *pool, const uint8_t txid[32])
{
	uint32_t entry = btc_graph_find(pool, txid);

	pool->floor_rate = 0;
	if (entry == BTC_NONE)
		return;
	pool->walk++;
	pool->gone.n = 0;
	btc_graph_below(pool, &pool->gone, entry);
	btc_graph_remove(pool, &pool->gone);
}

void btc_mempool_clear(struct btc_mempool *pool)
{
	btc_graph_clear(pool);
	pool->floor_rate = 0;
}

int64_t btc_fee_at(int64_t rate, int64_t vsize)
{
	bt_u128 fee = ((bt_u128)rate * (uint64_t)vsize + PER_RATE - 1) / PER_RATE;

	return fee > BTC_MAX_MONEY ? BTC_MAX_MONEY : (int64_t)fee;
}

int64_t btc_mempool_fee(const struct btc_mempool *pool, size_t vsize)
{
	return btc_fee_at(BT_MAX(pool->conf.min_rate, pool->floor_rate), (int64_t)vsize);
}

/* Coins: those in blocks come with the case; others must be made by what is in the pool. Finds what
 * spends them already. */
static const char *find_coins(struct btc_incoming *in)
{
	struct btc_mempool *pool = in->pool;

	pool->walk++;
	pool->direct.n = 0;
	for (uint32_t i = 0; i < in->tx->n_in; i++) {
		const struct btc_in *input = &in->tx->in[i];
		uint32_t parent = btc_graph_find(pool, btc_in_txid(input));
		uint32_t rival = btc_graph_spender(pool, input->prevout);

		if (parent == BTC_NONE ? i < in->unconfirmed
				       : btc_in_index(input) >= pool->entries[parent].n_out)
			return "bad-txns-inputs-missingorspent";
		if (rival != BTC_NONE && pool->entries[rival].seen != pool->walk) {
			pool->entries[rival].seen = pool->walk;
			pool->direct.v[pool->direct.n++] = rival;
		}
	}
	return NULL;
}

static const char *check_values(struct btc_incoming *in)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < in->c->n_spent; i++) {
		int64_t amount = in->c->spent[i].amount;

		if (!btc_money_range(amount) || !btc_money_range(sum + amount))
			return "bad-txns-inputvalues-outofrange";
		sum += amount;
	}
	in->fee = sum - btc_tx_value_out(in->tx);
	return in->fee < 0 ? "bad-txns-in-belowout" : NULL;
}

/* Virtual bytes, a signature operation counting as at least BYTES_PER_SIGOP / 4 of them. */
static unsigned measure(struct btc_incoming *in)
{
	unsigned sigops = btc_tx_sigop_cost(in->tx, in->c->spent, in->c->flags);
	int64_t weight = (int64_t)btc_tx_weight(in->tx);

	weight = BT_MAX(weight, (int64_t)sigops * BYTES_PER_SIGOP);
	in->vsize = (weight + BTC_WITNESS_SCALE - 1) / BTC_WITNESS_SCALE;
	return sigops;
}

/* The least that is relayed is asked for first, but of version 3, which a package could bring
 * in. */
static const char *check_fee(struct btc_incoming *in)
{
	static const char relay[] = "min relay fee not met";
	const struct btc_mempool *pool = in->pool;
	unsigned sigops = measure(in);
	bool too_low;

	/* One output of dust is standard, so that a package can spend it; but nobody shall earn by
	 * it. */
	if (in->fee != 0 && btc_policy_dust_outputs(in->tx) > 0)
		return "dust";
	if (sigops > BTC_POLICY_MAX_SIGOPS)
		return "bad-txns-too-many-sigops";
	too_low = in->fee < btc_fee_at(pool->conf.min_rate, in->vsize);
	if (too_low && in->tx->version != BTC_TRUC_VERSION)
		return relay;
	if (in->fee < btc_fee_at(pool->floor_rate, in->vsize))
		return "mempool min fee not met";
	return too_low ? relay : NULL;
}

/* The same transaction, or the same with another witness. */
static const char *check_known(const struct btc_incoming *in)
{
	uint32_t known = btc_graph_find(in->pool, in->tx->txid);
	uint8_t wtxid[32];

	if (known == BTC_NONE)
		return NULL;
	btc_tx_wtxid(wtxid, in->tx);
	return memcmp(wtxid, in->pool->entries[known].wtxid, 32) == 0
		? "txn-already-in-mempool"
		: "txn-same-nonwitness-data-in-mempool";
}

/* Core's PreChecks and ReplacementChecks, in their order. */
static const char *check(struct btc_incoming *in)
{
	const char *reason = btc_tx_is_coinbase(in->tx) ? "coinbase" : btc_policy_tx(in->tx);

	if (reason == NULL)
		reason = check_known(in);
	if (reason == NULL)
		reason = find_coins(in);
	if (reason == NULL)
		reason = check_values(in);
	if (reason == NULL)
		reason = btc_policy_inputs(in->tx, in->c->spent);
	if (reason == NULL)
		reason = check_fee(in);
	return reason == NULL ? btc_check_kin(in) : reason;
}

static const char *check_scripts(struct btc_incoming *in, struct btc_verdict *verdict)
{
	btc_validate_scripts(in->pool->validator, verdict, in->c);
	in->admission->inputs = verdict->inputs;
	if (verdict->fate == BTC_VALID)
		return NULL;
	in->admission->script = verdict->script;
	return "mempool-script-verify-flag-failed";
}

/* Takes out what pays least until the rest is small enough; from then on others must pay more than
 * that. */
static void trim(struct btc_incoming *in)
{
	struct btc_mempool *pool = in->pool;

	while (pool->bytes > pool->conf.max_bytes) {
		const struct btc_entry *e = &pool->entries[pool->heap[0]];
		int64_t rate = e->family_fee * PER_RATE / e->family_vsize + pool->conf.step_rate;

		pool->floor_rate = BT_MAX(pool->floor_rate, rate);
		pool->walk++;
		pool->gone.n = 0;
		btc_graph_below(pool, &pool->gone, pool->heap[0]);
		in->admission->evicted += pool->gone.n;
		btc_graph_remove(pool, &pool->gone);
	}
}

static int take_in(struct btc_incoming *in)
{
	struct btc_mempool *pool = in->pool;

	in->admission->replaced = pool->gone.n;
	btc_graph_remove(pool, &pool->gone);
	if (pool->n == pool->conf.entries || pool->n_spends + in->tx->n_in > pool->conf.inputs)
		return -ENOMEM;
	/* Removing has walked: what is above must be found again. */
	btc_graph_above(pool, &pool->above, in->tx, pool->conf.max_chain - 1);
	btc_graph_add(pool, in->tx, in->fee, in->vsize, &pool->above);
	trim(in);
	if (!btc_mempool_has(pool, in->tx->txid))
		in->admission->reason = "mempool full";
	return 0;
}

int btc_mempool_accept(struct btc_mempool *pool, struct btc_admission *admission,
	const struct btc_case *c, uint32_t unconfirmed)
{
	struct btc_incoming in = {
		.pool = pool,
		.c = c,
		.tx = btc_validator_tx(pool->validator),
		.admission = admission,
		.unconfirmed = unconfirmed,
	};
	struct btc_verdict verdict;
	int rc = btc_validate_alone(pool->validator, &verdict, c);

	*admission = (struct btc_admission){ .reason = verdict.reason };
	if (rc != 0 || verdict.fate != BTC_VALID)
		return rc;
	admission->reason = check(&in);
	if (admission->reason == NULL)
		admission->reason = check_scripts(&in, &verdict);
	return admission->reason == NULL ? take_in(&in) : 0;
}
