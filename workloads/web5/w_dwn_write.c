/*
 * web5.dwn-write: an operation hands a signed RecordsWrite with its data to a Decentralized Web
 * Node. The messages are made before the load; after it some of what was accepted is read back.
 * Without a node they are checked and kept in process, in SQLite.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "web5/dwn_node.h"

#define MESSAGES_MOST 1000000
#define SIZE_MOST     (64u << 20)
#define MEMORY_MOST   (UINT64_C(4) << 30) /* of all data together */

static const char *const did_names[] = { "key", "jwk", NULL };
static const char *const signature_names[] = { "EdDSA", "ES256K", NULL };

#define ROW(field) offsetof(struct w5_dwn_conf, field)
static const struct bt_opt opts[] = {
	{ .name = "target",
		.type = BT_OPT_TEXT,
		.offset = ROW(target),
		.dflt = "embedded",
		.arg = "embedded|URL",
		.help = "the node: embedded, records kept in process, or JSON-RPC at "
			"http://HOST:PORT",
		.man = "The node: *embedded*, in process, or one at {Pa http://HOST:PORT}." },
	{ .name = "messages",
		.type = BT_OPT_COUNT,
		.offset = ROW(messages),
		.dflt = "500",
		.arg = "N",
		.min = 1,
		.max = MESSAGES_MOST,
		.help = "messages that are made, signed and sent",
		.man = "Messages that are made, signed and sent." },
	{ .name = "size",
		.type = BT_OPT_SIZE,
		.offset = ROW(size),
		.dflt = "16",
		.arg = "SIZE",
		.min = 1,
		.max = SIZE_MOST,
		.help = "data of a record",
		.man = "Data of a record, drawn by the seed, another for each. All messages "
		       "together have at most 4GiB." },
	{ .name = "did",
		.type = BT_OPT_CHOICE,
		.offset = ROW(did),
		.dflt = "key",
		.arg = "METHOD",
		.choices = did_names,
		.help = "the author: a did:key or a did:jwk made for the run",
		.man = "The author's identifier: *key*, a did:key, or *jwk*, a did:jwk." },
	{ .name = "signature",
		.type = BT_OPT_CHOICE,
		.offset = ROW(signature),
		.dflt = "EdDSA",
		.arg = "ALG",
		.choices = signature_names,
		.help = "its signatures: EdDSA (Ed25519) or ES256K (secp256k1)",
		.man = "*EdDSA* with Ed25519, or *ES256K* with secp256k1." },
	{ .name = "protocol",
		.type = BT_OPT_TEXT,
		.offset = ROW(protocol),
		.arg = "URL",
		.help = "a protocol that is installed first, and that the records are written "
			"under",
		.man = "A protocol that is installed first, by `ProtocolsConfigure`, with one "
		       "type, `note`, and that the records are written under. When it cannot be "
		       "installed, the exit status is 3." },
	{ .name = "schema",
		.type = BT_OPT_TEXT,
		.offset = ROW(schema),
		.arg = "URL",
		.help = "schema that the records name",
		.man = "A schema that the records name; no node looks it up." },
	{ .name = "data-format",
		.type = BT_OPT_TEXT,
		.offset = ROW(format),
		.dflt = "application/octet-stream",
		.arg = "TYPE",
		.help = "media type that the records name",
		.man = "The media type that they name." },
	{ .name = "negative",
		.type = BT_OPT_SHARE,
		.offset = ROW(negative),
		.dflt = "0",
		.arg = "SHARE",
		.max = 1,
		.help = "share of messages that are tampered with, which must be refused with 400 "
			"or 401",
		.man = "Share of messages that are tampered with, by turns: signature, descriptor, "
		       "recordId, data, tenant, somebody else's signature, dateCreated. A node has "
		       "to refuse them with 400 or 401; otherwise the operation has failed, class "
		       "{Er wrong-verdict}." },
	{ .name = "read-back",
		.type = BT_OPT_SHARE,
		.offset = ROW(read_back),
		.dflt = "0",
		.arg = "SHARE",
		.max = 1,
		.help = "share of accepted records that are read afterwards and compared",
		.man = "Share of accepted records that are read after the load, by signed "
		       "`RecordsRead`: their bytes and identifiers have to be those that were "
		       "written." },
	{ .group = bt_http_opts, .offset = offsetof(struct w5_dwn_conf, http) },
	BT_OPT_END,
};

