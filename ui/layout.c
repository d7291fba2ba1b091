#include "ui/layout.h"

#include <string.h>

#define TALL_H 26 /* rows of the middle */

/* A framed panel in a column of them. */
struct slot {
	enum bt_panel panel;
	int least; /* rows with the frame; less is no use */
	int grow;  /* its part of the rows that are left over */
	int rank;  /* the lowest get their place first */
};

struct column {
	unsigned n;
	struct slot slots[10];
};

/* Narrow: all in one column. */
static const struct column one_column = { 6,
	{
		{ BT_P_THROUGHPUT, 5, 3, 0 },
		{ BT_P_LATENCY, 6, 3, 2 },
		{ BT_P_TABLE, 6, 0, 1 },
		{ BT_P_THRESHOLDS, 3, 0, 3 },
		{ BT_P_STEPS, 5, 1, 4 },
		{ BT_P_FRONTIER, 7, 1, 5 },
	} };

/* Usual: charts on the left, figures on the right. */
static const struct column charts = { 3,
	{
		{ BT_P_THROUGHPUT, 5, 1, 0 },
		{ BT_P_LATENCY, 5, 1, 2 },
		{ BT_P_FRONTIER, 7, 1, 1 },
	} };
static const struct column figures = { 10,
	{
		{ BT_P_TABLE, 8, 0, 0 },
		{ BT_P_THRESHOLDS, 3, 0, 1 },
		{ BT_P_STEPS, 6, 3, 1 },
		{ BT_P_OUTCOMES, 3, 0, 2 },
		{ BT_P_WATCH, 4, 0, 3 },
		{ BT_P_NET, 4, 0, 4 },
		{ BT_P_METRICS, 4, 0, 4 },
		{ BT_P_MEMORY, 4, 1, 3 },
		{ BT_P_SLOW, 8, 0, 6 },
		{ BT_P_EVENTS, 8, 1, 5 },
	} };

/* Tall: there is room for memory under the charts, and more for the steps. */
static const struct column tall_charts = { 4,
	{
		{ BT_P_THROUGHPUT, 5, 1, 0 },
		{ BT_P_LATENCY, 5, 1, 1 },
		{ BT_P_FRONTIER, 8, 1, 1 },
		{ BT_P_MEMORY, 4, 0, 2 },
	} };
static const struct column tall_figures = { 10,
	{
		{ BT_P_TABLE, 8, 0, 0 },
		{ BT_P_THRESHOLDS, 3, 0, 1 },
		{ BT_P_STEPS, 6, 3, 1 },
		{ BT_P_OUTCOMES, 5, 0, 2 },
		{ BT_P_WATCH, 4, 0, 2 },
		{ BT_P_NET, 4, 0, 4 },
		{ BT_P_METRICS, 4, 0, 3 },
		{ BT_P_SPREAD, 10, 0, 6 },
		{ BT_P_SLOW, 10, 0, 4 },
		{ BT_P_EVENTS, 10, 1, 5 },
	} };

/* Wide: three columns. */
static const struct column wide_charts = { 4,
	{
		{ BT_P_THROUGHPUT, 5, 3, 0 },
		{ BT_P_LATENCY, 4, 3, 1 },
		{ BT_P_FRONTIER, 8, 3, 1 },
		{ BT_P_MEMORY, 4, 2, 2 },
	} };
static const struct column wide_middle = { 4,
	{
		{ BT_P_TABLE, 5, 0, 0 },
		{ BT_P_SPREAD, 8, 0, 3 },
		{ BT_P_STEPS, 5, 3, 1 },
		{ BT_P_SLOW, 5, 0, 2 },
	} };
static const struct column wide_right = { 6,
	{
		{ BT_P_THRESHOLDS, 3, 0, 0 },
		{ BT_P_OUTCOMES, 3, 0, 0 },
		{ BT_P_WATCH, 4, 0, 0 },
		{ BT_P_NET, 4, 0, 1 },
		{ BT_P_METRICS, 3, 0, 1 },
		{ BT_P_EVENTS, 4, 1, 2 },
	} };

/* Gives the panels that fit their least height, in the order of rank. Returns the rows left. */
static int place_least(int height[], const struct column *col, const int rows[], int left)
{
	unsigned i;
	int rank;

	for (rank = 0; rank < 8; rank++)
		for (i = 0; i < col->n; i++)
			if (col->slots[i].rank == rank && rows[col->slots[i].panel] > 0 &&
				col->slots[i].least <= left) {
				height[i] =
					BT_MIN(col->slots[i].least, rows[col->slots[i].panel] + 2);
				left -= height[i];
			}
	return left;
}

/* Lets the placed panels show more of what they have, a row each in turn, by rank. */
static int place_wanted(int height[], const struct column *col, const int rows[], int left)
{
	bool any = true;
	unsigned i;
	int rank;

	while (any && left > 0) {
		any = false;
		for (rank = 0; rank < 8; rank++)
			for (i = 0; i < col->n && left > 0; i++) {
				if (col->slots[i].rank != rank || height[i] == 0 ||
					height[i] >= rows[col->slots[i].panel] + 2)
					continue;
				height[i]++;
				left--;
				any = true;
			}
	}
	return left;
}

