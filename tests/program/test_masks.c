/*
 * A history of an older version that kept credentials: no command, export or screen shows them, and
 * no file gets them. The history is made by this version, and its documents are changed to what an
 * older one wrote. BENCHTOP names the program.
 */
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include <sqlite3.h>

#include "base/base.h"
#include "cm.h"
#include "pty_case.h"

#define SECRET "geheim"

/* In the JSON of options, as text, list, and several values joined; and in the command line. */
static const char *const changes[][2] = {
	{ "\"ops\":\"50\"",
		"\"ops\":\"50\",\"push\":\"http://me:" SECRET "@h:9091\","
		"\"url\":\"http://h/?access_token=" SECRET "\","
		"\"header\":\"X-Plain: seen,Cookie: " SECRET "\","
		"\"resolver\":[\"https://" SECRET "@h/\"]" },
	{ " --no-tui",
		" --push http://me:" SECRET "@h:9091 --url=http://h/?access_token=" SECRET
		" --header 'Cookie: " SECRET "' --no-tui" },
};

static void change(sqlite3 *db, const char *table, const char *column)
{
	char sql[200];
	sqlite3_stmt *stmt;

	for (size_t i = 0; i < BT_LEN(changes); i++) {
		snprintf(sql, sizeof(sql), "UPDATE %s SET %s = replace(%s, ?1, ?2)", table, column,
			column);
		assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
		sqlite3_bind_text(stmt, 1, changes[i][0], -1, SQLITE_STATIC);
		sqlite3_bind_text(stmt, 2, changes[i][1], -1, SQLITE_STATIC);
		assert_int_equal(sqlite3_step(stmt), SQLITE_DONE);
		sqlite3_finalize(stmt);
	}
	snprintf(sql, sizeof(sql),
		"SELECT min(instr(%s, '" SECRET "@h:9091') * instr(%s, 'Cookie: " SECRET
		"')) > 0 FROM %s",
		column, column, table);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_step(stmt), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int(stmt, 0), 1);
	sqlite3_finalize(stmt);
}

/* Two runs and a baseline of them. */
static void make_old_history(struct pty_case *f)
{
	sqlite3 *db;

	setenv("XDG_RUNTIME_DIR", f->dir, 1);
	free(output(f, "run null --ops 50 --no-tui --tag side=a"));
	free(output(f, "run null --ops 50 --no-tui --tag side=b"));
	free(output(f, "baseline set b 1 2 --unsound"));
	assert_int_equal(sqlite3_open(f->db, &db), SQLITE_OK);
	change(db, "detail", "description");
	change(db, "detail", "report");
	assert_int_equal(
		sqlite3_exec(db,
			"UPDATE baseline SET document = replace(document, '\"ops\":\"50\"',"
			" '\"ops\":\"50\",\"push\":\"http://me:" SECRET "@h:9091\"')",
			NULL, NULL, NULL),
		SQLITE_OK);
	assert_int_equal(sqlite3_close(db), SQLITE_OK);
}

/* What a command writes to standard output and error, whatever its status. Free with free(). */
static char *said(struct pty_case *f, const char *words, const char *db)
{
	char command[500], *text = calloc(1, 1 << 20);
	FILE *in;

	assert_non_null(text);
	snprintf(command, sizeof(command), "cd '%s' && '%s' %s --db '%s' 2>&1 < /dev/null", f->dir,
		realpath(pty_program(), (char[4096]){ 0 }), words, db);
	in = popen(command, "r");
	assert_non_null(in);
	assert_in_range(fread(text, 1, (1 << 20) - 1, in), 1, (1 << 20) - 2);
	pclose(in);
	return text;
}

