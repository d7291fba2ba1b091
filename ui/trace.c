/*
 * The run over time with exact percentiles of any window, in fixed memory. A slice is a stretch
 * of neighbouring snapshots: counts, readings at its end, its slowest operations, and its
 * histograms as sparse bytes in an arena. When slices or bytes run out, neighbours are joined in
 * pairs and the least length of a slice doubles. Histograms and counts add, so joining loses no
 * accuracy, only edges: a few hundred to 1,024 slices remain, however long the run.
 *
 * Joining works in place, from left to right, since the sum of two histograms takes no more
 * bytes than both. Putting a snapshot costs one merge a histogram; a halving decodes everything,
 * but each one comes after twice the time of the one before. A window decodes each slice that it
 * touches, so the whole run costs up to 1,024 decodings; a tree of sums would make that
 * logarithmic. It is not worth its memory: focus.c asks again only when the window moves or the
 * run does, and keys are answered in time (bench/keys). A window's edges are edges of slices: it
 * may begin a little before and end a little after what was asked for.
 */
#include "ui/trace.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const bt_time_name[] = { "response time", "service time", "queue time", NULL };

/* Histograms of a trace: those of the open slice, of the whole run, the sum of a window, and what
 * joining takes. */
enum {
	OPEN,
	WHOLE = OPEN + BT_LATENCIES,
	SUM = WHOLE + BT_LATENCIES,
	JOIN = SUM + BT_LATENCIES,
	ONE = JOIN + BT_LATENCIES,
	HISTS
};

int bt_trace_init(struct bt_trace *trace, struct bt_err *err)
{
	unsigned i;

	memset(trace, 0, sizeof(*trace));
	trace->unit_ns = BT_SLICE_NS;
	trace->slices = malloc(BT_SLICES * sizeof(*trace->slices));
	trace->bytes = malloc(BT_TRACE_BYTES);
	trace->hists = malloc(HISTS * sizeof(*trace->hists));
	if (!trace->slices || !trace->bytes || !trace->hists) {
		bt_trace_fini(trace);
		return bt_oom(err, "a run over time");
	}
	memset(trace->slices, 0, BT_SLICES * sizeof(*trace->slices));
	memset(trace->bytes, 0, BT_TRACE_BYTES);
	for (i = 0; i < HISTS; i++)
		bt_hist_init(&trace->hists[i]);
	return 0;
}

void bt_trace_fini(struct bt_trace *trace)
{
	free(trace->slices);
	free(trace->bytes);
	free(trace->hists);
	memset(trace, 0, sizeof(*trace));
}

static uint64_t took_ns(const struct bt_slow *slow)
{
	return slow->queue_ns + slow->service_ns;
}

unsigned bt_slow_keep(struct bt_slow *list, unsigned n, unsigned max, const struct bt_slow *slow)
{
	unsigned i;

	for (i = n; i > 0 && took_ns(&list[i - 1]) < took_ns(slow); i--)
		if (i < max)
			list[i] = list[i - 1];
	if (i >= max)
		return n;
	list[i] = *slow;
	return BT_MIN(n + 1, max);
}

static void decode(struct bt_hist *h, const struct bt_trace *trace, uint32_t at, uint32_t size)
{
	int rc = bt_hist_decode(h, trace->bytes + at, size, NULL);

	assert(rc == 0);
	(void)rc;
}

/* Adds a slice's histograms to BT_LATENCIES others. */
static void add_hists(struct bt_hist *into, struct bt_trace *trace, const struct bt_slice *slice)
{
	struct bt_hist *one = &trace->hists[ONE];
	uint32_t at = slice->at;
	unsigned i;

	for (i = 0; i < BT_LATENCIES; i++) {
		decode(one, trace, at, slice->size[i]);
		bt_hist_merge(&into[i], one);
		at += slice->size[i];
	}
}

/* False when there is no room. */
static bool write_hists(struct bt_trace *trace, struct bt_slice *slice, const struct bt_hist *from)
{
	unsigned i;

	slice->at = trace->used;
	for (i = 0; i < BT_LATENCIES; i++) {
		slice->size[i] = (uint32_t)bt_hist_encode(
			&from[i], trace->bytes + trace->used, BT_TRACE_BYTES - trace->used);
		if (slice->size[i] > BT_TRACE_BYTES - trace->used) {
			trace->used = slice->at;
			return false;
		}
		trace->used += slice->size[i];
	}
	return true;
}

static void reset_hists(struct bt_trace *trace, unsigned from)
{
	unsigned i;

	for (i = from; i < from + BT_LATENCIES; i++)
		bt_hist_reset(&trace->hists[i]);
}

/* All but the histograms. */
static void join(struct bt_slice *into, const struct bt_slice *next)
{
	unsigned i;

	into->end_ns = next->end_ns;
	into->end = next->end;
	into->rss_peak = BT_MAX(into->rss_peak, next->rss_peak);
	for (i = 0; i < next->n_slow; i++)
		into->n_slow =
			bt_slow_keep(into->slow, into->n_slow, BT_SLICE_SLOW, &next->slow[i]);
}

/* Joins neighbours. What two take together is never less than what their sum takes, so it is
 * written over them. */
