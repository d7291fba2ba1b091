#include "base/rng.h"

#include <math.h>

void bt_rng_init(struct bt_rng *rng, uint64_t seed)
{
	for (unsigned i = 0; i < 4; i++)
		rng->s[i] = seed = bt_mix64(seed + i);
}

static uint64_t rotl(uint64_t x, unsigned k)
{
	return (x << k) | (x >> (64 - k));
}

uint64_t bt_rng_next(struct bt_rng *rng)
{
	uint64_t *s = rng->s;
	uint64_t result = rotl(s[1] * 5, 7) * 9;
	uint64_t t = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= t;
	s[3] = rotl(s[3], 45);
	return result;
}

uint64_t bt_rng_below(struct bt_rng *rng, uint64_t n)
{
	uint64_t limit = UINT64_MAX - UINT64_MAX % n, x;

	assert(n > 0);
	do
		x = bt_rng_next(rng);
	while (x >= limit);
	return x % n;
}

double bt_rng_unit(struct bt_rng *rng)
{
	return bt_unit_from(bt_rng_next(rng));
}

double bt_rng_exponential(struct bt_rng *rng)
{
	return -log(bt_rng_unit(rng));
}

double bt_rng_normal(struct bt_rng *rng)
{
	double r = sqrt(-2 * log(bt_rng_unit(rng)));

	return r * cos(2 * 3.14159265358979323846 * bt_rng_unit(rng));
}
