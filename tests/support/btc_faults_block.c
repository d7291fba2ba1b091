/* Faults of headers and of blocks as a whole. */
#include "btc_lab.h"

#include "bitcoin/rules/hash.h"
#include "bitcoin/rules/script.h"

#define MAX_SIGOPS 20000
#define MAX_BLOCK  1000000

/* --- header --- */

static uint32_t median_time(struct btc_lab *lab)
{
	struct btc_header h;

	/* Times of the base chain rise, so the median of eleven is the sixth. */
	btc_header_parse(&h, lab->m->blocks[lab->m->height - 6].p);
	return h.time;
}

static void time_at_median(struct btc_lab *lab)
{
	lab->b.header.time = median_time(lab) + !lab->bad;
}

static void wrong_bits(struct btc_lab *lab)
{
	lab->b.header.bits -= lab->bad;
}

static void high_hash(struct btc_lab *lab)
{
	lab->b.fail_pow = lab->bad;
}

static void wrong_parent(struct btc_lab *lab)
{
	lab->b.header.prev[0] ^= lab->bad;
}

static void old_version(struct btc_lab *lab)
{
	lab->b.header.version = lab->bad ? 3 : 4;
}

static void wrong_root(struct btc_lab *lab)
{
	lab->b.flip_merkle = lab->bad;
}

/* --- the block as a whole --- */

/* CVE-2012-2459: three transactions and the last of them again hash to the same root as three. */
static void repeated_tail(struct btc_lab *lab)
{
	btc_mine_add(&lab->b, btc_lab_signed_pay(lab, btc_lab_mature(lab, 0), 1));
	btc_mine_add(&lab->b, btc_lab_signed_pay(lab, btc_lab_mature(lab, 1), 1));
	if (lab->bad)
		btc_mine_add(&lab->b, lab->b.tx[2]);
}

static void no_coinbase(struct btc_lab *lab)
{
	btc_mine_add(&lab->b, btc_lab_signed_pay(lab, btc_lab_mature(lab, 0), 1));
	if (lab->bad) {
		lab->b.tx[0] = lab->b.tx[1];
		lab->b.n_tx = 1;
	}
}

static void two_coinbases(struct btc_lab *lab)
{
	struct btc_mine_block other;

	btc_mine_begin(lab->m, &other);
	other.tx[0]->out[0].value = 0;
	if (lab->bad)
		btc_mine_add(&lab->b, other.tx[0]);
}

static void coinbase_script(struct btc_lab *lab, size_t n)
{
	uint8_t *s = btc_mine_get(lab->m, 101, 1);

	btc_script_put_num(s, lab->m->height);
	lab->b.tx[0]->in[0].script = (struct btc_span){ .p = s, .n = n };
}

static void long_coinbase_script(struct btc_lab *lab)
{
	coinbase_script(lab, lab->bad ? 101 : 100);
}

static void short_coinbase_script(struct btc_lab *lab)
{
	coinbase_script(lab, lab->bad ? 1 : 2);
}

static void wrong_height(struct btc_lab *lab)
{
	uint8_t s[3] = { 1, (uint8_t)(lab->m->height + lab->bad), 0 };

	lab->b.tx[0]->in[0].script = btc_lab_bytes(lab, s, sizeof(s));
}

static void no_outputs(struct btc_lab *lab)
{
	struct btc_tx *tx = btc_lab_pay(lab, btc_lab_mature(lab, 0), 1, btc_mine_p2pkh(lab->m, 1));

	tx->n_out = lab->bad ? 0 : 1;
	btc_mine_sign(lab->m, tx, btc_lab_mature(lab, 0), 0);
	btc_mine_add(&lab->b, tx);
}

static void null_input(struct btc_lab *lab)
{
	struct btc_mine_coin coins[2] = { *btc_lab_mature(lab, 0), *btc_lab_mature(lab, 1) };

	if (lab->bad)
		memset(coins[1].outpoint, 0, 32);
	if (lab->bad)
		btc_put_le32(coins[1].outpoint + 32, UINT32_MAX);
	btc_mine_add(&lab->b, btc_lab_signed_pay(lab, coins, 2));
}

