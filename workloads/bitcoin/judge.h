/*
 * judge.h: what bitcoin.tx-validate and bitcoin.sig-verify have in common: an operation takes a
 * case of the load, judges it, and holds the verdict against the one expected.
 */
#ifndef BTC_JUDGE_H
#define BTC_JUDGE_H

#include "bitcoin/tx_load.h"
#include "bitcoin/w_sigcache.h"

enum {
	BTC_JUDGE_TRANSACTIONS,
	BTC_JUDGE_INPUTS,
	BTC_JUDGE_BYTES,
	BTC_JUDGE_PLANNED,
	BTC_JUDGE_REFUSED,
	BTC_JUDGE_HASH,
	BTC_JUDGE_CACHE,
};

extern const struct bt_metric btc_judge_metrics[];
/* Of a workload whose load may have a signature cache. */
extern const struct bt_metric btc_judge_cache_metrics[];
extern const char *const btc_judge_errors[];

/* A worker's state; what the core allocates. */
struct btc_judge {
	const struct btc_load *load; /* the workload's shared data */
	struct btc_validator *validator;
	struct bt_meter *meter;
	struct btc_sigcache_use told;
};

/* The callbacks of struct bt_workload; units are transactions, or inputs. */
int btc_judge_enter(void *state, const struct bt_env *env, struct bt_err *err);
struct bt_result btc_judge_op(void *state, uint64_t n);
void btc_judge_leave(void *state);
void btc_judge_teardown(void *shared);

#endif
