#include "ui/prompt.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "ui/view.h"

#define CTRL(letter) ((letter)&0x1f)

bool bt_prompt_open(struct bt_prompt *prompt, const char *label, const char *text,
	const struct bt_prompt_ops *ops)
{
	size_t len = strlen(text);

	if (len >= sizeof(prompt->text))
		return false;
	prompt->ops = ops;
	prompt->full = false;
	snprintf(prompt->label, sizeof(prompt->label), "%s", label);
	memcpy(prompt->text, text, len + 1);
	prompt->at = len;
	return true;
}

/* The place after the character at `at`, with the marks on it. */
static size_t after(const char *text, size_t at)
{
	const char *s = text + at, *mark;
	char one[8];

	if (bt_utf8_next(&s) == 0)
		return at;
	for (mark = s; *mark; mark = s) {
		bt_utf8_next(&s);
		snprintf(one, sizeof(one), "%.*s", (int)(s - mark), mark);
		if (bt_text_width(one) > 0)
			return (size_t)(mark - text);
	}
	return (size_t)(mark - text);
}

/* The place of the character before `at`. */
static size_t before(const char *text, size_t at)
{
	size_t i = 0, next;

	while ((next = after(text, i)) < at)
		i = next;
	return i;
}

static void cut(struct bt_prompt *p, size_t from, size_t to)
{
	memmove(p->text + from, p->text + to, strlen(p->text + to) + 1);
	p->at = from;
}

static size_t word_before(const struct bt_prompt *p)
{
	size_t at = p->at;

	while (at > 0 && p->text[at - 1] == ' ')
		at--;
	while (at > 0 && p->text[at - 1] != ' ')
		at--;
	return at;
}

/*
 * Ignores characters that a terminal cannot show as typed, and those without room; the line reports
 * the latter.
 */
static bool insert(struct bt_prompt *p, int ch)
{
	char bytes[5], *end = ch > 0 && ch <= 0x10ffff ? bt_utf8_put(bytes, (uint32_t)ch) : bytes;
	size_t n = (size_t)(end - bytes), len = strlen(p->text);
	const char *check = bytes;

	*end = '\0';
	if (n == 0 || bt_utf8_next(&check) != (uint32_t)ch || ch < ' ' || (ch >= 0x7f && ch < 0xa0))
		return false;
	p->full = len + n >= sizeof(p->text);
	if (p->full)
		return false;
	memmove(p->text + p->at + n, p->text + p->at, len - p->at + 1);
	memcpy(p->text + p->at, bytes, n);
	p->at += n;
	return true;
}

/* True when the text has changed. */
static bool edit(struct bt_prompt *p, int ch)
{
	size_t len = strlen(p->text);

	p->full = false;
	switch (ch) {
	case BT_KEY_LEFT:
		p->at = before(p->text, p->at);
		break;
	case BT_KEY_RIGHT:
		p->at = after(p->text, p->at);
		break;
	case BT_KEY_HOME:
	case CTRL('a'):
		p->at = 0;
		break;
	case BT_KEY_END:
	case CTRL('e'):
		p->at = len;
		break;
	case BT_KEY_BACKSPACE:
		cut(p, before(p->text, p->at), p->at);
		break;
	case BT_KEY_DELETE:
		cut(p, p->at, after(p->text, p->at));
		break;
	case CTRL('u'):
		cut(p, 0, p->at);
		break;
	case CTRL('w'):
		cut(p, word_before(p), p->at);
		break;
	default:
		return insert(p, ch);
	}
	return strlen(p->text) != len;
}

/* A hook may open the next line. */
static void accept(struct bt_screen *screen)
{
	struct bt_prompt *p = &screen->prompt, mine = *p;

	p->ops = NULL;
	if (mine.ops->accept && !mine.ops->accept(screen, mine.text))
		*p = mine;
}

void bt_prompt_key(struct bt_screen *screen, int ch)
{
	struct bt_prompt *p = &screen->prompt;
	const struct bt_prompt_ops *ops = p->ops;

	assert(ops);
	if (ch == BT_KEY_ENTER) {
		accept(screen);
	} else if (ch == BT_KEY_ESC) {
		p->ops = NULL;
		if (ops->cancel)
			ops->cancel(screen);
	} else if (edit(p, ch) && ops->change) {
		ops->change(screen);
	}
}

static int width_to(const struct bt_prompt *p, size_t from, size_t to)
{
	const char *at = p->text + from;
	int width = 0;

	while (at < p->text + to) {
		const char *begin = at;
		char one[8];

		bt_utf8_next(&at);
		snprintf(one, sizeof(one), "%.*s", (int)(at - begin), begin);
		width += bt_text_width(one);
	}
	return width;
}

/* The first visible character: from there to the cursor takes at most `room` columns. */
static size_t first_shown(const struct bt_prompt *p, int room)
{
	size_t from = p->at, before;

	for (; from > 0; from = before) {
		before = from - 1;
		while (before > 0 && ((unsigned char)p->text[before] & 0xc0) == 0x80)
			before--;
		if (width_to(p, before, p->at) >= room)
			break;
	}
	return from;
}

/* The cell under the cursor is shown in reverse: a blank behind the text. */
static void draw_cursor(struct bt_grid *grid, struct bt_rect r, int x)
{
	struct bt_cell *cell = bt_grid_at(grid, r, x, 0);

	if (cell)
		cell->style |= BT_REVERSE;
}

void bt_prompt_draw(struct bt_grid *grid, struct bt_rect row, const struct bt_prompt *p)
{
	const char *hint = p->full ? "no room for more text" : "Enter ok   Esc cancel";
	int x = bt_grid_fit(grid, row, 1, 0, row.w / 3, BT_ACCENT | BT_BOLD, p->label) + 3;
	struct bt_rect text = { row.x + x, row.y, BT_MAX(row.w - x - 1, 0), row.h };
	size_t from;

	if (text.w > 50) {
		bt_grid_right(grid, row, row.w - 1, 0, p->full ? BT_WARN : BT_DIM, hint);
		text.w -= bt_text_width(hint) + 2;
	}
	from = first_shown(p, text.w);
	bt_grid_put(grid, text, 0, 0, BT_TEXT_PLAIN, p->text + from);
	draw_cursor(grid, text, width_to(p, from, p->at));
}
