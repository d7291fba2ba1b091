/*
 * metric.h: what a workload measures beside time. A workload names its metrics in one const table;
 * JSON, thresholds, screens, exporters and merging read only that table.
 */
#ifndef BT_METRIC_H
#define BT_METRIC_H

#include "base/base.h"

#define BT_METRICS_MAX 24
#define BT_TEXT_MAX    72 /* bytes of a TEXT metric, with its NUL: a block hash in hex and some */

enum bt_metric_kind {
	BT_COUNTER, /* uint64, only grows; shown as a total and per second */
	BT_GAUGE,   /* double, last value written */
	BT_RATIO,   /* counter row divided by another counter row, see `of` */
	BT_TEXT,    /* short text, last value written */
	BT_TIMES,   /* distribution of durations, ns; workers' are merged, whatever `merge` says */
};

enum bt_merge { BT_SUM, BT_MAXIMUM, BT_LAST }; /* across workers; LAST: worker 0's */

struct bt_metric {
	const char *name; /* JSON key, lower case with underscores */
	const char *unit; /* "" when it is a plain number */
	enum bt_metric_kind kind;
	enum bt_merge merge;
	const char *help;
	unsigned num, den; /* RATIO: rows of this table that are divided */
	/* Not NULL: this row stands for those of another table, which has no groups itself. */
	const struct bt_metric *group;
};

/*
 * Copies the rows of a workload's table, those of its groups in their place, and returns how many
 * they are; num and den then count from the first of out. Everything but the workload reads such a
 * copy. NULL: none.
 */
unsigned bt_metric_rows(struct bt_metric out[BT_METRICS_MAX], const struct bt_metric *table);

/* Another name under which dashboards of the field look for a figure of a run; whole, as Prometheus
 * has it but for its suffix. */
enum bt_alias_of {
	BT_ALIAS_UNITS,            /* units of completed operations */
	BT_ALIAS_SERVICE,          /* distribution of the service time */
	BT_ALIAS_SERVICE_PER_UNIT, /* its sum, and the number of units */
	BT_ALIAS_RESIDENT,         /* resident memory, bytes */
};
struct bt_alias {
	const char *name;
	enum bt_alias_of of;
	const char *help;
};

/* One worker's values. One writer (the worker), read by the sampler. */
struct bt_meter;

/* Writers, called by the worker that owns the meter; `row` is the row of the workload's table. No
 * lock, no allocation. */
void bt_meter_add(struct bt_meter *meter, unsigned row, uint64_t n);
void bt_meter_set(struct bt_meter *meter, unsigned row, double value);
/* Longer than BT_TEXT_MAX - 1: ends in "…". */
void bt_meter_text(struct bt_meter *meter, unsigned row, const char *text);

/* One duration of a TIMES row. */
void bt_meter_time(struct bt_meter *meter, unsigned row, uint64_t ns);

/* A merged reading, as a snapshot carries it. */
union bt_value {
	uint64_t u; /* COUNTER */
	double d;   /* GAUGE, RATIO: NAN when unknown */
};

#endif
