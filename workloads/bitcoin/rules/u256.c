#include "bitcoin/rules/u256.h"

struct btc_u256 btc_u256_from_hash(const uint8_t hash[32])
{
	struct btc_u256 v;

	for (int i = 0; i < 4; i++)
		v.w[i] = btc_le64(hash + 8 * i);
	return v;
}

int btc_u256_cmp(const struct btc_u256 *a, const struct btc_u256 *b)
{
	for (int i = 3; i >= 0; i--)
		if (a->w[i] != b->w[i])
			return a->w[i] < b->w[i] ? -1 : 1;
	return 0;
}

bool btc_u256_is_zero(const struct btc_u256 *a)
{
	return (a->w[0] | a->w[1] | a->w[2] | a->w[3]) == 0;
}

unsigned btc_u256_bits(const struct btc_u256 *a)
{
	for (unsigned i = 4; i > 0; i--)
		if (a->w[i - 1] != 0)
			return 64 * i - (unsigned)__builtin_clzll(a->w[i - 1]);
	return 0;
}

void btc_u256_add(struct btc_u256 *a, const struct btc_u256 *b)
{
	uint64_t carry = 0;

	for (int i = 0; i < 4; i++) {
		uint64_t sum = a->w[i] + carry;

		carry = sum < carry;
		a->w[i] = sum + b->w[i];
		carry += a->w[i] < sum;
	}
}

static void subtract(struct btc_u256 *a, const struct btc_u256 *b)
{
	uint64_t borrow = 0;

	for (int i = 0; i < 4; i++) {
		uint64_t d = a->w[i] - b->w[i] - borrow;

		borrow = borrow != 0 ? a->w[i] <= b->w[i] : a->w[i] < b->w[i];
		a->w[i] = d;
	}
}

void btc_u256_shift_left(struct btc_u256 *a, unsigned bits)
{
	int limbs = (int)(bits / 64);
	unsigned rest = bits % 64;

	for (int i = 3; i >= 0; i--) {
		uint64_t high = i >= limbs ? a->w[i - limbs] : 0;
		uint64_t low = i > limbs ? a->w[i - limbs - 1] : 0;

		a->w[i] = rest == 0 ? high : high << rest | low >> (64 - rest);
	}
}

void btc_u256_shift_right(struct btc_u256 *a, unsigned bits)
{
	int limbs = (int)(bits / 64);
	unsigned rest = bits % 64;

	for (int i = 0; i < 4; i++) {
		uint64_t low = i + limbs < 4 ? a->w[i + limbs] : 0;
		uint64_t high = i + limbs < 3 ? a->w[i + limbs + 1] : 0;

		a->w[i] = rest == 0 ? low : low >> rest | high << (64 - rest);
	}
}

void btc_u256_mul32(struct btc_u256 *a, uint32_t b)
{
	uint64_t carry = 0;

	for (int i = 0; i < 4; i++) {
		uint64_t low = (a->w[i] & 0xffffffff) * b + carry;
		uint64_t high = (a->w[i] >> 32) * b + (low >> 32);

		a->w[i] = high << 32 | (low & 0xffffffff);
		carry = high >> 32;
	}
}

void btc_u256_div32(struct btc_u256 *a, uint32_t b)
{
	uint64_t rest = 0;

	for (int i = 3; i >= 0; i--) {
		uint64_t high = rest << 32 | a->w[i] >> 32;
		uint64_t low = (high % b) << 32 | (a->w[i] & 0xffffffff);

		a->w[i] = (high / b) << 32 | low / b;
		rest = low % b;
	}
}

void btc_u256_div(struct btc_u256 *a, const struct btc_u256 *b)
{
	unsigned bits = btc_u256_bits(a), divisor_bits = btc_u256_bits(b);
	struct btc_u256 quotient = { .w = { 0 } }, divisor = *b;

	if (bits < divisor_bits) {
		*a = quotient;
		return;
	}
	btc_u256_shift_left(&divisor, bits - divisor_bits);
	for (unsigned i = bits - divisor_bits + 1; i > 0; i--) {
		btc_u256_shift_left(&quotient, 1);
		if (btc_u256_cmp(a, &divisor) >= 0) {
			subtract(a, &divisor);
			quotient.w[0] |= 1;
		}
		btc_u256_shift_right(&divisor, 1);
	}
	*a = quotient;
}
