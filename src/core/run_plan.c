/*
 * The load as a profile would go through it with a server that keeps up with everything: its own
 * segments, under no clock. For those who want to see a load before it begins.
 */
#include "core/run_impl.h"

#include <errno.h>
#include <stdlib.h>

/* The assumed rate of each worker of a closed loop, in operations a second. */
#define CLOSED_RATE 1000

static uint64_t offered_by(const struct bt_segment *seg)
{
	double seconds = seg->span_ns == BT_FOREVER ? 0 : (double)seg->span_ns / 1e9;
	double n = seconds * (seg->rate_from + seg->rate_to) / 2;

	if (seg->mode == BT_CLOSED)
		n = seconds * CLOSED_RATE * seg->workers;
	if (seg->mode == BT_IDLE || seg->mode == BT_FILL)
		n = 0;
	if (seg->items && (n > (double)seg->items || seg->span_ns == BT_FOREVER))
		return seg->items;
	return bt_u64(n);
}

/* What the segment's record would say had every operation ended well, and at once. */
static void invent(struct bt_segment_record *rec, uint64_t start_ns)
{
	struct bt_segment_result *r = &rec->result;

	r->state = BT_SEG_CLOSED;
	r->start_ns = start_ns;
	r->end_ns = start_ns + (rec->plan.span_ns == BT_FOREVER ? 0 : rec->plan.span_ns);
	r->last_end_ns = r->end_ns;
	r->counts.offered = offered_by(&rec->plan);
	r->counts.completed = r->completed_in_span = r->counts.offered;
	r->filled = rec->plan.data_items;
}

static void go_through(const struct bt_profile *profile, void *state, struct bt_run_plan *plan)
{
	struct bt_segment_record now = { 0 }, last;
	struct bt_segment seg;
	uint64_t at_ns = 0;

	while (profile->next(state, plan->n || plan->more ? &last : NULL, &seg)) {
		if (plan->n == BT_PLAN_SEGMENTS) {
			plan->more = true;
			return;
		}
		now = (struct bt_segment_record){ .index = plan->n, .plan = seg };
		invent(&now, at_ns);
		at_ns = now.result.end_ns;
		plan->segments[plan->n++] = seg;
		if (seg.judged && profile->judge)
			profile->judge(state, &now);
		last = now;
	}
}

int bt_run_plan(struct bt_run_plan *plan, const struct bt_run_setup *setup, struct bt_err *err)
{
	const struct bt_load load = bt_run_load(setup);
	void *state;
	int r = bt_run_check(setup, err);

	plan->n = 0;
	plan->more = false;
	if (r < 0)
		return r;
	state = calloc(1, BT_MAX(setup->profile->state_size, 1));
	if (!state)
		return bt_oom(err, "profile %s", setup->profile->name);
	r = setup->profile->begin(state, setup->profile_conf, &load, err);
	if (r == 0)
		go_through(setup->profile, state, plan);
	free(state);
	return r;
}
