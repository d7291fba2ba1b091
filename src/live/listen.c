#include "live/listen.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"

#define CONNECTIONS_MAX 64
#define HEADERS_MAX     (16 << 10) /* bytes of a request */
#define IDLE_S          5          /* without a byte */
/* Of a connection, whatever it does: one request is all it may have. */
#define AGE_NS   (10 * BT_NS_PER_S)
#define LOOK_MS  200
#define FRESH_NS BT_NS_PER_S

enum page { METRICS, OPEN_METRICS, HEALTH, PAGES };

/* A connection in progress. The thread's. */
struct guest {
	int fd; /* -1: free */
	uint64_t since_ns;
};

struct bt_listen {
	struct MHD_Daemon *daemon;
	pthread_t thread;
	bool running;
	char url[100];
	struct guest guests[CONNECTIONS_MAX + 1];
	_Atomic bool stop;
	_Atomic uint64_t age_ns; /* main writes, the thread reads */
	_Atomic uint32_t asked;  /* requests so far; the thread writes, main reads */
	uint32_t answered;       /* that the texts are for; main */
	uint64_t told_ns;        /* when they were made; main */
	const struct bt_metrics *metrics;
	const struct bt_tally *tally;
	pthread_mutex_t mutex; /* guards what follows */
	char *pages[PAGES];    /* NULL: none yet */
	unsigned health_status;
	bool ready;
};

/* ---- addresses ---- */

struct address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	} a;
	socklen_t len;
};

static bool read_port(const char *text, uint16_t *port)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || n > 65535)
		return false;
	*port = htons((uint16_t)n);
	return true;
}

static bool read_address(struct address *out, const char *text)
{
	const char *colon = strrchr(text, ':');
	char host[64];
	size_t n = colon ? (size_t)(colon - text) : 0;

	memset(out, 0, sizeof(*out));
	if (n >= sizeof(host))
		return false;
	memcpy(host, text, n);
	host[n] = '\0';
	if (n > 2 && host[0] == '[' && host[n - 1] == ']') {
		host[n - 1] = '\0';
		out->a.v6.sin6_family = AF_INET6;
		out->len = sizeof(out->a.v6);
		return inet_pton(AF_INET6, host + 1, &out->a.v6.sin6_addr) == 1 &&
			read_port(colon + 1, &out->a.v6.sin6_port);
	}
	out->a.v4.sin_family = AF_INET;
	out->len = sizeof(out->a.v4);
	return inet_pton(AF_INET, !n || strcmp(host, "localhost") == 0 ? "127.0.0.1" : host,
		       &out->a.v4.sin_addr) == 1 &&
		read_port(colon ? colon + 1 : text, &out->a.v4.sin_port);
}

int bt_listen_check(const char *address, struct bt_err *err)
{
	struct address a;

	if (read_address(&a, address))
		return 0;
	return bt_fail(err, -EINVAL,
		"--listen: '%.60s': expected a port, or ADDRESS:PORT such as 127.0.0.1:9090 or "
		"[::1]:9090",
		address);
}

static int bind_socket(int *fd, const char *text, struct bt_err *err)
{
	struct address a;
	int one = 1;

	if (!read_address(&a, text))
		return bt_listen_check(text, err);
	*fd = socket(a.a.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (*fd < 0)
		return bt_fail(err, -errno, "--listen %s: %s", text, strerror(errno));
	setsockopt(*fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));
	if (bind(*fd, &a.a.any, a.len) < 0 || listen(*fd, CONNECTIONS_MAX) < 0) {
		int why = errno;

		close(*fd);
		return bt_fail(err, -why, "--listen %s: %s", text, strerror(why));
	}
	return 0;
}

static void name_url(char *url, size_t size, int fd)
{
	struct address a = { .len = sizeof(a.a) };
	char host[64] = "";

	getsockname(fd, &a.a.any, &a.len);
	if (a.a.any.sa_family == AF_INET6) {
		inet_ntop(AF_INET6, &a.a.v6.sin6_addr, host, sizeof(host));
		snprintf(url, size, "http://[%s]:%u", host, ntohs(a.a.v6.sin6_port));
	} else {
		inet_ntop(AF_INET, &a.a.v4.sin_addr, host, sizeof(host));
		snprintf(url, size, "http://%s:%u", host, ntohs(a.a.v4.sin_port));
	}
}

/* ---- the thread ---- */

