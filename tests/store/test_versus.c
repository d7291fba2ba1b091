/* What stored runs are shown beside each other with, and the little that a list shows of one. */
#include "cm.h"

#include <errno.h>
#include <math.h>

#include "store/preview.h"
#include "store/versus.h"
#include "record_store.h"

static const struct bt_setting slow[] = { { "rate", "100", false }, { "seed", "1", false },
	{ "threshold", "p99<1s", false } };
static const struct bt_setting fast[] = { { "rate", "200", false }, { "seed", "2", false } };

/* A warm-up of a second, then so many seconds of so many operations a tenth of a second. */
static void make_run(struct bt_store *store, const struct bt_setting *settings, unsigned n_settings,
	unsigned seconds, unsigned each, const char *commit)
{
	struct fake_run *run = fake_new(true);
	struct bt_recording *rec;

	run->info.settings = settings;
	run->info.n_settings = n_settings;
	run->info.commit = commit;
	rec = record_begin(store, run);
	fake_segment(run, "warm-up", 1000, BT_NS_PER_S)->plan.scored = false;
	for (unsigned i = 0; i < 10 * (seconds + 1); i++) {
		if (i == 10)
			fake_segment(run, "load", 100, BT_FOREVER);
		fake_tick(run, TICK, i < 10 ? 100 : each, i == 15);
		run->snap.scored_ns = i < 10 ? 0 : (i - 9) * TICK;
		if (i + 1 == 10 * (seconds + 1))
			fake_last(run);
		record_put_well(rec, run);
	}
	record_end(rec);
	fake_free(run);
}

static const struct bt_difference *find(const struct bt_versus *v, const char *what)
{
	for (unsigned i = 0; i < v->n_differences; i++)
		if (strcmp(v->differences[i].what, what) == 0)
			return &v->differences[i];
	return NULL;
}

static struct bt_versus *open_versus(
	struct bt_store *store, const uint64_t *a, size_t n, const uint64_t *b, size_t m)
{
	static const char *const names[] = { "before", "after" };
	const uint64_t *const ids[] = { a, b };
	const size_t sizes[] = { n, m };
	struct bt_err err = { .msg = "" };
	struct bt_versus *v;

	if (bt_versus_open(&v, store, names, ids, sizes, &err) < 0)
		fail_msg("%s", err.msg);
	return v;
}

static void both_sides_have_latency_and_throughput(void **state BT_UNUSED)
{
	static const uint64_t a[] = { 1, 2 }, b[] = { 3 };
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_versus *v;

	make_run(store, slow, BT_LEN(slow), 9, 10, "abc");
	make_run(store, slow, BT_LEN(slow), 9, 10, "abc");
	make_run(store, slow, BT_LEN(slow), 4, 30, "abc");
	v = open_versus(store, a, 2, b, 1);
	assert_int_equal(v->trials[0].n, 2);
	assert_int_equal(v->length_ns, 10 * BT_NS_PER_S);
	/* Warm-up is in the throughput over time, but not in latencies. */
	assert_in_range(v->sides[0].latency.count, 2 * 895, 2 * 905);
	assert_in_range(v->sides[1].latency.count, 1190, 1210);
	assert_true(fabs(v->sides[0].rate[BT_VERSUS_POINTS / 20] - 1000) < 20);
	assert_true(fabs(v->sides[0].rate[BT_VERSUS_POINTS / 2] - 100) < 5);
	assert_true(fabs(v->sides[1].rate[BT_VERSUS_POINTS / 4] - 300) < 5);
	assert_true(isnan(v->sides[1].rate[BT_VERSUS_POINTS * 3 / 4])); /* it had ended */
	assert_false(v->anyway);
	assert_int_equal(v->n_differences, 0);
	bt_versus_close(v);
	bt_store_close(store);
}

