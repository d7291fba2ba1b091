#define NCURSES_WIDECHAR 1
#include "ui/term.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ui/view.h"

#include <term.h> /* last: it has macros with everyday names */

struct bt_term {
	SCREEN *screen;
	struct bt_grid shown; /* what the terminal shows, once something was */
	enum bt_palette palette;
	bool ascii, started, changed;
	struct sigaction old_tstp, old_cont;
};

/* Bits set by handlers, which may run in any thread; taken by the main thread in bt_term_changed. */
#define CAUGHT_TSTP 1
#define CAUGHT_CONT 2
static volatile sig_atomic_t caught;

static void on_signal(int sig)
{
	__atomic_fetch_or(&caught, sig == SIGTSTP ? CAUGHT_TSTP : CAUGHT_CONT, __ATOMIC_RELAXED);
}

static void handle(int sig, struct sigaction *old)
{
	struct sigaction act = { .sa_handler = on_signal, .sa_flags = 0 };

	sigemptyset(&act.sa_mask);
	sigaction(sig, &act, old);
}

/* The linux console has UTF-8 but no font with braille. */
static bool needs_ascii(void)
{
	const char *type = getenv("TERM");

	return strcmp(nl_langinfo(CODESET), "UTF-8") != 0 || (type && strcmp(type, "linux") == 0);
}

static enum bt_palette find_palette(void)
{
	const char *no_color = getenv("NO_COLOR");

	if ((no_color && *no_color) || !has_colors())
		return BT_MONO;
	start_color();
	use_default_colors();
	return COLORS >= 256 ? BT_COLOURS_256 : COLORS >= 16 ? BT_COLOURS_16 : BT_COLOURS_8;
}

/* A role's number is its colour pair. Plain text is pair 0, so that curses knows blanks as such and erases them. */
static void prepare_colours(enum bt_palette palette)
{
	unsigned role;

	for (role = 1; role < BT_ROLES && palette != BT_MONO; role++)
		init_pair((short)role, bt_theme_look(role, palette).colour, -1);
}

static void prepare_input(void)
{
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	set_escdelay(25);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	leaveok(stdscr, TRUE);
}

/*
 * There are terminals that call themselves an xterm and cannot repeat a character, as terminfo says of xterms. In a UTF-8 locale
 * curses does not try; so it is made to see one, this thread only, also where all that it is given will be ASCII.
 */
static SCREEN *new_screen(void)
{
	locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", (locale_t)0), before;
	SCREEN *screen;

	before = utf8 ? uselocale(utf8) : (locale_t)0;
	screen = newterm(NULL, stdout, stdin);
	if (utf8) {
		uselocale(before);
		freelocale(utf8);
	}
	return screen;
}

/* newterm finds out as well, but does not free what it has allocated by then. */
static bool type_is_known(void)
{
	int answer;

	if (setupterm(NULL, STDOUT_FILENO, &answer) == ERR)
		return false;
	del_curterm(cur_term);
	return true;
}

int bt_term_open(struct bt_term **out, struct bt_err *err)
{
	const char *type = getenv("TERM");
	struct bt_term *term;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return bt_fail(err, -ENOTTY,
			"the dashboard needs a terminal on standard input and output");
	if (!type_is_known())
		return bt_fail(err, -EINVAL, "terminal type \"%s\" (TERM) is not known here",
			type ? type : "");
	term = calloc(1, sizeof(*term));
	if (!term)
		return bt_fail(err, -ENOMEM, "terminal: no memory");
	/* Ours first: curses leaves signals alone that somebody handles. */
	handle(SIGTSTP, &term->old_tstp);
	handle(SIGCONT, &term->old_cont);
	term->screen = new_screen();
	if (!term->screen) {
		sigaction(SIGTSTP, &term->old_tstp, NULL);
		sigaction(SIGCONT, &term->old_cont, NULL);
		free(term);
		return bt_fail(err, -ENOMEM, "terminal: curses could not be started");
	}
	term->ascii = needs_ascii();
	term->palette = find_palette();
	prepare_colours(term->palette);
	/* Nothing was sent so far; modes are as they were, and a signal to stop does what it always does. */
	reset_shell_mode();
	sigaction(SIGTSTP, &term->old_tstp, NULL);
	sigaction(SIGCONT, &term->old_cont, NULL);
	if (bt_grid_init(&term->shown, COLS, LINES, term->ascii, err) < 0) {
		bt_term_close(term);
		return -ENOMEM;
	}
	*out = term;
	return 0;
}

void bt_term_start(struct bt_term *term)
{
	handle(SIGTSTP, &term->old_tstp);
	handle(SIGCONT, &term->old_cont);
	term->started = true;
	term->changed = true;
	reset_prog_mode();
	prepare_input();
}

void bt_term_close(struct bt_term *term)
{
	if (!term)
		return;
	if (term->started) {
		endwin();
		sigaction(SIGTSTP, &term->old_tstp, NULL);
		sigaction(SIGCONT, &term->old_cont, NULL);
	}
	delscreen(term->screen);
	bt_grid_fini(&term->shown);
	free(term);
}

void bt_term_size(const struct bt_term *term, int *w, int *h)
{
	(void)term;
	*w = BT_MAX(COLS, 1);
	*h = BT_MAX(LINES, 1);
}

bool bt_term_ascii(const struct bt_term *term)
{
	return term->ascii;
}

