/*
 * ml.train: a boosting round an operation. A training is a number of rounds; then another begins
 * from nothing. Every few rounds and after the last the rows that training does not see are
 * predicted, within the operation.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "core/workload.h"
#include "ml/clusters.h"
#include "ml/table.h"
#include "ml/xgb.h"

#define CLASSES_MOST 1000
#define CELLS_MOST   1e9 /* rows × features */
#define FIFTH        5   /* one row in so many is held out */

struct conf {
	uint64_t rows, features, classes, rounds, depth, threads, every;
	double rate, distance;
	const char *input;
	int head; /* enum ml_head */
};

#define ROW(field) offsetof(struct conf, field)
static const struct bt_opt opts[] = {
	{ .name = "rows",
		.type = BT_OPT_COUNT,
		.offset = ROW(rows),
		.dflt = "10000",
		.arg = "N",
		.min = 10,
		.max = 10000000,
		.help = "rows that are drawn, one in five of them held out",
		.man = "Rows that are drawn, those held out included." },
	{ .name = "features",
		.type = BT_OPT_COUNT,
		.offset = ROW(features),
		.dflt = "100",
		.arg = "N",
		.min = 1,
		.max = 100000,
		.help = "numbers a row has, a fifth of which tell anything",
		.man = "Numbers a row has. The first fifth of them tells the class, the others "
		       "nothing." },
	{ .name = "classes",
		.type = BT_OPT_COUNT,
		.offset = ROW(classes),
		.dflt = "10",
		.arg = "N",
		.min = 2,
		.max = CLASSES_MOST,
		.help = "clusters that rows are drawn from",
		.man = "Clusters, each as likely as any other." },
	{ .name = "distance",
		.type = BT_OPT_NUMBER,
		.offset = ROW(distance),
		.dflt = "5.5",
		.arg = "D",
		.max = 1000,
		.help = "how far apart clusters are, in their deviations; near ones overlap",
		.man = "How far apart two clusters are on average, in deviations; 0: there is "
		       "nothing to be learnt." },
	{ .name = "input",
		.type = BT_OPT_PATH,
		.offset = ROW(input),
		.arg = "FILE",
		.help = "labelled rows instead, comma-separated or libsvm; labels from 0 on",
		.man = "Labelled rows instead of drawn ones, see {Sx Rows}; labels are classes "
		       "from 0 on." },
	{ .name = "head",
		.type = BT_OPT_CHOICE,
		.offset = ROW(head),
		.dflt = "auto",
		.arg = "WHAT",
		.choices = ml_heads,
		.help = "auto, yes or no: whether the first line of --input names its columns",
		.man = "*auto*, *yes* or *no*: whether the first line of --input names its "
		       "columns." },
	{ .name = "rounds",
		.type = BT_OPT_COUNT,
		.offset = ROW(rounds),
		.dflt = "30",
		.arg = "N",
		.min = 1,
		.max = 1000000,
		.help = "boosting rounds of a training, a tree for each class in each",
		.man = "Boosting rounds of a training; each makes a tree for every class." },
	{ .name = "depth",
		.type = BT_OPT_COUNT,
		.offset = ROW(depth),
		.dflt = "4",
		.arg = "N",
		.min = 1,
		.max = 16,
		.help = "of the trees at most",
		.man = "Depth of the trees at most." },
	{ .name = "learning-rate",
		.type = BT_OPT_NUMBER,
		.offset = ROW(rate),
		.dflt = "0.3",
		.arg = "R",
		.min = 0.0001,
		.max = 1,
		.help = "how much of each tree's answer is taken",
		.man = "How much of each tree's answer is taken." },
	{ .name = "evaluate-every",
		.type = BT_OPT_COUNT,
		.offset = ROW(every),
		.dflt = "10",
		.arg = "N",
		.min = 1,
		.max = 1000000,
		.help = "rounds from one prediction of the rows held out to the next",
		.man = "Rounds from one prediction of the rows held out to the next; the last "
		       "round of a training has one, too. It is part of its operation's time." },
	{ .name = "ml-threads",
		.type = BT_OPT_COUNT,
		.offset = ROW(threads),
		.dflt = "1",
		.arg = "N",
		.min = 1,
		.max = 1024,
		.help = "threads that the engine may use for a round, each worker's of their own",
		.man = "Threads that the engine may use for a round." },
	BT_OPT_END,
};

