/* The life of a run: accounting, segments, commands, catch-up policies, endings. Virtual clock
 * wherever figures are exact. */
#include "cm.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "core/feed.h"
#include "sim_run.h"

extern const struct bt_workload bt_sim_workload, bt_null_workload;

static void check_accounting(const struct sim_run *r)
{
	const struct bt_snapshot *s = r->last;
	const struct bt_counts *t = &s->total;

	assert_true(t->offered >= t->completed + t->failed + t->expired);
	/* The stream adds up: whatever ended in an interval is in the totals or was outside scored
	 * segments. */
	assert_int_equal(r->sum.offered, t->offered + s->warm_offered);
	for (unsigned i = 0; i < r->n_segments; i++) {
		const struct bt_counts *c = &r->segments[i].result.counts;

		assert_int_equal(r->segments[i].result.state, BT_SEG_CLOSED);
		assert_true(c->offered >= c->completed + c->failed + c->expired);
	}
	/* every operation offered has a response time, if only "at least" */
	if (s->total_response.count)
		assert_int_equal(s->total_response.count, t->offered);
}

#define RUN(r, workload, profile, hook, arg, ...)                         \
	do {                                                              \
		static const char *const args_[] = { __VA_ARGS__, NULL }; \
		sim_run(r, workload, profile, args_, hook, arg);          \
		check_accounting(r);                                      \
	} while (0)
#define VIRTUAL(r, hook, arg, ...) \
	RUN(r, &bt_sim_workload, "load", hook, arg, "--clock=virtual", "--seed=1", __VA_ARGS__)

static void failures_are_counted_and_noted(void **state)
{
	struct sim_run r;

	(void)state;
	VIRTUAL(&r, NULL, NULL, "--rate=1000", "--ops=100k", "--service=100us", "--error-rate=2%",
		"--distribution=exponential");
	assert_int_equal(r.last->total.offered, 100000);
	assert_int_equal(r.last->total.completed + r.last->total.failed, 100000);
	assert_near((double)r.last->total.failed, 2000, 0.1);
	assert_int_equal(r.last->errors[0], r.last->total.failed);
	assert_int_equal(r.n_notes, BT_NOTES_EACH);
	assert_int_equal(r.last->metrics[0].u, 100000);
	assert_true(r.n_slow > 0);
	sim_run_fini(&r);
}

/* Service takes half a second: what was due in the warm-up ends in the scored part, and must not
 * count there. */
static void stragglers_belong_to_the_segment_they_were_due_in(void **state)
{
	struct sim_run r;

	(void)state;
	VIRTUAL(&r, NULL, NULL, "--rate=10", "--warmup=1s", "--duration=2s", "--service=500ms",
		"--servers=8", "--error-rate=0%");
	assert_int_equal(r.n_segments, 2);
	assert_int_equal(r.segments[0].result.counts.offered, 10);
	assert_int_equal(r.segments[0].result.counts.completed, 10);
	assert_int_equal(r.segments[0].result.response.count, 10);
	assert_false(r.segments[0].plan.scored);
	assert_int_equal(r.segments[1].result.counts.completed, 20);
	assert_int_equal(r.last->total.completed, 20);
	assert_int_equal(r.last->total_response.count, 20);
	assert_int_equal(r.last->warm_offered, 10);
	assert_int_equal(r.response->count, 30);
	/* Scored time reaches to the end of the last operation: due at 2.9 s, ended at 3.4 s, begun
	 * at 1 s. */
	assert_int_equal(r.last->scored_ns, UINT64_C(2400000000));
	sim_run_fini(&r);
}

/* A step that is beyond capacity leaves a backlog; none of it may slip into the steps after it. */
static void no_step_leaks_into_the_next(void **state)
{
	static const char *const args[] = { "--clock=virtual", "--seed=1", "--rate=100",
		"--step=100", "--max-rate=1000", "--hold=2s", "--settle=100ms", "--service=2ms",
		"--stop-error=100%", "--drain=1s", NULL };
	struct sim_run r;

	(void)state;
	sim_run(&r, &bt_sim_workload, "stress", args, NULL, NULL);
	check_accounting(&r);
	assert_int_equal(r.n_segments, 6); /* capacity 500: the step to 600 breaks */
	for (unsigned i = 0; i < 6; i++) {
		const struct bt_segment_result *s = &r.segments[i].result;

		assert_int_equal(s->counts.offered, 200 * (i + 1));
		assert_int_equal(s->response.count, s->counts.offered);
		assert_int_equal(s->outcome, i < 5 ? BT_STEP_HELD : BT_STEP_BROKE);
		assert_true(i == 5 || s->counts.completed == s->counts.offered);
	}
	assert_true(r.last->finding_value == 500);
	assert_string_equal(r.last->finding_name, "limit");
	sim_run_fini(&r);
}

