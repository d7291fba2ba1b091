/* Files that the user names: what opens, what a text may hold, and that a FIFO holds nobody. */
#include "cm.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/input.h"
#include "base/stop.h"

#define MOST 100000

static char dir[CM_TEMP], path[100];

static void write_file(const char *bytes, size_t n)
{
	FILE *f = fopen(path, "w");

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static int make_directory(void **state)
{
	(void)state;
	assert_non_null(mkdtemp(cm_temp(dir, "benchtop-input")));
	snprintf(path, sizeof(path), "%s/file", dir);
	return 0;
}

static int remove_directory(void **state)
{
	(void)state;
	return rmdir(dir);
}

static int remove_file(void **state)
{
	(void)state;
	bt_stop_signal = 0;
	unlink(path);
	return 0;
}

/* As a whole, and as its lines are taken. */
static void refused(const char *at, enum bt_input_use use, int code, const char *words)
{
	struct bt_err err = { 0 };
	struct bt_input in;
	char *line;
	int r;

	assert_int_equal(bt_input_text(&in, at, use, MOST, &err), code);
	assert_non_null(strstr(err.msg, words));
	assert_int_equal(strncmp(err.msg, at, strlen(at)), 0);
	bt_input_close(&in);
	err.msg[0] = '\0';
	for (r = bt_input_lines(&in, at, use, MOST, &err); r >= 0;)
		if ((r = bt_input_line(&in, &line, &err)) == 0)
			fail_msg("%s was read", at);
	bt_input_close(&in);
	assert_int_equal(r, code);
}

/* ---- lines ---- */

static const struct {
	const char *text;
	const char *lines; /* joined by | */
} good[] = {
	{ "a\nb\n", "a|b|" },
	{ "a\nb", "a|b|" },
	{ "", "" },
	{ "\n", "|" },
	{ "\xef\xbb\xbf"
	  "a\n",
		"a|" },
	{ "\xef\xbb\xbf", "" },
	{ "a\r\nb\r\n", "a|b|" },
	{ "a\r\r\nb\r\r\n", "a|b|" },
	{ "a\rb\r", "a|b|" },
	{ "a\r\rb", "a||b|" },
	{ "a\nb\r\n\nc", "a|b||c|" },
	{ "caf\xe9\n", "caf\xe9|" },
	{ "a\n\xef\xbb\xbf"
	  "b\n",
		"a|\xef\xbb\xbf"
		"b|" },
};

static void try_lines(bool whole)
{
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char got[100] = "", *line;
		struct bt_err err = { 0 };
		struct bt_input in;
		unsigned long n = 0;
		int r;

		write_file(good[i].text, strlen(good[i].text));
		if (whole)
			r = bt_input_text(&in, path, BT_INPUT_FILE, MOST, &err);
		else
			r = bt_input_lines(&in, path, BT_INPUT_FILE, MOST, &err);
		assert_int_equal(r, 0);
		while ((r = bt_input_line(&in, &line, &err)) == 1) {
			assert_int_equal(in.line, ++n);
			strcat(strcat(got, line), "|");
		}
		assert_int_equal(r, 0);
		assert_int_equal(bt_input_line(&in, &line, &err), 0);
		assert_string_equal(got, good[i].lines);
		bt_input_close(&in);
	}
}

static void lines_end_as_any_system_ends_them(void **state)
{
	(void)state;
	try_lines(true);
	try_lines(false);
}

/* Ends of lines and of what is read at once fall together in every way. */
static void long_texts_are_read_as_their_lines_are_taken(void **state)
{
	static const char *const ends[] = { "\n", "\r\n", "\r" };
	char *text = malloc(200000), *line;
	struct bt_err err = { 0 };
	struct bt_input in;

	(void)state;
	for (size_t first = 65520; first < 65545; first++)
		for (int e = 0; e < 3; e++) {
			memset(text, 'x', 200000);
			sprintf(text + first, "%s%s%0100000d%slast", ends[e], ends[e], 7, ends[e]);
			write_file(text, strlen(text));
			assert_int_equal(bt_input_lines(&in, path, BT_INPUT_ONCE, 200000, &err), 0);
			assert_int_equal(bt_input_line(&in, &line, &err), 1);
			assert_int_equal(strlen(line), first);
			assert_int_equal(bt_input_line(&in, &line, &err), 1);
			assert_string_equal(line, "");
			assert_int_equal(bt_input_line(&in, &line, &err), 1);
			assert_int_equal(strlen(line), 100000);
			assert_int_equal(bt_input_line(&in, &line, &err), 1);
			assert_string_equal(line, "last");
			assert_int_equal(bt_input_line(&in, &line, &err), 0);
			bt_input_close(&in);
		}
	assert_int_equal(bt_input_lines(&in, path, BT_INPUT_ONCE, 160000, &err), 0);
	assert_int_equal(bt_input_line(&in, &line, &err), 1);
	assert_int_equal(bt_input_line(&in, &line, &err), 1);
	assert_int_equal(bt_input_line(&in, &line, &err), -EINVAL);
	assert_non_null(strstr(err.msg, "expected at most 156 KiB"));
	bt_input_close(&in);
	free(text);
}

