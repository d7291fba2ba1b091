#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/history_file.h"
#include "cli/manners.h"
#include "cli/section.h"
#include "live/remote.h"
#include "report/sink_line.h"
#include "ui/app.h"

struct conf {
	const char *db;
	uint64_t status_interval_ns;
	bool no_mouse, no_tui, stop;
};

static const struct bt_opt opts[] = {
	{ .name = "stop",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, stop),
		.help = "end the run, and follow it to its end in lines",
		.man = "Ends the run: offers nothing more and waits for operations in flight; "
		       "lines show it to its end." },
	{ .name = "no-tui",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, no_tui),
		.help = "lines instead of the dashboard, also on a terminal",
		.man = "Prints lines instead of opening the dashboard, also on a terminal." },
	{ .name = "status-interval",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, status_interval_ns),
		.dflt = "1s",
		.arg = "DURATION",
		.min = 1e8,
		.max = 86400e9,
		.help = "time between two lines",
		.man = "Time between two lines." },
	{ .name = "no-mouse",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, no_mouse),
		.help = "leave the mouse to the terminal",
		.man = "Leaves the mouse to the terminal, which selects text with it." },
	{ .group = bt_cli_db_opts, .offset = offsetof(struct conf, db) },
	BT_OPT_END,
};

static int cmd_attach(int argc, char **argv);

const struct bt_cli_command bt_cmd_attach = {
	.name = "attach",
	.usage = "RUN [OPTION...]",
	.summary = "watches and controls a run that goes on in another process",
	.opts = opts,
	.run = cmd_attach,
};

/* Lines of the run until it ends, or a signal comes, which ends us and not the run. */
static int follow(struct bt_source *source, const struct conf *conf, struct bt_err *err)
{
	const struct bt_snapshot *snap;
	struct bt_sink *lines;
	int r = bt_sink_line_open(&lines, stdout, &source->info, conf->status_interval_ns, err);

	if (r < 0)
		return r;
	while (!source->ended && !bt_stop_signal) {
		struct pollfd p = { source->fd, POLLIN, 0 };

		while (!source->ended && (snap = source->ops->next(source)) != NULL)
			bt_sink_put(lines, snap, NULL);
		if (!source->ended)
			poll(&p, 1, 200);
	}
	return bt_sink_close(lines, err);
}

static int show(struct bt_source *source, struct bt_store *store, const struct conf *conf,
	struct bt_err *err)
{
	struct bt_manners manners;
	const struct bt_app_conf app_conf = { .source = source,
		.store = store,
		.signalled = &bt_stop_signal,
		.manners = &manners,
		.save = bt_section_write,
		.attached = true };
	struct bt_app *app;
	int r = bt_cli_manners(&manners, conf->no_mouse);

	if (r >= 0)
		return r;
	r = bt_app_open(&app, &app_conf, err);
	if (r < 0)
		return r;
	r = bt_app_run(app, err);
	bt_app_close(app);
	return r;
}

static int open_source(
	struct bt_source **out, struct bt_store *store, const char *which, struct bt_err *err)
{
	struct bt_source *before = NULL;
	unsigned pid = 0;
	uint64_t id;
	int r = bt_store_resolve(store, &id, which, err);

	if (r == 0)
		r = bt_store_process(store, &pid, id, err);
	if (r == 0)
		r = bt_store_source(store, id, &before, err);
	if (r == 0)
		r = bt_remote_open(out, pid, before, err);
	if (r < 0) {
		bt_source_close(before);
		return r;
	}
	if ((*out)->info.id == id)
		return 0;
	r = bt_fail(err, -ESRCH, "process %u carries out run %llu, not %llu", pid,
		(unsigned long long)(*out)->info.id, (unsigned long long)id);
	bt_source_close(*out);
	return r;
}

static int carry_out(
	struct bt_store *store, const char *which, const struct conf *conf, struct bt_err *err)
{
	const struct bt_command stop = { .kind = BT_CMD_STOP };
	bool dashboard = !conf->no_tui && !conf->stop && bt_cli_has_screen();
	struct bt_source *source;
	int r = open_source(&source, store, which, err);

	if (r < 0)
		return r;
	bt_cli_catch_signals(false);
	if (conf->stop)
		r = source->ops->command(source, &stop, err);
	if (r == 0 && dashboard) {
		r = show(source, store, conf, err);
		if (r == -ENOTSUP) { /* the terminal cannot show it */
			bt_cli_fail(0, "%s; the run is shown in lines", err->msg);
			dashboard = false;
			r = 0;
		}
	}
	if (r == 0 && !dashboard)
		r = follow(source, conf, err);
	bt_source_close(source);
	return r;
}

static int cmd_attach(int argc, char **argv)
{
	struct conf conf = { 0 };
	struct bt_store *store;
	struct bt_err err = { 0 };
	const char *which;
	unsigned n;
	int r = bt_cli_parse(&bt_cmd_attach, &conf, argc, argv, &which, 1, &n);

	if (r >= 0)
		return r;
	if (n == 0)
		return bt_cli_fail(BT_EXIT_USAGE,
			"attach: expected a run: its number from benchtop history, or last");
	if (bt_cli_open_history(&store, conf.db, BT_STORE_READ, &err) < 0)
		return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	r = carry_out(store, which, &conf, &err);
	bt_store_close(store);
	if (r < 0)
		return bt_cli_fail_err(r == -EINVAL ? BT_EXIT_USAGE : BT_EXIT_CANNOT, &err);
	if (r > 0)
		return r;
	return bt_stop_signal ? BT_EXIT_SIGNAL + (int)bt_stop_signal : BT_EXIT_DONE;
}
