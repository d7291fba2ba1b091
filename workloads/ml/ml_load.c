#include "ml/ml_load.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/rng.h"

const char *const ml_trees[] = { "best", "all", NULL };

const struct bt_opt ml_opts[] = {
	{ .name = "input",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct ml_conf, input),
		.arg = "FILE",
		.help = "rows to predict, comma-separated or libsvm; otherwise random ones",
		.man = "Rows to predict, one after the other and again from the first. Otherwise "
		       "those stored beside the model, and random ones." },
	{ .name = "head",
		.type = BT_OPT_CHOICE,
		.offset = offsetof(struct ml_conf, head),
		.dflt = "auto",
		.arg = "WHAT",
		.choices = ml_heads,
		.help = "auto, yes or no: whether the first line of --input names its columns",
		.man = "*auto*, *yes* or *no*: whether the first line of --input names its "
		       "columns." },
	{ .name = "trees",
		.type = BT_OPT_CHOICE,
		.offset = offsetof(struct ml_conf, trees),
		.dflt = "best",
		.arg = "WHICH",
		.choices = ml_trees,
		.help = "best: up to the model's best_iteration if it has one; or all",
		.man = "*best*: the trees up to the model's best_iteration, if it has one; *all*: "
		       "every tree." },
	{ .name = "rows",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct ml_conf, rows),
		.dflt = "1000",
		.arg = "N",
		.min = 1,
		.max = 1000000,
		.help = "so many random rows, within what the model's trees compare with",
		.man = "How many random rows, the same ones from the same seed: each feature a "
		       "little beyond the numbers that the trees compare it with." },
	{ .name = "ml-threads",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct ml_conf, threads),
		.dflt = "1",
		.arg = "N",
		.min = 1,
		.max = 1024,
		.help = "threads that the engine may use for one call, each worker's of their "
			"own",
		.man = "Threads that the engine may use for one call." },
	BT_OPT_END,
};

const struct bt_metric ml_metrics[] = {
	{ .name = "samples",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "rows whose outputs came and were right" },
	{ .name = "accuracy",
		.unit = "",
		.kind = BT_RATIO,
		.help = "share of known classes that were predicted",
		.num = ML_RIGHT,
		.den = ML_LABELLED },
	{ .name = "rmse",
		.unit = "",
		.kind = BT_GAUGE,
		.merge = BT_MAXIMUM,
		.help = "root mean square error of a regression, where the true value is known",
		.num = 0 },
	{ .name = "labelled",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "samples whose class is known" },
	{ .name = "hits", .unit = "", .kind = BT_COUNTER, .help = "of these, predicted as it is" },
	{ .name = "stored",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "samples held against outputs that are stored beside the model" },
	{ .name = "threads",
		.unit = "",
		.kind = BT_GAUGE,
		.help = "threads that the engine may use, all workers together" },
	{ .name = "model",
		.unit = "",
		.kind = BT_TEXT,
		.merge = BT_LAST,
		.help = "its file, trees, features and objective" },
	{ .name = NULL },
};

static const struct {
	const char *name, *file;
} shipped[] = {
	{ "small", "models/small.json" },
	{ "medium", "models/medium.ubj" },
	{ "large", "models/large.ubj" },
	{ "price", "models/bitcoin_price_predictor.json" },
};

/* A shipped model by its name or, where no such file is here, by its file's. */
static int find_model(char *path, size_t size, const char *name, struct bt_err *err)
{
	for (size_t i = 0; i < BT_LEN(shipped); i++) {
		const char *file = strchr(shipped[i].file, '/') + 1;

		if (strcmp(name, shipped[i].name) == 0 ||
			(strcmp(name, file) == 0 && access(name, F_OK) != 0))
			return bt_data_path(path, size, shipped[i].file, err);
	}
	if ((size_t)snprintf(path, size, "%s", name) >= size)
		return bt_fail(err, -ENAMETOOLONG, "%.60s: %s", name, strerror(ENAMETOOLONG));
	return 0;
}

/* "models/small.json": "models/small.reference.csv". */
static bool find_reference(char *path, size_t size, const char *model)
{
	const char *name = strrchr(model, '/');
	const char *dot = strrchr(name ? name : model, '.');

	return (size_t)snprintf(path, size, "%.*s.reference.csv",
		       dot ? (int)(dot - model) : (int)strlen(model), model) < size &&
		access(path, F_OK) == 0;
}

