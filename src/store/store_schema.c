/*
 * store_schema.c: the tables of the history: creates them, migrates them to the newest format, and
 * compares them with the expected ones.
 */
#include "store/store_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"

static const unsigned char schema_1[] = {
#include "schema.inc"
	0
};
static const unsigned char schema_2[] = {
#include "schema-2.inc"
	0
};
static const unsigned char schema_3[] = {
#include "schema-3.inc"
	0
};
static const unsigned char schema_4[] = {
#include "schema-4.inc"
	0
};

/* Step i turns format i into format i + 1. A file's format is its user_version. */
static const unsigned char *const migrations[] = { schema_1, schema_2, schema_3, schema_4 };

int bt_schema_judge(const char *path, uint32_t version, struct bt_err *err)
{
	if (version <= BT_LEN(migrations))
		return 0;
	return bt_fail(err, -EOVERFLOW,
		"history %s: format %u was made by a newer benchtop, this one knows up to %zu",
		path, version, BT_LEN(migrations));
}

/* The number that a pragma returns; -1 after a failure. */
static int64_t pragma(struct bt_store *store, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int64_t v = -1;

	if (sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL) == SQLITE_OK &&
		sqlite3_step(stmt) == SQLITE_ROW)
		v = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return v;
}

/* WAL mode stays with the file. The switch does not wait for others by itself. */
static int set_wal(struct bt_store *store, struct bt_err *err)
{
	uint64_t until = bt_monotonic_ns() + BT_OPEN_PATIENCE_MS * BT_NS_PER_MS;
	int r;

	do {
		r = bt_store_exec(store, "PRAGMA journal_mode = WAL", "creating it", err);
	} while (r == -EBUSY && bt_monotonic_ns() < until && sqlite3_sleep(10));
	return r;
}

int bt_schema_make(struct bt_store *store, struct bt_err *err)
{
	char sql[128];
	/* Another process may have been faster. */
	int64_t version = pragma(store, "PRAGMA user_version");
	int r = 0;

	for (int64_t i = version; r == 0 && i < (int64_t)BT_LEN(migrations); i++)
		r = bt_store_exec(store, (const char *)migrations[i], "creating its tables", err);
	snprintf(sql, sizeof(sql), "PRAGMA application_id = %d; PRAGMA user_version = %zu",
		BT_STORE_APPLICATION, BT_LEN(migrations));
	return r < 0 ? r : bt_store_exec(store, sql, "creating its tables", err);
}

/* The checkpoint brings the new version number into the head of the file, where judge_head of any
 * benchtop sees it. */
static int migrate(struct bt_store *store, struct bt_err *err)
{
	int r = set_wal(store, err);

	if (r == 0)
		r = bt_store_exec(store, "BEGIN IMMEDIATE", "creating its tables", err);
	if (r < 0)
		return r;
	r = bt_schema_make(store, err);
	if (r == 0)
		r = bt_store_exec(store, "COMMIT", "creating its tables", err);
	if (r < 0) {
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
		return r;
	}
	sqlite3_wal_checkpoint_v2(store->db, NULL, SQLITE_CHECKPOINT_PASSIVE, NULL, NULL);
	return 0;
}

/* ---- a file has exactly what its format has ---- */

/* The word in quotes or brackets that begins here; 0: none does. */
static size_t quoted(const char *at)
{
	char end = *at == '[' ? ']' : *at;
	const char *next;

	if (!*at || !strchr("'\"`[", *at))
		return 0;
	next = strchr(at + 1, end);
	return next ? (size_t)(next - at) + 1 : strlen(at);
}

/*
 * Removes comments, and blanks except between words, in place: statements that differ only in
 * layout become the same.
 */
static void plain(char *sql)
{
	char *out = sql;
	bool gap = false;

	for (const char *at = sql; *at;) {
		size_t n = quoted(at);

		if (at[0] == '-' && at[1] == '-') {
			at += strcspn(at, "\n");
			gap = true;
			continue;
		}
		if (strchr(" \t\r\n", *at)) {
			gap = true;
			at++;
			continue;
		}
		if (gap && out > sql && !strchr("(),", *at) && !strchr("(),", out[-1]))
			*out++ = ' ';
		gap = false;
		n = BT_MAX(n, (size_t)1);
		memmove(out, at, n);
		out += n;
		at += n;
	}
	*out = '\0';
}

