#include "bitcoin/rules/arena.h"

#include <errno.h>
#include <stdalign.h>
#include <stdlib.h>

#define ALIGN     ((size_t)16)
#define CHUNK_MIN ((size_t)64 << 10)

struct btc_arena_chunk {
	struct btc_arena_chunk *next;
	size_t size, used;
	alignas(16) unsigned char mem[];
};

/* Puts a chunk of at least `size` bytes behind the current one, so that chunks already there stay
 * reachable. */
static struct btc_arena_chunk *add_chunk(struct btc_arena *arena, size_t size)
{
	size_t room = BT_MAX(size, CHUNK_MIN);
	struct btc_arena_chunk *c;

	if (room > SIZE_MAX - sizeof(*c))
		return NULL;
	c = bt_budget_alloc(arena->budget, sizeof(*c) + room);
	if (c == NULL)
		return NULL;
	c->size = room;
	c->used = 0;
	if (arena->current == NULL) {
		c->next = arena->first;
		arena->first = c;
	} else {
		c->next = arena->current->next;
		arena->current->next = c;
	}
	arena->current = c;
	return c;
}

static struct btc_arena_chunk *chunk_with(struct btc_arena *arena, size_t size)
{
	struct btc_arena_chunk *c = arena->current;

	while (c != NULL && c->size - c->used < size) {
		c = c->next;
		if (c != NULL)
			arena->current = c;
	}
	return c != NULL ? c : add_chunk(arena, size);
}

void *btc_arena_get(struct btc_arena *arena, size_t n, size_t size)
{
	struct btc_arena_chunk *c;
	size_t bytes;
	void *p;

	if (size != 0 && n > (SIZE_MAX - ALIGN) / size)
		return NULL;
	bytes = (n * size + ALIGN - 1) & ~(ALIGN - 1);
	c = chunk_with(arena, bytes);
	if (c == NULL)
		return NULL;
	p = c->mem + c->used;
	c->used += bytes;
	return p;
}

int btc_arena_reserve(struct btc_arena *arena, size_t size)
{
	return chunk_with(arena, size) != NULL ? 0 : -ENOMEM;
}

void btc_arena_reset(struct btc_arena *arena)
{
	for (struct btc_arena_chunk *c = arena->first; c != NULL; c = c->next)
		c->used = 0;
	arena->current = arena->first;
}

void btc_arena_fini(struct btc_arena *arena)
{
	struct btc_arena_chunk *next;

	for (struct btc_arena_chunk *c = arena->first; c != NULL; c = next) {
		next = c->next;
		bt_budget_free(arena->budget, c, sizeof(*c) + c->size);
	}
	arena->first = arena->current = NULL;
}
