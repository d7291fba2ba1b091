#include "base/fmt.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Digits with at most one point: the only numbers accepted, so no sign, hexadecimal, exponent,
 * "nan" or locale. */
static int parse_decimal(double *out, const char *text, const char **end)
{
	const char *p = text;
	char digits[64];
	unsigned n = 0, points = 0, seen = 0;

	for (; (*p >= '0' && *p <= '9') || *p == '.'; p++) {
		points += *p == '.';
		seen += *p != '.';
		if (n + 1 >= sizeof(digits))
			return -ERANGE;
		digits[n++] = *p;
	}
	digits[n] = '\0';
	if (!seen || points > 1)
		return -EINVAL;
	*out = 0;
	for (unsigned i = 0, after = 0; i < n; i++) { /* strtod would follow the locale's point */
		if (digits[i] == '.') {
			after = 1;
			continue;
		}
		*out = *out * 10 + (digits[i] - '0');
		after *= 10;
		if (i + 1 == n && after > 1)
			*out /= after;
		else if (after >= 100000000) { /* digits past the ninth place change nothing here */
			*out /= after;
			break;
		}
	}
	*end = p;
	return 0;
}

int bt_parse_number(double *out, const char *text)
{
	static const struct {
		char letter;
		double factor;
	} suffixes[] = { { 'k', 1e3 }, { 'K', 1e3 }, { 'M', 1e6 }, { 'G', 1e9 } };
	const char *end;
	double v;
	int r = parse_decimal(&v, text, &end);

	if (r < 0)
		return r;
	for (unsigned i = 0; *end && i < BT_LEN(suffixes); i++) {
		if (*end == suffixes[i].letter) {
			v *= suffixes[i].factor;
			end++;
			break;
		}
	}
	if (*end)
		return -EINVAL;
	*out = v;
	return 0;
}

int bt_parse_count(uint64_t *out, const char *text)
{
	double v;
	int r;

	if (*text && strspn(text, "0123456789") == strlen(text)) { /* exact beyond 2^53 */
		errno = 0;
		unsigned long long u = strtoull(text, NULL, 10);
		if (errno)
			return -ERANGE;
		*out = u;
		return 0;
	}
	r = bt_parse_number(&v, text);
	if (r < 0)
		return r;
	if (v >= 0x1p64)
		return -ERANGE;
	if (fabs(v - round(v)) > 1e-6 * fmax(1, v) * 1e-3)
		return -EINVAL;
	*out = (uint64_t)round(v);
	return 0;
}

int bt_parse_counts(uint64_t *out, unsigned max, const char *list, uint64_t most)
{
	unsigned n = 0;

	for (const char *at = list;; at++) {
		size_t len = strcspn(at, ",");
		char word[32];

		if (n == max || len >= sizeof(word))
			return -EINVAL;
		memcpy(word, at, len);
		word[len] = '\0';
		if (bt_parse_count(&out[n], word) < 0 || !out[n] || out[n] > most)
			return -EINVAL;
		n++;
		at += len;
		if (!*at)
			return (int)n;
	}
}

static const struct {
	const char *name;
	double ns;
} time_units[] = {
	{ "ns", 1 },
	{ "us", 1e3 },
	{ "ms", 1e6 },
	{ "s", 1e9 },
	{ "m", 60e9 },
	{ "h", 3600e9 },
	{ "d", 86400e9 },
};

int bt_parse_duration(uint64_t *ns, const char *text)
{
	double total = 0, v;

	if (strcmp(text, "0") == 0) {
		*ns = 0;
		return 0;
	}
	do {
		unsigned i;
		size_t len;
		int r = parse_decimal(&v, text, &text);

		if (r < 0)
			return r;
		len = strspn(text, "abcdefghijklmnopqrstuvwxyz");
		for (i = 0; i < BT_LEN(time_units); i++)
			if (strlen(time_units[i].name) == len &&
				!strncmp(time_units[i].name, text, len))
				break;
		if (i == BT_LEN(time_units))
			return -EINVAL;
		total += v * time_units[i].ns;
		text += len;
	} while (*text);
	if (total >= 0x1p63)
		return -ERANGE;
	*ns = (uint64_t)(total + 0.5);
	return 0;
}

