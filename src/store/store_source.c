/*
 * store_source.c: a stored run as a source of snapshots. Each sample row gives one; what else
 * happened by then (segments, events, examples of errors) goes with it, and where that is more than
 * a snapshot holds, snapshots of no interval go before.
 */
#include "store/store_impl.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/text.h"
#include "json/json.h"
#include "judge/verdict.h"

struct stored_segment {
	struct bt_segment_record record;
	uint64_t closed_ns; /* UINT64_MAX: not closed */
	enum { UNTOLD, PLAN_TOLD, RESULT_TOLD } told;
};

#define AT_THE_END UINT64_MAX /* the time of the last row, with which everything goes */

struct stored {
	struct bt_source base;
	struct bt_store *store;
	struct bt_pool pool;
	bool running; /* another process still writes it */

	sqlite3_stmt *row;
	uint64_t at_ns, last_ns; /* starts: of the next row at the earliest, of the last row */
	uint64_t seq;

	struct stored_segment *segments;
	unsigned n_segments, segments_done; /* those before have gone out with their result */
	struct bt_event *events;
	unsigned n_events, events_told;
	struct bt_note_record *notes;
	unsigned n_notes, notes_told;

	struct bt_snapshot held, empty; /* the row's snapshot; one without an interval */
	struct bt_segment_record current;
	bool has_current, holds;
};

/* Reading what a run has besides rows: all of it, when it is opened. */

static int count_rows(unsigned *n, struct stored *s, const char *sql, struct bt_err *err)
{
	sqlite3_stmt *stmt = NULL;
	int r = bt_store_prepare(s->store, &stmt, sql, err);

	if (r < 0)
		return r;
	bt_bind_count(stmt, 1, s->base.info.id);
	if (bt_store_row(s->store, stmt, "counting what a run has"))
		*n = (unsigned)bt_column_count(stmt, 0);
	sqlite3_finalize(stmt);
	return bt_store_lost(s->store, err);
}

static void read_segment(struct stored *s, sqlite3_stmt *stmt)
{
	struct stored_segment *segment = &s->segments[s->n_segments++];
	json_t *object = json_loads(bt_column_text(stmt, 1), 0, NULL);

	bt_json_read_segment(&segment->record, object);
	segment->closed_ns = bt_column_count(stmt, 0);
	json_decref(object);
}

static void read_event(struct stored *s, sqlite3_stmt *stmt)
{
	struct bt_event *event = &s->events[s->n_events++];
	const char *kind = bt_column_text(stmt, 1);

	event->t_ns = bt_column_count(stmt, 0);
	event->kind = BT_EV_NOTE;
	for (int i = 0; bt_event_kind_name[i]; i++)
		if (strcmp(bt_event_kind_name[i], kind) == 0)
			event->kind = (enum bt_event_kind)i;
	bt_text_format(event->text, sizeof(event->text), "%s", bt_column_text(stmt, 2));
}

static void read_note(struct stored *s, sqlite3_stmt *stmt)
{
	struct bt_note_record *note = &s->notes[s->n_notes++];

	note->t_ns = bt_column_count(stmt, 0);
	note->error_class = (unsigned)BT_MIN(bt_column_count(stmt, 1), BT_ERROR_CLASSES_MAX - 1);
	note->worker = (unsigned)bt_column_count(stmt, 2);
	bt_text_format(note->text, sizeof(note->text), "%s", bt_column_text(stmt, 3));
}

static int read_table(struct stored *s, const char *sql, unsigned room,
	void (*read)(struct stored *s, sqlite3_stmt *stmt), struct bt_err *err)
{
	sqlite3_stmt *stmt = NULL;
	int r = bt_store_prepare(s->store, &stmt, sql, err);

	if (r < 0)
		return r;
	bt_bind_count(stmt, 1, s->base.info.id);
	while (room-- && bt_store_row(s->store, stmt, "reading a run"))
		read(s, stmt);
	sqlite3_finalize(stmt);
	return bt_store_lost(s->store, err);
}

