/*
 * bitcoin.broadcast: an operation hands transactions to a node by sendrawtransaction, one or a
 * batch of them. They are made and signed before the load; after it all that were accepted are
 * looked for. Without a node it is the acceptance of bitcoin.mempool in process, a mempool a
 * worker, with the same account.
 */
#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/input.h"
#include "bitcoin/aliases.h"
#include "bitcoin/bcast.h"
#include "base/encode.h"
#include "bitcoin/rules/mempool.h"

#define COUNT_MOST  1000000
#define BATCH_MOST  1000
#define CONCURRENCY 50

#define ROW(field) offsetof(struct btc_bcast_conf, field)
static const struct bt_opt opts[] = {
	{ .name = "target",
		.type = BT_OPT_TEXT,
		.offset = ROW(target),
		.dflt = "embedded",
		.arg = "embedded|URL",
		.help = "the node: embedded, a mempool in process, or JSON-RPC at "
			"http://HOST:PORT",
		.man = "*embedded* is the acceptance of *bitcoin.mempool* in process, a mempool a "
		       "worker, and wants nothing installed; else the node's JSON-RPC, such as "
		       "`http://127.0.0.1:18443/`." },
	{ .name = "count",
		.type = BT_OPT_COUNT,
		.offset = ROW(count),
		.dflt = "1000",
		.arg = "N",
		.min = 1,
		.max = COUNT_MOST,
		.help = "transactions that are made and sent",
		.man = "Transactions that are made and sent. A profile that goes on after that "
		       "ends with {Er nothing-left}; embedded, a block takes all that there are, "
		       "and they are sent again." },
	{ .name = "batch",
		.type = BT_OPT_COUNT,
		.offset = ROW(batch),
		.dflt = "1",
		.arg = "N",
		.min = 1,
		.max = BATCH_MOST,
		.help = "transactions of a request, which is one operation",
		.man = "Transactions of one request (a JSON-RPC batch), which is one operation. It "
		       "fails when one of them does." },
	{ .group = btc_mix_opts, .offset = offsetof(struct btc_bcast_conf, mix) },
	{ .group = btc_size_opts, .offset = offsetof(struct btc_bcast_conf, sizes) },
	{ .name = "cookie-file",
		.type = BT_OPT_PATH,
		.offset = ROW(cookie_file),
		.arg = "FILE",
		.help = "the node's .cookie",
		.man = "The {Pa .cookie} that Bitcoin Core makes anew at each start; otherwise "
		       "--user and --password-file." },
	{ .name = "funding-key-file",
		.type = BT_OPT_PATH,
		.offset = ROW(key_file),
		.arg = "FILE",
		.help = "only line: the private key of coins to spend, KEY, wpkh(KEY) or pkh(KEY) "
			"(WIF)",
		.man = "Its only line is a private key in wallet import format, of a compressed "
		       "public key: `KEY` or `wpkh(KEY)` for coins of its witness key hash, "
		       "`pkh(KEY)` for the older form. The node finds them by `scantxoutset`, is "
		       "told their script and never the key, and what is left goes back to it." },
	{ .name = "funding-wait",
		.type = BT_OPT_DURATION,
		.offset = ROW(funding_wait_ns),
		.dflt = "2h",
		.arg = "DURATION",
		.min = 1e9,
		.max = 604800e9,
		.help = "how long a block may take to confirm these coins, divided",
		.man = "How long a block may take to confirm the coins, divided." },
	{ .name = "tx-file",
		.type = BT_OPT_PATH,
		.offset = ROW(tx_file),
		.arg = "FILE",
		.help = "signed transactions in hex, one a line, to be sent instead",
		.man = "Signed transactions in hex, one a line, at least --count of them." },
	{ .name = "lost-after",
		.type = BT_OPT_DURATION,
		.offset = ROW(lost_after_ns),
		.dflt = "30s",
		.arg = "DURATION",
		.max = 3600e9,
		.help = "afterwards, when no more have been found in mempool or blocks for so "
			"long, the "
			"rest is lost",
		.man = "Afterwards, when no more of the accepted transactions have been found in "
		       "the mempool or in blocks for so long, the rest is {Er lost}." },
	{ .name = "i-am-sure-this-is-mainnet",
		.type = BT_OPT_FLAG,
		.offset = ROW(mainnet),
		.help = "send to a node of the main network, too",
		.man = "Send to a node of the main network, too, which is refused otherwise, as is "
		       "a chain of unknown name." },
	{ .group = bt_http_opts, .offset = offsetof(struct btc_bcast_conf, http) },
	BT_OPT_END,
};

