#include "store/import_objects.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/input.h"
#include "base/json_fault.h"

#define BYTES_MOST  ((size_t)32 << 20) /* of one object: a line, or a report */
#define VALUES_MOST 1000000            /* in it: in memory each takes many times its bytes */
#define ROOM        ((size_t)1 << 16)

int bt_objects_bad(const struct bt_objects *o, struct bt_err *err, const char *what)
{
	return bt_fail(err, -EINVAL, "%s:%lu: %s", o->path, o->at, what);
}

int bt_objects_open(struct bt_objects *o, const char *path, struct bt_err *err)
{
	*o = (struct bt_objects){ .path = path, .first = true, .line = 1 };
	o->fd = bt_input_open(path, BT_INPUT_ONCE, err);
	return BT_MIN(o->fd, 0);
}

void bt_objects_close(struct bt_objects *o)
{
	if (o->fd >= 0)
		close(o->fd);
	free(o->bytes);
}

/* Reads more bytes; 0: end of file. */
static int more(struct bt_objects *o, struct bt_err *err)
{
	ssize_t n;

	if (o->ended)
		return 0;
	if (o->from) {
		memmove(o->bytes, o->bytes + o->from, o->to - o->from);
		o->to -= o->from;
		o->from = 0;
	}
	if (o->to + ROOM > o->room) {
		size_t room = BT_MAX(2 * o->room, 2 * ROOM);
		char *grown = realloc(o->bytes, room);

		if (!grown)
			return bt_oom(err, "%s", o->path);
		o->bytes = grown;
		o->room = room;
	}
	n = bt_input_some(o->fd, o->bytes + o->to, o->room - o->to, o->path, err);
	if (n < 0)
		return (int)n;
	o->to += (size_t)n;
	o->ended = n == 0;
	return n > 0;
}

/* Skips blanks and returns the next character without taking it; 0: end of file. */
static int peek(struct bt_objects *o, struct bt_err *err)
{
	for (;;) {
		for (; o->from < o->to && strchr(" \t\r\n", o->bytes[o->from]) && o->bytes[o->from];
			o->from++)
			o->line += o->bytes[o->from] == '\n';
		if (o->from < o->to)
			return (unsigned char)o->bytes[o->from];
		int r = more(o, err);
		if (r <= 0)
			return r;
	}
}

static int fits(struct bt_objects *o, size_t bytes, size_t values, struct bt_err *err)
{
	if (bytes > BYTES_MOST)
		return bt_objects_bad(
			o, err, "expected at most 32 MiB as one run's report, or one line");
	if (values > VALUES_MOST)
		return bt_objects_bad(o, err,
			"expected at most a million values in one run's report, or one line");
	return 0;
}

/* Counts the bytes of the object that begins at from. */
static int measure(struct bt_objects *o, size_t *size, struct bt_err *err)
{
	size_t depth = 0, values = 1;
	bool text = false, escaped = false;
	size_t n = 0;

	for (;;) {
		for (; o->from + n < o->to; n++) {
			char ch = o->bytes[o->from + n];

			if (escaped)
				escaped = false;
			else if (text && ch == '\\')
				escaped = true;
			else if (ch == '"')
				text = !text;
			else if (!text && (ch == '{' || ch == '['))
				depth++;
			else if (!text && ch == ',')
				values++;
			else if (!text && (ch == '}' || ch == ']') && --depth == 0) {
				*size = n + 1;
				return fits(o, *size, values, err);
			}
		}
		int r = fits(o, n, values, err);
		if (r < 0)
			return r;
		r = more(o, err);
		if (r <= 0)
			return r < 0
				? r
				: bt_objects_bad(o, err, "the file ends within an object of JSON");
	}
}

static int take(struct bt_objects *o, json_t **out, struct bt_err *err)
{
	char fault[BT_JSON_FAULT_SIZE];
	json_error_t at;
	size_t n = 0;
	int r = measure(o, &n, err);

	if (r < 0)
		return r;
	*out = json_loadb(o->bytes + o->from, n, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &at);
	if (!*out) {
		o->at += at.line > 0 ? (unsigned long)at.line - 1 : 0;
		return bt_fail(err, -EINVAL, "%s:%lu: expected an object of JSON: %s", o->path,
			o->at, bt_json_fault(fault, at.text));
	}
	for (size_t i = 0; i < n; i++)
		o->line += o->bytes[o->from + i] == '\n';
	o->from += n;
	return 1;
}

/* Takes the bracket or comma of an array before an object, and returns the next character as peek
 * does. */
static int separator(struct bt_objects *o, struct bt_err *err)
{
	int ch = peek(o, err);

	if (ch < 0 || (ch == 0 && !o->array)) /* the line of the last object stays */
		return ch;
	o->at = o->line;
	if (o->first && ch == '[') {
		o->array = true;
		o->from++;
		ch = peek(o, err);
	} else if (o->array && !o->first && ch == ',') {
		o->from++;
		ch = peek(o, err);
	} else if (o->array && !o->first && ch != ']') {
		return bt_objects_bad(o, err, "expected a comma, or the end of the array");
	}
	o->at = o->line;
	return ch;
}

/* 1: the next object, new; 0: there are no more. */
int bt_objects_next(struct bt_objects *o, json_t **out, struct bt_err *err)
{
	int ch = separator(o, err);

	if (ch < 0 || (ch == 0 && !o->array))
		return ch;
	if (o->array && ch == ']') {
		o->from++;
		ch = peek(o, err);
		o->at = o->line;
		return ch > 0 ? bt_objects_bad(o, err, "expected nothing after the array") : ch;
	}
	o->first = false;
	if (ch != '{')
		return bt_objects_bad(o, err,
			o->array ? "expected reports in the array" : "expected an object of JSON");
	return take(o, out, err);
}
