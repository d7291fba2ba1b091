#include "ui/theme.h"

#define OWN BT_COLOUR_OWN

const struct bt_theme bt_theme_dark = { "dark",
	{
		[BT_TEXT_PLAIN] = { OWN, OWN, OWN, OWN, 0, 0 },
		[BT_DIM] = { 0x8a8a8a, 245, 8, OWN, BT_SHOW_DIM, 0 },
		[BT_TITLE] = { 0xd0d0d0, 252, OWN, OWN, BT_SHOW_BOLD, 0 },
		[BT_BORDER] = { 0x585858, 240, 8, 4, BT_SHOW_DIM, 0 },
		[BT_GOOD] = { 0x14b88a, 36, 10, 2, 0, 0 },
		[BT_WARN] = { 0xf0aa1e, 214, 11, 3, BT_SHOW_BOLD, 0 },
		[BT_BAD] = { 0xf2661a, 202, 9, 1, BT_SHOW_BOLD, 0 },
		[BT_ACCENT] = { 0x56b4e9, 74, 14, 6, BT_SHOW_BOLD, 0 },
		[BT_AREA] = { 0x0a84c9, 32, 12, 6, 0, 0 },
		[BT_SERIES_1] = { 0x3aa9f0, 39, 12, 6, 0, 0 },
		[BT_SERIES_2] = { 0xf0aa1e, 214, 11, 3, BT_SHOW_BOLD, 0 },
		[BT_SERIES_3] = { 0xd58ab4, 175, 13, 5, BT_SHOW_BOLD, 0 },
		[BT_SERIES_4] = { 0x14b88a, 36, 10, 2, 0, 0 },
		[BT_HEAT_1] = { 0x1c4f72, 24, 4, 4, BT_SHOW_DIM, 0 },
		[BT_HEAT_2] = { 0x1f77a4, 31, 12, 4, BT_SHOW_DIM, 0 },
		[BT_HEAT_3] = { 0x21a0a8, 37, 6, 6, 0, 0 },
		[BT_HEAT_4] = { 0x5cc8a0, 79, 14, 6, 0, 0 },
		[BT_HEAT_5] = { 0xd9d26e, 186, 11, 3, BT_SHOW_BOLD, 0 },
		[BT_HEAT_6] = { 0xfff06a, 227, 15, 3, BT_SHOW_BOLD, 0 },
	} };

const struct bt_theme bt_theme_light = { "light",
	{
		[BT_TEXT_PLAIN] = { OWN, OWN, OWN, OWN, 0, 0 },
		[BT_DIM] = { 0x6a6a6a, 242, 8, OWN, BT_SHOW_DIM, 0 },
		[BT_TITLE] = { 0x262626, 235, OWN, OWN, BT_SHOW_BOLD, 0 },
		[BT_BORDER] = { 0xa8a8a8, 248, 7, 4, BT_SHOW_DIM, 0 },
		[BT_GOOD] = { 0x00785a, 29, 2, 2, 0, 0 },
		[BT_WARN] = { 0x9a5c00, 94, 3, 3, BT_SHOW_BOLD, 0 },
		[BT_BAD] = { 0xb84a00, 130, 1, 1, BT_SHOW_BOLD, 0 },
		[BT_ACCENT] = { 0x005f9e, 25, 4, 4, BT_SHOW_BOLD, 0 },
		[BT_AREA] = { 0x4a98cf, 68, 4, 4, 0, 0 },
		[BT_SERIES_1] = { 0x0072b2, 25, 4, 4, 0, 0 },
		[BT_SERIES_2] = { 0xb06a00, 130, 3, 3, BT_SHOW_BOLD, 0 },
		[BT_SERIES_3] = { 0xa3457d, 132, 5, 5, BT_SHOW_BOLD, 0 },
		[BT_SERIES_4] = { 0x00785a, 29, 2, 2, 0, 0 },
		[BT_HEAT_1] = { 0xa9c9dd, 152, 7, 4, BT_SHOW_DIM, 0 },
		[BT_HEAT_2] = { 0x78aed0, 110, 12, 4, BT_SHOW_DIM, 0 },
		[BT_HEAT_3] = { 0x3f8fc0, 68, 12, 6, 0, 0 },
		[BT_HEAT_4] = { 0x1b6fa3, 25, 4, 6, 0, 0 },
		[BT_HEAT_5] = { 0x4b3f8f, 61, 5, 5, BT_SHOW_BOLD, 0 },
		[BT_HEAT_6] = { 0x5a1a5e, 53, 0, 0, BT_SHOW_BOLD, 0 },
	} };

