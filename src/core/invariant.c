/*
 * Five kinds of invariants: each segment's account adds up; no counter falls; segments lie in order
 * and states move forward; a closed segment's histograms hold as many values as its counters; the
 * interval is the difference of two ticks, and the totals are the sum of the scored segments.
 *
 * Workers' cells are read while workers write them, so histograms may be ahead of counters while a
 * segment lives: equality is asked for only after the segment closed. The last snapshot may move
 * operations from completed to failed (bt_take_back), so there only their sum must not fall.
 */
#include "core/invariant.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/text.h"
#include "core/conductor.h"

struct past {
	enum bt_segment_state state;
	struct bt_counts counts;
};

struct bt_invariants {
	uint64_t seq, t_ns;
	unsigned n;
	struct past past[BT_RECORDS_MAX];
	struct bt_counts all; /* sum of all segments */
};

struct bt_invariants *bt_invariants_new(void)
{
	return calloc(1, sizeof(struct bt_invariants));
}

static void add(struct bt_counts *sum, const struct bt_counts *n)
{
	sum->offered += n->offered;
	sum->completed += n->completed;
	sum->failed += n->failed;
	sum->expired += n->expired;
	sum->units += n->units;
}

static uint64_t ended(const struct bt_counts *n)
{
	return n->completed + n->failed + n->expired;
}

/* A name, and the two values that do not belong together. */
struct pair {
	const char *what;
	uint64_t is, was;
};

static int none_falls(unsigned segment, const struct pair *pairs, unsigned n, struct bt_err *err)
{
	for (unsigned i = 0; i < n; i++)
		if (pairs[i].is < pairs[i].was)
			return bt_fail(err, -EPROTO,
				"segment %u: %s falls from %" PRIu64 " to %" PRIu64, segment,
				pairs[i].what, pairs[i].was, pairs[i].is);
	return 0;
}

static int all_equal(const char *object, const struct pair *pairs, unsigned n, struct bt_err *err)
{
	for (unsigned i = 0; i < n; i++)
		if (pairs[i].is != pairs[i].was)
			return bt_fail(err, -EPROTO, "%s: %s is %" PRIu64 "; expected %" PRIu64,
				object, pairs[i].what, pairs[i].is, pairs[i].was);
	return 0;
}

static int check_counters(
	const struct bt_segment_record *rec, const struct past *past, bool last, struct bt_err *err)
{
	const struct bt_counts *n = &rec->result.counts, *p = &past->counts;
	const struct pair pairs[] = {
		{ "offered", n->offered, p->offered },
		{ "expired", n->expired, p->expired },
		{ "completed and failed", n->completed + n->failed, p->completed + p->failed },
		{ "completed", last ? p->completed : n->completed, p->completed },
		{ "failed", n->failed, p->failed },
		{ "units", last ? p->units : n->units, p->units },
	};

	if (ended(n) > n->offered)
		return bt_fail(err, -EPROTO,
			"segment %u: %" PRIu64 " operations offered, but %" PRIu64 " ended",
			rec->index, n->offered, ended(n));
	return none_falls(rec->index, pairs, BT_LEN(pairs), err);
}

/* Each ended operation has one value in each histogram of its segment; one given up, in two. */
static int check_histograms(const struct bt_segment_record *rec, struct bt_err *err)
{
	const struct bt_segment_result *r = &rec->result;
	uint64_t began = r->counts.completed + r->counts.failed;
	bool open = rec->plan.mode == BT_OPEN;
	const struct pair pairs[] = {
		{ "count of service times", r->service.count, began },
		{ "count of queue times", r->queue.count, open ? ended(&r->counts) : 0 },
		{ "count of response times", r->response.count, open ? ended(&r->counts) : 0 },
	};
	char name[24];

	if (r->state != BT_SEG_CLOSED || bt_in_flight(&r->counts))
		return 0;
	snprintf(name, sizeof(name), "segment %u", rec->index);
	return all_equal(name, pairs, BT_LEN(pairs), err);
}

static int check_order(const struct bt_segment_record *rec, const struct bt_segment_record *next,
	const struct past *past, struct bt_err *err)
{
	const struct bt_segment_result *r = &rec->result;

	if (r->state < past->state)
		return bt_fail(err, -EPROTO, "segment %u: its state moves back from %d to %d",
			rec->index, (int)past->state, (int)r->state);
	if (!next)
		return 0;
	if (next->index != rec->index + 1)
		return bt_fail(err, -EPROTO, "segment %u: the next one has number %u", rec->index,
			next->index);
	if (r->state == BT_SEG_RUNNING)
		return bt_fail(
			err, -EPROTO, "segment %u: it runs, but is not the last", rec->index);
	if (next->result.start_ns < r->end_ns)
		return bt_fail(err, -EPROTO,
			"segment %u: it ends at %" PRIu64
			" ns, after the next one's start at %" PRIu64 " ns",
			rec->index, r->end_ns, next->result.start_ns);
	return 0;
}

