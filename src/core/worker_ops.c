/*
 * A worker claims the next due time, waits for it, carries the operation out, and adds the
 * result to cells that nobody else writes. In an open loop all workers share one word with the
 * next due time and claim it by compare-exchange; since the schedule is a pure function, whoever
 * wins computes the successor. So no arrival waits for a slow worker while another is idle, at
 * the price of one contended cache line: at rates where that matters, --dispatch lane gives each
 * worker a word of its own, and gives up that property. A closed loop has nothing to wait for:
 * it takes numbers of operations in chunks, and the end of one operation is the start of the
 * next, one reading of the clock each.
 *
 * Waiting is a sleep until a margin before the moment and a spin for the rest
 * (bt_worker_wait_due), because the kernel wakes later than asked. The spin costs up to a
 * millisecond of processor an arrival; --pacing sleep does without. Orders arrive through one
 * word, epoch, which every wait also watches. Nothing here takes a lock or allocates once the
 * clock runs, and slow operations go to a ring that drops and counts what does not fit, rather
 * than wait for the conductor.
 */
#include "core/worker.h"

#include <math.h>

/* Between two operations back to back: the generator's own work, not lateness. */
#define OVERHEAD_NS 1000
#define CHUNK       64 /* numbers of operations a worker takes at once in a closed loop */
#define CHUNK_MAX   256

void bt_take_back(void *state, unsigned error_class, uint64_t n, uint64_t units)
{
	struct bt_worker *w = bt_worker_of(state);

	assert(error_class < BT_ERROR_CLASSES_MAX);
	w->taken_back[error_class] += n;
	w->units_back += units;
}

void bt_pause(void *state, uint64_t until_ns)
{
	bt_worker_wait_due(bt_worker_of(state), until_ns);
}

bool bt_worker_wait_due(struct bt_worker *w, uint64_t due_ns)
{
	struct bt_board *b = w->board;
	bool jump = bt_clock_is_virtual(b->clock);
	uint64_t margin = jump || b->pacing == BT_PACING_SLEEP ? 0 : b->margin_ns;

	for (;;) {
		uint64_t now = bt_now(b->clock);

		if (now >= due_ns)
			return true;
		if (atomic_load_explicit(&b->epoch, memory_order_acquire) != w->epoch)
			return false;
		if (due_ns - now > margin)
			bt_clock_wait(b->clock, &b->epoch, w->epoch, due_ns - margin);
		else
			bt_cpu_relax();
	}
}

static struct bt_lane *lane_of(const struct bt_worker *w, struct bt_slot *slot)
{
	return &slot->lanes[w->index % slot->n_lanes];
}

enum bt_claim bt_worker_claim(struct bt_worker *w, struct bt_slot *slot, struct bt_due *due)
{
	struct bt_lane *lane = lane_of(w, slot);
	uint64_t at, next;

	if (slot->plan.items &&
		atomic_fetch_sub_explicit(&lane->tickets, 1, memory_order_relaxed) <= 0)
		return BT_CLAIM_NONE;
	at = atomic_load_explicit(&lane->due, memory_order_relaxed);
	do {
		if (bt_slot_cut_off(slot, at))
			return BT_CLAIM_NONE;
		next = at;
		for (unsigned i = 0; i < slot->n_lanes && next != UINT64_MAX; i++)
			next = bt_due_next(&slot->plan, slot->seed, next);
	} while (!atomic_compare_exchange_weak_explicit(
		&lane->due, &at, next, memory_order_relaxed, memory_order_relaxed));
	due->due_fp = at;
	due->due_ns = slot->start_ns + (at >> BT_DUE_SHIFT);
	due->n = atomic_fetch_add_explicit(&w->board->next_n, 1, memory_order_relaxed);
	return BT_CLAIM_OP;
}

