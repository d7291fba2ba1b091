#include "cli/standard.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "base/stream.h"
#include "cli/cli.h"

/* open takes the lowest free number. Writing to a descriptor that was closed still fails. */
static void fill_gaps(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 && errno == EBADF &&
			open("/dev/null", fd == STDOUT_FILENO ? O_RDONLY : O_RDWR) != fd)
			_exit(BT_EXIT_CANNOT);
}

/* Buffers as stdio does. A terminal keeps stdio's own stream, as curses needs its descriptor. */
static struct bt_stream *output(void)
{
	static struct bt_stream out;

	return &out;
}

void bt_standard_open(void)
{
	fill_gaps();
#ifdef __GLIBC__ /* elsewhere stdout cannot be assigned */
	static struct bt_stream errors;

	if (!isatty(STDOUT_FILENO) && bt_stream_open(output(), STDOUT_FILENO, false) == 0)
		stdout = output()->file;
	if (!isatty(STDERR_FILENO) && bt_stream_open(&errors, STDERR_FILENO, false) == 0) {
		setvbuf(errors.file, NULL, _IONBF, 0);
		stderr = errors.file;
	}
#endif
}

int bt_standard_close(int status)
{
	int error;

	errno = 0;
	error = fflush(stdout) == EOF || ferror(stdout) ? errno : 0;
	if (!error && !ferror(stdout))
		return status;
	if (output()->error)
		error = output()->error;
	if (error == EPIPE)
		return status == BT_EXIT_DONE ? BT_EXIT_SIGNAL + SIGPIPE : status;
	bt_cli_fail(0, "standard output: cannot write: %s",
		error == EBADF ? "it is closed" : bt_stream_words(error));
	return status >= BT_EXIT_SIGNAL ? status : BT_EXIT_CANNOT;
}
