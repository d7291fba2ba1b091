#include "net/rpc.h"

#include <curl/curl.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "net/cookie.h"

#define CONNECT_S  10L
#define STALLED_S  60L /* a call that sends nothing for so long has failed */
#define REPLY_MOST ((size_t)512 << 20)

struct bt_rpc {
	CURL *curl;
	struct curl_slist *headers;
	const char *url; /* curl's copy */
	char *body;      /* of the last reply */
	size_t n, cap;
	bool too_long;
	uint64_t id; /* of the last call */
	char why[CURL_ERROR_SIZE];
};

static size_t receive(char *p, size_t size, size_t n, void *arg)
{
	struct bt_rpc *rpc = arg;
	char *body;

	n *= size;
	rpc->too_long |= n > REPLY_MOST - rpc->n;
	if (rpc->too_long)
		return 0;
	if (rpc->n + n > rpc->cap) {
		rpc->cap = BT_MAX(2 * rpc->cap, rpc->n + n);
		body = realloc(rpc->body, rpc->cap);
		if (body == NULL)
			return 0;
		rpc->body = body;
	}
	memcpy(rpc->body + rpc->n, p, n);
	rpc->n += n;
	return n;
}

static int use_cookie(struct bt_rpc *rpc, const char *path, struct bt_err *err)
{
	char *line;
	int rc = bt_cookie_read(&line, path, err);

	if (rc == 0)
		curl_easy_setopt(rpc->curl, CURLOPT_USERPWD, line);
	bt_input_forget(line);
	return rc;
}

static int use_password(struct bt_rpc *rpc, const struct bt_rpc_conf *conf, struct bt_err *err)
{
	char *line;
	int rc = bt_input_only_line(&line, conf->password_file, "a password", err);

	if (rc == 0) {
		curl_easy_setopt(rpc->curl, CURLOPT_USERNAME, conf->user);
		curl_easy_setopt(rpc->curl, CURLOPT_PASSWORD, line);
	}
	bt_input_forget(line);
	return rc;
}

static int authorise(struct bt_rpc *rpc, const struct bt_rpc_conf *conf, struct bt_err *err)
{
	if (conf->cookie_file != NULL)
		return use_cookie(rpc, conf->cookie_file, err);
	return conf->user != NULL ? use_password(rpc, conf, err) : 0;
}

int bt_rpc_check(const struct bt_rpc_conf *conf, struct bt_err *err)
{
	if ((conf->user == NULL) != (conf->password_file == NULL))
		return bt_fail(err, -EINVAL, "--rpc-user and --rpc-password-file go together");
	if (conf->user != NULL && conf->cookie_file != NULL)
		return bt_fail(err, -EINVAL, "give --cookie-file or --rpc-user, not both");
	if (conf->user != NULL && strchr(conf->user, ':') != NULL)
		return bt_fail(err, -EINVAL,
			"--rpc-user: expected a name without a colon; the password comes from "
			"--rpc-password-file");
	if (strncmp(conf->url, "http://", 7) != 0 && strncmp(conf->url, "https://", 8) != 0)
		return bt_fail(err, -EINVAL, "%s: expected http://HOST:PORT or https://HOST:PORT",
			conf->url);
	return 0;
}

static bool set_up(struct bt_rpc *rpc, const char *url)
{
	CURL *c = rpc->curl = curl_easy_init();

	rpc->headers = curl_slist_append(NULL, "Content-Type: application/json");
	if (c == NULL || rpc->headers == NULL)
		return false;
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, rpc->headers);
	curl_easy_setopt(c, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT, CONNECT_S);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
	curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, STALLED_S);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, rpc);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, rpc->why);
	return curl_easy_setopt(c, CURLOPT_URL, url) == CURLE_OK;
}

int bt_rpc_open(struct bt_rpc **out, const struct bt_rpc_conf *conf, struct bt_err *err)
{
	struct bt_rpc *rpc;
	int rc = bt_rpc_check(conf, err);

	if (rc != 0)
		return rc;
	rpc = calloc(1, sizeof(*rpc));
	if (rpc == NULL || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
		free(rpc);
		return bt_fail(err, -ENOMEM, "%s: out of memory", conf->url);
	}
	rpc->url = conf->url;
	rc = set_up(rpc, conf->url) ? authorise(rpc, conf, err)
				    : bt_fail(err, -ENOMEM, "%s: out of memory", conf->url);
	if (rc == 0)
		*out = rpc;
	else
		bt_rpc_close(rpc);
	return rc;
}

