#include "bitcoin/rules/chain_impl.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define MEDIAN_BLOCKS 11

/* What a parsed block takes beside its bytes, in most blocks: rows of inputs, outputs,
 * transactions, hashes. */
#define ARENA_PER_BYTE        4
#define ARENA_PER_BYTE_SHARED 10

void btc_reject_text(char *out, size_t size, const struct btc_reject *r)
{
	char hash[BTC_HEX_SIZE], txid[BTC_HEX_SIZE];
	int n;

	btc_hash_hex(hash, r->hash);
	n = r->malformed ? snprintf(out, size, "%s at byte %zu of%s", r->rule, r->position,
				   r->undo ? " the undo data of" : "")
			 : snprintf(out, size, "%s", r->rule);
	if (n < 0 || (size_t)n >= size)
		return;
	out += n;
	size -= (size_t)n;
	n = snprintf(out, size, " height %u block %s", r->height, hash);
	if (n < 0 || (size_t)n >= size || !r->has_tx)
		return;
	out += n;
	size -= (size_t)n;
	btc_hash_hex(txid, r->txid);
	if (r->has_input)
		snprintf(out, size, " input %u tx %s", r->input, txid);
	else
		snprintf(out, size, " tx %s", txid);
}

int btc_refuse(struct btc_connect *c, const char *rule)
{
	snprintf(c->reject->rule, sizeof(c->reject->rule), "%s", rule);
	return -EBADMSG;
}

int btc_refuse_tx(struct btc_connect *c, const struct btc_tx *tx, const char *rule)
{
	c->reject->has_tx = true;
	memcpy(c->reject->txid, tx->txid, 32);
	return btc_refuse(c, rule);
}

int btc_refuse_input(
	struct btc_connect *c, const struct btc_tx *tx, uint32_t input, const char *rule)
{
	c->reject->has_input = true;
	c->reject->input = input;
	return btc_refuse_tx(c, tx, rule);
}

int btc_refuse_undo(struct btc_connect *c, const char *rule)
{
	c->reject->undo = true;
	return btc_refuse(c, rule);
}

/* Beside the block, one thread that verifies needs nothing; several need contexts and checks of all
 * inputs at once. */
static bool allocate(struct btc_chain *chain, const struct btc_chain_room *room)
{
	size_t per_byte = room->threads > 1 ? ARENA_PER_BYTE_SHARED : ARENA_PER_BYTE;

	chain->cap = BT_MAX(room->blocks, 1);
	chain->recs = calloc(chain->cap, sizeof(chain->recs[0]));
	chain->vm = btc_interp_new();
	return chain->recs != NULL && chain->vm != NULL &&
		btc_utxo_init(&chain->coins, room->coins) == 0 &&
		btc_utxo_init(&chain->foreign, room->foreign) == 0 &&
		btc_arena_reserve(&chain->arena, room->block_bytes * per_byte) == 0;
}

struct btc_chain *btc_chain_new(
	const struct btc_chainparams *params, const struct btc_chain_room *room, struct bt_err *err)
{
	struct btc_chain *chain = calloc(1, sizeof(*chain));

	if (chain == NULL || !allocate(chain, room)) {
		bt_oom(err, "chain of %u blocks and %zu coins", room->blocks, room->coins);
		btc_chain_free(chain);
		return NULL;
	}
	chain->params = params;
	btc_interp_set_cache(chain->vm, room->cache);
	if (room->threads > 1) {
		chain->queue = btc_checkq_new(room->threads, err);
		if (chain->queue == NULL) {
			btc_chain_free(chain);
			return NULL;
		}
		btc_checkq_set_cache(chain->queue, room->cache);
	}
	return chain;
}

void btc_chain_free(struct btc_chain *chain)
{
	if (chain == NULL)
		return;
	btc_checkq_free(chain->queue);
	btc_interp_free(chain->vm);
	btc_utxo_fini(&chain->coins);
	btc_utxo_fini(&chain->foreign);
	btc_arena_fini(&chain->arena);
	free(chain->recs);
	free(chain);
}

void btc_chain_reset(struct btc_chain *chain)
{
	chain->n = chain->first;
	btc_utxo_clear(&chain->coins);
	btc_utxo_clear(&chain->foreign);
}

struct btc_sigcache_use btc_chain_cache_use(const struct btc_chain *chain)
{
	struct btc_sigcache_use use = btc_interp_cache_use(chain->vm), others;

	if (chain->queue == NULL)
		return use;
	others = btc_checkq_cache_use(chain->queue);
	use.lookups += others.lookups;
	use.hits += others.hits;
	return use;
}

uint32_t btc_chain_length(const struct btc_chain *chain)
{
	return chain->n;
}

const uint8_t *btc_chain_tip(const struct btc_chain *chain)
{
	return chain->n > chain->known ? chain->recs[chain->n - 1].hash : NULL;
}

bool btc_median_known(const struct btc_chain *chain, uint32_t height)
{
	return chain->known == 0 || height >= chain->known + (MEDIAN_BLOCKS - 1);
}

/* The median of the times of the last blocks up to this height. */
static uint32_t median_time_past(const struct btc_header_rec *recs, uint32_t height)
{
	uint32_t n = BT_MIN(height + 1, MEDIAN_BLOCKS), t[MEDIAN_BLOCKS];

	for (uint32_t i = 0; i < n; i++) {
		uint32_t v = recs[height - i].time, k = i;

		for (; k > 0 && t[k - 1] > v; k--)
			t[k] = t[k - 1];
		t[k] = v;
	}
	return t[n / 2];
}

