/* The trace: whatever was joined, a window between two edges is what the snapshots between them
 * say, to the last operation. */
#include "cm.h"

#include "ui_run.h"
#include "ui/trace.h"

#define SNAPS_MAX 6000

struct fixture {
	struct fake_run *run;
	struct bt_trace trace;
	/* What each snapshot said, as sparse bytes. */
	uint8_t *hist[SNAPS_MAX][BT_LATENCIES];
	size_t size[SNAPS_MAX][BT_LATENCIES];
	uint64_t end_ns[SNAPS_MAX];
	struct bt_counts counts[SNAPS_MAX];
	struct bt_slow slow[SNAPS_MAX];
	bool any_slow[SNAPS_MAX];
	unsigned n;
};

static void remember(struct fixture *f, const struct bt_snapshot *snap)
{
	const struct bt_hist *const from[BT_LATENCIES] = { &snap->response, &snap->service,
		&snap->queue };
	unsigned i;

	assert_true(f->n < SNAPS_MAX);
	for (i = 0; i < BT_LATENCIES; i++) {
		f->size[f->n][i] = bt_hist_encode(from[i], NULL, 0);
		f->hist[f->n][i] = malloc(f->size[f->n][i]);
		assert_non_null(f->hist[f->n][i]);
		bt_hist_encode(from[i], f->hist[f->n][i], f->size[f->n][i]);
	}
	f->end_ns[f->n] = snap->t_ns;
	f->counts[f->n] = snap->interval;
	f->any_slow[f->n] = snap->n_slow > 0;
	f->slow[f->n++] = snap->slow[0];
}

static struct fixture *new_fixture(const struct fake_conf *conf)
{
	struct fixture *f = calloc(1, sizeof(*f));
	const struct bt_snapshot *snap;

	assert_non_null(f);
	f->run = fake_start(conf);
	assert_int_equal(bt_trace_init(&f->trace, NULL), 0);
	while ((snap = fake_next(f->run)) != NULL) {
		remember(f, snap);
		bt_trace_put(&f->trace, snap);
	}
	return f;
}

static void free_fixture(struct fixture *f)
{
	unsigned i, t;

	for (i = 0; i < f->n; i++)
		for (t = 0; t < BT_LATENCIES; t++)
			free(f->hist[i][t]);
	bt_trace_fini(&f->trace);
	free(f->run);
	free(f);
}

/* Adds up the snapshots that end in (from, to]. */
static void add_up(struct bt_hist *sum, struct bt_counts *counts, const struct fixture *f,
	enum bt_time time, uint64_t from_ns, uint64_t to_ns)
{
	struct bt_hist *one = malloc(sizeof(*one));
	unsigned i;

	assert_non_null(one);
	bt_hist_init(one);
	memset(counts, 0, sizeof(*counts));
	for (i = 0; i < f->n; i++) {
		if (f->end_ns[i] <= from_ns || f->end_ns[i] > to_ns)
			continue;
		assert_int_equal(bt_hist_decode(one, f->hist[i][time], f->size[i][time], NULL), 0);
		bt_hist_merge(sum, one);
		counts->offered += f->counts[i].offered;
		counts->completed += f->counts[i].completed;
		counts->failed += f->counts[i].failed;
	}
	free(one);
}

static void assert_same_hist(const struct bt_hist *a, const struct bt_hist *b)
{
	assert_int_equal(a->count, b->count);
	assert_int_equal(a->sum, b->sum);
	assert_int_equal(a->max, b->max);
	assert_memory_equal(a->c, b->c, sizeof(a->c));
}

static void assert_exact(struct fixture *f, uint64_t from_ns, uint64_t to_ns)
{
	struct bt_hist *sum = malloc(sizeof(*sum));
	struct bt_window window;
	struct bt_counts want, got;
	unsigned t;

	assert_non_null(sum);
	bt_trace_window(&f->trace, &window, from_ns, to_ns);
	assert_true(window.from_ns <= from_ns || from_ns < BT_SLICE_NS);
	assert_true(window.to_ns >= BT_MIN(to_ns, bt_trace_end(&f->trace)));
	assert_true(window.to_ns - window.from_ns <= to_ns - from_ns + 2 * f->trace.unit_ns);
	bt_window_counts(&got, &window);
	for (t = 0; t < BT_LATENCIES; t++) {
		bt_hist_init(sum);
		add_up(sum, &want, f, (enum bt_time)t, window.from_ns, window.to_ns);
		assert_same_hist(window.hist[t], sum);
		assert_int_equal(window.lat[t].q[BT_Q99], bt_hist_quantile(sum, 0.99));
	}
	assert_int_equal(got.offered, want.offered);
	assert_int_equal(got.completed, want.completed);
	assert_int_equal(got.failed, want.failed);
	free(sum);
}

