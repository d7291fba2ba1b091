/*
 * Taproot vectors: script_assets_test.json, which BIP341 and BIP342 name as theirs, and BIP341's
 * wallet_test_vectors.json. All cases must hold; the number of cases is printed.
 */
#include "cm.h"

#include <stdlib.h>

#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

#include "bitcoin/rules/interp.h"
#include "bitcoin/rules/sig.h"
#include "bitcoin/rules/taproot.h"
#include "btc_asm.h"
#include "btc_json.h"

#define KEY 32

static struct btc_arena arena;
static struct btc_interp *vm;
static secp256k1_context *secp;

/* All combinations of consensus rules that make sense, as Core's ALL_CONSENSUS_FLAGS. */
static unsigned consensus_flags(uint32_t out[128])
{
	static const uint32_t rules[] = { BTC_VERIFY_P2SH, BTC_VERIFY_DERSIG, BTC_VERIFY_NULLDUMMY,
		BTC_VERIFY_CHECKLOCKTIMEVERIFY, BTC_VERIFY_CHECKSEQUENCEVERIFY, BTC_VERIFY_WITNESS,
		BTC_VERIFY_TAPROOT };
	unsigned n = 0;

	for (unsigned set = 0; set < 1u << BT_LEN(rules); set++) {
		uint32_t flags = 0;

		for (unsigned i = 0; i < BT_LEN(rules); i++)
			flags |= (set >> i & 1) != 0 ? rules[i] : 0;
		if ((flags & BTC_VERIFY_TAPROOT) != 0 && (flags & BTC_VERIFY_WITNESS) == 0)
			continue;
		if (btc_verify_flags_fill(flags) == flags)
			out[n++] = flags;
	}
	return n;
}

static const struct btc_prevout *read_prevouts(const json_t *list)
{
	struct btc_prevout *spent = btc_arena_get(&arena, json_array_size(list), sizeof(*spent));

	assert_non_null(spent);
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct btc_span raw = btc_json_unhex(&arena, btc_json_at(list, i));
		struct btc_reader r = { .p = raw.p, .size = raw.n };

		spent[i].amount = (int64_t)btc_read_le64(&r);
		spent[i].script = btc_read_span(&r);
		assert_true(r.why == NULL && r.at == raw.n);
	}
	return spent;
}

/* Puts scriptSig and witness of a case at its input, and reads the transaction anew. */
static void with_input(struct btc_tx *tx, uint32_t index, const json_t *input)
{
	const json_t *list = json_object_get(input, "witness");
	struct btc_span *items = btc_arena_get(&arena, json_array_size(list), sizeof(items[0]));

	assert_non_null(items);
	for (size_t i = 0; i < json_array_size(list); i++)
		items[i] = btc_json_unhex(&arena, btc_json_at(list, i));
	tx->in[index].script = btc_json_unhex(&arena, btc_json_get(input, "scriptSig"));
	tx->in[index].witness = items;
	tx->in[index].n_witness = (uint32_t)json_array_size(list);
	btc_json_tx(tx, &arena, btc_json_write(&arena, tx));
}

/* How many sets of rules do not end as they should: those that `concerns` says are meant. */
static unsigned misjudged(const struct btc_tx *tx, const struct btc_prevout *spent, uint32_t index,
	uint32_t rules, bool all, bool good)
{
	uint32_t sets[128];
	unsigned n = consensus_flags(sets), wrong = 0;
	struct btc_txctx ctx;

	btc_txctx_init(&ctx, tx, spent);
	for (unsigned i = 0; i < n; i++) {
		uint32_t common = sets[i] & rules;
		bool meant = good ? all || common == sets[i] : common == rules;

		if (meant)
			wrong += (btc_verify_input(vm, &ctx, index, sets[i]) ==
					 BTC_SCRIPT_ERR_OK) != good;
	}
	return wrong;
}

struct tally {
	unsigned cases, success, failure, wrong;
};

static void run_case(const json_t *c, struct tally *t)
{
	const json_t *success = json_object_get(c, "success");
	const json_t *failure = json_object_get(c, "failure");
	const struct btc_prevout *spent = read_prevouts(json_object_get(c, "prevouts"));
	uint32_t index = (uint32_t)json_integer_value(json_object_get(c, "index"));
	uint32_t rules = btc_flags_of(btc_json_get(c, "flags"));
	unsigned before = t->wrong;
	struct btc_tx tx;

	btc_json_tx(&tx, &arena, btc_json_unhex(&arena, btc_json_get(c, "tx")));
	t->cases++;
	if (success != NULL) {
		with_input(&tx, index, success);
		t->success++;
		t->wrong += misjudged(&tx, spent, index, rules,
				    json_is_true(json_object_get(c, "final")), true) > 0;
	}
	if (failure != NULL) {
		with_input(&tx, index, failure);
		t->failure++;
		t->wrong += misjudged(&tx, spent, index, rules, false, false) > 0;
	}
	if (t->wrong != before)
		print_error("%s\n", btc_json_get(c, "comment"));
}

