#include "net/http_loop.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <unistd.h>

#define EVENTS 64

static uint64_t key_of(unsigned shard, int fd)
{
	return (uint64_t)shard << 32 | (uint32_t)fd;
}

static void set_registered(struct bt_loop *loop, int fd, uint8_t events)
{
	struct bt_loop_fd *known = &loop->fds[fd];
	struct epoll_event e = { .events = events, .data.u64 = key_of(known->shard, fd) };
	int op = !known->registered ? EPOLL_CTL_ADD : !events ? EPOLL_CTL_DEL : EPOLL_CTL_MOD;

	/* What was closed behind our back, as a resolver's socket may be, is unknown to epoll; what
	 * came back under its number, known. */
	if (epoll_ctl(loop->epoll, op, fd, &e) < 0 && events)
		epoll_ctl(loop->epoll, op == EPOLL_CTL_ADD ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e);
	known->registered = events;
}

static int on_socket(
	CURL *easy BT_UNUSED, curl_socket_t fd, int what, void *arg, void *own BT_UNUSED)
{
	struct bt_shard *shard = arg;
	struct bt_loop *loop = shard->loop;
	struct bt_loop_fd *known;
	uint8_t wanted = 0;

	if (fd < 0 || (unsigned)fd >= loop->n_fds)
		return -1;
	if (what != CURL_POLL_REMOVE)
		wanted = (uint8_t)((what & CURL_POLL_IN ? EPOLLIN : 0) |
			(what & CURL_POLL_OUT ? EPOLLOUT : 0));
	known = &loop->fds[fd];
	known->wanted = wanted;
	if (known->registered && known->shard != shard - loop->shards)
		set_registered(loop, fd, 0);
	known->shard = (uint16_t)(shard - loop->shards);
	/* An idle connection stays registered for reading: its next call reads from it again. */
	if (wanted && wanted != known->registered)
		set_registered(loop, fd, wanted);
	else if (!wanted && known->registered & EPOLLOUT)
		set_registered(loop, fd, 0);
	return 0;
}

int bt_loop_close_fd(void *arg, curl_socket_t fd)
{
	struct bt_loop *loop = arg;

	if (fd >= 0 && (unsigned)fd < loop->n_fds) {
		/* Unregistered by name: a copy of the descriptor elsewhere would keep it in
		 * epoll. */
		if (loop->fds[fd].registered)
			set_registered(loop, fd, 0);
		loop->fds[fd].wanted = 0;
	}
	return close(fd);
}

static int on_timer(CURLM *multi BT_UNUSED, long ms, void *arg)
{
	struct bt_shard *shard = arg;

	shard->timer_ns =
		ms < 0 ? UINT64_MAX : bt_now(shard->loop->clock) + (uint64_t)ms * BT_NS_PER_MS;
	return 0;
}

static void take_ended(struct bt_shard *shard)
{
	struct CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(shard->multi, &left)) != NULL) {
		CURL *easy = msg->easy_handle;
		CURLcode code = msg->data.result;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_multi_remove_handle(shard->multi, easy);
		shard->loop->ended(shard->loop->arg, easy, code);
	}
}

static void act(struct bt_shard *shard, curl_socket_t fd, int what)
{
	int running;

	curl_multi_socket_action(shard->multi, fd, what, &running);
	take_ended(shard);
}

void bt_loop_begin(struct bt_loop *loop, unsigned i, CURL *easy)
{
	struct bt_shard *shard = &loop->shards[i];
	CURLMcode code = curl_multi_add_handle(shard->multi, easy);

	if (code != CURLM_OK) {
		loop->ended(loop->arg, easy,
			code == CURLM_OUT_OF_MEMORY ? CURLE_OUT_OF_MEMORY : CURLE_FAILED_INIT);
		return;
	}
	shard->timer_ns = UINT64_MAX;
	act(shard, CURL_SOCKET_TIMEOUT, 0); /* sends now, not when the loop comes round */
}

/* The next moment a shard's timer is due; serves those that are. */
static uint64_t serve_timers(struct bt_loop *loop, bool *any)
{
	uint64_t now = bt_now(loop->clock), next = UINT64_MAX;

	for (unsigned i = 0; i < loop->n_shards; i++) {
		struct bt_shard *shard = &loop->shards[i];

		if (shard->timer_ns <= now) {
			shard->timer_ns = UINT64_MAX;
			act(shard, CURL_SOCKET_TIMEOUT, 0);
			*any = true;
		}
		next = BT_MIN(next, shard->timer_ns);
	}
	return next;
}

