/*
 * conductor.h: the sampler thread: it publishes segments as the profile and commands ask, reads the
 * workers' cells at each tick, and hands snapshots to the feed. Private to the core; run.c makes
 * and ends it.
 */
#ifndef BT_CONDUCTOR_H
#define BT_CONDUCTOR_H

#include "core/board.h"
#include "core/feed.h"
#include "core/invariant.h"
#include "core/net.h"
#include "core/proc.h"
#include "core/profile.h"
#include "core/source.h"
#include "core/watch.h"

/* The last reading of one worker's cell. */
struct bt_reading {
	uint64_t begun, completed, failed, expired, units;
	uint64_t errors[BT_ERROR_CLASSES_MAX];
	struct bt_live_mark *queue, *service, *response;
};

/* What has been collected of the segment that holds a slot. */
struct bt_account {
	bool live; /* its operations are not all ended */
	unsigned segment;
	uint64_t begun;    /* of counts.offered, how many a worker began */
	uint64_t due_next; /* fixed point: first arrival not yet counted as offered */
	bool abandoned;    /* what was not begun never will be */
	bool mid_noted;
	uint64_t backlog; /* at the last tick */
	struct bt_hist queue, service, response;
};

enum bt_stage { BT_STAGE_RUNNING, BT_STAGE_DRAINING, BT_STAGE_OVER };

struct bt_conductor {
	struct bt_board *board;
	struct bt_feed feed;
	struct bt_proc proc;
	struct bt_net_reader net;
	struct bt_watch watch; /* opened by the run */
	const struct bt_profile *profile;
	void *profile_state;
	uint64_t tick_ns, drain_ns, seed;
	unsigned no_memory;   /* the error class that says so; BT_ERROR_CLASSES_MAX: none does */
	unsigned n_lanes_max; /* 1: shared dispatch */

	/* Commands, from the main thread. */
	pthread_mutex_t lock;
	struct bt_command commands[16];
	unsigned n_commands;

	/* The conductor thread's own. */
	struct bt_segment_record *records;
	bool *dirty;
	unsigned n_records;
	struct bt_account *accounts;    /* BT_SLOTS */
	struct bt_reading *readings;    /* n_workers × BT_SLOTS */
	struct bt_live_mark *lag_marks; /* n_workers */
	uint32_t *notes_read;           /* n_workers × BT_ERROR_CLASSES_MAX */
	bool error_told[BT_ERROR_CLASSES_MAX];
	const struct bt_meter **meters;
	struct bt_meter_times times;
	struct bt_hist delta, lag, total_queue, total_service, total_response;
	struct bt_counts total;
	uint64_t total_errors[BT_ERROR_CLASSES_MAX];
	enum bt_stage stage;      /* of the current segment */
	uint64_t settle_until_ns; /* DRAINING */
	bool finishing;           /* no further segments */
	uint64_t finish_by_ns;
	struct bt_segment after_pause, after_spike; /* what these cut off */
	bool paused, pause_wanted, has_after_pause, has_after_spike;
	bool spiking; /* the current segment is a spike, or a pause in one */
	/* The profile's next, which waits until nothing is in progress. */
	struct bt_segment upcoming;
	bool has_upcoming;
	void *profile_peek; /* room for a copy of the profile's state */
	uint64_t now_ns, next_tick_ns, last_tick_ns, seq;
	struct bt_event events[64];
	unsigned n_events;
	struct bt_usage usage;
	struct bt_net net_now;
	struct bt_watched watched;
	uint64_t usage_read_ns, others_read_ns, rss_floor, rss_start, rss_peak, rss_left, drift_ns;
	uint64_t wall_offset_ns; /* unix time at the run's start */
	int64_t ahead_ns;        /* of the clock at the start, see bt_clock_ahead */
	/* At the end: stops and joins the workers, tears the workload down; bytes still resident
	 * above the floor. */
	uint64_t (*quiesce)(void *arg);
	void *quiesce_arg;
	_Atomic uint32_t closing;         /* the consumer has gone */
	struct bt_invariants *invariants; /* NULL without --enable-checks */
};

int bt_conductor_init(struct bt_conductor *c, struct bt_board *board, struct bt_err *err);
void bt_conductor_fini(struct bt_conductor *c);
/* The thread's life from the first segment to the last snapshot. The board's run_start_ns is set
 * here. */
void bt_conductor_live(struct bt_conductor *c);
/* Main thread. 0, -EBUSY. */
int bt_conductor_command(struct bt_conductor *c, const struct bt_command *cmd, struct bt_err *err);

/* The segment list: what steer.c changes it by. The current segment's record. */
struct bt_segment_record *bt_conductor_current(struct bt_conductor *c);
/* Whether another segment can be published now. */
bool bt_conductor_room(const struct bt_conductor *c);
/* Makes a segment the current one. There is room. */
void bt_conductor_publish(struct bt_conductor *c, const struct bt_segment *plan);
/* Ends the current segment's arrivals now; every operation due before this moment is still offered,
 * none after it. */
void bt_conductor_cut(struct bt_conductor *c);
/* No further segments; what is in flight is waited for. */
void bt_conductor_finish(struct bt_conductor *c);

/* collect.c: what workers took back when they left becomes failed. They are gone, the accounts
 * settled. */
void bt_take_back_all(struct bt_conductor *c);

/* steer.c: obeys what was commanded since the last time. */
void bt_steer(struct bt_conductor *c);
/* A segment is done with: publishes the pause that is wanted, or what a pause or a spike cut off.
 * False: there is none. */
bool bt_steer_advance(struct bt_conductor *c);

/* collect.c: reads all cells into accounts, totals and the snapshot being filled; sets now_ns. */
void bt_collect(struct bt_conductor *c);
/* Everything begun in the account's segment has ended, and no worker will begin more. */
bool bt_account_drained(const struct bt_conductor *c, const struct bt_account *a);
/* Nothing of the segment in this slot is unfinished and no worker is at it: it may be taken
 * again. */
bool bt_slot_free(const struct bt_conductor *c, unsigned slot);
/* Gives up what is due and was not begun: recorded as at least this long. */
void bt_account_abandon(struct bt_conductor *c, struct bt_account *a);
/* Refreshes the record's counts and latencies from the account. */
void bt_account_update(struct bt_conductor *c, struct bt_account *a);

/* filling.c: segments of mode FILL, and the memory of steps with a data set. */
/* Worker 0 is past the current segment. */
bool bt_filling_over(const struct bt_conductor *c);
/* A segment begins (its record is new) or its arrivals are over. */
void bt_filling_begin(struct bt_conductor *c, struct bt_segment_record *rec);
void bt_filling_end(struct bt_conductor *c, struct bt_segment_record *rec);
/* Resident memory, into a record of a step with a data set. */
void bt_filling_memory(struct bt_segment_record *rec, uint64_t rss_bytes);

/* publish.c: completes the snapshot being filled and hands it over; false when the feed is full. */
bool bt_publish(struct bt_conductor *c, bool last);
void bt_event(struct bt_conductor *c, enum bt_event_kind kind, const char *fmt, ...)
	BT_PRINTF(3, 4);

static inline uint64_t bt_since_start(const struct bt_conductor *c, uint64_t ns)
{
	return ns - BT_MIN(ns, c->board->run_start_ns);
}

#endif
