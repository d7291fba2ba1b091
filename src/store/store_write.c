/* store_write.c: the recording of a run: what snapshots bring is collected, and committed once a
 * second. */
#include "store/store_recording.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "json/json.h"

#define LAST_BUSY_MS  5000
#define BUSY_AGAIN_NS (100 * BT_NS_PER_MS) /* others hold the file for a moment */
#define BUSY_QUIET_NS (5 * BT_NS_PER_S)    /* a locked file is reported after so long */

static void keep_segments(struct bt_recording *rec, const struct bt_snapshot *snap)
{
	const struct bt_tally *tally = &rec->tally;

	for (unsigned i = 0; i < snap->n_segments; i++) {
		const struct bt_segment_record *s = &snap->segments[i];
		unsigned at = tally->n_segments;

		while (at > 0 && tally->segments[at - 1].index != s->index)
			at--;
		if (at-- == 0) /* past the tally's limit */
			continue;
		rec->changed[at] = true;
		rec->changed_from = BT_MIN(rec->changed_from, at);
		if (s->result.state == BT_SEG_CLOSED && !rec->closed_ns[at])
			rec->closed_ns[at] = snap->t_ns;
	}
}

static void keep_texts(struct bt_recording *rec, const struct bt_snapshot *snap)
{
	for (unsigned i = 0; i < snap->n_events && rec->n_events < BT_PENDING_EVENTS; i++)
		rec->events[rec->n_events++] = snap->events[i];
	for (unsigned i = 0; i < snap->n_notes && rec->n_notes < BT_PENDING_NOTES; i++)
		rec->notes[rec->n_notes++] = snap->notes[i];
}

/* Joins neighbours of what waits to be written, so that it stays bounded while nothing can be. */
static int join_pending(struct bt_recording *rec, struct bt_err *err)
{
	unsigned n = rec->n_pending, kept = 0;
	int r = 0;

	for (unsigned i = 0; i < n; kept++) {
		struct bt_packed *a = &rec->pending[i], joined;

		if (r == 0 && i + 1 < n)
			r = bt_samples_join(&rec->samples, &joined, a, a + 1, err);
		if (r < 0 || i + 1 == n) {
			rec->pending[kept] = rec->pending[i++];
			continue;
		}
		bt_packed_fini(a);
		bt_packed_fini(a + 1);
		rec->pending[kept] = joined;
		i += 2;
	}
	rec->n_pending = kept;
	return r;
}

static int seal(struct bt_recording *rec, struct bt_err *err)
{
	int r = rec->n_pending == BT_PENDING_ROWS ? join_pending(rec, err) : 0;

	if (r == 0)
		r = bt_recording_pack(rec, &rec->pending[rec->n_pending], err);
	if (r < 0)
		return r;
	rec->n_pending++;
	bt_row_reset(rec->growing);
	return 0;
}

/* Snapshots jitter: one that ends within half a snapshot of the row's border ends the row. */
static bool at_border(const struct bt_recording *rec, const struct bt_snapshot *snap)
{
	uint64_t start = rec->growing->head.start_ns;
	uint64_t border = (start / rec->interval_ns + 1) * rec->interval_ns;

	if (border - start < rec->interval_ns / 2)
		border += rec->interval_ns;
	return snap->t_ns + snap->span_ns / 2 >= border;
}

/* A failure is told once, until a commit succeeds. */
static int tell(struct bt_recording *rec, int r)
{
	rec->failing = r < 0;
	if (r == 0) {
		rec->told = false;
		return 0;
	}
	if (rec->told || (r == -EBUSY && bt_recording_lost_ns(rec) < BUSY_QUIET_NS))
		return 0;
	rec->told = true;
	return r;
}

/* Once a second; sooner when simulated seconds fly by. */
static bool commit_due(const struct bt_recording *rec)
{
	return rec->store->now_ns() >= rec->commit_ns ||
		(rec->n_pending == BT_PENDING_ROWS && !rec->failing);
}

int bt_recording_put(struct bt_recording *rec, const struct bt_snapshot *snap, struct bt_err *err)
{
	int r = 0;

	bt_tally_put(&rec->tally, snap);
	keep_segments(rec, snap);
	keep_texts(rec, snap);
	bt_row_add(rec->growing, snap);
	if (at_border(rec, snap))
		r = seal(rec, err);
	if (r < 0)
		return tell(rec, r);
	if (!commit_due(rec))
		return 0;
	r = bt_recording_commit(rec, NULL, NULL, err);
	rec->commit_ns = rec->store->now_ns() + (r == -EBUSY ? BUSY_AGAIN_NS : BT_NS_PER_S);
	return tell(rec, r);
}

int bt_recording_end(
	struct bt_recording *rec, const char *report_json, const char *ending, struct bt_err *err)
{
	int r = rec->growing->any ? seal(rec, err) : 0;

	if (r < 0)
		return r;
	sqlite3_busy_timeout(rec->store->db, LAST_BUSY_MS);
	r = bt_recording_commit(rec, report_json, ending, err);
	sqlite3_busy_timeout(rec->store->db, BT_BUSY_MS);
	rec->failing = r < 0;
	return r;
}

uint64_t bt_recording_lost_ns(const struct bt_recording *rec)
{
	return rec->failing ? rec->store->now_ns() - rec->committed_ns : 0;
}
