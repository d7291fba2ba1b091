/*
 * Everything that the program prints of a hostile history, of hostile options, files and servers:
 * no control character, nothing invisible and nothing that turns text around reaches a terminal, a
 * document or standard error. BENCHTOP names the program. The histories are of three kinds: texts
 * that a run may have, a document in which every text is hostile, and columns that hold anything.
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "cm.h"
#include "pty_run.h"
#include "live/metrics.h"
#include "record_store.h"

/* A title, a colour, DEL, a C1 introducer, an override, an isolate, a zero-width space, a mark,
 * SOH, a newline; and markup. */
#define EVIL                                                                                  \
	"\x1b]0;owned\x07\x1b[31m\x7f\xc2\x9b"                                                \
	"1m\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8b\xef\xbb\xbf\x01\n<script>alert(1)</script>\"" \
	"',|`\\"
#define SHORT "\x1b[2J\xc2\x9b\xe2\x80\xae,\"" /* for texts of few bytes */
#define BYTES EVIL "\xff\x9b\xe9"              /* not UTF-8 */

/* ---- what must not be printed ---- */

static const struct {
	uint32_t from, to;
} banned[] = {
	{ 0x00, 0x08 },
	{ 0x0b, 0x0c },
	{ 0x0e, 0x1f },
	{ 0x7f, 0x9f },
	{ 0xad, 0xad },
	{ 0x61c, 0x61c },
	{ 0x200b, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2060, 0x206f },
	{ 0xfeff, 0xfeff },
	{ 0xfff9, 0xfffb },
	{ 0xe0000, 0xe007f },
};

/* Bytes of the character that text begins with; 0: it is none, or banned. Not the program's own
 * reader. */
static size_t printable(const unsigned char *text, size_t n)
{
	size_t len = *text < 0x80 ? 1 : *text >= 0xf0 ? 4 : *text >= 0xe0 ? 3 : 2;
	uint32_t ch = len == 1 ? *text : *text & (0x7fu >> len);

	if (len > n || (*text >= 0x80 && *text < 0xc2) || *text > 0xf4)
		return 0;
	for (size_t i = 1; i < len; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		ch = ch << 6 | (text[i] & 0x3f);
	}
	if (ch == '\r') /* only of a line's end in CSV */
		return n > 1 && text[1] == '\n';
	for (size_t i = 0; i < BT_LEN(banned); i++)
		if (ch >= banned[i].from && ch <= banned[i].to)
			return 0;
	return len;
}

static void assert_printable(const char *what, const char *text, size_t n)
{
	for (size_t i = 0, len; i < n; i += len) {
		len = printable((const unsigned char *)text + i, n - i);
		if (!len)
			fail_msg("%s: byte %02x at %zu, after: %.*s", what, text[i] & 0xff, i,
				(int)BT_MIN(i, 60), text + i - BT_MIN(i, 60));
	}
}

/* ---- running the program ---- */

static char *seen; /* all that was printed */
static size_t n_seen;

/* What a file holds, looked at and remembered. */
static void look_at(const char *what, const char *name)
{
	FILE *in = fopen(temp_path(name), "r");
	size_t room = (size_t)4 << 20, n;

	if (!in)
		return;
	seen = realloc(seen, n_seen + room + 1);
	assert_non_null(seen);
	n = fread(seen + n_seen, 1, room, in);
	assert_in_range(n, 0, room - 1);
	fclose(in);
	assert_printable(what, seen + n_seen, n);
	n_seen += n;
	seen[n_seen] = '\0';
}

/* Carries out a line of sh with $B the program, $E, $L and, for files, $P hostile texts. What it
 * prints, and the files out.*, are looked at. */
static int sh(const char *line)
{
	static const char *const files[] = { "out", "err", "out.json", "out.ndjson", "out.csv",
		"out.html", "out.junit", "out.markdown", "out.hlog" };
	int status;
	pid_t pid;

	for (size_t i = 0; i < BT_LEN(files); i++)
		unlink(temp_path(files[i]));
	fflush(NULL);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		char command[2000];

		snprintf(command, sizeof(command), "{ %s\n} > out 2> err < /dev/null", line);
		if (chdir(temp_path("")) == 0)
			execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	for (size_t i = 0; i < BT_LEN(files); i++)
		look_at(line, files[i]);
	if (!WIFEXITED(status) || WEXITSTATUS(status) > 4)
		fail_msg("%s: ended with %#x", line, (unsigned)status);
	return WEXITSTATUS(status);
}

/* The test looks where it should: texts were printed, in their visible form. */
static void assert_seen(const char *const *marks, size_t n)
{
	unsigned missing = 0;

	for (size_t i = 0; i < n; i++)
		if (!strstr(seen, marks[i])) {
			print_error("nothing printed '%s'\n", marks[i]);
			missing++;
		}
	assert_int_equal(missing, 0);
}

static int set_up(void **state BT_UNUSED)
{
	const char *program = getenv("BENCHTOP");
	static char path[4096];
	char *utf8 = calloc(1, 3001);

	store_set_up(NULL);
	assert_non_null(realpath(program ? program : "./benchtop", path));
	assert_non_null(utf8);
	for (int i = 0; i < 1000; i++)
		strcat(utf8 + 3 * i, "\xe6\x97\xa5");
	setenv("B", path, 1);
	setenv("E", EVIL, 1);
	setenv("L", BYTES, 1);
	setenv("P", SHORT "\xff\x9b\xe9\n", 1);
	setenv("TAG", utf8, 1); /* a valid one of 3,000 bytes */
	setenv("XDG_DATA_HOME", temp_path(""), 1);
	setenv("XDG_STATE_HOME", temp_path(""), 1);
	setenv("XDG_CACHE_HOME", temp_path(""), 1);
	n_seen = 0;
	free(utf8);
	return 0;
}

static int tear_down(void **state)
{
	free(seen);
	seen = NULL;
	return store_tear_down(state);
}

/* ---- hostile histories ---- */

