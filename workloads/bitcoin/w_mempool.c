/*
 * bitcoin.mempool: one operation offers one transaction to a mempool: the stand-in for a node's
 * sendrawtransaction. Each worker has a mempool of its own, as so many nodes have, and goes round
 * the same transactions; after the last one a block takes all that are in it, and the round begins
 * again. What must become of each transaction is known beforehand, and checked.
 */
#include <errno.h>
#include <stdlib.h>

#include "base/budget.h"
#include "base/rng.h"
#include "bitcoin/aliases.h"
#include "bitcoin/tx_load.h"
#include "bitcoin/rules/mempool.h"

/* Satoshi a virtual byte: no least rate is ever above it, so that damage is found, not poverty. */
#define BAD_RATE 100
#define BAD_POOL 300 /* transactions that damaged ones are made of; in no mempool themselves */
#define DATA_MAX 100000000 /* places in a mempool are 32 bits wide */
#define NO_CASE  UINT32_MAX

struct conf {
	const char *mix, *sizes;
	uint64_t pool, max_bytes;
	double children, conflicts, negative;
};

/* What is known of a good case beforehand. */
struct lot {
	uint8_t txid[32];
	/* The case that makes the coin of its first input; NO_CASE: a block does. */
	uint32_t parent;
	uint32_t depth; /* transactions in the chain that it ends */
};

struct shared {
	const struct bt_env *env;
	struct btc_load good, bad;
	/* Profile volume: transactions that stay in the mempools, and these, one a worker; NULL:
	 * there are none. */
	struct btc_corpus data;
	struct btc_mempool **pools;
	struct lot *lots;
	uint32_t inputs; /* of all good cases */
};

struct state {
	const struct conf *conf;
	const struct shared *shared;
	struct btc_mempool *pool; /* that operations go to: its own, or a filled one */
	struct btc_mempool *own;
	struct bt_meter *meter;
	unsigned worker;
	uint32_t next; /* good case */
};

static const struct bt_opt opts[] = {
	{ .group = btc_mix_opts, .offset = offsetof(struct conf, mix) },
	{ .group = btc_size_opts, .offset = offsetof(struct conf, sizes) },
	{ .name = "pool",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct conf, pool),
		.dflt = "5000",
		.arg = "N",
		.min = 1,
		.max = 1e6,
		.help = "transactions generated before the run, which then goes round them",
		.man = "How many transactions are generated: the length of a round." },
	{ .name = "mempool-size",
		.type = BT_OPT_SIZE,
		.offset = offsetof(struct conf, max_bytes),
		.dflt = "1MiB",
		.arg = "SIZE",
		.min = 1 << 16,
		.max = 1e12,
		.help = "serialised transactions that a mempool holds; more evict what pays "
			"least",
		.man = "Serialised bytes of the transactions that a mempool holds; when there are "
		       "more, those that pay least are evicted." },
	{ .name = "children",
		.type = BT_OPT_SHARE,
		.offset = offsetof(struct conf, children),
		.dflt = "20%",
		.arg = "SHARE",
		.min = 0,
		.max = 1,
		.help = "share that spends the transaction before it, unconfirmed",
		.man = "Share of the transactions that spend the change of the one before." },
	{ .name = "conflicts",
		.type = BT_OPT_SHARE,
		.offset = offsetof(struct conf, conflicts),
		.dflt = "4%",
		.arg = "SHARE",
		.min = 0,
		.max = 1,
		.help = "share that spends the coin of the one before, half of it for enough to "
			"replace it",
		.man = "Share that spends a coin which the one before spends: half of these for "
		       "half its fee, to be refused, half for enough to replace it. With "
		       "--children at most 100 %." },
	{ .group = btc_negative_opts, .offset = offsetof(struct conf, negative) },
	BT_OPT_END,
};

enum {
	M_ACCEPTED,
	M_REPLACED,
	M_EVICTED,
	M_TOO_LOW,
	M_MISSING,
	M_CONFLICT,
	M_TOO_LONG,
	M_BLOCKS,
	M_TRANSACTIONS,
	M_BYTES,
	M_INPUTS,
	M_PLANNED,
	M_REFUSED,
	M_HASH
};

