/*
 * sig.h: signatures verified by libsecp256k1, and the encoding rules in front of that. Pure
 * functions; any thread.
 */
#ifndef BTC_SIG_H
#define BTC_SIG_H

#include "bitcoin/rules/bytes.h"
#include "bitcoin/rules/scripterr.h"

/* The sizes a public key may have by its first byte: 33 for 2 and 3, 65 for 4, 6 and 7 (the
 * hybrids). */
bool btc_pubkey_size_ok(struct btc_span pubkey);
bool btc_pubkey_is_compressed(struct btc_span pubkey);

/* Checks the encoding of an ECDSA signature with hash type byte as `flags` ask; an empty one is
 * always fine. */
enum btc_script_err btc_sig_encoding(struct btc_span sig, uint32_t flags);

/* Verifies a laxly encoded signature (without hash type byte) over a 32-byte hash. S may be
 * high. */
bool btc_ecdsa_verify(struct btc_span sig, const uint8_t hash[32], struct btc_span pubkey);

/* BIP340 over a 32-byte hash. */
bool btc_schnorr_verify(const uint8_t sig[64], const uint8_t hash[32], const uint8_t pubkey[32]);

/* BIP341: is `output` the key `internal` tweaked by `tweak`, with Y of this parity (0 or 1)? */
bool btc_taproot_tweak_ok(
	const uint8_t output[32], int parity, const uint8_t internal[32], const uint8_t tweak[32]);

#endif