/* A run whose every text is hostile, where a description may have any. */
static struct fake_run *hostile_run(void)
{
	static const struct bt_metric metrics[] = {
		{ .name = "m0" SHORT,
			.unit = "mu" SHORT,
			.kind = BT_COUNTER,
			.merge = BT_SUM,
			.help = "mh" EVIL },
		{ .name = "m1" EVIL,
			.unit = "",
			.kind = BT_COUNTER,
			.merge = BT_SUM,
			.help = EVIL },
		{ .name = "m2" EVIL,
			.unit = "",
			.kind = BT_GAUGE,
			.merge = BT_MAXIMUM,
			.help = EVIL },
		{ .name = "m3" EVIL, .unit = "", .kind = BT_TEXT, .merge = BT_LAST, .help = EVIL },
		{ .name = "m4" EVIL,
			.unit = "",
			.kind = BT_RATIO,
			.merge = BT_SUM,
			.help = EVIL,
			.num = 1 },
		{ .name = "m5" EVIL,
			.unit = "ns",
			.kind = BT_TIMES,
			.merge = BT_SUM,
			.help = EVIL },
	};
	static const char *const classes[] = { "class0" EVIL, "class1" EVIL };
	static const struct bt_setting settings[] = { { "option" EVIL, "value" EVIL, false },
		{ "list" EVIL, "first" EVIL, true }, { "list" EVIL, "path" BYTES, true } };
	static const struct bt_setting tags[] = { { "tag" EVIL, "label" EVIL, false },
		{ "plain", "word" EVIL, false } };
	struct fake_run *run = fake_new(true);

	run->info.workload = "workload" EVIL;
	run->info.summary = "summary" EVIL;
	run->info.unit = "unit" EVIL;
	run->info.profile = "profile" EVIL;
	run->info.host = "host" EVIL;
	run->info.version = "version" EVIL;
	run->info.command_line = "command" EVIL;
	run->info.clock = "clock" EVIL;
	run->info.pacing = "pacing" EVIL;
	run->info.late = "late" EVIL;
	run->info.input = "input" EVIL;
	run->info.commit = "commit" EVIL;
	run->info.watched = "watched" EVIL;
	run->info.kernel_clock = "kernel" EVIL;
	run->info.build_flaw = "flaw" EVIL;
	run->info.metrics = metrics;
	run->info.error_classes = classes;
	run->info.settings = settings;
	run->info.n_settings = BT_LEN(settings);
	run->info.tags = tags;
	run->info.n_tags = BT_LEN(tags);
	return run;
}

static void tick(struct fake_run *run)
{
	struct bt_snapshot *snap = &run->snap;

	fake_tick(run, TICK, 20, 1);
	snprintf(snap->texts[3], sizeof(snap->texts[3]), "text" SHORT);
	snprintf(snap->finding_name, sizeof(snap->finding_name), "found" SHORT);
	snprintf(snap->finding_unit, sizeof(snap->finding_unit), "fu" SHORT);
	snprintf(snap->finding_text, sizeof(snap->finding_text), "finding" EVIL);
	snap->finding_value = 7;
	fake_event(run, BT_EV_NOTE, "event" EVIL);
	fake_event(run, BT_EV_ERROR, "event" BYTES);
	fake_note(run, 0, "note" EVIL);
	fake_note(run, 1, "note" BYTES);
}

static void record(struct bt_store *store)
{
	struct fake_run *run = hostile_run();
	struct bt_recording *rec;
	json_t *environment = json_pack("{ss ss ss s{ss}}", "os", "os" EVIL, "cpu", "cpu" EVIL,
		"kernel", "kernel" EVIL, "libraries", "lib" EVIL, "libversion" EVIL);
	char *text = json_dumps(environment, JSON_COMPACT);

	fake_segment(run, "segment" SHORT, 100, BT_FOREVER)->plan.step = 1;
	assert_int_equal(bt_recording_begin(&rec, store, &run->info, text, NULL), 0);
	for (int i = 0; i < 30; i++) {
		tick(run);
		record_put_well(rec, run);
	}
	fake_last(run);
	record_put_well(rec, run);
	record_end(rec);
	fake_free(run);
	free(text);
	json_decref(environment);
}

/* Every text in a document, and every name of its free ones, becomes hostile; a mark tells which it
 * was. */
static json_t *poisoned(const json_t *value, const char *key)
{
	char text[600];
	json_t *out, *inner;
	const char *name;
	size_t i;

	if (json_is_string(value)) {
		snprintf(text, sizeof(text), "doc-%.40s%s", key, EVIL);
		return json_string(text);
	}
	out = json_is_object(value)    ? json_object()
		: json_is_array(value) ? json_array()
				       : json_deep_copy(value);
	json_array_foreach((json_t *)value, i, inner)
		json_array_append_new(out, poisoned(inner, key));
	json_object_foreach((json_t *)value, name, inner)
		json_object_set_new(out, name, poisoned(inner, name));
	return out;
}

/* Runs the statement, whose first column is a document and whose second the row, and puts what
 * poisoned makes of it back. */
static void poison(struct bt_store *store, const char *table, const char *column, const char *more)
{
	sqlite3_stmt *get, *put;
	char sql[300];

	snprintf(sql, sizeof(sql), "SELECT %s, rowid FROM %s", column, table);
	assert_int_equal(sqlite3_prepare_v2(store->db, sql, -1, &get, NULL), SQLITE_OK);
	snprintf(sql, sizeof(sql), "UPDATE %s SET %s = ?1 WHERE rowid = ?2", table, column);
	assert_int_equal(sqlite3_prepare_v2(store->db, sql, -1, &put, NULL), SQLITE_OK);
	while (sqlite3_step(get) == SQLITE_ROW) {
		json_t *value = json_loads((const char *)sqlite3_column_text(get, 0), 0, NULL);
		json_t *extra = more ? json_loads(more, 0, NULL) : NULL, *bad;
		char *text;

		assert_non_null(value);
		if (extra)
			json_object_update(value, extra);
		bad = poisoned(value, column);
		text = json_dumps(bad, JSON_COMPACT);
		sqlite3_bind_text(put, 1, text, -1, SQLITE_TRANSIENT);
		sqlite3_bind_int64(put, 2, sqlite3_column_int64(get, 1));
		assert_int_equal(sqlite3_step(put), SQLITE_DONE);
		sqlite3_reset(put);
		free(text);
		json_decref(value);
		json_decref(extra);
		json_decref(bad);
	}
	sqlite3_finalize(get);
	sqlite3_finalize(put);
}

