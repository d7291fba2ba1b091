/* Transactions: parsed, written back, refused with a position; coins; memory of the arena. */
#include "cm.h"

#include <errno.h>
#include <stdlib.h>

#include "btc_asm.h"
#include "bitcoin/rules/sighash.h"
#include "bitcoin/rules/tx.h"
#include "bitcoin/rules/utxo.h"

/* The first transaction from one person to another, of block 170. */
#define FIRST_TX                                                                                   \
	"0100000001c997a5e56e104102fa209c6a852dd90660a20b2d9c352423edce25857fcd370400000000484730" \
	"4402"                                                                                     \
	"204e45e16932b8af514961a1d3a1a25fdf3f4f7732e9d624c6c61548ab5fb8cd410220181522ec8eca07de48" \
	"60"                                                                                       \
	"a4acdd12909d831cc56cbbac4622082221a8768d1d0901ffffffff0200ca9a3b00000000434104ae1a62fe09" \
	"c5"                                                                                       \
	"f51b13905f07f06b99a2f7159b2225f374cd378d71302fa28414e7aab37397f554a7df5f142c21c1b7303b8a" \
	"06"                                                                                       \
	"26f1baded5c72a704f7e6cd84cac00286bee0000000043410411db93e1dcdb8a016b49840f8c53bc1eb68a38" \
	"2e"                                                                                       \
	"97b1482ecad7b148a6909a5cb2e0eaddfb84ccf9744464f82e160bfa9b8b64f9d4c03f999b8643f656b412a3" \
	"ac"                                                                                       \
	"00000000"

/* BIP143's example of a native P2WPKH input beside a P2PK one, signed. */
#define BIP143_TX                                                                                  \
	"01000000000102fff7f7881a8099afa6940d42d1e7f6362bec38171ea3edf433541db4e4ad969f0000000049" \
	"48"                                                                                       \
	"30450221008b9d1dc26ba6a9cb62127b02742fa9d754cd3bebf337f7a55d114c8e5cdd30be022040529b194b" \
	"a3"                                                                                       \
	"f9281a99f2b1c0a19c0489bc22ede944ccf4ecbab4cc618ef3ed01eeffffffef51e1b804cc89d182d279655c" \
	"3a"                                                                                       \
	"a89e815b1b309fe287d9b2b55d57b90ec68a0100000000ffffffff02202cb206000000001976a9148280b37d" \
	"f3"                                                                                       \
	"78db99f66f85c95a783a76ac7a6d5988ac9093510d000000001976a9143bde42dbee7e4dbe6a21b2d50ce2f0" \
	"16"                                                                                       \
	"7faa815988ac000247304402203609e17b84f6a7d30c80bfa610b5b4542f32a8a0d5447a12fb1366d7f01cc4" \
	"4a"                                                                                       \
	"0220573a954c4518331561406f90300e8f3358f51928d43c212a8caed02de67eebee0121025476c2e8318836" \
	"8d"                                                                                       \
	"a1ff3e292e7acafcdb3566bb0ad253f62fc70f07aeee635711000000"

struct row {
	const char *hex;
	size_t size, base_size;
};

static const struct row rows[] = {
	{ FIRST_TX, 275, 275 },
	{ BIP143_TX, 343, 233 },
};

static struct btc_arena arena;

static int parse(struct btc_tx *tx, struct btc_reader *r, const uint8_t *p, size_t n)
{
	*r = (struct btc_reader){ .p = p, .size = n };
	btc_arena_reset(&arena);
	return btc_tx_parse(tx, r, &arena);
}

static size_t bytes_of(uint8_t *out, size_t cap, const char *hex)
{
	int n = btc_unhex(out, cap, hex, strlen(hex));

	assert_true(n >= 0);
	return (size_t)n;
}

static void a_transaction_is_written_back_as_it_was(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		uint8_t in[512], out[512];
		size_t n = bytes_of(in, sizeof(in), rows[i].hex);
		struct btc_reader r;
		struct btc_tx tx;

		assert_int_equal(parse(&tx, &r, in, n), 0);
		assert_int_equal(tx.raw.n, rows[i].size);
		assert_int_equal(tx.base_size, rows[i].base_size);
		assert_int_equal(btc_tx_weight(&tx), 3 * rows[i].base_size + rows[i].size);
		assert_int_equal(btc_tx_write(NULL, 0, &tx), n);
		assert_int_equal(btc_tx_write(out, sizeof(out), &tx), n);
		assert_memory_equal(out, in, n);
	}
}

