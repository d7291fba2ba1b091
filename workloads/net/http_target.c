/* Whom calls go to: options checked, secrets read, names resolved, the server met once before the
 * clock runs. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/input.h"
#include "net/http_impl.h"

#define HEADERS_MOST ((size_t)1 << 20) /* bytes of a header file */
#define SPARE_FDS    64                /* descriptors for everything but connections */
#define ADDRS_MOST   16
#define RESOLVE_MOST 2048

const char *const bt_http_versions[] = { "auto", "1.1", "2", NULL };

const struct bt_opt bt_http_opts[] = {
	{ .name = "http",
		.type = BT_OPT_CHOICE,
		.offset = offsetof(struct bt_http_conf, version),
		.dflt = "auto",
		.arg = "VERSION",
		.choices = bt_http_versions,
		.help = "auto: 2 where TLS offers it; 1.1; or 2, many calls on one connection",
		.man = "*auto* takes HTTP/2 where TLS offers it; *1.1* never; *2* as *auto*, and "
		       "calls wait to share a connection rather than make their own; it takes "
		       "https." },
	{ .name = "timeout",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct bt_http_conf, timeout_ns),
		.dflt = "30s",
		.arg = "DURATION",
		.min = 1e6,
		.max = 86400e9,
		.help = "a call that takes longer on the wire has failed, class timeout",
		.man = "A call that takes longer on the wire has failed." },
	{ .name = "connect-timeout",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct bt_http_conf, connect_timeout_ns),
		.dflt = "10s",
		.arg = "DURATION",
		.min = 1e6,
		.max = 86400e9,
		.help = "how long a connection may take, TLS included",
		.man = "How long a connection may take, TLS included." },
	{ .name = "header",
		.type = BT_OPT_LIST,
		.offset = offsetof(struct bt_http_conf, headers),
		.arg = "'NAME: VALUE'",
		.min = 0,
		.help = "sent with each call; kept with the run, so not for secrets",
		.man = "Sent with each call; kept with the run. At most four may have changing "
		       "parts. May be given up to 32 times." },
	{ .name = "allow-header",
		.type = BT_OPT_LIST,
		.offset = offsetof(struct bt_http_conf, allow_headers),
		.arg = "NAME",
		.help = "let --header NAME pass though its name looks like a secret's",
		.man = "Allows --header with this name, although it looks like the name of a "
		       "secret; the value is kept with the run. May be given up to 32 times." },
	{ .name = "header-file",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct bt_http_conf, header_file),
		.arg = "FILE",
		.min = 0,
		.help = "lines NAME: VALUE sent with each call and kept nowhere",
		.man = "Lines `NAME: VALUE` sent with each call and kept nowhere; lines that begin "
		       "with `#` are comments." },
	{ .name = "user",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct bt_http_conf, user),
		.arg = "NAME",
		.help = "basic authorisation; password from --password-file or "
			"$BENCHTOP_PASSWORD",
		.man = "Basic authorisation, with the password of --password-file or of {Ev "
		       "BENCHTOP_PASSWORD}." },
	{ .name = "password-file",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct bt_http_conf, password_file),
		.arg = "FILE",
		.help = "its only line is the password of --user",
		.man = "Its only line is the password." },
	{ .name = "bearer-file",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct bt_http_conf, bearer_file),
		.arg = "FILE",
		.min = 0,
		.help = "its only line is a bearer token; or $BENCHTOP_BEARER",
		.man = "Its only line is a bearer token." },
	{ .name = "ca-file",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct bt_http_conf, ca_file),
		.arg = "FILE",
		.choices = NULL,
		.help = "certificates (PEM) trusted instead of the system's",
		.man = "Certificates in PEM that are trusted instead of the system's." },
	{ .name = "cert-file",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct bt_http_conf, cert_file),
		.arg = "FILE",
		.max = 0,
		.help = "client certificate (PEM)",
		.man = "A client certificate in PEM." },
	{ .name = "key-file",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct bt_http_conf, key_file),
		.arg = "FILE",
		.choices = NULL,
		.help = "key of the client certificate (PEM)",
		.man = "Its key in PEM." },
	{ .name = "server-name",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct bt_http_conf, server_name),
		.arg = "NAME",
		.min = 0,
		.help = "asked for in TLS and Host, whatever host is connected to",
		.man = "The name that TLS and `Host` ask for, while the URL's host is connected "
		       "to." },
	{ .name = "insecure",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct bt_http_conf, insecure),
		.choices = NULL,
		.help = "take any certificate; recorded with the run",
		.man = "Take any certificate. It is recorded among the run's options." },
	{ .name = "proxy",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct bt_http_conf, proxy),
		.arg = "URL",
		.help = "go through this proxy (http, https, socks5)",
		.man = "Go through this proxy. Those of the environment are not used." },
	{ .name = "unix-socket",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct bt_http_conf, unix_socket),
		.arg = "FILE",
		.min = 0,
		.help = "connect to this socket, whatever host is named",
		.man = "Connect to this socket, whatever host is named." },
	{ .name = "resolve-each",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct bt_http_conf, resolve_each),
		.min = 0,
		.help = "look names up for each connection; otherwise once a run",
		.man = "Look names up for each new connection; otherwise once, before the clock "
		       "runs." },
	{ .name = "no-keepalive",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct bt_http_conf, no_keepalive),
		.min = 0,
		.help = "a new connection for each call",
		.man = "A new connection for each call." },
	{ .name = "max-body",
		.type = BT_OPT_SIZE,
		.offset = offsetof(struct bt_http_conf, max_body),
		.dflt = "64MiB",
		.arg = "SIZE",
		.min = 1,
		.max = 1099511627776.0,
		.help = "a longer reply has failed, class protocol",
		.man = "A longer reply has failed." },
	BT_OPT_END,
};

