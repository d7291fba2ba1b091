/*
 * bitcoin.block: one operation connects one block to a chain. After the last block the chain starts again; a fault ends the
 * run where it is.
 */
#include "core/workload.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/path.h"
#include "bitcoin/block.h"
#include "bitcoin/hash.h"
#include "bitcoin/hex.h"
#include "bitcoin/node.h"
#include "bitcoin/script.h"
#include "bitcoin/stretch.h"

#define SHIPPED_BLOCKS "testnet3-blocks-0-2016.dat"
#define HEIGHT_MAX     1e9
#define THREADS_MAX    256

struct conf {
	const char *blocks, *challenge;
	int network;
	uint64_t from, count;
	uint64_t threads;
	struct bt_rpc_conf node; /* no URL: no node */
};

struct shared {
	struct btc_stretch stretch;
	struct btc_chainparams signet; /* of another challenge */
	uint8_t challenge[BTC_MAX_SCRIPT];
	const char *hash_impl;
	unsigned threads;
};

struct state {
	const struct shared *shared;
	struct btc_chain *chain;
	struct bt_meter *meter;
};

static const struct bt_opt opts[] = {
	{ .name = "blocks",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct conf, blocks),
		.arg = "PATH",
		.help = "a blk*.dat, or Bitcoin Core's blocks directory; default: the shipped "
			"testnet3 blocks" },
	{ .name = "from-height",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct conf, from),
		.dflt = "0",
		.arg = "HEIGHT",
		.max = HEIGHT_MAX,
		.help = "the first block to connect; 0 of a node: its newest ones" },
	{ .name = "count",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct conf, count),
		.dflt = "0",
		.arg = "N",
		.max = HEIGHT_MAX,
		.help = "blocks to connect before starting again; 0: all there are, of a node "
			"100" },
	{ .name = "node",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct conf, node.url),
		.arg = "URL",
		.help = "fetch the blocks from Bitcoin Core (25 or later), http://HOST:PORT" },
	{ .name = "cookie-file",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct conf, node.cookie_file),
		.arg = "FILE",
		.help = "the node's .cookie" },
	{ .name = "rpc-user",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct conf, node.user),
		.arg = "NAME",
		.help = "user at the node, where it takes no cookie" },
	{ .name = "rpc-password-file",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct conf, node.password_file),
		.arg = "FILE",
		.help = "file with that user's password in its first line" },
	{ .name = "network",
		.type = BT_OPT_CHOICE,
		.offset = offsetof(struct conf, network),
		.dflt = "auto",
		.arg = "NETWORK",
		.choices = btc_network_choices,
		.help = "whose rules apply; auto: told by the message start" },
	{ .name = "signet-challenge",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct conf, challenge),
		.arg = "HEX",
		.help = "the script that blocks of a signet of its own solve; default: the "
			"public one's" },
	{ .name = "threads-per-block",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct conf, threads),
		.dflt = "1",
		.arg = "N",
		.min = 1,
		.max = THREADS_MAX,
		.help = "threads that verify the inputs of one block together, for each worker" },
	BT_OPT_END,
};

enum { M_BLOCKS, M_TRANSACTIONS, M_INPUTS, M_BYTES, M_TIP, M_HASH, M_THREADS };

static const struct bt_metric metrics[] = {
	[M_BLOCKS] = { "blocks", "", BT_COUNTER, BT_SUM, "blocks connected", 0, 0 },
	[M_TRANSACTIONS] = { "transactions", "", BT_COUNTER, BT_SUM, "transactions in them", 0, 0 },
	[M_INPUTS] = { "inputs", "", BT_COUNTER, BT_SUM, "inputs whose scripts were executed", 0,
		0 },
	[M_BYTES] = { "bytes", "bytes", BT_COUNTER, BT_SUM, "serialised bytes of the blocks", 0,
		0 },
	[M_TIP] = { "tip", "", BT_TEXT, BT_LAST, "hash of the last block connected", 0, 0 },
	[M_HASH] = { "hash_implementation", "", BT_TEXT, BT_LAST, "SHA-256 in use", 0, 0 },
	[M_THREADS] = { "verify_threads", "", BT_GAUGE, BT_SUM,
		"threads that verify inputs, the workers among them", 0, 0 },
	{ .name = NULL },
};

enum { E_INVALID, E_MALFORMED, E_UNDO, E_MISSING_PARENT, E_MEMORY };

