/* What a reader of snapshots remembers. */
#include "cm.h"

#include <math.h>

#include "record_run.h"

struct fixture {
	struct fake_run *run;
	struct bt_tally tally;
};

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	f->run = fake_new(true);
	*state = f;
	return bt_tally_init(&f->tally, &f->run->info, NULL);
}

static int tear_down(void **state)
{
	struct fixture *f = *state;

	bt_tally_fini(&f->tally);
	fake_free(f->run);
	free(f);
	return 0;
}

static void tick(struct fixture *f, uint64_t span_ns, unsigned n, unsigned bad)
{
	fake_tick(f->run, span_ns, n, bad);
	bt_tally_put(&f->tally, &f->run->snap);
}

static void before_the_first_snapshot_all_is_unknown(void **state)
{
	struct fixture *f = *state;
	struct bt_totals figures;

	bt_totals_of(&figures, &f->tally);
	assert_true(isnan(figures.throughput) && isnan(figures.error_rate));
	assert_true(isnan(figures.cpu_usage) && isnan(figures.p99_ns) && isnan(figures.rss_growth));
	assert_true(isnan(f->tally.peak_rate));
	assert_int_equal(f->tally.last->usage.rss_bytes, UINT64_MAX);
}

static void the_last_snapshot_is_kept_whole(void **state)
{
	struct fixture *f = *state;
	const struct bt_snapshot *last = f->tally.last;

	fake_segment(f->run, "load", 100, BT_FOREVER);
	tick(f, BT_NS_PER_S, 500, 1);
	tick(f, BT_NS_PER_S, 100, 1); /* fewer buckets than before: none may stay behind */
	assert_memory_equal(&last->response, &f->run->snap.response, sizeof(last->response));
	assert_memory_equal(&last->service, &f->run->snap.service, sizeof(last->service));
	assert_memory_equal(&last->total, &f->run->snap.total, sizeof(last->total));
	assert_string_equal(last->texts[3], "block-2");
	assert_int_equal(last->seq, 2);
}

static void figures_follow_the_totals(void **state)
{
	struct fixture *f = *state;
	struct bt_totals figures;

	fake_segment(f->run, "load", 100, BT_FOREVER);
	tick(f, BT_NS_PER_S, 90, 10);
	tick(f, BT_NS_PER_S, 100, 0);
	bt_totals_of(&figures, &f->tally);
	assert_float_equal(figures.throughput, 95, 1e-9);
	assert_float_equal(figures.units_per_s, 285, 1e-9);
	assert_float_equal(figures.error_rate, 0.05, 1e-12);
	assert_float_equal(figures.cpu_usage, 0.5, 1e-9);
	assert_float_equal(figures.p50_ns, (double)f->run->snap.total_response.q[BT_Q50], 0.1);
	assert_float_equal(figures.rss_growth, 2048.0 / (30 << 20), 1e-12);
}

static void a_closed_loop_answers_with_service_time(void **state)
{
	struct fixture *f = *state;

	f->run->info.open_loop = false;
	assert_ptr_equal(bt_run_latency(&f->tally), &f->tally.last->total_service);
}

static void the_peak_is_of_a_second_not_of_a_tick(void **state)
{
	struct fixture *f = *state;

	fake_segment(f->run, "load", 100, BT_FOREVER);
	for (int i = 0; i < 10; i++)
		tick(f, 100 * BT_NS_PER_MS, i == 3 ? 55 : 5,
			0); /* 550 op/s for a tick, 100 for a second */
	assert_float_equal(f->tally.peak_rate, 100, 1e-9);
	for (int i = 0; i < 10; i++)
		tick(f, 100 * BT_NS_PER_MS, 2, 0);
	assert_float_equal(f->tally.peak_rate, 100, 1e-9);
}

static void a_run_shorter_than_a_second_has_a_peak(void **state)
{
	struct fixture *f = *state;

	fake_segment(f->run, "load", 100, BT_FOREVER);
	fake_tick(f->run, 100 * BT_NS_PER_MS, 7, 0);
	fake_last(f->run);
	bt_tally_put(&f->tally, &f->run->snap);
	assert_float_equal(f->tally.peak_rate, 70, 1e-9);
}

static void counters_are_rated_from_the_begin_of_scoring(void **state)
{
	struct fixture *f = *state;

	fake_segment(f->run, "warm-up", 100, BT_NS_PER_S)->plan.scored = false;
	tick(f, BT_NS_PER_S, 1000, 0);
	assert_true(isnan(bt_counter_rate(&f->tally, 0)));
	fake_segment(f->run, "load", 100, BT_FOREVER);
	tick(f, BT_NS_PER_S, 30, 0);
	tick(f, BT_NS_PER_S, 50, 0);
	assert_float_equal(bt_counter_rate(&f->tally, 0), 40, 1e-9);
}

static void the_newest_record_of_a_segment_counts(void **state)
{
	struct fixture *f = *state;

	fake_segment(f->run, "a", 100, BT_NS_PER_S);
	tick(f, BT_NS_PER_S, 10, 0);
	fake_segment(f->run, "b", 100, BT_NS_PER_S);
	tick(f, BT_NS_PER_S, 20, 0);
	tick(f, BT_NS_PER_S, 20, 0);
	assert_int_equal(f->tally.n_segments, 2);
	assert_int_equal(f->tally.segments[0].result.state, BT_SEG_CLOSED);
	assert_int_equal(f->tally.segments[1].result.counts.completed, 40);
}

static void what_passes_the_limits_is_counted(void **state)
{
	struct fixture *f = *state;
	struct bt_snapshot *snap = &f->run->snap;

	for (unsigned i = 0; i < BT_TALLY_SEGMENTS + 5; i++) {
		snap->n_segments = 1;
		snap->segments[0].index = i;
		snap->n_events = 1;
		snap->n_notes = 1;
		snap->notes[0].error_class = 1;
		bt_tally_put(&f->tally, snap);
	}
	assert_int_equal(f->tally.n_segments, BT_TALLY_SEGMENTS);
	assert_int_equal(f->tally.segments_dropped, 5);
	assert_int_equal(f->tally.n_events, BT_TALLY_EVENTS);
	assert_int_equal(f->tally.events_dropped, BT_TALLY_SEGMENTS + 5 - BT_TALLY_EVENTS);
	assert_int_equal(f->tally.n_notes[1], BT_NOTES_EACH);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(before_the_first_snapshot_all_is_unknown),
		TEST(the_last_snapshot_is_kept_whole),
		TEST(figures_follow_the_totals),
		TEST(a_closed_loop_answers_with_service_time),
		TEST(the_peak_is_of_a_second_not_of_a_tick),
		TEST(a_run_shorter_than_a_second_has_a_peak),
		TEST(counters_are_rated_from_the_begin_of_scoring),
		TEST(the_newest_record_of_a_segment_counts),
		TEST(what_passes_the_limits_is_counted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
