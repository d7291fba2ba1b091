/* What the launch view gets from the tables of the command line: every workload under every
 * profile. */
#include "cm.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "cli/launch.h"
#include "cli/suite.h"
#include "registry.h"

static char dir[CM_TEMP];

static struct bt_cli_launch *new_launch(void)
{
	struct bt_cli_launch *l = calloc(1, sizeof(*l));

	assert_non_null(l);
	bt_cli_launch_open(l);
	return l;
}

static void free_launch(struct bt_cli_launch *l)
{
	bt_cli_launch_close(l);
	free(l);
}

static void choose(struct bt_cli_launch *l, const char *workload, const char *profile)
{
	struct bt_launch *launch = &l->launch;

	for (unsigned i = 0; i < launch->n_workloads; i++)
		if (strcmp(launch->workloads[i].name, workload) == 0)
			launch->workload = i;
	for (unsigned i = 0; i < launch->n_profiles; i++)
		if (strcmp(launch->profiles[i].name, profile) == 0)
			launch->profile = i;
	while (launch->n_values)
		bt_launch_set(launch, launch->values[0].name, NULL);
	launch->ops->refresh(launch);
}

static void give(struct bt_cli_launch *l, const char *name, const char *text)
{
	assert_true(bt_launch_set(&l->launch, name, text));
	l->launch.ops->refresh(&l->launch);
}

static const struct bt_launch_field *field(const struct bt_cli_launch *l, const char *name)
{
	for (unsigned i = 0; i < l->launch.n_fields; i++)
		if (strcmp(l->launch.fields[i].name, name) == 0)
			return &l->launch.fields[i];
	fail_msg("no field %s", name);
	return NULL;
}

static void a_first_launch_is_ready_to_start(void **state)
{
	struct bt_cli_launch *l = new_launch();

	(void)state;
	l->launch.ops->refresh(&l->launch);
	assert_string_equal(l->launch.problem, "");
	assert_int_equal(l->launch.n_segments, 12);
	assert_int_equal(bt_launch_span(&l->launch), 60 * BT_NS_PER_S);
	free_launch(l);
}

static void check_fields(struct bt_cli_launch *l, const struct bt_opt *opts)
{
	struct bt_opt_walk walk = bt_opt_walk(opts);

	for (const struct bt_opt *o; (o = bt_opt_next(&walk)) != NULL;)
		assert_string_equal(field(l, o->name)->help, o->help);
}

static void every_option_of_every_workload_and_profile_is_there(void **state)
{
	struct bt_cli_launch *l = new_launch();

	(void)state;
	for (unsigned w = 0; bt_workloads[w]; w++)
		for (unsigned p = 0; bt_profiles[p]; p++) {
			choose(l, bt_workloads[w]->name, bt_profiles[p]->name);
			check_fields(l, bt_workloads[w]->opts);
			check_fields(l, bt_profiles[p]->opts);
			assert_true(strlen(field(l, "rate")->expects) > 0);
			assert_true(l->launch.n_fields < BT_LAUNCH_FIELDS);
		}
	free_launch(l);
}

static void what_the_parser_refuses_stands_at_its_field(void **state)
{
	static const struct {
		const char *name, *text, *words;
	} cases[] = {
		{ "hold", "soon", "--hold: 'soon': expected a duration (250ms, 10s, 1m30s)" },
		{ "hold", "1us",
			"--hold: '1us': expected a duration (250ms, 10s, 1m30s) from 1ms to 40d" },
		{ "step", "x1", "--step: 'x1': expected a factor above 1" },
		{ "tag", "a=b c", "--tag: 'c': expected KEY=VALUE" },
		{ "max-rate", "50", "--max-rate 50: expected at least --rate 100" },
	};
	struct bt_cli_launch *l = new_launch();

	(void)state;
	for (size_t i = 0; i < BT_LEN(cases); i++) {
		choose(l, "sim", "stress");
		give(l, "rate", "100");
		give(l, cases[i].name, cases[i].text);
		assert_string_equal(field(l, cases[i].name)->problem, cases[i].words);
		assert_string_equal(l->launch.problem, cases[i].words);
		assert_int_equal(l->launch.n_segments, 0);
	}
	choose(l, "sim", "stress");
	give(l, "threshold", "p99<50ms nonsense<3");
	assert_non_null(strstr(l->launch.problem, "nonsense"));
	assert_string_equal(field(l, "threshold")->problem, l->launch.problem);
	free_launch(l);
}