static void locked_by_height(struct btc_lab *lab)
{
	struct btc_tx *tx = btc_lab_pay(lab, btc_lab_mature(lab, 0), 1, btc_mine_p2pkh(lab->m, 1));

	tx->locktime = lab->m->height - 1 + lab->bad;
	tx->in[0].sequence = 0xfffffffe;
	btc_mine_sign(lab->m, tx, btc_lab_mature(lab, 0), 0);
	btc_mine_add(&lab->b, tx);
}

static void locked_by_time(struct btc_lab *lab)
{
	struct btc_tx *tx = btc_lab_pay(lab, btc_lab_mature(lab, 0), 1, btc_mine_p2pkh(lab->m, 1));

	tx->locktime = median_time(lab) - 1 + lab->bad;
	tx->in[0].sequence = 0xfffffffe;
	btc_mine_sign(lab->m, tx, btc_lab_mature(lab, 0), 0);
	btc_mine_add(&lab->b, tx);
}

/* The coin is 100 blocks deep. */
static void sequence_height(struct btc_lab *lab)
{
	const struct btc_mine_coin *coin = &lab->m->coinbases[BTC_LAB_BASE - 100];
	struct btc_tx *tx = btc_lab_pay(lab, coin, 1, btc_mine_p2pkh(lab->m, 1));

	tx->in[0].sequence = 100 + lab->bad;
	btc_mine_sign(lab->m, tx, coin, 0);
	btc_mine_add(&lab->b, tx);
}

/* Median times lie 600 s apart a block: 100 blocks are 60,000 s, or 117 full units of 512 s. */
static void sequence_time(struct btc_lab *lab)
{
	const struct btc_mine_coin *coin = &lab->m->coinbases[BTC_LAB_BASE - 100];
	struct btc_tx *tx = btc_lab_pay(lab, coin, 1, btc_mine_p2pkh(lab->m, 1));

	tx->in[0].sequence = BTC_SEQUENCE_SECONDS | (117 + lab->bad);
	btc_mine_sign(lab->m, tx, coin, 0);
	btc_mine_add(&lab->b, tx);
}

static void legacy_sigops(struct btc_lab *lab)
{
	lab->b.tx[0]->out[0].script = btc_lab_repeat(lab, OP_CHECKSIG, MAX_SIGOPS + lab->bad);
}

/* Redeem scripts that count CHECKMULTISIG in a branch not taken: 198 times 20 each. */
static void p2sh_sigops(struct btc_lab *lab)
{
	uint8_t redeem[202] = { OP_0, OP_IF };
	struct btc_mine_coin coin, coins[5];
	struct btc_tx *tx;

	memset(redeem + 2, OP_CHECKMULTISIG, 198);
	redeem[200] = OP_ENDIF;
	redeem[201] = OP_1;
	coin = btc_lab_coin(lab, btc_mine_p2sh(lab->m, btc_lab_bytes(lab, redeem, sizeof(redeem))));
	tx = btc_mine_tx(lab->m, &coin, 1, 5);
	for (uint32_t i = 0; i < 5; i++) {
		tx->out[i].value = BTC_LAB_SUBSIDY / 10;
		tx->out[i].script = coin.out.script;
	}
	tx->in[0].script = btc_mine_push(lab->m, btc_lab_bytes(lab, redeem, sizeof(redeem)));
	btc_mine_add(&lab->b, tx);
	for (uint32_t i = 0; i < 5; i++)
		coins[i] = btc_mine_coin_of(lab->m, tx, i);
	tx = btc_lab_pay(lab, coins, 4,
		btc_lab_repeat(lab, OP_CHECKSIG, MAX_SIGOPS - 5 * 198 * 20 + lab->bad));
	for (uint32_t i = 0; i < 4; i++)
		tx->in[i].script = lab->b.tx[1]->in[0].script;
	btc_mine_add(&lab->b, tx);
	lab->b.tx[0]->out[0].script = btc_lab_bytes(lab, "\x51", 1);
}

