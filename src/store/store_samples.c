/*
 * The sample rows of one run in the file: written, read, halved. A row is an interval with its
 * counts and its three histograms as bytes. A run may last for days and a reader wants few rows,
 * so when there are too many, or they take too many bytes (store_commit.c has the bounds),
 * neighbours are joined: counts and histograms add, so nothing is lost but half of the moments.
 * The same happens in memory to rows that a full disk keeps from being written.
 *
 * Halving reads and writes the whole run, up to 14 MiB in one transaction, and comes after as
 * much time as the run has lasted so far: five times in the first day. Joining the oldest rows
 * first would keep recent moments finer, but then widths differ within a run, and every chart
 * and window would have to know.
 */
#include "store/store_impl.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include "base/stop.h"

enum { START = 1, RUN = 18 }; /* parameters of the upsert: the columns in order, then the run */

int bt_samples_init(
	struct bt_samples *samples, struct bt_store *store, uint64_t run, struct bt_err *err)
{
	int r;

	memset(samples, 0, sizeof(*samples));
	samples->store = store;
	samples->run = run;
	samples->joined = malloc(sizeof(*samples->joined));
	samples->scratch = malloc(sizeof(*samples->scratch));
	if (!samples->joined || !samples->scratch)
		return bt_oom(err, "the recording of a run");
	bt_row_init(samples->joined);
	bt_hist_init(samples->scratch);
	r = bt_store_prepare(store, &samples->upsert,
		"INSERT INTO sample (" BT_SAMPLE_COLUMNS ", run)"
		" VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15,?16,?17,?18)"
		" ON CONFLICT (run, start_ns) DO UPDATE SET t_ns = ?2, span_ns = ?3, wall_ns = ?4,"
		" offered = ?5, completed = ?6, failed = ?7, expired = ?8, units = ?9,"
		" target_rate = ?10, rss_bytes = ?11, cpu_ns = ?12, slow = ?13, state = ?14,"
		" queue = ?15, service = ?16, response = ?17",
		err);
	if (r == 0)
		r = bt_store_prepare(store, &samples->get,
			"SELECT " BT_SAMPLE_COLUMNS " FROM sample WHERE run = ?1 AND start_ns = ?2",
			err);
	if (r == 0)
		r = bt_store_prepare(store, &samples->remove,
			"DELETE FROM sample WHERE run = ?1 AND start_ns = ?2", err);
	return r;
}

void bt_samples_fini(struct bt_samples *samples)
{
	sqlite3_finalize(samples->upsert);
	sqlite3_finalize(samples->get);
	sqlite3_finalize(samples->remove);
	free(samples->joined);
	free(samples->scratch);
}

static void bind_head(sqlite3_stmt *stmt, const struct bt_row_head *head)
{
	const uint64_t counts[] = { head->start_ns, head->t_ns, head->span_ns, head->wall_ns,
		head->counts.offered, head->counts.completed, head->counts.failed,
		head->counts.expired, head->counts.units };

	for (unsigned i = 0; i < BT_LEN(counts); i++)
		bt_bind_count(stmt, START + (int)i, counts[i]);
	bt_bind_moment(stmt, START + 3, head->wall_ns);
	bt_bind_real(stmt, 10, head->target_rate);
	bt_bind_count(stmt, 11, head->rss_bytes);
	bt_bind_count(stmt, 12, head->cpu_ns);
}

int bt_samples_write(struct bt_samples *samples, const struct bt_packed *p, struct bt_err *err)
{
	sqlite3_stmt *stmt = samples->upsert;
	const uint8_t *at = p->bytes;
	char *slow = bt_slow_text(&p->head);
	int r;

	bind_head(stmt, &p->head);
	bt_bind_text(stmt, 13, slow ? slow : "[]");
	sqlite3_bind_text(stmt, 14, bt_packed_state(p), -1, SQLITE_STATIC);
	for (int i = 0; i < BT_ROW_HISTS; at += p->size[i], i++)
		sqlite3_bind_blob64(stmt, 15 + i, at, p->size[i], SQLITE_STATIC);
	bt_bind_count(stmt, RUN, samples->run);
	r = bt_store_run(samples->store, stmt, "writing a second of the run", err);
	sqlite3_clear_bindings(stmt);
	free(slow);
	return r;
}

void bt_sample_head(struct bt_row_head *head, sqlite3_stmt *stmt)
{
	*head = (struct bt_row_head){
		.start_ns = bt_column_count(stmt, 0),
		.t_ns = bt_column_count(stmt, 1),
		.span_ns = bt_column_count(stmt, 2),
		.wall_ns = bt_column_count(stmt, 3),
		.counts = { bt_column_count(stmt, 4), bt_column_count(stmt, 5),
			bt_column_count(stmt, 6), bt_column_count(stmt, 7),
			bt_column_count(stmt, 8) },
		.target_rate = bt_column_real(stmt, 9),
		.rss_bytes = bt_column_count(stmt, 10),
		.cpu_ns = bt_column_count(stmt, 11),
	};
	head->n_slow = bt_slow_read(head->slow, BT_ROW_SLOW, bt_column_text(stmt, 12));
}

