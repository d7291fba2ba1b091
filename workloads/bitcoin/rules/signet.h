/*
 * signet.h: BIP325: a block of a signet carries the solution of the network's challenge, a script,
 * in its coinbase beside the witness commitment.
 */
#ifndef BTC_SIGNET_H
#define BTC_SIGNET_H

#include "bitcoin/rules/block.h"
#include "bitcoin/rules/interp.h"

/* What the solution is pushed behind. */
#define BTC_SIGNET_HEADER              \
	{                              \
		0xec, 0xc7, 0xda, 0xa2 \
	}

/*
 * Does the block solve the challenge? Takes what it needs from the arena. 0 and *ok, or
 * -ENOMEM. A block without witness commitment never does; one without solution does when the
 * challenge asks for none.
 */
int btc_signet_check(bool *ok, const struct btc_block *block, struct btc_span challenge,
	struct btc_interp *vm, struct btc_arena *arena);

/* The transaction that the challenge makes of a block whose coinbase has no solution yet; to be
 * signed as any other. */
int btc_signet_to_sign(struct btc_tx *tx, bool *ok, const struct btc_block *block,
	struct btc_span challenge, struct btc_arena *arena);

#endif
