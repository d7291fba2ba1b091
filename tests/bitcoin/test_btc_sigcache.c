/* The signature cache: what verified is found again and nothing else is, whoever asks; verdicts are
 * the same with it. */
#include "cm.h"

#include <errno.h>
#include <pthread.h>
#include <stdlib.h>

#include "btc_drive.h"
#include "bitcoin/source/damage.h"
#include "bitcoin/source/gen.h"
#include "bitcoin/rules/script.h"
#include "bitcoin/rules/sigcache.h"

extern const struct bt_workload btc_tx_validate_workload, btc_block_workload;

#define ROOMY (1 << 20) /* bytes: no set of it overflows here */
#define CASES 64
#define MOST  (CASES * BTC_DAMAGES)

static struct btc_arena arena;
static struct btc_case good[CASES], bad[MOST], high[CASES];
static unsigned n_bad, n_high;
static uint64_t signatures; /* in the good ones */

/* Entry number n: a signature of 64 bytes by a key of 33. */
static void entry_of(struct btc_sigcache_entry *e, const struct btc_sigcache *cache, uint64_t n)
{
	uint8_t hash[32] = { 0 }, key[33] = { 2 }, sig[64] = { 0 };

	memcpy(hash, &n, sizeof(n));
	btc_sigcache_entry(e, cache, BTC_SIG_ECDSA, hash,
		(struct btc_span){ .p = key, .n = sizeof(key) },
		(struct btc_span){ .p = sig, .n = sizeof(sig) });
}

static void every_part_of_a_signature_is_in_its_entry(void **unused)
{
	struct btc_sigcache *cache = btc_sigcache_new(ROOMY, 1),
			    *other = btc_sigcache_new(ROOMY, 2);
	uint8_t part[3][64] = { { 1 }, { 2 }, { 3 } };
	struct btc_span key = { .p = part[1], .n = 33 }, sig = { .p = part[2], .n = 64 };
	struct btc_sigcache_entry e;

	(void)unused;
	assert_non_null(cache);
	assert_non_null(other);
	btc_sigcache_entry(&e, cache, BTC_SIG_ECDSA, part[0], key, sig);
	assert_false(btc_sigcache_has(cache, &e));
	btc_sigcache_add(cache, &e);
	assert_true(btc_sigcache_has(cache, &e));
	btc_sigcache_entry(&e, cache, BTC_SIG_SCHNORR, part[0], key, sig);
	assert_false(btc_sigcache_has(cache, &e));
	for (unsigned i = 0; i < 3; i++) {
		part[i][31] ^= 1;
		btc_sigcache_entry(&e, cache, BTC_SIG_ECDSA, part[0], key, sig);
		assert_false(btc_sigcache_has(cache, &e));
		part[i][31] ^= 1;
	}
	sig.n--;
	btc_sigcache_entry(&e, cache, BTC_SIG_ECDSA, part[0], key, sig);
	assert_false(btc_sigcache_has(cache, &e));
	sig.n++;
	btc_sigcache_entry(&e, other, BTC_SIG_ECDSA, part[0], key, sig); /* other salt */
	assert_false(btc_sigcache_has(cache, &e));
	btc_sigcache_free(cache);
	btc_sigcache_free(other);
}

static void a_full_cache_forgets_and_invents_nothing(void **unused)
{
	struct btc_sigcache *cache = btc_sigcache_new(BTC_SIGCACHE_LEAST, 1);
	uint64_t room = BTC_SIGCACHE_LEAST / 32, found = 0;
	struct btc_sigcache_entry e;

	(void)unused;
	assert_non_null(cache);
	assert_int_equal(btc_sigcache_bytes(cache), BTC_SIGCACHE_LEAST);
	for (uint64_t n = 0; n < 5000; n++) {
		entry_of(&e, cache, n);
		assert_false(btc_sigcache_has(cache, &e));
		btc_sigcache_add(cache, &e);
		btc_sigcache_add(cache, &e); /* is there already */
		assert_true(btc_sigcache_has(cache, &e));
	}
	for (uint64_t n = 0; n < 10000; n++) {
		entry_of(&e, cache, n);
		found += btc_sigcache_has(cache, &e);
		assert_true(n < 5000 || found == room);
	}
	btc_sigcache_free(cache);
}

static struct btc_validator *validator_with(struct btc_sigcache *cache)
{
	struct btc_validator *validator = btc_validator_new();

	assert_non_null(validator);
	btc_validator_set_cache(validator, cache);
	return validator;
}

static bool judged_right(struct btc_validator *validator, const struct btc_case *c)
{
	struct btc_verdict verdict;

	return btc_validate(validator, &verdict, c) == 0 && btc_verdict_is(&verdict, &c->expect);
}

/* Judges n cases and returns what was asked of the cache meanwhile. */
static struct btc_sigcache_use judge(
	struct btc_validator *validator, const struct btc_case *cases, unsigned n)
{
	struct btc_sigcache_use before = btc_validator_cache_use(validator), use;

