/*
 * session.h: a run with everything around it: the store that keeps it, the lines or the dashboard that show it, the signals
 * that end it. Main thread.
 */
#ifndef BT_SESSION_H
#define BT_SESSION_H

#include "cli/run_options.h"

/* Carries the run out; returns the exit status. */
int bt_session_run(struct bt_run_options *o);

#endif