static void the_plan_is_the_profile_s_own(void **state)
{
	struct bt_cli_launch *l = new_launch();
	char words[120];

	(void)state;
	choose(l, "sim", "stress");
	give(l, "rate", "100");
	give(l, "step", "x2");
	give(l, "hold", "10s");
	give(l, "max-rate", "800");
	assert_int_equal(l->launch.n_segments, 4);
	assert_true(l->launch.segments[3].rate_to == 800);
	bt_launch_words(words, sizeof(words), &l->launch);
	assert_string_equal(words, "4 steps, 100 to 800 op/s, 0:40");
	choose(l, "sim", "spike");
	give(l, "rate", "100");
	assert_int_equal(l->launch.n_segments, 3);
	assert_true(l->launch.segments[1].rate_to == 1000);
	choose(l, "null", "load");
	bt_launch_words(words, sizeof(words), &l->launch);
	assert_string_equal(words, "1 worker back to back, 0:10");
	give(l, "ops", "5k");
	bt_launch_words(words, sizeof(words), &l->launch);
	assert_string_equal(words, "1 worker back to back, 5,000 operations");
	choose(l, "sim", "breakpoint");
	give(l, "rate", "1");
	give(l, "max-rate", "16");
	assert_int_equal(l->launch.n_segments, 7); /* 1 to 16 and twice more, as it confirms */
	free_launch(l);
}

static void the_command_line_is_the_equivalent_one(void **state)
{
	struct bt_cli_launch *l = new_launch();
	struct bt_run_options *o = calloc(1, sizeof(*o));
	struct bt_words words = { 0 };
	struct bt_err err;

	(void)state;
	choose(l, "sim", "stress");
	give(l, "rate", "1k");
	give(l, "arrivals", "poisson");
	give(l, "max-rate", "2k");
	give(l, "tag", "release=0.1 note=it\\'s");
	assert_string_equal(l->launch.command,
		"benchtop run sim --profile stress --max-rate 2k --rate 1k --arrivals poisson "
		"--tag "
		"release=0.1 --tag 'note=it'\\''s'");
	assert_int_equal(bt_cli_launch_words(l, &words), 0);
	assert_non_null(o);
	assert_int_equal(bt_run_options_words(o, (int)words.n, words.v, &err), 0);
	assert_true(o->run.rate == 1000);
	assert_int_equal(o->cli.tags.n, 2);
	bt_words_fini(&words);
	bt_run_options_fini(o);
	free(o);
	free_launch(l);
}

static void saved_sections_are_suites(void **state)
{
	struct bt_cli_launch *l = new_launch();
	struct bt_suite suite;
	struct bt_err err = { 0 };
	char file[100];

	(void)state;
	snprintf(file, sizeof(file), "%s/my.ini", dir);
	choose(l, "sim", "stress");
	give(l, "rate", "200");
	give(l, "threshold", "p99<1s error_rate<5%");
	assert_int_equal(l->launch.ops->save(&l->launch, file, &err), 0);
	choose(l, "null", "load");
	assert_int_equal(l->launch.ops->save(&l->launch, file, &err), 0);
	assert_int_equal(l->launch.ops->save(&l->launch, file, &err), 0);
	assert_int_equal(bt_suite_read(&suite, file, &err), 0);
	assert_int_equal(suite.n, 3);
	assert_string_equal(suite.sections[0].name, "sim-stress");
	assert_string_equal(suite.sections[2].name, "null-load-2");
	assert_true(suite.sections[0].o->run.rate == 200);
	assert_int_equal(suite.sections[0].o->cli.thresholds.n, 2);
	bt_suite_fini(&suite);
	free_launch(l);
	assert_int_equal(unlink(file), 0);
}

static void trials_are_offered_but_not_in_a_suite(void **state)
{
	struct bt_cli_launch *l = new_launch();
	struct bt_err err = { 0 };
	char file[100];

	(void)state;
	snprintf(file, sizeof(file), "%s/trials.ini", dir);
	choose(l, "sim", "load");
	give(l, "rate", "200");
	give(l, "repeat", "6");
	assert_non_null(strstr(l->launch.command, " --repeat 6"));
	assert_int_equal(l->launch.ops->save(&l->launch, file, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "expected repeat to be 1"));
	assert_int_equal(access(file, F_OK), -1);
	give(l, "repeat", "1");
	assert_int_equal(l->launch.ops->save(&l->launch, file, &err), 0);
	free_launch(l);
	assert_int_equal(unlink(file), 0);
}

static void remember(char file[PATH_MAX], const char *text)
{
	struct bt_err err;
	FILE *out;

	assert_int_equal(bt_state_path(file, PATH_MAX, "launch.ini", &err), 0);
	assert_int_equal(bt_make_parents(file, &err), 0);
	out = fopen(file, "w");
	assert_non_null(out);
	fputs(text, out);
	fclose(out);
}

static void forget(char file[PATH_MAX])
{
	assert_int_equal(unlink(file), 0);
	*strrchr(file, '/') = '\0';
	assert_int_equal(rmdir(file), 0);
}

/* Older versions kept them in the last launch. They are not shown, and the launch starts once they
 * are gone. */
