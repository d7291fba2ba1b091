/*
 * ml.serve: the inputs of ml.infer sent to a model server by the Open Inference Protocol, and its
 * outputs held against the same model here. Without a server the request is read, answered and read
 * again in process.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "ml/ml_load.h"
#include "ml/oip.h"
#include "net/http.h"

#define BATCH_MOST   10000
#define NUMBERS_MOST 100000000 /* of all requests together */
#define URL_MOST     2048

struct conf {
	struct ml_conf ml;
	struct bt_http_conf http;
	const char *target, *name, *version, *output;
	uint64_t batch;
};

#define ROW(field) offsetof(struct conf, field)
static const struct bt_opt opts[] = {
	{ .name = "target",
		.type = BT_OPT_TEXT,
		.offset = ROW(target),
		.dflt = "embedded",
		.arg = "embedded|URL",
		.help = "the server: embedded, answered in process, or one at http://HOST:PORT",
		.man = "The server: *embedded*, where requests are read, answered and read again "
		       "in process, or one at {Pa http://HOST:PORT}." },
	{ .name = "model-name",
		.type = BT_OPT_TEXT,
		.offset = ROW(name),
		.arg = "NAME",
		.help = "what the server calls the model; the file's name without its ending",
		.man = "What the server calls the model; the file's name without its ending when "
		       "not given." },
	{ .name = "model-version",
		.type = BT_OPT_TEXT,
		.offset = ROW(version),
		.arg = "VERSION",
		.help = "which version of it; the server's choice",
		.man = "Which version of it; the server's choice when not given." },
	{ .name = "output",
		.type = BT_OPT_TEXT,
		.offset = ROW(output),
		.arg = "NAME",
		.help = "the output tensor with the predictions; the first",
		.man = "The output tensor that has the predictions; the first when not given." },
	{ .name = "batch",
		.type = BT_OPT_COUNT,
		.offset = ROW(batch),
		.dflt = "1",
		.arg = "N",
		.min = 1,
		.max = BATCH_MOST,
		.help = "samples a request",
		.man = "Samples a request." },
	{ .name = "model",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct conf, ml.model),
		.dflt = "small",
		.arg = "MODEL",
		.help = "small, medium, large, price, or a file of XGBoost's JSON or UBJSON",
		.man = "The same model here: its predictions have to be the server's." },
	{ .group = ml_opts, .offset = offsetof(struct conf, ml) },
	{ .group = bt_http_opts, .offset = offsetof(struct conf, http) },
	BT_OPT_END,
};

enum { SAMPLES = BT_NET_METRICS }; /* and the rest of ml_metric behind it */
static const struct bt_metric metrics[] = {
	{ .group = bt_net_metrics },
	{ .group = ml_metrics },
	{ .name = NULL },
};

enum { WRONG_OUTPUT = BT_NET_ERRORS, NO_OUTPUT };
static const char *const error_classes[] = {
	BT_NET_ERROR_CLASSES,
	[WRONG_OUTPUT] = "wrong-output",
	[NO_OUTPUT] = "no-output",
	NULL,
};

struct shared {
	struct ml_load load;
	const struct conf *conf;
	struct bt_http_target *target; /* NULL: embedded */
	struct ml_oip_model model;
	char url[URL_MOST];
	char **requests; /* the i-th begins with row i × batch */
	size_t n_requests;
};

struct state {
	struct shared *shared;
	const struct bt_env *env;
	struct ml_client client;
	struct bt_http *http;
	float *out;
	uint64_t *flights; /* requests by index of the call */
};

static bool is_embedded(const struct conf *conf)
{
	return strcmp(conf->target, "embedded") == 0;
}

/* ---- options and what is made of them ---- */

static bool is_name(const char *text)
{
	return !text || (*text && !text[strcspn(text, "/?#% \t\"\\")]);
}

