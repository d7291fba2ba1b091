#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/fmt.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/history_file.h"
#include "store/filter.h"
#include "json/json.h"

struct conf {
	const char *db, *workload, *filter;
	uint64_t limit;
	bool json;
};

static const struct bt_opt opts[] = {
	{ .name = "limit",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct conf, limit),
		.dflt = "20",
		.arg = "N",
		.max = 1e9,
		.help = "how many runs, newest first; 0: all",
		.man = "How many runs; 0 means all." },
	{ .name = "workload",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct conf, workload),
		.arg = "NAME",
		.help = "only runs of this workload",
		.man = "Only runs of this workload." },
	{ .name = "filter",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct conf, filter),
		.arg = "WORDS",
		.help = "only runs that all words hold for: 'workload:bitcoin tag:release p99>10ms "
			"since:7d'",
		.man = "Only runs that match all these words; see {Sx FILTERS}." },
	{ .name = "json",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, json),
		.help = "one JSON array, an object a run",
		.man = "Prints one JSON array, an object a run." },
	{ .group = bt_cli_db_opts, .offset = offsetof(struct conf, db) },
	BT_OPT_END,
};

static int cmd_history(int argc, char **argv);

const struct bt_cli_command bt_cmd_history = {
	.name = "history",
	.usage = "[OPTION...]",
	.summary = "the stored runs",
	.opts = opts,
	.run = cmd_history,
};

static void print_row(const struct bt_run_row *r)
{
	char when[BT_FMT_MAX], span[BT_FMT_MAX], rate[BT_FMT_MAX], p50[BT_FMT_MAX], p99[BT_FMT_MAX],
		errors[BT_FMT_MAX];

	bt_fmt_when(when, sizeof(when), r->started_wall_ns);
	bt_fmt_clock(span, sizeof(span), r->duration_ns);
	bt_fmt_number(rate, sizeof(rate), r->throughput);
	bt_fmt_ns(p50, sizeof(p50), r->p50_ns);
	bt_fmt_ns(p99, sizeof(p99), r->p99_ns);
	bt_fmt_share(errors, sizeof(errors), r->error_rate);
	bt_print(stdout, "%5llu  %s  %-16s %-8s %8s %9s %9s %9s %8s  %-8s %s%s%s\n",
		(unsigned long long)r->id, when, r->workload, r->profile, span, rate, p50, p99,
		errors, *r->verdict ? r->verdict : "-", r->status, *r->finding ? ", " : "",
		r->finding);
}

static void print_table(const struct bt_run_list *list, bool filtered)
{
	if (list->n == 0 && filtered) {
		bt_print(stdout, "No run matches this filter.\n");
		return;
	}
	if (list->n == 0) {
		bt_print(stdout, "No runs yet: benchtop run WORKLOAD makes one.\n");
		return;
	}
	bt_print(stdout, "%5s  %-19s  %-16s %-8s %8s %9s %9s %9s %8s  %-8s %s\n", "run", "started",
		"workload", "profile", "elapsed", "op/s", "p50", "p99", "errors", "measured",
		"status");
	for (size_t i = 0; i < list->n; i++)
		print_row(&list->rows[i]);
}

/* These have names of the history's own here. */
static bool is_told(const json_t *object, const struct bt_figure *figure)
{
	static const char *const own[] = { "p50", "p99", "peak_throughput" };

	for (size_t i = 0; i < BT_LEN(own); i++)
		if (strcmp(own[i], figure->name) == 0)
			return true;
	return json_object_get(object, figure->name);
}

static json_t *row_object(const struct bt_run_row *r)
{
	char when[40];
	json_t *object;

	bt_fmt_utc(when, sizeof(when), r->started_wall_ns);
	object = json_pack("{sI ss so so so so so so so sb sf so so so so so so so}", "run",
		(json_int_t)r->id, "started", when, "workload", bt_json_string(r->workload),
		"profile", bt_json_string(r->profile), "status", bt_json_string(r->status),
		"verdict", bt_json_string(r->verdict), "tags", bt_json_string(r->tags), "host",
		bt_json_string(r->host), "commit", bt_json_string(r->commit), "open_loop",
		r->open_loop, "duration_s", (double)r->duration_ns / 1e9, "throughput",
		bt_json_real(r->throughput), "peak_rate", bt_json_real(r->peak_rate), "error_rate",
		bt_json_real(r->error_rate), "p50_ns", bt_json_real(r->p50_ns), "p99_ns",
		bt_json_real(r->p99_ns), "rss_peak_bytes", bt_json_real(r->rss_peak_bytes),
		"finding", bt_json_string(r->finding));
	for (const struct bt_figure *f = bt_figures; object && f->name; f++)
		if (f->in & BT_IN_HISTORY && !is_told(object, f))
			bt_json_set(object, f->name, bt_json_real(bt_row_figure(r, f)));
	return object;
}

static int print_json(const struct bt_run_list *list)
{
	json_t *array = json_array();
	struct bt_err err;

	for (size_t i = 0; array && i < list->n; i++)
		if (json_array_append_new(array, row_object(&list->rows[i])) < 0) {
			json_decref(array);
			array = NULL;
		}
	return bt_cli_put_json(array, 0, &err) < 0 ? bt_cli_fail_err(BT_EXIT_CANNOT, &err)
						   : BT_EXIT_DONE;
}

/* The limit counts the runs that are meant. */
static int list_runs(struct bt_store *store, struct bt_run_list *list, const struct conf *conf,
	const struct bt_filter *filter, struct bt_err *err)
{
	unsigned limit = (unsigned)conf->limit;
	int r = bt_store_list(store, list, conf->workload, filter->n ? 0 : limit, err);

	if (r < 0)
		return r;
	bt_filter_list(filter, list);
	if (limit)
		list->n = BT_MIN(list->n, limit);
	return 0;
}

static int cmd_history(int argc, char **argv)
{
	struct bt_run_list list = { 0 };
	struct conf conf = { 0 };
	struct bt_store *store = NULL;
	struct bt_filter filter = { 0 };
	struct bt_err err;
	unsigned n;
	int r = bt_cli_parse(&bt_cmd_history, &conf, argc, argv, NULL, 0, &n),
	    status = BT_EXIT_DONE;

	if (r >= 0)
		return r;
	if (conf.filter && bt_filter_read(&filter, conf.filter, bt_wall_ns(), &err) < 0)
		return bt_cli_fail(BT_EXIT_USAGE, "--%s", err.msg);
	r = bt_cli_open_history(&store, conf.db, BT_STORE_READ, &err);
	if (r == -ENOENT && !conf.db) { /* no run yet: an empty history, not a failure */
		bt_cli_fail_err(BT_EXIT_DONE, &err);
		r = 0;
	} else if (r == 0)
		r = list_runs(store, &list, &conf, &filter, &err);
	if (r < 0)
		status = bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	else if (conf.json)
		status = print_json(&list);
	else
		print_table(&list, filter.n > 0);
	bt_run_list_fini(&list);
	bt_store_close(store);
	return status;
}
