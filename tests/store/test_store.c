/* What is put into a recording comes back from the file. */
#include "cm.h"

#include <errno.h>

#include "record_store.h"

/* A run of 25 s: warm-up, two steps, with everything that snapshots can carry. */
static void live_through(struct bt_recording *rec, struct fake_run *run)
{
	struct bt_segment_record *s;

	for (int i = 0; i < 250; i++) {
		if (i == 0)
			fake_segment(run, "warm-up", 100, 5 * BT_NS_PER_S)->plan.scored = false;
		if (i == 50 || i == 150) {
			s = fake_segment(run, "step", i == 50 ? 200 : 300, 10 * BT_NS_PER_S);
			s->plan.step = i == 50 ? 1 : 2;
			s->plan.judged = true;
		}
		fake_tick(run, TICK, 20, i % 10 == 3);
		if (i % 20 == 3)
			fake_note(run, 0, "no answer after 10 ms");
		if (i == 150) {
			run->segments[1].result.outcome = BT_STEP_HELD;
			run->snap.segments[0] = run->segments[1];
			fake_event(run, BT_EV_STEP, "step 1 held");
		}
		if (i == 249) {
			run->segments[2].result.outcome = BT_STEP_BROKE;
			snprintf(run->segments[2].result.reason, 96, "p99 past 10 ms");
			run->snap.finding_value = 200;
			strcpy(run->snap.finding_name, "limit");
			strcpy(run->snap.finding_unit, "op/s");
			fake_last(run);
		}
		record_put_well(rec, run);
	}
	record_end(rec);
}

static void snapshots_come_back(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct fake_run *run = fake_new(true);
	struct sum *sum;

	live_through(record_begin(store, run), run);
	assert_int_equal(run->info.id, 1);
	sum = sum_of(store, 1);
	assert_int_equal(sum->snapshots, 25);
	assert_int_equal(sum->notes, 13);
	assert_int_equal(sum->events, 1);
	assert_int_equal(sum->slow, 25 * BT_ROW_SLOW);
	assert_int_equal(sum->span_ns, 25 * BT_NS_PER_S);
	assert_hists_equal(sum, run);
	sum_free(sum);
	fake_free(run);
	bt_store_close(store);
}

static void totals_and_readings_come_back(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct fake_run *run = fake_new(true);
	const struct bt_snapshot *a, *b = &run->snap;
	struct sum *sum;

	live_through(record_begin(store, run), run);
	sum = sum_of(store, 1);
	a = sum->tally.last;
	assert_memory_equal(&a->total, &b->total, sizeof(a->total));
	assert_memory_equal(&a->total_queue, &b->total_queue, sizeof(a->total_queue));
	assert_memory_equal(&a->total_service, &b->total_service, sizeof(a->total_service));
	assert_memory_equal(&a->total_response, &b->total_response, sizeof(a->total_response));
	assert_memory_equal(&a->usage, &b->usage, sizeof(a->usage));
	assert_memory_equal(a->errors, b->errors, sizeof(a->errors));
	assert_int_equal(a->t_ns, b->t_ns);
	assert_int_equal(a->wall_ns, b->wall_ns);
	assert_int_equal(a->scored_ns, b->scored_ns);
	assert_int_equal(a->warm_offered, b->warm_offered);
	assert_int_equal(a->rss_floor_bytes, b->rss_floor_bytes);
	assert_int_equal(a->rss_start_bytes, b->rss_start_bytes);
	assert_int_equal(a->rss_peak_bytes, b->rss_peak_bytes);
	assert_int_equal(a->rss_left_bytes, b->rss_left_bytes);
	assert_int_equal(a->metrics[0].u, b->metrics[0].u);
	assert_true(a->metrics[2].d == b->metrics[2].d);
	assert_string_equal(a->texts[3], "block-250");
	assert_int_equal(a->times[5].count, 250);
	assert_int_equal(b->times[5].count, 250);
	assert_int_equal(b->times[5].q[BT_Q99], 4000000);
	assert_int_equal(a->times[5].max, b->times[5].max);
	assert_true(a->target_rate == 300 && a->finding_value == 200);
	assert_string_equal(a->finding_name, "limit");
	assert_int_equal(a->lag.count, 0);
	sum_free(sum);
	fake_free(run);
	bt_store_close(store);
}

