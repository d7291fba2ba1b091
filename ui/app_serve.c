/* What keys ask of the application: one function each, in a table. */
#include "ui/app_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "store/replay.h"
#include "ui/view_history.h"

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
			"this load can be repeated: benchtop suite %.300s", screen->ask_text);
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
	struct bt_run_list list;
	struct bt_err err;

	app->screen.view = &bt_view_history;
	if (!app->conf.store)
		return;
	history->problem[0] = '\0';
	if (bt_store_list(app->conf.store, &list, NULL, 0, &err) < 0 ||
		bt_history_take(history, &list, bt_wall_ns(), &err) < 0)
		snprintf(history->problem, sizeof(history->problem), "%s", err.msg);
}

void bt_app_preview(struct bt_app *app)
{
	struct bt_history *history = &app->screen.history;
	const struct bt_run_row *row = bt_history_row(history, history->at);
	bool shown = bt_history_shows_pane(history, app->grid.w, app->grid.h - 1);

	if (app->screen.view != &bt_view_history || !row || !shown)
		return;
	if (history->preview.id == row->id && strcmp(row->status, "running") != 0)
		return;
	if (bt_store_preview(app->conf.store, &history->preview, row->id, NULL) < 0)
		history->preview.id = 0;
}

static uint64_t run_under_cursor(const struct bt_app *app)
{
	return bt_history_row(&app->screen.history, app->screen.history.at)->id;
}

static void change_tags(struct bt_app *app)
{
	struct bt_screen *screen = &app->screen;
	struct bt_err err;

	if (bt_store_retag(app->conf.store, run_under_cursor(app), screen->history.tags, &err) ==
		0) {
		bt_app_show_history(app);
		return;
	}
	snprintf(screen->message, sizeof(screen->message), "%s", err.msg);
	if (err.code == -EINVAL) /* to be mended */
		bt_history_edit_tags(screen, screen->history.tags);
}

/* What cannot be deleted now is still there, and the user, too. */
static void delete_runs(struct bt_app *app)
{
	struct bt_screen *screen = &app->screen;
	size_t n = bt_history_n_deleted(&screen->history), kept;
	uint64_t *ids = calloc(n + 1, sizeof(*ids));
	struct bt_err err;
	int r = ids ? 0 : bt_oom(&err, "deleting %zu runs", n);

	if (r == 0) {
		bt_history_deleted(&screen->history, ids);
		r = bt_store_delete(app->conf.store, &kept, ids, n, &err);
	}
	free(ids);
	if (r < 0)
		snprintf(screen->message, sizeof(screen->message), "%s", err.msg);
	else
		screen->ask = screen->ask_after;
}

static void compare_runs(struct bt_app *app)
{
	struct bt_screen *screen = &app->screen;
	const struct bt_side *s = screen->sides;
	const char *const names[2] = { s[0].name, s[1].name };
	const uint64_t *const ids[2] = { s[0].ids, s[1].ids };
	const size_t n[2] = { s[0].n, s[1].n };
	struct bt_versus *versus;
	struct bt_err err;

	/* Many long runs take a moment, and no key is answered until they are read. */
	snprintf(screen->message, sizeof(screen->message), "reading %zu runs…", n[0] + n[1]);
	if (bt_app_fit(app, &err) < 0)
		return; /* the terminal is gone: the loop finds that out, too */
	bt_app_draw(app);
	screen->message[0] = '\0';
	if (bt_versus_open(&versus, app->conf.store, names, ids, n, &err) < 0) {
		snprintf(screen->message, sizeof(screen->message), "%s", err.msg);
		return;
	}
	bt_versus_close(screen->versus);
	screen->versus = versus;
	screen->view = &bt_view_compare;
}

void bt_app_close_stored(struct bt_app *app)
{
	bt_model_fini(&app->stored);
	bt_source_close(app->opened);
	app->opened = NULL;
	app->screen.stored = NULL;
	if (app->screen.shown == &app->stored)
		app->screen.shown = app->screen.live;
}

int bt_app_show_stored(struct bt_app *app, struct bt_source *source, struct bt_err *err)
{
	int rc;

	bt_app_close_stored(app);
	app->opened = source;
	app->opened_restarts = source->restarts;
	rc = bt_model_init(&app->stored, &source->info, err);
	if (rc < 0) {
		bt_app_close_stored(app);
		return rc;
	}
	app->screen.stored = &app->stored;
	bt_screen_show(&app->screen, &app->stored);
	return 0;
}

static void open_stored(struct bt_app *app)
{
	struct bt_source *source;
	struct bt_err err;

	if (bt_store_source(app->conf.store, run_under_cursor(app), &source, &err) < 0 ||
		bt_app_show_stored(app, source, &err) < 0)
		snprintf(app->screen.message, sizeof(app->screen.message), "%s", err.msg);
}

static void replay_stored(struct bt_app *app)
{
	struct bt_source *source;
	struct bt_err err;

	if (bt_replay_open(&source, app->conf.store, run_under_cursor(app), 1, NULL, &err) < 0 ||
		bt_app_show_stored(app, source, &err) < 0)
		snprintf(app->screen.message, sizeof(app->screen.message), "%s", err.msg);
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
	if (screen->launch->notice[0])
		snprintf(screen->message, sizeof(screen->message), "%s", screen->launch->notice);
	screen->launch->notice[0] = '\0';
}

/* The newest run, although a filter might hide it. */
static void seek_newest(struct bt_history *history)
{
	const struct bt_run_row *row;

	if (!history->list.n)
		return;
	bt_history_go_to(history, history->list.rows[0].id);
	row = bt_history_row(history, history->at);
	if (!row || row->id != history->list.rows[0].id) {
		bt_history_filter(history, "");
		bt_history_go_to(history, history->list.rows[0].id);
	}
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
		[BT_ASK_REPLAY] = replay_stored,
		[BT_ASK_LAUNCH] = show_launch,
		[BT_ASK_LAUNCH_START] = launch_run,
		[BT_ASK_LAUNCH_SUITE] = launch_suite,
		[BT_ASK_TAGS] = change_tags,
		[BT_ASK_DELETE] = delete_runs,
		[BT_ASK_COMPARE] = compare_runs,
	};
	enum bt_ask ask;

	while ((ask = app->screen.ask) != BT_ASK_NONE) { /* one may ask for the next */
		app->screen.ask = BT_ASK_NONE;
		if (services[ask])
			services[ask](app);
	}
}
