/* ml.batch: batches of several sizes, one call each: what a sample more in a call costs and
 * gives. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "ml/ml_load.h"

#define SIZES_MAX 32 /* as profile sizes goes through */
#define SIZE_MOST 1000000

struct conf {
	struct ml_conf ml;
	const char *batch;
};

#define ROW(field) offsetof(struct conf, field)
static const struct bt_opt opts[] = {
	{ .name = "batch",
		.type = BT_OPT_TEXT,
		.offset = ROW(batch),
		.dflt = "1,10,50,100,500",
		.arg = "SIZES",
		.help = "samples a call; profile sizes goes through them, others take them in "
			"turn",
		.man = "Samples a call, separated by commas; up to 32 sizes from 1 to 1000000. "
		       "Profiles other than *sizes* take them in turn, operation by operation." },
	{ .name = "model",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct conf, ml.model),
		.dflt = "medium",
		.arg = "MODEL",
		.help = "small, medium, large, price, or a file of XGBoost's JSON or UBJSON",
		.man = "A shipped model by its name, or a file." },
	{ .group = ml_opts, .offset = offsetof(struct conf, ml) },
	BT_OPT_END,
};

static const struct bt_metric metrics[] = {
	{ .group = ml_metrics },
	{ .name = NULL },
};

enum { ENGINE, WRONG_OUTPUT };
static const char *const error_classes[] = {
	[ENGINE] = "engine",
	[WRONG_OUTPUT] = "wrong-output",
	NULL,
};

struct state {
	struct ml_client client;
	uint64_t sizes[SIZES_MAX], size; /* size 0: those of the list in turn */
	unsigned n_sizes;
};

static int batch_check(const void *arg, struct bt_err *err)
{
	const struct conf *conf = arg;
	uint64_t sizes[SIZES_MAX];

	if (bt_parse_counts(sizes, SIZES_MAX, conf->batch, SIZE_MOST) > 0)
		return 0;
	return bt_fail(err, -EINVAL,
		"--batch: '%.60s': expected up to %d sizes from 1 to %d, such as 1,10,50",
		conf->batch, SIZES_MAX, SIZE_MOST);
}

static uint64_t batch_size(const void *arg, unsigned i)
{
	const struct conf *conf = arg;
	uint64_t sizes[SIZES_MAX];
	int n = bt_parse_counts(sizes, SIZES_MAX, conf->batch, SIZE_MOST);

	return (int)i < n ? sizes[i] : 0;
}

static int batch_prepare(void **shared, const struct bt_env *env, struct bt_err *err)
{
	return ml_load_new(shared, &((const struct conf *)env->conf)->ml, env, err);
}

static int batch_enter(void *arg, const struct bt_env *env, struct bt_err *err)
{
	const struct conf *conf = env->conf;
	struct state *s = arg;
	uint64_t most = 1;

	s->n_sizes = (unsigned)bt_parse_counts(s->sizes, SIZES_MAX, conf->batch, SIZE_MOST);
	for (unsigned i = 0; i < s->n_sizes; i++)
		most = BT_MAX(most, s->sizes[i]);
	return ml_client_open(&s->client, env->shared, most, 0, env, err);
}

static void batch_resize(void *arg, uint64_t units)
{
	struct state *s = arg;

	s->size = units;
}

static struct bt_result batch_op(void *arg, uint64_t n)
{
	struct state *s = arg;
	uint64_t rows = s->size ? s->size : s->sizes[n % s->n_sizes], first = n * rows;
	struct ml_wrong wrong;
	const float *out;
	size_t n_out;

	ml_client_rows(&s->client, first, rows);
	out = ml_predict(s->client.predictor, rows, &n_out);
	if (BT_UNLIKELY(!out || n_out != rows * s->client.load->model->outputs))
		return bt_failed(s, ENGINE, "%s", out ? "too few outputs" : ml_engine_words());
	if (BT_UNLIKELY(!ml_client_judge(&s->client, &wrong, out, first, rows)))
		return bt_failed(s, WRONG_OUTPUT, ML_WRONG_WORDS, ML_WRONG_ARGS(&wrong));
	return (struct bt_result){ BT_DONE, 0, rows };
}

static void batch_leave(void *arg)
{
	ml_client_close(&((struct state *)arg)->client);
}

const struct bt_workload ml_batch_workload = {
	.name = "ml.batch",
	.summary = "predictions in batches of several sizes: latency and samples/s of each",
	.unit = "samples",
	.opts = opts,
	.metrics = metrics,
	.error_classes = error_classes,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.profile = "sizes",
	.size = batch_size,
	.check = batch_check,
	.prepare = batch_prepare,
	.enter = batch_enter,
	.resize = batch_resize,
	.op = batch_op,
	.leave = batch_leave,
	.teardown = ml_load_free,
};
