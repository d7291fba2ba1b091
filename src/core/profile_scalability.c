/*
 * scalability: the same closed loop on 1, 2, 4, … nodes, threads or processors, and what each
 * number of them gives of the rate that as many times one node would. All numbers are gone through
 * once in each trial, so that a machine that gets slower in the meantime slows all of them: a trial
 * compares with its own rate of one node.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "core/scaling.h"

#define LEVEL_MAX 256
#define SETTLE_NS (5 * BT_NS_PER_S) /* how long a step's last operations are waited for */

enum scale { NODES, THREADS, CPUS };

static const char *const scale_names[] = { "nodes", "threads", "cpus", NULL };

struct conf {
	const char *nodes;
	uint64_t hold_ns, lead_ns, trials, processors;
	double floor;
	int scale;
};

struct state {
	struct conf conf;
	struct bt_load load;
	struct bt_scaling scaling;
	unsigned at; /* steps begun; the next is level at mod n_levels */
	bool warm, led;
};

static const struct bt_opt opts[] = {
	{ .name = "nodes",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct conf, nodes),
		.dflt = "1,2,4,8",
		.arg = "LIST",
		.help = "how many take part in each step; 1 belongs to them in any case",
		.man = "How many take part in each step; 1 belongs to them in any case. At most 30 "
		       "numbers, up to 256." },
	{ .name = "scale",
		.type = BT_OPT_CHOICE,
		.offset = offsetof(struct conf, scale),
		.dflt = "nodes",
		.arg = "WHAT",
		.choices = scale_names,
		.help = "what each step adds: nodes, threads of one node, or processors for it",
		.man = "What each step adds: *nodes*, *threads* of one node, or *cpus*, processors "
		       "for it." },
	{ .name = "hold",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, hold_ns),
		.dflt = "5s",
		.arg = "DURATION",
		.min = 1e6,
		.max = 86400e9,
		.help = "how long each step is measured in each trial",
		.man = "How long each step is measured in each trial." },
	{ .name = "lead",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, lead_ns),
		.dflt = "1s",
		.arg = "DURATION",
		.max = 3600e9,
		.help = "load with each step's nodes for this long before it is measured",
		.man = "Load with each step's nodes for this long before it is measured." },
	{ .name = "trials",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct conf, trials),
		.dflt = "3",
		.arg = "N",
		.min = 1,
		.max = BT_USL_TRIALS,
		.help = "how often all steps are gone through",
		.man = "Number of passes through all steps." },
	{ .name = "floor",
		.type = BT_OPT_SHARE,
		.offset = offsetof(struct conf, floor),
		.dflt = "70%",
		.arg = "SHARE",
		.min = 0.01,
		.max = 1,
		.help = "a step breaks when its efficiency is below this",
		.man = "A step breaks when its efficiency is below this." },
	{ .name = "processors",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct conf, processors),
		.arg = "N",
		.min = 1,
		.max = LEVEL_MAX,
		.help = "what full scaling ends at, instead of the processors that benchtop may "
			"use",
		.man = "What full scaling ends at, instead of the processors that benchtop may "
		       "use." },
	BT_OPT_END,
};

static void add_level(struct bt_scaling *s, unsigned level)
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

static int read_levels(struct bt_scaling *s, const char *nodes, struct bt_err *err)
{
	const char *at = nodes;

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
				nodes, LEVEL_MAX);
		if (s->n_levels >= BT_SCALING_LEVELS - 1) /* one is kept for the processors */
			return bt_fail(err, -EINVAL, "--nodes: '%s': expected at most %d numbers",
				nodes, BT_SCALING_LEVELS - 2);
		add_level(s, (unsigned)level);
		if (!at[n])
			return 0;
		at += n + 1;
	}
}

static unsigned last_level(const struct bt_scaling *s)
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
	return 0;
}

/* Vertical scaling: one node, whose threads stay as many while the processors they may use become
 * more. */
static int limit_to_processors(struct state *s, struct bt_err *err)
{
	struct bt_scaling *scaling = &s->scaling;

	if (!s->load.processors)
		return bt_fail(err, -EINVAL,
			"--scale cpus: expected a clock of real time: a virtual one has no "
			"processors");
	scaling->processors = BT_MIN(scaling->processors, s->load.processors);
	while (last_level(scaling) > scaling->processors) {
		scaling->n_levels--;
		scaling->left_out++;
	}
	if (s->load.workers == 1)
		s->load.workers = last_level(scaling);
	return 0;
}

static int begin_levels(struct state *s, struct bt_err *err)
{
	struct bt_scaling *scaling = &s->scaling;
	int r = read_levels(scaling, s->conf.nodes, err);

	if (r < 0)
		return r;
	scaling->processors =
		s->conf.processors ? (unsigned)s->conf.processors : s->load.processors;
	if (!scaling->processors)
		scaling->processors = last_level(scaling);
	if (s->conf.scale == CPUS)
		return limit_to_processors(s, err);
	/* What is beyond the processors is compared with all of them at work. */
	if (last_level(scaling) > scaling->processors)
		add_level(scaling, scaling->processors);
	return 0;
}

