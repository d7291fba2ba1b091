/* import.h: runs that were exported elsewhere, as ndjson or json, put into the history. Main thread. */
#ifndef BT_IMPORT_H
#define BT_IMPORT_H

#include "record/store.h"

/* What came of a file. */
struct bt_imported {
	unsigned runs, there; /* taken in; left out, as the history has them already */
	unsigned replaced;    /* halves of runs in the history that gave way to those */
	unsigned doubted;     /* called valid in spite of their reasons, and taken in as invalid */
	uint64_t last;        /* number of the last one that was taken in; 0: none */
};

/*
 * All runs of a file that benchtop exported as ndjson, with everything, or as json, with the report alone. Each is read whole and checked,
 * and then put into the history in one transaction. A pipe will do. -ENOENT and the like; -EINVAL with the line, the path in the JSON and
 * what was expected, -EINTR: those before it have been taken in; errors of the store.
 */
int bt_import(
	struct bt_imported *out, struct bt_store *store, const char *path, struct bt_err *err);

#endif
