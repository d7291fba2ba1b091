/*
 * serve.h: a run's end of its socket (wire.h): any number of watchers, of whom one at a time may
 * command. Main thread. Nothing here waits: a watcher that does not read in time is let go, and the
 * run does not notice.
 */
#ifndef BT_SERVE_H
#define BT_SERVE_H

#include "judge/tally.h"

#define BT_WATCHERS_MAX 16

struct bt_serve;

/*
 * Listens. info, complete by now, must outlive it. Allocates what it needs itself, so it belongs
 * before the run's memory floor is settled. -EPERM and others of bt_rundir, -ENOMEM, -EADDRINUSE.
 */
int bt_serve_open(struct bt_serve **out, const struct bt_run_info *info, struct bt_err *err);
/* After the tally has it: takes newcomers in and sends them what came before, the others this
 * snapshot. */
void bt_serve_put(
	struct bt_serve *serve, const struct bt_tally *tally, const struct bt_snapshot *snap);
/* The next command that a watcher has sent. False: none. */
bool bt_serve_command(struct bt_serve *serve, struct bt_command *out);
/* The command last given was refused: tells who sent it why. */
void bt_serve_refuse(struct bt_serve *serve, const char *words);
/* The run's own dashboard commands it, so nobody else does; or no longer. At first it does not. */
void bt_serve_local(struct bt_serve *serve, bool commands);
unsigned bt_serve_watchers(const struct bt_serve *serve);
/* Sends what watchers have not got yet, for a second at most, and takes the socket away. NULL:
 * nothing. */
void bt_serve_close(struct bt_serve *serve);

#endif
