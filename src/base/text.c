#include "base/text.h"

#include <stdlib.h>
#include <string.h>
#include <wchar.h>

#define JOINER      0x200du
#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

struct span {
	uint32_t from, to;
};

/* Unicode's Default_Ignorable_Code_Point, control characters, line and bidirectional controls, noncharacters. */
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

		memcpy(one, text,
			BT_MIN((size_t)(end - text), 4)); /* the text need not end in a NUL */
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

/* As bt_utf8_next, without a look behind the end. */
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

static int columns_of(struct bt_text t)
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
	return columns_of((struct bt_text){ .at = text });
}

/* Where formatted text goes: a stream, or a buffer. */
struct sink {
	FILE *file;
	enum bt_form form;
	char *buf;
	size_t size, n,
		last; /* last: the end of a character, with room for an ellipsis behind it */
	bool full;
};

/* Whole characters: what does not fit ends the text in a buffer. */
static void put(struct sink *sink, const char *bytes, size_t n)
{
	if (sink->file) {
		fwrite(bytes, 1, n, sink->file);
		return;
	}
	if (!sink->full && sink->n + n >= sink->size) {
		memcpy(sink->buf + sink->last, "\xe2\x80\xa6", 4);
		sink->full = true;
	}
	if (sink->full)
		return;
	memcpy(sink->buf + sink->n, bytes, n);
	sink->n += n;
	sink->buf[sink->n] = '\0';
	if (sink->n + 3 < sink->size)
		sink->last = sink->n;
}

static const struct {
	char ch;
	const char *as[BT_FORMS]; /* NULL: as it is, or its visible form */
} special[] = {
	{ '&', { NULL, "&amp;", "&amp;", "&amp;", NULL } },
	{ '<', { NULL, "&lt;", "&lt;", "&lt;", NULL } },
	{ '>', { NULL, "&gt;", "&gt;", "&gt;", NULL } },
	{ '"', { NULL, "&quot;", "&quot;", NULL, "\\\"" } },
	{ '\'', { NULL, "&apos;", "&apos;", NULL, NULL } },
	{ '\n', { NULL, "\n", "&#10;", "<br>", "\\n" } },
	{ '\r', { NULL, "&#13;", "&#13;", "<br>", NULL } },
	{ '\t', { NULL, "\t", "&#9;", "\t", NULL } },
	{ '\\', { NULL, NULL, NULL, "\\\\", "\\\\" } },
	{ '@', { NULL, NULL, NULL, "&#64;", NULL } }, /* else it calls somebody of that name */
	{ '`', { NULL, NULL, NULL, "\\`", NULL } },
	{ '*', { NULL, NULL, NULL, "\\*", NULL } },
	{ '_', { NULL, NULL, NULL, "\\_", NULL } },
	{ '[', { NULL, NULL, NULL, "\\[", NULL } },
	{ ']', { NULL, NULL, NULL, "\\]", NULL } },
	{ '|', { NULL, NULL, NULL, "\\|", NULL } },
	{ '~', { NULL, NULL, NULL, "\\~", NULL } },
	{ '#', { NULL, NULL, NULL, "\\#", NULL } },
};

static const char *escape_of(enum bt_form form, uint32_t ch)
{
	for (size_t i = 0; form != BT_FORM_PLAIN && i < BT_LEN(special); i++)
		if (ch == (uint32_t)special[i].ch)
			return special[i].as[form];
	return NULL;
}

/* One character, t past it. */
static void put_char(struct sink *sink, uint32_t ch, const struct bt_text *t)
{
	const char *as = escape_of(sink->form, ch);
	char one[BT_VISIBLE_MAX + 1];

	if (sink->form == BT_FORM_MARKDOWN && (ch == '\n' || ch == '\r')) {
		struct bt_text rest = *t;
		uint32_t next = bt_text_next(&rest);

		if (!next || next == '\n')
			return; /* the last line of a cell needs no break */
	}
	if (!as && t->hidden) {
		bt_text_escape(one + 1, ch);
		as = one + 1;
		if (escape_of(sink->form, '\\')) {
			one[0] = '\\';
			as = one;
		}
	} else if (!as) {
		*bt_utf8_put(one, ch) = '\0';
		as = one;
	}
	put(sink, as, strlen(as));
}

