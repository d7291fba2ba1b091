/* What thresholds say of invented runs, and which texts are none. */
#include "cm.h"

#include <errno.h>
#include <math.h>

#include "judge/threshold.h"
#include "record_run.h"

#define S  BT_NS_PER_S
#define MS BT_NS_PER_MS

/* A run of which only what thresholds read is set, so that every figure is known exactly. */
struct fixture {
	struct fake_run *run;
	struct bt_tally tally;
	struct bt_thresholds *all;
	struct bt_hist sum;
};

static struct fixture *begin(const char *texts, bool open_loop)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct bt_list list = { 1, { texts } };
	struct bt_err err;

	assert_non_null(f);
	f->run = fake_new(open_loop);
	bt_hist_init(&f->sum);
	assert_int_equal(bt_tally_init(&f->tally, &f->run->info, NULL), 0);
	if (bt_thresholds_open(&f->all, &list, &f->run->info, &err) < 0)
		fail_msg("%s", err.msg);
	return f;
}

/* span_ns pass, in which n operations end after latency_ns each, and bad of them failed; all
 * scored, or none. */
static void pass(struct fixture *f, uint64_t span_ns, unsigned n, unsigned bad, uint64_t latency_ns,
	bool scored)
{
	struct bt_snapshot *snap = &f->run->snap;

	bt_hist_reset(&snap->service);
	bt_hist_reset(&snap->response);
	bt_hist_add(&snap->response, latency_ns, n);
	bt_hist_add(&snap->service, latency_ns, n);
	snap->seq++;
	snap->t_ns += span_ns;
	snap->span_ns = span_ns;
	snap->interval = (struct bt_counts){ n, n - bad, bad, 0, 2 * n };
	snap->metrics[0].u += n;
	snap->metrics[1].u += 2 * n;
	snap->metrics[4].d = 2;
	if (scored) {
		bt_hist_merge(&f->sum, &snap->response);
		bt_latency_of(&snap->total_response, &f->sum);
		bt_latency_of(&snap->total_service, &f->sum);
		snap->scored_ns += span_ns;
		snap->total.offered += n;
		snap->total.completed += n - bad;
		snap->total.failed += bad;
		snap->total.units += 2 * n;
	}
	bt_tally_put(&f->tally, snap);
	bt_thresholds_put(f->all, &f->tally, snap);
}

static void last(struct fixture *f, uint64_t left)
{
	struct bt_snapshot *snap = &f->run->snap;

	bt_hist_reset(&snap->service);
	bt_hist_reset(&snap->response);
	memset(&snap->interval, 0, sizeof(snap->interval));
	snap->span_ns = 0;
	snap->last = true;
	snap->rss_left_bytes = left;
	bt_tally_put(&f->tally, snap);
	bt_thresholds_put(f->all, &f->tally, snap);
}

static void end(struct fixture *f)
{
	bt_thresholds_close(f->all);
	bt_tally_fini(&f->tally);
	fake_free(f->run);
	free(f);
}

static void says(const struct fixture *f, unsigned i, const char *verdict, double value)
{
	const struct bt_threshold *t = bt_thresholds_get(f->all, i);

	if (strcmp(bt_threshold_verdict_name[t->verdict], verdict) != 0)
		fail_msg("%s: %s, expected %s (value %g)", t->text,
			bt_threshold_verdict_name[t->verdict], verdict, t->value);
	if (isnan(value) ? !isnan(t->value) : !(fabs(t->value - value) <= 1e-3 * value))
		fail_msg("%s: %g, expected %g", t->text, t->value, value);
}

