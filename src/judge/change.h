/*
 * change.h: where a series of runs changed its level: change points by energy statistics
 * (E-divisive), after Matteson and James, "A Nonparametric Approach for Multiple Change Point
 * Analysis of Multivariate Data", JASA 109 (2014), with alpha = 1. It assumes nothing about how
 * values are spread, only that without a change any order of them is as likely as any other. Pure;
 * any thread.
 */
#ifndef BT_CHANGE_H
#define BT_CHANGE_H

#include <stddef.h>

#define BT_CHANGE_MAX     200  /* values at most: work and memory grow with their square */
#define BT_CHANGE_SEGMENT 5    /* values between two changes at least */
#define BT_CHANGE_LEVEL   0.01 /* of a flat series a change is invented this often at most */

/* A change: the values from `at` on differ from those before, up to the neighbouring changes. */
struct bt_change {
	size_t at;
	double before, after; /* medians of the two stretches */
	double p;             /* of the permutation test that found it */
};

/*
 * Finds the changes in x, ascending; out has room for n / BT_CHANGE_SEGMENT. Returns how many.
 * Values are finite. Fewer than 2 * BT_CHANGE_SEGMENT, more than BT_CHANGE_MAX, or no memory: 0.
 * The same values give the same changes: permutations are drawn from a fixed seed.
 */
size_t bt_change_find(struct bt_change *out, const double *x, size_t n);

#endif
