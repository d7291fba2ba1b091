#include "net/jsonrpc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/input.h"
#include "base/text.h"
#include "net/cookie.h"

struct bt_jsonrpc {
	struct bt_http *http;
	struct bt_env env;
	const char *url, *authorization;
	uint64_t id;
	/* Of the call that is waited for. */
	bool over;
	enum bt_net_error error;
	unsigned status;
	char why[256];
	json_t *reply;
};

int bt_jsonrpc_cookie(char **line, const char *path, struct bt_err *err)
{
	char *text, *encoded = NULL;
	int r = bt_cookie_read(&text, path, err);

	if (r == 0) {
		encoded = bt_base64((const uint8_t *)text, strlen(text));
		if (!encoded || asprintf(line, "Authorization: Basic %s", encoded) < 0) {
			*line = NULL;
			r = bt_fail(err, -ENOMEM, "%s: out of memory", path);
		}
	}
	bt_input_forget(encoded);
	bt_input_forget(text);
	return r;
}

void bt_jsonrpc_fill(
	struct bt_http_call *call, const char *body, size_t len, const char *authorization)
{
	call->method = "POST";
	call->body = body;
	call->body_len = len;
	call->headers[0] = BT_JSONRPC_TYPE;
	call->headers[1] = authorization;
	call->keep_reply = true;
}

enum bt_net_error bt_jsonrpc_reply(json_t **json, struct bt_http_call *call)
{
	enum bt_net_error class = bt_http_class(call);
	json_error_t problem;
	json_t *value;

	*json = NULL;
	if (call->error != BT_NET_OK)
		return call->error;
	/* Other statuses than 401 and 403 bring errors of a call, which are told by what they
	 * say. */
	value = call->status == 401 || call->status == 403
		? NULL
		: json_loadb(call->reply ? call->reply : "", call->reply_len, 0, &problem);
	if (json_is_object(value) || json_is_array(value)) {
		*json = value;
		return BT_NET_OK;
	}
	json_decref(value);
	if (class != BT_NET_OK)
		bt_text_format(call->why, sizeof(call->why), "status %u%s", call->status,
			call->status == 401 || call->status == 403
				? ": the node does not know this user and password (its cookie "
				  "changes at each start)"
				: "");
	else
		bt_text_format(call->why, sizeof(call->why), "the reply is no JSON: %.80s",
			call->reply ? call->reply : "");
	return class != BT_NET_OK ? class : BT_NET_PROTOCOL;
}

bool bt_jsonrpc_error(const json_t *reply, long long *code, const char **words)
{
	const json_t *error = json_object_get(reply, "error");
	const char *text = json_string_value(json_object_get(error, "message"));

	if (!error || json_is_null(error))
		return false;
	*code = (long long)json_integer_value(json_object_get(error, "code"));
	*words = text ? text : "no message";
	return true;
}

static void done(void *arg, struct bt_http_call *call)
{
	struct bt_jsonrpc *rpc = arg;

	rpc->error = bt_jsonrpc_reply(&rpc->reply, call);
	rpc->status = call->status;
	bt_text_format(rpc->why, sizeof(rpc->why), "%s", call->why);
	rpc->over = true;
}

int bt_jsonrpc_open(struct bt_jsonrpc **out, const struct bt_http_target *target,
	const char *authorization, const struct bt_env *env, struct bt_err *err)
{
	struct bt_jsonrpc *rpc = calloc(1, sizeof(*rpc));
	int r;

	if (!rpc)
		return bt_fail(err, -ENOMEM, "JSON-RPC: out of memory");
	rpc->env = *env;
	rpc->env.concurrency = 1;
	rpc->env.meter = NULL; /* these calls are no load */
	rpc->url = bt_http_url(target);
	rpc->authorization = authorization;
	r = bt_http_open(&rpc->http, target, &rpc->env, done, rpc, err);
	if (r < 0) {
		free(rpc);
		return r;
	}
	*out = rpc;
	return 0;
}

void bt_jsonrpc_close(struct bt_jsonrpc *rpc)
{
	if (!rpc)
		return;
	bt_http_close(rpc->http);
	free(rpc);
}

static int judge(struct bt_jsonrpc *rpc, json_t **result, const char *method, struct bt_err *err)
{
	const char *words;
	long long code;

	if (rpc->error != BT_NET_OK)
		return bt_fail(err,
			rpc->status == 401 || rpc->status == 403 ? -EACCES
				: rpc->error >= BT_NET_PROTOCOL  ? -EPROTO
								 : -EIO,
			"%s: %s: %s", rpc->url, method, rpc->why);
	if (bt_jsonrpc_error(rpc->reply, &code, &words))
		return bt_fail(err, -EREMOTEIO, "%s: %s: error %lld: %.200s", rpc->url, method,
			code, words);
	*result = json_object_get(rpc->reply, "result");
	if (!*result || (uint64_t)json_integer_value(json_object_get(rpc->reply, "id")) != rpc->id)
		return bt_fail(
			err, -EPROTO, "%s: %s: the reply is not to this call", rpc->url, method);
	json_incref(*result);
	return 0;
}

int bt_jsonrpc_call(struct bt_jsonrpc *rpc, json_t **result, const char *method, json_t *params,
	struct bt_err *err)
{
	json_t *request = params
		? json_pack("{s:s, s:I, s:s, s:o}", "jsonrpc", "1.0", "id", (json_int_t)++rpc->id,
			  "method", method, "params", params)
		: NULL;
	char *text = request ? json_dumps(request, JSON_COMPACT) : NULL;
	struct bt_http_call *call;
	int r;

	json_decref(request);
	if (!text)
		return bt_fail(err, -ENOMEM, "%s: %s: out of memory", rpc->url, method);
	call = bt_http_take(rpc->http);
	bt_jsonrpc_fill(call, text, strlen(text), rpc->authorization);
	rpc->over = false;
	rpc->reply = NULL;
	bt_http_begin(rpc->http, call);
	r = bt_http_await(rpc->http, &rpc->over, err);
	free(text);
	if (r == 0)
		r = judge(rpc, result, method, err);
	json_decref(rpc->reply);
	return r;
}