static void a_closed_loop_runs_back_to_back(void **state)
{
	struct sim_run r;

	(void)state;
	VIRTUAL(&r, NULL, NULL, "--duration=10s", "--service=1ms", "--workers=2", "--servers=2",
		"--concurrency=2");
	assert_int_equal(r.last->total.completed, 20000);
	assert_int_equal(r.last->total_response.count, 0);
	assert_int_equal(r.last->total_service.count, 20000);
	assert_int_equal(r.last->scored_ns, 10 * BT_NS_PER_S);
	sim_run_fini(&r);
}

static void exactly_so_many_operations_are_offered(void **state)
{
	struct sim_run r;

	(void)state;
	RUN(&r, &bt_null_workload, "load", NULL, NULL, "--ops=100003", "--workers=3");
	assert_int_equal(r.last->total.completed, 100003);
	assert_int_equal(r.sum.completed, 100003);
	assert_int_equal(r.service->count, 100003);
	sim_run_fini(&r);
	RUN(&r, &bt_null_workload, "load", NULL, NULL, "--ops=2001", "--workers=2", "--rate=50k");
	assert_int_equal(r.last->total.completed, 2001);
	assert_int_equal(r.last->total_response.count, 2001);
	sim_run_fini(&r);
	VIRTUAL(&r, NULL, NULL, "--ops=777", "--workers=3", "--rate=1000", "--dispatch=lane");
	assert_int_equal(r.last->total.completed, 777);
	sim_run_fini(&r);
	VIRTUAL(&r, NULL, NULL, "--ops=777", "--workers=4", "--service=3ms");
	assert_int_equal(r.last->total.completed, 777);
	assert_int_equal(r.last->scored_ns, 777 * 3 * BT_NS_PER_MS);
	sim_run_fini(&r);
}

static void lanes_offer_what_one_schedule_offers(void **state)
{
	struct sim_run shared, lane;

	(void)state;
	VIRTUAL(&shared, NULL, NULL, "--rate=997", "--duration=20s", "--arrivals=poisson",
		"--workers=3", "--servers=3");
	VIRTUAL(&lane, NULL, NULL, "--rate=997", "--duration=20s", "--arrivals=poisson",
		"--workers=3", "--servers=3", "--dispatch=lane");
	assert_int_equal(shared.last->total.offered, lane.last->total.offered);
	assert_int_equal(lane.last->total.completed, lane.last->total.offered);
	sim_run_fini(&shared);
	sim_run_fini(&lane);
}

static void a_linear_ramp_offers_its_integral(void **state)
{
	struct sim_run r;

	(void)state;
	VIRTUAL(&r, NULL, NULL, "--rate=100", "--rate-to=1900", "--duration=10s", "--service=10us");
	assert_true(llabs((long long)r.last->total.offered - 10000) <= 1);
	sim_run_fini(&r);
}

/* Capacity 100/s, 1,000/s offered for a second, then one second to drain: 200 done, the rest at
 * least so old. */
static void what_is_in_flight_at_the_end_counts_as_at_least_so_long(void **state)
{
	struct sim_run r;

	(void)state;
	VIRTUAL(&r, NULL, NULL, "--rate=1000", "--duration=1s", "--service=10ms", "--drain=1s",
		"--concurrency=1");
	assert_int_equal(r.last->total.offered, 1000);
	assert_true(llabs((long long)r.last->total.completed - 200) <= 1);
	assert_int_equal(bt_in_flight(&r.last->total), 1000 - r.last->total.completed);
	/* The first that was never begun was due at about 0.2 s and the run ended at 2 s; the last
	 * at 1 s. */
	assert_near((double)r.last->total_response.max, 1.8e9, 0.02);
	/* Half lie below x where 200 × x / 1.8 + 800 × (x − 1) / 0.8 = 500. */
	assert_near((double)r.last->total_response.q[BT_Q50], 1.35e9, 0.02);
	assert_int_equal(r.last->total_response.count, 1000);
	/* Throughput is by the time it took, not by the time that was planned. */
	assert_near((double)r.last->total.completed * 1e9 / (double)r.last->scored_ns, 100, 0.02);
	sim_run_fini(&r);
}

