/* processors.h: the processors that this process may use, and binding threads to them. */
#ifndef BT_PROCESSORS_H
#define BT_PROCESSORS_H

#include "base/base.h"

#define BT_PROCESSORS_MAX 1024

struct bt_processors {
	unsigned n;                      /* allowed by the affinity of the process */
	unsigned ids[BT_PROCESSORS_MAX]; /* one of each core first, then their hyper-threads */
	unsigned cores;                  /* that they belong to */
	double quota; /* processors' worth of time that the cgroup allows; 0: no such limit */
	bool binds;   /* threads can be bound to them */
};

/* Reads what the system tells. The calling thread's affinity is as before afterwards. */
void bt_processors_read(struct bt_processors *out);
/* Orders ids so that the first of each core come first; core[i] is that of ids[i]. Returns the
 * number of cores. Pure. */
unsigned bt_processors_order(unsigned *ids, const unsigned *core, unsigned n);
/* The quota in a cgroup's cpu.max ("150000 100000"); 0: "max", or nothing that can be read.
 * Pure. */
double bt_processors_quota(const char *cpu_max);

/*
 * Binds the calling thread: to one of the first `first` processors, worker after worker in turn
 * (`pinned`), or to all of those. first 0: all there are. 0 or -errno.
 */
int bt_processors_bind(const struct bt_processors *p, unsigned first, bool pinned, unsigned worker);

#endif
