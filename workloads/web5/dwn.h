/*
 * dwn.h: messages of a Decentralized Web Node (DIF, Decentralized Web Node, Records and Protocols;
 * in the form that dwn-sdk-js 0.5 takes): made and signed by an author, and checked as a node
 * checks them. Any thread; an author is only read once made.
 */
#ifndef W5_DWN_H
#define W5_DWN_H

#include <jansson.h>
#include <string.h>

#include "base/base.h"
#include "base/err.h"
#include "web5/cid.h"
#include "web5/did.h"
#include "web5/sign.h"

#define W5_TIME_SIZE 28 /* of "2026-11-26T14:05:50.123456Z", with its NUL */
#define W5_KID_MAX   (2 * W5_DID_MAX)

/* An identifier that is its own key, made for the run. */
struct w5_author {
	struct w5_secret secret;
	char did[W5_DID_MAX];
	char kid[W5_KID_MAX]; /* of its key in its document: did#… */
};

enum w5_did_form { W5_AS_KEY, W5_AS_JWK }; /* did:key, did:jwk */

/* curve is one that signs. 0 or -ENOMEM. */
int w5_author_make(
	struct w5_author *author, enum w5_curve curve, enum w5_did_form form, uint64_t seed);
void w5_author_fini(struct w5_author *author); /* of one that is all zeros, too */

/* Microseconds since 1970, or before it, as these messages write them, in UTC. Years of four
 * digits. */
void w5_dwn_time(char out[W5_TIME_SIZE], int64_t us);

/* A RecordsWrite to be made. */
struct w5_write {
	const char *protocol, *path; /* both or neither: the record is a root of that protocol */
	const char *schema;          /* or NULL */
	const char *format;          /* media type of the data */
	const char *time;
	const uint8_t *data;
	size_t n;
	/* A later write of a record: its identifier and when it was created; NULL: its first
	 * one. */
	const char *record, *created;
};

/*
 * Messages, signed: the caller's to json_decref; NULL: no memory. A first write has the identifier
 * that follows from it; *record, if wanted, is set to it.
 */
json_t *w5_dwn_write(
	const struct w5_author *author, const struct w5_write *w, char record[W5_CID_SIZE]);
json_t *w5_dwn_read(const struct w5_author *author, const char *record, const char *time);
/* Installs a protocol whose only type is `path`, of any data format, which its tenant may write. */
json_t *w5_dwn_configure(
	const struct w5_author *author, const char *protocol, const char *path, const char *time);

/* The record whose first write a descriptor is, by this author: the identifier of both. 0 or
 * -ENOMEM. */
int w5_dwn_entry_id(char out[W5_CID_SIZE], const json_t *descriptor, const char *author);

/* Signs {…payload} and sets message.authorization; payload is taken over. 0 or -ENOMEM. For tests
 * of messages that are wrong. */
int w5_dwn_sign(json_t *message, const struct w5_author *author, json_t *payload);

/* The JSON-RPC request of a message to a node: malloc'd text in one line; NULL: no memory. message
 * is not taken over. */
char *w5_dwn_request(const char *tenant, json_t *message, uint64_t id);

/* A protocol or schema as nodes take it: an absolute URL in normal form: 0, or -EINVAL with
 * words. */
int w5_dwn_check_url(const char *url, struct bt_err *err);

/* ---- as a node sees them ---- */

/* What a node has to say: a status as HTTP has them, and words for what was wrong. */
struct w5_verdict {
	unsigned code; /* 200, 202, 400, 401, 404, 409, 500 */
	char detail[200];
};

enum w5_dwn_kind { W5_DWN_WRITE, W5_DWN_READ, W5_DWN_CONFIGURE };

/* A message that fits together, was signed by its author, who may. Strings are borrowed from it. */
struct w5_checked {
	enum w5_dwn_kind kind;
	bool initial; /* the first write of its record */
	const char *record, *time, *created, *data_cid;
	const char *protocol, *path, *schema, *format;
	uint64_t data_size;
};

/* Both the same text, or both not there. */
static inline bool w5_dwn_same(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Keys of authors that were looked up before. One owner. */
struct w5_keyring {
	char kid[W5_KID_MAX];
	struct w5_key key;
};

/*
 * Schema, identifiers and signature payload (400), then the signature and that the author is the
 * tenant (401). verdict->code is 0 when all is well, and true is returned. Data and order are for
 * who keeps records (dwn_store.h). 500: no memory.
 */
bool w5_dwn_check(struct w5_checked *out, struct w5_verdict *verdict, const json_t *message,
	const char *tenant, struct w5_keyring *ring);

#endif
