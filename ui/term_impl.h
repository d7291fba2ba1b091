/* term_impl.h: what the files of the terminal share. For ui/term*.c only, which alone include
 * curses. */
#ifndef BT_UI_TERM_ROOM_H
#define BT_UI_TERM_ROOM_H

#include <signal.h>

#include "ui/term.h"
#include "ui/view.h"

#define BT_CAP_MAX     64        /* bytes of a control sequence */
#define BT_PAINT_BYTES (1 << 16) /* what is sent at a time */

/* What is sent of a frame, and what the terminal is known to be at meanwhile. */
struct bt_paint {
	struct bt_grid shown; /* what the terminal shows */
	bool whole;           /* nothing is known of it: clear and send all */
	int x, y;             /* the cursor; x -1: unknown */
	struct bt_look look;  /* of what is put next */
	char bytes[BT_PAINT_BYTES];
	size_t n, skip; /* skip: of the first bytes, which are sent only with a large frame */
	/* Of the terminal, made once. */
	char plain[BT_CAP_MAX], bold[BT_CAP_MAX], faint[BT_CAP_MAX], reverse[BT_CAP_MAX];
	char colours[BT_ROLES][BT_CAP_MAX];
	char erase_line[BT_CAP_MAX];
	bool keeps_corner; /* the last cell of the last row would scroll the screen */
	bool together;     /* shows a frame at once when told so (mode 2026) */
};

struct bt_term {
	void *screen; /* curses' SCREEN */
	struct bt_paint paint;
	struct bt_theme theme;
	enum bt_palette palette;
	struct bt_mouse mouse; /* the last BT_KEY_MOUSE */
	bool ascii, with_mouse, started, changed;
	struct sigaction old_tstp, old_cont;
};

/* Knows cursor keys however they are sent; asks the terminal to tell of the mouse, if that is
 * wanted. */
void bt_term_listen(struct bt_term *term);

/* Makes the control sequences and the memory for a screen of this size. 0 or -ENOMEM. */
int bt_paint_init(struct bt_term *term, int w, int h, struct bt_err *err);
void bt_paint_fini(struct bt_paint *paint);
/* Sends what a grid changes. */
void bt_paint(struct bt_term *term, const struct bt_grid *grid);

#endif