	for (unsigned i = 0; i < n; i++)
		if (!judged_right(validator, &cases[i]))
			fail_msg("%s: expected %s", cases[i].name,
				btc_expect_name(&cases[i].expect));
	use = btc_validator_cache_use(validator);
	use.lookups -= before.lookups;
	use.hits -= before.hits;
	return use;
}

static void the_second_pass_finds_every_valid_signature(void **unused)
{
	struct btc_sigcache *cache = btc_sigcache_new(ROOMY, 7);
	struct btc_validator *validator = validator_with(cache);
	struct btc_sigcache_use first = judge(validator, good, CASES);
	struct btc_sigcache_use second = judge(validator, good, CASES);

	(void)unused;
	assert_int_equal(first.hits, 0);
	assert_true(first.lookups >= signatures); /* multisig tries a signature with several keys */
	assert_int_equal(second.lookups, first.lookups);
	assert_int_equal(second.hits, signatures);
	btc_validator_set_cache(validator, NULL);
	assert_int_equal(judge(validator, good, CASES).lookups, 0);
	btc_validator_free(validator);
	btc_sigcache_free(cache);
}

/* With all originals in the cache: flipped bits, and the same signature over another amount. */
static void what_is_not_valid_is_refused_and_never_kept(void **unused)
{
	struct btc_sigcache *cache = btc_sigcache_new(ROOMY, 7);
	struct btc_validator *validator = validator_with(cache);
	struct btc_sigcache_use first, second;

	(void)unused;
	assert_true(n_bad > 3 * CASES);
	judge(validator, good, CASES);
	first = judge(validator, bad, n_bad);
	second = judge(validator, bad, n_bad);
	assert_true(first.lookups - first.hits > CASES);
	assert_int_equal(second.lookups, first.lookups);
	assert_int_equal(second.hits, first.hits);
	btc_validator_free(validator);
	btc_sigcache_free(cache);
}

/* High S verifies, and is kept, where the flags allow it; where they do not, that it is there does
 * not help. */
static void flags_rule_over_the_cache(void **unused)
{
	struct btc_sigcache *cache = btc_sigcache_new(ROOMY, 7);
	struct btc_validator *validator = validator_with(cache);

	(void)unused;
	assert_true(n_high > 0);
	for (unsigned i = 0; i < n_high; i++) {
		struct btc_case c = high[i];

		c.flags &= ~(uint32_t)BTC_VERIFY_LOW_S;
		btc_expect_parse(&c.expect, "valid");
		judge(validator, &c, 1);
		assert_true(judge(validator, &c, 1).hits > 0);
		assert_int_equal(judge(validator, &high[i], 1).hits, 0);
	}
	btc_validator_free(validator);
	btc_sigcache_free(cache);
}

#define THREADS 4

struct asker {
	pthread_t thread;
	struct btc_sigcache *roomy, *tight;
	struct btc_sigcache_use use;
	unsigned wrong;
	uint64_t from;
};

/* Asserts nothing: that belongs to the main thread. */
static void *ask(void *arg)
{
	struct asker *a = arg;
	struct btc_validator *validator = btc_validator_new();
	struct btc_sigcache_entry e;

	if (validator == NULL)
		return NULL;
	btc_validator_set_cache(validator, a->roomy);
	for (unsigned i = 0; i < CASES; i++)
		a->wrong += !judged_right(validator, &good[(i + a->from) % CASES]);
	for (unsigned i = 0; i < n_bad; i++)
		a->wrong += !judged_right(validator, &bad[i]);
	a->use = btc_validator_cache_use(validator);
	btc_validator_free(validator);
	for (uint64_t n = 0; n < 3000; n++) {
		entry_of(&e, a->tight, n); /* all threads the same ones */
		btc_sigcache_add(a->tight, &e);
		entry_of(&e, a->tight, n + (UINT64_C(1) << 32));
		a->wrong += btc_sigcache_has(a->tight, &e);
	}
	return a;
}

