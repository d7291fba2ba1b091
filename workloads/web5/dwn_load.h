/*
 * dwn_load.h: the messages of web5.dwn-write: made, signed, and some of them tampered with, before
 * the load; which of them a node took. Nobody but that workload's files includes it.
 */
#ifndef W5_DWN_LOAD_H
#define W5_DWN_LOAD_H

#include "net/http.h"
#include "web5/dwn.h"

#define W5_DWN_HEADER "dwn-request: "
#define W5_DWN_PATH   "note" /* the type of the protocol that is installed */

struct w5_dwn_conf {
	const char *target, *protocol, *schema, *format;
	uint64_t messages, size;
	int did, signature; /* enum w5_did_form; 0: EdDSA, 1: ES256K */
	double negative, read_back;
	struct bt_http_conf http;
};

static inline enum w5_curve w5_dwn_curve(const struct w5_dwn_conf *conf)
{
	return conf->signature ? W5_SECP256K1 : W5_ED25519;
}

/* A message with its data. */
struct w5_offer {
	char *header;         /* W5_DWN_HEADER and the request, one line */
	uint8_t *data;        /* conf->size bytes of the arena */
	const char *tampered; /* what is wrong with it; NULL: nothing */
	char record[W5_CID_SIZE];
	uint32_t accepted; /* the worker it was accepted of, from 1. Written by that worker alone */
};

struct w5_dwn_load {
	const struct w5_dwn_conf *conf;
	struct w5_author author, other; /* of the load, and somebody else */
	struct w5_offer *offers;
	uint32_t n;
	uint8_t *data;
	uint64_t seed;
	int64_t epoch_us; /* time of the first message, in microseconds since 1970 */
};

/* 0; -ENOMEM. */
int w5_dwn_load_make(struct w5_dwn_load *load, const struct w5_dwn_conf *conf,
	const struct bt_env *env, struct bt_err *err);
void w5_dwn_load_fini(struct w5_dwn_load *load); /* of one that is all zeros, too */

/* Is message i among those to be read back? */
bool w5_dwn_reads(const struct w5_dwn_load *load, uint32_t i);
/* W5_DWN_HEADER and the request that reads its record, malloc'd; NULL: no memory. */
char *w5_dwn_reader(const struct w5_dwn_load *load, uint32_t i);
/* The same for the message that installs conf->protocol. */
char *w5_dwn_installer(const struct w5_dwn_load *load);

#endif
