/*
 * prompt.h: one line of text being typed, in the place of the key line. While it is open all keys
 * are its own. Used for a rate, a note, a filter, a tag, a field.
 */
#ifndef BT_UI_PROMPT_H
#define BT_UI_PROMPT_H

#include "ui/grid.h"

/* Bytes of the text, with its NUL: as much as one argument of a program holds on Linux. */
#define BT_PROMPT_MAX 131072

struct bt_screen;

/* What becomes of the text; each may be NULL. The screen's message is for answers. */
struct bt_prompt_ops {
	/* After each edit; the text is screen->prompt.text. */
	void (*change)(struct bt_screen *screen);
	/* Enter; false: refused, the line stays open. */
	bool (*accept)(struct bt_screen *screen, const char *text);
	void (*cancel)(struct bt_screen *screen); /* Esc; the line is closed by then */
};

struct bt_prompt {
	const struct bt_prompt_ops *ops;     /* NULL: closed */
	char label[48], text[BT_PROMPT_MAX]; /* text: UTF-8 as far as it is typed */
	size_t at;                           /* the cursor, a byte of text */
	bool full;                           /* the last key was refused: no room */
};

/*
 * Opens the line with a text to begin with, the cursor behind it. label and text are copied; ops
 * must outlive the line. False: the text is too long, and the line stays closed.
 */
bool bt_prompt_open(struct bt_prompt *prompt, const char *label, const char *text,
	const struct bt_prompt_ops *ops);
/* Gives screen->prompt, which is open, a key: left, right, home, end, backspace, delete, C-a, C-e,
 * C-u, C-w, Enter, Esc, or text. */
void bt_prompt_key(struct bt_screen *screen, int ch);
/* One row: the label, the part of the text around the cursor, what Enter and Esc do if there is
 * room. */
void bt_prompt_draw(struct bt_grid *grid, struct bt_rect row, const struct bt_prompt *prompt);

#endif
