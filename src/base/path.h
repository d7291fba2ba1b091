/* path.h: where files of the program and of the user are. */
#ifndef BT_PATH_H
#define BT_PATH_H

#include "base/err.h"

/*
 * Finds a data file: $BENCHTOP_DATA/name, then data/name of the source tree when the program runs
 * from its build tree, then the installed place. 0, or -ENOENT naming the places looked in. Any
 * thread.
 */
int bt_data_path(char *out, size_t size, const char *name, struct bt_err *err);

/* $XDG_DATA_HOME/benchtop/history.db or ~/.local/share/benchtop/history.db. Nothing is made. */
int bt_history_path(char *out, size_t size, struct bt_err *err);

/* $XDG_CONFIG_HOME/benchtop/name or ~/.config/benchtop/name. Nothing is made. */
int bt_config_path(char *out, size_t size, const char *name, struct bt_err *err);

/* $XDG_STATE_HOME/benchtop/name or ~/.local/state/benchtop/name. Nothing is made. */
int bt_state_path(char *out, size_t size, const char *name, struct bt_err *err);

/* $XDG_CACHE_HOME/benchtop/name or ~/.cache/benchtop/name. Nothing is made. */
int bt_cache_path(char *out, size_t size, const char *name, struct bt_err *err);

/* Makes the directories above a file, private to the user, where they are missing. 0 or -errno. */
int bt_make_parents(const char *name, struct bt_err *err);

#endif
