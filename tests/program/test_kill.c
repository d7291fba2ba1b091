/* The real program, killed, crowded and out of disk: what its history holds then. BENCHTOP names
 * it. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>
#include <sqlite3.h>

#include "cm.h"
#include "store/store.h"

#define KILLS        50
#define LIVES_MAX_MS 1500
/* Every fifth lives so much longer: only then can more than a second be lost. */
#define LONGER_MS 2000
/* A second, and what a busy machine may keep the program from running in it. */
#define LOST_MAX_NS (BT_NS_PER_S + (BT_SANITIZED ? 4 : 1) * BT_NS_PER_S / 2)

struct fixture {
	char dir[CM_TEMP], db[80];
};

static const char *program(void)
{
	const char *path = getenv("BENCHTOP");

	return path ? path : "./benchtop";
}

static int set_up(void **state)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	assert_non_null(mkdtemp(cm_temp(f->dir, "benchtop-kill")));
	snprintf(f->db, sizeof(f->db), "%s/history.db", f->dir);
	*state = f;
	return 0;
}

static int tear_down(void **state)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	struct fixture *f = *state;
	char path[100];

	umount2(f->dir, MNT_DETACH);
	for (size_t i = 0; i < BT_LEN(ends); i++) {
		snprintf(path, sizeof(path), "%s%s", f->db, ends[i]);
		unlink(path);
	}
	rmdir(f->dir);
	free(f);
	return 0;
}

/* A benchtop under way; what it says on standard output and error comes from one pipe. */
struct child {
	pid_t pid;
	int said;
	char text[1 << 16];
	size_t n;
};

#define ARGS_MAX 24

static void exec_words(const char *words, const char *db)
{
	char *argv[ARGS_MAX] = { (char *)(uintptr_t)program() }, copy[300], *rest = copy;
	int n = 1;

	snprintf(copy, sizeof(copy), "%s --db %s", words, db);
	for (char *word; n + 1 < ARGS_MAX && (word = strtok_r(rest, " ", &rest)) != NULL;)
		argv[n++] = word;
	execv(argv[0], argv);
	_exit(127);
}

static void start(struct child *child, const char *words, const char *db)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	fflush(NULL);
	child->n = 0;
	child->said = ends[0];
	child->pid = fork();
	assert_true(child->pid >= 0);
	if (child->pid == 0) {
		dup2(ends[1], STDOUT_FILENO);
		dup2(ends[1], STDERR_FILENO);
		exec_words(words, db);
	}
	close(ends[1]);
}

/* Takes what it says next; false: it has said all, or said nothing for so long. */
static bool listen_to(struct child *child, int timeout_ms)
{
	struct pollfd fd = { child->said, POLLIN, 0 };
	ssize_t n = 0;

	if (poll(&fd, 1, timeout_ms) > 0)
		n = read(child->said, child->text + child->n, sizeof(child->text) - 1 - child->n);
	child->n += n > 0 ? (size_t)n : 0;
	child->text[child->n] = '\0';
	return n > 0;
}

static void await_words(struct child *child, const char *words)
{
	child->text[child->n] = '\0';
	while (!strstr(child->text, words))
		if (!listen_to(child, 30000))
			fail_msg("it did not say \"%s\" but:\n%s", words, child->text);
}

/* The exit status; a signal's number plus 1000. */
static int finish(struct child *child)
{
	int status;

	while (listen_to(child, -1))
		;
	close(child->said);
	assert_int_equal(waitpid(child->pid, &status, 0), child->pid);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

static struct child *run_whole(const char *words, const char *db, int status)
{
	struct child *child = calloc(1, sizeof(*child));
	int got;

	assert_non_null(child);
	start(child, words, db);
	got = finish(child);
	if (got != status)
		fail_msg("benchtop %s ended with %d, not %d:\n%s", words, got, status, child->text);
	return child;
}

/* The number that a query gives first; -1: none or NULL. */
static int64_t ask(const char *path, const char *sql)
{
	sqlite3 *db;
	sqlite3_stmt *stmt;
	int64_t n = -1;

	assert_int_equal(sqlite3_open_v2(path, &db, SQLITE_OPEN_READWRITE, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(db, sql, -1, &stmt, NULL), SQLITE_OK);
	if (sqlite3_step(stmt) == SQLITE_ROW && sqlite3_column_type(stmt, 0) != SQLITE_NULL)
		n = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return n;
}

static void assert_sound(const char *path)
{
	assert_int_equal(ask(path, "SELECT integrity_check = 'ok' FROM pragma_integrity_check"), 1);
}

static void list_runs(struct bt_run_list *list, const char *path)
{
	struct bt_store *store;
	struct bt_err err;

	if (bt_store_open(&store, path, BT_STORE_READ, &err) < 0 ||
		bt_store_list(store, list, NULL, 0, &err) < 0)
		fail_msg("%s", err.msg);
	bt_store_close(store);
}

static uint64_t wall_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_REALTIME, &ts);
	return (uint64_t)ts.tv_sec * BT_NS_PER_S + (uint64_t)ts.tv_nsec;
}

