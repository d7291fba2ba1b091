#include "record/import.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/fmt.h"
#include "base/input.h"
#include "base/stop.h"
#include "core/feed.h"
#include "record/base64.h"
#include "record/import_check.h"
#include "record/json.h"
#include "record/threshold.h"
#include "record/verdict.h"
#include "record/wire.h"

#define VALUE_MOST ((size_t)32 << 20) /* bytes of one object: a line, or a report */
#define ROOM       ((size_t)1 << 16)
#define TEXTS \
	(JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL) /* bt_check_texts refuses a NUL with its path */

/* Objects of a file, one at a time: lines of ndjson, a document of json, or the elements of one that is an array. */
struct objects {
	int fd;
	const char *path;
	char *bytes;
	size_t from, to, room; /* what is read and not taken */
	bool ended, array, first;
	unsigned long line; /* of from, from 1 */
};

struct import {
	struct bt_imported *out;
	struct bt_store *store, *spool;
	struct objects objects;
	unsigned long line; /* where the object at hand begins */
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
	bool over; /* its last snapshot has come */
};

static int bad(struct import *im, const char *what)
{
	return bt_fail(im->err, -EINVAL, "%s:%lu: %s", im->objects.path, im->line, what);
}

/* Says where in the file a failed check was. */
static int placed(struct import *im, int r)
{
	if (r < 0)
		bt_fail_in(im->err, "%s:%lu", im->objects.path, im->line);
	return r;
}

/* ---- objects ---- */

/* Reads on; 0: the end. */
static int more(struct import *im)
{
	struct objects *o = &im->objects;
	ssize_t n;

	if (o->ended)
		return 0;
	if (o->from) {
		memmove(o->bytes, o->bytes + o->from, o->to - o->from);
		o->to -= o->from;
		o->from = 0;
	}
	if (o->to + ROOM > o->room) {
		size_t room = BT_MAX(2 * o->room, 2 * ROOM);
		char *grown = realloc(o->bytes, room);

		if (!grown)
			return bt_fail(im->err, -ENOMEM, "%s: out of memory", o->path);
		o->bytes = grown;
		o->room = room;
	}
	n = bt_input_some(o->fd, o->bytes + o->to, o->room - o->to, o->path, im->err);
	if (n < 0)
		return (int)n;
	o->to += (size_t)n;
	o->ended = n == 0;
	return n > 0;
}

/* The next character that is no blank, not taken; 0: the end. */
static int peek(struct import *im)
{
	struct objects *o = &im->objects;

	for (;;) {
		for (; o->from < o->to && strchr(" \t\r\n", o->bytes[o->from]) && o->bytes[o->from];
			o->from++)
			o->line += o->bytes[o->from] == '\n';
		if (o->from < o->to)
			return (unsigned char)o->bytes[o->from];
		int r = more(im);
		if (r <= 0)
			return r;
	}
}

/* Bytes of the object that begins at from. */
static int measure(struct import *im, size_t *size)
{
	struct objects *o = &im->objects;
	unsigned depth = 0;
	bool text = false, escaped = false;
	size_t n = 0;

	for (;;) {
		for (; o->from + n < o->to; n++) {
			char ch = o->bytes[o->from + n];

			if (escaped)
				escaped = false;
			else if (text && ch == '\\')
				escaped = true;
			else if (ch == '"')
				text = !text;
			else if (!text && (ch == '{' || ch == '['))
				depth++;
			else if (!text && (ch == '}' || ch == ']') && --depth == 0) {
				*size = n + 1;
				return 0;
			}
		}
		if (n > VALUE_MOST)
			return bad(im, "expected at most 32 MiB as one run's report, or one line");
		int r = more(im);
		if (r <= 0)
			return r < 0 ? r : bad(im, "the file ends within an object of JSON");
	}
}

