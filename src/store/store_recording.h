/* store_recording.h: a run while it is written. Private to store_begin.c, store_write.c and
 * store_commit.c. */
#ifndef BT_STORE_RECORDING_H
#define BT_STORE_RECORDING_H

#include "store/store_impl.h"
#include "judge/tally.h"

#define BT_PENDING_ROWS   64  /* sealed and not committed; neighbours join when it is full */
#define BT_PENDING_EVENTS 512 /* the newest beyond are dropped, while nothing can be written */
#define BT_PENDING_NOTES  512
#define BT_BUSY_MS        200 /* how long a commit waits for another process */

struct bt_recording {
	struct bt_store *store;
	struct bt_run_info *info;
	char *environment;
	struct bt_tally tally;
	struct bt_samples samples;
	sqlite3_stmt *segment, *event, *note, *figures, *report, *ending;

	struct bt_row *growing;
	uint64_t interval_ns;
	struct bt_packed pending[BT_PENDING_ROWS];
	unsigned n_pending;
	unsigned rows;  /* sealed and committed */
	uint64_t bytes; /* of those */

	bool changed[BT_TALLY_SEGMENTS]; /* since the last commit, as the tally numbers them */
	uint64_t closed_ns[BT_TALLY_SEGMENTS];
	unsigned changed_from;
	struct bt_event events[BT_PENDING_EVENTS];
	struct bt_note_record notes[BT_PENDING_NOTES];
	unsigned n_events, n_notes;

	uint64_t commit_ns, committed_ns; /* when to, when last; on the store's clock */
	bool failing, told;
};

/*
 * Commits everything collected, in one transaction: all of it, or nothing, and then it stays
 * collected. report_json NULL: as of the last snapshot; ending NULL: the run goes on.
 */
int bt_recording_commit(
	struct bt_recording *rec, const char *report_json, const char *ending, struct bt_err *err);
/* The row that grows, packed with the newest state. *out is new: free it with bt_packed_fini. */
int bt_recording_pack(struct bt_recording *rec, struct bt_packed *out, struct bt_err *err);

#endif
