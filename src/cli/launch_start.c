/*
 * Starts and remembers the launch view's run. It is a process of its own, with its own memory floor
 * and dashboard, and exactly the command line that was shown.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/input.h"
#include "base/path.h"
#include "base/secret.h"
#include "base/text.h"
#include "cli/launch.h"
#include "cli/suite.h"
#include "base/ini.h"

#define SECTION "last"

static void be_program(char *const argv[], int errors)
{
	static const int usual[] = { SIGINT, SIGQUIT, SIGTERM, SIGHUP, SIGPIPE };

	for (unsigned i = 0; i < BT_LEN(usual); i++)
		signal(usual[i], SIG_DFL);
	dup2(errors, STDERR_FILENO);
	close(errors);
	execv("/proc/self/exe", argv);
	_exit(BT_EXIT_CANNOT);
}

/* Passes on what the program says to standard error and remembers its last line, until it has
 * ended. */
static void listen_to(int from, pid_t child, char *last, size_t size)
{
	char chunk[1024];
	size_t at = 0;
	sig_atomic_t passed = 0;

	for (;;) {
		struct pollfd wait = { .fd = from, .events = POLLIN };
		ssize_t n;

		if (bt_stop_count != passed) { /* each: the second cuts the drain short */
			passed = bt_stop_count;
			kill(child, (int)bt_stop_signal);
		}
		if (poll(&wait, 1, 500) <= 0)
			continue;
		n = read(from, chunk, sizeof(chunk));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		for (ssize_t i = 0, sent = write(STDERR_FILENO, chunk, (size_t)n); i < n; i++) {
			if (chunk[i] == '\n' || chunk[i] == '\r' || sent < 0)
				at = 0;
			else if (at + 1 < size)
				last[at++] = chunk[i];
			if (at)
				last[at] = '\0';
		}
	}
}

/* Keys for the interrupted run are the child's; a signal to this program alone is passed on. The
 * exit status, or -errno. */
