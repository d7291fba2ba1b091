/* Completing a snapshot: totals, usage, metrics, notes, slow operations, changed segments. */
#include "config.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "core/conductor.h"

/* Of real time: a virtual day has too many ticks to ask the system at each. */
#define USAGE_EVERY_NS (50 * BT_NS_PER_MS)
/* The same; ticks are 100 ms apart, with some jitter. */
#define OTHERS_EVERY_NS (90 * BT_NS_PER_MS)
#define SLOW_WANTED     16 /* operations an interval that the slow mark should let through */

void bt_event(struct bt_conductor *c, enum bt_event_kind kind, const char *fmt, ...)
{
	struct bt_event *e = &c->events[BT_MIN(c->n_events, BT_LEN(c->events) - 1)];
	va_list ap;

	e->kind = kind;
	e->t_ns = bt_since_start(c, c->now_ns);
	va_start(ap, fmt);
	bt_text_vformat(e->text, sizeof(e->text), fmt, ap);
	va_end(ap);
	if (c->n_events < BT_LEN(c->events))
		c->n_events++;
}

static void put_events(struct bt_conductor *c, struct bt_snapshot *s)
{
	unsigned n = BT_MIN(c->n_events, BT_SNAP_EVENTS);

	memcpy(s->events, c->events, n * sizeof(s->events[0]));
	memmove(c->events, c->events + n, (c->n_events - n) * sizeof(c->events[0]));
	c->n_events -= n;
	s->n_events = n;
}

/* The first example of a class is an event, too. */
static void tell_first(struct bt_conductor *c, const struct bt_note_record *note)
{
	const char *const *names = c->board->workload->error_classes;

	if (c->error_told[note->error_class])
		return;
	c->error_told[note->error_class] = true;
	bt_event(c, BT_EV_ERROR, "first %s: %s", names[note->error_class], note->text);
}

static void put_notes(struct bt_conductor *c, struct bt_snapshot *s)
{
	struct bt_board *b = c->board;

	for (unsigned w = 0; w < b->n_workers; w++) {
		for (unsigned k = 0; k < BT_ERROR_CLASSES_MAX; k++) {
			struct bt_notes *notes = &b->workers[w].notes[k];
			uint32_t *done = &c->notes_read[w * BT_ERROR_CLASSES_MAX + k];
			/* Acquire: pairs with bt_note. */
			uint32_t n = atomic_load_explicit(&notes->n, memory_order_acquire);

			while (*done < n && s->n_notes < BT_SNAP_NOTES) {
				tell_first(c, &notes->rec[*done]);
				s->notes[s->n_notes++] = notes->rec[(*done)++];
			}
		}
	}
}

/* Keeps the slowest of the interval, slowest first. */
static void put_slow_one(struct bt_snapshot *s, const struct bt_slow *rec)
{
	uint64_t total = rec->queue_ns + rec->service_ns;
	unsigned i = s->n_slow;

	if (i == BT_SNAP_SLOW) {
		const struct bt_slow *least = &s->slow[i - 1];

		s->slow_dropped++;
		if (least->queue_ns + least->service_ns >= total)
			return;
		i--;
	} else {
		s->n_slow++;
	}
	for (; i > 0 && s->slow[i - 1].queue_ns + s->slow[i - 1].service_ns < total; i--)
		s->slow[i] = s->slow[i - 1];
	s->slow[i] = *rec;
}

static void put_slow(struct bt_conductor *c, struct bt_snapshot *s)
{
	for (unsigned w = 0; w < c->board->n_workers; w++) {
		struct bt_slow_ring *ring = c->board->workers[w].slow;
		uint32_t tail = atomic_load_explicit(&ring->tail, memory_order_relaxed);
		/* Acquire: pairs with note_slow's release of head. */
		uint32_t head = atomic_load_explicit(&ring->head, memory_order_acquire);

		for (; tail != head; tail++)
			put_slow_one(s, &ring->rec[tail % BT_SLOW_RING]);
		atomic_store_explicit(&ring->tail, tail, memory_order_release);
		s->slow_dropped +=
			atomic_exchange_explicit(&ring->dropped, 0, memory_order_relaxed);
	}
}

