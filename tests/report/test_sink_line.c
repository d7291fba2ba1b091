/* Progress lines. */
#include "cm.h"

#include "report/sink_line.h"
#include "record_run.h"

#define TICK (100 * BT_NS_PER_MS)

struct fixture {
	struct fake_run *run;
	struct bt_sink *sink;
	struct page page;
};

static void begin(struct fixture *f, bool open_loop, uint64_t interval_ns)
{
	f->run = fake_new(open_loop);
	page_open(&f->page);
	assert_int_equal(
		bt_sink_line_open(&f->sink, f->page.out, &f->run->info, interval_ns, NULL), 0);
}

static void tick(struct fixture *f, uint64_t span_ns, unsigned n, unsigned bad)
{
	fake_tick(f->run, span_ns, n, bad);
	assert_int_equal(bt_sink_put(f->sink, &f->run->snap, NULL), 0);
}

static const char *end(struct fixture *f)
{
	const char *text;

	assert_int_equal(bt_sink_close(f->sink, NULL), 0);
	text = page_text(&f->page);
	for (const char *line = text; *line; line += strcspn(line, "\n") + 1)
		assert_true(strcspn(line, "\n") <= 100);
	return text;
}

static void fini(struct fixture *f)
{
	page_free(&f->page);
	fake_free(f->run);
}

static unsigned count(const char *text, const char *word)
{
	unsigned n = 0;

	for (; (text = strstr(text, word)); text++)
		n++;
	return n;
}

/* What stands before the first line of status, which these runs have at their end. */
static const char *until_header(const char *text)
{
	char *header = strstr(text, "       time  ");

	assert_non_null(header);
	*header = '\0';
	return text;
}

static const char ramp[] = "       time  segment         offered achieved      p50      p95      "
			   "p99  errors        RSS      CPU\n"
			   "       0:01  warm-up             100      100   699 us  3.58 ms  5.20 "
			   "ms       0   30.0 MiB        -\n"
			   "       0:02  step 1/100          200      200   760 us  2.78 ms  4.39 "
			   "ms       0   30.0 MiB   50.0 %\n"
			   "       0:03  step 2/100          301      300   668 us  2.51 ms  3.41 "
			   "ms       1   30.0 MiB   50.0 %\n"
			   "       0:03  step 2/100          400      400   751 us  3.05 ms  4.10 "
			   "ms       0   30.0 MiB   50.0 %\n";

static void a_line_a_second_of_a_ramp(void **state BT_UNUSED)
{
	struct fixture f;
	struct bt_segment_record *s;

	begin(&f, true, BT_NS_PER_S);
	fake_segment(f.run, "warm-up", 100, BT_NS_PER_S);
	for (int i = 0; i < 35; i++) {
		if (i == 10 || i == 20) {
			s = fake_segment(f.run, "step", 100, BT_NS_PER_S);
			s->plan.step = (unsigned)i / 10;
			s->plan.steps = 100;
		}
		fake_tick(f.run, TICK, 10 * (unsigned)(1 + i / 10), i == 25);
		if (i == 34)
			fake_last(f.run);
		assert_int_equal(bt_sink_put(f.sink, &f.run->snap, NULL), 0);
	}
	assert_string_equal(end(&f), ramp);
	fini(&f);
}

static const char closed[] = "       time  segment         offered achieved      p50      p95      "
			     "p99  errors        RSS      CPU\n"
			     "       0:01  load                 20       20  24.6 ms   111 ms   "
			     "129 ms       0   30.0 MiB        -\n"
			     "       0:02  load                  0        0        -        -      "
			     "  -       0   30.0 MiB   50.0 %\n";

static void a_closed_loop_shows_service_time(void **state BT_UNUSED)
{
	struct fixture f;

	begin(&f, false, BT_NS_PER_S);
	f.run->snap.usage.cpu_ns = UINT64_MAX;
	fake_segment(f.run, "load", 0, BT_FOREVER);
	f.run->mean_ns = 5e7;
	tick(&f, BT_NS_PER_S, 20, 0);
	tick(&f, BT_NS_PER_S, 0, 0);
	assert_string_equal(end(&f), closed);
	fini(&f);
}

/* Snapshots jitter around the second, and none of them is printed twice or left out. */
static void jitter_makes_no_extra_lines(void **state BT_UNUSED)
{
	struct fixture f;
	const char *text;

	begin(&f, true, BT_NS_PER_S);
	fake_segment(f.run, "load", 100, BT_FOREVER);
	for (int i = 0; i < 100; i++)
		tick(&f, TICK + (i % 2 ? 9 : -9) * BT_NS_PER_MS, 10, 0);
	text = end(&f);
	assert_int_equal(count(text, "load"), 10);
	assert_int_equal(count(text, "\n"), 11);
	fini(&f);
}

static void the_header_comes_again(void **state BT_UNUSED)
{
	struct fixture f;
	const char *text;

	begin(&f, true, 250 * BT_NS_PER_MS);
	fake_segment(f.run, "load", 100, BT_FOREVER);
	for (int i = 0; i < 41; i++)
		tick(&f, 250 * BT_NS_PER_MS, 10, 0);
	text = end(&f);
	assert_int_equal(count(text, "segment"), 3);
	assert_int_equal(count(text, "load"), 41);
	fini(&f);
}

