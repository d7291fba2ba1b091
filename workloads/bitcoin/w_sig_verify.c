/* bitcoin.sig-verify: one operation verifies one input of a chosen kind: parse, signature hash,
 * script, signature. */
#include <errno.h>
#include <stdlib.h>

#include "bitcoin/judge.h"

struct conf {
	int type;
	uint64_t pool;
	double negative;
};

static const char *const types[] = { "all", "p2pkh", "p2wpkh", "p2sh", "p2wsh", "p2tr-key",
	"p2tr-script", NULL };

/* By choice, less one for "all". */
static const enum btc_template templates[] = { BTC_TEMPLATE_P2PKH, BTC_TEMPLATE_P2WPKH,
	BTC_TEMPLATE_P2SH_MULTISIG, BTC_TEMPLATE_P2WSH_MULTISIG, BTC_TEMPLATE_P2TR_KEY,
	BTC_TEMPLATE_P2TR_SCRIPT };

static const struct bt_opt opts[] = {
	{ .name = "type",
		.type = BT_OPT_CHOICE,
		.offset = offsetof(struct conf, type),
		.dflt = "all",
		.arg = "TYPE",
		.choices = types,
		.help = "of the input: p2sh and p2wsh are 2-of-3 multisig; all: one as often as "
			"the other",
		.man = "Of the input: *p2pkh*, *p2wpkh*, *p2sh* and *p2wsh* (both 2-of-3 "
		       "multisig), *p2tr-key*, *p2tr-script*; *all* draws each of the six as often "
		       "as the others." },
	{ .name = "pool",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct conf, pool),
		.dflt = "1000",
		.arg = "N",
		.min = 1,
		.max = 1e6,
		.help = "transactions generated before the run, which then goes round them",
		.man = "How many transactions are generated." },
	{ .group = btc_negative_opts, .offset = offsetof(struct conf, negative) },
	BT_OPT_END,
};

static int sig_verify_prepare(void **shared, const struct bt_env *env, struct bt_err *err)
{
	const struct conf *conf = env->conf;
	struct btc_gen_conf gen = { .seed = env->seed, .one_input = true };
	struct btc_load *load = calloc(1, sizeof(*load));
	int rc;

	if (load == NULL)
		return bt_oom(err, "transactions");
	for (int i = 0; i < (int)BT_LEN(templates); i++)
		gen.mix.weight[templates[i]] = conf->type == 0 || conf->type == i + 1;
	rc = btc_load_generate(load, &gen, conf->pool, env, err);
	if (rc == 0)
		rc = btc_load_damage(load, conf->negative, env->seed, err);
	if (rc != 0) {
		btc_judge_teardown(load);
		return rc;
	}
	*shared = load;
	return 0;
}

const struct bt_workload btc_sig_verify_workload = {
	.name = "bitcoin.sig-verify",
	.summary = "verify one input of a chosen kind: parse, signature hash, script, signature",
	.unit = "inputs",
	.opts = opts,
	.metrics = btc_judge_metrics,
	.error_classes = btc_judge_errors,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct btc_judge),
	.prepare = sig_verify_prepare,
	.enter = btc_judge_enter,
	.op = btc_judge_op,
	.leave = btc_judge_leave,
	.teardown = btc_judge_teardown,
};
