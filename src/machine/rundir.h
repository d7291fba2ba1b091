/*
 * rundir.h: where the sockets of running runs are: $XDG_RUNTIME_DIR/benchtop, else
 * /tmp/benchtop-UID; a directory of the user's own, mode 0700. Socket PID.sock, mode 0600.
 */
#ifndef BT_RUNDIR_H
#define BT_RUNDIR_H

#include "base/err.h"

#define BT_RUNDIR_MAX 96 /* fits a socket's address, sun_path, together with the name in it */

/*
 * Fills dir, and makes the directory where asked to. -ENAMETOOLONG; -EPERM: not a directory that is
 * this user's alone, so nothing in it can be trusted; -ENOENT and what else the system says.
 */
int bt_rundir(char dir[BT_RUNDIR_MAX], bool make, struct bt_err *err);
/* Removes sockets at which nobody listens any more. */
void bt_rundir_sweep(const char *dir);

#endif
