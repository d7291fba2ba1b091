/*
 * theme.h: what a cell means, and what that looks like. Views name a role; only the terminal turns
 * it into a colour. The colours are those of Okabe and Ito (2008), told apart by people who are
 * colour-blind; no verdict stands in colour alone.
 */
#ifndef BT_UI_THEME_H
#define BT_UI_THEME_H

#include "base/base.h"
#include "base/err.h"

enum bt_role {
	BT_TEXT_PLAIN, /* 0: the terminal's own foreground */
	BT_DIM,
	BT_TITLE,
	BT_BORDER,
	BT_GOOD,
	BT_WARN,
	BT_BAD,
	BT_ACCENT,
	BT_AREA, /* what is filled */
	BT_SERIES_1,
	BT_SERIES_2,
	BT_SERIES_3,
	BT_SERIES_4,
	BT_HEAT_1, /* six shades, from few to many */
	BT_HEAT_2,
	BT_HEAT_3,
	BT_HEAT_4,
	BT_HEAT_5,
	BT_HEAT_6,
	BT_ROLES,
};

/* A style is a role and any of these. */
#define BT_BOLD      0x100u
#define BT_REVERSE   0x200u
#define BT_ROLE_MASK 0x0ffu

enum bt_palette { BT_MONO, BT_COLOURS_8, BT_COLOURS_16, BT_COLOURS_256, BT_COLOURS_RGB };

/* Attributes as a terminal shows them. */
#define BT_SHOW_BOLD    1u
#define BT_SHOW_DIM     2u
#define BT_SHOW_REVERSE 4u

#define BT_COLOUR_OWN (-1) /* the terminal's own foreground */

struct bt_look {
	int colour;    /* foreground: of the palette, with BT_COLOURS_RGB 0xrrggbb; BT_COLOUR_OWN */
	unsigned show; /* BT_SHOW_* */
};

struct bt_theme {
	const char *name;
	struct bt_theme_row {
		int rgb;             /* 0xrrggbb or BT_COLOUR_OWN */
		short c256, c16, c8; /* BT_COLOUR_OWN: none */
		uint8_t mono;        /* BT_SHOW_* that stand in for the colour */
		uint8_t show;        /* BT_SHOW_* with any palette */
	} rows[BT_ROLES];
};

extern const struct bt_theme bt_theme_dark, bt_theme_light; /* for a dark and a light background */

/* How a style looks with this theme and palette. Any thread. */
struct bt_look bt_theme_look(const struct bt_theme *theme, unsigned style, enum bt_palette palette);

/* Sets a role's colour, which is given as 0xrrggbb, for all palettes: in the others to the nearest
 * that they have. */
void bt_theme_set_rgb(struct bt_theme *theme, enum bt_role role, int rgb);
/* The same with one of the 256 colours: below 16 they are what the terminal makes of them. */
void bt_theme_set_256(struct bt_theme *theme, enum bt_role role, int colour);

/* How the screens look and what they listen to. */
struct bt_manners {
	struct bt_theme theme;
	/* clicks and the wheel are taken; false: they are the terminal's, which selects text with
	 * them */
	bool mouse;
	bool ascii; /* only ASCII is shown, also where UTF-8 could be */
};

/*
 * The manners that hold when no file says otherwise: the dark theme, or the light one when
 * COLORFGBG tells of a light background; with the mouse.
 */
void bt_manners_init(struct bt_manners *manners);
/*
 * Reads a theme file (benchtop-theme(5)) over what is there. 0, -EINVAL: something in it is wrong,
 * as "FILE:LINE: words"; other -errno: it cannot be read.
 */
int bt_manners_read(struct bt_manners *manners, const char *file, struct bt_err *err);

#endif