static void segments_come_back_as_they_ended(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct fake_run *run = fake_new(true);
	struct sum *sum;

	live_through(record_begin(store, run), run);
	sum = sum_of(store, 1);
	assert_int_equal(sum->tally.n_segments, 3);
	for (unsigned i = 0; i < 3; i++) {
		const struct bt_segment_record *a = &sum->tally.segments[i], *b = &run->segments[i];

		assert_memory_equal(&a->plan, &b->plan, offsetof(struct bt_segment, scored));
		assert_string_equal(a->plan.label, b->plan.label);
		assert_int_equal(a->plan.scored, i != 0);
		assert_int_equal(a->plan.judged, i != 0);
		assert_int_equal(a->result.state, BT_SEG_CLOSED);
		assert_int_equal(a->result.end_ns, b->result.end_ns);
		assert_memory_equal(&a->result.counts, &b->result.counts, sizeof(b->result.counts));
		assert_int_equal(a->result.outcome, b->result.outcome);
		assert_string_equal(a->result.reason, b->result.reason);
		assert_memory_equal(
			&a->result.response, &b->result.response, sizeof(b->result.response));
	}
	sum_free(sum);
	fake_free(run);
	bt_store_close(store);
}

/* Nobody knows the end of a segment while it runs. */
static void segments_come_in_their_time(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct fake_run *run = fake_new(true);
	const struct bt_snapshot *snap;
	struct bt_source *src;

	live_through(record_begin(store, run), run);
	src = source_open(store, 1);
	while ((snap = src->ops->next(src))) {
		const struct bt_segment_record *s = &snap->segments[snap->n_segments - 1];
		uint64_t t = snap->t_ns / BT_NS_PER_S;

		assert_int_equal(s->index, t <= 5 ? 0 : t <= 15 ? 1 : 2);
		assert_int_equal(s->result.state, snap->last ? BT_SEG_CLOSED : BT_SEG_RUNNING);
		assert_int_equal(
			s->result.counts.completed, 200 * (t - s->index * 10 + (s->index ? 5 : 0)));
		for (unsigned i = 0; i + 1 < snap->n_segments; i++)
			assert_int_equal(snap->segments[i].result.state, BT_SEG_CLOSED);
	}
	bt_source_close(src);
	fake_free(run);
	bt_store_close(store);
}

/* What ends a run may complete in no time: the last two rows then end at the same moment. */
static void a_last_second_without_length_comes_back(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct fake_run *run = fake_new(true);
	struct bt_recording *rec = record_begin_load(store, run);
	struct sum *sum;

	for (int i = 0; i < 3; i++) {
		fake_tick(run, BT_NS_PER_S, 10, 0);
		record_put_well(rec, run);
	}
	fake_tick(run, 0, 1, 0);
	fake_last(run);
	record_put_well(rec, run);
	record_end(rec);
	assert_int_equal(ask(store, "SELECT count(*) FROM sample WHERE t_ns = 3000000000"), 2);
	sum = sum_of(store, 1);
	assert_int_equal(sum->counts.completed, 31);
	assert_int_equal(sum->tally.last->total.completed, 31);
	assert_true(sum->tally.last->last);
	assert_hists_equal(sum, run);
	sum_free(sum);
	fake_free(run);
	bt_store_close(store);
}

static void the_description_comes_back(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct fake_run *run = fake_new(true);
	const struct bt_run_info *a, *b = &run->info;
	struct bt_source *src;

	live_through(record_begin(store, run), run);
	src = source_open(store, 1);
	a = &src->info;
	assert_int_equal(a->id, 1);
	assert_string_equal(a->workload, b->workload);
	assert_string_equal(a->summary, b->summary);
	assert_string_equal(a->profile, b->profile);
	assert_string_equal(a->command_line, b->command_line);
	assert_string_equal(a->status, "ended");
	assert_true(a->open_loop && !a->waits && a->seed == b->seed);
	assert_int_equal(a->started_wall_ns, b->started_wall_ns);
	assert_int_equal(a->planned_ns, b->planned_ns);
	assert_int_equal(a->n_metrics, b->n_metrics);
	for (unsigned i = 0; i < a->n_metrics; i++) {
		assert_string_equal(a->metrics[i].name, b->metrics[i].name);
		assert_int_equal(a->metrics[i].kind, b->metrics[i].kind);
		assert_int_equal(a->metrics[i].merge, b->metrics[i].merge);
		assert_int_equal(a->metrics[i].num, b->metrics[i].num);
	}
	assert_int_equal(a->n_error_classes, 2);
	assert_string_equal(a->error_classes[1], "wrong-answer");
	assert_int_equal(a->n_settings, 2);
	assert_string_equal(a->settings[1].name, "workers");
	assert_string_equal(a->settings[1].value, "2");
	assert_int_equal(a->n_tags, 2);
	bt_source_close(src);
	fake_free(run);
	bt_store_close(store);
}

