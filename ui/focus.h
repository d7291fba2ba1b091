/*
 * focus.h: what of a run the live view looks at: how latency is drawn, the moment under the cursor,
 * a window of time, which list lies open under the charts. Times are ns since the run's start, so a
 * chart that is drawn anew at another scale keeps them.
 */
#ifndef BT_UI_FOCUS_H
#define BT_UI_FOCUS_H

#include "ui/live_model.h"

/* How latency over time is drawn. */
enum bt_lens { BT_LENS_LINES, BT_LENS_HEAT, BT_LENS_SPREAD, BT_LENSES };

enum bt_drawer { BT_DRAWER_SHUT, BT_DRAWER_EVENTS, BT_DRAWER_WORST };

#define BT_SPLIT     BT_LATENCIES /* of bt_focus.time: all of them side by side */
#define BT_AT_NEWEST UINT32_MAX   /* of bt_focus.row: follows the newest event */

struct bt_focus {
	enum bt_lens lens;
	/* Enum bt_time or BT_SPLIT; only a run with an open loop has another than service time. */
	unsigned time;
	bool cursor, marking, zoomed;
	uint64_t at_ns;          /* cursor: in the middle of its cell */
	uint64_t mark_ns;        /* marking: where the window that is being chosen begins or ends */
	uint64_t from_ns, to_ns; /* zoomed: what the charts show */
	enum bt_drawer drawer;
	uint32_t row; /* of the events, from the oldest: the chosen one */
	/* what a column of the charts' cells takes; 0: none drawn yet. Set by drawing */
	double cell_ns;
};

struct bt_screen;

/* Looks at the whole run, with the lens that was in use. */
void bt_focus_reset(struct bt_screen *screen);
/* Moves the cursor by columns of the charts, or puts it at the newest. */
void bt_focus_move(struct bt_screen *screen, int columns);
/* Puts the cursor at a column of the charts. */
void bt_focus_column(struct bt_screen *screen, int column);
/* Chooses an event of the log, the nearest that there is. */
void bt_focus_event(struct bt_screen *screen, long row);
/* Puts the cursor at a time. */
void bt_focus_put(struct bt_screen *screen, uint64_t t_ns);
/* Begins to choose a window, or shows the one chosen. */
void bt_focus_zoom(struct bt_screen *screen);
/* One step back to the whole run as it goes on; false: there is none. */
bool bt_focus_back(struct bt_screen *screen);
/* The window that figures are of: chosen, under the cursor, or zoomed to. False: none, the run as
 * it is. */
bool bt_focus_window(const struct bt_screen *screen, uint64_t *from_ns, uint64_t *to_ns);
/* What the charts show; to_ns 0: up to the end of the run and what is planned of it. */
void bt_focus_shown(const struct bt_screen *screen, uint64_t *from_ns, uint64_t *to_ns);
/* Latencies of the window that figures are of, else of the last second; exact, by completion. Until
 * the next drawing. */
const struct bt_latency *bt_focus_latency(const struct bt_screen *screen, enum bt_time time);
/* Brings screen->window and screen->newest up to date. */
void bt_focus_renew(struct bt_screen *screen);

#endif
