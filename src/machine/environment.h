/* environment.h: what of the machine and the build has to be known to repeat a run. Main thread. */
#ifndef BT_ENVIRONMENT_H
#define BT_ENVIRONMENT_H

#include "core/source.h"

/*
 * Host, CPU, kernel, governor, memory limit, library versions, boot id: the JSON object
 * `environment`. sqlite: the version of the store's library. Free with free(); NULL: out of memory.
 */
char *bt_environment_json(const struct bt_run_info *info, const char *sqlite);

#endif
