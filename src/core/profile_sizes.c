/*
 * sizes: operations of one size after the other, back to back or at one rate: what more units a
 * call cost in latency and give in throughput. The sizes are the workload's.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "base/fmt.h"
#include "core/profile.h"

#define NEARLY 0.9 /* of the most units a second: worth a smaller size */

struct conf {
	uint64_t hold_ns, settle_ns, most_ns;
	double least, succeed;
};

struct size {
	double units_per_s, call_ns, unit_ns; /* means; 0: not measured */
};

struct state {
	struct conf conf;
	struct bt_load load;
	struct size size[BT_SIZES_MAX];
	unsigned at; /* that comes next */
	bool warm;
};

static const struct bt_opt opts[] = {
	{ .name = "hold",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, hold_ns),
		.dflt = "5s",
		.arg = "DURATION",
		.min = 1e6,
		.max = 86400e9,
		.help = "how long operations have each size",
		.man = "How long operations have each size." },
	{ .name = "settle",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, settle_ns),
		.dflt = "5s",
		.arg = "DURATION",
		.max = 3600e9,
		.help = "how long a size's last operations are waited for before it is judged",
		.man = "The longest wait for a size's last operations before it is judged." },
	{ .name = "unit-time",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, most_ns),
		.arg = "DURATION",
		.min = 1,
		.max = 3600e9,
		.help = "a size breaks when a unit takes longer, on average, than this",
		.man = "A size breaks when a unit of it takes longer than this: the mean service "
		       "time by the units of an operation." },
	{ .name = "unit-rate",
		.type = BT_OPT_NUMBER,
		.offset = offsetof(struct conf, least),
		.arg = "R",
		.min = 0.001,
		.max = 1e12,
		.help = "a size breaks when fewer units a second are done",
		.man = "A size breaks when fewer units a second are done." },
	{ .name = "succeed",
		.type = BT_OPT_SHARE,
		.offset = offsetof(struct conf, succeed),
		.dflt = "95%",
		.arg = "SHARE",
		.min = 0.000001,
		.max = 1,
		.help = "a size breaks when fewer of its operations succeed",
		.man = "A size breaks when fewer of its operations succeed." },
	BT_OPT_END,
};

static int sizes_begin(
	void *self, const void *configuration, const struct bt_load *load, struct bt_err *err)
{
	struct state *s = self;

	s->conf = *(const struct conf *)configuration;
	s->load = *load;
	s->warm = load->warmup_ns > 0;
	if (load->ops || load->duration_ns)
		return bt_fail(err, -EINVAL, "--profile sizes: expected --hold instead of --%s",
			load->ops ? "ops" : "duration");
	return 0;
}

static bool sizes_next(
	void *self, const struct bt_segment_record *last BT_UNUSED, struct bt_segment *out)
{
	struct state *s = self;
	bool warm = s->warm;

	if (s->at == s->load.n_sizes)
		return false;
	*out = (struct bt_segment){
		.mode = s->load.rate > 0 ? BT_OPEN : BT_CLOSED,
		.arrivals = s->load.arrivals,
		.rate_from = s->load.rate,
		.rate_to = s->load.rate,
		.workers = s->load.workers,
		.concurrency = s->load.concurrency,
		.op_units = s->load.sizes[s->at],
		.span_ns = warm ? s->load.warmup_ns : s->conf.hold_ns,
		.settle_ns = s->conf.settle_ns,
		.step = warm ? 0 : s->at + 1,
		.steps = warm ? 0 : s->load.n_sizes,
		.scored = !warm,
		.judged = !warm,
	};
	snprintf(out->label, sizeof(out->label), "%s", warm ? "warm-up" : "step");
	s->warm = false;
	s->at += !warm;
	return true;
}