static void more_lists_than_a_snapshot_holds_come_in_several(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct fake_run *run = fake_new(true);
	struct bt_recording *rec = record_begin(store, run);
	struct sum *sum;

	for (int i = 0; i < 40; i++) { /* all within the first second */
		fake_segment(run, "short", 100, BT_NS_PER_MS);
		fake_tick(run, BT_NS_PER_MS, 1, 0);
		fake_event(run, BT_EV_RATE, "rate changed");
		fake_note(run, 1, "wrong");
		if (i == 39)
			fake_last(run);
		record_put_well(rec, run);
	}
	record_end(rec);
	sum = sum_of(store, 1);
	assert_true(sum->snapshots > 1 && sum->snapshots < 5);
	assert_int_equal(sum->events, 40);
	assert_int_equal(sum->notes, 40);
	assert_int_equal(sum->tally.n_segments, 40);
	for (unsigned i = 0; i < 40; i++)
		assert_int_equal(sum->tally.segments[i].result.state, BT_SEG_CLOSED);
	assert_hists_equal(sum, run);
	sum_free(sum);
	fake_free(run);
	bt_store_close(store);
}

static void the_list_shows_the_newest_first(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_run_list list;

	for (int i = 0; i < 3; i++) {
		struct fake_run *run = fake_new(true);

		run->info.workload = i == 1 ? "null" : "sim";
		live_through(record_begin(store, run), run);
		fake_free(run);
	}
	assert_int_equal(bt_store_list(store, &list, NULL, 0, NULL), 0);
	assert_int_equal(list.n, 3);
	assert_int_equal(list.rows[0].id, 3);
	assert_string_equal(list.rows[1].workload, "null");
	assert_string_equal(list.rows[0].status, "ended");
	assert_string_equal(list.rows[0].tags, "release=1.2 who=me");
	assert_string_equal(list.rows[0].host, "testhost");
	assert_string_equal(list.rows[0].finding, "limit 200 op/s");
	assert_int_equal(list.rows[0].duration_ns, 25 * BT_NS_PER_S);
	assert_float_equal(list.rows[0].throughput, 200, 1e-6);
	assert_true(list.rows[0].open_loop && list.rows[0].p99_ns > list.rows[0].p50_ns);
	bt_run_list_fini(&list);
	assert_int_equal(bt_store_list(store, &list, "sim", 1, NULL), 0);
	assert_int_equal(list.n, 1);
	assert_int_equal(list.rows[0].id, 3);
	bt_run_list_fini(&list);
	bt_store_close(store);
}

static void runs_are_found_by_what_people_type(void **state BT_UNUSED)
{
	static const struct {
		const char *text;
		int r;
		uint64_t id;
	} rows[] = {
		{ "1", 0, 1 },
		{ "2", 0, 2 },
		{ "last", 0, 3 },
		{ "last-0", 0, 3 },
		{ "last-2", 0, 1 },
		{ "last-3", -ENOENT, 0 },
		{ "0", -ENOENT, 0 },
		{ "4", -ENOENT, 0 },
		{ "18446744073709551615", -ENOENT, 0 },
		{ "first", -EINVAL, 0 },
		{ "last-", -EINVAL, 0 },
		{ "lasty", -EINVAL, 0 },
		{ "-1", -EINVAL, 0 },
		{ "", -EINVAL, 0 },
	};
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_err err;
	uint64_t id;

	assert_int_equal(bt_store_resolve(store, &id, "last", &err), -ENOENT);
	assert_non_null(strstr(err.msg, "holds no runs"));
	for (int i = 0; i < 3; i++) {
		struct fake_run *run = fake_new(true);

		record_end(record_begin(store, run));
		fake_free(run);
	}
	for (size_t i = 0; i < BT_LEN(rows); i++) {
		assert_int_equal(bt_store_resolve(store, &id, rows[i].text, &err), rows[i].r);
		if (rows[i].r == 0)
			assert_int_equal(id, rows[i].id);
		else
			assert_non_null(strstr(err.msg, rows[i].text));
	}
	bt_store_close(store);
}

