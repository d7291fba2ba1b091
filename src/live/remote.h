/*
 * remote.h: a run of another process as a source, over its socket (serve.h). Main thread.
 */
#ifndef BT_REMOTE_H
#define BT_REMOTE_H

#include "core/source.h"

/*
 * Connects to the run of process pid and waits at most five seconds for its description. `before`,
 * the same run as far as it is stored, comes first; NULL: what is known of the run so far has no
 * intervals then. It belongs to *out, on failure still to the caller. -ENOENT, -ECONNREFUSED: that
 * process serves no run; -EPERM: the socket is not this user's; -EPROTO; -ETIMEDOUT; -EBUSY: as
 * many watch as can.
 */
int bt_remote_open(
	struct bt_source **out, unsigned pid, struct bt_source *before, struct bt_err *err);

#endif
