#include "bitcoin/rules/sighash.h"

#include <errno.h>

#include "bitcoin/rules/script.h"

static void add(struct sha256_ctx *h, const void *p, size_t n)
{
	if (n > 0)
		sha256_update(h, n, p);
}

static void add_u8(struct sha256_ctx *h, uint8_t v)
{
	add(h, &v, 1);
}

static void add_le32(struct sha256_ctx *h, uint32_t v)
{
	uint8_t b[4];

	btc_put_le32(b, v);
	add(h, b, sizeof(b));
}

static void add_le64(struct sha256_ctx *h, uint64_t v)
{
	uint8_t b[8];

	btc_put_le64(b, v);
	add(h, b, sizeof(b));
}

static void add_compact(struct sha256_ctx *h, uint64_t v)
{
	uint8_t b[9];

	add(h, b, btc_put_compact(b, v));
}

static void add_span(struct sha256_ctx *h, struct btc_span s)
{
	add_compact(h, s.n);
	add(h, s.p, s.n);
}

/*
 * How much of a script Core's serialiser sees: all of it, or when its last push is cut off,
 * everything up to and with that push's opcode and length.
 */
static size_t seen_end(struct btc_span s, size_t at)
{
	size_t wide;

	if (at == s.n)
		return at;
	wide = s.p[at] < OP_PUSHDATA1 ? 0 : (size_t)1 << (s.p[at] - OP_PUSHDATA1);
	return s.n - at - 1 < wide ? at + 1 : at + 1 + wide;
}

static void add_without_codeseparators(struct sha256_ctx *h, struct btc_span s)
{
	size_t at = 0, from = 0, n = 0;
	struct btc_op op;

	while (btc_script_next(s, &at, &op))
		n += op.code == OP_CODESEPARATOR;
	add_compact(h, s.n - n);
	for (at = 0; btc_script_next(s, &at, &op);) {
		if (op.code == OP_CODESEPARATOR) {
			add(h, s.p + from, at - 1 - from);
			from = at;
		}
	}
	if (from < s.n)
		add(h, s.p + from, seen_end(s, at) - from);
}

static void add_legacy_inputs(struct sha256_ctx *h, const struct btc_tx *tx, uint32_t input,
	struct btc_span code, bool others_free)
{
	uint8_t blank[BTC_OUTPOINT_SIZE + 1 + 4];

	add_compact(h, tx->n_in);
	for (uint32_t i = 0; i < tx->n_in; i++) {
		if (i == input) {
			add(h, tx->in[i].prevout, BTC_OUTPOINT_SIZE);
			add_without_codeseparators(h, code);
			add_le32(h, tx->in[i].sequence);
			continue;
		}
		memcpy(blank, tx->in[i].prevout, BTC_OUTPOINT_SIZE);
		blank[BTC_OUTPOINT_SIZE] = 0;
		btc_put_le32(blank + BTC_OUTPOINT_SIZE + 1, others_free ? 0 : tx->in[i].sequence);
		add(h, blank, sizeof(blank));
	}
}

static void add_legacy_outputs(
	struct sha256_ctx *h, const struct btc_tx *tx, uint32_t input, uint32_t kind)
{
	static const uint8_t blank[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0 };

	if (kind == BTC_SIGHASH_NONE) {
		add_compact(h, 0);
	} else if (kind == BTC_SIGHASH_SINGLE) {
		add_compact(h, (uint64_t)input + 1);
		for (uint32_t i = 0; i < input; i++)
			add(h, blank, sizeof(blank));
		add(h, tx->out[input].raw.p, tx->out[input].raw.n);
	} else {
		add_compact(h, tx->n_out);
		add(h, tx->raw_out.p, tx->raw_out.n);
	}
}

void btc_sighash_legacy(uint8_t out[32], const struct btc_tx *tx, uint32_t input,
	struct btc_span code, uint32_t type)
{
	uint32_t kind = type & 0x1f;
	struct sha256_ctx h;

	if (kind == BTC_SIGHASH_SINGLE && input >= tx->n_out) {
		memset(out, 0, 32);
		out[0] = 1;
		return;
	}
	sha256_init(&h);
	add_le32(&h, tx->version);
	if ((type & BTC_SIGHASH_ANYONECANPAY) != 0) {
		add_compact(&h, 1);
		add(&h, tx->in[input].prevout, BTC_OUTPOINT_SIZE);
		add_without_codeseparators(&h, code);
		add_le32(&h, tx->in[input].sequence);
	} else {
		add_legacy_inputs(&h, tx, input, code,
			kind == BTC_SIGHASH_NONE || kind == BTC_SIGHASH_SINGLE);
	}
	add_legacy_outputs(&h, tx, input, kind);
	add_le32(&h, tx->locktime);
	add_le32(&h, type);
	btc_sha256d_end(out, &h);
}

static void hash_inputs(struct btc_txctx *ctx)
{
	struct sha256_ctx prevouts, sequences, amounts, scripts;

	sha256_init(&prevouts);
	sha256_init(&sequences);
	sha256_init(&amounts);
	sha256_init(&scripts);
	for (uint32_t i = 0; i < ctx->tx->n_in; i++) {
		add(&prevouts, ctx->tx->in[i].prevout, BTC_OUTPOINT_SIZE);
		add_le32(&sequences, ctx->tx->in[i].sequence);
		add_le64(&amounts, (uint64_t)ctx->spent[i].amount);
		add_span(&scripts, ctx->spent[i].script);
	}
	sha256_digest(&prevouts, 32, ctx->prevouts);
	sha256_digest(&sequences, 32, ctx->sequences);
	sha256_digest(&amounts, 32, ctx->amounts);
	sha256_digest(&scripts, 32, ctx->scripts);
}

