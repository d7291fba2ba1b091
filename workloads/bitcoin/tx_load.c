#include "bitcoin/tx_load.h"

#include <errno.h>
#include <stdlib.h>

#include "base/rng.h"
#include "bitcoin/source/damage.h"
#include "bitcoin/rules/hash.h"

#define TELL_EVERY 64 /* transactions */

const struct bt_opt btc_negative_opts[] = {
	{ .name = "negative",
		.type = BT_OPT_SHARE,
		.arg = "SHARE",
		.min = 0,
		.max = 1,
		.help = "share of damaged transactions, which must be refused for what is wrong",
		.man = "Share of operations that take a damaged transaction instead; see {Sx "
		       "NEGATIVE CONTROLS}." },
	BT_OPT_END,
};

const struct bt_opt btc_mix_opts[] = {
	{ .name = "mix",
		.type = BT_OPT_TEXT,
		.dflt = BTC_DEFAULT_MIX,
		.arg = "MIX",
		.help = "templates of generated transactions, and how often each is taken",
		.man = "Templates of generated transactions and their weights, as in "
		       "`p2wpkh=45,p2pkh=20`." },
	BT_OPT_END,
};

const struct bt_opt btc_size_opts[] = {
	{ .name = "tx-size",
		.type = BT_OPT_TEXT,
		.arg = "SIZES",
		.help = "virtual sizes of generated transactions, in turn",
		.man = "Virtual sizes of generated transactions, at most 16 of them, taken in "
		       "turn: `250,500,1000,2000`. Range: 80 to 100000." },
	BT_OPT_END,
};

static int no_memory(struct bt_err *err)
{
	return bt_oom(err, "transactions");
}

static int generate(
	struct btc_load *load, struct btc_gen *gen, uint64_t n, const struct bt_env *env)
{
	int rc = 0;

	for (uint64_t i = 0; rc == 0 && i < n; i++) {
		struct btc_case c;

		rc = btc_gen_next(gen, &c, &load->info[i], &load->good.arena);
		if (rc == 0)
			rc = btc_corpus_add(&load->good, &c);
		if (env->progress != NULL && i % TELL_EVERY == 0)
			env->progress(env->progress_arg, "transactions", i, n);
	}
	return rc;
}

int btc_load_generate(struct btc_load *load, const struct btc_gen_conf *conf, uint64_t n,
	const struct bt_env *env, struct bt_err *err)
{
	struct btc_gen *gen = btc_gen_new(conf);
	int rc = -ENOMEM;

	load->hash_impl = btc_hash_impl();
	load->info = calloc(n, sizeof(load->info[0]));
	if (gen != NULL && load->info != NULL)
		rc = generate(load, gen, n, env);
	btc_gen_free(gen);
	return rc == 0 ? 0 : no_memory(err);
}

int btc_load_fill(struct btc_corpus *data, const struct btc_gen_conf *conf, uint64_t n,
	const struct bt_env *env, struct bt_filling *filling, struct bt_err *err)
{
	struct btc_gen *gen = btc_gen_new(conf);
	int rc = gen != NULL ? 0 : -ENOMEM;

	btc_corpus_close(data);
	data->arena.budget = env->budget;
	while (rc == 0 && data->n < n) {
		struct btc_gen_info info;
		struct btc_case c;

		rc = btc_gen_next(gen, &c, &info, &data->arena);
		if (rc == 0)
			rc = btc_corpus_add(data, &c);
		if (data->n % TELL_EVERY == 0 && !bt_fill_on(filling, data->n))
			rc = -ECANCELED;
	}
	btc_gen_free(gen);
	bt_fill_on(filling, data->n);
	if (rc == -ECANCELED)
		return bt_fail(err, rc, "stopped");
	return rc == 0 ? 0 : bt_budget_fail(env->budget, err);
}

int btc_load_read(struct btc_load *load, const char *path, struct bt_err *err)
{
	load->hash_impl = btc_hash_impl();
	return btc_corpus_open(&load->good, path, err);
}

int btc_load_damage(struct btc_load *load, double share, uint64_t seed, struct bt_err *err)
{
	load->negative = share;
	load->seed = seed;
	if (share <= 0)
		return 0;
	for (size_t i = 0; i < load->good.n && load->bad.n < BTC_NEGATIVES_MAX; i++) {
		struct btc_case c;
		int made = btc_damage_any(&c, &load->good.cases[i], (unsigned)i, &load->bad.arena);

		if (made < 0 || (made > 0 && btc_corpus_add(&load->bad, &c) != 0))
			return no_memory(err);
	}
	if (load->bad.n == 0)
		return bt_fail(err, -EINVAL,
			"--negative: no valid transaction here is of a kind that can be damaged");
	return 0;
}

void btc_load_fini(struct btc_load *load)
{
	btc_corpus_close(&load->good);
	btc_corpus_close(&load->bad);
	btc_corpus_close(&load->data);
	btc_sigcache_free(load->cache);
	free(load->info);
}

bool btc_load_is_negative(const struct btc_load *load, uint64_t n)
{
	return load->negative > 0 &&
		bt_unit_from(bt_mix64(load->seed ^ bt_mix64(n))) <= load->negative;
}

const struct btc_case *btc_load_case(const struct btc_load *load, uint64_t n, bool negative)
{
	const struct btc_corpus *good = load->data.n > 0 ? &load->data : &load->good;
	const struct btc_corpus *from = negative ? &load->bad : good;

	return &from->cases[n % from->n];
}
