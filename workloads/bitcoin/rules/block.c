#include "bitcoin/rules/block.h"

#include <errno.h>

#include "bitcoin/rules/script.h"

#define TX_LEAST 10 /* version, no inputs, no outputs, locktime */

void btc_header_parse(struct btc_header *h, const uint8_t raw[BTC_HEADER_SIZE])
{
	h->version = (int32_t)btc_le32(raw);
	memcpy(h->prev, raw + 4, 32);
	memcpy(h->merkle_root, raw + 36, 32);
	h->time = btc_le32(raw + 68);
	h->bits = btc_le32(raw + 72);
	h->nonce = btc_le32(raw + 76);
}

void btc_header_write(uint8_t raw[BTC_HEADER_SIZE], const struct btc_header *h)
{
	btc_put_le32(raw, (uint32_t)h->version);
	memcpy(raw + 4, h->prev, 32);
	memcpy(raw + 36, h->merkle_root, 32);
	btc_put_le32(raw + 68, h->time);
	btc_put_le32(raw + 72, h->bits);
	btc_put_le32(raw + 76, h->nonce);
}

int btc_block_parse(struct btc_block *b, struct btc_reader *r, struct btc_arena *arena)
{
	const uint8_t *raw = btc_read_bytes(r, BTC_HEADER_SIZE);
	size_t head;
	int rc;

	if (raw == NULL)
		return -EINVAL;
	btc_header_parse(&b->header, raw);
	btc_sha256d(b->hash, raw, BTC_HEADER_SIZE);
	b->n_tx = (uint32_t)btc_read_count(r, TX_LEAST);
	b->tx = btc_arena_get(arena, b->n_tx, sizeof(b->tx[0]));
	if (b->tx == NULL)
		return -ENOMEM;
	head = r->at;
	b->base_size = head;
	b->has_witness = false;
	for (uint32_t i = 0; i < b->n_tx; i++) {
		rc = btc_tx_parse(&b->tx[i], r, arena);
		if (rc != 0)
			return rc;
		b->base_size += b->tx[i].base_size;
		b->has_witness |= b->tx[i].has_witness;
	}
	if (btc_read_left(r) > 0)
		btc_read_fail(r, "bytes after the last transaction");
	b->size = r->size;
	return r->why == NULL ? 0 : -EINVAL;
}

void btc_merkle_root(uint8_t root[32], bool *mutated, uint8_t (*h)[32], size_t n)
{
	bool twins = false;

	while (n > 1) {
		size_t half = 0;

		for (size_t i = 0; i + 1 < n; i += 2)
			twins |= memcmp(h[i], h[i + 1], 32) == 0;
		for (size_t i = 0; i < n; i += 2, half++) {
			uint8_t pair[64];

			memcpy(pair, h[i], 32);
			memcpy(pair + 32, h[BT_MIN(i + 1, n - 1)], 32);
			btc_sha256d(h[half], pair, sizeof(pair));
		}
		n = half;
	}
	if (n == 1)
		memcpy(root, h[0], 32);
	else
		memset(root, 0, 32);
	if (mutated != NULL)
		*mutated = twins;
}

int btc_block_merkle_root(
	uint8_t root[32], bool *mutated, const struct btc_block *b, struct btc_arena *arena)
{
	uint8_t(*h)[32] = btc_arena_get(arena, b->n_tx, 32);

	if (h == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < b->n_tx; i++)
		memcpy(h[i], b->tx[i].txid, 32);
	btc_merkle_root(root, mutated, h, b->n_tx);
	return 0;
}

int btc_block_witness_root(uint8_t root[32], const struct btc_block *b, struct btc_arena *arena)
{
	uint8_t(*h)[32] = btc_arena_get(arena, b->n_tx, 32);

	if (h == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; i < b->n_tx; i++) {
		if (i == 0)
			memset(h[0], 0, 32);
		else
			btc_tx_wtxid(h[i], &b->tx[i]);
	}
	btc_merkle_root(root, NULL, h, b->n_tx);
	return 0;
}

const uint8_t *btc_block_commitment(const struct btc_block *b)
{
	static const uint8_t magic[] = { 0x6a, 0x24, 0xaa, 0x21, 0xa9, 0xed };
	const uint8_t *found = NULL;

	if (b->n_tx == 0)
		return NULL;
	for (uint32_t i = 0; i < b->tx[0].n_out; i++) {
		struct btc_span s = b->tx[0].out[i].script;

		if (s.n >= sizeof(magic) + 32 && memcmp(s.p, magic, sizeof(magic)) == 0)
			found = s.p + sizeof(magic);
	}
	return found;
}

bool btc_block_height(uint32_t *height, const struct btc_block *b)
{
	struct btc_op op;
	size_t at = 0;
	int64_t v;

	if (b->n_tx == 0 || b->tx[0].n_in == 0 || b->header.version < 2 ||
		!btc_script_next(b->tx[0].in[0].script, &at, &op))
		return false;
	if (op.code >= OP_1 && op.code <= OP_16)
		v = op.code - (OP_1 - 1);
	else if (btc_scriptnum_read(&v, op.data, BTC_SCRIPTNUM_MAX, true) != 0)
		return false;
	*height = (uint32_t)v;
	return v > 0 && v < INT32_MAX;
}
