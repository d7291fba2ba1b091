/* Shades of a plot: how many values lie where, over time. */
#include "ui/plot_impl.h"

#include <math.h>

/* From few to many: a shade and a colour each, either of which alone tells them apart at least by
 * halves. */
static const struct {
	uint32_t ch;
	char ascii;
} shades[BT_HEAT_LEVELS] = { { 0x2591, '.' }, { 0x2591, ':' }, { 0x2592, '-' }, { 0x2592, '+' },
	{ 0x2593, '*' }, { 0x2588, '#' } };

unsigned bt_heat_level(double density, double top)
{
	double share;

	if (!(density > 0))
		return 0;
	/* Each level is a factor, the lowest one open to below: a single slow operation must not be
	 * lost among millions. */
	share = 1 + log10(density / top) / BT_HEAT_DECADES;
	return 1 + (unsigned)fmin(fmax(share, 0) * BT_HEAT_LEVELS, BT_HEAT_LEVELS - 1);
}

void bt_heat_put(struct bt_grid *grid, struct bt_rect r, int x, int y, unsigned level)
{
	assert(level >= 1 && level <= BT_HEAT_LEVELS);
	bt_grid_set(grid, r, x, y, BT_HEAT_1 + level - 1,
		grid->ascii ? (uint32_t)shades[level - 1].ascii : shades[level - 1].ch);
}

void bt_raster_heat(const struct bt_raster *raster, const struct bt_heat *heat, int cells)
{
	double step = pow(raster->hi / raster->lo, 1.0 / raster->r.h), lo, hi;
	unsigned level;
	int x, y;

	for (x = 0; x < cells && x < raster->r.w; x++)
		for (y = 0; y < raster->r.h; y++) {
			lo = y ? raster->lo * pow(step, y) : 0;
			hi = y < raster->r.h - 1 ? raster->lo * pow(step, y + 1) : INFINITY;
			level = bt_heat_level(heat->density(heat->arg, x, lo, hi), heat->top);
			if (level)
				bt_heat_put(raster->grid, raster->r, x, raster->r.h - 1 - y, level);
		}
}
