/* data_set.h: what a run of the profile volume found out about memory, from its segments alone. */
#ifndef BT_DATA_SET_H
#define BT_DATA_SET_H

#include "core/volume.h"
#include "judge/tally.h"

/* Bytes for one item more, resident and as the workload counts them; false: no level of a data set
 * has been under load. */
bool bt_bytes_per_item(
	struct bt_slope *resident, struct bt_slope *counted, const struct bt_tally *tally);
/* Resident after the last release, above what was before the first level was filled; NAN:
 * unknown. */
double bt_bytes_unreleased(const struct bt_tally *tally);

#endif
