/*
 * volume: a data set of one size after the other. Each level fills it, holds the load on it, and
 * gives its memory back; the first one that memory or errors break is the last.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "base/fmt.h"
#include "base/text.h"
#include "core/volume.h"

#define ITEMS_MAX 1e12

enum phase { FILLING, LOADING, RELEASING };

struct conf {
	uint64_t levels, level_size, hold_ns, settle_ns, memory_limit;
	double succeed;
};

struct state {
	struct conf conf;
	struct bt_load load;
	struct bt_volume volume;
	struct bt_segment_result filled; /* of the filling before */
	unsigned level;                  /* that runs, from 1; 0: none has begun */
	enum phase phase;                /* that comes next */
	bool warm;
};

static const struct bt_opt opts[] = {
	{ .name = "levels",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct conf, levels),
		.dflt = "10",
		.arg = "N",
		.min = 1,
		.max = BT_VOLUME_LEVELS,
		.help = "how many sizes of the data set are gone through",
		.man = "Number of sizes of the data set." },
	{ .name = "level-size",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct conf, level_size),
		.dflt = "10k",
		.arg = "ITEMS",
		.min = 1,
		.max = 1e9,
		.help = "by so many items is each level larger than the one before",
		.man = "Each level has this many items more than the one before." },
	{ .name = "hold",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, hold_ns),
		.dflt = "5s",
		.arg = "DURATION",
		.min = 1e6,
		.max = 86400e9,
		.help = "how long each level is under load",
		.man = "How long each level is under load." },
	{ .name = "settle",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, settle_ns),
		.dflt = "5s",
		.arg = "DURATION",
		.max = 3600e9,
		.help = "how long a level's last operations are waited for before it is judged",
		.man = "The longest wait for a level's last operations before it is judged." },
	{ .name = "succeed",
		.type = BT_OPT_SHARE,
		.offset = offsetof(struct conf, succeed),
		.dflt = "95%",
		.arg = "SHARE",
		.min = 0.000001,
		.max = 1,
		.help = "a level breaks when fewer of its operations succeed",
		.man = "A level breaks when fewer of its operations succeed." },
	{ .name = "memory-limit",
		.type = BT_OPT_SIZE,
		.offset = offsetof(struct conf, memory_limit),
		.arg = "SIZE",
		.min = 4096,
		.max = 1e12,
		.help = "what the data set may take; never more than the system can spare",
		.man = "What the data set may take; never more than the system can spare." },
	BT_OPT_END,
};

static int volume_begin(
	void *self, const void *configuration, const struct bt_load *load, struct bt_err *err)
{
	struct state *s = self;

	s->conf = *(const struct conf *)configuration;
	s->load = *load;
	s->warm = load->warmup_ns > 0;
	s->volume.held = NAN;
	if ((double)s->conf.levels * (double)s->conf.level_size > ITEMS_MAX)
		return bt_fail(err, -EINVAL,
			"--level-size %llu: expected at most %g items in the last of %llu levels",
			(unsigned long long)s->conf.level_size, ITEMS_MAX,
			(unsigned long long)s->conf.levels);
	if (load->ops || load->duration_ns)
		return bt_fail(err, -EINVAL,
			"--profile volume: expected --hold and --levels instead of --%s",
			load->ops ? "ops" : "duration");
	return 0;
}

static void volume_needs(const void *self, struct bt_needs *out)
{
	const struct state *s = self;

	out->memory_limit = s->conf.memory_limit;
}

static void plan_fill(const struct state *s, uint64_t items, struct bt_segment *out)
{
	*out = (struct bt_segment){
		.mode = BT_FILL,
		.span_ns = BT_FOREVER,
		.workers = s->load.workers,
		.concurrency = s->load.concurrency,
		.data_items = items,
		.judged = true,
	};
	snprintf(out->label, sizeof(out->label), "%s", items ? "fill" : "release");
}

static void plan_load(const struct state *s, uint64_t items, struct bt_segment *out)
{
	*out = (struct bt_segment){
		.mode = s->load.rate > 0 ? BT_OPEN : BT_CLOSED,
		.arrivals = s->load.arrivals,
		.rate_from = s->load.rate,
		.rate_to = s->load.rate,
		.workers = s->load.workers,
		.concurrency = s->load.concurrency,
		.data_items = items,
		.span_ns = items ? s->conf.hold_ns : s->load.warmup_ns,
		.settle_ns = s->conf.settle_ns,
		.scored = items > 0,
		.judged = items > 0,
	};
	snprintf(out->label, sizeof(out->label), "%s", items ? "step" : "warm-up");
}

