#include "record/import.h"

#include <errno.h>
#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "core/feed.h"
#include "record/base64.h"
#include "record/json.h"
#include "record/threshold.h"
#include "record/wire.h"

#define FILE_MOST ((size_t)4 << 30)

struct import {
	struct bt_imported *out;
	struct bt_store *store;
	const char *path;
	unsigned long line;
	struct bt_err *err;
	struct bt_snapshot *snap;
	/* The run that is being read. */
	struct bt_wire_info *own;
	struct bt_run_info info;
	struct bt_recording *rec;
	bool skip;  /* the history has it */
	bool whole; /* its report is kept */
	uint64_t
		duration_ns; /* of a report alone, which tells its beginning to the second only; 0: not such a one */
};

static int bad(struct import *im, const char *what)
{
	return bt_fail(im->err, -EINVAL, "%s:%lu: %s", im->path, im->line, what);
}

static bool began_as(const struct import *im, const struct bt_run_row *row)
{
	uint64_t a = row->duration_ns, b = im->duration_ns;

	if (!b)
		return row->started_wall_ns == im->info.started_wall_ns;
	return row->started_wall_ns / BT_NS_PER_S == im->info.started_wall_ns / BT_NS_PER_S &&
		BT_MAX(a, b) - BT_MIN(a, b) < 1000;
}

/* A run of the same workload that began at the same moment on the same machine is the same. */
static int find_same(struct import *im, bool *there)
{
	struct bt_run_list list;
	int r = bt_store_list(im->store, &list, im->info.workload, 0, im->err);

	*there = false;
	if (r < 0)
		return r;
	for (size_t i = 0; i < list.n; i++)
		*there |= began_as(im, &list.rows[i]) &&
			strcmp(list.rows[i].host, im->info.host ? im->info.host : "") == 0;
	bt_run_list_fini(&list);
	return 0;
}

/* A run that was not read to its end is not kept. */
static void undo(struct import *im)
{
	size_t kept;

	bt_recording_end(im->rec, NULL, "failed", NULL);
	bt_store_delete(im->store, &kept, &im->info.id, 1, NULL);
}

static void forget(struct import *im)
{
	if (im->rec && !im->whole)
		undo(im);
	bt_recording_free(im->rec);
	bt_wire_info_free(im->own);
	im->rec = NULL;
	im->own = NULL;
	im->skip = im->whole = false;
	im->duration_ns = 0;
}

static int begin(struct import *im, const char *environment)
{
	int r = find_same(im, &im->skip);

	if (r == 0 && !im->skip)
		r = bt_recording_begin(&im->rec, im->store, &im->info, environment, im->err);
	im->out->there += r == 0 && im->skip;
	return r;
}

/* The report, with the number that the run has here. */
static int end(struct import *im, json_t *report)
{
	const char *ending = bt_json_get_text(report, "status");
	char *text;
	int r;

	if (im->skip)
		return 0;
	json_object_set_new(report, "run", json_integer((json_int_t)im->info.id));
	text = json_dumps(report, JSON_COMPACT | JSON_REAL_PRECISION(12));
	if (!text)
		return bt_fail(im->err, -ENOMEM, "%s: out of memory", im->path);
	if (strcmp(ending, "stopped") != 0 && strcmp(ending, "failed") != 0)
		ending = "ended";
	r = bt_recording_end(im->rec, text, ending, im->err);
	free(text);
	im->whole = r == 0;
	im->out->runs += r == 0;
	if (r == 0)
		im->out->last = im->info.id;
	return r;
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
	if (bt_wire_take(buf, frame, BT_WIRE_MAX, NULL) != 1 || frame->kind != kind)
		return bad(im, "expected wire of this type of line");
	return 0;
}

static int read_run(struct import *im, const json_t *line, const char *environment)
{
	struct bt_frame frame;
	struct bt_buf buf;
	int r = take_frame(im, &buf, &frame, BT_WIRE_HELLO, line);

	if (r == 0) {
		r = bt_wire_read_hello(&im->own, &im->info, &frame, im->err);
		if (r < 0)
			bt_fail_in(im->err, "%s:%lu", im->path, im->line);
	}
	bt_buf_fini(&buf);
	return r == 0 ? begin(im, environment) : r;
}

