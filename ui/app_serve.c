/* What keys ask of the application: one function each, in a table. */
#include "ui/app_room.h"

#include <stdio.h>
#include <string.h>

static void leave(struct bt_app *app)
{
	app->leave = true;
}

static void command(struct bt_app *app, const struct bt_command *cmd)
{
	struct bt_screen *screen = &app->screen;
	struct bt_source *source = app->conf.source;
	struct bt_err err;

	if (screen->shown == &app->stored && cmd->kind != BT_CMD_STOP)
		source = app->opened;
	if (!source->ops->command)
		snprintf(screen->message, sizeof(screen->message), "this run takes no commands");
	else if (source->ops->command(source, cmd, &err) < 0)
		snprintf(screen->message, sizeof(screen->message), "%s", err.msg);
}

static void serve_command(struct bt_app *app)
{
	command(app, &app->screen.command);
}

static void save(struct bt_app *app)
{
	struct bt_screen *screen = &app->screen;
	struct bt_err err;

	if (!app->conf.save)
		snprintf(screen->message, sizeof(screen->message),
			"the load cannot be written from here");
	else if (app->conf.save(&screen->shown->tally, screen->ask_text, &err) < 0)
		snprintf(screen->message, sizeof(screen->message), "%s", err.msg);
	else
		snprintf(screen->message, sizeof(screen->message),
			"written: benchtop suite %s repeats this load", screen->ask_text);
}

void bt_app_stop(struct bt_app *app)
{
	command(app, &(struct bt_command){ .kind = BT_CMD_STOP });
	app->screen.stopping = true;
	app->dirty = true;
}

void bt_app_show_history(struct bt_app *app)
{
	struct bt_history *history = &app->screen.history;
	struct bt_err err;

	app->screen.view = &bt_view_history;
	if (!app->conf.store)
		return;
	bt_run_list_fini(&history->list);
	memset(&history->list, 0, sizeof(history->list));
	history->problem[0] = '\0';
	if (bt_store_list(app->conf.store, &history->list, NULL, 0, &err) < 0)
		snprintf(history->problem, sizeof(history->problem), "%s", err.msg);
	history->at = history->list.n ? BT_MIN(history->at, history->list.n - 1) : 0;
}

static void close_stored(struct bt_app *app)
{
	bt_model_fini(&app->stored);
	bt_source_close(app->opened);
	app->opened = NULL;
	app->screen.stored = NULL;
	if (app->screen.shown == &app->stored)
		app->screen.shown = app->screen.live;
}

static void open_stored(struct bt_app *app)
{
	struct bt_screen *screen = &app->screen;
	struct bt_err err;
	int rc;

	close_stored(app);
	rc = bt_store_source(app->conf.store, screen->history.list.rows[screen->history.at].id,
		&app->opened, &err);
	if (rc == 0)
		rc = bt_model_init(&app->stored, &app->opened->info, &err);
	if (rc < 0) {
		snprintf(screen->message, sizeof(screen->message), "%s", err.msg);
		bt_source_close(app->opened);
		app->opened = NULL;
		return;
	}
	screen->stored = &app->stored;
	bt_screen_show(screen, &app->stored);
}

static void show_launch(struct bt_app *app)
{
	struct bt_screen *screen = &app->screen;

	if (!screen->launch) {
		snprintf(screen->message, sizeof(screen->message),
			"runs are launched from the dashboard that benchtop alone opens");
		return;
	}
	screen->launch->ops->refresh(screen->launch);
	screen->view = &bt_view_launch;
}

/* The newest run, which the list may show anywhere. */
static void seek_newest(struct bt_history *history)
{
	size_t i;

	for (i = 0; i < history->list.n; i++)
		if (history->list.rows[i].id > history->list.rows[history->at].id)
			history->at = i;
}

/* The run is a program of its own on this terminal; afterwards it stands in the history. */
static void launch(struct bt_app *app, bool suite)
{
	struct bt_screen *screen = &app->screen;
	struct bt_launch *launch = screen->launch;
	struct bt_err err = { 0 };
	int r;

	bt_term_pause(app->term);
	r = launch->ops->start(launch, suite, &err);
	bt_term_resume(app->term);
	app->dirty = true;
	app->conf.store = launch->ops->store(launch);
	screen->history.has_store = app->conf.store != NULL;
	if (r == 0) {
		bt_app_show_history(app);
		seek_newest(&screen->history);
	} else {
		snprintf(screen->message, sizeof(screen->message), "%s", err.msg);
	}
}

static void launch_run(struct bt_app *app)
{
	launch(app, false);
}

static void launch_suite(struct bt_app *app)
{
	launch(app, true);
}

void bt_app_serve(struct bt_app *app)
{
	static void (*const services[BT_ASKS])(struct bt_app * app) = {
		[BT_ASK_LEAVE] = leave,
		[BT_ASK_STOP] = bt_app_stop,
		[BT_ASK_COMMAND] = serve_command,
		[BT_ASK_SAVE] = save,
		[BT_ASK_HISTORY] = bt_app_show_history,
		[BT_ASK_OPEN] = open_stored,
		[BT_ASK_LAUNCH] = show_launch,
		[BT_ASK_LAUNCH_START] = launch_run,
		[BT_ASK_LAUNCH_SUITE] = launch_suite,
	};
	enum bt_ask ask = app->screen.ask;

	app->screen.ask = BT_ASK_NONE;
	if (services[ask])
		services[ask](app);
}
