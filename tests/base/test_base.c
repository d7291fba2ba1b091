/* Numbers as people write them, random numbers, clocks, varints. */
#include "cm.h"

#include <errno.h>
#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/clock.h"
#include "base/encode.h"
#include "base/fmt.h"
#include "base/json_fault.h"
#include "base/rng.h"
#include "base/unit.h"
#include "base/varint.h"

static void durations_add_up_and_refuse_nonsense(void **state)
{
	static const struct {
		const char *text;
		uint64_t ns;
		int code;
	} rows[] = {
		{ "250ms", 250000000, 0 },
		{ "1m30s", 90000000000, 0 },
		{ "1.5s", 1500000000, 0 },
		{ "0", 0, 0 },
		{ "24h", 86400000000000, 0 },
		{ "2d1h", 176400000000000, 0 },
		{ "0.1us", 100, 0 },
		{ "1ns", 1, 0 },
		{ "10", 0, -EINVAL },
		{ "", 0, -EINVAL },
		{ "s", 0, -EINVAL },
		{ "-1s", 0, -EINVAL },
		{ "1 s", 0, -EINVAL },
		{ "1S", 0, -EINVAL },
		{ "1e3s", 0, -EINVAL },
		{ "1..5s", 0, -EINVAL },
		{ "99999999999h", 0, -ERANGE },
		{ "1ss", 0, -EINVAL },
		{ "0x1s", 0, -EINVAL },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		uint64_t ns = 0;

		if (bt_parse_duration(&ns, rows[i].text) != rows[i].code || ns != rows[i].ns)
			fail_msg("'%s' gives %llu", rows[i].text, (unsigned long long)ns);
	}
}

static void counts_sizes_and_shares_parse(void **state)
{
	uint64_t u, list[3];
	double d;

	(void)state;
	assert_int_equal(bt_parse_count(&u, "10M"), 0);
	assert_int_equal(u, 10000000);
	assert_int_equal(bt_parse_count(&u, "1.5k"), 0);
	assert_int_equal(u, 1500);
	assert_int_equal(bt_parse_count(&u, "9007199254740993"), 0);
	assert_true(u == UINT64_C(9007199254740993));
	assert_int_equal(bt_parse_counts(list, 3, "1,10,2k", 2000), 3);
	assert_true(list[0] == 1 && list[1] == 10 && list[2] == 2000);
	assert_int_equal(bt_parse_counts(list, 3, "5", 5), 1);
	assert_int_equal(bt_parse_counts(list, 3, "1,2,3,4", 5), -EINVAL);
	assert_int_equal(bt_parse_counts(list, 3, "6", 5), -EINVAL);
	assert_int_equal(bt_parse_counts(list, 3, "0", 5), -EINVAL);
	assert_int_equal(bt_parse_counts(list, 3, "", 5), -EINVAL);
	assert_int_equal(bt_parse_counts(list, 3, "1,", 5), -EINVAL);
	assert_int_equal(bt_parse_counts(list, 3, ",1", 5), -EINVAL);
	assert_int_equal(bt_parse_count(&u, "1.5"), -EINVAL);
	assert_int_equal(bt_parse_count(&u, "-1"), -EINVAL);
	assert_int_equal(bt_parse_count(&u, "99999999999999999999"), -ERANGE);
	assert_int_equal(bt_parse_size(&u, "64KiB"), 0);
	assert_int_equal(u, 65536);
	assert_int_equal(bt_parse_size(&u, "1.5MiB"), 0);
	assert_int_equal(u, 1572864);
	assert_int_equal(bt_parse_size(&u, "1KB"), -EINVAL);
	assert_int_equal(bt_parse_share(&d, "5%"), 0);
	assert_true(d == 0.05);
	assert_int_equal(bt_parse_share(&d, "0.05"), 0);
	assert_true(d == 0.05);
	assert_int_equal(bt_parse_share(&d, "5%%"), -EINVAL);
	assert_int_equal(bt_parse_number(&d, "1.5k"), 0);
	assert_true(d == 1500);
	assert_int_equal(bt_parse_number(&d, "nan"), -EINVAL);
	assert_int_equal(bt_parse_number(&d, "1kk"), -EINVAL);
	assert_int_equal(bt_parse_number(&d, "0.1234567891234"), 0);
	assert_near(d, 0.1234567891234, 1e-7);
}