static enum MHD_Result answer(
	struct MHD_Connection *c, unsigned status, const char *type, char *text)
{
	struct MHD_Response *r =
		MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result queued;

	if (!r) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	MHD_add_response_header(r, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	queued = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return queued;
}

static enum MHD_Result say(struct MHD_Connection *c, unsigned status, const char *words)
{
	char *text = strdup(words);

	return text ? answer(c, status, "text/plain; charset=utf-8", text) : MHD_NO;
}

/* A copy of a page, with its status. NULL: there is none yet, or no memory. */
static char *copy_page(struct bt_listen *l, enum page page, unsigned *status)
{
	char *text;

	pthread_mutex_lock(&l->mutex);
	text = l->pages[page] ? strdup(l->pages[page]) : NULL;
	*status = page == HEALTH ? l->health_status : MHD_HTTP_OK;
	pthread_mutex_unlock(&l->mutex);
	return text;
}

static enum MHD_Result answer_page(
	struct bt_listen *l, struct MHD_Connection *c, enum page page, const char *type)
{
	unsigned status;
	char *text = copy_page(l, page, &status);

	/* Release: pairs with main's look; who asked sees the texts of this moment or asks for
	 * newer ones. */
	atomic_fetch_add_explicit(&l->asked, 1, memory_order_release);
	return text ? answer(c, status, type, text)
		    : say(c, MHD_HTTP_SERVICE_UNAVAILABLE, "no run has begun yet\n");
}

static enum MHD_Result answer_ready(struct bt_listen *l, struct MHD_Connection *c)
{
	bool ready;

	pthread_mutex_lock(&l->mutex);
	ready = l->ready;
	pthread_mutex_unlock(&l->mutex);
	return ready ? say(c, MHD_HTTP_OK, "ready\n")
		     : say(c, MHD_HTTP_SERVICE_UNAVAILABLE, "no run goes on\n");
}

static enum MHD_Result handle(void *arg, struct MHD_Connection *c, const char *url,
	const char *method, const char *version BT_UNUSED, const char *upload BT_UNUSED,
	size_t *upload_n, void **seen)
{
	static char begun;
	struct bt_listen *l = arg;
	const char *accept;

	if (!*seen) { /* the headers are there, and maybe a body comes: nothing of it is wanted */
		*seen = &begun;
		return MHD_YES;
	}
	if (*upload_n) {
		*upload_n = 0;
		return MHD_YES;
	}
	if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
		return say(c, MHD_HTTP_METHOD_NOT_ALLOWED, "GET is all that can be asked\n");
	accept = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
	if (strcmp(url, "/metrics") == 0)
		return accept && strstr(accept, "application/openmetrics-text")
			? answer_page(l, c, OPEN_METRICS, bt_exposition_type[BT_OPENMETRICS])
			: answer_page(l, c, METRICS, bt_exposition_type[BT_PROMETHEUS_TEXT]);
	if (strcmp(url, "/health") == 0)
		return answer_page(l, c, HEALTH, "application/json");
	if (strcmp(url, "/health/live") == 0)
		return say(c, MHD_HTTP_OK, "live\n");
	if (strcmp(url, "/health/ready") == 0)
		return answer_ready(l, c);
	return say(c, MHD_HTTP_NOT_FOUND,
		"/metrics, /health, /health/live and /health/ready are what there is\n");
}

static void notice(
	void *arg, struct MHD_Connection *c, void **place, enum MHD_ConnectionNotificationCode what)
{
	struct bt_listen *l = arg;
	struct guest *g = *place;

	if (what == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (g)
			g->fd = -1;
		return;
	}
	for (g = l->guests; g < l->guests + BT_LEN(l->guests); g++)
		if (g->fd < 0) {
			g->fd = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)
					->connect_fd;
			g->since_ns = bt_monotonic_ns();
			*place = g;
			return;
		}
}

/* Who trickles bytes is idle never, and is let go by age. */
static void let_go(struct bt_listen *l)
{
	uint64_t now = bt_monotonic_ns();
	uint64_t age = atomic_load_explicit(&l->age_ns, memory_order_relaxed);

	for (size_t i = 0; i < BT_LEN(l->guests); i++)
		if (l->guests[i].fd >= 0 && now - l->guests[i].since_ns > age)
			shutdown(l->guests[i].fd, SHUT_RDWR);
}

