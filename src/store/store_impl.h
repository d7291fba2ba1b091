/* store_impl.h: what the rooms of the store share. Private to store*.c and their tests. */
#ifndef BT_STORE_ROOM_H
#define BT_STORE_ROOM_H

#include <jansson.h>
#include <sqlite3.h>

#include "machine/process.h"
#include "store/store.h"

#define BT_STORE_APPLICATION 0x62656e63 /* "benc" */

struct bt_store {
	sqlite3 *db;
	char *path;
	uint64_t (*now_ns)(void); /* CLOCK_MONOTONIC, unless a test turns it */
	struct bt_err lost;       /* the first read that failed; code 0: none */
};

/* For other processes that open, create or migrate at the same moment. */
#define BT_OPEN_PATIENCE_MS 2000

/* -EOVERFLOW: a format that this benchtop does not know. */
int bt_schema_judge(const char *path, uint32_t version, struct bt_err *err);
/*
 * Migrates an open file to the newest format. -EMEDIUMTYPE: it has a table, trigger, view, index or
 * column that its format does not have, or lacks one.
 */
int bt_schema_settle(struct bt_store *store, struct bt_err *err);

/* The tables, in the transaction at hand, from whatever format the file has. */
int bt_schema_make(struct bt_store *store, struct bt_err *err);

/*
 * Opens a temporary database of SQLite, which is deleted when its connection closes. called: its
 * name in messages.
 */
int bt_store_open_private(
	struct bt_store **store, const char *name, const char *called, struct bt_err *err);

/* The negative errno and the words for the last failure of SQLite: "history PATH: disk full
 * (writing run 3)". */
int bt_store_fail(const struct bt_store *store, const char *doing, struct bt_err *err);

/* Statements. A failure to prepare or step is told by bt_store_fail. */
int bt_store_prepare(
	struct bt_store *store, sqlite3_stmt **stmt, const char *sql, struct bt_err *err);
int bt_store_exec(struct bt_store *store, const char *sql, const char *doing, struct bt_err *err);
/* Whether the statement stands on a row; a failure is told by bt_store_lost. */
bool bt_store_row(struct bt_store *store, sqlite3_stmt *stmt, const char *doing);
/* Steps a statement that gives no rows, and resets it. */
int bt_store_run(struct bt_store *store, sqlite3_stmt *stmt, const char *doing, struct bt_err *err);

/* Tags as column run.tags has them: KEY=VALUE words of a line (words.h). The line is to be freed.
 * 0, -ENOMEM. */
int bt_store_tag_line(char **line, const struct bt_setting *tags, unsigned n, struct bt_err *err);

/* Parameters and columns with the store's conventions: unknown (NAN, UINT64_MAX) is NULL. */
void bt_bind_count(sqlite3_stmt *stmt, int at, uint64_t v);
void bt_bind_moment(sqlite3_stmt *stmt, int at, uint64_t unix_ns); /* always known (fmt.h) */
void bt_bind_real(sqlite3_stmt *stmt, int at, double v);
/* "" and NULL: as they are; copied. */
void bt_bind_text(sqlite3_stmt *stmt, int at, const char *text);
uint64_t bt_column_count(sqlite3_stmt *stmt, int at);   /* NULL: UINT64_MAX */
double bt_column_real(sqlite3_stmt *stmt, int at);      /* NULL: NAN */
const char *bt_column_text(sqlite3_stmt *stmt, int at); /* NULL: ""; valid until the next step */

/* "ended" … as stored, else "running" or "interrupted". Columns from `at`: ending, boot_id, pid,
 * process_start. */
const char *bt_column_status(sqlite3_stmt *stmt, int at);

/* A row of `sample` while it grows: an interval of the run. */
#define BT_ROW_SLOW 4

struct bt_row_head {
	uint64_t start_ns, t_ns, span_ns, wall_ns;
	struct bt_counts counts;
	double target_rate;
	uint64_t rss_bytes, cpu_ns;
	struct bt_slow slow[BT_ROW_SLOW]; /* slowest first */
	unsigned n_slow;
};

enum { BT_ROW_QUEUE, BT_ROW_SERVICE, BT_ROW_RESPONSE, BT_ROW_HISTS };

struct bt_row {
	struct bt_row_head head;
	bool any; /* a snapshot is in it */
	struct bt_hist hists[BT_ROW_HISTS];
};

/* The same as bytes, as it is stored. */
struct bt_packed {
	struct bt_row_head head;
	uint8_t *bytes; /* the histograms, then the state's text with its NUL */
	size_t size[BT_ROW_HISTS], state_size;
};

static inline size_t bt_packed_size(const struct bt_packed *p)
{
	return p->size[0] + p->size[1] + p->size[2] + p->state_size;
}

static inline const char *bt_packed_state(const struct bt_packed *p)
{
	return (const char *)p->bytes + bt_packed_size(p) - p->state_size;
}

void bt_row_init(struct bt_row *row);  /* any memory */
void bt_row_reset(struct bt_row *row); /* one that was in use */
void bt_row_add(struct bt_row *row, const struct bt_snapshot *snap);
/* A later interval joins, all but its histograms: counts add, readings are the later ones. */
void bt_row_join_head(struct bt_row *row, const struct bt_row_head *next);
/* The packed row, which follows, joins. scratch was initialised. -EINVAL: not a histogram; *row is
 * then unchanged. */
int bt_row_join(struct bt_row *row, const struct bt_packed *next, struct bt_hist *scratch,
	struct bt_err *err);
/* *out is new: free it with bt_packed_fini. -ENOMEM. */
int bt_row_pack(
	struct bt_packed *out, const struct bt_row *row, const char *state, struct bt_err *err);
void bt_packed_fini(struct bt_packed *p);

/* Column `slow` and back. */
char *bt_slow_text(const struct bt_row_head *head); /* free with free() */
unsigned bt_slow_read(struct bt_slow *out, unsigned room, const char *text);

/* Rows of one run in the file. */
struct bt_samples {
	struct bt_store *store;
	uint64_t run;
	sqlite3_stmt *upsert, *get, *remove;
	struct bt_row *joined;
	struct bt_hist *scratch;
};

int bt_samples_init(
	struct bt_samples *samples, struct bt_store *store, uint64_t run, struct bt_err *err);
void bt_samples_fini(struct bt_samples *samples);
/* One packed row of two; *out is new: free it with bt_packed_fini. */
int bt_samples_join(struct bt_samples *samples, struct bt_packed *out, const struct bt_packed *a,
	const struct bt_packed *b, struct bt_err *err);
int bt_samples_write(struct bt_samples *samples, const struct bt_packed *p, struct bt_err *err);
/*
 * Makes half as many rows: each joins its neighbour, a last odd one stays. Within the caller's
 * transaction. *rows and *bytes become what is left.
 */
int bt_samples_halve(
	struct bt_samples *samples, unsigned *rows, uint64_t *bytes, struct bt_err *err);

/* A row of `sample` as these columns, read from a statement that stands on it. */
#define BT_SAMPLE_COLUMNS                                                                \
	"start_ns, t_ns, span_ns, wall_ns, offered, completed, failed, expired, units, " \
	"target_rate, rss_bytes, cpu_ns, slow, state, queue, service, response"
void bt_sample_head(struct bt_row_head *head, sqlite3_stmt *stmt);
const char *bt_sample_state(sqlite3_stmt *stmt);
int bt_sample_hist(struct bt_hist *out, sqlite3_stmt *stmt, unsigned which, struct bt_err *err);

#endif
