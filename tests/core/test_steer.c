/* Commands to a run that goes on, on the virtual clock: which segments they leave behind, and that
 * each is told of. */
#include "cm.h"

#include <errno.h>
#include <math.h>

#include "sim_run.h"

extern const struct bt_workload bt_sim_workload;

#define SECONDS(n) ((uint64_t)(n)*BT_NS_PER_S)

/* What is sent when, and what was told of it. */
struct script {
	const struct {
		uint64_t at_ns;
		struct bt_command cmd;
	} rows[6];
	unsigned at;
	struct bt_event events[64];
	unsigned n_events;
};

static void play(struct bt_source *src, const struct bt_snapshot *s, void *arg)
{
	struct script *script = arg;

	for (unsigned i = 0; i < s->n_events && script->n_events < 64; i++)
		script->events[script->n_events++] = s->events[i];
	while (script->at < BT_LEN(script->rows) && script->rows[script->at].at_ns &&
		s->t_ns >= script->rows[script->at].at_ns)
		assert_int_equal(src->ops->command(src, &script->rows[script->at++].cmd, NULL), 0);
}

#define RUN(r, script, profile, ...)                                                             \
	do {                                                                                     \
		static const char *const args_[] = { "--clock=virtual", "--seed=1",              \
			"--service=1ms", "--servers=50", "--error-rate=0%", __VA_ARGS__, NULL }; \
		sim_run(r, &bt_sim_workload, profile, args_, play, script);                      \
		assert_int_equal((r)->last->total.completed, (r)->last->total.offered);          \
		assert_int_equal(                                                                \
			(r)->sum.offered, (r)->last->total.offered + (r)->last->warm_offered);   \
	} while (0)

static bool told(const struct script *script, enum bt_event_kind kind, const char *text)
{
	for (unsigned i = 0; i < script->n_events; i++)
		if (script->events[i].kind == kind && strcmp(script->events[i].text, text) == 0)
			return true;
	return false;
}

static double span_s(const struct bt_segment_record *rec)
{
	return (double)(rec->result.end_ns - rec->result.start_ns) / 1e9;
}

static void a_spike_takes_the_place_of_the_load_for_a_while(void **state)
{
	struct script script = {
		.rows = { { SECONDS(4),
			{ .kind = BT_CMD_SPIKE, .factor = 5, .span_ns = SECONDS(2) } } }
	};
	struct sim_run r;

	(void)state;
	RUN(&r, &script, "load", "--rate=100", "--duration=10s");
	assert_int_equal(r.n_segments, 3);
	assert_string_equal(r.segments[1].plan.label, "spike");
	assert_true(r.segments[1].plan.scored && r.segments[1].plan.manual);
	assert_true(r.segments[1].plan.rate_from == 500 && r.segments[2].plan.rate_from == 100);
	assert_near(span_s(&r.segments[1]), 2, 0.001);
	assert_near(span_s(&r.segments[0]) + 2 + span_s(&r.segments[2]), 10, 0.001);
	assert_int_equal(r.segments[1].result.counts.offered, 1000);
	assert_true(told(&script, BT_EV_SPIKE, "spike: 500 op/s for 2.00 s"));
	sim_run_fini(&r);
}

static void a_ramp_goes_on_where_it_would_be_after_a_spike(void **state)
{
	struct script script = {
		.rows = { { SECONDS(3),
			{ .kind = BT_CMD_SPIKE, .rate = 1000, .span_ns = SECONDS(2) } } }
	};
	struct sim_run r;
	double cut;

	(void)state;
	RUN(&r, &script, "load", "--rate=100", "--rate-to=200", "--duration=10s");
	assert_int_equal(r.n_segments, 3);
	cut = span_s(&r.segments[0]);
	assert_near(r.segments[2].plan.rate_from, 100 + 10 * (cut + 2), 0.001);
	assert_near(r.segments[2].plan.rate_to, 200, 0.001);
	sim_run_fini(&r);
}

static void a_spike_counts_among_the_operations_asked_for(void **state)
{
	struct script script = {
		.rows = { { SECONDS(2),
				  { .kind = BT_CMD_SPIKE, .factor = 2, .span_ns = SECONDS(1) } },
			{ SECONDS(3), { .kind = BT_CMD_PAUSE } },
			{ SECONDS(5), { .kind = BT_CMD_RESUME } } }
	};
	struct sim_run r;

	(void)state;
	RUN(&r, &script, "load", "--rate=100", "--ops=1000");
	assert_int_equal(r.last->total.offered, 1000);
	assert_true(r.n_segments >= 4);
	sim_run_fini(&r);
}

