#include "cm.h"

#include <locale.h>

#include "ui/digits.h"
#include "ui/grid.h"

static void assert_screen(struct bt_grid *grid, const char *want)
{
	char *text = bt_grid_text(grid);

	assert_string_equal(text, want);
	free(text);
	bt_grid_fini(grid);
}

static struct bt_grid new_grid(int w, int h, bool ascii)
{
	struct bt_grid grid;

	assert_int_equal(bt_grid_init(&grid, w, h, ascii, NULL), 0);
	return grid;
}

static void text_is_clipped_to_its_rectangle(void **state)
{
	struct bt_grid grid = new_grid(8, 3, false);
	struct bt_rect r = { 2, 1, 4, 1 };

	(void)state;
	assert_int_equal(bt_grid_put(&grid, r, -2, 0, 0, "abcdefghij"), 8);
	bt_grid_put(&grid, r, 0, 1, 0, "below");
	bt_grid_put(&grid, r, 0, -1, 0, "above");
	assert_screen(&grid, "\n  cdef\n\n");
}

static void rectangles_beyond_the_grid_do_no_harm(void **state)
{
	struct bt_grid grid = new_grid(3, 2, false);
	struct bt_rect r = { -5, -5, 100, 100 };

	(void)state;
	bt_grid_fill(&grid, r, 0, 'x');
	bt_grid_box(&grid, r, "title");
	bt_grid_put(&grid, r, 99, 99, 0, "far");
	assert_screen(&grid, "xxx\nxxx\n");
}

static void wide_characters_take_two_cells_or_none(void **state)
{
	struct bt_grid grid = new_grid(5, 2, false);
	struct bt_rect r = { 0, 0, 5, 2 };

	(void)state;
	assert_int_equal(bt_text_width("日本"), 4);
	bt_grid_put(&grid, r, 0, 0, 0, "日本語");
	bt_grid_put(&grid, r, 0, 1, 0, "日本");
	bt_grid_put(&grid, r, 1, 1, 0, "x");
	assert_screen(&grid, "日本\n x本\n");
}

static void half_a_wide_character_left_of_the_edge_is_blank(void **state)
{
	struct bt_grid grid = new_grid(4, 1, false);
	struct bt_rect r = { 1, 0, 3, 1 };

	(void)state;
	bt_grid_put(&grid, r, -1, 0, 0, "日x");
	assert_screen(&grid, "  x\n");
}

static void combining_marks_stay_on_their_character(void **state)
{
	struct bt_grid grid = new_grid(4, 1, false);
	struct bt_rect r = { 0, 0, 4, 1 };

	(void)state;
	assert_int_equal(bt_text_width("e\u0301a"), 2);
	bt_grid_put(&grid, r, 0, 0, 0, "e\u0301a\u202eb");
	assert_screen(&grid, "e\u0301a?b\n");
}

static void what_is_not_text_shows_as_a_question_mark(void **state)
{
	static const char *const cases[] = { "\xff", "\xc0\x80", "\xe0\x80", "\x1b", "\x80",
		"\xed\xa0\x80", "\xf8", "\x7f" };
	struct bt_grid grid;
	struct bt_rect r = { 0, 0, 4, 1 };
	size_t i;

	(void)state;
	for (i = 0; i < BT_LEN(cases); i++) {
		grid = new_grid(4, 1, false);
		bt_grid_put(&grid, r, 0, 0, 0, cases[i]);
		assert_int_equal(grid.cells[0].ch, '?');
		bt_grid_fini(&grid);
	}
}

static void ascii_grids_hold_ascii_only(void **state)
{
	struct bt_grid grid = new_grid(14, 3, true);
	struct bt_rect r = { 0, 0, 14, 3 };
	struct bt_rect in = bt_grid_box(&grid, r, "t");

	(void)state;
	bt_grid_put(&grid, in, 0, 0, 0, "✔ ✖ … 日 ä\u0308");
	assert_screen(&grid, "+- t --------+\n| + x ~ ?? ? |\n+------------+\n");
}

