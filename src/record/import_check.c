#include "record/import_check.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "core/snapshot.h"
#include "record/import_rule.h"
#include "record/json.h"
#include "record/tally.h"

/* ---- what must hold between its numbers ---- */

static int is_near(struct bt_check *c, const json_t *object, const char *key, double expected)
{
	double v = bt_json_get_real(object, key);

	if (isnan(v) || !isfinite(expected) ||
		fabs(v - expected) <= 1e-6 * fmax(fabs(expected), 1e-3))
		return 0;
	return bt_check_bad(c, key, json_object_get(object, key),
		"%.12g, as its other figures have it", expected);
}

static int at_most(
	struct bt_check *c, const json_t *object, const char *key, double most, const char *what)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_number(value) || !(json_number_value(value) > most))
		return 0;
	return bt_check_bad(c, key, value, "at most %s, %.12g", what, most);
}

static int started_is(struct bt_check *c, const json_t *report)
{
	uint64_t ns;

	if (bt_parse_utc(&ns, bt_json_get_text(report, "started")) == 0)
		return 0;
	return bt_check_bad(c, "started", json_object_get(report, "started"),
		"a moment such as 2026-11-30T21:02:06Z");
}

/* Above the integers of JSON a seed is a text. */
static int seed_is(struct bt_check *c, const json_t *report)
{
	const json_t *seed = json_object_get(report, "seed");
	uint64_t n;

	if (!seed || (json_is_string(seed) && bt_parse_count(&n, json_string_value(seed)) == 0))
		return 0;
	return bt_check_number(c, "seed", seed, BT_IS_COUNT, 0);
}

static int verdict_holds(struct bt_check *c, const json_t *report)
{
	const char *verdict = bt_json_get_text(report, "verdict");
	const json_t *reasons = json_object_get(report, "reasons");
	bool valid = strcmp(verdict, "valid") == 0;

	if (json_array_size(reasons) == 0 && !valid)
		return bt_check_bad(
			c, "verdict", json_object_get(report, "verdict"), "reasons with it");
	if (valid && strcmp(bt_json_get_text(report, "status"), "running") != 0 &&
		strcmp(bt_json_get_text(report, "status"), "interrupted") != 0 &&
		bt_json_get_count(report, "completed", 1) == 0)
		return bt_check_bad(c, "verdict", json_object_get(report, "verdict"),
			"invalid, as no operation completed");
	return 0;
}

/* No histogram has more operations than were offered. While a run goes on, it may have been read a little later than those. */
static int latencies_count(struct bt_check *c, const json_t *object, const char *state)
{
	const json_t *all = json_object_get(object, "latency_ns"), *one;
	double offered = bt_json_get_real(object, "offered");
	size_t before = bt_check_enter(c, "latency_ns", 0), within;
	const char *name;

	if (strcmp(state, "running") == 0 || strcmp(state, "interrupted") == 0 ||
		strcmp(state, "draining") == 0)
		all = NULL;
	json_object_foreach((json_t *)all, name, one)
	{
		within = bt_check_enter(c, name, 0);
		if (!isnan(offered) && at_most(c, one, "count", offered, "offered") < 0)
			return -EINVAL;
		bt_check_leave(c, within);
	}
	bt_check_leave(c, before);
	return 0;
}

static int segment_holds(struct bt_check *c, const json_t *segment, double run_ns)
{
	double offered = bt_json_get_real(segment, "offered");
	double start = bt_json_get_real(segment, "start_ns");
	const json_t *end = json_object_get(segment, "end_ns");
	int r = bt_check_adds_up(c, segment);

	if (r == 0)
		r = latencies_count(c, segment, bt_json_get_text(segment, "state"));
	if (r == 0)
		r = at_most(c, segment, "completed_in_span", offered, "offered");
	if (r == 0)
		r = at_most(c, segment, "backlog_mid", offered, "offered");
	if (r == 0)
		r = at_most(c, segment, "backlog_end", offered, "offered");
	if (r == 0 && json_is_number(end) && json_number_value(end) < start)
		r = bt_check_bad(c, "end_ns", end, "at least start_ns, %.0f", start);
	if (r == 0)
		r = at_most(c, segment, "start_ns", run_ns, "the run's length");
	return r == 0 ? at_most(c, segment, "last_end_ns", run_ns, "the run's length") : r;
}

