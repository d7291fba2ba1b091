/*
 * pow.h: proof of work: compact targets, work, retargeting. Pure functions; any thread.
 */
#ifndef BTC_POW_H
#define BTC_POW_H

#include "bitcoin/rules/chainparams.h"

/* Decodes as Core: a set sign bit on a non-zero mantissa is negative; what exceeds 256 bits is an
 * overflow. */
void btc_compact_decode(struct btc_u256 *v, bool *negative, bool *overflow, uint32_t compact);
uint32_t btc_compact_encode(const struct btc_u256 *v);

/* True when the hash meets the target in bits, and that target is one the network allows. */
bool btc_pow_ok(const uint8_t hash[32], uint32_t bits, const struct btc_chainparams *params);

/* Expected hashes for a block of this target: 2^256 / (target + 1); 0 for a target that is none. */
struct btc_u256 btc_pow_work(uint32_t bits);

/* The new target after a period that began at first_time and ended at last_time, `bits` being its
 * target. */
uint32_t btc_pow_retarget(
	const struct btc_chainparams *params, uint32_t bits, int64_t first_time, int64_t last_time);

/* What is kept of each header of a chain, by height. */
struct btc_header_rec {
	uint8_t hash[32];
	uint32_t time, bits;
	uint32_t median_time; /* past, of this block and the ten before */
};

/* The bits that the block at `height` (at least 1) with this time must have, after chain[0] …
 * chain[height - 1]. */
uint32_t btc_pow_next_bits(const struct btc_chainparams *params, const struct btc_header_rec *chain,
	uint32_t height, uint32_t time);

#endif
