/* Each row is a block with one fault, refused by the name of that rule; the same block without the fault is accepted. */
#include "cm.h"

#include <errno.h>
#include <stdlib.h>

#include "btc_mine.h"
#include "bitcoin/script.h"

#define BASE       120 /* blocks of the base chain: the next height */
#define MATURE     1   /* its coinbase, and those after it up to BASE - 100, can be spent */
#define FEE        1000
#define SUBSIDY    (50 * BTC_COIN)
#define MAX_SIGOPS 20000
#define MAX_BLOCK  1000000

#define SCRIPT_RULE(name) "mandatory-script-verify-flag-failed (" name ")"

struct lab {
	struct btc_miner *m;
	struct btc_chain *chain;
	struct btc_mine_block b; /* the block in question */
	bool bad;                /* with its fault */
};

struct fault {
	const char *name;
	const char *rule;
	void (*make)(struct lab *lab);
	bool no_bip34; /* BIP34 is not in force: coinbases may repeat */
};

static struct btc_miner miner;

static struct btc_span bytes_of(struct lab *lab, const void *p, size_t n)
{
	return btc_mine_copy(lab->m, p, n);
}

/* Pays all but the fee of the coins to one output. */
static struct btc_tx *pay(
        struct lab *lab, const struct btc_mine_coin *coins, uint32_t n, struct btc_span script)
{
	struct btc_tx *tx = btc_mine_tx(lab->m, coins, n, 1);

	for (uint32_t i = 0; i < n; i++)
		tx->out[0].value += coins[i].out.amount;
	tx->out[0].value -= FEE;
	tx->out[0].script = script;
	return tx;
}

static struct btc_tx *signed_pay(struct lab *lab, const struct btc_mine_coin *coins, uint32_t n)
{
	struct btc_tx *tx = pay(lab, coins, n, btc_mine_p2pkh(lab->m, 1));

	btc_mine_sign(lab->m, tx, coins, 0);
	return tx;
}

static const struct btc_mine_coin *mature(struct lab *lab, uint32_t i)
{
	return &lab->m->coinbases[MATURE + i];
}

/* Makes a coin with this script in the block before the one in question, which begins anew. */
static struct btc_mine_coin coin_with(struct lab *lab, struct btc_span script)
{
	struct btc_block_counts counts;
	struct btc_reject reject;
	struct btc_span bytes;
	struct btc_tx *tx = pay(lab, mature(lab, 15), 1, script);

	btc_mine_sign(lab->m, tx, mature(lab, 15), 0);
	btc_mine_add(&lab->b, tx);
	bytes = btc_mine_seal(lab->m, &lab->b);
	assert_int_equal(btc_chain_connect(lab->chain, &counts, &reject, bytes.p, bytes.n), 0);
	btc_mine_extend(lab->m, &lab->b, bytes);
	btc_mine_begin(lab->m, &lab->b);
	return btc_mine_coin_of(lab->m, tx, 0);
}

static void flip(struct lab *lab, struct btc_span *s, size_t at)
{
	uint8_t *copy = btc_mine_get(lab->m, s->n, 1);

	memcpy(copy, s->p, s->n);
	copy[at] ^= 1;
	s->p = copy;
}

/* --- scripts --- */

static void signature_bit(struct lab *lab)
{
	struct btc_tx *tx = signed_pay(lab, mature(lab, 0), 1);

	if (lab->bad)
		flip(lab, &tx->in[0].script, 60); /* in S */
	btc_mine_add(&lab->b, tx);
}

static void signed_by_another(struct lab *lab)
{
	struct btc_tx *tx = pay(lab, mature(lab, 0), 1, btc_mine_p2pkh(lab->m, 1));
	struct btc_span script;

	btc_mine_sign(lab->m, tx, mature(lab, 0), 0);
	script = btc_mine_push(lab->m, btc_mine_signature(lab->m, tx, 0, mature(lab, 0), 7));
	if (lab->bad) {
		uint8_t *s = btc_mine_get(lab->m, script.n + 34, 1);

		memcpy(s, script.p, script.n);
		s[script.n] = 33;
		btc_mine_pubkey(lab->m, s + script.n + 1, 7);
		tx->in[0].script = (struct btc_span){ .p = s, .n = script.n + 34 };
	}
	btc_mine_add(&lab->b, tx);
}