static const struct bt_metric metrics[] = {
	{ .group = bt_net_metrics },
	{ .name = "accepted", .unit = "", .kind = BT_COUNTER, .help = "transactions taken in" },
	{ .name = "rejected", .unit = "", .kind = BT_COUNTER, .help = "transactions refused" },
	{ .name = "seen",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "accepted transactions found afterwards in the mempool or a block" },
	{ .name = "missed",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "accepted transactions not found" },
	{ .name = "blocks",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "embedded: times a block took everything, and all are sent again" },
	{ .name = "node",
		.unit = "",
		.kind = BT_TEXT,
		.merge = BT_LAST,
		.help = "what the node calls itself" },
	{ .name = NULL },
};

static const char *const error_classes[] = {
	BT_NET_ERROR_CLASSES,
	[BTC_BCAST_REJECTED] = "rejected",
	[BTC_BCAST_RPC] = "rpc-error",
	[BTC_BCAST_WRONG] = "wrong-txid",
	[BTC_BCAST_LOST] = "lost",
	[BTC_BCAST_SPENT] = "nothing-left",
	[BTC_BCAST_MEMORY] = "out-of-memory",
	NULL,
};

/* A request in flight. */
struct flight {
	uint32_t first, n;
	char *body;
};

struct state {
	struct btc_bcast *b;
	const struct bt_env *env;
	uint32_t worker; /* from 1 */
	struct bt_http *http;
	struct flight *flights; /* by index of the call */
	unsigned n_flights;
	struct btc_mempool *pool; /* embedded */
	/* Embedded: the transaction to be offered; which were accepted, and the operations
	 * completed, since the last block. */
	uint32_t next;
	bool *taken, *done;
};

static int broadcast_check(const void *arg, struct bt_err *err)
{
	const struct btc_bcast_conf *conf = arg;
	struct btc_gen_conf gen;
	int rc = btc_gen_read(&gen, conf->mix, conf->sizes, err);

	if (rc != 0)
		return rc;
	if (conf->tx_file != NULL && conf->key_file != NULL)
		return bt_fail(err, -EINVAL, "give --tx-file or --funding-key-file, not both");
	if (conf->cookie_file != NULL &&
		(conf->http.user != NULL || conf->http.bearer_file != NULL))
		return bt_fail(
			err, -EINVAL, "give --cookie-file, --user or --bearer-file, not two");
	if (!btc_bcast_embedded(conf))
		return strstr(conf->target, "://") != NULL
			? bt_http_check(&conf->http, conf->target, err)
			: bt_fail(err, -EINVAL,
				  "--target: '%.80s': expected embedded or http://HOST:PORT",
				  conf->target);
	if (conf->tx_file != NULL || conf->key_file != NULL || conf->cookie_file != NULL)
		return bt_fail(err, -EINVAL,
			"%s: expected --target URL beside it: nothing embedded asks for it",
			conf->tx_file != NULL            ? "--tx-file"
				: conf->key_file != NULL ? "--funding-key-file"
							 : "--cookie-file");
	return bt_http_check(&conf->http, NULL, err);
}

static uint64_t broadcast_supply(const void *arg)
{
	const struct btc_bcast_conf *conf = arg;

	return (conf->count + conf->batch - 1) / conf->batch;
}

static void broadcast_teardown(void *arg)
{
	struct btc_bcast *b = arg;

	bt_http_target_close(b->target);
	bt_http_target_close(b->asked);
	bt_input_forget(b->authorization);
	btc_load_fini(&b->load);
	free(b->offers);
	free(b->done);
	free(b);
}

static int prepare_embedded(struct btc_bcast *b, const struct bt_env *env, struct bt_err *err)
{
	struct btc_gen_conf gen = { .seed = env->seed };
	int rc = btc_gen_read(&gen, b->conf->mix, b->conf->sizes, err);

	snprintf(b->node, sizeof(b->node), "embedded");
	if (rc == 0)
		rc = btc_load_generate(&b->load, &gen, b->conf->count, env, err);
	if (rc == 0 && btc_bcast_offer_load(b) != 0)
		rc = bt_oom(err, "transactions");
	return rc;
}

