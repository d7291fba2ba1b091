/*
 * HTTP calls of one worker on libcurl's multi interface. Each call in flight owns a slot with an
 * easy handle that is set up once and reused; a call changes only what differs from its last one
 * (URL, method, body, own headers), because libcurl copies and parses every option that is set.
 * Replies are kept only when asked for, in a buffer a slot that grows to the largest reply.
 *
 * libcurl owns connections, TLS and HTTP/2, and this file takes two liberties from it. It must
 * not retry: a request that went out twice would be counted once here and twice at the server,
 * so a hook before each request stops the second one (before_request), and the call ends as a
 * reset. And it must not resolve: addresses come from the target, looked up before the clock
 * runs, until each shard's cache has them (--resolve-each asks anew).
 *
 * Timing is ours from begin to the callback, on the run's clock; the phases (name, connection,
 * handshake, first byte) are libcurl's, in microseconds. A bare libcurl loop is about as fast
 * (doc/measuring.md, bench/net.sh). A client written by hand might be faster, at the price of
 * TLS and HTTP/2 by hand.
 */
#include "net/http.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/stop.h"
#include "base/text.h"
#include "net/http_loop.h"

#define REPLY_FIRST 4096 /* bytes a call's reply may have before memory is taken for it */
#define LOOK_NS     (50 * BT_NS_PER_MS)
#define STALLED_S   60L

/* A call with its transfer. The public part comes first. */
struct slot {
	struct bt_http_call call;
	struct bt_http *http;
	CURL *easy;
	unsigned shard, sent; /* sent: how often its request went out */
	struct slot *next;    /* free ones */
	char *buffer;         /* of a kept reply */
	size_t size;
	bool own_url, own_headers, had_body, too_long, no_memory;
	const char *method; /* that the handle was told last */
	struct curl_slist extra[BT_LEN(((struct bt_http_call *)0)->headers)];
	char problem[CURL_ERROR_SIZE];
};

struct bt_http {
	struct bt_loop loop;
	const struct bt_http_target *target;
	const struct bt_env *env;
	void (*done)(void *arg, struct bt_http_call *call);
	void *arg;
	struct slot *slots, *free;
	unsigned n_slots;
	unsigned ended; /* calls, ever */
};

static bool grow(struct slot *s, size_t need)
{
	size_t size = BT_MAX(s->size * 2, REPLY_FIRST);
	char *more;

	while (size < need)
		size *= 2;
	more = realloc(s->buffer, size);
	if (!more)
		return false;
	s->buffer = more;
	s->size = size;
	return true;
}

static size_t receive(char *data, size_t size, size_t n, void *arg)
{
	struct slot *s = arg;

	n *= size;
	s->too_long = n > s->http->target->conf->max_body - s->call.reply_len;
	if (s->too_long)
		return 0;
	if (s->call.keep_reply) {
		s->no_memory =
			s->call.reply_len + n + 1 > s->size && !grow(s, s->call.reply_len + n + 1);
		if (s->no_memory)
			return 0;
		memcpy(s->buffer + s->call.reply_len, data, n);
	}
	s->call.reply_len += n;
	return n;
}

/* libcurl sends a request again when a connection it had kept turns out to be closed. Nobody would
 * have counted it. */
static int before_request(void *arg, char *to BT_UNUSED, char *from BT_UNUSED,
	int to_port BT_UNUSED, int from_port BT_UNUSED)
{
	struct slot *s = arg;

	return ++s->sent > 1 && !s->http->target->conf->before_load ? CURL_PREREQFUNC_ABORT
								    : CURL_PREREQFUNC_OK;
}