static uint64_t draw(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + 1442695040888963407;
	return *seed >> 33;
}

/* Lets a run live for so long and kills it. Returns when, as Unix time. */
static uint64_t kill_after(const char *db, uint64_t life_ns)
{
	struct timespec life = { .tv_sec = (time_t)(life_ns / BT_NS_PER_S),
		.tv_nsec = (long)(life_ns % BT_NS_PER_S) };
	struct child *child = calloc(1, sizeof(*child));
	uint64_t killed_ns;

	assert_non_null(child);
	start(child, "run sim --rate 2000 --duration 60s --no-tui", db);
	nanosleep(&life, NULL); /* the moment of the kill is what this is about */
	killed_ns = wall_ns();
	assert_int_equal(kill(child->pid, SIGKILL), 0);
	assert_int_equal(finish(child), 1000 + SIGKILL);
	free(child);
	return killed_ns;
}

/* The newest run, begun after since_ns and killed at killed_ns; true when its row was there
 * already. */
static bool check_newest(const char *db, uint64_t since_ns, uint64_t killed_ns)
{
	struct bt_run_list list;
	uint64_t until_ns, from_ns;
	struct child *shown;
	int64_t last_ns;

	list_runs(&list, db);
	if (!list.n || list.rows[0].started_wall_ns < since_ns) {
		bt_run_list_fini(&list);
		return false;
	}
	assert_string_equal(list.rows[0].status, "interrupted");
	from_ns = list.rows[0].started_wall_ns;
	bt_run_list_fini(&list);
	last_ns = ask(db, "SELECT max(wall_ns) FROM sample WHERE run = (SELECT max(id) FROM run)");
	until_ns = last_ns < 0 ? from_ns : (uint64_t)last_ns;
	if (killed_ns > until_ns + LOST_MAX_NS)
		fail_msg("%.3f s are missing", (double)(killed_ns - until_ns) / 1e9);
	/* A run that has not a second to show says so. */
	shown = run_whole("show last", db, last_ns < 0 ? 3 : 0);
	assert_non_null(strstr(shown->text, "interrupted"));
	free(shown);
	return true;
}

static void a_killed_run_loses_at_most_a_second(void **state)
{
	struct fixture *f = *state;
	struct bt_run_list list;
	uint64_t seed = 50;
	unsigned rows = 0;

	for (unsigned i = 0; i < KILLS; i++) {
		uint64_t since_ns = wall_ns(), killed_ns;
		uint64_t life_ms = draw(&seed) % LIVES_MAX_MS + (i % 5 == 4 ? LONGER_MS : 0);

		killed_ns = kill_after(f->db, life_ms * BT_NS_PER_MS);
		if (access(f->db, F_OK) < 0 || ask(f->db, "PRAGMA user_version") <= 0)
			continue; /* killed before there was a history at all */
		assert_sound(f->db);
		rows += check_newest(f->db, since_ns, killed_ns);
	}
	assert_true(rows >= KILLS / 2);
	list_runs(&list, f->db);
	assert_int_equal(list.n, rows);
	for (size_t i = 0; i < list.n; i++)
		assert_string_equal(list.rows[i].status, "interrupted");
	bt_run_list_fini(&list);
	print_message("%u of %u runs had begun when they were killed\n", rows, KILLS);
}

/* The last sample and the report tell the same, and samples leave no time out. */
static void assert_whole(const char *db, unsigned run, unsigned completed)
{
	char sql[200];

	snprintf(sql, sizeof(sql), "SELECT sum(completed) FROM sample WHERE run = %u", run);
	assert_int_equal(ask(db, sql), completed);
	snprintf(sql, sizeof(sql), "SELECT sum(span_ns) = max(t_ns) FROM sample WHERE run = %u",
		run);
	assert_int_equal(ask(db, sql), 1);
	snprintf(sql, sizeof(sql), "SELECT ending = 'ended' FROM run WHERE id = %u", run);
	assert_int_equal(ask(db, sql), 1);
}

