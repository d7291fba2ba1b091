#include "record/import_check.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "core/snapshot.h"
#include "record/json.h"
#include "record/leak.h"
#include "record/tally.h"
#include "record/threshold.h"
#include "record/verdict.h"

struct check {
	char path[240];
	struct bt_err *err;
};

enum kind { COUNT, REAL, SIGNED, SHARE, TEXT, WORD, FLAG, OBJECT, MAP, LIST, LATENCY, COUNTS, ROW };

/* A member of an object. Unless it must be there, it may be missing: other versions write other members. */
struct rule {
	const char *key;
	enum kind kind;
	bool null, must;
	double most;               /* numbers: themselves, else bytes or elements; 0: any */
	const char *const *words;  /* WORD, NULL-ended */
	const struct rule *inside; /* OBJECT; of MAP and LIST each element; NULL: texts */
};

/* clang-format off */
#define KNOWN(k, what)   { .key = (k), .kind = (what) }
#define UNKNOWN(k, what) { .key = (k), .kind = (what), .null = true }
/* clang-format on */

static int object_is(struct check *c, const json_t *object, const struct rule *rules);

/* "PATH: VALUE: expected WORDS"; the path goes on with a member, unless it is NULL. */
static int BT_PRINTF(4, 5)
	bad(struct check *c, const char *key, const json_t *value, const char *fmt, ...)
{
	char *json = value
		? json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12))
		: NULL;
	char words[160], shown[60], name[80];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(words, sizeof(words), fmt, ap);
	va_end(ap);
	bt_text_format(shown, sizeof(shown), "%s", json ? json : "missing");
	bt_text_format(name, sizeof(name), "%s", key ? key : "");
	free(json);
	return bt_fail(c->err, -EINVAL, "%s%s%s: %s: expected %s", c->path, key ? "." : "", name,
		shown, words);
}

/* Goes into a member or, with a NULL key, an element; returns what leave() takes to come back. */
static size_t enter(struct check *c, const char *key, size_t i)
{
	size_t before = strlen(c->path), room = sizeof(c->path) - before;
	char name[80];

	if (key)
		snprintf(c->path + before, room, ".%s",
			bt_text_format(name, sizeof(name), "%s", key));
	else
		snprintf(c->path + before, room, "[%zu]", i);
	return before;
}

static void leave(struct check *c, size_t before)
{
	c->path[before] = '\0';
}

static int number_is(
	struct check *c, const char *key, const json_t *value, enum kind kind, double most)
{
	static const char *const whole[] = { "a whole number", "a number", "a number", "a share" };
	double v = json_number_value(value);
	char a[BT_FMT_MAX];

	if (kind == SHARE)
		most = 1;
	if (kind == COUNT ? !json_is_integer(value) : !json_is_number(value))
		return bad(c, key, value, "%s", whole[kind]);
	if (v < 0 && kind != SIGNED)
		return bad(c, key, value, "%s, at least 0", whole[kind]);
	if (most > 0 && v > most)
		return bad(c, key, value, "at most %s", bt_fmt_number(a, sizeof(a), most));
	return 0;
}

static int text_is(struct check *c, const char *key, const json_t *value, const struct rule *rule)
{
	const char *text = json_string_value(value);

	if (!text)
		return bad(c, key, value, "a text");
	if (rule->must && !*text)
		return bad(c, key, value, "a text that is not empty");
	if (rule->most > 0 && (double)json_string_length(value) >= rule->most)
		return bad(c, key, value, "less than %.0f bytes", rule->most);
	return 0;
}

static int word_is(struct check *c, const char *key, const json_t *value, const char *const *words)
{
	char list[120] = "";
	size_t n = 0;

	for (unsigned i = 0; words[i] && n < sizeof(list); i++) {
		if (json_is_string(value) && strcmp(words[i], json_string_value(value)) == 0)
			return 0;
		n += (size_t)snprintf(list + n, sizeof(list) - n, "%s%s",
			i == 0                 ? ""
				: words[i + 1] ? ", "
					       : " or ",
			words[i]);
	}
	return bad(c, key, value, "%s", list);
}

/* p50 … max of a latency, or of the row [count, mean, p50 … max] that a state has. */
static int ascending(struct check *c, const json_t *value)
{
	const char *before = NULL;
	json_int_t least = 0;

	for (unsigned i = 0; i <= BT_QUANTILES; i++) {
		const char *key = i < BT_QUANTILES ? bt_quantile_name[i] : "max";
		const json_t *v = json_is_array(value) ? json_array_get(value, 2 + i)
						       : json_object_get(value, key);

		if (!v)
			continue;
		if (number_is(c, key, v, COUNT, 0) < 0)
			return -EINVAL;
		if (json_integer_value(v) < least)
			return bad(c, key, v, "at least %s, %lld", before, (long long)least);
		least = json_integer_value(v);
		before = key;
	}
	return 0;
}

