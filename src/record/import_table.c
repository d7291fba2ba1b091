/* import_table.c: what a report has. */
#include "record/import_check.h"
#include "record/import_rule.h"
#include "record/json.h"
#include "record/leak.h"
#include "record/tally.h"
#include "record/threshold.h"
#include "record/verdict.h"

static const char *const loops[] = { "open", "closed", NULL };
static const char *const statuses[] = { "running", "interrupted", "ended", "stopped", "failed",
	NULL };
static const char *const outcomes[] = { "held", "broke", NULL };

static const struct bt_rule latencies[] = { UNKNOWN("queue", BT_IS_LATENCY),
	UNKNOWN("service", BT_IS_LATENCY), UNKNOWN("response", BT_IS_LATENCY), { .key = NULL } };

const struct bt_rule bt_event_rules[] = {
	{ "t_ns", BT_IS_COUNT, .must = true, .most = (double)BT_CHECK_T_MOST },
	{ "kind", BT_IS_WORD, .words = bt_event_kind_name },
	KNOWN("text", BT_IS_TEXT),
	{ .key = NULL },
};

const struct bt_rule bt_segment_rules[] = {
	{ "index", BT_IS_COUNT, .must = true, .most = UINT32_MAX },
	KNOWN("label", BT_IS_TEXT),
	{ "mode", BT_IS_WORD, .words = bt_mode_name },
	{ "arrivals", BT_IS_WORD, .words = bt_arrivals_name },
	UNKNOWN("rate_from", BT_IS_REAL),
	UNKNOWN("rate_to", BT_IS_REAL),
	UNKNOWN("span_ns", BT_IS_COUNT),
	KNOWN("settle_ns", BT_IS_COUNT),
	KNOWN("items", BT_IS_COUNT),
	{ "workers", BT_IS_COUNT, .most = UINT32_MAX },
	{ "concurrency", BT_IS_COUNT, .most = UINT32_MAX },
	{ "level", BT_IS_COUNT, .null = true, .most = UINT32_MAX },
	{ "processors", BT_IS_COUNT, .most = UINT32_MAX },
	KNOWN("pinned", BT_IS_FLAG),
	KNOWN("data_items", BT_IS_COUNT),
	KNOWN("op_units", BT_IS_COUNT),
	{ "step", BT_IS_COUNT, .most = UINT32_MAX },
	{ "steps", BT_IS_COUNT, .most = UINT32_MAX },
	KNOWN("scored", BT_IS_FLAG),
	KNOWN("judged", BT_IS_FLAG),
	KNOWN("manual", BT_IS_FLAG),
	KNOWN("offered", BT_IS_COUNT),
	KNOWN("completed", BT_IS_COUNT),
	KNOWN("failed", BT_IS_COUNT),
	KNOWN("expired", BT_IS_COUNT),
	UNKNOWN("in_flight", BT_IS_COUNT),
	KNOWN("units", BT_IS_COUNT),
	KNOWN("completed_in_span", BT_IS_COUNT),
	KNOWN("backlog_mid", BT_IS_COUNT),
	KNOWN("backlog_end", BT_IS_COUNT),
	{ "state", BT_IS_WORD, .words = bt_segment_state_name },
	{ "start_ns", BT_IS_COUNT, .most = (double)BT_CHECK_T_MOST },
	UNKNOWN("end_ns", BT_IS_COUNT),
	{ "last_end_ns", BT_IS_COUNT, .null = true, .most = (double)BT_CHECK_T_MOST },
	{ "latency_ns", BT_IS_OBJECT, .inside = latencies },
	UNKNOWN("ratio", BT_IS_REAL),
	UNKNOWN("efficiency", BT_IS_REAL),
	{ "outcome", BT_IS_WORD, .null = true, .words = outcomes },
	UNKNOWN("reason", BT_IS_TEXT),
	UNKNOWN("rss_bytes", BT_IS_COUNT),
	UNKNOWN("rss_before_bytes", BT_IS_COUNT),
	UNKNOWN("rss_peak_bytes", BT_IS_COUNT),
	UNKNOWN("rss_after_bytes", BT_IS_COUNT),
	UNKNOWN("counted_bytes", BT_IS_COUNT),
	UNKNOWN("filled", BT_IS_COUNT),
	UNKNOWN("no_memory", BT_IS_COUNT),
	{ .key = NULL },
};

