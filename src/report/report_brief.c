#include "report/report_brief.h"

#include <errno.h>
#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "json/json.h"
#include "judge/threshold.h"

static void BT_PRINTF(2, 3) add(struct bt_brief *out, const char *fmt, ...)
{
	char line[sizeof(out->why)];
	size_t len = strlen(out->why);
	va_list ap;

	va_start(ap, fmt);
	bt_text_vformat(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (len && len + 1 < sizeof(out->why))
		strcpy(out->why + len, "\n");
	bt_text_add(out->why, sizeof(out->why), "%s", line);
}

static void read_threshold(struct bt_brief *out, const json_t *row)
{
	int verdict = bt_json_get_name(row, "verdict", bt_threshold_verdict_name, BT_UNKNOWN);
	int unit = bt_json_get_name(row, "unit", bt_unit_name, BT_UNIT_NUMBER);
	char value[BT_FMT_MAX];

	out->thresholds++;
	out->held += verdict == BT_HELD;
	if (verdict == BT_HELD)
		return;
	bt_unit_text(value, sizeof(value), (enum bt_unit)unit, bt_json_get_real(row, "value"));
	add(out, "%s %s: %s", bt_threshold_verdict_name[verdict], bt_json_get_text(row, "text"),
		value);
}

/* Classes that are wrong answers make a run fail; the others are figures of it. */
static void read_errors(struct bt_brief *out, const json_t *report)
{
	json_t *errors = json_object_get(report, "errors"), *row;
	const char *name;

	json_object_foreach(errors, name, row)
	{
		const json_t *first = json_object_get(row, "first");
		const char *note = json_string_value(json_array_get(first, 0));
		unsigned long long n = bt_json_get_count(row, "count", 0);

		if (strncmp(name, "wrong-", 6) == 0 || strncmp(name, "invalid-", 8) == 0)
			add(out, "%s: %llu%s%s", name, n, note ? ", first: " : "",
				note ? note : "");
	}
}

static void read_reasons(struct bt_brief *out, const json_t *report)
{
	const json_t *reasons = json_object_get(report, "reasons");

	for (size_t i = 0; i < json_array_size(reasons); i++) {
		const char *text = json_string_value(json_array_get(reasons, i));

		add(out, "measurement %s: %s", bt_verdict_name[out->verdict], text ? text : "-");
	}
}

static void read_finding(struct bt_brief *out, const json_t *report)
{
	const json_t *finding = json_object_get(report, "finding");
	const char *text = bt_json_get_text(finding, "text");

	if (*text)
		bt_text_format(out->finding, sizeof(out->finding), "%s: %s",
			bt_json_get_text(finding, "name"), text);
}

static double p99_of(const json_t *report)
{
	const json_t *all = json_object_get(report, "latency_ns");
	bool open = strcmp(bt_json_get_text(report, "mode"), "closed") != 0;

	return bt_json_get_real(json_object_get(all, open ? "response" : "service"), "p99");
}

int bt_report_brief(struct bt_brief *out, const char *report_json, struct bt_err *err)
{
	json_t *report = json_loads(report_json, 0, NULL);
	const json_t *thresholds = json_object_get(report, "thresholds");

	if (!json_is_object(report)) {
		json_decref(report);
		return bt_fail(err, -EINVAL, "report of a run: not a JSON object");
	}
	*out = (struct bt_brief){ .throughput = bt_json_get_real(report, "throughput"),
		.error_rate = bt_json_get_real(report, "error_rate"),
		.p99_ns = p99_of(report) };
	out->verdict =
		(enum bt_verdict)bt_json_get_name(report, "verdict", bt_verdict_name, BT_INVALID);
	for (size_t i = 0; i < json_array_size(thresholds); i++)
		read_threshold(out, json_array_get(thresholds, i));
	read_errors(out, report);
	read_finding(out, report);
	if (out->verdict != BT_VALID)
		read_reasons(out, report);
	json_decref(report);
	return 0;
}