static int latency_is(struct check *c, const json_t *value)
{
	static const struct rule rules[] = {
		{ "count", COUNT, .must = true },
		{ "mean", REAL, .must = true },
		{ "max", COUNT, .must = true },
		{ .key = NULL },
	};
	double max = bt_json_get_real(value, "max");
	int r = object_is(c, value, rules);

	if (r == 0)
		r = ascending(c, value);
	if (r == 0 && bt_json_get_real(value, "mean") > max * (1 + 1e-9))
		r = bad(c, "mean", json_object_get(value, "mean"), "at most max, %.0f", max);
	return r;
}

static int row_is(struct check *c, const json_t *value)
{
	double max = json_number_value(json_array_get(value, 2 + BT_QUANTILES));

	if (json_array_size(value) != 3 + BT_QUANTILES)
		return bad(c, NULL, value, "%d numbers", 3 + BT_QUANTILES);
	if (number_is(c, "count", json_array_get(value, 0), COUNT, 0) < 0 ||
		number_is(c, "mean", json_array_get(value, 1), REAL, max * (1 + 1e-9)) < 0)
		return -EINVAL;
	return ascending(c, value);
}

/* completed, failed and expired are parts of offered. */
static int parts_of(struct check *c, const json_t *offered, const json_t *const *parts)
{
	static const char *const names[] = { "completed", "failed", "expired" };
	json_int_t left = json_integer_value(offered);
	const char *what = "offered";

	for (unsigned i = 0; i < BT_LEN(names); i++) {
		if (!parts[i])
			continue;
		if (json_integer_value(parts[i]) > left)
			return bad(
				c, names[i], parts[i], "at most %s, %lld", what, (long long)left);
		left -= json_integer_value(parts[i]);
		what = "what is left of offered";
	}
	return 0;
}

static int members_add_up(struct check *c, const json_t *object)
{
	const json_t *offered = json_object_get(object, "offered");
	const json_t *in_flight = json_object_get(object, "in_flight");
	const json_t *const parts[] = { json_object_get(object, "completed"),
		json_object_get(object, "failed"), json_object_get(object, "expired") };
	json_int_t left = json_integer_value(offered);
	int r = offered ? parts_of(c, offered, parts) : 0;

	for (unsigned i = 0; i < BT_LEN(parts); i++)
		left -= json_integer_value(parts[i]);
	if (r == 0 && offered && parts[0] && parts[1] && parts[2] && json_is_integer(in_flight) &&
		json_integer_value(in_flight) != left)
		r = bad(c, "in_flight", in_flight, "what is left of offered, %lld",
			(long long)left);
	return r;
}

/* [offered, completed, failed, expired, units] */
static int counts_are(struct check *c, const json_t *value, bool add_up)
{
	const json_t *const parts[] = { json_array_get(value, 1), json_array_get(value, 2),
		json_array_get(value, 3) };

	if (json_array_size(value) != 5)
		return bad(c, NULL, value, "5 numbers");
	for (size_t i = 0; i < 5; i++)
		if (number_is(c, NULL, json_array_get(value, i), COUNT, 0) < 0)
			return -EINVAL;
	return add_up ? parts_of(c, json_array_get(value, 0), parts) : 0;
}

static int element_is(struct check *c, const json_t *value, const struct rule *inside)
{
	static const struct rule text = { .key = "", .kind = TEXT };

	if (inside)
		return json_is_object(value) ? object_is(c, value, inside)
					     : bad(c, NULL, value, "an object");
	return text_is(c, NULL, value, &text);
}

static int list_is(struct check *c, const json_t *value, const struct rule *rule)
{
	const json_t *row;
	size_t i;

	if (!json_is_array(value))
		return bad(c, NULL, value, "a list");
	if (rule->most > 0 && (double)json_array_size(value) > rule->most)
		return bad(c, NULL, value, "at most %.0f elements", rule->most);
	json_array_foreach((json_t *)value, i, row)
	{
		size_t before = enter(c, NULL, i);

		if (element_is(c, row, rule->inside) < 0)
			return -EINVAL;
		leave(c, before);
	}
	return 0;
}

/* An option that repeats has a list of its values. */
static int map_is(struct check *c, const json_t *value, const struct rule *rule)
{
	static const struct rule texts = { .key = "", .kind = LIST };
	const char *key;
	json_t *row;

	if (!json_is_object(value))
		return bad(c, NULL, value, "an object");
	if (rule->most > 0 && (double)json_object_size(value) > rule->most)
		return bad(c, NULL, value, "at most %.0f members", rule->most);
	json_object_foreach((json_t *)value, key, row)
	{
		size_t before = enter(c, key, 0);
		bool many = !rule->inside && json_is_array(row);

		if (many ? list_is(c, row, &texts) < 0 : element_is(c, row, rule->inside) < 0)
			return -EINVAL;
		leave(c, before);
	}
	return 0;
}

