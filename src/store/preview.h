/*
 * preview.h: the little of a stored run that a list shows beside it, read fast enough to follow a
 * cursor: no histogram is read. Main thread.
 */
#ifndef BT_PREVIEW_H
#define BT_PREVIEW_H

#include "core/hist.h"
#include "store/store.h"

#define BT_PREVIEW_POINTS 160
#define BT_PREVIEW_ERRORS 3

struct bt_preview {
	uint64_t id; /* 0: nothing is known, and the rest is not set */
	/* options: "rate 100, duration 10s"; "": not known. */
	char command[400], commit[72], options[600];
	char reasons[400];    /* why the measurement is not to be trusted; "" */
	char thresholds[300]; /* those that did not hold; "" */
	bool any_thresholds;
	/* Response time, in a closed loop service time; count 0: not known. */
	struct bt_latency latency;
	double offered, completed, failed, expired, in_flight; /* NAN: not known */
	struct {
		char name[48];
		double count;
	} errors[BT_PREVIEW_ERRORS]; /* most first */
	unsigned n_errors;
	/* Completed op/s over equal parts of the run; NAN: not known. */
	double rate[BT_PREVIEW_POINTS];
	unsigned n; /* parts */
};

/* -ENOENT, the store's errors; *out->id is then 0. A run that has no report yet has what its
 * samples tell. */
int bt_store_preview(
	struct bt_store *store, struct bt_preview *out, uint64_t id, struct bt_err *err);

/*
 * How much an operation rate was in each of n equal parts of 0..length_ns. Adds the operations of
 * an interval to the parts it lies in, by their share of it.
 */
void bt_spread(double *parts, unsigned n, uint64_t length_ns, uint64_t start_ns, uint64_t end_ns,
	double operations);

#endif