static void poison_all(const char *name)
{
	/* What this run has not: thresholds, reasons, steps, something watched, a leak. */
	static const char more[] =
		"{\"thresholds\":[{\"text\":\"t\",\"name\":\"n\",\"op\":\"<\",\"limit\":1,\"unit\":"
		"\"u\","
		"\"value\":2,\"verdict\":\"crossed\",\"abort\":true}],\"reasons\":[\"r\",\"s\"],"
		"\"steps\":[{\"step\":1,\"rate\":5,\"offered\":9,\"completed\":9,\"throughput\":9,"
		"\"p50_ns\":1,\"p95_ns\":2,\"p99_ns\":3,\"error_rate\":0,\"outcome\":\"broke\","
		"\"reason\":\"w\"}],\"watched\":{\"name\":\"w\",\"processes\":1,\"rss_bytes\":9,"
		"\"rss_peak_bytes\":9,\"cpu_seconds\":1},\"leak\":{\"verdict\":\"leak\",\"slope_"
		"mib_per_h\":"
		"1,\"low_mib_per_h\":1,\"high_mib_per_h\":2,\"span_s\":99}}";
	struct bt_store *store = store_open(temp_path(name));

	poison(store, "detail", "report", more);
	poison(store, "detail", "description", NULL);
	poison(store, "detail", "environment", NULL);
	poison(store, "segment", "record", NULL);
	poison(store, "sample", "state", NULL);
	bt_store_close(store);
}

/* Columns that hold anything at all: what the program wrote never looks so. */
static void scribble(const char *name)
{
	static const char *const columns[] = { "run.workload", "run.profile", "run.tags",
		"run.host", "run.boot_id", "run.ending", "run.verdict", "run.finding",
		"run.commit_id", "event.kind", "event.text", "note.text", "segment.record",
		"detail.report" };
	struct bt_store *store = store_open(temp_path(name));
	sqlite3_stmt *stmt;
	char sql[200];

	for (size_t i = 0; i < BT_LEN(columns); i++) {
		const char *dot = strchr(columns[i], '.');

		snprintf(sql, sizeof(sql), "UPDATE %.*s SET %s = '%s' || CAST(?1 AS TEXT)",
			(int)(dot - columns[i]), columns[i], dot + 1, columns[i]);
		assert_int_equal(sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL), SQLITE_OK);
		sqlite3_bind_blob(stmt, 1, BYTES, sizeof(BYTES) - 1, SQLITE_STATIC);
		assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
		sqlite3_finalize(stmt);
	}
	bt_store_close(store);
}

static void make(const char *name)
{
	struct bt_store *store = store_open(temp_path(name));

	record(store);
	record(store);
	record(store);
	bt_store_close(store);
}

/* Each command that prints something of a history, h.db. */
static void print_all(void)
{
	static const char *const lines[] = {
		"\"$B\" history --db h.db",
		"\"$B\" history --json --db h.db",
		"\"$B\" history --filter \"tag:word\" --db h.db",
		"\"$B\" show 1 --db h.db",
		"\"$B\" show 2 --json --db h.db",
		"\"$B\" compare 1 2 --db h.db",
		"\"$B\" compare 1 2 --json --db h.db",
		"\"$B\" compare 1,2 3 --db h.db",
		"\"$B\" compare \"plain=word$E\" 3 --db h.db",
		"\"$B\" baseline set b 1 2 --unsound --db h.db",
		"\"$B\" baseline set w 1 --from 1s --to 2s --unsound --db h.db",
		"\"$B\" baseline list --db h.db",
		"\"$B\" baseline list --json --db h.db",
		"\"$B\" baseline show b --db h.db",
		"\"$B\" baseline show b --json --db h.db",
		"\"$B\" baseline export b out.json --db h.db",
		"\"$B\" baseline export b - --plain --db h.db",
		/* NOLINTNEXTLINE(bugprone-suspicious-missing-comma): one command */
		"\"$B\" baseline export b kept.json --db h.db; \"$B\" baseline import kept.json "
		"other --db h.db",
		"\"$B\" check --baseline b --db h.db",
		"\"$B\" check --baseline kept.json --json --db h.db",
		"for f in json ndjson csv hgrm hlog junit markdown benchstat html; do"
		" \"$B\" export 1 --format $f --db h.db; done",
		"\"$B\" export 1 2 3 --format markdown --db h.db",
		"\"$B\" export 1 --format html -o out.html --db h.db",
		"\"$B\" export 1 2 -o kept.json --db h.db; \"$B\" import kept.json --db i.db; "
		"\"$B\" history --db i.db; \"$B\" show last --db i.db",
		"\"$B\" export 1 --format ndjson -o kept.ndjson --db h.db; \"$B\" import "
		"kept.ndjson --db j.db;"
		" \"$B\" history --db j.db; \"$B\" export last --format csv --db j.db",
		"\"$B\" db info --db h.db",
		"\"$B\" db check --db h.db",
		"\"$B\" db prune --older-than 1d --dry-run --db h.db",
		"\"$B\" attach 1 --db h.db",
		"\"$B\" replay 1 --db h.db",
	};

	for (size_t i = 0; i < BT_LEN(lines); i++)
		sh(lines[i]);
}

