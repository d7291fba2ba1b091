#include "ui/live_model.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define COARSE_BITS 3 /* 2^3 buckets an octave */
#define COARSE_LOW  6 /* the first bucket begins at 2^6 ns */

static unsigned coarse_index(uint64_t ns)
{
	unsigned octave, index;

	if (ns < (1u << COARSE_LOW))
		return 0;
	octave = 63u - (unsigned)__builtin_clzll(ns);
	index = ((octave - COARSE_LOW) << COARSE_BITS) +
		(unsigned)(ns >> (octave - COARSE_BITS) & ((1u << COARSE_BITS) - 1));
	return BT_MIN(index, BT_COARSE_LEN - 1u);
}

static double coarse_edge(unsigned index, double part)
{
	unsigned octave = (index >> COARSE_BITS) + COARSE_LOW;

	part += index & ((1u << COARSE_BITS) - 1);
	return ldexp(1 + part / (1u << COARSE_BITS), (int)octave);
}

double bt_coarse_low(unsigned index)
{
	return coarse_edge(index, 0);
}

static void point_clear(struct bt_point *point)
{
	unsigned i;

	memset(point, 0, sizeof(*point));
	for (i = 0; i < BT_LATENCIES; i++)
		point->times[i].lo = BT_COARSE_LEN;
}

static void coarse_add(struct bt_coarse *into, const struct bt_coarse *from)
{
	unsigned i;

	for (i = from->lo; i <= from->hi && i < BT_COARSE_LEN; i++)
		into->c[i] += from->c[i];
	into->lo = BT_MIN(into->lo, from->lo);
	into->hi = BT_MAX(into->hi, from->hi);
}

static void point_add(struct bt_point *into, const struct bt_point *from)
{
	unsigned i;

	into->span_ns += from->span_ns;
	into->cpu_ns += from->cpu_ns;
	into->cpu_span_ns += from->cpu_span_ns;
	into->rss_bytes = BT_MAX(into->rss_bytes, from->rss_bytes);
	into->offered += from->offered;
	into->completed += from->completed;
	into->failed += from->failed;
	into->expired += from->expired;
	into->paused |= from->paused;
	for (i = 0; i < BT_LATENCIES; i++)
		coarse_add(&into->times[i], &from->times[i]);
}

static void coarse_share(
	struct bt_coarse *out, const struct bt_coarse *whole, unsigned part, unsigned parts)
{
	uint64_t n;
	unsigned i;

	for (i = whole->lo; i <= whole->hi && i < BT_COARSE_LEN; i++) {
		n = whole->c[i];
		out->c[i] = (uint32_t)(n * (part + 1) / parts - n * part / parts);
	}
}

/* Part `part` of `parts` equal ones of a point. Parts of a bucket are rounded so that all parts
 * together are the whole. */
static void point_share(
	struct bt_point *out, const struct bt_point *whole, unsigned part, unsigned parts)
{
	unsigned i;

	*out = *whole;
	out->span_ns = whole->span_ns / parts;
	out->cpu_ns = whole->cpu_ns / parts;
	out->cpu_span_ns = whole->cpu_span_ns / parts;
	out->offered = whole->offered / parts;
	out->completed = whole->completed / parts;
	out->failed = whole->failed / parts;
	out->expired = whole->expired / parts;
	for (i = 0; i < BT_LATENCIES; i++)
		coarse_share(&out->times[i], &whole->times[i], part, parts);
}

double bt_point_quantile(const struct bt_point *point, enum bt_time time, double q)
{
	const struct bt_coarse *h = &point->times[time];
	uint64_t count = 0, seen = 0;
	unsigned i;

	for (i = h->lo; i <= h->hi && i < BT_COARSE_LEN; i++)
		count += h->c[i];
	for (i = h->lo; i <= h->hi && i < BT_COARSE_LEN; i++) {
		seen += h->c[i];
		if (seen > 0 && (double)seen >= ceil(q * (double)count))
			return coarse_edge(i, 0.5);
	}
	return NAN;
}

