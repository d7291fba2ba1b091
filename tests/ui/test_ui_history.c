/* The history, the trend and the comparison: their screens whole, what keys do in them, and what
 * they keep. */
#include "cm.h"

#include <locale.h>
#include <math.h>
#include <time.h>

#include "base/rng.h"
#include "ui_golden.h"
#include "ui/launcher.h"
#include "ui/view_history.h"
#include "ui_history.h"

struct fixture {
	struct bt_columns columns;
	struct bt_trendline trend;
	struct bt_launch launch; /* only whether there is one shows here */
	struct bt_screen screen;
};

static struct fixture *new_fixture(size_t runs)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->screen.columns = &f->columns;
	f->screen.trend = &f->trend;
	f->screen.view = &bt_view_history;
	f->screen.history.has_store = true;
	f->screen.page = 10;
	f->screen.w = 120;
	f->screen.h = 36;
	if (runs)
		fake_history(&f->screen.history, runs);
	return f;
}

static void free_fixture(struct fixture *f)
{
	bt_history_fini(&f->screen.history);
	bt_versus_close(f->screen.versus);
	free(f);
}

static enum bt_ask press(struct fixture *f, int ch)
{
	f->screen.ask = BT_ASK_NONE;
	bt_screen_key(&f->screen, ch);
	return f->screen.ask;
}

static void type(struct fixture *f, const char *keys)
{
	while (*keys)
		press(f, *keys++);
}

/* The number of the run under the cursor; 0: none. */
static uint64_t run_at(const struct fixture *f)
{
	const struct bt_run_row *row = bt_history_row(&f->screen.history, f->screen.history.at);

	return row ? row->id : 0;
}

static void fill_preview(struct bt_preview *p, uint64_t id)
{
	*p = (struct bt_preview){ .id = id,
		.any_thresholds = true,
		.latency = { 100000, 9e5, { 810000, 1200000, 1500000, 2300000, 4100000 }, 9900000 },
		.offered = 123456,
		.completed = 123000,
		.failed = 456,
		.errors = { { "no-answer", 400 }, { "refused", 56 } },
		.n_errors = 2,
		.n = 120 };
	strcpy(p->command,
		"benchtop run bitcoin.block --rate 1400 --duration 2m --tag release=0.1 "
		"--threshold 'p99<2ms'");
	strcpy(p->thresholds, "p99<2ms");
	strcpy(p->reasons, "own CPU 86 % of what it may use: offered load may be late");
	for (unsigned i = 0; i < p->n; i++)
		p->rate[i] = i < 20 ? 70.0 * i : 1400 + 60 * sin(i / 5.0);
}

/* Two sides of n runs, the second `times` as slow; few runs are held together by their seconds as
 * well. */
static struct bt_versus *fake_versus(size_t n, double times)
{
	struct bt_versus *v = calloc(1, sizeof(*v));
	struct bt_compare_conf conf = { .floor = 0.01 };
	struct bt_rng rng;

	assert_non_null(v);
	bt_rng_init(&rng, 3);
	v->length_ns = 60 * BT_NS_PER_S;
	for (unsigned k = 0; k < 2; k++) {
		struct bt_versus_side *side = &v->sides[k];
		double factor = k ? times : 1;

		bt_trials_init(&v->trials[k], k ? "group=after" : "group=before");
		bt_hist_init(&side->latency);
		for (size_t i = 0; i < n; i++) {
			struct bt_trial *trial = &v->trials[k].v[v->trials[k].n++];

			*trial = (struct bt_trial){ .run = 12 + i + 10 * k, .ended = true };
			for (unsigned fig = 0; fig < bt_figures_compared(); fig++)
				trial->v[fig] = NAN;
			trial->v[BT_FIG_THROUGHPUT] = 1000 * exp(0.004 * bt_rng_normal(&rng));
			for (unsigned q = BT_FIG_P50; q <= BT_FIG_P999; q++)
				trial->v[q] =
					factor * 1e6 * (1 + q) * exp(0.02 * bt_rng_normal(&rng));
			trial->v[BT_FIG_MEMORY] = 4e7;
			trial->v[BT_FIG_ERRORS] = 0.001;
		}
		for (unsigned i = 0; i < 100000; i++)
			bt_hist_add(&side->latency,
				(uint64_t)(factor * 1e6 * exp(0.6 * bt_rng_normal(&rng))), 1);
		for (unsigned i = 0; i < BT_VERSUS_POINTS; i++)
			side->rate[i] = k && i > 200 ? NAN : 1000 / factor + 50 * sin(i / 9.0);
	}
	bt_compare(&v->comparison, &v->trials[0], &v->trials[1], &conf);
	v->differences[v->n_differences++] =
		(struct bt_difference){ "--threads-per-block", "1", "2", true };
	v->differences[v->n_differences++] =
		(struct bt_difference){ "commit", "0a1b2c3d4e5f", "99887766aabb", false };
	v->differences[v->n_differences++] =
		(struct bt_difference){ "kernel", "6.1.0-28-amd64", "6.1.0-31-amd64", false };
	return v;
}