static int serve_check(const void *arg, struct bt_err *err)
{
	const struct conf *conf = arg;

	if (!is_embedded(conf) && !strstr(conf->target, "://"))
		return bt_fail(err, -EINVAL,
			"--target: '%.80s': expected embedded or http://HOST:PORT", conf->target);
	if (!is_name(conf->name) || !is_name(conf->version))
		return bt_fail(err, -EINVAL,
			"--model-%s: '%.80s': expected a name without blanks and /",
			is_name(conf->name) ? "version" : "name",
			is_name(conf->name) ? conf->version : conf->name);
	return bt_http_check(&conf->http, is_embedded(conf) ? NULL : conf->target, err);
}

static void serve_teardown(void *arg)
{
	struct shared *s = arg;

	for (size_t i = 0; s->requests && i < s->n_requests; i++)
		free(s->requests[i]);
	free(s->requests);
	bt_http_target_close(s->target);
	ml_load_close(&s->load);
	free(s);
}

/* The name of the model's file without its ending. */
static void model_name(char *out, size_t size, const struct shared *s)
{
	const char *path = s->load.model->path, *slash = strrchr(path, '/');
	const char *name = slash ? slash + 1 : path, *dot = strrchr(name, '.');

	if (s->conf->name)
		snprintf(out, size, "%s", s->conf->name);
	else
		snprintf(out, size, "%.*s", dot ? (int)(dot - name) : (int)strlen(name), name);
}

/* .../v2/models/NAME, which the other addresses begin with. */
static int make_url(struct shared *s, struct bt_err *err)
{
	const char *base = bt_http_url(s->target), *version = s->conf->version;
	size_t len = strlen(base);
	char name[256];

	while (len && base[len - 1] == '/')
		len--;
	model_name(name, sizeof(name), s);
	if (snprintf(s->url, sizeof(s->url) - 8, "%.*s/v2/models/%s%s%s", (int)len, base, name,
		    version ? "/versions/" : "", version ? version : "") >= (int)sizeof(s->url) - 8)
		return bt_fail(err, -EINVAL, "--target: expected a shorter URL");
	return 0;
}

/* One question before the load. */
struct ask {
	const char *url;
	struct shared *shared;
	const char *what; /* what is not well when the answer is not 200 */
	bool metadata;
	struct bt_err err;
};

static void fill_ask(void *arg, struct bt_http_call *call)
{
	call->url = ((struct ask *)arg)->url;
}

static void take_ask(void *arg, struct bt_http_call *call)
{
	struct ask *ask = arg;

	if (call->error != BT_NET_OK)
		bt_fail(&ask->err, -ECONNREFUSED, "%s: %s", ask->url, call->why);
	else if (call->status != 200)
		bt_fail(&ask->err, -EREMOTEIO, "%s: %s: status %u, expected 200", ask->url,
			ask->what, call->status);
	else if (ask->metadata &&
		ml_oip_metadata(&ask->shared->model, call->reply ? call->reply : "",
			call->reply_len, ask->shared->load.model->features, &ask->err) < 0)
		bt_fail_in(&ask->err, "%s", ask->url);
}

static int ask_server(struct shared *s, const char *url, const char *what, bool metadata,
	const struct bt_env *env, struct bt_err *err)
{
	struct ask ask = { .url = url, .shared = s, .what = what, .metadata = metadata };
	int r = bt_http_ask(s->target, env, fill_ask, take_ask, &ask, err);

	if (r == 0 && ask.err.code)
		r = bt_fail(err, ask.err.code, "%s", ask.err.msg);
	return r;
}

