/* Change points: those that were planted are found, and flat series stay flat. */
#include "cm.h"

#include <math.h>

#include "base/base.h"
#include "base/rng.h"
#include "judge/change.h"

#define ROOM (BT_CHANGE_MAX / BT_CHANGE_SEGMENT)

/* How figures of runs spread around their level. */
static double even(struct bt_rng *rng)
{
	return bt_rng_normal(rng);
}

static double skewed(struct bt_rng *rng) /* now and then one is far too slow */
{
	return exp(bt_rng_normal(rng)) - 1.65;
}

static double outliers(struct bt_rng *rng)
{
	return bt_rng_normal(rng) * (bt_rng_below(rng, 12) ? 1 : 6);
}

static double (*const noises[])(struct bt_rng *rng) = { even, skewed, outliers };

static void flat_series_stay_flat(void **state BT_UNUSED)
{
	enum { SERIES = 100 };
	struct bt_change found[ROOM];
	unsigned invented = 0, points = 0;
	struct bt_rng rng;
	double x[60];

	bt_rng_init(&rng, 1);
	for (unsigned i = 0; i < SERIES * BT_LEN(noises); i++) {
		size_t n = 12 + (size_t)bt_rng_below(&rng, 49), changes;

		for (size_t k = 0; k < n; k++)
			x[k] = 100 + noises[i % BT_LEN(noises)](&rng);
		changes = bt_change_find(found, x, n);
		invented += changes > 0;
		points += (unsigned)changes;
	}
	print_message("flat series with a change: %u of %zu\n", invented, SERIES * BT_LEN(noises));
	assert_true(invented * 20 <= SERIES * BT_LEN(noises)); /* 5 % */
	assert_true(points * 20 <= SERIES * BT_LEN(noises));
}

/* True: a change was found within two values of where it is. */
static bool found_near(const struct bt_change *found, size_t n, size_t at)
{
	for (size_t i = 0; i < n; i++)
		if (found[i].at + 2 >= at && found[i].at <= at + 2)
			return true;
	return false;
}

/* Shifts of three deviations, up or down, anywhere but at the ends. */
static void planted_shifts_are_found(void **state BT_UNUSED)
{
	enum { SERIES = 100 };
	struct bt_change found[ROOM];
	unsigned hits = 0, extra = 0;
	struct bt_rng rng;
	double x[60];

	bt_rng_init(&rng, 2);
	for (unsigned i = 0; i < SERIES; i++) {
		size_t n = 30 + (size_t)bt_rng_below(&rng, 31);
		size_t at = 8 + (size_t)bt_rng_below(&rng, n - 16), changes;

		for (size_t k = 0; k < n; k++)
			x[k] = 100 + even(&rng) + (k >= at ? i % 2 ? 3 : -3 : 0);
		changes = bt_change_find(found, x, n);
		hits += found_near(found, changes, at);
		extra += changes > 1;
	}
	print_message("planted shifts found: %u of %d, with others: %u\n", hits, SERIES, extra);
	assert_true(hits >= SERIES * 9 / 10);
	assert_true(extra <= SERIES / 20);
}

/* A regression that was mended: two changes, though the ends are alike. */
static void a_step_there_and_back_is_two_changes(void **state BT_UNUSED)
{
	enum { SERIES = 40 };
	struct bt_change found[ROOM];
	unsigned hits = 0;
	struct bt_rng rng;
	double x[45];

	bt_rng_init(&rng, 3);
	for (unsigned i = 0; i < SERIES; i++) {
		for (size_t k = 0; k < 45; k++)
			x[k] = 100 + even(&rng) + (k >= 15 && k < 30 ? 4 : 0);
		size_t n = bt_change_find(found, x, 45);

		hits += found_near(found, n, 15) && found_near(found, n, 30);
	}
	print_message("steps there and back: %u of %d\n", hits, SERIES);
	assert_true(hits >= SERIES * 9 / 10);
}

static void a_change_tells_both_levels(void **state BT_UNUSED)
{
	static const double x[] = { 10, 11, 10, 9, 10, 10, 11, 9, 20, 21, 20, 19, 20, 22, 20, 20 };
	struct bt_change found[ROOM], again[ROOM];

	assert_int_equal(bt_change_find(found, x, BT_LEN(x)), 1);
	assert_int_equal(found[0].at, 8);
	assert_true(found[0].before == 10 && found[0].after == 20);
	assert_true(found[0].p > 0 && found[0].p <= BT_CHANGE_LEVEL);
	assert_int_equal(bt_change_find(again, x, BT_LEN(x)), 1);
	assert_true(again[0].p == found[0].p);
}

static void what_is_too_little_or_the_same_has_no_change(void **state BT_UNUSED)
{
	static const double same[20] = { 0 };
	static const double few[] = { 1, 1, 1, 1, 9, 9, 9, 9 };
	struct bt_change found[ROOM];

	assert_int_equal(bt_change_find(found, same, BT_LEN(same)), 0);
	assert_int_equal(bt_change_find(found, few, BT_LEN(few)), 0);
	assert_int_equal(bt_change_find(found, few, 0), 0);
}

/* Stretches are never shorter than promised, however many levels there are. */
static void stretches_keep_their_least_length(void **state BT_UNUSED)
{
	struct bt_change found[ROOM];
	double x[BT_CHANGE_MAX];
	struct bt_rng rng;
	size_t n;

	bt_rng_init(&rng, 4);
	for (size_t k = 0; k < 120; k++)
		x[k] = (double)(k / 12 % 3) * 10 + even(&rng);
	n = bt_change_find(found, x, 120);
	assert_true(n >= 7);
	for (size_t i = 0; i < n; i++)
		assert_true(found[i].at - (i ? found[i - 1].at : 0) >= BT_CHANGE_SEGMENT);
	assert_true(120 - found[n - 1].at >= BT_CHANGE_SEGMENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(flat_series_stay_flat),
		cmocka_unit_test(planted_shifts_are_found),
		cmocka_unit_test(a_step_there_and_back_is_two_changes),
		cmocka_unit_test(a_change_tells_both_levels),
		cmocka_unit_test(what_is_too_little_or_the_same_has_no_change),
		cmocka_unit_test(stretches_keep_their_least_length),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