static void script_result(struct lab *lab)
{
	struct btc_mine_coin coin = coin_with(lab, bytes_of(lab, "\x52\x87", 2)); /* 2 EQUAL */
	struct btc_tx *tx = pay(lab, &coin, 1, btc_mine_p2pkh(lab->m, 1));

	tx->in[0].script = bytes_of(lab, lab->bad ? "\x51" : "\x52", 1);
	btc_mine_add(&lab->b, tx);
}

static void redeem_script(struct lab *lab)
{
	struct btc_span redeem = bytes_of(lab, "\x51", 1);
	struct btc_mine_coin coin = coin_with(lab, btc_mine_p2sh(lab->m, redeem));
	struct btc_tx *tx = pay(lab, &coin, 1, btc_mine_p2pkh(lab->m, 1));

	tx->in[0].script = bytes_of(lab, lab->bad ? "\x01\x52" : "\x01\x51", 2);
	btc_mine_add(&lab->b, tx);
}

/* 1-of-1 CHECKMULTISIG whose dummy is not empty. */
static void multisig_dummy(struct lab *lab)
{
	struct btc_mine_coin coin = coin_with(lab, btc_mine_multisig(lab->m, 1, 1));
	struct btc_tx *tx = pay(lab, &coin, 1, btc_mine_p2pkh(lab->m, 1));
	struct btc_span sig = btc_mine_signature(lab->m, tx, 0, &coin, 0);
	uint8_t *s = btc_mine_get(lab->m, sig.n + 2, 1);

	s[0] = lab->bad ? OP_1 : OP_0;
	tx->in[0].script = (struct btc_span){ .p = s, .n = 1 + btc_script_put_push(s + 1, sig) };
	btc_mine_add(&lab->b, tx);
}

/* A zero too much in front of R: BER, but not DER. */
static void padded_signature(struct lab *lab)
{
	uint8_t script[1 + 33 + 1] = { 33 }, padded[80];
	struct btc_mine_coin coin;
	struct btc_span sig;
	struct btc_tx *tx;

	btc_mine_pubkey(lab->m, script + 1, 0);
	script[34] = OP_CHECKSIG;
	coin = coin_with(lab, bytes_of(lab, script, sizeof(script)));
	tx = pay(lab, &coin, 1, btc_mine_p2pkh(lab->m, 1));
	sig = btc_mine_signature(lab->m, tx, 0, &coin, 0);
	if (lab->bad) {
		memcpy(padded, sig.p, 4);
		padded[4] = 0;
		memcpy(padded + 5, sig.p + 4, sig.n - 4);
		padded[1]++;
		padded[3]++;
		sig = bytes_of(lab, padded, sig.n + 1);
	}
	tx->in[0].script = btc_mine_push(lab->m, sig);
	btc_mine_add(&lab->b, tx);
}

static void lock_time_in_script(struct lab *lab)
{
	/* 100 CHECKLOCKTIMEVERIFY DROP 1 */
	struct btc_mine_coin coin = coin_with(lab, bytes_of(lab, "\x01\x64\xb1\x75\x51", 5));
	struct btc_tx *tx = pay(lab, &coin, 1, btc_mine_p2pkh(lab->m, 1));

	tx->locktime = lab->bad ? 99 : 100;
	tx->in[0].sequence = 0;
	btc_mine_add(&lab->b, tx);
}

static void sequence_in_script(struct lab *lab)
{
	/* 1 CHECKSEQUENCEVERIFY */
	struct btc_mine_coin coin = coin_with(lab, bytes_of(lab, "\x51\xb2", 2));
	struct btc_tx *tx = pay(lab, &coin, 1, btc_mine_p2pkh(lab->m, 1));

	tx->in[0].sequence = lab->bad ? 0 : 1;
	btc_mine_add(&lab->b, tx);
}

