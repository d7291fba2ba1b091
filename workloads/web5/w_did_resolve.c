/*
 * web5.did-resolve: an operation resolves one identifier and checks the document. did:key and
 * did:jwk are their own documents and resolved here, did:web is fetched over HTTPS, any other
 * method, or all of them, through a Universal Resolver. Each worker has a cache of its own.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/rng.h"
#include "net/http.h"
#include "web5/cache.h"
#include "web5/did.h"
#include "web5/dids.h"

#define URL_MAX (3 * W5_DID_MAX + 300)

static const char *const method_names[] = { "all", "key", "jwk", NULL };
static const char *const order_names[] = { "random", "sequence", NULL };

struct conf {
	const char *did_file, *did_template, *resolver;
	uint64_t count, cache, ttl_ns, warm;
	int methods, order, format;
	bool derive;
	struct bt_http_conf http;
};

#define ROW(field) offsetof(struct conf, field)
static const struct bt_opt opts[] = {
	{ .name = "did-file",
		.type = BT_OPT_PATH,
		.offset = ROW(did_file),
		.arg = "FILE",
		.help = "identifiers to resolve, one a line",
		.man = "Identifiers to resolve, one a line; empty lines and lines that begin with "
		       "`#` are left out. All of them are read, and their syntax and method "
		       "checked, before the run: otherwise the exit status is 3." },
	{ .name = "did-template",
		.type = BT_OPT_TEXT,
		.offset = ROW(did_template),
		.arg = "DID",
		.help = "identifiers with %d in them for 0 to --count - 1, as "
			"did:web:localhost%%3A8443:user%d",
		.man = "Identifiers with `%d` in them, which stands for 0, 1, ... to one less than "
		       "--count. Other percent signs are the identifier's own; `%%` is one, too. "
		       "Without either the identifiers are generated: of all five curves in turn, "
		       "the same ones from the same seed. Nobody has their private keys." },
	{ .name = "count",
		.type = BT_OPT_COUNT,
		.offset = ROW(count),
		.dflt = "10k",
		.arg = "N",
		.min = 1,
		.max = W5_DIDS_MAX,
		.help = "identifiers of the template, or that are generated",
		.man = "How many identifiers the template stands for, or are generated." },
	{ .name = "method",
		.type = BT_OPT_CHOICE,
		.offset = ROW(methods),
		.dflt = "all",
		.arg = "METHOD",
		.choices = method_names,
		.help = "of generated ones: did:key and did:jwk by turns, or one of them",
		.man = "Of generated identifiers: *all*, did:key and did:jwk by turns, *key* or "
		       "*jwk*." },
	{ .name = "order",
		.type = BT_OPT_CHOICE,
		.offset = ROW(order),
		.dflt = "random",
		.arg = "ORDER",
		.choices = order_names,
		.help = "random: each as often as any other, by seed; sequence: one after the "
			"other",
		.man = "*random*, each identifier as often as any other, the same ones for the "
		       "same seed; or *sequence*, one after the other." },
	{ .name = "resolver",
		.type = BT_OPT_TEXT,
		.offset = ROW(resolver),
		.arg = "URL",
		.help = "a Universal Resolver that all identifiers are asked of: GET "
			"URL/1.0/identifiers/DID",
		.man = "A Universal Resolver, such as `http://127.0.0.1:8080`, that all "
		       "identifiers are asked of." },
	{ .name = "key-format",
		.type = BT_OPT_CHOICE,
		.offset = ROW(format),
		.dflt = "multikey",
		.arg = "FORMAT",
		.choices = w5_format_names,
		.help = "how did:key's documents write keys: Multikey, JsonWebKey2020, or each "
			"curve's "
			"suite of 2018/2019",
		.man = "How documents of did:key write keys: *multikey*, Multikey with "
		       "publicKeyMultibase; *jwk*, JsonWebKey2020 with publicKeyJwk; *suite*, each "
		       "curve's suite of 2018 or 2019 with publicKeyBase58, as the method's test "
		       "vectors have them." },
	{ .name = "derive-agreement",
		.type = BT_OPT_FLAG,
		.offset = ROW(derive),
		.help = "an Ed25519 did:key also gives the X25519 key derived from it",
		.man = "An Ed25519 did:key also gives the X25519 key derived from it." },
	{ .name = "cache",
		.type = BT_OPT_COUNT,
		.offset = ROW(cache),
		.dflt = "1000",
		.arg = "N",
		.max = W5_DIDS_MAX,
		.help = "documents a worker keeps, the least recently used goes first; 0: none",
		.man = "Documents that a worker keeps; 0: none." },
	{ .name = "ttl",
		.type = BT_OPT_DURATION,
		.offset = ROW(ttl_ns),
		.dflt = "5m",
		.arg = "DURATION",
		.max = 4 * 365 * 86400e9,
		.help = "how long a kept document is good; 0: for ever",
		.man = "How long a document that was kept is good; 0: for ever." },
	{ .name = "warm",
		.type = BT_OPT_COUNT,
		.offset = ROW(warm),
		.dflt = "0",
		.arg = "N",
		.max = W5_DIDS_MAX,
		.help = "each worker resolves so many, the first ones, into its cache before the "
			"load",
		.man = "Before the load, each worker resolves this many identifiers, the first "
		       "ones, into its cache." },
	{ .group = bt_http_opts, .offset = offsetof(struct conf, http) },
	BT_OPT_END,
};

enum { HITS = BT_NET_METRICS, LOOKUPS, HIT_RATIO, EVICTED, RESOLVED };
static const struct bt_metric metrics[] = {
	{ .group = bt_net_metrics },
	{ .name = "cache_hits",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "operations that the cache answered" },
	{ .name = "cache_lookups",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "operations that asked the cache" },
	{ .name = "hit_ratio",
		.unit = "",
		.kind = BT_RATIO,
		.help = "share of them that it answered",
		.num = HITS,
		.den = LOOKUPS },
	{ .name = "evicted",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "documents that had to go for others" },
	{ .name = "resolved",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "documents that were made or fetched, and were right" },
	{ .name = NULL },
};

enum { WRONG_DOCUMENT = BT_NET_ERRORS, INVALID_DID, NOT_FOUND, RESOLVER_ERROR };
static const char *const error_classes[] = {
	BT_NET_ERROR_CLASSES,
	[WRONG_DOCUMENT] = "wrong-document",
	[INVALID_DID] = "invalid-did",
	[NOT_FOUND] = "not-found",
	[RESOLVER_ERROR] = "resolver-error",
	NULL,
};

struct shared {
	const struct conf *conf;
	struct w5_dids dids;
	struct bt_http_target *target; /* NULL: nothing is fetched */
	uint64_t seed;
};

