/* record_store.h: stores in a temporary directory, on a clock that tests turn; all that a stored
 * run gives, added up. */
#ifndef RECORD_STORE_H
#define RECORD_STORE_H

#include "store/store_impl.h"
#include "record_run.h"

#define TICK (100 * BT_NS_PER_MS)

extern uint64_t fake_now; /* of stores that store_open gives */

int store_set_up(void **state); /* a new temporary directory */
int store_tear_down(void **state);
struct bt_store *store_open(const char *path);

struct bt_recording *record_begin(struct bt_store *store, struct fake_run *run);
/* Puts the newest snapshot when its interval has passed on the fake clock. */
int record_put(struct bt_recording *rec, struct fake_run *run, struct bt_err *err);
void record_put_well(struct bt_recording *rec, struct fake_run *run);
void record_end(struct bt_recording *rec); /* and frees it */
/* A recording with a segment begun, and a tenth of a second of it: ten operations. */
struct bt_recording *record_begin_load(struct bt_store *store, struct fake_run *run);
int record_tick(struct bt_recording *rec, struct fake_run *run, struct bt_err *err);
void make_history(const char *path); /* with one run of two seconds */
const char *newest_status(struct bt_store *store);

/* The number that a query gives first; -1: none. */
int64_t ask(struct bt_store *store, const char *sql);
bool sound(struct bt_store *store); /* PRAGMA integrity_check */

struct sum {
	struct bt_hist queue, service, response;
	struct bt_counts counts;
	struct bt_tally tally;
	unsigned snapshots, notes, events, slow;
	uint64_t span_ns;
};

struct bt_source *source_open(struct bt_store *store, uint64_t id);
struct sum *sum_of(struct bt_store *store, uint64_t id);
void sum_free(struct sum *sum);
void assert_hists_equal(const struct sum *sum, const struct fake_run *run);

#endif