/* Spends a coin with this script with a signature in the witness, in a block that commits to it. */
static struct btc_tx *witness_spend(struct lab *lab, struct btc_span script)
{
	struct btc_mine_coin coin = coin_with(lab, script);
	struct btc_tx *tx = signed_pay(lab, &coin, 1);

	lab->b.commit = true;
	btc_mine_add(&lab->b, tx);
	return tx;
}

static void witness_signature(struct lab *lab)
{
	witness_spend(lab, btc_mine_p2wpkh(lab->m, 0))->out[0].value -= lab->bad;
}

static void taproot_signature(struct lab *lab)
{
	witness_spend(lab, btc_mine_p2tr(lab->m, 0))->out[0].value -= lab->bad;
}

/* --- coins --- */

static void missing_coin(struct lab *lab)
{
	struct btc_mine_coin coin = *mature(lab, 0);

	coin.outpoint[5] ^= lab->bad;
	btc_mine_add(&lab->b, signed_pay(lab, &coin, 1));
}

static void missing_index(struct lab *lab)
{
	struct btc_mine_coin coin = *mature(lab, 0);

	coin.outpoint[32] ^= lab->bad;
	btc_mine_add(&lab->b, signed_pay(lab, &coin, 1));
}

static void twice_in_a_block(struct lab *lab)
{
	btc_mine_add(&lab->b, signed_pay(lab, mature(lab, 0), 1));
	btc_mine_add(
	        &lab->b, pay(lab, mature(lab, lab->bad ? 0 : 1), 1, btc_mine_p2pkh(lab->m, 2)));
	btc_mine_sign(lab->m, lab->b.tx[2], mature(lab, lab->bad ? 0 : 1), 0);
}

static void twice_in_two_blocks(struct lab *lab)
{
	coin_with(lab, bytes_of(lab, "\x51", 1));
	btc_mine_add(&lab->b, signed_pay(lab, mature(lab, lab->bad ? 15 : 14), 1));
}

static void twice_in_a_transaction(struct lab *lab)
{
	struct btc_mine_coin coins[2] = { *mature(lab, 0), *mature(lab, lab->bad ? 0 : 1) };

	btc_mine_add(&lab->b, signed_pay(lab, coins, 2));
}

/* More inputs than are compared one by one. */
static void twice_among_many(struct lab *lab)
{
	struct btc_mine_coin coins[18];

	for (uint32_t i = 0; i < BT_LEN(coins); i++)
		coins[i] = *mature(lab, i);
	if (lab->bad)
		coins[17] = coins[3];
	btc_mine_add(&lab->b, signed_pay(lab, coins, BT_LEN(coins)));
}

static void before_it_exists(struct lab *lab)
{
	struct btc_tx *first = pay(lab, mature(lab, 0), 1, btc_mine_p2pkh(lab->m, 0));
	struct btc_mine_coin coin;
	struct btc_tx *second;

	btc_mine_sign(lab->m, first, mature(lab, 0), 0);
	coin = btc_mine_coin_of(lab->m, first, 0);
	second = signed_pay(lab, &coin, 1);
	btc_mine_add(&lab->b, lab->bad ? second : first);
	btc_mine_add(&lab->b, lab->bad ? first : second);
}

static void unspendable_output(struct lab *lab)
{
	struct btc_mine_coin coin = coin_with(lab, bytes_of(lab, lab->bad ? "\x6a" : "\x51", 1));

	btc_mine_add(&lab->b, pay(lab, &coin, 1, btc_mine_p2pkh(lab->m, 1)));
}

static void immature_coinbase(struct lab *lab)
{
	uint32_t height = BASE - 100 + lab->bad;

	btc_mine_add(&lab->b, signed_pay(lab, &lab->m->coinbases[height], 1));
}

static void genesis_output(struct lab *lab)
{
	struct btc_mine_coin coin = lab->m->coinbases[lab->bad ? 0 : 1];

	btc_mine_add(&lab->b, signed_pay(lab, &coin, 1));
}