static void identifiers_leave_the_witness_out_or_take_it_in(void **unused)
{
	uint8_t in[512], id[32], stripped[512];
	struct btc_reader r;
	struct btc_tx tx, plain;
	char hex[BTC_HEX_SIZE];
	size_t n;

	(void)unused;
	n = bytes_of(in, sizeof(in), FIRST_TX);
	assert_int_equal(parse(&tx, &r, in, n), 0);
	btc_hash_hex(hex, tx.txid);
	assert_string_equal(
		hex, "f4184fc596403b9d638783cf57adfe4c75c605f6356fbc91338530e9831e9e16");
	btc_tx_wtxid(id, &tx);
	assert_memory_equal(id, tx.txid, 32);
	n = bytes_of(in, sizeof(in), BIP143_TX);
	assert_int_equal(parse(&tx, &r, in, n), 0);
	btc_tx_wtxid(id, &tx);
	btc_sha256d(stripped, in, n);
	assert_memory_equal(id, stripped, 32);
	/* Without its witness it is another transaction with the same txid. */
	for (uint32_t i = 0; i < tx.n_in; i++)
		tx.in[i].n_witness = 0;
	n = btc_tx_write(stripped, sizeof(stripped), &tx);
	memcpy(id, tx.txid, 32);
	assert_int_equal(parse(&plain, &r, stripped, n), 0);
	assert_int_equal(n, rows[1].base_size);
	assert_memory_equal(plain.txid, id, 32);
}

static void a_transaction_cut_off_is_refused_at_its_end(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		uint8_t in[512];
		size_t n = bytes_of(in, sizeof(in), rows[i].hex);

		for (size_t cut = 0; cut < n; cut++) {
			uint8_t *exact = malloc(cut + 1);
			struct btc_reader r;
			struct btc_tx tx;

			assert_non_null(exact);
			memcpy(exact, in, cut);
			assert_int_equal(parse(&tx, &r, exact, cut), -EINVAL);
			assert_non_null(r.why);
			assert_true(r.at <= cut);
			free(exact);
		}
	}
}

static void malformed_transactions_are_refused_with_a_reason(void **unused)
{
	static const struct {
		const char *hex, *why;
		size_t at;
	} bad[] = {
		{ "01000000"
		  "fd0100",
			"non-canonical compact size", 4 },
		{ "01000000"
		  "fefd000000",
			"non-canonical compact size", 4 },
		{ "01000000"
		  "ffffffff00000000"
		  "00",
			"non-canonical compact size", 4 },
		{ "01000000"
		  "ff0000000001000000",
			"compact size too large", 4 },
		{ "01000000"
		  "fe01000002",
			"compact size too large", 4 },
		{ "01000000"
		  "05",
			"count larger than what follows", 4 },
		{ "01000000"
		  "0002",
			"unknown transaction flag", 5 },
		{ "01000000"
		  "0001"
		  "00"
		  "00"
		  "00000000",
			"superfluous witness record", 8 },
	};

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(bad); i++) {
		uint8_t in[64];
		struct btc_reader r;
		struct btc_tx tx;

		assert_int_equal(parse(&tx, &r, in, bytes_of(in, sizeof(in), bad[i].hex)), -EINVAL);
		assert_string_equal(r.why, bad[i].why);
		assert_int_equal(r.at, bad[i].at);
	}
}

/* The hash that BIP143's example gives for its second input. */
static void bip143_signs_what_it_says(void **unused)
{
	uint8_t in[512], code[25], got[32], want[32];
	struct btc_prevout spent[2] = { { .amount = 625000000 }, { .amount = 600000000 } };
	struct btc_span script = { .p = code };
	struct btc_txctx ctx;
	struct btc_reader r;
	struct btc_tx tx;

	(void)unused;
	assert_int_equal(parse(&tx, &r, in, bytes_of(in, sizeof(in), BIP143_TX)), 0);
	script.n =
		bytes_of(code, sizeof(code), "76a9141d0f172a0ecb48aee1be1f2687d2963ae33f71a188ac");
	bytes_of(want, 32, "c37af31116d1b27caf68aae9e3ac82f1477929014d5b917657d0eb49478cb670");
	btc_txctx_init(&ctx, &tx, spent);
	btc_sighash_v0(got, &ctx, 1, script, BTC_SIGHASH_ALL);
	assert_memory_equal(got, want, 32);
}