static void a_pause_in_a_spike_is_a_pause_of_the_spike(void **state)
{
	struct script script = {
		.rows = { { SECONDS(2),
				  { .kind = BT_CMD_SPIKE, .rate = 300, .span_ns = SECONDS(4) } },
			{ SECONDS(4), { .kind = BT_CMD_PAUSE } },
			{ SECONDS(6), { .kind = BT_CMD_RESUME } } }
	};
	struct sim_run r;

	(void)state;
	RUN(&r, &script, "load", "--rate=100", "--duration=10s");
	assert_int_equal(r.n_segments, 5);
	assert_true(r.segments[1].plan.rate_from == 300);
	assert_int_equal(r.segments[2].plan.mode, BT_IDLE);
	assert_true(r.segments[3].plan.rate_from == 300);
	assert_near(span_s(&r.segments[1]) + span_s(&r.segments[3]), 4, 0.001);
	assert_true(r.segments[4].plan.rate_from == 100);
	assert_near(span_s(&r.segments[0]) + 4 + span_s(&r.segments[4]), 10, 0.001);
	sim_run_fini(&r);
}

static void a_rate_set_in_a_spike_ends_it(void **state)
{
	struct script script = {
		.rows = { { SECONDS(2),
				  { .kind = BT_CMD_SPIKE, .rate = 300, .span_ns = SECONDS(4) } },
			{ SECONDS(4), { .kind = BT_CMD_RATE, .rate = 50 } } }
	};
	struct sim_run r;

	(void)state;
	RUN(&r, &script, "load", "--rate=100", "--duration=10s");
	assert_int_equal(r.n_segments, 3);
	assert_true(r.segments[2].plan.rate_from == 50);
	assert_string_equal(r.segments[2].plan.label, "load");
	assert_near(span_s(&r.segments[0]) + span_s(&r.segments[1]) + span_s(&r.segments[2]), 10,
		0.001);
	sim_run_fini(&r);
}

static void a_rate_set_in_a_pause_holds_from_when_the_run_goes_on(void **state)
{
	struct script script = { .rows = { { SECONDS(2), { .kind = BT_CMD_PAUSE } },
					 { SECONDS(4), { .kind = BT_CMD_RATE, .rate = 50 } },
					 { SECONDS(6), { .kind = BT_CMD_RESUME } } } };
	struct sim_run r;

	(void)state;
	RUN(&r, &script, "load", "--rate=100", "--duration=10s");
	assert_int_equal(r.n_segments, 3);
	assert_true(r.segments[2].plan.rate_from == 50 && r.segments[2].plan.rate_to == 50);
	assert_true(told(&script, BT_EV_RATE, "rate set to 50 op/s for when the run goes on"));
	sim_run_fini(&r);
}

static void one_spike_at_a_time(void **state)
{
	struct script script = {
		.rows = { { SECONDS(2),
				  { .kind = BT_CMD_SPIKE, .rate = 300, .span_ns = SECONDS(4) } },
			{ SECONDS(4),
				{ .kind = BT_CMD_SPIKE, .rate = 900, .span_ns = SECONDS(1) } } }
	};
	struct sim_run r;

	(void)state;
	RUN(&r, &script, "load", "--rate=100", "--duration=10s");
	assert_int_equal(r.n_segments, 3);
	assert_true(told(&script, BT_EV_NOTE, "no spike: one is under way"));
	sim_run_fini(&r);
}

static void the_next_step_begins_at_once_and_the_last_has_none(void **state)
{
	struct script script = { .rows = { { SECONDS(2), { .kind = BT_CMD_NEXT } },
					 { SECONDS(6), { .kind = BT_CMD_NEXT } } } };
	struct sim_run r;

	(void)state;
	RUN(&r, &script, "stress", "--rate=100", "--step=100", "--max-rate=200", "--hold=10s");
	assert_int_equal(r.n_segments, 2);
	assert_true(span_s(&r.segments[0]) < 5);
	assert_int_equal(r.segments[0].result.outcome, BT_STEP_HELD);
	assert_true(r.segments[1].plan.rate_from == 200);
	assert_near(span_s(&r.segments[1]), 10, 0.001);
	assert_true(told(&script, BT_EV_STEP, "step 1 ended by hand"));
	assert_true(told(&script, BT_EV_NOTE, "no next step: this is the last"));
	sim_run_fini(&r);
}

static void a_spike_in_a_step_is_not_judged_and_the_rest_of_it_is(void **state)
{
	struct script script = {
		.rows = { { SECONDS(2),
			{ .kind = BT_CMD_SPIKE, .factor = 3, .span_ns = SECONDS(2) } } }
	};
	struct sim_run r;

	(void)state;
	RUN(&r, &script, "stress", "--rate=100", "--step=100", "--max-rate=200", "--hold=10s");
	assert_int_equal(r.n_segments, 4);
	assert_int_equal(r.segments[1].result.outcome, BT_STEP_NONE);
	assert_int_equal(r.segments[1].plan.step, 0);
	assert_int_equal(r.segments[2].result.outcome, BT_STEP_HELD);
	assert_int_equal(r.segments[2].plan.step, 1);
	assert_true(r.last->finding_value == 200);
	sim_run_fini(&r);
}

