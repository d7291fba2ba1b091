/* Rules of a block that need coins: what is spent and what is created. */
#include "bitcoin/rules/chain_impl.h"

#include <errno.h>

#include "bitcoin/rules/script.h"

/* Is the chain's block at BIP34's height the one that the network's parameters name? */
static bool on_bip34_chain(const struct btc_connect *c)
{
	const struct btc_fixed_block *bip34 = &c->chain->params->bip34_block;

	return bip34->hash != NULL && c->height > bip34->height &&
		bip34->height >= c->chain->known &&
		btc_hash_is(c->chain->recs[bip34->height].hash, bip34->hash);
}

static int check_bip30(struct btc_connect *c)
{
	for (uint32_t i = 0; i < c->block.n_tx; i++) {
		const struct btc_tx *tx = &c->block.tx[i];

		for (uint32_t k = 0; k < tx->n_out; k++)
			if (btc_utxo_has(&c->chain->coins, tx->txid, k))
				return btc_refuse_tx(c, tx, "bad-txns-BIP30");
	}
	return 0;
}

/* A block makes, overwrites and spends no more coins than this has rows for. */
int btc_journal_begin(struct btc_connect *c)
{
	size_t rows = 0;

	for (uint32_t t = 0; t < c->block.n_tx; t++)
		rows += c->block.tx[t].n_in + (size_t)c->block.tx[t].n_out * 2;
	c->journal = btc_arena_get(
		&c->chain->arena, 1, sizeof(*c->journal) + rows * sizeof(c->journal->rows[0]));
	if (c->journal == NULL)
		return -ENOMEM;
	c->journal->n = 0;
	return 0;
}

static void note(struct btc_connect *c, enum btc_deed deed, const uint8_t *txid, uint32_t index,
	const struct btc_coin *coin)
{
	if (c->journal != NULL)
		c->journal->rows[c->journal->n++] = (struct btc_journal_row){
			.deed = deed, .txid = txid, .index = index, .coin = *coin
		};
}

int btc_journal_take_back(struct btc_connect *c)
{
	struct btc_chain *chain = c->chain;
	struct btc_coin gone;
	int rc = 0;

	for (size_t i = c->journal->n; rc == 0 && i-- > 0;) {
		const struct btc_journal_row *row = &c->journal->rows[i];

		if (row->deed == BTC_COIN_SPENT)
			rc = btc_utxo_add(&chain->coins, row->txid, row->index, &row->coin);
		else if (row->deed == BTC_COIN_MADE)
			btc_utxo_spend(&chain->coins, &gone, row->txid, row->index);
		else
			btc_utxo_spend(&chain->foreign, &gone, row->txid, row->index);
	}
	return rc;
}

/* An exception from BIP30 overwrites a coin, which has to come back. */
static int create_coin(
	struct btc_connect *c, const struct btc_tx *tx, uint32_t k, const struct btc_coin *coin)
{
	struct btc_coin old;
	int rc;

	if (c->journal != NULL && btc_utxo_spend(&c->chain->coins, &old, tx->txid, k))
		note(c, BTC_COIN_SPENT, tx->txid, k, &old);
	rc = btc_utxo_add(&c->chain->coins, tx->txid, k, coin);
	if (rc == 0)
		note(c, BTC_COIN_MADE, tx->txid, k, coin);
	return rc;
}

static int create_coins(struct btc_connect *c, uint32_t t)
{
	const struct btc_tx *tx = &c->block.tx[t];

	for (uint32_t k = 0; k < tx->n_out; k++) {
		struct btc_coin coin = {
			.amount = tx->out[k].value,
			.script = tx->out[k].script,
			.height = c->height,
			.coinbase = t == 0,
		};
		int rc = 0;

		if (!btc_script_is_unspendable(coin.script))
			rc = create_coin(c, tx, k, &coin);
		if (rc != 0)
			return rc;
	}
	return 0;
}

/* BIP68: the median time that counts is the one before the block of the coin. Zero when it is not
 * known: no lock then lasts. */
static uint32_t median_time_before(const struct btc_connect *c, uint32_t height)
{
	uint32_t before = height > 0 ? height - 1 : 0;

	return btc_median_known(c->chain, before) ? c->chain->recs[before].median_time : 0;
}

static bool is_locked(const struct btc_connect *c, const struct btc_seqlock *lock)
{
	if (c->height < c->chain->params->csv)
		return false;
	return lock->height >= c->height ||
		(btc_median_known(c->chain, c->height - 1) && lock->time >= c->median_time);
}

/* Undo data of old may not know the height of a coin. */
static bool same_coin(const struct btc_coin *coin, const struct btc_coin *told)
{
	return coin->amount == told->amount && btc_span_eq(coin->script, told->script) &&
		(told->height == 0 ||
			(coin->height == told->height && coin->coinbase == told->coinbase));
}

/* A coin that no block connected has made is taken from the undo data, once, if it says to be older
 * than all of them. */
static int foreign_coin(struct btc_connect *c, const struct btc_tx *tx, uint32_t i,
	struct btc_coin *coin, const struct btc_coin *told)
{
	struct btc_utxo *foreign = &c->chain->foreign;
	const uint8_t *txid = btc_in_txid(&tx->in[i]);
	uint32_t index = btc_in_index(&tx->in[i]);
	int rc;

