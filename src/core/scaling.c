#include "core/scaling.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#include "core/student.h"

#define BEYOND 0.9 /* of the rate of as many as processors, that more of them have to keep */

/* A ratio over the trials that measured both of its rates: the geometric mean, and a 95 % interval
 * around it. */
struct ratio {
	unsigned n;
	double mean, low, high; /* NAN: none; no interval of one trial */
};

static struct ratio ratio_of(const struct bt_scaling *s, unsigned level, unsigned to)
{
	struct ratio r = { 0, NAN, NAN, NAN };
	double sum = 0, squares = 0, half;

	for (unsigned t = 0; t < s->trials; t++) {
		double log_ratio = log(s->rate[t][level] / s->rate[t][to]);

		if (!isfinite(log_ratio))
			continue;
		r.n++;
		sum += log_ratio;
		squares += log_ratio * log_ratio;
	}
	if (!r.n)
		return r;
	sum /= r.n;
	r.mean = exp(sum);
	if (r.n < 2)
		return r;
	half = bt_student95(r.n - 1) * sqrt(fmax(0, squares / r.n - sum * sum) / (r.n - 1));
	r.low = exp(sum - half);
	r.high = exp(sum + half);
	return r;
}

double bt_scaling_full(const struct bt_scaling *s, unsigned level)
{
	return BT_MIN(s->level[level], s->processors);
}

/* The highest level at which each node has a processor. */
static unsigned top_of(const struct bt_scaling *s)
{
	unsigned top = s->n_levels - 1;

	while (top && s->level[top] > s->processors)
		top--;
	return top;
}

static char *interval(char *buf, size_t size, const struct ratio *r, double scale)
{
	int digits = scale > 10 ? 1 : 2; /* percent, or a ratio */

	buf[0] = '\0';
	if (r->n > 1)
		snprintf(
			buf, size, " (%.*f–%.*f)", digits, r->low * scale, digits, r->high * scale);
	return buf;
}

/* A floor is missed when the whole interval is below it, and not resolved when only its middle
 * is. */
static enum bt_step_outcome against(const struct ratio *r, double scale, double floor)
{
	if (r->mean * scale >= floor)
		return BT_STEP_HELD;
	return r->n > 1 && r->high * scale >= floor ? BT_STEP_NONE : BT_STEP_BROKE;
}

static enum bt_step_outcome against_floor(const struct bt_scaling *s, unsigned level)
{
	struct ratio r = ratio_of(s, level, 0);

	return against(&r, 1 / bt_scaling_full(s, level), s->floor);
}

enum bt_step_outcome bt_scaling_outcome(
	const struct bt_scaling *s, unsigned level, char *why, size_t size)
{
	bool beyond = s->level[level] > s->processors;
	struct ratio r = ratio_of(s, level, beyond ? top_of(s) : 0);
	double scale = beyond ? 1 : 1 / bt_scaling_full(s, level),
	       floor = beyond ? BEYOND : s->floor;
	enum bt_step_outcome outcome = against(&r, scale, floor);
	const char *open = outcome == BT_STEP_NONE ? "not resolved: " : "";
	char around[40];

	why[0] = '\0';
	if (isnan(r.mean)) {
		snprintf(why, size, "nothing completed: no rate to compare");
		return BT_STEP_BROKE;
	}
	if (beyond)
		snprintf(why, size, "%s%.2f%s of the rate of %u, floor %.2f: only %u processors",
			open, r.mean, interval(around, sizeof(around), &r, 1), s->processors, floor,
			s->processors);
	else if (outcome != BT_STEP_HELD)
		snprintf(why, size, "%sefficiency %.1f %%%s, floor %.0f %%", open,
			r.mean * scale * 100, interval(around, sizeof(around), &r, scale * 100),
			floor * 100);
	return outcome;
}

/* Of the nodes that have a processor each: that the rate of more is flat is the processors' doing,
 * not contention. */
void bt_scaling_fit(struct bt_scaling *s)
{
	struct bt_usl_point points[BT_USL_POINTS];
	unsigned n = 0;

	for (unsigned t = 0; t < s->trials; t++)
		for (unsigned i = 0; i <= top_of(s); i++)
			if (s->rate[t][i] > 0)
				points[n++] =
					(struct bt_usl_point){ s->level[i], t, s->rate[t][i] };
	bt_usl_fit(&s->usl, points, n);
	s->fitted = true;
}

/* Names the levels whose efficiency came out so; whether there were any. */
static bool tell_levels(const struct bt_scaling *s, struct bt_finding *out, const char *words,
	enum bt_step_outcome outcome)
{
	unsigned n = 0;