static void every_asset_succeeds_and_fails_as_it_should(void **unused)
{
	json_t *cases = btc_json_load("bitcoind/script_assets_test.json"), *c;
	struct tally t = { .cases = 0 };
	size_t i;

	(void)unused;
	json_array_foreach(cases, i, c)
	{
		btc_arena_reset(&arena);
		run_case(c, &t);
	}
	json_decref(cases);
	print_message("script_assets_test.json: %u cases, %u succeed, %u fail, %u wrong\n", t.cases,
		t.success, t.failure, t.wrong);
	assert_true(t.cases > 0 && t.success > 0 && t.failure > 0);
	assert_int_equal(t.wrong, 0);
}

static void expect_hash(const char *what, const uint8_t got[32], const char *want)
{
	struct btc_span bytes = btc_json_unhex(&arena, want);

	if (bytes.n != 32 || memcmp(bytes.p, got, 32) != 0)
		fail_msg("%s is not %s", what, want);
}

/* Leaves in the order in which they are met; returns the hash of the tree. */
struct leaves {
	uint8_t hash[16][32];
	unsigned n;
};

static void tree_hash(uint8_t out[32], const json_t *tree, struct leaves *leaves)
{
	uint8_t left[32], right[32];
	struct btc_span script;

	if (json_is_array(tree)) {
		tree_hash(left, json_array_get(tree, 0), leaves);
		tree_hash(right, json_array_get(tree, 1), leaves);
		btc_tap_branch(out, left, right);
		return;
	}
	script = btc_json_unhex(&arena, btc_json_get(tree, "script"));
	btc_tap_leaf(
		out, (uint8_t)json_integer_value(json_object_get(tree, "leafVersion")), script);
	assert_true(leaves->n < 16);
	memcpy(leaves->hash[leaves->n++], out, 32);
}

static void check_control_blocks(
	const json_t *list, const struct btc_span *program, const struct leaves *leaves)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		struct btc_span control = btc_json_unhex(&arena, btc_json_at(list, i));

		assert_true(btc_tap_commits(control, leaves->hash[i], program->p));
	}
}

static void output_case(const json_t *c)
{
	const json_t *given = json_object_get(c, "given"),
		     *mid = json_object_get(c, "intermediary");
	const json_t *expected = json_object_get(c, "expected");
	const json_t *tree = json_object_get(given, "scriptTree");
	struct btc_span key = btc_json_unhex(&arena, btc_json_get(given, "internalPubkey"));
	struct btc_span script = btc_json_unhex(&arena, btc_json_get(expected, "scriptPubKey"));
	struct btc_span program = { .p = script.p + 2, .n = KEY };
	struct leaves leaves = { .n = 0 };
	uint8_t root[32], tweak[32];

	if (!json_is_null(tree)) {
		tree_hash(root, tree, &leaves);
		expect_hash("root", root, btc_json_get(mid, "merkleRoot"));
		for (unsigned i = 0; i < leaves.n; i++)
			expect_hash("leaf", leaves.hash[i],
				btc_json_at(json_object_get(mid, "leafHashes"), i));
	}
	btc_tap_tweak(tweak, key.p, json_is_null(tree) ? NULL : root);
	expect_hash("tweak", tweak, btc_json_get(mid, "tweak"));
	assert_int_equal(script.n, 34);
	expect_hash("program", program.p, btc_json_get(mid, "tweakedPubkey"));
	assert_true(btc_taproot_tweak_ok(program.p, 0, key.p, tweak) ||
		btc_taproot_tweak_ok(program.p, 1, key.p, tweak));
	check_control_blocks(
		json_object_get(expected, "scriptPathControlBlocks"), &program, &leaves);
}

static const struct btc_prevout *utxos_of(const json_t *given)
{
	const json_t *list = json_object_get(given, "utxosSpent"), *u;
	struct btc_prevout *spent = btc_arena_get(&arena, json_array_size(list), sizeof(*spent));
	size_t i;

	assert_non_null(spent);
	json_array_foreach(list, i, u)
	{
		spent[i].script = btc_json_unhex(&arena, btc_json_get(u, "scriptPubKey"));
		spent[i].amount = json_integer_value(json_object_get(u, "amountSats"));
	}
	return spent;
}

static void check_shared_hashes(const struct btc_txctx *ctx, const json_t *mid)
{
	expect_hash("hashAmounts", ctx->amounts, btc_json_get(mid, "hashAmounts"));
	expect_hash("hashOutputs", ctx->outputs, btc_json_get(mid, "hashOutputs"));
	expect_hash("hashPrevouts", ctx->prevouts, btc_json_get(mid, "hashPrevouts"));
	expect_hash("hashScriptPubkeys", ctx->scripts, btc_json_get(mid, "hashScriptPubkeys"));
	expect_hash("hashSequences", ctx->sequences, btc_json_get(mid, "hashSequences"));
}