static const struct bt_rule step_rules[] = {
	{ "step", BT_IS_COUNT, .most = UINT32_MAX },
	UNKNOWN("rate", BT_IS_REAL),
	KNOWN("offered", BT_IS_COUNT),
	KNOWN("completed", BT_IS_COUNT),
	UNKNOWN("throughput", BT_IS_REAL),
	UNKNOWN("p50_ns", BT_IS_COUNT),
	UNKNOWN("p95_ns", BT_IS_COUNT),
	UNKNOWN("p99_ns", BT_IS_COUNT),
	UNKNOWN("error_rate", BT_IS_SHARE),
	{ "outcome", BT_IS_WORD, .null = true, .words = outcomes },
	UNKNOWN("reason", BT_IS_TEXT),
	UNKNOWN("rss_bytes", BT_IS_COUNT),
	UNKNOWN("level", BT_IS_COUNT),
	UNKNOWN("ratio", BT_IS_REAL),
	UNKNOWN("efficiency", BT_IS_REAL),
	UNKNOWN("size", BT_IS_COUNT),
	UNKNOWN("units_per_s", BT_IS_REAL),
	UNKNOWN("call_ns", BT_IS_REAL),
	UNKNOWN("unit_ns", BT_IS_REAL),
	UNKNOWN("items", BT_IS_COUNT),
	UNKNOWN("filled", BT_IS_COUNT),
	{ .key = NULL },
};

static const struct bt_rule finding_rules[] = {
	{ .key = "name", .kind = BT_IS_TEXT, .must = true },
	UNKNOWN("value", BT_IS_SIGNED),
	UNKNOWN("unit", BT_IS_TEXT),
	UNKNOWN("text", BT_IS_TEXT),
	{ .key = NULL },
};

static const struct bt_rule error_rules[] = { { "count", BT_IS_COUNT, .must = true },
	KNOWN("first", BT_IS_LIST), { .key = NULL } };

static const struct bt_rule warm_rules[] = { KNOWN("offered", BT_IS_COUNT),
	KNOWN("failed", BT_IS_COUNT), { .key = NULL } };

static const struct bt_rule lag_rules[] = { UNKNOWN("p50", BT_IS_COUNT),
	UNKNOWN("p99", BT_IS_COUNT), UNKNOWN("p999", BT_IS_COUNT), UNKNOWN("max", BT_IS_COUNT),
	{ .key = NULL } };

static const struct bt_rule leak_rules[] = {
	{ "verdict", BT_IS_WORD, .words = bt_leak_verdict_name },
	UNKNOWN("slope_mib_per_h", BT_IS_SIGNED),
	UNKNOWN("low_mib_per_h", BT_IS_SIGNED),
	UNKNOWN("high_mib_per_h", BT_IS_SIGNED),
	UNKNOWN("resolvable_mib_per_h", BT_IS_SIGNED),
	UNKNOWN("rules_out_mib_per_h", BT_IS_SIGNED),
	UNKNOWN("span_s", BT_IS_REAL),
	{ .key = NULL },
};

static const struct bt_rule watched_rules[] = {
	KNOWN("name", BT_IS_TEXT),
	UNKNOWN("processes", BT_IS_COUNT),
	UNKNOWN("rss_bytes", BT_IS_COUNT),
	UNKNOWN("rss_peak_bytes", BT_IS_COUNT),
	UNKNOWN("cpu_seconds", BT_IS_REAL),
	UNKNOWN("cpu_usage", BT_IS_REAL),
	UNKNOWN("threads", BT_IS_COUNT),
	UNKNOWN("descriptors", BT_IS_COUNT),
	{ .key = NULL },
};

static const struct bt_rule data_rules[] = { UNKNOWN("resident", BT_IS_SIGNED),
	UNKNOWN("low", BT_IS_SIGNED), UNKNOWN("high", BT_IS_SIGNED),
	UNKNOWN("counted", BT_IS_SIGNED), UNKNOWN("levels", BT_IS_COUNT), { .key = NULL } };

static const struct bt_rule threshold_rules[] = {
	{ "text", BT_IS_TEXT, .must = true },
	KNOWN("name", BT_IS_TEXT),
	KNOWN("op", BT_IS_TEXT),
	UNKNOWN("limit", BT_IS_SIGNED),
	UNKNOWN("unit", BT_IS_TEXT),
	UNKNOWN("window_ns", BT_IS_COUNT),
	UNKNOWN("after_ns", BT_IS_COUNT),
	KNOWN("abort", BT_IS_FLAG),
	UNKNOWN("value", BT_IS_SIGNED),
	UNKNOWN("worst_at_ns", BT_IS_COUNT),
	{ "verdict", BT_IS_WORD, .words = bt_threshold_verdict_name },
	{ .key = NULL },
};

