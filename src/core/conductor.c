/*
 * The loop of a run. One thread owns the list of segments, so no lock orders a pause against a
 * step of a ramp: at each round it reads the workers' cells, executes commands, moves the run
 * on, and hands over a snapshot when a tick is due. A segment is published in one of four slots,
 * runs, drains (its last operations end), is judged when the profile asks for that, and gives
 * its slot back. A segment that nobody judges is followed at once: the next one begins while up
 * to three older ones still drain, so a load has no gap where its rate changes.
 *
 * The conductor sleeps until the next moment it knows (tick, end or middle of the segment) or
 * until somebody rings its bell: a command, a worker without further operations, the end of a
 * fill. For the last operations of a segment it looks every 2 ms instead, because a worker that
 * had to ring for them would test for it at the end of each operation. So a run may end 2 ms
 * late, but its results use the times of arrivals and operations, not of that look. Nothing
 * allocates here once the clock runs: all memory is taken and touched before the memory floor is
 * read.
 */
#include "core/conductor.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

#include "base/fmt.h"
#include "base/rng.h"

/* An open segment begins this much after its publishing: workers wake in time. */
#define LEAD_NS       (300 * BT_NS_PER_US)
#define CUT_LEAD_NS   (50 * BT_NS_PER_US)
#define DRAIN_POLL_NS (2 * BT_NS_PER_MS)

/* Touched, not only reserved: what benchtop itself needs counts below the memory floor. */
static struct bt_live_mark *new_mark(void)
{
	struct bt_live_mark *mark = malloc(sizeof(*mark));

	if (mark)
		memset(mark, 0, sizeof(*mark));
	return mark;
}

/* Which error class says that memory failed. */
static unsigned no_memory_class(const char *const *classes)
{
	for (unsigned i = 0; classes && classes[i]; i++)
		if (strcmp(classes[i], BT_NO_MEMORY) == 0)
			return i;
	return BT_ERROR_CLASSES_MAX;
}

int bt_conductor_init(struct bt_conductor *c, struct bt_board *board, struct bt_err *err)
{
	unsigned cells = board->n_workers * BT_SLOTS;
	bool ok;

	c->board = board;
	c->no_memory = no_memory_class(board->workload->error_classes);
	c->records = calloc(BT_RECORDS_MAX, sizeof(*c->records));
	c->dirty = calloc(BT_RECORDS_MAX, sizeof(*c->dirty));
	c->accounts = calloc(BT_SLOTS, sizeof(*c->accounts));
	c->readings = calloc(cells, sizeof(*c->readings));
	c->lag_marks = calloc(board->n_workers, sizeof(*c->lag_marks));
	c->notes_read = calloc(board->n_workers * BT_ERROR_CLASSES_MAX, sizeof(*c->notes_read));
	c->meters = calloc(board->n_workers, sizeof(*c->meters));
	ok = c->records && c->dirty && c->accounts && c->readings && c->lag_marks &&
		c->notes_read && c->meters;
	for (unsigned i = 0; ok && i < cells; i++) {
		struct bt_reading *r = &c->readings[i];

		r->queue = new_mark();
		r->service = new_mark();
		r->response = new_mark();
		ok = r->queue && r->service && r->response;
	}
	if (!ok || bt_meter_times_init(&c->times, board->metrics, board->n_workers) < 0)
		return bt_oom(err, "%u workers", board->n_workers);
	for (unsigned i = 0; i < BT_SLOTS; i++) {
		bt_hist_init(&c->accounts[i].queue);
		bt_hist_init(&c->accounts[i].service);
		bt_hist_init(&c->accounts[i].response);
	}
	bt_hist_init(&c->delta);
	bt_hist_init(&c->lag);
	bt_hist_init(&c->total_queue);
	bt_hist_init(&c->total_service);
	bt_hist_init(&c->total_response);
	for (unsigned w = 0; w < board->n_workers; w++)
		c->meters[w] = board->workers[w].meter;
	pthread_mutex_init(&c->lock, NULL);
	bt_proc_open(&c->proc);
	if (bt_feed_init(&c->feed, board->clock, err) < 0)
		return -ENOMEM;
	return bt_net_open(&c->net, err);
}

