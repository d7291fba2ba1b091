#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "base/words.h"
#include "cli/cli.h"
#include "cli/history_file.h"
#include "cli/places.h"
#include "cli/selection.h"
#include "store/baseline.h"
#include "json/json.h"
#include "judge/stat.h"
#include "store/window.h"

struct conf {
	const char *db;
	uint64_t from_ns, to_ns;
	bool plain, unsound, json;
};

static const struct bt_opt opts[] = {
	{ .name = "plain",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, plain),
		.help = "export: only how long an operation takes, under the plain form's keys",
		.man = "*export* writes only how long an operation takes, under the keys of the "
		       "plain form; other keys of a file that is there stay." },
	{ .name = "unsound",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, unsound),
		.help = "set: take invalid and unfinished runs too, and record that",
		.man = "*set* takes invalid and unfinished runs too, and records that." },
	{ .name = "from",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, from_ns),
		.arg = "DURATION",
		.max = 86400e9 * 40,
		.help = "set: of one run, only what came after this time of it",
		.man = "*set*: of one run, only what came after this time of it; as the key *b* of "
		       "the dashboard makes it. The stretch has to be of one load, without a ramp, "
		       "a pause or a warm-up in it: its rate and length are what *check* repeats, "
		       "after as much of a warm-up as came before it, at most a minute. Figures "
		       "are of the stored intervals that lie within, by completion." },
	{ .name = "to",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, to_ns),
		.arg = "DURATION",
		.min = 1e6,
		.max = 86400e9 * 40,
		.help = "set: and before this time of it",
		.man = "*set*: and before this time of it." },
	{ .name = "json",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, json),
		.help = "list, show: the documents themselves",
		.man = "*list* and *show* print the documents themselves." },
	{ .group = bt_cli_db_opts, .offset = offsetof(struct conf, db) },
	BT_OPT_END,
};

static int cmd_baseline(int argc, char **argv);

const struct bt_cli_command bt_cmd_baseline = {
	.name = "baseline",
	.usage = "set NAME RUNS | list | show NAME | export NAME FILE | import FILE [NAME] | "
		 "remove NAME",
	.summary = "keeps the figures of runs for check to hold later ones against",
	.opts = opts,
	.run = cmd_baseline,
};

#define WORDS_MAX 64

struct call {
	struct conf conf;
	const char *words[WORDS_MAX];
	unsigned n;
	struct bt_store *store;
};

/* Runs that prove nothing make no baseline. */
static int check_sound(const struct bt_trials *t, bool unsound, struct bt_err *err)
{
	if (t->mixed[0])
		return bt_fail(
			err, -EINVAL, "baseline: the runs are not of one kind: %s", t->mixed);
	for (size_t i = 0; i < t->n && !unsound; i++)
		if (t->v[i].verdict == BT_INVALID || !t->v[i].ended)
			return bt_fail(err, -EDOM,
				"baseline: run %llu %s; --unsound takes it all the same",
				(unsigned long long)t->v[i].run,
				t->v[i].ended ? "is an invalid measurement"
					      : "did not end on its own");
	return 0;
}

static bool all_sound(const struct bt_trials *t)
{
	for (size_t i = 0; i < t->n; i++)
		if (t->v[i].verdict == BT_INVALID || !t->v[i].ended)
			return false;
	return true;
}

static int keep(struct call *c, const struct bt_trials *t, const char *name, struct bt_err *err)
{
	json_t *document = bt_baseline_json(t, name, all_sound(t));
	int r = document ? bt_store_baseline_put(c->store, name, document, err)
			 : bt_oom(err, "a baseline");

	json_decref(document);
	if (r == 0)
		bt_print(stdout, "baseline %s: %zu run%s of %s\n", name, t->n, t->n == 1 ? "" : "s",
			json_string_value(json_object_get(t->about, "workload")));
	if (r == 0 && t->n < 6)
		bt_print(stdout,
			"note: check can tell little from %zu run%s; run --repeat 6 makes "
			"enough\n",
			t->n, t->n == 1 ? "" : "s");
	return r;
}

