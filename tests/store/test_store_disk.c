/* What a recording does when nothing can be written for a while, and what others may read. */
#include "cm.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "record_store.h"

/* Another process holds the file for longer than anybody waits. */
/* An import holds the file for a moment: what is stored is never a second older for it. */
static void a_file_that_was_locked_is_tried_again_at_once(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db")),
			*other = store_open(temp_path("h.db"));
	struct fake_run *run = fake_new(true);
	struct bt_recording *rec = record_begin_load(store, run);

	sqlite3_busy_timeout(store->db, 0);
	for (int i = 0; bt_recording_lost_ns(rec) == 0; i++) {
		if (i == 15)
			assert_int_equal(bt_store_exec(other, "BEGIN IMMEDIATE", "", NULL), 0);
		assert_true(i < 30);
		assert_int_equal(record_tick(rec, run, NULL), 0);
	}
	assert_int_equal(bt_store_exec(other, "ROLLBACK", "", NULL), 0);
	for (int i = 0; i < 2; i++)
		assert_int_equal(record_tick(rec, run, NULL), 0);
	assert_int_equal(bt_recording_lost_ns(rec), 0);
	record_end(rec);
	fake_free(run);
	bt_store_close(other);
	bt_store_close(store);
}

static void a_locked_file_delays_and_loses_nothing(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db")),
			*other = store_open(temp_path("h.db"));
	struct fake_run *run = fake_new(true);
	struct bt_recording *rec = record_begin_load(store, run);
	struct bt_err err = { .msg = "" };
	int told = 0;

	sqlite3_busy_timeout(store->db, 0);
	for (int i = 0; i < 100; i++) {
		if (i == 15)
			assert_int_equal(bt_store_exec(other, "BEGIN IMMEDIATE", "", NULL), 0);
		if (record_tick(rec, run, &err) < 0) {
			assert_int_equal(err.code, -EBUSY);
			assert_non_null(strstr(err.msg, "locked by another process"));
			assert_true(bt_recording_lost_ns(rec) >= 5 * BT_NS_PER_S);
			told++;
		}
		assert_int_equal(bt_recording_lost_ns(rec) > 0, i >= 19);
	}
	assert_int_equal(told, 1);
	assert_int_equal(ask(store, "SELECT sum(completed) FROM sample"), 100);
	assert_int_equal(bt_store_exec(other, "ROLLBACK", "", NULL), 0);
	for (int i = 0; i < 20; i++)
		assert_int_equal(record_tick(rec, run, &err), 0);
	assert_int_equal(bt_recording_lost_ns(rec), 0);
	assert_int_equal(bt_recording_end(rec, NULL, "ended", NULL), 0);
	assert_int_equal(ask(store, "SELECT sum(completed) FROM sample"), 1200);
	assert_int_equal(ask(store, "SELECT count(*) FROM sample"), 12);
	bt_recording_free(rec);
	fake_free(run);
	bt_store_close(other);
	bt_store_close(store);
}

/* Ten minutes without a disk: rows wait in memory, wider than a second in the end, and all is
 * written when it is back. */
static void a_long_failure_takes_bounded_memory(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db")),
			*other = store_open(temp_path("h.db"));
	struct fake_run *run = fake_new(true);
	struct bt_recording *rec = record_begin_load(store, run);

	sqlite3_busy_timeout(store->db, 0);
	for (int i = 0; i < 25; i++)
		assert_int_equal(record_tick(rec, run, NULL), 0);
	assert_int_equal(bt_store_exec(other, "BEGIN IMMEDIATE", "", NULL), 0);
	for (int i = 0; i < 6000; i++)
		record_tick(rec, run, NULL);
	assert_int_equal(bt_store_exec(other, "ROLLBACK", "", NULL), 0);
	assert_int_equal(bt_recording_end(rec, NULL, "ended", NULL), 0);
	assert_int_equal(ask(store, "SELECT sum(completed) FROM sample"), 60250);
	assert_int_equal(ask(store, "SELECT sum(span_ns) FROM sample"), 6025 * TICK);
	assert_true(ask(store, "SELECT count(*) FROM sample") <= 2 + 64);
	bt_recording_free(rec);
	fake_free(run);
	bt_store_close(other);
	bt_store_close(store);
}

/* Fills a small file system until nothing fits; returns the file that does. */
static const char *fill_up(const char *directory)
{
	static char path[600];
	char block[512] = { 1 };
	int fd;

	snprintf(path, sizeof(path), "%s/filler", directory);
	fd = open(path, O_WRONLY | O_CREAT, 0600);
	assert_true(fd >= 0);
	while (write(fd, block, sizeof(block)) > 0)
		;
	close(fd);
	return path;
}

