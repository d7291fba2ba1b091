/* Endurance, fed with invented hours. */
#include "cm.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "core/profile.h"

#define HOUR (UINT64_C(3600) * BT_NS_PER_S)

struct fixture {
	const struct bt_profile *profile;
	uint64_t conf[8];
	void *state;
};

static int begin(struct fixture *f, const struct bt_load *load, const char *option)
{
	char *const args[] = { (char *)option };
	struct bt_opt_set set;
	unsigned words;

	memset(f, 0, sizeof(*f));
	f->profile = bt_profile_find("endurance");
	assert_non_null(f->profile);
	assert_true(f->profile->conf_size <= sizeof(f->conf));
	f->state = calloc(1, f->profile->state_size);
	assert_non_null(f->state);
	set = (struct bt_opt_set){ "endurance", f->profile->opts, f->conf };
	assert_int_equal(bt_opt_parse(&set, 1, option != NULL, args, 0, NULL, 0, &words, NULL), 0);
	return f->profile->begin(f->state, f->conf, load, NULL);
}

static void stretches_fill_the_time(void **state)
{
	static const struct {
		uint64_t duration_ns;
		const char *option;
		unsigned rows;
		uint64_t first_ns, last_ns;
	} rows[] = {
		{ 24 * HOUR, NULL, 24, HOUR, HOUR },
		{ 100 * HOUR, NULL, 100, HOUR, HOUR },
		{ 12 * HOUR, NULL, 24, HOUR / 2, HOUR / 2 },
		{ HOUR, NULL, 24, HOUR / 24, HOUR / 24 },
		{ 0, NULL, 24, HOUR / 24, HOUR / 24 },
		{ 150 * BT_NS_PER_S, NULL, 3, 60 * BT_NS_PER_S, 30 * BT_NS_PER_S },
		{ 20 * BT_NS_PER_S, NULL, 1, 20 * BT_NS_PER_S, 20 * BT_NS_PER_S },
		{ HOUR, "--stretch=25m", 3, 25 * HOUR / 60, 10 * HOUR / 60 },
		{ 40 * 24 * HOUR, "--stretch=1d", 40, 24 * HOUR, 24 * HOUR },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		const struct bt_load load = { .rate = 50,
			.duration_ns = rows[i].duration_ns,
			.warmup_ns = i % 2 ? 5 * BT_NS_PER_S : 0,
			.workers = 3,
			.concurrency = 7 };
		struct bt_segment_record rec = { 0 };
		uint64_t scored_ns = 0;
		struct fixture f;
		unsigned n = 0;

		assert_int_equal(begin(&f, &load, rows[i].option), 0);
		if (load.warmup_ns) {
			assert_true(f.profile->next(f.state, NULL, &rec.plan));
			assert_true(!rec.plan.scored && !rec.plan.step);
		}
		while (f.profile->next(f.state, n || load.warmup_ns ? &rec : NULL, &rec.plan)) {
			assert_true(rec.plan.scored && !rec.plan.judged);
			assert_true(rec.plan.step == ++n && rec.plan.steps == rows[i].rows);
			assert_true(rec.plan.rate_from == 50 && rec.plan.rate_to == 50);
			assert_true(rec.plan.workers == 3 && rec.plan.concurrency == 7);
			scored_ns += rec.plan.span_ns;
			assert_int_equal(rec.plan.span_ns,
				n == rows[i].rows ? rows[i].last_ns : rows[i].first_ns);
		}
		assert_int_equal(n, rows[i].rows);
		assert_int_equal(scored_ns, rows[i].duration_ns ? rows[i].duration_ns : HOUR);
		assert_int_equal(f.profile->planned_ns(f.state), scored_ns + load.warmup_ns);
		free(f.state);
	}
}

/* A quarter in which n operations of this response time end. */
static void quarter_passes(struct fixture *f, uint64_t *t_ns, uint64_t n, uint64_t response_ns)
{
	struct bt_hist *h = calloc(1, sizeof(*h));

	assert_non_null(h);
	bt_hist_init(h);
	bt_hist_add(h, response_ns, n);
	*t_ns += HOUR;
	f->profile->ended(
		f->state, &(struct bt_endings){ .t_ns = *t_ns - 1, .completed = n, .response = h });
	free(h);
}