static void two_at_once_are_both_stored_whole(void **state)
{
	static const char words[] = "run sim --rate 500 --duration 3s --no-tui";
	struct fixture *f = *state;
	struct child *one = calloc(1, sizeof(*one)), *two = calloc(1, sizeof(*two));

	assert_true(one && two);
	start(one, words, f->db);
	start(two, words, f->db);
	assert_int_equal(finish(one), 0);
	assert_int_equal(finish(two), 0);
	assert_null(strstr(one->text, "not being stored"));
	assert_null(strstr(two->text, "not being stored"));
	assert_int_equal(ask(f->db, "SELECT count(*) FROM run"), 2);
	assert_sound(f->db);
	assert_whole(f->db, 1, 1500);
	assert_whole(f->db, 2, 1500);
	free(one);
	free(two);
}

/* Of each command by each signal; BT_KILLS has another number. */
static unsigned kills(void)
{
	const char *n = getenv("BT_KILLS");

	return n && *n ? (unsigned)strtoul(n, NULL, 10) : 5;
}

/* A command on a history of some runs is killed at some moment, or asked to end; then the same
 * again does it, and nothing is half. */
static void a_killed_command_is_done_again(void **state)
{
	static const char *const words[] = { "import %s/in.ndjson",
		"export 1 --format ndjson -o %s/out", "db vacuum", "db check",
		"db prune --older-than 3650d" };
	struct fixture *f = *state;
	char line[200], path[100];
	uint64_t seed = 17;

	snprintf(path, sizeof(path), "%s/other.db", f->dir);
	snprintf(line, sizeof(line),
		"run sim --clock virtual --rate 1000 --duration 1m --no-tui --out "
		"ndjson:%s/in.ndjson",
		f->dir);
	free(run_whole(line, path, 0));
	free(run_whole("run null --ops 1000 --no-tui", f->db, 0));
	for (unsigned i = 0; i < 2 * kills() * BT_LEN(words); i++) {
		size_t what = i / 2 % BT_LEN(words);
		struct timespec life = { .tv_nsec = (long)(draw(&seed) % (150 * BT_NS_PER_MS)) };
		int number = i % 2 ? SIGTERM : SIGKILL, status;
		struct child *child = calloc(1, sizeof(*child));

		assert_non_null(child);
		snprintf(line, sizeof(line), words[what], f->dir);
		start(child, line, f->db);
		nanosleep(&life, NULL); /* the moment of the kill is what this is about */
		kill(child->pid, number);
		status = finish(child);
		if (status && status != 1000 + number && status != 128 + number)
			fail_msg("%s ended with %d:\n%s", line, status, child->text);
		assert_sound(f->db);
		assert_int_equal(ask(f->db, "SELECT count(*) FROM run WHERE ending IS NULL"), 0);
		free(child);
		free(run_whole(line, f->db, 0));
		free(run_whole("db check", f->db, 0));
		if (what == 0) { /* to be taken in again */
			assert_int_equal(ask(f->db, "SELECT count(*) FROM run"), 2);
			ask(f->db, "PRAGMA foreign_keys = ON");
			ask(f->db, "DELETE FROM run WHERE workload = 'sim'");
			ask(f->db, "DELETE FROM detail WHERE run NOT IN (SELECT id FROM run)");
			ask(f->db, "DELETE FROM sample WHERE run NOT IN (SELECT id FROM run)");
			ask(f->db, "DELETE FROM segment WHERE run NOT IN (SELECT id FROM run)");
			ask(f->db, "DELETE FROM event WHERE run NOT IN (SELECT id FROM run)");
			ask(f->db, "DELETE FROM note WHERE run NOT IN (SELECT id FROM run)");
		}
	}
	for (size_t i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/%s", f->dir,
			(const char *const[]){ "in.ndjson", "out", "other.db" }[i]);
		unlink(path);
	}
	snprintf(line, sizeof(line), "rm -f %s/*.tmp %s/.*.tmp", f->dir, f->dir);
	assert_int_equal(system(line), 0);
}

