/*
 * btc_lab.h: one block with one fault. A row of a table makes a block on the base chain, with its
 * fault or without; what is made lives until the row is done.
 */
#ifndef BTC_LAB_H
#define BTC_LAB_H

#include "btc_mine.h"

#define BTC_LAB_BASE    120 /* blocks of the base chain: the height of the block in question */
#define BTC_LAB_FEE     1000
#define BTC_LAB_SUBSIDY (50 * BTC_COIN)

struct btc_lab {
	struct btc_miner *m;
	struct btc_chain *chain;
	struct btc_mine_block b; /* the block in question */
	bool bad;                /* with its fault */
};

struct btc_fault {
	const char *name;
	const char *rule;
	void (*make)(struct btc_lab *lab);
	bool no_bip34; /* BIP34 is not in force: coinbases may repeat */
};

/* Faults of transactions, their coins and scripts; faults of headers and whole blocks. */
extern const struct btc_fault btc_tx_faults[], btc_block_faults[];
extern const unsigned btc_n_tx_faults, btc_n_block_faults;

/* Makes the row's block on the base chain of this miner, which stays as it is. Returns what the
 * chain says to it. */
int btc_lab_connect(const struct btc_miner *base, const struct btc_fault *row, bool bad,
	struct btc_reject *reject);

/* The i-th coinbase that can be spent, i below 20. */
const struct btc_mine_coin *btc_lab_mature(struct btc_lab *lab, uint32_t i);

/* Pays all but the fee of n coins to one output; signed, to key 1 from coins of key 0. */
struct btc_tx *btc_lab_pay(
	struct btc_lab *lab, const struct btc_mine_coin *coins, uint32_t n, struct btc_span script);
struct btc_tx *btc_lab_signed_pay(
	struct btc_lab *lab, const struct btc_mine_coin *coins, uint32_t n);

/* Makes a coin with this script in the block before the one in question, which begins anew. */
struct btc_mine_coin btc_lab_coin(struct btc_lab *lab, struct btc_span script);

/* Spends a coin of key 0 with this script with a signature in the witness, in a block that commits
 * to it. */
struct btc_tx *btc_lab_witness_spend(struct btc_lab *lab, struct btc_span script);

struct btc_span btc_lab_bytes(struct btc_lab *lab, const void *p, size_t n);
struct btc_span btc_lab_repeat(struct btc_lab *lab, uint8_t byte, size_t n);

#endif
