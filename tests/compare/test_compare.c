/* Sets of runs held against each other, from their reports. */
#include "cm.h"

#include <errno.h>
#include <math.h>

#include "base/rng.h"
#include "store/baseline.h"
#include "compare/compare.h"

struct fixture {
	struct bt_trials a, b;
	struct bt_comparison c;
	struct bt_compare_conf conf;
	struct bt_rng rng;
};

static int setup(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	bt_trials_init(&f->a, "before");
	bt_trials_init(&f->b, "after");
	f->conf.floor = 0.01;
	bt_rng_init(&f->rng, 7);
	*state = f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	bt_trials_fini(&f->a);
	bt_trials_fini(&f->b);
	free(f);
	return 0;
}

/* What differs between the invented runs of a test. */
struct kind {
	const char *workload, *mode, *verdict, *status, *service, *cpu, *version;
	double p99, errors; /* p99 in ns; NAN: null */
};
static const struct kind plain = { "sim", "open", "valid", "ended", "1ms", "x", "1", 5e6, 0 };

static void add(struct bt_trials *t, const struct kind *k, double throughput, double p99)
{
	struct bt_err err;
	char *text;
	json_t *report = json_pack("{si ss ss ss ss ss ss s{ss ss} s{ss si sn} si si sf sf "
				   "s{s{si sf sf sf sf sf} sn} sf sf sn}",
		"run", (int)(100 * (t->name[0] == 'a') + t->n + 1), "workload", k->workload,
		"profile", "load", "mode", k->mode, "verdict", k->verdict, "status", k->status,
		"version", k->version, "options", "service", k->service, "seed", "17",
		"environment", "cpu", k->cpu, "processors_allowed", 2, "memory_limit_bytes",
		"completed", 1000, "failed", 0, "throughput", throughput, "error_rate", k->errors,
		"latency_ns", "response", "count", 1000, "p50", p99 / 5, "p90", p99 / 3, "p95",
		p99 / 2, "p99", p99, "p999", p99 * 2, "service", "rss_peak_bytes", 1e7,
		"cpu_seconds", 1.0, "finding");

	assert_non_null(report);
	text = json_dumps(report, 0);
	if (bt_trials_add(t, text, &err) < 0)
		fail_msg("%s", err.msg);
	free(text);
	json_decref(report);
}

/* n runs whose figures vary by about 2 % from run to run, `times` of the usual latency. */
static void add_runs(struct fixture *f, struct bt_trials *t, unsigned n, double times)
{
	for (unsigned i = 0; i < n; i++)
		add(t, &plain, 1000 * exp(0.02 * bt_rng_normal(&f->rng)),
			times * 5e6 * exp(0.02 * bt_rng_normal(&f->rng)));
}

static const struct bt_compared *row(const struct fixture *f, const char *name)
{
	return &f->c.rows[bt_compared_find(name)];
}

static void compare(struct fixture *f)
{
	bt_compare(&f->c, &f->a, &f->b, &f->conf);
}

static void a_slowdown_is_called_regressed(void **state)
{
	struct fixture *f = *state;
	char text[1200];

	add_runs(f, &f->a, 6, 1);
	add_runs(f, &f->b, 6, 1.2);
	compare(f);
	assert_int_equal(f->c.trend, BT_TREND_REGRESSED);
	assert_int_equal(row(f, "p99")->trend, BT_TREND_REGRESSED);
	assert_int_equal(row(f, "throughput")->trend, BT_TREND_NONE);
	assert_true(row(f, "p99")->change.low > 1.1 && row(f, "p99")->change.high < 1.3);
	assert_true(row(f, "p99")->change.low < 1.2 && row(f, "p99")->change.high > 1.2);
	assert_int_equal(row(f, "error_rate")->trend, BT_TREND_NONE); /* equal */
	assert_true(isnan(row(f, "error_rate")->p));
	bt_compare_sentence(text, sizeof(text), &f->c);
	assert_non_null(strstr(text, "Regressed: p50 1."));
}