static void bad_texts_are_refused_with_what_was_expected(void **state BT_UNUSED)
{
	static const struct {
		const char *text, *message;
		int code;
	} rows[] = {
		{ "", "'': expected NAME, one of < <= > >=, and a value", -EINVAL },
		{ "p99", "'p99': expected NAME, one of < <= > >=, and a value", -EINVAL },
		{ "<5ms", "'<5ms': expected NAME, one of < <= > >=, and a value", -EINVAL },
		{ "p99=5ms", "'p99=5ms': expected NAME, one of < <= > >=, and a value", -EINVAL },
		{ "p99==5ms", "'p99==5ms': expected NAME, one of < <= > >=, and a value", -EINVAL },
		{ "p99<", "'p99<': '' for p99: expected a duration (50ms, 1.5s)", -EINVAL },
		{ "p99<50", "'p99<50': '50' for p99: expected a duration (50ms, 1.5s)", -EINVAL },
		{ "p99<1%", "'p99<1%': '1%' for p99: expected a duration (50ms, 1.5s)", -EINVAL },
		{ "p99<=>5ms", "'p99<=>5ms': '>5ms' for p99: expected a duration (50ms, 1.5s)",
			-EINVAL },
		{ "error_rate<5ms",
			"'error_rate<5ms': '5ms' for error_rate: expected a share (1%, 0.01)",
			-EINVAL },
		{ "bytes_leaked<10MB",
			"'bytes_leaked<10MB': '10MB' for bytes_leaked: expected a size (512KiB, "
			"10MiB)",
			-EINVAL },
		{ "throughput>45%",
			"'throughput>45%': '45%' for throughput: expected a number (45, 1.5k, 2M)",
			-EINVAL },
		{ "per_block>x",
			"'per_block>x': 'x' for per_block: expected a number or a share (0.8, 80%)",
			-EINVAL },
		{ "p98<5ms", "'p98<5ms': this run has no figure 'p98'", -ENOENT },
		{ "tip>1", "'tip>1': this run has no figure 'tip'", -ENOENT }, /* a text */
		{ "lag.p98<1ms", "'lag.p98<1ms': this run has no figure 'lag.p98'", -ENOENT },
		{ "p99<5ms@window=5",
			"'p99<5ms@window=5': '@window=5': expected a duration of at least 1s",
			-EINVAL },
		{ "p99<5ms@window=10ms",
			"'p99<5ms@window=10ms': '@window=10ms': expected a duration of at least 1s",
			-EINVAL },
		{ "p99<5ms@after=0",
			"'p99<5ms@after=0': '@after=0': expected a duration above zero", -EINVAL },
		{ "p99<5ms@after=1s@after=2s",
			"'p99<5ms@after=1s@after=2s': '@after=2s': given twice", -EINVAL },
		{ "p99<5ms@till=1s",
			"'p99<5ms@till=1s': '@till=1s': expected @window=DURATION, @after=DURATION "
			"or :abort",
			-EINVAL },
		{ "p99<5ms:stop",
			"'p99<5ms:stop': ':stop': expected @window=DURATION, @after=DURATION or "
			":abort",
			-EINVAL },
		{ "bytes_leaked<1MiB:abort",
			"'bytes_leaked<1MiB:abort': bytes_leaked is known when the run has ended; "
			"expected no :abort",
			-EINVAL },
		{ "lag.p99<1ms@window=2s",
			"'lag.p99<1ms@window=2s': lag.p99 is known of the whole run; expected "
			"neither @window nor @after",
			-EINVAL },
	};
	struct fake_run *run = fake_new(true);

	for (size_t i = 0; i < BT_LEN(rows); i++) {
		struct bt_threshold t;
		struct bt_err err = { 0 };
		int r = bt_threshold_parse(&t, rows[i].text, &run->info, &err);

		if (r != rows[i].code || strcmp(err.msg, rows[i].message) != 0)
			fail_msg("'%s': %d %s", rows[i].text, r, err.msg);
	}
	fake_free(run);
}

static void values_go_by_the_unit_of_the_name(void **state BT_UNUSED)
{
	static const struct {
		const char *text;
		double limit;
	} rows[] = {
		{ "p99<50ms", 50e6 },
		{ "latency_ns.service.max<=1.5s", 1.5e9 },
		{ "lag_ns.p999 < 2ms", 2e6 },
		{ "error_rate<1%", 0.01 },
		{ "rss_growth<150%", 1.5 },
		{ "bytes_leaked<10MiB", 10 << 20 },
		{ "throughput>1.5k", 1500 },
		{ "blocks_per_s>=2M", 2e6 },
		{ "metrics.depth<3", 3 },
		{ "per_block>80%", 0.8 },
		{ "per_block>0.8", 0.8 },
		{ "connect.p99<5ms", 5e6 },
		{ "metrics.connect.max<=1s", 1e9 },
	};
	struct fake_run *run = fake_new(true);

	for (size_t i = 0; i < BT_LEN(rows); i++) {
		struct bt_threshold t;
		struct bt_err err;

		if (bt_threshold_parse(&t, rows[i].text, &run->info, &err) < 0)
			fail_msg("%s", err.msg);
		assert_true(fabs(t.limit - rows[i].limit) < 1e-9 * rows[i].limit);
	}
	fake_free(run);
}