void bt_conductor_fini(struct bt_conductor *c)
{
	for (unsigned i = 0; c->readings && i < c->board->n_workers * BT_SLOTS; i++) {
		free(c->readings[i].queue);
		free(c->readings[i].service);
		free(c->readings[i].response);
	}
	free(c->records);
	free(c->dirty);
	free(c->accounts);
	free(c->readings);
	free(c->lag_marks);
	free(c->notes_read);
	free(c->meters);
	bt_meter_times_fini(&c->times);
	free(c->invariants);
	if (c->feed.snaps) {
		bt_feed_fini(&c->feed);
		bt_proc_close(&c->proc);
		bt_net_close(&c->net);
		pthread_mutex_destroy(&c->lock);
	}
}

int bt_conductor_command(struct bt_conductor *c, const struct bt_command *cmd, struct bt_err *err)
{
	int r = 0;

	pthread_mutex_lock(&c->lock);
	if (c->n_commands == BT_LEN(c->commands))
		r = bt_fail(err, -EBUSY, "too many commands at once");
	else
		c->commands[c->n_commands++] = *cmd;
	pthread_mutex_unlock(&c->lock);
	bt_ring_bell(c->board);
	return r;
}

struct bt_segment_record *bt_conductor_current(struct bt_conductor *c)
{
	return &c->records[c->n_records - 1];
}

static struct bt_account *current_account(struct bt_conductor *c)
{
	return &c->accounts[(c->n_records - 1) % BT_SLOTS];
}

static struct bt_slot *current_slot(struct bt_conductor *c)
{
	return &c->board->slots[(c->n_records - 1) % BT_SLOTS];
}

static void order(struct bt_conductor *c)
{
	/* Release: what the order is about is written. Partner: the workers' acquire of the
	 * epoch. */
	atomic_fetch_add_explicit(&c->board->epoch, 1, memory_order_release);
	bt_clock_wake(c->board->clock, &c->board->epoch);
}

static void fill_lanes(struct bt_conductor *c, struct bt_slot *slot)
{
	uint64_t due = bt_due_first(&slot->plan, slot->seed);

	slot->n_lanes = BT_MIN(c->n_lanes_max, slot->plan.workers);
	if (slot->plan.mode != BT_OPEN)
		slot->n_lanes = 1;
	for (unsigned i = 0; i < slot->n_lanes; i++) {
		uint64_t share =
			slot->plan.items / slot->n_lanes + (i < slot->plan.items % slot->n_lanes);

		atomic_store_explicit(&slot->lanes[i].due, due, memory_order_relaxed);
		atomic_store_explicit(
			&slot->lanes[i].tickets, (int64_t)share, memory_order_relaxed);
		if (due != UINT64_MAX)
			due = bt_due_next(&slot->plan, slot->seed, due);
	}
}

static void open_account(struct bt_conductor *c, unsigned segment, const struct bt_slot *slot)
{
	struct bt_account *a = &c->accounts[segment % BT_SLOTS];

	a->live = true;
	a->segment = segment;
	a->begun = 0;
	a->abandoned = a->mid_noted = false;
	a->backlog = 0;
	a->due_next = bt_due_first(&slot->plan, slot->seed);
	bt_hist_reset(&a->queue);
	bt_hist_reset(&a->service);
	bt_hist_reset(&a->response);
}

void bt_conductor_publish(struct bt_conductor *c, const struct bt_segment *plan)
{
	unsigned segment = c->n_records++;
	struct bt_slot *slot = &c->board->slots[segment % BT_SLOTS];
	struct bt_segment_record *rec = &c->records[segment];
	bool late_start = plan->mode == BT_OPEN && !bt_clock_is_virtual(c->board->clock);
	uint64_t span = BT_MIN(plan->span_ns, BT_SEGMENT_SPAN_MAX);

	slot->plan = *plan;
	slot->seed = bt_mix64(c->seed ^ bt_mix64(segment + 1));
	slot->start_ns = bt_now(c->board->clock) + (late_start ? LEAD_NS : 0);
	fill_lanes(c, slot);
	atomic_store_explicit(&slot->end_due, span << BT_DUE_SHIFT, memory_order_relaxed);
	atomic_store_explicit(&slot->end_ns,
		plan->span_ns == BT_FOREVER ? BT_FOREVER : slot->start_ns + span,
		memory_order_relaxed);
	memset(rec, 0, sizeof(*rec));
	rec->index = segment;
	rec->plan = *plan;
	rec->result.start_ns = bt_since_start(c, slot->start_ns);
	rec->result.end_ns = plan->span_ns == BT_FOREVER ? BT_FOREVER : rec->result.start_ns + span;
	bt_filling_begin(c, rec);
	open_account(c, segment, slot);
	c->stage = BT_STAGE_RUNNING;
	if (plan->scored && !c->rss_start) {
		struct bt_usage usage;

		bt_proc_read(&c->proc, &usage);
		c->rss_start = c->rss_peak = usage.rss_bytes;
	}
	atomic_store_explicit(&c->board->current, segment, memory_order_release);
	order(c);
}

