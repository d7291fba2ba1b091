/* store_care.c: the file of the history itself: what it takes, whether it is whole, and its room
 * given back. */
#include "store/store_impl.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static uint64_t number(struct bt_store *store, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	uint64_t n = 0;

	if (bt_store_prepare(store, &stmt, sql, NULL) == 0 && sqlite3_step(stmt) == SQLITE_ROW)
		n = bt_column_count(stmt, 0);
	sqlite3_finalize(stmt);
	return n;
}

static uint64_t size_of(const char *path, const char *suffix)
{
	char name[PATH_MAX + 8];
	struct stat st;

	snprintf(name, sizeof(name), "%s%s", path, suffix);
	return stat(name, &st) == 0 ? (uint64_t)st.st_size : 0;
}

void bt_store_care(struct bt_store *store, struct bt_store_info *out)
{
	uint64_t page = number(store, "PRAGMA page_size");

	*out = (struct bt_store_info){
		.path = store->path,
		.format = (unsigned)number(store, "PRAGMA user_version"),
		.runs = number(store, "SELECT count(*) FROM run"),
		.samples = number(store, "SELECT count(*) FROM sample"),
		.baselines = number(store, "SELECT count(*) FROM baseline"),
		.oldest_ns = number(store, "SELECT coalesce(min(started_ns), 0) FROM run"),
		.newest_ns = number(store, "SELECT coalesce(max(started_ns), 0) FROM run"),
		.file_bytes = size_of(store->path, ""),
		.wal_bytes = size_of(store->path, "-wal"),
		.free_bytes = page * number(store, "PRAGMA freelist_count"),
	};
}

int bt_store_vacuum(struct bt_store *store, struct bt_err *err)
{
	int r = bt_store_exec(store, "VACUUM", "vacuuming", err);

	return r == 0 ? bt_store_exec(store, "PRAGMA wal_checkpoint(TRUNCATE)", "vacuuming", err)
		      : r;
}

int bt_store_check(struct bt_store *store, unsigned *faults,
	void (*tell)(void *arg, const char *words), void *arg, struct bt_err *err)
{
	static const char *const checks[] = { "PRAGMA integrity_check(100)",
		"PRAGMA foreign_key_check" };
	sqlite3_stmt *stmt = NULL;
	int r = 0, step;

	*faults = 0;
	for (size_t i = 0; r == 0 && i < BT_LEN(checks); i++) {
		r = bt_store_prepare(store, &stmt, checks[i], err);
		while (r == 0 && (step = sqlite3_step(stmt)) != SQLITE_DONE) {
			if (step == SQLITE_INTERRUPT) {
				r = bt_store_fail(store, "checking", err);
				break;
			}
			const char *words = step == SQLITE_ROW
				? (const char *)sqlite3_column_text(stmt, 0)
				: sqlite3_errmsg(store->db);

			if (step == SQLITE_ROW && i == 0 && words && strcmp(words, "ok") == 0)
				continue;
			if (words && strncmp(words, "*** in database", 15) == 0 &&
				strchr(words, '\n'))
				words = strchr(words, '\n') + 1; /* SQLite's head of its list */
			tell(arg, words ? words : "unknown fault");
			++*faults;
			if (step != SQLITE_ROW)
				break;
		}
		sqlite3_finalize(stmt);
		stmt = NULL;
	}
	return r;
}

/* ---- what is stored ---- */

enum what { DOCUMENT, ROWS, HISTOGRAM };

/*
 * Columns that must be readable: documents are objects, or lists where a table has rows; NULL where
 * a run did not get that far.
 */
static const struct {
	const char *sql; /* the number or name of the owner, then the column */
	const char *what;
	enum what kind;
} stored[] = {
	{ "SELECT run, description FROM detail ORDER BY run", "description", DOCUMENT },
	{ "SELECT run, environment FROM detail ORDER BY run", "environment", DOCUMENT },
	{ "SELECT run, report FROM detail WHERE report IS NOT NULL ORDER BY run", "report",
		DOCUMENT },
	{ "SELECT run, record FROM segment ORDER BY run", "segment", DOCUMENT },
	{ "SELECT run, state FROM sample ORDER BY run", "state of a second", DOCUMENT },
	{ "SELECT run, slow FROM sample ORDER BY run", "slowest operations of a second", ROWS },
	{ "SELECT run, queue FROM sample ORDER BY run", "queue times of a second", HISTOGRAM },
	{ "SELECT run, service FROM sample ORDER BY run", "service times of a second", HISTOGRAM },
	{ "SELECT run, response FROM sample ORDER BY run", "response times of a second",
		HISTOGRAM },
	{ "SELECT name, document FROM baseline ORDER BY name", "document", DOCUMENT },
};

