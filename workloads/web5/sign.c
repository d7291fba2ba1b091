#include "web5/sign.h"

#include <errno.h>
#include <nettle/eddsa.h>
#include <nettle/sha2.h>
#include <secp256k1.h>
#include <string.h>

#include "base/rng.h"

const char *w5_sign_alg(enum w5_curve curve)
{
	return curve == W5_ED25519 ? "EdDSA" : curve == W5_SECP256K1 ? "ES256K" : NULL;
}

static void draw_bytes(uint8_t out[32], struct bt_rng *rng)
{
	for (unsigned i = 0; i < 32; i++)
		out[i] = (uint8_t)bt_rng_next(rng);
}

static int draw_secp256k1(struct w5_secret *secret, struct bt_rng *rng)
{
	secp256k1_pubkey key;
	uint8_t bytes[65];
	size_t n = sizeof(bytes);

	secret->secp = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	if (!secret->secp)
		return -ENOMEM;
	do
		draw_bytes(secret->bytes, rng);
	while (!secp256k1_ec_pubkey_create(secret->secp, &key, secret->bytes));
	secp256k1_ec_pubkey_serialize(secret->secp, bytes, &n, &key, SECP256K1_EC_UNCOMPRESSED);
	memcpy(secret->key.x, bytes + 1, 32);
	memcpy(secret->key.y, bytes + 33, 32);
	return 0;
}

int w5_secret_draw(struct w5_secret *secret, enum w5_curve curve, uint64_t seed)
{
	struct bt_rng rng;

	assert(w5_sign_alg(curve));
	*secret = (struct w5_secret){ .key.curve = curve };
	bt_rng_init(&rng, bt_mix64(seed + curve));
	if (curve == W5_SECP256K1)
		return draw_secp256k1(secret, &rng);
	draw_bytes(secret->bytes, &rng);
	ed25519_sha512_public_key(secret->key.x, secret->bytes);
	return 0;
}

void w5_secret_fini(struct w5_secret *secret)
{
	if (secret->secp)
		secp256k1_context_destroy(secret->secp);
	secret->secp = NULL;
}

static void hash(uint8_t out[32], const void *text, size_t n)
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, n, text);
	sha256_digest(&ctx, 32, out);
}

void w5_sign(uint8_t out[W5_SIGNATURE], const struct w5_secret *secret, const void *text, size_t n)
{
	secp256k1_ecdsa_signature signature;
	uint8_t digest[32];

	if (secret->key.curve == W5_ED25519) {
		ed25519_sha512_sign(secret->key.x, secret->bytes, n, text, out);
		return;
	}
	hash(digest, text, n);
	/* Fails for a secret out of range only, and this one was in it. */
	(void)!secp256k1_ecdsa_sign(secret->secp, &signature, digest, secret->bytes, NULL, NULL);
	secp256k1_ecdsa_signature_serialize_compact(secret->secp, out, &signature);
}

static bool verify_secp256k1(
	const struct w5_key *key, const uint8_t digest[32], const uint8_t signature[W5_SIGNATURE])
{
	const secp256k1_context *ctx = secp256k1_context_static;
	secp256k1_ecdsa_signature parsed;
	secp256k1_pubkey public;
	uint8_t bytes[65] = { 4 };

	memcpy(bytes + 1, key->x, 32);
	memcpy(bytes + 33, key->y, 32);
	if (!secp256k1_ec_pubkey_parse(ctx, &public, bytes, sizeof(bytes)) ||
		!secp256k1_ecdsa_signature_parse_compact(ctx, &parsed, signature))
		return false;
	/* JWS does not ask for the lower of the two s. */
	secp256k1_ecdsa_signature_normalize(ctx, &parsed, &parsed);
	return secp256k1_ecdsa_verify(ctx, &parsed, digest, &public) != 0;
}

bool w5_verify(
	const struct w5_key *key, const void *text, size_t n, const uint8_t signature[W5_SIGNATURE])
{
	uint8_t digest[32];

	if (key->curve == W5_ED25519)
		return ed25519_sha512_verify(key->x, n, text, signature) != 0;
	if (key->curve != W5_SECP256K1)
		return false;
	hash(digest, text, n);
	return verify_secp256k1(key, digest, signature);
}