static void single_without_an_output_signs_the_number_one(void **unused)
{
	uint8_t in[512], got[32], want[32] = { 1 };
	struct btc_reader r;
	struct btc_tx tx;

	(void)unused;
	assert_int_equal(parse(&tx, &r, in, bytes_of(in, sizeof(in), FIRST_TX)), 0);
	btc_sighash_legacy(got, &tx, 0, (struct btc_span){ .n = 0 }, BTC_SIGHASH_SINGLE);
	assert_memory_not_equal(got, want, 32);
	tx.n_out = 0;
	btc_sighash_legacy(got, &tx, 0, (struct btc_span){ .n = 0 }, BTC_SIGHASH_SINGLE);
	assert_memory_equal(got, want, 32);
}

static void an_arena_reset_gives_the_same_memory_again(void **unused)
{
	struct btc_arena a = { .first = NULL };
	void *first[3], *again;

	(void)unused;
	first[0] = btc_arena_get(&a, 10, 10);
	first[1] = btc_arena_get(&a, 1, 200000);
	first[2] = btc_arena_get(&a, 3, 30000);
	for (unsigned lap = 0; lap < 3; lap++) {
		btc_arena_reset(&a);
		again = btc_arena_get(&a, 10, 10);
		assert_ptr_equal(again, first[0]);
		again = btc_arena_get(&a, 1, 200000);
		assert_ptr_equal(again, first[1]);
		again = btc_arena_get(&a, 3, 30000);
		assert_ptr_equal(again, first[2]);
	}
	assert_null(btc_arena_get(&a, SIZE_MAX / 2, 8));
	btc_arena_fini(&a);
}

static struct btc_coin coin_of(uint32_t i)
{
	return (struct btc_coin){ .amount = i, .height = i / 3, .coinbase = i % 2 != 0 };
}

/* Coins go in and out in an order that makes long runs of neighbours, past the room asked for. */
static void coins_are_found_until_they_are_spent(void **unused)
{
	enum { N = 4000 };
	struct btc_utxo set;
	struct btc_coin coin;

	(void)unused;
	assert_int_equal(btc_utxo_init(&set, 10), 0);
	for (unsigned lap = 0; lap < 3; lap++) {
		for (uint32_t i = 0; i < N; i++) {
			uint8_t txid[32] = { (uint8_t)(i / 100) };

			coin = coin_of(i);
			assert_int_equal(btc_utxo_add(&set, txid, i % 100, &coin), 0);
		}
		assert_int_equal(set.n, N);
		for (uint32_t k = 0; k < N; k++) {
			uint32_t i = (k * 1237) % N;
			uint8_t txid[32] = { (uint8_t)(i / 100) };

			assert_true(btc_utxo_has(&set, txid, i % 100));
			assert_false(btc_utxo_has(&set, txid, 100));
			if (k % 4 == lap)
				continue;
			assert_true(btc_utxo_spend(&set, &coin, txid, i % 100));
			assert_int_equal(coin.amount, i);
			assert_int_equal(coin.height, i / 3);
			assert_int_equal(coin.coinbase, i % 2 != 0);
			assert_false(btc_utxo_spend(&set, &coin, txid, i % 100));
		}
		assert_int_equal(set.n, N / 4);
		btc_utxo_clear(&set);
		assert_int_equal(set.n, 0);
	}
	btc_utxo_fini(&set);
}

static void a_set_empties_even_when_its_lives_run_out(void **unused)
{
	uint8_t txid[32] = { 1 };
	struct btc_coin coin = coin_of(1);
	struct btc_utxo set;

	(void)unused;
	assert_int_equal(btc_utxo_init(&set, 10), 0);
	assert_int_equal(btc_utxo_add(&set, txid, 0, &coin), 0);
	set.life = UINT32_MAX;
	btc_utxo_clear(&set);
	assert_int_equal(set.life, 1);
	assert_false(btc_utxo_has(&set, txid, 0));
	btc_utxo_fini(&set);
}

static int drop_arena(void **unused)
{
	(void)unused;
	btc_arena_fini(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_transaction_is_written_back_as_it_was),
		cmocka_unit_test(identifiers_leave_the_witness_out_or_take_it_in),
		cmocka_unit_test(a_transaction_cut_off_is_refused_at_its_end),
		cmocka_unit_test(malformed_transactions_are_refused_with_a_reason),
		cmocka_unit_test(bip143_signs_what_it_says),
		cmocka_unit_test(single_without_an_output_signs_the_number_one),
		cmocka_unit_test(an_arena_reset_gives_the_same_memory_again),
		cmocka_unit_test(coins_are_found_until_they_are_spent),
		cmocka_unit_test(a_set_empties_even_when_its_lives_run_out),
	};

	return cmocka_run_group_tests(tests, NULL, drop_arena);
}
