/* import_check.c: what a report has, and what holds between its numbers. */
#include "store/import_check.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "store/import_rule.h"
#include "json/json.h"
#include "judge/leak.h"
#include "judge/tally.h"
#include "judge/threshold.h"
#include "judge/verdict.h"

static const char *const counts[] = { "offered", "completed", "failed", "expired", "units", NULL };

static const char *const loops[] = { "open", "closed", NULL };
static const char *const statuses[] = { "running", "interrupted", "ended", "stopped", "failed",
	NULL };
static const char *const outcomes[] = { "held", "broke", NULL };

static const struct bt_rule latencies[] = {
	OBJECT("queue", .null = true, .inside = bt_latency_rules),
	OBJECT("service", .null = true, .inside = bt_latency_rules),
	OBJECT("response", .null = true, .inside = bt_latency_rules),
	END,
};

const struct bt_rule bt_event_rules[] = {
	COUNT("t_ns", .must = true, .in_run = true),
	WORD("kind", .words = bt_event_kind_name),
	TEXT("text"),
	END,
};

/*
 * No histogram has more operations than were offered. While a run or a segment still runs, its
 * histograms are read a moment after its counts, and may have more.
 */
static int latencies_hold(struct bt_check *c, const json_t *object, const char *state)
{
	const json_t *all = json_object_get(object, "latency_ns"), *one;
	size_t before = bt_check_enter(c, "latency_ns", 0), within;
	const char *name;

	if (strcmp(state, "running") == 0 || strcmp(state, "interrupted") == 0 ||
		strcmp(state, "draining") == 0)
		all = NULL;
	json_object_foreach((json_t *)all, name, one)
	{
		within = bt_check_enter(c, name, 0);
		if (bt_check_at_most(
			    c, one, "count", bt_json_get_real(object, "offered"), "offered") < 0)
			return -EINVAL;
		bt_check_leave(c, within);
	}
	bt_check_leave(c, before);
	return 0;
}

static int segment_holds(struct bt_check *c, const json_t *segment)
{
	double start = bt_json_get_real(segment, "start_ns");
	const json_t *end = json_object_get(segment, "end_ns");
	int r = bt_check_parts(c, segment);

	if (r == 0)
		r = latencies_hold(c, segment, bt_json_get_text(segment, "state"));
	if (r == 0 && json_is_number(end) && json_number_value(end) < start)
		r = bt_check_bad(c, "end_ns", end, "at least start_ns, %.0f", start);
	return r;
}

const struct bt_rule bt_segment_rules[] = {
	COUNT("index", .must = true, .most = UINT32_MAX),
	TEXT("label"),
	WORD("mode", .words = bt_mode_name),
	WORD("arrivals", .words = bt_arrivals_name),
	REAL("rate_from", .null = true),
	REAL("rate_to", .null = true),
	COUNT("span_ns", .null = true),
	COUNT("settle_ns"),
	COUNT("items"),
	COUNT("workers", .most = UINT32_MAX),
	COUNT("concurrency", .most = UINT32_MAX),
	COUNT("level", .null = true, .most = UINT32_MAX),
	COUNT("processors", .most = UINT32_MAX),
	FLAG("pinned"),
	COUNT("data_items"),
	COUNT("op_units"),
	COUNT("step", .most = UINT32_MAX),
	COUNT("steps", .most = UINT32_MAX),
	FLAG("scored"),
	FLAG("judged"),
	FLAG("manual"),
	COUNT("offered"),
	COUNT("completed"),
	COUNT("failed"),
	COUNT("expired"),
	COUNT("in_flight", .null = true),
	COUNT("units"),
	COUNT("completed_in_span", .below = "offered"),
	COUNT("backlog_mid", .below = "offered"),
	COUNT("backlog_end", .below = "offered"),
	WORD("state", .words = bt_segment_state_name),
	COUNT("start_ns", .in_run = true),
	COUNT("end_ns", .null = true),
	COUNT("last_end_ns", .null = true, .in_run = true),
	OBJECT("latency_ns", .inside = latencies),
	REAL("ratio", .null = true),
	REAL("efficiency", .null = true),
	WORD("outcome", .null = true, .words = outcomes),
	TEXT("reason", .null = true),
	COUNT("rss_bytes", .null = true),
	COUNT("rss_before_bytes", .null = true),
	COUNT("rss_peak_bytes", .null = true),
	COUNT("rss_after_bytes", .null = true),
	COUNT("counted_bytes", .null = true),
	COUNT("filled", .null = true),
	COUNT("no_memory", .null = true),
	{ .holds = segment_holds },
};

