/* A file of runs, one after the other, with one table and one exit status at the end. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/text.h"
#include "cli/session.h"
#include "cli/suite.h"

struct conf {
	struct bt_list only;
	const char *junit, *markdown, *db;
	bool json, list;
	struct bt_endpoint_conf endpoint;
};

static const struct bt_opt opts[] = {
	{ .name = "only",
		.type = BT_OPT_LIST,
		.offset = offsetof(struct conf, only),
		.arg = "SECTION",
		.help = "this section and no other; may be given again",
		.man = "This section and no other. May be given again." },
	{ .name = "list",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, list),
		.help = "check the file and name its runs, without running them",
		.man = "Checks the file and names its runs, each as the command that it is. "
		       "Nothing runs." },
	{ .name = "junit",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct conf, junit),
		.arg = "FILE",
		.help = "the outcomes as JUnit XML; - is standard output",
		.man = "Writes the outcomes as JUnit XML; `-` is standard output." },
	{ .name = "markdown",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct conf, markdown),
		.arg = "FILE",
		.help = "the outcomes as a table in Markdown; - is standard output",
		.man = "Writes the outcomes as a table in GitHub's Markdown; `-` is standard "
		       "output." },
	{ .name = "json",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, json),
		.help = "all reports as one JSON object on standard output",
		.man = "Prints all reports as one object, see benchtop-suite(5)." },
	{ .group = bt_endpoint_opts, .offset = offsetof(struct conf, endpoint) },
	{ .group = bt_cli_db_opts, .offset = offsetof(struct conf, db) },
	BT_OPT_END,
};

static int cmd_suite(int argc, char **argv);

const struct bt_cli_command bt_cmd_suite = {
	.name = "suite",
	.usage = "FILE|NAME [OPTION...]",
	.summary = "the runs of a file, checked before the first, with one table and one exit "
		   "status",
	.opts = opts,
	.run = cmd_suite,
};

static double now_s(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void run_section(struct bt_suite_section *s)
{
	struct bt_session_result result = { .brief = true };
	double began = now_s();

	s->status = bt_session_run(s->o, &result);
	s->seconds = now_s() - began;
	s->report = result.report;
	if (bt_stop_signal) /* after the run's last look */
		s->status = BT_EXIT_SIGNAL + (int)bt_stop_signal;
	bt_suite_conclude(s, &result.why);
}

static void run_all(struct bt_suite *all, const struct conf *conf, struct bt_listen *listen)
{
	size_t at = 0;

	for (size_t i = 0; i < all->n; i++) {
		struct bt_suite_section *s = &all->sections[i];

		if (s->missing && !conf->only.n)
			bt_print(stderr, "section %s: left out: this build has no %s\n", s->name,
				s->missing);
		if (!s->wanted)
			continue;
		bt_print(stderr, "[%zu/%zu] section %s: %s\n", ++at, all->n_wanted, s->name,
			s->o->command_line);
		s->o->cli.db = conf->db;
		s->o->listen = listen;
		if (conf->endpoint.push)
			s->o->cli.endpoint.push = conf->endpoint.push;
		s->o->cli.endpoint.section = s->name;
		run_section(s);
		if (s->status >= BT_EXIT_SIGNAL)
			return;
	}
}

static void list_sections(const struct bt_suite *all)
{
	int width = 0;

	for (size_t i = 0; i < all->n; i++)
		if (all->sections[i].wanted)
			width = BT_MAX(width, bt_text_columns(all->sections[i].name));
	for (size_t i = 0; i < all->n; i++)
		if (all->sections[i].wanted)
			bt_print(stdout, "%-*s  %s\n", width, all->sections[i].name,
				all->sections[i].o->command_line);
}

static bool is_standard_output(const char *path)
{
	return path && strcmp(path, "-") == 0;
}

