/* history_file.h: the file of the history that a command reads or changes. Main thread. */
#ifndef BT_CLI_HISTORY_FILE_H
#define BT_CLI_HISTORY_FILE_H

#include "store/store.h"

/* Opens the history: path, or the usual place when NULL, whose directories WRITE makes. 0 or the
 * store's error. */
int bt_cli_open_history(struct bt_store **store, const char *path, int mode, struct bt_err *err);
/* The same for writing; never creates the history. */
int bt_cli_change_history(struct bt_store **store, const char *path, struct bt_err *err);

#endif
