/* The axes of a plot. */
#include "ui/plot_impl.h"

#include <math.h>

#include "base/fmt.h"

static void put_label(
	const struct bt_raster *raster, const struct bt_plot *plot, double v, int *last)
{
	struct bt_rect r = raster->r;
	char buf[BT_FMT_MAX];
	int y = r.h - 1 - bt_raster_row(raster, v) / raster->dy;

	if (y == *last)
		return;
	*last = y;
	r.x -= BT_PLOT_LABEL;
	r.w = BT_PLOT_LABEL;
	bt_grid_right(
		raster->grid, r, BT_PLOT_LABEL - 1, y, BT_DIM, plot->label(buf, sizeof(buf), v));
}

/*
 * Parts that an axis up to a bt_plot_nice() value falls into, of two rows at least: with round
 * numbers between them, or halves.
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

/* Of an axis that spans a few decades at most two ends are no powers of ten; they have labels if
 * there is little else. */
static void put_powers(const struct bt_raster *raster, const struct bt_plot *plot)
{
	double decades = log10(raster->hi / raster->lo), v, factor = 10;
	int last = -1;

	while (decades / log10(factor) > (raster->r.h - 1) / 2.0 && factor < 1e15)
		factor *= 10;
	if (decades < 2)
		put_label(raster, plot, raster->lo, &last);
	for (v = pow(10, ceil(log10(raster->lo) - 1e-9)); v <= raster->hi * 1.001; v *= factor)
		put_label(raster, plot, v, &last);
	if (decades < 2)
		put_label(raster, plot, raster->hi, &last);
}

/* Labels at powers of ten, or at round parts of a linear axis, as many as keep apart. */
void bt_raster_value_axis(const struct bt_raster *raster, const struct bt_plot *plot)
{
	double unit = plot->unit > 0 ? plot->unit : 1;
	int parts = axis_parts(raster->hi / unit, raster->r.h), i, last = -1;

	if (raster->scale == BT_LOG)
		put_powers(raster, plot);
	if (raster->lo > 0)
		parts = raster->r.h > 2 * BT_AXIS_STEPS ? BT_AXIS_STEPS : BT_AXIS_STEPS / 2;
	for (i = 0; i <= parts && raster->scale == BT_LINEAR; i++)
		put_label(raster, plot, raster->lo + (raster->hi - raster->lo) * i / parts, &last);
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

void bt_raster_time_axis(
	const struct bt_raster *raster, struct bt_rect r, const struct bt_plot *plot)
{
	double cell_ns = plot->dot_ns * raster->dx, step = time_step(cell_ns * 10), t;
	struct bt_rect row = { raster->r.x, r.y + r.h - 1, raster->r.w, 1 };
	char buf[BT_FMT_MAX];
	int x;

	for (t = ceil(plot->from_ns / step - 1e-9) * step; t < plot->from_ns + cell_ns * row.w;
		t += step) {
		x = (int)((t - plot->from_ns) / cell_ns + 1e-9);
		bt_fmt_clock(buf, sizeof(buf), bt_u64(t));
		if (x + bt_text_width(buf) <= row.w)
			bt_grid_put(raster->grid, row, x, 0, BT_DIM, buf);
	}
}
