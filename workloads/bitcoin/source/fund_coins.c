/* What pays: coinbases that a regtest node has mined to our key, in this run or one before, or the
 * coins of a given key. */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/clock.h"
#include "base/input.h"
#include "bitcoin/rules/address.h"
#include "bitcoin/rules/block.h"
#include "bitcoin/source/fund.h"
#include "base/encode.h"
#include "bitcoin/rules/txrules.h"

/* The same in every run: coins left by one pay the next. */
#define MINER_SEED UINT64_C(0x62656e6368746f70)
#define MINE_EACH  50 /* blocks a call: one is over in seconds */
/* Blocks: after so many halvings, 150 blocks each, there is no subsidy to speak of. */
#define MINE_MOST 3000
#define SCAN_MOST 2000 /* newest blocks that are looked through for coins of earlier runs */

int btc_fund_add(struct btc_fund *f, const uint8_t *txid, uint32_t index, int64_t amount)
{
	struct btc_fund_coin *coins = bt_grow(f->coins, f->n_coins, sizeof(coins[0]));

	if (coins == NULL)
		return -ENOMEM;
	f->coins = coins;
	memcpy(f->coins[f->n_coins].outpoint, txid, 32);
	btc_put_le32(f->coins[f->n_coins].outpoint + 32, index);
	f->coins[f->n_coins++].amount = amount;
	f->sum += amount;
	return 0;
}

/* "KEY", "wpkh(KEY)" or "pkh(KEY)". */
static int read_key(struct btc_fund *f, char *line, struct bt_err *err)
{
	char *key = line;
	uint8_t secret[32];
	bool of_main, ok;

	line[strcspn(line, "#")] = '\0';
	f->own = (struct btc_own){ .t = BTC_TEMPLATE_P2WPKH };
	if (strncmp(line, "pkh(", 4) == 0)
		f->own.t = BTC_TEMPLATE_P2PKH;
	if (strchr(line, '(') != NULL)
		key = strchr(line, '(') + 1;
	ok = key == line || strncmp(line, "pkh(", 4) == 0 || strncmp(line, "wpkh(", 5) == 0;
	ok = ok && btc_wif_read(secret, &of_main, key, strcspn(key, ")"));
	if (ok && of_main == f->main)
		ok = btc_signer_take(f->signer, f->own.id, secret);
	else if (ok)
		return bt_fail(err, -EINVAL, "%s: the key is of %s, the node's chain is not",
			f->key_file, of_main ? "the main network" : "a test network");
	explicit_bzero(secret, sizeof(secret));
	return ok ? 0
		  : bt_fail(err, -EINVAL,
			    "%s: expected a private key (WIF, compressed), wpkh(KEY) or pkh(KEY)",
			    f->key_file);
}

int btc_fund_key(struct btc_fund *f, struct bt_err *err)
{
	char *line;
	int rc = 0;

	f->signer = btc_signer_new(MINER_SEED);
	if (f->signer == NULL)
		return bt_oom(err, "keys");
	f->own = (struct btc_own){ .t = BTC_TEMPLATE_P2WPKH };
	if (f->key_file != NULL) {
		rc = bt_input_only_line(&line, f->key_file,
			"a private key (WIF, compressed), wpkh(KEY) or pkh(KEY)", err);
		if (rc < 0)
			return rc;
		rc = read_key(f, line, err);
		bt_input_forget(line);
	}
	f->script_n = btc_own_script(f->signer, f->script, f->own);
	return rc;
}

int btc_fund_is_there(struct btc_fund *f, const uint8_t outpoint[BTC_OUTPOINT_SIZE], bool mempool,
	struct bt_err *err)
{
	char txid[BTC_HEX_SIZE];
	json_t *result = NULL;
	int rc;

	btc_hash_hex(txid, outpoint);
	rc = bt_jsonrpc_call(f->rpc, &result, "gettxout",
		json_pack("[s, I, b]", txid, (json_int_t)btc_le32(outpoint + 32), mempool), err);
	if (rc == 0)
		rc = json_is_object(result);
	json_decref(result);
	return rc;
}

int btc_fund_mine(struct btc_fund *f, uint32_t n, struct bt_err *err)
{
	char address[BTC_ADDRESS_SIZE];
	json_t *result = NULL;
	int rc;

	/* Ours is a witness program: its script is version, length and the program. */
	btc_address_v0(address, f->prefix, (struct btc_span){ f->script + 2, f->script_n - 2 });
	rc = bt_jsonrpc_call(f->rpc, &result, "generatetoaddress",
		json_pack("[I, s]", (json_int_t)n, address), err);
	if (rc == 0 && json_array_size(result) != n)
		rc = bt_fail(err, -EPROTO, "generatetoaddress: %zu blocks, expected %u",
			json_array_size(result), n);
	json_decref(result);
	f->mined += n;
	return rc;
}

/* The coinbase of a block: an output that is ours and still there. */
static int look_at(struct btc_fund *f, const char *hex, struct btc_arena *arena, struct bt_err *err)
{
	size_t n = strlen(hex);
	uint8_t *bytes = btc_arena_get(arena, n / 2 + 1, 1), outpoint[BTC_OUTPOINT_SIZE];
	struct btc_reader r = { .p = bytes, .size = n / 2 };
	struct btc_block block;

	if (bytes == NULL)
		return bt_oom(err, "blocks");
	if (!bt_hex_read(bytes, hex, n) || btc_block_parse(&block, &r, arena) != 0)
		return bt_fail(err, -EPROTO, "getblock: the reply is no block");
	for (uint32_t i = 0; i < block.tx[0].n_out; i++) {
		const struct btc_out *out = &block.tx[0].out[i];
		int there;

		if (!btc_span_eq(out->script, (struct btc_span){ f->script, f->script_n }))
			continue;
		memcpy(outpoint, block.tx[0].txid, 32);
		btc_put_le32(outpoint + 32, i);
		there = btc_fund_is_there(f, outpoint, true, err);
		if (there < 0)
			return there;
		if (there && btc_fund_add(f, outpoint, i, out->value) != 0)
			return bt_oom(err, "coins");
	}
	return 0;
}