static void stop_arrivals(struct bt_conductor *c)
{
	struct bt_slot *slot = current_slot(c);
	struct bt_clock *clock = c->board->clock;
	uint64_t at, end, planned = atomic_load_explicit(&slot->end_ns, memory_order_relaxed);

	/* A moment after what has been counted as offered, and in the future until everybody can
	 * have seen it. Until it is found, the lowest bit lets workers wait with what lies
	 * beyond. */
	do {
		at = bt_now(clock) + (bt_clock_is_virtual(clock) ? 1 : CUT_LEAD_NS);
		at = BT_MIN(BT_MAX(at, slot->start_ns), planned);
		end = (at - slot->start_ns) << BT_DUE_SHIFT;
		atomic_store_explicit(&slot->end_due, end | 1, memory_order_seq_cst);
		atomic_store_explicit(&slot->end_ns, at, memory_order_seq_cst);
	} while (at < planned && bt_now(clock) > at);
	atomic_store_explicit(&slot->end_due, end, memory_order_seq_cst);
	bt_conductor_current(c)->result.end_ns = bt_since_start(c, at);
	order(c);
	bt_sleep_until(clock, at);
	bt_collect(c);
}

static bool arrivals_over(
	const struct bt_conductor *c, const struct bt_segment_record *rec, struct bt_slot *slot)
{
	if (rec->plan.mode == BT_FILL)
		return bt_filling_over(c);
	if (c->now_ns >= atomic_load_explicit(&slot->end_ns, memory_order_relaxed))
		return true;
	if (!rec->plan.items)
		return false;
	return rec->result.counts.offered >= rec->plan.items;
}

/* The arrivals of the current segment are over: notes how it stood at that moment. */
static void end_arrivals(struct bt_conductor *c)
{
	struct bt_segment_record *rec = bt_conductor_current(c);
	struct bt_segment_result *r = &rec->result;
	uint64_t due_next = current_account(c)->due_next;

	if (rec->plan.mode != BT_OPEN)
		r->end_ns = BT_MIN(r->end_ns, bt_since_start(c, c->now_ns));
	else if (rec->plan.items &&
		due_next != UINT64_MAX) /* when the next one would have been due */
		r->end_ns = BT_MIN(r->end_ns, r->start_ns + (due_next >> BT_DUE_SHIFT));
	r->completed_in_span = r->counts.completed;
	r->backlog_end = bt_in_flight(&r->counts);
	r->state = BT_SEG_DRAINING;
	c->stage = BT_STAGE_DRAINING;
	c->settle_until_ns = c->now_ns + rec->plan.settle_ns;
	bt_filling_end(c, rec);
}

void bt_conductor_cut(struct bt_conductor *c)
{
	stop_arrivals(c);
	end_arrivals(c);
}

/* Follows the backlog of what goes on: how it stood in the middle, and how roughly it went. */
static void note_backlog(struct bt_conductor *c)
{
	struct bt_account *a = current_account(c);
	struct bt_segment_record *rec = bt_conductor_current(c);
	struct bt_segment_result *r = &rec->result;
	uint64_t start = current_slot(c)->start_ns, backlog = bt_in_flight(&r->counts);
	double step = (double)backlog - (double)a->backlog;

	a->backlog = backlog;
	r->walk_end += step * step;
	r->looks_end++;
	if (a->mid_noted || rec->plan.span_ns == BT_FOREVER ||
		c->now_ns < start + rec->plan.span_ns / 2)
		return;
	a->mid_noted = true;
	r->backlog_mid = backlog;
	r->walk_mid = r->walk_end;
	r->looks_mid = r->looks_end;
}

/* A closed segment that ran out of operations ended with the last of them. */
static void close_account(struct bt_conductor *c, struct bt_account *a)
{
	struct bt_segment_record *rec = &c->records[a->segment];

	if (rec->plan.mode == BT_CLOSED && rec->plan.items && rec->result.last_end_ns)
		rec->result.end_ns = BT_MIN(rec->result.end_ns, rec->result.last_end_ns);
	if (rec->plan.mode == BT_CLOSED)
		rec->result.completed_in_span = rec->result.counts.completed;
	rec->result.state = BT_SEG_CLOSED;
	bt_account_update(c, a);
	a->live = false;
}

