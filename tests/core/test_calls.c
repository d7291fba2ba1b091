/* Workloads that wait: calls that never end, and calls whose work is done inside submit. Virtual
 * clock. */
#include "cm.h"

#include "base/clock.h"
#include "sim_run.h"

extern const struct bt_workload bt_sim_workload;

static void keep_call(void *state, struct bt_call *call)
{
	(void)state;
	(void)call;
}

static void only_wait(void *state, uint64_t until_ns)
{
	bt_pause(state, until_ns);
}

static void calls_that_never_end_are_accounted_for(void **state)
{
	static const char *const args[] = { "--clock=virtual", "--rate=10", "--duration=2s",
		"--drain=3s", "--concurrency=15", NULL };
	static const struct bt_workload silent = { .name = "silent",
		.summary = "",
		.unit = "",
		.simulated = true,
		.submit = keep_call,
		.wait = only_wait };
	struct sim_run r;

	(void)state;
	sim_run(&r, &silent, "load", args, NULL, NULL);
	assert_int_equal(r.last->total.offered, 20);
	assert_int_equal(bt_in_flight(&r.last->total), 20);
	assert_int_equal(r.last->total_service.count, 15);
	assert_int_equal(r.last->total_response.count, 20);
	assert_true(r.last->total_response.max == 5 * BT_NS_PER_S);
	sim_run_fini(&r);
}

#define STALL_NS (45 * BT_NS_PER_MS)

struct worker_state {
	struct bt_clock *clock;
};

static int take_clock(void *self, const struct bt_env *env, struct bt_err *err)
{
	struct worker_state *w = self;

	(void)err;
	w->clock = env->clock;
	return 0;
}

/* Every tenth call is worked on for 45 ms before submit returns. */
static void work_inside(void *self, struct bt_call *call)
{
	struct worker_state *w = self;
	struct bt_result done = { BT_DONE, 0, 1 };

	if (call->n % 10 == 0)
		bt_sleep_until(w->clock, bt_now(w->clock) + STALL_NS);
	bt_call_done(call, done, bt_now(w->clock));
}

static const char *const every_10_ms[] = { "--clock=virtual", "--rate=100", "--duration=10s",
	"--workers=1", "--concurrency=4", NULL };

static void work_inside_submit_is_service_and_no_lag(void **state)
{
	static const struct bt_workload inside = { .name = "inside",
		.summary = "",
		.unit = "",
		.state_size = sizeof(struct worker_state),
		.simulated = true,
		.enter = take_clock,
		.submit = work_inside,
		.wait = only_wait };
	struct sim_run r;

	(void)state;
	sim_run(&r, &inside, "load", every_10_ms, NULL, NULL);
	assert_int_equal(r.last->total.completed, 1000);
	assert_true(r.last->total_service.max == STALL_NS);
	/* The four that came due meanwhile waited for it: 35, 25, 15 and 5 ms. */
	assert_true(bt_hist_quantile(r.queue, 0.6) <= 1);
	assert_near((double)bt_hist_quantile(r.queue, 0.61), 5e6, 0.001);
	assert_near((double)r.last->total_queue.max, 35e6, 0.001);
	assert_true(r.last->lag.count > 0 && r.last->lag.max == 0);
	sim_run_fini(&r);
}

/* A call takes 1 ms and 100 us for each of its units, on one server. */
static void sizes_give_what_arithmetic_says(void **state)
{
	static const char *const args[] = { "--clock=virtual", "--batch=1,10,100", "--service=1ms",
		"--unit-service=100us", "--hold=11s", NULL };
	static const struct {
		uint64_t size, calls, call_ns;
	} want[] = { { 1, 10000, 1100000 }, { 10, 5500, 2000000 }, { 100, 1000, 11000000 } };
	struct sim_run r;

	(void)state;
	sim_run(&r, &bt_sim_workload, "sizes", args, NULL, NULL);
	assert_int_equal(r.n_segments, 3);
	for (unsigned i = 0; i < 3; i++) {
		const struct bt_segment_record *s = &r.segments[i];

		assert_int_equal(s->plan.op_units, want[i].size);
		assert_int_equal(s->result.counts.completed, want[i].calls);
		assert_int_equal(s->result.counts.units, want[i].calls * want[i].size);
		assert_int_equal(s->result.service.max, want[i].call_ns);
		assert_int_equal(s->result.outcome, BT_STEP_HELD);
	}
	assert_string_equal(
		r.last->finding_text, "100 units a call, 11.0 ms a call, 110 us a unit");
	sim_run_fini(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_that_never_end_are_accounted_for),
		cmocka_unit_test(sizes_give_what_arithmetic_says),
		cmocka_unit_test(work_inside_submit_is_service_and_no_lag),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
