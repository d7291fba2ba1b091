#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define JOINER      0x200du
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

struct span {
	uint32_t from, to;
};

/* Unicode's Default_Ignorable_Code_Point, control characters, line and bidirectional controls,
 * noncharacters. */
static const struct span hidden[] = {
	{ 0x0001, 0x001f }, { 0x007f, 0x009f }, { 0x00ad, 0x00ad }, /* soft hyphen */
	{ 0x034f, 0x034f },                                         /* combining grapheme joiner */
	{ 0x061c, 0x061c },                                         /* Arabic letter mark */
	{ 0x115f, 0x1160 },                                         /* Hangul fillers */
	{ 0x17b4, 0x17b5 },   /* Khmer vowels without a sign */
	{ 0x180b, 0x180f },   /* Mongolian selectors and separator */
	{ 0x200b, 0x200f },   /* zero-width space, joiners, marks of direction */
	{ 0x2028, 0x202e },   /* separators, embeddings, overrides */
	{ 0x2060, 0x206f },   /* word joiner, isolates */
	{ 0x3164, 0x3164 },   /* Hangul filler */
	{ 0xfdd0, 0xfdef },   /* noncharacters */
	{ 0xfe00, 0xfe0f },   /* variation selectors */
	{ 0xfeff, 0xfeff },   /* byte order mark */
	{ 0xffa0, 0xffa0 },   /* halfwidth Hangul filler */
	{ 0xfff0, 0xfffb },   /* interlinear annotation */
	{ 0x1bca0, 0x1bca3 }, /* shorthand controls */
	{ 0x1d173, 0x1d17a }, /* musical beams and slurs */
	{ 0xe0000, 0xe0fff }, /* tags, selectors */
};

static bool is_hidden(uint32_t ch)
{
	if (ch < 0x7f)
		return ch < 0x20;
	for (size_t i = 0; i < BT_LEN(hidden) && ch >= hidden[i].from; i++)
		if (ch <= hidden[i].to)
			return true;
	return (ch & 0xfffe) == 0xfffe || ch >= BT_UTF8_BYTE;
}

static bool is_selector(uint32_t ch)
{
	return (ch >= 0xfe00 && ch <= 0xfe0f) || (ch >= 0x180b && ch <= 0x180d) || ch == 0x180f ||
		(ch >= 0xe0100 && ch <= 0xe01ef);
}

/* What a selector can vary: a character beyond ASCII, and the digits and signs of keycaps. */
static bool is_variable(uint32_t ch)
{
	return (ch >= '0' && ch <= '9') || ch == '#' || ch == '*' || (ch >= 0xa0 && !is_hidden(ch));
}

/* Symbols and emoji, or what may stand between one and a joiner: a selector, a colour of skin. */
static bool is_emoji(uint32_t ch)
{
	return (ch >= 0x2190 && ch <= 0x2bff) || (ch >= 0x1f000 && ch <= 0x1faff) || ch == 0xfe0f;
}

/* Bytes of a sequence by its first byte; 0: none begins so. */
static unsigned length_of(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first >= 0xf5)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
}

uint32_t bt_utf8_next(const char **text)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *s = (const unsigned char *)*text;
	unsigned len, i;
	uint32_t ch;

	if (!s[0])
		return 0;
	len = length_of(s[0]);
	++*text;
	if (len == 0)
		return BT_UTF8_BYTE | s[0];
	if (len == 1)
		return s[0];
	ch = s[0] & (0x7fu >> len);
	for (i = 1; i < len; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return BT_UTF8_BYTE | s[0];
		ch = ch << 6 | (s[i] & 0x3f);
	}
	if (ch < least[len] || ch > 0x10ffff || (ch >= 0xd800 && ch < 0xe000))
		return BT_UTF8_BYTE | s[0];
	*text += len - 1;
	return ch;
}

char *bt_utf8_put(char *out, uint32_t ch)
{
	if (ch < 0x80) {
		*out++ = (char)ch;
		return out;
	}
	if (ch < 0x800) {
		*out++ = (char)(0xc0 | ch >> 6);
	} else if (ch < 0x10000) {
		*out++ = (char)(0xe0 | ch >> 12);
		*out++ = (char)(0x80 | (ch >> 6 & 0x3f));
	} else {
		*out++ = (char)(0xf0 | ch >> 18);
		*out++ = (char)(0x80 | (ch >> 12 & 0x3f));
		*out++ = (char)(0x80 | (ch >> 6 & 0x3f));
	}
	*out++ = (char)(0x80 | (ch & 0x3f));
	return out;
}