static void long_text_ends_in_an_ellipsis(void **state)
{
	struct bt_grid grid = new_grid(12, 4, false);
	struct bt_rect r = { 0, 0, 12, 4 };

	(void)state;
	assert_int_equal(bt_grid_fit(&grid, r, 0, 0, 5, 0, "short"), 5);
	assert_int_equal(bt_grid_fit(&grid, r, 0, 1, 5, 0, "longer"), 5);
	assert_int_equal(bt_grid_fit(&grid, r, 3, 2, 0, 0, "no room"), 0);
	assert_int_equal(bt_grid_fit(&grid, r, 0, 3, 4, 0, "日本語"), 4);
	assert_screen(&grid, "short\nlong…\n\n日 …\n");
}

static void wrapping_breaks_at_spaces(void **state)
{
	struct bt_grid grid = new_grid(8, 3, false);
	struct bt_rect r = { 0, 0, 8, 3 };

	(void)state;
	assert_int_equal(bt_grid_wrap(&grid, r, 0, "one two three unbreakable"), 3);
	assert_screen(&grid, "one two\nthree\nunbreak…\n");
}

static void a_row_holds_any_number_of_bytes(void **state)
{
	struct bt_grid grid = new_grid(1000, 2, false);
	char text[1201], want[1300];

	(void)state;
	memset(text, 'x', 1200);
	text[1200] = '\0';
	memset(want, 'x', 1000);
	strcpy(want + 1000, "\n");
	memset(want + 1001, 'x', 198);
	strcpy(want + 1199, "");
	text[1198] = '\0';
	bt_grid_wrap(&grid, (struct bt_rect){ 0, 0, 1000, 2 }, 0, text);
	strcat(want, "\n");
	assert_screen(&grid, want);
	text[1198] = 'x';
	grid = new_grid(1000, 1, false);
	assert_int_equal(bt_grid_wrap(&grid, (struct bt_rect){ 0, 0, 1000, 1 }, 0, text), 1);
	memset(want, 'x', 999);
	strcpy(want + 999, "…\n");
	assert_screen(&grid, want);
}

static void large_digits_are_three_rows(void **state)
{
	struct bt_grid grid = new_grid(12, 3, false);
	struct bt_rect r = { 0, 0, 12, 3 };

	(void)state;
	assert_int_equal(bt_digits_put(&grid, r, 0, 0, 0, "1,2.4"), 15);
	assert_screen(&grid, "▄█    ▀▀█\n █  ▄ █▀▀\n▀▀▀ ▀ ▀▀▀ ▀\n");
}

static void what_has_no_large_digits_stands_plain(void **state)
{
	struct bt_grid grid = new_grid(8, 3, false);
	struct bt_rect r = { 0, 0, 8, 3 };

	(void)state;
	assert_int_equal(bt_digits_put(&grid, r, 0, 0, 0, "12.3k"), 5);
	assert_screen(&grid, "\n12.3k\n\n");
}

static void monochrome_tells_roles_apart_by_attributes(void **state)
{
	struct bt_look look = bt_theme_look(&bt_theme_dark, BT_BAD, BT_MONO);

	(void)state;
	assert_int_equal(look.colour, -1);
	assert_int_equal(look.show, BT_SHOW_BOLD);
	assert_int_equal(bt_theme_look(&bt_theme_dark, BT_DIM, BT_MONO).show, BT_SHOW_DIM);
	assert_int_equal(bt_theme_look(&bt_theme_dark, BT_DIM | BT_REVERSE, BT_MONO).show,
		BT_SHOW_DIM | BT_SHOW_REVERSE);
	assert_int_equal(bt_theme_look(&bt_theme_dark, BT_GOOD, BT_COLOURS_256).colour, 36);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_is_clipped_to_its_rectangle),
		cmocka_unit_test(rectangles_beyond_the_grid_do_no_harm),
		cmocka_unit_test(wide_characters_take_two_cells_or_none),
		cmocka_unit_test(half_a_wide_character_left_of_the_edge_is_blank),
		cmocka_unit_test(combining_marks_stay_on_their_character),
		cmocka_unit_test(what_is_not_text_shows_as_a_question_mark),
		cmocka_unit_test(ascii_grids_hold_ascii_only),
		cmocka_unit_test(long_text_ends_in_an_ellipsis),
		cmocka_unit_test(wrapping_breaks_at_spaces),
		cmocka_unit_test(a_row_holds_any_number_of_bytes),
		cmocka_unit_test(large_digits_are_three_rows),
		cmocka_unit_test(what_has_no_large_digits_stands_plain),
		cmocka_unit_test(monochrome_tells_roles_apart_by_attributes),
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	return cmocka_run_group_tests(tests, NULL, NULL);
}
