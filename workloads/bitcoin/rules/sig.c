#include "bitcoin/rules/sig.h"

#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

#include "bitcoin/rules/der.h"

bool btc_pubkey_size_ok(struct btc_span k)
{
	if (k.n == 33)
		return k.p[0] == 2 || k.p[0] == 3;
	return k.n == 65 && (k.p[0] == 4 || k.p[0] == 6 || k.p[0] == 7);
}

bool btc_pubkey_is_compressed(struct btc_span k)
{
	return k.n == 33 && (k.p[0] == 2 || k.p[0] == 3);
}

static bool low_s(struct btc_span sig)
{
	secp256k1_ecdsa_signature parsed;

	if (!btc_der_parse_lax(&parsed, (struct btc_span){ .p = sig.p, .n = sig.n - 1 }))
		return false;
	return !secp256k1_ecdsa_signature_normalize(secp256k1_context_static, NULL, &parsed);
}

enum btc_script_err btc_sig_encoding(struct btc_span sig, uint32_t flags)
{
	uint8_t type;

	if (sig.n == 0)
		return BTC_SCRIPT_ERR_OK;
	if ((flags & (BTC_VERIFY_DERSIG | BTC_VERIFY_LOW_S | BTC_VERIFY_STRICTENC)) != 0 &&
		!btc_der_is_strict(sig))
		return BTC_SCRIPT_ERR_SIG_DER;
	if ((flags & BTC_VERIFY_LOW_S) != 0 && !low_s(sig))
		return BTC_SCRIPT_ERR_SIG_HIGH_S;
	type = sig.p[sig.n - 1] & 0x7f;
	if ((flags & BTC_VERIFY_STRICTENC) != 0 && (type < 1 || type > 3))
		return BTC_SCRIPT_ERR_SIG_HASHTYPE;
	return BTC_SCRIPT_ERR_OK;
}

bool btc_ecdsa_verify(struct btc_span sig, const uint8_t hash[32], struct btc_span pubkey)
{
	const secp256k1_context *ctx = secp256k1_context_static;
	secp256k1_ecdsa_signature parsed;
	secp256k1_pubkey key;

	if (!btc_pubkey_size_ok(pubkey) ||
		!secp256k1_ec_pubkey_parse(ctx, &key, pubkey.p, pubkey.n) ||
		!btc_der_parse_lax(&parsed, sig))
		return false;
	/* libsecp256k1 refuses high S, which consensus never did. */
	secp256k1_ecdsa_signature_normalize(ctx, &parsed, &parsed);
	return secp256k1_ecdsa_verify(ctx, &parsed, hash, &key) == 1;
}

bool btc_schnorr_verify(const uint8_t sig[64], const uint8_t hash[32], const uint8_t pubkey[32])
{
	const secp256k1_context *ctx = secp256k1_context_static;
	secp256k1_xonly_pubkey key;

	return secp256k1_xonly_pubkey_parse(ctx, &key, pubkey) &&
		secp256k1_schnorrsig_verify(ctx, sig, hash, 32, &key) == 1;
}

bool btc_taproot_tweak_ok(
	const uint8_t output[32], int parity, const uint8_t internal[32], const uint8_t tweak[32])
{
	const secp256k1_context *ctx = secp256k1_context_static;
	secp256k1_xonly_pubkey key;

	return secp256k1_xonly_pubkey_parse(ctx, &key, internal) &&
		secp256k1_xonly_pubkey_tweak_add_check(ctx, output, parity, &key, tweak) == 1;
}
