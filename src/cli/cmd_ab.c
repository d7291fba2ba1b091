/* Two ways of doing something, in turns: what drifts on the machine meets both alike. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/rng.h"
#include "base/text.h"
#include "cli/trials.h"
#include "compare/compare.h"
#include "json/json.h"

struct conf {
	const char *db;
	uint64_t rounds, block_ns, warmup_ns, seed;
	double floor;
	bool json;
};

static const struct bt_opt opts[] = {
	{ .name = "rounds",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct conf, rounds),
		.dflt = "20",
		.arg = "N",
		.min = 6,
		.max = 50,
		.help = "rounds, each with two blocks of A, of A again as control, and of B",
		.man = "Rounds, each with two blocks of A, of A again as control, and of B." },
	{ .name = "block",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, block_ns),
		.dflt = "500ms",
		.arg = "DURATION",
		.min = 1e7,
		.max = 3600e9,
		.help = "scored length of a block whose options name neither --duration nor "
			"--ops",
		.man = "Scored length of a block whose options name neither --duration nor "
		       "--ops." },
	{ .name = "block-warmup",
		.type = BT_OPT_DURATION,
		.offset = offsetof(struct conf, warmup_ns),
		.dflt = "100ms",
		.arg = "DURATION",
		.max = 3600e9,
		.help = "load before it, where they do not name --warmup",
		.man = "Load before it, where they do not name --warmup." },
	{ .name = "floor",
		.type = BT_OPT_SHARE,
		.offset = offsetof(struct conf, floor),
		.dflt = "1%",
		.arg = "SHARE",
		.max = 1,
		.help = "changes smaller than this count as none, however clear they are",
		.man = "Changes smaller than this count as none, however clear they are." },
	{ .name = "seed",
		.type = BT_OPT_COUNT,
		.offset = offsetof(struct conf, seed),
		.arg = "N",
		.max = 999999999999999,
		.help = "seed of the order of blocks; drawn when not given",
		.man = "Seed of the order of blocks; drawn when not given." },
	{ .name = "json",
		.type = BT_OPT_FLAG,
		.offset = offsetof(struct conf, json),
		.help = "the comparison as one JSON object",
		.man = "Prints comparison and control as one object." },
	{ .group = bt_cli_db_opts, .offset = offsetof(struct conf, db) },
	BT_OPT_END,
};

static int cmd_ab(int argc, char **argv);

const struct bt_cli_command bt_cmd_ab = {
	.name = "ab",
	.usage = "'WORKLOAD OPTION...' 'WORKLOAD OPTION...' [OPTION...]",
	.summary = "tells which of two is better, in blocks by turns, with a control beside it",
	.opts = opts,
	.run = cmd_ab,
};

enum { ARM_A, ARM_CONTROL, ARM_B, ARMS };
#define BLOCKS_A_ROUND (2 * ARMS)
#define WORDS_MAX      128

struct arm {
	/* Words point into text, which was taken apart, or to these: */
	char *text, *words[WORDS_MAX];
	char duration[48], warmup[48];
	int n;
	const struct conf *conf;
	struct bt_trials now; /* the blocks of the round */
	double logs[BT_COMPARED_MAX]
		   [50]; /* of each round: mean log, or mean where a figure may be 0 */
};

struct experiment {
	struct conf conf;
	struct arm arms[ARMS];
	struct bt_trial_group group;
	struct bt_rng rng;
	unsigned rounds; /* that are complete */
	bool invalid;
};

/* Words as a shell takes them apart: blanks between, quotes around. Returns how many, or -1: a
 * quote is not closed, or too many. */
static int split(char *text, char **words, int room)
{
	char *at = text, *to;
	int n = 0;

	for (;;) {
		char quote = '\0';

		at += strspn(at, " \t\n");
		if (!*at)
			return n;
		if (n == room)
			return -1;
		words[n++] = to = at;
		for (; *at && (quote || !strchr(" \t\n", *at)); at++) {
			if (quote ? *at == quote : *at == '\'' || *at == '"')
				quote = quote ? '\0' : *at;
			else
				*to++ = *at;
		}
		if (quote)
			return -1;
		at += *at != '\0';
		*to = '\0';
	}
}

static int open_arm(struct arm *arm, const struct conf *conf, const char *text, char letter)
{
	static char run[] = "run";

	arm->conf = conf;
	arm->text = strdup(text);
	arm->words[0] = run;
	arm->n = arm->text ? split(arm->text, arm->words + 1, WORDS_MAX - 1) + 1 : 0;
	if (arm->n < 2)
		return bt_cli_fail(BT_EXIT_USAGE,
			"ab: %c '%s': expected a workload with its options, quotes in pairs",
			letter, text);
	return -1;
}