static void less_latency_is_improved_and_less_throughput_regressed(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 6; i++) {
		add(&f->a, &plain, 1000 + i, 5e6 + 1e4 * i);
		add(&f->b, &plain, 900 + i, 4e6 + 1e4 * i);
	}
	compare(f);
	assert_int_equal(row(f, "throughput")->trend, BT_TREND_REGRESSED);
	assert_int_equal(row(f, "p99")->trend, BT_TREND_IMPROVED);
	assert_int_equal(f->c.trend, BT_TREND_MIXED);
}

static void a_clear_difference_below_the_floor_is_none(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 8; i++) {
		add(&f->a, &plain, 1000 + 0.1 * i, 5e6);
		add(&f->b, &plain, 1005 + 0.1 * i, 5e6);
	}
	compare(f);
	assert_true(row(f, "throughput")->p_adjusted < 0.02);
	assert_int_equal(f->c.trend, BT_TREND_NONE);
	f->conf.floor = 0.001;
	compare(f);
	assert_int_equal(f->c.trend, BT_TREND_IMPROVED);
}

/* What is printed as resolvable is what would have been called: moved so far in all runs, a figure
 * changes its verdict there. */
static void what_is_resolvable_would_have_been_called(void **state)
{
	struct fixture *f = *state;
	double least;

	f->conf.floor = 0;
	for (unsigned i = 0; i < 8; i++) {
		add(&f->a, &plain, 1000 + 5 * i, 5e6 + 3e4 * i);
		add(&f->b, &plain, 1001 + 5 * i, 5e6 + 3e4 * ((i * 3) % 8));
	}
	compare(f);
	assert_int_equal(f->c.trend, BT_TREND_NONE);
	least = row(f, "p99")->resolvable;
	assert_true(least > (row(f, "p99")->change.high - row(f, "p99")->change.low) / 2);
	for (unsigned k = 0; k < 2; k++) {
		double times = 1 + least * (k ? 1.02 : 0.9);

		bt_trials_fini(&f->b);
		bt_trials_init(&f->b, "b");
		for (unsigned i = 0; i < 8; i++)
			add(&f->b, &plain, 1001 + 5 * i, times * (5e6 + 3e4 * ((i * 3) % 8)));
		compare(f);
		assert_int_equal(row(f, "p99")->trend, k ? BT_TREND_REGRESSED : BT_TREND_NONE);
	}
	f->conf.floor = 0.2;
	compare(f);
	assert_true(row(f, "throughput")->resolvable >= 0.2); /* what is below the floor is none */
}

static void too_few_runs_are_not_enough_evidence(void **state)
{
	struct fixture *f = *state;
	char text[1200];

	add_runs(f, &f->a, 3, 1);
	add_runs(f, &f->b, 3, 2);
	compare(f);
	assert_int_equal(f->c.trend, BT_TREND_TOO_FEW);
	assert_int_equal(f->c.needed, 6);
	assert_true(isnan(row(f, "p99")->change.low));
	bt_compare_sentence(text, sizeof(text), &f->c);
	assert_string_equal(text, "Not enough evidence: 6 runs a side are needed.");
}

/* One run against another: never a verdict, whatever the seconds inside them say. */
static void one_run_a_side_is_never_a_verdict(void **state)
{
	struct fixture *f = *state;
	struct bt_within *w = calloc(2, sizeof(*w));

	for (unsigned i = 0; i < BT_WITHIN_DRAWS; i++)
		for (unsigned k = 0; k < bt_figures_compared(); k++) {
			w[0].draws[k][i] = 100 + i % 10;
			w[1].draws[k][i] = 200 + i % 10;
		}
	w[0].intervals = w[1].intervals = 30;
	f->conf.within_a = &w[0];
	f->conf.within_b = &w[1];
	add_runs(f, &f->a, 1, 1);
	add_runs(f, &f->b, 1, 2);
	compare(f);
	assert_true(f->c.within);
	assert_true(row(f, "p99")->p < 0.01);
	assert_true(row(f, "p99")->change.low > 1.8);
	assert_int_equal(f->c.trend, BT_TREND_TOO_FEW);
	free(w);
}

