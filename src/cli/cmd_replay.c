#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/history_file.h"
#include "cli/manners.h"
#include "cli/section.h"
#include "store/replay.h"
#include "ui/app.h"

struct conf {
	const char *db, *speed;
	bool no_mouse;
};

static const struct bt_opt opts[] = {
	{ .name = "speed",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct conf, speed),
		.dflt = "1x",
		.arg = "Nx",
		.help = "how much faster than the run itself; 0.01x to 1000x",
		.man = "How much faster than the run itself; from 0.01x to 1000x." },
	{ .name = "no-mouse",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, no_mouse),
		.help = "leave the mouse to the terminal",
		.man = "Leaves the mouse to the terminal, which selects text with it." },
	{ .group = bt_cli_db_opts, .offset = offsetof(struct conf, db) },
	BT_OPT_END,
};

static int cmd_replay(int argc, char **argv);

const struct bt_cli_command bt_cmd_replay = {
	.name = "replay",
	.usage = "RUN [OPTION...]",
	.summary = "plays a stored run in the dashboard as it went",
	.opts = opts,
	.run = cmd_replay,
};

/* "10x" or "10". */
static int read_speed(double *out, const char *text, struct bt_err *err)
{
	char *end;

	*out = strtod(text, &end);
	if (end == text || (end[0] && (end[0] != 'x' || end[1])) ||
		!(*out >= BT_REPLAY_SPEED_MIN && *out <= BT_REPLAY_SPEED_MAX))
		return bt_fail(err, -EINVAL, "--speed %s: expected %gx to %gx", text,
			BT_REPLAY_SPEED_MIN, BT_REPLAY_SPEED_MAX);
	return 0;
}

static int play(struct bt_store *store, const char *which, double speed,
	const struct bt_manners *manners, struct bt_err *err)
{
	struct bt_app_conf conf = { .store = store,
		.signalled = &bt_stop_signal,
		.manners = manners,
		.save = bt_section_write };
	struct bt_app *app = NULL;
	uint64_t id;
	int r = bt_store_resolve(store, &id, which, err);

	if (r == 0)
		r = bt_replay_open(&conf.replay, store, id, speed, NULL, err);
	if (r == 0)
		r = bt_app_open(&app, &conf, err);
	if (r < 0)
		return r;
	bt_cli_catch_signals(false);
	r = bt_app_run(app, err);
	bt_app_close(app);
	return r;
}

static int cmd_replay(int argc, char **argv)
{
	struct bt_manners manners;
	struct conf conf = { 0 };
	struct bt_store *store;
	struct bt_err err;
	const char *which;
	double speed;
	unsigned n;
	int r = bt_cli_parse(&bt_cmd_replay, &conf, argc, argv, &which, 1, &n);

	if (r >= 0)
		return r;
	if (n == 0)
		return bt_cli_fail(BT_EXIT_USAGE,
			"replay: expected a run: its number from benchtop history, or last");
	if (read_speed(&speed, conf.speed, &err) < 0)
		return bt_cli_fail_err(BT_EXIT_USAGE, &err);
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return bt_cli_fail(BT_EXIT_USAGE, "replay: expected a terminal to play it in");
	r = bt_cli_manners(&manners, conf.no_mouse);
	if (r >= 0)
		return r;
	if (bt_cli_open_history(&store, conf.db, BT_STORE_READ, &err) < 0)
		return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	r = play(store, which, speed, &manners, &err);
	bt_store_close(store);
	if (r < 0)
		return bt_cli_fail_err(r == -EINVAL ? BT_EXIT_USAGE : BT_EXIT_CANNOT, &err);
	return bt_stop_signal ? BT_EXIT_SIGNAL + (int)bt_stop_signal : BT_EXIT_DONE;
}