/* Of a run with more segments than a report keeps the sums are not known. */
static int segments_hold(struct bt_check *c, const json_t *report, double run_ns)
{
	static const char *const counts[] = { "offered", "completed", "failed", "expired",
		"units" };
	const json_t *segments = json_object_get(report, "segments"), *segment;
	json_int_t index = -1, sums[BT_LEN(counts)] = { 0 };
	size_t i, before = bt_check_enter(c, "segments", 0);

	json_array_foreach((json_t *)segments, i, segment)
	{
		json_int_t here = json_integer_value(json_object_get(segment, "index"));
		size_t within = bt_check_enter(c, NULL, i);

		if (here <= index)
			return bt_check_bad(c, "index", json_object_get(segment, "index"),
				"more than %lld", (long long)index);
		if (segment_holds(c, segment, run_ns) < 0)
			return -EINVAL;
		for (size_t k = 0; k < BT_LEN(counts); k++)
			if (json_is_true(json_object_get(segment, "scored")) &&
				__builtin_add_overflow(sums[k],
					json_integer_value(json_object_get(segment, counts[k])),
					&sums[k]))
				return bt_check_bad(c, counts[k],
					json_object_get(segment, counts[k]),
					"less, with the segments before");
		index = here;
		bt_check_leave(c, within);
	}
	bt_check_leave(c, before);
	for (size_t k = 0; k < BT_LEN(counts); k++) {
		const json_t *total = json_object_get(report, counts[k]);

		if (json_array_size(segments) && json_array_size(segments) < BT_TALLY_SEGMENTS &&
			total && json_integer_value(total) != sums[k])
			return bt_check_bad(c, counts[k], total,
				"%lld, the sum of the scored segments", (long long)sums[k]);
	}
	return 0;
}

static int events_hold(struct bt_check *c, const json_t *report, double run_ns)
{
	const json_t *event;
	size_t i, before = bt_check_enter(c, "events", 0);

	json_array_foreach(json_object_get(report, "events"), i, event)
	{
		size_t within = bt_check_enter(c, NULL, i);

		if (at_most(c, event, "t_ns", run_ns, "the run's length") < 0)
			return -EINVAL;
		bt_check_leave(c, within);
	}
	bt_check_leave(c, before);
	return 0;
}

static int steps_hold(struct bt_check *c, const json_t *report)
{
	const json_t *step;
	size_t i, before = bt_check_enter(c, "steps", 0);

	json_array_foreach(json_object_get(report, "steps"), i, step)
	{
		size_t within = bt_check_enter(c, NULL, i);

		if (bt_check_adds_up(c, step) < 0 ||
			at_most(c, step, "p50_ns", bt_json_get_real(step, "p95_ns"), "p95_ns") <
				0 ||
			at_most(c, step, "p95_ns", bt_json_get_real(step, "p99_ns"), "p99_ns") < 0)
			return -EINVAL;
		bt_check_leave(c, within);
	}
	bt_check_leave(c, before);
	return 0;
}

/* A metric is a number, a text or a latency, or not known. */
static int metrics_hold(struct bt_check *c, const json_t *report)
{
	const char *name;
	json_t *value;
	size_t before = bt_check_enter(c, "metrics", 0);

	json_object_foreach(json_object_get(report, "metrics"), name, value)
	{
		size_t within = bt_check_enter(c, name, 0);
		int r = json_is_object(value) ? bt_check_latency(c, value)
			: json_is_array(value) || json_is_boolean(value)
			? bt_check_bad(c, NULL, value, "a number, a text or a latency")
			: 0;

		if (r < 0)
			return r;
		bt_check_leave(c, within);
	}
	bt_check_leave(c, before);
	return 0;
}

static int errors_hold(struct bt_check *c, const json_t *report)
{
	double bad_ops =
		bt_json_get_real(report, "failed") + fmax(bt_json_get_real(report, "expired"), 0);
	const char *name;
	json_t *value;
	size_t before = bt_check_enter(c, "errors", 0);

	json_object_foreach(json_object_get(report, "errors"), name, value)
	{
		size_t within = bt_check_enter(c, name, 0);

		if (at_most(c, value, "count", bad_ops, "failed and expired") < 0)
			return -EINVAL;
		bt_check_leave(c, within);
	}
	bt_check_leave(c, before);
	return 0;
}