/* Shares out what is left, so that every column ends at the same row. */
static void place_rest(int height[], const struct column *col, int left)
{
	int parts = 0, part, last = -1;
	unsigned i;

	for (i = 0; i < col->n; i++) {
		if (height[i] == 0)
			continue;
		parts += col->slots[i].grow;
		if (last < 0 || col->slots[i].grow >= col->slots[last].grow)
			last = (int)i;
	}
	for (i = 0; i < col->n && parts > 0; i++) {
		if (height[i] == 0 || col->slots[i].grow == 0)
			continue;
		part = left * col->slots[i].grow / parts;
		parts -= col->slots[i].grow;
		height[i] += part;
		left -= part;
	}
	if (last >= 0)
		height[last] += left;
}

static void place_column(
	struct bt_rect out[], struct bt_rect r, const struct column *col, const int rows[])
{
	int height[BT_LEN(col->slots)] = { 0 }, left, y = r.y;
	unsigned i;

	left = place_least(height, col, rows, r.h);
	left = place_wanted(height, col, rows, left);
	place_rest(height, col, left);
	for (i = 0; i < col->n; i++) {
		if (height[i] == 0)
			continue;
		out[col->slots[i].panel] = (struct bt_rect){ r.x, y, r.w, height[i] };
		y += height[i];
	}
}

/* The charts beside each other, as wide as one another, so that they share their columns; the list
 * under them. */
static void place_drawer(struct bt_rect out[], struct bt_rect r)
{
	int w = r.w < 72 ? r.w : r.w / 2, h = BT_MAX(r.w < 72 ? r.h / 3 : r.h * 9 / 20, 5);

	if (r.h < 11)
		h = 0;
	if (h)
		out[BT_P_THROUGHPUT] = (struct bt_rect){ r.x, r.y, w, h };
	if (h && w < r.w)
		out[BT_P_LATENCY] = (struct bt_rect){ r.x + w, r.y, w, h };
	out[BT_P_DRAWER] = (struct bt_rect){ r.x, r.y + h, r.w, r.h - h };
}

static void place_middle(struct bt_rect out[], struct bt_rect r, const int rows[])
{
	struct bt_rect part = r;

	if (rows[BT_P_DRAWER] > 0) {
		place_drawer(out, r);
	} else if (r.w < 72) {
		place_column(out, r, &one_column, rows);
	} else if (r.w < 160) {
		part.w = r.w - BT_MIN(BT_MAX(r.w * 2 / 5, 34), 56);
		place_column(out, part, r.h < TALL_H ? &charts : &tall_charts, rows);
		part = (struct bt_rect){ r.x + part.w, r.y, r.w - part.w, r.h };
		place_column(out, part, r.h < TALL_H ? &figures : &tall_figures, rows);
	} else {
		part.w = r.w * 46 / 100;
		place_column(out, part, &wide_charts, rows);
		part = (struct bt_rect){ r.x + part.w, r.y, r.w * 30 / 100, r.h };
		place_column(out, part, &wide_middle, rows);
		part = (struct bt_rect){ part.x + part.w, r.y, r.w - part.x - part.w, r.h };
		place_column(out, part, &wide_right, rows);
	}
}

/* Takes a full row from the top or, with a negative height, from the bottom. */
static void take(struct bt_rect out[], enum bt_panel panel, struct bt_rect *r, int h)
{
	out[panel] = (struct bt_rect){ r->x, h > 0 ? r->y : r->y + r->h + h, r->w, h > 0 ? h : -h };
	r->y += h > 0 ? h : 0;
	r->h -= h > 0 ? h : -h;
}

bool bt_layout_large(int w, int h)
{
	return w >= BT_LARGE_W && h >= BT_LARGE_H;
}

void bt_layout(struct bt_rect out[BT_PANELS], int w, int h, const int rows[BT_PANELS])
{
	struct bt_rect r = { 0, 0, w, h };

	memset(out, 0, BT_PANELS * sizeof(out[0]));
	if (w < BT_USEFUL_W || h < BT_USEFUL_H - 1)
		return;
	take(out, BT_P_HEADER, &r, 1);
	if (h >= 16)
		take(out, BT_P_PROGRESS, &r, 1);
	take(out, BT_P_HEADLINE, &r, bt_layout_large(w, h) ? 4 : w < 72 ? 2 : 1);
	if (rows[BT_P_NOTICE] > 0)
		take(out, BT_P_NOTICE, &r, -1);
	if (rows[BT_P_REASON] > 0)
		take(out, BT_P_REASON, &r, -1);
	if (h >= 20 && w >= 72)
		take(out, BT_P_ACCOUNT, &r, -1);
	place_middle(out, r, rows);
}