static void *serve(void *arg)
{
	struct bt_listen *l = arg;

	pthread_setname_np(pthread_self(), "bt-listen");
	while (!atomic_load_explicit(&l->stop, memory_order_acquire)) {
		MHD_run_wait(l->daemon, LOOK_MS);
		let_go(l);
	}
	return NULL;
}

/* Signals are the main thread's. */
static int start_thread(struct bt_listen *l)
{
	sigset_t all, before;
	int r;

	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	r = pthread_create(&l->thread, NULL, serve, l);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	l->running = r == 0;
	return -r;
}

static void drop_words(void *arg BT_UNUSED, const char *fmt BT_UNUSED, va_list args BT_UNUSED)
{
}

/* ---- the main thread's ---- */

int bt_listen_open(struct bt_listen **out, const char *address, struct bt_err *err)
{
	struct bt_listen *l;
	int fd = -1, r = bind_socket(&fd, address, err);

	*out = NULL;
	if (r < 0)
		return r;
	l = calloc(1, sizeof(*l));
	if (!l) {
		close(fd);
		return bt_oom(err, "--listen");
	}
	pthread_mutex_init(&l->mutex, NULL);
	atomic_init(&l->age_ns, AGE_NS);
	for (size_t i = 0; i < BT_LEN(l->guests); i++)
		l->guests[i].fd = -1;
	name_url(l->url, sizeof(l->url), fd);
	l->daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_USE_ERROR_LOG, 0, NULL, NULL, handle, l,
		MHD_OPTION_EXTERNAL_LOGGER, drop_words, NULL, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
		MHD_OPTION_CONNECTION_TIMEOUT, (unsigned)IDLE_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)HEADERS_MAX, MHD_OPTION_NOTIFY_CONNECTION, notice, l, MHD_OPTION_END);
	if (!l->daemon)
		close(fd);
	if (!l->daemon || start_thread(l) < 0) {
		bt_listen_close(l);
		return bt_fail(err, -ENOMEM, "--listen: no server can be started");
	}
	*out = l;
	return 0;
}

void bt_listen_age(struct bt_listen *l, uint64_t age_ns)
{
	atomic_store_explicit(&l->age_ns, age_ns, memory_order_relaxed);
}

const char *bt_listen_url(const struct bt_listen *l)
{
	return l->url;
}

void bt_listen_close(struct bt_listen *l)
{
	if (!l)
		return;
	atomic_store_explicit(&l->stop, true, memory_order_release);
	if (l->running)
		pthread_join(l->thread, NULL);
	if (l->daemon)
		MHD_stop_daemon(l->daemon);
	for (unsigned i = 0; i < PAGES; i++)
		free(l->pages[i]);
	pthread_mutex_destroy(&l->mutex);
	free(l);
}

void bt_listen_run(struct bt_listen *l, const struct bt_metrics *m, const struct bt_tally *tally)
{
	l->metrics = m;
	l->tally = tally;
	l->told_ns = 0;
	pthread_mutex_lock(&l->mutex);
	l->ready = m != NULL;
	pthread_mutex_unlock(&l->mutex);
}

bool bt_listen_wants(const struct bt_listen *l)
{
	return l->metrics &&
		(atomic_load_explicit(&l->asked, memory_order_acquire) != l->answered ||
			bt_monotonic_ns() - l->told_ns >= FRESH_NS);
}

void bt_listen_tell(struct bt_listen *l, bool stopping, const char *result)
{
	char *pages[PAGES], *old;
	enum bt_health health;

	l->answered = atomic_load_explicit(&l->asked, memory_order_acquire);
	l->told_ns = bt_monotonic_ns();
	pages[METRICS] = bt_metrics_text(l->metrics, l->tally, BT_PROMETHEUS_TEXT, result);
	pages[OPEN_METRICS] = bt_metrics_text(l->metrics, l->tally, BT_OPENMETRICS, result);
	health = bt_health_json(&pages[HEALTH], l->tally, stopping, result);
	pthread_mutex_lock(&l->mutex);
	for (unsigned i = 0; i < PAGES; i++) {
		old = l->pages[i];
		l->pages[i] = pages[i];
		pages[i] = old;
	}
	l->health_status = health == BT_STOPPING ? MHD_HTTP_SERVICE_UNAVAILABLE : MHD_HTTP_OK;
	l->ready = health != BT_STOPPING;
	pthread_mutex_unlock(&l->mutex);
	for (unsigned i = 0; i < PAGES; i++)
		free(pages[i]);
}
