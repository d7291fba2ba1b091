/*
 * A block with its undo data, connected as part of a stretch. The input is the size of the block,
 * four bytes, the block, and the undo data. Commitment, root and proof of work are put right first,
 * or nothing behind them would be reached; and the rules that tie a block to its height are off, so
 * that blocks of any height will do to begin with.
 */
#include "fuzz.h"

#include <stdlib.h>

#include "bitcoin/rules/block.h"
#include "bitcoin/rules/chain.h"
#include "bitcoin/rules/pow.h"

#define EASY_BITS 0x207fffff

static struct btc_chain *chain(void)
{
	static struct btc_chainparams params;
	static struct btc_chain *kept;
	struct btc_chain_room room = { .coins = 1000, .foreign = 1000, .block_bytes = 100000 };
	struct btc_reject reject;

	if (kept != NULL)
		return kept;
	params = *btc_chainparams(BTC_REGTEST);
	params.bip34 = params.halving = UINT32_MAX;
	kept = btc_chain_new(&params, &room, NULL);
	BTC_FUZZ_HOLDS(kept != NULL);
	BTC_FUZZ_HOLDS(btc_chain_begin(kept, &reject, NULL, 0, BTC_FUZZ_HEIGHT) == 0);
	return kept;
}

/* BIP141's commitment lies in the block, and its root does not depend on it. */
static void put_commitment_right(
	uint8_t *raw, const struct btc_block *block, struct btc_arena *arena)
{
	const uint8_t *commitment = btc_block_commitment(block);
	const struct btc_in *in = block->n_tx > 0 ? block->tx[0].in : NULL;
	uint8_t pair[64], hash[32];

	if (commitment == NULL || block->tx[0].n_in == 0 || in->n_witness != 1 ||
		in->witness[0].n != 32)
		return;
	BTC_FUZZ_HOLDS(btc_block_witness_root(pair, block, arena) == 0);
	memcpy(pair + 32, in->witness[0].p, 32);
	btc_sha256d(hash, pair, sizeof(pair));
	memcpy(raw + (commitment - raw), hash, sizeof(hash));
}

static void put_header_right(uint8_t *raw, const struct btc_block *block, struct btc_arena *arena)
{
	struct btc_header h = block->header;
	uint8_t hash[32];
	bool mutated;

	h.bits = EASY_BITS;
	BTC_FUZZ_HOLDS(btc_block_merkle_root(h.merkle_root, &mutated, block, arena) == 0);
	do {
		h.nonce++;
		btc_header_write(raw, &h);
		btc_sha256d(hash, raw, BTC_HEADER_SIZE);
	} while (!btc_pow_ok(hash, h.bits, btc_chainparams(BTC_REGTEST)));
}

static void put_right(uint8_t *raw, size_t n)
{
	static struct btc_arena arena;
	struct btc_reader r = { .p = raw, .size = n };
	struct btc_block block;

	btc_arena_reset(&arena);
	if (btc_block_parse(&block, &r, &arena) != 0)
		return;
	put_commitment_right(raw, &block, &arena);
	r.at = 0;
	BTC_FUZZ_HOLDS(btc_block_parse(&block, &r, &arena) == 0);
	put_header_right(raw, &block, &arena);
}

static void connect(struct btc_span bytes, struct btc_span undo)
{
	struct btc_block_counts counts;
	struct btc_reject reject;
	char text[300];
	int rc = btc_chain_connect_undo(chain(), &counts, &reject, bytes, undo);

	if (rc != 0)
		btc_reject_text(text, sizeof(text), &reject);
	BTC_FUZZ_HOLDS((rc == 0) == (btc_chain_length(chain()) == BTC_FUZZ_HEIGHT + 1));
	btc_chain_reset(chain());
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct btc_reader in = { .p = data, .size = size };
	size_t n = btc_read_le32(&in);
	const uint8_t *p = btc_read_bytes(&in, n);
	uint8_t *copy;

	if (p == NULL)
		return 0;
	copy = malloc(n + 1); /* exactly as long as it is, so that a read past the end shows */
	BTC_FUZZ_HOLDS(copy != NULL);
	memcpy(copy, p, n);
	put_right(copy, n);
	connect((struct btc_span){ .p = copy, .n = n },
		(struct btc_span){ .p = data + in.at, .n = btc_read_left(&in) });
	free(copy);
	return 0;
}
