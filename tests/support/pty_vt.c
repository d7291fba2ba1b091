/* What the terminal does with what it is sent. */
#include "pty_vt.h"

#include "base/base.h"
#include "cm.h"

static void erase(struct pty_run *run, int y, int from, int to)
{
	for (int x = BT_MAX(from, 0); x < BT_MIN(to, run->w) && y >= 0 && y < run->h; x++)
		run->cells[y][x] = ' ';
}

static void line_feed(struct pty_run *run)
{
	if (run->y < run->h - 1) {
		run->y++;
		return;
	}
	memmove(run->cells[0], run->cells[1], sizeof(run->cells[0]) * (size_t)run->y);
	erase(run, run->y, 0, run->w);
}

static void put(struct pty_run *run, uint32_t ch)
{
	if (run->wraps) {
		run->x = 0;
		line_feed(run);
	}
	run->cells[run->y][run->x] = ch;
	run->wraps = run->x == run->w - 1;
	run->x += !run->wraps;
}

static void go(struct pty_run *run, int x, int y)
{
	run->x = BT_MAX(BT_MIN(x, run->w - 1), 0);
	run->y = BT_MAX(BT_MIN(y, run->h - 1), 0);
	run->wraps = false;
}

static void shift_row(struct pty_run *run, int n)
{
	uint32_t *row = run->cells[run->y];
	int rest = run->w - run->x, by = BT_MIN(n < 0 ? -n : n, rest);

	if (n > 0) {
		memmove(row + run->x + by, row + run->x, sizeof(*row) * (size_t)(rest - by));
		erase(run, run->y, run->x, run->x + by);
	} else {
		memmove(row + run->x, row + run->x + by, sizeof(*row) * (size_t)(rest - by));
		erase(run, run->y, run->w - by, run->w);
	}
}

static void erase_line(struct pty_run *run, int what)
{
	erase(run, run->y, what == 0 ? run->x : 0, what == 1 ? run->x + 1 : run->w);
}

static void erase_screen(struct pty_run *run, int what)
{
	if (what < 2)
		erase_line(run, what);
	for (int y = what == 0 ? run->y + 1 : 0; y < (what == 1 ? run->y : run->h); y++)
		erase(run, y, 0, run->w);
}

static void set_mode(struct pty_run *run, int mode, bool on)
{
	if (mode == 1049 && on != run->alternate) {
		run->alternate = on;
		erase_screen(run, 2);
	} else if (mode == 25) {
		run->hidden = !on;
	} else if (mode == 1) {
		run->keypad = on;
	} else if (mode == 1000) {
		run->mouse = on;
	}
}

static void set_modes(struct pty_run *run, const int arg[], int n, bool on)
{
	for (int i = 0; i < n; i++)
		set_mode(run, arg[i], on);
}

static void note_colours(struct pty_run *run, const int arg[], int n)
{
	for (int i = 0; i < n; i++)
		run->rgb += arg[i] == 38 && i + 1 < n && arg[i + 1] == 2;
	for (int i = 0; i < n; i++)
		run->colours += (arg[i] >= 30 && arg[i] < 50) || (arg[i] >= 90 && arg[i] < 108);
}

#define ARGS 16

