/* Fan-outs: transactions that divide what pays into the coins that are wanted, one a block. */
#include "bitcoin/source/fund.h"

#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/encode.h"

#define FAN_MOST  2000 /* coins of one: under half of what a standard transaction may weigh */
#define FAN_IN    500  /* inputs of one */
#define FAN_RATE  5    /* satoshi a virtual byte */
#define IN_VSIZE  150  /* no input of ours takes more */
#define OUT_VSIZE (9 + BTC_COIN_SCRIPT)
#define DUST      1000 /* satoshi that change has at least */
/* Nodes may take a transaction into the mempool after they have answered. */
#define SEEN_NS (30 * BT_NS_PER_S)
#define POLL_NS (20 * BT_NS_PER_MS)
#define SLOW_NS (2 * BT_NS_PER_S) /* between looks at a chain that mines by itself */
#define TRIES   50                /* blocks that are mined until one has taken a fan-out */

static int64_t fee_of(size_t n_in, size_t n_out)
{
	return FAN_RATE * (int64_t)(12 + n_in * IN_VSIZE + n_out * OUT_VSIZE);
}

/* A fan-out that is being made. */
struct fan {
	struct btc_tx tx;
	struct btc_prevout *spent;
	const struct btc_need *needs;
	size_t n_needs;
	struct btc_arena arena;
	uint8_t txid[32];
	char *hex;
};

static int write_hex(struct fan *fan)
{
	size_t n = btc_tx_write(NULL, 0, &fan->tx);
	uint8_t *bytes = btc_arena_get(&fan->arena, n, 1);
	struct btc_reader r = { .p = bytes, .size = n };
	struct btc_tx tx;

	fan->hex = btc_arena_get(&fan->arena, 2 * n + 1, 1);
	if (bytes == NULL || fan->hex == NULL)
		return -ENOMEM;
	btc_tx_write(bytes, n, &fan->tx);
	bt_hex(fan->hex, bytes, n);
	if (btc_tx_parse(&tx, &r, &fan->arena) != 0)
		return -ENOMEM;
	memcpy(fan->txid, tx.txid, 32);
	return 0;
}

static int sign(struct btc_fund *f, struct fan *fan)
{
	size_t n = btc_tx_write(NULL, 0, &fan->tx);
	uint8_t *bytes = btc_arena_get(&fan->arena, n, 1);
	struct btc_reader r = { .p = bytes, .size = n };
	struct btc_txctx ctx;
	struct btc_tx bare;
	int rc = 0;

	if (bytes == NULL)
		return -ENOMEM;
	btc_tx_write(bytes, n, &fan->tx);
	if (btc_tx_parse(&bare, &r, &fan->arena) != 0)
		return -ENOMEM;
	bare.has_witness = true;
	btc_txctx_init(&ctx, &bare, fan->spent);
	for (uint32_t i = 0; rc == 0 && i < fan->tx.n_in; i++)
		rc = btc_own_sign(f->signer, &fan->tx.in[i], &ctx, i, f->own, &fan->arena);
	return rc;
}

/* Takes coins off the end until they pay for the outputs and the fee. */
static int64_t take_coins(struct btc_fund *f, struct fan *fan, int64_t want, size_t *n_in)
{
	int64_t sum = 0;

	for (*n_in = 0; sum < want + fee_of(*n_in, fan->n_needs + 1) + DUST; (*n_in)++) {
		const struct btc_fund_coin *coin;

		if (f->n_coins == 0 || *n_in == FAN_IN)
			return -1;
		coin = &f->coins[--f->n_coins];
		fan->tx.in[*n_in] =
			(struct btc_in){ .prevout = coin->outpoint, .sequence = 0xfffffffdu };
		fan->spent[*n_in] = (struct btc_prevout){ .amount = coin->amount,
			.script = { f->script, f->script_n } };
		sum += coin->amount;
	}
	f->sum -= sum;
	return sum;
}

static int put_outputs(
	struct btc_fund *f, struct fan *fan, const struct btc_signer *to, int64_t change)
{
	for (size_t i = 0; i < fan->n_needs; i++) {
		uint8_t *script = btc_arena_get(&fan->arena, BTC_COIN_SCRIPT, 1);

		if (script == NULL)
			return -ENOMEM;
		fan->tx.out[i].value = fan->needs[i].amount;
		fan->tx.out[i].script.p = script;
		fan->tx.out[i].script.n = btc_own_script(to, script, fan->needs[i].own);
	}
	fan->tx.out[fan->n_needs].value = change;
	fan->tx.out[fan->n_needs].script = (struct btc_span){ f->script, f->script_n };
	return 0;
}

static int make(
	struct btc_fund *f, struct fan *fan, const struct btc_signer *to, struct bt_err *err)
{
	int64_t want = 0, sum;
	size_t n_in = 0;
	int rc;