static int figures_hold(struct bt_check *c, const json_t *report)
{
	double scored = bt_json_get_real(report, "scored_s");
	double completed = bt_json_get_real(report, "completed");
	double lost = bt_json_get_real(report, "failed") + bt_json_get_real(report, "expired");
	double start = bt_json_get_real(report, "rss_start_bytes");
	double peak = bt_json_get_real(report, "rss_peak_bytes");
	int r = is_near(c, report, "throughput", completed / scored);

	if (r == 0)
		r = is_near(c, report, "units_per_s", bt_json_get_real(report, "units") / scored);
	if (r == 0)
		r = is_near(c, report, "error_rate", lost / (lost + completed));
	if (r == 0)
		r = is_near(c, report, "rss_growth", (peak - start) / start);
	return r;
}

static int lag_holds(struct bt_check *c, const json_t *report)
{
	static const char *const keys[] = { "p50", "p99", "p999", "max" };
	const json_t *lag = json_object_get(report, "lag_ns");
	size_t before = bt_check_enter(c, "lag_ns", 0);

	for (size_t i = 0; i + 1 < BT_LEN(keys); i++)
		if (at_most(c, lag, keys[i], bt_json_get_real(lag, keys[i + 1]), keys[i + 1]) < 0)
			return -EINVAL;
	bt_check_leave(c, before);
	return 0;
}

int bt_check_report(const char *root, const json_t *report, struct bt_err *err)
{
	static const double slack_ns = 1e9; /* what ends a run happens when it has been measured */
	struct bt_check c = { .err = err };
	double run_s = bt_json_get_real(report, "duration_s"), run_ns = run_s * 1e9 + slack_ns;
	int r;

	snprintf(c.path, sizeof(c.path), "%s", root);
	r = bt_check_object(&c, report, bt_report_rules);
	if (r == 0)
		r = started_is(&c, report);
	if (r == 0)
		r = seed_is(&c, report);
	if (r == 0)
		r = at_most(&c, report, "scored_s", run_s + slack_ns / 1e9, "duration_s");
	if (r == 0)
		r = bt_check_adds_up(&c, report);
	if (r == 0)
		r = latencies_count(&c, report, bt_json_get_text(report, "status"));
	if (r == 0)
		r = segments_hold(&c, report, run_ns);
	if (r == 0)
		r = steps_hold(&c, report);
	if (r == 0)
		r = events_hold(&c, report, run_ns);
	if (r == 0)
		r = errors_hold(&c, report);
	if (r == 0)
		r = metrics_hold(&c, report);
	if (r == 0)
		r = lag_holds(&c, report);
	if (r == 0)
		r = figures_hold(&c, report);
	return r == 0 ? verdict_holds(&c, report) : r;
}

/* ---- frames ---- */

int bt_check_description(const char *root, const json_t *info, struct bt_err *err)
{
	static const struct bt_rule metric_rules[] = {
		{ "name", BT_IS_TEXT, .must = true },
		KNOWN("unit", BT_IS_TEXT),
		{ "kind", BT_IS_WORD, .words = bt_metric_kind_name },
		{ "merge", BT_IS_WORD, .words = bt_metric_merge_name },
		KNOWN("help", BT_IS_TEXT),
		{ "num", BT_IS_COUNT, .most = BT_METRICS_MAX - 1 },
		{ "den", BT_IS_COUNT, .most = BT_METRICS_MAX - 1 },
		{ .key = NULL },
	};
	static const struct bt_rule rules[] = {
		{ "open_loop", BT_IS_FLAG, .must = true },
		KNOWN("waits", BT_IS_FLAG),
		KNOWN("seed", BT_IS_SIGNED),
		{ "started_wall_ns", BT_IS_SIGNED, .must = true },
		UNKNOWN("planned_ns", BT_IS_COUNT),
		{ "workers", BT_IS_COUNT, .most = UINT32_MAX },
		{ "processors", BT_IS_COUNT, .most = UINT32_MAX },
		KNOWN("quota", BT_IS_REAL),
		KNOWN("clock_cost_ns", BT_IS_REAL),
		UNKNOWN("descriptor_limit", BT_IS_COUNT),
		{ "metrics", BT_IS_LIST, .most = BT_METRICS_MAX, .inside = metric_rules },
		{ "error_classes", BT_IS_LIST, .most = BT_ERROR_CLASSES_MAX },
		KNOWN("settings", BT_IS_MAP),
		KNOWN("tags", BT_IS_MAP),
		{ "workload", BT_IS_TEXT, .must = true },
		{ "profile", BT_IS_TEXT, .must = true },
		{ .key = NULL },
	};
	struct bt_check c = { .err = err };

	snprintf(c.path, sizeof(c.path), "%s", root);
	return bt_check_object(&c, info, rules);
}

