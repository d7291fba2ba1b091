/*
 * checkq.h: the inputs of one block verified by several threads, after Bitcoin Core's checkqueue.h:
 * threads that stay, work taken in batches that shrink towards the end, the thread that asks
 * working along. Whatever the threads do, the failure reported is the one of the lowest number.
 */
#ifndef BTC_CHECKQ_H
#define BTC_CHECKQ_H

#include "base/err.h"
#include "bitcoin/rules/interp.h"

/* One input to verify. */
struct btc_check {
	const struct btc_txctx *ctx;
	uint32_t input;
};

struct btc_checkq;

/* `threads` counts the caller's, which is not started: at least 2. NULL and *err: out of memory or
 * of threads. */
struct btc_checkq *btc_checkq_new(unsigned threads, struct bt_err *err);

/* Ends the threads. Accepts NULL. */
void btc_checkq_free(struct btc_checkq *q);

/* For the threads it started; the caller's vm has its own. As btc_interp_set_cache and
 * btc_interp_cache_use; not during a run. */
void btc_checkq_set_cache(struct btc_checkq *q, struct btc_sigcache *cache);
struct btc_sigcache_use btc_checkq_cache_use(const struct btc_checkq *q);

/*
 * Verifies n checks, vm being the caller's. Returns BTC_SCRIPT_ERR_OK, or the error of the lowest
 * check that fails, in *failed. Allocates nothing. One caller at a time; everything pointed to is
 * only read.
 */
enum btc_script_err btc_checkq_run(struct btc_checkq *q, size_t *failed, struct btc_interp *vm,
	const struct btc_check *checks, size_t n, uint32_t flags);

#endif
