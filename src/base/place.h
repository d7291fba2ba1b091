/* place.h: which file a path means, also before that file is there: so that no output takes the
 * place of an input. */
#ifndef BT_PLACE_H
#define BT_PLACE_H

#include <limits.h>
#include <sys/stat.h>

#include "base/err.h"

struct bt_place {
	bool there;
	struct stat st;      /* of the file; not there: of its directory */
	char path[PATH_MAX]; /* without symbolic links at its end */
	size_t name;         /* where the last part of path begins */
	int own;             /* descriptor of this process that was named, else -1; "-" is 1 */
};

/*
 * Follows symbolic links, also those that lead to nothing; a relative path begins in the working
 * directory. 0; -ENOENT: no such directory; -EISDIR: a directory that is not there; -ENAMETOOLONG,
 * -ELOOP, -EACCES. Any thread.
 */
int bt_place_find(struct bt_place *place, const char *path, struct bt_err *err);
/* The same file by device and inode (hard links are one file), or the same name in the same
 * directory. Never for a device. */
bool bt_place_same(const struct bt_place *a, const struct bt_place *b);
/* Whether it lies in this directory, at any depth. */
bool bt_place_within(const struct bt_place *place, const struct bt_place *directory);

#endif
