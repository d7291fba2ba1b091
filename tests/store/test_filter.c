/* The words that choose runs of the history. */
#include "cm.h"

#include <errno.h>
#include <math.h>
#include <time.h>

#include "store/filter.h"

#define DAY    (UINT64_C(86400) * BT_NS_PER_S)
#define NOW    (UINT64_C(20000) * DAY) /* 2024-10-04 */
#define DAY_NS (INT64_C(86400) * 1000000000)

static const struct bt_run_row run = {
	.id = 17,
	.started_wall_ns = NOW - 3 * DAY,
	.duration_ns = 90 * BT_NS_PER_S,
	.workload = "bitcoin.block",
	.profile = "load",
	.tags = "release=0.1 build=10",
	.commit = "abc123",
	.host = "bench",
	.status = "ended",
	.verdict = "valid",
	.throughput = 1500,
	.error_rate = 0.02,
	.peak_rate = NAN,
	.p50_ns = 2e6,
	.p99_ns = 12e6,
	.rss_peak_bytes = 100 << 20,
	.finding = "limit 1.4k op/s",
};

static bool holds(const char *text)
{
	struct bt_err err = { .msg = "" };
	struct bt_filter filter;

	if (bt_filter_read(&filter, text, NOW, &err) < 0)
		fail_msg("%s", err.msg);
	return bt_filter_holds(&filter, &run);
}

static void words_hold_or_do_not(void **state BT_UNUSED)
{
	static const char *const yes[] = { "", "  ", "workload:bitcoin", "workload:BLOCK",
		"workload=bitcoin.block", "tag:release", "tag:release=0", "tag=release=0.1",
		"tag=build=10", "commit:abc", "commit=abc123", "host:ben", "verdict:valid",
		"status:ended", "profile=load", "run=17", "run:17", "run>16", "run<=17", "rate>1k",
		"throughput>1.4k", "rate<1.6k", "p50<=2ms", "p99>10ms", "p99=12ms", "took>1m",
		"took<2m", "errors>1%", "errors>=0.02", "memory>=100MiB", "memory<1GiB", "since:7d",
		"since:3d", "before:1d", "since:2024-09-30", "before:2024-10-04", "block", "limit",
		"BENCH", "release=0.1", "-workload:sim", "-p99>20ms", "-since:1d", "-nothing",
		"workload:bitcoin tag:release p99>10ms since:7d", "-peak>1", "p99>10ms p99<1s" };
	static const char *const no[] = { "workload:sim", "workload=bitcoin", "tag:nightly",
		"tag=build=1", "tag=release", "commit=abc", "verdict:in", "verdict:invalid",
		"run<17", "rate>1500", "p99>12ms", "p99<12ms", "p50>1s", "took>=2m", "errors<2%",
		"memory<100MiB", "since:2d", "before:4d", "since:2024-10-04", "nothing", "-block",
		"peak>1", "peak<1", "peak=1", "-tag:release",
		"workload:bitcoin tag:release p99>10ms since:1d", "release=0.2" };

	for (size_t i = 0; i < BT_LEN(yes); i++)
		if (!holds(yes[i]))
			fail_msg("'%s' does not hold", yes[i]);
	for (size_t i = 0; i < BT_LEN(no); i++)
		if (holds(no[i]))
			fail_msg("'%s' holds", no[i]);
}

/* Moments before 1970 and at both ends of the years that a history can hold. */
static void moments_compare_before_1970_too(void **state BT_UNUSED)
{
	static const struct {
		int64_t started_ns, now_ns;
		const char *text;
		bool holds;
	} cases[] = {
		{ -DAY_NS, NOW, "since:1d", false },
		{ -DAY_NS, NOW, "before:1d", true },
		{ -10000 * DAY_NS, NOW, "since:1942-01-01", true },
		{ -10000 * DAY_NS, NOW, "since:1943-01-01", false },
		{ -10000 * DAY_NS, NOW, "before:1942-01-01", false },
		{ INT64_MIN, NOW, "since:2d", false },
		{ INT64_MIN, NOW, "before:1678-01-01", true },
		{ INT64_MAX, NOW, "since:2262-01-01", true },
		{ INT64_MAX, NOW, "before:2262-01-01", false },
		/* A clock that nobody has set. */
		{ -3 * DAY_NS, -DAY_NS, "since:1d", false },
		{ -3 * DAY_NS, -DAY_NS, "since:7d", true },
		{ DAY_NS, -DAY_NS, "since:1d", true },
	};

	for (size_t i = 0; i < BT_LEN(cases); i++) {
		struct bt_run_row row = run;
		struct bt_filter filter;

		row.started_wall_ns = (uint64_t)cases[i].started_ns;
		assert_int_equal(
			bt_filter_read(&filter, cases[i].text, (uint64_t)cases[i].now_ns, NULL), 0);
		if (bt_filter_holds(&filter, &row) != cases[i].holds)
			fail_msg("row %zu: '%s' %s", i, cases[i].text,
				cases[i].holds ? "does not hold" : "holds");
	}
}

