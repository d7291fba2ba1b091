/*
 * plot.h: charts in cells: braille dots (2x4 a cell), or one dot a cell in ASCII. A value per dot
 * column; NAN is a gap. Pure: the same values draw the same cells.
 */
#ifndef BT_UI_PLOT_H
#define BT_UI_PLOT_H

#include "ui/grid.h"

enum bt_scale { BT_LINEAR, BT_LOG };

struct bt_series {
	const char *name; /* for the legend */
	const double *v;  /* one a dot column */
	unsigned style;
	bool area;  /* filled down to the axis; its style is BT_AREA */
	char ascii; /* its dot where there is no braille */
};

/* Something that happened at a moment, or from one to another: a thin line or a shade behind the
 * series. */
struct bt_span {
	int from, to;   /* dot columns; the same: a line */
	unsigned style; /* 0: BT_BORDER */
	char letter;    /* of what happened, over everything; 0: none */
};

/* What is looked at: columns of cells. The cursor's is drawn in reverse. */
struct bt_sight {
	int from, to, at;
};

/* Values over time as shades, each level a factor above the one before; what is below the lowest
 * has the lowest. */
#define BT_HEAT_LEVELS  6
#define BT_HEAT_DECADES 3.0
struct bt_heat {
	/* How often a second values of lo..hi occur over the time of a column of cells. hi may be
	 * INFINITY, lo 0. */
	double (*density)(void *arg, int cell, double lo, double hi);
	void *arg;
	double top; /* the density of the highest level */
};

struct bt_plot {
	const struct bt_series *series; /* later ones are drawn over earlier ones */
	unsigned n_series;
	const double *told; /* figures of the legend; NULL: those of the column looked at */
	const struct bt_span *spans;
	unsigned n_spans;
	int n; /* dot columns that have values; what lies right of them is the future */
	enum bt_scale scale;
	double floor;  /* LOG: what the axis starts at unless values lie lower, > 0 */
	double top;    /* the axis reaches at least this */
	double bottom; /* LINEAR: 0, or what the axis begins near, below all values */
	double unit;   /* LINEAR: what the axis counts in round numbers of; 0: 1 */
	/* Time of the first dot column, and what each takes; 0: no time axis. */
	double from_ns, dot_ns;
	double limit; /* a value that must be kept to: a broken line; 0: none */
	/* Behind the series, which are thinner then; LOG only; NULL: none. */
	const struct bt_heat *heat;
	const struct bt_sight *sight;                     /* NULL: none */
	char *(*label)(char *buf, size_t size, double v); /* of the y axis; NULL: none */
};

#define BT_PLOT_LABEL 9    /* columns of the y axis, when there is one */
#define BT_PLOT_DOTS  1024 /* dot columns at most */

/* Dot columns of a plot drawn into a rectangle this wide, with or without a y axis. */
int bt_plot_dots(const struct bt_grid *grid, int w, bool axis);

void bt_plot_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_plot *plot);

/* The smallest of 1, 1.5, 2, 3, 5, 8 × 10^k that is not below v; 1 for what is not a positive
 * number. */
double bt_plot_nice(double v);

/* The level a density has, 0 for none, and the cell that shows it. */
unsigned bt_heat_level(double density, double top);
void bt_heat_put(struct bt_grid *grid, struct bt_rect r, int x, int y, unsigned level);

/* One row of eight-step blocks: the last w values of v[0..n-1], from lo to hi. */
void bt_plot_spark(struct bt_grid *grid, struct bt_rect r, unsigned style, const double *v, int n,
	double lo, double hi);

/* One row: a share from 0 to 1 of the width filled. */
void bt_plot_bar(struct bt_grid *grid, struct bt_rect r, unsigned style, double share);

#endif