static void coin_again(struct lab *lab)
{
	lab->b.tx[0]->in[0].script.p =
	        lab->bad ? (const uint8_t *)"\x01\x32\x00" : (const uint8_t *)"\x01\xcc\x00";
	lab->b.tx[0]->in[0].script.n = 3;
	lab->b.tx[0]->out[0].value = SUBSIDY;
}

/* --- amounts --- */

static void subsidy_plus_one(struct lab *lab)
{
	lab->b.tx[0]->out[0].value += lab->bad;
}

static void fees_plus_one(struct lab *lab)
{
	btc_mine_add(&lab->b, signed_pay(lab, mature(lab, 0), 1));
	lab->b.tx[0]->out[0].value += FEE + lab->bad;
}

static void pay_value(struct lab *lab, int64_t value)
{
	struct btc_tx *tx = pay(lab, mature(lab, 0), 1, btc_mine_p2pkh(lab->m, 1));

	tx->out[0].value = value;
	btc_mine_sign(lab->m, tx, mature(lab, 0), 0);
	btc_mine_add(&lab->b, tx);
}

static void negative_output(struct lab *lab)
{
	pay_value(lab, lab->bad ? -1 : 0);
}

static void large_output(struct lab *lab)
{
	pay_value(lab, lab->bad ? BTC_MAX_MONEY + 1 : SUBSIDY);
}

static void out_over_in(struct lab *lab)
{
	pay_value(lab, SUBSIDY + lab->bad);
}

static void large_sum(struct lab *lab)
{
	struct btc_tx *tx = btc_mine_tx(lab->m, mature(lab, 0), 1, 2);

	for (uint32_t i = 0; i < 2; i++) {
		tx->out[i].value = lab->bad ? BTC_MAX_MONEY : SUBSIDY / 2;
		tx->out[i].script = btc_mine_p2pkh(lab->m, 1);
	}
	btc_mine_sign(lab->m, tx, mature(lab, 0), 0);
	btc_mine_add(&lab->b, tx);
}

/* --- header --- */

static uint32_t median_time(struct lab *lab)
{
	struct btc_header h;

	/* Times of the base chain rise, so the median of eleven is the sixth. */
	btc_header_parse(&h, lab->m->blocks[lab->m->height - 6].p);
	return h.time;
}

static void time_at_median(struct lab *lab)
{
	lab->b.header.time = median_time(lab) + !lab->bad;
}

static void wrong_bits(struct lab *lab)
{
	lab->b.header.bits -= lab->bad;
}

static void high_hash(struct lab *lab)
{
	lab->b.fail_pow = lab->bad;
}

static void wrong_parent(struct lab *lab)
{
	lab->b.header.prev[0] ^= lab->bad;
}

static void old_version(struct lab *lab)
{
	lab->b.header.version = lab->bad ? 3 : 4;
}

static void wrong_root(struct lab *lab)
{
	lab->b.flip_merkle = lab->bad;
}

/* --- the block as a whole --- */

/* CVE-2012-2459: three transactions and the last of them again hash to the same root as three. */
static void repeated_tail(struct lab *lab)
{
	btc_mine_add(&lab->b, signed_pay(lab, mature(lab, 0), 1));
	btc_mine_add(&lab->b, signed_pay(lab, mature(lab, 1), 1));
	if (lab->bad)
		btc_mine_add(&lab->b, lab->b.tx[2]);
}

static void no_coinbase(struct lab *lab)
{
	btc_mine_add(&lab->b, signed_pay(lab, mature(lab, 0), 1));
	if (lab->bad) {
		lab->b.tx[0] = lab->b.tx[1];
		lab->b.n_tx = 1;
	}
}

static void two_coinbases(struct lab *lab)
{
	struct btc_mine_block other;

	btc_mine_begin(lab->m, &other);
	other.tx[0]->out[0].value = 0;
	if (lab->bad)
		btc_mine_add(&lab->b, other.tx[0]);
}