static int make_room(struct ml_inputs *in, const struct ml_model *m, size_t n, struct bt_err *err)
{
	in->n = n;
	in->rows = malloc(n * m->features * sizeof(*in->rows));
	in->labels = malloc(n * sizeof(*in->labels));
	in->expected = malloc(n * m->outputs * sizeof(*in->expected));
	return in->rows && in->labels && in->expected ? 0 : bt_oom(err, "%zu rows", n);
}

static void take_table(struct ml_inputs *in, const struct ml_model *m, const struct ml_table *t)
{
	if (t->n) /* else there is no array */
		memcpy(in->rows, t->rows, t->n * m->features * sizeof(*t->rows));
	for (size_t i = 0; i < t->n; i++)
		in->labels[i] = t->labels ? t->labels[i] : NAN;
	if (t->known) {
		in->n_stored = t->n;
		memcpy(in->expected, t->known, t->n * m->outputs * sizeof(*t->known));
	}
}

/* A little below and above what the trees compare with, so that both ways are gone. */
static void draw_row(float *row, const struct ml_model *m, struct bt_rng *rng)
{
	for (unsigned f = 0; f < m->features; f++) {
		double low = (double)m->low[f], high = (double)m->high[f], span;

		if (low > high) { /* no tree looks at it */
			low = 0;
			high = 1;
		}
		span = high > low ? high - low : fabs(low) + 1;
		row[f] = (float)(low - span / 10 + span * 1.2 * bt_rng_unit(rng));
	}
}

static int read_table(struct ml_table *t, const struct ml_conf *conf, const struct ml_model *m,
	struct bt_err *err)
{
	struct ml_columns columns = { m->features, m->names, (enum ml_head)conf->head };
	char path[PATH_MAX];
	int r;

	*t = (struct ml_table){ .matched = "" };
	if (conf->input)
		r = ml_table_read(t, conf->input, &columns, err);
	else if (find_reference(path, sizeof(path), m->path))
		r = ml_table_read(
			t, path, &(struct ml_columns){ m->features, m->names, ML_HEAD_AUTO }, err);
	else
		return 0;
	if (r == 0 && t->outputs && t->outputs != m->outputs) {
		r = bt_fail(err, -EINVAL, "%s: columns out0 to out%u: expected %u outputs",
			conf->input ? conf->input : path, t->outputs - 1, m->outputs);
		ml_table_fini(t);
	}
	return r;
}

/* What the user has to know of how model and rows were taken. */
static void remark(const struct ml_load *load, const char *matched, const struct bt_env *env)
{
	const struct ml_model *m = load->model;
	char text[200] = "";

	if (m->best >= 0 && m->n_best < m->n_trees)
		snprintf(text, sizeof(text), "%u of %u trees, best_iteration %d%s", m->n_used,
			m->n_trees, m->best, *matched ? "; " : "");
	snprintf(text + strlen(text), sizeof(text) - strlen(text), "%s", matched);
	if (*text && env->remark)
		env->remark(env->remark_arg, text);
}

static int make_inputs(struct ml_load *load, const struct bt_env *env, struct bt_err *err)
{
	const struct ml_conf *conf = load->conf;
	const struct ml_model *m = load->model;
	struct ml_inputs *in = &load->inputs;
	struct ml_table t;
	struct bt_rng rng;
	int r = read_table(&t, conf, m, err);

	if (r == 0)
		remark(load, conf->input ? t.matched : "", env);
	if (r == 0)
		r = make_room(in, m, t.n + (conf->input ? 0 : conf->rows), err);
	if (r == 0) {
		take_table(in, m, &t);
		bt_rng_init(&rng, env->seed);
		for (size_t i = t.n; i < in->n; i++) {
			draw_row(in->rows + i * m->features, m, &rng);
			in->labels[i] = NAN;
		}
		for (size_t i = in->n_stored; i < in->n; i++)
			ml_model_predict(
				m, in->expected + i * m->outputs, in->rows + i * m->features);
	}
	ml_table_fini(&t);
	return r;
}

static void blame(struct bt_err *err, const struct ml_model *m)
{
	if (ml_engine_reads(m->version[0], m->version[1]))
		bt_fail_in(err, "%s", m->path);
	else
		bt_fail_in(err,
			"%s: written by XGBoost %d.%d.%d, which the installed %s does not read",
			m->path, m->version[0], m->version[1], m->version[2], ml_engine_version());
}

int ml_load_open(struct ml_load *load, const struct ml_conf *conf, const struct bt_env *env,
	struct bt_err *err)
{
	char path[PATH_MAX];
	int r;

