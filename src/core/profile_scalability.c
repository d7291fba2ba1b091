/*
 * scalability: the same closed loop on 1, 2, 4, … nodes, and what each number of them gives of the rate that as many times one
 * node would. All numbers are gone through once in each trial, so that a machine that gets slower in the meantime slows all of
 * them: a trial compares with its own rate of one node.
 */
#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "core/profile.h"
#include "core/student.h"
#include "core/usl.h"

#define LEVELS_MAX 32
#define LEVEL_MAX  256
#define TRIALS_MAX BT_USL_TRIALS
#define BEYOND     0.9 /* of the rate of as many nodes as processors, that more of them have to keep */
#define SETTLE_NS  (5 * BT_NS_PER_S) /* how long a step's last operations are waited for */

struct conf {
	const char *nodes;
	uint64_t hold_ns, lead_ns, trials, processors;
	double floor;
};

struct state {
	struct conf conf;
	struct bt_load load;
	unsigned level[LEVELS_MAX]; /* ascending, from 1 */
	unsigned n_levels, trials;
	unsigned processors;
	unsigned at; /* steps begun; the next is level at mod n_levels */
	bool warm, led;
	double rate[TRIALS_MAX][LEVELS_MAX]; /* op/s; 0: not measured */
	bool fitted;
	struct bt_usl usl;
};
static_assert(TRIALS_MAX * LEVELS_MAX <= BT_USL_POINTS, "all steps go into the fit");

static const struct bt_opt opts[] = {
	{ "nodes", BT_OPT_TEXT, offsetof(struct conf, nodes), "1,2,4,8", "LIST", 0, 0, NULL,
		"how many nodes take part in each step; 1 belongs to them in any case" },
	{ "hold", BT_OPT_DURATION, offsetof(struct conf, hold_ns), "5s", "DURATION", 1e6, 86400e9,
		NULL, "how long each step is measured in each trial" },
	{ "lead", BT_OPT_DURATION, offsetof(struct conf, lead_ns), "1s", "DURATION", 0, 3600e9,
		NULL, "load with each step's nodes for this long before it is measured" },
	{ "trials", BT_OPT_COUNT, offsetof(struct conf, trials), "3", "N", 1, TRIALS_MAX, NULL,
		"how often all steps are gone through" },
	{ "floor", BT_OPT_SHARE, offsetof(struct conf, floor), "70%", "SHARE", 0.01, 1, NULL,
		"a step breaks when its efficiency is below this" },
	{ "processors", BT_OPT_COUNT, offsetof(struct conf, processors), NULL, "N", 1, LEVEL_MAX,
		NULL,
		"what full scaling ends at, instead of the processors that benchtop may use" },
	BT_OPT_END,
};

static void add_level(struct state *s, unsigned level)
{
	unsigned at = s->n_levels;

	for (unsigned i = 0; i < s->n_levels; i++)
		if (s->level[i] == level)
			return;
	for (; at > 0 && s->level[at - 1] > level; at--)
		s->level[at] = s->level[at - 1];
	s->level[at] = level;
	s->n_levels++;
}

static int read_levels(struct state *s, struct bt_err *err)
{
	const char *at = s->conf.nodes;

	add_level(s, 1);
	for (;;) {
		size_t n = strcspn(at, ",");
		char word[16];
		uint64_t level;

		snprintf(word, sizeof(word), "%.*s", (int)BT_MIN(n, sizeof(word) - 1), at);
		if (n >= sizeof(word) || bt_parse_count(&level, word) < 0 || level < 1 ||
			level > LEVEL_MAX)
			return bt_fail(err, -EINVAL,
				"--nodes: '%s': expected numbers from 1 to %d with commas between",
				s->conf.nodes, LEVEL_MAX);
		if (s->n_levels >= LEVELS_MAX - 1) /* one is kept for the processors */
			return bt_fail(err, -EINVAL, "--nodes: '%s': expected at most %d numbers",
				s->conf.nodes, LEVELS_MAX - 2);
		add_level(s, (unsigned)level);
		if (!at[n])
			return 0;
		at += n + 1;
	}
}