static void send_cell(const struct bt_term *term, int x, int y, const struct bt_cell *cell)
{
	struct bt_look look = bt_theme_look(cell->style, term->palette);
	wchar_t text[3] = { (wchar_t)cell->ch, (wchar_t)cell->mark, 0 };
	attr_t attrs = A_NORMAL;
	short pair = term->palette == BT_MONO ? 0 : (short)(cell->style & BT_ROLE_MASK);
	cchar_t out;

	if (look.show & BT_SHOW_BOLD)
		attrs |= A_BOLD;
	if (look.show & BT_SHOW_DIM)
		attrs |= A_DIM;
	if (look.show & BT_SHOW_REVERSE)
		attrs |= A_REVERSE;
	setcchar(&out, text, attrs, pair, NULL);
	mvadd_wch(y, x, &out);
}

static bool same_cell(const struct bt_cell *a, const struct bt_cell *b)
{
	return a->ch == b->ch && a->mark == b->mark && a->style == b->style;
}

static void send_row(const struct bt_term *term, const struct bt_grid *grid, int y)
{
	const struct bt_cell *row = &grid->cells[y * grid->w],
			     *old = &term->shown.cells[y * grid->w];
	int x;

	for (x = 0; x < grid->w; x++) {
		if (row[x].ch == 0)
			continue;
		/* A wide character is sent anew when its right half changes. */
		if (!same_cell(&row[x], &old[x]) ||
			(x + 1 < grid->w && row[x + 1].ch == 0 && old[x + 1].ch != 0))
			send_cell(term, x, y, &row[x]);
	}
}

static bool same_text(const struct bt_grid *a, int ya, const struct bt_grid *b, int yb)
{
	int x;

	for (x = 0; x < a->w; x++)
		if (a->cells[ya * a->w + x].ch != b->cells[yb * b->w + x].ch)
			return false;
	return true;
}

/*
 * True when text moves from a row to another one. curses would scroll a part of the screen then, if more rows moved with it;
 * there are terminals that cannot although terminfo says so.
 */
static bool text_moves(const struct bt_grid *from, const struct bt_grid *to)
{
	int y, other;

	for (y = 0; y < to->h; y++) {
		if (same_text(to, y, from, y))
			continue;
		for (other = 0; other < to->h; other++)
			if (same_text(to, y, from, other) && !same_text(to, other, from, other))
				return true;
	}
	return false;
}

/* A row that changes alone did not move: the row that it may be equal to is still there. */
static void send_rows(const struct bt_term *term, const struct bt_grid *grid, bool one_by_one)
{
	int y;

	for (y = 0; y < BT_MIN(grid->h, LINES); y++) {
		send_row(term, grid, y);
		if (one_by_one)
			refresh();
	}
	if (!one_by_one)
		refresh();
}

void bt_term_show(struct bt_term *term, const struct bt_grid *grid)
{
	struct bt_grid *shown = &term->shown;

	if (!shown->cells || shown->w != grid->w || shown->h != grid->h) {
		bt_grid_fini(shown);
		if (bt_grid_init(shown, grid->w, grid->h, grid->ascii, NULL) < 0)
			return;
		erase();
		clearok(curscr, TRUE);
	}
	send_rows(term, grid, text_moves(shown, grid));
	memcpy(shown->cells, grid->cells, (size_t)grid->w * (size_t)grid->h * sizeof(*grid->cells));
}

int bt_term_wait(struct bt_term *term, int fd, int timeout_ms, struct bt_err *err)
{
	struct pollfd fds[] = { { STDIN_FILENO, POLLIN, 0 }, { STDOUT_FILENO, 0, 0 },
		{ fd, POLLIN, 0 } };
	const int gone = POLLHUP | POLLERR | POLLNVAL;

	(void)term;
	if (poll(fds, fd < 0 ? 2 : 3, timeout_ms) < 0)
		return errno == EINTR ? 1 : bt_fail(err, -EIO, "terminal: %s", strerror(errno));
	if ((fds[0].revents | fds[1].revents) & gone)
		return bt_fail(err, -EIO, "the terminal has gone");
	return (fds[0].revents & POLLIN) != 0;
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
	};
	size_t i;

	for (i = 0; i < BT_LEN(keys); i++)
		if (keys[i].curses == ch)
			return keys[i].key;
	return 0;
}

int bt_term_key(struct bt_term *term)
{
	wint_t ch;
	int rc, key;

	while ((rc = get_wch(&ch)) != ERR) {
		if (rc == KEY_CODE_YES && ch == KEY_RESIZE)
			term->changed = true;
		key = rc == KEY_CODE_YES ? translate((int)ch) : (int)ch;
		if (rc == OK && (ch == '\r' || ch == '\n'))
			key = BT_KEY_ENTER;
		else if (rc == OK && ch == '\t')
			key = BT_KEY_TAB;
		else if (rc == OK && ch == 27)
			key = BT_KEY_ESC;
		else if (rc == OK && (ch == 127 || ch == '\b'))
			key = BT_KEY_BACKSPACE;
		if (key)
			return key;
	}
	return 0;
}

/* Gives the terminal back, stops as the terminal asked, and takes it again. */
static void suspend(void)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };

	def_prog_mode();
	endwin();
	sigemptyset(&dfl.sa_mask);
	sigaction(SIGTSTP, &dfl, NULL);
	raise(SIGTSTP);
	handle(SIGTSTP, &dfl);
	__atomic_fetch_or(&caught, CAUGHT_CONT, __ATOMIC_RELAXED);
}

bool bt_term_changed(struct bt_term *term)
{
	int signals = __atomic_exchange_n(&caught, 0, __ATOMIC_RELAXED);
	bool changed = term->changed;

	if (signals & CAUGHT_TSTP) {
		suspend();
		signals = __atomic_exchange_n(&caught, 0, __ATOMIC_RELAXED);
	}
	if (signals & CAUGHT_CONT) {
		reset_prog_mode();
		clearok(curscr, TRUE);
		changed = true;
	}
	term->changed = false;
	return changed;
}
