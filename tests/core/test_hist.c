/* Histograms: layout, quantiles against sorted values, encoding, live counters under a running
 * writer. */
#include "cm.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/rng.h"
#include "core/hist.h"

static struct bt_hist *new_hist(void)
{
	struct bt_hist *h = malloc(sizeof(*h));

	assert_non_null(h);
	bt_hist_init(h);
	return h;
}

static void buckets_tile_the_range(void **state)
{
	(void)state;
	for (unsigned i = 0; i + 1 < bt_hist_index(BT_HIST_MAX_NS); i++) {
		assert_true(bt_hist_high(i) + 1 == bt_hist_low(i + 1));
		assert_int_equal(bt_hist_index(bt_hist_low(i)), i);
		assert_int_equal(bt_hist_index(bt_hist_high(i)), i);
		/* Three significant digits: no bucket is wider than a thousandth of what it
		 * holds. */
		assert_true((bt_hist_high(i) - bt_hist_low(i)) * 1000 <= bt_hist_low(i) ||
			bt_hist_high(i) == bt_hist_low(i));
	}
	assert_true(bt_hist_index(UINT64_MAX) < BT_HIST_LEN);
}

/* Facts of the layout that HdrHistogram has for lowest 1, three digits: counts index of some
 * values. */
static void layout_is_hdr_histograms(void **state)
{
	static const struct {
		uint64_t value;
		unsigned index;
	} rows[] = { { 0, 0 }, { 1, 1 }, { 2047, 2047 }, { 2048, 2048 }, { 2049, 2048 },
		{ 2050, 2049 }, { 4095, 3071 }, { 4096, 3072 }, { 10000, 4322 } };

	(void)state;
	for (unsigned i = 0; i < BT_LEN(rows); i++)
		assert_int_equal(bt_hist_index(rows[i].value), rows[i].index);
}

