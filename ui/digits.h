/* digits.h: numbers three rows high, readable from two metres. */
#ifndef BT_UI_DIGITS_H
#define BT_UI_DIGITS_H

#include "ui/grid.h"

#define BT_DIGITS_ROWS 3

/*
 * Draws text of digits and ". , - %" large; any other text, and any text in ASCII, stands plain and
 * bold on the middle row. Returns the columns used.
 */
int bt_digits_put(
	struct bt_grid *grid, struct bt_rect r, int x, int y, unsigned style, const char *text);

#endif