static const struct bt_metric metrics[] = {
	[M_ACCEPTED] = { .name = "accepted",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "transactions taken in" },
	[M_REPLACED] = { .name = "replaced",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "transactions that gave way to one that pays more" },
	[M_EVICTED] = { .name = "evicted",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "transactions taken out because the mempool was full" },
	[M_TOO_LOW] = { .name = "refused_fee",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "transactions refused for a fee below the least of the moment" },
	[M_MISSING] = { .name = "refused_missing",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "transactions refused because the one they spend is not there" },
	[M_CONFLICT] = { .name = "refused_conflict",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "transactions refused for a fee too low to replace another" },
	[M_TOO_LONG] = { .name = "refused_chain",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "transactions refused because the chain they end is too long" },
	[M_BLOCKS] = { .name = "blocks",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "times a block took everything" },
	[M_TRANSACTIONS] = { .name = "mempool_transactions",
		.unit = "",
		.kind = BT_GAUGE,
		.help = "transactions in the mempools" },
	[M_BYTES] = { .name = "mempool_bytes",
		.unit = "bytes",
		.kind = BT_GAUGE,
		.help = "and their bytes" },
	[M_INPUTS] = { .name = "inputs",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "inputs whose scripts were executed" },
	[M_PLANNED] = { .name = "negative_planned",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "damaged transactions that had to be refused" },
	[M_REFUSED] = { .name = "negative_refused",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "damaged transactions refused with the error they deserve" },
	[M_HASH] = { .name = "hash_implementation",
		.unit = "",
		.kind = BT_TEXT,
		.merge = BT_LAST,
		.help = "SHA-256 in use" },
	{ .name = NULL },
};

enum { E_WRONG, E_MEMORY };

static const char *const error_classes[] = {
	[E_WRONG] = "wrong-verdict",
	[E_MEMORY] = "out-of-memory",
	NULL,
};

static const char missing[] = "bad-txns-inputs-missingorspent",
		  too_low[] = "mempool min fee not met", too_long[] = "too-long-mempool-chain",
		  outbid[] = "insufficient fee", full[] = "mempool full";

static int mempool_check(const void *arg, struct bt_err *err)
{
	const struct conf *conf = arg;
	struct btc_gen_conf gen;

	if (conf->children + conf->conflicts > 1)
		return bt_fail(
			err, -EINVAL, "--children, --conflicts: expected at most 100%% together");
	return btc_gen_read(&gen, conf->mix, conf->sizes, err);
}

static void drop_data(struct shared *s)
{
	for (unsigned w = 0; s->pools != NULL && w < s->env->workers; w++)
		btc_mempool_free(s->pools[w]);
	free(s->pools);
	s->pools = NULL;
	btc_corpus_close(&s->data);
}

static void mempool_teardown(void *arg)
{
	struct shared *s = arg;

	drop_data(s);
	btc_load_fini(&s->good);
	btc_load_fini(&s->bad);
	free(s->lots);
	free(s);
}

/* By what the generator says: a child spends the case before it, a conflict what that one
 * spends. */
static int cast_lots(struct shared *s)
{
	struct btc_arena arena = { .first = NULL };
	int rc = 0;

	s->lots = calloc(s->good.good.n, sizeof(s->lots[0]));
	for (uint32_t i = 0; s->lots != NULL && rc == 0 && i < s->good.good.n; i++) {
		const struct btc_case *c = &s->good.good.cases[i];
		struct btc_reader r = { .p = c->tx.p, .size = c->tx.n };
		enum btc_kin kin = s->good.info[i].kin;
		struct lot *lot = &s->lots[i];
		struct btc_tx tx;

		btc_arena_reset(&arena);
		rc = btc_tx_parse(&tx, &r, &arena);
		if (rc != 0)
			break;
		memcpy(lot->txid, tx.txid, 32);
		lot->parent = kin == BTC_FRESH ? NO_CASE
			: kin == BTC_CHILD     ? i - 1
					       : lot[-1].parent;
		lot->depth = kin == BTC_FRESH ? 1 : lot[-1].depth + (kin == BTC_CHILD);
		s->inputs += tx.n_in;
	}
	btc_arena_fini(&arena);
	return s->lots == NULL || rc != 0 ? -ENOMEM : 0;
}

static int generate(struct shared *s, const struct bt_env *env, struct bt_err *err)
{
	const struct conf *conf = env->conf;
	struct btc_gen_conf gen = {
		.seed = env->seed,
		.child = conf->children,
		.rival = conf->conflicts / 2,
		.bump = conf->conflicts / 2,
	};
	struct btc_gen_conf bad = { .seed = ~env->seed, .rate = BAD_RATE };
	int rc = btc_gen_read(&gen, conf->mix, conf->sizes, err);

	if (rc == 0)
		rc = btc_load_generate(&s->good, &gen, conf->pool, env, err);
	bad.mix = gen.mix;
	bad.sizes = gen.sizes;
	if (rc == 0 && conf->negative > 0)
		rc = btc_load_generate(&s->bad, &bad, BAD_POOL, env, err);
	if (rc == 0)
		rc = btc_load_damage(&s->bad, conf->negative, env->seed, err);
	if (rc == 0 && cast_lots(s) != 0)
		rc = bt_oom(err, "transactions");
	return rc;
}

