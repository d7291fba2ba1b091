#include "recipe.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "ml/clusters.h"

#define HELD_OUT 2000
#define SEED     2026

const struct recipe recipes[] = {
	{ "small.json", "json", "2 classes", 2, 10, 3, 4000, 3 },
	{ "medium.ubj", "ubj", "5 classes", 5, 15, 4, 6000, 5 },
	{ "large.ubj", "ubj", "10 classes", 10, 50, 6, 10000, 5.5 },
	{ "bitcoin_price_predictor.json", "json", "next hour's return, %", 0, 80, 3, 6000, 0 },
	{ .file = NULL },
};

void recipe_fini(struct recipe_result *result)
{
	ml_booster_free(result->booster);
	ml_matrix_free(result->train);
	free(result->held_out);
	free(result->labels);
}

static float thousandths(float x)
{
	return roundf(x * 1000) / 1000;
}

/* ---- classes ---- */

static int draw_classes(
	float *rows, float *labels, size_t n, const struct recipe *recipe, struct ml_clusters *c)
{
	struct bt_rng rng;

	if (ml_clusters_init(c, RECIPE_FEATURES, recipe->classes, recipe->distance, SEED) < 0)
		return -ENOMEM;
	bt_rng_init(&rng, SEED + recipe->classes);
	for (size_t i = 0; i < n; i++)
		labels[i] = (float)ml_clusters_draw(c, &rng, rows + i * RECIPE_FEATURES);
	return 0;
}

static double share_nearest(const struct recipe_result *r, const struct ml_clusters *c)
{
	size_t right = 0;

	for (size_t i = 0; i < r->n; i++)
		right += (float)ml_clusters_nearest(c, r->held_out + i * RECIPE_FEATURES) ==
			r->labels[i];
	return (double)right / (double)r->n;
}

static double share_right(const struct recipe_result *r, const float *out, unsigned outputs)
{
	size_t right = 0;

	for (size_t i = 0; i < r->n; i++) {
		const float *row = out + i * outputs;
		unsigned class = 0;

		for (unsigned k = 1; k < outputs; k++)
			if (row[k] > row[class])
				class = k;
		if (outputs == 1)
			class = row[0] > 0.5f;
		right += (float)class == r->labels[i];
	}
	return (double)right / (double)r->n;
}

/* ---- prices ---- */

#define LAGS     60
#define AVERAGES 20
#define PAST     (LAGS + 140) /* hours before the first row */

/*
 * An invented price by the hour: returns that go on for an hour and come back in the next, the more
 * the further the price has gone from its mean of the last four days, with a volatility of its own
 * that comes and goes.
 */
static void invent_prices(double *log_price, size_t n)
{
	double last = 0, before = 0, vol = 0.6, mean = log(60000);
	struct bt_rng rng;

	bt_rng_init(&rng, SEED);
	log_price[0] = mean;
	for (size_t i = 1; i < n; i++) {
		double away = log_price[i - 1] - mean, r;

		vol = 0.02 + 0.97 * vol + 0.03 * fabs(bt_rng_normal(&rng));
		r = 0.4 * last - 0.25 * before -
			60 * away * fabs(away) * 100 / (1 + fabs(away) * 100) +
			vol * bt_rng_normal(&rng);
		r = fmax(fmin(r, 8), -8);
		log_price[i] = log_price[i - 1] + r / 100;
		mean += (log_price[i] - mean) / 96;
		before = last;
		last = r;
	}
}

/* Of the hour t: 60 returns, 20 distances from moving averages, 20 volatilities; all in per
 * cent. */
static void price_features(float *row, const double *log_price, size_t t)
{
	unsigned at = 0;

	for (unsigned i = 0; i < LAGS; i++)
		row[at++] = (float)(100 * (log_price[t - i] - log_price[t - i - 1]));
	for (unsigned k = 1; k <= AVERAGES; k++) {
		unsigned window = k * (k + 9) / 4 + 1; /* 3 to 146 hours */
		double sum = 0;

		for (unsigned i = 0; i < window; i++)
			sum += log_price[t - i];
		row[at++] = (float)(100 * (log_price[t] - sum / window));
	}
	for (unsigned k = 1; k <= AVERAGES; k++) {
		double sum = 0;

		for (unsigned i = 0; i < 3 * k; i++) {
			double r = 100 * (log_price[t - i] - log_price[t - i - 1]);

			sum += r * r;
		}
		row[at++] = (float)sqrt(sum / (3 * k));
	}
}

