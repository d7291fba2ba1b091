#include "core/segment.h"

#include <math.h>

#include "base/rng.h"

const char *const bt_mode_name[] = { "open", "closed", "idle", "fill", NULL };
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

static double slope_of(const struct bt_segment *seg)
{
	if (seg->rate_from == seg->rate_to)
		return 0;
	return (seg->rate_to - seg->rate_from) / ((double)seg->span_ns / 1e9);
}

/*
 * The time in which `area` arrivals fall due when the rate is r now and changes by k a second: r t
 * + k t²/2 = area, solved so that neither k → 0 nor r → 0 loses digits. Fixed point; negative:
 * never.
 */
static double time_for(double r, double k, double area)
{
	double root = r * r + 2 * k * area;

	if (k == 0)
		return area * DUE_PER_S / r;
	return root <= 0 ? -1 : 2 * area * DUE_PER_S / (r + sqrt(root));
}

static uint64_t within(const struct bt_segment *seg, double due)
{
	return due < 0 || due >= (double)due_end(seg) ? UINT64_MAX : (uint64_t)due;
}

/*
 * Constant arrivals: the n-th falls due when n of them have. n is found again from the due time of
 * the last, so that no rounding adds up over a day.
 */
static uint64_t constant_after(const struct bt_segment *seg, uint64_t due)
{
	double t = (double)due / DUE_PER_S, k = slope_of(seg);
	double n = round(seg->rate_from * t + k * t * t / 2) + 1;
	double next = round(time_for(seg->rate_from, k, n));

	return within(seg, next < 0 ? next : fmax(next, (double)due + 1));
}

static uint64_t poisson_after(const struct bt_segment *seg, uint64_t due, double area)
{
	double gap = time_for(bt_rate_at(seg, due >> BT_DUE_SHIFT), slope_of(seg), area);

	if (gap < 0 || within(seg, (double)due + gap) == UINT64_MAX)
		return UINT64_MAX;
	/*
	 * The rounded gap is added, not the sum rounded: a double has too few digits for late due
	 * times. At least one grid step, so that a due time names one operation.
	 */
	due += (uint64_t)fmax(1, round(gap));
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
		return poisson_after(seg, 0, poisson_area(seed, UINT64_MAX));
	return 0;
}

uint64_t bt_due_next(const struct bt_segment *seg, uint64_t seed, uint64_t due)
{
	if (seg->arrivals == BT_POISSON)
		return poisson_after(seg, due, poisson_area(seed, due));
	return constant_after(seg, due);
}
