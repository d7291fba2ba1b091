/*
 * u256.h: numbers of 256 bits, for targets and work. Arithmetic is modulo 2^256. Pure functions;
 * any thread.
 */
#ifndef BTC_U256_H
#define BTC_U256_H

#include "bitcoin/rules/bytes.h"

struct btc_u256 {
	uint64_t w[4]; /* the least significant first */
};

/* Little endian, as Core reads a hash. */
struct btc_u256 btc_u256_from_hash(const uint8_t hash[32]);
int btc_u256_cmp(const struct btc_u256 *a, const struct btc_u256 *b);
bool btc_u256_is_zero(const struct btc_u256 *a);
/* Position of the highest set bit, from 1; 0 for zero. */
unsigned btc_u256_bits(const struct btc_u256 *a);
void btc_u256_add(struct btc_u256 *a, const struct btc_u256 *b);
void btc_u256_shift_left(struct btc_u256 *a, unsigned bits);  /* less than 256 */
void btc_u256_shift_right(struct btc_u256 *a, unsigned bits); /* less than 256 */
void btc_u256_mul32(struct btc_u256 *a, uint32_t b);
void btc_u256_div32(struct btc_u256 *a, uint32_t b);             /* b is not 0 */
void btc_u256_div(struct btc_u256 *a, const struct btc_u256 *b); /* b is not 0 */

#endif