/* What ended and what was offered since the tick before, against what the snapshot says. */
static int check_interval(const struct bt_counts *before, const struct bt_snapshot *snap,
	const struct bt_counts *all, struct bt_err *err)
{
	/* Taken back operations change the segments, not the interval. */
	const struct bt_counts *n = &snap->interval;
	const struct pair pairs[] = {
		{ "offered", n->offered, all->offered - before->offered },
		{ "ended", ended(n), ended(all) - ended(before) },
		{ "completed", n->completed,
			snap->last ? n->completed : all->completed - before->completed },
		{ "units", n->units, snap->last ? n->units : all->units - before->units },
	};

	return all_equal("interval", pairs, BT_LEN(pairs), err);
}

static int check_totals(const struct bt_snapshot *snap, const struct bt_segment_record *records,
	unsigned n, struct bt_err *err)
{
	struct bt_counts sum = { 0 };
	uint64_t queue = 0, service = 0, response = 0, errors = 0;

	for (unsigned i = 0; i < BT_ERROR_CLASSES_MAX; i++)
		errors += snap->errors[i];
	for (unsigned i = 0; i < n; i++) {
		if (!records[i].plan.scored)
			continue;
		add(&sum, &records[i].result.counts);
		queue += records[i].result.queue.count;
		service += records[i].result.service.count;
		response += records[i].result.response.count;
	}
	{
		const struct pair pairs[] = {
			{ "offered", snap->total.offered, sum.offered },
			{ "completed", snap->total.completed, sum.completed },
			{ "failed", snap->total.failed, sum.failed },
			{ "expired", snap->total.expired, sum.expired },
			{ "units", snap->total.units, sum.units },
			{ "count of queue times", snap->total_queue.count, queue },
			{ "count of service times", snap->total_service.count, service },
			{ "count of response times", snap->total_response.count, response },
			/* A worker counts a failure's class before the failure. */
			{ "failures with a class", snap->last ? errors : BT_MAX(errors, sum.failed),
				snap->last ? sum.failed : errors },
		};

		return all_equal("totals", pairs, BT_LEN(pairs), err);
	}
}

int bt_invariants_check(struct bt_invariants *before, const struct bt_snapshot *snap,
	const struct bt_segment_record *records, unsigned n, struct bt_err *err)
{
	struct bt_counts all = { 0 };
	int r;

	if (snap->seq != before->seq + 1 || snap->t_ns < before->t_ns)
		return bt_fail(err, -EPROTO,
			"snapshot %" PRIu64 " at %" PRIu64 " ns follows %" PRIu64 " at %" PRIu64
			" ns",
			snap->seq, snap->t_ns, before->seq, before->t_ns);
	if (n < before->n)
		return bt_fail(err, -EPROTO, "segments: %u, but %u before", n, before->n);
	for (unsigned i = 0; i < n; i++) {
		const struct bt_segment_record *next = i + 1 < n ? &records[i + 1] : NULL;
		struct past *past = &before->past[i];

		r = check_order(&records[i], next, past, err);
		if (r == 0)
			r = check_counters(&records[i], past, snap->last, err);
		if (r == 0)
			r = check_histograms(&records[i], err);
		if (r < 0)
			return r;
		add(&all, &records[i].result.counts);
		past->state = records[i].result.state;
		past->counts = records[i].result.counts;
	}
	r = check_interval(&before->all, snap, &all, err);
	if (r == 0)
		r = check_totals(snap, records, n, err);
	before->seq = snap->seq;
	before->t_ns = snap->t_ns;
	before->n = n;
	before->all = all;
	return r;
}

static int check_unread(unsigned worker, const struct bt_cell *cell, const struct bt_reading *read,
	struct bt_err *err)
{
	const struct pair pairs[] = {
		{ "begun", atomic_load_explicit(&cell->begun, memory_order_relaxed), read->begun },
		{ "completed", atomic_load_explicit(&cell->completed, memory_order_relaxed),
			read->completed },
		{ "failed", atomic_load_explicit(&cell->failed, memory_order_relaxed),
			read->failed },
		{ "expired", atomic_load_explicit(&cell->expired, memory_order_relaxed),
			read->expired },
		{ "units", atomic_load_explicit(&cell->units, memory_order_relaxed), read->units },
	};
	char name[64];

	snprintf(name, sizeof(name), "worker %u, account of a closed segment", worker);
	return all_equal(name, pairs, BT_LEN(pairs), err);
}

/* No worker counts in the account of a closed segment: all of it has been read. */
static int check_cells(const struct bt_conductor *c, struct bt_err *err)
{
	int r = 0;

	for (unsigned s = 0; s < BT_SLOTS; s++)
		for (unsigned w = 0; r == 0 && !c->accounts[s].live && w < c->board->n_workers; w++)
			r = check_unread(w, &c->board->workers[w].cells[s],
				&c->readings[w * BT_SLOTS + s], err);
	return r;
}

void bt_invariants_hold(struct bt_conductor *c, const struct bt_snapshot *snap)
{
	struct bt_err err = { 0 };

	if (!c->invariants)
		c->invariants = bt_invariants_new();
	if (!c->invariants)
		return;
	if (bt_invariants_check(c->invariants, snap, c->records, c->n_records, &err) == 0 &&
		check_cells(c, &err) == 0)
		return;
	bt_print(stderr, "benchtop: invariant broken: %s\n", err.msg);
	abort();
}
