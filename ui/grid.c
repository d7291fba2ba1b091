#include "ui/grid.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* What stands in for a character that a terminal without UTF-8 cannot show. The first match
 * counts. */
static const struct {
	uint32_t from, to;
	char ascii;
} stand_ins[] = {
	{ 0x00b1, 0x00b1, '~' }, /* ± */
	{ 0x00b5, 0x00b5, 'u' }, /* µ */
	{ 0x00b7, 0x00b7, '-' }, /* · */
	{ 0x00d7, 0x00d7, 'x' }, /* × */
	{ 0x00f7, 0x00f7, '/' }, /* ÷ */
	{ 0x2013, 0x2014, '-' }, /* dashes */
	{ 0x2016, 0x2016, '=' }, /* ‖ */
	{ 0x2022, 0x2022, '*' }, /* • */
	{ 0x2026, 0x2026, '~' }, /* … */
	{ 0x2190, 0x2190, '<' }, /* ← */
	{ 0x2191, 0x2191, '^' }, /* ↑ */
	{ 0x2192, 0x2192, '>' }, /* → */
	{ 0x2193, 0x2193, 'v' }, /* ↓ */
	{ 0x2265, 0x2265, '>' }, /* ≥ */
	{ 0x2500, 0x2500, '-' }, /* ─ */
	{ 0x2501, 0x2501, '=' }, /* ━ */
	{ 0x2502, 0x2502, '|' }, /* │ */
	{ 0x250a, 0x250a, ':' }, /* ┊ */
	{ 0x2578, 0x2578, '>' }, /* ╸ */
	{ 0x254c, 0x254c, '-' }, /* ╌ */
	{ 0x2500, 0x257f, '+' }, /* other lines */
	{ 0x2580, 0x2590, '#' }, /* blocks */
	{ 0x2591, 0x2593, '.' }, /* shades */
	{ 0x25a0, 0x25a0, '#' }, /* ■ */
	{ 0x25b2, 0x25b2, '^' }, /* ▲ */
	{ 0x25b6, 0x25b6, '>' }, /* ▶ */
	{ 0x25bc, 0x25bc, 'v' }, /* ▼ */
	{ 0x25cf, 0x25cf, '*' }, /* ● */
	{ 0x2714, 0x2714, '+' }, /* ✔ */
	{ 0x2716, 0x2716, 'x' }, /* ✖ */
};

static uint32_t ascii_of(uint32_t ch)
{
	size_t i;

	for (i = 0; i < BT_LEN(stand_ins); i++)
		if (ch >= stand_ins[i].from && ch <= stand_ins[i].to)
			return (uint32_t)stand_ins[i].ascii;
	return '?';
}

/* The next character as a cell shows it, and its columns: -1: none, 0: a mark on the one before. */
static uint32_t next_cell(struct bt_text *t, int *w)
{
	uint32_t ch = bt_text_next(t);

	if (t->hidden)
		ch = '?';
	/* Emoji that are joined take cells of their own: how wide one of several is, each terminal
	 * decides. */
	*w = ch == 0x200d ? -1 : bt_char_width(ch);
	return ch;
}

int bt_text_width(const char *text)
{
	struct bt_text t = { .at = text };
	int w, sum = 0;

	while (next_cell(&t, &w) != 0)
		sum += BT_MAX(w, 0);
	return sum;
}

int bt_grid_init(struct bt_grid *grid, int w, int h, bool ascii, struct bt_err *err)
{
	grid->w = BT_MAX(w, 1);
	grid->h = BT_MAX(h, 1);
	grid->ascii = ascii;
	grid->cells = malloc((size_t)grid->w * (size_t)grid->h * sizeof(*grid->cells));
	if (!grid->cells)
		return bt_oom(err, "screen of %dx%d", grid->w, grid->h);
	bt_grid_clear(grid);
	return 0;
}

void bt_grid_fini(struct bt_grid *grid)
{
	free(grid->cells);
	grid->cells = NULL;
}

void bt_grid_clear(struct bt_grid *grid)
{
	int i;

	for (i = 0; i < grid->w * grid->h; i++)
		grid->cells[i] = (struct bt_cell){ .ch = ' ' };
}