static int read_tables(struct stored *s, struct bt_err *err)
{
	unsigned segments = 0, events = 0, notes = 0;
	int r = count_rows(&segments, s, "SELECT count(*) FROM segment WHERE run = ?1", err);

	if (r == 0)
		r = count_rows(&events, s, "SELECT count(*) FROM event WHERE run = ?1", err);
	if (r == 0)
		r = count_rows(&notes, s, "SELECT count(*) FROM note WHERE run = ?1", err);
	if (r < 0)
		return r;
	s->segments = bt_pool_alloc(&s->pool, (segments + 1) * sizeof(*s->segments));
	s->events = bt_pool_alloc(&s->pool, (events + 1) * sizeof(*s->events));
	s->notes = bt_pool_alloc(&s->pool, (notes + 1) * sizeof(*s->notes));
	r = read_table(s, "SELECT closed_ns, record FROM segment WHERE run = ?1 ORDER BY n",
		segments, read_segment, err);
	if (r == 0)
		r = read_table(s,
			"SELECT t_ns, kind, text FROM event WHERE run = ?1 ORDER BY t_ns, id",
			events, read_event, err);
	if (r == 0)
		r = read_table(s,
			"SELECT t_ns, error_class, worker, text FROM note WHERE run = ?1"
			" ORDER BY t_ns, id",
			notes, read_note, err);
	return r;
}

/* Making snapshots. */

static void clear(struct bt_snapshot *snap)
{
	bt_hist_reset(&snap->queue);
	bt_hist_reset(&snap->service);
	bt_hist_reset(&snap->response);
	memset(snap, 0, offsetof(struct bt_snapshot, queue));
	memset((char *)snap + offsetof(struct bt_snapshot, target_rate), 0,
		sizeof(*snap) - offsetof(struct bt_snapshot, target_rate));
}

/* Whether the row at hand is the last. Its end does not tell: the last second may be empty, and end
 * when the one before does. */
static bool is_last(const struct stored *s)
{
	return s->at_ns > s->last_ns;
}

static int hold_row(struct stored *s)
{
	struct bt_snapshot *snap = &s->held;
	struct bt_hist *const hists[] = { &snap->queue, &snap->service, &snap->response };
	struct bt_row_head head;

	clear(snap);
	for (unsigned i = 0; i < BT_ROW_HISTS; i++) /* one that does not read stays empty */
		bt_sample_hist(hists[i], s->row, i, NULL);
	bt_sample_head(&head, s->row);
	snap->wall_ns = head.wall_ns;
	snap->t_ns = head.t_ns;
	snap->span_ns = head.span_ns;
	snap->interval = head.counts;
	snap->target_rate = head.target_rate;
	snap->n_slow = BT_MIN(head.n_slow, BT_SNAP_SLOW);
	memcpy(snap->slow, head.slow, snap->n_slow * sizeof(head.slow[0]));
	s->has_current = bt_state_read(snap, &s->current, &s->base.info, bt_sample_state(s->row));
	s->at_ns = head.start_ns + 1;
	return is_last(s);
}

/* Reads the next row into s->held; false: there is none. */
static bool next_row(struct stored *s)
{
	bt_bind_count(s->row, 1, s->base.info.id);
	bt_bind_count(s->row, 2, s->at_ns);
	s->holds = bt_store_row(s->store, s->row, "reading a run");
	if (s->holds)
		s->held.last = hold_row(s) && !s->running;
	sqlite3_reset(s->row);
	return s->holds;
}

/* A snapshot of the same moment without an interval. */
static void empty_of(struct bt_snapshot *out, const struct bt_snapshot *held)
{
	memcpy((char *)out + offsetof(struct bt_snapshot, target_rate),
		(const char *)held + offsetof(struct bt_snapshot, target_rate),
		sizeof(*out) - offsetof(struct bt_snapshot, target_rate));
	out->wall_ns = held->wall_ns;
	out->t_ns = held->t_ns;
	out->n_slow = 0;
	out->slow_dropped = 0;
}

