/* store_sql.c: statements of SQLite, their parameters and columns, and its failures in words. */
#include "store/store_impl.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/stop.h"

/* The words and the errno for what SQLite says; the system's own word where it has one. */
static const struct {
	int sqlite, code;
	const char *words;
} failures[] = {
	{ SQLITE_FULL, -ENOSPC, "disk full" },
	{ SQLITE_READONLY, -EROFS, "read-only" },
	{ SQLITE_BUSY, -EBUSY, "locked by another process" },
	{ SQLITE_LOCKED, -EBUSY, "locked by another process" },
	{ SQLITE_CANTOPEN, -EACCES, "cannot open it, or create a file beside it" },
	{ SQLITE_PERM, -EACCES, "no permission" },
	{ SQLITE_NOTADB, -EMEDIUMTYPE, "not a benchtop history" },
	{ SQLITE_CORRUPT, -EIO, "damaged" },
	{ SQLITE_NOMEM, -ENOMEM, "no memory" },
	{ SQLITE_INTERRUPT, -EINTR, "interrupted; nothing changed" },
};

int bt_store_fail(const struct bt_store *store, const char *doing, struct bt_err *err)
{
	int sqlite = sqlite3_errcode(store->db) & 0xff, system = sqlite3_system_errno(store->db);

	if (sqlite == SQLITE_IOERR && (system == ENOSPC || system == EDQUOT))
		sqlite = SQLITE_FULL;
	for (size_t i = 0; i < BT_LEN(failures); i++)
		if (failures[i].sqlite == sqlite)
			return bt_fail(err, failures[i].code, "history %s: %s (%s)", store->path,
				failures[i].words, doing);
	return bt_fail(
		err, -EIO, "history %s: %s (%s)", store->path, sqlite3_errmsg(store->db), doing);
}

int bt_store_prepare(
	struct bt_store *store, sqlite3_stmt **stmt, const char *sql, struct bt_err *err)
{
	if (sqlite3_prepare_v2(store->db, sql, -1, stmt, NULL) == SQLITE_OK)
		return 0;
	return bt_store_fail(store, "preparing a statement", err);
}

int bt_store_exec(struct bt_store *store, const char *sql, const char *doing, struct bt_err *err)
{
	if (sqlite3_exec(store->db, sql, NULL, NULL, NULL) == SQLITE_OK)
		return 0;
	return bt_store_fail(store, doing, err);
}

int bt_store_run(struct bt_store *store, sqlite3_stmt *stmt, const char *doing, struct bt_err *err)
{
	int r = sqlite3_step(stmt) == SQLITE_DONE ? 0 : bt_store_fail(store, doing, err);

	sqlite3_reset(stmt);
	return r;
}

bool bt_store_row(struct bt_store *store, sqlite3_stmt *stmt, const char *doing)
{
	int r = sqlite3_step(stmt);

	if (r != SQLITE_ROW && r != SQLITE_DONE && !store->lost.code)
		bt_store_fail(store, doing, &store->lost);
	return r == SQLITE_ROW;
}

int bt_store_lost(struct bt_store *store, struct bt_err *err)
{
	int r = store->lost.code;

	store->lost.code = 0;
	return r ? bt_fail(err, r, "%s", store->lost.msg) : 0;
}

void bt_bind_count(sqlite3_stmt *stmt, int at, uint64_t v)
{
	if (v == UINT64_MAX)
		sqlite3_bind_null(stmt, at);
	else
		sqlite3_bind_int64(stmt, at, (sqlite3_int64)v);
}

void bt_bind_moment(sqlite3_stmt *stmt, int at, uint64_t unix_ns)
{
	sqlite3_bind_int64(stmt, at, (sqlite3_int64)unix_ns);
}

void bt_bind_real(sqlite3_stmt *stmt, int at, double v)
{
	if (isfinite(v))
		sqlite3_bind_double(stmt, at, v);
	else
		sqlite3_bind_null(stmt, at);
}

void bt_bind_text(sqlite3_stmt *stmt, int at, const char *text)
{
	if (sqlite3_bind_text(stmt, at, text, -1, SQLITE_TRANSIENT) == SQLITE_NOMEM)
		bt_out_of_memory();
}

uint64_t bt_column_count(sqlite3_stmt *stmt, int at)
{
	return sqlite3_column_type(stmt, at) == SQLITE_NULL
		? UINT64_MAX
		: (uint64_t)sqlite3_column_int64(stmt, at);
}

double bt_column_real(sqlite3_stmt *stmt, int at)
{
	return sqlite3_column_type(stmt, at) == SQLITE_NULL ? NAN : sqlite3_column_double(stmt, at);
}

const char *bt_column_text(sqlite3_stmt *stmt, int at)
{
	const char *text;

	if (sqlite3_column_type(stmt, at) == SQLITE_NULL)
		return "";
	text = (const char *)sqlite3_column_text(stmt, at);
	if (!text)
		bt_out_of_memory();
	return text;
}

const char *bt_column_status(sqlite3_stmt *stmt, int at)
{
	static const char *const endings[] = { "ended", "stopped", "failed", "interrupted" };
	const char *text = bt_column_text(stmt, at);
	struct bt_process writer;

	for (size_t i = 0; i < BT_LEN(endings); i++)
		if (strcmp(text, endings[i]) == 0)
			return endings[i];
	snprintf(writer.boot_id, sizeof(writer.boot_id), "%s", bt_column_text(stmt, at + 1));
	writer.pid = bt_column_count(stmt, at + 2);
	writer.start = bt_column_count(stmt, at + 3);
	return bt_process_alive(&writer) ? "running" : "interrupted";
}
