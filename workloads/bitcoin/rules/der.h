/*
 * der.h: signatures as bytes. Strict DER is BIP66's; lax is what blocks before it were accepted
 * with: BER with lengths in any form, padding, negative and oversized numbers, and bytes after the
 * end. Pure functions; any thread.
 */
#ifndef BTC_DER_H
#define BTC_DER_H

#include <secp256k1.h>

#include "bitcoin/rules/bytes.h"

/* True for a strictly encoded signature with its hash type byte (9 to 73 bytes). */
bool btc_der_is_strict(struct btc_span sig);

/*
 * Reads a signature without hash type byte by the lax rules. False when even they find no two
 * numbers; a number that does not fit makes a signature that never verifies.
 */
bool btc_der_parse_lax(secp256k1_ecdsa_signature *out, struct btc_span sig);

#endif