/* set NAME RUN --from T --to T: a stretch of one run. */
static int set_window(struct call *c, struct bt_err *err)
{
	uint64_t id, to_ns = c->conf.to_ns ? c->conf.to_ns : UINT64_MAX / 2;
	const char *name = c->words[1];
	json_t *document = NULL;
	int r = c->n == 3 ? 0 : bt_fail(err, -EINVAL, "baseline set --from: expected one run");

	if (r == 0 && c->conf.from_ns >= to_ns)
		r = bt_fail(err, -EINVAL, "baseline set --from: expected a time before --to");
	if (r == 0)
		r = bt_store_resolve(c->store, &id, c->words[2], err);
	if (r == 0)
		r = bt_window_baseline(&document, c->store, id, c->conf.from_ns, to_ns, name,
			c->conf.unsound, err);
	if (r == 0)
		r = bt_store_baseline_put(c->store, name, document, err);
	if (r == 0)
		bt_print(stdout,
			"baseline %s: a window of run %llu\n"
			"note: check can tell little from 1 run; run --repeat 6 makes enough\n",
			name, (unsigned long long)id);
	json_decref(document);
	return r;
}

/* Words with commas between, to be freed; NULL: out of memory. */
static char *join(const char *const *words, unsigned n)
{
	size_t size = 1;
	char *text, *at;

	for (unsigned i = 0; i < n; i++)
		size += strlen(words[i]) + 1;
	text = at = malloc(size);
	for (unsigned i = 0; text && i < n; i++) {
		at = stpcpy(at, i ? "," : "");
		at = stpcpy(at, words[i]);
	}
	return text;
}

/* set NAME RUN...: words that follow each other are one selection. */
static int set_runs(struct call *c, struct bt_err *err)
{
	struct bt_trials *t = calloc(1, sizeof(*t));
	char *text = join(c->words + 2, c->n - 2);
	int r = bt_baseline_check_name(c->words[1], err);

	if (r == 0 && (!t || !text))
		r = bt_oom(err, NULL);
	if (r == 0)
		r = bt_cli_select(c->store, t, text, err);
	if (r == 0)
		r = check_sound(t, c->conf.unsound, err);
	if (r == 0)
		r = keep(c, t, c->words[1], err);
	if (t)
		bt_trials_fini(t);
	free(t);
	free(text);
	return r;
}

static int set(struct call *c, struct bt_err *err)
{
	return c->conf.from_ns || c->conf.to_ns ? set_window(c, err) : set_runs(c, err);
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "-";
}

static int list(struct call *c, struct bt_err *err)
{
	json_t *all, *one;
	size_t i;
	int r = bt_store_baseline_list(c->store, &all, err);

	if (r < 0)
		return r;
	if (c->conf.json) {
		r = bt_cli_put_json(json_incref(all), JSON_COMPACT, err);
		json_decref(all);
		return r;
	}
	if (!json_array_size(all))
		bt_print(stdout, "No baselines yet: benchtop baseline set NAME RUNS makes one.\n");
	else
		bt_print(stdout, "%-20s %-20s %5s  %-20s %s\n", "name", "created", "runs",
			"workload", "profile");
	json_array_foreach(all, i, one)
	{
		const json_t *about = json_object_get(one, "about");

		bt_print(stdout, "%-20s %-20s %5zu  %-20s %s%s\n", text_of(one, "name"),
			text_of(one, "created"), json_array_size(json_object_get(one, "runs")),
			text_of(about, "workload"), text_of(about, "profile"),
			json_is_false(json_object_get(one, "sound")) ? " (unsound)" : "");
	}
	json_decref(all);
	return 0;
}

/* As words of a command line, each value of a list as an option of its own. */
static void print_option(const char *name, const json_t *value)
{
	struct bt_pool pool = { 0 };
	const struct bt_setting *rows;
	json_t *one = json_object();
	unsigned n;

	if (bt_json_set(one, name, json_incref((json_t *)value)) == 0 &&
		bt_json_read_settings(&rows, &n, &pool, one) == 0)
		for (unsigned i = 0; i < n; i++) {
			bt_print(stdout, " --%s=", name);
			bt_word_put(stdout, rows[i].value);
		}
	json_decref(one);
	bt_pool_fini(&pool);
}