static void what_is_not_of_one_kind_is_not_compared(void **state)
{
	static const struct {
		struct kind kind;
		const char *why;
		bool grave;
	} rows[] = {
		{ { "null", "open", "valid", "ended", "1ms", "x", "1", 5e6, 0 },
			"different workloads: sim and null", true },
		{ { "sim", "closed", "valid", "ended", "1ms", "x", "1", 5e6, 0 },
			"open against closed loop: open and closed", true },
		{ { "sim", "open", "valid", "ended", "2ms", "x", "1", 5e6, 0 },
			"option --service differs: 1ms and 2ms", false },
		{ { "sim", "open", "valid", "ended", "1ms", "y", "1", 5e6, 0 },
			"different machines: x and y", false },
		{ { "sim", "open", "invalid", "ended", "1ms", "x", "1", 5e6, 0 },
			"run 101 of after is an invalid measurement", true },
		{ { "sim", "open", "valid", "stopped", "1ms", "x", "1", 5e6, 0 },
			"run 101 of after did not end on its own", true },
	};

	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct fixture *f = *state;

		teardown(state);
		setup(state);
		f = *state;
		add_runs(f, &f->a, 6, 1);
		for (unsigned n = 0; n < 6; n++)
			add(&f->b, &rows[i].kind, 1000 + n, 5e6 + n);
		compare(f);
		assert_int_equal(f->c.trend, BT_TREND_NOT_COMPARABLE);
		assert_string_equal(f->c.why, rows[i].why);
		f->conf.anyway = true;
		compare(f);
		assert_int_equal(f->c.trend == BT_TREND_NOT_COMPARABLE, rows[i].grave);
		f->conf.unsound = true;
		compare(f);
		assert_int_equal(f->c.trend == BT_TREND_NOT_COMPARABLE, i < 2);
		if (i >= 2)
			assert_non_null(strstr(f->c.noted, rows[i].why));
	}
}

static void long_texts_are_held_against_each_other_whole(void **state)
{
	struct fixture *f = *state;
	struct kind other = plain;
	char cpu[2][401];

	for (unsigned k = 0; k < 2; k++) {
		memset(cpu[k], 'x', 400);
		strcpy(cpu[k] + 399, k ? "b" : "a");
	}
	for (unsigned n = 0; n < 12; n++) {
		other.cpu = cpu[n % 2];
		add(n % 2 ? &f->b : &f->a, &other, 1000 + n, 5e6 + n);
	}
	compare(f);
	assert_int_equal(f->c.trend, BT_TREND_NOT_COMPARABLE);
	assert_int_equal(strncmp(f->c.why, "different machines: xxx", 23), 0);
	assert_string_equal(f->c.why + strlen(f->c.why) - 3, "…");
}

static void runs_of_a_set_have_to_be_of_one_kind(void **state)
{
	struct fixture *f = *state;
	struct kind other = plain;

	other.service = "3ms";
	add_runs(f, &f->a, 6, 1);
	add_runs(f, &f->b, 5, 1);
	add(&f->b, &other, 1000, 5e6);
	compare(f);
	assert_string_equal(
		f->c.why, "runs of after differ: option --service differs: 1ms and 3ms");
}

static void another_version_is_noted(void **state)
{
	struct fixture *f = *state;
	struct kind newer = plain;

	newer.version = "2";
	add_runs(f, &f->a, 6, 1);
	for (unsigned i = 0; i < 6; i++)
		add(&f->b, &newer, 1000 + i, 5e6 + i);
	compare(f);
	assert_string_equal(f->c.noted, "version: 1 and 2");
}

/* Six runs against six of the same kind, 2,000 times: called different at most as often as is
 * promised. */
