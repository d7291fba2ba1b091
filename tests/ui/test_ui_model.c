#include "cm.h"

#include <math.h>

#include "ui_run.h"
#include "ui/columns.h"
#include "ui/live_model.h"

struct fixture {
	struct fake_run *run;
	struct bt_model model;
	struct bt_hist all; /* every response time */
	double completed;
};

static struct fixture *new_fixture(const struct fake_conf *conf)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	f->run = fake_start(conf);
	bt_hist_init(&f->all);
	assert_int_equal(bt_model_init(&f->model, &f->run->info, NULL), 0);
	return f;
}

static void free_fixture(struct fixture *f)
{
	bt_model_fini(&f->model);
	free(f->run);
	free(f);
}

/* Feeds so many snapshots, or all that there are. */
static void feed(struct fixture *f, unsigned n)
{
	const struct bt_snapshot *snap;

	while (n-- && (snap = fake_next(f->run)) != NULL) {
		bt_hist_merge(&f->all, &snap->response);
		f->completed += (double)snap->interval.completed;
		bt_model_put(&f->model, snap);
	}
}

static void percentiles_of_any_stretch_come_from_merged_histograms(void **state)
{
	static const double q[] = { 0.5, 0.95, 0.99 };
	struct fixture *f = new_fixture(&fake_ramp);
	struct bt_point sum;
	size_t i;

	(void)state;
	feed(f, UINT32_MAX);
	bt_model_sum(&sum, &f->model, 0, UINT32_MAX - 1);
	for (i = 0; i < BT_LEN(q); i++)
		assert_near(bt_point_quantile(&sum, BT_RESPONSE, q[i]),
			(double)bt_hist_quantile(&f->all, q[i]), 0.13);
	free_fixture(f);
}

static void halving_loses_nothing(void **state)
{
	struct fake_conf conf = fake_flat;
	struct fixture *f;
	struct bt_point sum;

	(void)state;
	conf.hold_ns = 450 * BT_NS_PER_S; /* 4,500 ticks into 1,024 points */
	conf.rate = 50;
	f = new_fixture(&conf);
	feed(f, UINT32_MAX);
	assert_true(f->model.point_ns == 8 * BT_POINT_NS);
	bt_model_sum(&sum, &f->model, 0, UINT32_MAX - 1);
	assert_near(sum.completed, f->completed, 1e-9);
	assert_near((double)sum.span_ns, 450e9, 1e-9);
	assert_near(bt_point_quantile(&sum, BT_RESPONSE, 0.99),
		(double)bt_hist_quantile(&f->all, 0.99), 0.13);
	free_fixture(f);
}

static void a_day_fits_in_the_same_memory(void **state)
{
	struct fake_conf conf = fake_flat;
	struct fixture *f;

	(void)state;
	conf.hold_ns = 86400 * BT_NS_PER_S;
	conf.tick_ns = 60 * BT_NS_PER_S;
	conf.rate = 1;
	f = new_fixture(&conf);
	feed(f, UINT32_MAX);
	assert_true(f->model.n_points <= BT_POINTS);
	assert_near(bt_point_rate(&f->model.points[10], f->model.points[10].offered), 1, 0.05);
	free_fixture(f);
}

static void a_snapshot_of_many_ticks_leaves_no_gap(void **state)
{
	struct fake_conf conf = fake_flat;
	struct fixture *f;
	struct bt_point sum;
	unsigned i;

	(void)state;
	conf.tick_ns = 700 * BT_NS_PER_MS;
	f = new_fixture(&conf);
	feed(f, 4);
	assert_int_equal(f->model.n_points, 28);
	for (i = 0; i < 28; i++)
		assert_true(f->model.points[i].span_ns > 0);
	bt_model_sum(&sum, &f->model, 0, 27);
	assert_near(sum.completed, f->completed, 1e-9);
	assert_near(bt_point_quantile(&sum, BT_RESPONSE, 0.5),
		(double)bt_hist_quantile(&f->all, 0.5), 0.13);
	free_fixture(f);
}

static void the_last_second_is_what_is_current(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp);

	(void)state;
	assert_null(bt_model_last(&f->model));
	assert_true(isnan(bt_point_rate(&f->model.recent, f->model.recent.completed)));
	feed(f, 165); /* half-way through the fourth step */
	assert_near(bt_point_rate(&f->model.recent, f->model.recent.offered), 800, 0.01);
	assert_near((double)f->model.recent.span_ns, 1e9, 1e-9);
	free_fixture(f);
}

