/* store_begin.c: a run's first rows, and what the recording needs from then on. */
#include "store/store_recording.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"
#include "compare/trial.h"

/* FNV-1a (Fowler, Noll and Vo) over a text and its NUL. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
	do {
		hash = (hash ^ (unsigned char)*text) * UINT64_C(0x100000001b3);
	} while (*text++);
	return hash;
}

/* Of what runs of one kind have in common; SQLite's integers have a sign. */
static uint64_t kind_of(const struct bt_run_info *info)
{
	uint64_t hash = hash_text(UINT64_C(0xcbf29ce484222325), info->workload);

	hash = hash_text(hash, info->profile);
	hash = hash_text(hash, info->open_loop ? "open" : "closed");
	hash = hash_text(hash, info->clock ? info->clock : "");
	for (unsigned i = 0; i < info->n_settings; i++) {
		if (bt_trials_free_option(info->settings[i].name))
			continue;
		hash = hash_text(hash, info->settings[i].name);
		hash = hash_text(hash, info->settings[i].value);
	}
	return hash >> 1;
}

static int insert_run(struct bt_recording *rec, struct bt_err *err)
{
	struct bt_store *store = rec->store;
	const struct bt_run_info *info = rec->info;
	struct bt_process self;
	char *tags = NULL;
	sqlite3_stmt *stmt = NULL;
	int r = bt_store_prepare(store, &stmt,
		"INSERT INTO run (started_ns, workload, profile, tags, host, open_loop, boot_id, "
		"pid,"
		" process_start, commit_id, kind) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11)",
		err);

	if (r == 0)
		r = bt_store_tag_line(&tags, info->tags, info->n_tags, err);
	if (r < 0) {
		sqlite3_finalize(stmt);
		return r;
	}
	bt_process_self(&self);
	bt_bind_moment(stmt, 1, info->started_wall_ns);
	bt_bind_text(stmt, 2, info->workload);
	bt_bind_text(stmt, 3, info->profile);
	bt_bind_text(stmt, 4, tags);
	bt_bind_text(stmt, 5, info->host ? info->host : "");
	bt_bind_count(stmt, 6, info->open_loop);
	bt_bind_text(stmt, 7, self.boot_id);
	bt_bind_count(stmt, 8, self.pid);
	bt_bind_count(stmt, 9, self.start);
	bt_bind_text(stmt, 10, info->commit ? info->commit : "");
	bt_bind_count(stmt, 11, kind_of(info));
	r = bt_store_run(store, stmt, "beginning a run", err);
	sqlite3_finalize(stmt);
	free(tags);
	return r;
}

static int insert_detail(struct bt_recording *rec, struct bt_err *err)
{
	struct bt_store *store = rec->store;
	json_t *object = bt_json_info(rec->info);
	/* An imported run may be one of an older version. */
	char *description = bt_json_mask(object) == 0 ? json_dumps(object, JSON_COMPACT) : NULL;
	sqlite3_stmt *stmt = NULL;
	int r = bt_store_prepare(store, &stmt,
		"INSERT INTO detail (run, description, environment) VALUES (?1, ?2, ?3)", err);

	json_decref(object);
	if (r == 0 && !description)
		r = bt_oom(err, "the description of a run");
	if (r == 0) {
		bt_bind_count(stmt, 1, rec->info->id);
		bt_bind_text(stmt, 2, description);
		bt_bind_text(stmt, 3, rec->environment);
		r = bt_store_run(store, stmt, "beginning a run", err);
	}
	sqlite3_finalize(stmt);
	free(description);
	return r;
}

static int prepare(struct bt_recording *rec, struct bt_err *err)
{
	const struct {
		sqlite3_stmt **stmt;
		const char *sql;
	} rows[] = {
		{ &rec->segment,
			"INSERT INTO segment (run, n, closed_ns, record)"
			" VALUES (?1,?2,?3,?4) ON CONFLICT (run, n)"
			" DO UPDATE SET closed_ns = ?3, record = ?4" },
		{ &rec->event, "INSERT INTO event (run, t_ns, kind, text) VALUES (?1,?2,?3,?4)" },
		{ &rec->note,
			"INSERT INTO note (run, t_ns, error_class, worker, text)"
			" VALUES (?1,?2,?3,?4,?5)" },
		{ &rec->figures,
			"UPDATE run SET duration_ns = ?2, verdict = ?3, throughput = ?4,"
			" peak_rate = ?5, error_rate = ?6, p50_ns = ?7, p99_ns = ?8,"
			" rss_peak = ?9, finding = ?10 WHERE id = ?1" },
		{ &rec->report, "UPDATE detail SET report = ?2 WHERE run = ?1" },
		{ &rec->ending, "UPDATE run SET ending = ?2 WHERE id = ?1" },
	};
	int r = bt_samples_init(&rec->samples, rec->store, rec->info->id, err);

	for (size_t i = 0; r == 0 && i < BT_LEN(rows); i++)
		r = bt_store_prepare(rec->store, rows[i].stmt, rows[i].sql, err);
	return r;
}

static int rollback(struct bt_recording *rec, int code)
{
	sqlite3_exec(rec->store->db, "ROLLBACK", NULL, NULL, NULL);
	return code;
}

static int begin(struct bt_recording *rec, struct bt_err *err)
{
	int r = bt_store_exec(rec->store, "BEGIN IMMEDIATE", "beginning a run", err);

	if (r < 0)
		return r;
	r = insert_run(rec, err);
	rec->info->id = (uint64_t)sqlite3_last_insert_rowid(rec->store->db);
	if (r == 0)
		r = insert_detail(rec, err);
	if (r == 0)
		r = bt_store_exec(rec->store, "COMMIT", "beginning a run", err);
	return r < 0 ? rollback(rec, r) : prepare(rec, err);
}

int bt_recording_begin(struct bt_recording **out, struct bt_store *store, struct bt_run_info *info,
	const char *environment_json, struct bt_err *err)
{
	struct bt_recording *rec = calloc(1, sizeof(*rec));
	int r = 0;

	*out = NULL;
	if (rec) {
		rec->store = store;
		rec->info = info;
		rec->interval_ns = BT_NS_PER_S;
		rec->growing = malloc(sizeof(*rec->growing));
		rec->environment = strdup(environment_json);
	}
	if (!rec || !rec->growing || !rec->environment)
		r = bt_oom(err, "the recording of a run");
	if (r == 0)
		r = bt_tally_init(&rec->tally, info, err);
	if (r == 0)
		r = begin(rec, err);
	if (r < 0) {
		info->id = 0;
		bt_recording_free(rec);
		return r;
	}
	bt_row_init(rec->growing);
	sqlite3_busy_timeout(store->db, BT_BUSY_MS);
	rec->committed_ns = store->now_ns();
	rec->commit_ns = rec->committed_ns + BT_NS_PER_S;
	*out = rec;
	return 0;
}

void bt_recording_free(struct bt_recording *rec)
{
	if (!rec)
		return;
	for (unsigned i = 0; i < rec->n_pending; i++)
		bt_packed_fini(&rec->pending[i]);
	bt_samples_fini(&rec->samples);
	sqlite3_finalize(rec->segment);
	sqlite3_finalize(rec->event);
	sqlite3_finalize(rec->note);
	sqlite3_finalize(rec->figures);
	sqlite3_finalize(rec->report);
	sqlite3_finalize(rec->ending);
	bt_tally_fini(&rec->tally);
	free(rec->environment);
	free(rec->growing);
	free(rec);
}
