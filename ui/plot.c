#include "ui/plot_impl.h"

#include <math.h>

static int dots_x(const struct bt_grid *grid)
{
	return grid->ascii ? 1 : 2;
}

int bt_plot_dots(const struct bt_grid *grid, int w, bool axis)
{
	int dots = (w - (axis ? BT_PLOT_LABEL : 0)) * dots_x(grid);

	return BT_MAX(BT_MIN(dots, BT_PLOT_DOTS), 0);
}

double bt_plot_nice(double v)
{
	static const double steps[] = { 1, 1.5, 2, 3, 5, 8, 10 };
	double power;
	size_t i;

	if (!(v > 0) || !isfinite(v))
		return 1;
	power = pow(10, floor(log10(v)));
	for (i = 0; i + 1 < BT_LEN(steps); i++)
		if (steps[i] * power >= v * (1 - 1e-9))
			break;
	return steps[i] * power;
}

/* Smallest and largest drawable value of a series widen lo..hi. */
static void widen(const struct bt_series *s, int n, enum bt_scale scale, double *lo, double *hi)
{
	int i;

	for (i = 0; i < n; i++) {
		if (!isfinite(s->v[i]) || (scale == BT_LOG && s->v[i] <= 0))
			continue;
		*lo = fmin(*lo, s->v[i]);
		*hi = fmax(*hi, s->v[i]);
	}
}

/* The next of 1, 2, 5 × 10^k: what a logarithmic axis begins and ends at. */
static double step_above(double v)
{
	double power = pow(10, floor(log10(v) + 1e-9)), first = v / power;

	return power * (first <= 1 + 1e-9 ? 1 : first <= 2 ? 2 : first <= 5 ? 5 : 10);
}

static double step_below(double v)
{
	double power = pow(10, floor(log10(v) + 1e-9)), first = v / power;

	return power * (first < 2 ? 1 : first < 5 ? 2 : 5);
}

/* An axis that does not begin at zero: round steps around the values. */
static void cut_axis(struct bt_raster *raster, double lo, double hi, double unit)
{
	double step = bt_plot_nice((hi - lo) / unit / BT_AXIS_STEPS) * unit;

	raster->lo = floor(lo / step) * step;
	while (raster->lo + BT_AXIS_STEPS * step < hi) {
		step = bt_plot_nice(step / unit * 1.01) * unit;
		raster->lo = floor(lo / step) * step;
	}
	raster->hi = raster->lo + BT_AXIS_STEPS * step;
}

static void find_range(struct bt_raster *raster, const struct bt_plot *plot, int n)
{
	double lo = plot->scale == BT_LOG ? plot->floor : 0, hi = plot->top;
	double unit = plot->unit > 0 ? plot->unit : 1;
	unsigned i;

	for (i = 0; i < plot->n_series; i++)
		widen(&plot->series[i], n, plot->scale, &lo, &hi);
	if (plot->scale == BT_LOG && plot->limit > 0) {
		lo = fmin(lo, plot->limit);
		hi = fmax(hi, plot->limit);
	}
	/* Beyond these no power of ten can be told from infinity or zero. */
	lo = fmax(lo, plot->scale == BT_LOG ? 1e-300 : 0);
	hi = fmin(hi, 1e300);
	raster->scale = plot->scale;
	if (plot->scale == BT_LINEAR) {
		raster->lo = 0;
		raster->hi = bt_plot_nice(hi / unit) * unit;
		if (plot->bottom > 0 && hi > plot->bottom)
			cut_axis(raster, plot->bottom, hi, unit);
		return;
	}
	raster->lo = step_below(lo);
	raster->hi = step_above(fmax(hi, lo));
	if (raster->hi < raster->lo * 9.99)
		raster->hi = step_above(raster->lo * 10);
}

int bt_raster_row(const struct bt_raster *raster, double v)
{
	double share;

	if (raster->scale == BT_LOG)
		share = log10(fmax(v, raster->lo) / raster->lo) / log10(raster->hi / raster->lo);
	else
		share = (v - raster->lo) / (raster->hi - raster->lo);
	return (int)lround(fmin(fmax(share, 0), 1) * (raster->h - 1));
}

/* A cell has one colour, the last one's; a line that enters an area clears the cell, so that it
 * stays thin. */
static void put_dot(const struct bt_raster *raster, int x, int y, unsigned style, char ascii)
{
	static const uint8_t bits[4][2] = { { 0x40, 0x80 }, { 0x04, 0x20 }, { 0x02, 0x10 },
		{ 0x01, 0x08 } };
	struct bt_cell *cell = bt_grid_at(
		raster->grid, raster->r, x / raster->dx, raster->r.h - 1 - y / raster->dy);
	uint32_t old;

	if (!cell)
		return;
	old = cell->ch >= 0x2800 && cell->ch < 0x2900 ? cell->ch : 0x2800;
	if (cell->style == BT_AREA && style != BT_AREA)
		old = 0x2800;
	cell->ch = raster->grid->ascii ? (uint32_t)ascii : old | bits[y % 4][x % 2];
	cell->style = (uint16_t)style;
}

/* The line goes from the row of the value before to this one, so that steep parts hold together. */
static void draw_series(const struct bt_raster *raster, const struct bt_series *s, int n)
{
	int x, y, at, before = -1, from, to;

	for (x = 0; x < n; x++) {
		if (!isfinite(s->v[x]) || (raster->scale == BT_LOG && s->v[x] <= 0)) {
			before = -1;
			continue;
		}
		at = bt_raster_row(raster, s->v[x]);
		from = before < 0 ? at : BT_MIN(at, before + (before < at));
		to = before < 0 ? at : BT_MAX(at, before - (before > at));
		if (s->area)
			for (y = 0; y < from; y++)
				put_dot(raster, x, y, s->style, '.');
		for (y = from; y <= to; y++)
			put_dot(raster, x, y, s->style, s->ascii);
		before = at;
	}
}