static const char *const error_classes[] = {
	[E_INVALID] = "invalid-block",
	[E_MALFORMED] = "malformed-block",
	[E_UNDO] = "invalid-undo-data",
	[E_MISSING_PARENT] = "missing-parent",
	[E_MEMORY] = "out-of-memory",
	NULL,
};

static void teardown(void *arg)
{
	struct shared *s = arg;

	btc_stretch_fini(&s->stretch);
	free(s);
}

static int check_challenge(const struct conf *conf, struct bt_err *err)
{
	uint8_t script[BTC_MAX_SCRIPT];
	size_t n;

	if (conf->challenge == NULL)
		return 0;
	n = strlen(conf->challenge);
	if (n == 0 || n > 2 * sizeof(script) || !btc_hex_read(script, conf->challenge, n))
		return bt_fail(err, -EINVAL,
			"--signet-challenge %.80s: expected a script of 1 to %zu bytes in hex",
			conf->challenge, sizeof(script));
	if (conf->network == 0 || conf->network == BTC_SIGNET + 1)
		return 0;
	return bt_fail(err, -EINVAL, "--signet-challenge: expected --network signet beside it");
}

static int check(const void *configuration, struct bt_err *err)
{
	const struct conf *conf = configuration;
	const struct bt_rpc_conf *node = &conf->node;
	int rc = check_challenge(conf, err);

	if (rc != 0)
		return rc;
	if (node->url == NULL) {
		if (node->cookie_file == NULL && node->user == NULL && node->password_file == NULL)
			return 0;
		return bt_fail(err, -EINVAL,
			"--cookie-file, --rpc-user, --rpc-password-file: expected --node URL "
			"beside them");
	}
	if (conf->blocks != NULL)
		return bt_fail(
			err, -EINVAL, "--blocks %s: expected either this or --node", conf->blocks);
	return bt_rpc_check(node, err);
}

/* Whose rules were asked for; NULL: the blocks tell. */
static const struct btc_chainparams *asked_for(struct shared *s, const struct conf *conf)
{
	if (conf->challenge != NULL) {
		size_t n = strlen(conf->challenge) / 2;

		btc_hex_read(s->challenge, conf->challenge, 2 * n);
		btc_chainparams_signet(&s->signet, (struct btc_span){ .p = s->challenge, .n = n });
		return &s->signet;
	}
	return conf->network > 0 ? btc_chainparams((enum btc_network)(conf->network - 1)) : NULL;
}

static int read_blocks(struct shared *s, const struct bt_env *env, struct bt_err *err)
{
	const struct conf *conf = env->conf;
	const char *path = conf->blocks;
	char found[PATH_MAX];
	struct btc_wanted wanted = {
		.params = asked_for(s, conf),
		.from = (uint32_t)conf->from,
		.count = (uint32_t)conf->count,
		.progress = { .report = env->progress, .arg = env->progress_arg },
	};
	int rc;

	if (conf->node.url != NULL)
		return btc_node_read(&s->stretch, &conf->node, &wanted, err);
	if (path != NULL)
		return btc_stretch_read(&s->stretch, path, &wanted, err);
	rc = bt_data_path(found, sizeof(found), SHIPPED_BLOCKS, err);
	return rc == 0 ? btc_stretch_read(&s->stretch, found, &wanted, err) : rc;
}

static int prepare(void **shared, const struct bt_env *env, struct bt_err *err)
{
	struct shared *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return bt_fail(err, -ENOMEM, "bitcoin.block: out of memory");
	s->hash_impl = btc_hash_impl();
	s->threads = (unsigned)((const struct conf *)env->conf)->threads;
	rc = read_blocks(s, env, err);
	if (rc != 0) {
		teardown(s);
		return rc;
	}
	*shared = s;
	return 0;
}

/* A stretch begins behind headers, which are held to the rules as well. */
static int begin(struct state *state, const struct btc_stretch *s, struct bt_err *err)
{
	struct btc_reject reject;
	char text[BT_NOTE_MAX];
	int rc;

	if (s->first == 0)
		return 0;
	rc = btc_chain_begin(state->chain, &reject, s->headers, s->n_headers, s->first);
	if (rc != -EBADMSG)
		return rc == 0 ? 0 : bt_fail(err, rc, "%u headers: out of memory", s->n_headers);
	btc_reject_text(text, sizeof(text), &reject);
	return bt_fail(err, -EINVAL, "the headers before height %u: %s", s->first, text);
}

