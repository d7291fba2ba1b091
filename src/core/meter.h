/* meter.h: one worker's metrics as they lie in memory; workloads see only metric.h. */
#ifndef BT_METER_H
#define BT_METER_H

#include <stdatomic.h>

#include "core/hist.h"
#include "core/metric.h"

struct bt_meter_text {
	_Atomic uint32_t version; /* odd while it is written */
	_Atomic uint64_t words[BT_TEXT_MAX / 8];
};

/* Written by one worker, read by the sampler (bt_meter_read). */
struct bt_meter {
	_Atomic uint64_t v[BT_METRICS_MAX]; /* COUNTER: the count; GAUGE: a double's bits */
	struct bt_meter_text texts[BT_METRICS_MAX];
	struct bt_live *times[BT_METRICS_MAX]; /* of TIMES rows, else NULL; bt_meter_init */
};

/* Allocates and touches what TIMES rows need; the rest of the meter is zero. 0 or -ENOMEM. fini
 * frees that. */
int bt_meter_init(struct bt_meter *meter, const struct bt_metric *metrics);
void bt_meter_fini(struct bt_meter *meter);

/*
 * The sampler's side of the TIMES rows of a table: where it last read each worker's, and the merged
 * distributions of the run so far. NULL rows: of another kind.
 */
struct bt_meter_times {
	unsigned n_workers;
	struct bt_live_mark *marks[BT_METRICS_MAX]; /* n_workers each */
	struct bt_hist *merged[BT_METRICS_MAX];
};
int bt_meter_times_init(struct bt_meter_times *times, const struct bt_metric *metrics,
	unsigned n_workers); /* 0 or -ENOMEM */
void bt_meter_times_fini(struct bt_meter_times *times);
/* Reads what workers added since the last time; `out`, BT_METRICS_MAX long, gets the figures of
 * TIMES rows. */
void bt_meter_times_read(
	struct bt_meter_times *times, struct bt_latency *out, const struct bt_meter *const *meters);

/*
 * Merges n workers' meters by the table (ended by name NULL; NULL: nothing to do) into values and
 * texts, both BT_METRICS_MAX long. Sampler thread.
 */
void bt_meter_read(union bt_value *values, char (*texts)[BT_TEXT_MAX],
	const struct bt_metric *metrics, const struct bt_meter *const *meters, unsigned n);

/* Rows of a table without groups. */
unsigned bt_metric_count(const struct bt_metric *metrics);

#endif
