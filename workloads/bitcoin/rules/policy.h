/*
 * policy.h: what a node asks of a transaction before it relays it, beyond consensus: Bitcoin Core
 * 30's standardness, by its reasons. Pure functions; any thread. Not here: what needs a mempool
 * (BIP431's rules of version 3), packages, and what needs a chain (lock times).
 */
#ifndef BTC_POLICY_H
#define BTC_POLICY_H

#include "bitcoin/rules/sighash.h"

#define BTC_POLICY_MAX_WEIGHT 400000u
#define BTC_POLICY_MAX_SIGOPS 16000u /* cost */

/* Core's IsStandardTx, and the least size that is relayed. NULL when it is standard, else why
 * not. */
const char *btc_policy_tx(const struct btc_tx *tx);

/* Core's AreInputsStandard and IsWitnessStandard. NULL, or why not. */
const char *btc_policy_inputs(const struct btc_tx *tx, const struct btc_prevout *spent);

/* Satoshi below which an output costs more to spend than it is worth; 0 for one that cannot be
 * spent. */
int64_t btc_policy_dust(const struct btc_out *out);

/* How many outputs are below that. One is standard; a mempool refuses it unless the fee is 0. */
uint32_t btc_policy_dust_outputs(const struct btc_tx *tx);

#endif
