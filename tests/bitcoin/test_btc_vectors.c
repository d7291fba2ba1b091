/*
 * Bitcoin Core's published vectors: script_tests.json, tx_valid.json, tx_invalid.json,
 * sighash.json. All cases must hold; the number of cases is printed.
 */
#include "cm.h"

#include <math.h>
#include <stdlib.h>

#include "btc_asm.h"
#include "btc_json.h"

static struct btc_arena arena;
static struct btc_validator *validator;

/* The transaction of Core's script tests that makes the coin: its txid is signed. */
static void credit_txid(uint8_t txid[32], const struct btc_prevout *coin)
{
	static const uint8_t zeros[2] = { 0, 0 },
			     none[BTC_OUTPOINT_SIZE] = { [32] = 0xff, 0xff, 0xff, 0xff };
	struct btc_in in = {
		.prevout = none, .script = { .p = zeros, .n = 2 }, .sequence = BTC_SEQUENCE_FINAL
	};
	struct btc_out out = { .value = coin->amount, .script = coin->script };
	struct btc_tx tx = { .version = 1, .n_in = 1, .n_out = 1, .in = &in, .out = &out };
	struct btc_tx parsed;

	btc_json_tx(&parsed, &arena, btc_json_write(&arena, &tx));
	memcpy(txid, parsed.txid, 32);
}

static struct btc_span spending_tx(const struct btc_prevout *coin, struct btc_span script_sig,
	const struct btc_span *witness, uint32_t n_witness)
{
	uint8_t outpoint[BTC_OUTPOINT_SIZE] = { 0 };
	struct btc_in in = { .prevout = outpoint,
		.script = script_sig,
		.sequence = BTC_SEQUENCE_FINAL,
		.n_witness = n_witness,
		.witness = witness };
	struct btc_out out = { .value = coin->amount };
	struct btc_tx tx = { .version = 1, .n_in = 1, .n_out = 1, .in = &in, .out = &out };

	credit_txid(outpoint, coin);
	return btc_json_write(&arena, &tx);
}

/* A case begins with its witness, the last element of which is the amount in bitcoins, when it has
 * one. */
static const struct btc_span *witness_of(const json_t *row, uint32_t *n, int64_t *amount)
{
	const json_t *list = json_array_get(row, 0);
	struct btc_span *items;

	*n = (uint32_t)json_array_size(list) - 1;
	*amount = llround(json_number_value(json_array_get(list, *n)) * (double)BTC_COIN);
	items = btc_arena_get(&arena, *n, sizeof(items[0]));
	assert_non_null(items);
	for (uint32_t i = 0; i < *n; i++)
		items[i] = btc_json_unhex(&arena, btc_json_at(list, i));
	return items;
}

static void judge(struct btc_verdict *verdict, const struct btc_case *c)
{
	assert_int_equal(btc_validate(validator, verdict, c), 0);
}

/*
 * Two things that Core has changed since the package took its copy; today's Core decides. Its pull
 * request 10699 took the two lock time operations out of what DISCOURAGE_UPGRADABLE_NOPS
 * discourages; and a witness script that leaves more or less than one item fails with CLEANSTACK,
 * once called EVAL_FALSE.
 */
static unsigned changed_nops, changed_cleanstacks;

static bool changed_since(const struct btc_case *c, const struct btc_verdict *verdict,
	const char *words, bool witness)
{
	bool nop = c->flags == (BTC_VERIFY_P2SH | BTC_VERIFY_DISCOURAGE_UPGRADABLE_NOPS) &&
		(strcmp(words, "CHECKLOCKTIMEVERIFY") == 0 ||
			strcmp(words, "CHECKSEQUENCEVERIFY") == 0) &&
		verdict->fate == BTC_VALID;
	bool cleanstack = witness && c->expect.script == BTC_SCRIPT_ERR_EVAL_FALSE &&
		verdict->fate == BTC_BAD_SCRIPT && verdict->script == BTC_SCRIPT_ERR_CLEANSTACK;

	changed_nops += nop;
	changed_cleanstacks += cleanstack;
	return nop || cleanstack;
}

static bool script_case(const json_t *row)
{
	size_t at = json_is_array(json_array_get(row, 0));
	const struct btc_span *witness = NULL;
	struct btc_prevout coin = { .amount = 0 };
	struct btc_case c = { .spent = &coin, .n_spent = 1 };
	struct btc_verdict verdict;
	uint32_t n_witness = 0;
	char got[80];

	if (at > 0)
		witness = witness_of(row, &n_witness, &coin.amount);
	coin.script = btc_json_script(&arena, btc_json_at(row, at + 1));
	c.tx = spending_tx(
		&coin, btc_json_script(&arena, btc_json_at(row, at)), witness, n_witness);
	c.flags = btc_verify_flags_fill(btc_flags_of(btc_json_at(row, at + 2)));
	if (btc_expect_parse(&c.expect, btc_json_at(row, at + 3)) != 0)
		fail_msg("%s: no error's name", btc_json_at(row, at + 3));
	judge(&verdict, &c);
	if (btc_verdict_is(&verdict, &c.expect) ||
		changed_since(&c, &verdict, btc_json_at(row, at + 1), at > 0))
		return true;
	btc_verdict_text(got, sizeof(got), &verdict);
	print_error("[%s] [%s] %s: %s, expected %s\n", btc_json_at(row, at),
		btc_json_at(row, at + 1), btc_json_at(row, at + 2), got,
		btc_expect_name(&c.expect));
	return false;
}

