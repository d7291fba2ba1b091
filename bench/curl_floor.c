/*
 * curl_floor: the least that a load over libcurl costs: a bare loop over its multi interface on
 * epoll, that sends the same GET again and again over N kept connections, counts, and does nothing
 * else. bench/net.sh holds http.request against it.
 *
 *     bench/curl_floor URL CONNECTIONS SECONDS
 *
 * Prints requests, seconds, and processor seconds of this process.
 */
#include <curl/curl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <time.h>

struct loop {
	int epoll;
	CURLM *multi;
	double timer_s; /* when to call, < 0: not */
};

static double now_s(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec + (double)ts.tv_nsec / 1e9;
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg, void *known)
{
	struct loop *loop = arg;
	struct epoll_event e = { .data.fd = fd };

	(void)easy;
	e.events = (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
	if (what == CURL_POLL_REMOVE) {
		epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	epoll_ctl(loop->epoll, known ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &e);
	curl_multi_assign(loop->multi, fd, loop);
	return 0;
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
	struct loop *loop = arg;

	(void)multi;
	loop->timer_s = ms < 0 ? -1 : now_s() + (double)ms / 1e3;
	return 0;
}

static size_t drop(char *data, size_t size, size_t n, void *arg)
{
	(void)data;
	(void)arg;
	return size * n;
}

static unsigned long take_ended(struct loop *loop)
{
	unsigned long n = 0;
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(loop->multi, &left))) {
		CURL *easy = msg->easy_handle;

		if (msg->data.result != CURLE_OK) {
			fprintf(stderr, "curl_floor: %s\n", curl_easy_strerror(msg->data.result));
			exit(3);
		}
		curl_multi_remove_handle(loop->multi, easy);
		curl_multi_add_handle(loop->multi, easy);
		n++;
	}
	return n;
}

static unsigned long turn(struct loop *loop)
{
	struct epoll_event events[64];
	double left = loop->timer_s < 0 ? 1 : loop->timer_s - now_s();
	int running, n = 0;

	if (loop->timer_s >= 0 && left <= 0) {
		loop->timer_s = -1;
		curl_multi_socket_action(loop->multi, CURL_SOCKET_TIMEOUT, 0, &running);
		left = 0;
	}
	n = epoll_wait(loop->epoll, events, 64, left > 0 ? (int)(left * 1e3) + 1 : 0);
	for (int i = 0; i < n; i++) {
		int what = events[i].events & (EPOLLIN | EPOLLHUP) ? CURL_CSELECT_IN : 0;

		what |= events[i].events & EPOLLOUT ? CURL_CSELECT_OUT : 0;
		curl_multi_socket_action(loop->multi, events[i].data.fd, what, &running);
	}
	return take_ended(loop);
}

int main(int argc, char **argv)
{
	struct loop loop = { .epoll = epoll_create1(EPOLL_CLOEXEC), .timer_s = -1 };
	unsigned long requests = 0;
	double start_s, end_s;
	struct rusage usage;

	if (argc != 4)
		return fprintf(stderr, "usage: curl_floor URL CONNECTIONS SECONDS\n"), 2;
	curl_global_init(CURL_GLOBAL_DEFAULT);
	loop.multi = curl_multi_init();
	curl_multi_setopt(loop.multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(loop.multi, CURLMOPT_SOCKETDATA, &loop);
	curl_multi_setopt(loop.multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(loop.multi, CURLMOPT_TIMERDATA, &loop);
	curl_multi_setopt(loop.multi, CURLMOPT_MAXCONNECTS, strtol(argv[2], NULL, 10));
	start_s = now_s();
	end_s = start_s + strtod(argv[3], NULL);
	for (long i = strtol(argv[2], NULL, 10); i > 0; i--) {
		CURL *easy = curl_easy_init();

		curl_easy_setopt(easy, CURLOPT_URL, argv[1]);
		curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, drop);
		curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
		curl_multi_add_handle(loop.multi, easy);
	}
	while (now_s() < end_s)
		requests += turn(&loop);
	getrusage(RUSAGE_SELF, &usage);
	printf("%lu %.6f %.6f\n", requests, now_s() - start_s,
		(double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
			(double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
	return 0;
}
