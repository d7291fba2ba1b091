#include "bitcoin/source/node.h"

#include <errno.h>
#include <stdio.h>

#include "bitcoin/source/blkcache.h"
#include "bitcoin/rules/block.h"
#include "base/encode.h"
#include "bitcoin/source/nodeblock.h"

#define VERSION_LEAST 250000
#define MEDIAN_BLOCKS 11

struct node {
	struct btc_stretch *s;
	struct bt_jsonrpc *rpc;
	const char *url;
	const struct btc_wanted *wanted;
	bool custom; /* a signet was asked for by its challenge */
};

static int strange(const struct node *n, const char *what, struct bt_err *err)
{
	return bt_fail(err, -EPROTO, "%s: the node does not say what its %s is", n->url, what);
}

static int check_version(struct node *n, struct bt_err *err)
{
	json_t *info;
	json_int_t version;
	int rc = bt_jsonrpc_call(n->rpc, &info, "getnetworkinfo", json_array(), err);

	if (rc != 0)
		return rc;
	version = json_integer_value(json_object_get(info, "version"));
	json_decref(info);
	if (version >= VERSION_LEAST)
		return 0;
	return bt_fail(err, -EINVAL, "%s: version %lld, expected Bitcoin Core 25 (%d) or later",
		n->url, (long long)version, VERSION_LEAST);
}

/* The network by the name that the node has for it. */
static const struct btc_chainparams *network_of(const char *chain)
{
	static const struct {
		const char *chain;
		enum btc_network network;
	} rows[] = {
		{ "main", BTC_MAIN },
		{ "test", BTC_TESTNET3 },
		{ "testnet4", BTC_TESTNET4 },
		{ "signet", BTC_SIGNET },
		{ "regtest", BTC_REGTEST },
	};

	for (unsigned i = 0; i < BT_LEN(rows); i++)
		if (strcmp(rows[i].chain, chain) == 0)
			return btc_chainparams(rows[i].network);
	return NULL;
}

/* Since version 29 a node of a signet tells its challenge, which may be one of its own. */
static int take_challenge(struct node *n, const json_t *info, struct bt_err *err)
{
	const json_t *v = json_object_get(info, "signet_challenge");
	const struct btc_chainparams *wanted = n->wanted->params;
	size_t digits = json_string_length(v);
	struct btc_span challenge = { .n = digits / 2 };
	uint8_t *p;

	if (v == NULL || n->s->params->challenge.n == 0)
		return 0;
	p = btc_arena_get(&n->s->arena, challenge.n, 1);
	if (p == NULL)
		return bt_oom(err, "%s", n->url);
	if (digits == 0 || !bt_hex_read(p, json_string_value(v), digits))
		return strange(n, "challenge", err);
	challenge.p = p;
	if (n->custom && !btc_span_eq(challenge, wanted->challenge))
		return bt_fail(err, -EINVAL,
			"%s: is a node of the signet with challenge %.80s, expected another",
			n->url, json_string_value(v));
	btc_chainparams_signet(&n->s->told, challenge);
	n->s->params = &n->s->told;
	return 0;
}

static int take_network(struct node *n, const json_t *info, struct bt_err *err)
{
	const char *chain = json_string_value(json_object_get(info, "chain"));
	const struct btc_chainparams *wanted = n->wanted->params;

	n->s->params = chain != NULL ? network_of(chain) : NULL;
	if (n->s->params == NULL)
		return strange(n, "chain", err);
	if (wanted != NULL && strcmp(wanted->name, n->s->params->name) != 0)
		return bt_fail(err, -EINVAL, "%s: is a node of %s, expected one of %s", n->url,
			n->s->params->name, wanted->name);
	n->custom = wanted != NULL && wanted != n->s->params;
	if (n->custom)
		n->s->params = wanted;
	return take_challenge(n, info, err);
}

