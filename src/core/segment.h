/*
 * segment.h: what the load is for a while. A run is an append-only list of segments; the list is
 * stored with the run, so that any run can be drawn, repeated and replayed.
 */
#ifndef BT_SEGMENT_H
#define BT_SEGMENT_H

#include "base/base.h"
#include "core/hist.h"

enum bt_mode { BT_OPEN, BT_CLOSED, BT_IDLE, BT_FILL };
enum bt_arrivals { BT_CONSTANT, BT_POISSON };

extern const char *const bt_mode_name[];     /* "open", "closed", "idle", "fill"; NULL-ended */
extern const char *const bt_arrivals_name[]; /* "constant", "poisson"; NULL-ended */

/* 50 days: the schedule's fixed point. */
#define BT_SEGMENT_SPAN_MAX (UINT64_C(50) * 86400 * BT_NS_PER_S)
#define BT_FOREVER          UINT64_MAX
#define BT_FINDING_TEXT     480 /* what a profile found, in words */

/*
 * The plan of one segment. In one of mode FILL a data set grows or is given back: nothing is
 * offered, and its time is not planned.
 */
struct bt_segment {
	enum bt_mode mode;
	enum bt_arrivals arrivals;
	double rate_from, rate_to; /* operations per second; equal: constant; OPEN only */
	uint64_t span_ns;          /* BT_FOREVER: until items are done or a command ends it */
	uint64_t settle_ns;        /* judged: how long its last operations are waited for */
	uint64_t items;            /* operations to offer at most; 0: no such limit */
	unsigned workers;          /* the first so many take part */
	unsigned concurrency;      /* calls in flight in all, workloads that wait */
	unsigned level; /* of a step that scales: nodes, threads or processors; 0: none of these */
	unsigned processors; /* its workers may use the first so many; 0: all that there are */
	bool pinned;         /* each of them keeps to one of these */
	/* That FILL brings the data set to, or that it has under load; 0: none. */
	uint64_t data_items;
	/* That each operation has, of a step of sizes; 0: what the workload gives it. */
	uint64_t op_units;
	/* Number within a ramp, from 1, and how many there can be; 0: not a step, unknown. */
	unsigned step, steps;
	bool scored;    /* counts towards the result: not warm-up, not a pause */
	bool judged;    /* the next segment waits until this one is drained or settled */
	bool manual;    /* appended by a command, not by the profile */
	char label[24]; /* "warm-up", "load", "step", "pause" */
};

enum bt_segment_state { BT_SEG_RUNNING, BT_SEG_DRAINING, BT_SEG_CLOSED };

enum bt_step_outcome {
	BT_STEP_NONE, /* not judged (yet) */
	BT_STEP_HELD,
	BT_STEP_BROKE,
};

struct bt_counts {
	uint64_t offered;   /* open: due so far, taken up or not; closed: begun */
	uint64_t completed; /* right answers */
	uint64_t failed;
	uint64_t expired; /* given up by the catch-up policy or the age limit before they began */
	uint64_t units;
};

/* offered - completed - failed - expired: begun and not ended, or due and not begun. */
static inline uint64_t bt_in_flight(const struct bt_counts *c)
{
	return c->offered - c->completed - c->failed - c->expired;
}

/* What happened in one segment. Operations belong to the segment of their intended start. */
struct bt_segment_result {
	enum bt_segment_state state;
	/* Since the run's start; end: of the arrivals, planned end while running. */
	uint64_t start_ns, end_ns;
	uint64_t last_end_ns; /* when the last operation so far ended; 0: none has */
	struct bt_counts counts;
	uint64_t completed_in_span; /* completed before end_ns */
	/* Offered and not ended, at the middle and at the end of the span. */
	uint64_t backlog_mid, backlog_end;
	/* Until then, how often the backlog was looked at, and the sum of its squared changes from
	 * one look to the next. */
	uint64_t looks_mid, looks_end;
	double walk_mid, walk_end;
	struct bt_latency queue, service, response;
	uint64_t rss_bytes; /* resident memory when it was last read in its time; 0: never */
	/* Of a step with a data set; 0: not read. Before it was filled, the highest, when it was
	 * released. */
	uint64_t rss_before_bytes, rss_peak_bytes, rss_after_bytes;
	uint64_t counted_bytes; /* that the data set has taken, by the workload's own count */
	uint64_t filled;        /* items that the data set has reached */
	uint64_t no_memory;     /* operations that failed because memory did */
	/* Scaling: the rate as a multiple of one worker's, and as a share of full scaling; 0:
	 * none. */
	double ratio, efficiency;
	enum bt_step_outcome outcome;
	char reason[96]; /* why it broke, in words */
};

/* A segment with its place in the list. */
struct bt_segment_record {
	unsigned index;
	struct bt_segment plan;
	struct bt_segment_result result;
};

/* Whether a record is a row of the table of steps: of a data set, the load on it, or the filling
 * that could not be done. */
static inline bool bt_is_step(const struct bt_segment_record *rec)
{
	return rec->plan.step &&
		(rec->plan.mode != BT_FILL || rec->result.outcome == BT_STEP_BROKE);
}

/*
 * The schedule: due times relative to the segment's start in fixed point, BT_DUE_SHIFT fractional
 * bits of a ns, so that rates that do not divide a second do not drift (at 10^7 op/s less than 3 in
 * 10^6).
 */
#define BT_DUE_SHIFT 12
/* First due time. */
uint64_t bt_due_first(const struct bt_segment *seg, uint64_t seed);
/* The due time after `due`; UINT64_MAX when the segment offers no more. Pure; any thread. */
uint64_t bt_due_next(const struct bt_segment *seg, uint64_t seed, uint64_t due);
/* Target rate at time t since the segment's start, op/s. */
double bt_rate_at(const struct bt_segment *seg, uint64_t t_ns);

#endif