static bool breaks(const struct state *s, struct bt_segment_result *r, const struct size *size)
{
	uint64_t ended = r->counts.completed + r->counts.failed + r->counts.expired;
	double share = ended ? (double)r->counts.completed / (double)ended : 0;
	char is[BT_FMT_MAX], want[BT_FMT_MAX];

	if (share < s->conf.succeed)
		snprintf(r->reason, sizeof(r->reason), "%s of its operations succeeded, floor %s",
			bt_fmt_share(is, sizeof(is), share),
			bt_fmt_share(want, sizeof(want), s->conf.succeed));
	else if (s->conf.most_ns && !(size->unit_ns <= (double)s->conf.most_ns))
		snprintf(r->reason, sizeof(r->reason), "a unit took %s, limit %s",
			bt_fmt_ns(is, sizeof(is), size->unit_ns),
			bt_fmt_ns(want, sizeof(want), (double)s->conf.most_ns));
	else if (s->conf.least > 0 && !(size->units_per_s >= s->conf.least))
		snprintf(r->reason, sizeof(r->reason), "%s units/s, floor %s",
			bt_fmt_number(is, sizeof(is), size->units_per_s),
			bt_fmt_number(want, sizeof(want), s->conf.least));
	else
		return false;
	return true;
}

static void sizes_judge(void *self, struct bt_segment_record *rec)
{
	struct state *s = self;
	struct bt_segment_result *r = &rec->result;
	struct size *size = &s->size[rec->plan.step - 1];
	double span_s = ((double)r->end_ns - (double)r->start_ns) / 1e9;

	*size = (struct size){
		.units_per_s = span_s > 0
			? (double)r->completed_in_span * (double)rec->plan.op_units / span_s
			: 0,
		.call_ns = r->service.count ? r->service.mean : NAN,
		.unit_ns = r->service.count ? r->service.mean / (double)rec->plan.op_units : NAN,
	};
	r->outcome = breaks(s, r, size) ? BT_STEP_BROKE : BT_STEP_HELD;
}

/* The size with the most units a second, and the first that gives nearly as many. */
static void sizes_finding(const void *self, struct bt_finding *out)
{
	const struct state *s = self;
	char rate[BT_FMT_MAX], call[BT_FMT_MAX], unit[BT_FMT_MAX], sooner[BT_FMT_MAX];
	unsigned best = 0, i, near = 0;
	int n;

	out->name = "most";
	out->unit = "units/s";
	out->value = NAN;
	for (i = 0; i < s->load.n_sizes; i++)
		if (s->size[i].units_per_s > s->size[best].units_per_s)
			best = i;
	if (!s->load.n_sizes || !(s->size[best].units_per_s > 0))
		return;
	out->value = s->size[best].units_per_s;
	for (near = 0; !(s->size[near].units_per_s >= NEARLY * out->value); near++)
		;
	for (i = near; i <= best; i++) /* the quickest of those */
		if (s->size[i].units_per_s >= NEARLY * out->value &&
			s->size[i].call_ns < s->size[near].call_ns)
			near = i;
	n = snprintf(out->text, sizeof(out->text), "%llu units a call, %s a call, %s a unit",
		(unsigned long long)s->load.sizes[best],
		bt_fmt_ns(call, sizeof(call), s->size[best].call_ns),
		bt_fmt_ns(unit, sizeof(unit), s->size[best].unit_ns));
	if (near != best)
		snprintf(out->text + n, sizeof(out->text) - (size_t)n,
			"; %llu give %s of that at %s a call",
			(unsigned long long)s->load.sizes[near],
			bt_fmt_share(rate, sizeof(rate), s->size[near].units_per_s / out->value),
			bt_fmt_ns(sooner, sizeof(sooner), s->size[near].call_ns));
}

static uint64_t sizes_planned_ns(const void *self)
{
	const struct state *s = self;

	return s->load.warmup_ns + s->load.n_sizes * s->conf.hold_ns;
}

const struct bt_profile bt_profile_sizes = {
	.name = "sizes",
	.summary = "operations of 1, 10, 50, … units: latency and throughput of each size",
	.opts = opts,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.sizes = true,
	.closed = true,
	.begin = sizes_begin,
	.next = sizes_next,
	.judge = sizes_judge,
	.finding = sizes_finding,
	.planned_ns = sizes_planned_ns,
};