enum scene {
	HISTORY,
	FILTERED,
	TYPING,
	MARKED,
	SORTING,
	DELETED,
	ASKING,
	EMPTY,
	NONE,
	BROKEN,
	NOTHING_MEANT,
	HELP,
	TREND,
	TREND_FEW,
	COMPARE,
	COMPARE_SAME,
	COMPARE_FEW,
};

static void set_filter(struct fixture *f, const char *text)
{
	bt_history_filter(&f->screen.history, text);
}

static void set_history_scene(struct fixture *f, enum scene scene)
{
	struct bt_history *history = &f->screen.history;

	fake_history(history, 300);
	history->at = 30;
	if (scene == FILTERED)
		set_filter(f, "workload:bitcoin release");
	if (scene == NOTHING_MEANT)
		set_filter(f, "workload:bitcoin p99>1h");
	if (scene == MARKED || scene == DELETED || scene == ASKING)
		type(f, " jj  ");
	if (scene == TYPING)
		type(f, "/workload:bitcoin p99>");
	if (scene == SORTING)
		type(f, "sjj");
	if (scene == DELETED || scene == ASKING)
		press(f, 'd');
	if (scene == ASKING)
		press(f, 'q');
	if (scene == HELP)
		press(f, '?');
	fill_preview(&history->preview, run_at(f));
}

static void set_scene(struct fixture *f, enum scene scene)
{
	struct bt_history *history = &f->screen.history;

	history->has_store = scene != NONE;
	if (scene != EMPTY && scene != NONE)
		f->screen.launch = &f->launch;
	if (scene == BROKEN)
		strcpy(history->problem,
			"history.db: made by a newer benchtop (schema 9, this one knows 1)");
	if (scene == EMPTY || scene == NONE || scene == BROKEN)
		return;
	if (scene < TREND) {
		set_history_scene(f, scene);
	} else if (scene == TREND || scene == TREND_FEW) {
		fake_course(history, scene == TREND ? 90 : 7);
		press(f, 'g');
	} else {
		fake_history(history, 30);
		f->screen.versus = scene == COMPARE ? fake_versus(6, 1.3)
			: scene == COMPARE_SAME     ? fake_versus(6, 1)
						    : fake_versus(2, 1.3);
		f->screen.view = &bt_view_compare;
	}
}