double bt_point_rate(const struct bt_point *point, double count)
{
	return point->span_ns ? count / ((double)point->span_ns / 1e9) : NAN;
}

int bt_model_init(struct bt_model *model, const struct bt_run_info *info, struct bt_err *err)
{
	int rc;

	memset(model, 0, sizeof(*model));
	model->info = info;
	model->point_ns = BT_POINT_NS;
	model->points = malloc(BT_POINTS * sizeof(*model->points));
	if (!model->points)
		return bt_oom(err, "%d points", BT_POINTS);
	memset(model->points, 0, BT_POINTS * sizeof(*model->points));
	point_clear(&model->recent);
	rc = bt_tally_init(&model->tally, info, err);
	if (rc == 0) {
		rc = bt_trace_init(&model->trace, err);
		if (rc < 0)
			bt_tally_fini(&model->tally);
	}
	if (rc < 0) {
		free(model->points);
		model->points = NULL;
	}
	return rc;
}

void bt_model_fini(struct bt_model *model)
{
	if (!model->points)
		return;
	bt_tally_fini(&model->tally);
	bt_trace_fini(&model->trace);
	free(model->points);
	model->points = NULL;
}

/* Merges neighbours. */
static void halve(struct bt_model *model)
{
	unsigned i;

	for (i = 0; 2 * i < model->n_points; i++) {
		if (i > 0)
			model->points[i] = model->points[2 * i];
		if (2 * i + 1 < model->n_points)
			point_add(&model->points[i], &model->points[2 * i + 1]);
	}
	model->n_points = (model->n_points + 1) / 2;
	model->point_ns *= 2;
}

static struct bt_point *point_at(struct bt_model *model, uint64_t t_ns)
{
	while (t_ns / model->point_ns >= BT_POINTS)
		halve(model);
	while (model->n_points <= t_ns / model->point_ns)
		point_clear(&model->points[model->n_points++]);
	return &model->points[t_ns / model->point_ns];
}

enum bt_time bt_model_time(const struct bt_model *model)
{
	return model->info->open_loop ? BT_RESPONSE : BT_SERVICE;
}

static void coarse_of(struct bt_coarse *out, const struct bt_hist *h)
{
	unsigned at;
	uint32_t i;

	for (i = h->lo; i <= h->hi && i < BT_HIST_LEN; i++) {
		if (!h->c[i])
			continue;
		at = coarse_index(bt_hist_low(i));
		out->c[at] += (uint32_t)h->c[i];
		out->lo = (uint16_t)BT_MIN(out->lo, at);
		out->hi = (uint16_t)BT_MAX(out->hi, at);
	}
}

static void point_of(
	struct bt_point *point, const struct bt_model *model, const struct bt_snapshot *snap)
{
	point_clear(point);
	point->span_ns = snap->span_ns;
	point->offered = (double)snap->interval.offered;
	point->completed = (double)snap->interval.completed;
	point->failed = (double)snap->interval.failed;
	point->expired = (double)snap->interval.expired;
	point->paused = snap->paused;
	if (snap->usage.rss_bytes != UINT64_MAX)
		point->rss_bytes = snap->usage.rss_bytes;
	/* What was used before the first snapshot may be from before the run. */
	if (model->tally.snapshots > 1 && snap->usage.cpu_ns != UINT64_MAX &&
		snap->usage.cpu_ns >= model->cpu_ns) {
		point->cpu_ns = snap->usage.cpu_ns - model->cpu_ns;
		point->cpu_span_ns = snap->t_ns - BT_MIN(model->cpu_at_ns, snap->t_ns);
	}
	coarse_of(&point->times[BT_RESPONSE], &snap->response);
	coarse_of(&point->times[BT_SERVICE], &snap->service);
	coarse_of(&point->times[BT_QUEUE], &snap->queue);
}

