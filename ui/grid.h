/*
 * grid.h: a screen in memory. Views draw into a grid, tests compare it with text, the terminal
 * sends what changed. Everything that draws clips to a rectangle and to the grid, so no size and no
 * text can write outside. Texts are UTF-8; hidden characters (base/text.h) show as "?". One thread
 * at a time.
 */
#ifndef BT_UI_GRID_H
#define BT_UI_GRID_H

#include "base/base.h"
#include "base/err.h"
#include "ui/theme.h"

struct bt_rect {
	int x, y, w, h;
};

struct bt_cell {
	uint32_t ch;   /* code point; 0: the right half of the wide character before it */
	uint32_t mark; /* a combining character on it, 0: none */
	uint16_t style;
};

struct bt_grid {
	int w, h;
	bool ascii;            /* box lines, marks and the like are put as their ASCII stand-ins */
	struct bt_cell *cells; /* w × h */
};

/* 0 or -ENOMEM. A grid is at least 1x1 and starts blank. */
int bt_grid_init(struct bt_grid *grid, int w, int h, bool ascii, struct bt_err *err);
void bt_grid_fini(struct bt_grid *grid);
void bt_grid_clear(struct bt_grid *grid);

/* The part of a rectangle that lies in another one; w and h are never negative. */
struct bt_rect bt_rect_meet(struct bt_rect a, struct bt_rect b);
/* What is left after taking this many columns and rows from each side. */
struct bt_rect bt_rect_inset(struct bt_rect r, int dx, int dy);

/* One cell at a place relative to the rectangle. */
void bt_grid_set(struct bt_grid *grid, struct bt_rect r, int x, int y, unsigned style, uint32_t ch);
/* The cell there, or NULL outside. */
struct bt_cell *bt_grid_at(struct bt_grid *grid, struct bt_rect r, int x, int y);

/* Text from a place relative to the rectangle on, clipped to it. Returns the column after the text,
 * clipped or not. */
int bt_grid_put(
	struct bt_grid *grid, struct bt_rect r, int x, int y, unsigned style, const char *text);
int bt_grid_printf(struct bt_grid *grid, struct bt_rect r, int x, int y, unsigned style,
	const char *fmt, ...) BT_PRINTF(6, 7);
/* Text that ends before column `end`. What does not fit on the left is cut. */
void bt_grid_right(
	struct bt_grid *grid, struct bt_rect r, int end, int y, unsigned style, const char *text);
/* Text in at most `room` columns, its end replaced by an ellipsis when it is longer. Returns the
 * columns used. */
int bt_grid_fit(struct bt_grid *grid, struct bt_rect r, int x, int y, int room, unsigned style,
	const char *text);
/* Text over as many rows as the rectangle has, broken at spaces, an ellipsis at the end of the
 * last. Returns the rows used. */
int bt_grid_wrap(struct bt_grid *grid, struct bt_rect r, unsigned style, const char *text);

void bt_grid_fill(struct bt_grid *grid, struct bt_rect r, unsigned style, uint32_t ch);
/* A frame with rounded corners, a title in its upper edge. Returns what is inside, one column of
 * air left and right. */
struct bt_rect bt_grid_box(struct bt_grid *grid, struct bt_rect r, const char *title);

/* Columns a text takes in a grid. */
int bt_text_width(const char *text);

/* The whole grid as UTF-8 lines without trailing spaces. Free with free(); NULL: no memory. */
char *bt_grid_text(const struct bt_grid *grid);

#endif
