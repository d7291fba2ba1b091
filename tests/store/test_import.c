/* Import: what is nonsense is refused with its path, and what is taken in is whole, once, and says
 * what it said where it ran. */
#include <errno.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/stop.h"
#include "cm.h"
#include "store/import.h"
#include "judge/verdict.h"
#include "record_store.h"

/* A report of one second in which ten operations were offered: nine completed and one failed. */
static const char sound_report[] =
	"{\"run\":7,\"workload\":\"sim\",\"profile\":\"stress\",\"mode\":\"open\",\"unit\":"
	"\"operations\","
	"\"status\":\"ended\",\"started\":\"2026-11-30T21:02:06Z\",\"duration_s\":1.5,\"scored_s\":"
	"1.0,"
	"\"host\":\"h\",\"options\":{\"rate\":\"10\",\"header\":[\"a: 1\",\"b: "
	"2\"]},\"tags\":{\"k\":\"v\"},"
	"\"seed\":\"18446744073709551615\",\"verdict\":\"invalid\",\"reasons\":[\"generator "
	"late\"],"
	"\"finding\":{\"name\":\"limit\",\"value\":9.0,\"unit\":\"op/s\",\"text\":\"held\"},"
	"\"offered\":10,\"completed\":9,\"failed\":1,\"expired\":0,\"in_flight\":0,\"units\":9,"
	"\"throughput\":9.0,\"peak_throughput\":12.0,\"units_per_s\":9.0,\"error_rate\":0.1,"
	"\"warm_up\":{\"offered\":0,\"failed\":0},\"errors\":{\"timeout\":{\"count\":1,\"first\":["
	"\"x\"]}},"
	"\"latency_ns\":{\"queue\":null,\"service\":{\"count\":10,\"mean\":5.0,\"p50\":5,\"p90\":9,"
	"\"p95\":9,\"p99\":10,\"p999\":10,\"max\":10},\"response\":null},"
	"\"lag_ns\":{\"p50\":1,\"p99\":2,\"p999\":3,\"max\":3},\"rss_start_bytes\":100,"
	"\"rss_peak_bytes\":150,\"rss_growth\":0.5,"
	"\"segments\":[{\"index\":0,\"label\":\"load\",\"mode\":\"open\",\"arrivals\":\"constant\","
	"\"rate_from\":10.0,\"rate_to\":10.0,\"span_ns\":1000000000,\"scored\":true,\"offered\":10,"
	"\"completed\":9,\"failed\":1,\"expired\":0,\"in_flight\":0,\"units\":9,\"completed_in_"
	"span\":9,"
	"\"backlog_mid\":0,\"backlog_end\":0,\"state\":\"closed\",\"start_ns\":0,\"end_ns\":"
	"1000000000,"
	"\"last_end_ns\":1000000000,\"outcome\":\"held\"}],"
	"\"steps\":[{\"step\":1,\"offered\":10,\"completed\":9,\"p50_ns\":5,\"p95_ns\":9,\"p99_"
	"ns\":10}],"
	"\"thresholds\":[],\"metrics\":{\"n\":3,\"t\":null},"
	"\"events\":[{\"t_ns\":5,\"kind\":\"note\",\"text\":\"hello\"}],"
	"\"environment\":{\"clock\":\"tsc\"}}";

static void write_text(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	assert_non_null(file);
	assert_true(fputs(text, file) >= 0);
	assert_int_equal(fclose(file), 0);
}

static int import(
	struct bt_imported *out, struct bt_store *store, const char *text, struct bt_err *err)
{
	write_text(temp_path("in"), text);
	return bt_import(out, store, temp_path("in"), err);
}

/* The report with one text in it replaced by another. */
static char *changed(const char *report, const char *from, const char *to)
{
	const char *at = strstr(report, from);
	char *out = malloc(strlen(report) + strlen(to) + 1);

	assert_non_null(out);
	if (!at)
		fail_msg("no %s in the report", from);
	sprintf(out, "%.*s%s%s", (int)(at - report), report, to, at + strlen(from));
	return out;
}