const struct bt_metric bt_net_metrics[] = {
	{ .name = "bytes_in",
		.unit = "bytes",
		.kind = BT_COUNTER,
		.help = "received, headers included" },
	{ .name = "bytes_out",
		.unit = "bytes",
		.kind = BT_COUNTER,
		.help = "sent, headers included" },
	{ .name = "calls",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "calls that ended, warm-up and all" },
	{ .name = "connections", .unit = "", .kind = BT_COUNTER, .help = "connections made" },
	{ .name = "reused",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "calls on a connection that was there",
		.den = 0 },
	{ .name = "reuse",
		.unit = "",
		.kind = BT_RATIO,
		.help = "share of calls on a connection that was "
			"there",
		.num = BT_NET_REUSED,
		.den = BT_NET_CALLS },
	{ .name = "dns",
		.unit = "ns",
		.kind = BT_TIMES,
		.help = "name look-up of a new connection" },
	{ .name = "connect",
		.unit = "ns",
		.kind = BT_TIMES,
		.help = "TCP connect of a new connection" },
	{ .name = "tls",
		.unit = "ns",
		.kind = BT_TIMES,
		.help = "TLS handshake of a new connection" },
	{ .name = "first_byte",
		.unit = "ns",
		.kind = BT_TIMES,
		.help = "from the request sent to the first byte of the reply" },
	{ .name = "transfer",
		.unit = "ns",
		.kind = BT_TIMES,
		.help = "a whole call on the wire, as libcurl takes it" },
	{ .name = NULL },
};

int bt_http_check_url(const char *url, struct bt_err *err)
{
	const char *host = strstr(url, "://");
	size_t n = host ? strcspn(host + 3, "/?#") : 0;

	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0)
		return bt_fail(
			err, -EINVAL, "'%.200s': expected http://HOST… or https://HOST…", url);
	if (n == 0 || host[3] == ':')
		return bt_fail(err, -EINVAL, "'%.200s': expected a host after ://", url);
	for (size_t i = 0; i < n; i++)
		if ((unsigned char)host[3 + i] <= ' ' || host[3 + i] == 0x7f)
			return bt_fail(err, -EINVAL,
				"'%.200s': expected a host without blanks and control characters",
				url);
	return 0;
}

static int check_header(const char *line, const char *where, struct bt_err *err)
{
	size_t n = strcspn(line, ":");

	if (n == 0 || line[n] != ':' || strpbrk(line, "\r\n") || memchr(line, ' ', n))
		return bt_fail(err, -EINVAL, "%s: '%.100s': expected NAME: VALUE", where, line);
	return 0;
}

static int check_headers(const struct bt_http_conf *conf, struct bt_err *err)
{
	int r = 0;

	for (unsigned i = 0; r == 0 && i < conf->headers.n; i++)
		r = check_header(conf->headers.v[i], "--header", err);
	return r;
}

