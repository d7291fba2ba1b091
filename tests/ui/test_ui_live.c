/* What the live view looks at: lenses, the cursor, windows, lists. Whole screens, and what the
 * figures in them must be. */
#include "cm.h"

#include <locale.h>
#include <math.h>

#include "judge/threshold.h"
#include "ui_golden.h"
#include "ui_run.h"
#include "ui/view.h"

struct fixture {
	struct fake_run *run;
	struct bt_model model;
	struct bt_columns columns;
	struct bt_screen screen;
	struct bt_thresholds *thresholds;
	struct bt_grid grid;
};

/* What was done by hand in these runs. */
static const struct bt_event by_hand[] = {
	{ 9000000000, BT_EV_NOTE, "cache emptied" },
	{ 14000000000, BT_EV_RATE, "600 op/s instead of 550 op/s" },
	{ 21000000000, BT_EV_SPIKE, "x2 for 3 s" },
	{ 30000000000, BT_EV_BASELINE, "10s-20s is the baseline \"release\"" },
};

static void put(struct fixture *f)
{
	struct bt_snapshot *snap = &f->run->snap;
	size_t i;

	for (i = 0; i < BT_LEN(by_hand); i++)
		if (by_hand[i].t_ns == snap->t_ns)
			snap->events[snap->n_events++] = by_hand[i];
	bt_model_put(&f->model, snap);
	bt_thresholds_put(f->thresholds, &f->model.tally, snap);
	memset(&f->model.judgement, 0, sizeof(f->model.judgement));
}

static struct fixture *new_watching(const struct fake_conf *conf, unsigned ticks, bool watched)
{
	static const struct bt_list asked = { 1, { "p99<50ms,error_rate<1%" } };
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->run = fake_start(conf);
	f->run->info.watched = watched ? "pid 4711" : NULL;
	assert_int_equal(bt_model_init(&f->model, &f->run->info, NULL), 0);
	assert_int_equal(bt_thresholds_open(&f->thresholds, &asked, &f->run->info, NULL), 0);
	f->run->info.thresholds = f->thresholds;
	while (ticks-- && fake_next(f->run))
		put(f);
	f->screen.columns = &f->columns;
	f->screen.live = &f->model;
	bt_screen_show(&f->screen, &f->model);
	return f;
}

static struct fixture *new_fixture(const struct fake_conf *conf, unsigned ticks)
{
	return new_watching(conf, ticks, false);
}

static void free_fixture(struct fixture *f)
{
	bt_grid_fini(&f->grid);
	bt_model_fini(&f->model);
	bt_thresholds_close(f->thresholds);
	free(f->run);
	free(f);
}

static void draw(struct fixture *f, int w, int h, bool ascii)
{
	bt_grid_fini(&f->grid);
	assert_int_equal(bt_grid_init(&f->grid, w, h, ascii, NULL), 0);
	bt_screen_draw(&f->grid, &f->screen);
}

/* "<" and ">" stand for the arrows, "^" for Enter, "~" for Esc, "$" for End. */
static void type(struct fixture *f, const char *keys)
{
	static const struct {
		char ch;
		int key;
	} names[] = { { '<', BT_KEY_LEFT }, { '>', BT_KEY_RIGHT }, { '^', BT_KEY_ENTER },
		{ '~', BT_KEY_ESC }, { '$', BT_KEY_END } };
	int key;
	size_t i;

	for (; *keys; keys++) {
		key = (unsigned char)*keys;
		for (i = 0; i < BT_LEN(names); i++)
			if (names[i].ch == *keys)
				key = names[i].key;
		bt_screen_key(&f->screen, key);
		draw(f, f->grid.w, f->grid.h, f->grid.ascii);
	}
}

#define TEN_LEFT "<<<<<<<<<<"

