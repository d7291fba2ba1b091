/*
 * What comes over a run's socket, at either end: frames are taken as long as they are whole, each
 * is read as both ends would, and what was read of it is within its bounds and survives being sent
 * on.
 */
#include "fuzz.h"

#include <stdlib.h>
#include <string.h>

#include "report/wire.h"

static const struct bt_metric metrics[] = {
	{ .name = "a", .kind = BT_COUNTER, .unit = "", .help = "" },
	{ .name = "b", .kind = BT_TEXT, .unit = "", .help = "" },
	{ .name = "c", .kind = BT_TIMES, .unit = "ns", .help = "" },
};
static const struct bt_run_info info = {
	.workload = "w", .profile = "load", .metrics = metrics, .n_metrics = 3
};

static struct bt_snapshot *new_snapshot(void)
{
	struct bt_snapshot *s = calloc(1, sizeof(*s));

	if (!s)
		abort();
	bt_hist_init(&s->queue);
	bt_hist_init(&s->service);
	bt_hist_init(&s->response);
	return s;
}

static bool ends(const char *text, size_t size)
{
	return memchr(text, '\0', size) != NULL;
}

static void is_bounded(const struct bt_snapshot *s)
{
	BTC_FUZZ_HOLDS(s->n_segments <= BT_SNAP_SEGMENTS && s->n_notes <= BT_SNAP_NOTES &&
		s->n_slow <= BT_SNAP_SLOW && s->n_events <= BT_SNAP_EVENTS);
	for (unsigned i = 0; i < s->n_segments; i++) {
		const struct bt_segment_record *r = &s->segments[i];

		BTC_FUZZ_HOLDS(ends(r->plan.label, sizeof(r->plan.label)) &&
			ends(r->result.reason, sizeof(r->result.reason)));
		BTC_FUZZ_HOLDS(r->result.state <= BT_SEG_CLOSED);
	}
	for (unsigned i = 0; i < s->n_events; i++)
		BTC_FUZZ_HOLDS(ends(s->events[i].text, sizeof(s->events[i].text)) &&
			s->events[i].kind <= BT_EV_BASELINE);
	for (unsigned i = 0; i < s->n_notes; i++)
		BTC_FUZZ_HOLDS(ends(s->notes[i].text, sizeof(s->notes[i].text)) &&
			s->notes[i].error_class < BT_ERROR_CLASSES_MAX);
	for (unsigned i = 0; i < s->n_slow; i++)
		BTC_FUZZ_HOLDS(s->slow[i].error_class >= -1 &&
			s->slow[i].error_class < BT_ERROR_CLASSES_MAX);
}

/* What was read can be sent, and what was sent reads the same. */
static void goes_on(const struct bt_snapshot *s)
{
	struct bt_snapshot *again = new_snapshot();
	struct bt_buf buf = { 0 };
	struct bt_frame frame;

	BTC_FUZZ_HOLDS(bt_wire_put_snapshot(&buf, s, &info) == 0);
	BTC_FUZZ_HOLDS(bt_wire_take(&buf, &frame, BT_WIRE_MAX, NULL) == 1);
	BTC_FUZZ_HOLDS(bt_wire_read_snapshot(again, &info, &frame, NULL) == 0);
	BTC_FUZZ_HOLDS(again->seq == s->seq && again->t_ns == s->t_ns &&
		again->n_segments == s->n_segments && again->n_events == s->n_events &&
		again->n_notes == s->n_notes && again->n_slow == s->n_slow &&
		again->response.count == s->response.count &&
		again->response.sum == s->response.sum);
	bt_buf_fini(&buf);
	free(again);
}

static void read_hello(const struct bt_frame *frame)
{
	struct bt_run_info described;
	struct bt_wire_info *texts;

	if (bt_wire_read_hello(&texts, &described, frame, NULL) < 0)
		return;
	BTC_FUZZ_HOLDS(described.n_metrics <= BT_METRICS_MAX &&
		described.n_error_classes <= BT_ERROR_CLASSES_MAX && described.workload &&
		described.profile);
	bt_wire_info_free(texts);
}

static void read_frame(const struct bt_frame *frame, struct bt_snapshot *snap)
{
	struct bt_thresholds *thresholds = NULL;
	enum bt_wire_control control;
	struct bt_command cmd;
	char words[40];

	read_hello(frame);
	if (bt_wire_read_snapshot(snap, &info, frame, NULL) == 0) {
		is_bounded(snap);
		goes_on(snap);
	}
	if (bt_wire_read_command(&cmd, frame, NULL) == 0)
		BTC_FUZZ_HOLDS(cmd.kind <= BT_CMD_SPEED && ends(cmd.text, sizeof(cmd.text)));
	if (bt_wire_read_control(&control, frame, NULL) == 0)
		BTC_FUZZ_HOLDS(control <= BT_CONTROL_TAKEN);
	if (bt_wire_read_thresholds(&thresholds, &info, frame, NULL) == 0)
		BTC_FUZZ_HOLDS(bt_thresholds_count(thresholds) <= BT_THRESHOLDS_MAX);
	bt_thresholds_close(thresholds);
	if (bt_wire_read_reply(words, sizeof(words), frame, NULL) == 0)
		BTC_FUZZ_HOLDS(ends(words, sizeof(words)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct bt_snapshot *snap;
	struct bt_buf buf = { 0 };
	struct bt_frame frame;
	uint8_t *at = bt_buf_reserve(&buf, size + 1);

	if (!snap)
		snap = new_snapshot();
	if (!at)
		return 0;
	if (size)
		memcpy(at, data, size);
	buf.to += size;
	while (bt_wire_take(&buf, &frame, BT_WIRE_FROM_MAX, NULL) == 1)
		read_frame(&frame, snap);
	bt_buf_fini(&buf);
	return 0;
}
