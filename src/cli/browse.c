#include "cli/browse.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/cli.h"
#include "cli/history_file.h"
#include "cli/launch.h"
#include "cli/manners.h"
#include "cli/section.h"
#include "ui/app.h"

struct conf {
	const char *db;
	bool no_mouse;
};

const struct bt_opt bt_browse_opts[] = {
	{ .group = bt_cli_mouse_opts, .offset = offsetof(struct conf, no_mouse) },
	{ .group = bt_cli_db_opts, .offset = offsetof(struct conf, db) },
	BT_OPT_END,
};

static const struct bt_cli_command browse = {
	.name = "",
	.usage = "[--no-mouse] [--db FILE]",
	.summary = "opens the dashboard on the history",
	.opts = bt_browse_opts,
};

bool bt_cli_is_browse(const char *word)
{
	struct bt_opt_walk walk = bt_opt_walk(bt_browse_opts);

	for (const struct bt_opt *o; (o = bt_opt_next(&walk)) != NULL;) {
		size_t len = strlen(o->name);

		if (strncmp(word, "--", 2) == 0 && strncmp(word + 2, o->name, len) == 0 &&
			(word[2 + len] == '\0' || word[2 + len] == '='))
			return true;
	}
	return false;
}

/* With what there is to launch; the store is the launch's, which finds one after the first run. */
static int show(struct bt_cli_launch *launch, const struct bt_manners *manners)
{
	const struct bt_app_conf app_conf = { .signalled = &bt_stop_signal,
		.save = bt_section_write,
		.store = launch->store, /* none yet: the screen says how to make the first run */
		.launch = &launch->launch,
		.manners = manners };
	struct bt_app *app = NULL;
	struct bt_err err;
	int r;

	bt_cli_launch_open(launch);
	r = bt_app_open(&app, &app_conf, &err);
	bt_cli_catch_signals(false);
	if (r == 0)
		r = bt_app_run(app, &err);
	bt_app_close(app);
	if (r < 0)
		return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	return bt_stop_signal ? BT_EXIT_SIGNAL + (int)bt_stop_signal : BT_EXIT_DONE;
}

static int open_and_show(struct bt_cli_launch *launch)
{
	struct bt_manners manners;
	struct bt_err err;
	int r = bt_cli_manners(&manners, launch->no_mouse);

	if (r >= 0)
		return r;
	r = bt_cli_open_history(&launch->store, launch->db, BT_STORE_READ, &err);
	if (r < 0 && (r != -ENOENT || launch->db))
		return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	return show(launch, &manners);
}

int bt_cli_browse(int argc, char **argv)
{
	struct conf conf = { 0 };
	struct bt_cli_launch *launch;
	unsigned n;
	int r = bt_cli_parse(&browse, &conf, argc, argv, NULL, 0, &n);

	if (r >= 0)
		return r;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return bt_cli_fail(BT_EXIT_USAGE,
			"the dashboard needs a terminal; benchtop history lists runs as text, "
			"--help the commands");
	launch = calloc(1, sizeof(*launch));
	if (!launch)
		return bt_cli_fail(BT_EXIT_CANNOT, "out of memory");
	launch->db = conf.db;
	launch->no_mouse = conf.no_mouse;
	r = open_and_show(launch);
	bt_cli_launch_close(launch);
	free(launch);
	return r;
}