	fan->tx = (struct btc_tx){ .version = 2, .n_out = (uint32_t)fan->n_needs + 1 };
	fan->tx.in = btc_arena_get(&fan->arena, FAN_IN, sizeof(fan->tx.in[0]));
	fan->tx.out = btc_arena_get(&fan->arena, fan->tx.n_out, sizeof(fan->tx.out[0]));
	fan->spent = btc_arena_get(&fan->arena, FAN_IN, sizeof(fan->spent[0]));
	if (fan->tx.in == NULL || fan->tx.out == NULL || fan->spent == NULL)
		return bt_oom(err, "fan-out");
	for (size_t i = 0; i < fan->n_needs; i++)
		want += fan->needs[i].amount;
	sum = take_coins(f, fan, want, &n_in);
	if (sum < 0)
		return bt_fail(err, -ENODATA,
			"what there is to spend does not pay %.8f from %d coins: expected larger "
			"ones",
			(double)want / BTC_COIN, FAN_IN);
	fan->tx.n_in = (uint32_t)n_in;
	rc = put_outputs(f, fan, to, sum - want - fee_of(n_in, fan->n_needs + 1));
	if (rc == 0)
		rc = sign(f, fan);
	if (rc == 0)
		rc = write_hex(fan);
	return rc == 0 ? 0 : bt_oom(err, "fan-out");
}

/* Looks again and again until the output is there. */
static int await(struct btc_fund *f, const uint8_t outpoint[BTC_OUTPOINT_SIZE], bool mempool,
	uint64_t within_ns, uint64_t every_ns, struct bt_err *err)
{
	uint64_t start = bt_now(f->env->clock), now;
	char txid[BTC_HEX_SIZE];

	for (;;) {
		int there = btc_fund_is_there(f, outpoint, mempool, err);

		if (there != 0)
			return there < 0 ? there : 0;
		now = bt_now(f->env->clock);
		if (now - start > within_ns)
			break;
		if (f->env->progress != NULL && !mempool)
			f->env->progress(f->env->progress_arg, "seconds waited for a block",
				(now - start) / BT_NS_PER_S, within_ns / BT_NS_PER_S);
		bt_sleep_until(f->env->clock, now + every_ns);
	}
	btc_hash_hex(txid, outpoint);
	return bt_fail(err, -ETIMEDOUT, "fan-out %s: in no %s after %llu s", txid,
		mempool ? "mempool" : "block", (unsigned long long)(within_ns / BT_NS_PER_S));
}

/* A block takes it: ours, where blocks are for the asking. */
static int confirm(
	struct btc_fund *f, const uint8_t outpoint[BTC_OUTPOINT_SIZE], struct bt_err *err)
{
	int rc = await(f, outpoint, true, SEEN_NS, POLL_NS, err);

	if (f->key_file != NULL)
		return rc == 0 ? await(f, outpoint, false, f->wait_ns, SLOW_NS, err) : rc;
	for (unsigned i = 0; rc == 0 && i < TRIES; i++) {
		int there;

		rc = btc_fund_mine(f, 1, err);
		there = rc == 0 ? btc_fund_is_there(f, outpoint, false, err) : rc;
		if (there != 0)
			return there < 0 ? there : 0;
	}
	return rc != 0 ? rc
		       : bt_fail(err, -ETIMEDOUT, "fan-out: in none of %d blocks mined", TRIES);
}

static int send(struct btc_fund *f, struct fan *fan, struct bt_err *err)
{
	uint8_t outpoint[BTC_OUTPOINT_SIZE] = { 0 };
	json_t *result = NULL;
	int rc = bt_jsonrpc_call(
		f->rpc, &result, "sendrawtransaction", json_pack("[s]", fan->hex), err);

	json_decref(result);
	memcpy(outpoint, fan->txid, 32);
	if (rc == 0)
		rc = confirm(f, outpoint, err);
	if (rc == 0 &&
		btc_fund_add(
			f, fan->txid, (uint32_t)fan->n_needs, fan->tx.out[fan->n_needs].value) != 0)
		rc = bt_oom(err, "coins");
	return rc;
}

static int fan_out(struct btc_fund *f, struct btc_need *needs, size_t n,
	const struct btc_signer *to, struct bt_err *err)
{
	struct fan fan = { .needs = needs, .n_needs = n };
	int rc = make(f, &fan, to, err);

	if (rc == 0)
		rc = send(f, &fan, err);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		memcpy(needs[i].outpoint, fan.txid, 32);
		btc_put_le32(needs[i].outpoint + 32, (uint32_t)i);
	}
	btc_arena_fini(&fan.arena);
	return rc;
}

int btc_fund(struct btc_fund *f, struct btc_need *needs, size_t n, const struct btc_signer *to,
	struct bt_err *err)
{
	int64_t want = 0;
	int rc = btc_fund_key(f, err);

	for (size_t i = 0; i < n; i++)
		want += needs[i].amount;
	/* Fees of as many inputs as a fan-out may have, each time, are more than enough. */
	want += (int64_t)(n / FAN_MOST + 1) * (fee_of(FAN_IN, FAN_MOST + 1) + DUST);
	if (rc == 0)
		rc = btc_fund_gather(f, want, err);
	for (size_t at = 0; rc == 0 && at < n; at += FAN_MOST) {
		if (f->env->progress != NULL)
			f->env->progress(f->env->progress_arg, "coins made", at, n);
		rc = fan_out(f, needs + at, BT_MIN(n - at, FAN_MOST), to, err);
	}
	return rc;
}

void btc_fund_fini(struct btc_fund *f)
{
	btc_signer_free(f->signer);
	free(f->coins);
}
