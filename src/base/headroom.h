/* headroom.h: how much memory this process may still take before the system would have to kill
 * something. */
#ifndef BT_HEADROOM_H
#define BT_HEADROOM_H

#include "base/base.h"

/*
 * Bytes: what the machine has available and what each control group above this process allows, the
 * least of them, less a tenth of its whole (at least 16 MiB) as a safe distance; 0: none to spare;
 * UINT64_MAX: unknown. What a group holds as cache of files counts as available. Reads a few files
 * below root ("/" but in tests). Any thread.
 */
uint64_t bt_headroom(const char *root);

#endif
