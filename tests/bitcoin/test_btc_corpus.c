/*
 * Corpora: what is written is read again; wrong lines are named; each kind of damage is refused
 * with its error; real transactions hold, and do not when damaged.
 */
#include "cm.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "bitcoin/source/corpus.h"
#include "bitcoin/source/damage.h"
#include "bitcoin/source/gen.h"

static struct btc_arena arena;
static struct btc_validator *validator;

static void expect_verdict(const struct btc_case *c)
{
	struct btc_verdict verdict;
	char got[80];

	assert_int_equal(btc_validate(validator, &verdict, c), 0);
	btc_verdict_text(got, sizeof(got), &verdict);
	if (!btc_verdict_is(&verdict, &c->expect))
		fail_msg("%s: %s, expected %s", c->name, got, btc_expect_name(&c->expect));
}

static struct btc_gen *generator(const char *mix)
{
	struct btc_gen_conf conf = { .seed = 5 };
	struct btc_gen *gen;

	assert_int_equal(btc_mix_parse(&conf.mix, mix, NULL), 0);
	gen = btc_gen_new(&conf);
	assert_non_null(gen);
	return gen;
}

#define CONSENSUS                                                                          \
	(BTC_VERIFY_P2SH | BTC_VERIFY_DERSIG | BTC_VERIFY_NULLDUMMY | BTC_VERIFY_WITNESS | \
		BTC_VERIFY_TAPROOT | BTC_VERIFY_CHECKLOCKTIMEVERIFY |                      \
		BTC_VERIFY_CHECKSEQUENCEVERIFY)

/* By template and kind of damage: the error by the standard rules, and by consensus; NULL: no such
 * damage. */
static const char *const deserved[BTC_TEMPLATES][BTC_DAMAGES][2] = {
	[BTC_TEMPLATE_P2PK] = {
		[BTC_DAMAGE_SIGNATURE] = { "NULLFAIL", "EVAL_FALSE" },
		[BTC_DAMAGE_HIGH_S] = { "SIG_HIGH_S" },
		[BTC_DAMAGE_SCRIPT] = { "NULLFAIL", "EVAL_FALSE" },
	},
	[BTC_TEMPLATE_P2PKH] = {
		[BTC_DAMAGE_SIGNATURE] = { "NULLFAIL", "EVAL_FALSE" },
		[BTC_DAMAGE_HIGH_S] = { "SIG_HIGH_S" },
		[BTC_DAMAGE_SCRIPT] = { "EQUALVERIFY", "EQUALVERIFY" },
	},
	[BTC_TEMPLATE_P2SH_MULTISIG] = {
		[BTC_DAMAGE_SIGNATURE] = { "NULLFAIL", "EVAL_FALSE" },
		[BTC_DAMAGE_HIGH_S] = { "SIG_HIGH_S" },
		[BTC_DAMAGE_SCRIPT] = { "EVAL_FALSE", "EVAL_FALSE" },
	},
	[BTC_TEMPLATE_P2SH_P2WPKH] = {
		[BTC_DAMAGE_SIGNATURE] = { "NULLFAIL", "EVAL_FALSE" },
		[BTC_DAMAGE_AMOUNT] = { "NULLFAIL", "EVAL_FALSE" },
		[BTC_DAMAGE_HIGH_S] = { "SIG_HIGH_S" },
		[BTC_DAMAGE_PROGRAM] = { "EVAL_FALSE", "EVAL_FALSE" },
	},
	[BTC_TEMPLATE_P2WPKH] = {
		[BTC_DAMAGE_SIGNATURE] = { "NULLFAIL", "EVAL_FALSE" },
		[BTC_DAMAGE_AMOUNT] = { "NULLFAIL", "EVAL_FALSE" },
		[BTC_DAMAGE_HIGH_S] = { "SIG_HIGH_S" },
		[BTC_DAMAGE_PROGRAM] = { "EQUALVERIFY", "EQUALVERIFY" },
	},
	[BTC_TEMPLATE_P2WSH_MULTISIG] = {
		[BTC_DAMAGE_SIGNATURE] = { "NULLFAIL", "EVAL_FALSE" },
		[BTC_DAMAGE_AMOUNT] = { "NULLFAIL", "EVAL_FALSE" },
		[BTC_DAMAGE_HIGH_S] = { "SIG_HIGH_S" },
		[BTC_DAMAGE_PROGRAM] = { "WITNESS_PROGRAM_MISMATCH", "WITNESS_PROGRAM_MISMATCH" },
		[BTC_DAMAGE_SCRIPT] = { "WITNESS_PROGRAM_MISMATCH", "WITNESS_PROGRAM_MISMATCH" },
	},
	[BTC_TEMPLATE_P2TR_KEY] = {
		[BTC_DAMAGE_SIGNATURE] = { "SCHNORR_SIG", "SCHNORR_SIG" },
		[BTC_DAMAGE_AMOUNT] = { "SCHNORR_SIG", "SCHNORR_SIG" },
		[BTC_DAMAGE_PROGRAM] = { "SCHNORR_SIG", "SCHNORR_SIG" },
	},
	[BTC_TEMPLATE_P2TR_SCRIPT] = {
		[BTC_DAMAGE_SIGNATURE] = { "SCHNORR_SIG", "SCHNORR_SIG" },
		[BTC_DAMAGE_AMOUNT] = { "SCHNORR_SIG", "SCHNORR_SIG" },
		[BTC_DAMAGE_PROGRAM] = { "WITNESS_PROGRAM_MISMATCH", "WITNESS_PROGRAM_MISMATCH" },
		[BTC_DAMAGE_SCRIPT] = { "WITNESS_PROGRAM_MISMATCH", "WITNESS_PROGRAM_MISMATCH" },
	},
};

