/*
 * key.h: public keys as decentralised identifiers write them: multicodec bytes as in did:key,
 * coordinates as in a JSON Web Key (RFC 7517, 8037, 8812). Points are checked to lie on their
 * curve. Any thread.
 */
#ifndef W5_KEY_H
#define W5_KEY_H

#include <jansson.h>

#include "base/base.h"
#include "base/err.h"

enum w5_curve { W5_ED25519, W5_X25519, W5_SECP256K1, W5_P256, W5_P384, W5_CURVES };

struct w5_curve_row {
	const char *name; /* as "crv" of a JSON Web Key */
	const char *kty;  /* "OKP" or "EC" */
	uint8_t codec[2]; /* varint of its public keys in multicodec */
	unsigned size;    /* bytes of a coordinate */
	/* Bytes of a key in did:key: a coordinate, of EC keys compressed (SEC 1). */
	unsigned packed;
};
extern const struct w5_curve_row w5_curves[W5_CURVES];

struct w5_key {
	enum w5_curve curve;
	/* Big endian, as in a JSON Web Key; OKP: x is the key as it is, no y. */
	uint8_t x[48], y[48];
};

/* A key of its packed bytes. -EINVAL: not a point of the curve, or not in that form. */
int w5_key_unpack(struct w5_key *key, enum w5_curve curve, const uint8_t *bytes, size_t n,
	struct bt_err *err);
/* Its packed bytes; out has room for 49. Returns how many. */
size_t w5_key_pack(uint8_t out[49], const struct w5_key *key);
/* The multibase text of did:key, "z6Mk…": base58btc of codec and packed bytes; out has room for
 * W5_TEXT_MAX. And back: -EINVAL. */
void w5_key_multibase(char *out, const struct w5_key *key);
int w5_key_read(struct w5_key *key, const char *text, size_t len, struct bt_err *err);
/* {"kty":…,"crv":…,"x":…[,"y":…]}; a new reference, NULL: no memory. And back: -EINVAL: no such
 * key, or a private one. */
json_t *w5_key_jwk(const struct w5_key *key);
int w5_key_of_jwk(struct w5_key *key, const json_t *jwk, struct bt_err *err);
/* The X25519 key of an Ed25519 one: the same point on the birationally equivalent curve (RFC
 * 7748, 4.1). -EINVAL: it has none. */
int w5_key_agreement(struct w5_key *out, const struct w5_key *ed25519, struct bt_err *err);
/* The n-th key of this curve from a seed; the same ones always. For loads that are generated:
 * nobody knows their secrets. */
void w5_key_draw(struct w5_key *key, enum w5_curve curve, uint64_t seed, uint64_t n);

#endif