enum {
	ACCEPTED = BT_NET_METRICS,
	REFUSED,
	DATA_BYTES,
	PLANNED,
	NEGATIVE_REFUSED,
	READ_BACK,
	READ_WRONG,
	READ_TIME,
	NODE
};
static const struct bt_metric metrics[] = {
	{ .group = bt_net_metrics },
	{ .name = "accepted", .unit = "", .kind = BT_COUNTER, .help = "messages taken in" },
	{ .name = "refused",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "messages that nothing was wrong with, refused" },
	{ .name = "data_bytes",
		.unit = "bytes",
		.kind = BT_COUNTER,
		.help = "data of accepted messages" },
	{ .name = "negative_planned",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "messages sent that were tampered with" },
	{ .name = "negative_refused",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "of these, refused with 400 or 401" },
	{ .name = "read_back",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "records read afterwards that were as written" },
	{ .name = "read_wrong",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "records read afterwards that were not, or not there" },
	{ .name = "read", .unit = "ns", .kind = BT_TIMES, .help = "one of these reads" },
	{ .name = "node",
		.unit = "",
		.kind = BT_TEXT,
		.merge = BT_LAST,
		.help = "what the node calls itself" },
	{ .name = NULL },
};

enum { MESSAGE_REFUSED = BT_NET_ERRORS, WRONG_VERDICT, WRONG_DATA, NOTHING_LEFT };
static const char *const error_classes[] = {
	BT_NET_ERROR_CLASSES,
	[MESSAGE_REFUSED] = "refused",
	[WRONG_VERDICT] = "wrong-verdict",
	[WRONG_DATA] = "wrong-data",
	[NOTHING_LEFT] = "nothing-left",
	NULL,
};

struct shared {
	struct w5_dwn_load load;
	struct bt_http_target *target; /* NULL: embedded */
	struct w5_base *base;          /* embedded */
	char node[BT_TEXT_MAX];
	_Atomic uint32_t next;
};

struct state {
	struct shared *shared;
	const struct bt_env *env;
	struct bt_http *http;
	struct w5_store *store;
	uint32_t *flights; /* messages by index of the call */
};

static bool is_embedded(const struct w5_dwn_conf *conf)
{
	return strcmp(conf->target, "embedded") == 0;
}

/* ---- options and what is made of them ---- */

static int check_names(const struct w5_dwn_conf *conf, struct bt_err *err)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&^_.+-/;= ";
	const char *slash = strchr(conf->format, '/');
	int r = 0;

	if (!slash || slash == conf->format || !slash[1] ||
		conf->format[strspn(conf->format, allowed)])
		return bt_fail(err, -EINVAL, "--data-format: '%.80s': expected TYPE/SUBTYPE",
			conf->format);
	if (conf->protocol && (r = w5_dwn_check_url(conf->protocol, err)) < 0)
		bt_fail_in(err, "--protocol");
	if (r == 0 && conf->schema && (r = w5_dwn_check_url(conf->schema, err)) < 0)
		bt_fail_in(err, "--schema");
	return r;
}

static int dwn_write_check(const void *arg, struct bt_err *err)
{
	const struct w5_dwn_conf *conf = arg;
	int r = check_names(conf, err);

	if (r < 0)
		return r;
	if (conf->messages > MEMORY_MOST / conf->size)
		return bt_fail(err, -EINVAL,
			"--messages %llu of --size %llu bytes: expected at most 4GiB together",
			(unsigned long long)conf->messages, (unsigned long long)conf->size);
	if (!is_embedded(conf) && !strstr(conf->target, "://"))
		return bt_fail(err, -EINVAL,
			"--target: '%.80s': expected embedded or http://HOST:PORT", conf->target);
	return bt_http_check(&conf->http, is_embedded(conf) ? NULL : conf->target, err);
}

static uint64_t dwn_write_supply(const void *arg)
{
	return ((const struct w5_dwn_conf *)arg)->messages;
}