/* Cuts what is wanted out of what the node has. */
static int choose(struct node *n, const json_t *info, struct bt_err *err)
{
	const json_t *v = json_object_get(info, "blocks");
	uint32_t count = n->wanted->count > 0 ? n->wanted->count : BTC_NODE_BLOCKS;
	json_int_t tip = json_integer_value(v);
	struct btc_stretch *s = n->s;

	if (!json_is_integer(v) || tip < 0 || tip >= INT32_MAX)
		return strange(n, "height", err);
	count = BT_MIN(count, (uint32_t)tip + 1);
	s->first = n->wanted->from > 0 ? n->wanted->from : (uint32_t)tip + 1 - count;
	if (s->first > tip)
		return bt_fail(err, -EINVAL, "%s: height %u is not there, only up to %lld", n->url,
			s->first, (long long)tip);
	s->n = BT_MIN(count, (uint32_t)tip + 1 - s->first);
	s->blocks = btc_arena_get(&s->arena, s->n, sizeof(s->blocks[0]));
	if (s->blocks == NULL)
		return bt_oom(err, "%s: %u blocks", n->url, s->n);
	memset(s->blocks, 0, s->n * sizeof(s->blocks[0]));
	return 0;
}

static int look_round(struct node *n, struct bt_err *err)
{
	json_t *info;
	int rc = check_version(n, err);

	if (rc == 0)
		rc = bt_jsonrpc_call(n->rpc, &info, "getblockchaininfo", json_array(), err);
	if (rc != 0)
		return rc;
	rc = take_network(n, info, err);
	if (rc == 0)
		rc = choose(n, info, err);
	json_decref(info);
	return rc;
}

static int fetch_hash(struct node *n, uint8_t hash[32], char hex[BTC_HEX_SIZE], uint32_t height,
	struct bt_err *err)
{
	const char *text;
	json_t *result;
	int rc = bt_jsonrpc_call(
		n->rpc, &result, "getblockhash", json_pack("[I]", (json_int_t)height), err);

	if (rc != 0)
		return rc;
	text = json_string_value(result);
	if (text == NULL || !btc_nodeblock_hash(hash, text))
		rc = strange(n, "block at a height", err);
	json_decref(result);
	btc_hash_hex(hex, hash);
	return rc;
}

static int fetch_block(struct node *n, struct btc_stretch_block *b, const uint8_t hash[32],
	const char *hex, struct bt_err *err)
{
	json_t *block;
	int rc = bt_jsonrpc_call(n->rpc, &block, "getblock", json_pack("[s, i]", hex, 3), err);

	if (rc != 0)
		return rc;
	rc = btc_nodeblock_read(&b->bytes, &b->undo, block, hash, &n->s->arena, err);
	json_decref(block);
	if (rc != 0) {
		bt_fail_in(err, "%s: block %s", n->url, hex);
		return rc;
	}
	return btc_blkcache_put(n->s->params->name, hash, b->bytes, b->undo, err);
}

static int take_block(struct node *n, uint32_t i, struct bt_err *err)
{
	struct btc_stretch_block *b = &n->s->blocks[i];
	uint8_t hash[32], before[32];
	char hex[BTC_HEX_SIZE];
	int rc = fetch_hash(n, hash, hex, n->s->first + i, err);

	if (rc == 0)
		rc = btc_blkcache_get(
			&b->bytes, &b->undo, n->s->params->name, hash, &n->s->arena, err);
	if (rc == 0)
		rc = fetch_block(n, b, hash, hex, err);
	if (rc < 0 || i == 0)
		return BT_MIN(rc, 0);
	btc_sha256d(before, n->s->blocks[i - 1].bytes.p, BTC_HEADER_SIZE);
	if (memcmp(before, b->bytes.p + 4, 32) == 0)
		return 0;
	return bt_fail(err, -EAGAIN, "%s: the chain has changed at height %u: start again", n->url,
		n->s->first + i);
}

