/* What the store does when the file or the process is not as it should be. */
#include "cm.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record_store.h"

static void write_file(const char *path, const void *bytes, size_t n)
{
	FILE *file = fopen(path, "wb");

	assert_non_null(file);
	assert_int_equal(fwrite(bytes, 1, n, file), n);
	fclose(file);
}

static size_t read_file(const char *path, char *bytes, size_t size)
{
	FILE *file = fopen(path, "rb");
	size_t n;

	assert_non_null(file);
	n = fread(bytes, 1, size, file);
	fclose(file);
	return n;
}

/* Opening must fail with the code and words that name the path, and leave the file and its
 * directory as they are. */
static void assert_refused(const char *path, int code, const char *words)
{
	static char before[1 << 20], after[1 << 20];
	size_t n = read_file(path, before, sizeof(before));
	char beside[600];
	struct stat st;

	for (int mode = BT_STORE_READ; mode <= BT_STORE_WRITE; mode++) {
		struct bt_err err = { .msg = "" };
		struct bt_store *store;

		assert_int_equal(bt_store_open(&store, path, mode, &err), code);
		assert_null(store);
		assert_non_null(strstr(err.msg, path));
		assert_non_null(strstr(err.msg, words));
		assert_null(strchr(err.msg, '\n'));
	}
	assert_int_equal(read_file(path, after, sizeof(after)), n);
	assert_memory_equal(before, after, n);
	snprintf(beside, sizeof(beside), "%s-wal", path);
	assert_int_equal(stat(beside, &st), -1);
}

static void a_file_that_is_no_database_is_refused(void **state BT_UNUSED)
{
	write_file(temp_path("notes.txt"), "some notes of somebody\n", 23);
	assert_refused(temp_path("notes.txt"), -EMEDIUMTYPE, "not a benchtop history");
	write_file(temp_path("zeros"), (char[4096]){ 0 }, 4096);
	assert_refused(temp_path("zeros"), -EMEDIUMTYPE, "not a benchtop history");
}

