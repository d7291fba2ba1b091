/* fmt.h: numbers as people write and read them. Every function may be called from any thread. */
#ifndef BT_FMT_H
#define BT_FMT_H

#include "base/base.h"

#define BT_FMT_MAX 32 /* room that every bt_fmt_* result fits in, NUL included */

/* Parsers: the whole text must be one value, else -EINVAL (not a number) or -ERANGE; *out is then
 * untouched. */
int bt_parse_number(double *out, const char *text);  /* 1500, 1.5k, 2M, 1G; finite, not negative */
int bt_parse_count(uint64_t *out, const char *text); /* the same, a whole number */
/* "1,10,50": how many there are, each from 1 to `most`; -EINVAL: it is no such list, or has more
 * than `max`. */
int bt_parse_counts(uint64_t *out, unsigned max, const char *list, uint64_t most);
/* 250ms, 1.5s, 1m30s; units ns us ms s m h d; a bare 0. */
int bt_parse_duration(uint64_t *ns, const char *text);
int bt_parse_size(uint64_t *bytes, const char *text); /* 512, 64KiB, 10MiB, 2GiB; B optional */
int bt_parse_share(double *out, const char *text);    /* 5%, 0.05; 0..1 unless above */

/* Formatters write at most size bytes and return buf. NAN prints as "-". */
/* Three digits and k M G T: 0, 7.25, 84.1, 12.3k. */
char *bt_fmt_number(char *buf, size_t size, double v);
char *bt_fmt_group(char *buf, size_t size, uint64_t v); /* 1,234,567 */
char *bt_fmt_ns(char *buf, size_t size, double ns);     /* 812 ns, 1.25 ms, 3.20 s; three digits */
char *bt_fmt_bytes(char *buf, size_t size, double bytes); /* 512 B, 38.1 MiB */
char *bt_fmt_share(char *buf, size_t size, double share); /* 0.12 → 12.0 % */
/* Elapsed time: 0:07, 12:34, 1:02:03, 2d 03:04:05. */
char *bt_fmt_clock(char *buf, size_t size, uint64_t ns);
char *bt_fmt_span(char *buf, size_t size, uint64_t ns);      /* exact, parses back: 1m30s, 250ms */
char *bt_fmt_when(char *buf, size_t size, uint64_t unix_ns); /* local time: 2026-11-23 06:12:09 */
/*
 * Moments are nanoseconds of Unix time from 1677 to 2262, those before 1970 as two's complement.
 * bt_unix_s: in whole seconds. bt_fmt_utc: as ISO 8601 in UTC, 2026-11-23T05:12:09Z. bt_parse_utc
 * reads exactly that form, else -EINVAL; -ERANGE beyond those years.
 */
int64_t bt_unix_s(uint64_t unix_ns);
/* The moment as a number that compares, negative before 1970; exact to 1 us. */
static inline double bt_unix_real(uint64_t unix_ns)
{
	return (double)(int64_t)unix_ns;
}
char *bt_fmt_utc(char *buf, size_t size, uint64_t unix_ns);
int bt_parse_utc(uint64_t *unix_ns, const char *text);

/* Edit distance (Damerau, adjacent swaps count one), at most `limit` + 1. For "did you mean". */
unsigned bt_distance(const char *a, const char *b, unsigned limit);

#endif