static unsigned last_level(const struct state *s)
{
	return s->level[s->n_levels - 1];
}

static int check_load(const struct bt_load *load, struct bt_err *err)
{
	if (load->rate > 0)
		return bt_fail(err, -EINVAL,
			"--profile scalability: expected no --rate: nodes work back to back, and "
			"their rate is what is measured");
	if (load->ops || load->duration_ns)
		return bt_fail(err, -EINVAL,
			"--profile scalability: expected --hold and --trials instead of --%s",
			load->ops ? "ops" : "duration");
	if (load->workers > 1)
		return bt_fail(err, -EINVAL,
			"--workers %u: expected --nodes instead: a node is a worker",
			load->workers);
	return 0;
}

static int begin(
	void *self, const void *configuration, const struct bt_load *load, struct bt_err *err)
{
	struct state *s = self;
	int r = check_load(load, err);

	if (r < 0)
		return r;
	s->conf = *(const struct conf *)configuration;
	s->load = *load;
	s->trials = (unsigned)s->conf.trials;
	s->warm = load->warmup_ns > 0;
	r = read_levels(s, err);
	if (r < 0)
		return r;
	s->processors = s->conf.processors ? (unsigned)s->conf.processors : load->processors;
	if (!s->processors)
		s->processors = last_level(s);
	/* What is beyond the processors is compared with all of them at work. */
	if (last_level(s) > s->processors)
		add_level(s, s->processors);
	return 0;
}

static void most(const void *self, unsigned *workers, unsigned *concurrency)
{
	const struct state *s = self;

	*workers = last_level(s);
	*concurrency *= last_level(s);
}

static void plan_of(const struct state *s, unsigned level, struct bt_segment *out)
{
	*out = (struct bt_segment){
		.mode = BT_CLOSED,
		.arrivals = s->load.arrivals,
		.workers = level,
		.concurrency = level * s->load.concurrency,
		.level = level,
	};
}

static bool next(void *self, const struct bt_segment_record *last BT_UNUSED, struct bt_segment *out)
{
	struct state *s = self;
	unsigned level = s->level[s->at % s->n_levels];

	if (s->at == s->trials * s->n_levels)
		return false;
	plan_of(s, level, out);
	if (s->warm) {
		s->warm = false;
		out->span_ns = s->load.warmup_ns;
		snprintf(out->label, sizeof(out->label), "warm-up");
		return true;
	}
	if (!s->led && s->conf.lead_ns) {
		s->led = true;
		out->span_ns = s->conf.lead_ns;
		snprintf(out->label, sizeof(out->label), "lead");
		return true;
	}
	s->led = false;
	s->at++;
	out->span_ns = s->conf.hold_ns;
	out->settle_ns = SETTLE_NS;
	out->step = s->at;
	out->steps = s->trials * s->n_levels;
	out->scored = out->judged = true;
	snprintf(out->label, sizeof(out->label), "step");
	return true;
}

/* A ratio over the trials that measured both of its rates: the geometric mean, and a 95 % interval around it. */
struct ratio {
	unsigned n;
	double mean, low, high; /* NAN: none; no interval of one trial */
};

static struct ratio ratio_of(const struct state *s, unsigned level, unsigned to)
{
	struct ratio r = { 0, NAN, NAN, NAN };
	double sum = 0, squares = 0, half;

	for (unsigned t = 0; t < s->trials; t++) {
		double log_ratio = log(s->rate[t][level] / s->rate[t][to]);

		if (!isfinite(log_ratio))
			continue;
		r.n++;
		sum += log_ratio;
		squares += log_ratio * log_ratio;
	}
	if (!r.n)
		return r;
	sum /= r.n;
	r.mean = exp(sum);
	if (r.n < 2)
		return r;
	half = bt_student95(r.n - 1) * sqrt(fmax(0, squares / r.n - sum * sum) / (r.n - 1));
	r.low = exp(sum - half);
	r.high = exp(sum + half);
	return r;
}

