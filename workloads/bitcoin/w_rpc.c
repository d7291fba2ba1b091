/* bitcoin.rpc: calls of a node's JSON-RPC methods, by weight. */
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/input.h"
#include "base/rng.h"
#include "net/jsonrpc.h"

#define METHODS_MOST 64
#define NAME_MOST    64
#define WEIGHT_MOST  1000000
#define CONCURRENCY  8
#define ID_ROOM      24 /* digits, brace and NUL */

struct conf {
	const char *target, *calls, *cookie_file;
	struct bt_http_conf http;
};

#define ROW(field) offsetof(struct conf, field)
static const struct bt_opt opts[] = {
	{ .name = "target",
		.type = BT_OPT_TEXT,
		.offset = ROW(target),
		.arg = "URL",
		.help = "the node's JSON-RPC, http://HOST:PORT",
		.man = "The node's JSON-RPC, such as `http://127.0.0.1:18443/`." },
	{ .name = "calls",
		.type = BT_OPT_TEXT,
		.offset = ROW(calls),
		.dflt = "getblockchaininfo=5,getrawmempool=1",
		.arg = "LIST",
		.help = "METHOD=WEIGHT,… or METHOD[PARAMETERS]=WEIGHT, parameters in JSON",
		.man = "`METHOD=WEIGHT`, separated by commas; parameters stand behind the method "
		       "as a JSON array: `getblockhash[0]=3`. Without a weight it is 1." },
	{ .name = "cookie-file",
		.type = BT_OPT_PATH,
		.offset = ROW(cookie_file),
		.arg = "FILE",
		.help = "the node's .cookie",
		.man = "The node's {Pa .cookie}." },
	{ .group = bt_http_opts, .offset = offsetof(struct conf, http) },
	BT_OPT_END,
};

static const struct bt_metric metrics[] = {
	{ .group = bt_net_metrics },
	{ .name = NULL },
};

enum { RPC_ERROR = BT_NET_ERRORS, WRONG_ANSWER };
static const char *const error_classes[] = { BT_NET_ERROR_CLASSES, "rpc-error", "wrong-answer",
	NULL };

/* A method with its parameters: all of the request but its id. */
struct method {
	char name[NAME_MOST];
	char *head;
	size_t head_n;
	uint32_t weight;
};

struct mix {
	struct method methods[METHODS_MOST];
	unsigned n;
	uint64_t sum;
};

struct shared {
	struct mix mix;
	size_t head_most;
	uint64_t seed;
	struct bt_http_target *target;
	char *authorization;
};

struct state {
	const struct shared *shared;
	struct bt_http *http;
	char **bodies; /* by index of the call */
	const struct method **asked;
	unsigned n_bodies;
};

static void mix_fini(struct mix *mix)
{
	while (mix->n > 0)
		free(mix->methods[--mix->n].head);
}

static int bad(const char *at, const char *expected, struct bt_err *err)
{
	return bt_fail(err, -EINVAL, "--calls: '%.60s': expected %s", at, expected);
}

/* The parameters that stand at *at, if any, as compact JSON; what follows them is where *at then
 * is. */
static int read_parameters(char **params, const char **at, struct bt_err *err)
{
	json_error_t problem;
	json_t *value;

	*params = NULL;
	if (**at != '[') {
		*params = strdup("[]");
		return *params ? 0 : bt_oom(err, "--calls");
	}
	value = json_loads(*at, JSON_DISABLE_EOF_CHECK, &problem);
	if (!value)
		return bad(*at, "parameters as a JSON array", err);
	*at += problem.position;
	*params = json_dumps(value, JSON_COMPACT);
	json_decref(value);
	return *params ? 0 : bt_oom(err, "--calls");
}

static int read_weight(uint32_t *weight, const char **at, struct bt_err *err)
{
	const char *start = *at;
	size_t n = strcspn(start, ",");
	char text[24] = "";
	uint64_t v = 0;

	*weight = 1;
	if (*start != '=')
		return 0;
	if (n > 1 && n < sizeof(text))
		memcpy(text, start + 1, n - 1);
	if (bt_parse_count(&v, text) != 0 || v > WEIGHT_MOST)
		return bad(start, "=WEIGHT, from 0 to 1000000", err);
	*weight = (uint32_t)v;
	*at = start + n;
	return 0;
}

static int read_method(struct mix *mix, const char **at, struct bt_err *err)
{
	struct method *m = &mix->methods[mix->n];
	const char *start = *at;
	char *params;
	size_t n = 0;
	int r;

	while (isalnum((unsigned char)start[n]) || start[n] == '_')
		n++;
	if (n == 0 || n >= NAME_MOST)
		return bad(start, "the name of a method", err);
	snprintf(m->name, sizeof(m->name), "%.*s", (int)n, start);
	*at += n;
	r = read_parameters(&params, at, err);
	if (r < 0)
		return r;
	r = asprintf(&m->head,
		"{\"jsonrpc\":\"1.0\",\"method\":\"%s\",\"params\":%s,\"id\":", m->name, params);
	free(params);
	if (r < 0)
		return bt_oom(err, "--calls");
	m->head_n = (size_t)r;
	mix->n++;
	r = read_weight(&m->weight, at, err);
	mix->sum += m->weight;
	return r;
}

static int read_mix(struct mix *mix, const char *text, struct bt_err *err)
{
	const char *at = text;
	int r = 0;

	while (r == 0 && *at) {
		if (mix->n == METHODS_MOST)
			return bad(at, "no more than 64 methods", err);
		r = read_method(mix, &at, err);
		if (r == 0 && *at && *at != ',')
			return bad(at, "a comma", err);
		at += r == 0 && *at == ',';
	}
	return r < 0 || mix->sum ? r : bad(text, "a weight above 0", err);
}