static void check_damage(const struct btc_case *c, unsigned t, unsigned d, bool consensus)
{
	const char *want = deserved[t][d][consensus];
	struct btc_case original = *c, damaged;
	int made;

	if (consensus)
		original.flags = CONSENSUS;
	made = btc_damage_make(&damaged, &original, (enum btc_damage)d, &arena);
	if (made != (want != NULL))
		fail_msg("%s %s: made %d", c->name, btc_damage_name((enum btc_damage)d), made);
	if (want == NULL)
		return;
	assert_string_equal(btc_expect_name(&damaged.expect), want);
	expect_verdict(&damaged);
	expect_verdict(&original);
}

static void each_damage_is_refused_with_the_error_it_deserves(void **unused)
{
	(void)unused;
	for (unsigned t = 0; t < BTC_TEMPLATES; t++) {
		char mix[40];
		struct btc_gen *gen;

		snprintf(mix, sizeof(mix), "%s=1", btc_template_name((enum btc_template)t));
		gen = generator(mix);
		for (unsigned i = 0; i < 10; i++) {
			struct btc_case c;

			btc_arena_reset(&arena);
			assert_int_equal(btc_gen_next(gen, &c, NULL, &arena), 0);
			for (unsigned d = 0; d < BTC_DAMAGES; d++) {
				check_damage(&c, t, d, false);
				check_damage(&c, t, d, true);
			}
		}
		btc_gen_free(gen);
	}
}

static void expect_same(const struct btc_case *a, const struct btc_case *b)
{
	assert_string_equal(a->name, b->name);
	assert_true(btc_span_eq(a->tx, b->tx));
	assert_int_equal(a->flags, b->flags);
	assert_string_equal(btc_expect_name(&a->expect), btc_expect_name(&b->expect));
	assert_int_equal(a->n_spent, b->n_spent);
	for (uint32_t i = 0; i < a->n_spent; i++) {
		assert_int_equal(a->spent[i].amount, b->spent[i].amount);
		assert_true(btc_span_eq(a->spent[i].script, b->spent[i].script));
	}
}