static void a_report_is_given_back_as_it_was_stored(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct fake_run *run = fake_new(true);
	struct bt_recording *rec = record_begin(store, run);
	struct bt_err err;
	char *json;

	assert_int_equal(bt_store_report(store, 1, &json, &err), -ENODATA);
	assert_int_equal(bt_store_report(store, 9, &json, &err), -ENOENT);
	fake_segment(run, "load", 100, BT_FOREVER);
	for (int i = 0; i < 10; i++) {
		fake_tick(run, TICK, 10, 0);
		record_put_well(rec, run);
	}
	assert_int_equal(bt_store_report(store, 1, &json, &err), 0);
	assert_non_null(strstr(json, "\"status\":\"running\""));
	assert_non_null(strstr(json, "\"completed\":100,"));
	free(json);
	assert_int_equal(bt_recording_end(rec, "{\"x\": 1}", "stopped", &err), 0);
	bt_recording_free(rec);
	assert_int_equal(bt_store_report(store, 1, &json, &err), 0);
	assert_string_equal(json, "{\"x\": 1}");
	free(json);
	fake_free(run);
	bt_store_close(store);
}

static int count_step(void *steps)
{
	++*(uint64_t *)steps;
	return 0;
}

/* What listing costs, in steps of SQLite's virtual machine: the same on every machine, however
 * busy. */
static uint64_t steps_to_list(struct bt_store *store, unsigned limit, size_t expected)
{
	struct bt_run_list list;
	uint64_t steps = 0;

	sqlite3_progress_handler(store->db, 1, count_step, &steps);
	assert_int_equal(bt_store_list(store, &list, NULL, limit, NULL), 0);
	sqlite3_progress_handler(store->db, 0, NULL, NULL);
	assert_int_equal(list.n, expected);
	bt_run_list_fini(&list);
	return steps;
}

static void listing_costs_by_what_is_listed(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct fake_run *run = fake_new(true);
	uint64_t ten, all;

	live_through(record_begin(store, run), run);
	assert_int_equal(
		bt_store_exec(store,
			"BEGIN; WITH RECURSIVE n (i) AS (SELECT 2 UNION ALL SELECT i + 1 FROM n "
			"WHERE i < 10000)"
			" INSERT INTO run SELECT i, started_ns + i, workload, profile, tags, host, "
			"open_loop,"
			" boot_id, pid, process_start, ending, duration_ns, verdict, throughput, "
			"peak_rate,"
			" error_rate, p50_ns, p99_ns, rss_peak, finding, commit_id, kind FROM run, "
			"n WHERE id = 1;"
			" INSERT INTO detail SELECT id, description, environment, report FROM run, "
			"detail"
			" WHERE run = 1 AND id > 1; COMMIT",
			"filling", NULL),
		0);
	ten = steps_to_list(store, 10, 10);
	all = steps_to_list(store, 0, 10000);
	print_message("%llu steps for 10 of 10,000 runs, %llu for all\n", (unsigned long long)ten,
		(unsigned long long)all);
	assert_true(ten < 10 * 60);
	assert_true(all < 10000 * 40);
	fake_free(run);
	bt_store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(snapshots_come_back),
		TEST(totals_and_readings_come_back),
		TEST(segments_come_back_as_they_ended),
		TEST(segments_come_in_their_time),
		TEST(a_last_second_without_length_comes_back),
		TEST(the_description_comes_back),
		TEST(more_lists_than_a_snapshot_holds_come_in_several),
		TEST(the_list_shows_the_newest_first),
		TEST(runs_are_found_by_what_people_type),
		TEST(a_report_is_given_back_as_it_was_stored),
		TEST(listing_costs_by_what_is_listed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
