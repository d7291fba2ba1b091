/*
 * bcast.h: what the files of bitcoin.broadcast share: its options, the transactions to be sent and
 * what became of them. Nobody else includes it.
 */
#ifndef BTC_BCAST_H
#define BTC_BCAST_H

#include "bitcoin/tx_load.h"
#include "net/jsonrpc.h"

struct btc_bcast_conf {
	const char *target, *mix, *sizes, *cookie_file, *key_file, *tx_file;
	uint64_t count, batch, lost_after_ns, funding_wait_ns;
	bool mainnet;
	struct bt_http_conf http;
};

static inline bool btc_bcast_embedded(const struct btc_bcast_conf *conf)
{
	return strcmp(conf->target, "embedded") == 0;
}

enum {
	BTC_BCAST_REJECTED = BT_NET_ERRORS, /* the node says what is wrong with the transaction */
	BTC_BCAST_RPC,                      /* or with the call, or with itself */
	BTC_BCAST_WRONG,
	BTC_BCAST_LOST,
	BTC_BCAST_SPENT, /* there are no more transactions */
	BTC_BCAST_MEMORY,
};

enum {
	BTC_BCAST_ACCEPTED = BT_NET_METRICS,
	BTC_BCAST_REFUSED,
	BTC_BCAST_SEEN,
	BTC_BCAST_MISSED,
	BTC_BCAST_BLOCKS,
	BTC_BCAST_NODE,
};

#define BTC_BCAST_NODE_TEXT 64

/* A transaction, signed. */
struct btc_offer {
	struct btc_span tx;
	uint8_t txid[32];
	/* The worker it was accepted of, from 1; 0: none. Written by that worker alone. */
	uint32_t accepted;
};

struct btc_bcast {
	const struct btc_bcast_conf *conf;
	struct btc_load load; /* transactions that were generated; arena of all of them */
	struct btc_offer *offers;
	uint32_t n, batch;
	size_t body_most; /* bytes of the longest request */
	/* Of a node. */
	struct bt_http_target *target;
	/* As the load's, for what is asked before and after: blocks take a while to be mined. */
	struct bt_http_conf patient;
	struct bt_http_target *asked; /* by it */
	char *authorization;
	char node[BTC_BCAST_NODE_TEXT];
	uint32_t height; /* of the chain before the load */
	bool *done;      /* by operation: it was completed. Written by the worker that it was of */
	_Atomic uint32_t next; /* transaction to be sent; taken by workers */
};

/* bcast_node.c: asks the node what it is, and has transactions ready that it will take. */
int btc_bcast_prepare(struct btc_bcast *b, const struct bt_env *env, struct bt_err *err);

/* Adds what was generated, or a transaction in hex, to the offers. 0 or -ENOMEM; -EINVAL: it is
 * none. */
int btc_bcast_offer_load(struct btc_bcast *b);
int btc_bcast_offer_hex(struct btc_bcast *b, const char *hex, size_t n);

/*
 * bcast_check.c: looks for all that was accepted of a worker (from 1) in the mempool and the blocks
 * since, again and again until all are there or the time is over; tells each that is not. For a
 * worker's leave.
 */
void btc_bcast_check(struct btc_bcast *b, const struct bt_env *env, void *state, uint32_t worker);
/* An accepted transaction is nowhere: the operation it was of, if that was completed, is no
 * more. */
void btc_bcast_lose(
	const struct btc_bcast *b, void *state, struct bt_meter *meter, bool *done, uint32_t i);

#endif