static int ascending(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void quantiles_are_within_a_thousandth_of_the_sorted_values(void **state)
{
	static const double qs[] = { 0, 0.001, 0.25, 0.5, 0.9, 0.95, 0.99, 0.999, 1 };
	enum { N = 50000 };
	static uint64_t values[N];
	struct bt_hist *h = new_hist();
	struct bt_rng rng;
	double sum = 0;

	(void)state;
	bt_rng_init(&rng, 7);
	for (unsigned i = 0; i < N; i++) {
		values[i] = (uint64_t)(bt_rng_exponential(&rng) * 1e6 * (i % 10 ? 1 : 1000));
		sum += (double)values[i];
		bt_hist_add(h, values[i], 1);
	}
	qsort(values, N, sizeof(values[0]), ascending);
	for (unsigned i = 0; i < BT_LEN(qs); i++) {
		uint64_t rank = (uint64_t)(qs[i] * N + 0.999999), got = bt_hist_quantile(h, qs[i]);
		uint64_t exact = values[rank ? rank - 1 : 0];

		assert_true(got >= exact && (got - exact) * 1000 <= exact);
	}
	assert_true(bt_hist_quantile(h, 1) == values[N - 1]);
	assert_near(bt_hist_mean(h), sum / N, 1e-9);
	free(h);
}

static void quantile_of_round_counts_takes_the_exact_rank(void **state)
{
	struct bt_hist *h = new_hist();

	(void)state;
	for (unsigned i = 1; i <= 1000; i++)
		bt_hist_add(h, i, 1);
	assert_int_equal(bt_hist_quantile(h, 0.5), 500);
	assert_int_equal(bt_hist_quantile(h, 0.95), 950);
	assert_int_equal(bt_hist_quantile(h, 0.99), 990);
	assert_int_equal(bt_hist_quantile(h, 0.999), 999);
	assert_int_equal(bt_hist_quantile(h, 0.9991), 1000);
	assert_int_equal(bt_hist_quantile(h, 0), 1);
	free(h);
}

static void an_empty_histogram_knows_nothing(void **state)
{
	struct bt_hist *h = new_hist();
	struct bt_latency l;

	(void)state;
	bt_latency_of(&l, h);
	assert_int_equal(l.count, 0);
	assert_true(__builtin_isnan(l.mean));
	assert_int_equal(bt_hist_quantile(h, 0.5), 0);
	free(h);
}

static void beyond_an_hour_the_maximum_stays_exact(void **state)
{
	struct bt_hist *h = new_hist();

	(void)state;
	bt_hist_add(h, 2 * BT_HIST_MAX_NS + 12345, 1);
	assert_true(h->max == 2 * BT_HIST_MAX_NS + 12345);
	assert_true(bt_hist_quantile(h, 1) == h->max);
	bt_hist_add(h, 5, 3);
	assert_true(bt_hist_quantile(h, 0.75) == 5);
	assert_true(bt_hist_quantile(h, 0.76) == h->max);
	free(h);
}

static void merging_equals_adding_all(void **state)
{
	struct bt_hist *a = new_hist(), *b = new_hist(), *both = new_hist();
	struct bt_rng rng;

	(void)state;
	bt_rng_init(&rng, 3);
	for (unsigned i = 0; i < 5000; i++) {
		uint64_t v = bt_rng_below(&rng, UINT64_C(1) << (i % 40));

		bt_hist_add(i % 3 ? a : b, v, 1 + i % 2);
		bt_hist_add(both, v, 1 + i % 2);
	}
	bt_hist_merge(a, b);
	assert_memory_equal(a, both, sizeof(*a));
	bt_hist_reset(a);
	bt_hist_init(b);
	assert_memory_equal(a->c, b->c, sizeof(a->c));
	free(a);
	free(b);
	free(both);
}

static void encoding_round_trips(void **state)
{
	struct bt_hist *h = new_hist(), *back = new_hist();
	static uint8_t buf[BT_HIST_LEN * 4];
	struct bt_rng rng;
	size_t n;

	(void)state;
	bt_rng_init(&rng, 11);
	for (unsigned round = 0; round < 200; round++) {
		n = bt_hist_encode(h, buf, sizeof(buf));
		assert_true(n <= sizeof(buf));
		assert_int_equal(bt_hist_encode(h, NULL, 0), n);
		assert_int_equal(bt_hist_decode(back, buf, n, NULL), 0);
		assert_memory_equal(h, back, sizeof(*h));
		bt_hist_add(h, bt_rng_below(&rng, UINT64_C(1) << (round % 42)), round + 1);
	}
	free(h);
	free(back);
}

static void damaged_bytes_are_refused_and_leave_nothing(void **state)
{
	struct bt_hist *h = new_hist(), *back = new_hist();
	uint8_t buf[256], bad[256];
	unsigned refused = 0;
	size_t n;

	(void)state;
	for (unsigned i = 0; i < 20; i++)
		bt_hist_add(h, 1000 + i * 77777, i + 1);
	n = bt_hist_encode(h, buf, sizeof(buf));
	assert_true(n <= sizeof(buf));
	for (size_t cut = 0; cut < n; cut++) {
		struct bt_err err = { 0 };

		assert_int_equal(bt_hist_decode(back, buf, cut, &err), -22);
		assert_true(err.msg[0] != '\0');
		assert_int_equal(back->count, 0);
	}
	for (size_t i = 0; i < n; i++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			memcpy(bad, buf, n);
			bad[i] ^= (uint8_t)(1u << bit);
			if (bt_hist_decode(back, bad, n, NULL) < 0) {
				refused++;
				assert_int_equal(back->count, 0);
			}
		}
	}
	assert_true(refused > n * 2);
	free(h);
	free(back);
}

struct race {
	struct bt_live live;
	_Atomic int done;
	uint64_t n, sum;
};

static void *write_live(void *arg)
{
	struct race *r = arg;
	struct bt_rng rng;

	bt_rng_init(&rng, 99);
	for (uint64_t i = 0; i < r->n; i++) {
		uint64_t v = bt_rng_below(&rng, 1 + (UINT64_C(1) << (i % 36)));

		r->sum += v;
		bt_live_add(&r->live, v);
	}
	atomic_store(&r->done, 1);
	return NULL;
}

