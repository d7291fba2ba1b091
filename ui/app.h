/* app.h: the dashboard as a program's part: one loop over keys, snapshots and drawing. Main thread
 * only. */
#ifndef BT_UI_APP_H
#define BT_UI_APP_H

#include <signal.h>

#include "core/source.h"
#include "store/store.h"
#include "judge/tally.h"
#include "ui/launcher.h"
#include "ui/theme.h"

struct bt_app_conf {
	struct bt_source *source; /* a live run; NULL: begin with the history. Stays the caller's */
	struct bt_store *store; /* NULL: the history says that there is none. Stays the caller's */
	/* What runs can be put together of; NULL: none. Stays the caller's. */
	struct bt_launch *launch;
	const struct bt_manners *manners; /* NULL: the usual ones */
	/*
	 * The number of a signal that asked the program to end, 0: none came; NULL: never. One that
	 * ends a live run is taken, which sets this back to 0, and sent on as BT_CMD_STOP.
	 */
	volatile sig_atomic_t *signalled;
	bool quit_when_done; /* false: the result stays until a key */
	bool attached;       /* the live run is another process's: leaving does not end it */
	/*
	 * Shown first, with no live run: bt_replay_open; NULL: none. Becomes the app's, also when
	 * that cannot be opened.
	 */
	struct bt_source *replay;
	/* A line to show about the live run, or NULL; asked before each drawing. */
	const char *(*notice)(void *arg);
	void *notice_arg;
	/*
	 * Writes the load of a run as it really was, as a suite that repeats it, to a file that
	 * must not be there yet. 0, or a negative errno with words. NULL: there is no way to.
	 */
	int (*save)(const struct bt_tally *tally, const char *path, struct bt_err *err);
};

struct bt_app;

/*
 * Allocates and touches the memory that showing a run needs, so that it can be done before the
 * run's memory floor is read; the source's info may still be blank. The terminal is not taken yet.
 * conf is copied; what it points to must outlive the app. -ENOMEM; -ENOTTY, -EINVAL: no terminal to
 * show it in.
 */
int bt_app_open(struct bt_app **app, const struct bt_app_conf *conf, struct bt_err *err);

/*
 * Takes the terminal until the user leaves, and gives it back; once. A live run that the user ends,
 * and one whose program was signalled, is sent BT_CMD_STOP, once more each time that is said again,
 * and drained to its last snapshot before this returns 0. -EIO: the terminal went away; the run
 * goes on and the snapshots not yet taken are still in the source.
 */
int bt_app_run(struct bt_app *app, struct bt_err *err);
/* The signal that ended the live run; 0: none did. */
int bt_app_signal(const struct bt_app *app);
void bt_app_close(struct bt_app *app);

#endif