static void texts_of_runs_command_nothing(void **state BT_UNUSED)
{
	static const char *const marks[] = { "workload\\x1b", "profile\\x1b", "host\\u001B",
		"version\\u001B", "commit\\u001B", "command\\u001B", "command\\x1b",
		"option\\u001B", "value\\u001B", "tag\\u001B", "word\\u001B", "option\\x1b",
		"cpu\\u001B", "lib\\u001B", "class0\\u001B", "class0\\x1b", "note\\x1b",
		"note\\u001B", "event\\u001B", "m0\\x1b", "m3\\u001B", "text\\u001B",
		"finding\\x1b", "finding\\u001B", "segment\\u001B", "found\\x1b",
		",\"metric_m1\\x1b]0;owned" };

	make("h.db");
	print_all();
	assert_seen(marks, BT_LEN(marks));
}

static void documents_command_nothing(void **state BT_UNUSED)
{
	static const char *const marks[] = { "doc-verdict\\x1b", "doc-status\\x1b",
		"doc-reasons\\x1b", "doc-mode\\x1b", "doc-text\\x1b", "doc-workload\\x1b",
		"doc-reason\\x1b", "doc-outcome\\u001B", "doc-name\\x1b", "doc-text\\\\x1b",
		"doc-workload\\\\x1b" };

	make("h.db");
	poison_all("h.db");
	print_all();
	assert_seen(marks, BT_LEN(marks));
}

static void columns_command_nothing(void **state BT_UNUSED)
{
	static const char *const marks[] = { "run.workload\\x1b", "run.profile\\x1b",
		"run.verdict\\x1b", "run.finding\\x1b", "run 1: its report cannot be read",
		"run.host\\u001B", "run.tags\\u001B" };

	static const char *const unread[] = { "\"$B\" show 1 --db h.db",
		"\"$B\" show 1 --json --db h.db", "\"$B\" compare 1 2 --db h.db",
		"\"$B\" baseline set c 1 --unsound --db h.db",
		"\"$B\" export 1 --format html --db h.db" };

	make("h.db");
	sh("\"$B\" baseline set b 1 2 --unsound --db h.db");
	scribble("h.db");
	print_all();
	for (size_t i = 0; i < BT_LEN(unread); i++)
		assert_int_equal(sh(unread[i]), 3);
	assert_null(strstr(seen, "out of memory"));
	assert_seen(marks, BT_LEN(marks));
}

/* ---- documents stay documents ---- */

/* What a command prints; to be freed. */
static char *printed(const char *line)
{
	size_t was = n_seen;

	sh(line);
	return strdup(seen + was);
}

/* Fields of a line of CSV, *at moved to the next line. */
static unsigned fields(const char **at)
{
	bool quoted = false;
	unsigned n = 1;

	for (; **at && (quoted || **at != '\n'); ++*at) {
		quoted ^= **at == '"';
		n += !quoted && **at == ',';
	}
	*at += **at == '\n';
	return n;
}

static void documents_stay_whole(void **state BT_UNUSED)
{
	static const char *const json[] = { "history --json", "show 1 --json", "compare 1 2 --json",
		"baseline show b --json", "baseline list --json", "export 1", "export 1 2 3" };
	static const char *const markup[] = { "html", "junit", "markdown" };
	char line[200], *text;
	const char *at;
	unsigned n;

	make("h.db");
	sh("\"$B\" baseline set b 1 2 --unsound --db h.db");
	for (size_t i = 0; i < 2 * BT_LEN(json); i++) {
		if (i == BT_LEN(json))
			poison_all("h.db");
		snprintf(line, sizeof(line), "\"$B\" %s --db h.db 2> rest", json[i % BT_LEN(json)]);
		text = printed(line);
		json_t *value = json_loads(text, 0, NULL);
		if (!value)
			fail_msg("%s: no JSON", line);
		json_decref(value);
		free(text);
	}
	for (size_t i = 0; i < BT_LEN(markup); i++) {
		snprintf(line, sizeof(line), "\"$B\" export 1 --format %s --db h.db", markup[i]);
		text = printed(line);
		assert_null(strstr(text, "<script"));
		assert_non_null(strstr(text, "&lt;script&gt;"));
		free(text);
	}
	at = text = printed("\"$B\" export 1 --format csv --db h.db");
	n = fields(&at);
	assert_int_equal(n, 24 + 6); /* each metric has a column */
	while (*at)
		assert_int_equal(fields(&at), n);
	free(text);
}

/* ---- the dashboard ---- */

static void write_file(const char *name, const char *bytes)
{
	FILE *out = fopen(temp_path(name), "w");

	assert_non_null(out);
	assert_true(fputs(bytes, out) >= 0);
	assert_int_equal(fclose(out), 0);
}

static void type(struct pty_run *run, const char *key)
{
	const char *text;

	pty_type(run, key);
	while (pty_pump(run, 50))
		;
	text = pty_text(run);
	assert_printable(key, text, strlen(text));
}

/* A sequence that the terminal of the test does not know fails it; what is on the screen is looked
 * at after each key. */
static void the_dashboard_shows_texts_as_they_look(void **state BT_UNUSED)
{
	static const char *const keys[] = { "j", "\r", "e", "x", "z", "v", "e", "?", "\033", "\t",
		"\033", "g", "\033", "m", "j", "m", "c", "\033", "t", "\033", "/tag:word", "\033",
		"\r", "d", "\033", "y", "\033" };

	make("h.db");
	make("p.db");
	poison_all("p.db");
	for (size_t i = 0; i < 4; i++) {
		char db[600];
		const char *const history[] = { getenv("B"), "--db", db, NULL };
		const char *const replay[] = { getenv("B"), "replay", "1", "--db", db, NULL };
		struct pty_run *run;

		snprintf(db, sizeof(db), "%s", temp_path(i < 2 ? "h.db" : "p.db"));
		run = pty_start(300, 60, i % 2 ? replay : history, NULL);
		pty_await(run, "?]0;owned?");
		for (size_t k = 0; k < BT_LEN(keys) && pty_goes_on(run); k++)
			type(run, keys[k]);
		pty_free(run);
	}
}

/* The launch view remembers any text; the run or suite that it starts has its command line on the
 * terminal first. */
