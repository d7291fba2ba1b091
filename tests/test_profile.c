/* Profiles are pure: fed with invented results, without a clock. */
#include "cm.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "core/profile.h"

struct fixture {
	const struct bt_profile *profile;
	void *conf, *state;
};

static int begin(
	struct fixture *f, const char *name, const struct bt_load *load, const char *const *args)
{
	struct bt_opt_set set;
	unsigned words;
	int argc = 0;

	f->profile = bt_profile_find(name);
	assert_non_null(f->profile);
	f->conf = calloc(1, f->profile->conf_size + 1);
	f->state = calloc(1, f->profile->state_size + 1);
	assert_true(f->conf && f->state);
	set = (struct bt_opt_set){ name, f->profile->opts, f->conf };
	bt_opt_defaults(f->profile->opts, f->conf);
	while (args && args[argc])
		argc++;
	assert_int_equal(
		bt_opt_parse(&set, 1, argc, (char *const *)args, 0, NULL, 0, &words, NULL), 0);
	return f->profile->begin(f->state, f->conf, load, NULL);
}

static void end(struct fixture *f)
{
	free(f->conf);
	free(f->state);
}

static void load_warms_up_then_runs(void **state)
{
	const struct bt_load load = { .rate = 100,
		.duration_ns = 20 * BT_NS_PER_S,
		.warmup_ns = 5 * BT_NS_PER_S,
		.workers = 2,
		.concurrency = 8 };
	struct bt_segment seg;
	struct fixture f;

	(void)state;
	assert_int_equal(begin(&f, "load", &load, NULL), 0);
	assert_int_equal(f.profile->planned_ns(f.state), 25 * BT_NS_PER_S);
	assert_true(f.profile->next(f.state, NULL, &seg));
	assert_true(!seg.scored && seg.mode == BT_OPEN && seg.span_ns == 5 * BT_NS_PER_S);
	assert_true(f.profile->next(f.state, NULL, &seg));
	assert_true(seg.scored && seg.rate_from == 100 && seg.rate_to == 100 && seg.workers == 2);
	assert_false(f.profile->next(f.state, NULL, &seg));
	end(&f);
}

static void load_without_rate_is_a_closed_loop_of_ten_seconds(void **state)
{
	const struct bt_load load = { .workers = 1, .concurrency = 1 };
	struct bt_segment seg;
	struct fixture f;

	(void)state;
	assert_int_equal(begin(&f, "load", &load, NULL), 0);
	assert_true(f.profile->next(f.state, NULL, &seg));
	assert_int_equal(seg.mode, BT_CLOSED);
	assert_int_equal(seg.span_ns, 10 * BT_NS_PER_S);
	end(&f);
}

static void load_by_operations_has_no_other_end(void **state)
{
	const struct bt_load load = { .ops = 500, .workers = 1, .concurrency = 1 };
	struct bt_segment seg;
	struct fixture f;

	(void)state;
	assert_int_equal(begin(&f, "load", &load, NULL), 0);
	assert_true(f.profile->next(f.state, NULL, &seg));
	assert_true(seg.span_ns == BT_FOREVER && seg.items == 500);
	assert_int_equal(f.profile->planned_ns(f.state), 0);
	end(&f);
}

/* An invented result of a step. */
struct invented {
	double rate_offered; /* what the step asked for */
	uint64_t offered, completed, failed, in_span, mid, end, p99_ns;
	enum bt_step_outcome outcome;
	const char *reason; /* beginning of it */
};

static const char *const stop_at_10ms[] = { "--stop-p99=10ms", "--max-rate=100k", "--hold=10s",
	"--step=x2", NULL };