/* Four for each of the legacy ones and one for each in the witness: 80,000 or 80,001. */
static void witness_sigops(struct btc_lab *lab)
{
	uint8_t script[9] = { OP_0, OP_IF }, program[34] = { OP_0, 32 };
	struct btc_span *items = btc_mine_get(lab->m, 1, sizeof(items[0]));
	struct btc_mine_coin coin;
	struct btc_tx *tx;

	memset(script + 2, OP_CHECKSIG, 5);
	script[2] = lab->bad ? OP_CHECKSIG : OP_NOP;
	script[7] = OP_ENDIF;
	script[8] = OP_1;
	btc_sha256(program + 2, script, sizeof(script));
	coin = btc_lab_coin(lab, btc_lab_bytes(lab, program, sizeof(program)));
	tx = btc_lab_pay(lab, &coin, 1, btc_lab_bytes(lab, "\x51", 1));
	items[0] = btc_lab_bytes(lab, script, sizeof(script));
	tx->in[0].witness = items;
	tx->in[0].n_witness = 1;
	btc_mine_add(&lab->b, tx);
	lab->b.tx[0]->out[0].script = btc_lab_repeat(lab, OP_CHECKSIG, MAX_SIGOPS - 1);
	lab->b.commit = true;
}

static void oversize(struct btc_lab *lab)
{
	struct btc_tx *cb = lab->b.tx[0];
	size_t size = BTC_HEADER_SIZE + 1 + btc_tx_write(NULL, 0, cb);

	/* The script's length takes five bytes instead of one. */
	size -= cb->out[0].script.n + 1;
	cb->out[0].script = btc_lab_repeat(lab, OP_0, MAX_BLOCK - size - 5 + lab->bad);
}

/* Weight beyond four million by the witness alone: an annex. */
static void overweight(struct btc_lab *lab)
{
	struct btc_mine_coin coin = btc_lab_coin(lab, btc_mine_p2tr(lab->m, 0));
	struct btc_tx *tx = btc_lab_pay(lab, &coin, 1, btc_mine_p2pkh(lab->m, 1));
	struct btc_span *items = btc_mine_get(lab->m, 2, sizeof(items[0]));
	struct btc_tx *cb = lab->b.tx[0];
	size_t base = BTC_HEADER_SIZE + 1, witness;

	/* The coinbase gets 47 bytes of commitment and 36 of witness: marker, flag, count, length,
	 * nonce. */
	base += btc_tx_write(NULL, 0, cb) + 47 + btc_tx_write(NULL, 0, tx);
	witness = 36 + 2 + 1 + 1 + 64 + 5;
	items[1] = btc_lab_repeat(lab, 0x50, BTC_MAX_BLOCK_WEIGHT - 4 * base - witness + lab->bad);
	tx->in[0].witness = items;
	tx->in[0].n_witness = 2;
	btc_mine_sign(lab->m, tx, &coin, 0);
	btc_mine_add(&lab->b, tx);
	lab->b.commit = true;
}

static void no_commitment(struct btc_lab *lab)
{
	btc_lab_witness_spend(lab, btc_mine_p2wpkh(lab->m, 0));
	lab->b.commit = !lab->bad;
}

static void wrong_commitment(struct btc_lab *lab)
{
	lab->b.commit = true;
	lab->b.flip_commit = lab->bad;
}

static void wrong_reserved_value(struct btc_lab *lab)
{
	lab->b.commit = true;
	lab->b.nonce_n = lab->bad ? 31 : 32;
}

const struct btc_fault btc_block_faults[] = {
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
	{ "witness sigops + 1", "bad-blk-sigops", witness_sigops, false },
	{ "oversize", "bad-blk-length", oversize, false },
	{ "overweight", "bad-blk-weight", overweight, false },
	{ "no commitment", "unexpected-witness", no_commitment, false },
	{ "wrong commitment", "bad-witness-merkle-match", wrong_commitment, false },
	{ "wrong reserved value", "bad-witness-nonce-size", wrong_reserved_value, false },
};

const unsigned btc_n_block_faults = BT_LEN(btc_block_faults);