	if (told == NULL || told->height >= c->chain->first || btc_utxo_has(foreign, txid, index))
		return btc_refuse_input(c, tx, i, "bad-txns-inputs-missingorspent");
	*coin = *told;
	rc = btc_utxo_add(foreign, txid, index, told);
	if (rc == 0)
		note(c, BTC_COIN_FOREIGN, txid, index, told);
	return rc;
}

static int spend_coin(struct btc_connect *c, const struct btc_tx *tx, uint32_t i,
	struct btc_coin *coin, const struct btc_coin *told)
{
	const struct btc_in *in = &tx->in[i];
	int rc = 0;

	if (!btc_utxo_spend(&c->chain->coins, coin, btc_in_txid(in), btc_in_index(in))) {
		rc = foreign_coin(c, tx, i, coin, told);
	} else {
		note(c, BTC_COIN_SPENT, btc_in_txid(in), btc_in_index(in), coin);
		if (told != NULL && !same_coin(coin, told)) {
			c->reject->undo = true;
			rc = btc_refuse_input(c, tx, i, "undo-coin-mismatch");
		}
	}
	return rc;
}

/* What is wrong with a coin that is there, or NULL; its amount is added to the value. */
static const char *judge_coin(
	const struct btc_connect *c, const struct btc_coin *coin, int64_t *value)
{
	if (coin->coinbase && c->height - coin->height < BTC_COINBASE_MATURITY)
		return "bad-txns-premature-spend-of-coinbase";
	if (!btc_money_range(coin->amount) || !btc_money_range(*value + coin->amount))
		return "bad-txns-inputvalues-outofrange";
	*value += coin->amount;
	return NULL;
}

static int check_value(struct btc_connect *c, const struct btc_tx *tx, int64_t in)
{
	int64_t out = btc_tx_value_out(tx);

	if (in < out)
		return btc_refuse_tx(c, tx, "bad-txns-in-belowout");
	c->fees += in - out;
	if (!btc_money_range(c->fees))
		return btc_refuse_tx(c, tx, "bad-txns-accumulated-fee-outofrange");
	return 0;
}

/* Spends what a transaction spends; its previous outputs go to spent[]. First of all, as in Core,
 * none may be missing. */
static int spend_coins(struct btc_connect *c, const struct btc_tx *tx, struct btc_prevout *spent,
	const struct btc_undo_tx *undo)
{
	struct btc_seqlock lock = BTC_SEQLOCK_NONE;
	const char *wrong = NULL;
	uint32_t wrong_input = 0;
	int64_t value = 0;
	int rc;

	if (undo != NULL && undo->n != tx->n_in)
		return btc_refuse_undo(c, "undo-input-count");
	for (uint32_t i = 0; i < tx->n_in; i++) {
		struct btc_coin coin;

		rc = spend_coin(c, tx, i, &coin, undo != NULL ? &undo->coins[i] : NULL);
		if (rc != 0)
			return rc;
		if (wrong == NULL) {
			wrong = judge_coin(c, &coin, &value);
			wrong_input = i;
		}
		spent[i] = (struct btc_prevout){ .amount = coin.amount, .script = coin.script };
		btc_seqlock_add(&lock, tx, i, coin.height, median_time_before(c, coin.height));
	}
	if (wrong != NULL)
		return btc_refuse_input(c, tx, wrong_input, wrong);
	rc = check_value(c, tx, value);
	if (rc != 0)
		return rc;
	return is_locked(c, &lock) ? btc_refuse_tx(c, tx, "bad-txns-nonfinal") : 0;
}

static int connect_tx(struct btc_connect *c, uint32_t t)
{
	const struct btc_tx *tx = &c->block.tx[t];
	struct btc_prevout *spent = t > 0 ? c->spent + c->inputs : NULL;
	int rc = 0;

	if (t > 0) {
		rc = spend_coins(c, tx, spent, c->has_undo ? &c->undo.tx[t - 1] : NULL);
		c->inputs += tx->n_in;
	}
	if (rc != 0)
		return rc;
	c->sigop_cost += btc_tx_sigop_cost(tx, spent, c->flags);
	if (c->sigop_cost > BTC_MAX_SIGOP_COST)
		return btc_refuse(c, "bad-blk-sigops");
	return create_coins(c, t);
}

int btc_connect_coins(struct btc_connect *c)
{
	const struct btc_chainparams *params = c->chain->params;
	const struct btc_block *b = &c->block;
	size_t inputs = 0;
	int rc = 0;

	c->flags = btc_block_flags(params, c->height, b->hash);
	if (btc_bip30_applies(params, c->height, b->hash, on_bip34_chain(c)))
		rc = check_bip30(c);
	for (uint32_t t = 1; t < b->n_tx; t++)
		inputs += b->tx[t].n_in;
	c->spent = btc_arena_get(&c->chain->arena, inputs, sizeof(c->spent[0]));
	if (rc == 0 && c->spent == NULL)
		rc = -ENOMEM;
	for (uint32_t t = 0; rc == 0 && t < b->n_tx; t++)
		rc = connect_tx(c, t);
	if (rc != 0)
		return rc;
	if (btc_tx_value_out(&b->tx[0]) > c->fees + btc_subsidy(params, c->height))
		return btc_refuse_tx(c, &b->tx[0], "bad-cb-amount");
	return 0;
}
