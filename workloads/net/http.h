/*
 * http.h: HTTP under load: calls of one worker, many at a time, over libcurl's multi interface
 * driven by epoll. A workload with submit and wait takes a call, fills in what to ask, begins it,
 * and is told when it has ended. A call is sent once: what libcurl would send again by itself on
 * another connection ends as BT_NET_RESET, so that a server's count is ours.
 *
 *   bt_http_check    options that contradict each other                                     any
 * thread bt_http_target   once a run: secrets and names are read, the server is connected to
 * prepare bt_http_open     the loop of one worker and its calls enter bt_http_take, begin, wait,
 * and the `done` hook                                          submit and wait, the worker's thread
 */
#ifndef BT_NET_HTTP_H
#define BT_NET_HTTP_H

#include "base/base.h"
#include "base/err.h"
#include "core/metric.h"
#include "core/opt.h"
#include "core/workload.h"

/* What every workload over HTTP can be told; BT_HTTP_OPTS has the rows. */
struct bt_http_conf {
	const char *unix_socket, *proxy, *ca_file, *cert_file, *key_file, *server_name;
	const char *user, *password_file, *bearer_file, *header_file;
	struct bt_list headers, allow_headers;
	int version;
	bool insecure, resolve_each, no_keepalive;
	uint64_t timeout_ns, connect_timeout_ns, max_body;
	/* No option: calls before the load. They go through the environment's proxy, take no token
	 * from there, may be sent again, and fail when nothing comes for a minute, however long
	 * they last. */
	bool before_load;
};

enum bt_http_version { BT_HTTP_AUTO, BT_HTTP_1, BT_HTTP_2 };
extern const char *const bt_http_versions[];

/* Rows of the option table of a workload whose configuration `type` has a struct bt_http_conf
 * `field`. */
extern const struct bt_opt bt_http_opts[]; /* of struct bt_http_conf */

/* The first rows of the error classes of such a workload, and their names. */
enum bt_net_error {
	BT_NET_RESOLVE,
	BT_NET_CONNECT,
	BT_NET_TLS,
	BT_NET_TIMEOUT,
	BT_NET_RESET, /* the connection ended before the reply was whole */
	BT_NET_PROTOCOL,
	BT_NET_3XX,
	BT_NET_4XX,
	BT_NET_5XX,
	BT_NET_ERRORS,
	BT_NET_OK = BT_NET_ERRORS /* a reply came, whatever it says */
};
#define BT_NET_ERROR_CLASSES                                                                 \
	"resolve", "connect", "tls", "timeout", "reset", "protocol", "http-3xx", "http-4xx", \
		"http-5xx"

/* The first rows of its metrics. */
enum bt_net_metric {
	BT_NET_BYTES_IN,
	BT_NET_BYTES_OUT,
	BT_NET_CALLS,
	BT_NET_CONNECTIONS,
	BT_NET_REUSED,
	BT_NET_REUSE,
	BT_NET_DNS,
	BT_NET_TCP,
	BT_NET_HANDSHAKE,
	BT_NET_FIRST_BYTE,
	BT_NET_TRANSFER,
	BT_NET_METRICS
};
extern const struct bt_metric bt_net_metrics[];

struct bt_http_target;
struct bt_http;

/* One call. Fields above the line are the workload's until begin, those below are set when `done`
 * is told. */
struct bt_http_call {
	const char *url;    /* NULL: the target's */
	const char *method; /* NULL: GET, or POST with a body; must live as long as the loop */
	const char *body;   /* not copied: must live until done */
	size_t body_len;
	/* Whole lines beside the target's; live until done; NULL-ended when fewer. */
	const char *headers[4];
	bool keep_reply;      /* false: the reply's body is counted and dropped */
	struct bt_call *call; /* the core's, or whatever the workload wants */
	/* ---- */
	unsigned index;          /* of the call, below env->concurrency; set by take */
	enum bt_net_error error; /* BT_NET_OK: a whole reply, see status */
	char why[256];           /* words about the error */
	unsigned status;
	const char *reply; /* keep_reply: the body, a NUL behind it; valid until the next begin */
	size_t reply_len;  /* of the body, kept or not */
	uint64_t end_ns;   /* env clock */
};

/* 0, or -EINVAL with words: for a workload's `check`. url may be NULL: not asked. Any thread;
 * nothing is read. */
int bt_http_check(const struct bt_http_conf *conf, const char *url, struct bt_err *err);
/* http://… or https://… with a host and neither name nor password in it: 0 or -EINVAL with
 * words. */
int bt_http_check_url(const char *url, struct bt_err *err);

/*
 * For prepare. Reads files of secrets, resolves the URL's host and connects to it once (env may
 * want a lot of descriptors: the soft limit is raised). url NULL: there is no one server; nothing
 * is resolved beforehand. conf and url must live as long. -ECONNREFUSED and the like, -EMFILE (the
 * hard limit is named), -ENOENT, -EINVAL, -ENOMEM.
 */
int bt_http_target(struct bt_http_target **target, const struct bt_http_conf *conf, const char *url,
	const struct bt_env *env, struct bt_err *err);
/* Its URL, with --server-name in the host's place; NULL: none. Lives as long as the target. */
const char *bt_http_url(const struct bt_http_target *target);
void bt_http_target_close(struct bt_http_target *target); /* accepts NULL */

/*
 * For enter, and for prepare, where nothing is counted: env->concurrency calls. `done` is told of
 * each call that ended, from within begin or wait; it may begin others. -ENOMEM.
 */
int bt_http_open(struct bt_http **http, const struct bt_http_target *target,
	const struct bt_env *env, void (*done)(void *arg, struct bt_http_call *call), void *arg,
	struct bt_err *err);
void bt_http_close(struct bt_http *http); /* what has not ended never will; accepts NULL */

/* A free call, its upper fields cleared. There is one for each of env->concurrency; never more are
 * taken. */
struct bt_http_call *bt_http_take(struct bt_http *http);
/* Sends it. `done` may be told before this returns. The call is free again once `done` has
 * returned. */
void bt_http_begin(struct bt_http *http, struct bt_http_call *call);
/* Serves calls until one ended, an event came, or until_ns of the env clock. */
void bt_http_wait(struct bt_http *http, uint64_t until_ns);
/* For calls that are no load: serves them until `done` has set *over, which is -EINTR once
 * bt_stop_wait_over. Then close it. */
int bt_http_await(struct bt_http *http, const bool *over, struct bt_err *err);

/*
 * One call before the load that is waited for: `fill` says what to ask (the reply is kept), `take`
 * looks at what came. 0 whatever came; -ENOMEM, -EINTR. For prepare.
 */
int bt_http_ask(const struct bt_http_target *target, const struct bt_env *env,
	void (*fill)(void *arg, struct bt_http_call *call),
	void (*take)(void *arg, struct bt_http_call *call), void *arg, struct bt_err *err);

/*
 * The result of a reply by its status alone: BT_NET_OK for 2xx, BT_NET_3XX … else, an error's own
 * class. For workloads without wishes of their own.
 */
enum bt_net_error bt_http_class(const struct bt_http_call *call);

/* For `done`: the value of a header of the reply, NULL when it has none; valid until done
 * returns. */
const char *bt_http_header(const struct bt_http_call *call, const char *name);

#endif