/* The root mean square error of the next price, as the model has it and as the last one has it. */
static void price_errors(struct recipe_result *r, const float *out, const double *log_price)
{
	double model = 0, repeated = 0;

	for (size_t i = 0; i < r->n; i++) {
		double now = exp(log_price[i]), then = exp(log_price[i + 1]);
		double said = now * exp((double)out[i] / 100);

		model += (said - then) * (said - then);
		repeated += (now - then) * (now - then);
	}
	r->got = sqrt(model / (double)r->n);
	r->best = sqrt(repeated / (double)r->n);
}

/* ---- training ---- */

static int train(struct recipe_result *out, const struct recipe *recipe, const float *rows,
	const float *labels, struct bt_err *err)
{
	char depth[12], classes[12];
	const struct ml_param params[] = {
		{ "objective",
			recipe->classes > 2            ? "multi:softprob"
				: recipe->classes == 2 ? "binary:logistic"
						       : "reg:squarederror" },
		{ "tree_method", "hist" },
		{ "max_depth", depth },
		{ "eta", recipe->classes ? "0.3" : "0.1" },
		{ recipe->classes > 2 ? "num_class" : "seed", recipe->classes > 2 ? classes : "0" },
		{ NULL, NULL },
	};
	int r = ml_matrix_new(&out->train, rows, recipe->rows, RECIPE_FEATURES, labels, err);

	snprintf(depth, sizeof(depth), "%u", recipe->depth);
	snprintf(classes, sizeof(classes), "%u", recipe->classes);
	if (r == 0)
		r = ml_booster_new(&out->booster, out->train, params, err);
	for (unsigned i = 0; r == 0 && i < recipe->rounds; i++)
		r = ml_booster_round(out->booster, out->train, i, err);
	return r;
}

/* The last HELD_OUT rows are kept from the training. */
static int keep_apart(struct recipe_result *out, float *rows, float *labels, size_t n)
{
	size_t first = n - HELD_OUT;

	out->n = HELD_OUT;
	out->held_out = malloc(HELD_OUT * RECIPE_FEATURES * sizeof(*out->held_out));
	out->labels = malloc(HELD_OUT * sizeof(*out->labels));
	if (!out->held_out || !out->labels)
		return -ENOMEM;
	for (size_t i = 0; i < HELD_OUT * RECIPE_FEATURES; i++)
		out->held_out[i] = thousandths(rows[first * RECIPE_FEATURES + i]);
	for (size_t i = 0; i < HELD_OUT; i++)
		out->labels[i] = thousandths(labels[first + i]);
	return 0;
}

static int evaluate(struct recipe_result *out, const struct recipe *recipe,
	const struct ml_clusters *clusters, const double *log_price, struct bt_err *err)
{
	struct ml_matrix *m = NULL;
	const float *said;
	unsigned outputs;
	int r = ml_matrix_new(&m, out->held_out, out->n, RECIPE_FEATURES, NULL, err);

	if (r == 0)
		r = ml_booster_outputs(out->booster, &said, &outputs, m, out->n, err);
	if (r == 0 && recipe->classes) {
		out->got = share_right(out, said, outputs);
		out->best = share_nearest(out, clusters);
		out->floor = 1.0 / recipe->classes;
	} else if (r == 0) {
		price_errors(out, said, log_price);
	}
	ml_matrix_free(m);
	return r;
}

int recipe_make(struct recipe_result *out, const struct recipe *recipe, struct bt_err *err)
{
	size_t n = recipe->rows + HELD_OUT;
	float *rows = malloc(n * RECIPE_FEATURES * sizeof(*rows)),
	      *labels = malloc(n * sizeof(*labels));
	double *log_price = malloc((PAST + n + 1) * sizeof(*log_price));
	struct ml_clusters clusters = { .centres = NULL };
	int r = 0;

	*out = (struct recipe_result){ .booster = NULL };
	if (!rows || !labels || !log_price)
		r = -ENOMEM;
	if (r == 0 && recipe->classes)
		r = draw_classes(rows, labels, n, recipe, &clusters);
	if (r == 0 && !recipe->classes) {
		invent_prices(log_price, PAST + n + 1);
		for (size_t i = 0; i < n; i++) {
			price_features(rows + i * RECIPE_FEATURES, log_price, PAST + i);
			labels[i] = (float)(100 * (log_price[PAST + i + 1] - log_price[PAST + i]));
		}
	}
	if (r == 0)
		r = keep_apart(out, rows, labels, n);
	if (r < 0)
		bt_fail(err, r, "%s: out of memory", recipe->file);
	if (r == 0)
		r = train(out, recipe, rows, labels, err);
	if (r == 0)
		r = evaluate(out, recipe, &clusters, log_price + PAST + recipe->rows, err);
	ml_clusters_fini(&clusters);
	free(rows);
	free(labels);
	free(log_price);
	if (r < 0)
		recipe_fini(out);
	return r;
}