static void print_options(const json_t *options)
{
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)options, name, value)
	{
		if (strcmp(name, "seed") != 0 && strcmp(name, "threshold") != 0)
			print_option(name, value);
	}
}

static void print_document(const json_t *document, const struct bt_trials *t)
{
	const json_t *about = json_object_get(document, "about");
	char a[BT_FMT_MAX], b[BT_FMT_MAX], d[BT_FMT_MAX];

	bt_print(stdout, "%s: %zu run%s, %s%s\n", t->name, t->n, t->n == 1 ? "" : "s",
		text_of(document, "created"),
		json_is_false(json_object_get(document, "sound")) ? ", unsound" : "");
	bt_print(stdout, "run %s --profile=%s", text_of(about, "workload"),
		text_of(about, "profile"));
	print_options(json_object_get(about, "options"));
	bt_print(stdout, "\n\n%-11s %10s  %s\n", "", "median", "95 % interval");
	for (unsigned i = 0; i < bt_figures_compared(); i++) {
		struct bt_figure row = bt_trials_figure(t, (enum bt_figure_id)i);
		double v[BT_TRIALS_MAX];
		size_t n = bt_trials_values(t, (enum bt_figure_id)i, v);
		struct bt_interval m = bt_stat_median_interval(v, n, 0.95);

		if (!n)
			continue;
		bt_print(stdout, "%-11.11s %10s  ", row.name,
			bt_unit_text(a, sizeof(a), row.unit, m.value));
		if (isfinite(m.low))
			bt_print(stdout, "%s to %s\n", bt_unit_text(b, sizeof(b), row.unit, m.low),
				bt_unit_text(d, sizeof(d), row.unit, m.high));
		else
			bt_print(stdout, "-\n");
	}
}

static int show(struct call *c, struct bt_err *err)
{
	struct bt_trials *t = calloc(1, sizeof(*t));
	json_t *document = NULL;
	int r = t ? bt_store_baseline_get(c->store, &document, c->words[1], err)
		  : bt_oom(err, NULL);

	if (r == 0 && c->conf.json)
		r = bt_cli_put_json(json_incref(document), JSON_COMPACT, err);
	else if (r == 0 && (r = bt_baseline_read(t, document, err)) == 0)
		print_document(document, t);
	if (t)
		bt_trials_fini(t);
	free(t);
	json_decref(document);
	return r;
}

/* A plain file that is there keeps its other keys. */
static int export_plain(const json_t *document, const char *path, struct bt_err *err)
{
	struct bt_trials *t = calloc(1, sizeof(*t));
	json_t *plain = NULL;
	int r = t ? bt_baseline_read(t, document, err) : bt_oom(err, NULL);

	if (r == 0 && strcmp(path, "-") != 0) {
		r = bt_baseline_load(&plain, path, err);
		r = r == -ENOENT ? 0 : r;
		if (r == 0 && plain && !bt_plain_is(plain))
			r = bt_fail(err, -EINVAL, "%s: not of the plain form; left as it is", path);
	}
	if (r == 0 && !plain)
		plain = json_object();
	if (r == 0)
		r = bt_plain_put(plain, t, err);
	if (r == 0)
		r = bt_baseline_save(plain, path, err);
	json_decref(plain);
	if (t)
		bt_trials_fini(t);
	free(t);
	return r;
}

static int check_places(const struct call *c, struct bt_err *err)
{
	struct bt_places places = { 0 };
	int r = bt_places_history(&places, c->conf.db, err);

	if (r == 0)
		r = bt_places_output(&places, "the file", c->words[2], err);
	bt_places_fini(&places);
	return r;
}

static int export(struct call *c, struct bt_err *err)
{
	json_t *document = NULL;
	int r = check_places(c, err);

	if (r == 0)
		r = bt_store_baseline_get(c->store, &document, c->words[1], err);
	if (r == 0 && c->conf.plain)
		r = export_plain(document, c->words[2], err);
	else if (r == 0)
		r = bt_baseline_save(document, c->words[2], err);
	json_decref(document);
	return r;
}

