/* The launch view: whole screens against text in tests/golden (BT_GOLDEN_UPDATE=1 writes it anew),
 * and what its keys do. */
#include "cm.h"

#include <errno.h>
#include <locale.h>
#include <stdlib.h>

#include "ui/launcher.h"
#include "ui/view.h"

static const struct bt_launch_name workloads[] = {
	{ "null", "does nothing, and so shows the overhead" },
	{ "sim", "a simulated server of known capacity" },
	{ "bitcoin.block.with.a.long.name", "connects blocks, every script executed" },
	{ "日本.request", "a name in wide characters" }
};
static const struct bt_launch_name profiles[] = { { "load", "one rate for a while" },
	{ "stress", "a ramp in steps until something gives way" } };
static const char *const arrivals[] = { "constant", "poisson", NULL };
static const struct bt_launch_field fields[] = {
	{ "profile", "step", "add N op/s after each step", "10", NULL, false, "a number", "" },
	{ "profile", "hold", "how long each step offers its rate", "30s", NULL, false,
		"a duration (250ms, 10s, 1m30s) from 1ms to 40d", "" },
	{ "load", "rate", "operations due per second", NULL, NULL, false, "a number (k M G)", "" },
	{ "load", "arrivals", "how due times are spaced", "constant", arrivals, false,
		"one of constant poisson", "" },
	{ "run", "keep", "a switch", NULL, NULL, true, "yes or no", "" },
};

struct fixture {
	struct bt_launch launch;
	struct bt_screen screen;
	struct bt_segment plan[12];
	unsigned saves;
	char saved[100];
};

/* "bad" is refused wherever it stands. */
static void refresh(struct bt_launch *launch)
{
	struct fixture *f = launch->arg;
	unsigned i;

	launch->n_fields = BT_LEN(fields);
	launch->problem[0] = '\0';
	for (i = 0; i < BT_LEN(fields); i++) {
		launch->fields[i] = fields[i];
		if (strcmp(bt_launch_get(launch, fields[i].name), "bad") != 0)
			continue;
		snprintf(launch->fields[i].problem, sizeof(launch->fields[i].problem),
			"--%s: 'bad': expected %s", fields[i].name, fields[i].expects);
		snprintf(launch->problem, sizeof(launch->problem), "%s", launch->fields[i].problem);
	}
	for (i = 0; i < BT_LEN(f->plan); i++)
		f->plan[i] = (struct bt_segment){ .mode = launch->profile ? BT_OPEN : BT_CLOSED,
			.rate_from = 100 * (i + 1),
			.rate_to = 100 * (i + 1),
			.workers = 2,
			.span_ns = 5 * BT_NS_PER_S,
			.step = launch->profile ? i + 1 : 0 };
	launch->segments = f->plan;
	launch->n_segments = launch->problem[0] ? 0 : launch->profile ? 12 : 1;
	free(launch->command);
	assert_true(
		asprintf(&launch->command, "benchtop run %s --profile %s --rate %s",
			launch->workloads[launch->workload].name,
			launch->profiles[launch->profile].name, bt_launch_get(launch, "rate")) > 0);
}

static int save(struct bt_launch *launch, const char *file, struct bt_err *err)
{
	struct fixture *f = launch->arg;

	if (strchr(file, '/'))
		return bt_fail(err, -ENOENT, "%s: cannot write", file);
	f->saves++;
	snprintf(f->saved, sizeof(f->saved), "%s", file);
	return 0;
}

static const struct bt_launch_ops ops = { .refresh = refresh, .save = save };

static struct fixture *new_fixture(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->launch = (struct bt_launch){ .ops = &ops,
		.arg = f,
		.workloads = workloads,
		.n_workloads = BT_LEN(workloads),
		.profiles = profiles,
		.n_profiles = BT_LEN(profiles),
		.workload = 1,
		.profile = 1 };
	f->screen.launch = &f->launch;
	f->screen.view = &bt_view_launch;
	bt_launch_set(&f->launch, "rate", "100");
	refresh(&f->launch);
	return f;
}

static void free_fixture(struct fixture *f)
{
	bt_launch_fini(&f->launch);
	free(f);
}

static void press(struct fixture *f, int ch)
{
	bt_screen_key(&f->screen, ch);
}

static void type(struct fixture *f, const char *text)
{
	while (*text)
		press(f, *text++);
}

static char *drawn(struct fixture *f, int w, int h, bool ascii)
{
	struct bt_grid grid;
	char *text;

	assert_int_equal(bt_grid_init(&grid, w, h, ascii, NULL), 0);
	bt_screen_draw(&grid, &f->screen);
	text = bt_grid_text(&grid);
	assert_non_null(text);
	bt_grid_fini(&grid);
	return text;
}