const char *bt_sample_state(sqlite3_stmt *stmt)
{
	return bt_column_text(stmt, 13);
}

int bt_sample_hist(struct bt_hist *out, sqlite3_stmt *stmt, unsigned which, struct bt_err *err)
{
	const void *blob = sqlite3_column_blob(stmt, 14 + (int)which);
	size_t n = (size_t)sqlite3_column_bytes(stmt, 14 + (int)which);

	if (!blob && n)
		bt_out_of_memory();
	return bt_hist_decode(out, blob, n, err);
}

int bt_samples_join(struct bt_samples *samples, struct bt_packed *out, const struct bt_packed *a,
	const struct bt_packed *b, struct bt_err *err)
{
	int r;

	bt_row_reset(samples->joined);
	r = bt_row_join(samples->joined, a, samples->scratch, err);
	if (r == 0)
		r = bt_row_join(samples->joined, b, samples->scratch, err);
	return r < 0 ? r : bt_row_pack(out, samples->joined, bt_packed_state(b), err);
}

/* The starts of a run's rows in order; *starts is new. */
static int row_starts(
	struct bt_samples *samples, uint64_t **starts, unsigned rows, struct bt_err *err)
{
	sqlite3_stmt *stmt = NULL;
	unsigned n = 0;
	int r = bt_store_prepare(samples->store, &stmt,
		"SELECT start_ns FROM sample WHERE run = ?1 ORDER BY start_ns LIMIT ?2", err);

	*starts = calloc(rows + 1, sizeof(**starts));
	if (r == 0 && !*starts)
		r = bt_oom(err, "the recording of a run");
	if (r == 0) {
		bt_bind_count(stmt, 1, samples->run);
		bt_bind_count(stmt, 2, rows);
		while (n < rows && sqlite3_step(stmt) == SQLITE_ROW)
			(*starts)[n++] = bt_column_count(stmt, 0);
		if (n < rows)
			r = bt_store_fail(samples->store, "counting the seconds of the run", err);
	}
	sqlite3_finalize(stmt);
	return r;
}

/* Adds the stored row that begins at start_ns to samples->joined; its state becomes the state of
 * *out. */
static int join_stored(
	struct bt_samples *samples, struct bt_packed *out, uint64_t start_ns, struct bt_err *err)
{
	sqlite3_stmt *stmt = samples->get;
	struct bt_row_head head;
	int r = 0;

	bt_bind_count(stmt, 1, samples->run);
	bt_bind_count(stmt, 2, start_ns);
	if (sqlite3_step(stmt) != SQLITE_ROW)
		r = bt_store_fail(samples->store, "reading a second of the run", err);
	for (unsigned i = 0; r == 0 && i < BT_ROW_HISTS; i++) {
		r = bt_sample_hist(samples->scratch, stmt, i, err);
		if (r == 0)
			bt_hist_merge(&samples->joined->hists[i], samples->scratch);
	}
	if (r == 0) {
		bt_sample_head(&head, stmt);
		bt_row_join_head(samples->joined, &head);
		bt_packed_fini(out);
		r = bt_row_pack(out, samples->joined, bt_sample_state(stmt), err);
	}
	sqlite3_reset(stmt);
	return r;
}

/* Makes one row of n (one or two) neighbours; *bytes grows by its size. */
static int join_neighbours(struct bt_samples *samples, const uint64_t *starts, unsigned n,
	uint64_t *bytes, struct bt_err *err)
{
	struct bt_packed p = { .bytes = NULL };
	int r = 0;

	bt_row_reset(samples->joined);
	for (unsigned i = 0; r == 0 && i < n; i++)
		r = join_stored(samples, &p, starts[i], err);
	if (r == 0)
		r = bt_samples_write(samples, &p, err);
	if (r == 0)
		*bytes += bt_packed_size(&p);
	if (r == 0 && n == 2) {
		bt_bind_count(samples->remove, 1, samples->run);
		bt_bind_count(samples->remove, 2, starts[1]);
		r = bt_store_run(
			samples->store, samples->remove, "joining seconds of the run", err);
	}
	bt_packed_fini(&p);
	return r;
}

int bt_samples_halve(
	struct bt_samples *samples, unsigned *rows, uint64_t *bytes, struct bt_err *err)
{
	uint64_t *starts, total = 0;
	unsigned n = *rows;
	int r = row_starts(samples, &starts, n, err);

	for (unsigned i = 0; r == 0 && i < n; i += 2)
		r = join_neighbours(samples, starts + i, BT_MIN(2, n - i), &total, err);
	free(starts);
	if (r == 0) {
		*rows = (n + 1) / 2;
		*bytes = total;
	}
	return r;
}