enum { SAMPLES, ACCURACY, NEAREST, ROUNDS, TRAININGS, TRAINING, TRAINED, HELD_OUT, THREADS };
static const struct bt_metric metrics[] = {
	[SAMPLES] = { .name = "samples",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "rows trained with, in all rounds" },
	[ROUNDS] = { .name = "rounds",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "boosting rounds that ended" },
	[TRAININGS] = { .name = "trainings",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "trainings with all their rounds" },
	[ACCURACY] = { .name = "accuracy",
		.unit = "",
		.kind = BT_GAUGE,
		.merge = BT_MAXIMUM,
		.help = "share of the rows held out that were predicted right, when last looked" },
	[NEAREST] = { .name = "best_possible",
		.unit = "",
		.kind = BT_GAUGE,
		.merge = BT_MAXIMUM,
		.help = "the same by the nearest centre, which no classifier beats" },
	[TRAINING] = { .name = "training",
		.unit = "ns",
		.kind = BT_TIMES,
		.help = "a training, all its rounds" },
	[TRAINED] = { .name = "train_rows",
		.unit = "",
		.kind = BT_GAUGE,
		.merge = BT_MAXIMUM,
		.help = "rows that are trained with" },
	[HELD_OUT] = { .name = "held_out_rows",
		.unit = "",
		.kind = BT_GAUGE,
		.merge = BT_MAXIMUM,
		.help = "rows that are held out" },
	[THREADS] = { .name = "threads",
		.unit = "",
		.kind = BT_GAUGE,
		.help = "threads that the engine may use, all workers together" },
	{ .name = NULL },
};

enum { ENGINE, NOT_FINITE };
static const char *const error_classes[] = {
	[ENGINE] = "engine",
	[NOT_FINITE] = "wrong-output",
	NULL,
};

/* Rows of one kind. */
struct part {
	float *rows, *labels;
	size_t n;
};

struct shared {
	struct part train, held;
	unsigned features, classes;
	double nearest; /* NAN: unknown */
};

struct state {
	const struct shared *shared;
	const struct conf *conf;
	const struct bt_env *env;
	struct ml_matrix *train, *held;
	struct ml_booster *booster; /* NULL: no training is under way */
	unsigned round;             /* that comes next */
	uint64_t begun_ns;
	char depth[24], rate[40], classes[24], threads[24];
};

/* ---- rows ---- */

static int train_check(const void *arg, struct bt_err *err)
{
	const struct conf *conf = arg;

	if (conf->input || (double)conf->rows * (double)conf->features <= CELLS_MOST)
		return 0;
	return bt_fail(err, -EINVAL, "--rows %llu of --features %llu: expected at most %g numbers",
		(unsigned long long)conf->rows, (unsigned long long)conf->features, CELLS_MOST);
}

static uint64_t train_supply(const void *arg)
{
	return ((const struct conf *)arg)->rounds;
}

static void train_teardown(void *arg)
{
	struct shared *s = arg;

	free(s->train.rows);
	free(s->train.labels);
	free(s->held.rows);
	free(s->held.labels);
	free(s);
}

static int no_memory(struct bt_err *err)
{
	return bt_oom(err, "ml.train");
}

static int make_room(struct part *p, size_t n, unsigned features)
{
	p->rows = malloc(BT_MAX(n, 1) * features * sizeof(*p->rows));
	p->labels = malloc(BT_MAX(n, 1) * sizeof(*p->labels));
	return p->rows && p->labels ? 0 : -ENOMEM;
}

/* The part that row i goes to. */
static struct part *part_of(struct shared *s, size_t i)
{
	return i % FIFTH == FIFTH - 1 ? &s->held : &s->train;
}