/* Rows shorter than `least` are comments. */
static void for_each_case(const char *file, size_t least, bool (*check)(const json_t *row))
{
	json_t *rows = btc_json_load(file);
	unsigned cases = 0, held = 0;
	const json_t *row;
	size_t i;

	json_array_foreach(rows, i, row)
	{
		if (json_array_size(row) < least)
			continue;
		btc_arena_reset(&arena);
		cases++;
		held += check(row);
	}
	print_message("%s: %u of %u cases hold\n", file, held, cases);
	json_decref(rows);
	assert_true(cases > 0);
	assert_int_equal(held, cases);
}

static void every_script_test_ends_with_the_error_it_names(void **unused)
{
	(void)unused;
	for_each_case("bitcoind/script_tests.json", 4, script_case);
	print_message("of these, %u and %u by what Core has changed since\n", changed_nops,
		changed_cleanstacks);
	assert_int_equal(changed_nops, 2);
	assert_int_equal(changed_cleanstacks, 14);
}

static void reverse(uint8_t hash[32])
{
	for (int i = 0; i < 16; i++) {
		uint8_t b = hash[i];

		hash[i] = hash[31 - i];
		hash[31 - i] = b;
	}
}

/* Puts the coin of [txid, index, script, amount] at the input that spends it. */
static bool place_coin(struct btc_prevout *spent, const struct btc_tx *tx, const json_t *row)
{
	struct btc_span txid = btc_json_unhex(&arena, btc_json_at(row, 0));
	uint32_t index = (uint32_t)json_integer_value(json_array_get(row, 1));
	uint8_t hash[32];
	bool placed = false;

	assert_int_equal(txid.n, 32);
	memcpy(hash, txid.p, 32);
	reverse(hash);
	for (uint32_t i = 0; i < tx->n_in; i++) {
		if (memcmp(btc_in_txid(&tx->in[i]), hash, 32) != 0 ||
			btc_in_index(&tx->in[i]) != index)
			continue;
		spent[i].script = btc_json_script(&arena, btc_json_at(row, 2));
		spent[i].amount = json_integer_value(json_array_get(row, 3));
		placed = true;
	}
	return placed;
}

static void read_tx_case(struct btc_case *c, const json_t *row)
{
	const json_t *coins = json_array_get(row, 0), *coin;
	struct btc_prevout *spent;
	struct btc_tx tx;
	size_t i;

	c->tx = btc_json_unhex(&arena, btc_json_at(row, 1));
	c->flags = btc_verify_flags_fill(btc_flags_of(btc_json_at(row, 2)));
	btc_json_tx(&tx, &arena, c->tx);
	spent = btc_arena_get(&arena, tx.n_in, sizeof(spent[0]));
	assert_non_null(spent);
	memset(spent, 0, tx.n_in * sizeof(spent[0]));
	c->spent = spent;
	c->n_spent = tx.n_in;
	json_array_foreach(coins, i, coin) if (!place_coin(spent, &tx, coin) &&
		c->expect.kind == BTC_EXPECT_VALID) fail_msg("a coin that no input spends");
}

static bool tx_case(const json_t *row, const char *expect)
{
	struct btc_verdict verdict;
	struct btc_case c;
	char got[80];

	assert_int_equal(btc_expect_parse(&c.expect, expect), 0);
	read_tx_case(&c, row);
	judge(&verdict, &c);
	if (btc_verdict_is(&verdict, &c.expect))
		return true;
	btc_verdict_text(got, sizeof(got), &verdict);
	print_error("%s (%s): %s, expected %s\n", btc_json_at(row, 1), btc_json_at(row, 2), got,
		expect);
	return false;
}

static bool valid_case(const json_t *row)
{
	return tx_case(row, "valid");
}

static bool invalid_case(const json_t *row)
{
	return tx_case(row, "invalid");
}

static void every_valid_transaction_is_valid(void **unused)
{
	(void)unused;
	for_each_case("bitcoind/tx_valid.json", 3, valid_case);
}

static void every_invalid_transaction_is_refused(void **unused)
{
	(void)unused;
	for_each_case("bitcoind/tx_invalid.json", 3, invalid_case);
}

static bool sighash_case(const json_t *row)
{
	struct btc_span code = btc_json_unhex(&arena, btc_json_at(row, 1));
	uint32_t input = (uint32_t)json_integer_value(json_array_get(row, 2));
	uint32_t type = (uint32_t)json_integer_value(json_array_get(row, 3));
	struct btc_tx tx;
	uint8_t hash[32];
	char hex[BTC_HEX_SIZE];

	btc_json_tx(&tx, &arena, btc_json_unhex(&arena, btc_json_at(row, 0)));
	btc_sighash_legacy(hash, &tx, input, code, type);
	btc_hash_hex(hex, hash);
	if (strcmp(hex, btc_json_at(row, 4)) == 0)
		return true;
	print_error("%s: %s, expected %s\n", btc_json_at(row, 0), hex, btc_json_at(row, 4));
	return false;
}

static void every_signature_hash_is_the_one_published(void **unused)
{
	(void)unused;
	for_each_case("sighash.json", 5, sighash_case);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_script_test_ends_with_the_error_it_names),
		cmocka_unit_test(every_valid_transaction_is_valid),
		cmocka_unit_test(every_invalid_transaction_is_refused),
		cmocka_unit_test(every_signature_hash_is_the_one_published),
	};
	int failed;

	if (!btc_json_available())
		return BTC_JSON_SKIP;
	validator = btc_validator_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	btc_validator_free(validator);
	btc_arena_fini(&arena);
	return failed;
}