int bt_check_snapshot(const char *root, const json_t *snapshot, struct bt_err *err)
{
	static const struct bt_rule note_rules[] = {
		{ "t_ns", BT_IS_COUNT, .must = true, .most = (double)BT_CHECK_T_MOST },
		{ "class", BT_IS_COUNT, .most = BT_ERROR_CLASSES_MAX - 1 },
		{ "worker", BT_IS_COUNT, .most = INT32_MAX },
		KNOWN("text", BT_IS_TEXT),
		{ .key = NULL },
	};
	static const struct bt_rule slow_rules[] = {
		KNOWN("n", BT_IS_COUNT),
		{ "end_ns", BT_IS_COUNT, .most = (double)BT_CHECK_T_MOST },
		KNOWN("queue_ns", BT_IS_COUNT),
		KNOWN("service_ns", BT_IS_COUNT),
		{ "worker", BT_IS_COUNT, .most = INT32_MAX },
		{ "segment", BT_IS_COUNT, .most = INT32_MAX },
		{ "class", BT_IS_SIGNED, .most = BT_ERROR_CLASSES_MAX - 1 },
		{ .key = NULL },
	};
	static const struct bt_rule rules[] = {
		{ "seq", BT_IS_COUNT, .must = true },
		UNKNOWN("wall_ns", BT_IS_SIGNED),
		{ "t_ns", BT_IS_COUNT, .must = true, .most = (double)BT_CHECK_T_MOST },
		{ "span_ns", BT_IS_COUNT, .must = true },
		KNOWN("last", BT_IS_FLAG),
		KNOWN("interval", BT_IS_COUNTS),
		UNKNOWN("target_rate", BT_IS_REAL),
		{ "segments", BT_IS_LIST, .most = BT_SNAP_SEGMENTS, .inside = bt_segment_rules },
		{ "events", BT_IS_LIST, .most = BT_SNAP_EVENTS, .inside = bt_event_rules },
		{ "notes", BT_IS_LIST, .most = BT_SNAP_NOTES, .inside = note_rules },
		{ "slow", BT_IS_LIST, .most = BT_SNAP_SLOW, .inside = slow_rules },
		{ "state", BT_IS_TEXT, .must = true },
		{ .key = NULL },
	};
	struct bt_check c = { .err = err };
	double t = bt_json_get_real(snapshot, "t_ns");
	const json_t *segment;
	size_t i;
	int r;

	snprintf(c.path, sizeof(c.path), "%s", root);
	r = bt_check_object(&c, snapshot, rules);
	if (r == 0)
		r = at_most(&c, snapshot, "span_ns", t, "t_ns");
	bt_check_enter(&c, "segments", 0);
	json_array_foreach(json_object_get(snapshot, "segments"), i, segment)
	{
		size_t before = bt_check_enter(&c, NULL, i);

		if (r == 0)
			r = segment_holds(&c, segment, t + 1e9);
		bt_check_leave(&c, before);
	}
	return r;
}

int bt_check_state(const char *root, const json_t *state, struct bt_err *err)
{
	static const char *const lists[] = { "usage", "net", "watched", "errors", "warm", "rss",
		"scored_ns", "backlog", "drift_ns", "slow_dropped" };
	static const struct bt_rule rules[] = {
		{ "total", BT_IS_COUNTS, .must = true },
		{ "segment", BT_IS_OBJECT, .null = true, .inside = bt_segment_rules },
		KNOWN("fatal", BT_IS_FLAG),
		KNOWN("paused", BT_IS_FLAG),
		UNKNOWN("queue", BT_IS_ROW),
		UNKNOWN("service", BT_IS_ROW),
		UNKNOWN("response", BT_IS_ROW),
		UNKNOWN("lag", BT_IS_ROW),
		{ .key = NULL },
	};
	struct bt_check c = { .err = err };
	int r;

	snprintf(c.path, sizeof(c.path), "%s", root);
	r = bt_check_object(&c, state, rules);
	for (size_t k = 0; r == 0 && k < BT_LEN(lists); k++) {
		size_t before = bt_check_enter(&c, lists[k], 0);
		const json_t *value;
		size_t i;

		json_array_foreach(json_object_get(state, lists[k]), i, value) if (r == 0 &&
			!json_is_null(value)) r = bt_check_number(&c, NULL, value, BT_IS_COUNT, 0);
		bt_check_leave(&c, before);
	}
	return r;
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
