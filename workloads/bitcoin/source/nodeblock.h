/*
 * nodeblock.h: a block as Bitcoin Core's `getblock HASH 3` tells it, turned into the block's bytes
 * and its undo data. Pure functions; any thread.
 */
#ifndef BTC_NODEBLOCK_H
#define BTC_NODEBLOCK_H

#include <jansson.h>

#include "base/err.h"
#include "bitcoin/rules/arena.h"
#include "bitcoin/rules/bytes.h"

/*
 * Both go to the arena. Genesis has no undo data: p is NULL. The header must have this hash, in
 * internal byte order. 0; -EPROTO for what is missing, not what it should be, or of another block;
 * -ENOMEM.
 */
int btc_nodeblock_read(struct btc_span *bytes, struct btc_span *undo, const json_t *block,
	const uint8_t hash[32], struct btc_arena *arena, struct bt_err *err);

/* Reads 64 hex digits as people write a hash. False when they are not. */
bool btc_nodeblock_hash(uint8_t hash[32], const char *hex);

#endif
