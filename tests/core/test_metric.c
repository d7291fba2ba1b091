/* How workers' readings of a workload's metrics become one. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cm.h"
#include "core/meter.h"

enum { SENT, DEPTH, MOST, SHARE, WHERE, TOOK };

static const struct bt_metric table[] = {
	[SENT] = { .name = "sent", .unit = "bytes", .kind = BT_COUNTER, .help = "sent" },
	[DEPTH] = { .name = "depth", .unit = "", .kind = BT_GAUGE, .help = "depth" },
	[MOST] = { .name = "most",
		.unit = "",
		.kind = BT_GAUGE,
		.merge = BT_MAXIMUM,
		.help = "most" },
	[SHARE] = { .name = "share",
		.unit = "",
		.kind = BT_RATIO,
		.help = "share",
		.num = SENT,
		.den = SENT },
	[WHERE] = { .name = "where",
		.unit = "",
		.kind = BT_TEXT,
		.merge = BT_LAST,
		.help = "where" },
	[TOOK] = { .name = "took", .unit = "ns", .kind = BT_TIMES, .help = "took" },
	{ .name = NULL },
};

struct fixture {
	struct bt_meter meters[2];
	const struct bt_meter *all[2];
	struct bt_meter_times times;
	struct bt_latency out[BT_METRICS_MAX];
};

static struct fixture *begin(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	for (unsigned i = 0; i < 2; i++) {
		assert_int_equal(bt_meter_init(&f->meters[i], table), 0);
		f->all[i] = &f->meters[i];
	}
	assert_int_equal(bt_meter_times_init(&f->times, table, 2), 0);
	return f;
}

static void end(struct fixture *f)
{
	bt_meter_times_fini(&f->times);
	bt_meter_fini(&f->meters[0]);
	bt_meter_fini(&f->meters[1]);
	free(f);
}

static void values_merge_as_their_rows_say(void **state BT_UNUSED)
{
	struct fixture *f = begin();
	union bt_value values[BT_METRICS_MAX] = { 0 };
	char texts[BT_METRICS_MAX][BT_TEXT_MAX] = { "" };

	bt_meter_read(values, texts, table, f->all, 2);
	assert_true(isnan(values[SHARE].d));
	for (unsigned i = 0; i < 2; i++) {
		bt_meter_add(&f->meters[i], SENT, 10 + i);
		bt_meter_set(&f->meters[i], DEPTH, 2 + i);
		bt_meter_set(&f->meters[i], MOST, 7 - (double)i);
		bt_meter_text(&f->meters[i], WHERE, i ? "there" : "here");
	}
	bt_meter_read(values, texts, table, f->all, 2);
	assert_int_equal(values[SENT].u, 21);
	assert_true(values[DEPTH].d == 5);
	assert_true(values[MOST].d == 7);
	assert_true(values[SHARE].d == 1);
	assert_string_equal(texts[WHERE], "here");
	end(f);
}

/* 1 to 1,000 µs over two workers: the figures are those of all thousand, whenever they were
 * read. */
static void times_of_all_workers_are_one_distribution(void **state BT_UNUSED)
{
	struct fixture *f = begin();

	bt_meter_times_read(&f->times, f->out, f->all);
	assert_int_equal(f->out[TOOK].count, 0);
	for (unsigned us = 1; us <= 1000; us++) {
		bt_meter_time(&f->meters[us % 3 == 0], TOOK, us * 1000u);
		if (us % 100 == 0)
			bt_meter_times_read(&f->times, f->out, f->all);
	}
	assert_int_equal(f->out[TOOK].count, 1000);
	assert_float_equal(f->out[TOOK].mean, 500500, 1e-6);
	assert_in_range(f->out[TOOK].q[BT_Q50], 500000, 500500);
	assert_in_range(f->out[TOOK].q[BT_Q99], 990000, 991000);
	assert_int_equal(f->out[TOOK].max, 1000000);
	end(f);
}

static void rows_of_a_group_stand_in_its_place(void **state BT_UNUSED)
{
	static const struct bt_metric group[] = {
		{ .name = "num", .unit = "", .kind = BT_COUNTER },
		{ .name = "share", .unit = "", .kind = BT_RATIO, .num = 0, .den = 2 },
		{ .name = "den", .unit = "", .kind = BT_COUNTER },
		{ .name = NULL },
	};
	static const struct bt_metric outer[] = {
		{ .name = "first", .unit = "", .kind = BT_COUNTER },
		{ .group = group },
		{ .name = "own", .unit = "", .kind = BT_RATIO, .num = 0, .den = 3 },
		{ .group = group },
		{ .name = NULL },
	};
	static const char *const names[] = { "first", "num", "share", "den", "own", "num", "share",
		"den" };
	struct bt_metric rows[BT_METRICS_MAX];

	assert_int_equal(bt_metric_rows(rows, NULL), 0);
	assert_int_equal(bt_metric_rows(rows, outer), BT_LEN(names));
	for (size_t i = 0; i < BT_LEN(names); i++)
		assert_string_equal(rows[i].name, names[i]);
	assert_true(rows[2].num == 1 && rows[2].den == 3);
	assert_true(rows[4].num == 0 && rows[4].den == 3);
	assert_true(rows[6].num == 5 && rows[6].den == 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_merge_as_their_rows_say),
		cmocka_unit_test(times_of_all_workers_are_one_distribution),
		cmocka_unit_test(rows_of_a_group_stand_in_its_place),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