static int inner_is(struct check *c, const json_t *value, const struct rule *rule)
{
	size_t before = enter(c, rule->key, 0);
	int r = 0;

	if (rule->kind == LIST)
		r = list_is(c, value, rule);
	else if (rule->kind == MAP)
		r = map_is(c, value, rule);
	else if (rule->kind == ROW)
		r = row_is(c, value);
	else if (rule->kind == COUNTS)
		r = counts_are(c, value, rule->must);
	else if (!json_is_object(value))
		r = bad(c, NULL, value, "an object");
	else
		r = rule->kind == LATENCY ? latency_is(c, value)
			: rule->inside    ? object_is(c, value, rule->inside)
					  : 0;
	if (r == 0)
		leave(c, before);
	return r;
}

static int member_is(struct check *c, const json_t *value, const struct rule *rule)
{
	if (json_is_null(value) && rule->null)
		return 0;
	switch (rule->kind) {
	case COUNT:
	case REAL:
	case SIGNED:
	case SHARE:
		return number_is(c, rule->key, value, rule->kind, rule->most);
	case TEXT:
		return text_is(c, rule->key, value, rule);
	case WORD:
		return word_is(c, rule->key, value, rule->words);
	case FLAG:
		return json_is_boolean(value) ? 0 : bad(c, rule->key, value, "true or false");
	default:
		return inner_is(c, value, rule);
	}
}

static int object_is(struct check *c, const json_t *object, const struct rule *rules)
{
	for (; rules->key; rules++) {
		const json_t *value = json_object_get(object, rules->key);

		if (!value && !rules->must)
			continue;
		if (!value)
			return bad(c, rules->key, NULL, "it");
		if (member_is(c, value, rules) < 0)
			return -EINVAL;
	}
	return 0;
}

/* ---- what a report has ---- */

static const char *const loops[] = { "open", "closed", NULL };
static const char *const statuses[] = { "running", "interrupted", "ended", "stopped", "failed",
	NULL };
static const char *const outcomes[] = { "held", "broke", NULL };

static const struct rule latencies[] = { UNKNOWN("queue", LATENCY), UNKNOWN("service", LATENCY),
	UNKNOWN("response", LATENCY), { .key = NULL } };

static const struct rule event_rules[] = {
	{ "t_ns", COUNT, .must = true, .most = (double)BT_CHECK_T_MOST },
	{ "kind", WORD, .words = bt_event_kind_name },
	KNOWN("text", TEXT),
	{ .key = NULL },
};

static const struct rule segment_rules[] = {
	{ "index", COUNT, .must = true, .most = UINT32_MAX },
	KNOWN("label", TEXT),
	{ "mode", WORD, .words = bt_mode_name },
	{ "arrivals", WORD, .words = bt_arrivals_name },
	UNKNOWN("rate_from", REAL),
	UNKNOWN("rate_to", REAL),
	UNKNOWN("span_ns", COUNT),
	KNOWN("settle_ns", COUNT),
	KNOWN("items", COUNT),
	{ "workers", COUNT, .most = UINT32_MAX },
	{ "concurrency", COUNT, .most = UINT32_MAX },
	{ "level", COUNT, .null = true, .most = UINT32_MAX },
	{ "processors", COUNT, .most = UINT32_MAX },
	KNOWN("pinned", FLAG),
	KNOWN("data_items", COUNT),
	KNOWN("op_units", COUNT),
	{ "step", COUNT, .most = UINT32_MAX },
	{ "steps", COUNT, .most = UINT32_MAX },
	KNOWN("scored", FLAG),
	KNOWN("judged", FLAG),
	KNOWN("manual", FLAG),
	KNOWN("offered", COUNT),
	KNOWN("completed", COUNT),
	KNOWN("failed", COUNT),
	KNOWN("expired", COUNT),
	UNKNOWN("in_flight", COUNT),
	KNOWN("units", COUNT),
	KNOWN("completed_in_span", COUNT),
	KNOWN("backlog_mid", COUNT),
	KNOWN("backlog_end", COUNT),
	{ "state", WORD, .words = bt_segment_state_name },
	{ "start_ns", COUNT, .most = (double)BT_CHECK_T_MOST },
	UNKNOWN("end_ns", COUNT),
	{ "last_end_ns", COUNT, .null = true, .most = (double)BT_CHECK_T_MOST },
	{ "latency_ns", OBJECT, .inside = latencies },
	UNKNOWN("ratio", REAL),
	UNKNOWN("efficiency", REAL),
	{ "outcome", WORD, .null = true, .words = outcomes },
	UNKNOWN("reason", TEXT),
	UNKNOWN("rss_bytes", COUNT),
	UNKNOWN("rss_before_bytes", COUNT),
	UNKNOWN("rss_peak_bytes", COUNT),
	UNKNOWN("rss_after_bytes", COUNT),
	UNKNOWN("counted_bytes", COUNT),
	UNKNOWN("filled", COUNT),
	UNKNOWN("no_memory", COUNT),
	{ .key = NULL },
};

