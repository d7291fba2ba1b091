/*
 * trace.h: the run over time, exactly, in fixed memory: a list of slices, each one or more
 * neighbouring snapshots. A slice keeps counts, the readings at its end, its slowest operations,
 * and its histograms as sparse bytes (hist.h) in a fixed arena. When slices or bytes run out,
 * neighbours are joined: histograms and counts add, so a window from one slice's edge to another's
 * is exact always; only the edges become fewer, at least a few hundred over the run. Main thread
 * only.
 */
#ifndef BT_UI_TRACE_H
#define BT_UI_TRACE_H

#include "judge/threshold.h"

#define BT_SLICES      1024
#define BT_SLICE_NS    (100 * BT_NS_PER_MS) /* a slice's least length at first */
#define BT_SLICE_SLOW  8
#define BT_WINDOW_SLOW 16
#define BT_TRACE_BYTES (4u << 20)

/* The times of an operation. */
enum bt_time { BT_RESPONSE, BT_SERVICE, BT_QUEUE, BT_LATENCIES };
extern const char *const bt_time_name[]; /* "response time", "service time", "queue time" */

/* What is cumulative or just so, at one moment. */
struct bt_reading {
	struct bt_mark mark; /* scored totals, metrics, processor, memory */
	/* Of all operations, warm-up and the like included, since the first snapshot. */
	struct bt_counts all;
	uint64_t errors[BT_ERROR_CLASSES_MAX]; /* scored */
	struct bt_usage usage;
	struct bt_net net;
	struct bt_watched watched;
	uint64_t backlog;
	double target_rate; /* op/s; NAN: closed loop */
	unsigned segment;   /* index of the current one */
	bool paused;
};

struct bt_slice {
	uint64_t begin_ns, end_ns; /* since the run's start */
	struct bt_reading end;
	uint64_t rss_peak; /* bytes, highest reading of it; 0: none */
	uint32_t at, len; /* its histograms' bytes in the arena, BT_LATENCIES one after the other */
	uint32_t size[BT_LATENCIES];
	unsigned n_slow;
	struct bt_slow slow[BT_SLICE_SLOW]; /* slowest first */
};

struct bt_trace {
	struct bt_slice *slices;
	unsigned n;
	uint64_t unit_ns; /* least length of a slice; the last may be shorter */
	uint8_t *bytes;
	uint32_t used;
	struct bt_slice open;  /* what the next slice has so far; begin_ns == end_ns: nothing */
	struct bt_hist *hists; /* scratch and sums, see trace.c */
};

/* The run between two slices' edges. */
struct bt_window {
	uint64_t from_ns, to_ns; /* the edges; the same: nothing is known there */
	struct bt_reading before, after;
	struct bt_latency lat[BT_LATENCIES];      /* by completion, of all operations */
	const struct bt_hist *hist[BT_LATENCIES]; /* the trace's, until the next call */
	uint64_t rss_peak;                        /* 0: unknown */
	unsigned n_slow;
	struct bt_slow slow[BT_WINDOW_SLOW]; /* slowest first */
};

/* -ENOMEM. All memory is touched here. */
int bt_trace_init(struct bt_trace *trace, struct bt_err *err);
void bt_trace_fini(struct bt_trace *trace); /* also of one that is all zeros */
void bt_trace_put(struct bt_trace *trace, const struct bt_snapshot *snap);

/* Fills the window of the slices that from_ns..to_ns touches; NULL hist and zeros where there is
 * none. */
void bt_trace_window(
	struct bt_trace *trace, struct bt_window *out, uint64_t from_ns, uint64_t to_ns);
/* The histogram of everything put so far. */
const struct bt_hist *bt_trace_whole(const struct bt_trace *trace, enum bt_time time);
/* The end of the last snapshot; 0: none yet. */
uint64_t bt_trace_end(const struct bt_trace *trace);

/* What of the window's operations happened in it: the difference of all that was counted. */
void bt_window_counts(struct bt_counts *out, const struct bt_window *window);

/* Puts an operation into a list of at most max, slowest first, if it belongs there. Returns the new
 * length. */
unsigned bt_slow_keep(struct bt_slow *list, unsigned n, unsigned max, const struct bt_slow *slow);

#endif