int bt_parse_size(uint64_t *bytes, const char *text)
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	const char *end;
	double v;
	int r = parse_decimal(&v, text, &end);

	if (r < 0)
		return r;
	for (unsigned i = 0; *end; i++, v *= 1024) {
		if (i == BT_LEN(units))
			return -EINVAL;
		if (strcmp(end, units[i]) == 0)
			break;
	}
	if (v >= 0x1p63)
		return -ERANGE;
	*bytes = (uint64_t)(v + 0.5);
	return 0;
}

int bt_parse_share(double *out, const char *text)
{
	const char *end;
	double v;
	int r = parse_decimal(&v, text, &end);

	if (r < 0)
		return r;
	if (strcmp(end, "%") == 0)
		v /= 100;
	else if (*end)
		return -EINVAL;
	*out = v;
	return 0;
}

/* Three significant digits of 0 ≤ v < 1000, without an exponent. */
static void three_digits(char *buf, size_t size, double v)
{
	int places = v < 9.995 ? 2 : v < 99.95 ? 1 : 0;

	snprintf(buf, size, "%.*f", places, v);
}

struct scale {
	double factor;
	const char *unit;
};

/* The largest scale that keeps v at or above one of its unit, rounding to three digits taken into
 * account. */
static const struct scale *scale_of(const struct scale *scales, unsigned n, double v)
{
	unsigned i = 0;

	while (i + 1 < n && v >= scales[i + 1].factor * 0.9995)
		i++;
	return &scales[i];
}

static char *fmt_scaled(
	char *buf, size_t size, double v, const struct scale *scales, unsigned n, const char *gap)
{
	const struct scale *s;
	char digits[32];

	if (isnan(v) || v < 0) {
		snprintf(buf, size, "-");
		return buf;
	}
	s = scale_of(scales, n, v);
	if (s == scales && v == floor(v) && v < 1000)
		snprintf(digits, sizeof(digits), "%.0f", v);
	else
		three_digits(digits, sizeof(digits), v / s->factor);
	snprintf(buf, size, "%s%s%s", digits, *s->unit ? gap : "", s->unit);
	return buf;
}

char *bt_fmt_number(char *buf, size_t size, double v)
{
	static const struct scale scales[] = { { 1, "" }, { 1e3, "k" }, { 1e6, "M" }, { 1e9, "G" },
		{ 1e12, "T" } };

	return fmt_scaled(buf, size, v, scales, BT_LEN(scales), "");
}

char *bt_fmt_ns(char *buf, size_t size, double ns)
{
	static const struct scale scales[] = { { 1, "ns" }, { 1e3, "us" }, { 1e6, "ms" },
		{ 1e9, "s" } };

	if (ns >= 1000e9 * 0.9995) { /* from a thousand seconds on, as a clock */
		bt_fmt_clock(buf, size, bt_u64(ns));
		return buf;
	}
	return fmt_scaled(buf, size, ns, scales, BT_LEN(scales), " ");
}

char *bt_fmt_bytes(char *buf, size_t size, double bytes)
{
	static const struct scale scales[] = { { 1, "B" }, { 1024, "KiB" }, { 1048576, "MiB" },
		{ 1073741824.0, "GiB" }, { 1099511627776.0, "TiB" } };

	return fmt_scaled(buf, size, bytes, scales, BT_LEN(scales), " ");
}

char *bt_fmt_share(char *buf, size_t size, double share)
{
	char digits[32];

	if (isnan(share)) {
		snprintf(buf, size, "-");
		return buf;
	}
	if (share == 0)
		snprintf(digits, sizeof(digits), "0");
	else if (fabs(share) < 0.00005)
		snprintf(digits, sizeof(digits), "<0.01");
	else if (fabs(share) < 0.0995)
		snprintf(digits, sizeof(digits), "%.2f", share * 100);
	else
		snprintf(digits, sizeof(digits), "%.*f", fabs(share) < 0.9995 ? 1 : 0, share * 100);
	snprintf(buf, size, "%s %%", digits);
	return buf;
}

char *bt_fmt_group(char *buf, size_t size, uint64_t v)
{
	char digits[24];
	size_t n = (size_t)snprintf(digits, sizeof(digits), "%llu", (unsigned long long)v), at = 0;

	for (size_t i = 0; i < n && at + 2 < size; i++) {
		if (i && (n - i) % 3 == 0)
			buf[at++] = ',';
		buf[at++] = digits[i];
	}
	if (size)
		buf[BT_MIN(at, size - 1)] = '\0';
	return buf;
}