/*
 * Puts another option in front of the words, which may contain the "--" that ends options. The arm
 * owns text.
 */
static int add_word(struct bt_run_options *o, struct arm *arm, char *text, struct bt_err *err)
{
	if (arm->n == WORDS_MAX)
		return bt_fail(err, -E2BIG, "more than %d words", WORDS_MAX);
	memmove(arm->words + 2, arm->words + 1, (size_t)(arm->n - 1) * sizeof(*arm->words));
	arm->words[1] = text;
	arm->n++;
	bt_run_options_fini(o);
	return bt_run_options_words(o, arm->n, (char **)arm->words, err);
}

/* How long a block takes is added to the words that a trial is started with, unless they say it
 * themselves. */
static int fill(struct bt_run_options *o, void *arg)
{
	struct arm *arm = arg;
	struct bt_err err;
	int r = bt_run_options_words(o, arm->n, (char **)arm->words, &err);

	if (r == 0 && strcmp(o->setup.profile->name, "load") != 0)
		r = bt_fail(&err, -EINVAL, "--profile %s: a block is of profile load",
			o->setup.profile->name);
	if (r == 0 && !o->run.duration_ns && !o->run.ops) {
		snprintf(arm->duration, sizeof(arm->duration), "--duration=%lluns",
			(unsigned long long)arm->conf->block_ns);
		r = add_word(o, arm, arm->duration, &err);
	}
	if (r == 0 && !o->run.warmup_ns && arm->conf->warmup_ns) {
		snprintf(arm->warmup, sizeof(arm->warmup), "--warmup=%lluns",
			(unsigned long long)arm->conf->warmup_ns);
		r = add_word(o, arm, arm->warmup, &err);
	}
	return r == 0 ? -1 : bt_cli_fail(BT_EXIT_USAGE, "ab: %s", err.msg);
}

/* Both may be wrong in their options, or differ in what makes no comparison: said before anything
 * runs. */
static int check_arms(struct experiment *e)
{
	bool open[2];

	for (unsigned i = 0; i < 2; i++) {
		struct bt_run_options *o = calloc(1, sizeof(*o));
		struct bt_err err;
		int status = o ? fill(o, &e->arms[i ? ARM_B : ARM_A])
			       : bt_cli_fail(BT_EXIT_CANNOT, "out of memory");

		if (status < 0 && bt_run_check(&o->setup, &err) < 0)
			status = bt_cli_fail(BT_EXIT_USAGE, "ab: %s", err.msg);
		open[i] = o && o->run.rate > 0;
		bt_run_options_fini(o);
		free(o);
		if (status >= 0)
			return status;
	}
	if (open[0] != open[1])
		return bt_cli_fail(BT_EXIT_USAGE,
			"ab: one has a --rate, one has none: open and closed loops do not compare");
	return -1;
}

/* Blocks in a random order and back again: each arm's mean place is the same, so what drifts evenly
 * cancels. */
static void draw_order(struct bt_rng *rng, unsigned order[BLOCKS_A_ROUND])
{
	unsigned arms[ARMS] = { ARM_A, ARM_CONTROL, ARM_B };

	for (unsigned i = ARMS - 1; i > 0; i--) {
		unsigned k = (unsigned)bt_rng_below(rng, i + 1), swapped = arms[i];

		arms[i] = arms[k];
		arms[k] = swapped;
	}
	for (unsigned i = 0; i < ARMS; i++)
		order[i] = order[BLOCKS_A_ROUND - 1 - i] = arms[i];
}

static bool is_share(const struct arm *arm, unsigned figure)
{
	return bt_trials_figure(&arm->now, (enum bt_figure_id)figure).unit == BT_UNIT_SHARE;
}

static void close_round(struct experiment *e)
{
	for (unsigned a = 0; a < ARMS; a++) {
		struct arm *arm = &e->arms[a];

		for (unsigned f = 0; f < bt_figures_compared(); f++) {
			double sum = 0;

			for (size_t i = 0; i < arm->now.n; i++)
				sum += is_share(arm, f) ? arm->now.v[i].v[f]
							: log(arm->now.v[i].v[f]);
			arm->logs[f][e->rounds] = sum / (double)arm->now.n;
		}
		for (size_t i = 0; i < arm->now.n; i++)
			e->invalid |= arm->now.v[i].verdict == BT_INVALID;
	}
	e->rounds++;
}