static bool take_numbers(struct bt_worker *w, struct bt_slot *slot)
{
	struct bt_lane *lane = &slot->lanes[0];
	int64_t want = CHUNK;

	if (slot->plan.items) {
		int64_t left = atomic_load_explicit(&lane->tickets, memory_order_relaxed);

		want = BT_MIN(BT_MAX(left / (8 * (int64_t)slot->plan.workers), 1), CHUNK_MAX);
		left = atomic_fetch_sub_explicit(&lane->tickets, want, memory_order_relaxed);
		if (left <= 0)
			return false;
		want = BT_MIN(want, left);
	}
	w->op_n =
		atomic_fetch_add_explicit(&w->board->next_n, (uint64_t)want, memory_order_relaxed);
	w->op_n_end = w->op_n + (uint64_t)want;
	return true;
}

bool bt_worker_ticket(struct bt_worker *w, struct bt_slot *slot, uint64_t *n)
{
	if (BT_UNLIKELY(w->op_n == w->op_n_end) && !take_numbers(w, slot))
		return false;
	*n = w->op_n++;
	return true;
}

bool bt_worker_too_late(struct bt_worker *w, struct bt_slot *slot, struct bt_cell *cell,
	const struct bt_due *due, uint64_t now)
{
	uint64_t next, late = now - due->due_ns;

	switch (w->board->late) {
	case BT_LATE_QUEUE:
		return false;
	case BT_LATE_SKIP:
		next = bt_due_next(&slot->plan, slot->seed, due->due_fp);
		if (next == UINT64_MAX || slot->start_ns + (next >> BT_DUE_SHIFT) > now)
			return false;
		break;
	case BT_LATE_LIMIT:
		if (late <= w->board->max_age_ns)
			return false;
		break;
	}
	bt_live_add(cell->queue, late);
	bt_live_add(cell->response, late);
	bt_bump(&cell->expired, 1);
	atomic_store_explicit(&cell->last_end_ns, now, memory_order_relaxed);
	return true;
}

static void note_slow(
	struct bt_worker *w, const struct bt_ended *op, const struct bt_result *result)
{
	struct bt_slow_ring *ring = w->slow;
	uint32_t head = atomic_load_explicit(&ring->head, memory_order_relaxed);
	struct bt_slow *rec = &ring->rec[head % BT_SLOW_RING];

	/* Acquire: pairs with the conductor's release of tail; the entry is free to be written. */
	if (head - atomic_load_explicit(&ring->tail, memory_order_acquire) == BT_SLOW_RING) {
		bt_bump(&ring->dropped, 1);
		return;
	}
	*rec = (struct bt_slow){
		.n = op->n,
		.end_t_ns = op->end_ns - w->board->run_start_ns,
		.queue_ns = op->open ? op->start_ns - op->due_ns : 0,
		.service_ns = op->end_ns - op->start_ns,
		.worker = w->index,
		.segment = op->segment,
		.error_class = result->outcome == BT_DONE ? -1 : (int)result->error_class,
	};
	atomic_store_explicit(&ring->head, head + 1, memory_order_release);
}

static inline void record(struct bt_worker *w, struct bt_cell *cell, const struct bt_ended *op,
	const struct bt_result *result)
{
	uint64_t service = op->end_ns - op->start_ns, total = service;

	bt_live_add(cell->service, service);
	if (op->open) {
		total = op->end_ns - op->due_ns;
		bt_live_add(cell->queue, op->start_ns - op->due_ns);
		bt_live_add(cell->response, total);
	}
	atomic_store_explicit(&cell->last_end_ns, op->end_ns, memory_order_relaxed);
	w->last_end_ns = op->end_ns;
	if (result->units)
		bt_bump(&cell->units, result->units);
	if (BT_LIKELY(result->outcome == BT_DONE)) {
		bt_bump(&cell->completed, 1);
	} else {
		assert(result->error_class < BT_ERROR_CLASSES_MAX);
		bt_bump(&cell->errors[result->error_class], 1);
		bt_bump(&cell->failed, 1);
	}
	if (BT_UNLIKELY(
		    total > atomic_load_explicit(&w->board->slow_mark_ns, memory_order_relaxed)))
		note_slow(w, op, result);
	if (BT_UNLIKELY(result->outcome == BT_FATAL)) {
		atomic_store_explicit(&w->board->fatal, 1, memory_order_release);
		bt_ring_bell(w->board);
	}
}