static int take(struct import *im, json_t **out)
{
	struct objects *o = &im->objects;
	json_error_t at;
	size_t n = 0;
	int r = measure(im, &n);

	if (r < 0)
		return r;
	*out = json_loadb(o->bytes + o->from, n, TEXTS, &at);
	if (!*out) {
		im->line += at.line > 0 ? (unsigned long)at.line - 1 : 0;
		return bt_fail(im->err, -EINVAL, "%s:%lu: expected an object of JSON: %s", o->path,
			im->line, at.text);
	}
	for (size_t i = 0; i < n; i++)
		o->line += o->bytes[o->from + i] == '\n';
	o->from += n;
	r = placed(im, bt_check_texts(im->root, *out, im->err));
	if (r == 0)
		return 1;
	json_decref(*out);
	*out = NULL;
	return r;
}

/* What stands before an object, unless it is the end: nothing, or the bracket or comma of an array. */
static int separator(struct import *im)
{
	struct objects *o = &im->objects;
	int ch = peek(im);

	if (ch < 0 || (ch == 0 && !o->array)) /* the line of the last object stays */
		return ch;
	im->line = o->line;
	if (o->first && ch == '[') {
		o->array = true;
		o->from++;
		ch = peek(im);
	} else if (o->array && !o->first && ch == ',') {
		o->from++;
		ch = peek(im);
	} else if (o->array && !o->first && ch != ']') {
		return bad(im, "expected a comma, or the end of the array");
	}
	im->line = o->line;
	return ch;
}

/* 1: the next object, new; 0: there are no more. */
static int next_object(struct import *im, json_t **out)
{
	struct objects *o = &im->objects;
	int ch = separator(im);

	if (ch < 0 || (ch == 0 && !o->array))
		return ch;
	if (o->array && ch == ']') {
		o->from++;
		ch = peek(im);
		im->line = o->line;
		return ch > 0 ? bad(im, "expected nothing after the array") : ch;
	}
	o->first = false;
	if (ch != '{')
		return bad(im,
			o->array ? "expected reports in the array" : "expected an object of JSON");
	return take(im, out);
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
	im->total = (struct bt_counts){ 0 };
	im->over = false;
	snprintf(im->root, sizeof(im->root), "runs[%u]", im->run);
}

/* Of a run that the history has, only what a file must have is looked at. */
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
	bool doubted;
	int r;

	a->ended = strcmp(ending, "running") != 0 && strcmp(ending, "interrupted") != 0;
	a->duration_ns = im->t_ns;
	if (!a->ended)
		json_object_set_new(report, "status", bt_json_string(ending = "interrupted"));
	/* Whoever calls a measurement valid and gives reasons against it is not believed. */
	doubted = strcmp(bt_json_get_text(report, "verdict"), "valid") == 0 &&
		json_array_size(json_object_get(report, "reasons")) > 0;
	if (doubted)
		json_object_set_new(report, "verdict", bt_json_string("invalid"));
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

/* The frame in a line's `wire`. */
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

/* The document in a frame: all of it, or up to a NUL. */
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
	/* What anybody reads in the line is what benchtop reads. */
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

/* Snapshots come in the order of time, and what was counted stays counted. */
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
	im->over = im->snap->last;
	return bt_recording_put(im->rec, im->snap, im->err);
}

/* The report is of the run that stands above it. */
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

