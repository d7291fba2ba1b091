/*
 * stress: a ramp in steps until a step breaks. Each step is held, then its last operations are
 * waited for (--settle), then it is judged: too many errors, too slow, or the rate no longer
 * reached.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "base/fmt.h"
#include "base/text.h"
#include "core/objective.h"
#include "core/profile.h"

#define REACHED   0.95 /* of what a step offers has to complete while it lasts */
#define STEPS_MAX 2000

struct conf {
	struct bt_step step;
	uint64_t hold_ns, settle_ns, stop_p99_ns;
	double max_rate, stop_error;
};

struct state {
	struct conf conf;
	struct bt_load load;
	double rate; /* of the step that runs or ran last */
	double held; /* highest rate held; NAN: none */
	unsigned step, steps;
	bool warm, broke;
	char why[96];
};

static const struct bt_opt opts[] = {
	{ .name = "step",
		.type = BT_OPT_STEP,
		.offset = offsetof(struct conf, step),
		.dflt = "10",
		.arg = "N|xF",
		.help = "add N op/s after each step, or multiply the rate by F",
		.man = "Adds <N> op/s after each step, or multiplies the rate by <F>, which is "
		       "above 1. At most 2000 steps." },
	{ .name = "hold",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, hold_ns),
		.dflt = "30s",
		.arg = "DURATION",
		.min = 1e6,
		.max = 86400e9 * 40,
		.help = "how long each step offers its rate",
		.man = "How long each step offers its rate." },
	{ .name = "max-rate",
		.type = BT_OPT_NUMBER,
		.offset = offsetof(struct conf, max_rate),
		.dflt = "1k",
		.arg = "R",
		.min = 0.001,
		.max = 1e9,
		.help = "no step above this rate",
		.man = "No step is above this rate." },
	{ .name = "settle",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, settle_ns),
		.dflt = "2s",
		.arg = "DURATION",
		.max = 3600e9,
		.help = "how long a step's last operations are waited for before it is judged",
		.man = "The longest wait for a step's last operations before it is judged. "
		       "Operations that have not begun by then never will; they count as in "
		       "flight." },
	{ .name = "stop-error",
		.type = BT_OPT_SHARE,
		.offset = offsetof(struct conf, stop_error),
		.dflt = "5%",
		.arg = "SHARE",
		.min = 0.000001,
		.max = 1,
		.help = "a step breaks when this share of its operations fails or expires",
		.man = "A step breaks when this share of its operations fails or expires." },
	{ .group = bt_stop_p99_opts, .offset = offsetof(struct conf, stop_p99_ns) },
	BT_OPT_END,
};

static double rate_after(const struct state *s, double rate)
{
	return s->conf.step.times ? rate * s->conf.step.value : rate + s->conf.step.value;
}

static unsigned count_steps(const struct state *s)
{
	unsigned n = 0;

	for (double r = s->rate; r <= s->conf.max_rate * (1 + 1e-9) && n <= STEPS_MAX;
		r = rate_after(s, r))
		n++;
	return n;
}

static int stress_begin(
	void *self, const void *configuration, const struct bt_load *load, struct bt_err *err)
{
	struct state *s = self;

	s->conf = *(const struct conf *)configuration;
	s->load = *load;
	s->rate = load->rate > 0 ? load->rate : 10;
	s->held = NAN;
	s->warm = load->warmup_ns > 0;
	s->steps = count_steps(s);
	if (s->steps == 0)
		return bt_fail(err, -EINVAL, "--max-rate %g: expected at least --rate %g",
			s->conf.max_rate, s->rate);
	if (s->steps > STEPS_MAX)
		return bt_fail(err, -EINVAL,
			"--step %g: expected at most %d steps from --rate %g to --max-rate %g",
			s->conf.step.value, STEPS_MAX, s->rate, s->conf.max_rate);
	if (load->ops || load->duration_ns)
		return bt_fail(err, -EINVAL,
			"--profile stress: expected --hold and --max-rate instead of --%s: a "
			"ramp's length is its steps'",
			load->ops ? "ops" : "duration");
	return 0;
}

static bool stress_next(
	void *self, const struct bt_segment_record *last BT_UNUSED, struct bt_segment *out)
{
	struct state *s = self;

	*out = (struct bt_segment){
		.mode = BT_OPEN,
		.arrivals = s->load.arrivals,
		.workers = s->load.workers,
		.concurrency = s->load.concurrency,
	};
	if (s->warm) {
		s->warm = false;
		out->rate_from = out->rate_to = s->rate;
		out->span_ns = s->load.warmup_ns;
		snprintf(out->label, sizeof(out->label), "warm-up");
		return true;
	}
	if (s->broke || s->step == s->steps)
		return false;
	if (s->step++)
		s->rate = rate_after(s, s->rate);
	out->rate_from = out->rate_to = s->rate;
	out->span_ns = s->conf.hold_ns;
	out->settle_ns = s->conf.settle_ns;
	out->step = s->step;
	out->steps = s->steps;
	out->scored = out->judged = true;
	snprintf(out->label, sizeof(out->label), "step");
	return true;
}

static void stress_judge(void *self, struct bt_segment_record *rec)
{
	struct state *s = self;

	const struct bt_objective objective = { s->conf.stop_error, s->conf.stop_p99_ns, REACHED };

	if (bt_objective_missed(&objective, &rec->result)) {
		rec->result.outcome = BT_STEP_BROKE;
		s->broke = true;
		s->rate = rec->plan.rate_to;
		bt_text_format(s->why, sizeof(s->why), "%s", rec->result.reason);
		return;
	}
	rec->result.outcome = BT_STEP_HELD;
	if (isnan(s->held) || rec->plan.rate_to > s->held)
		s->held = rec->plan.rate_to;
}

static void stress_finding(const void *self, struct bt_finding *out)
{
	const struct state *s = self;
	char a[BT_FMT_MAX], b[BT_FMT_MAX];

	out->name = "limit";
	out->unit = "op/s";
	out->value = s->held;
	bt_fmt_number(a, sizeof(a), s->held);
	bt_fmt_number(b, sizeof(b), s->rate);
	if (s->broke && isnan(s->held))
		bt_text_format(out->text, sizeof(out->text), "broke at the first step, %s op/s: %s",
			b, s->why);
	else if (s->broke)
		bt_text_format(out->text, sizeof(out->text), "held %s op/s, broke at %s op/s: %s",
			a, b, s->why);
	else if (isnan(s->held))
		bt_text_format(out->text, sizeof(out->text), "no step has ended yet");
	else
		bt_text_format(out->text, sizeof(out->text), "held %s op/s, no step has broken", a);
}

static uint64_t stress_planned_ns(const void *self)
{
	const struct state *s = self;

	return s->load.warmup_ns + s->steps * s->conf.hold_ns;
}

const struct bt_profile bt_profile_stress = {
	.name = "stress",
	.summary = "a ramp in steps until errors, p99 or the rate itself give way",
	.opts = opts,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.begin = stress_begin,
	.next = stress_next,
	.judge = stress_judge,
	.finding = stress_finding,
	.planned_ns = stress_planned_ns,
};