static void a_database_of_another_program_is_refused(void **state BT_UNUSED)
{
	sqlite3 *db;

	assert_int_equal(sqlite3_open(temp_path("other.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db, "CREATE TABLE t (x)", NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(db);
	assert_refused(temp_path("other.db"), -EMEDIUMTYPE, "another program");
}

static void a_newer_history_is_refused(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));

	assert_int_equal(bt_store_exec(store, "PRAGMA user_version = 99", "", NULL), 0);
	bt_store_close(store);
	assert_refused(temp_path("h.db"), -EOVERFLOW, "format 99 was made by a newer benchtop");
}

static void a_newer_history_is_refused_while_its_version_is_in_the_log(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db")), *older;

	assert_int_equal(bt_store_exec(store, "PRAGMA user_version = 99", "", NULL), 0);
	assert_int_equal(
		bt_store_open(&older, temp_path("h.db"), BT_STORE_WRITE, NULL), -EOVERFLOW);
	bt_store_close(store);
}

/* What a history may not hold is refused before any of it is carried out; laid out anew it is the
 * same. */
static void a_schema_that_is_not_benchtops_is_refused(void **state BT_UNUSED)
{
	static const struct {
		const char *sql, *words; /* NULL: it is opened */
	} cases[] = {
		{ "CREATE TRIGGER t AFTER INSERT ON run BEGIN DELETE FROM run; END",
			"trigger 't' is not of a history" },
		{ "CREATE TRIGGER t BEFORE DELETE ON sample BEGIN SELECT 1; END",
			"trigger 't' is not of a history" },
		{ "CREATE VIEW v AS SELECT * FROM run", "view 'v' is not of a history" },
		{ "CREATE TABLE loot (x)", "table 'loot' is not of a history" },
		{ "CREATE INDEX i ON run (abs(started_ns))", "index 'i' is not of a history" },
		{ "ALTER TABLE run ADD COLUMN more TEXT",
			"table 'run' is not as benchtop makes it" },
		{ "ALTER TABLE note ADD COLUMN g TEXT AS (upper(text))",
			"table 'note' is not as benchtop makes it" },
		{ "ALTER TABLE event RENAME COLUMN kind TO sort", "is not as benchtop makes it" },
		{ "DROP INDEX note_by_run", "index 'note_by_run' is missing" },
		{ "DROP TABLE baseline", "sqlite_autoindex_baseline_1' is missing" },
		{ "DROP TABLE note; CREATE VIEW note AS SELECT * FROM event", "note" },
		/* A CHECK behind what a hasty eye takes for a comment. */
		{ "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql,"
		  " 'DEFAULT ''''', 'DEFAULT ''--'' CHECK (1) /*' || char(10) || '*/')"
		  " WHERE name = 'run'",
			"table 'run' is not as benchtop makes it" },
		{ "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql,"
		  " ' -- Unix time', ' /* CHECK (1) */') WHERE name = 'run'",
			"table 'run' is not as benchtop makes it" },
		{ "PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = replace(sql,"
		  " ' -- Unix time', '') WHERE name = 'run'",
			NULL },
		{ "ANALYZE", NULL },
	};

	for (size_t i = 0; i < BT_LEN(cases); i++) {
		const char *path = temp_path("h.db");
		struct bt_store *store;
		struct bt_err err;
		sqlite3 *db;

		unlink(path);
		make_history(path);
		assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
		if (sqlite3_exec(db, cases[i].sql, NULL, NULL, NULL) != SQLITE_OK)
			fail_msg("%s: %s", cases[i].sql, sqlite3_errmsg(db));
		sqlite3_close(db);
		if (cases[i].words) {
			assert_refused(path, -EMEDIUMTYPE, cases[i].words);
			continue;
		}
		if (bt_store_open(&store, path, BT_STORE_WRITE, &err) < 0)
			fail_msg("%s: %s", cases[i].sql, err.msg);
		bt_store_close(store);
	}
}

/* Nor does one fire that another program makes later; a run's rows still go with it. */
static void a_trigger_does_not_fire(void **state BT_UNUSED)
{
	struct bt_store *store;
	uint64_t id = 1;
	size_t kept;
	sqlite3 *db;

	make_history(temp_path("h.db"));
	store = store_open(temp_path("h.db"));
	assert_int_equal(sqlite3_open(temp_path("h.db"), &db), SQLITE_OK);
	assert_int_equal(sqlite3_exec(db,
				 "CREATE TRIGGER t BEFORE DELETE ON run BEGIN"
				 " INSERT INTO baseline VALUES ('fired', 1, '{}'); END",
				 NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
	assert_int_equal(bt_store_delete(store, &kept, &id, 1, NULL), 0);
	assert_int_equal(ask(store, "SELECT count(*) FROM baseline"), 0);
	assert_int_equal(ask(store, "SELECT count(*) FROM run"), 0);
	assert_int_equal(ask(store, "SELECT count(*) FROM sample"), 0);
	bt_store_close(store);
}

static void a_directory_is_refused(void **state BT_UNUSED)
{
	struct bt_store *store;
	struct bt_err err;

	assert_int_equal(mkdir(temp_path("d"), 0700), 0);
	assert_int_equal(bt_store_open(&store, temp_path("d"), BT_STORE_READ, &err), -EMEDIUMTYPE);
	assert_non_null(strstr(err.msg, temp_path("d")));
	assert_int_equal(bt_store_open(&store, temp_path("d"), BT_STORE_WRITE, &err), -EISDIR);
	assert_non_null(strstr(err.msg, temp_path("d")));
}

static void reading_creates_nothing(void **state BT_UNUSED)
{
	struct bt_store *store;
	struct bt_err err;
	struct stat st;

	assert_int_equal(bt_store_open(&store, temp_path("h.db"), BT_STORE_READ, &err), -ENOENT);
	assert_non_null(strstr(err.msg, "No such file"));
	assert_int_equal(stat(temp_path("h.db"), &st), -1);
}

static void a_creation_that_did_not_end_is_done_again(void **state BT_UNUSED)
{
	struct bt_store *store;

	write_file(temp_path("h.db"), "", 0);
	store = store_open(temp_path("h.db"));
	assert_int_equal(ask(store, "SELECT count(*) FROM run"), 0);
	bt_store_close(store);
}

static void names_with_odd_characters_work(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("file:a?b=c#d%20.db"));
	struct stat st;

	bt_store_close(store);
	assert_int_equal(stat(temp_path("file:a?b=c#d%20.db"), &st), 0);
}

/* Waits for children; each must have ended with status 0. */
static void join(unsigned n)
{
	for (; n; n--) {
		int status;

		assert_true(wait(&status) > 0);
		assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	}
}

static void many_create_the_file_at_once(void **state BT_UNUSED)
{
	struct bt_store *store;

	for (int i = 0; i < 8; i++) {
		if (fork() == 0) {
			struct fake_run *run = fake_new(true);
			struct bt_recording *rec;

			store = NULL;
			_exit(bt_store_open(&store, temp_path("h.db"), BT_STORE_WRITE, NULL) < 0 ||
				bt_recording_begin(&rec, store, &run->info, "{}", NULL) < 0 ||
				bt_recording_end(rec, NULL, "ended", NULL) < 0);
		}
	}
	join(8);
	store = store_open(temp_path("h.db"));
	assert_int_equal(ask(store, "SELECT count(*) FROM run WHERE ending = 'ended'"), 8);
	assert_true(sound(store));
	bt_store_close(store);
}

/* The child records for ever; it says how many tenths of a second it has put, before it puts the
 * next one. */
static void record_for_ever(const char *path, int fd)
{
	struct bt_store *store = store_open(path);
	struct fake_run *run = fake_new(true);
	struct bt_recording *rec = record_begin_load(store, run);

	for (uint32_t i = 1;; i++) {
		if (record_tick(rec, run, NULL) < 0 || write(fd, &i, sizeof(i)) != sizeof(i))
			_exit(1);
	}
}

static void kill_after(const char *path, uint32_t ticks, uint32_t *put)
{
	int fds[2], status;
	pid_t pid;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	if (pid == 0) {
		close(fds[0]);
		record_for_ever(path, fds[1]);
	}
	close(fds[1]);
	do {
		assert_int_equal(read(fds[0], put, sizeof(*put)), sizeof(*put));
	} while (*put < ticks);
	if (ticks == 25) {
		struct bt_store *store = store_open(path);

		assert_string_equal(newest_status(store), "running");
		bt_store_close(store);
	}
	kill(pid, SIGKILL);
	while (read(fds[0], put, sizeof(*put)) == sizeof(*put))
		;
	close(fds[0]);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
}

static void a_killed_run_reads_interrupted_and_loses_a_second(void **state BT_UNUSED)
{
	const char *path = temp_path("h.db");
	char own[512];

	snprintf(own, sizeof(own), "%s", path);
	for (uint32_t i = 0; i < 20; i++) {
		struct bt_store *store;
		const struct bt_snapshot *snap, *last = NULL;
		struct bt_source *src;
		uint32_t put = 0;
		char *json;

		kill_after(own, i == 0 ? 25 : 7 * i, &put);
		store = store_open(own);
		assert_true(sound(store));
		assert_string_equal(newest_status(store), "interrupted");
		assert_int_equal(bt_store_source(store, i + 1, &src, NULL), 0);
		assert_string_equal(src->info.status, "interrupted");
		while ((snap = src->ops->next(src)))
			last = snap;
		assert_int_equal(last ? last->last : put < 11, 1);
		assert_true((last ? last->t_ns : 0) + 11 * TICK >= put * TICK);
		if (last) {
			assert_int_equal(last->total.completed, last->t_ns / TICK * 10);
			assert_int_equal(bt_store_report(store, i + 1, &json, NULL), 0);
			assert_non_null(strstr(json, "\"status\":\"interrupted\""));
			free(json);
		}
		bt_source_close(src);
		bt_store_close(store);
	}
}

static void a_process_of_another_boot_or_start_is_gone(void **state BT_UNUSED)
{
	struct bt_process self, other;

	bt_process_self(&self);
	assert_true(bt_process_alive(&self));
	other = self;
	other.start++;
	assert_false(bt_process_alive(&other));
	other = self;
	other.boot_id[0] ^= 1;
	assert_false(bt_process_alive(&other));
	other = self;
	other.pid = UINT32_MAX;
	assert_false(bt_process_alive(&other));
}

/* Rows that somebody has edited give empty values or words, never a crash. */
static void rows_that_do_not_read_are_survived(void **state BT_UNUSED)
{
	static const struct {
		const char *sql;
		int source, report; /* what opening and reading give */
	} rows[] = {
		{ "UPDATE sample SET queue = x'ff', service = x'', response = zeroblob(9)", 0, 0 },
		{ "UPDATE sample SET state = '{', slow = '[[1]]'", 0, 0 },
		{ "UPDATE sample SET state = '{\"segment\": {\"index\": 1e9}, \"usage\": 3}'", 0,
			0 },
		{ "UPDATE sample SET t_ns = -5, span_ns = -1, offered = -1", 0, 0 },
		{ "UPDATE segment SET record = '[]', closed_ns = -1", 0, 0 },
		{ "UPDATE run SET ending = 'nonsense', boot_id = '', pid = 1", 0, 0 },
		{ "UPDATE detail SET report = '['", 0, -EIO },
		{ "UPDATE detail SET description = '{\"metrics\": [7], \"tags\": {\"a\": 1}}'", 0,
			0 },
		{ "UPDATE detail SET description = '17'", -EINVAL, 0 },
		{ "DELETE FROM detail", -ENOENT, -ENOENT },
	};

	for (size_t i = 0; i < BT_LEN(rows); i++) {
		struct bt_store *store;
		struct bt_source *src;
		char *json;

		make_history(temp_path("h.db"));
		store = store_open(temp_path("h.db"));
		if (rows[i].report == -EIO)
			assert_int_equal(
				bt_store_exec(store, "UPDATE run SET ending = NULL", "", NULL), 0);
		assert_int_equal(bt_store_exec(store, rows[i].sql, "", NULL), 0);
		assert_int_equal(bt_store_report(store, 1, &json, NULL), rows[i].report);
		free(json);
		assert_int_equal(bt_store_source(store, 1, &src, NULL), rows[i].source);
		for (int n = 0; src && !src->ended; n++) {
			src->ops->next(src);
			assert_true(n < 10);
		}
		bt_source_close(src);
		bt_store_close(store);
		assert_int_equal(remove(temp_path("h.db")), 0);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_that_is_no_database_is_refused),
		TEST(a_database_of_another_program_is_refused),
		TEST(a_newer_history_is_refused),
		TEST(a_newer_history_is_refused_while_its_version_is_in_the_log),
		TEST(a_schema_that_is_not_benchtops_is_refused),
		TEST(a_trigger_does_not_fire),
		TEST(a_directory_is_refused),
		TEST(reading_creates_nothing),
		TEST(a_creation_that_did_not_end_is_done_again),
		TEST(names_with_odd_characters_work),
		TEST(many_create_the_file_at_once),
		TEST(a_killed_run_reads_interrupted_and_loses_a_second),
		TEST(a_process_of_another_boot_or_start_is_gone),
		TEST(rows_that_do_not_read_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
