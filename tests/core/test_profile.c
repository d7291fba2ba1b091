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

/* Seconds of a spike run: n operations of this response time end in each. */
static void seconds_pass(struct fixture *f, uint64_t *t_ns, unsigned seconds, uint64_t response_ns,
	uint64_t slow, uint64_t failed)
{
	struct bt_hist *h = calloc(1, sizeof(*h));

	assert_non_null(h);
	bt_hist_init(h);
	bt_hist_add(h, response_ns, 1000 - slow);
	if (slow)
		bt_hist_add(h, BT_NS_PER_S, slow);
	for (unsigned i = 0; i < seconds; i++) {
		*t_ns += BT_NS_PER_S;
		f->profile->ended(f->state,
			&(struct bt_endings){ .t_ns = *t_ns,
				.completed = 1000 - failed,
				.failed = failed,
				.response = h });
	}
	free(h);
}

/* Begins a spike and brings it to the end of its peak. */
static void reach_the_peaks_end(struct fixture *f, struct bt_segment_record *rec, uint64_t *t_ns)
{
	static const char *const args[] = { "--peak=x3", "--base-for=10s", "--peak-for=4s",
		"--recover-for=1m", "--recovered-for=5s", NULL };
	const struct bt_load load = { .rate = 1000, .workers = 1, .concurrency = 1 };

	assert_int_equal(begin(f, "spike", &load, args), 0);
	assert_int_equal(f->profile->planned_ns(f->state), 74 * BT_NS_PER_S);
	assert_true(f->profile->next(f->state, NULL, &rec->plan));
	assert_string_equal(rec->plan.label, "base");
	assert_true(rec->plan.rate_from == 1000 && rec->plan.span_ns == 10 * BT_NS_PER_S);
	seconds_pass(f, t_ns, 10, 10000000, 0, 0);
	rec->result.end_ns = *t_ns;
	assert_true(f->profile->next(f->state, rec, &rec->plan));
	assert_string_equal(rec->plan.label, "peak");
	assert_true(rec->plan.rate_from == 3000 && rec->plan.rate_to == 3000);
	seconds_pass(f, t_ns, 4, 500000000, 0, 100);
	rec->result.end_ns = *t_ns;
	assert_true(f->profile->next(f->state, rec, &rec->plan));
	assert_string_equal(rec->plan.label, "recovery");
	assert_true(rec->plan.rate_from == 1000);
}

static void spike_recovers_when_p99_is_back_for_long_enough(void **state)
{
	static const struct {
		unsigned slow, good, slow_again; /* seconds of each after the peak */
		uint64_t good_ns, slow_of_1000;
		double recovered;
	} rows[] = {
		{ 0, 20, 0, 10000000, 0, 0 },   /* at once */
		{ 7, 20, 0, 10000000, 0, 7 },   /* after seven seconds */
		{ 7, 20, 0, 11000000, 0, 7 },   /* a tenth above is back */
		{ 7, 20, 0, 11100000, 0, NAN }, /* more is not */
		{ 3, 3, 4, 10000000, 0, 10 },   /* three good seconds are too few */
		{ 7, 20, 0, 10000000, 9, 7 },   /* fewer than one in a hundred may be slow */
		{ 7, 20, 0, 10000000, 11, NAN },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct bt_segment_record rec = { 0 };
		struct bt_finding found;
		struct fixture f;
		uint64_t t_ns = 0;

		reach_the_peaks_end(&f, &rec, &t_ns);
		seconds_pass(&f, &t_ns, rows[i].slow, 500000000, 0, 0);
		seconds_pass(&f, &t_ns, rows[i].good, rows[i].good_ns, rows[i].slow_of_1000, 0);
		seconds_pass(&f, &t_ns, rows[i].slow_again, 500000000, 0, 0);
		seconds_pass(&f, &t_ns, 6, rows[i].good_ns, rows[i].slow_of_1000, 0);
		assert_false(f.profile->next(f.state, &rec, &rec.plan));
		f.profile->finding(f.state, &found);
		if (isnan(rows[i].recovered) ? !isnan(found.value)
					     : fabs(found.value - rows[i].recovered) > 0.5)
			fail_msg("row %u: %g s: %s", i, found.value, found.text);
		if (isnan(rows[i].recovered))
			assert_ptr_equal(strstr(found.text, "did not recover"), found.text);
		end(&f);
	}
}