int bt_http_check(const struct bt_http_conf *conf, const char *url, struct bt_err *err)
{
	int r = url ? bt_http_check_url(url, err) : 0;

	if (r == 0)
		r = check_headers(conf, err);
	if (r < 0)
		return r;
	/* libcurl 7.88 begins HTTP/2 anew on a kept connection without TLS, which breaks it. */
	if (conf->version == BT_HTTP_2 && url && strncmp(url, "https:", 6) != 0)
		return bt_fail(
			err, -EINVAL, "--http 2: expected an https URL: it is agreed upon in TLS");
	if (conf->password_file && !conf->user)
		return bt_fail(err, -EINVAL, "--password-file: expected --user beside it");
	if (conf->bearer_file && conf->user)
		return bt_fail(err, -EINVAL, "give --user or --bearer-file, not both");
	if (conf->key_file && !conf->cert_file)
		return bt_fail(err, -EINVAL, "--key-file: expected --cert-file beside it");
	if (conf->unix_socket && conf->proxy)
		return bt_fail(err, -EINVAL, "give --unix-socket or --proxy, not both");
	if (conf->unix_socket &&
		strlen(conf->unix_socket) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return bt_fail(err, -EINVAL,
			"--unix-socket: '%.100s': too long for a socket's name", conf->unix_socket);
	if (conf->user && strchr(conf->user, ':'))
		return bt_fail(err, -EINVAL,
			"--user: expected a name without a colon; the password comes from "
			"--password-file");
	return 0;
}

int bt_http_place(struct bt_http_place *place, const char *url, struct bt_err *err)
{
	const char *host = strstr(url, "://") + 3, *end = host + strcspn(host, "/?#"),
		   *colon = NULL;
	bool v6 = *host == '[';
	size_t n;

	if (v6) {
		const char *close = memchr(host, ']', (size_t)(end - host));

		if (!close)
			return bt_fail(err, -EINVAL, "'%.200s': expected ] after the address", url);
		host++;
		n = (size_t)(close - host);
		colon = close[1] == ':' ? close + 1 : NULL;
	} else {
		colon = memchr(host, ':', (size_t)(end - host));
		n = (size_t)((colon ? colon : end) - host);
	}
	place->host = malloc(n + 1 + 8);
	if (!place->host)
		return bt_oom(err, "http");
	memcpy(place->host, host, n);
	place->host[n] = '\0';
	place->port = place->host + n + 1;
	if (!colon)
		strcpy(place->port, strncmp(url, "https:", 6) == 0 ? "443" : "80");
	else
		snprintf(place->port, 8, "%.*s", (int)BT_MIN(end - colon - 1, 7), colon + 1);
	if (strspn(place->port, "0123456789") == strlen(place->port) && atoi(place->port) > 0 &&
		atoi(place->port) <= 65535)
		return 0;
	free(place->host);
	return bt_fail(err, -EINVAL, "'%.200s': expected a port from 1 to 65535", url);
}

static int add(struct curl_slist **list, const char *line, struct bt_err *err)
{
	struct curl_slist *more = curl_slist_append(*list, line);

	if (!more)
		return bt_oom(err, "http");
	*list = more;
	return 0;
}

static int read_header_file(struct bt_http_target *t, struct bt_err *err)
{
	struct bt_input in;
	char *line;
	int r = bt_input_text(&in, t->conf->header_file, BT_INPUT_ONCE, HEADERS_MOST, err);

	if (r < 0)
		return r;
	while ((r = bt_input_line(&in, &line, err)) == 1) {
		if (!*line || *line == '#')
			continue;
		if (check_header(line, in.path, NULL) < 0) /* not its text: it may be a secret */
			r = bt_fail(err, -EINVAL, "%s:%lu: expected NAME: VALUE", in.path, in.line);
		else
			r = add(&t->headers, line, err);
		if (r < 0)
			break;
	}
	bt_input_close(&in);
	return r;
}

static int read_secrets(struct bt_http_target *t, struct bt_err *err)
{
	const struct bt_http_conf *c = t->conf;
	const char *password = getenv("BENCHTOP_PASSWORD"),
		   *token = c->before_load ? NULL : getenv("BENCHTOP_BEARER");
	int r = 0;

	if (c->password_file)
		r = bt_input_only_line(&t->password, c->password_file, "a password", err);
	else if (c->user && !password)
		r = bt_fail(err, -EINVAL,
			"--user: expected --password-file, or BENCHTOP_PASSWORD in the "
			"environment");
	else if (c->user)
		t->password = strdup(password);
	if (r == 0 && c->bearer_file)
		r = bt_input_only_line(&t->token, c->bearer_file, "a token", err);
	else if (r == 0 && token && !c->user)
		t->token = strdup(token);
	for (unsigned i = 0; r == 0 && i < c->headers.n; i++)
		r = add(&t->headers, c->headers.v[i], err);
	if (r == 0 && c->header_file)
		r = read_header_file(t, err);
	if (r == 0 && ((c->user && !t->password) || (token && !c->user && !t->token)))
		r = bt_oom(err, "http");
	return r;
}

static bool has_header(const struct curl_slist *list, const char *name)
{
	size_t n = strlen(name);

	while (list && !(strncasecmp(list->data, name, n) == 0 && list->data[n] == ':'))
		list = list->next;
	return list != NULL;
}

/* Headers that libcurl would send of its own accord and that would change what is measured. An
 * empty one is not sent. */
static int silence(struct bt_http_target *t, struct bt_err *err)
{
	static const char *const names[] = { "Expect", "Content-Type" };
	char line[32];
	int r = 0;

	for (size_t i = 0; r == 0 && i < BT_LEN(names); i++) {
		snprintf(line, sizeof(line), "%s:", names[i]);
		if (!has_header(t->headers, names[i]))
			r = add(&t->headers, line, err);
	}
	return r;
}

static int want_descriptors(uint64_t n, struct bt_err *err)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) < 0)
		return bt_fail(err, -errno, "descriptor limit: %s", strerror(errno));
	n += SPARE_FDS;
	if (limit.rlim_cur >= n)
		return 0;
	if (limit.rlim_max < n)
		return bt_fail(err, -EMFILE,
			"%llu descriptors are wanted, and the hard limit is %llu (ulimit -Hn)",
			(unsigned long long)n, (unsigned long long)limit.rlim_max);
	limit.rlim_cur = n;
	if (setrlimit(RLIMIT_NOFILE, &limit) < 0)
		return bt_fail(err, -errno, "descriptor limit %llu: %s", (unsigned long long)n,
			strerror(errno));
	return 0;
}