static void what_is_no_word_is_named(void **state BT_UNUSED)
{
	static const struct {
		const char *text, *says;
	} cases[] = {
		{ "workload>x", "'workload>x': expected workload with a text" },
		{ "p99>", "'p99>': expected p99 with <, >" },
		{ "p99>10", "time like 10ms" },
		{ "p99:10ms block p99>x", "'p99>x'" },
		{ "errors>many", "share like 1%" },
		{ "since:yesterday", "a day like 2026-11-23" },
		{ "since:2024-02-30", "a day like 2026-11-23" },
		{ "before:2024-13-01", "a day like 2026-11-23" },
		{ "since:2024-00-10", "a day like 2026-11-23" },
		{ "since>7d", "':' and a time like 7d" },
		{ "memory>lots", "size like 100MiB" },
		{ "wrokload:sim", "did you mean workload?" },
		{ "-p9:1", "did you mean p99?" },
		{ "colour:red", "expected workload, profile, tag" },
		{ "workload:", "'workload:'" },
	};
	struct bt_filter filter;
	struct bt_err err;

	for (size_t i = 0; i < BT_LEN(cases); i++) {
		assert_int_equal(bt_filter_read(&filter, cases[i].text, NOW, &err), -EINVAL);
		if (!strstr(err.msg, cases[i].says))
			fail_msg("'%s': %s", cases[i].text, err.msg);
	}
}

/* While a word is being typed the ones before it stand. */
static void words_before_a_bad_one_stand(void **state BT_UNUSED)
{
	struct bt_filter filter;
	struct bt_err err;

	assert_int_equal(bt_filter_read(&filter, "workload:sim p99>", NOW, &err), -EINVAL);
	assert_int_equal(filter.n, 1);
	assert_false(bt_filter_holds(&filter, &run));
}

static void too_much_is_refused(void **state BT_UNUSED)
{
	char text[BT_FILTER_TEXT + 50];
	struct bt_filter filter;
	struct bt_err err;

	memset(text, 'x', sizeof(text));
	text[sizeof(text) - 1] = '\0';
	assert_int_equal(bt_filter_read(&filter, text, NOW, &err), -EINVAL);
	for (size_t i = 0; i < 2 * (BT_FILTER_WORDS + 1); i++)
		text[i] = i % 2 ? ' ' : 'x';
	text[2 * (BT_FILTER_WORDS + 1)] = '\0';
	assert_int_equal(bt_filter_read(&filter, text, NOW, &err), -EINVAL);
	assert_int_equal(filter.n, BT_FILTER_WORDS);
}

static void a_list_keeps_its_order(void **state BT_UNUSED)
{
	struct bt_run_row rows[] = { run, run, run, run };
	struct bt_run_list list = { .rows = rows, .n = BT_LEN(rows) };
	struct bt_filter filter;

	for (size_t i = 0; i < BT_LEN(rows); i++) {
		rows[i].id = 20 - i;
		rows[i].p99_ns = (double)i * 1e6;
	}
	assert_int_equal(bt_filter_read(&filter, "p99>=1ms -p99=2ms", NOW, NULL), 0);
	bt_filter_list(&filter, &list);
	assert_int_equal(list.n, 2);
	assert_int_equal(list.rows[0].id, 19);
	assert_int_equal(list.rows[1].id, 17);
}

/* Bytes of any kind are refused or taken, and read no further than their end. */
static void any_bytes_do_no_harm(void **state BT_UNUSED)
{
	static const char bytes[] = "p99workldtag:<>=- \t%.mskM10\xff\xc3";
	struct bt_filter filter;
	uint64_t rng = 5;
	char text[40];

	for (unsigned i = 0; i < 20000; i++) {
		size_t n = i % (sizeof(text) - 1);

		for (size_t k = 0; k < n; k++) {
			rng = rng * UINT64_C(6364136223846793005) + 1;
			text[k] = bytes[(rng >> 33) % (sizeof(bytes) - 1)];
		}
		text[n] = '\0';
		bt_filter_read(&filter, text, NOW, NULL);
		bt_filter_holds(&filter, &run);
	}
}

/* As the history keeps them, and as older versions wrote them without quotes. */
static void tags_with_blanks_and_commas_are_named_in_quotes(void **state BT_UNUSED)
{
	static const struct {
		const char *tags, *yes[8], *no[5];
	} rows[] = {
		{ "build=7 'note=two words' \"it's=a,b\" a,b=c=d e=",
			{ "tag='note=two words'", "'note=two words'", "tag:'o w'", "tag=build=7",
				"tag=it\\'s=a,b", "tag=a,b=c=d", "tag=e=", NULL },
			{ "tag=note=two", "tag=words", "tag='build=7 note'", "tag:'7 n'", NULL } },
		{ "note=two words build=7",
			{ "tag='note=two words'", "tag=build=7", "-tag=note=two", NULL },
			{ "tag=note=two", NULL } },
		{ "note=it's build=7", { "tag=\"note=it's\"", "tag=build=7", NULL }, { NULL } },
	};

	for (size_t i = 0; i < BT_LEN(rows); i++) {
		struct bt_run_row row = run;
		struct bt_filter filter;
		struct bt_err err;

		row.tags = rows[i].tags;
		for (size_t k = 0; rows[i].yes[k]; k++) {
			assert_int_equal(bt_filter_read(&filter, rows[i].yes[k], NOW, &err), 0);
			if (!bt_filter_holds(&filter, &row))
				fail_msg("%s does not choose %s", rows[i].yes[k], row.tags);
		}
		for (size_t k = 0; rows[i].no[k]; k++) {
			assert_int_equal(bt_filter_read(&filter, rows[i].no[k], NOW, &err), 0);
			if (bt_filter_holds(&filter, &row))
				fail_msg("%s chooses %s", rows[i].no[k], row.tags);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_hold_or_do_not),
		cmocka_unit_test(tags_with_blanks_and_commas_are_named_in_quotes),
		cmocka_unit_test(moments_compare_before_1970_too),
		cmocka_unit_test(what_is_no_word_is_named),
		cmocka_unit_test(words_before_a_bad_one_stand),
		cmocka_unit_test(too_much_is_refused),
		cmocka_unit_test(a_list_keeps_its_order),
		cmocka_unit_test(any_bytes_do_no_harm),
	};

	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
