/* store_edit.c: what is changed of runs after they have ended: deletion, and their tags. */
#include "store/store_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/words.h"
#include "json/json.h"

/* All that is done, or nothing. */
static int end_transaction(struct bt_store *store, int r, const char *doing, struct bt_err *err)
{
	if (r == 0)
		r = bt_store_exec(store, "COMMIT", doing, err);
	if (r < 0)
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

static bool goes_on(struct bt_store *store, sqlite3_stmt *status, uint64_t id)
{
	bool on;

	bt_bind_count(status, 1, id);
	on = bt_store_row(store, status, "reading a run") &&
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
			if (goes_on(store, status, ids[i])) {
				++*kept;
				continue;
			}
			bt_bind_count(remove, 1, ids[i]);
			r = bt_store_lost(store, err);
			if (r == 0)
				r = bt_store_run(store, remove, doing, err);
		}
		r = end_transaction(store, r, doing, err);
	}
	sqlite3_finalize(status);
	sqlite3_finalize(remove);
	return r;
}

int bt_store_tag_line(char **line, const struct bt_setting *tags, unsigned n, struct bt_err *err)
{
	struct bt_words words = { 0 };
	int r = 0;

	*line = NULL;
	for (unsigned i = 0; r == 0 && i < n; i++)
		r = bt_words_add_pair(&words, tags[i].name, tags[i].value);
	if (r == 0)
		*line = bt_words_line(words.v, words.n);
	bt_words_fini(&words);
	return *line ? 0 : bt_oom(err, "tags");
}

/* Tags as the user typed them. */
struct tags {
	struct bt_words words;   /* KEY=VALUE; later KEY and VALUE apart */
	struct bt_setting *rows; /* words.n of them, pointing into words */
};

static void tags_fini(struct tags *tags)
{
	bt_words_fini(&tags->words);
	free(tags->rows);
}

/* Older versions did not quote: a word without "=" belongs to the value before it. */
static int add_word(struct bt_words *words, const char *word, struct bt_err *err)
{
	char **last = words->n ? &words->v[words->n - 1] : NULL, *both;
	const char *eq = strchr(word, '=');

	if (!bt_utf8_valid(word, strlen(word)))
		return bt_fail(err, -EINVAL, "tags: '%s': expected UTF-8 text", word);
	if (eq == word || (!eq && !last))
		return bt_fail(err, -EINVAL, "tags: '%s': expected KEY=VALUE", word);
	if (eq)
		return bt_words_add(words, word);
	if (asprintf(&both, "%s %s", *last, word) < 0)
		return -ENOMEM;
	free(*last);
	*last = both;
	return 0;
}

static int read_tags(struct tags *tags, const char *text, struct bt_err *err)
{
	struct bt_words typed = { 0 };
	int r = bt_words_split(&typed, text, err);

	if (r < 0)
		bt_fail_in(err, "tags");
	for (size_t i = 0; r == 0 && i < typed.n; i++)
		r = add_word(&tags->words, typed.v[i], err);
	bt_words_fini(&typed);
	if (r == 0)
		tags->rows = calloc(tags->words.n + 1, sizeof(*tags->rows));
	if (r == -ENOMEM || (r == 0 && !tags->rows))
		return bt_oom(err, "tags");
	for (size_t i = 0; r == 0 && i < tags->words.n; i++) {
		char *eq = strchr(tags->words.v[i], '=');

		*eq = '\0';
		tags->rows[i] = (struct bt_setting){ .name = tags->words.v[i], .value = eq + 1 };
	}
	return r;
}

/* The last value of the tag "commit"; NULL: none. */
static const char *commit_of(const struct tags *tags)
{
	const char *commit = NULL;

	for (size_t i = 0; i < tags->words.n; i++)
		if (strcmp(tags->rows[i].name, "commit") == 0)
			commit = tags->rows[i].value;
	return commit;
}

/* A stored document with other tags, and the commit they name; NULL: it is no document. Free with
 * free(). */
static char *retagged(const char *document, const struct tags *tags)
{
	json_t *object = json_loads(document, 0, NULL),
	       *rows = bt_json_settings(tags->rows, (unsigned)tags->words.n);
	const char *commit = commit_of(tags);
	char *out = NULL;

	if (json_is_object(object) && json_object_set_new(object, "tags", rows) == 0 &&
		(!commit || json_object_set_new(object, "commit", bt_json_string(commit)) == 0))
		out = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17));
	json_decref(object);
	return out;
}

/* Description and report tell of the tags, too. */
static int retag_documents(
	struct bt_store *store, uint64_t id, const struct tags *tags, struct bt_err *err)
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
	if (r == 0 && bt_store_row(store, get, "reading a run")) {
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

static int retag_row(
	struct bt_store *store, uint64_t id, const struct tags *tags, struct bt_err *err)
{
	char *line;
	sqlite3_stmt *stmt = NULL;
	int r = bt_store_prepare(store, &stmt,
		"UPDATE run SET tags = ?2, commit_id = coalesce(?3, commit_id) WHERE id = ?1", err);

	if (r == 0)
		r = bt_store_tag_line(&line, tags->rows, (unsigned)tags->words.n, err);
	if (r == 0) {
		bt_bind_count(stmt, 1, id);
		bt_bind_text(stmt, 2, line);
		bt_bind_text(stmt, 3, commit_of(tags));
		r = bt_store_run(store, stmt, "changing tags", err);
		free(line);
	}
	if (r == 0 && sqlite3_changes(store->db) == 0)
		r = bt_fail(err, -ENOENT, "run %llu: no such run", (unsigned long long)id);
	sqlite3_finalize(stmt);
	return r;
}

int bt_store_retag(struct bt_store *store, uint64_t id, const char *text, struct bt_err *err)
{
	struct tags tags = { 0 };
	sqlite3_stmt *status = NULL;
	int r = bt_store_prepare(store, &status, status_sql, err);

	if (r == 0)
		r = read_tags(&tags, text, err);
	if (r == 0)
		r = bt_store_exec(store, "BEGIN IMMEDIATE", "changing tags", err);
	if (r == 0) {
		if (goes_on(store, status, id)) /* its writer would overwrite it a second later */
			r = bt_fail(err, -EBUSY,
				"run %llu goes on: its tags can be changed when it has ended",
				(unsigned long long)id);
		if (r == 0)
			r = retag_row(store, id, &tags, err);
		if (r == 0)
			r = retag_documents(store, id, &tags, err);
		r = end_transaction(store, r, "changing tags", err);
	}
	sqlite3_finalize(status);
	tags_fini(&tags);
	return r;
}
