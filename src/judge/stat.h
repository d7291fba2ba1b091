/*
 * stat.h: what can be concluded from two small sets of numbers without assuming how they are
 * spread. Pure; any thread. Inputs are finite; they are not changed. No memory: NAN.
 */
#ifndef BT_STAT_H
#define BT_STAT_H

#include <stddef.h>

struct bt_interval {
	double value, low, high; /* NAN: unknown */
};

/* The middle value, the mean of the two middle ones when n is even; NAN for none. */
double bt_stat_median(const double *x, size_t n);

/*
 * The two-sided p value of the Mann-Whitney (Wilcoxon rank-sum) test that a and b come from one
 * distribution: exact, given the ties there are, up to BT_STAT_EXACT values each; else by the
 * normal approximation with corrections for ties and continuity. NAN when either is empty. (Mann
 * and Whitney 1947; Lehmann, Nonparametrics, 1.4)
 */
#define BT_STAT_EXACT 64
double bt_stat_mann_whitney(const double *a, size_t n, const double *b, size_t m);
/* The smallest p value that this test can give for sets of these sizes without ties: 2 / C(n + m,
 * n). */
double bt_stat_least_p(size_t n, size_t m);

/*
 * By how much b lies above a: the Hodges-Lehmann estimate, which is the median of all differences
 * b[j] - a[i], with the interval that inverts the Mann-Whitney test. The interval is NAN where the
 * sets are too small for that confidence (0.95, say). (Hodges and Lehmann 1963; Bauer 1972)
 */
struct bt_interval bt_stat_shift(
	const double *a, size_t n, const double *b, size_t m, double confidence);

/* The two-sided p value of the exact sign test that the median of x is 0; zeros are left out. NAN:
 * nothing else is there. */
double bt_stat_sign(const double *x, size_t n);
/* The median of x with the interval that inverts the exact sign test; NAN where n is too small for
 * it. */
struct bt_interval bt_stat_median_interval(const double *x, size_t n, double confidence);

/* Holm's step-down: p values adjusted for n of them being looked at; NAN stays NAN and does not
 * count. (Holm 1979) */
void bt_stat_holm(double *adjusted, const double *p, size_t n);

#endif
