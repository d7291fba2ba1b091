#include "bitcoin/source/assemble.h"

#include <errno.h>

#include "bitcoin/rules/pow.h"
#include "bitcoin/rules/script.h"

uint8_t *btc_assemble_commitment(uint8_t script[BTC_COMMITMENT_SCRIPT])
{
	static const uint8_t head[] = { OP_RETURN, 36, 0xaa, 0x21, 0xa9, 0xed };

	memset(script, 0, BTC_COMMITMENT_SCRIPT);
	memcpy(script, head, sizeof(head));
	return script + sizeof(head);
}

/* BIP141: over the witness root, in which the coinbase counts as zero, and the reserved value. */
static void commit(struct btc_assembly *a, uint8_t (*hashes)[32])
{
	uint8_t pair[64];

	memset(hashes[0], 0, 32);
	for (uint32_t i = 0; i < a->n_tx; i++)
		btc_tx_wtxid(hashes[i + 1], &a->tx[i]);
	btc_merkle_root(pair, NULL, hashes, a->n_tx + 1);
	memcpy(pair + 32, a->coinbase->in[0].witness[0].p, 32);
	btc_sha256d(a->commitment, pair, sizeof(pair));
}

static int write_coinbase(struct btc_tx *parsed, const struct btc_tx *tx, struct btc_arena *arena)
{
	size_t n = btc_tx_write(NULL, 0, tx);
	uint8_t *p = btc_arena_get(arena, n, 1);
	struct btc_reader r = { .p = p, .size = n };

	if (p == NULL)
		return -ENOMEM;
	btc_tx_write(p, n, tx);
	return btc_tx_parse(parsed, &r, arena);
}

static int find_nonce(
	struct btc_header *h, uint8_t raw[BTC_HEADER_SIZE], const struct btc_chainparams *params)
{
	uint8_t hash[32];

	for (uint64_t nonce = 0; nonce <= UINT32_MAX; nonce++) {
		h->nonce = (uint32_t)nonce;
		btc_header_write(raw, h);
		btc_sha256d(hash, raw, BTC_HEADER_SIZE);
		if (btc_pow_ok(hash, h->bits, params))
			return 0;
	}
	return -ERANGE;
}

static uint8_t *put(uint8_t *at, struct btc_span bytes)
{
	memcpy(at, bytes.p, bytes.n);
	return at + bytes.n;
}

static int write_block(struct btc_span *block, struct btc_assembly *a,
	const struct btc_tx *coinbase, const struct btc_chainparams *params, struct btc_arena *out)
{
	size_t n = BTC_HEADER_SIZE + btc_compact_len(a->n_tx + 1) + coinbase->raw.n;
	uint8_t *p, *at;
	int rc = 0;

	for (uint32_t i = 0; i < a->n_tx; i++)
		n += a->tx[i].raw.n;
	p = btc_arena_get(out, n, 1);
	if (p == NULL)
		return -ENOMEM;
	btc_header_write(p, &a->header);
	if (params != NULL)
		rc = find_nonce(&a->header, p, params);
	at = p + BTC_HEADER_SIZE;
	at += btc_put_compact(at, a->n_tx + 1);
	at = put(at, coinbase->raw);
	for (uint32_t i = 0; i < a->n_tx; i++)
		at = put(at, a->tx[i].raw);
	*block = (struct btc_span){ .p = p, .n = n };
	return rc;
}

int btc_assemble(struct btc_span *block, struct btc_assembly *a,
	const struct btc_chainparams *params, struct btc_arena *out, struct btc_arena *scratch)
{
	uint8_t(*hashes)[32] = btc_arena_get(scratch, a->n_tx + 1, 32);
	struct btc_tx coinbase;
	int rc;

	if (hashes == NULL)
		return -ENOMEM;
	if (a->commitment != NULL)
		commit(a, hashes);
	rc = write_coinbase(&coinbase, a->coinbase, scratch);
	if (rc != 0)
		return rc;
	memcpy(hashes[0], coinbase.txid, 32);
	for (uint32_t i = 0; i < a->n_tx; i++)
		memcpy(hashes[i + 1], a->tx[i].txid, 32);
	btc_merkle_root(a->header.merkle_root, NULL, hashes, a->n_tx + 1);
	return write_block(block, a, &coinbase, params, out);
}
