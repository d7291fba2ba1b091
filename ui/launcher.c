#include "ui/launcher.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"

static struct bt_launch_value *find(struct bt_launch *launch, const char *name)
{
	unsigned i;

	for (i = 0; i < launch->n_values; i++)
		if (strcmp(launch->values[i].name, name) == 0)
			return &launch->values[i];
	return NULL;
}

const char *bt_launch_given(const struct bt_launch *launch, const char *name)
{
	unsigned i;

	for (i = 0; i < launch->n_values; i++)
		if (strcmp(launch->values[i].name, name) == 0)
			return launch->values[i].text;
	return NULL;
}

const char *bt_launch_get(const struct bt_launch *launch, const char *name)
{
	const char *text = bt_launch_given(launch, name);

	return text ? text : "";
}

static void take_away(struct bt_launch *launch, struct bt_launch_value *value)
{
	free(value->name);
	free(value->text);
	*value = launch->values[--launch->n_values];
}

bool bt_launch_set(struct bt_launch *launch, const char *name, const char *text)
{
	struct bt_launch_value *value = find(launch, name), *more;
	char *copy = text ? strdup(text) : NULL, *of;

	if (!text && value)
		take_away(launch, value);
	if (!text || !copy)
		return !text;
	if (value) {
		free(value->text);
		value->text = copy;
		return true;
	}
	more = realloc(launch->values, (launch->n_values + 1) * sizeof(*more));
	of = strdup(name);
	launch->values = more ? more : launch->values;
	if (!more || !of) {
		free(copy);
		free(of);
		return false;
	}
	more[launch->n_values++] = (struct bt_launch_value){ of, copy };
	return true;
}

void bt_launch_fini(struct bt_launch *launch)
{
	while (launch->n_values)
		take_away(launch, &launch->values[launch->n_values - 1]);
	free(launch->values);
	free(launch->command);
	launch->values = NULL;
	launch->command = NULL;
}

uint64_t bt_launch_span(const struct bt_launch *launch)
{
	uint64_t sum = 0;
	unsigned i;

	for (i = 0; i < launch->n_segments; i++) {
		if (launch->segments[i].span_ns == BT_FOREVER)
			return 0;
		sum += launch->segments[i].span_ns;
	}
	return sum;
}

struct gist {
	unsigned steps, workers_from, workers_to;
	bool open, closed;
	double lo, hi; /* op/s */
	uint64_t items;
};

static struct gist gist_of(const struct bt_launch *launch)
{
	struct gist g = { .lo = INFINITY };
	unsigned i;

	for (i = 0; i < launch->n_segments; i++) {
		const struct bt_segment *seg = &launch->segments[i];

		g.steps += seg->step > 0;
		g.items += seg->items;
		if (seg->mode == BT_OPEN) {
			g.open = true;
			g.lo = fmin(g.lo, fmin(seg->rate_from, seg->rate_to));
			g.hi = fmax(g.hi, fmax(seg->rate_from, seg->rate_to));
		} else if (seg->mode == BT_CLOSED) {
			g.workers_from =
				g.closed ? BT_MIN(g.workers_from, seg->workers) : seg->workers;
			g.workers_to = BT_MAX(g.workers_to, seg->workers);
			g.closed = true;
		}
	}
	return g;
}

static size_t add_rates(char *buf, size_t size, const struct gist *g)
{
	char lo[BT_FMT_MAX], hi[BT_FMT_MAX];

	bt_fmt_number(lo, sizeof(lo), g->lo);
	bt_fmt_number(hi, sizeof(hi), g->hi);
	if (g->open && g->lo < g->hi)
		return (size_t)snprintf(buf, size, "%s to %s op/s", lo, hi);
	if (g->open)
		return (size_t)snprintf(buf, size, "%s op/s", hi);
	if (g->workers_from < g->workers_to)
		return (size_t)snprintf(
			buf, size, "%u to %u workers back to back", g->workers_from, g->workers_to);
	return (size_t)snprintf(buf, size, "%u worker%s back to back", g->workers_to,
		g->workers_to == 1 ? "" : "s");
}

void bt_launch_words(char *buf, size_t size, const struct bt_launch *launch)
{
	struct gist g = gist_of(launch);
	uint64_t span_ns = bt_launch_span(launch);
	char text[BT_FMT_MAX];
	size_t at = 0;

	buf[0] = '\0';
	if (!launch->n_segments)
		return;
	if (g.steps)
		at += (size_t)snprintf(buf, size, "%s%u step%s, ", launch->more ? "over " : "",
			g.steps, g.steps == 1 ? "" : "s");
	at += add_rates(buf + at, size - at, &g);
	if (g.items)
		at += (size_t)snprintf(buf + at, size - at, ", %s operations",
			bt_fmt_group(text, sizeof(text), g.items));
	if (span_ns)
		snprintf(buf + at, size - at, ", %s%s", launch->more ? "over " : "",
			bt_fmt_clock(text, sizeof(text), span_ns));
}