static const struct rule step_rules[] = {
	{ "step", COUNT, .most = UINT32_MAX },
	UNKNOWN("rate", REAL),
	KNOWN("offered", COUNT),
	KNOWN("completed", COUNT),
	UNKNOWN("throughput", REAL),
	UNKNOWN("p50_ns", COUNT),
	UNKNOWN("p95_ns", COUNT),
	UNKNOWN("p99_ns", COUNT),
	UNKNOWN("error_rate", SHARE),
	{ "outcome", WORD, .null = true, .words = outcomes },
	UNKNOWN("reason", TEXT),
	UNKNOWN("rss_bytes", COUNT),
	UNKNOWN("level", COUNT),
	UNKNOWN("ratio", REAL),
	UNKNOWN("efficiency", REAL),
	UNKNOWN("size", COUNT),
	UNKNOWN("units_per_s", REAL),
	UNKNOWN("call_ns", REAL),
	UNKNOWN("unit_ns", REAL),
	UNKNOWN("items", COUNT),
	UNKNOWN("filled", COUNT),
	{ .key = NULL },
};

static const struct rule finding_rules[] = {
	{ .key = "name", .kind = TEXT, .must = true },
	UNKNOWN("value", SIGNED),
	UNKNOWN("unit", TEXT),
	UNKNOWN("text", TEXT),
	{ .key = NULL },
};

static const struct rule error_rules[] = { { "count", COUNT, .must = true }, KNOWN("first", LIST),
	{ .key = NULL } };

static const struct rule warm_rules[] = { KNOWN("offered", COUNT), KNOWN("failed", COUNT),
	{ .key = NULL } };

static const struct rule lag_rules[] = { UNKNOWN("p50", COUNT), UNKNOWN("p99", COUNT),
	UNKNOWN("p999", COUNT), UNKNOWN("max", COUNT), { .key = NULL } };

static const struct rule leak_rules[] = {
	{ "verdict", WORD, .words = bt_leak_verdict_name },
	UNKNOWN("slope_mib_per_h", SIGNED),
	UNKNOWN("low_mib_per_h", SIGNED),
	UNKNOWN("high_mib_per_h", SIGNED),
	UNKNOWN("resolvable_mib_per_h", SIGNED),
	UNKNOWN("rules_out_mib_per_h", SIGNED),
	UNKNOWN("span_s", REAL),
	{ .key = NULL },
};

static const struct rule watched_rules[] = {
	KNOWN("name", TEXT),
	UNKNOWN("processes", COUNT),
	UNKNOWN("rss_bytes", COUNT),
	UNKNOWN("rss_peak_bytes", COUNT),
	UNKNOWN("cpu_seconds", REAL),
	UNKNOWN("cpu_usage", REAL),
	UNKNOWN("threads", COUNT),
	UNKNOWN("descriptors", COUNT),
	{ .key = NULL },
};

static const struct rule data_rules[] = { UNKNOWN("resident", SIGNED), UNKNOWN("low", SIGNED),
	UNKNOWN("high", SIGNED), UNKNOWN("counted", SIGNED), UNKNOWN("levels", COUNT),
	{ .key = NULL } };

static const struct rule threshold_rules[] = {
	{ "text", TEXT, .must = true },
	KNOWN("name", TEXT),
	KNOWN("op", TEXT),
	UNKNOWN("limit", SIGNED),
	UNKNOWN("unit", TEXT),
	UNKNOWN("window_ns", COUNT),
	UNKNOWN("after_ns", COUNT),
	KNOWN("abort", FLAG),
	UNKNOWN("value", SIGNED),
	UNKNOWN("worst_at_ns", COUNT),
	{ "verdict", WORD, .words = bt_threshold_verdict_name },
	{ .key = NULL },
};

