/* store_list.c: the history as lines, which run a text names, and stored reports. */
#include "store/store_impl.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/grow.h"
#include "base/fmt.h"
#include "base/text.h"
#include "json/json.h"

#define LIST_COLUMNS                                                                         \
	"SELECT ending, boot_id, pid, process_start, id, started_ns, duration_ns, workload," \
	" profile, tags, host, verdict, open_loop, throughput, error_rate, peak_rate,"       \
	" p50_ns, p99_ns, rss_peak, finding, commit_id, kind"
enum { LIST_MORE = 22 }; /* columns: those of other listed figures follow */

/* Listed figures that have a column of the table run; others are read from the report. */
static const struct {
	const char *name;
	size_t offset; /* of struct bt_run_row */
} kept[] = {
	{ "throughput", offsetof(struct bt_run_row, throughput) },
	{ "error_rate", offsetof(struct bt_run_row, error_rate) },
	{ "peak_throughput", offsetof(struct bt_run_row, peak_rate) },
	{ "p50", offsetof(struct bt_run_row, p50_ns) },
	{ "p99", offsetof(struct bt_run_row, p99_ns) },
	{ "rss_peak_bytes", offsetof(struct bt_run_row, rss_peak_bytes) },
};

/* The next listed figure without a column, behind one; NULL: first, and last. */
static const struct bt_figure *next_more(const struct bt_figure *figure)
{
	for (figure = figure ? figure + 1 : bt_figures; figure->name; figure++) {
		size_t i = 0;

		while (i < BT_LEN(kept) && strcmp(kept[i].name, figure->name) != 0)
			i++;
		if (figure->in & BT_IN_HISTORY && i == BT_LEN(kept))
			return figure;
	}
	return NULL;
}

double bt_row_figure(const struct bt_run_row *row, const struct bt_figure *figure)
{
	const struct bt_figure *more = NULL;

	for (size_t i = 0; i < BT_LEN(kept); i++)
		if (strcmp(kept[i].name, figure->name) == 0)
			return *(const double *)(const void *)((const char *)row + kept[i].offset);
	for (unsigned i = 0; i < BT_LISTED_MORE && (more = next_more(more)); i++)
		if (more == figure)
			return row->more[i];
	return NAN;
}

static char *list_sql(char *buf, size_t size)
{
	const struct bt_figure *more = NULL;

	bt_text_format(buf, size, "%s", LIST_COLUMNS);
	for (unsigned i = 0; i < BT_LISTED_MORE && (more = next_more(more)); i++)
		bt_text_add(buf, size,
			", (SELECT json_extract(report, '$.%s') FROM detail WHERE run = id)",
			more->name);
	bt_text_add(
		buf, size, " FROM run WHERE ?1 IS NULL OR workload = ?1 ORDER BY id DESC LIMIT ?2");
	return buf;
}

static bool read_row(struct bt_run_row *row, struct bt_pool *pool, sqlite3_stmt *stmt)
{
	*row = (struct bt_run_row){
		.status = bt_column_status(stmt, 0),
		.id = bt_column_count(stmt, 4),
		.started_wall_ns = bt_column_count(stmt, 5),
		.duration_ns = bt_column_count(stmt, 6),
		.workload = bt_pool_text(pool, bt_column_text(stmt, 7)),
		.profile = bt_pool_text(pool, bt_column_text(stmt, 8)),
		.tags = bt_pool_text(pool, bt_column_text(stmt, 9)),
		.host = bt_pool_text(pool, bt_column_text(stmt, 10)),
		.verdict = bt_pool_text(pool, bt_column_text(stmt, 11)),
		.open_loop = sqlite3_column_int(stmt, 12),
		.throughput = bt_column_real(stmt, 13),
		.error_rate = bt_column_real(stmt, 14),
		.peak_rate = bt_column_real(stmt, 15),
		.p50_ns = bt_column_real(stmt, 16),
		.p99_ns = bt_column_real(stmt, 17),
		.rss_peak_bytes = bt_column_real(stmt, 18),
		.commit = bt_pool_text(pool, bt_column_text(stmt, 20)),
		.kind = bt_column_count(stmt, 21),
	};
	row->finding = bt_pool_text(pool, bt_column_text(stmt, 19));
	for (unsigned i = 0; i < BT_LISTED_MORE; i++)
		row->more[i] = (int)i + LIST_MORE < sqlite3_column_count(stmt)
			? bt_column_real(stmt, (int)i + LIST_MORE)
			: NAN;
	return row->workload && row->profile && row->tags && row->host && row->verdict &&
		row->finding && row->commit;
}

