/*
 * sink.h: a place that snapshots go to while a run goes on: lines on a terminal, later JSON, CSV
 * and others. Main thread. One file sink_X.c with an open function each.
 */
#ifndef BT_SINK_H
#define BT_SINK_H

#include "core/source.h"

struct bt_sink;

struct bt_sink_ops {
	/* 0, or -EIO with words; the run goes on either way. */
	int (*put)(struct bt_sink *sink, const struct bt_snapshot *snap, struct bt_err *err);
	/* Writes what is left and frees the sink; what it writes to stays the caller's. 0, -EIO. */
	int (*close)(struct bt_sink *sink, struct bt_err *err);
};

struct bt_sink {
	const struct bt_sink_ops *ops;
};

static inline int bt_sink_put(
	struct bt_sink *sink, const struct bt_snapshot *snap, struct bt_err *err)
{
	return sink->ops->put(sink, snap, err);
}

static inline int bt_sink_close(struct bt_sink *sink, struct bt_err *err)
{
	return sink ? sink->ops->close(sink, err) : 0;
}

#endif
