#include "ui/focus.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "ui/view.h"

void bt_focus_reset(struct bt_screen *screen)
{
	const struct bt_focus *old = &screen->focus;

	screen->focus =
		(struct bt_focus){ .lens = old->lens, .time = old->time, .row = BT_AT_NEWEST };
	if (screen->shown && !screen->shown->info->open_loop)
		screen->focus.time = BT_SERVICE;
	memset(&screen->window, 0, sizeof(screen->window));
}

void bt_focus_shown(const struct bt_screen *screen, uint64_t *from_ns, uint64_t *to_ns)
{
	const struct bt_focus *focus = &screen->focus;

	*from_ns = focus->zoomed ? focus->from_ns : 0;
	*to_ns = focus->zoomed ? focus->to_ns : 0;
}

/* The column of the charts that a time lies in. */
static double column_of(const struct bt_screen *screen, uint64_t t_ns)
{
	uint64_t from_ns, to_ns;

	bt_focus_shown(screen, &from_ns, &to_ns);
	return floor(((double)t_ns - (double)from_ns) / screen->focus.cell_ns);
}

static uint64_t column_ns(const struct bt_screen *screen, double column)
{
	uint64_t from_ns, to_ns;

	bt_focus_shown(screen, &from_ns, &to_ns);
	return bt_u64((double)from_ns + column * screen->focus.cell_ns);
}

/* The last column that something is known of. */
static double last_column(const struct bt_screen *screen)
{
	uint64_t from_ns, to_ns, end_ns = bt_trace_end(&screen->shown->trace);

	bt_focus_shown(screen, &from_ns, &to_ns);
	if (to_ns)
		end_ns = BT_MIN(end_ns, to_ns);
	return fmax(column_of(screen, end_ns ? end_ns - 1 : 0), 0);
}

static bool has_charts(struct bt_screen *screen)
{
	if (screen->focus.cell_ns > 0 && bt_model_last(screen->shown))
		return true;
	snprintf(screen->message, sizeof(screen->message), "nothing to look at yet");
	return false;
}

void bt_focus_move(struct bt_screen *screen, int columns)
{
	struct bt_focus *focus = &screen->focus;
	double last, at;

	if (!has_charts(screen))
		return;
	last = last_column(screen);
	at = focus->cursor ? column_of(screen, focus->at_ns) + columns : last;
	focus->cursor = true;
	focus->at_ns = column_ns(screen, fmin(fmax(at, 0), last) + 0.5);
}

void bt_focus_column(struct bt_screen *screen, int column)
{
	if (!has_charts(screen))
		return;
	screen->focus.cursor = true;
	screen->focus.at_ns = column_ns(screen, column + 0.5);
	bt_focus_move(screen, 0);
}

void bt_focus_event(struct bt_screen *screen, long row)
{
	long n = (long)screen->shown->tally.n_events;

	row = BT_MAX(BT_MIN(row, n - 1), 0);
	screen->focus.row = row >= n - 1 ? BT_AT_NEWEST : (uint32_t)row;
}

void bt_focus_put(struct bt_screen *screen, uint64_t t_ns)
{
	uint64_t from_ns, to_ns;

	if (!has_charts(screen))
		return;
	bt_focus_shown(screen, &from_ns, &to_ns);
	if (t_ns < from_ns || (to_ns && t_ns >= to_ns))
		screen->focus.zoomed = false;
	screen->focus.cursor = true;
	screen->focus.at_ns = t_ns;
	bt_focus_move(screen, 0);
}

bool bt_focus_window(const struct bt_screen *screen, uint64_t *from_ns, uint64_t *to_ns)
{
	const struct bt_focus *focus = &screen->focus;
	double one, other;

	if (focus->cursor) {
		one = other = column_of(screen, focus->at_ns);
		if (focus->marking)
			other = column_of(screen, focus->mark_ns);
		*from_ns = column_ns(screen, fmin(one, other));
		*to_ns = column_ns(screen, fmax(one, other) + 1) - 1;
		return true;
	}
	*from_ns = focus->from_ns;
	*to_ns = focus->to_ns;
	return focus->zoomed;
}

void bt_focus_zoom(struct bt_screen *screen)
{
	struct bt_focus *focus = &screen->focus;
	struct bt_window *window = &screen->window;

	if (!focus->marking) {
		bt_focus_move(screen, 0);
		if (!focus->cursor)
			return;
		focus->marking = true;
		focus->mark_ns = focus->at_ns;
		snprintf(screen->message, sizeof(screen->message),
			"a window begins here: go to its other end, then z once more");
		return;
	}
	bt_focus_renew(screen);
	if (window->to_ns - window->from_ns < 2 * BT_SLICE_NS) {
		snprintf(screen->message, sizeof(screen->message),
			"too short a window: go further with the arrow keys, then z");
		return;
	}
	focus->cursor = focus->marking = false;
	focus->zoomed = true;
	focus->from_ns = window->from_ns;
	focus->to_ns = window->to_ns;
}

bool bt_focus_back(struct bt_screen *screen)
{
	struct bt_focus *focus = &screen->focus;

	if (focus->drawer != BT_DRAWER_SHUT)
		focus->drawer = BT_DRAWER_SHUT;
	else if (focus->marking)
		focus->marking = false;
	else if (focus->cursor)
		focus->cursor = false;
	else if (focus->zoomed)
		focus->zoomed = false;
	else
		return false;
	return true;
}

const struct bt_latency *bt_focus_latency(const struct bt_screen *screen, enum bt_time time)
{
	return screen->scoped ? &screen->window.lat[time] : &screen->newest[time];
}

/* The trace has room for one window: that of a cursor is made anew afterwards. */
static void renew_newest(struct bt_screen *screen)
{
	struct bt_window_key key = { .model = screen->shown };
	struct bt_window *window = &screen->window;

	screen->scoped = false;
	memset(screen->newest, 0, sizeof(screen->newest));
	if (!screen->shown)
		return;
	key.end_ns = key.to_ns = bt_trace_end(&screen->shown->trace);
	key.from_ns = key.to_ns - BT_MIN(key.to_ns, BT_NS_PER_S);
	if (memcmp(&key, &screen->window_key, sizeof(key)) != 0)
		bt_trace_window(&screen->shown->trace, window, key.from_ns + 1, key.to_ns);
	screen->window_key = key;
	if (window->to_ns > window->from_ns)
		memcpy(screen->newest, window->lat, sizeof(screen->newest));
}

void bt_focus_renew(struct bt_screen *screen)
{
	struct bt_window_key key = { .model = screen->shown };

	if (!screen->shown || !bt_focus_window(screen, &key.from_ns, &key.to_ns)) {
		renew_newest(screen);
		return;
	}
	key.unit_ns = screen->shown->trace.unit_ns;
	/* What has not ended yet grows. */
	key.end_ns = BT_MIN(bt_trace_end(&screen->shown->trace), key.to_ns + key.unit_ns);
	if (memcmp(&key, &screen->window_key, sizeof(key)) != 0)
		bt_trace_window(&screen->shown->trace, &screen->window, key.from_ns, key.to_ns);
	screen->window_key = key;
	screen->scoped = screen->window.to_ns > screen->window.from_ns;
}
