/* proc.h: what the system says of this process and this machine. One owner; reads a few files of
 * /proc, kept open. */
#ifndef BT_PROC_H
#define BT_PROC_H

#include <sys/types.h>

#include "core/snapshot.h"

struct bt_proc {
	int statm, stat, status, cpu_stat; /* -1: not there */
	uint64_t page_bytes, tick_ns;
	uint64_t descriptors; /* the most that were open at a reading */
};

void bt_proc_open(struct bt_proc *proc);
void bt_proc_close(struct bt_proc *proc);
/* Fills *out but for waited_ns; a figure that cannot be read is UINT64_MAX. */
void bt_proc_read(struct bt_proc *proc, struct bt_usage *out);

/* Resident memory of this process in bytes, from one file; UINT64_MAX: cannot be read. */
uint64_t bt_proc_rss(const struct bt_proc *proc);

/* How long a thread of this process was ready to run and had no processor, ns; UINT64_MAX: not
 * known, or it has ended. */
uint64_t bt_proc_waited(pid_t tid);

/* Processors this process may run on, at least 1. */
unsigned bt_processors(void);
/* How many descriptors it may have open at once; 0: unknown. */
uint64_t bt_descriptor_limit(void);

#endif