const struct bt_rule bt_report_rules[] = {
	UNKNOWN("run", BT_IS_COUNT),
	{ "workload", BT_IS_TEXT, .must = true },
	{ "profile", BT_IS_TEXT, .must = true },
	{ "mode", BT_IS_WORD, .must = true, .words = loops },
	UNKNOWN("unit", BT_IS_TEXT),
	UNKNOWN("version", BT_IS_TEXT),
	{ "status", BT_IS_WORD, .must = true, .words = statuses },
	{ "started", BT_IS_TEXT, .must = true },
	{ "duration_s", BT_IS_REAL, .most = (double)BT_CHECK_T_MOST / 1e9 },
	{ "scored_s", BT_IS_REAL, .most = (double)BT_CHECK_T_MOST / 1e9 },
	UNKNOWN("host", BT_IS_TEXT),
	UNKNOWN("commit", BT_IS_TEXT),
	UNKNOWN("command_line", BT_IS_TEXT),
	KNOWN("options", BT_IS_MAP),
	KNOWN("tags", BT_IS_MAP),
	{ "verdict", BT_IS_WORD, .must = true, .words = bt_verdict_name },
	{ "reasons", BT_IS_LIST, .most = BT_REASONS_MAX },
	{ "finding", BT_IS_OBJECT, .null = true, .inside = finding_rules },
	{ "offered", BT_IS_COUNT, .must = true },
	{ "completed", BT_IS_COUNT, .must = true },
	{ "failed", BT_IS_COUNT, .must = true },
	KNOWN("expired", BT_IS_COUNT),
	UNKNOWN("in_flight", BT_IS_COUNT),
	KNOWN("units", BT_IS_COUNT),
	UNKNOWN("throughput", BT_IS_REAL),
	UNKNOWN("peak_throughput", BT_IS_REAL),
	UNKNOWN("units_per_s", BT_IS_REAL),
	UNKNOWN("error_rate", BT_IS_SHARE),
	{ "warm_up", BT_IS_OBJECT, .inside = warm_rules },
	{ "errors", BT_IS_MAP, .most = BT_ERROR_CLASSES_MAX, .inside = error_rules },
	{ "latency_ns", BT_IS_OBJECT, .inside = latencies },
	{ "lag_ns", BT_IS_OBJECT, .inside = lag_rules },
	UNKNOWN("rss_start_bytes", BT_IS_COUNT),
	UNKNOWN("rss_peak_bytes", BT_IS_COUNT),
	UNKNOWN("rss_growth", BT_IS_SIGNED),
	UNKNOWN("bytes_leaked", BT_IS_COUNT),
	UNKNOWN("cpu_seconds", BT_IS_REAL),
	UNKNOWN("cpu_usage", BT_IS_REAL),
	UNKNOWN("leak_per_h", BT_IS_SIGNED),
	{ "leak", BT_IS_OBJECT, .inside = leak_rules },
	UNKNOWN("net_in_bytes", BT_IS_COUNT),
	UNKNOWN("net_out_bytes", BT_IS_COUNT),
	UNKNOWN("interface_in_bytes", BT_IS_COUNT),
	UNKNOWN("interface_out_bytes", BT_IS_COUNT),
	{ "watched", BT_IS_OBJECT, .null = true, .inside = watched_rules },
	{ "segments", BT_IS_LIST, .most = BT_TALLY_SEGMENTS, .inside = bt_segment_rules },
	{ "steps", BT_IS_LIST, .most = BT_TALLY_SEGMENTS, .inside = step_rules },
	UNKNOWN("steps_broken", BT_IS_COUNT),
	{ "bytes_per_item", BT_IS_OBJECT, .null = true, .inside = data_rules },
	UNKNOWN("bytes_unreleased", BT_IS_SIGNED),
	{ "thresholds", BT_IS_LIST, .inside = threshold_rules },
	KNOWN("metrics", BT_IS_OBJECT),
	{ "events", BT_IS_LIST, .most = BT_TALLY_EVENTS, .inside = bt_event_rules },
	{ "environment", BT_IS_OBJECT, .null = true },
	{ .key = NULL },
};
