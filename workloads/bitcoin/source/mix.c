/* The texts that a generator is told its mix and sizes by. */
#include "bitcoin/source/gen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/fmt.h"

#define SIZE_LEAST  80
#define SIZE_MOST   100000 /* Core relays no larger ones */
#define WEIGHT_MOST 1000000

/* One part of a list that commas separate: its length, and where the next begins. */
static size_t part(const char *text, const char **next)
{
	size_t n = strcspn(text, ",");

	*next = text + n + (text[n] == ',');
	return n;
}

static int number(uint32_t *out, const char *text, size_t n, uint64_t least, uint64_t most)
{
	char copy[24];
	uint64_t v;

	if (n == 0 || n >= sizeof(copy))
		return -EINVAL;
	memcpy(copy, text, n);
	copy[n] = '\0';
	if (bt_parse_count(&v, copy) != 0 || v < least || v > most)
		return -EINVAL;
	*out = (uint32_t)v;
	return 0;
}

static int no_template(const char *text, size_t n, struct bt_err *err)
{
	char names[160];
	size_t at = 0;

	for (unsigned t = 0; t < BTC_TEMPLATES; t++)
		at += (size_t)snprintf(names + at, sizeof(names) - at, "%s%s", t > 0 ? " " : "",
			btc_template_name((enum btc_template)t));
	return bt_fail(err, -EINVAL, "--mix: '%.*s': expected one of %s", (int)n, text, names);
}

int btc_mix_parse(struct btc_mix *mix, const char *text, struct bt_err *err)
{
	uint64_t sum = 0;
	const char *next;

	memset(mix, 0, sizeof(*mix));
	for (; *text != '\0'; text = next) {
		size_t n = part(text, &next), name = strcspn(text, "=,");
		enum btc_template t;

		if (name == n)
			return bt_fail(err, -EINVAL, "--mix: '%.*s': expected TEMPLATE=WEIGHT,...",
				(int)n, text);
		if (btc_template_find(&t, text, name) != 0)
			return no_template(text, name, err);
		if (number(&mix->weight[t], text + name + 1, n - name - 1, 0, WEIGHT_MOST) != 0)
			return bt_fail(err, -EINVAL,
				"--mix: '%.*s': expected a weight from 0 to %d", (int)n, text,
				WEIGHT_MOST);
		sum += mix->weight[t];
	}
	return sum > 0 ? 0 : bt_fail(err, -EINVAL, "--mix: expected a weight above 0");
}

int btc_sizes_parse(struct btc_sizes *sizes, const char *text, struct bt_err *err)
{
	const char *next;

	sizes->n = 0;
	for (; text != NULL && *text != '\0'; text = next) {
		size_t n = part(text, &next);

		if (sizes->n == BTC_SIZES_MAX)
			return bt_fail(err, -EINVAL, "--tx-size: expected at most %d sizes",
				BTC_SIZES_MAX);
		if (number(&sizes->v[sizes->n++], text, n, SIZE_LEAST, SIZE_MOST) != 0)
			return bt_fail(err, -EINVAL,
				"--tx-size: '%.*s': expected virtual bytes from %d to %d", (int)n,
				text, SIZE_LEAST, SIZE_MOST);
	}
	return 0;
}
