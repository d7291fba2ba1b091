#include "live/serve.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "machine/rundir.h"
#include "report/wire.h"

#define BEHIND_MAX (8u << 20) /* bytes that may wait for a watcher */
#define NOBODY     (-1)
#define OURSELVES  (-2)

struct watcher {
	int fd;    /* -1: a free place */
	bool told; /* what came before */
	struct bt_buf in, out;
};

struct bt_serve {
	const struct bt_run_info *info;
	int fd;
	char path[sizeof(((struct sockaddr_un *)NULL)->sun_path)];
	struct watcher watchers[BT_WATCHERS_MAX];
	int controller, asked; /* row of who may command, of who did last */
	struct bt_snapshot before;
};

static int listen_at(struct bt_serve *serve, struct bt_err *err)
{
	struct sockaddr_un at = { .sun_family = AF_UNIX };
	char dir[BT_RUNDIR_MAX];
	int r = bt_rundir(dir, true, err);

	if (r < 0)
		return r;
	bt_rundir_sweep(dir);
	snprintf(serve->path, sizeof(serve->path), "%s/%d.sock", dir, (int)getpid());
	snprintf(at.sun_path, sizeof(at.sun_path), "%s/%d.new", dir, (int)getpid());
	unlink(at.sun_path);
	serve->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (serve->fd < 0 || bind(serve->fd, (struct sockaddr *)&at, sizeof(at)) < 0)
		return bt_fail(err, -errno, "%s: %s", at.sun_path, strerror(errno));
	/* Only one that listens has its name, so that none is swept before it does. */
	if (chmod(at.sun_path, 0600) < 0 || listen(serve->fd, BT_WATCHERS_MAX) < 0 ||
		rename(at.sun_path, serve->path) < 0) {
		r = bt_fail(err, -errno, "%s: %s", serve->path, strerror(errno));
		unlink(at.sun_path);
	}
	return r;
}

int bt_serve_open(struct bt_serve **out, const struct bt_run_info *info, struct bt_err *err)
{
	struct bt_serve *serve = calloc(1, sizeof(*serve));
	int r;

	*out = NULL;
	if (!serve)
		return bt_oom(err, "socket");
	serve->info = info;
	serve->fd = -1;
	serve->controller = serve->asked = NOBODY;
	for (unsigned i = 0; i < BT_WATCHERS_MAX; i++)
		serve->watchers[i].fd = -1;
	bt_hist_init(&serve->before.queue);
	bt_hist_init(&serve->before.service);
	bt_hist_init(&serve->before.response);
	r = listen_at(serve, err);
	if (r < 0) {
		serve->path[0] = '\0';
		bt_serve_close(serve);
		return r;
	}
	*out = serve;
	return 0;
}

static enum bt_wire_control control_of(const struct bt_serve *serve, int row)
{
	if (serve->controller == NOBODY)
		return BT_CONTROL_FREE;
	return serve->controller == row ? BT_CONTROL_YOURS : BT_CONTROL_TAKEN;
}

static void set_controller(struct bt_serve *serve, int row)
{
	if (serve->controller == row)
		return;
	serve->controller = row;
	for (int i = 0; i < BT_WATCHERS_MAX; i++)
		if (serve->watchers[i].fd >= 0)
			bt_wire_put_control(&serve->watchers[i].out, control_of(serve, i));
}

static void let_go(struct bt_serve *serve, int row)
{
	struct watcher *w = &serve->watchers[row];

	close(w->fd);
	bt_buf_fini(&w->in);
	bt_buf_fini(&w->out);
	*w = (struct watcher){ .fd = -1 };
	if (serve->asked == row)
		serve->asked = NOBODY;
	if (serve->controller == row)
		set_controller(serve, NOBODY);
}

