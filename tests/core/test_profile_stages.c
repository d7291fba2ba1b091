#include "cm.h"

#include <errno.h>
#include <math.h>

#include "core/profile.h"

static void *begin(const char *stages, uint64_t warmup_ns, int want, struct bt_err *err)
{
	const struct bt_profile *p = bt_profile_find("stages");
	const struct bt_load load = { .rate = 100, .workers = 1, .warmup_ns = warmup_ns };
	const char *conf = stages;
	void *state = calloc(1, p->state_size);

	assert_non_null(state);
	assert_int_equal(p->conf_size, sizeof(conf));
	assert_int_equal(p->begin(state, &conf, &load, err), want);
	return state;
}

static void stages_follow_one_another_after_the_warm_up(void **state)
{
	static const struct {
		const char *label;
		enum bt_mode mode;
		double from, to;
		uint64_t span_ns;
		bool scored;
	} want[] = {
		{ "warm-up", BT_OPEN, 100, 100, 3 * BT_NS_PER_S, false },
		{ "stage", BT_OPEN, 300, 300, 10 * BT_NS_PER_S, true },
		{ "stage", BT_OPEN, 300, 900, 60 * BT_NS_PER_S, true },
		{ "pause", BT_IDLE, 0, 0, 2 * BT_NS_PER_S, false },
		{ "stage", BT_OPEN, 200, 200, 5500 * BT_NS_PER_MS, true },
	};
	const struct bt_profile *p = bt_profile_find("stages");
	void *s = begin("300@10s,300..900@1m,0@2s,x2@5.5s", 3 * BT_NS_PER_S, 0, NULL);
	struct bt_segment seg;
	size_t i;

	(void)state;
	assert_int_equal(p->planned_ns(s), 80500 * BT_NS_PER_MS);
	for (i = 0; i < BT_LEN(want); i++) {
		assert_true(p->next(s, NULL, &seg));
		assert_string_equal(seg.label, want[i].label);
		assert_int_equal(seg.mode, want[i].mode);
		assert_true(seg.rate_from == want[i].from && seg.rate_to == want[i].to);
		assert_int_equal(seg.span_ns, want[i].span_ns);
		assert_true(seg.scored == want[i].scored);
	}
	assert_false(p->next(s, NULL, &seg));
	free(s);
}

static void what_is_no_stage_is_refused(void **state)
{
	static const char *const wrong[] = { "300", "@10s", "300@", "300@x", "300@10s,", ",300@10s",
		"300..@10s", "..300@10s", "300..0@10s", "0..300@10s", "-1@10s", "300@0", "2e9@1s",
		"x@1s", "300@51d", "1@1s,1@1s@1s" };
	struct bt_err err;
	size_t i;

	(void)state;
	for (i = 0; i < BT_LEN(wrong); i++) {
		free(begin(wrong[i], 0, -EINVAL, &err));
		assert_memory_equal(err.msg, "--stages: '", 11);
	}
	free(begin("", 0, -EINVAL, &err));
}

static void there_is_an_end_to_their_number(void **state)
{
	char *list = malloc(513 * 5 + 1);
	struct bt_err err;
	size_t i;

	(void)state;
	assert_non_null(list);
	for (i = 0; i < 513; i++)
		memcpy(list + i * 5, "1@1s,", 6);
	list[512 * 5 - 1] = '\0';
	free(begin(list, 0, 0, &err));
	list[512 * 5 - 1] = ',';
	list[513 * 5 - 1] = '\0';
	free(begin(list, 0, -EINVAL, &err));
	assert_string_equal(err.msg, "--stages: expected at most 512");
	free(list);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stages_follow_one_another_after_the_warm_up),
		cmocka_unit_test(what_is_no_stage_is_refused),
		cmocka_unit_test(there_is_an_end_to_their_number),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