/* What C leaves undefined: the sanitizer builds stop at a cast that does not fit. */
static void reals_of_any_size_become_whole_numbers(void **state)
{
	static const struct {
		double v;
		uint64_t n;
	} rows[] = {
		{ 2.9, 2 },
		{ -0.0, 0 },
		{ -1e300, 0 },
		{ NAN, 0 },
		{ -INFINITY, 0 },
		{ 0x1p63, UINT64_C(1) << 63 },
		{ 0x1p64, UINT64_MAX },
		{ INFINITY, UINT64_MAX },
	};
	char text[BT_FMT_MAX];

	(void)state;
	for (size_t i = 0; i < BT_LEN(rows); i++)
		assert_true(bt_u64(rows[i].v) == rows[i].n);
	bt_fmt_ns(text, sizeof(text), 1e300);
}

static void numbers_print_in_three_digits(void **state)
{
	static const struct {
		char *(*fmt)(char *, size_t, double);
		double v;
		const char *text;
	} rows[] = {
		{ bt_fmt_number, 0, "0" },
		{ bt_fmt_number, 7.25, "7.25" },
		{ bt_fmt_number, 84.12, "84.1" },
		{ bt_fmt_number, 999, "999" },
		{ bt_fmt_number, 999.7, "1.00k" },
		{ bt_fmt_number, 12345, "12.3k" },
		{ bt_fmt_number, 1e6, "1.00M" },
		{ bt_fmt_number, 9.996, "10.0" },
		{ bt_fmt_number, NAN, "-" },
		{ bt_fmt_ns, 812, "812 ns" },
		{ bt_fmt_ns, 1250000, "1.25 ms" },
		{ bt_fmt_ns, 3.2e9, "3.20 s" },
		{ bt_fmt_ns, 999960, "1.00 ms" },
		{ bt_fmt_ns, 3600e9, "1:00:00" },
		{ bt_fmt_bytes, 512, "512 B" },
		{ bt_fmt_bytes, 40 * 1048576.0, "40.0 MiB" },
		{ bt_fmt_share, 0, "0 %" },
		{ bt_fmt_share, 0.12, "12.0 %" },
		{ bt_fmt_share, 0.00001, "<0.01 %" },
		{ bt_fmt_share, 1, "100 %" },
		{ bt_fmt_share, NAN, "-" },
	};
	char buf[BT_FMT_MAX];

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++)
		assert_string_equal(rows[i].fmt(buf, sizeof(buf), rows[i].v), rows[i].text);
	assert_string_equal(bt_fmt_group(buf, sizeof(buf), 1234567), "1,234,567");
	assert_string_equal(bt_fmt_group(buf, sizeof(buf), 0), "0");
	assert_string_equal(bt_fmt_clock(buf, sizeof(buf), 3723 * BT_NS_PER_S), "1:02:03");
	assert_string_equal(bt_fmt_clock(buf, sizeof(buf), 7 * BT_NS_PER_S), "0:07");
}

static void spans_print_so_that_they_parse_back(void **state)
{
	static const uint64_t rows[] = { 0, 1, 1000, 1500000, 90 * BT_NS_PER_S, 86400 * BT_NS_PER_S,
		UINT64_C(123456789012345) };
	char buf[64];

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		uint64_t back = 1;

		bt_fmt_span(buf, sizeof(buf), rows[i]);
		assert_int_equal(bt_parse_duration(&back, buf), 0);
		assert_true(back == rows[i]);
	}
}

