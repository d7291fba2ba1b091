/* http.request: the same request again and again, with places that change, and what the reply has
 * to be. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "net/http.h"
#include "net/url_template.h"

#define BODY_MOST   ((size_t)1 << 30)
#define STATUS_MOST 16
#define HEADERS_OWN 4 /* headers that change from call to call */

struct conf {
	const char *url, *method, *body, *body_file, *expect_status, *expect_body;
	struct bt_http_conf http;
};

#define ROW(field) offsetof(struct conf, field)
static const struct bt_opt opts[] = {
	{ .name = "url",
		.type = BT_OPT_TEXT,
		.offset = ROW(url),
		.arg = "URL",
		.help = "http:// or https://; %{n} and %{uuid} are filled in behind the host",
		.man = "What to ask for, by http or https. In URL, body, headers and "
		       "--expect-body, `%{n}` is the number of the operation in the run and "
		       "`%{uuid}` a version 4 UUID that follows from it and the seed; `%%{` stands "
		       "for `%{`. The host is the same for all." },
	{ .name = "method",
		.type = BT_OPT_TEXT,
		.offset = ROW(method),
		.arg = "METHOD",
		.help = "GET; POST when there is a body",
		.man = "GET, or POST when there is a body, unless given." },
	{ .name = "body",
		.type = BT_OPT_TEXT,
		.offset = ROW(body),
		.arg = "TEXT",
		.help = "sent with each request; %{n} and %{uuid} are filled in",
		.man = "Sent with each request. No `Content-Type` is sent unless --header gives "
		       "one." },
	{ .name = "body-file",
		.type = BT_OPT_PATH,
		.offset = ROW(body_file),
		.arg = "FILE",
		.help = "what the file holds is the body; %{n} and %{uuid} are filled in",
		.man = "The same, from a file of at most 1 GiB." },
	{ .name = "expect-status",
		.type = BT_OPT_TEXT,
		.offset = ROW(expect_status),
		.dflt = "2xx",
		.arg = "LIST",
		.help = "statuses that are right: 200,204,3xx",
		.man = "Statuses that are right, such as `200,204,3xx`. Another one fails the "
		       "request in the class of its group, or as {Er wrong-answer}." },
	{ .name = "expect-body",
		.type = BT_OPT_TEXT,
		.offset = ROW(expect_body),
		.arg = "TEXT",
		.help = "has to be in the reply, else wrong-answer; %{n} and %{uuid} are filled "
			"in",
		.man = "Has to be somewhere in the reply; without it the request is a {Er "
		       "wrong-answer}. Replies are then kept in memory while they come." },
	{ .group = bt_http_opts, .offset = offsetof(struct conf, http) },
	BT_OPT_END,
};

static const struct bt_metric metrics[] = {
	{ .group = bt_net_metrics },
	{ .name = NULL },
};

enum { WRONG_ANSWER = BT_NET_ERRORS };
static const char *const error_classes[] = { BT_NET_ERROR_CLASSES, "wrong-answer", NULL };

struct shared {
	struct bt_http_target *target;
	struct bt_template *url, *body, *expect, *headers[HEADERS_OWN];
	unsigned n_headers;
	char *file; /* of --body-file */
	size_t body_len;
	struct bt_http_conf http; /* without the headers that change */
	uint64_t seed;
	bool right[600]; /* statuses */
};

/* What a call has filled in. */
struct filled {
	char *url, *body, *expect, *headers[HEADERS_OWN];
	size_t body_len;
};

struct state {
	const struct shared *shared;
	const struct conf *conf;
	struct bt_http *http;
	struct filled *filled; /* by index of the call */
	unsigned n_filled;
};

static int read_status(bool right[600], const char *list, struct bt_err *err)
{
	const char *at = list;

	while (*at) {
		size_t n = strcspn(at, ",");
		bool group =
			n == 3 && at[0] >= '1' && at[0] <= '5' && strncasecmp(at + 1, "xx", 2) == 0;
		bool one = n == 3 && strspn(at, "0123456789") >= 3 && at[0] >= '1' && at[0] <= '5';
		int code = one ? (at[0] - '0') * 100 + (at[1] - '0') * 10 + at[2] - '0'
			       : (at[0] - '0') * 100;

		if (!group && !one)
			return bt_fail(err, -EINVAL,
				"--expect-status: '%.40s': expected a list such as 200,204,3xx",
				list);
		for (int i = code; i < code + (group ? 100 : 1); i++)
			right[i] = true;
		at += n;
		at += *at == ',';
	}
	return *list
		? 0
		: bt_fail(err, -EINVAL, "--expect-status: '': expected a list such as 200,204,3xx");
}

static int check_template(const char *option, const char *text, struct bt_err *err)
{
	struct bt_template *t = NULL;
	struct bt_err why = { 0 };
	int r = text ? bt_template_open(&t, text, strlen(text), &why) : 0;

	bt_template_close(t);
	return r < 0 ? bt_fail(err, r, "--%s: %s", option, why.msg) : 0;
}