/* Tweaks the given key, signs without randomness, and finds the witness that is published. */
static void spending_case(const struct btc_txctx *ctx, const json_t *c)
{
	const json_t *given = json_object_get(c, "given"),
		     *mid = json_object_get(c, "intermediary");
	const json_t *root = json_object_get(given, "merkleRoot");
	const char *want =
		btc_json_at(json_object_get(json_object_get(c, "expected"), "witness"), 0);
	uint32_t index = (uint32_t)json_integer_value(json_object_get(given, "txinIndex"));
	uint8_t type = (uint8_t)json_integer_value(json_object_get(given, "hashType"));
	struct btc_span secret = btc_json_unhex(&arena, btc_json_get(given, "internalPrivkey"));
	struct btc_tapctx tap = { .annex = false };
	uint8_t tweak[32], hash[32], sig[65], x[32];
	secp256k1_keypair pair;
	secp256k1_xonly_pubkey key;
	struct btc_span witness = btc_json_unhex(&arena, want);

	assert_true(secp256k1_keypair_create(secp, &pair, secret.p));
	assert_true(secp256k1_keypair_xonly_pub(secp, &key, NULL, &pair));
	secp256k1_xonly_pubkey_serialize(secp, x, &key);
	expect_hash("internalPubkey", x, btc_json_get(mid, "internalPubkey"));
	btc_tap_tweak(tweak, x,
		json_is_null(root) ? NULL : btc_json_unhex(&arena, json_string_value(root)).p);
	expect_hash("tweak", tweak, btc_json_get(mid, "tweak"));
	assert_true(secp256k1_keypair_xonly_tweak_add(secp, &pair, tweak));
	assert_int_equal(btc_sighash_taproot(hash, ctx, index, type, &tap), 0);
	expect_hash("sigHash", hash, btc_json_get(mid, "sigHash"));
	assert_true(secp256k1_schnorrsig_sign32(secp, sig, hash, &pair, (const uint8_t[32]){ 0 }));
	sig[64] = type;
	assert_int_equal(witness.n, type == 0 ? 64 : 65);
	assert_memory_equal(sig, witness.p, witness.n);
}

/* The transaction as published, with all its signatures. */
static void expect_valid(const char *hex, const struct btc_prevout *spent)
{
	struct btc_txctx ctx;
	struct btc_tx tx;

	btc_json_tx(&tx, &arena, btc_json_unhex(&arena, hex));
	btc_txctx_init(&ctx, &tx, spent);
	for (uint32_t i = 0; i < tx.n_in; i++)
		assert_int_equal(
			btc_verify_input(vm, &ctx, i, BTC_VERIFY_STANDARD), BTC_SCRIPT_ERR_OK);
}

static void every_wallet_vector_holds(void **unused)
{
	json_t *all = btc_json_load("bitcoind/wallet_test_vectors.json"), *c;
	const json_t *outputs = json_object_get(all, "scriptPubKey");
	const json_t *path = json_array_get(json_object_get(all, "keyPathSpending"), 0);
	const json_t *given = json_object_get(path, "given"), *inputs;
	const struct btc_prevout *spent;
	struct btc_txctx ctx;
	struct btc_tx tx;
	size_t i;

	(void)unused;
	btc_arena_reset(&arena);
	spent = utxos_of(given);
	expect_valid(btc_json_get(json_object_get(path, "auxiliary"), "fullySignedTx"), spent);
	json_array_foreach(outputs, i, c) output_case(c);
	btc_json_tx(&tx, &arena, btc_json_unhex(&arena, btc_json_get(given, "rawUnsignedTx")));
	tx.has_witness = true; /* it will have */
	btc_txctx_init(&ctx, &tx, spent);
	check_shared_hashes(&ctx, json_object_get(path, "intermediary"));
	inputs = json_object_get(path, "inputSpending");
	json_array_foreach(inputs, i, c) spending_case(&ctx, c);
	print_message("wallet_test_vectors.json: %zu outputs and %zu spends hold\n",
		json_array_size(outputs), json_array_size(inputs));
	assert_true(json_array_size(outputs) > 0 && json_array_size(inputs) > 0);
	json_decref(all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_asset_succeeds_and_fails_as_it_should),
		cmocka_unit_test(every_wallet_vector_holds),
	};
	int failed;

	if (!btc_json_available())
		return BTC_JSON_SKIP;
	vm = btc_interp_new();
	secp = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	secp256k1_context_destroy(secp);
	btc_interp_free(vm);
	btc_arena_fini(&arena);
	return failed;
}
