/* plot_impl.h: what the files of the plot share. For ui/plot*.c only. */
#ifndef BT_UI_PLOT_ROOM_H
#define BT_UI_PLOT_ROOM_H

#include "ui/plot.h"

#define BT_AXIS_STEPS 4 /* of a linear axis that does not begin at zero */

/* A plot's raster: where dots go and what the axis means. */
struct bt_raster {
	struct bt_grid *grid;
	struct bt_rect r; /* of the dots, without labels */
	int dx, dy;       /* dots a cell */
	int w, h;         /* dots */
	enum bt_scale scale;
	double lo, hi;
};

/* Dot row of a value, 0 at the bottom; values outside the axis end at its edge. */
int bt_raster_row(const struct bt_raster *raster, double v);
void bt_raster_value_axis(const struct bt_raster *raster, const struct bt_plot *plot);
/* In the last row of r. */
void bt_raster_time_axis(
	const struct bt_raster *raster, struct bt_rect r, const struct bt_plot *plot);
/* The first `cells` columns of cells. */
void bt_raster_heat(const struct bt_raster *raster, const struct bt_heat *heat, int cells);

#endif
