/*
 * bytes.h: little-endian numbers, borrowed byte strings, and a reader that knows its position. The
 * reader is sticky: the first fault stays (where, and why), every later read gives zero, so a
 * parser checks once at the end of a unit.
 */
#ifndef BTC_BYTES_H
#define BTC_BYTES_H

#include <string.h>

#include "base/base.h"

/* Bytes that belong to someone else. p may be NULL when n is 0. */
struct btc_span {
	const uint8_t *p;
	size_t n;
};

struct btc_reader {
	const uint8_t *p;
	size_t size;
	size_t at;       /* position of the next byte; of the fault once there is one */
	const char *why; /* NULL, or what is wrong at `at` */
};

/* Core's MAX_SIZE: no count or length in a serialised object may be larger. */
#define BTC_MAX_COMPACT UINT64_C(0x02000000)

static inline uint16_t btc_le16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t btc_le32(const uint8_t *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static inline uint64_t btc_le64(const uint8_t *p)
{
	return btc_le32(p) | (uint64_t)btc_le32(p + 4) << 32;
}

static inline void btc_put_le32(uint8_t *p, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		p[i] = (uint8_t)(v >> 8 * i);
}

static inline void btc_put_le64(uint8_t *p, uint64_t v)
{
	btc_put_le32(p, (uint32_t)v);
	btc_put_le32(p + 4, (uint32_t)(v >> 32));
}

/* Bytes that a compact size takes. */
static inline size_t btc_compact_len(uint64_t v)
{
	return v < 0xfd ? 1 : v <= 0xffff ? 3 : v <= 0xffffffff ? 5 : 9;
}

/* Writes v as a compact size (1 to 9 bytes) and returns how many. */
static inline size_t btc_put_compact(uint8_t *p, uint64_t v)
{
	uint8_t wide[8];
	size_t n = btc_compact_len(v);

	if (n == 1) {
		p[0] = (uint8_t)v;
		return 1;
	}
	p[0] = n == 3 ? 0xfd : n == 5 ? 0xfe : 0xff;
	btc_put_le64(wide, v);
	memcpy(p + 1, wide, n - 1);
	return n;
}

static inline bool btc_span_eq(struct btc_span a, struct btc_span b)
{
	return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0);
}

static inline void btc_read_fail(struct btc_reader *r, const char *why)
{
	if (r->why == NULL)
		r->why = why;
}

static inline size_t btc_read_left(const struct btc_reader *r)
{
	return r->size - r->at;
}

/* The next n bytes, borrowed; NULL and a fault when fewer are left. */
static inline const uint8_t *btc_read_bytes(struct btc_reader *r, size_t n)
{
	if (r->why != NULL || n > btc_read_left(r) || r->p == NULL) {
		btc_read_fail(r, "ends too early");
		return NULL;
	}
	r->at += n;
	return r->p + r->at - n;
}

static inline uint8_t btc_read_u8(struct btc_reader *r)
{
	const uint8_t *p = btc_read_bytes(r, 1);

	return p != NULL ? *p : 0;
}

static inline uint32_t btc_read_le32(struct btc_reader *r)
{
	const uint8_t *p = btc_read_bytes(r, 4);

	return p != NULL ? btc_le32(p) : 0;
}

static inline uint64_t btc_read_le64(struct btc_reader *r)
{
	const uint8_t *p = btc_read_bytes(r, 8);

	return p != NULL ? btc_le64(p) : 0;
}

/* A compact size in its shortest form and not over BTC_MAX_COMPACT; anything else is a fault at its
 * first byte. */
static inline uint64_t btc_read_compact(struct btc_reader *r)
{
	size_t start = r->at;
	uint8_t first = btc_read_u8(r);
	size_t wide = first < 0xfd ? 0 : (size_t)1 << (first - 0xfc);
	const uint8_t *p = wide > 0 ? btc_read_bytes(r, wide) : NULL;
	uint64_t v = first;

	if (r->why != NULL)
		return 0;
	if (wide > 0)
		v = wide == 2 ? btc_le16(p) : wide == 4 ? btc_le32(p) : btc_le64(p);
	if (btc_compact_len(v) != wide + 1)
		btc_read_fail(r, "non-canonical compact size");
	else if (v > BTC_MAX_COMPACT)
		btc_read_fail(r, "compact size too large");
	if (r->why != NULL) {
		r->at = start;
		return 0;
	}
	return v;
}

/* A count of objects that take at least `least` bytes each: one that cannot fit in what is left is
 * a fault. */
static inline size_t btc_read_count(struct btc_reader *r, size_t least)
{
	size_t start = r->at;
	uint64_t n = btc_read_compact(r);

	if (r->why == NULL && n > btc_read_left(r) / least) {
		btc_read_fail(r, "count larger than what follows");
		r->at = start;
	}
	return r->why == NULL ? (size_t)n : 0;
}

/* A length and that many bytes, borrowed. */
static inline struct btc_span btc_read_span(struct btc_reader *r)
{
	size_t n = (size_t)btc_read_compact(r);
	const uint8_t *p = btc_read_bytes(r, n);

	return (struct btc_span){ .p = p, .n = p != NULL ? n : 0 };
}

#endif
