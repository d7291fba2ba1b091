/*
 * utxo.h: the set of unspent outputs: open addressing, one cache line a coin, emptied in O(1).
 * Scripts are borrowed: the bytes of the blocks that made the coins must outlive them. One thread
 * at a time.
 */
#ifndef BTC_UTXO_H
#define BTC_UTXO_H

#include "bitcoin/rules/bytes.h"

struct btc_coin {
	int64_t amount;
	struct btc_span script;
	uint32_t height;
	bool coinbase;
};

struct btc_utxo_slot;

struct btc_utxo {
	struct btc_utxo_slot *slots;
	size_t mask;   /* number of slots less one */
	size_t n;      /* coins in the set */
	uint32_t life; /* a slot of an earlier life is empty */
};

/* Room for `coins` coins without another allocation. 0 or -ENOMEM. */
int btc_utxo_init(struct btc_utxo *set, size_t coins);
void btc_utxo_fini(struct btc_utxo *set);

/* Empties the set, at once whatever its size. */
void btc_utxo_clear(struct btc_utxo *set);

/* Adds a coin, or replaces the one of that outpoint. Allocates only past the room asked for. 0 or
 * -ENOMEM. */
int btc_utxo_add(
	struct btc_utxo *set, const uint8_t txid[32], uint32_t index, const struct btc_coin *coin);

bool btc_utxo_has(const struct btc_utxo *set, const uint8_t txid[32], uint32_t index);

/* Takes a coin out. False when there is none. */
bool btc_utxo_spend(
	struct btc_utxo *set, struct btc_coin *coin, const uint8_t txid[32], uint32_t index);

#endif
