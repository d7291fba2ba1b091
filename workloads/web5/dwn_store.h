/*
 * dwn_store.h: a node in process: messages are checked (dwn.h) and kept in an SQLite database of
 * the load's own, in a temporary directory. One connection a worker; those who write wait for each
 * other in line.
 */
#ifndef W5_DWN_STORE_H
#define W5_DWN_STORE_H

#include "base/base.h"
#include "base/err.h"
#include "web5/dwn.h"

struct w5_base;  /* the database, for all */
struct w5_store; /* a connection; one thread */

/* In $TMPDIR, else /tmp. Errnos of the file system, -EIO for what SQLite says, -ENOMEM. */
int w5_base_make(struct w5_base **base, struct bt_err *err);
void w5_base_remove(struct w5_base *base); /* when all connections are closed; accepts NULL */

int w5_store_open(struct w5_store **store, struct w5_base *base, struct bt_err *err);
void w5_store_close(struct w5_store *store); /* accepts NULL */

struct w5_reply {
	struct w5_verdict verdict;
	/* Of a read with 200, until the next request. */
	const uint8_t *data;
	size_t n;
	char data_cid[W5_CID_SIZE];
};

/* What a node does with a JSON-RPC request (w5_dwn_request) and the data that came with it. */
void w5_store_process(struct w5_store *store, struct w5_reply *reply, const char *request,
	const uint8_t *data, size_t n);

#endif
