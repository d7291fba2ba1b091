#include "pty_run.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "cm.h"
#include "pty_vt.h"

#define PATIENCE_MS (BT_SANITIZED ? 60000 : 20000)

static int64_t now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

static void set_environment(const char *const env[])
{
	char name[64];

	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	unsetenv("NO_COLOR");
	unsetenv("COLORTERM");
	unsetenv("COLORFGBG");
	setenv("BENCHTOP_THEME", "/dev/null", 1);
	unsetenv("LINES");
	unsetenv("COLUMNS");
	for (; env && *env; env++) {
		size_t n = strcspn(*env, "=");

		snprintf(name, sizeof(name), "%.*s", (int)n, *env);
		if ((*env)[n])
			setenv(name, *env + n + 1, 1);
		else
			unsetenv(name);
	}
}

static void exec_program(int slave, const char *const argv[], const char *const env[])
{
	signal(SIGTTOU, SIG_IGN);
	setpgid(0, 0);
	tcsetpgrp(slave, getpid());
	signal(SIGTTOU, SIG_DFL);
	dup2(slave, STDIN_FILENO);
	dup2(slave, STDOUT_FILENO);
	dup2(slave, STDERR_FILENO);
	for (int fd = STDERR_FILENO + 1; fd < 256; fd++)
		close(fd);
	set_environment(env);
	execv(argv[0], (char *const *)(uintptr_t)argv);
	_exit(127);
}

struct report {
	pid_t pid;
	int status; /* as of waitpid; -1: started */
};

/* Plays the shell: starts the program and reports each time that it stops, and its end. */
static void guard(int slave, int reports, const char *const argv[], const char *const env[])
{
	struct report report = { .status = -1 };

	setsid();
	ioctl(slave, TIOCSCTTY, 0);
	signal(SIGHUP, SIG_IGN); /* until the program has ended of it */
	signal(SIGTTOU, SIG_IGN);
	report.pid = fork();
	if (report.pid == 0) {
		signal(SIGHUP, SIG_DFL);
		exec_program(slave, argv, env);
	}
	do {
		if (write(reports, &report, sizeof(report)) != sizeof(report))
			break;
	} while (!WIFEXITED(report.status) && !WIFSIGNALED(report.status) &&
		waitpid(report.pid, &report.status, WUNTRACED) == report.pid);
	_exit(0);
}

/* Takes a report when there is one. */
static bool take_report(struct pty_run *run, int timeout_ms)
{
	struct pollfd fd = { run->reports, POLLIN, 0 };
	struct report report;

	if (poll(&fd, 1, timeout_ms) <= 0 ||
		read(run->reports, &report, sizeof(report)) != sizeof(report))
		return false;
	run->pid = report.pid;
	run->status = report.status;
	return true;
}

static void set_size(struct pty_run *run, int w, int h)
{
	struct winsize size = { .ws_row = (unsigned short)h, .ws_col = (unsigned short)w };

	assert_in_range(w, 1, PTY_COLS);
	assert_in_range(h, 1, PTY_ROWS);
	run->w = w;
	run->h = h;
	run->x = run->y = 0;
	run->wraps = false;
	assert_int_equal(ioctl(run->master, TIOCSWINSZ, &size), 0);
}

static void blank(struct pty_run *run, uint32_t ch)
{
	for (int y = 0; y < PTY_ROWS; y++)
		for (int x = 0; x < PTY_COLS; x++)
			run->cells[y][x] = ch;
}

struct pty_run *pty_start(int w, int h, const char *const argv[], const char *const env[])
{
	struct pty_run *run = calloc(1, sizeof(*run));
	int reports[2];

	assert_non_null(run);
	run->master = posix_openpt(O_RDWR | O_NOCTTY);
	assert_true(run->master >= 0);
	assert_int_equal(grantpt(run->master), 0);
	assert_int_equal(unlockpt(run->master), 0);
	run->slave = open(ptsname(run->master), O_RDWR | O_NOCTTY);
	assert_true(run->slave >= 0);
	assert_int_equal(tcgetattr(run->slave, &run->before), 0);
	blank(run, ' ');
	set_size(run, w, h);
	assert_int_equal(pipe(reports), 0);
	run->reports = reports[0];
	fflush(NULL);
	run->guardian = fork();
	assert_true(run->guardian >= 0);
	if (run->guardian == 0) {
		close(run->master);
		close(reports[0]);
		guard(run->slave, reports[1], argv, env);
	}
	close(reports[1]);
	assert_true(take_report(run, PATIENCE_MS));
	return run;
}

void pty_hang_up(struct pty_run *run)
{
	close(run->master);
	close(run->slave);
	run->master = run->slave = -1;
}

void pty_free(struct pty_run *run)
{
	if (!run)
		return;
	if (run->status == -1 || WIFSTOPPED(run->status))
		kill(run->pid, SIGKILL);
	if (run->master >= 0)
		pty_hang_up(run);
	waitpid(run->guardian, NULL, 0);
	close(run->reports);
	free(run->text);
	free(run);
}

void pty_type(struct pty_run *run, const char *keys)
{
	size_t n = strlen(keys);

	assert_int_equal(write(run->master, keys, n), (ssize_t)n);
}

