/*
 * blkcache.h: blocks that a node told, kept for the next run below the user's cache directory: one
 * file a block, named by its hash. Any thread.
 */
#ifndef BTC_BLKCACHE_H
#define BTC_BLKCACHE_H

#include "base/err.h"
#include "bitcoin/rules/arena.h"
#include "bitcoin/rules/bytes.h"

/* Reads a block into the arena. 1; 0 when it is not there, or not as it was written; -ENOMEM;
 * -ENOENT without a directory. */
int btc_blkcache_get(struct btc_span *block, struct btc_span *undo, const char *network,
	const uint8_t hash[32], struct btc_arena *arena, struct bt_err *err);

/* Writes a block, whole or not at all. 0 or a negative errno. */
int btc_blkcache_put(const char *network, const uint8_t hash[32], struct btc_span block,
	struct btc_span undo, struct bt_err *err);

#endif
