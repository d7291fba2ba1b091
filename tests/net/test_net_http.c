/* Requests under load against a server that counts, and that does wrong what a server can do wrong:
 * nothing vanishes, nothing counts twice. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cm.h"
#include "net/http.h"
#include "net_server.h"
#include "sim_run.h"

extern const struct bt_workload bt_http_request_workload;

enum { WRONG_ANSWER = BT_NET_ERRORS };
#define ARGS_MOST 12

struct fixture {
	struct net_server server;
	struct sim_run run;
	char url[128];
};

static struct fixture *begin(void)
{
	struct fixture *f = calloc(1, sizeof(*f));

	assert_non_null(f);
	net_server_open(&f->server);
	return f;
}

static void end(struct fixture *f)
{
	sim_run_fini(&f->run);
	net_server_close(&f->server);
	free(f);
}

static void go(struct fixture *f, const char *path, const char *const *more, sim_hook *hook)
{
	const char *args[ARGS_MOST + 1] = { f->url };
	unsigned n = 1;

	snprintf(f->url, sizeof(f->url), "--url=%s%s", f->server.url, path);
	for (; *more; more++) {
		assert_true(n < ARGS_MOST);
		args[n++] = *more;
	}
	sim_run(&f->run, &bt_http_request_workload, "load", args, hook, f);
}

static uint64_t failures(const struct fixture *f, unsigned class)
{
	return f->run.last->errors[class];
}

static void assert_accounted(const struct fixture *f, uint64_t offered)
{
	const struct bt_counts *n = &f->run.last->total;

	assert_int_equal(n->offered, offered);
	assert_int_equal(n->completed + n->failed + n->expired + bt_in_flight(n), offered);
	assert_int_equal(f->run.sum.completed, n->completed);
	assert_int_equal(f->run.sum.failed, n->failed);
}

static void the_servers_count_is_ours(void **state BT_UNUSED)
{
	static const char *const args[] = { "--ops=2000", "--concurrency=50", "--workers=2", NULL };
	struct fixture *f = begin();
	const struct bt_snapshot *last;

	go(f, "/ok", args, NULL);
	last = f->run.last;
	assert_accounted(f, 2000);
	assert_int_equal(last->total.completed, 2000);
	assert_int_equal(atomic_load(&f->server.received), 2000);
	assert_int_equal(last->metrics[BT_NET_CALLS].u, 2000);
	assert_int_equal(
		last->metrics[BT_NET_CONNECTIONS].u, atomic_load(&f->server.connections) - 1);
	assert_int_equal(
		last->metrics[BT_NET_REUSED].u + last->metrics[BT_NET_CONNECTIONS].u, 2000);
	assert_true(last->metrics[BT_NET_CONNECTIONS].u <= 50);
	assert_int_equal(last->times[BT_NET_FIRST_BYTE].count, 2000);
	assert_int_equal(last->times[BT_NET_TCP].count, last->metrics[BT_NET_CONNECTIONS].u);
	end(f);
}

/* Row by row: every request fails, in the class of its trouble, and the server saw each of them
 * once. */
static void each_trouble_has_its_class(void **state BT_UNUSED)
{
	static const struct {
		const char *path;
		unsigned class;
	} rows[] = {
		{ "/status/301", BT_NET_3XX },
		{ "/status/404", BT_NET_4XX },
		{ "/status/503", BT_NET_5XX },
		{ "/reset", BT_NET_RESET },
		{ "/close", BT_NET_RESET },
		{ "/half", BT_NET_RESET },
		{ "/garbage", BT_NET_PROTOCOL },
		{ "/endless", BT_NET_PROTOCOL },
		{ "/never", BT_NET_TIMEOUT },
		{ "/drip", BT_NET_TIMEOUT },
	};
	static const char *const args[] = { "--ops=12", "--concurrency=3", "--timeout=300ms",
		"--max-body=100KiB", NULL };

	for (size_t i = 0; i < BT_LEN(rows); i++) {
		struct fixture *f = begin();

		go(f, rows[i].path, args, NULL);
		assert_accounted(f, 12);
		if (failures(f, rows[i].class) != 12)
			fail_msg("%s: %llu of 12 in class %u", rows[i].path,
				(unsigned long long)failures(f, rows[i].class), rows[i].class);
		assert_int_equal(atomic_load(&f->server.received), 12);
		assert_true(f->run.n_notes > 0);
		end(f);
	}
}

