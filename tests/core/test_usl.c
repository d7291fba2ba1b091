/* The Universal Scalability Law, on invented rates whose σ and κ are known. */
#include "cm.h"

#include <math.h>

#include "base/rng.h"
#include "core/usl.h"

#define SEEDS 400

struct truth {
	double sigma, kappa, noise;
	unsigned levels, trials; /* levels 1, 2, 4, … */
};

static double normal(uint64_t seed, uint64_t n)
{
	double a = bt_unit_from(bt_mix64(bt_mix64(seed) ^ (2 * n + 1)));
	double b = bt_unit_from(bt_mix64(bt_mix64(seed) ^ (2 * n + 2)));

	return sqrt(-2 * log(a)) * cos(2 * 3.14159265358979323846 * b);
}

static double law(double n, double sigma, double kappa)
{
	return 5000 * n / (1 + sigma * (n - 1) + kappa * n * (n - 1));
}

static void fit(struct bt_usl *out, const struct truth *t, uint64_t seed)
{
	struct bt_usl_point points[BT_USL_POINTS];
	unsigned at = 0;

	for (unsigned trial = 0; trial < t->trials; trial++)
		for (unsigned i = 0; i < t->levels; i++, at++) {
			points[at].n = 1u << i;
			points[at].trial = trial;
			points[at].rate = law(points[at].n, t->sigma, t->kappa) *
				(1 + 0.05 * trial) * exp(t->noise * normal(seed, at));
		}
	bt_usl_fit(out, points, at);
}

static void known_parameters_are_found_without_noise(void **state)
{
	static const struct truth rows[] = {
		{ 0.02, 0.0005, 0, 6, 3 },
		{ 0.3, 0, 0, 5, 1 },
		{ 0, 0.001, 0, 6, 2 },
		{ 0.05, 0.01, 0, 4, 1 },
		{ 0.9, 0.05, 0, 7, 3 },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		const struct truth *t = &rows[i];
		struct bt_usl u;

		fit(&u, t, 1);
		assert_int_equal(u.verdict, BT_USL_FITS);
		if (fabs(u.sigma - t->sigma) > 1e-5 || fabs(u.kappa - t->kappa) > 1e-5)
			fail_msg("row %u: σ %g, κ %g", i, u.sigma, u.kappa);
		assert_true(u.sigma_low <= t->sigma + 1e-6 && t->sigma <= u.sigma_high + 1e-6);
		assert_true(u.kappa_low <= t->kappa + 1e-6 && t->kappa <= u.kappa_high + 1e-6);
		if (t->kappa > 0)
			assert_near(u.peak, sqrt((1 - t->sigma) / t->kappa), 0.01);
		else
			assert_true(isnan(u.peak));
	}
}

/* In how many of the seeds the interval holds the truth; a fit that is refused counts for
 * neither. */
static void intervals_hold_the_truth_in_nine_of_ten(void **state)
{
	static const struct truth rows[] = {
		{ 0.02, 0.0005, 0.01, 6, 3 },
		{ 0.05, 0, 0.01, 6, 3 },
		{ 0.1, 0.002, 0.03, 6, 5 },
		{ 0.05, 0.005, 0.02, 4, 3 },
		{ 0, 0.002, 0.02, 6, 3 },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		const struct truth *t = &rows[i];
		unsigned sigma = 0, kappa = 0, fits = 0;

		for (uint64_t seed = 1; seed <= SEEDS; seed++) {
			struct bt_usl u;

			fit(&u, t, seed);
			if (u.verdict != BT_USL_FITS)
				continue;
			fits++;
			sigma += u.sigma_low <= t->sigma && t->sigma <= u.sigma_high;
			kappa += u.kappa_low <= t->kappa && t->kappa <= u.kappa_high;
		}
		print_message("row %u: %u fits, σ held in %.1f %%, κ in %.1f %%\n", i, fits,
			100.0 * sigma / fits, 100.0 * kappa / fits);
		assert_true(fits > SEEDS * 9 / 10);
		assert_true(sigma >= 0.92 * fits && kappa >= 0.92 * fits);
	}
}

static void a_straight_line_is_no_fit(void **state)
{
	const struct truth exact = { 0, 0, 0, 6, 3 }, noisy = { 0, 0, 0.02, 6, 3 };
	unsigned fits = 0;
	struct bt_usl u;

	(void)state;
	fit(&u, &exact, 1);
	assert_int_equal(u.verdict, BT_USL_STRAIGHT);
	for (uint64_t seed = 1; seed <= SEEDS; seed++) {
		fit(&u, &noisy, seed);
		fits += u.verdict != BT_USL_STRAIGHT;
	}
	print_message("%u of %d straight lines taken for bent ones\n", fits, SEEDS);
	assert_true(fits <= SEEDS * 7 / 100);
}

static void three_levels_are_not_enough(void **state)
{
	const struct truth three = { 0.1, 0.01, 0, 3, 20 }, four = { 0.1, 0.01, 0, 4, 1 };
	struct bt_usl u;

	(void)state;
	fit(&u, &three, 1);
	assert_true(u.verdict == BT_USL_FEW && u.levels == 3);
	fit(&u, &four, 1);
	assert_int_equal(u.verdict, BT_USL_FITS);
	bt_usl_fit(&u, NULL, 0);
	assert_int_equal(u.verdict, BT_USL_FEW);
}

/* Four servers, any number of nodes: the line breaks off, it does not bend as the law does. */
static void a_plateau_is_another_law(void **state)
{
	struct bt_usl_point points[18];
	struct bt_usl u;

	(void)state;
	for (unsigned i = 0; i < 18; i++) {
		unsigned n = 1u << i % 6;

		points[i] = (struct bt_usl_point){ n, i / 6,
			1000.0 * BT_MIN(n, 4) * exp(0.005 * normal(7, i)) };
	}
	bt_usl_fit(&u, points, 18);
	assert_int_equal(u.verdict, BT_USL_OTHER);
	assert_true(u.off > 0.05);
}

static void what_rises_faster_than_a_line_is_no_fit(void **state)
{
	struct bt_usl_point points[6];
	struct bt_usl u;

	(void)state;
	for (unsigned i = 0; i < 6; i++)
		points[i] = (struct bt_usl_point){ 1u << i, 0, 1000.0 * pow(1u << i, 1.1) };
	bt_usl_fit(&u, points, 6);
	assert_int_equal(u.verdict, BT_USL_STRAIGHT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_parameters_are_found_without_noise),
		cmocka_unit_test(intervals_hold_the_truth_in_nine_of_ten),
		cmocka_unit_test(a_straight_line_is_no_fit),
		cmocka_unit_test(three_levels_are_not_enough),
		cmocka_unit_test(a_plateau_is_another_law),
		cmocka_unit_test(what_rises_faster_than_a_line_is_no_fit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
