#include "bitcoin/source/blockdamage.h"

#include <errno.h>
#include <stdio.h>

#include "bitcoin/source/assemble.h"
#include "bitcoin/source/damage.h"
#include "bitcoin/rules/pow.h"
#include "bitcoin/rules/script.h"
#include "bitcoin/rules/undo.h"
#include "bitcoin/rules/utxo.h"

/* More than any block may pay its miner, and still an amount. */
#define TOO_MUCH (1000000 * BTC_COIN)

/* Going along the chain. */
struct walk {
	const struct btc_stretch *s;
	struct btc_utxo coins; /* of a chain from genesis on */
	struct btc_arena scratch;
	struct btc_arena *arena; /* what lasts */
};

/* One block and its copy in the making. */
struct copy {
	struct walk *w;
	struct btc_control *out;
	struct btc_block block;
	struct btc_span undo_bytes;
	struct btc_undo undo;
	uint32_t height;
	struct btc_tx coinbase;
	struct btc_assembly a;
};

#define NAME(tail, name) [BTC_BLOCK_DAMAGE_##tail] = (name),
static const char *const names[] = { BTC_BLOCK_DAMAGES_OF(NAME) };

const char *btc_block_damage_name(enum btc_block_damage damage)
{
	return names[damage];
}

static int expect(struct copy *c, const char *rule)
{
	snprintf(c->out->expect, sizeof(c->out->expect), "%s", rule);
	return 1;
}

/* The coinbase's outputs are copied, so that amounts and commitment can be written into them. */
static int copy_coinbase(struct copy *c)
{
	struct btc_tx *tx = &c->coinbase;
	const uint8_t *commitment = btc_block_commitment(&c->block);
	struct btc_out *out = btc_arena_get(&c->w->scratch, tx->n_out, sizeof(out[0]));

	if (c->height < c->w->s->params->segwit)
		commitment = NULL;
	if (out == NULL)
		return -ENOMEM;
	memcpy(out, tx->out, tx->n_out * sizeof(out[0]));
	tx->out = out;
	for (uint32_t k = 0; commitment != NULL && k < tx->n_out; k++) {
		const uint8_t *p = out[k].script.p;
		uint8_t *script;

		if (commitment < p || commitment >= p + out[k].script.n)
			continue;
		script = btc_arena_get(&c->w->scratch, out[k].script.n, 1);
		if (script == NULL)
			return -ENOMEM;
		memcpy(script, p, out[k].script.n);
		c->a.commitment = script + (commitment - p);
		out[k].script.p = script;
	}
	return 0;
}

/* Ready to be sealed as it is. */
static int begin_seal(struct copy *c)
{
	c->coinbase = c->block.tx[0];
	c->a = (struct btc_assembly){
		.header = c->block.header,
		.coinbase = &c->coinbase,
		.tx = c->block.tx + 1,
		.n_tx = c->block.n_tx - 1,
	};
	return copy_coinbase(c);
}

static int seal(struct copy *c)
{
	int rc = btc_assemble(&c->out->bytes, &c->a, NULL, c->w->arena, &c->w->scratch);

	return rc == 0 ? 1 : rc;
}

static int copy_bytes(struct copy *c, uint8_t **p)
{
	struct btc_span from = c->out->bytes;

	*p = btc_arena_get(c->w->arena, from.n, 1);
	if (*p == NULL)
		return -ENOMEM;
	memcpy(*p, from.p, from.n);
	c->out->bytes.p = *p;
	return 0;
}

/* Does a later transaction of the block spend this one, whose name will change? */
static bool is_parent(const struct btc_block *b, uint32_t t)
{
	for (uint32_t k = t + 1; k < b->n_tx; k++)
		for (uint32_t i = 0; i < b->tx[k].n_in; i++)
			if (memcmp(btc_in_txid(&b->tx[k].in[i]), b->tx[t].txid, 32) == 0)
				return true;
	return false;
}