static int read_snapshot(struct import *im, const json_t *line)
{
	struct bt_frame frame;
	struct bt_buf buf;
	int r;

	if (!im->own)
		return bad(im, "a snapshot before any run");
	if (im->skip)
		return 0;
	r = take_frame(im, &buf, &frame, BT_WIRE_SNAPSHOT, line);
	if (r == 0) {
		r = bt_wire_read_snapshot(im->snap, &im->info, &frame, im->err);
		if (r < 0)
			bt_fail_in(im->err, "%s:%lu", im->path, im->line);
	}
	bt_buf_fini(&buf);
	return r == 0 ? bt_recording_put(im->rec, im->snap, im->err) : r;
}

/* The environment stands in the report, which comes last: it is looked for ahead. */
static char *environment_ahead(const char *text)
{
	const char *at = strstr(text, "\n{\"type\":\"report\"");
	const char *next = strstr(text, "\n{\"type\":\"run\"");
	json_t *line;
	char *found = NULL;

	if (!at || (next && next < at))
		return NULL;
	line = json_loadb(at + 1, strcspn(at + 1, "\n"), 0, NULL);
	at = NULL;
	if (line)
		found = json_dumps(json_object_get(json_object_get(line, "report"), "environment"),
			JSON_COMPACT);
	json_decref(line);
	return found;
}

static int read_line(struct import *im, json_t *line, const char *rest)
{
	const char *type = bt_json_get_text(line, "type");
	char *environment;
	int r;

	if (strcmp(type, "run") == 0) {
		if (im->own)
			return bad(im, "a run before the report of the one before");
		if (bt_json_get_count(line, "format", 0) != 1)
			return bad(im, "expected format 1, another benchtop wrote this");
		environment = environment_ahead(rest);
		r = read_run(im, line, environment ? environment : "{}");
		free(environment);
		return r;
	}
	if (strcmp(type, "snapshot") == 0)
		return read_snapshot(im, line);
	if (strcmp(type, "report") != 0)
		return bad(im, "expected a type: run, snapshot or report");
	if (!im->own)
		return bad(im, "a report before any run");
	r = json_is_object(json_object_get(line, "report"))
		? end(im, json_object_get(line, "report"))
		: bad(im, "expected an object as report");
	forget(im);
	return r;
}

static int read_lines(struct import *im, const char *text)
{
	int r = 0;

	for (const char *at = text; r == 0 && *at; at += *at == '\n') {
		size_t n = strcspn(at, "\n");
		json_t *line;

		im->line++;
		if (strspn(at, " \t\r") < n) {
			line = json_loadb(at, n, 0, NULL);
			r = json_is_object(line) ? read_line(im, line, at)
						 : bad(im, "expected an object of JSON");
			json_decref(line);
		}
		at += n;
	}
	if (r == 0 && im->own)
		r = bad(im, "the file ends before the report of its run");
	return r;
}

/* ---- json ---- */

static uint64_t when(const char *text)
{
	struct tm tm = { 0 };

	return strptime(text, "%Y-%m-%dT%H:%M:%SZ", &tm) ? (uint64_t)timegm(&tm) * BT_NS_PER_S : 0;
}

/* What a report says of its run. Metrics and error classes have no tables in it. */
static void describe(struct bt_run_info *info, struct bt_pool *pool, const json_t *report)
{
	*info = (struct bt_run_info){
		.workload = bt_pool_text(pool, bt_json_get_text(report, "workload")),
		.summary = "",
		.unit = bt_pool_text(pool, bt_json_get_text(report, "unit")),
		.profile = bt_pool_text(pool, bt_json_get_text(report, "profile")),
		.open_loop = strcmp(bt_json_get_text(report, "mode"), "open") == 0,
		.seed = bt_json_get_count(report, "seed", 0),
		.started_wall_ns = when(bt_json_get_text(report, "started")),
		.host = bt_pool_text(pool, bt_json_get_text(report, "host")),
		.version = bt_pool_text(pool, bt_json_get_text(report, "version")),
		.command_line = bt_pool_text(pool, bt_json_get_text(report, "command_line")),
		.commit = bt_pool_text(pool, bt_json_get_text(report, "commit")),
		.clock = "",
		.pacing = "",
		.late = "",
	};
	bt_json_read_settings(
		&info->settings, &info->n_settings, pool, json_object_get(report, "options"));
	bt_json_read_settings(&info->tags, &info->n_tags, pool, json_object_get(report, "tags"));
}

