/*
 * Import of ndjson from hostile hands: each case changes one thing of a sound file of three lines,
 * and is refused with the place of that in the file and in the JSON, and nothing of the run is in
 * the history.
 */
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "cm.h"
#include "base/encode.h"
#include "store/import.h"
#include "report/wire.h"
#include "record_store.h"

/* What a file is made of. A part that ends the list of parts is none. */
enum part { HELLO, SNAPSHOT, STATE, RUN_LINE, SNAPSHOT_LINE, REPORT, N_PARTS };

static const char *const whole_file[N_PARTS] = {
	[HELLO] =
		"{\"version\":1,\"run\":7,\"info\":{\"open_loop\":true,\"waits\":true,\"seed\":-1,"
		"\"started_wall_ns\":1796072526000000000,\"planned_ns\":1500000000,\"workers\":2,"
		"\"processors\":2,\"quota\":0.0,\"clock_cost_ns\":20.5,\"descriptor_limit\":null,"
		"\"metrics\":[{\"name\":\"hits\",\"unit\":\"\",\"kind\":\"counter\",\"merge\":"
		"\"sum\","
		"\"help\":\"\",\"num\":0,\"den\":0}],\"error_classes\":[\"timeout\"],"
		"\"settings\":{\"rate\":\"10\"},\"tags\":{\"k\":\"v\"},\"workload\":\"sim\","
		"\"summary\":\"\",\"unit\":\"operations\",\"profile\":\"load\",\"host\":\"h\"}}",
	[SNAPSHOT] =
		"{\"seq\":5,\"wall_ns\":1796072527500000000,\"t_ns\":1500000000,"
		"\"span_ns\":1500000000,\"last\":true,\"interval\":[10,9,1,0,9],"
		"\"target_rate\":10.0,\"segments\":[{\"index\":0,\"label\":\"load\","
		"\"mode\":\"open\",\"arrivals\":\"constant\",\"rate_from\":10.0,\"rate_to\":10.0,"
		"\"span_ns\":1500000000,\"workers\":2,\"scored\":true,\"offered\":10,"
		"\"completed\":9,\"failed\":1,\"expired\":0,\"in_flight\":0,\"units\":9,"
		"\"completed_in_span\":9,\"backlog_mid\":0,\"backlog_end\":0,"
		"\"state\":\"closed\",\"start_ns\":0,\"end_ns\":1500000000,"
		"\"last_end_ns\":1400000000}],\"events\":[{\"t_ns\":5,\"kind\":\"note\","
		"\"text\":\"hello\"}],\"notes\":[{\"t_ns\":6,\"class\":0,\"worker\":1,"
		"\"text\":\"late\"}],\"slow\":[{\"n\":3,\"end_ns\":7,\"queue_ns\":1,"
		"\"service_ns\":2,\"worker\":1,\"segment\":0,\"class\":-1}]}",
	[STATE] = "{\"total\":[10,9,1,0,9],\"metrics\":[9],\"finding\":[\"limit\",9.0,\"op/"
		  "s\",\"x\"],"
		  "\"segment\":{\"index\":0,\"offered\":10,\"completed\":9,\"failed\":1,"
		  "\"expired\":0,"
		  "\"state\":\"closed\",\"start_ns\":0,\"end_ns\":1500000000},\"fatal\":false,"
		  "\"paused\":false,\"usage\":[31457280,0,10],\"errors\":[1],\"warm\":[0,0],"
		  "\"rss\":[1,2,3],\"scored_ns\":[1500000000],\"queue\":null,"
		  "\"service\":[10,5.0,5,9,9,10,10,10],\"response\":null,\"lag\":[10,1.0,1,1,1,2,3,"
		  "3]}",
	[RUN_LINE] = "{\"type\":\"run\",\"format\":1,\"run\":7,\"workload\":\"sim\"}",
	[SNAPSHOT_LINE] = "{\"type\":\"snapshot\",\"offered\":10,\"completed\":9,\"failed\":1,"
			  "\"expired\":0,\"units\":9}",
	[REPORT] = "{\"run\":7,\"workload\":\"sim\",\"profile\":\"load\",\"mode\":\"open\","
		   "\"status\":\"ended\",\"started\":\"2026-11-30T21:02:06Z\",\"duration_s\":1.5,"
		   "\"scored_s\":1.5,\"host\":\"h\",\"verdict\":\"valid\",\"reasons\":[],"
		   "\"offered\":10,\"completed\":9,\"failed\":1,\"expired\":0,\"units\":9}",
};

