/* section.h: the load of a run as it really was, as a section of a suite that repeats it. */
#ifndef BT_CLI_SECTION_H
#define BT_CLI_SECTION_H

#include "judge/tally.h"

/*
 * Writes a suite of one section: the run's workload with its options, and the profile `stages` with
 * the rates, ramps and pauses there were, steered by hand or not; of a closed loop its length.
 * -EEXIST: the file is there already; -E2BIG: more stages than a line of a suite holds; -EINVAL:
 * nothing was offered; -errno of writing it. Main thread.
 */
int bt_section_write(const struct bt_tally *tally, const char *path, struct bt_err *err);

#endif
