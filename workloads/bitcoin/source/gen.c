#include "bitcoin/source/gen_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "bitcoin/rules/script.h"

#define SEQUENCE     0xfffffffdu /* BIP125: may be replaced, as wallets write it today */
#define PAYMENT_MAX  20000       /* satoshi; no less than a 20th of it */
#define AMOUNT_LEAST 100000
#define AMOUNT_RANGE 10000000
#define PLACED_RANGE 300000 /* of a chain, whose subsidies pay for all of them */
#define CHANGE_LEAST 10000
#define RATE_LEAST   2 /* satoshi a virtual byte */
#define RATE_RANGE   49

static struct btc_gen_coin fresh_coin(struct btc_gen *g, enum btc_template t)
{
	struct btc_gen_coin coin = { .own = { .t = t, .id = g->coins++ } };
	uint64_t range = g->conf.place != NULL ? PLACED_RANGE : AMOUNT_RANGE;

	for (int i = 0; i < 4; i++)
		btc_put_le64(coin.outpoint + 8 * i, bt_rng_next(&g->rng));
	btc_put_le32(coin.outpoint + 32, (uint32_t)bt_rng_below(&g->rng, 4));
	coin.amount = AMOUNT_LEAST + (int64_t)bt_rng_below(&g->rng, range);
	return coin;
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

static int64_t fee_of(struct btc_gen *g, const struct btc_gen_plan *p)
{
	int64_t vsize = btc_gen_plan_vsize(p);

	if (p->info.kin == BTC_RIVAL) /* half the rate, and no more than half the fee */
		return BT_MIN(g->fee / 2, same_rate(g, vsize) / 2);
	if (p->info.kin == BTC_BUMP)
		return bump_fee(g, vsize);
	if (g->conf.rate > 0)
		return vsize * g->conf.rate;
	return vsize * (RATE_LEAST + (int64_t)bt_rng_below(&g->rng, RATE_RANGE));
}

static int64_t fee_most(const struct btc_gen *g, const struct btc_gen_plan *p)
{
	int64_t vsize = btc_gen_plan_vsize(p);

	if (p->info.kin == BTC_BUMP)
		return bump_fee(g, vsize);
	return vsize * BT_MAX(RATE_LEAST + RATE_RANGE, (int64_t)g->conf.rate);
}

/* Coins of the inputs. What the first brings when it is no fresh coin may be too little: then it is
 * one. */
static void choose_coins(struct btc_gen *g, struct btc_gen_plan *p, struct btc_gen_coin *coins)
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

/* Coins that no transaction before has made stand where the chain says. */
static int place_coins(struct btc_gen *g, const struct btc_gen_plan *p, struct btc_gen_coin *coins)
{
	int rc = 0;

	if (g->conf.place == NULL)
		return 0;
	for (uint32_t i = p->info.kin == BTC_FRESH ? 0 : 1; rc == 0 && i < p->n_in; i++)
		rc = g->conf.place(
			g->conf.place_arg, coins[i].outpoint, coins[i].own, coins[i].amount);
	return rc;
}

static struct btc_span random_bytes(struct btc_gen *g, uint8_t *out, size_t n)
{
	for (size_t i = 0; i < n; i++)
		out[i] = (uint8_t)bt_rng_next(&g->rng);
	return (struct btc_span){ .p = out, .n = n };
}

/* Change first, then payments, then data. Returns what is left for the change. */
static int64_t make_outputs(struct btc_gen *g, const struct btc_gen_plan *p, struct btc_tx *tx,
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
	struct btc_gen_coin *coins;
	struct btc_prevout *spent;
	struct btc_own change;
	uint8_t change_script[BTC_COIN_SCRIPT];
};

static int begin(
	struct btc_gen *g, struct draft *d, const struct btc_gen_plan *p, struct btc_arena *arena)
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

static int make_inputs(struct btc_gen *g, struct draft *d, struct btc_arena *arena)
{
	for (uint32_t i = 0; i < d->tx.n_in; i++) {
		uint8_t *script = btc_arena_get(arena, BTC_COIN_SCRIPT, 1);

		if (script == NULL)
			return -ENOMEM;
		d->spent[i].amount = d->coins[i].amount;
		d->spent[i].script.p = script;
		d->spent[i].script.n = btc_own_script(g->signer, script, d->coins[i].own);
		d->tx.in[i] =
			(struct btc_in){ .prevout = d->coins[i].outpoint, .sequence = SEQUENCE };
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

static const char *name_of(
	const struct btc_gen *g, const struct btc_gen_plan *p, struct btc_arena *arena)
{
	char *name = btc_arena_get(arena, 48, 1);

	if (name != NULL)
		snprintf(name, 48, "%s/%llu", btc_template_name(p->info.t),
			(unsigned long long)g->made);
	return name;
}

/* Keeps what the next one may spend, but for where it stands. */
static void remember(struct btc_gen *g, const struct draft *d, const struct btc_gen_info *info)
{
	g->change.own = d->change;
	g->change.amount = d->tx.out[0].value;
	g->first = d->coins[0];
	g->fee = info->fee;
	g->vsize = info->vsize;
	g->kin = info->kin;
	g->made++;
}

/* All that is drawn: what comes after it draws nothing, so that it can be left out. */
static int draw_up(
	struct btc_gen *g, struct draft *d, struct btc_gen_plan *p, struct btc_arena *arena)
{
	uint8_t *scripts = btc_arena_get(&g->scratch, p->payments * 22 + p->data + 2, 1);
	int64_t sum = 0;
	int rc = begin(g, d, p, arena);

	if (rc != 0 || scripts == NULL)
		return -ENOMEM;
	choose_coins(g, p, d->coins);
	rc = place_coins(g, p, d->coins);
	if (rc != 0)
		return rc;
	for (uint32_t i = 0; i < p->n_in; i++)
		sum += d->coins[i].amount;
	p->info.fee = fee_of(g, p);
	p->info.vsize = (size_t)btc_gen_plan_vsize(p);
	d->change = (struct btc_own){ .t = p->info.t, .id = g->coins++ };
	d->tx.out[0].value = make_outputs(g, p, &d->tx, scripts, sum - p->info.fee);
	return 0;
}

static int finish(struct btc_gen *g, struct draft *d, struct btc_gen_info *info, struct btc_case *c,
	struct btc_arena *arena)
{
	struct btc_tx tx;
	int rc = make_inputs(g, d, arena);

	d->tx.out[0].script.p = d->change_script;
	d->tx.out[0].script.n = btc_own_script(g->signer, d->change_script, d->change);
	if (rc == 0)
		rc = sign(g, d);
	if (rc == 0)
		rc = write_tx(&c->tx, &d->tx, arena);
	if (rc == 0)
		rc = reread(&tx, c->tx, &g->scratch);
	if (rc != 0)
		return rc;
	info->weight = btc_tx_weight(&tx);
	info->vsize = (info->weight + 3) / 4;
	info->size = c->tx.n;
	memcpy(g->change.outpoint, tx.txid, 32);
	btc_put_le32(g->change.outpoint + 32, 0);
	c->spent = d->spent;
	c->n_spent = d->tx.n_in;
	return 0;
}

int btc_gen_next(
	struct btc_gen *g, struct btc_case *c, struct btc_gen_info *info, struct btc_arena *arena)
{
	struct btc_gen_plan p;
	struct draft d;
	int rc;

	btc_arena_reset(&g->scratch);
	btc_gen_plan_next(g, &p);
	*c = (struct btc_case){ .name = name_of(g, &p, arena), .flags = BTC_VERIFY_STANDARD };
	if (c->name == NULL)
		return -ENOMEM;
	rc = draw_up(g, &d, &p, arena);
	if (rc == 0)
		rc = finish(g, &d, &p.info, c, arena);
	if (rc != 0)
		return rc;
	remember(g, &d, &p.info);
	if (info != NULL)
		*info = p.info;
	return 0;
}

int btc_gen_skip(struct btc_gen *g, struct btc_gen_info *info)
{
	struct btc_gen_plan p;
	struct draft d;
	int rc;

	btc_arena_reset(&g->scratch);
	btc_gen_plan_next(g, &p);
	rc = draw_up(g, &d, &p, &g->scratch);
	if (rc != 0)
		return rc;
	remember(g, &d, &p.info);
	*info = p.info;
	return 0;
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