static const struct btc_tx *tx_of(
	const struct btc_block *b, uint32_t before, const uint8_t txid[32])
{
	for (uint32_t k = before; k-- > 0;)
		if (memcmp(b->tx[k].txid, txid, 32) == 0)
			return &b->tx[k];
	return NULL;
}

/* What an input spends: as the undo data say, of this block, or of one before. */
static bool find_coin(struct copy *c, uint32_t t, uint32_t i, struct btc_prevout *out)
{
	const struct btc_in *in = &c->block.tx[t].in[i];
	const struct btc_tx *parent = tx_of(&c->block, t, btc_in_txid(in));
	struct btc_coin coin;

	if (c->undo.n_tx > 0) {
		coin = c->undo.tx[t - 1].coins[i];
	} else if (parent != NULL && btc_in_index(in) < parent->n_out) {
		coin.amount = parent->out[btc_in_index(in)].value;
		coin.script = parent->out[btc_in_index(in)].script;
	} else {
		if (!btc_utxo_spend(&c->w->coins, &coin, btc_in_txid(in), btc_in_index(in)) ||
			btc_utxo_add(&c->w->coins, btc_in_txid(in), btc_in_index(in), &coin) != 0)
			return false;
	}
	*out = (struct btc_prevout){ .amount = coin.amount, .script = coin.script };
	return true;
}

static int make_case(struct copy *c, uint32_t t, struct btc_case *out)
{
	const struct btc_tx *tx = &c->block.tx[t];
	struct btc_prevout *spent = btc_arena_get(&c->w->scratch, tx->n_in, sizeof(spent[0]));

	if (spent == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < tx->n_in; i++)
		if (!find_coin(c, t, i, &spent[i]))
			return 0;
	*out = (struct btc_case){
		.name = "",
		.tx = tx->raw,
		.spent = spent,
		.n_spent = tx->n_in,
		.flags = btc_block_flags(c->w->s->params, c->height, c->block.hash),
	};
	return 1;
}

/* Puts another transaction in the place of number t. */
static int replace(struct copy *c, uint32_t t, struct btc_span bytes)
{
	struct btc_reader r = { .p = bytes.p, .size = bytes.n };
	int rc = btc_tx_parse(&c->block.tx[t], &r, &c->w->scratch);

	if (rc == 0)
		rc = begin_seal(c);
	return rc == 0 ? seal(c) : rc;
}

/* In a block the coins are what they are: only damage to the transaction itself will do. */
static bool same_coins(const struct btc_case *a, const struct btc_case *b)
{
	for (uint32_t i = 0; i < a->n_spent; i++)
		if (a->spent[i].amount != b->spent[i].amount ||
			!btc_span_eq(a->spent[i].script, b->spent[i].script))
			return false;
	return true;
}

static int damage_tx(struct copy *c, enum btc_damage damage)
{
	for (uint32_t t = c->block.n_tx; t-- > 1;) {
		struct btc_case from, bad;
		char rule[sizeof(c->out->expect)];
		int rc = is_parent(&c->block, t) ? 0 : make_case(c, t, &from);

		if (rc > 0)
			rc = btc_damage_make(&bad, &from, damage, &c->w->scratch);
		if (rc < 0)
			return rc;
		if (rc == 0 || !same_coins(&from, &bad))
			continue;
		snprintf(rule, sizeof(rule), "block-script-verify-flag-failed (%s)",
			btc_expect_name(&bad.expect));
		expect(c, rule);
		return replace(c, t, bad.tx);
	}
	return 0;
}

static int damage_signature(struct copy *c)
{
	return damage_tx(c, BTC_DAMAGE_SIGNATURE);
}

static int damage_script(struct copy *c)
{
	return damage_tx(c, BTC_DAMAGE_SCRIPT);
}

static int damage_program(struct copy *c)
{
	return damage_tx(c, BTC_DAMAGE_PROGRAM);
}

/* The miner takes what there is not. */
static int damage_amount(struct copy *c)
{
	int rc = begin_seal(c);

	if (rc != 0)
		return rc;
	c->coinbase.out[0].value += TOO_MUCH;
	expect(c, "bad-cb-amount");
	return seal(c);
}

