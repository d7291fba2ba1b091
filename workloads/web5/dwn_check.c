/* What a node asks of a message before it looks into its store. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "web5/multibase.h"
#include "base/text.h"
#include "web5/dwn.h"

enum kind { TEXT, COUNT, FLAG, TIME, OBJECT, ARRAY };

struct field {
	const char *name;
	enum kind kind;
	bool optional;
};

static const struct field write_message[] = { { "recordId", TEXT, false },
	{ "contextId", TEXT, true }, { "descriptor", OBJECT, false },
	{ "authorization", OBJECT, false }, { NULL, TEXT, false } };
static const struct field plain_message[] = { { "descriptor", OBJECT, false },
	{ "authorization", OBJECT, false }, { NULL, TEXT, false } };
static const struct field write_descriptor[] = { { "interface", TEXT, false },
	{ "method", TEXT, false }, { "protocol", TEXT, true }, { "protocolPath", TEXT, true },
	{ "schema", TEXT, true }, { "dataCid", TEXT, false }, { "dataSize", COUNT, false },
	{ "dateCreated", TIME, false }, { "messageTimestamp", TIME, false },
	{ "dataFormat", TEXT, false }, { "published", FLAG, true }, { "datePublished", TIME, true },
	{ NULL, TEXT, false } };
static const struct field read_descriptor[] = { { "interface", TEXT, false },
	{ "method", TEXT, false }, { "filter", OBJECT, false }, { "messageTimestamp", TIME, false },
	{ NULL, TEXT, false } };
static const struct field read_filter[] = { { "recordId", TEXT, false }, { NULL, TEXT, false } };
static const struct field configure_descriptor[] = { { "interface", TEXT, false },
	{ "method", TEXT, false }, { "messageTimestamp", TIME, false },
	{ "definition", OBJECT, false }, { NULL, TEXT, false } };
static const struct field definition_fields[] = { { "protocol", TEXT, false },
	{ "published", FLAG, false }, { "types", OBJECT, false }, { "structure", OBJECT, false },
	{ NULL, TEXT, false } };
static const struct field authorization_fields[] = { { "signature", OBJECT, false },
	{ NULL, TEXT, false } };
static const struct field jws_fields[] = { { "payload", TEXT, false },
	{ "signatures", ARRAY, false }, { NULL, TEXT, false } };
static const struct field signature_fields[] = { { "protected", TEXT, false },
	{ "signature", TEXT, false }, { NULL, TEXT, false } };
static const struct field header_fields[] = { { "kid", TEXT, false }, { "alg", TEXT, false },
	{ NULL, TEXT, false } };
static const struct field write_payload[] = { { "recordId", TEXT, false },
	{ "descriptorCid", TEXT, false }, { "contextId", TEXT, true }, { NULL, TEXT, false } };
static const struct field plain_payload[] = { { "descriptorCid", TEXT, false },
	{ NULL, TEXT, false } };

/* The messages that are known here. */
static const struct row {
	const char *interface, *method;
	const struct field *message, *descriptor, *payload;
} rows[] = {
	[W5_DWN_WRITE] = { "Records", "Write", write_message, write_descriptor, write_payload },
	[W5_DWN_READ] = { "Records", "Read", plain_message, read_descriptor, plain_payload },
	[W5_DWN_CONFIGURE] = { "Protocols", "Configure", plain_message, configure_descriptor,
		plain_payload },
};

static bool refuse(struct w5_verdict *v, unsigned code, const char *fmt, ...) BT_PRINTF(3, 4);
static bool refuse(struct w5_verdict *v, unsigned code, const char *fmt, ...)
{
	va_list ap;

	v->code = code;
	va_start(ap, fmt);
	bt_text_vformat(v->detail, sizeof(v->detail), fmt, ap);
	va_end(ap);
	return false;
}

/* ---- schema ---- */

