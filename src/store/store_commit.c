/* store_commit.c: one transaction a second. */
#include "store/store_recording.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "json/json.h"
#include "report/report.h"

/* Of a run's rows: with what SQLite adds, a run stays below 25 MB. */
#define BYTES_MAX (14u << 20)
#define ROWS_MIN  600 /* but never fewer rows than this for the sake of bytes */

static int write_segments(struct bt_recording *rec, struct bt_err *err)
{
	int r = 0;

	for (unsigned i = rec->changed_from; r == 0 && i < rec->tally.n_segments; i++) {
		const struct bt_segment_record *s = &rec->tally.segments[i];
		json_t *object;
		char *text;

		if (!rec->changed[i])
			continue;
		object = bt_json_segment(s);
		text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17));
		bt_bind_count(rec->segment, 1, rec->info->id);
		bt_bind_count(rec->segment, 2, s->index);
		bt_bind_count(rec->segment, 3, rec->closed_ns[i] ? rec->closed_ns[i] : UINT64_MAX);
		bt_bind_text(rec->segment, 4, text ? text : "{}");
		r = bt_store_run(rec->store, rec->segment, "writing a segment", err);
		free(text);
		json_decref(object);
	}
	return r;
}

static int write_texts(struct bt_recording *rec, struct bt_err *err)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < rec->n_events; i++) {
		const struct bt_event *event = &rec->events[i];

		bt_bind_count(rec->event, 1, rec->info->id);
		bt_bind_count(rec->event, 2, event->t_ns);
		bt_bind_text(rec->event, 3, bt_event_kind_name[event->kind]);
		bt_bind_text(rec->event, 4, event->text);
		r = bt_store_run(rec->store, rec->event, "writing an event", err);
	}
	for (unsigned i = 0; r == 0 && i < rec->n_notes; i++) {
		const struct bt_note_record *note = &rec->notes[i];

		bt_bind_count(rec->note, 1, rec->info->id);
		bt_bind_count(rec->note, 2, note->t_ns);
		bt_bind_count(rec->note, 3, note->error_class);
		bt_bind_count(rec->note, 4, note->worker);
		bt_bind_text(rec->note, 5, note->text);
		r = bt_store_run(rec->store, rec->note, "writing an example of an error", err);
	}
	return r;
}

static int write_figures(struct bt_recording *rec, struct bt_err *err)
{
	const struct bt_snapshot *last = rec->tally.last;
	struct bt_totals figures;
	struct bt_judgement judgement;
	char finding[64] = "", number[BT_FMT_MAX];

	bt_totals_of(&figures, &rec->tally);
	bt_judge(&judgement, &rec->tally);
	if (!isnan(last->finding_value))
		bt_text_format(finding, sizeof(finding), "%s %s %s", last->finding_name,
			bt_fmt_number(number, sizeof(number), last->finding_value),
			last->finding_unit);
	bt_bind_count(rec->figures, 1, rec->info->id);
	bt_bind_count(rec->figures, 2, last->t_ns);
	bt_bind_text(rec->figures, 3, bt_verdict_name[judgement.verdict]);
	bt_bind_real(rec->figures, 4, figures.throughput);
	bt_bind_real(rec->figures, 5, rec->tally.peak_rate);
	bt_bind_real(rec->figures, 6, figures.error_rate);
	bt_bind_real(rec->figures, 7, figures.p50_ns);
	bt_bind_real(rec->figures, 8, figures.p99_ns);
	bt_bind_count(rec->figures, 9, last->rss_peak_bytes ? last->rss_peak_bytes : UINT64_MAX);
	bt_bind_text(rec->figures, 10, finding);
	return bt_store_run(rec->store, rec->figures, "writing the figures of the run", err);
}

static int write_report(struct bt_recording *rec, const char *report_json, struct bt_err *err)
{
	char *own = report_json ? NULL : bt_report_json(&rec->tally, rec->environment);
	int r;

	if (!report_json && !own)
		return bt_oom(err, "the report of a run");
	bt_bind_count(rec->report, 1, rec->info->id);
	bt_bind_text(rec->report, 2, report_json ? report_json : own);
	r = bt_store_run(rec->store, rec->report, "writing the report of the run", err);
	free(own);
	return r;
}

/* Sealed rows. *rows and *bytes become what is in the file with them. */
static int write_rows(struct bt_recording *rec, unsigned *rows, uint64_t *bytes, struct bt_err *err)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < rec->n_pending; i++) {
		r = bt_samples_write(&rec->samples, &rec->pending[i], err);
		*bytes += bt_packed_size(&rec->pending[i]);
	}
	*rows += rec->n_pending;
	if (r == 0 && (*rows >= BT_SAMPLES_MAX || (*bytes > BYTES_MAX && *rows > ROWS_MIN)))
		r = bt_samples_halve(&rec->samples, rows, bytes, err);
	return r;
}

int bt_recording_pack(struct bt_recording *rec, struct bt_packed *out, struct bt_err *err)
{
	char *state = bt_state_text(rec->tally.last, rec->info);
	int r = state ? bt_row_pack(out, rec->growing, state, err)
		      : bt_oom(err, "a second of the run");

	free(state);
	return r;
}

static int write_growing(struct bt_recording *rec, struct bt_err *err)
{
	struct bt_packed p;
	int r;

	if (!rec->growing->any)
		return 0;
	r = bt_recording_pack(rec, &p, err);
	if (r == 0)
		r = bt_samples_write(&rec->samples, &p, err);
	if (r == 0)
		bt_packed_fini(&p);
	return r;
}

static int write_ending(struct bt_recording *rec, const char *ending, struct bt_err *err)
{
	if (!ending)
		return 0;
	bt_bind_count(rec->ending, 1, rec->info->id);
	bt_bind_text(rec->ending, 2, ending);
	return bt_store_run(rec->store, rec->ending, "ending the run", err);
}

/* What was collected is in the file now. */
static void settle(struct bt_recording *rec, unsigned rows, uint64_t bytes)
{
	if (rows != rec->rows + rec->n_pending)
		rec->interval_ns *= 2;
	rec->rows = rows;
	rec->bytes = bytes;
	for (unsigned i = 0; i < rec->n_pending; i++)
		bt_packed_fini(&rec->pending[i]);
	rec->n_pending = rec->n_events = rec->n_notes = 0;
	memset(rec->changed, 0, sizeof(rec->changed));
	rec->changed_from = BT_TALLY_SEGMENTS;
	rec->committed_ns = rec->store->now_ns();
}

int bt_recording_commit(
	struct bt_recording *rec, const char *report_json, const char *ending, struct bt_err *err)
{
	unsigned rows = rec->rows;
	uint64_t bytes = rec->bytes;
	int r = bt_store_exec(rec->store, "BEGIN IMMEDIATE", "writing a run", err);

	if (r < 0)
		return r;
	r = write_segments(rec, err);
	if (r == 0)
		r = write_texts(rec, err);
	if (r == 0)
		r = write_rows(rec, &rows, &bytes, err);
	if (r == 0)
		r = write_growing(rec, err);
	if (r == 0)
		r = write_figures(rec, err);
	if (r == 0)
		r = write_report(rec, report_json, err);
	if (r == 0)
		r = write_ending(rec, ending, err);
	if (r == 0)
		r = bt_store_exec(rec->store, "COMMIT", "writing a run", err);
	if (r == 0)
		settle(rec, rows, bytes);
	else
		sqlite3_exec(rec->store->db, "ROLLBACK", NULL, NULL, NULL);
	return r;
}