static const struct bt_rule step_rules[] = {
	COUNT("step", .most = UINT32_MAX),
	REAL("rate", .null = true),
	COUNT("offered"),
	COUNT("completed"),
	REAL("throughput", .null = true),
	COUNT("p50_ns", .null = true, .below = "p95_ns"),
	COUNT("p95_ns", .null = true, .below = "p99_ns"),
	COUNT("p99_ns", .null = true),
	SHARE("error_rate", .null = true),
	WORD("outcome", .null = true, .words = outcomes),
	TEXT("reason", .null = true),
	COUNT("rss_bytes", .null = true),
	COUNT("level", .null = true),
	REAL("ratio", .null = true),
	REAL("efficiency", .null = true),
	COUNT("size", .null = true),
	REAL("units_per_s", .null = true),
	REAL("call_ns", .null = true),
	REAL("unit_ns", .null = true),
	COUNT("items", .null = true),
	COUNT("filled", .null = true),
	{ .holds = bt_check_parts },
};

static const struct bt_rule finding_rules[] = {
	TEXT("name", .must = true),
	SIGNED("value", .null = true),
	TEXT("unit", .null = true),
	TEXT("text", .null = true),
	END,
};

static const struct bt_rule error_rules[] = { COUNT("count", .must = true), LIST("first"), END };

static const struct bt_rule warm_rules[] = { COUNT("offered"), COUNT("failed"), END };

static const struct bt_rule lag_rules[] = {
	COUNT("p50", .null = true, .below = "p99"),
	COUNT("p99", .null = true, .below = "p999"),
	COUNT("p999", .null = true, .below = "max"),
	COUNT("max", .null = true),
	END,
};

static const struct bt_rule leak_rules[] = {
	WORD("verdict", .words = bt_leak_verdict_name),
	SIGNED("slope_mib_per_h", .null = true),
	SIGNED("low_mib_per_h", .null = true),
	SIGNED("high_mib_per_h", .null = true),
	SIGNED("resolvable_mib_per_h", .null = true),
	SIGNED("rules_out_mib_per_h", .null = true),
	REAL("span_s", .null = true),
	END,
};

static const struct bt_rule watched_rules[] = {
	TEXT("name"),
	COUNT("processes", .null = true),
	COUNT("rss_bytes", .null = true),
	COUNT("rss_peak_bytes", .null = true),
	REAL("cpu_seconds", .null = true),
	REAL("cpu_usage", .null = true),
	COUNT("threads", .null = true),
	COUNT("descriptors", .null = true),
	END,
};

static const struct bt_rule data_rules[] = {
	SIGNED("resident", .null = true),
	SIGNED("low", .null = true),
	SIGNED("high", .null = true),
	SIGNED("counted", .null = true),
	COUNT("levels", .null = true),
	END,
};

static const struct bt_rule threshold_rules[] = {
	TEXT("text", .must = true),
	TEXT("name"),
	TEXT("op"),
	SIGNED("limit", .null = true),
	TEXT("unit", .null = true),
	COUNT("window_ns", .null = true),
	COUNT("after_ns", .null = true),
	FLAG("abort"),
	SIGNED("value", .null = true),
	COUNT("worst_at_ns", .null = true),
	WORD("verdict", .words = bt_threshold_verdict_name),
	END,
};

/* ---- what holds between a report's members ---- */

static int started_is(struct bt_check *c, const json_t *report)
{
	uint64_t ns;

	if (bt_parse_utc(&ns, bt_json_get_text(report, "started")) == 0)
		return 0;
	return bt_check_bad(c, "started", json_object_get(report, "started"),
		"a moment such as 2026-11-30T21:02:06Z, from 1678 to 2261");
}

/* Beyond the integers of JSON a seed is a text. */
static int seed_is(struct bt_check *c, const json_t *report)
{
	const json_t *seed = json_object_get(report, "seed");
	uint64_t n;

	if (!seed || (json_is_string(seed) && bt_parse_count(&n, json_string_value(seed)) == 0))
		return 0;
	return bt_check_count(c, "seed", seed);
}

static int scored_time_holds(struct bt_check *c, const json_t *report)
{
	return bt_check_at_most(c, report, "scored_s", c->run_ns / 1e9, "duration_s");
}

static int counts_hold(struct bt_check *c, const json_t *report)
{
	int r = bt_check_parts(c, report);

	return r == 0 ? latencies_hold(c, report, bt_json_get_text(report, "status")) : r;
}

