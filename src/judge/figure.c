#include "judge/figure.h"

#include <math.h>

#include "judge/data_set.h"

static struct bt_figures figures_of(const struct bt_tally *tally)
{
	struct bt_figures f;

	bt_figures_of(&f, tally);
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
	return figures_of(t).throughput;
}

static double stretch_throughput(const struct bt_stretch *s)
{
	return per_s(growth(s->from->total.completed, s->to->total.completed), scored_ns(s));
}

static double run_units_per_s(const struct bt_tally *t)
{
	return figures_of(t).units_per_s;
}

static double stretch_units_per_s(const struct bt_stretch *s)
{
	return per_s(growth(s->from->total.units, s->to->total.units), scored_ns(s));
}

static double run_error_rate(const struct bt_tally *t)
{
	return figures_of(t).error_rate;
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
	return figures_of(t).rss_growth;
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
	return figures_of(t).cpu_usage;
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

/* A reader of the run and of a stretch. */
#define BOTH(field) .of_run = run_##field, .of_stretch = stretch_##field

const struct bt_run_figure bt_run_figures[] = {
	{ .name = "throughput", .unit = BT_UNIT_NUMBER, BOTH(throughput) },
	{ .name = "units_per_s", .unit = BT_UNIT_NUMBER, BOTH(units_per_s) },
	{ .name = "error_rate", .unit = BT_UNIT_SHARE, BOTH(error_rate) },
	{ .name = "offered", .unit = BT_UNIT_NUMBER, .grows = true, BOTH(offered) },
	{ .name = "completed", .unit = BT_UNIT_NUMBER, .grows = true, BOTH(completed) },
	{ .name = "failed", .unit = BT_UNIT_NUMBER, .grows = true, BOTH(failed) },
	{ .name = "expired", .unit = BT_UNIT_NUMBER, .grows = true, BOTH(expired) },
	{ .name = "units", .unit = BT_UNIT_NUMBER, .grows = true, BOTH(units) },
	{ .name = "rss_growth", .unit = BT_UNIT_SHARE, .grows = true, BOTH(rss_growth) },
	{ .name = "rss_peak_bytes", .unit = BT_UNIT_BYTES, .grows = true, BOTH(rss_peak) },
	{ .name = "cpu_usage", .unit = BT_UNIT_NUMBER, BOTH(cpu_usage) },
	{ .name = "cpu_seconds", .unit = BT_UNIT_NUMBER, .grows = true, BOTH(cpu_seconds) },
	{ .name = "peak_throughput",
		.unit = BT_UNIT_NUMBER,
		.reach = BT_OF_THE_RUN,
		.grows = true,
		.of_run = run_peak_throughput },
	{ .name = "in_flight",
		.unit = BT_UNIT_NUMBER,
		.reach = BT_AT_THE_END,
		.of_run = run_in_flight },
	{ .name = "rss_start_bytes",
		.unit = BT_UNIT_BYTES,
		.reach = BT_OF_THE_RUN,
		.of_run = run_rss_start },
	{ .name = "bytes_leaked",
		.unit = BT_UNIT_BYTES,
		.reach = BT_AT_THE_END,
		.early = true,
		.of_run = run_bytes_leaked },
	{ .name = "finding",
		.unit = BT_UNIT_NUMBER,
		.reach = BT_AT_THE_END,
		.of_run = run_finding,
		.of_profile = profile_finds },
	{ .name = "steps_broken",
		.unit = BT_UNIT_NUMBER,
		.reach = BT_OF_THE_RUN,
		.grows = true,
		.of_run = bt_steps_broken,
		.of_profile = profile_judges },
	{ .name = "leak_per_h",
		.unit = BT_UNIT_BYTES,
		.reach = BT_OF_THE_RUN,
		.of_run = run_leak_per_h },
	{ .name = "bytes_per_item",
		.unit = BT_UNIT_BYTES,
		.reach = BT_AT_THE_END,
		.of_run = run_bytes_per_item,
		.of_profile = profile_fills },
	{ .name = "bytes_unreleased",
		.unit = BT_UNIT_BYTES,
		.reach = BT_AT_THE_END,
		.of_run = bt_bytes_unreleased,
		.of_profile = profile_fills },
	{ .name = NULL },
};

bool bt_run_figure_exists(const struct bt_run_figure *figure, const char *profile)
{
	const struct bt_profile *p = profile ? bt_profile_find(profile) : NULL;

	return !figure->of_profile || (p && figure->of_profile(p));
}
