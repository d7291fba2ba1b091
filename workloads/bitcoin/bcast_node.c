/* The node that transactions are sent to: what it is, and transactions that it will take. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/input.h"
#include "base/text.h"
#include "bitcoin/bcast.h"
#include "bitcoin/source/fund.h"
#include "base/encode.h"

#define FILE_MOST  (UINT64_C(64) << 30)
#define CORE_LEAST 250000
/* Bytes of a request beside the transaction, brackets and comma included. */
#define REQUEST_HEAD 96
#define PATIENCE_NS  (600 * BT_NS_PER_S)

/* What a node says of itself. */
struct node {
	char chain[16];
	bool core, bcoin, main, regtest;
};

/* Coins that the transactions will spend, in the order they are asked for. */
struct plan {
	struct btc_need *needs;
	size_t n, at;
};

static int ask(void *arg, uint8_t outpoint[BTC_OUTPOINT_SIZE] BT_UNUSED, struct btc_own own,
	int64_t amount)
{
	struct plan *p = arg;
	struct btc_need *needs = bt_grow(p->needs, p->n, sizeof(needs[0]));

	if (needs == NULL)
		return -ENOMEM;
	p->needs = needs;
	p->needs[p->n++] = (struct btc_need){ .own = own, .amount = amount };
	return 0;
}

/* The second time the same coins are asked for in the same order. */
static int hand_out(void *arg, uint8_t outpoint[BTC_OUTPOINT_SIZE], struct btc_own own BT_UNUSED,
	int64_t amount BT_UNUSED)
{
	struct plan *p = arg;

	assert(p->at < p->n && p->needs[p->at].own.id == own.id);
	memcpy(outpoint, p->needs[p->at++].outpoint, BTC_OUTPOINT_SIZE);
	return 0;
}

static int plan_coins(struct plan *p, struct btc_gen_conf *conf, uint64_t count, struct bt_err *err)
{
	struct btc_gen_info info;
	struct btc_gen *gen;
	int rc = 0;

	conf->place = ask;
	conf->place_arg = p;
	gen = btc_gen_new(conf);
	for (uint64_t i = 0; gen != NULL && rc == 0 && i < count; i++)
		rc = btc_gen_skip(gen, &info);
	btc_gen_free(gen);
	return gen != NULL && rc == 0 ? 0 : bt_oom(err, "transactions");
}

/* bcoin knows no taproot: outputs of it cannot be spent there. */
static int leave_out_taproot(struct btc_mix *mix, struct bt_err *err)
{
	uint64_t sum = 0;

	mix->weight[BTC_TEMPLATE_P2TR_KEY] = mix->weight[BTC_TEMPLATE_P2TR_SCRIPT] = 0;
	for (unsigned t = 0; t < BTC_TEMPLATES; t++)
		sum += mix->weight[t];
	return sum > 0 ? 0
		       : bt_fail(err, -EINVAL,
				 "--mix: nothing is left of it without taproot, which bcoin does "
				 "not know");
}

/* Its prefix on regtest is its own. */
static const char *prefix_of(const struct node *node)
{
	if (node->main)
		return "bc";
	return !node->regtest ? "tb" : node->bcoin ? "rb" : "bcrt";
}

static int make(struct btc_bcast *b, struct bt_jsonrpc *rpc, const struct node *node,
	const struct bt_env *env, struct bt_err *err)
{
	const struct btc_bcast_conf *conf = b->conf;
	struct btc_gen_conf gen = { .seed = env->seed };
	struct plan plan = { .n = 0 };
	struct btc_fund fund = { .rpc = rpc,
		.env = env,
		.prefix = prefix_of(node),
		.key_file = conf->key_file,
		.main = node->main,
		.wait_ns = conf->funding_wait_ns };
	struct btc_signer *to = btc_signer_new(env->seed);
	int rc = btc_gen_read(&gen, conf->mix, conf->sizes, err);

	if (rc == 0 && to == NULL)
		rc = bt_oom(err, "keys");
	if (rc == 0 && node->bcoin)
		rc = leave_out_taproot(&gen.mix, err);
	if (rc == 0)
		rc = plan_coins(&plan, &gen, conf->count, err);
	if (rc == 0)
		rc = btc_fund(&fund, plan.needs, plan.n, to, err);
	gen.place = hand_out;
	if (rc == 0)
		rc = btc_load_generate(&b->load, &gen, conf->count, env, err);
	if (rc == 0 && btc_bcast_offer_load(b) != 0)
		rc = bt_oom(err, "transactions");
	btc_fund_fini(&fund);
	btc_signer_free(to);
	free(plan.needs);
	return rc;
}

