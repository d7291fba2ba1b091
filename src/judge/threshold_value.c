/* threshold_value.c: the figure of a threshold, over the run so far or between two marks of it. */
#include <math.h>

#include "judge/threshold.h"

static double latency_of(const struct bt_latency *l, unsigned stat)
{
	if (!l->count)
		return NAN;
	if (stat == BT_STAT_MEAN)
		return l->mean;
	return (double)(stat == BT_STAT_MAX ? l->max : l->q[stat]);
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

	if (!last->scored_ns && !(t->source == BT_OF_FIELD && bt_figures[t->row].early))
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
		return bt_figures[t->row].of_run(tally);
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
		return bt_figure_of_stretch(&bt_figures[t->row], s);
	if (t->source == BT_OF_METRIC)
		return metric_within(t, s, metrics);
	return s->latency ? quantile_within(s->latency, t->row) : NAN;
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
