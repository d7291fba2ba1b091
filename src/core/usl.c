#include "core/usl.h"

#include <math.h>

#include "core/student.h"

#define STEPS_MAX 300
#define EXACT     1e-5 /* relative deviations below this are rounding, not noise */
/* Deviations of the n from the law above this are another law, if they are more than noise. */
#define OFF 0.03
/* Times the variance between trials that the deviations have to be, to be more than noise. */
#define BEYOND 4

enum { SIGMA, KAPPA, BOTH };

struct data {
	const struct bt_usl_point *points;
	unsigned n, trials; /* trials: different ones */
	unsigned in_trial[BT_USL_TRIALS];
};

/* Takes from each value the mean of its trial: what is left does not depend on λ. */
static void centre(const struct data *d, double *v)
{
	double mean[BT_USL_TRIALS] = { 0 };

	for (unsigned i = 0; i < d->n; i++)
		mean[d->points[i].trial] += v[i] / d->in_trial[d->points[i].trial];
	for (unsigned i = 0; i < d->n; i++)
		v[i] -= mean[d->points[i].trial];
}

/* The sum of squares at p; residuals and, unless NULL, derivatives by p. */
static double squares(const struct data *d, const double *p, double *r, double (*by)[BT_USL_POINTS])
{
	double sum = 0;

	for (unsigned i = 0; i < d->n; i++) {
		double n = d->points[i].n, below = 1 + p[SIGMA] * (n - 1) + p[KAPPA] * n * (n - 1);

		r[i] = log(d->points[i].rate / n) + log(below);
		if (!by)
			continue;
		by[SIGMA][i] = (n - 1) / below;
		by[KAPPA][i] = n * (n - 1) / below;
	}
	centre(d, r);
	for (unsigned k = 0; by && k < BOTH; k++)
		centre(d, by[k]);
	for (unsigned i = 0; i < d->n; i++)
		sum += r[i] * r[i];
	return sum;
}

/* The step of Levenberg and Marquardt from p, of the parameters that are free. */
static void step_from(
	double *step, const bool *free, const double *g, double h[BOTH][BOTH], double mu)
{
	double a = h[0][0] * (1 + mu), b = h[1][1] * (1 + mu), c = h[0][1];
	double determinant = a * b - c * c;

	step[0] = free[0] ? -g[0] / a : 0;
	step[1] = free[1] ? -g[1] / b : 0;
	if (free[0] && free[1] && determinant > 0) {
		step[0] = (-g[0] * b + g[1] * c) / determinant;
		step[1] = (-g[1] * a + g[0] * c) / determinant;
	}
}

/* Gradient and curvature at p, and which parameters may move: not the fixed ones, nor from 0
 * downwards. */
static double look(const struct data *d, const double *p, const bool *fixed, double *g,
	double h[BOTH][BOTH], bool *free)
{
	double r[BT_USL_POINTS], by[BOTH][BT_USL_POINTS], sum = squares(d, p, r, by);

	for (unsigned j = 0; j < BOTH; j++) {
		g[j] = h[j][0] = h[j][1] = 0;
		for (unsigned i = 0; i < d->n; i++) {
			g[j] += by[j][i] * r[i];
			h[j][0] += by[j][i] * by[0][i];
			h[j][1] += by[j][i] * by[1][i];
		}
		free[j] = !fixed[j] && (p[j] > 0 || g[j] < 0);
	}
	return sum;
}

/* Moves p, but for what is fixed, to the least sum of squares, and returns that. */
static double minimise(const struct data *d, double *p, const bool *fixed)
{
	double g[BOTH], h[BOTH][BOTH], step[BOTH], r[BT_USL_POINTS], mu = 1e-3;
	bool free[BOTH];
	double sum = look(d, p, fixed, g, h, free);

	for (unsigned i = 0; i < STEPS_MAX && mu < 1e12 && (free[0] || free[1]); i++) {
		double to[BOTH], there;

		step_from(step, free, g, h, mu);
		for (unsigned j = 0; j < BOTH; j++)
			to[j] = fmax(0, p[j] + step[j]);
		there = squares(d, to, r, NULL);
		if (!(there < sum)) {
			mu *= 10;
			continue;
		}
		p[0] = to[0];
		p[1] = to[1];
		if (sum - there < 1e-13 * sum)
			return there;
		sum = look(d, p, fixed, g, h, free);
		mu = fmax(mu / 10, 1e-12);
	}
	return sum;
}

