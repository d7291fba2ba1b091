#include "cli/run_options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/secret.h"
#include "base/words.h"
#include "registry.h"

#define SETS_MAX 96

static const char *const on_hangup_names[] = { "auto", "stop", "detach", NULL };

const struct bt_opt bt_run_cli_opts[] = {
	{ .name = "profile",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct bt_run_cli, profile),
		.arg = "NAME",
		.help = "what the load does over time: load, stress, spike, breakpoint, endurance, "
			"scalability, volume, stages or sizes; load unless the workload has "
			"another",
		.man = "What the load does over time: *load*, *stress*, *spike*, *breakpoint*, "
		       "*endurance*, *scalability*, *volume*, *stages* or *sizes*. When it is not "
		       "given: *load*, and for *ml.batch* *sizes*." },
	{ .name = "tag",
		.type = BT_OPT_LIST,
		.offset = offsetof(struct bt_run_cli, tags),
		.arg = "K=V",
		.help = "a label kept with the run; may be given again",
		.man = "A label that is kept with the run. May be given up to 32 times." },
	{ .name = "threshold",
		.type = BT_OPT_LIST,
		.offset = offsetof(struct bt_run_cli, thresholds),
		.arg = "T",
		.help = "what the run has to keep to, as p99<50ms; exit status 1 if not; may be "
			"given "
			"again",
		.man = "What the run has to keep to, such as `p99<50ms`; exit status 1 when it "
		       "does not. Several are separated by commas, or the option is given again: "
		       "32 in all. See {Sx THRESHOLDS}." },
	{ .name = "repeat",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct bt_run_cli, repeat),
		.dflt = "1",
		.arg = "N",
		.min = 1,
		.max = 100,
		.help = "carry the run out N times, as trials of one group that compare can tell "
			"of",
		.man = "Repeats the run <N> times, each time in a process and with a seed of its "
		       "own, as trials of one group: they share a tag `group`, and a table of them "
		       "follows. With --json one object has their reports under `trials`." },
	{ .name = "json",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct bt_run_cli, json),
		.help = "the result as one JSON object on standard output; progress goes to "
			"standard "
			"error",
		.man = "Prints the result as one JSON object on standard output when the run has "
		       "ended; progress goes to standard error. See {Sx JSON}." },
	{ .name = "no-tui",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct bt_run_cli, no_tui),
		.help = "lines instead of the dashboard, also on a terminal",
		.man = "Prints lines instead of opening the dashboard, also on a terminal." },
	{ .group = bt_cli_mouse_opts, .offset = offsetof(struct bt_run_cli, no_mouse) },
	{ .name = "status-interval",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct bt_run_cli, status_interval_ns),
		.dflt = "1s",
		.arg = "DURATION",
		.min = 1e8,
		.max = 86400e9,
		.help = "time between two lines",
		.man = "Time between two lines." },
	{ .name = "on-hangup",
		.type = BT_OPT_CHOICE,
		.offset = offsetof(struct bt_run_cli, on_hangup),
		.dflt = "auto",
		.arg = "WHAT",
		.choices = on_hangup_names,
		.help = "when the terminal goes away: stop the run, detach and go on, or auto: "
			"detach "
			"where there was a dashboard",
		.man = "What happens when the terminal closes: *stop* ends the run, stores it and "
		       "exits with status 129; *detach* lets it go on to its end, and `benchtop "
		       "attach` shows it again; *auto* is *detach* where there was a dashboard and "
		       "*stop* where there were lines." },
	{ .name = "detach",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct bt_run_cli, detach),
		.help = "go on in the background; benchtop attach shows the run",
		.man = "The run continues in the background, in a session of its own that no "
		       "terminal can end; its number, and how to attach, is printed once it has "
		       "begun. It has to be stored." },
	{ .name = "watch-pid",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct bt_run_cli, watch_pid),
		.arg = "PID",
		.min = 1,
		.max = 4194304,
		.help = "follow CPU, memory, threads and descriptors of this process, too",
		.man = "Follows this process, too: its processor time, resident memory, threads "
		       "and open descriptors, ten times a second." },
	{ .name = "watch-name",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct bt_run_cli, watch_name),
		.arg = "NAME",
		.help = "the same of all processes of this name, as ps -o comm shows it",
		.man = "Follows all processes of this name together, as `ps -o comm` shows it; "
		       "those that begin later are found within two seconds." },
	{ .name = "out",
		.type = BT_OPT_PATHS,
		.offset = offsetof(struct bt_run_cli, outputs),
		.arg = "F:FILE",
		.help = "export the run to a file while it goes on, as csv:run.csv; may be given "
			"again",
		.man = "Exports the run to a file while it goes on, as `csv:run.csv`; may be given "
		       "up to 8 times. Not with --repeat, whose runs *export* writes afterwards. "
		       "See benchtop-export(5)." },
	{ .group = bt_endpoint_opts, .offset = offsetof(struct bt_run_cli, endpoint) },
	{ .group = bt_cli_db_opts, .offset = offsetof(struct bt_run_cli, db) },
	BT_OPT_END,
};

