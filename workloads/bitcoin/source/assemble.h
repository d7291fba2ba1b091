/*
 * assemble.h: blocks put together from transactions: BIP141's commitment, merkle root, proof of
 * work where it is cheap. One thread at a time.
 */
#ifndef BTC_ASSEMBLE_H
#define BTC_ASSEMBLE_H

#include "bitcoin/rules/block.h"
#include "bitcoin/rules/chainparams.h"

struct btc_assembly {
	struct btc_header header; /* root and nonce are filled in */
	struct btc_tx *coinbase;  /* need not have been parsed */
	const struct btc_tx *tx;  /* parsed; what follows the coinbase */
	uint32_t n_tx;            /* of them */
	uint8_t *commitment; /* 32 bytes in an output of the coinbase to be filled in; NULL: none */
};

#define BTC_COMMITMENT_SCRIPT 38 /* bytes of an output's script that holds a commitment */

/* Writes such a script, with a commitment to be filled in, and returns where that stands in it. */
uint8_t *btc_assemble_commitment(uint8_t script[BTC_COMMITMENT_SCRIPT]);

/*
 * Writes the block into `out`; the scratch arena may be the same one. With params the nonce is
 * counted up until the hash meets the header's target; NULL: no proof of work. A commitment takes a
 * reserved value of 32 bytes, the coinbase's one witness item. 0, -ENOMEM, or -ERANGE when no nonce
 * will do.
 */
int btc_assemble(struct btc_span *block, struct btc_assembly *a,
	const struct btc_chainparams *params, struct btc_arena *out, struct btc_arena *scratch);

#endif
