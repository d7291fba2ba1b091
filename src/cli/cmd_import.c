/* Runs of elsewhere put into the history. */
#include <errno.h>

#include "base/stop.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/history_file.h"
#include "store/import.h"

struct conf {
	const char *db;
};

static const struct bt_opt opts[] = {
	{ .group = bt_cli_db_opts, .offset = offsetof(struct conf, db) },
	BT_OPT_END,
};

static int cmd_import(int argc, char **argv);

const struct bt_cli_command bt_cmd_import = {
	.name = "import",
	.usage = "FILE... [OPTION...]",
	.summary = "runs of files that export or run --out wrote as ndjson or json",
	.opts = opts,
	.run = cmd_import,
};

#define FILES_MAX 1000

static int cmd_import(int argc, char **argv)
{
	static const char *files[FILES_MAX];
	struct conf conf = { 0 };
	struct bt_store *store;
	struct bt_err err;
	unsigned n;
	int r = bt_cli_parse(&bt_cmd_import, &conf, argc, argv, files, FILES_MAX, &n);

	if (r >= 0)
		return r;
	if (n == 0)
		return bt_cli_fail(
			BT_EXIT_USAGE, "import: expected a file of the format ndjson or json");
	if (bt_cli_open_history(&store, conf.db, BT_STORE_WRITE, &err) < 0)
		return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	bt_cli_catch_signals(false);
	bt_store_stoppable(store);
	r = 0;
	for (unsigned i = 0; i < n && r == 0; i++) {
		struct bt_imported got;

		r = bt_import(&got, store, files[i], &err);
		if (got.runs || r == 0)
			bt_print(stdout, "%s: imported %u run%s", files[i], got.runs,
				got.runs == 1 ? "" : "s");
		if (got.runs == 1)
			bt_print(stdout, ", as %llu", (unsigned long long)got.last);
		if (got.there)
			bt_print(stdout, ", %u there already", got.there);
		if (got.replaced)
			bt_print(stdout, ", %u incomplete run%s replaced", got.replaced,
				got.replaced == 1 ? "" : "s");
		if (got.doubted)
			bt_print(stdout, ", %u marked valid despite %s reasons stored as invalid",
				got.doubted, got.doubted == 1 ? "its" : "their");
		if (got.runs || r == 0)
			putchar('\n');
	}
	bt_store_close(store);
	if (r == 0)
		return BT_EXIT_DONE;
	bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	return bt_stop_signal ? BT_EXIT_SIGNAL + (int)bt_stop_signal : BT_EXIT_CANNOT;
}
