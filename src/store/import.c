#include "store/import.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/stop.h"
#include "core/feed.h"
#include "base/encode.h"
#include "store/import_check.h"
#include "store/import_objects.h"
#include "store/import_report.h"
#include "json/json.h"
#include "judge/threshold.h"
#include "judge/verdict.h"
#include "report/wire.h"

/* bt_check_texts refuses a NUL with its path. */
#define TEXTS (JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL)

struct import {
	struct bt_imported *out;
	struct bt_store *store, *spool;
	struct bt_objects objects;
	struct bt_err *err;
	struct bt_snapshot *snap;
	unsigned run; /* number in the file, from 0 */
	char root[24];
	/* The run that is being read. */
	struct bt_wire_info *own;
	struct bt_run_info info;
	struct bt_recording *rec;
	struct bt_adoption adoption;
	uint64_t snapshots, seq, t_ns, scored_ns;
	struct bt_counts total;
	/* Operations: outside scored segments; in histograms; offered in intervals. */
	uint64_t warm, latencies, intervals;
	bool over; /* its last snapshot has come */
};

static int bad(struct import *im, const char *what)
{
	return bt_objects_bad(&im->objects, im->err, what);
}

/* Adds the place in the file to a failed check. */
static int placed(struct import *im, int r)
{
	if (r < 0)
		bt_fail_in(im->err, "%s:%lu", im->objects.path, im->objects.at);
	return r;
}

/* ---- one run ---- */

static void forget(struct import *im)
{
	if (im->own || im->rec)
		im->run++;
	bt_recording_free(im->rec);
	bt_wire_info_free(im->own);
	im->rec = NULL;
	im->own = NULL;
	im->snapshots = im->seq = im->t_ns = im->scored_ns = 0;
	im->warm = im->latencies = im->intervals = 0;
	im->total = (struct bt_counts){ 0 };
	im->over = false;
	snprintf(im->root, sizeof(im->root), "runs[%u]", im->run);
}

static int begin(struct import *im)
{
	struct bt_adoption *a = &im->adoption;
	int r;

	a->workload = im->info.workload;
	a->host = im->info.host ? im->info.host : "";
	a->started_ns = im->info.started_wall_ns;
	r = bt_store_empty(im->spool, im->err);
	return r == 0 ? bt_recording_begin(&im->rec, im->spool, &im->info, "{}", im->err) : r;
}

/* All of the run has been read. */
static int end(struct import *im, json_t *report)
{
	const char *ending = bt_json_get_text(report, "status");
	struct bt_adoption *a = &im->adoption;
	json_t *reasons = json_object_get(report, "reasons");
	bool doubted;
	int r;

	a->ended = strcmp(ending, "running") != 0 && strcmp(ending, "interrupted") != 0;
	a->duration_ns = im->t_ns;
	if (!a->ended)
		json_object_set_new(report, "status", bt_json_string(ending = "interrupted"));
	/* A file that calls a measurement valid and gives reasons against it contradicts itself:
	 * the run is invalid, and says why. */
	doubted = strcmp(bt_json_get_text(report, "verdict"), "valid") == 0 &&
		json_array_size(reasons) > 0;
	if (doubted)
		json_object_set_new(report, "verdict", bt_json_string("invalid"));
	if (doubted && json_array_size(reasons) < BT_REASONS_MAX)
		json_array_append_new(reasons,
			bt_json_string("the imported file calls it valid in spite of its reasons"));
	r = bt_recording_end(im->rec, "{}", ending, im->err);
	if (r == 0)
		r = bt_store_adopt(im->store, im->spool, a, report, im->err);
	if (r < 0)
		return r;
	im->out->there += a->there;
	im->out->doubted += doubted && !a->there;
	im->out->runs += !a->there;
	im->out->replaced += a->there ? 0 : a->replaced;
	if (!a->there)
		im->out->last = a->id;
	return 0;
}

/* ---- ndjson ---- */

