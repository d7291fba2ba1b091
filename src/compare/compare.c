#include "compare/compare.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "json/json.h"

const char *const bt_trend_name[] = { "unknown", "not enough evidence", "no difference resolved",
	"improved", "regressed", "mixed", "not comparable", NULL };

/* A figure's values on both sides. */
struct sides {
	double a[BT_TRIALS_MAX], b[BT_TRIALS_MAX];
	size_t n, m;
};

static void take_values(struct sides *s, const struct bt_comparison *c, enum bt_figure_id figure,
	const struct bt_trials *a, const struct bt_trials *b)
{
	if (c->ramps) {
		s->n = bt_trials_values_at(a, figure, c->at_rate, s->a);
		s->m = bt_trials_values_at(b, figure, c->at_rate, s->b);
	} else {
		s->n = bt_trials_values(a, figure, s->a);
		s->m = bt_trials_values(b, figure, s->b);
	}
}

static bool all_equal(const struct sides *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (s->a[i] != s->a[0])
			return false;
	for (size_t i = 0; i < s->m; i++)
		if (s->b[i] != s->a[0])
			return false;
	return true;
}

static void take_logs(double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		x[i] = log(x[i]);
}

static void exponentials(struct bt_interval *x)
{
	x->value = exp(x->value);
	x->low = exp(x->low);
	x->high = exp(x->high);
}

static bool has_log(const double *x, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (!(x[i] > 0))
			return false;
	return true;
}

static struct bt_interval change_over(
	const struct bt_compared *row, struct sides *s, double confidence)
{
	struct bt_interval change;

	if (!row->shift) {
		take_logs(s->a, s->n);
		take_logs(s->b, s->m);
	}
	change = bt_stat_shift(s->a, s->n, s->b, s->m, confidence);
	if (!row->shift)
		exponentials(&change);
	return change;
}

static void over_trials(struct bt_compared *row, struct sides *s)
{
	row->p = bt_stat_mann_whitney(s->a, s->n, s->b, s->m);
	row->change = change_over(row, s, BT_COMPARE_CONFIDENCE);
}

/*
 * Resident memory comes in steps that are not the workload's: pages of libraries, layouts that are
 * drawn anew for each process and shared by the trials it starts.
 */
#define MEMORY_STEP (1 << 20)

/* Half the interval: an estimate further from no change than that leaves it out of its interval,
 * and so is told from it. */
double bt_compare_resolvable(
	const struct bt_compared *row, const struct bt_interval *strict, double floor)
{
	double half = row->shift ? (strict->high - strict->low) / 2
				 : sqrt(strict->high / strict->low) - 1;
	double least = row->shift ? floor / 10 : floor;

	if (row->figure.unit == BT_UNIT_BYTES && !row->shift)
		least = fmax(least, MEMORY_STEP / row->a);
	return isnan(half) ? NAN : fmax(half, least);
}

double bt_compare_strictest(const struct bt_comparison *c)
{
	unsigned tested = 0;

	for (unsigned i = 0; i < bt_figures_compared(); i++)
		tested += !isnan(c->rows[i].p);
	return tested ? 1 - BT_COMPARE_LEVEL / tested : NAN;
}

