/*
 * invariant.h: what must hold of a run at each tick, whatever workload, profile and commands do.
 * Builds with --enable-checks call this before each snapshot is published and abort with words when
 * an invariant is broken; other builds call nothing. Private to the core; sampler thread.
 */
#ifndef BT_INVARIANT_H
#define BT_INVARIANT_H

#include "core/snapshot.h"

#define BT_RECORDS_MAX 4096 /* segments of a run; commands past it are refused */

/* How the run stood at the tick before. */
struct bt_invariants;

struct bt_conductor;

/* NULL: out of memory. The caller frees it with free. */
struct bt_invariants *bt_invariants_new(void);

/*
 * Compares a completed snapshot with the n records of its run and with the tick before; *before
 * then holds this one. 0, or -EPROTO with the broken invariant in words.
 */
int bt_invariants_check(struct bt_invariants *before, const struct bt_snapshot *snap,
	const struct bt_segment_record *records, unsigned n, struct bt_err *err);

/* The same for a conductor, and that nothing that workers counted is left unread. Aborts. */
void bt_invariants_hold(struct bt_conductor *c, const struct bt_snapshot *snap);

#endif