static int scalability_begin(
	void *self, const void *configuration, const struct bt_load *load, struct bt_err *err)
{
	static const char *const nouns[] = { "node", "thread", "processor" };
	struct state *s = self;
	int r = check_load(load, err);

	if (r < 0)
		return r;
	s->conf = *(const struct conf *)configuration;
	s->load = *load;
	if (load->workers > 1 && s->conf.scale != CPUS)
		return bt_fail(err, -EINVAL,
			"--workers %u: expected --nodes instead: a step has as many workers",
			load->workers);
	s->warm = load->warmup_ns > 0;
	s->scaling.noun = nouns[s->conf.scale];
	s->scaling.trials = (unsigned)s->conf.trials;
	s->scaling.floor = s->conf.floor;
	if (!s->conf.processors) { /* those counted on may be of another machine */
		s->scaling.cores = load->cores;
		s->scaling.quota = load->quota;
	}
	s->scaling.unbound = load->unbound && s->conf.scale != THREADS;
	r = begin_levels(s, err);
	if (r == 0 && s->scaling.unbound && s->conf.scale == CPUS)
		return bt_fail(err, -EINVAL,
			"--scale cpus: threads cannot be bound to processors here; expected nodes "
			"or threads");
	return r;
}

static unsigned workers_of(const struct state *s, unsigned level)
{
	return s->conf.scale == CPUS ? s->load.workers : level;
}

/* Calls in flight of so many workers: --concurrency is that of a node or thread, or of the one node
 * that has processors. */
static unsigned calls_of(const struct state *s, unsigned workers)
{
	if (s->conf.scale == CPUS)
		return BT_MAX(s->load.concurrency, workers);
	return workers * s->load.concurrency;
}

static void scalability_needs(const void *self, struct bt_needs *out)
{
	const struct state *s = self;

	out->workers = workers_of(s, last_level(&s->scaling));
	out->concurrency = calls_of(s, out->workers);
	out->apart = s->conf.scale == NODES;
}

static void plan_of(const struct state *s, unsigned level, struct bt_segment *out)
{
	unsigned workers = workers_of(s, level);

	*out = (struct bt_segment){
		.mode = BT_CLOSED,
		.arrivals = s->load.arrivals,
		.workers = workers,
		.concurrency = calls_of(s, workers),
		.level = level,
		.processors = s->conf.scale == CPUS ? level : 0,
		.pinned = s->conf.scale == NODES,
	};
}

static bool scalability_next(
	void *self, const struct bt_segment_record *last BT_UNUSED, struct bt_segment *out)
{
	struct state *s = self;
	unsigned n_levels = s->scaling.n_levels, steps = s->scaling.trials * n_levels;

	if (s->at == steps)
		return false;
	plan_of(s, s->scaling.level[s->at % n_levels], out);
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
	out->steps = steps;
	out->scored = out->judged = true;
	snprintf(out->label, sizeof(out->label), "step");
	return true;
}

static void scalability_judge(void *self, struct bt_segment_record *rec)
{
	struct bt_scaling *s = &((struct state *)self)->scaling;
	unsigned at = rec->plan.step - 1, level = at % s->n_levels, trial = at / s->n_levels;
	struct bt_segment_result *r = &rec->result;
	double span_s = ((double)r->end_ns - (double)r->start_ns) / 1e9, one;

	s->rate[trial][level] = span_s > 0 ? (double)r->completed_in_span / span_s : 0;
	one = s->rate[trial][0];
	if (one > 0 && s->rate[trial][level] > 0) {
		r->ratio = s->rate[trial][level] / one;
		r->efficiency = r->ratio / bt_scaling_full(s, level);
	}
	if (trial + 1 == s->trials)
		r->outcome = bt_scaling_outcome(s, level, r->reason, sizeof(r->reason));
	if (level + 1 == s->n_levels) /* here and not in finding, which is asked for all the time */
		bt_scaling_fit(s);
}

static void scalability_finding(const void *self, struct bt_finding *out)
{
	bt_scaling_finding(&((const struct state *)self)->scaling, out);
}

static uint64_t scalability_planned_ns(const void *self)
{
	const struct state *s = self;

	return s->load.warmup_ns +
		(uint64_t)s->scaling.trials * s->scaling.n_levels *
		(s->conf.lead_ns + s->conf.hold_ns);
}

const struct bt_profile bt_profile_scalability = {
	.name = "scalability",
	.summary = "1, 2, 4, … nodes back to back, and what each adds",
	.opts = opts,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.closed = true,
	.begin = scalability_begin,
	.needs = scalability_needs,
	.next = scalability_next,
	.judge = scalability_judge,
	.finding = scalability_finding,
	.planned_ns = scalability_planned_ns,
};
