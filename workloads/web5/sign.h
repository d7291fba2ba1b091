/*
 * sign.h: signatures as JSON Web Signatures have them: EdDSA with Ed25519 (RFC 8037, 3.1) and
 * ES256K (RFC 8812, 3.2), 64 bytes each. Keys are drawn for a load; these are no secrets to keep.
 * Any thread once drawn.
 */
#ifndef W5_SIGN_H
#define W5_SIGN_H

#include "base/base.h"
#include "base/err.h"
#include "web5/key.h"

#define W5_SIGNATURE 64

struct w5_secret {
	uint8_t bytes[32];
	struct w5_key key;                     /* the public one */
	struct secp256k1_context_struct *secp; /* ES256K */
};

/* A pair of W5_ED25519 or W5_SECP256K1; the same one always from the same seed. 0 or -ENOMEM. */
int w5_secret_draw(struct w5_secret *secret, enum w5_curve curve, uint64_t seed);
void w5_secret_fini(struct w5_secret *secret); /* of one that is all zeros, too */
/* "EdDSA", "ES256K"; NULL for a curve that does not sign here. */
const char *w5_sign_alg(enum w5_curve curve);
void w5_sign(uint8_t out[W5_SIGNATURE], const struct w5_secret *secret, const void *text, size_t n);
bool w5_verify(const struct w5_key *key, const void *text, size_t n,
	const uint8_t signature[W5_SIGNATURE]);

#endif
