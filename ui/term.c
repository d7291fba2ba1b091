#define NCURSES_WIDECHAR 1
#include "ui/term_impl.h"

#include <curses.h>
#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "base/stop.h"

#include <term.h> /* last: it has macros with everyday names */

/* Bits set by handlers, which may run in any thread; taken by the main thread in
 * bt_term_changed. */
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

static bool says(const char *name, const char *value)
{
	const char *is = getenv(name);

	return is && (!value || strcmp(is, value) == 0);
}

/* GNU screen does not know 24-bit colours, whatever the terminal around it has said. */
static bool has_rgb(void)
{
	const char *type = getenv("TERM");

	if (max_colors < 256 || (strncmp(type, "screen", 6) == 0 && !says("TMUX", NULL)))
		return false;
	return says("COLORTERM", "truecolor") || says("COLORTERM", "24bit");
}

static enum bt_palette find_palette(void)
{
	const char *no_color = getenv("NO_COLOR");

	if ((no_color && *no_color) || max_colors < 8)
		return BT_MONO;
	if (has_rgb())
		return BT_COLOURS_RGB;
	return max_colors >= 256 ? BT_COLOURS_256 : max_colors >= 16 ? BT_COLOURS_16 : BT_COLOURS_8;
}

/* What gives the terminal back when the program ends without a word to curses. */
static struct {
	struct termios modes;
	char bytes[4 * BT_CAP_MAX];
	size_t n;
} before;

static void give_back(void)
{
	struct pollfd p = { .fd = STDOUT_FILENO, .events = POLLOUT };

	if (poll(&p, 1, 0) > 0 && (p.revents & POLLOUT))
		(void)!write(STDOUT_FILENO, before.bytes, before.n);
	tcsetattr(STDIN_FILENO, TCSANOW, &before.modes);
}

static void note_before(const struct bt_term *term)
{
	static const char *const names[] = { "sgr0", "rmkx", "rmcup", "cnorm" };

	before.n = 0;
	if (term->with_mouse) /* what curses says to terminals that know the mouse */
		before.n = (size_t)snprintf(before.bytes, sizeof(before.bytes), "\033[?1006;1000l");
	for (size_t i = 0; i < BT_LEN(names); i++) {
		const char *text = tigetstr(names[i]);
		size_t n = text && text != (const char *)-1 ? strlen(text) : 0;

		if (n && n <= sizeof(before.bytes) - before.n) {
			memcpy(before.bytes + before.n, text, n);
			before.n += n;
		}
	}
	if (tcgetattr(STDIN_FILENO, &before.modes) == 0)
		bt_stop_give_back(give_back);
}

static void prepare_input(struct bt_term *term)
{
	cbreak();
	noecho();
	nonl();
	curs_set(0);
	set_escdelay(25);
	keypad(stdscr, TRUE);
	nodelay(stdscr, TRUE);
	leaveok(stdscr, TRUE);
	bt_term_listen(term);
}

/* newterm checks this too, but leaks memory, and draws on a type without a cursor. */
static int check_type(struct bt_err *err)
{
	const char *type = getenv("TERM"), *move;
	bool moves;
	int answer;

	if (setupterm(NULL, STDOUT_FILENO, &answer) == ERR)
		return bt_fail(err, -ENOTSUP, "terminal type \"%s\" (TERM) is not known here",
			type ? type : "");
	move = tigetstr("cup");
	moves = move && move != (const char *)-1 && *move;
	del_curterm(cur_term);
	return moves ? 0
		     : bt_fail(err, -ENOTSUP,
			       "terminal type \"%s\" (TERM) cannot move its cursor, which the "
			       "dashboard needs",
			       type ? type : "");
}

int bt_term_open(struct bt_term **out, const struct bt_manners *manners, struct bt_err *err)
{
	struct bt_term *term;
	int r;

	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return bt_fail(err, -ENOTTY,
			"the dashboard needs a terminal on standard input and output");
	r = check_type(err);
	if (r < 0)
		return r;
	term = calloc(1, sizeof(*term));
	if (!term)
		return bt_oom(err, "terminal");
	/* Ours first: curses leaves signals alone that somebody handles. */
	handle(SIGTSTP, &term->old_tstp);
	handle(SIGCONT, &term->old_cont);
	term->screen = newterm(NULL, stdout, stdin);
	if (!term->screen) {
		sigaction(SIGTSTP, &term->old_tstp, NULL);
		sigaction(SIGCONT, &term->old_cont, NULL);
		free(term);
		return bt_fail(err, -ENOMEM, "terminal: curses could not be started");
	}
	term->theme = manners->theme;
	term->with_mouse = manners->mouse;
	term->ascii = manners->ascii || needs_ascii();
	term->palette = find_palette();
	/* Nothing was sent so far; modes are as they were, and a signal to stop does what it always
	 * does. */
	reset_shell_mode();
	sigaction(SIGTSTP, &term->old_tstp, NULL);
	sigaction(SIGCONT, &term->old_cont, NULL);
	if (bt_paint_init(term, COLS, LINES, err) < 0) {
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
	note_before(term);
	reset_prog_mode();
	prepare_input(term);
}

/* curses gives back as many lines as it knows of: a new size that it has not been told yet would
 * leave some that do not scroll. */
static void leave_screen(void)
{
	struct winsize size;

	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_row && size.ws_col &&
		is_term_resized(size.ws_row, size.ws_col))
		resizeterm(size.ws_row, size.ws_col);
	endwin();
}

void bt_term_close(struct bt_term *term)
{
	if (!term)
		return;
	if (term->started) {
		leave_screen();
		bt_stop_give_back(NULL);
		sigaction(SIGTSTP, &term->old_tstp, NULL);
		sigaction(SIGCONT, &term->old_cont, NULL);
	}
	delscreen(term->screen);
	bt_paint_fini(&term->paint);
	free(term);
}

void bt_term_pause(struct bt_term *term)
{
	def_prog_mode();
	leave_screen();
	bt_stop_give_back(NULL);
	sigaction(SIGTSTP, &term->old_tstp, NULL);
	sigaction(SIGCONT, &term->old_cont, NULL);
}

void bt_term_resume(struct bt_term *term)
{
	handle(SIGTSTP, &term->old_tstp);
	handle(SIGCONT, &term->old_cont);
	bt_stop_give_back(give_back);
	reset_prog_mode();
	flushinp();
	term->changed = term->paint.whole = true;
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

void bt_term_show(struct bt_term *term, const struct bt_grid *grid)
{
	bt_paint(term, grid);
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

/* Gives the terminal back, stops as the terminal asked, and takes it again. */
static void suspend(void)
{
	struct sigaction dfl = { .sa_handler = SIG_DFL };

	def_prog_mode();
	leave_screen();
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
		term->paint.whole = true;
		changed = true;
	}
	term->changed = false;
	return changed;
}
