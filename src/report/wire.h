/*
 * wire.h: a run over a socket: its description and snapshots one way, commands the other. A frame
 * is four bytes of length, least first, a byte of kind, and the rest: JSON as the history has it;
 * of a snapshot also its three histograms as hist.h encodes them. Both ends read text from outside:
 * what does not parse is -EINVAL, what is missing is unknown.
 */
#ifndef BT_WIRE_H
#define BT_WIRE_H

#include "judge/threshold.h"

#define BT_WIRE_VERSION  1
#define BT_WIRE_MAX      (4u << 20)  /* bytes of a frame */
#define BT_WIRE_FROM_MAX (64u << 10) /* bytes of a frame towards the run */

enum bt_wire_kind {
	BT_WIRE_HELLO = 'H',      /* from the run, first: version and description */
	BT_WIRE_SNAPSHOT = 'S',   /* from the run */
	BT_WIRE_THRESHOLDS = 'T', /* from the run, before a snapshot: how they stand with it */
	BT_WIRE_CONTROL = 'K',    /* from the run: who may command */
	BT_WIRE_REPLY = 'R',      /* from the run: a command was refused */
	BT_WIRE_COMMAND = 'C',    /* to the run */
};

/* Bytes that wait: appended at the end, taken from the beginning. Zeroed memory is an empty one. */
struct bt_buf {
	uint8_t *bytes;
	size_t from, to, room;
};
void bt_buf_fini(struct bt_buf *buf);
static inline size_t bt_buf_size(const struct bt_buf *buf)
{
	return buf->to - buf->from;
}
/* Room for n more bytes at the end; NULL: no memory. What was written there is added by buf->to +=
 * …. */
uint8_t *bt_buf_reserve(struct bt_buf *buf, size_t n);

struct bt_frame {
	enum bt_wire_kind kind;
	const uint8_t *bytes; /* in the buffer: valid until the next call */
	size_t size;
};

/* Takes a frame of at most max bytes. 1: *out; 0: not all of it has come; -EINVAL: not a frame. */
int bt_wire_take(struct bt_buf *buf, struct bt_frame *out, size_t max, struct bt_err *err);

/* Who may send commands, as the run tells each of its watchers. */
enum bt_wire_control { BT_CONTROL_FREE, BT_CONTROL_YOURS, BT_CONTROL_TAKEN };

/* Appending frames. 0, -ENOMEM: the buffer is as it was. */
int bt_wire_put_hello(struct bt_buf *buf, const struct bt_run_info *info);
int bt_wire_put_snapshot(
	struct bt_buf *buf, const struct bt_snapshot *snap, const struct bt_run_info *info);
int bt_wire_put_thresholds(struct bt_buf *buf, const struct bt_thresholds *thresholds);
int bt_wire_put_control(struct bt_buf *buf, enum bt_wire_control control);
int bt_wire_put_reply(struct bt_buf *buf, const char *words);
int bt_wire_put_command(struct bt_buf *buf, const struct bt_command *cmd);

/* A description that has come over a wire: info's texts live in it. */
struct bt_wire_info;
/* -EINVAL, -ENOMEM; -EPROTO: another version speaks. Free with bt_wire_info_free. */
int bt_wire_read_hello(struct bt_wire_info **out, struct bt_run_info *info,
	const struct bt_frame *frame, struct bt_err *err);
void bt_wire_info_free(struct bt_wire_info *info);
/* snap was initialised as a feed's are (feed.h). */
int bt_wire_read_snapshot(struct bt_snapshot *snap, const struct bt_run_info *info,
	const struct bt_frame *frame, struct bt_err *err);
int bt_wire_read_thresholds(struct bt_thresholds **all, const struct bt_run_info *info,
	const struct bt_frame *frame, struct bt_err *err); /* as bt_thresholds_take */
int bt_wire_read_control(
	enum bt_wire_control *out, const struct bt_frame *frame, struct bt_err *err);
int bt_wire_read_reply(char *words, size_t size, const struct bt_frame *frame, struct bt_err *err);
int bt_wire_read_command(struct bt_command *cmd, const struct bt_frame *frame, struct bt_err *err);

#endif