static int broadcast_prepare(void **shared, const struct bt_env *env, struct bt_err *err)
{
	const struct btc_bcast_conf *conf = env->conf;
	struct btc_bcast *b = calloc(1, sizeof(*b));
	int rc;

	if (b == NULL)
		return bt_oom(err, "transactions");
	b->conf = conf;
	b->batch = (uint32_t)conf->batch;
	b->offers = calloc(conf->count, sizeof(b->offers[0]));
	b->done = calloc(broadcast_supply(conf), sizeof(b->done[0]));
	rc = b->offers == NULL || b->done == NULL ? bt_oom(err, "transactions")
		: btc_bcast_embedded(conf)        ? prepare_embedded(b, env, err)
						  : btc_bcast_prepare(b, env, err);
	if (rc != 0) {
		broadcast_teardown(b);
		return rc;
	}
	*shared = b;
	return 0;
}

/* ---- in process ---- */

static struct btc_mempool *new_pool(const struct btc_bcast *b)
{
	struct btc_mempool_conf conf = {
		.entries = b->n,
		.max_bytes = 1, /* room for all of them */
		.max_chain = BTC_MEMPOOL_CHAIN,
		.max_chain_vsize = BTC_MEMPOOL_CHAIN_VSIZE,
		.min_rate = BTC_MEMPOOL_RATE,
		.step_rate = BTC_MEMPOOL_RATE,
	};

	for (uint32_t i = 0; i < b->n; i++) {
		conf.inputs += b->load.good.cases[i].n_spent;
		conf.max_bytes += b->load.good.cases[i].tx.n;
	}
	return btc_mempool_new(&conf);
}

/* What was accepted since the last block has to be in the mempool. */
static void check_pool(struct state *s)
{
	for (uint32_t i = 0; i < s->next; i++) {
		if (!s->taken[i])
			continue;
		if (btc_mempool_has(s->pool, s->b->offers[i].txid))
			bt_meter_add(s->env->meter, BTC_BCAST_SEEN, 1);
		else
			btc_bcast_lose(s->b, s, s->env->meter, s->done, i);
	}
}

static enum { TAKEN, REFUSED, NO_MEMORY } offer(struct state *s)
{
	const struct btc_case *c = &s->b->load.good.cases[s->next];
	struct btc_admission a;

	if (btc_mempool_accept(s->pool, &a, c, 0) != 0) {
		bt_note(s, BTC_BCAST_MEMORY, "%.120s: out of memory", c->name);
		return NO_MEMORY;
	}
	s->taken[s->next] = a.reason == NULL;
	bt_meter_add(s->env->meter, BTC_BCAST_ACCEPTED, a.reason == NULL);
	bt_meter_add(s->env->meter, BTC_BCAST_REFUSED, a.reason != NULL);
	if (a.reason == NULL)
		return TAKEN;
	bt_note(s, BTC_BCAST_REJECTED, "%.120s: %s", c->name, a.reason);
	return REFUSED;
}

static struct bt_result offer_batch(struct state *s)
{
	struct bt_result r = { .outcome = BT_DONE };
	uint32_t op;

	if (s->next == s->b->n) {
		check_pool(s);
		btc_mempool_clear(s->pool);
		bt_meter_add(s->env->meter, BTC_BCAST_BLOCKS, 1);
		s->next = 0;
	}
	op = s->next / s->b->batch;
	for (uint32_t i = 0; i < s->b->batch && s->next < s->b->n; i++, s->next++) {
		switch (offer(s)) {
		case TAKEN:
			r.units++;
			break;
		case REFUSED:
			r.outcome = BT_FAILED;
			r.error_class = BTC_BCAST_REJECTED;
			break;
		default:
			return (struct bt_result){ BT_FATAL, BTC_BCAST_MEMORY, 0 };
		}
	}
	s->done[op] = r.outcome == BT_DONE;
	return r;
}

/* ---- a node ---- */

