/*
 * Reads the workers' cells: what is new since the last reading goes to the interval, the segment
 * and the run. Workers only ever add to counters of their own and never wait; a reading
 * subtracts the last one. The price is memory (a cell and three histograms a worker and slot,
 * and a copy of the last reading of each) and a pass over the touched buckets at each tick, all
 * of it outside the workers' path.
 *
 * Two orders make accounts add up without a lock. Of a cell, what has ended is read before what
 * has begun, so there is never more ended than begun. The clock is read after all cells, and
 * arrivals due by then are counted from the schedule, which the conductor walks a second time
 * beside the workers; so nothing has ended that was not offered (but for the few ns that
 * processors' clocks may differ by). A histogram and its counter are not read at one instant: an
 * operation may be in the counter at this tick and in the histogram at the next. Totals agree,
 * because the last reading comes after the workers have been joined.
 */
#include "core/conductor.h"

struct taken { /* from one cell since its last reading */
	struct bt_counts counts;
	uint64_t begun;
};

static uint64_t take(const _Atomic uint64_t *cell, uint64_t *reading)
{
	/* Acquire: what is read later (begun after completed) is at least as new. */
	uint64_t now = atomic_load_explicit(cell, memory_order_acquire), n = now - *reading;

	*reading = now;
	return n;
}

static void take_hist(struct bt_conductor *c, const struct bt_live *live, struct bt_live_mark *mark,
	struct bt_hist *interval, struct bt_hist *segment, struct bt_hist *total)
{
	bt_hist_reset(&c->delta);
	bt_live_take(live, mark, &c->delta);
	if (!c->delta.count && !c->delta.sum)
		return;
	bt_hist_merge(interval, &c->delta);
	bt_hist_merge(segment, &c->delta);
	if (total)
		bt_hist_merge(total, &c->delta);
}

static void take_errors(struct bt_conductor *c, struct bt_segment_record *rec, struct bt_cell *cell,
	struct bt_reading *r)
{
	for (unsigned i = 0; i < BT_ERROR_CLASSES_MAX; i++) {
		uint64_t n = take(&cell->errors[i], &r->errors[i]);

		if (rec->plan.scored)
			c->total_errors[i] += n;
		if (i == c->no_memory)
			rec->result.no_memory += n;
	}
}

/* c->delta holds what was taken last: the cell's response times. */
static void tell_profile(struct bt_conductor *c, const struct bt_counts *n)
{
	struct bt_endings what = {
		.completed = n->completed,
		.failed = n->failed,
		.expired = n->expired,
		.response = &c->delta,
	};

	if (!c->profile->ended || !(n->completed + n->failed + n->expired + c->delta.count))
		return;
	/* now_ns is of the reading before. */
	what.t_ns = bt_since_start(c, bt_now(c->board->clock));
	c->profile->ended(c->profile_state, &what);
}

static void take_cell(struct bt_conductor *c, struct bt_account *a, struct bt_cell *cell,
	struct bt_reading *r, struct bt_snapshot *snap)
{
	struct bt_segment_record *rec = &c->records[a->segment];
	bool scored = rec->plan.scored;
	struct bt_counts *sum = &rec->result.counts;
	struct taken t;
	uint64_t last_end;

	t.counts.completed = take(&cell->completed, &r->completed);
	t.counts.failed = take(&cell->failed, &r->failed);
	t.counts.expired = take(&cell->expired, &r->expired);
	t.counts.units = take(&cell->units, &r->units);
	t.begun = take(&cell->begun, &r->begun);
	a->begun += t.begun;
	sum->completed += t.counts.completed;
	sum->failed += t.counts.failed;
	sum->expired += t.counts.expired;
	sum->units += t.counts.units;
	snap->interval.completed += t.counts.completed;
	snap->interval.failed += t.counts.failed;
	snap->interval.expired += t.counts.expired;
	snap->interval.units += t.counts.units;
	if (t.counts.failed)
		take_errors(c, rec, cell, r);
	last_end = atomic_load_explicit(&cell->last_end_ns, memory_order_relaxed);
	if (t.counts.completed + t.counts.failed + t.counts.expired)
		rec->result.last_end_ns =
			BT_MAX(rec->result.last_end_ns, bt_since_start(c, last_end));
	take_hist(c, cell->service, r->service, &snap->service, &a->service,
		scored ? &c->total_service : NULL);
	if (rec->plan.mode != BT_OPEN)
		return;
	take_hist(
		c, cell->queue, r->queue, &snap->queue, &a->queue, scored ? &c->total_queue : NULL);
	take_hist(c, cell->response, r->response, &snap->response, &a->response,
		scored ? &c->total_response : NULL);
	tell_profile(c, &t.counts);
}

/* Counts the arrivals that have become due by now; the schedule is walked once by the conductor,
 * beside the workers. */