static void a_full_disk_is_told_once_and_survived(void **state BT_UNUSED)
{
	char directory[512], path[600];
	struct bt_store *store;
	struct fake_run *run = fake_new(true);
	struct bt_recording *rec;
	struct bt_err err = { .msg = "" };
	const char *filler;
	int told = 0;

	snprintf(directory, sizeof(directory), "%s", temp_path("small"));
	assert_int_equal(mkdir(directory, 0700), 0);
	if (mount("none", directory, "tmpfs", 0, "size=1m") < 0) {
		print_message("full disk: skipped, mounting a tmpfs is not permitted here\n");
		fake_free(run);
		skip();
	}
	snprintf(path, sizeof(path), "%s/h.db", directory);
	store = store_open(path);
	rec = record_begin_load(store, run);
	for (int i = 0; i < 20; i++)
		assert_int_equal(record_tick(rec, run, NULL), 0);
	filler = fill_up(directory);
	for (int i = 0; i < 600; i++)
		if (record_tick(rec, run, &err) < 0) {
			told++;
			assert_int_equal(err.code, -ENOSPC);
			assert_non_null(strstr(err.msg, path));
			assert_non_null(strstr(err.msg, "disk full"));
		}
	assert_int_equal(told, 1);
	assert_true(bt_recording_lost_ns(rec) > 0);
	assert_int_equal(remove(filler), 0);
	for (int i = 0; i < 10; i++)
		assert_int_equal(record_tick(rec, run, NULL), 0);
	assert_int_equal(bt_recording_lost_ns(rec), 0);
	assert_int_equal(bt_recording_end(rec, NULL, "ended", NULL), 0);
	assert_int_equal(ask(store, "SELECT sum(completed) FROM sample"), 6300);
	assert_true(sound(store));
	bt_recording_free(rec);
	bt_store_close(store);
	fill_up(directory);
	snprintf(path, sizeof(path), "%s/new.db", directory);
	assert_int_equal(bt_store_open(&store, path, BT_STORE_WRITE, &err), -ENOSPC);
	assert_non_null(strstr(err.msg, "disk full"));
	umount(directory);
	fake_free(run);
}

/* Reading works, writing is refused with the code. */
static void assert_reads_only(const char *path, int code)
{
	struct bt_err err = { .msg = "" };
	struct bt_store *store;

	assert_int_equal(bt_store_open(&store, path, BT_STORE_WRITE, &err), code);
	assert_non_null(strstr(err.msg, path));
	if (bt_store_open(&store, path, BT_STORE_READ, &err) < 0)
		fail_msg("%s", err.msg);
	assert_string_equal(newest_status(store), "ended");
	bt_store_close(store);
}

static void a_read_only_file_system_can_be_read(void **state BT_UNUSED)
{
	char directory[512], path[600];

	snprintf(directory, sizeof(directory), "%s", temp_path("ro"));
	snprintf(path, sizeof(path), "%s/h?.db", directory);
	assert_int_equal(mkdir(directory, 0700), 0);
	if (mount("none", directory, "tmpfs", 0, "size=8m") < 0) {
		print_message("read-only file system: skipped, mounting is not permitted here\n");
		skip();
	}
	make_history(path);
	assert_int_equal(mount("none", directory, "tmpfs", MS_REMOUNT | MS_RDONLY, NULL), 0);
	assert_reads_only(path, -EROFS);
	umount(directory);
}

/* A child becomes somebody who may read the file and nothing else. */
static void another_users_file_can_be_read(void **state BT_UNUSED)
{
	int status;

	make_history(temp_path("h.db"));
	assert_int_equal(chmod(temp_path("h.db"), 0444), 0);
	assert_int_equal(chmod(temp_path(""), 0555), 0);
	if (fork() == 0) {
		if (getuid() == 0 && setuid(65534) < 0) {
			print_message(
				"another user's file: skipped, setuid is not permitted here\n");
			_exit(0);
		}
		if (access(temp_path("h.db"), R_OK) < 0) {
			print_message(
				"another user's file: skipped, its directory is closed here\n");
			_exit(0);
		}
		assert_reads_only(temp_path("h.db"), -EACCES);
		_exit(0);
	}
	assert_true(wait(&status) > 0);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	assert_int_equal(chmod(temp_path(""), 0700), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_file_that_was_locked_is_tried_again_at_once),
		TEST(a_locked_file_delays_and_loses_nothing),
		TEST(a_long_failure_takes_bounded_memory),
		TEST(a_full_disk_is_told_once_and_survived),
		TEST(a_read_only_file_system_can_be_read),
		TEST(another_users_file_can_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