static const struct rule report_rules[] = {
	UNKNOWN("run", COUNT),
	{ "workload", TEXT, .must = true },
	{ "profile", TEXT, .must = true },
	{ "mode", WORD, .must = true, .words = loops },
	UNKNOWN("unit", TEXT),
	UNKNOWN("version", TEXT),
	{ "status", WORD, .must = true, .words = statuses },
	{ "started", TEXT, .must = true },
	{ "duration_s", REAL, .most = (double)BT_CHECK_T_MOST / 1e9 },
	{ "scored_s", REAL, .most = (double)BT_CHECK_T_MOST / 1e9 },
	UNKNOWN("host", TEXT),
	UNKNOWN("commit", TEXT),
	UNKNOWN("command_line", TEXT),
	KNOWN("options", MAP),
	KNOWN("tags", MAP),
	{ "verdict", WORD, .must = true, .words = bt_verdict_name },
	{ "reasons", LIST, .most = BT_REASONS_MAX },
	{ "finding", OBJECT, .null = true, .inside = finding_rules },
	{ "offered", COUNT, .must = true },
	{ "completed", COUNT, .must = true },
	{ "failed", COUNT, .must = true },
	KNOWN("expired", COUNT),
	UNKNOWN("in_flight", COUNT),
	KNOWN("units", COUNT),
	UNKNOWN("throughput", REAL),
	UNKNOWN("peak_throughput", REAL),
	UNKNOWN("units_per_s", REAL),
	UNKNOWN("error_rate", SHARE),
	{ "warm_up", OBJECT, .inside = warm_rules },
	{ "errors", MAP, .most = BT_ERROR_CLASSES_MAX, .inside = error_rules },
	{ "latency_ns", OBJECT, .inside = latencies },
	{ "lag_ns", OBJECT, .inside = lag_rules },
	UNKNOWN("rss_start_bytes", COUNT),
	UNKNOWN("rss_peak_bytes", COUNT),
	UNKNOWN("rss_growth", SIGNED),
	UNKNOWN("bytes_leaked", COUNT),
	UNKNOWN("cpu_seconds", REAL),
	UNKNOWN("cpu_usage", REAL),
	UNKNOWN("leak_per_h", SIGNED),
	{ "leak", OBJECT, .inside = leak_rules },
	UNKNOWN("net_in_bytes", COUNT),
	UNKNOWN("net_out_bytes", COUNT),
	UNKNOWN("interface_in_bytes", COUNT),
	UNKNOWN("interface_out_bytes", COUNT),
	{ "watched", OBJECT, .null = true, .inside = watched_rules },
	{ "segments", LIST, .most = BT_TALLY_SEGMENTS, .inside = segment_rules },
	{ "steps", LIST, .most = BT_TALLY_SEGMENTS, .inside = step_rules },
	UNKNOWN("steps_broken", COUNT),
	{ "bytes_per_item", OBJECT, .null = true, .inside = data_rules },
	UNKNOWN("bytes_unreleased", SIGNED),
	{ "thresholds", LIST, .inside = threshold_rules },
	KNOWN("metrics", OBJECT),
	{ "events", LIST, .most = BT_TALLY_EVENTS, .inside = event_rules },
	{ "environment", OBJECT, .null = true },
	{ .key = NULL },
};

/* ---- what must hold between its numbers ---- */

static int is_near(struct check *c, const json_t *object, const char *key, double expected)
{
	double v = bt_json_get_real(object, key);

	if (isnan(v) || !isfinite(expected) ||
		fabs(v - expected) <= 1e-6 * fmax(fabs(expected), 1e-3))
		return 0;
	return bad(c, key, json_object_get(object, key), "%.12g, as its other figures have it",
		expected);
}

static int at_most(
	struct check *c, const json_t *object, const char *key, double most, const char *what)
{
	const json_t *value = json_object_get(object, key);

	if (!json_is_number(value) || !(json_number_value(value) > most))
		return 0;
	return bad(c, key, value, "at most %s, %.12g", what, most);
}

static int started_is(struct check *c, const json_t *report)
{
	uint64_t ns;

	if (bt_parse_utc(&ns, bt_json_get_text(report, "started")) == 0)
		return 0;
	return bad(c, "started", json_object_get(report, "started"),
		"a moment such as 2026-11-30T21:02:06Z");
}

/* Above the integers of JSON a seed is a text. */
static int seed_is(struct check *c, const json_t *report)
{
	const json_t *seed = json_object_get(report, "seed");
	uint64_t n;

	if (!seed || (json_is_string(seed) && bt_parse_count(&n, json_string_value(seed)) == 0))
		return 0;
	return number_is(c, "seed", seed, COUNT, 0);
}

static int verdict_holds(struct check *c, const json_t *report)
{
	const char *verdict = bt_json_get_text(report, "verdict");
	const json_t *reasons = json_object_get(report, "reasons");
	bool valid = strcmp(verdict, "valid") == 0;

	if (json_array_size(reasons) == 0 && !valid)
		return bad(c, "verdict", json_object_get(report, "verdict"), "reasons with it");
	if (valid && strcmp(bt_json_get_text(report, "status"), "running") != 0 &&
		strcmp(bt_json_get_text(report, "status"), "interrupted") != 0 &&
		bt_json_get_count(report, "completed", 1) == 0)
		return bad(c, "verdict", json_object_get(report, "verdict"),
			"invalid, as no operation completed");
	return 0;
}