static void the_launch_view_shows_texts_as_they_look(void **state BT_UNUSED)
{
	char db[600];
	const char *const argv[] = { getenv("B"), "--db", db, NULL };
	struct pty_run *run;

	snprintf(db, sizeof(db), "%s", temp_path("l.db"));
	setenv("XDG_STATE_HOME", temp_path("state" SHORT), 1);
	sh("mkdir -p \"$XDG_STATE_HOME/benchtop\"; \"$B\" run null --ops 1 --db l.db");
	write_file("state" SHORT "/benchtop/launch.ini",
		"[launch" SHORT "]\nworkload = null\nprofile = load\nops = 5\n"
		"tag := \"k=\\x1b]0;owned\\x07\\u202e\\u009b\"\ntag = t=" SHORT "\n");
	run = pty_start(200, 50, argv, NULL);
	pty_await(run, "1 run");
	type(run, "n");
	pty_await(run, "owned");
	type(run, "s");
	pty_await(run, "done");
	type(run, "q");
	pty_await(run, "2 runs");
	type(run, "n");
	type(run, "S");
	pty_await(run, "Enter: back to the dashboard");
	pty_await(run, "suite ");
	type(run, "");
	pty_await(run, "state\\x1b[2J");
	pty_free(run);
}

/* ---- hostile options and files ---- */

/* What the program quotes of its own command line, its environment and the files that it is
 * given. */
static void options_and_files_command_nothing(void **state BT_UNUSED)
{
	static const char *const lines[] = {
		"\"$B\" \"bad$E\"",
		"\"$B\" --bad\"$E\"",
		"\"$B\" history \"--bad$E\"; \"$B\" history \"word$L\"; \"$B\" history --filter "
		"\"tag='x$E\"",
		"\"$B\" history --limit \"1$E\"; \"$B\" history --filter \"p99>x$E\"; \"$B\" "
		"history --db \"no$L\"",
		"\"$B\" show \"1$E\"; \"$B\" show 1 --db \"no$L\"; \"$B\" attach \"1$E\"; \"$B\" "
		"replay \"1$E\"",
		"\"$B\" list \"bad$E\"; \"$B\" completion \"bad$E\"; \"$B\" doctor \"bad$E\"",
		"\"$B\" compare \"x$E=1\" 2; \"$B\" baseline \"bad$E\"; \"$B\" baseline show "
		"\"bad$E\"",
		"\"$B\" baseline set \"bad$E\" 1; \"$B\" db \"bad$E\"; \"$B\" db info --db "
		"\"no$L\"",
		"\"$B\" export \"1$E\"; \"$B\" export 1 --format \"f$E\"; \"$B\" export 1 -o "
		"\"no$L/x\"",
		"\"$B\" generate \"bad$E\"; \"$B\" generate transactions --output \"no$L/x\"",
		"\"$B\" check --baseline \"bad$L\"; \"$B\" check --baseline \"bad$L.json\"",
		"\"$B\" ab \"bad$E\" \"null --x$E\"; \"$B\" ab 'null --x' \"null '\"",
		"\"$B\" run \"bad$E\"; \"$B\" run null \"--bad$E\"; \"$B\" run null --ops \"1$E\"; "
		"\"$B\" run null \"x$E\"",
		"\"$B\" run null --profile \"bad$E\"; \"$B\" run null --threshold \"p99<$E\"",
		"\"$B\" run null --threshold \"bad$E<1\"; \"$B\" run null --tag \"bad$E\"; \"$B\" "
		"run null --tag \"k=$L\"",
		"\"$B\" run null --out \"csv$E:x\"; \"$B\" run null --out \"csv:no$L/x\"; \"$B\" "
		"run null --listen \"x$E\"",
		"\"$B\" run null --ops 1 --push \"http://x$E/\"; \"$B\" run null --watch-name "
		"\"bad$E\" --ops 1",
		"\"$B\" run http.request --url \"http://127.0.0.1:1/$E\" --ops 1",
		"\"$B\" run http.request --url http://127.0.0.1:1/ --header \"X: $E\" --ops 1",
		"\"$B\" run http.request --url http://127.0.0.1:1/ --header-file \"no$L\" --ops 1",
		"\"$B\" run http.request --url http://127.0.0.1:1/ --header-file junk --ops 1",
		"\"$B\" run http.request --url http://127.0.0.1:1/ --bearer-file junk --ops 1",
		"\"$B\" run bitcoin.rpc --target http://127.0.0.1:1/ --cookie-file junk --ops 1",
		"\"$B\" run bitcoin.rpc --target http://127.0.0.1:1/ --calls \"x$E=1\" --ops 1",
		"\"$B\" run bitcoin.block --blocks junk; \"$B\" run bitcoin.block --blocks "
		"\"no$L\"",
		"\"$B\" run bitcoin.tx-validate --corpus junk; \"$B\" run bitcoin.tx-validate "
		"--corpus \"no$L\"",
		"\"$B\" run bitcoin.tx-validate --mix \"x$E=1\"; \"$B\" run bitcoin.broadcast "
		"--tx-file junk",
		"\"$B\" run web5.did-resolve --did-file junk --ops 1; \"$B\" run web5.did-resolve "
		"--did-file \"no$L\"",
		"\"$B\" run ml.infer --model junk --ops 1; \"$B\" run ml.infer --model \"no$L\" "
		"--ops 1",
		"\"$B\" run ml.infer --model json --ops 1; \"$B\" run ml.infer --input junk --ops "
		"1",
		"\"$B\" import junk; \"$B\" import \"no$L\"; \"$B\" import json; \"$B\" import "
		"keys; \"$B\" import ndjson",
		"\"$B\" baseline import junk; \"$B\" baseline import json; \"$B\" baseline import "
		"\"no$L\"",
		"\"$B\" suite junk; \"$B\" suite \"no$L\"; \"$B\" suite value.ini; \"$B\" suite "
		"key.ini; \"$B\" suite name.ini",
		"cp junk \"name$P\"; \"$B\" import \"name$P\"; \"$B\" suite \"name$P\"; \"$B\" "
		"history --db \"name$P\"",
		"XDG_DATA_HOME=\"$PWD/no$L\" \"$B\" show 1; XDG_CONFIG_HOME=\"no$L\" \"$B\" "
		"history",
		"\"$B\" run null --ops 1 --db \"made$P\" --json; \"$B\" history --db \"made$P\"; "
		"\"$B\" db info --db \"made$P\"",
		/* Valid texts that are kept, and shown. */
		"\"$B\" run null --ops 5 --no-tui --tag \"tag=$E\" --tag \"long=$TAG\" --db h.db; "
		"\"$B\" show last --db h.db",
		"\"$B\" run null --ops 5 --json --tag \"tag=$E\" --out json:out.json --out "
		"csv:out.csv --out html:out.html "
		"--out ndjson:out.ndjson --out junit:out.junit --out markdown:out.markdown --out "
		"hlog:out.hlog --db h.db",
		"\"$B\" run null --ops 5 --repeat 2 --tag \"tag=$E\" --db h.db; \"$B\" compare "
		"\"tag='$E'\" last --db h.db",
		"\"$B\" history --json --db h.db; \"$B\" history --filter \"tag:owned\" --db h.db",
		"\"$B\" suite good.ini --db h.db; \"$B\" suite good.ini --list; \"$B\" suite "
		"good.ini --json --db h.db",
		"\"$B\" suite good.ini --junit out.junit --markdown out.markdown --db h.db",
		"\"$B\" suite good.ini --only \"bad$E\" --db h.db; \"$B\" history --db h.db",
		"cp file \"did$P\"; \"$B\" run web5.did-resolve --did-file \"did$P\" --ops 2 "
		"--no-tui --db h.db",
		"\"$B\" show last --db h.db; \"$B\" show last --json --db h.db; \"$B\" baseline "
		"set p last --unsound --db h.db",
		"\"$B\" baseline show p --db h.db; for f in json ndjson markdown benchstat html; do"
		" \"$B\" export last --format $f --db h.db; done",
	};
	static const char *const marks[] = { "'bad\\x1b", "no\\x1b", "\\xff\\x9b\\xe9", "x\\x1b",
		"junk: begins with", "junk:1: ", "section\\x1b", "section\\u001B", "section\\\\x1b",
		"did\\x1b" };

	sh("\"$B\" run null --ops 1"); /* the usual history */
	write_file("junk", "PNG\x01" BYTES "\nX-" BYTES ": " BYTES "\n");
	write_file("json", "{\"name\x1b]0;x\x07\":\n \"" SHORT "\"}");
	write_file("keys", "{\"\\u001b[31mkey\\u202e\":1,\"\\u001b[31mkey\\u202e\":2}");
	write_file("ndjson",
		"{\"type\":\"run\\u001b\",\"report\":{}}\n{\"type\":\"report\",\"report\":{"
		"\"workload\":\"\\u001b\","
		"\"started\":\"\\u001b[31m\\u202e\",\"completed\":\"\\u009b\"}}\n");
	write_file("value.ini", "[a]\nworkload = null\nops = 5" SHORT "\n");
	write_file("key.ini", "[a]\nworkload = null\no" SHORT " = 5\n");
	write_file("name.ini", "[na\xe9me" SHORT "]\nworkload = null\nops = 5\n");
	write_file("good.ini",
		"[section" SHORT "]\nworkload = null\nops = 5\nthreshold = completed>9\n"
		"[two" SHORT "]\nworkload = http.request\nurl = http://127.0.0.1:1/\nops = 1\n");
	write_file("file", "did:key:z6MkiTBz1ymuepAQ4HEHYSF1H8quG5GLVVQR3djdX3mDooWp\n");
	for (size_t i = 0; i < BT_LEN(lines); i++)
		sh(lines[i]);
	assert_seen(marks, BT_LEN(marks));
}

