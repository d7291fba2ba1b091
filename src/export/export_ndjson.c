/*
 * ndjson: a line of JSON a snapshot, between one that describes the run and one with its report.
 * Beside figures that anybody reads, `wire` has the whole as benchtop reads it back (wire.h), so
 * that an import loses nothing.
 */
#include "export/export.h"

#include <errno.h>
#include <stdlib.h>

#include "base/encode.h"
#include "json/json.h"
#include "report/sample.h"
#include "report/wire.h"

struct state {
	struct bt_sample_mark mark;
};

static int put_line(FILE *out, json_t *object, struct bt_buf *buf, struct bt_err *err)
{
	char *text = buf ? bt_base64(buf->bytes + buf->from, bt_buf_size(buf)) : NULL;
	int r = object && (text || !buf) ? 0 : bt_oom(err, NULL);

	if (r == 0 && text)
		json_object_set_new(object, "wire", bt_json_string(text));
	if (r == 0)
		r = bt_json_print(out, object, JSON_COMPACT, err);
	if (r == 0)
		putc('\n', out);
	json_decref(object);
	free(text);
	if (buf)
		bt_buf_fini(buf);
	return r;
}

static int ndjson_begin(void *self, FILE *out, const struct bt_run_info *info, struct bt_err *err)
{
	struct bt_buf buf = { 0 };

	*(struct state *)self = (struct state){ .mark = { .known = false } };
	if (bt_wire_put_hello(&buf, info) < 0)
		return bt_oom(err, NULL);
	return put_line(out,
		json_pack("{ss si so so so so ss}", "type", "run", "format", 1, "run",
			bt_json_count(info->id), "workload", bt_json_string(info->workload),
			"profile", bt_json_string(info->profile), "host", bt_json_text(info->host),
			"loop", info->open_loop ? "open" : "closed"),
		&buf, err);
}

static json_t *row_json(const struct bt_sample_row *r)
{
	return json_pack("{ss so so si si sb so so so so so so so so so so so so so so so so so}",
		"type", "snapshot", "t_s", bt_json_real(r->t_s), "span_s", bt_json_real(r->span_s),
		"segment", (int)r->segment, "step", (int)r->step, "scored", r->scored, "offered",
		bt_json_count(r->counts.offered), "completed", bt_json_count(r->counts.completed),
		"failed", bt_json_count(r->counts.failed), "expired",
		bt_json_count(r->counts.expired), "units", bt_json_count(r->counts.units),
		"throughput", bt_json_real(r->throughput), "target_rate",
		bt_json_real(r->target_rate), "p50_ns", bt_json_count(r->p50_ns), "p90_ns",
		bt_json_count(r->p90_ns), "p95_ns", bt_json_count(r->p95_ns), "p99_ns",
		bt_json_count(r->p99_ns), "p999_ns", bt_json_count(r->p999_ns), "max_ns",
		bt_json_count(r->max_ns), "queue_p99_ns", bt_json_count(r->queue_p99_ns),
		"service_p99_ns", bt_json_count(r->service_p99_ns), "backlog",
		bt_json_count(r->backlog), "rss_bytes", bt_json_count(r->rss_bytes));
}

static int ndjson_put(void *self, FILE *out, const struct bt_tally *tally,
	const struct bt_snapshot *snap, struct bt_err *err)
{
	struct state *s = self;
	struct bt_sample_row row;
	struct bt_buf buf = { 0 };
	json_t *object;

	bt_sample_of(&row, &s->mark, tally, snap);
	object = row_json(&row);
	if (object)
		json_object_set_new(object, "cpu", bt_json_real(row.cpu));
	for (const struct bt_figure *f = NULL; object && (f = bt_sample_next(f));)
		bt_json_set(object, f->name, bt_json_real(bt_sample_figure(&row, f)));
	if (bt_wire_put_snapshot(&buf, snap, tally->info) < 0) {
		json_decref(object);
		return bt_oom(err, NULL);
	}
	return put_line(out, object, &buf, err);
}

static int ndjson_end(void *self BT_UNUSED, FILE *out, const struct bt_tally *tally BT_UNUSED,
	const json_t *report, struct bt_err *err)
{
	return put_line(out, json_pack("{ss sO}", "type", "report", "report", report), NULL, err);
}

const struct bt_export_format bt_export_ndjson = {
	.name = "ndjson",
	.summary = "a line of JSON a snapshot; benchtop import reads it back",
	.state_size = sizeof(struct state),
	.several = true,
	.grows = true,
	.begin = ndjson_begin,
	.put = ndjson_put,
	.end = ndjson_end,
};
