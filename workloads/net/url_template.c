#include "net/url_template.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/rng.h"

#define UUID_LEN   36
#define NUMBER_LEN 20 /* of 2^64 */

enum kind { TEXT, NUMBER, UUID };

struct part {
	enum kind kind;
	const char *text; /* TEXT */
	size_t n;
};

struct bt_template {
	size_t room;
	unsigned n_parts;
	bool varies;
	struct part parts[];
};

static void add(struct bt_template *t, enum kind kind, const char *text, size_t n)
{
	if (kind == TEXT && n == 0)
		return;
	t->parts[t->n_parts++] = (struct part){ kind, text, n };
	t->room += kind == TEXT ? n : kind == UUID ? UUID_LEN : NUMBER_LEN;
	t->varies |= kind != TEXT;
}

/* What stands at "%": its kind and length; 0: a plain character. */
static int place(enum kind *kind, size_t *len, const char *at, size_t left, struct bt_err *err)
{
	const char *close;

	*len = 0;
	if (left < 2 || at[1] != '{')
		return 0;
	close = memchr(at, '}', left);
	*len = close ? (size_t)(close - at) + 1 : BT_MIN(left, 20u);
	if (*len == 4 && memcmp(at, "%{n}", 4) == 0)
		*kind = NUMBER;
	else if (*len == 7 && memcmp(at, "%{uuid}", 7) == 0)
		*kind = UUID;
	else
		return bt_fail(err, -EINVAL,
			"'%.*s': expected %%{n} or %%{uuid}, or %%%%{ for the characters",
			(int)*len, at);
	return 0;
}

static int read_parts(struct bt_template *t, const char *text, size_t n, struct bt_err *err)
{
	size_t from = 0, at = 0, len;
	enum kind kind = TEXT;

	while (at < n) {
		int r;

		if (text[at] != '%') {
			at++;
			continue;
		}
		if (at + 2 < n && text[at + 1] == '%' && text[at + 2] == '{') {
			add(t, TEXT, text + from, at - from);
			from = at + 1;
			at += 3;
			t->varies = true; /* is not what was given */
			continue;
		}
		r = place(&kind, &len, text + at, n - at, err);
		if (r < 0)
			return r;
		if (len) {
			add(t, TEXT, text + from, at - from);
			add(t, kind, NULL, 0);
			from = at + len;
		}
		at += BT_MAX(len, 1u);
	}
	add(t, TEXT, text + from, n - from);
	return 0;
}

int bt_template_open(struct bt_template **out, const char *text, size_t n, struct bt_err *err)
{
	size_t most = 1;
	struct bt_template *t;
	int r;

	for (size_t i = 0; i < n; i++)
		most += text[i] == '%' ? 2 : 0;
	t = calloc(1, sizeof(*t) + most * sizeof(t->parts[0]));
	if (!t)
		return bt_oom(err, "template");
	t->room = 1;
	r = read_parts(t, text, n, err);
	if (r < 0) {
		free(t);
		return r;
	}
	*out = t;
	return 0;
}

void bt_template_close(struct bt_template *t)
{
	free(t);
}

bool bt_template_varies(const struct bt_template *t)
{
	return t->varies;
}

size_t bt_template_room(const struct bt_template *t)
{
	return t->room;
}

void bt_uuid_of(char *out, uint64_t seed, uint64_t n)
{
	uint64_t hi = bt_mix64(bt_mix64(seed) ^ n), lo = bt_mix64(hi ^ bt_mix64(n ^ ~seed));

	hi = (hi & ~UINT64_C(0xf000)) | 0x4000;               /* version 4 */
	lo = (lo & ~(UINT64_C(3) << 62)) | UINT64_C(2) << 62; /* variant 10 */
	snprintf(out, UUID_LEN + 1, "%08llx-%04llx-%04llx-%04llx-%012llx",
		(unsigned long long)(hi >> 32), (unsigned long long)(hi >> 16 & 0xffff),
		(unsigned long long)(hi & 0xffff), (unsigned long long)(lo >> 48),
		(unsigned long long)(lo & UINT64_C(0xffffffffffff)));
}

size_t bt_template_fill(char *out, const struct bt_template *t, uint64_t seed, uint64_t n)
{
	char *at = out;

	for (unsigned i = 0; i < t->n_parts; i++) {
		const struct part *p = &t->parts[i];

		if (p->kind == TEXT) {
			memcpy(at, p->text, p->n);
			at += p->n;
		} else if (p->kind == NUMBER) {
			at += sprintf(at, "%llu", (unsigned long long)n);
		} else {
			bt_uuid_of(at, seed, n);
			at += UUID_LEN;
		}
	}
	*at = '\0';
	return (size_t)(at - out);
}