void btc_txctx_init(struct btc_txctx *ctx, const struct btc_tx *tx, const struct btc_prevout *spent)
{
	ctx->tx = tx;
	ctx->spent = spent;
	if (!tx->has_witness)
		return; /* nothing below is signed by the original hash */
	hash_inputs(ctx);
	btc_sha256(ctx->outputs, tx->raw_out.p, tx->raw_out.n);
	btc_sha256(ctx->prevouts_d, ctx->prevouts, 32);
	btc_sha256(ctx->sequences_d, ctx->sequences, 32);
	btc_sha256(ctx->outputs_d, ctx->outputs, 32);
}

/* BIP143's hashOutputs for a type; zero where nothing is signed. */
static void outputs_v0(uint8_t out[32], const struct btc_txctx *ctx, uint32_t input, uint32_t kind)
{
	if (kind != BTC_SIGHASH_SINGLE && kind != BTC_SIGHASH_NONE)
		memcpy(out, ctx->outputs_d, 32);
	else if (kind == BTC_SIGHASH_SINGLE && input < ctx->tx->n_out)
		btc_sha256d(out, ctx->tx->out[input].raw.p, ctx->tx->out[input].raw.n);
	else
		memset(out, 0, 32);
}

void btc_sighash_v0(uint8_t out[32], const struct btc_txctx *ctx, uint32_t input,
	struct btc_span code, uint32_t type)
{
	static const uint8_t zero[32];
	const struct btc_in *in = &ctx->tx->in[input];
	uint32_t kind = type & 0x1f;
	bool alone = (type & BTC_SIGHASH_ANYONECANPAY) != 0;
	bool sequences = !alone && kind != BTC_SIGHASH_SINGLE && kind != BTC_SIGHASH_NONE;
	uint8_t outputs[32];
	struct sha256_ctx h;

	outputs_v0(outputs, ctx, input, kind);
	sha256_init(&h);
	add_le32(&h, ctx->tx->version);
	add(&h, alone ? zero : ctx->prevouts_d, 32);
	add(&h, sequences ? ctx->sequences_d : zero, 32);
	add(&h, in->prevout, BTC_OUTPOINT_SIZE);
	add_span(&h, code);
	add_le64(&h, (uint64_t)ctx->spent[input].amount);
	add_le32(&h, in->sequence);
	add(&h, outputs, 32);
	add_le32(&h, ctx->tx->locktime);
	add_le32(&h, type);
	btc_sha256d_end(out, &h);
}

static void add_taproot_input(
	struct sha256_ctx *h, const struct btc_txctx *ctx, uint32_t input, bool alone)
{
	const struct btc_in *in = &ctx->tx->in[input];

	if (!alone) {
		add_le32(h, input);
		return;
	}
	add(h, in->prevout, BTC_OUTPOINT_SIZE);
	add_le64(h, (uint64_t)ctx->spent[input].amount);
	add_span(h, ctx->spent[input].script);
	add_le32(h, in->sequence);
}

static void add_taproot_tail(struct sha256_ctx *h, const struct btc_txctx *ctx, uint32_t input,
	bool single, const struct btc_tapctx *tap)
{
	uint8_t output[32];

	if (tap->annex)
		add(h, tap->annex_hash, 32);
	if (single) {
		btc_sha256(output, ctx->tx->out[input].raw.p, ctx->tx->out[input].raw.n);
		add(h, output, 32);
	}
	if (tap->leaf) {
		add(h, tap->leaf_hash, 32);
		add_u8(h, 0); /* key version */
		add_le32(h, tap->codesep_pos);
	}
}

int btc_sighash_taproot(uint8_t out[32], const struct btc_txctx *ctx, uint32_t input, uint8_t type,
	const struct btc_tapctx *tap)
{
	uint8_t kind = type == BTC_SIGHASH_DEFAULT ? BTC_SIGHASH_ALL : type & 3;
	bool alone = (type & BTC_SIGHASH_ANYONECANPAY) != 0;
	struct sha256_ctx h;

	if ((type & 0x7f) > 3 || type == BTC_SIGHASH_ANYONECANPAY ||
		(kind == BTC_SIGHASH_SINGLE && input >= ctx->tx->n_out))
		return -EINVAL;
	btc_tagged_init(&h, BTC_TAG_SIGHASH);
	add_u8(&h, 0); /* epoch */
	add_u8(&h, type);
	add_le32(&h, ctx->tx->version);
	add_le32(&h, ctx->tx->locktime);
	if (!alone) {
		add(&h, ctx->prevouts, 32);
		add(&h, ctx->amounts, 32);
		add(&h, ctx->scripts, 32);
		add(&h, ctx->sequences, 32);
	}
	if (kind == BTC_SIGHASH_ALL)
		add(&h, ctx->outputs, 32);
	add_u8(&h, (uint8_t)((tap->leaf ? 2 : 0) | (tap->annex ? 1 : 0)));
	add_taproot_input(&h, ctx, input, alone);
	add_taproot_tail(&h, ctx, input, kind == BTC_SIGHASH_SINGLE, tap);
	sha256_digest(&h, 32, out);
	return 0;
}
