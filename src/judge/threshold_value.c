/* threshold_value.c: the figure of a threshold, over the run so far or between two marks of it. */
#include <math.h>
#include <string.h>

#include "base/fmt.h"
#include "judge/data_set.h"
#include "judge/threshold_impl.h"

static double latency_of(const struct bt_latency *l, unsigned stat)
{
	if (!l->count)
		return NAN;
	if (stat == BT_STAT_MEAN)
		return l->mean;
	return (double)(stat == BT_STAT_MAX ? l->max : l->q[stat]);
}

static double bytes_of(uint64_t bytes) /* 0: not read */
{
	return bytes && bytes != UINT64_MAX ? (double)bytes : NAN;
}

static double bytes_per_item(const struct bt_tally *tally)
{
	struct bt_slope resident, counted;

	return bt_bytes_per_item(&resident, &counted, tally) ? resident.mean : NAN;
}

static double field_of(unsigned row, const struct bt_tally *tally)
{
	const struct bt_snapshot *last = tally->last;
	struct bt_figures f;

	bt_figures_of(&f, tally);
	switch ((enum field)row) {
	case THROUGHPUT:
		return f.throughput;
	case UNITS_PER_S:
		return f.units_per_s;
	case ERROR_RATE:
		return f.error_rate;
	case OFFERED:
		return (double)last->total.offered;
	case COMPLETED:
		return (double)last->total.completed;
	case FAILED:
		return (double)last->total.failed;
	case EXPIRED:
		return (double)last->total.expired;
	case UNITS:
		return (double)last->total.units;
	case RSS_GROWTH:
		return f.rss_growth;
	case RSS_PEAK:
		return bytes_of(last->rss_peak_bytes);
	case CPU_USAGE:
		return f.cpu_usage;
	case CPU_SECONDS:
		return last->usage.cpu_ns == UINT64_MAX ? NAN : (double)last->usage.cpu_ns / 1e9;
	case PEAK_THROUGHPUT:
		return tally->peak_rate;
	case IN_FLIGHT:
		return (double)bt_in_flight(&last->total);
	case RSS_START:
		return bytes_of(last->rss_start_bytes);
	case LEAKED:
		return !last->last || last->rss_left_bytes == UINT64_MAX
			? NAN
			: (double)last->rss_left_bytes;
	case FINDING:
		return last->last ? last->finding_value : NAN;
	case STEPS_BROKEN:
		return bt_steps_broken(tally);
	case LEAK_PER_H:
		return bt_leak_per_h(&tally->leak);
	case BYTES_PER_ITEM:
		return bytes_per_item(tally);
	case UNRELEASED:
		return bt_bytes_unreleased(tally);
	}
	return NAN;
}

static double metric_of(const struct bt_threshold *t, const struct bt_tally *tally)
{
	const union bt_value *v = &tally->last->metrics[t->row];

	if (t->rate)
		return bt_counter_rate(tally, t->row);
	return tally->info->metrics[t->row].kind == BT_COUNTER ? (double)v->u : v->d;
}

