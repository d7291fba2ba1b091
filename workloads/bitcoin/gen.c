#include "bitcoin/gen.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "bitcoin/script.h"

#define SEQUENCE      0xfffffffdu /* BIP125: may be replaced, as wallets write it today */
#define OVERHEAD      40          /* weight units of version, counts and lock time */
#define MARKER        2           /* BIP144's, in weight units */
#define PAYMENT_BYTES 31          /* an output to a witness key hash */
#define DATA_HEAD     11          /* an output of OP_RETURN and a short push, without the data */
#define OUT_HEAD      9           /* an output without its script */
#define PAYMENT_MAX   20000       /* satoshi; no less than a 20th of it */
#define AMOUNT_LEAST  100000
#define AMOUNT_RANGE  10000000
#define CHANGE_LEAST  10000
#define RATE_LEAST    2 /* satoshi a virtual byte */
#define RATE_RANGE    49

/* A coin that can be spent. */
struct coin {
	uint8_t outpoint[BTC_OUTPOINT_SIZE];
	struct btc_own own;
	int64_t amount;
};

struct btc_gen {
	struct btc_gen_conf conf;
	struct btc_signer *signer;
	struct bt_rng rng;
	struct btc_arena scratch;
	uint64_t made, coins;
	struct coin change, first; /* of the one before: its first output, its first input's coin */
	int64_t fee;               /* and the rest of it */
	size_t vsize;
	enum btc_kin kin;
};

/* What a transaction is to have. */
struct plan {
	struct btc_gen_info info;
	enum btc_template first; /* of the first input */
	uint32_t n_in, payments;
	uint32_t data; /* bytes behind OP_RETURN; 0: no such output */
};

static bool is_legacy(enum btc_template t)
{
	return t == BTC_TEMPLATE_P2PK || t == BTC_TEMPLATE_P2PKH || t == BTC_TEMPLATE_P2SH_MULTISIG;
}

/* Weight units without payments and data. */
static unsigned base_weight(const struct plan *p)
{
	unsigned w = OVERHEAD + (OUT_HEAD + btc_template_script_size(p->info.t)) * 4;

	w += btc_template_input_weight(p->first);
	w += (p->n_in - 1) * btc_template_input_weight(p->info.t);
	return is_legacy(p->first) && is_legacy(p->info.t) ? w : w + MARKER;
}

/* Fills the transaction up to its size: with payments, and with data when what is left over is more than a fiftieth. */
static bool fill(struct plan *p, uint32_t size)
{
	uint32_t base = (base_weight(p) + 3) / 4;
	uint32_t left = size > base ? size - base : 0, off;

	p->payments = left / PAYMENT_BYTES;
	left %= PAYMENT_BYTES;
	if (left * 50 > size && left <= DATA_HEAD && p->payments > 0) {
		p->payments--;
		left += PAYMENT_BYTES;
	}
	p->data = left * 50 > size && left > DATA_HEAD ? left - DATA_HEAD : 0;
	if (p->data > 0)
		left = 0;
	off = base > size ? base - size : left;
	return off * 25 <= size; /* 4 %: signatures may be a byte shorter */
}

/* Three fifths of the size go to inputs, but at least one. False when this size cannot be met. */
static bool plan_size(struct plan *p, uint32_t size)
{
	uint32_t each = btc_template_input_weight(p->info.t);
	uint32_t room = size * 4 / 5 * 3;
	uint32_t fixed = OVERHEAD + MARKER + btc_template_input_weight(p->first);

	p->info.target = size;
	p->n_in = 1 + (room > fixed ? (room - fixed) / each : 0);
	if (fill(p, size))
		return true;
	p->n_in = 1;
	return fill(p, size);
}

/* The shape of transactions in the block that the default mix comes from: one to three inputs, one to three outputs. */
static void plan_natural(struct plan *p, struct bt_rng *rng)
{
	uint64_t in = bt_rng_below(rng, 100), out = bt_rng_below(rng, 100);

	p->info.target = 0;
	p->n_in = in < 70 ? 1 : in < 90 ? 2 : 3;
	p->payments = out < 25 ? 0 : out < 90 ? 1 : 2;
	p->data = 0;
}

static bool fits(enum btc_template t, uint32_t size)
{
	struct plan p = { .info.t = t, .first = t };

	return size == 0 || plan_size(&p, size);
}

/* Takes a template by its weight among those that fit. */
static enum btc_template draw(struct btc_gen *g, uint32_t size)
{
	uint64_t sum = 0, at;

