/*
 * breakpoint: the highest rate that meets the objectives. A geometric climb until a step misses
 * one, a bisection (of the logarithm) between the highest rate that held and the lowest that broke,
 * then the winner has to hold twice more.
 *
 * Near capacity the backlog of a queue wanders: over n operations by about the square root of 2n
 * (heavy traffic), whether the rate is a little below capacity or above. So a step whose backlog
 * grew, but by less than that tells, is not steady and is held again for twice as long, at most
 * four times as long as the first. How roughly the backlog really went is measured, by the variance
 * of its changes: where it grew in both halves by far more than that explains, it did not wander,
 * and no rate that does this can be held, however slowly it grows.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "core/objective.h"
#include "core/profile.h"

#define REACHED 0.99 /* of what a step offers has to complete while it lasts */
/* A backlog that grows in a step's second half by more than this share of the offered operations
 * breaks it. */
#define GROWTH    0.005
#define SIGMAS    3    /* beyond what a wandering backlog does by chance, in each half of a step */
#define ENOUGH    1000 /* operations that a step of the bisection offers at least */
#define CONFIRM   2
#define HELD_MAX  64 /* rates remembered, to fall back on */
#define STEPS_MAX 300
#define HOLD_MAX  (4 * 86400e9)
#define STRETCH   4 /* a step that is not steady is held at most so many times as long */

struct conf {
	uint64_t hold_ns, settle_ns, stop_p99_ns;
	double max_rate, stop_error, factor, precision;
};

enum phase { CLIMB, BISECT, CONFIRMING, FOUND, NOTHING };

struct state {
	struct conf conf;
	struct bt_load load;
	enum phase phase;
	double rate; /* of the step that runs or comes next */
	double held[HELD_MAX];
	unsigned n_held; /* ascending; the last is the best */
	double broke;    /* lowest that broke; NAN: none */
	unsigned confirmed, step;
	uint64_t stretch; /* of the next step's hold */
	bool warm;
	char why[96];
};

static const struct bt_opt opts[] = {
	{ .name = "factor",
		.type = BT_OPT_NUMBER,
		.offset = offsetof(struct conf, factor),
		.dflt = "2",
		.arg = "F",
		.min = 1.01,
		.max = 100,
		.help = "the climb multiplies the rate by this",
		.man = "The climb multiplies the rate by this." },
	{ .name = "precision",
		.type = BT_OPT_SHARE,
		.offset = offsetof(struct conf, precision),
		.dflt = "2%",
		.arg = "SHARE",
		.min = 0.001,
		.max = 0.5,
		.help = "the search ends when the rates that held and broke are this close",
		.man = "The search ends when the rates that held and broke are this close." },
	{ .name = "hold",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, hold_ns),
		.dflt = "30s",
		.arg = "DURATION",
		.min = 1e6,
		.max = HOLD_MAX,
		.help = "how long each step offers its rate; one that is not steady is held again, "
			"longer",
		.man = "How long each step offers its rate." },
	{ .name = "max-rate",
		.type = BT_OPT_NUMBER,
		.offset = offsetof(struct conf, max_rate),
		.dflt = "1M",
		.arg = "R",
		.min = 0.001,
		.max = 1e9,
		.help = "the climb ends at this rate",
		.man = "The climb ends at this rate." },
	{ .name = "settle",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, settle_ns),
		.dflt = "5s",
		.arg = "DURATION",
		.max = 3600e9,
		.help = "how long a step's last operations are waited for before it is judged",
		.man = "The longest wait for a step's last operations before it is judged." },
	{ .name = "stop-error",
		.type = BT_OPT_SHARE,
		.offset = offsetof(struct conf, stop_error),
		.dflt = "1%",
		.arg = "SHARE",
		.min = 0.000001,
		.max = 1,
		.help = "a step breaks when this share of its operations fails or expires",
		.man = "A step breaks when this share of its operations fails or expires." },
	{ .group = bt_stop_p99_opts, .offset = offsetof(struct conf, stop_p99_ns) },
	BT_OPT_END,
};

