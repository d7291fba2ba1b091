/* w_sigcache.h: a workload's signature cache: its option, its metrics, and what a worker tells of
 * it. */
#ifndef BTC_W_SIGCACHE_H
#define BTC_W_SIGCACHE_H

#include "bitcoin/rules/sigcache.h"
#include "core/workload.h"

/* Row of an option table: bytes of the cache, a uint64_t. */
extern const struct bt_opt btc_sigcache_opts[];

/* Rows of a metric table, the first of which the functions below are told. */
extern const struct bt_metric btc_sigcache_metrics[];
#define BTC_SIGCACHE_METRICS_N 3

/* Whether a cache can be of this size. 0, or -EINVAL with words. */
int btc_sigcache_check(uint64_t bytes, struct bt_err *err);

/* Makes the cache that was asked for; none is NULL. 0; -ENOMEM with words, also when it would take
 * more than half of the memory. */
int btc_sigcache_make(
	struct btc_sigcache **cache, uint64_t bytes, uint64_t seed, struct bt_err *err);

/* When a worker enters; cache may be NULL. */
void btc_sigcache_tell_size(struct bt_meter *meter, unsigned row, const struct btc_sigcache *cache);

/* After an operation: adds what was asked since *told, which then is `now`. */
void btc_sigcache_tell_use(struct bt_meter *meter, unsigned row, struct btc_sigcache_use *told,
	struct btc_sigcache_use now);

#endif
