/* Faults of transactions: scripts, coins, amounts. */
#include "btc_lab.h"

#include "bitcoin/rules/script.h"

#define SCRIPT_RULE(name) "block-script-verify-flag-failed (" name ")"

static void flip(struct btc_lab *lab, struct btc_span *s, size_t at)
{
	uint8_t *copy = btc_mine_get(lab->m, s->n, 1);

	memcpy(copy, s->p, s->n);
	copy[at] ^= 1;
	s->p = copy;
}

/* --- scripts --- */

static void signature_bit(struct btc_lab *lab)
{
	struct btc_tx *tx = btc_lab_signed_pay(lab, btc_lab_mature(lab, 0), 1);

	if (lab->bad)
		flip(lab, &tx->in[0].script, 60); /* in S */
	btc_mine_add(&lab->b, tx);
}

static void signed_by_another(struct btc_lab *lab)
{
	struct btc_tx *tx = btc_lab_pay(lab, btc_lab_mature(lab, 0), 1, btc_mine_p2pkh(lab->m, 1));
	struct btc_span script;

	btc_mine_sign(lab->m, tx, btc_lab_mature(lab, 0), 0);
	script =
		btc_mine_push(lab->m, btc_mine_signature(lab->m, tx, 0, btc_lab_mature(lab, 0), 7));
	if (lab->bad) {
		uint8_t *s = btc_mine_get(lab->m, script.n + 34, 1);

		memcpy(s, script.p, script.n);
		s[script.n] = 33;
		btc_mine_pubkey(lab->m, s + script.n + 1, 7);
		tx->in[0].script = (struct btc_span){ .p = s, .n = script.n + 34 };
	}
	btc_mine_add(&lab->b, tx);
}

static void script_result(struct btc_lab *lab)
{
	/* 2 EQUAL. */
	struct btc_mine_coin coin = btc_lab_coin(lab, btc_lab_bytes(lab, "\x52\x87", 2));
	struct btc_tx *tx = btc_lab_pay(lab, &coin, 1, btc_mine_p2pkh(lab->m, 1));

	tx->in[0].script = btc_lab_bytes(lab, lab->bad ? "\x51" : "\x52", 1);
	btc_mine_add(&lab->b, tx);
}

static void redeem_script(struct btc_lab *lab)
{
	struct btc_span redeem = btc_lab_bytes(lab, "\x51", 1);
	struct btc_mine_coin coin = btc_lab_coin(lab, btc_mine_p2sh(lab->m, redeem));
	struct btc_tx *tx = btc_lab_pay(lab, &coin, 1, btc_mine_p2pkh(lab->m, 1));

	tx->in[0].script = btc_lab_bytes(lab, lab->bad ? "\x01\x52" : "\x01\x51", 2);
	btc_mine_add(&lab->b, tx);
}

/* 1-of-1 CHECKMULTISIG whose dummy is not empty. */
static void multisig_dummy(struct btc_lab *lab)
{
	struct btc_mine_coin coin = btc_lab_coin(lab, btc_mine_multisig(lab->m, 1, 1));
	struct btc_tx *tx = btc_lab_pay(lab, &coin, 1, btc_mine_p2pkh(lab->m, 1));
	struct btc_span sig = btc_mine_signature(lab->m, tx, 0, &coin, 0);
	uint8_t *s = btc_mine_get(lab->m, sig.n + 2, 1);

	s[0] = lab->bad ? OP_1 : OP_0;
	tx->in[0].script = (struct btc_span){ .p = s, .n = 1 + btc_script_put_push(s + 1, sig) };
	btc_mine_add(&lab->b, tx);
}

/* A zero too much in front of R: BER, but not DER. */
static void padded_signature(struct btc_lab *lab)
{
	uint8_t script[1 + 33 + 1] = { 33 }, padded[80];
	struct btc_mine_coin coin;
	struct btc_span sig;
	struct btc_tx *tx;

	btc_mine_pubkey(lab->m, script + 1, 0);
	script[34] = OP_CHECKSIG;
	coin = btc_lab_coin(lab, btc_lab_bytes(lab, script, sizeof(script)));
	tx = btc_lab_pay(lab, &coin, 1, btc_mine_p2pkh(lab->m, 1));
	sig = btc_mine_signature(lab->m, tx, 0, &coin, 0);
	if (lab->bad) {
		memcpy(padded, sig.p, 4);
		padded[4] = 0;
		memcpy(padded + 5, sig.p + 4, sig.n - 4);
		padded[1]++;
		padded[3]++;
		sig = btc_lab_bytes(lab, padded, sig.n + 1);
	}
	tx->in[0].script = btc_mine_push(lab->m, sig);
	btc_mine_add(&lab->b, tx);
}

static void lock_time_in_script(struct btc_lab *lab)
{
	/* 100 CHECKLOCKTIMEVERIFY DROP 1 */
	struct btc_mine_coin coin =
		btc_lab_coin(lab, btc_lab_bytes(lab, "\x01\x64\xb1\x75\x51", 5));
	struct btc_tx *tx = btc_lab_pay(lab, &coin, 1, btc_mine_p2pkh(lab->m, 1));

	tx->locktime = lab->bad ? 99 : 100;
	tx->in[0].sequence = 0;
	btc_mine_add(&lab->b, tx);
}