static double full(const struct state *s, unsigned level)
{
	return BT_MIN(s->level[level], s->processors);
}

/* The highest level at which each node has a processor. */
static unsigned top_of(const struct state *s)
{
	unsigned top = s->n_levels - 1;

	while (top && s->level[top] > s->processors)
		top--;
	return top;
}

static char *interval(char *buf, size_t size, const struct ratio *r, double scale)
{
	buf[0] = '\0';
	if (r->n > 1)
		snprintf(buf, size, " (%.1f–%.1f)", r->low * scale, r->high * scale);
	return buf;
}

/* A floor is missed when the whole interval is below it, and not resolved when only its middle is. */
static enum bt_step_outcome against(const struct ratio *r, double scale, double floor)
{
	if (r->mean * scale >= floor)
		return BT_STEP_HELD;
	return r->n > 1 && r->high * scale >= floor ? BT_STEP_NONE : BT_STEP_BROKE;
}

static enum bt_step_outcome against_floor(const struct state *s, unsigned level)
{
	struct ratio r = ratio_of(s, level, 0);

	return against(&r, 1 / full(s, level), s->conf.floor);
}

/* The level's last trial has ended: whether it held, over all of them. */
static enum bt_step_outcome outcome_of(
	const struct state *s, unsigned level, char *why, size_t size)
{
	bool beyond = s->level[level] > s->processors;
	struct ratio r = ratio_of(s, level, beyond ? top_of(s) : 0);
	double scale = beyond ? 1 : 1 / full(s, level), floor = beyond ? BEYOND : s->conf.floor;
	enum bt_step_outcome outcome = against(&r, scale, floor);
	const char *open = outcome == BT_STEP_NONE ? "not resolved: " : "";
	char around[40];

	why[0] = '\0';
	if (isnan(r.mean)) {
		snprintf(why, size, "nothing completed: no rate to compare");
		return BT_STEP_BROKE;
	}
	if (beyond)
		snprintf(why, size, "%s%.2f%s of the rate of %u, floor %.2f: only %u processors",
			open, r.mean, interval(around, sizeof(around), &r, 1), s->processors, floor,
			s->processors);
	else if (outcome != BT_STEP_HELD)
		snprintf(why, size, "%sefficiency %.1f %%%s, floor %.0f %%", open,
			r.mean * scale * 100, interval(around, sizeof(around), &r, scale * 100),
			floor * 100);
	return outcome;
}

/* Of the nodes that have a processor each: that the rate of more is flat is the processors' doing, not contention. */
static void fit(struct state *s)
{
	struct bt_usl_point points[BT_USL_POINTS];
	unsigned n = 0;

	for (unsigned t = 0; t < s->trials; t++)
		for (unsigned i = 0; i <= top_of(s); i++)
			if (s->rate[t][i] > 0)
				points[n++] =
					(struct bt_usl_point){ s->level[i], t, s->rate[t][i] };
	bt_usl_fit(&s->usl, points, n);
	s->fitted = true;
}

static void judge(void *self, struct bt_segment_record *rec)
{
	struct state *s = self;
	unsigned at = rec->plan.step - 1, level = at % s->n_levels, trial = at / s->n_levels;
	struct bt_segment_result *r = &rec->result;
	double span_s = ((double)r->end_ns - (double)r->start_ns) / 1e9, one;

	s->rate[trial][level] = span_s > 0 ? (double)r->completed_in_span / span_s : 0;
	one = s->rate[trial][0];
	if (one > 0 && s->rate[trial][level] > 0) {
		r->ratio = s->rate[trial][level] / one;
		r->efficiency = r->ratio / full(s, level);
	}
	if (trial + 1 == s->trials)
		r->outcome = outcome_of(s, level, r->reason, sizeof(r->reason));
	if (level + 1 == s->n_levels) /* here and not in finding, which is asked for all the time */
		fit(s);
}

static void BT_PRINTF(2, 3) add(struct bt_finding *out, const char *fmt, ...)
{
	size_t at = strlen(out->text);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(out->text + at, sizeof(out->text) - at, fmt, ap);
	va_end(ap);
}