static void equal_runs_are_called_equal(void **state)
{
	struct fixture *f = *state;
	unsigned different = 0;

	f->conf.floor = 0;
	for (unsigned round = 0; round < 1000; round++) {
		bt_trials_fini(&f->a);
		bt_trials_fini(&f->b);
		bt_trials_init(&f->a, "before");
		bt_trials_init(&f->b, "after");
		add_runs(f, &f->a, 6, 1);
		add_runs(f, &f->b, 6, 1);
		compare(f);
		different += f->c.trend != BT_TREND_NONE;
	}
	assert_in_range(different, 0, 20 + 13); /* 2 %, and three standard deviations */
}

/* A ramp of steps of 200 op/s that held up to this rate; p99 in ms at each of them, and a long tail
 * where it broke. */
static void add_ramp(struct bt_trials *t, double held, double p99_ms)
{
	struct bt_err err;
	char *text;
	json_t *steps = json_array(), *report;

	for (double rate = 200; rate <= held + 200; rate += 200)
		json_array_append_new(steps,
			json_pack("{sf sf sf sf sf sf ss}", "rate", rate, "throughput",
				fmin(rate, held), "p50_ns", p99_ms * 5e5, "p95_ns", p99_ms * 9e5,
				"p99_ns", rate > held ? 6e8 : p99_ms * 1e6, "error_rate", 0.0,
				"outcome", rate > held ? "broke" : "held"));
	report = json_pack(
		"{si ss ss ss ss ss s{} s{} si si sf sf s{s{sf sf} sn} sf sf s{ss ss sf} so}",
		"run", (int)t->n + 1, "workload", "sim", "profile", "stress", "mode", "open",
		"verdict", "valid", "status", "ended", "options", "environment", "completed", 1000,
		"failed", 0, "throughput", held * 0.7, "error_rate", 0.0, "latency_ns", "response",
		"p50", held * 1e3, "p99", held * 1e6, "service", "rss_peak_bytes", 1e7,
		"cpu_seconds", 1.0, "finding", "name", "limit", "unit", "op/s", "value", held,
		"steps", steps);
	assert_non_null(report);
	text = json_dumps(report, 0);
	if (bt_trials_add(t, text, &err) < 0)
		fail_msg("%s", err.msg);
	free(text);
	json_decref(report);
}

static double near(double a, double b)
{
	return fabs(a / b - 1) < 1e-9;
}

/* The slower one broke earlier, so that the whole of it had less latency; at a step that both held
 * it had more. */
static void ramps_are_compared_at_the_highest_step_that_all_held(void **state)
{
	struct fixture *f = *state;
	char text[1200];

	for (unsigned i = 0; i < 7; i++) {
		add_ramp(&f->a, 1000, 2 + 0.01 * i);
		add_ramp(&f->b, 600, 3 + 0.01 * i);
	}
	compare(f);
	assert_true(f->c.ramps && f->c.at_rate == 600);
	assert_true(near(f->c.rows[BT_FIG_P99].a, 2.03e6) && near(f->c.rows[BT_FIG_P99].b, 3.03e6));
	assert_true(near(f->c.rows[BT_FIG_THROUGHPUT].b, 600));
	assert_true(isnan(f->c.rows[BT_FIG_P999].a)); /* a step tells none */
	assert_int_equal(f->c.rows[BT_FIG_P99].trend, BT_TREND_REGRESSED);
	assert_int_equal(f->c.rows[BT_FIG_FINDING].trend, BT_TREND_REGRESSED);
	assert_int_equal(f->c.trend, BT_TREND_REGRESSED);
	bt_compare_scope(text, sizeof(text), &f->c);
	assert_non_null(strstr(text, "600 op/s"));
}

