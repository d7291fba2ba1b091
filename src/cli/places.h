/*
 * places.h: the files that one command names, compared before any is opened: an output must not be
 * another output, an input, or the history. Main thread.
 */
#ifndef BT_CLI_PLACES_H
#define BT_CLI_PLACES_H

#include "core/opt.h"

struct bt_places {
	struct bt_place_named *v;
	size_t n;
};

/*
 * Each adds files and compares them with those before. 0; -EINVAL with both names; -ENOMEM.
 * `option` must live as long. A path that leads nowhere, NULL and "-" are no file. bt_places_fini
 * in any case.
 */
int bt_places_output(
	struct bt_places *all, const char *option, const char *path, struct bt_err *err);
int bt_places_input(
	struct bt_places *all, const char *option, const char *path, struct bt_err *err);
/* The history with what SQLite keeps beside it, and standard output where that is a file. db NULL:
 * the usual place. */
int bt_places_history(struct bt_places *all, const char *db, struct bt_err *err);
/* Inputs of a table: every text that names a file, also below a directory. */
int bt_places_options(
	struct bt_places *all, const struct bt_opt *opts, const void *conf, struct bt_err *err);
void bt_places_fini(struct bt_places *all);

#endif