static void coinbase_script(struct lab *lab, size_t n)
{
	uint8_t *s = btc_mine_get(lab->m, 101, 1);

	btc_script_put_num(s, lab->m->height);
	lab->b.tx[0]->in[0].script = (struct btc_span){ .p = s, .n = n };
}

static void long_coinbase_script(struct lab *lab)
{
	coinbase_script(lab, lab->bad ? 101 : 100);
}

static void short_coinbase_script(struct lab *lab)
{
	coinbase_script(lab, lab->bad ? 1 : 2);
}

static void wrong_height(struct lab *lab)
{
	uint8_t s[3] = { 1, (uint8_t)(lab->m->height + lab->bad), 0 };

	lab->b.tx[0]->in[0].script = bytes_of(lab, s, sizeof(s));
}

static void no_outputs(struct lab *lab)
{
	struct btc_tx *tx = pay(lab, mature(lab, 0), 1, btc_mine_p2pkh(lab->m, 1));

	tx->n_out = lab->bad ? 0 : 1;
	btc_mine_sign(lab->m, tx, mature(lab, 0), 0);
	btc_mine_add(&lab->b, tx);
}

static void null_input(struct lab *lab)
{
	struct btc_mine_coin coins[2] = { *mature(lab, 0), *mature(lab, 1) };

	if (lab->bad)
		memset(coins[1].outpoint, 0, 32);
	if (lab->bad)
		btc_put_le32(coins[1].outpoint + 32, UINT32_MAX);
	btc_mine_add(&lab->b, signed_pay(lab, coins, 2));
}

static void locked_by_height(struct lab *lab)
{
	struct btc_tx *tx = pay(lab, mature(lab, 0), 1, btc_mine_p2pkh(lab->m, 1));

	tx->locktime = lab->m->height - 1 + lab->bad;
	tx->in[0].sequence = 0xfffffffe;
	btc_mine_sign(lab->m, tx, mature(lab, 0), 0);
	btc_mine_add(&lab->b, tx);
}

static void locked_by_time(struct lab *lab)
{
	struct btc_tx *tx = pay(lab, mature(lab, 0), 1, btc_mine_p2pkh(lab->m, 1));

	tx->locktime = median_time(lab) - 1 + lab->bad;
	tx->in[0].sequence = 0xfffffffe;
	btc_mine_sign(lab->m, tx, mature(lab, 0), 0);
	btc_mine_add(&lab->b, tx);
}

/* The coin is 100 blocks deep. */
static void sequence_height(struct lab *lab)
{
	const struct btc_mine_coin *coin = &lab->m->coinbases[BASE - 100];
	struct btc_tx *tx = pay(lab, coin, 1, btc_mine_p2pkh(lab->m, 1));

	tx->in[0].sequence = 100 + lab->bad;
	btc_mine_sign(lab->m, tx, coin, 0);
	btc_mine_add(&lab->b, tx);
}

/* Median times lie 600 s apart a block: 100 blocks are 60,000 s, or 117 full units of 512 s. */
static void sequence_time(struct lab *lab)
{
	const struct btc_mine_coin *coin = &lab->m->coinbases[BASE - 100];
	struct btc_tx *tx = pay(lab, coin, 1, btc_mine_p2pkh(lab->m, 1));

	tx->in[0].sequence = BTC_SEQUENCE_SECONDS | (117 + lab->bad);
	btc_mine_sign(lab->m, tx, coin, 0);
	btc_mine_add(&lab->b, tx);
}

static struct btc_span repeated(struct lab *lab, uint8_t opcode, size_t n)
{
	uint8_t *s = btc_mine_get(lab->m, n, 1);

	memset(s, opcode, n);
	return (struct btc_span){ .p = s, .n = n };
}

static void legacy_sigops(struct lab *lab)
{
	lab->b.tx[0]->out[0].script = repeated(lab, OP_CHECKSIG, MAX_SIGOPS + lab->bad);
}

