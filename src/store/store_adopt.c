/*
 * store_adopt.c: a run from elsewhere. It is recorded in a spool, a database in a temporary file,
 * and copied into the history in one transaction when it is complete: the history never has half a
 * run, and other writers wait only for the copy.
 */
#include "store/store_impl.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "json/json.h"

static const char doing[] = "taking a run in";

int bt_store_spool(struct bt_store **store, struct bt_err *err)
{
	return bt_store_open_private(store, "", "the temporary file of an import", err);
}

/* ---- which runs are the same ---- */

/* Candidates for the run, by the index on the beginning: how each ended, and whether it is a half
 * that a kill or an older import left. */
static const char same_sql[] =
	"SELECT ending, boot_id, pid, process_start, id, started_ns, duration_ns,"
	" (SELECT count(*) FROM (SELECT 1 FROM sample WHERE run = run.id LIMIT 2)),"
	" (SELECT report FROM detail WHERE run = run.id)"
	" FROM run WHERE started_ns BETWEEN ?1 AND ?2 AND workload = ?3 AND host = ?4";

struct same {
	bool there;
	uint64_t halves[8]; /* to be replaced */
	unsigned n_halves;
};

/* Figures in which runs of the same second differ, as trials on a simulated clock do. */
static const char *const telling[] = { "seed", "offered", "completed", "failed", "expired", "units",
	"rss_start_bytes", "rss_peak_bytes", "cpu_seconds" };

/* Whether the figures that both reports have are the same; another program may have written 10
 * for 10.0. */
static bool tells_the_same(const json_t *a, const json_t *b)
{
	for (size_t i = 0; i < BT_LEN(telling); i++) {
		const json_t *x = json_object_get(a, telling[i]),
			     *y = json_object_get(b, telling[i]);
		double v = json_number_value(x), w = json_number_value(y);

		if (json_is_number(x) && json_is_number(y) ? fabs(v - w) > 1e-9 * fabs(v)
							   : json_is_string(x) && !json_equal(x, y))
			return false;
	}
	return true;
}

/* A report has its beginning to the second and its length to some ns. A half with samples is worth
 * more than a report. */
static bool is_it(
	sqlite3_stmt *stmt, const struct bt_adoption *run, const json_t *report, bool half)
{
	uint64_t duration = bt_column_count(stmt, 6);
	json_t *here;
	bool same;

	if (!run->report_alone)
		return true;
	if (half && bt_column_count(stmt, 5) == run->started_ns)
		return bt_column_count(stmt, 7) <= 1;
	if (BT_MAX(duration, run->duration_ns) - BT_MIN(duration, run->duration_ns) >= 1000)
		return false;
	here = json_loads(bt_column_text(stmt, 8), 0, NULL);
	same = tells_the_same(here, report);
	json_decref(here);
	return same;
}

static int find_same(struct bt_store *store, struct same *out, const struct bt_adoption *run,
	const json_t *report, struct bt_err *err)
{
	sqlite3_stmt *stmt = NULL;
	int r = bt_store_prepare(store, &stmt, same_sql, err), step;
	int64_t last = (int64_t)run->started_ns;

	*out = (struct same){ .there = false };
	if (r < 0)
		return r;
	if (run->report_alone && __builtin_add_overflow(last, BT_NS_PER_S - 1, &last))
		last = INT64_MAX;
	bt_bind_moment(stmt, 1, run->started_ns);
	bt_bind_moment(stmt, 2, (uint64_t)last);
	bt_bind_text(stmt, 3, run->workload);
	bt_bind_text(stmt, 4, run->host);
	while ((step = sqlite3_step(stmt)) == SQLITE_ROW) {
		bool half = sqlite3_column_type(stmt, 0) == SQLITE_NULL &&
			strcmp(bt_column_status(stmt, 0), "interrupted") == 0;

		if (!is_it(stmt, run, report, half))
			continue;
		/* Of two runs that did not end the longer one is kept. */
		if (half && out->n_halves < BT_LEN(out->halves) &&
			(run->ended || run->duration_ns > bt_column_count(stmt, 6)))
			out->halves[out->n_halves++] = bt_column_count(stmt, 4);
		else
			out->there = true;
	}
	if (step != SQLITE_DONE)
		r = bt_store_fail(store, "looking for a run", err);
	sqlite3_finalize(stmt);
	return r;
}

