/* Standardness: a standard transaction, and the same with one rule broken. */
#include "cm.h"

#include "bitcoin/rules/policy.h"
#include "bitcoin/rules/script.h"

static struct btc_arena arena;

/* A standard transaction, in which each row breaks one rule. */
struct draft {
	struct btc_tx tx;
	struct btc_in in;
	struct btc_out out[2];
	struct btc_prevout coin;
	struct btc_span items[102];
};

static uint8_t zeros[100100];

static struct btc_span repeat(uint8_t first, size_t n)
{
	uint8_t *p = btc_arena_get(&arena, n, 1);

	assert_non_null(p);
	memset(p, 0, n);
	p[0] = first;
	return (struct btc_span){ .p = p, .n = n };
}

static struct btc_span script_of(const char *head, size_t n_head, size_t n)
{
	struct btc_span s = repeat(0, n);

	memcpy((uint8_t *)s.p, head, n_head);
	return s;
}

static struct btc_span multisig(unsigned keys)
{
	struct btc_span s = repeat(OP_1, 3 + 34 * keys);
	uint8_t *p = (uint8_t *)s.p;

	for (unsigned k = 0; k < keys; k++) {
		p[1 + 34 * k] = 33;
		p[2 + 34 * k] = 2;
	}
	p[1 + 34 * keys] = (uint8_t)(OP_1 - 1 + keys);
	p[2 + 34 * keys] = OP_CHECKMULTISIG;
	return s;
}

static void version_0(struct draft *d)
{
	d->tx.version = 0;
}

static void version_4(struct draft *d)
{
	d->tx.version = 4;
}

static void long_script_sig(struct draft *d)
{
	d->in.script = repeat(OP_1, 1651);
}

static void script_sig_that_works(struct draft *d)
{
	d->in.script = repeat(OP_DUP, 1);
}

static void strange_output(struct draft *d)
{
	d->out[0].script = repeat(OP_DUP, 1);
}

static void three_bare_keys(struct draft *d)
{
	d->out[0].script = multisig(3);
}

static void four_bare_keys(struct draft *d)
{
	d->out[0].script = multisig(4);
}

static void much_data(struct draft *d)
{
	d->out[0].script = script_of("\x6a\x4e\xa0\x86\x01\x00", 6, 100006);
	d->out[0].value = 0;
}

static void data_that_fits(struct draft *d)
{
	d->out[0].script = script_of("\x6a\x4e\x50\x82\x01\x00", 6, 98902);
	d->out[0].value = 0;
}

static void future_program(struct draft *d)
{
	d->out[0].script = script_of("\x60\x20", 2, 34);
}

static void dust_twice(struct draft *d)
{
	d->out[0].value = d->out[1].value = 293;
}

static void dust_once(struct draft *d)
{
	d->out[0].value = 293;
	d->out[1].value = 294;
}

static void small(struct draft *d)
{
	d->tx.n_out = 1;
	d->out[0].script = repeat(OP_RETURN, 1);
	d->out[0].value = 0;
}

static void strange_coin(struct draft *d)
{
	d->coin.script = repeat(OP_DUP, 1);
}

static void future_coin(struct draft *d)
{
	d->coin.script = script_of("\x60\x20", 2, 34);
}

static void many_sigops(struct draft *d)
{
	static const uint8_t redeem[] = { 17, OP_CHECKSIG, OP_CHECKSIG, OP_CHECKSIG, OP_CHECKSIG,
		OP_CHECKSIG, OP_CHECKSIG, OP_CHECKSIG, OP_CHECKSIG, OP_CHECKSIG, OP_CHECKSIG,
		OP_CHECKSIG, OP_CHECKSIG, OP_CHECKSIG, OP_CHECKSIG, OP_CHECKSIG, OP_CHECKSIG,
		OP_1 };

	d->coin.script = script_of("\xa9\x14", 2, 23);
	((uint8_t *)d->coin.script.p)[22] = OP_EQUAL;
	d->in.script = (struct btc_span){ redeem, sizeof(redeem) };
	d->in.n_witness = 0;
}

