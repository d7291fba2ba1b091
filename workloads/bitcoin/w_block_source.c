/* Options of bitcoin.block, and where its blocks come from. */
#include "bitcoin/w_block.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "base/path.h"
#include "bitcoin/source/genchain.h"
#include "base/encode.h"
#include "bitcoin/tx_load.h"
#include "bitcoin/w_sigcache.h"

#define SHIPPED_BLOCKS "testnet3-blocks-0-2016.dat"
#define HEIGHT_MAX     1e9
#define THREADS_MAX    256
#define BLOCK_SIZE     1000000
#define TEXT_(x)       #x
#define TEXT(x)        TEXT_(x)

const struct bt_opt btc_block_opts[] = {
	{ .name = "blocks",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct btc_block_conf, blocks),
		.arg = "PATH",
		.help = "a blk*.dat, or Bitcoin Core's blocks directory; default: the shipped "
			"testnet3 blocks",
		.man = "A file in the format of Bitcoin Core's {Pa blk*.dat}, or Core's {Pa "
		       "blocks} directory. Without this, --node and --generate: the testnet3 "
		       "blocks 0 to 2016 that come with benchtop." },
	{ .name = "from-height",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct btc_block_conf, from),
		.dflt = "0",
		.arg = "HEIGHT",
		.max = HEIGHT_MAX,
		.help = "the first block to connect; 0 of a node: its newest ones",
		.man = "The first block to connect. Past 0 it takes a directory or a node, for "
		       "what is spent from before it. 0 means the first block there is, of a node "
		       "the newest --count blocks." },
	{ .name = "count",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct btc_block_conf, count),
		.dflt = "0",
		.arg = "N",
		.max = HEIGHT_MAX,
		.help = "blocks to connect before starting again; 0: all there are, of a node "
			"100",
		.man = "How many blocks to connect before the chain begins again; where there are "
		       "fewer, those. 0 means all there are, of a node 100." },
	{ .name = "node",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct btc_block_conf, node.url),
		.arg = "URL",
		.help = "fetch the blocks from Bitcoin Core (25 or later), http://HOST:PORT",
		.man = "Fetches the blocks from a running Bitcoin Core; see {Sx A node}." },
	{ .name = "cookie-file",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct btc_block_conf, node.cookie_file),
		.arg = "FILE",
		.help = "the node's .cookie",
		.man = "The node's {Pa .cookie}, with which it is asked." },
	{ .name = "rpc-user",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct btc_block_conf, node.user),
		.arg = "NAME",
		.help = "user at the node, where it takes no cookie",
		.man = "User at the node, where it takes no cookie." },
	{ .name = "rpc-password-file",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct btc_block_conf, node.password_file),
		.arg = "FILE",
		.help = "file whose only line is that user's password",
		.man = "A file whose only line is that user's password." },
	{ .name = "network",
		.type = BT_OPT_CHOICE,
		.offset = offsetof(struct btc_block_conf, network),
		.dflt = "auto",
		.arg = "NETWORK",
		.choices = btc_network_choices,
		.help = "whose rules apply; auto: told by the message start",
		.man = "Whose rules apply: *main*, *testnet3*, *testnet4*, *signet* or *regtest*. "
		       "*auto* goes by the message start in the files, or by what the node says. "
		       "Any other than the one that is found is refused." },
	{ .name = "signet-challenge",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct btc_block_conf, challenge),
		.arg = "HEX",
		.help = "the script that blocks of a signet of its own solve; default: the "
			"public one's",
		.man = "The script that blocks of a signet of its own have to solve (BIP325), as "
		       "`signetchallenge` of its nodes; from version 29 on they also tell it "
		       "themselves. Without it *signet* is the public one." },
	{ .name = "generate",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct btc_block_conf, generate),
		.dflt = "0",
		.arg = "N",
		.max = BTC_GENCHAIN_MOST,
		.help = "connect a generated regtest chain that ends with N blocks of wanted "
			"size",
		.man = "Connects a generated regtest chain that ends with <N> blocks of a wanted "
		       "size; see {Sx Generated blocks}. 0 means none is generated." },
	{ .name = "block-size",
		.type = BT_OPT_SIZE,
		.offset = offsetof(struct btc_block_conf, block_size),
		.dflt = TEXT(BLOCK_SIZE),
		.arg = "SIZE",
		.min = BTC_GENCHAIN_LEAST,
		.max = BTC_GENCHAIN_BYTES,
		.help = "serialised bytes of each of the N generated blocks",
		.man = "Serialised bytes of each of the generated <N> blocks, met within half a "
		       "transaction, unless a block reaches the weight limit before." },
	{ .name = "block-txs",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct btc_block_conf, block_txs),
		.dflt = "0",
		.arg = "N",
		.max = BTC_GENCHAIN_TXS,
		.help = "transactions in each generated block, coinbase apart; 0: as --block-size "
			"says",
		.man = "Transactions in each of them beside the coinbase; 0 means as many as "
		       "--block-size takes." },
	{ .group = btc_mix_opts, .offset = offsetof(struct btc_block_conf, mix) },
	{ .group = btc_size_opts, .offset = offsetof(struct btc_block_conf, sizes) },
	{ .name = "threads-per-block",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct btc_block_conf, threads),
		.dflt = "1",
		.arg = "N",
		.min = 1,
		.max = THREADS_MAX,
		.help = "threads that verify the inputs of one block together, for each worker",
		.man = "Threads that verify the inputs of one block together, the worker among "
		       "them. Each worker has as many." },
	{ .group = btc_sigcache_opts, .offset = offsetof(struct btc_block_conf, sig_cache) },
	{ .name = "negative",
		.type = BT_OPT_SHARE,
		.offset = offsetof(struct btc_block_conf, negative),
		.arg = "SHARE",
		.min = 0,
		.max = 1,
		.help = "share of damaged blocks, which must be refused for what is wrong",
		.man = "Share of operations that offer a damaged copy of the next block before it; "
		       "see {Sx NEGATIVE CONTROLS}." },
	BT_OPT_END,
};

