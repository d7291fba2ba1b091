/* ml.infer: one sample an operation, each prediction held against what the trees give. */
#include "base/rng.h"
#include "ml/ml_load.h"

struct conf {
	struct ml_conf ml;
	double negative;
};

#define ROW(field) offsetof(struct conf, field)
static const struct bt_opt opts[] = {
	{ .name = "model",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct conf, ml.model),
		.dflt = "small",
		.arg = "MODEL",
		.help = "small, medium, large, price, or a file of XGBoost's JSON or UBJSON",
		.man = "A shipped model by its name, or a file." },
	{ .group = ml_opts, .offset = offsetof(struct conf, ml) },
	{ .name = "negative",
		.type = BT_OPT_SHARE,
		.offset = ROW(negative),
		.dflt = "0",
		.arg = "SHARE",
		.max = 1,
		.help = "share of samples with a feature too many or too few, which must be "
			"refused",
		.man = "Share of samples with a feature too many or too few, which the engine has "
		       "to refuse; one that is taken is a {Er wrong-width}, and the exit status is "
		       "1." },
	BT_OPT_END,
};

enum { PLANNED = ML_METRICS, REFUSED };
static const struct bt_metric metrics[] = {
	{ .group = ml_metrics },
	{ .name = "negative_planned",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "samples of a wrong width" },
	{ .name = "negative_refused", .unit = "", .kind = BT_COUNTER, .help = "of these, refused" },
	{ .name = NULL },
};

enum { ENGINE, WRONG_OUTPUT, WRONG_WIDTH };
static const char *const error_classes[] = {
	[ENGINE] = "engine",
	[WRONG_OUTPUT] = "wrong-output",
	[WRONG_WIDTH] = "wrong-width",
	NULL,
};

struct state {
	struct ml_client client;
	struct ml_predictor *narrow, *wide; /* for samples of a wrong width; NULL: there are none */
	uint64_t seed;
	double negative;
};

static int infer_prepare(void **shared, const struct bt_env *env, struct bt_err *err)
{
	return ml_load_new(shared, &((const struct conf *)env->conf)->ml, env, err);
}

static void infer_leave(void *arg)
{
	struct state *s = arg;

	ml_client_close(&s->client);
	ml_predictor_close(s->narrow);
	ml_predictor_close(s->wide);
}

static int infer_enter(void *arg, const struct bt_env *env, struct bt_err *err)
{
	const struct conf *conf = env->conf;
	const struct ml_load *load = env->shared;
	unsigned features = load->model->features;
	struct state *s = arg;
	int r = ml_client_open(&s->client, load, 1, 0, env, err);

	s->seed = bt_mix64(env->seed);
	s->negative = conf->negative;
	if (r == 0 && s->negative > 0 && features > 1)
		r = ml_predictor_new(&s->narrow, load->booster, 1, features - 1, err);
	if (r == 0 && s->negative > 0)
		r = ml_predictor_new(&s->wide, load->booster, 1, features + 1, err);
	if (r < 0)
		infer_leave(s);
	return r;
}

/* A sample of a wrong width has to be refused. */
static struct bt_result try_wrong(struct state *s, uint64_t dice)
{
	bool narrow = s->narrow && (dice & 1);
	unsigned features = s->client.load->model->features;
	size_t n;

	bt_meter_add(s->client.meter, PLANNED, 1);
	if (ml_predict(narrow ? s->narrow : s->wide, 1, &n))
		return bt_failed(s, WRONG_WIDTH, "%u features were taken, the model has %u",
			narrow ? features - 1 : features + 1, features);
	bt_meter_add(s->client.meter, REFUSED, 1);
	return (struct bt_result){ BT_DONE, 0, 1 };
}

static struct bt_result infer_op(void *arg, uint64_t n)
{
	struct state *s = arg;
	uint64_t dice = s->negative > 0 ? bt_mix64(s->seed ^ n) : 0;
	struct ml_wrong wrong;
	const float *out;
	size_t n_out;

	if (s->negative > 0 && bt_unit_from(dice) <= s->negative)
		return try_wrong(s, dice);
	ml_client_rows(&s->client, n, 1);
	out = ml_predict(s->client.predictor, 1, &n_out);
	if (BT_UNLIKELY(!out || n_out != s->client.load->model->outputs))
		return bt_failed(s, ENGINE, "%s", out ? "too few outputs" : ml_engine_words());
	if (BT_UNLIKELY(!ml_client_judge(&s->client, &wrong, out, n, 1)))
		return bt_failed(s, WRONG_OUTPUT, ML_WRONG_WORDS, ML_WRONG_ARGS(&wrong));
	return (struct bt_result){ BT_DONE, 0, 1 };
}

const struct bt_workload ml_infer_workload = {
	.name = "ml.infer",
	.summary = "predictions of boosted trees, one sample each, by XGBoost",
	.unit = "samples",
	.opts = opts,
	.metrics = metrics,
	.error_classes = error_classes,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.prepare = infer_prepare,
	.enter = infer_enter,
	.op = infer_op,
	.leave = infer_leave,
	.teardown = ml_load_free,
};
