#include "core/volume.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "core/student.h"

void bt_slope_of(struct bt_slope *out, const double *x, const double *y, unsigned n)
{
	double mean_x = 0, mean_y = 0, xx = 0, xy = 0, left = 0, half;

	*out = (struct bt_slope){ n, NAN, NAN, NAN };
	for (unsigned i = 0; i < n; i++) {
		mean_x += x[i] / n;
		mean_y += y[i] / n;
	}
	for (unsigned i = 0; i < n; i++) {
		xx += (x[i] - mean_x) * (x[i] - mean_x);
		xy += (x[i] - mean_x) * (y[i] - mean_y);
	}
	if (!(xx > 0))
		return;
	out->mean = xy / xx;
	if (n < 3)
		return;
	for (unsigned i = 0; i < n; i++) {
		double off = y[i] - mean_y - out->mean * (x[i] - mean_x);

		left += off * off;
	}
	half = bt_student95(n - 2) * sqrt(left / (n - 2) / xx);
	out->low = out->mean - half;
	out->high = out->mean + half;
}

void bt_volume_resident(struct bt_slope *out, const struct bt_volume *v)
{
	double x[BT_VOLUME_LEVELS], y[BT_VOLUME_LEVELS];
	unsigned n = 0;

	for (unsigned i = 0; i < v->n; i++) {
		const struct bt_volume_level *l = &v->level[i];

		if (!l->before_bytes || !l->loaded_bytes)
			continue;
		x[n] = l->items;
		y[n++] = (double)l->loaded_bytes - (double)l->before_bytes;
	}
	bt_slope_of(out, x, y, n);
}

void bt_volume_counted(struct bt_slope *out, const struct bt_volume *v)
{
	double x[BT_VOLUME_LEVELS], y[BT_VOLUME_LEVELS];

	for (unsigned i = 0; i < v->n; i++) {
		x[i] = v->level[i].items;
		y[i] = (double)v->level[i].counted_bytes;
	}
	bt_slope_of(out, x, y, v->n);
}

static void tell_slopes(const struct bt_volume *v, struct bt_finding *out)
{
	struct bt_slope resident, counted;

	bt_volume_resident(&resident, v);
	bt_volume_counted(&counted, v);
	if (isnan(resident.mean)) {
		bt_text_add(out->text, sizeof(out->text),
			"; bytes an item: not known, that takes two levels");
		return;
	}
	bt_text_add(out->text, sizeof(out->text), "; %.0f bytes an item", resident.mean);
	if (isnan(resident.low))
		bt_text_add(out->text, sizeof(out->text),
			", with no interval of fewer than three levels");
	else
		bt_text_add(
			out->text, sizeof(out->text), " (%.0f–%.0f)", resident.low, resident.high);
	if (counted.mean > 0)
		bt_text_add(out->text, sizeof(out->text), ", %.0f of them counted", counted.mean);
}

/* From the first level to the last: what more items cost an operation. */
static void tell_change(const struct bt_volume *v, struct bt_finding *out)
{
	const struct bt_volume_level *a = &v->level[0], *b;

	if (v->n < 2)
		return;
	b = &v->level[v->n - 1];
	if (a->rate > 0)
		bt_text_add(out->text, sizeof(out->text), "; throughput %.2fx", b->rate / a->rate);
	if (a->p99_ns && b->p99_ns)
		bt_text_add(out->text, sizeof(out->text), ", p99 %.2fx of the first level's",
			(double)b->p99_ns / (double)a->p99_ns);
}

static void tell_release(const struct bt_volume *v, struct bt_finding *out)
{
	const struct bt_volume_level *first = v->n ? &v->level[0] : NULL, *last = first;
	char bytes[BT_FMT_MAX];

	for (unsigned i = 0; i < v->n; i++)
		if (v->level[i].after_bytes)
			last = &v->level[i];
	if (!first || !first->before_bytes || !last->after_bytes)
		return;
	bt_fmt_bytes(bytes, sizeof(bytes),
		fabs((double)last->after_bytes - (double)first->before_bytes));
	bt_text_add(out->text, sizeof(out->text), "; after release %s %s than before", bytes,
		last->after_bytes >= first->before_bytes ? "more" : "less");
}

void bt_volume_finding(const struct bt_volume *v, struct bt_finding *out)
{
	char items[BT_FMT_MAX];

	out->name = "level";
	out->unit = "items";
	out->value = v->held;
	out->text[0] = '\0';
	if (!v->n && !*v->why) {
		bt_text_add(out->text, sizeof(out->text), "no level has ended yet");
		return;
	}
	if (isnan(v->held))
		bt_text_add(out->text, sizeof(out->text), "no level held");
	else
		bt_text_add(out->text, sizeof(out->text), "the largest that held");
	if (*v->why)
		bt_text_add(out->text, sizeof(out->text), ", broke at %s: %s",
			bt_fmt_number(items, sizeof(items), v->broke_at), v->why);
	else
		bt_text_add(out->text, sizeof(out->text), ", none has broken");
	tell_slopes(v, out);
	tell_change(v, out);
	tell_release(v, out);
}
