/*
 * whole.h: a file that is there whole or, after an error, as it was before: written beside under another name, brought to the disk and
 * renamed. "-" is standard output, and what is not a regular file (a pipe) is written directly. Main thread.
 */
#ifndef BT_WHOLE_H
#define BT_WHOLE_H

#include <limits.h>
#include <stdio.h>

#include "base/base.h"
#include "base/err.h"

struct bt_whole {
	FILE *out;
	const char *path; /* as it was named; must live as long */
	char temp[PATH_MAX + 32], target[PATH_MAX];
	bool renames; /* else written directly */
};

/* `direct`: a regular file, too, is written as it grows. 0, or -errno said with the path. */
int bt_whole_open(struct bt_whole *whole, const char *path, bool direct, struct bt_err *err);
/* Puts it in its place, or, with keep false, leaves what was there. 0, or -errno said with the path. Nothing when it is not open. */
int bt_whole_close(struct bt_whole *whole, bool keep, struct bt_err *err);

#endif