static void serve_event(struct bt_loop *loop, const struct epoll_event *e)
{
	int fd = (int)(e->data.u64 & UINT32_MAX), what = 0;
	struct bt_loop_fd *known = &loop->fds[fd];

	/* the server ended an idle connection; libcurl finds that when it wants it again */
	if (!known->wanted) {
		if (known->registered)
			set_registered(loop, fd, 0);
		return;
	}
	what |= e->events & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0;
	what |= e->events & EPOLLOUT ? CURL_CSELECT_OUT : 0;
	what |= e->events & EPOLLERR ? CURL_CSELECT_ERR : 0;
	act(&loop->shards[known->shard], fd, what);
}

/* Older kernels know whole milliseconds only; epoll's descriptor can be polled by them to the
 * nanosecond. */
static int wait_ready(struct bt_loop *loop, struct epoll_event *events, const struct timespec *ts)
{
	struct pollfd p = { .fd = loop->epoll, .events = POLLIN };
	int n = -1;

	if (!loop->old_kernel) {
		n = epoll_pwait2(loop->epoll, events, EVENTS, ts, NULL);
		loop->old_kernel = n < 0 && errno == ENOSYS;
	}
	if (loop->old_kernel)
		n = ppoll(&p, 1, ts, NULL) > 0 ? epoll_wait(loop->epoll, events, EVENTS, 0) : 0;
	return n;
}

void bt_loop_wait(struct bt_loop *loop, uint64_t until_ns)
{
	struct epoll_event events[EVENTS];
	struct timespec ts = { 0, 0 };
	bool any = false;
	uint64_t next = serve_timers(loop, &any), now = bt_now(loop->clock);
	int n;

	until_ns = BT_MIN(until_ns, next);
	if (!any && until_ns > now) {
		until_ns = BT_MIN(until_ns - now, 3600 * BT_NS_PER_S);
		ts.tv_sec = (time_t)(until_ns / BT_NS_PER_S);
		ts.tv_nsec = (long)(until_ns % BT_NS_PER_S);
	}
	n = wait_ready(loop, events, &ts);
	for (int i = 0; i < n; i++)
		serve_event(loop, &events[i]);
}

static bool open_shard(struct bt_shard *shard, struct bt_loop *loop, unsigned calls)
{
	shard->loop = loop;
	shard->timer_ns = UINT64_MAX;
	shard->multi = curl_multi_init();
	if (!shard->multi)
		return false;
	curl_multi_setopt(shard->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(shard->multi, CURLMOPT_SOCKETDATA, shard);
	curl_multi_setopt(shard->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(shard->multi, CURLMOPT_TIMERDATA, shard);
	curl_multi_setopt(shard->multi, CURLMOPT_MAXCONNECTS, (long)calls);
	curl_multi_setopt(shard->multi, CURLMOPT_MAX_CONCURRENT_STREAMS, (long)calls);
	return true;
}

int bt_loop_open(struct bt_loop *loop, unsigned n_shards, unsigned calls_each,
	struct bt_clock *clock, struct bt_err *err)
{
	struct rlimit limit = { 1024, 1024 };
	bool ok;

	getrlimit(RLIMIT_NOFILE, &limit);
	memset(loop, 0, sizeof(*loop));
	loop->clock = clock;
	loop->n_fds = (unsigned)BT_MIN(limit.rlim_cur, 1u << 20);
	loop->epoll = epoll_create1(EPOLL_CLOEXEC);
	loop->fds = calloc(loop->n_fds, sizeof(*loop->fds));
	loop->shards = calloc(n_shards, sizeof(*loop->shards));
	ok = loop->epoll >= 0 && loop->fds && loop->shards;
	while (ok && loop->n_shards < n_shards &&
		open_shard(&loop->shards[loop->n_shards], loop, calls_each))
		loop->n_shards++;
	if (ok && loop->n_shards == n_shards)
		return 0;
	bt_loop_close(loop);
	return bt_fail(err, -ENOMEM, "http: out of memory or descriptors");
}

void bt_loop_close(struct bt_loop *loop)
{
	for (unsigned i = 0; i < loop->n_shards; i++)
		curl_multi_cleanup(loop->shards[i].multi);
	if (loop->epoll >= 0)
		close(loop->epoll);
	free(loop->fds);
	free(loop->shards);
	memset(loop, 0, sizeof(*loop));
	loop->epoll = -1;
}