static enum bt_net_error error_of(CURLcode code)
{
	switch (code) {
	case CURLE_OK:
		return BT_NET_OK;
	case CURLE_COULDNT_RESOLVE_HOST:
	case CURLE_COULDNT_RESOLVE_PROXY:
		return BT_NET_RESOLVE;
	case CURLE_COULDNT_CONNECT:
	case CURLE_INTERFACE_FAILED:
	case CURLE_PROXY:
		return BT_NET_CONNECT;
	case CURLE_OPERATION_TIMEDOUT:
		return BT_NET_TIMEOUT;
	case CURLE_SSL_CONNECT_ERROR:
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
	case CURLE_SSL_CACERT_BADFILE:
	case CURLE_SSL_ISSUER_ERROR:
	case CURLE_SSL_CRL_BADFILE:
	case CURLE_SSL_INVALIDCERTSTATUS:
	case CURLE_SSL_CLIENTCERT:
	case CURLE_SSL_SHUTDOWN_FAILED:
	case CURLE_SSL_ENGINE_INITFAILED:
	case CURLE_USE_SSL_FAILED:
		return BT_NET_TLS;
	case CURLE_SEND_ERROR:
	case CURLE_RECV_ERROR:
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_ABORTED_BY_CALLBACK: /* before_request */
		return BT_NET_RESET;
	default:
		return BT_NET_PROTOCOL;
	}
}

static uint64_t info_ns(CURL *easy, CURLINFO what)
{
	curl_off_t us = 0;

	curl_easy_getinfo(easy, what, &us);
	return us > 0 ? (uint64_t)us * 1000 : 0;
}

static uint64_t info_bytes(CURL *easy, CURLINFO what)
{
	curl_off_t n = 0;

	curl_easy_getinfo(easy, what, &n);
	return n > 0 ? (uint64_t)n : 0;
}

static uint64_t info_long(CURL *easy, CURLINFO what)
{
	long n = 0;

	curl_easy_getinfo(easy, what, &n);
	return n > 0 ? (uint64_t)n : 0;
}

static void count_phases(struct bt_meter *meter, CURL *easy)
{
	uint64_t dns = info_ns(easy, CURLINFO_NAMELOOKUP_TIME_T),
		 tcp = info_ns(easy, CURLINFO_CONNECT_TIME_T),
		 tls = info_ns(easy, CURLINFO_APPCONNECT_TIME_T);

	bt_meter_time(meter, BT_NET_DNS, dns);
	if (tcp >= dns && tcp)
		bt_meter_time(meter, BT_NET_TCP, tcp - dns);
	if (tls >= tcp && tls)
		bt_meter_time(meter, BT_NET_HANDSHAKE, tls - tcp);
}

static void count_call(struct bt_http *http, struct slot *s)
{
	struct bt_meter *meter = http->env->meter;
	uint64_t first = info_ns(s->easy, CURLINFO_STARTTRANSFER_TIME_T),
		 sent = info_ns(s->easy, CURLINFO_PRETRANSFER_TIME_T),
		 made = info_long(s->easy, CURLINFO_NUM_CONNECTS);

	if (!meter) /* in prepare nothing is counted */
		return;
	bt_meter_add(meter, BT_NET_CALLS, 1);
	bt_meter_add(meter, BT_NET_BYTES_IN,
		info_bytes(s->easy, CURLINFO_SIZE_DOWNLOAD_T) +
			info_long(s->easy, CURLINFO_HEADER_SIZE));
	bt_meter_add(meter, BT_NET_BYTES_OUT,
		info_bytes(s->easy, CURLINFO_SIZE_UPLOAD_T) +
			info_long(s->easy, CURLINFO_REQUEST_SIZE));
	bt_meter_add(meter, BT_NET_CONNECTIONS, made);
	if (made)
		count_phases(meter, s->easy);
	else if (s->sent)
		bt_meter_add(meter, BT_NET_REUSED, 1);
	if (s->call.error != BT_NET_OK)
		return;
	bt_meter_time(meter, BT_NET_FIRST_BYTE, first > sent ? first - sent : 0);
	bt_meter_time(meter, BT_NET_TRANSFER, info_ns(s->easy, CURLINFO_TOTAL_TIME_T));
}

