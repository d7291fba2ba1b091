/*
 * arena.h: memory handed out in order and taken back all at once. Chunks are kept across resets, so
 * a user that does the same work again and again allocates only the first time. One thread at a
 * time.
 */
#ifndef BTC_ARENA_H
#define BTC_ARENA_H

#include "base/budget.h"

struct btc_arena_chunk;

/* All zero is an empty arena. */
struct btc_arena {
	struct btc_arena_chunk *first, *current;
	struct bt_budget *budget; /* what chunks are taken from; NULL: not counted */
};

/* Memory for n objects of `size` bytes, 16-byte aligned, not cleared; valid until reset or fini.
 * NULL: out of memory. */
void *btc_arena_get(struct btc_arena *arena, size_t n, size_t size);

/* Makes sure that the next `size` bytes come without an allocation. 0 or -ENOMEM. */
int btc_arena_reserve(struct btc_arena *arena, size_t size);

/* Takes everything back; keeps the chunks. */
void btc_arena_reset(struct btc_arena *arena);

/* Frees all; the budget stays. */
void btc_arena_fini(struct btc_arena *arena);

#endif