static void moments_print_so_that_they_parse_back(void **state)
{
	static const struct {
		int64_t s;
		const char *text;
	} rows[] = {
		{ 0, "1970-01-01T00:00:00Z" },
		{ -1, "1969-12-31T23:59:59Z" },
		{ -9223372036, "1677-09-21T00:12:44Z" },
		{ 9223372036, "2262-04-11T23:47:16Z" },
		{ 1795701950, "2026-11-26T14:05:50Z" },
		{ -631065600, "1950-01-02T00:00:00Z" },
	};
	static const char *const beyond[] = { "1677-09-21T00:12:43Z", "2262-04-11T23:47:17Z",
		"0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z" };
	uint64_t ns = 7;
	char buf[40];

	(void)state;
	for (size_t i = 0; i < BT_LEN(rows); i++) {
		bt_fmt_utc(buf, sizeof(buf), (uint64_t)rows[i].s * BT_NS_PER_S);
		assert_string_equal(buf, rows[i].text);
		assert_int_equal(bt_parse_utc(&ns, rows[i].text), 0);
		assert_true(ns == (uint64_t)rows[i].s * BT_NS_PER_S);
	}
	/* The first and the last nanosecond, and parts of a second before 1970. */
	assert_string_equal(
		bt_fmt_utc(buf, sizeof(buf), (uint64_t)INT64_MIN), "1677-09-21T00:12:43Z");
	assert_string_equal(bt_fmt_utc(buf, sizeof(buf), INT64_MAX), "2262-04-11T23:47:16Z");
	assert_string_equal(bt_fmt_utc(buf, sizeof(buf), UINT64_MAX), "1969-12-31T23:59:59Z");
	assert_true(bt_unix_real((uint64_t)INT64_MIN) < bt_unix_real(UINT64_MAX));
	assert_true(bt_unix_real(UINT64_MAX) < bt_unix_real(0));
	for (size_t i = 0; i < BT_LEN(beyond); i++)
		assert_int_equal(bt_parse_utc(&ns, beyond[i]), -ERANGE);
	assert_true(bt_wall_later(INT64_MAX, 1) == INT64_MAX);
	assert_true(bt_wall_later((uint64_t)INT64_MIN, 1) == (uint64_t)INT64_MIN + 1);
	assert_true(bt_wall_later(UINT64_MAX, 2) == 1);
	assert_true(bt_wall_later(5, UINT64_MAX) == INT64_MAX);
}

static void formatters_stay_in_small_buffers(void **state)
{
	(void)state;
	for (size_t size = 1; size < 12; size++) {
		char buf[16];

		memset(buf, '#', sizeof(buf));
		bt_fmt_group(buf, size, UINT64_MAX);
		assert_true(strlen(buf) < size && buf[size] == '#');
		bt_fmt_span(buf, size, UINT64_C(123456789012345));
		assert_true(strlen(buf) < size && buf[size] == '#');
	}
}

static void units_read_what_they_write(void **state)
{
	static const struct {
		enum bt_unit unit;
		double value;
		const char *text, *typed;
	} cases[] = {
		{ BT_UNIT_NS, 1.25e6, "1.25 ms", "1.25ms" },
		{ BT_UNIT_SHARE, 0.12, "12.0 %", "12%" },
		{ BT_UNIT_BYTES, 10485760, "10.0 MiB", "10MiB" },
		{ BT_UNIT_NUMBER, 1500, "1.50k", "1.5k" },
		{ BT_UNIT_RATIO, 0.5, "0.50", "50%" },
		{ BT_UNIT_RATIO, 45, "45", "45" },
		{ BT_UNIT_PER_S, 1500, "1.50k/s", "1.5k" },
	};
	char buf[BT_FMT_MAX];
	double value = 7;

	(void)state;
	for (size_t i = 0; i < BT_LEN(cases); i++) {
		assert_string_equal(bt_unit_text(buf, sizeof(buf), cases[i].unit, cases[i].value),
			cases[i].text);
		assert_string_equal(bt_unit_text(buf, sizeof(buf), cases[i].unit, NAN), "-");
		assert_int_equal(bt_unit_parse(&value, cases[i].unit, cases[i].typed), 0);
		assert_true(value == cases[i].value);
		assert_int_equal(bt_unit_parse(&value, cases[i].unit, "x"), -EINVAL);
		assert_true(value == cases[i].value);
	}
}

static void distance_counts_a_swap_once(void **state)
{
	(void)state;
	assert_int_equal(bt_distance("rate", "rate", 3), 0);
	assert_int_equal(bt_distance("raet", "rate", 3), 1);
	assert_int_equal(bt_distance("rat", "rate", 3), 1);
	assert_int_equal(bt_distance("duration", "rate", 3), 4);
}

