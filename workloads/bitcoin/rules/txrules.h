/*
 * txrules.h: what consensus asks of one transaction apart from its scripts. Reasons are Core's.
 * Pure functions; any thread.
 */
#ifndef BTC_TXRULES_H
#define BTC_TXRULES_H

#include "bitcoin/rules/scripterr.h"
#include "bitcoin/rules/sighash.h"

#define BTC_COINBASE_MATURITY 100
#define BTC_MAX_SIGOP_COST    80000u

/*
 * Everything that needs no context: inputs and outputs there are, sizes, amounts, inputs named
 * twice (CVE-2018-17144), the form of a coinbase. 0; -EBADMSG with *reason; -ENOMEM from the
 * scratch arena.
 */
int btc_tx_check(const struct btc_tx *tx, const char **reason, struct btc_arena *scratch);

/* The sum of the outputs' values. For a transaction that passed btc_tx_check. */
int64_t btc_tx_value_out(const struct btc_tx *tx);

/* May it be in a block of this height, whose lock times are compared with this time (BIP113)? */
bool btc_tx_is_final(const struct btc_tx *tx, uint32_t height, int64_t time);

/* Signature operations in scriptSigs and scriptPubKeys, counted the original way. */
unsigned btc_tx_legacy_sigops(const struct btc_tx *tx);

/* BIP141's cost of all signature operations; `spent` has one row per input, or is NULL for a
 * coinbase. */
unsigned btc_tx_sigop_cost(
	const struct btc_tx *tx, const struct btc_prevout *spent, uint32_t flags);

/* BIP68: what the inputs' sequence numbers ask for. */
struct btc_seqlock {
	int64_t height; /* the block must be higher than this, */
	int64_t time;   /* and the median time before it later than this; -1: whatever */
};
#define BTC_SEQLOCK_NONE ((struct btc_seqlock){ .height = -1, .time = -1 })

/* Adds one input's demand: its coin came in a block of this height, before which the median time
 * was this. */
void btc_seqlock_add(struct btc_seqlock *lock, const struct btc_tx *tx, uint32_t input,
	uint32_t coin_height, uint32_t coin_median_time);

#endif