static void stress_judges_a_step_by_its_three_limits(void **state)
{
	static const struct invented rows[] = {
		{ 0, 1000, 1000, 0, 1000, 0, 0, 1000000, BT_STEP_HELD, "" },
		{ 0, 1000, 951, 49, 951, 0, 0, 1000000, BT_STEP_HELD, "" },
		{ 0, 1000, 950, 50, 950, 0, 0, 1000000, BT_STEP_BROKE, "errors 5.00 %" },
		{ 0, 1000, 1000, 0, 1000, 0, 0, 10000000, BT_STEP_HELD, "" },
		{ 0, 1000, 1000, 0, 1000, 0, 0, 10000001, BT_STEP_BROKE, "p99 10.0 ms" },
		{ 0, 1000, 1000, 0, 950, 10, 50, 1000000, BT_STEP_HELD, "" },
		{ 0, 1000, 1000, 0, 949, 10, 51, 1000000, BT_STEP_BROKE,
			"rate not reached: 94.9 %" },
		{ 0, 1000, 1000, 0, 900, 100, 100, 1000000, BT_STEP_HELD,
			"" }, /* it does not grow */
		{ 0, 0, 0, 0, 0, 0, 0, 0, BT_STEP_HELD, "" },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		const struct bt_load load = { .rate = 100, .workers = 1, .concurrency = 1 };
		struct bt_segment_record rec = { 0 };
		struct fixture f;

		assert_int_equal(begin(&f, "stress", &load, stop_at_10ms), 0);
		assert_true(f.profile->next(f.state, NULL, &rec.plan));
		assert_true(rec.plan.judged && rec.plan.scored && rec.plan.step == 1);
		rec.result.counts.offered = rows[i].offered;
		rec.result.counts.completed = rows[i].completed;
		rec.result.counts.failed = rows[i].failed;
		rec.result.completed_in_span = rows[i].in_span;
		rec.result.backlog_mid = rows[i].mid;
		rec.result.backlog_end = rows[i].end;
		rec.result.response.q[BT_Q99] = rows[i].p99_ns;
		f.profile->judge(f.state, &rec);
		assert_int_equal(rec.result.outcome, rows[i].outcome);
		if (strncmp(rec.result.reason, rows[i].reason, strlen(rows[i].reason)) != 0)
			fail_msg("row %u: '%s'", i, rec.result.reason);
		assert_true(f.profile->next(f.state, &rec, &rec.plan) ==
			(rows[i].outcome == BT_STEP_HELD));
		end(&f);
	}
}

static void stress_climbs_to_its_last_step(void **state)
{
	static const struct {
		const char *args[4];
		double rate, last;
		unsigned steps;
	} rows[] = {
		{ { "--step=10", "--max-rate=1k" }, 10, 1000, 100 },
		{ { "--step=x1.5", "--max-rate=1k" }, 100, 759.375, 6 },
		{ { "--step=x2", "--max-rate=1k" }, 0, 640, 7 }, /* begins at 10 when nobody says */
		{ { "--step=0.1", "--max-rate=1" }, 0.1, 1, 10 },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		const struct bt_load load = {
			.rate = rows[i].rate, .workers = 1, .concurrency = 1
		};
		struct bt_segment_record rec = { 0 };
		struct bt_finding finding = { .value = 0 };
		struct fixture f;
		unsigned n = 0;

		assert_int_equal(begin(&f, "stress", &load, rows[i].args), 0);
		f.profile->finding(f.state, &finding);
		assert_true(isnan(finding.value));
		while (f.profile->next(f.state, n ? &rec : NULL, &rec.plan)) {
			rec.result.counts.offered = rec.result.counts.completed = 100;
			rec.result.completed_in_span = 100;
			f.profile->judge(f.state, &rec);
			assert_int_equal(rec.plan.step, ++n);
			assert_int_equal(rec.plan.steps, rows[i].steps);
		}
		assert_int_equal(n, rows[i].steps);
		f.profile->finding(f.state, &finding);
		assert_near(finding.value, rows[i].last, 1e-9);
		assert_near((double)f.profile->planned_ns(f.state), 30e9 * n, 1e-9);
		end(&f);
	}
}

static void contradicting_options_are_refused(void **state)
{
	static const char *const ramp[] = { "--rate-to=10", NULL },
				 *const low[] = { "--max-rate=5", NULL },
				 *const fine[] = { "--step=x1.0001", NULL };
	static const struct {
		const char *profile;
		struct bt_load load;
		const char *const *args;
	} rows[] = {
		{ "load", { .rate = 0 }, ramp },
		{ "load", { .rate = 5, .ops = 10 }, ramp },
		{ "stress", { .rate = 10 }, low },
		{ "stress", { .rate = 1 }, fine },
		{ "stress", { .ops = 10 }, NULL },
		{ "stress", { .duration_ns = 10 }, NULL },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct fixture f;

		assert_int_equal(begin(&f, rows[i].profile, &rows[i].load, rows[i].args), -EINVAL);
		end(&f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(load_warms_up_then_runs),
		cmocka_unit_test(load_without_rate_is_a_closed_loop_of_ten_seconds),
		cmocka_unit_test(load_by_operations_has_no_other_end),
		cmocka_unit_test(stress_judges_a_step_by_its_three_limits),
		cmocka_unit_test(stress_climbs_to_its_last_step),
		cmocka_unit_test(contradicting_options_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