static int ask_all(struct shared *s, const struct bt_env *env, struct bt_err *err)
{
	const char *base = bt_http_url(s->target);
	size_t len = strlen(base);
	char url[URL_MOST];
	int r;

	while (len && base[len - 1] == '/')
		len--;
	snprintf(url, sizeof(url), "%.*s/v2/health/ready", (int)BT_MIN(len, (size_t)1900), base);
	r = ask_server(s, url, "the server is not ready", false, env, err);
	if (r == 0)
		r = ask_server(s, s->url, "it does not know the model", true, env, err);
	snprintf(url, sizeof(url), "%.2000s/ready", s->url);
	if (r == 0)
		r = ask_server(s, url, "the model is not ready", false, env, err);
	strcat(s->url, "/infer");
	return r;
}

static int make_requests(struct shared *s, struct bt_err *err)
{
	const struct ml_inputs *in = &s->load.inputs;
	unsigned features = s->load.model->features;
	size_t batch = s->conf->batch;
	float *rows = malloc(batch * features * sizeof(*rows));
	int r = rows ? 0 : -ENOMEM;

	s->n_requests = (in->n + batch - 1) / batch;
	s->requests = calloc(s->n_requests, sizeof(*s->requests));
	if (!s->requests)
		r = -ENOMEM;
	for (size_t i = 0; r == 0 && i < s->n_requests; i++) {
		for (size_t k = 0; k < batch; k++)
			memcpy(rows + k * features, in->rows + (i * batch + k) % in->n * features,
				features * sizeof(*rows));
		s->requests[i] = ml_oip_request(&s->model, rows, batch, features);
		if (!s->requests[i])
			r = -ENOMEM;
	}
	free(rows);
	return r < 0 ? bt_fail(err, r, "requests: out of memory") : 0;
}

/* JSON has no missing numbers, and memory has an end. */
static int check_inputs(const struct shared *s, struct bt_err *err)
{
	const struct ml_inputs *in = &s->load.inputs;
	size_t numbers = in->n * s->load.model->features;

	if (BT_MAX(numbers, s->conf->batch * s->load.model->features) > NUMBERS_MOST)
		return bt_fail(err, -EINVAL, "%zu rows of %u features: expected at most %d numbers",
			in->n, s->load.model->features, NUMBERS_MOST);
	for (size_t i = 0; i < numbers; i++)
		if (isnan(in->rows[i]))
			return bt_fail(err, -EINVAL,
				"row %zu of the input: feature %zu is missing, which a tensor in "
				"JSON cannot say",
				i / s->load.model->features + 1, i % s->load.model->features);
	return 0;
}

static int serve_prepare(void **shared, const struct bt_env *env, struct bt_err *err)
{
	const struct conf *conf = env->conf;
	struct shared *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return bt_oom(err, "ml.serve");
	s->conf = conf;
	s->model = (struct ml_oip_model){ .input = "input", .datatype = "FP32" };
	r = ml_load_open(&s->load, &conf->ml, env, err);
	if (r == 0)
		r = check_inputs(s, err);
	if (r == 0 && !is_embedded(conf)) {
		r = bt_http_target(&s->target, &conf->http, conf->target, env, err);
		if (r == 0)
			r = make_url(s, err);
		if (r == 0)
			r = ask_all(s, env, err);
	}
	if (r == 0)
		r = make_requests(s, err);
	if (r < 0) {
		serve_teardown(s);
		return r;
	}
	*shared = s;
	return 0;
}

/* ---- the load ---- */

static struct bt_result judge(struct state *s, uint64_t request, const char *reply, size_t n)
{
	const struct shared *sh = s->shared;
	size_t batch = sh->conf->batch;
	struct ml_wrong wrong;
	struct bt_err err;

	if (ml_oip_outputs(s->out, batch * sh->load.model->outputs,
		    sh->target ? sh->conf->output : NULL, reply, n, &err) < 0)
		return bt_failed(s, NO_OUTPUT, "%s", err.msg);
	if (!ml_client_judge(&s->client, &wrong, s->out, request * batch, batch))
		return bt_failed(s, WRONG_OUTPUT, ML_WRONG_WORDS, ML_WRONG_ARGS(&wrong));
	return (struct bt_result){ BT_DONE, 0, batch };
}