/* The next row of the list, which grows as it must; NULL: no memory. */
static struct bt_run_row *next_row(struct bt_run_list *list)
{
	struct bt_run_row *rows = bt_grow(list->rows, list->n, sizeof(*rows));

	if (!rows)
		return NULL;
	list->rows = rows;
	return &list->rows[list->n++];
}

static int read_rows(
	struct bt_store *store, struct bt_run_list *list, sqlite3_stmt *stmt, struct bt_err *err)
{
	struct bt_run_row *row;
	int r;

	while ((r = sqlite3_step(stmt)) == SQLITE_ROW) {
		row = next_row(list);
		if (!row || !read_row(row, list->own, stmt))
			return bt_oom(err, "%zu runs", list->n);
	}
	return r == SQLITE_DONE ? 0 : bt_store_fail(store, "reading the list of runs", err);
}

int bt_store_list(struct bt_store *store, struct bt_run_list *list, const char *workload,
	unsigned limit, struct bt_err *err)
{
	sqlite3_stmt *stmt = NULL;
	char sql[1024];
	int r = bt_store_prepare(store, &stmt, list_sql(sql, sizeof(sql)), err);

	memset(list, 0, sizeof(*list));
	list->own = calloc(1, sizeof(struct bt_pool));
	if (r == 0 && !list->own)
		r = bt_oom(err, "a list of runs");
	if (r == 0) {
		bt_bind_text(stmt, 1, workload);
		sqlite3_bind_int64(stmt, 2, limit ? (sqlite3_int64)limit : -1);
		r = read_rows(store, list, stmt, err);
	}
	sqlite3_finalize(stmt);
	if (r < 0)
		bt_run_list_fini(list);
	return r;
}

void bt_run_list_fini(struct bt_run_list *list)
{
	if (list->own)
		bt_pool_fini(list->own);
	free(list->own);
	free(list->rows);
	memset(list, 0, sizeof(*list));
}

/* The id that a statement with one parameter finds; 0: none. */
static uint64_t find(struct bt_store *store, const char *sql, uint64_t parameter)
{
	sqlite3_stmt *stmt = NULL;
	uint64_t id = 0;

	if (bt_store_prepare(store, &stmt, sql, NULL) == 0) {
		bt_bind_count(stmt, 1, parameter);
		if (sqlite3_step(stmt) == SQLITE_ROW)
			id = bt_column_count(stmt, 0);
	}
	sqlite3_finalize(stmt);
	return id;
}

static int not_found(struct bt_store *store, const char *text, struct bt_err *err)
{
	uint64_t newest = find(store, "SELECT id FROM run ORDER BY id DESC LIMIT 1 OFFSET ?1", 0);
	uint64_t n = find(store, "SELECT count(*) FROM run WHERE id > ?1", 0);

	if (!n)
		return bt_fail(
			err, -ENOENT, "run '%s': the history %s holds no runs", text, store->path);
	return bt_fail(err, -ENOENT,
		"run '%s': no such run in the history %s (%llu runs, the newest is %llu)", text,
		store->path, (unsigned long long)n, (unsigned long long)newest);
}