static const struct screen_case {
	const char *name;
	int w, h;
	enum scene scene;
	bool ascii, mono;
} cases[] = {
	{ "history-80x24", 80, 24, HISTORY, false, false },
	{ "history-80x24-mono", 80, 24, HISTORY, false, true },
	{ "history-120x36", 120, 36, HISTORY, false, false },
	{ "history-200x60", 200, 60, HISTORY, false, false },
	{ "history-41x12", 41, 12, HISTORY, false, false },
	{ "history-ascii-80x24", 80, 24, HISTORY, true, false },
	{ "history-ascii-120x36", 120, 36, HISTORY, true, false },
	{ "history-filtered-80x24", 80, 24, FILTERED, false, false },
	{ "history-typing-80x24", 80, 24, TYPING, false, false },
	{ "history-marked-80x24", 80, 24, MARKED, false, false },
	{ "history-sorting-80x24", 80, 24, SORTING, false, false },
	{ "history-sorting-41x12", 41, 12, SORTING, false, false },
	{ "history-deleted-80x24", 80, 24, DELETED, false, false },
	{ "history-asking-80x24", 80, 24, ASKING, false, false },
	{ "history-asking-30x8", 30, 8, ASKING, false, false },
	{ "history-empty-80x24", 80, 24, EMPTY, false, false },
	{ "history-none-80x24", 80, 24, NONE, false, false },
	{ "history-broken-80x24", 80, 24, BROKEN, false, false },
	{ "history-nothing-meant-80x24", 80, 24, NOTHING_MEANT, false, false },
	{ "history-help-80x24", 80, 24, HELP, false, false },
	{ "trend-80x24", 80, 24, TREND, false, false },
	{ "trend-80x24-mono", 80, 24, TREND, false, true },
	{ "trend-120x36", 120, 36, TREND, false, false },
	{ "trend-200x60", 200, 60, TREND, false, false },
	{ "trend-41x12", 41, 12, TREND, false, false },
	{ "trend-ascii-80x24", 80, 24, TREND, true, false },
	{ "trend-few-80x24", 80, 24, TREND_FEW, false, false },
	{ "compare-80x24", 80, 24, COMPARE, false, false },
	{ "compare-80x24-mono", 80, 24, COMPARE, false, true },
	{ "compare-120x36", 120, 36, COMPARE, false, false },
	{ "compare-200x60", 200, 60, COMPARE, false, false },
	{ "compare-41x12", 41, 12, COMPARE, false, false },
	{ "compare-ascii-120x36", 120, 36, COMPARE, true, false },
	{ "compare-same-120x36", 120, 36, COMPARE_SAME, false, false },
	{ "compare-few-80x24", 80, 24, COMPARE_FEW, false, false },
};

static void screens_are_as_agreed(void **state BT_UNUSED)
{
	for (size_t i = 0; i < BT_LEN(cases); i++) {
		const struct screen_case *c = &cases[i];
		struct fixture *f = new_fixture(0);
		struct bt_grid grid;

		set_scene(f, c->scene);
		assert_int_equal(bt_grid_init(&grid, c->w, c->h, c->ascii, NULL), 0);
		bt_screen_draw(&grid, &f->screen);
		if (c->mono)
			golden_attributes(&grid);
		golden_compare(c->name, &grid);
		bt_grid_fini(&grid);
		free_fixture(f);
	}
}

/* Bounds are the sanitizer's to check; text of a grid with ASCII only is checked here. */
static void every_size_can_be_drawn(void **state BT_UNUSED)
{
	static const enum scene scenes[] = { HISTORY, SORTING, ASKING, TREND, COMPARE };
	struct bt_grid grid;

	for (size_t i = 0; i < BT_LEN(scenes); i++) {
		struct fixture *f = new_fixture(0);

		set_scene(f, scenes[i]);
		for (int w = 1; w <= 150; w += 7)
			for (int h = 1; h <= 50; h += 3) {
				assert_int_equal(bt_grid_init(&grid, w, h, true, NULL), 0);
				f->screen.history.pane = h % 2 ? BT_PANE_ON : BT_PANE_FITS;
				bt_screen_draw(&grid, &f->screen);
				for (int cell = 0; cell < w * h; cell++)
					assert_in_range(grid.cells[cell].ch, ' ', '~');
				bt_grid_fini(&grid);
			}
		free_fixture(f);
	}
}

static void ten_thousand_rows_draw_like_ten(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(10000);
	struct bt_grid grid;
	char *text;

	assert_int_equal(bt_grid_init(&grid, 120, 36, false, NULL), 0);
	press(f, BT_KEY_END);
	bt_screen_draw(&grid, &f->screen);
	text = bt_grid_text(&grid);
	assert_non_null(strstr(text, "10,000 runs"));
	assert_non_null(strstr(text, "\n     1  "));
	free(text);
	bt_grid_fini(&grid);
	free_fixture(f);
}