/* Redeem scripts that count CHECKMULTISIG in a branch not taken: 198 times 20 each. */
static void p2sh_sigops(struct lab *lab)
{
	uint8_t redeem[202] = { OP_0, OP_IF };
	struct btc_mine_coin coin, coins[5];
	struct btc_tx *tx;

	memset(redeem + 2, OP_CHECKMULTISIG, 198);
	redeem[200] = OP_ENDIF;
	redeem[201] = OP_1;
	coin = coin_with(lab, btc_mine_p2sh(lab->m, bytes_of(lab, redeem, sizeof(redeem))));
	tx = btc_mine_tx(lab->m, &coin, 1, 5);
	for (uint32_t i = 0; i < 5; i++) {
		tx->out[i].value = SUBSIDY / 10;
		tx->out[i].script = coin.out.script;
	}
	tx->in[0].script = btc_mine_push(lab->m, bytes_of(lab, redeem, sizeof(redeem)));
	btc_mine_add(&lab->b, tx);
	for (uint32_t i = 0; i < 5; i++)
		coins[i] = btc_mine_coin_of(lab->m, tx, i);
	tx = pay(lab, coins, 4, repeated(lab, OP_CHECKSIG, MAX_SIGOPS - 5 * 198 * 20 + lab->bad));
	for (uint32_t i = 0; i < 4; i++)
		tx->in[i].script = lab->b.tx[1]->in[0].script;
	btc_mine_add(&lab->b, tx);
	lab->b.tx[0]->out[0].script = bytes_of(lab, "\x51", 1);
}

static void oversize(struct lab *lab)
{
	struct btc_tx *cb = lab->b.tx[0];
	size_t size = BTC_HEADER_SIZE + 1 + btc_tx_write(NULL, 0, cb);

	/* The script's length takes five bytes instead of one. */
	size -= cb->out[0].script.n + 1;
	cb->out[0].script = repeated(lab, OP_0, MAX_BLOCK - size - 5 + lab->bad);
}

/* Weight beyond four million by the witness alone: an annex. */
static void overweight(struct lab *lab)
{
	struct btc_mine_coin coin = coin_with(lab, btc_mine_p2tr(lab->m, 0));
	struct btc_tx *tx = pay(lab, &coin, 1, btc_mine_p2pkh(lab->m, 1));
	struct btc_span *items = btc_mine_get(lab->m, 2, sizeof(items[0]));
	struct btc_tx *cb = lab->b.tx[0];
	size_t base = BTC_HEADER_SIZE + 1, witness;

	/* The coinbase gets 47 bytes of commitment and 36 of witness: marker, flag, count, length, nonce. */
	base += btc_tx_write(NULL, 0, cb) + 47 + btc_tx_write(NULL, 0, tx);
	witness = 36 + 2 + 1 + 1 + 64 + 5;
	items[1] = repeated(lab, 0x50, BTC_MAX_BLOCK_WEIGHT - 4 * base - witness + lab->bad);
	tx->in[0].witness = items;
	tx->in[0].n_witness = 2;
	btc_mine_sign(lab->m, tx, &coin, 0);
	btc_mine_add(&lab->b, tx);
	lab->b.commit = true;
}

static void no_commitment(struct lab *lab)
{
	witness_spend(lab, btc_mine_p2wpkh(lab->m, 0));
	lab->b.commit = !lab->bad;
}

static void wrong_commitment(struct lab *lab)
{
	lab->b.commit = true;
	lab->b.flip_commit = lab->bad;
}

static void wrong_reserved_value(struct lab *lab)
{
	lab->b.commit = true;
	lab->b.nonce_n = lab->bad ? 31 : 32;
}