/* "2026-11-26T14:05:50.123456Z" */
static bool is_time(const char *text)
{
	static const char form[] = "0000-00-00T00:00:00.000000Z";

	for (unsigned i = 0; i < sizeof(form); i++)
		if (form[i] == '0' ? text[i] < '0' || text[i] > '9' : text[i] != form[i])
			return false;
	return true;
}

static bool is_kind(const json_t *value, enum kind kind)
{
	switch (kind) {
	case TEXT:
		return json_is_string(value) && json_string_length(value) > 0;
	case COUNT:
		return json_is_integer(value) && json_integer_value(value) >= 0;
	case FLAG:
		return json_is_boolean(value);
	case TIME:
		return json_is_string(value) && is_time(json_string_value(value));
	case OBJECT:
		return json_is_object(value);
	default:
		return json_is_array(value);
	}
}

/* Every field that is needed, of its kind, and no other. */
static bool has_form(
	const json_t *object, const struct field *fields, const char *what, struct w5_verdict *v)
{
	size_t known = 0;

	if (!json_is_object(object))
		return refuse(v, 400, "%s: expected an object", what);
	for (const struct field *f = fields; f->name; f++) {
		const json_t *value = json_object_get(object, f->name);

		known += value != NULL;
		if (!value && f->optional)
			continue;
		if (!value)
			return refuse(v, 400, "%s: no %s", what, f->name);
		if (!is_kind(value, f->kind))
			return refuse(v, 400, "%s: %s is not of its form", what, f->name);
	}
	return known == json_object_size(object) ||
		refuse(v, 400, "%s: a field that is not known", what);
}

static const char *text_of(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name));
}

static const struct row *row_of(const json_t *descriptor)
{
	const char *interface = text_of(descriptor, "interface"),
		   *method = text_of(descriptor, "method");

	for (unsigned i = 0; interface && method && i < BT_LEN(rows); i++)
		if (strcmp(rows[i].interface, interface) == 0 &&
			strcmp(rows[i].method, method) == 0)
			return &rows[i];
	return NULL;
}

/* ---- signature ---- */

struct jws {
	const char *payload, *protected, *signature; /* as in the message */
	json_t *claims, *header;                     /* decoded */
};

/* The JSON of a base64url text, the caller's; NULL: it is none. */
static json_t *decode(const char *text)
{
	size_t len = strlen(text), room = len * 3 / 4 + 3;
	uint8_t *bytes = malloc(room);
	json_t *json = NULL;
	long n = -1;

	if (bytes)
		n = w5_base64_read(bytes, room, text, len);
	if (n >= 0)
		json = json_loadb((const char *)bytes, (size_t)n, JSON_REJECT_DUPLICATES, NULL);
	free(bytes);
	return json;
}

static void drop(struct jws *jws)
{
	json_decref(jws->claims);
	json_decref(jws->header);
}

static bool open_jws(
	struct jws *jws, const json_t *message, const struct row *row, struct w5_verdict *v)
{
	const json_t *authorization = json_object_get(message, "authorization"),
		     *signature = json_object_get(authorization, "signature"), *one;

	if (!has_form(authorization, authorization_fields, "authorization", v) ||
		!has_form(signature, jws_fields, "signature", v))
		return false;
	if (json_array_size(json_object_get(signature, "signatures")) != 1)
		return refuse(v, 400, "signature: expected one");
	one = json_array_get(json_object_get(signature, "signatures"), 0);
	if (!has_form(one, signature_fields, "signature", v))
		return false;
	jws->payload = text_of(signature, "payload");
	jws->protected = text_of(one, "protected");
	jws->signature = text_of(one, "signature");
	jws->claims = decode(jws->payload);
	jws->header = decode(jws->protected);
	return has_form(jws->claims, row->payload, "payload of the signature", v) &&
		has_form(jws->header, header_fields, "header of the signature", v);
}

