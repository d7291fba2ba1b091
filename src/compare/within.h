/*
 * within.h: how sure a single run is of its own figures, by a circular block bootstrap over its
 * stored seconds (Politis and Romano 1992; Künsch 1989). Neighbouring seconds are drawn together,
 * so that what lasts for a while counts once. What differs from run to run is not in it: it never
 * stands in for a second run, and whoever shows it says so. Main thread.
 */
#ifndef BT_WITHIN_H
#define BT_WITHIN_H

#include "core/source.h"
#include "compare/trial.h"

#define BT_WITHIN_DRAWS 1000
#define BT_WITHIN_LEAST 8 /* scored intervals that a run has to have */

/* Figures of a run drawn anew: throughput, percentiles, CPU per operation, share of errors; the
 * rest are NAN. */
struct bt_within {
	unsigned intervals; /* that were drawn from; fewer than BT_WITHIN_LEAST: nothing was */
	double draws[BT_COMPARED_MAX][BT_WITHIN_DRAWS];
};

/* Reads the source to its end. rate: of the only step that counts, op/s; NAN: all of the run. The
 * draws follow from seed. -ENOMEM. */
int bt_within_read(struct bt_within *out, struct bt_source *source, double rate, uint64_t seed,
	struct bt_err *err);

/*
 * What of a run is looked at. Asked of each snapshot in turn: does its interval lie in scored
 * segments, all but a tenth of it, and in steps of the rate where there is one?
 */
struct bt_scope {
	double rate;        /* NAN: any */
	uint64_t scored_ns; /* these two: as of the snapshot before, 0 at first */
	bool in_step;
};
bool bt_scope_holds(struct bt_scope *scope, const struct bt_snapshot *snap);

#endif
