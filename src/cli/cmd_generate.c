/*
 * Makes input for workloads: transactions, as a corpus that bitcoin.tx-validate --corpus reads, and
 * blocks, as a file that bitcoin.block --blocks reads.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "bitcoin/source/corpus.h"
#include "base/text.h"
#include "bitcoin/source/genchain.h"
#include "cli/cli.h"
#include "cli/places.h"
#include "base/whole.h"

#define MOST       1e9  /* transactions in one file */
#define TELL_EVERY 1000 /* transactions */

struct conf {
	double tps;
	uint64_t duration_ns, seed;
	const char *output, *mix, *sizes;
	uint64_t blocks, block_size, block_txs;
};

static const struct bt_opt opts[] = {
	{ .name = "tps",
		.type = BT_OPT_NUMBER,
		.offset = offsetof(struct conf, tps),
		.dflt = "100",
		.arg = "N",
		.min = 0.001,
		.max = 1e6,
		.help = "transactions per second of the load",
		.man = "Transactions per second of the load." },
	{ .name = "duration",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, duration_ns),
		.dflt = "10s",
		.arg = "DURATION",
		.min = 1e6,
		.max = 86400e9,
		.help = "how long a load the transactions are for",
		.man = "How long a load the transactions are for." },
	{ .name = "output",
		.type = BT_OPT_PATH,
		.offset = offsetof(struct conf, output),
		.arg = "FILE",
		.help = "where they are written, one JSON object a line; also -o FILE",
		.man = "Where they are written: transactions as one JSON object a line, blocks as "
		       "in Bitcoin Core's {Pa blk*.dat}. Also -o <FILE>. Must be given." },
	{ .name = "seed",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct conf, seed),
		.dflt = "1",
		.arg = "N",
		.help = "the same seed makes the same transactions",
		.man = "The same seed makes the same transactions and blocks." },
	{ .name = "mix",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct conf, mix),
		.dflt = BTC_DEFAULT_MIX,
		.arg = "MIX",
		.help = "templates of the transactions, and how often each is taken",
		.man = "Templates, and how often each is taken against the others, as in "
		       "`p2wpkh=45,p2pkh=20`." },
	{ .name = "tx-size",
		.type = BT_OPT_TEXT,
		.offset = offsetof(struct conf, sizes),
		.arg = "SIZES",
		.help = "virtual sizes of the transactions, in turn",
		.man = "Virtual sizes, at most 16, separated by commas and taken in turn; each is "
		       "met within 5 %. Range: 80 to 100000." },
	{ .name = "blocks",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct conf, blocks),
		.dflt = "10",
		.arg = "N",
		.min = 1,
		.max = BTC_GENCHAIN_MOST,
		.help = "blocks of the wanted size, behind those that make their coins",
		.man = "How many blocks of the wanted size." },
	{ .name = "block-size",
		.type = BT_OPT_SIZE,
		.offset = offsetof(struct conf, block_size),
		.dflt = "1000000",
		.arg = "SIZE",
		.min = BTC_GENCHAIN_LEAST,
		.max = BTC_GENCHAIN_BYTES,
		.help = "serialised bytes of each",
		.man = "Serialised bytes of each, met within half a transaction, unless a block "
		       "reaches the weight limit before." },
	{ .name = "block-txs",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct conf, block_txs),
		.dflt = "0",
		.arg = "N",
		.max = BTC_GENCHAIN_TXS,
		.help = "transactions in each, coinbase apart; 0: as --block-size says",
		.man = "Transactions in each beside the coinbase; 0 means as many as --block-size "
		       "takes." },
	BT_OPT_END,
};

static int cmd_generate(int argc, char **argv);

const struct bt_cli_command bt_cmd_generate = {
	.name = "generate",
	.usage = "transactions|blocks -o FILE [OPTION...]",
	.summary = "write signed transactions as a corpus, or a regtest chain of whole blocks",
	.opts = opts,
	.run = cmd_generate,
};

/* What is to be made: asked for by its name, written into a file that was opened, counted in the
 * end. */
struct product {
	const char *name, *one;
	int (*write)(FILE *out, uint64_t *n, const struct conf *conf,
		const struct btc_gen_conf *gen, struct bt_err *err);
	const char *idle[4]; /* options that say nothing of it; ended by NULL */
};

static int write_transactions(FILE *out, uint64_t *n, const struct conf *conf,
	const struct btc_gen_conf *gc, struct bt_err *err)
{
	struct btc_gen *gen = btc_gen_new(gc);
	struct btc_arena arena = { .first = NULL };
	int r = gen ? 0 : -ENOMEM;

	*n = bt_u64(ceil(conf->tps * (double)conf->duration_ns / 1e9));
	for (uint64_t i = 0; r == 0 && i < *n; i++) {
		struct btc_case c;

		if ((i + 1) % TELL_EVERY == 0 || i + 1 == *n)
			bt_cli_progress(NULL, "transactions", i + 1, *n);
		btc_arena_reset(&arena);
		r = bt_stop_signal ? -EINTR : btc_gen_next(gen, &c, NULL, &arena);
		if (r == 0)
			r = btc_corpus_write(out, &c);
	}
	btc_arena_fini(&arena);
	btc_gen_free(gen);
	if (r < 0)
		return bt_fail(err, r, "%s: %s", conf->output, strerror(-r));
	return 0;
}

