/* import.h: puts runs that were exported elsewhere, as ndjson or json, into the history. Main
 * thread. */
#ifndef BT_IMPORT_H
#define BT_IMPORT_H

#include "store/store.h"

/* The result of a file. */
struct bt_imported {
	unsigned runs, there; /* taken in; already in the history, so skipped */
	unsigned replaced;    /* halves of runs that the new ones replaced */
	unsigned doubted; /* taken in as invalid: the file calls them valid in spite of reasons */
	uint64_t last;    /* number of the newest one; 0: none */
};

/*
 * Takes in all runs of a file: of ndjson with everything, of json with the report alone. Reads and
 * checks each run whole, then puts it into the history in one transaction. The file may be a pipe.
 * -ENOENT and the like; -EINVAL with the line, the path in the JSON and what was expected, and
 * -EINTR: the runs before are taken in; errors of the store.
 */
int bt_import(
	struct bt_imported *out, struct bt_store *store, const char *path, struct bt_err *err);

#endif
