/*
 * leak.h: whether memory grows for as long as a run goes on (measuring.md, rule 10): the lower
 * envelope of resident memory in windows, its Theil-Sen slope with a 95 % interval, and what so
 * much evidence cannot rule out. A value: no allocation.
 */
#ifndef BT_LEAK_H
#define BT_LEAK_H

#include "base/base.h"

#define BT_LEAK_WINDOWS 64
/* Windows that have to be there, the first quarter of the run left out, before a slope is looked
 * for. */
#define BT_LEAK_ENOUGH 20
/* A run this long has them. */
#define BT_LEAK_LEAST_NS (30 * BT_NS_PER_S)
/* Growth below this is no leak: kernels count pages in batches, allocators take memory in
 * pieces. */
#define BT_LEAK_GROWTH_MIN 1048576.0

/*
 * The lowest reading of each window. Windows are a second at first and twice as long whenever there
 * are too many, so that any length of run fits.
 */
struct bt_leak_series {
	uint64_t origin_ns, width_ns;    /* width 0: no reading yet */
	unsigned n;                      /* complete windows */
	uint64_t floor[BT_LEAK_WINDOWS]; /* bytes; UINT64_MAX: without a reading */
	uint64_t open;                   /* of the window in progress */
};

enum bt_leak_verdict { BT_LEAK_TOO_SHORT, BT_LEAK_NONE, BT_LEAK_SUSPECTED, BT_LEAK_FOUND };
extern const char *const bt_leak_verdict_name[]; /* "too-short", "none", "suspected", "found" */

/* Bytes per hour; NAN where the run is too short. */
struct bt_leak {
	enum bt_leak_verdict verdict;
	double slope, low, high; /* with its 95 % interval */
	double resolvable;       /* a leak smaller than this would not have been seen */
	double rules_out;        /* a leak above this is ruled out; found ones: NAN */
	double span_s;           /* length of what was looked at */
};

/* A reading (UINT64_MAX: unknown, left out) at t_ns, which never goes back. True: a window has
 * become complete. */
bool bt_leak_add(struct bt_leak_series *series, uint64_t t_ns, uint64_t rss_bytes);
/*
 * Theil-Sen slope of the windows after the first quarter; interval from the variance of Kendall's S
 * with ties (Sen 1968), widened for autocorrelated residuals (Hamed and Rao 1998). "Found" when the
 * whole interval is above zero, memory grew by BT_LEAK_GROWTH_MIN, and the second half grew at
 * least half as fast as the whole; "suspected" when it did not.
 */
void bt_leak_conclude(struct bt_leak *out, const struct bt_leak_series *series);
/* What a threshold is of: the slope of a leak that was found, 0 when none was, NAN when the run is
 * too short. */
double bt_leak_per_h(const struct bt_leak *leak);

#endif