static int check_templates(const struct conf *conf, struct bt_err *err)
{
	unsigned own = 0;
	int r = check_template("url", conf->url, err);

	if (r == 0)
		r = check_template("body", conf->body, err);
	if (r == 0)
		r = check_template("expect-body", conf->expect_body, err);
	for (unsigned i = 0; r == 0 && i < conf->http.headers.n; i++) {
		r = check_template("header", conf->http.headers.v[i], err);
		own += strstr(conf->http.headers.v[i], "%{") != NULL;
	}
	if (r == 0 && own > HEADERS_OWN)
		r = bt_fail(err, -EINVAL, "--header: %u with %%{…} in them, expected at most %d",
			own, HEADERS_OWN);
	return r;
}

static int http_request_check(const void *configuration, struct bt_err *err)
{
	const struct conf *conf = configuration;
	bool right[600] = { false };
	size_t host;
	int r;

	if (!conf->url)
		return bt_fail(err, -EINVAL,
			"--url: expected the URL to load, such as http://127.0.0.1:8080/");
	if (conf->body && conf->body_file)
		return bt_fail(err, -EINVAL, "give --body or --body-file, not both");
	if (conf->method &&
		(!*conf->method ||
			strspn(conf->method, "ABCDEFGHIJKLMNOPQRSTUVWXYZ-") !=
				strlen(conf->method)))
		return bt_fail(err, -EINVAL,
			"--method: '%.40s': expected a method such as GET or PUT", conf->method);
	r = bt_http_check(&conf->http, conf->url, err);
	if (r == 0)
		r = check_templates(conf, err);
	if (r == 0)
		r = read_status(right, conf->expect_status, err);
	if (r < 0)
		return r;
	host = (size_t)(strstr(conf->url, "://") + 3 - conf->url);
	if (memchr(conf->url, '%', host + strcspn(conf->url + host, "/?#")))
		return bt_fail(err, -EINVAL,
			"--url: '%.200s': the host is the same for all requests", conf->url);
	return 0;
}

static int open_body(struct shared *s, const struct conf *conf, struct bt_err *err)
{
	struct bt_err why = { 0 };
	size_t n = 0;
	int r;

	if (conf->body) {
		s->body_len = strlen(conf->body);
		return bt_template_open(&s->body, conf->body, s->body_len, err);
	}
	if (!conf->body_file)
		return 0;
	r = bt_input_bytes(&s->file, &n, conf->body_file, BT_INPUT_ONCE, BODY_MOST, err);
	if (r < 0)
		return r;
	s->body_len = n;
	r = bt_template_open(&s->body, s->file, n, &why);
	return r < 0 ? bt_fail(err, r, "%s: %s", conf->body_file, why.msg) : 0;
}

/* Those that change are the calls' own, the rest the target's. */
static int open_headers(struct shared *s, const struct conf *conf, struct bt_err *err)
{
	s->http = conf->http;
	s->http.headers.n = 0;
	for (unsigned i = 0; i < conf->http.headers.n; i++) {
		const char *line = conf->http.headers.v[i];
		int r;

		if (!strstr(line, "%{")) {
			s->http.headers.v[s->http.headers.n++] = line;
			continue;
		}
		r = bt_template_open(&s->headers[s->n_headers], line, strlen(line), err);
		if (r < 0)
			return r;
		s->n_headers++;
	}
	return 0;
}

static void http_request_teardown(void *shared)
{
	struct shared *s = shared;

	bt_http_target_close(s->target);
	bt_template_close(s->url);
	bt_template_close(s->body);
	bt_template_close(s->expect);
	for (unsigned i = 0; i < s->n_headers; i++)
		bt_template_close(s->headers[i]);
	free(s->file);
	free(s);
}

static int http_request_prepare(void **shared, const struct bt_env *env, struct bt_err *err)
{
	const struct conf *conf = env->conf;
	struct shared *s = calloc(1, sizeof(*s));
	int r;

	if (!s)
		return bt_oom(err, "http.request");
	s->seed = env->seed;
	r = read_status(s->right, conf->expect_status, err);
	if (r == 0 && conf->expect_body)
		r = bt_template_open(&s->expect, conf->expect_body, strlen(conf->expect_body), err);
	if (r == 0)
		r = open_body(s, conf, err);
	if (r == 0)
		r = open_headers(s, conf, err);
	if (r == 0)
		r = bt_http_target(&s->target, &s->http, conf->url, env, err);
	if (r == 0)
		r = bt_template_open(
			&s->url, bt_http_url(s->target), strlen(bt_http_url(s->target)), err);
	if (r < 0) {
		http_request_teardown(s);
		return r;
	}
	*shared = s;
	return 0;
}

static char *room_for(const struct bt_template *t, bool *ok)
{
	char *room = t && bt_template_varies(t) ? malloc(bt_template_room(t)) : NULL;

	*ok &= room || !t || !bt_template_varies(t);
	return room;
}

