/* report_print.c: the report as a page for people: labels in the first 16 columns, nothing past
 * column 80. */
#include "report/report.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "json/json.h"
#include "judge/leak.h"
#include "judge/threshold.h"

#define WIDTH  80
#define INDENT 16

/* A labelled text, wrapped between words. */
static void BT_PRINTF(3, 4) say(FILE *out, const char *label, const char *fmt, ...)
{
	va_list ap;

	bt_print(out, "  %-*s", INDENT - 2, label);
	if ((int)strlen(label) > INDENT - 3)
		bt_print(out, "\n%*s", INDENT, "");
	va_start(ap, fmt);
	bt_vprint_wrapped(out, INDENT, INDENT, fmt, ap);
	va_end(ap);
}

/* Members as texts: "-" where unknown. buf takes BT_FMT_MAX bytes. */

static char *number(char *buf, const json_t *object, const char *key)
{
	return bt_fmt_number(buf, BT_FMT_MAX, bt_json_get_real(object, key));
}

static char *group(char *buf, const json_t *object, const char *key)
{
	uint64_t v = bt_json_get_count(object, key, UINT64_MAX);

	return v == UINT64_MAX ? strcpy(buf, "-") : bt_fmt_group(buf, BT_FMT_MAX, v);
}

static char *ns(char *buf, const json_t *object, const char *key)
{
	return bt_fmt_ns(buf, BT_FMT_MAX, bt_json_get_real(object, key));
}

static char *bytes(char *buf, const json_t *object, const char *key)
{
	return bt_fmt_bytes(buf, BT_FMT_MAX, bt_json_get_real(object, key));
}

static char *share(char *buf, const json_t *object, const char *key)
{
	return bt_fmt_share(buf, BT_FMT_MAX, bt_json_get_real(object, key));
}

static char *seconds(char *buf, const json_t *object, const char *key)
{
	return bt_fmt_ns(buf, BT_FMT_MAX, bt_json_get_real(object, key) * 1e9);
}

static void print_head(FILE *out, const json_t *report)
{
	uint64_t run = bt_json_get_count(report, "run", 0);
	const char *mode = bt_json_get_text(report, "mode");
	const char *workload = bt_json_get_text(report, "workload");
	const char *profile = bt_json_get_text(report, "profile");
	char *right = NULL, took[BT_FMT_MAX], scored[BT_FMT_MAX];
	int room = WIDTH - bt_text_columns(workload) - 2 - bt_text_columns(profile);

	if (run &&
		asprintf(&right, "run %llu, %s", (unsigned long long)run,
			bt_json_get_text(report, "status")) < 0)
		right = NULL;
	bt_print(out, "%s, %s %*s\n", workload, profile, BT_MAX(room - 1, 0),
		right ? right : "not stored");
	free(right);
	say(out, "Load", "%s loop, %s long, %s scored", mode, seconds(took, report, "duration_s"),
		seconds(scored, report, "scored_s"));
}

static void print_verdict(FILE *out, const json_t *report)
{
	const json_t *reasons = json_object_get(report, "reasons");

	say(out, "Measurement", "%s", bt_json_get_text(report, "verdict"));
	for (size_t i = 0; i < json_array_size(reasons); i++)
		say(out, "", "%s", json_string_value(json_array_get(reasons, i)));
}

/* Operations due per second of the scored segments' arrivals: the time in which the last ones ended
 * is not in it. */
static double offered_rate(const json_t *report)
{
	const json_t *segments = json_object_get(report, "segments"), *segment;
	double span_ns = 0;
	size_t i;

	json_array_foreach(segments, i, segment)
	{
		if (json_is_true(json_object_get(segment, "scored")))
			span_ns += bt_json_get_real(segment, "end_ns") -
				bt_json_get_real(segment, "start_ns");
	}
	return span_ns > 0 ? bt_json_get_real(report, "offered") / span_ns * 1e9 : NAN;
}

