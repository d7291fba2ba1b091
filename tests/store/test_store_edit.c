/* Deleting stored runs, changing their tags, and what they are told apart by. */
#include "cm.h"

#include <errno.h>
#include <unistd.h>

#include "record_store.h"

static const struct bt_setting tagged[] = { { "release", "0.1", false },
	{ "note", "two words", false } };

/* Runs of a second that have ended, each with everything a run can have. */
static void make_runs(struct bt_store *store, unsigned n)
{
	while (n--) {
		struct fake_run *run = fake_new(true);
		struct bt_recording *rec;

		run->info.tags = tagged;
		run->info.n_tags = BT_LEN(tagged);
		run->info.commit = "abc";
		rec = record_begin_load(store, run);
		for (int i = 0; i < 10; i++) {
			fake_tick(run, TICK, 10, 1);
			fake_note(run, 0, "no answer");
			fake_event(run, BT_EV_NOTE, "here");
			record_put_well(rec, run);
		}
		fake_last(run);
		record_put_well(rec, run);
		record_end(rec);
		fake_free(run);
	}
}

static int delete_one(struct bt_store *store, uint64_t id, size_t *kept)
{
	struct bt_err err = { .msg = "" };

	return bt_store_delete(store, kept, &id, 1, &err);
}

static void a_deleted_run_leaves_nothing_behind(void **state BT_UNUSED)
{
	static const char *const tables[] = { "sample", "segment", "event", "note", "detail" };
	struct bt_store *store = store_open(temp_path("h.db"));
	char sql[80];
	size_t kept;

	make_runs(store, 3);
	for (unsigned i = 0; i < BT_LEN(tables); i++) {
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s WHERE run = 2", tables[i]);
		assert_true(ask(store, sql) > 0);
	}
	assert_int_equal(delete_one(store, 2, &kept), 0);
	assert_int_equal(kept, 0);
	assert_int_equal(ask(store, "SELECT count(*) FROM run"), 2);
	for (unsigned i = 0; i < BT_LEN(tables); i++) {
		snprintf(sql, sizeof(sql), "SELECT count(*) FROM %s WHERE run = 2", tables[i]);
		assert_int_equal(ask(store, sql), 0);
	}
	assert_true(sound(store));
	make_runs(store, 1);
	assert_int_equal(ask(store, "SELECT max(id) FROM run"), 4); /* no number is given twice */
	bt_store_close(store);
}

static void a_run_that_goes_on_cannot_be_deleted_or_tagged(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct fake_run *run = fake_new(true);
	struct bt_recording *rec = record_begin_load(store, run);
	const uint64_t ids[] = { 1, 2 };
	struct bt_err err = { .msg = "" };
	size_t kept;

	fake_tick(run, TICK, 10, 0);
	record_put_well(rec, run);
	make_runs(store, 1);
	assert_int_equal(bt_store_delete(store, &kept, ids, 2, &err), 0);
	assert_int_equal(kept, 1);
	assert_int_equal(ask(store, "SELECT id FROM run"), 1);
	assert_int_equal(bt_store_retag(store, 1, "a=b", &err), -EBUSY);
	fake_last(run);
	record_put_well(rec, run);
	record_end(rec);
	assert_int_equal(bt_store_retag(store, 1, "a=b", &err), 0);
	assert_int_equal(delete_one(store, 1, &kept), 0);
	assert_int_equal(ask(store, "SELECT count(*) FROM run"), 0);
	fake_free(run);
	bt_store_close(store);
}

static void a_run_that_is_not_there_is_deleted_already(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_err err = { .msg = "" };
	size_t kept;

	assert_int_equal(delete_one(store, 7, &kept), 0);
	assert_int_equal(bt_store_retag(store, 7, "a=b", &err), -ENOENT);
	bt_store_close(store);
}

/* When another process holds the file, nothing of it is done. */
static void a_locked_history_deletes_all_or_nothing(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db")), *other;
	struct bt_err err = { .msg = "" };
	const uint64_t ids[] = { 1, 2 };
	size_t kept;

	make_runs(store, 2);
	other = store_open(temp_path("h.db"));
	sqlite3_busy_timeout(store->db, 1);
	assert_int_equal(bt_store_exec(other, "BEGIN IMMEDIATE", "", NULL), 0);
	assert_int_equal(bt_store_delete(store, &kept, ids, 2, &err), -EBUSY);
	assert_int_equal(bt_store_exec(other, "ROLLBACK", "", NULL), 0);
	assert_int_equal(ask(store, "SELECT count(*) FROM run"), 2);
	assert_int_equal(bt_store_delete(store, &kept, ids, 2, &err), 0);
	bt_store_close(other);
	bt_store_close(store);
}

/* The first run of the list. */
static struct bt_run_row first(struct bt_store *store, struct bt_run_list *list)
{
	assert_int_equal(bt_store_list(store, list, NULL, 0, NULL), 0);
	return list->rows[0];
}