static void sequence_in_script(struct btc_lab *lab)
{
	/* 1 CHECKSEQUENCEVERIFY */
	struct btc_mine_coin coin = btc_lab_coin(lab, btc_lab_bytes(lab, "\x51\xb2", 2));
	struct btc_tx *tx = btc_lab_pay(lab, &coin, 1, btc_mine_p2pkh(lab->m, 1));

	tx->in[0].sequence = lab->bad ? 0 : 1;
	btc_mine_add(&lab->b, tx);
}

static void witness_signature(struct btc_lab *lab)
{
	btc_lab_witness_spend(lab, btc_mine_p2wpkh(lab->m, 0))->out[0].value -= lab->bad;
}

static void taproot_signature(struct btc_lab *lab)
{
	btc_lab_witness_spend(lab, btc_mine_p2tr(lab->m, 0))->out[0].value -= lab->bad;
}

/* --- coins --- */

static void missing_coin(struct btc_lab *lab)
{
	struct btc_mine_coin coin = *btc_lab_mature(lab, 0);

	coin.outpoint[5] ^= lab->bad;
	btc_mine_add(&lab->b, btc_lab_signed_pay(lab, &coin, 1));
}

static void missing_index(struct btc_lab *lab)
{
	struct btc_mine_coin coin = *btc_lab_mature(lab, 0);

	coin.outpoint[32] ^= lab->bad;
	btc_mine_add(&lab->b, btc_lab_signed_pay(lab, &coin, 1));
}

static void twice_in_a_block(struct btc_lab *lab)
{
	btc_mine_add(&lab->b, btc_lab_signed_pay(lab, btc_lab_mature(lab, 0), 1));
	btc_mine_add(&lab->b,
		btc_lab_pay(
			lab, btc_lab_mature(lab, lab->bad ? 0 : 1), 1, btc_mine_p2pkh(lab->m, 2)));
	btc_mine_sign(lab->m, lab->b.tx[2], btc_lab_mature(lab, lab->bad ? 0 : 1), 0);
}

static void twice_in_two_blocks(struct btc_lab *lab)
{
	btc_lab_coin(lab, btc_lab_bytes(lab, "\x51", 1));
	btc_mine_add(&lab->b, btc_lab_signed_pay(lab, btc_lab_mature(lab, lab->bad ? 15 : 14), 1));
}

static void twice_in_a_transaction(struct btc_lab *lab)
{
	struct btc_mine_coin coins[2] = { *btc_lab_mature(lab, 0),
		*btc_lab_mature(lab, lab->bad ? 0 : 1) };

	btc_mine_add(&lab->b, btc_lab_signed_pay(lab, coins, 2));
}

/* More inputs than are compared one by one. */
static void twice_among_many(struct btc_lab *lab)
{
	struct btc_mine_coin coins[18];

	for (uint32_t i = 0; i < BT_LEN(coins); i++)
		coins[i] = *btc_lab_mature(lab, i);
	if (lab->bad)
		coins[17] = coins[3];
	btc_mine_add(&lab->b, btc_lab_signed_pay(lab, coins, BT_LEN(coins)));
}

static void before_it_exists(struct btc_lab *lab)
{
	struct btc_tx *first =
		btc_lab_pay(lab, btc_lab_mature(lab, 0), 1, btc_mine_p2pkh(lab->m, 0));
	struct btc_mine_coin coin;
	struct btc_tx *second;

	btc_mine_sign(lab->m, first, btc_lab_mature(lab, 0), 0);
	coin = btc_mine_coin_of(lab->m, first, 0);
	second = btc_lab_signed_pay(lab, &coin, 1);
	btc_mine_add(&lab->b, lab->bad ? second : first);
	btc_mine_add(&lab->b, lab->bad ? first : second);
}

static void unspendable_output(struct btc_lab *lab)
{
	struct btc_mine_coin coin =
		btc_lab_coin(lab, btc_lab_bytes(lab, lab->bad ? "\x6a" : "\x51", 1));

	btc_mine_add(&lab->b, btc_lab_pay(lab, &coin, 1, btc_mine_p2pkh(lab->m, 1)));
}

static void immature_coinbase(struct btc_lab *lab)
{
	uint32_t height = BTC_LAB_BASE - 100 + lab->bad;

	btc_mine_add(&lab->b, btc_lab_signed_pay(lab, &lab->m->coinbases[height], 1));
}

static void immature_and_missing(struct btc_lab *lab)
{
	struct btc_mine_coin coins[2] = { lab->m->coinbases[BTC_LAB_BASE - 100 + lab->bad],
		*btc_lab_mature(lab, 0) };

	coins[1].outpoint[5] ^= lab->bad;
	btc_mine_add(&lab->b, btc_lab_signed_pay(lab, coins, 2));
}

static void genesis_output(struct btc_lab *lab)
{
	struct btc_mine_coin coin = lab->m->coinbases[lab->bad ? 0 : 1];

	btc_mine_add(&lab->b, btc_lab_signed_pay(lab, &coin, 1));
}