/* Text that cannot be kept whole: one line, and nothing is run or kept. */
static void what_is_no_text_is_refused_in_one_line(void **state BT_UNUSED)
{
	static const struct {
		const char *line, *words;
		int status;
	} cases[] = {
		{ "\"$B\" run null --ops 1 --tag \"k=caf$(printf '\\351')\"",
			"benchtop: --tag: 'k=caf\\xe9': expected UTF-8 text\n", 2 },
		{ "\"$B\" run null --ops 1 --tag \"caf$(printf '\\351')=v\"",
			"benchtop: --tag: 'caf\\xe9=v': expected UTF-8 text\n", 2 },
		{ "\"$B\" suite name.ini",
			"benchtop: name.ini:1: section 'caf\\xe9': expected UTF-8 text\n", 2 },
		{ "\"$B\" suite value.ini",
			"benchtop: value.ini:3: tag: 'k=caf\\xe9': expected UTF-8 text\n", 2 },
		{ "cp good.ini \"caf$(printf '\\351').ini\"; \"$B\" suite \"caf$(printf "
		  "'\\351').ini\"",
			"benchtop: caf\\xe9.ini: expected a name in UTF-8: it becomes the tag "
			"suite\n",
			2 },
		{ "\"$B\" import nul.json",
			"benchtop: nul.json:2: runs[0].tags.k: \"a\\u0000b\": expected a text "
			"without \\u0000\n",
			3 },
		{ "\"$B\" baseline import nul.json",
			"benchtop: nul.json: baseline.tags.k: \"a\\u0000b\": expected a text "
			"without \\u0000\n",
			2 },
		{ "\"$B\" check --baseline nul.json",
			"benchtop: nul.json: baseline.tags.k: \"a\\u0000b\": expected a text "
			"without \\u0000\n",
			2 },
		{ "\"$B\" import latin.json",
			"benchtop: latin.json:1: expected an object of JSON: ", 3 },
	};

	write_file("name.ini", "[caf\xe9]\nworkload = null\nops = 5\n");
	write_file("value.ini", "[a]\nworkload = null\ntag = k=caf\xe9\nops = 5\n");
	write_file("good.ini", "[a]\nworkload = null\nops = 5\n");
	write_file("nul.json", "\n{\"tags\":{\"k\":\"a\\u0000b\"}}\n");
	write_file("latin.json", "{\"k\":\"caf\xe9\"}\n");
	for (size_t i = 0; i < BT_LEN(cases); i++) {
		size_t was = n_seen;
		int status = sh(cases[i].line);

		if (status != cases[i].status || !strstr(seen + was, cases[i].words) ||
			strchr(seen + was, '\n') != seen + n_seen - 1)
			fail_msg("%s: %d, %s", cases[i].line, status, seen + was);
	}
	assert_int_equal(sh("\"$B\" history 2> rest"), 0);
	assert_non_null(strstr(seen, "No runs yet"));
}