/* Spreads a snapshot over the points it covers, so that a reader that fell behind leaves no false
 * gaps. */
static void put_points(struct bt_model *model, const struct bt_point *point, uint64_t end_ns)
{
	uint64_t begin_ns = end_ns - BT_MIN(point->span_ns, end_ns), parts, i;
	struct bt_point share;

	point_at(model, end_ns ? end_ns - 1 : 0);
	parts = BT_MAX((point->span_ns + model->point_ns / 2) / model->point_ns, 1u);
	for (i = 0; i < parts; i++) {
		point_share(&share, point, (unsigned)i, (unsigned)parts);
		point_add(
			point_at(model, begin_ns + (2 * i + 1) * (end_ns - begin_ns) / (2 * parts)),
			&share);
	}
}

static void renew_recent(struct bt_model *model)
{
	unsigned last = model->n_points - 1, back = (unsigned)(BT_NS_PER_S / model->point_ns);

	bt_model_sum(&model->recent, model, last - BT_MIN(last, BT_MAX(back, 1u) - 1), last);
}

static void mark_metrics(struct bt_model *model, const struct bt_snapshot *snap)
{
	unsigned i;

	if (model->tally.snapshots > 1 && snap->t_ns < model->marks[1].t_ns + BT_NS_PER_S)
		return;
	model->marks[0] = model->marks[1];
	model->marks[1].t_ns = snap->t_ns;
	model->marks[1].net = snap->net;
	model->marks[1].watched = snap->watched;
	for (i = 0; i < BT_METRICS_MAX; i++)
		model->marks[1].u[i] = snap->metrics[i].u;
	if (model->tally.snapshots == 1)
		model->marks[0] = model->marks[1];
}

double bt_model_metric_rate(const struct bt_model *model, unsigned row)
{
	const struct bt_snapshot *last = bt_model_last(model);
	const struct bt_metric_mark *mark = &model->marks[0];

	if (last && model->ended)
		return bt_counter_rate(&model->tally, row);
	if (!last || last->t_ns <= mark->t_ns)
		return NAN;
	return (double)(last->metrics[row].u - mark->u[row]) /
		((double)(last->t_ns - mark->t_ns) / 1e9);
}

void bt_model_put(struct bt_model *model, const struct bt_snapshot *snap)
{
	struct bt_point point;
	unsigned i;

	bt_tally_put(&model->tally, snap);
	point_of(&point, model, snap);
	if (snap->usage.cpu_ns != UINT64_MAX) {
		model->cpu_ns = snap->usage.cpu_ns;
		model->cpu_at_ns = snap->t_ns;
	}
	put_points(model, &point, snap->t_ns);
	bt_trace_put(&model->trace, snap);
	for (i = 0; i < snap->n_slow; i++)
		model->n_slowest =
			bt_slow_keep(model->slowest, model->n_slowest, BT_SLOWEST, &snap->slow[i]);
	renew_recent(model);
	mark_metrics(model, snap);
	model->ended |= snap->last;
	if (snap->last || model->judged_ns == 0 || snap->t_ns >= model->judged_ns + BT_NS_PER_S) {
		bt_judge(&model->judgement, &model->tally);
		model->judged_ns = snap->t_ns;
	}
}

void bt_model_end(struct bt_model *model)
{
	model->ended = true;
}

const struct bt_snapshot *bt_model_last(const struct bt_model *model)
{
	return model->tally.snapshots ? model->tally.last : NULL;
}

const struct bt_segment_record *bt_model_segment(const struct bt_model *model)
{
	unsigned n = model->tally.n_segments;

	return n ? &model->tally.segments[n - 1] : NULL;
}

void bt_model_sum(struct bt_point *out, const struct bt_model *model, unsigned from, unsigned to)
{
	unsigned i;

	point_clear(out);
	for (i = from; i <= to && i < model->n_points; i++)
		point_add(out, &model->points[i]);
}
