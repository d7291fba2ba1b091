/* metric_rows.c: a workload's table of metrics without its groups. */
#include "core/metric.h"

unsigned bt_metric_rows(struct bt_metric out[BT_METRICS_MAX], const struct bt_metric *table)
{
	unsigned n = 0;

	for (const struct bt_metric *row = table; row && (row->name || row->group); row++) {
		unsigned first = row->group ? n : 0;
		const struct bt_metric *m = row->group ? row->group : row;

		do {
			assert(n < BT_METRICS_MAX && !m->group);
			out[n] = *m++;
			out[n].num += first;
			out[n++].den += first;
		} while (row->group && m->name);
	}
	return n;
}