static void the_cursor_stays_in_the_list(void **state BT_UNUSED)
{
	static const struct {
		int ch;
		size_t at;
	} steps[] = { { 'k', 0 }, { 'j', 1 }, { BT_KEY_DOWN, 2 }, { BT_KEY_UP, 1 },
		{ BT_KEY_PGDN, 11 }, { BT_KEY_END, 99 }, { 'j', 99 }, { BT_KEY_PGDN, 99 },
		{ BT_KEY_PGUP, 89 }, { BT_KEY_HOME, 0 }, { 'G', 99 }, { BT_KEY_HOME, 0 },
		{ BT_KEY_PGUP, 0 } };
	struct fixture *f = new_fixture(100);

	for (size_t i = 0; i < BT_LEN(steps); i++) {
		press(f, steps[i].ch);
		assert_int_equal(f->screen.history.at, steps[i].at);
	}
	assert_int_equal(press(f, BT_KEY_ENTER), BT_ASK_OPEN);
	assert_int_equal(press(f, 'p'), BT_ASK_REPLAY);
	assert_int_equal(press(f, 'n'), BT_ASK_LAUNCH);
	free_fixture(f);
}

static void keys_of_runs_do_nothing_without_runs(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(0);

	type(f, "jkG dutgcpv/x");
	press(f, BT_KEY_ESC);
	assert_int_equal(press(f, BT_KEY_ENTER), BT_ASK_NONE);
	assert_int_equal(press(f, 'p'), BT_ASK_NONE);
	assert_int_equal(press(f, 'n'), BT_ASK_LAUNCH);
	assert_ptr_equal(f->screen.view, &bt_view_history);
	assert_int_equal(press(f, 'q'), BT_ASK_LEAVE);
	free_fixture(f);
}

static void the_list_follows_the_filter_while_it_is_typed(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(100);

	type(f, "/workload:s");
	assert_int_equal(f->screen.history.n, 25);
	assert_int_equal(run_at(f), 99);
	type(f, " p99>");
	assert_int_equal(f->screen.history.n, 25); /* what is not yet a word does not count */
	assert_int_equal(press(f, BT_KEY_ENTER), BT_ASK_NONE);
	assert_non_null(f->screen.prompt.ops); /* refused */
	assert_non_null(strstr(f->screen.message, "'p99>'"));
	type(f, "5ms");
	press(f, BT_KEY_ENTER);
	assert_null(f->screen.prompt.ops);
	assert_int_equal(f->screen.history.n, 18);
	press(f, '/');
	type(f, " nothing");
	assert_int_equal(f->screen.history.n, 0);
	press(f, BT_KEY_ESC); /* as it was before */
	assert_string_equal(f->screen.history.filter, "workload:s p99>5ms");
	assert_int_equal(f->screen.history.n, 18);
	press(f, BT_KEY_ESC);
	assert_int_equal(f->screen.history.n, 100);
	free_fixture(f);
}

/* The numbers of the first rows in the order of the screen. */
static void expect_order(const struct fixture *f, const uint64_t *ids, size_t n)
{
	for (size_t i = 0; i < n; i++)
		assert_int_equal(bt_history_row(&f->screen.history, i)->id, ids[i]);
}

static void sort_by(struct fixture *f, const char *name)
{
	press(f, 's');
	assert_ptr_equal(f->screen.view, &bt_view_sort);
	while (f->screen.history.choosing > 0)
		press(f, 'k');
	while (strcmp(bt_field(f->screen.history.choosing).name, name) != 0)
		press(f, 'j');
	press(f, BT_KEY_ENTER);
	assert_ptr_equal(f->screen.view, &bt_view_history);
}