static int offer_tx(struct btc_bcast *b, struct btc_span bytes, struct btc_arena *scratch)
{
	struct btc_reader r = { .p = bytes.p, .size = bytes.n };
	struct btc_tx tx;
	int rc = btc_tx_parse(&tx, &r, scratch);

	if (rc != 0 || r.at != r.size || tx.n_in == 0)
		return rc != 0 ? rc : -EINVAL;
	b->offers[b->n].tx = bytes;
	memcpy(b->offers[b->n++].txid, tx.txid, 32);
	return 0;
}

int btc_bcast_offer_load(struct btc_bcast *b)
{
	struct btc_arena scratch = { .first = NULL };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < b->load.good.n; i++) {
		btc_arena_reset(&scratch);
		rc = offer_tx(b, b->load.good.cases[i].tx, &scratch);
	}
	btc_arena_fini(&scratch);
	return rc;
}

int btc_bcast_offer_hex(struct btc_bcast *b, const char *hex, size_t n)
{
	struct btc_arena scratch = { .first = NULL };
	uint8_t *bytes = btc_arena_get(&b->load.good.arena, n / 2 + 1, 1);
	int rc = -EINVAL;

	if (bytes == NULL)
		return -ENOMEM;
	if (n > 0 && bt_hex_read(bytes, hex, n))
		rc = offer_tx(b, (struct btc_span){ bytes, n / 2 }, &scratch);
	btc_arena_fini(&scratch);
	return rc;
}

static int read_file(struct btc_bcast *b, struct bt_err *err)
{
	const char *path = b->conf->tx_file;
	struct bt_input in;
	char *line;
	int rc = bt_input_lines(&in, path, BT_INPUT_ONCE, FILE_MOST, err);

	if (rc != 0)
		return rc;
	while (b->n < b->conf->count && (rc = bt_input_line(&in, &line, err)) == 1) {
		rc = *line ? btc_bcast_offer_hex(b, line, strlen(line)) : 0;
		if (rc == -ENOMEM)
			bt_fail(err, rc, "%s: out of memory", path);
		else if (rc != 0)
			bt_fail(err, rc, "%s: line %lu: expected a transaction in hex", path,
				in.line);
		if (rc != 0)
			break;
	}
	bt_input_close(&in);
	if (rc != 0 || b->n == b->conf->count)
		return rc;
	return bt_fail(err, -ENODATA, "%s: holds %u transactions, expected %llu (--count)", path,
		b->n, (unsigned long long)b->conf->count);
}

/* Names that nodes give their test networks; any other is taken for the main one. */
static bool is_test(const char *chain)
{
	static const char *const names[] = { "regtest", "signet", "test", "testnet", "testnet3",
		"testnet4", "simnet" };

	for (unsigned i = 0; i < BT_LEN(names); i++)
		if (strcmp(chain, names[i]) == 0)
			return true;
	return false;
}

static int ask_chain(
	struct btc_bcast *b, struct bt_jsonrpc *rpc, struct node *node, struct bt_err *err)
{
	json_t *info = NULL;
	const char *chain;
	int rc = bt_jsonrpc_call(rpc, &info, "getblockchaininfo", json_array(), err);