static bool is_current(const struct stored *s, const struct stored_segment *segment)
{
	return s->has_current && segment->record.index == s->current.index;
}

/* What of a segment is news at t; false: nothing. A segment that drains is not told of again until
 * it is closed. */
static bool segment_news(
	struct stored *s, struct stored_segment *segment, struct bt_segment_record *out, uint64_t t)
{
	bool over = t == AT_THE_END || segment->closed_ns <= t;

	if (is_current(s, segment) || segment->record.result.start_ns >= t ||
		segment->told > (over ? PLAN_TOLD : UNTOLD))
		return false;
	*out = segment->record;
	segment->told = over ? RESULT_TOLD : PLAN_TOLD;
	if (!over) {
		memset(&out->result, 0, sizeof(out->result));
		out->result.start_ns = segment->record.result.start_ns;
		out->result.end_ns = segment->record.result.end_ns;
	}
	return true;
}

/* As many as fit, the current one last; false: more are left. */
static bool give_segments(struct stored *s, struct bt_snapshot *out, uint64_t t)
{
	out->n_segments = 0;
	for (unsigned i = s->segments_done; i < s->n_segments; i++) {
		struct stored_segment *segment = &s->segments[i];

		if (out->n_segments == BT_SNAP_SEGMENTS - 1)
			return false;
		if (segment_news(s, segment, &out->segments[out->n_segments], t))
			out->n_segments++;
		if (i == s->segments_done && segment->told == RESULT_TOLD)
			s->segments_done++;
	}
	for (unsigned i = s->n_segments; i-- > 0;) {
		struct stored_segment *segment = &s->segments[i];

		if (!is_current(s, segment))
			continue;
		segment->told = PLAN_TOLD;
		s->current.plan = segment->record.plan;
		out->segments[out->n_segments++] = s->current;
		break;
	}
	return true;
}

static bool give_events(struct stored *s, struct bt_snapshot *out, uint64_t t)
{
	out->n_events = 0;
	while (s->events_told < s->n_events && s->events[s->events_told].t_ns <= t) {
		if (out->n_events == BT_SNAP_EVENTS)
			return false;
		out->events[out->n_events++] = s->events[s->events_told++];
	}
	return true;
}

static bool give_notes(struct stored *s, struct bt_snapshot *out, uint64_t t)
{
	out->n_notes = 0;
	while (s->notes_told < s->n_notes && s->notes[s->notes_told].t_ns <= t) {
		if (out->n_notes == BT_SNAP_NOTES)
			return false;
		out->notes[out->n_notes++] = s->notes[s->notes_told++];
	}
	return true;
}

static void take_lists(struct bt_snapshot *out, const struct bt_snapshot *from)
{
	out->n_segments = from->n_segments;
	out->n_events = from->n_events;
	out->n_notes = from->n_notes;
	memcpy(out->segments, from->segments, sizeof(out->segments));
	memcpy(out->events, from->events, sizeof(out->events));
	memcpy(out->notes, from->notes, sizeof(out->notes));
}

static const struct bt_snapshot *next(struct bt_source *src)
{
	struct stored *s = (struct stored *)src;
	struct bt_snapshot *out = &s->empty;
	bool final, whole;
	uint64_t t;

	if (src->ended || (!s->holds && !next_row(s))) {
		src->ended = true;
		return NULL;
	}
	final = is_last(s);
	t = final ? AT_THE_END : s->held.t_ns;
	empty_of(out, &s->held);
	whole = give_segments(s, out, t);
	whole &= give_events(s, out, t);
	whole &= give_notes(s, out, t);
	if (whole) {
		take_lists(&s->held, out);
		out = &s->held;
		s->holds = false;
		src->ended = final;
	}
	out->seq = ++s->seq;
	return out;
}

static void close_source(struct bt_source *src)
{
	struct stored *s = (struct stored *)src;

	sqlite3_finalize(s->row);
	bt_pool_fini(&s->pool);
	free(s);
}