static void any_column_sorts_both_ways(void **state BT_UNUSED)
{
	struct bt_fields fields;
	struct fixture *f = new_fixture(20);

	sort_by(f, "op/s");
	expect_order(f, (const uint64_t[]){ 1, 2, 3 }, 3);
	sort_by(f, "op/s");
	expect_order(f, (const uint64_t[]){ 20, 19, 18 }, 3);
	sort_by(f, "workload");
	expect_order(f, (const uint64_t[]){ 20, 16, 12, 8, 4, 17 }, 6); /* equal: newest first */
	sort_by(f, "run");
	expect_order(f, (const uint64_t[]){ 20, 19 }, 2);
	sort_by(f, "run");
	expect_order(f, (const uint64_t[]){ 1, 2 }, 2);
	bt_fields_of(&fields);
	for (size_t i = 0; i < fields.n; i++)
		sort_by(f, fields.v[i].name);
	free_fixture(f);
}

static void expect_shown(struct fixture *f, const char *words)
{
	struct bt_grid grid;
	char *text;

	assert_int_equal(bt_grid_init(&grid, 120, 36, false, NULL), 0);
	bt_screen_draw(&grid, &f->screen);
	text = bt_grid_text(&grid);
	if (!strstr(text, words))
		fail_msg("no '%s' in %s", words, text);
	free(text);
	bt_grid_fini(&grid);
}

static void runs_from_before_1970_sort_as_the_oldest(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(20);
	struct bt_run_row *rows = f->screen.history.list.rows;

	rows[4].started_wall_ns = (uint64_t)INT64_MIN;
	rows[7].started_wall_ns = -UINT64_C(3600) * BT_NS_PER_S;
	rows[2].started_wall_ns = INT64_MAX;
	sort_by(f, "started"); /* the newest first */
	expect_order(f, (const uint64_t[]){ 18, 20, 19 }, 3);
	expect_shown(f, "Apr 11  2262");
	expect_shown(f, "Sep 21  1677");
	expect_shown(f, "Dec 31  1969");
	sort_by(f, "started");
	expect_order(f, (const uint64_t[]){ 16, 13, 1 }, 3);
	free_fixture(f);
}

static void what_is_not_known_sorts_last(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(20);

	sort_by(f, "peak"); /* every fifth has none */
	expect_order(f, (const uint64_t[]){ 1, 2 }, 2);
	assert_int_equal(bt_history_row(&f->screen.history, 19)->id, 5);
	sort_by(f, "peak");
	expect_order(f, (const uint64_t[]){ 19, 18 }, 2);
	assert_int_equal(bt_history_row(&f->screen.history, 19)->id, 5);
	free_fixture(f);
}

static void deleting_is_undone_deletion_by_deletion(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(20);
	struct bt_history *history = &f->screen.history;
	uint64_t ids[20];

	press(f, 'd'); /* the newest goes on */
	assert_non_null(strstr(f->screen.message, "cannot be deleted"));
	assert_int_equal(history->n, 20);
	type(f, "jd");
	assert_int_equal(history->n, 19);
	assert_int_equal(run_at(f), 18);
	type(f, "  d"); /* two marked ones */
	assert_int_equal(history->n, 17);
	assert_int_equal(bt_history_n_deleted(history), 3);
	bt_history_deleted(history, ids);
	assert_true(ids[0] == 19 && ids[1] == 18 && ids[2] == 17);
	press(f, 'u');
	assert_int_equal(history->n, 19);
	press(f, 'u');
	assert_int_equal(history->n, 20);
	press(f, 'u');
	assert_string_equal(f->screen.message, "nothing is deleted");
	free_fixture(f);
}

static void leaving_asks_before_runs_are_deleted(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(20);

	type(f, "jd");
	assert_int_equal(press(f, 'q'), BT_ASK_NONE);
	assert_true(f->screen.deleting);
	assert_int_equal(press(f, BT_KEY_ENTER), BT_ASK_NONE); /* no accident deletes */
	assert_int_equal(press(f, BT_KEY_ESC), BT_ASK_NONE);
	assert_false(f->screen.deleting);
	press(f, 'q');
	assert_int_equal(press(f, 'n'), BT_ASK_LEAVE);
	press(f, 'q');
	assert_int_equal(press(f, 'y'), BT_ASK_DELETE);
	assert_int_equal(f->screen.ask_after, BT_ASK_LEAVE);
	type(f, "u");
	assert_int_equal(press(f, 'q'), BT_ASK_LEAVE); /* nothing to ask */
	free_fixture(f);
}