static void differences_tell_which_of_them_hinder(void **state BT_UNUSED)
{
	static const uint64_t a[] = { 1 }, b[] = { 2 };
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_versus *v;

	make_run(store, slow, BT_LEN(slow), 9, 10, "abc");
	make_run(store, fast, BT_LEN(fast), 9, 20, "def");
	v = open_versus(store, a, 1, b, 1);
	assert_non_null(find(v, "--rate"));
	assert_string_equal(find(v, "--rate")->a, "100");
	assert_string_equal(find(v, "--rate")->b, "200");
	assert_true(find(v, "--rate")->hinders);
	assert_string_equal(find(v, "commit")->b, "def");
	assert_false(find(v, "commit")->hinders);
	assert_string_equal(find(v, "--threshold")->b, "");
	assert_false(find(v, "--threshold")->hinders);
	assert_null(find(v, "--seed"));
	assert_int_equal(v->n_differences, 3);
	assert_true(v->anyway); /* compared, with the difference noted */
	assert_non_null(strstr(v->comparison.noted, "--rate"));
	bt_versus_close(v);
	bt_store_close(store);
}

static void a_run_that_is_gone_is_said(void **state BT_UNUSED)
{
	static const char *const names[] = { "a", "b" };
	static const uint64_t one = 1, gone = 9;
	const uint64_t *const ids[] = { &one, &gone };
	static const size_t n[] = { 1, 1 };
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_versus *v;
	struct bt_err err;

	make_run(store, slow, BT_LEN(slow), 2, 10, "");
	assert_int_equal(bt_versus_open(&v, store, names, ids, n, &err), -ENOENT);
	assert_null(v);
	bt_store_close(store);
}

static void a_preview_tells_what_a_list_shows(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_preview p;
	struct bt_err err;

	make_run(store, slow, BT_LEN(slow), 9, 10, "abc");
	assert_int_equal(bt_store_preview(store, &p, 1, &err), 0);
	assert_int_equal(p.id, 1);
	assert_string_equal(p.options, "rate 100");
	assert_string_equal(p.commit, "abc");
	assert_int_equal(p.n, 10);
	assert_true(fabs(p.rate[0] - 1000) < 1);
	assert_true(fabs(p.rate[5] - 100) < 1);
	assert_int_equal(bt_store_preview(store, &p, 9, &err), -ENOENT);
	assert_int_equal(p.id, 0);
	bt_store_close(store);
}

/* A run that has no second yet. */
static void a_run_that_has_just_begun_has_a_preview(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct fake_run *run = fake_new(true);
	struct bt_recording *rec = record_begin(store, run);
	struct bt_preview p;
	struct bt_err err;

	assert_int_equal(bt_store_preview(store, &p, 1, &err), 0);
	assert_int_equal(p.n, 0);
	assert_int_equal(p.latency.count, 0);
	assert_true(isnan(p.offered));
	bt_recording_free(rec);
	fake_free(run);
	bt_store_close(store);
}

static void operations_are_spread_over_the_parts_they_lie_in(void **state BT_UNUSED)
{
	double parts[4] = { 0 };

	/* Half of the first, all of the next, half of the third. */
	bt_spread(parts, 4, 400, 50, 250, 20);
	assert_true(fabs(parts[0] - 5) < 1e-9 && fabs(parts[1] - 10) < 1e-9);
	assert_true(fabs(parts[2] - 5) < 1e-9 && parts[3] == 0);
	bt_spread(parts, 4, 400, 390, 800, 41); /* what lies past the end is nowhere */
	assert_true(fabs(parts[3] - 1) < 1e-9);
	bt_spread(parts, 4, 400, 100, 100, 7);
	bt_spread(parts, 4, 400, 900, 1000, 7);
	assert_true(fabs(parts[0] + parts[1] + parts[2] + parts[3] - 21) < 1e-9);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(both_sides_have_latency_and_throughput),
		CASE(differences_tell_which_of_them_hinder),
		CASE(a_run_that_is_gone_is_said),
		CASE(a_preview_tells_what_a_list_shows),
		CASE(a_run_that_has_just_begun_has_a_preview),
		cmocka_unit_test(operations_are_spread_over_the_parts_they_lie_in),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
