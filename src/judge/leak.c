#include "judge/leak.h"

#include <math.h>
#include <stdlib.h>

#define PAIRS_MAX (BT_LEAK_WINDOWS * (BT_LEAK_WINDOWS - 1) / 2)
#define Z_95      1.959964 /* normal quantile of 97.5 % */

const char *const bt_leak_verdict_name[] = { "too-short", "none", "suspected", "found", NULL };

struct points {
	unsigned n;
	double x[BT_LEAK_WINDOWS], y[BT_LEAK_WINDOWS]; /* windows; bytes */
};

struct trend { /* bytes a window */
	double slope, low, high;
};

static void close_window(struct bt_leak_series *s)
{
	s->floor[s->n++] = s->open;
	s->open = UINT64_MAX;
	if (s->n < BT_LEAK_WINDOWS)
		return;
	for (unsigned i = 0; i < BT_LEAK_WINDOWS / 2; i++)
		s->floor[i] = BT_MIN(s->floor[2 * i], s->floor[2 * i + 1]);
	s->n = BT_LEAK_WINDOWS / 2;
	s->width_ns *= 2;
}

bool bt_leak_add(struct bt_leak_series *s, uint64_t t_ns, uint64_t rss_bytes)
{
	bool complete = false;

	if (!s->width_ns) {
		s->origin_ns = t_ns;
		s->width_ns = BT_NS_PER_S;
		s->open = UINT64_MAX;
	}
	while ((t_ns - s->origin_ns) / s->width_ns > s->n) {
		close_window(s);
		complete = true;
	}
	s->open = BT_MIN(s->open, rss_bytes);
	return complete;
}

/* Windows in which memory is still filled for the first time are warm-up. */
static void points_of(struct points *p, const struct bt_leak_series *s)
{
	p->n = 0;
	for (unsigned i = s->n / 4; i < s->n; i++) {
		if (s->floor[i] == UINT64_MAX)
			continue;
		p->x[p->n] = i;
		p->y[p->n++] = (double)s->floor[i];
	}
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Slopes of all pairs from the first-th point on, ascending. Returns their number. */
static unsigned slopes_of(double *out, const struct points *p, unsigned first)
{
	unsigned n = 0;

	for (unsigned i = first; i < p->n; i++)
		for (unsigned k = i + 1; k < p->n; k++)
			out[n++] = (p->y[k] - p->y[i]) / (p->x[k] - p->x[i]);
	qsort(out, n, sizeof(*out), by_value);
	return n;
}

static double median(const double *sorted, unsigned n)
{
	return n % 2 ? sorted[n / 2] : (sorted[n / 2 - 1] + sorted[n / 2]) / 2;
}

/* Variance of Kendall's S when there is no trend; equal values take their share from it. */
static double kendall_variance(const struct points *p)
{
	double n = p->n, v = n * (n - 1) * (2 * n + 5), sorted[BT_LEAK_WINDOWS];
	unsigned run = 1;

	for (unsigned i = 0; i < p->n; i++)
		sorted[i] = p->y[i];
	qsort(sorted, p->n, sizeof(*sorted), by_value);
	for (unsigned i = 1; i <= p->n; i++, run++) {
		double t = run;

		if (i < p->n && sorted[i] <= sorted[i - 1])
			continue;
		v -= t * (t - 1) * (2 * t + 5);
		run = 0;
	}
	return fmax(v, 0) / 18;
}

/* Ranks of the residuals about the trend, around zero; equal ones have their mean. */
static void rank_residuals(double *rank, const struct points *p, double slope)
{
	for (unsigned i = 0; i < p->n; i++) {
		double mine = p->y[i] - slope * p->x[i];

		rank[i] = 0;
		for (unsigned k = 0; k < p->n; k++) {
			double other = p->y[k] - slope * p->x[k];

			rank[i] += (other < mine) - (other > mine);
		}
	}
}

/* Factor on the variance for residuals that resemble their neighbours: at least 1. */
static double autocorrelation_factor(const struct points *p, double slope)
{
	double rank[BT_LEAK_WINDOWS], all = 0, n = p->n, sum = 0;

	rank_residuals(rank, p, slope);
	for (unsigned i = 0; i < p->n; i++)
		all += rank[i] * rank[i];
	for (unsigned lag = 1; lag < p->n / 2 && all > 0; lag++) {
		double rho = 0, m = n - lag;

		for (unsigned i = 0; i + lag < p->n; i++)
			rho += rank[i] * rank[i + lag];
		rho /= all;
		if (rho < Z_95 / sqrt(n)) /* beyond it there is nothing but chance */
			break;
		sum += m * (m - 1) * (m - 2) * rho;
	}
	return 1 + 2 / (n * (n - 1) * (n - 2)) * sum;
}

static void fit(struct trend *out, const struct points *p)
{
	double slopes[PAIRS_MAX], spread;
	unsigned n = slopes_of(slopes, p, 0);

	out->slope = median(slopes, n);
	spread = Z_95 * sqrt(kendall_variance(p) * autocorrelation_factor(p, out->slope));
	out->low = slopes[(unsigned)fmax(0, floor((n - spread) / 2) - 1)];
	out->high = slopes[(unsigned)fmin(n - 1, ceil((n + spread) / 2))];
}

/* What warms up grows fast and then slowly; a leak goes on. */
static bool goes_on(const struct points *p, double slope)
{
	double slopes[PAIRS_MAX];

	return median(slopes, slopes_of(slopes, p, p->n / 2)) >= slope / 2;
}

void bt_leak_conclude(struct bt_leak *out, const struct bt_leak_series *series)
{
	double per_hour = 3600e9 / (double)BT_MAX(series->width_ns, 1), windows, least;
	struct points p;
	struct trend t;

	*out = (struct bt_leak){ BT_LEAK_TOO_SHORT, NAN, NAN, NAN, NAN, NAN, 0 };
	points_of(&p, series);
	if (p.n < BT_LEAK_ENOUGH)
		return;
	fit(&t, &p);
	windows = p.x[p.n - 1] - p.x[0] + 1;
	least = BT_LEAK_GROWTH_MIN / windows;
	out->slope = t.slope * per_hour;
	out->low = t.low * per_hour;
	out->high = t.high * per_hour;
	out->resolvable = fmax((t.high - t.low) / 2, least) * per_hour;
	out->span_s = windows * (double)series->width_ns / 1e9;
	out->verdict = BT_LEAK_NONE;
	if (t.low > 0 && t.slope >= least)
		out->verdict = goes_on(&p, t.slope) ? BT_LEAK_FOUND : BT_LEAK_SUSPECTED;
	else
		out->rules_out = fmax(t.high, least) * per_hour;
}

double bt_leak_per_h(const struct bt_leak *leak)
{
	if (leak->verdict == BT_LEAK_TOO_SHORT)
		return NAN;
	return leak->verdict == BT_LEAK_FOUND ? leak->slope : 0;
}
