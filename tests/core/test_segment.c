/* Schedules: due times against closed forms, counts, randomness. */
#include "cm.h"

#include <math.h>
#include <stdlib.h>

#include "core/segment.h"

static struct bt_segment open_segment(double from, double to, uint64_t span_ns)
{
	return (struct bt_segment){
		.mode = BT_OPEN, .rate_from = from, .rate_to = to, .span_ns = span_ns, .workers = 1
	};
}

static uint64_t count(const struct bt_segment *seg, uint64_t seed, uint64_t *last)
{
	uint64_t n = 0, due = bt_due_first(seg, seed), before = 0;

	for (; due != UINT64_MAX; due = bt_due_next(seg, seed, due), n++) {
		assert_true(n == 0 || due > before);
		before = due;
	}
	*last = before;
	return n;
}

static void constant_rates_offer_exactly_rate_times_span(void **state)
{
	static const double rates[] = { 1, 3, 7, 50, 333, 1000, 12345.678, 70000, 100000, 3e6 };

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rates); i++) {
		struct bt_segment seg = open_segment(rates[i], rates[i], BT_NS_PER_S);
		uint64_t last, n = count(&seg, 1, &last);

		if ((double)n != ceil(rates[i]))
			fail_msg("rate %g offers %llu", rates[i], (unsigned long long)n);
	}
}

static void a_slow_rate_does_not_drift_in_a_day(void **state)
{
	struct bt_segment seg = open_segment(7, 7, 86400 * BT_NS_PER_S);
	uint64_t last;

	(void)state;
	assert_int_equal(count(&seg, 1, &last), 7 * 86400);
	assert_near((double)(last >> BT_DUE_SHIFT), 86400e9 - 1e9 / 7, 1e-12);
}

/* A ramp from a to b over T has offered a t + (b − a) t²/2T by t. */
static void ramps_follow_their_integral(void **state)
{
	static const struct {
		double from, to;
	} rows[] = { { 0, 1000 }, { 0.001, 1000 }, { 100, 1000 }, { 1000, 100 }, { 1000, 0.001 },
		{ 500, 501 } };

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct bt_segment seg = open_segment(rows[i].from, rows[i].to, 10 * BT_NS_PER_S);
		uint64_t due = bt_due_first(&seg, 1), n = 0;
		double k = (rows[i].to - rows[i].from) / 10;

		for (; due != UINT64_MAX; due = bt_due_next(&seg, 1, due), n++) {
			double t = (double)(due >> BT_DUE_SHIFT) / 1e9;
			double area = rows[i].from * t + k * t * t / 2;

			if (fabs(area - (double)n) > 0.02)
				fail_msg("ramp %u: arrival %llu at %g s, where %g are due", i,
					(unsigned long long)n, t, area);
		}
		assert_true(fabs((double)n - (rows[i].from + rows[i].to) * 5) <= 1);
	}
}

static void poisson_gaps_are_exponential(void **state)
{
	struct bt_segment seg = open_segment(1000, 1000, 200 * BT_NS_PER_S);
	double sum = 0, square = 0, below = 0;
	uint64_t due, before = 0, n = 0;

	(void)state;
	seg.arrivals = BT_POISSON;
	for (due = bt_due_first(&seg, 5); due != UINT64_MAX; due = bt_due_next(&seg, 5, due), n++) {
		double gap = (double)(due - before) / (1 << BT_DUE_SHIFT) / 1e6;

		sum += gap;
		square += gap * gap;
		below += gap < log(2);
		before = due;
	}
	assert_near((double)n, 200000, 0.01);
	assert_near(sum / (double)n, 1, 0.01);
	assert_near(square / (double)n, 2, 0.03);
	assert_near(below / (double)n, 0.5, 0.01);
}

static void poisson_counts_a_second_have_equal_mean_and_variance(void **state)
{
	struct bt_segment seg = open_segment(100, 100, 2000 * BT_NS_PER_S);
	unsigned *n = calloc(2000, sizeof(*n));
	double mean = 0, var = 0;

	(void)state;
	assert_non_null(n);
	seg.arrivals = BT_POISSON;
	for (uint64_t due = bt_due_first(&seg, 9); due != UINT64_MAX;
		due = bt_due_next(&seg, 9, due))
		n[(due >> BT_DUE_SHIFT) / BT_NS_PER_S]++;
	for (unsigned i = 0; i < 2000; i++)
		mean += n[i] / 2000.0;
	for (unsigned i = 0; i < 2000; i++)
		var += (n[i] - mean) * (n[i] - mean) / 1999;
	assert_near(mean, 100, 0.01);
	assert_near(var, 100, 0.1);
	free(n);
}

static void a_poisson_ramp_offers_its_integral(void **state)
{
	struct bt_segment seg = open_segment(100, 1900, 100 * BT_NS_PER_S);
	uint64_t last;

	(void)state;
	seg.arrivals = BT_POISSON;
	assert_near((double)count(&seg, 3, &last), 100000, 0.01);
}

static void the_seed_decides_the_arrivals(void **state)
{
	struct bt_segment seg = open_segment(100, 100, 10 * BT_NS_PER_S);

	(void)state;
	seg.arrivals = BT_POISSON;
	assert_true(bt_due_first(&seg, 1) == bt_due_first(&seg, 1));
	assert_true(bt_due_first(&seg, 1) != bt_due_first(&seg, 2));
	assert_true(bt_due_next(&seg, 1, 1 << 20) != bt_due_next(&seg, 2, 1 << 20));
}

static void what_is_not_open_offers_nothing(void **state)
{
	struct bt_segment seg = open_segment(100, 100, BT_NS_PER_S);

	(void)state;
	seg.mode = BT_IDLE;
	assert_true(bt_due_first(&seg, 1) == UINT64_MAX);
	seg.mode = BT_OPEN;
	seg.rate_from = seg.rate_to = 0;
	assert_true(bt_due_first(&seg, 1) == UINT64_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constant_rates_offer_exactly_rate_times_span),
		cmocka_unit_test(a_slow_rate_does_not_drift_in_a_day),
		cmocka_unit_test(ramps_follow_their_integral),
		cmocka_unit_test(poisson_gaps_are_exponential),
		cmocka_unit_test(poisson_counts_a_second_have_equal_mean_and_variance),
		cmocka_unit_test(a_poisson_ramp_offers_its_integral),
		cmocka_unit_test(the_seed_decides_the_arrivals),
		cmocka_unit_test(what_is_not_open_offers_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
