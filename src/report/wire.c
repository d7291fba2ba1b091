/*
 * A run as frames, for its socket and for ndjson. A frame is a length, a kind and JSON, made and
 * read by the functions of src/json that the history uses; a snapshot also carries its three
 * histograms as sparse bytes (hist.h), which would be far longer as JSON. The first frame has
 * the version, and ends belong to two programs: both check everything that they read, names
 * against lists, lengths against bounds, and take what is missing for unknown.
 *
 * Text takes more time and bytes than binary structs would, which does not matter at ten
 * snapshots a second for each of a few watchers; in return a struct may grow a field without a
 * new version, and a frame can be read by eye. Segments go whole whenever they change, not as
 * differences: few do in a tick.
 */
#include "report/wire.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "core/feed.h"
#include "json/json.h"

#define HEAD 5 /* length and kind */

static const char *const command_name[] = { "pause", "resume", "rate", "stop", "spike", "next",
	"note", "baseline", "seek", "speed", NULL };
static const char *const control_name[] = { "free", "yours", "taken", NULL };

void bt_buf_fini(struct bt_buf *buf)
{
	free(buf->bytes);
	memset(buf, 0, sizeof(*buf));
}

uint8_t *bt_buf_reserve(struct bt_buf *buf, size_t n)
{
	size_t size = bt_buf_size(buf), room = BT_MAX(buf->room, 4096);
	uint8_t *grown;

	if (buf->from && size)
		memmove(buf->bytes, buf->bytes + buf->from, size);
	buf->from = 0;
	buf->to = size;
	while (room < size + n)
		room *= 2;
	if (room > buf->room) {
		grown = realloc(buf->bytes, room);
		if (!grown)
			return NULL;
		buf->bytes = grown;
		buf->room = room;
	}
	return buf->bytes + buf->to;
}

static uint32_t get_length(const uint8_t *at)
{
	return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
		(uint32_t)at[3] << 24;
}

static void put_length(uint8_t *at, size_t n)
{
	for (unsigned i = 0; i < 4; i++)
		at[i] = (uint8_t)(n >> (8 * i));
}

int bt_wire_take(struct bt_buf *buf, struct bt_frame *out, size_t max, struct bt_err *err)
{
	const uint8_t *at = buf->bytes + buf->from;
	size_t size = bt_buf_size(buf), n;

	if (size < HEAD)
		return 0;
	n = get_length(at);
	if (n > max)
		return bt_fail(err, -EINVAL, "a frame of %zu bytes: expected at most %zu", n, max);
	if (size < HEAD + n)
		return 0;
	*out = (struct bt_frame){ (enum bt_wire_kind)at[4], at + HEAD, n };
	buf->from += HEAD + n;
	return 1;
}

/* Appends a frame of two parts. */
static int put_frame(struct bt_buf *buf, enum bt_wire_kind kind, const void *first, size_t n_first,
	const void *second, size_t n_second)
{
	size_t n = n_first + n_second;
	uint8_t *at = bt_buf_reserve(buf, HEAD + n);

	if (!at)
		return -ENOMEM;
	put_length(at, n);
	at[4] = (uint8_t)kind;
	memcpy(at + HEAD, first, n_first);
	if (n_second)
		memcpy(at + HEAD + n_first, second, n_second);
	buf->to += HEAD + n;
	return 0;
}

/* Appends a frame of an object, which is taken over; NULL: no memory. */
static int put_json(struct bt_buf *buf, enum bt_wire_kind kind, json_t *object)
{
	char *text = object ? json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17)) : NULL;
	int r = text ? put_frame(buf, kind, text, strlen(text), NULL, 0) : -ENOMEM;

	free(text);
	json_decref(object);
	return r;
}

static json_t *read_json(const struct bt_frame *frame, size_t size)
{
	return json_loadb((const char *)frame->bytes, size, JSON_REJECT_DUPLICATES, NULL);
}

int bt_wire_put_hello(struct bt_buf *buf, const struct bt_run_info *info)
{
	return put_json(buf, BT_WIRE_HELLO,
		json_pack("{si sI so}", "version", BT_WIRE_VERSION, "run", (json_int_t)info->id,
			"info", bt_json_info(info)));
}

struct bt_wire_info {
	struct bt_pool pool;
};

void bt_wire_info_free(struct bt_wire_info *info)
{
	if (!info)
		return;
	bt_pool_fini(&info->pool);
	free(info);
}