static const struct {
	const char *name;
	int w, h;
	const struct fake_conf *conf;
	bool ascii, mono;
	const char *keys;
	bool watched;
} cases[] = {
	{ "heat-80x24", 80, 24, &fake_ramp, false, true, "h", false },
	{ "heat-120x36", 120, 36, &fake_ramp, false, false, "h", false },
	{ "heat-200x60", 200, 60, &fake_ramp, false, false, "h", false },
	{ "heat-ascii-80x24", 80, 24, &fake_ramp, true, false, "h", false },
	{ "heat-41x12", 41, 12, &fake_ramp, false, false, "h", false },
	{ "spread-80x24", 80, 24, &fake_ramp, false, false, "hh", false },
	{ "spread-120x36", 120, 36, &fake_ramp, false, false, "hh", false },
	{ "spread-200x60", 200, 60, &fake_ramp, false, false, "hh", false },
	{ "spread-ascii-120x36", 120, 36, &fake_ramp, true, false, "hh", false },
	{ "split-80x24", 80, 24, &fake_ramp, false, false, "lll", false },
	{ "split-120x36", 120, 36, &fake_ramp, false, false, "lll", false },
	{ "queue-200x60", 200, 60, &fake_ramp, false, false, "ll", false },
	{ "cursor-80x24", 80, 24, &fake_ramp, false, true, TEN_LEFT, false },
	{ "cursor-120x36", 120, 36, &fake_flat, false, false, TEN_LEFT TEN_LEFT, false },
	{ "cursor-200x60", 200, 60, &fake_ramp, false, false, TEN_LEFT, false },
	{ "cursor-ascii-80x24", 80, 24, &fake_ramp, true, false, TEN_LEFT, false },
	{ "cursor-41x12", 41, 12, &fake_ramp, false, false, TEN_LEFT, false },
	{ "choosing-80x24", 80, 24, &fake_ramp, false, false, "<<<<z" TEN_LEFT, false },
	{ "zoomed-80x24", 80, 24, &fake_ramp, false, false, "<<<<z" TEN_LEFT "z", false },
	{ "zoomed-120x36", 120, 36, &fake_ramp, false, false, "<<<<z" TEN_LEFT "z", false },
	{ "zoomed-200x60", 200, 60, &fake_flat, false, false, "hz" TEN_LEFT TEN_LEFT "z", false },
	{ "worst-80x24", 80, 24, &fake_ramp, false, false, "<<^", false },
	{ "worst-120x36", 120, 36, &fake_ramp, false, true, "<<^", false },
	{ "worst-200x60", 200, 60, &fake_ramp, false, false, "<<^", false },
	{ "worst-41x12", 41, 12, &fake_ramp, false, false, "<<^", false },
	{ "events-80x24", 80, 24, &fake_ramp, false, false, "ekk", false },
	{ "events-120x36", 120, 36, &fake_ramp, false, false, "ekkk^", false },
	{ "events-200x60", 200, 60, &fake_ramp, false, false, "e", false },
	{ "events-ascii-80x24", 80, 24, &fake_ramp, true, false, "ek", false },
	{ "events-50x40", 50, 40, &fake_ramp, false, false, "ek", false },
	{ "events-300x12", 300, 12, &fake_ramp, false, false, "e", false },
	{ "prompt-80x24", 80, 24, &fake_ramp, false, false, "s", false },
	{ "prompt-41x12", 41, 12, &fake_ramp, false, false, "s", false },
	{ "refused-80x24", 80, 24, &fake_ramp, false, false, "rx^", false },
	{ "sizes-80x24", 80, 24, &fake_sizes, false, false, "", false },
	{ "sizes-120x36", 120, 36, &fake_sizes, false, true, "", false },
	{ "sizes-200x60", 200, 60, &fake_sizes, false, false, "", false },
	{ "sizes-ascii-80x24", 80, 24, &fake_sizes, true, false, "", false },
	{ "sizes-50x40", 50, 40, &fake_sizes, false, false, "", false },
	{ "watched-80x24", 80, 24, &fake_flat, false, false, "", true },
	{ "watched-120x36", 120, 36, &fake_flat, false, false, TEN_LEFT, true },
	{ "watched-200x60", 200, 60, &fake_ramp, false, false, "", true },
};

static void screens_are_as_agreed(void **state)
{
	char name[64];
	struct fixture *f;
	size_t i;

	(void)state;
	for (i = 0; i < BT_LEN(cases); i++) {
		f = new_watching(cases[i].conf, 372, cases[i].watched);
		draw(f, cases[i].w, cases[i].h, cases[i].ascii);
		type(f, cases[i].keys);
		golden_compare(cases[i].name, &f->grid);
		snprintf(name, sizeof(name), "%s-mono", cases[i].name);
		golden_attributes(&f->grid);
		if (cases[i].mono)
			golden_compare(name, &f->grid);
		free_fixture(f);
	}
}

static void the_cursor_keeps_its_time_and_stays_on_the_chart(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp, 300);
	uint64_t at_ns, from_ns, to_ns;
	unsigned i;

	(void)state;
	bt_screen_key(&f->screen, BT_KEY_LEFT); /* nothing was drawn yet */
	assert_false(f->screen.focus.cursor);
	draw(f, 120, 36, false);
	type(f, "<");
	assert_true(bt_focus_window(&f->screen, &from_ns, &to_ns));
	assert_true(from_ns < 30 * BT_NS_PER_S && to_ns >= 30 * BT_NS_PER_S - 1);
	type(f, TEN_LEFT);
	at_ns = f->screen.focus.at_ns;
	for (i = 0; i < 60; i++) {
		fake_next(f->run);
		put(f);
	}
	draw(f, 200, 60, false);
	assert_int_equal(f->screen.focus.at_ns, at_ns);
	type(f, "<");
	assert_true(f->screen.focus.at_ns < at_ns);
	for (i = 0; i < 300; i++)
		bt_screen_key(&f->screen, BT_KEY_LEFT);
	assert_true(f->screen.focus.at_ns < BT_NS_PER_S);
	type(f, "$>");
	assert_true(bt_focus_window(&f->screen, &from_ns, &to_ns));
	assert_true(to_ns >= 36 * BT_NS_PER_S - 1);
	free_fixture(f);
}