static int run_round(struct experiment *e)
{
	static const char *const parts[ARMS] = { "arm=a", "arm=control", "arm=b" };
	unsigned order[BLOCKS_A_ROUND];
	int status = -1;

	draw_order(&e->rng, order);
	for (unsigned a = 0; a < ARMS; a++) {
		bt_trials_fini(&e->arms[a].now);
		bt_trials_init(&e->arms[a].now, parts[a]);
	}
	for (unsigned i = 0; i < BLOCKS_A_ROUND && status < 0; i++) {
		struct arm *arm = &e->arms[order[i]];

		e->group.arg = arm;
		e->group.part = parts[order[i]];
		status = bt_trial_run(&e->group, &arm->now);
	}
	if (status < 0)
		close_round(e);
	return status;
}

/* Figures that a block is too short for (p99.9) or that no load decides are left to longer runs. */
static const enum bt_figure_id looked_at[] = { BT_FIG_THROUGHPUT, BT_FIG_P50, BT_FIG_P95,
	BT_FIG_P99, BT_FIG_CPU, BT_FIG_MEMORY, BT_FIG_ERRORS };

/* By how much it lies above A in each round that has both: differences of means, of logarithms
 * where the figure has them. */
static size_t changes(
	double *out, const struct experiment *e, const struct arm *arm, enum bt_figure_id f)
{
	const struct arm *a = &e->arms[ARM_A];
	size_t n = 0;

	for (unsigned i = 0; i < e->rounds; i++)
		if (isfinite(arm->logs[f][i]) && isfinite(a->logs[f][i]))
			out[n++] = arm->logs[f][i] - a->logs[f][i];
	return n;
}

static void exponentials(struct bt_interval *x)
{
	*x = (struct bt_interval){ exp(x->value), exp(x->low), exp(x->high) };
}

/* A figure of one arm against A: the sign test over rounds, and the interval of the median
 * change. */
static void compare_figure(struct bt_compared *row, const struct experiment *e,
	const struct arm *arm, enum bt_figure_id f)
{
	const struct arm *a = &e->arms[ARM_A];
	double change[50];
	size_t n = changes(change, e, arm, f);

	*row = (struct bt_compared){ .figure = bt_trials_figure(&a->now, f),
		.a = NAN,
		.b = NAN,
		.shift = is_share(a, f),
		.change = { NAN, NAN, NAN },
		.p = NAN,
		.p_adjusted = NAN,
		.resolvable = NAN };
	if (n < e->rounds || !n)
		return;
	row->a = bt_stat_median(a->logs[f], n);
	row->b = bt_stat_median(arm->logs[f], n);
	row->change = bt_stat_median_interval(change, n, BT_COMPARE_CONFIDENCE);
	row->p = bt_stat_sign(change, n);
	if (row->shift)
		return;
	row->a = exp(row->a);
	row->b = exp(row->b);
	exponentials(&row->change);
}

static void resolve(struct bt_comparison *c, const struct experiment *e, const struct arm *arm)
{
	double confidence = bt_compare_strictest(c);

	for (unsigned i = 0; i < BT_LEN(looked_at); i++) {
		struct bt_compared *row = &c->rows[looked_at[i]];
		struct bt_interval strict;
		double change[50];
		size_t n = changes(change, e, arm, looked_at[i]);

		if (isnan(row->p))
			continue;
		strict = bt_stat_median_interval(change, n, confidence);
		if (!row->shift)
			exponentials(&strict);
		row->resolvable = bt_compare_resolvable(row, &strict, c->floor);
	}
}

/* All on one side, which of the two does not matter. */
static double least_of_rounds(unsigned n)
{
	return 2 * pow(0.5, n);
}

static const struct bt_compare_design in_turns = { "rounds", least_of_rounds };

static void compare_arm(struct bt_comparison *c, const struct experiment *e, const struct arm *arm)
{
	memset(c, 0, sizeof(*c));
	for (unsigned i = 0; i < bt_figures_compared(); i++)
		c->rows[i].a = c->rows[i].b = c->rows[i].p = c->rows[i].change.value =
			c->rows[i].change.low = c->rows[i].change.high = c->rows[i].resolvable =
				NAN;
	for (unsigned i = 0; i < BT_LEN(looked_at); i++)
		compare_figure(&c->rows[looked_at[i]], e, arm, looked_at[i]);
	c->floor = e->conf.floor;
	resolve(c, e, arm);
	bt_compare_conclude(c, &in_turns, least_of_rounds(e->rounds));
	if (e->invalid) {
		c->trend = BT_TREND_TOO_FEW;
		snprintf(c->noted, sizeof(c->noted), "a block is an invalid measurement");
	}
}