static void print_throughput(FILE *out, const json_t *report)
{
	const char *unit = bt_json_get_text(report, "unit");
	char a[BT_FMT_MAX], b[BT_FMT_MAX], c[BT_FMT_MAX], d[BT_FMT_MAX], of[48] = "";

	if (strcmp(bt_json_get_text(report, "mode"), "open") == 0)
		snprintf(of, sizeof(of), " of %s op/s offered",
			bt_fmt_number(b, sizeof(b), offered_rate(report)));
	say(out, "Throughput", "%s op/s%s; best second %s op/s", number(a, report, "throughput"),
		of, number(c, report, "peak_throughput"));
	if (*unit && strcmp(unit, "operations") != 0)
		say(out, "", "%s %s/s", number(a, report, "units_per_s"), unit);
	say(out, "Operations", "%s offered", group(a, report, "offered"));
	say(out, "", "= %s completed + %s failed + %s expired + %s in flight",
		group(a, report, "completed"), group(b, report, "failed"),
		group(c, report, "expired"), group(d, report, "in_flight"));
}

static void print_latency_row(FILE *out, const char *label, const json_t *row)
{
	static const char *const keys[] = { "mean", "p50", "p90", "p95", "p99", "p999", "max" };
	char buf[BT_FMT_MAX];

	if (!json_is_object(row))
		return;
	bt_print(out, "  %-*s", INDENT - 2, label);
	for (size_t i = 0; i < BT_LEN(keys); i++)
		bt_print(out, "%9s", ns(buf, row, keys[i]));
	fputc('\n', out);
}

/* A closed loop has service time alone, and says so (measuring.md, rule 4). */
static void print_latency(FILE *out, const json_t *report)
{
	const json_t *latency = json_object_get(report, "latency_ns");
	const json_t *lag = json_object_get(report, "lag_ns");
	bool open = strcmp(bt_json_get_text(report, "mode"), "open") == 0;
	char a[BT_FMT_MAX], b[BT_FMT_MAX], c[BT_FMT_MAX];

	bt_print(out, "  %-*s%9s%9s%9s%9s%9s%9s%9s\n", INDENT - 2, "Latency", "mean", "p50", "p90",
		"p95", "p99", "p99.9", "max");
	print_latency_row(out, "response time", json_object_get(latency, "response"));
	print_latency_row(out, "service time", json_object_get(latency, "service"));
	print_latency_row(out, "queue time", json_object_get(latency, "queue"));
	if (open)
		say(out, "Generator lag", "p50 %s, p99 %s, p99.9 %s", ns(a, lag, "p50"),
			ns(b, lag, "p99"), ns(c, lag, "p999"));
}

static void print_errors(FILE *out, const json_t *report)
{
	json_t *errors = json_object_get(report, "errors"), *row;
	const char *name;
	char a[BT_FMT_MAX];

	say(out, "Errors", "%s", share(a, report, "error_rate"));
	json_object_foreach(errors, name, row)
	{
		const json_t *first = json_array_get(json_object_get(row, "first"), 0);

		say(out, "", "%s %s%s%s", group(a, row, "count"), name, first ? ": " : "",
			first ? json_string_value(first) : "");
	}
}

/* Slopes are MiB an hour in the object, and bytes in units of their own on the page. */
static char *per_hour(char *buf, const json_t *leak, const char *key)
{
	bt_fmt_bytes(buf, BT_FMT_MAX - 2, bt_json_get_real(leak, key) * 1048576);
	return strcat(buf, "/h");
}

