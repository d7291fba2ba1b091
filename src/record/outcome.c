#include "record/outcome_room.h"

#include <math.h>
#include <string.h>

#include "record/whole.h"

#define REPLACEMENT 0xfffdU

const char *const bt_outcome_name[] = { "passed", "failed", "error", "skipped" };

struct bt_outcome_list bt_outcome_list(
	const char *suite, const struct bt_outcome_row *rows, size_t n)
{
	struct bt_outcome_list list = { .suite = suite ? suite : "", .rows = rows, .n = n };

	for (size_t i = 0; i < n; i++) {
		list.kinds[rows[i].kind]++;
		list.seconds += isfinite(rows[i].seconds) ? rows[i].seconds : 0;
	}
	return list;
}

/* XML 1.0, production [2] Char. */
static bool in_xml(uint32_t ch)
{
	return ch == '\t' || ch == '\n' || ch == '\r' ||
		(ch >= 0x20 && ch != 0xfffe && ch != 0xffff);
}

uint32_t bt_outcome_char(const char **text)
{
	static const struct {
		unsigned char mask, first;
		uint32_t least;
	} form[] = { { 0xe0, 0xc0, 0x80 }, { 0xf0, 0xe0, 0x800 }, { 0xf8, 0xf0, 0x10000 } };
	const unsigned char *s = (const unsigned char *)*text;

	if (!*s)
		return 0;
	(*text)++;
	if (*s < 0x80)
		return in_xml(*s) ? *s : REPLACEMENT;
	for (unsigned len = 1; len <= BT_LEN(form); len++) {
		uint32_t ch = *s & (unsigned char)~form[len - 1].mask;
		unsigned i = 1;

		if ((*s & form[len - 1].mask) != form[len - 1].first)
			continue;
		for (; i <= len && (s[i] & 0xc0) == 0x80; i++)
			ch = ch << 6 | (s[i] & 0x3f);
		if (i <= len || ch < form[len - 1].least || ch > 0x10ffff ||
			(ch >= 0xd800 && ch < 0xe000))
			return REPLACEMENT;
		*text += len;
		return in_xml(ch) ? ch : REPLACEMENT;
	}
	return REPLACEMENT;
}

void bt_outcome_put(FILE *out, uint32_t ch)
{
	if (ch < 0x80) {
		putc((int)ch, out);
		return;
	}
	if (ch < 0x800) {
		putc((int)(0xc0 | ch >> 6), out);
	} else {
		if (ch < 0x10000) {
			putc((int)(0xe0 | ch >> 12), out);
		} else {
			putc((int)(0xf0 | ch >> 18), out);
			putc((int)(0x80 | (ch >> 12 & 0x3f)), out);
		}
		putc((int)(0x80 | (ch >> 6 & 0x3f)), out);
	}
	putc((int)(0x80 | (ch & 0x3f)), out);
}

int bt_outcome_write(const char *path, const struct bt_outcome_list *list,
	void (*print)(FILE *out, const struct bt_outcome_list *list), struct bt_err *err)
{
	struct bt_whole whole;
	int r = bt_whole_open(&whole, path, false, err);

	if (r < 0)
		return r;
	print(whole.out, list);
	return bt_whole_close(&whole, true, err);
}