static void no_output_shows_what_is_masked(void **state)
{
	static const struct {
		const char *words;
		bool masks; /* it shows options or the command line */
	} commands[] = {
		{ "show 1", false },
		{ "show 1 --json", true },
		{ "history", false },
		{ "history --json", false },
		{ "history --filter " SECRET "x", false },
		{ "compare 1 2", false },
		{ "compare 1 2 --json", false },
		{ "export 1", true },
		{ "export 1 2 --format json", true },
		{ "export 1 2 --format ndjson", true },
		{ "export 1 2 --format csv", false },
		{ "export 1 --format hgrm", false },
		{ "export 1 --format hlog", false },
		{ "export 1 2 --format junit", false },
		{ "export 1 2 --format markdown", false },
		{ "export 1 2 --format benchstat", true },
		{ "export 1 --format html", true },
		{ "baseline list", false },
		{ "baseline list --json", true },
		{ "baseline show b", true },
		{ "baseline show b --json", true },
		{ "baseline export b -", true },
		{ "baseline export b - --plain", false },
		{ "baseline set c 1 2 --unsound", false },
		{ "baseline export c -", true },
		{ "check --baseline b --json", false },
		{ "db check", false },
		{ "attach 1", false },
		{ "replay 1", false },
	};
	struct pty_case *f = *state;

	make_old_history(f);
	for (size_t i = 0; i < BT_LEN(commands); i++) {
		char *text = said(f, commands[i].words, f->db);

		if (strstr(text, "=" SECRET) || strstr(text, " " SECRET) ||
			strstr(text, ":" SECRET) || strstr(text, "/" SECRET "@"))
			fail_msg("%s:\n%s", commands[i].words, text);
		if (commands[i].masks != (strstr(text, "***") || strstr(text, "%2A%2A%2A")))
			fail_msg("%s: expected %s:\n%s", commands[i].words,
				commands[i].masks ? "a mask" : "none", text);
		free(text);
	}
}

/* The bytes of a file; NULL: there is none. */
static char *bytes_of(const char *path, size_t *n)
{
	FILE *in = fopen(path, "r");
	char *bytes = calloc(1, 1 << 22);

	assert_non_null(bytes);
	*n = in ? fread(bytes, 1, 1 << 22, in) : 0;
	if (in)
		fclose(in);
	return bytes;
}

/* A file that an older version exported: what is taken from it into a history is masked. */
static void no_file_gets_what_an_older_export_has(void **state)
{
	static const char *const formats[] = { "json", "ndjson" };
	struct pty_case *f = *state;

	make_old_history(f);
	for (size_t i = 0; i < BT_LEN(formats); i++) {
		static const char *const ends[] = { "", "-wal" };
		char words[200], path[200], db[120], *text, *at, *mask;
		FILE *out;
		size_t n;

		snprintf(words, sizeof(words), "export 1 --format %s", formats[i]);
		text = said(f, words, f->db);
		snprintf(path, sizeof(path), "%s/old.%s", f->dir, formats[i]);
		out = fopen(path, "w");
		assert_non_null(out);
		for (at = text; (mask = strstr(at, "***")) != NULL; at = mask + 3)
			fprintf(out, "%.*s" SECRET, (int)(mask - at), at);
		assert_true(at > text);
		fputs(at, out);
		assert_int_equal(fclose(out), 0);
		free(text);
		snprintf(db, sizeof(db), "%s/%s.db", f->dir, formats[i]);
		snprintf(words, sizeof(words), "import old.%s", formats[i]);
		free(said(f, words, db));
		text = said(f, "show 1 --json", db);
		assert_non_null(strstr(text, "***"));
		free(text);
		for (size_t k = 0; k < BT_LEN(ends); k++) {
			snprintf(path, sizeof(path), "%s%s", db, ends[k]);
			text = bytes_of(path, &n);
			assert_null(memmem(text, n, SECRET, strlen(SECRET)));
			free(text);
		}
	}
}

static void looks(struct pty_case *f, const char *awaited)
{
	pty_await(f->run, awaited);
	assert_int_equal(pty_count(f->run, SECRET), 0);
}

static void no_screen_shows_what_is_masked(void **state)
{
	struct pty_case *f = *state;

	make_old_history(f);
	start(f, 200, 60, "", NULL);
	looks(f, "http://***@h:9091");
	pty_type(f->run, "\r");
	looks(f, "✔ done");
	pty_type(f->run, "\033");
	looks(f, "2 runs");
	pty_type(f->run, " j c");
	looks(f, "compare");
	pty_type(f->run, "\033");
	looks(f, "2 marked");
	pty_type(f->run, "/" SECRET);
	pty_await(f->run, "No run matches");
	pty_type(f->run, "\033\033q");
	assert_int_equal(pty_end(f->run), 0);
	start(f, 200, 60, "replay 1", NULL);
	looks(f, "replay");
	pty_type(f->run, "q");
	assert_int_equal(pty_end(f->run), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(no_output_shows_what_is_masked),
		TEST(no_file_gets_what_an_older_export_has),
		TEST(no_screen_shows_what_is_masked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