static void halve(struct bt_trace *trace)
{
	struct bt_slice slice;
	unsigned i, n = 0;
	bool fits;

	trace->used = 0;
	for (i = 0; i < trace->n; i += 2) {
		slice = trace->slices[i];
		reset_hists(trace, JOIN);
		add_hists(&trace->hists[JOIN], trace, &trace->slices[i]);
		if (i + 1 < trace->n) {
			add_hists(&trace->hists[JOIN], trace, &trace->slices[i + 1]);
			join(&slice, &trace->slices[i + 1]);
		}
		fits = write_hists(trace, &slice, &trace->hists[JOIN]);
		assert(fits);
		(void)fits;
		trace->slices[n++] = slice;
	}
	trace->n = n;
	trace->unit_ns *= 2;
}

static void close_slice(struct bt_trace *trace)
{
	if (trace->n == BT_SLICES)
		halve(trace);
	while (!write_hists(trace, &trace->open, &trace->hists[OPEN]) && trace->n > 1)
		halve(trace);
	trace->slices[trace->n++] = trace->open;
	reset_hists(trace, OPEN);
	trace->open.begin_ns = trace->open.end_ns;
	trace->open.rss_peak = 0;
	trace->open.n_slow = 0;
}

static void add_counts(struct bt_counts *into, const struct bt_counts *from)
{
	into->offered += from->offered;
	into->completed += from->completed;
	into->failed += from->failed;
	into->expired += from->expired;
	into->units += from->units;
}

static void read_moment(struct bt_reading *out, const struct bt_snapshot *snap)
{
	bt_mark_of(&out->mark, snap);
	add_counts(&out->all, &snap->interval);
	memcpy(out->errors, snap->errors, sizeof(out->errors));
	out->usage = snap->usage;
	out->net = snap->net;
	out->watched = snap->watched;
	out->backlog = snap->backlog;
	out->target_rate = snap->target_rate;
	out->paused = snap->paused;
	if (snap->n_segments)
		out->segment = snap->segments[snap->n_segments - 1].index;
}

void bt_trace_put(struct bt_trace *trace, const struct bt_snapshot *snap)
{
	const struct bt_hist *const from[BT_LATENCIES] = { [BT_RESPONSE] = &snap->response,
		[BT_SERVICE] = &snap->service,
		[BT_QUEUE] = &snap->queue };
	struct bt_slice *open = &trace->open;
	unsigned i;

	/* A stored run's first snapshots may say only what was before them, again and again. */
	if (trace->n == 0 && open->end_ns == open->begin_ns)
		open->begin_ns = open->end_ns = snap->t_ns - BT_MIN(snap->span_ns, snap->t_ns);
	open->end_ns = BT_MAX(snap->t_ns, open->end_ns);
	read_moment(&open->end, snap);
	if (snap->usage.rss_bytes != UINT64_MAX)
		open->rss_peak = BT_MAX(open->rss_peak, snap->usage.rss_bytes);
	for (i = 0; i < BT_LATENCIES; i++) {
		bt_hist_merge(&trace->hists[OPEN + i], from[i]);
		bt_hist_merge(&trace->hists[WHOLE + i], from[i]);
	}
	for (i = 0; i < snap->n_slow; i++)
		open->n_slow =
			bt_slow_keep(open->slow, open->n_slow, BT_SLICE_SLOW, &snap->slow[i]);
	if (open->end_ns - open->begin_ns >= trace->unit_ns)
		close_slice(trace);
}

const struct bt_hist *bt_trace_whole(const struct bt_trace *trace, enum bt_time time)
{
	return &trace->hists[WHOLE + time];
}

uint64_t bt_trace_end(const struct bt_trace *trace)
{
	return trace->open.end_ns;
}

static void add_slice(struct bt_window *out, const struct bt_slice *slice)
{
	unsigned i;

	if (out->to_ns == out->from_ns)
		out->from_ns = slice->begin_ns;
	out->to_ns = slice->end_ns;
	out->after = slice->end;
	out->rss_peak = BT_MAX(out->rss_peak, slice->rss_peak);
	for (i = 0; i < slice->n_slow; i++)
		out->n_slow = bt_slow_keep(out->slow, out->n_slow, BT_WINDOW_SLOW, &slice->slow[i]);
}

/* At least the slice that from_ns lies in. */
static bool touches(const struct bt_slice *slice, uint64_t from_ns, uint64_t to_ns)
{
	return slice->end_ns > from_ns && slice->begin_ns < BT_MAX(to_ns, from_ns + 1);
}

void bt_trace_window(
	struct bt_trace *trace, struct bt_window *out, uint64_t from_ns, uint64_t to_ns)
{
	const struct bt_slice *slice;
	unsigned i;

	memset(out, 0, sizeof(*out));
	reset_hists(trace, SUM);
	for (i = 0; i < trace->n; i++) {
		slice = &trace->slices[i];
		if (touches(slice, from_ns, to_ns)) {
			add_slice(out, slice);
			add_hists(&trace->hists[SUM], trace, slice);
		} else if (slice->end_ns <= from_ns) {
			out->before = slice->end;
		}
	}
	if (touches(&trace->open, from_ns, to_ns)) {
		add_slice(out, &trace->open);
		for (i = 0; i < BT_LATENCIES; i++)
			bt_hist_merge(&trace->hists[SUM + i], &trace->hists[OPEN + i]);
	}
	for (i = 0; i < BT_LATENCIES && out->to_ns > out->from_ns; i++) {
		out->hist[i] = &trace->hists[SUM + i];
		bt_latency_of(&out->lat[i], out->hist[i]);
	}
}

void bt_window_counts(struct bt_counts *out, const struct bt_window *window)
{
	const struct bt_counts *from = &window->before.all, *to = &window->after.all;

	*out = (struct bt_counts){ to->offered - from->offered, to->completed - from->completed,
		to->failed - from->failed, to->expired - from->expired, to->units - from->units };
}
