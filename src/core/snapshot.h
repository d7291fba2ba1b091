/*
 * snapshot.h: what is known of a run at one moment: a plain value. Everything shown, stored,
 * exported or replayed is a stream of snapshots; a consumer needs nothing else but the run's
 * description (source.h).
 *
 * Interval figures go by completion: they hold what ended since the snapshot before, of whatever
 * segment. Totals hold scored segments only.
 */
#ifndef BT_SNAPSHOT_H
#define BT_SNAPSHOT_H

#include "core/hist.h"
#include "core/metric.h"
#include "core/segment.h"
#include "core/workload.h"

/* What the operating system says of this process and machine; cumulative unless said. Unknown is
 * NAN / UINT64_MAX. */
struct bt_usage {
	uint64_t rss_bytes;   /* now */
	uint64_t cpu_ns;      /* user + system, whole process */
	uint64_t involuntary; /* context switches */
	uint64_t steal_ns;    /* whole machine, from /proc/stat */
	uint64_t throttled;   /* cgroup: periods throttled */
	uint64_t swap_bytes;  /* of this process, now */
	uint64_t descriptors; /* the most that were open at any reading so far, about: see proc.c */
	uint64_t waited_ns;   /* workers: ready to run and without a processor, all together */
};

/* Bytes through the network since the run's start. Unknown is UINT64_MAX. */
struct bt_net {
	/* Over this process's TCP connections, without headers. */
	uint64_t own_in_bytes, own_out_bytes;
	uint64_t if_in_bytes, if_out_bytes; /* over the machine's interfaces, all but lo */
};

/* The processes that --watch-pid or --watch-name names, summed. Unknown, and nothing watched, is
 * UINT64_MAX. */
struct bt_watched {
	uint64_t processes;   /* alive now */
	uint64_t rss_bytes;   /* now */
	uint64_t cpu_ns;      /* user + system, since the run's start */
	uint64_t threads;     /* now */
	uint64_t descriptors; /* now; unknown of another user's process */
};

struct bt_note_record { /* an example of an error */
	unsigned error_class, worker;
	uint64_t t_ns;
	char text[BT_NOTE_MAX];
};

struct bt_slow { /* one of the slowest operations of the interval */
	uint64_t n, end_t_ns, queue_ns, service_ns;
	unsigned worker, segment;
	int error_class; /* -1: completed */
};

enum bt_event_kind {
	BT_EV_RATE,
	BT_EV_PAUSE,
	BT_EV_RESUME,
	BT_EV_STEP,  /* a step's verdict, or that it was ended by hand */
	BT_EV_ERROR, /* the first of its class */
	BT_EV_NOTE,  /* the user's words, or why a command was not obeyed */
	BT_EV_STOP,
	BT_EV_SPIKE,
	BT_EV_BASELINE, /* a stretch of the run became a baseline */
};

struct bt_event {
	uint64_t t_ns;
	enum bt_event_kind kind;
	char text[1020]; /* a note is as long as a command's text */
};

#define BT_SNAP_SEGMENTS 32
#define BT_SNAP_NOTES    32
#define BT_SNAP_SLOW     16
#define BT_SNAP_EVENTS   16

struct bt_snapshot {
	uint64_t seq;     /* from 1 */
	uint64_t wall_ns; /* unix time at the end of the interval */
	uint64_t t_ns;    /* end of the interval, since the run's start */
	uint64_t span_ns; /* length of the interval */
	bool last;        /* the run has ended; totals are final */

	/* The interval. */
	struct bt_counts interval;
	struct bt_hist queue, service, response;
	double target_rate; /* offered rate asked for at t_ns, op/s; NAN: closed loop */

	/* The run so far. */
	struct bt_counts total; /* scored */
	/* Time of scored segments that has passed, pauses and drains not in it. */
	uint64_t scored_ns;
	struct bt_latency total_queue, total_service, total_response;
	/* Scheduling lag: how late the generator itself began operations; scored. */
	struct bt_latency lag;
	uint64_t warm_offered, warm_failed;    /* outside scored segments */
	uint64_t errors[BT_ERROR_CLASSES_MAX]; /* scored */
	uint64_t backlog;                      /* due and not begun, now, all segments */
	union bt_value metrics[BT_METRICS_MAX];
	char texts[BT_METRICS_MAX][BT_TEXT_MAX]; /* TEXT rows */
	struct bt_latency times[BT_METRICS_MAX]; /* TIMES rows, the run so far */
	struct bt_usage usage;
	struct bt_net net;
	struct bt_watched watched;
	/* Before the workload, at the first scored op, highest. */
	uint64_t rss_floor_bytes, rss_start_bytes, rss_peak_bytes;
	/* Last snapshot: resident after the workload is torn down, above the floor. */
	uint64_t rss_left_bytes;
	uint64_t clock_drift_ns; /* largest |our clock − CLOCK_MONOTONIC| seen */
	bool fatal;              /* a workload ended the run: BT_FATAL */
	bool paused;

	/* Since the snapshot before. segments[] holds every record that changed; the last entry is
	 * the current segment. */
	unsigned n_segments, n_notes, n_slow, n_events;
	struct bt_segment_record segments[BT_SNAP_SEGMENTS];
	struct bt_note_record notes[BT_SNAP_NOTES];
	struct bt_slow slow[BT_SNAP_SLOW];
	uint64_t slow_dropped;
	struct bt_event events[BT_SNAP_EVENTS];

	/* The profile's answer so far: "limit", "op/s"; finding_value NAN: none yet. */
	char finding_name[24], finding_unit[16], finding_text[BT_FINDING_TEXT];
	double finding_value;
};

#endif
