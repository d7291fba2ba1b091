/* store_baseline.c: baselines in the history. */
#include "store/store_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#include "base/clock.h"
#include "store/baseline.h"
#include "json/json.h"

int bt_store_baseline_put(
	struct bt_store *store, const char *name, const json_t *document, struct bt_err *err)
{
	char *text = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(12));
	sqlite3_stmt *stmt = NULL;
	int r = text
		? bt_store_prepare(store, &stmt,
			  "INSERT INTO baseline (name, created_ns, document) VALUES (?1, ?2, "
			  "?3) ON CONFLICT (name) DO UPDATE SET created_ns = ?2, document = ?3",
			  err)
		: bt_oom(err, "a baseline");

	if (r == 0) {
		bt_bind_text(stmt, 1, name);
		bt_bind_moment(stmt, 2, bt_wall_ns());
		bt_bind_text(stmt, 3, text);
		r = bt_store_run(store, stmt, "writing a baseline", err);
	}
	sqlite3_finalize(stmt);
	free(text);
	return r;
}

static json_t *read_document(sqlite3_stmt *stmt)
{
	json_t *document = json_loads(bt_column_text(stmt, 0), 0, NULL);

	if (!document || bt_json_mask(document) == 0)
		return document;
	json_decref(document);
	return NULL;
}

int bt_store_baseline_list(struct bt_store *store, json_t **out, struct bt_err *err)
{
	sqlite3_stmt *stmt = NULL;
	int r = bt_store_prepare(store, &stmt, "SELECT document FROM baseline ORDER BY name", err);

	*out = json_array();
	while (r == 0 && (r = sqlite3_step(stmt)) == SQLITE_ROW)
		r = json_array_append_new(*out, read_document(stmt)) < 0
			? bt_fail(err, -EIO, "history %s: a baseline cannot be read", store->path)
			: 0;
	if (r > 0)
		r = r == SQLITE_DONE ? 0 : bt_store_fail(store, "reading baselines", err);
	sqlite3_finalize(stmt);
	if (r < 0) {
		json_decref(*out);
		*out = NULL;
	}
	return r;
}

static int no_such(struct bt_store *store, const char *name, struct bt_err *err)
{
	char names[300] = "";
	json_t *all, *one;
	size_t i;

	if (bt_store_baseline_list(store, &all, NULL) < 0)
		return bt_fail(err, -ENOENT, "baseline '%s': there is none of that name", name);
	json_array_foreach(all, i, one)
	{
		const char *other = json_string_value(json_object_get(one, "name"));

		if (other)
			bt_text_add(names, sizeof(names), "%s%s", *names ? ", " : "", other);
	}
	json_decref(all);
	return bt_fail(err, -ENOENT, "baseline '%s': there is none of that name in %s; it has %s",
		name, store->path, names[0] ? names : "none");
}

int bt_store_baseline_get(
	struct bt_store *store, json_t **out, const char *name, struct bt_err *err)
{
	sqlite3_stmt *stmt = NULL;
	int r = bt_store_prepare(
		store, &stmt, "SELECT document FROM baseline WHERE name = ?1", err);

	*out = NULL;
	if (r < 0)
		return r;
	bt_bind_text(stmt, 1, name);
	if (sqlite3_step(stmt) != SQLITE_ROW)
		r = no_such(store, name, err);
	else if (!(*out = read_document(stmt)))
		r = bt_fail(err, -EIO, "baseline '%s': cannot be read", name);
	sqlite3_finalize(stmt);
	return r;
}

int bt_store_baseline_remove(struct bt_store *store, const char *name, struct bt_err *err)
{
	sqlite3_stmt *stmt = NULL;
	int r = bt_store_prepare(store, &stmt, "DELETE FROM baseline WHERE name = ?1", err);

	if (r < 0)
		return r;
	bt_bind_text(stmt, 1, name);
	r = bt_store_run(store, stmt, "removing a baseline", err);
	if (r == 0 && sqlite3_changes(store->db) == 0)
		r = no_such(store, name, err);
	sqlite3_finalize(stmt);
	return r;
}
