/* The live view: one run, going on or stored. */
#include "ui/panel.h"

#include <stdio.h>

#include "ui/control.h"

static const struct bt_panel_ops *const panels[BT_PANELS] = {
	[BT_P_HEADER] = &bt_panel_header,
	[BT_P_PROGRESS] = &bt_panel_progress,
	[BT_P_HEADLINE] = &bt_panel_headline,
	[BT_P_THROUGHPUT] = &bt_panel_throughput,
	[BT_P_LATENCY] = &bt_panel_latency,
	[BT_P_TABLE] = &bt_panel_table,
	[BT_P_THRESHOLDS] = &bt_panel_thresholds,
	[BT_P_STEPS] = &bt_panel_steps,
	[BT_P_OUTCOMES] = &bt_panel_outcomes,
	[BT_P_METRICS] = &bt_panel_metrics,
	[BT_P_MEMORY] = &bt_panel_memory,
	[BT_P_SLOW] = &bt_panel_slow,
	[BT_P_EVENTS] = &bt_panel_events,
	[BT_P_ACCOUNT] = &bt_panel_account,
	[BT_P_NOTICE] = &bt_panel_notice,
	[BT_P_SPREAD] = &bt_panel_spread,
	[BT_P_FRONTIER] = &bt_panel_frontier,
	[BT_P_REASON] = &bt_panel_reason,
	[BT_P_WATCH] = &bt_panel_watch,
	[BT_P_NET] = &bt_panel_net,
	[BT_P_DRAWER] = &bt_panel_drawer,
};

static void place(struct bt_rect places[BT_PANELS], const struct bt_screen *screen, int w, int h)
{
	int rows[BT_PANELS], i;

	for (i = 0; i < BT_PANELS; i++)
		rows[i] = panels[i]->rows(screen);
	bt_layout(places, w, h, rows);
}

static void live_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	struct bt_rect places[BT_PANELS];
	int i;

	place(places, screen, r.w, r.h);
	for (i = 0; i < BT_PANELS; i++)
		if (places[i].w > 0)
			panels[i]->draw(grid, places[i], screen);
}

static bool holds(struct bt_rect r, struct bt_mouse mouse)
{
	return mouse.x >= r.x && mouse.x < r.x + r.w && mouse.y >= r.y && mouse.y < r.y + r.h;
}

/* A click on a chart puts the cursor there, one on the log chooses an event. The wheel is the keys
 * up and down. */
static bool live_mouse(struct bt_screen *screen, struct bt_mouse mouse)
{
	struct bt_rect places[BT_PANELS], in;

	if (mouse.what != BT_MOUSE_CLICK)
		return false;
	place(places, screen, screen->w, screen->h - 1);
	in = bt_rect_inset(places[BT_P_THROUGHPUT], 2, 1);
	if (holds(places[BT_P_LATENCY], mouse) && screen->focus.lens != BT_LENS_SPREAD)
		in = bt_rect_inset(places[BT_P_LATENCY], 2, 1);
	if (holds(in, mouse) && mouse.x >= in.x + BT_PLOT_LABEL)
		bt_focus_column(screen, mouse.x - in.x - BT_PLOT_LABEL);
	in = bt_rect_inset(places[BT_P_DRAWER], 2, 1);
	if (holds(in, mouse) && screen->focus.drawer == BT_DRAWER_EVENTS)
		bt_focus_event(screen, (long)bt_log_first(screen, in.h) + mouse.y - in.y);
	return true;
}

static void live_press_history(struct bt_screen *screen)
{
	screen->ask = BT_ASK_HISTORY;
}

/* Where the log is open, the keys up and down are its. */
static void choose_event(struct bt_screen *screen, long by)
{
	const struct bt_focus *focus = &screen->focus;
	long n = (long)screen->shown->tally.n_events;

	if (focus->drawer == BT_DRAWER_EVENTS)
		bt_focus_event(screen, BT_MIN((long)focus->row, n - 1) + by);
}

static void live_press_up(struct bt_screen *screen)
{
	choose_event(screen, -1);
}

static void live_press_down(struct bt_screen *screen)
{
	choose_event(screen, 1);
}

static void live_press_page_up(struct bt_screen *screen)
{
	choose_event(screen, -BT_MAX(screen->page / 2, 1));
}

static void live_press_page_down(struct bt_screen *screen)
{
	choose_event(screen, BT_MAX(screen->page / 2, 1));
}

static void live_press_left(struct bt_screen *screen)
{
	bt_focus_move(screen, -1);
}

static void live_press_right(struct bt_screen *screen)
{
	bt_focus_move(screen, 1);
}

static void live_press_far_left(struct bt_screen *screen)
{
	bt_focus_move(screen, -10);
}

static void live_press_far_right(struct bt_screen *screen)
{
	bt_focus_move(screen, 10);
}

static void live_press_first(struct bt_screen *screen)
{
	bt_focus_move(screen, -BT_PLOT_DOTS);
}

static void live_press_last(struct bt_screen *screen)
{
	bt_focus_move(screen, BT_PLOT_DOTS);
}

static void live_press_zoom(struct bt_screen *screen)
{
	bt_focus_zoom(screen);
}

static void live_press_lens(struct bt_screen *screen)
{
	screen->focus.lens = (screen->focus.lens + 1) % BT_LENSES;
}