void bt_worker_record(struct bt_worker *w, const struct bt_ended *op, struct bt_result result)
{
	record(w, &w->cells[op->segment % BT_SLOTS], op, &result);
}

void bt_closed_ops(struct bt_worker *w, unsigned segment, struct bt_slot *slot)
{
	struct bt_board *b = w->board;
	struct bt_cell *cell = &w->cells[segment % BT_SLOTS];
	struct bt_result (*op)(void *, uint64_t) = b->workload->op;
	struct bt_ended e = { .segment = segment, .start_ns = bt_now(b->clock) };

	/* The end of one operation is the start of the next: one reading of the clock an
	 * operation. */
	while (e.start_ns < atomic_load_explicit(&slot->end_ns, memory_order_relaxed) &&
		bt_worker_ticket(w, slot, &e.n)) {
		struct bt_result result;

		bt_bump(&cell->begun, 1);
		result = op(w->state, e.n);
		e.end_ns = bt_now(b->clock);
		record(w, cell, &e, &result);
		if (BT_UNLIKELY(result.outcome == BT_FATAL))
			return;
		e.start_ns = e.end_ns;
	}
}

/*
 * Scheduling lag: how much later an operation began than it would have with a generator that costs
 * nothing and is never late, given the same service times. A preemption thus counts against all the
 * operations it delayed.
 */
static uint64_t ideal_start(struct bt_worker *w, uint64_t due_ns, uint64_t start_ns)
{
	uint64_t gap = start_ns - BT_MIN(w->last_end_ns, start_ns);

	return BT_MAX(due_ns, w->ideal_free_ns + BT_MIN(gap, OVERHEAD_NS));
}

void bt_worker_lag(struct bt_worker *w, const struct bt_slot *slot, uint64_t due_ns,
	uint64_t start_ns, uint64_t ready_ns)
{
	uint64_t ideal = BT_MAX(due_ns, ready_ns);

	if (slot->plan.scored)
		bt_live_add(w->lag, start_ns > ideal ? start_ns - ideal : 0);
}

/* Waits until a claimed operation may begin; false: it was cut off before its moment. */
static bool await_due(struct bt_worker *w, struct bt_slot *slot, const struct bt_due *due)
{
	while (!bt_worker_wait_due(w, due->due_ns)) {
		w->epoch = atomic_load_explicit(&w->board->epoch, memory_order_acquire);
		if (bt_board_must_stop(w->board) || bt_slot_cut_off(slot, due->due_fp))
			return false;
	}
	return !bt_slot_cut_off(slot, due->due_fp) && !bt_board_must_stop(w->board);
}

void bt_open_ops(struct bt_worker *w, unsigned segment, struct bt_slot *slot)
{
	struct bt_board *b = w->board;
	struct bt_cell *cell = &w->cells[segment % BT_SLOTS];
	struct bt_ended e = { .segment = segment, .open = true };
	struct bt_due due;

	while (bt_worker_claim(w, slot, &due) == BT_CLAIM_OP && await_due(w, slot, &due)) {
		struct bt_result result;
		uint64_t ideal;

		e.start_ns = bt_now(b->clock);
		if (bt_worker_too_late(w, slot, cell, &due, e.start_ns))
			continue;
		e.n = due.n;
		e.due_ns = due.due_ns;
		ideal = ideal_start(w, due.due_ns, e.start_ns);
		bt_worker_lag(w, slot, ideal, e.start_ns, 0);
		bt_bump(&cell->begun, 1);
		result = b->workload->op(w->state, e.n);
		e.end_ns = bt_now(b->clock);
		w->ideal_free_ns = ideal + (e.end_ns - e.start_ns);
		record(w, cell, &e, &result);
	}
}