/* The key that a kid names, from its identifier's document. */
static bool find_key(struct w5_keyring *ring, const char *kid, struct w5_verdict *v)
{
	const char *hash = strchr(kid, '#');
	char did[W5_DID_MAX];
	struct bt_err err = { .code = 0 };
	const json_t *method;
	json_t *document;
	bool found = false;
	size_t i;

	if (strcmp(ring->kid, kid) == 0)
		return true;
	if (!hash || (size_t)(hash - kid) >= sizeof(did) || strlen(kid) >= sizeof(ring->kid))
		return refuse(v, 401, "kid '%.80s': expected a key of an identifier", kid);
	snprintf(did, sizeof(did), "%.*s", (int)(hash - kid), kid);
	document = w5_did_document(did, W5_JWK, false, &err);
	if (!document)
		return refuse(v, 401, "%.80s: %.100s", did, err.msg);
	ring->kid[0] = '\0';
	json_array_foreach(json_object_get(document, "verificationMethod"), i, method)
	{
		const char *id = text_of(method, "id");

		/* Documents may leave the identifier out: "#0". */
		if (!id || (strcmp(id, kid) != 0 && strcmp(id, hash) != 0))
			continue;
		found = w5_key_of_jwk(&ring->key, json_object_get(method, "publicKeyJwk"), &err) ==
			0;
	}
	json_decref(document);
	if (!found)
		return refuse(v, 401, "kid '%.80s': no such key in the document", kid);
	snprintf(ring->kid, sizeof(ring->kid), "%s", kid);
	return true;
}

static bool is_signed(const struct jws *jws, struct w5_keyring *ring, struct w5_verdict *v)
{
	const char *alg = text_of(jws->header, "alg"), *wanted;
	size_t n = strlen(jws->protected) + 1 + strlen(jws->payload);
	uint8_t signature[W5_SIGNATURE];
	char *input;
	bool ok;

	if (!find_key(ring, text_of(jws->header, "kid"), v))
		return false;
	wanted = w5_sign_alg(ring->key.curve);
	if (!wanted || strcmp(alg, wanted) != 0)
		return refuse(v, 401, "alg '%.20s' does not go with the author's key", alg);
	if (w5_base64_read(signature, sizeof(signature), jws->signature, strlen(jws->signature)) !=
		W5_SIGNATURE)
		return refuse(v, 401, "signature: expected %u bytes in base64url", W5_SIGNATURE);
	input = malloc(n + 1);
	if (!input)
		return refuse(v, 500, "no memory");
	snprintf(input, n + 1, "%s.%s", jws->protected, jws->payload);
	ok = w5_verify(&ring->key, input, n, signature);
	free(input);
	return ok || refuse(v, 401, "the signature is not the author's");
}

/* ---- what has to fit together ---- */

static bool is_url(const char *url, const char *what, struct w5_verdict *v)
{
	struct bt_err err;

	return !url || w5_dwn_check_url(url, &err) == 0 ||
		refuse(v, 400, "%s is not in normal form", what);
}

/* Is it the first write of its record: is the identifier that which follows from descriptor and
 * author? */
static bool is_initial(const json_t *message, const char *author, struct w5_verdict *v)
{
	char id[W5_CID_SIZE] = "";

	if (w5_dwn_entry_id(id, json_object_get(message, "descriptor"), author) < 0)
		refuse(v, 500, "no memory");
	return strcmp(id, text_of(message, "recordId")) == 0;
}

