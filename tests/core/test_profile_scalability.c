/* scalability, fed with invented rates; and on a simulated server whose rates theory knows. */
#include "cm.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "core/processors.h"
#include "core/profile.h"
#include "core/student.h"
#include "sim_run.h"

extern const struct bt_workload bt_sim_workload;
extern const struct bt_profile bt_profile_scalability;

struct fixture {
	const struct bt_profile *profile;
	_Alignas(16) char conf[512];
	void *state;
	struct bt_segment_record steps[256]; /* as judged */
	unsigned n_steps, n_leads;
	struct bt_finding found;
};

static int begin(struct fixture *f, const struct bt_load *load, const char *const *args)
{
	struct bt_opt_set set;
	unsigned words;
	int argc = 0;

	memset(f, 0, sizeof(*f));
	f->profile = &bt_profile_scalability;
	f->state = calloc(1, f->profile->state_size);
	assert_non_null(f->state);
	set = (struct bt_opt_set){ "scalability", f->profile->opts, f->conf };
	bt_opt_defaults(f->profile->opts, f->conf);
	while (args && args[argc])
		argc++;
	assert_int_equal(
		bt_opt_parse(&set, 1, argc, (char *const *)args, 0, NULL, 0, &words, NULL), 0);
	return f->profile->begin(f->state, f->conf, load, NULL);
}

typedef double rate_of(unsigned level, unsigned trial);

/* Goes through all steps with the rates that are invented for them. */
static void go(struct fixture *f, unsigned processors, const char *const *args, rate_of *rate)
{
	const struct bt_load load = { .workers = 1, .concurrency = 1, .processors = processors };
	struct bt_segment_record rec = { 0 };

	assert_int_equal(begin(f, &load, args), 0);
	while (f->profile->next(f->state, f->n_steps ? &rec : NULL, &rec.plan)) {
		double span_s = (double)rec.plan.span_ns / 1e9;
		unsigned trial;

		assert_int_equal(rec.plan.mode, BT_CLOSED);
		assert_true(rec.plan.workers == rec.plan.level && rec.plan.level > 0);
		if (!rec.plan.step) {
			assert_true(!rec.plan.scored && !rec.plan.judged);
			f->n_leads++;
			continue;
		}
		trial = (rec.plan.step - 1) / (rec.plan.steps / 3);
		rec.result = (struct bt_segment_result){ .start_ns = 7 * BT_NS_PER_S };
		rec.result.end_ns = rec.result.start_ns + rec.plan.span_ns;
		rec.result.completed_in_span =
			(uint64_t)round(rate(rec.plan.level, trial) * span_s);
		f->profile->judge(f->state, &rec);
		f->steps[f->n_steps++] = rec;
	}
	f->profile->finding(f->state, &f->found);
}

static double linear(unsigned level, unsigned trial)
{
	return 1e6 * level * (1 + 0.1 * trial); /* each trial on a faster machine */
}

static double four_processors(unsigned level, unsigned trial)
{
	(void)trial;
	return 1e6 * (level == 2 ? 1.9 : level >= 4 ? 3.6 : 1);
}

static double falls_behind(unsigned level, unsigned trial)
{
	return 1e6 * (level == 2 ? 1.8 : level == 4 ? 2.7 + 0.01 * trial : level == 8 ? 2.3 : 1);
}

static double contended(unsigned level, unsigned trial)
{
	double n = level;

	return (1 + 0.1 * trial) * 1e8 * n / (1 + 0.02 * (n - 1) + 0.0005 * n * (n - 1));
}

static double noisy(unsigned level, unsigned trial)
{
	return 1e6 * (level == 1 ? 1 : level * (0.5 + 0.15 * trial));
}

static double nothing(unsigned level, unsigned trial)
{
	(void)level;
	(void)trial;
	return 0;
}

static void every_trial_goes_through_all_levels_after_a_lead(void **state)
{
	static const char *const args[] = { "--nodes=4,2", NULL };
	static const unsigned levels[] = { 1, 2, 4 };
	struct bt_needs needs = { 1, 3, false, 0 };
	struct fixture f;

	(void)state;
	go(&f, 8, args, linear);
	assert_int_equal(f.n_steps, 9);
	assert_int_equal(f.n_leads, 9);
	for (unsigned i = 0; i < f.n_steps; i++) {
		assert_int_equal(f.steps[i].plan.level, levels[i % 3]);
		assert_true(f.steps[i].plan.scored && f.steps[i].plan.judged);
		assert_near(f.steps[i].result.ratio, levels[i % 3], 1e-6);
		assert_near(f.steps[i].result.efficiency, 1, 1e-6);
		assert_int_equal(f.steps[i].result.outcome, i < 6 ? BT_STEP_NONE : BT_STEP_HELD);
	}
	f.profile->needs(f.state, &needs);
	assert_true(needs.workers == 4 && needs.concurrency == 4 && needs.apart);
	assert_int_equal(f.profile->planned_ns(f.state), 9 * 6 * BT_NS_PER_S);
	assert_near(f.found.value, 100, 1e-6);
	assert_non_null(
		strstr(f.found.text, "4 nodes: 4.00x one node (4.00–4.00), floor 70 % held"));
	free(f.state);
}

