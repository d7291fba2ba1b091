#include "cli/browse.h"

#include <errno.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "cli/cli.h"
#include "cli/manners.h"
#include "ui/app.h"

struct conf {
	const char *db;
	bool no_mouse;
};

static const struct bt_opt opts[] = {
	BT_CLI_MOUSE_ROW(struct conf, no_mouse),
	BT_CLI_DB_ROW(struct conf, db),
	BT_OPT_END,
};

static const struct bt_cli_command browse = {
	.name = "",
	.usage = "[--no-mouse] [--db FILE]",
	.summary = "opens the dashboard on the history",
	.opts = opts,
};

bool bt_cli_is_browse(const char *word)
{
	const struct bt_opt *o;
	size_t len;

	for (o = opts; strncmp(word, "--", 2) == 0 && o->name; o++) {
		len = strlen(o->name);
		if (strncmp(word + 2, o->name, len) == 0 &&
			(word[2 + len] == '\0' || word[2 + len] == '='))
			return true;
	}
	return false;
}

int bt_cli_open_history(struct bt_store **store, const char *path, int mode, struct bt_err *err)
{
	char usual[PATH_MAX];
	int r;

	if (!path) {
		r = bt_history_path(usual, sizeof(usual), err);
		if (r == 0 && mode == BT_STORE_WRITE)
			r = bt_make_parents(usual, err);
		if (r < 0)
			return r;
		path = usual;
	}
	return bt_store_open(store, path, mode, err);
}

int bt_cli_browse(int argc, char **argv)
{
	struct bt_app_conf app_conf = { .signalled = &bt_cli_signal };
	struct bt_store *store = NULL;
	struct conf conf = { 0 };
	struct bt_manners manners;
	struct bt_app *app = NULL;
	struct bt_err err;
	unsigned n;
	int r = bt_cli_parse(&browse, &conf, argc, argv, NULL, 0, &n);

	if (r >= 0)
		return r;
	if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
		return bt_cli_fail(BT_EXIT_USAGE,
			"the dashboard needs a terminal; benchtop history lists runs as text, "
			"--help the commands");
	r = bt_cli_manners(&manners, conf.no_mouse);
	if (r >= 0)
		return r;
	app_conf.manners = &manners;
	r = bt_cli_open_history(&store, conf.db, BT_STORE_READ, &err);
	if (r < 0 && (r != -ENOENT || conf.db))
		return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	app_conf.store = store; /* none yet: the screen says how to make the first run */
	r = bt_app_open(&app, &app_conf, &err);
	bt_cli_catch_signals(false);
	if (r == 0)
		r = bt_app_run(app, &err);
	bt_app_close(app);
	bt_store_close(store);
	if (r < 0)
		return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	return bt_cli_signal ? BT_EXIT_SIGNAL + (int)bt_cli_signal : BT_EXIT_DONE;
}