static int colour_of(const struct bt_theme_row *row, enum bt_palette palette)
{
	switch (palette) {
	case BT_MONO:
		break;
	case BT_COLOURS_8:
		return row->c8;
	case BT_COLOURS_16:
		return row->c16;
	case BT_COLOURS_256:
		return row->c256;
	case BT_COLOURS_RGB:
		return row->rgb;
	}
	return OWN;
}

struct bt_look bt_theme_look(const struct bt_theme *theme, unsigned style, enum bt_palette palette)
{
	const struct bt_theme_row *row = &theme->rows[style & BT_ROLE_MASK];
	struct bt_look look = { .show = row->show };

	assert((style & BT_ROLE_MASK) < BT_ROLES);
	look.colour = colour_of(row, palette);
	if (style & BT_BOLD)
		look.show |= BT_SHOW_BOLD;
	if (style & BT_REVERSE)
		look.show |= BT_SHOW_REVERSE;
	if (palette == BT_MONO)
		look.show |= row->mono;
	if ((look.show & BT_SHOW_BOLD) != 0)
		look.show &= ~BT_SHOW_DIM;
	return look;
}

/* What xterm shows for the first sixteen; the others are a cube and a row of greys. */
static int rgb_of_256(int colour)
{
	static const int first[] = { 0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd,
		0x00cdcd, 0xe5e5e5, 0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff,
		0x00ffff, 0xffffff };
	static const int steps[] = { 0, 95, 135, 175, 215, 255 };

	if (colour < 16)
		return first[colour];
	if (colour >= 232)
		return (8 + 10 * (colour - 232)) * 0x010101;
	colour -= 16;
	return steps[colour / 36] << 16 | steps[colour / 6 % 6] << 8 | steps[colour % 6];
}

static int distance(int a, int b)
{
	int sum = 0, shift, d;

	for (shift = 0; shift < 24; shift += 8) {
		d = (a >> shift & 0xff) - (b >> shift & 0xff);
		sum += d * d;
	}
	return sum;
}

/* The nearest of the colours from..to-1. */
static short nearest(int rgb, int from, int to)
{
	int best = from, i;

	for (i = from + 1; i < to; i++)
		if (distance(rgb_of_256(i), rgb) < distance(rgb_of_256(best), rgb))
			best = i;
	return (short)best;
}

void bt_theme_set_rgb(struct bt_theme *theme, enum bt_role role, int rgb)
{
	struct bt_theme_row *row = &theme->rows[role];

	row->rgb = rgb;
	if (rgb == BT_COLOUR_OWN) {
		row->c256 = row->c16 = row->c8 = BT_COLOUR_OWN;
		return;
	}
	row->c256 = nearest(rgb, 16, 256); /* the first sixteen look different everywhere */
	row->c16 = nearest(rgb, 0, 16);
	row->c8 = nearest(rgb, 0, 8);
}

void bt_theme_set_256(struct bt_theme *theme, enum bt_role role, int colour)
{
	struct bt_theme_row *row = &theme->rows[role];

	bt_theme_set_rgb(theme, role, rgb_of_256(colour));
	row->c256 = (short)colour;
	if (colour < 16) {
		row->c16 = (short)colour;
		row->c8 = (short)(colour & 7);
	}
}