/* Reads the frame in a line's `wire`. */
static int take_frame(struct import *im, struct bt_buf *buf, struct bt_frame *frame,
	enum bt_wire_kind kind, const json_t *line)
{
	size_t n;

	*buf = (struct bt_buf){ 0 };
	buf->bytes = bt_base64_read(bt_json_get_text(line, "wire"), &n);
	if (!buf->bytes)
		return bad(im, "expected base64 as wire");
	buf->to = buf->room = n;
	if (bt_wire_take(buf, frame, BT_WIRE_MAX, NULL) != 1 || frame->kind != kind ||
		bt_buf_size(buf))
		return bad(im, "expected wire of this type of line");
	return 0;
}

/* The JSON of a frame, which ends with the frame or with a NUL. */
static json_t *document_of(const struct bt_frame *frame)
{
	const uint8_t *end = memchr(frame->bytes, '\0', frame->size);

	return json_loadb((const char *)frame->bytes,
		end ? (size_t)(end - frame->bytes) : frame->size, TEXTS, NULL);
}

static int check_run(struct import *im, const json_t *line, const struct bt_frame *frame)
{
	json_t *hello = document_of(frame), *info = json_object_get(hello, "info");
	const char *named = bt_json_get_text(line, "workload");
	char root[40];
	int r;

	snprintf(root, sizeof(root), "%s.wire.info", im->root);
	r = json_is_object(info) ? placed(im, bt_check_texts(root, info, im->err))
				 : bad(im, "expected wire with a description");
	if (r == 0)
		r = placed(im, bt_check_description(root, info, im->err));
	if (r == 0 && *named && strcmp(named, bt_json_get_text(info, "workload")) != 0)
		r = bad(im, "expected the workload that wire has");
	json_decref(hello);
	return r;
}

static int read_run(struct import *im, const json_t *line)
{
	struct bt_frame frame;
	struct bt_buf buf;
	int r = take_frame(im, &buf, &frame, BT_WIRE_HELLO, line);

	if (r == 0)
		r = check_run(im, line, &frame);
	if (r == 0)
		r = placed(im, bt_wire_read_hello(&im->own, &im->info, &frame, im->err));
	bt_buf_fini(&buf);
	im->adoption = (struct bt_adoption){ .report_alone = false };
	return r == 0 ? begin(im) : r;
}

static int check_snapshot(struct import *im, const json_t *line, const struct bt_frame *frame)
{
	json_t *object = document_of(frame);
	json_t *state = json_loads(bt_json_get_text(object, "state"), TEXTS, NULL);
	char root[60];
	int r,
		at = snprintf(root, sizeof(root), "%s.snapshots[%llu]", im->root,
			(unsigned long long)im->snapshots);

	r = json_is_object(object) ? placed(im, bt_check_texts(root, object, im->err))
				   : bad(im, "expected wire with a snapshot");
	if (r == 0)
		r = placed(im, bt_check_snapshot(root, object, im->err));
	if (r == 0)
		r = json_is_object(state) ? 0 : bad(im, "expected wire with a state");
	if (r == 0) {
		snprintf(root + at, sizeof(root) - (size_t)at, ".state");
		r = placed(im, bt_check_texts(root, state, im->err));
		if (r == 0)
			r = placed(im, bt_check_state(root, state, im->err));
		root[at] = '\0';
	}
	/* The figures beside `wire` must be those in it. */
	for (size_t i = 0; r == 0 && i < 5; i++) {
		static const char *const keys[] = { "offered", "completed", "failed", "expired",
			"units" };
		const json_t *n = json_array_get(json_object_get(object, "interval"), i);

		r = placed(im,
			bt_check_same(root, line, keys[i], (uint64_t)json_integer_value(n), "wire",
				im->err));
	}
	json_decref(object);
	json_decref(state);
	return r;
}