static void random_numbers_have_their_moments(void **state)
{
	struct bt_rng rng;
	double sum = 0, exp_sum = 0, normal = 0, square = 0;
	enum { N = 200000 };

	(void)state;
	bt_rng_init(&rng, 42);
	for (unsigned i = 0; i < N; i++) {
		double z = bt_rng_normal(&rng), u = bt_rng_unit(&rng);

		assert_true(u > 0 && u <= 1);
		sum += u;
		exp_sum += bt_rng_exponential(&rng);
		normal += z;
		square += z * z;
		assert_true(bt_rng_below(&rng, 7) < 7);
	}
	assert_near(sum / N, 0.5, 0.01);
	assert_near(exp_sum / N, 1, 0.01);
	assert_true(fabs(normal / N) < 0.01);
	assert_near(square / N, 1, 0.02);
}

static void varints_round_trip_and_refuse_cut_ones(void **state)
{
	static const uint64_t rows[] = { 0, 1, 127, 128, 300, UINT32_MAX, UINT64_MAX };

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		uint8_t buf[16];
		struct bt_out out = { buf, sizeof(buf), 0 };
		struct bt_in in;
		uint64_t v;

		bt_put_varint(&out, rows[i]);
		in = (struct bt_in){ buf, out.n, 0 };
		assert_true(bt_get_varint(&in, &v) && v == rows[i] && in.at == out.n);
		in = (struct bt_in){ buf, out.n - 1, 0 };
		assert_false(bt_get_varint(&in, &v));
	}
	uint8_t long_one[11] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f };
	struct bt_in in = { long_one, sizeof(long_one), 0 };
	uint64_t v;

	assert_false(bt_get_varint(&in, &v));
}

struct sleeper {
	struct bt_clock *clock;
	unsigned seat;
	uint64_t step_ns, woke[10];
};

static void *sleep_ten_times(void *arg)
{
	struct sleeper *s = arg;

	bt_clock_enter(s->clock, s->seat);
	for (unsigned i = 0; i < 10; i++) {
		bt_sleep_until(s->clock, (i + 1) * s->step_ns);
		s->woke[i] = bt_now(s->clock);
	}
	bt_clock_leave(s->clock);
	return NULL;
}

static void virtual_sleepers_wake_at_their_moment(void **state)
{
	struct sleeper s[3] = { { .step_ns = 1000000000 }, { .step_ns = 700000000 },
		{ .step_ns = 1 } };
	pthread_t threads[3];
	struct bt_clock *clock;

	(void)state;
	assert_int_equal(bt_clock_open(&clock, BT_CLOCK_VIRTUAL, NULL), 0);
	for (unsigned i = 0; i < 3; i++) {
		s[i].clock = clock;
		s[i].seat = bt_clock_seat(clock);
		assert_int_equal(pthread_create(&threads[i], NULL, sleep_ten_times, &s[i]), 0);
	}
	bt_sleep_until(clock, 20000000000);
	assert_int_equal(bt_now(clock), 20000000000);
	for (unsigned i = 0; i < 3; i++) {
		pthread_join(threads[i], NULL);
		for (unsigned k = 0; k < 10; k++)
			assert_int_equal(s[i].woke[k], (k + 1) * s[i].step_ns);
	}
	bt_clock_close(clock);
}

struct waiter {
	struct bt_clock *clock;
	unsigned seat;
	_Atomic uint32_t word;
	uint64_t woke;
};

static void *wait_for_word(void *arg)
{
	struct waiter *w = arg;

	bt_clock_enter(w->clock, w->seat);
	while (atomic_load(&w->word) == 0)
		bt_clock_wait(w->clock, &w->word, 0, UINT64_C(1000000000000));
	w->woke = bt_now(w->clock);
	bt_clock_leave(w->clock);
	return NULL;
}

