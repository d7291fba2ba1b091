/* w_block.h: the options of bitcoin.block, and the blocks they ask for. */
#ifndef BTC_W_BLOCK_H
#define BTC_W_BLOCK_H

#include "bitcoin/source/node.h"
#include "bitcoin/rules/script.h"
#include "bitcoin/source/stretch.h"
#include "core/workload.h"

struct btc_block_conf {
	const char *blocks, *challenge;
	int network;
	uint64_t from, count;
	uint64_t threads;
	struct bt_jsonrpc_conf node; /* no URL: no node */
	uint64_t generate;           /* blocks of the wanted size; 0: none are generated */
	uint64_t block_size, block_txs;
	const char *mix, *sizes;
	uint64_t sig_cache; /* bytes; 0: none */
	double negative;    /* share of operations that test a damaged copy of a block */
};

extern const struct bt_opt btc_block_opts[];

/* The check of the workload's table. */
int btc_block_check(const void *conf, struct bt_err *err);

struct btc_block_source {
	struct btc_stretch stretch;
	struct btc_chainparams signet; /* of another challenge */
	uint8_t challenge[BTC_MAX_SCRIPT];
};

/* Reads or makes the blocks, before the run. 0 or what reading says; fini it whatever comes back.
 * It must stay where it is. */
int btc_block_source_read(
	struct btc_block_source *source, const struct bt_env *env, struct bt_err *err);
void btc_block_source_fini(struct btc_block_source *source);

#endif
