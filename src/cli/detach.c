#include "cli/detach.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/session.h"

/* The run has begun: its process tells the one that waits, and lets go of the terminal. */
static void begun(void *arg, uint64_t run)
{
	int *pipe_end = arg, null = open("/dev/null", O_RDWR | O_CLOEXEC);
	ssize_t n = write(*pipe_end, &run, sizeof(run));

	(void)n; /* nobody waits any more: the run goes on all the same */
	close(*pipe_end);
	if (null < 0)
		return;
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	close(null);
}

static void carry_out(struct bt_run_options *o, int pipe_end)
{
	int status;

	setsid();
	o->begun = begun;
	o->begun_arg = &pipe_end;
	status = bt_session_run(o, NULL);
	_exit(status);
}

static int wait_for(pid_t child, int pipe_end, const struct bt_run_options *o)
{
	uint64_t run;
	int status;
	ssize_t n;

	do {
		n = read(pipe_end, &run, sizeof(run));
		if (n < 0 && bt_stop_count)
			kill(child, (int)bt_stop_signal);
	} while (n < 0 && errno == EINTR);
	if (n == sizeof(run)) {
		bt_print(stdout, "run %llu continues in the background\n%s attach %llu%s%s\n",
			(unsigned long long)run, program_invocation_name, (unsigned long long)run,
			o->cli.db ? " --db " : "", o->cli.db ? o->cli.db : "");
		return BT_EXIT_DONE;
	}
	while (waitpid(child, &status, 0) < 0)
		if (errno != EINTR)
			return BT_EXIT_CANNOT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : BT_EXIT_CANNOT;
}

int bt_cli_detach(struct bt_run_options *o)
{
	int ends[2], status;
	pid_t child;

	if (o->cli.json || o->cli.repeat > 1)
		return bt_cli_fail(BT_EXIT_USAGE,
			"--detach: expected it without --%s: nobody would be there to read",
			o->cli.json ? "json" : "repeat");
	fflush(NULL);
	if (pipe2(ends, O_CLOEXEC) < 0)
		return bt_cli_fail(BT_EXIT_CANNOT, "--detach: %s", strerror(errno));
	child = fork();
	if (child == 0) {
		close(ends[0]);
		carry_out(o, ends[1]);
	}
	if (child > 0) {
		close(ends[1]);
		bt_cli_patience(UINT64_MAX); /* the child has a bound of its own */
		bt_cli_catch_signals(false);
		status = wait_for(child, ends[0], o);
	} else {
		status = bt_cli_fail(BT_EXIT_CANNOT, "--detach: %s", strerror(errno));
		close(ends[1]);
	}
	close(ends[0]);
	return status;
}