static void what_is_written_is_read_again(void **unused)
{
	char path[CM_TEMP];
	struct btc_gen *gen = generator(BTC_DEFAULT_MIX);
	struct btc_case cases[60];
	struct btc_corpus corpus;
	struct bt_err err;
	FILE *out = fdopen(mkstemp(cm_temp(path, "benchtop-corpus")), "w");

	(void)unused;
	assert_non_null(out);
	btc_arena_reset(&arena);
	for (unsigned i = 0; i < BT_LEN(cases); i += 2) {
		assert_int_equal(btc_gen_next(gen, &cases[i], NULL, &arena), 0);
		assert_int_equal(btc_damage_any(&cases[i + 1], &cases[i], i / 2, &arena), 1);
		assert_int_equal(btc_corpus_write(out, &cases[i]), 0);
		assert_int_equal(btc_corpus_write(out, &cases[i + 1]), 0);
		fputs("\n", out);
	}
	fclose(out);
	if (btc_corpus_open(&corpus, path, &err) != 0)
		fail_msg("%s", err.msg);
	assert_int_equal(corpus.n, BT_LEN(cases));
	for (unsigned i = 0; i < BT_LEN(cases); i++) {
		expect_same(&corpus.cases[i], &cases[i]);
		expect_verdict(&corpus.cases[i]);
	}
	btc_corpus_close(&corpus);
	btc_gen_free(gen);
	unlink(path);
}

#define REST                                                                                \
	",\"prevouts\":[{\"amount\":1,\"script\":\"51\"}],\"flags\":[\"P2SH\"],\"expect\":" \
	"\"valid\"}"
#define TX                                                                                    \
	"\"tx\":\"01000000010000000000000000000000000000000000000000000000000000000000000000" \
	"0000000000ffffffff0101000000000000000151"                                            \
	"00000000\""

struct wrong_line {
	const char *line, *words;
};

static const struct wrong_line wrong_lines[] = {
	{ "{", "no JSON: " },
	{ "[]", "expected a JSON object" },
	{ "{}", "\"name\": expected a text" },
	{ "{\"name\":1}", "\"name\": expected a text" },
	{ "{\"name\":\"a\"}", "\"tx\": expected hex digits in quotes" },
	{ "{\"name\":\"a\",\"tx\":\"0\"" REST, "\"tx\": expected pairs of hex digits" },
	{ "{\"name\":\"a\",\"tx\":\"zz\"" REST, "\"tx\": expected pairs of hex digits" },
	{ "{\"name\":\"a\"," TX "}", "\"prevouts\": expected a list" },
	{ "{\"name\":\"a\"," TX ",\"prevouts\":[{\"amount\":1.5,\"script\":\"\"}]}",
		"\"prevouts\", input 0: \"amount\": expected a whole number of satoshi" },
	{ "{\"name\":\"a\"," TX ",\"prevouts\":[{\"amount\":1}]}",
		"\"prevouts\", input 0: \"script\": expected hex digits in quotes" },
	{ "{\"name\":\"a\"," TX ",\"prevouts\":[]}", "\"flags\": expected a list" },
	{ "{\"name\":\"a\"," TX ",\"prevouts\":[],\"flags\":[\"P2SHH\"]}",
		"\"flags\": 'P2SHH': expected names such as P2SH or WITNESS" },
	{ "{\"name\":\"a\"," TX ",\"prevouts\":[],\"flags\":[],\"expect\":\"maybe\"}",
		"\"expect\": 'maybe': expected valid, invalid or a script error's name" },
	{ "{\"name\":\"a\"," TX ",\"prevouts\":[],\"flags\":[],\"expect\":\"valid\"}",
		"\"prevouts\": 0 of them, expected one for each of 1 inputs" },
	{ "{\"name\":\"a\\u0000b\"," TX REST, "no JSON: \\u0000 in a text is unsupported near" },
	{ "{\"name\":\"a\",\"name\":\"b\"," TX REST, "no JSON: duplicate object key" },
};

