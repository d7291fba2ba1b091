/*
 * interp.h: executing scripts. A btc_interp is the memory one thread executes with; nothing is allocated while it does.
 */
#ifndef BTC_INTERP_H
#define BTC_INTERP_H

#include "bitcoin/scripterr.h"
#include "bitcoin/sighash.h"

struct btc_interp;

/* NULL: out of memory. */
struct btc_interp *btc_interp_new(void);
void btc_interp_free(struct btc_interp *vm); /* accepts NULL */

/*
 * Decides whether input number `input` of ctx->tx may spend ctx->spent[input], by the rules in `flags` (enum
 * btc_verify_flag): scriptSig, scriptPubKey, P2SH (BIP16), witness programs (BIP141, 341, 342). BTC_SCRIPT_ERR_OK or why not.
 * ctx is only read. The caller keeps to Core's rule that CLEANSTACK comes with P2SH and WITNESS, and WITNESS with P2SH.
 */
enum btc_script_err btc_verify_input(
	struct btc_interp *vm, const struct btc_txctx *ctx, uint32_t input, uint32_t flags);

#endif