static void nonsense_is_refused_with_its_path(void **state BT_UNUSED)
{
	static const struct {
		const char *from, *to, *words;
	} cases[] = {
		{ "2026-11-30T21:02:06Z", "yesterday",
			"runs[0].started: \"yesterday\": expected a moment" },
		{ "2026-11-30T21:02:06Z", "2026-02-30T21:02:06Z", "runs[0].started" },
		{ "2026-11-30T21:02:06Z", "2026-11-30T25:02:06Z", "runs[0].started" },
		{ "2026-11-30T21:02:06Z", "2026-11-30 21:02:06", "runs[0].started" },
		{ "2026-11-30T21:02:06Z", "9999-11-30T21:02:06Z", "runs[0].started" },
		{ "\"2026-11-30T21:02:06Z\"", "1796082399", "runs[0].started: 1796082399" },
		{ "\"completed\":9,\"failed\":1,\"expired\":0,\"in_flight\":0,\"units\":9,"
		  "\"through",
			"\"completed\":9223372036854775807,\"failed\":1,\"expired\":0,\"in_"
			"flight\":0,"
			"\"units\":9,\"through",
			"runs[0].completed: 9223372036854775807: expected at most offered, 10" },
		{ "\"completed\":9,\"failed\":1,\"expired\":0,\"in_flight\":0,\"units\":9,"
		  "\"completed_",
			"\"completed\":11,\"failed\":1,\"expired\":0,\"in_flight\":0,\"units\":9,"
			"\"completed_",
			"runs[0].segments[0].completed: 11: expected at most offered, 10" },
		{ "\"failed\":1", "\"failed\":2", "runs[0].failed: 2: expected at most" },
		{ "\"failed\":1", "\"failed\":-1",
			"runs[0].failed: -1: expected a whole number, at least 0" },
		{ "\"failed\":1", "\"failed\":1.5",
			"runs[0].failed: 1.5: expected a whole number" },
		{ "\"failed\":1", "\"failed\":\"1\"", "runs[0].failed: \"1\"" },
		{ "\"failed\":1,", "", "runs[0].failed: missing" },
		{ "\"in_flight\":0", "\"in_flight\":3", "runs[0].in_flight: 3" },
		{ "\"offered\":10", "\"offered\":11", "runs[0]." },
		{ "\"units\":9", "\"units\":90", "runs[0].units" },
		{ "\"duration_s\":1.5", "\"duration_s\":-1.5", "runs[0].duration_s: -1.5" },
		{ "\"duration_s\":1.5", "\"duration_s\":1e300", "runs[0].duration_s" },
		{ "\"scored_s\":1.0", "\"scored_s\":20.0",
			"runs[0].scored_s: 20.0: expected at most duration_s" },
		{ "\"throughput\":9.0", "\"throughput\":900.0",
			"runs[0].throughput: 900.0: expected 9," },
		{ "\"throughput\":9.0", "\"throughput\":-9.0", "runs[0].throughput" },
		{ "\"peak_throughput\":12.0", "\"peak_throughput\":-1", "runs[0].peak_throughput" },
		{ "\"error_rate\":0.1", "\"error_rate\":0.2", "runs[0].error_rate" },
		{ "\"error_rate\":0.1", "\"error_rate\":7",
			"runs[0].error_rate: 7: expected at most 1" },
		{ "\"rss_growth\":0.5", "\"rss_growth\":5", "runs[0].rss_growth" },
		{ "\"p50\":5", "\"p50\":-5", "runs[0].latency_ns.service.p50: -5" },
		{ "\"p50\":5", "\"p50\":50",
			"runs[0].latency_ns.service.p90: 9: expected at least p50, 50" },
		{ "\"max\":10", "\"max\":9", "runs[0].latency_ns.service.max: 9" },
		{ "\"mean\":5.0", "\"mean\":500", "runs[0].latency_ns.service.mean" },
		{ "\"count\":10", "\"count\":1000",
			"runs[0].latency_ns.service.count: 1000: expected at most offered" },
		{ "{\"count\":10", "[1,", "expected an object of JSON" },
		{ "\"p50\":1,\"p99\":2", "\"p50\":3,\"p99\":2", "runs[0].lag_ns.p50" },
		{ "\"verdict\":\"invalid\"", "\"verdict\":\"fine\"",
			"runs[0].verdict: \"fine\": expected valid, degraded or invalid" },
		{ "[\"generator late\"]", "[]", "runs[0].verdict: \"invalid\": expected reasons" },
		{ "[\"generator late\"]", "[7]", "runs[0].reasons[0]: 7" },
		{ "\"status\":\"ended\"", "\"status\":\"won\"", "runs[0].status" },
		{ "\"mode\":\"open\"", "\"mode\":\"ajar\"", "runs[0].mode" },
		{ "\"host\":\"h\"", "\"host\":[]", "runs[0].host: []: expected a text" },
		{ "\"workload\":\"sim\"", "\"workload\":\"sim\",\"workload\":\"x\"", "duplicate" },
		{ "\"seed\":\"18446744073709551615\"", "\"seed\":\"x\"", "runs[0].seed" },
		{ "\"rate\":\"10\"", "\"rate\":10", "runs[0].options.rate: 10: expected a text" },
		{ "\"b: 2\"", "2", "runs[0].options.header[1]: 2" },
		{ "\"b: 2\"", "{\"base64\":\"?\"}", "runs[0].options.header[1]: {" },
		{ "\"10\"", "{\"base64\":\"AAA=\"}", "runs[0].options.rate: {" },
		{ "\"10\"", "{\"text\":\"x\"}", "runs[0].options.rate: {" },
		{ "\"index\":0", "\"index\":-1", "runs[0].segments[0].index" },
		{ "\"end_ns\":1000000000,\"last", "\"end_ns\":-1,\"last",
			"runs[0].segments[0].end_ns" },
		{ "\"start_ns\":0", "\"start_ns\":1000000001",
			"runs[0].segments[0].end_ns: 1000000000: expected at least start_ns" },
		{ "\"last_end_ns\":1000000000", "\"last_end_ns\":99000000000",
			"runs[0].segments[0].last_end_ns" },
		{ "\"completed_in_span\":9", "\"completed_in_span\":99",
			"runs[0].segments[0].completed_in_span" },
		{ "\"arrivals\":\"constant\"", "\"arrivals\":\"never\"",
			"runs[0].segments[0].arrivals" },
		{ "\"state\":\"closed\"", "\"state\":\"ajar\"", "runs[0].segments[0].state" },
		{ "\"segments\":[{", "\"segments\":[7,{",
			"runs[0].segments[0]: 7: expected an object" },
		{ "\"segments\":[", "\"segments\":[{\"index\":0},",
			"runs[0].segments[1].index: 0: expected more than 0" },
		{ "\"p50_ns\":5", "\"p50_ns\":50", "runs[0].steps[0].p50_ns" },
		{ "\"t_ns\":5", "\"t_ns\":-5", "runs[0].events[0].t_ns" },
		{ "\"t_ns\":5", "\"t_ns\":99000000000", "runs[0].events[0].t_ns" },
		{ "\"kind\":\"note\"", "\"kind\":\"war\"", "runs[0].events[0].kind" },
		{ "\"count\":1,", "\"count\":5,", "runs[0].errors.timeout.count: 5" },
		{ "\"n\":3", "\"n\":[3]", "runs[0].metrics.n: [3]" },
		{ "\"name\":\"limit\"", "\"name\":\"\"", "runs[0].finding.name" },
		{ "\"value\":9.0", "\"value\":\"9\"", "runs[0].finding.value" },
		{ "\"environment\":{", "\"environment\":7,\"x\":{", "runs[0].environment" },
		{ "\"host\":\"h\"", "\"host\":\"h\\u0000x\"",
			"runs[0].host: \"h\\u0000x\": expected a text without \\u0000" },
		{ "\"k\":\"v\"", "\"k\":\"\\u0000\"", "runs[0].tags.k: \"\\u0000\": expected" },
		{ "\"b: 2\"", "\"b\\u0000: 2\"", "runs[0].options.header[1]: " },
		{ "\"clock\":\"tsc\"", "\"new\":[{\"deep\":[0,\"\\u0000\"]}]",
			"runs[0].environment.new[0].deep[1]: " },
		{ "\"k\":\"v\"", "\"k\\u0000\":\"v\"",
			"in:1: expected an object of JSON: NUL byte" },
		{ "\"host\":\"h\"", "\"host\":\"\xe9\"", "in:1: expected an object of JSON: " },
	};
	struct bt_store *store = store_open(temp_path("h.db"));

	for (size_t i = 0; i < BT_LEN(cases); i++) {
		char *text = changed(sound_report, cases[i].from, cases[i].to);
		struct bt_err err = { .msg = "" };
		struct bt_imported out;

		if (import(&out, store, text, &err) != -EINVAL ||
			!strstr(err.msg, cases[i].words) || !strstr(err.msg, temp_path("in")) ||
			strlen(err.msg) + 1 == sizeof(err.msg))
			fail_msg("%s: '%s', not '%s'", cases[i].to, err.msg, cases[i].words);
		assert_int_equal(out.runs, 0);
		free(text);
	}
	assert_int_equal(ask(store, "SELECT count(*) FROM run"), 0);
	bt_store_close(store);
}