static int import(struct call *c, struct bt_err *err)
{
	struct bt_trials *t = calloc(1, sizeof(*t));
	json_t *document = NULL;
	const char *name;
	int r = t ? bt_baseline_load(&document, c->words[1], err) : bt_oom(err, NULL);

	if (r == 0 && bt_plain_is(document))
		r = bt_fail(err, -EINVAL,
			"%s: the plain form has no runs to keep; check --baseline %s reads it",
			c->words[1], c->words[1]);
	if (r == 0)
		r = bt_baseline_read(t, document, err);
	name = c->n > 2 ? c->words[2] : text_of(document, "name");
	if (r == 0)
		r = bt_baseline_check_name(name, err);
	if (r == 0)
		json_object_set_new(document, "name", bt_json_string(name));
	if (r == 0)
		r = bt_store_baseline_put(c->store, name, document, err);
	if (r == 0)
		bt_print(stdout, "baseline %s: %zu run%s of %s\n", name, t->n, t->n == 1 ? "" : "s",
			text_of(json_object_get(document, "about"), "workload"));
	if (t)
		bt_trials_fini(t);
	free(t);
	json_decref(document);
	return r;
}

static int remove_one(struct call *c, struct bt_err *err)
{
	return bt_store_baseline_remove(c->store, c->words[1], err);
}

static const struct verb {
	const char *name;
	unsigned least, most; /* words, itself counted */
	const char *expected;
	int (*act)(struct call *c, struct bt_err *err);
	bool writes, makes; /* makes: may create the history */
} verbs[] = {
	{ "set", 3, WORDS_MAX, "a name, and " BT_SELECTION_HELP, set, true, false },
	{ "list", 1, 1, "nothing behind it", list, false, false },
	{ "show", 2, 2, "a name", show, false, false },
	{ "export", 3, 3, "a name and a file", export, false, false },
	{ "import", 2, 3, "a file, and a name if it is not to be its own", import, true, true },
	{ "remove", 2, 2, "a name", remove_one, true, false },
};

static const struct verb *find_verb(const char *name)
{
	const char *names[BT_LEN(verbs) + 1] = { NULL };
	const char *near;

	for (unsigned i = 0; i < BT_LEN(verbs); i++) {
		names[i] = verbs[i].name;
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	near = bt_cli_nearest(name, names);
	bt_cli_fail(0, "baseline: '%s': expected set, list, show, export, import or remove%s%s%s",
		name, near ? "; did you mean " : "", near ? near : "", near ? "?" : "");
	return NULL;
}

static int carry_out(struct call *c, const struct verb *verb)
{
	struct bt_err err = { 0 };
	int r = verb->makes    ? bt_cli_open_history(&c->store, c->conf.db, BT_STORE_WRITE, &err)
		: verb->writes ? bt_cli_change_history(&c->store, c->conf.db, &err)
			       : bt_cli_open_history(&c->store, c->conf.db, BT_STORE_READ, &err);

	if (r == 0)
		r = verb->act(c, &err);
	bt_store_close(c->store);
	if (r == 0)
		return BT_EXIT_DONE;
	return bt_cli_fail_err(r == -EINVAL ? BT_EXIT_USAGE
			: r == -EDOM        ? BT_EXIT_UNKNOWN
					    : BT_EXIT_CANNOT,
		&err);
}

static int cmd_baseline(int argc, char **argv)
{
	struct call c = { .n = 0 };
	const struct verb *verb;
	int r = bt_cli_parse(&bt_cmd_baseline, &c.conf, argc, argv, c.words, WORDS_MAX, &c.n);

	if (r >= 0)
		return r;
	verb = find_verb(c.n ? c.words[0] : "");
	if (!verb)
		return BT_EXIT_USAGE;
	if (c.n < verb->least || c.n > verb->most)
		return bt_cli_fail(
			BT_EXIT_USAGE, "baseline %s: expected %s", verb->name, verb->expected);
	return carry_out(&c, verb);
}