static void nodes_beyond_the_processors_have_to_keep_their_rate(void **state)
{
	struct fixture f;

	(void)state;
	go(&f, 4, NULL, four_processors);
	assert_near(f.found.value, 90, 1e-6);
	assert_non_null(strstr(
		f.found.text, "more nodes than the 4 processors: 1.00 of their rate at 8, floor"));
	assert_int_equal(f.steps[11].result.outcome, BT_STEP_HELD);
	assert_non_null(strstr(f.steps[11].result.reason, "only 4 processors"));
	assert_near(f.steps[11].result.efficiency, 0.9, 1e-6);
	free(f.state);
}

static void the_number_of_processors_is_a_level_when_others_are_beyond_it(void **state)
{
	struct fixture f;

	(void)state;
	go(&f, 3, NULL, linear);
	assert_int_equal(f.n_steps, 15);
	assert_int_equal(f.steps[2].plan.level, 3);
	free(f.state);
}

static void below_the_floor_or_below_the_processors_rate_is_broken(void **state)
{
	struct fixture f;

	(void)state;
	go(&f, 4, NULL, falls_behind);
	assert_near(f.found.value, 67.75, 1e-3);
	assert_non_null(strstr(f.found.text, "floor 70 % missed at 4;"));
	assert_non_null(strstr(f.found.text, "0.85 of their rate at 8, floor 0.90"));
	assert_int_equal(f.steps[9].result.outcome, BT_STEP_HELD);
	assert_int_equal(f.steps[10].result.outcome, BT_STEP_BROKE);
	assert_ptr_equal(strstr(f.steps[10].result.reason, "efficiency 67.7 % (67.1–68.4), floor"),
		f.steps[10].result.reason);
	assert_int_equal(f.steps[11].result.outcome, BT_STEP_BROKE);
	free(f.state);
}

static void the_scalability_law_is_fitted_where_nodes_have_processors(void **state)
{
	static const char *const more[] = { "--nodes=1,2,4,8,16,32", NULL };
	struct fixture f;

	(void)state;
	go(&f, 32, more, contended);
	assert_non_null(strstr(f.found.text, "USL: contention 2 % (2–2), coherency 0.05 % (0.05–"));
	assert_non_null(strstr(f.found.text, "peak at 44 nodes"));
	free(f.state);
	go(&f, 4, more, contended);
	assert_non_null(strstr(f.found.text, "USL: no fit: 3 levels within the proc"));
	free(f.state);
	go(&f, 8, NULL, linear);
	assert_non_null(strstr(f.found.text, "USL: no fit: the data do not bend"));
	free(f.state);
	go(&f, 8, NULL, falls_behind);
	assert_non_null(strstr(f.found.text, "USL: "));
	assert_true(strlen(f.found.text) < BT_FINDING_TEXT / 2 + 80);
	free(f.state);
}

static void what_noise_could_have_done_is_not_resolved(void **state)
{
	static const char *const args[] = { "--nodes=2", NULL };
	struct fixture f;

	(void)state;
	go(&f, 2, args, noisy);
	assert_near(f.found.value, 63.8, 0.01);
	assert_int_equal(f.steps[5].result.outcome, BT_STEP_NONE);
	assert_non_null(strstr(f.steps[5].result.reason, "not resolved: efficiency 63.8 %"));
	assert_non_null(strstr(f.found.text, "floor 70 % not resolved at 2"));
	free(f.state);
}

static void no_rate_is_no_efficiency(void **state)
{
	struct fixture f;

	(void)state;
	go(&f, 8, NULL, nothing);
	assert_true(isnan(f.found.value));
	assert_int_equal(f.steps[11].result.outcome, BT_STEP_BROKE);
	free(f.state);
	go(&f, 1, NULL, four_processors);
	assert_true(isnan(f.found.value));
	assert_non_null(strstr(f.found.text, "1 processor"));
	free(f.state);
}