static void words_and_marks_are_events(void **state)
{
	struct script script = {
		.rows = { { SECONDS(2), { .kind = BT_CMD_NOTE, .text = "cache flushed" } },
			{ SECONDS(5),
				{ .kind = BT_CMD_BASELINE,
					.from_ns = SECONDS(1),
					.to_ns = SECONDS(4),
					.text = "calm" } } }
	};
	struct sim_run r;

	(void)state;
	RUN(&r, &script, "load", "--rate=100", "--duration=10s");
	assert_int_equal(r.n_segments, 1);
	assert_true(told(&script, BT_EV_NOTE, "cache flushed"));
	assert_true(told(&script, BT_EV_BASELINE, "baseline calm: 1.00 s to 4.00 s"));
	sim_run_fini(&r);
}

static void the_first_error_of_a_class_is_an_event(void **state)
{
	static const char *const args[] = { "--clock=virtual", "--seed=1", "--service=1ms",
		"--error-rate=10%", "--rate=100", "--duration=10s", NULL };
	struct script script = { .at = 0 };
	unsigned errors = 0;
	struct sim_run r;

	(void)state;
	sim_run(&r, &bt_sim_workload, "load", args, play, &script);
	for (unsigned i = 0; i < script.n_events; i++)
		errors += script.events[i].kind == BT_EV_ERROR &&
			strncmp(script.events[i].text, "first ", 6) == 0;
	assert_int_equal(errors, 1);
	sim_run_fini(&r);
}

static void refuse(struct bt_source *src, const struct bt_snapshot *s, void *arg)
{
	static const struct {
		struct bt_command cmd;
		int code;
		const char *words;
	} rows[] = {
		{ { .kind = BT_CMD_SPIKE, .factor = NAN, .span_ns = SECONDS(1) }, -EINVAL,
			"spike x" },
		{ { .kind = BT_CMD_SPIKE, .factor = -1, .span_ns = SECONDS(1) }, -EINVAL,
			"spike x" },
		{ { .kind = BT_CMD_SPIKE, .rate = 2e9, .span_ns = SECONDS(1) }, -EINVAL, "rate" },
		{ { .kind = BT_CMD_SPIKE, .rate = 2, .span_ns = 0 }, -EINVAL, "expected 1 ms" },
		{ { .kind = BT_CMD_RATE, .rate = INFINITY }, -EINVAL, "rate" },
		{ { .kind = BT_CMD_NOTE }, -EINVAL, "note" },
		{ { .kind = BT_CMD_BASELINE, .text = "x", .from_ns = 5, .to_ns = 5 }, -EINVAL,
			"stretch" },
		{ { .kind = BT_CMD_SEEK }, -ENOTSUP, "live" },
		{ { .kind = BT_CMD_SPEED, .factor = 2 }, -ENOTSUP, "live" },
	};
	struct bt_err err;

	(void)s;
	(void)arg;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		assert_int_equal(src->ops->command(src, &rows[i].cmd, &err), rows[i].code);
		assert_non_null(strstr(err.msg, rows[i].words));
	}
}

static void values_out_of_bounds_are_refused(void **state)
{
	static const char *const args[] = { "--clock=virtual", "--seed=1", "--service=1ms",
		"--rate=10", "--duration=2s", NULL };
	struct sim_run r;

	(void)state;
	sim_run(&r, &bt_sim_workload, "load", args, refuse, NULL);
	assert_int_equal(r.n_segments, 1);
	sim_run_fini(&r);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_spike_takes_the_place_of_the_load_for_a_while),
		cmocka_unit_test(a_ramp_goes_on_where_it_would_be_after_a_spike),
		cmocka_unit_test(a_spike_counts_among_the_operations_asked_for),
		cmocka_unit_test(a_pause_in_a_spike_is_a_pause_of_the_spike),
		cmocka_unit_test(a_rate_set_in_a_spike_ends_it),
		cmocka_unit_test(a_rate_set_in_a_pause_holds_from_when_the_run_goes_on),
		cmocka_unit_test(one_spike_at_a_time),
		cmocka_unit_test(the_next_step_begins_at_once_and_the_last_has_none),
		cmocka_unit_test(a_spike_in_a_step_is_not_judged_and_the_rest_of_it_is),
		cmocka_unit_test(words_and_marks_are_events),
		cmocka_unit_test(the_first_error_of_a_class_is_an_event),
		cmocka_unit_test(values_out_of_bounds_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
