#include "cli/suite.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/path.h"
#include "base/text.h"
#include "base/words.h"
#include "judge/threshold.h"
#include "registry.h"

#define DEFAULTS "defaults"

/* What one section is read with. */
struct reader {
	struct bt_suite *suite;
	const struct bt_ini_section *defaults; /* NULL: none */
	const struct bt_ini_section *from;
	struct bt_suite_section *to;
	struct bt_words *words; /* of the run as a command line */
	struct bt_err *err;
};

static int wrong(const struct reader *r, unsigned line, int code)
{
	bt_fail_in(r->err, "%s:%u", r->suite->file, line);
	return code;
}

static const struct bt_ini_key *find_key(const struct bt_ini_section *section, const char *name)
{
	for (size_t i = 0; section && i < section->n; i++)
		if (strcmp(section->keys[i].name, name) == 0)
			return &section->keys[i];
	return NULL;
}

/* Those say where a run is shown and kept, which is the suite's matter. */
static bool not_for_suites(const char *name)
{
	static const char *const names[] = { "db", "detach", "json", "no-mouse", "no-tui",
		"repeat" };

	for (unsigned i = 0; i < BT_LEN(names); i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

static int unknown_key(const struct reader *r, const struct bt_ini_key *key)
{
	static const struct bt_opt workload[] = { { .name = "workload" }, BT_OPT_END };
	const struct bt_opt_set set = { .opts = workload };
	const char *near = bt_opt_nearest(&set, 1, key->name);

	near = near ? near : bt_run_options_nearest(key->name);
	if (near)
		bt_fail(r->err, -EINVAL, "'%.60s': no such key; did you mean %s?", key->name, near);
	else
		bt_fail(r->err, -EINVAL,
			"'%.60s': no such key; expected workload, or an option of benchtop run",
			key->name);
	return wrong(r, key->line, -EINVAL);
}

/* What can be said of a key without knowing the section's workload. */
static int check_key(
	const struct reader *r, const struct bt_ini_section *section, const struct bt_ini_key *key)
{
	const struct bt_opt *opt = bt_run_options_find(key->name);
	const struct bt_ini_key *first = find_key(section, key->name);

	if (not_for_suites(key->name)) {
		bt_fail(r->err, -EINVAL, "%s: belongs to the command line of benchtop suite",
			key->name);
		return wrong(r, key->line, -EINVAL);
	}
	if (!opt && strcmp(key->name, "workload") != 0)
		return unknown_key(r, key);
	if (!*key->value && !key->quoted) {
		bt_fail(r->err, -EINVAL, "%s: expected a value", key->name);
		return wrong(r, key->line, -EINVAL);
	}
	if (first == key || (opt && bt_opt_is_list(opt)))
		return 0;
	bt_fail(r->err, -EINVAL, "%s: is there already, in line %u", key->name, first->line);
	return wrong(r, key->line, -EINVAL);
}

/* The words of an option begin with "--": a suite has keys. */
static int wrong_value(const struct reader *r, const struct bt_ini_key *key, int code)
{
	if (r->err && strncmp(r->err->msg, "--", 2) == 0)
		memmove(r->err->msg, r->err->msg + 2, strlen(r->err->msg + 2) + 1);
	return wrong(r, key->line, code);
}

static int set_flag(const struct bt_opt *opt, void *conf, const char *value, struct bt_err *err)
{
	bool yes = strcmp(value, "yes") == 0;

	if (!yes && strcmp(value, "no") != 0)
		return bt_fail(err, -EINVAL, "--%s: '%.60s': expected yes or no", opt->name, value);
	*(bool *)((char *)conf + opt->offset) = yes;
	return 0;
}

/* The nearest name among those of a list with commas; NULL: none. Takes the list apart. */
static const char *nearest_figure(const char *text, char *list)
{
	const char *names[256];
	char wanted[BT_THRESHOLD_TEXT], *rest = NULL;
	unsigned n = 0;

	snprintf(wanted, sizeof(wanted), "%.*s", (int)strcspn(text, "<>= "), text);
	for (char *at = strtok_r(list, ", ", &rest); at && n + 1 < BT_LEN(names);
		at = strtok_r(NULL, ", ", &rest))
		names[n++] = at;
	names[n] = NULL;
	return bt_cli_nearest(wanted, names);
}

static int check_threshold(const struct reader *r, const char *text)
{
	const struct bt_list one = { 1, { text } };
	struct bt_thresholds *all = NULL;
	struct bt_run_info info = { 0 };
	char names[4096], copy[4096];
	const char *near;
	int code;

	bt_run_outline(&info, &r->to->o->setup);
	code = bt_thresholds_open(&all, &one, &info, r->err);
	bt_thresholds_close(all);
	if (code == 0)
		return 0;
	bt_fail_in(r->err, "--threshold");
	if (code != -ENOENT)
		return code;
	bt_threshold_names(names, sizeof(names), &info);
	strcpy(copy, names);
	near = nearest_figure(text, copy);
	if (near)
		bt_fail(r->err, -EINVAL,
			"--threshold: '%.60s': this run has no such figure; did you mean %s?", text,
			near);
	else
		bt_fail(r->err, -EINVAL,
			"--threshold: '%.60s': this run has no such figure; expected one of %s",
			text, names);
	return -EINVAL;
}

static int set_key(const struct reader *r, const struct bt_ini_key *key)
{
	struct bt_opt_set sets[BT_RUN_SETS];
	const struct bt_opt *opt;
	void *conf;
	int code;

	bt_run_options_sets(r->to->o, sets);
	opt = bt_opt_find(sets, BT_RUN_SETS, key->name, &conf);
	if (!opt) {
		bt_fail(r->err, -EINVAL, "'%s': workload %s and profile %s have no such option",
			key->name, r->to->o->setup.workload->name, r->to->o->setup.profile->name);
		return wrong(r, key->line, -EINVAL);
	}
	code = opt->type == BT_OPT_FLAG ? set_flag(opt, conf, key->value, r->err)
					: bt_opt_set_value(opt, conf, key->value, r->err);
	if (code == 0 && strcmp(opt->name, "tag") == 0)
		code = bt_run_options_check_tag(key->value, r->err);
	if (code == 0 && strcmp(opt->name, "threshold") == 0)
		code = check_threshold(r, key->value);
	return code < 0 ? wrong_value(r, key, code) : 0;
}

/* A default gives way to the section's own key, unless keys of that name add up. */
static bool gives_way(const struct reader *r, const struct bt_ini_key *key)
{
	const struct bt_opt *opt = bt_run_options_find(key->name);

	return (!opt || !bt_opt_is_list(opt)) && find_key(r->from, key->name);
}

static bool has_option(const struct reader *r, const char *name)
{
	struct bt_opt_set sets[BT_RUN_SETS];

	bt_run_options_sets(r->to->o, sets);
	return bt_opt_find(sets, BT_RUN_SETS, name, NULL) != NULL;
}

/* All that applies, in its order: of the defaults what this workload and profile have. `visit`'s
 * first error ends it. */
static int each_key(
	const struct reader *r, int (*visit)(const struct reader *r, const struct bt_ini_key *key))
{
	int code = 0;

	for (size_t i = 0; code == 0 && r->defaults && i < r->defaults->n; i++) {
		const struct bt_ini_key *key = &r->defaults->keys[i];

		if (has_option(r, key->name) && !gives_way(r, key))
			code = visit(r, key);
	}
	for (size_t i = 0; code == 0 && i < r->from->n; i++)
		if (strcmp(r->from->keys[i].name, "workload") != 0)
			code = visit(r, &r->from->keys[i]);
	return code;
}

static int open_options(const struct reader *r)
{
	const struct bt_ini_key *workload = find_key(r->from, "workload");
	const struct bt_ini_key *profile = find_key(r->from, "profile");
	int code;

	workload = workload ? workload : find_key(r->defaults, "workload");
	profile = profile ? profile : find_key(r->defaults, "profile");
	if (!workload) {
		bt_fail(r->err, -EINVAL, "section '%.60s': expected a key workload", r->to->name);
		return wrong(r, r->from->line, -EINVAL);
	}
	code = bt_run_options_open(
		r->to->o, workload->value, profile ? profile->value : NULL, r->err);
	if (code == 0)
		return 0;
	return wrong(r, r->to->o->setup.workload && profile ? profile->line : workload->line, code);
}

/* A workload that this build was configured without: its section is left out. */
static const char *missing_library(const struct reader *r)
{
	const struct bt_ini_key *workload = find_key(r->from, "workload");

	workload = workload ? workload : find_key(r->defaults, "workload");
	return workload ? bt_workload_wants(workload->value) : NULL;
}

static int add_tag(const struct reader *r, unsigned i, const char *name, const char *value)
{
	struct bt_list *tags = &r->to->o->cli.tags;

	if (tags->n == BT_LIST_MAX) {
		bt_fail(r->err, -EINVAL, "section '%.60s': expected at most %d tags", r->to->name,
			BT_LIST_MAX - 2);
		return wrong(r, r->from->line, -EINVAL);
	}
	if (asprintf(&r->to->tags[i], "%s=%s", name, value) < 0) {
		r->to->tags[i] = NULL;
		return bt_oom(r->err, "%s", r->suite->file);
	}
	tags->v[tags->n++] = r->to->tags[i];
	return 0;
}

static int out_of_memory(const struct reader *r)
{
	return bt_oom(r->err, "%s", r->suite->file);
}

static int add_word(const struct reader *r, const struct bt_ini_key *key)
{
	const struct bt_opt *opt = bt_run_options_find(key->name);
	bool flag = opt && opt->type == BT_OPT_FLAG;
	char *name;
	int code = 0;

	if (flag && strcmp(key->value, "yes") != 0)
		return 0;
	if (asprintf(&name, "--%s", key->name) < 0)
		return out_of_memory(r);
	code = flag ? bt_words_add(r->words, name) : bt_words_add_pair(r->words, name, key->value);
	free(name);
	return code < 0 ? out_of_memory(r) : 0;
}

/* The run as a command of its own, for whoever wants to repeat it. */
static int write_command_line(struct reader *r)
{
	struct bt_words words = { 0 };
	struct bt_run_options *o = r->to->o;
	int code = bt_words_add(&words, "run");

	if (code == 0)
		code = bt_words_add(&words, o->setup.workload->name);
	r->words = &words;
	if (code == 0)
		code = each_key(r, add_word);
	if (code == 0)
		o->command_line = bt_run_options_line((int)words.n, words.v);
	bt_words_fini(&words);
	r->words = NULL;
	return code < 0 || o->command_line ? code : out_of_memory(r);
}

/*
 * Suites of older versions may have headers that the command line refuses: they run, with a
 * warning.
 */
static int check_secrets(const struct reader *r)
{
	struct bt_opt_set sets[BT_RUN_SETS];
	struct bt_err warning = { 0 };
	int code;

	bt_run_options_sets(r->to->o, sets);
	code = bt_opt_check_secrets(sets, BT_RUN_SETS, &warning, r->err);
	if (warning.code)
		r->to->warning = warning;
	if (code == 0)
		return 0;
	bt_fail_in(r->err, "section '%.60s'", r->to->name);
	return wrong(r, r->from->line, code);
}

static int read_section(struct reader *r)
{
	int code = 0;

	r->to->missing = missing_library(r);
	if (r->to->missing)
		return 0;
	for (size_t i = 0; code == 0 && i < r->from->n; i++)
		code = check_key(r, r->from, &r->from->keys[i]);
	if (code < 0)
		return code;
	r->to->o = calloc(1, sizeof(*r->to->o));
	if (!r->to->o)
		return out_of_memory(r);
	code = open_options(r);
	if (code == 0)
		code = each_key(r, set_key);
	if (code == 0)
		code = check_secrets(r);
	if (code == 0)
		code = write_command_line(r);
	if (code == 0)
		code = add_tag(r, 0, "suite", r->suite->name);
	if (code == 0)
		code = add_tag(r, 1, "section", r->to->name);
	if (code < 0)
		return code;
	code = bt_run_check(&r->to->o->setup, r->err);
	if (code < 0)
		bt_fail_in(r->err, "section '%.60s'", r->to->name);
	return code < 0 ? wrong(r, r->from->line, code) : 0;
}

/* A file of that name, or NAME.ini in the directory of suites. */
static int find_file(struct bt_suite *suite, const char *name, struct bt_err *err)
{
	char data[300];
	const char *base = strrchr(name, '/');
	size_t len;

	if (strlen(name) >= 250)
		return bt_fail(err, -ENAMETOOLONG, "%.40s: the path is too long", name);
	snprintf(suite->file, sizeof(suite->file), "%s", name);
	base = base ? base + 1 : name;
	len = strlen(base);
	if (len > 4 && strcmp(base + len - 4, ".ini") == 0)
		len -= 4;
	snprintf(suite->name, sizeof(suite->name), "%.*s", (int)len, base);
	if (!bt_utf8_valid(base, len))
		return bt_fail(err, -EINVAL,
			"%s: expected a name in UTF-8: it becomes the tag suite", name);
	if (base != name || access(name, F_OK) == 0)
		return 0;
	snprintf(data, sizeof(data), "suites/%.*s.ini", (int)len, base);
	if (bt_data_path(suite->file, sizeof(suite->file), data, err) == 0)
		return 0;
	bt_fail_in(err, "%s: neither a file nor a suite", name);
	return -ENOENT;
}

static int read_sections(struct bt_suite *suite, struct bt_err *err)
{
	struct reader r = { .suite = suite, .err = err };
	int code = 0;

	for (size_t i = 0; i < suite->ini.n; i++)
		if (strcmp(suite->ini.sections[i].name, DEFAULTS) == 0)
			r.defaults = &suite->ini.sections[i];
	for (size_t i = 0; code == 0 && r.defaults && i < r.defaults->n; i++)
		code = check_key(&r, r.defaults, &r.defaults->keys[i]);
	for (size_t i = 0; code == 0 && i < suite->ini.n; i++) {
		r.from = &suite->ini.sections[i];
		if (r.from == r.defaults)
			continue;
		r.to = &suite->sections[suite->n++];
		*r.to = (struct bt_suite_section){
			.name = r.from->name, .line = r.from->line, .seconds = NAN, .wanted = true
		};
		code = read_section(&r);
	}
	return code;
}

int bt_suite_read(struct bt_suite *suite, const char *name, struct bt_err *err)
{
	int code;

	memset(suite, 0, sizeof(*suite));
	code = find_file(suite, name, err);
	if (code == 0)
		code = bt_ini_read(&suite->ini, suite->file, err);
	if (code < 0)
		return code;
	suite->sections = calloc(BT_MAX(suite->ini.n, 1), sizeof(*suite->sections));
	if (!suite->sections)
		return bt_oom(err, "%s", suite->file);
	code = read_sections(suite, err);
	suite->n_wanted = suite->n;
	if (code == 0 && !suite->n)
		return bt_fail(
			err, -EINVAL, "%s: no section; expected one for each run", suite->file);
	return code;
}

static int no_section(const struct bt_suite *suite, const char *name, struct bt_err *err)
{
	const char **names = calloc(suite->n + 1, sizeof(*names)), *near;

	if (!names)
		return bt_oom(err, "%s", suite->file);
	for (size_t i = 0; i < suite->n; i++)
		names[i] = suite->sections[i].name;
	near = bt_cli_nearest(name, names);
	free(names);
	if (near)
		return bt_fail(err, -EINVAL,
			"--only: '%.60s': %s has no such section; did you mean %s?", name,
			suite->file, near);
	return bt_fail(err, -EINVAL, "--only: '%.60s': %s has no such section; --list names them",
		name, suite->file);
}

int bt_suite_choose(struct bt_suite *suite, const struct bt_list *only, struct bt_err *err)
{
	for (size_t k = 0; k < suite->n && only->n; k++)
		suite->sections[k].wanted = false;
	for (unsigned i = 0; i < only->n; i++) {
		size_t k = 0;

		while (k < suite->n && strcmp(suite->sections[k].name, only->v[i]) != 0)
			k++;
		if (k == suite->n)
			return no_section(suite, only->v[i], err);
		if (suite->sections[k].missing)
			return bt_fail(err, -EINVAL, "--only: '%.60s': this build has no %s",
				only->v[i], suite->sections[k].missing);
		suite->sections[k].wanted = true;
	}
	suite->n_wanted = 0;
	for (size_t k = 0; k < suite->n; k++) {
		suite->sections[k].wanted &= !suite->sections[k].missing;
		suite->n_wanted += suite->sections[k].wanted;
	}
	return suite->n_wanted
		? 0
		: bt_fail(err, -EINVAL, "%s: this build can carry out none of its sections",
			  suite->file);
}

void bt_suite_fini(struct bt_suite *suite)
{
	for (size_t i = 0; i < suite->n; i++) {
		struct bt_suite_section *s = &suite->sections[i];

		if (s->o)
			bt_run_options_fini(s->o);
		free(s->o);
		free(s->tags[0]);
		free(s->tags[1]);
		free(s->report);
	}
	free(suite->sections);
	bt_ini_fini(&suite->ini);
	memset(suite, 0, sizeof(*suite));
}
