/*
 * input.h: files that the user names. All of them are opened here: with O_NONBLOCK, so that a FIFO
 * without a writer or a tape cannot block the program, and with O_CLOEXEC. fstat on the open
 * descriptor gives the type, so nobody can swap the file in between. A file that is read once, in
 * order, may be a pipe; a file that is mapped or read twice must be a regular file.
 */
#ifndef BT_INPUT_H
#define BT_INPUT_H

#include <sys/types.h>

#include "base/base.h"
#include "base/err.h"

enum bt_input_use {
	BT_INPUT_FILE, /* a regular file only */
	/* also a FIFO, a pipe such as <(...) or /dev/stdin, a socket, a character device */
	BT_INPUT_ONCE,
};

/*
 * Returns a descriptor, which the caller closes; -ENOENT and the like; -EISDIR or -EINVAL for
 * another type, which the message names. A descriptor for BT_INPUT_ONCE may not be ready to read.
 * Any thread.
 */
int bt_input_open(const char *path, enum bt_input_use use, struct bt_err *err);

/*
 * Reads at most `size` bytes from a descriptor of bt_input_open and returns how many; 0 at the end.
 * Waits for the writer of a pipe until bt_stop_signal. -EINTR: a signal came first; -EIO. Any
 * thread.
 */
ssize_t bt_input_some(int fd, void *bytes, size_t size, const char *path, struct bt_err *err);

/*
 * Reads a whole file of any bytes, at most `most`, and puts a NUL behind them; the caller frees
 * them. Waits for the writer of a pipe until bt_stop_signal. 0; the errors of bt_input_open;
 * -EINVAL: it has more; -ENODATA: an empty pipe; -EINTR: a signal came first; -EIO, -ENOMEM. Any
 * thread.
 */
int bt_input_bytes(char **bytes, size_t *n, const char *path, enum bt_input_use use, size_t most,
	struct bt_err *err);

/* A text, whole in memory or read line by line. */
struct bt_input {
	const char *path;   /* the caller's, for messages */
	char *bytes;        /* the memory: the whole file, or a window of it */
	char *text;         /* whole: the text after a byte order mark, ended by a NUL */
	size_t n;           /* bytes of text */
	unsigned long line; /* number of the line returned last, from 1 */
	/* The reader's own. */
	char *next, *end;     /* read but not returned */
	size_t room;          /* of bytes */
	uint64_t most, taken; /* bytes the file may have, and had */
	int fd;
	bool more;   /* fd is open, and more bytes may follow */
	bool stream; /* reads of fd may have to wait */
	char ends;   /* what ends a line, \n or \r; 0: not known yet */
};

/*
 * Reads a whole text, as bt_input_bytes does. -EINVAL also for UTF-16 or UTF-32, and for a NUL
 * byte, whose line the message names. Skips a byte order mark of UTF-8. Keeps bytes that are not
 * UTF-8: the format decides where they may stand.
 */
int bt_input_text(struct bt_input *in, const char *path, enum bt_input_use use, size_t most,
	struct bt_err *err);
/* The same for bytes in memory, which are copied; `name` replaces the path in messages. */
int bt_input_of(
	struct bt_input *in, const char *name, const char *bytes, size_t n, struct bt_err *err);
/* Opens a text of at most `most` bytes to be read line by line, each of at most 64 MiB, where the
 * whole would take much memory. */
int bt_input_lines(struct bt_input *in, const char *path, enum bt_input_use use, uint64_t most,
	struct bt_err *err);
/*
 * The next line without its end (\n, \r\n, or \r throughout) and with a NUL behind it: 1; 0: no
 * more; -EINVAL: a \r inside a line; and the errors of reading. It is valid until bt_input_close,
 * after bt_input_lines until the next call.
 */
int bt_input_line(struct bt_input *in, char **line, struct bt_err *err);
/* Wipes the text, which may be a secret, and frees it. After a failed bt_input_text it does
 * nothing. */
void bt_input_close(struct bt_input *in);

/*
 * The one line of a file such as a password's, for bt_input_forget. -EINVAL: no line, or more than
 * one; `what` names what it holds ("a password").
 */
int bt_input_only_line(char **line, const char *path, const char *what, struct bt_err *err);
void bt_input_forget(char *line); /* wipes and frees; accepts NULL */

#endif
