/* A stretch of a run as a baseline: its own figures, the load that repeats it, and what is
 * refused. */
#include "record_store.h"

#include "cm.h"

#include <errno.h>
#include <stdlib.h>

#include "json/json.h"
#include "store/window.h"

/* Thirty seconds: ten at 100 op/s, ten at 300, a ramp for five, a pause for five. Each second
 * completes its own number. */
static struct bt_store *make_run(struct fake_run **out)
{
	struct bt_store *store = store_open(temp_path("history.db"));
	struct fake_run *run = fake_new(true);
	struct bt_recording *rec = record_begin(store, run);

	for (unsigned second = 0; second < 30; second++) {
		if (second % 10 == 0)
			fake_segment(run, second < 20 ? "load" : "ramp", second < 10 ? 100 : 300,
				10 * BT_NS_PER_S);
		if (second == 20)
			run->segments[run->n_segments - 1].plan.rate_to = 900;
		if (second == 25) {
			fake_segment(run, "pause", 0, 5 * BT_NS_PER_S)->plan.mode = BT_IDLE;
			run->segments[run->n_segments - 1].plan.scored = false;
		}
		for (unsigned i = 0; i < 10; i++) {
			run->snap.usage.rss_bytes = (30 + second) << 20;
			fake_tick(run, TICK, 10 + second, i == 0);
			if (second == 29 && i == 9)
				fake_last(run);
			record_put_well(rec, run);
		}
	}
	assert_int_equal(
		bt_recording_end(rec,
			"{\"run\":1,\"workload\":\"sim\",\"profile\":\"load\",\"mode\":\"open\","
			"\"verdict\":\"valid\",\"environment\":{},\"options\":{\"rate\":\"100\","
			"\"duration\":\"30s\",\"rate-to\":\"900\",\"service\":\"2ms\"}}",
			"ended", NULL),
		0);
	bt_recording_free(rec);
	*out = run;
	return store;
}

static double figure(const json_t *document, const char *name)
{
	const json_t *f = json_object_get(json_object_get(document, "figures"), name);

	return json_number_value(json_array_get(json_object_get(f, "runs"), 0));
}

static const char *option(const json_t *document, const char *name)
{
	return bt_json_get_text(
		json_object_get(json_object_get(document, "about"), "options"), name);
}

static void a_window_has_figures_of_its_own_and_the_load_that_repeats_it(void **state)
{
	struct fake_run *run;
	struct bt_store *store = make_run(&run);
	json_t *doc, *window;
	struct bt_err err;
	struct bt_trials t;
	unsigned completed = 0;

	(void)state;
	if (bt_window_baseline(
		    &doc, store, 1, 12 * BT_NS_PER_S, 18 * BT_NS_PER_S, "calm", false, &err) < 0)
		fail_msg("%s", err.msg);
	for (unsigned second = 12; second < 18; second++)
		completed += 10 * (10 + second);
	assert_near(figure(doc, "throughput"), completed / 6.0, 1e-9);
	assert_near(figure(doc, "error_rate"), 6.0 / (completed + 6), 1e-9);
	assert_near(figure(doc, "cpu_per_op"), 60 * 50e6 / (completed + 6), 1e-9);
	assert_near(figure(doc, "rss_peak"), (30 + 17) << 20, 1e-4);
	assert_true(figure(doc, "p99") > 0);
	window = json_object_get(doc, "window");
	assert_int_equal(bt_json_get_count(window, "from_ns", 0), 12 * BT_NS_PER_S);
	assert_int_equal(bt_json_get_count(window, "to_ns", 0), 18 * BT_NS_PER_S);
	assert_string_equal(option(doc, "rate"), "300");
	assert_string_equal(option(doc, "duration"), "6s");
	assert_string_equal(option(doc, "warmup"), "12s");
	assert_string_equal(option(doc, "rate-to"), "");
	assert_string_equal(option(doc, "service"), "2ms");
	assert_int_equal(bt_baseline_read(&t, doc, &err), 0); /* check can use it */
	assert_int_equal(t.n, 1);
	bt_trials_fini(&t);
	json_decref(doc);
	bt_store_close(store);
	fake_free(run);
}

static void what_no_other_run_can_be_held_against_is_refused(void **state)
{
	static const struct {
		unsigned from_s, to_s;
		const char *name;
		int code;
		const char *words;
	} rows[] = {
		{ 5, 15, "x", -EINVAL, "more than one load in it, 100 and 300 op/s" },
		{ 21, 24, "x", -EINVAL, "the rate goes from 300 to 900 op/s" },
		{ 26, 29, "x", -EINVAL, "has a pause in it" },
		{ 40, 50, "x", -ERANGE, "no stored interval" },
		{ 1, 5, "no spaces", -EINVAL, "expected a name" },
	};
	struct fake_run *run;
	struct bt_store *store = make_run(&run);
	struct bt_err err;
	json_t *doc;

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		assert_int_equal(bt_window_baseline(&doc, store, 1, rows[i].from_s * BT_NS_PER_S,
					 rows[i].to_s * BT_NS_PER_S, rows[i].name, false, &err),
			rows[i].code);
		assert_null(doc);
		if (!strstr(err.msg, rows[i].words))
			fail_msg("%s", err.msg);
	}
	assert_int_equal(
		bt_window_baseline(&doc, store, 99, 0, BT_NS_PER_S, "x", false, NULL), -ENOENT);
	bt_store_close(store);
	fake_free(run);
}

static void an_invalid_run_gives_one_only_when_told_to(void **state)
{
	struct fake_run *run;
	struct bt_store *store = make_run(&run);
	struct bt_err err;
	json_t *doc;

	(void)state;
	assert_int_equal(
		bt_store_exec(store,
			"UPDATE detail SET report = replace(report, '\"valid\"', '\"invalid\"')",
			"test", NULL),
		0);
	assert_int_equal(
		bt_window_baseline(&doc, store, 1, 0, 5 * BT_NS_PER_S, "x", false, &err), -EDOM);
	assert_non_null(strstr(err.msg, "invalid measurement"));
	assert_int_equal(
		bt_window_baseline(&doc, store, 1, 0, 5 * BT_NS_PER_S, "x", true, NULL), 0);
	assert_true(json_is_false(json_object_get(doc, "sound")));
	json_decref(doc);
	bt_store_close(store);
	fake_free(run);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			a_window_has_figures_of_its_own_and_the_load_that_repeats_it, store_set_up,
			store_tear_down),
		cmocka_unit_test_setup_teardown(what_no_other_run_can_be_held_against_is_refused,
			store_set_up, store_tear_down),
		cmocka_unit_test_setup_teardown(
			an_invalid_run_gives_one_only_when_told_to, store_set_up, store_tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
