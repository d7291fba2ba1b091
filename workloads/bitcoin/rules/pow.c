#include "bitcoin/rules/pow.h"

void btc_compact_decode(struct btc_u256 *v, bool *negative, bool *overflow, uint32_t compact)
{
	unsigned size = compact >> 24;
	uint32_t word = compact & 0x007fffff;

	if (size <= 3)
		word >>= 8 * (3 - size);
	*v = (struct btc_u256){ .w = { word } };
	if (size > 3 && size - 3 < 32)
		btc_u256_shift_left(v, 8 * (size - 3));
	else if (size > 3)
		*v = (struct btc_u256){ .w = { 0 } };
	*negative = word != 0 && (compact & 0x00800000) != 0;
	*overflow = word != 0 &&
		(size > 34 || (word > 0xff && size > 33) || (word > 0xffff && size > 32));
}

uint32_t btc_compact_encode(const struct btc_u256 *v)
{
	unsigned size = (btc_u256_bits(v) + 7) / 8;
	struct btc_u256 mantissa = *v;
	uint32_t word;

	if (size <= 3)
		btc_u256_shift_left(&mantissa, 8 * (3 - size));
	else
		btc_u256_shift_right(&mantissa, 8 * (size - 3));
	word = (uint32_t)mantissa.w[0];
	/* The mantissa's top bit is the sign. */
	if ((word & 0x00800000) != 0) {
		word >>= 8;
		size++;
	}
	return word | size << 24;
}

static bool target_of(struct btc_u256 *target, uint32_t bits)
{
	bool negative, overflow;

	btc_compact_decode(target, &negative, &overflow, bits);
	return !negative && !overflow && !btc_u256_is_zero(target);
}

bool btc_pow_ok(const uint8_t hash[32], uint32_t bits, const struct btc_chainparams *params)
{
	struct btc_u256 value = btc_u256_from_hash(hash), target;

	return target_of(&target, bits) && btc_u256_cmp(&target, &params->pow_limit) <= 0 &&
		btc_u256_cmp(&value, &target) <= 0;
}

struct btc_u256 btc_pow_work(uint32_t bits)
{
	static const struct btc_u256 one = { .w = { 1 } };
	struct btc_u256 work = { .w = { 0 } }, divisor;

	if (!target_of(&divisor, bits))
		return work;
	/* 2^256 / (t + 1) is ~t / (t + 1) + 1, which needs no 257th bit. */
	for (int i = 0; i < 4; i++)
		work.w[i] = ~divisor.w[i];
	btc_u256_add(&divisor, &one);
	btc_u256_div(&work, &divisor);
	btc_u256_add(&work, &one);
	return work;
}

uint32_t btc_pow_retarget(
	const struct btc_chainparams *params, uint32_t bits, int64_t first_time, int64_t last_time)
{
	struct btc_u256 target;
	int64_t span = last_time - first_time, wanted = params->timespan;
	bool negative, overflow;

	span = BT_MAX(span, wanted / 4);
	span = BT_MIN(span, wanted * 4);
	btc_compact_decode(&target, &negative, &overflow, bits);
	btc_u256_mul32(&target, (uint32_t)span);
	btc_u256_div32(&target, params->timespan);
	if (btc_u256_cmp(&target, &params->pow_limit) > 0)
		target = params->pow_limit;
	return btc_compact_encode(&target);
}

/* On test networks a block that comes late may be easy, and the target of the next is the last one
 * that was not. */
static uint32_t min_difficulty_bits(const struct btc_chainparams *params,
	const struct btc_header_rec *chain, uint32_t height, uint32_t time)
{
	uint32_t limit = btc_compact_encode(&params->pow_limit), h = height - 1;

	if (time > (int64_t)chain[h].time + 2 * (int64_t)params->spacing)
		return limit;
	while (h > 0 && h % params->period != 0 && chain[h].bits == limit)
		h--;
	return chain[h].bits;
}

uint32_t btc_pow_next_bits(const struct btc_chainparams *params, const struct btc_header_rec *chain,
	uint32_t height, uint32_t time)
{
	const struct btc_header_rec *last = &chain[height - 1], *first;

	if (height % params->period != 0)
		return params->min_difficulty ? min_difficulty_bits(params, chain, height, time)
					      : last->bits;
	if (params->no_retarget)
		return last->bits;
	/* The period is measured from its first block, not from the last of the one before. */
	first = &chain[height - params->period];
	return btc_pow_retarget(
		params, params->bip94 ? first->bits : last->bits, first->time, last->time);
}
