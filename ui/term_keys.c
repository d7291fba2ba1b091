/* What is typed and clicked. */
#define NCURSES_WIDECHAR 1
#include "ui/term_impl.h"

#include <curses.h>

#define BUTTONS (BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED)

/* Cursor keys are sent in either of two ways, whichever terminfo tells of. */
static void know_both_ways(void)
{
	static const struct {
		char final;
		int key;
	} arrows[] = { { 'A', KEY_UP }, { 'B', KEY_DOWN }, { 'C', KEY_RIGHT }, { 'D', KEY_LEFT },
		{ 'H', KEY_HOME }, { 'F', KEY_END } };
	char text[4] = "\033?";
	size_t i;
	int way;

	for (i = 0; i < BT_LEN(arrows); i++)
		for (way = 0; way < 2; way++) {
			text[1] = "[O"[way];
			text[2] = arrows[i].final;
			if (key_defined(text) == 0)
				define_key(text, arrows[i].key);
		}
}

void bt_term_listen(struct bt_term *term)
{
	know_both_ways();
	if (!term->with_mouse)
		return;
	/* A click is told at once; what a second one means is the view's matter. */
	mouseinterval(0);
	mousemask(BUTTONS, NULL);
}

static int translate(int ch)
{
	static const struct {
		int curses, key;
	} keys[] = {
		{ KEY_UP, BT_KEY_UP },
		{ KEY_DOWN, BT_KEY_DOWN },
		{ KEY_LEFT, BT_KEY_LEFT },
		{ KEY_RIGHT, BT_KEY_RIGHT },
		{ KEY_PPAGE, BT_KEY_PGUP },
		{ KEY_NPAGE, BT_KEY_PGDN },
		{ KEY_HOME, BT_KEY_HOME },
		{ KEY_END, BT_KEY_END },
		{ KEY_ENTER, BT_KEY_ENTER },
		{ KEY_BACKSPACE, BT_KEY_BACKSPACE },
		{ KEY_DC, BT_KEY_DELETE },
		{ KEY_BTAB, BT_KEY_BACKTAB },
	};
	size_t i;

	for (i = 0; i < BT_LEN(keys); i++)
		if (keys[i].curses == ch)
			return keys[i].key;
	if (ch > KEY_F0 && ch <= KEY_F(12))
		return BT_KEY_F1 + ch - KEY_F(1);
	return 0;
}

/* A click or a turn of the wheel; 0: something else that a mouse can do. */
static int take_mouse(struct bt_term *term)
{
	MEVENT event;

	if (getmouse(&event) != OK)
		return 0;
	term->mouse.x = event.x;
	term->mouse.y = event.y;
	if (event.bstate & BUTTON1_PRESSED)
		term->mouse.what = BT_MOUSE_CLICK;
	else if (event.bstate & BUTTON4_PRESSED)
		term->mouse.what = BT_MOUSE_UP;
	else if (event.bstate & BUTTON5_PRESSED)
		term->mouse.what = BT_MOUSE_DOWN;
	else
		return 0;
	return BT_KEY_MOUSE;
}

static int special(struct bt_term *term, int ch)
{
	if (ch == KEY_MOUSE)
		return take_mouse(term);
	if (ch == KEY_RESIZE) {
		term->changed = true;
		term->paint.whole = true;
	}
	return translate(ch);
}

static int character(wint_t ch)
{
	switch (ch) {
	case '\r':
	case '\n':
		return BT_KEY_ENTER;
	case '\t':
		return BT_KEY_TAB;
	case 27:
		return BT_KEY_ESC;
	case 127:
	case '\b':
		return BT_KEY_BACKSPACE;
	default:
		return (int)ch;
	}
}

int bt_term_key(struct bt_term *term)
{
	wint_t ch;
	int rc, key;

	while ((rc = get_wch(&ch)) != ERR) {
		key = rc == KEY_CODE_YES ? special(term, (int)ch) : character(ch);
		if (key)
			return key;
	}
	return 0;
}

struct bt_mouse bt_term_mouse(const struct bt_term *term)
{
	return term->mouse;
}
