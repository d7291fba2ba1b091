#include <errno.h>
#include <stdlib.h>

#include "cli/cli.h"
#include "cli/history_file.h"
#include "cli/selection.h"
#include "store/versus.h"

struct conf {
	const char *db;
	double floor;
	bool json, anyway, unsound;
};

static const struct bt_opt opts[] = {
	{ .name = "json",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, json),
		.help = "the comparison as one JSON object",
		.man = "Prints the comparison as one object." },
	{ .name = "floor",
		.type = BT_OPT_SHARE,
		.offset = offsetof(struct conf, floor),
		.dflt = "1%",
		.arg = "SHARE",
		.max = 1,
		.help = "changes smaller than this count as none, however clear they are",
		.man = "Changes smaller than this count as none, however clear they are. Of "
		       "memory, changes below 1 MiB never count." },
	{ .name = "anyway",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, anyway),
		.help = "compare runs with different options, or of different machines, and note "
			"it",
		.man = "Compares runs with different options, or of different machines, and notes "
		       "it." },
	{ .name = "unsound",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, unsound),
		.help = "compare invalid and unfinished runs as well, and note it",
		.man = "Compares invalid and unfinished runs as well, and notes it." },
	{ .group = bt_cli_db_opts, .offset = offsetof(struct conf, db) },
	BT_OPT_END,
};

static int cmd_compare(int argc, char **argv);

const struct bt_cli_command bt_cmd_compare = {
	.name = "compare",
	.usage = "A B [OPTION...]",
	.summary = "tells whether runs B are better or worse than runs A",
	.opts = opts,
	.run = cmd_compare,
};

static int show(const struct conf *conf, const struct bt_comparison *c, const struct bt_trials *a,
	const struct bt_trials *b)
{
	if (conf->json) {
		struct bt_err err;

		if (bt_cli_put_json(bt_compare_json(c, a, b), JSON_COMPACT, &err) < 0)
			return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	} else if (a->n && b->n) {
		bt_compare_print(stdout, c, a, b);
	}
	return c->trend == BT_TREND_NOT_COMPARABLE || c->trend == BT_TREND_TOO_FEW ? BT_EXIT_UNKNOWN
										   : BT_EXIT_DONE;
}

static int compare_sets(struct bt_store *store, const struct conf *conf, const char *const *words)
{
	struct bt_trials *sets = calloc(2, sizeof(*sets));
	struct bt_comparison *c = calloc(1, sizeof(*c));
	struct bt_compare_conf how = { conf->floor, conf->anyway, conf->unsound, NULL, NULL };
	struct bt_within *within[2] = { NULL, NULL };
	struct bt_err err = { 0 };
	int r = sets && c ? 0 : bt_oom(&err, NULL), status;

	for (unsigned i = 0; i < 2 && r == 0; i++)
		r = bt_cli_select(store, &sets[i], words[i], &err);
	if (r == 0) {
		bt_store_within(within, store, &sets[0], &sets[1]);
		how.within_a = within[0];
		how.within_b = within[1];
		bt_compare(c, &sets[0], &sets[1], &how);
		status = show(conf, c, &sets[0], &sets[1]);
	} else {
		status = bt_cli_fail_err(r == -EINVAL ? BT_EXIT_USAGE : BT_EXIT_CANNOT, &err);
	}
	for (unsigned i = 0; i < 2; i++) {
		free(within[i]);
		if (sets)
			bt_trials_fini(&sets[i]);
	}
	free(sets);
	free(c);
	return status;
}

static int cmd_compare(int argc, char **argv)
{
	struct conf conf = { 0 };
	const char *words[2];
	struct bt_store *store;
	struct bt_err err;
	unsigned n;
	int r = bt_cli_parse(&bt_cmd_compare, &conf, argc, argv, words, 2, &n);

	if (r >= 0)
		return r;
	if (n < 2)
		return bt_cli_fail(BT_EXIT_USAGE,
			"compare: expected two sets of runs, each " BT_SELECTION_HELP);
	if (bt_cli_open_history(&store, conf.db, BT_STORE_READ, &err) < 0)
		return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	r = compare_sets(store, &conf, words);
	bt_store_close(store);
	return r;
}
