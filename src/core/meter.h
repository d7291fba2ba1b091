/* meter.h: one worker's metrics as they lie in memory; workloads see only metric.h. */
#ifndef BT_METER_H
#define BT_METER_H

#include <stdatomic.h>

#include "core/metric.h"

struct bt_meter_text {
	_Atomic uint32_t version; /* odd while it is written */
	_Atomic uint64_t words[BT_TEXT_MAX / 8];
};

/* Written by one worker, read by the sampler (bt_meter_read). */
struct bt_meter {
	_Atomic uint64_t v[BT_METRICS_MAX]; /* COUNTER: the count; GAUGE: a double's bits */
	struct bt_meter_text texts[BT_METRICS_MAX];
};

/*
 * Merges n workers' meters by the table (ended by name NULL; NULL: nothing to do) into values and texts, both
 * BT_METRICS_MAX long. Sampler thread.
 */
void bt_meter_read(union bt_value *values, char (*texts)[BT_TEXT_MAX],
	const struct bt_metric *metrics, const struct bt_meter *const *meters, unsigned n);

unsigned bt_metric_count(const struct bt_metric *metrics);

#endif