static void skip_drops_what_the_next_arrival_overtakes(void **state)
{
	struct sim_run r;

	(void)state;
	VIRTUAL(&r, NULL, NULL, "--rate=1000", "--duration=10s", "--service=10ms",
		"--concurrency=1", "--late=skip");
	assert_int_equal(r.last->total.offered, 10000);
	assert_near((double)r.last->total.completed, 1000, 0.02);
	assert_int_equal(r.last->total.completed + r.last->total.expired, 10000);
	assert_true(r.last->total_queue.max <= 11 * BT_NS_PER_MS);
	sim_run_fini(&r);
}

static void the_age_limit_expires_what_waited_too_long(void **state)
{
	struct sim_run r;

	(void)state;
	VIRTUAL(&r, NULL, NULL, "--rate=1000", "--duration=10s", "--service=10ms",
		"--concurrency=1", "--max-age=500ms");
	assert_int_equal(r.last->total.offered, 10000);
	assert_near((double)r.last->total.completed, 1050, 0.02);
	assert_int_equal(r.last->total.completed + r.last->total.expired, 10000);
	/* Begun at most 500 ms after it was due, then 10 ms of service. */
	assert_true(r.last->total_response.max <= 520 * BT_NS_PER_MS);
	sim_run_fini(&r);
}

struct script {
	unsigned at;
	bool sent;
};

static void send(struct bt_source *src, enum bt_command_kind kind, double rate)
{
	struct bt_command cmd = { .kind = kind, .rate = rate };

	assert_int_equal(src->ops->command(src, &cmd, NULL), 0);
}

static void pause_then_resume(struct bt_source *src, const struct bt_snapshot *s, void *arg)
{
	struct script *script = arg;

	if (script->at == 0 && s->t_ns >= 3 * BT_NS_PER_S) {
		send(src, BT_CMD_PAUSE, 0);
		script->at++;
	} else if (script->at == 1 && s->t_ns >= 8 * BT_NS_PER_S) {
		assert_true(s->paused);
		assert_true(s->target_rate == 0);
		send(src, BT_CMD_RESUME, 0);
		script->at++;
	}
}

static void a_pause_offers_nothing_and_loses_nothing(void **state)
{
	struct script script = { 0 };
	struct sim_run r;

	(void)state;
	VIRTUAL(&r, pause_then_resume, &script, "--rate=100", "--duration=10s", "--service=1ms");
	assert_int_equal(script.at, 2);
	assert_int_equal(r.n_segments, 3);
	assert_int_equal(r.segments[1].plan.mode, BT_IDLE);
	assert_int_equal(r.segments[1].result.counts.offered, 0);
	assert_true(r.segments[2].plan.manual);
	/* Each part begins with an arrival, wherever the cut fell between two. */
	assert_in_range(r.last->total.offered, 1000, 1001);
	assert_int_equal(r.last->total.completed, r.last->total.offered);
	assert_in_range(r.last->scored_ns, 10 * BT_NS_PER_S, 10 * BT_NS_PER_S + 2 * BT_NS_PER_MS);
	sim_run_fini(&r);
}

static void double_the_rate(struct bt_source *src, const struct bt_snapshot *s, void *arg)
{
	struct script *script = arg;

	if (!script->sent && s->t_ns >= 4 * BT_NS_PER_S) {
		send(src, BT_CMD_RATE, 200);
		script->sent = true;
	}
}

static void a_changed_rate_is_a_segment_of_its_own(void **state)
{
	struct script script = { 0 };
	struct sim_run r;
	double cut;

	(void)state;
	VIRTUAL(&r, double_the_rate, &script, "--rate=100", "--duration=10s", "--service=1ms");
	assert_int_equal(r.n_segments, 2);
	assert_true(r.segments[1].plan.manual && r.segments[1].plan.rate_to == 200);
	cut = (double)r.segments[0].result.end_ns / 1e9;
	assert_true(cut >= 4 && cut < 6);
	/* Each of the two begins with an arrival. */
	assert_true(fabs((double)r.last->total.offered - (100 * cut + 200 * (10 - cut))) <= 2);
	assert_int_equal(r.last->total.completed, r.last->total.offered);
	sim_run_fini(&r);
}