static bool volume_next(
	void *self, const struct bt_segment_record *last BT_UNUSED, struct bt_segment *out)
{
	struct state *s = self;
	uint64_t items;

	if (s->warm) { /* what is taken once and for all is then no level's */
		s->warm = false;
		plan_load(s, 0, out);
		return true;
	}
	if (s->phase == FILLING) {
		if (s->level == s->conf.levels || *s->volume.why)
			return false;
		s->level++;
	}
	if (s->phase == LOADING && *s->volume.why) /* it could not be filled */
		s->phase = RELEASING;
	items = s->level * s->conf.level_size;
	if (s->phase == LOADING)
		plan_load(s, items, out);
	else
		plan_fill(s, s->phase == FILLING ? items : 0, out);
	out->step = s->level;
	out->steps = (unsigned)s->conf.levels;
	s->phase = s->phase == RELEASING ? FILLING : s->phase + 1;
	return true;
}

static void broke(struct state *s, struct bt_segment_record *rec)
{
	rec->result.outcome = BT_STEP_BROKE;
	s->volume.broke_at = (double)rec->plan.data_items;
	bt_text_format(s->volume.why, sizeof(s->volume.why), "%s", rec->result.reason);
}

static void judge_filling(struct state *s, struct bt_segment_record *rec)
{
	s->filled = rec->result;
	if (rec->result.filled >= rec->plan.data_items)
		return;
	if (!*rec->result.reason)
		snprintf(rec->result.reason, sizeof(rec->result.reason), "not filled");
	broke(s, rec);
}

static void judge_release(struct state *s, const struct bt_segment_record *rec)
{
	struct bt_volume *v = &s->volume;

	if (v->n && v->level[v->n - 1].items == (double)s->level * (double)s->conf.level_size)
		v->level[v->n - 1].after_bytes = rec->result.rss_bytes;
}

static void keep_level(struct state *s, const struct bt_segment_record *rec)
{
	const struct bt_segment_result *r = &rec->result;
	const struct bt_latency *l = rec->plan.mode == BT_OPEN ? &r->response : &r->service;
	double span_s = ((double)r->end_ns - (double)r->start_ns) / 1e9;
	struct bt_volume *v = &s->volume;

	if (v->n && v->level[v->n - 1].items == (double)rec->plan.data_items)
		v->n--; /* a pause has cut it in two: the rest stands for it */
	v->level[v->n++] = (struct bt_volume_level){
		.items = (double)rec->plan.data_items,
		.rate = span_s > 0 ? (double)r->completed_in_span / span_s : 0,
		.p99_ns = l->count ? l->q[BT_Q99] : 0,
		.before_bytes = r->rss_before_bytes,
		.loaded_bytes = r->rss_bytes,
		.counted_bytes = r->counted_bytes,
	};
}

/* Too few have succeeded, or memory was why one did not: the words go to the reason. */
static bool failed(const struct state *s, struct bt_segment_result *r)
{
	uint64_t ended = r->counts.completed + r->counts.failed + r->counts.expired;
	double share = ended ? (double)r->counts.completed / (double)ended : 0;
	char n[BT_FMT_MAX], is[BT_FMT_MAX], want[BT_FMT_MAX];

	if (r->no_memory) {
		snprintf(r->reason, sizeof(r->reason), "no memory for %s operation%s",
			bt_fmt_group(n, sizeof(n), r->no_memory), r->no_memory == 1 ? "" : "s");
		return true;
	}
	if (ended && share >= s->conf.succeed)
		return false;
	snprintf(r->reason, sizeof(r->reason), "%s of its operations succeeded, floor %s",
		bt_fmt_share(is, sizeof(is), share),
		bt_fmt_share(want, sizeof(want), s->conf.succeed));
	return true;
}

static void volume_judge(void *self, struct bt_segment_record *rec)
{
	struct state *s = self;
	struct bt_segment_result *r = &rec->result;

	if (rec->plan.mode == BT_FILL) {
		if (rec->plan.data_items)
			judge_filling(s, rec);
		else
			judge_release(s, rec);
		return;
	}
	r->rss_before_bytes = s->filled.rss_before_bytes;
	r->rss_peak_bytes = BT_MAX(r->rss_peak_bytes, s->filled.rss_peak_bytes);
	keep_level(s, rec);
	if (failed(s, r)) {
		broke(s, rec);
		return;
	}
	r->outcome = BT_STEP_HELD;
	s->volume.held = (double)rec->plan.data_items;
}

static void volume_finding(const void *self, struct bt_finding *out)
{
	bt_volume_finding(&((const struct state *)self)->volume, out);
}

/* Whoever gives its data set back level by level has nothing of it left in the end. */
static bool volume_objective(const void *conf BT_UNUSED, const struct bt_load *load BT_UNUSED,
	unsigned i, char *text, size_t size)
{
	snprintf(text, size, "bytes_leaked<10MiB");
	return i == 0;
}

const struct bt_profile bt_profile_volume = {
	.name = "volume",
	.summary = "a data set of 10k, 20k, … items: throughput, memory, bytes an item",
	.opts = opts,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.closed = true,
	.fills = true,
	.begin = volume_begin,
	.needs = volume_needs,
	.next = volume_next,
	.judge = volume_judge,
	.objective = volume_objective,
	.finding = volume_finding,
};
