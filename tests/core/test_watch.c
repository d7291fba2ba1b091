/* Watched processes and the network, as an invented /proc and a real connection tell of them. */
#include "cm.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/net.h"
#include "core/watch.h"

#define FIELDS                                                                            \
	"(%s) S 1 1 1 0 -1 4194560 10 0 0 0 %llu %llu 0 0 20 0 %llu 0 %llu 1000000 %llu " \
	"18446744073709551615"

struct machine {
	char root[CM_TEMP + 1]; /* with its slash */
	uint64_t tick_ns, page_bytes;
};

static void make(const char *root, const char *path)
{
	char full[256];

	snprintf(full, sizeof(full), "%s%s", root, path);
	assert_int_equal(mkdir(full, 0700), 0);
}

static int open_machine(void **state)
{
	struct machine *m = calloc(1, sizeof(*m));

	if (!mkdtemp(cm_temp(m->root, "bt-watch")))
		return -1;
	strcat(m->root, "/");
	make(m->root, "proc");
	m->tick_ns = BT_NS_PER_S / (uint64_t)sysconf(_SC_CLK_TCK);
	m->page_bytes = (uint64_t)sysconf(_SC_PAGESIZE);
	*state = m;
	return 0;
}

static int close_machine(void **state)
{
	struct machine *m = *state;
	char line[128];
	int r;

	snprintf(line, sizeof(line), "rm -rf '%s'", m->root);
	r = system(line);
	free(m);
	return r;
}

static void put_process(const struct machine *m, unsigned pid, const char *name, unsigned cpu,
	unsigned start, unsigned pages)
{
	char path[256];
	FILE *f;

	snprintf(path, sizeof(path), "%sproc/%u", m->root, pid);
	mkdir(path, 0700);
	snprintf(path, sizeof(path), "%sproc/%u/fd", m->root, pid);
	mkdir(path, 0700);
	for (unsigned i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%sproc/%u/fd/%u", m->root, pid, i);
		close(creat(path, 0600));
	}
	snprintf(path, sizeof(path), "%sproc/%u/stat", m->root, pid);
	f = fopen(path, "w");
	assert_non_null(f);
	fprintf(f, "%u " FIELDS "\n", pid, name, (unsigned long long)cpu, 1ULL, 7ULL,
		(unsigned long long)start, (unsigned long long)pages);
	fclose(f);
}

static void end_process(const struct machine *m, unsigned pid)
{
	char path[256];

	snprintf(path, sizeof(path), "%sproc/%u/stat", m->root, pid);
	assert_int_equal(unlink(path), 0);
}

static void one_process_counts_from_the_beginning(void **state)
{
	const struct machine *m = *state;
	const struct bt_watch_target target = { .pid = 41 };
	struct bt_watched w;
	struct bt_watch watch;

	put_process(m, 41, "a (nasty) name) R", 100, 5, 10);
	assert_int_equal(bt_watch_open(&watch, &target, m->root, NULL), 0);
	bt_watch_begin(&watch);
	put_process(m, 41, "a (nasty) name) R", 130, 5, 12);
	bt_watch_read(&watch, &w, 0);
	assert_int_equal(w.processes, 1);
	assert_int_equal(w.cpu_ns, 30 * m->tick_ns);
	assert_int_equal(w.rss_bytes, 12 * m->page_bytes);
	assert_int_equal(w.threads, 7);
	assert_int_equal(w.descriptors, 3);
}

static void a_number_used_again_is_another_process(void **state)
{
	const struct machine *m = *state;
	const struct bt_watch_target target = { .pid = 41 };
	struct bt_watched w;
	struct bt_watch watch;

	put_process(m, 41, "one", 100, 5, 10);
	assert_int_equal(bt_watch_open(&watch, &target, m->root, NULL), 0);
	put_process(m, 41, "two", 900, 6, 10);
	bt_watch_read(&watch, &w, 0);
	assert_int_equal(w.processes, 0);
	assert_int_equal(w.cpu_ns, 0);
	assert_true(w.rss_bytes == UINT64_MAX && w.descriptors == UINT64_MAX);
}

static void processes_of_a_name_are_summed_and_found_when_they_come(void **state)
{
	const struct machine *m = *state;
	const struct bt_watch_target target = { .name = "server" };
	struct bt_watched w;
	struct bt_watch watch;

	put_process(m, 41, "server", 100, 5, 10);
	put_process(m, 42, "servers", 100, 5, 10);
	assert_int_equal(bt_watch_open(&watch, &target, m->root, NULL), 0);
	bt_watch_begin(&watch);
	put_process(m, 43, "server", 20, 9, 1);
	put_process(m, 41, "server", 110, 5, 10);
	bt_watch_read(&watch, &w, 2 * BT_NS_PER_S);
	assert_int_equal(w.processes, 2);
	assert_int_equal(w.rss_bytes, 11 * m->page_bytes);
	assert_int_equal(w.descriptors, 6);
	put_process(m, 43, "server", 25, 9, 1);
	end_process(m, 41);
	bt_watch_read(&watch, &w, 3 * BT_NS_PER_S);
	assert_int_equal(w.processes, 1);
	/* The one that ended has used it all the same. */
	assert_int_equal(w.cpu_ns, 15 * m->tick_ns);
}