/* A fetch in flight. */
struct fetch {
	uint32_t did;
	char url[URL_MAX];
};

struct state {
	const struct shared *shared;
	const struct conf *conf;
	const struct bt_env *env;
	struct w5_cache *cache;
	struct bt_http *http;
	struct fetch *fetches; /* by index of the call */
	uint32_t warming;      /* fetches before the load that have not ended */
};

/* ---- options and identifiers ---- */

static int did_resolve_check(const void *arg, struct bt_err *err)
{
	const struct conf *conf = arg;

	if (conf->did_file && conf->did_template)
		return bt_fail(err, -EINVAL, "give --did-file or --did-template, not both");
	if (conf->warm && !conf->cache)
		return bt_fail(err, -EINVAL, "--warm: expected --cache above 0 beside it");
	if (conf->resolver && conf->resolver[strcspn(conf->resolver, "?#")])
		return bt_fail(err, -EINVAL,
			"--resolver: '%.200s': expected no query and no fragment", conf->resolver);
	if (conf->did_template) {
		struct w5_dids one = { .n = 0 };
		struct bt_err why;
		int r = w5_dids_of_template(&one, conf->did_template, 1, &why);

		w5_dids_fini(&one);
		if (r < 0)
			return bt_fail(err, r, "--did-template: %s", why.msg);
	}
	return bt_http_check(&conf->http, conf->resolver, err);
}

