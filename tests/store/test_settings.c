/*
 * Option values come back the same from wherever they are kept: a stored run, the suite that a run
 * or the launch view writes, the last launch, a command line.
 */
#include "cm.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/path.h"
#include "base/words.h"
#include "cli/launch.h"
#include "cli/section.h"
#include "cli/suite.h"
#include "base/ini.h"
#include "json/json.h"

static char dir[] = "/tmp/benchtop-settings.XXXXXX";
static char *long_text;

static const char *const texts[] = { "full,X-Trace: 1", "plain", " leading", "trailing ", "a  b",
	"#", "a # b", "a#b", ";", "\"", "\"x\"", "'", "it's", "\\", "\\n", "$HOME `x` $(y)",
	"{\"color\": \" #ff0000 \"}", "a=b=c", "[s]", "k := \"v\"", "%41", "café 日本語",
	"\u202e\u200b", "-x", "--json", "\t", NULL };
static const char *const lines[] = { "two\nlines", "\r\n", "\x1b[31m", "a\x7f", NULL };
static const char *const paths[] = { "/tmp/caf\xe9", "\xff\xfe", "a\nb", NULL };

static bool is_line(const char *text)
{
	for (; *text; text++)
		if ((unsigned char)*text < 0x20 || *text == 0x7f)
			return false;
	return true;
}

/* The words of a run with one value of each kind: a text, a path, and two values of each list. */
static void make_words(struct bt_words *words, const char *text, const char *path)
{
	char *header, *tag, *other;

	/* A header with a control character is refused when the run is checked. */
	assert_true(asprintf(&header, "X-Mode: <%s>", is_line(text) ? text : "x") > 0);
	assert_true(asprintf(&tag, "k=%s", text) > 0);
	assert_true(asprintf(&other, "k2=%s,%s", text, text) > 0);
	bt_words_add(words, "run");
	bt_words_add(words, "http.request");
	bt_words_add_pair(words, "--url", "http://127.0.0.1:1/");
	bt_words_add_pair(words, path ? "--body-file" : "--body", path ? path : text);
	bt_words_add_pair(words, "--header", header);
	bt_words_add_pair(words, "--header", "X-Trace: 1");
	bt_words_add_pair(words, "--tag", tag);
	bt_words_add_pair(words, "--tag", other);
	free(header);
	free(tag);
	free(other);
}

static struct bt_run_options *read_words(const struct bt_words *words)
{
	struct bt_run_options *o = calloc(1, sizeof(*o));
	struct bt_err err;

	if (bt_run_options_words(o, (int)words->n, words->v, &err) < 0 ||
		bt_run_options_describe(o, 7, &err) < 0)
		fail_msg("%s", err.msg);
	return o;
}

static void free_options(struct bt_run_options *o)
{
	bt_run_options_fini(o);
	free(o);
}

static void same_rows(
	const struct bt_setting *a, unsigned n, const struct bt_setting *b, unsigned m)
{
	assert_int_equal(n, m);
	for (unsigned i = 0; i < n; i++) {
		assert_string_equal(a[i].name, b[i].name);
		assert_string_equal(a[i].value, b[i].value);
		assert_int_equal(a[i].list, b[i].list);
	}
}

/* The suites add tags of their own behind the run's. */
static void same_options(struct bt_run_options *a, struct bt_run_options *b)
{
	same_rows(a->settings, a->n_settings, b->settings, b->n_settings);
	assert_true(b->n_tags >= a->n_tags);
	same_rows(a->tags, a->n_tags, b->tags, a->n_tags);
}

static void through_a_command_line(struct bt_run_options *o, const char *line)
{
	struct bt_words words = { 0 };
	struct bt_run_options *back;

	assert_int_equal(bt_words_split(&words, line, NULL), 0);
	free(words.v[0]); /* the program's name */
	memmove(words.v, words.v + 1, words.n-- * sizeof(*words.v));
	back = read_words(&words);
	same_options(o, back);
	free_options(back);
	bt_words_fini(&words);
}

static void through_a_stored_run(struct bt_run_options *o)
{
	struct bt_run_info info = { .workload = "http.request",
		.settings = o->settings,
		.n_settings = o->n_settings,
		.tags = o->tags,
		.n_tags = o->n_tags },
			   back = { 0 };
	json_t *object = bt_json_info(&info), *again;
	char *text = json_dumps(object, JSON_COMPACT);
	struct bt_pool pool = { 0 };
	struct bt_err err;

	assert_non_null(text);
	again = json_loads(text, 0, NULL);
	assert_non_null(again);
	assert_int_equal(bt_json_read_info(&back, &pool, again, &err), 0);
	same_rows(o->settings, o->n_settings, back.settings, back.n_settings);
	same_rows(o->tags, o->n_tags, back.tags, back.n_tags);
	bt_pool_fini(&pool);
	free(text);
	json_decref(object);
	json_decref(again);
}

