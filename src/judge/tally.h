/*
 * tally.h: what a reader of snapshots has to remember to tell how a run went: every segment's
 * latest record, the first examples of each error class, events, the last snapshot's totals.
 * Report, verdict and summary are made from it. Its memory is bounded: segments and events up to a
 * limit, then counted.
 */
#ifndef BT_TALLY_H
#define BT_TALLY_H

#include "core/source.h"
#include "judge/leak.h"

#define BT_TALLY_SEGMENTS 4096
#define BT_TALLY_EVENTS   512

struct bt_tally {
	const struct bt_run_info *info;
	struct bt_segment_record *segments;
	unsigned n_segments;
	struct bt_event *events;
	unsigned n_events;
	struct bt_note_record notes[BT_ERROR_CLASSES_MAX][BT_NOTES_EACH];
	unsigned n_notes[BT_ERROR_CLASSES_MAX];
	struct bt_snapshot *last; /* the last put, whole; before the first: zeros, usage unknown */
	struct bt_usage first_usage; /* of the first snapshot, which ended at first_t_ns */
	uint64_t first_t_ns;
	uint64_t watched_rss_peak; /* highest of the watched processes; 0: none known */
	double peak_rate; /* highest completed/s over one second of the run; NAN: none yet */
	uint64_t snapshots;
	uint64_t segments_dropped, events_dropped; /* past the limits */
	uint64_t scored_from[BT_METRICS_MAX];      /* COUNTER rows when scoring began */
	uint64_t window_ns, window_completed;      /* of the second in progress, for peak_rate */
	unsigned segments_room;
	struct bt_leak_series memory; /* since scoring began */
	struct bt_leak leak;          /* concluded whenever a window is complete */
};

/* info must outlive the tally. -ENOMEM. */
int bt_tally_init(struct bt_tally *tally, const struct bt_run_info *info, struct bt_err *err);
void bt_tally_put(struct bt_tally *tally, const struct bt_snapshot *snap);
void bt_tally_fini(struct bt_tally *tally);

/* The figures that are concluded from the totals. NAN: unknown. */
struct bt_totals {
	double throughput, units_per_s; /* per second of scored time */
	double error_rate;     /* share of the operations that ended which failed or expired */
	double cpu_usage;      /* processors in use on average, since the first snapshot */
	double rss_growth;     /* (peak - start) / start */
	double p50_ns, p99_ns; /* response time; service time when the loop is closed */
};

void bt_totals_of(struct bt_totals *out, const struct bt_tally *tally);

/* Steps that broke; NAN: none was judged (yet). */
double bt_steps_broken(const struct bt_tally *tally);

/* Growth of a COUNTER row since scoring began, per second of scored time. NAN: no scored time. */
double bt_counter_rate(const struct bt_tally *tally, unsigned row);

/* The totals' latency that answers for the run: response when the loop is open, else service. */
static inline const struct bt_latency *bt_run_latency(const struct bt_tally *tally)
{
	return tally->info->open_loop ? &tally->last->total_response : &tally->last->total_service;
}

#endif
