/*
 * The panel of operations of several sizes: units a second over the time that a call takes, a point
 * a size. Up is more, left is sooner; where the line runs flat to the right, a larger call only
 * waits longer.
 */
#include "ui/panel.h"

#include <math.h>
#include <stdio.h>

#include "base/fmt.h"

#define POINTS_MAX 64

struct point {
	double ns, rate; /* a call's mean service time; units a second */
	uint64_t size;
};

static unsigned find_points(struct point out[POINTS_MAX], const struct bt_model *model)
{
	const struct bt_tally *tally = &model->tally;
	unsigned n = 0;

	for (unsigned i = 0; i < tally->n_segments && n < POINTS_MAX; i++) {
		const struct bt_segment_record *seg = &tally->segments[i];
		double rate = bt_step_rate(model, seg) * (double)seg->plan.op_units;

		if (!seg->plan.step || !seg->plan.op_units || !(rate > 0) ||
			!(seg->result.service.mean > 0))
			continue;
		out[n++] = (struct point){ seg->result.service.mean, rate, seg->plan.op_units };
	}
	return n;
}

static int panel_frontier_rows(const struct bt_screen *screen)
{
	return bt_has_sizes(&screen->shown->tally) ? 8 : 0;
}

/* The dot column of a time, of so many, on a logarithmic axis from lo to hi. */
static int dot_at(double ns, double lo, double hi, int dots)
{
	double share = hi > lo ? log(ns / lo) / log(hi / lo) : 0.5;

	return (int)fmin(fmax(round(share * (dots - 1)), 0), dots - 1);
}

/* A line through the points, from dot to dot; the time axis is logarithmic, and so is the way
 * between two points. */
static void join(double *v, int dots, const struct point *points, const int *at, unsigned n)
{
	for (int i = 0; i < dots; i++)
		v[i] = NAN;
	for (unsigned p = 0; p < n; p++) {
		v[at[p]] = points[p].rate;
		if (p + 1 == n)
			break;
		for (int i = at[p] + 1; i < at[p + 1]; i++)
			v[i] = points[p].rate +
				(points[p + 1].rate - points[p].rate) * (i - at[p]) /
					(at[p + 1] - at[p]);
	}
}

/* Under the axis: sizes where their points are, as far as they do not meet. */
static void put_sizes(struct bt_grid *grid, struct bt_rect row, const struct point *points,
	const int *at, unsigned n, int dx)
{
	int end = BT_PLOT_LABEL - 1;
	char buf[BT_FMT_MAX];

	for (unsigned p = 0; p < n; p++) {
		int x = BT_PLOT_LABEL + at[p] / dx, w;

		bt_fmt_rate(buf, sizeof(buf), (double)points[p].size);
		w = bt_text_width(buf);
		x = BT_MIN(x - w / 2, row.w - w);
		x = BT_MAX(x, BT_PLOT_LABEL);
		if (x <= end)
			continue;
		bt_grid_put(grid, row, x, 0, BT_ACCENT | BT_BOLD, buf);
		end = x + w;
	}
	bt_grid_put(grid, row, 0, 0, BT_DIM, "a call");
}

/* And below, how long the quickest and the slowest call take. */
static void put_times(struct bt_grid *grid, struct bt_rect row, double lo, double hi)
{
	char buf[BT_FMT_MAX];

	bt_grid_put(grid, row, 0, 0, BT_DIM, "takes");
	bt_grid_put(grid, row, BT_PLOT_LABEL, 0, BT_DIM, bt_fmt_ns(buf, sizeof(buf), lo));
	if (hi > lo)
		bt_grid_right(grid, row, row.w, 0, BT_DIM, bt_fmt_ns(buf, sizeof(buf), hi));
}

static void panel_frontier_draw(
	struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	char title[64];
	struct point points[POINTS_MAX];
	double v[BT_PLOT_DOTS], lo = INFINITY, hi = 0;
	struct bt_series series = { "units/s", v, BT_SERIES_1, false, '*' };
	struct bt_plot plot = { .series = &series, .n_series = 1, .label = bt_fmt_rate, .top = 1 };
	unsigned n = find_points(points, screen->shown), i;
	int at[POINTS_MAX], dots, dx;
	struct bt_rect in;

	snprintf(title, sizeof(title), "%.24s/s by the time of a call", screen->shown->info->unit);
	in = bt_grid_box(grid, r, title);
	dots = BT_MIN(bt_plot_dots(grid, in.w, true), BT_PLOT_DOTS);
	dx = bt_plot_dots(grid, BT_PLOT_LABEL + 1, true);
	if (!n || in.h < 4 || dots < 2)
		return;
	for (i = 0; i < n; i++) {
		lo = fmin(lo, points[i].ns);
		hi = fmax(hi, points[i].ns);
	}
	for (i = 0; i < n; i++)
		at[i] = dot_at(points[i].ns, lo, hi, dots);
	join(v, dots, points, at, n);
	plot.n = dots;
	put_sizes(grid, (struct bt_rect){ in.x, in.y + in.h - 2, in.w, 1 }, points, at, n, dx);
	put_times(grid, (struct bt_rect){ in.x, in.y + in.h - 1, in.w, 1 }, lo, hi);
	in.h -= 2;
	bt_plot_draw(grid, in, &plot);
}

const struct bt_panel_ops bt_panel_frontier = { panel_frontier_rows, panel_frontier_draw };