static void a_closed_loop_has_service_time_alone(void **state BT_UNUSED)
{
	struct fake_run *run = fake_new(false);
	struct bt_threshold t;
	struct bt_err err;
	char names[2048];

	assert_int_equal(bt_threshold_parse(&t, "p99<5ms", &run->info, &err), 0);
	assert_int_equal(t.source, BT_OF_SERVICE);
	assert_int_equal(bt_threshold_parse(&t, "response.p99<5ms", &run->info, &err), -ENOENT);
	assert_int_equal(bt_threshold_parse(&t, "lag.p99<5ms", &run->info, &err), -ENOENT);
	bt_threshold_names(names, sizeof(names), &run->info);
	assert_non_null(strstr(names, "p999, mean, max, service.p99 and so on, throughput"));
	assert_non_null(strstr(names, ", blocks, blocks_per_s, "));
	assert_null(strstr(names, "tip"));
	fake_free(run);
}

static void every_name_that_is_listed_is_one(void **state BT_UNUSED)
{
	static const char *const values[] = { "1ms", "1%", "1KiB", "1" };
	struct fake_run *run = fake_new(true);
	char names[2048], text[80], *save = NULL;
	struct bt_threshold t;

	bt_threshold_names(names, sizeof(names), &run->info);
	for (char *name = strtok_r(names, ",", &save); name; name = strtok_r(NULL, ",", &save)) {
		unsigned taken = 0;

		name += strspn(name, " ");
		name[strcspn(name, " ")] = '\0';
		for (size_t i = 0; i < BT_LEN(values); i++) {
			snprintf(text, sizeof(text), "%s<%s", name, values[i]);
			taken += bt_threshold_parse(&t, text, &run->info, NULL) == 0;
		}
		if (!taken)
			fail_msg("%s is refused", name);
	}
	fake_free(run);
}

static void the_whole_run_is_held_against_its_limits(void **state BT_UNUSED)
{
	struct fixture *f =
		begin("throughput>99,throughput>=99,throughput<99,error_rate<=1%,error_rate<1%,"
		      "bytes_leaked<4KiB,bytes_leaked<=4KiB,p99<2ms,failed<=10,per_block>=2,"
		      "blocks>=1000,rss_growth<10%",
			true);

	pass(f, S, 50, 20, 9 * MS, false); /* warm-up: not in it */
	for (unsigned i = 0; i < 10; i++)
		pass(f, S, 100, 1, MS, true);
	last(f, 4096);
	says(f, 0, "crossed", 99); /* a boundary value is not beyond itself */
	says(f, 1, "held", 99);
	says(f, 2, "crossed", 99);
	says(f, 3, "held", 0.01);
	says(f, 4, "crossed", 0.01);
	says(f, 5, "crossed", 4096);
	says(f, 6, "held", 4096);
	says(f, 7, "held", 1e6);
	says(f, 8, "held", 10);
	says(f, 9, "held", 2);
	says(f, 10, "held", 1050); /* a counter counts all, as the report does */
	says(f, 11, "held", 0);
	assert_false(bt_thresholds_held(f->all));
	assert_null(bt_thresholds_abort(f->all));
	end(f);
}

static void what_is_not_known_is_not_held(void **state BT_UNUSED)
{
	struct fixture *f =
		begin("p99<1h,throughput>=0,bytes_leaked<1GiB,error_rate<100%,p99<1h@window=10s,"
		      "throughput>=0@after=1h",
			true);

	pass(f, S, 10, 0, MS, false); /* it never comes to its scored time */
	last(f, UINT64_MAX);
	for (unsigned i = 0; i < bt_thresholds_count(f->all); i++)
		says(f, i, "unknown", NAN);
	assert_false(bt_thresholds_held(f->all));
	end(f);
}