static void who_is_not_there_is_refused(void **state)
{
	static const struct {
		struct bt_watch_target target;
		int code;
		const char *words;
	} rows[] = {
		{ { .pid = 77 }, -ESRCH, "--watch-pid 77: no such process" },
		{ { .name = "nobody" }, -ESRCH, "--watch-name nobody: no process of that name" },
		{ { .pid = 77, .name = "nobody" }, -EINVAL, "without --watch-name" },
	};
	const struct machine *m = *state;
	struct bt_watch watch;
	struct bt_err err;

	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		assert_int_equal(
			bt_watch_open(&watch, &rows[i].target, m->root, &err), rows[i].code);
		assert_non_null(strstr(err.msg, rows[i].words));
	}
}

static void nothing_watched_is_unknown(void **state)
{
	const struct bt_watch_target none = { 0 };
	struct bt_watched w;
	struct bt_watch watch;

	(void)state;
	assert_int_equal(bt_watch_open(&watch, &none, "/", NULL), 0);
	bt_watch_read(&watch, &w, 0);
	assert_true(w.processes == UINT64_MAX && w.cpu_ns == UINT64_MAX);
}

static void interfaces_add_up_without_lo(void **state)
{
	static const char text[] =
		"Inter-|   Receive                                                |  Transmit\n"
		" face |bytes    packets errs drop fifo frame compressed multicast|bytes    "
		"packets\n"
		"    lo: 111 1 0 0 0 0 0 0 222 2 0 0 0 0 0 0\n"
		"  eth0:1000 1 0 0 0 0 0 0 2000 2 0 0 0 0 0 0\n"
		"wlan0:    30 1 0 0 0 0 0 0 40 2 0 0 0 0 0 0\n";
	uint64_t in, out;

	(void)state;
	assert_true(bt_net_parse(text, &in, &out));
	assert_int_equal(in, 1030);
	assert_int_equal(out, 2040);
	assert_false(bt_net_parse("", &in, &out));
	assert_false(bt_net_parse("eth0: 1 2", &in, &out));
}

/* Both ends are ours, so what one sends the other receives. */
static void own_connections_are_counted_also_at_a_descriptor_used_again(void **state)
{
	struct sockaddr_in at = { .sin_family = AF_INET,
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	socklen_t size = sizeof(at);
	struct bt_net_reader net;
	struct bt_net now;
	char bytes[1000] = { 0 };
	int listener = socket(AF_INET, SOCK_STREAM, 0);

	(void)state;
	assert_int_equal(bind(listener, (struct sockaddr *)&at, size), 0);
	assert_int_equal(listen(listener, 4), 0);
	assert_int_equal(getsockname(listener, (struct sockaddr *)&at, &size), 0);
	assert_int_equal(bt_net_open(&net, NULL), 0);
	if (!net.own) {
		bt_net_close(&net);
		close(listener);
		skip();
	}
	for (unsigned i = 1; i <= 2; i++) {
		int a = socket(AF_INET, SOCK_STREAM, 0), b;

		assert_int_equal(connect(a, (struct sockaddr *)&at, size), 0);
		b = accept(listener, NULL, NULL);
		assert_int_equal(send(a, bytes, sizeof(bytes), 0), sizeof(bytes));
		assert_int_equal(recv(b, bytes, sizeof(bytes), MSG_WAITALL), sizeof(bytes));
		net.next_ns = 0;
		bt_net_read(&net, &now);
		assert_int_equal(now.own_in_bytes, i * sizeof(bytes));
		assert_int_equal(now.own_out_bytes, i * sizeof(bytes));
		close(a);
		close(b);
	}
	bt_net_close(&net);
	close(listener);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
			one_process_counts_from_the_beginning, open_machine, close_machine),
		cmocka_unit_test_setup_teardown(
			a_number_used_again_is_another_process, open_machine, close_machine),
		cmocka_unit_test_setup_teardown(
			processes_of_a_name_are_summed_and_found_when_they_come, open_machine,
			close_machine),
		cmocka_unit_test_setup_teardown(
			who_is_not_there_is_refused, open_machine, close_machine),
		cmocka_unit_test(nothing_watched_is_unknown),
		cmocka_unit_test(interfaces_add_up_without_lo),
		cmocka_unit_test(own_connections_are_counted_also_at_a_descriptor_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
