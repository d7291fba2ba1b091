/* Rules of a header and a block that need no coins. */
#include "bitcoin/rules/chain_impl.h"

#include <errno.h>
#include <stdio.h>

#include "bitcoin/rules/script.h"
#include "bitcoin/rules/signet.h"

/* BIP94: seconds a period's first block may lie before the one before it. */
#define TIMEWARP_GRACE 600

static int check_version(struct btc_connect *c)
{
	const struct btc_chainparams *params = c->chain->params;
	int32_t v = c->block.header.version;
	char rule[32];

	if ((v >= 2 || c->height < params->bip34) && (v >= 3 || c->height < params->bip66) &&
		(v >= 4 || c->height < params->bip65))
		return 0;
	snprintf(rule, sizeof(rule), "bad-version(0x%08x)", (unsigned)v);
	return btc_refuse(c, rule);
}

/* Is every block known that the target of this one is computed from? */
static bool bits_known(const struct btc_connect *c)
{
	const struct btc_chainparams *params = c->chain->params;
	uint32_t last = c->height - 1, from = last;

	if (c->height % params->period != 0 && params->min_difficulty)
		from = last - last % params->period;
	else if (c->height % params->period == 0 && !params->no_retarget)
		from = c->height - params->period;
	return from >= c->chain->known;
}

static int check_header_in_context(struct btc_connect *c)
{
	const struct btc_header_rec *recs = c->chain->recs, *prev = &recs[c->height - 1];
	const struct btc_chainparams *params = c->chain->params;
	const struct btc_header *h = &c->block.header;

	c->median_time = prev->median_time;
	if (bits_known(c) && h->bits != btc_pow_next_bits(params, recs, c->height, h->time))
		return btc_refuse(c, "bad-diffbits");
	if (h->time <= c->median_time)
		return btc_refuse(c, "time-too-old");
	if (params->bip94 && c->height % params->period == 0 &&
		h->time < (int64_t)prev->time - TIMEWARP_GRACE)
		return btc_refuse(c, "time-timewarp-attack");
	return 0;
}

int btc_check_header(struct btc_connect *c)
{
	const struct btc_chain *chain = c->chain;
	int rc;

	if (!c->no_pow && !btc_pow_ok(c->block.hash, c->block.header.bits, chain->params))
		return btc_refuse(c, "high-hash");
	if (c->height == 0)
		return btc_hash_is(c->block.hash, chain->params->genesis)
			? 0
			: btc_refuse(c, "bad-genesis");
	if (c->height > chain->known && memcmp(c->block.header.prev, btc_chain_tip(chain), 32) != 0)
		return btc_refuse(c, "prev-blk-not-found");
	rc = c->height > chain->known ? check_header_in_context(c) : 0;
	return rc == 0 ? check_version(c) : rc;
}

static int check_merkle_root(struct btc_connect *c)
{
	uint8_t root[32];
	bool mutated;
	int rc = btc_block_merkle_root(root, &mutated, &c->block, &c->chain->arena);

	if (rc != 0)
		return rc;
	if (memcmp(root, c->block.header.merkle_root, 32) != 0)
		return btc_refuse(c, "bad-txnmrklroot");
	return mutated ? btc_refuse(c, "bad-txns-duplicate") : 0;
}

static int check_coinbases(struct btc_connect *c)
{
	const struct btc_block *b = &c->block;

	if (!btc_tx_is_coinbase(&b->tx[0]))
		return btc_refuse(c, "bad-cb-missing");
	for (uint32_t i = 1; i < b->n_tx; i++)
		if (btc_tx_is_coinbase(&b->tx[i]))
			return btc_refuse_tx(c, &b->tx[i], "bad-cb-multiple");
	return 0;
}

static int check_transactions(struct btc_connect *c)
{
	const struct btc_block *b = &c->block;
	unsigned sigops = 0;

	for (uint32_t i = 0; i < b->n_tx; i++) {
		const char *reason;
		int rc = btc_tx_check(&b->tx[i], &reason, &c->chain->arena);

		if (rc == -EBADMSG)
			return btc_refuse_tx(c, &b->tx[i], reason);
		if (rc != 0)
			return rc;
	}
	for (uint32_t i = 0; i < b->n_tx; i++)
		sigops += btc_tx_legacy_sigops(&b->tx[i]);
	return sigops * BTC_WITNESS_SCALE > BTC_MAX_SIGOP_COST ? btc_refuse(c, "bad-blk-sigops")
							       : 0;
}