static int draw(struct shared *s, const struct conf *conf, uint64_t seed, struct bt_err *err)
{
	struct ml_clusters c;
	struct bt_rng rng;
	size_t right = 0, n_held = conf->rows / FIFTH;

	s->features = (unsigned)conf->features;
	s->classes = (unsigned)conf->classes;
	if (ml_clusters_init(&c, s->features, s->classes, conf->distance, seed) < 0 ||
		make_room(&s->train, conf->rows - n_held, s->features) < 0 ||
		make_room(&s->held, n_held, s->features) < 0) {
		ml_clusters_fini(&c);
		return no_memory(err);
	}
	bt_rng_init(&rng, bt_mix64(seed));
	for (size_t i = 0; i < conf->rows; i++) {
		struct part *p = part_of(s, i);
		float *row = p->rows + p->n * s->features;

		p->labels[p->n++] = (float)ml_clusters_draw(&c, &rng, row);
		if (p == &s->held)
			right += (float)ml_clusters_nearest(&c, row) == p->labels[p->n - 1];
	}
	s->nearest = (double)right / (double)n_held;
	ml_clusters_fini(&c);
	return 0;
}

/* Labels have to be 0, 1, 2 …, and two of them at least. */
static int read_classes(
	struct shared *s, const struct ml_table *t, const char *path, struct bt_err *err)
{
	float most = 0;

	if (!t->labels)
		return bt_fail(err, -EINVAL,
			"%s: no labels: expected a column named label, or libsvm's format", path);
	for (size_t i = 0; i < t->n; i++) {
		float label = t->labels[i];

		if (!(label >= 0) || label != floorf(label) || label >= CLASSES_MOST)
			return bt_fail(err, -EINVAL,
				"%s: row %zu: label %g: expected a class from 0 to %d", path, i + 1,
				(double)label, CLASSES_MOST - 1);
		most = fmaxf(most, label);
	}
	if (most < 1 || t->n < 10)
		return bt_fail(err, -EINVAL, "%s: %zu rows of %d class%s: expected 10 of 2 or more",
			path, t->n, (int)most + 1, most < 1 ? "" : "es");
	s->classes = (unsigned)most + 1;
	s->features = t->features;
	return 0;
}

static int read_input(struct shared *s, const struct conf *conf, struct bt_err *err)
{
	const struct ml_columns columns = { .head = (enum ml_head)conf->head };
	const char *path = conf->input;
	struct ml_table t;
	int r = ml_table_read(&t, path, &columns, err);

	if (r == 0)
		r = read_classes(s, &t, path, err);
	if (r == 0 &&
		(make_room(&s->train, t.n, s->features) < 0 ||
			make_room(&s->held, t.n, s->features) < 0))
		r = no_memory(err);
	for (size_t i = 0; r == 0 && i < t.n; i++) {
		struct part *p = part_of(s, i);

		memcpy(p->rows + p->n * s->features, t.rows + i * s->features,
			s->features * sizeof(*t.rows));
		p->labels[p->n++] = t.labels[i];
	}
	ml_table_fini(&t);
	s->nearest = NAN;
	return r;
}

static int train_prepare(void **shared, const struct bt_env *env, struct bt_err *err)
{
	const struct conf *conf = env->conf;
	struct shared *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return no_memory(err);
	r = conf->input ? read_input(s, conf, err) : draw(s, conf, env->seed, err);
	if (r < 0)
		train_teardown(s);
	else
		*shared = s;
	return r;
}

/* ---- a worker ---- */

static void train_leave(void *arg)
{
	struct state *s = arg;

	ml_booster_free(s->booster);
	ml_matrix_free(s->train);
	ml_matrix_free(s->held);
}