/* ---- hostile servers ---- */

struct server {
	int fd, port;
	_Atomic bool over;
	pthread_t thread;
};

/* The number of a JSON-RPC call. */
static long id_of(const char *request)
{
	const char *at = strstr(request, "\"id\":");

	return at ? strtol(at + 5, NULL, 10) : 0;
}

static void reply(int fd, const char *request)
{
	static const char text[] =
		"\\u001b]0;owned\\u0007\\u001b[31m\\u007f\\u009b\\u202e\\u200b<script>\\n\\r\\t'&";
	char body[1000], head[300];
	const char *status = strstr(request, "/ok") ? "200 O\x1b[31mK" : "500 Bad\x1b[31m\xc2\x9b";
	int n;

	if (strncmp(request, "POST", 4) == 0 && !strstr(request, "/ok"))
		n = snprintf(body, sizeof(body),
			"{\"result\":null,\"error\":{\"code\":-1,\"message\":\"server%s\"},\"id\":%"
			"ld}",
			text, id_of(request));
	else
		n = snprintf(body, sizeof(body), "body%s", BYTES);
	snprintf(head, sizeof(head),
		"HTTP/1.1 %s\r\nServer: x\x1b[31m\r\nContent-Length: %d\r\nConnection: "
		"close\r\n\r\n",
		status, n);
	if (send(fd, head, strlen(head), MSG_NOSIGNAL) > 0)
		(void)!send(fd, body, (size_t)n, MSG_NOSIGNAL);
}

/* One request a connection; what comes at once is all of it. */
static void *serve(void *arg)
{
	struct server *s = arg;

	while (!s->over) {
		struct pollfd p = { s->fd, POLLIN, 0 };
		char request[65536];
		size_t n = 0;
		ssize_t got = 1;
		int fd = poll(&p, 1, 50) > 0 ? accept(s->fd, NULL, NULL) : -1;

		if (fd < 0)
			continue;
		p.fd = fd;
		while (got > 0 && n < sizeof(request) - 1 && poll(&p, 1, n ? 30 : 3000) > 0) {
			got = recv(fd, request + n, sizeof(request) - 1 - n, 0);
			n += got > 0 ? (size_t)got : 0;
		}
		request[n] = '\0';
		if (n)
			reply(fd, request);
		close(fd);
	}
	return NULL;
}

static void server_open(struct server *s)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t len = sizeof(at);

	s->over = false;
	s->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(s->fd >= 0 && bind(s->fd, (struct sockaddr *)&at, len) == 0);
	assert_int_equal(listen(s->fd, 64), 0);
	assert_int_equal(getsockname(s->fd, (struct sockaddr *)&at, &len), 0);
	s->port = ntohs(at.sin_port);
	assert_int_equal(pthread_create(&s->thread, NULL, serve, s), 0);
}

static void server_close(struct server *s)
{
	s->over = true;
	pthread_join(s->thread, NULL);
	close(s->fd);
}

static void servers_command_nothing(void **state BT_UNUSED)
{
	static const char *const lines[] = {
		"\"$B\" run bitcoin.rpc --target $U/ --ops 3 --no-tui --db h.db",
		"\"$B\" run bitcoin.rpc --target $U/ --ops 3 --json --db h.db",
		"\"$B\" run bitcoin.rpc --target $U/ok --ops 3 --db h.db",
		"\"$B\" run bitcoin.broadcast --target $U/ --ops 1 --db h.db",
		"\"$B\" run bitcoin.block --node $U/ --ops 1 --db h.db",
		"\"$B\" run web5.dwn-write --target $U/ --messages 1 --ops 1 --db h.db",
		"\"$B\" run web5.did-resolve --resolver $U/ --did-file file --ops 1 --db h.db",
		"\"$B\" run http.request --url $U/ --ops 2 --db h.db",
		"\"$B\" run http.request --url $U/ok --expect-body x --ops 2 --db h.db",
		"\"$B\" run http.request --url $U/ok --expect-body \"x$E\" --ops 2 --json --db "
		"h.db",
		"\"$B\" run ml.serve --target $U/ --model-name m --ops 1 --db h.db",
		"\"$B\" run null --ops 1 --push $U --db h.db",
		"\"$B\" suite s.ini --db h.db; \"$B\" suite s.ini --json --junit out.junit --db "
		"h.db",
		"for i in 1 2 3; do \"$B\" show $i --db h.db; \"$B\" export $i --format html --db "
		"h.db; done",
		"\"$B\" run bitcoin.rpc --target $U/ --rate 20 --duration 1h --tag \"tag=$E\" "
		"--detach --db h.db && "
		"\"$B\" attach last --stop --status-interval 100ms --db h.db",
	};
	static const char *const marks[] = { "server\\x1b]0;owned", "server\\\\x1b]0;owned" };
	struct server s;
	char url[64], suite[200];

	server_open(&s);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d", s.port);
	snprintf(suite, sizeof(suite), "[a]\nworkload = bitcoin.rpc\ntarget = %s/\nops = 2\n", url);
	write_file("s.ini", suite);
	write_file("file", "did:web:example.com\n");
	setenv("U", url, 1);
	for (size_t i = 0; i < BT_LEN(lines); i++)
		sh(lines[i]);
	assert_seen(marks, BT_LEN(marks));
	server_close(&s);
}

/* ---- metrics ---- */