static uint64_t ns_of(const json_t *report, const char *key)
{
	double s = bt_json_get_real(report, key);

	return s > 0 ? (uint64_t)(s * 1e9) : 0;
}

/* The totals as one last snapshot without an interval. */
static void total(struct bt_snapshot *snap, const json_t *report)
{
	const json_t *latency = json_object_get(report, "latency_ns");

	bt_snapshot_clear(snap);
	snap->seq = 1;
	snap->last = true;
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
	snap->rss_start_bytes = bt_json_get_count(report, "rss_start_bytes", 0);
	snap->rss_peak_bytes = bt_json_get_count(report, "rss_peak_bytes", 0);
	snap->rss_left_bytes = UINT64_MAX;
	snap->finding_value = NAN;
	for (size_t i = 0;
		i < json_array_size(json_object_get(report, "segments")) && i < BT_SNAP_SEGMENTS;
		i++)
		bt_json_read_segment(&snap->segments[snap->n_segments++],
			json_array_get(json_object_get(report, "segments"), i));
}

static int read_report(struct import *im, json_t *report)
{
	struct bt_pool pool = { NULL };
	char *environment;
	int r = 0;

	if (!*bt_json_get_text(report, "workload") || !*bt_json_get_text(report, "started") ||
		!json_is_integer(json_object_get(report, "completed")))
		return bad(im, "expected the report of a run: workload, started, completed");
	describe(&im->info, &pool, report);
	im->duration_ns = BT_MAX(ns_of(report, "duration_s"), 1);
	environment = json_dumps(json_object_get(report, "environment"), JSON_COMPACT);
	r = begin(im, environment ? environment : "{}");
	free(environment);
	if (r == 0 && !im->skip) {
		total(im->snap, report);
		r = bt_recording_put(im->rec, im->snap, im->err);
	}
	if (r == 0)
		r = end(im, report);
	forget(im);
	bt_pool_fini(&pool);
	return r;
}

static int read_document(struct import *im, json_t *document)
{
	json_t *report;
	size_t i;
	int r = 0;

	if (json_is_object(document))
		return read_report(im, document);
	json_array_foreach(document, i, report)
	{
		r = json_is_object(report) ? read_report(im, report)
					   : bad(im, "expected reports in the array");
		if (r < 0)
			break;
	}
	return r;
}

static int read_text(struct import *im, const char *text, size_t n)
{
	json_error_t at;
	json_t *document = json_loadb(text, n, 0, &at);
	int r;

	/* One document is a report, or several; a file of lines is none, unless it has but one. */
	if (document && !*bt_json_get_text(document, "type")) {
		im->line = 1;
		r = read_document(im, document);
	} else {
		r = read_lines(im, text);
	}
	json_decref(document);
	return r;
}

int bt_import(struct bt_imported *out, struct bt_store *store, const char *path, struct bt_err *err)
{
	struct import im = { .out = out, .store = store, .path = path, .err = err };
	char *text;
	size_t n;
	int r = bt_file_read(&text, &n, path, FILE_MOST, err);

	*out = (struct bt_imported){ 0 };
	if (r < 0)
		return r;
	im.snap = calloc(1, sizeof(*im.snap));
	if (im.snap) {
		bt_hist_init(&im.snap->queue);
		bt_hist_init(&im.snap->service);
		bt_hist_init(&im.snap->response);
		r = read_text(&im, text, n);
	} else {
		r = bt_fail(err, -ENOMEM, "%s: out of memory", path);
	}
	forget(&im);
	free(im.snap);
	free(text);
	return r;
}
