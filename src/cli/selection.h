/* selection.h: which stored runs a word means, for commands that take sets of runs. Main thread. */
#ifndef BT_CLI_SELECTION_H
#define BT_CLI_SELECTION_H

#include "store/store.h"
#include "compare/trial.h"

#define BT_SELECTION_HELP "a run (17, last, last-1), several (17-22, 17,19), or a tag (build=abc)"

/*
 * Fills trials, which is initialised here, with the reports of the runs that the text names, in the
 * order of their numbers. -EINVAL: not such a text; -ENOENT: no such run; -E2BIG; the store's
 * errors. What is filled is bt_trials_fini's either way.
 */
int bt_cli_select(
	struct bt_store *store, struct bt_trials *trials, const char *text, struct bt_err *err);

#endif