/* When the list is read anew, with two more runs and one less. */
static void marks_and_deletions_stay_with_their_runs(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(20);
	struct bt_history *history = &f->screen.history;
	struct bt_run_list list = { .n = 21 };

	history->at = 2; /* run 18 */
	press(f, ' ');
	history->at = 4;
	history->states[9].marked = true; /* run 11, which goes */
	bt_history_go_to(history, 15);
	history->states[5].deleted = ++history->deletions;
	bt_history_refresh(history);
	bt_history_go_to(history, 12);
	list.rows = calloc(list.n, sizeof(*list.rows));
	for (uint64_t id = 22, i = 0; id > 0; id--)
		if (id != 11)
			list.rows[i++] = (struct bt_run_row){
				.id = id, .workload = "sim", .status = "ended"
			};
	assert_int_equal(bt_history_take(history, &list, FAKE_NOW, NULL), 0);
	assert_int_equal(run_at(f), 12);
	assert_int_equal(bt_history_n_marked(history), 1);
	assert_true(history->states[4].marked); /* run 18 */
	assert_int_equal(bt_history_n_deleted(history), 1);
	press(f, 'u');
	assert_int_equal(run_at(f), 15);
	free_fixture(f);
}

static void tags_are_edited_as_they_are(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(20);

	type(f, "jjjt");
	assert_string_equal(f->screen.prompt.text, "release=0.1 host=ci");
	type(f, " x=1");
	assert_int_equal(press(f, BT_KEY_ENTER), BT_ASK_TAGS);
	assert_string_equal(f->screen.history.tags, "release=0.1 host=ci x=1");
	assert_int_equal(run_at(f), 17);
	free_fixture(f);
}

static void tags_that_would_be_cut_are_not_edited(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(20);
	static char tags[BT_PROMPT_MAX + 1];

	memset(tags, 'x', sizeof(tags));
	tags[1] = '=';
	tags[sizeof(tags) - 1] = '\0';
	f->screen.history.list.rows[0].tags = tags;
	press(f, 't');
	assert_null(f->screen.prompt.ops);
	assert_non_null(strstr(f->screen.message, "too long"));
	free_fixture(f);
}

/* Sides. */

static void set_tags(struct fixture *f, uint64_t id, const char *tags)
{
	bt_history_go_to(&f->screen.history, id);
	f->screen.history.list.rows[f->screen.history.at].tags = tags;
}

static void mark(struct fixture *f, uint64_t id)
{
	bt_history_go_to(&f->screen.history, id);
	press(f, ' ');
}

static void expect_sides(struct fixture *f, const char *a, const char *b)
{
	char text[400];

	assert_int_equal(press(f, 'c'), BT_ASK_COMPARE);
	for (unsigned k = 0; k < 2; k++) {
		const struct bt_side *side = &f->screen.sides[k];

		snprintf(text, sizeof(text), "%s:", side->name);
		for (size_t i = 0; i < side->n; i++)
			snprintf(text + strlen(text), sizeof(text) - strlen(text), " %llu",
				(unsigned long long)side->ids[i]);
		assert_string_equal(text, k ? b : a);
	}
}

static void two_marked_runs_are_compared_the_older_first(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(20);

	mark(f, 15);
	mark(f, 8);
	expect_sides(f, "run 8: 8", "run 15: 15");
	free_fixture(f);
}

static void without_marks_the_run_before_of_its_kind_is_taken(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(20);

	bt_history_go_to(&f->screen.history, 18); /* kind 2: 18, 14, 10 … */
	expect_sides(f, "run 14: 14", "run 18: 18");
	bt_history_go_to(&f->screen.history, 19); /* of that kind all were stopped */
	assert_int_equal(press(f, 'c'), BT_ASK_NONE);
	assert_non_null(strstr(f->screen.message, "mark two runs"));
	free_fixture(f);
}

