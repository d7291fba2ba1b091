/*
 * trend.h: a figure over the runs of the history, and where it changed. Runs of one kind on one
 * machine, unless told otherwise: other options or another processor would look like a change. Main
 * thread only.
 */
#ifndef BT_UI_TREND_H
#define BT_UI_TREND_H

#include "judge/change.h"
#include "ui/history.h"

enum bt_trend_scope {
	BT_SCOPE_KIND,     /* the options and the machine of the run that it was begun with */
	BT_SCOPE_MACHINES, /* its options, on all machines */
	BT_SCOPE_ALL,      /* all runs that the filter leaves */
	BT_SCOPES
};

struct bt_trendline {
	size_t field; /* of bt_fields: which figure */
	enum bt_trend_scope scope;
	uint64_t run;               /* the one that it was begun with */
	size_t rows[BT_CHANGE_MAX]; /* of the history's list, oldest first */
	double v[BT_CHANGE_MAX];
	size_t n, at;    /* at: under the cursor */
	size_t older;    /* runs before those */
	size_t left_out; /* not ended, an invalid measurement, or without the figure */
	struct bt_change changes[BT_CHANGE_MAX / BT_CHANGE_SEGMENT];
	size_t n_changes;
};

/* Gathers the values and finds the changes; the cursor goes to the newest. */
void bt_trend_read(struct bt_trendline *trend, const struct bt_history *history);
/* The next figure that has a trend, or the one before. */
void bt_trend_step(struct bt_trendline *trend, int by);
/* The median of the stretch between changes that a value lies in. */
double bt_trend_level(const struct bt_trendline *trend, size_t i);

#endif