static bool is_offline(const struct conf *conf, const char *did)
{
	return !conf->resolver && (w5_did_is(did, "key") || w5_did_is(did, "jwk"));
}

/* A segment of a path: what is a percent sign in the identifier stays one. */
static int resolver_url(char *out, size_t size, const char *base, const char *did)
{
	size_t len = strlen(base), at;

	while (len && base[len - 1] == '/')
		len--;
	at = (size_t)snprintf(out, size, "%.*s/1.0/identifiers/", (int)len, base);
	for (; *did && at + 4 < size; did++)
		at += (size_t)snprintf(out + at, size - at, *did == '%' ? "%%25" : "%c", *did);
	return *did ? -EINVAL : 0;
}

static int url_of(char *out, size_t size, const struct conf *conf, const char *base,
	const char *did, struct bt_err *err)
{
	if (conf->resolver)
		return resolver_url(out, size, base, did) < 0
			? bt_fail(err, -EINVAL, "'%.80s': its URL is too long", did)
			: 0;
	return w5_did_web_url(out, size, did, err);
}

/* All of them are of a method that can be resolved. *fetched: some over the network. */
static int check_dids(const struct shared *s, bool *fetched, struct bt_err *err)
{
	char url[URL_MAX];

	*fetched = false;
	for (uint32_t i = 0; i < s->dids.n; i++) {
		const char *did = s->dids.v[i];
		int r;

		if (is_offline(s->conf, did))
			continue;
		if (!s->conf->resolver && !w5_did_is(did, "web"))
			return bt_fail(err, -EINVAL,
				"%.80s: only did:key, did:jwk and did:web are resolved without "
				"--resolver",
				did);
		r = url_of(url, sizeof(url), s->conf, s->conf->resolver, did, err);
		if (r < 0)
			return r;
		*fetched = true;
	}
	return 0;
}

static void did_resolve_teardown(void *arg)
{
	struct shared *s = arg;

	bt_http_target_close(s->target);
	w5_dids_fini(&s->dids);
	free(s);
}

static int did_resolve_prepare(void **shared, const struct bt_env *env, struct bt_err *err)
{
	const struct conf *conf = env->conf;
	struct shared *s = calloc(1, sizeof(*s));
	bool fetched;
	int r;

	if (!s)
		return bt_oom(err, "web5.did-resolve");
	s->conf = conf;
	s->seed = env->seed;
	r = conf->did_file ? w5_dids_of_file(&s->dids, conf->did_file, err)
		: conf->did_template
		? w5_dids_of_template(&s->dids, conf->did_template, conf->count, err)
		: w5_dids_generate(
			  &s->dids, (enum w5_methods)conf->methods, conf->count, env->seed, err);
	if (r == 0)
		r = check_dids(s, &fetched, err);
	if (r == 0 && fetched)
		r = bt_http_target(&s->target, &conf->http, conf->resolver, env, err);
	if (r < 0) {
		did_resolve_teardown(s);
		return r;
	}
	*shared = s;
	return 0;
}

/* ---- resolving ---- */

static void keep(struct state *s, uint32_t did, json_t *document)
{
	bt_meter_add(s->env->meter, RESOLVED, 1);
	if (s->cache &&
		w5_cache_put(s->cache, s->shared->dids.v[did], document, bt_now(s->env->clock)))
		bt_meter_add(s->env->meter, EVICTED, 1);
}

static struct bt_result take_document(struct state *s, uint32_t did, json_t *document)
{
	const char *name = s->shared->dids.v[did];
	struct bt_err err;