static void unknown_usage_is_not_zero(void **state)
{
	struct fixture *f = new_fixture(&fake_flat);
	struct bt_columns *cols = calloc(1, sizeof(*cols));

	(void)state;
	assert_non_null(cols);
	fake_next(f->run);
	f->run->snap.usage.rss_bytes = UINT64_MAX;
	f->run->snap.usage.cpu_ns = UINT64_MAX;
	bt_model_put(&f->model, &f->run->snap);
	bt_columns_renew(cols, &f->model, &(struct bt_columns_conf){ .dots = 40 });
	assert_true(cols->n == 1);
	assert_true(isnan(cols->rss[0]) && isnan(cols->cpu[0]));
	free(cols);
	free_fixture(f);
}

static void assert_same(const double *a, const double *b, int n)
{
	int i;

	for (i = 0; i < n; i++)
		assert_true(a[i] == b[i] || (isnan(a[i]) && isnan(b[i])));
}

/* Columns renewed after every snapshot are those made at once. */
static void columns_kept_between_frames_are_right(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp);
	const struct bt_columns_conf conf = { .dots = 120 };
	struct bt_columns *kept = calloc(1, sizeof(*kept)), *fresh = calloc(1, sizeof(*fresh));
	unsigned i;

	(void)state;
	assert_true(kept && fresh);
	for (i = 0; i < 500; i++) {
		feed(f, 1);
		bt_columns_renew(kept, &f->model, &conf);
		if (i % 20)
			continue;
		memset(fresh, 0, sizeof(*fresh));
		bt_columns_renew(fresh, &f->model, &conf);
		assert_int_equal(kept->n, fresh->n);
		assert_same(kept->offered, fresh->offered, kept->n);
		assert_same(kept->achieved, fresh->achieved, kept->n);
		assert_same(kept->p50, fresh->p50, kept->n);
		assert_same(kept->p99[BT_QUEUE], fresh->p99[BT_QUEUE], kept->n);
		assert_same(kept->p99[BT_RESPONSE], fresh->p99[BT_RESPONSE], kept->n);
		assert_same(kept->rss, fresh->rss, kept->n);
		assert_same(kept->cpu, fresh->cpu, kept->n);
	}
	free(kept);
	free(fresh);
	free_fixture(f);
}

static void a_chart_always_holds_the_whole_run(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp);
	const struct bt_snapshot *last;
	double dot_ns;
	unsigned i;

	(void)state;
	for (i = 0; i < 410; i++) {
		feed(f, 1);
		last = bt_model_last(&f->model);
		dot_ns = bt_columns_dot_ns(&f->model, 90);
		assert_true(dot_ns * 90 >= (double)last->t_ns);
		assert_true(dot_ns * 90 <= 60e9 * 1.001); /* never past what is planned */
	}
	free_fixture(f);
}

static void the_slowest_operations_are_kept_in_order(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp);
	unsigned i;

	(void)state;
	feed(f, UINT32_MAX);
	assert_int_equal(f->model.n_slowest, BT_SLOWEST);
	for (i = 1; i < BT_SLOWEST; i++)
		assert_true(f->model.slowest[i - 1].queue_ns + f->model.slowest[i - 1].service_ns >=
			f->model.slowest[i].queue_ns + f->model.slowest[i].service_ns);
	free_fixture(f);
}

static void counters_have_a_rate(void **state)
{
	struct fixture *f = new_fixture(&fake_ramp);

	(void)state;
	assert_true(isnan(bt_model_metric_rate(&f->model, 0)));
	feed(f, 140);
	assert_near(bt_model_metric_rate(&f->model, 0), 600, 0.02);
	free_fixture(f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(percentiles_of_any_stretch_come_from_merged_histograms),
		cmocka_unit_test(halving_loses_nothing),
		cmocka_unit_test(a_day_fits_in_the_same_memory),
		cmocka_unit_test(a_snapshot_of_many_ticks_leaves_no_gap),
		cmocka_unit_test(the_last_second_is_what_is_current),
		cmocka_unit_test(unknown_usage_is_not_zero),
		cmocka_unit_test(columns_kept_between_frames_are_right),
		cmocka_unit_test(a_chart_always_holds_the_whole_run),
		cmocka_unit_test(the_slowest_operations_are_kept_in_order),
		cmocka_unit_test(counters_have_a_rate),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