static int breakpoint_begin(
	void *self, const void *configuration, const struct bt_load *load, struct bt_err *err)
{
	struct state *s = self;

	s->conf = *(const struct conf *)configuration;
	s->load = *load;
	s->rate = load->rate > 0 ? load->rate : 10;
	s->broke = NAN;
	s->stretch = 1;
	s->warm = load->warmup_ns > 0;
	if (s->rate > s->conf.max_rate)
		return bt_fail(err, -EINVAL, "--max-rate %g: expected at least --rate %g",
			s->conf.max_rate, s->rate);
	if (load->ops || load->duration_ns)
		return bt_fail(err, -EINVAL,
			"--profile breakpoint: expected --hold instead of --%s: a search takes as "
			"long as it takes",
			load->ops ? "ops" : "duration");
	return 0;
}

static uint64_t hold_of(const struct state *s)
{
	double enough_ns = s->phase == CLIMB ? 0 : ENOUGH / s->rate * 1e9;

	return BT_MAX(s->conf.hold_ns, (uint64_t)fmin(enough_ns, HOLD_MAX)) * s->stretch;
}

static bool breakpoint_next(
	void *self, const struct bt_segment_record *last BT_UNUSED, struct bt_segment *out)
{
	struct state *s = self;
	bool warm = s->warm;

	if (s->phase >= FOUND || s->step == STEPS_MAX)
		return false;
	*out = (struct bt_segment){
		.mode = BT_OPEN,
		.arrivals = s->load.arrivals,
		.workers = s->load.workers,
		.concurrency = s->load.concurrency,
		.rate_from = s->rate,
		.rate_to = s->rate,
		.span_ns = warm ? s->load.warmup_ns : hold_of(s),
		.scored = !warm,
		.judged = !warm,
	};
	s->warm = false;
	if (!warm) {
		out->settle_ns = s->conf.settle_ns;
		out->step = ++s->step;
	}
	snprintf(out->label, sizeof(out->label), "%s",
		warm                         ? "warm-up"
			: s->phase == CLIMB  ? "climb"
			: s->phase == BISECT ? "bisection"
					     : "confirmation");
	return true;
}

static bool close_enough(const struct state *s)
{
	return s->broke / s->held[s->n_held - 1] <= 1 + s->conf.precision;
}

/* Where to look next, between what held and what broke. */
static void aim(struct state *s)
{
	double best = s->n_held ? s->held[s->n_held - 1] : NAN;

	s->confirmed = 0;
	if (isnan(best)) { /* what was tried so far is too high: down */
		s->phase = CLIMB;
		s->rate = s->broke / s->conf.factor;
		if (s->rate < 0.001)
			s->phase = NOTHING;
	} else if (isnan(s->broke) && best >= s->conf.max_rate) {
		s->phase = CONFIRMING;
		s->rate = best;
	} else if (isnan(s->broke)) {
		s->rate = fmin(best * s->conf.factor, s->conf.max_rate);
	} else if (close_enough(s)) {
		s->phase = CONFIRMING;
		s->rate = best;
	} else {
		s->phase = BISECT;
		s->rate = sqrt(best * s->broke);
	}
}

static void take_held(struct state *s, double rate)
{
	if (s->phase == CONFIRMING && rate <= s->held[s->n_held - 1]) {
		if (++s->confirmed == CONFIRM)
			s->phase = FOUND;
		return;
	}
	if (s->n_held == HELD_MAX) /* the lowest is the one not missed */
		memmove(s->held, s->held + 1, --s->n_held * sizeof(s->held[0]));
	s->held[s->n_held++] = rate;
	aim(s);
}

static void take_broken(struct state *s, double rate)
{
	s->broke = isnan(s->broke) ? rate : fmin(s->broke, rate);
	while (s->n_held && s->held[s->n_held - 1] >= s->broke) /* it held by luck */
		s->n_held--;
	aim(s);
}

/* The backlog grew, by more than what a queue below capacity has and by less than its wandering. */
static bool is_unsteady(const struct bt_segment_result *r)
{
	double offered = (double)r->counts.offered, grown = (double)r->backlog_end;

	return r->backlog_end > r->backlog_mid && grown > GROWTH * offered &&
		grown < SIGMAS * sqrt(2 * offered);
}