static void coin_again(struct btc_lab *lab)
{
	lab->b.tx[0]->in[0].script.p =
		lab->bad ? (const uint8_t *)"\x01\x32\x00" : (const uint8_t *)"\x01\xcc\x00";
	lab->b.tx[0]->in[0].script.n = 3;
	lab->b.tx[0]->out[0].value = BTC_LAB_SUBSIDY;
}

/* --- amounts --- */

static void subsidy_plus_one(struct btc_lab *lab)
{
	lab->b.tx[0]->out[0].value += lab->bad;
}

static void fees_plus_one(struct btc_lab *lab)
{
	btc_mine_add(&lab->b, btc_lab_signed_pay(lab, btc_lab_mature(lab, 0), 1));
	lab->b.tx[0]->out[0].value += BTC_LAB_FEE + lab->bad;
}

static void pay_value(struct btc_lab *lab, int64_t value)
{
	struct btc_tx *tx = btc_lab_pay(lab, btc_lab_mature(lab, 0), 1, btc_mine_p2pkh(lab->m, 1));

	tx->out[0].value = value;
	btc_mine_sign(lab->m, tx, btc_lab_mature(lab, 0), 0);
	btc_mine_add(&lab->b, tx);
}

static void negative_output(struct btc_lab *lab)
{
	pay_value(lab, lab->bad ? -1 : 0);
}

static void large_output(struct btc_lab *lab)
{
	pay_value(lab, lab->bad ? BTC_MAX_MONEY + 1 : BTC_LAB_SUBSIDY);
}

static void out_over_in(struct btc_lab *lab)
{
	pay_value(lab, BTC_LAB_SUBSIDY + lab->bad);
}

static void large_sum(struct btc_lab *lab)
{
	struct btc_tx *tx = btc_mine_tx(lab->m, btc_lab_mature(lab, 0), 1, 2);

	for (uint32_t i = 0; i < 2; i++) {
		tx->out[i].value = lab->bad ? BTC_MAX_MONEY : BTC_LAB_SUBSIDY / 2;
		tx->out[i].script = btc_mine_p2pkh(lab->m, 1);
	}
	btc_mine_sign(lab->m, tx, btc_lab_mature(lab, 0), 0);
	btc_mine_add(&lab->b, tx);
}

const struct btc_fault btc_tx_faults[] = {
	{ "signature bit", SCRIPT_RULE("EVAL_FALSE"), signature_bit, false },
	{ "signed by another key", SCRIPT_RULE("EQUALVERIFY"), signed_by_another, false },
	{ "script result", SCRIPT_RULE("EVAL_FALSE"), script_result, false },
	{ "redeem script", SCRIPT_RULE("EVAL_FALSE"), redeem_script, false },
	{ "multisig dummy", SCRIPT_RULE("SIG_NULLDUMMY"), multisig_dummy, false },
	{ "padded signature", SCRIPT_RULE("SIG_DER"), padded_signature, false },
	{ "lock time in script", SCRIPT_RULE("UNSATISFIED_LOCKTIME"), lock_time_in_script, false },
	{ "sequence in script", SCRIPT_RULE("UNSATISFIED_LOCKTIME"), sequence_in_script, false },
	{ "witness signature", SCRIPT_RULE("EVAL_FALSE"), witness_signature, false },
	{ "taproot signature", SCRIPT_RULE("SCHNORR_SIG"), taproot_signature, false },
	{ "missing coin", "bad-txns-inputs-missingorspent", missing_coin, false },
	{ "missing index", "bad-txns-inputs-missingorspent", missing_index, false },
	{ "twice in a block", "bad-txns-inputs-missingorspent", twice_in_a_block, false },
	{ "twice in two blocks", "bad-txns-inputs-missingorspent", twice_in_two_blocks, false },
	{ "twice in a transaction", "bad-txns-inputs-duplicate", twice_in_a_transaction, false },
	{ "twice among many inputs", "bad-txns-inputs-duplicate", twice_among_many, false },
	{ "before it exists", "bad-txns-inputs-missingorspent", before_it_exists, false },
	{ "unspendable output", "bad-txns-inputs-missingorspent", unspendable_output, false },
	{ "immature coinbase", "bad-txns-premature-spend-of-coinbase", immature_coinbase, false },
	{ "immature and missing", "bad-txns-inputs-missingorspent", immature_and_missing, false },
	{ "genesis output", "bad-txns-inputs-missingorspent", genesis_output, false },
	{ "coin again", "bad-txns-BIP30", coin_again, true },
	{ "subsidy + 1", "bad-cb-amount", subsidy_plus_one, false },
	{ "subsidy and fees + 1", "bad-cb-amount", fees_plus_one, false },
	{ "negative output", "bad-txns-vout-negative", negative_output, false },
	{ "too large output", "bad-txns-vout-toolarge", large_output, false },
	{ "too large sum", "bad-txns-txouttotal-toolarge", large_sum, false },
	{ "outputs over inputs", "bad-txns-in-belowout", out_over_in, false },
};

const unsigned btc_n_tx_faults = BT_LEN(btc_tx_faults);
