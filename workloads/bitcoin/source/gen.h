/*
 * gen.h: transactions made to measure: valid by Core's standard rules, of chosen templates and
 * sizes, the same ones for the same seed. doc/bitcoin-mix.md says where the default mix comes from.
 */
#ifndef BTC_GEN_H
#define BTC_GEN_H

#include "base/err.h"
#include "bitcoin/source/coin.h"
#include "bitcoin/rules/validate.h"

#define BTC_DEFAULT_MIX                                                                  \
	"p2wpkh=50,p2pkh=14,p2wsh-multisig=16,p2sh-p2wpkh=4,p2sh-multisig=4,p2tr-key=9," \
	"p2tr-script=2,p2pk=1"

/* How often each template is taken, against the others. */
struct btc_mix {
	uint32_t weight[BTC_TEMPLATES];
};

/* Reads "p2wpkh=45,p2pkh=20". 0, or -EINVAL with what is wrong. */
int btc_mix_parse(struct btc_mix *mix, const char *text, struct bt_err *err);

#define BTC_SIZES_MAX 16

/* Virtual sizes that are taken in turn; n 0: whatever inputs and outputs come to. */
struct btc_sizes {
	uint32_t v[BTC_SIZES_MAX];
	unsigned n;
};

/* Reads "250,500,1000"; NULL is none. 0, or -EINVAL with what is wrong. */
int btc_sizes_parse(struct btc_sizes *sizes, const char *text, struct bt_err *err);

struct btc_gen_conf {
	uint64_t seed;
	struct btc_mix mix;
	struct btc_sizes sizes;
	bool one_input; /* and no more, where no size is asked for */
	double child;   /* share that spends an output of the one before */
	/* share that spends what the one before spends, for a fee too low to replace it */
	double rival;
	double bump;   /* share that does so for a fee that replaces it */
	uint32_t rate; /* satoshi a virtual byte that all others pay; 0: 2 to 50, at random */
	/*
	 * Says where a coin stands that a chain holds: writes the outpoint of the one that is to be
	 * spent next, by its number in order. 0 or an errno that making the transaction then
	 * returns. NULL: anywhere, in no chain.
	 */
	int (*place)(
		void *arg, uint8_t outpoint[BTC_OUTPOINT_SIZE], struct btc_own own, int64_t amount);
	void *place_arg;
};

enum btc_kin { BTC_FRESH, BTC_CHILD, BTC_RIVAL, BTC_BUMP };

/* What is known of a transaction beside the case itself. */
struct btc_gen_info {
	enum btc_template t; /* of its inputs; the first of a child, rival or bump may be another */
	enum btc_kin kin;
	int64_t fee;
	size_t vsize, weight, size; /* of one that was skipped: with signatures of usual length */
	uint32_t target;            /* size asked for; 0: none */
};

struct btc_gen;

/* Reads mix and sizes, and whether they fit together. 0; -EINVAL, also when no template of the mix
 * can have a size. */
int btc_gen_read(struct btc_gen_conf *conf, const char *mix, const char *sizes, struct bt_err *err);

/* For a configuration that btc_gen_read filled, or with a mix and no sizes. NULL: out of memory.
 * One thread at a time. */
struct btc_gen *btc_gen_new(const struct btc_gen_conf *conf);
void btc_gen_free(struct btc_gen *gen); /* accepts NULL */

/* Makes the next transaction; all that the case points to is in the arena. 0 or -ENOMEM. info may
 * be NULL. */
int btc_gen_next(struct btc_gen *gen, struct btc_case *c, struct btc_gen_info *info,
	struct btc_arena *arena);

/*
 * Draws the next transaction as btc_gen_next does, and neither signs nor writes it: the generator
 * of the same configuration that makes it will ask for the same coins. Children can be told apart,
 * what they spend is not known. 0 or what place returned.
 */
int btc_gen_skip(struct btc_gen *gen, struct btc_gen_info *info);

#endif