/* Sends as much as the watcher takes now. */
static void flush(struct bt_serve *serve, int row)
{
	struct watcher *w = &serve->watchers[row];

	while (bt_buf_size(&w->out)) {
		ssize_t n = send(w->fd, w->out.bytes + w->out.from, bt_buf_size(&w->out),
			MSG_NOSIGNAL | MSG_DONTWAIT);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN && bt_buf_size(&w->out) <= BEHIND_MAX)
			return;
		if (n < 0) {
			let_go(serve, row);
			return;
		}
		w->out.from += (size_t)n;
	}
}

/* The kernel says who is at the other end, whatever the mode of the file was made to be. */
static bool is_ours(int fd)
{
	struct ucred peer;
	socklen_t size = sizeof(peer);

	return getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 && peer.uid == geteuid();
}

static void take_in(struct bt_serve *serve, int fd)
{
	for (int i = 0; i < BT_WATCHERS_MAX; i++) {
		struct watcher *w = &serve->watchers[i];

		if (w->fd >= 0)
			continue;
		*w = (struct watcher){ .fd = fd };
		if (bt_wire_put_hello(&w->out, serve->info) < 0 ||
			bt_wire_put_control(&w->out, control_of(serve, i)) < 0)
			let_go(serve, i);
		return;
	}
	close(fd);
}

