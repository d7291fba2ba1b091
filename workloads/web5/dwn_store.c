#include "web5/dwn_store.h"

#include <errno.h>
#include <pthread.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NAME "records.db"

struct w5_base {
	char dir[200], path[sizeof(NAME) + 200];
	pthread_mutex_t writing; /* in line here, instead of asking SQLite again and again */
};

enum { FIND, PUT, LOOK_UP, INSTALL, BEGIN, COMMIT, ROLLBACK, STATEMENTS };

static const char *const sql[STATEMENTS] = {
	[FIND] = "SELECT time, cid, created, protocol, path, schema, data_cid, data FROM record "
		 "WHERE tenant = ?1 AND id = ?2",
	[PUT] = "INSERT INTO record (tenant, id, created, protocol, path, schema, time, cid, "
		"initial, newest, data_cid, data) "
		"VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?10, ?11) "
		"ON CONFLICT (tenant, id) DO UPDATE SET time = ?7, cid = ?8, newest = ?9, data_cid "
		"= ?10, data = ?11",
	[LOOK_UP] = "SELECT time, cid, path FROM protocol WHERE tenant = ?1 AND uri = ?2",
	[INSTALL] = "INSERT OR REPLACE INTO protocol (tenant, uri, path, time, cid, message) "
		    "VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
	[BEGIN] = "BEGIN IMMEDIATE",
	[COMMIT] = "COMMIT",
	[ROLLBACK] = "ROLLBACK",
};

/* A record keeps its first message and its newest one, as nodes do. */
static const char schema[] =
	"PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;"
	"CREATE TABLE record (tenant TEXT NOT NULL, id TEXT NOT NULL, created TEXT NOT NULL, "
	"protocol TEXT, path TEXT, schema TEXT, time TEXT NOT NULL, cid TEXT NOT NULL, initial "
	"TEXT NOT NULL, newest TEXT NOT NULL, data_cid TEXT NOT NULL, data BLOB NOT NULL, "
	"UNIQUE (tenant, id));"
	"CREATE TABLE protocol (tenant TEXT NOT NULL, uri TEXT NOT NULL, path TEXT, time TEXT NOT "
	"NULL, cid TEXT NOT NULL, message TEXT NOT NULL, PRIMARY KEY (tenant, uri))";

struct w5_store {
	struct w5_base *base;
	sqlite3 *db;
	sqlite3_stmt *statements[STATEMENTS];
	struct w5_keyring ring;
	char *message; /* text of the one at hand */
};

