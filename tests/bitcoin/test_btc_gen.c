/* Generated transactions: valid by the standard rules, of the templates and sizes asked for, the
 * same for the same seed. */
#include "cm.h"

#include <errno.h>

#include "bitcoin/source/gen.h"
#include "bitcoin/rules/script.h"

#define MANY 400

static struct btc_arena arena;
static struct btc_validator *validator;

static struct btc_gen *generator(uint64_t seed, const char *mix, const char *sizes)
{
	struct btc_gen_conf conf = { .seed = seed };
	struct bt_err err = { .code = 0 };
	struct btc_gen *gen;

	if (btc_gen_read(&conf, mix, sizes, &err) != 0)
		fail_msg("%s", err.msg);
	gen = btc_gen_new(&conf);
	assert_non_null(gen);
	btc_arena_reset(&arena);
	return gen;
}

static void expect_valid(const struct btc_case *c)
{
	struct btc_verdict verdict;
	char text[80];

	assert_int_equal(btc_validate(validator, &verdict, c), 0);
	btc_verdict_text(text, sizeof(text), &verdict);
	if (verdict.fate != BTC_VALID)
		fail_msg("%s: %s", c->name, text);
}

static void every_template_is_valid_by_the_standard_rules(void **unused)
{
	(void)unused;
	for (unsigned t = 0; t < BTC_TEMPLATES; t++) {
		char mix[40];
		struct btc_gen *gen;

		snprintf(mix, sizeof(mix), "%s=1", btc_template_name((enum btc_template)t));
		gen = generator(t, mix, NULL);
		for (unsigned i = 0; i < 20; i++) {
			struct btc_gen_info info;
			struct btc_case c;

			assert_int_equal(btc_gen_next(gen, &c, &info, &arena), 0);
			assert_int_equal(info.t, t);
			expect_valid(&c);
		}
		btc_gen_free(gen);
	}
}

static void the_mix_is_kept(void **unused)
{
	struct btc_gen *gen = generator(1, "p2wpkh=3,p2tr-key=1", NULL);
	unsigned count[BTC_TEMPLATES] = { 0 };

	(void)unused;
	for (unsigned i = 0; i < MANY; i++) {
		struct btc_gen_info info;
		struct btc_case c;

		assert_int_equal(btc_gen_next(gen, &c, &info, &arena), 0);
		count[info.t]++;
	}
	assert_int_equal(count[BTC_TEMPLATE_P2WPKH] + count[BTC_TEMPLATE_P2TR_KEY], MANY);
	assert_near(count[BTC_TEMPLATE_P2WPKH], 0.75 * MANY, 0.1);
	btc_gen_free(gen);
}

static void sizes_are_met_within_a_twentieth(void **unused)
{
	struct btc_gen *gen = generator(7, BTC_DEFAULT_MIX, "150,250,300,500,1000,2000,20000");

	(void)unused;
	for (unsigned i = 0; i < MANY; i++) {
		struct btc_gen_info info;
		struct btc_case c;

		assert_int_equal(btc_gen_next(gen, &c, &info, &arena), 0);
		expect_valid(&c);
		if (info.vsize * 100 < info.target * UINT64_C(95) ||
			info.vsize * 100 > info.target * UINT64_C(105))
			fail_msg("%s: %zu virtual bytes, asked for %u", c.name, info.vsize,
				info.target);
	}
	btc_gen_free(gen);
}

static void every_template_has_every_size_that_it_can(void **unused)
{
	(void)unused;
	for (unsigned t = 0; t < BTC_TEMPLATES; t++) {
		char mix[40];
		struct btc_gen *gen;
		struct btc_gen_info info;
		struct btc_case c;

		snprintf(mix, sizeof(mix), "%s=1", btc_template_name((enum btc_template)t));
		gen = generator(t, mix, "350,357,364,371,378,385,392,399,406,413,420,427,434,441");
		for (unsigned i = 0; i < 28; i++) {
			assert_int_equal(btc_gen_next(gen, &c, &info, &arena), 0);
			assert_near((double)info.vsize, info.target, 0.05);
		}
		btc_gen_free(gen);
	}
}