/* The table goes where nothing else stands. */
static int put_results(const struct bt_suite *all, const struct conf *conf, struct bt_err *err)
{
	bool taken =
		conf->json || is_standard_output(conf->junit) || is_standard_output(conf->markdown);
	struct bt_outcome_row *rows = bt_suite_rows(all);
	int r = rows ? 0 : bt_oom(err, "suite");

	fputc('\n', taken ? stderr : stdout);
	bt_suite_print(taken ? stderr : stdout, all);
	if (r == 0 && conf->json)
		r = bt_cli_put_json(bt_suite_json(all), JSON_COMPACT, err);
	fflush(stdout); /* before a linger */
	if (r == 0 && conf->junit)
		r = bt_outcome_write_junit(conf->junit, all->name, rows, all->n_wanted, err);
	if (r == 0 && conf->markdown)
		r = bt_outcome_write_markdown(conf->markdown, all->name, rows, all->n_wanted, err);
	free(rows);
	return r;
}

/* Of all sections, which follow one another: one must not write what another reads or has
 * written. */
static int check_places(struct bt_suite *all, const struct conf *conf, struct bt_err *err)
{
	struct bt_places places = { 0 };
	int r = bt_places_history(&places, conf->db, err);

	if (r == 0)
		r = bt_places_input(&places, "the suite", all->file, err);
	if (r == 0)
		r = bt_places_output(&places, "--junit", conf->junit, err);
	if (r == 0)
		r = bt_places_output(&places, "--markdown", conf->markdown, err);
	for (size_t i = 0; i < all->n && r == 0; i++)
		if (all->sections[i].wanted)
			r = bt_session_places(all->sections[i].o, &places, err);
	bt_places_fini(&places);
	return r;
}

static int carry_out(struct bt_suite *all, const struct conf *conf)
{
	struct bt_listen *listen;
	struct bt_err err = { 0 };
	int status;

	for (size_t i = 0; i < all->n; i++)
		if (all->sections[i].wanted && all->sections[i].warning.code)
			bt_print(stderr, "section %s: warning: %s\n", all->sections[i].name,
				all->sections[i].warning.msg);
	if (conf->list) {
		list_sections(all);
		return BT_EXIT_DONE;
	}
	if (check_places(all, conf, &err) < 0)
		return bt_cli_fail_err(BT_EXIT_USAGE, &err);
	if (bt_endpoint_listen(&listen, &conf->endpoint, &err) < 0)
		return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	run_all(all, conf, listen);
	status = bt_suite_status(all);
	if (put_results(all, conf, &err) < 0)
		status = bt_cli_fail_err(status ? status : BT_EXIT_CANNOT, &err);
	if (listen)
		bt_endpoint_linger(bt_monotonic_ns(), conf->endpoint.linger_ns);
	bt_listen_close(listen);
	return status;
}

static int check_usage(const struct conf *conf, unsigned n_words)
{
	unsigned n =
		conf->json + is_standard_output(conf->junit) + is_standard_output(conf->markdown);

	if (n_words == 0)
		return bt_cli_fail(BT_EXIT_USAGE, "suite: expected a file, or the name of a suite");
	if (n > 1)
		return bt_cli_fail(BT_EXIT_USAGE,
			"suite: expected one of --json, --junit -, --markdown - on standard "
			"output");
	return -1;
}

static int cmd_suite(int argc, char **argv)
{
	struct conf conf = { 0 };
	struct bt_suite all;
	struct bt_err err = { 0 };
	const char *word;
	unsigned n;
	int status = bt_cli_parse(&bt_cmd_suite, &conf, argc, argv, &word, 1, &n), r;

	if (status < 0)
		status = check_usage(&conf, n);
	if (status >= 0)
		return status;
	r = bt_suite_read(&all, word, &err);
	if (r == 0)
		r = bt_endpoint_check(&conf.endpoint, &err);
	if (r == 0)
		r = bt_suite_choose(&all, &conf.only, &err);
	if (r < 0)
		status = bt_cli_fail_err(r == -EINVAL ? BT_EXIT_USAGE : BT_EXIT_CANNOT, &err);
	else
		status = carry_out(&all, &conf);
	bt_suite_fini(&all);
	return status;
}