	if (w5_did_check(document, name, &err) < 0)
		return bt_failed(s, WRONG_DOCUMENT, "%.100s: %s", name, err.msg);
	keep(s, did, document);
	return (struct bt_result){ BT_DONE, 0, 1 };
}

static struct bt_result resolve_here(struct state *s, uint32_t did)
{
	struct bt_err err;
	json_t *document = w5_did_document(
		s->shared->dids.v[did], (enum w5_format)s->conf->format, s->conf->derive, &err);
	struct bt_result r;

	if (!document)
		return bt_failed(s, INVALID_DID, "%.100s: %s", s->shared->dids.v[did], err.msg);
	r = take_document(s, did, document);
	json_decref(document);
	return r;
}

/* "notFound", or the end of the URL that newer resolvers give:
 * "https://www.w3.org/ns/did#NOT_FOUND". */
static bool says_not_found(const char *error)
{
	return strstr(error, "notFound") || strstr(error, "NOT_FOUND");
}

/* The error of a resolution result (DID Resolution 0.3, 4.2), as it is or as an object with a type.
 * NULL: none. */
static const char *error_of(const json_t *result)
{
	const json_t *error =
		json_object_get(json_object_get(result, "didResolutionMetadata"), "error");
	const char *text = json_is_object(error) ? json_string_value(json_object_get(error, "type"))
						 : json_string_value(error);

	return text && *text ? text : NULL;
}

/* A bare document, or the one of a resolution result. */
static struct bt_result take_json(struct state *s, uint32_t did, const json_t *json)
{
	const char *name = s->shared->dids.v[did], *error = error_of(json);
	json_t *inner = json_object_get(json, "didDocument");

	if (error) {
		unsigned class = says_not_found(error) ? NOT_FOUND : RESOLVER_ERROR;

		return bt_failed(s, class, "%.100s: %.120s", name, error);
	}
	return take_document(s, did, inner ? inner : (json_t *)json);
}

static struct bt_result judge(struct state *s, const struct bt_http_call *c)
{
	uint32_t did = s->fetches[c->index].did;
	const char *name = s->shared->dids.v[did];
	json_t *json = c->error == BT_NET_OK && c->reply
		? json_loadb(c->reply, c->reply_len, JSON_REJECT_DUPLICATES, NULL)
		: NULL;
	unsigned class = bt_http_class(c);
	struct bt_result r;

	if (class == BT_NET_OK ||
		(json && error_of(json))) { /* errors come with a status of their kind */
		r = take_json(s, did, json);
		json_decref(json);
		return r;
	}
	json_decref(json);
	if (c->error == BT_NET_OK && c->status == 404)
		class = NOT_FOUND;
	if (c->error == BT_NET_OK)
		return bt_failed(s, class, "%.100s: status %u", name, c->status);
	return bt_failed(s, class, "%.100s: %s", name, c->why);
}

static void done(void *arg, struct bt_http_call *c)
{
	struct state *s = arg;
	struct bt_result r = judge(s, c);

	if (c->call)
		bt_call_done(c->call, r, c->end_ns);
	else
		s->warming--;
}

static int fetch(struct state *s, uint32_t did, struct bt_call *call)
{
	struct bt_http_call *c = bt_http_take(s->http);
	struct fetch *f = &s->fetches[c->index];
	struct bt_err err;
	int r = url_of(f->url, sizeof(f->url), s->conf,
		s->conf->resolver ? bt_http_url(s->shared->target) : NULL, s->shared->dids.v[did],
		&err);

	f->did = did;
	c->url = f->url;
	c->call = call;
	c->keep_reply = true;
	c->headers[0] = s->conf->resolver
		? "Accept: application/did-resolution, "
		  "application/ld+json;profile=\"https://w3id.org/did-resolution\", "
		  "application/did+json, application/json"
		: "Accept: application/did+json, application/did+ld+json, application/json";
	bt_http_begin(s->http, c);
	return r;
}