int bt_wire_read_hello(struct bt_wire_info **out, struct bt_run_info *info,
	const struct bt_frame *frame, struct bt_err *err)
{
	json_t *object = read_json(frame, frame->size);
	int version = (int)bt_json_get_count(object, "version", 0), r;
	struct bt_wire_info *own = calloc(1, sizeof(*own));

	*out = NULL;
	memset(info, 0, sizeof(*info));
	if (!own)
		r = bt_oom(err, "a run's description");
	else if (version != BT_WIRE_VERSION)
		r = bt_fail(err, version ? -EPROTO : -EINVAL,
			"the run speaks version %d of the protocol: expected %d, of the benchtop "
			"that began it",
			version, BT_WIRE_VERSION);
	else
		r = bt_json_read_info(info, &own->pool, json_object_get(object, "info"), err);
	if (r == 0)
		info->id = bt_json_get_count(object, "run", 0);
	json_decref(object);
	if (r < 0)
		bt_wire_info_free(own);
	else
		*out = own;
	return r;
}

int bt_wire_put_thresholds(struct bt_buf *buf, const struct bt_thresholds *thresholds)
{
	return put_json(buf, BT_WIRE_THRESHOLDS, bt_thresholds_json(thresholds));
}

int bt_wire_read_thresholds(struct bt_thresholds **all, const struct bt_run_info *info,
	const struct bt_frame *frame, struct bt_err *err)
{
	json_t *rows = read_json(frame, frame->size);
	int r = json_is_array(rows) ? bt_thresholds_take(all, rows, info, err)
				    : bt_fail(err, -EINVAL, "thresholds: expected a list");

	json_decref(rows);
	return r;
}

int bt_wire_put_control(struct bt_buf *buf, enum bt_wire_control control)
{
	return put_json(buf, BT_WIRE_CONTROL, json_pack("{ss}", "control", control_name[control]));
}

int bt_wire_read_control(
	enum bt_wire_control *out, const struct bt_frame *frame, struct bt_err *err)
{
	json_t *object = read_json(frame, frame->size);
	int row = bt_json_get_name(object, "control", control_name, -1);

	json_decref(object);
	if (row < 0)
		return bt_fail(err, -EINVAL, "control: expected free, yours or taken");
	*out = (enum bt_wire_control)row;
	return 0;
}

int bt_wire_put_reply(struct bt_buf *buf, const char *words)
{
	return put_json(buf, BT_WIRE_REPLY, json_pack("{so}", "refused", bt_json_string(words)));
}

int bt_wire_read_reply(char *words, size_t size, const struct bt_frame *frame, struct bt_err *err)
{
	json_t *object = read_json(frame, frame->size);
	bool any = json_is_string(json_object_get(object, "refused"));

	bt_json_copy_text(words, size, object, "refused");
	json_decref(object);
	return any ? 0 : bt_fail(err, -EINVAL, "reply: expected words");
}

int bt_wire_put_command(struct bt_buf *buf, const struct bt_command *cmd)
{
	return put_json(buf, BT_WIRE_COMMAND,
		json_pack("{ss so so so so so so so}", "command", command_name[cmd->kind], "rate",
			bt_json_real(cmd->rate), "factor", bt_json_real(cmd->factor), "span_ns",
			bt_json_count(cmd->span_ns), "t_ns", bt_json_count(cmd->t_ns), "from_ns",
			bt_json_count(cmd->from_ns), "to_ns", bt_json_count(cmd->to_ns), "text",
			bt_json_string(cmd->text)));
}

int bt_wire_read_command(struct bt_command *cmd, const struct bt_frame *frame, struct bt_err *err)
{
	json_t *object = read_json(frame, frame->size);
	int kind = bt_json_get_name(object, "command", command_name, -1);
	size_t len;

	memset(cmd, 0, sizeof(*cmd));
	if (kind >= 0) {
		cmd->kind = (enum bt_command_kind)kind;
		cmd->rate = bt_json_get_real(object, "rate");
		cmd->factor = bt_json_get_real(object, "factor");
		cmd->span_ns = bt_json_get_count(object, "span_ns", 0);
		cmd->t_ns = bt_json_get_count(object, "t_ns", 0);
		cmd->from_ns = bt_json_get_count(object, "from_ns", 0);
		cmd->to_ns = bt_json_get_count(object, "to_ns", 0);
		bt_json_copy_text(cmd->text, sizeof(cmd->text), object, "text");
	}
	len = strlen(bt_json_get_text(object, "text"));
	json_decref(object);
	if (kind >= 0 && len >= sizeof(cmd->text))
		return bt_fail(err, -EINVAL, "command: a text of %zu bytes, expected at most %d",
			len, BT_COMMAND_TEXT - 1);
	return kind < 0 ? bt_fail(err, -EINVAL, "command: not one that is known") : 0;
}