static void fill_up(const char *dir)
{
	char path[100], block[512] = { 1 };
	int fd;

	snprintf(path, sizeof(path), "%s/filler", dir);
	fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	while (write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
}

static void a_full_disk_does_not_stop_a_run(void **state)
{
	struct fixture *f = *state;
	struct child *child = calloc(1, sizeof(*child)), *after;

	assert_non_null(child);
	if (mount("none", f->dir, "tmpfs", 0, "size=1m") < 0) {
		print_message("full disk: skipped, mounting a tmpfs is not permitted here\n");
		free(child);
		skip();
	}
	start(child, "run sim --rate 500 --duration 4s --status-interval 200ms --no-tui", f->db);
	await_words(child, "500"); /* the first line */
	fill_up(f->dir);
	assert_int_equal(finish(child), 0);
	assert_non_null(strstr(child->text, "this run is not being stored: "));
	assert_non_null(strstr(child->text, "2,000 completed"));
	assert_null(strstr(child->text, "show 1")); /* what is not there is not advertised */
	assert_sound(f->db);
	after = run_whole("history", f->db, 0);
	assert_non_null(strstr(after->text, "interrupted"));
	free(after);
	free(child);
}

static void a_read_only_history_does_not_stop_a_run(void **state)
{
	struct fixture *f = *state;
	struct child *child;

	free(run_whole("run null --ops 1000 --no-tui", f->db, 0));
	if (mount(f->dir, f->dir, NULL, MS_BIND, NULL) < 0 ||
		mount(NULL, f->dir, NULL, MS_REMOUNT | MS_BIND | MS_RDONLY, NULL) < 0) {
		print_message("read-only history: skipped, mounting is not permitted here\n");
		skip();
	}
	child = run_whole("run sim --rate 500 --duration 500ms --no-tui", f->db, 0);
	assert_non_null(strstr(child->text, "this run is not being stored: "));
	assert_non_null(strstr(child->text, f->db));
	assert_non_null(strstr(child->text, "250 completed"));
	free(child);
	child = run_whole("history", f->db, 0);
	assert_non_null(strstr(child->text, "null"));
	free(child);
	free(run_whole("show last", f->db, 0));
}

/* Killed or ended at random moments, begun again each time: it does its work then, and no run is
 * neither ended nor interrupted. */
static void end_and_do_again(const char *db, const char *words)
{
	uint64_t seed = 17;

	for (unsigned i = 0; i < 2 * kills(); i++) {
		struct timespec life = { .tv_nsec = (long)(draw(&seed) % 500 * BT_NS_PER_MS) };
		struct child *child = calloc(1, sizeof(*child));
		int number = i % 2 ? SIGTERM : SIGKILL, status;
		struct bt_run_list list;

		assert_non_null(child);
		start(child, words, db);
		nanosleep(&life, NULL); /* the moment is what this is about */
		kill(child->pid, number);
		status = finish(child);
		if (status >= 1000 && status != 1000 + number)
			fail_msg("%s: signal %d:\n%s", words, status - 1000, child->text);
		start(child, words, db);
		status = finish(child);
		if (status != 0 && status != 1 && status != 4)
			fail_msg("%s again ended with %d:\n%s", words, status, child->text);
		assert_sound(db);
		list_runs(&list, db);
		for (size_t k = 0; k < list.n; k++)
			assert_string_not_equal(list.rows[k].status, "running");
		bt_run_list_fini(&list);
		free(child);
	}
}

static void a_suite_that_was_ended_is_done_again(void **state)
{
	struct fixture *f = *state;
	char path[100], words[120];
	FILE *file;

	snprintf(path, sizeof(path), "%s/s.ini", f->dir);
	file = fopen(path, "w");
	assert_non_null(file);
	fputs("[one]\nworkload = sim\nrate = 1000\nduration = 100ms\n\n[two]\nworkload = null\nops "
	      "= 50\n",
		file);
	assert_int_equal(fclose(file), 0);
	snprintf(words, sizeof(words), "suite %s", path);
	end_and_do_again(f->db, words);
	unlink(path);
}

static void a_check_that_was_ended_is_done_again(void **state)
{
	struct fixture *f = *state;

	for (unsigned i = 0; i < 2; i++)
		free(run_whole("run sim --rate 1000 --duration 100ms --no-tui", f->db, 0));
	free(run_whole("baseline set base 1-2 --unsound", f->db, 0));
	end_and_do_again(f->db, "check --baseline base --repeat 2 --anyway --unsound");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_killed_run_loses_at_most_a_second),
		TEST(a_suite_that_was_ended_is_done_again),
		TEST(a_check_that_was_ended_is_done_again),
		TEST(two_at_once_are_both_stored_whole),
		TEST(a_killed_command_is_done_again),
		TEST(a_full_disk_does_not_stop_a_run),
		TEST(a_read_only_history_does_not_stop_a_run),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
