/*
 * usl.h: the Universal Scalability Law of N. J. Gunther ("Guerrilla Capacity Planning", 2007),
 * fitted to measured rates:
 *
 *   X(n) = λ n / (1 + σ (n − 1) + κ n (n − 1))
 *
 * σ is contention, the share of work that one has to do at a time; κ is coherency, what each pair
 * costs to keep in agreement.
 */
#ifndef BT_USL_H
#define BT_USL_H

#include "base/base.h"

#define BT_USL_POINTS 640
#define BT_USL_TRIALS 20
#define BT_USL_LEVELS 4 /* different n, at least */

struct bt_usl_point {
	unsigned n; /* nodes, from 1 */
	/* Below BT_USL_TRIALS; λ may differ between trials, as the machine's speed does. */
	unsigned trial;
	double rate; /* above 0 */
};

enum bt_usl_verdict {
	BT_USL_FITS,
	BT_USL_FEW, /* too few different n, or too few points, to tell */
	/* no bend that chance would not make of a straight line; or an upward one */
	BT_USL_STRAIGHT,
	BT_USL_OTHER, /* bent, but not as the law says */
};

struct bt_usl {
	enum bt_usl_verdict verdict;
	unsigned levels; /* different n */
	/* FITS and OTHER: */
	double sigma, kappa;                                 /* not negative */
	double sigma_low, sigma_high, kappa_low, kappa_high; /* 95 % intervals */
	double off;  /* root mean square deviation of the n from the law, a share of the rate */
	double peak; /* n of the highest rate; NAN: none is certain (κ may be 0) */
};

/*
 * Least squares of the logarithm of the rate, so that all n weigh alike, with σ and κ not negative;
 * the intervals are of the profile of the sum of squares, against the residual variance (Student's
 * t). At most BT_USL_POINTS points. Pure, any thread.
 */
void bt_usl_fit(struct bt_usl *out, const struct bt_usl_point *points, unsigned n_points);

#endif