/*
 * Which options exist depends on workload and profile, whose names stand somewhere among them. So
 * the words are looked for first, with the tables of everything, which only has to tell what takes
 * a value.
 */
static unsigned all_sets(struct bt_opt_set *sets)
{
	unsigned n = 0;

	sets[n++].opts = bt_run_cli_opts;
	sets[n++].opts = bt_run_opts;
	for (unsigned i = 0; bt_profiles[i] && n < SETS_MAX; i++)
		sets[n++].opts = bt_profiles[i]->opts;
	for (unsigned i = 0; bt_workloads[i] && n < SETS_MAX; i++)
		sets[n++].opts = bt_workloads[i]->opts;
	return n;
}

static void look_ahead(int argc, char **argv, const char **workload, const char **profile)
{
	struct bt_opt_set sets[SETS_MAX];
	unsigned n = all_sets(sets);

	for (int i = 1; i < argc; i++) {
		const struct bt_opt *opt;

		if (strcmp(argv[i], "--") == 0) { /* words alone from here on */
			if (!*workload && i + 1 < argc)
				*workload = argv[i + 1];
			return;
		}
		if (strncmp(argv[i], "--profile=", 10) == 0)
			*profile = argv[i] + 10;
		if (strncmp(argv[i], "--", 2) != 0) {
			*workload = *workload ? *workload : argv[i];
			continue;
		}
		opt = strchr(argv[i], '=') ? NULL : bt_opt_find(sets, n, argv[i] + 2, NULL);
		if (!opt || opt->type == BT_OPT_FLAG || i + 1 == argc)
			continue;
		if (strcmp(opt->name, "profile") == 0)
			*profile = argv[i + 1];
		i++;
	}
}

static int unknown(struct bt_err *err, const char *what, const char *name, const char *const *names)
{
	const char *near = bt_cli_nearest(name, names);

	if (near)
		return bt_fail(
			err, -EINVAL, "'%s': no such %s; did you mean %s?", name, what, near);
	return bt_fail(err, -EINVAL, "'%s': no such %s; benchtop list names them", name, what);
}

const struct bt_opt *bt_run_options_find(const char *name)
{
	struct bt_opt_set sets[SETS_MAX];
	unsigned n = all_sets(sets);

	return bt_opt_find(sets, n, name, NULL);
}

const char *bt_run_options_nearest(const char *name)
{
	struct bt_opt_set sets[SETS_MAX];
	unsigned n = all_sets(sets);

	return bt_opt_nearest(sets, n, name);
}

int bt_run_options_check_tag(const char *tag, struct bt_err *err)
{
	if (strchr(tag, '=') && tag[0] != '=')
		return 0;
	return bt_fail(err, -EINVAL, "--tag: '%s': expected KEY=VALUE", tag);
}

char *bt_run_options_line(int argc, char *const *argv)
{
	char *words = bt_words_line(argv, (size_t)argc), *line = NULL, *masked;

	if (words && asprintf(&line, "benchtop%s%s", argc ? " " : "", words) < 0)
		line = NULL;
	free(words);
	masked = line ? bt_secret_mask_line(line) : NULL;
	free(line);
	return masked;
}