static void tags_are_changed_wherever_they_are_told(void **state BT_UNUSED)
{
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_source *source;
	struct bt_run_list list;
	struct bt_err err;
	char *report;

	make_runs(store, 1);
	assert_string_equal(first(store, &list).tags, "release=0.1 'note=two words'");
	assert_string_equal(list.rows[0].commit, "abc");
	bt_run_list_fini(&list);
	assert_int_equal(
		bt_store_retag(store, 1, "  note=now three words  commit=def x= ", &err), 0);
	assert_string_equal(first(store, &list).tags, "'note=now three words' commit=def x=");
	assert_string_equal(list.rows[0].commit, "def");
	bt_run_list_fini(&list);
	source = source_open(store, 1);
	assert_int_equal(source->info.n_tags, 3);
	assert_string_equal(source->info.tags[0].value, "now three words");
	assert_string_equal(source->info.commit, "def");
	bt_source_close(source);
	assert_int_equal(bt_store_report(store, 1, &report, &err), 0);
	assert_non_null(strstr(
		report, "\"tags\":{\"note\":\"now three words\",\"commit\":\"def\",\"x\":\"\"}"));
	assert_non_null(strstr(report, "\"commit\":\"def\","));
	free(report);
	assert_int_equal(bt_store_retag(store, 1, "", &err), 0);
	assert_string_equal(first(store, &list).tags, "");
	bt_run_list_fini(&list);
	bt_store_close(store);
}

static void what_are_no_tags_is_refused(void **state BT_UNUSED)
{
	static const char *const bad[] = { "word", "=v", "a=b =c", "\xff=1" };
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_run_list list;
	struct bt_err err;
	char text[1500];

	make_runs(store, 1);
	for (unsigned i = 0; i < BT_LEN(bad); i++) {
		err.msg[0] = '\0';
		assert_int_equal(bt_store_retag(store, 1, bad[i], &err), -EINVAL);
		assert_non_null(strstr(err.msg, "expected"));
	}
	memset(text, 'x', sizeof(text));
	text[1] = '=';
	text[sizeof(text) - 1] = '\0';
	assert_string_equal(first(store, &list).tags, "release=0.1 'note=two words'");
	bt_run_list_fini(&list);
	assert_int_equal(bt_store_retag(store, 1, text, &err), 0); /* long ones are kept whole */
	assert_string_equal(first(store, &list).tags, text);
	bt_run_list_fini(&list);
	bt_store_close(store);
}

/* Runs with the same options are of one kind, whatever their seed and tags. */
static void the_kind_follows_from_the_options(void **state BT_UNUSED)
{
	static const struct bt_setting options[][2] = {
		{ { "rate", "100", false }, { "seed", "1", false } },
		{ { "rate", "100", false }, { "seed", "2", false } },
		{ { "rate", "200", false }, { "seed", "1", false } },
	};
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_run_list list;

	for (unsigned i = 0; i < BT_LEN(options); i++) {
		struct fake_run *run = fake_new(true);

		run->info.settings = options[i];
		run->info.n_settings = 2;
		bt_recording_free(record_begin(store, run));
		fake_free(run);
	}
	first(store, &list);
	assert_int_equal(list.n, 3);
	assert_true(list.rows[2].kind == list.rows[1].kind);
	assert_true(list.rows[2].kind != list.rows[0].kind);
	assert_true(list.rows[0].kind != UINT64_MAX);
	assert_string_equal(list.rows[0].commit, "");
	bt_run_list_fini(&list);
	bt_store_close(store);
}

/* A history as version 2 left it. */
static void an_older_history_keeps_its_runs_and_learns_their_commits(void **state BT_UNUSED)
{
	static const char *const tags[] = { "commit=abc", "x=1 commit=def y=2", "mycommit=no",
		"x=1 commit=ghi" };
	struct bt_store *store = store_open(temp_path("h.db"));
	struct bt_run_list list;
	char sql[200];

	make_runs(store, BT_LEN(tags));
	for (unsigned i = 0; i < BT_LEN(tags); i++) {
		snprintf(sql, sizeof(sql), "UPDATE run SET tags = '%s' WHERE id = %u", tags[i],
			i + 1);
		assert_int_equal(bt_store_exec(store, sql, "", NULL), 0);
	}
	assert_int_equal(bt_store_exec(store,
				 "DROP INDEX run_by_start;"
				 "ALTER TABLE run DROP COLUMN commit_id;"
				 "ALTER TABLE run DROP COLUMN kind; PRAGMA user_version = 2",
				 "", NULL),
		0);
	bt_store_close(store);
	store = store_open(temp_path("h.db"));
	first(store, &list);
	assert_int_equal(list.n, BT_LEN(tags));
	assert_string_equal(list.rows[3].commit, "abc");
	assert_string_equal(list.rows[2].commit, "def");
	assert_string_equal(list.rows[1].commit, "");
	assert_string_equal(list.rows[0].commit, "ghi");
	assert_true(list.rows[0].kind == UINT64_MAX);
	bt_run_list_fini(&list);
	bt_store_close(store);
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, store_set_up, store_tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(a_deleted_run_leaves_nothing_behind),
		CASE(a_run_that_goes_on_cannot_be_deleted_or_tagged),
		CASE(a_run_that_is_not_there_is_deleted_already),
		CASE(a_locked_history_deletes_all_or_nothing),
		CASE(tags_are_changed_wherever_they_are_told),
		CASE(what_are_no_tags_is_refused),
		CASE(the_kind_follows_from_the_options),
		CASE(an_older_history_keeps_its_runs_and_learns_their_commits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