/* A snapshot's lists, each element an array or an object. */

static json_t *segments_json(const struct bt_snapshot *snap)
{
	json_t *items[BT_SNAP_SEGMENTS];

	for (unsigned i = 0; i < snap->n_segments; i++)
		items[i] = bt_json_segment(&snap->segments[i]);
	return bt_json_array(items, snap->n_segments);
}

static void read_segments(struct bt_snapshot *snap, const json_t *array)
{
	size_t n = BT_MIN(json_array_size(array), BT_SNAP_SEGMENTS);

	for (size_t i = 0; i < n; i++)
		bt_json_read_segment(&snap->segments[i], json_array_get(array, i));
	snap->n_segments = (unsigned)n;
}

static json_t *events_json(const struct bt_snapshot *snap)
{
	json_t *items[BT_SNAP_EVENTS];

	for (unsigned i = 0; i < snap->n_events; i++) {
		const struct bt_event *e = &snap->events[i];

		items[i] = json_pack("{so ss so}", "t_ns", bt_json_count(e->t_ns), "kind",
			bt_event_kind_name[e->kind], "text", bt_json_string(e->text));
	}
	return bt_json_array(items, snap->n_events);
}

static void read_events(struct bt_snapshot *snap, const json_t *array)
{
	size_t n = BT_MIN(json_array_size(array), BT_SNAP_EVENTS);

	for (size_t i = 0; i < n; i++)
		bt_json_read_event(&snap->events[i], json_array_get(array, i));
	snap->n_events = (unsigned)n;
}

static json_t *notes_json(const struct bt_snapshot *snap)
{
	json_t *items[BT_SNAP_NOTES];

	for (unsigned i = 0; i < snap->n_notes; i++) {
		const struct bt_note_record *note = &snap->notes[i];

		items[i] = json_pack("{so si si so}", "t_ns", bt_json_count(note->t_ns), "class",
			(int)note->error_class, "worker", (int)note->worker, "text",
			bt_json_string(note->text));
	}
	return bt_json_array(items, snap->n_notes);
}

static void read_notes(struct bt_snapshot *snap, const json_t *array)
{
	size_t n = BT_MIN(json_array_size(array), BT_SNAP_NOTES);

	for (size_t i = 0; i < n; i++) {
		const json_t *object = json_array_get(array, i);
		struct bt_note_record *note = &snap->notes[i];

		note->t_ns = bt_json_get_count(object, "t_ns", 0);
		note->error_class = (unsigned)BT_MIN(
			bt_json_get_count(object, "class", 0), BT_ERROR_CLASSES_MAX - 1);
		note->worker = (unsigned)BT_MIN(bt_json_get_count(object, "worker", 0), INT32_MAX);
		bt_json_copy_text(note->text, sizeof(note->text), object, "text");
	}
	snap->n_notes = (unsigned)n;
}

static json_t *slow_json(const struct bt_snapshot *snap)
{
	json_t *items[BT_SNAP_SLOW];

	for (unsigned i = 0; i < snap->n_slow; i++) {
		const struct bt_slow *op = &snap->slow[i];

		items[i] = json_pack("{so so so so si si si}", "n", bt_json_count(op->n), "end_ns",
			bt_json_count(op->end_t_ns), "queue_ns", bt_json_count(op->queue_ns),
			"service_ns", bt_json_count(op->service_ns), "worker", (int)op->worker,
			"segment", (int)op->segment, "class", op->error_class);
	}
	return bt_json_array(items, snap->n_slow);
}

static void read_slow(struct bt_snapshot *snap, const json_t *array)
{
	size_t n = BT_MIN(json_array_size(array), BT_SNAP_SLOW);

	for (size_t i = 0; i < n; i++) {
		const json_t *object = json_array_get(array, i);
		json_int_t row = json_integer_value(json_object_get(object, "class"));

		snap->slow[i] = (struct bt_slow){
			.n = bt_json_get_count(object, "n", 0),
			.end_t_ns = bt_json_get_count(object, "end_ns", 0),
			.queue_ns = bt_json_get_count(object, "queue_ns", 0),
			.service_ns = bt_json_get_count(object, "service_ns", 0),
			.worker =
				(unsigned)BT_MIN(bt_json_get_count(object, "worker", 0), INT32_MAX),
			.segment = (unsigned)BT_MIN(
				bt_json_get_count(object, "segment", 0), INT32_MAX),
			.error_class = row < -1 || row >= BT_ERROR_CLASSES_MAX ? -1 : (int)row,
		};
	}
	snap->n_slow = (unsigned)n;
}

