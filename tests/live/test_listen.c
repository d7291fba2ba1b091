/* The endpoint: what it serves, and that those who are too many, too slow or mad are let go. */
#include "cm.h"

#include <arpa/inet.h>
#include <errno.h>
#include <jansson.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "live/listen.h"
#include "record_run.h"

struct fixture {
	struct fake_run *run;
	struct bt_tally tally;
	struct bt_metrics *metrics;
	struct bt_listen *listen;
	struct sockaddr_in to;
};

static void put(struct fixture *f, unsigned n, unsigned bad)
{
	fake_tick(f->run, 100 * BT_NS_PER_MS, n, bad);
	bt_tally_put(&f->tally, &f->run->snap);
	bt_metrics_put(f->metrics, &f->run->snap);
}

static struct fixture *begin(void)
{
	struct fixture *f = calloc(1, sizeof(*f));
	struct bt_err err = { .msg = "" };

	f->run = fake_new(true);
	assert_int_equal(bt_tally_init(&f->tally, &f->run->info, NULL), 0);
	assert_int_equal(bt_metrics_open(&f->metrics, &f->run->info, NULL), 0);
	if (bt_listen_open(&f->listen, "0", &err) < 0)
		fail_msg("%s", err.msg);
	f->to.sin_family = AF_INET;
	f->to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	f->to.sin_port = htons((uint16_t)atoi(strrchr(bt_listen_url(f->listen), ':') + 1));
	fake_segment(f->run, "load", 1000, BT_NS_PER_S);
	return f;
}

static void end(struct fixture *f)
{
	bt_listen_close(f->listen);
	bt_metrics_close(f->metrics);
	bt_tally_fini(&f->tally);
	fake_free(f->run);
	free(f);
}

static int dial(const struct fixture *f)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	assert_true(fd >= 0);
	assert_int_equal(connect(fd, (const struct sockaddr *)&f->to, sizeof(f->to)), 0);
	return fd;
}

/* All that comes until the other end closes, within ten seconds. */
static char *read_all(int fd)
{
	size_t n = 0, room = 1 << 20;
	char *text = malloc(room + 1);
	struct pollfd p = { fd, POLLIN, 0 };

	while (n < room && poll(&p, 1, 10000) == 1) {
		ssize_t got = read(fd, text + n, room - n);

		if (got <= 0)
			break;
		n += (size_t)got;
	}
	text[n] = '\0';
	close(fd);
	return text;
}

static char *ask(const struct fixture *f, const char *request)
{
	int fd = dial(f);

	(void)!send(fd, request, strlen(request), MSG_NOSIGNAL);
	return read_all(fd);
}

static char *get(const struct fixture *f, const char *path, const char *headers)
{
	char request[400];

	snprintf(request, sizeof(request), "GET %s HTTP/1.1\r\nHost: x\r\n%s\r\n", path, headers);
	return ask(f, request);
}

static void assert_status(char *reply, const char *status)
{
	if (strncmp(reply, "HTTP/1.1 ", 9) != 0 || strncmp(reply + 9, status, 3) != 0)
		fail_msg("expected status %s, got '%.60s'", status, reply);
	free(reply);
}

static void a_run_is_told_from_its_beginning_to_its_end(void **state)
{
	struct fixture *f = begin();
	char *text;

	(void)state;
	assert_status(get(f, "/metrics", ""), "503");
	assert_status(get(f, "/health/ready", ""), "503");
	assert_status(get(f, "/health/live", ""), "200");
	bt_listen_run(f->listen, f->metrics, &f->tally);
	put(f, 90, 10);
	assert_true(bt_listen_wants(f->listen));
	bt_listen_tell(f->listen, false, NULL);
	assert_false(bt_listen_wants(f->listen));
	text = get(f, "/metrics", "");
	assert_non_null(strstr(text, "Content-Type: text/plain; version=0.0.4"));
	assert_non_null(strstr(text, ",outcome=\"completed\"} 90\n"));
	assert_non_null(strstr(text, ",outcome=\"failed\"} 10\n"));
	assert_non_null(strstr(text, "# TYPE benchtop_response_seconds histogram\n"));
	assert_non_null(strstr(text, ",le=\"+Inf\"} 100\n"));
	assert_null(strstr(text, "benchtop_run_result"));
	assert_null(strstr(text, "# EOF"));
	free(text);
	assert_true(bt_listen_wants(f->listen)); /* somebody asked */
	text = get(f, "/metrics",
		"Accept: application/openmetrics-text;version=1.0.0,text/plain;q=0.5\r\n");
	assert_non_null(strstr(text, "Content-Type: application/openmetrics-text; version=1.0.0"));
	assert_non_null(strstr(text, "# TYPE benchtop_operations counter\n"));
	assert_non_null(strstr(text, "\nbenchtop_operations_total{"));
	assert_string_equal(text + strlen(text) - 6, "# EOF\n");
	free(text);
	assert_status(get(f, "/health", ""), "200");
	assert_status(get(f, "/health/ready", ""), "200");
	put(f, 50, 0);
	bt_listen_tell(f->listen, true, "stopped");
	text = get(f, "/metrics", "");
	assert_non_null(strstr(text, ",outcome=\"completed\"} 140\n"));
	assert_non_null(strstr(text, ",result=\"stopped\"} 1\n"));
	free(text);
	text = get(f, "/health", "");
	assert_memory_equal(text, "HTTP/1.1 503", 12);
	json_t *json = json_loads(strstr(text, "\r\n\r\n") + 4, 0, NULL);
	assert_string_equal(json_string_value(json_object_get(json, "status")), "stopping");
	assert_string_equal(json_string_value(json_object_get(json, "result")), "stopped");
	assert_true(json_is_real(json_object_get(json, "uptime")));
	json_decref(json);
	free(text);
	assert_status(get(f, "/health/ready", ""), "503");
	end(f);
}