static void http_request_leave(void *self)
{
	struct state *s = self;

	bt_http_close(s->http);
	for (unsigned i = 0; i < s->n_filled; i++) {
		struct filled *f = &s->filled[i];

		free(f->url);
		free(f->body);
		free(f->expect);
		for (unsigned h = 0; h < HEADERS_OWN; h++)
			free(f->headers[h]);
	}
	free(s->filled);
}

/* The text of operation n: filled in where it varies, else as it was given. */
static const char *text_of(char *room, const struct bt_template *t, const char *plain,
	uint64_t seed, uint64_t n, size_t *len)
{
	if (!room)
		return plain;
	*len = bt_template_fill(room, t, seed, n);
	return room;
}

static void http_request_submit(void *self, struct bt_call *call)
{
	struct state *s = self;
	const struct shared *sh = s->shared;
	struct bt_http_call *c = bt_http_take(s->http);
	struct filled *f = &s->filled[c->index];
	size_t len;

	c->call = call;
	c->method = s->conf->method;
	c->keep_reply = s->conf->expect_body != NULL;
	c->url = text_of(f->url, sh->url, NULL, sh->seed, call->n, &len);
	if (sh->body) {
		c->body_len = sh->body_len;
		c->body = text_of(f->body, sh->body, sh->file ? sh->file : s->conf->body, sh->seed,
			call->n, &c->body_len);
	}
	for (unsigned i = 0; i < sh->n_headers; i++)
		c->headers[i] =
			text_of(f->headers[i], sh->headers[i], NULL, sh->seed, call->n, &len);
	bt_http_begin(s->http, c);
}

static struct bt_result judge_body(struct state *s, const struct bt_http_call *c)
{
	struct filled *f = &s->filled[c->index];
	size_t len = s->conf->expect_body ? strlen(s->conf->expect_body) : 0;
	struct bt_result right = { BT_DONE, 0, 1 };
	const char *wanted;

	if (!s->conf->expect_body)
		return right;
	wanted = text_of(f->expect, s->shared->expect, s->conf->expect_body, s->shared->seed,
		c->call->n, &len);
	if (c->reply && memmem(c->reply, c->reply_len, wanted, len))
		return right;
	return bt_failed(s, WRONG_ANSWER, "request %llu: the reply does not hold '%.80s': %.120s",
		(unsigned long long)c->call->n, wanted, c->reply ? c->reply : "");
}

static struct bt_result judge(struct state *s, const struct bt_http_call *c)
{
	unsigned class = bt_http_class(c);

	if (c->error != BT_NET_OK)
		return bt_failed(
			s, c->error, "request %llu: %s", (unsigned long long)c->call->n, c->why);
	if (c->status >= BT_LEN(s->shared->right) || !s->shared->right[c->status]) {
		if (class == BT_NET_OK || (class == BT_NET_PROTOCOL && c->status < 200))
			class = WRONG_ANSWER;
		return bt_failed(s, class, "request %llu: status %u, expected %s",
			(unsigned long long)c->call->n, c->status, s->conf->expect_status);
	}
	return judge_body(s, c);
}

static void done(void *arg, struct bt_http_call *c)
{
	bt_call_done(c->call, judge(arg, c), c->end_ns);
}

static void http_request_wait(void *self, uint64_t until_ns)
{
	struct state *s = self;

	bt_http_wait(s->http, until_ns);
}

static int http_request_enter(void *self, const struct bt_env *env, struct bt_err *err)
{
	struct state *s = self;
	const struct shared *sh = env->shared;
	bool ok = true;
	int r;

	s->shared = sh;
	s->conf = env->conf;
	s->filled = calloc(env->concurrency, sizeof(*s->filled));
	s->n_filled = s->filled ? env->concurrency : 0;
	for (unsigned i = 0; i < s->n_filled; i++) {
		struct filled *f = &s->filled[i];

		f->url = room_for(sh->url, &ok);
		f->body = room_for(sh->body, &ok);
		f->expect = room_for(sh->expect, &ok);
		for (unsigned h = 0; h < sh->n_headers; h++)
			f->headers[h] = room_for(sh->headers[h], &ok);
	}
	r = s->filled && ok ? bt_http_open(&s->http, sh->target, env, done, s, err)
			    : bt_oom(err, "http.request");
	if (r < 0)
		http_request_leave(s);
	return r;
}

const struct bt_workload bt_http_request_workload = {
	.name = "http.request",
	.summary = "requests to a web server, and what it has to answer",
	.unit = "requests",
	.opts = opts,
	.metrics = metrics,
	.error_classes = error_classes,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.check = http_request_check,
	.prepare = http_request_prepare,
	.enter = http_request_enter,
	.submit = http_request_submit,
	.wait = http_request_wait,
	.leave = http_request_leave,
	.teardown = http_request_teardown,
};
