/*
 * theme.h: what a cell means, and what that looks like. Views name a role; only the terminal turns it into a colour. The
 * colours are those of Okabe and Ito (2008), told apart by people who are colour-blind; no verdict stands in colour alone.
 */
#ifndef BT_UI_THEME_H
#define BT_UI_THEME_H

#include "base/base.h"

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
	BT_ROLES,
};

/* A style is a role and any of these. */
#define BT_BOLD      0x100u
#define BT_REVERSE   0x200u
#define BT_ROLE_MASK 0x0ffu

enum bt_palette { BT_MONO, BT_COLOURS_8, BT_COLOURS_16, BT_COLOURS_256 };

/* Attributes as a terminal shows them. */
#define BT_SHOW_BOLD    1u
#define BT_SHOW_DIM     2u
#define BT_SHOW_REVERSE 4u

struct bt_look {
	short colour;  /* foreground, -1: the terminal's own */
	unsigned show; /* BT_SHOW_* */
};

/* How a style looks with this palette. Any thread. */
struct bt_look bt_theme_look(unsigned style, enum bt_palette palette);

#endif