static void explain(struct slot *s, CURLcode code)
{
	const struct bt_http_conf *conf = s->http->target->conf;
	const char *words = s->problem[0] ? s->problem : curl_easy_strerror(code);

	if (s->too_long)
		bt_text_format(s->call.why, sizeof(s->call.why),
			"a reply of more than %llu bytes%s", (unsigned long long)conf->max_body,
			conf->before_load ? "" : " (--max-body)");
	else if (s->no_memory)
		bt_text_format(s->call.why, sizeof(s->call.why), "no memory for the reply");
	else if (code == CURLE_ABORTED_BY_CALLBACK)
		bt_text_format(s->call.why, sizeof(s->call.why),
			"a kept connection was closed without a reply");
	else
		bt_text_format(s->call.why, sizeof(s->call.why), "%s", words);
}

static void give_back(struct bt_http *http, struct slot *s)
{
	s->next = http->free;
	http->free = s;
}

static void ended(void *arg, CURL *easy, CURLcode code)
{
	struct bt_http *http = arg;
	struct slot *s = NULL;
	char *own;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, &own);
	s = (struct slot *)own;
	s->call.end_ns = bt_now(http->env->clock);
	s->call.error = error_of(code);
	s->call.status = (unsigned)info_long(easy, CURLINFO_RESPONSE_CODE);
	s->call.why[0] = '\0';
	if (code != CURLE_OK)
		explain(s, code);
	if (s->call.keep_reply && s->buffer) {
		s->buffer[s->call.reply_len] = '\0';
		s->call.reply = s->buffer;
	}
	count_call(http, s);
	http->ended++;
	http->done(http->arg, &s->call);
	give_back(http, s);
}

struct bt_http_call *bt_http_take(struct bt_http *http)
{
	struct slot *s = http->free;

	assert(s);
	http->free = s->next;
	s->call = (struct bt_http_call){ .index = (unsigned)(s - http->slots) };
	return &s->call;
}

static void set_body(struct slot *s)
{
	const struct bt_http_call *c = &s->call;
	const char *method = c->method ? c->method : c->body ? "POST" : "GET";

	if (c->body) {
		curl_easy_setopt(s->easy, CURLOPT_POSTFIELDS, c->body);
		curl_easy_setopt(s->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)c->body_len);
	}
	if (s->method == method && s->had_body == (c->body != NULL))
		return;
	if (!c->body)
		curl_easy_setopt(s->easy, CURLOPT_HTTPGET, 1L);
	s->had_body = c->body != NULL;
	curl_easy_setopt(s->easy, CURLOPT_NOBODY, strcmp(method, "HEAD") == 0 ? 1L : 0L);
	curl_easy_setopt(s->easy, CURLOPT_CUSTOMREQUEST, method);
	s->method = method;
}

/* The call's own headers before the target's, in memory of the call. */
static void set_headers(struct slot *s)
{
	const struct bt_http_target *t = s->http->target;
	struct curl_slist *list = t->headers;
	unsigned n = 0;

	while (n < BT_LEN(s->call.headers) && s->call.headers[n])
		n++;
	if (!n && !s->own_headers)
		return;
	s->own_headers = n > 0;
	while (n--) {
		s->extra[n] = (struct curl_slist){ (char *)s->call.headers[n], list };
		list = &s->extra[n];
	}
	curl_easy_setopt(s->easy, CURLOPT_HTTPHEADER, list);
}

void bt_http_begin(struct bt_http *http, struct bt_http_call *call)
{
	struct slot *s = (struct slot *)call;

	s->call.reply_len = 0;
	s->call.reply = NULL;
	s->too_long = s->no_memory = false;
	s->sent = 0;
	s->problem[0] = '\0';
	if (s->call.keep_reply && !s->buffer && !grow(s, REPLY_FIRST)) {
		ended(http, s->easy, CURLE_OUT_OF_MEMORY);
		return;
	}
	if (call->url) {
		curl_easy_setopt(s->easy, CURLOPT_URL, call->url);
		s->own_url = true;
	} else if (s->own_url) {
		curl_easy_setopt(s->easy, CURLOPT_URL, bt_http_url(http->target));
		s->own_url = false;
	}
	set_body(s);
	set_headers(s);
	bt_loop_begin(&http->loop, s->shard, s->easy);
	/* The shard's cache has the addresses from its first call on. */
	if (http->target->resolve && http->ended < 2 * http->n_slots)
		curl_easy_setopt(s->easy, CURLOPT_RESOLVE, NULL);
}

