/* What the launch view draws. */
#include "ui/launcher_impl.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "ui/panel.h"

#define NARROW  64 /* less than this: one list at a time */
#define NAME_W  18 /* columns of an option's name */
#define VALUE_W 16 /* of its value */
#define WORDS_W 30 /* of its help, at least */
#define HELP_H  2

struct bt_launch_places bt_launch_places(const struct bt_launch *launch, struct bt_rect r)
{
	struct bt_launch_places p = { 0 };
	int plan_h = r.h >= 32 ? 10 : r.h >= 22 ? 6 : 0, command_h = r.h >= 16 ? 2 : 1;
	int body_h = r.h - 1 - plan_h - command_h - HELP_H, profiles_h, left_w;

	p.command = (struct bt_rect){ r.x + 1, r.y + r.h - command_h, r.w - 2, command_h };
	p.help = (struct bt_rect){ r.x + 1, r.y + 1 + body_h, r.w - 2, HELP_H };
	p.plan = (struct bt_rect){ r.x, p.help.y + HELP_H, r.w, plan_h };
	if (r.w < NARROW) {
		p.list[launch->focus] = (struct bt_rect){ r.x, r.y + 1, r.w, body_h };
		return p;
	}
	left_w = BT_MAX(BT_MIN(r.w / 4, 34), 22);
	profiles_h = BT_MIN((int)launch->n_profiles + 2, body_h / 2 + 1);
	p.list[0] = (struct bt_rect){ r.x, r.y + 1, left_w, body_h - profiles_h };
	p.list[1] = (struct bt_rect){ r.x, r.y + 1 + p.list[0].h, left_w, profiles_h };
	p.list[2] = (struct bt_rect){ r.x + left_w, r.y + 1, r.w - left_w, body_h };
	return p;
}

int bt_launch_rows(const struct bt_launch *launch, int rows[2 * BT_LAUNCH_FIELDS], int *cursor)
{
	const char *group = NULL;
	unsigned i;
	int n = 0;

	*cursor = 0;
	for (i = 0; i < launch->n_fields; i++) {
		if (!group || strcmp(group, launch->fields[i].group) != 0)
			rows[n++] = -1;
		group = launch->fields[i].group;
		if (i == launch->at)
			*cursor = n;
		rows[n++] = (int)i;
	}
	return n;
}

int bt_launch_first(int n, int cursor, int room)
{
	if (n <= room || cursor < room / 2)
		return 0;
	return BT_MIN(cursor - room / 2, n - room);
}

static struct bt_rect frame(struct bt_grid *grid, struct bt_rect r, const char *title, bool focused)
{
	struct bt_rect in = bt_grid_box(grid, r, title);
	int x, y;

	for (y = 0; focused && y < r.h; y++)
		for (x = 0; x < r.w; x++) {
			struct bt_cell *cell = bt_grid_at(grid, r, x, y);

			if (cell && (cell->style & BT_ROLE_MASK) == BT_BORDER)
				cell->style = BT_ACCENT;
		}
	return in;
}

/* In the lower edge: how many rows lie below. */
static void tell_more(struct bt_grid *grid, struct bt_rect r, int below)
{
	char text[32];

	if (below <= 0)
		return;
	snprintf(text, sizeof(text), " %d more ▼ ", below);
	bt_grid_right(grid, r, r.w - 2, r.h - 1, BT_DIM, text);
}

static void draw_names(struct bt_grid *grid, struct bt_rect r, const char *title,
	const struct bt_launch_name *names, unsigned n, unsigned chosen, bool focused)
{
	struct bt_rect in = frame(grid, r, title, focused);
	int first = bt_launch_first((int)n, (int)chosen, in.h), y;

	for (y = 0; y < in.h && first + y < (int)n; y++) {
		bool here = (unsigned)(first + y) == chosen;
		unsigned style =
			here ? BT_TEXT_PLAIN | BT_BOLD | (focused ? BT_REVERSE : 0) : BT_DIM;

		if (here)
			bt_grid_fill(grid, (struct bt_rect){ in.x - 1, in.y + y, in.w + 2, 1 },
				focused ? BT_REVERSE : 0, ' ');
		bt_grid_put(grid, in, 0, y, style, here ? "▶" : " ");
		bt_grid_fit(grid, in, 2, y, in.w - 2, style, names[first + y].name);
	}
	tell_more(grid, r, (int)n - first - in.h);
}

