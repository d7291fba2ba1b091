#include "bitcoin/judge.h"

#include <errno.h>
#include <stdlib.h>

const struct bt_metric btc_judge_metrics[] = {
	[BTC_JUDGE_TRANSACTIONS] = { .name = "transactions",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "transactions judged" },
	[BTC_JUDGE_INPUTS] = { .name = "inputs",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "inputs whose scripts were executed" },
	[BTC_JUDGE_BYTES] = { .name = "bytes",
		.unit = "bytes",
		.kind = BT_COUNTER,
		.help = "serialised bytes of the transactions" },
	[BTC_JUDGE_PLANNED] = { .name = "negative_planned",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "damaged transactions that had to be refused" },
	[BTC_JUDGE_REFUSED] = { .name = "negative_refused",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "damaged transactions refused with the error they deserve" },
	[BTC_JUDGE_HASH] = { .name = "hash_implementation",
		.unit = "",
		.kind = BT_TEXT,
		.merge = BT_LAST,
		.help = "SHA-256 in use" },
	{ .name = NULL },
};

const struct bt_metric btc_judge_cache_metrics[] = {
	{ .group = btc_judge_metrics },
	{ .group = btc_sigcache_metrics },
	{ .name = NULL },
};

enum { E_WRONG, E_MEMORY };

const char *const btc_judge_errors[] = {
	[E_WRONG] = "wrong-verdict",
	[E_MEMORY] = "out-of-memory",
	NULL,
};

int btc_judge_enter(void *arg, const struct bt_env *env, struct bt_err *err)
{
	struct btc_judge *state = arg;

	state->load = env->shared;
	state->meter = env->meter;
	state->validator = btc_validator_new();
	if (state->validator == NULL)
		return bt_oom(err, "validator");
	bt_meter_text(state->meter, BTC_JUDGE_HASH, state->load->hash_impl);
	btc_validator_set_cache(state->validator, state->load->cache);
	return 0;
}

static struct bt_result wrong(
	struct btc_judge *state, const struct btc_case *c, const struct btc_verdict *verdict)
{
	char got[100];

	btc_verdict_text(got, sizeof(got), verdict);
	bt_note(state, E_WRONG, "%.120s: expected %s, got %s", c->name, btc_expect_name(&c->expect),
		got);
	return (struct bt_result){ .outcome = BT_FAILED, .error_class = E_WRONG };
}

struct bt_result btc_judge_op(void *arg, uint64_t n)
{
	struct btc_judge *state = arg;
	bool negative = btc_load_is_negative(state->load, n), right;
	const struct btc_case *c = btc_load_case(state->load, n, negative);
	struct btc_verdict verdict;

	if (btc_validate(state->validator, &verdict, c) != 0) {
		bt_note(state, E_MEMORY, "%.120s: out of memory", c->name);
		return (struct bt_result){ .outcome = BT_FATAL, .error_class = E_MEMORY };
	}
	right = btc_verdict_is(&verdict, &c->expect);
	bt_meter_add(state->meter, BTC_JUDGE_TRANSACTIONS, 1);
	bt_meter_add(state->meter, BTC_JUDGE_INPUTS, verdict.inputs);
	bt_meter_add(state->meter, BTC_JUDGE_BYTES, c->tx.n);
	bt_meter_add(state->meter, BTC_JUDGE_PLANNED, negative);
	bt_meter_add(state->meter, BTC_JUDGE_REFUSED, negative && right);
	if (state->load->cache != NULL)
		btc_sigcache_tell_use(state->meter, BTC_JUDGE_CACHE, &state->told,
			btc_validator_cache_use(state->validator));
	if (!right)
		return wrong(state, c, &verdict);
	return (struct bt_result){ .outcome = BT_DONE, .units = 1 };
}

void btc_judge_leave(void *arg)
{
	struct btc_judge *state = arg;

	btc_validator_free(state->validator);
}

void btc_judge_teardown(void *arg)
{
	struct btc_load *load = arg;

	btc_load_fini(load);
	free(load);
}