void bt_http_wait(struct bt_http *http, uint64_t until_ns)
{
	bt_loop_wait(&http->loop, until_ns);
}

int bt_http_await(struct bt_http *http, const bool *over, struct bt_err *err)
{
	struct bt_stop_wait wait;

	bt_stop_wait_begin(&wait);
	while (!*over) {
		if (bt_stop_wait_over(&wait))
			return bt_fail(err, -EINTR, "%s: interrupted before it answered",
				bt_http_url(http->target));
		bt_http_wait(http, bt_now(http->env->clock) + LOOK_NS);
	}
	return 0;
}

static void set_security(CURL *c, const struct bt_http_target *t)
{
	const struct bt_http_conf *conf = t->conf;

	if (conf->ca_file)
		curl_easy_setopt(c, CURLOPT_CAINFO, conf->ca_file);
	if (conf->cert_file)
		curl_easy_setopt(c, CURLOPT_SSLCERT, conf->cert_file);
	if (conf->key_file)
		curl_easy_setopt(c, CURLOPT_SSLKEY, conf->key_file);
	if (conf->insecure) {
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYPEER, 0L);
		curl_easy_setopt(c, CURLOPT_SSL_VERIFYHOST, 0L);
	}
	if (conf->user) {
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
		curl_easy_setopt(c, CURLOPT_USERNAME, conf->user);
		curl_easy_setopt(c, CURLOPT_PASSWORD, t->password);
	} else if (t->token) {
		curl_easy_setopt(c, CURLOPT_HTTPAUTH, CURLAUTH_BEARER);
		curl_easy_setopt(c, CURLOPT_XOAUTH2_BEARER, t->token);
	}
}

static void set_version(CURL *c, const struct bt_http_target *t)
{
	curl_easy_setopt(c, CURLOPT_HTTP_VERSION,
		t->conf->version == BT_HTTP_1 ? CURL_HTTP_VERSION_1_1 : CURL_HTTP_VERSION_2TLS);
	/* A call waits for a connection that may take it too rather than make its own. */
	curl_easy_setopt(c, CURLOPT_PIPEWAIT, t->conf->version == BT_HTTP_2 ? 1L : 0L);
}

static void set_path(CURL *c, const struct bt_http_target *t)
{
	const struct bt_http_conf *conf = t->conf;

	if (bt_http_url(t))
		curl_easy_setopt(c, CURLOPT_URL, bt_http_url(t));
	/* "": none from the environment. */
	if (!conf->before_load)
		curl_easy_setopt(c, CURLOPT_PROXY, conf->proxy ? conf->proxy : "");
	if (conf->unix_socket)
		curl_easy_setopt(c, CURLOPT_UNIX_SOCKET_PATH, conf->unix_socket);
	if (t->resolve)
		curl_easy_setopt(c, CURLOPT_RESOLVE, t->resolve);
	if (t->connect_to)
		curl_easy_setopt(c, CURLOPT_CONNECT_TO, t->connect_to);
	curl_easy_setopt(c, CURLOPT_DNS_CACHE_TIMEOUT, conf->resolve_each ? 0L : -1L);
	if (conf->no_keepalive)
		curl_easy_setopt(c, CURLOPT_FORBID_REUSE, 1L);
}