static void a_malformed_line_is_named_by_its_number(void **unused)
{
	static const char good[] = "{\"name\":\"a\"," TX REST "\n";

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(wrong_lines); i++) {
		char path[CM_TEMP], want[CM_TEMP + 100];
		FILE *out = fdopen(mkstemp(cm_temp(path, "benchtop-corpus")), "w");
		struct btc_corpus corpus;
		struct bt_err err;

		assert_non_null(out);
		fprintf(out, "%s\n%s%s\n%s", good, good, wrong_lines[i].line, good);
		fclose(out);
		assert_int_equal(btc_corpus_open(&corpus, path, &err), -EINVAL);
		snprintf(want, sizeof(want), "%s: line 4: %s", path, wrong_lines[i].words);
		if (strncmp(err.msg, want, strlen(want)) != 0)
			fail_msg("%s, expected %s", err.msg, want);
		unlink(path);
	}
}

static void a_file_that_is_missing_or_empty_is_refused(void **unused)
{
	struct btc_corpus corpus;
	struct bt_err err;

	(void)unused;
	assert_int_equal(btc_corpus_open(&corpus, "/nowhere/at-all", &err), -ENOENT);
	assert_int_equal(btc_corpus_open(&corpus, "/dev/null", &err), -EINVAL);
	assert_string_equal(err.msg, "/dev/null: no transactions in it");
}

static void bytes_that_are_no_transaction_may_be_expected_to_be_invalid(void **unused)
{
	static const char line[] = "{\"name\":\"cut\",\"tx\":\"0100\",\"prevouts\":[],\"flags\":[],"
				   "\"expect\":\"invalid\"}";
	struct btc_case c;

	(void)unused;
	assert_int_equal(btc_corpus_line(&c, line, strlen(line), &arena, NULL), 0);
	expect_verdict(&c);
}

/* The file is compressed: gzip is asked for, as every shell has it. */
static bool unpack(char *path, size_t size)
{
	const char *dir = getenv("BT_SHARED_DATA");
	char command[700], to[CM_TEMP];

	snprintf(path, size, "%s/real-transactions.ndjson.gz", dir != NULL ? dir : "");
	if (dir == NULL || access(path, R_OK) != 0) {
		print_message("skipped: BT_SHARED_DATA has no real-transactions.ndjson.gz\n");
		return false;
	}
	close(mkstemp(cm_temp(to, "benchtop-real")));
	snprintf(command, sizeof(command), "gzip -dc '%s' > '%s'", path, to);
	assert_int_equal(system(command), 0);
	snprintf(path, size, "%s", to);
	return true;
}

static void real_transactions_are_valid_and_damaged_ones_are_not(void **unused)
{
	struct btc_corpus corpus;
	char path[400];
	struct bt_err err;
	unsigned damaged = 0;

	(void)unused;
	if (!unpack(path, sizeof(path)))
		skip();
	if (btc_corpus_open(&corpus, path, &err) != 0)
		fail_msg("%s", err.msg);
	unlink(path);
	for (size_t i = 0; i < corpus.n; i++) {
		expect_verdict(&corpus.cases[i]);
		for (unsigned d = 0; d < BTC_DAMAGES; d++) {
			struct btc_case c;

			btc_arena_reset(&arena);
			if (btc_damage_make(&c, &corpus.cases[i], (enum btc_damage)d, &arena) != 1)
				continue;
			expect_verdict(&c);
			damaged++;
		}
	}
	print_message(
		"%zu real transactions are valid, %u damaged copies are not\n", corpus.n, damaged);
	assert_true(corpus.n > 0 && damaged > corpus.n);
	btc_corpus_close(&corpus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_damage_is_refused_with_the_error_it_deserves),
		cmocka_unit_test(what_is_written_is_read_again),
		cmocka_unit_test(a_malformed_line_is_named_by_its_number),
		cmocka_unit_test(a_file_that_is_missing_or_empty_is_refused),
		cmocka_unit_test(bytes_that_are_no_transaction_may_be_expected_to_be_invalid),
		cmocka_unit_test(real_transactions_are_valid_and_damaged_ones_are_not),
	};
	int failed;

	validator = btc_validator_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	btc_validator_free(validator);
	btc_arena_fini(&arena);
	return failed;
}
