#include "web5/dwn_node.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/stop.h"
#include "base/text.h"

#define LOOK_NS (50 * BT_NS_PER_MS)

void w5_node_fill(struct bt_http_call *call, const char *line, const uint8_t *data, size_t n)
{
	call->method = "POST";
	call->body = data ? (const char *)data : "";
	call->body_len = n;
	call->headers[0] = line;
	call->headers[1] = "Content-Type: application/octet-stream";
	call->keep_reply = true;
}

static void take_status(struct w5_verdict *v, const json_t *reply)
{
	const json_t *status = json_object_get(reply, "status");
	const char *detail = json_string_value(json_object_get(status, "detail"));

	v->code = (unsigned)json_integer_value(json_object_get(status, "code"));
	bt_text_format(v->detail, sizeof(v->detail), "%s", detail ? detail : "");
}

/* A read's reply is in a header, and the data is the body. */
static json_t *read_json(struct bt_http_call *call)
{
	const char *header = bt_http_header(call, "dwn-response");

	return header ? json_loads(header, 0, NULL)
		      : json_loadb(call->reply ? call->reply : "", call->reply_len, 0, NULL);
}

enum bt_net_error w5_node_verdict(
	struct w5_verdict *verdict, json_t **out, struct bt_http_call *call)
{
	enum bt_net_error class = bt_http_class(call);
	json_t *json, *reply;
	const char *words;

	*verdict = (struct w5_verdict){ .code = 0 };
	if (call->error != BT_NET_OK)
		return call->error;
	json = read_json(call);
	reply = json_object_get(json_object_get(json, "result"), "reply");
	words = json_string_value(json_object_get(json_object_get(json, "error"), "message"));
	if (reply)
		take_status(verdict, reply);
	if (class == BT_NET_OK && !verdict->code)
		class = BT_NET_PROTOCOL;
	if (!verdict->code)
		bt_text_format(call->why, sizeof(call->why), "status %u: %.200s", call->status,
			words ? words : "no reply of a node in it");
	if (out)
		*out = json_incref(reply);
	json_decref(json);
	return verdict->code ? BT_NET_OK : class;
}

/* ---- before the load ---- */

struct ask {
	const char *url, *line; /* NULL: the target's; none */
	struct w5_verdict verdict;
	char words[300];
	char *name;
};

static void fill(void *arg, struct bt_http_call *call)
{
	const struct ask *ask = arg;

	call->url = ask->url;
	if (ask->line)
		w5_node_fill(call, ask->line, NULL, 0);
}

static void take_verdict(void *arg, struct bt_http_call *call)
{
	struct ask *ask = arg;

	if (w5_node_verdict(&ask->verdict, NULL, call) != BT_NET_OK)
		bt_text_format(ask->words, sizeof(ask->words), "%s", call->why);
	else
		bt_text_format(ask->words, sizeof(ask->words), "%u %s", ask->verdict.code,
			ask->verdict.detail);
}

int w5_node_install(const struct bt_http_target *target, const struct w5_dwn_load *load,
	const struct bt_env *env, struct bt_err *err)
{
	char *line = w5_dwn_installer(load);
	struct ask ask = { .line = line };
	int r = line ? bt_http_ask(target, env, fill, take_verdict, &ask, err)
		     : bt_oom(err, "the protocol");

	free(line);
	if (r == 0 && ask.verdict.code != 202)
		r = bt_fail(err, -EREMOTEIO, "%s: the protocol was not installed: %.250s",
			bt_http_url(target), ask.words);
	return r;
}

static void take_name(void *arg, struct bt_http_call *call)
{
	const struct ask *ask = arg;
	json_t *json = bt_http_class(call) == BT_NET_OK && call->reply
		? json_loadb(call->reply, call->reply_len, 0, NULL)
		: NULL;
	const char *server = json_string_value(json_object_get(json, "server")),
		   *version = json_string_value(json_object_get(json, "version"));

	if (server)
		bt_text_format(ask->name, BT_TEXT_MAX, "%s%s%s", server, version ? " " : "",
			version ? version : "");
	json_decref(json);
}

void w5_node_name(
	char out[BT_TEXT_MAX], const struct bt_http_target *target, const struct bt_env *env)
{
	const char *base = bt_http_url(target);
	char url[2048];
	struct ask ask = { .url = url, .name = out };
	size_t len = strlen(base);

	snprintf(out, BT_TEXT_MAX, "%s", base);
	while (len && base[len - 1] == '/')
		len--;
	if (snprintf(url, sizeof(url), "%.*s/info", (int)len, base) < (int)sizeof(url))
		bt_http_ask(target, env, fill, take_name, &ask, NULL);
}

/* ---- reading back ---- */

struct reading {
	const struct w5_dwn_load *load;
	const struct bt_env *env;
	struct flight {
		uint32_t message;
		char *line;
		uint64_t begun_ns;
	} * flights; /* by index of the call */
	unsigned busy;
	struct bt_stop_wait wait;
	void (*tell)(void *arg, const struct w5_read *read);
	void *arg;
};

static bool wrong(struct w5_read *r, const char *what, const char *got)
{
	bt_text_format(r->words, sizeof(r->words), "%s: %.120s", what, got ? got : "not given");
	return false;
}

