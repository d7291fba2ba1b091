#include "web5/did.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web5/multibase.h"

#define DID_CONTEXT "https://www.w3.org/ns/did/v1"

const char *const w5_format_names[] = { "multikey", "jwk", "suite", NULL };

enum relation { AUTHENTICATION, ASSERTION, DELEGATION, INVOCATION, AGREEMENT, RELATIONS };
static const char *const relations[RELATIONS] = { "authentication", "assertionMethod",
	"capabilityDelegation", "capabilityInvocation", "keyAgreement" };

/* What each curve's own suite is called. */
static const struct {
	const char *type, *context;
} suites[W5_CURVES] = {
	[W5_ED25519] = { "Ed25519VerificationKey2018",
		"https://w3id.org/security/suites/ed25519-2018/v1" },
	[W5_X25519] = { "X25519KeyAgreementKey2019",
		"https://w3id.org/security/suites/x25519-2019/v1" },
	[W5_SECP256K1] = { "EcdsaSecp256k1VerificationKey2019",
		"https://w3id.org/security/suites/secp256k1-2019/v1" },
	[W5_P256] = { "JsonWebKey2020", "https://w3id.org/security/suites/jws-2020/v1" },
	[W5_P384] = { "JsonWebKey2020", "https://w3id.org/security/suites/jws-2020/v1" },
};

static bool is_id_char(const char *at)
{
	if (*at == '%')
		return isxdigit((unsigned char)at[1]) && isxdigit((unsigned char)at[2]);
	return isalnum((unsigned char)*at) || (*at && strchr(".-_:", *at));
}

const char *w5_did_method(size_t *n, const char *did, struct bt_err *err)
{
	const char *method = did + 4, *id;

	if (strncmp(did, "did:", 4) != 0) {
		bt_fail(err, -EINVAL, "'%.80s': expected did:METHOD:ID", did);
		return NULL;
	}
	*n = strspn(method, "abcdefghijklmnopqrstuvwxyz0123456789");
	id = method + *n;
	if (!*n || *id != ':' || !id[1] || did[strlen(did) - 1] == ':' ||
		strlen(did) >= W5_DID_MAX) {
		bt_fail(err, -EINVAL, "'%.80s': expected did:METHOD:ID of at most %d characters",
			did, W5_DID_MAX - 1);
		return NULL;
	}
	while (*++id)
		if (!is_id_char(id)) {
			bt_fail(err, -EINVAL,
				"'%.80s': expected letters, digits and . - _ : %%XX in it, no "
				"fragment, query or path",
				did);
			return NULL;
		}
	return method;
}

bool w5_did_is(const char *did, const char *method)
{
	size_t n = strlen(method);

	return strncmp(did, "did:", 4) == 0 && strncmp(did + 4, method, n) == 0 &&
		did[4 + n] == ':';
}

void w5_did_of_key(char *out, const struct w5_key *key)
{
	strcpy(out, "did:key:");
	w5_key_multibase(out + 8, key);
}

int w5_did_of_jwk(char *out, const struct w5_key *key)
{
	json_t *jwk = w5_key_jwk(key);
	char *text = jwk ? json_dumps(jwk, JSON_COMPACT) : NULL;

	if (text) {
		strcpy(out, "did:jwk:");
		w5_base64(out + 8, (const uint8_t *)text, strlen(text));
	}
	free(text);
	json_decref(jwk);
	return text ? 0 : -ENOMEM;
}

static bool relate(json_t *document, enum relation relation, const char *id)
{
	return json_object_set_new(document, relations[relation], json_pack("[s]", id)) == 0;
}

static bool add_method(json_t *document, const char *did, const char *id, const char *type,
	const char *member, json_t *material)
{
	json_t *method = json_pack(
		"{ss ss ss so}", "id", id, "type", type, "controller", did, member, material);
	json_t *list = json_object_get(document, "verificationMethod");

	return list && method && json_array_append_new(list, method) == 0;
}

/* ---- did:key ---- */

static const char *context_of(enum w5_curve curve, enum w5_format format)
{
	return format == W5_MULTIKEY ? "https://w3id.org/security/multikey/v1"
		: format == W5_JWK   ? "https://w3id.org/security/suites/jws-2020/v1"
				     : suites[curve].context;
}

static bool add_key(json_t *document, const char *did, const char *id, const struct w5_key *key,
	enum w5_format format)
{
	char text[W5_TEXT_MAX];
	uint8_t bytes[49];

	if (format == W5_MULTIKEY) {
		w5_key_multibase(text, key);
		return add_method(
			document, did, id, "Multikey", "publicKeyMultibase", json_string(text));
	}
	if (format == W5_JWK || key->curve == W5_P256 || key->curve == W5_P384)
		return add_method(
			document, did, id, "JsonWebKey2020", "publicKeyJwk", w5_key_jwk(key));
	w5_base58(text, bytes, w5_key_pack(bytes, key));
	return add_method(
		document, did, id, suites[key->curve].type, "publicKeyBase58", json_string(text));
}

/* X25519 keys agree on secrets, Ed25519 ones sign, those of Weierstrass curves do both. */
static bool relate_key(json_t *document, enum w5_curve curve, const char *id)
{
	bool ok = true;

	for (unsigned r = 0; r < RELATIONS; r++) {
		bool agrees = r == AGREEMENT;

		if (agrees ? curve != W5_ED25519 : curve != W5_X25519)
			ok &= relate(document, (enum relation)r, id);
	}
	return ok;
}