static int enter(void *arg, const struct bt_env *env, struct bt_err *err)
{
	struct state *state = arg;
	const struct shared *s = env->shared;
	struct btc_chain_room room = s->stretch.room;
	int rc;

	room.threads = s->threads;
	state->shared = s;
	state->meter = env->meter;
	state->chain = btc_chain_new(s->stretch.params, &room, err);
	if (state->chain == NULL)
		return -ENOMEM;
	rc = begin(state, &s->stretch, err);
	if (rc != 0) {
		btc_chain_free(state->chain);
		return rc;
	}
	bt_meter_text(state->meter, M_HASH, s->hash_impl);
	bt_meter_set(state->meter, M_THREADS, s->threads);
	return 0;
}

static struct bt_result fatal(unsigned error_class)
{
	return (struct bt_result){ .outcome = BT_FATAL, .error_class = error_class };
}

/* What follows the last block when there is more than the chain. */
static struct bt_result beyond_chain(struct state *state)
{
	const struct btc_stretch *s = &state->shared->stretch;
	unsigned error_class = s->end == BTC_END_ORPHAN ? E_MISSING_PARENT : E_MALFORMED;

	bt_note(state, error_class, "height %u: %s", s->first + s->n, s->end_text);
	return fatal(error_class);
}

static struct bt_result no_undo(struct state *state, const struct btc_stretch_block *block)
{
	char hash[BTC_HEX_SIZE];
	uint8_t raw[32];

	btc_sha256d(raw, block->bytes.p, BTC_HEADER_SIZE);
	btc_hash_hex(hash, raw);
	bt_note(state, E_UNDO, "no undo data: height %u block %s: %s",
		btc_chain_length(state->chain), hash, block->lack);
	return fatal(E_UNDO);
}

static struct bt_result refused(struct state *state, int rc, const struct btc_reject *reject)
{
	unsigned error_class = reject->undo ? E_UNDO : reject->malformed ? E_MALFORMED : E_INVALID;
	char text[BT_NOTE_MAX];

	if (rc == -ENOMEM) {
		bt_note(state, E_MEMORY, "height %u: out of memory", reject->height);
		return fatal(E_MEMORY);
	}
	btc_reject_text(text, sizeof(text), reject);
	bt_note(state, error_class, "%s", text);
	return fatal(error_class);
}

static void count(struct state *state, const struct btc_block_counts *counts)
{
	char tip[BTC_HEX_SIZE];

	btc_hash_hex(tip, btc_chain_tip(state->chain));
	bt_meter_add(state->meter, M_BLOCKS, 1);
	bt_meter_add(state->meter, M_TRANSACTIONS, counts->transactions);
	bt_meter_add(state->meter, M_INPUTS, counts->inputs);
	bt_meter_add(state->meter, M_BYTES, counts->bytes);
	bt_meter_text(state->meter, M_TIP, tip);
}

static struct bt_result op(void *arg, uint64_t n BT_UNUSED)
{
	struct state *state = arg;
	const struct btc_stretch *s = &state->shared->stretch;
	const struct btc_stretch_block *block;
	struct btc_block_counts counts;
	struct btc_reject reject;
	int rc;

	if (btc_chain_length(state->chain) == s->first + s->n) {
		if (s->end != BTC_END_WANTED)
			return beyond_chain(state);
		btc_chain_reset(state->chain);
	}
	block = &s->blocks[btc_chain_length(state->chain) - s->first];
	if (block->lack != NULL)
		return no_undo(state, block);
	rc = btc_chain_connect_undo(state->chain, &counts, &reject, block->bytes, block->undo);
	if (rc != 0)
		return refused(state, rc, &reject);
	count(state, &counts);
	return (struct bt_result){ .outcome = BT_DONE, .units = counts.transactions };
}

static void leave(void *arg)
{
	struct state *state = arg;

	btc_chain_free(state->chain);
}

const struct bt_workload btc_block_workload = {
	.name = "bitcoin.block",
	.summary = "connect real Bitcoin blocks to their chain, every script executed",
	.unit = "transactions",
	.opts = opts,
	.metrics = metrics,
	.error_classes = error_classes,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.check = check,
	.prepare = prepare,
	.enter = enter,
	.op = op,
	.leave = leave,
	.teardown = teardown,
};
