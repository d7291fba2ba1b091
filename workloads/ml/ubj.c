/* UBJSON, draft 12 (ubjson.org): markers of one byte, numbers big-endian. */
#include "ml/ubj.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#define DEPTH_MOST 64
#define NAME_MOST  256

struct reader {
	const uint8_t *at, *end;
	const uint8_t *from;
	size_t elements; /* so far; those of some types take no bytes */
	struct bt_err *err;
};

static json_t *value_of(struct reader *r, uint8_t marker, unsigned depth);

static json_t *bad(struct reader *r, const char *what)
{
	bt_fail(r->err, -EINVAL, "byte %zu: %s", (size_t)(r->at - r->from), what);
	return NULL;
}

static bool has(struct reader *r, size_t n)
{
	if ((size_t)(r->end - r->at) >= n)
		return true;
	bad(r, "the file ends here");
	return false;
}

static uint64_t big_endian(const uint8_t *p, size_t n)
{
	uint64_t v = 0;

	for (size_t i = 0; i < n; i++)
		v = v << 8 | p[i];
	return v;
}

/* Bytes of a number of this marker; 0: it marks none. */
static size_t width_of(uint8_t marker)
{
	switch (marker) {
	case 'i':
	case 'U':
		return 1;
	case 'I':
		return 2;
	case 'l':
	case 'd':
		return 4;
	case 'L':
	case 'D':
		return 8;
	default:
		return 0;
	}
}

static int64_t integer_of(uint8_t marker, uint64_t bits)
{
	switch (marker) {
	case 'i':
		return (int8_t)bits;
	case 'I':
		return (int16_t)bits;
	case 'l':
		return (int32_t)bits;
	default:
		return (int64_t)bits;
	}
}

static double real_of(uint8_t marker, uint64_t bits)
{
	uint32_t low = (uint32_t)bits;
	double d;
	float f;

	if (marker == 'D') {
		memcpy(&d, &bits, sizeof(d));
		return d;
	}
	memcpy(&f, &low, sizeof(f));
	return (double)f;
}

static json_t *number_of(struct reader *r, uint8_t marker)
{
	size_t n = width_of(marker);
	uint64_t bits;
	double d;

	if (!has(r, n))
		return NULL;
	bits = big_endian(r->at, n);
	r->at += n;
	if (marker != 'd' && marker != 'D')
		return json_integer((json_int_t)integer_of(marker, bits));
	d = real_of(marker, bits);
	if (isfinite(d))
		return json_real(d);
	return json_string(isnan(d) ? "NaN"
			: d > 0     ? "Infinity"
				    : "-Infinity"); /* as quoted in JSON */
}

/* A count of what follows: a marker of an integer, and it. */
static bool read_count(struct reader *r, size_t *n)
{
	int64_t v;
	uint8_t marker;
	size_t width;

	if (!has(r, 1))
		return false;
	marker = *r->at;
	width = width_of(marker);
	if (!width || marker == 'd' || marker == 'D') {
		bad(r, "expected a count");
		return false;
	}
	r->at++;
	if (!has(r, width))
		return false;
	v = integer_of(marker, big_endian(r->at, width));
	r->at += width;
	if (v < 0 || (uint64_t)v > (uint64_t)(r->end - r->from)) {
		bad(r, "a count that is larger than the file");
		return false;
	}
	*n = (size_t)v;
	return true;
}

static bool read_text(struct reader *r, const char **text, size_t *n)
{
	if (!read_count(r, n) || !has(r, *n))
		return false;
	*text = (const char *)r->at;
	r->at += *n;
	return true;
}

/* What stands behind the opening bracket: $ and the type of all, # and their number. */
struct shape {
	uint8_t type; /* 0: each has its own */
	bool counted;
	size_t n;
};