int bt_run_options_open(
	struct bt_run_options *o, const char *workload, const char *profile, struct bt_err *err)
{
	struct bt_opt_set sets[BT_RUN_SETS];

	memset(o, 0, sizeof(*o));
	o->setup.workload = bt_workload_find(workload);
	if (!o->setup.workload && bt_workload_wants(workload))
		return bt_fail(err, -EINVAL,
			"'%s': not in this build, which was configured without %s", workload,
			bt_workload_wants(workload));
	if (!o->setup.workload)
		return unknown(err, "workload", workload, bt_cli_workload_names());
	if (!profile)
		profile = o->setup.workload->profile ? o->setup.workload->profile : "load";
	o->setup.profile = bt_profile_find(profile);
	if (!o->setup.profile)
		return unknown(err, "profile", profile, bt_cli_profile_names());
	o->workload_conf = calloc(1, BT_MAX(o->setup.workload->conf_size, 1));
	o->profile_conf = calloc(1, BT_MAX(o->setup.profile->conf_size, 1));
	if (!o->workload_conf || !o->profile_conf)
		return bt_oom(err, "options");
	o->setup.workload_conf = o->workload_conf;
	o->setup.profile_conf = o->profile_conf;
	o->setup.conf = &o->run;
	o->setup.workloads = bt_workloads;
	bt_run_options_sets(o, sets);
	for (unsigned i = 0; i < BT_RUN_SETS; i++)
		bt_opt_defaults(sets[i].opts, sets[i].conf);
	return 0;
}

void bt_run_options_sets(struct bt_run_options *o, struct bt_opt_set sets[BT_RUN_SETS])
{
	sets[0] = (struct bt_opt_set){ "run", bt_run_cli_opts, &o->cli };
	sets[1] = (struct bt_opt_set){ "load", bt_run_opts, &o->run };
	sets[2] = (struct bt_opt_set){ "profile", o->setup.profile->opts, o->profile_conf };
	sets[3] = (struct bt_opt_set){ "workload", o->setup.workload->opts, o->workload_conf };
}

static char **copy_words(int argc, char *const *argv)
{
	char **words = calloc((size_t)argc + 1, sizeof(*words));

	for (int i = 0; words && i < argc; i++)
		if (!(words[i] = strdup(argv[i]))) {
			while (i-- > 0)
				free(words[i]);
			free(words);
			return NULL;
		}
	return words;
}

int bt_run_options_words(struct bt_run_options *o, int argc, char **argv, struct bt_err *err)
{
	const char *workload = NULL, *profile = NULL, *word;
	struct bt_opt_set sets[BT_RUN_SETS];
	unsigned words;
	int r;

	memset(o, 0, sizeof(*o));
	look_ahead(argc, argv, &workload, &profile);
	if (!workload)
		return bt_fail(err, -EINVAL, "run: expected a workload; benchtop list names them");
	r = bt_run_options_open(o, workload, profile, err);
	if (r < 0)
		return r;
	o->command_line = bt_run_options_line(argc, argv);
	o->words = copy_words(argc, argv);
	if (!o->command_line || !o->words)
		return bt_oom(err, "options");
	bt_run_options_sets(o, sets);
	o->n_options = bt_opt_end(sets, BT_RUN_SETS, argc, o->words, 1);
	r = bt_opt_parse(sets, BT_RUN_SETS, argc, o->words, 1, &word, 1, &words, err);
	for (unsigned i = 0; r == 0 && i < o->cli.tags.n; i++)
		r = bt_run_options_check_tag(o->cli.tags.v[i], err);
	return r;
}

int bt_run_options_read(
	struct bt_run_options *o, const struct bt_cli_command *cmd, int argc, char **argv)
{
	struct bt_err err;
	int r;

	memset(o, 0, sizeof(*o));
	for (int i = 1; i < argc; i++)
		if (strcmp(argv[i], "--help") == 0)
			return bt_cli_help(cmd);
	r = bt_run_options_words(o, argc, argv, &err);
	if (r < 0)
		return bt_cli_fail_err(r == -ENOMEM ? BT_EXIT_CANNOT : BT_EXIT_USAGE, &err);
	return -1;
}