static void what_cannot_be_measured_is_refused(void **state)
{
	static const struct {
		struct bt_load load;
		const char *args[2];
	} rows[] = {
		{ { .rate = 10, .workers = 1, .concurrency = 1 }, { NULL } },
		{ { .ops = 10, .workers = 1, .concurrency = 1 }, { NULL } },
		{ { .duration_ns = 10, .workers = 1, .concurrency = 1 }, { NULL } },
		{ { .workers = 2, .concurrency = 2 }, { NULL } },
		{ { .workers = 1, .concurrency = 1 }, { "--nodes=0", NULL } },
		{ { .workers = 1, .concurrency = 1 }, { "--nodes=1,,2", NULL } },
		{ { .workers = 1, .concurrency = 1 }, { "--nodes=", NULL } },
		{ { .workers = 1, .concurrency = 1 }, { "--nodes=257", NULL } },
		{ { .workers = 1, .concurrency = 1 }, { "--nodes=1,2,x", NULL } },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct fixture f;

		assert_int_equal(begin(&f, &rows[i].load, rows[i].args), -EINVAL);
		free(f.state);
	}
}

/* Threads of one node share the k servers of 1 ms: min(n, k) × 1,000 op/s. The virtual clock has no
 * noise. */
static void threads_of_sim_scale_to_its_servers(void **state)
{
	static const char *const args[] = { "--clock=virtual", "--servers=4",
		"--nodes=1,2,3,4,8,16", "--scale=threads", "--hold=2s", "--trials=2", "--seed=1",
		NULL };
	struct sim_run r;
	unsigned steps = 0;

	(void)state;
	sim_run(&r, &bt_sim_workload, "scalability", args, NULL, NULL);
	for (unsigned i = 0; i < r.n_segments; i++) {
		const struct bt_segment_record *s = &r.segments[i];
		double ideal = BT_MIN(s->plan.level, 4);

		if (!s->plan.step)
			continue;
		steps++;
		assert_near((double)s->result.completed_in_span, ideal * 2000, 0.005);
		assert_near(s->result.ratio, ideal, 0.005);
	}
	assert_int_equal(steps, 12);
	assert_near(r.last->finding_value, 25, 0.01); /* 16 threads, 4 servers */
	assert_non_null(strstr(r.last->finding_text, "no fit: the data bend otherwise"));
	sim_run_fini(&r);
}

/* Nodes have a server each, so they scale without end. */
static void nodes_of_sim_share_nothing(void **state)
{
	static const char *const args[] = { "--clock=virtual", "--nodes=1,2,4,16", "--hold=2s",
		"--seed=1", NULL };
	struct sim_run r;

	(void)state;
	sim_run(&r, &bt_sim_workload, "scalability", args, NULL, NULL);
	assert_near(r.last->finding_value, 100, 0.01);
	assert_non_null(strstr(r.last->finding_text, "16 nodes: 16.0"));
	assert_non_null(strstr(r.last->finding_text, "no fit: the data do not bend"));
	assert_int_equal(r.last->total.completed, r.last->total.offered);
	sim_run_fini(&r);
}

/* One node with as many threads in each step, on 1, 2, … processors; those that are not there are
 * left out. */
static void processors_are_given_to_the_same_threads(void **state)
{
	const struct bt_load load = { .workers = 1, .concurrency = 1, .processors = 4 };
	const struct bt_load of_nothing = { .workers = 1, .concurrency = 1 };
	static const char *const args[] = { "--scale=cpus", "--nodes=1,2,4,8,16", "--trials=1",
		NULL };
	struct bt_needs needs = { 1, 1, true, 0 };
	struct bt_segment seg;
	struct fixture f;
	unsigned steps = 0;

	(void)state;
	assert_int_equal(begin(&f, &load, args), 0);
	f.profile->needs(f.state, &needs);
	assert_true(needs.workers == 4 && needs.concurrency == 4 && !needs.apart);
	while (f.profile->next(f.state, NULL, &seg)) {
		assert_true(seg.workers == 4 && seg.concurrency == 4 && !seg.pinned);
		assert_true(seg.processors == seg.level && seg.level <= 4);
		steps += seg.step > 0;
	}
	assert_int_equal(steps, 3);
	free(f.state);
	assert_int_equal(begin(&f, &of_nothing, args), -EINVAL);
	free(f.state);
}