/* The bytes that were written, with the identifier that follows from them. */
static bool check_data(const struct w5_dwn_load *load, struct w5_read *r, const char *cid,
	const void *data, size_t n)
{
	const struct w5_offer *offer = &load->offers[r->message];
	char own[W5_CID_SIZE];

	if (n != load->conf->size || memcmp(data, offer->data, n) != 0)
		return wrong(r, "other data than was written", n ? "" : "none");
	if (w5_cid_of_data(own, data, n) < 0)
		return wrong(r, "its identifier", "no memory");
	return (cid && strcmp(cid, own) == 0) || wrong(r, "another dataCid", cid);
}

static bool check_reply(
	const struct w5_dwn_load *load, struct w5_read *r, struct bt_http_call *call)
{
	struct w5_verdict v;
	json_t *reply = NULL;
	const json_t *entry, *write;
	const char *record;
	bool ok;

	if (w5_node_verdict(&v, &reply, call) != BT_NET_OK)
		return wrong(r, "not read", call->why);
	entry = json_object_get(reply, "entry");
	write = json_object_get(entry, "recordsWrite");
	record = json_string_value(json_object_get(write, "recordId"));
	if (v.code != 200)
		ok = wrong(r, "not read", v.detail);
	else if (!record || strcmp(record, load->offers[r->message].record) != 0)
		ok = wrong(r, "another record", record);
	else
		ok = check_data(load, r,
			json_string_value(
				json_object_get(json_object_get(write, "descriptor"), "dataCid")),
			call->reply, call->reply_len);
	json_decref(reply);
	return ok;
}

static void read_ended(void *arg, struct bt_http_call *call)
{
	struct reading *r = arg;
	struct flight *f = &r->flights[call->index];
	struct w5_read read = { .message = f->message, .ns = call->end_ns - f->begun_ns };

	read.right = check_reply(r->load, &read, call);
	r->tell(r->arg, &read);
	free(f->line);
	f->line = NULL;
	r->busy--;
}

static void read_here(struct reading *r, struct w5_store *store, uint32_t i)
{
	struct w5_read read = { .message = i };
	char *line = w5_dwn_reader(r->load, i);
	uint64_t begun = bt_now(r->env->clock);
	struct w5_reply reply;

	if (line) {
		w5_store_process(store, &reply, line + strlen(W5_DWN_HEADER), NULL, 0);
		read.ns = bt_now(r->env->clock) - begun;
		read.right = reply.verdict.code == 200
			? check_data(r->load, &read, reply.data_cid, reply.data, reply.n)
			: wrong(&read, "not read", reply.verdict.detail);
	} else {
		wrong(&read, "not read", "no memory");
	}
	free(line);
	r->tell(r->arg, &read);
}

/* Fewer calls in flight than that, or a signal that does not let them be waited for. */
static void await_fewer(struct reading *r, struct bt_http *http, unsigned n)
{
	while (r->busy >= n && !bt_stop_wait_over(&r->wait))
		bt_http_wait(http, bt_now(r->env->clock) + LOOK_NS);
}

static void read_there(struct reading *r, struct bt_http *http, uint32_t i)
{
	struct w5_read none = { .message = i };
	char *line = w5_dwn_reader(r->load, i);
	struct bt_http_call *call;

	await_fewer(r, http, r->env->concurrency);
	if (r->busy == r->env->concurrency) { /* a signal */
		free(line);
		return;
	}
	if (!line) {
		wrong(&none, "not read", "no memory");
		r->tell(r->arg, &none);
		return;
	}
	call = bt_http_take(http);
	r->flights[call->index] =
		(struct flight){ .message = i, .line = line, .begun_ns = bt_now(r->env->clock) };
	w5_node_fill(call, line, NULL, 0);
	r->busy++;
	bt_http_begin(http, call);
}

void w5_read_back(const struct w5_dwn_load *load, const struct bt_http_target *target,
	struct w5_store *store, const struct bt_env *env,
	void (*tell)(void *arg, const struct w5_read *read), void *arg)
{
	struct bt_env own = *env;
	struct reading r = { .load = load, .env = &own, .tell = tell, .arg = arg };
	struct w5_read none = { .right = false };
	struct bt_http *http = NULL;
	struct bt_err err = { .code = 0 };
	bool able = true;

	own.meter = NULL; /* these calls are no load */
	bt_stop_wait_begin(&r.wait);
	r.flights = calloc(env->concurrency, sizeof(*r.flights));
	if (target)
		able = r.flights && bt_http_open(&http, target, &own, read_ended, &r, &err) == 0;
	if (!able)
		wrong(&none, "not read", err.msg[0] ? err.msg : "no memory");
	for (uint32_t i = 0; i < load->n && !bt_stop_wait_over(&r.wait); i++) {
		if (load->offers[i].accepted != env->worker + 1 || !w5_dwn_reads(load, i))
			continue;
		none.message = i;
		if (!able)
			tell(arg, &none);
		else if (target)
			read_there(&r, http, i);
		else
			read_here(&r, store, i);
	}
	await_fewer(&r, http, 1);
	bt_http_close(http);
	for (uint32_t i = 0; r.flights && i < env->concurrency; i++)
		free(r.flights[i].line);
	free(r.flights);
}