/* No histogram has more operations than were offered. While a run goes on, it may have been read a little later than those. */
static int latencies_count(struct check *c, const json_t *object, const char *state)
{
	const json_t *all = json_object_get(object, "latency_ns"), *one;
	double offered = bt_json_get_real(object, "offered");
	size_t before = enter(c, "latency_ns", 0), within;
	const char *name;

	if (strcmp(state, "running") == 0 || strcmp(state, "interrupted") == 0 ||
		strcmp(state, "draining") == 0)
		all = NULL;
	json_object_foreach((json_t *)all, name, one)
	{
		within = enter(c, name, 0);
		if (!isnan(offered) && at_most(c, one, "count", offered, "offered") < 0)
			return -EINVAL;
		leave(c, within);
	}
	leave(c, before);
	return 0;
}

static int segment_holds(struct check *c, const json_t *segment, double run_ns)
{
	double offered = bt_json_get_real(segment, "offered");
	double start = bt_json_get_real(segment, "start_ns");
	const json_t *end = json_object_get(segment, "end_ns");
	int r = members_add_up(c, segment);

	if (r == 0)
		r = latencies_count(c, segment, bt_json_get_text(segment, "state"));
	if (r == 0)
		r = at_most(c, segment, "completed_in_span", offered, "offered");
	if (r == 0)
		r = at_most(c, segment, "backlog_mid", offered, "offered");
	if (r == 0)
		r = at_most(c, segment, "backlog_end", offered, "offered");
	if (r == 0 && json_is_number(end) && json_number_value(end) < start)
		r = bad(c, "end_ns", end, "at least start_ns, %.0f", start);
	if (r == 0)
		r = at_most(c, segment, "start_ns", run_ns, "the run's length");
	return r == 0 ? at_most(c, segment, "last_end_ns", run_ns, "the run's length") : r;
}

/* Of a run with more segments than a report keeps the sums are not known. */
static int segments_hold(struct check *c, const json_t *report, double run_ns)
{
	static const char *const counts[] = { "offered", "completed", "failed", "expired",
		"units" };
	const json_t *segments = json_object_get(report, "segments"), *segment;
	json_int_t index = -1, sums[BT_LEN(counts)] = { 0 };
	size_t i, before = enter(c, "segments", 0);

	json_array_foreach((json_t *)segments, i, segment)
	{
		json_int_t here = json_integer_value(json_object_get(segment, "index"));
		size_t within = enter(c, NULL, i);

		if (here <= index)
			return bad(c, "index", json_object_get(segment, "index"), "more than %lld",
				(long long)index);
		if (segment_holds(c, segment, run_ns) < 0)
			return -EINVAL;
		for (size_t k = 0; k < BT_LEN(counts); k++)
			if (json_is_true(json_object_get(segment, "scored")) &&
				__builtin_add_overflow(sums[k],
					json_integer_value(json_object_get(segment, counts[k])),
					&sums[k]))
				return bad(c, counts[k], json_object_get(segment, counts[k]),
					"less, with the segments before");
		index = here;
		leave(c, within);
	}
	leave(c, before);
	for (size_t k = 0; k < BT_LEN(counts); k++) {
		const json_t *total = json_object_get(report, counts[k]);

		if (json_array_size(segments) && json_array_size(segments) < BT_TALLY_SEGMENTS &&
			total && json_integer_value(total) != sums[k])
			return bad(c, counts[k], total, "%lld, the sum of the scored segments",
				(long long)sums[k]);
	}
	return 0;
}

static int events_hold(struct check *c, const json_t *report, double run_ns)
{
	const json_t *event;
	size_t i, before = enter(c, "events", 0);

	json_array_foreach(json_object_get(report, "events"), i, event)
	{
		size_t within = enter(c, NULL, i);

		if (at_most(c, event, "t_ns", run_ns, "the run's length") < 0)
			return -EINVAL;
		leave(c, within);
	}
	leave(c, before);
	return 0;
}

static int steps_hold(struct check *c, const json_t *report)
{
	const json_t *step;
	size_t i, before = enter(c, "steps", 0);

	json_array_foreach(json_object_get(report, "steps"), i, step)
	{
		size_t within = enter(c, NULL, i);

		if (members_add_up(c, step) < 0 ||
			at_most(c, step, "p50_ns", bt_json_get_real(step, "p95_ns"), "p95_ns") <
				0 ||
			at_most(c, step, "p95_ns", bt_json_get_real(step, "p99_ns"), "p99_ns") < 0)
			return -EINVAL;
		leave(c, within);
	}
	leave(c, before);
	return 0;
}

