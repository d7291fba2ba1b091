/*
 * scaling.h: what 1, 2, 4, … nodes (or threads, or processors) reached in some trials: ratios to
 * one of them, whether they keep to a floor, the Universal Scalability Law, and words for all that.
 * Values only; private to the profile scalability.
 */
#ifndef BT_SCALING_H
#define BT_SCALING_H

#include "core/profile.h"
#include "core/usl.h"

#define BT_SCALING_LEVELS 32

struct bt_scaling {
	const char *noun;                  /* of one: "node" */
	unsigned level[BT_SCALING_LEVELS]; /* ascending, from 1 */
	unsigned n_levels, trials;
	unsigned processors; /* full scaling ends here */
	double floor;        /* of the efficiency */
	unsigned left_out;   /* levels that there are no processors for */
	unsigned cores;      /* that the processors are of; 0: unknown */
	double quota; /* processors' worth of time that the cgroup allows; 0: no such limit */
	bool unbound; /* workers cannot be bound to processors, and should be */
	double rate[BT_USL_TRIALS][BT_SCALING_LEVELS]; /* op/s; 0: not measured */
	bool fitted;
	struct bt_usl usl;
};
static_assert(BT_USL_TRIALS * BT_SCALING_LEVELS <= BT_USL_POINTS, "all steps go into the fit");

/* How many times the rate of one the level would reach if it scaled fully. */
double bt_scaling_full(const struct bt_scaling *s, unsigned level);
/* The trials are over for this level: whether it held. NONE: not resolved. Reasons other than of a
 * plain "held" go to why. */
enum bt_step_outcome bt_scaling_outcome(
	const struct bt_scaling *s, unsigned level, char *why, size_t size);
/* Of a trial that all levels have gone through: fits the law anew. */
void bt_scaling_fit(struct bt_scaling *s);
void bt_scaling_finding(const struct bt_scaling *s, struct bt_finding *out);

#endif
