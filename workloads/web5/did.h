/*
 * did.h: decentralised identifiers (W3C DID Core 1.0): their syntax, the documents of the methods
 * whose identifiers are the key (did:key, did:jwk), where the documents of did:web lie, and what
 * any document has to be. Any thread.
 */
#ifndef W5_DID_H
#define W5_DID_H

#include <jansson.h>

#include "base/base.h"
#include "base/err.h"
#include "web5/key.h"

#define W5_DID_MAX 2048

/* How did:key's documents write keys. */
enum w5_format {
	W5_MULTIKEY, /* Multikey, publicKeyMultibase: the specification's default */
	W5_JWK,      /* JsonWebKey2020, publicKeyJwk */
	/* a suite a curve, publicKeyBase58, as the specification's older test vectors have them */
	W5_SUITE,
	W5_FORMATS
};
extern const char *const w5_format_names[]; /* NULL-ended, for an option table */

/* Is it one, and of what method? The method's name, whose length *n is; NULL with words: it is none
 * (DID Core, 3.1). */
const char *w5_did_method(size_t *n, const char *did, struct bt_err *err);
bool w5_did_is(const char *did, const char *method);

/*
 * The document of a did:key (W3C CCG, did:key Method 0.7) or did:jwk (did:jwk Method): a new
 * reference. derive: an Ed25519 key also gives a key for agreement. NULL: -EINVAL in err, the
 * identifier is wrong; -ENOMEM.
 */
json_t *w5_did_document(const char *did, enum w5_format format, bool derive, struct bt_err *err);

/* "https://…/did.json" of a did:web (its Method Specification, 2.5.2); out has room for size. 0;
 * -EINVAL with words. */
int w5_did_web_url(char *out, size_t size, const char *did, struct bt_err *err);

/*
 * Is it a document of this identifier: its id, every verification method with id, type, controller
 * and a key that its form allows, and every relationship to one that is there? 0; -EINVAL with
 * words.
 */
int w5_did_check(const json_t *document, const char *did, struct bt_err *err);

/* "did:key:…" of a key, "did:jwk:…" of the same; out has room for W5_DID_MAX. */
void w5_did_of_key(char *out, const struct w5_key *key);
int w5_did_of_jwk(char *out, const struct w5_key *key); /* -ENOMEM */

#endif
