/* path.h: where files of the program and of the user are. */
#ifndef BT_PATH_H
#define BT_PATH_H

#include "base/err.h"

/*
 * Finds a data file: $BENCHTOP_DATA/name, then data/name of the source tree when the program runs from its build tree, then
 * the installed place. 0, or -ENOENT naming the places looked in. Any thread.
 */
int bt_data_path(char *out, size_t size, const char *name, struct bt_err *err);

/* $XDG_DATA_HOME/benchtop/history.db or ~/.local/share/benchtop/history.db; makes the directories. */
int bt_history_path(char *out, size_t size, struct bt_err *err);

#endif
