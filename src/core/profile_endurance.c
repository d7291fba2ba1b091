/*
 * endurance: one rate for hours, in stretches that are the rows of a table, and whether latency
 * drifts from the first quarter of the time to the last. What it has to keep to (rate, errors,
 * memory) are thresholds.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "base/fmt.h"
#include "core/profile.h"

#define HOUR_NS  (UINT64_C(3600) * BT_NS_PER_S)
#define LEAST_NS (60 * BT_NS_PER_S)
#define ROWS     24   /* of runs shorter than a day */
#define ROWS_MAX 2000 /* there is room for twice as many segments; commands make some */
#define QUARTERS 4
#define ENOUGH   100 /* operations for a p99 */
/* A leak is asked about when a run is long enough to tell in any case (judge/leak.h has the
 * numbers). */
#define LEAK_FROM_NS (60 * BT_NS_PER_S)

struct conf {
	uint64_t stretch_ns;
};

struct state {
	struct bt_load load;
	uint64_t stretch_ns, planned_ns, t0_ns; /* t0: when the first stretch began */
	unsigned rows, row;                     /* row: how many have begun */
	bool warm;                              /* its turn has not come yet */
	struct bt_hist quarter[QUARTERS];
};

static const struct bt_opt opts[] = {
	{ .name = "stretch",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, stretch_ns),
		.arg = "DURATION",
		.min = 1e9,
		.max = 86400e9,
		.help = "length of a row of the table; 1h, in a run of less than a day its 24th, "
			"at least "
			"1m",
		.man = "Length of a row of the table. Without it an hour; in a run of less than a "
		       "day a twenty-fourth of --duration, but at least a minute. At most 2000 "
		       "rows." },
	BT_OPT_END,
};

static uint64_t duration_of(const struct bt_load *load)
{
	return load->duration_ns ? load->duration_ns : HOUR_NS;
}

static uint64_t stretch_of(const struct conf *conf, uint64_t duration_ns)
{
	uint64_t ns = BT_MAX(BT_MIN(duration_ns / ROWS, HOUR_NS), LEAST_NS);

	return BT_MIN(conf->stretch_ns ? conf->stretch_ns : ns, duration_ns);
}

static int endurance_begin(
	void *self, const void *configuration, const struct bt_load *load, struct bt_err *err)
{
	struct state *s = self;
	uint64_t rows;

	s->load = *load;
	s->planned_ns = duration_of(load);
	s->stretch_ns = stretch_of(configuration, s->planned_ns);
	s->warm = load->warmup_ns > 0;
	rows = (s->planned_ns + s->stretch_ns - 1) / s->stretch_ns;
	for (unsigned i = 0; i < QUARTERS; i++)
		bt_hist_init(&s->quarter[i]);
	if (!(load->rate > 0))
		return bt_fail(
			err, -EINVAL, "--profile endurance: expected --rate, what is offered");
	if (load->ops)
		return bt_fail(
			err, -EINVAL, "--profile endurance: expected --duration instead of --ops");
	if (rows > ROWS_MAX)
		return bt_fail(err, -EINVAL,
			"--stretch %g s: %llu rows; expected at most %d, a longer --stretch",
			(double)s->stretch_ns / 1e9, (unsigned long long)rows, ROWS_MAX);
	s->rows = (unsigned)rows;
	return 0;
}

static bool endurance_next(void *self, const struct bt_segment_record *last, struct bt_segment *out)
{
	struct state *s = self;
	uint64_t done_ns = (uint64_t)s->row * s->stretch_ns;

	if (s->row == s->rows)
		return false;
	*out = (struct bt_segment){
		.mode = BT_OPEN,
		.arrivals = s->load.arrivals,
		.rate_from = s->load.rate,
		.rate_to = s->load.rate,
		.span_ns = s->warm ? s->load.warmup_ns
				   : BT_MIN(s->stretch_ns, s->planned_ns - done_ns),
		.workers = s->load.workers,
		.concurrency = s->load.concurrency,
		.scored = !s->warm,
	};
	snprintf(out->label, sizeof(out->label), "%s", s->warm ? "warm-up" : "stretch");
	if (s->warm) {
		s->warm = false;
		return true;
	}
	if (s->row == 0 && last)
		s->t0_ns = last->result.end_ns;
	out->step = ++s->row;
	out->steps = s->rows;
	return true;
}

static void endurance_ended(void *self, const struct bt_endings *what)
{
	struct state *s = self;
	uint64_t since_ns = what->t_ns - BT_MIN(what->t_ns, s->t0_ns);
	uint64_t quarter = since_ns / BT_MAX(s->planned_ns / QUARTERS, 1);

	if (s->row) /* not while it warms up */
		bt_hist_merge(&s->quarter[BT_MIN(quarter, QUARTERS - 1)], what->response);
}

static void endurance_finding(const void *self, struct bt_finding *out)
{
	static const char *const which[] = { "first", "second", "third", "last" };
	const struct state *s = self;
	unsigned last = QUARTERS - 1;
	char a[BT_FMT_MAX], b[BT_FMT_MAX];
	double from, to;

	out->name = "drift";
	out->unit = "times";
	out->value = NAN;
	while (last > 0 && s->quarter[last].count < ENOUGH)
		last--;
	if (last == 0 || s->quarter[0].count < ENOUGH) {
		snprintf(out->text, sizeof(out->text),
			"not known: it takes %d operations in the first quarter and in a later one",
			ENOUGH);
		return;
	}
	from = (double)bt_hist_quantile(&s->quarter[0], 0.99);
	to = (double)bt_hist_quantile(&s->quarter[last], 0.99);
	out->value = to / from;
	snprintf(out->text, sizeof(out->text), "p99 %s in the first quarter, %s in the %s",
		bt_fmt_ns(a, sizeof(a), from), bt_fmt_ns(b, sizeof(b), to), which[last]);
}

/* Memory is held against what it was a 24th of the time after the start: what fills for the first
 * time is no growth. */
static bool endurance_objective(
	const void *conf BT_UNUSED, const struct bt_load *load, unsigned i, char *text, size_t size)
{
	uint64_t duration_ns = duration_of(load);
	char after[BT_FMT_MAX];

	switch (i) {
	case 0:
		snprintf(text, size, "throughput>=%.10g", load->rate * 0.9);
		return true;
	case 1:
		snprintf(text, size, "error_rate<1%%");
		return true;
	case 2:
		snprintf(text, size, "rss_growth<10%%@after=%s",
			bt_fmt_span(after, sizeof(after),
				BT_MAX(duration_ns / ROWS / BT_NS_PER_MS, 1) * BT_NS_PER_MS));
		return true;
	case 3:
		snprintf(text, size, "leak_per_h<=0");
		return duration_ns >= LEAK_FROM_NS;
	default:
		return false;
	}
}

static uint64_t endurance_planned_ns(const void *self)
{
	const struct state *s = self;

	return s->load.warmup_ns + s->planned_ns;
}

const struct bt_profile bt_profile_endurance = {
	.name = "endurance",
	.summary = "one rate for hours: a table of its stretches, drift of p99, leaks",
	.opts = opts,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.begin = endurance_begin,
	.next = endurance_next,
	.ended = endurance_ended,
	.objective = endurance_objective,
	.finding = endurance_finding,
	.planned_ns = endurance_planned_ns,
};
