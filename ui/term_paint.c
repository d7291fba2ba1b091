/*
 * What changed in a grid, as bytes. curses keeps the terminal's modes and reads its keys; the
 * drawing is done here, because curses has no 24-bit colours beside the 256 of most terminfo
 * entries, and trusts a terminal to scroll a part of the screen and to repeat characters where
 * some that call themselves an xterm cannot.
 *
 * The last frame is kept. A row is compared cell by cell; changed cells are sent, a short gap of
 * unchanged ones is sent again rather than jumped over, and a long blank end is erased. How wide
 * a terminal draws a character is only trusted for ASCII and for box, block and braille
 * characters; after any other the cursor's place counts as unknown, and the next cell is
 * addressed. Scrolling is not used: in a dashboard little scrolls, and a frame is a few hundred
 * bytes (doc/measuring.md). A large frame asks the terminal to show it at once, where it can.
 */
#define NCURSES_WIDECHAR 1
#include "ui/term_impl.h"

#include <curses.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#include "base/text.h"

#include <term.h> /* last: it has macros with everyday names */

#define NEAR  4   /* cells that are put again rather than jumped over */
#define LARGE 256 /* bytes from which on a frame is to be shown at once */

static const char together_on[] = "\033[?2026h", together_off[] = "\033[?2026l";

/* A capability without its padding, which no terminal of this century needs; empty: the terminal
 * has none. */
static void keep(char out[BT_CAP_MAX], const char *cap)
{
	size_t n = 0;

	while (cap && *cap && n + 1 < BT_CAP_MAX) {
		const char *end = strncmp(cap, "$<", 2) == 0 ? strchr(cap, '>') : NULL;

		if (end)
			cap = end + 1;
		else
			out[n++] = *cap++;
	}
	out[n] = '\0';
}

static void make_colour(char out[BT_CAP_MAX], int colour, enum bt_palette palette)
{
	if (colour == BT_COLOUR_OWN)
		out[0] = '\0';
	else if (palette == BT_COLOURS_RGB)
		snprintf(out, BT_CAP_MAX, "\033[38;2;%d;%d;%dm", colour >> 16, colour >> 8 & 0xff,
			colour & 0xff);
	else
		keep(out, set_a_foreground ? tparm(set_a_foreground, colour) : NULL);
}

static void make_sequences(struct bt_term *term)
{
	struct bt_paint *p = &term->paint;
	unsigned role;

	keep(p->plain, exit_attribute_mode);
	keep(p->bold, enter_bold_mode);
	keep(p->faint, enter_dim_mode);
	keep(p->reverse, enter_reverse_mode);
	keep(p->erase_line, clr_eol);
	for (role = 0; role < BT_ROLES; role++)
		make_colour(p->colours[role],
			bt_theme_look(&term->theme, role, term->palette).colour, term->palette);
	p->keeps_corner = auto_right_margin && !eat_newline_glitch;
	/* Unknown to a terminal it does nothing; those of the family that has a second screen know
	 * to ignore it. */
	p->together = enter_ca_mode && strstr(enter_ca_mode, "\033[?1049h") != NULL;
}

int bt_paint_init(struct bt_term *term, int w, int h, struct bt_err *err)
{
	make_sequences(term);
	term->paint.whole = true;
	return bt_grid_init(&term->paint.shown, w, h, term->ascii, err);
}

void bt_paint_fini(struct bt_paint *paint)
{
	bt_grid_fini(&paint->shown);
}

static void send(const char *bytes, size_t n)
{
	while (n > 0) {
		ssize_t sent = write(STDOUT_FILENO, bytes, n);

		if (sent < 0 && errno != EINTR)
			return; /* waiting for keys finds out that the terminal has gone */
		if (sent > 0) {
			bytes += sent;
			n -= (size_t)sent;
		}
	}
}

static void add(struct bt_paint *p, const char *text)
{
	size_t n = strlen(text);

	assert(n < sizeof(p->bytes));
	if (p->n + n > sizeof(p->bytes)) {
		send(p->bytes, p->n);
		p->n = p->skip = 0;
	}
	memcpy(p->bytes + p->n, text, n);
	p->n += n;
}

static bool same_look(struct bt_look a, struct bt_look b)
{
	return a.colour == b.colour && a.show == b.show;
}

static bool blank(const struct bt_cell *cell)
{
	return cell->ch == ' ' && cell->mark == 0 && !(cell->style & BT_REVERSE);
}

static bool same_cell(const struct bt_cell *a, const struct bt_cell *b)
{
	if (blank(a) && blank(b))
		return true;
	return a->ch == b->ch && a->mark == b->mark && a->style == b->style;
}

static void look_plain(struct bt_paint *p)
{
	if (p->look.colour != BT_COLOUR_OWN || p->look.show)
		add(p, p->plain);
	p->look = (struct bt_look){ .colour = BT_COLOUR_OWN };
}

