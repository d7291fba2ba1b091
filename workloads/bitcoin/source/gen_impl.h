/* gen_impl.h: what the files of the generator share; nobody else includes it. */
#ifndef BTC_GEN_IMPL_H
#define BTC_GEN_IMPL_H

#include "base/rng.h"
#include "bitcoin/source/gen.h"

#define BTC_GEN_PAYMENT_BYTES 31 /* an output to a witness key hash */

/* A coin that can be spent. */
struct btc_gen_coin {
	uint8_t outpoint[BTC_OUTPOINT_SIZE];
	struct btc_own own;
	int64_t amount;
};

struct btc_gen {
	struct btc_gen_conf conf;
	struct btc_signer *signer;
	struct bt_rng rng;
	struct btc_arena scratch;
	uint64_t made, coins;
	/* Of the one before: its first output, its first input's coin. */
	struct btc_gen_coin change, first;
	int64_t fee; /* and the rest of it */
	size_t vsize;
	enum btc_kin kin;
};

/* What a transaction is to have. */
struct btc_gen_plan {
	struct btc_gen_info info;
	enum btc_template first; /* of the first input */
	uint32_t n_in, payments;
	uint32_t data; /* bytes behind OP_RETURN; 0: no such output */
};

/* Draws what the next transaction is to have: shape, templates, kin; all but its coins. */
void btc_gen_plan_next(struct btc_gen *g, struct btc_gen_plan *p);

/* Virtual bytes, with signatures of usual length. */
int64_t btc_gen_plan_vsize(const struct btc_gen_plan *p);

#endif