	for (unsigned t = 0; t < BTC_TEMPLATES; t++)
		sum += fits((enum btc_template)t, size) ? g->conf.mix.weight[t] : 0;
	at = bt_rng_below(&g->rng, sum);
	for (unsigned t = 0;; t++) {
		uint64_t w = fits((enum btc_template)t, size) ? g->conf.mix.weight[t] : 0;

		if (at < w)
			return (enum btc_template)t;
		at -= w;
	}
}

static enum btc_kin draw_kin(struct btc_gen *g)
{
	const struct btc_gen_conf *conf = &g->conf;
	double u = bt_rng_unit(&g->rng);

	if (g->made == 0 || u > conf->child + conf->rival + conf->bump)
		return BTC_FRESH;
	if (u <= conf->child)
		return BTC_CHILD;
	if (g->kin == BTC_RIVAL || g->kin == BTC_BUMP)
		return BTC_FRESH; /* of two conflicts in a row it would be hard to say which wins */
	return u <= conf->child + conf->rival ? BTC_RIVAL : BTC_BUMP;
}

static void make_plan(struct btc_gen *g, struct plan *p)
{
	const struct btc_sizes *sizes = &g->conf.sizes;
	uint32_t size = sizes->n > 0 ? sizes->v[g->made % sizes->n] : 0;

	*p = (struct plan){ .info.t = draw(g, size), .info.kin = draw_kin(g) };
	p->first = p->info.kin == BTC_FRESH ? p->info.t
		: p->info.kin == BTC_CHILD  ? g->change.own.t
					    : g->first.own.t;
	if (size == 0) {
		plan_natural(p, &g->rng);
		p->n_in = g->conf.one_input ? 1 : p->n_in;
	} else if (!plan_size(p, size)) {
		p->info.kin = BTC_FRESH;
		p->first = p->info.t;
		plan_size(p, size);
	}
}

static struct coin fresh_coin(struct btc_gen *g, enum btc_template t)
{
	struct coin coin = { .own = { .t = t, .id = g->coins++ } };

	for (int i = 0; i < 4; i++)
		btc_put_le64(coin.outpoint + 8 * i, bt_rng_next(&g->rng));
	btc_put_le32(coin.outpoint + 32, (uint32_t)bt_rng_below(&g->rng, 4));
	coin.amount = AMOUNT_LEAST + (int64_t)bt_rng_below(&g->rng, AMOUNT_RANGE);
	return coin;
}

static int64_t vsize_of(const struct plan *p)
{
	return (base_weight(p) + 3) / 4 + p->payments * PAYMENT_BYTES +
		(p->data > 0 ? p->data + DATA_HEAD : 0);
}

/* What the one before pays, for this size. */
static int64_t same_rate(const struct btc_gen *g, int64_t vsize)
{
	return g->made > 0 ? g->fee * vsize / (int64_t)g->vsize : 0;
}

static int64_t bump_fee(const struct btc_gen *g, int64_t vsize)
{
	return BT_MAX(g->fee, same_rate(g, vsize)) + RATE_LEAST * vsize;
}

static int64_t fee_of(struct btc_gen *g, const struct plan *p)
{
	int64_t vsize = vsize_of(p);

	if (p->info.kin == BTC_RIVAL) /* half the rate, and no more than half the fee */
		return BT_MIN(g->fee / 2, same_rate(g, vsize) / 2);
	if (p->info.kin == BTC_BUMP)
		return bump_fee(g, vsize);
	if (g->conf.rate > 0)
		return vsize * g->conf.rate;
	return vsize * (RATE_LEAST + (int64_t)bt_rng_below(&g->rng, RATE_RANGE));
}

static int64_t fee_most(const struct btc_gen *g, const struct plan *p)
{
	int64_t vsize = vsize_of(p);

	if (p->info.kin == BTC_BUMP)
		return bump_fee(g, vsize);
	return vsize * BT_MAX(RATE_LEAST + RATE_RANGE, (int64_t)g->conf.rate);
}

/* Coins of the inputs. What the first brings when it is no fresh coin may be too little: then it is one. */
static void choose_coins(struct btc_gen *g, struct plan *p, struct coin *coins)
{
	int64_t need = CHANGE_LEAST + p->payments * (int64_t)PAYMENT_MAX + fee_most(g, p);
	int64_t sum = 0;

	for (uint32_t i = 1; i < p->n_in; i++) {
		coins[i] = fresh_coin(g, p->info.t);
		sum += coins[i].amount;
	}
	coins[0] = p->info.kin == BTC_CHILD ? g->change : g->first;
	if (p->info.kin == BTC_FRESH || sum + coins[0].amount < need) {
		p->info.kin = BTC_FRESH;
		coins[0] = fresh_coin(g, p->first);
		coins[0].amount += need;
	}
}

