/* Formats and forms: how text from outside is written into what a reader or a program reads. */
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

/* Where formatted text goes: a stream, or a buffer. */
struct sink {
	FILE *file;
	enum bt_form form;
	char *buf;
	/* last: the end of a character, with room for an ellipsis behind it. */
	size_t size, n, last;
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
	{ '"', { NULL, "&quot;", "&quot;", NULL, "\\\"", "\"\"" } },
	{ '\'', { NULL, "&apos;", "&apos;", NULL, NULL } },
	{ '\n', { NULL, "\n", "&#10;", "<br>", "\\n" } },
	{ '\r', { NULL, "&#13;", "&#13;", "<br>", NULL } },
	{ '\t', { NULL, "\t", "&#9;", "\t", NULL } },
	{ '\\', { NULL, NULL, NULL, "\\\\", "\\\\" } },
	{ '@', { NULL, NULL, NULL, "&#64;", NULL } }, /* else it mentions a user */
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

/* A precision below this is a form, such as the first digits of a commit, and not a cut. */
#define CUT_LEAST 20

/* A conversion of a format: "%-*.3llu". */
struct conversion {
	char spec[48]; /* without its star: width and precision are put in */
	bool left;
	int width, precision; /* -1: none */
	bool cuts; /* a precision that the format itself has: what it cuts ends in an ellipsis */
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
	if (*at == '.') {
		c->cuts = at[1] != '*' && !c->width;
		at = read_number(&c->precision, at + 1, args);
	}
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

static void pad(struct sink *sink, int n)
{
	while (n-- > 0)
		put(sink, " ", 1);
}

static void put_text(struct sink *sink, const struct conversion *c, const char *text)
{
	size_t n = c->precision < 0 ? 0 : strnlen(text, (size_t)c->precision);
	bool cut = c->precision >= 0 && n == (size_t)c->precision;
	struct bt_text t = { .at = text,
		.end = c->precision < 0 ? NULL : text + (cut ? bt_utf8_whole(text, n) : n) };
	int blank = c->width ? c->width - bt_text_columns_of(t) : 0;
	uint32_t ch;

	if (!c->left)
		pad(sink, blank);
	while ((ch = bt_text_next(&t)) != 0)
		put_char(sink, ch, &t);
	if (cut && c->cuts && c->precision >= CUT_LEAST && text[n])
		put(sink, "…", strlen("…"));
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

	/* A copy is an object on every machine: its address can be passed on. */
	va_copy(rest, args);
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

void bt_text_add(char *out, size_t size, const char *fmt, ...)
{
	size_t len = strlen(out);
	char first[4];
	va_list args;

	va_start(args, fmt);
	if (size - len >= sizeof("…"))
		bt_text_vformat(out + len, size - len, fmt, args);
	else if (*bt_text_vformat(first, sizeof(first), fmt, args))
		strcpy(out + bt_utf8_cut(out, size - sizeof("…")), "…");
	va_end(args);
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

/*
 * Outside its strings a JSON document has no hidden character but white space, and no string of it
 * holds that as it is. What is no JSON is no better for this, but cannot command a terminal either.
 */
void bt_print_json(FILE *out, const char *json)
{
	struct bt_text t = { .at = json };
	const char *from = json, *at = json;
	uint32_t ch;

	while ((ch = bt_text_next(&t)) != 0) {
		if (t.hidden && !(ch < 0x80 && strchr("\t\n\r", (int)ch))) {
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
