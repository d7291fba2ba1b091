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

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

/* Between two operations back to back: the generator's own work, not lateness. */
#define OVERHEAD_NS 1000
#define CHUNK       64 /* numbers of operations a worker takes at once in a closed loop */
#define CHUNK_MAX   256

/* The workload's state lies behind a pointer to its worker, both in one aligned allocation. */
struct header {
	BT_CACHE_ALIGNED struct bt_worker *worker;
};

struct bt_worker *bt_worker_of(void *state)
{
	return ((struct header *)state - 1)->worker;
}

static void *touched(size_t size)
{
	size_t rounded = (size + BT_CACHE_LINE - 1) / BT_CACHE_LINE * BT_CACHE_LINE;
	void *p = aligned_alloc(BT_CACHE_LINE, rounded);

	if (p)
		memset(p, 0, rounded);
	return p;
}

static struct bt_live *new_live(void)
{
	struct bt_live *live = touched(sizeof(*live));

	if (live)
		bt_live_init(live);
	return live;
}

static bool init_cells(struct bt_worker *w)
{
	for (unsigned i = 0; i < BT_SLOTS; i++) {
		struct bt_cell *c = &w->cells[i];

		c->queue = new_live();
		c->service = new_live();
		c->response = new_live();
		if (!c->queue || !c->service || !c->response)
			return false;
	}
	return true;
}

static bool init_calls(struct bt_worker *w, unsigned concurrency)
{
	w->in_flight_max = concurrency;
	w->calls = touched(concurrency * sizeof(*w->calls));
	if (!w->calls)
		return false;
	for (unsigned i = 0; i < concurrency; i++) {
		w->calls[i].worker = w;
		w->calls[i].next = i + 1;
		w->calls[i].segment = BT_NO_SEGMENT;
	}
	return true;
}

int bt_worker_init(
	struct bt_worker *w, struct bt_board *board, unsigned index, unsigned concurrency)
{
	struct header *h = touched(sizeof(*h) + board->workload->state_size);
	bool ok = h != NULL;

	w->board = board;
	w->index = index;
	w->waited_ns = UINT64_MAX;
	if (h) {
		h->worker = w;
		w->state = h + 1;
	}
	w->lag = new_live();
	w->notes = touched(BT_ERROR_CLASSES_MAX * sizeof(*w->notes));
	w->slow = touched(sizeof(*w->slow));
	w->meter = touched(sizeof(*w->meter));
	ok = init_cells(w) && ok && w->lag && w->notes && w->slow && w->meter &&
		bt_meter_init(w->meter, board->metrics) == 0;
	if (board->workload->submit)
		ok = init_calls(w, concurrency) && ok;
	return ok ? 0 : -ENOMEM;
}

void bt_worker_fini(struct bt_worker *w)
{
	for (unsigned i = 0; i < BT_SLOTS; i++) {
		free(w->cells[i].queue);
		free(w->cells[i].service);
		free(w->cells[i].response);
	}
	free(w->calls);
	free(w->lag);
	free(w->notes);
	free(w->slow);
	if (w->meter)
		bt_meter_fini(w->meter);
	free(w->meter);
	if (w->state)
		free((struct header *)w->state - 1);
	memset(w, 0, sizeof(*w));
}

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

static bool must_stop(const struct bt_board *b)
{
	return atomic_load_explicit(&b->stop, memory_order_acquire) ||
		atomic_load_explicit(&b->fatal, memory_order_acquire);
}

static void closed_ops(struct bt_worker *w, unsigned segment, struct bt_slot *slot)
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
		if (must_stop(w->board) || bt_slot_cut_off(slot, due->due_fp))
			return false;
	}
	return !bt_slot_cut_off(slot, due->due_fp) && !must_stop(w->board);
}

static void open_ops(struct bt_worker *w, unsigned segment, struct bt_slot *slot)
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

/* The slot's last segment has been collected to the end: maxima begin anew, so that each segment's
 * is exact. */
static void forget_maxima(struct bt_cell *cell)
{
	bt_live_forget_max(cell->queue);
	bt_live_forget_max(cell->service);
	bt_live_forget_max(cell->response);
}

/* Whether threads can be bound was tried before the run; that it stops to be so in the middle has
 * no remedy. */
static void bind_to(struct bt_worker *w, const struct bt_segment *plan)
{
	struct bt_board *b = w->board;

	if (plan->processors == w->bound_to && plan->pinned == w->pinned)
		return;
	w->bound_to = plan->processors;
	w->pinned = plan->pinned;
	if (b->processors.binds && !bt_clock_is_virtual(b->clock))
		bt_processors_bind(&b->processors, plan->processors, plan->pinned, w->index);
}

static void run_segment(struct bt_worker *w, unsigned segment)
{
	struct bt_slot *slot = &w->board->slots[segment % BT_SLOTS];

	forget_maxima(&w->cells[segment % BT_SLOTS]);
	if (slot->plan.mode == BT_FILL && w->index == 0)
		bt_worker_fill(w, slot->plan.data_items);
	if (slot->plan.mode == BT_IDLE || slot->plan.mode == BT_FILL ||
		w->index >= slot->plan.workers)
		return;
	bind_to(w, &slot->plan);
	if (slot->plan.op_units)
		w->board->workload->resize(w->state, slot->plan.op_units);
	if (slot->plan.items)
		w->op_n = w->op_n_end;
	if (w->board->workload->submit)
		bt_calls_run_segment(w, segment);
	else if (slot->plan.mode == BT_OPEN)
		open_ops(w, segment, slot);
	else
		closed_ops(w, segment, slot);
	if (slot->plan.items)
		bt_ring_bell(w->board);
}

/* Carries out segment after segment until the run stops. */
static void obey(struct bt_worker *w)
{
	struct bt_board *b = w->board;
	uint32_t segment = 0;

	for (;;) {
		uint32_t current;
		bool filled;

		w->epoch = atomic_load_explicit(&b->epoch, memory_order_acquire);
		if (atomic_load_explicit(&b->stop, memory_order_acquire))
			return;
		current = atomic_load_explicit(&b->current, memory_order_acquire);
		if (current == BT_NO_SEGMENT || segment > current ||
			atomic_load_explicit(&b->fatal, memory_order_acquire)) {
			if (w->in_flight)
				bt_calls_serve(w, BT_FOREVER);
			else
				bt_clock_wait(b->clock, &b->epoch, w->epoch, BT_FOREVER);
			continue;
		}
		filled = w->index == 0 && b->slots[segment % BT_SLOTS].plan.mode == BT_FILL;
		run_segment(w, segment++);
		/* Release: all that was begun in the segment is in its cell before the conductor
		 * sees us past it. */
		atomic_store_explicit(&w->at_segment, segment, memory_order_release);
		if (filled)
			bt_ring_bell(b);
	}
}

void *bt_worker_main(void *arg)
{
	struct bt_worker *w = arg;
	struct bt_board *b = w->board;
	int r = 0;

	prctl(PR_SET_TIMERSLACK, 1UL);
	w->tid = gettid();
	bt_clock_enter(b->clock, w->seat);
	if (b->workload->enter)
		r = b->workload->enter(w->state, &w->env, &w->err);
	atomic_store_explicit(&w->entered, r < 0 ? -1 : 1, memory_order_release);
	bt_ring_bell(b);
	if (r == 0) {
		obey(w);
		if (w->in_flight)
			bt_calls_abandon(w);
		if (b->workload->leave)
			b->workload->leave(w->state);
		atomic_store_explicit(&w->entered, 2, memory_order_release);
		bt_ring_bell(b);
	}
	bt_clock_leave(b->clock);
	return NULL;
}
