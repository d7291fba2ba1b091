/*
 * worker.c: the life of a worker: what it needs, and segment after segment until the run stops.
 * worker_ops.c carries out operations of workloads that compute, worker_calls.c of those that wait.
 */
#include "core/worker.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

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
	struct bt_worker_header *h = touched(sizeof(*h) + board->workload->state_size);
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
		free((struct bt_worker_header *)w->state - 1);
	memset(w, 0, sizeof(*w));
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
		bt_open_ops(w, segment, slot);
	else
		bt_closed_ops(w, segment, slot);
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