static size_t put_request(char *at, const struct btc_offer *offer, uint32_t id)
{
	char *start = at;

	at += sprintf(at,
		"{\"jsonrpc\":\"1.0\",\"id\":%u,\"method\":\"sendrawtransaction\",\"params\":[\"",
		id);
	bt_hex(at, offer->tx.p, offer->tx.n);
	at = stpcpy(at + 2 * offer->tx.n, "\"]}");
	return (size_t)(at - start);
}

/* The body of a flight: one request, or an array of them. */
static size_t put_body(const struct btc_bcast *b, const struct flight *f)
{
	char *at = f->body;

	if (b->batch == 1)
		return put_request(at, &b->offers[f->first], f->first);
	for (uint32_t i = 0; i < f->n; i++) {
		*at++ = i == 0 ? '[' : ',';
		at += put_request(at, &b->offers[f->first + i], f->first + i);
	}
	*at++ = ']';
	return (size_t)(at - f->body);
}

static void nothing_left(struct state *s, struct bt_call *call)
{
	bt_note(s, BTC_BCAST_SPENT,
		"all %u transactions have been sent (a warm-up takes of them, too): expected a "
		"larger --count",
		s->b->n);
	bt_call_done(
		call, (struct bt_result){ BT_FATAL, BTC_BCAST_SPENT, 0 }, bt_now(s->env->clock));
}

static void broadcast_submit(void *arg, struct bt_call *call)
{
	struct state *s = arg;
	struct btc_bcast *b = s->b;
	struct bt_http_call *c;
	struct flight *f;
	uint32_t first;

	if (s->pool != NULL) {
		struct bt_result r = offer_batch(s); /* before the clock is read */

		bt_call_done(call, r, bt_now(s->env->clock));
		return;
	}
	/* Relaxed: the transactions were there before any worker. */
	first = atomic_load_explicit(&b->next, memory_order_relaxed);
	while (first < b->n &&
		!atomic_compare_exchange_weak_explicit(&b->next, &first,
			BT_MIN(first + b->batch, b->n), memory_order_relaxed, memory_order_relaxed))
		;
	if (first >= b->n) {
		nothing_left(s, call);
		return;
	}
	c = bt_http_take(s->http);
	f = &s->flights[c->index];
	f->first = first;
	f->n = BT_MIN(b->batch, b->n - first);
	c->call = call;
	bt_jsonrpc_fill(c, f->body, put_body(b, f), b->authorization);
	bt_http_begin(s->http, c);
}

/* Codes of Core's sendrawtransaction that are about the transaction: RPC_DESERIALIZATION_ERROR and
 * RPC_VERIFY_*. */
static bool is_about_tx(long long code)
{
	return code == -22 || code == -25 || code == -26 || code == -27;
}

static enum {
	ANSWER_RIGHT,
	ANSWER_FAILED
} judge_one(struct state *s, const json_t *reply, uint32_t i, unsigned *class)
{
	struct btc_offer *offer = &s->b->offers[i];
	const char *got = json_string_value(json_object_get(reply, "result")), *words = "";
	char txid[BTC_HEX_SIZE];
	long long code = 0;

	btc_hash_hex(txid, offer->txid);
	if (bt_jsonrpc_error(reply, &code, &words)) {
		*class = is_about_tx(code) ? BTC_BCAST_REJECTED : BTC_BCAST_RPC;
		bt_meter_add(s->env->meter, BTC_BCAST_REFUSED, *class == BTC_BCAST_REJECTED);
		bt_note(s, *class, "%s: error %lld: %.160s", txid, code, words);
		return ANSWER_FAILED;
	}
	if (got == NULL || strcmp(got, txid) != 0) {
		*class = BTC_BCAST_WRONG;
		bt_note(s, *class, "%s: the reply is %.80s", txid, got != NULL ? got : "no txid");
		return ANSWER_FAILED;
	}
	bt_meter_add(s->env->meter, BTC_BCAST_ACCEPTED, 1);
	offer->accepted = s->worker;
	return ANSWER_RIGHT;
}

/* The reply to request `id`: of a batch, they may come in any order. */
static const json_t *reply_to(const json_t *json, uint32_t id)
{
	const json_t *one;
	size_t i;

	if (json_is_object(json))
		return json;
	json_array_foreach(json, i, one) if (json_is_integer(json_object_get(one, "id")) &&
		json_integer_value(json_object_get(one, "id")) == id) return one;
	return NULL;
}

