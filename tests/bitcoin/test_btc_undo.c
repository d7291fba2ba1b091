/* Undo data: Core's compact forms, what is malformed, and what a chain makes of them. */
#include "cm.h"

#include <errno.h>
#include <stdlib.h>

#include "btc_dir.h"
#include "bitcoin/rules/compress.h"
#include "bitcoin/rules/script.h"
#include "bitcoin/rules/undo.h"

#define BLOCKS 116

static struct btc_miner miner;

static void numbers_have_cores_forms(void **unused)
{
	/* serialize.h: 0, 127, 128, 255, 256, 16383, 16384, 16511, 65535, 2^32. */
	static const struct {
		uint64_t v;
		uint8_t n, bytes[5];
	} rows[] = {
		{ 0, 1, { 0x00 } },
		{ 127, 1, { 0x7f } },
		{ 128, 2, { 0x80, 0x00 } },
		{ 255, 2, { 0x80, 0x7f } },
		{ 256, 2, { 0x81, 0x00 } },
		{ 16383, 2, { 0xfe, 0x7f } },
		{ 16384, 2, { 0xff, 0x00 } },
		{ 16511, 2, { 0xff, 0x7f } },
		{ 65535, 3, { 0x82, 0xfe, 0x7f } },
		{ UINT64_C(1) << 32, 5, { 0x8e, 0xfe, 0xfe, 0xff, 0x00 } },
	};
	uint8_t out[BTC_VARINT_MAX];

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct btc_reader r = { .p = rows[i].bytes, .size = rows[i].n };

		assert_int_equal(btc_put_varint(out, rows[i].v), rows[i].n);
		assert_memory_equal(out, rows[i].bytes, rows[i].n);
		assert_int_equal(btc_read_varint(&r, UINT64_MAX), rows[i].v);
		assert_null(r.why);
		assert_int_equal(r.at, rows[i].n);
	}
}

static void a_number_that_is_too_large_is_a_fault_at_its_first_byte(void **unused)
{
	static const uint64_t v[] = { UINT32_MAX, UINT64_C(1) << 32, UINT64_MAX };
	uint8_t out[BTC_VARINT_MAX + 1];

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(v); i++) {
		struct btc_reader r = { .p = out, .size = btc_put_varint(out, v[i]) };
		struct btc_reader wide = r, more = r;

		btc_read_varint(&r, UINT32_MAX);
		assert_int_equal(r.why != NULL, v[i] > UINT32_MAX);
		assert_int_equal(btc_read_varint(&wide, UINT64_MAX), v[i]);
		out[more.size - 1] |= 0x80;
		out[more.size++] = 0;
		btc_read_varint(&more, v[i] > UINT32_MAX ? UINT64_MAX : UINT32_MAX);
		assert_int_equal(more.why != NULL, v[i] == UINT32_MAX || v[i] == UINT64_MAX);
		assert_int_equal(r.why != NULL ? r.at : 0, 0);
	}
}

static void amounts_have_cores_forms(void **unused)
{
	static const uint64_t rows[][2] = {
		{ 0, 0x0 },
		{ 1, 0x1 },
		{ 1000000, 0x7 },
		{ 100000000, 0x9 },
		{ UINT64_C(50) * 100000000, 0x32 },
		{ UINT64_C(21000000) * 100000000, 0x1406f40 },
	};

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		assert_int_equal(btc_amount_compress(rows[i][0]), rows[i][1]);
		assert_int_equal(btc_amount_decompress(rows[i][1]), rows[i][0]);
	}
	for (uint64_t v = 1; v < UINT64_C(2100000000000000); v = v * 3 + 7)
		assert_int_equal(btc_amount_decompress(btc_amount_compress(v)), v);
	for (uint64_t x = 1; x < 100000; x++)
		assert_int_equal(btc_amount_compress(btc_amount_decompress(x)), x);
}

static struct btc_span round_trip(struct btc_span script, size_t want)
{
	static uint8_t packed[BTC_MAX_SCRIPT + 100], room[BTC_SCRIPT_KNOWN_MAX];
	struct btc_reader r = { .p = packed, .size = btc_script_compress(packed, script) };
	struct btc_span back = btc_script_decompress(&r, room);

	assert_null(r.why);
	assert_int_equal(r.at, r.size);
	assert_int_equal(r.size, want);
	return back;
}