static void stop_at_five(struct bt_source *src, const struct bt_snapshot *s, void *arg)
{
	struct script *script = arg;

	if (!script->sent && s->t_ns >= 5 * BT_NS_PER_S) {
		send(src, BT_CMD_STOP, 0);
		script->sent = true;
	}
}

static void a_stop_ends_the_arrivals_and_drains(void **state)
{
	struct script script = { 0 };
	struct sim_run r;

	(void)state;
	VIRTUAL(&r, stop_at_five, &script, "--rate=100", "--duration=1h", "--service=500ms",
		"--servers=100");
	assert_true(r.last->t_ns >= 5 * BT_NS_PER_S && r.last->t_ns < 8 * BT_NS_PER_S);
	assert_int_equal(r.last->total.completed, r.last->total.offered);
	assert_true(r.last->total.offered >= 500 && r.last->total.offered < 700);
	sim_run_fini(&r);
}

/* The first arrival lies a moment after the start; a stop before it leaves nothing in flight to
 * wait for. */
static void a_stop_before_the_first_arrival_leaves_nothing_in_flight(void **state)
{
	static const char *const args[] = { "--rate=100", "--duration=1h", "--service=1us",
		"--drain=200ms", NULL };

	(void)state;
	for (int i = 0; i < 20; i++) {
		struct sim_run r;

		sim_run_stopped(&r, &bt_sim_workload, "load", args);
		check_accounting(&r);
		assert_int_equal(r.last->total.completed, r.last->total.offered);
		sim_run_fini(&r);
	}
}

static void every_second_another_rate(struct bt_source *src, const struct bt_snapshot *s, void *arg)
{
	unsigned *n = arg;

	if (s->t_ns < 60 * BT_NS_PER_S)
		send(src, BT_CMD_RATE, 50 + 10 * (++*n % 7));
}

/* Sixty segments in four slots, with operations that outlive several of them. */
static void many_changes_keep_the_books(void **state)
{
	struct sim_run r;
	unsigned n = 0;

	(void)state;
	VIRTUAL(&r, every_second_another_rate, &n, "--rate=50", "--duration=70s",
		"--service=2500ms", "--servers=200");
	assert_true(r.n_segments > 20);
	assert_int_equal(r.last->total.completed, r.last->total.offered);
	/* Though each segment's last ones end in the next. */
	assert_true(r.last->scored_ns <= r.last->t_ns);
	for (unsigned i = 0; i < r.n_segments; i++)
		assert_int_equal(
			r.segments[i].result.response.count, r.segments[i].result.counts.completed);
	sim_run_fini(&r);
}

/* The same with all calls in flight taken: an order reaches a worker that can only wait. */
static void changes_reach_a_worker_that_is_full(void **state)
{
	struct sim_run r;
	unsigned n = 0;

	(void)state;
	VIRTUAL(&r, every_second_another_rate, &n, "--rate=50", "--duration=70s", "--service=15ms",
		"--concurrency=2", "--workers=2", "--drain=1h");
	assert_true(r.n_segments > 20);
	assert_int_equal(r.last->total.completed, r.last->total.offered);
	sim_run_fini(&r);
}

static void wrong_combinations_are_refused(void **state)
{
	static const struct {
		const struct bt_workload *workload;
		const char *profile, *args[4];
	} rows[] = {
		{ &bt_null_workload, "load", { "--clock=virtual" } },
		{ &bt_null_workload, "load", { "--concurrency=5" } },
		{ &bt_sim_workload, "load", { "--rate-to=5" } },
		{ &bt_sim_workload, "load", { "--late=skip", "--max-age=1s" } },
		{ &bt_sim_workload, "stress", { "--duration=5s" } },
		{ &bt_sim_workload, "stress", { "--rate=5k" } },
		{ &bt_sim_workload, "stress", { "--step=x1.000001" } },
		{ &bt_sim_workload, "load", { "--stall-every=1s", "--stall-for=1s" } },
		{ &bt_sim_workload, "load", { "--workers=0" } },
		{ &bt_sim_workload, "load", { "--worker=1" } },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct bt_err err = { 0 };

		assert_int_equal(
			sim_run_refused(rows[i].workload, rows[i].profile, rows[i].args, &err),
			-EINVAL);
		assert_true(strlen(err.msg) > 10);
	}
}