static bool check_write(struct w5_checked *out, const json_t *message, const struct jws *jws,
	const char *author, struct w5_verdict *v)
{
	const json_t *d = json_object_get(message, "descriptor");
	const char *context = text_of(message, "contextId");

	out->record = text_of(message, "recordId");
	out->created = text_of(d, "dateCreated");
	out->data_cid = text_of(d, "dataCid");
	out->data_size = (uint64_t)json_integer_value(json_object_get(d, "dataSize"));
	out->protocol = text_of(d, "protocol");
	out->path = text_of(d, "protocolPath");
	out->schema = text_of(d, "schema");
	out->format = text_of(d, "dataFormat");
	out->initial = is_initial(message, author, v);
	if (v->code)
		return false;
	if (!out->protocol != !out->path)
		return refuse(v, 400, "expected protocol and protocolPath, or neither");
	if (out->initial && strcmp(out->created, out->time) != 0)
		return refuse(v, 400, "dateCreated of a first write is not its messageTimestamp");
	if (!w5_dwn_same(out->protocol ? out->record : NULL, context))
		return refuse(v, 400, "contextId: expected %s",
			out->protocol ? "the recordId at a protocol's root" : "none");
	if (!w5_dwn_same(out->record, text_of(jws->claims, "recordId")))
		return refuse(v, 400, "recordId is not the one that was signed");
	if (!w5_dwn_same(context, text_of(jws->claims, "contextId")))
		return refuse(v, 400, "contextId is not the one that was signed");
	return is_url(out->protocol, "protocol", v) && is_url(out->schema, "schema", v);
}

static bool check_configure(struct w5_checked *out, const json_t *descriptor, struct w5_verdict *v)
{
	const json_t *definition = json_object_get(descriptor, "definition");

	if (!has_form(definition, definition_fields, "definition", v))
		return false;
	out->protocol = text_of(definition, "protocol");
	out->path =
		json_object_iter_key(json_object_iter(json_object_get(definition, "structure")));
	return is_url(out->protocol, "protocol", v);
}

static bool check_kind(struct w5_checked *out, const json_t *message, const struct jws *jws,
	const char *author, struct w5_verdict *v)
{
	const json_t *descriptor = json_object_get(message, "descriptor"),
		     *filter = json_object_get(descriptor, "filter");

	switch (out->kind) {
	case W5_DWN_WRITE:
		return check_write(out, message, jws, author, v);
	case W5_DWN_READ:
		out->record = text_of(filter, "recordId");
		return has_form(filter, read_filter, "filter", v);
	default:
		return check_configure(out, descriptor, v);
	}
}

/* kid up to its #: who signed. */
static void author_of(char out[W5_DID_MAX], const char *kid)
{
	snprintf(out, W5_DID_MAX, "%.*s", (int)BT_MIN(strcspn(kid, "#"), W5_DID_MAX - 1u), kid);
}

static bool check(struct w5_checked *out, struct jws *jws, struct w5_verdict *v,
	const json_t *message, const char *tenant, struct w5_keyring *ring)
{
	const json_t *descriptor = json_object_get(message, "descriptor");
	const struct row *row = row_of(descriptor);
	char cid[W5_CID_SIZE], author[W5_DID_MAX];

	if (!row)
		return refuse(v, 400, "descriptor: no message of this interface and method here");
	out->kind = (enum w5_dwn_kind)(row - rows);
	if (!has_form(message, row->message, "message", v) ||
		!has_form(descriptor, row->descriptor, "descriptor", v) ||
		!open_jws(jws, message, row, v))
		return false;
	if (w5_cid_of_json(cid, descriptor) < 0)
		return refuse(v, 500, "no memory");
	if (strcmp(cid, text_of(jws->claims, "descriptorCid")) != 0)
		return refuse(v, 400, "the descriptor is not the one that was signed");
	out->time = text_of(descriptor, "messageTimestamp");
	author_of(author, text_of(jws->header, "kid"));
	if (!check_kind(out, message, jws, author, v) || !is_signed(jws, ring, v))
		return false;
	return strcmp(author, tenant) == 0 ||
		refuse(v, 401, "the author is not the tenant, and nobody gave leave");
}

bool w5_dwn_check(struct w5_checked *out, struct w5_verdict *verdict, const json_t *message,
	const char *tenant, struct w5_keyring *ring)
{
	struct jws jws = { .claims = NULL };

	*out = (struct w5_checked){ .initial = false };
	*verdict = (struct w5_verdict){ .code = 0 };
	check(out, &jws, verdict, message, tenant, ring);
	drop(&jws);
	return verdict->code == 0;
}