/* Snapshots follow each other in time, and counts never fall. */
static int follows(struct import *im)
{
	const struct bt_snapshot *s = im->snap;
	char words[160];

	if (!im->over && s->seq > im->seq && s->t_ns >= im->t_ns &&
		s->t_ns - s->span_ns + BT_NS_PER_MS >= im->t_ns &&
		s->total.offered >= im->total.offered && s->scored_ns <= s->t_ns + BT_NS_PER_S)
		return 0;
	snprintf(words, sizeof(words), "%s.snapshots[%llu]: it does not follow the one before: %s",
		im->root, (unsigned long long)im->snapshots,
		im->over                     ? "that was the last"
			: s->seq <= im->seq  ? "expected a greater seq"
			: s->t_ns < im->t_ns ? "expected a later t_ns"
			: s->total.offered < im->total.offered
			? "expected no fewer operations offered"
			: s->scored_ns > s->t_ns
			? "expected a scored time within the run"
			: "expected an interval that begins where that ended");
	return bad(im, words);
}

static uint64_t add(uint64_t a, uint64_t b)
{
	return a + b < a ? UINT64_MAX : a + b;
}

static int read_snapshot(struct import *im, const json_t *line)
{
	struct bt_frame frame;
	struct bt_buf buf;
	int r;

	if (!im->own)
		return bad(im, "a snapshot before any run");
	r = take_frame(im, &buf, &frame, BT_WIRE_SNAPSHOT, line);
	if (r == 0)
		r = check_snapshot(im, line, &frame);
	if (r == 0)
		r = placed(im, bt_wire_read_snapshot(im->snap, &im->info, &frame, im->err));
	bt_buf_fini(&buf);
	if (r == 0)
		r = follows(im);
	if (r < 0)
		return r;
	im->snapshots++;
	im->seq = im->snap->seq;
	im->t_ns = im->snap->t_ns;
	im->scored_ns = im->snap->scored_ns;
	im->total = im->snap->total;
	im->warm = im->snap->warm_offered;
	im->latencies = add(im->latencies, im->snap->service.count);
	im->intervals = add(im->intervals, im->snap->interval.offered);
	im->over = im->snap->last;
	return bt_recording_put(im->rec, im->snap, im->err);
}

/* Intervals offer the operations of the total, and a histogram has each of them once at most. */
static int intervals_add_up(struct import *im)
{
	uint64_t offered = add(im->total.offered, im->warm);
	char words[160];

	if (!im->over || (im->intervals <= offered && im->latencies <= offered))
		return 0;
	snprintf(words, sizeof(words),
		"%s.snapshots: %llu operations offered and %llu latencies: expected at most %llu "
		"of each",
		im->root, (unsigned long long)im->intervals, (unsigned long long)im->latencies,
		(unsigned long long)offered);
	return bad(im, words);
}

/* Checks that the report belongs to the run above it. */
static int check_report(struct import *im, const json_t *report)
{
	const struct {
		const char *key;
		uint64_t n;
	} counts[] = {
		{ "offered", im->total.offered },
		{ "completed", im->total.completed },
		{ "failed", im->total.failed },
		{ "expired", im->total.expired },
		{ "units", im->total.units },
	};
	char started[40];
	int r = placed(im, bt_check_report(im->root, report, im->err));

	for (size_t i = 0; r == 0 && i < BT_LEN(counts); i++)
		r = placed(im,
			bt_check_same(im->root, report, counts[i].key, counts[i].n,
				"the last snapshot", im->err));
	if (r == 0)
		r = intervals_add_up(im);
	if (r < 0)
		return r;
	bt_fmt_utc(started, sizeof(started), im->info.started_wall_ns);
	if (strcmp(bt_json_get_text(report, "workload"), im->info.workload) != 0 ||
		strcmp(bt_json_get_text(report, "profile"), im->info.profile) != 0 ||
		strcmp(bt_json_get_text(report, "mode"), im->info.open_loop ? "open" : "closed") !=
			0 ||
		strcmp(bt_json_get_text(report, "started"), started) != 0)
		return bad(im,
			"expected the report of the run above: its workload, profile, mode "
			"and beginning");
	if (fabs(bt_json_get_real(report, "duration_s") - (double)im->t_ns / 1e9) > 1e-3)
		return bad(im, "expected the report of the run above: its length");
	return 0;
}