static void every_window_has_to_hold_and_the_worst_is_kept(void **state BT_UNUSED)
{
	struct fixture *f = begin("p99<5ms@window=10s,p99<20ms@window=10s,throughput>=100@window="
				  "10s,p99<5ms,error_rate<5%@window=10s",
		true);

	pass(f, 5 * S, 50, 0, 50 * MS, false);
	for (unsigned i = 0; i < 400; i++) /* the third window is slow, the fourth sparse */
		pass(f, 100 * MS, i < 300 ? 1000 : 5, i >= 300, i / 100 == 2 ? 9 * MS : MS, true);
	pass(f, 9 * S, 1, 1, S, true); /* not a complete window */
	last(f, 0);
	says(f, 0, "crossed", 9e6);
	assert_int_equal(bt_thresholds_get(f->all, 0)->worst_at_ns, 25 * S);
	says(f, 1, "held", 9e6);
	says(f, 2, "crossed", 40);
	assert_int_equal(bt_thresholds_get(f->all, 2)->worst_at_ns, 35 * S);
	says(f, 3, "crossed", 9e6); /* a third of all */
	says(f, 4, "crossed", 0.2);
	end(f);
}

/* Nine windows with 1 % slow operations would pass by the average of their percentiles. */
static void a_windows_percentile_is_of_its_merged_operations(void **state BT_UNUSED)
{
	struct fixture *f = begin("p90<5ms@window=10s", true);

	for (unsigned i = 0; i < 10;
		i++) /* one second of many slow ones among nine of few quick ones */
		pass(f, S, i == 4 ? 1000 : 10, 0, i == 4 ? 9 * MS : MS, true);
	last(f, 0);
	says(f, 0, "crossed", 9e6);
	end(f);
}

static void jitter_of_the_snapshots_makes_no_window_longer(void **state BT_UNUSED)
{
	struct fixture *f = begin("completed>=10@window=1s", true);

	for (unsigned i = 0; i < 20; i++)
		pass(f, i % 10 ? 100 * MS : 99 * MS, 1, 0, MS, true);
	says(f, 0, "held", 10);
	last(f, 0);
	end(f);
}

static void after_leaves_out_what_was_before(void **state BT_UNUSED)
{
	struct fixture *f = begin("p99<5ms@after=5s,failed<=2@after=5s,throughput>=9@after=5s,"
				  "p99<5ms@after=1h,per_block<=2@after=5s",
		true);

	pass(f, 3 * S, 30, 0, MS, false); /* scored time counts, not the run's */
	for (unsigned i = 0; i < 10; i++)
		pass(f, S, 10, i == 4 ? 5 : i > 7, i < 5 ? 9 * MS : MS, true);
	last(f, 0);
	says(f, 0, "held", 1e6);
	says(f, 1, "held", 2);
	says(f, 2, "held", 9.6);
	says(f, 3, "unknown", NAN);
	says(f, 4, "held", 2);
	end(f);
}

static void a_window_without_operations_is_not_held(void **state BT_UNUSED)
{
	struct fixture *f = begin("p99<5ms@window=2s,throughput>0@window=2s", true);

	pass(f, 2 * S, 10, 0, MS, true);
	pass(f, 2 * S, 0, 0, 0, true);
	pass(f, 2 * S, 10, 0, MS, true);
	last(f, 0);
	says(f, 0, "unknown", 1e6);
	says(f, 1, "crossed", 0);
	end(f);
}

static void operations_of_the_warm_up_are_not_in_a_window(void **state BT_UNUSED)
{
	struct fixture *f = begin("p99<5ms@window=1s", true);
	struct bt_snapshot *snap = &f->run->snap;

	pass(f, 50 * MS, 0, 0, 0, false);
	snap->interval.completed = 100; /* the interval in which scoring begins: 40 ms of 100 */
	bt_hist_reset(&snap->response);
	bt_hist_add(&snap->response, S, 100);
	snap->t_ns += 100 * MS;
	snap->span_ns = 100 * MS;
	snap->scored_ns = 40 * MS;
	snap->total.completed = snap->total.offered = 3;
	bt_tally_put(&f->tally, snap);
	bt_thresholds_put(f->all, &f->tally, snap);
	for (unsigned i = 0; i < 10; i++)
		pass(f, 100 * MS, 10, 0, MS, true);
	last(f, 0);
	says(f, 0, "held", 1e6);
	end(f);
}