/* The mark that about SLOW_WANTED operations of an interval like this one pass. */
static void set_slow_mark(struct bt_conductor *c, const struct bt_snapshot *s)
{
	const struct bt_hist *h = s->response.count ? &s->response : &s->service;
	uint64_t mark = 0;

	if (h->count > SLOW_WANTED)
		mark = bt_hist_quantile(h, 1 - (double)SLOW_WANTED / (double)h->count);
	atomic_store_explicit(&c->board->slow_mark_ns, mark, memory_order_relaxed);
}

static void put_segments(struct bt_conductor *c, struct bt_snapshot *s)
{
	unsigned current = c->n_records ? c->n_records - 1 : 0;

	for (unsigned i = 0; i < current && s->n_segments < BT_SNAP_SEGMENTS - 1; i++) {
		if (!c->dirty[i])
			continue;
		s->segments[s->n_segments++] = c->records[i];
		c->dirty[i] = false;
	}
	if (c->n_records)
		s->segments[s->n_segments++] = c->records[current];
}

/* Workers that have ended keep their last reading. */
static uint64_t read_waited(struct bt_board *b)
{
	uint64_t all = UINT64_MAX;

	for (unsigned i = 0; i < b->n_workers; i++) {
		struct bt_worker *w = &b->workers[i];
		uint64_t waited = bt_proc_waited(w->tid);

		if (waited != UINT64_MAX)
			w->waited_ns = waited;
		if (w->waited_ns != UINT64_MAX)
			all = (all == UINT64_MAX ? 0 : all) + w->waited_ns;
	}
	return all;
}

static void read_usage(struct bt_conductor *c, bool now)
{
	uint64_t mono = bt_monotonic_ns();

	if (now || mono - c->usage_read_ns >= USAGE_EVERY_NS) {
		c->usage_read_ns = mono;
		bt_proc_read(&c->proc, &c->usage);
		c->usage.waited_ns = read_waited(c->board);
	} else if (bt_clock_is_virtual(c->board->clock)) {
		/* Memory has a reading at each virtual second, or a leak could not be told by. */
		c->usage.rss_bytes = bt_proc_rss(&c->proc);
	} else {
		return;
	}
	if (c->usage.rss_bytes != UINT64_MAX)
		c->rss_peak = BT_MAX(c->rss_peak, c->usage.rss_bytes);
	if (!bt_clock_is_virtual(c->board->clock)) {
		int64_t drift = bt_clock_ahead(c->board->clock) - c->ahead_ns;

		c->drift_ns = BT_MAX(c->drift_ns, (uint64_t)(drift < 0 ? -drift : drift));
	}
}

/* The network and other processes: less often than ourselves, for reading them takes more. */
static void read_others(struct bt_conductor *c, bool now)
{
	uint64_t mono = bt_monotonic_ns();

	if (!now && mono - c->others_read_ns < OTHERS_EVERY_NS)
		return;
	c->others_read_ns = mono;
	bt_net_read(&c->net, &c->net_now);
	bt_watch_read(&c->watch, &c->watched, mono);
}

static void put_usage(struct bt_conductor *c, struct bt_snapshot *s, bool last)
{
	read_usage(c, last);
	read_others(c, last);
	s->usage = c->usage;
	s->net = c->net_now;
	s->watched = c->watched;
	s->rss_floor_bytes = c->rss_floor;
	s->rss_start_bytes = c->rss_start;
	s->rss_peak_bytes = c->rss_peak;
	s->rss_left_bytes = c->rss_left;
	s->clock_drift_ns = c->drift_ns;
}

static void note_memory(struct bt_conductor *c)
{
	struct bt_segment_record *rec = c->n_records ? &c->records[c->n_records - 1] : NULL;

	if (!rec || c->stage != BT_STAGE_RUNNING)
		return;
	bt_filling_memory(rec, c->usage.rss_bytes);
	if (rec->plan.mode == BT_FILL)
		rec->result.filled =
			atomic_load_explicit(&c->board->filling.done, memory_order_relaxed);
}

static double target_rate(const struct bt_conductor *c)
{
	const struct bt_segment_record *rec;

	if (!c->n_records)
		return NAN;
	rec = &c->records[c->n_records - 1];
	if (rec->plan.mode == BT_CLOSED)
		return NAN;
	if (rec->plan.mode != BT_OPEN || c->stage != BT_STAGE_RUNNING)
		return 0;
	return bt_rate_at(&rec->plan, bt_since_start(c, c->now_ns) - rec->result.start_ns);
}