static int run_program(char *const argv[], char *last, size_t size, struct bt_err *err)
{
	struct sigaction ignore = { .sa_handler = SIG_IGN }, before;
	int ends[2], status = 0;
	pid_t child;

	if (pipe2(ends, O_CLOEXEC) < 0)
		return bt_fail(err, -errno, "cannot start it: %s", strerror(errno));
	sigaction(SIGINT, &ignore, &before);
	child = fork();
	if (child == 0) {
		close(ends[0]);
		be_program(argv, ends[1]);
	}
	close(ends[1]);
	bt_cli_patience(UINT64_MAX);
	if (child > 0)
		listen_to(ends[0], child, last, size);
	close(ends[0]);
	while (child > 0 && waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	bt_cli_patience(0);
	sigaction(SIGINT, &before, NULL);
	if (child < 0)
		return bt_fail(err, -EAGAIN, "cannot start it: no more processes");
	return WIFEXITED(status) ? WEXITSTATUS(status) : BT_EXIT_SIGNAL + WTERMSIG(status);
}

/* A run that ended, failed or was interrupted took place and is in the history. */
static int took_place(int status, const char *last, struct bt_err *err)
{
	if (status < 0)
		return status;
	if (status != BT_EXIT_USAGE && status != BT_EXIT_CANNOT)
		return 0;
	if (strncmp(last, "benchtop: ", 10) == 0)
		last += 10;
	return bt_fail(err, -EINVAL, "it did not start: %.300s", *last ? last : "no reason given");
}

static void put_list(FILE *out, const char *name, const char *text)
{
	struct bt_words words = { 0 };

	if (bt_words_split(&words, text, NULL) == 0)
		for (size_t i = 0; i < words.n; i++)
			bt_ini_put(out, name, words.v[i]);
	bt_words_fini(&words);
}

/* How often a run is repeated is the command's matter: a suite carries each section out once. */
static bool is_key(const char *name)
{
	return strcmp(name, "repeat") != 0;
}

static bool is_repeated(const struct bt_launch *launch)
{
	const char *times = bt_launch_get(launch, "repeat");

	return *times && strcmp(times, "1") != 0;
}

static int refuse_repeat(struct bt_err *err)
{
	return bt_fail(err, -EINVAL,
		"a suite carries its sections out once each: expected repeat to be 1");
}

static void put_section(FILE *out, const struct bt_launch *launch, const char *section)
{
	bt_print(out, "[%s]\n", section);
	bt_ini_put(out, "workload", launch->workloads[launch->workload].name);
	bt_ini_put(out, "profile", launch->profiles[launch->profile].name);
	for (unsigned i = 0; i < launch->n_fields; i++) {
		const char *name = launch->fields[i].name;
		const char *text = is_key(name) ? bt_launch_given(launch, name) : NULL;

		if (text && bt_cli_launch_is_list(name))
			put_list(out, name, text);
		else if (text)
			bt_ini_put(out, name, text);
	}
}

/* A name that no section of the file has: the workload's and the profile's, with a number behind it
 * if need be. */
static void name_section(char *out, size_t size, const struct bt_launch *launch, const char *file)
{
	struct bt_ini ini = { 0 };
	bool there = true;

	if (bt_ini_read(&ini, file, NULL) < 0)
		memset(&ini, 0, sizeof(ini));
	for (unsigned n = 1; there && n < 10000; n++) {
		snprintf(out, size, "%s-%s", launch->workloads[launch->workload].name,
			launch->profiles[launch->profile].name);
		if (n > 1)
			snprintf(out + strlen(out), size - strlen(out), "-%u", n);
		there = false;
		for (size_t i = 0; i < ini.n; i++)
			there |= strcmp(ini.sections[i].name, out) == 0;
	}
	if (ini.sections)
		bt_ini_fini(&ini);
}

static int copy_file(FILE *out, const char *file, struct bt_err *err)
{
	char *bytes;
	size_t n;
	int r = bt_input_bytes(&bytes, &n, file, BT_INPUT_FILE, BT_INI_FILE_MAX, err);

	if (r < 0)
		return r == -ENOENT ? 0 : r;
	fwrite(bytes, 1, n, out);
	if (n)
		fputc('\n', out);
	free(bytes);
	return 0;
}

/* The new file is read as suites are before it takes the old one's place, so that neither is ever
 * spoilt. */
static int replace(struct bt_launch *launch, const char *file, const char *section, bool keep,
	struct bt_err *err)
{
	struct bt_suite suite;
	char fresh[PATH_MAX];
	FILE *out;
	int r = 0;

	if ((size_t)snprintf(fresh, sizeof(fresh), "%s.new", file) >= sizeof(fresh))
		return bt_fail(err, -ENAMETOOLONG, "%.40s: path too long", file);
	out = fopen(fresh, "we");
	if (!out)
		return bt_fail(err, -errno, "%s: cannot write: %s", fresh, strerror(errno));
	if (keep)
		r = copy_file(out, file, err);
	put_section(out, launch, section);
	if (fclose(out) == EOF && r == 0)
		r = bt_fail(err, -EIO, "%s: cannot write: %s", fresh, strerror(errno));
	if (r == 0) {
		r = bt_suite_read(&suite, fresh, err);
		bt_suite_fini(&suite);
	}
	if (r == 0 && rename(fresh, file) < 0)
		r = bt_fail(err, -errno, "%s: cannot write: %s", file, strerror(errno));
	if (r < 0)
		unlink(fresh);
	return r;
}

int bt_cli_launch_save(struct bt_launch *launch, const char *file, struct bt_err *err)
{
	char section[100];

	if (is_repeated(launch))
		return refuse_repeat(err);
	name_section(section, sizeof(section), launch, file);
	return replace(launch, file, section, true, err);
}

static int remember(struct bt_launch *launch, char file[PATH_MAX], struct bt_err *err)
{
	int r = bt_state_path(file, PATH_MAX, "launch.ini", err);

	if (r == 0)
		r = bt_make_parents(file, err);
	return r == 0 ? replace(launch, file, SECTION, false, err) : r;
}

static bool choose(
	unsigned *chosen, const struct bt_launch_name *names, unsigned n, const char *name)
{
	for (unsigned i = 0; i < n; i++)
		if (strcmp(names[i].name, name) == 0) {
			*chosen = i;
			return true;
		}
	return false;
}

/* Each value of a list becomes one more word of its line. */
static bool recall_item(struct bt_launch *launch, const char *name, const char *value)
{
	char *v[] = { (char *)value }, *word = bt_words_line(v, 1), *line = NULL;
	const char *before = bt_launch_given(launch, name);
	bool ok = word && (!before || asprintf(&line, "%s %s", before, word) >= 0) &&
		bt_launch_set(launch, name, before ? line : word);

	free(word);
	free(line);
	return ok;
}

static bool recall_value(struct bt_launch *launch, const char *name, const char *value)
{
	if (strcmp(name, "workload") == 0)
		choose(&launch->workload, launch->workloads, launch->n_workloads, value);
	else if (strcmp(name, "profile") == 0)
		choose(&launch->profile, launch->profiles, launch->n_profiles, value);
	else if (bt_cli_launch_is_list(name))
		return recall_item(launch, name, value);
	else
		return bt_launch_set(launch, name, value);
	return true;
}

/* Older versions wrote credentials into this file. The view shows the mask, and the run's check
 * refuses it. */
static bool recall_section(struct bt_launch *launch, const struct bt_ini_section *section)
{
	struct bt_words allowed = { 0 };
	bool ok = true;

	for (size_t k = 0; k < section->n; k++)
		if (strcmp(section->keys[k].name, "allow-header") == 0)
			ok &= bt_words_add(&allowed, section->keys[k].value) == 0;
	for (size_t k = 0; k < section->n; k++) {
		const struct bt_ini_key *key = &section->keys[k];
		char *masked = bt_secret_mask(
			key->name, key->value, (const char *const *)allowed.v, allowed.n, false);

		ok &= masked && recall_value(launch, key->name, masked);
		free(masked);
	}
	bt_words_fini(&allowed);
	return ok;
}

int bt_cli_launch_recall(struct bt_cli_launch *l)
{
	struct bt_err err = { 0 };
	char file[PATH_MAX];
	struct bt_ini ini;
	bool ok = true;
	int r = bt_state_path(file, sizeof(file), "launch.ini", NULL);

	if (r == 0)
		r = bt_ini_read(&ini, file, &err);
	if (r < 0 && r != -ENOENT && err.msg[0])
		bt_text_format(l->launch.notice, sizeof(l->launch.notice),
			"cannot recall the last launch: %s", err.msg);
	if (r < 0)
		return r;
	for (size_t i = 0; i < ini.n; i++)
		ok &= recall_section(&l->launch, &ini.sections[i]);
	bt_ini_fini(&ini);
	if (!ok)
		snprintf(l->launch.notice, sizeof(l->launch.notice),
			"the last launch: out of memory");
	return 0;
}

static void wait_for_enter(void)
{
	int c;

	printf("\nEnter: back to the dashboard ");
	fflush(stdout);
	do
		c = getchar();
	while (c != '\n' && c != EOF && !bt_stop_signal);
	clearerr(stdin);
}

static int start_suite(struct bt_cli_launch *l, char *file, struct bt_err *err)
{
	char suite[] = "suite", db[] = "--db", *given = l->db ? strdup(l->db) : NULL;
	char *argv[] = { program_invocation_name, suite, file, given ? db : NULL, given, NULL };
	char last[400] = "";
	int status;

	bt_print(stdout, "%s suite %s\n", program_invocation_name, file);
	fflush(stdout);
	status = run_program(argv, last, sizeof(last), err);
	free(given);
	if (status >= 0)
		wait_for_enter();
	return took_place(status, last, err);
}

static int start_run(struct bt_cli_launch *l, struct bt_err *err)
{
	struct bt_words words = { 0 };
	char last[400] = "";
	int r = bt_words_add(&words, program_invocation_name);

	if (r == 0)
		r = bt_cli_launch_words(l, &words);
	if (r < 0) {
		bt_words_fini(&words);
		return bt_fail(err, r, "cannot start it: out of memory");
	}
	bt_print(stdout, "%s\n", l->launch.command ? l->launch.command : "benchtop run");
	fflush(stdout);
	r = run_program(words.v, last, sizeof(last), err);
	if (r >= 0 && is_repeated(&l->launch))
		/* Trials have lines and a table, which the dashboard would wipe away. */
		wait_for_enter();
	bt_words_fini(&words);
	return took_place(r, last, err);
}

int bt_cli_launch_start(struct bt_launch *launch, bool suite, struct bt_err *err)
{
	struct bt_cli_launch *l = launch->arg;
	char file[PATH_MAX];
	int r = remember(launch, file, err);

	if (suite && is_repeated(launch))
		return refuse_repeat(err);
	if (suite)
		return r < 0 ? r : start_suite(l, file, err);
	return start_run(l, err); /* not being remembered is no reason not to start */
}
