/* The gate of continuous integration: what a baseline ran is run again and held against it. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/secret.h"
#include "base/words.h"
#include "base/text.h"
#include "cli/check.h"
#include "cli/history_file.h"
#include "cli/places.h"
#include "store/baseline.h"
#include "compare/gate.h"
#include "json/json.h"

static const struct bt_opt opts[] = {
	{ .name = "baseline",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct bt_check_conf, baseline),
		.arg = "NAME|FILE",
		.help = "what to hold the runs against: a baseline of the history, or a .json "
			"file",
		.man = "What the runs are held against: a baseline of the history or, with a slash "
		       "in it or `.json` at its end, a file. Must be given." },
	{ .name = "max-regression",
		.type = BT_OPT_SHARE,
		.offset = offsetof(struct bt_check_conf, tolerance),
		.dflt = "10%",
		.arg = "SHARE",
		.max = 10,
		.help = "a figure may be this much worse",
		.man = "A figure may be this much worse; one that is a share may be, or 0.1 "
		       "points." },
	{ .name = "repeat",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct bt_check_conf, repeat),
		.dflt = "6",
		.arg = "N",
		.min = 1,
		.max = 100,
		.help = "trials; a suspected regression takes as many again",
		.man = "Trials; a suspected regression takes as many again." },
	{ .name = "figure",
		.type = BT_OPT_LIST,
		.offset = offsetof(struct bt_check_conf, figures),
		.arg = "NAME",
		.help = "this figure alone decides, as p99; may be given again",
		.man = "This figure alone decides: `throughput`, `p50`, `p90`, `p95`, `p99`, "
		       "`p999`, `cpu_per_op`, `rss_peak`, `error_rate` or `finding`. May be given "
		       "again. Without it all do but `p90` and `p999`." },
	{ .name = "duration",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct bt_check_conf, duration_ns),
		.dflt = "2s",
		.arg = "DURATION",
		.min = 1e8,
		.max = 86400e9,
		.help = "of each trial, where the baseline is of the plain form",
		.man = "Of each trial, where the baseline is of the plain form." },
	{ .name = "anyway",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct bt_check_conf, anyway),
		.help = "hold against a baseline of another machine too, and note it",
		.man = "Holds the runs against a baseline of another machine too, and notes it." },
	{ .name = "unsound",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct bt_check_conf, unsound),
		.help = "let invalid measurements pass too, and note it",
		.man = "Lets invalid measurements pass too, and notes it." },
	{ .name = "junit",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct bt_check_conf, junit),
		.arg = "FILE",
		.help = "the outcome of each figure as JUnit XML",
		.man = "Writes the outcome of each figure as JUnit XML." },
	{ .name = "markdown",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct bt_check_conf, markdown),
		.arg = "FILE",
		.help = "the same as a table in Markdown",
		.man = "Writes the same as a table in Markdown." },
	{ .name = "json",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct bt_check_conf, json),
		.help = "the result as one JSON object on standard output",
		.man = "Prints the result as one object." },
	{ .group = bt_endpoint_opts, .offset = offsetof(struct bt_check_conf, endpoint) },
	{ .group = bt_cli_db_opts, .offset = offsetof(struct bt_check_conf, db) },
	BT_OPT_END,
};

static int cmd_check(int argc, char **argv);

const struct bt_cli_command bt_cmd_check = {
	.name = "check",
	.usage = "--baseline NAME|FILE [OPTION...]",
	.summary = "runs what a baseline ran, and fails when it has become worse",
	.opts = opts,
	.run = cmd_check,
};

/* Older versions joined the values of a list, so a value with a comma is ambiguous. */
static bool is_joined(const struct bt_setting *s, const struct bt_opt *opt)
{
	return opt && bt_opt_is_list(opt) && !s->list && strchr(s->value, ',');
}

static int add_option(struct bt_words *words, const struct bt_setting *s, struct bt_err *err)
{
	const struct bt_opt *opt = bt_run_options_find(s->name);
	char *name;
	int r;

	if (bt_trials_free_option(s->name))
		return 0;
	if (is_joined(s, opt) && strstr(s->value, BT_MASK))
		return bt_fail(err, -EINVAL, "--%s: '%s': a value is masked; give it by --%s-file",
			s->name, s->value, s->name);
	if (is_joined(s, opt))
		return bt_fail(err, -EINVAL,
			"--%s: '%s': an older version stored this list as one text; make the "
			"baseline again",
			s->name, s->value);
	if (asprintf(&name, "--%s", s->name) < 0)
		return -ENOMEM;
	if (!opt || opt->type != BT_OPT_FLAG)
		r = bt_words_add_pair(words, name, s->value);
	else
		r = strcmp(s->value, "yes") == 0 ? bt_words_add(words, name) : 0;
	free(name);
	return r;
}