static void spike_does_not_take_silence_for_recovery(void **state)
{
	struct bt_segment_record rec = { 0 };
	struct bt_finding found;
	struct fixture f;
	uint64_t t_ns = 0;

	(void)state;
	reach_the_peaks_end(&f, &rec, &t_ns);
	t_ns += 30 * BT_NS_PER_S; /* nothing ends */
	seconds_pass(&f, &t_ns, 1, 30 * BT_NS_PER_S, 0, 0);
	seconds_pass(&f, &t_ns, 6, 10000000, 0, 0);
	f.profile->finding(f.state, &found);
	if (!(fabs(found.value - 31) <= 0.5))
		fail_msg("%g s: %s", found.value, found.text);
	end(&f);
}

/* A queue without chance: what is above its capacity waits. wander: the backlog that there is by
 * chance, of a hundred ticks. */
static void queue_answers(struct bt_segment_record *rec, double capacity, double wander)
{
	double span_s = (double)rec->plan.span_ns / 1e9, offered = rec->plan.rate_to * span_s;
	double above = fmax(offered - capacity * span_s, 0), left = above + wander;

	rec->result = (struct bt_segment_result){
		.counts = { .offered = (uint64_t)offered, .completed = (uint64_t)offered },
		.completed_in_span = (uint64_t)(offered - left),
		.backlog_mid = (uint64_t)(left / 2),
		.backlog_end = (uint64_t)left,
		.looks_mid = 50,
		.looks_end = 100,
		.walk_mid = (above * above + 2500 * wander * wander) / 200,
		.walk_end = (above * above + 2500 * wander * wander) / 100,
	};
}

static void breakpoint_closes_in_on_the_capacity(void **state)
{
	static const double capacities[] = { 0.5, 9, 10, 11, 777, 54321, 2e6 };

	(void)state;
	for (unsigned i = 0; i < BT_LEN(capacities); i++) {
		const struct bt_load load = { .workers = 1, .concurrency = 1 };
		double want = fmin(capacities[i], 1e6); /* --max-rate */
		struct bt_segment_record rec = { 0 };
		struct bt_finding found;
		unsigned steps = 0;
		struct fixture f;

		assert_int_equal(begin(&f, "breakpoint", &load, NULL), 0);
		while (f.profile->next(f.state, &rec, &rec.plan)) {
			assert_true(rec.plan.judged && rec.plan.scored);
			assert_true(++steps < 60);
			queue_answers(&rec, capacities[i], 0);
			f.profile->judge(f.state, &rec);
		}
		f.profile->finding(f.state, &found);
		if (!(fabs(found.value / want - 1) < 0.021))
			fail_msg("capacity %g: %g, %s", want, found.value, found.text);
		end(&f);
	}
}

static void breakpoint_holds_longer_what_is_not_steady(void **state)
{
	const struct bt_load load = { .rate = 1000, .workers = 1, .concurrency = 1 };
	struct bt_segment_record rec = { 0 };
	struct fixture f;
	uint64_t span_ns;

	(void)state;
	assert_int_equal(begin(&f, "breakpoint", &load, NULL), 0);
	assert_true(f.profile->next(f.state, &rec, &rec.plan));
	span_ns = rec.plan.span_ns;
	for (unsigned stretch = 2; stretch <= 4; stretch *= 2) {
		queue_answers(&rec, 1e9, 0.008 * (double)rec.plan.span_ns / 1e6);
		f.profile->judge(f.state, &rec);
		assert_int_equal(rec.result.outcome, BT_STEP_NONE);
		assert_true(f.profile->next(f.state, &rec, &rec.plan));
		assert_true(rec.plan.rate_to == 1000 && rec.plan.span_ns == stretch * span_ns);
	}
	queue_answers(&rec, 1e9, 0.008 * (double)rec.plan.span_ns / 1e6);
	f.profile->judge(f.state, &rec);
	assert_int_equal(rec.result.outcome, BT_STEP_HELD);
	assert_true(f.profile->next(f.state, &rec, &rec.plan));
	assert_true(rec.plan.rate_to == 2000 && rec.plan.span_ns == span_ns);
	end(&f);
}

