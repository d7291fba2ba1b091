/* registry.h: the list of workloads this build has. */
#ifndef BT_REGISTRY_H
#define BT_REGISTRY_H

#include "core/workload.h"

/* NULL-ended, in the order `benchtop list` shows. */
extern const struct bt_workload *const bt_workloads[];

const struct bt_workload *bt_workload_find(const char *name);

/* Those that this build was configured without; ended by name NULL. */
struct bt_left_out {
	const char *name, *library; /* "ml.infer", "XGBoost" */
};
extern const struct bt_left_out bt_left_out[];

/* The library that a workload would need; NULL: there is no such workload at all. */
const char *bt_workload_wants(const char *name);

#endif