/* Takes the value over. */
static bool add_row(
	struct bt_setting **rows, unsigned *n, const char *name, size_t len, char *value, bool list)
{
	struct bt_setting *more = realloc(*rows, (*n + 1) * sizeof(*more));
	char *copy = strndup(name, len);

	*rows = more ? more : *rows;
	if (!more || !copy || !value) {
		free(copy);
		free(value);
		return false;
	}
	more[(*n)++] = (struct bt_setting){ copy, value, list };
	return true;
}

static void free_rows(struct bt_setting *rows, unsigned n)
{
	for (unsigned i = 0; i < n; i++) {
		free((char *)rows[i].name);
		free((char *)rows[i].value);
	}
	free(rows);
}

/*
 * Masks credentials in what the history keeps; the run itself sends them. Frees the value; NULL:
 * out of memory.
 */
static char *mask_value(struct bt_run_options *o, const char *name, char *value)
{
	struct bt_opt_set sets[BT_RUN_SETS];
	const struct bt_list none = { 0 }, *allowed = &none;
	const struct bt_opt *opt;
	char *masked = NULL;
	void *conf;

	bt_run_options_sets(o, sets);
	opt = bt_opt_find(sets, BT_RUN_SETS, "allow-header", &conf);
	if (opt)
		allowed = (const void *)((const char *)conf + opt->offset);
	if (value)
		masked = bt_secret_mask(name, value, allowed->v, allowed->n, false);
	free(value);
	return masked;
}

static bool add_values(struct bt_run_options *o, const struct bt_opt *opt, const void *conf)
{
	bool ok = true;

	for (unsigned i = 0; ok && i < bt_opt_count(opt, conf); i++)
		ok = add_row(&o->settings, &o->n_settings, opt->name, strlen(opt->name),
			mask_value(o, opt->name, bt_opt_value(opt, conf, i)), bt_opt_is_list(opt));
	return ok;
}

static char *count_text(uint64_t v)
{
	char *text;

	return asprintf(&text, "%llu", (unsigned long long)v) < 0 ? NULL : text;
}

/*
 * Options of the load, the profile and the workload, and the thresholds; not those of display and
 * storage.
 */
static bool add_settings(struct bt_run_options *o, uint64_t seed)
{
	struct bt_opt_set sets[BT_RUN_SETS];
	bool ok = true;

	bt_run_options_sets(o, sets);
	for (unsigned i = 0; i < BT_RUN_SETS; i++) {
		struct bt_opt_walk walk = bt_opt_walk(sets[i].opts);

		for (const struct bt_opt *opt; ok && (opt = bt_opt_next(&walk)) != NULL;) {
			const void *conf = (const char *)sets[i].conf + walk.offset;

			if (i == 0 && strcmp(opt->name, "threshold") != 0)
				continue;
			if (i == 1 && strcmp(opt->name, "seed") == 0)
				ok = add_row(&o->settings, &o->n_settings, "seed", 4,
					count_text(seed), false);
			else if (opt->dflt || bt_opt_is_set(opt, conf))
				ok = add_values(o, opt, conf);
		}
	}
	return ok;
}

int bt_run_options_describe(struct bt_run_options *o, uint64_t seed, struct bt_err *err)
{
	bool ok = add_settings(o, seed);

	for (unsigned i = 0; ok && i < o->cli.tags.n; i++) {
		const char *tag = o->cli.tags.v[i], *eq = strchr(tag, '=');

		ok = add_row(&o->tags, &o->n_tags, tag, (size_t)(eq - tag), strdup(eq + 1), false);
	}
	return ok ? 0 : bt_oom(err, "options");
}

void bt_run_options_fini(struct bt_run_options *o)
{
	free_rows(o->settings, o->n_settings);
	free_rows(o->tags, o->n_tags);
	for (char **word = o->words; word && *word; word++)
		free(*word);
	free(o->words);
	free(o->workload_conf);
	free(o->profile_conf);
	free(o->command_line);
}
