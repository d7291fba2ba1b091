/* process.h: which process writes a run, and whether it still lives. Any thread. */
#ifndef BT_RECORD_PROCESS_H
#define BT_RECORD_PROCESS_H

#include "base/base.h"

#define BT_BOOT_ID_MAX 40

struct bt_process {
	char boot_id[BT_BOOT_ID_MAX]; /* /proc/sys/kernel/random/boot_id; "": unknown */
	uint64_t pid, start;          /* start: /proc/PID/stat, field 22; 0: unknown */
};

void bt_process_self(struct bt_process *out);
/* False when the machine was started again since, or no such process runs: gone, a zombie, or
 * another of the same number. */
bool bt_process_alive(const struct bt_process *process);

#endif
