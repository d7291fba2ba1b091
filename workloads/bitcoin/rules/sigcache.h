/*
 * sigcache.h: signatures that have verified, so that they need not be again, after Bitcoin Core's
 * CSignatureCache: the salted SHA-256 over kind, signature hash, public key and signature. Only
 * what verified is put in, so what is found is valid. A cache is shared by any threads, without a
 * lock: its words are atomic, and an entry of which two threads wrote half each is none that
 * anybody asks for, as a hash has to be met in all its 256 bits.
 */
#ifndef BTC_SIGCACHE_H
#define BTC_SIGCACHE_H

#include "bitcoin/rules/bytes.h"

#define BTC_SIGCACHE_LEAST 4096 /* bytes */

enum btc_sig_kind { BTC_SIG_ECDSA, BTC_SIG_SCHNORR, BTC_SIG_KINDS };

struct btc_sigcache;

struct btc_sigcache_entry {
	uint64_t word[4];
};

/* What somebody asked of a cache. */
struct btc_sigcache_use {
	uint64_t lookups, hits;
};

/* Of at most `bytes`, at least BTC_SIGCACHE_LEAST, all touched; the salt is made from the seed.
 * NULL: out of memory. */
struct btc_sigcache *btc_sigcache_new(uint64_t bytes, uint64_t seed);
void btc_sigcache_free(struct btc_sigcache *cache); /* accepts NULL */
uint64_t btc_sigcache_bytes(const struct btc_sigcache *cache);

/* The entry of a signature (ECDSA's without its hash type byte) over a hash by a key whose size its
 * first byte tells. */
void btc_sigcache_entry(struct btc_sigcache_entry *entry, const struct btc_sigcache *cache,
	enum btc_sig_kind kind, const uint8_t hash[32], struct btc_span key, struct btc_span sig);

bool btc_sigcache_has(const struct btc_sigcache *cache, const struct btc_sigcache_entry *entry);

/* Puts an entry in; where its set is full, in the place of another. */
void btc_sigcache_add(struct btc_sigcache *cache, const struct btc_sigcache_entry *entry);

#endif
