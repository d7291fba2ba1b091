#include <errno.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/history_file.h"
#include "report/report.h"

struct conf {
	const char *db;
	bool json;
};

static const struct bt_opt opts[] = {
	{ .name = "json",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, json),
		.help = "the run's report object, as run --json prints it",
		.man = "Prints the object that *run* --json prints." },
	{ .group = bt_cli_db_opts, .offset = offsetof(struct conf, db) },
	BT_OPT_END,
};

static int cmd_show(int argc, char **argv);

const struct bt_cli_command bt_cmd_show = {
	.name = "show",
	.usage = "RUN [OPTION...]",
	.summary = "the summary of a stored run: its number, last, last-1, ...",
	.opts = opts,
	.run = cmd_show,
};

static int print(struct bt_store *store, const char *which, bool as_json, struct bt_err *err)
{
	char *json = NULL;
	uint64_t id;
	int r = bt_store_resolve(store, &id, which, err);

	if (r == 0)
		r = bt_store_report(store, id, &json, err);
	if (r == 0 && as_json)
		bt_cli_put_document(json);
	else if (r == 0)
		r = bt_report_print(stdout, json, err);
	free(json);
	return r;
}

static int cmd_show(int argc, char **argv)
{
	struct conf conf = { 0 };
	struct bt_store *store;
	struct bt_err err;
	const char *which;
	unsigned n;
	int r = bt_cli_parse(&bt_cmd_show, &conf, argc, argv, &which, 1, &n);

	if (r >= 0)
		return r;
	if (n == 0)
		return bt_cli_fail(BT_EXIT_USAGE,
			"show: expected a run: its number from benchtop history, or last");
	if (bt_cli_open_history(&store, conf.db, BT_STORE_READ, &err) < 0)
		return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	r = print(store, which, conf.json, &err);
	bt_store_close(store);
	if (r < 0)
		return bt_cli_fail_err(r == -EINVAL ? BT_EXIT_USAGE : BT_EXIT_CANNOT, &err);
	return BT_EXIT_DONE;
}
