/* Targets and retargeting. Cases marked "Core" are facts from Bitcoin Core's arith_uint256_tests
 * and pow_tests. */
#include "cm.h"

#include "bitcoin/rules/pow.h"

static struct btc_u256 number(uint64_t w3, uint64_t w2, uint64_t w1, uint64_t w0)
{
	return (struct btc_u256){ .w = { w0, w1, w2, w3 } };
}

static void assert_u256(const struct btc_u256 *a, struct btc_u256 b)
{
	for (int i = 0; i < 4; i++)
		assert_int_equal(a->w[i], b.w[i]);
}

struct compact_row {
	uint32_t compact;
	struct btc_u256 value;
	uint32_t again; /* encoded, without a sign */
	bool negative, overflow;
};

/* Core: bignum_SetCompact. */
static const struct compact_row compact_rows[] = {
	{ 0x00000000, { { 0 } }, 0, false, false },
	{ 0x00123456, { { 0 } }, 0, false, false },
	{ 0x01003456, { { 0 } }, 0, false, false },
	{ 0x02000056, { { 0 } }, 0, false, false },
	{ 0x03000000, { { 0 } }, 0, false, false },
	{ 0x04000000, { { 0 } }, 0, false, false },
	{ 0x00923456, { { 0 } }, 0, false, false },
	{ 0x01803456, { { 0 } }, 0, false, false },
	{ 0x02800056, { { 0 } }, 0, false, false },
	{ 0x03800000, { { 0 } }, 0, false, false },
	{ 0x04800000, { { 0 } }, 0, false, false },
	{ 0x01123456, { { 0x12 } }, 0x01120000, false, false },
	{ 0x01fedcba, { { 0x7e } }, 0x017e0000, true, false },
	{ 0x02123456, { { 0x1234 } }, 0x02123400, false, false },
	{ 0x03123456, { { 0x123456 } }, 0x03123456, false, false },
	{ 0x04123456, { { 0x12345600 } }, 0x04123456, false, false },
	{ 0x04923456, { { 0x12345600 } }, 0x04123456, true, false },
	{ 0x05009234, { { 0x92340000 } }, 0x05009234, false, false },
	{ 0x20123456, { { 0, 0, 0, UINT64_C(0x1234560000000000) } }, 0x20123456, false, false },
	{ 0xff123456, { { 0 } }, 0, false, true },
	{ 0x21010000, { { 0 } }, 0, false, true },
	{ 0x2200ff00, { { 0 } }, 0, false, true },
	{ 0x2100ff00, { { 0, 0, 0, UINT64_C(0xff00000000000000) } }, 0x2100ff00, false, false },
};

static void compact_targets_decode_and_encode(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < BT_LEN(compact_rows); i++) {
		const struct compact_row *row = &compact_rows[i];
		bool negative, overflow;
		struct btc_u256 v;

		btc_compact_decode(&v, &negative, &overflow, row->compact);
		assert_int_equal(negative, row->negative);
		assert_int_equal(overflow, row->overflow);
		if (overflow)
			continue;
		assert_u256(&v, row->value);
		assert_int_equal(btc_compact_encode(&v), row->again);
	}
}

static void a_mantissa_never_looks_negative(void **unused)
{
	struct btc_u256 v = number(0, 0, 0, 0x80);

	(void)unused;
	assert_int_equal(btc_compact_encode(&v), 0x02008000); /* Core */
}

struct retarget_row {
	uint32_t bits;
	int64_t first, last;
	uint32_t next;
};

/* Core: get_next_work and its limits. */
static const struct retarget_row retarget_rows[] = {
	{ 0x1d00ffff, 1261130161, 1262152739, 0x1d00d86a },
	{ 0x1d00ffff, 1231006505, 1233061996, 0x1d00ffff },
	{ 0x1c05a3f4, 1279008237, 1279297671, 0x1c0168fd },
	{ 0x1c387f6f, 1263163443, 1269211443, 0x1d00e1fd },
};

static void targets_follow_the_time_a_period_took(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < BT_LEN(retarget_rows); i++) {
		const struct retarget_row *row = &retarget_rows[i];

		assert_int_equal(btc_pow_retarget(btc_chainparams(BTC_MAIN), row->bits, row->first,
					 row->last),
			row->next);
	}
}

struct pow_row {
	uint32_t bits;
	struct btc_u256 hash;
	bool ok;
};

/* Core: CheckProofOfWork_test_*, on the main network. */
static const struct pow_row pow_rows[] = {
	{ 0x1d00ffff, { { 1, 0, 0, 0 } }, true },
	{ 0x1d00ffff, { { 0, 0, 0, UINT64_C(0x00000000ffff0000) } }, true }, /* the target itself */
	{ 0x1d00ffff, { { 1, 0, 0, UINT64_C(0x00000000ffff0000) } }, false }, /* one more */
	{ 0x1d80ffff, { { 1, 0, 0, 0 } }, false },                            /* negative */
	{ 0xff123456, { { 1, 0, 0, 0 } }, false },                            /* overflow */
	{ 0x1d010000, { { 1, 0, 0, 0 } }, false }, /* easier than allowed */
	{ 0x00000000, { { 0, 0, 0, 0 } }, false }, /* zero */
};

static void a_hash_must_meet_a_target_that_is_one(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < BT_LEN(pow_rows); i++) {
		uint8_t hash[32];

		for (int k = 0; k < 4; k++)
			btc_put_le64(hash + 8 * k, pow_rows[i].hash.w[k]);
		assert_int_equal(btc_pow_ok(hash, pow_rows[i].bits, btc_chainparams(BTC_MAIN)),
			pow_rows[i].ok);
	}
}