static void count_offered(struct bt_conductor *c, struct bt_account *a, struct bt_snapshot *snap)
{
	struct bt_slot *slot = &c->board->slots[a->segment % BT_SLOTS];
	struct bt_segment_record *rec = &c->records[a->segment];
	struct bt_counts *sum = &rec->result.counts;
	uint64_t before = sum->offered, ended = sum->completed + sum->failed + sum->expired;

	if (rec->plan.mode == BT_OPEN && c->now_ns >= slot->start_ns) {
		uint64_t end = atomic_load_explicit(&slot->end_due, memory_order_relaxed),
			 now = (c->now_ns - slot->start_ns) << BT_DUE_SHIFT;

		while (a->due_next < end && a->due_next <= now &&
			(!rec->plan.items || sum->offered < rec->plan.items)) {
			sum->offered++;
			a->due_next = bt_due_next(&slot->plan, slot->seed, a->due_next);
		}
	} else if (rec->plan.mode != BT_OPEN) {
		sum->offered = a->begun;
	}
	/* A worker on another processor may be some ns ahead of us. */
	sum->offered = BT_MAX(sum->offered, ended);
	snap->interval.offered += sum->offered - before;
}

void bt_collect(struct bt_conductor *c)
{
	struct bt_board *b = c->board;
	struct bt_snapshot *snap = bt_feed_filling(&c->feed);

	for (unsigned s = 0; s < BT_SLOTS; s++) {
		struct bt_account *a = &c->accounts[s];

		if (!a->live)
			continue;
		for (unsigned w = 0; w < b->n_workers; w++)
			take_cell(c, a, &b->workers[w].cells[s], &c->readings[w * BT_SLOTS + s],
				snap);
	}
	for (unsigned w = 0; w < b->n_workers; w++)
		bt_live_take(b->workers[w].lag, &c->lag_marks[w], &c->lag);
	/* The time after the cells: what has ended is then never more than what was offered. */
	c->now_ns = bt_now(b->clock);
	for (unsigned s = 0; s < BT_SLOTS; s++)
		if (c->accounts[s].live)
			count_offered(c, &c->accounts[s], snap);
}

/* The newest scored segments give back first: which one an operation was of is not known any
 * more. */
static void take_back(struct bt_conductor *c, unsigned error_class, uint64_t n, uint64_t *units)
{
	for (unsigned i = c->n_records; i-- > 0 && (n || *units);) {
		struct bt_counts *counts = &c->records[i].result.counts;
		uint64_t here = BT_MIN(n, counts->completed),
			 units_here = BT_MIN(*units, counts->units);

		if (!c->records[i].plan.scored)
			continue;
		counts->completed -= here;
		counts->failed += here;
		counts->units -= units_here;
		c->total_errors[error_class] += here;
		c->dirty[i] = true;
		n -= here;
		*units -= units_here;
	}
}

void bt_take_back_all(struct bt_conductor *c)
{
	for (unsigned w = 0; w < c->board->n_workers; w++) {
		struct bt_worker *worker = &c->board->workers[w];

		for (unsigned i = 0; i < BT_ERROR_CLASSES_MAX; i++)
			if (worker->taken_back[i])
				take_back(c, i, worker->taken_back[i], &worker->units_back);
	}
}

static bool all_past(const struct bt_conductor *c, unsigned segment)
{
	for (unsigned w = 0; w < c->board->n_workers; w++)
		/* Acquire: pairs with the worker's release after its last operation of the segment
		 * began. */
		if (atomic_load_explicit(&c->board->workers[w].at_segment, memory_order_acquire) <=
			segment)
			return false;
	return true;
}

bool bt_account_drained(const struct bt_conductor *c, const struct bt_account *a)
{
	const struct bt_counts *n = &c->records[a->segment].result.counts;
	uint64_t begun_unended = a->begun - n->completed - n->failed;

	return begun_unended == 0 && (a->abandoned || bt_in_flight(n) == 0) &&
		all_past(c, a->segment);
}

bool bt_slot_free(const struct bt_conductor *c, unsigned slot)
{
	return !c->accounts[slot].live;
}

void bt_account_abandon(struct bt_conductor *c, struct bt_account *a)
{
	struct bt_slot *slot = &c->board->slots[a->segment % BT_SLOTS];
	bool scored = c->records[a->segment].plan.scored;
	uint64_t left = bt_in_flight(&c->records[a->segment].result.counts), end;
	const struct bt_counts *n = &c->records[a->segment].result.counts;

	a->abandoned = true;
	left -= BT_MIN(left, a->begun - n->completed - n->failed);
	end = atomic_load_explicit(&slot->end_due, memory_order_relaxed);
	for (unsigned i = 0; i < slot->n_lanes && slot->plan.mode == BT_OPEN; i++) {
		uint64_t due = atomic_exchange_explicit(
			&slot->lanes[i].due, UINT64_MAX, memory_order_acq_rel);

		while (due < end && left) {
			uint64_t at = slot->start_ns + (due >> BT_DUE_SHIFT);
			uint64_t late = c->now_ns - BT_MIN(at, c->now_ns);

			left--;
			bt_hist_add(&a->queue, late, 1);
			bt_hist_add(&a->response, late, 1);
			if (scored) {
				bt_hist_add(&c->total_queue, late, 1);
				bt_hist_add(&c->total_response, late, 1);
			}
			for (unsigned k = 0; k < slot->n_lanes && due != UINT64_MAX; k++)
				due = bt_due_next(&slot->plan, slot->seed, due);
		}
	}
}

void bt_account_update(struct bt_conductor *c, struct bt_account *a)
{
	struct bt_segment_record *rec = &c->records[a->segment];

	bt_latency_of(&rec->result.queue, &a->queue);
	bt_latency_of(&rec->result.service, &a->service);
	bt_latency_of(&rec->result.response, &a->response);
	c->dirty[a->segment] = true;
}
