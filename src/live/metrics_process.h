/* metrics_process.h: what Prometheus' client guidelines want to know of every process. */
#ifndef BT_METRICS_PROCESS_H
#define BT_METRICS_PROCESS_H

#include "core/snapshot.h"
#include "live/exposition.h"

/* process_*: what usage knows, and what /proc/self says now. What is unknown is left out. */
void bt_metrics_process(struct bt_exposition *e, const struct bt_usage *usage);

#endif
