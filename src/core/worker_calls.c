/*
 * The loop of workloads that wait for others: one thread has many calls in flight, which the
 * workload begins in submit and which end through bt_call_done, inside wait. In an open loop the
 * thread claims the next due time as soon as it has a free call, serves its calls until that
 * moment, and begins the new one; without a free call, arrivals stay unclaimed for other
 * workers, and their waiting counts as queue time. In a closed loop each free call begins at
 * once.
 *
 * A claimed arrival belongs to this worker. Work done inside submit or wait delays it, and that
 * delay is lag when the thread was free and service when the workload held it (ready_ns tells
 * which). Waits last at most 10 ms, so that orders of the conductor are seen: a workload's wait
 * may watch sockets only, not the word that other workers sleep on. That costs a worker with
 * slow calls in flight 100 wake-ups a second; one without calls sleeps on the word.
 */
#include "core/worker.h"

#define POLL_NS (10 * BT_NS_PER_MS) /* an order is seen at the latest after this */

static void begin_call(
	struct bt_worker *w, unsigned segment, const struct bt_due *due, uint64_t start_ns)
{
	struct bt_call *call = &w->calls[w->free_call];

	w->free_call = call->next;
	call->n = due->n;
	call->due_ns = due->due_ns;
	call->start_ns = start_ns;
	call->segment = segment;
	w->in_flight++;
	bt_bump(&w->cells[segment % BT_SLOTS].begun, 1);
	w->board->workload->submit(w->state, call);
}

static bool is_open(const struct bt_worker *w, unsigned segment)
{
	return w->board->slots[segment % BT_SLOTS].plan.mode == BT_OPEN;
}

void bt_call_done(struct bt_call *call, struct bt_result result, uint64_t end_ns)
{
	struct bt_worker *w = call->worker;
	struct bt_ended op = {
		.n = call->n,
		.due_ns = call->due_ns,
		.start_ns = call->start_ns,
		.end_ns = BT_MAX(end_ns, call->start_ns),
		.segment = call->segment,
		.open = is_open(w, call->segment),
	};

	assert(call->segment != BT_NO_SEGMENT);
	call->segment = BT_NO_SEGMENT;
	call->next = w->free_call;
	w->free_call = (unsigned)(call - w->calls);
	w->in_flight--;
	bt_worker_record(w, &op, result);
}

void bt_calls_serve(struct bt_worker *w, uint64_t until_ns)
{
	uint64_t now = bt_now(w->board->clock);

	until_ns = BT_MIN(until_ns, now + POLL_NS);
	w->board->workload->wait(w->state, until_ns);
	/* An order that ended the wait has been seen; unseen, it would end every wait that
	 * follows. */
	w->epoch = atomic_load_explicit(&w->board->epoch, memory_order_acquire);
}

/* This worker's share of the calls in flight that the segment allows, at least one. */
static unsigned share_of(const struct bt_worker *w, const struct bt_segment *plan)
{
	unsigned n = plan->concurrency / plan->workers;

	n += w->index < plan->concurrency % plan->workers;
	return BT_MIN(BT_MAX(n, 1), w->in_flight_max);
}

static void wait_for_due(struct bt_worker *w, const struct bt_due *due)
{
	struct bt_board *b = w->board;

	if (!w->in_flight) {
		if (!bt_worker_wait_due(w, due->due_ns))
			w->epoch = atomic_load_explicit(&b->epoch, memory_order_acquire);
		return;
	}
	if (bt_clock_is_virtual(b->clock) || b->pacing == BT_PACING_SLEEP)
		bt_calls_serve(w, due->due_ns);
	else
		bt_calls_serve(w, due->due_ns - BT_MIN(b->margin_ns, due->due_ns));
}

/*
 * Begins or expires the claimed operation, whose moment has come. `ready_ns`: since when there was
 * room and a thread for it. Work that was done inside submit is the service's, not the generator's:
 * what comes next could begin at its end.
 */
static void begin_due(struct bt_worker *w, unsigned segment, struct bt_slot *slot,
	const struct bt_due *due, uint64_t now, uint64_t *ready_ns)
{
	unsigned before = w->in_flight;

	if (bt_worker_too_late(w, slot, &w->cells[segment % BT_SLOTS], due, now))
		return;
	bt_worker_lag(w, slot, due->due_ns, now, *ready_ns);
	begin_call(w, segment, due, now);
	if (w->in_flight <= before)
		*ready_ns = w->last_end_ns;
}

static void open_calls(struct bt_worker *w, unsigned segment, struct bt_slot *slot, unsigned limit)
{
	struct bt_board *b = w->board;
	bool pending = false;
	uint64_t ready_ns = 0;
	struct bt_due due;

	while (!bt_board_must_stop(b)) {
		uint64_t now;

		if (!pending && w->in_flight < limit) {
			if (bt_worker_claim(w, slot, &due) != BT_CLAIM_OP)
				return;
			pending = true;
		}
		if (!pending) {
			bt_calls_serve(w, BT_FOREVER);
			ready_ns = w->last_end_ns;
			continue;
		}
		/* The end after the clock: an arrival that is due now is then not beyond a cut. */
		now = bt_now(b->clock);
		if (bt_slot_cut_off(slot, due.due_fp))
			return;
		if (now < due.due_ns) {
			wait_for_due(w, &due);
			continue;
		}
		begin_due(w, segment, slot, &due, now, &ready_ns);
		pending = false;
	}
}

static void closed_calls(
	struct bt_worker *w, unsigned segment, struct bt_slot *slot, unsigned limit)
{
	struct bt_board *b = w->board;
	struct bt_due due;

	while (!bt_board_must_stop(b)) {
		uint64_t end_ns = atomic_load_explicit(&slot->end_ns, memory_order_relaxed);

		while (w->in_flight < limit) {
			uint64_t now = bt_now(b->clock);

			if (now >= end_ns || !bt_worker_ticket(w, slot, &due.n))
				return;
			due.due_ns = now;
			begin_call(w, segment, &due, now);
		}
		if (bt_now(b->clock) >= end_ns) /* all in flight: none begins any more */
			return;
		bt_calls_serve(w, end_ns);
	}
}

void bt_calls_run_segment(struct bt_worker *w, unsigned segment)
{
	struct bt_slot *slot = &w->board->slots[segment % BT_SLOTS];
	unsigned limit = share_of(w, &slot->plan);

	if (slot->plan.mode == BT_OPEN)
		open_calls(w, segment, slot, limit);
	else
		closed_calls(w, segment, slot, limit);
}

void bt_calls_abandon(struct bt_worker *w)
{
	uint64_t now = bt_now(w->board->clock);

	for (unsigned i = 0; i < w->in_flight_max; i++) {
		struct bt_call *call = &w->calls[i];
		struct bt_cell *cell;

		if (call->segment == BT_NO_SEGMENT)
			continue;
		cell = &w->cells[call->segment % BT_SLOTS];
		bt_live_add(cell->service, now - call->start_ns);
		if (is_open(w, call->segment)) {
			bt_live_add(cell->queue, call->start_ns - call->due_ns);
			bt_live_add(cell->response, now - call->due_ns);
		}
	}
}
