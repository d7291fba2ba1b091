/*
 * fund.h: coins for transactions that are to be made, on the chain of a running node: from blocks
 * that it mines to a key of ours (regtest), or from a key that somebody gives; divided by fan-out
 * transactions that a block has taken when this is done.
 */
#ifndef BTC_FUND_H
#define BTC_FUND_H

#include "bitcoin/source/coin.h"
#include "net/jsonrpc.h"

/* A coin that is wanted; where it stands is filled in. */
struct btc_need {
	struct btc_own own;
	int64_t amount;
	uint8_t outpoint[BTC_OUTPOINT_SIZE];
};

/* A coin that pays for them. */
struct btc_fund_coin {
	uint8_t outpoint[BTC_OUTPOINT_SIZE];
	int64_t amount;
};

/* All-zero but for what the caller says above the line. */
struct btc_fund {
	struct bt_jsonrpc *rpc;
	const struct bt_env *env;
	const char *prefix;   /* of the network's addresses */
	const char *key_file; /* NULL: mine, on regtest */
	bool main;            /* the main network's keys are expected */
	uint64_t wait_ns;     /* for a block to take a fan-out that nobody mines for us */
	/* ---- */
	struct btc_signer *signer; /* of what pays */
	struct btc_own own;
	uint8_t script[BTC_COIN_SCRIPT];
	size_t script_n;
	struct btc_fund_coin *coins;
	size_t n_coins;
	int64_t sum;
	uint32_t scanned; /* blocks up to this height have been looked through */
	uint32_t mined;
};

/*
 * Makes the coins; their scripts are those of `to`. 0; what bt_jsonrpc_call returns; -ENODATA when
 * there is not enough to pay them; -ETIMEDOUT when no block takes a fan-out. Call fini whatever
 * comes back.
 */
int btc_fund(struct btc_fund *fund, struct btc_need *needs, size_t n, const struct btc_signer *to,
	struct bt_err *err);
void btc_fund_fini(struct btc_fund *fund);

/* fund_coins.c: reads the key, or takes one of ours. 0; -EINVAL; errnos of reading; -ENOMEM. */
int btc_fund_key(struct btc_fund *fund, struct bt_err *err);
/* Finds coins, or mines them, until they are worth `sum`. */
int btc_fund_gather(struct btc_fund *fund, int64_t sum, struct bt_err *err);
int btc_fund_add(struct btc_fund *fund, const uint8_t *txid, uint32_t index, int64_t amount);
/* Has a node mine `n` blocks to our script. */
int btc_fund_mine(struct btc_fund *fund, uint32_t n, struct bt_err *err);
/* Is the output there, in a block or (also) the mempool? 1 or 0; negative: bt_jsonrpc_call's. */
int btc_fund_is_there(struct btc_fund *fund, const uint8_t outpoint[BTC_OUTPOINT_SIZE],
	bool mempool, struct bt_err *err);

#endif