static void dwn_write_teardown(void *arg)
{
	struct shared *s = arg;

	bt_http_target_close(s->target);
	w5_base_remove(s->base);
	w5_dwn_load_fini(&s->load);
	free(s);
}

static int install_here(struct shared *s, struct bt_err *err)
{
	char *line = w5_dwn_installer(&s->load);
	struct w5_store *store = NULL;
	struct w5_reply reply;
	int r = line ? w5_store_open(&store, s->base, err) : bt_oom(err, "the protocol");

	if (r == 0) {
		w5_store_process(store, &reply, line + strlen(W5_DWN_HEADER), NULL, 0);
		if (reply.verdict.code != 202)
			r = bt_fail(err, -EIO, "the protocol was not installed: %u %s",
				reply.verdict.code, reply.verdict.detail);
	}
	w5_store_close(store);
	free(line);
	return r;
}

static int prepare_embedded(struct shared *s, const struct w5_dwn_conf *conf, struct bt_err *err)
{
	int r = w5_base_make(&s->base, err);

	snprintf(s->node, sizeof(s->node), "embedded");
	return r == 0 && conf->protocol ? install_here(s, err) : r;
}

static int prepare_node(struct shared *s, const struct w5_dwn_conf *conf, const struct bt_env *env,
	struct bt_err *err)
{
	int r = bt_http_target(&s->target, &conf->http, conf->target, env, err);

	if (r < 0)
		return r;
	w5_node_name(s->node, s->target, env);
	return conf->protocol ? w5_node_install(s->target, &s->load, env, err) : 0;
}

static int dwn_write_prepare(void **shared, const struct bt_env *env, struct bt_err *err)
{
	const struct w5_dwn_conf *conf = env->conf;
	struct shared *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return bt_oom(err, "web5.dwn-write");
	r = w5_dwn_load_make(&s->load, conf, env, err);
	if (r == 0)
		r = is_embedded(conf) ? prepare_embedded(s, conf, err)
				      : prepare_node(s, conf, env, err);
	if (r < 0) {
		dwn_write_teardown(s);
		return r;
	}
	*shared = s;
	return 0;
}

/* ---- the load ---- */

static struct bt_result judge_tampered(
	struct state *s, const struct w5_offer *offer, const struct w5_verdict *v)
{
	bool right = v->code == 400 || v->code == 401;

	bt_meter_add(s->env->meter, PLANNED, 1);
	bt_meter_add(s->env->meter, NEGATIVE_REFUSED, right);
	if (right)
		return (struct bt_result){ BT_DONE, 0, 1 };
	return bt_failed(s, WRONG_VERDICT,
		"tampered with (%s): expected 400 or 401, the node says %u %.120s", offer->tampered,
		v->code, v->detail);
}

static struct bt_result judge(struct state *s, uint32_t i, const struct w5_verdict *v)
{
	struct w5_offer *offer = &s->shared->load.offers[i];

	if (offer->tampered)
		return judge_tampered(s, offer, v);
	if (v->code != 202) {
		bt_meter_add(s->env->meter, REFUSED, 1);
		return bt_failed(
			s, MESSAGE_REFUSED, "message %u: %u %.200s", i, v->code, v->detail);
	}
	bt_meter_add(s->env->meter, ACCEPTED, 1);
	bt_meter_add(s->env->meter, DATA_BYTES, s->shared->load.conf->size);
	offer->accepted = s->env->worker + 1;
	return (struct bt_result){ BT_DONE, 0, 1 };
}

static void done(void *arg, struct bt_http_call *c)
{
	struct state *s = arg;
	uint32_t i = s->flights[c->index];
	struct w5_verdict v;
	unsigned class = w5_node_verdict(&v, NULL, c);

	/* Some servers refuse with the status alone. */
	if (class == BT_NET_4XX && s->shared->load.offers[i].tampered)
		v.code = c->status;
	bt_call_done(c->call,
		v.code ? judge(s, i, &v) : bt_failed(s, class, "message %u: %s", i, c->why),
		c->end_ns);
}

/* The next message; load.n: there is none left. */
static uint32_t claim(struct shared *s)
{
	/* Relaxed: the messages were there before any worker. */
	uint32_t i = atomic_load_explicit(&s->next, memory_order_relaxed);

	while (i < s->load.n &&
		!atomic_compare_exchange_weak_explicit(
			&s->next, &i, i + 1, memory_order_relaxed, memory_order_relaxed))
		;
	return i;
}

