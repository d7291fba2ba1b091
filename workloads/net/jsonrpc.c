#include "net/jsonrpc.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/encode.h"
#include "base/input.h"
#include "base/text.h"

struct bt_jsonrpc {
	struct bt_http *http;
	struct bt_env env;
	const char *url, *authorization;
	uint64_t id;
	/* Of a client that was dialled. */
	struct bt_http_conf conf;
	struct bt_http_target *target;
	char *cookie;
	/* Of the call that is waited for. */
	bool over;
	enum bt_net_error error;
	unsigned status;
	char why[256];
	json_t *reply;
};

int bt_jsonrpc_cookie(char **line, const char *path, struct bt_err *err)
{
	static const char what[] = "\"user:password\", as a node writes it";
	char *text, *encoded = NULL;
	int r = bt_input_only_line(&text, path, what, err);

	*line = NULL;
	if (r == 0 && !strchr(text, ':'))
		r = bt_fail(err, -EINVAL, "%s: expected %s", path, what);
	if (r == 0) {
		encoded = bt_base64((const uint8_t *)text, strlen(text));
		if (!encoded || asprintf(line, "Authorization: Basic %s", encoded) < 0) {
			*line = NULL;
			r = bt_oom(err, "%s", path);
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

static int start(struct bt_jsonrpc *rpc, const struct bt_http_target *target,
	const struct bt_env *env, struct bt_err *err)
{
	rpc->env = *env;
	rpc->env.concurrency = 1;
	rpc->env.meter = NULL; /* these calls are no load */
	return bt_http_open(&rpc->http, target, &rpc->env, done, rpc, err);
}

int bt_jsonrpc_open(struct bt_jsonrpc **out, const struct bt_http_target *target,
	const char *authorization, const struct bt_env *env, struct bt_err *err)
{
	struct bt_jsonrpc *rpc = calloc(1, sizeof(*rpc));
	int r;

	if (!rpc)
		return bt_oom(err, "JSON-RPC");
	rpc->url = bt_http_url(target);
	rpc->authorization = authorization;
	r = start(rpc, target, env, err);
	if (r < 0) {
		free(rpc);
		return r;
	}
	*out = rpc;
	return 0;
}

int bt_jsonrpc_check(const struct bt_jsonrpc_conf *conf, struct bt_err *err)
{
	if (!conf->user != !conf->password_file)
		return bt_fail(err, -EINVAL, "--rpc-user and --rpc-password-file go together");
	if (conf->user && conf->cookie_file)
		return bt_fail(err, -EINVAL, "give --cookie-file or --rpc-user, not both");
	if (conf->user && strchr(conf->user, ':'))
		return bt_fail(err, -EINVAL,
			"--rpc-user: expected a name without a colon; the password comes from "
			"--rpc-password-file");
	if (strncmp(conf->url, "http://", 7) != 0 && strncmp(conf->url, "https://", 8) != 0)
		return bt_fail(err, -EINVAL, "%s: expected http://HOST:PORT or https://HOST:PORT",
			conf->url);
	return 0;
}

int bt_jsonrpc_dial(struct bt_jsonrpc **out, const struct bt_jsonrpc_conf *conf,
	const struct bt_env *env, struct bt_err *err)
{
	struct bt_jsonrpc *rpc;
	int r = bt_jsonrpc_check(conf, err);

	if (r < 0)
		return r;
	rpc = calloc(1, sizeof(*rpc));
	if (!rpc)
		return bt_oom(err, "%s", conf->url);
	rpc->url = conf->url;
	rpc->conf = (struct bt_http_conf){ .user = conf->user,
		.password_file = conf->password_file,
		.connect_timeout_ns = 10 * BT_NS_PER_S,
		.max_body = (uint64_t)512 << 20,
		.before_load = true };
	if (conf->cookie_file)
		r = bt_jsonrpc_cookie(&rpc->cookie, conf->cookie_file, err);
	rpc->authorization = rpc->cookie;
	if (r == 0) /* without its URL: it is connected to at the first call */
		r = bt_http_target(&rpc->target, &rpc->conf, NULL, env, err);
	if (r == 0)
		r = start(rpc, rpc->target, env, err);
	if (r == 0)
		*out = rpc;
	else
		bt_jsonrpc_close(rpc);
	return r;
}

void bt_jsonrpc_close(struct bt_jsonrpc *rpc)
{
	if (!rpc)
		return;
	bt_http_close(rpc->http);
	bt_http_target_close(rpc->target);
	bt_input_forget(rpc->cookie);
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
				: rpc->error == BT_NET_CONNECT   ? -ECONNREFUSED
				: rpc->error == BT_NET_TIMEOUT   ? -ETIMEDOUT
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
		return bt_oom(err, "%s: %s", rpc->url, method);
	call = bt_http_take(rpc->http);
	bt_jsonrpc_fill(call, text, strlen(text), rpc->authorization);
	call->url = rpc->url;
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