static void work_is_the_number_of_hashes_to_expect(void **unused)
{
	struct btc_u256 work = btc_pow_work(0x207fffff);

	(void)unused;
	assert_u256(&work, number(0, 0, 0, 2));
	work = btc_pow_work(0x1d00ffff);
	assert_u256(&work, number(0, 0, 0, UINT64_C(0x100010001)));
	work = btc_pow_work(0x03000001); /* a target of 1: half of 2^256 */
	assert_u256(&work, number(UINT64_C(1) << 63, 0, 0, 0));
	work = btc_pow_work(0x1d80ffff);
	assert_true(btc_u256_is_zero(&work));
}

/* A chain of `n` headers of these bits, 600 s apart. */
static void fill(struct btc_header_rec *chain, uint32_t n, uint32_t bits)
{
	memset(chain, 0, n * sizeof(chain[0]));
	for (uint32_t i = 0; i < n; i++) {
		chain[i].time = 1000000 + 600 * i;
		chain[i].bits = bits;
	}
}

static void test_networks_forgive_a_late_block(void **unused)
{
	const struct btc_chainparams *testnet3 = btc_chainparams(BTC_TESTNET3);
	struct btc_header_rec chain[30];
	uint32_t last;

	(void)unused;
	fill(chain, 30, 0x1c0168fd);
	last = chain[29].time;
	assert_int_equal(btc_pow_next_bits(testnet3, chain, 30, last + 1200), 0x1c0168fd);
	assert_int_equal(btc_pow_next_bits(testnet3, chain, 30, last + 1201), 0x1d00ffff);
	/* After easy blocks the last target that was not easy holds. */
	for (int i = 25; i < 30; i++)
		chain[i].bits = 0x1d00ffff;
	assert_int_equal(btc_pow_next_bits(testnet3, chain, 30, last + 600), 0x1c0168fd);
	assert_int_equal(
		btc_pow_next_bits(btc_chainparams(BTC_MAIN), chain, 30, last + 9999), 0x1d00ffff);
}

static void a_period_ends_with_a_new_target(void **unused)
{
	static struct btc_header_rec chain[2016];
	uint32_t usual;

	(void)unused;
	fill(chain, 2016, 0x1c0168fd);
	/* 2,015 intervals are measured and 2,016 are wanted. */
	usual = btc_pow_next_bits(btc_chainparams(BTC_MAIN), chain, 2016, 0);
	assert_true(usual < 0x1c0168fd && usual > 0x1c016800);
	/* BIP94 takes the target of the period's first block, which cannot be an easy one. */
	chain[2015].bits = 0x1d00ffff;
	assert_int_equal(btc_pow_next_bits(btc_chainparams(BTC_TESTNET4), chain, 2016, 0), usual);
	assert_int_not_equal(
		btc_pow_next_bits(btc_chainparams(BTC_TESTNET3), chain, 2016, 0), usual);
	assert_int_equal(
		btc_pow_next_bits(btc_chainparams(BTC_REGTEST), chain, 2016, 0), 0x1d00ffff);
}

static void the_subsidy_halves(void **unused)
{
	const struct btc_chainparams *params = btc_chainparams(BTC_MAIN);
	int64_t sum = 0;

	(void)unused;
	assert_int_equal(btc_subsidy(params, 0), 5000000000);
	assert_int_equal(btc_subsidy(params, 209999), 5000000000);
	assert_int_equal(btc_subsidy(params, 210000), 2500000000);
	assert_int_equal(btc_subsidy(params, 64 * 210000), 0);
	assert_int_equal(btc_subsidy(btc_chainparams(BTC_REGTEST), 150), 2500000000);
	for (uint32_t h = 0; h < 14000000; h += 1000)
		sum += btc_subsidy(params, h) * 1000;
	assert_int_equal(sum, INT64_C(2099999997690000)); /* Core: subsidy_limit_test */
}

static void numbers_of_256_bits_divide_and_shift(void **unused)
{
	struct btc_u256 a = number(UINT64_MAX, UINT64_MAX, UINT64_MAX, UINT64_MAX);
	struct btc_u256 b = number(0, 0, 1, 0);

	(void)unused;
	btc_u256_div(&a, &b);
	assert_u256(&a, number(0, UINT64_MAX, UINT64_MAX, UINT64_MAX));
	btc_u256_mul32(&a, 0x10000);
	assert_u256(&a, number(0xffff, UINT64_MAX, UINT64_MAX, UINT64_MAX - 0xffff));
	btc_u256_div32(&a, 0x10000);
	assert_u256(&a, number(0, UINT64_MAX, UINT64_MAX, UINT64_MAX));
	btc_u256_shift_left(&a, 68);
	assert_u256(&a, number(UINT64_MAX, UINT64_MAX, UINT64_MAX - 15, 0));
	btc_u256_shift_right(&a, 132);
	assert_u256(&a, number(0, 0, UINT64_MAX >> 4, UINT64_MAX));
	assert_int_equal(btc_u256_bits(&a), 124);
	btc_u256_add(&a, &b);
	assert_u256(&a, number(0, 0, UINT64_C(1) << 60, UINT64_MAX));
	btc_u256_div(&b, &a);
	assert_true(btc_u256_is_zero(&b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(compact_targets_decode_and_encode),
		cmocka_unit_test(a_mantissa_never_looks_negative),
		cmocka_unit_test(targets_follow_the_time_a_period_took),
		cmocka_unit_test(a_hash_must_meet_a_target_that_is_one),
		cmocka_unit_test(work_is_the_number_of_hashes_to_expect),
		cmocka_unit_test(test_networks_forgive_a_late_block),
		cmocka_unit_test(a_period_ends_with_a_new_target),
		cmocka_unit_test(the_subsidy_halves),
		cmocka_unit_test(numbers_of_256_bits_divide_and_shift),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