static int read_line(struct import *im, json_t *line, const char *type)
{
	json_t *report = json_object_get(line, "report");
	int r;

	if (strcmp(type, "run") == 0) {
		if (im->own)
			return bad(im, "a run before the report of the one before");
		if (bt_json_get_count(line, "format", 0) != 1)
			return bad(im, "expected format 1, another benchtop wrote this");
		return read_run(im, line);
	}
	if (strcmp(type, "snapshot") == 0)
		return read_snapshot(im, line);
	if (strcmp(type, "report") != 0)
		return bad(im, "expected a type: run, snapshot or report");
	if (!im->own)
		return bad(im, "a report before any run");
	r = json_is_object(report) ? check_report(im, report)
				   : bad(im, "expected an object as report");
	if (r == 0)
		r = end(im, report);
	forget(im);
	return r;
}

/* ---- json ---- */

static int read_report(struct import *im, json_t *report)
{
	struct bt_pool pool = { NULL };
	bool on = true;
	int r;

	if (!json_object_get(report, "workload") || !json_object_get(report, "started") ||
		!json_object_get(report, "completed"))
		return bad(im, "expected the report of a run: workload, started, completed");
	r = placed(im, bt_check_report(im->root, report, im->err));
	if (r < 0)
		return r;
	bt_report_begin(&im->info, &pool, im->snap, report);
	im->t_ns = im->snap->t_ns;
	im->adoption = (struct bt_adoption){ .report_alone = true };
	r = begin(im);
	while (r == 0 && on) {
		on = bt_report_give(im->snap, report);
		r = bt_recording_put(im->rec, im->snap, im->err);
	}
	if (r == 0)
		r = end(im, report);
	forget(im);
	bt_pool_fini(&pool);
	return r;
}

/* ---- the file ---- */

static int read_object(struct import *im, json_t *object)
{
	const char *type = bt_json_get_text(object, "type");
	int r = placed(im, bt_check_texts(im->root, object, im->err));

	if (r < 0)
		return r;
	if (*type && !im->objects.array)
		return read_line(im, object, type);
	return im->own ? bad(im, "expected a type: run, snapshot or report")
		       : read_report(im, object);
}

static int read_objects(struct import *im)
{
	json_t *object = NULL;
	int r;

	while ((r = bt_objects_next(&im->objects, &object, im->err)) > 0) {
		r = read_object(im, object);
		json_decref(object);
		object = NULL;
		if (r == 0 && bt_stop_signal)
			r = bt_fail(im->err, -EINTR, "%s: interrupted before it was read whole",
				im->objects.path);
		if (r < 0)
			return r;
	}
	if (r == 0 && im->own)
		r = bad(im, "the file ends before the report of its run");
	if (r == 0 && im->objects.first && !im->objects.array)
		r = bad(im, "the file is empty");
	return r;
}

int bt_import(struct bt_imported *out, struct bt_store *store, const char *path, struct bt_err *err)
{
	struct import im = { .out = out, .store = store, .err = err };
	int r = bt_objects_open(&im.objects, path, err);

	*out = (struct bt_imported){ 0 };
	if (r < 0)
		return r;
	forget(&im);
	r = bt_store_spool(&im.spool, err);
	if (r == 0)
		bt_store_stoppable(im.spool);
	im.snap = calloc(1, sizeof(*im.snap));
	if (r == 0 && !im.snap)
		r = bt_oom(err, "%s", path);
	if (r == 0) {
		bt_hist_init(&im.snap->queue);
		bt_hist_init(&im.snap->service);
		bt_hist_init(&im.snap->response);
		r = read_objects(&im);
	}
	forget(&im);
	bt_store_close(im.spool);
	bt_objects_close(&im.objects);
	free(im.snap);
	return r;
}