static void a_window_is_chosen_zoomed_into_and_left(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp, 300);
	struct bt_counts counts;
	uint64_t from_ns;

	(void)state;
	draw(f, 120, 36, false);
	type(f, "zz"); /* no wider than a column, which is wide enough here */
	assert_true(f->screen.focus.zoomed);
	type(f, "~");
	type(f, "z" TEN_LEFT "z");
	assert_true(f->screen.focus.zoomed && !f->screen.focus.cursor);
	assert_true(f->screen.scoped);
	assert_int_equal(f->screen.window.from_ns, f->screen.focus.from_ns);
	assert_int_equal(f->screen.window.to_ns, f->screen.focus.to_ns);
	bt_window_counts(&counts, &f->screen.window);
	assert_int_equal(bt_in_flight(&f->screen.window.before.all) + counts.offered,
		counts.completed + counts.failed + counts.expired +
			bt_in_flight(&f->screen.window.after.all));
	assert_int_equal(f->screen.window.lat[BT_RESPONSE].count, counts.completed + counts.failed);
	from_ns = f->screen.focus.from_ns;
	type(f, "z" TEN_LEFT "z"); /* deeper */
	assert_true(f->screen.focus.from_ns > from_ns);
	type(f, "<^e");
	assert_int_equal(f->screen.focus.drawer, BT_DRAWER_EVENTS);
	type(f, "~~~");
	assert_false(f->screen.focus.zoomed);
	assert_false(f->screen.scoped);
	free_fixture(f);
}

static void the_log_follows_the_newest_unless_another_is_chosen(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp, 300);

	(void)state;
	draw(f, 80, 24, false);
	type(f, "e");
	assert_int_equal(f->screen.focus.row, BT_AT_NEWEST);
	type(f, "kk");
	assert_int_equal(f->screen.focus.row, f->model.tally.n_events - 3);
	type(f, "^");
	assert_true(f->screen.focus.cursor);
	assert_true(fabs((double)f->screen.focus.at_ns -
			    (double)f->model.tally.events[f->screen.focus.row].t_ns) <=
		f->screen.focus.cell_ns);
	type(f, "jj");
	assert_int_equal(f->screen.focus.row, BT_AT_NEWEST);
	free_fixture(f);
}

static void lenses_and_times_go_round(void **state)
{
	struct fixture *f = new_fixture(&fake_closed, 100);

	(void)state;
	draw(f, 120, 36, false);
	type(f, "hhh");
	assert_int_equal(f->screen.focus.lens, BT_LENS_LINES);
	type(f, "l");
	assert_int_equal(f->screen.focus.time, BT_SERVICE);
	assert_string_equal(
		f->screen.message, "a closed loop has no queue: service time is all there is");
	free_fixture(f);
	f = new_fixture(&fake_ramp, 100);
	draw(f, 120, 36, false);
	type(f, "lll");
	assert_int_equal(f->screen.focus.time, BT_SPLIT);
	type(f, "l");
	assert_int_equal(f->screen.focus.time, BT_RESPONSE);
	free_fixture(f);
}

/* A frame in between sends only what is new: columns that are past keep their cells while the axis
 * stays. */
static void past_columns_keep_their_cells(void **state)
{
	static const char *const lenses[] = { "", "h" };
	struct fixture *f;
	struct bt_grid before;
	unsigned changed, i, cell;
	size_t k;

	(void)state;
	for (k = 0; k < BT_LEN(lenses); k++) {
		f = new_fixture(&fake_flat, 200);
		draw(f, 120, 36, false);
		type(f, lenses[k]);
		for (i = 0, changed = 0; i < 50; i++) {
			before = f->grid;
			f->grid.cells = NULL;
			fake_next(f->run);
			put(f);
			draw(f, 120, 36, false);
			for (cell = 0; cell < 120 * 36; cell++)
				changed += before.cells[cell].ch != f->grid.cells[cell].ch;
			bt_grid_fini(&before);
		}
		assert_true(changed / 50 < 250);
		free_fixture(f);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(screens_are_as_agreed),
		cmocka_unit_test(the_cursor_keeps_its_time_and_stays_on_the_chart),
		cmocka_unit_test(a_window_is_chosen_zoomed_into_and_left),
		cmocka_unit_test(the_log_follows_the_newest_unless_another_is_chosen),
		cmocka_unit_test(lenses_and_times_go_round),
		cmocka_unit_test(past_columns_keep_their_cells),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
