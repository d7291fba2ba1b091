/* The mempool's rules one by one. */
#include "cm.h"

#include <stdlib.h>

#include "bitcoin/source/gen.h"
#include "bitcoin/rules/mempool.h"

static struct btc_arena arena;

static const struct btc_mempool_conf roomy = {
	.max_bytes = 10000000,
	.entries = 1000,
	.inputs = 5000,
	.max_chain = BTC_MEMPOOL_CHAIN,
	.max_chain_vsize = BTC_MEMPOOL_CHAIN_VSIZE,
	.min_rate = BTC_MEMPOOL_RATE,
	.step_rate = BTC_MEMPOOL_RATE,
};

struct fixture {
	struct btc_gen *gen;
	struct btc_mempool *pool;
	struct btc_case c;
	struct btc_gen_info info;
	struct btc_admission a;
};

static void begin(struct fixture *f, const struct btc_mempool_conf *conf, struct btc_gen_conf gen)
{
	gen.mix.weight[BTC_TEMPLATE_P2WPKH] = 1;
	f->gen = btc_gen_new(&gen);
	f->pool = btc_mempool_new(conf);
	assert_non_null(f->gen);
	assert_non_null(f->pool);
	btc_arena_reset(&arena);
}

static void end(struct fixture *f)
{
	btc_gen_free(f->gen);
	btc_mempool_free(f->pool);
}

static void next(struct fixture *f)
{
	assert_int_equal(btc_gen_next(f->gen, &f->c, &f->info, &arena), 0);
}

/* Offers the case; reason NULL: it must be accepted. */
static void offer(struct fixture *f, uint32_t unconfirmed, const char *reason)
{
	assert_int_equal(btc_mempool_accept(f->pool, &f->a, &f->c, unconfirmed), 0);
	if (reason == NULL && f->a.reason == NULL)
		return;
	if (reason == NULL || f->a.reason == NULL || strcmp(reason, f->a.reason) != 0)
		fail_msg("%s: %s, expected %s", f->c.name, f->a.reason != NULL ? f->a.reason : "-",
			reason != NULL ? reason : "-");
}

static void a_chain_of_twenty_five_is_the_longest(void **unused)
{
	struct fixture f;

	(void)unused;
	begin(&f, &roomy, (struct btc_gen_conf){ .seed = 1, .child = 1 });
	for (unsigned i = 0; i < 25; i++) {
		next(&f);
		offer(&f, i > 0, NULL);
	}
	next(&f);
	offer(&f, 1, "too-long-mempool-chain");
	next(&f);
	offer(&f, 1, "bad-txns-inputs-missingorspent");
	assert_int_equal(btc_mempool_count(f.pool), 25);
	end(&f);
}

static void a_chain_may_not_be_too_large(void **unused)
{
	struct btc_mempool_conf conf = roomy;
	struct fixture f;

	(void)unused;
	conf.max_chain_vsize = 1000;
	begin(&f, &conf,
		(struct btc_gen_conf){ .seed = 1, .child = 1, .sizes = { .v = { 400 }, .n = 1 } });
	next(&f);
	offer(&f, 0, NULL);
	next(&f);
	offer(&f, 1, NULL);
	next(&f);
	offer(&f, 1, "too-long-mempool-chain");
	end(&f);
}

static void who_pays_more_replaces_and_who_pays_less_does_not(void **unused)
{
	struct fixture f;
	struct btc_case first;

	(void)unused;
	begin(&f, &roomy, (struct btc_gen_conf){ .seed = 4, .rival = 1 });
	next(&f);
	offer(&f, 0, NULL);
	next(&f);
	assert_int_equal(f.info.kin, BTC_RIVAL);
	offer(&f, 0, "insufficient fee");
	assert_int_equal(btc_mempool_count(f.pool), 1);
	end(&f);

	begin(&f, &roomy, (struct btc_gen_conf){ .seed = 4, .bump = 1 });
	next(&f);
	offer(&f, 0, NULL);
	first = f.c;
	next(&f);
	assert_int_equal(f.info.kin, BTC_BUMP);
	offer(&f, 0, NULL);
	assert_int_equal(f.a.replaced, 1);
	assert_int_equal(btc_mempool_count(f.pool), 1);
	assert_int_equal(btc_mempool_bytes(f.pool), f.c.tx.n);
	f.c = first;
	offer(&f, 0, "insufficient fee");
	end(&f);
}

static void the_same_one_comes_in_once(void **unused)
{
	struct fixture f;

	(void)unused;
	begin(&f, &roomy, (struct btc_gen_conf){ .seed = 5 });
	next(&f);
	offer(&f, 0, NULL);
	offer(&f, 0, "txn-already-in-mempool");
	btc_mempool_clear(f.pool);
	offer(&f, 0, NULL);
	end(&f);
}

