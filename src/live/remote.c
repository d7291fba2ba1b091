/*
 * remote.c: what is stored of a run comes first, then what its process tells. The stored part is up
 * to a second old, so the two may overlap: events are the same list at both, hence skipped by
 * number, and an interval that is stored is not told again.
 */
#include "live/remote.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/text.h"

#include "base/clock.h"
#include "core/feed.h"
#include "machine/rundir.h"
#include "report/wire.h"

#define HELLO_NS (5 * BT_NS_PER_S)

struct remote {
	struct bt_source base;
	int fd;
	struct bt_buf in, out;
	struct bt_wire_info *texts;
	struct bt_thresholds *thresholds; /* NULL: none were told of */
	enum bt_wire_control control;
	struct bt_source *before;         /* NULL: told, or there was none */
	uint64_t before_ns;               /* how far it went */
	uint64_t events_told, events_got; /* by it; by the process, those skipped too */
	bool notes_told;
	/* Why, for the next snapshot; "": nothing was. */
	char refused[sizeof(((struct bt_event *)NULL)->text)];
	struct bt_snapshot snap;
};

static int connect_to(struct remote *r, unsigned pid, struct bt_err *err)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char dir[BT_RUNDIR_MAX];
	struct stat st;
	int rc = bt_rundir(dir, false, err);

	if (rc < 0)
		return rc;
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/%u.sock", dir, pid);
	if (lstat(at.sun_path, &st) < 0)
		return bt_fail(err, -errno, "%s: %s", at.sun_path, strerror(errno));
	if (!S_ISSOCK(st.st_mode) || st.st_uid != geteuid())
		return bt_fail(err, -EPERM, "%s: expected a socket of user %u", at.sun_path,
			(unsigned)geteuid());
	r->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (r->fd < 0 || connect(r->fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return bt_fail(err, -errno, "%s: %s", at.sun_path, strerror(errno));
	return 0;
}

/* Reads what has come. 1: something; 0: nothing now; -EPIPE: the other end has gone. */
static int receive(struct remote *r)
{
	const size_t piece = 65536;
	uint8_t *at = bt_buf_reserve(&r->in, piece);
	ssize_t n;

	if (!at)
		return -ENOMEM;
	do
		n = recv(r->fd, at, piece, MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n <= 0)
		return -EPIPE;
	r->in.to += (size_t)n;
	return 1;
}

/* Waits for a frame of this kind, which is the next to come. */
static int await(struct remote *r, struct bt_frame *frame, enum bt_wire_kind kind, uint64_t until,
	struct bt_err *err)
{
	uint64_t now;
	int rc;

	while ((rc = bt_wire_take(&r->in, frame, BT_WIRE_MAX, err)) == 0) {
		struct pollfd p = { r->fd, POLLIN, 0 };

		now = bt_monotonic_ns();
		if (now >= until)
			return bt_fail(err, -ETIMEDOUT, "the run does not answer");
		poll(&p, 1, (int)((until - now) / BT_NS_PER_MS) + 1);
		if (receive(r) < 0)
			return bt_fail(err, -EBUSY,
				"the run has let us go: expected at most 16 who watch");
	}
	if (rc < 0)
		return rc;
	if (frame->kind != kind)
		return bt_fail(err, -EINVAL, "the run sent a frame '%c': expected '%c'",
			frame->kind, kind);
	return 0;
}

/* The description, and who commands. */
static int await_hello(struct remote *r, struct bt_err *err)
{
	uint64_t until = bt_monotonic_ns() + HELLO_NS;
	struct bt_frame frame;
	int rc = await(r, &frame, BT_WIRE_HELLO, until, err);

	if (rc == 0)
		rc = bt_wire_read_hello(&r->texts, &r->base.info, &frame, err);
	if (rc == 0)
		rc = await(r, &frame, BT_WIRE_CONTROL, until, err);
	return rc < 0 ? rc : bt_wire_read_control(&r->control, &frame, err);
}

static void flush(struct remote *r)
{
	while (bt_buf_size(&r->out)) {
		ssize_t n = send(r->fd, r->out.bytes + r->out.from, bt_buf_size(&r->out),
			MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) /* EAGAIN: at the next call; gone: receive() tells */
			return;
		r->out.from += (size_t)n;
	}
}

static const struct bt_snapshot *next_before(struct remote *r)
{
	const struct bt_snapshot *snap = r->before->ops->next(r->before);

	if (!snap) {
		bt_source_close(r->before);
		r->before = NULL;
		return NULL;
	}
	r->before_ns = snap->t_ns;
	r->events_told += snap->n_events;
	r->notes_told |= snap->n_notes > 0;
	return snap;
}

static void skip_events(struct remote *r)
{
	struct bt_snapshot *s = &r->snap;
	unsigned kept = 0;

	for (unsigned i = 0; i < s->n_events; i++)
		if (r->events_got++ >= r->events_told)
			s->events[kept++] = s->events[i];
	s->n_events = kept;
}

static void skip_told(struct remote *r)
{
	struct bt_snapshot *s = &r->snap;

	skip_events(r);
	if (!s->span_ns && r->notes_told)
		s->n_notes = 0;
	if (s->t_ns > r->before_ns || s->last)
		return;
	s->t_ns = r->before_ns;
	s->span_ns = 0;
	s->n_slow = 0;
	memset(&s->interval, 0, sizeof(s->interval));
	bt_hist_reset(&s->queue);
	bt_hist_reset(&s->service);
	bt_hist_reset(&s->response);
}

static void add_event(struct remote *r, const char *text)
{
	struct bt_snapshot *s = &r->snap;
	struct bt_event *e = &s->events[s->n_events];

	if (s->n_events == BT_SNAP_EVENTS)
		return;
	s->n_events++;
	e->t_ns = s->t_ns;
	e->kind = BT_EV_NOTE;
	bt_text_format(e->text, sizeof(e->text), "%s", text);
}

/* The process has gone without a last word. */
static void lose(struct remote *r)
{
	r->base.ended = true;
	r->base.info.status = "interrupted";
}

/* True: r->snap is the next. A frame of a kind that a later version has is passed over. */
static bool take_frame(struct remote *r, const struct bt_frame *frame)
{
	char words[sizeof(r->refused) - 16];

	switch (frame->kind) {
	case BT_WIRE_SNAPSHOT:
		if (bt_wire_read_snapshot(&r->snap, &r->base.info, frame, NULL) < 0) {
			lose(r);
			return false;
		}
		skip_told(r);
		if (r->refused[0])
			add_event(r, r->refused);
		r->refused[0] = '\0';
		r->base.ended = r->snap.last;
		return true;
	case BT_WIRE_THRESHOLDS:
		bt_wire_read_thresholds(&r->thresholds, &r->base.info, frame, NULL);
		r->base.info.thresholds = r->thresholds;
		return false;
	case BT_WIRE_CONTROL:
		bt_wire_read_control(&r->control, frame, NULL);
		return false;
	case BT_WIRE_REPLY:
		if (bt_wire_read_reply(words, sizeof(words), frame, NULL) == 0)
			bt_text_format(r->refused, sizeof(r->refused), "not obeyed: %s", words);
		return false;
	case BT_WIRE_HELLO:
	case BT_WIRE_COMMAND:
		break;
	}
	return false;
}

static const struct bt_snapshot *next(struct bt_source *src)
{
	struct remote *r = (struct remote *)src;
	const struct bt_snapshot *snap = r->before ? next_before(r) : NULL;
	struct bt_frame frame;
	int rc;

	if (snap || src->ended)
		return snap;
	flush(r);
	for (;;) {
		while ((rc = bt_wire_take(&r->in, &frame, BT_WIRE_MAX, NULL)) == 1)
			if (take_frame(r, &frame))
				return &r->snap;
			else if (src->ended)
				return NULL;
		if (rc == 0)
			rc = receive(r);
		if (rc < 0)
			lose(r);
		if (rc <= 0)
			return NULL;
	}
}

static int command(struct bt_source *src, const struct bt_command *cmd, struct bt_err *err)
{
	struct remote *r = (struct remote *)src;

	if (src->ended)
		return bt_fail(err, -ENOTSUP, "the run has ended");
	if (r->control == BT_CONTROL_TAKEN)
		return bt_fail(
			err, -EBUSY, "another dashboard controls this run; this one watches");
	if (bt_wire_put_command(&r->out, cmd) < 0)
		return bt_oom(err, "command");
	flush(r);
	return 0;
}

static void close_remote(struct bt_source *src)
{
	struct remote *r = (struct remote *)src;

	bt_source_close(r->before);
	if (r->fd >= 0)
		close(r->fd);
	bt_buf_fini(&r->in);
	bt_buf_fini(&r->out);
	bt_thresholds_close(r->thresholds);
	bt_wire_info_free(r->texts);
	free(r);
}

int bt_remote_open(
	struct bt_source **out, unsigned pid, struct bt_source *before, struct bt_err *err)
{
	static const struct bt_source_ops ops = { next, command, close_remote };
	struct remote *r = calloc(1, sizeof(*r));
	int rc;

	*out = NULL;
	if (!r)
		return bt_oom(err, "a run of another process");
	r->base.ops = &ops;
	r->fd = -1;
	bt_hist_init(&r->snap.queue);
	bt_hist_init(&r->snap.service);
	bt_hist_init(&r->snap.response);
	rc = connect_to(r, pid, err);
	if (rc == 0)
		rc = await_hello(r, err);
	if (rc < 0) {
		close_remote(&r->base);
		return rc;
	}
	r->before = before;
	r->base.fd = r->fd;
	r->base.live = true;
	*out = &r->base;
	return 0;
}
