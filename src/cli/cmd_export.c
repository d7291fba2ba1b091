/* Stored runs in formats that others read. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "cli/cli.h"
#include "cli/history_file.h"
#include "cli/places.h"
#include "export/export.h"
#include "store/store.h"

#define RUNS_MAX 1000

struct conf {
	const char *format, *output, *db;
};

static const struct bt_opt opts[] = {
	{ .name = "format",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct conf, format),
		.dflt = "json",
		.arg = "F",
		.help = "json, ndjson, csv, hgrm, hlog, junit, markdown, benchstat or html",
		.man = "*json*, *ndjson*, *csv*, *hgrm*, *hlog*, *junit*, *markdown*, *benchstat* "
		       "or *html*." },
	{ .name = "output",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct conf, output),
		.dflt = "-",
		.arg = "FILE",
		.help = "where it goes, whole or not at all; - is standard output",
		.man = "Where it goes, whole or not at all; -o is the same. `-` is standard "
		       "output." },
	{ .group = bt_cli_db_opts, .offset = offsetof(struct conf, db) },
	BT_OPT_END,
};

static int cmd_export(int argc, char **argv);

const struct bt_cli_command bt_cmd_export = {
	.name = "export",
	.usage = "RUN... [OPTION...]",
	.summary = "stored runs as JSON, CSV, HdrHistogram logs, an HTML page and others",
	.opts = opts,
	.run = cmd_export,
};

static int export_source(
	struct bt_export *e, struct bt_store *store, struct bt_source *src, struct bt_err *err)
{
	const struct bt_snapshot *snap;
	struct bt_tally tally;
	char *report = NULL;
	int r = bt_tally_init(&tally, &src->info, err);

	if (r < 0)
		return r;
	r = bt_export_begin(e, &src->info, err);
	while (r == 0 && (snap = src->ops->next(src)) != NULL) {
		bt_tally_put(&tally, snap);
		r = bt_export_put(e, &tally, snap, err);
	}
	if (r == 0)
		r = bt_store_lost(store, err);
	if (r == 0)
		r = bt_store_report(store, src->info.id, &report, err);
	if (r == 0)
		r = bt_export_end(e, &tally, report, err);
	free(report);
	bt_tally_fini(&tally);
	return r;
}

static int export_run(
	struct bt_export *e, struct bt_store *store, const char *which, struct bt_err *err)
{
	struct bt_source *src;
	uint64_t id;
	int r = bt_store_resolve(store, &id, which, err);

	if (r == 0)
		r = bt_store_source(store, id, &src, err);
	if (r < 0)
		return r;
	r = export_source(e, store, src, err);
	bt_source_close(src);
	return r;
}

static int export_all(struct bt_store *store, const struct conf *conf,
	const struct bt_export_format *format, const char *const *runs, unsigned n,
	struct bt_err *err)
{
	struct bt_export *e;
	struct bt_err unused;
	int r = bt_export_open(&e, format, conf->output, false, err), closed;

	if (r < 0)
		return r;
	for (unsigned i = 0; i < n && r == 0; i++)
		r = export_run(e, store, runs[i], err);
	closed = bt_export_close(e, r == 0, r == 0 ? err : &unused);
	return r < 0 ? r : closed;
}

static int check_places(const struct conf *conf, struct bt_err *err)
{
	struct bt_places places = { 0 };
	int r = bt_places_history(&places, conf->db, err);

	if (r == 0)
		r = bt_places_output(&places, "--output", conf->output, err);
	bt_places_fini(&places);
	return r;
}

static int cmd_export(int argc, char **argv)
{
	static const char *runs[RUNS_MAX];
	const struct bt_export_format *format;
	struct conf conf = { 0 };
	struct bt_store *store;
	char names[200];
	struct bt_err err;
	unsigned n;
	int r;

	bt_cli_lengthen(argc, argv);
	r = bt_cli_parse(&bt_cmd_export, &conf, argc, argv, runs, RUNS_MAX, &n);
	if (r >= 0)
		return r;
	format = bt_export_find(conf.format);
	if (!format)
		return bt_cli_fail(BT_EXIT_USAGE, "--format: '%s': expected one of: %s",
			conf.format, bt_export_names(names, sizeof(names)));
	if (n == 0)
		return bt_cli_fail(BT_EXIT_USAGE,
			"export: expected a run: its number from benchtop history, or last");
	if (n > 1 && !format->several)
		return bt_cli_fail(BT_EXIT_USAGE,
			"export: a file of the format %s has one run, %u are named", format->name,
			n);
	if (check_places(&conf, &err) < 0)
		return bt_cli_fail_err(BT_EXIT_USAGE, &err);
	if (bt_cli_open_history(&store, conf.db, BT_STORE_READ, &err) < 0)
		return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	r = export_all(store, &conf, format, runs, n, &err);
	bt_store_close(store);
	if (r < 0)
		return bt_cli_fail_err(r == -EINVAL ? BT_EXIT_USAGE : BT_EXIT_CANNOT, &err);
	return BT_EXIT_DONE;
}