/* What scriptSig must leave is a redeem script, of pushes as Core executes them. */
static void no_redeem_script(struct draft *d)
{
	many_sigops(d);
	d->in.script.n = 0;
}

static void reserved_for_a_push(struct draft *d)
{
	many_sigops(d);
	d->in.script = script_of("\x50\x01\x51", 3, 3);
}

static void redeem_script_of_521(struct draft *d)
{
	many_sigops(d);
	d->in.script = script_of("\x4d\x09\x02", 3, 3 + 521);
}

static void redeem_script_of_520(struct draft *d)
{
	many_sigops(d);
	d->in.script = script_of("\x4d\x08\x02", 3, 3 + 520);
}

static void witness(struct draft *d, struct btc_span coin, uint32_t n, size_t item, size_t last)
{
	d->coin.script = coin;
	for (uint32_t i = 0; i < n; i++)
		d->items[i] = (struct btc_span){ .p = zeros, .n = i + 1 < n ? item : last };
	d->in.witness = d->items;
	d->in.n_witness = n;
}

static void witness_for_nothing(struct draft *d)
{
	witness(d, repeat(OP_DUP, 25), 1, 1, 1);
	memcpy((uint8_t *)d->coin.script.p, "\x76\xa9\x14", 3);
	memcpy((uint8_t *)d->coin.script.p + 23, "\x88\xac", 2);
}

static void large_witness_script(struct draft *d)
{
	witness(d, script_of("\x00\x20", 2, 34), 1, 0, 3601);
}

static void many_witness_items(struct draft *d)
{
	witness(d, script_of("\x00\x20", 2, 34), 102, 1, 1);
}

static void large_witness_item(struct draft *d)
{
	witness(d, script_of("\x00\x20", 2, 34), 2, 81, 1);
}

static void just_fitting_witness(struct draft *d)
{
	witness(d, script_of("\x00\x20", 2, 34), 101, 80, 3600);
}

static void annex(struct draft *d)
{
	witness(d, script_of("\x51\x20", 2, 34), 2, 64, 1);
	d->items[1] = repeat(0x50, 1);
}

static void large_tapscript_item(struct draft *d)
{
	witness(d, script_of("\x51\x20", 2, 34), 3, 81, 33);
	d->items[2] = repeat(0xc0, 33);
}

static void large_item_of_another_leaf(struct draft *d)
{
	witness(d, script_of("\x51\x20", 2, 34), 3, 81, 33);
	d->items[2] = repeat(0xc2, 33);
}

static const struct {
	const char *name;
	void (*make)(struct draft *d);
	const char *reason;
} rules[] = {
	{ "version 0", version_0, "version" },
	{ "version 4", version_4, "version" },
	{ "long scriptSig", long_script_sig, "scriptsig-size" },
	{ "scriptSig that works", script_sig_that_works, "scriptsig-not-pushonly" },
	{ "strange output", strange_output, "scriptpubkey" },
	{ "three bare keys", three_bare_keys, NULL },
	{ "four bare keys", four_bare_keys, "scriptpubkey" },
	{ "much data", much_data, "tx-size" },
	{ "as much data as fits", data_that_fits, NULL },
	{ "future program", future_program, NULL },
	{ "dust twice", dust_twice, "dust" },
	{ "dust once", dust_once, NULL },
	{ "small", small, "tx-size-small" },
	{ "strange coin", strange_coin, "bad-txns-nonstandard-inputs" },
	{ "future coin", future_coin, "bad-txns-nonstandard-inputs" },
	{ "many sigops", many_sigops, "bad-txns-nonstandard-inputs" },
	{ "no redeem script", no_redeem_script, "bad-txns-nonstandard-inputs" },
	{ "reserved for a push", reserved_for_a_push, "bad-txns-nonstandard-inputs" },
	{ "redeem script of 521", redeem_script_of_521, "bad-txns-nonstandard-inputs" },
	{ "redeem script of 520", redeem_script_of_520, NULL },
	{ "witness for nothing", witness_for_nothing, "bad-witness-nonstandard" },
	{ "large witness script", large_witness_script, "bad-witness-nonstandard" },
	{ "many witness items", many_witness_items, "bad-witness-nonstandard" },
	{ "large witness item", large_witness_item, "bad-witness-nonstandard" },
	{ "just fitting witness", just_fitting_witness, NULL },
	{ "annex", annex, "bad-witness-nonstandard" },
	{ "large tapscript item", large_tapscript_item, "bad-witness-nonstandard" },
	{ "large item of another leaf", large_item_of_another_leaf, NULL },
};