static void threads_share_one(void **unused)
{
	struct btc_sigcache *roomy = btc_sigcache_new(ROOMY, 7);
	struct btc_sigcache *tight = btc_sigcache_new(BTC_SIGCACHE_LEAST, 7);
	struct btc_validator *validator;
	struct asker a[THREADS];

	(void)unused;
	for (unsigned i = 0; i < THREADS; i++) {
		a[i] = (struct asker){ .roomy = roomy, .tight = tight, .from = i * 16 };
		assert_int_equal(pthread_create(&a[i].thread, NULL, ask, &a[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++) {
		void *done;

		pthread_join(a[i].thread, &done);
		assert_ptr_equal(done, &a[i]);
		assert_int_equal(a[i].wrong, 0);
		assert_int_equal(a[i].use.lookups, a[0].use.lookups);
	}
	validator = validator_with(roomy);
	assert_int_equal(judge(validator, good, CASES).hits, signatures);
	btc_validator_free(validator);
	btc_sigcache_free(roomy);
	btc_sigcache_free(tight);
}

static void open_load(
	struct btc_drive *d, const struct bt_workload *workload, const char *const *options)
{
	if (btc_drive_open(d, workload, 3, options) != 0)
		fail_msg("%s: %s", workload->name, d->err.msg);
}

/* Laps of n operations each; all but those of the first find what was valid in it. */
static void expect_hits(
	const struct bt_workload *workload, const char *const *options, uint64_t n, uint64_t valid)
{
	struct btc_driver w;
	struct btc_drive d;
	uint64_t lookups;

	open_load(&d, workload, options);
	btc_driver_enter(&w, &d);
	btc_driver_run(&w, 0, n);
	lookups = btc_driver_count(&w, "signature_cache_lookups");
	assert_true(lookups >= valid);
	assert_int_equal(btc_driver_count(&w, "signature_cache_hits"), 0);
	btc_driver_run(&w, n, 2 * n);
	assert_int_equal(w.done, 3 * n);
	assert_int_equal(btc_driver_count(&w, "signature_cache_lookups"), 3 * lookups);
	assert_int_equal(btc_driver_count(&w, "signature_cache_hits"), 2 * valid);
	btc_driver_leave(&w);
	btc_drive_close(&d);
}

static void workloads_count_what_their_caches_answer(void **unused)
{
	static const char *const threads[] = { "1", "3" };
	const char *tx[] = { "pool", "50", "mix", "p2wpkh=1", "tx-size", "400", "sig-cache", "1MiB",
		NULL };
	struct btc_drive d;
	struct btc_driver w;

	(void)unused;
	open_load(&d, &btc_tx_validate_workload, tx);
	btc_driver_enter(&w, &d);
	btc_driver_run(&w, 0, 50);
	btc_driver_leave(&w);
	btc_drive_close(&d);
	expect_hits(&btc_tx_validate_workload, tx, 50, btc_driver_count(&w, "inputs"));
	for (unsigned i = 0; i < BT_LEN(threads); i++) {
		const char *blocks[] = { "generate", "2", "block-txs", "30", "mix", "p2tr-key=1",
			"sig-cache", "1MiB", "threads-per-block", threads[i], NULL };

		open_load(&d, &btc_block_workload, blocks);
		btc_driver_enter(&w, &d);
		btc_driver_run(&w, 0, 103);
		btc_driver_leave(&w);
		btc_drive_close(&d);
		expect_hits(&btc_block_workload, blocks, 103, btc_driver_count(&w, "inputs"));
	}
}

static void sizes_that_cannot_be_are_named(void **unused)
{
	const char *small[] = { "sig-cache", "100", NULL };
	const char *large[] = { "sig-cache", "1000000000000", NULL };
	struct btc_drive d;

	(void)unused;
	assert_int_equal(btc_drive_open(&d, &btc_tx_validate_workload, 1, small), -EINVAL);
	assert_string_equal(d.err.msg, "--sig-cache 100: expected 0 (none) or at least 4096 bytes");
	assert_int_equal(btc_drive_open(&d, &btc_block_workload, 1, small), -EINVAL);
	assert_int_equal(btc_drive_open(&d, &btc_block_workload, 1, large), -ENOMEM);
	assert_non_null(strstr(d.err.msg, "--sig-cache 1000000000000: expected at most half"));
}

static bool is_multisig(enum btc_template t)
{
	return t == BTC_TEMPLATE_P2SH_MULTISIG || t == BTC_TEMPLATE_P2WSH_MULTISIG;
}

/* Every template as often, and all damage that each can have. */
static int make(void **unused)
{
	struct btc_gen_conf conf = { .seed = 5 };
	struct btc_gen *gen;

	(void)unused;
	for (unsigned t = 0; t < BTC_TEMPLATES; t++)
		conf.mix.weight[t] = 1;
	gen = btc_gen_new(&conf);
	for (unsigned i = 0; i < CASES; i++) {
		struct btc_gen_info info;

		if (gen == NULL || btc_gen_next(gen, &good[i], &info, &arena) != 0)
			return -1;
		signatures += good[i].n_spent * (is_multisig(info.t) ? 2u : 1u);
		for (unsigned k = 0; k < BTC_DAMAGES; k++)
			n_bad += btc_damage_make(
					 &bad[n_bad], &good[i], (enum btc_damage)k, &arena) == 1;
		if (!is_multisig(info.t)) /* whose other signature would be found */
			n_high += btc_damage_make(
					  &high[n_high], &good[i], BTC_DAMAGE_HIGH_S, &arena) == 1;
	}
	btc_gen_free(gen);
	return 0;
}

static int drop(void **unused)
{
	(void)unused;
	btc_arena_fini(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_part_of_a_signature_is_in_its_entry),
		cmocka_unit_test(a_full_cache_forgets_and_invents_nothing),
		cmocka_unit_test(the_second_pass_finds_every_valid_signature),
		cmocka_unit_test(what_is_not_valid_is_refused_and_never_kept),
		cmocka_unit_test(flags_rule_over_the_cache),
		cmocka_unit_test(threads_share_one),
		cmocka_unit_test(workloads_count_what_their_caches_answer),
		cmocka_unit_test(sizes_that_cannot_be_are_named),
	};

	return cmocka_run_group_tests(tests, make, drop);
}