/* A text with one part of it replaced. */
static char *changed(const char *text, const char *from, const char *to)
{
	const char *at = strstr(text, from);
	char *out = malloc(strlen(text) + strlen(to) + 1);

	assert_non_null(out);
	if (!at)
		fail_msg("no %s in %s", from, text);
	sprintf(out, "%.*s%s%s", (int)(at - text), text, to, at + strlen(from));
	return out;
}

static json_t *parsed(const char *text)
{
	json_t *value = json_loads(text, JSON_ALLOW_NUL, NULL);

	if (!value)
		fail_msg("not JSON: %s", text);
	return value;
}

/* What is done to the bytes of a frame, its head with them. */
enum damage { NONE, CUT, LONGER, NO_NUL, OTHER_KIND, HUGE_LENGTH, HIST_LENGTH, HIST_BYTES };

static size_t put_number(uint8_t *at, size_t n)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(n >> (8 * i));
	return 4;
}

/* base64 of a frame: JSON and, of a snapshot, a NUL and three histograms, of which the second has n
 * values. */
static char *frame_of(char kind, const char *json, unsigned n, enum damage damage)
{
	struct bt_hist hist;
	size_t at = 5, text = strlen(json), room = text + 20000;
	uint8_t *bytes = calloc(1, room);
	char *out;

	assert_non_null(bytes);
	memcpy(bytes + at, json, text);
	at += text + (kind == 'S' && damage != NO_NUL);
	for (unsigned i = 0; i < 3 && kind == 'S'; i++) {
		size_t head = at, size;

		bt_hist_init(&hist);
		bt_hist_add(&hist, 5, i == 1 ? n : 0);
		size = bt_hist_encode(&hist, bytes + at + 4, room - at - 4);
		at += put_number(bytes + at, size) + size;
		if (i == 2 && damage == HIST_LENGTH)
			put_number(bytes + head, 0x7fffffff);
		if (i == 1 && damage == HIST_BYTES)
			memset(bytes + head + 4, 0xff, size);
	}
	put_number(bytes, damage == HUGE_LENGTH ? 0x7fffffff : damage == LONGER ? at - 4 : at - 5);
	bytes[4] = (uint8_t)(damage == OTHER_KIND ? 'X' : kind);
	out = bt_base64(bytes, damage == CUT ? at - 9 : at);
	free(bytes);
	assert_non_null(out);
	return out;
}

/* The lines of a file, each to be freed. */
struct file {
	char *run, *snapshot, *report;
};

static char *line_of(const char *line, const char *key, json_t *value)
{
	json_t *object = parsed(line);
	char *text;

	json_object_set_new(object, key, value);
	text = json_dumps(object, JSON_COMPACT);
	json_decref(object);
	assert_non_null(text);
	return text;
}

static void make_file(struct file *file, const char *const parts[N_PARTS], unsigned latencies,
	enum damage hello_damage, enum damage snapshot_damage)
{
	char *snapshot = line_of(parts[SNAPSHOT], "state", json_string(parts[STATE]));
	char *hello_frame = frame_of('H', parts[HELLO], 0, hello_damage);
	char *snapshot_frame = frame_of('S', snapshot, latencies, snapshot_damage);

	file->run = line_of(parts[RUN_LINE], "wire", json_string(hello_frame));
	file->snapshot = line_of(parts[SNAPSHOT_LINE], "wire", json_string(snapshot_frame));
	file->report = line_of("{\"type\":\"report\"}", "report", parsed(parts[REPORT]));
	free(snapshot);
	free(hello_frame);
	free(snapshot_frame);
}

static void free_file(struct file *file)
{
	free(file->run);
	free(file->snapshot);
	free(file->report);
}

/* Writes lines: r, s and e stand for the run's, the snapshot's and the report's, others for
 * themselves. */
static int import(struct bt_imported *out, struct bt_store *store, const struct file *file,
	const char *order, struct bt_err *err)
{
	FILE *stream = fopen(temp_path("in"), "w");

	assert_non_null(stream);
	for (; *order; order++)
		fprintf(stream, "%s\n",
			*order == 'r'           ? file->run
				: *order == 's' ? file->snapshot
				: *order == 'e' ? file->report
						: "{\"type\":\"else\"}");
	assert_int_equal(fclose(stream), 0);
	return bt_import(out, store, temp_path("in"), err);
}