/* Workloads made for one fault each. */

static struct bt_result fail_at_100(void *state, uint64_t n)
{
	if (n != 100)
		return (struct bt_result){ BT_DONE, 0, 1 };
	bt_note(state, 0, "the %s", "hundredth");
	return (struct bt_result){ BT_FATAL, 0, 0 };
}

static void a_fatal_answer_ends_the_run_there(void **state)
{
	static const char *const classes[] = { "invalid-thing", NULL };
	static const struct bt_workload fatal = { .name = "fatal",
		.summary = "",
		.unit = "",
		.error_classes = classes,
		.op = fail_at_100 };
	struct sim_run r;

	(void)state;
	RUN(&r, &fatal, "load", NULL, NULL, "--duration=60s");
	assert_true(r.last->fatal);
	assert_int_equal(r.last->total.completed, 100);
	assert_int_equal(r.last->total.failed, 1);
	assert_int_equal(r.last->total.units, 100);
	assert_int_equal(r.n_notes, 1);
	sim_run_fini(&r);
}

static int refuse_worker_1(void *state, const struct bt_env *env, struct bt_err *err)
{
	(void)state;
	return env->worker == 1 ? bt_fail(err, -ENOENT, "no file for worker 1") : 0;
}

static void a_worker_that_cannot_enter_ends_it_before_the_start(void **state)
{
	static const char *const args[] = { "--workers=3", NULL };
	static const struct bt_workload half = { .name = "half",
		.summary = "",
		.unit = "",
		.enter = refuse_worker_1,
		.op = fail_at_100 };
	struct bt_err err = { 0 };

	(void)state;
	assert_int_equal(sim_run_refused(&half, "load", args, &err), -ENOENT);
	assert_string_equal(err.msg, "no file for worker 1");
}

static void a_full_feed_makes_snapshots_wider_and_loses_nothing(void **state)
{
	struct bt_feed feed;
	struct bt_clock *clock;
	uint64_t sum = 0;
	unsigned waiting = 0;
	const struct bt_snapshot *s;

	(void)state;
	assert_int_equal(bt_clock_open(&clock, BT_CLOCK_MONOTONIC, NULL), 0);
	assert_int_equal(bt_feed_init(&feed, clock, NULL), 0);
	for (unsigned i = 1; i <= 10; i++) {
		bt_feed_filling(&feed)->interval.completed += i;
		bt_hist_add(&bt_feed_filling(&feed)->service, i, 1);
		waiting += bt_feed_publish(&feed);
	}
	assert_int_equal(waiting, BT_FEED_SLOTS - 1);
	while ((s = bt_feed_peek(&feed))) {
		sum += s->interval.completed;
		assert_true(s->service.count == 1);
		bt_feed_release(&feed);
	}
	assert_true(bt_feed_publish(&feed));
	s = bt_feed_peek(&feed);
	assert_non_null(s);
	assert_int_equal(s->service.count, 7);
	assert_int_equal(sum + s->interval.completed, 55);
	bt_feed_release(&feed);
	assert_null(bt_feed_peek(&feed));
	assert_int_equal(bt_feed_filling(&feed)->interval.completed, 0);
	bt_feed_fini(&feed);
	bt_clock_close(clock);
}

static void memory_does_not_grow_with_the_run(void **state)
{
	struct sim_run one_hour, one_day;

	(void)state;
	if (BT_SANITIZED) {
		print_message("skipped: a sanitizer keeps memory of its own\n");
		skip();
	}
	VIRTUAL(&one_hour, NULL, NULL, "--rate=20", "--duration=1h", "--service=1ms");
	VIRTUAL(&one_day, NULL, NULL, "--rate=20", "--duration=24h", "--service=1ms");
	assert_true(one_day.last->rss_peak_bytes < one_hour.last->rss_peak_bytes + (2 << 20));
	sim_run_fini(&one_hour);
	sim_run_fini(&one_day);
}