static void print_leak(FILE *out, const json_t *report)
{
	const json_t *leak = json_object_get(report, "leak");
	const char *profile = bt_json_get_text(report, "profile");
	char a[BT_FMT_MAX], b[BT_FMT_MAX], c[BT_FMT_MAX];
	int verdict = bt_json_get_name(leak, "verdict", bt_leak_verdict_name, BT_LEAK_TOO_SHORT);

	if (!json_is_object(leak)) /* stored by an older version */
		return;
	if (verdict == BT_LEAK_TOO_SHORT && strcmp(profile, "endurance") == 0)
		say(out, "Leak", "not known: this run is too short to tell, that takes 30 s");
	else if (verdict == BT_LEAK_NONE)
		say(out, "Leak", "none found; this run is too short to rule out one below %s",
			per_hour(a, leak, "rules_out_mib_per_h"));
	else if (verdict != BT_LEAK_TOO_SHORT) /* of the many short runs nobody asks */
		say(out, "Leak", "%s: %s, with 95 %% confidence %s to %s%s",
			bt_leak_verdict_name[verdict], per_hour(a, leak, "slope_mib_per_h"),
			per_hour(b, leak, "low_mib_per_h"), per_hour(c, leak, "high_mib_per_h"),
			verdict == BT_LEAK_SUSPECTED ? "; it was slower in the end" : "");
}

static void print_machine(FILE *out, const json_t *report)
{
	char a[BT_FMT_MAX], b[BT_FMT_MAX], c[BT_FMT_MAX], d[BT_FMT_MAX];

	say(out, "Memory", "peak %s, at the start %s, growth %s, left at the end %s",
		bytes(a, report, "rss_peak_bytes"), bytes(b, report, "rss_start_bytes"),
		share(c, report, "rss_growth"), bytes(d, report, "bytes_leaked"));
	print_leak(out, report);
	say(out, "CPU", "%s processors in use, %s in all", number(a, report, "cpu_usage"),
		seconds(b, report, "cpu_seconds"));
}

/* A counter's growth per second stands in its own member, and beside it here. */
/* A metric X_planned with an X_refused beside it counts controls: their two lines are one. True: it
 * was one of the two. */
static bool print_controls(FILE *out, const json_t *metrics, const char *name)
{
	char kind[80], other[96], a[BT_FMT_MAX], b[BT_FMT_MAX];
	const char *end = strrchr(name, '_');
	bool planned;

	if (!end || (strcmp(end, "_planned") != 0 && strcmp(end, "_refused") != 0))
		return false;
	planned = strcmp(end, "_planned") == 0;
	snprintf(kind, sizeof(kind), "%.*s", (int)(end - name), name);
	snprintf(other, sizeof(other), "%s_%s", kind, planned ? "refused" : "planned");
	if (!json_object_get(metrics, other))
		return false;
	if (planned && json_integer_value(json_object_get(metrics, name)) > 0)
		say(out, "Controls", "%s controls %s/%s refused", kind, group(a, metrics, other),
			group(b, metrics, name));
	else if (planned)
		say(out, "Controls", "no %s controls", kind);
	return true;
}

/* X_bytes, X_lookups and X_hits of a cache are one line. True: it was one of the three. */
static bool print_cache(FILE *out, const json_t *metrics, const char *name)
{
	static const char *const ends[] = { "bytes", "lookups", "hits" };
	char keys[BT_LEN(ends)][96], a[BT_FMT_MAX], b[BT_FMT_MAX], c[BT_FMT_MAX];
	const char *end = strstr(name, "_cache_");
	int n = end ? (int)(end - name) : 0;
	bool mine = false;

	for (unsigned i = 0; i < BT_LEN(ends); i++) {
		snprintf(keys[i], sizeof(keys[i]), "%.*s_cache_%s", n, name, ends[i]);
		mine |= strcmp(name, keys[i]) == 0;
		if (!json_object_get(metrics, keys[i]))
			return false;
	}
	if (mine && strcmp(name, keys[0]) == 0 && bt_json_get_real(metrics, name) > 0)
		say(out, "Cache",
			"%.*s cache of %s answered %s of %s look-ups; what it answered was not "
			"computed",
			n, name, bytes(a, metrics, keys[0]), group(b, metrics, keys[2]),
			group(c, metrics, keys[1]));
	else if (mine && strcmp(name, keys[0]) == 0)
		say(out, "Cache", "no %.*s cache", n, name);
	return mine;
}