static void ticks_add_up_while_a_writer_runs(void **state)
{
	struct race *r = aligned_alloc(64, (sizeof(*r) + 63) / 64 * 64);
	struct bt_live_mark *mark = calloc(1, sizeof(*mark));
	struct bt_hist *all = new_hist(), *tick = new_hist(), *expected = new_hist();
	pthread_t thread;
	struct bt_rng rng;
	unsigned ticks = 0;
	int done;

	(void)state;
	assert_non_null(r);
	assert_non_null(mark);
	memset(r, 0, sizeof(*r));
	bt_live_init(&r->live);
	r->n = 400000;
	assert_int_equal(pthread_create(&thread, NULL, write_live, r), 0);
	do {
		done = atomic_load(&r->done);
		bt_hist_reset(tick);
		bt_live_take(&r->live, mark, tick);
		bt_hist_merge(all, tick);
		ticks++;
	} while (!done);
	pthread_join(thread, NULL);
	bt_rng_init(&rng, 99);
	for (uint64_t i = 0; i < r->n; i++)
		bt_hist_add(expected, bt_rng_below(&rng, 1 + (UINT64_C(1) << (i % 36))), 1);
	assert_true(all->count == r->n && all->sum == r->sum && ticks > 0);
	assert_true(all->max == expected->max);
	assert_memory_equal(all->c, expected->c, sizeof(all->c));
	free(r);
	free(mark);
	free(all);
	free(tick);
	free(expected);
}

/* What a reader may see of a writer that is between a value's bucket and its sum: nothing of either
 * is lost. */
static void a_sum_that_comes_a_tick_after_its_count_is_kept(void **state)
{
	struct bt_live *live = calloc(1, sizeof(*live));
	struct bt_live_mark *mark = calloc(1, sizeof(*mark));
	struct bt_hist *all = new_hist(), *tick = new_hist();

	(void)state;
	assert_non_null(live);
	assert_non_null(mark);
	bt_live_init(live);
	bt_live_add(live, 1000);
	live->sum = 0;
	bt_live_take(live, mark, tick);
	bt_hist_merge(all, tick);
	assert_true(all->count == 1 && all->sum == 0);
	live->sum = 1000;
	bt_hist_reset(tick);
	bt_live_take(live, mark, tick);
	bt_hist_merge(all, tick);
	assert_true(all->count == 1 && all->sum == 1000);
	free(live);
	free(mark);
	free(all);
	free(tick);
}

static void counters_may_wrap_between_readings(void **state)
{
	struct bt_live *live = calloc(1, sizeof(*live));
	struct bt_live_mark *mark = calloc(1, sizeof(*mark));
	struct bt_hist *h = new_hist();

	(void)state;
	assert_non_null(live);
	assert_non_null(mark);
	bt_live_init(live);
	live->c[5] = UINT32_MAX - 1;
	mark->c[5] = UINT32_MAX - 1;
	for (unsigned i = 0; i < 5; i++)
		bt_live_add(live, 5);
	bt_live_take(live, mark, h);
	assert_true(h->c[5] == 5 && h->count == 5);
	free(live);
	free(mark);
	free(h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_tile_the_range),
		cmocka_unit_test(layout_is_hdr_histograms),
		cmocka_unit_test(quantiles_are_within_a_thousandth_of_the_sorted_values),
		cmocka_unit_test(quantile_of_round_counts_takes_the_exact_rank),
		cmocka_unit_test(an_empty_histogram_knows_nothing),
		cmocka_unit_test(beyond_an_hour_the_maximum_stays_exact),
		cmocka_unit_test(merging_equals_adding_all),
		cmocka_unit_test(encoding_round_trips),
		cmocka_unit_test(damaged_bytes_are_refused_and_leave_nothing),
		cmocka_unit_test(ticks_add_up_while_a_writer_runs),
		cmocka_unit_test(a_sum_that_comes_a_tick_after_its_count_is_kept),
		cmocka_unit_test(counters_may_wrap_between_readings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