static const struct fault faults[] = {
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
	{ "genesis output", "bad-txns-inputs-missingorspent", genesis_output, false },
	{ "coin again", "bad-txns-BIP30", coin_again, true },
	{ "subsidy + 1", "bad-cb-amount", subsidy_plus_one, false },
	{ "subsidy and fees + 1", "bad-cb-amount", fees_plus_one, false },
	{ "negative output", "bad-txns-vout-negative", negative_output, false },
	{ "too large output", "bad-txns-vout-toolarge", large_output, false },
	{ "too large sum", "bad-txns-txouttotal-toolarge", large_sum, false },
	{ "outputs over inputs", "bad-txns-in-belowout", out_over_in, false },
	{ "time at median", "time-too-old", time_at_median, false },
	{ "wrong bits", "bad-diffbits", wrong_bits, false },
	{ "high hash", "high-hash", high_hash, false },
	{ "wrong parent", "prev-blk-not-found", wrong_parent, false },
	{ "old version", "bad-version(0x00000003)", old_version, false },
	{ "wrong root", "bad-txnmrklroot", wrong_root, false },
	{ "repeated tail", "bad-txns-duplicate", repeated_tail, false },
	{ "no coinbase", "bad-cb-missing", no_coinbase, false },
	{ "two coinbases", "bad-cb-multiple", two_coinbases, false },
	{ "long coinbase script", "bad-cb-length", long_coinbase_script, false },
	{ "short coinbase script", "bad-cb-length", short_coinbase_script, false },
	{ "wrong height", "bad-cb-height", wrong_height, false },
	{ "no outputs", "bad-txns-vout-empty", no_outputs, false },
	{ "null input", "bad-txns-prevout-null", null_input, false },
	{ "locked by height", "bad-txns-nonfinal", locked_by_height, false },
	{ "locked by time", "bad-txns-nonfinal", locked_by_time, false },
	{ "sequence of blocks", "bad-txns-nonfinal", sequence_height, false },
	{ "sequence of time", "bad-txns-nonfinal", sequence_time, false },
	{ "legacy sigops + 1", "bad-blk-sigops", legacy_sigops, false },
	{ "P2SH sigops + 1", "bad-blk-sigops", p2sh_sigops, false },
	{ "oversize", "bad-blk-length", oversize, false },
	{ "overweight", "bad-blk-weight", overweight, false },
	{ "no commitment", "unexpected-witness", no_commitment, false },
	{ "wrong commitment", "bad-witness-merkle-match", wrong_commitment, false },
	{ "wrong reserved value", "bad-witness-nonce-size", wrong_reserved_value, false },
};

static struct btc_chain *chain_on(struct btc_miner *m, const struct btc_chainparams *params)
{
	struct btc_chain_room room = { .blocks = BASE + 2, .coins = 1000, .block_bytes = 10000 };
	struct btc_chain *chain = btc_chain_new(params, &room, NULL);
	struct btc_block_counts counts;
	struct btc_reject reject;

	assert_non_null(chain);
	for (uint32_t h = 0; h < BASE; h++)
		if (btc_chain_connect(chain, &counts, &reject, m->blocks[h].p, m->blocks[h].n) != 0)
			fail_msg("base chain: %s at height %u", reject.rule, h);
	return chain;
}

/* Makes the row's block on a copy of the base chain. Returns what the chain says to it. */
static int connect_row(const struct fault *row, bool bad, struct btc_reject *reject)
{
	struct btc_chainparams params = *btc_chainparams(BTC_REGTEST);
	struct btc_miner fork =
	        miner; /* its chain may grow; memory stays in the arena of the copy */
	struct lab lab = { .m = &fork, .bad = bad };
	struct btc_block_counts counts;
	struct btc_span bytes;
	int rc;

	fork.arena = (struct btc_arena){ .first = NULL };
	if (row->no_bip34)
		params.bip34 = UINT32_MAX;
	lab.chain = chain_on(&fork, &params);
	btc_mine_begin(&fork, &lab.b);
	row->make(&lab);
	bytes = btc_mine_seal(&fork, &lab.b);
	rc = btc_chain_connect(lab.chain, &counts, reject, bytes.p, bytes.n);
	btc_chain_free(lab.chain);
	btc_arena_fini(&fork.arena);
	return rc;
}