static void a_changed_word_wakes_its_waiter(void **state)
{
	static const enum bt_clock_kind kinds[] = { BT_CLOCK_VIRTUAL, BT_CLOCK_AUTO };

	(void)state;
	for (unsigned i = 0; i < BT_LEN(kinds); i++) {
		struct waiter w = { 0 };
		pthread_t thread;
		uint64_t start;

		assert_int_equal(bt_clock_open(&w.clock, kinds[i], NULL), 0);
		w.seat = bt_clock_seat(w.clock);
		start = bt_now(w.clock);
		assert_int_equal(pthread_create(&thread, NULL, wait_for_word, &w), 0);
		bt_sleep_until(w.clock, start + 5000000);
		atomic_store(&w.word, 1);
		bt_clock_wake(w.clock, &w.word);
		bt_clock_leave(w.clock);
		pthread_join(thread, NULL);
		assert_true(w.woke >= start + 5000000);
		if (kinds[i] == BT_CLOCK_VIRTUAL)
			assert_int_equal(w.woke, 5000000);
		bt_clock_close(w.clock);
	}
}

/* Each reading of ours lies between two of the kernel's, so that a preemption widens the bounds
 * instead of breaking them. */
static void our_clock_agrees_with_the_kernels(void **state)
{
	uint64_t before[2], ours[2], after[2], last = 0;
	double least, most, took;
	struct bt_clock *clock;

	(void)state;
	assert_int_equal(bt_clock_open(&clock, BT_CLOCK_AUTO, NULL), 0);
	for (unsigned i = 0; i < 100000; i++) {
		uint64_t now = bt_now(clock);

		assert_true(now >= last);
		last = now;
	}
	for (unsigned i = 0; i < 2; i++) {
		before[i] = bt_monotonic_ns();
		ours[i] = bt_now(clock);
		after[i] = bt_monotonic_ns();
		if (i == 0)
			bt_sleep_until(clock, ours[0] + 30000000);
	}
	least = (double)(before[1] - after[0]);
	most = (double)(after[1] - before[0]);
	took = (double)(ours[1] - ours[0]);
	assert_true(took >= 30e6 && took >= least * 0.999 && took <= most * 1.001);
	bt_clock_close(clock);
}

static void *spin(void *stop)
{
	while (!atomic_load_explicit((_Atomic int *)stop, memory_order_relaxed))
		;
	return NULL;
}

/* With busy threads on all processors a preemption falls between two readings now and then. */
static void a_preemption_between_two_readings_is_no_drift(void **state)
{
	pthread_t threads[8];
	const unsigned n = BT_LEN(threads);
	_Atomic int stop = 0;
	struct bt_clock *clock;
	int64_t first, most = 0;

	(void)state;
	assert_int_equal(bt_clock_open(&clock, BT_CLOCK_AUTO, NULL), 0);
	for (unsigned i = 0; i < n; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, spin, &stop), 0);
	first = bt_clock_ahead(clock);
	for (uint64_t end = bt_monotonic_ns() + 300000000; bt_monotonic_ns() < end;) {
		int64_t off = bt_clock_ahead(clock) - first;

		most = BT_MAX(most, off < 0 ? -off : off);
	}
	stop = 1;
	for (unsigned i = 0; i < n; i++)
		pthread_join(threads[i], NULL);
	assert_true(most < 500000); /* a slice of the scheduler is longer, slewing is less */
	bt_clock_close(clock);
}

static void bytes_are_written_and_read_as_text(void **state)
{
	static const struct {
		const char *bytes, *base64, *hex; /* RFC 4648, section 10 */
	} rows[] = { { "", "", "" }, { "f", "Zg==", "66" }, { "fo", "Zm8=", "666f" },
		{ "foobar", "Zm9vYmFy", "666f6f626172" }, { "\xff\xfb", "//s=", "fffb" } };
	static const char *const not_hex[] = { "0", "0g", "g0", " 0", "0x", "0\xb9" },
				 *const not_base64[] = { "Zg=", "Zg", "Z===", "Zm 8", "Zm-_" };
	uint8_t bytes[8], *read;
	char hex[17];
	size_t n;

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		const char *s = rows[i].bytes;
		char *text = bt_base64((const uint8_t *)s, strlen(s));

		assert_string_equal(text, rows[i].base64);
		free(text);
		read = bt_base64_read(rows[i].base64, &n);
		assert_int_equal(n, strlen(s));
		assert_memory_equal(read, s, n);
		free(read);
		bt_hex(hex, (const uint8_t *)s, strlen(s));
		assert_string_equal(hex, rows[i].hex);
		assert_true(bt_hex_read(bytes, rows[i].hex, strlen(rows[i].hex)));
		assert_memory_equal(bytes, s, strlen(s));
	}
	assert_true(bt_hex_read(bytes, "AbCd", 4) && bytes[0] == 0xab && bytes[1] == 0xcd);
	for (unsigned i = 0; i < BT_LEN(not_hex); i++)
		assert_false(bt_hex_read(bytes, not_hex[i], strlen(not_hex[i])));
	for (unsigned i = 0; i < BT_LEN(not_base64); i++)
		assert_null(bt_base64_read(not_base64[i], &n));
}

