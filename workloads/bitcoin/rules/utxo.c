#include "bitcoin/rules/utxo.h"

#include <errno.h>
#include <stdlib.h>

struct btc_utxo_slot {
	uint8_t txid[32];
	int64_t amount;
	const uint8_t *script;
	uint32_t script_n;
	uint32_t index;
	uint32_t origin; /* height, and whether a coinbase made it, in the lowest bit */
	uint32_t life;
};

_Static_assert(sizeof(struct btc_utxo_slot) == BT_CACHE_LINE, "a look-up reads one cache line");

static size_t home(const struct btc_utxo *set, const uint8_t txid[32], uint32_t index)
{
	/* A txid is uniform already; outputs of one transaction shall not lie side by side. */
	return (size_t)(btc_le64(txid) + index * UINT64_C(0x9e3779b97f4a7c15)) & set->mask;
}

static int allocate(struct btc_utxo *set, size_t slots)
{
	if (slots > SIZE_MAX / sizeof(set->slots[0]))
		return -ENOMEM;
	set->slots = aligned_alloc(BT_CACHE_LINE, slots * sizeof(set->slots[0]));
	if (set->slots == NULL)
		return -ENOMEM;
	memset(set->slots, 0, slots * sizeof(set->slots[0]));
	set->mask = slots - 1;
	set->n = 0;
	set->life = 1;
	return 0;
}

int btc_utxo_init(struct btc_utxo *set, size_t coins)
{
	size_t slots = 1024;

	while (slots / 2 < coins && slots <= SIZE_MAX / 2)
		slots *= 2;
	return allocate(set, slots);
}

void btc_utxo_fini(struct btc_utxo *set)
{
	free(set->slots);
	set->slots = NULL;
}

void btc_utxo_clear(struct btc_utxo *set)
{
	set->n = 0;
	if (++set->life != 0)
		return;
	/* Once in 2^32 lives the oldest would come back. */
	memset(set->slots, 0, (set->mask + 1) * sizeof(set->slots[0]));
	set->life = 1;
}

static bool used(const struct btc_utxo *set, size_t at)
{
	return set->slots[at].life == set->life;
}

/* The slot of an outpoint, or the empty one where it belongs. */
static size_t find(const struct btc_utxo *set, const uint8_t txid[32], uint32_t index)
{
	size_t at = home(set, txid, index);

	while (used(set, at) &&
		(set->slots[at].index != index || memcmp(set->slots[at].txid, txid, 32) != 0))
		at = (at + 1) & set->mask;
	return at;
}

static int grow(struct btc_utxo *set)
{
	struct btc_utxo old = *set;
	int rc = allocate(set, (old.mask + 1) * 2);

	if (rc != 0) {
		*set = old;
		return rc;
	}
	for (size_t i = 0; i <= old.mask; i++) {
		struct btc_utxo_slot *from = &old.slots[i], *to;

		if (!used(&old, i))
			continue;
		to = &set->slots[find(set, from->txid, from->index)];
		*to = *from;
		to->life = set->life;
		set->n++;
	}
	free(old.slots);
	return 0;
}

int btc_utxo_add(
	struct btc_utxo *set, const uint8_t txid[32], uint32_t index, const struct btc_coin *coin)
{
	struct btc_utxo_slot *slot;
	size_t at;

	if (set->n > set->mask / 2) {
		int rc = grow(set);

		if (rc != 0)
			return rc;
	}
	at = find(set, txid, index);
	set->n += !used(set, at);
	slot = &set->slots[at];
	memcpy(slot->txid, txid, 32);
	slot->index = index;
	slot->amount = coin->amount;
	slot->script = coin->script.p;
	slot->script_n = (uint32_t)coin->script.n;
	slot->origin = coin->height << 1 | coin->coinbase;
	slot->life = set->life;
	return 0;
}

bool btc_utxo_has(const struct btc_utxo *set, const uint8_t txid[32], uint32_t index)
{
	return used(set, find(set, txid, index));
}

/* Empties a slot and closes the gap: whatever came after and could lie there moves up. */
static void erase(struct btc_utxo *set, size_t gap)
{
	for (size_t at = (gap + 1) & set->mask; used(set, at); at = (at + 1) & set->mask) {
		size_t from_home =
			(at - home(set, set->slots[at].txid, set->slots[at].index)) & set->mask;

		if (from_home < ((at - gap) & set->mask))
			continue;
		set->slots[gap] = set->slots[at];
		gap = at;
	}
	set->slots[gap].life = 0;
	set->n--;
}

bool btc_utxo_spend(
	struct btc_utxo *set, struct btc_coin *coin, const uint8_t txid[32], uint32_t index)
{
	size_t at = find(set, txid, index);
	const struct btc_utxo_slot *slot = &set->slots[at];

	if (!used(set, at))
		return false;
	*coin = (struct btc_coin){
		.amount = slot->amount,
		.script = { .p = slot->script, .n = slot->script_n },
		.height = slot->origin >> 1,
		.coinbase = slot->origin & 1,
	};
	erase(set, at);
	return true;
}