void pty_click(struct pty_run *run, const char *text)
{
	const char *screen, *at;
	int x = 0, y = 0;
	char keys[64];

	pty_await(run, text); /* a screen may come in pieces */
	screen = pty_text(run);
	at = strstr(screen, text);
	assert_true(run->mouse);
	if (!at)
		fail_msg("\"%s\" is not there to be clicked", text);
	for (; screen < at; screen++)
		if (*screen == '\n') {
			y++;
			x = 0;
		} else {
			x += (*screen & 0xc0) != 0x80; /* the terminal knows no wide characters */
		}
	snprintf(keys, sizeof(keys), "\033[<0;%d;%dM\033[<0;%d;%dm", x + 1, y + 1, x + 1, y + 1);
	pty_type(run, keys);
}

void pty_resize(struct pty_run *run, int w, int h)
{
	while (pty_pump(run, 0))
		;
	blank(run, '~');
	set_size(run, w, h);
}

bool pty_pump(struct pty_run *run, int timeout_ms)
{
	struct pollfd fd = { run->master, POLLIN, 0 };
	char buf[4096];
	ssize_t n;

	if (poll(&fd, 1, timeout_ms) <= 0)
		return false;
	n = read(run->master, buf, sizeof(buf));
	for (ssize_t i = 0; i < n; i++)
		pty_vt_take(run, buf[i]);
	return n > 0;
}

static char *put_utf8(char *at, uint32_t ch)
{
	if (ch < 0x80) {
		*at++ = (char)ch;
		return at;
	}
	if (ch >= 0x800) {
		if (ch >= 0x10000) {
			*at++ = (char)(0xf0 | ch >> 18);
			*at++ = (char)(0x80 | (ch >> 12 & 0x3f));
		} else {
			*at++ = (char)(0xe0 | ch >> 12);
		}
		*at++ = (char)(0x80 | (ch >> 6 & 0x3f));
	} else {
		*at++ = (char)(0xc0 | ch >> 6);
	}
	*at++ = (char)(0x80 | (ch & 0x3f));
	return at;
}

const char *pty_text(struct pty_run *run)
{
	char *at, *line;

	free(run->text);
	run->text = at = malloc((size_t)run->h * ((size_t)run->w * 4 + 1) + 1);
	assert_non_null(at);
	for (int y = 0; y < run->h; y++) {
		line = at;
		for (int x = 0; x < run->w; x++)
			at = put_utf8(at, run->cells[y][x]);
		while (at > line && at[-1] == ' ')
			at--;
		*at++ = '\n';
	}
	*at = '\0';
	return run->text;
}

unsigned pty_count(struct pty_run *run, const char *text)
{
	unsigned n = 0;

	assert_true(*text);
	for (const char *at = pty_text(run); (at = strstr(at, text)) != NULL; at++)
		n++;
	return n;
}

static void await(struct pty_run *run, const char *text, bool there)
{
	int64_t until = now_ms() + PATIENCE_MS;

	while ((pty_count(run, text) > 0) != there) {
		if (now_ms() >= until) {
			fprintf(stderr, "%s", pty_text(run));
			fail_msg("\"%s\" did not %s", text, there ? "appear" : "go");
		}
		pty_pump(run, 100);
	}
}

void pty_await(struct pty_run *run, const char *text)
{
	await(run, text, true);
}

void pty_await_gone(struct pty_run *run, const char *text)
{
	await(run, text, false);
}

bool pty_goes_on(struct pty_run *run)
{
	take_report(run, 0);
	return run->status == -1;
}

/* Waits for the next report, taking what is sent meanwhile. */
static void await_report(struct pty_run *run)
{
	int64_t until = now_ms() + PATIENCE_MS;

	while (!take_report(run, 0)) {
		if (now_ms() >= until) {
			fprintf(stderr, "%s", pty_text(run));
			fail_msg("it neither stops nor ends");
		}
		pty_pump(run, 20);
	}
	while (pty_pump(run, 0))
		;
}

void pty_await_stop(struct pty_run *run)
{
	await_report(run);
	if (!WIFSTOPPED(run->status)) {
		fprintf(stderr, "%s", pty_text(run));
		fail_msg("it ended with status 0x%x instead of stopping", (unsigned)run->status);
	}
}

int pty_end(struct pty_run *run)
{
	await_report(run);
	assert_false(WIFSTOPPED(run->status));
	return WIFEXITED(run->status) ? WEXITSTATUS(run->status) : 1000 + WTERMSIG(run->status);
}

void pty_assert_restored(struct pty_run *run)
{
	struct termios now;

	assert_int_equal(tcgetattr(run->slave, &now), 0);
	assert_int_equal(now.c_iflag, run->before.c_iflag);
	assert_int_equal(now.c_oflag, run->before.c_oflag);
	assert_int_equal(now.c_cflag, run->before.c_cflag);
	assert_int_equal(now.c_lflag, run->before.c_lflag);
	assert_memory_equal(now.c_cc, run->before.c_cc, sizeof(now.c_cc));
	assert_false(run->alternate);
	assert_false(run->hidden);
	assert_false(run->keypad);
	assert_false(run->mouse);
}
