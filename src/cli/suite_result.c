#include <jansson.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "cli/suite.h"
#include "json/json.h"

static void write_text(struct bt_suite_section *s)
{
	char rate[BT_FMT_MAX], p99[BT_FMT_MAX], errors[BT_FMT_MAX];

	if (!s->report) {
		snprintf(s->text, sizeof(s->text), "%s", s->why);
		return;
	}
	snprintf(s->text, sizeof(s->text), "%s%s%s op/s, p99 %s, errors %s%s%s", s->why,
		s->why[0] ? "\n" : "", bt_fmt_number(rate, sizeof(rate), s->brief.throughput),
		bt_fmt_ns(p99, sizeof(p99), s->brief.p99_ns),
		bt_fmt_share(errors, sizeof(errors), s->brief.error_rate),
		s->brief.finding[0] ? "\n" : "", s->brief.finding);
}

void bt_suite_conclude(struct bt_suite_section *s, const struct bt_err *why)
{
	s->carried_out = true;
	s->brief = (struct bt_brief){
		.verdict = BT_INVALID, .throughput = NAN, .p99_ns = NAN, .error_rate = NAN
	};
	if (s->report && bt_report_brief(&s->brief, s->report, NULL) == 0 &&
		s->status == BT_EXIT_DONE && s->brief.verdict == BT_INVALID)
		s->status = BT_EXIT_UNKNOWN;
	if (s->status >= BT_EXIT_SIGNAL)
		snprintf(s->why, sizeof(s->why), "ended by a signal");
	else if (s->brief.why[0])
		snprintf(s->why, sizeof(s->why), "%s", s->brief.why);
	else if (why->msg[0])
		snprintf(s->why, sizeof(s->why), "%s", why->msg);
	else if (s->status != BT_EXIT_DONE)
		snprintf(s->why, sizeof(s->why), "exit status %d", s->status);
	write_text(s);
}

enum bt_outcome_kind bt_suite_kind(const struct bt_suite_section *s)
{
	if (!s->carried_out || s->status >= BT_EXIT_SIGNAL)
		return BT_OUTCOME_SKIPPED;
	if (s->status == BT_EXIT_DONE)
		return BT_OUTCOME_PASSED;
	return s->status == BT_EXIT_FAILED ? BT_OUTCOME_FAILED : BT_OUTCOME_ERROR;
}

int bt_suite_status(const struct bt_suite *suite)
{
	bool failed = false, cannot = false, unknown = false;

	for (size_t i = 0; i < suite->n; i++) {
		const struct bt_suite_section *s = &suite->sections[i];

		if (!s->carried_out || s->status == BT_EXIT_DONE)
			continue;
		if (s->status >= BT_EXIT_SIGNAL)
			return s->status;
		failed |= s->status == BT_EXIT_FAILED;
		unknown |= s->status == BT_EXIT_UNKNOWN;
		cannot |= s->status != BT_EXIT_FAILED && s->status != BT_EXIT_UNKNOWN;
	}
	if (failed)
		return BT_EXIT_FAILED;
	if (cannot)
		return BT_EXIT_CANNOT;
	return unknown ? BT_EXIT_UNKNOWN : BT_EXIT_DONE;
}

struct widths {
	int section, workload;
};

static void print_row(FILE *out, const struct widths *w, const char *const cells[8])
{
	bt_print(out, "%-*s  %-*s  %-8s  %10s  %8s  %7s  %10s  %s\n", w->section, cells[0],
		w->workload, cells[1], cells[2], cells[3], cells[4], cells[5], cells[6], cells[7]);
}

static void print_section(FILE *out, const struct widths *w, const struct bt_suite_section *s)
{
	char rate[BT_FMT_MAX] = "-", p99[BT_FMT_MAX] = "-", errors[BT_FMT_MAX] = "-";
	char held[48] = "-";
	const char *workload = s->o->setup.workload->name;
	const char *verdict = s->report ? bt_verdict_name[s->brief.verdict] : "-";

	if (s->report) {
		bt_fmt_number(rate, sizeof(rate), s->brief.throughput);
		bt_fmt_ns(p99, sizeof(p99), s->brief.p99_ns);
		bt_fmt_share(errors, sizeof(errors), s->brief.error_rate);
	}
	if (s->report && s->brief.thresholds)
		snprintf(held, sizeof(held), "%u of %u", s->brief.held, s->brief.thresholds);
	print_row(out, w,
		(const char *const[]){ s->name, workload, verdict, rate, p99, errors, held,
			bt_outcome_name[bt_suite_kind(s)] });
}