static void what_the_figures_do_not_say_is_said(void **state)
{
	const struct bt_load load = { .workers = 1,
		.concurrency = 1,
		.processors = 8,
		.cores = 4,
		.quota = 1.5,
		.unbound = true };
	struct bt_segment_record rec = { 0 };
	struct fixture f;

	(void)state;
	assert_int_equal(begin(&f, &load, NULL), 0);
	while (f.profile->next(f.state, NULL, &rec.plan)) {
		if (!rec.plan.step)
			continue;
		rec.result = (struct bt_segment_result){ .end_ns = BT_NS_PER_S };
		rec.result.completed_in_span = 1000 * rec.plan.level;
		f.profile->judge(f.state, &rec);
	}
	f.profile->finding(f.state, &f.found);
	assert_non_null(strstr(f.found.text, "hyper-threads: 8 processors are 4 cores"));
	assert_non_null(strstr(f.found.text, "the cgroup allows 1.5 processors' time"));
	assert_non_null(strstr(f.found.text, "workers could not be bound to processors"));
	free(f.state);
}

static void a_processor_of_each_core_comes_first(void **state)
{
	unsigned ids[] = { 0, 1, 2, 3, 6, 7 };
	const unsigned core[] = { 0, 0, 2, 2, 6, 0 }, want[] = { 0, 2, 6, 1, 3, 7 };

	(void)state;
	assert_int_equal(bt_processors_order(ids, core, 6), 3);
	assert_memory_equal(ids, want, sizeof(want));
	assert_int_equal(bt_processors_order(ids, core, 0), 0);
}

static void a_quota_is_read_as_processors(void **state)
{
	(void)state;
	assert_near(bt_processors_quota("150000 100000\n"), 1.5, 1e-9);
	assert_true(bt_processors_quota("max 100000\n") == 0);
	assert_true(bt_processors_quota("") == 0);
}

static void a_thread_is_bound_and_released(void **state)
{
	struct bt_processors p, again;

	(void)state;
	bt_processors_read(&p);
	assert_true(p.n >= 1 && p.cores >= 1 && p.cores <= p.n);
	if (!p.binds)
		skip();
	assert_int_equal(bt_processors_bind(&p, 0, true, p.n + 1), 0);
	bt_processors_read(&again);
	assert_int_equal(again.n, 1);
	assert_int_equal(again.ids[0], p.ids[1 % p.n]);
	assert_int_equal(bt_processors_bind(&p, 0, false, 0), 0);
	bt_processors_read(&again);
	assert_int_equal(again.n, p.n);
}

/* All calls in flight when the loop ends: nothing may wait for a moment that has passed. */
static void a_closed_loop_ends_with_every_call_in_flight(void **state)
{
	static const char *const args[] = { "--clock=virtual", "--concurrency=8", "--duration=2s",
		"--service=7ms", "--seed=1", NULL };
	struct sim_run r;

	(void)state;
	sim_run(&r, &bt_sim_workload, "load", args, NULL, NULL);
	assert_int_equal(r.last->total.completed, r.last->total.offered);
	assert_int_equal(r.last->total.completed, 2000 / 7 + 8);
	sim_run_fini(&r);
}

static void student_is_that_of_the_tables(void **state)
{
	static const struct {
		unsigned freedom;
		double t;
	} rows[] = { { 1, 12.706 }, { 2, 4.303 }, { 5, 2.571 }, { 10, 2.228 }, { 11, 2.201 },
		{ 20, 2.086 }, { 30, 2.042 }, { 60, 2.000 }, { 1000, 1.962 } };

	(void)state;
	assert_true(isinf(bt_student95(0)));
	for (unsigned i = 0; i < BT_LEN(rows); i++)
		assert_true(fabs(bt_student95(rows[i].freedom) - rows[i].t) < 0.001);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_trial_goes_through_all_levels_after_a_lead),
		cmocka_unit_test(nodes_beyond_the_processors_have_to_keep_their_rate),
		cmocka_unit_test(the_number_of_processors_is_a_level_when_others_are_beyond_it),
		cmocka_unit_test(below_the_floor_or_below_the_processors_rate_is_broken),
		cmocka_unit_test(the_scalability_law_is_fitted_where_nodes_have_processors),
		cmocka_unit_test(what_noise_could_have_done_is_not_resolved),
		cmocka_unit_test(no_rate_is_no_efficiency),
		cmocka_unit_test(what_cannot_be_measured_is_refused),
		cmocka_unit_test(threads_of_sim_scale_to_its_servers),
		cmocka_unit_test(nodes_of_sim_share_nothing),
		cmocka_unit_test(processors_are_given_to_the_same_threads),
		cmocka_unit_test(what_the_figures_do_not_say_is_said),
		cmocka_unit_test(a_processor_of_each_core_comes_first),
		cmocka_unit_test(a_quota_is_read_as_processors),
		cmocka_unit_test(a_thread_is_bound_and_released),
		cmocka_unit_test(a_closed_loop_ends_with_every_call_in_flight),
		cmocka_unit_test(student_is_that_of_the_tables),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
