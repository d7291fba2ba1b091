/*
 * threshold.h: what a run is asked to keep to, as "p99<50ms@window=10s:abort", and whether it did.
 * A threshold is of a figure of the report or of a metric of the workload, over the scored time of
 * the run, or of every window of it. Main thread.
 */
#ifndef BT_THRESHOLD_H
#define BT_THRESHOLD_H

#include <jansson.h>

#include "base/unit.h"
#include "core/opt.h"
#include "judge/figure.h"

#define BT_THRESHOLDS_MAX 32
#define BT_THRESHOLD_TEXT 96
/* Scored time before which none of a whole run ends it, … */
#define BT_THRESHOLD_EARLY  BT_NS_PER_S
#define BT_THRESHOLD_OPS    100                /* … and operations that must have ended, */
#define BT_THRESHOLD_ENOUGH (10 * BT_NS_PER_S) /* or else this much scored time */

enum bt_threshold_op { BT_BELOW, BT_AT_MOST, BT_ABOVE, BT_AT_LEAST };
enum bt_threshold_verdict { BT_UNKNOWN, BT_HELD, BT_CROSSED };

enum bt_threshold_source {
	BT_OF_QUEUE,
	BT_OF_SERVICE,
	BT_OF_RESPONSE,
	BT_OF_LAG,
	BT_OF_FIELD,
	BT_OF_METRIC,
	BT_OF_TIMES /* a metric's distribution */
};

struct bt_threshold {
	char text[BT_THRESHOLD_TEXT], name[BT_THRESHOLD_TEXT];
	enum bt_threshold_op op;
	enum bt_unit unit;
	double limit;                 /* ns, a share, bytes or a plain number */
	uint64_t window_ns, after_ns; /* 0: not asked for */
	bool abort;
	/* What is compared. */
	enum bt_threshold_source source;
	/*
	 * Latencies: BT_Q50 …, BT_STAT_MEAN, BT_STAT_MAX; fields: threshold_parse.c; metrics: the
	 * table's.
	 */
	unsigned row;
	unsigned stat; /* TIMES: BT_Q50 … */
	bool rate;     /* metric: growth a second */
	bool grows; /* is above its limit in the end only: crossed from below says nothing before */
	/* What came of it. */
	enum bt_threshold_verdict verdict;
	double value; /* of the run, or of the worst window; NAN: unknown */
	/* When that window began, or a run was stopped; UINT64_MAX: neither. */
	uint64_t worst_at_ns;
};
enum { BT_STAT_MEAN = BT_QUANTILES, BT_STAT_MAX, BT_STATS };

extern const char *const bt_threshold_op_name[];      /* "<", "<=", ">", ">=" */
extern const char *const bt_threshold_verdict_name[]; /* "unknown", "held", "crossed" */

/*
 * Reads one text. -EINVAL with what is wrong of it; -ENOENT: info's run has no such figure, for
 * which bt_threshold_names has the right ones. info needs its loop and its metrics only.
 */
int bt_threshold_parse(struct bt_threshold *out, const char *text, const struct bt_run_info *info,
	struct bt_err *err);
/* Names that thresholds of this run may have, separated by ", ". Returns buf. */
char *bt_threshold_names(char *buf, size_t size, const struct bt_run_info *info);

/* The figure over what a tally holds: the scored time of the run so far. NAN: unknown. */
double bt_threshold_whole(const struct bt_threshold *t, const struct bt_tally *tally);

double bt_threshold_within(const struct bt_threshold *t, const struct bt_stretch *stretch,
	const struct bt_metric *metrics);
/* NAN is unknown. */
enum bt_threshold_verdict bt_threshold_compare(const struct bt_threshold *t, double value);

struct bt_thresholds; /* those of one run, and their state */

/*
 * Each text may hold several, separated by commas. All memory is allocated and touched here. Errors
 * of bt_threshold_parse, -E2BIG beyond BT_THRESHOLDS_MAX, -ENOMEM.
 */
int bt_thresholds_open(struct bt_thresholds **out, const struct bt_list *texts,
	const struct bt_run_info *info, struct bt_err *err);
/*
 * Adds one that the run's profile asks for, unless the user's have one of the same figure. Before
 * the first snapshot. Errors of bt_thresholds_open.
 */
int bt_thresholds_add(struct bt_thresholds *all, const char *text, const struct bt_run_info *info,
	struct bt_err *err);
void bt_thresholds_close(struct bt_thresholds *all);
/* The next snapshot, which the tally has. After the last one every verdict is final. */
void bt_thresholds_put(
	struct bt_thresholds *all, const struct bt_tally *tally, const struct bt_snapshot *snap);
unsigned bt_thresholds_count(const struct bt_thresholds *all); /* 0 for NULL */
const struct bt_threshold *bt_thresholds_get(const struct bt_thresholds *all, unsigned i);
/* The first that is crossed and asked for the end of the run; NULL: none. */
const struct bt_threshold *bt_thresholds_abort(const struct bt_thresholds *all);
/* Every verdict is "held". */
bool bt_thresholds_held(const struct bt_thresholds *all);
/* The report's `thresholds`. */
json_t *bt_thresholds_json(const struct bt_thresholds *all);
/*
 * Takes over how those of another process stand, from such an array: opens them when *all is NULL,
 * and only changes what came of them afterwards. -EINVAL: not of this run; -ENOMEM; *all is as it
 * was.
 */
int bt_thresholds_take(struct bt_thresholds **all, const json_t *rows,
	const struct bt_run_info *info, struct bt_err *err);

#endif
