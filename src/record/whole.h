/*
 * whole.h: files that a user names to be written. A document is written beside its place, without a name where the file system can
 * (O_TMPFILE), brought to the disk and renamed: it is there whole or, after an error or a kill, as it was before. It keeps owner and
 * rights of the file that it replaces; a symbolic link stays one, and its target is replaced; another hard link keeps the old content.
 * A stream is opened, and emptied, by bt_whole_start; pipes, devices and descriptors (-, /dev/fd/N) always are streams. Main thread.
 */
#ifndef BT_WHOLE_H
#define BT_WHOLE_H

#include <limits.h>
#include <stdio.h>

#include "base/err.h"
#include "base/place.h"
#include "base/stream.h"

struct bt_whole {
	FILE *out;        /* NULL: a stream that has not started */
	const char *path; /* as it was named; must live as long */
	struct bt_place place;
	struct bt_stream stream;
	char temp[PATH_MAX + 32]; /* its name, where it needs one */
	bool renames;             /* a document */
};

/*
 * Finds out whether the path can be written, and opens a document. `stream`: a regular file is a stream, too. What is there is not
 * touched. 0, or -errno with a message that names the path; -EISDIR: a directory, a socket or a disk. The struct must stay where it is.
 */
int bt_whole_prepare(struct bt_whole *whole, const char *path, bool stream, struct bt_err *err);
/*
 * Opens a stream; nothing for a document. Waits for the reader of a FIFO, until a signal asks the program to end: -EINTR. Else errors
 * as of bt_whole_prepare.
 */
int bt_whole_start(struct bt_whole *whole, struct bt_err *err);
/* Both; a document. */
int bt_whole_open(struct bt_whole *whole, const char *path, struct bt_err *err);
/*
 * Puts it in its place, or, with keep false, leaves what was there. 0, or -errno with a message that names the path. Nothing when it is
 * not open. Standard output is flushed only: its errors are found at the end of the program.
 */
int bt_whole_close(struct bt_whole *whole, bool keep, struct bt_err *err);

#endif
