#include "store/store_impl.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/stop.h"

#define PATIENT_MS 10000 /* for other writers, by a store that a signal may stop */

const char *bt_store_library(void)
{
	return sqlite3_libversion();
}

static uint32_t big_endian(const unsigned char *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

/*
 * Looks at the head of the file before SQLite does, which would create files beside it: format of
 * the page header in https://www.sqlite.org/fileformat2.html section 1.3. An empty file, or one
 * without tables whose owner is not named, was left by a creation that did not end.
 */
static int judge_head(const char *path, const unsigned char *head, ssize_t n, struct bt_err *err)
{
	uint32_t application, tables;

	if (n == 0)
		return 0;
	if (n < 100 || memcmp(head, "SQLite format 3", 16) != 0)
		return bt_fail(
			err, -EMEDIUMTYPE, "%s: not a benchtop history: not an SQLite file", path);
	tables = big_endian(head + 40);
	application = big_endian(head + 68);
	if (application != BT_STORE_APPLICATION && (application || tables))
		return bt_fail(err, -EMEDIUMTYPE,
			"%s: not a benchtop history: an SQLite file of another program", path);
	return bt_schema_judge(path, big_endian(head + 60), err);
}

static int look(const char *path, int mode, struct bt_err *err)
{
	unsigned char head[100];
	struct stat st;
	ssize_t n;
	int fd = open(path,
		(mode == BT_STORE_WRITE ? O_RDWR : O_RDONLY) | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	if (fd < 0 && errno == ENOENT && mode == BT_STORE_WRITE)
		return 0;
	if (fd < 0)
		return bt_fail(err, -errno, "history %s: %s", path, strerror(errno));
	if (fstat(fd, &st) == 0 && !S_ISREG(st.st_mode)) {
		close(fd);
		return bt_fail(err, -EMEDIUMTYPE, "%s: not a benchtop history: not a file", path);
	}
	n = read(fd, head, sizeof(head));
	close(fd);
	if (n < 0)
		return bt_fail(err, -EIO, "history %s: cannot read it", path);
	return judge_head(path, head, n, err);
}

/* The file may come from elsewhere: nothing in its schema may execute. */
static void guard(sqlite3 *db)
{
	sqlite3_db_config(db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
}

static int connect(struct bt_store *store, const char *name, int flags, struct bt_err *err)
{
	sqlite3_close(store->db);
	if (sqlite3_open_v2(name, &store->db, flags, NULL) != SQLITE_OK)
		return bt_store_fail(store, "opening it", err);
	guard(store->db);
	sqlite3_busy_timeout(store->db, BT_OPEN_PATIENCE_MS);
	return bt_store_exec(store,
		"PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON; PRAGMA cell_size_check = "
		"ON;"
		/* A cache of the usual 2 MiB fills for a quarter of an hour: it would look like a
		   leak of the workload. */
		"PRAGMA cache_size = -256;"
		"PRAGMA journal_size_limit = 4194304; SELECT 1 FROM sqlite_schema",
		"opening it", err);
}

/* The path as a URI that names the file as it stands, without a log. */
static char *frozen_name(const char *path)
{
	static const char tail[] = "?immutable=1";
	char *name = malloc(5 + 3 * strlen(path) + sizeof(tail)), *out = name;

	if (!name)
		return NULL;
	out += sprintf(out, "file:");
	for (; *path; path++)
		out += sprintf(out, strchr("%?#", *path) ? "%%%02X" : "%c", (unsigned)*path);
	strcpy(out, tail);
	return name;
}

/*
 * A history on a read-only file system: SQLite may not create the shared memory of WAL mode there,
 * and nobody writes, so the file is read as it stands; not when a log beside it holds what the file
 * does not.
 */
static int connect_frozen(struct bt_store *store, struct bt_err *err)
{
	struct stat st;
	char *wal = sqlite3_mprintf("%s-wal", store->path), *name;
	bool logged = wal && stat(wal, &st) == 0 && st.st_size > 0;
	int r;

	sqlite3_free(wal);
	if (logged)
		return bt_store_fail(store, "opening it read-only beside an unfinished log", err);
	name = frozen_name(store->path);
	r = name ? connect(store, name, SQLITE_OPEN_READONLY | SQLITE_OPEN_URI, err)
		 : bt_oom(err, "history %s", store->path);
	free(name);
	return r;
}

static int open_db(struct bt_store *store, int mode, struct bt_err *err)
{
	int flags = SQLITE_OPEN_READWRITE | (mode == BT_STORE_WRITE ? SQLITE_OPEN_CREATE : 0);
	int r = look(store->path, mode, err);

	if (r == 0)
		r = connect(store, store->path, flags, err);
	if (mode == BT_STORE_READ && (r == -EACCES || r == -EROFS) && store->db)
		r = connect_frozen(store, err);
	return r < 0 ? r : bt_schema_settle(store, err);
}

int bt_store_open(struct bt_store **store, const char *path, int mode, struct bt_err *err)
{
	struct bt_store *s = calloc(1, sizeof(*s));
	int r;

	*store = NULL;
	if (!s || !(s->path = strdup(path))) {
		free(s);
		return bt_oom(err, "history %s", path);
	}
	s->now_ns = bt_monotonic_ns;
	r = open_db(s, mode, err);
	if (r < 0) {
		bt_store_close(s);
		return r;
	}
	*store = s;
	return 0;
}

int bt_store_open_private(
	struct bt_store **store, const char *name, const char *called, struct bt_err *err)
{
	struct bt_store *s = calloc(1, sizeof(*s));
	int r;

	*store = NULL;
	if (!s || !(s->path = strdup(called))) {
		free(s);
		return bt_oom(err, "%s", called);
	}
	s->now_ns = bt_monotonic_ns;
	r = connect(s, name, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, err);
	if (r == 0)
		r = bt_store_exec(s, "PRAGMA journal_mode = OFF; PRAGMA synchronous = OFF",
			"opening it", err);
	if (r == 0)
		r = bt_schema_make(s, err);
	if (r < 0) {
		bt_store_close(s);
		return r;
	}
	*store = s;
	return 0;
}

static int stop_asked(void *unused BT_UNUSED)
{
	return bt_stop_signal != 0;
}

static int wait_for_others(void *unused BT_UNUSED, int turn)
{
	return turn < PATIENT_MS / 10 && !bt_stop_signal && sqlite3_sleep(10);
}

void bt_store_stoppable(struct bt_store *store)
{
	sqlite3_progress_handler(store->db, 10000, stop_asked, NULL);
	sqlite3_busy_handler(store->db, wait_for_others, NULL);
}

void bt_store_close(struct bt_store *store)
{
	if (!store)
		return;
	sqlite3_close_v2(store->db);
	free(store->path);
	free(store);
}
