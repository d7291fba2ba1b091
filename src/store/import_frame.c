/* import_frame.c: what a frame of ndjson has: the description of a run, a snapshot and its
 * state. */
#include "store/import_check.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>

#include "core/snapshot.h"
#include "store/import_rule.h"
#include "json/json.h"

int bt_check_description(const char *root, const json_t *info, struct bt_err *err)
{
	static const struct bt_rule metric_rules[] = {
		TEXT("name", .must = true),
		TEXT("unit"),
		WORD("kind", .words = bt_metric_kind_name),
		WORD("merge", .words = bt_metric_merge_name),
		TEXT("help"),
		COUNT("num", .most = BT_METRICS_MAX - 1),
		COUNT("den", .most = BT_METRICS_MAX - 1),
		END,
	};
	static const struct bt_rule rules[] = {
		FLAG("open_loop", .must = true),
		FLAG("waits"),
		WHOLE("seed"),
		WHOLE("started_wall_ns", .must = true),
		COUNT("planned_ns", .null = true),
		COUNT("workers", .most = UINT32_MAX),
		COUNT("processors", .most = UINT32_MAX),
		REAL("quota"),
		REAL("clock_cost_ns"),
		COUNT("descriptor_limit", .null = true),
		LIST("metrics", .most = BT_METRICS_MAX, .inside = metric_rules),
		LIST("error_classes", .most = BT_ERROR_CLASSES_MAX),
		SETTINGS("settings"),
		SETTINGS("tags"),
		TEXT("workload", .must = true),
		TEXT("profile", .must = true),
		TEXT("summary"),
		TEXT("unit"),
		TEXT("host"),
		TEXT("version"),
		TEXT("command_line"),
		TEXT("clock"),
		TEXT("pacing"),
		TEXT("late"),
		TEXT("watched"),
		TEXT("kernel_clock"),
		TEXT("build_flaw"),
		TEXT("commit"),
		END,
	};
	struct bt_check c = { .err = err };

	snprintf(c.path, sizeof(c.path), "%s", root);
	return bt_check_object(&c, info, rules);
}

int bt_check_snapshot(const char *root, const json_t *snapshot, struct bt_err *err)
{
	static const struct bt_rule note_rules[] = {
		COUNT("t_ns", .must = true, .in_run = true),
		COUNT("class", .most = BT_ERROR_CLASSES_MAX - 1),
		COUNT("worker", .most = INT32_MAX),
		TEXT("text"),
		END,
	};
	static const struct bt_rule slow_rules[] = {
		COUNT("n"),
		COUNT("end_ns", .in_run = true),
		COUNT("queue_ns"),
		COUNT("service_ns"),
		COUNT("worker", .most = INT32_MAX),
		COUNT("segment", .most = INT32_MAX),
		WHOLE("class", .least = -1, .most = BT_ERROR_CLASSES_MAX - 1),
		END,
	};
	static const struct bt_rule rules[] = {
		COUNT("seq", .must = true),
		WHOLE("wall_ns", .null = true),
		COUNT("t_ns", .must = true, .most = (double)BT_CHECK_T_MOST),
		COUNT("span_ns", .must = true, .below = "t_ns"),
		FLAG("last"),
		COUNTS("interval"),
		REAL("target_rate", .null = true),
		LIST("segments", .most = BT_SNAP_SEGMENTS, .inside = bt_segment_rules),
		LIST("events", .most = BT_SNAP_EVENTS, .inside = bt_event_rules),
		LIST("notes", .most = BT_SNAP_NOTES, .inside = note_rules),
		LIST("slow", .most = BT_SNAP_SLOW, .inside = slow_rules),
		TEXT("state", .must = true),
		END,
	};
	struct bt_check c = { .run_ns = bt_json_get_real(snapshot, "t_ns") + BT_CHECK_SLACK_NS,
		.err = err };

	snprintf(c.path, sizeof(c.path), "%s", root);
	return bt_check_object(&c, snapshot, rules);
}

/* A finding is null, or [name, value, unit, text]. */
static int state_holds(struct bt_check *c, const json_t *state)
{
	json_t *finding = json_object_get(state, "finding");
	const char *s;
	double v;

	if (!finding || json_is_null(finding) ||
		json_unpack(finding, "[s F s s!]", &s, &v, &s, &s) == 0)
		return 0;
	return bt_check_bad(c, "finding", finding, "[name, value, unit, text]");
}

int bt_check_state(const char *root, const json_t *state, struct bt_err *err)
{
	static const struct bt_rule rules[] = {
		COUNTS("total", .must = true),
		OBJECT("segment", .null = true, .inside = bt_segment_rules),
		FLAG("fatal"),
		FLAG("paused"),
		ROW("queue", .null = true),
		ROW("service", .null = true),
		ROW("response", .null = true),
		ROW("lag", .null = true),
		LIST("metrics", .most = BT_METRICS_MAX, .each = BT_IS_METRIC),
		LIST("usage", .each = BT_IS_COUNT),
		LIST("net", .each = BT_IS_COUNT),
		LIST("watched", .each = BT_IS_COUNT),
		LIST("errors", .each = BT_IS_COUNT),
		LIST("warm", .each = BT_IS_COUNT),
		LIST("rss", .each = BT_IS_COUNT),
		LIST("scored_ns", .each = BT_IS_COUNT),
		LIST("backlog", .each = BT_IS_COUNT),
		LIST("drift_ns", .each = BT_IS_COUNT),
		LIST("slow_dropped", .each = BT_IS_COUNT),
		{ .holds = state_holds },
	};
	struct bt_check c = { .run_ns = NAN, .err = err };

	snprintf(c.path, sizeof(c.path), "%s", root);
	return bt_check_object(&c, state, rules);
}

int bt_check_same(const char *root, const json_t *object, const char *key, uint64_t n,
	const char *where, struct bt_err *err)
{
	struct bt_check c = { .err = err };
	const json_t *value = json_object_get(object, key);

	snprintf(c.path, sizeof(c.path), "%s", root);
	if (!value || json_is_null(value) ||
		(json_is_integer(value) && (uint64_t)json_integer_value(value) == n))
		return 0;
	return bt_check_bad(&c, key, value, "%llu, as %s has it", (unsigned long long)n, where);
}