static void close_drained(struct bt_conductor *c)
{
	for (unsigned i = 0; i < BT_SLOTS; i++) {
		struct bt_account *a = &c->accounts[i];
		struct bt_segment_record *rec = &c->records[a->segment];

		if (!a->live || rec->result.state == BT_SEG_RUNNING || !bt_account_drained(c, a))
			continue;
		/* Workers are past it only now: what they ended after the last reading counts,
		 * too. */
		bt_collect(c);
		if (bt_account_drained(c, a))
			close_account(c, a);
	}
}

static bool settled(struct bt_conductor *c)
{
	struct bt_account *a = current_account(c);

	if (!a->live || a->segment != c->n_records - 1)
		return true;
	if (!bt_conductor_current(c)->plan.judged)
		return true;
	if (c->now_ns < c->settle_until_ns)
		return false;
	bt_account_abandon(c, a);
	return true;
}

static void judge(struct bt_conductor *c)
{
	struct bt_segment_record *rec = bt_conductor_current(c);
	char rate[BT_FMT_MAX], what[48];

	if (!rec->plan.judged || !c->profile->judge || rec->result.outcome != BT_STEP_NONE)
		return;
	if (current_account(c)->live)
		bt_account_update(c, current_account(c));
	c->profile->judge(c->profile_state, rec);
	c->dirty[rec->index] = true;
	bt_fmt_number(rate, sizeof(rate), rec->plan.rate_to);
	if (rec->plan.data_items)
		snprintf(
			what, sizeof(what), "%llu items", (unsigned long long)rec->plan.data_items);
	else if (rec->plan.op_units)
		snprintf(what, sizeof(what), "%llu units a call",
			(unsigned long long)rec->plan.op_units);
	else if (rec->plan.mode == BT_OPEN)
		snprintf(what, sizeof(what), "%s op/s", rate);
	else
		snprintf(what, sizeof(what), "%u at once", rec->plan.level);
	if (rec->result.outcome == BT_STEP_BROKE)
		bt_event(c, BT_EV_STEP, "step %u, %s: broke: %s", rec->plan.step, what,
			rec->result.reason);
	else if (rec->result.outcome == BT_STEP_HELD)
		bt_event(c, BT_EV_STEP, "step %u, %s: held", rec->plan.step, what);
}

bool bt_conductor_room(const struct bt_conductor *c)
{
	return c->n_records < BT_RECORDS_MAX && bt_slot_free(c, c->n_records % BT_SLOTS);
}

void bt_conductor_finish(struct bt_conductor *c)
{
	if (c->finishing)
		return;
	c->finishing = true;
	atomic_store_explicit(&c->board->filling.stop, 1, memory_order_relaxed);
	if (c->stage == BT_STAGE_RUNNING) {
		bt_conductor_cut(c);
	}
	c->stage = BT_STAGE_OVER;
	c->finish_by_ns = c->now_ns + c->drain_ns;
}

/* Whether some operation has begun and not ended, or could still begin. */
static bool in_progress(const struct bt_conductor *c)
{
	for (unsigned i = 0; i < BT_SLOTS; i++)
		if (c->accounts[i].live)
			return true;
	return false;
}

/* The current segment is done with: what a command asked for or cut off, else what the profile
 * says, else the end. */
static void advance(struct bt_conductor *c)
{
	struct bt_segment *next = &c->upcoming;

	if (c->finishing || !bt_conductor_room(c)) {
		if (c->n_records == BT_RECORDS_MAX)
			bt_conductor_finish(c);
		return;
	}
	if (bt_steer_advance(c))
		return;
	if (!c->has_upcoming &&
		!c->profile->next(
			c->profile_state, c->n_records ? bt_conductor_current(c) : NULL, next)) {
		bt_conductor_finish(c);
		return;
	}
	c->has_upcoming = next->mode == BT_FILL && in_progress(c); /* then it is for later */
	if (!c->has_upcoming)
		bt_conductor_publish(c, next);
}

/* Moves the run on as far as it can go at this moment. */
static void step(struct bt_conductor *c)
{
	if (atomic_load_explicit(&c->board->fatal, memory_order_acquire) && !c->finishing) {
		bt_event(c, BT_EV_STOP, "the workload ended the run");
		bt_conductor_finish(c);
	}
	if (c->stage == BT_STAGE_RUNNING && c->n_records) {
		note_backlog(c);
		if (bt_conductor_current(c)->plan.data_items &&
			bt_conductor_current(c)->result.no_memory)
			stop_arrivals(c); /* it would only fail more */
		if (arrivals_over(c, bt_conductor_current(c), current_slot(c)))
			end_arrivals(c);
	}
	close_drained(c);
	if (c->stage == BT_STAGE_DRAINING && settled(c)) {
		judge(c);
		advance(c);
	}
}