static void live_press_split(struct bt_screen *screen)
{
	if (screen->shown->info->open_loop)
		screen->focus.time = (screen->focus.time + 1) % (BT_SPLIT + 1);
	else
		snprintf(screen->message, sizeof(screen->message),
			"a closed loop has no queue: service time is all there is");
}

static void live_press_log(struct bt_screen *screen)
{
	screen->focus.drawer =
		screen->focus.drawer == BT_DRAWER_EVENTS ? BT_DRAWER_SHUT : BT_DRAWER_EVENTS;
}

/* In the log: to where the event is on the charts. With a cursor: its worst operations. */
static void live_press_enter(struct bt_screen *screen)
{
	struct bt_focus *focus = &screen->focus;
	const struct bt_tally *tally = &screen->shown->tally;

	if (focus->drawer == BT_DRAWER_EVENTS && tally->n_events)
		bt_focus_put(screen, tally->events[BT_MIN(focus->row, tally->n_events - 1)].t_ns);
	else if (focus->drawer == BT_DRAWER_WORST)
		focus->drawer = BT_DRAWER_SHUT;
	else if (focus->cursor || focus->zoomed)
		focus->drawer = BT_DRAWER_WORST;
	else if (screen->shown == screen->live && !bt_screen_running(screen))
		screen->ask = BT_ASK_LEAVE;
}

static void live_press_escape(struct bt_screen *screen)
{
	if (!bt_focus_back(screen) && screen->shown == screen->stored)
		screen->ask = BT_ASK_HISTORY;
}

static const struct bt_key keys[] = {
	{ 'q', 'Q', "q", "quit", "quit; a run that goes on is ended first, after a question",
		bt_screen_leave },
	{ '?', 0, "?", "help", "this help", bt_screen_help },
	{ BT_KEY_TAB, 0, "Tab", "history", "the history of runs, and back", live_press_history },
	{ ' ', 'p', "space", "pause", "pause the load, and let it go on", bt_control_pause },
	{ '+', '=', "+ -", "rate", "offer a tenth more, a tenth less; in a replay: its speed",
		bt_control_more },
	{ '-', '_', "-", NULL, NULL, bt_control_less },
	{ 'r', 'R', "r", NULL, "type a rate, or a factor as x1.5", bt_control_rate },
	{ 's', 'S', "s", "spike", "a spike now: how much and how long is asked", bt_control_spike },
	{ 'm', 'M', "m", "note", "a note, kept with the run and marked on the charts",
		bt_control_note },
	{ BT_KEY_LEFT, 0, "← →", "look",
		"a moment of the charts: every panel tells of it; < > ten columns",
		live_press_left },
	{ BT_KEY_RIGHT, 0, "→", NULL, NULL, live_press_right },
	{ 'h', 'H', "h", "heatmap", "latency as percentiles, as a heatmap, as a distribution",
		live_press_lens },
	{ 'l', 'L', "l", "latency", "response, service and queue time, and all side by side",
		live_press_split },
	{ 'z', 'Z', "z", "zoom", "a window: once where it begins, once more where it ends",
		live_press_zoom },
	{ 'e', 'E', "e", "events", "the event log; Enter goes to the event on the charts",
		live_press_log },
	{ 'n', 'N', "n", "next step", "end this step of the profile now", bt_control_next },
	{ 'b', 'B', "b", "baseline", "the window, or the run so far, becomes a baseline",
		bt_control_baseline },
	{ 'w', 'W', "w", "write", "write the load as it really was, as a suite that repeats it",
		bt_control_save },
	{ '[', 0, "[ ]", NULL, "in a replay: ten seconds back, ten on", bt_control_back },
	{ ']', 0, "]", NULL, NULL, bt_control_on },
	{ BT_KEY_ENTER, 0, "Enter", NULL,
		"the worst operations of that time; leave, once the run has ended",
		live_press_enter },
	{ BT_KEY_ESC, 0, "Esc", NULL, "a step back: list, cursor, window; to the history",
		live_press_escape },
	{ '<', ',', "<", NULL, NULL, live_press_far_left },
	{ '>', '.', ">", NULL, NULL, live_press_far_right },
	{ BT_KEY_HOME, 0, "Home End", NULL, "to the first, to the newest moment",
		live_press_first },
	{ BT_KEY_END, 0, "End", NULL, NULL, live_press_last },
	{ BT_KEY_UP, 'k', "↑ ↓", NULL, "in the event log; j and k do the same", live_press_up },
	{ BT_KEY_DOWN, 'j', "↓", NULL, NULL, live_press_down },
	{ BT_KEY_PGUP, 0, "PgUp", NULL, NULL, live_press_page_up },
	{ BT_KEY_PGDN, 0, "PgDn", NULL, NULL, live_press_page_down },
	{ .name = NULL },
};

static bool live_useful(const struct bt_screen *screen, const struct bt_key *key)
{
	static void (*const of_running[])(struct bt_screen *) = { bt_control_pause,
		bt_control_spike, bt_control_note, bt_control_next, bt_control_rate };
	size_t i;

	if (key->press == bt_control_more || key->press == bt_control_spike ||
		key->press == bt_control_rate)
		return bt_control_takes_rates(screen);
	if (key->press == live_press_split)
		return screen->shown->info->open_loop;
	for (i = 0; i < BT_LEN(of_running); i++)
		if (key->press == of_running[i])
			return bt_control_goes_on(screen);
	return true;
}

const struct bt_view bt_view_live = { "live", keys, live_draw, live_useful, live_mouse };
