/*
 * btc_standin.h: drives a workload without the core: the calls that a workload makes to it end
 * here, in plain memory. For programs that do not link libcore.
 */
#ifndef BTC_STANDIN_H
#define BTC_STANDIN_H

#include "core/workload.h"

struct bt_meter {
	uint64_t count[BT_METRICS_MAX];
	double gauge[BT_METRICS_MAX];
	char text[BT_METRICS_MAX][BT_TEXT_MAX];
};

/* The last note of any workload. */
extern char btc_last_note[BT_NOTE_MAX];

#endif