/* What a report says of its run. Metrics have no table in it. */
static void describe(struct bt_run_info *info, struct bt_pool *pool, const json_t *report)
{
	const json_t *environment = json_object_get(report, "environment");
	const json_t *seed = json_object_get(report, "seed");

	*info = (struct bt_run_info){
		.workload = bt_pool_text(pool, bt_json_get_text(report, "workload")),
		.summary = "",
		.unit = bt_pool_text(pool, bt_json_get_text(report, "unit")),
		.profile = bt_pool_text(pool, bt_json_get_text(report, "profile")),
		.open_loop = strcmp(bt_json_get_text(report, "mode"), "open") == 0,
		.seed = bt_json_get_count(report, "seed", 0),
		.host = bt_pool_text(pool, bt_json_get_text(report, "host")),
		.version = bt_pool_text(pool, bt_json_get_text(report, "version")),
		.command_line = bt_pool_text(pool, bt_json_get_text(report, "command_line")),
		.commit = bt_pool_text(pool, bt_json_get_text(report, "commit")),
		.clock = bt_pool_text(pool, bt_json_get_text(environment, "clock")),
		.pacing = "",
		.late = "",
	};
	bt_parse_utc(&info->started_wall_ns, bt_json_get_text(report, "started"));
	if (json_is_string(seed))
		bt_parse_count(&info->seed, json_string_value(seed));
	bt_json_read_settings(
		&info->settings, &info->n_settings, pool, json_object_get(report, "options"));
	bt_json_read_settings(&info->tags, &info->n_tags, pool, json_object_get(report, "tags"));
}

/* Classes of errors with what they have; *notes are their examples, n of them, in the pool. */
static void take_errors(struct bt_run_info *info, struct bt_pool *pool, struct bt_snapshot *snap,
	const json_t *errors)
{
	const char **names = bt_pool_alloc(pool, BT_ERROR_CLASSES_MAX * sizeof(*names));
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)errors, name, value)
	{
		if (!names || info->n_error_classes == BT_ERROR_CLASSES_MAX)
			break;
		snap->errors[info->n_error_classes] = bt_json_get_count(value, "count", 0);
		names[info->n_error_classes++] = bt_pool_text(pool, name);
	}
	info->error_classes = names;
}

static uint64_t ns_of(const json_t *report, const char *key)
{
	double s = bt_json_get_real(report, key);

	return bt_u64(round(s * 1e9));
}

/* The totals as a last snapshot without an interval. */
static void total(struct bt_snapshot *snap, const json_t *report)
{
	const json_t *latency = json_object_get(report, "latency_ns");
	const json_t *found = json_object_get(report, "finding");
	uint64_t cpu_ns = ns_of(report, "cpu_seconds");

	bt_snapshot_clear(snap);
	snap->t_ns = ns_of(report, "duration_s");
	snap->scored_ns = ns_of(report, "scored_s");
	snap->target_rate = NAN;
	snap->total = (struct bt_counts){
		.offered = bt_json_get_count(report, "offered", 0),
		.completed = bt_json_get_count(report, "completed", 0),
		.failed = bt_json_get_count(report, "failed", 0),
		.expired = bt_json_get_count(report, "expired", 0),
		.units = bt_json_get_count(report, "units", 0),
	};
	bt_json_read_latency(&snap->total_queue, json_object_get(latency, "queue"));
	bt_json_read_latency(&snap->total_service, json_object_get(latency, "service"));
	bt_json_read_latency(&snap->total_response, json_object_get(latency, "response"));
	memset(&snap->usage, 0xff, sizeof(snap->usage)); /* unknown */
	memset(&snap->watched, 0xff, sizeof(snap->watched));
	snap->usage.cpu_ns = cpu_ns ? cpu_ns : UINT64_MAX;
	snap->net.own_in_bytes = bt_json_get_count(report, "net_in_bytes", UINT64_MAX);
	snap->net.own_out_bytes = bt_json_get_count(report, "net_out_bytes", UINT64_MAX);
	snap->net.if_in_bytes = bt_json_get_count(report, "interface_in_bytes", UINT64_MAX);
	snap->net.if_out_bytes = bt_json_get_count(report, "interface_out_bytes", UINT64_MAX);
	snap->rss_start_bytes = bt_json_get_count(report, "rss_start_bytes", 0);
	snap->rss_peak_bytes = bt_json_get_count(report, "rss_peak_bytes", 0);
	snap->rss_left_bytes = bt_json_get_count(report, "bytes_leaked", UINT64_MAX);
	snap->warm_offered = bt_json_get_count(json_object_get(report, "warm_up"), "offered", 0);
	snap->warm_failed = bt_json_get_count(json_object_get(report, "warm_up"), "failed", 0);
	/* One that a snapshot cannot hold whole stands in the report alone. */
	snap->finding_value = NAN;
	if (strlen(bt_json_get_text(found, "name")) >= sizeof(snap->finding_name) ||
		strlen(bt_json_get_text(found, "unit")) >= sizeof(snap->finding_unit) ||
		strlen(bt_json_get_text(found, "text")) >= sizeof(snap->finding_text))
		return;
	snap->finding_value = bt_json_get_real(found, "value");
	bt_json_copy_text(snap->finding_name, sizeof(snap->finding_name), found, "name");
	bt_json_copy_text(snap->finding_unit, sizeof(snap->finding_unit), found, "unit");
	bt_json_copy_text(snap->finding_text, sizeof(snap->finding_text), found, "text");
}