static void recalled_credentials_are_masked_and_not_started(void **state)
{
	static const struct {
		const char *name, *line, *shown, *problem;
	} cases[] = {
		{ "push", "push = http://me:geheim@127.0.0.1:9091", "http://***@127.0.0.1:9091",
			"--push: the URL holds a name or password, which is masked; " },
		{ "url", "url = http://127.0.0.1:1/?token=geheim", "http://127.0.0.1:1/?token=***",
			"--url: the URL holds 'token', which is masked; give it by --header-file" },
		{ "header", "header = Accept:a\nheader = X-Api-Key:geheim",
			"Accept:a 'X-Api-Key:***'",
			"--header: the value of 'X-Api-Key' is masked; give it by --header-file" },
		{ "header", "header = X-Api-Key:open\nallow-header = X-Api-Key", "X-Api-Key:open",
			"" },
	};
	char file[PATH_MAX], text[400];
	bool has_http = false;

	(void)state;
	for (unsigned i = 0; bt_workloads[i]; i++)
		has_http |= strcmp(bt_workloads[i]->name, "http.request") == 0;
	for (size_t i = 0; i < BT_LEN(cases); i++) {
		bool http = strcmp(cases[i].name, "push") != 0;
		struct bt_cli_launch *l;

		if (http && !has_http)
			continue;
		snprintf(text, sizeof(text), "[last]\nworkload = %s\n%s%s\n",
			http ? "http.request" : "null", cases[i].line,
			http && strcmp(cases[i].name, "url") != 0 ? "\nurl = http://127.0.0.1:1/"
								  : "");
		remember(file, text);
		l = new_launch();
		l->launch.ops->refresh(&l->launch);
		assert_string_equal(bt_launch_get(&l->launch, cases[i].name), cases[i].shown);
		assert_null(strstr(l->launch.command, "geheim"));
		assert_int_equal(
			strncmp(l->launch.problem, cases[i].problem, strlen(cases[i].problem)), 0);
		assert_string_equal(field(l, cases[i].name)->problem, l->launch.problem);
		if (strcmp(cases[i].name, "url") != 0) {
			give(l, cases[i].name, NULL);
			assert_string_equal(l->launch.problem, "");
		}
		free_launch(l);
		forget(file);
	}
}

/* What was remembered of the last launch cannot be read: that is said, and a first launch
 * suggested. */
static void a_spoilt_memory_is_said(void **state)
{
	struct bt_cli_launch *l;
	char file[PATH_MAX];

	(void)state;
	remember(file, "[last\nworkload = null\n");
	l = new_launch();
	assert_ptr_equal(
		strstr(l->launch.notice, "cannot recall the last launch: "), l->launch.notice);
	assert_non_null(strstr(l->launch.notice, "launch.ini:1:"));
	assert_string_equal(l->launch.workloads[l->launch.workload].name, "sim");
	free_launch(l);
	forget(file);
	l = new_launch();
	assert_string_equal(l->launch.notice, "");
	free_launch(l);
}

/* A file that is no suite stays as it is. */
static void what_it_cannot_add_to_is_left_alone(void **state)
{
	struct bt_cli_launch *l = new_launch();
	struct bt_err err = { 0 };
	char file[100], text[100] = "";
	FILE *io;

	(void)state;
	snprintf(file, sizeof(file), "%s/other.txt", dir);
	io = fopen(file, "w");
	assert_non_null(io);
	fputs("no suite\n", io);
	fclose(io);
	choose(l, "null", "load");
	assert_int_equal(l->launch.ops->save(&l->launch, file, &err), -EINVAL);
	io = fopen(file, "r");
	assert_true(io && fgets(text, sizeof(text), io));
	assert_string_equal(text, "no suite\n");
	fclose(io);
	assert_true(l->launch.ops->save(&l->launch, "/no/such/place.ini", &err) < 0);
	assert_non_null(strstr(err.msg, "/no/such/place.ini"));
	free_launch(l);
	assert_int_equal(unlink(file), 0);
	assert_int_equal(rmdir(dir), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_launch_is_ready_to_start),
		cmocka_unit_test(every_option_of_every_workload_and_profile_is_there),
		cmocka_unit_test(what_the_parser_refuses_stands_at_its_field),
		cmocka_unit_test(the_plan_is_the_profile_s_own),
		cmocka_unit_test(the_command_line_is_the_equivalent_one),
		cmocka_unit_test(saved_sections_are_suites),
		cmocka_unit_test(trials_are_offered_but_not_in_a_suite),
		cmocka_unit_test(recalled_credentials_are_masked_and_not_started),
		cmocka_unit_test(a_spoilt_memory_is_said),
		cmocka_unit_test(what_it_cannot_add_to_is_left_alone),
	};

	if (!mkdtemp(cm_temp(dir, "benchtop-launch")))
		return 99;
	setenv("XDG_STATE_HOME", dir, 1); /* no last launch */
	return cmocka_run_group_tests(tests, NULL, NULL);
}