/* A metric is a number, a text or a latency, or not known. */
static int metrics_hold(struct check *c, const json_t *report)
{
	const char *name;
	json_t *value;
	size_t before = enter(c, "metrics", 0);

	json_object_foreach(json_object_get(report, "metrics"), name, value)
	{
		size_t within = enter(c, name, 0);
		int r = json_is_object(value) ? latency_is(c, value)
			: json_is_array(value) || json_is_boolean(value)
			? bad(c, NULL, value, "a number, a text or a latency")
			: 0;

		if (r < 0)
			return r;
		leave(c, within);
	}
	leave(c, before);
	return 0;
}

static int errors_hold(struct check *c, const json_t *report)
{
	double bad_ops =
		bt_json_get_real(report, "failed") + fmax(bt_json_get_real(report, "expired"), 0);
	const char *name;
	json_t *value;
	size_t before = enter(c, "errors", 0);

	json_object_foreach(json_object_get(report, "errors"), name, value)
	{
		size_t within = enter(c, name, 0);

		if (at_most(c, value, "count", bad_ops, "failed and expired") < 0)
			return -EINVAL;
		leave(c, within);
	}
	leave(c, before);
	return 0;
}

static int figures_hold(struct check *c, const json_t *report)
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

static int lag_holds(struct check *c, const json_t *report)
{
	static const char *const keys[] = { "p50", "p99", "p999", "max" };
	const json_t *lag = json_object_get(report, "lag_ns");
	size_t before = enter(c, "lag_ns", 0);

	for (size_t i = 0; i + 1 < BT_LEN(keys); i++)
		if (at_most(c, lag, keys[i], bt_json_get_real(lag, keys[i + 1]), keys[i + 1]) < 0)
			return -EINVAL;
	leave(c, before);
	return 0;
}

