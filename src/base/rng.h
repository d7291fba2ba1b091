/* rng.h: small fast random numbers, reproducible by seed. Not for secrets. */
#ifndef BT_RNG_H
#define BT_RNG_H

#include "base/base.h"

/* xoshiro256** (Blackman and Vigna, 2018). One owner. */
struct bt_rng {
	uint64_t s[4];
};

/* One step of splitmix64 (Steele, Lea and Flood, 2014): a good hash of x. */
static inline uint64_t bt_mix64(uint64_t x)
{
	x += UINT64_C(0x9e3779b97f4a7c15);
	x = (x ^ (x >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	x = (x ^ (x >> 27)) * UINT64_C(0x94d049bb133111eb);
	return x ^ (x >> 31);
}

/* Uniform in (0, 1], from the top 53 bits: its logarithm is always finite. */
static inline double bt_unit_from(uint64_t bits)
{
	return (double)((bits >> 11) + 1) * 0x1.0p-53;
}

void bt_rng_init(struct bt_rng *rng, uint64_t seed);
uint64_t bt_rng_next(struct bt_rng *rng);
uint64_t bt_rng_below(struct bt_rng *rng, uint64_t n); /* uniform in [0, n), n > 0, without bias */
double bt_rng_unit(struct bt_rng *rng);                /* uniform in (0, 1] */
double bt_rng_exponential(struct bt_rng *rng);         /* mean 1 */
double bt_rng_normal(struct bt_rng *rng);              /* mean 0, deviation 1 (Box and Muller) */

#endif