/* Adds up the scored segments, which follow each other. */
static int add_segments(struct bt_check *c, const json_t *segments, json_int_t sums[])
{
	json_int_t index = -1;
	const json_t *segment;
	size_t i;

	json_array_foreach((json_t *)segments, i, segment)
	{
		json_int_t here = json_integer_value(json_object_get(segment, "index"));
		size_t within = bt_check_enter(c, NULL, i);

		if (here <= index)
			return bt_check_bad(c, "index", json_object_get(segment, "index"),
				"more than %lld", (long long)index);
		for (size_t k = 0; counts[k] && json_is_true(json_object_get(segment, "scored"));
			k++) {
			const json_t *n = json_object_get(segment, counts[k]);

			if (__builtin_add_overflow(sums[k], json_integer_value(n), &sums[k]))
				return bt_check_bad(
					c, counts[k], n, "less, with the segments before");
		}
		index = here;
		bt_check_leave(c, within);
	}
	return 0;
}

/* A report keeps at most BT_TALLY_SEGMENTS: a run that fills them may have had more, so its sums
 * are unknown. */
static int segments_hold(struct bt_check *c, const json_t *report)
{
	const json_t *segments = json_object_get(report, "segments");
	json_int_t sums[BT_LEN(counts)] = { 0 };
	size_t before = bt_check_enter(c, "segments", 0), n = json_array_size(segments);

	if (add_segments(c, segments, sums) < 0)
		return -EINVAL;
	bt_check_leave(c, before);
	for (size_t k = 0; counts[k] && n && n < BT_TALLY_SEGMENTS; k++) {
		const json_t *total = json_object_get(report, counts[k]);

		if (total && json_integer_value(total) != sums[k])
			return bt_check_bad(c, counts[k], total,
				"%lld, the sum of the scored segments", (long long)sums[k]);
	}
	return 0;
}

/* A metric is a number, a text, a latency, or unknown. */
static int metrics_hold(struct bt_check *c, const json_t *report)
{
	const char *name;
	json_t *value;
	size_t before = bt_check_enter(c, "metrics", 0);

	json_object_foreach(json_object_get(report, "metrics"), name, value)
	{
		size_t within = bt_check_enter(c, name, 0);

		if (json_is_object(value) ? bt_check_object(c, value, bt_latency_rules) < 0
					  : json_is_array(value) || json_is_boolean(value))
			return json_is_object(value)
				? -EINVAL
				: bt_check_bad(c, NULL, value, "a number, a text or a latency");
		bt_check_leave(c, within);
	}
	bt_check_leave(c, before);
	return 0;
}

static int errors_hold(struct bt_check *c, const json_t *report)
{
	double lost =
		bt_json_get_real(report, "failed") + fmax(bt_json_get_real(report, "expired"), 0);
	const char *name;
	json_t *value;
	size_t before = bt_check_enter(c, "errors", 0);

	json_object_foreach(json_object_get(report, "errors"), name, value)
	{
		size_t within = bt_check_enter(c, name, 0);

		if (bt_check_at_most(c, value, "count", lost, "failed and expired") < 0)
			return -EINVAL;
		bt_check_leave(c, within);
	}
	bt_check_leave(c, before);
	return 0;
}

/* Derived figures must agree with those that they derive from, unless one is unknown. */
static int figures_hold(struct bt_check *c, const json_t *report)
{
	double scored = bt_json_get_real(report, "scored_s");
	double completed = bt_json_get_real(report, "completed");
	double lost = bt_json_get_real(report, "failed") + bt_json_get_real(report, "expired");
	double start = bt_json_get_real(report, "rss_start_bytes");
	const struct {
		const char *key;
		double expected;
	} rows[] = {
		{ "throughput", completed / scored },
		{ "units_per_s", bt_json_get_real(report, "units") / scored },
		{ "error_rate", lost / (lost + completed) },
		{ "rss_growth", (bt_json_get_real(report, "rss_peak_bytes") - start) / start },
	};

	for (size_t i = 0; i < BT_LEN(rows); i++) {
		double v = bt_json_get_real(report, rows[i].key), expected = rows[i].expected;

		if (fabs(v - expected) > 1e-6 * fmax(fabs(expected), 1e-3) && isfinite(expected))
			return bt_check_bad(c, rows[i].key, json_object_get(report, rows[i].key),
				"%.12g, which follows from its other figures", expected);
	}
	return 0;
}

