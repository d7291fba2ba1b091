/*
 * board.h: what conductor and workers of one run share. Private to the core.
 *
 * The conductor publishes segments in four slots (slot = segment mod 4) and takes a slot again only
 * when no worker is at, and no operation is unfinished in, the segment it held. Each worker has one
 * cell a slot, written by it alone and only ever growing; the conductor subtracts readings.
 */
#ifndef BT_BOARD_H
#define BT_BOARD_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "base/clock.h"
#include "core/hist.h"
#include "core/meter.h"
#include "core/processors.h"
#include "core/segment.h"
#include "core/snapshot.h"
#include "core/workload.h"

#define BT_SLOTS       4
#define BT_WORKERS_MAX 256
#define BT_NO_SEGMENT  UINT32_MAX
#define BT_SLOW_RING   256

enum bt_late { BT_LATE_QUEUE, BT_LATE_SKIP, BT_LATE_LIMIT };
enum bt_pacing { BT_PACING_SPIN, BT_PACING_SLEEP };
enum bt_dispatch { BT_DISPATCH_SHARED, BT_DISPATCH_LANE };

/* One schedule's next due time (fixed point, see segment.h); every claimer moves it by
 * compare-exchange. */
struct bt_lane {
	BT_CACHE_ALIGNED _Atomic uint64_t due; /* UINT64_MAX: nothing more */
	_Atomic int64_t tickets; /* operations still to be claimed; counts below 0 when exhausted */
};

/* A segment as the workers see it. The conductor writes it before publishing; after that only the
 * atomics change. */
struct bt_slot {
	struct bt_segment plan;
	uint64_t start_ns; /* clock */
	uint64_t seed;
	unsigned n_lanes;
	/* Arrivals due before this are offered; a command that cuts the segment lowers it. Its
	 * lowest bit: the conductor may still raise it (bt_slot_cut_off). */
	_Atomic uint64_t end_due;
	_Atomic uint64_t end_ns; /* closed loop: no operation begins at or after this */
	struct bt_lane lanes[BT_WORKERS_MAX];
};

/* Whether an arrival lies beyond the segment's end. While the conductor looks for the moment to
 * cut at, an arrival beyond waits for it: a worker that left too early would leave an arrival that
 * counts as offered to nobody. Any thread. */
static inline bool bt_slot_cut_off(struct bt_slot *slot, uint64_t due_fp)
{
	uint64_t end;

	do /* Acquire: pairs with the conductor's store of the end. */
		end = atomic_load_explicit(&slot->end_due, memory_order_acquire);
	while (due_fp >= end - end % 2 && end % 2 && sched_yield() == 0);
	return due_fp >= end - end % 2;
}

/* One worker's account of one slot. Only grows; written by the worker. */
struct bt_cell {
	BT_CACHE_ALIGNED _Atomic uint64_t begun;
	_Atomic uint64_t completed, failed, expired, units;
	_Atomic uint64_t last_end_ns; /* clock */
	_Atomic uint64_t errors[BT_ERROR_CLASSES_MAX];
	struct bt_live *queue, *service, *response;
};

/* Examples of errors: entries below `n` are complete and stay. Written by the worker, read by the
 * conductor. */
struct bt_notes {
	_Atomic uint32_t n;
	struct bt_note_record rec[BT_NOTES_EACH];
};

/* Slow operations: single producer (worker), single consumer (conductor). */
struct bt_slow_ring {
	BT_CACHE_ALIGNED _Atomic uint32_t head; /* worker */
	BT_CACHE_ALIGNED _Atomic uint32_t tail; /* conductor */
	_Atomic uint64_t dropped;
	struct bt_slow rec[BT_SLOW_RING];
};

/* A data set that grows or is given back. What is not atomic is worker 0's until it is past the
 * segment. */
struct bt_filling {
	_Atomic uint64_t done; /* items; worker 0 */
	_Atomic uint32_t stop; /* conductor: end it */
	int rc;                /* of the last one */
	struct bt_err err;
};

struct bt_board;

struct bt_worker {
	struct bt_board *board;
	unsigned index;
	unsigned seat;
	pthread_t thread;
	void *state;
	struct bt_env env;
	_Atomic uint32_t at_segment; /* where it works; segments below are behind it */
	_Atomic int entered;         /* 0: not yet; 1: ready; 2: has left; -1: failed */
	pid_t tid;                   /* of the thread; set before it has entered */
	uint64_t waited_ns; /* the conductor's: its wait for a processor at the last reading */
	struct bt_err err;  /* of enter */

	/* The worker's own. */
	uint32_t epoch;    /* last one seen */
	unsigned bound_to; /* the plan's processors and pinned that it is bound by */
	bool pinned;
	uint64_t last_end_ns;    /* end of its last operation */
	uint64_t ideal_free_ns;  /* when a generator that is never late would have been free */
	uint64_t op_n, op_n_end; /* numbers of operations it took and has not used */
	unsigned in_flight, in_flight_max;
	unsigned free_call; /* list of free calls through bt_call.next */
	struct bt_call *calls;

	/* Written in leave, read once the thread has been joined. */
	uint64_t taken_back[BT_ERROR_CLASSES_MAX], units_back;

	struct bt_cell cells[BT_SLOTS];
	struct bt_live *lag;    /* scored operations */
	struct bt_notes *notes; /* BT_ERROR_CLASSES_MAX of them */
	struct bt_slow_ring *slow;
	struct bt_meter *meter;
};

struct bt_board {
	struct bt_clock *clock;
	const struct bt_workload *workload;
	struct bt_metric metrics[BT_METRICS_MAX + 1]; /* of the workload; ended by name NULL */
	void *data; /* `shared` of a workload whose data set grows */
	struct bt_budget *budget;
	struct bt_filling filling;
	uint64_t run_start_ns; /* clock; all times of records are since this */
	uint64_t margin_ns;    /* pacing wakes this much before a due time and spins the rest */
	uint64_t max_age_ns;
	enum bt_late late;
	enum bt_pacing pacing;
	struct bt_processors processors;
	unsigned n_workers;
	struct bt_worker *workers;
	struct bt_slot *slots; /* BT_SLOTS */

	/* Changes with every order to the workers; they sleep on it. */
	BT_CACHE_ALIGNED _Atomic uint32_t epoch;
	_Atomic uint32_t current; /* newest published segment, or BT_NO_SEGMENT */
	_Atomic uint32_t stop; /* workers end: 1 at once, unfinished calls are recorded as such */
	BT_CACHE_ALIGNED _Atomic uint64_t next_n;       /* numbers of operations */
	BT_CACHE_ALIGNED _Atomic uint64_t slow_mark_ns; /* operations above this go to the rings */
	/* The conductor sleeps on it: a worker has something to say. */
	BT_CACHE_ALIGNED _Atomic uint32_t bell;
	_Atomic uint32_t fatal; /* a workload ended the run */
};

static inline void bt_bump(_Atomic uint64_t *v, uint64_t n)
{
	/* Single writer. Release: the conductor reads what ended before what began, so whoever sees
	 * the end sees the beginning. */
	atomic_store_explicit(
		v, atomic_load_explicit(v, memory_order_relaxed) + n, memory_order_release);
}

static inline bool bt_board_must_stop(const struct bt_board *board)
{
	return atomic_load_explicit(&board->stop, memory_order_acquire) ||
		atomic_load_explicit(&board->fatal, memory_order_acquire);
}

static inline void bt_ring_bell(struct bt_board *board)
{
	atomic_fetch_add_explicit(&board->bell, 1, memory_order_release);
	bt_clock_wake(board->clock, &board->bell);
}

#endif