static void compare(struct fixture *f, const char *name, int w, int h, bool ascii)
{
	const char *srcdir = getenv("srcdir");
	char *got = drawn(f, w, h, ascii), *want = calloc(1, 1 << 16), path[500];
	FILE *file;

	snprintf(path, sizeof(path), "%s/tests/golden/ui-launch-%s.txt", srcdir ? srcdir : ".",
		name);
	if (getenv("BT_GOLDEN_UPDATE")) {
		file = fopen(path, "w");
		assert_non_null(file);
		fputs(got, file);
		assert_int_equal(fclose(file), 0);
	}
	file = fopen(path, "r");
	assert_true(file && want);
	assert_true(fread(want, 1, (1 << 16) - 1, file) > 0);
	fclose(file);
	if (strcmp(got, want) != 0)
		fprintf(stderr, "%s differs from what was drawn:\n%s", path, got);
	assert_string_equal(got, want);
	free(want);
	free(got);
}

static void screens_are_as_agreed(void **state)
{
	struct fixture *f = new_fixture();

	(void)state;
	compare(f, "120x36", 120, 36, false);
	compare(f, "ascii-80x24", 80, 24, true);
	press(f, BT_KEY_TAB);
	press(f, BT_KEY_TAB);
	press(f, BT_KEY_DOWN);
	compare(f, "80x24", 80, 24, false);
	compare(f, "41x12", 41, 12, false);
	compare(f, "200x60", 200, 60, false);
	bt_launch_set(&f->launch, "hold", "bad");
	refresh(&f->launch);
	compare(f, "refused-80x24", 80, 24, false);
	free_fixture(f);
}

static void a_long_reason_takes_both_rows(void **state)
{
	struct fixture *f = new_fixture();
	char *text;

	(void)state;
	snprintf(f->launch.problem, sizeof(f->launch.problem),
		"--push: the URL holds a name or password, which is masked; expected a URL without "
		"it");
	text = drawn(f, 80, 24, false);
	assert_non_null(strstr(text, "✖ --push: the URL holds"));
	assert_non_null(strstr(text, "without it"));
	free(text);
	free_fixture(f);
}

/* Bounds are the sanitizer's to check. */
static void every_size_can_be_drawn(void **state)
{
	struct fixture *f = new_fixture();
	int w, h;

	(void)state;
	for (w = 1; w < 140; w += 3)
		for (h = 1; h < 50; h++) {
			f->launch.focus = (unsigned)(w + h) % 3;
			free(drawn(f, w, h, w & 1));
		}
	free_fixture(f);
}

static void a_typed_value_is_taken_or_refused_with_the_reason(void **state)
{
	struct fixture *f = new_fixture();

	(void)state;
	f->launch.focus = BT_LAUNCH_OPTIONS;
	press(f, 'j');
	press(f, BT_KEY_ENTER);
	type(f, "bad");
	press(f, BT_KEY_ENTER);
	assert_non_null(f->screen.prompt.ops); /* still there to be mended */
	assert_non_null(strstr(f->screen.message, "--hold: 'bad': expected a duration"));
	assert_string_equal(bt_launch_get(&f->launch, "hold"), "");
	press(f, 'u' & 0x1f);
	type(f, "5s");
	press(f, BT_KEY_ENTER);
	assert_null(f->screen.prompt.ops);
	assert_string_equal(bt_launch_get(&f->launch, "hold"), "5s");
	press(f, 'x');
	assert_string_equal(bt_launch_get(&f->launch, "hold"), "");
	free_fixture(f);
}

static void choices_and_switches_are_turned(void **state)
{
	struct fixture *f = new_fixture();

	(void)state;
	f->launch.focus = BT_LAUNCH_OPTIONS;
	f->launch.at = 3;
	press(f, ' ');
	assert_string_equal(bt_launch_get(&f->launch, "arrivals"), "poisson");
	press(f, ' ');
	assert_string_equal(bt_launch_get(&f->launch, "arrivals"), "constant");
	press(f, 'j');
	press(f, ' ');
	assert_string_equal(bt_launch_get(&f->launch, "keep"), "yes");
	press(f, ' ');
	assert_string_equal(bt_launch_get(&f->launch, "keep"), "");
	free_fixture(f);
}

static void what_is_wrong_cannot_be_started(void **state)
{
	struct fixture *f = new_fixture();

	(void)state;
	press(f, 's');
	assert_int_equal(f->screen.ask, BT_ASK_LAUNCH_START);
	press(f, 'S');
	assert_int_equal(f->screen.ask, BT_ASK_LAUNCH_SUITE);
	f->screen.ask = BT_ASK_NONE;
	bt_launch_set(&f->launch, "rate", "bad");
	refresh(&f->launch);
	press(f, 's');
	press(f, BT_KEY_F1 + 4);
	press(f, 'S');
	press(f, 'w');
	assert_int_equal(f->screen.ask, BT_ASK_NONE);
	assert_null(f->screen.prompt.ops);
	assert_string_equal(f->screen.message, "--rate: 'bad': expected a number (k M G)");
	free_fixture(f);
}

