#include "judge/stat.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "base/stop.h"

/* Without memory a figure would look like one that cannot be computed. */
static void *room(size_t n)
{
	void *p = malloc(n ? n : 1);

	if (!p)
		bt_out_of_memory();
	return p;
}

static int ascending(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A sorted copy; free(). */
static double *sorted(const double *x, size_t n)
{
	double *copy = room((n ? n : 1) * sizeof(*copy));

	if (copy && n) {
		memcpy(copy, x, n * sizeof(*copy));
		qsort(copy, n, sizeof(*copy), ascending);
	}
	return copy;
}

static double middle(const double *ascending_x, size_t n)
{
	return n == 0   ? NAN
		: n % 2 ? ascending_x[n / 2]
			: (ascending_x[n / 2 - 1] + ascending_x[n / 2]) / 2;
}

double bt_stat_median(const double *x, size_t n)
{
	double *copy = sorted(x, n), median = copy ? middle(copy, n) : NAN;

	free(copy);
	return median;
}

/* Ranks in the pooled sample, ties sharing the mean rank, all doubled so that they are whole. */
struct ranks {
	uint32_t *rank; /* the first n are a's, the rest b's */
	size_t n, m;
	double ties; /* the sum of t^3 - t over groups of t equal values */
};

struct placed {
	double value;
	size_t at;
};

static int by_value(const void *a, const void *b)
{
	return ascending(&((const struct placed *)a)->value, &((const struct placed *)b)->value);
}

static void share_ranks(struct ranks *r, const struct placed *pool)
{
	size_t all = r->n + r->m, end;

	for (size_t i = 0; i < all; i = end) {
		double t;

		for (end = i + 1; end < all && !(pool[end].value > pool[i].value);)
			end++;
		t = (double)(end - i);
		r->ties += t * t * t - t;
		for (size_t k = i; k < end; k++)
			r->rank[pool[k].at] = (uint32_t)(i + end + 1);
	}
}

static int rank(struct ranks *r, const double *a, size_t n, const double *b, size_t m)
{
	struct placed *pool = room((n + m) * sizeof(*pool));

	*r = (struct ranks){ .rank = room((n + m) * sizeof(*r->rank)), .n = n, .m = m };
	if (!pool || !r->rank) {
		free(pool);
		free(r->rank);
		return -1;
	}
	for (size_t i = 0; i < n + m; i++)
		pool[i] = (struct placed){ i < n ? a[i] : b[i - n], i };
	qsort(pool, n + m, sizeof(*pool), by_value);
	share_ranks(r, pool);
	free(pool);
	return 0;
}

/*
 * ways[s]: of all choices of n of the ranks, how many sum to s. Each rank in turn is taken or not;
 * only additions, so the relative error stays at a few times that of one rounding.
 */
static double *count_ways(const struct ranks *r, size_t *top)
{
	size_t all = r->n + r->m, span = 1;
	double *ways, *of_n;

	for (size_t i = 0; i < all; i++)
		span += r->rank[i];
	ways = memset(
		room((r->n + 1) * span * sizeof(*ways)), 0, (r->n + 1) * span * sizeof(*ways));
	of_n = room(span * sizeof(*of_n));
	if (ways && of_n) {
		ways[0] = 1;
		for (size_t i = 0; i < all; i++)
			for (size_t k = i + 1 < r->n ? i + 1 : r->n; k > 0; k--)
				for (size_t s = span; s-- > r->rank[i];)
					ways[k * span + s] += ways[(k - 1) * span + s - r->rank[i]];
		memcpy(of_n, ways + r->n * span, span * sizeof(*of_n));
	}
	*top = span;
	if (!ways) {
		free(of_n);
		of_n = NULL;
	}
	free(ways);
	return of_n;
}

/* The share of choices whose sum is at least as far from the expected one as the one that was
 * seen. */
static double exact_p(const struct ranks *r)
{
	double expected = (double)r->n * (double)(r->n + r->m + 1), seen = 0, as_far = 0, total = 0;
	size_t span;
	double *ways = count_ways(r, &span);

	if (!ways)
		return NAN;
	for (size_t i = 0; i < r->n; i++)
		seen += r->rank[i];
	for (size_t s = 0; s < span; s++) {
		total += ways[s];
		if (fabs((double)s - expected) >= fabs(seen - expected))
			as_far += ways[s];
	}
	free(ways);
	return as_far / total;
}

static double normal_p(const struct ranks *r)
{
	double n = (double)r->n, m = (double)r->m, all = n + m, seen = 0, off;
	double variance = n * m / 12 * (all + 1 - r->ties / (all * (all - 1)));

	for (size_t i = 0; i < r->n; i++)
		seen += r->rank[i];
	off = fabs(seen / 2 - n * (all + 1) / 2) - 0.5;
	return variance > 0 && off > 0 ? erfc(off / sqrt(2 * variance)) : 1;
}

double bt_stat_mann_whitney(const double *a, size_t n, const double *b, size_t m)
{
	struct ranks r;
	double p;

	if (!n || !m || rank(&r, a, n, b, m) < 0)
		return NAN;
	p = n <= BT_STAT_EXACT && m <= BT_STAT_EXACT ? exact_p(&r) : normal_p(&r);
	free(r.rank);
	return p;
}

double bt_stat_least_p(size_t n, size_t m)
{
	return n && m ? fmin(1,
				2 *
					exp(lgamma((double)n + 1) + lgamma((double)m + 1) -
						lgamma((double)(n + m) + 1)))
		      : NAN;
}

/* How many pairs may lie on one side at a probability of at most tail, without ties: the largest k
 * with P(U < k) <= tail. */
static double pairs_outside(size_t n, size_t m, double tail)
{
	struct ranks r = { .n = n, .m = m };
	double total = 0, below = 0, *ways, k = 0, base = (double)n * (double)(n + 1);
	size_t span;

	if (n > BT_STAT_EXACT || m > BT_STAT_EXACT) {
		double nm = (double)n * (double)m, z = 0;

		for (double step = 4; step > 1e-9; step /= 2) /* the normal quantile, by halving */
			if (erfc((z + step) / sqrt(2)) / 2 >= tail)
				z += step;
		return fmax(0, floor(nm / 2 - z * sqrt(nm * (double)(n + m + 1) / 12)));
	}
	r.rank = room((n + m) * sizeof(*r.rank));
	if (!r.rank)
		return NAN;
	for (size_t i = 0; i < n + m; i++)
		r.rank[i] = (uint32_t)(2 * (i + 1));
	ways = count_ways(&r, &span);
	free(r.rank);
	if (!ways)
		return NAN;
	for (size_t s = 0; s < span; s++)
		total += ways[s];
	for (size_t s = (size_t)base; s < span; s += 2, k++) {
		below += ways[s];
		if (below > tail * total * (1 + 1e-12))
			break;
	}
	free(ways);
	return k;
}

struct bt_interval bt_stat_shift(
	const double *a, size_t n, const double *b, size_t m, double confidence)
{
	struct bt_interval out = { NAN, NAN, NAN };
	double *all = n && m ? room(n * m * sizeof(*all)) : NULL, k;

	if (!all)
		return out;
	for (size_t i = 0; i < n; i++)
		for (size_t j = 0; j < m; j++)
			all[i * m + j] = b[j] - a[i];
	qsort(all, n * m, sizeof(*all), ascending);
	out.value = middle(all, n * m);
	k = pairs_outside(n, m, (1 - confidence) / 2);
	if (k >= 1) {
		out.low = all[(size_t)k - 1];
		out.high = all[n * m - (size_t)k];
	}
	free(all);
	return out;
}

/* P(X <= k) for X binomial with n and 1/2. */
static double half_binomial(size_t k, size_t n)
{
	double sum = 0, dn = (double)n;

	for (size_t i = 0; i <= k && i <= n; i++)
		sum += exp(lgamma(dn + 1) - lgamma((double)i + 1) - lgamma((double)(n - i) + 1) -
			dn * log(2));
	return sum;
}

double bt_stat_sign(const double *x, size_t n)
{
	size_t above = 0, below = 0;

	for (size_t i = 0; i < n; i++) {
		above += x[i] > 0;
		below += x[i] < 0;
	}
	if (above + below == 0)
		return NAN;
	return fmin(1, 2 * half_binomial(above < below ? above : below, above + below));
}

struct bt_interval bt_stat_median_interval(const double *x, size_t n, double confidence)
{
	struct bt_interval out = { NAN, NAN, NAN };
	double *copy = sorted(x, n);
	size_t k = 0;

	if (!copy)
		return out;
	out.value = middle(copy, n);
	while (k < n / 2 && half_binomial(k, n) <= (1 - confidence) / 2)
		k++;
	if (k) {
		out.low = copy[k - 1];
		out.high = copy[n - k];
	}
	free(copy);
	return out;
}

void bt_stat_holm(double *adjusted, const double *p, size_t n)
{
	size_t left = 0;
	double floor_p = 0;

	for (size_t i = 0; i < n; i++) {
		left += !isnan(p[i]);
		adjusted[i] = NAN;
	}
	for (; left; left--) { /* the smallest that is left; n is a handful */
		size_t least = n;

		for (size_t i = 0; i < n; i++)
			if (!isnan(p[i]) && isnan(adjusted[i]) && (least == n || p[i] < p[least]))
				least = i;
		floor_p = fmax(floor_p, fmin(1, p[least] * (double)left));
		adjusted[least] = floor_p;
	}
}
