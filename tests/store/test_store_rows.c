/* How the seconds of a run become rows, and when they are committed. */
#include "cm.h"

#include <sys/stat.h>

#include "base/clock.h"
#include "record_store.h"

static void long_runs_widen_their_rows_and_lose_nothing(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct fake_run *run = fake_new(true);
	struct bt_recording *rec = record_begin(store, run);
	struct sum *sum;

	run->quick = true;
	fake_segment(run, "load", 3, BT_FOREVER);
	for (int i = 1; i <= 8000; i++) {
		fake_tick(run, BT_NS_PER_S, 3, i % 100 == 0);
		record_put_well(rec, run);
		if (i % 100 == 0)
			assert_true(ask(store, "SELECT count(*) FROM sample") <= BT_SAMPLES_MAX);
		if (i == 3599)
			assert_int_equal(
				ask(store, "SELECT max(span_ns) FROM sample"), BT_NS_PER_S);
	}
	fake_last(run);
	record_end(rec);
	assert_int_equal(ask(store, "SELECT count(*) FROM sample"), 2000);
	assert_int_equal(ask(store, "SELECT max(span_ns) FROM sample"), 4 * BT_NS_PER_S);
	sum = sum_of(store, 1);
	assert_int_equal(sum->snapshots, 2000);
	assert_int_equal(sum->span_ns, 8000 * BT_NS_PER_S);
	assert_hists_equal(sum, run);
	sum_free(sum);
	fake_free(run);
	bt_store_close(store);
}

/* Exponential service times spread over all buckets of several octaves: about the worst that fifty
 * a second can do. */
static void a_day_fits_in_25_megabytes(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct fake_run *run = fake_new(true);
	struct bt_recording *rec = record_begin(store, run);
	uint64_t before = bt_monotonic_ns();
	struct sum *sum;
	struct stat st;

	run->quick = true;
	fake_segment(run, "endurance", 50, BT_FOREVER);
	for (int i = 0; i < 86400; i++) {
		fake_tick(run, BT_NS_PER_S, 50, 0);
		fake_now += BT_NS_PER_MS; /* simulated seconds fly by */
		if (bt_recording_put(rec, &run->snap, NULL) < 0)
			fail();
	}
	fake_last(run);
	record_end(rec);
	assert_true(ask(store, "SELECT count(*) FROM sample") <= BT_SAMPLES_MAX);
	sum = sum_of(store, 1);
	assert_hists_equal(sum, run);
	assert_int_equal(sum->counts.completed, 86400 * 50);
	print_message("a day: %u rows", sum->snapshots);
	sum_free(sum);
	fake_free(run);
	bt_store_close(store);
	assert_int_equal(stat(temp_path("h.db"), &st), 0);
	print_message(", %.1f MB, %.1f s\n", (double)st.st_size / 1e6,
		(double)(bt_monotonic_ns() - before) / 1e9);
	assert_true(st.st_size < 25000000);
	assert_int_equal(stat(temp_path("h.db-wal"), &st), -1);
}

/* What a second has brought can be read by others while the run goes on. */
static void a_second_is_committed_when_it_is_over(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db")),
			*other = store_open(temp_path("h.db"));
	struct fake_run *run = fake_new(true);
	struct bt_recording *rec = record_begin(store, run);

	assert_int_equal(ask(other, "SELECT count(*) FROM run"), 1);
	fake_segment(run, "load", 100, BT_FOREVER);
	for (int i = 1; i <= 35; i++) {
		fake_tick(run, TICK, 10, 0);
		record_put_well(rec, run);
		assert_int_equal(
			ask(other, "SELECT coalesce(sum(completed), 0) FROM sample"), i / 10 * 100);
	}
	assert_int_equal(ask(other, "SELECT duration_ns FROM run"), 3 * BT_NS_PER_S);
	assert_int_equal(ask(other, "SELECT p99_ns > 0 AND throughput = 100.0 FROM run"), 1);
	record_end(rec);
	assert_int_equal(ask(other, "SELECT sum(completed) FROM sample"), 350);
	fake_free(run);
	bt_store_close(other);
	bt_store_close(store);
}

static void two_runs_at_once_in_one_file(void **state BT_UNUSED)
{
	struct bt_store *stores[2] = { store_open(temp_path("h.db")),
		store_open(temp_path("h.db")) };
	struct fake_run *runs[2] = { fake_new(true), fake_new(false) };
	struct bt_recording *recs[2];

	for (int k = 0; k < 2; k++) {
		recs[k] = record_begin(stores[k], runs[k]);
		fake_segment(runs[k], "load", 100, BT_FOREVER);
	}
	for (int i = 0; i < 60; i++)
		for (int k = 0; k < 2; k++) {
			fake_tick(runs[k], TICK, 10 + (unsigned)k, 0);
			record_put_well(recs[k], runs[k]);
		}
	for (int k = 0; k < 2; k++) {
		fake_last(runs[k]);
		record_end(recs[k]);
	}
	for (int k = 0; k < 2; k++) {
		struct sum *sum = sum_of(stores[1 - k], runs[k]->info.id);

		assert_int_equal(runs[k]->info.id, 1 + k);
		assert_hists_equal(sum, runs[k]);
		sum_free(sum);
		fake_free(runs[k]);
	}
	assert_int_equal(
		ask(stores[0],
			"SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"),
		1);
	bt_store_close(stores[0]);
	bt_store_close(stores[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(long_runs_widen_their_rows_and_lose_nothing),
		TEST(a_day_fits_in_25_megabytes),
		TEST(a_second_is_committed_when_it_is_over),
		TEST(two_runs_at_once_in_one_file),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
