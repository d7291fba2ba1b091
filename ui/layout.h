/* layout.h: which panel of the live view goes where: a pure function of the screen's size and of
 * what there is to show. */
#ifndef BT_UI_LAYOUT_H
#define BT_UI_LAYOUT_H

#include "ui/grid.h"

enum bt_panel {
	BT_P_HEADER,   /* what runs and its state */
	BT_P_PROGRESS, /* how far it is */
	BT_P_HEADLINE, /* the answer: throughput, p99, errors, verdict */
	BT_P_THROUGHPUT,
	BT_P_LATENCY,
	BT_P_TABLE, /* percentiles in figures */
	BT_P_STEPS,
	BT_P_OUTCOMES, /* completed, and each way to fail */
	BT_P_METRICS,  /* the workload's own */
	BT_P_MEMORY,   /* and processor */
	BT_P_SLOW,
	BT_P_EVENTS,
	BT_P_ACCOUNT, /* offered = completed + … */
	BT_P_NOTICE,
	BT_P_THRESHOLDS,
	BT_P_SPREAD, /* how often each latency was */
	BT_P_REASON, /* why the measurement is not valid, where the headline has no room for it */
	BT_P_WATCH,  /* the processes that are watched */
	BT_P_NET,
	BT_P_DRAWER,   /* while it has rows: a list over the whole width, the charts above it */
	BT_P_FRONTIER, /* of operations of several sizes: what throughput costs in latency */
	BT_PANELS,
};

#define BT_USEFUL_W 40 /* less than this: one line */
#define BT_USEFUL_H 12
#define BT_LARGE_W  100 /* from here on the headline has large figures */
#define BT_LARGE_H  32

/* True when a screen, without its key line, has room for large figures and whole sentences. */
bool bt_layout_large(int w, int h);

/*
 * rows[p]: rows of content that panel p could fill, frame not counted; 0: it has nothing to show
 * and gets no place. A panel that was given no place has w = 0. Panels never overlap and never
 * leave w x h, the screen without its key line.
 */
void bt_layout(struct bt_rect out[BT_PANELS], int w, int h, const int rows[BT_PANELS]);

#endif
