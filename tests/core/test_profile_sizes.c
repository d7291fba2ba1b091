/* Profile sizes: its segments, what breaks a size, and what it finds. */
#include "cm.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/opt.h"
#include "core/profile.h"

struct it {
	const struct bt_profile *profile;
	void *conf, *state;
};

static void begin(struct it *it, const char *option, const char *value, uint64_t warmup_ns)
{
	const struct bt_load load = {
		.workers = 2, .warmup_ns = warmup_ns, .sizes = { 1, 10, 100 }, .n_sizes = 3
	};
	struct bt_opt_set set;

	it->profile = bt_profile_find("sizes");
	it->conf = calloc(1, it->profile->conf_size);
	it->state = calloc(1, it->profile->state_size);
	set = (struct bt_opt_set){ "profile", it->profile->opts, it->conf };
	bt_opt_defaults(it->profile->opts, it->conf);
	if (option)
		assert_int_equal(
			bt_opt_set_value(bt_opt_find(&set, 1, option, NULL), it->conf, value, NULL),
			0);
	assert_int_equal(it->profile->begin(it->state, it->conf, &load, NULL), 0);
}

static void end(struct it *it)
{
	free(it->conf);
	free(it->state);
}

/* The next step, which took 2 s, with so many calls of so long each. */
static struct bt_segment_record step(struct it *it, uint64_t calls, uint64_t failed, double mean_ns)
{
	struct bt_segment_record rec = { .index = 0 };

	assert_true(it->profile->next(it->state, NULL, &rec.plan));
	rec.result.start_ns = 5 * BT_NS_PER_S;
	rec.result.end_ns = 7 * BT_NS_PER_S;
	rec.result.completed_in_span = calls;
	rec.result.counts = (struct bt_counts){
		.offered = calls + failed, .completed = calls, .failed = failed
	};
	rec.result.service.count = calls + failed;
	rec.result.service.mean = mean_ns;
	it->profile->judge(it->state, &rec);
	return rec;
}

static void sizes_follow_one_another_after_the_warm_up(void **state)
{
	struct bt_segment seg;
	struct it it;

	(void)state;
	begin(&it, "hold", "3s", BT_NS_PER_S);
	assert_int_equal(it.profile->planned_ns(it.state), 10 * BT_NS_PER_S);
	assert_true(it.profile->next(it.state, NULL, &seg));
	assert_string_equal(seg.label, "warm-up");
	assert_true(!seg.scored && seg.op_units == 1 && seg.span_ns == BT_NS_PER_S);
	for (unsigned i = 1; i <= 3; i++) {
		assert_true(it.profile->next(it.state, NULL, &seg));
		assert_int_equal(seg.op_units, i == 1 ? 1 : i == 2 ? 10 : 100);
		assert_int_equal(seg.step, i);
		assert_int_equal(seg.mode, BT_CLOSED);
		assert_true(seg.scored && seg.judged && seg.span_ns == 3 * BT_NS_PER_S);
	}
	assert_false(it.profile->next(it.state, NULL, &seg));
	end(&it);
}

static void the_most_and_what_is_nearly_that_are_found(void **state)
{
	struct bt_finding f = { .text = "" };
	struct it it;

	(void)state;
	begin(&it, NULL, NULL, 0);
	it.profile->finding(it.state, &f);
	assert_true(isnan(f.value));
	assert_int_equal(step(&it, 1000, 0, 2e6).result.outcome, BT_STEP_HELD);  /* 500 units/s */
	assert_int_equal(step(&it, 950, 0, 2.1e6).result.outcome, BT_STEP_HELD); /* 4,750 */
	assert_int_equal(step(&it, 100, 0, 20e6).result.outcome, BT_STEP_HELD);  /* 5,000 */
	it.profile->finding(it.state, &f);
	assert_true(f.value == 5000);
	assert_string_equal(f.text,
		"100 units a call, 20.0 ms a call, 200 us a unit; 10 give 95.0 % of that at 2.10 "
		"ms a call");
	end(&it);
}

static void a_size_breaks_by_time_rate_or_failures(void **state)
{
	static const struct {
		const char *option, *value, *reason;
		uint64_t failed;
	} rows[] = {
		{ "unit-time", "1ms", "a unit took 2.00 ms, limit 1.00 ms", 0 },
		{ "unit-rate", "501", "500 units/s, floor 501", 0 },
		{ "succeed", "99%", "90.9 % of its operations succeeded, floor 99.0 %", 100 },
	};
	(void)state;
	for (size_t i = 0; i < BT_LEN(rows); i++) {
		struct bt_segment_record rec;
		struct it it;

		begin(&it, rows[i].option, rows[i].value, 0);
		rec = step(&it, 1000, rows[i].failed, 2e6);
		assert_int_equal(rec.result.outcome, BT_STEP_BROKE);
		assert_string_equal(rec.result.reason, rows[i].reason);
		end(&it);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sizes_follow_one_another_after_the_warm_up),
		cmocka_unit_test(the_most_and_what_is_nearly_that_are_found),
		cmocka_unit_test(a_size_breaks_by_time_rate_or_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