static bool add_derived(
	json_t *document, const char *did, const struct w5_key *key, enum w5_format format)
{
	char id[W5_DID_MAX + W5_TEXT_MAX];

	snprintf(id, sizeof(id), "%s#", did);
	w5_key_multibase(id + strlen(id), key);
	if (format == W5_SUITE &&
		json_array_append_new(json_object_get(document, "@context"),
			json_string(suites[W5_X25519].context)) < 0)
		return false;
	return add_key(document, did, id, key, format) && relate(document, AGREEMENT, id);
}

static json_t *document_of_key(
	const char *did, enum w5_format format, bool derive, struct bt_err *err)
{
	const char *id = did + 8;
	char full[2 * W5_DID_MAX];
	struct w5_key key, agreement;
	json_t *document;

	if (w5_key_read(&key, id, strlen(id), err) < 0)
		return NULL;
	derive &= key.curve == W5_ED25519;
	if (derive && w5_key_agreement(&agreement, &key, err) < 0)
		return NULL;
	snprintf(full, sizeof(full), "%s#%s", did, id);
	document = json_pack("{s[ss] ss s[]}", "@context", DID_CONTEXT,
		context_of(key.curve, format), "id", did, "verificationMethod");
	if (document && add_key(document, did, full, &key, format) &&
		relate_key(document, key.curve, full) &&
		(!derive || add_derived(document, did, &agreement, format)))
		return document;
	json_decref(document);
	bt_oom(err, "%.80s", did);
	return NULL;
}

/* ---- did:jwk ---- */

static json_t *read_jwk(const char *text, struct bt_err *err)
{
	size_t len = strlen(text);
	uint8_t *bytes = malloc(len + 1);
	long n = bytes ? w5_base64_read(bytes, len, text, len) : -1;
	json_t *jwk = n > 0
		? json_loadb((const char *)bytes, (size_t)n, JSON_REJECT_DUPLICATES, NULL)
		: NULL;

	free(bytes);
	if (json_is_object(jwk))
		return jwk;
	json_decref(jwk);
	bt_fail(err, -EINVAL, "did:jwk: expected a JSON Web Key in base64url");
	return NULL;
}

static json_t *document_of_jwk(const char *did, struct bt_err *err)
{
	json_t *jwk = read_jwk(did + 8, err), *document;
	const char *use = json_string_value(json_object_get(jwk, "use"));
	char id[W5_DID_MAX + 3];
	struct w5_key key;
	bool ok;

	if (!jwk)
		return NULL;
	if (w5_key_of_jwk(&key, jwk, err) < 0) {
		json_decref(jwk);
		return NULL;
	}
	snprintf(id, sizeof(id), "%s#0", did);
	document = json_pack("{s[ss] ss s[]}", "@context", DID_CONTEXT,
		"https://w3id.org/security/suites/jws-2020/v1", "id", did, "verificationMethod");
	ok = document &&
		add_method(document, did, id, "JsonWebKey2020", "publicKeyJwk", json_incref(jwk));
	/* A key for signatures agrees on nothing, one for encryption signs nothing. */
	for (unsigned r = 0; ok && r < RELATIONS; r++)
		if (!use || (r == AGREEMENT ? strcmp(use, "sig") != 0 : strcmp(use, "enc") != 0))
			ok = relate(document, (enum relation)r, id);
	json_decref(jwk);
	if (ok)
		return document;
	json_decref(document);
	bt_oom(err, "%.80s", did);
	return NULL;
}

json_t *w5_did_document(const char *did, enum w5_format format, bool derive, struct bt_err *err)
{
	if (w5_did_is(did, "key"))
		return document_of_key(did, format, derive, err);
	if (w5_did_is(did, "jwk"))
		return document_of_jwk(did, err);
	bt_fail(err, -EINVAL, "%.80s: expected did:key or did:jwk", did);
	return NULL;
}

/* ---- did:web ---- */

int w5_did_web_url(char *out, size_t size, const char *did, struct bt_err *err)
{
	const char *host = did + 8, *path = strchr(did + 8, ':');
	size_t len = path ? (size_t)(path - host) : strlen(host), at;
	const char *port = memmem(host, len, "%3A", 3);

	port = port ? port : memmem(host, len, "%3a", 3);
	if (!len || memchr(host, '%', port ? (size_t)(port - host) : len) ||
		memchr(host, '@', len) ||
		(port &&
			(port + 3 == host + len ||
				strspn(port + 3, "0123456789") != (size_t)(host + len - port - 3))))
		return bt_fail(
			err, -EINVAL, "'%.120s': expected did:web:HOST[%%3APORT][:PATH…]", did);
	at = (size_t)snprintf(out, size, "https://%.*s%s%.*s",
		(int)(port ? port - host : (long)len), host, port ? ":" : "",
		port ? (int)(host + len - port - 3) : 0, port ? port + 3 : "");
	for (; path && at < size; path = strchr(path + 1, ':')) {
		size_t n = strcspn(path + 1, ":");

		if (!n)
			return bt_fail(err, -EINVAL, "'%.120s': an empty part of the path", did);
		at += (size_t)snprintf(out + at, size - at, "/%.*s", (int)n, path + 1);
	}
	if (at < size)
		at += (size_t)snprintf(out + at, size - at, "%s",
			strchr(host, ':') ? "/did.json" : "/.well-known/did.json");
	return at < size ? 0 : bt_fail(err, -EINVAL, "'%.80s': its URL is too long", did);
}