static int mempool_prepare(void **shared, const struct bt_env *env, struct bt_err *err)
{
	struct shared *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return bt_oom(err, "transactions");
	s->env = env;
	rc = generate(s, env, err);
	if (rc != 0) {
		mempool_teardown(s);
		return rc;
	}
	*shared = s;
	return 0;
}

static struct btc_mempool_conf limits_of(const struct shared *s)
{
	const struct conf *conf = s->env->conf;

	return (struct btc_mempool_conf){
		.max_bytes = conf->max_bytes,
		.entries = (uint32_t)s->good.good.n,
		.inputs = s->inputs,
		.max_chain = BTC_MEMPOOL_CHAIN,
		.max_chain_vsize = BTC_MEMPOOL_CHAIN_VSIZE,
		.min_rate = BTC_MEMPOOL_RATE,
		.step_rate = BTC_MEMPOOL_RATE,
	};
}

/* A mempool with all of the data set in it and the room of an empty one beside it. */
static int fill_pool(
	struct shared *s, struct btc_mempool **out, struct bt_filling *filling, struct bt_err *err)
{
	struct btc_mempool_conf limits = limits_of(s);
	struct btc_admission a;

	limits.budget = s->env->budget;
	limits.entries += (uint32_t)s->data.n;
	for (size_t i = 0; i < s->data.n; i++) {
		limits.inputs += s->data.cases[i].n_spent;
		limits.max_bytes += s->data.cases[i].tx.n;
	}
	*out = btc_mempool_new(&limits);
	if (*out == NULL)
		return bt_budget_fail(s->env->budget, err);
	for (size_t i = 0; i < s->data.n; i++) {
		if (btc_mempool_accept(*out, &a, &s->data.cases[i], 0) != 0)
			return bt_budget_fail(s->env->budget, err);
		if (a.reason != NULL)
			return bt_fail(
				err, -EPROTO, "transaction %zu of the data set: %s", i, a.reason);
		if (!bt_fill_on(filling, s->data.n))
			return bt_fail(err, -ECANCELED, "stopped");
	}
	return 0;
}

/* The data set: transactions that lie in every mempool all the time, and pay so much that they are
 * not evicted. */
static int mempool_fill(void *arg, uint64_t items, struct bt_filling *filling, struct bt_err *err)
{
	struct shared *s = arg;
	const struct conf *conf = s->env->conf;
	struct btc_gen_conf gen = { .seed = bt_mix64(s->env->seed), .rate = BAD_RATE };
	int rc;

	drop_data(s);
	if (items == 0)
		return 0;
	if (items > DATA_MAX)
		return bt_fail(err, -ENOMEM, "a mempool here holds at most %d", DATA_MAX);
	rc = btc_gen_read(&gen, conf->mix, conf->sizes, err);
	if (rc == 0)
		rc = btc_load_fill(&s->data, &gen, items, s->env, filling, err);
	if (rc != 0)
		return rc;
	s->pools = calloc(s->env->workers, sizeof(s->pools[0]));
	if (s->pools == NULL)
		return bt_oom(err, "mempools");
	for (unsigned w = 0; rc == 0 && w < s->env->workers; w++)
		rc = fill_pool(s, &s->pools[w], filling, err);
	return rc;
}

static int mempool_enter(void *arg, const struct bt_env *env, struct bt_err *err)
{
	struct state *state = arg;
	const struct shared *s = env->shared;
	const struct btc_mempool_conf limits = limits_of(s);

	state->conf = env->conf;
	state->shared = s;
	state->meter = env->meter;
	state->worker = env->worker;
	state->own = state->pool = btc_mempool_new(&limits);
	if (state->own == NULL)
		return bt_oom(err, "mempool");
	bt_meter_text(state->meter, M_HASH, s->good.hash_impl);
	return 0;
}

static bool has(const struct state *state, uint32_t i)
{
	return btc_mempool_has(state->pool, state->shared->lots[i].txid);
}

/* Why the case must be refused as the mempool is now; NULL: it must be accepted. */
static const char *expected(const struct state *state, uint32_t i)
{
	const struct btc_gen_info *info = &state->shared->good.info[i];
	const struct lot *lot = &state->shared->lots[i];

	if (lot->parent != NO_CASE && !has(state, lot->parent))
		return missing;
	if (info->fee < btc_mempool_fee(state->pool, info->vsize))
		return too_low;
	if (lot->depth > BTC_MEMPOOL_CHAIN)
		return too_long;
	return info->kin == BTC_RIVAL && has(state, i - 1) ? outbid : NULL;
}

