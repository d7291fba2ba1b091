#include "judge/figure.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "judge/data_set.h"
#include "json/json.h"

void bt_mark_of(struct bt_mark *out, const struct bt_snapshot *snap)
{
	out->total = snap->total;
	out->scored_ns = snap->scored_ns;
	out->t_ns = snap->t_ns;
	out->cpu_ns = snap->usage.cpu_ns;
	out->cpu_at_ns = snap->t_ns;
	out->rss_bytes = snap->usage.rss_bytes;
	memcpy(out->metrics, snap->metrics, sizeof(out->metrics));
}

static struct bt_totals totals_of(const struct bt_tally *tally)
{
	struct bt_totals f;

	bt_totals_of(&f, tally);
	return f;
}

static double bytes_of(uint64_t bytes) /* 0: not read */
{
	return bytes && bytes != UINT64_MAX ? (double)bytes : NAN;
}

/* Growth between two cumulative readings of which either may be unknown. */
static double growth(uint64_t from, uint64_t to)
{
	return from == UINT64_MAX || to == UINT64_MAX ? NAN : (double)(to - from);
}

static double per_s(double n, uint64_t ns)
{
	return ns ? n / ((double)ns / 1e9) : NAN;
}

static uint64_t scored_ns(const struct bt_stretch *s)
{
	return s->to->scored_ns - s->from->scored_ns;
}

static double run_throughput(const struct bt_tally *t)
{
	return totals_of(t).throughput;
}

static double stretch_throughput(const struct bt_stretch *s)
{
	return per_s(growth(s->from->total.completed, s->to->total.completed), scored_ns(s));
}

static double run_units_per_s(const struct bt_tally *t)
{
	return totals_of(t).units_per_s;
}

static double stretch_units_per_s(const struct bt_stretch *s)
{
	return per_s(growth(s->from->total.units, s->to->total.units), scored_ns(s));
}

static double run_error_rate(const struct bt_tally *t)
{
	return totals_of(t).error_rate;
}

static double stretch_error_rate(const struct bt_stretch *s)
{
	const struct bt_counts *from = &s->from->total, *to = &s->to->total;
	uint64_t bad = to->failed + to->expired - from->failed - from->expired;
	uint64_t ended = bad + to->completed - from->completed;

	return ended ? (double)bad / (double)ended : NAN;
}

/* Counts: of the run, and how much they grew in a stretch. */
#define COUNT(field)                                                     \
	static double run_##field(const struct bt_tally *t)              \
	{                                                                \
		return (double)t->last->total.field;                     \
	}                                                                \
	static double stretch_##field(const struct bt_stretch *s)        \
	{                                                                \
		return growth(s->from->total.field, s->to->total.field); \
	}
COUNT(offered)
COUNT(completed)
COUNT(failed)
COUNT(expired)
COUNT(units)

static double run_rss_growth(const struct bt_tally *t)
{
	return totals_of(t).rss_growth;
}

static double stretch_rss_growth(const struct bt_stretch *s)
{
	double start = bytes_of(s->from->rss_bytes);

	return (bytes_of(s->rss_peak) - start) / start;
}

static double run_rss_peak(const struct bt_tally *t)
{
	return bytes_of(t->last->rss_peak_bytes);
}

static double stretch_rss_peak(const struct bt_stretch *s)
{
	return bytes_of(s->rss_peak);
}

static double run_cpu_usage(const struct bt_tally *t)
{
	return totals_of(t).cpu_usage;
}

/* Processors in use: ns of processor time a ns. */
static double stretch_cpu_usage(const struct bt_stretch *s)
{
	return per_s(growth(s->from->cpu_ns, s->to->cpu_ns) / 1e9,
		s->to->cpu_at_ns - s->from->cpu_at_ns);
}

static double run_cpu_seconds(const struct bt_tally *t)
{
	return t->last->usage.cpu_ns == UINT64_MAX ? NAN : (double)t->last->usage.cpu_ns / 1e9;
}

static double stretch_cpu_seconds(const struct bt_stretch *s)
{
	return growth(s->from->cpu_ns, s->to->cpu_ns) / 1e9;
}

static double run_peak_throughput(const struct bt_tally *t)
{
	return t->peak_rate;
}

static double run_in_flight(const struct bt_tally *t)
{
	return (double)bt_in_flight(&t->last->total);
}

static double run_rss_start(const struct bt_tally *t)
{
	return bytes_of(t->last->rss_start_bytes);
}

static double run_bytes_leaked(const struct bt_tally *t)
{
	return !t->last->last || t->last->rss_left_bytes == UINT64_MAX
		? NAN
		: (double)t->last->rss_left_bytes;
}

static double run_finding(const struct bt_tally *t)
{
	return t->last->last ? t->last->finding_value : NAN;
}

static double run_leak_per_h(const struct bt_tally *t)
{
	return bt_leak_per_h(&t->leak);
}

