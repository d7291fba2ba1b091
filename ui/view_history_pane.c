/* view_history_pane.c: the run under the cursor of the history at a glance. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "ui/panel.h"
#include "ui/plot.h"
#include "ui/view_history.h"

static char *rate_label(char *buf, size_t size, double v)
{
	return bt_fmt_rate(buf, size, v);
}

/* A value of the run for each dot column. */
static void draw_rate(struct bt_grid *grid, struct bt_rect r, const struct bt_preview *p,
	const struct bt_run_row *row)
{
	double v[BT_PLOT_DOTS];
	int n = bt_plot_dots(grid, r.w, true);
	struct bt_series series = { .v = v, .style = BT_AREA, .area = true, .ascii = '.' };
	struct bt_plot plot = { .series = &series, .n_series = 1, .n = n, .label = rate_label };

	bt_grid_put(grid, r, BT_PLOT_LABEL, 0, BT_TITLE, "op/s over time");
	if (p->n < 2 || n < 2)
		return;
	for (int i = 0; i < n; i++)
		v[i] = p->rate[(size_t)i * p->n / (size_t)n];
	plot.dot_ns = (double)row->duration_ns / n;
	r.y++;
	r.h--;
	bt_plot_draw(grid, r, &plot);
}

static void put_figure(struct bt_grid *grid, struct bt_rect r, int *x, int y, const char *name,
	const char *value, unsigned style)
{
	if (*x + bt_text_width(name) + 1 + bt_text_width(value) > r.w)
		return; /* no half figures */
	*x = bt_grid_put(grid, r, *x, y, BT_DIM, name) + 1;
	*x = bt_grid_put(grid, r, *x, y, style, value) + 2;
}

static void draw_latency(struct bt_grid *grid, struct bt_rect r, int y, const struct bt_preview *p)
{
	char text[BT_FMT_MAX];
	int x = 0;

	if (!p->latency.count)
		return;
	for (unsigned i = 0; i < BT_QUANTILES; i++) {
		if (i == BT_Q95 && r.w < 72)
			continue;
		put_figure(grid, r, &x, y, bt_quantile_name[i],
			bt_fmt_ns(text, sizeof(text), (double)p->latency.q[i]),
			i == BT_Q99 ? BT_TEXT_PLAIN | BT_BOLD : BT_TEXT_PLAIN);
	}
	put_figure(grid, r, &x, y, "max", bt_fmt_ns(text, sizeof(text), (double)p->latency.max),
		BT_TEXT_PLAIN);
}

static void draw_account(struct bt_grid *grid, struct bt_rect r, int y, const struct bt_preview *p)
{
	const struct {
		const char *name;
		double v;
		bool always;
	} parts[] = { { "offered", p->offered, true }, { "completed", p->completed, true },
		{ "failed", p->failed, false }, { "expired", p->expired, false },
		{ "in flight", p->in_flight, false } };
	char text[BT_FMT_MAX];
	int x = 0;

	for (size_t i = 0; i < BT_LEN(parts); i++)
		if (isfinite(parts[i].v) && (parts[i].always || parts[i].v > 0))
			put_figure(grid, r, &x, y, parts[i].name,
				bt_fmt_group(text, sizeof(text), bt_u64(parts[i].v)),
				parts[i].always ? BT_TEXT_PLAIN : BT_BAD);
	for (unsigned i = 0; i < p->n_errors; i++)
		put_figure(grid, r, &x, y, p->errors[i].name,
			bt_fmt_group(text, sizeof(text), bt_u64(p->errors[i].count)), BT_BAD);
}

/* Lines of words from y on, each under the one before. Returns the next row. */
static int put_words(struct bt_grid *grid, struct bt_rect r, int y, unsigned style,
	const char *name, const char *words)
{
	struct bt_rect in = { r.x + 9, r.y + y, r.w - 9, BT_MIN(2, r.h - y) };

	if (!*words || in.h < 1)
		return y;
	bt_grid_put(grid, r, 0, y, BT_DIM, name);
	return y + bt_grid_wrap(grid, in, style, words);
}

static void draw_words(struct bt_grid *grid, struct bt_rect r, int y, const struct bt_preview *p,
	const struct bt_run_row *row)
{
	char text[300];

	y = put_words(grid, r, y, BT_BAD | BT_BOLD, "crossed", p->thresholds);
	y = put_words(grid, r, y, BT_WARN, "doubt", p->reasons);
	y = put_words(grid, r, y, BT_TEXT_PLAIN, "finding", row->finding);
	y = put_words(grid, r, y, BT_TEXT_PLAIN, "tags", row->tags ? row->tags : "");
	y = put_words(grid, r, y, BT_DIM, "command", p->command);
	snprintf(text, sizeof(text), "%.72s", row->commit ? row->commit : "");
	y = put_words(grid, r, y, BT_DIM, "commit", text);
	put_words(grid, r, y, BT_DIM, "machine", row->host ? row->host : "");
}

void bt_history_draw_pane(struct bt_grid *grid, struct bt_rect r, const struct bt_history *history)
{
	const struct bt_run_row *row = bt_history_row(history, history->at);
	const struct bt_preview *p = &history->preview;
	struct bt_rect in, left, right;
	char title[120], when[BT_FMT_MAX], took[BT_FMT_MAX];
	int w;

	bt_text_format(title, sizeof(title), "run %llu  %s  %s  %s", (unsigned long long)row->id,
		row->workload, bt_fmt_when(when, sizeof(when), row->started_wall_ns),
		bt_fmt_clock(took, sizeof(took), row->duration_ns));
	in = bt_grid_box(grid, r, title);
	if (p->id != row->id)
		return;
	w = in.w < 100 ? in.w * 2 / 5 : BT_MIN(in.w * 2 / 5, 80);
	left = (struct bt_rect){ in.x, in.y, w, in.h };
	right = (struct bt_rect){ in.x + w + 3, in.y, in.w - w - 3, in.h };
	draw_rate(grid, left, p, row);
	draw_latency(grid, right, 0, p);
	draw_account(grid, right, 1, p);
	draw_words(grid, right, 2, p, row);
}