static json_t *snapshot_json(const struct bt_snapshot *snap, const char *state)
{
	return json_pack("{so so so so sb so so so so so so ss}", "seq", bt_json_count(snap->seq),
		"wall_ns", bt_json_moment(snap->wall_ns), "t_ns", bt_json_count(snap->t_ns),
		"span_ns", bt_json_count(snap->span_ns), "last", snap->last, "interval",
		bt_json_counts(&snap->interval), "target_rate", bt_json_real(snap->target_rate),
		"segments", segments_json(snap), "events", events_json(snap), "notes",
		notes_json(snap), "slow", slow_json(snap), "state", state);
}

/* The text with its NUL, then each histogram with its length. */
static int put_hists(struct bt_buf *body, const struct bt_snapshot *snap)
{
	const struct bt_hist *const hists[] = { &snap->queue, &snap->service, &snap->response };

	for (unsigned i = 0; i < BT_LEN(hists); i++) {
		size_t n = bt_hist_encode(hists[i], NULL, 0);
		uint8_t *at = bt_buf_reserve(body, 4 + n);

		if (!at)
			return -ENOMEM;
		put_length(at, n);
		bt_hist_encode(hists[i], at + 4, n);
		body->to += 4 + n;
	}
	return 0;
}

int bt_wire_put_snapshot(
	struct bt_buf *buf, const struct bt_snapshot *snap, const struct bt_run_info *info)
{
	char *state = bt_state_text(snap, info), *text = NULL;
	json_t *object = state ? snapshot_json(snap, state) : NULL;
	struct bt_buf hists = { 0 };
	int r = -ENOMEM;

	if (object)
		text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(17));
	if (text && put_hists(&hists, snap) == 0)
		r = put_frame(buf, BT_WIRE_SNAPSHOT, text, strlen(text) + 1, hists.bytes,
			bt_buf_size(&hists));
	bt_buf_fini(&hists);
	json_decref(object);
	free(state);
	free(text);
	return r;
}

static int read_hists(struct bt_snapshot *snap, const uint8_t *at, size_t size, struct bt_err *err)
{
	struct bt_hist *const hists[] = { &snap->queue, &snap->service, &snap->response };
	int r = 0;

	for (unsigned i = 0; r == 0 && i < BT_LEN(hists); i++) {
		size_t n = size < 4 ? SIZE_MAX : get_length(at);

		if (n > size - BT_MIN(size, 4))
			return bt_fail(err, -EINVAL, "snapshot: a histogram is cut off");
		r = bt_hist_decode(hists[i], at + 4, n, err);
		at += 4 + n;
		size -= 4 + n;
	}
	return r;
}

int bt_wire_read_snapshot(struct bt_snapshot *snap, const struct bt_run_info *info,
	const struct bt_frame *frame, struct bt_err *err)
{
	const uint8_t *end = memchr(frame->bytes, '\0', frame->size);
	struct bt_segment_record current;
	json_t *object;
	size_t n;

	bt_snapshot_clear(snap);
	if (!end)
		return bt_fail(err, -EINVAL, "snapshot: expected text and histograms");
	n = (size_t)(end - frame->bytes);
	object = read_json(frame, n);
	if (!json_is_object(object)) {
		json_decref(object);
		return bt_fail(err, -EINVAL, "snapshot: not a JSON object");
	}
	bt_state_read(snap, &current, info, bt_json_get_text(object, "state"));
	snap->seq = bt_json_get_count(object, "seq", 0);
	snap->wall_ns = bt_json_get_moment(object, "wall_ns");
	snap->t_ns = bt_json_get_count(object, "t_ns", 0);
	snap->span_ns = bt_json_get_count(object, "span_ns", 0);
	snap->last = json_is_true(json_object_get(object, "last"));
	bt_json_read_counts(&snap->interval, json_object_get(object, "interval"));
	snap->target_rate = bt_json_get_real(object, "target_rate");
	read_segments(snap, json_object_get(object, "segments"));
	read_events(snap, json_object_get(object, "events"));
	read_notes(snap, json_object_get(object, "notes"));
	read_slow(snap, json_object_get(object, "slow"));
	json_decref(object);
	return read_hists(snap, end + 1, frame->size - n - 1, err);
}