/* The baseline's run as words of a command line, its seed and thresholds left out. */
static int words_of(struct bt_words *words, const json_t *about, struct bt_err *err)
{
	const struct bt_setting *rows;
	struct bt_pool pool = { 0 };
	unsigned n;
	int r = bt_words_add(words, "run");

	if (r == 0)
		r = bt_words_add(words, bt_json_get_text(about, "workload"));
	if (r == 0)
		r = bt_words_add_pair(words, "--profile", bt_json_get_text(about, "profile"));
	if (r == 0)
		r = bt_json_read_settings(&rows, &n, &pool, json_object_get(about, "options"));
	for (unsigned i = 0; r == 0 && i < n; i++)
		r = add_option(words, &rows[i], err);
	bt_pool_fini(&pool);
	return r == -ENOMEM ? bt_fail(err, r, "out of memory") : r;
}

static int fill(struct bt_run_options *o, void *arg)
{
	struct bt_words words = { 0 };
	struct bt_err err = { 0 };
	int r = words_of(&words, arg, &err);

	if (r == 0)
		r = bt_run_options_words(o, (int)words.n, words.v, &err);
	bt_words_fini(&words);
	return r < 0 ? bt_cli_fail(BT_EXIT_CANNOT, "baseline: %s", err.msg) : -1;
}

struct checking {
	const struct bt_check_conf *conf;
	struct bt_trials was, now;
	struct bt_comparison compared;
	struct bt_gate gate, first;
	bool wanted[BT_COMPARED_MAX];
	int worst; /* 1: a trial answered wrong */
};

/* One set of trials, judged. -1 to go on, else the exit status. */
static int run_set(struct checking *c, const char *part)
{
	struct bt_compare_conf how = { .anyway = c->conf->anyway, .unsound = c->conf->unsound };
	struct bt_trial_group group;
	int status;

	bt_trials_fini(&c->now);
	bt_trials_init(&c->now, "now");
	bt_trial_group_init(&group, fill, c->was.about);
	group.db = c->conf->db;
	group.endpoint = &c->conf->endpoint;
	group.part = part;
	group.of = (unsigned)c->conf->repeat;
	status = bt_trials_run(&group, &c->now, group.of);
	c->worst |= group.worst;
	if (status >= 0)
		return status;
	bt_compare(&c->compared, &c->was, &c->now, &how);
	bt_gate_judge(&c->gate, &c->compared, c->conf->tolerance, c->wanted);
	return -1;
}

static int carry_out(struct checking *c)
{
	int status = run_set(c, "set=1");

	if (status >= 0 || c->gate.state != BT_GATE_REGRESSED)
		return status;
	bt_print(stderr, "looks worse: a second set of trials is to confirm it\n");
	c->first = c->gate;
	status = run_set(c, "set=2");
	if (status < 0)
		bt_gate_confirm(&c->gate, &c->first);
	return status;
}

static void tell(struct checking *c, struct bt_check_result *result)
{
	static const enum bt_outcome_kind kinds[] = { [BT_GATE_HELD] = BT_OUTCOME_PASSED,
		[BT_GATE_OPEN] = BT_OUTCOME_ERROR,
		[BT_GATE_REGRESSED] = BT_OUTCOME_FAILED };

	for (unsigned i = 0; i < bt_figures_compared() && !c->gate.why[0]; i++) {
		const struct bt_gate_row *row = &c->gate.rows[i];
		char text[300];

		if (!row->gated || row->state == BT_GATE_UNMEASURED)
			continue;
		bt_gate_row_text(text, sizeof(text), row);
		bt_check_add(result, row->compared.figure.name, kinds[row->state], text);
	}
	if (c->gate.why[0])
		bt_check_add(result, "comparison", BT_OUTCOME_ERROR, c->gate.why);
	if (c->worst)
		bt_check_add(result, "answers", BT_OUTCOME_FAILED, "a trial gave wrong answers");
}

