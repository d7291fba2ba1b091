#include "cm.h"

#include <float.h>
#include <locale.h>
#include <math.h>

#include "base/fmt.h"
#include "ui/plot.h"

static void assert_plot(const struct bt_plot *plot, int w, int h, bool ascii, const char *want)
{
	struct bt_rect r = { 0, 0, w, h };
	struct bt_grid grid;
	char *text;

	assert_int_equal(bt_grid_init(&grid, w, h, ascii, NULL), 0);
	bt_plot_draw(&grid, r, plot);
	text = bt_grid_text(&grid);
	assert_string_equal(text, want);
	free(text);
	bt_grid_fini(&grid);
}

static void a_line_has_a_dot_a_column_and_holds_together(void **state)
{
	static const double v[] = { 0, 0, 10, 10, 5, NAN, NAN, 0 };
	const struct bt_series series = { "s", v, BT_SERIES_1, false, '*' };
	const struct bt_plot plot = { .series = &series, .n_series = 1, .n = 8, .top = 10 };

	(void)state;
	assert_plot(&plot, 4, 2, false, " ⡏⡆\n⣀⠇ ⢀\n");
}

static void an_area_is_filled_and_a_line_over_it_stays_thin(void **state)
{
	static const double low[] = { 4, 4, 4, 4 }, high[] = { 8, 8, 4, 4 };
	const struct bt_series series[] = {
		{ "achieved", low, BT_AREA, true, '#' },
		{ "offered", high, BT_SERIES_2, false, '-' },
	};
	const struct bt_plot plot = { .series = series, .n_series = 2, .n = 4, .top = 8 };

	(void)state;
	assert_plot(&plot, 2, 2, false, "⠉⣆\n⣿⣿\n");
}

static void ascii_has_one_dot_a_cell(void **state)
{
	static const double v[] = { 0, 5, 10, NAN };
	const struct bt_series series = { "s", v, BT_SERIES_1, false, '*' };
	const struct bt_plot plot = { .series = &series, .n_series = 1, .n = 4, .top = 10 };

	(void)state;
	assert_plot(&plot, 4, 3, true, "  *\n *\n*\n");
}

static void log_axis_labels_powers_of_ten_that_keep_apart(void **state)
{
	static const double v[] = { 1e6, 1e6, 1e9, 1e9 };
	const struct bt_series series = { "s", v, BT_SERIES_1, false, '*' };
	const struct bt_plot plot = { .series = &series,
		.n_series = 1,
		.n = 4,
		.scale = BT_LOG,
		.floor = 1e9,
		.top = 1,
		.label = bt_fmt_ns };

	(void)state;
	assert_plot(&plot, 13, 4, true, "           **\n  100 ms   *\n           *\n 1.00 ms **\n");
}

static void time_axis_and_spans_stand_behind_the_series(void **state)
{
	static const double v[] = { 1, 1 };
	const struct bt_series series = { "s", v, BT_SERIES_1, false, '*' };
	const struct bt_span spans[] = { { .from = 1, .to = 1 }, { .from = 4, .to = 6 } };
	const struct bt_plot plot = { .series = &series,
		.n_series = 1,
		.n = 2,
		.top = 2,
		.spans = spans,
		.n_spans = 2,
		.dot_ns = 1e8 };

	(void)state;
	assert_plot(&plot, 12, 4, true, " :  ...\n**  ...\n :  ...\n0:00\n");
}

static void any_values_in_any_size_do_no_harm(void **state)
{
	static const double v[] = { 0, -1, NAN, INFINITY, -INFINITY, 1e308, 1e-308, DBL_MAX };
	const struct bt_series series = { "s", v, BT_AREA, true, '*' };
	struct bt_plot plot = {
		.series = &series, .n_series = 1, .label = bt_fmt_number, .floor = 1
	};
	struct bt_grid grid;
	int w, h;

	(void)state;
	for (w = 1; w < 24; w++)
		for (h = 1; h < 12; h++) {
			assert_int_equal(bt_grid_init(&grid, w, h, w % 2, NULL), 0);
			plot.n = (w * h) % ((int)BT_LEN(v) + 1);
			plot.scale = h % 2 ? BT_LOG : BT_LINEAR;
			plot.dot_ns = h % 3 ? 1e15 : 0;
			bt_plot_draw(&grid, (struct bt_rect){ 0, 0, w, h }, &plot);
			bt_plot_draw(&grid, (struct bt_rect){ w / 2, -1, w, h + 3 }, &plot);
			bt_grid_fini(&grid);
		}
}

static void nice_values_are_not_below(void **state)
{
	static const struct {
		double v, nice;
	} rows[] = { { 1, 1 }, { 1.01, 1.5 }, { 199, 200 }, { 200, 200 }, { 201, 300 },
		{ 900, 1000 }, { 0, 1 }, { -5, 1 }, { NAN, 1 }, { INFINITY, 1 }, { 0.04, 0.05 } };
	size_t i;

	(void)state;
	for (i = 0; i < BT_LEN(rows); i++)
		assert_true(fabs(bt_plot_nice(rows[i].v) - rows[i].nice) < 1e-9);
}

static void spark_and_bar_fill_a_row(void **state)
{
	static const double v[] = { 9, 0, 5, 10, NAN, 20 };
	struct bt_rect r = { 0, 0, 5, 1 }, bar = { 0, 1, 5, 1 };
	struct bt_grid grid;
	char *text;

	(void)state;
	assert_int_equal(bt_grid_init(&grid, 5, 2, false, NULL), 0);
	bt_plot_spark(&grid, r, BT_SERIES_1, v, 6, 0, 10);
	bt_plot_bar(&grid, bar, BT_ACCENT, 0.4);
	text = bt_grid_text(&grid);
	assert_string_equal(text, "▁▅█ █\n━━───\n");
	free(text);
	bt_grid_fini(&grid);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_a_dot_a_column_and_holds_together),
		cmocka_unit_test(an_area_is_filled_and_a_line_over_it_stays_thin),
		cmocka_unit_test(ascii_has_one_dot_a_cell),
		cmocka_unit_test(log_axis_labels_powers_of_ten_that_keep_apart),
		cmocka_unit_test(time_axis_and_spans_stand_behind_the_series),
		cmocka_unit_test(any_values_in_any_size_do_no_harm),
		cmocka_unit_test(nice_values_are_not_below),
		cmocka_unit_test(spark_and_bar_fill_a_row),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
