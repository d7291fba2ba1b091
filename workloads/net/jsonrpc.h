/*
 * jsonrpc.h: JSON-RPC over the engine of http.h, as Bitcoin nodes speak it: what a request is made
 * of and what a reply says, for calls under load; and calls that are waited for, for what is asked
 * before and after the load. It takes the same connection options and secrets.
 */
#ifndef BT_NET_JSONRPC_H
#define BT_NET_JSONRPC_H

#include <jansson.h>

#include "net/http.h"

#define BT_JSONRPC_TYPE "Content-Type: application/json"

/*
 * Reads "user:password" of a node's cookie file and makes a line "Authorization: Basic …" of it,
 * for the headers of calls; the caller's to bt_input_forget. 0; -EINVAL; errnos of reading;
 * -ENOMEM.
 */
int bt_jsonrpc_cookie(char **line, const char *path, struct bt_err *err);

/* The upper fields of a call for a request that lives until done. authorization may be NULL. */
void bt_jsonrpc_fill(
	struct bt_http_call *call, const char *body, size_t len, const char *authorization);

/*
 * The reply of a call that ended: BT_NET_OK and *json, which the caller drops, when it is JSON that
 * answers something; else the class of what went wrong, with words in call->why. Nodes say errors
 * of a call with status 500 and the error as the body.
 */
enum bt_net_error bt_jsonrpc_reply(json_t **json, struct bt_http_call *call);
/* The error of one reply: its code and words (borrowed); false: there is none. */
bool bt_jsonrpc_error(const json_t *reply, long long *code, const char **words);

struct bt_jsonrpc_conf {
	const char *url; /* http://host:port/ or https://…, without a password in it */
	/* "user:password", made anew by the server at each start; NULL: none. */
	const char *cookie_file;
	const char *user;          /* NULL: none */
	const char *password_file; /* its first line; NULL: none */
};

struct bt_jsonrpc;

/* Whether the configuration is valid, before anything is read. 0 or -EINVAL. Any thread. */
int bt_jsonrpc_check(const struct bt_jsonrpc_conf *conf, struct bt_err *err);

/*
 * A client for what a workload reads before the clock runs: replies may be long, and a call fails
 * only when nothing comes for a minute. Reads the password; nothing is sent yet. conf must live as
 * long. 0; -EINVAL; errnos of reading; -ENOMEM.
 */
int bt_jsonrpc_dial(struct bt_jsonrpc **rpc, const struct bt_jsonrpc_conf *conf,
	const struct bt_env *env, struct bt_err *err);

/* One thread at a time; env's clock is waited on. The target and authorization must live as long. 0
 * or -ENOMEM. */
int bt_jsonrpc_open(struct bt_jsonrpc **rpc, const struct bt_http_target *target,
	const char *authorization, const struct bt_env *env, struct bt_err *err);
void bt_jsonrpc_close(struct bt_jsonrpc *rpc); /* accepts NULL */

/*
 * Calls a method and waits for what it returns: *result is the caller's to json_decref. params is
 * an array and is taken over; NULL, as json_pack returns it without memory, is -ENOMEM. 0; -EACCES
 * when the server does not know the password; -EREMOTEIO for an error that the server reports;
 * -EPROTO for an answer that is none; -ECONNREFUSED, -ETIMEDOUT or -EIO for a connection that
 * failed; -EINTR.
 */
int bt_jsonrpc_call(struct bt_jsonrpc *rpc, json_t **result, const char *method, json_t *params,
	struct bt_err *err);

#endif
