/* browse.h: the dashboard on the history: `benchtop` alone. */
#ifndef BT_CLI_BROWSE_H
#define BT_CLI_BROWSE_H

#include "record/store.h"

/* Exit status. Takes only --db. */
int bt_cli_browse(int argc, char **argv);

/* Opens the history: path, or the usual place when NULL, whose directories WRITE makes. 0 or the store's error. */
int bt_cli_open_history(struct bt_store **store, const char *path, int mode, struct bt_err *err);

#endif