/* A connection that the server closes under the next request: libcurl alone would send it again,
 * and the server would count it twice. */
static void nothing_is_sent_twice(void **state BT_UNUSED)
{
	static const char *const args[] = { "--ops=40", "--concurrency=1", NULL };
	struct fixture *f = begin();

	go(f, "/once", args, NULL);
	assert_accounted(f, 40);
	assert_int_equal(atomic_load(&f->server.received), 40);
	assert_int_equal(f->run.last->total.completed, 20);
	assert_int_equal(failures(f, BT_NET_RESET), 20);
	end(f);
}

static void a_reply_that_ends_with_its_connection_is_whole(void **state BT_UNUSED)
{
	static const char *const args[] = { "--ops=10", "--expect-body=until the end", NULL };
	struct fixture *f = begin();

	go(f, "/until-close", args, NULL);
	assert_int_equal(f->run.last->total.completed, 10);
	assert_int_equal(f->run.last->metrics[BT_NET_CONNECTIONS].u, 10);
	end(f);
}

static void templates_are_filled_in_and_answers_held_against_them(void **state BT_UNUSED)
{
	static const char *const right[] = { "--ops=200", "--concurrency=7",
		"--body={\"n\":%{n},\"id\":\"%{uuid}\"}",
		"--expect-body=\"n\":%{n},\"id\":\"%{uuid}\"",
		"--header=Content-Type: application/json", NULL };
	static const char *const wrong[] = { "--ops=5", "--body=%{n}", "--expect-body=x%{n}",
		NULL };
	static const char *const header[] = { "--ops=5", "--header=X-Number: <%{n}>",
		"--expect-body=X-Number: <%{n}>", NULL };
	static const char *const path[] = { "--ops=5",
		"--expect-body=GET /head/%{n}?a=%{uuid} HTTP/1.1", NULL };
	struct fixture *f = begin();

	go(f, "/echo", right, NULL);
	assert_int_equal(f->run.last->total.completed, 200);
	sim_run_fini(&f->run);
	go(f, "/echo", wrong, NULL);
	assert_int_equal(failures(f, WRONG_ANSWER), 5);
	sim_run_fini(&f->run);
	go(f, "/head", header, NULL);
	assert_int_equal(f->run.last->total.completed, 5);
	sim_run_fini(&f->run);
	go(f, "/head/%{n}?a=%{uuid}", path, NULL);
	assert_int_equal(f->run.last->total.completed, 5);
	end(f);
}

static void wanted_statuses_are_right(void **state BT_UNUSED)
{
	static const char *const args[] = { "--ops=5", "--expect-status=404,5xx", NULL };
	struct fixture *f = begin();

	go(f, "/status/404", args, NULL);
	assert_int_equal(f->run.last->total.completed, 5);
	sim_run_fini(&f->run);
	go(f, "/ok", args, NULL);
	assert_int_equal(failures(f, WRONG_ANSWER), 5);
	end(f);
}

/* 200 ms still once a second at 400 a second, four at a time: one request in five waits, 100 ms on
 * average. */
static void a_stall_shows_in_response_time_not_in_service_time(void **state BT_UNUSED)
{
	static const char *const args[] = { "--rate=400", "--duration=4s", "--concurrency=4",
		NULL };
	struct fixture *f = begin();
	const struct bt_snapshot *last;

	f->server.stall_every_ns = BT_NS_PER_S;
	f->server.stall_for_ns = 200 * BT_NS_PER_MS;
	go(f, "/ok", args, NULL);
	last = f->run.last;
	assert_accounted(f, 1600);
	assert_int_equal(last->total.completed, 1600);
	assert_int_equal(atomic_load(&f->server.received), 1600);
	/* 3 stalls of 80 arrivals: 15 %. Of those the longest third waited at least 133 ms. */
	assert_true(last->total_response.q[BT_Q95] >= 100 * BT_NS_PER_MS);
	assert_true(last->total_service.q[BT_Q95] < last->total_response.q[BT_Q95] / 2);
	end(f);
}

static void down_and_up(struct bt_source *src BT_UNUSED, const struct bt_snapshot *snap, void *arg)
{
	struct fixture *f = arg;

	if (snap->seq == 5)
		net_server_set_down(&f->server, true);
	else if (snap->seq == 12)
		net_server_set_down(&f->server, false);
}