static void known_scripts_are_short_and_others_whole(void **unused)
{
	uint8_t hash[20] = { 1, 2, 3 }, any[200] = { OP_RETURN }, full[67] = { 65 };
	uint8_t x_only[67], pub[33], hybrid;
	struct btc_span p2sh = btc_mine_p2sh(&miner, (struct btc_span){ .p = hash, .n = 20 });
	secp256k1_pubkey point;
	size_t n = 65;

	(void)unused;
	assert_true(
		btc_span_eq(round_trip(btc_mine_p2pkh(&miner, 3), 21), btc_mine_p2pkh(&miner, 3)));
	assert_true(btc_span_eq(round_trip(p2sh, 21), p2sh));
	for (size_t size = 0; size < sizeof(any); size++) {
		struct btc_span s = { .p = any, .n = size };

		assert_true(btc_span_eq(round_trip(s, size + (size + 6 > 127 ? 2 : 1)), s));
	}
	for (unsigned key = 0; key < 8; key++) {
		struct btc_span s = { .p = full, .n = 67 }, odd = { .p = x_only, .n = 67 };

		btc_mine_pubkey(&miner, pub, key);
		assert_true(secp256k1_ec_pubkey_parse(miner.secp, &point, pub, 33));
		secp256k1_ec_pubkey_serialize(
			miner.secp, full + 1, &n, &point, SECP256K1_EC_UNCOMPRESSED);
		full[66] = OP_CHECKSIG;
		assert_true(btc_span_eq(round_trip(s, 33), s));
		/* Not on the curve, or not in the plain form: nothing that 33 bytes could stand
		 * for. */
		memcpy(x_only, full, 67);
		x_only[40] ^= 1;
		assert_true(btc_span_eq(round_trip(odd, 68), odd));
		memcpy(x_only, full, 67);
		hybrid = (uint8_t)(6 | (full[65] & 1));
		x_only[1] = hybrid;
		assert_true(btc_span_eq(round_trip(odd, 68), odd));
	}
}

static void a_key_off_the_curve_gives_no_script_and_a_long_one_op_return(void **unused)
{
	uint8_t bytes[33] = { 4 }, room[BTC_SCRIPT_KNOWN_MAX], *longer;
	struct btc_reader r = { .p = bytes, .size = sizeof(bytes) };
	struct btc_span s;

	(void)unused;
	memset(bytes + 1, 0xff, 32);
	s = btc_script_decompress(&r, room);
	assert_null(r.why);
	assert_int_equal(s.n, 0);
	longer = calloc(1, BTC_MAX_SCRIPT + 20);
	assert_non_null(longer);
	r = (struct btc_reader){ .p = longer };
	r.size = btc_put_varint(longer, BTC_MAX_SCRIPT + 1 + 6) + BTC_MAX_SCRIPT + 1;
	s = btc_script_decompress(&r, room);
	assert_null(r.why);
	assert_int_equal(r.at, r.size);
	assert_int_equal(s.n, 1);
	assert_int_equal(s.p[0], OP_RETURN);
	free(longer);
}

static void undo_data_cut_off_or_too_long_are_malformed(void **unused)
{
	struct btc_span whole = btc_dir_undo(&miner, BLOCKS - 1);
	uint8_t *longer = calloc(1, whole.n + 1);

	(void)unused;
	assert_non_null(longer);
	memcpy(longer, whole.p, whole.n);
	for (size_t n = 0; n <= whole.n + 1; n++) {
		struct btc_arena arena = { .first = NULL };
		uint8_t *exact = malloc(n + 1); /* so that a sanitizer sees a read past the end */
		struct btc_reader r = { .p = exact, .size = n };
		struct btc_undo undo;

		assert_non_null(exact);
		memcpy(exact, longer, BT_MIN(n, whole.n + 1));
		assert_int_equal(btc_undo_parse(&undo, &r, &arena), n == whole.n ? 0 : -EINVAL);
		free(exact);
		btc_arena_fini(&arena);
	}
	free(longer);
}

static struct btc_chain *chain_from(uint32_t height)
{
	struct btc_chain_room room = { .blocks = BLOCKS, .coins = 100, .foreign = 100 };
	struct btc_chain *chain = btc_chain_new(btc_chainparams(BTC_REGTEST), &room, NULL);
	const uint8_t *headers[BLOCKS];
	struct btc_reject reject;

	assert_non_null(chain);
	for (uint32_t h = 0; h < height; h++)
		headers[h] = miner.blocks[h].p;
	if (height > 0)
		assert_int_equal(btc_chain_begin(chain, &reject, headers, height, height), 0);
	return chain;
}

static int connect(
	struct btc_chain *chain, struct btc_reject *reject, uint32_t height, struct btc_span undo)
{
	struct btc_block_counts counts;

	return btc_chain_connect_undo(chain, &counts, reject, miner.blocks[height], undo);
}

