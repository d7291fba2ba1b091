/* detach.h: a run in the background, in a session of its own. */
#ifndef BT_DETACH_H
#define BT_DETACH_H

#include "cli/run_options.h"

/*
 * Carries the run out in a process of its own that no terminal holds, waits until it has begun, and
 * tells its number and how to attach. The exit status: 0 when it has begun, else that of the run
 * that could not, which has said why.
 */
int bt_cli_detach(struct bt_run_options *o);

#endif
