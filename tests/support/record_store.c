#include "cm.h"

#include "record_store.h"

uint64_t fake_now;

static uint64_t read_fake_now(void)
{
	return fake_now;
}

int store_set_up(void **state BT_UNUSED)
{
	fake_now = 1;
	temp_make();
	return 0;
}

int store_tear_down(void **state BT_UNUSED)
{
	temp_remove();
	return 0;
}

struct bt_store *store_open(const char *path)
{
	struct bt_err err = { .msg = "" };
	struct bt_store *store;

	if (bt_store_open(&store, path, BT_STORE_WRITE, &err) < 0)
		fail_msg("%s", err.msg);
	store->now_ns = read_fake_now;
	return store;
}

struct bt_recording *record_begin(struct bt_store *store, struct fake_run *run)
{
	struct bt_err err = { .msg = "" };
	struct bt_recording *rec;

	if (bt_recording_begin(&rec, store, &run->info, "{\"os\":\"test\"}", &err) < 0)
		fail_msg("%s", err.msg);
	return rec;
}

int record_put(struct bt_recording *rec, struct fake_run *run, struct bt_err *err)
{
	fake_now += run->snap.span_ns;
	return bt_recording_put(rec, &run->snap, err);
}

void record_put_well(struct bt_recording *rec, struct fake_run *run)
{
	struct bt_err err = { .msg = "" };

	if (record_put(rec, run, &err) < 0)
		fail_msg("%s", err.msg);
}

void record_end(struct bt_recording *rec)
{
	struct bt_err err = { .msg = "" };

	if (bt_recording_end(rec, NULL, "ended", &err) < 0)
		fail_msg("%s", err.msg);
	bt_recording_free(rec);
}

struct bt_recording *record_begin_load(struct bt_store *store, struct fake_run *run)
{
	fake_segment(run, "load", 100, BT_FOREVER);
	return record_begin(store, run);
}

int record_tick(struct bt_recording *rec, struct fake_run *run, struct bt_err *err)
{
	fake_tick(run, TICK, 10, 0);
	return record_put(rec, run, err);
}

const char *newest_status(struct bt_store *store)
{
	static char status[16];
	struct bt_run_list list;

	assert_int_equal(bt_store_list(store, &list, NULL, 1, NULL), 0);
	snprintf(status, sizeof(status), "%s", list.n ? list.rows[0].status : "");
	bt_run_list_fini(&list);
	return status;
}

void make_history(const char *path)
{
	struct bt_store *store = store_open(path);
	struct fake_run *run = fake_new(true);
	struct bt_recording *rec = record_begin_load(store, run);

	for (int i = 0; i < 20; i++)
		record_tick(rec, run, NULL);
	assert_int_equal(bt_recording_end(rec, NULL, "ended", NULL), 0);
	bt_recording_free(rec);
	fake_free(run);
	bt_store_close(store);
}

int64_t ask(struct bt_store *store, const char *sql)
{
	sqlite3_stmt *stmt = NULL;
	int64_t v = -1;

	assert_int_equal(sqlite3_prepare_v2(store->db, sql, -1, &stmt, NULL), SQLITE_OK);
	if (sqlite3_step(stmt) == SQLITE_ROW)
		v = sqlite3_column_int64(stmt, 0);
	sqlite3_finalize(stmt);
	return v;
}

bool sound(struct bt_store *store)
{
	return ask(store,
		       "SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = "
		       "'ok'") == 1;
}

struct bt_source *source_open(struct bt_store *store, uint64_t id)
{
	struct bt_err err = { .msg = "" };
	struct bt_source *src;

	if (bt_store_source(store, id, &src, &err) < 0)
		fail_msg("%s", err.msg);
	return src;
}

static void add_up(struct sum *sum, struct bt_source *src)
{
	const struct bt_snapshot *snap;

	memset(sum, 0, sizeof(*sum));
	bt_hist_init(&sum->queue);
	bt_hist_init(&sum->service);
	bt_hist_init(&sum->response);
	assert_int_equal(bt_tally_init(&sum->tally, &src->info, NULL), 0);
	while ((snap = src->ops->next(src))) {
		bt_tally_put(&sum->tally, snap);
		sum->snapshots++;
		sum->notes += snap->n_notes;
		sum->events += snap->n_events;
		sum->slow += snap->n_slow;
		sum->span_ns += snap->span_ns;
		sum->counts.offered += snap->interval.offered;
		sum->counts.completed += snap->interval.completed;
		sum->counts.failed += snap->interval.failed;
		sum->counts.units += snap->interval.units;
		bt_hist_merge(&sum->queue, &snap->queue);
		bt_hist_merge(&sum->service, &snap->service);
		bt_hist_merge(&sum->response, &snap->response);
		assert_int_equal(snap->last, src->ended);
	}
	assert_true(src->ended);
}

struct sum *sum_of(struct bt_store *store, uint64_t id)
{
	struct sum *sum = malloc(sizeof(*sum));
	struct bt_source *src = source_open(store, id);

	assert_non_null(sum);
	add_up(sum, src);
	bt_source_close(src);
	return sum;
}

void sum_free(struct sum *sum)
{
	bt_tally_fini(&sum->tally);
	free(sum);
}

void assert_hists_equal(const struct sum *sum, const struct fake_run *run)
{
	assert_memory_equal(&sum->queue, &run->queue, sizeof(run->queue));
	assert_memory_equal(&sum->service, &run->service, sizeof(run->service));
	assert_memory_equal(&sum->response, &run->response, sizeof(run->response));
	assert_memory_equal(&sum->counts, &run->counts, sizeof(run->counts));
}