/* A conversion of a format: "%-*.3llu". */
struct conversion {
	char spec[32]; /* without its star: width and precision are put in */
	bool left;
	int width, precision; /* -1: none */
	unsigned longs;
	char size, letter;
};

static const char *read_number(int *out, const char *at, va_list *args)
{
	if (*at == '*') {
		*out = va_arg(*args, int);
		return at + 1;
	}
	*out = (int)strtol(at, (char **)&at, 10);
	return at;
}

/* Reads what follows a '%'. Returns what follows the conversion. */
static const char *read_conversion(struct conversion *c, const char *at, va_list *args)
{
	size_t flags = strspn(at, "-+ #0'");
	char width[16] = "", precision[16] = "";

	*c = (struct conversion){ .precision = -1 };
	c->left = memchr(at, '-', flags) != NULL;
	const char *first = at;
	at = read_number(&c->width, at + flags, args);
	if (c->width < 0) {
		c->left = true;
		c->width = -c->width;
	}
	if (*at == '.')
		at = read_number(&c->precision, at + 1, args);
	for (; *at && strchr("hlLjzt", *at); at++) {
		c->longs += *at == 'l';
		c->size = *at;
	}
	c->letter = *at;
	if (c->width)
		snprintf(width, sizeof(width), "%d", c->width);
	if (c->precision >= 0)
		snprintf(precision, sizeof(precision), ".%d", c->precision);
	snprintf(c->spec, sizeof(c->spec), "%%%s%.*s%s%s%s%c", c->left ? "-" : "",
		(int)BT_MIN(flags, 5), first, width, precision,
		strchr("diuoxX", c->letter)           ? "j"
			: c->letter && c->size == 'L' ? "L"
						      : "",
		c->letter);
	return *at ? at + 1 : at;
}

static intmax_t signed_argument(const struct conversion *c, va_list *args)
{
	if (c->longs > 1)
		return va_arg(*args, long long);
	if (c->longs)
		return va_arg(*args, long);
	if (c->size == 'z' || c->size == 't')
		return va_arg(*args, ptrdiff_t);
	return c->size == 'j' ? va_arg(*args, intmax_t) : va_arg(*args, int);
}

static uintmax_t unsigned_argument(const struct conversion *c, va_list *args)
{
	if (c->longs > 1)
		return va_arg(*args, unsigned long long);
	if (c->longs)
		return va_arg(*args, unsigned long);
	if (c->size == 'z' || c->size == 't')
		return va_arg(*args, size_t);
	return c->size == 'j' ? va_arg(*args, uintmax_t) : va_arg(*args, unsigned);
}

/* n bytes end with a whole character, or fewer do: no byte after them is read. */
static size_t whole_end(const char *text, size_t n)
{
	size_t at = n;

	while (at > 0 && n - at < 3 && ((unsigned char)text[at - 1] & 0xc0) == 0x80)
		at--;
	return at > 0 && length_of((unsigned char)text[at - 1]) > n - at + 1 ? at - 1 : n;
}

static void pad(struct sink *sink, int n)
{
	while (n-- > 0)
		put(sink, " ", 1);
}

static void put_text(struct sink *sink, const struct conversion *c, const char *text)
{
	size_t n = c->precision < 0 ? 0 : strnlen(text, (size_t)c->precision);
	struct bt_text t = { .at = text,
		.end = c->precision < 0 ? NULL : text + whole_end(text, n) };
	int blank = c->width ? c->width - columns_of(t) : 0;
	uint32_t ch;

	if (!c->left)
		pad(sink, blank);
	while ((ch = bt_text_next(&t)) != 0)
		put_char(sink, ch, &t);
	if (c->left)
		pad(sink, blank);
}