static void take_newcomers(struct bt_serve *serve)
{
	int fd;

	while ((fd = accept4(serve->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0)
		if (is_ours(fd))
			take_in(serve, fd);
		else
			close(fd);
}

/* Where telling of what came before has got to. */
struct telling {
	unsigned segment, event, error_class, note;
};

/* In their order: the last one told is the current one. */
static void tell_segments(struct bt_snapshot *out, const struct bt_tally *tally, struct telling *at)
{
	out->n_segments = 0;
	while (at->segment < tally->n_segments && out->n_segments < BT_SNAP_SEGMENTS)
		out->segments[out->n_segments++] = tally->segments[at->segment++];
	if (!out->n_segments && tally->n_segments) /* they are all told, other things not yet */
		out->segments[out->n_segments++] = tally->segments[tally->n_segments - 1];
}

static void tell_texts(struct bt_snapshot *out, const struct bt_tally *tally, struct telling *at)
{
	out->n_events = out->n_notes = out->n_slow = 0;
	while (at->event < tally->n_events && out->n_events < BT_SNAP_EVENTS)
		out->events[out->n_events++] = tally->events[at->event++];
	while (at->error_class < BT_ERROR_CLASSES_MAX && out->n_notes < BT_SNAP_NOTES) {
		if (at->note < tally->n_notes[at->error_class]) {
			out->notes[out->n_notes++] = tally->notes[at->error_class][at->note++];
			continue;
		}
		at->error_class++;
		at->note = 0;
	}
}

/* Snapshots of no interval that bring a newcomer to where the others are. */
static void tell_before(struct bt_serve *serve, struct bt_buf *buf, const struct bt_tally *tally)
{
	const size_t tail = offsetof(struct bt_snapshot, target_rate);
	struct bt_snapshot *out = &serve->before;
	struct telling at = { 0 };

	memcpy((char *)out + tail, (const char *)tally->last + tail, sizeof(*out) - tail);
	out->seq = tally->last->seq;
	out->wall_ns = tally->last->wall_ns;
	out->t_ns = tally->last->t_ns;
	out->slow_dropped = 0;
	do {
		tell_segments(out, tally, &at);
		tell_texts(out, tally, &at);
		bt_wire_put_snapshot(buf, out, serve->info);
	} while (at.segment < tally->n_segments || at.event < tally->n_events ||
		at.error_class < BT_ERROR_CLASSES_MAX);
}

void bt_serve_put(
	struct bt_serve *serve, const struct bt_tally *tally, const struct bt_snapshot *snap)
{
	take_newcomers(serve);
	for (int i = 0; i < BT_WATCHERS_MAX; i++) {
		struct watcher *w = &serve->watchers[i];

		if (w->fd < 0)
			continue;
		if (bt_thresholds_count(serve->info->thresholds))
			bt_wire_put_thresholds(&w->out, serve->info->thresholds);
		if (!w->told)
			tell_before(serve, &w->out, tally);
		if (w->told || snap->last)
			bt_wire_put_snapshot(&w->out, snap, serve->info);
		w->told = true;
		flush(serve, i);
	}
}

/* Reads what has come from a watcher. False: it has gone. */
static bool receive(struct bt_serve *serve, int row)
{
	struct watcher *w = &serve->watchers[row];
	ssize_t n;

	while (bt_buf_size(&w->in) <= BT_WIRE_FROM_MAX) {
		uint8_t *at = bt_buf_reserve(&w->in, 4096);

		n = at ? recv(w->fd, at, 4096, MSG_DONTWAIT) : 0;
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0 && errno == EAGAIN)
			return true;
		if (n <= 0) {
			let_go(serve, row);
			return false;
		}
		w->in.to += (size_t)n;
	}
	return true;
}

/* A command of this watcher. One that may not command is told so; one that sends anything else is
 * let go. */
static bool command_of(struct bt_serve *serve, int row, struct bt_command *out)
{
	struct watcher *w = &serve->watchers[row];
	struct bt_frame frame;
	int r;

	while ((r = bt_wire_take(&w->in, &frame, BT_WIRE_FROM_MAX, NULL)) == 1) {
		if (frame.kind != BT_WIRE_COMMAND || bt_wire_read_command(out, &frame, NULL) < 0)
			break;
		if (control_of(serve, row) != BT_CONTROL_TAKEN) {
			set_controller(serve, row);
			serve->asked = row;
			return true;
		}
		bt_wire_put_reply(&w->out,
			serve->controller == OURSELVES ? "the run's own dashboard controls it"
						       : "another dashboard controls this run");
	}
	if (r != 0)
		let_go(serve, row);
	return false;
}

bool bt_serve_command(struct bt_serve *serve, struct bt_command *out)
{
	for (int i = 0; i < BT_WATCHERS_MAX; i++)
		if (serve->watchers[i].fd >= 0 && receive(serve, i) && command_of(serve, i, out))
			return true;
	return false;
}

void bt_serve_refuse(struct bt_serve *serve, const char *words)
{
	if (serve->asked >= 0)
		bt_wire_put_reply(&serve->watchers[serve->asked].out, words);
}

void bt_serve_local(struct bt_serve *serve, bool commands)
{
	if (commands)
		set_controller(serve, OURSELVES);
	else if (serve->controller == OURSELVES)
		set_controller(serve, NOBODY);
}

unsigned bt_serve_watchers(const struct bt_serve *serve)
{
	unsigned n = 0;

	for (unsigned i = 0; i < BT_WATCHERS_MAX; i++)
		n += serve->watchers[i].fd >= 0;
	return n;
}

/* False: there is nothing left to send. */
static bool wait_to_send(struct bt_serve *serve, uint64_t until_ns)
{
	struct pollfd fds[BT_WATCHERS_MAX];
	uint64_t now = bt_monotonic_ns();
	unsigned n = 0;

	for (int i = 0; i < BT_WATCHERS_MAX; i++) {
		if (serve->watchers[i].fd >= 0)
			flush(serve, i);
		if (serve->watchers[i].fd >= 0 && bt_buf_size(&serve->watchers[i].out))
			fds[n++] = (struct pollfd){ serve->watchers[i].fd, POLLOUT, 0 };
	}
	if (!n || now >= until_ns)
		return false;
	poll(fds, n, (int)((until_ns - now) / BT_NS_PER_MS) + 1);
	return true;
}

void bt_serve_close(struct bt_serve *serve)
{
	uint64_t until;

	if (!serve)
		return;
	until = bt_monotonic_ns() + BT_NS_PER_S;
	while (wait_to_send(serve, until))
		;
	for (int i = 0; i < BT_WATCHERS_MAX; i++)
		if (serve->watchers[i].fd >= 0)
			let_go(serve, i);
	if (serve->path[0])
		unlink(serve->path);
	if (serve->fd >= 0)
		close(serve->fd);
	free(serve);
}
