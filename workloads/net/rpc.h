/*
 * rpc.h: calls to a server that speaks JSON-RPC over HTTP, as Bitcoin Core does, one after the
 * other. It is for what a workload reads before the clock runs, not for load. One thread at a time.
 */
#ifndef BT_RPC_H
#define BT_RPC_H

#include <jansson.h>

#include "base/err.h"

struct bt_rpc_conf {
	const char *url; /* http://host:port/ or https://…, without a password in it */
	/* "user:password", made anew by the server at each start; NULL: none. */
	const char *cookie_file;
	const char *user;          /* NULL: none */
	const char *password_file; /* its first line; NULL: none */
};

struct bt_rpc;

/* Whether the configuration can be meant, before anything is read. 0 or -EINVAL. Any thread. */
int bt_rpc_check(const struct bt_rpc_conf *conf, struct bt_err *err);

/* Reads the password. Nothing is sent yet. 0; -EINVAL for what cannot be meant; a negative errno of
 * reading; -ENOMEM. */
int bt_rpc_open(struct bt_rpc **rpc, const struct bt_rpc_conf *conf, struct bt_err *err);
void bt_rpc_close(struct bt_rpc *rpc); /* accepts NULL */

/*
 * Calls a method and waits for what it returns: *result is the caller's to json_decref. params is
 * an array and is taken over; NULL, as json_pack returns it without memory, is -ENOMEM. 0;
 * -ECONNREFUSED and the like; -EACCES when the server does not know the password; -EPROTO for an
 * answer that is none; -EREMOTEIO for an error the server reports.
 */
int bt_rpc_call(struct bt_rpc *rpc, json_t **result, const char *method, json_t *params,
	struct bt_err *err);

#endif
