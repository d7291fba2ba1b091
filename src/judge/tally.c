/*
 * Gathers snapshots into everything that report, verdict and summary need, in memory that does
 * not grow with the run's length. Snapshots already carry cumulative totals, so most of a tally
 * is the last snapshot. Beside it are things that a later snapshot no longer has: the latest
 * record of each segment, the first examples of each error class, events, counters when scoring
 * began, the best second, and the lower envelope of memory.
 *
 * The lists are bounded; past their bounds items are counted as dropped. Live, stored and remote
 * runs go through this one file, so their reports agree by construction. Copying a snapshot
 * copies only the touched ranges of its histograms: at ten a second a plain copy would do as
 * well, but the report of a stored run puts thousands at once.
 */
#include "judge/tally.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SEGMENTS_FIRST 16 /* most runs have fewer: what they need is there before they begin */

static const struct bt_usage unknown_usage = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
	UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
static const struct bt_net unknown_net = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX };
static const struct bt_watched unknown_watched = { UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX,
	UINT64_MAX };

int bt_tally_init(struct bt_tally *tally, const struct bt_run_info *info, struct bt_err *err)
{
	memset(tally, 0, sizeof(*tally));
	tally->info = info;
	tally->peak_rate = NAN;
	tally->first_usage = unknown_usage;
	tally->events = calloc(BT_TALLY_EVENTS, sizeof(*tally->events));
	tally->last = calloc(1, sizeof(*tally->last));
	tally->segments = malloc(SEGMENTS_FIRST * sizeof(*tally->segments));
	tally->segments_room = SEGMENTS_FIRST;
	if (!tally->events || !tally->last || !tally->segments) {
		bt_tally_fini(tally);
		return bt_oom(err, "the tally of a run");
	}
	bt_hist_init(&tally->last->queue);
	bt_hist_init(&tally->last->service);
	bt_hist_init(&tally->last->response);
	tally->last->usage = unknown_usage;
	tally->last->net = unknown_net;
	tally->last->watched = unknown_watched;
	tally->last->rss_left_bytes = UINT64_MAX;
	tally->last->finding_value = NAN;
	bt_leak_conclude(&tally->leak, &tally->memory);
	return 0;
}

void bt_tally_fini(struct bt_tally *tally)
{
	free(tally->segments);
	free(tally->events);
	free(tally->last);
	memset(tally, 0, sizeof(*tally));
}

static struct bt_segment_record *segment_of(struct bt_tally *tally, unsigned index)
{
	struct bt_segment_record *grown;
	unsigned room = tally->segments_room;

	for (unsigned i = tally->n_segments; i-- > 0;)
		if (tally->segments[i].index == index)
			return &tally->segments[i];
	if (tally->n_segments == room) {
		room = BT_MIN(2 * room, BT_TALLY_SEGMENTS);
		grown = room > tally->n_segments ? realloc(tally->segments, room * sizeof(*grown))
						 : NULL;
		if (!grown)
			return NULL;
		tally->segments = grown;
		tally->segments_room = room;
	}
	return &tally->segments[tally->n_segments++];
}

static void keep_segments(struct bt_tally *tally, const struct bt_snapshot *snap)
{
	for (unsigned i = 0; i < snap->n_segments; i++) {
		struct bt_segment_record *kept = segment_of(tally, snap->segments[i].index);

		if (kept)
			*kept = snap->segments[i];
		else
			tally->segments_dropped++;
	}
}

static void keep_notes(struct bt_tally *tally, const struct bt_snapshot *snap)
{
	for (unsigned i = 0; i < snap->n_notes; i++) {
		unsigned c = snap->notes[i].error_class;

		if (c < BT_ERROR_CLASSES_MAX && tally->n_notes[c] < BT_NOTES_EACH)
			tally->notes[c][tally->n_notes[c]++] = snap->notes[i];
	}
}

static void keep_events(struct bt_tally *tally, const struct bt_snapshot *snap)
{
	for (unsigned i = 0; i < snap->n_events; i++) {
		if (tally->n_events < BT_TALLY_EVENTS)
			tally->events[tally->n_events++] = snap->events[i];
		else
			tally->events_dropped++;
	}
}

/* Snapshots come at 10 Hz with some jitter, so a second is complete a little before it is full. */
static void keep_peak(struct bt_tally *tally, const struct bt_snapshot *snap)
{
	double rate;

	tally->window_ns += snap->span_ns;
	tally->window_completed += snap->interval.completed;
	if (tally->window_ns < 950 * BT_NS_PER_MS &&
		!(snap->last && isnan(tally->peak_rate) && tally->window_ns))
		return;
	rate = (double)tally->window_completed / ((double)tally->window_ns / 1e9);
	tally->peak_rate = fmax(tally->peak_rate, rate);
	tally->window_ns = tally->window_completed = 0;
}