static void print_times(FILE *out, const char *name, const json_t *times)
{
	char p50[BT_FMT_MAX], p99[BT_FMT_MAX], max[BT_FMT_MAX], count[BT_FMT_MAX];

	say(out, name, "p50 %s, p99 %s, max %s of %s", ns(p50, times, "p50"), ns(p99, times, "p99"),
		ns(max, times, "max"), group(count, times, "count"));
}

static void print_metrics(FILE *out, const json_t *report)
{
	json_t *metrics = json_object_get(report, "metrics"), *value;
	char rate_name[80], a[BT_FMT_MAX], b[BT_FMT_MAX];
	const char *name;

	json_object_foreach(metrics, name, value)
	{
		size_t n = strlen(name);

		snprintf(rate_name, sizeof(rate_name), "%s_per_s", name);
		if (n > 6 && strcmp(name + n - 6, "_per_s") == 0)
			continue;
		if (print_controls(out, metrics, name) || print_cache(out, metrics, name))
			continue;
		if (json_is_object(value))
			print_times(out, name, value);
		else if (json_is_string(value))
			say(out, name, "%s", json_string_value(value));
		else if (json_object_get(metrics, rate_name))
			say(out, name, "%s, %s/s", group(a, metrics, name),
				number(b, metrics, rate_name));
		else
			say(out, name, "%s", number(a, metrics, name));
	}
}

/* Steps that nobody judges show the memory at their end where others have their outcome. */
static void print_step(FILE *out, const json_t *step, bool judged)
{
	const char *outcome = bt_json_get_text(step, "outcome");
	const char *reason = bt_json_get_text(step, "reason");
	char a[BT_FMT_MAX], b[BT_FMT_MAX], c[BT_FMT_MAX], d[BT_FMT_MAX], e[BT_FMT_MAX];
	char memory[BT_FMT_MAX];

	if (!judged)
		outcome = bytes(memory, step, "rss_bytes");
	bt_print(out, "  %6llu%9s%10s", (unsigned long long)bt_json_get_count(step, "step", 0),
		number(a, step, "rate"), number(b, step, "throughput"));
	bt_print(out, "%10s%10s%10s%10s  %s\n", share(a, step, "error_rate"), ns(c, step, "p50_ns"),
		ns(d, step, "p95_ns"), ns(e, step, "p99_ns"), *outcome ? outcome : "-");
	if (*reason)
		say(out, "", "%s", reason);
}

/* A step that scales: how many took part and what they gave, of one's rate and of full scaling. */
static void print_scaling_step(FILE *out, const json_t *step)
{
	const char *outcome = bt_json_get_text(step, "outcome");
	const char *reason = bt_json_get_text(step, "reason");
	char a[BT_FMT_MAX], b[BT_FMT_MAX], c[BT_FMT_MAX], d[BT_FMT_MAX], e[BT_FMT_MAX];

	bt_print(out, "  %6llu%9llu%10s", (unsigned long long)bt_json_get_count(step, "step", 0),
		(unsigned long long)bt_json_get_count(step, "level", 0),
		number(a, step, "throughput"));
	bt_print(out, "%10s%12s%10s%10s  %s\n", number(b, step, "ratio"),
		share(c, step, "efficiency"), share(d, step, "error_rate"), ns(e, step, "p99_ns"),
		*outcome ? outcome : "-");
	if (*reason)
		say(out, "", "%s", reason);
}

static bool print_scaling(FILE *out, const json_t *steps, const char *scale)
{
	if (!json_is_integer(json_object_get(json_array_get(steps, 0), "level")))
		return false;
	bt_print(out, "  %6s%9s%10s%10s%12s%10s%10s  %s\n", "Step", *scale ? scale : "nodes",
		"achieved", "ratio", "efficiency", "errors", "p99", "outcome");
	for (size_t i = 0; i < json_array_size(steps); i++)
		print_scaling_step(out, json_array_get(steps, i));
	return true;
}

/* A step with a data set: its items, and resident memory before it was filled, at the most, and
 * after its release. */