static struct btc_span random_bytes(struct btc_gen *g, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)bt_rng_next(&g->rng);
	return (struct btc_span){ .p = out, .n = n };
}

/* Change first, then payments, then data. Returns what is left for the change. */
static int64_t make_outputs(struct btc_gen *g, const struct plan *p, struct btc_tx *tx,
	uint8_t *scripts, int64_t amount)
{
	uint8_t *s = scripts;

	for (uint32_t k = 1; k <= p->payments; k++, s += 22) {
		s[0] = OP_0;
		s[1] = 20;
		random_bytes(g, s + 2, 20);
		tx->out[k].script = (struct btc_span){ s, 22 };
		tx->out[k].value =
			PAYMENT_MAX / 20 + (int64_t)bt_rng_below(&g->rng, PAYMENT_MAX * 19 / 20);
		amount -= tx->out[k].value;
	}
	if (p->data > 0) {
		s[0] = OP_RETURN;
		s[1] = (uint8_t)p->data;
		random_bytes(g, s + 2, p->data);
		tx->out[p->payments + 1].script = (struct btc_span){ s, p->data + 2 };
		tx->out[p->payments + 1].value = 0;
	}
	return amount;
}

/* A transaction that is being made. */
struct draft {
	struct btc_tx tx;
	struct coin *coins;
	struct btc_prevout *spent;
	struct btc_own change;
	uint8_t change_script[BTC_COIN_SCRIPT];
};

static int begin(struct btc_gen *g, struct draft *d, const struct plan *p, struct btc_arena *arena)
{
	struct btc_tx *tx = &d->tx;

	*tx = (struct btc_tx){ .version = 2, .n_in = p->n_in };
	tx->n_out = 1 + p->payments + (p->data > 0);
	tx->in = btc_arena_get(&g->scratch, tx->n_in, sizeof(tx->in[0]));
	tx->out = btc_arena_get(&g->scratch, tx->n_out, sizeof(tx->out[0]));
	d->coins = btc_arena_get(&g->scratch, tx->n_in, sizeof(d->coins[0]));
	d->spent = btc_arena_get(arena, tx->n_in, sizeof(d->spent[0]));
	return tx->in == NULL || tx->out == NULL || d->coins == NULL || d->spent == NULL ? -ENOMEM
											 : 0;
}

static int make_inputs(struct btc_gen *g, struct draft *d, struct btc_arena *arena, int64_t *sum)
{
	*sum = 0;
	for (uint32_t i = 0; i < d->tx.n_in; i++) {
		uint8_t *script = btc_arena_get(arena, BTC_COIN_SCRIPT, 1);

		if (script == NULL)
			return -ENOMEM;
		d->spent[i].amount = d->coins[i].amount;
		d->spent[i].script.p = script;
		d->spent[i].script.n = btc_own_script(g->signer, script, d->coins[i].own);
		d->tx.in[i] =
			(struct btc_in){ .prevout = d->coins[i].outpoint, .sequence = SEQUENCE };
		*sum += d->coins[i].amount;
	}
	return 0;
}

static int write_tx(struct btc_span *bytes, const struct btc_tx *tx, struct btc_arena *arena)
{
	size_t n = btc_tx_write(NULL, 0, tx);
	uint8_t *p = btc_arena_get(arena, n, 1);

	if (p == NULL)
		return -ENOMEM;
	btc_tx_write(p, n, tx);
	*bytes = (struct btc_span){ .p = p, .n = n };
	return 0;
}

static int reread(struct btc_tx *tx, struct btc_span bytes, struct btc_arena *arena)
{
	struct btc_reader r = { .p = bytes.p, .size = bytes.n };

	return btc_tx_parse(tx, &r, arena);
}

static int sign(struct btc_gen *g, struct draft *d)
{
	struct btc_span bytes;
	struct btc_txctx ctx;
	struct btc_tx tx;
	int rc = write_tx(&bytes, &d->tx, &g->scratch);

	if (rc == 0)
		rc = reread(&tx, bytes, &g->scratch);
	if (rc != 0)
		return rc;
	tx.has_witness = true; /* it will have: hashes are needed now */
	btc_txctx_init(&ctx, &tx, d->spent);
	for (uint32_t i = 0; rc == 0 && i < tx.n_in; i++)
		rc = btc_own_sign(g->signer, &d->tx.in[i], &ctx, i, d->coins[i].own, &g->scratch);
	return rc;
}

