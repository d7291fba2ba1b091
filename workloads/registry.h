/* registry.h: the list of workloads this build has. */
#ifndef BT_REGISTRY_H
#define BT_REGISTRY_H

#include "core/workload.h"

/* NULL-ended, in the order `benchtop list` shows. */
extern const struct bt_workload *const bt_workloads[];

const struct bt_workload *bt_workload_find(const char *name);

#endif