static int look_at_height(struct btc_fund *f, uint32_t height, struct bt_err *err)
{
	struct btc_arena arena = { .first = NULL };
	json_t *hash = NULL, *block = NULL;
	int rc = bt_jsonrpc_call(
		f->rpc, &hash, "getblockhash", json_pack("[I]", (json_int_t)height), err);

	if (rc == 0)
		rc = bt_jsonrpc_call(f->rpc, &block, "getblock", json_pack("[O, i]", hash, 0), err);
	if (rc == 0)
		rc = json_is_string(block)
			? look_at(f, json_string_value(block), &arena, err)
			: bt_fail(err, -EPROTO, "getblock: the reply is no block");
	json_decref(hash);
	json_decref(block);
	btc_arena_fini(&arena);
	return rc;
}

/* The tip's height, and whether segregated witness has come to the chain: with bcoin it takes 432
 * blocks. */
static int ask_chain(struct btc_fund *f, uint32_t *tip, bool *segwit, struct bt_err *err)
{
	json_t *info = NULL;
	const char *status;
	int rc = bt_jsonrpc_call(f->rpc, &info, "getblockchaininfo", json_array(), err);

	if (rc != 0)
		return rc;
	*tip = (uint32_t)json_integer_value(json_object_get(info, "blocks"));
	status = json_string_value(json_object_get(
		json_object_get(json_object_get(info, "bip9_softforks"), "segwit"), "status"));
	*segwit = status == NULL || strcmp(status, "active") == 0;
	json_decref(info);
	return 0;
}

static int gather_mined(struct btc_fund *f, int64_t sum, struct bt_err *err)
{
	for (;;) {
		uint32_t tip = 0, mature;
		bool segwit = true;
		int rc = ask_chain(f, &tip, &segwit, err);

		mature = tip + 1 > BTC_COINBASE_MATURITY ? tip + 1 - BTC_COINBASE_MATURITY : 0;
		if (f->scanned == 0 && mature > SCAN_MOST)
			f->scanned = mature - SCAN_MOST;
		while (rc == 0 && f->sum < sum && f->scanned < mature)
			rc = look_at_height(f, ++f->scanned, err);
		if (rc != 0 || (f->sum >= sum && segwit))
			return rc;
		if (f->mined >= MINE_MOST)
			return bt_fail(err, -ENODATA,
				"after %u blocks mined, subsidies of this regtest chain (height "
				"%u) do "
				"not pay for the coins: expected a younger chain or a smaller "
				"--count",
				f->mined, tip);
		if (f->env->progress != NULL)
			f->env->progress(f->env->progress_arg, "blocks mined", f->mined, 0);
		rc = btc_fund_mine(f, MINE_EACH, err);
		if (rc != 0)
			return rc;
	}
}

static int add_unspent(struct btc_fund *f, const json_t *u, json_int_t tip, struct bt_err *err)
{
	const char *hex = json_string_value(json_object_get(u, "txid"));
	json_int_t height = json_integer_value(json_object_get(u, "height"));
	double amount = json_number_value(json_object_get(u, "amount"));
	uint8_t shown[32], txid[32];

	if (hex == NULL || strlen(hex) != 64 || !bt_hex_read(shown, hex, 64))
		return bt_fail(err, -EPROTO, "scantxoutset: an output without txid");
	if (json_is_true(json_object_get(u, "coinbase")) &&
		tip + 1 - height < BTC_COINBASE_MATURITY)
		return 0;
	for (unsigned i = 0; i < 32; i++)
		txid[i] = shown[31 - i];
	return btc_fund_add(f, txid, (uint32_t)json_integer_value(json_object_get(u, "vout")),
		       (int64_t)llround(amount * (double)BTC_COIN)) == 0
		? 0
		: bt_oom(err, "coins");
}

/* Coins of the given key: the node looks through all there are, and is told no more than the
 * script. */
static int gather_key(struct btc_fund *f, int64_t sum, struct bt_err *err)
{
	char raw[8 + 2 * BTC_COIN_SCRIPT] = "raw(";
	json_t *result = NULL, *u;
	size_t i;
	int rc;

	bt_hex(raw + 4, f->script, f->script_n);
	strcat(raw, ")");
	rc = bt_jsonrpc_call(
		f->rpc, &result, "scantxoutset", json_pack("[s, [s]]", "start", raw), err);
	json_array_foreach(json_object_get(result, "unspents"), i, u) if (rc == 0) rc =
		add_unspent(f, u, json_integer_value(json_object_get(result, "height")), err);
	json_decref(result);
	if (rc == 0 && f->sum < sum)
		rc = bt_fail(err, -ENODATA,
			"%s: its coins are worth %.8f, expected %.8f for --count transactions",
			f->key_file, (double)f->sum / BTC_COIN, (double)sum / BTC_COIN);
	return rc;
}

int btc_fund_gather(struct btc_fund *f, int64_t sum, struct bt_err *err)
{
	return f->key_file != NULL ? gather_key(f, sum, err) : gather_mined(f, sum, err);
}
