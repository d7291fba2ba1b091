#include "core/segment.h"

#include <math.h>

#include "base/rng.h"

const char *const bt_mode_name[] = { "open", "closed", "idle", NULL };
const char *const bt_arrivals_name[] = { "constant", "poisson", NULL };

#define DUE_PER_S ((double)BT_NS_PER_S * (1 << BT_DUE_SHIFT))

double bt_rate_at(const struct bt_segment *seg, uint64_t t_ns)
{
	double share;

	if (seg->rate_from == seg->rate_to || seg->span_ns == BT_FOREVER || !seg->span_ns)
		return seg->rate_from;
	share = fmin(1, (double)t_ns / (double)seg->span_ns);
	return seg->rate_from + (seg->rate_to - seg->rate_from) * share;
}

/* The last due time is below this; fixed point. */
static uint64_t due_end(const struct bt_segment *seg)
{
	return seg->span_ns >= BT_SEGMENT_SPAN_MAX ? BT_SEGMENT_SPAN_MAX << BT_DUE_SHIFT
						   : seg->span_ns << BT_DUE_SHIFT;
}

/*
 * The time from `due` until the integral of the rate has grown by `area` arrivals. The rate is r at `due` and changes by k a
 * second: r t + k t²/2 = area, solved so that neither k → 0 nor r → 0 loses digits. Negative: never.
 */
static double gap_s(const struct bt_segment *seg, uint64_t due, double area)
{
	double r = bt_rate_at(seg, due >> BT_DUE_SHIFT), k = 0, root;

	if (seg->rate_from != seg->rate_to)
		k = (seg->rate_to - seg->rate_from) / ((double)seg->span_ns / 1e9);
	if (k == 0)
		return area / r;
	root = r * r + 2 * k * area;
	return root <= 0 ? -1 : 2 * area / (r + sqrt(root));
}

static uint64_t advance(const struct bt_segment *seg, uint64_t due, double area)
{
	double gap = gap_s(seg, due, area), at;

	if (gap < 0)
		return UINT64_MAX;
	at = (double)due + gap * DUE_PER_S;
	if (at >= (double)due_end(seg))
		return UINT64_MAX;
	/* Add the rounded gap, not the rounded sum: a double has too few digits for late due times. */
	due += (uint64_t)(gap * DUE_PER_S + 0.5);
	return due < due_end(seg) ? due : UINT64_MAX;
}

/* An exponential gap drawn from the due time itself, so that every worker draws the same one. */
static double poisson_area(uint64_t seed, uint64_t due)
{
	return -log(bt_unit_from(bt_mix64(bt_mix64(seed) ^ due)));
}

uint64_t bt_due_first(const struct bt_segment *seg, uint64_t seed)
{
	if (seg->mode != BT_OPEN || fmax(seg->rate_from, seg->rate_to) <= 0 || !seg->span_ns)
		return UINT64_MAX;
	if (seg->arrivals == BT_POISSON)
		return advance(seg, 0, poisson_area(seed, UINT64_MAX));
	return seg->rate_from > 0 ? 0 : advance(seg, 0, 1);
}

uint64_t bt_due_next(const struct bt_segment *seg, uint64_t seed, uint64_t due)
{
	uint64_t next = advance(seg, due,
		seg->arrivals == BT_POISSON ? poisson_area(seed, due) : 1);

	/* Two Poisson arrivals closer than the grid: one grid step apart, so that a due time names one operation. */
	return next == due ? due + 1 : next;
}