static void print_data_step(FILE *out, const json_t *step)
{
	const char *outcome = bt_json_get_text(step, "outcome");
	const char *reason = bt_json_get_text(step, "reason");
	char a[BT_FMT_MAX], b[BT_FMT_MAX], c[BT_FMT_MAX], d[BT_FMT_MAX], e[BT_FMT_MAX];

	bt_print(out, "  %6s%9s%10s", number(a, step, "items"), number(b, step, "throughput"),
		ns(c, step, "p99_ns"));
	bt_print(out, "%9s%11s%11s%11s  %s\n", share(a, step, "error_rate"),
		bytes(b, step, "counted_bytes"), bytes(d, step, "rss_peak_bytes"),
		bytes(e, step, "rss_after_bytes"), *outcome ? outcome : "-");
	if (*reason)
		say(out, "", "%s", reason);
}

static bool print_data_steps(FILE *out, const json_t *steps)
{
	if (!json_is_integer(json_object_get(json_array_get(steps, 0), "items")))
		return false;
	bt_print(out, "  %6s%9s%10s%9s%11s%11s%11s  %s\n", "Items", "achieved", "p99", "errors",
		"counted", "peak", "released", "outcome");
	for (size_t i = 0; i < json_array_size(steps); i++)
		print_data_step(out, json_array_get(steps, i));
	return true;
}

#define BAR 20

/* A step of a size: what a call and a unit take, and units a second, as a bar of the most there
 * were, too. */
static void print_size_step(FILE *out, const json_t *step, double most)
{
	double rate = json_number_value(json_object_get(step, "units_per_s"));
	int bar = most > 0 ? (int)bt_u64(fmin(rate / most, 1) * BAR + 0.5) : 0;
	const char *reason = bt_json_get_text(step, "reason");
	char a[BT_FMT_MAX], b[BT_FMT_MAX], c[BT_FMT_MAX], d[BT_FMT_MAX];

	bt_print(out, "  %6s%9s%10s", number(a, step, "size"), number(b, step, "throughput"),
		ns(c, step, "call_ns"));
	bt_print(out, "%10s%10s%9s%10s  %.*s%s\n", ns(a, step, "p99_ns"), ns(b, step, "unit_ns"),
		share(c, step, "error_rate"), number(d, step, "units_per_s"), bar,
		"####################",
		strcmp(bt_json_get_text(step, "outcome"), "broke") == 0 ? " broke" : "");
	if (*reason)
		say(out, "", "%s", reason);
}

static bool print_size_steps(FILE *out, const json_t *steps)
{
	double most = 0;

	if (!json_is_integer(json_object_get(json_array_get(steps, 0), "size")))
		return false;
	for (size_t i = 0; i < json_array_size(steps); i++)
		most = fmax(most,
			json_number_value(
				json_object_get(json_array_get(steps, i), "units_per_s")));
	bt_print(out, "  %6s%9s%10s%10s%10s%9s%10s\n", "Size", "calls/s", "a call", "p99", "a unit",
		"errors", "units/s");
	for (size_t i = 0; i < json_array_size(steps); i++)
		print_size_step(out, json_array_get(steps, i), most);
	return true;
}

static void print_step_rows(FILE *out, const json_t *report)
{
	const json_t *steps = json_object_get(report, "steps");
	const json_t *options = json_object_get(report, "options");
	bool judged = false;

	if (print_scaling(out, steps, bt_json_get_text(options, "scale")) ||
		print_data_steps(out, steps) || print_size_steps(out, steps))
		return;
	for (size_t i = 0; i < json_array_size(steps); i++)
		judged |= *bt_json_get_text(json_array_get(steps, i), "outcome") != '\0';
	if (json_array_size(steps))
		bt_print(out, "  %6s%9s%10s%10s%10s%10s%10s  %s\n", "Step", "offered", "achieved",
			"errors", "p50", "p95", "p99", judged ? "outcome" : "memory");
	for (size_t i = 0; i < json_array_size(steps); i++)
		print_step(out, json_array_get(steps, i), judged);
}

