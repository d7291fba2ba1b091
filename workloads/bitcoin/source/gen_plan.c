/* What a generated transaction is to have: templates by the mix, inputs and outputs by the size. */
#include "bitcoin/source/gen_impl.h"

#include <errno.h>

#define OVERHEAD  40 /* weight units of version, counts and lock time */
#define MARKER    2  /* BIP144's, in weight units */
#define DATA_HEAD 11 /* an output of OP_RETURN and a short push, without the data */
#define OUT_HEAD  9  /* an output without its script */

static bool is_legacy(enum btc_template t)
{
	return t == BTC_TEMPLATE_P2PK || t == BTC_TEMPLATE_P2PKH || t == BTC_TEMPLATE_P2SH_MULTISIG;
}

/* Weight units without payments and data. */
static unsigned base_weight(const struct btc_gen_plan *p)
{
	unsigned w = OVERHEAD + (OUT_HEAD + btc_template_script_size(p->info.t)) * 4;

	w += btc_template_input_weight(p->first);
	w += (p->n_in - 1) * btc_template_input_weight(p->info.t);
	return is_legacy(p->first) && is_legacy(p->info.t) ? w : w + MARKER;
}

/* Fills the transaction up to its size: with payments, and with data when what is left over is more
 * than a fiftieth. */
static bool fill(struct btc_gen_plan *p, uint32_t size)
{
	uint32_t base = (base_weight(p) + 3) / 4;
	uint32_t left = size > base ? size - base : 0, off;

	p->payments = left / BTC_GEN_PAYMENT_BYTES;
	left %= BTC_GEN_PAYMENT_BYTES;
	if (left * 50 > size && left <= DATA_HEAD && p->payments > 0) {
		p->payments--;
		left += BTC_GEN_PAYMENT_BYTES;
	}
	p->data = left * 50 > size && left > DATA_HEAD ? left - DATA_HEAD : 0;
	if (p->data > 0)
		left = 0;
	off = base > size ? base - size : left;
	return off * 25 <= size; /* 4 %: signatures may be a byte shorter */
}

/* Three fifths of the size go to inputs, but at least one. False when this size cannot be met. */
static bool plan_size(struct btc_gen_plan *p, uint32_t size)
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

/* The shape of transactions in the block that the default mix comes from: one to three inputs, one
 * to three outputs. */
static void plan_natural(struct btc_gen_plan *p, struct bt_rng *rng)
{
	uint64_t in = bt_rng_below(rng, 100), out = bt_rng_below(rng, 100);

	p->info.target = 0;
	p->n_in = in < 70 ? 1 : in < 90 ? 2 : 3;
	p->payments = out < 25 ? 0 : out < 90 ? 1 : 2;
	p->data = 0;
}

static bool fits(enum btc_template t, uint32_t size)
{
	struct btc_gen_plan p = { .info.t = t, .first = t };

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

static unsigned outputs_size(const struct btc_gen_plan *p)
{
	return p->payments * BTC_GEN_PAYMENT_BYTES + (p->data > 0 ? p->data + DATA_HEAD : 0);
}

int64_t btc_gen_plan_vsize(const struct btc_gen_plan *p)
{
	return (base_weight(p) + 3) / 4 + outputs_size(p);
}

/* Weight is three times the size without witness and once the size with it. */
static void tell_size(struct btc_gen_plan *p)
{
	unsigned base =
		OVERHEAD / 4 + OUT_HEAD + btc_template_script_size(p->info.t) + outputs_size(p);

	base += btc_template_input_base(p->first);
	base += (p->n_in - 1) * btc_template_input_base(p->info.t);
	p->info.weight = base_weight(p) + outputs_size(p) * 4;
	p->info.size = p->info.weight - 3 * base;
}

void btc_gen_plan_next(struct btc_gen *g, struct btc_gen_plan *p)
{
	const struct btc_sizes *sizes = &g->conf.sizes;
	uint32_t size = sizes->n > 0 ? sizes->v[g->made % sizes->n] : 0;

	*p = (struct btc_gen_plan){ .info.t = draw(g, size), .info.kin = draw_kin(g) };
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
	tell_size(p);
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
