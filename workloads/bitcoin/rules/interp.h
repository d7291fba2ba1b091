/*
 * interp.h: executing scripts. A btc_interp is the memory one thread executes with; nothing is
 * allocated while it does.
 */
#ifndef BTC_INTERP_H
#define BTC_INTERP_H

#include "bitcoin/rules/scripterr.h"
#include "bitcoin/rules/sigcache.h"
#include "bitcoin/rules/sighash.h"

struct btc_interp;

/* NULL: out of memory. */
struct btc_interp *btc_interp_new(void);
void btc_interp_free(struct btc_interp *vm); /* accepts NULL */

/*
 * From now on looks for each signature in the cache, which is the caller's and may be shared,
 * before it is verified, and puts it in when it holds. NULL, as at first: none. The second one
 * tells how often, in all.
 */
void btc_interp_set_cache(struct btc_interp *vm, struct btc_sigcache *cache);
struct btc_sigcache_use btc_interp_cache_use(const struct btc_interp *vm);

/*
 * Decides whether input number `input` of ctx->tx may spend ctx->spent[input], by the rules in
 * `flags` (enum btc_verify_flag): scriptSig, scriptPubKey, P2SH (BIP16), witness programs (BIP141,
 * 341, 342). BTC_SCRIPT_ERR_OK or why not. ctx is only read. The caller keeps to Core's rule that
 * CLEANSTACK comes with P2SH and WITNESS, and WITNESS with P2SH.
 */
enum btc_script_err btc_verify_input(
	struct btc_interp *vm, const struct btc_txctx *ctx, uint32_t input, uint32_t flags);

#endif