static void print_steps(FILE *out, const json_t *report)
{
	const json_t *finding = json_object_get(report, "finding");
	const char *text = bt_json_get_text(finding, "text");
	char a[BT_FMT_MAX], label[INDENT];

	print_step_rows(out, report);
	if (!json_is_object(finding))
		return;
	snprintf(label, sizeof(label), "%.13s", bt_json_get_text(finding, "name"));
	if (label[0] >= 'a' && label[0] <= 'z')
		label[0] = (char)(label[0] - 'a' + 'A');
	if (json_is_null(json_object_get(finding, "value")))
		say(out, label, "%s", *text ? text : "-");
	else
		say(out, label, "%s %s%s%s", number(a, finding, "value"),
			bt_json_get_text(finding, "unit"), *text ? ": " : "", text);
}

/* When: the beginning of the worst window; or the moment at which a run was stopped. */
static void print_threshold(FILE *out, const char *label, const json_t *row)
{
	uint64_t at_ns = bt_json_get_count(row, "worst_at_ns", UINT64_MAX);
	bool window = json_is_integer(json_object_get(row, "window_ns"));
	char value[BT_FMT_MAX], when[BT_FMT_MAX], at[64] = "";
	int unit;

	unit = bt_json_get_name(row, "unit", bt_unit_name, BT_UNIT_NUMBER);
	bt_unit_text(value, sizeof(value), (enum bt_unit)unit, bt_json_get_real(row, "value"));
	if (at_ns != UINT64_MAX)
		snprintf(at, sizeof(at), window ? ", worst in the window from %s" : " at %s",
			bt_fmt_clock(when, sizeof(when), at_ns));
	say(out, label, "%s %s: %s%s", bt_json_get_text(row, "verdict"),
		bt_json_get_text(row, "text"), value, at);
}

static void print_thresholds(FILE *out, const json_t *report)
{
	const json_t *rows = json_object_get(report, "thresholds");

	for (size_t i = 0; i < json_array_size(rows); i++)
		print_threshold(out, i ? "" : "Thresholds", json_array_get(rows, i));
}

static void print_environment(FILE *out, const json_t *report)
{
	const json_t *env = json_object_get(report, "environment");
	const char *cpu = bt_json_get_text(env, "cpu");
	char memory[BT_FMT_MAX];

	say(out, "Environment", "%s, %s, %llu processors, %s, %s, Linux %s, clock %s, benchtop %s",
		bt_json_get_text(env, "host"), *cpu ? cpu : "CPU not named",
		(unsigned long long)bt_json_get_count(env, "processors_allowed", 0),
		bytes(memory, env, "memory_bytes"), bt_json_get_text(env, "os"),
		bt_json_get_text(env, "kernel"), bt_json_get_text(env, "clock"),
		bt_json_get_text(report, "version"));
	if (*bt_json_get_text(env, "input"))
		say(out, "input", "%s", bt_json_get_text(env, "input"));
	if (isfinite(bt_json_get_real(env, "noise_floor")))
		say(out, "noise floor", "%.1f %% (benchtop doctor, %s)",
			bt_json_get_real(env, "noise_floor"),
			bt_json_get_text(env, "noise_floor_checked"));
}

int bt_report_print(FILE *out, const char *report_json, struct bt_err *err)
{
	static void (*const parts[])(FILE * out, const json_t *report) = { print_head,
		print_verdict, print_thresholds, print_throughput, print_latency, print_errors,
		print_machine, print_metrics, print_steps, print_environment };
	json_t *report = json_loads(report_json, 0, NULL);

	if (!json_is_object(report)) {
		json_decref(report);
		return bt_fail(err, -EINVAL, "report of a run: not a JSON object");
	}
	for (size_t i = 0; i < BT_LEN(parts); i++)
		parts[i](out, report);
	json_decref(report);
	return 0;
}