/* ---- what its report says of it ---- */

static void bind_number(sqlite3_stmt *stmt, int at, const json_t *object, const char *key)
{
	bt_bind_real(stmt, at, bt_json_get_real(object, key));
}

/* The report was made from the whole run, so the history takes its figures as they are. */
static int take_report(struct bt_store *spool, const json_t *report, struct bt_err *err)
{
	const json_t *latency = json_object_get(report, "latency_ns"), *l;
	const json_t *found = json_object_get(report, "finding");
	char number[BT_FMT_MAX];
	char *finding = NULL;
	double value = bt_json_get_real(found, "value");
	char *environment = json_dumps(json_object_get(report, "environment"), JSON_COMPACT);
	sqlite3_stmt *stmt = NULL;
	int r = bt_store_prepare(spool, &stmt,
		"UPDATE run SET verdict = ?1, throughput = ?2, peak_rate = ?3, error_rate = ?4,"
		" p50_ns = ?5, p99_ns = ?6, rss_peak = ?7, finding = ?8",
		err);

	l = json_object_get(latency,
		strcmp(bt_json_get_text(report, "mode"), "open") == 0 ? "response" : "service");
	if (r == 0 && isfinite(value) &&
		asprintf(&finding, "%s %s %s", bt_json_get_text(found, "name"),
			bt_fmt_number(number, sizeof(number), value),
			bt_json_get_text(found, "unit")) < 0) {
		finding = NULL;
		r = bt_oom(err, "history %s", spool->path);
	}
	if (r == 0) {
		bt_bind_text(stmt, 1, bt_json_get_text(report, "verdict"));
		bind_number(stmt, 2, report, "throughput");
		bind_number(stmt, 3, report, "peak_throughput");
		bind_number(stmt, 4, report, "error_rate");
		bind_number(stmt, 5, l, "p50");
		bind_number(stmt, 6, l, "p99");
		bind_number(stmt, 7, report, "rss_peak_bytes");
		bt_bind_text(stmt, 8, finding ? finding : "");
		r = bt_store_run(spool, stmt, doing, err);
	}
	sqlite3_finalize(stmt);
	stmt = NULL;
	if (r == 0)
		r = bt_store_prepare(spool, &stmt, "UPDATE detail SET environment = ?1", err);
	if (r == 0) {
		bt_bind_text(stmt, 1, environment ? environment : "{}");
		r = bt_store_run(spool, stmt, doing, err);
	}
	sqlite3_finalize(stmt);
	free(finding);
	free(environment);
	return r;
}

/* ---- the copy ---- */

static const char *const tables[] = { "run", "detail", "sample", "segment", "event", "note" };

/* Both are of one format, so their columns are the same. Numbers of rows are the history's own. */
static int bind_row(sqlite3_stmt *put, sqlite3_stmt *get, int columns, uint64_t run)
{
	for (int i = 0; i < columns; i++) {
		const char *name = sqlite3_column_name(get, i);

		if (!name)
			return -ENOMEM;
		if (strcmp(name, "id") == 0)
			sqlite3_bind_null(put, i + 1);
		else if (strcmp(name, "run") == 0)
			bt_bind_count(put, i + 1, run);
		else if (sqlite3_bind_value(put, i + 1, sqlite3_column_value(get, i)) != SQLITE_OK)
			return -ENOMEM;
	}
	return 0;
}

/* Reads each row as it writes it: a sample's bytes are in memory once. */
static int copy_rows(struct bt_store *store, struct bt_store *spool, sqlite3_stmt *put,
	sqlite3_stmt *get, uint64_t run, struct bt_err *err)
{
	int columns = sqlite3_column_count(get), step, r = 0;

	while (r == 0 && (step = sqlite3_step(get)) == SQLITE_ROW) {
		r = bind_row(put, get, columns, run) < 0 ? bt_oom(err, "history %s", store->path)
							 : bt_store_run(store, put, doing, err);
	}
	return r == 0 && step != SQLITE_DONE ? bt_store_fail(spool, doing, err) : r;
}