static struct bt_result nothing_left(struct state *s)
{
	struct bt_result r = bt_failed(s, NOTHING_LEFT,
		"all %u messages have been sent (a warm-up takes of them, too): expected a larger "
		"--messages",
		s->shared->load.n);

	r.outcome = BT_FATAL;
	return r;
}

static struct bt_result process_here(struct state *s, uint32_t i)
{
	const struct w5_offer *offer = &s->shared->load.offers[i];
	struct w5_reply reply;

	w5_store_process(s->store, &reply, offer->header + strlen(W5_DWN_HEADER), offer->data,
		s->shared->load.conf->size);
	return judge(s, i, &reply.verdict);
}

static void send_message(struct state *s, uint32_t i, struct bt_call *call)
{
	const struct w5_offer *offer = &s->shared->load.offers[i];
	struct bt_http_call *c = bt_http_take(s->http);

	s->flights[c->index] = i;
	c->call = call;
	w5_node_fill(c, offer->header, offer->data, s->shared->load.conf->size);
	bt_http_begin(s->http, c);
}

static void dwn_write_submit(void *arg, struct bt_call *call)
{
	struct state *s = arg;
	uint32_t i = claim(s->shared);
	struct bt_result r;

	if (i < s->shared->load.n && s->http) {
		send_message(s, i, call);
		return;
	}
	r = i < s->shared->load.n ? process_here(s, i) : nothing_left(s);
	bt_call_done(call, r, bt_now(s->env->clock));
}

static void dwn_write_wait(void *arg, uint64_t until_ns)
{
	struct state *s = arg;

	if (s->http)
		bt_http_wait(s->http, until_ns);
}

/* ---- afterwards ---- */

static void take_read(void *arg, const struct w5_read *read)
{
	struct state *s = arg;

	bt_meter_add(s->env->meter, read->right ? READ_BACK : READ_WRONG, 1);
	if (read->right) {
		bt_meter_time(s->env->meter, READ_TIME, read->ns);
		return;
	}
	bt_note(s, WRONG_DATA, "message %u, read back: %s", read->message, read->words);
	bt_take_back(s, WRONG_DATA, 1, 1);
}

static void close_all(struct state *s)
{
	bt_http_close(s->http);
	w5_store_close(s->store);
	free(s->flights);
}

static void dwn_write_leave(void *arg)
{
	struct state *s = arg;

	/* Its calls may still be in flight: what is asked now goes over connections of its own. */
	bt_http_close(s->http);
	s->http = NULL;
	if (s->shared->load.conf->read_back > 0)
		w5_read_back(&s->shared->load, s->shared->target, s->store, s->env, take_read, s);
	close_all(s);
}

static int dwn_write_enter(void *arg, const struct bt_env *env, struct bt_err *err)
{
	struct state *s = arg;
	int r;

	s->shared = env->shared;
	s->env = env;
	if (s->shared->base) {
		r = w5_store_open(&s->store, s->shared->base, err);
	} else {
		s->flights = calloc(env->concurrency, sizeof(*s->flights));
		r = s->flights ? bt_http_open(&s->http, s->shared->target, env, done, s, err)
			       : bt_oom(err, "web5.dwn-write");
	}
	if (r < 0)
		close_all(s);
	else
		bt_meter_text(env->meter, NODE, s->shared->node);
	return r;
}

const struct bt_workload w5_dwn_write_workload = {
	.name = "web5.dwn-write",
	.summary = "records written to a Decentralized Web Node, or checked and kept in process",
	.unit = "messages",
	.opts = opts,
	.metrics = metrics,
	.error_classes = error_classes,
	.conf_size = sizeof(struct w5_dwn_conf),
	.state_size = sizeof(struct state),
	.concurrency = 20,
	.supply = dwn_write_supply,
	.check = dwn_write_check,
	.prepare = dwn_write_prepare,
	.enter = dwn_write_enter,
	.submit = dwn_write_submit,
	.wait = dwn_write_wait,
	.leave = dwn_write_leave,
	.teardown = dwn_write_teardown,
};