static void draw_field(struct bt_grid *grid, struct bt_rect in, int y,
	const struct bt_launch *launch, const struct bt_launch_field *field, bool here)
{
	const char *value = bt_launch_given(launch, field->name);
	const bool given = value != NULL;
	unsigned reverse = here ? BT_REVERSE : 0;
	unsigned style = field->problem[0] ? BT_BAD | BT_BOLD
		: given                    ? BT_ACCENT | BT_BOLD
					   : BT_DIM;
	int x = 1 + NAME_W + 1;
	bool told = in.w - x >= VALUE_W + 1 + WORDS_W;

	if (here) {
		bt_grid_fill(
			grid, (struct bt_rect){ in.x - 1, in.y + y, in.w + 2, 1 }, reverse, ' ');
		style = BT_TEXT_PLAIN | (given ? BT_BOLD : 0);
	}
	bt_grid_put(grid, in, 0, y, BT_BAD | BT_BOLD | reverse, field->problem[0] ? "✖" : "");
	bt_grid_fit(grid, in, 1, y, NAME_W, BT_TEXT_PLAIN | reverse, field->name);
	if (given && !*value)
		value = "(empty)";
	else if (!given)
		value = field->dflt ? field->dflt : field->flag ? "no" : "-";
	bt_grid_fit(grid, in, x, y, told ? VALUE_W : in.w - x, style | reverse, value);
	if (told)
		bt_grid_fit(grid, in, x + VALUE_W + 1, y, in.w - x - VALUE_W - 1,
			(here ? BT_TEXT_PLAIN : BT_DIM) | reverse, field->help);
}

static void draw_options(
	struct bt_grid *grid, struct bt_rect r, const struct bt_launch *launch, bool focused)
{
	struct bt_rect in = frame(grid, r, "options", focused);
	int rows[2 * BT_LAUNCH_FIELDS], cursor, y, first;
	int n = bt_launch_rows(launch, rows, &cursor);

	first = bt_launch_first(n, cursor, in.h);
	for (y = 0; y < in.h && first + y < n; y++) {
		int i = rows[first + y];

		if (i < 0)
			bt_grid_fit(grid, in, 0, y, in.w, BT_TITLE | BT_BOLD,
				launch->fields[rows[first + y + 1]].group);
		else
			draw_field(grid, in, y, launch, &launch->fields[i],
				focused && (unsigned)i == launch->at);
	}
	tell_more(grid, r, n - first - in.h);
}

static void draw_help(struct bt_grid *grid, struct bt_rect r, const struct bt_launch *launch)
{
	const struct bt_launch_field *field =
		launch->at < launch->n_fields ? &launch->fields[launch->at] : NULL;
	char text[800];

	bt_text_format(text, sizeof(text), "✖ %s", launch->problem);
	if (launch->problem[0] && bt_text_width(text) > r.w) {
		bt_grid_wrap(grid, r, BT_BAD | BT_BOLD, text);
		return;
	}
	if (launch->focus == BT_LAUNCH_WORKLOAD || launch->focus == BT_LAUNCH_PROFILE) {
		const struct bt_launch_name *name = launch->focus == BT_LAUNCH_WORKLOAD
			? &launch->workloads[launch->workload]
			: &launch->profiles[launch->profile];

		bt_text_format(text, sizeof(text), "%s: %s", name->name, name->summary);
		bt_grid_fit(grid, r, 0, 0, r.w, BT_TEXT_PLAIN, text);
	} else if (field) {
		bt_text_format(text, sizeof(text), "--%s: %s", field->name, field->help);
		bt_grid_fit(grid, r, 0, 0, r.w, BT_TEXT_PLAIN, text);
	}
	if (launch->problem[0]) {
		bt_text_format(text, sizeof(text), "✖ %s", launch->problem);
		bt_grid_fit(grid, r, 0, 1, r.w, BT_BAD | BT_BOLD, text);
	} else if (launch->focus == BT_LAUNCH_OPTIONS && field) {
		bt_text_format(text, sizeof(text), "expects %s", field->expects);
		bt_grid_fit(grid, r, 0, 1, r.w, BT_DIM, text);
	}
}