/* Undo data of a block with one thing changed. */
static struct btc_span forged(uint32_t height, uint32_t tx, uint32_t in, struct btc_coin change)
{
	struct btc_span data = btc_dir_undo(&miner, height);
	struct btc_reader r = { .p = data.p, .size = data.n };
	struct btc_undo undo;
	struct btc_coin *coin;
	uint8_t *bytes;

	assert_int_equal(btc_undo_parse(&undo, &r, &miner.arena), 0);
	coin = (struct btc_coin *)&undo.tx[tx].coins[in];
	coin->amount += change.amount;
	coin->height += change.height;
	coin->coinbase ^= change.coinbase;
	bytes = btc_mine_get(&miner, btc_undo_room(&undo), 1);
	return (struct btc_span){ .p = bytes, .n = btc_undo_write(bytes, &undo) };
}

static void refused(uint32_t from, uint32_t height, struct btc_span undo, const char *rule)
{
	struct btc_chain *chain = chain_from(from);
	struct btc_reject reject;

	for (uint32_t h = from; h < height; h++)
		if (connect(chain, &reject, h, h > 0 ? btc_dir_undo(&miner, h) : undo) != 0)
			fail_msg("height %u: %s", h, reject.rule);
	assert_int_equal(connect(chain, &reject, height, undo), -EBADMSG);
	assert_string_equal(reject.rule, rule);
	btc_chain_free(chain);
}

static void undo_data_must_agree_with_the_coins_that_are_known(void **unused)
{
	struct btc_coin richer = { .amount = 1 }, younger = { .height = 1 };
	struct btc_coin mined = { .coinbase = true };
	static const char rule[] = "undo-coin-mismatch";

	(void)unused;
	refused(112, 113, forged(113, 0, 3, richer), rule);
	refused(112, 113, forged(113, 0, 3, younger), "undo-coin-mismatch");
	refused(112, 113, forged(113, 0, 3, mined), rule);
}

static void coins_older_than_the_stretch_are_spent_once(void **unused)
{
	struct btc_coin younger = { .height = 112 };
	struct btc_chain *chain = chain_from(113);
	struct btc_reject reject;

	(void)unused;
	assert_int_equal(connect(chain, &reject, 113, btc_dir_undo(&miner, 113)), 0);
	assert_int_equal(connect(chain, &reject, 114, btc_dir_undo(&miner, 114)), 0);
	btc_chain_reset(chain);
	assert_int_equal(btc_chain_length(chain), 113);
	assert_int_equal(connect(chain, &reject, 113, btc_dir_undo(&miner, 113)), 0);
	btc_chain_free(chain);
	/* One that says to be made in the stretch must have been. */
	refused(113, 113, forged(113, 0, 0, younger), "bad-txns-inputs-missingorspent");
	refused(113, 113, forged(113, 1, 0, (struct btc_coin){ .height = 20 }),
		"bad-txns-premature-spend-of-coinbase");
	refused(113, 113, btc_dir_undo(&miner, 112), "undo-tx-count");
}

static void a_chain_begins_behind_headers_that_hold(void **unused)
{
	const uint8_t *headers[BLOCKS];
	uint8_t wrong[BTC_HEADER_SIZE];
	struct btc_chain *chain = chain_from(0);
	struct btc_reject reject;

	(void)unused;
	for (uint32_t h = 0; h < BLOCKS; h++)
		headers[h] = miner.blocks[h].p;
	memcpy(wrong, headers[50], sizeof(wrong));
	wrong[4] ^= 1;
	headers[50] = wrong;
	assert_int_equal(btc_chain_begin(chain, &reject, headers, 100, 100), -EBADMSG);
	assert_int_equal(reject.height, 50);
	btc_chain_free(chain);
}

static int mine(void **unused)
{
	(void)unused;
	btc_mine_init(&miner);
	btc_dir_mine(&miner, BLOCKS);
	return 0;
}

static int drop(void **unused)
{
	(void)unused;
	btc_mine_fini(&miner);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_have_cores_forms),
		cmocka_unit_test(a_number_that_is_too_large_is_a_fault_at_its_first_byte),
		cmocka_unit_test(amounts_have_cores_forms),
		cmocka_unit_test(known_scripts_are_short_and_others_whole),
		cmocka_unit_test(a_key_off_the_curve_gives_no_script_and_a_long_one_op_return),
		cmocka_unit_test(undo_data_cut_off_or_too_long_are_malformed),
		cmocka_unit_test(undo_data_must_agree_with_the_coins_that_are_known),
		cmocka_unit_test(coins_older_than_the_stretch_are_spent_once),
		cmocka_unit_test(a_chain_begins_behind_headers_that_hold),
	};

	return cmocka_run_group_tests(tests, mine, drop);
}