static void an_interval_that_was_cut_is_printed_at_the_end(void **state BT_UNUSED)
{
	struct fixture f;
	const char *text;

	begin(&f, true, BT_NS_PER_S);
	fake_segment(f.run, "load", 100, BT_FOREVER);
	for (int i = 0; i < 12; i++)
		tick(&f, TICK, 10, 0);
	text = end(&f);
	assert_int_equal(count(text, "load"), 2);
	fini(&f);
}

static void nothing_is_printed_of_nothing(void **state BT_UNUSED)
{
	struct fixture f;

	begin(&f, true, BT_NS_PER_S);
	assert_string_equal(end(&f), "");
	fini(&f);
}

static void a_stream_that_fails_is_told(void **state BT_UNUSED)
{
	struct fake_run *run = fake_new(true);
	struct bt_err err = { .msg = "" };
	struct bt_sink *sink;
	FILE *full = fopen("/dev/full", "w");

	assert_non_null(full);
	assert_int_equal(bt_sink_line_open(&sink, full, &run->info, BT_NS_PER_S, NULL), 0);
	fake_segment(run, "load", 100, BT_FOREVER);
	fake_tick(run, BT_NS_PER_S, 10, 0);
	assert_true(bt_sink_put(sink, &run->snap, &err) < 0);
	assert_non_null(strstr(err.msg, "progress lines"));
	assert_true(bt_sink_close(sink, &err) < 0);
	fclose(full);
	fake_free(run);
}

/* 3 blocks a snapshot and 6 inputs: a line as soon as 10 more are there, with rates of the time
 * since the line before. */
static void every_step_of_a_milestone_has_a_line(void **state BT_UNUSED)
{
	static const struct bt_milestone ten = { "block", 0, 1, 10 };
	struct fixture f;

	begin(&f, false, 3600 * BT_NS_PER_S);
	f.run->info.milestone = &ten;
	fake_segment(f.run, "load", 0, BT_FOREVER);
	for (int i = 0; i < 10; i++)
		tick(&f, TICK, 3, 0);
	tick(&f, BT_NS_PER_S, 1180, 0);
	tick(&f, TICK, 0, 0);
	tick(&f, 40 * BT_NS_PER_S, 9, 0);
	tick(&f, 300 * BT_NS_PER_MS, 1, 0);
	fake_tick(f.run, TICK, 9, 0);
	fake_last(f.run);
	assert_int_equal(bt_sink_put(f.sink, &f.run->snap, NULL), 0);
	assert_string_equal(until_header(end(&f)),
		"       0:00  block 12,            30 blocks/s,      60 inputs/s\n"
		"       0:00  block 24,            30 blocks/s,      60 inputs/s\n"
		"       0:02  block 1,210,        988 blocks/s,   1,977 inputs/s\n"
		"       0:42  block 1,220,       0.25 blocks/s,    0.50 inputs/s\n");
	fini(&f);
}

/* Lines that begin in the middle of a run, because its screen was lost, begin with what was counted
 * until then. */
static void a_milestone_is_told_of_a_run_seen_late(void **state BT_UNUSED)
{
	static const struct bt_milestone ten = { "block", 0, 1, 10 };
	struct fixture f;

	begin(&f, false, 3600 * BT_NS_PER_S);
	f.run->info.milestone = &ten;
	fake_segment(f.run, "load", 0, BT_FOREVER);
	fake_tick(f.run, 9 * BT_NS_PER_S, 1500, 0);
	tick(&f, BT_NS_PER_S, 500, 0);
	assert_string_equal(until_header(end(&f)),
		"       0:10  block 2,000,        200 blocks/s,     400 inputs/s\n");
	fini(&f);
}

/* Nobody told of half a second of it, whose processor time is in the next reading all the same. */
static void the_cpu_share_is_of_all_the_time_that_passed(void **state)
{
	struct fixture f;

	(void)state;
	begin(&f, true, BT_NS_PER_S);
	fake_segment(f.run, "load", 100, BT_FOREVER);
	for (unsigned i = 0; i < 10; i++)
		tick(&f, TICK, 10, 0);
	fake_tick(f.run, 5 * TICK, 0, 0);
	f.run->snap.span_ns = 0;
	assert_int_equal(bt_sink_put(f.sink, &f.run->snap, NULL), 0);
	for (unsigned i = 0; i < 5; i++)
		tick(&f, TICK, 10, 0);
	assert_int_equal(count(end(&f), "  50.0 %"), 1);
	fini(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_a_second_of_a_ramp),
		cmocka_unit_test(a_closed_loop_shows_service_time),
		cmocka_unit_test(jitter_makes_no_extra_lines),
		cmocka_unit_test(the_header_comes_again),
		cmocka_unit_test(the_cpu_share_is_of_all_the_time_that_passed),
		cmocka_unit_test(an_interval_that_was_cut_is_printed_at_the_end),
		cmocka_unit_test(every_step_of_a_milestone_has_a_line),
		cmocka_unit_test(a_milestone_is_told_of_a_run_seen_late),
		cmocka_unit_test(nothing_is_printed_of_nothing),
		cmocka_unit_test(a_stream_that_fails_is_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
