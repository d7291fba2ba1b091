/*
 * undo.h: what Bitcoin Core keeps to disconnect a block (undo.h there, in rev*.dat): every output
 * that the block spends, which is all that is needed to connect it without knowing the chain
 * before.
 */
#ifndef BTC_UNDO_H
#define BTC_UNDO_H

#include "bitcoin/rules/arena.h"
#include "bitcoin/rules/utxo.h"

/* What one transaction spends, input by input. A coin of height 0 is of unknown height: Core before
 * 0.15 left it out. */
struct btc_undo_tx {
	uint32_t n;
	const struct btc_coin *coins;
};

struct btc_undo {
	uint32_t n_tx; /* of the block, less the coinbase */
	const struct btc_undo_tx *tx;
};

/*
 * Parses the undo data that fill the whole reader. Scripts are borrowed, or stand in the arena
 * where they were compressed. On a fault the reader says what and where. 0, -EINVAL, or -ENOMEM
 * from the arena.
 */
int btc_undo_parse(struct btc_undo *undo, struct btc_reader *r, struct btc_arena *arena);

/* Writes undo data, which may take btc_undo_room bytes, and returns how many it took. */
size_t btc_undo_room(const struct btc_undo *undo);
size_t btc_undo_write(uint8_t *out, const struct btc_undo *undo);

/* The checksum behind undo data in the file: the double hash of the hash of the block's parent and
 * the data. */
void btc_undo_checksum(uint8_t out[32], const uint8_t prev[32], struct btc_span data);

#endif
