/*
 * Whole screens against text in tests/golden. Verdicts are set by hand, so that how this test was
 * built does not show.
 */
#include "cm.h"

#include <locale.h>
#include <math.h>
#include <time.h>

#include "judge/threshold.h"
#include "ui_golden.h"
#include "ui_run.h"
#include "ui/view.h"

enum scene { LIVE, ASKED, STORED, QUESTION, HELP };

struct screen_case {
	const char *name;
	int w, h;
	const struct fake_conf *conf;
	unsigned ticks; /* snapshots before it is drawn */
	enum scene scene;
	bool ascii;
	const char *notice, *doubt; /* doubt: why the measurement is degraded */
};

static const struct fake_conf paused = { .open_loop = true,
	.steps = 12,
	.rate = 200,
	.capacity = 1500,
	.hold_ns = 5 * BT_NS_PER_S,
	.tick_ns = 100 * BT_NS_PER_MS,
	.pause_from_ns = 12 * BT_NS_PER_S,
	.pause_to_ns = 18 * BT_NS_PER_S };
static const struct fake_conf long_names = { .open_loop = true,
	.errors = true,
	.long_names = true,
	.rate = 500,
	.capacity = 900,
	.hold_ns = 30 * BT_NS_PER_S,
	.tick_ns = 100 * BT_NS_PER_MS };

#define ALL UINT32_MAX
static const struct screen_case cases[] = {
	{ "starting-80x24", 80, 24, &fake_ramp, 0, LIVE, false, NULL, NULL },
	{ "ramp-80x24", 80, 24, &fake_ramp, 372, LIVE, false, NULL, NULL },
	{ "ramp-120x36", 120, 36, &fake_ramp, 372, LIVE, false, NULL, NULL },
	{ "ramp-200x60", 200, 60, &fake_ramp, 372, LIVE, false, NULL, NULL },
	{ "ramp-41x12", 41, 12, &fake_ramp, 372, LIVE, false, NULL, NULL },
	{ "ramp-50x40", 50, 40, &fake_ramp, 372, LIVE, false, NULL, NULL },
	{ "ramp-300x13", 300, 13, &fake_ramp, 372, LIVE, false, NULL, NULL },
	{ "ramp-39x11", 39, 11, &fake_ramp, 372, LIVE, false, NULL, NULL },
	{ "ramp-ascii-80x24", 80, 24, &fake_ramp, 372, LIVE, true, NULL, NULL },
	{ "ramp-ascii-120x36", 120, 36, &fake_ramp, 372, LIVE, true, NULL, NULL },
	{ "ended-80x24", 80, 24, &fake_ramp, ALL, LIVE, false, NULL,
		"own CPU 86 % of what it may use: offered load may be late" },
	{ "ended-120x36", 120, 36, &fake_ramp, ALL, LIVE, false, NULL,
		"own CPU 86 % of what it may use: offered load may be late" },
	{ "ended-200x60", 200, 60, &fake_ramp, ALL, LIVE, false, NULL, NULL },
	{ "closed-80x24", 80, 24, &fake_closed, 100, LIVE, false, NULL,
		"own CPU 86 % of what it may use" },
	{ "closed-120x36", 120, 36, &fake_closed, 100, LIVE, false, NULL, NULL },
	{ "errors-80x24", 80, 24, &fake_flat, 150, LIVE, false, "not being stored: disk full",
		NULL },
	{ "errors-120x36", 120, 36, &fake_flat, 150, LIVE, false, "not being stored: disk full",
		NULL },
	{ "paused-80x24", 80, 24, &paused, 150, LIVE, false, NULL, NULL },
	{ "long-names-80x24", 80, 24, &long_names, 50, LIVE, false, NULL, NULL },
	{ "long-names-120x36", 120, 36, &long_names, 50, LIVE, false, NULL, NULL },
	{ "thresholds-80x24", 80, 24, &fake_ramp, 372, ASKED, false, NULL, NULL },
	{ "thresholds-120x36", 120, 36, &fake_ramp, 372, ASKED, false, NULL, NULL },
	{ "thresholds-41x12", 41, 12, &fake_ramp, 372, ASKED, false, NULL, NULL },
	{ "stored-80x24", 80, 24, &fake_ramp, 250, STORED, false, NULL, NULL },
	{ "question-80x24", 80, 24, &fake_ramp, 372, QUESTION, false, NULL, NULL },
	{ "question-20x3", 20, 3, &fake_ramp, 372, QUESTION, false, NULL, NULL },
	{ "help-80x24", 80, 24, &fake_ramp, 1, HELP, false, NULL, NULL },
	{ "help-41x12", 41, 12, &fake_ramp, 1, HELP, false, NULL, NULL },
};

struct fixture {
	struct fake_run *run;
	struct bt_model model;
	struct bt_columns columns;
	struct bt_screen screen;
	struct bt_thresholds *thresholds;
};

