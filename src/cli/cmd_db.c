/* The file of the history: what it takes, old runs deleted, its room given back, whether it is
 * whole. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fmt.h"
#include "base/stop.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/history_file.h"

struct conf {
	const char *db;
	uint64_t older_ns;
	bool dry, quick;
};

static const struct bt_opt opts[] = {
	{ .name = "older-than",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, older_ns),
		.arg = "DURATION",
		.min = 1e9,
		.max = 3.1536e17,
		.help = "prune: runs that began longer ago than this, as 90d",
		.man = "Of *prune*: runs that began longer ago than this are deleted, but for "
		       "those that go on. Baselines stay." },
	{ .name = "dry-run",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, dry),
		.help = "prune: tell what would go, and delete nothing",
		.man = "Of *prune*: tells what would go, and deletes nothing." },
	{ .name = "quick",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, quick),
		.help = "check: the pages of the file alone, not what is stored of each run",
		.man = "Of *check*: checks the pages of the file only, not what is stored of each "
		       "run." },
	{ .group = bt_cli_db_opts, .offset = offsetof(struct conf, db) },
	BT_OPT_END,
};

static int cmd_db(int argc, char **argv);

const struct bt_cli_command bt_cmd_db = {
	.name = "db",
	.usage = "info|prune|vacuum|check [OPTION...]",
	.summary = "the file of the history: its size, old runs, room, and whether it is whole",
	.opts = opts,
	.run = cmd_db,
};

static int info(
	struct bt_store *store, const struct conf *conf BT_UNUSED, struct bt_err *err BT_UNUSED)
{
	struct bt_store_info i;
	char a[BT_FMT_MAX];

	bt_store_care(store, &i);
	bt_print(stdout, "File          %s\n", i.path);
	bt_print(stdout, "Format        %u\n", i.format);
	bt_print(stdout, "Size          %s\n", bt_fmt_bytes(a, sizeof(a), (double)i.file_bytes));
	bt_print(stdout, "Not yet in it %s\n", bt_fmt_bytes(a, sizeof(a), (double)i.wal_bytes));
	bt_print(stdout, "Free in it    %s\n", bt_fmt_bytes(a, sizeof(a), (double)i.free_bytes));
	bt_print(stdout, "Runs          %s\n", bt_fmt_group(a, sizeof(a), i.runs));
	bt_print(stdout, "Samples       %s\n", bt_fmt_group(a, sizeof(a), i.samples));
	bt_print(stdout, "Baselines     %s\n", bt_fmt_group(a, sizeof(a), i.baselines));
	if (i.runs)
		bt_print(stdout, "Oldest        %s\n", bt_fmt_when(a, sizeof(a), i.oldest_ns));
	if (i.runs)
		bt_print(stdout, "Newest        %s\n", bt_fmt_when(a, sizeof(a), i.newest_ns));
	return 0;
}

static int prune(struct bt_store *store, const struct conf *conf, struct bt_err *err)
{
	int64_t before = (int64_t)bt_wall_ns();
	uint64_t *ids;
	struct bt_run_list list;
	size_t n = 0, kept = 0;
	int r = bt_store_list(store, &list, NULL, 0, err);

	if (r < 0)
		return r;
	if (__builtin_sub_overflow(before, (int64_t)conf->older_ns, &before))
		before = INT64_MIN;
	ids = calloc(BT_MAX(list.n, (size_t)1), sizeof(*ids));
	for (size_t i = 0; ids && i < list.n; i++)
		if ((int64_t)list.rows[i].started_wall_ns < before)
			ids[n++] = list.rows[i].id;
	bt_run_list_fini(&list);
	if (!ids)
		return bt_oom(err, "prune");
	if (!conf->dry)
		r = bt_store_delete(store, &kept, ids, n, err);
	free(ids);
	if (r < 0)
		return r;
	bt_print(stdout, "%zu run%s %s", n - kept, n - kept == 1 ? "" : "s",
		conf->dry ? "would be deleted" : "deleted");
	if (kept)
		bt_print(stdout, ", %zu that go%s on kept", kept, kept == 1 ? "es" : "");
	putchar('\n');
	return 0;
}

static int vacuum(struct bt_store *store, const struct conf *conf BT_UNUSED, struct bt_err *err)
{
	char a[BT_FMT_MAX], b[BT_FMT_MAX];
	struct bt_store_info was, is;
	int r;

	bt_store_care(store, &was);
	r = bt_store_vacuum(store, err);
	if (r < 0)
		return r;
	bt_store_care(store, &is);
	bt_print(stdout, "%s, it was %s\n", bt_fmt_bytes(a, sizeof(a), (double)is.file_bytes),
		bt_fmt_bytes(b, sizeof(b), (double)(was.file_bytes + was.wal_bytes)));
	return 0;
}

static void tell(void *arg BT_UNUSED, const char *words)
{
	bt_print(stdout, "%s\n", words);
}

static int check(struct bt_store *store, const struct conf *conf, struct bt_err *err)
{
	unsigned faults, unread = 0;
	int r = bt_store_check(store, &faults, tell, NULL, err);

	if (r == 0 && !conf->quick)
		r = bt_store_check_runs(store, &unread, tell, NULL, err);
	if (r < 0)
		return r;
	faults += unread;
	if (!faults)
		bt_print(stdout, "whole\n");
	return faults ? 1 : 0;
}

static const struct {
	const char *name;
	int (*run)(struct bt_store *store, const struct conf *conf, struct bt_err *err);
	int mode;
} actions[] = {
	{ "info", info, BT_STORE_READ },
	{ "prune", prune, BT_STORE_WRITE },
	{ "vacuum", vacuum, BT_STORE_WRITE },
	{ "check", check, BT_STORE_READ },
};

static int open_as(struct bt_store **store, const char *path, int mode, struct bt_err *err)
{
	return mode == BT_STORE_WRITE ? bt_cli_change_history(store, path, err)
				      : bt_cli_open_history(store, path, mode, err);
}

static int cmd_db(int argc, char **argv)
{
	struct conf conf = { 0 };
	struct bt_store *store;
	struct bt_err err;
	const char *word;
	unsigned n, i;
	int r = bt_cli_parse(&bt_cmd_db, &conf, argc, argv, &word, 1, &n);

	if (r >= 0)
		return r;
	for (i = 0; n && i < BT_LEN(actions); i++)
		if (strcmp(word, actions[i].name) == 0)
			break;
	if (!n || i == BT_LEN(actions))
		return bt_cli_fail(BT_EXIT_USAGE, "db: %s%s%sexpected info, prune, vacuum or check",
			n ? "'" : "", n ? word : "", n ? "': " : "");
	if ((actions[i].run == prune) != (conf.older_ns > 0))
		return bt_cli_fail(BT_EXIT_USAGE,
			actions[i].run == prune ? "db prune: expected --older-than, such as 90d"
						: "--older-than: only db prune has it");
	if (conf.dry && actions[i].run != prune)
		return bt_cli_fail(BT_EXIT_USAGE, "--dry-run: only db prune has it");
	if (conf.quick && actions[i].run != check)
		return bt_cli_fail(BT_EXIT_USAGE, "--quick: only db check has it");
	if (open_as(&store, conf.db, actions[i].mode, &err) < 0)
		return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	bt_cli_catch_signals(false);
	bt_store_stoppable(store);
	r = actions[i].run(store, &conf, &err);
	bt_store_close(store);
	if (r < 0)
		bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	if (r < 0)
		return bt_stop_signal ? BT_EXIT_SIGNAL + (int)bt_stop_signal : BT_EXIT_CANNOT;
	return r ? BT_EXIT_FAILED : BT_EXIT_DONE;
}