static const char *judge(struct draft *d)
{
	struct btc_reader r = { .size = btc_tx_write(NULL, 0, &d->tx) };
	uint8_t *bytes = btc_arena_get(&arena, r.size, 1);
	const char *reason;
	struct btc_tx tx;

	assert_non_null(bytes);
	btc_tx_write(bytes, r.size, &d->tx);
	r.p = bytes;
	assert_int_equal(btc_tx_parse(&tx, &r, &arena), 0);
	reason = btc_policy_tx(&tx);
	return reason != NULL ? reason : btc_policy_inputs(&tx, &d->coin);
}

static void one_broken_rule_is_named(void **unused)
{
	static const uint8_t outpoint[BTC_OUTPOINT_SIZE] = { 1 };

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rules); i++) {
		struct draft d = { .tx = { .version = 2, .n_in = 1, .n_out = 2 } };
		const char *reason;

		btc_arena_reset(&arena);
		d.tx.in = &d.in;
		d.tx.out = d.out;
		d.in.prevout = outpoint;
		d.coin.script = script_of("\x00\x14", 2, 22);
		for (unsigned k = 0; k < 2; k++)
			d.out[k] = (struct btc_out){ .value = 1000,
				.script = script_of("\x00\x14", 2, 22) };
		assert_null(judge(&d));
		rules[i].make(&d);
		reason = judge(&d);
		if (reason == NULL
				? rules[i].reason != NULL
				: rules[i].reason == NULL || strcmp(reason, rules[i].reason) != 0)
			fail_msg("%s: %s", rules[i].name, reason != NULL ? reason : "standard");
	}
}

static struct btc_span pay_to_key(void)
{
	struct btc_span s = repeat(33, 35);

	((uint8_t *)s.p)[1] = 2;
	((uint8_t *)s.p)[34] = OP_CHECKSIG;
	return s;
}

/* BIP54: 166 inputs of 15 each in the redeem script, 3 of 3 bare keys, then one key each: the 170th
 * makes 2,500. */
static void legacy_signature_operations_are_counted_over_all_inputs(void **unused)
{
	static const uint8_t outpoint[BTC_OUTPOINT_SIZE] = { 1 },
			     fifteen[16] = { 15, OP_CHECKSIG, OP_CHECKSIG, OP_CHECKSIG, OP_CHECKSIG,
				     OP_CHECKSIG, OP_CHECKSIG, OP_CHECKSIG, OP_CHECKSIG,
				     OP_CHECKSIG, OP_CHECKSIG, OP_CHECKSIG, OP_CHECKSIG,
				     OP_CHECKSIG, OP_CHECKSIG, OP_CHECKSIG };
	struct btc_in in[171];
	struct btc_prevout spent[171];
	struct btc_tx tx = { .version = 2, .in = in };
	struct draft d;

	(void)unused;
	btc_arena_reset(&arena);
	many_sigops(&d);
	for (unsigned i = 0; i < BT_LEN(in); i++) {
		in[i] = (struct btc_in){ .prevout = outpoint, .script = { fifteen, 16 } };
		spent[i] = d.coin;
		if (i >= 166)
			spent[i].script = i < 169 ? multisig(3) : pay_to_key();
	}
	for (unsigned i = 166; i < BT_LEN(in); i++)
		in[i].script = script_of("\x00", 1, 1);
	tx.n_in = 170;
	assert_null(btc_policy_inputs(&tx, spent));
	tx.n_in = 171;
	assert_string_equal(btc_policy_inputs(&tx, spent), "bad-txns-nonstandard-inputs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_broken_rule_is_named),
		cmocka_unit_test(legacy_signature_operations_are_counted_over_all_inputs),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	btc_arena_fini(&arena);
	return failed;
}
