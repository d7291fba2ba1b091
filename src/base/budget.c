#include "base/budget.h"

#include <errno.h>
#include <stdlib.h>

#include "base/fmt.h"

static void refuse(struct bt_budget *b, enum bt_budget_full why, uint64_t size)
{
	atomic_fetch_sub_explicit(&b->used, size, memory_order_relaxed);
	atomic_store_explicit(&b->full, (int)why, memory_order_relaxed);
}

/* Relaxed throughout: the counter guards no other data. What is taken at the same time elsewhere is
 * already in it. */
static bool take(struct bt_budget *b, size_t size)
{
	uint64_t used, asked, room;

	if (!b)
		return true;
	used = atomic_fetch_add_explicit(&b->used, size, memory_order_relaxed) + size;
	if (b->limit && used > b->limit) {
		refuse(b, BT_BUDGET_LIMIT, size);
		return false;
	}
	asked = atomic_load_explicit(&b->asked, memory_order_relaxed);
	if (!b->room || used < asked + BT_BUDGET_STEP)
		return true;
	room = b->room(b->room_arg);
	/* What was counted since it was asked may not have been touched yet, and so is still in its
	 * room. */
	if (room != UINT64_MAX && room < used - asked) {
		refuse(b, BT_BUDGET_ROOM, size);
		return false;
	}
	atomic_store_explicit(&b->asked, used, memory_order_relaxed);
	return true;
}

static void give(struct bt_budget *b, size_t size)
{
	uint64_t used, asked;

	if (!b)
		return;
	used = atomic_fetch_sub_explicit(&b->used, size, memory_order_relaxed) - size;
	asked = atomic_load_explicit(&b->asked, memory_order_relaxed);
	if (asked > used) /* it is asked again on the way up */
		atomic_store_explicit(&b->asked, used, memory_order_relaxed);
}

static void *had(struct bt_budget *b, void *p, size_t size)
{
	if (!p && b)
		refuse(b, BT_BUDGET_MALLOC, size);
	return p;
}

void *bt_budget_alloc(struct bt_budget *budget, size_t size)
{
	return take(budget, size) ? had(budget, malloc(size), size) : NULL;
}

void *bt_budget_zalloc(struct bt_budget *budget, size_t n, size_t size)
{
	if (size && n > SIZE_MAX / size)
		return NULL;
	return take(budget, n * size) ? had(budget, calloc(n, size), n * size) : NULL;
}

void *bt_budget_resize(struct bt_budget *budget, void *p, size_t old_size, size_t size)
{
	size_t more = size > old_size ? size - old_size : 0;
	void *grown;

	if (!take(budget, more))
		return NULL;
	grown = had(budget, realloc(p, size), more);
	if (grown && size < old_size)
		give(budget, old_size - size);
	return grown;
}

void bt_budget_free(struct bt_budget *budget, void *p, size_t size)
{
	if (!p)
		return;
	free(p);
	give(budget, size);
}

uint64_t bt_budget_used(const struct bt_budget *budget)
{
	return atomic_load_explicit(&budget->used, memory_order_relaxed);
}

int bt_budget_fail(const struct bt_budget *budget, struct bt_err *err)
{
	char used[BT_FMT_MAX], limit[BT_FMT_MAX];
	int why = budget ? atomic_load_explicit(&budget->full, memory_order_relaxed)
			 : BT_BUDGET_MALLOC;

	if (why == BT_BUDGET_MALLOC || why == BT_BUDGET_FITS)
		return bt_fail(err, -ENOMEM, "the system gives no more");
	bt_fmt_bytes(used, sizeof(used), (double)bt_budget_used(budget));
	if (why == BT_BUDGET_LIMIT)
		return bt_fail(err, -ENOMEM, "%s taken, limit %s", used,
			bt_fmt_bytes(limit, sizeof(limit), (double)budget->limit));
	return bt_fail(err, -ENOMEM, "%s taken, the rest is left to the system", used);
}
