#include "cm.h"

#include "ui/layout.h"

static const int full[BT_PANELS] = { 1, 1, 1, 6, 6, 7, 13, 4, 6, 4, 9, 12, 1, 1 };
static const int few[BT_PANELS] = { 1, 1, 1, 6, 6, 7, 0, 0, 0, 4, 0, 0, 1, 1 };

static const int asked[BT_PANELS] = { 1, 1, 1, 6, 6, 7, 13, 4, 6, 4, 9, 12, 1, 1, 5, 12, 1, 2, 2 };
static const int opened[BT_PANELS] = { 1, 1, 1, 6, 6, 7, 13, 4, 6, 4, 9, 12, 1, 1, 5, 12, 1, 2, 2,
	17 };

static const int sized[BT_PANELS] = { 1, 1, 1, 6, 6, 7, 13, 4, 6, 4, 9, 12, 1, 1, 5, 12, 1, 2, 2, 0,
	8 };

static int area(struct bt_rect r)
{
	return r.w * r.h;
}

static void assert_sound(const struct bt_rect places[BT_PANELS], int w, int h)
{
	struct bt_rect all = { 0, 0, w, h };
	int i, j;

	for (i = 0; i < BT_PANELS; i++) {
		assert_int_equal(area(bt_rect_meet(places[i], all)), area(places[i]));
		for (j = 0; j < i; j++)
			assert_int_equal(area(bt_rect_meet(places[i], places[j])), 0);
	}
}

static void panels_stay_inside_and_apart_at_any_size(void **state)
{
	struct bt_rect places[BT_PANELS];
	int w, h;

	(void)state;
	for (w = 1; w <= 320; w += w < 130 ? 1 : 7)
		for (h = 1; h <= 90; h++) {
			bt_layout(places, w, h, full);
			assert_sound(places, w, h);
			bt_layout(places, w, h, few);
			assert_sound(places, w, h);
			bt_layout(places, w, h, asked);
			assert_sound(places, w, h);
			bt_layout(places, w, h, opened);
			assert_sound(places, w, h);
			bt_layout(places, w, h, sized);
			assert_sound(places, w, h);
		}
}

static void useful_sizes_have_the_header_the_answer_and_a_chart(void **state)
{
	struct bt_rect places[BT_PANELS];
	int w, h;

	(void)state;
	for (w = BT_USEFUL_W; w <= 220; w++)
		for (h = BT_USEFUL_H - 1; h <= 70; h++) {
			bt_layout(places, w, h, full);
			assert_true(places[BT_P_HEADER].h == 1);
			assert_true(places[BT_P_HEADLINE].h >= 1);
			assert_true(places[BT_P_NOTICE].h == 1);
			assert_true(places[BT_P_THROUGHPUT].h >= 5);
		}
}

static void thresholds_are_shown_where_anyone_asked_for_them(void **state)
{
	static const int sizes[][2] = { { 80, 23 }, { 120, 35 }, { 200, 59 } };
	struct bt_rect places[BT_PANELS];

	(void)state;
	for (size_t i = 0; i < BT_LEN(sizes); i++) {
		bt_layout(places, sizes[i][0], sizes[i][1], asked);
		assert_true(places[BT_P_THRESHOLDS].h >= 3);
		bt_layout(places, sizes[i][0], sizes[i][1], full);
		assert_int_equal(places[BT_P_THRESHOLDS].w, 0);
	}
}

static void usual_sizes_show_all_that_matters(void **state)
{
	static const enum bt_panel wanted[] = { BT_P_THROUGHPUT, BT_P_LATENCY, BT_P_TABLE,
		BT_P_STEPS, BT_P_OUTCOMES, BT_P_ACCOUNT, BT_P_HEADLINE, BT_P_PROGRESS };
	struct bt_rect places[BT_PANELS];
	size_t i;

	(void)state;
	bt_layout(places, 80, 23, full);
	for (i = 0; i < BT_LEN(wanted); i++)
		assert_true(places[wanted[i]].h > 0);
	bt_layout(places, 120, 35, full);
	for (i = 0; i < BT_LEN(wanted); i++)
		assert_true(places[wanted[i]].h > 0);
	assert_true(places[BT_P_METRICS].h > 0 && places[BT_P_MEMORY].h > 0);
	bt_layout(places, 80, 23, sized);
	assert_true(places[BT_P_FRONTIER].h >= 7 && places[BT_P_STEPS].h >= 5);
	bt_layout(places, 120, 35, sized);
	assert_true(places[BT_P_FRONTIER].h >= 8 && places[BT_P_STEPS].h >= 6);
	bt_layout(places, 200, 59, sized);
	for (i = 0; i < BT_PANELS; i++)
		assert_true(places[i].h > 0 || i == BT_P_DRAWER);
}

/* Charts that share their columns must be as wide as one another. */
static void a_list_lies_under_charts_of_one_width(void **state)
{
	struct bt_rect places[BT_PANELS];
	int w, h;

	(void)state;
	for (w = BT_USEFUL_W; w <= 220; w++)
		for (h = BT_USEFUL_H - 1; h <= 70; h++) {
			bt_layout(places, w, h, opened);
			assert_int_equal(places[BT_P_DRAWER].w, w);
			assert_true(places[BT_P_DRAWER].h >= 5);
			assert_true(places[BT_P_LATENCY].w == 0 ||
				places[BT_P_LATENCY].w == places[BT_P_THROUGHPUT].w);
			assert_int_equal(places[BT_P_TABLE].w, 0);
		}
}

/* The row after the lowest of some panels. */
static int end_of(const struct bt_rect places[], const enum bt_panel panels[], size_t n)
{
	int end = 0;

	for (size_t i = 0; i < n; i++)
		end = BT_MAX(end, places[panels[i]].y + places[panels[i]].h);
	return end;
}

static void columns_end_at_the_same_row(void **state)
{
	static const enum bt_panel left[] = { BT_P_THROUGHPUT, BT_P_LATENCY },
				   right[] = { BT_P_TABLE, BT_P_STEPS, BT_P_METRICS, BT_P_EVENTS },
				   either[] = { BT_P_MEMORY };
	struct bt_rect places[BT_PANELS];
	int h, a, b, c;

	(void)state;
	for (h = 23; h < 70; h++) {
		bt_layout(places, 120, h, few);
		a = end_of(places, left, BT_LEN(left));
		b = end_of(places, right, BT_LEN(right));
		c = end_of(places, either, BT_LEN(either));
		if (places[BT_P_MEMORY].x == 0)
			a = BT_MAX(a, c);
		else
			b = BT_MAX(b, c);
		assert_int_equal(a, b);
	}
}

static void nothing_to_show_gets_no_place(void **state)
{
	struct bt_rect places[BT_PANELS];

	(void)state;
	bt_layout(places, 200, 59, few);
	assert_int_equal(places[BT_P_STEPS].w, 0);
	assert_int_equal(places[BT_P_OUTCOMES].w, 0);
	bt_layout(places, BT_USEFUL_W - 1, 30, full);
	assert_int_equal(places[BT_P_HEADER].w, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(panels_stay_inside_and_apart_at_any_size),
		cmocka_unit_test(useful_sizes_have_the_header_the_answer_and_a_chart),
		cmocka_unit_test(thresholds_are_shown_where_anyone_asked_for_them),
		cmocka_unit_test(usual_sizes_show_all_that_matters),
		cmocka_unit_test(a_list_lies_under_charts_of_one_width),
		cmocka_unit_test(columns_end_at_the_same_row),
		cmocka_unit_test(nothing_to_show_gets_no_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
