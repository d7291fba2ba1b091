/* chain_impl.h: what the files that connect a block share; nobody else includes it. */
#ifndef BTC_CHAIN_IMPL_H
#define BTC_CHAIN_IMPL_H

#include "bitcoin/rules/arena.h"
#include "bitcoin/rules/block.h"
#include "bitcoin/rules/chain.h"
#include "bitcoin/rules/checkq.h"
#include "bitcoin/rules/interp.h"
#include "bitcoin/rules/pow.h"
#include "bitcoin/rules/txrules.h"
#include "bitcoin/rules/undo.h"
#include "bitcoin/rules/utxo.h"

struct btc_chain {
	const struct btc_chainparams *params;
	struct btc_header_rec *recs; /* by height */
	uint32_t n, cap;
	uint32_t known;        /* the first height whose header is known: below, recs[] is blank */
	uint32_t first;        /* the height of the first block */
	struct btc_utxo coins; /* made by blocks connected and not spent */
	struct btc_utxo foreign; /* from before the first block, spent */
	struct btc_arena arena;  /* the block being connected */
	struct btc_interp *vm;
	struct btc_checkq *queue; /* NULL: the caller's thread verifies alone */
};

/* What has been done to the coins, in order. */
enum btc_deed { BTC_COIN_MADE, BTC_COIN_SPENT, BTC_COIN_FOREIGN };

struct btc_journal {
	size_t n;
	struct btc_journal_row {
		enum btc_deed deed;
		const uint8_t *txid;
		uint32_t index;
		struct btc_coin coin; /* that was spent, or overwritten */
	} rows[];
};

/* One block on its way in. */
struct btc_connect {
	struct btc_chain *chain;
	struct btc_block block;
	bool has_undo;
	struct btc_undo undo;
	uint32_t height;
	uint32_t flags;       /* of its scripts */
	uint32_t median_time; /* before it; see btc_median_known */
	/* Of all inputs of all transactions but the coinbase, in order. */
	struct btc_prevout *spent;
	uint64_t inputs;
	int64_t fees;
	unsigned sigop_cost;
	bool no_pow;
	struct btc_journal *journal; /* NULL: what is done stays */
	struct btc_reject *reject;
};

/* Each writes the reason and returns -EBADMSG. */
int btc_refuse(struct btc_connect *c, const char *rule);
int btc_refuse_tx(struct btc_connect *c, const struct btc_tx *tx, const char *rule);
int btc_refuse_input(
	struct btc_connect *c, const struct btc_tx *tx, uint32_t input, const char *rule);

int btc_refuse_undo(struct btc_connect *c, const char *rule);

/* Is the median time past of the block at this height known? */
bool btc_median_known(const struct btc_chain *chain, uint32_t height);

/* The journal of a block that has been parsed: an empty one, and back through it. -ENOMEM. */
int btc_journal_begin(struct btc_connect *c);
int btc_journal_take_back(struct btc_connect *c);

/* The steps, in Core's order. 0, -EBADMSG or -ENOMEM. */
int btc_check_header(struct btc_connect *c);
int btc_check_block(struct btc_connect *c);
int btc_check_block_in_context(struct btc_connect *c);
int btc_connect_coins(struct btc_connect *c);
int btc_connect_scripts(struct btc_connect *c);

#endif