/* The last transaction spends a coin of the one before. Undo data of a stretch could vouch for
 * another, so only from genesis on. */
static int damage_spent(struct copy *c)
{
	uint32_t last = c->block.n_tx - 1;
	struct btc_tx *tx = &c->block.tx[last];
	size_t n;
	uint8_t *p;

	if (c->block.n_tx < 3 || c->w->s->first > 0)
		return 0;
	tx->in[0].prevout = c->block.tx[last - 1].in[0].prevout;
	n = btc_tx_write(NULL, 0, tx);
	p = btc_arena_get(&c->w->scratch, n, 1);
	if (p == NULL)
		return -ENOMEM;
	btc_tx_write(p, n, tx);
	expect(c, "bad-txns-inputs-missingorspent");
	return replace(c, last, (struct btc_span){ .p = p, .n = n });
}

static int damage_root(struct copy *c)
{
	uint8_t *p;

	if (copy_bytes(c, &p) != 0)
		return -ENOMEM;
	p[4 + 32] ^= 1;
	return expect(c, "bad-txnmrklroot");
}

static int damage_commitment(struct copy *c)
{
	int rc = begin_seal(c);

	if (rc != 0 || c->a.commitment == NULL)
		return rc;
	c->a.commitment[0] ^= 1;
	c->a.commitment = NULL; /* stays as it is */
	expect(c, "bad-witness-merkle-match");
	return seal(c);
}

static int damage_work(struct copy *c)
{
	uint8_t *p, hash[32];

	if (copy_bytes(c, &p) != 0)
		return -ENOMEM;
	do {
		btc_put_le32(p + 76, btc_le32(p + 76) + 1);
		btc_sha256d(hash, p, BTC_HEADER_SIZE);
	} while (btc_pow_ok(hash, c->block.header.bits, c->w->s->params));
	c->out->pow = true;
	return expect(c, "high-hash");
}

static int damage_cut(struct copy *c)
{
	c->out->bytes.n--;
	return expect(c, "");
}

static int damage(struct copy *c, unsigned first)
{
	static int (*const make[])(struct copy *) = {
		[BTC_BLOCK_DAMAGE_SIGNATURE] = damage_signature,
		[BTC_BLOCK_DAMAGE_SCRIPT] = damage_script,
		[BTC_BLOCK_DAMAGE_PROGRAM] = damage_program,
		[BTC_BLOCK_DAMAGE_AMOUNT] = damage_amount,
		[BTC_BLOCK_DAMAGE_SPENT] = damage_spent,
		[BTC_BLOCK_DAMAGE_ROOT] = damage_root,
		[BTC_BLOCK_DAMAGE_COMMITMENT] = damage_commitment,
		[BTC_BLOCK_DAMAGE_WORK] = damage_work,
		[BTC_BLOCK_DAMAGE_CUT] = damage_cut,
	};
	int rc = 0;

	for (unsigned k = 0; rc == 0 && k < BTC_BLOCK_DAMAGES; k++) {
		c->out->damage = (enum btc_block_damage)((first + k) % BTC_BLOCK_DAMAGES);
		rc = make[c->out->damage](c);
	}
	return rc;
}

/* Spends and makes what the block does, as far as it can be read: what cannot will be refused in
 * the run. */
static int pass(struct walk *w, const struct btc_block *b)
{
	int rc = 0;

	for (uint32_t t = 0; rc == 0 && t < b->n_tx; t++) {
		const struct btc_tx *tx = &b->tx[t];
		struct btc_coin coin = { .height = 0 };

		for (uint32_t i = 0; t > 0 && i < tx->n_in; i++)
			btc_utxo_spend(&w->coins, &coin, btc_in_txid(&tx->in[i]),
				btc_in_index(&tx->in[i]));
		for (uint32_t k = 0; rc == 0 && k < tx->n_out; k++) {
			coin.amount = tx->out[k].value;
			coin.script = tx->out[k].script;
			rc = btc_utxo_add(&w->coins, tx->txid, k, &coin);
		}
	}
	return rc;
}