static void what_was_never_opened_can_be_closed(void **state)
{
	struct bt_input in = { .path = NULL };

	(void)state;
	bt_input_close(&in);
	assert_true(fcntl(0, F_GETFD) >= 0);
}

static void a_carriage_return_inside_a_line_is_refused_with_its_line(void **state)
{
	struct bt_err err = { 0 };
	struct bt_input in;
	char *line;

	(void)state;
	assert_int_equal(bt_input_of(&in, "x.txt", "a\nb\rc\n", 6, &err), 0);
	assert_int_equal(bt_input_line(&in, &line, &err), 1);
	assert_int_equal(bt_input_line(&in, &line, &err), -EINVAL);
	assert_int_equal(strncmp(err.msg, "x.txt:2: a carriage return", 26), 0);
	bt_input_close(&in);
}

#define BYTES(s) s, sizeof(s) - 1
static const struct {
	const char *text;
	size_t n;
	const char *words;
} bad[] = {
	{ BYTES("\xff\xfe[\0a\0]\0"), "is UTF-16; expected UTF-8" },
	{ BYTES("\xfe\xff\0[\0a\0]"), "is UTF-16; expected UTF-8" },
	{ BYTES("[\0a\0]\0"), "is UTF-16; expected UTF-8" },
	{ BYTES("\0[\0a\0]"), "is UTF-16; expected UTF-8" },
	{ BYTES("\xff\xfe\0\0[\0\0\0"), "is UTF-32; expected UTF-8" },
	{ BYTES("\0\0\xfe\xff\0\0\0["), "is UTF-32; expected UTF-8" },
	{ BYTES("one\ntwo\nth\0ree\n"), ":3: a NUL byte; expected text" },
	{ BYTES("\0"), ":1: a NUL byte; expected text" },
};

static void what_is_no_text_is_named(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		write_file(bad[i].text, bad[i].n);
		refused(path, BT_INPUT_ONCE, -EINVAL, bad[i].words);
	}
}

static void a_file_of_one_line_has_one(void **state)
{
	static const struct {
		const char *text, *line, *words;
	} rows[] = {
		{ "secret\n", "secret", NULL },
		{ "\xef\xbb\xbfsecret\r\n\r\n", "secret", NULL },
		{ "secret", "secret", NULL },
		{ " s p \n", " s p ", NULL },
		{ "", NULL, "no text in its first line; expected a password" },
		{ "\nsecret\n", NULL, "no text in its first line; expected a password" },
		{ "secret\nmore\n", NULL, ":2: more text; expected one line, a password" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct bt_err err = { 0 };
		char *line;

		write_file(rows[i].text, strlen(rows[i].text));
		assert_int_equal(bt_input_only_line(&line, path, "a password", &err),
			rows[i].line ? 0 : -EINVAL);
		if (rows[i].line)
			assert_string_equal(line, rows[i].line);
		else
			assert_non_null(strstr(err.msg, rows[i].words));
		free(line);
	}
}

/* ---- types and sizes ---- */

static void a_file_has_its_most_bytes(void **state)
{
	char *bytes = calloc(1, MOST + 1), *got;
	struct bt_err err;
	size_t n;

	(void)state;
	memset(bytes, 'x', MOST + 1);
	write_file(bytes, MOST);
	assert_int_equal(bt_input_bytes(&got, &n, path, BT_INPUT_FILE, MOST, &err), 0);
	assert_int_equal(n, MOST);
	assert_memory_equal(got, bytes, MOST);
	assert_int_equal(got[MOST], 0);
	free(got);
	write_file(bytes, MOST + 1);
	refused(path, BT_INPUT_FILE, -EINVAL, "expected at most 97.7 KiB");
	free(bytes);
}

static void other_types_are_named(void **state)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	(void)state;
	refused(path, BT_INPUT_ONCE, -ENOENT, "No such file or directory");
	refused("/", BT_INPUT_ONCE, -EISDIR, "is a directory; expected a file");
	refused("/", BT_INPUT_FILE, -EISDIR, "is a directory; expected a regular file");
	refused("/dev/zero", BT_INPUT_FILE, -EINVAL, "is a character device");
	refused("/dev/zero", BT_INPUT_ONCE, -EINVAL, "expected at most");
	assert_int_equal(mkfifo(path, 0600), 0);
	refused(path, BT_INPUT_FILE, -EINVAL, "is a FIFO; expected a regular file");
	unlink(path);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof(address)), 0);
	refused(path, BT_INPUT_ONCE, -EINVAL, "is a socket; expected a file");
	close(fd);
}