static void ramps_without_a_common_step_have_their_answer_alone(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 7; i++) {
		add_ramp(&f->a, 1000, 2);
		add_ramp(&f->b, 0, 3);
	}
	compare(f);
	assert_true(f->c.ramps && isnan(f->c.at_rate));
	assert_true(isnan(f->c.rows[BT_FIG_P99].a) && isnan(f->c.rows[BT_FIG_THROUGHPUT].b));
	assert_true(f->c.rows[BT_FIG_FINDING].a == 1000 && f->c.rows[BT_FIG_FINDING].b == 0);
}

static void a_baseline_of_ramps_keeps_their_steps(void **state)
{
	struct fixture *f = *state;
	struct bt_err err;
	json_t *document;

	for (unsigned i = 0; i < 7; i++) {
		add_ramp(&f->a, 1000, 2 + 0.01 * i);
		add_ramp(&f->b, 800, 2 + 0.01 * i);
	}
	document = bt_baseline_json(&f->a, "ramp", true);
	assert_non_null(document);
	bt_trials_fini(&f->a);
	if (bt_baseline_read(&f->a, document, &err) < 0)
		fail_msg("%s", err.msg);
	compare(f);
	assert_true(f->c.ramps && f->c.at_rate == 800);
	assert_true(near(f->c.rows[BT_FIG_P99].a, 2.03e6));
	assert_int_equal(f->c.rows[BT_FIG_P99].trend, BT_TREND_NONE);
	assert_int_equal(f->c.trend, BT_TREND_REGRESSED);
	json_array_clear(json_array_get(json_array_get(json_object_get(document, "steps"), 0), 0));
	bt_trials_fini(&f->a);
	assert_int_equal(bt_baseline_read(&f->a, document, &err), -EINVAL);
	json_object_del(document, "steps"); /* as older ones are */
	bt_trials_fini(&f->a);
	assert_int_equal(bt_baseline_read(&f->a, document, &err), 0);
	compare(f);
	assert_true(!f->c.ramps && near(f->c.rows[BT_FIG_P99].a, 1e9));
	json_decref(document);
}

static void one_ramp_a_side_tells_what_it_saw_without_a_verdict(void **state)
{
	struct fixture *f = *state;
	char text[1200];

	add_ramp(&f->a, 1000, 2);
	add_ramp(&f->b, 600, 2);
	compare(f);
	assert_int_equal(f->c.trend, BT_TREND_TOO_FEW);
	bt_compare_sentence(text, sizeof(text), &f->c);
	assert_non_null(strstr(text, "Not enough evidence: "));
	assert_non_null(strstr(text, "B did worse: limit 600/s, was 1.00k/s. "));
}

static void text_that_is_no_report_is_refused(void **state)
{
	struct fixture *f = *state;
	struct bt_err err;

	assert_int_equal(bt_trials_add(&f->a, "{}", &err), -EINVAL);
	assert_int_equal(bt_trials_add(&f->a, "nonsense", &err), -EINVAL);
	assert_int_equal(f->a.n, 0);
	compare(f);
	assert_int_equal(f->c.trend, BT_TREND_NOT_COMPARABLE);
}

int main(void)
{
#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
		CASE(a_slowdown_is_called_regressed),
		CASE(less_latency_is_improved_and_less_throughput_regressed),
		CASE(a_clear_difference_below_the_floor_is_none),
		CASE(what_is_resolvable_would_have_been_called),
		CASE(too_few_runs_are_not_enough_evidence),
		CASE(one_run_a_side_is_never_a_verdict),
		CASE(what_is_not_of_one_kind_is_not_compared),
		CASE(long_texts_are_held_against_each_other_whole),
		CASE(runs_of_a_set_have_to_be_of_one_kind),
		CASE(another_version_is_noted),
		CASE(equal_runs_are_called_equal),
		CASE(ramps_are_compared_at_the_highest_step_that_all_held),
		CASE(ramps_without_a_common_step_have_their_answer_alone),
		CASE(a_baseline_of_ramps_keeps_their_steps),
		CASE(one_ramp_a_side_tells_what_it_saw_without_a_verdict),
		CASE(text_that_is_no_report_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