static void count(struct state *state, const struct btc_admission *a)
{
	static const struct {
		const char *reason;
		unsigned row;
	} rows[] = { { missing, M_MISSING }, { too_low, M_TOO_LOW }, { too_long, M_TOO_LONG },
		{ outbid, M_CONFLICT }, { full, M_TOO_LOW } };

	for (unsigned i = 0; a->reason != NULL && i < BT_LEN(rows); i++)
		bt_meter_add(state->meter, rows[i].row, strcmp(a->reason, rows[i].reason) == 0);
	bt_meter_add(state->meter, M_ACCEPTED, a->reason == NULL);
	bt_meter_add(state->meter, M_REPLACED, a->replaced);
	bt_meter_add(state->meter, M_EVICTED, a->evicted);
	bt_meter_add(state->meter, M_INPUTS, a->inputs);
	bt_meter_set(state->meter, M_TRANSACTIONS, btc_mempool_count(state->pool));
	bt_meter_set(state->meter, M_BYTES, (double)btc_mempool_bytes(state->pool));
}

static struct bt_result wrong(struct state *state, const struct btc_case *c, const char *want,
	const struct btc_admission *a)
{
	bt_note(state, E_WRONG, "%.120s: expected %s, got %s %s", c->name, want,
		a->reason != NULL ? a->reason : "accepted",
		a->script != BTC_SCRIPT_ERR_OK ? btc_script_err_name(a->script) : "");
	return (struct bt_result){ .outcome = BT_FAILED, .error_class = E_WRONG };
}

static struct bt_result no_memory(struct state *state, const struct btc_case *c)
{
	bt_note(state, E_MEMORY, "%.120s: out of memory", c->name);
	return (struct bt_result){ .outcome = BT_FATAL, .error_class = E_MEMORY };
}

static struct bt_result offer_bad(struct state *state, uint64_t n)
{
	const struct btc_case *c = btc_load_case(&state->shared->bad, n, true);
	struct btc_admission a;
	bool right;

	if (btc_mempool_accept(state->pool, &a, c, 0) != 0)
		return no_memory(state, c);
	right = a.reason != NULL && a.script == c->expect.script;
	bt_meter_add(state->meter, M_PLANNED, 1);
	bt_meter_add(state->meter, M_REFUSED, right);
	bt_meter_add(state->meter, M_INPUTS, a.inputs);
	if (!right)
		return wrong(state, c, btc_expect_name(&c->expect), &a);
	return (struct bt_result){ .outcome = BT_DONE, .units = 1 };
}

static struct bt_result offer_good(struct state *state, uint32_t i)
{
	const struct btc_case *c = &state->shared->good.good.cases[i];
	const char *want = expected(state, i);
	struct btc_admission a;

	if (btc_mempool_accept(state->pool, &a, c, state->shared->lots[i].parent != NO_CASE) != 0)
		return no_memory(state, c);
	count(state, &a);
	if (want == NULL && a.reason != NULL && strcmp(a.reason, full) == 0)
		want = full; /* so little room is left that the newcomer was the poorest */
	if (want == a.reason || (want != NULL && a.reason != NULL && strcmp(want, a.reason) == 0))
		return (struct bt_result){ .outcome = BT_DONE, .units = 1 };
	return wrong(state, c, want != NULL ? want : "accepted", &a);
}

/* A block takes what came in a round; what was there before stays. */
static void take_round(struct state *state)
{
	if (state->pool == state->own)
		btc_mempool_clear(state->pool);
	for (size_t i = 0; state->pool != state->own && i < state->shared->good.good.n; i++)
		btc_mempool_remove(state->pool, state->shared->lots[i].txid);
}

static struct bt_result mempool_op(void *arg, uint64_t n)
{
	struct state *state = arg;

	state->pool =
		state->shared->pools != NULL ? state->shared->pools[state->worker] : state->own;
	if (btc_load_is_negative(&state->shared->bad, n))
		return offer_bad(state, n);
	if (state->next == state->shared->good.good.n) {
		take_round(state);
		bt_meter_add(state->meter, M_BLOCKS, 1);
		state->next = 0;
	}
	return offer_good(state, state->next++);
}

static void mempool_leave(void *arg)
{
	struct state *state = arg;

	btc_mempool_free(state->own);
}

static const struct bt_alias aliases[] = { BTC_ALIASES(
	BT_ALIAS_SERVICE, "time a transaction took to be accepted, in seconds") };

const struct bt_workload btc_mempool_workload = {
	.name = "bitcoin.mempool",
	.summary = "offer transactions to an in-memory mempool with a node's policy and limits",
	.unit = "transactions",
	.opts = opts,
	.metrics = metrics,
	.aliases = aliases,
	.error_classes = error_classes,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.check = mempool_check,
	.prepare = mempool_prepare,
	.fill = mempool_fill,
	.enter = mempool_enter,
	.op = mempool_op,
	.leave = mempool_leave,
	.teardown = mempool_teardown,
};
