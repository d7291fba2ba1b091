/*
 * whole.h: files that a user names to be written. A document is written into the same directory,
 * without a name where the file system has O_TMPFILE, synced and renamed: it is complete or, after
 * an error or a kill, unchanged. It keeps owner and mode of the file that it replaces; a symbolic
 * link remains, and its target is replaced; another hard link keeps the old content. bt_whole_start
 * opens a stream and truncates it; pipes, devices and descriptors (-, /dev/fd/N) always are
 * streams. Main thread.
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
 * Checks that the path can be written, and opens a document. `stream`: a regular file is a stream,
 * too. Changes no file. 0, or -errno with a message that names the path; -EISDIR: a directory, a
 * socket or a disk. The struct must stay where it is.
 */
int bt_whole_prepare(struct bt_whole *whole, const char *path, bool stream, struct bt_err *err);
/*
 * Opens a stream; nothing for a document. Waits for the reader of a FIFO, until a signal asks the
 * program to end: -EINTR. Else errors as of bt_whole_prepare.
 */
int bt_whole_start(struct bt_whole *whole, struct bt_err *err);
/* Both; a document. */
int bt_whole_open(struct bt_whole *whole, const char *path, struct bt_err *err);
/*
 * Renames it into place, or, with keep false, leaves the old file. 0, or -errno with a message that
 * names the path. Does nothing when it is not open. Only flushes standard output: bt_standard_close
 * finds its errors.
 */
int bt_whole_close(struct bt_whole *whole, bool keep, struct bt_err *err);

#endif