/* Connects and closes at once; nothing is sent. */
static int knock(const struct sockaddr *address, socklen_t len, uint64_t timeout_ns)
{
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0),
	    code = 0;
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	socklen_t n = sizeof(code);

	if (fd < 0)
		return errno;
	if (connect(fd, address, len) < 0) {
		code = errno;
		if (code == EINPROGRESS) {
			int ms = (int)BT_MIN(timeout_ns / BT_NS_PER_MS + 1, 3600000u);

			code = poll(&p, 1, ms) == 1 ? 0 : ETIMEDOUT;
			if (code == 0)
				getsockopt(fd, SOL_SOCKET, SO_ERROR, &code, &n);
		}
	}
	close(fd);
	return code;
}

static int knock_unix(const struct bt_http_conf *conf, struct bt_err *err)
{
	struct sockaddr_un a = { .sun_family = AF_UNIX };
	int code;

	snprintf(a.sun_path, sizeof(a.sun_path), "%s", conf->unix_socket);
	code = knock((const struct sockaddr *)&a, sizeof(a), conf->connect_timeout_ns);
	return code ? bt_fail(err, -code, "%s: %s", conf->unix_socket, strerror(code)) : 0;
}

/* One entry for libcurl with all addresses, "host:port:a,b". */
static int keep_addresses(struct bt_http_target *t, const struct bt_http_place *place,
	const struct addrinfo *found, struct bt_err *err)
{
	char entry[RESOLVE_MOST], address[NI_MAXHOST];
	const struct addrinfo *a;
	unsigned n = 0;
	int at = snprintf(entry, sizeof(entry), "%.512s:%s:", place->host, place->port);

	for (a = found; a && n < ADDRS_MOST; a = a->ai_next) {
		if (getnameinfo(a->ai_addr, a->ai_addrlen, address, sizeof(address), NULL, 0,
			    NI_NUMERICHOST) != 0)
			continue;
		at += snprintf(entry + at, sizeof(entry) - (size_t)at,
			a->ai_family == AF_INET6 ? "%s[%.60s]" : "%s%.60s", n ? "," : "", address);
		n++;
	}
	return add(&t->resolve, entry, err);
}

