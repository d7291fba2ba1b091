/*
 * watch.h: the processes under test, where they are others than this one: CPU, memory, threads,
 * descriptors as the system tells of them. Read under a root, so that tests can invent a machine.
 * One owner; reading allocates nothing. Source: proc(5).
 */
#ifndef BT_WATCH_H
#define BT_WATCH_H

#include "core/snapshot.h"

#define BT_WATCH_PROCESSES 32

struct bt_watch_process {
	unsigned pid;
	/* /proc/PID/stat, field 22: a number that is used again is another process. */
	uint64_t start;
	uint64_t cpu_ns; /* last reading */
};

struct bt_watch {
	const char *root; /* "/" but in tests */
	unsigned pid;     /* 0: by name */
	char name[16];    /* as /proc/PID/comm has it; "": by pid */
	struct bt_watch_process processes[BT_WATCH_PROCESSES];
	unsigned n;
	uint64_t cpu_ns; /* used since the beginning, by those that have ended too */
	uint64_t next_search_ns;
	uint64_t page_bytes, tick_ns;
	bool any; /* something is watched */
};

/* What to watch. Neither pid nor name: nothing, which reads as unknown. -ESRCH: no such process
 * now; -EINVAL: both. */
struct bt_watch_target {
	uint64_t pid;
	/* NULL: by pid; more than 15 bytes: their first 15, as the kernel keeps them. */
	const char *name;
};
int bt_watch_open(struct bt_watch *watch, const struct bt_watch_target *target, const char *root,
	struct bt_err *err);
/* Processor time counts from now on. */
void bt_watch_begin(struct bt_watch *watch);
/*
 * Sums over the processes watched. Unknown: what the system does not tell us of a stranger's
 * process. By name: new ones of that name are looked for every two seconds of now_ns, any monotonic
 * time.
 */
void bt_watch_read(struct bt_watch *watch, struct bt_watched *out, uint64_t now_ns);

#endif
