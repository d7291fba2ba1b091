/* worker.h: a thread that claims due operations, waits for their moment, carries them out and
 * writes them down. */
#ifndef BT_WORKER_H
#define BT_WORKER_H

#include "core/board.h"

/* Allocates and touches all that the worker will use while the clock runs. 0 or -ENOMEM. */
int bt_worker_init(
	struct bt_worker *worker, struct bt_board *board, unsigned index, unsigned concurrency);
void bt_worker_fini(struct bt_worker *worker);

/* The thread: enters the workload, obeys the board until stop, leaves. Argument: the worker. */
void *bt_worker_main(void *worker);

/* The workload's state lies behind a pointer to its worker, both in one aligned allocation. */
struct bt_worker_header {
	BT_CACHE_ALIGNED struct bt_worker *worker;
};
/* The worker that a workload's state pointer belongs to. */
static inline struct bt_worker *bt_worker_of(void *state)
{
	return ((struct bt_worker_header *)state - 1)->worker;
}

/* worker_ops.c: claiming due operations, their accounts, and the segment loops of workloads that
 * compute. Worker's thread only. */

enum bt_claim {
	BT_CLAIM_NONE, /* the segment offers this worker no more */
	BT_CLAIM_OP,
};
struct bt_due {
	uint64_t due_fp; /* fixed point, since the segment's start */
	uint64_t due_ns; /* clock */
	uint64_t n;
};
enum bt_claim bt_worker_claim(struct bt_worker *w, struct bt_slot *slot, struct bt_due *due);
/* Takes a number for a closed-loop operation; false: none left. */
bool bt_worker_ticket(struct bt_worker *w, struct bt_slot *slot, uint64_t *n);
/* Waits for a due time; false: an order came first. */
bool bt_worker_wait_due(struct bt_worker *w, uint64_t due_ns);
/* True when the operation must not begin any more and was counted as expired. */
bool bt_worker_too_late(struct bt_worker *w, struct bt_slot *slot, struct bt_cell *cell,
	const struct bt_due *due, uint64_t now);
void bt_worker_lag(struct bt_worker *w, const struct bt_slot *slot, uint64_t due_ns,
	uint64_t start_ns, uint64_t ready_ns);

struct bt_ended {
	uint64_t n, due_ns, start_ns, end_ns;
	unsigned segment;
	bool open;
};
void bt_worker_record(struct bt_worker *w, const struct bt_ended *op, struct bt_result result);
/* Until the segment has no more for this worker. */
void bt_closed_ops(struct bt_worker *w, unsigned segment, struct bt_slot *slot);
void bt_open_ops(struct bt_worker *w, unsigned segment, struct bt_slot *slot);

/* filling.c: grows the workload's data set, or gives it back, and what the system can have of it.
 * Worker 0. */
void bt_worker_fill(struct bt_worker *w, uint64_t items);

/* worker_calls.c: the segment loop of workloads that wait; returns when the segment has no more for
 * this worker. */
void bt_calls_run_segment(struct bt_worker *w, unsigned segment);
/* Serves calls in flight until until_ns or an order. */
void bt_calls_serve(struct bt_worker *w, uint64_t until_ns);
/* Writes down what is still in flight as at least this long. */
void bt_calls_abandon(struct bt_worker *w);

#endif