static bool open_slot(struct slot *s, struct bt_http *http, unsigned shard)
{
	const struct bt_http_conf *conf = http->target->conf;
	CURL *c = s->easy = curl_easy_init();

	if (!c)
		return false;
	s->http = http;
	s->shard = shard;
	curl_easy_setopt(c, CURLOPT_PRIVATE, (char *)s);
	curl_easy_setopt(c, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "http,https");
	curl_easy_setopt(c, CURLOPT_USERAGENT, BT_HTTP_USER_AGENT);
	curl_easy_setopt(c, CURLOPT_HTTPHEADER, http->target->headers);
	curl_easy_setopt(c, CURLOPT_WRITEFUNCTION, receive);
	curl_easy_setopt(c, CURLOPT_WRITEDATA, s);
	curl_easy_setopt(c, CURLOPT_PREREQFUNCTION, before_request);
	curl_easy_setopt(c, CURLOPT_PREREQDATA, s);
	curl_easy_setopt(c, CURLOPT_CLOSESOCKETFUNCTION, bt_loop_close_fd);
	curl_easy_setopt(c, CURLOPT_CLOSESOCKETDATA, &http->loop);
	curl_easy_setopt(c, CURLOPT_ERRORBUFFER, s->problem);
	if (conf->before_load) {
		curl_easy_setopt(c, CURLOPT_LOW_SPEED_LIMIT, 1L);
		curl_easy_setopt(c, CURLOPT_LOW_SPEED_TIME, STALLED_S);
	} else {
		curl_easy_setopt(
			c, CURLOPT_TIMEOUT_MS, (long)BT_MAX(conf->timeout_ns / BT_NS_PER_MS, 1u));
	}
	curl_easy_setopt(c, CURLOPT_CONNECTTIMEOUT_MS,
		(long)BT_MAX(conf->connect_timeout_ns / BT_NS_PER_MS, 1u));
	set_path(c, http->target);
	set_version(c, http->target);
	set_security(c, http->target);
	return true;
}

int bt_http_open(struct bt_http **out, const struct bt_http_target *target,
	const struct bt_env *env, void (*done)(void *arg, struct bt_http_call *call), void *arg,
	struct bt_err *err)
{
	unsigned each = target->conf->version == BT_HTTP_2 ? BT_SHARD_STREAMS : BT_SHARD_CALLS;
	struct bt_http *http = calloc(1, sizeof(*http));
	unsigned i;
	int r;

	if (!http)
		return bt_oom(err, "http");
	http->target = target;
	http->env = env;
	http->done = done;
	http->arg = arg;
	r = bt_loop_open(&http->loop, (env->concurrency + each - 1) / each, each, env->clock, err);
	http->loop.ended = ended;
	http->loop.arg = http;
	http->slots = calloc(env->concurrency, sizeof(*http->slots));
	for (i = 0; r == 0 && http->slots && i < env->concurrency; i++) {
		if (!open_slot(&http->slots[i], http, i / each))
			break;
		http->n_slots++;
		give_back(http, &http->slots[i]);
	}
	if (r == 0 && http->n_slots < env->concurrency)
		r = bt_oom(err, "http: %u calls", env->concurrency);
	if (r < 0) {
		bt_http_close(http);
		return r;
	}
	*out = http;
	return 0;
}

void bt_http_close(struct bt_http *http)
{
	if (!http)
		return;
	for (unsigned i = 0; i < http->n_slots; i++) {
		struct slot *s = &http->slots[i];

		curl_multi_remove_handle(http->loop.shards[s->shard].multi, s->easy);
		curl_easy_cleanup(s->easy);
		free(s->buffer);
	}
	bt_loop_close(&http->loop);
	free(http->slots);
	free(http);
}

enum bt_net_error bt_http_class(const struct bt_http_call *call)
{
	if (call->error != BT_NET_OK || (call->status >= 200 && call->status < 300))
		return call->error;
	if (call->status >= 300 && call->status < 400)
		return BT_NET_3XX;
	if (call->status >= 400 && call->status < 500)
		return BT_NET_4XX;
	return call->status >= 500 && call->status < 600 ? BT_NET_5XX : BT_NET_PROTOCOL;
}

const char *bt_http_header(const struct bt_http_call *call, const char *name)
{
	const struct slot *s = (const struct slot *)call;
	struct curl_header *header;

	return curl_easy_header(s->easy, name, 0, CURLH_HEADER, -1, &header) == CURLHE_OK
		? header->value
		: NULL;
}