static void set_verdict(struct bt_model *model, const char *doubt)
{
	memset(&model->judgement, 0, sizeof(model->judgement));
	if (!doubt)
		return;
	model->judgement.verdict = model->judgement.reasons[0].level = BT_DEGRADED;
	model->judgement.n = 1;
	snprintf(model->judgement.reasons[0].text, sizeof(model->judgement.reasons[0].text), "%s",
		doubt);
}

static void set_scene(struct fixture *f, enum scene scene)
{
	if (scene == HELP)
		bt_screen_help(&f->screen);
	f->screen.question = scene == QUESTION;
}

static const struct bt_list asked = { 1,
	{ "p99<50ms,throughput>=1k,error_rate<1%@window=10s,p99<5ms@after=10s,bytes_leaked<"
	  "10MiB" } };

static struct fixture *new_fixture(const struct screen_case *c)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct bt_snapshot *snap;
	unsigned i;

	assert_non_null(f);
	f->run = fake_start(c->conf);
	if (c->scene == STORED)
		f->run->info.status = "interrupted";
	assert_int_equal(bt_model_init(&f->model, &f->run->info, NULL), 0);
	if (c->scene == ASKED)
		assert_int_equal(
			bt_thresholds_open(&f->thresholds, &asked, &f->run->info, NULL), 0);
	f->run->info.thresholds = f->thresholds;
	for (i = 0; i < c->ticks && (snap = fake_next(f->run)) != NULL; i++) {
		bt_model_put(&f->model, snap);
		bt_thresholds_put(f->thresholds, &f->model.tally, snap);
	}
	if (c->scene == STORED)
		bt_model_end(&f->model);
	set_verdict(&f->model, c->doubt);
	f->screen.columns = &f->columns;
	*(c->scene == STORED ? &f->screen.stored : &f->screen.live) = &f->model;
	f->screen.notice = c->notice;
	bt_screen_show(&f->screen, &f->model);
	set_scene(f, c->scene);
	return f;
}

static void free_fixture(struct fixture *f)
{
	bt_model_fini(&f->model);
	bt_thresholds_close(f->thresholds);
	free(f->run);
	free(f);
}

static void draw_case(const struct screen_case *c, bool attributes)
{
	struct fixture *f = new_fixture(c);
	struct bt_grid grid;
	char name[64];

	assert_int_equal(bt_grid_init(&grid, c->w, c->h, c->ascii, NULL), 0);
	bt_screen_draw(&grid, &f->screen);
	snprintf(name, sizeof(name), "%s%s", c->name, attributes ? "-mono" : "");
	if (attributes)
		golden_attributes(&grid);
	golden_compare(name, &grid);
	bt_grid_fini(&grid);
	free_fixture(f);
}

static void screens_are_as_agreed(void **state)
{
	size_t i;

	(void)state;
	for (i = 0; i < BT_LEN(cases); i++)
		draw_case(&cases[i], false);
}

static void monochrome_screens_are_as_agreed(void **state)
{
	static const char *const names[] = { "ramp-80x24", "ended-120x36" };
	size_t i, j;

	(void)state;
	for (i = 0; i < BT_LEN(cases); i++)
		for (j = 0; j < BT_LEN(names); j++)
			if (strcmp(cases[i].name, names[j]) == 0)
				draw_case(&cases[i], true);
}

/* Bounds are the sanitizer's to check; text of a grid with ASCII only is checked here. */
static void every_size_can_be_drawn(void **state)
{
	static const struct screen_case samples[] = {
		{ "ramp", 0, 0, &fake_ramp, ALL, LIVE, false, "a notice",
			"a doubt that is longer than its place" },
		{ "long", 0, 0, &long_names, 80, QUESTION, true, NULL, NULL },
		{ "help", 0, 0, &fake_ramp, 1, HELP, false, NULL, NULL },
	};
	struct fixture *f;
	struct bt_grid grid;
	size_t i;
	int w, h, cell;

	(void)state;
	for (i = 0; i < BT_LEN(samples); i++) {
		f = new_fixture(&samples[i]);
		for (w = 1; w <= 130; w += i ? 3 : 1)
			for (h = 1; h <= 45; h += i ? 2 : 1) {
				assert_int_equal(
					bt_grid_init(&grid, w, h, samples[i].ascii, NULL), 0);
				bt_screen_draw(&grid, &f->screen);
				for (cell = 0; cell < w * h && samples[i].ascii; cell++)
					assert_in_range(grid.cells[cell].ch, ' ', '~');
				bt_grid_fini(&grid);
			}
		free_fixture(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(screens_are_as_agreed),
		cmocka_unit_test(monochrome_screens_are_as_agreed),
		cmocka_unit_test(every_size_can_be_drawn),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