static int check_challenge(const struct btc_block_conf *conf, struct bt_err *err)
{
	uint8_t script[BTC_MAX_SCRIPT];
	size_t n;

	if (conf->challenge == NULL)
		return 0;
	n = strlen(conf->challenge);
	if (n == 0 || n > 2 * sizeof(script) || !bt_hex_read(script, conf->challenge, n))
		return bt_fail(err, -EINVAL,
			"--signet-challenge %.80s: expected a script of 1 to %zu bytes in hex",
			conf->challenge, sizeof(script));
	if (conf->network == 0 || conf->network == BTC_SIGNET + 1)
		return 0;
	return bt_fail(err, -EINVAL, "--signet-challenge: expected --network signet beside it");
}

/* What goes with generated blocks alone, and what they take the place of. */
static int check_generated(const struct btc_block_conf *conf, struct bt_err *err)
{
	const char *idle = NULL, *beside = NULL;
	struct btc_gen_conf gen;
	int rc = btc_gen_read(&gen, conf->mix, conf->sizes, err);

	if (rc != 0)
		return rc;
	if (strcmp(conf->mix, BTC_DEFAULT_MIX) != 0)
		idle = "mix";
	else if (conf->sizes != NULL)
		idle = "tx-size";
	else if (conf->block_size != BLOCK_SIZE)
		idle = "block-size";
	else if (conf->block_txs > 0)
		idle = "block-txs";
	if (conf->generate == 0)
		return idle == NULL
			? 0
			: bt_fail(err, -EINVAL, "--%s: expected --generate N beside it", idle);
	if (conf->blocks != NULL)
		beside = "blocks";
	else if (conf->node.url != NULL)
		beside = "node";
	else if (conf->from > 0)
		beside = "from-height";
	else if (conf->network > 0 && conf->network - 1 != BTC_REGTEST)
		beside = "network";
	else if (conf->challenge != NULL)
		beside = "signet-challenge";
	if (beside == NULL)
		return 0;
	return bt_fail(err, -EINVAL,
		"--%s: expected without --generate, which makes regtest blocks from genesis on",
		beside);
}

int btc_block_check(const void *configuration, struct bt_err *err)
{
	const struct btc_block_conf *conf = configuration;
	const struct bt_jsonrpc_conf *node = &conf->node;
	int rc = check_challenge(conf, err);

	if (rc == 0)
		rc = btc_sigcache_check(conf->sig_cache, err);
	if (rc == 0)
		rc = check_generated(conf, err);
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
	return bt_jsonrpc_check(node, err);
}

/* Whose rules were asked for; NULL: the blocks tell. */
static const struct btc_chainparams *asked_for(
	struct btc_block_source *s, const struct btc_block_conf *conf)
{
	if (conf->challenge != NULL) {
		size_t n = strlen(conf->challenge) / 2;

		bt_hex_read(s->challenge, conf->challenge, 2 * n);
		btc_chainparams_signet(&s->signet, (struct btc_span){ .p = s->challenge, .n = n });
		return &s->signet;
	}
	return conf->network > 0 ? btc_chainparams((enum btc_network)(conf->network - 1)) : NULL;
}

static int make_blocks(struct btc_block_source *s, const struct bt_env *env, struct bt_err *err)
{
	const struct btc_block_conf *conf = env->conf;
	struct btc_gen_conf gen;
	struct btc_genchain_conf gc = {
		.seed = env->seed,
		.blocks = (uint32_t)conf->generate,
		.block_size = (uint32_t)conf->block_size,
		.block_txs = (uint32_t)conf->block_txs,
		.progress = { .report = env->progress, .arg = env->progress_arg },
	};
	int rc = btc_gen_read(&gen, conf->mix, conf->sizes, err);

	gc.mix = gen.mix;
	gc.sizes = gen.sizes;
	if (rc == 0)
		rc = btc_genchain_make(&s->stretch, &gc, err);
	if (rc == 0 && conf->count > 0)
		s->stretch.n = (uint32_t)BT_MIN(conf->count, s->stretch.n);
	return rc;
}

int btc_block_source_read(struct btc_block_source *s, const struct bt_env *env, struct bt_err *err)
{
	const struct btc_block_conf *conf = env->conf;
	char found[PATH_MAX];
	struct btc_wanted wanted = {
		.params = asked_for(s, conf),
		.from = (uint32_t)conf->from,
		.count = (uint32_t)conf->count,
		.progress = { .report = env->progress, .arg = env->progress_arg },
	};
	int rc;

	if (conf->generate > 0)
		return make_blocks(s, env, err);
	if (conf->node.url != NULL)
		return btc_node_read(&s->stretch, &conf->node, &wanted, env, err);
	if (conf->blocks != NULL)
		return btc_stretch_read(&s->stretch, conf->blocks, &wanted, err);
	rc = bt_data_path(found, sizeof(found), SHIPPED_BLOCKS, err);
	return rc == 0 ? btc_stretch_read(&s->stretch, found, &wanted, err) : rc;
}

void btc_block_source_fini(struct btc_block_source *source)
{
	btc_stretch_fini(&source->stretch);
}
