#include "btc_lab.h"

#include "cm.h"

#define MATURE 1

struct btc_span btc_lab_bytes(struct btc_lab *lab, const void *p, size_t n)
{
	return btc_mine_copy(lab->m, p, n);
}

struct btc_tx *btc_lab_pay(
	struct btc_lab *lab, const struct btc_mine_coin *coins, uint32_t n, struct btc_span script)
{
	struct btc_tx *tx = btc_mine_tx(lab->m, coins, n, 1);

	for (uint32_t i = 0; i < n; i++)
		tx->out[0].value += coins[i].out.amount;
	tx->out[0].value -= BTC_LAB_FEE;
	tx->out[0].script = script;
	return tx;
}

struct btc_tx *btc_lab_signed_pay(
	struct btc_lab *lab, const struct btc_mine_coin *coins, uint32_t n)
{
	struct btc_tx *tx = btc_lab_pay(lab, coins, n, btc_mine_p2pkh(lab->m, 1));

	btc_mine_sign(lab->m, tx, coins, 0);
	return tx;
}

const struct btc_mine_coin *btc_lab_mature(struct btc_lab *lab, uint32_t i)
{
	return &lab->m->coinbases[MATURE + i];
}

struct btc_mine_coin btc_lab_coin(struct btc_lab *lab, struct btc_span script)
{
	struct btc_block_counts counts;
	struct btc_reject reject;
	struct btc_span bytes;
	struct btc_tx *tx = btc_lab_pay(lab, btc_lab_mature(lab, 15), 1, script);

	btc_mine_sign(lab->m, tx, btc_lab_mature(lab, 15), 0);
	btc_mine_add(&lab->b, tx);
	bytes = btc_mine_seal(lab->m, &lab->b);
	assert_int_equal(btc_chain_connect(lab->chain, &counts, &reject, bytes.p, bytes.n), 0);
	btc_mine_extend(lab->m, &lab->b, bytes);
	btc_mine_begin(lab->m, &lab->b);
	return btc_mine_coin_of(lab->m, tx, 0);
}

struct btc_tx *btc_lab_witness_spend(struct btc_lab *lab, struct btc_span script)
{
	struct btc_mine_coin coin = btc_lab_coin(lab, script);
	struct btc_tx *tx = btc_lab_signed_pay(lab, &coin, 1);

	lab->b.commit = true;
	btc_mine_add(&lab->b, tx);
	return tx;
}

struct btc_span btc_lab_repeat(struct btc_lab *lab, uint8_t byte, size_t n)
{
	uint8_t *s = btc_mine_get(lab->m, n, 1);

	memset(s, byte, n);
	return (struct btc_span){ .p = s, .n = n };
}

static struct btc_chain *chain_on(struct btc_miner *m, const struct btc_chainparams *params)
{
	struct btc_chain_room room = {
		.blocks = BTC_LAB_BASE + 2, .coins = 1000, .block_bytes = 10000
	};
	struct btc_chain *chain = btc_chain_new(params, &room, NULL);
	struct btc_block_counts counts;
	struct btc_reject reject;

	assert_non_null(chain);
	for (uint32_t h = 0; h < BTC_LAB_BASE; h++)
		if (btc_chain_connect(chain, &counts, &reject, m->blocks[h].p, m->blocks[h].n) != 0)
			fail_msg("base chain: %s at height %u", reject.rule, h);
	return chain;
}

int btc_lab_connect(const struct btc_miner *base, const struct btc_fault *row, bool bad,
	struct btc_reject *reject)
{
	struct btc_chainparams params = *btc_chainparams(BTC_REGTEST);
	struct btc_miner fork = *base; /* what grows on it goes to an arena of its own */
	struct btc_lab lab = { .m = &fork, .bad = bad };
	struct btc_block_counts counts;
	struct btc_span bytes;
	int rc;

	fork.arena = (struct btc_arena){ .first = NULL };
	if (row->no_bip34)
		params.bip34 = UINT32_MAX;
	lab.chain = chain_on(&fork, &params);
	btc_mine_begin(&fork, &lab.b);
	row->make(&lab);
	bytes = btc_mine_seal(&fork, &lab.b);
	rc = btc_chain_connect(lab.chain, &counts, reject, bytes.p, bytes.n);
	btc_chain_free(lab.chain);
	btc_arena_fini(&fork.arena);
	return rc;
}
