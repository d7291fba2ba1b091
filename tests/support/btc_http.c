#include "btc_http.h"

#include <arpa/inet.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "cm.h"
#include "btc_dir.h"
#include "base/encode.h"
#include "bitcoin/rules/undo.h"

#define REQUEST_MOST 8192

static json_t *hex_of(struct btc_span bytes)
{
	char *hex = malloc(2 * bytes.n + 1);
	json_t *text;

	assert_non_null(hex);
	bt_hex(hex, bytes.p, bytes.n);
	text = json_string(hex);
	free(hex);
	return text;
}

static json_t *hash_of(const uint8_t hash[32])
{
	char hex[BTC_HEX_SIZE];

	btc_hash_hex(hex, hash);
	return json_string(hex);
}

static bool faulty(const struct btc_http *h, enum btc_http_fault fault, uint32_t height)
{
	return h->fault == fault && h->fault_height == height;
}

static json_t *input(const struct btc_http *h, uint32_t height, const struct btc_coin *coin)
{
	int64_t amount = coin->amount + faulty(h, BTC_HTTP_WRONG_COIN, height);
	char text[64];
	json_t *value;

	if (faulty(h, BTC_HTTP_NO_PREVOUT, height))
		return json_object();
	snprintf(text, sizeof(text), "%lld.%08lld", (long long)(amount / BTC_COIN),
		(long long)(amount % BTC_COIN));
	value = json_loads(text, JSON_DECODE_ANY, NULL);
	return json_pack("{s:{s:b, s:i, s:o, s:{s:o, s:s}}}", "prevout", "generated",
		coin->coinbase, "height", (int)coin->height, "value", value, "scriptPubKey", "hex",
		hex_of(coin->script), "type", "whatever");
}

static json_t *transaction(const struct btc_http *h, uint32_t height, const struct btc_tx *tx,
	const struct btc_undo_tx *undo)
{
	json_t *vin = json_array(),
	       *t = json_pack("{s:o, s:o}", "txid", hash_of(tx->txid), "vin", vin);

	if (!faulty(h, BTC_HTTP_NO_HEX, height))
		json_object_set_new(t, "hex", hex_of(tx->raw));
	for (uint32_t i = 0; undo != NULL && i < undo->n; i++)
		json_array_append_new(vin, input(h, height, &undo->coins[i]));
	return t;
}

static json_t *block_at(struct btc_http *h, uint32_t height)
{
	struct btc_span raw = h->m->blocks[height], undo_data = btc_dir_undo(h->m, height);
	struct btc_reader r = { .p = raw.p, .size = raw.n };
	struct btc_reader u = { .p = undo_data.p, .size = undo_data.n };
	struct btc_undo undo;
	struct btc_block b;
	json_t *txs = json_array(), *o;
	char bits[16];

	assert_int_equal(btc_block_parse(&b, &r, &h->m->arena), 0);
	assert_int_equal(btc_undo_parse(&undo, &u, &h->m->arena), 0);
	for (uint32_t t = 0; t < b.n_tx; t++)
		json_array_append_new(
			txs, transaction(h, height, &b.tx[t], t > 0 ? &undo.tx[t - 1] : NULL));
	snprintf(bits, sizeof(bits), "%08x", b.header.bits);
	o = json_pack("{s:o, s:i, s:o, s:I, s:I, s:s, s:o, s:i}", "hash", hash_of(b.hash),
		"version", (int)b.header.version, "merkleroot", hash_of(b.header.merkle_root),
		"time", (json_int_t)b.header.time, "nonce", (json_int_t)b.header.nonce, "bits",
		bits, "tx", txs, "height", (int)height);
	if (height > 0)
		json_object_set_new(o, "previousblockhash", hash_of(b.header.prev));
	return o;
}

static void hash_at(const struct btc_http *h, uint8_t hash[32], uint32_t height)
{
	btc_sha256d(hash, h->m->blocks[height].p, BTC_HEADER_SIZE);
}

static uint32_t height_of(const struct btc_http *h, const char *hex)
{
	for (uint32_t height = 0; height < h->m->height; height++) {
		uint8_t hash[32];

		hash_at(h, hash, height);
		if (btc_hash_is(hash, hex))
			return height;
	}
	return h->m->height;
}

static json_t *get_block(struct btc_http *h, const char *hex, json_t **error)
{
	uint32_t height = height_of(h, hex);

	assert_true(height < h->m->height);
	if (faulty(h, BTC_HTTP_ERROR, height)) {
		*error = json_pack(
			"{s:i, s:s}", "code", -1, "message", "Can't read block from disk");
		return json_null();
	}
	h->blocks_told++;
	return block_at(h, height - faulty(h, BTC_HTTP_OTHER_HASH, height));
}

static json_t *result_of(
	struct btc_http *h, const char *method, const json_t *params, json_t **error)
{
	const json_t *first = json_array_get(params, 0);
	uint8_t hash[32];