void bt_rpc_close(struct bt_rpc *rpc)
{
	if (rpc == NULL)
		return;
	curl_easy_cleanup(rpc->curl);
	curl_slist_free_all(rpc->headers);
	curl_global_cleanup();
	free(rpc->body);
	free(rpc);
}

static int transport_failed(struct bt_rpc *rpc, CURLcode code, struct bt_err *err)
{
	const char *why = rpc->why[0] != '\0' ? rpc->why : curl_easy_strerror(code);

	if (rpc->too_long)
		return bt_fail(err, -EPROTO, "%s: a reply of more than %zu MiB", rpc->url,
			REPLY_MOST >> 20);
	return bt_fail(err,
		code == CURLE_COULDNT_CONNECT              ? -ECONNREFUSED
			: code == CURLE_OPERATION_TIMEDOUT ? -ETIMEDOUT
							   : -EIO,
		"%s: %s", rpc->url, why);
}

/* Sends the request and waits for the whole reply. */
static int exchange(struct bt_rpc *rpc, long *status, const char *request, struct bt_err *err)
{
	CURLcode code;

	rpc->n = 0;
	rpc->why[0] = '\0';
	curl_easy_setopt(rpc->curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)strlen(request));
	curl_easy_setopt(rpc->curl, CURLOPT_POSTFIELDS, request);
	code = curl_easy_perform(rpc->curl);
	if (code != CURLE_OK)
		return transport_failed(rpc, code, err);
	curl_easy_getinfo(rpc->curl, CURLINFO_RESPONSE_CODE, status);
	if (*status == 401 || *status == 403)
		return bt_fail(err, -EACCES,
			"%s: status %ld: the node does not know this user and password (its cookie "
			"changes at each start)",
			rpc->url, *status);
	return 0;
}

/* What the reply says: its result, or the error in it. */
static int judge(struct bt_rpc *rpc, json_t **result, const json_t *reply, const char *method,
	struct bt_err *err)
{
	const json_t *error = json_object_get(reply, "error");
	const char *words;

	if (json_is_object(error)) {
		words = json_string_value(json_object_get(error, "message"));
		return bt_fail(err, -EREMOTEIO, "%s: %s: error %lld: %.200s", rpc->url, method,
			(long long)json_integer_value(json_object_get(error, "code")),
			words != NULL ? words : "no message");
	}
	*result = json_object_get(reply, "result");
	if (*result == NULL ||
		(uint64_t)json_integer_value(json_object_get(reply, "id")) != rpc->id)
		return bt_fail(
			err, -EPROTO, "%s: %s: the reply is not to this call", rpc->url, method);
	json_incref(*result);
	return 0;
}

static int read_reply(
	struct bt_rpc *rpc, json_t **result, long status, const char *method, struct bt_err *err)
{
	json_error_t why;
	json_t *reply = json_loadb(rpc->body != NULL ? rpc->body : "", rpc->n, 0, &why);
	int rc;

	if (reply == NULL && status != 200)
		return bt_fail(err, -EPROTO, "%s: %s: status %ld", rpc->url, method, status);
	if (reply == NULL)
		return bt_fail(err, -EPROTO, "%s: %s: the reply is no JSON: byte %d: %.120s",
			rpc->url, method, why.position, why.text);
	rc = judge(rpc, result, reply, method, err);
	json_decref(reply);
	return rc;
}

int bt_rpc_call(
	struct bt_rpc *rpc, json_t **result, const char *method, json_t *params, struct bt_err *err)
{
	char *text = NULL;
	json_t *request = NULL;
	long status = 0;
	int rc;

	if (params != NULL)
		request = json_pack("{s:s, s:I, s:s, s:o}", "jsonrpc", "1.0", "id",
			(json_int_t)++rpc->id, "method", method, "params", params);
	if (request != NULL)
		text = json_dumps(request, JSON_COMPACT);
	json_decref(request);
	if (text == NULL)
		return bt_fail(err, -ENOMEM, "%s: %s: out of memory", rpc->url, method);
	rc = exchange(rpc, &status, text, err);
	free(text);
	return rc == 0 ? read_reply(rpc, result, status, method, err) : rc;
}