static void another_witness_does_not_make_another_transaction(void **unused)
{
	struct fixture f;
	uint8_t *copy;

	(void)unused;
	begin(&f, &roomy, (struct btc_gen_conf){ .seed = 5 });
	next(&f);
	offer(&f, 0, NULL);
	copy = btc_arena_get(&arena, f.c.tx.n, 1);
	assert_non_null(copy);
	memcpy(copy, f.c.tx.p, f.c.tx.n);
	copy[f.c.tx.n - 5] ^= 1; /* in the last key */
	f.c.tx.p = copy;
	offer(&f, 0, "txn-same-nonwitness-data-in-mempool");
	end(&f);
}

static void what_is_paid_is_what_comes_in_less_what_goes_out(void **unused)
{
	struct fixture f;
	struct btc_prevout spent[3];

	(void)unused;
	begin(&f, &roomy, (struct btc_gen_conf){ .seed = 6, .rate = 1 });
	next(&f);
	memcpy(spent, f.c.spent, f.c.n_spent * sizeof(spent[0]));
	f.c.spent = spent;
	spent[0].amount -= f.info.fee + 1;
	offer(&f, 0, "bad-txns-in-belowout");
	spent[0].amount += 2;
	offer(&f, 0, "min relay fee not met");
	spent[0].amount = BTC_MAX_MONEY + 1;
	offer(&f, 0, "bad-txns-inputvalues-outofrange");
	spent[0].amount = f.c.spent[0].amount;
	end(&f);
}

static void a_wrong_script_is_the_last_reason(void **unused)
{
	struct fixture f;
	struct btc_prevout spent[3];

	(void)unused;
	begin(&f, &roomy, (struct btc_gen_conf){ .seed = 7 });
	next(&f);
	memcpy(spent, f.c.spent, f.c.n_spent * sizeof(spent[0]));
	f.c.spent = spent;
	spent[0].amount++;
	offer(&f, 0, "mempool-script-verify-flag-failed");
	assert_string_equal(btc_script_err_name(f.a.script), "NULLFAIL");
	assert_int_equal(btc_mempool_count(f.pool), 0);
	end(&f);
}

/* As many as are in are as many as say so, and their bytes are the sum. */
static void expect_consistent(
	const struct btc_mempool *pool, const struct btc_case *cases, unsigned n)
{
	uint32_t count = 0;
	size_t bytes = 0;

	for (unsigned i = 0; i < n; i++) {
		struct btc_reader r = { .p = cases[i].tx.p, .size = cases[i].tx.n };
		struct btc_tx tx;

		assert_int_equal(btc_tx_parse(&tx, &r, &arena), 0);
		if (!btc_mempool_has(pool, tx.txid))
			continue;
		count++;
		bytes += cases[i].tx.n;
	}
	assert_int_equal(count, btc_mempool_count(pool));
	assert_int_equal(bytes, btc_mempool_bytes(pool));
}

static void what_pays_least_goes_with_its_family_when_it_is_full(void **unused)
{
	enum { N = 400 };
	static struct btc_case cases[N];
	struct btc_mempool_conf conf = roomy;
	struct fixture f;
	unsigned evicted = 0, low = 0;

	(void)unused;
	conf.max_bytes = 20000;
	begin(&f, &conf, (struct btc_gen_conf){ .seed = 8, .child = 0.4, .bump = 0.1 });
	for (unsigned i = 0; i < N; i++) {
		int64_t least;

		next(&f);
		cases[i] = f.c;
		least = btc_mempool_fee(f.pool, f.info.vsize);
		assert_int_equal(
			btc_mempool_accept(f.pool, &f.a, &f.c, f.info.kin == BTC_CHILD), 0);
		evicted += f.a.evicted;
		low += f.a.reason != NULL && strcmp(f.a.reason, "mempool min fee not met") == 0;
		if (f.info.fee < least)
			assert_non_null(f.a.reason);
		assert_true(btc_mempool_bytes(f.pool) <= conf.max_bytes);
		assert_true(btc_mempool_fee(f.pool, 1000) >=
			least * 1000 / (int64_t)f.info.vsize - 1000);
		if (i % 50 == 49)
			expect_consistent(f.pool, cases, i + 1);
	}
	assert_true(evicted > 10 && low > 10);
	end(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_chain_of_twenty_five_is_the_longest),
		cmocka_unit_test(a_chain_may_not_be_too_large),
		cmocka_unit_test(who_pays_more_replaces_and_who_pays_less_does_not),
		cmocka_unit_test(the_same_one_comes_in_once),
		cmocka_unit_test(another_witness_does_not_make_another_transaction),
		cmocka_unit_test(what_is_paid_is_what_comes_in_less_what_goes_out),
		cmocka_unit_test(a_wrong_script_is_the_last_reason),
		cmocka_unit_test(what_pays_least_goes_with_its_family_when_it_is_full),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	btc_arena_fini(&arena);
	return failed;
}