static void resolve(struct bt_comparison *c, const struct bt_trials *a, const struct bt_trials *b)
{
	double confidence = bt_compare_strictest(c);

	for (unsigned i = 0; i < bt_figures_compared(); i++) {
		struct bt_compared *row = &c->rows[i];
		struct bt_interval strict;
		struct sides s;

		if (isnan(row->p))
			continue;
		take_values(&s, c, (enum bt_figure_id)i, a, b);
		strict = change_over(row, &s, confidence);
		row->resolvable = bt_compare_resolvable(row, &strict, c->floor);
	}
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* One run a side: the draws of the one against those of the other. */
static void over_draws(struct bt_compared *row, const double *a, const double *b)
{
	double change[BT_WITHIN_DRAWS], below = 0, above = 0;
	double none = row->shift ? 0 : 1, tail = (1 - BT_COMPARE_CONFIDENCE) / 2;

	row->change.value = row->shift ? row->b - row->a : row->b / row->a;
	for (unsigned i = 0; i < BT_WITHIN_DRAWS; i++) {
		change[i] = row->shift ? b[i] - a[i] : b[i] / a[i];
		if (!isfinite(change[i]))
			return;
		below += change[i] <= none;
		above += change[i] >= none;
	}
	qsort(change, BT_WITHIN_DRAWS, sizeof(*change), ascending);
	row->change.low = change[(unsigned)(tail * BT_WITHIN_DRAWS)];
	row->change.high = change[BT_WITHIN_DRAWS - 1 - (unsigned)(tail * BT_WITHIN_DRAWS)];
	row->p = fmin(1, 2 * (fmin(below, above) + 1) / (BT_WITHIN_DRAWS + 1));
}

static void compare_row(struct bt_comparison *c, enum bt_figure_id figure,
	const struct bt_trials *a, const struct bt_trials *b, const struct bt_compare_conf *conf)
{
	struct bt_compared *row = &c->rows[figure];
	struct sides s;

	take_values(&s, c, figure, a, b);
	*row = (struct bt_compared){
		.figure = bt_trials_figure(a->finding[0] ? a : b, figure),
		.a = bt_stat_median(s.a, s.n),
		.b = bt_stat_median(s.b, s.m),
		.change = { NAN, NAN, NAN },
		.p = NAN,
		.p_adjusted = NAN,
		.resolvable = NAN,
	};
	if (!s.n || !s.m)
		return;
	row->shift = row->figure.unit == BT_UNIT_SHARE || !has_log(s.a, s.n) || !has_log(s.b, s.m);
	row->trend = BT_TREND_NONE;
	if (all_equal(&s))
		row->change.value = row->shift ? 0 : 1;
	else if (s.n > 1 || s.m > 1)
		over_trials(row, &s);
	else {
		row->change.value = row->shift ? row->b - row->a : row->b / row->a;
		row->trend = BT_TREND_TOO_FEW;
		if (conf->within_a && conf->within_b &&
			conf->within_a->intervals >= BT_WITHIN_LEAST &&
			conf->within_b->intervals >= BT_WITHIN_LEAST)
			over_draws(
				row, conf->within_a->draws[figure], conf->within_b->draws[figure]);
	}
}

double bt_compare_worse_by(const struct bt_compared *row, double change)
{
	double by = row->shift ? change : change - 1;

	return row->figure.better > 0 ? -by : by;
}

bool bt_compare_too_small(const struct bt_compared *row, double floor)
{
	if (row->figure.unit == BT_UNIT_BYTES && fabs(row->b - row->a) < MEMORY_STEP)
		return true;
	/* of a share: points */
	return fabs(bt_compare_worse_by(row, row->change.value)) <=
		(row->shift ? floor / 10 : floor);
}

static enum bt_trend trend_of(
	const struct bt_compared *row, const struct bt_comparison *c, double least)
{
	double worse = bt_compare_worse_by(row, row->change.value);

	if (isnan(row->p))
		return row->trend;
	if (row->p_adjusted <= BT_COMPARE_LEVEL && !bt_compare_too_small(row, c->floor))
		return worse > 0 ? BT_TREND_REGRESSED : BT_TREND_IMPROVED;
	return least > BT_COMPARE_LEVEL ? BT_TREND_TOO_FEW : BT_TREND_NONE;
}

static enum bt_trend trend_of_all(const struct bt_comparison *c)
{
	unsigned of[BT_TREND_NOT_COMPARABLE + 1] = { 0 };

	for (unsigned i = 0; i < bt_figures_compared(); i++)
		of[c->rows[i].trend]++;
	if (of[BT_TREND_IMPROVED] && of[BT_TREND_REGRESSED])
		return BT_TREND_MIXED;
	return of[BT_TREND_REGRESSED]   ? BT_TREND_REGRESSED
		: of[BT_TREND_IMPROVED] ? BT_TREND_IMPROVED
		: of[BT_TREND_TOO_FEW]  ? BT_TREND_TOO_FEW
		: of[BT_TREND_NONE]     ? BT_TREND_NONE
					: BT_TREND_NOT_COMPARABLE;
}

static unsigned trials_needed(const struct bt_compare_design *design, unsigned tested)
{
	unsigned n = 2;

	while (design->least_p(n) * tested > BT_COMPARE_LEVEL)
		n++;
	return n;
}

static double least_of_sets(unsigned n)
{
	return bt_stat_least_p(n, n);
}

static const struct bt_compare_design two_sets = { "runs a side", least_of_sets };

void bt_compare_conclude(
	struct bt_comparison *c, const struct bt_compare_design *design, double least_p)
{
	double p[BT_COMPARED_MAX], adjusted[BT_COMPARED_MAX];
	unsigned tested = 0;

	for (unsigned i = 0; i < bt_figures_compared(); i++) {
		p[i] = c->rows[i].p;
		tested += !isnan(p[i]) || c->rows[i].trend == BT_TREND_TOO_FEW;
		if (c->rows[i].trend == BT_TREND_UNKNOWN && !isnan(c->rows[i].change.value))
			c->rows[i].trend = BT_TREND_NONE; /* equal everywhere */
	}
	bt_stat_holm(adjusted, p, bt_figures_compared());
	for (unsigned i = 0; i < bt_figures_compared(); i++) {
		c->rows[i].p_adjusted = adjusted[i];
		if (!c->within)
			c->rows[i].trend = trend_of(&c->rows[i], c, least_p * tested);
	}
	if (tested && least_p * tested > BT_COMPARE_LEVEL)
		c->needed = trials_needed(design, tested);
	c->units = design->units;
	c->trend = trend_of_all(c);
	if (c->trend == BT_TREND_NOT_COMPARABLE)
		snprintf(c->why, sizeof(c->why), "the runs have no figure in common");
}

/* Runs that prove nothing, whatever they are held against. */
static bool unsound(char *why, size_t size, const struct bt_trials *t)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct bt_trial *v = &t->v[i];

		if (v->verdict != BT_INVALID && v->ended)
			continue;
		bt_text_format(why, size, "run %llu of %s %s", (unsigned long long)v->run, t->name,
			v->ended ? "is an invalid measurement" : "did not end on its own");
		return true;
	}
	return false;
}