static void files_of_the_kernel_have_no_size_and_are_read(void **state)
{
	struct bt_input in;
	struct bt_err err;
	char *line;

	(void)state;
	assert_int_equal(bt_input_text(&in, "/proc/self/status", BT_INPUT_ONCE, MOST, &err), 0);
	assert_int_equal(bt_input_line(&in, &line, &err), 1);
	assert_int_equal(strncmp(line, "Name:", 5), 0);
	bt_input_close(&in);
}

static void descriptors_do_not_reach_children(void **state)
{
	struct bt_err err;
	int fd;

	(void)state;
	write_file("a", 1);
	fd = bt_input_open(path, BT_INPUT_FILE, &err);
	assert_true(fd >= 0);
	assert_int_equal(fcntl(fd, F_GETFD) & FD_CLOEXEC, FD_CLOEXEC);
	close(fd);
}

/* ---- pipes ---- */

static void *write_slowly(void *arg)
{
	FILE *out = fopen(arg, "w");

	for (int i = 0; i < 20000; i++)
		fprintf(out, "%d\n", i);
	fclose(out);
	return NULL;
}

static void a_fifo_is_read_to_its_end(void **state)
{
	struct bt_input in;
	struct bt_err err;
	pthread_t writer;
	char *line, text[20];
	int n = 0;

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_int_equal(pthread_create(&writer, NULL, write_slowly, path), 0);
	assert_int_equal(bt_input_text(&in, path, BT_INPUT_ONCE, 10 * MOST, &err), 0);
	while (bt_input_line(&in, &line, &err) == 1) {
		snprintf(text, sizeof(text), "%d", n++);
		assert_string_equal(line, text);
	}
	assert_int_equal(n, 20000);
	bt_input_close(&in);
	pthread_join(writer, NULL);
}

/* As /dev/stdin and <(...) give it; the writer has gone before we open it. */
static void a_pipe_that_this_process_holds_is_read(void **state)
{
	static const char *const names[] = { "/dev/fd/%d", "/proc/self/fd/%d" };
	char name[40], *line;
	struct bt_err err;
	int ends[2];

	(void)state;
	for (int i = 0; i < 4; i++) {
		if (i < 2) {
			assert_int_equal(pipe(ends), 0);
		} else {
			unlink(path);
			assert_int_equal(mkfifo(path, 0600), 0);
			ends[0] = open(path, O_RDONLY | O_NONBLOCK);
			ends[1] = open(path, O_WRONLY);
			assert_int_equal(fcntl(ends[0], F_SETFL, 0), 0);
		}
		assert_int_equal(write(ends[1], "secret\n", 7), 7);
		close(ends[1]);
		snprintf(name, sizeof(name), names[i % 2], ends[0]);
		assert_int_equal(bt_input_only_line(&line, name, "a password", &err), 0);
		assert_string_equal(line, "secret");
		free(line);
		refused(name, BT_INPUT_ONCE, -ENODATA, "empty pipe; a pipe can be read");
		refused(name, BT_INPUT_FILE, -EINVAL, "is a FIFO; expected a regular file");
		close(ends[0]);
	}
}

static void a_pipe_without_end_is_cut_off(void **state)
{
	char *bytes;
	struct bt_err err = { 0 };
	size_t n;

	(void)state;
	assert_int_equal(
		bt_input_bytes(&bytes, &n, "/dev/zero", BT_INPUT_ONCE, 5000000, &err), -EINVAL);
	assert_null(bytes);
	assert_string_equal(err.msg, "/dev/zero: expected at most 4.77 MiB");
}

static void stop(int number)
{
	bt_stop_signal = number;
}

static void a_signal_ends_the_wait_for_a_writer(void **state)
{
	struct sigaction act = { .sa_handler = stop, .sa_flags = SA_RESTART }, before;
	const struct itimerval soon = { .it_value = { 0, 1000 } };

	(void)state;
	assert_int_equal(mkfifo(path, 0600), 0);
	sigaction(SIGALRM, &act, &before);
	setitimer(ITIMER_REAL, &soon, NULL);
	refused(path, BT_INPUT_ONCE, -EINTR, "interrupted while reading");
	sigaction(SIGALRM, &before, NULL);
}

#define TEST(f) cmocka_unit_test_teardown(f, remove_file)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(lines_end_as_any_system_ends_them),
		TEST(long_texts_are_read_as_their_lines_are_taken),
		TEST(what_was_never_opened_can_be_closed),
		TEST(a_carriage_return_inside_a_line_is_refused_with_its_line),
		TEST(what_is_no_text_is_named),
		TEST(a_file_of_one_line_has_one),
		TEST(a_file_has_its_most_bytes),
		TEST(other_types_are_named),
		TEST(files_of_the_kernel_have_no_size_and_are_read),
		TEST(descriptors_do_not_reach_children),
		TEST(a_fifo_is_read_to_its_end),
		TEST(a_pipe_that_this_process_holds_is_read),
		TEST(a_pipe_without_end_is_cut_off),
		TEST(a_signal_ends_the_wait_for_a_writer),
	};

	return cmocka_run_group_tests(tests, make_directory, remove_directory);
}