char *bt_fmt_clock(char *buf, size_t size, uint64_t ns)
{
	unsigned long long s = ns / BT_NS_PER_S;
	unsigned d = (unsigned)(s / 86400), h = (unsigned)(s / 3600 % 24),
		 m = (unsigned)(s / 60 % 60);

	if (d)
		snprintf(buf, size, "%ud %02u:%02u:%02u", d, h, m, (unsigned)(s % 60));
	else if (h)
		snprintf(buf, size, "%u:%02u:%02u", h, m, (unsigned)(s % 60));
	else
		snprintf(buf, size, "%u:%02u", m, (unsigned)(s % 60));
	return buf;
}

char *bt_fmt_span(char *buf, size_t size, uint64_t ns)
{
	size_t at = 0;

	if (!ns)
		snprintf(buf, size, "0");
	for (unsigned i = BT_LEN(time_units); i-- > 0 && ns;) {
		uint64_t unit = (uint64_t)time_units[i].ns, n = ns / unit;

		if (!n || at >= size)
			continue;
		at += (size_t)snprintf(
			buf + at, size - at, "%llu%s", (unsigned long long)n, time_units[i].name);
		ns -= n * unit;
	}
	return buf;
}

char *bt_fmt_when(char *buf, size_t size, uint64_t unix_ns)
{
	time_t t = (time_t)bt_unix_s(unix_ns);
	struct tm tm;

	if (!localtime_r(&t, &tm) || !strftime(buf, size, "%Y-%m-%d %H:%M:%S", &tm))
		snprintf(buf, size, "-");
	return buf;
}

int64_t bt_unix_s(uint64_t unix_ns)
{
	const int64_t second = (int64_t)BT_NS_PER_S;
	int64_t ns = (int64_t)unix_ns;

	return ns / second - (ns % second < 0);
}

static const char utc_form[] = "%Y-%m-%dT%H:%M:%SZ";

char *bt_fmt_utc(char *buf, size_t size, uint64_t unix_ns)
{
	time_t t = (time_t)bt_unix_s(unix_ns);
	struct tm tm;

	if (!gmtime_r(&t, &tm) || !strftime(buf, size, utc_form, &tm))
		snprintf(buf, size, "-");
	return buf;
}

int bt_parse_utc(uint64_t *unix_ns, const char *text)
{
	struct tm tm = { 0 };
	char again[40];
	int64_t ns;

	/*
	 * strptime also takes blanks, short numbers and the 30th of February; bt_fmt_utc never
	 * writes them.
	 */
	if (!strptime(text, utc_form, &tm) || strlen(text) != sizeof("2026-11-23T05:12:09Z") - 1)
		return -EINVAL;
	if (__builtin_mul_overflow((int64_t)timegm(&tm), (int64_t)BT_NS_PER_S, &ns))
		return -ERANGE;
	if (strcmp(bt_fmt_utc(again, sizeof(again), (uint64_t)ns), text) != 0)
		return -EINVAL;
	*unix_ns = (uint64_t)ns;
	return 0;
}

unsigned bt_distance(const char *a, const char *b, unsigned limit)
{
	enum { MAX = 48 };
	size_t la = strlen(a), lb = strlen(b);
	unsigned d[3][MAX + 1], *two = d[0], *one = d[1], *row = d[2];

	if (la > MAX || lb > MAX || (la > lb ? la - lb : lb - la) > limit)
		return limit + 1;
	for (unsigned j = 0; j <= lb; j++)
		one[j] = j;
	for (unsigned i = 1; i <= la; i++) {
		unsigned *t;

		row[0] = i;
		for (unsigned j = 1; j <= lb; j++) {
			unsigned best = one[j - 1] + (a[i - 1] != b[j - 1]);

			best = BT_MIN(best, one[j] + 1);
			best = BT_MIN(best, row[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = BT_MIN(best, two[j - 2] + 1);
			row[j] = best;
		}
		t = two, two = one, one = row, row = t;
	}
	return BT_MIN(one[lb], limit + 1);
}
