#include "bitcoin/rules/tx.h"

#include <errno.h>

#define IN_LEAST  41 /* outpoint, empty script, sequence */
#define OUT_LEAST 9  /* value, empty script */

static int parse_inputs(struct btc_tx *tx, struct btc_reader *r, struct btc_arena *arena)
{
	tx->n_in = (uint32_t)btc_read_count(r, IN_LEAST);
	tx->in = btc_arena_get(arena, tx->n_in, sizeof(tx->in[0]));
	if (tx->in == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < tx->n_in; i++) {
		struct btc_in *in = &tx->in[i];

		in->prevout = btc_read_bytes(r, BTC_OUTPOINT_SIZE);
		in->script = btc_read_span(r);
		in->sequence = btc_read_le32(r);
		in->n_witness = 0;
		in->witness = NULL;
	}
	return 0;
}

static int parse_outputs(struct btc_tx *tx, struct btc_reader *r, struct btc_arena *arena)
{
	size_t first;

	tx->n_out = (uint32_t)btc_read_count(r, OUT_LEAST);
	tx->out = btc_arena_get(arena, tx->n_out, sizeof(tx->out[0]));
	if (tx->out == NULL)
		return -ENOMEM;
	first = r->at;
	for (uint32_t i = 0; i < tx->n_out; i++) {
		size_t start = r->at;

		tx->out[i].value = (int64_t)btc_read_le64(r);
		tx->out[i].script = btc_read_span(r);
		tx->out[i].raw = (struct btc_span){ .p = r->p + start, .n = r->at - start };
	}
	tx->raw_out = (struct btc_span){ .p = r->p + first, .n = r->at - first };
	return 0;
}

static int parse_witness(struct btc_tx *tx, struct btc_reader *r, struct btc_arena *arena)
{
	bool any = false;

	for (uint32_t i = 0; i < tx->n_in; i++) {
		size_t n = btc_read_count(r, 1);
		struct btc_span *items = btc_arena_get(arena, n, sizeof(items[0]));

		if (items == NULL)
			return -ENOMEM;
		for (size_t k = 0; k < n; k++)
			items[k] = btc_read_span(r);
		tx->in[i].witness = items;
		tx->in[i].n_witness = (uint32_t)n;
		any |= n > 0;
	}
	if (!any)
		btc_read_fail(r, "superfluous witness record");
	return 0;
}

/* A count of zero inputs is BIP144's marker, and a flag follows; flag 0 then reads as a count of
 * zero outputs. */
static int parse_body(
	struct btc_tx *tx, struct btc_reader *r, struct btc_arena *arena, size_t *body_at)
{
	uint8_t flag = 0;
	int rc = parse_inputs(tx, r, arena);

	if (rc != 0)
		return rc;
	tx->has_witness = false;
	if (r->why == NULL && tx->n_in == 0) {
		flag = btc_read_u8(r);
		tx->n_out = 0;
		tx->out = NULL;
		tx->raw_out = (struct btc_span){ .p = r->p + r->at };
		if (flag == 0)
			return 0;
		if (flag != 1) {
			r->at--;
			btc_read_fail(r, "unknown transaction flag");
			return 0;
		}
		*body_at = r->at;
		rc = parse_inputs(tx, r, arena);
		if (rc != 0)
			return rc;
		tx->has_witness = true;
	}
	return parse_outputs(tx, r, arena);
}

static void identify(struct btc_tx *tx, size_t body_off, size_t body_size)
{
	struct sha256_ctx ctx;

	if (!tx->has_witness) {
		btc_sha256d(tx->txid, tx->raw.p, tx->raw.n);
		return;
	}
	sha256_init(&ctx);
	sha256_update(&ctx, 4, tx->raw.p);
	sha256_update(&ctx, body_size, tx->raw.p + body_off);
	sha256_update(&ctx, 4, tx->raw.p + tx->raw.n - 4);
	btc_sha256d_end(tx->txid, &ctx);
}

int btc_tx_parse(struct btc_tx *tx, struct btc_reader *r, struct btc_arena *arena)
{
	size_t start = r->at, body_at, body_end;
	int rc;

	tx->version = btc_read_le32(r);
	body_at = r->at;
	rc = parse_body(tx, r, arena, &body_at);
	body_end = r->at;
	if (rc == 0 && r->why == NULL && tx->has_witness)
		rc = parse_witness(tx, r, arena);
	tx->locktime = btc_read_le32(r);
	if (rc != 0)
		return rc;
	if (r->why != NULL)
		return -EINVAL;
	tx->raw = (struct btc_span){ .p = r->p + start, .n = r->at - start };
	tx->base_size = 4 + (body_end - body_at) + 4;
	identify(tx, body_at - start, body_end - body_at);
	return 0;
}

void btc_tx_wtxid(uint8_t out[32], const struct btc_tx *tx)
{
	if (tx->has_witness)
		btc_sha256d(out, tx->raw.p, tx->raw.n);
	else
		memcpy(out, tx->txid, 32);
}

size_t btc_tx_weight(const struct btc_tx *tx)
{
	return tx->base_size * 3 + tx->raw.n;
}

bool btc_tx_is_coinbase(const struct btc_tx *tx)
{
	static const uint8_t null_txid[32];

	return tx->n_in == 1 && memcmp(btc_in_txid(&tx->in[0]), null_txid, 32) == 0 &&
		btc_in_index(&tx->in[0]) == UINT32_MAX;
}

struct writer {
	uint8_t *out;
	size_t cap, n;
};

static void put(struct writer *w, const void *p, size_t n)
{
	if (n > 0 && w->n <= w->cap && n <= w->cap - w->n)
		memcpy(w->out + w->n, p, n);
	w->n += n;
}

static void put_le32(struct writer *w, uint32_t v)
{
	uint8_t b[4];

	btc_put_le32(b, v);
	put(w, b, sizeof(b));
}

static void put_compact(struct writer *w, uint64_t v)
{
	uint8_t b[9];

	put(w, b, btc_put_compact(b, v));
}

static void put_span(struct writer *w, struct btc_span s)
{
	put_compact(w, s.n);
	put(w, s.p, s.n);
}

static bool any_witness(const struct btc_tx *tx)
{
	for (uint32_t i = 0; i < tx->n_in; i++)
		if (tx->in[i].n_witness > 0)
			return true;
	return false;
}

static void put_witness(struct writer *w, const struct btc_tx *tx)
{
	for (uint32_t i = 0; i < tx->n_in; i++) {
		put_compact(w, tx->in[i].n_witness);
		for (uint32_t k = 0; k < tx->in[i].n_witness; k++)
			put_span(w, tx->in[i].witness[k]);
	}
}

size_t btc_tx_write(uint8_t *out, size_t cap, const struct btc_tx *tx)
{
	struct writer w = { .out = out, .cap = cap };
	bool witness = any_witness(tx);
	uint8_t value[8];

	put_le32(&w, tx->version);
	if (witness)
		put(&w, "\0\1", 2);
	put_compact(&w, tx->n_in);
	for (uint32_t i = 0; i < tx->n_in; i++) {
		put(&w, tx->in[i].prevout, BTC_OUTPOINT_SIZE);
		put_span(&w, tx->in[i].script);
		put_le32(&w, tx->in[i].sequence);
	}
	put_compact(&w, tx->n_out);
	for (uint32_t i = 0; i < tx->n_out; i++) {
		btc_put_le64(value, (uint64_t)tx->out[i].value);
		put(&w, value, sizeof(value));
		put_span(&w, tx->out[i].script);
	}
	if (witness)
		put_witness(&w, tx);
	put_le32(&w, tx->locktime);
	return w.n;
}