static void a_server_that_dies_and_comes_back_is_told_apart(void **state BT_UNUSED)
{
	static const char *const args[] = { "--rate=200", "--duration=3s", "--concurrency=8",
		NULL };
	struct fixture *f = begin();
	const struct bt_snapshot *last;

	go(f, "/ok", args, down_and_up);
	last = f->run.last;
	assert_accounted(f, 600);
	assert_true(failures(f, BT_NET_CONNECT) > 0);
	assert_int_equal(
		failures(f, BT_NET_CONNECT) + failures(f, BT_NET_RESET), last->total.failed);
	assert_true(last->total.completed > 0);
	assert_int_equal(atomic_load(&f->server.answered), last->total.completed);
	end(f);
}

static void what_is_in_flight_at_the_end_is_told(void **state BT_UNUSED)
{
	static const char *const args[] = { "--rate=50", "--duration=200ms", "--concurrency=20",
		"--drain=100ms", NULL };
	struct fixture *f = begin();

	go(f, "/never", args, NULL);
	assert_int_equal(f->run.last->total.offered, 10);
	assert_int_equal(bt_in_flight(&f->run.last->total), 10);
	assert_true(f->run.last->total_response.max >= 100 * BT_NS_PER_MS);
	end(f);
}

static void a_server_that_is_not_there_is_found_before_the_run(void **state BT_UNUSED)
{
	struct fixture *f = begin();
	struct bt_err err = { 0 };
	const char *args[] = { f->url, NULL };

	f->run = (struct sim_run){ 0 };
	net_server_set_down(&f->server, true);
	snprintf(f->url, sizeof(f->url), "--url=%s/ok", f->server.url);
	assert_int_equal(
		sim_run_refused(&bt_http_request_workload, "load", args, &err), -ECONNREFUSED);
	assert_non_null(strstr(err.msg, "127.0.0.1 port "));
	end(f);
}

static void wrong_options_are_named(void **state BT_UNUSED)
{
	static const struct {
		const char *args[3], *message;
	} rows[] = {
		{ { "--ops=1" }, "--url: expected the URL to load" },
		{ { "--url=ftp://x/" }, "'ftp://x/': expected http://HOST… or https://HOST…" },
		{ { "--url=http:///x" }, "expected a host after ://" },
		{ { "--url=http://me:secret@127.0.0.1/" }, "the URL holds a name or password" },
		{ { "--url=http://127.0.0.1/%{x}" }, "--url: '%{x}': expected %{n} or %{uuid}" },
		{ { "--url=http://127.0.0.%{n}/" }, "the host is the same for all requests" },
		{ { "--url=http://127.0.0.1/", "--expect-status=2x" }, "--expect-status: '2x'" },
		{ { "--url=http://127.0.0.1/", "--header=nothing" },
			"--header: 'nothing': expected NAME: VALUE" },
		{ { "--url=http://127.0.0.1/", "--header=Authorization: Basic x" },
			"'Authorization' would be kept with the run; give it by --header-file" },
		{ { "--url=http://127.0.0.1/", "--method=get" }, "--method: 'get'" },
		{ { "--url=http://127.0.0.1/", "--key-file=x" },
			"--key-file: expected --cert-file beside it" },
	};

	for (size_t i = 0; i < BT_LEN(rows); i++) {
		struct bt_err err = { 0 };

		assert_int_equal(
			sim_run_refused(&bt_http_request_workload, "load", rows[i].args, &err),
			-EINVAL);
		if (!strstr(err.msg, rows[i].message))
			fail_msg("%s: said %s", rows[i].message, err.msg);
		assert_null(strstr(err.msg, "secret"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_servers_count_is_ours),
		cmocka_unit_test(each_trouble_has_its_class),
		cmocka_unit_test(nothing_is_sent_twice),
		cmocka_unit_test(a_reply_that_ends_with_its_connection_is_whole),
		cmocka_unit_test(templates_are_filled_in_and_answers_held_against_them),
		cmocka_unit_test(wanted_statuses_are_right),
		cmocka_unit_test(a_stall_shows_in_response_time_not_in_service_time),
		cmocka_unit_test(a_server_that_dies_and_comes_back_is_told_apart),
		cmocka_unit_test(what_is_in_flight_at_the_end_is_told),
		cmocka_unit_test(a_server_that_is_not_there_is_found_before_the_run),
		cmocka_unit_test(wrong_options_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