/* Each line of a text behind the section's name. */
static void print_lines(FILE *out, const struct bt_suite_section *s, const char *at)
{
	while (*at) {
		int len = (int)strcspn(at, "\n");

		bt_print(out, "%s: %.*s\n", s->name, len, at);
		at += len + (at[len] == '\n');
	}
}

static void print_table(FILE *out, const struct bt_suite *suite)
{
	struct widths w = { (int)strlen("SECTION"), (int)strlen("WORKLOAD") };

	for (size_t i = 0; i < suite->n; i++) {
		const struct bt_suite_section *s = &suite->sections[i];

		if (!s->wanted)
			continue;
		w.section = BT_MAX(w.section, bt_text_columns(s->name));
		w.workload = BT_MAX(w.workload, bt_text_columns(s->o->setup.workload->name));
	}
	print_row(out, &w,
		(const char *const[]){ "SECTION", "WORKLOAD", "MEASURED", "THROUGHPUT", "P99",
			"ERRORS", "THRESHOLDS", "OUTCOME" });
	for (size_t i = 0; i < suite->n; i++)
		if (suite->sections[i].wanted)
			print_section(out, &w, &suite->sections[i]);
}

static void print_counts(FILE *out, const struct bt_suite *suite)
{
	size_t n[BT_OUTCOME_SKIPPED + 1] = { 0 };

	for (size_t i = 0; i < suite->n; i++)
		n[bt_suite_kind(&suite->sections[i])] += suite->sections[i].wanted;
	for (unsigned k = 0; k <= BT_OUTCOME_SKIPPED; k++)
		if (n[k] || k == BT_OUTCOME_PASSED)
			bt_print(out, "%s%zu %s%s", k ? ", " : "", n[k], bt_outcome_name[k],
				k == BT_OUTCOME_ERROR && n[k] > 1 ? "s" : "");
	fputc('\n', out);
}

void bt_suite_print(FILE *out, const struct bt_suite *suite)
{
	print_table(out, suite);
	fputc('\n', out);
	for (size_t i = 0; i < suite->n; i++) {
		const struct bt_suite_section *s = &suite->sections[i];

		if (!s->carried_out)
			continue;
		print_lines(out, s, s->why);
		print_lines(out, s, s->brief.finding);
	}
	print_counts(out, suite);
}

static json_t *section_json(const struct bt_suite_section *s)
{
	json_t *report = s->report ? json_loads(s->report, 0, NULL) : json_null();

	return json_pack("{so ss ss ss so so so so}", "section", bt_json_string(s->name),
		"workload", s->o->setup.workload->name, "profile", s->o->setup.profile->name,
		"outcome", bt_outcome_name[bt_suite_kind(s)], "exit_status",
		s->carried_out ? json_integer(s->status) : json_null(), "seconds",
		bt_json_real(s->seconds), "why", bt_json_text(s->why), "report",
		report ? report : json_null());
}

json_t *bt_suite_json(const struct bt_suite *suite)
{
	json_t *sections = json_array();

	for (size_t i = 0; sections && i < suite->n; i++)
		if (suite->sections[i].wanted &&
			json_array_append_new(sections, section_json(&suite->sections[i])) < 0) {
			json_decref(sections);
			return NULL;
		}
	return json_pack("{so si so}", "suite", bt_json_string(suite->name), "exit_status",
		bt_suite_status(suite), "sections", sections);
}

struct bt_outcome_row *bt_suite_rows(const struct bt_suite *suite)
{
	struct bt_outcome_row *rows = calloc(BT_MAX(suite->n_wanted, 1), sizeof(*rows));
	size_t n = 0;

	for (size_t i = 0; rows && i < suite->n; i++) {
		const struct bt_suite_section *s = &suite->sections[i];

		if (s->wanted)
			rows[n++] = (struct bt_outcome_row){ .name = s->name,
				.classname = s->o->setup.workload->name,
				.kind = bt_suite_kind(s),
				.seconds = s->seconds,
				.text = s->carried_out ? s->text : "the suite ended before" };
	}
	return rows;
}
