/* file.h: a file read whole. */
#ifndef BT_FILE_H
#define BT_FILE_H

#include "base/base.h"
#include "base/err.h"

/*
 * A NUL is put behind the n bytes, which the caller frees. -ENOENT and the like; -EINVAL: no file, or more than `most` bytes; -EIO;
 * -ENOMEM. Any thread.
 */
int bt_file_read(char **bytes, size_t *n, const char *path, size_t most, struct bt_err *err);

#endif