/* BIP325. Genesis needs no solution. */
static int check_signet(struct btc_connect *c)
{
	struct btc_chain *chain = c->chain;
	bool ok = true;
	int rc = 0;

	if (chain->params->challenge.n == 0 || c->height == 0 || c->no_pow)
		return 0;
	rc = btc_signet_check(&ok, &c->block, chain->params->challenge, chain->vm, &chain->arena);
	if (rc != 0)
		return rc;
	return ok ? 0 : btc_refuse(c, "bad-signet-blksig");
}

int btc_check_block(struct btc_connect *c)
{
	const struct btc_block *b = &c->block;
	int rc = check_signet(c);

	if (rc == 0)
		rc = check_merkle_root(c);
	if (rc != 0)
		return rc;
	if (b->n_tx == 0 || (uint64_t)b->n_tx * BTC_WITNESS_SCALE > BTC_MAX_BLOCK_WEIGHT ||
		b->base_size * BTC_WITNESS_SCALE > BTC_MAX_BLOCK_WEIGHT)
		return btc_refuse(c, "bad-blk-length");
	rc = check_coinbases(c);
	return rc == 0 ? check_transactions(c) : rc;
}

/* BIP34: the coinbase begins with the height. */
static bool height_in_coinbase(const struct btc_connect *c)
{
	struct btc_span script = c->block.tx[0].in[0].script;
	uint8_t want[1 + BTC_SCRIPTNUM_MAX];
	size_t n = btc_script_put_num(want, c->height);

	return script.n >= n && memcmp(script.p, want, n) == 0;
}

/* BIP141: the coinbase commits to the witness root and the reserved value in its own witness. */
static int check_commitment(struct btc_connect *c, const uint8_t *commitment)
{
	const struct btc_in *in = &c->block.tx[0].in[0];
	uint8_t pair[64], hash[32];
	int rc;

	if (in->n_witness != 1 || in->witness[0].n != 32)
		return btc_refuse(c, "bad-witness-nonce-size");
	rc = btc_block_witness_root(pair, &c->block, &c->chain->arena);
	if (rc != 0)
		return rc;
	memcpy(pair + 32, in->witness[0].p, 32);
	btc_sha256d(hash, pair, sizeof(pair));
	return memcmp(hash, commitment, 32) == 0 ? 0 : btc_refuse(c, "bad-witness-merkle-match");
}

static int check_witness(struct btc_connect *c)
{
	const struct btc_block *b = &c->block;
	const uint8_t *commitment = NULL;

	if (c->height >= c->chain->params->segwit)
		commitment = btc_block_commitment(b);
	if (commitment != NULL)
		return check_commitment(c, commitment);
	for (uint32_t i = 0; i < b->n_tx; i++)
		if (b->tx[i].has_witness)
			return btc_refuse_tx(c, &b->tx[i], "unexpected-witness");
	return 0;
}

int btc_check_block_in_context(struct btc_connect *c)
{
	const struct btc_chainparams *params = c->chain->params;
	const struct btc_block *b = &c->block;
	int64_t time = c->height >= params->csv ? c->median_time : b->header.time; /* BIP113 */
	int rc;

	if (c->height >= params->csv && !btc_median_known(c->chain, c->height - 1))
		time = INT64_MAX;
	for (uint32_t i = 0; i < b->n_tx; i++)
		if (!btc_tx_is_final(&b->tx[i], c->height, time))
			return btc_refuse_tx(c, &b->tx[i], "bad-txns-nonfinal");
	if (c->height >= params->bip34 && !height_in_coinbase(c))
		return btc_refuse_tx(c, &b->tx[0], "bad-cb-height");
	rc = check_witness(c);
	if (rc != 0)
		return rc;
	if (b->base_size * 3 + b->size > BTC_MAX_BLOCK_WEIGHT)
		return btc_refuse(c, "bad-blk-weight");
	return 0;
}