static double run_bytes_per_item(const struct bt_tally *t)
{
	struct bt_slope resident, counted;

	return bt_bytes_per_item(&resident, &counted, t) ? resident.mean : NAN;
}

static bool profile_finds(const struct bt_profile *profile)
{
	return profile->finding;
}

static bool profile_judges(const struct bt_profile *profile)
{
	return profile->judge;
}

static bool profile_fills(const struct bt_profile *profile)
{
	return profile->fills;
}

/* ---- of a report ---- */

/* Response time where operations were due at times, else service time. */
static double report_quantile(const json_t *report, const char *name)
{
	const json_t *all = json_object_get(report, "latency_ns"),
		     *response = json_object_get(all, "response");

	return bt_json_get_real(
		json_is_object(response) ? response : json_object_get(all, "service"), name);
}

#define QUANTILE(name)                                    \
	static double report_##name(const json_t *report) \
	{                                                 \
		return report_quantile(report, #name);    \
	}
QUANTILE(p50)
QUANTILE(p90)
QUANTILE(p95)
QUANTILE(p99)
QUANTILE(p999)

/* Nothing is known of the machine's time where the clock was virtual. */
static double report_cpu_per_op(const json_t *report)
{
	const json_t *environment = json_object_get(report, "environment");
	double ops = bt_json_get_real(report, "completed") + bt_json_get_real(report, "failed");

	if (!(ops > 0) || strcmp(bt_json_get_text(environment, "clock"), "virtual") == 0)
		return NAN;
	return bt_json_get_real(report, "cpu_seconds") * 1e9 / ops;
}

static double report_finding(const json_t *report)
{
	return bt_json_get_real(json_object_get(report, "finding"), "value");
}

/* A reader of the run and of a stretch. */
#define BOTH(field) .of_run = run_##field, .of_stretch = stretch_##field

const struct bt_figure bt_figures[] = {
	[BT_FIG_THROUGHPUT] = { .name = "throughput",
		.listed = "rate",
		.heading = "op/s",
		.help = "throughput",
		.unit = BT_UNIT_NUMBER,
		.rate = true,
		.better = 1,
		.in = BT_IN_COMPARE | BT_IN_GATE | BT_IN_HISTORY,
		BOTH(throughput) },
	[BT_FIG_P50] = { .name = "p50",
		.help = "median latency",
		.unit = BT_UNIT_NS,
		.better = -1,
		.in = BT_IN_COMPARE | BT_IN_GATE | BT_IN_HISTORY,
		.of_report = report_p50 },
	[BT_FIG_P90] = { .name = "p90",
		.help = "90th percentile of latency",
		.unit = BT_UNIT_NS,
		.better = -1,
		.in = BT_IN_COMPARE,
		.of_report = report_p90 },
	[BT_FIG_P95] = { .name = "p95",
		.help = "95th percentile of latency",
		.unit = BT_UNIT_NS,
		.better = -1,
		.in = BT_IN_COMPARE | BT_IN_GATE,
		.of_report = report_p95 },
	[BT_FIG_P99] = { .name = "p99",
		.help = "99th percentile of latency",
		.unit = BT_UNIT_NS,
		.better = -1,
		.in = BT_IN_COMPARE | BT_IN_GATE | BT_IN_HISTORY,
		.of_report = report_p99 },
	[BT_FIG_P999] = { .name = "p999",
		.help = "99.9th percentile of latency",
		.unit = BT_UNIT_NS,
		.better = -1,
		.in = BT_IN_COMPARE,
		.of_report = report_p999 },
	[BT_FIG_CPU] = { .name = "cpu_per_op",
		.help = "processor time an operation",
		.unit = BT_UNIT_NS,
		.better = -1,
		.in = BT_IN_COMPARE | BT_IN_GATE,
		.of_report = report_cpu_per_op },
	[BT_FIG_MEMORY] = { .name = "rss_peak_bytes",
		.compared = "rss_peak",
		.listed = "memory",
		.help = "highest resident memory",
		.unit = BT_UNIT_BYTES,
		.better = -1,
		.in = BT_IN_COMPARE | BT_IN_GATE | BT_IN_HISTORY,
		.grows = true,
		BOTH(rss_peak) },
	[BT_FIG_ERRORS] = { .name = "error_rate",
		.listed = "errors",
		.help = "share that failed",
		.unit = BT_UNIT_SHARE,
		.better = -1,
		.in = BT_IN_COMPARE | BT_IN_GATE | BT_IN_HISTORY,
		BOTH(error_rate) },
	[BT_FIG_FINDING] = { .name = "finding",
		.help = "the profile's answer",
		.unit = BT_UNIT_NUMBER,
		.rate = true,
		.better = 1,
		.in = BT_IN_COMPARE | BT_IN_GATE,
		.reach = BT_AT_THE_END,
		.of_run = run_finding,
		.of_report = report_finding,
		.of_profile = profile_finds },
#ifdef BT_FIGURES_OF_A_TEST
#include BT_FIGURES_OF_A_TEST
#endif
	{ .name = "units_per_s",
		.help = "units of completed operations a second",
		.unit = BT_UNIT_NUMBER,
		BOTH(units_per_s) },
	{ .name = "offered",
		.help = "operations that were due or begun",
		.unit = BT_UNIT_NUMBER,
		.grows = true,
		BOTH(offered) },
	{ .name = "completed",
		.help = "operations that completed",
		.unit = BT_UNIT_NUMBER,
		.grows = true,
		BOTH(completed) },
	{ .name = "failed",
		.help = "operations that failed",
		.unit = BT_UNIT_NUMBER,
		.grows = true,
		BOTH(failed) },
	{ .name = "expired",
		.help = "operations that were too late to begin",
		.unit = BT_UNIT_NUMBER,
		.grows = true,
		BOTH(expired) },
	{ .name = "units",
		.help = "units of operations that completed",
		.unit = BT_UNIT_NUMBER,
		.grows = true,
		BOTH(units) },
	{ .name = "rss_growth",
		.help = "growth of resident memory, as a share of that at the start",
		.unit = BT_UNIT_SHARE,
		.grows = true,
		BOTH(rss_growth) },
	{ .name = "cpu_usage",
		.help = "processors in use",
		.unit = BT_UNIT_NUMBER,
		BOTH(cpu_usage) },
	{ .name = "cpu_seconds",
		.help = "processor time",
		.unit = BT_UNIT_NUMBER,
		.grows = true,
		BOTH(cpu_seconds) },
	{ .name = "peak_throughput",
		.listed = "peak",
		.help = "highest throughput of a second",
		.unit = BT_UNIT_NUMBER,
		.rate = true,
		.better = 1,
		.in = BT_IN_HISTORY,
		.reach = BT_OF_THE_RUN,
		.grows = true,
		.of_run = run_peak_throughput },
	{ .name = "in_flight",
		.help = "operations that had not ended at the end",
		.unit = BT_UNIT_NUMBER,
		.reach = BT_AT_THE_END,
		.of_run = run_in_flight },
	{ .name = "rss_start_bytes",
		.help = "resident memory when scoring began",
		.unit = BT_UNIT_BYTES,
		.reach = BT_OF_THE_RUN,
		.of_run = run_rss_start },
	{ .name = "bytes_leaked",
		.help = "memory still resident after the workload gave its own back",
		.unit = BT_UNIT_BYTES,
		.reach = BT_AT_THE_END,
		.early = true,
		.of_run = run_bytes_leaked },
	{ .name = "steps_broken",
		.help = "steps that did not hold",
		.unit = BT_UNIT_NUMBER,
		.reach = BT_OF_THE_RUN,
		.grows = true,
		.of_run = bt_steps_broken,
		.of_profile = profile_judges },
	{ .name = "leak_per_h",
		.help = "growth of memory an hour",
		.unit = BT_UNIT_BYTES,
		.reach = BT_OF_THE_RUN,
		.of_run = run_leak_per_h },
	{ .name = "bytes_per_item",
		.help = "memory an item of the data set",
		.unit = BT_UNIT_BYTES,
		.reach = BT_AT_THE_END,
		.of_run = run_bytes_per_item,
		.of_profile = profile_fills },
	{ .name = "bytes_unreleased",
		.help = "memory of data sets that was not given back",
		.unit = BT_UNIT_BYTES,
		.reach = BT_AT_THE_END,
		.of_run = bt_bytes_unreleased,
		.of_profile = profile_fills },
	{ .name = NULL },
};
static_assert(BT_LEN(bt_figures) <= BT_FIGURES_MAX, "BT_FIGURES_MAX");

unsigned bt_figures_compared(void)
{
	unsigned n = 0;

	while (bt_figures[n].in & BT_IN_COMPARE)
		n++;
	return n;
}

unsigned bt_figures_count(void)
{
	return BT_LEN(bt_figures) - 1;
}

const char *bt_figure_compared(const struct bt_figure *figure)
{
	return figure->compared ? figure->compared : figure->name;
}

const char *bt_figure_listed(const struct bt_figure *figure)
{
	return figure->listed ? figure->listed : figure->name;
}

const struct bt_figure *bt_figure_named(const char *name)
{
	for (const struct bt_figure *f = bt_figures; f->name; f++)
		if (strcmp(f->name, name) == 0)
			return f;
	return NULL;
}

double bt_figure_of_report(const struct bt_figure *figure, const json_t *report)
{
	return figure->of_report ? figure->of_report(report)
				 : bt_json_get_real(report, figure->name);
}

double bt_figure_of_stretch(const struct bt_figure *figure, const struct bt_stretch *stretch)
{
	return figure->of_stretch ? figure->of_stretch(stretch) : NAN;
}

bool bt_figure_exists(const struct bt_figure *figure, const char *profile)
{
	const struct bt_profile *p = profile ? bt_profile_find(profile) : NULL;

	return !figure->of_profile || (p && figure->of_profile(p));
}
