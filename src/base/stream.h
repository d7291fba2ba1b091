/*
 * stream.h: a FILE over a descriptor whose reader may be slow, asleep or gone. It waits for the
 * reader as long as the program runs, but not once a signal has asked it to end: then a reader that
 * takes nothing for a moment is given up. The first error stays: after it nothing more is written,
 * so that what was written has no hole. Linux with glibc or musl (fopencookie).
 */
#ifndef BT_STREAM_H
#define BT_STREAM_H

#include <stdio.h>

#include "base/base.h"

struct bt_stream {
	FILE *file;
	int fd;
	/* errno of the first write that failed; 0: none has. ETIMEDOUT: the reader was given up */
	int error;
	bool owned;
};

/*
 * Opens it over fd, which fclose(s->file) closes when owned. The struct must live as long as the
 * FILE. 0, or -ENOMEM, after which fd is still open. One thread at a time.
 */
int bt_stream_open(struct bt_stream *s, int fd, bool owned);
/* errno's words, and those for a reader that was given up. */
const char *bt_stream_words(int error);

#endif