static bool over(const struct bt_conductor *c)
{
	if (!c->finishing)
		return false;
	if (c->now_ns >= c->finish_by_ns)
		return true;
	return !in_progress(c);
}

/* A time that the last arrival is surely more than away, so that its moment, not known beforehand,
 * is met closely. */
static uint64_t before_last_arrival(const struct bt_segment_record *rec)
{
	double left = (double)(rec->plan.items - rec->result.counts.offered);
	double ns = left / BT_MAX(rec->plan.rate_from, rec->plan.rate_to) * 0.8e9;

	return BT_MAX(bt_u64(fmin(ns, 1e15)), DRAIN_POLL_NS);
}

static uint64_t next_moment(struct bt_conductor *c)
{
	uint64_t at = c->next_tick_ns, start, middle;

	if (c->stage != BT_STAGE_RUNNING || !c->n_records)
		return BT_MIN(at, c->now_ns + DRAIN_POLL_NS);
	if (bt_conductor_current(c)->plan.items && bt_conductor_current(c)->plan.mode == BT_OPEN)
		at = BT_MIN(at, c->now_ns + before_last_arrival(bt_conductor_current(c)));
	at = BT_MIN(at, atomic_load_explicit(&current_slot(c)->end_ns, memory_order_relaxed));
	start = current_slot(c)->start_ns;
	if (bt_conductor_current(c)->plan.span_ns != BT_FOREVER && !current_account(c)->mid_noted) {
		middle = start + bt_conductor_current(c)->plan.span_ns / 2;
		at = BT_MIN(at, BT_MAX(middle, c->now_ns));
	}
	return at;
}

static void tick(struct bt_conductor *c)
{
	if (c->now_ns < c->next_tick_ns)
		return;
	bt_publish(c, false);
	c->next_tick_ns += c->tick_ns;
	if (c->next_tick_ns <= c->now_ns) /* we were held up: no burst of ticks to catch up */
		c->next_tick_ns = c->now_ns + c->tick_ns;
}

/* Workers are gone: what is still not accounted for was offered and never begun, or begun and never
 * ended. */
static void settle_accounts(struct bt_conductor *c, uint64_t end_ns)
{
	bt_collect(c);
	/* Not the moment after the tidying up, but the end; or that of an operation that could not
	 * be waited for. */
	c->now_ns = end_ns;
	for (unsigned i = 0; i < c->n_records; i++)
		c->now_ns = BT_MAX(
			c->now_ns, c->board->run_start_ns + c->records[i].result.last_end_ns);
	for (unsigned i = 0; i < BT_SLOTS; i++) {
		struct bt_account *a = &c->accounts[i];

		if (!a->live)
			continue;
		if (!a->abandoned)
			bt_account_abandon(c, a);
		close_account(c, a);
	}
}

static void publish_last(struct bt_conductor *c)
{
	struct bt_clock *clock = c->board->clock;

	while (!bt_publish(c, true)) {
		if (atomic_load_explicit(&c->closing, memory_order_acquire))
			return;
		bt_sleep_until(clock, bt_now(clock) + BT_NS_PER_MS);
	}
}

void bt_conductor_live(struct bt_conductor *c)
{
	struct bt_board *b = c->board;
	uint64_t end_ns;

	prctl(PR_SET_TIMERSLACK, 1UL);
	bt_net_begin(&c->net);
	bt_watch_begin(&c->watch);
	b->run_start_ns = c->now_ns = c->last_tick_ns = bt_now(b->clock);
	c->ahead_ns = bt_clock_ahead(b->clock);
	c->wall_offset_ns = bt_wall_ns();
	c->next_tick_ns = c->now_ns + c->tick_ns;
	atomic_store_explicit(&b->slow_mark_ns, UINT64_MAX, memory_order_relaxed);
	c->stage = BT_STAGE_DRAINING;
	advance(c);
	while (!over(c)) {
		/* Acquire: a bell rung after this reading wakes the wait below at once. */
		uint32_t bell = atomic_load_explicit(&b->bell, memory_order_acquire);

		bt_collect(c);
		bt_steer(c);
		step(c);
		tick(c);
		if (!over(c))
			bt_clock_wait(b->clock, &b->bell, bell, next_moment(c));
	}
	end_ns = c->now_ns;
	c->rss_left = c->quiesce(c->quiesce_arg);
	settle_accounts(c, end_ns);
	bt_take_back_all(c);
	publish_last(c);
}
