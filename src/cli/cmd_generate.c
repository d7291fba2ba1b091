/* Makes input for workloads; so far transactions, as a corpus that bitcoin.tx-validate --corpus reads. */
#include <errno.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bitcoin/corpus.h"
#include "bitcoin/gen.h"
#include "cli/cli.h"

#define MOST 1e9 /* transactions in one file */

struct conf {
	double tps;
	uint64_t duration_ns, seed;
	const char *output, *mix, *sizes;
};

static const struct bt_opt opts[] = {
	{ "tps", BT_OPT_NUMBER, offsetof(struct conf, tps), "100", "N", 0.001, 1e6, NULL,
		"transactions per second of the load" },
	{ "duration", BT_OPT_DURATION, offsetof(struct conf, duration_ns), "10s", "DURATION", 1e6,
		86400e9, NULL, "how long a load the transactions are for" },
	{ "output", BT_OPT_TEXT, offsetof(struct conf, output), NULL, "FILE", 0, 0, NULL,
		"where they are written, one JSON object a line; also -o FILE" },
	{ "seed", BT_OPT_COUNT, offsetof(struct conf, seed), "1", "N", 0, 0, NULL,
		"the same seed makes the same transactions" },
	{ "mix", BT_OPT_TEXT, offsetof(struct conf, mix), BTC_DEFAULT_MIX, "MIX", 0, 0, NULL,
		"templates of the transactions, and how often each is taken" },
	{ "tx-size", BT_OPT_TEXT, offsetof(struct conf, sizes), NULL, "SIZES", 0, 0, NULL,
		"virtual sizes of the transactions, in turn" },
	BT_OPT_END,
};

static int generate(int argc, char **argv);

const struct bt_cli_command bt_cmd_generate = {
	.name = "generate",
	.usage = "transactions -o FILE [OPTION...]",
	.summary = "write signed transactions as a corpus: as many as a load of a rate takes in a "
		   "time",
	.opts = opts,
	.run = generate,
};

static int write_all(
	FILE *out, struct btc_gen *gen, uint64_t n, const char *path, struct bt_err *err)
{
	struct btc_arena arena = { .first = NULL };
	int r = 0;

	for (uint64_t i = 0; r == 0 && i < n; i++) {
		struct btc_case c;

		btc_arena_reset(&arena);
		r = btc_gen_next(gen, &c, NULL, &arena);
		if (r == 0)
			r = btc_corpus_write(out, &c);
	}
	btc_arena_fini(&arena);
	if (r < 0)
		return bt_fail(err, r, "%s: %s", path, strerror(-r));
	return 0;
}

/* Half a load would pass for a whole one; a device or a pipe stays. */
static void discard(const char *path)
{
	struct stat st;

	if (stat(path, &st) == 0 && S_ISREG(st.st_mode))
		unlink(path);
}

static int write_file(
	const struct conf *conf, const struct btc_gen_conf *gc, uint64_t n, struct bt_err *err)
{
	struct btc_gen *gen = btc_gen_new(gc);
	FILE *out = fopen(conf->output, "w");
	int r;

	if (!out)
		r = bt_fail(err, -errno, "%s: %s", conf->output, strerror(errno));
	else if (!gen)
		r = bt_fail(err, -ENOMEM, "generator: out of memory");
	else
		r = write_all(out, gen, n, conf->output, err);
	if (out && fclose(out) != 0 && r == 0)
		r = bt_fail(err, -errno, "%s: %s", conf->output, strerror(errno));
	if (out && r < 0)
		discard(conf->output);
	btc_gen_free(gen);
	return r;
}

static bool takes_next(const char *word)
{
	return strncmp(word, "--", 2) == 0 && word[2] && !strchr(word, '=');
}

/* -o is the one short option, made long as the table has it; where an option's value stands it is a value. */
static void lengthen(int argc, char **argv)
{
	static char output[] = "--output";

	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (strcmp(argv[i], "-o") == 0 && !takes_next(argv[i - 1]))
			argv[i] = output;
}

static int check(const struct conf *conf, struct btc_gen_conf *gen, const char *what, unsigned n,
	struct bt_err *err)
{
	if (n == 0 || strcmp(what, "transactions") != 0)
		return bt_fail(
			err, -EINVAL, "generate: '%s': expected transactions", n ? what : "");
	if (!conf->output)
		return bt_fail(err, -EINVAL, "generate: expected -o FILE");
	if (conf->tps * (double)conf->duration_ns / 1e9 > MOST)
		return bt_fail(err, -EINVAL,
			"generate: %g a second for so long: expected at most %g in all", conf->tps,
			MOST);
	return btc_gen_read(gen, conf->mix, conf->sizes, err);
}

static int generate(int argc, char **argv)
{
	struct conf conf = { 0 };
	struct btc_gen_conf gen = { 0 };
	struct bt_err err;
	const char *what;
	uint64_t n;
	unsigned words;
	int r;

	lengthen(argc, argv);
	r = bt_cli_parse(&bt_cmd_generate, &conf, argc, argv, &what, 1, &words);
	if (r >= 0)
		return r;
	if (check(&conf, &gen, what, words, &err) < 0)
		return bt_cli_fail_err(BT_EXIT_USAGE, &err);
	gen.seed = conf.seed;
	n = (uint64_t)ceil(conf.tps * (double)conf.duration_ns / 1e9);
	if (write_file(&conf, &gen, n, &err) < 0)
		return bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	fprintf(stderr, "%s: %llu transaction%s\n", conf.output, (unsigned long long)n,
		n == 1 ? "" : "s");
	return BT_EXIT_DONE;
}