static void look_as(struct bt_term *term, unsigned style)
{
	struct bt_paint *p = &term->paint;
	struct bt_look look = bt_theme_look(&term->theme, style, term->palette);

	if (same_look(p->look, look))
		return;
	if (p->look.show != look.show || look.colour == BT_COLOUR_OWN) {
		look_plain(p);
		if (look.show & BT_SHOW_BOLD)
			add(p, p->bold);
		if (look.show & BT_SHOW_DIM)
			add(p, p->faint);
		if (look.show & BT_SHOW_REVERSE)
			add(p, p->reverse);
	}
	if (look.colour != p->look.colour)
		add(p, p->colours[style & BT_ROLE_MASK]);
	p->look = look;
}

static void put_cell(struct bt_term *term, int x, const struct bt_cell *cell)
{
	struct bt_paint *p = &term->paint;
	char text[9], *end = bt_utf8_put(text, cell->ch);
	bool sure = cell->ch < 0x7f; /* how wide the terminal takes it to be */

	if (cell->mark)
		end = bt_utf8_put(end, cell->mark);
	*end = '\0';
	if (!blank(cell))
		look_as(term, cell->style);
	else if (p->look.show & BT_SHOW_REVERSE)
		look_plain(p);
	add(p, text);
	/* Box lines, blocks and braille are one cell everywhere; what is wider or bears a mark may
	 * not be. */
	sure |= !cell->mark && cell->ch >= 0x2500 && cell->ch < 0x2900;
	p->x = sure && x + 1 < p->shown.w ? x + 1 : -1;
}

/* True when the cells from..to-1, which the terminal shows already, may be put again to get behind
 * them. */
static bool can_repeat(const struct bt_cell *row, int from, int to, unsigned style)
{
	int x;

	for (x = from; x < to; x++)
		if (row[x].ch == 0 || row[x].ch >= 0x7f || row[x].mark ||
			(row[x].style != style && !blank(&row[x])))
			return false;
	return true;
}

static void go(struct bt_term *term, const struct bt_cell *row, int x, int y)
{
	struct bt_paint *p = &term->paint;
	char cap[BT_CAP_MAX];
	int at;

	if (p->x == x && p->y == y)
		return;
	if (p->x >= 0 && p->y == y && p->x < x && x - p->x <= NEAR &&
		can_repeat(row, p->x, x, row[x].style)) {
		for (at = p->x; at < x; at++)
			put_cell(term, at, &row[at]);
		return;
	}
	if (p->x >= 0 && p->y == y && p->x < x && parm_right_cursor)
		keep(cap, tparm(parm_right_cursor, x - p->x));
	else
		keep(cap, tparm(cursor_address, y, x));
	add(p, cap);
	p->x = x;
	p->y = y;
}

/* The column behind the last cell that is not blank. */
static int end_of(const struct bt_cell *row, int w)
{
	while (w > 0 && blank(&row[w - 1]))
		w--;
	return w;
}

static void paint_row(struct bt_term *term, const struct bt_grid *grid, int y)
{
	struct bt_paint *p = &term->paint;
	const struct bt_cell *row = &grid->cells[y * grid->w], *old = &p->shown.cells[y * grid->w];
	int end = end_of(row, grid->w), old_end = end_of(old, grid->w), x;
	bool erase = p->erase_line[0] && old_end - end > 8;

	for (x = 0; x < (erase ? end : grid->w); x++) {
		/* A wide character is sent anew when its right half changes. */
		bool half = x + 1 < grid->w && row[x + 1].ch == 0 && old[x + 1].ch != 0;

		if (row[x].ch == 0 || (same_cell(&row[x], &old[x]) && !half))
			continue;
		if (p->keeps_corner && y == grid->h - 1 && x == grid->w - 1)
			continue;
		go(term, row, x, y);
		put_cell(term, x, &row[x]);
	}
	if (!erase)
		return;
	look_plain(p);
	go(term, row, end, y);
	add(p, p->erase_line);
}

/* The terminal is asked to show a frame at once when it is more than a few figures. */
static void send_frame(struct bt_paint *p)
{
	if (p->skip == 0 || (p->together && p->n > p->skip + LARGE)) {
		p->skip = 0;
		add(p, p->together ? together_off : "");
	}
	send(p->bytes + p->skip, p->n - p->skip);
}

void bt_paint(struct bt_term *term, const struct bt_grid *grid)
{
	struct bt_paint *p = &term->paint;
	int y;

	if (!p->shown.cells || p->shown.w != grid->w || p->shown.h != grid->h) {
		bt_grid_fini(&p->shown);
		if (bt_grid_init(&p->shown, grid->w, grid->h, grid->ascii, NULL) < 0)
			return;
		p->whole = true;
	}
	if (p->whole) {
		clearok(curscr, TRUE); /* also takes the second screen again after a suspension */
		refresh();
		bt_grid_clear(&p->shown);
		p->whole = false;
	}
	p->n = 0;
	p->x = -1;
	p->look = (struct bt_look){ .colour = BT_COLOUR_OWN };
	add(p, p->together ? together_on : "");
	p->skip = p->n;
	for (y = 0; y < grid->h; y++)
		paint_row(term, grid, y);
	look_plain(p);
	send_frame(p);
	memcpy(p->shown.cells, grid->cells,
		(size_t)grid->w * (size_t)grid->h * sizeof(*grid->cells));
}