double bt_threshold_whole(const struct bt_threshold *t, const struct bt_tally *tally)
{
	const struct bt_snapshot *last = tally->last;

	if (!last->scored_ns && !(t->source == BT_OF_FIELD && t->row == LEAKED))
		return NAN;
	switch (t->source) {
	case BT_OF_QUEUE:
		return latency_of(&last->total_queue, t->row);
	case BT_OF_SERVICE:
		return latency_of(&last->total_service, t->row);
	case BT_OF_RESPONSE:
		return latency_of(&last->total_response, t->row);
	case BT_OF_LAG:
		return latency_of(&last->lag, t->row);
	case BT_OF_FIELD:
		return field_of(t->row, tally);
	case BT_OF_METRIC:
		return metric_of(t, tally);
	case BT_OF_TIMES:
		return latency_of(&last->times[t->row], t->stat);
	}
	return NAN;
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

static double error_rate_within(const struct bt_counts *from, const struct bt_counts *to)
{
	uint64_t bad = to->failed + to->expired - from->failed - from->expired;
	uint64_t ended = bad + to->completed - from->completed;

	return ended ? (double)bad / (double)ended : NAN;
}

static double field_within(unsigned row, const struct bt_stretch *s)
{
	const struct bt_counts *from = &s->from->total, *to = &s->to->total;
	uint64_t scored_ns = s->to->scored_ns - s->from->scored_ns;
	double start = bytes_of(s->from->rss_bytes);

	switch ((enum field)row) {
	case THROUGHPUT:
		return per_s(growth(from->completed, to->completed), scored_ns);
	case UNITS_PER_S:
		return per_s(growth(from->units, to->units), scored_ns);
	case ERROR_RATE:
		return error_rate_within(from, to);
	case OFFERED:
		return growth(from->offered, to->offered);
	case COMPLETED:
		return growth(from->completed, to->completed);
	case FAILED:
		return growth(from->failed, to->failed);
	case EXPIRED:
		return growth(from->expired, to->expired);
	case UNITS:
		return growth(from->units, to->units);
	case RSS_GROWTH:
		return (bytes_of(s->rss_peak) - start) / start;
	case RSS_PEAK:
		return bytes_of(s->rss_peak);
	case CPU_USAGE: /* processors in use: ns of processor time a ns */
		return per_s(growth(s->from->cpu_ns, s->to->cpu_ns) / 1e9,
			s->to->cpu_at_ns - s->from->cpu_at_ns);
	case CPU_SECONDS:
		return growth(s->from->cpu_ns, s->to->cpu_ns) / 1e9;
	case PEAK_THROUGHPUT: /* refused by the parser */
	case IN_FLIGHT:
	case RSS_START:
	case LEAKED:
	case LEAK_PER_H:
	case FINDING:
	case STEPS_BROKEN:
	case BYTES_PER_ITEM:
	case UNRELEASED:
		break;
	}
	return NAN;
}

static double metric_within(
	const struct bt_threshold *t, const struct bt_stretch *s, const struct bt_metric *metrics)
{
	const struct bt_metric *m = &metrics[t->row];
	const union bt_value *from = s->from->metrics, *to = s->to->metrics;
	double n;

	if (m->kind == BT_GAUGE)
		return to[t->row].d;
	if (m->kind == BT_RATIO) {
		n = growth(from[m->den].u, to[m->den].u);
		return n > 0 ? growth(from[m->num].u, to[m->num].u) / n : NAN;
	}
	n = growth(from[t->row].u, to[t->row].u);
	return t->rate ? per_s(n, s->to->scored_ns - s->from->scored_ns) : n;
}

static double quantile_within(const struct bt_hist *h, unsigned stat)
{
	if (!h->count)
		return NAN;
	if (stat == BT_STAT_MEAN)
		return bt_hist_mean(h);
	return (double)(stat == BT_STAT_MAX ? h->max : bt_hist_quantile(h, bt_quantile_of[stat]));
}

double bt_threshold_within(
	const struct bt_threshold *t, const struct bt_stretch *s, const struct bt_metric *metrics)
{
	if (t->source == BT_OF_FIELD)
		return field_within(t->row, s);
	if (t->source == BT_OF_METRIC)
		return metric_within(t, s, metrics);
	return s->latency ? quantile_within(s->latency, t->row) : NAN;
}

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

enum bt_threshold_verdict bt_threshold_compare(const struct bt_threshold *t, double value)
{
	double limit = t->limit;
	const bool held[] = {
		[BT_BELOW] = (value < limit),
		[BT_AT_MOST] = (value <= limit),
		[BT_ABOVE] = (value > limit),
		[BT_AT_LEAST] = (value >= limit),
	};

	if (isnan(value))
		return BT_UNKNOWN;
	return held[t->op] ? BT_HELD : BT_CROSSED;
}

char *bt_threshold_fmt(char *buf, size_t size, enum bt_threshold_unit unit, double value)
{
	switch (unit) {
	case BT_UNIT_NS:
		return bt_fmt_ns(buf, size, value);
	case BT_UNIT_BYTES:
		return bt_fmt_bytes(buf, size, value);
	case BT_UNIT_SHARE:
		return bt_fmt_share(buf, size, value);
	case BT_UNIT_NUMBER:
	case BT_UNIT_RATIO:
		break;
	}
	return bt_fmt_number(buf, size, value);
}