static void print(const struct experiment *e, const struct bt_comparison *b,
	const struct bt_comparison *control, const char *const *words)
{
	char text[1200];

	bt_print(stdout,
		"A  %s\nB  %s\n%u rounds of two blocks each; the control is A against A\n\n",
		words[0], words[1], e->rounds);
	bt_compare_print_rows(stdout, b);
	bt_compare_sentence(text, sizeof(text), b);
	bt_print_wrapped(stdout, 0, 3, "B against A: %s", text);
	bt_compare_sentence(text, sizeof(text), control);
	bt_print_wrapped(stdout, 0, 3, "Control: %s", text);
	if (b->noted[0])
		bt_print(stdout, "Note: %s.\n", b->noted);
	if (control->trend == BT_TREND_IMPROVED || control->trend == BT_TREND_REGRESSED ||
		control->trend == BT_TREND_MIXED)
		puts("The control differs from itself: this machine is too restless for a "
		     "verdict.");
	bt_print(stdout, "The blocks are group=%s in the history.\n", e->group.name);
}

static int put_json(const struct experiment *e, const struct bt_comparison *b,
	const struct bt_comparison *control, const char *const *words, struct bt_err *err)
{
	return bt_cli_put_json(
		json_pack("{so so so sI so so}", "a", bt_json_string(words[0]), "b",
			bt_json_string(words[1]), "group", bt_json_string(e->group.name), "rounds",
			(json_int_t)e->rounds, "comparison", bt_compare_rows_json(b), "control",
			bt_compare_rows_json(control)),
		JSON_COMPACT, err);
}

static int conclude(const struct experiment *e, const char *const *words)
{
	struct bt_comparison *c = calloc(2, sizeof(*c));
	int status = BT_EXIT_DONE;
	struct bt_err err;

	if (!c)
		return bt_cli_fail(BT_EXIT_CANNOT, "out of memory");
	compare_arm(&c[0], e, &e->arms[ARM_B]);
	compare_arm(&c[1], e, &e->arms[ARM_CONTROL]);
	if (!e->conf.json)
		print(e, &c[0], &c[1], words);
	else if (put_json(e, &c[0], &c[1], words, &err) < 0)
		status = bt_cli_fail_err(BT_EXIT_CANNOT, &err);
	if (status == BT_EXIT_DONE &&
		(c[0].trend == BT_TREND_TOO_FEW || c[0].trend == BT_TREND_NOT_COMPARABLE ||
			(c[1].trend != BT_TREND_NONE && c[1].trend != BT_TREND_TOO_FEW)))
		status = BT_EXIT_UNKNOWN;
	free(c);
	return status;
}

static int carry_out(struct experiment *e, const char *const *words)
{
	int status = open_arm(&e->arms[ARM_A], &e->conf, words[0], 'A');

	if (status < 0)
		status = open_arm(&e->arms[ARM_CONTROL], &e->conf, words[0], 'A');
	if (status < 0)
		status = open_arm(&e->arms[ARM_B], &e->conf, words[1], 'B');
	if (status < 0)
		status = check_arms(e);
	if (status >= 0)
		return status;
	bt_trial_group_init(&e->group, fill, NULL);
	e->group.db = e->conf.db;
	e->group.of = (unsigned)e->conf.rounds * BLOCKS_A_ROUND;
	bt_rng_init(&e->rng, e->conf.seed ? e->conf.seed : strtoull(e->group.name, NULL, 36));
	while (status < 0 && e->rounds < e->conf.rounds)
		status = run_round(e);
	if (status >= 0)
		return status;
	status = conclude(e, words);
	return status == BT_EXIT_DONE ? e->group.worst : status;
}

static int cmd_ab(int argc, char **argv)
{
	struct experiment *e = calloc(1, sizeof(*e));
	const char *words[2];
	unsigned n;
	int status;

	if (!e)
		return bt_cli_fail(BT_EXIT_CANNOT, "out of memory");
	status = bt_cli_parse(&bt_cmd_ab, &e->conf, argc, argv, words, 2, &n);
	if (status < 0 && n < 2)
		status = bt_cli_fail(BT_EXIT_USAGE,
			"ab: expected two workloads, each with its options as one word: 'sim "
			"--service 1ms'");
	if (status < 0)
		status = carry_out(e, words);
	for (unsigned i = 0; i < ARMS; i++) {
		bt_trials_fini(&e->arms[i].now);
		free(e->arms[i].text);
	}
	free(e);
	return status;
}