static const char *name_of(const struct btc_gen *g, const struct plan *p, struct btc_arena *arena)
{
	char *name = btc_arena_get(arena, 48, 1);

	if (name != NULL)
		snprintf(name, 48, "%s/%llu", btc_template_name(p->info.t),
			(unsigned long long)g->made);
	return name;
}

/* Keeps what the next one may spend. */
static int remember(
	struct btc_gen *g, const struct draft *d, struct btc_gen_info *info, struct btc_span bytes)
{
	struct btc_tx tx;
	int rc = reread(&tx, bytes, &g->scratch);

	if (rc != 0)
		return rc;
	info->vsize = (btc_tx_weight(&tx) + 3) / 4;
	memcpy(g->change.outpoint, tx.txid, 32);
	btc_put_le32(g->change.outpoint + 32, 0);
	g->change.own = d->change;
	g->change.amount = tx.out[0].value;
	g->first = d->coins[0];
	g->fee = info->fee;
	g->vsize = info->vsize;
	g->kin = info->kin;
	g->made++;
	return 0;
}

static int make(struct btc_gen *g, struct draft *d, struct plan *p, struct btc_case *c,
	struct btc_arena *arena)
{
	int64_t sum;
	uint8_t *scripts = btc_arena_get(&g->scratch, p->payments * 22 + p->data + 2, 1);
	int rc = begin(g, d, p, arena);

	if (rc != 0 || scripts == NULL)
		return -ENOMEM;
	choose_coins(g, p, d->coins);
	rc = make_inputs(g, d, arena, &sum);
	if (rc != 0)
		return rc;
	p->info.fee = fee_of(g, p);
	d->change = (struct btc_own){ .t = p->info.t, .id = g->coins++ };
	d->tx.out[0].value = make_outputs(g, p, &d->tx, scripts, sum - p->info.fee);
	d->tx.out[0].script.p = d->change_script;
	d->tx.out[0].script.n = btc_own_script(g->signer, d->change_script, d->change);
	rc = sign(g, d);
	return rc == 0 ? write_tx(&c->tx, &d->tx, arena) : rc;
}

int btc_gen_next(
	struct btc_gen *g, struct btc_case *c, struct btc_gen_info *info, struct btc_arena *arena)
{
	struct draft d;
	struct plan p;
	int rc;

	btc_arena_reset(&g->scratch);
	make_plan(g, &p);
	*c = (struct btc_case){ .name = name_of(g, &p, arena), .flags = BTC_VERIFY_STANDARD };
	if (c->name == NULL)
		return -ENOMEM;
	rc = make(g, &d, &p, c, arena);
	if (rc == 0)
		rc = remember(g, &d, &p.info, c->tx);
	c->spent = d.spent;
	c->n_spent = d.tx.n_in;
	if (info != NULL)
		*info = p.info;
	return rc;
}

static int check_sizes(const struct btc_gen_conf *conf, struct bt_err *err)
{
	for (unsigned i = 0; i < conf->sizes.n; i++) {
		bool any = false;

		for (unsigned t = 0; t < BTC_TEMPLATES; t++)
			any |= conf->mix.weight[t] > 0 &&
				fits((enum btc_template)t, conf->sizes.v[i]);
		if (!any)
			return bt_fail(err, -EINVAL,
				"--tx-size: %u virtual bytes: no transaction of the mix can have "
				"that size",
				conf->sizes.v[i]);
	}
	return 0;
}

int btc_gen_read(struct btc_gen_conf *conf, const char *mix, const char *sizes, struct bt_err *err)
{
	int rc = btc_mix_parse(&conf->mix, mix, err);

	if (rc == 0)
		rc = btc_sizes_parse(&conf->sizes, sizes, err);
	return rc == 0 ? check_sizes(conf, err) : rc;
}

struct btc_gen *btc_gen_new(const struct btc_gen_conf *conf)
{
	struct btc_gen *g = calloc(1, sizeof(*g));

	if (g == NULL)
		return NULL;
	g->conf = *conf;
	bt_rng_init(&g->rng, conf->seed);
	g->signer = btc_signer_new(conf->seed);
	if (g->signer == NULL) {
		free(g);
		return NULL;
	}
	return g;
}

void btc_gen_free(struct btc_gen *g)
{
	if (g == NULL)
		return;
	btc_signer_free(g->signer);
	btc_arena_fini(&g->scratch);
	free(g);
}