/* The server's words about an error, where the body has them. */
static struct bt_result refused(struct state *s, unsigned class, struct bt_http_call *c)
{
	struct bt_err err = { .msg = "" };

	if (c->error == BT_NET_OK && c->reply)
		ml_oip_outputs(s->out, 0, NULL, c->reply, c->reply_len, &err);
	return bt_failed(s, class, "%s%s%s", c->error == BT_NET_OK ? "" : c->why,
		c->error == BT_NET_OK ? "status not 200: " : "", err.msg);
}

static void done(void *arg, struct bt_http_call *c)
{
	struct state *s = arg;
	unsigned class = bt_http_class(c);

	bt_call_done(c->call,
		class == BT_NET_OK
			? judge(s, s->flights[c->index], c->reply ? c->reply : "", c->reply_len)
			: refused(s, class, c),
		c->end_ns);
}

static void answer_here(struct state *s, uint64_t request, struct bt_call *call)
{
	const struct shared *sh = s->shared;
	const char *body = sh->requests[request];
	struct bt_err err;
	struct bt_result r;
	char *reply = ml_oip_answer(s->client.predictor, sh->conf->batch, sh->load.model->features,
		body, strlen(body), &err);

	r = reply ? judge(s, request, reply, strlen(reply))
		  : bt_failed(s, NO_OUTPUT, "%s", err.msg);
	free(reply);
	bt_call_done(call, r, bt_now(s->env->clock));
}

static void serve_submit(void *arg, struct bt_call *call)
{
	struct state *s = arg;
	struct shared *sh = s->shared;
	uint64_t request = call->n % sh->n_requests;
	struct bt_http_call *c;

	if (!s->http) {
		answer_here(s, request, call);
		return;
	}
	c = bt_http_take(s->http);
	s->flights[c->index] = request;
	c->call = call;
	c->url = sh->url;
	c->method = "POST";
	c->body = sh->requests[request];
	c->body_len = strlen(c->body);
	c->headers[0] = "Content-Type: application/json";
	c->keep_reply = true;
	bt_http_begin(s->http, c);
}

static void serve_wait(void *arg, uint64_t until_ns)
{
	struct state *s = arg;

	if (s->http)
		bt_http_wait(s->http, until_ns);
}

static void serve_leave(void *arg)
{
	struct state *s = arg;

	bt_http_close(s->http);
	ml_client_close(&s->client);
	free(s->out);
	free(s->flights);
}

static int serve_enter(void *arg, const struct bt_env *env, struct bt_err *err)
{
	struct state *s = arg;
	struct shared *sh = env->shared;
	size_t batch = sh->conf->batch;
	int r = 0;

	s->shared = sh;
	s->env = env;
	s->out = malloc(batch * sh->load.model->outputs * sizeof(*s->out));
	s->flights = calloc(BT_MAX(env->concurrency, 1), sizeof(*s->flights));
	if (!s->out || !s->flights)
		r = bt_oom(err, "ml.serve");
	else if (sh->target)
		r = bt_http_open(&s->http, sh->target, env, done, s, err);
	else
		r = ml_client_open(&s->client, &sh->load, batch, SAMPLES, env, err);
	if (r == 0 && sh->target)
		ml_client_meter(&s->client, &sh->load, SAMPLES, env);
	if (r < 0)
		serve_leave(s);
	return r;
}

const struct bt_workload ml_serve_workload = {
	.name = "ml.serve",
	.summary = "predictions asked of a model server by the Open Inference Protocol",
	.unit = "samples",
	.opts = opts,
	.metrics = metrics,
	.error_classes = error_classes,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.concurrency = 10,
	.check = serve_check,
	.prepare = serve_prepare,
	.enter = serve_enter,
	.submit = serve_submit,
	.wait = serve_wait,
	.leave = serve_leave,
	.teardown = serve_teardown,
};