/* A snapshot is mostly histograms, and those mostly untouched: copies the rest and the touched
 * ranges. */
static void keep_snapshot(struct bt_snapshot *last, const struct bt_snapshot *snap)
{
	const size_t head = offsetof(struct bt_snapshot, queue);
	const size_t tail = offsetof(struct bt_snapshot, target_rate);

	memcpy(last, snap, head);
	memcpy((char *)last + tail, (const char *)snap + tail, sizeof(*snap) - tail);
	bt_hist_copy(&last->queue, &snap->queue);
	bt_hist_copy(&last->service, &snap->service);
	bt_hist_copy(&last->response, &snap->response);
}

/* Until scoring has begun, the counters of the snapshot before are where it begins. */
static void keep_counters(struct bt_tally *tally)
{
	for (unsigned i = 0; i < tally->info->n_metrics && i < BT_METRICS_MAX; i++)
		if (tally->info->metrics[i].kind == BT_COUNTER)
			tally->scored_from[i] = tally->last->metrics[i].u;
}

/* The last snapshot is of a process that has taken its workload down. */
static void keep_memory(struct bt_tally *tally, const struct bt_snapshot *snap)
{
	const struct bt_segment *plan =
		snap->n_segments ? &snap->segments[snap->n_segments - 1].plan : NULL;

	if (!snap->scored_ns || snap->last)
		return;
	if (plan && (plan->data_items || plan->mode == BT_FILL)) /* it grows on purpose */
		return;
	if (bt_leak_add(&tally->memory, snap->t_ns, snap->usage.rss_bytes))
		bt_leak_conclude(&tally->leak, &tally->memory);
}

static void keep_watched(struct bt_tally *tally, const struct bt_snapshot *snap)
{
	uint64_t now = snap->watched.rss_bytes;

	if (now != UINT64_MAX)
		tally->watched_rss_peak = BT_MAX(tally->watched_rss_peak, now);
}

void bt_tally_put(struct bt_tally *tally, const struct bt_snapshot *snap)
{
	if (!tally->snapshots++) {
		tally->first_usage = snap->usage;
		tally->first_t_ns = snap->t_ns;
	}
	if (!tally->last->scored_ns)
		keep_counters(tally);
	keep_segments(tally, snap);
	keep_notes(tally, snap);
	keep_events(tally, snap);
	keep_peak(tally, snap);
	keep_memory(tally, snap);
	keep_watched(tally, snap);
	keep_snapshot(tally->last, snap);
}

static double per_scored_s(const struct bt_tally *tally, uint64_t n)
{
	uint64_t ns = tally->last->scored_ns;

	return ns ? (double)n / ((double)ns / 1e9) : NAN;
}

double bt_counter_rate(const struct bt_tally *tally, unsigned row)
{
	return per_scored_s(tally, tally->last->metrics[row].u - tally->scored_from[row]);
}

static double cpu_usage(const struct bt_tally *tally)
{
	uint64_t before = tally->first_usage.cpu_ns, now = tally->last->usage.cpu_ns;

	if (before == UINT64_MAX || now == UINT64_MAX || tally->last->t_ns <= tally->first_t_ns)
		return NAN;
	return (double)(now - before) / (double)(tally->last->t_ns - tally->first_t_ns);
}

static double rss_growth(const struct bt_snapshot *last)
{
	if (!last->rss_start_bytes || last->rss_start_bytes == UINT64_MAX ||
		last->rss_peak_bytes == UINT64_MAX)
		return NAN;
	return ((double)last->rss_peak_bytes - (double)last->rss_start_bytes) /
		(double)last->rss_start_bytes;
}

void bt_totals_of(struct bt_totals *out, const struct bt_tally *tally)
{
	const struct bt_counts *total = &tally->last->total;
	const struct bt_latency *latency = bt_run_latency(tally);
	uint64_t bad = total->failed + total->expired, ended = bad + total->completed;

	out->throughput = per_scored_s(tally, total->completed);
	out->units_per_s = per_scored_s(tally, total->units);
	out->error_rate = ended ? (double)bad / (double)ended : NAN;
	out->cpu_usage = cpu_usage(tally);
	out->rss_growth = rss_growth(tally->last);
	out->p50_ns = latency->count ? (double)latency->q[BT_Q50] : NAN;
	out->p99_ns = latency->count ? (double)latency->q[BT_Q99] : NAN;
}

double bt_steps_broken(const struct bt_tally *tally)
{
	unsigned judged = 0, broken = 0;

	for (unsigned i = 0; i < tally->n_segments; i++) {
		judged += tally->segments[i].result.outcome != BT_STEP_NONE;
		broken += tally->segments[i].result.outcome == BT_STEP_BROKE;
	}
	return judged ? broken : NAN;
}