/* Past "name", by the grammar of both formats; NULL: it is none. */
static const char *past_name(const char *at)
{
	size_t n = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_:0123456789");

	return n && (*at < '0' || *at > '9') ? at + n : NULL;
}

/* Past '"value"'. */
static const char *past_value(const char *at)
{
	if (*at++ != '"')
		return NULL;
	for (; *at && *at != '"' && *at != '\n'; at++)
		if (*at == '\\' && !strchr("\\\"n", *++at))
			return NULL;
	return *at == '"' ? at + 1 : NULL;
}

static bool is_sample(const char *at)
{
	char *end;

	at = past_name(at);
	if (at && *at == '{') {
		do {
			at = past_name(at + 1);
			at = at && *at == '=' ? past_value(at + 1) : NULL;
		} while (at && *at == ',');
		at = at && *at == '}' ? at + 1 : NULL;
	}
	if (!at || *at != ' ')
		return false;
	strtod(at + 1, &end);
	return end > at + 1 && *end == '\n';
}

static void assert_exposition(const char *text)
{
	assert_printable("metrics", text, strlen(text));
	for (const char *at = text; *at; at = strchr(at, '\n') + 1) {
		if (!strchr(at, '\n') || (*at != '#' && !is_sample(at)))
			fail_msg("no sample: %.*s", (int)strcspn(at, "\n"), at);
	}
}

/* Labels of any length, and names that are none. */
static void metrics_of_any_text_are_valid(void **state BT_UNUSED)
{
	struct fake_run *run = hostile_run();
	struct bt_metrics *metrics;
	struct bt_tally tally;
	char *huge = calloc(1, 20001), *text;

	for (int i = 0; i < 2000; i++)
		strcat(huge + 10 * i, "\\\"\n\xe6\x97\xa5\xff\x1bxy");
	run->info.workload = huge;
	fake_segment(run, "segment" SHORT, 100, BT_FOREVER);
	assert_int_equal(bt_metrics_open(&metrics, &run->info, NULL), 0);
	assert_int_equal(bt_tally_init(&tally, &run->info, NULL), 0);
	tick(run);
	bt_metrics_put(metrics, &run->snap);
	bt_tally_put(&tally, &run->snap);
	for (enum bt_exposition_format f = BT_PROMETHEUS_TEXT; f <= BT_OPENMETRICS; f++) {
		text = bt_metrics_text(metrics, &tally, f, "ended");
		assert_non_null(text);
		assert_exposition(text);
		assert_non_null(strstr(text, "text=\"text\\\\x1b[2J"));
		free(text);
	}
	bt_tally_fini(&tally);
	bt_metrics_close(metrics);
	free(huge);
	fake_free(run);
}

/* The last number behind some words in a file; -1: they are not there. */
static int number_behind(const char *name, const char *words)
{
	char text[65536] = "", *at = text, *found = NULL;
	FILE *in = fopen(temp_path(name), "r");

	if (in)
		text[fread(text, 1, sizeof(text) - 1, in)] = '\0';
	if (in)
		fclose(in);
	while ((at = strstr(at, words)) != NULL)
		found = at += strlen(words);
	return found ? atoi(found) : -1;
}

static char *scraped(int port)
{
	static const char request[] =
		"GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	size_t room = 1 << 20, n = 0;
	char *text = calloc(1, room);
	ssize_t got;

	assert_non_null(text);
	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_true(send(fd, request, strlen(request), MSG_NOSIGNAL) > 0);
	while (n + 1 < room && (got = recv(fd, text + n, room - 1 - n, 0)) > 0)
		n += (size_t)got;
	close(fd);
	return text;
}

/* A live run and a suite with valid tags and names of 3,000 bytes. */
static void scrapes_with_long_tags_are_valid(void **state BT_UNUSED)
{
	static const char *const lines[] = {
		"exec \"$B\" run sim --rate 100 --duration 1h --service 1ms --error-rate 10% --tag "
		"\"long=$TAG\" --tag \"k=$E\" "
		"--threshold 'p99<1ms' --listen 0 --no-tui --db h.db",
		"printf '[%s]\\nworkload = null\\nduration = 1h\\ntag = k=%s\\n' \"$TAG\" \"$TAG\" "
		"> l.ini;"
		" exec \"$B\" suite l.ini --listen 0 --db h.db",
	};

	for (size_t i = 0; i < BT_LEN(lines); i++) {
		const struct timespec pause = { 0, 50000000 };
		char command[1000], *text, *body;
		int port = -1, status;
		pid_t pid;

		snprintf(command, sizeof(command), "cd '%s'; { %s\n} > out 2> err < /dev/null",
			temp_path(""), lines[i]);
		unlink(temp_path("out"));
		unlink(temp_path("err"));
		fflush(NULL);
		pid = fork();
		assert_true(pid >= 0);
		if (pid == 0) {
			execl("/bin/sh", "sh", "-c", command, (char *)NULL);
			_exit(127);
		}
		for (int tries = 0; tries < 600 && port < 0; tries++) {
			nanosleep(&pause, NULL);
			port = number_behind("err", "metrics: http://127.0.0.1:");
		}
		assert_true(port > 0);
		do {
			text = scraped(port);
			body = strstr(text, "\r\n\r\n");
			assert_non_null(body);
			nanosleep(&pause, NULL);
		} while (!strstr(body, "benchtop_run_info") && (free(text), true));
		assert_exposition(body + 4);
		free(text);
		kill(pid, SIGINT);
		assert_int_equal(waitpid(pid, &status, 0), pid);
		look_at(lines[i], "out");
		look_at(lines[i], "err");
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(texts_of_runs_command_nothing),
		TEST(documents_command_nothing),
		TEST(columns_command_nothing),
		TEST(documents_stay_whole),
		TEST(the_dashboard_shows_texts_as_they_look),
		TEST(the_launch_view_shows_texts_as_they_look),
		TEST(options_and_files_command_nothing),
		TEST(what_is_no_text_is_refused_in_one_line),
		TEST(servers_command_nothing),
		TEST(metrics_of_any_text_are_valid),
		TEST(scrapes_with_long_tags_are_valid),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