/* Names the levels whose efficiency came out so; whether there were any. */
static bool tell_levels(const struct state *s, struct bt_finding *out, const char *words,
	enum bt_step_outcome outcome)
{
	unsigned n = 0;

	for (unsigned i = 1; i <= top_of(s); i++)
		if (against_floor(s, i) == outcome)
			add(out, "%s%u", n++ ? ", " : words, s->level[i]);
	return n > 0;
}

static void tell_floor(const struct state *s, struct bt_finding *out)
{
	bool told;

	add(out, ", floor %.0f %%", s->conf.floor * 100);
	told = tell_levels(s, out, " missed at ", BT_STEP_BROKE);
	told |= tell_levels(
		s, out, told ? ", not resolved at " : " not resolved at ", BT_STEP_NONE);
	if (!told)
		add(out, " held");
}

static void tell_beyond(const struct state *s, struct bt_finding *out)
{
	unsigned top = top_of(s), lowest = 0;
	double least = INFINITY;

	for (unsigned i = top + 1; i < s->n_levels; i++) {
		double r = ratio_of(s, i, top).mean;

		if (r < least) {
			least = r;
			lowest = i;
		}
	}
	if (lowest)
		add(out,
			"; more nodes than the %u processors: %.2f of their rate at %u, floor %.2f",
			s->processors, least, s->level[lowest], BEYOND);
}

static void tell_fit(const struct bt_usl *u, struct bt_finding *out)
{
	add(out, "contention %.2g %% (%.2g–%.2g), coherency %.2g %% (%.2g–%.2g)", u->sigma * 100,
		u->sigma_low * 100, u->sigma_high * 100, u->kappa * 100, u->kappa_low * 100,
		u->kappa_high * 100);
	if (!isnan(u->peak))
		add(out, ", peak at %.0f nodes", u->peak);
	else if (u->sigma_low > 0)
		add(out, ", never above %.3gx one node", 1 / u->sigma);
}

static void tell_usl(const struct state *s, struct bt_finding *out)
{
	if (!s->fitted)
		return;
	add(out, "; USL: ");
	switch (s->usl.verdict) {
	case BT_USL_FITS:
		tell_fit(&s->usl, out);
		break;
	case BT_USL_FEW:
		add(out, "no fit: %u numbers of nodes within the processors, %d needed",
			s->usl.levels, BT_USL_LEVELS);
		break;
	case BT_USL_STRAIGHT:
		add(out, "no fit: the data do not bend");
		break;
	case BT_USL_OTHER:
		add(out, "no fit: the data bend otherwise, %.2g %% off", s->usl.off * 100);
		break;
	}
}

static void finding(const void *self, struct bt_finding *out)
{
	const struct state *s = self;
	unsigned top = top_of(s);
	struct ratio r = ratio_of(s, top, 0);
	char around[40];

	out->name = "efficiency";
	out->unit = "%";
	out->value = NAN;
	out->text[0] = '\0';
	if (isnan(r.mean)) {
		add(out, "no trial of %u nodes has ended yet", s->level[top]);
		return;
	}
	if (top) {
		out->value = r.mean / full(s, top) * 100;
		add(out, "%u nodes: %.2fx one node%s", s->level[top], r.mean,
			interval(around, sizeof(around), &r, 1));
		tell_floor(s, out);
	} else {
		add(out, "1 processor: more nodes have nothing to scale with");
	}
	tell_beyond(s, out);
	tell_usl(s, out);
}

static uint64_t planned_ns(const void *self)
{
	const struct state *s = self;

	return s->load.warmup_ns +
		(uint64_t)s->trials * s->n_levels * (s->conf.lead_ns + s->conf.hold_ns);
}

const struct bt_profile bt_profile_scalability = {
	.name = "scalability",
	.summary = "1, 2, 4, … nodes back to back, and what each adds",
	.opts = opts,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.closed = true,
	.begin = begin,
	.most = most,
	.next = next,
	.judge = judge,
	.finding = finding,
	.planned_ns = planned_ns,
};
