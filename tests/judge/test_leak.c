/* A leak is found in invented memory readings, and only there. */
#include "cm.h"

#include <math.h>
#include <stdlib.h>

#include "base/base.h"
#include "base/rng.h"
#include "judge/leak.h"

#define MIB 1048576.0

/* Bytes above the start after s seconds. */
typedef double memory(double s, struct bt_rng *rng);

static void read_memory(struct bt_leak *out, memory *of, unsigned seconds, uint64_t seed)
{
	struct bt_leak_series series = { 0 };
	struct bt_rng rng;

	bt_rng_init(&rng, seed);
	for (unsigned s = 0; s <= seconds; s++)
		bt_leak_add(&series, (7 + s) * BT_NS_PER_S, (uint64_t)(40 * MIB + of(s, &rng)));
	bt_leak_conclude(out, &series);
}

static double flat(double s, struct bt_rng *rng)
{
	(void)s;
	(void)rng;
	return 0;
}

/* Readings between collections of garbage: up to 8 MiB above what is in use. */
static double garbage(double s, struct bt_rng *rng)
{
	(void)s;
	return 8 * MIB * bt_rng_unit(rng);
}

static double leaky(double s, struct bt_rng *rng)
{
	(void)rng;
	return s * MIB / 60;
}

static double leaky_garbage(double s, struct bt_rng *rng)
{
	return leaky(s, rng) + garbage(s, rng) / 4;
}

/* A kernel that counts 64 pages at once. */
static double leaky_batches(double s, struct bt_rng *rng)
{
	return floor(leaky(s, rng) / 262144) * 262144;
}

static double filling(double s, struct bt_rng *rng)
{
	(void)rng;
	return 20 * MIB * (1 - exp(-s / 40));
}

static double half_way(double s, struct bt_rng *rng)
{
	(void)rng;
	return s < 100 ? 0 : 5 * MIB;
}

static double wandering(double s, struct bt_rng *rng)
{
	static double at;

	at = s > 0 ? at : 4 * MIB;
	at = fmax(0, at + 65536 * (bt_rng_unit(rng) - 0.5));
	return at;
}

static void a_planted_leak_is_found_in_three_minutes(void **state)
{
	static memory *const rows[] = { leaky, leaky_garbage, leaky_batches };

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct bt_leak leak;

		read_memory(&leak, rows[i], 180, 1);
		if (leak.verdict != BT_LEAK_FOUND || !(leak.low <= 60 * MIB) ||
			!(leak.high >= 60 * MIB) || fabs(leak.slope / MIB - 60) > 12)
			fail_msg("row %u: %s, %g (%g to %g) MiB/h", i,
				bt_leak_verdict_name[leak.verdict], leak.slope / MIB,
				leak.low / MIB, leak.high / MIB);
		assert_true(isnan(leak.rules_out));
	}
}

static void memory_that_stays_has_no_leak(void **state)
{
	static const struct {
		memory *of;
		unsigned seconds;
	} rows[] = { { flat, 180 }, { garbage, 180 }, { half_way, 150 }, { half_way, 200 },
		{ half_way, 300 }, { flat, 86400 }, { garbage, 86400 } };

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++)
		for (unsigned seed = 1; seed <= 20; seed++) {
			struct bt_leak leak;

			read_memory(&leak, rows[i].of, rows[i].seconds, seed);
			if (leak.verdict != BT_LEAK_NONE)
				fail_msg("row %u, seed %u: %s, %g (%g to %g) MiB/h", i, seed,
					bt_leak_verdict_name[leak.verdict], leak.slope / MIB,
					leak.low / MIB, leak.high / MIB);
		}
}

/* A walk without aim has no trend, however much each reading resembles the last. */
static void what_only_wanders_is_seldom_taken_for_a_leak(void **state)
{
	unsigned found = 0;

	(void)state;
	for (unsigned seed = 1; seed <= 200; seed++) {
		struct bt_leak leak;

		read_memory(&leak, wandering, 1000, seed);
		found += leak.verdict == BT_LEAK_FOUND;
	}
	print_message("%u of 200 walks were called leaks\n", found);
	assert_true(found <= 20);
}

static void what_fills_up_is_suspected_at_most(void **state)
{
	struct bt_leak leak;

	(void)state;
	read_memory(&leak, filling, 180, 1);
	assert_int_equal(leak.verdict, BT_LEAK_SUSPECTED);
	read_memory(&leak, filling, 3600, 1);
	assert_int_equal(leak.verdict, BT_LEAK_NONE);
}

static void a_run_says_what_it_cannot_rule_out(void **state)
{
	static const struct {
		unsigned seconds;
		double mib_per_h; /* 1 MiB over three quarters of the run */
	} rows[] = { { 28, 171.4 }, { 180, 26.7 }, { 3600, 1.333 }, { 86400, 0.0556 } };
	struct bt_leak leak;

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		read_memory(&leak, flat, rows[i].seconds, 1);
		assert_int_equal(leak.verdict, BT_LEAK_NONE);
		if (!(fabs(leak.rules_out / MIB / rows[i].mib_per_h - 1) < 0.05))
			fail_msg("%u s: %g MiB/h", rows[i].seconds, leak.rules_out / MIB);
		assert_true(leak.slope >= 0 && leak.slope <= 0 && leak.resolvable > 0);
	}
	read_memory(&leak, leaky, 20, 1);
	assert_int_equal(leak.verdict, BT_LEAK_TOO_SHORT);
	assert_true(isnan(leak.slope) && isnan(leak.resolvable) && isnan(leak.rules_out));
}

static void windows_keep_the_lowest_reading_however_long_the_run(void **state)
{
	struct bt_leak_series s = { 0 };
	uint64_t t = 0;

	(void)state;
	for (unsigned i = 0; i < 1000000; i++, t += BT_NS_PER_S / 10)
		bt_leak_add(&s, t, 1000 + i % 10);
	assert_true(s.n >= BT_LEAK_WINDOWS / 2 && s.n < BT_LEAK_WINDOWS);
	assert_int_equal(s.width_ns, 2048 * BT_NS_PER_S);
	for (unsigned i = 0; i < s.n; i++)
		assert_int_equal(s.floor[i], 1000);
	assert_true(bt_leak_add(&s, t + 86400 * BT_NS_PER_S, 1000)); /* a day without readings */
	assert_true(s.n < BT_LEAK_WINDOWS);
}

static void what_was_not_read_is_left_out(void **state)
{
	struct bt_leak_series s = { 0 };
	struct bt_leak leak;

	(void)state;
	for (unsigned i = 0; i < 100; i++)
		bt_leak_add(&s, i * BT_NS_PER_S, i % 3 ? UINT64_MAX : (uint64_t)(i * MIB));
	bt_leak_conclude(&leak, &s);
	assert_int_equal(leak.verdict, BT_LEAK_FOUND);
	s = (struct bt_leak_series){ 0 };
	for (unsigned i = 0; i < 100; i++)
		bt_leak_add(&s, i * BT_NS_PER_S, UINT64_MAX);
	bt_leak_conclude(&leak, &s);
	assert_int_equal(leak.verdict, BT_LEAK_TOO_SHORT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_planted_leak_is_found_in_three_minutes),
		cmocka_unit_test(memory_that_stays_has_no_leak),
		cmocka_unit_test(what_only_wanders_is_seldom_taken_for_a_leak),
		cmocka_unit_test(what_fills_up_is_suspected_at_most),
		cmocka_unit_test(a_run_says_what_it_cannot_rule_out),
		cmocka_unit_test(windows_keep_the_lowest_reading_however_long_the_run),
		cmocka_unit_test(what_was_not_read_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