static int write_blocks(FILE *out, uint64_t *n, const struct conf *conf,
	const struct btc_gen_conf *gc, struct bt_err *err)
{
	struct btc_genchain_conf chain = {
		.seed = gc->seed,
		.mix = gc->mix,
		.sizes = gc->sizes,
		.blocks = (uint32_t)conf->blocks,
		.block_size = (uint32_t)conf->block_size,
		.block_txs = (uint32_t)conf->block_txs,
		.progress = { .report = bt_cli_progress },
	};
	struct btc_stretch stretch;
	int r = btc_genchain_make(&stretch, &chain, err);

	*n = stretch.n;
	if (r == 0) {
		r = btc_genchain_write(out, &stretch);
		if (r < 0)
			r = bt_fail(err, r, "%s: %s", conf->output, strerror(-r));
	}
	btc_stretch_fini(&stretch);
	return r;
}

static const struct product products[] = {
	{ "transactions", "transaction", write_transactions,
		{ "blocks", "block-size", "block-txs", NULL } },
	{ "blocks", "block", write_blocks, { "tps", "duration", NULL } },
};

static int tell_interrupted(
	const struct bt_whole *file, const struct conf *conf, struct bt_err *err)
{
	return bt_fail(err, -EINTR, "%s: interrupted; %s", conf->output,
		file->renames ? "the old file is unchanged" : "the output is incomplete");
}

static int write_file(const struct product *product, uint64_t *n, const struct conf *conf,
	const struct btc_gen_conf *gen, struct bt_err *err)
{
	struct bt_whole file;
	struct bt_err why;
	int r = bt_whole_open(&file, conf->output, err), closed;

	if (r < 0)
		return r;
	r = product->write(file.out, n, conf, gen, err);
	if (r == -EINTR)
		tell_interrupted(&file, conf, err);
	closed = bt_whole_close(&file, r == 0, &why);
	if (closed < 0)
		*err = why; /* a write error is the cause */
	return r < 0 ? r : closed;
}

static const struct product *find_product(const char *name)
{
	for (unsigned i = 0; i < BT_LEN(products); i++)
		if (strcmp(products[i].name, name) == 0)
			return &products[i];
	return NULL;
}

/* `given` has what the command line says and no defaults; none of these options may be 0 but
 * --block-txs, which is that anyway. */
static int check_idle(const struct product *product, const struct conf *given, struct bt_err *err)
{
	for (const char *const *name = product->idle; *name; name++)
		if (bt_opt_is_set(bt_opt_row(opts, *name), given))
			return bt_fail(err, -EINVAL,
				"generate: --%s says nothing of %s: expected without it", *name,
				product->name);
	return 0;
}

/* This command does not use the history, but must not overwrite it. */
static int check_places(const struct conf *conf, struct bt_err *err)
{
	struct bt_places places = { 0 };
	int r = bt_places_history(&places, NULL, err);

	if (r == 0)
		r = bt_places_output(&places, "--output", conf->output, err);
	bt_places_fini(&places);
	return r;
}

static int check(const struct product **product, const struct conf *conf, const struct conf *given,
	struct btc_gen_conf *gen, const char *what, struct bt_err *err)
{
	*product = find_product(what);
	if (!*product)
		return bt_fail(
			err, -EINVAL, "generate: '%s': expected transactions or blocks", what);
	if (check_idle(*product, given, err) < 0)
		return -EINVAL;
	if (!conf->output)
		return bt_fail(err, -EINVAL, "generate: expected -o FILE");
	if (conf->tps * (double)conf->duration_ns / 1e9 > MOST)
		return bt_fail(err, -EINVAL,
			"generate: %g a second for so long: expected at most %g in all", conf->tps,
			MOST);
	if (check_places(conf, err) < 0)
		return -EINVAL;
	return btc_gen_read(gen, conf->mix, conf->sizes, err);
}

static int cmd_generate(int argc, char **argv)
{
	struct conf conf = { 0 }, given = { 0 };
	struct bt_opt_set only_given = { "generate", opts, &given };
	struct btc_gen_conf gen = { 0 };
	const struct product *product;
	struct bt_err err;
	const char *what;
	uint64_t n;
	unsigned words;
	int r;

	bt_cli_lengthen(argc, argv);
	r = bt_cli_parse(&bt_cmd_generate, &conf, argc, argv, &what, 1, &words);
	if (r >= 0)
		return r;
	/* It has just worked. */
	bt_opt_parse(&only_given, 1, argc, argv, 1, &what, 1, &words, &err);
	if (check(&product, &conf, &given, &gen, words ? what : "", &err) < 0)
		return bt_cli_fail_err(BT_EXIT_USAGE, &err);
	gen.seed = conf.seed;
	bt_cli_catch_signals(false);
	r = write_file(product, &n, &conf, &gen, &err);
	if (r < 0)
		return bt_cli_fail_err(r == -EINTR && bt_stop_signal
				? BT_EXIT_SIGNAL + (int)bt_stop_signal
				: BT_EXIT_CANNOT,
			&err);
	bt_print(stderr, "%s: %llu %s%s\n", conf.output, (unsigned long long)n, product->one,
		n == 1 ? "" : "s");
	return BT_EXIT_DONE;
}