static uint32_t choose(const struct state *s, uint64_t n)
{
	struct bt_rng rng;

	if (s->conf->order == 1)
		return (uint32_t)(n % s->shared->dids.n);
	bt_rng_init(&rng, s->shared->seed + n * UINT64_C(0x9e3779b97f4a7c15));
	return (uint32_t)bt_rng_below(&rng, s->shared->dids.n);
}

static bool answered_by_cache(struct state *s, uint32_t did)
{
	bool hit;

	if (!s->cache)
		return false;
	hit = w5_cache_get(s->cache, s->shared->dids.v[did], bt_now(s->env->clock)) != NULL;
	bt_meter_add(s->env->meter, LOOKUPS, 1);
	bt_meter_add(s->env->meter, HITS, hit);
	return hit;
}

static void did_resolve_submit(void *arg, struct bt_call *call)
{
	struct state *s = arg;
	uint32_t did = choose(s, call->n);
	struct bt_result r = { BT_DONE, 0, 1 };

	if (!answered_by_cache(s, did)) {
		if (!is_offline(s->conf, s->shared->dids.v[did])) {
			fetch(s, did, call);
			return;
		}
		r = resolve_here(s, did);
	}
	bt_call_done(call, r, bt_now(s->env->clock));
}

static void did_resolve_wait(void *arg, uint64_t until_ns)
{
	struct state *s = arg;

	if (s->http)
		bt_http_wait(s->http, until_ns);
}

static void did_resolve_leave(void *arg)
{
	struct state *s = arg;

	bt_http_close(s->http);
	w5_cache_free(s->cache);
	free(s->fetches);
}

/* Into the cache, as many at once as the load has calls. */
static void did_resolve_warm(struct state *s)
{
	uint32_t n = (uint32_t)BT_MIN(s->conf->warm, s->shared->dids.n);

	for (uint32_t did = 0; did < n; did++) {
		if (is_offline(s->conf, s->shared->dids.v[did])) {
			resolve_here(s, did);
			continue;
		}
		while (s->warming == s->env->concurrency)
			bt_http_wait(s->http, bt_now(s->env->clock) + BT_NS_PER_S);
		s->warming++;
		fetch(s, did, NULL);
	}
	while (s->warming)
		bt_http_wait(s->http, bt_now(s->env->clock) + BT_NS_PER_S);
}

static int did_resolve_enter(void *arg, const struct bt_env *env, struct bt_err *err)
{
	struct state *s = arg;
	const struct shared *sh = env->shared;
	bool ok = true;
	int r = 0;

	s->shared = sh;
	s->conf = env->conf;
	s->env = env;
	if (s->conf->cache) {
		s->cache =
			w5_cache_new((uint32_t)BT_MIN(s->conf->cache, sh->dids.n), s->conf->ttl_ns);
		ok = s->cache != NULL;
	}
	if (sh->target) {
		s->fetches = calloc(env->concurrency, sizeof(*s->fetches));
		ok &= s->fetches != NULL;
	}
	if (!ok)
		r = bt_oom(err, "web5.did-resolve");
	else if (sh->target)
		r = bt_http_open(&s->http, sh->target, env, done, s, err);
	if (r < 0) {
		did_resolve_leave(s);
		return r;
	}
	did_resolve_warm(s);
	return 0;
}

const struct bt_workload w5_did_resolve_workload = {
	.name = "web5.did-resolve",
	.summary =
		"decentralised identifiers resolved: did:key, did:jwk, did:web, or by a resolver",
	.unit = "resolutions",
	.opts = opts,
	.metrics = metrics,
	.error_classes = error_classes,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.concurrency = 10,
	.check = did_resolve_check,
	.prepare = did_resolve_prepare,
	.enter = did_resolve_enter,
	.submit = did_resolve_submit,
	.wait = did_resolve_wait,
	.leave = did_resolve_leave,
	.teardown = did_resolve_teardown,
};