static void a_report_says_the_same_here(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_err err = { .msg = "" };
	struct bt_source *src;
	struct bt_imported out;
	struct bt_run_list list;
	struct sum *sum;
	char *report;
	json_t *a, *b;

	if (import(&out, store, sound_report, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(out.runs, 1);
	assert_int_equal(bt_store_list(store, &list, NULL, 0, NULL), 0);
	assert_string_equal(list.rows[0].verdict, "invalid");
	assert_string_equal(list.rows[0].finding, "limit 9 op/s");
	assert_string_equal(list.rows[0].status, "ended");
	assert_true(list.rows[0].peak_rate == 12 && list.rows[0].throughput == 9);
	bt_run_list_fini(&list);
	assert_int_equal(bt_store_report(store, 1, &report, NULL), 0);
	a = json_loads(report, 0, NULL);
	b = json_loads(sound_report, 0, NULL);
	json_object_set_new(b, "run", json_integer(1));
	assert_true(json_equal(a, b));
	json_decref(a);
	json_decref(b);
	free(report);
	/* As the dashboard sees it. */
	src = source_open(store, 1);
	assert_int_equal(src->info.judged->verdict, BT_INVALID);
	assert_string_equal(src->info.judged->reasons[0].text, "generator late");
	bt_source_close(src);
	sum = sum_of(store, 1);
	assert_int_equal(sum->tally.n_segments, 1);
	assert_int_equal(sum->events, 1);
	assert_true(sum->tally.last->finding_value == 9);
	sum_free(sum);
	bt_store_close(store);
}

/* A path need not be UTF-8: the history and every export of it have such a value in base64. */
static void values_that_are_no_text_come_whole(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	char *one = changed(sound_report, "\"10\"", "{\"base64\":\"L2NhZuk=\"}");
	char *text = changed(one, "\"b: 2\"", "{\"base64\":\"/w==\"}");
	struct bt_err err = { .msg = "" };
	struct bt_imported out;
	struct bt_source *src;

	if (import(&out, store, text, &err) < 0)
		fail_msg("%s", err.msg);
	src = source_open(store, 1);
	assert_int_equal(src->info.n_settings, 3);
	assert_string_equal(src->info.settings[0].value, "/caf\xe9");
	assert_string_equal(src->info.settings[2].value, "\xff");
	bt_source_close(src);
	free(one);
	free(text);
	bt_store_close(store);
}

static void a_report_of_many_segments_keeps_them_all(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	json_t *report = json_loads(sound_report, 0, NULL), *segments, *events;
	struct bt_err err = { .msg = "" };
	struct bt_imported out;
	char *text;

	segments = json_object_get(report, "segments");
	events = json_object_get(report, "events");
	for (int i = 1; i < 100; i++) {
		json_array_append_new(
			segments, json_pack("{si ss sb}", "index", i, "mode", "idle", "scored", 0));
		json_array_append_new(
			events, json_pack("{si ss ss}", "t_ns", i, "kind", "note", "text", "x"));
	}
	text = json_dumps(report, 0);
	if (import(&out, store, text, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(ask(store, "SELECT count(*) FROM segment"), 100);
	assert_int_equal(ask(store, "SELECT count(*) FROM event"), 100);
	free(text);
	json_decref(report);
	bt_store_close(store);
}

static void called_valid_with_reasons_is_not_believed(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	char *text = changed(sound_report, "\"verdict\":\"invalid\"", "\"verdict\":\"valid\"");
	struct bt_imported out;

	assert_int_equal(import(&out, store, text, NULL), 0);
	assert_int_equal(out.doubted, 1);
	assert_int_equal(ask(store, "SELECT verdict = 'invalid' FROM run"), 1);
	assert_int_equal(ask(store,
				 "SELECT json_extract(report, '$.verdict') = 'invalid'"
				 " AND json_extract(report, '$.reasons[0]') = 'generator late'"
				 " AND json_extract(report, '$.reasons[1]') LIKE '%in spite of%' "
				 "FROM detail"),
		1);
	assert_int_equal(import(&out, store, text, NULL), 0); /* the same run, though changed */
	assert_int_equal(out.there, 1);
	free(text);
	bt_store_close(store);
}

/* What an import of before left when it was killed: a row that never ended, of a process that is
 * gone. */
static void a_half_of_before_gives_way(void **state BT_UNUSED)
{
	static const char half[] =
		"INSERT INTO run (started_ns, workload, profile, tags, host, open_loop, boot_id, "
		"pid,"
		" process_start) VALUES (unixepoch('2026-11-30T21:02:06') * 1000000000, 'sim',"
		" 'stress', '', 'h', 1, 'gone', 1, 1);"
		"INSERT INTO detail (run, description, environment) SELECT max(id), '{}', '{}' "
		"FROM run";
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_imported out;

	assert_int_equal(bt_store_exec(store, half, "", NULL), 0);
	assert_int_equal(import(&out, store, sound_report, NULL), 0);
	assert_int_equal(out.runs, 1);
	assert_int_equal(out.replaced, 1);
	assert_int_equal(ask(store, "SELECT count(*) FROM run"), 1);
	assert_int_equal(ask(store, "SELECT ending = 'ended' FROM run"), 1);
	assert_int_equal(import(&out, store, sound_report, NULL), 0);
	assert_int_equal(out.there, 1);
	bt_store_close(store);
}

/* Trials on a simulated clock begin in one second and take the same time. */
static void runs_of_one_second_are_told_apart(void **state BT_UNUSED)
{
	static const struct {
		const char *from, *to;
		bool other;
	} cases[] = {
		{ "\"18446744073709551615\"", "\"18446744073709551614\"", true },
		{ "\"rss_start_bytes\":100,\"rss_peak_bytes\":150,\"rss_growth\":0.5",
			"\"rss_start_bytes\":101,\"rss_peak_bytes\":150", true },
		{ "\"host\":\"h\"", "\"host\":\"i\"", true },
		/* The same run after somebody wrote to its tags, or another program to its
		 * numbers. */
		{ "\"k\":\"v\"", "\"k\":\"w\"", false },
		{ "\"run\":7", "\"run\":9", false },
		{ "\"duration_s\":1.5", "\"duration_s\":1.5000000001", false },
		{ "\"throughput\":9.0", "\"throughput\":9", false },
	};
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_imported out;
	unsigned runs = 1;

	assert_int_equal(import(&out, store, sound_report, NULL), 0);
	for (size_t i = 0; i < BT_LEN(cases); i++) {
		char *text = changed(sound_report, cases[i].from, cases[i].to);

		assert_int_equal(import(&out, store, text, NULL), 0);
		if (out.runs != cases[i].other || out.there == cases[i].other)
			fail_msg("%s: %u runs, %u there", cases[i].to, out.runs, out.there);
		runs += out.runs;
		free(text);
	}
	assert_int_equal(ask(store, "SELECT count(*) FROM run"), runs);
	bt_store_close(store);
}

static int count_step(void *steps)
{
	++*(uint64_t *)steps;
	return 0;
}

/* Steps of SQLite's virtual machine, the same on every machine. */
static uint64_t steps_to_import(struct bt_store *store)
{
	struct bt_imported out;
	uint64_t steps = 0;

	sqlite3_progress_handler(store->db, 1, count_step, &steps);
	assert_int_equal(import(&out, store, sound_report, NULL), 0);
	sqlite3_progress_handler(store->db, 0, NULL, NULL);
	assert_int_equal(out.runs, 1);
	return steps;
}

static void a_long_history_costs_no_more(void **state BT_UNUSED)
{
	static const char many[] =
		"WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)"
		" INSERT INTO run (started_ns, workload, profile, tags, host, open_loop, boot_id, "
		"pid,"
		" process_start, ending) SELECT i * 1000000000, 'sim', 'stress', '', 'h', 1, 'x', "
		"1,"
		" 1, 'ended' FROM n";
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_store *longer = store_open(temp_path("longer.db"));
	uint64_t few, steps;

	assert_int_equal(bt_store_exec(longer, many, "", NULL), 0);
	few = steps_to_import(store);
	steps = steps_to_import(longer);
	if (steps > few + few / 10)
		fail_msg("%llu steps, %llu into an empty history", (unsigned long long)steps,
			(unsigned long long)few);
	bt_store_close(longer);
	bt_store_close(store);
}

static void bytes_that_are_no_text_stay_in_options(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	char *text = changed(
		sound_report, "\"rate\":\"10\"", "\"rate\":\"10\",\"file\":{\"base64\":\"L3T/\"}");
	struct bt_imported out;
	struct bt_source *src;

	assert_int_equal(import(&out, store, text, NULL), 0);
	src = source_open(store, 1);
	assert_string_equal(src->info.settings[1].name, "file");
	assert_string_equal(src->info.settings[1].value, "/t\xff");
	bt_source_close(src);
	free(text);
	bt_store_close(store);
}

static void a_run_that_did_not_end_stays_interrupted(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	char *text = changed(sound_report, "\"status\":\"ended\"", "\"status\":\"running\"");
	struct bt_imported out;

	assert_int_equal(import(&out, store, text, NULL), 0);
	assert_string_equal(newest_status(store), "interrupted");
	assert_int_equal(import(&out, store, text, NULL), 0);
	assert_int_equal(out.there, 1);
	free(text);
	bt_store_close(store);
}

static void moments_before_1970_stay(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	char *text = changed(sound_report, "2026-11-30T21:02:06Z", "1950-01-02T03:04:05Z");
	struct bt_imported out;

	assert_int_equal(import(&out, store, text, NULL), 0);
	assert_int_equal(ask(store,
				 "SELECT started_ns / 1000000000 = "
				 "unixepoch('1950-01-02T03:04:05') FROM run"),
		1);
	assert_int_equal(import(&out, store, text, NULL), 0);
	assert_int_equal(out.there, 1);
	free(text);
	bt_store_close(store);
}

static void those_before_a_bad_one_are_taken_in(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	char *text = malloc(3 * sizeof(sound_report)), *bad;
	struct bt_err err = { .msg = "" };
	struct bt_imported out;

	bad = changed(sound_report, "\"duration_s\":1.5", "\"duration_s\":-1");
	sprintf(text, "[%s,\n%s]", sound_report, bad);
	assert_int_equal(import(&out, store, text, &err), -EINVAL);
	assert_int_equal(out.runs, 1);
	assert_non_null(strstr(err.msg, ":2: runs[1].duration_s"));
	sprintf(text, "[%s %s]", sound_report, sound_report);
	assert_int_equal(import(&out, store, text, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "expected a comma"));
	sprintf(text, "[%s", sound_report);
	assert_int_equal(import(&out, store, text, &err), -EINVAL);
	sprintf(text, "[%s] x", sound_report);
	assert_int_equal(import(&out, store, text, &err), -EINVAL);
	free(bad);
	free(text);
	bt_store_close(store);
}

/* A report whose list of reasons is n texts of a size, in one of its members. */
static char *large(size_t n, size_t size)
{
	char *filler = malloc(n * (size + 3) + 1), *at = filler, *text, *key;

	assert_non_null(filler);
	for (size_t i = 0; i < n; i++) {
		*at++ = '"';
		memset(at, 'x', size);
		at += size;
		*at++ = '"';
		*at++ = ',';
	}
	at[-1] = '\0';
	key = malloc(strlen(filler) + 40);
	assert_non_null(key);
	sprintf(key, "{\"else\":[%s],\"run\":7", filler);
	text = changed(sound_report, "{\"run\":7", key);
	free(filler);
	free(key);
	return text;
}

static void an_object_has_bounds(void **state BT_UNUSED)
{
	static const struct {
		size_t n, size;
		const char *words; /* NULL: fits */
	} cases[] = {
		{ 999000, 0, NULL },
		{ 1000000, 0, ":1: expected at most a million values" },
		{ 31, 1 << 20, NULL },
		{ 32, 1 << 20, ":1: expected at most 32 MiB" },
		{ 47, 1 << 20, ":1: expected at most 32 MiB" },
		{ 65, 1 << 20, ":1: expected at most 32 MiB" },
	};
	struct bt_store *store = store_open(temp_path("h.db"));

	for (size_t i = 0; i < BT_LEN(cases); i++) {
		char *text = large(cases[i].n, cases[i].size);
		struct bt_err err = { .msg = "" };
		struct bt_imported out;
		int r = import(&out, store, text, &err);

		if (cases[i].words ? r != -EINVAL || !strstr(err.msg, cases[i].words) : r != 0)
			fail_msg("row %zu: %d '%s'", i, r, err.msg);
		free(text);
	}
	bt_store_close(store);
}

static void a_signal_ends_it(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_err err = { .msg = "" };
	struct bt_imported out;
	int r;

	bt_stop_signal = SIGTERM;
	r = import(&out, store, sound_report, &err);
	bt_stop_signal = 0;
	assert_int_equal(r, -EINTR);
	assert_non_null(strstr(err.msg, "interrupted"));
	assert_int_equal(ask(store, "SELECT count(*) FROM run"), 0);
	bt_store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(nonsense_is_refused_with_its_path),
		TEST(a_report_says_the_same_here),
		TEST(values_that_are_no_text_come_whole),
		TEST(a_report_of_many_segments_keeps_them_all),
		TEST(called_valid_with_reasons_is_not_believed),
		TEST(a_half_of_before_gives_way),
		TEST(runs_of_one_second_are_told_apart),
		TEST(a_long_history_costs_no_more),
		TEST(bytes_that_are_no_text_stay_in_options),
		TEST(a_run_that_did_not_end_stays_interrupted),
		TEST(moments_before_1970_stay),
		TEST(those_before_a_bad_one_are_taken_in),
		TEST(an_object_has_bounds),
		TEST(a_signal_ends_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
