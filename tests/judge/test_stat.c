/* Statistics over trials, held against figures from elsewhere and against what they promise. */
#include "cm.h"

#include <math.h>

#include "base/base.h"
#include "base/rng.h"
#include "judge/stat.h"

/* Permeability of membranes: Hollander and Wolfe, Nonparametric Statistical Methods, example
 * 4.1. */
static const double term[] = { 0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46 };
static const double early[] = { 1.15, 0.88, 0.90, 0.74, 1.21 };

static void near(double got, double want)
{
	if (!(fabs(got - want) <= 1e-9 * fmax(1, fabs(want))))
		fail_msg("got %.15g, wanted %.15g", got, want);
}

static void the_rank_sum_test_is_exact(void **state BT_UNUSED)
{
	near(bt_stat_mann_whitney(term, 10, early, 5), 0.2544122544122544); /* R, SciPy */
	near(bt_stat_mann_whitney(early, 5, term, 10), 0.2544122544122544);
	near(bt_stat_least_p(6, 6), 2. / 924);
	near(bt_stat_least_p(4, 4), 2. / 70);
	near(bt_stat_least_p(10, 5), 2. / 3003);
}

/* All 1,716 ways to choose 7 of the 13 ranks were counted by another program: 288 lie at least as
 * far out. */
static void the_rank_sum_test_is_exact_with_ties(void **state BT_UNUSED)
{
	static const double a[] = { 1, 2, 2, 3, 5, 5, 7 }, b[] = { 2, 4, 5, 6, 8, 8 };
	static const double same[] = { 3, 3, 3, 3 };

	near(bt_stat_mann_whitney(a, 7, b, 6), 288. / 1716);
	near(bt_stat_mann_whitney(same, 4, same, 4), 1);
}

static void large_sets_use_the_normal_approximation(void **state BT_UNUSED)
{
	double a[70], b[75];

	for (unsigned i = 0; i < 75; i++) {
		a[i < 70 ? i : 0] = i < 70 ? 2. * i : 0;
		b[i] = 2. * i + 15.5;
	}
	near(bt_stat_mann_whitney(a, 70, b, 75), 0.007885517387565532); /* SciPy */
}

static void the_shift_and_its_interval_are_those_of_the_book(void **state BT_UNUSED)
{
	struct bt_interval shift = bt_stat_shift(term, 10, early, 5, 0.95);

	near(shift.value, -0.305);
	near(shift.low, -0.76);
	near(shift.high, 0.15);
}

static void sets_too_small_for_the_confidence_have_no_interval(void **state BT_UNUSED)
{
	struct bt_interval three = bt_stat_shift(term, 3, early, 3, 0.95);
	struct bt_interval four = bt_stat_shift(term, 4, early, 4, 0.95);

	assert_false(isnan(three.value));
	assert_true(isnan(three.low) && isnan(three.high));
	near(four.low, 0.74 - 1.89); /* the outermost differences */
	near(four.high, 1.15 - 0.80);
	assert_true(isnan(bt_stat_shift(term, 0, early, 5, 0.95).value));
	assert_true(isnan(bt_stat_mann_whitney(term, 0, early, 5)));
}

static void signs_are_counted_exactly(void **state BT_UNUSED)
{
	static const double ten[] = { 1, 2, 3, 4, 5, 6, 7, 8, -1, -2, 0 };
	static const struct {
		size_t n, k; /* binomial tables: the k-th smallest and largest are the bounds */
	} rows[] = { { 5, 0 }, { 6, 1 }, { 9, 2 }, { 12, 3 }, { 20, 6 } };
	double x[20];

	near(bt_stat_sign(ten, 11), 0.109375);
	assert_true(isnan(bt_stat_sign(ten + 10, 1)));
	for (unsigned i = 0; i < 20; i++)
		x[i] = (double)((i * 7) % 20 + 1);
	for (unsigned r = 0; r < BT_LEN(rows); r++) {
		double y[20];
		struct bt_interval got;

		for (size_t i = 0; i < rows[r].n; i++)
			y[i] = (double)i + 1;
		got = bt_stat_median_interval(y, rows[r].n, 0.95);
		near(got.value, ((double)rows[r].n + 1) / 2);
		if (!rows[r].k) {
			assert_true(isnan(got.low));
			continue;
		}
		near(got.low, (double)rows[r].k);
		near(got.high, (double)(rows[r].n - rows[r].k + 1));
	}
	near(bt_stat_median_interval(x, 20, 0.95).low, 6); /* order does not count */
}

static void holm_steps_down(void **state BT_UNUSED)
{
	static const double p[] = { 0.01, 0.04, NAN, 0.03, 0.005 };
	double adjusted[5];

	bt_stat_holm(adjusted, p, 5);
	near(adjusted[4], 0.02);
	near(adjusted[0], 0.03);
	near(adjusted[3], 0.06);
	near(adjusted[1], 0.06); /* never below the one before */
	assert_true(isnan(adjusted[2]));
}

/* What is promised: equal sets differ at 2 % in at most 2 of 100, and the interval holds the true
 * shift in at least 95. */
static void the_level_and_the_coverage_are_kept(void **state BT_UNUSED)
{
	unsigned differ = 0, held = 0, median_held = 0;
	struct bt_rng rng;

	bt_rng_init(&rng, 20261124);
	for (unsigned round = 0; round < 4000; round++) {
		double a[7], b[6];
		struct bt_interval shift, median;

		for (unsigned i = 0; i < 7; i++)
			a[i] = exp(bt_rng_exponential(&rng) / 4); /* skewed, as run times are */
		for (unsigned i = 0; i < 6; i++)
			b[i] = exp(bt_rng_exponential(&rng) / 4) + 0.25;
		shift = bt_stat_shift(a, 7, b, 6, 0.95);
		held += shift.low <= 0.25 && 0.25 <= shift.high;
		median = bt_stat_median_interval(a, 7, 0.95);
		median_held += median.low <= exp(log(2) / 4) && exp(log(2) / 4) <= median.high;
		for (unsigned i = 0; i < 6; i++)
			b[i] -= 0.25;
		differ += bt_stat_mann_whitney(a, 7, b, 6) <= 0.02;
	}
	assert_in_range(differ, 20, 80 + 27); /* at most 2 %, and three standard deviations */
	assert_in_range(held, 3800 - 41, 4000);
	assert_in_range(median_held, 3800 - 41, 4000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_rank_sum_test_is_exact),
		cmocka_unit_test(the_rank_sum_test_is_exact_with_ties),
		cmocka_unit_test(large_sets_use_the_normal_approximation),
		cmocka_unit_test(the_shift_and_its_interval_are_those_of_the_book),
		cmocka_unit_test(sets_too_small_for_the_confidence_have_no_interval),
		cmocka_unit_test(signs_are_counted_exactly),
		cmocka_unit_test(holm_steps_down),
		cmocka_unit_test(the_level_and_the_coverage_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