/* A line at each beginning, shades between; the letter of what happened on top. */
static void draw_span(const struct bt_raster *raster, const struct bt_span *span)
{
	unsigned style = span->style ? span->style : BT_BORDER;
	int from = span->from / raster->dx, to = span->to / raster->dx, x, y;

	for (x = BT_MAX(from, 0); x <= to && x < raster->r.w; x++)
		for (y = 0; y < raster->r.h; y++)
			bt_grid_set(raster->grid, raster->r, x, y, style,
				span->from == span->to ? 0x250a : 0x2591);
}

static void draw_letters(const struct bt_raster *raster, const struct bt_plot *plot)
{
	const struct bt_span *span;
	unsigned i;

	for (i = 0; i < plot->n_spans; i++) {
		span = &plot->spans[i];
		if (span->letter && span->from >= 0)
			bt_grid_set(raster->grid, raster->r, span->from / raster->dx, 0,
				span->style | BT_BOLD, (uint32_t)span->letter);
	}
}

static void draw_limit(const struct bt_raster *raster, const struct bt_plot *plot)
{
	int x, y = raster->r.h - 1 - bt_raster_row(raster, plot->limit) / raster->dy;

	for (x = 0; x < raster->r.w; x++)
		bt_grid_set(raster->grid, raster->r, x, y, BT_WARN, 0x254c);
}

/* In reverse, so that what is drawn there can still be read; the window that is being chosen in
 * shades. */
static void draw_sight(const struct bt_raster *raster, const struct bt_sight *sight)
{
	struct bt_cell *cell;
	int x, y;

	for (x = BT_MAX(sight->from, 0); x <= sight->to && x < raster->r.w; x++)
		for (y = 0; y < raster->r.h; y++) {
			cell = bt_grid_at(raster->grid, raster->r, x, y);
			if (cell && x == sight->at)
				cell->style = (uint16_t)((cell->ch == ' ' ? BT_DIM : cell->style) |
					BT_REVERSE);
			else if (cell && cell->ch == ' ')
				bt_grid_set(raster->grid, raster->r, x, y, BT_DIM, 0x2591);
		}
}

/* A line at the rows of cells, over a heatmap whose shades it must not wipe out. */
static void draw_cell_line(const struct bt_raster *raster, const struct bt_series *s, int n)
{
	int x, at;

	for (x = 0; x * raster->dx < n; x++) {
		at = BT_MIN(x * raster->dx + raster->dx - 1, n - 1);
		if (!isfinite(s->v[at]) || s->v[at] <= 0)
			continue;
		bt_grid_set(raster->grid, raster->r, x,
			raster->r.h - 1 - bt_raster_row(raster, s->v[at]) / raster->dy,
			s->style | BT_BOLD, raster->grid->ascii ? (uint32_t)s->ascii : 0x2501);
	}
}

void bt_plot_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_plot *plot)
{
	struct bt_raster raster = {
		.grid = grid, .r = r, .dx = dots_x(grid), .dy = grid->ascii ? 1 : 4
	};
	unsigned i;
	int n;

	if (plot->label) {
		raster.r.x += BT_PLOT_LABEL;
		raster.r.w -= BT_PLOT_LABEL;
	}
	if (plot->dot_ns > 0)
		raster.r.h--;
	if (raster.r.w < 1 || raster.r.h < 1)
		return;
	raster.w = raster.r.w * raster.dx;
	raster.h = raster.r.h * raster.dy;
	n = BT_MIN(plot->n, raster.w);
	find_range(&raster, plot, n);
	for (i = 0; i < plot->n_spans; i++)
		draw_span(&raster, &plot->spans[i]);
	if (plot->limit > 0)
		draw_limit(&raster, plot);
	if (plot->label && n > 0)
		bt_raster_value_axis(&raster, plot);
	if (plot->dot_ns > 0)
		bt_raster_time_axis(&raster, r, plot);
	if (plot->heat)
		bt_raster_heat(&raster, plot->heat, (n + raster.dx - 1) / raster.dx);
	for (i = 0; i < plot->n_series; i++)
		(plot->heat ? draw_cell_line : draw_series)(&raster, &plot->series[i], n);
	draw_letters(&raster, plot);
	if (plot->sight)
		draw_sight(&raster, plot->sight);
}

void bt_plot_spark(struct bt_grid *grid, struct bt_rect r, unsigned style, const double *v, int n,
	double lo, double hi)
{
	static const char ascii[] = "_.-:=+*#";
	int i, from = BT_MAX(n - r.w, 0), level;

	for (i = from; i < n; i++) {
		if (!isfinite(v[i]) || !(hi > lo))
			continue;
		level = (int)lround(fmin(fmax((v[i] - lo) / (hi - lo), 0), 1) * 7);
		bt_grid_set(grid, r, i - from, 0, style,
			grid->ascii ? (uint32_t)ascii[level] : 0x2581u + (uint32_t)level);
	}
}

void bt_plot_bar(struct bt_grid *grid, struct bt_rect r, unsigned style, double share)
{
	int i, full;

	if (!isfinite(share))
		share = 0;
	full = (int)lround(fmin(fmax(share, 0), 1) * r.w);
	for (i = 0; i < r.w; i++)
		bt_grid_set(
			grid, r, i, 0, i < full ? style : BT_BORDER, i < full ? 0x2501 : 0x2500);
}