static const char schema_sql[] =
	"SELECT type, name, tbl_name, coalesce(sql, '') FROM sqlite_schema"
	/* The tables of ANALYZE belong to SQLite. */
	" WHERE coalesce(sql, '') NOT IN ('CREATE TABLE sqlite_stat1(tbl,idx,stat)',"
	" 'CREATE TABLE sqlite_stat4(tbl,idx,neq,nlt,ndlt,sample)') ORDER BY type, name, tbl_name";

/* The next row of a schema, as the names in it compare; true: there is one. */
static bool next_part(sqlite3_stmt *stmt, char **sql)
{
	free(*sql);
	*sql = NULL;
	if (sqlite3_step(stmt) != SQLITE_ROW || !(*sql = strdup(bt_column_text(stmt, 3))))
		return false;
	plain(*sql);
	return true;
}

static int order(sqlite3_stmt *a, sqlite3_stmt *b)
{
	int d = 0;

	for (int i = 0; d == 0 && i < 3; i++)
		d = strcmp(bt_column_text(a, i), bt_column_text(b, i));
	return d;
}

static int refuse_part(
	const struct bt_store *store, sqlite3_stmt *part, const char *words, struct bt_err *err)
{
	return bt_fail(err, -EMEDIUMTYPE, "history %s: %s '%s' %s: it is not opened", store->path,
		bt_column_text(part, 0), bt_column_text(part, 1), words);
}

static int compare(
	const struct bt_store *store, sqlite3_stmt *got, sqlite3_stmt *wanted, struct bt_err *err)
{
	char *a = NULL, *b = NULL;
	bool more, missing;
	int r = 0;

	do {
		int d;

		more = next_part(got, &a);
		missing = next_part(wanted, &b);
		d = more && missing ? order(got, wanted) : 0;
		if (more && (!missing || d < 0))
			r = refuse_part(store, got, "is not of a history", err);
		else if (missing && (!more || d > 0))
			r = refuse_part(store, wanted, "is missing", err);
		else if (more && strcmp(a, b) != 0)
			r = refuse_part(store, got, "is not as benchtop makes it", err);
	} while (r == 0 && more);
	if (r == 0 && sqlite3_errcode(store->db) != SQLITE_DONE)
		r = bt_store_fail(store, "reading its schema", err);
	free(a);
	free(b);
	return r;
}

/* Compares the file's schema with what the steps up to its format create in memory. */
static int judge_schema(struct bt_store *store, int64_t version, struct bt_err *err)
{
	sqlite3_stmt *got = NULL, *wanted = NULL;
	sqlite3 *model = NULL;
	int r, step = sqlite3_open(":memory:", &model);

	for (int64_t i = 0; step == SQLITE_OK && i < version; i++)
		step = sqlite3_exec(model, (const char *)migrations[i], NULL, NULL, NULL);
	if (step == SQLITE_OK)
		step = sqlite3_prepare_v2(model, schema_sql, -1, &wanted, NULL);
	r = step == SQLITE_OK ? bt_store_prepare(store, &got, schema_sql, err)
			      : bt_oom(err, "history %s", store->path);
	if (r == 0)
		r = compare(store, got, wanted, err);
	sqlite3_finalize(got);
	sqlite3_finalize(wanted);
	sqlite3_close(model);
	return r;
}

int bt_schema_settle(struct bt_store *store, struct bt_err *err)
{
	int64_t version = -1;
	int r = bt_store_exec(store, "BEGIN", "opening it", err); /* both are of one moment */

	if (r < 0)
		return r;
	version = pragma(store, "PRAGMA user_version");
	r = version < 0 ? bt_store_fail(store, "opening it", err)
			: bt_schema_judge(store->path, (uint32_t)version, err);
	if (r == 0)
		r = judge_schema(store, version, err);
	sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return r == 0 && version < (int64_t)BT_LEN(migrations) ? migrate(store, err) : r;
}