/* By more than a share and more than chance, which moves what is in flight by about its square
 * root. */
static bool has_grown(const struct bt_segment_result *r)
{
	double grown = (double)r->backlog_end - (double)r->backlog_mid;

	return grown > GROWTH * (double)r->counts.offered + SIGMAS * sqrt((double)r->backlog_mid);
}

/* What a sum of n changes with this sum of squares varies by when each is by chance; a change of
 * one is never more than that. */
static double wandering(double sum, double squares, uint64_t n)
{
	double looks = (double)n;

	return n < 2 ? INFINITY
		     : sqrt(1 + fmax(squares - sum * sum / looks, 0) * looks / (looks - 1));
}

/* In each half the backlog grew by far more than its changes vary by: it would without end. */
static bool grows_steadily(const struct bt_segment_result *r)
{
	double first = (double)r->backlog_mid, second = (double)r->backlog_end - first;

	return first > SIGMAS * wandering(first, r->walk_mid, r->looks_mid) &&
		second >
		SIGMAS * wandering(second, r->walk_end - r->walk_mid, r->looks_end - r->looks_mid);
}

static void breakpoint_judge(void *self, struct bt_segment_record *rec)
{
	struct state *s = self;
	const struct bt_objective o = { s->conf.stop_error, s->conf.stop_p99_ns, REACHED };
	struct bt_segment_result *r = &rec->result;
	bool missed = bt_objective_missed(&o, r);
	bool by_rate = missed && strncmp(r->reason, "rate", 4) == 0;
	bool endless = grows_steadily(r);

	if (!missed && endless) {
		missed = true;
		snprintf(r->reason, sizeof(r->reason),
			"rate not held: the backlog grew all the time, to %llu",
			(unsigned long long)r->backlog_end);
	}
	if ((!missed || by_rate) && !endless && is_unsteady(r) && s->stretch < STRETCH) {
		s->stretch *= 2;
		snprintf(r->reason, sizeof(r->reason), "not steady: held again for longer");
		return;
	}
	if (by_rate && !endless && !has_grown(r)) {
		missed = false;
		r->reason[0] = '\0';
	}
	s->stretch = 1;
	r->outcome = missed ? BT_STEP_BROKE : BT_STEP_HELD;
	if (missed) {
		bt_text_format(s->why, sizeof(s->why), "%s", r->reason);
		take_broken(s, rec->plan.rate_to);
	} else {
		take_held(s, rec->plan.rate_to);
	}
}

static void breakpoint_finding(const void *self, struct bt_finding *out)
{
	const struct state *s = self;
	char a[BT_FMT_MAX], b[BT_FMT_MAX];

	out->name = "capacity";
	out->unit = "op/s";
	out->value = s->n_held ? s->held[s->n_held - 1] : NAN;
	/* Closer than three digits: they are not far apart. */
	snprintf(a, sizeof(a), "%.5g", out->value);
	snprintf(b, sizeof(b), "%.5g", s->broke);
	if (!s->n_held && isnan(s->broke))
		bt_text_format(out->text, sizeof(out->text), "no step has ended yet");
	else if (!s->n_held)
		bt_text_format(out->text, sizeof(out->text), "no rate has held, %s op/s broke: %s",
			b, s->why);
	else if (isnan(s->broke))
		bt_text_format(
			out->text, sizeof(out->text), "at least %s op/s, no step has broken", a);
	else
		bt_text_format(out->text, sizeof(out->text), "between %s and %s op/s%s: %s", a, b,
			s->phase == FOUND ? ", confirmed twice" : " so far", s->why);
}

const struct bt_profile bt_profile_breakpoint = {
	.name = "breakpoint",
	.summary =
		"the highest rate that meets the objectives: a climb, a bisection, a confirmation",
	.opts = opts,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.begin = breakpoint_begin,
	.next = breakpoint_next,
	.judge = breakpoint_judge,
	.finding = breakpoint_finding,
};