static bool is_address(const char *host)
{
	unsigned char bytes[16];

	return inet_pton(AF_INET, host, bytes) == 1 || inet_pton(AF_INET6, host, bytes) == 1;
}

static int meet(struct bt_http_target *t, const struct bt_http_place *place, struct bt_err *err)
{
	struct addrinfo hints = { .ai_socktype = SOCK_STREAM }, *found = NULL;
	int code = getaddrinfo(place->host, place->port, &hints, &found), r = 0;

	if (code != 0)
		return bt_fail(err, -EHOSTUNREACH, "%s: %s", place->host, gai_strerror(code));
	code = EHOSTUNREACH;
	for (const struct addrinfo *a = found; a && code; a = a->ai_next)
		code = knock(a->ai_addr, a->ai_addrlen, t->conf->connect_timeout_ns);
	if (code)
		r = bt_fail(err, -code, "%s port %s: %s", place->host, place->port, strerror(code));
	else if (!t->conf->resolve_each && !is_address(place->host))
		r = keep_addresses(t, place, found, err);
	freeaddrinfo(found);
	return r;
}

/* The URL with another host, and where that one is to be found. */
static int rename_host(
	struct bt_http_target *t, const struct bt_http_place *place, struct bt_err *err)
{
	const char *name = t->conf->server_name, *path = strstr(t->url, "://") + 3;
	bool v6 = strchr(place->host, ':') != NULL;
	char entry[RESOLVE_MOST];

	path += strcspn(path, "/?#");
	if (asprintf(&t->named_url, "%.*s://%s:%s%s", (int)strcspn(t->url, ":"), t->url, name,
		    place->port, path) < 0) {
		t->named_url = NULL;
		return bt_oom(err, "http");
	}
	snprintf(entry, sizeof(entry), v6 ? "%.512s:%s:[%.512s]:%s" : "%.512s:%s:%.512s:%s", name,
		place->port, place->host, place->port);
	return add(&t->connect_to, entry, err);
}

static int find_server(struct bt_http_target *t, struct bt_err *err)
{
	struct bt_http_place place;
	int r;

	if (t->conf->unix_socket)
		return knock_unix(t->conf, err);
	if (!t->url)
		return 0;
	r = bt_http_place(&place, t->url, err);
	if (r < 0)
		return r;
	if (!t->conf->proxy) /* whose business the name is otherwise */
		r = meet(t, &place, err);
	if (r == 0 && t->conf->server_name)
		r = rename_host(t, &place, err);
	free(place.host);
	return r;
}

/* libcurl opens it for each connection. */
static int can_read(const char *path, struct bt_err *err)
{
	int fd = path ? bt_input_open(path, BT_INPUT_FILE, err) : -1;

	if (fd >= 0)
		close(fd);
	return path ? BT_MIN(fd, 0) : 0;
}

int bt_http_target(struct bt_http_target **out, const struct bt_http_conf *conf, const char *url,
	const struct bt_env *env, struct bt_err *err)
{
	struct bt_http_target *t = calloc(1, sizeof(*t));
	int r;

	if (!t || curl_global_init(CURL_GLOBAL_DEFAULT) != 0) {
		free(t);
		return bt_oom(err, "http");
	}
	t->conf = conf;
	t->url = url;
	r = want_descriptors(env->concurrency, err);
	if (r == 0)
		r = can_read(conf->ca_file, err);
	if (r == 0)
		r = can_read(conf->cert_file, err);
	if (r == 0)
		r = can_read(conf->key_file, err);
	if (r == 0)
		r = read_secrets(t, err);
	if (r == 0)
		r = silence(t, err);
	if (r == 0)
		r = find_server(t, err);
	if (r < 0) {
		bt_http_target_close(t);
		return r;
	}
	*out = t;
	return 0;
}

void bt_http_target_close(struct bt_http_target *t)
{
	if (!t)
		return;
	for (struct curl_slist *h = t->headers; h; h = h->next)
		explicit_bzero(h->data, strlen(h->data));
	curl_slist_free_all(t->headers);
	curl_slist_free_all(t->resolve);
	curl_slist_free_all(t->connect_to);
	bt_input_forget(t->password);
	bt_input_forget(t->token);
	free(t->named_url);
	free(t);
	curl_global_cleanup();
}

const char *bt_http_url(const struct bt_http_target *t)
{
	return t->named_url ? t->named_url : t->url;
}
