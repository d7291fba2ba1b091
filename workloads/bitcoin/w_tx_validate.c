/* bitcoin.tx-validate: one operation judges one whole transaction, generated or of a corpus. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bitcoin/aliases.h"
#include "bitcoin/judge.h"

#define POOL     1000
#define TEXT_(x) #x
#define TEXT(x)  TEXT_(x)

struct conf {
	const char *corpus, *mix, *sizes;
	uint64_t pool;
	uint64_t sig_cache;
	double negative;
};

static const struct bt_opt opts[] = {
	{ .name = "corpus",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct conf, corpus),
		.arg = "FILE",
		.help = "transactions to validate, one JSON object a line; default: generated "
			"ones",
		.man = "The transactions, with what each spends and what is expected of it; see "
		       "{Sx A corpus}. Without it they are generated, as the next three options "
		       "say; it goes with none of them." },
	{ .group = btc_mix_opts, .offset = offsetof(struct conf, mix) },
	{ .group = btc_size_opts, .offset = offsetof(struct conf, sizes) },
	{ .name = "pool",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct conf, pool),
		.dflt = TEXT(POOL),
		.arg = "N",
		.min = 1,
		.max = 1e6,
		.help = "transactions generated before the run, which then goes round them",
		.man = "How many transactions are generated." },
	{ .group = btc_sigcache_opts, .offset = offsetof(struct conf, sig_cache) },
	{ .group = btc_negative_opts, .offset = offsetof(struct conf, negative) },
	BT_OPT_END,
};

/* What a corpus takes the place of cannot be asked for beside it. */
static int tx_validate_check(const void *arg, struct bt_err *err)
{
	const struct conf *conf = arg;
	struct btc_gen_conf gen;
	const char *idle = NULL;
	int rc = btc_sigcache_check(conf->sig_cache, err);

	if (rc != 0)
		return rc;
	if (strcmp(conf->mix, BTC_DEFAULT_MIX) != 0)
		idle = "mix";
	else if (conf->sizes != NULL)
		idle = "tx-size";
	else if (conf->pool != POOL)
		idle = "pool";
	if (conf->corpus != NULL && idle != NULL)
		return bt_fail(err, -EINVAL,
			"--%s: expected without --corpus, whose transactions are as they are",
			idle);
	return btc_gen_read(&gen, conf->mix, conf->sizes, err);
}

static int generate(struct btc_load *load, const struct bt_env *env, struct bt_err *err)
{
	const struct conf *conf = env->conf;
	struct btc_gen_conf gen = { .seed = env->seed };
	int rc;

	if (conf->corpus != NULL)
		return btc_load_read(load, conf->corpus, err);
	rc = btc_gen_read(&gen, conf->mix, conf->sizes, err);
	return rc == 0 ? btc_load_generate(load, &gen, conf->pool, env, err) : rc;
}

/* The data set: transactions that operations go round, instead of the pool. */
static int tx_validate_fill(
	void *shared, uint64_t items, struct bt_filling *filling, struct bt_err *err)
{
	struct btc_load *load = shared;
	const struct conf *conf = load->env->conf;
	struct btc_gen_conf gen = { .seed = load->env->seed };
	int rc;

	if (conf->corpus != NULL)
		return bt_fail(err, -EINVAL,
			"--corpus: its transactions are as many as they are; expected none with "
			"--profile volume");
	rc = btc_gen_read(&gen, conf->mix, conf->sizes, err);
	return rc == 0 ? btc_load_fill(&load->data, &gen, items, load->env, filling, err) : rc;
}

static int tx_validate_enter(void *state, const struct bt_env *env, struct bt_err *err)
{
	const struct btc_load *load = env->shared;
	int rc = btc_judge_enter(state, env, err);

	if (rc == 0)
		btc_sigcache_tell_size(env->meter, BTC_JUDGE_CACHE, load->cache);
	return rc;
}

static int tx_validate_prepare(void **shared, const struct bt_env *env, struct bt_err *err)
{
	const struct conf *conf = env->conf;
	struct btc_load *load = calloc(1, sizeof(*load));
	int rc;

	if (load == NULL)
		return bt_oom(err, "transactions");
	load->env = env;
	rc = generate(load, env, err);
	if (rc == 0)
		rc = btc_load_damage(load, conf->negative, env->seed, err);
	if (rc == 0)
		rc = btc_sigcache_make(&load->cache, conf->sig_cache, env->seed, err);
	if (rc != 0) {
		btc_judge_teardown(load);
		return rc;
	}
	*shared = load;
	return 0;
}

static const struct bt_alias aliases[] = { BTC_ALIASES(
	BT_ALIAS_SERVICE, "time a transaction took to validate, in seconds") };

const struct bt_workload btc_tx_validate_workload = {
	.name = "bitcoin.tx-validate",
	.summary = "validate whole transactions, generated or of a corpus, and check the verdicts",
	.unit = "transactions",
	.opts = opts,
	.metrics = btc_judge_cache_metrics,
	.aliases = aliases,
	.error_classes = btc_judge_errors,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct btc_judge),
	.check = tx_validate_check,
	.prepare = tx_validate_prepare,
	.fill = tx_validate_fill,
	.enter = tx_validate_enter,
	.op = btc_judge_op,
	.leave = btc_judge_leave,
	.teardown = btc_judge_teardown,
};