bool bt_utf8_valid(const char *text, size_t n)
{
	const char *end = text + n;

	while (text < end) {
		char one[5] = { 0 };
		const char *at = one;
		uint32_t ch;

		/* The text need not end in a NUL. */
		memcpy(one, text, BT_MIN((size_t)(end - text), 4));
		ch = bt_utf8_next(&at);
		if (ch >= BT_UTF8_BYTE)
			return false;
		text += ch ? at - one : 1;
	}
	return true;
}

size_t bt_utf8_cut(const char *text, size_t most)
{
	const char *at = text, *before = text;

	while ((size_t)(at - text) <= most) {
		before = at;
		if (!bt_utf8_next(&at))
			break;
	}
	return (size_t)(before - text);
}

size_t bt_utf8_whole(const char *text, size_t n)
{
	size_t at = n;

	while (at > 0 && n - at < 3 && ((unsigned char)text[at - 1] & 0xc0) == 0x80)
		at--;
	return at > 0 && length_of((unsigned char)text[at - 1]) > n - at + 1 ? at - 1 : n;
}

/* As bt_utf8_next, but never reads past the end. */
static uint32_t next_before(const char **at, const char *end)
{
	char few[4] = { 0 };
	const char *p = few;
	uint32_t ch;

	if (!end || end - *at >= 4)
		return bt_utf8_next(at);
	memcpy(few, *at, (size_t)(end - *at));
	ch = bt_utf8_next(&p);
	*at += p - few;
	return ch;
}

uint32_t bt_text_next(struct bt_text *t)
{
	uint32_t ch = next_before(&t->at, t->end);
	const char *next = t->at;

	t->hidden = ch && is_hidden(ch);
	if (ch == JOINER)
		t->hidden = !is_emoji(t->before) || !is_emoji(next_before(&next, t->end));
	else if (t->hidden && is_selector(ch))
		t->hidden = !is_variable(t->before);
	t->before = ch;
	return ch;
}

char *bt_text_escape(char out[BT_VISIBLE_MAX], uint32_t ch)
{
	static const char letters[] = { '\n', 'n', '\r', 'r', '\t', 't' };

	for (size_t i = 0; i < sizeof(letters); i += 2)
		if (ch == (uint32_t)letters[i]) {
			snprintf(out, BT_VISIBLE_MAX, "\\%c", letters[i + 1]);
			return out;
		}
	if (ch >= BT_UTF8_BYTE || ch < 0x80)
		snprintf(out, BT_VISIBLE_MAX, "\\x%02x", (unsigned)(ch & 0xff));
	else if (ch < 0x10000)
		snprintf(out, BT_VISIBLE_MAX, "\\u%04x", (unsigned)ch);
	else
		snprintf(out, BT_VISIBLE_MAX, "\\U%08x", (unsigned)ch);
	return out;
}

/* The next character in bytes that can be shown; 0 at the end. */
static size_t next_visible(char out[BT_VISIBLE_MAX], struct bt_text *t)
{
	uint32_t ch = bt_text_next(t);

	if (!ch)
		return 0;
	if (t->hidden)
		return strlen(bt_text_escape(out, ch));
	return (size_t)(bt_utf8_put(out, ch) - out);
}

char *bt_text_visible(const char *text)
{
	char *copy = malloc(strlen(text) * 4 + 1), *out = copy; /* \xff: four bytes for one */
	struct bt_text t = { .at = text };
	char one[BT_VISIBLE_MAX];
	size_t n;

	if (!copy)
		return NULL;
	while ((n = next_visible(one, &t)) > 0) {
		memcpy(out, one, n);
		out += n;
	}
	*out = '\0';
	return copy;
}

char *bt_text_utf8(const char *text)
{
	char *copy = malloc(strlen(text) * 3 + 1), *out = copy;
	uint32_t ch;

	if (!copy)
		return NULL;
	while ((ch = bt_utf8_next(&text)) != 0) {
		if (ch < BT_UTF8_BYTE) {
			out = bt_utf8_put(out, ch);
		} else {
			memcpy(out, REPLACEMENT, 3);
			out += 3;
		}
	}
	*out = '\0';
	return copy;
}

int bt_char_width(uint32_t ch)
{
	int w = ch < 0x7f ? 1 : wcwidth((wchar_t)ch);

	return w < 0 ? 1 : w; /* a locale without it: the terminal shows one cell of something */
}

int bt_text_columns_of(struct bt_text t)
{
	char escape[BT_VISIBLE_MAX];
	uint32_t ch;
	int sum = 0;

	while ((ch = bt_text_next(&t)) != 0)
		sum += t.hidden ? (int)strlen(bt_text_escape(escape, ch)) : bt_char_width(ch);
	return sum;
}

int bt_text_columns(const char *text)
{
	return bt_text_columns_of((struct bt_text){ .at = text });
}
