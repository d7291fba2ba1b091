/*
 * panel.h: the parts of the live view. Each draws one thing into its rectangle, draws less when
 * there is less room, and shows
 * "-" for what is unknown. A panel's rows() tells how many rows it could fill; 0: it has nothing to
 * show.
 */
#ifndef BT_UI_PANEL_H
#define BT_UI_PANEL_H

#include "ui/layout.h"
#include "ui/view.h"

struct bt_panel_ops {
	int (*rows)(const struct bt_screen *screen);
	void (*draw)(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen);
};

extern const struct bt_panel_ops bt_panel_header, bt_panel_progress, bt_panel_headline,
	bt_panel_account, bt_panel_notice, bt_panel_throughput, bt_panel_latency, bt_panel_memory,
	bt_panel_table, bt_panel_steps, bt_panel_outcomes, bt_panel_metrics, bt_panel_slow,
	bt_panel_events, bt_panel_thresholds, bt_panel_spread, bt_panel_reason, bt_panel_drawer,
	bt_panel_watch, bt_panel_net, bt_panel_frontier;

/* The whole run in a line, most important first. */
void bt_panel_one_line(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen);

/* What panels share. */
const char *bt_latency_word(const struct bt_run_info *info); /* "response time", "service time" */
/* Of the segment; NULL: none yet. */
const struct bt_latency *bt_step_latency(const struct bt_model *model);
double bt_error_share(const struct bt_counts *counts); /* of what ended; NAN: nothing did */
/* Row BT_QUANTILES: max. */
char *bt_fmt_quantile(char *buf, size_t size, const struct bt_latency *lat, unsigned row);
char *bt_fmt_rate(char *buf, size_t size, double rate); /* 0.52, 84.1, 1,234, 123k; NAN: "-" */
/* op/s completed; NAN: unknown. */
double bt_step_rate(const struct bt_model *model, const struct bt_segment_record *seg);
/* Its steps give operations one size after the other. */
bool bt_has_sizes(const struct bt_tally *tally);
const char *bt_finding_words(const struct bt_screen *screen); /* NULL: none yet */
/* True when the notice shows the finding, at the end of a run on a screen that has no room for it
 * elsewhere. */
bool bt_notice_tells_finding(const struct bt_screen *screen);
#define BT_SCOPE_MAX  64
#define BT_REASON_MAX 200
/* The screen's window in words: "at 0:12", "0:12–0:30". Returns buf. */
char *bt_scope_words(char buf[BT_SCOPE_MAX], const struct bt_screen *screen);
/* Why the measurement is not valid, the worst reason and how many more there are; empty: it is.
 * Returns buf. */
char *bt_reason_words(char buf[BT_REASON_MAX], const struct bt_judgement *judge);
/* What events look like: a mark on the charts (0: none), its style; a row of a list of them. */
char bt_event_letter(enum bt_event_kind kind);
unsigned bt_event_style(enum bt_event_kind kind);
/* What charts over time share: their columns at the width of r, the frame's inside, and everything
 * but the series. */
int bt_rows_chart(const struct bt_screen *screen);
const struct bt_columns *bt_chart_columns(
	const struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen);
void bt_chart_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen,
	const char *title, struct bt_plot *plot);
/* The event in the first of `rows` rows of the log. */
unsigned bt_log_first(const struct bt_screen *screen, int rows);
void bt_event_put(struct bt_grid *grid, struct bt_rect in, int y, const struct bt_event *event);
int bt_rows_one(const struct bt_screen *screen); /* for panels that always show one row */

#endif