static int copy_table(struct bt_store *store, struct bt_store *spool, const char *table,
	uint64_t run, struct bt_err *err)
{
	char sql[200];
	sqlite3_stmt *get = NULL, *put = NULL;
	size_t n;
	int r;

	snprintf(sql, sizeof(sql), "SELECT * FROM %s ORDER BY 1, 2", table);
	r = bt_store_prepare(spool, &get, sql, err);
	n = (size_t)snprintf(sql, sizeof(sql), "INSERT INTO %s VALUES (?", table);
	for (int i = 1; r == 0 && i < sqlite3_column_count(get) && n + 4 < sizeof(sql); i++)
		n += (size_t)snprintf(sql + n, sizeof(sql) - n, ", ?");
	snprintf(sql + n, sizeof(sql) - n, ")");
	if (r == 0)
		r = bt_store_prepare(store, &put, sql, err);
	if (r == 0)
		r = copy_rows(store, spool, put, get, run, err);
	sqlite3_finalize(get);
	sqlite3_finalize(put);
	return r;
}

/* The report, with the number that the run has here. */
static int write_report(struct bt_store *store, uint64_t id, json_t *report, struct bt_err *err)
{
	sqlite3_stmt *stmt = NULL;
	char *text = NULL;
	int r = bt_store_prepare(store, &stmt, "UPDATE detail SET report = ?2 WHERE run = ?1", err);

	if (r == 0 && bt_json_mask(report) == 0 &&
		json_object_set_new(report, "run", json_integer((json_int_t)id)) == 0)
		text = json_dumps(report, JSON_COMPACT | JSON_REAL_PRECISION(12));
	if (r == 0 && !text)
		r = bt_oom(err, "history %s", store->path);
	if (r == 0) {
		bt_bind_count(stmt, 1, id);
		bt_bind_text(stmt, 2, text);
		r = bt_store_run(store, stmt, doing, err);
	}
	sqlite3_finalize(stmt);
	free(text);
	return r;
}

static int delete_halves(struct bt_store *store, const struct same *same, struct bt_err *err)
{
	char sql[80];
	int r = 0;

	for (unsigned i = 0; r == 0 && i < same->n_halves; i++) {
		snprintf(sql, sizeof(sql), "DELETE FROM run WHERE id = %llu",
			(unsigned long long)same->halves[i]);
		r = bt_store_exec(store, sql, doing, err);
	}
	return r;
}

static int copy(struct bt_store *store, struct bt_store *spool, struct bt_adoption *run,
	json_t *report, struct bt_err *err)
{
	struct same same;
	int r = find_same(store, &same, run, report, err);

	run->there = r == 0 && same.there;
	if (r < 0 || run->there)
		return r;
	r = delete_halves(store, &same, err);
	for (size_t i = 0; r == 0 && i < BT_LEN(tables); i++) {
		r = copy_table(store, spool, tables[i], run->id, err);
		if (i == 0)
			run->id = (uint64_t)sqlite3_last_insert_rowid(store->db);
	}
	if (r == 0)
		r = write_report(store, run->id, report, err);
	run->replaced = same.n_halves;
	return r;
}

int bt_store_adopt(struct bt_store *store, struct bt_store *spool, struct bt_adoption *run,
	json_t *report, struct bt_err *err)
{
	int r = take_report(spool, report, err);

	if (r == 0)
		r = bt_store_exec(store, "BEGIN IMMEDIATE", doing, err);
	if (r < 0)
		return r;
	r = copy(store, spool, run, report, err);
	if (r == 0)
		r = bt_store_exec(store, "COMMIT", doing, err);
	if (r < 0)
		sqlite3_exec(store->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}

int bt_store_empty(struct bt_store *spool, struct bt_err *err)
{
	return bt_store_exec(spool, "DELETE FROM run", doing, err);
}
