/*
 * columns.h: the model's time series as a chart of a given width shows it: one value a dot column.
 * Time runs from the run's start; when the chart is full, columns stand for more time. Rates and
 * percentiles of a column are those of at least one second up to its end, from summed counts and
 * merged histograms. Kept between frames: only new columns are made.
 */
#ifndef BT_UI_COLUMNS_H
#define BT_UI_COLUMNS_H

#include "ui/live_model.h"
#include "ui/plot.h"

struct bt_columns {
	int n, dots;            /* columns that have begun, and that there is room for */
	double from_ns, dot_ns; /* of the first column; what each takes */
	enum bt_time time;
	const struct bt_model *model;
	uint64_t point_ns, t_ns; /* of the model when these were made */
	/* Per second; failed: NAN for none. */
	double offered[BT_PLOT_DOTS], achieved[BT_PLOT_DOTS], failed[BT_PLOT_DOTS];
	double p50[BT_PLOT_DOTS], p95[BT_PLOT_DOTS]; /* ns, of the time asked for */
	double p99[BT_LATENCIES][BT_PLOT_DOTS];      /* ns, of each time */
	double rss[BT_PLOT_DOTS];                    /* bytes, the column's highest */
	double cpu[BT_PLOT_DOTS];                    /* processors in use */
};

/* What of the run is wanted. */
struct bt_columns_conf {
	int dots;                /* columns there is room for */
	uint64_t from_ns, to_ns; /* to_ns 0: from the start to the end, and what is planned of it */
	enum bt_time time;       /* of p50 and p95 */
};

/* Brings cols up to date. */
void bt_columns_renew(
	struct bt_columns *cols, const struct bt_model *model, const struct bt_columns_conf *conf);

/* The time a dot column takes on a chart of `dots` columns. */
double bt_columns_dot_ns(const struct bt_model *model, int dots);

#endif
