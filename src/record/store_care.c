/* store_care.c: the file of the history itself: what it takes, whether it is whole, and its room given back. */
#include "record/store_room.h"

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
			const char *words = step == SQLITE_ROW
				? (const char *)sqlite3_column_text(stmt, 0)
				: sqlite3_errmsg(store->db);

			if (step == SQLITE_ROW && i == 0 && words && strcmp(words, "ok") == 0)
				continue;
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
