/* The live view: one run, going on or stored. */
#include "ui/panel.h"

#include <math.h>
#include <stdio.h>

#define RATE_FACTOR 1.1

static const struct bt_panel_ops *const panels[BT_PANELS] = {
	[BT_P_HEADER] = &bt_panel_header,
	[BT_P_PROGRESS] = &bt_panel_progress,
	[BT_P_HEADLINE] = &bt_panel_headline,
	[BT_P_THROUGHPUT] = &bt_panel_throughput,
	[BT_P_LATENCY] = &bt_panel_latency,
	[BT_P_TABLE] = &bt_panel_table,
	[BT_P_THRESHOLDS] = &bt_panel_thresholds,
	[BT_P_STEPS] = &bt_panel_steps,
	[BT_P_ERRORS] = &bt_panel_errors,
	[BT_P_METRICS] = &bt_panel_metrics,
	[BT_P_MEMORY] = &bt_panel_memory,
	[BT_P_SLOW] = &bt_panel_slow,
	[BT_P_EVENTS] = &bt_panel_events,
	[BT_P_ACCOUNT] = &bt_panel_account,
	[BT_P_NOTICE] = &bt_panel_notice,
};

static void draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	struct bt_rect places[BT_PANELS];
	int rows[BT_PANELS], i;

	for (i = 0; i < BT_PANELS; i++)
		rows[i] = panels[i]->rows(screen);
	bt_layout(places, r.w, r.h, rows);
	for (i = 0; i < BT_PANELS; i++)
		if (places[i].w > 0)
			panels[i]->draw(grid, places[i], screen);
}

static bool goes_on(const struct bt_screen *screen)
{
	return screen->shown == screen->live && bt_screen_running(screen);
}

/* True when the shown run takes commands; else says why not. */
static bool commandable(struct bt_screen *screen)
{
	if (goes_on(screen))
		return true;
	snprintf(screen->message, sizeof(screen->message), "this run has ended");
	return false;
}

static void command(struct bt_screen *screen, struct bt_command cmd)
{
	screen->ask = BT_ASK_COMMAND;
	screen->command = cmd;
}

static void press_pause(struct bt_screen *screen)
{
	const struct bt_snapshot *last = bt_model_last(screen->shown);

	if (commandable(screen))
		command(screen,
			(struct bt_command){
				.kind = last && last->paused ? BT_CMD_RESUME : BT_CMD_PAUSE });
}

static void ask_rate(struct bt_screen *screen, double factor)
{
	const struct bt_snapshot *last = bt_model_last(screen->shown);

	if (!commandable(screen))
		return;
	if (!last || !isfinite(last->target_rate) || last->target_rate <= 0) {
		snprintf(screen->message, sizeof(screen->message), "%s",
			screen->shown->info->open_loop ? "no rate to change just now"
						       : "a closed loop has no rate to change");
		return;
	}
	command(screen,
		(struct bt_command){ .kind = BT_CMD_RATE, .rate = last->target_rate * factor });
}

static void press_faster(struct bt_screen *screen)
{
	ask_rate(screen, RATE_FACTOR);
}

static void press_slower(struct bt_screen *screen)
{
	ask_rate(screen, 1 / RATE_FACTOR);
}

static void press_history(struct bt_screen *screen)
{
	screen->ask = BT_ASK_HISTORY;
}

static void press_enter(struct bt_screen *screen)
{
	if (screen->shown == screen->live && !bt_screen_running(screen))
		screen->ask = BT_ASK_LEAVE;
}

static void press_escape(struct bt_screen *screen)
{
	if (screen->shown == screen->stored)
		screen->ask = BT_ASK_HISTORY;
}

static const struct bt_key keys[] = {
	{ 'q', 'Q', "q", "quit", "quit; a run that goes on is ended first, after a question",
		bt_screen_leave },
	{ ' ', 'p', "space", "pause", "pause the load, and let it go on", press_pause },
	{ '+', '=', "+ -", "rate", "offer a tenth more, a tenth less", press_faster },
	{ '-', '_', "-", NULL, NULL, press_slower },
	{ BT_KEY_TAB, 0, "Tab", "history", "the history of runs, and back", press_history },
	{ '?', 0, "?", "help", "this help", bt_screen_help },
	{ BT_KEY_ENTER, 0, "Enter", NULL, "leave, once the run has ended", press_enter },
	{ BT_KEY_ESC, 0, "Esc", NULL, "from a stored run back to the history", press_escape },
	{ .name = NULL },
};

static bool useful(const struct bt_screen *screen, const struct bt_key *key)
{
	if (key->press == press_pause)
		return goes_on(screen);
	if (key->press == press_faster)
		return goes_on(screen) && screen->shown->info->open_loop;
	return true;
}

const struct bt_view bt_view_live = { "live", keys, draw, useful, NULL };
