#include "web5/cbor.h"

#include <string.h>

enum major {
	UNSIGNED = 0,
	NEGATIVE = 1,
	TEXT = 3,
	ARRAY = 4,
	MAP = 5,
	FALSE_BYTE = 0xf4,
	TRUE_BYTE = 0xf5,
	NULL_BYTE = 0xf6,
	DOUBLE_BYTE = 0xfb
};

struct sink {
	uint8_t *out;
	size_t room, n;
};

static void put(struct sink *s, const void *bytes, size_t n)
{
	if (s->n < s->room)
		memcpy(s->out + s->n, bytes, BT_MIN(n, s->room - s->n));
	s->n += n;
}

static void put_byte(struct sink *s, unsigned byte)
{
	uint8_t b = (uint8_t)byte;

	put(s, &b, 1);
}

static void put_big_endian(struct sink *s, uint64_t v, unsigned bytes)
{
	while (bytes--)
		put_byte(s, (unsigned)(v >> 8 * bytes) & 0xff);
}

static void put_head(struct sink *s, enum major major, uint64_t v)
{
	unsigned first = (unsigned)major << 5;

	if (v < 24) {
		put_byte(s, first | (unsigned)v);
		return;
	}
	for (unsigned i = 0; i < 4; i++) {
		unsigned bytes = 1u << i;

		if (bytes < 8 && v >> 8 * bytes)
			continue;
		put_byte(s, first | (24 + i));
		put_big_endian(s, v, bytes);
		return;
	}
}

static void put_text(struct sink *s, const char *text, size_t n)
{
	put_head(s, TEXT, n);
	put(s, text, n);
}

static int compare_keys(const char *a, const char *b)
{
	size_t n = strlen(a), m = strlen(b);

	return n != m ? (n < m ? -1 : 1) : strcmp(a, b);
}

/* The least of those after `last`; objects are small here, so that looking is cheaper than
 * sorting. */
static const char *next_key(const json_t *object, const char *last)
{
	const char *least = NULL;

	for (void *it = json_object_iter((json_t *)object); it;
		it = json_object_iter_next((json_t *)object, it)) {
		const char *key = json_object_iter_key(it);

		if ((!last || compare_keys(key, last) > 0) &&
			(!least || compare_keys(key, least) < 0))
			least = key;
	}
	return least;
}

static void put_value(struct sink *s, const json_t *value);

static void put_object(struct sink *s, const json_t *object)
{
	put_head(s, MAP, json_object_size(object));
	for (const char *key = next_key(object, NULL); key; key = next_key(object, key)) {
		put_text(s, key, strlen(key));
		put_value(s, json_object_get(object, key));
	}
}

static void put_integer(struct sink *s, json_int_t v)
{
	if (v >= 0)
		put_head(s, UNSIGNED, (uint64_t)v);
	else
		put_head(s, NEGATIVE, ~(uint64_t)v); /* -1 - v */
}

static void put_real(struct sink *s, double v)
{
	uint64_t bits;

	memcpy(&bits, &v, sizeof(bits));
	put_byte(s, DOUBLE_BYTE);
	put_big_endian(s, bits, 8);
}

static void put_value(struct sink *s, const json_t *value)
{
	switch (json_typeof(value)) {
	case JSON_OBJECT:
		put_object(s, value);
		break;
	case JSON_ARRAY:
		put_head(s, ARRAY, json_array_size(value));
		for (size_t i = 0; i < json_array_size(value); i++)
			put_value(s, json_array_get(value, i));
		break;
	case JSON_STRING:
		put_text(s, json_string_value(value), json_string_length(value));
		break;
	case JSON_INTEGER:
		put_integer(s, json_integer_value(value));
		break;
	case JSON_REAL:
		put_real(s, json_real_value(value));
		break;
	case JSON_TRUE:
		put_byte(s, TRUE_BYTE);
		break;
	case JSON_FALSE:
		put_byte(s, FALSE_BYTE);
		break;
	default:
		put_byte(s, NULL_BYTE);
	}
}

size_t w5_cbor(uint8_t *out, size_t room, const json_t *value)
{
	struct sink s = { out, room, 0 };

	put_value(&s, value);
	return s.n;
}
