/* sink_line.h: progress as text: a line an interval, at most 100 columns, with its header every 20
 * lines. */
#ifndef BT_SINK_LINE_H
#define BT_SINK_LINE_H

#include <stdio.h>

#include "report/sink.h"

/*
 * The interval's figures come from its own merged histograms: response time, or service time when
 * the loop is closed. info must outlive the sink. -ENOMEM.
 */
int bt_sink_line_open(struct bt_sink **sink, FILE *out, const struct bt_run_info *info,
	uint64_t interval_ns, struct bt_err *err);

#endif
