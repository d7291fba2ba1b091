/* The catalogue of figures is one that its readers can rely on. */

#include "cm.h"
#include "judge/figure.h"

static void names_stand_once(void **state)
{
	(void)state;
	for (const struct bt_figure *f = bt_figures; f->name; f++) {
		assert_non_null(f->help);
		assert_ptr_equal(bt_figure_named(f->name), f);
	}
	assert_null(bt_figure_named("nonsense"));
	assert_null(bt_figures[bt_figures_count()].name);
}

/* Those behind the first that is not compared would be left out. */
static void compared_figures_stand_first(void **state)
{
	unsigned n = bt_figures_compared();

	(void)state;
	assert_true(n > BT_FIG_FINDING && n <= BT_COMPARED_MAX);
	assert_string_equal(bt_figures[BT_FIG_FINDING].name, "finding");
	for (const struct bt_figure *f = bt_figures; f->name; f++) {
		assert_int_equal(!!(f->in & BT_IN_COMPARE), f < bt_figures + n);
		assert_true(f->in & BT_IN_COMPARE || !(f->in & BT_IN_GATE));
	}
}

static void each_place_has_the_reader_that_it_needs(void **state)
{
	(void)state;
	for (const struct bt_figure *f = bt_figures; f->name; f++) {
		assert_true(f->of_stretch || !(f->in & BT_IN_SAMPLES));
		assert_true(f->of_run || !(f->in & BT_IN_METRICS));
		assert_true(f->of_run || f->of_report);
		assert_true(!f->of_stretch || f->reach == BT_OF_ANY_STRETCH);
		assert_true(f->of_stretch || !f->of_run || f->reach != BT_OF_ANY_STRETCH);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_stand_once),
		cmocka_unit_test(compared_figures_stand_first),
		cmocka_unit_test(each_place_has_the_reader_that_it_needs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