	*load = (struct ml_load){ .conf = conf };
	r = find_model(path, sizeof(path), conf->model, err);
	if (r == 0)
		r = ml_model_open(&load->model, path, err);
	if (r == 0 &&
		(r = ml_booster_load(&load->booster, load->model->bytes, load->model->n_bytes,
			 (unsigned)conf->threads, err)) < 0)
		blame(err, load->model);
	if (r == 0 && load->model->margins)
		ml_booster_margins(load->booster, load->model->base, load->model->groups);
	if (r == 0 && conf->trees == 0) {
		ml_model_use_best(load->model);
		ml_booster_limit(load->booster, load->model->rounds);
	}
	if (r == 0)
		r = make_inputs(load, env, err);
	if (r < 0)
		ml_load_close(load);
	return r;
}

void ml_load_close(struct ml_load *load)
{
	ml_booster_free(load->booster);
	ml_model_close(load->model);
	free(load->inputs.rows);
	free(load->inputs.labels);
	free(load->inputs.expected);
	*load = (struct ml_load){ .conf = NULL };
}

int ml_load_new(
	void **shared, const struct ml_conf *conf, const struct bt_env *env, struct bt_err *err)
{
	struct ml_load *load = malloc(sizeof(*load));
	int r = load ? ml_load_open(load, conf, env, err) : bt_oom(err, "the model");

	if (r < 0)
		free(load);
	else
		*shared = load;
	return r;
}

void ml_load_free(void *shared)
{
	ml_load_close(shared);
	free(shared);
}

/* ---- one worker's ---- */

void ml_client_meter(struct ml_client *client, const struct ml_load *load, unsigned first,
	const struct bt_env *env)
{
	const struct ml_model *m = load->model;
	const char *file = strrchr(m->path, '/');
	char text[160];

	client->load = load;
	client->meter = env->meter;
	client->first = first;
	snprintf(text, sizeof(text), "%.28s: %u trees, %u features, %s", file ? file + 1 : m->path,
		m->n_used, m->features, m->objective);
	bt_meter_text(env->meter, first + ML_NAME, text);
	bt_meter_set(env->meter, first + ML_RMSE, NAN);
}

int ml_client_open(struct ml_client *client, const struct ml_load *load, size_t rows_max,
	unsigned first, const struct bt_env *env, struct bt_err *err)
{
	ml_client_meter(client, load, first, env);
	bt_meter_set(env->meter, first + ML_THREADS, (double)load->conf->threads);
	return ml_predictor_open(
		&client->predictor, load->booster, rows_max, load->model->features, err);
}

void ml_client_close(struct ml_client *client)
{
	ml_predictor_close(client->predictor);
}

void ml_client_rows(struct ml_client *client, uint64_t first, size_t n)
{
	const struct ml_inputs *in = &client->load->inputs;
	unsigned features = client->load->model->features;
	float *to = ml_predictor_rows(client->predictor);
	size_t from = first % in->n;

	while (n) {
		size_t some = BT_MIN(n, in->n - from);

		memcpy(to, in->rows + from * features, some * features * sizeof(*to));
		to += some * features;
		n -= some;
		from = 0;
	}
}

/* What a row's label says of its outputs, which are right. */
static void weigh(struct ml_client *client, float label, const float *out)
{
	int class = ml_model_class(client->load->model, out);
	double off = (double)(out[0] - label);

	if (isnan(label))
		return;
	if (class < 0) {
		client->square.sum += off * off;
		client->square.n++;
		return;
	}
	bt_meter_add(client->meter, client->first + ML_LABELLED, 1);
	bt_meter_add(client->meter, client->first + ML_RIGHT, (float)class == label);
}

bool ml_client_judge(struct ml_client *client, struct ml_wrong *wrong, const float *out,
	uint64_t first, size_t n)
{
	const struct ml_inputs *in = &client->load->inputs;
	unsigned outputs = client->load->model->outputs;
	uint64_t known = client->square.n;
	size_t i, row, stored = 0;

	for (i = 0; i < n; i++) {
		row = (first + i) % in->n;
		for (unsigned k = 0; k < outputs; k++) {
			float got = out[i * outputs + k],
			      expected = in->expected[row * outputs + k];

			if (BT_LIKELY(ml_same(got, expected)))
				continue;
			*wrong = (struct ml_wrong){ row, k, got, expected };
			return false;
		}
	}
	for (i = 0; i < n; i++) {
		row = (first + i) % in->n;
		stored += row < in->n_stored;
		weigh(client, in->labels[row], out + i * outputs);
	}
	bt_meter_add(client->meter, client->first + ML_PREDICTED, n);
	bt_meter_add(client->meter, client->first + ML_STORED, stored);
	if (client->square.n != known)
		bt_meter_set(client->meter, client->first + ML_RMSE,
			sqrt(client->square.sum / (double)client->square.n));
	return true;
}