static void a_block_with_one_fault_is_refused_by_the_name_of_the_rule(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < BT_LEN(faults); i++) {
		struct btc_reject reject;
		int rc = connect_row(&faults[i], true, &reject);

		if (rc != -EBADMSG || strcmp(reject.rule, faults[i].rule) != 0)
			fail_msg("%s: %d %s, expected %s", faults[i].name, rc, reject.rule,
			        faults[i].rule);
		assert_in_range(reject.height, BASE, BASE + 1);
	}
}

static void the_same_block_without_its_fault_is_accepted(void **unused)
{
	(void)unused;
	for (unsigned i = 0; i < BT_LEN(faults); i++) {
		struct btc_reject reject;
		int rc = connect_row(&faults[i], false, &reject);

		if (rc != 0)
			fail_msg("%s: %d %s, expected to be accepted", faults[i].name, rc,
			        reject.rule);
	}
}

static void a_refusal_names_height_block_input_and_transaction(void **unused)
{
	struct btc_reject reject;
	char text[300], hash[BTC_HEX_SIZE], txid[BTC_HEX_SIZE], want[300];

	(void)unused;
	assert_int_equal(connect_row(&faults[0], true, &reject), -EBADMSG);
	btc_hash_hex(hash, reject.hash);
	btc_hash_hex(txid, reject.txid);
	snprintf(want, sizeof(want), "%s height %d block %s input 0 tx %s", faults[0].rule, BASE,
	        hash, txid);
	btc_reject_text(text, sizeof(text), &reject);
	assert_string_equal(text, want);
	btc_reject_text(text, 20, &reject);
	assert_string_equal(text, "mandatory-script-ve");
}

static void a_damaged_genesis_is_refused(void **unused)
{
	struct btc_chain_room room = { .blocks = 1 };
	struct btc_chain *chain = btc_chain_new(btc_chainparams(BTC_REGTEST), &room, NULL);
	struct btc_block_counts counts;
	struct btc_reject reject;
	struct btc_span other = miner.blocks[1];

	(void)unused;
	assert_non_null(chain);
	assert_int_equal(btc_chain_connect(chain, &counts, &reject, other.p, other.n), -EBADMSG);
	assert_string_equal(reject.rule, "bad-genesis");
	btc_chain_free(chain);
}

static void a_block_that_ends_too_early_or_too_late_is_malformed(void **unused)
{
	struct btc_span whole = miner.blocks[1];
	uint8_t *longer = calloc(1, whole.n + 1);

	(void)unused;
	assert_non_null(longer);
	memcpy(longer, whole.p, whole.n);
	for (size_t n = 0; n <= whole.n + 1; n++) {
		struct btc_chain_room room = { .blocks = 1 };
		struct btc_chain *chain = btc_chain_new(btc_chainparams(BTC_REGTEST), &room, NULL);
		struct btc_block_counts counts;
		struct btc_reject reject;
		uint8_t *exact = malloc(n + 1); /* so that a sanitizer sees a read past the end */

		assert_non_null(chain);
		assert_non_null(exact);
		memcpy(exact, longer, BT_MIN(n, whole.n + 1));
		assert_int_equal(btc_chain_connect(chain, &counts, &reject, exact, n), -EBADMSG);
		assert_int_equal(reject.malformed, n != whole.n);
		if (n == whole.n + 1)
			assert_int_equal(reject.position, whole.n);
		free(exact);
		btc_chain_free(chain);
	}
	free(longer);
}

static int mine_base(void **unused)
{
	(void)unused;
	btc_mine_init(&miner);
	btc_mine_base(&miner, BASE);
	return 0;
}

static int drop_base(void **unused)
{
	(void)unused;
	btc_mine_fini(&miner);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_with_one_fault_is_refused_by_the_name_of_the_rule),
		cmocka_unit_test(the_same_block_without_its_fault_is_accepted),
		cmocka_unit_test(a_refusal_names_height_block_input_and_transaction),
		cmocka_unit_test(a_damaged_genesis_is_refused),
		cmocka_unit_test(a_block_that_ends_too_early_or_too_late_is_malformed),
	};

	return cmocka_run_group_tests(tests, mine_base, drop_base);
}