static void read_suite(struct bt_run_options *o, const char *file)
{
	struct bt_suite suite;
	struct bt_run_options *back;
	struct bt_err err;

	if (bt_suite_read(&suite, file, &err) < 0)
		fail_msg("%s", err.msg);
	back = suite.sections[0].o;
	assert_int_equal(bt_run_options_describe(back, 7, &err), 0);
	same_options(o, back);
	through_a_command_line(o, back->command_line);
	bt_suite_fini(&suite);
}

/* A run that is written down as a suite has no tags: they say which run it was. */
static void through_a_section(struct bt_run_options *o)
{
	struct bt_run_info info = { .workload = "http.request",
		.profile = "load",
		.settings = o->settings,
		.n_settings = o->n_settings };
	struct bt_segment_record record = { .plan = { .mode = BT_CLOSED, .scored = true },
		.result.end_ns = BT_NS_PER_S };
	struct bt_snapshot *last = calloc(1, sizeof(*last));
	struct bt_tally tally = {
		.info = &info, .segments = &record, .n_segments = 1, .last = last
	};
	char file[100];
	struct bt_suite suite;
	struct bt_err err;

	last->t_ns = BT_NS_PER_S;
	snprintf(file, sizeof(file), "%s/section.ini", dir);
	if (bt_section_write(&tally, file, &err) < 0 || bt_suite_read(&suite, file, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(bt_run_options_describe(suite.sections[0].o, 7, &err), 0);
	for (unsigned i = 0; i < o->n_settings; i++) {
		const struct bt_setting *s = &o->settings[i], *of = suite.sections[0].o->settings;
		unsigned k = 0, n = suite.sections[0].o->n_settings;

		if (strcmp(s->name, "ops") == 0 || strcmp(s->name, "duration") == 0)
			continue;
		while (k < n &&
			(strcmp(of[k].name, s->name) != 0 || strcmp(of[k].value, s->value) != 0))
			k++;
		assert_true(k < n);
	}
	bt_suite_fini(&suite);
	free(last);
	assert_int_equal(unlink(file), 0);
}

static void give(struct bt_cli_launch *l, const struct bt_setting *rows, unsigned n, const char *as)
{
	for (unsigned i = 0; i < n; i++) {
		const char *name = as ? as : rows[i].name,
			   *before = bt_launch_given(&l->launch, name);
		struct bt_words words = { 0 };
		char *line;

		if (!as && !rows[i].list) {
			assert_true(bt_launch_set(&l->launch, name, rows[i].value));
			continue;
		}
		if (before)
			assert_int_equal(bt_words_split(&words, before, NULL), 0);
		if (as)
			bt_words_add_pair(&words, rows[i].name, rows[i].value);
		else
			bt_words_add(&words, rows[i].value);
		line = bt_words_line(words.v, words.n);
		assert_true(bt_launch_set(&l->launch, name, line));
		free(line);
		bt_words_fini(&words);
	}
}

static struct bt_cli_launch *open_launch(void)
{
	struct bt_cli_launch *l = calloc(1, sizeof(*l));

	bt_cli_launch_open(l);
	return l;
}

static void close_launch(struct bt_cli_launch *l)
{
	bt_cli_launch_close(l);
	free(l);
}

static void through_launch_words(struct bt_run_options *o, struct bt_cli_launch *l)
{
	struct bt_words words = { 0 };
	struct bt_run_options *back;

	l->launch.ops->refresh(&l->launch);
	assert_int_equal(bt_cli_launch_words(l, &words), 0);
	back = read_words(&words);
	same_options(o, back);
	free_options(back);
	bt_words_fini(&words);
}

static void clear(struct bt_launch *launch)
{
	while (launch->n_values)
		bt_launch_set(launch, launch->values[0].name, NULL);
}

static void through_the_launch_view(struct bt_run_options *o)
{
	struct bt_cli_launch *l = open_launch();
	char file[100];
	struct bt_err err;

	clear(&l->launch);
	for (unsigned i = 0; i < l->launch.n_workloads; i++)
		if (strcmp(l->launch.workloads[i].name, "http.request") == 0)
			l->launch.workload = i;
	l->launch.profile = 0;
	give(l, o->settings, o->n_settings, NULL);
	give(l, o->tags, o->n_tags, "tag");
	through_launch_words(o, l);
	snprintf(file, sizeof(file), "%s/benchtop/launch.ini", dir);
	if (l->launch.ops->save(&l->launch, file, &err) < 0)
		fail_msg("%s", err.msg);
	read_suite(o, file);
	close_launch(l);
	/* The saved section is also the form of the last launch. */
	l = open_launch();
	clear(&l->launch);
	assert_int_equal(bt_cli_launch_recall(l), 0);
	through_launch_words(o, l);
	close_launch(l);
	assert_int_equal(unlink(file), 0);
}

static void go_round(const char *text, const char *path)
{
	struct bt_words words = { 0 };
	struct bt_run_options *o;

	make_words(&words, text, path);
	o = read_words(&words);
	through_a_command_line(o, o->command_line);
	through_a_stored_run(o);
	through_a_section(o);
	through_the_launch_view(o);
	free_options(o);
	bt_words_fini(&words);
}

static void any_text_goes_round(void **state)
{
	(void)state;
	for (unsigned i = 0; texts[i]; i++)
		go_round(texts[i], NULL);
}

static void lines_and_control_characters_go_round(void **state)
{
	(void)state;
	for (unsigned i = 0; lines[i]; i++)
		go_round(lines[i], NULL);
}

static void a_hundred_thousand_bytes_go_round(void **state)
{
	(void)state;
	go_round(long_text, NULL);
}

static void bytes_of_a_path_go_round(void **state)
{
	(void)state;
	for (unsigned i = 0; paths[i]; i++)
		go_round("x", paths[i]);
}

/* Older versions wrote one text for a list; it reads as one value. */
static void a_list_of_an_older_version_still_reads(void **state)
{
	json_t *old =
		json_pack("{s{ss}s{ss}}", "settings", "header", "A: 1,B: 2", "tags", "k", "v");
	struct bt_run_info info = { 0 };
	struct bt_pool pool = { 0 };
	struct bt_err err;

	(void)state;
	assert_int_equal(bt_json_read_info(&info, &pool, old, &err), 0);
	assert_int_equal(info.n_settings, 1);
	assert_string_equal(info.settings[0].value, "A: 1,B: 2");
	assert_false(info.settings[0].list);
	assert_string_equal(info.tags[0].value, "v");
	bt_pool_fini(&pool);
	json_decref(old);
}

static void lists_are_the_same_only_when_each_value_is(void **state)
{
	static const struct {
		const char *a, *b;
		bool same;
	} rows[] = {
		{ "\"x\"", "\"x\"", true },
		{ "\"x\"", "[\"x\"]", true },
		{ "[\"x\",\"y\"]", "[\"x\",\"y\"]", true },
		{ "[\"x\",\"y\"]", "[\"x,y\"]", false },
		{ "[\"x\",\"y\"]", "\"x,y\"", false },
		{ "[\"x\",\"y\"]", "[\"y\",\"x\"]", false },
		{ "\"x\"", "null", false },
		{ "{\"base64\":\"/w==\"}", "[{\"base64\":\"/w==\"}]", true },
	};

	(void)state;
	for (size_t i = 0; i < BT_LEN(rows); i++) {
		json_t *a = json_loads(rows[i].a, JSON_DECODE_ANY, NULL),
		       *b = json_loads(rows[i].b, JSON_DECODE_ANY, NULL);

		assert_int_equal(bt_json_setting_equal(a, b), rows[i].same);
		assert_int_equal(bt_json_setting_equal(b, a), rows[i].same);
		json_decref(a);
		json_decref(b);
	}
}

static int make_dir(void **state)
{
	char sub[100];

	(void)state;
	long_text = malloc(100001);
	for (unsigned i = 0; i < 100000; i++)
		long_text[i] = "abc,# \"';="[i % 10];
	long_text[100000] = '\0';
	if (!mkdtemp(dir) || setenv("XDG_STATE_HOME", dir, 1) < 0)
		return -1;
	snprintf(sub, sizeof(sub), "%s/benchtop", dir);
	return mkdir(sub, 0700);
}

static int remove_dir(void **state)
{
	char sub[100];

	(void)state;
	free(long_text);
	snprintf(sub, sizeof(sub), "%s/benchtop", dir);
	return rmdir(sub) < 0 ? -1 : rmdir(dir);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_text_goes_round),
		cmocka_unit_test(lines_and_control_characters_go_round),
		cmocka_unit_test(a_hundred_thousand_bytes_go_round),
		cmocka_unit_test(bytes_of_a_path_go_round),
		cmocka_unit_test(a_list_of_an_older_version_still_reads),
		cmocka_unit_test(lists_are_the_same_only_when_each_value_is),
	};

	return cmocka_run_group_tests(tests, make_dir, remove_dir);
}