static void one_mark_is_compared_with_the_cursor(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(20);

	mark(f, 12);
	bt_history_go_to(&f->screen.history, 12);
	assert_int_equal(press(f, 'c'), BT_ASK_NONE);
	assert_non_null(strstr(f->screen.message, "mark a second run"));
	bt_history_go_to(&f->screen.history, 5);
	expect_sides(f, "run 5: 5", "run 12: 12");
	free_fixture(f);
}

static void a_trial_stands_for_its_group(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(20);

	for (uint64_t id = 1; id <= 3; id++)
		set_tags(f, id, "group=old trial=1");
	for (uint64_t id = 7; id <= 9; id++)
		set_tags(f, id, "x=1 group=new");
	mark(f, 2);
	mark(f, 9);
	expect_sides(f, "group=old: 1 2 3", "group=new: 7 8 9");
	mark(f, 9);
	mark(f, 3); /* two trials of one group are two runs */
	expect_sides(f, "run 2: 2", "run 3: 3");
	free_fixture(f);
}

static void many_marks_are_parted_by_what_they_differ_in(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(20);

	mark(f, 20); /* commits 0a1b2c3d4e5f, 99887766aabb, 0a1b2c3d4e5f, none */
	mark(f, 18);
	mark(f, 17);
	expect_sides(f, "commit=0a1b2c3d4e5f: 17 20", "commit=99887766aabb: 18");
	mark(f, 19);
	assert_int_equal(press(f, 'c'), BT_ASK_NONE);
	assert_non_null(strstr(f->screen.message, "4 runs are marked"));
	set_tags(f, 20, "build=b");
	set_tags(f, 19, "y=1 build=a");
	set_tags(f, 18, "build=b z=2");
	set_tags(f, 17, "build=a");
	expect_sides(f, "build=a: 17 19", "build=b: 18 20");
	press(f, 'U');
	assert_int_equal(bt_history_n_marked(&f->screen.history), 0);
	free_fixture(f);
}

static void long_tags_are_told_apart_by_their_ends(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(20);
	static char tags[2][3000];

	for (unsigned k = 0; k < 2; k++) {
		memset(tags[k], 'x', sizeof(tags[k]) - 1);
		memcpy(tags[k], "build=", 6);
		tags[k][sizeof(tags[k]) - 2] = k ? 'b' : 'a';
	}
	for (uint64_t id = 17; id <= 20; id++) {
		set_tags(f, id, tags[id > 18]);
		f->screen.history.list.rows[f->screen.history.at].commit = "";
		mark(f, id);
	}
	assert_int_equal(press(f, 'c'), BT_ASK_COMPARE);
	assert_int_equal(f->screen.sides[0].n, 2);
	assert_int_equal(f->screen.sides[0].ids[1], 18);
	assert_int_equal(f->screen.sides[1].n, 2);
	assert_non_null(strstr(f->screen.sides[0].name, "…"));
	free_fixture(f);
}

/* Trend. */

static void a_trend_is_of_one_kind_and_machine_unless_told(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(0);

	fake_course(&f->screen.history, 90);
	press(f, 'g');
	assert_ptr_equal(f->screen.view, &bt_view_trend);
	assert_string_equal(bt_field(f->trend.field).name, "p99");
	assert_int_equal(f->trend.n, 78); /* ten of the laptop; one stopped, one invalid */
	assert_int_equal(f->trend.left_out, 2);
	press(f, 'a');
	assert_int_equal(f->trend.n, 88);
	press(f, 'a');
	assert_int_equal(f->trend.n, 88);
	press(f, 'a');
	assert_int_equal(f->trend.n, 78);
	free_fixture(f);
}

static void a_trend_marks_where_it_changed(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(0);
	const struct bt_change *c = f->trend.changes;
	const struct bt_run_row *rows;

	fake_course(&f->screen.history, 90);
	press(f, 'g');
	rows = f->screen.history.list.rows;
	assert_int_equal(f->trend.n_changes, 2);
	assert_int_equal(rows[f->trend.rows[c[0].at]].id, 31);
	assert_int_equal(rows[f->trend.rows[c[1].at]].id, 61);
	assert_true(c[0].after / c[0].before > 1.8 && c[0].after / c[0].before < 2.2);
	free_fixture(f);
}

