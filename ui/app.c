#include "ui/app_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

#define FRAME_NS (100 * BT_NS_PER_MS) /* ten frames a second */
#define DRAIN_NS (30 * BT_NS_PER_MS)  /* how long snapshots may keep keys waiting */

/* Moves snapshots from a source to a model until there are none, or for DRAIN_NS. */
static bool drain(struct bt_source *source, struct bt_model *model)
{
	const struct bt_snapshot *snap;
	uint64_t until_ns = bt_monotonic_ns() + DRAIN_NS;
	bool any = false;

	while (!source->ended && (snap = source->ops->next(source)) != NULL) {
		bt_model_put(model, snap);
		any = true;
		if (bt_monotonic_ns() >= until_ns)
			break;
	}
	if (source->ended && !model->ended) {
		bt_model_end(model);
		any = true;
	}
	return any;
}

/* True when a key was typed or the terminal changed: the answer is drawn at once. */
static bool take_keys(struct bt_app *app)
{
	bool any = false;
	int ch;

	while (!app->leave && (ch = bt_term_key(app->term)) != 0) {
		if (ch == BT_KEY_MOUSE)
			app->screen.mouse = bt_term_mouse(app->term);
		bt_screen_key(&app->screen, ch);
		bt_app_serve(app);
		any = true;
	}
	return bt_term_changed(app->term) || any;
}

static void take_signal(struct bt_app *app)
{
	const struct bt_source *live = app->conf.source;
	int number = app->conf.signalled ? (int)*app->conf.signalled : 0;

	if (!number)
		return;
	if (!live || live->ended || app->conf.attached) {
		app->leave = true;
		return;
	}
	*app->conf.signalled = 0;
	app->signal = number;
	bt_app_stop(app);
}

/* A replay that was wound back tells everything anew. */
static void begin_anew(struct bt_app *app)
{
	struct bt_err err;

	if (!app->opened || app->opened_restarts == app->opened->restarts)
		return;
	app->opened_restarts = app->opened->restarts;
	app->columns.model = NULL;
	bt_model_fini(&app->stored);
	if (bt_model_init(&app->stored, &app->opened->info, &err) == 0)
		return;
	bt_app_close_stored(app);
	bt_app_show_history(app);
	snprintf(app->screen.message, sizeof(app->screen.message), "%s", err.msg);
}

static void take_snapshots(struct bt_app *app)
{
	struct bt_source *live = app->conf.source;

	begin_anew(app);
	if (live)
		app->dirty |= drain(live, &app->live);
	if (app->opened)
		app->dirty |= drain(app->opened, &app->stored);
	take_signal(app);
	if (live && live->ended && (app->screen.stopping || app->conf.quit_when_done))
		app->leave = true;
}

static int wait_ms(const struct bt_app *app)
{
	uint64_t since_ns = bt_monotonic_ns() - app->drawn_ns;

	if (app->opened && !app->opened->ended && !app->opened->live)
		return 0;
	if (!app->dirty || since_ns >= FRAME_NS)
		return app->dirty ? 0 : 100;
	return (int)((FRAME_NS - since_ns) / BT_NS_PER_MS) + 1;
}

static int loop(struct bt_app *app, struct bt_err *err)
{
	const struct bt_source *live = app->conf.source;
	bool at_once = true;
	int rc;

	for (;;) {
		take_snapshots(app);
		if (app->leave)
			return 0;
		if (at_once || (app->dirty && bt_monotonic_ns() - app->drawn_ns >= FRAME_NS)) {
			rc = bt_app_fit(app, err);
			if (rc == 0) {
				bt_app_preview(app);
				bt_app_draw(app);
			}
			if (rc < 0)
				return rc;
		}
		rc = bt_term_wait(app->term, live && !live->ended && !app->dirty ? live->fd : -1,
			wait_ms(app), err);
		if (rc < 0)
			return rc;
		at_once = take_keys(app);
	}
}

static int prepare(struct bt_app *app, struct bt_err *err)
{
	struct bt_manners usual;
	int rc;

	bt_manners_init(&usual);
	rc = bt_term_open(&app->term, app->conf.manners ? app->conf.manners : &usual, err);
	if (rc == 0)
		rc = bt_app_fit(app, err);
	if (rc == 0 && app->conf.source)
		rc = bt_model_init(&app->live, &app->conf.source->info, err);
	return rc;
}

int bt_app_open(struct bt_app **out, const struct bt_app_conf *conf, struct bt_err *err)
{
	struct bt_app *app = malloc(sizeof(*app));
	int rc;

	if (!app) {
		bt_source_close(conf->replay);
		return bt_oom(err, "dashboard");
	}
	memset(app, 0, sizeof(*app));
	app->conf = *conf;
	rc = prepare(app, err);
	if (rc < 0) {
		bt_app_close(app);
		return rc;
	}
	app->screen.columns = &app->columns;
	app->screen.launch = conf->launch;
	app->screen.trend = &app->trend;
	app->screen.history.has_store = conf->store != NULL;
	app->screen.view = &bt_view_history;
	app->screen.attached = conf->attached;
	if (conf->source) {
		app->screen.live = &app->live;
		bt_screen_show(&app->screen, &app->live);
	}
	*out = app;
	return 0;
}

int bt_app_run(struct bt_app *app, struct bt_err *err)
{
	struct bt_source *replay = app->conf.replay;
	int rc = 0;

	bt_term_start(app->term);
	if (!app->conf.source)
		bt_app_show_history(app);
	app->conf.replay = NULL;
	if (replay)
		rc = bt_app_show_stored(app, replay, err);
	if (rc == 0)
		rc = loop(app, err);
	bt_term_close(app->term);
	app->term = NULL;
	return rc;
}

int bt_app_signal(const struct bt_app *app)
{
	return app->signal;
}

void bt_app_close(struct bt_app *app)
{
	if (!app)
		return;
	bt_term_close(app->term);
	bt_grid_fini(&app->grid);
	bt_model_fini(&app->live);
	bt_model_fini(&app->stored);
	bt_source_close(app->opened);
	bt_source_close(app->conf.replay);
	bt_history_fini(&app->screen.history);
	bt_versus_close(app->screen.versus);
	free(app);
}
