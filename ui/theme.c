#include "ui/theme.h"

struct row {
	short c256, c16, c8;
	unsigned mono; /* attributes that stand in for the colour */
};

static const struct row rows[BT_ROLES] = {
	[BT_TEXT_PLAIN] = { -1, -1, -1, 0 },
	[BT_DIM] = { 245, 8, -1, BT_SHOW_DIM },
	[BT_TITLE] = { 252, -1, -1, BT_SHOW_BOLD },
	[BT_BORDER] = { 240, 8, 4, BT_SHOW_DIM },
	[BT_GOOD] = { 36, 10, 2, 0 },
	[BT_WARN] = { 214, 11, 3, BT_SHOW_BOLD },
	[BT_BAD] = { 202, 9, 1, BT_SHOW_BOLD },
	[BT_ACCENT] = { 74, 14, 6, BT_SHOW_BOLD },
	[BT_AREA] = { 32, 12, 6, 0 },
	[BT_SERIES_1] = { 39, 12, 6, 0 },
	[BT_SERIES_2] = { 214, 11, 3, BT_SHOW_BOLD },
	[BT_SERIES_3] = { 175, 13, 5, BT_SHOW_BOLD },
	[BT_SERIES_4] = { 36, 10, 2, 0 },
};

struct bt_look bt_theme_look(unsigned style, enum bt_palette palette)
{
	unsigned role = style & BT_ROLE_MASK;
	struct bt_look look = { .colour = -1, .show = 0 };

	assert(role < BT_ROLES);
	if (style & BT_BOLD)
		look.show |= BT_SHOW_BOLD;
	if (style & BT_REVERSE)
		look.show |= BT_SHOW_REVERSE;
	if (palette == BT_MONO)
		look.show |= rows[role].mono;
	else if (palette == BT_COLOURS_8)
		look.colour = rows[role].c8;
	else if (palette == BT_COLOURS_16)
		look.colour = rows[role].c16;
	else
		look.colour = rows[role].c256;
	if ((look.show & BT_SHOW_BOLD) != 0)
		look.show &= ~BT_SHOW_DIM;
	return look;
}
