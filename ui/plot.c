#include "ui/plot.h"

#include <math.h>
#include <stdio.h>

#include "base/fmt.h"

/* A plot's raster: where dots go and what the axis means. */
struct raster {
	struct bt_grid *grid;
	struct bt_rect r; /* of the dots, without labels */
	int dx, dy;       /* dots a cell */
	int w, h;         /* dots */
	enum bt_scale scale;
	double lo, hi;
};

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

static void find_range(struct raster *raster, const struct bt_plot *plot, int n)
{
	double lo = plot->scale == BT_LOG ? plot->floor : 0, hi = plot->top;
	double unit = plot->unit > 0 ? plot->unit : 1;
	unsigned i;

	for (i = 0; i < plot->n_series; i++)
		widen(&plot->series[i], n, plot->scale, &lo, &hi);
	/* Beyond these no power of ten can be told from infinity or zero. */
	lo = fmax(lo, plot->scale == BT_LOG ? 1e-300 : 0);
	hi = fmin(hi, 1e300);
	raster->scale = plot->scale;
	if (plot->scale == BT_LINEAR) {
		raster->lo = 0;
		raster->hi = bt_plot_nice(hi / unit) * unit;
		return;
	}
	raster->lo = pow(10, floor(log10(lo) + 1e-9));
	raster->hi = pow(10, ceil(log10(fmax(hi, lo)) - 1e-9));
	if (raster->hi < raster->lo * 9.99)
		raster->hi = raster->lo * 10;
}

/* Dot row of a value, 0 at the bottom; values outside the axis end at its edge. */
static int row_of(const struct raster *raster, double v)
{
	double share;

	if (raster->scale == BT_LOG)
		share = log10(fmax(v, raster->lo) / raster->lo) / log10(raster->hi / raster->lo);
	else
		share = v / raster->hi;
	return (int)lround(fmin(fmax(share, 0), 1) * (raster->h - 1));
}

/* A cell has one colour, the last one's; a line that enters an area clears the cell, so that it stays thin. */
static void put_dot(const struct raster *raster, int x, int y, unsigned style, char ascii)
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
static void draw_series(const struct raster *raster, const struct bt_series *s, int n)
{
	int x, y, at, before = -1, from, to;

	for (x = 0; x < n; x++) {
		if (!isfinite(s->v[x]) || (raster->scale == BT_LOG && s->v[x] <= 0)) {
			before = -1;
			continue;
		}
		at = row_of(raster, s->v[x]);
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

static void draw_spans(const struct raster *raster, const struct bt_plot *plot)
{
	const struct bt_span *span;
	unsigned i;
	int x, y, from, to;

	for (i = 0; i < plot->n_spans; i++) {
		span = &plot->spans[i];
		from = span->from / raster->dx;
		to = span->to / raster->dx;
		for (x = BT_MAX(from, 0); x <= to && x < raster->r.w; x++)
			for (y = 0; y < raster->r.h; y++)
				bt_grid_set(raster->grid, raster->r, x, y, BT_BORDER,
					span->from == span->to ? 0x250a : 0x2591);
	}
}

static void put_label(const struct raster *raster, const struct bt_plot *plot, double v, int *last)
{
	struct bt_rect r = raster->r;
	char buf[BT_FMT_MAX];
	int y = r.h - 1 - row_of(raster, v) / raster->dy;

	if (y == *last)
		return;
	*last = y;
	r.x -= BT_PLOT_LABEL;
	r.w = BT_PLOT_LABEL;
	bt_grid_right(
		raster->grid, r, BT_PLOT_LABEL - 1, y, BT_DIM, plot->label(buf, sizeof(buf), v));
}

/*
 * Parts that an axis up to a bt_plot_nice() value falls into, of two rows at least: with round numbers between them, or halves.
 */
static int axis_parts(double top, int rows)
{
	static const struct {
		double below; /* first digits of the top */
		int parts;
	} table[] = { { 1.2, 4 }, { 1.7, 3 }, { 2.5, 4 }, { 4, 3 }, { 6, 5 }, { 10, 4 } };
	double first = top / pow(10, floor(log10(top) + 1e-9));
	size_t i = 0;
	int parts;

	while (i + 1 < BT_LEN(table) && first >= table[i].below)
		i++;
	parts = table[i].parts;
	if (rows > 2 * parts)
		return parts;
	return rows >= 5 ? 2 : 1;
}

/* Labels at powers of ten, or at round parts of a linear axis, as many as keep apart. */
static void draw_y_axis(const struct raster *raster, const struct bt_plot *plot)
{
	double unit = plot->unit > 0 ? plot->unit : 1;
	int parts = axis_parts(raster->hi / unit, raster->r.h), i, last = -1;
	double v, factor = 10;

	if (raster->scale == BT_LINEAR) {
		for (i = 0; i <= parts; i++)
			put_label(raster, plot, raster->hi * i / parts, &last);
		return;
	}
	while (log10(raster->hi / raster->lo) / log10(factor) > (raster->r.h - 1) / 2.0 &&
		factor < 1e15)
		factor *= 10;
	for (v = raster->lo; v <= raster->hi * 1.001; v *= factor)
		put_label(raster, plot, v, &last);
}

/* The time between two labels: at least `least` ns, a length that people count in. */
static double time_step(double least)
{
	static const double steps[] = { 1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1200, 1800, 3600,
		7200, 14400, 21600, 43200, 86400 };
	double step;
	size_t i;

	for (i = 0; i < BT_LEN(steps); i++)
		if (steps[i] * 1e9 >= least)
			return steps[i] * 1e9;
	for (step = 86400e9; step < least;)
		step *= 2;
	return step;
}

static void draw_time_axis(const struct raster *raster, struct bt_rect r, double dot_ns)
{
	double cell_ns = dot_ns * raster->dx, step = time_step(cell_ns * 10), t;
	struct bt_rect row = { raster->r.x, r.y + r.h - 1, raster->r.w, 1 };
	char buf[BT_FMT_MAX];
	int x;

	for (t = 0; t < cell_ns * row.w; t += step) {
		x = (int)(t / cell_ns + 1e-9);
		bt_fmt_clock(buf, sizeof(buf), (uint64_t)t);
		if (x + bt_text_width(buf) <= row.w)
			bt_grid_put(raster->grid, row, x, 0, BT_DIM, buf);
	}
}

void bt_plot_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_plot *plot)
{
	struct raster raster = {
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
	draw_spans(&raster, plot);
	if (plot->label && n > 0)
		draw_y_axis(&raster, plot);
	if (plot->dot_ns > 0)
		draw_time_axis(&raster, r, plot->dot_ns);
	for (i = 0; i < plot->n_series; i++)
		draw_series(&raster, &plot->series[i], n);
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