static void it_is_saved_where_the_user_says(void **state)
{
	struct fixture *f = new_fixture();

	(void)state;
	press(f, 'w');
	press(f, 'u' & 0x1f);
	type(f, "no/such.ini");
	press(f, BT_KEY_ENTER);
	assert_string_equal(f->screen.message, "no/such.ini: cannot write");
	press(f, 'u' & 0x1f);
	type(f, "my.ini");
	press(f, BT_KEY_ENTER);
	assert_int_equal(f->saves, 1);
	assert_string_equal(f->saved, "my.ini");
	free_fixture(f);
}

static void click(struct fixture *f, int x, int y)
{
	f->screen.mouse = (struct bt_mouse){ BT_MOUSE_CLICK, x, y };
	press(f, BT_KEY_MOUSE);
}

static void clicks_choose(void **state)
{
	struct fixture *f = new_fixture();

	(void)state;
	free(drawn(f, 80, 24, false));
	click(f, 4, 2);
	assert_int_equal(f->launch.workload, 0);
	click(f, 40, 4); /* the second option; the first row is a heading */
	assert_int_equal(f->launch.focus, BT_LAUNCH_OPTIONS);
	assert_int_equal(f->launch.at, 1);
	assert_null(f->screen.prompt.ops);
	click(f, 40, 4);
	assert_non_null(f->screen.prompt.ops);
	free_fixture(f);
}

static void values_stay_when_another_workload_is_chosen(void **state)
{
	struct fixture *f = new_fixture();

	(void)state;
	press(f, 'j');
	assert_int_equal(f->launch.workload, 2);
	assert_string_equal(bt_launch_get(&f->launch, "rate"), "100");
	assert_non_null(strstr(f->launch.command, "bitcoin.block.with.a.long.name"));
	press(f, 'G');
	press(f, 'j');
	assert_int_equal(f->launch.workload, 3);
	free_fixture(f);
}

static void values_of_any_number_and_length_are_kept_whole(void **state)
{
	struct fixture *f = new_fixture();
	char *text = malloc(200001), name[20];
	unsigned i;

	(void)state;
	memset(text, 'x', 200000);
	text[200000] = '\0';
	assert_true(bt_launch_set(&f->launch, "body", text));
	assert_string_equal(bt_launch_get(&f->launch, "body"), text);
	for (i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "option-%u", i);
		assert_true(bt_launch_set(&f->launch, name, "1"));
	}
	assert_true(bt_launch_set(&f->launch, "option-7", NULL));
	assert_null(bt_launch_given(&f->launch, "option-7"));
	assert_true(bt_launch_set(&f->launch, "option-8", ""));
	assert_string_equal(bt_launch_given(&f->launch, "option-8"), "");
	assert_string_equal(bt_launch_get(&f->launch, "rate"), "100");
	free(text);
	free_fixture(f);
}

/* F1 and F10 are what they are elsewhere; what does not fit into the help can be scrolled to. */
static void the_help_can_be_scrolled(void **state)
{
	struct fixture *f = new_fixture();
	char *text;
	int i;

	(void)state;
	press(f, BT_KEY_F1);
	text = drawn(f, 60, 14, false);
	assert_non_null(strstr(text, "start the run"));
	assert_non_null(strstr(text, "more"));
	assert_null(strstr(text, "on a chart: a pause"));
	free(text);
	for (i = 0; i < 100; i++)
		press(f, 'j');
	text = drawn(f, 60, 14, false);
	assert_null(strstr(text, "start the run"));
	assert_null(strstr(text, "more"));
	assert_non_null(strstr(text, "on a chart: a pause"));
	free(text);
	press(f, BT_KEY_F1 + 9);
	assert_ptr_equal(f->screen.view, &bt_view_launch);
	press(f, BT_KEY_F1 + 9);
	assert_int_equal(f->screen.ask, BT_ASK_LEAVE);
	free_fixture(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(screens_are_as_agreed),
		cmocka_unit_test(a_long_reason_takes_both_rows),
		cmocka_unit_test(every_size_can_be_drawn),
		cmocka_unit_test(a_typed_value_is_taken_or_refused_with_the_reason),
		cmocka_unit_test(choices_and_switches_are_turned),
		cmocka_unit_test(what_is_wrong_cannot_be_started),
		cmocka_unit_test(it_is_saved_where_the_user_says),
		cmocka_unit_test(clicks_choose),
		cmocka_unit_test(the_help_can_be_scrolled),
		cmocka_unit_test(values_stay_when_another_workload_is_chosen),
		cmocka_unit_test(values_of_any_number_and_length_are_kept_whole),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