static void a_run_is_the_same_again_with_its_seed(void **state)
{
	struct sim_run a, b, c;

	(void)state;
	VIRTUAL(&a, NULL, NULL, "--rate=400", "--duration=20s", "--arrivals=poisson",
		"--distribution=lognormal", "--workers=2");
	VIRTUAL(&b, NULL, NULL, "--rate=400", "--duration=20s", "--arrivals=poisson",
		"--distribution=lognormal", "--workers=2");
	VIRTUAL(&c, NULL, NULL, "--rate=400", "--duration=20s", "--arrivals=poisson",
		"--distribution=lognormal", "--workers=2", "--seed=2");
	assert_memory_equal(a.response, b.response, sizeof(*a.response));
	assert_memory_not_equal(a.response, c.response, sizeof(*a.response));
	sim_run_fini(&a);
	sim_run_fini(&b);
	sim_run_fini(&c);
}

/* Every third operation turns out wrong at the end, but for those that had failed already. */
struct penitent {
	uint64_t done;
};

static struct bt_result do_and_repent(void *self, uint64_t n)
{
	struct penitent *p = self;

	p->done += n % 2 == 0;
	return n % 2 == 0 ? (struct bt_result){ BT_DONE, 0, 2 }
			  : (struct bt_result){ BT_FAILED, 0, 0 };
}

static void repent(void *self)
{
	struct penitent *p = self;

	bt_take_back(self, 1, p->done / 3, p->done / 3 * 2);
}

static uint64_t supply_600(const void *conf BT_UNUSED)
{
	return 600;
}

static void what_is_taken_back_at_the_end_has_failed(void **state)
{
	static const char *const classes[] = { "odd", "wrong-later", NULL };
	static const struct bt_workload penitent = {
		.name = "penitent",
		.error_classes = classes,
		.state_size = sizeof(struct penitent),
		.supply = supply_600,
		.op = do_and_repent,
		.leave = repent,
	};
	struct sim_run r;
	struct bt_err err;

	(void)state;
	/* Neither --ops nor --duration: all there are. */
	RUN(&r, &penitent, "load", NULL, NULL, "--seed=1");
	assert_int_equal(r.last->total.offered, 600);
	assert_int_equal(r.last->total.completed, 200);
	assert_int_equal(r.last->total.failed, 400);
	assert_int_equal(r.last->total.units, 400);
	assert_int_equal(r.last->errors[0], 300);
	assert_int_equal(r.last->errors[1], 100);
	assert_int_equal(r.segments[0].result.counts.completed, 200);
	sim_run_fini(&r);
	assert_int_equal(sim_run_refused(&penitent, "load",
				 (const char *const[]){ "--ops=601", NULL }, &err),
		-EINVAL);
	assert_non_null(strstr(err.msg, "has 600 operations"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(failures_are_counted_and_noted),
		cmocka_unit_test(stragglers_belong_to_the_segment_they_were_due_in),
		cmocka_unit_test(no_step_leaks_into_the_next),
		cmocka_unit_test(a_closed_loop_runs_back_to_back),
		cmocka_unit_test(exactly_so_many_operations_are_offered),
		cmocka_unit_test(what_is_taken_back_at_the_end_has_failed),
		cmocka_unit_test(lanes_offer_what_one_schedule_offers),
		cmocka_unit_test(a_linear_ramp_offers_its_integral),
		cmocka_unit_test(what_is_in_flight_at_the_end_counts_as_at_least_so_long),
		cmocka_unit_test(skip_drops_what_the_next_arrival_overtakes),
		cmocka_unit_test(the_age_limit_expires_what_waited_too_long),
		cmocka_unit_test(a_pause_offers_nothing_and_loses_nothing),
		cmocka_unit_test(a_changed_rate_is_a_segment_of_its_own),
		cmocka_unit_test(a_stop_ends_the_arrivals_and_drains),
		cmocka_unit_test(a_stop_before_the_first_arrival_leaves_nothing_in_flight),
		cmocka_unit_test(many_changes_keep_the_books),
		cmocka_unit_test(changes_reach_a_worker_that_is_full),
		cmocka_unit_test(wrong_combinations_are_refused),
		cmocka_unit_test(a_fatal_answer_ends_the_run_there),
		cmocka_unit_test(a_worker_that_cannot_enter_ends_it_before_the_start),
		cmocka_unit_test(a_full_feed_makes_snapshots_wider_and_loses_nothing),
		cmocka_unit_test(memory_does_not_grow_with_the_run),
		cmocka_unit_test(a_run_is_the_same_again_with_its_seed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