static bool read_shape(struct reader *r, struct shape *s)
{
	*s = (struct shape){ 0 };
	if (!has(r, 1))
		return false;
	if (*r->at == '$') {
		if (!has(r, 2))
			return false;
		s->type = r->at[1];
		r->at += 2;
		if (!has(r, 1))
			return false;
		if (*r->at != '#') {
			bad(r, "expected # behind a type");
			return false;
		}
	}
	if (*r->at != '#')
		return true;
	r->at++;
	s->counted = true;
	return read_count(r, &s->n);
}

/* Whether another element follows; the closing bracket of one that is not counted is taken. */
static bool more(struct reader *r, const struct shape *s, size_t i, uint8_t close)
{
	if (s->counted)
		return i < s->n;
	if (r->at < r->end && *r->at == close) {
		r->at++;
		return false;
	}
	return true;
}

static json_t *element_of(struct reader *r, const struct shape *s, unsigned depth)
{
	uint8_t marker = s->type;

	if (++r->elements > (size_t)(r->end - r->from))
		return bad(r, "more elements than the file has bytes");
	while (!marker) {
		if (!has(r, 1))
			return NULL;
		marker = *r->at++;
		if (marker == 'N') /* nothing, by the format */
			marker = 0;
	}
	return value_of(r, marker, depth + 1);
}

static json_t *array_of(struct reader *r, unsigned depth)
{
	json_t *array = json_array(), *item;
	struct shape s;

	if (!array || !read_shape(r, &s))
		goto fail;
	for (size_t i = 0; more(r, &s, i, ']'); i++) {
		item = element_of(r, &s, depth);
		if (!item || json_array_append_new(array, item) < 0)
			goto fail;
	}
	return array;
fail:
	json_decref(array);
	return NULL;
}

static bool read_name(struct reader *r, char name[NAME_MOST])
{
	const char *text;
	size_t n;

	if (!read_text(r, &text, &n))
		return false;
	if (n >= NAME_MOST || memchr(text, '\0', n)) {
		bad(r, "expected a name of less than 256 bytes");
		return false;
	}
	memcpy(name, text, n);
	name[n] = '\0';
	return true;
}

static json_t *object_of(struct reader *r, unsigned depth)
{
	json_t *object = json_object(), *item;
	char name[NAME_MOST];
	struct shape s;

	if (!object || !read_shape(r, &s))
		goto fail;
	for (size_t i = 0; more(r, &s, i, '}'); i++) {
		if (!read_name(r, name))
			goto fail;
		item = element_of(r, &s, depth);
		if (!item)
			goto fail;
		if (json_object_set_new(object, name, item) < 0) {
			bad(r, "a name that is not UTF-8");
			goto fail;
		}
	}
	return object;
fail:
	json_decref(object);
	return NULL;
}

static json_t *value_of(struct reader *r, uint8_t marker, unsigned depth)
{
	const char *text;
	json_t *value;
	size_t n;

	if (depth > DEPTH_MOST)
		return bad(r, "nested more than 64 deep");
	if (width_of(marker))
		return number_of(r, marker);
	switch (marker) {
	case 'T':
		return json_true();
	case 'F':
		return json_false();
	case 'Z':
		return json_null();
	case '[':
		return array_of(r, depth);
	case '{':
		return object_of(r, depth);
	case 'S':
		if (!read_text(r, &text, &n))
			return NULL;
		value = json_stringn(text, n);
		return value ? value : bad(r, "a text that is not UTF-8");
	case 'C':
		if (!has(r, 1))
			return NULL;
		return json_stringn((const char *)r->at++, 1);
	default:
		return bad(r, "no marker of UBJSON");
	}
}

json_t *ml_ubj_read(const uint8_t *bytes, size_t n, struct bt_err *err)
{
	struct reader r = { bytes, bytes + n, bytes, 0, err };
	json_t *value;

	bt_oom(err, NULL); /* unless it turns out otherwise */
	if (!has(&r, 1))
		return NULL;
	value = value_of(&r, *r.at++, 0);
	if (value && r.at != r.end) {
		json_decref(value);
		return bad(&r, "expected the end of the file");
	}
	return value;
}