int bt_check_report(const char *root, const json_t *report, struct bt_err *err)
{
	static const double slack_ns = 1e9; /* what ends a run happens when it has been measured */
	struct check c = { .err = err };
	double run_s = bt_json_get_real(report, "duration_s"), run_ns = run_s * 1e9 + slack_ns;
	int r;

	snprintf(c.path, sizeof(c.path), "%s", root);
	r = object_is(&c, report, report_rules);
	if (r == 0)
		r = started_is(&c, report);
	if (r == 0)
		r = seed_is(&c, report);
	if (r == 0)
		r = at_most(&c, report, "scored_s", run_s + slack_ns / 1e9, "duration_s");
	if (r == 0)
		r = members_add_up(&c, report);
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

/* ---- texts ---- */

static int no_nul(struct check *c, const json_t *value)
{
	json_t *inner;
	const char *key;
	size_t i, before;

	if (json_is_string(value) && strlen(json_string_value(value)) < json_string_length(value))
		return bad(c, NULL, value, "a text without \\u0000");
	json_array_foreach((json_t *)value, i, inner)
	{
		before = enter(c, NULL, i);
		if (no_nul(c, inner) < 0)
			return -EINVAL;
		leave(c, before);
	}
	json_object_foreach((json_t *)value, key, inner)
	{
		before = enter(c, key, 0);
		if (no_nul(c, inner) < 0)
			return -EINVAL;
		leave(c, before);
	}
	return 0;
}

int bt_check_texts(const char *root, const json_t *document, struct bt_err *err)
{
	struct check c = { .err = err };

	snprintf(c.path, sizeof(c.path), "%s", root);
	return no_nul(&c, document);
}

/* ---- frames ---- */

int bt_check_description(const char *root, const json_t *info, struct bt_err *err)
{
	static const struct rule metric_rules[] = {
		{ "name", TEXT, .must = true },
		KNOWN("unit", TEXT),
		{ "kind", WORD, .words = bt_metric_kind_name },
		{ "merge", WORD, .words = bt_metric_merge_name },
		KNOWN("help", TEXT),
		{ "num", COUNT, .most = BT_METRICS_MAX - 1 },
		{ "den", COUNT, .most = BT_METRICS_MAX - 1 },
		{ .key = NULL },
	};
	static const struct rule rules[] = {
		{ "open_loop", FLAG, .must = true },
		KNOWN("waits", FLAG),
		KNOWN("seed", SIGNED),
		{ "started_wall_ns", SIGNED, .must = true },
		UNKNOWN("planned_ns", COUNT),
		{ "workers", COUNT, .most = UINT32_MAX },
		{ "processors", COUNT, .most = UINT32_MAX },
		KNOWN("quota", REAL),
		KNOWN("clock_cost_ns", REAL),
		UNKNOWN("descriptor_limit", COUNT),
		{ "metrics", LIST, .most = BT_METRICS_MAX, .inside = metric_rules },
		{ "error_classes", LIST, .most = BT_ERROR_CLASSES_MAX },
		KNOWN("settings", MAP),
		KNOWN("tags", MAP),
		{ "workload", TEXT, .must = true },
		{ "profile", TEXT, .must = true },
		{ .key = NULL },
	};
	struct check c = { .err = err };

	snprintf(c.path, sizeof(c.path), "%s", root);
	return object_is(&c, info, rules);
}

int bt_check_snapshot(const char *root, const json_t *snapshot, struct bt_err *err)
{
	static const struct rule note_rules[] = {
		{ "t_ns", COUNT, .must = true, .most = (double)BT_CHECK_T_MOST },
		{ "class", COUNT, .most = BT_ERROR_CLASSES_MAX - 1 },
		{ "worker", COUNT, .most = INT32_MAX },
		KNOWN("text", TEXT),
		{ .key = NULL },
	};
	static const struct rule slow_rules[] = {
		KNOWN("n", COUNT),
		{ "end_ns", COUNT, .most = (double)BT_CHECK_T_MOST },
		KNOWN("queue_ns", COUNT),
		KNOWN("service_ns", COUNT),
		{ "worker", COUNT, .most = INT32_MAX },
		{ "segment", COUNT, .most = INT32_MAX },
		{ "class", SIGNED, .most = BT_ERROR_CLASSES_MAX - 1 },
		{ .key = NULL },
	};
	static const struct rule rules[] = {
		{ "seq", COUNT, .must = true },
		UNKNOWN("wall_ns", SIGNED),
		{ "t_ns", COUNT, .must = true, .most = (double)BT_CHECK_T_MOST },
		{ "span_ns", COUNT, .must = true },
		KNOWN("last", FLAG),
		KNOWN("interval", COUNTS),
		UNKNOWN("target_rate", REAL),
		{ "segments", LIST, .most = BT_SNAP_SEGMENTS, .inside = segment_rules },
		{ "events", LIST, .most = BT_SNAP_EVENTS, .inside = event_rules },
		{ "notes", LIST, .most = BT_SNAP_NOTES, .inside = note_rules },
		{ "slow", LIST, .most = BT_SNAP_SLOW, .inside = slow_rules },
		{ "state", TEXT, .must = true },
		{ .key = NULL },
	};
	struct check c = { .err = err };
	double t = bt_json_get_real(snapshot, "t_ns");
	const json_t *segment;
	size_t i;
	int r;

	snprintf(c.path, sizeof(c.path), "%s", root);
	r = object_is(&c, snapshot, rules);
	if (r == 0)
		r = at_most(&c, snapshot, "span_ns", t, "t_ns");
	enter(&c, "segments", 0);
	json_array_foreach(json_object_get(snapshot, "segments"), i, segment)
	{
		size_t before = enter(&c, NULL, i);

		if (r == 0)
			r = segment_holds(&c, segment, t + 1e9);
		leave(&c, before);
	}
	return r;
}

int bt_check_state(const char *root, const json_t *state, struct bt_err *err)
{
	static const char *const lists[] = { "usage", "net", "watched", "errors", "warm", "rss",
		"scored_ns", "backlog", "drift_ns", "slow_dropped" };
	static const struct rule rules[] = {
		{ "total", COUNTS, .must = true },
		{ "segment", OBJECT, .null = true, .inside = segment_rules },
		KNOWN("fatal", FLAG),
		KNOWN("paused", FLAG),
		UNKNOWN("queue", ROW),
		UNKNOWN("service", ROW),
		UNKNOWN("response", ROW),
		UNKNOWN("lag", ROW),
		{ .key = NULL },
	};
	struct check c = { .err = err };
	int r;

	snprintf(c.path, sizeof(c.path), "%s", root);
	r = object_is(&c, state, rules);
	for (size_t k = 0; r == 0 && k < BT_LEN(lists); k++) {
		size_t before = enter(&c, lists[k], 0);
		const json_t *value;
		size_t i;

		json_array_foreach(json_object_get(state, lists[k]), i, value) if (r == 0 &&
			!json_is_null(value)) r = number_is(&c, NULL, value, COUNT, 0);
		leave(&c, before);
	}
	return r;
}

int bt_check_same(const char *root, const json_t *object, const char *key, uint64_t n,
	const char *where, struct bt_err *err)
{
	struct check c = { .err = err };
	const json_t *value = json_object_get(object, key);

	snprintf(c.path, sizeof(c.path), "%s", root);
	if (!value || json_is_null(value) ||
		(json_is_integer(value) && (uint64_t)json_integer_value(value) == n))
		return 0;
	return bad(&c, key, value, "%llu, as %s has it", (unsigned long long)n, where);
}