	for (unsigned i = 1; i <= top_of(s); i++)
		if (against_floor(s, i) == outcome)
			bt_text_add(out->text, sizeof(out->text), "%s%u", n++ ? ", " : words,
				s->level[i]);
	return n > 0;
}

static void tell_floor(const struct bt_scaling *s, struct bt_finding *out)
{
	bool told;

	bt_text_add(out->text, sizeof(out->text), ", floor %.0f %%", s->floor * 100);
	told = tell_levels(s, out, " missed at ", BT_STEP_BROKE);
	told |= tell_levels(
		s, out, told ? ", not resolved at " : " not resolved at ", BT_STEP_NONE);
	if (!told)
		bt_text_add(out->text, sizeof(out->text), " held");
}

static void tell_beyond(const struct bt_scaling *s, struct bt_finding *out)
{
	unsigned top = top_of(s), lowest = 0;
	double least = INFINITY;

	for (unsigned i = top + 1; i < s->n_levels; i++) {
		double r = ratio_of(s, i, top).mean;

		if (r < least) {
			least = r;
			lowest = i;
		}
	}
	if (lowest)
		bt_text_add(out->text, sizeof(out->text),
			"; more %ss than the %u processors: %.2f of their rate at %u, floor %.2f",
			s->noun, s->processors, least, s->level[lowest], BEYOND);
}

/* What makes the figures say less than they seem to. */
static void tell_limits(const struct bt_scaling *s, struct bt_finding *out)
{
	unsigned top = s->level[top_of(s)];

	if (s->left_out)
		bt_text_add(out->text, sizeof(out->text),
			"; %u levels above the %u processors left out", s->left_out, s->processors);
	if (s->cores && s->cores < top)
		bt_text_add(out->text, sizeof(out->text),
			"; hyper-threads: %u processors are %u cores", s->processors, s->cores);
	if (s->quota > 0 && s->quota < top)
		bt_text_add(out->text, sizeof(out->text),
			"; the cgroup allows %.3g processors' time", s->quota);
	if (s->unbound)
		bt_text_add(
			out->text, sizeof(out->text), "; workers could not be bound to processors");
}

static void tell_fit(const struct bt_scaling *s, struct bt_finding *out)
{
	const struct bt_usl *u = &s->usl;

	bt_text_add(out->text, sizeof(out->text),
		"contention %.2g %% (%.2g–%.2g), coherency %.2g %% (%.2g–%.2g)", u->sigma * 100,
		u->sigma_low * 100, u->sigma_high * 100, u->kappa * 100, u->kappa_low * 100,
		u->kappa_high * 100);
	if (!isnan(u->peak))
		bt_text_add(out->text, sizeof(out->text), ", peak at %.0f %ss", u->peak, s->noun);
	else if (u->sigma_low > 0)
		bt_text_add(out->text, sizeof(out->text), ", never above %.3gx one %s",
			1 / u->sigma, s->noun);
}

static void tell_usl(const struct bt_scaling *s, struct bt_finding *out)
{
	if (!s->fitted)
		return;
	bt_text_add(out->text, sizeof(out->text), "; USL: ");
	switch (s->usl.verdict) {
	case BT_USL_FITS:
		tell_fit(s, out);
		break;
	case BT_USL_FEW:
		bt_text_add(out->text, sizeof(out->text),
			"no fit: %u levels within the processors, %d needed", s->usl.levels,
			BT_USL_LEVELS);
		break;
	case BT_USL_STRAIGHT:
		bt_text_add(out->text, sizeof(out->text), "no fit: the data do not bend");
		break;
	case BT_USL_OTHER:
		bt_text_add(out->text, sizeof(out->text),
			"no fit: the data bend otherwise, %.2g %% off", s->usl.off * 100);
		break;
	}
}

void bt_scaling_finding(const struct bt_scaling *s, struct bt_finding *out)
{
	unsigned top = top_of(s);
	struct ratio r = ratio_of(s, top, 0);
	char around[40];

	out->name = "efficiency";
	out->unit = "%";
	out->value = NAN;
	out->text[0] = '\0';
	if (isnan(r.mean)) {
		bt_text_add(out->text, sizeof(out->text), "no trial of %u %ss has ended yet",
			s->level[top], s->noun);
		return;
	}
	if (top) {
		out->value = r.mean / bt_scaling_full(s, top) * 100;
		bt_text_add(out->text, sizeof(out->text), "%u %ss: %.2fx one %s%s", s->level[top],
			s->noun, r.mean, s->noun, interval(around, sizeof(around), &r, 1));
		tell_floor(s, out);
	} else {
		bt_text_add(out->text, sizeof(out->text), "1 processor: nothing to scale with");
	}
	tell_beyond(s, out);
	tell_limits(s, out);
	tell_usl(s, out);
}