/* The least sum of squares where parameter k has the value v; `best` is where to begin. */
static double profile(const struct data *d, unsigned k, double v, const double *best)
{
	const bool fixed[BOTH] = { k == SIGMA, k == KAPPA };
	double p[BOTH] = { best[0], best[1] };

	p[k] = v;
	return minimise(d, p, fixed);
}

/* Where, between a value whose profile is below the limit and one whose is above, it crosses. */
static double crossing(const struct data *d, unsigned k, const double *best, double below,
	double above, double limit)
{
	for (unsigned i = 0; i < 60; i++) {
		double middle = (below + above) / 2;

		if (profile(d, k, middle, best) > limit)
			above = middle;
		else
			below = middle;
	}
	return (below + above) / 2;
}

static void interval(const struct data *d, unsigned k, const double *best, double limit,
	double *low, double *high)
{
	double away = fmax(best[k], 1e-7);

	*low = 0;
	if (best[k] > 0 && profile(d, k, 0, best) > limit)
		*low = crossing(d, k, best, best[k], 0, limit);
	while (away < 1e6 && profile(d, k, best[k] + away, best) <= limit)
		away *= 2;
	*high = crossing(d, k, best, best[k], best[k] + away, limit);
}

/* Residuals of each n, averaged over its trials: their mean square goes to `off`; the share of the
 * sum that they make up. */
static double misfit(const struct data *d, const double *r, double *off)
{
	double sum = 0, mean_square = 0;
	unsigned levels = 0;

	for (unsigned i = 0; i < d->n; i++) {
		double level = 0;
		unsigned n = 0, first = 1;

		for (unsigned j = 0; j < d->n; j++) {
			if (d->points[j].n != d->points[i].n)
				continue;
			first &= j >= i;
			level += r[j];
			n++;
		}
		if (!first)
			continue;
		levels++;
		mean_square += level / n * level / n;
		sum += level * level / n;
	}
	*off = sqrt(mean_square / levels);
	return sum;
}

static unsigned levels_of(const struct data *d)
{
	unsigned levels = 0;

	for (unsigned i = 0; i < d->n; i++) {
		bool seen = false;

		for (unsigned j = 0; j < i; j++)
			seen |= d->points[j].n == d->points[i].n;
		levels += !seen;
	}
	return levels;
}

/* Whether two parameters more than a straight line's leave so much less that chance does not do it
 * once in 20 times (F test). */
static bool bends(double straight, double bent, double freedom)
{
	double limit = freedom / 2 * (pow(0.05, -2 / freedom) - 1);

	return (straight - bent) / 2 > limit * bent / freedom;
}

static bool is_other(const struct bt_usl *out, const struct data *d, double sum, double between)
{
	double n_between = out->levels - 3.0, within = (out->levels - 1.0) * (d->trials - 1.0);

	if (out->off <= OFF)
		return false;
	return within <= 0 || between / n_between > BEYOND * (sum - between) / within;
}

static void fit(struct bt_usl *out, const struct data *d, unsigned freedom)
{
	static const double line[BOTH];
	static const bool none[BOTH];
	double p[BOTH] = { 0.01, 1e-4 }, r[BT_USL_POINTS], noise = d->n * EXACT * EXACT;
	double straight = squares(d, line, r, NULL) + noise, sum = minimise(d, p, none) + noise;
	double between, t = bt_student95(freedom);

	out->verdict = BT_USL_STRAIGHT;
	if (!bends(straight, sum, freedom))
		return;
	out->sigma = p[SIGMA];
	out->kappa = p[KAPPA];
	squares(d, p, r, NULL);
	between = misfit(d, r, &out->off);
	interval(d, SIGMA, p, sum * (1 + t * t / freedom), &out->sigma_low, &out->sigma_high);
	interval(d, KAPPA, p, sum * (1 + t * t / freedom), &out->kappa_low, &out->kappa_high);
	if (out->kappa_low > 0 && out->sigma < 1)
		out->peak = sqrt((1 - out->sigma) / out->kappa);
	out->verdict = is_other(out, d, sum, between) ? BT_USL_OTHER : BT_USL_FITS;
}

void bt_usl_fit(struct bt_usl *out, const struct bt_usl_point *points, unsigned n_points)
{
	struct data d = { .points = points, .n = n_points };

	assert(n_points <= BT_USL_POINTS);
	for (unsigned i = 0; i < n_points; i++)
		d.trials += !d.in_trial[points[i].trial]++;
	*out = (struct bt_usl){ .verdict = BT_USL_FEW, .levels = levels_of(&d), .peak = NAN };
	if (out->levels >= BT_USL_LEVELS && n_points > d.trials + BOTH)
		fit(out, &d, n_points - d.trials - BOTH);
}