/* CSI sequences: ESC [ arguments final. */
static void obey(struct pty_run *run, char final, bool is_private, const int arg[ARGS], int n_args)
{
	int n = BT_MAX(arg[0], 1);

	switch (final) {
	case 'H':
		go(run, BT_MAX(arg[1], 1) - 1, n - 1);
		break;
	case 'A':
		go(run, run->x, run->y - n);
		break;
	case 'B':
		go(run, run->x, run->y + n);
		break;
	case 'C':
		go(run, run->x + n, run->y);
		break;
	case 'D':
		go(run, run->x - n, run->y);
		break;
	case 'G':
		go(run, n - 1, run->y);
		break;
	case 'd':
		go(run, run->x, n - 1);
		break;
	case 'J':
		erase_screen(run, arg[0]);
		break;
	case 'K':
		erase_line(run, arg[0]);
		break;
	case 'X':
		erase(run, run->y, run->x, run->x + n);
		break;
	case '@':
		shift_row(run, n);
		break;
	case 'P':
		shift_row(run, -n);
		break;
	case 'r':
		/* No part of the screen scrolls here: some terminals that call themselves xterm
		 * cannot. */
		assert_true(n == 1 && arg[1] == run->h);
		go(run, 0, 0);
		break;
	case 'h':
	case 'l':
		if (is_private)
			set_modes(run, arg, n_args, final == 'h');
		else
			assert_true(final == 'l' || arg[0] != 4); /* insert mode */
		break;
	case 'm':
		note_colours(run, arg, n_args);
		break;
	case 't': /* titles */
		break;
	default:
		fail_msg("the terminal does not know ESC [ … %c", final);
	}
}

static void parse_arguments(struct pty_run *run)
{
	int arg[ARGS] = { 0 }, n = 0;
	bool is_private = false;

	for (unsigned i = 2; i + 1 < run->n_seq; i++) {
		if (run->seq[i] == '?')
			is_private = true;
		else if (run->seq[i] == ';')
			n = BT_MIN(n + 1, ARGS - 1);
		else if (run->seq[i] >= '0' && run->seq[i] <= '9')
			arg[n] = BT_MIN(arg[n] * 10 + run->seq[i] - '0', 9999);
	}
	obey(run, run->seq[run->n_seq - 1], is_private, arg, n + 1);
}

static void obey_escape(struct pty_run *run)
{
	switch (run->seq[1]) {
	case '7':
		run->saved_x = run->x;
		run->saved_y = run->y;
		break;
	case '8':
		go(run, run->saved_x, run->saved_y);
		break;
	case '(':
	case ')':
	case '=':
	case '>':
	case ']': /* titles and palettes */
		break;
	default:
		fail_msg("the terminal does not know ESC %c", run->seq[1]);
	}
}

static void control(struct pty_run *run, char c)
{
	if (c == '\r')
		go(run, 0, run->y);
	else if (c == '\n')
		line_feed(run);
	else if (c == '\b')
		go(run, run->x - 1, run->y);
	else if (c == '\t')
		go(run, run->x / 8 * 8 + 8, run->y);
}

/* True when seq is complete. */
static bool escape_ends(const struct pty_run *run)
{
	char c = run->seq[run->n_seq - 1];

	if (run->n_seq < 2)
		return false;
	if (run->seq[1] == '[')
		return run->n_seq > 2 && c >= 0x40 && c < 0x7f;
	if (run->seq[1] == ']')
		return c == '\a';
	return run->seq[1] == '(' || run->seq[1] == ')' ? run->n_seq == 3 : true;
}

/* The code point in seq, 0: not complete. */
static uint32_t character(const struct pty_run *run)
{
	unsigned char first = (unsigned char)run->seq[0];
	unsigned need = first < 0x80 ? 1 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
	uint32_t ch = need == 1 ? first : first & (0x7fu >> need);

	assert_true(first < 0x80 || first >= 0xc2);
	if (run->n_seq < need)
		return 0;
	for (unsigned i = 1; i < need; i++)
		ch = ch << 6 | ((unsigned char)run->seq[i] & 0x3fu);
	return ch;
}

void pty_vt_take(struct pty_run *run, char c)
{
	uint32_t ch;

	run->bytes++;
	run->not_ascii += (unsigned char)c >= 0x80;
	if (run->n_seq == 0 && (unsigned char)c < 0x20 && c != '\033') {
		control(run, c);
		return;
	}
	assert_true(run->n_seq < sizeof(run->seq));
	run->seq[run->n_seq++] = c;
	if (run->seq[0] == '\033') {
		if (!escape_ends(run))
			return;
		if (run->seq[1] == '[')
			parse_arguments(run);
		else
			obey_escape(run);
	} else {
		ch = character(run);
		if (!ch)
			return;
		put(run, ch);
	}
	run->n_seq = 0;
}
