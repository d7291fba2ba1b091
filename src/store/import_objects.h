/*
 * import_objects.h: a file of JSON, one object at a time: lines of ndjson, a document of json, or
 * the elements of one that is an array. Memory is that of one object, whatever the file's size.
 * Private to import.c.
 */
#ifndef BT_IMPORT_OBJECTS_H
#define BT_IMPORT_OBJECTS_H

#include <jansson.h>

#include "base/base.h"
#include "base/err.h"

struct bt_objects {
	int fd;
	const char *path;
	char *bytes;
	size_t from, to, room; /* what is read and not taken */
	bool ended, array, first;
	unsigned long line; /* of from, from 1 */
	unsigned long at;   /* line where the newest object begins */
};

/* -ENOENT and the like. path must live as long. */
int bt_objects_open(struct bt_objects *o, const char *path, struct bt_err *err);
void bt_objects_close(struct bt_objects *o);
/* 1: the next object, new; 0: there are no more; -EINVAL, -ENOMEM, errors of the file. */
int bt_objects_next(struct bt_objects *o, json_t **out, struct bt_err *err);
/* "PATH:LINE: what", of the newest object; -EINVAL. */
int bt_objects_bad(const struct bt_objects *o, struct bt_err *err, const char *what);

#endif
