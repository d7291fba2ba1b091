/* run_impl.h: what run.c and run_check.c share. */
#ifndef BT_RUN_ROOM_H
#define BT_RUN_ROOM_H

#include "core/run.h"

/* Whether operations are due at times: a rate is given, or the profile has one of its own. */
bool bt_run_is_open(const struct bt_run_setup *setup);
/* The load that is asked for, as profiles see it. */
struct bt_load bt_run_load(const struct bt_run_setup *setup);

/* Whether a command's values are within bounds, of a run that is described so. 0, -ENOTSUP,
 * -EINVAL. */
int bt_run_check_command(
	const struct bt_run_info *info, const struct bt_command *cmd, struct bt_err *err);

#endif