static void expect_refused(struct bt_store *store, const struct file *file, const char *order,
	const char *words, const char *which)
{
	struct bt_err err = { .msg = "" };
	struct bt_imported out;
	int r = import(&out, store, file, order, &err);

	if ((r != -EINVAL && r != -EPROTO) || !strstr(err.msg, words) ||
		strncmp(err.msg, temp_path("in"), strlen(temp_path("in"))) != 0 ||
		strchr(err.msg, '\n') || strlen(err.msg) + 1 == sizeof(err.msg))
		fail_msg("%s: %d '%s', not '%s'", which, r, err.msg, words);
	assert_int_equal(out.runs, 0);
	assert_int_equal(ask(store, "SELECT count(*) FROM run"), 0);
}

static void a_sound_file_is_taken_in(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_err err = { .msg = "" };
	struct bt_imported out;
	struct file file;
	struct sum *sum;

	make_file(&file, whole_file, 10, NONE, NONE);
	if (import(&out, store, &file, "rse", &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(out.runs, 1);
	sum = sum_of(store, 1);
	assert_int_equal(sum->counts.completed, 9);
	assert_int_equal(sum->service.count, 10);
	assert_int_equal(sum->notes, 1);
	assert_int_equal(sum->events, 1);
	assert_int_equal(sum->slow, 1);
	sum_free(sum);
	free_file(&file);
	bt_store_close(store);
}

/* The last nanosecond before 1970 has the bits that stand for unknown elsewhere. */
static void the_moment_before_1970_is_known(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_err err = { .msg = "" };
	const char *parts[N_PARTS];
	struct bt_imported out;
	struct file file;

	memcpy(parts, whole_file, sizeof(parts));
	parts[HELLO] = changed(whole_file[HELLO], "1796072526000000000", "-1");
	parts[SNAPSHOT] = changed(whole_file[SNAPSHOT], "1796072527500000000", "-1");
	parts[REPORT] = changed(whole_file[REPORT], "2026-11-30T21:02:06Z", "1969-12-31T23:59:59Z");
	make_file(&file, parts, 10, NONE, NONE);
	for (int i = 0; i < 2; i++)
		if (import(&out, store, &file, "rse", &err) < 0)
			fail_msg("%s", err.msg);
	assert_int_equal(out.there, 1);
	assert_int_equal(ask(store, "SELECT count(*) FROM run WHERE started_ns = -1"), 1);
	assert_int_equal(ask(store, "SELECT count(*) FROM sample WHERE wall_ns = -1"), 1);
	free_file(&file);
	free((char *)parts[HELLO]);
	free((char *)parts[SNAPSHOT]);
	free((char *)parts[REPORT]);
	bt_store_close(store);
}

static void nonsense_in_a_frame_is_refused_with_its_path(void **state BT_UNUSED)
{
#define INFO "runs[0].wire.info"
#define SNAP "runs[0].snapshots[0]"
	static const struct {
		enum part part;
		const char *from, *to, *words;
	} cases[] = {
		{ HELLO, "\"version\":1", "\"version\":2", "version 2" },
		{ HELLO, "\"version\":1,", "", "version 0" },
		{ HELLO, "\"info\":{", "\"info\":7,\"x\":{", "expected wire with a description" },
		{ HELLO, "\"open_loop\":true", "\"open_loop\":1",
			INFO ".open_loop: 1: expected true" },
		{ HELLO, "\"open_loop\":true,", "", INFO ".open_loop: missing" },
		{ HELLO, "\"seed\":-1", "\"seed\":1.5",
			INFO ".seed: 1.5: expected a whole number" },
		{ HELLO, "1796072526000000000", "1.5", INFO ".started_wall_ns: 1.5" },
		{ HELLO, "1796072526000000000", "\"now\"", INFO ".started_wall_ns: \"now\"" },
		{ HELLO, "1796072526000000000", "1796072526500000000000", "" },
		{ HELLO, "1796072526000000000", "1796072527000000000",
			"expected the report of the run above: its workload, profile, mode and "
			"beginning" },
		{ HELLO, "\"planned_ns\":1500000000", "\"planned_ns\":-1", INFO ".planned_ns: -1" },
		{ HELLO, "\"workers\":2", "\"workers\":99999999999", INFO ".workers" },
		{ HELLO, "\"workers\":2", "\"workers\":-2", INFO ".workers: -2" },
		{ HELLO, "\"quota\":0.0", "\"quota\":-1.0", INFO ".quota: -1.0" },
		{ HELLO, "\"clock_cost_ns\":20.5", "\"clock_cost_ns\":[]",
			INFO ".clock_cost_ns: []" },
		{ HELLO, "\"kind\":\"counter\"", "\"kind\":\"war\"",
			INFO ".metrics[0].kind: \"war\"" },
		{ HELLO, "\"merge\":\"sum\"", "\"merge\":\"war\"",
			INFO ".metrics[0].merge: \"war\"" },
		{ HELLO, "\"name\":\"hits\"", "\"name\":\"\"", INFO ".metrics[0].name: \"\"" },
		{ HELLO, "\"num\":0", "\"num\":4096", INFO ".metrics[0].num: 4096" },
		{ HELLO, "\"metrics\":[", "\"metrics\":[7,",
			INFO ".metrics[0]: 7: expected an object" },
		{ HELLO, "[\"timeout\"]", "[5]", INFO ".error_classes[0]: 5: expected a text" },
		{ HELLO, "[\"timeout\"]", "\"timeout\"", INFO ".error_classes: \"timeout\"" },
		{ HELLO, "\"rate\":\"10\"", "\"rate\":10", INFO ".settings.rate: 10" },
		{ HELLO, "\"rate\":\"10\"", "\"rate\":{\"base64\":\"*\"}", INFO ".settings.rate" },
		{ HELLO, "\"k\":\"v\"", "\"k\":[[]]", INFO ".tags.k[0]: []: expected a text" },
		{ HELLO, "\"workload\":\"sim\"", "\"workload\":\"\"", INFO ".workload: \"\"" },
		{ HELLO, "\"workload\":\"sim\"", "\"workload\":\"null\"",
			"expected the workload that wire has" },
		{ HELLO, "\"profile\":\"load\"", "\"profile\":\"stress\"",
			"expected the report of the run above" },
		{ HELLO, "\"unit\":\"operations\"", "\"unit\":{}",
			INFO ".unit: {}: expected a text" },
		{ HELLO, "\"host\":\"h\"", "\"host\":5", INFO ".host: 5: expected a text" },
		{ HELLO, "\"host\":\"h\"", "\"host\":\"h\\u0000i\"", INFO ".host" },
		{ HELLO, "\"host\":\"h\"", "\"host\":\"h\",\"host\":\"i\"",
			"wire with a description" },
		{ HELLO, "{\"version", "[{\"version", "wire" },
		{ RUN_LINE, "\"format\":1", "\"format\":2", "expected format 1" },
		{ RUN_LINE, "\"format\":1,", "", "expected format 1" },
		{ RUN_LINE, "\"workload\":\"sim\"", "\"workload\":\"null\"",
			"expected the workload that wire has" },
		{ RUN_LINE, "\"type\":\"run\"", "\"type\":\"walk\"", "expected a type" },
		{ SNAPSHOT, "\"seq\":5", "\"seq\":0", SNAP ": it does not follow" },
		{ SNAPSHOT, "\"seq\":5", "\"seq\":-5", SNAP ".seq: -5" },
		{ SNAPSHOT, "\"seq\":5,", "", SNAP ".seq: missing" },
		{ SNAPSHOT, "\"wall_ns\":1796072527500000000", "\"wall_ns\":1e9", SNAP ".wall_ns" },
		{ SNAPSHOT, "\"t_ns\":1500000000", "\"t_ns\":-1", SNAP ".t_ns: -1" },
		{ SNAPSHOT, "\"t_ns\":1500000000", "\"t_ns\":9223372036854775807", SNAP ".t_ns" },
		{ SNAPSHOT, "\"t_ns\":1500000000", "\"t_ns\":1600000000",
			"expected the report of the run above: its length" },
		{ SNAPSHOT, "\"span_ns\":1500000000", "\"span_ns\":1500000001",
			SNAP ".span_ns: 1500000001: expected at most t_ns" },
		{ SNAPSHOT, "\"last\":true", "\"last\":\"yes\"", SNAP ".last: \"yes\"" },
		{ SNAPSHOT, "[10,9,1,0,9]", "[10,9,1,0]",
			SNAP ".interval: [10,9,1,0]: expected 5" },
		{ SNAPSHOT, "[10,9,1,0,9]", "[-10,9,1,0,9]", SNAP ".interval: -10" },
		{ SNAPSHOT, "[10,9,1,0,9]", "[11,9,1,0,9]",
			SNAP ".offered: 10: expected 11, as wire" },
		{ SNAPSHOT, "\"target_rate\":10.0", "\"target_rate\":-1", SNAP ".target_rate: -1" },
		{ SNAPSHOT, "\"target_rate\":10.0", "\"target_rate\":\"x\"", SNAP ".target_rate" },
		{ SNAPSHOT, "\"segments\":[", "\"segments\":[7,", SNAP ".segments[0]: 7" },
		{ SNAPSHOT, "\"completed\":9,\"failed\":1", "\"completed\":12,\"failed\":1",
			SNAP ".segments[0].completed: 12: expected at most offered, 10" },
		{ SNAPSHOT, "\"in_flight\":0", "\"in_flight\":4",
			SNAP ".segments[0].in_flight: 4" },
		{ SNAPSHOT, "\"backlog_mid\":0", "\"backlog_mid\":11",
			SNAP ".segments[0].backlog_mid" },
		{ SNAPSHOT, "\"start_ns\":0", "\"start_ns\":9000000000",
			SNAP
			".segments[0].start_ns: 9000000000: expected at most the run's length" },
		{ SNAPSHOT, "\"end_ns\":1500000000", "\"end_ns\":-1", SNAP ".segments[0].end_ns" },
		{ SNAPSHOT, "\"mode\":\"open\"", "\"mode\":\"ajar\"", SNAP ".segments[0].mode" },
		{ SNAPSHOT, "{\"t_ns\":5", "{\"t_ns\":9000000000", SNAP ".events[0].t_ns" },
		{ SNAPSHOT, "\"kind\":\"note\"", "\"kind\":\"war\"",
			SNAP ".events[0].kind: \"war\"" },
		{ SNAPSHOT, "\"text\":\"hello\"", "\"text\":5", SNAP ".events[0].text: 5" },
		{ SNAPSHOT, "{\"t_ns\":6", "{\"t_ns\":9000000000", SNAP ".notes[0].t_ns" },
		{ SNAPSHOT, "\"class\":0", "\"class\":99", SNAP ".notes[0].class: 99" },
		{ SNAPSHOT, "\"worker\":1,\"text\"", "\"worker\":-1,\"text\"",
			SNAP ".notes[0].worker" },
		{ SNAPSHOT, "\"n\":3", "\"n\":-3", SNAP ".slow[0].n: -3" },
		{ SNAPSHOT, "\"class\":-1", "\"class\":-2", SNAP ".slow[0].class: -2" },
		{ SNAPSHOT, "\"class\":-1", "\"class\":0.5", SNAP ".slow[0].class: 0.5" },
		{ SNAPSHOT, "\"service_ns\":2", "\"service_ns\":\"2\"",
			SNAP ".slow[0].service_ns" },
		{ STATE, "{\"total\"", "[{\"total\"", "expected wire with a state" },
		{ STATE, "\"total\":[10,9,1,0,9]", "\"total\":[10,12,1,0,9]", SNAP ".state.total" },
		{ STATE, "\"total\":[10,9,1,0,9],", "", SNAP ".state.total: missing" },
		{ STATE, "\"total\":[10,9,1,0,9]", "\"total\":[11,9,1,0,9]",
			"runs[0].offered: 10: expected 11, as the last snapshot has it" },
		{ STATE, "\"total\":[10,9,1,0,9]", "\"total\":[9223372036854775807,9,1,0,9]",
			"runs[0].offered: 10" },
		{ STATE, "\"metrics\":[9]", "\"metrics\":[true]", SNAP ".state.metrics[0]: true" },
		{ STATE, "\"metrics\":[9]", "\"metrics\":[[1,2]]",
			SNAP ".state.metrics[0]: [1,2]" },
		{ STATE, "\"metrics\":[9]", "\"metrics\":9",
			SNAP ".state.metrics: 9: expected a list" },
		{ STATE, "\"finding\":[\"limit\",9.0,", "\"finding\":[9.0,",
			SNAP ".state.finding" },
		{ STATE, "\"finding\":[", "\"finding\":7,\"f\":[", SNAP ".state.finding: 7" },
		{ STATE, "\"segment\":{", "\"segment\":7,\"s\":{", SNAP ".state.segment: 7" },
		{ STATE, "\"completed\":9,\"failed\":1", "\"completed\":11,\"failed\":1",
			SNAP ".state.segment.completed: 11" },
		{ STATE, "\"fatal\":false", "\"fatal\":0", SNAP ".state.fatal: 0" },
		{ STATE, "\"usage\":[31457280", "\"usage\":[-1", SNAP ".state.usage[0]: -1" },
		{ STATE, "\"usage\":[31457280", "\"usage\":[\"x\"", SNAP ".state.usage[0]: \"x\"" },
		{ STATE, "\"errors\":[1]", "\"errors\":{}",
			SNAP ".state.errors: {}: expected a list" },
		{ STATE, "\"scored_ns\":[1500000000]", "\"scored_ns\":[99500000000]",
			"expected a scored time within the run" },
		{ STATE, "\"service\":[10,5.0,5", "\"service\":[10,5.0,50",
			SNAP ".state.service.p90: 9: expected at least p50, 50" },
		{ STATE, "\"service\":[10,5.0", "\"service\":[10,50.0",
			SNAP ".state.service.mean" },
		{ STATE, "\"service\":[10", "\"service\":[-10", SNAP ".state.service.count: -10" },
		{ STATE, "\"lag\":[10,", "\"lag\":[", SNAP ".state.lag: " },
		{ SNAPSHOT_LINE, "\"completed\":9", "\"completed\":8",
			SNAP ".completed: 8: expected 9" },
		{ SNAPSHOT_LINE, "\"units\":9", "\"units\":\"9\"", SNAP ".units: \"9\"" },
		{ REPORT, "\"mode\":\"open\"", "\"mode\":\"closed\"",
			"expected the report of the run" },
		{ REPORT, "\"completed\":9", "\"completed\":8",
			"runs[0].completed: 8: expected 9" },
		{ REPORT, "21:02:06", "21:02:07", "expected the report of the run above" },
		{ REPORT, "\"duration_s\":1.5", "\"duration_s\":1.6", "its length" },
		{ REPORT, "\"verdict\":\"valid\"", "\"verdict\":\"degraded\"",
			"runs[0].verdict: \"degraded\": expected reasons" },
	};
#undef INFO
#undef SNAP
	struct bt_store *store = store_open(temp_path("h.db"));

	for (size_t i = 0; i < BT_LEN(cases); i++) {
		const char *parts[N_PARTS];
		char *text = changed(whole_file[cases[i].part], cases[i].from, cases[i].to);
		struct file file;

		memcpy(parts, whole_file, sizeof(parts));
		parts[cases[i].part] = text;
		make_file(&file, parts, 10, NONE, NONE);
		expect_refused(store, &file, "rse", cases[i].words, cases[i].to);
		free_file(&file);
		free(text);
	}
	bt_store_close(store);
}

static void damaged_frames_are_refused(void **state BT_UNUSED)
{
	static const struct {
		enum damage hello, snapshot;
		unsigned latencies;
		const char *words;
	} cases[] = {
		{ CUT, NONE, 10, ":1: expected wire of this type of line" },
		{ LONGER, NONE, 10, ":1: expected wire of this type of line" },
		{ OTHER_KIND, NONE, 10, ":1: expected wire of this type of line" },
		{ HUGE_LENGTH, NONE, 10, ":1: expected wire of this type of line" },
		{ NONE, CUT, 10, ":2: expected wire of this type of line" },
		{ NONE, LONGER, 10, ":2: expected wire of this type of line" },
		{ NONE, OTHER_KIND, 10, ":2: expected wire of this type of line" },
		{ NONE, HUGE_LENGTH, 10, ":2: expected wire of this type of line" },
		{ NONE, NO_NUL, 10, ":2: " },
		{ NONE, HIST_LENGTH, 10, ":2: snapshot: a histogram is cut off" },
		{ NONE, HIST_BYTES, 10, ":2: " },
		{ NONE, NONE, 11, "0 operations offered and 11 latencies: expected at most 10" },
		{ NONE, NONE, UINT32_MAX, "latencies: expected at most 10" },
	};
	struct bt_store *store = store_open(temp_path("h.db"));

	for (size_t i = 0; i < BT_LEN(cases); i++) {
		struct file file;
		char which[20];

		snprintf(which, sizeof(which), "row %zu", i);
		make_file(&file, whole_file, cases[i].latencies, cases[i].hello, cases[i].snapshot);
		expect_refused(store, &file, "rse", cases[i].words, which);
		free_file(&file);
	}
	bt_store_close(store);
}

static void lines_out_of_order_are_refused(void **state BT_UNUSED)
{
	static const struct {
		const char *order, *words;
	} cases[] = {
		{ "se", ":1: a snapshot before any run" },
		{ "e", ":1: a report before any run" },
		{ "rrse", ":2: a run before the report of the one before" },
		{ "rs", ":2: the file ends before the report of its run" },
		{ "r", ":1: the file ends before the report of its run" },
		{ "rsse",
			":3: runs[0].snapshots[1]: it does not follow the one before: that was the "
			"last" },
		{ "rxse", ":2: expected a type" },
		{ "re", ":2: runs[0].offered: 10: expected 0, as the last snapshot has it" },
	};
	struct bt_store *store = store_open(temp_path("h.db"));
	struct file file;

	make_file(&file, whole_file, 10, NONE, NONE);
	for (size_t i = 0; i < BT_LEN(cases); i++)
		expect_refused(store, &file, cases[i].order, cases[i].words, cases[i].order);
	free_file(&file);
	bt_store_close(store);
}

/* The one before has another number, time or total than the rows say. */
static void snapshots_that_do_not_follow_are_refused(void **state BT_UNUSED)
{
	static const struct {
		const char *seq, *t_ns, *span_ns, *total, *words;
	} cases[] = {
		{ "5", "500000000", "500000000", "[5,5,0,0,5]", "expected a greater seq" },
		{ "9", "500000000", "500000000", "[5,5,0,0,5]", "expected a greater seq" },
		{ "4", "1600000000", "500000000", "[5,5,0,0,5]", "expected a later t_ns" },
		{ "4", "700000000", "500000000", "[5,5,0,0,5]", "an interval that begins where" },
		{ "4", "500000000", "500000000", "[11,5,0,0,5]", "no fewer operations offered" },
	};
	struct bt_store *store = store_open(temp_path("h.db"));

	for (size_t i = 0; i < BT_LEN(cases); i++) {
		const char *parts[N_PARTS];
		char text[600], state_text[100];
		struct file first, second;
		char *both, *later;

		memcpy(parts, whole_file, sizeof(parts));
		snprintf(text, sizeof(text),
			"{\"seq\":%s,\"wall_ns\":0,\"t_ns\":%s,\"span_ns\":%s,\"last\":false,"
			"\"interval\":[0,0,0,0,0]}",
			cases[i].seq, cases[i].t_ns, cases[i].span_ns);
		snprintf(state_text, sizeof(state_text), "{\"total\":%s}", cases[i].total);
		parts[SNAPSHOT] = text;
		parts[STATE] = state_text;
		parts[SNAPSHOT_LINE] = "{\"type\":\"snapshot\"}";
		make_file(&first, parts, 0, NONE, NONE);
		later = changed(
			whole_file[SNAPSHOT], "\"span_ns\":1500000000", "\"span_ns\":1000000000");
		memcpy(parts, whole_file, sizeof(parts));
		parts[SNAPSHOT] = later;
		make_file(&second, parts, 10, NONE, NONE);
		both = malloc(strlen(first.snapshot) + strlen(second.snapshot) + 2);
		assert_non_null(both);
		sprintf(both, "%s\n%s", first.snapshot, second.snapshot);
		free(second.snapshot);
		second.snapshot = both;
		expect_refused(store, &second, "rse", cases[i].words, cases[i].words);
		free_file(&first);
		free_file(&second);
		free(later);
	}
	bt_store_close(store);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_sound_file_is_taken_in),
		TEST(the_moment_before_1970_is_known),
		TEST(nonsense_in_a_frame_is_refused_with_its_path),
		TEST(damaged_frames_are_refused),
		TEST(lines_out_of_order_are_refused),
		TEST(snapshots_that_do_not_follow_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