static struct bt_result judge(struct state *s, struct bt_http_call *c)
{
	const struct flight *f = &s->flights[c->index];
	struct bt_result r = { .outcome = BT_DONE };
	json_t *json = NULL;
	unsigned class = bt_jsonrpc_reply(&json, c);

	if (class != BT_NET_OK)
		return bt_failed(s, class, "transaction %u: %s", f->first, c->why);
	for (uint32_t i = f->first; i < f->first + f->n; i++) {
		if (judge_one(s, reply_to(json, i), i, &class) == ANSWER_RIGHT) {
			r.units++;
		} else if (r.outcome == BT_DONE) {
			r.outcome = BT_FAILED;
			r.error_class = class;
		}
	}
	json_decref(json);
	s->b->done[f->first / s->b->batch] = r.outcome == BT_DONE;
	return r;
}

static void done(void *arg, struct bt_http_call *c)
{
	bt_call_done(c->call, judge(arg, c), c->end_ns);
}

static void broadcast_wait(void *arg, uint64_t until_ns)
{
	struct state *s = arg;

	if (s->http != NULL)
		bt_http_wait(s->http, until_ns);
}

static void broadcast_leave(void *arg)
{
	struct state *s = arg;

	if (s->pool != NULL)
		check_pool(s);
	/* Its calls may still be in flight: what is asked now goes over connections of its own. */
	bt_http_close(s->http);
	if (s->http != NULL)
		btc_bcast_check(s->b, s->env, s, s->worker);
	btc_mempool_free(s->pool);
	free(s->taken);
	free(s->done);
	for (unsigned i = 0; i < s->n_flights; i++)
		free(s->flights[i].body);
	free(s->flights);
}

static int enter_embedded(struct state *s, struct bt_err *err)
{
	s->pool = new_pool(s->b);
	s->taken = calloc(s->b->n, sizeof(s->taken[0]));
	s->done = calloc(s->b->n, sizeof(s->done[0]));
	if (s->pool != NULL && s->taken != NULL && s->done != NULL)
		return 0;
	return bt_oom(err, "mempool");
}

static int enter_node(struct state *s, struct bt_err *err)
{
	unsigned n = s->env->concurrency;

	s->flights = calloc(n, sizeof(s->flights[0]));
	for (; s->flights != NULL && s->n_flights < n; s->n_flights++) {
		s->flights[s->n_flights].body = malloc(s->b->body_most);
		if (s->flights[s->n_flights].body == NULL)
			break;
	}
	return s->n_flights == n ? bt_http_open(&s->http, s->b->target, s->env, done, s, err)
				 : bt_oom(err, "requests");
}

static int broadcast_enter(void *arg, const struct bt_env *env, struct bt_err *err)
{
	struct state *s = arg;
	int rc;

	s->b = env->shared;
	s->env = env;
	s->worker = env->worker + 1;
	rc = btc_bcast_embedded(s->b->conf) ? enter_embedded(s, err) : enter_node(s, err);
	if (rc != 0)
		broadcast_leave(s);
	else
		bt_meter_text(env->meter, BTC_BCAST_NODE, s->b->node);
	return rc;
}

static const struct bt_alias aliases[] = { BTC_ALIASES(
	BT_ALIAS_SERVICE, "time a transaction took to be sent and answered, in seconds") };

const struct bt_workload btc_broadcast_workload = {
	.name = "bitcoin.broadcast",
	.summary = "broadcast transactions to a node by JSON-RPC, or to a mempool in process",
	.unit = "transactions",
	.opts = opts,
	.metrics = metrics,
	.aliases = aliases,
	.error_classes = error_classes,
	.conf_size = sizeof(struct btc_bcast_conf),
	.state_size = sizeof(struct state),
	.concurrency = CONCURRENCY,
	.supply = broadcast_supply,
	.check = broadcast_check,
	.prepare = broadcast_prepare,
	.enter = broadcast_enter,
	.submit = broadcast_submit,
	.wait = broadcast_wait,
	.leave = broadcast_leave,
	.teardown = broadcast_teardown,
};