static void what_cannot_be_asked_is_refused(void **state)
{
	struct fixture *f = begin();
	char *long_header = malloc(100000), *text;

	(void)state;
	assert_status(get(f, "/", ""), "404");
	assert_status(get(f, "/metrics/", ""), "404");
	assert_status(
		ask(f, "POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\nabc"), "405");
	assert_status(ask(f, "DELETE /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), "405");
	text = ask(f, "\x16\x03\x01\x02\x00\x01\x00\x01\xfc garbage \r\n\r\n");
	assert_true(!*text || strncmp(text, "HTTP/1.1 4", 10) == 0);
	free(text);
	memset(long_header, 'a', 99000);
	memcpy(long_header, "GET /health/live HTTP/1.1\r\nX: ", 30);
	strcpy(long_header + 98000, "\r\n\r\n");
	text = ask(f, long_header);
	assert_true(!*text || strncmp(text, "HTTP/1.1 4", 10) == 0);
	free(text);
	free(long_header);
	assert_status(get(f, "/health/live", ""), "200");
	end(f);
}

static void a_thousand_that_say_nothing_keep_nobody_out(void **state)
{
	enum { N = 1000 };
	struct fixture *f = begin();
	int *fds = malloc(N * sizeof(*fds));

	(void)state;
	bt_listen_age(f->listen, 300 * BT_NS_PER_MS);
	for (unsigned i = 0; i < N; i++) {
		fds[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
		if (fds[i] >= 0)
			(void)!connect(fds[i], (const struct sockaddr *)&f->to, sizeof(f->to));
	}
	for (unsigned i = 0; i < N; i += 3)
		if (fds[i] >= 0)
			(void)!send(fds[i], "GET /metr", 9, MSG_NOSIGNAL);
	/* Whoever comes now waits for the turn of those before. */
	for (unsigned i = 0; i < N; i++)
		if (fds[i] >= 0 && i % 3)
			close(fds[i]);
	assert_status(get(f, "/health/live", ""), "200");
	for (unsigned i = 0; i < N; i += 3)
		if (fds[i] >= 0)
			close(fds[i]);
	free(fds);
	end(f);
}

static void who_trickles_is_let_go(void **state)
{
	struct fixture *f = begin();
	int fd = dial(f);
	struct pollfd p = { fd, POLLIN, 0 };
	unsigned sent = 0;

	(void)state;
	bt_listen_age(f->listen, 300 * BT_NS_PER_MS);
	(void)!send(fd, "GET /metrics HTTP/1.1\r\nX: ", 26, MSG_NOSIGNAL);
	while (sent < 600 && poll(&p, 1, 50) == 0)
		sent += send(fd, "a", 1, MSG_NOSIGNAL) == 1;
	assert_true(sent < 600);
	close(fd);
	end(f);
}

static void addresses_are_read(void **state)
{
	static const char *const right[] = { "9090", "127.0.0.1:0", "localhost:1", "[::1]:9090",
		"0.0.0.0:65535" };
	static const char *const wrong[] = { "", "x", "65536", "127.0.0.1", "example.org:80",
		"::1:80", "[::1]", "127.0.0.1:", "1.2.3.4.5:6", ":-1", "127.0.0.1:9x" };
	struct bt_listen *a, *b;
	struct bt_err err;

	(void)state;
	for (size_t i = 0; i < BT_LEN(right); i++)
		assert_int_equal(bt_listen_check(right[i], NULL), 0);
	for (size_t i = 0; i < BT_LEN(wrong); i++)
		if (bt_listen_check(wrong[i], &err) == 0)
			fail_msg("'%s' was taken", wrong[i]);
	assert_int_equal(bt_listen_open(&a, "0", &err), 0);
	assert_int_equal(bt_listen_open(&b, strrchr(bt_listen_url(a), '/') + 1, &err), -EADDRINUSE);
	bt_listen_close(a);
}

/* Every count of the histogram lies in the bucket that its own bounds say. */
static void buckets_add_up(void **state)
{
	struct fixture *f = begin();
	uint64_t before = 0;
	double le;
	char *text;

	(void)state;
	f->run->mean_ns = 3e6;
	for (unsigned i = 0; i < 20; i++)
		put(f, 500, 0);
	text = bt_metrics_text(f->metrics, &f->tally, BT_PROMETHEUS_TEXT, NULL);
	for (const char *at = text; (at = strstr(at, "benchtop_service_seconds_bucket{")); at++) {
		const char *value = strstr(at, "} ") + 2;
		uint64_t n = strtoull(value, NULL, 10), own = 0;

		le = strtod(strstr(at, ",le=\"") + 5, NULL);
		for (unsigned b = 0; b < BT_HIST_LEN; b++)
			own += (double)bt_hist_high(b) / 1e9 <= le ? f->run->service.c[b] : 0;
		assert_int_equal(n, own);
		assert_true(n >= before);
		before = n;
	}
	assert_int_equal(before, 10000);
	free(text);
	end(f);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_run_is_told_from_its_beginning_to_its_end),
		cmocka_unit_test(what_cannot_be_asked_is_refused),
		cmocka_unit_test(a_thousand_that_say_nothing_keep_nobody_out),
		cmocka_unit_test(who_trickles_is_let_go),
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(buckets_add_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
