/*
 * hash.h: the hashes of the protocol, computed by nettle. All outputs are in internal byte order (a
 * block hash or txid is displayed reversed). Pure functions; any thread.
 */
#ifndef BTC_HASH_H
#define BTC_HASH_H

#include <nettle/sha2.h>

#include "bitcoin/rules/bytes.h"

#define BTC_HASH_SIZE 32
#define BTC_HEX_SIZE  65 /* a hash in hex, with its NUL */

void btc_sha256(uint8_t out[32], const uint8_t *p, size_t n);
void btc_sha256d(uint8_t out[32], const uint8_t *p, size_t n);
void btc_hash160(uint8_t out[20], const uint8_t *p, size_t n); /* RIPEMD-160 of SHA-256 */
void btc_sha1(uint8_t out[20], const uint8_t *p, size_t n);
void btc_ripemd160(uint8_t out[20], const uint8_t *p, size_t n);

/* Ends a stream begun with sha256_init and writes its double hash. */
void btc_sha256d_end(uint8_t out[32], struct sha256_ctx *ctx);

/* Begins BIP340's tagged hash: SHA256(SHA256(tag) || SHA256(tag) || …). The tags are rows of a
 * table of midstates. */
enum btc_tag { BTC_TAG_LEAF, BTC_TAG_BRANCH, BTC_TAG_TWEAK, BTC_TAG_SIGHASH };
void btc_tagged_init(struct sha256_ctx *ctx, enum btc_tag tag);

/* Writes a hash as people read it: reversed, 64 hex digits and a NUL. */
void btc_hash_hex(char out[BTC_HEX_SIZE], const uint8_t hash[32]);

/* Which SHA-256 is at work: "nettle, sha_ni", "nettle, armv8 sha2", "nettle, generic". */
const char *btc_hash_impl(void);

#endif
