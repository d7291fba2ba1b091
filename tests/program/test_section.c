/* A load as it really was, written as the section of a suite: read back, it plans the same load. */
#include "cm.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "cli/section.h"
#include "cli/suite.h"
#include "core/profile.h"

struct part {
	enum bt_mode mode;
	double from, to;
	unsigned seconds;
	bool scored;
};

static char dir[CM_TEMP];
static char text[4096];
static const char *workload = "sim";

/* Writes the section of a run of these parts one after the other, and reads the file into text. */
static int write_parts(const struct part *parts, unsigned n, char path[100], struct bt_err *err)
{
	static const struct bt_setting settings[] = { { "rate", "77", false },
		{ "workers", "2", false }, { "service", "2ms", false } };
	struct bt_run_info info = { .id = 7,
		.workload = workload,
		.profile = "load",
		.settings = settings,
		.n_settings = 3 };
	struct bt_segment_record *records = calloc(n, sizeof(*records));
	struct bt_snapshot *last = calloc(1, sizeof(*last));
	struct bt_tally tally = {
		.info = &info, .segments = records, .n_segments = n, .last = last
	};
	uint64_t at = 0;
	FILE *in;
	int r;

	for (unsigned i = 0; i < n; i++) {
		records[i].index = i;
		records[i].plan = (struct bt_segment){ .mode = parts[i].mode,
			.rate_from = parts[i].from,
			.rate_to = parts[i].to,
			.span_ns = parts[i].seconds * BT_NS_PER_S,
			.scored = parts[i].scored };
		records[i].result.start_ns = at;
		at += parts[i].seconds * BT_NS_PER_S;
		records[i].result.end_ns = at;
	}
	last->t_ns = at;
	snprintf(path, 100, "%s/again.ini", dir);
	r = bt_section_write(&tally, path, err);
	free(records);
	free(last);
	memset(text, 0, sizeof(text));
	if (r == 0) {
		in = fopen(path, "r");
		assert_true(in && fread(text, 1, sizeof(text) - 1, in) > 0);
		fclose(in);
	}
	return r;
}

static void says(const char *words)
{
	if (!strstr(text, words))
		fail_msg("'%s' is not in\n%s", words, text);
}

/* Changed by hand, with a spike and a pause, and a ramp at the end. */
static void an_open_load_is_planned_again(void **state)
{
	static const struct part parts[] = {
		{ BT_OPEN, 50, 50, 2, false },
		{ BT_OPEN, 100, 100, 5, true },
		{ BT_OPEN, 300, 300, 3, true },
		{ BT_IDLE, 0, 0, 4, false },
		{ BT_OPEN, 100, 100, 2, true },
		{ BT_OPEN, 100, 200, 6, true },
	};
	const struct bt_profile *stages = bt_profile_find("stages");
	struct bt_run_options *o;
	struct bt_segment_record rec;
	struct bt_suite suite;
	struct bt_err err;
	char path[100];
	unsigned part = 1;
	void *plan;

	(void)state;
	if (write_parts(parts, BT_LEN(parts), path, &err) < 0 ||
		bt_suite_read(&suite, path, &err) < 0)
		fail_msg("%s", err.msg);
	says("stages = 100@5s,300@3s,0@4s,100@2s,100..200@6s\n");
	says("warmup = 2s\n");
	says("service = 2ms\n");
	assert_null(strstr(text, "rate = 77"));
	/* What the profile makes of it is what there was, segment by segment. */
	o = suite.sections[0].o;
	assert_ptr_equal(o->setup.profile, stages);
	plan = calloc(1, stages->state_size);
	assert_int_equal(stages->begin(plan, o->profile_conf,
				 &(struct bt_load){ .rate = o->run.rate,
					 .warmup_ns = o->run.warmup_ns,
					 .workers = 1,
					 .concurrency = 1 },
				 &err),
		0);
	memset(&rec, 0, sizeof(rec));
	while (stages->next(plan, &rec, &rec.plan)) {
		if (rec.plan.mode != BT_IDLE && !rec.plan.scored)
			continue; /* warm-up */
		assert_true(part < BT_LEN(parts));
		assert_int_equal(rec.plan.mode, parts[part].mode);
		assert_true(rec.plan.span_ns == parts[part].seconds * BT_NS_PER_S);
		if (rec.plan.mode == BT_OPEN)
			assert_true(rec.plan.rate_from == parts[part].from &&
				rec.plan.rate_to == parts[part].to);
		part++;
	}
	assert_int_equal(part, BT_LEN(parts));
	free(plan);
	bt_suite_fini(&suite);
	assert_int_equal(unlink(path), 0);
}

/* The workload of an imported run is any text. */
static void a_workload_from_elsewhere_is_one_value(void **state)
{
	static const struct part parts[] = { { BT_OPEN, 50, 50, 2, true } };
	struct bt_err err;
	struct bt_ini ini;
	char path[100];

	(void)state;
	workload = "null\n[b]\nout = csv:x\x1b[31m #";
	if (write_parts(parts, BT_LEN(parts), path, &err) < 0 || bt_ini_read(&ini, path, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(ini.n, 1);
	assert_string_equal(ini.sections[0].keys[0].value, workload);
	assert_null(strchr(text, '\x1b'));
	workload = "sim";
	bt_ini_fini(&ini);
	assert_int_equal(unlink(path), 0);
}

static void a_closed_loop_says_that_its_pauses_are_left_out(void **state)
{
	static const struct part parts[] = {
		{ BT_CLOSED, 0, 0, 5, true },
		{ BT_IDLE, 0, 0, 12, false },
		{ BT_CLOSED, 0, 0, 4, true },
	};
	struct bt_suite suite;
	struct bt_err err;
	char path[100];

	(void)state;
	if (write_parts(parts, BT_LEN(parts), path, &err) < 0 ||
		bt_suite_read(&suite, path, &err) < 0)
		fail_msg("%s", err.msg);
	says("# Its pauses, 12s in all, are not repeated");
	says("duration = 9s\n");
	assert_true(suite.sections[0].o->run.duration_ns == 9 * BT_NS_PER_S);
	bt_suite_fini(&suite);
	assert_int_equal(unlink(path), 0);
}

static void what_is_there_is_not_overwritten(void **state)
{
	static const struct part parts[] = { { BT_OPEN, 100, 100, 5, true } };
	static const struct part none[] = { { BT_IDLE, 0, 0, 5, false } };
	struct bt_err err;
	char path[100];

	(void)state;
	assert_int_equal(write_parts(none, 1, path, &err), -EINVAL);
	assert_int_equal(access(path, F_OK), -1);
	assert_int_equal(write_parts(parts, 1, path, &err), 0);
	assert_int_equal(write_parts(parts, 1, path, &err), -EEXIST);
	assert_int_equal(unlink(path), 0);
}

static int remove_dir(void **state)
{
	(void)state;
	return rmdir(dir); /* nothing was left in it */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_open_load_is_planned_again),
		cmocka_unit_test(a_workload_from_elsewhere_is_one_value),
		cmocka_unit_test(a_closed_loop_says_that_its_pauses_are_left_out),
		cmocka_unit_test(what_is_there_is_not_overwritten),
	};

	if (!mkdtemp(cm_temp(dir, "benchtop-section")))
		return 99;
	return cmocka_run_group_tests(tests, NULL, remove_dir);
}
