/*
 * tx_load.h: the transactions that a workload goes round, and its negative controls: from a
 * generator or a corpus, made before the run and only read while it lasts, by any thread.
 */
#ifndef BTC_LOAD_H
#define BTC_LOAD_H

#include "bitcoin/source/corpus.h"
#include "bitcoin/source/gen.h"
#include "core/workload.h"

#define BTC_NEGATIVES_MAX 1000 /* damaged copies that are made; they are gone round as well */

struct btc_load {
	struct btc_corpus good;
	struct btc_corpus bad;     /* damaged copies of the good ones */
	struct btc_corpus data;    /* profile volume: goes before the good ones while it has any */
	struct btc_gen_info *info; /* one per good case of a generator; else NULL */
	double negative;           /* share of operations that take a damaged one */
	uint64_t seed;
	struct btc_sigcache *cache; /* of all workers, the load's; NULL: none */
	const char *hash_impl;
	const struct bt_env *env; /* of prepare */
};

/* Row of an option table: the share of damaged copies. */
extern const struct bt_opt btc_negative_opts[];
extern const struct bt_opt btc_mix_opts[];
extern const struct bt_opt btc_size_opts[];

/* Each fills an all-zero load; generating tells how far it is. 0; -EINVAL, errnos of reading,
 * -ENOMEM. */
int btc_load_generate(struct btc_load *load, const struct btc_gen_conf *conf, uint64_t n,
	const struct bt_env *env, struct bt_err *err);
int btc_load_read(struct btc_load *load, const char *path, struct bt_err *err);

/*
 * Profile volume: closes the corpus and generates n transactions into it, their memory from
 * env->budget. 0; -ENOMEM; -ECANCELED; after either, what there is waits to be closed.
 */
int btc_load_fill(struct btc_corpus *data, const struct btc_gen_conf *conf, uint64_t n,
	const struct bt_env *env, struct bt_filling *filling, struct bt_err *err);

/* Makes damaged copies of the good cases when share is above 0. 0; -EINVAL when none can be
 * damaged; -ENOMEM. */
int btc_load_damage(struct btc_load *load, double share, uint64_t seed, struct bt_err *err);

void btc_load_fini(struct btc_load *load);

/* Is operation n a negative control? By seed and number alone. */
bool btc_load_is_negative(const struct btc_load *load, uint64_t n);

/* The case of operation n. */
const struct btc_case *btc_load_case(const struct btc_load *load, uint64_t n, bool negative);

#endif
