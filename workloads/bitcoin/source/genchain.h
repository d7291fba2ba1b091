/*
 * genchain.h: whole blocks made to measure: a regtest chain from genesis on, each block with proof
 * of work, whose last blocks are of a wanted size and hold generated transactions. Before them come
 * the coinbases that pay for all coins these spend, and the blocks in which those mature. The same
 * seed makes the same bytes.
 */
#ifndef BTC_GENCHAIN_H
#define BTC_GENCHAIN_H

#include <stdio.h>

#include "bitcoin/source/gen.h"
#include "bitcoin/source/stretch.h"

#define BTC_GENCHAIN_MOST  10000   /* blocks of the wanted size */
#define BTC_GENCHAIN_LEAST 1000    /* bytes of one */
#define BTC_GENCHAIN_BYTES 4000000 /* at most; the weight limit may be met before */
#define BTC_GENCHAIN_TXS   20000   /* transactions of one, at most */

struct btc_genchain_conf {
	uint64_t seed;
	struct btc_mix mix;
	struct btc_sizes sizes;
	uint32_t blocks;     /* of the wanted size */
	uint32_t block_size; /* serialised bytes, met within half a transaction */
	uint32_t block_txs;  /* instead: transactions beside the coinbase; 0: by size */
	struct btc_progress progress;
};

/*
 * Fills a stretch that begins with regtest's genesis. A tenth of the transactions spend the change
 * of the one before them. 0; -EINVAL when transactions do not fit into a block or regtest's
 * subsidies do not pay for so many coins; -EFBIG as btc_stretch_fits; -ENOMEM; -EINTR:
 * bt_stop_signal came first. Free it whatever comes back.
 */
int btc_genchain_make(
	struct btc_stretch *stretch, const struct btc_genchain_conf *conf, struct bt_err *err);

/* Writes the blocks as Core's blk*.dat has them: message start, length, block. 0 or a negative
 * errno. */
int btc_genchain_write(FILE *out, const struct btc_stretch *stretch);

#endif