	if (strcmp(method, "getnetworkinfo") == 0)
		return json_pack("{s:i}", "version", h->fault == BTC_HTTP_OLD ? 240100 : 300000);
	if (strcmp(method, "getblockchaininfo") == 0 && h->fault == BTC_HTTP_SIGNET)
		return json_pack("{s:s, s:s, s:i}", "chain", "signet", "signet_challenge", "51",
			"blocks", (int)h->m->height - 1);
	if (strcmp(method, "getblockchaininfo") == 0)
		return json_pack("{s:s, s:i}", "chain",
			h->fault == BTC_HTTP_MAIN ? "main" : "regtest", "blocks",
			(int)h->m->height - 1);
	if (strcmp(method, "getblock") == 0)
		return get_block(h, json_string_value(first), error);
	if (strcmp(method, "getblockheader") == 0)
		return hex_of((struct btc_span){
			.p = h->m->blocks[height_of(h, json_string_value(first))].p,
			.n = BTC_HEADER_SIZE });
	assert_string_equal(method, "getblockhash");
	hash_at(h, hash, (uint32_t)json_integer_value(first));
	return hash_of(hash);
}

static void send_all(int fd, const char *p, size_t n)
{
	while (n > 0) {
		ssize_t sent = send(fd, p, n, MSG_NOSIGNAL);

		if (sent <= 0)
			return; /* the caller has hung up */
		p += sent;
		n -= (size_t)sent;
	}
}

static void reply(int fd, int status, const char *body, size_t cut)
{
	char head[128];
	size_t n = strlen(body);
	int head_n = snprintf(head, sizeof(head),
		"HTTP/1.1 %d X\r\nContent-Length: %zu\r\nConnection: close\r\n\r\n", status, n);

	send_all(fd, head, (size_t)head_n);
	send_all(fd, body, n - cut);
}

static bool is_about(const struct btc_http *h, const char *method, const json_t *params)
{
	const char *hex = json_string_value(json_array_get(params, 0));

	return strcmp(method, "getblock") == 0 && height_of(h, hex) == h->fault_height;
}

static void answer(struct btc_http *h, int fd, const char *body)
{
	json_t *call = json_loads(body, 0, NULL), *error = json_null(), *o;
	const json_t *params = json_object_get(call, "params");
	const char *method = json_string_value(json_object_get(call, "method"));
	bool about = is_about(h, method, params);
	json_int_t id = json_integer_value(json_object_get(call, "id"));
	char *text;

	if (about && h->fault == BTC_HTTP_OTHER_CALL)
		id++;
	o = json_pack("{s:o, s:I}", "result", result_of(h, method, params, &error), "id", id);
	json_object_set_new(o, "error", error);
	text = json_dumps(o, JSON_COMPACT);
	assert_non_null(text);
	if (about && h->fault == BTC_HTTP_NO_JSON)
		text[strlen(text) / 2] = '\0';
	reply(fd, json_is_null(error) ? 200 : 500, text,
		about && h->fault == BTC_HTTP_CUT_OFF ? 10 : 0);
	free(text);
	json_decref(o);
	json_decref(call);
}

/* The body of one request, NULL when there is none. */
static const char *read_request(int fd, char request[REQUEST_MOST])
{
	const char *body, *length;
	size_t n = 0;

	for (;;) {
		ssize_t got = recv(fd, request + n, REQUEST_MOST - 1 - n, 0);

		if (got <= 0)
			return NULL;
		n += (size_t)got;
		request[n] = '\0';
		body = strstr(request, "\r\n\r\n");
		length = strstr(request, "Content-Length: ");
		if (body != NULL && length != NULL &&
			strlen(body + 4) >= strtoul(length + 16, NULL, 10))
			return body + 4;
	}
}

static void serve(struct btc_http *h, int fd)
{
	char request[REQUEST_MOST];
	const char *body = read_request(fd, request);

	if (body == NULL)
		return;
	if (h->fault == BTC_HTTP_REFUSED ||
		(h->authorization != NULL && strstr(request, h->authorization) == NULL))
		reply(fd, 401, "", 0);
	else
		answer(h, fd, body);
}

static void *listen_on(void *arg)
{
	struct btc_http *h = arg;

	for (;;) {
		int fd = accept(h->fd, NULL, NULL);

		if (fd < 0)
			return NULL; /* closed */
		serve(h, fd);
		close(fd);
	}
}

void btc_http_open(struct btc_http *h, struct btc_miner *m)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t n = sizeof(at);

	memset(h, 0, sizeof(*h));
	h->m = m;
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	h->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	assert_true(h->fd >= 0);
	assert_int_equal(bind(h->fd, (struct sockaddr *)&at, sizeof(at)), 0);
	assert_int_equal(listen(h->fd, 8), 0);
	assert_int_equal(getsockname(h->fd, (struct sockaddr *)&at, &n), 0);
	snprintf(h->url, sizeof(h->url), "http://127.0.0.1:%u", ntohs(at.sin_port));
	assert_int_equal(pthread_create(&h->thread, NULL, listen_on, h), 0);
}

void btc_http_close(struct btc_http *h)
{
	shutdown(h->fd, SHUT_RDWR);
	pthread_join(h->thread, NULL);
	close(h->fd);
}