static void print(const struct checking *c)
{
	char runs[200];

	bt_print(stdout, "%s, baseline %s of %zu run%s, now run%s %s\n\n",
		json_string_value(json_object_get(c->was.about, "workload")), c->was.name, c->was.n,
		c->was.n == 1 ? "" : "s", c->now.n == 1 ? "" : "s",
		bt_compare_runs(runs, sizeof(runs), &c->now));
	if (!c->gate.why[0])
		bt_gate_print(stdout, &c->gate);
	if (c->worst)
		puts("ALERT: a trial gave wrong answers");
	if (c->compared.noted[0])
		bt_print(stdout, "Note: %s.\n", c->compared.noted);
	if (c->gate.why[0])
		bt_print(stdout, "Not enough evidence: %s.\n", c->gate.why);
	else
		bt_print(stdout, "%s\n",
			c->worst || c->gate.state == BT_GATE_REGRESSED ? "Regressed."
				: c->gate.state == BT_GATE_HELD        ? "Held."
								       : "Not enough "
									 "evidence.");
}

/* Against a baseline with runs of its own. */
static int check_runs(struct bt_check_result *result, struct checking *c, const json_t *document)
{
	struct bt_err err;
	int status;

	if (bt_baseline_read(&c->was, document, &err) < 0)
		return bt_cli_fail_err(BT_EXIT_USAGE, &err);
	status = carry_out(c);
	if (status >= 0)
		return status;
	tell(c, result);
	bt_text_format(result->workload, sizeof(result->workload), "%s",
		json_string_value(json_object_get(c->was.about, "workload")));
	result->object = bt_gate_json(&c->gate);
	json_object_set_new(result->object, "noted", bt_json_string(c->compared.noted));
	json_object_set_new(result->object, "baseline", bt_json_string(c->was.name));
	if (!c->conf->json)
		print(c);
	if (c->worst || c->gate.state == BT_GATE_REGRESSED)
		return BT_EXIT_FAILED;
	return c->gate.state == BT_GATE_HELD ? BT_EXIT_DONE : BT_EXIT_UNKNOWN;
}