static void windows_are_exact_however_often_neighbours_were_joined(void **state)
{
	static const struct {
		uint64_t hold_s, unit;
	} rows[] = { { 60, 1 }, { 150, 2 }, { 450, 8 } };
	struct fake_conf conf = fake_flat;
	struct fixture *f;
	uint64_t end;
	size_t i;

	(void)state;
	conf.rate = 60;
	for (i = 0; i < BT_LEN(rows); i++) {
		conf.hold_ns = rows[i].hold_s * BT_NS_PER_S;
		f = new_fixture(&conf);
		end = conf.hold_ns;
		assert_int_equal(f->trace.unit_ns, rows[i].unit * BT_SLICE_NS);
		assert_exact(f, 0, end);
		assert_exact(f, end / 3, end / 2);
		assert_exact(f, end / 7, end / 7 + 1);
		assert_exact(f, end - BT_NS_PER_S, end);
		free_fixture(f);
	}
}

/* Times spread so widely that the bytes run out long before the slices do. */
static void too_many_bytes_join_neighbours_too(void **state)
{
	struct fake_conf conf = fake_flat;
	struct fixture *f;

	(void)state;
	conf.rate = 20000;
	conf.capacity = 20100;
	conf.hold_ns = 95 * BT_NS_PER_S;
	f = new_fixture(&conf);
	assert_true(f->n < BT_SLICES);
	assert_true(f->trace.unit_ns > BT_SLICE_NS);
	assert_true(f->trace.used <= BT_TRACE_BYTES);
	assert_exact(f, 0, conf.hold_ns);
	assert_exact(f, conf.hold_ns / 2, conf.hold_ns * 3 / 4);
	free_fixture(f);
}

static void a_window_has_its_slowest_operations(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp);
	struct bt_window window;
	uint64_t slowest = 0;
	unsigned i;

	(void)state;
	bt_trace_window(&f->trace, &window, 36 * BT_NS_PER_S, 39 * BT_NS_PER_S);
	for (i = 0; i < f->n; i++)
		if (f->any_slow[i] && f->end_ns[i] > window.from_ns && f->end_ns[i] <= window.to_ns)
			slowest = BT_MAX(slowest, f->slow[i].queue_ns + f->slow[i].service_ns);
	assert_true(window.n_slow > 1);
	assert_int_equal(window.slow[0].queue_ns + window.slow[0].service_ns, slowest);
	for (i = 0; i < window.n_slow; i++)
		assert_true(window.slow[i].end_t_ns > window.from_ns &&
			window.slow[i].end_t_ns <= window.to_ns);
	free_fixture(f);
}

static void readings_are_those_of_the_edges(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp);
	struct bt_window window;

	(void)state;
	bt_trace_window(&f->trace, &window, 10 * BT_NS_PER_S, 12 * BT_NS_PER_S);
	assert_int_equal(window.before.mark.t_ns, window.from_ns);
	assert_int_equal(window.after.mark.t_ns, window.to_ns);
	assert_int_equal(window.after.segment, 2);
	assert_int_equal((uint64_t)window.after.target_rate, 600);
	assert_true(window.rss_peak == window.after.usage.rss_bytes);
	free_fixture(f);
}

static void there_is_nothing_before_and_after_the_run(void **state)
{
	struct fake_conf conf = fake_flat;
	struct bt_window window;
	struct bt_trace *empty = calloc(1, sizeof(*empty));
	struct fixture *f;

	(void)state;
	assert_non_null(empty);
	assert_int_equal(bt_trace_init(empty, NULL), 0);
	bt_trace_window(empty, &window, 0, BT_NS_PER_S);
	assert_true(window.from_ns == window.to_ns && !window.hist[BT_RESPONSE]);
	bt_trace_fini(empty);
	bt_trace_fini(empty);
	free(empty);
	conf.hold_ns = 2 * BT_NS_PER_S;
	f = new_fixture(&conf);
	bt_trace_window(&f->trace, &window, 3 * BT_NS_PER_S, 4 * BT_NS_PER_S);
	assert_true(window.from_ns == window.to_ns && !window.hist[BT_RESPONSE]);
	free_fixture(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(windows_are_exact_however_often_neighbours_were_joined),
		cmocka_unit_test(too_many_bytes_join_neighbours_too),
		cmocka_unit_test(a_window_has_its_slowest_operations),
		cmocka_unit_test(readings_are_those_of_the_edges),
		cmocka_unit_test(there_is_nothing_before_and_after_the_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