static void a_crossed_threshold_ends_the_run_on_evidence_only(void **state BT_UNUSED)
{
	struct fixture *f = begin("error_rate<1%:abort,completed>1k:abort,p99<5ms:abort", true);

	pass(f, 900 * MS, 99, 50, MS, true);
	assert_null(bt_thresholds_abort(f->all)); /* neither a second nor 100 operations */
	pass(f, 100 * MS, 0, 0, 0, true);
	assert_null(bt_thresholds_abort(f->all)); /* 99 operations */
	pass(f, 100 * MS, 1, 0, MS, true);
	assert_ptr_equal(bt_thresholds_abort(f->all), bt_thresholds_get(f->all, 0));
	for (unsigned i = 0; i < 10; i++) /* the drain makes it better: too late */
		pass(f, 100 * MS, 1000, 0, MS, true);
	last(f, 0);
	says(f, 0, "crossed", 0.5);
	assert_int_equal(bt_thresholds_get(f->all, 0)->worst_at_ns, 1100 * MS);
	says(f, 1, "held", 10050); /* was below while it grew, which is no crossing */
	says(f, 2, "held", 1e6);
	end(f);
}

static void a_run_of_which_nothing_comes_is_ended_after_ten_seconds(void **state BT_UNUSED)
{
	struct fixture *f = begin("throughput>45:abort", true);

	for (unsigned i = 0; i < 9; i++)
		pass(f, S, 0, 0, 0, true);
	assert_null(bt_thresholds_abort(f->all));
	pass(f, S, 0, 0, 0, true);
	assert_non_null(bt_thresholds_abort(f->all));
	end(f);
}

static void the_first_window_that_fails_ends_the_run(void **state BT_UNUSED)
{
	struct fixture *f = begin("p99<5ms@window=2s:abort", true);

	pass(f, 2 * S, 5, 0, MS, true);
	assert_null(bt_thresholds_abort(f->all));
	pass(f, S, 5, 0, 9 * MS, true);
	assert_null(bt_thresholds_abort(f->all));
	pass(f, S, 5, 0, MS, true);
	assert_non_null(bt_thresholds_abort(f->all));
	says(f, 0, "crossed", 9e6);
	end(f);
}

static void memory_grows_within_a_window_from_its_beginning(void **state BT_UNUSED)
{
	struct fixture *f = begin("rss_growth<=10%@window=2s,rss_growth<=10%", true);

	for (unsigned i = 0; i < 8; i++) {
		f->run->snap.usage.rss_bytes = f->run->snap.rss_peak_bytes =
			(100 + 4 * i) * UINT64_C(1048576);
		f->run->snap.rss_start_bytes = 100 * UINT64_C(1048576);
		pass(f, S, 10, 0, MS, true);
	}
	last(f, 0);
	says(f, 0, "held", 8.0 / 104);
	says(f, 1, "crossed", 0.28);
	end(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bad_texts_are_refused_with_what_was_expected),
		cmocka_unit_test(values_go_by_the_unit_of_the_name),
		cmocka_unit_test(a_closed_loop_has_service_time_alone),
		cmocka_unit_test(every_name_that_is_listed_is_one),
		cmocka_unit_test(the_whole_run_is_held_against_its_limits),
		cmocka_unit_test(what_is_not_known_is_not_held),
		cmocka_unit_test(every_window_has_to_hold_and_the_worst_is_kept),
		cmocka_unit_test(a_windows_percentile_is_of_its_merged_operations),
		cmocka_unit_test(jitter_of_the_snapshots_makes_no_window_longer),
		cmocka_unit_test(after_leaves_out_what_was_before),
		cmocka_unit_test(a_window_without_operations_is_not_held),
		cmocka_unit_test(operations_of_the_warm_up_are_not_in_a_window),
		cmocka_unit_test(a_crossed_threshold_ends_the_run_on_evidence_only),
		cmocka_unit_test(a_run_of_which_nothing_comes_is_ended_after_ten_seconds),
		cmocka_unit_test(the_first_window_that_fails_ends_the_run),
		cmocka_unit_test(memory_grows_within_a_window_from_its_beginning),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