static int open_db(sqlite3 **db, const struct w5_base *base, struct bt_err *err)
{
	int flags = SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE | SQLITE_OPEN_NOMUTEX;

	if (sqlite3_open_v2(base->path, db, flags, NULL) != SQLITE_OK)
		return bt_fail(err, -EIO, "%s: %s", base->path, sqlite3_errmsg(*db));
	/* Nothing foreign in a schema may execute. */
	sqlite3_db_config(*db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
	sqlite3_db_config(*db, SQLITE_DBCONFIG_ENABLE_TRIGGER, 0, NULL);
	sqlite3_db_config(*db, SQLITE_DBCONFIG_ENABLE_VIEW, 0, NULL);
	sqlite3_db_config(*db, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, NULL);
	sqlite3_busy_timeout(*db, 10000); /* for a checkpoint of another connection */
	return 0;
}

static int make_directory(struct w5_base *base, struct bt_err *err)
{
	const char *tmp = getenv("TMPDIR");
	int n = snprintf(
		base->dir, sizeof(base->dir), "%s/benchtop-dwn-XXXXXX", tmp && *tmp ? tmp : "/tmp");
	int code = n >= (int)sizeof(base->dir) ? ENAMETOOLONG : mkdtemp(base->dir) ? 0 : errno;

	if (!code)
		return 0;
	return bt_fail(err, -code, "%.160s: no directory can be made for the records: %s",
		base->dir, strerror(code));
}

int w5_base_make(struct w5_base **out, struct bt_err *err)
{
	struct w5_base *base = calloc(1, sizeof(*base));
	sqlite3 *db = NULL;
	int r;

	if (!base)
		return bt_oom(err, "records");
	pthread_mutex_init(&base->writing, NULL);
	r = make_directory(base, err);
	if (r < 0) {
		base->dir[0] = '\0'; /* there is none */
		w5_base_remove(base);
		return r;
	}
	snprintf(base->path, sizeof(base->path), "%s/" NAME, base->dir);
	r = open_db(&db, base, err);
	if (r == 0 && sqlite3_exec(db, schema, NULL, NULL, NULL) != SQLITE_OK)
		r = bt_fail(err, -EIO, "%s: %s", base->path, sqlite3_errmsg(db));
	sqlite3_close(db);
	if (r < 0)
		w5_base_remove(base);
	else
		*out = base;
	return r;
}

void w5_base_remove(struct w5_base *base)
{
	static const char *const ends[] = { "", "-wal", "-shm" };
	char path[sizeof(base->path) + 8];

	if (!base)
		return;
	for (unsigned i = 0; base->dir[0] && i < BT_LEN(ends); i++) {
		snprintf(path, sizeof(path), "%s%s", base->path, ends[i]);
		unlink(path);
	}
	if (base->dir[0])
		rmdir(base->dir);
	pthread_mutex_destroy(&base->writing);
	free(base);
}

int w5_store_open(struct w5_store **out, struct w5_base *base, struct bt_err *err)
{
	struct w5_store *s = calloc(1, sizeof(*s));
	int r = 0;

	if (!s)
		return bt_oom(err, "records");
	s->base = base;
	r = open_db(&s->db, base, err);
	if (r == 0 &&
		sqlite3_exec(s->db, "PRAGMA synchronous = NORMAL", NULL, NULL, NULL) != SQLITE_OK)
		r = bt_fail(err, -EIO, "%s: %s", base->path, sqlite3_errmsg(s->db));
	for (unsigned i = 0; r == 0 && i < STATEMENTS; i++)
		if (sqlite3_prepare_v3(s->db, sql[i], -1, SQLITE_PREPARE_PERSISTENT,
			    &s->statements[i], NULL) != SQLITE_OK)
			r = bt_fail(err, -EIO, "%s: %s", base->path, sqlite3_errmsg(s->db));
	if (r < 0)
		w5_store_close(s);
	else
		*out = s;
	return r;
}

void w5_store_close(struct w5_store *store)
{
	if (!store)
		return;
	for (unsigned i = 0; i < STATEMENTS; i++)
		sqlite3_finalize(store->statements[i]);
	sqlite3_close(store->db);
	free(store->message);
	free(store);
}

/* ---- statements ---- */

static void say(struct w5_verdict *v, unsigned code, const char *words)
{
	v->code = code;
	snprintf(v->detail, sizeof(v->detail), "%s", words);
}

static void bind_text(sqlite3_stmt *q, int at, const char *text)
{
	sqlite3_bind_text(q, at, text, -1, SQLITE_STATIC); /* NULL: null */
}

static sqlite3_stmt *ready(struct w5_store *s, unsigned which, const char *tenant, const char *id)
{
	sqlite3_stmt *q = s->statements[which];

	sqlite3_reset(q);
	bind_text(q, 1, tenant);
	bind_text(q, 2, id);
	return q;
}

/* A statement without rows. */
static bool carry_out(struct w5_store *s, sqlite3_stmt *q, struct w5_verdict *v)
{
	bool ok = sqlite3_step(q) == SQLITE_DONE;

	if (!ok)
		say(v, 500, sqlite3_errmsg(s->db));
	sqlite3_reset(q);
	return ok;
}

static const char *column(sqlite3_stmt *q, int at)
{
	return (const char *)sqlite3_column_text(q, at);
}

/* Is this message newer than the row's: a later time, or the same one and a greater identifier? */
static bool is_newer(sqlite3_stmt *row, const char *time, const char *cid)
{
	int order = strcmp(time, column(row, 0));

	return order ? order > 0 : strcmp(cid, column(row, 1)) > 0;
}

/* ---- messages ---- */

struct incoming {
	const char *tenant;
	const json_t *message;
	struct w5_checked is;
	char cid[W5_CID_SIZE]; /* the message's own */
	const uint8_t *data;
	size_t n;
	bool right_data;
};

static bool is_installed(struct w5_store *s, const struct incoming *in, struct w5_verdict *v)
{
	sqlite3_stmt *q;
	int r;

	if (!in->is.protocol)
		return true;
	q = ready(s, LOOK_UP, in->tenant, in->is.protocol);
	r = sqlite3_step(q);
	if (r != SQLITE_ROW && r != SQLITE_DONE)
		say(v, 500, sqlite3_errmsg(s->db));
	else if (r == SQLITE_DONE || !w5_dwn_same(column(q, 2), in->is.path))
		say(v, 400, "no such protocol is installed, or no such path in it");
	sqlite3_reset(q);
	return v->code == 0;
}

/* What the record, if it is there, says to this write. */
static bool may_follow(struct w5_store *s, const struct incoming *in, struct w5_verdict *v)
{
	sqlite3_stmt *q = ready(s, FIND, in->tenant, in->is.record);
	int r = sqlite3_step(q);

	if (r != SQLITE_ROW && r != SQLITE_DONE)
		say(v, 500, sqlite3_errmsg(s->db));
	else if (r == SQLITE_DONE && !in->is.initial)
		say(v, 400, "this record has no first write");
	else if (r == SQLITE_ROW && !in->is.initial &&
		(!w5_dwn_same(column(q, 2), in->is.created) ||
			!w5_dwn_same(column(q, 3), in->is.protocol) ||
			!w5_dwn_same(column(q, 4), in->is.path) ||
			!w5_dwn_same(column(q, 5), in->is.schema)))
		say(v, 400, "a later write changes what has to stay");
	else if (r == SQLITE_ROW && !is_newer(q, in->is.time, in->cid))
		say(v, 409, "the record has a newer write, or this one");
	else if (!in->right_data)
		say(v, 400, "the data is not what dataCid and dataSize say");
	sqlite3_reset(q);
	return v->code == 0;
}

static bool put(struct w5_store *s, const struct incoming *in, struct w5_verdict *v)
{
	sqlite3_stmt *q = ready(s, PUT, in->tenant, in->is.record);

	bind_text(q, 3, in->is.created);
	bind_text(q, 4, in->is.protocol);
	bind_text(q, 5, in->is.path);
	bind_text(q, 6, in->is.schema);
	bind_text(q, 7, in->is.time);
	bind_text(q, 8, in->cid);
	bind_text(q, 9, s->message);
	bind_text(q, 10, in->is.data_cid);
	sqlite3_bind_blob64(q, 11, in->data, in->n, SQLITE_STATIC);
	return carry_out(s, q, v);
}

static bool write_record(struct w5_store *s, const struct incoming *in, struct w5_verdict *v)
{
	return is_installed(s, in, v) && may_follow(s, in, v) && put(s, in, v);
}

static bool install(struct w5_store *s, const struct incoming *in, struct w5_verdict *v)
{
	sqlite3_stmt *q = ready(s, LOOK_UP, in->tenant, in->is.protocol);
	int r = sqlite3_step(q);

	if (r != SQLITE_ROW && r != SQLITE_DONE)
		say(v, 500, sqlite3_errmsg(s->db));
	else if (r == SQLITE_ROW && !is_newer(q, in->is.time, in->cid))
		say(v, 409, "a newer configuration of this protocol is installed");
	sqlite3_reset(q);
	if (v->code)
		return false;
	q = ready(s, INSTALL, in->tenant, in->is.protocol);
	bind_text(q, 3, in->is.path);
	bind_text(q, 4, in->is.time);
	bind_text(q, 5, in->cid);
	bind_text(q, 6, s->message);
	return carry_out(s, q, v);
}

/* One after the other: a lock here is fair, where SQLite's would be asked again after longer and
 * longer sleeps. */
static void change(struct w5_store *s, const struct incoming *in, struct w5_verdict *v)
{
	pthread_mutex_lock(&s->base->writing);
	if (carry_out(s, s->statements[BEGIN], v)) {
		bool ok = in->is.kind == W5_DWN_WRITE ? write_record(s, in, v) : install(s, in, v);

		if (ok && carry_out(s, s->statements[COMMIT], v))
			say(v, 202, "Accepted");
		else
			sqlite3_step(s->statements[ROLLBACK]);
		sqlite3_reset(s->statements[ROLLBACK]);
	}
	pthread_mutex_unlock(&s->base->writing);
}

static void read_record(struct w5_store *s, const struct incoming *in, struct w5_reply *reply)
{
	sqlite3_stmt *q = ready(s, FIND, in->tenant, in->is.record);
	int r = sqlite3_step(q);

	if (r != SQLITE_ROW) {
		say(&reply->verdict, r == SQLITE_DONE ? 404 : 500,
			r == SQLITE_DONE ? "no such record" : sqlite3_errmsg(s->db));
		sqlite3_reset(q);
		return;
	}
	say(&reply->verdict, 200, "OK");
	snprintf(reply->data_cid, sizeof(reply->data_cid), "%s", column(q, 6));
	reply->data = sqlite3_column_blob(q, 7); /* until the statement is reset */
	reply->n = (size_t)sqlite3_column_bytes(q, 7);
}

static void handle(struct w5_store *s, struct w5_reply *reply, struct incoming *in)
{
	char cid[W5_CID_SIZE];

	if (!w5_dwn_check(&in->is, &reply->verdict, in->message, in->tenant, &s->ring))
		return;
	reply->verdict.code = 0;
	if (in->is.kind == W5_DWN_READ) {
		read_record(s, in, reply);
		return;
	}
	s->message = json_dumps(in->message, JSON_COMPACT);
	if (!s->message || w5_cid_of_json(in->cid, in->message) < 0 ||
		w5_cid_of_data(cid, in->data, in->n) < 0) {
		say(&reply->verdict, 500, "no memory");
		return;
	}
	in->right_data = in->is.kind != W5_DWN_WRITE ||
		(in->n == in->is.data_size && strcmp(cid, in->is.data_cid) == 0);
	change(s, in, &reply->verdict);
}

void w5_store_process(struct w5_store *store, struct w5_reply *reply, const char *request,
	const uint8_t *data, size_t n)
{
	struct incoming in = { .data = data, .n = n };
	json_t *json = json_loads(request, JSON_REJECT_DUPLICATES, NULL);
	const json_t *params = json_object_get(json, "params");

	*reply = (struct w5_reply){ .data = NULL };
	sqlite3_reset(store->statements[FIND]);
	free(store->message);
	store->message = NULL;
	in.tenant = json_string_value(json_object_get(params, "target"));
	in.message = json_object_get(params, "message");
	if (in.tenant && in.message)
		handle(store, reply, &in);
	else
		say(&reply->verdict, 400,
			"expected a JSON-RPC request with a target and a message");
	json_decref(json);
}
