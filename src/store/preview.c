#include "store/preview.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "json/json.h"
#include "store/store_impl.h"
#include "compare/trial.h"

static void read_options(struct bt_preview *out, const json_t *report)
{
	const json_t *options = json_object_get(report, "options");
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)options, name, value)
	{
		char *text = bt_trials_free_option(name) ? NULL : bt_json_setting_text(value);

		if (text)
			bt_text_add(out->options, sizeof(out->options), "%s%s %s",
				*out->options ? ", " : "", name, text);
		free(text);
	}
}

static void read_reasons(struct bt_preview *out, const json_t *report)
{
	const json_t *reasons = json_object_get(report, "reasons");

	for (size_t i = 0; i < json_array_size(reasons); i++) {
		const char *text = json_string_value(json_array_get(reasons, i));

		bt_text_add(out->reasons, sizeof(out->reasons), "%s%s", i ? "; " : "",
			text ? text : "");
	}
}

static void read_thresholds(struct bt_preview *out, const json_t *report)
{
	const json_t *all = json_object_get(report, "thresholds");

	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *one = json_array_get(all, i);

		out->any_thresholds = true;
		if (strcmp(bt_json_get_text(one, "verdict"), "crossed") == 0)
			bt_text_add(out->thresholds, sizeof(out->thresholds), "%s%s",
				*out->thresholds ? ", " : "", bt_json_get_text(one, "text"));
	}
}

static void keep_error(struct bt_preview *out, const char *name, double count)
{
	unsigned at = out->n_errors;

	while (at > 0 && out->errors[at - 1].count < count)
		at--;
	if (at == BT_PREVIEW_ERRORS)
		return;
	out->n_errors = BT_MIN(out->n_errors + 1, BT_PREVIEW_ERRORS);
	memmove(&out->errors[at + 1], &out->errors[at],
		(out->n_errors - at - 1) * sizeof(out->errors[0]));
	bt_text_format(out->errors[at].name, sizeof(out->errors[at].name), "%s", name);
	out->errors[at].count = count;
}

static void read_errors(struct bt_preview *out, const json_t *report)
{
	const json_t *errors = json_object_get(report, "errors");
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)errors, name, value)
	{
		keep_error(out, name, bt_json_get_real(value, "count"));
	}
}

static void read_report(struct bt_preview *out, const char *text)
{
	json_t *report = json_loads(text, 0, NULL);
	const json_t *latency = json_object_get(report, "latency_ns"),
		     *response = json_object_get(latency, "response");

	if (bt_json_mask(report) < 0) { /* rather show nothing than a secret */
		json_decref(report);
		return;
	}
	bt_json_copy_text(out->command, sizeof(out->command), report, "command_line");
	bt_json_copy_text(out->commit, sizeof(out->commit), report, "commit");
	bt_json_read_latency(&out->latency,
		json_is_object(response) ? response : json_object_get(latency, "service"));
	out->offered = bt_json_get_real(report, "offered");
	out->completed = bt_json_get_real(report, "completed");
	out->failed = bt_json_get_real(report, "failed");
	out->expired = bt_json_get_real(report, "expired");
	out->in_flight = bt_json_get_real(report, "in_flight");
	read_options(out, report);
	read_reasons(out, report);
	read_thresholds(out, report);
	read_errors(out, report);
	json_decref(report);
}

void bt_spread(double *parts, unsigned n, uint64_t length_ns, uint64_t start_ns, uint64_t end_ns,
	double operations)
{
	double part = (double)length_ns / n, span = (double)(end_ns - start_ns);

	if (end_ns <= start_ns || !length_ns)
		return;
	for (unsigned i = (unsigned)BT_MIN((double)start_ns / part, n); i < n; i++) {
		double from = fmax((double)start_ns, i * part);
		double to = fmin((double)end_ns, (i + 1) * part);

		if (to <= from)
			break;
		parts[i] += operations * (to - from) / span;
	}
}

/* A part that no sample reaches stays unknown: it is after the end. */
static void read_samples(
	struct bt_store *store, struct bt_preview *out, sqlite3_stmt *stmt, uint64_t length_ns)
{
	bool known[BT_PREVIEW_POINTS] = { false };

	for (unsigned i = 0; i < out->n; i++)
		out->rate[i] = 0;
	while (bt_store_row(store, stmt, "reading a run")) {
		uint64_t end = bt_column_count(stmt, 0), span = bt_column_count(stmt, 1);
		uint64_t start = end - BT_MIN(span, end);

		bt_spread(
			out->rate, out->n, length_ns, start, end, (double)bt_column_count(stmt, 2));
		for (uint64_t i = start * out->n / length_ns;
			i < out->n && i * length_ns / out->n < end; i++)
			known[i] = true;
	}
	for (unsigned i = 0; i < out->n; i++)
		out->rate[i] = known[i] ? out->rate[i] * 1e9 * out->n / (double)length_ns : NAN;
}

int bt_store_preview(
	struct bt_store *store, struct bt_preview *out, uint64_t id, struct bt_err *err)
{
	sqlite3_stmt *run = NULL, *samples = NULL;
	uint64_t length_ns, n;
	int r = bt_store_prepare(store, &run,
		"SELECT report, duration_ns, (SELECT count(*) FROM sample WHERE run = ?1)"
		" FROM run JOIN detail ON detail.run = run.id WHERE run.id = ?1",
		err);

	memset(out, 0, sizeof(*out));
	if (r == 0)
		r = bt_store_prepare(store, &samples,
			"SELECT t_ns, span_ns, completed FROM sample WHERE run = ?1", err);
	if (r == 0) {
		bt_bind_count(run, 1, id);
		r = sqlite3_step(run) == SQLITE_ROW
			? 0
			: bt_fail(err, -ENOENT, "run %llu: no such run", (unsigned long long)id);
	}
	if (r == 0) {
		out->id = id;
		read_report(out, bt_column_text(run, 0));
		length_ns = bt_column_count(run, 1);
		n = bt_column_count(run, 2);
		out->n = length_ns ? (unsigned)BT_MIN(n, BT_PREVIEW_POINTS) : 0;
		bt_bind_count(samples, 1, id);
		if (out->n)
			read_samples(store, out, samples, length_ns);
	}
	sqlite3_finalize(run);
	sqlite3_finalize(samples);
	return r;
}