static void note(struct bt_comparison *c, const char *text)
{
	if (*text)
		bt_text_add(c->noted, sizeof(c->noted), "%s%s", *c->noted ? "; " : "", text);
}

/* False: they are not to be compared, and why says so. */
static bool comparable(struct bt_comparison *c, const struct bt_trials *a,
	const struct bt_trials *b, const struct bt_compare_conf *conf)
{
	char why[320];
	bool grave = false;
	bool mixed = a->mixed[0] || b->mixed[0];

	if (!a->n || !b->n) {
		bt_text_format(c->why, sizeof(c->why), "there are no runs of %s",
			a->n ? b->name : a->name);
		return false;
	}
	if (unsound(why, sizeof(why), a) || unsound(why, sizeof(why), b)) {
		bt_text_format(c->why, sizeof(c->why), "%s", why);
		if (!conf->unsound)
			return false;
		note(c, why);
	}
	c->why[0] = '\0';
	if (mixed)
		bt_text_format(why, sizeof(why), "runs of %s differ: %s",
			a->mixed[0] ? a->name : b->name, a->mixed[0] ? a->mixed : b->mixed);
	if (mixed || bt_trials_differ(why, sizeof(why), &grave, a->about, b->about)) {
		if (grave || !conf->anyway) {
			bt_text_format(c->why, sizeof(c->why), "%s", why);
			return false;
		}
		note(c, why);
	}
	bt_trials_changes(why, sizeof(why), a->about, b->about);
	note(c, why);
	return true;
}

void bt_compare(struct bt_comparison *out, const struct bt_trials *a, const struct bt_trials *b,
	const struct bt_compare_conf *conf)
{
	memset(out, 0, sizeof(*out));
	out->floor = conf->floor;
	out->ramps = bt_trials_are_ramps(a, b);
	out->at_rate = out->ramps ? bt_trials_common_rate(a, b) : NAN;
	for (unsigned i = 0; i < bt_figures_compared(); i++)
		compare_row(out, (enum bt_figure_id)i, a, b, conf);
	if (!comparable(out, a, b, conf)) {
		out->trend = BT_TREND_NOT_COMPARABLE;
		for (unsigned i = 0; i < bt_figures_compared(); i++)
			out->rows[i].trend = BT_TREND_UNKNOWN;
		return;
	}
	out->within = a->n == 1 && b->n == 1;
	if (!out->within)
		resolve(out, a, b);
	bt_compare_conclude(out, &two_sets, bt_stat_least_p(a->n, b->n));
}