static void the_same_seed_makes_the_same_bytes(void **unused)
{
	struct btc_gen *a = generator(42, BTC_DEFAULT_MIX, NULL);
	struct btc_gen *b = generator(42, BTC_DEFAULT_MIX, NULL);
	struct btc_gen *other = generator(43, BTC_DEFAULT_MIX, NULL);
	unsigned same = 0;

	(void)unused;
	for (unsigned i = 0; i < 100; i++) {
		struct btc_case x, y, z;

		assert_int_equal(btc_gen_next(a, &x, NULL, &arena), 0);
		assert_int_equal(btc_gen_next(b, &y, NULL, &arena), 0);
		assert_int_equal(btc_gen_next(other, &z, NULL, &arena), 0);
		assert_true(btc_span_eq(x.tx, y.tx));
		assert_string_equal(x.name, y.name);
		assert_int_equal(x.n_spent, y.n_spent);
		for (uint32_t k = 0; k < x.n_spent; k++) {
			assert_int_equal(x.spent[k].amount, y.spent[k].amount);
			assert_true(btc_span_eq(x.spent[k].script, y.spent[k].script));
		}
		same += btc_span_eq(x.tx, z.tx);
	}
	assert_int_equal(same, 0);
	btc_gen_free(a);
	btc_gen_free(b);
	btc_gen_free(other);
}

static void read_tx(struct btc_tx *tx, const struct btc_case *c)
{
	struct btc_reader r = { .p = c->tx.p, .size = c->tx.n };

	assert_int_equal(btc_tx_parse(tx, &r, &arena), 0);
}

static void children_spend_the_one_before_and_rivals_its_coin(void **unused)
{
	struct btc_gen_conf conf = { .seed = 3, .child = 0.5, .rival = 0.2, .bump = 0.1 };
	struct btc_tx last = { .n_in = 0 };
	unsigned count[4] = { 0 };
	struct btc_gen *gen;
	int64_t fee = 0;

	(void)unused;
	assert_int_equal(btc_mix_parse(&conf.mix, BTC_DEFAULT_MIX, NULL), 0);
	gen = btc_gen_new(&conf);
	assert_non_null(gen);
	for (unsigned i = 0; i < MANY; i++) {
		struct btc_gen_info info;
		struct btc_case c;
		struct btc_tx tx;

		assert_int_equal(btc_gen_next(gen, &c, &info, &arena), 0);
		expect_valid(&c);
		read_tx(&tx, &c);
		count[info.kin]++;
		if (info.kin == BTC_CHILD)
			assert_memory_equal(tx.in[0].prevout, last.txid, 32);
		if (info.kin == BTC_RIVAL || info.kin == BTC_BUMP) {
			assert_memory_equal(tx.in[0].prevout, last.in[0].prevout, 36);
			assert_int_equal(info.fee > fee, info.kin == BTC_BUMP);
		}
		last = tx;
		fee = info.fee;
	}
	assert_true(count[BTC_CHILD] > MANY / 3 && count[BTC_RIVAL] > MANY / 10 &&
		count[BTC_BUMP] > MANY / 20);
	btc_gen_free(gen);
}

static void wrong_mixes_and_sizes_are_named(void **unused)
{
	static const struct {
		const char *mix, *sizes, *words;
	} rows[] = {
		{ "p2wpkh", NULL, "--mix: 'p2wpkh': expected TEMPLATE=WEIGHT,..." },
		{ "p2x=1", NULL, "--mix: 'p2x': expected one of p2pk " },
		{ "p2pk=x", NULL, "--mix: 'p2pk=x': expected a weight from 0 to 1000000" },
		{ "p2pk=0", NULL, "--mix: expected a weight above 0" },
		{ "", NULL, "--mix: expected a weight above 0" },
		{ "p2pk=1", "79", "--tx-size: '79': expected virtual bytes from 80 to 100000" },
		{ "p2pk=1", "250,", NULL },
		{ "p2pk=1", ",250", "--tx-size: '': expected virtual bytes" },
		{ "p2sh-multisig=1", "250", "--tx-size: 250 virtual bytes: no transaction" },
	};

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct btc_gen_conf conf = { .seed = 0 };
		struct bt_err err = { .code = 0 };
		int rc = btc_gen_read(&conf, rows[i].mix, rows[i].sizes, &err);

		if (rows[i].words == NULL) {
			assert_int_equal(rc, 0);
			continue;
		}
		assert_int_equal(rc, -EINVAL);
		if (strncmp(err.msg, rows[i].words, strlen(rows[i].words)) != 0)
			fail_msg("%s, expected %s", err.msg, rows[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_template_is_valid_by_the_standard_rules),
		cmocka_unit_test(the_mix_is_kept),
		cmocka_unit_test(sizes_are_met_within_a_twentieth),
		cmocka_unit_test(every_template_has_every_size_that_it_can),
		cmocka_unit_test(the_same_seed_makes_the_same_bytes),
		cmocka_unit_test(children_spend_the_one_before_and_rivals_its_coin),
		cmocka_unit_test(wrong_mixes_and_sizes_are_named),
	};
	int failed;

	validator = btc_validator_new();
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	btc_validator_free(validator);
	btc_arena_fini(&arena);
	return failed;
}
