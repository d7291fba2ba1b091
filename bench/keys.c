/*
 * keys: how soon the dashboard answers a key while the run that it shows saturates all processors,
 * and what a frame costs to send, at 120x36. Beside it stands how soon a program answers that does
 * nothing but send back what it reads: what this machine allows just now. BENCHTOP names the
 * program. Takes about half a minute.
 *
 * Bounds: p95 of the answers 50 ms, or what the echo needs and 50 ms; 4 KB a frame on average, 16
 * KB for the largest.
 */
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"

#define KEYS     60
#define WATCH_MS 10000
#define FRAMES   10 /* a second */
#define LIMIT_MS 5000

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

struct child {
	pid_t pid;
	int fd;
	char seen[1 << 16]; /* since the last key */
	size_t n;
};

/* What has come within timeout_ms; 0: nothing. */
static size_t take(struct child *c, int timeout_ms)
{
	struct pollfd wait = { .fd = c->fd, .events = POLLIN };
	ssize_t n;

	if (poll(&wait, 1, timeout_ms) <= 0)
		return 0;
	if (c->n > sizeof(c->seen) - 8192) { /* what is looked for is short */
		memmove(c->seen, c->seen + c->n - 256, 256);
		c->n = 256;
	}
	n = read(c->fd, c->seen + c->n, sizeof(c->seen) - c->n - 1);
	c->n += n > 0 ? (size_t)n : 0;
	c->seen[c->n] = '\0';
	return n > 0 ? (size_t)n : 0;
}

static bool await(struct child *c, const char *text, double limit_ms)
{
	double until = now_ms() + limit_ms;

	while (!memmem(c->seen, c->n, text, strlen(text))) {
		if (now_ms() > until)
			return false;
		take(c, 50);
	}
	return true;
}

static void type(struct child *c, const char *key)
{
	while (take(c, 0))
		;
	c->n = 0;
	if (write(c->fd, key, strlen(key)) < 0)
		perror("keys");
}

static double answer_ms(struct child *c, const char *key, const char *text)
{
	double from = now_ms();

	type(c, key);
	return await(c, text, LIMIT_MS) ? now_ms() - from : LIMIT_MS;
}

static void echo(void)
{
	char c;

	while (read(STDIN_FILENO, &c, 1) == 1)
		if (write(STDOUT_FILENO, c == '?' ? "this help" : "gone", 9 - 5 * (c != '?')) < 0)
			return;
}

static void start(struct child *c, char *const argv[])
{
	struct winsize size = { .ws_row = 36, .ws_col = 120 };

	c->n = 0;
	c->pid = forkpty(&c->fd, NULL, NULL, &size);
	if (c->pid != 0)
		return;
	if (!argv) {
		if (system("stty raw -echo") == 0)
			echo();
		_exit(0);
	}
	setenv("TERM", "xterm-256color", 1);
	setenv("LC_ALL", "C.UTF-8", 1);
	setenv("BENCHTOP_THEME", "/dev/null", 1);
	execvp(argv[0], argv);
	_exit(127);
}

static void stop(struct child *c)
{
	kill(c->pid, SIGTERM);
	while (take(c, 200))
		;
	kill(c->pid, SIGKILL);
	waitpid(c->pid, NULL, 0);
	close(c->fd);
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* p95 of the time until a key's answer has come. */
static double measure(struct child *c, const char *back)
{
	double took[KEYS];

	for (int i = 0; i < KEYS; i++) {
		took[i] = answer_ms(c, "?", "this help");
		type(c, "?");
		while (take(c, back ? 150 : 20) && back)
			if (memmem(c->seen, c->n, back, strlen(back)))
				break;
	}
	qsort(took, KEYS, sizeof(took[0]), compare);
	return took[KEYS * 95 / 100];
}

/* Bytes of bursts with pauses of 20 ms between them: a frame each. */
static void watch(struct child *c, double *mean, size_t *most)
{
	double until = now_ms() + WATCH_MS;
	size_t all = 0, burst = 0, n;

	*most = 0;
	while (now_ms() < until) {
		n = take(c, 20);
		burst = n ? burst + n : 0;
		all += n;
		*most = BT_MAX(*most, burst);
	}
	*mean = (double)all / (WATCH_MS / 1e3 * FRAMES);
}

int main(void)
{
	const char *program = getenv("BENCHTOP");
	char name[300], run[] = "run", null[] = "null", workers[] = "--workers", n[16],
			duration[] = "--duration", long_enough[] = "5m", db[] = "--db",
			file[] = "/dev/null/none";
	char *const argv[] = { name, run, null, workers, n, duration, long_enough, db, file, NULL };
	static struct child dashboard, other;
	double keys, bare, mean;
	size_t most;

	snprintf(name, sizeof(name), "%s", program ? program : "./benchtop");
	snprintf(n, sizeof(n), "%ld", sysconf(_SC_NPROCESSORS_ONLN));
	start(&dashboard, argv);
	if (!await(&dashboard, "running", 20000)) {
		fprintf(stderr, "keys: %s did not show a run\n", name);
		stop(&dashboard);
		return 1;
	}
	start(&other, NULL);
	take(&other, 1000);
	watch(&dashboard, &mean, &most);
	bare = measure(&other, NULL);
	keys = measure(&dashboard, "running");
	stop(&dashboard);
	stop(&other);
	printf("keys         %8.1f ms p95 of %d answers with %s workers on as many processors; a "
	       "bare "
	       "echo %.1f ms: %s\n",
		keys, KEYS, n, bare, keys <= bare + 50 ? "held" : "not held");
	printf("a frame      %8.0f bytes on average, %zu the largest; 4096 and 16384 are wanted: "
	       "%s\n",
		mean, most, mean < 4096 && most < 16384 ? "held" : "not held");
	return 0;
}
