#include "cli/history_file.h"
#include "cli/launch.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "judge/threshold.h"
#include "registry.h"

/* Where a run is shown and kept is the dashboard's matter, and its profile is chosen in a list of
 * its own. */
static bool is_offered(const char *name)
{
	static const char *const excluded[] = { "profile", "db", "json", "no-tui", "no-mouse",
		"status-interval" };

	for (unsigned i = 0; i < BT_LEN(excluded); i++)
		if (strcmp(excluded[i], name) == 0)
			return false;
	return true;
}

/* "a duration (250ms, 10s, 1m30s) from 1ms to 40d": what the parser expects, in its own words. */
static void tell_expected(char *buf, size_t size, const struct bt_opt *opt)
{
	static const char *const types[] = {
		[BT_OPT_FLAG] = "yes or no",
		[BT_OPT_COUNT] = "a whole number (k M G)",
		[BT_OPT_DURATION] = "a duration (250ms, 10s, 1m30s)",
		[BT_OPT_SIZE] = "a size (512, 64KiB, 10MiB)",
		[BT_OPT_SHARE] = "a share (5% or 0.05)",
		[BT_OPT_NUMBER] = "a number (k M G)",
		[BT_OPT_CHOICE] = "one of",
		[BT_OPT_TEXT] = "a text",
		[BT_OPT_STEP] = "a number to add or xFACTOR to multiply by (10, x1.5)",
		[BT_OPT_PATH] = "the name of a file",
		[BT_OPT_LIST] = "one or more, separated by spaces, quoted as in a shell",
		[BT_OPT_PATHS] = "one or more, separated by spaces, quoted as in a shell",
	};
	char range[2 * BT_FMT_MAX];

	bt_text_format(buf, size, "%s", types[opt->type]);
	for (int i = 0; opt->choices && opt->choices[i]; i++)
		bt_text_add(buf, size, " %s", opt->choices[i]);
	if ((opt->type == BT_OPT_TEXT || opt->type == BT_OPT_PATH) && opt->arg)
		bt_text_format(buf, size, "%s", opt->arg);
	if (bt_opt_range(range, sizeof(range), opt))
		bt_text_add(buf, size, " from %s", range);
}

static void add_fields(struct bt_launch *launch, const struct bt_opt *opts, const char *group)
{
	struct bt_opt_walk walk = bt_opt_walk(opts);

	for (const struct bt_opt *o; (o = bt_opt_next(&walk)) != NULL;) {
		struct bt_launch_field *field = &launch->fields[launch->n_fields];

		if (launch->n_fields == BT_LAUNCH_FIELDS || !is_offered(o->name))
			continue;
		*field = (struct bt_launch_field){ .group = group,
			.name = o->name,
			.help = o->help,
			.dflt = o->dflt,
			.choices = o->choices,
			.flag = o->type == BT_OPT_FLAG };
		tell_expected(field->expects, sizeof(field->expects), o);
		launch->n_fields++;
	}
}

/* Several values, the words of a line, each as if its option had been given. */
static int set_list(struct bt_cli_launch *l, const struct bt_opt *opt, void *conf, const char *text,
	struct bt_err *err)
{
	size_t i = l->lists.n;
	int r = bt_words_split(&l->lists, text, err);

	if (r < 0)
		bt_fail_in(err, "--%s", opt->name);
	for (; i < l->lists.n && r == 0; i++) {
		r = bt_opt_set_value(opt, conf, l->lists.v[i], err);
		if (r == 0 && strcmp(opt->name, "tag") == 0)
			r = bt_run_options_check_tag(l->lists.v[i], err);
	}
	return r;
}

static int set_field(
	struct bt_cli_launch *l, const char *name, const char *text, struct bt_err *err)
{
	struct bt_opt_set sets[BT_RUN_SETS];
	const struct bt_opt *opt;
	void *conf;

	bt_run_options_sets(&l->options, sets);
	opt = bt_opt_find(sets, BT_RUN_SETS, name, &conf);
	if (!opt)
		return 0;
	if (bt_opt_is_list(opt))
		return set_list(l, opt, conf, text, err);
	if (opt->type == BT_OPT_FLAG && strcmp(text, "yes") != 0)
		return bt_fail(err, -EINVAL, "--%s: '%s': expected yes or no", name, text);
	return bt_opt_set_value(opt, conf, text, err);
}

/* All values through the parser of the command line; a refusal stands at its field. */
static bool set_fields(struct bt_cli_launch *l)
{
	struct bt_launch *launch = &l->launch;
	struct bt_err err;
	bool ok = true;

	for (unsigned i = 0; i < launch->n_fields; i++) {
		struct bt_launch_field *field = &launch->fields[i];
		const char *text = bt_launch_given(launch, field->name);

		if (!text || set_field(l, field->name, text, &err) == 0)
			continue;
		snprintf(field->problem, sizeof(field->problem), "%s", err.msg);
		if (ok)
			snprintf(launch->problem, sizeof(launch->problem), "%s", err.msg);
		ok = false;
	}
	return ok;
}