static int grow_recs(struct btc_chain *chain, uint32_t cap)
{
	struct btc_header_rec *recs = realloc(chain->recs, cap * sizeof(recs[0]));

	if (recs == NULL)
		return -ENOMEM;
	chain->recs = recs;
	chain->cap = cap;
	return 0;
}

static int keep_header(struct btc_chain *chain, const struct btc_block *block)
{
	struct btc_header_rec *rec;

	if (chain->n == chain->cap && grow_recs(chain, chain->cap * 2) != 0)
		return -ENOMEM;
	rec = &chain->recs[chain->n];
	memcpy(rec->hash, block->hash, 32);
	rec->time = block->header.time;
	rec->bits = block->header.bits;
	rec->median_time = 0;
	if (btc_median_known(chain, chain->n))
		rec->median_time = median_time_past(chain->recs, chain->n);
	chain->n++;
	return 0;
}

int btc_chain_begin(struct btc_chain *chain, struct btc_reject *reject,
	const uint8_t *const *headers, uint32_t n, uint32_t height)
{
	int rc = 0;

	assert(chain->n == 0 && n <= height);
	if (chain->cap <= height)
		rc = grow_recs(chain, height + 1);
	chain->first = height;
	chain->known = chain->n = height - n;
	for (uint32_t i = 0; rc == 0 && i < n; i++) {
		struct btc_connect c = { .chain = chain, .height = chain->n, .reject = reject };

		btc_header_parse(&c.block.header, headers[i]);
		btc_sha256d(c.block.hash, headers[i], BTC_HEADER_SIZE);
		*reject = (struct btc_reject){ .height = c.height };
		memcpy(reject->hash, c.block.hash, 32);
		rc = btc_check_header(&c);
		if (rc == 0)
			rc = keep_header(chain, &c.block);
	}
	return rc;
}

static int parse(struct btc_connect *c, const uint8_t *bytes, size_t size)
{
	struct btc_reader r = { .p = bytes, .size = size };
	int rc = btc_block_parse(&c->block, &r, &c->chain->arena);

	if (size >= BTC_HEADER_SIZE)
		memcpy(c->reject->hash, c->block.hash, 32);
	if (rc != -EINVAL)
		return rc;
	c->reject->malformed = true;
	c->reject->position = r.at;
	return btc_refuse(c, r.why);
}

static int parse_undo(struct btc_connect *c, struct btc_span undo)
{
	struct btc_reader r = { .p = undo.p, .size = undo.n };
	int rc;

	c->has_undo = undo.p != NULL;
	if (!c->has_undo)
		return 0;
	rc = btc_undo_parse(&c->undo, &r, &c->chain->arena);
	if (rc == 0 && c->undo.n_tx + 1 != c->block.n_tx)
		return btc_refuse_undo(c, "undo-tx-count");
	if (rc != -EINVAL)
		return rc;
	c->reject->malformed = true;
	c->reject->position = r.at;
	return btc_refuse_undo(c, r.why);
}

/* The output of genesis cannot be spent, and nothing but its hash says what may be in it. */
static int check_all(struct btc_connect *c, struct btc_span undo)
{
	int rc = btc_check_header(c);

	if (rc == 0)
		rc = btc_check_block(c);
	if (rc != 0 || c->height == 0)
		return rc;
	rc = btc_check_block_in_context(c);
	if (rc == 0)
		rc = parse_undo(c, undo);
	if (rc == 0)
		rc = btc_connect_coins(c);
	return rc == 0 ? btc_connect_scripts(c) : rc;
}

int btc_chain_connect_undo(struct btc_chain *chain, struct btc_block_counts *counts,
	struct btc_reject *reject, struct btc_span block, struct btc_span undo)
{
	struct btc_connect c = { .chain = chain, .height = chain->n, .reject = reject };
	int rc;

	*reject = (struct btc_reject){ .height = chain->n };
	btc_arena_reset(&chain->arena);
	rc = parse(&c, block.p, block.n);
	if (rc == 0)
		rc = check_all(&c, undo);
	if (rc == 0)
		rc = keep_header(chain, &c.block);
	*counts = (struct btc_block_counts){
		.transactions = rc == 0 ? c.block.n_tx : 0,
		.inputs = rc == 0 ? c.inputs : 0,
		.bytes = rc == 0 ? block.n : 0,
	};
	return rc;
}

int btc_chain_test(struct btc_chain *chain, struct btc_reject *reject, struct btc_span block,
	struct btc_span undo, bool pow)
{
	struct btc_connect c = {
		.chain = chain, .height = chain->n, .reject = reject, .no_pow = !pow
	};
	int rc;

	*reject = (struct btc_reject){ .height = chain->n };
	btc_arena_reset(&chain->arena);
	rc = parse(&c, block.p, block.n);
	if (rc == 0)
		rc = btc_journal_begin(&c);
	if (rc == 0)
		rc = check_all(&c, undo);
	return c.journal != NULL && btc_journal_take_back(&c) != 0 ? -ENOMEM : rc;
}

int btc_chain_connect(struct btc_chain *chain, struct btc_block_counts *counts,
	struct btc_reject *reject, const uint8_t *block, size_t size)
{
	struct btc_span bytes = { .p = block, .n = size }, none = { .p = NULL };

	return btc_chain_connect_undo(chain, counts, reject, bytes, none);
}
