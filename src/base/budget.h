/*
 * budget.h: memory that is counted and has a limit. What a data set takes goes through one, so that
 * a run that asks for too much ends with an allocation that fails, and not by being killed by the
 * system.
 *
 * Any thread may take and give back; the members are set before the first of them does.
 */
#ifndef BT_BUDGET_H
#define BT_BUDGET_H

#include <stdatomic.h>

#include "base/base.h"
#include "base/err.h"

#define BT_BUDGET_STEP ((uint64_t)4 << 20) /* the system is asked once for so many bytes */

struct bt_budget {
	uint64_t limit; /* bytes; 0: none */
	/* Bytes that the system can still spare, its safe distance already off; UINT64_MAX:
	 * unknown. NULL: not asked. */
	uint64_t (*room)(void *arg);
	void *room_arg;
	_Atomic uint64_t used;  /* bytes taken and not given back */
	_Atomic uint64_t asked; /* what was used when the system was asked last */
	_Atomic int full;       /* why an allocation failed last: enum bt_budget_full */
};

enum bt_budget_full { BT_BUDGET_FITS, BT_BUDGET_LIMIT, BT_BUDGET_ROOM, BT_BUDGET_MALLOC };

/* As malloc, calloc, realloc and free, counted; budget NULL: not counted. NULL: no memory, and what
 * was there stays. */
void *bt_budget_alloc(struct bt_budget *budget, size_t size);
void *bt_budget_zalloc(struct bt_budget *budget, size_t n, size_t size);
void *bt_budget_resize(struct bt_budget *budget, void *p, size_t old_size, size_t size);
void bt_budget_free(struct bt_budget *budget, void *p, size_t size); /* size as it was asked for */

uint64_t bt_budget_used(const struct bt_budget *budget);
/* -ENOMEM, with the reason of the last refusal as words. */
int bt_budget_fail(const struct bt_budget *budget, struct bt_err *err);

#endif
