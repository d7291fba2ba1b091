/* browse.h: the dashboard on the history: `benchtop` alone. */
#ifndef BT_CLI_BROWSE_H
#define BT_CLI_BROWSE_H

#include "store/store.h"

extern const struct bt_opt bt_browse_opts[]; /* of the program without a command */
/* Exit status. argv[0] is the program's name. */
int bt_cli_browse(int argc, char **argv);
/* True when a word is one of its options, so that there is no command. */
bool bt_cli_is_browse(const char *word);

/* Opens the history: path, or the usual place when NULL, whose directories WRITE makes. 0 or the
 * store's error. */
int bt_cli_open_history(struct bt_store **store, const char *path, int mode, struct bt_err *err);
/* The same for writing; never creates the history. */
int bt_cli_change_history(struct bt_store **store, const char *path, struct bt_err *err);

#endif