	chain = json_string_value(json_object_get(info, "chain"));
	if (rc == 0 && chain == NULL)
		rc = bt_fail(err, -EPROTO, "%s: getblockchaininfo: no chain", b->conf->target);
	if (rc == 0 && chain != NULL) {
		bt_text_format(node->chain, sizeof(node->chain), "%s", chain);
		node->regtest = strcmp(chain, "regtest") == 0;
		node->main = !is_test(chain);
		b->height = (uint32_t)json_integer_value(json_object_get(info, "blocks"));
	}
	json_decref(info);
	if (rc == 0 && node->main && !b->conf->mainnet)
		rc = bt_fail(err, -EPERM,
			"%s: its chain is %s, where transactions cost real money: expected a test "
			"network, or --i-am-sure-this-is-mainnet",
			b->conf->target, node->chain);
	return rc;
}

static int ask_version(
	struct btc_bcast *b, struct bt_jsonrpc *rpc, struct node *node, struct bt_err *err)
{
	json_t *info = NULL, *version;
	const char *name;
	int rc = bt_jsonrpc_call(rpc, &info, "getnetworkinfo", json_array(), err);

	name = json_string_value(json_object_get(info, "subversion"));
	version = json_object_get(info, "version");
	if (rc == 0 && name == NULL)
		rc = bt_fail(err, -EPROTO, "%s: getnetworkinfo: no subversion", b->conf->target);
	if (rc == 0) {
		node->core = strncmp(name, "/Satoshi:", 9) == 0;
		node->bcoin = strncmp(name, "/bcoin", 6) == 0;
		bt_text_format(b->node, sizeof(b->node), "%.32s %s", name, node->chain);
	}
	if (rc == 0 && node->core && json_integer_value(version) < CORE_LEAST)
		rc = bt_fail(err, -ENODATA, "%s: Bitcoin Core %s: expected version 25 or later",
			b->conf->target, name);
	json_decref(info);
	return rc;
}

static int get_transactions(
	struct btc_bcast *b, struct bt_jsonrpc *rpc, const struct bt_env *env, struct bt_err *err)
{
	struct node node = { .core = false };
	int rc = ask_chain(b, rpc, &node, err);

	if (rc == 0)
		rc = ask_version(b, rpc, &node, err);
	if (rc != 0)
		return rc;
	if (b->conf->tx_file != NULL)
		return read_file(b, err);
	if (!node.regtest && b->conf->key_file == NULL)
		return bt_fail(err, -ENODATA,
			"%s: its chain is %s, where coins are not for the asking: expected "
			"--funding-key-file or --tx-file",
			b->conf->target, node.chain);
	return make(b, rpc, &node, env, err);
}

/* The longest request there can be. */
static void measure(struct btc_bcast *b)
{
	b->body_most = 2;
	for (uint32_t at = 0; at < b->n; at += b->batch) {
		size_t size = 3;

		for (uint32_t i = at; i < b->n && i < at + b->batch; i++)
			size += REQUEST_HEAD + 2 * b->offers[i].tx.n;
		b->body_most = BT_MAX(b->body_most, size);
	}
}

int btc_bcast_prepare(struct btc_bcast *b, const struct bt_env *env, struct bt_err *err)
{
	struct bt_jsonrpc *rpc = NULL;
	int rc = 0;

	if (b->conf->cookie_file != NULL)
		rc = bt_jsonrpc_cookie(&b->authorization, b->conf->cookie_file, err);
	if (rc == 0)
		rc = bt_http_target(&b->target, &b->conf->http, b->conf->target, env, err);
	b->patient = b->conf->http;
	b->patient.timeout_ns = BT_MAX(b->patient.timeout_ns, PATIENCE_NS);
	if (rc == 0)
		rc = bt_http_target(&b->asked, &b->patient, b->conf->target, env, err);
	if (rc == 0)
		rc = bt_jsonrpc_open(&rpc, b->asked, b->authorization, env, err);
	if (rc == 0)
		rc = get_transactions(b, rpc, env, err);
	bt_jsonrpc_close(rpc);
	measure(b);
	return rc;
}
