/*
 * import_report.h: a run of which there is a report alone, as its description and snapshots. The
 * report has been checked. Private to import.c.
 */
#ifndef BT_IMPORT_REPORT_H
#define BT_IMPORT_REPORT_H

#include "json/json.h"

/* Fills *info, whose texts are in the pool, and the totals of *snap; their lists are still to be
 * given. */
void bt_report_begin(struct bt_run_info *info, struct bt_pool *pool, struct bt_snapshot *snap,
	const json_t *report);
/* The next segments and events, as many as fit; false: there are no more. */
bool bt_report_give(struct bt_snapshot *snap, const json_t *report);

#endif