static void keys_of_the_trend_move_and_open(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(0);

	fake_course(&f->screen.history, 90);
	f->screen.history.at = 1;
	press(f, 'g');
	assert_int_equal(f->trend.at, 76); /* the run that it was begun with */
	type(f, "hh");
	assert_int_equal(f->trend.at, 74);
	press(f, BT_KEY_HOME);
	press(f, 'h');
	assert_int_equal(f->trend.at, 0);
	press(f, BT_KEY_END);
	press(f, 'l');
	assert_int_equal(f->trend.at, 77);
	press(f, 'j');
	assert_string_equal(bt_field(f->trend.field).name, "errors");
	type(f, "kk");
	assert_string_equal(bt_field(f->trend.field).name, "p50");
	press(f, BT_KEY_HOME);
	press(f, BT_KEY_ESC);
	assert_ptr_equal(f->screen.view, &bt_view_history);
	assert_int_equal(run_at(f), 1); /* where the trend was left */
	press(f, 'g');
	assert_int_equal(press(f, BT_KEY_ENTER), BT_ASK_OPEN);
	free_fixture(f);
}

/* More runs than a trend looks at: the newest. */
static void a_trend_of_thousands_looks_at_the_newest(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(0);

	fake_course(&f->screen.history, 3000);
	press(f, 'g');
	assert_int_equal(f->trend.n, BT_CHANGE_MAX);
	assert_true(f->trend.older > 2000);
	assert_int_equal(f->screen.history.list.rows[f->trend.rows[f->trend.n - 1]].id, 3000);
	free_fixture(f);
}

static void a_comparison_is_turned_round(void **state BT_UNUSED)
{
	struct fixture *f = new_fixture(20);

	f->screen.versus = fake_versus(2, 1);
	f->screen.view = &bt_view_compare;
	strcpy(f->screen.sides[0].name, "a");
	strcpy(f->screen.sides[1].name, "b");
	assert_int_equal(press(f, 'x'), BT_ASK_COMPARE);
	assert_string_equal(f->screen.sides[0].name, "b");
	press(f, BT_KEY_ESC);
	assert_ptr_equal(f->screen.view, &bt_view_history);
	free_fixture(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(screens_are_as_agreed),
		cmocka_unit_test(every_size_can_be_drawn),
		cmocka_unit_test(ten_thousand_rows_draw_like_ten),
		cmocka_unit_test(the_cursor_stays_in_the_list),
		cmocka_unit_test(keys_of_runs_do_nothing_without_runs),
		cmocka_unit_test(the_list_follows_the_filter_while_it_is_typed),
		cmocka_unit_test(any_column_sorts_both_ways),
		cmocka_unit_test(runs_from_before_1970_sort_as_the_oldest),
		cmocka_unit_test(what_is_not_known_sorts_last),
		cmocka_unit_test(deleting_is_undone_deletion_by_deletion),
		cmocka_unit_test(leaving_asks_before_runs_are_deleted),
		cmocka_unit_test(marks_and_deletions_stay_with_their_runs),
		cmocka_unit_test(tags_are_edited_as_they_are),
		cmocka_unit_test(tags_that_would_be_cut_are_not_edited),
		cmocka_unit_test(two_marked_runs_are_compared_the_older_first),
		cmocka_unit_test(without_marks_the_run_before_of_its_kind_is_taken),
		cmocka_unit_test(one_mark_is_compared_with_the_cursor),
		cmocka_unit_test(a_trial_stands_for_its_group),
		cmocka_unit_test(many_marks_are_parted_by_what_they_differ_in),
		cmocka_unit_test(long_tags_are_told_apart_by_their_ends),
		cmocka_unit_test(a_trend_is_of_one_kind_and_machine_unless_told),
		cmocka_unit_test(a_trend_marks_where_it_changed),
		cmocka_unit_test(keys_of_the_trend_move_and_open),
		cmocka_unit_test(a_trend_of_thousands_looks_at_the_newest),
		cmocka_unit_test(a_comparison_is_turned_round),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	setenv("TZ", "UTC", 1);
	tzset();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