static int no_figure(const char *name)
{
	const char *all[BT_COMPARED_MAX + 1] = { NULL }, *near;
	unsigned n = bt_figures_compared();
	char names[400] = "";

	for (unsigned i = 0; i < n; i++) {
		all[i] = bt_figure_compared(&bt_figures[i]);
		bt_text_add(names, sizeof(names), "%s%s",
			i == 0               ? ""
				: i + 1 == n ? " or "
					     : ", ",
			all[i]);
	}
	near = bt_cli_nearest(name, all);
	return bt_cli_fail(BT_EXIT_USAGE, "--figure: '%s': expected %s%s%s%s", name, names,
		near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
}

static int choose_figures(struct checking *c, const struct bt_list *names)
{
	for (unsigned i = 0; i < bt_figures_compared(); i++)
		c->wanted[i] = names->n == 0 && (bt_figures[i].in & BT_IN_GATE);
	for (unsigned i = 0; i < names->n; i++) {
		int f = bt_compared_find(names->v[i]);

		if (f < 0)
			return no_figure(names->v[i]);
		c->wanted[f] = true;
	}
	return -1;
}

/* What has a slash or ends in .json. */
static bool is_file(const char *name)
{
	size_t len = strlen(name);

	return strchr(name, '/') || (len > 5 && strcmp(name + len - 5, ".json") == 0);
}

/*
 * A name with a slash or the ending .json is a file. Older versions allowed such names for
 * baselines of the history, so they are searched when the file is missing.
 */
static int find_baseline(json_t **document, const struct bt_check_conf *conf)
{
	const char *name = conf->baseline;
	struct bt_store *store = NULL;
	struct bt_err err;
	int r;

	if (is_file(name)) {
		r = bt_baseline_load(document, name, &err);
		if (r == -ENOENT && !strchr(name, '/') &&
			bt_cli_open_history(&store, conf->db, BT_STORE_READ, NULL) == 0 &&
			bt_store_baseline_get(store, document, name, NULL) == 0)
			r = 0;
		bt_store_close(store);
	} else {
		r = bt_cli_open_history(&store, conf->db, BT_STORE_READ, &err);
		if (r == 0)
			r = bt_store_baseline_get(store, document, name, &err);
		bt_store_close(store);
	}
	return r < 0 ? bt_cli_fail_err(r == -EINVAL ? BT_EXIT_USAGE : BT_EXIT_CANNOT, &err) : -1;
}

/* Files and the JSON object. The status, or 3 when one could not be written. */
static int put(const struct bt_check_conf *conf, struct bt_check_result *result, int status)
{
	struct bt_outcome_row rows[BT_CHECK_ROWS];
	struct bt_err err = { 0 };
	json_t *list = json_array();
	int r = 0;

	for (unsigned i = 0; i < result->n; i++) {
		const struct bt_check_row *row = &result->rows[i];

		rows[i] = (struct bt_outcome_row){ row->name, result->workload, row->kind, NAN,
			row->text };
		json_array_append_new(list,
			json_pack("{so ss so}", "name", bt_json_string(row->name), "outcome",
				bt_outcome_name[row->kind], "text", bt_json_string(row->text)));
	}
	if (conf->junit)
		r = bt_outcome_write_junit(conf->junit, "check", rows, result->n, &err);
	if (r == 0 && conf->markdown)
		r = bt_outcome_write_markdown(conf->markdown, "check", rows, result->n, &err);
	if (r == 0 && conf->json) {
		json_t *object = result->object ? json_incref(result->object) : json_object();

		if (json_object_set_new(object, "exit_status", json_integer(status)) < 0 ||
			json_object_set(object, "checks", list) < 0) {
			json_decref(object);
			object = NULL;
		}
		r = bt_cli_put_json(object, JSON_COMPACT, &err);
	}
	json_decref(list);
	return r < 0 ? bt_cli_fail_err(status ? status : BT_EXIT_CANNOT, &err) : status;
}

static int check_against(const struct bt_check_conf *conf, const json_t *document)
{
	struct checking *c = calloc(1, sizeof(*c));
	struct bt_check_result *result = calloc(1, sizeof(*result));
	int status = -1;

	if (!c || !result)
		status = bt_cli_fail(BT_EXIT_CANNOT, "out of memory");
	if (status < 0) {
		c->conf = conf;
		status = choose_figures(c, &conf->figures);
	}
	if (status < 0) {
		status = bt_plain_is(document) ? bt_check_plain(result, conf, document)
					       : check_runs(result, c, document);
		if (result->n)
			status = put(conf, result, status);
	}
	for (unsigned i = 0; result && i < result->n; i++) {
		free(result->rows[i].name);
		free(result->rows[i].text);
	}
	if (result)
		json_decref(result->object);
	if (c) {
		bt_trials_fini(&c->was);
		bt_trials_fini(&c->now);
	}
	free(result);
	free(c);
	return status;
}

/* A baseline's run has files of its own, which are among the values of its options. */
static int check_places(
	const struct bt_check_conf *conf, const json_t *document, struct bt_err *err)
{
	struct bt_places places = { 0 };
	const char *name;
	json_t *value, *one;
	size_t i;
	int r = bt_places_history(&places, conf->db, err);

	if (r == 0 && is_file(conf->baseline))
		r = bt_places_input(&places, "--baseline", conf->baseline, err);
	if (r == 0)
		r = bt_places_output(&places, "--junit", conf->junit, err);
	if (r == 0)
		r = bt_places_output(&places, "--markdown", conf->markdown, err);
	json_object_foreach(
		json_object_get(json_object_get(document, "about"), "options"), name, value)
	{
		if (r == 0)
			r = bt_places_input(&places, name, json_string_value(value), err);
		json_array_foreach(value, i, one) if (r == 0) r =
			bt_places_input(&places, name, json_string_value(one), err);
	}
	bt_places_fini(&places);
	return r;
}

static int cmd_check(int argc, char **argv)
{
	struct bt_check_conf conf = { 0 };
	struct bt_err err = { 0 };
	json_t *document = NULL;
	unsigned n;
	int status = bt_cli_parse(&bt_cmd_check, &conf, argc, argv, NULL, 0, &n);

	if (status < 0 && bt_endpoint_check(&conf.endpoint, &err) < 0)
		status = bt_cli_fail_err(BT_EXIT_USAGE, &err);
	if (status < 0 && !conf.baseline)
		status = bt_cli_fail(BT_EXIT_USAGE,
			"check: expected --baseline NAME or FILE.json; benchtop baseline list "
			"names "
			"them");
	if (status < 0)
		status = find_baseline(&document, &conf);
	if (status < 0 && check_places(&conf, document, &err) < 0)
		status = bt_cli_fail_err(BT_EXIT_USAGE, &err);
	if (status < 0)
		status = check_against(&conf, document);
	json_decref(document);
	return status;
}
