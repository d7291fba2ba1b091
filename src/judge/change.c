/*
 * Change points by energy statistics: a place divides a series well when values on its two sides
 * are far from each other and near among themselves. The best place is kept when hardly any
 * permutation of the values has a best place as good, and then both halves are searched. Nothing
 * is assumed about how values spread, so latencies need no logarithm, and ties and outliers do
 * no harm.
 *
 * Prefix sums of all distances make each divergence a few look-ups, so a search of n values
 * takes n^2 steps and n^2 doubles (320 KB for 200). Each test repeats that up to 199 times; a
 * flat series stops after a few permutations, and a series with k changes pays for at most 2k +
 * 1 tests. 199 permutations can show no p below 0.005, which is all that a level of 0.01 needs.
 * Bisection does not move earlier changes when it finds later ones, so a boundary may be a run
 * or two off. That is enough to find the commit: whoever looks for it also looks at its
 * neighbours.
 */
#include "judge/change.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"
#include "judge/stat.h"

#define PERMUTATIONS 199
#define SEED         20140101

/* A stretch of the series and what searching it takes. */
struct search {
	double *x;    /* in the order that is looked at: as it was, or permuted */
	double *sums; /* (n + 1)^2: sums[i][j] of |x[k] - x[l]| over k < i, l < j */
	size_t room;  /* of a row of sums */
	struct bt_rng rng;
};

/* The distances within and between any stretches are then four or fewer look-ups away. */
static void add_up(struct search *s, size_t n)
{
	memset(s->sums, 0, (n + 1) * sizeof(*s->sums));
	for (size_t i = 0; i < n; i++) {
		const double *above = s->sums + i * s->room;
		double *row = s->sums + (i + 1) * s->room, sum = 0;

		row[0] = 0;
		for (size_t j = 0; j < n; j++) {
			sum += fabs(s->x[i] - s->x[j]);
			row[j + 1] = above[j + 1] + sum;
		}
	}
}

static double sum_to(const struct search *s, size_t i, size_t j)
{
	return s->sums[i * s->room + j];
}

/*
 * The scaled divergence of x[0..at) and x[at..end), formulas 5 and 7 of the paper: twice the mean
 * distance between them, less the mean distances within each, times their harmonic weight. Each
 * pair within is in the sums twice.
 */
static double divergence(const struct search *s, size_t at, size_t end)
{
	double n = (double)at, m = (double)(end - at);
	double between = sum_to(s, at, end) - sum_to(s, at, at), left = sum_to(s, at, at);
	double right = sum_to(s, end, end) - 2 * sum_to(s, at, end) + left;

	return n * m / (n + m) *
		(2 * between / (n * m) - left / (n * (n - 1)) - right / (m * (m - 1)));
}

/* The largest divergence over all places and all ends, formula 8: with a later change in sight the
 * first one still stands out. */
static double largest(struct search *s, size_t n, size_t *where)
{
	double best = -INFINITY;

	add_up(s, n);
	for (size_t at = BT_CHANGE_SEGMENT; at + BT_CHANGE_SEGMENT <= n; at++)
		for (size_t end = at + BT_CHANGE_SEGMENT; end <= n; end++) {
			double d = divergence(s, at, end);

			if (d > best) {
				best = d;
				*where = at;
			}
		}
	return best;
}

static void shuffle(struct search *s, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t j = (size_t)bt_rng_below(&s->rng, i);
		double held = s->x[i - 1];

		s->x[i - 1] = s->x[j];
		s->x[j] = held;
	}
}

/*
 * The share of orders whose largest divergence is no smaller, this one counted. It ends as soon as
 * the share must be above the level, which of a flat series it soon is.
 */
static double p_value(struct search *s, const double *x, size_t n, double seen)
{
	const double most = BT_CHANGE_LEVEL * (PERMUTATIONS + 1);
	double as_large = 1;
	size_t where;

	memcpy(s->x, x, n * sizeof(*x));
	for (unsigned i = 0; i < PERMUTATIONS && as_large <= most; i++) {
		shuffle(s, n);
		as_large += largest(s, n, &where) >= seen * (1 - 1e-12);
	}
	return as_large / (PERMUTATIONS + 1);
}

/* Bisects x[from..to) and its halves. Returns how many changes there are by now. */
static size_t bisect(struct search *s, struct bt_change *out, size_t found, const double *x,
	size_t from, size_t to)
{
	size_t n = to - from, where = 0;
	double seen, p;

	if (n < 2 * BT_CHANGE_SEGMENT)
		return found;
	memcpy(s->x, x + from, n * sizeof(*x));
	seen = largest(s, n, &where);
	if (!(seen > 0))
		return found;
	p = p_value(s, x + from, n, seen);
	if (p > BT_CHANGE_LEVEL)
		return found;
	found = bisect(s, out, found, x, from, from + where);
	out[found++] = (struct bt_change){ .at = from + where, .p = p };
	return bisect(s, out, found, x, from + where, to);
}

static void measure(struct bt_change *changes, size_t n_changes, const double *x, size_t n)
{
	for (size_t i = 0; i < n_changes; i++) {
		size_t from = i ? changes[i - 1].at : 0, at = changes[i].at;
		size_t to = i + 1 < n_changes ? changes[i + 1].at : n;

		changes[i].before = bt_stat_median(x + from, at - from);
		changes[i].after = bt_stat_median(x + at, to - at);
	}
}

size_t bt_change_find(struct bt_change *out, const double *x, size_t n)
{
	struct search s = { .room = n + 1 };
	size_t found = 0;

	if (n < 2 * BT_CHANGE_SEGMENT || n > BT_CHANGE_MAX)
		return 0;
	s.x = malloc(n * sizeof(*s.x));
	s.sums = malloc((n + 1) * (n + 1) * sizeof(*s.sums));
	bt_rng_init(&s.rng, SEED);
	if (s.x && s.sums)
		found = bisect(&s, out, 0, x, 0, n);
	free(s.x);
	free(s.sums);
	measure(out, found, x, n);
	return found;
}