static int rpc_check(const void *configuration, struct bt_err *err)
{
	const struct conf *conf = configuration;
	struct mix mix = { .n = 0 };
	int r;

	if (!conf->target)
		return bt_fail(err, -EINVAL,
			"--target: expected the node's JSON-RPC, such as http://127.0.0.1:18443/");
	if (conf->cookie_file && (conf->http.user || conf->http.bearer_file))
		return bt_fail(
			err, -EINVAL, "give --cookie-file, --user or --bearer-file, not two");
	r = bt_http_check(&conf->http, conf->target, err);
	if (r == 0)
		r = read_mix(&mix, conf->calls, err);
	mix_fini(&mix);
	return r;
}

static void rpc_teardown(void *arg)
{
	struct shared *s = arg;

	bt_http_target_close(s->target);
	bt_input_forget(s->authorization);
	mix_fini(&s->mix);
	free(s);
}

static int rpc_prepare(void **shared, const struct bt_env *env, struct bt_err *err)
{
	const struct conf *conf = env->conf;
	struct shared *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return bt_oom(err, "bitcoin.rpc");
	s->seed = env->seed;
	r = read_mix(&s->mix, conf->calls, err);
	if (r == 0 && conf->cookie_file)
		r = bt_jsonrpc_cookie(&s->authorization, conf->cookie_file, err);
	if (r == 0)
		r = bt_http_target(&s->target, &conf->http, conf->target, env, err);
	if (r < 0) {
		rpc_teardown(s);
		return r;
	}
	for (unsigned i = 0; i < s->mix.n; i++)
		s->head_most = BT_MAX(s->head_most, s->mix.methods[i].head_n);
	*shared = s;
	return 0;
}

/* By seed and number alone. */
static const struct method *draw(const struct shared *s, uint64_t n)
{
	uint64_t at = bt_mix64(s->seed ^ bt_mix64(n)) % s->mix.sum;
	unsigned i = 0;

	while (at >= s->mix.methods[i].weight)
		at -= s->mix.methods[i++].weight;
	return &s->mix.methods[i];
}

static void rpc_submit(void *self, struct bt_call *call)
{
	struct state *s = self;
	const struct method *m = draw(s->shared, call->n);
	struct bt_http_call *c = bt_http_take(s->http);
	char *body = s->bodies[c->index];
	int n;

	memcpy(body, m->head, m->head_n);
	n = snprintf(body + m->head_n, ID_ROOM, "%llu}", (unsigned long long)call->n);
	s->asked[c->index] = m;
	c->call = call;
	bt_jsonrpc_fill(c, body, m->head_n + (size_t)n, s->shared->authorization);
	bt_http_begin(s->http, c);
}

static struct bt_result judge(struct state *s, struct bt_http_call *c)
{
	const char *method = s->asked[c->index]->name, *words;
	struct bt_result r = { BT_DONE, 0, 1 };
	json_t *json = NULL;
	unsigned class = bt_jsonrpc_reply(&json, c);
	long long code;

	if (class != BT_NET_OK)
		return bt_failed(s, class, "%s: %s", method, c->why);
	if (bt_jsonrpc_error(json, &code, &words)) {
		r = bt_failed(s, RPC_ERROR, "%s: error %lld: %.200s", method, code, words);
	} else if (!json_object_get(json, "result") ||
		!json_is_integer(json_object_get(json, "id")) ||
		(uint64_t)json_integer_value(json_object_get(json, "id")) != c->call->n) {
		r = bt_failed(s, WRONG_ANSWER, "%s: the reply is not to this call: %.120s", method,
			c->reply);
	}
	json_decref(json);
	return r;
}

static void done(void *arg, struct bt_http_call *c)
{
	bt_call_done(c->call, judge(arg, c), c->end_ns);
}

static void rpc_wait(void *self, uint64_t until_ns)
{
	struct state *s = self;

	bt_http_wait(s->http, until_ns);
}

static void rpc_leave(void *self)
{
	struct state *s = self;

	bt_http_close(s->http);
	for (unsigned i = 0; i < s->n_bodies; i++)
		free(s->bodies[i]);
	free(s->bodies);
	free(s->asked);
}

static int rpc_enter(void *self, const struct bt_env *env, struct bt_err *err)
{
	struct state *s = self;
	unsigned n = env->concurrency;
	int r;

	s->shared = env->shared;
	s->bodies = calloc(n, sizeof(*s->bodies));
	s->asked = calloc(n, sizeof(*s->asked));
	for (; s->bodies && s->n_bodies < n; s->n_bodies++) {
		s->bodies[s->n_bodies] = malloc(s->shared->head_most + ID_ROOM);
		if (!s->bodies[s->n_bodies])
			break;
	}
	r = s->asked && s->n_bodies == n
		? bt_http_open(&s->http, s->shared->target, env, done, s, err)
		: bt_oom(err, "bitcoin.rpc");
	if (r < 0)
		rpc_leave(s);
	return r;
}

const struct bt_workload btc_rpc_workload = {
	.name = "bitcoin.rpc",
	.summary = "calls of a Bitcoin node's JSON-RPC methods, by weight",
	.unit = "calls",
	.opts = opts,
	.metrics = metrics,
	.error_classes = error_classes,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.concurrency = CONCURRENCY,
	.check = rpc_check,
	.prepare = rpc_prepare,
	.enter = rpc_enter,
	.submit = rpc_submit,
	.wait = rpc_wait,
	.leave = rpc_leave,
	.teardown = rpc_teardown,
};