/* 1: there is a block, and its undo data if they are needed; 0: they cannot be read. */
static int read_block(struct copy *c, uint32_t i)
{
	const struct btc_stretch_block *b = &c->w->s->blocks[i];
	struct btc_reader r = { .p = b->bytes.p, .size = b->bytes.n };
	struct btc_reader u = { .p = b->undo.p, .size = b->undo.n };
	int rc = b->lack == NULL ? btc_block_parse(&c->block, &r, &c->w->scratch) : -EINVAL;

	if (rc == 0 && b->undo.p != NULL)
		rc = btc_undo_parse(&c->undo, &u, &c->w->scratch);
	if (rc == 0 && b->undo.p != NULL) {
		if (c->undo.n_tx + 1 != c->block.n_tx)
			return 0;
		for (uint32_t t = 0; t < c->undo.n_tx; t++)
			if (c->undo.tx[t].n != c->block.tx[t + 1].n_in)
				return 0;
	}
	return rc == -EINVAL ? 0 : rc == 0 ? 1 : rc;
}

/* The block as it was: its copy has been changed. */
static int pass_block(struct walk *w, struct btc_span bytes)
{
	struct btc_reader r = { .p = bytes.p, .size = bytes.n };
	struct btc_block block;
	int rc = btc_block_parse(&block, &r, &w->scratch);

	if (rc != 0)
		return rc == -EINVAL ? 0 : rc;
	return pass(w, &block);
}

static int damage_block(struct walk *w, struct btc_control *out, uint32_t i, unsigned first)
{
	struct copy c = { .w = w, .out = out, .height = w->s->first + i };
	int rc = read_block(&c, i);

	if (rc <= 0)
		return rc;
	out->bytes = w->s->blocks[i].bytes;
	rc = damage(&c, first);
	if (rc == 0)
		out->bytes = (struct btc_span){ .p = NULL };
	return rc;
}

/* Returns how many were made. Of genesis nothing but its hash is a rule. */
static int walk(struct walk *w, struct btc_control *controls, uint32_t every)
{
	int made = 0, rc = 0;

	for (uint32_t i = 0; rc >= 0 && i < w->s->n; i++) {
		btc_arena_reset(&w->scratch);
		rc = 0;
		if (w->s->first + i > 0 && i % every == 0)
			rc = damage_block(w, &controls[i], i, (unsigned)made);
		made += rc > 0;
		if (rc >= 0 && w->s->first == 0)
			rc = pass_block(w, w->s->blocks[i].bytes);
	}
	return rc < 0 ? rc : made;
}

/* Every so many blocks have one, that there be no more of them than wanted. */
static uint32_t spacing(const struct btc_stretch *s)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < s->n; i++)
		bytes += s->blocks[i].bytes.n;
	return (uint32_t)(1 + BT_MAX(s->n / BTC_CONTROLS_MOST, bytes / BTC_CONTROLS_BYTES));
}

int btc_controls_make(struct btc_control **controls, const struct btc_stretch *s,
	struct btc_arena *arena, struct bt_err *err)
{
	struct walk w = { .s = s, .arena = arena };
	int made = -ENOMEM;

	*controls = btc_arena_get(arena, s->n, sizeof(**controls));
	if (*controls != NULL && btc_utxo_init(&w.coins, 1024) == 0) {
		memset(*controls, 0, s->n * sizeof(**controls));
		made = walk(&w, *controls, spacing(s));
	}
	btc_utxo_fini(&w.coins);
	btc_arena_fini(&w.scratch);
	if (made < 0)
		return bt_fail(err, made, "negative controls: out of memory");
	if (made == 0)
		return bt_fail(err, -EINVAL, "--negative: no block here can be damaged");
	return 0;
}

bool btc_control_is_refused(const struct btc_control *control, const struct btc_reject *reject)
{
	if (control->expect[0] == '\0')
		return reject->malformed && !reject->undo;
	return !reject->malformed && strcmp(reject->rule, control->expect) == 0;
}