static bool reads(sqlite3_stmt *stmt, enum what kind, struct bt_hist *scratch)
{
	size_t n = (size_t)sqlite3_column_bytes(stmt, 1);
	const void *bytes = sqlite3_column_blob(stmt, 1);
	json_t *value;
	bool ok;

	if (kind == HISTOGRAM)
		return sqlite3_column_type(stmt, 1) == SQLITE_BLOB &&
			bt_hist_decode(scratch, bytes, n, NULL) == 0;
	value = bytes ? json_loadb(bytes, n, JSON_REJECT_DUPLICATES, NULL) : NULL;
	ok = kind == ROWS ? json_is_array(value) : json_is_object(value);
	json_decref(value);
	return ok;
}

/* "run 7: its report cannot be read", one line per kind, with a count. */
static void tell_unread(char *whose, const char *what, unsigned n,
	void (*tell)(void *arg, const char *words), void *arg)
{
	char words[200];

	if (!n)
		return;
	snprintf(words, sizeof(words), "%.100s: its %s cannot be read%s", whose, what,
		n > 1 ? ", and others" : "");
	tell(arg, words);
}

static int check_column(struct bt_store *store, size_t row, struct bt_hist *scratch,
	unsigned *faults, void (*tell)(void *arg, const char *words), void *arg, struct bt_err *err)
{
	char whose[120] = "", now[120];
	sqlite3_stmt *stmt = NULL;
	unsigned n = 0;
	int r = bt_store_prepare(store, &stmt, stored[row].sql, err), step = SQLITE_DONE;

	while (r == 0 && (step = sqlite3_step(stmt)) == SQLITE_ROW) {
		snprintf(now, sizeof(now), "%s %.100s",
			strcmp(stored[row].what, "document") == 0 ? "baseline" : "run",
			bt_column_text(stmt, 0));
		if (strcmp(whose, now) != 0) {
			tell_unread(whose, stored[row].what, n, tell, arg);
			strcpy(whose, now);
			n = 0;
		}
		if (!reads(stmt, stored[row].kind, scratch)) {
			*faults += n == 0;
			n++;
		}
	}
	tell_unread(whose, stored[row].what, n, tell, arg);
	if (r == 0 && step != SQLITE_DONE)
		r = bt_store_fail(store, "reading what is stored", err);
	sqlite3_finalize(stmt);
	return r;
}

static int check_missing(struct bt_store *store, unsigned *faults,
	void (*tell)(void *arg, const char *words), void *arg, struct bt_err *err)
{
	sqlite3_stmt *stmt = NULL;
	char words[80];
	int r = bt_store_prepare(
		store, &stmt, "SELECT id FROM run WHERE id NOT IN (SELECT run FROM detail)", err);

	while (r == 0 && sqlite3_step(stmt) == SQLITE_ROW) {
		snprintf(words, sizeof(words), "run %.20s: its description is missing",
			bt_column_text(stmt, 0));
		tell(arg, words);
		++*faults;
	}
	sqlite3_finalize(stmt);
	return r;
}

int bt_store_check_runs(struct bt_store *store, unsigned *faults,
	void (*tell)(void *arg, const char *words), void *arg, struct bt_err *err)
{
	struct bt_hist *scratch = malloc(sizeof(*scratch));
	int r = scratch ? 0 : bt_oom(err, "history %s", store->path);

	*faults = 0;
	if (r == 0) {
		bt_hist_init(scratch);
		r = check_missing(store, faults, tell, arg, err);
	}
	for (size_t i = 0; r == 0 && i < BT_LEN(stored); i++)
		r = check_column(store, i, scratch, faults, tell, arg, err);
	free(scratch);
	return r;
}