struct bt_rect bt_rect_meet(struct bt_rect a, struct bt_rect b)
{
	int x = BT_MAX(a.x, b.x), y = BT_MAX(a.y, b.y);
	int x2 = BT_MIN(a.x + a.w, b.x + b.w), y2 = BT_MIN(a.y + a.h, b.y + b.h);

	return (struct bt_rect){ x, y, BT_MAX(x2 - x, 0), BT_MAX(y2 - y, 0) };
}

struct bt_rect bt_rect_inset(struct bt_rect r, int dx, int dy)
{
	return (struct bt_rect){ r.x + dx, r.y + dy, BT_MAX(r.w - 2 * dx, 0),
		BT_MAX(r.h - 2 * dy, 0) };
}

struct bt_cell *bt_grid_at(struct bt_grid *grid, struct bt_rect r, int x, int y)
{
	if (x < 0 || y < 0 || x >= r.w || y >= r.h)
		return NULL;
	x += r.x;
	y += r.y;
	if (x < 0 || y < 0 || x >= grid->w || y >= grid->h)
		return NULL;
	return &grid->cells[y * grid->w + x];
}

/* Blanks the other half of a wide character that is about to be overwritten in part. */
static void split_wide(struct bt_grid *grid, struct bt_cell *cell)
{
	int x = (int)((cell - grid->cells) % grid->w);

	if (cell->ch == 0 && x > 0)
		cell[-1] = (struct bt_cell){ .ch = ' ', .style = cell[-1].style };
	if (x + 1 < grid->w && cell[1].ch == 0)
		cell[1] = (struct bt_cell){ .ch = ' ', .style = cell[1].style };
}

static void set_cell(struct bt_grid *grid, struct bt_cell *cell, unsigned style, uint32_t ch)
{
	split_wide(grid, cell);
	*cell = (struct bt_cell){ .ch = ch, .style = (uint16_t)style };
}

void bt_grid_set(struct bt_grid *grid, struct bt_rect r, int x, int y, unsigned style, uint32_t ch)
{
	struct bt_cell *cell = bt_grid_at(grid, r, x, y);

	if (cell)
		set_cell(grid, cell, style, grid->ascii && ch > 0x7e ? ascii_of(ch) : ch);
}

static void set_wide(
	struct bt_grid *grid, struct bt_rect r, int x, int y, unsigned style, uint32_t ch)
{
	struct bt_cell *left = bt_grid_at(grid, r, x, y), *right = bt_grid_at(grid, r, x + 1, y);

	if (left)
		set_cell(grid, left, style, left && right ? ch : ' ');
	if (right)
		set_cell(grid, right, style, ' ');
	if (left && right) {
		left->ch = ch;
		right->ch = 0;
	}
}

static int put(
	struct bt_grid *grid, struct bt_rect r, int x, int y, unsigned style, struct bt_text t)
{
	struct bt_cell *cell;
	uint32_t ch;
	int w;

	while ((ch = next_cell(&t, &w)) != 0) {
		if (w == 0 && !grid->ascii) {
			cell = bt_grid_at(grid, r, x - 1, y);
			if (cell && cell->ch)
				cell->mark = ch;
		}
		if (w == 1)
			bt_grid_set(grid, r, x, y, style, ch);
		else if (w == 2 && grid->ascii)
			bt_grid_put(grid, r, x, y, style, "??");
		else if (w == 2)
			set_wide(grid, r, x, y, style, ch);
		x += BT_MAX(w, 0);
	}
	return x;
}

int bt_grid_put(
	struct bt_grid *grid, struct bt_rect r, int x, int y, unsigned style, const char *text)
{
	return put(grid, r, x, y, style, (struct bt_text){ .at = text });
}

int bt_grid_printf(
	struct bt_grid *grid, struct bt_rect r, int x, int y, unsigned style, const char *fmt, ...)
{
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	return bt_grid_put(grid, r, x, y, style, text);
}

void bt_grid_right(
	struct bt_grid *grid, struct bt_rect r, int end, int y, unsigned style, const char *text)
{
	bt_grid_put(grid, r, end - bt_text_width(text), y, style, text);
}

