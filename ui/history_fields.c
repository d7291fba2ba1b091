/* history_fields.c: the columns of the history: what they are called, where they are, what goes
 * first when there is no room. */
#include <math.h>

#include "base/fmt.h"
#include "ui/history.h"
#include "ui/panel.h"

static char *span_text(char *buf, size_t size, double v)
{
	return bt_fmt_clock(buf, size, bt_u64(v));
}

#define TEXT(m)  BT_FIELD_TEXT, offsetof(struct bt_run_row, m)
#define COUNT(m) BT_FIELD_COUNT, offsetof(struct bt_run_row, m)
#define REAL(m)  BT_FIELD_REAL, offsetof(struct bt_run_row, m)

const struct bt_field bt_fields[] = {
	{ "run", "number of the run", 5, 0, false, COUNT(id), 0, NULL },
	{ "started", "when it began", 12, 2, true, BT_FIELD_MOMENT,
		offsetof(struct bt_run_row, started_wall_ns), 0, NULL },
	{ "workload", "what was run", 14, 0, true, TEXT(workload), 0, NULL },
	{ "profile", "how the load went", 9, 6, true, TEXT(profile), 0, NULL },
	{ "took", "how long it took", 8, 12, false, COUNT(duration_ns), 0, span_text },
	{ "op/s", "throughput", 7, 0, false, REAL(throughput), 1, bt_fmt_rate },
	{ "peak", "highest throughput of a second", 7, 8, false, REAL(peak_rate), 1, bt_fmt_rate },
	{ "p50", "median latency", 8, 7, false, REAL(p50_ns), -1, bt_fmt_ns },
	{ "p99", "99th percentile of latency", 8, 1, false, REAL(p99_ns), -1, bt_fmt_ns },
	{ "errors", "share that failed", 7, 5, false, REAL(error_rate), -1, bt_fmt_share },
	{ "memory", "highest resident memory", 9, 9, false, REAL(rss_peak_bytes), -1,
		bt_fmt_bytes },
	{ "verdict", "of the measurement", 8, 3, true, TEXT(verdict), 0, NULL },
	{ "status", "how it ended", 11, 4, true, TEXT(status), 0, NULL },
	{ "commit", "code that was tested", 8, 10, true, TEXT(commit), 0, NULL },
	{ "host", "machine", 10, 11, true, TEXT(host), 0, NULL },
	{ "tags", "tags", 18, 13, true, TEXT(tags), 0, NULL },
	{ "finding", "the profile's answer", 18, 14, true, BT_FIELD_TEXT, SIZE_MAX, 0, NULL },
};
const size_t bt_n_fields = BT_LEN(bt_fields);

double bt_field_value(const struct bt_field *field, const struct bt_run_row *row)
{
	const char *at = (const char *)row + field->offset;

	if (field->kind == BT_FIELD_REAL)
		return *(const double *)at;
	if (field->kind == BT_FIELD_MOMENT)
		return bt_unix_real(*(const uint64_t *)at);
	return field->kind == BT_FIELD_COUNT ? (double)*(const uint64_t *)at : NAN;
}

const char *bt_field_words(const struct bt_field *field, const struct bt_run_row *row)
{
	const char *text = field->offset == SIZE_MAX
		? row->finding
		: *(const char *const *)((const char *)row + field->offset);

	return text ? text : "";
}