static void faults_of_json_name_nothing_of_the_parser(void **state)
{
	static const struct {
		const char *jansson, *words;
	} rows[] = {
		{ "\\u0000 is not allowed without JSON_ALLOW_NUL near '\"a\\u0000\"'",
			"\\u0000 in a text is unsupported near '\"a\\u0000\"'" },
		{ "too big negative integer", "an integer below -2^63" },
		{ "too big integer near '1'", "an integer above 2^63 - 1 near '1'" },
		{ "unable to decode byte 0xff near 'x'", "not UTF-8: byte 0xff near 'x'" },
		{ "duplicate object key near '\"a\"'", "duplicate object key near '\"a\"'" },
	};
	char out[BT_JSON_FAULT_SIZE];

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++)
		assert_string_equal(bt_json_fault(out, rows[i].jansson), rows[i].words);
}

static void what_lacks_memory_is_named_in_one_sentence(void **state)
{
	struct bt_err err = { .msg = "a run" };

	(void)state;
	assert_int_equal(bt_oom(&err, "%s: %u blocks", err.msg, 3), -ENOMEM);
	assert_string_equal(err.msg, "a run: 3 blocks: out of memory");
	assert_int_equal(bt_oom(&err, NULL), err.code);
	assert_string_equal(err.msg, "out of memory");
	assert_int_equal(bt_oom(NULL, "nobody asks"), -ENOMEM);
}

static void an_array_grows_by_doubling_and_refuses_what_no_memory_holds(void **state)
{
	uint32_t *v = NULL, *more;

	(void)state;
	for (uint32_t n = 0; n < 1000; n++) {
		more = bt_grow(v, n, sizeof(*v));
		assert_non_null(more);
		assert_true(n == 0 || (n & (n - 1)) == 0 || more == v);
		v = more;
		v[n] = n;
	}
	for (uint32_t n = 0; n < 1000; n++)
		assert_int_equal(v[n], n);
	assert_null(bt_grow(v, (size_t)1 << 62, 4));
	free(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_add_up_and_refuse_nonsense),
		cmocka_unit_test(counts_sizes_and_shares_parse),
		cmocka_unit_test(reals_of_any_size_become_whole_numbers),
		cmocka_unit_test(numbers_print_in_three_digits),
		cmocka_unit_test(spans_print_so_that_they_parse_back),
		cmocka_unit_test(moments_print_so_that_they_parse_back),
		cmocka_unit_test(formatters_stay_in_small_buffers),
		cmocka_unit_test(units_read_what_they_write),
		cmocka_unit_test(distance_counts_a_swap_once),
		cmocka_unit_test(random_numbers_have_their_moments),
		cmocka_unit_test(bytes_are_written_and_read_as_text),
		cmocka_unit_test(faults_of_json_name_nothing_of_the_parser),
		cmocka_unit_test(what_lacks_memory_is_named_in_one_sentence),
		cmocka_unit_test(an_array_grows_by_doubling_and_refuses_what_no_memory_holds),
		cmocka_unit_test(varints_round_trip_and_refuse_cut_ones),
		cmocka_unit_test(virtual_sleepers_wake_at_their_moment),
		cmocka_unit_test(a_changed_word_wakes_its_waiter),
		cmocka_unit_test(our_clock_agrees_with_the_kernels),
		cmocka_unit_test(a_preemption_between_two_readings_is_no_drift),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
