/* store_edit.c: what is changed of runs after they have ended: deletion, and their tags. */
#include "record/store_room.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "record/json.h"

#define TAGS_MAX 1024 /* bytes, as a recording writes them */

/* All that is done, or nothing. */
static int end_transaction(struct bt_store *store, int r, const char *doing, struct bt_err *err)
{
	if (r == 0)
		r = bt_store_exec(store, "COMMIT", doing, err);
	if (r < 0)
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

static bool goes_on(sqlite3_stmt *status, uint64_t id)
{
	bool on;

	bt_bind_count(status, 1, id);
	on = sqlite3_step(status) == SQLITE_ROW &&
		strcmp(bt_column_status(status, 0), "running") == 0;
	sqlite3_reset(status);
	return on;
}

static const char status_sql[] =
	"SELECT ending, boot_id, pid, process_start FROM run WHERE id = ?1";

int bt_store_delete(
	struct bt_store *store, size_t *kept, const uint64_t *ids, size_t n, struct bt_err *err)
{
	static const char doing[] = "deleting runs";
	sqlite3_stmt *status = NULL, *remove = NULL;
	int r = bt_store_prepare(store, &status, status_sql, err);

	*kept = 0;
	if (r == 0)
		r = bt_store_prepare(store, &remove, "DELETE FROM run WHERE id = ?1", err);
	if (r == 0)
		r = bt_store_exec(store, "BEGIN IMMEDIATE", doing, err);
	if (r == 0) {
		for (size_t i = 0; r == 0 && i < n; i++) {
			if (goes_on(status, ids[i])) {
				++*kept;
				continue;
			}
			bt_bind_count(remove, 1, ids[i]);
			r = bt_store_run(store, remove, doing, err);
		}
		r = end_transaction(store, r, doing, err);
	}
	sqlite3_finalize(status);
	sqlite3_finalize(remove);
	return r;
}

/* A word without "=" goes on with the value before it. */
static int add_word(json_t *tags, char *key, size_t size, const char *word, struct bt_err *err)
{
	const char *eq = strchr(word, '=');
	json_t *value;

	if (eq && eq != word) {
		snprintf(key, size, "%.*s", (int)(eq - word), word);
		value = bt_json_string(eq + 1);
	} else if (eq || !*key) {
		return bt_fail(err, -EINVAL, "tags: '%s': expected KEY=VALUE", word);
	} else {
		value = json_sprintf("%s %s", json_string_value(json_object_get(tags, key)), word);
	}
	return json_object_set_new(tags, key, value) == 0
		? 0
		: bt_fail(err, -EINVAL, "tags: '%s': expected UTF-8 text", word);
}

static int read_tags(json_t *tags, const char *text, struct bt_err *err)
{
	char *words = strdup(text), *rest = words, key[TAGS_MAX] = "";
	const char *word;
	int r = words ? 0 : bt_fail(err, -ENOMEM, "tags: no memory");

	if (r == 0 && strlen(text) >= TAGS_MAX)
		r = bt_fail(err, -EINVAL, "tags: %zu bytes, expected less than %d", strlen(text),
			TAGS_MAX);
	while (r == 0 && (word = strsep(&rest, " ")))
		if (*word)
			r = add_word(tags, key, sizeof(key), word, err);
	free(words);
	return r;
}

static void as_text(char *out, size_t size, json_t *tags)
{
	const char *key;
	json_t *value;
	size_t at = 0;

	out[0] = '\0';
	json_object_foreach(tags, key, value)
	{
		if (at < size)
			at += (size_t)snprintf(out + at, size - at, "%s%s=%s", at ? " " : "", key,
				json_string_value(value));
	}
}

/* A stored document with other tags, and the commit they name; NULL: it is no document. Free with free(). */
static char *retagged(const char *document, json_t *tags)
{
	json_t *object = json_loads(document, 0, NULL), *commit = json_object_get(tags, "commit");
	char *out = NULL;

	if (json_is_object(object) && json_object_set(object, "tags", tags) == 0 &&
		(!commit || json_object_set(object, "commit", commit) == 0))
		out = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17));
	json_decref(object);
	return out;
}

/* Description and report tell of the tags, too. */
static int retag_documents(struct bt_store *store, uint64_t id, json_t *tags, struct bt_err *err)
{
	sqlite3_stmt *get = NULL, *set = NULL;
	int r = bt_store_prepare(
		store, &get, "SELECT description, report FROM detail WHERE run = ?1", err);

	if (r == 0)
		r = bt_store_prepare(store, &set,
			"UPDATE detail SET description = coalesce(?2, description),"
			" report = coalesce(?3, report) WHERE run = ?1",
			err);
	if (r == 0)
		bt_bind_count(get, 1, id);
	if (r == 0 && sqlite3_step(get) == SQLITE_ROW) {
		char *description = retagged(bt_column_text(get, 0), tags);
		char *report = retagged(bt_column_text(get, 1), tags);

		bt_bind_count(set, 1, id);
		bt_bind_text(set, 2, description);
		bt_bind_text(set, 3, report);
		r = bt_store_run(store, set, "changing tags", err);
		free(description);
		free(report);
	}
	sqlite3_finalize(get);
	sqlite3_finalize(set);
	return r;
}

static int retag_row(struct bt_store *store, uint64_t id, json_t *tags, struct bt_err *err)
{
	char text[TAGS_MAX];
	sqlite3_stmt *stmt = NULL;
	int r = bt_store_prepare(store, &stmt,
		"UPDATE run SET tags = ?2, commit_id = coalesce(?3, commit_id) WHERE id = ?1", err);

	if (r == 0) {
		as_text(text, sizeof(text), tags);
		bt_bind_count(stmt, 1, id);
		bt_bind_text(stmt, 2, text);
		bt_bind_text(stmt, 3, json_string_value(json_object_get(tags, "commit")));
		r = bt_store_run(store, stmt, "changing tags", err);
	}
	if (r == 0 && sqlite3_changes(store->db) == 0)
		r = bt_fail(err, -ENOENT, "run %llu: no such run", (unsigned long long)id);
	sqlite3_finalize(stmt);
	return r;
}

int bt_store_retag(struct bt_store *store, uint64_t id, const char *text, struct bt_err *err)
{
	json_t *tags = json_object();
	sqlite3_stmt *status = NULL;
	int r = bt_store_prepare(store, &status, status_sql, err);

	if (r == 0)
		r = read_tags(tags, text, err);
	if (r == 0)
		r = bt_store_exec(store, "BEGIN IMMEDIATE", "changing tags", err);
	if (r == 0) {
		if (goes_on(status, id)) /* its writer would undo it with the next second */
			r = bt_fail(err, -EBUSY,
				"run %llu goes on: its tags can be changed when it has ended",
				(unsigned long long)id);
		if (r == 0)
			r = retag_row(store, id, tags, err);
		if (r == 0)
			r = retag_documents(store, id, tags, err);
		r = end_transaction(store, r, "changing tags", err);
	}
	sqlite3_finalize(status);
	json_decref(tags);
	return r;
}
