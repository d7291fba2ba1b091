/*
 * Signatures that have verified, after Bitcoin Core's cache but without its lock. An entry is
 * the salted SHA-256 over everything the verdict depends on, as four atomic words; its first
 * word chooses a set of eight slots. Threads read and write slots at any time. A reader may see
 * two words of one entry and two of another: that mixture is no hash that anybody computes, so
 * it is a miss, and a miss costs one verification. A hit is right, because all four words agree.
 *
 * A full set loses the slot that the entry's second word names, in effect a random one: there is
 * no age to keep, so a hit writes nothing and shares its cache line. Core's cuckoo table can be
 * filled further before it loses entries; here a set may be full while others have room, which
 * somewhat more memory makes up for.
 */
#include "bitcoin/rules/sigcache.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "bitcoin/rules/hash.h"

#define WAYS 8

/* The first word 0: free. Relaxed throughout: an entry leads to nothing that would have to be seen
 * with it. */
struct slot {
	_Atomic uint64_t word[4];
};

struct btc_sigcache {
	/* Salt and kind are one block of the hash, as in Core. */
	struct sha256_ctx salted[BTC_SIG_KINDS];
	uint64_t n_sets;
	struct slot *slots; /* WAYS a set */
};

static void salt(struct btc_sigcache *cache, uint64_t seed)
{
	static const uint8_t kinds[BTC_SIG_KINDS][32] = { { 'E' }, { 'S' } };
	uint8_t nonce[32];

	btc_sha256(nonce, (const uint8_t *)&seed, sizeof(seed));
	for (unsigned i = 0; i < BTC_SIG_KINDS; i++) {
		sha256_init(&cache->salted[i]);
		sha256_update(&cache->salted[i], sizeof(nonce), nonce);
		sha256_update(&cache->salted[i], sizeof(kinds[i]), kinds[i]);
	}
}

struct btc_sigcache *btc_sigcache_new(uint64_t bytes, uint64_t seed)
{
	struct btc_sigcache *cache = calloc(1, sizeof(*cache));
	size_t set = WAYS * sizeof(struct slot);

	assert(bytes >= BTC_SIGCACHE_LEAST);
	if (cache == NULL)
		return NULL;
	cache->n_sets = BT_MIN(bytes / set, UINT32_MAX);
	cache->slots = aligned_alloc(64, cache->n_sets * set);
	if (cache->slots == NULL) {
		free(cache);
		return NULL;
	}
	memset(cache->slots, 0, cache->n_sets * set);
	salt(cache, seed);
	return cache;
}

void btc_sigcache_free(struct btc_sigcache *cache)
{
	if (cache == NULL)
		return;
	free(cache->slots);
	free(cache);
}

uint64_t btc_sigcache_bytes(const struct btc_sigcache *cache)
{
	return cache->n_sets * WAYS * sizeof(struct slot);
}

void btc_sigcache_entry(struct btc_sigcache_entry *entry, const struct btc_sigcache *cache,
	enum btc_sig_kind kind, const uint8_t hash[32], struct btc_span key, struct btc_span sig)
{
	struct sha256_ctx ctx = cache->salted[kind];

	sha256_update(&ctx, 32, hash);
	sha256_update(&ctx, key.n, key.p);
	sha256_update(&ctx, sig.n, sig.p);
	sha256_digest(&ctx, sizeof(entry->word), (uint8_t *)entry->word);
}

static struct slot *set_of(const struct btc_sigcache *cache, const struct btc_sigcache_entry *entry)
{
	return &cache->slots[((entry->word[0] >> 32) * cache->n_sets >> 32) * WAYS];
}

static uint64_t load(const struct slot *slot, unsigned i)
{
	return atomic_load_explicit(&slot->word[i], memory_order_relaxed);
}

static bool holds(const struct slot *slot, const struct btc_sigcache_entry *entry)
{
	for (unsigned i = 0; i < 4; i++)
		if (load(slot, i) != entry->word[i])
			return false;
	return true;
}

bool btc_sigcache_has(const struct btc_sigcache *cache, const struct btc_sigcache_entry *entry)
{
	const struct slot *set = set_of(cache, entry);

	for (unsigned i = 0; i < WAYS; i++)
		if (holds(&set[i], entry))
			return true;
	return false;
}

void btc_sigcache_add(struct btc_sigcache *cache, const struct btc_sigcache_entry *entry)
{
	struct slot *set = set_of(cache, entry), *slot = &set[entry->word[1] % WAYS];

	for (unsigned i = 0; i < WAYS; i++) {
		if (load(&set[i], 0) != 0 && !holds(&set[i], entry))
			continue;
		slot = &set[i];
		break;
	}
	for (unsigned i = 0; i < 4; i++)
		atomic_store_explicit(&slot->word[i], entry->word[i], memory_order_relaxed);
}
