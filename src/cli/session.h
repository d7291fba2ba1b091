/*
 * session.h: a run with everything around it: the store that keeps it, the lines or the dashboard
 * that show it, the signals that end it. Main thread.
 */
#ifndef BT_SESSION_H
#define BT_SESSION_H

#include "cli/places.h"
#include "cli/run_options.h"

/* What a command that carries out several runs asks of each of them, and learns of it. */
struct bt_session_result {
	/* set by the caller: lines to standard error, no dashboard, no summary, no report on
	 * standard output */
	bool brief;
	uint64_t run;      /* its number in the history; 0: not stored */
	struct bt_err why; /* of a run that could not begin, as it has been said */
	char *report;      /* its report (report.h); free(); NULL: it did not come to one */
};

/*
 * Adds the files of a run: what it reads, and what --out writes; the caller adds the history.
 * Errors as of places.h.
 */
int bt_session_places(struct bt_run_options *o, struct bt_places *places, struct bt_err *err);
/* Carries the run out; returns the exit status. result may be NULL. */
int bt_session_run(struct bt_run_options *o, struct bt_session_result *result);

#endif