int bt_store_resolve(struct bt_store *store, uint64_t *id, const char *text, struct bt_err *err)
{
	bool relative = strncmp(text, "last", 4) == 0;
	const char *number = relative ? (text[4] == '-' ? text + 5 : "0") : text;
	uint64_t n;

	if ((relative && text[4] && text[4] != '-') || bt_parse_count(&n, number) < 0)
		return bt_fail(
			err, -EINVAL, "run '%s': expected a number, last, or last-1 …", text);
	*id = n > INT64_MAX ? 0
		: relative ? find(store, "SELECT id FROM run ORDER BY id DESC LIMIT 1 OFFSET ?1", n)
			   : find(store, "SELECT id FROM run WHERE id = ?1", n);
	return *id ? 0 : not_found(store, text, err);
}

/* Whether a report may hold credentials of an older version; most do not, and need no parsing. */
static bool may_need_mask(const char *report)
{
	return strstr(report, "://") || strstr(report, "\"header\":");
}

/*
 * The report of a run that did not end has the status of that moment; this is the present one.
 * NULL: it did end.
 */
static char *report_of(const char *text, const char *status)
{
	json_t *object = json_loads(text, 0, NULL);
	char *out = NULL;

	if (json_is_object(object) &&
		(!status || json_object_set_new(object, "status", bt_json_string(status)) == 0) &&
		bt_json_mask(object) == 0)
		out = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(12));
	json_decref(object);
	return out;
}

static bool is_object(const char *text)
{
	json_t *value = json_loads(text, 0, NULL);
	bool is = json_is_object(value);

	json_decref(value);
	return is;
}

int bt_store_report(struct bt_store *store, uint64_t id, char **json, struct bt_err *err)
{
	sqlite3_stmt *stmt = NULL;
	int r = bt_store_prepare(store, &stmt,
		"SELECT ending, boot_id, pid, process_start, report FROM run"
		" JOIN detail ON detail.run = run.id WHERE run.id = ?1",
		err);

	*json = NULL;
	if (r < 0)
		return r;
	bt_bind_count(stmt, 1, id);
	if (sqlite3_step(stmt) != SQLITE_ROW)
		r = bt_fail(err, -ENOENT, "run %llu: no such run in the history %s",
			(unsigned long long)id, store->path);
	else if (!*bt_column_text(stmt, 4))
		r = bt_fail(err, -ENODATA, "run %llu: %s before its first second was over",
			(unsigned long long)id, bt_column_status(stmt, 0));
	else if (sqlite3_column_type(stmt, 0) == SQLITE_NULL)
		*json = report_of(bt_column_text(stmt, 4), bt_column_status(stmt, 0));
	else if (may_need_mask(bt_column_text(stmt, 4)))
		*json = report_of(bt_column_text(stmt, 4), NULL);
	else if (is_object(bt_column_text(stmt, 4)))
		*json = strdup(bt_column_text(stmt, 4));
	if (r == 0 && !*json)
		r = bt_fail(
			err, -EIO, "run %llu: its report cannot be read", (unsigned long long)id);
	sqlite3_finalize(stmt);
	return r;
}

int bt_store_process(struct bt_store *store, unsigned *pid, uint64_t id, struct bt_err *err)
{
	sqlite3_stmt *stmt = NULL;
	int r = bt_store_prepare(store, &stmt,
		"SELECT ending, boot_id, pid, process_start FROM run WHERE id = ?1", err);

	if (r < 0)
		return r;
	bt_bind_count(stmt, 1, id);
	if (sqlite3_step(stmt) != SQLITE_ROW)
		r = bt_fail(err, -ENOENT, "run %llu: no such run in the history %s",
			(unsigned long long)id, store->path);
	else if (strcmp(bt_column_status(stmt, 0), "running") != 0)
		r = bt_fail(err, -ESRCH,
			"run %llu is over (%s): benchtop show tells of it, benchtop replay plays "
			"it",
			(unsigned long long)id, bt_column_status(stmt, 0));
	else
		*pid = (unsigned)bt_column_count(stmt, 2);
	sqlite3_finalize(stmt);
	return r;
}
