#include "web5/dwn.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "web5/multibase.h"

int w5_author_make(
	struct w5_author *author, enum w5_curve curve, enum w5_did_form form, uint64_t seed)
{
	int r = w5_secret_draw(&author->secret, curve, seed);

	if (r < 0)
		return r;
	if (form == W5_AS_JWK) {
		r = w5_did_of_jwk(author->did, &author->secret.key);
		snprintf(author->kid, sizeof(author->kid), "%s#0", author->did);
		return r;
	}
	w5_did_of_key(author->did, &author->secret.key);
	snprintf(author->kid, sizeof(author->kid), "%s#%s", author->did,
		author->did + strlen("did:key:"));
	return 0;
}

void w5_author_fini(struct w5_author *author)
{
	w5_secret_fini(&author->secret);
}

void w5_dwn_time(char out[W5_TIME_SIZE], int64_t us)
{
	time_t s = (time_t)(us / 1000000 - (us % 1000000 < 0));
	struct tm tm;
	size_t n;

	gmtime_r(&s, &tm);
	n = strftime(out, W5_TIME_SIZE, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(out + n, W5_TIME_SIZE - n, ".%06uZ", (unsigned)(us - s * 1000000));
}

/* ---- signing ---- */

/* base64url of a value's JSON, malloc'd; the value is taken over. NULL: no memory. */
static char *encode(json_t *value)
{
	char *text = value ? json_dumps(value, JSON_COMPACT) : NULL, *out = NULL;

	json_decref(value);
	if (text)
		out = malloc(strlen(text) * 4 / 3 + 8);
	if (out)
		w5_base64(out, (const uint8_t *)text, strlen(text));
	free(text);
	return out;
}

/* A general JSON Web Signature (RFC 7515, 7.2.1) with one signature. */
static json_t *sign(const struct w5_author *author, json_t *payload)
{
	char *body = encode(payload),
	     *head = encode(json_pack(
		     "{ss ss}", "kid", author->kid, "alg", w5_sign_alg(author->secret.key.curve))),
	     *input = NULL;
	uint8_t signature[W5_SIGNATURE];
	char text[W5_SIGNATURE * 2];
	json_t *jws = NULL;

	if (body && head)
		input = malloc(strlen(body) + strlen(head) + 2);
	if (input) {
		int n = sprintf(input, "%s.%s", head, body);

		w5_sign(signature, &author->secret, input, (size_t)n);
		w5_base64(text, signature, sizeof(signature));
		jws = json_pack("{ss s[{ss ss}]}", "payload", body, "signatures", "protected", head,
			"signature", text);
	}
	free(body);
	free(head);
	free(input);
	return jws;
}

int w5_dwn_sign(json_t *message, const struct w5_author *author, json_t *payload)
{
	json_t *jws = sign(author, payload);

	if (jws &&
		json_object_set_new(
			message, "authorization", json_pack("{so}", "signature", jws)) == 0)
		return 0;
	return -ENOMEM;
}

/* ---- messages ---- */

int w5_dwn_entry_id(char out[W5_CID_SIZE], const json_t *descriptor, const char *author)
{
	json_t *with = json_copy((json_t *)descriptor);
	int r = -ENOMEM;

	if (with && json_object_set_new(with, "author", json_string(author)) == 0)
		r = w5_cid_of_json(out, with);
	json_decref(with);
	return r;
}

static json_t *describe(const struct w5_write *w)
{
	char cid[W5_CID_SIZE];

	if (w5_cid_of_data(cid, w->data, w->n) < 0)
		return NULL;
	return json_pack("{ss ss ss* ss* ss* ss sI ss ss ss}", "interface", "Records", "method",
		"Write", "protocol", w->protocol, "protocolPath", w->path, "schema", w->schema,
		"dataCid", cid, "dataSize", (json_int_t)w->n, "dateCreated",
		w->created ? w->created : w->time, "messageTimestamp", w->time, "dataFormat",
		w->format);
}

/* A message of a descriptor, which is taken over; *payload gets its identifier. NULL: no memory. */
static json_t *begin(json_t *descriptor, json_t **payload)
{
	char cid[W5_CID_SIZE];
	json_t *message = NULL;

	*payload = NULL;
	if (descriptor && w5_cid_of_json(cid, descriptor) == 0) {
		*payload = json_pack("{ss}", "descriptorCid", cid);
		message = json_pack("{sO}", "descriptor", descriptor);
	}
	json_decref(descriptor);
	if (message && *payload)
		return message;
	json_decref(message);
	json_decref(*payload);
	return NULL;
}

static json_t *end(json_t *message, const struct w5_author *author, json_t *payload)
{
	if (w5_dwn_sign(message, author, payload) == 0)
		return message;
	json_decref(message);
	return NULL;
}

json_t *w5_dwn_write(
	const struct w5_author *author, const struct w5_write *w, char record[W5_CID_SIZE])
{
	char id[W5_CID_SIZE];
	json_t *payload, *message = begin(describe(w), &payload);
	int bad = 0;

	if (!message)
		return NULL;
	if (w->record)
		snprintf(id, sizeof(id), "%s", w->record);
	else
		bad = w5_dwn_entry_id(id, json_object_get(message, "descriptor"), author->did);
	bad |= json_object_set_new(message, "recordId", json_string(id));
	bad |= json_object_set_new(payload, "recordId", json_string(id));
	if (w->protocol) { /* a root of the protocol is its own context */
		bad |= json_object_set_new(message, "contextId", json_string(id));
		bad |= json_object_set_new(payload, "contextId", json_string(id));
	}
	if (bad) {
		json_decref(payload);
		json_decref(message);
		return NULL;
	}
	if (record)
		memcpy(record, id, sizeof(id));
	return end(message, author, payload);
}

json_t *w5_dwn_read(const struct w5_author *author, const char *record, const char *time)
{
	json_t *payload,
		*message = begin(
			json_pack("{ss ss s{ss} ss}", "interface", "Records", "method", "Read",
				"filter", "recordId", record, "messageTimestamp", time),
			&payload);

	return message ? end(message, author, payload) : NULL;
}

json_t *w5_dwn_configure(
	const struct w5_author *author, const char *protocol, const char *path, const char *time)
{
	json_t *definition = json_pack("{ss sb s{s{}} s{s{}}}", "protocol", protocol, "published",
		1, "types", path, "structure", path);
	json_t *payload,
		*message = begin(
			json_pack("{ss ss ss so}", "interface", "Protocols", "method", "Configure",
				"messageTimestamp", time, "definition", definition),
			&payload);

	return message ? end(message, author, payload) : NULL;
}

char *w5_dwn_request(const char *tenant, json_t *message, uint64_t id)
{
	char number[24];
	json_t *request;
	char *text;

	snprintf(number, sizeof(number), "%llu", (unsigned long long)id);
	request = json_pack("{ss ss ss s{ss sO}}", "jsonrpc", "2.0", "id", number, "method",
		"dwn.processMessage", "params", "target", tenant, "message", message);
	text = request ? json_dumps(request, JSON_COMPACT | JSON_ENSURE_ASCII) : NULL;
	json_decref(request);
	return text;
}

int w5_dwn_check_url(const char *url, struct bt_err *err)
{
	size_t n = strlen(url), scheme = strspn(url, "abcdefghijklmnopqrstuvwxyz0123456789+.-");
	const char *host = url + scheme + 3, *path = host;

	if (scheme && strncmp(url + scheme, "://", 3) == 0) {
		path = host + strcspn(host, "/");
		for (const char *c = host; c < path && *c; c++)
			if (*c >= 'A' && *c <= 'Z')
				path = host; /* as without a host */
	}
	if (path > host && !url[strcspn(url, "?# \t\"<>\\^`{|}")] && url[n - 1] != '/')
		return 0;
	return bt_fail(err, -EINVAL,
		"'%.120s': expected an absolute URL in normal form: scheme and host in lower case, "
		"no query, no fragment, no slash at its end",
		url);
}