/* Totals of scored segments, and the time they have taken: to the last end of an operation where
 * that is later than the plan. */
static void put_totals(struct bt_conductor *c, struct bt_snapshot *s)
{
	uint64_t now = bt_since_start(c, c->now_ns), due = 0, begun = 0, warm = 0, warm_failed = 0;
	/* A segment's last operations may end while the next one runs: no time counts twice. */
	uint64_t covered = 0;

	for (unsigned i = 0; i < c->n_records; i++) {
		const struct bt_segment_record *rec = &c->records[i];
		const struct bt_segment_result *r = &rec->result;
		const struct bt_counts *n = &r->counts;
		uint64_t end = BT_MIN(r->end_ns, now);

		if (!rec->plan.scored) {
			warm += n->offered;
			warm_failed += n->failed + n->expired;
			continue;
		}
		s->total.offered += n->offered;
		s->total.completed += n->completed;
		s->total.failed += n->failed;
		s->total.expired += n->expired;
		s->total.units += n->units;
		if (r->state != BT_SEG_RUNNING)
			end = BT_MAX(end, r->last_end_ns);
		covered = BT_MAX(covered, r->start_ns);
		if (end > covered) {
			s->scored_ns += end - covered;
			covered = end;
		}
	}
	s->warm_offered = warm;
	s->warm_failed = warm_failed;
	for (unsigned i = 0; i < BT_SLOTS; i++) {
		if (!c->accounts[i].live || c->accounts[i].abandoned)
			continue;
		due += c->records[c->accounts[i].segment].result.counts.offered -
			c->records[c->accounts[i].segment].result.counts.expired;
		begun += c->accounts[i].begun;
	}
	s->backlog = due - BT_MIN(due, begun);
	memcpy(s->errors, c->total_errors, sizeof(s->errors));
	bt_latency_of(&s->total_queue, &c->total_queue);
	bt_latency_of(&s->total_service, &c->total_service);
	bt_latency_of(&s->total_response, &c->total_response);
	bt_latency_of(&s->lag, &c->lag);
}

static void put_finding(struct bt_conductor *c, struct bt_snapshot *s)
{
	struct bt_finding f = { .value = NAN, .name = "", .unit = "" };

	if (c->profile->finding)
		c->profile->finding(c->profile_state, &f);
	s->finding_value = f.value;
	bt_text_format(s->finding_name, sizeof(s->finding_name), "%s", f.name);
	bt_text_format(s->finding_unit, sizeof(s->finding_unit), "%s", f.unit);
	bt_text_format(s->finding_text, sizeof(s->finding_text), "%s", f.text);
}

bool bt_publish(struct bt_conductor *c, bool last)
{
	struct bt_snapshot *s = bt_feed_filling(&c->feed);
	uint32_t published = atomic_load_explicit(&c->feed.published, memory_order_relaxed);

	/* Only the producer fills the feed: what is free now stays free until it publishes. */
	if (published - atomic_load_explicit(&c->feed.released, memory_order_acquire) >=
		BT_FEED_SLOTS - 1)
		return false;
	for (unsigned i = 0; i < BT_SLOTS; i++)
		if (c->accounts[i].live)
			bt_account_update(c, &c->accounts[i]);
	s->seq = ++c->seq;
	s->t_ns = bt_since_start(c, c->now_ns);
	s->wall_ns = bt_wall_later(c->wall_offset_ns, s->t_ns);
	s->span_ns = c->now_ns - c->last_tick_ns;
	s->last = last;
	s->target_rate = last ? NAN : target_rate(c);
	s->paused = c->paused;
	s->fatal = atomic_load_explicit(&c->board->fatal, memory_order_acquire);
	put_totals(c, s);
	put_usage(c, s, last);
	note_memory(c);
	bt_meter_read(s->metrics, s->texts, c->board->metrics, c->meters, c->board->n_workers);
	bt_meter_times_read(&c->times, s->times, c->meters);
	put_notes(c, s);
	put_slow(c, s);
	set_slow_mark(c, s);
	put_segments(c, s);
	put_events(c, s);
	put_finding(c, s);
#if BT_CHECKS
	bt_invariants_hold(c, s);
#endif
	c->last_tick_ns = c->now_ns;
	return bt_feed_publish(&c->feed);
}
