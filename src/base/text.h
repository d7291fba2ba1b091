/*
 * text.h: text from outside: options, files, servers, imported runs. It may hold any bytes. Whoever
 * writes it to a terminal, a document or a message takes it through here, so that it can neither
 * command a terminal nor break a format.
 *
 * A character is hidden when a reader would not see it, or would see others in another order:
 * control characters (C0, DEL, C1), line separators, bidirectional controls, zero-width and other
 * invisible characters, noncharacters, and bytes that are not UTF-8 (RFC 3629). Combining marks,
 * CJK and emoji are not hidden. A zero-width joiner (U+200D) is text between two emoji and hidden
 * elsewhere; a variation selector is text after a character that it can vary. The visible form of a
 * hidden character is that of C: \n, \t, \r, \x1b, \u202e, \U000e0041, and \xff for a byte that is
 * not UTF-8.
 *
 * Every function may be called from any thread.
 */
#ifndef BT_TEXT_H
#define BT_TEXT_H

#include <stdarg.h>
#include <stdio.h>

#include "base/base.h"

#define BT_UTF8_BYTE 0x80000000u /* bt_utf8_next: this and the byte, for one that is not UTF-8 */

/* Reads one code point from *text and moves it; 0 at the end. */
uint32_t bt_utf8_next(const char **text);
/* Writes a code point up to 0x10ffff: at most four bytes, no NUL. Returns the place after them. */
char *bt_utf8_put(char *out, uint32_t ch);
/* Whether n bytes are UTF-8 throughout. NUL is. */
bool bt_utf8_valid(const char *text, size_t n);
/* The most bytes, up to `most`, that hold whole characters of the text. */
size_t bt_utf8_cut(const char *text, size_t most);
/* n, or fewer where the last of n bytes begin a character that they do not end. No byte behind them
 * is read. */
size_t bt_utf8_whole(const char *text, size_t n);

/* A walk over a text, character by character: { .at = text }, or with an end for one without a
 * NUL. */
struct bt_text {
	const char *at;  /* the next character */
	const char *end; /* where it ends; NULL: at its NUL */
	uint32_t before; /* the last character read */
	bool hidden;     /* the last character read is */
};

/* Returns the next character as bt_utf8_next does; sets t->hidden. */
uint32_t bt_text_next(struct bt_text *t);

#define BT_VISIBLE_MAX 11 /* room for the visible form of any character, NUL included */

/* The visible form of a hidden character, in out, which is returned. */
char *bt_text_escape(char out[BT_VISIBLE_MAX], uint32_t ch);

/* Copies with the visible form of what is hidden; '\n' is hidden, too. Free with free(); NULL: out
 * of memory. */
char *bt_text_visible(const char *text);
/* A copy that is UTF-8: U+FFFD for each byte that is not. Free with free(); NULL: out of memory. */
char *bt_text_utf8(const char *text);

/* Columns of a terminal that the text takes, hidden characters in their visible form. */
int bt_text_columns(const char *text);
int bt_text_columns_of(struct bt_text t); /* of the unread rest of a walk */
/* The columns of one character: 0 for a combining mark, 1 where the locale does not know it. */
int bt_char_width(uint32_t ch);

/* What a text is written into. Each form escapes what would end the text or mean something
 * there. */
enum bt_form {
	BT_FORM_PLAIN,     /* a terminal, a line: '\n' is hidden, too */
	BT_FORM_XML,       /* content of an element, HTML as well */
	BT_FORM_ATTRIBUTE, /* an attribute of one, within double quotes */
	BT_FORM_MARKDOWN,  /* a cell of a table or an item of a list, on GitHub */
	BT_FORM_LABEL,     /* a value of a label, Prometheus and OpenMetrics */
	BT_FORM_CSV,       /* a field within double quotes, RFC 4180 */
	BT_FORMS
};

/*
 * As fprintf, for text from outside: what comes by %s is written in its visible form and escaped,
 * and a width counts columns. The format itself is ours and is written as it is. A precision counts
 * bytes, and cuts no character. No %n, %p, wide characters.
 */
void bt_print(FILE *out, const char *fmt, ...) BT_PRINTF(2, 3); /* BT_FORM_PLAIN */
void bt_print_as(FILE *out, enum bt_form form, const char *fmt, ...) BT_PRINTF(3, 4);
void bt_vprint(FILE *out, enum bt_form form, const char *fmt, va_list args) BT_PRINTF(3, 0);

/* The same into a buffer of `size` bytes, at least 4. What does not fit ends in "…". Takes no
 * memory. Returns out. */
char *bt_text_format(char *out, size_t size, const char *fmt, ...) BT_PRINTF(3, 4);
char *bt_text_vformat(char *out, size_t size, const char *fmt, va_list args) BT_PRINTF(3, 0);
/* Appends to the text in out in the same way. */
void bt_text_add(char *out, size_t size, const char *fmt, ...) BT_PRINTF(3, 4);

/* Prints words, and a newline: from `column` on, at most 80 columns a line, later lines set in by
 * `indent`. */
void bt_print_wrapped(FILE *out, int column, int indent, const char *fmt, ...) BT_PRINTF(4, 5);
void bt_vprint_wrapped(FILE *out, int column, int indent, const char *fmt, va_list args)
	BT_PRINTF(4, 0);

/* Writes a JSON document: the same values, hidden characters in its strings as \uXXXX. */
void bt_print_json(FILE *out, const char *json);

#endif