int bt_grid_fit(struct bt_grid *grid, struct bt_rect r, int x, int y, int room, unsigned style,
	const char *text)
{
	struct bt_rect part = { r.x, r.y, BT_MIN(r.w, x + room), r.h };
	int end;

	if (part.w <= x)
		return 0;
	end = bt_grid_put(grid, part, x, y, style, text);
	if (end <= part.w)
		return end - x;
	bt_grid_set(grid, part, part.w - 1, y, style, 0x2026);
	return part.w - x;
}

/* The bytes of text that fit into `room` columns, up to a space where there is one. */
static size_t line_bytes(const char *text, int room)
{
	struct bt_text t = { .at = text };
	const char *before, *space = NULL;
	uint32_t ch;
	int used = 0, w;

	for (;;) {
		before = t.at;
		ch = next_cell(&t, &w);
		if (ch == 0)
			return (size_t)(before - text);
		if (ch == ' ')
			space = before;
		used += BT_MAX(w, 0);
		if (used > room)
			break;
	}
	if (space && space > text)
		return (size_t)(space - text);
	return (size_t)((before > text ? before : t.at) - text);
}

int bt_grid_wrap(struct bt_grid *grid, struct bt_rect r, unsigned style, const char *text)
{
	size_t len;
	int y;

	if (r.w < 1)
		return 0;
	for (y = 0; y + 1 < r.h && *text; y++) {
		len = line_bytes(text, r.w);
		put(grid, r, 0, y, style, (struct bt_text){ .at = text, .end = text + len });
		text += len;
		while (*text == ' ')
			text++;
	}
	if (y + 1 == r.h && *text)
		bt_grid_fit(grid, r, 0, y++, r.w, style, text);
	return y;
}

void bt_grid_fill(struct bt_grid *grid, struct bt_rect r, unsigned style, uint32_t ch)
{
	int x, y;

	for (y = 0; y < r.h; y++)
		for (x = 0; x < r.w; x++)
			bt_grid_set(grid, r, x, y, style, ch);
}

struct bt_rect bt_grid_box(struct bt_grid *grid, struct bt_rect r, const char *title)
{
	int i, used;

	if (r.w < 4 || r.h < 3)
		return (struct bt_rect){ r.x, r.y, 0, 0 };
	for (i = 1; i < r.w - 1; i++) {
		bt_grid_set(grid, r, i, 0, BT_BORDER, 0x2500);
		bt_grid_set(grid, r, i, r.h - 1, BT_BORDER, 0x2500);
	}
	for (i = 1; i < r.h - 1; i++) {
		bt_grid_set(grid, r, 0, i, BT_BORDER, 0x2502);
		bt_grid_set(grid, r, r.w - 1, i, BT_BORDER, 0x2502);
	}
	bt_grid_set(grid, r, 0, 0, BT_BORDER, 0x256d);
	bt_grid_set(grid, r, r.w - 1, 0, BT_BORDER, 0x256e);
	bt_grid_set(grid, r, 0, r.h - 1, BT_BORDER, 0x2570);
	bt_grid_set(grid, r, r.w - 1, r.h - 1, BT_BORDER, 0x256f);
	if (title && r.w > 7) {
		used = bt_grid_fit(grid, r, 3, 0, r.w - 6, BT_TITLE | BT_BOLD, title);
		bt_grid_set(grid, r, 2, 0, BT_BORDER, ' ');
		bt_grid_set(grid, r, 3 + used, 0, BT_BORDER, ' ');
	}
	return bt_rect_inset(r, 2, 1);
}

char *bt_grid_text(const struct bt_grid *grid)
{
	char *text = malloc((size_t)grid->h * ((size_t)grid->w * 8 + 1) + 1), *out = text, *line;
	const struct bt_cell *cell = grid->cells;
	int x, y;

	if (!text)
		return NULL;
	for (y = 0; y < grid->h; y++) {
		line = out;
		for (x = 0; x < grid->w; x++, cell++) {
			if (cell->ch)
				out = bt_utf8_put(out, cell->ch);
			if (cell->mark)
				out = bt_utf8_put(out, cell->mark);
		}
		while (out > line && out[-1] == ' ')
			out--;
		*out++ = '\n';
	}
	*out = '\0';
	return text;
}