/* A file may hold a run that was cut off. */
static bool is_over(const json_t *report)
{
	const char *status = bt_json_get_text(report, "status");

	return strcmp(status, "running") != 0 && strcmp(status, "interrupted") != 0;
}

static int verdict_holds(struct bt_check *c, const json_t *report)
{
	const json_t *verdict = json_object_get(report, "verdict");
	bool valid = strcmp(json_string_value(verdict), "valid") == 0;

	if (!valid && json_array_size(json_object_get(report, "reasons")) == 0)
		return bt_check_bad(c, "verdict", verdict, "reasons with it");
	if (valid && is_over(report) && bt_json_get_count(report, "completed", 1) == 0)
		return bt_check_bad(c, "verdict", verdict, "invalid, as no operation completed");
	return 0;
}

static int report_holds(struct bt_check *c, const json_t *report)
{
	static int (*const parts[])(struct bt_check * c, const json_t *report) = { started_is,
		seed_is, scored_time_holds, counts_hold, segments_hold, errors_hold, metrics_hold,
		figures_hold, verdict_holds };
	int r = 0;

	for (size_t i = 0; r == 0 && i < BT_LEN(parts); i++)
		r = parts[i](c, report);
	return r;
}

static const struct bt_rule report_rules[] = {
	COUNT("run", .null = true),
	TEXT("workload", .must = true),
	TEXT("profile", .must = true),
	WORD("mode", .must = true, .words = loops),
	TEXT("unit", .null = true),
	TEXT("version", .null = true),
	WORD("status", .must = true, .words = statuses),
	TEXT("started", .must = true),
	REAL("duration_s", .most = (double)BT_CHECK_T_MOST / 1e9),
	REAL("scored_s", .most = (double)BT_CHECK_T_MOST / 1e9),
	TEXT("host", .null = true),
	TEXT("commit", .null = true),
	TEXT("command_line", .null = true),
	SETTINGS("options"),
	SETTINGS("tags"),
	WORD("verdict", .must = true, .words = bt_verdict_name),
	LIST("reasons", .most = BT_REASONS_MAX),
	OBJECT("finding", .null = true, .inside = finding_rules),
	COUNT("offered", .must = true),
	COUNT("completed", .must = true),
	COUNT("failed", .must = true),
	COUNT("expired"),
	COUNT("in_flight", .null = true),
	COUNT("units"),
	REAL("throughput", .null = true),
	REAL("peak_throughput", .null = true),
	REAL("units_per_s", .null = true),
	SHARE("error_rate", .null = true),
	OBJECT("warm_up", .inside = warm_rules),
	MAP("errors", .most = BT_ERROR_CLASSES_MAX, .inside = error_rules),
	OBJECT("latency_ns", .inside = latencies),
	OBJECT("lag_ns", .inside = lag_rules),
	COUNT("rss_start_bytes", .null = true),
	COUNT("rss_peak_bytes", .null = true),
	SIGNED("rss_growth", .null = true),
	COUNT("bytes_leaked", .null = true),
	REAL("cpu_seconds", .null = true),
	REAL("cpu_usage", .null = true),
	SIGNED("leak_per_h", .null = true),
	OBJECT("leak", .inside = leak_rules),
	COUNT("net_in_bytes", .null = true),
	COUNT("net_out_bytes", .null = true),
	COUNT("interface_in_bytes", .null = true),
	COUNT("interface_out_bytes", .null = true),
	OBJECT("watched", .null = true, .inside = watched_rules),
	LIST("segments", .most = BT_TALLY_SEGMENTS, .inside = bt_segment_rules),
	LIST("steps", .most = BT_TALLY_SEGMENTS, .inside = step_rules),
	COUNT("steps_broken", .null = true),
	OBJECT("bytes_per_item", .null = true, .inside = data_rules),
	SIGNED("bytes_unreleased", .null = true),
	LIST("thresholds", .inside = threshold_rules),
	OBJECT("metrics"),
	LIST("events", .most = BT_TALLY_EVENTS + 1, .inside = bt_event_rules),
	OBJECT("environment", .null = true),
	{ .holds = report_holds },
};

int bt_check_report(const char *root, const json_t *report, struct bt_err *err)
{
	double run_ns = bt_json_get_real(report, "duration_s") * 1e9;
	struct bt_check c = { .run_ns = run_ns + BT_CHECK_SLACK_NS, .err = err };

	snprintf(c.path, sizeof(c.path), "%s", root);
	return bt_check_object(&c, report, report_rules);
}