static int check_thresholds(struct bt_cli_launch *l, struct bt_err *err)
{
	struct bt_thresholds *all = NULL;
	struct bt_run_info info = { 0 };
	int r;

	bt_run_outline(&info, &l->options.setup);
	r = bt_thresholds_open(&all, &l->options.cli.thresholds, &info, err);
	bt_thresholds_close(all);
	if (r < 0)
		bt_fail_in(err, "--threshold");
	return r;
}

/* What is said of an option's value stands at its field as well. */
static void blame(struct bt_launch *launch, const char *words)
{
	for (unsigned i = 0; i < launch->n_fields && strncmp(words, "--", 2) == 0; i++) {
		struct bt_launch_field *field = &launch->fields[i];
		size_t n = strlen(field->name);

		if (strncmp(words + 2, field->name, n) == 0 &&
			(words[2 + n] == ':' || words[2 + n] == ' ') &&
			*bt_launch_get(launch, field->name))
			snprintf(field->problem, sizeof(field->problem), "%s", words);
	}
}

static void check_and_plan(struct bt_cli_launch *l)
{
	struct bt_launch *launch = &l->launch;
	struct bt_err err;
	struct bt_opt_set sets[BT_RUN_SETS];
	int r = check_thresholds(l, &err);

	bt_run_options_sets(&l->options, sets);
	if (r == 0)
		r = bt_opt_check_secrets(sets, BT_RUN_SETS, NULL, &err);

	if (r == 0)
		r = bt_run_plan(&l->plan, &l->options.setup, &err);
	if (r < 0) {
		snprintf(launch->problem, sizeof(launch->problem), "%s", err.msg);
		blame(launch, launch->problem);
		return;
	}
	launch->segments = l->plan.segments;
	launch->n_segments = l->plan.n;
	launch->more = l->plan.more;
}

static void tell_command(struct bt_cli_launch *l)
{
	struct bt_words words = { 0 };

	free(l->launch.command);
	l->launch.command = NULL;
	if (bt_cli_launch_words(l, &words) == 0)
		l->launch.command = bt_run_options_line((int)words.n, words.v);
	bt_words_fini(&words);
}

void bt_cli_launch_refresh(struct bt_launch *launch)
{
	struct bt_cli_launch *l = launch->arg;
	const struct bt_workload *w = bt_workloads[launch->workload];
	const struct bt_profile *p = bt_profiles[launch->profile];
	struct bt_err err;

	launch->n_fields = launch->n_segments = 0;
	launch->problem[0] = '\0';
	add_fields(launch, p->opts, "profile");
	add_fields(launch, bt_run_opts, "load");
	add_fields(launch, w->opts, "workload");
	add_fields(launch, bt_run_cli_opts, "run");
	bt_run_options_fini(&l->options);
	bt_words_fini(&l->lists);
	if (bt_run_options_open(&l->options, w->name, p->name, &err) < 0)
		snprintf(launch->problem, sizeof(launch->problem), "%s", err.msg);
	else if (set_fields(l))
		check_and_plan(l);
	tell_command(l);
}

static struct bt_store *store_of(struct bt_launch *launch)
{
	struct bt_cli_launch *l = launch->arg;

	if (!l->store && bt_cli_open_history(&l->store, l->db, BT_STORE_READ, NULL) < 0)
		l->store = NULL;
	return l->store;
}

/* A newcomer finds a server that needs nothing but this machine, under a ramp that takes a
 * minute. */
static void suggest(struct bt_launch *launch)
{
	for (unsigned i = 0; i < launch->n_workloads; i++)
		if (strcmp(launch->workloads[i].name, "sim") == 0)
			launch->workload = i;
	for (unsigned i = 0; i < launch->n_profiles; i++)
		if (strcmp(launch->profiles[i].name, "stress") == 0)
			launch->profile = i;
	bt_launch_set(launch, "rate", "100");
	bt_launch_set(launch, "step", "100");
	bt_launch_set(launch, "hold", "5s");
	bt_launch_set(launch, "max-rate", "1200");
}

void bt_cli_launch_open(struct bt_cli_launch *l)
{
	static const struct bt_launch_ops ops = { bt_cli_launch_refresh, bt_cli_launch_start,
		bt_cli_launch_save, store_of };
	struct bt_launch *launch = &l->launch;

	launch->ops = &ops;
	launch->arg = l;
	launch->workloads = l->workloads;
	launch->profiles = l->profiles;
	for (unsigned i = 0; i < BT_LEN(l->workloads) && bt_workloads[i]; i++)
		l->workloads[launch->n_workloads++] =
			(struct bt_launch_name){ bt_workloads[i]->name, bt_workloads[i]->summary };
	for (unsigned i = 0; i < BT_LEN(l->profiles) && bt_profiles[i]; i++)
		l->profiles[launch->n_profiles++] =
			(struct bt_launch_name){ bt_profiles[i]->name, bt_profiles[i]->summary };
	if (bt_cli_launch_recall(l) < 0)
		suggest(launch);
}

void bt_cli_launch_close(struct bt_cli_launch *l)
{
	bt_run_options_fini(&l->options);
	bt_words_fini(&l->lists);
	bt_launch_fini(&l->launch);
	bt_store_close(l->store);
}