static int take_blocks(struct node *n, struct bt_err *err)
{
	uint64_t bytes = 0;
	int rc = 0;

	for (uint32_t i = 0; rc == 0 && i < n->s->n; i++) {
		rc = take_block(n, i, err);
		bytes += n->s->blocks[i].bytes.n;
		if (rc == 0)
			rc = btc_stretch_fits(n->url, i + 1, bytes, err);
		btc_progress_tell(&n->wanted->progress, "blocks fetched", i + 1, n->s->n);
	}
	return rc;
}

/* The lowest height whose header a rule for one of the blocks looks at. */
static uint32_t look_back(const struct btc_stretch *s)
{
	const struct btc_chainparams *p = s->params;
	uint32_t last = s->first + s->n - 1, from = s->first - BT_MIN(s->first, MEDIAN_BLOCKS);
	uint32_t turn = (s->first + p->period - 1) / p->period * p->period;

	if (p->min_difficulty)
		from = BT_MIN(from, (s->first - 1) - (s->first - 1) % p->period);
	if (!p->no_retarget && turn <= last)
		from = BT_MIN(from, turn - p->period);
	return from;
}

static int fetch_header(
	struct node *n, uint8_t header[BTC_HEADER_SIZE], const uint8_t hash[32], struct bt_err *err)
{
	char hex[BTC_HEX_SIZE];
	uint8_t is[32];
	const char *text;
	json_t *result;
	int rc;

	btc_hash_hex(hex, hash);
	rc = bt_jsonrpc_call(n->rpc, &result, "getblockheader", json_pack("[s, b]", hex, 0), err);
	if (rc != 0)
		return rc;
	text = json_string_value(result);
	if (text == NULL || strlen(text) != 2 * BTC_HEADER_SIZE ||
		!bt_hex_read(header, text, 2 * BTC_HEADER_SIZE))
		memset(header, 0, BTC_HEADER_SIZE);
	json_decref(result);
	btc_sha256d(is, header, BTC_HEADER_SIZE);
	if (memcmp(is, hash, 32) == 0)
		return 0;
	return bt_fail(err, -EPROTO, "%s: header %s: the answer is not that header", n->url, hex);
}

/* From the first block backwards, each naming the one before. */
static int take_headers(struct node *n, struct bt_err *err)
{
	struct btc_stretch *s = n->s;
	const uint8_t *next = s->blocks[0].bytes.p;
	uint8_t *headers;
	int rc = 0;

	s->n_headers = s->first > 0 ? s->first - look_back(s) : 0;
	s->headers = btc_arena_get(&s->arena, s->n_headers, sizeof(s->headers[0]));
	headers = btc_arena_get(&s->arena, s->n_headers, BTC_HEADER_SIZE);
	if (s->headers == NULL || headers == NULL)
		return bt_oom(err, "%s: %u headers", n->url, s->n_headers);
	for (uint32_t i = s->n_headers; rc == 0 && i > 0; i--) {
		uint8_t *at = headers + (size_t)(i - 1) * BTC_HEADER_SIZE;

		rc = fetch_header(n, at, next + 4, err);
		s->headers[i - 1] = next = at;
		btc_progress_tell(&n->wanted->progress, "headers fetched", s->n_headers - i + 1,
			s->n_headers);
	}
	return rc;
}

int btc_node_read(struct btc_stretch *s, const struct bt_jsonrpc_conf *conf,
	const struct btc_wanted *wanted, const struct bt_env *env, struct bt_err *err)
{
	struct node n = { .s = s, .url = conf->url, .wanted = wanted };
	int rc;

	*s = (struct btc_stretch){ .n = 0 };
	rc = bt_jsonrpc_dial(&n.rpc, conf, env, err);
	if (rc == 0)
		rc = look_round(&n, err);
	if (rc == 0)
		rc = take_blocks(&n, err);
	if (rc == 0)
		rc = take_headers(&n, err);
	bt_jsonrpc_close(n.rpc);
	return rc == 0 ? btc_stretch_measure(s, err) : rc;
}
