/* did_check.c: what a document has to be, whoever gave it (W3C DID Core 1.0, 5). */
#include <errno.h>
#include <string.h>

#include "web5/multibase.h"
#include "web5/did.h"

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

/* An id of its own: the document's identifier and a fragment, or the fragment alone. The fragment;
 * NULL: it is none. */
static const char *fragment_of(const char *id, const char *did)
{
	size_t n = strlen(did);

	if (id && strncmp(id, did, n) == 0 && id[n] == '#')
		id += n;
	return id && id[0] == '#' && id[1] ? id + 1 : NULL;
}

/* Keys in forms that are known have to be keys; other forms are taken as they are, but there has to
 * be one. */
static int check_material(const json_t *method, struct bt_err *err)
{
	static const char *const others[] = { "publicKeyBase58", "publicKeyHex",
		"blockchainAccountId", "publicKeyPem", "ethereumAddress" };
	const json_t *jwk = json_object_get(method, "publicKeyJwk");
	const char *multibase = text_of(method, "publicKeyMultibase");
	uint8_t bytes[W5_BYTES_MAX];

	if (jwk) {
		if (!json_is_object(jwk) || !text_of(jwk, "kty"))
			return bt_fail(err, -EINVAL, "publicKeyJwk: expected an object with kty");
		if (json_object_get(jwk, "d"))
			return bt_fail(err, -EINVAL, "publicKeyJwk: a private key");
		return 0;
	}
	if (multibase) {
		if (!*multibase ||
			(multibase[0] == 'z' && strlen(multibase) < W5_BYTES_MAX &&
				w5_base58_read(bytes, multibase + 1, strlen(multibase + 1)) < 3))
			return bt_fail(err, -EINVAL, "publicKeyMultibase: '%.40s' is no base58btc",
				multibase);
		return 0;
	}
	for (unsigned i = 0; i < BT_LEN(others); i++)
		if (text_of(method, others[i]) && *text_of(method, others[i]))
			return 0;
	return bt_fail(err, -EINVAL, "a verification method without a key");
}

static int check_method(const json_t *method, struct bt_err *err)
{
	static const char *const members[] = { "id", "type", "controller" };

	for (unsigned i = 0; i < BT_LEN(members); i++) {
		const char *text = text_of(method, members[i]);

		if (!text || !*text)
			return bt_fail(
				err, -EINVAL, "a verification method without %s", members[i]);
	}
	if (strncmp(text_of(method, "controller"), "did:", 4) != 0)
		return bt_fail(err, -EINVAL, "controller '%.80s' is no identifier",
			text_of(method, "controller"));
	return check_material(method, err);
}

static bool has_method(const json_t *methods, const char *did, const char *fragment)
{
	const json_t *method;
	size_t i;

	json_array_foreach((json_t *)methods, i, method)
	{
		const char *own = fragment_of(text_of(method, "id"), did);

		if (own && strcmp(own, fragment) == 0)
			return true;
	}
	return false;
}

static int check_relation(
	const json_t *document, const char *name, const char *did, struct bt_err *err)
{
	const json_t *list = json_object_get(document, name), *entry;
	size_t i;

	if (!list)
		return 0;
	if (!json_is_array(list))
		return bt_fail(err, -EINVAL, "%s: expected a list", name);
	json_array_foreach((json_t *)list, i, entry)
	{
		const char *id = json_string_value(entry), *fragment = fragment_of(id, did);
		int r = json_is_object(entry) ? check_method(entry, err) : 0;

		if (r < 0)
			return r;
		if (!id && !json_is_object(entry))
			return bt_fail(err, -EINVAL,
				"%s: expected identifiers or verification methods", name);
		if (fragment &&
			!has_method(json_object_get(document, "verificationMethod"), did, fragment))
			return bt_fail(err, -EINVAL, "%s: no verification method '#%.80s'", name,
				fragment);
	}
	return 0;
}

int w5_did_check(const json_t *document, const char *did, struct bt_err *err)
{
	static const char *const relations[] = { "authentication", "assertionMethod",
		"capabilityDelegation", "capabilityInvocation", "keyAgreement" };
	const json_t *methods = json_object_get(document, "verificationMethod"), *method;
	const char *id = text_of(document, "id");
	size_t i;
	int r;

	if (!json_is_object(document))
		return bt_fail(err, -EINVAL, "no document");
	if (!id || strcmp(id, did) != 0)
		return bt_fail(err, -EINVAL, "its id is '%.120s'", id ? id : "");
	if (methods && !json_is_array(methods))
		return bt_fail(err, -EINVAL, "verificationMethod: expected a list");
	json_array_foreach((json_t *)methods, i, method)
	{
		r = check_method(method, err);
		if (r < 0)
			return r;
	}
	for (i = 0; i < BT_LEN(relations); i++) {
		r = check_relation(document, relations[i], did, err);
		if (r < 0)
			return r;
	}
	return 0;
}