static int train_enter(void *arg, const struct bt_env *env, struct bt_err *err)
{
	struct state *s = arg;
	const struct shared *sh = env->shared;
	const struct conf *conf = env->conf;
	int r;

	s->shared = sh;
	s->conf = conf;
	s->env = env;
	snprintf(s->depth, sizeof(s->depth), "%llu", (unsigned long long)conf->depth);
	snprintf(s->rate, sizeof(s->rate), "%.9g", conf->rate);
	snprintf(s->classes, sizeof(s->classes), "%u", sh->classes);
	snprintf(s->threads, sizeof(s->threads), "%llu", (unsigned long long)conf->threads);
	r = ml_matrix_new(
		&s->train, sh->train.rows, sh->train.n, sh->features, sh->train.labels, err);
	if (r == 0)
		r = ml_matrix_new(
			&s->held, sh->held.rows, sh->held.n, sh->features, sh->held.labels, err);
	if (r < 0)
		train_leave(s);
	bt_meter_set(env->meter, ACCURACY, NAN);
	bt_meter_set(env->meter, NEAREST, sh->nearest);
	bt_meter_set(env->meter, TRAINED, (double)sh->train.n);
	bt_meter_set(env->meter, HELD_OUT, (double)sh->held.n);
	bt_meter_set(env->meter, THREADS, (double)conf->threads);
	return r;
}

static int begin_training(struct state *s, struct bt_err *err)
{
	bool two = s->shared->classes == 2;
	const struct ml_param params[] = {
		{ "nthread", s->threads },
		{ "objective", two ? "binary:logistic" : "multi:softprob" },
		{ "tree_method", "hist" },
		{ "max_depth", s->depth },
		{ "eta", s->rate },
		{ two ? NULL : "num_class", s->classes },
		{ NULL, NULL },
	};

	s->round = 0;
	s->begun_ns = bt_now(s->env->clock);
	return ml_booster_new(&s->booster, s->train, params, err);
}

static unsigned class_of(const float *out, unsigned outputs)
{
	unsigned best = 0;

	if (outputs == 1)
		return out[0] > 0.5f;
	for (unsigned k = 1; k < outputs; k++)
		if (out[k] > out[best])
			best = k;
	return best;
}

/* Predicts the rows held out. A number that is none is -EDOM. */
static int evaluate(struct state *s, struct bt_err *err)
{
	const struct part *held = &s->shared->held;
	const float *out;
	unsigned outputs;
	size_t right = 0;
	int r = ml_booster_outputs(s->booster, &out, &outputs, s->held, held->n, err);

	if (r < 0)
		return r;
	for (size_t i = 0; i < held->n * outputs; i++)
		if (!isfinite(out[i]))
			return bt_fail(
				err, -EDOM, "row %zu held out: %g", i / outputs, (double)out[i]);
	for (size_t i = 0; i < held->n; i++)
		right += (float)class_of(out + i * outputs, outputs) == held->labels[i];
	bt_meter_set(s->env->meter, ACCURACY, (double)right / (double)held->n);
	return 0;
}

static void end_training(struct state *s)
{
	bt_meter_add(s->env->meter, TRAININGS, 1);
	bt_meter_time(s->env->meter, TRAINING, bt_now(s->env->clock) - s->begun_ns);
	ml_booster_free(s->booster);
	s->booster = NULL;
}

static struct bt_result train_op(void *arg, uint64_t n BT_UNUSED)
{
	struct state *s = arg;
	struct bt_err err;
	bool last;
	int r = s->booster ? 0 : begin_training(s, &err);

	if (r == 0)
		r = ml_booster_round(s->booster, s->train, s->round, &err);
	if (r < 0)
		return bt_failed(s, ENGINE, "%s", err.msg);
	last = ++s->round == s->conf->rounds;
	bt_meter_add(s->env->meter, ROUNDS, 1);
	bt_meter_add(s->env->meter, SAMPLES, s->shared->train.n);
	if (last || s->round % s->conf->every == 0)
		r = evaluate(s, &err);
	if (last)
		end_training(s);
	if (r < 0)
		return bt_failed(s, r == -EDOM ? NOT_FINITE : ENGINE, "%s", err.msg);
	return (struct bt_result){ BT_DONE, 0, s->shared->train.n };
}

const struct bt_workload ml_train_workload = {
	.name = "ml.train",
	.summary = "training of boosted trees, a boosting round an operation, by XGBoost",
	.unit = "samples",
	.opts = opts,
	.metrics = metrics,
	.error_classes = error_classes,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.supply = train_supply,
	.check = train_check,
	.prepare = train_prepare,
	.enter = train_enter,
	.op = train_op,
	.leave = train_leave,
	.teardown = train_teardown,
};