/* A hundredth above capacity completes 99 %, which is the rate reached; but it goes on for ever,
 * and the interval has to hold the truth. */
static void breakpoint_tells_slow_growth_from_wandering(void **state)
{
	static const double capacities[] = { 1000, 995, 509, 123.4, 9.3 };
	const struct bt_load load = { .rate = 300, .workers = 1, .concurrency = 1 };

	(void)state;
	for (unsigned i = 0; i < BT_LEN(capacities); i++) {
		struct bt_segment_record rec = { 0 };
		struct bt_finding found;
		double held = 0, broke = INFINITY;
		struct fixture f;

		assert_int_equal(begin(&f, "breakpoint", &load, NULL), 0);
		while (f.profile->next(f.state, &rec, &rec.plan)) {
			queue_answers(&rec, capacities[i], 0);
			f.profile->judge(f.state, &rec);
			if (rec.result.outcome == BT_STEP_HELD)
				held = fmax(held, rec.plan.rate_to);
			if (rec.result.outcome == BT_STEP_BROKE)
				broke = fmin(broke, rec.plan.rate_to);
		}
		f.profile->finding(f.state, &found);
		/* Three operations above it cannot be told from none. */
		if (held > capacities[i] * 1.001 || broke < capacities[i] || found.value != held)
			fail_msg("capacity %g: %g held, %g broke: %s", capacities[i], held, broke,
				found.text);
		end(&f);
	}
}

static void breakpoint_gives_up_a_winner_that_does_not_hold_again(void **state)
{
	const struct bt_load load = { .rate = 1000, .workers = 1, .concurrency = 1 };
	struct bt_segment_record rec = { 0 };
	struct bt_finding found;
	struct fixture f;
	double capacity = 1500;

	(void)state;
	assert_int_equal(begin(&f, "breakpoint", &load, NULL), 0);
	while (f.profile->next(f.state, &rec, &rec.plan)) {
		if (strcmp(rec.plan.label, "confirmation") == 0)
			capacity = 1200; /* it had been luck, or the machine got slower */
		queue_answers(&rec, capacity, 0);
		f.profile->judge(f.state, &rec);
	}
	f.profile->finding(f.state, &found);
	assert_true(fabs(found.value / 1200 - 1) < 0.021);
	assert_non_null(strstr(found.text, "confirmed twice"));
	end(&f);
}

static void spike_refuses_what_cannot_be_measured(void **state)
{
	static const struct {
		double rate;
		uint64_t ops;
		const char *args[3];
	} rows[] = {
		{ 0, 0, { NULL } },
		{ 1000, 10, { NULL } },
		{ 1000, 0, { "--peak=900", NULL } },
		{ 19, 0, { NULL } }, /* 95 operations in five seconds */
		{ 1000, 0, { "--recover-for=4s", NULL } },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		const struct bt_load load = {
			.rate = rows[i].rate, .ops = rows[i].ops, .workers = 1, .concurrency = 1
		};
		struct fixture f;

		assert_int_equal(begin(&f, "spike", &load, rows[i].args), -EINVAL);
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
		cmocka_unit_test(spike_recovers_when_p99_is_back_for_long_enough),
		cmocka_unit_test(spike_does_not_take_silence_for_recovery),
		cmocka_unit_test(breakpoint_closes_in_on_the_capacity),
		cmocka_unit_test(breakpoint_holds_longer_what_is_not_steady),
		cmocka_unit_test(breakpoint_tells_slow_growth_from_wandering),
		cmocka_unit_test(breakpoint_gives_up_a_winner_that_does_not_hold_again),
		cmocka_unit_test(spike_refuses_what_cannot_be_measured),
		cmocka_unit_test(contradicting_options_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