static void drift_is_the_last_quarter_against_the_first(void **state)
{
	static const struct {
		uint64_t n[4], ms[4];
		double drift;
		const char *words;
	} rows[] = {
		{ { 1000, 1000, 1000, 1000 }, { 10, 10, 10, 10 }, 1, "10.0 ms in the last" },
		{ { 1000, 1000, 1000, 1000 }, { 10, 99, 99, 15 }, 1.5, "15.0 ms in the last" },
		{ { 1000, 1000, 1000, 1000 }, { 10, 10, 10, 5 }, 0.5, "5.00 ms in the last" },
		{ { 1000, 1000, 99, 0 }, { 10, 20, 30, 0 }, 2, "20.0 ms in the second" },
		{ { 99, 1000, 1000, 1000 }, { 10, 10, 10, 10 }, NAN, "not known" },
		{ { 1000, 99, 99, 99 }, { 10, 10, 10, 10 }, NAN, "not known" },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		const struct bt_load load = { .rate = 50,
			.duration_ns = 4 * HOUR,
			.warmup_ns = HOUR,
			.workers = 1,
			.concurrency = 1 };
		struct bt_segment_record rec = { .result.end_ns = HOUR };
		struct bt_finding found;
		struct fixture f;
		uint64_t t_ns = 0;

		assert_int_equal(begin(&f, &load, NULL), 0);
		assert_true(f.profile->next(f.state, NULL, &rec.plan));
		quarter_passes(&f, &t_ns, 1000, 70000000); /* warm-up: not looked at */
		assert_true(f.profile->next(f.state, &rec, &rec.plan));
		for (unsigned q = 0; q < 4; q++)
			quarter_passes(&f, &t_ns, rows[i].n[q], rows[i].ms[q] * 1000000);
		f.profile->finding(f.state, &found);
		if (isnan(rows[i].drift) ? !isnan(found.value)
					 : !(fabs(found.value - rows[i].drift) < 0.002))
			fail_msg("row %u: %g: %s", i, found.value, found.text);
		assert_non_null(strstr(found.text, rows[i].words));
		free(f.state);
	}
}

static void its_objectives_are_thresholds(void **state)
{
	static const char *const expected[] = { "throughput>=45", "error_rate<1%",
		"rss_growth<10%@after=1h", "leak_per_h<=0" };
	struct bt_load load = { .rate = 50, .duration_ns = 24 * HOUR };
	const struct bt_profile *p = bt_profile_find("endurance");
	const uint64_t conf[8] = { 0 };
	char text[96];

	(void)state;
	for (unsigned i = 0; i < BT_LEN(expected); i++) {
		assert_true(p->objective(conf, &load, i, text, sizeof(text)));
		assert_string_equal(text, expected[i]);
	}
	assert_false(p->objective(conf, &load, BT_LEN(expected), text, sizeof(text)));
	load = (struct bt_load){ .rate = 1234567.5, .duration_ns = 50 * BT_NS_PER_S };
	assert_true(p->objective(conf, &load, 0, text, sizeof(text)));
	assert_string_equal(text, "throughput>=1111110.75");
	assert_true(p->objective(conf, &load, 2, text, sizeof(text)));
	assert_string_equal(text, "rss_growth<10%@after=2s83ms");
	assert_false(p->objective(conf, &load, 3, text, sizeof(text))); /* too short to tell */
}

static void contradicting_options_are_refused(void **state)
{
	static const struct {
		struct bt_load load;
		const char *option;
	} rows[] = {
		{ { .duration_ns = HOUR }, NULL },
		{ { .rate = 50, .ops = 10 }, NULL },
		{ { .rate = 50, .duration_ns = HOUR }, "--stretch=1s" },
	};

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct fixture f;

		assert_int_equal(begin(&f, &rows[i].load, rows[i].option), -EINVAL);
		free(f.state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stretches_fill_the_time),
		cmocka_unit_test(drift_is_the_last_quarter_against_the_first),
		cmocka_unit_test(its_objectives_are_thresholds),
		cmocka_unit_test(contradicting_options_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
