#include "net_server.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "cm.h"

#define CONNS_MOST   1024
#define REQUEST_MOST 65536

enum mode { READING, DRIPPING, ENDLESS, MUTE, DOOMED /* its next request closes it */ };

struct net_conn {
	int fd; /* -1: free */
	enum mode mode;
	size_t n;
	char in[REQUEST_MOST];
};

static void hang_up(struct net_conn *c, bool reset)
{
	struct linger now = { 1, 0 };

	if (reset)
		setsockopt(c->fd, SOL_SOCKET, SO_LINGER, &now, sizeof(now));
	close(c->fd);
	c->fd = -1;
}

/* False: the other side has gone. Small texts: the socket's buffer takes them, or the client is not
 * reading. */
static bool say(struct net_conn *c, const char *data, size_t n)
{
	return send(c->fd, data, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static void answer(struct net_server *s, struct net_conn *c, int status, const char *body, size_t n)
{
	char head[160];
	int len = snprintf(head, sizeof(head),
		"HTTP/1.1 %d Whatever\r\nContent-Length: %zu\r\n\r\n", status, n);
	char *all = malloc((size_t)len + n);

	assert(all);
	memcpy(all, head, (size_t)len);
	if (n)
		memcpy(all + len, body, n);
	if (say(c, all, (size_t)len + n))
		atomic_fetch_add(&s->answered, 1);
	free(all);
}

static bool is(const char *path, const char *name)
{
	size_t n = strlen(name);

	return strncmp(path, name, n) == 0 && strchr(" /?", path[n]);
}

/* Carries out one request: `head` ends at `body`, which has `n` bytes. */
static void obey(struct net_server *s, struct net_conn *c, const char *path, const char *head,
	const char *body, size_t n)
{
	static const char garbage[] = "\x01\x02 this is no HTTP\r\n\r\n",
			  half[] = "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf of it",
			  open[] = "HTTP/1.1 200 OK\r\n\r\nuntil the end",
			  endless[] = "HTTP/1.1 200 OK\r\n\r\n",
			  drip[] = "HTTP/1.1 200 OK\r\nX-Slow: ";

	atomic_fetch_add(&s->received, 1);
	if (c->mode == DOOMED) {
		hang_up(c, false);
	} else if (is(path, "/status")) {
		answer(s, c, atoi(path + 8), "", 0);
	} else if (is(path, "/echo")) {
		answer(s, c, 200, body, n);
	} else if (is(path, "/head")) {
		answer(s, c, 200, head, (size_t)(body - head));
	} else if (is(path, "/reset")) {
		hang_up(c, true);
	} else if (is(path, "/close")) {
		hang_up(c, false);
	} else if (is(path, "/garbage")) {
		say(c, garbage, sizeof(garbage) - 1);
		hang_up(c, false);
	} else if (is(path, "/half")) {
		say(c, half, sizeof(half) - 1);
		hang_up(c, false);
	} else if (is(path, "/until-close")) {
		atomic_fetch_add(&s->answered, 1);
		say(c, open, sizeof(open) - 1);
		hang_up(c, false);
	} else if (is(path, "/endless")) {
		say(c, endless, sizeof(endless) - 1);
		c->mode = ENDLESS;
	} else if (is(path, "/drip")) {
		say(c, drip, sizeof(drip) - 1);
		c->mode = DRIPPING;
	} else if (is(path, "/never")) {
		c->mode = MUTE;
	} else {
		answer(s, c, 200, "hello", 5);
		if (is(path, "/once"))
			c->mode = DOOMED;
	}
}

static void stand_still(struct net_server *s)
{
	struct timespec ts;
	uint64_t now = bt_monotonic_ns(), phase, left;

	if (!s->stall_every_ns)
		return;
	if (!s->first_ns)
		s->first_ns = now;
	phase = (now - s->first_ns) % s->stall_every_ns;
	if (now - s->first_ns < s->stall_every_ns || phase >= s->stall_for_ns)
		return;
	left = s->stall_for_ns - phase;
	ts = (struct timespec){ (time_t)(left / BT_NS_PER_S), (long)(left % BT_NS_PER_S) };
	nanosleep(&ts, NULL);
}

/* Takes one whole request out of what has come; false: there is none. */
static bool take_request(struct net_server *s, struct net_conn *c)
{
	char *end = memmem(c->in, c->n, "\r\n\r\n", 4), *length;
	size_t head, body = 0;
	char *path;

	if (!end)
		return false;
	head = (size_t)(end + 4 - c->in);
	end[2] = '\0';
	length = strcasestr(c->in, "\r\nContent-Length:");
	if (length)
		body = strtoul(length + 17, NULL, 10);
	end[2] = '\r';
	if (c->n < head + body)
		return false;
	path = memchr(c->in, ' ', head);
	stand_still(s);
	obey(s, c, path ? path + 1 : "/", c->in, c->in + head, body);
	c->n -= head + body;
	memmove(c->in, c->in + head + body, c->n);
	return c->fd >= 0 && (c->mode == READING || c->mode == DOOMED);
}

static void serve(struct net_server *s, struct net_conn *c)
{
	ssize_t n = recv(c->fd, c->in + c->n, sizeof(c->in) - 1 - c->n, MSG_DONTWAIT);

	if (n == 0 || (n < 0 && errno != EAGAIN)) {
		hang_up(c, false);
		return;
	}
	c->n += n > 0 ? (size_t)n : 0;
	while (take_request(s, c))
		;
}

/* What goes on without being asked for. */
static void go_on(struct net_conn *c)
{
	static const char much[4096] = { 'x' };

	if (c->mode == ENDLESS)
		send(c->fd, much, sizeof(much), MSG_NOSIGNAL | MSG_DONTWAIT);
	else if (c->mode == DRIPPING)
		send(c->fd, "x", 1, MSG_NOSIGNAL | MSG_DONTWAIT);
}

static void take_connection(struct net_server *s)
{
	int fd = accept(s->fd, NULL, NULL), one = 1;

	if (fd < 0)
		return;
	for (unsigned i = 0; i < CONNS_MOST; i++) {
		if (s->conns[i].fd >= 0)
			continue;
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		s->conns[i].fd = fd;
		s->conns[i].mode = READING;
		s->conns[i].n = 0;
		atomic_fetch_add(&s->connections, 1);
		return;
	}
	close(fd);
}

static int listen_on(int *port)
{
	struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons((uint16_t)*port) };
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), one = 1;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
	assert_int_equal(listen(fd, 1024), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
	*port = ntohs(a.sin_port);
	return fd;
}

/* Word by word with net_server_set_down: one byte is answered by one. */
static void take_order(struct net_server *s)
{
	char order;

	if (read(s->wake[0], &order, 1) != 1)
		return;
	if (order == 'd') {
		close(s->fd);
		s->fd = -1;
		for (unsigned i = 0; i < CONNS_MOST; i++)
			if (s->conns[i].fd >= 0)
				hang_up(&s->conns[i], false);
	} else if (order == 'u') {
		s->fd = listen_on(&s->port);
	}
	atomic_store(&s->down, order == 'd');
}

static void *live(void *arg)
{
	struct net_server *s = arg;
	struct pollfd *p = calloc(CONNS_MOST + 2, sizeof(*p));

	assert(p);
	while (!atomic_load(&s->over)) {
		bool busy = false;

		p[0] = (struct pollfd){ .fd = s->wake[0], .events = POLLIN };
		p[1] = (struct pollfd){ .fd = s->fd, .events = POLLIN };
		for (unsigned i = 0; i < CONNS_MOST; i++) {
			p[i + 2] = (struct pollfd){ .fd = s->conns[i].fd, .events = POLLIN };
			busy |= s->conns[i].fd >= 0 &&
				(s->conns[i].mode == ENDLESS || s->conns[i].mode == DRIPPING);
		}
		if (poll(p, CONNS_MOST + 2, busy ? 1 : -1) < 0)
			continue;
		for (unsigned i = 0; i < CONNS_MOST; i++) {
			if (s->conns[i].fd < 0 || p[i + 2].fd != s->conns[i].fd)
				continue;
			if (p[i + 2].revents)
				serve(s, &s->conns[i]);
			if (s->conns[i].fd >= 0)
				go_on(&s->conns[i]);
		}
		if (p[1].revents)
			take_connection(s);
		if (p[0].revents)
			take_order(s);
	}
	free(p);
	return NULL;
}

void net_server_open(struct net_server *s)
{
	s->fd = listen_on(&s->port);
	snprintf(s->url, sizeof(s->url), "http://127.0.0.1:%d", s->port);
	assert_int_equal(pipe2(s->wake, O_CLOEXEC), 0);
	s->conns = calloc(CONNS_MOST, sizeof(*s->conns));
	assert_non_null(s->conns);
	for (unsigned i = 0; i < CONNS_MOST; i++)
		s->conns[i].fd = -1;
	assert_int_equal(pthread_create(&s->thread, NULL, live, s), 0);
}

void net_server_set_down(struct net_server *s, bool down)
{
	assert_int_equal(write(s->wake[1], down ? "d" : "u", 1), 1);
	while (atomic_load(&s->down) != (int)down)
		usleep(1000);
}

void net_server_close(struct net_server *s)
{
	atomic_store(&s->over, 1);
	assert_int_equal(write(s->wake[1], "x", 1), 1);
	pthread_join(s->thread, NULL);
	for (unsigned i = 0; i < CONNS_MOST; i++)
		if (s->conns[i].fd >= 0)
			close(s->conns[i].fd);
	if (s->fd >= 0)
		close(s->fd);
	close(s->wake[0]);
	close(s->wake[1]);
	free(s->conns);
}