/* The next segments and events, as many as fit; false: there are no more. */
static bool give(struct bt_snapshot *snap, const json_t *report)
{
	const json_t *segments = json_object_get(report, "segments");
	const json_t *events = json_object_get(report, "events");
	size_t s = snap->seq * BT_SNAP_SEGMENTS, e = snap->seq * BT_SNAP_EVENTS;

	snap->n_segments = snap->n_events = 0;
	for (; s < json_array_size(segments) && snap->n_segments < BT_SNAP_SEGMENTS; s++)
		bt_json_read_segment(
			&snap->segments[snap->n_segments++], json_array_get(segments, s));
	for (; e < json_array_size(events) && snap->n_events < BT_SNAP_EVENTS; e++)
		bt_json_read_event(&snap->events[snap->n_events++], json_array_get(events, e));
	snap->seq++;
	snap->last = s >= json_array_size(segments) && e >= json_array_size(events);
	return !snap->last;
}

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
	describe(&im->info, &pool, report);
	total(im->snap, report);
	take_errors(&im->info, &pool, im->snap, json_object_get(report, "errors"));
	im->t_ns = im->snap->t_ns;
	im->adoption = (struct bt_adoption){ .report_alone = true };
	r = begin(im);
	while (r == 0 && on) {
		on = give(im->snap, report);
		r = bt_recording_put(im->rec, im->snap, im->err);
	}
	if (r == 0)
		r = end(im, report);
	forget(im);
	bt_pool_fini(&pool);
	return r;
}

/* ---- all of it ---- */

static int read_objects(struct import *im)
{
	json_t *object = NULL;
	int r;

	while ((r = next_object(im, &object)) > 0) {
		const char *type = bt_json_get_text(object, "type");

		r = *type && !im->objects.array ? read_line(im, object, type)
			: im->own ? bad(im, "expected a type: run, snapshot or report")
				  : read_report(im, object);
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
	struct import im = { .out = out,
		.store = store,
		.objects = { .path = path, .first = true, .line = 1 },
		.err = err };
	int r;

	*out = (struct bt_imported){ 0 };
	im.objects.fd = bt_input_open(path, BT_INPUT_ONCE, err);
	if (im.objects.fd < 0)
		return im.objects.fd;
	forget(&im);
	r = bt_store_spool(&im.spool, err);
	if (r == 0)
		bt_store_stoppable(im.spool);
	im.snap = calloc(1, sizeof(*im.snap));
	if (r == 0 && !im.snap)
		r = bt_fail(err, -ENOMEM, "%s: out of memory", path);
	if (r == 0) {
		bt_hist_init(&im.snap->queue);
		bt_hist_init(&im.snap->service);
		bt_hist_init(&im.snap->response);
		r = read_objects(&im);
	}
	forget(&im);
	bt_store_close(im.spool);
	close(im.objects.fd);
	free(im.objects.bytes);
	free(im.snap);
	return r;
}