static void put_conversion(struct sink *sink, const struct conversion *c, va_list *args)
{
	char number[400] = ""; /* the longest double has 309 digits before its point */
	const char *text;

	switch (c->letter) {
	case '%':
		put(sink, "%", 1);
		return;
	case 's':
		text = va_arg(*args, const char *);
		put_text(sink, c, text ? text : "(null)");
		return;
	case 'c':
		number[0] = (char)va_arg(*args, int);
		put_text(sink, c, number);
		return;
	case 'd':
	case 'i':
		snprintf(number, sizeof(number), c->spec, signed_argument(c, args));
		break;
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		snprintf(number, sizeof(number), c->spec, unsigned_argument(c, args));
		break;
	default:
		assert(strchr("aAeEfFgG", c->letter) && c->letter && c->size != 'L');
		snprintf(number, sizeof(number), c->spec, va_arg(*args, double));
	}
	put(sink, number, strlen(number));
}

static void format(struct sink *sink, const char *fmt, va_list args)
{
	struct conversion c;
	va_list rest;

	va_copy(rest,
		args); /* a copy is an object on every machine: its address can be passed on */
	while (*fmt) {
		struct bt_text t = { .at = fmt, .end = fmt + strcspn(fmt, "%") };

		for (; t.at < t.end; fmt = t.at) {
			bt_text_next(&t);
			put(sink, fmt, (size_t)(t.at - fmt));
		}
		if (*fmt == '%') {
			fmt = read_conversion(&c, fmt + 1, &rest);
			put_conversion(sink, &c, &rest);
		}
	}
	va_end(rest);
}

void bt_vprint(FILE *out, enum bt_form form, const char *fmt, va_list args)
{
	format(&(struct sink){ .file = out, .form = form }, fmt, args);
}

char *bt_text_vformat(char *out, size_t size, const char *fmt, va_list args)
{
	assert(size >= 4);
	out[0] = '\0';
	format(&(struct sink){ .buf = out, .size = size }, fmt, args);
	return out;
}

char *bt_text_format(char *out, size_t size, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	bt_text_vformat(out, size, fmt, args);
	va_end(args);
	return out;
}

void bt_print(FILE *out, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	bt_vprint(out, BT_FORM_PLAIN, fmt, args);
	va_end(args);
}

void bt_print_as(FILE *out, enum bt_form form, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	bt_vprint(out, form, fmt, args);
	va_end(args);
}

static void put_words(FILE *out, int column, int indent, const char *text)
{
	bool first = true; /* of its line */

	for (size_t n; *text; text += n + strspn(text + n, " ")) {
		char *word;
		int w;

		n = strcspn(text, " ");
		word = strndup(text, n);
		w = word ? bt_text_columns(word) : 0;
		free(word);
		if (!first && column + 1 + w > 80) {
			fprintf(out, "\n%*s", indent, "");
			column = indent;
			first = true;
		}
		bt_print(out, "%s%.*s", first ? "" : " ", (int)n, text);
		column += w + !first;
		first = false;
	}
	putc('\n', out);
}

void bt_vprint_wrapped(FILE *out, int column, int indent, const char *fmt, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	put_words(out, column, indent, text ? text : "out of memory");
	free(text);
}

void bt_print_wrapped(FILE *out, int column, int indent, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	bt_vprint_wrapped(out, column, indent, fmt, args);
	va_end(args);
}

/* Outside its strings a JSON document has no hidden character but white space, and no string of it holds that as it is. */
void bt_print_json(FILE *out, const char *json)
{
	struct bt_text t = { .at = json };
	const char *from = json, *at = json;
	uint32_t ch;

	while ((ch = bt_text_next(&t)) != 0) {
		if (t.hidden && ch >= 0x7f) {
			fwrite(from, 1, (size_t)(at - from), out);
			from = t.at;
			if (ch >= BT_UTF8_BYTE)
				fputs("\\ufffd", out);
			else if (ch < 0x10000)
				fprintf(out, "\\u%04x", (unsigned)ch);
			else
				fprintf(out, "\\u%04x\\u%04x", (unsigned)(0xd7c0 + (ch >> 10)),
					(unsigned)(0xdc00 | (ch & 0x3ff)));
		}
		at = t.at;
	}
	fwrite(from, 1, (size_t)(at - from), out);
}