/* The load at a time of the plan: op/s, in a plan of closed loops only the workers. */
static double load_at(const struct bt_launch *launch, double t_ns, bool closed)
{
	double start = 0;
	unsigned i;

	for (i = 0; i < launch->n_segments; i++) {
		const struct bt_segment *seg = &launch->segments[i];
		double end = start + (double)seg->span_ns;

		if (t_ns < end || (i + 1 == launch->n_segments && t_ns <= end)) {
			if (closed)
				return seg->workers;
			return seg->mode == BT_OPEN ? seg->rate_from +
					(seg->rate_to - seg->rate_from) * (t_ns - start) /
						(double)seg->span_ns
						    : NAN;
		}
		start = end;
	}
	return NAN;
}

static bool only_closed(const struct bt_launch *launch)
{
	unsigned i;

	for (i = 0; i < launch->n_segments; i++)
		if (launch->segments[i].mode == BT_OPEN)
			return false;
	return true;
}

static char *label_load(char *buf, size_t size, double v)
{
	return bt_fmt_number(buf, size, v);
}

static void draw_plan(struct bt_grid *grid, struct bt_rect r, const struct bt_launch *launch)
{
	double v[BT_PLOT_DOTS], span_ns = (double)bt_launch_span(launch);
	struct bt_series series = { .v = v, .style = BT_SERIES_1, .area = true, .ascii = '#' };
	struct bt_plot plot = { .series = &series, .n_series = 1, .label = label_load };
	char title[160], words[120];
	bool closed = only_closed(launch);
	struct bt_rect in;
	int i;

	if (r.h < 3)
		return;
	bt_launch_words(words, sizeof(words), launch);
	snprintf(title, sizeof(title), "planned load%s%s", *words ? ": " : "", words);
	in = bt_grid_box(grid, r, title);
	if (!launch->n_segments || span_ns <= 0 || in.w < 1) {
		bt_grid_fit(grid, in, 0, in.h / 2, in.w, BT_DIM,
			launch->problem[0] ? "correct the refused option first"
					   : "its length is not known in advance");
		return;
	}
	plot.n = bt_plot_dots(grid, in.w, true);
	plot.dot_ns = span_ns / plot.n;
	for (i = 0; i < plot.n; i++)
		v[i] = load_at(launch, (i + 0.5) * plot.dot_ns, closed);
	bt_plot_draw(grid, in, &plot);
}

static void draw_head(struct bt_grid *grid, struct bt_rect r, const struct bt_launch *launch)
{
	static const char *const names[] = { "workload", "profile", "options" };
	char text[200];
	int x = bt_grid_put(grid, r, 1, 0, BT_ACCENT | BT_BOLD, "launch") + 2, i;

	for (i = 0; i < 3 && r.w < NARROW; i++)
		x = bt_grid_put(grid, r, x, 0,
			    (int)launch->focus == i ? BT_TEXT_PLAIN | BT_BOLD : BT_DIM, names[i]) +
			2;
	if (r.w < NARROW)
		return;
	snprintf(text, sizeof(text), "%s  %s", launch->workloads[launch->workload].name,
		launch->profiles[launch->profile].name);
	bt_grid_fit(grid, r, x, 0, r.w / 2, BT_TEXT_PLAIN | BT_BOLD, text);
	bt_grid_right(grid, r, r.w - 1, 0,
		launch->problem[0] ? BT_BAD | BT_BOLD : BT_GOOD | BT_BOLD,
		launch->problem[0] ? "✖ not yet" : "✔ ready: s starts it");
}

void bt_launch_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_launch *launch = screen->launch;
	struct bt_launch_places p = bt_launch_places(launch, r);

	draw_head(grid, r, launch);
	if (p.list[0].w)
		draw_names(grid, p.list[0], "workload", launch->workloads, launch->n_workloads,
			launch->workload, launch->focus == BT_LAUNCH_WORKLOAD);
	if (p.list[1].w)
		draw_names(grid, p.list[1], "profile", launch->profiles, launch->n_profiles,
			launch->profile, launch->focus == BT_LAUNCH_PROFILE);
	if (p.list[2].w)
		draw_options(grid, p.list[2], launch, launch->focus == BT_LAUNCH_OPTIONS);
	if (screen->message[0])
		bt_grid_wrap(grid, p.help, BT_WARN | BT_BOLD, screen->message);
	else
		draw_help(grid, p.help, launch);
	draw_plan(grid, p.plan, launch);
	bt_grid_put(grid, p.command, 0, 0, BT_TEXT_PLAIN, "$");
	p.command.x += 2;
	p.command.w -= 2;
	bt_grid_wrap(grid, p.command, BT_TEXT_PLAIN, launch->command ? launch->command : "");
}