/* Opening. */

/* A run that has only a report cannot be judged again: the report has the verdict. */
static const struct bt_judgement *judgement_of(struct bt_pool *pool, const char *report)
{
	struct bt_judgement *out = bt_pool_alloc(pool, sizeof(*out));
	json_t *object = json_loads(report, 0, NULL), *reasons = json_object_get(object, "reasons");

	out->verdict =
		(enum bt_verdict)bt_json_get_name(object, "verdict", bt_verdict_name, BT_INVALID);
	for (size_t i = 0; i < json_array_size(reasons) && i < BT_REASONS_MAX; i++) {
		const char *text = json_string_value(json_array_get(reasons, i));

		out->reasons[i].level = out->verdict;
		bt_text_format(
			out->reasons[i].text, sizeof(out->reasons[i].text), "%s", text ? text : "");
		out->n++;
	}
	json_decref(object);
	return out;
}

static int read_description(struct stored *s, uint64_t id, sqlite3_stmt *stmt, struct bt_err *err)
{
	const char *status = bt_column_status(stmt, 0);
	json_t *object = json_loads(bt_column_text(stmt, 4), 0, NULL);
	int r = bt_json_read_info(&s->base.info, &s->pool, object, err);

	json_decref(object);
	s->base.info.id = id;
	s->running = strcmp(status, "running") == 0;
	s->base.info.status = s->running || strcmp(status, "interrupted") == 0 ? status : "ended";
	s->last_ns = bt_column_count(stmt, 5);
	s->base.ended = s->last_ns == UINT64_MAX;
	if (bt_column_count(stmt, 6) == 0) /* the length of its rows */
		s->base.info.judged = judgement_of(&s->pool, bt_column_text(stmt, 7));
	if (r < 0)
		bt_fail_in(err, "run %llu", (unsigned long long)id);
	return r;
}

static int read_run(struct stored *s, uint64_t id, struct bt_err *err)
{
	sqlite3_stmt *stmt = NULL;
	int r = bt_store_prepare(s->store, &stmt,
		"SELECT ending, boot_id, pid, process_start, description,"
		" (SELECT max(start_ns) FROM sample WHERE run = ?1),"
		" (SELECT max(span_ns) FROM sample WHERE run = ?1), report"
		" FROM run JOIN detail ON detail.run = run.id WHERE run.id = ?1",
		err);

	if (r < 0)
		return r;
	bt_bind_count(stmt, 1, id);
	if (bt_store_row(s->store, stmt, "reading a run"))
		r = read_description(s, id, stmt, err);
	else if ((r = bt_store_lost(s->store, err)) == 0)
		r = bt_fail(err, -ENOENT, "run %llu: no such run in the history %s",
			(unsigned long long)id, s->store->path);
	sqlite3_finalize(stmt);
	return r;
}

static void init_snapshot(struct bt_snapshot *snap)
{
	bt_hist_init(&snap->queue);
	bt_hist_init(&snap->service);
	bt_hist_init(&snap->response);
}

int bt_store_source(struct bt_store *store, uint64_t id, struct bt_source **src, struct bt_err *err)
{
	static const struct bt_source_ops ops = { .next = next, .close = close_source };
	struct stored *s = calloc(1, sizeof(*s));
	int r;

	*src = NULL;
	if (!s)
		return bt_oom(err, "a stored run");
	s->store = store;
	s->base.ops = &ops;
	s->base.fd = -1;
	init_snapshot(&s->held);
	init_snapshot(&s->empty);
	r = read_run(s, id, err);
	if (r == 0)
		r = read_tables(s, err);
	if (r == 0)
		r = bt_store_prepare(store, &s->row,
			"SELECT " BT_SAMPLE_COLUMNS " FROM sample"
			" WHERE run = ?1 AND start_ns >= ?2 ORDER BY start_ns LIMIT 1",
			err);
	if (r < 0) {
		close_source(&s->base);
		return r;
	}
	*src = &s->base;
	return 0;
}
