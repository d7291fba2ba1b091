/* Several threads on the inputs of one block: the same verdict as one, and no memory taken on the
 * way. */
#include "cm.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "btc_dir.h"
#include "btc_ride.h"
#include "bitcoin/rules/checkq.h"
#include "bitcoin/rules/script.h"

#define BLOCKS 125
#define INPUTS 500

/*
 * Every allocation of the program passes here, unless a sanitizer has its own. Underneath are the
 * names that glibc keeps for its own functions.
 */
#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define UNCOUNTED
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__GLIBC__)
#define UNCOUNTED
#endif

static _Atomic uint64_t allocations;

#ifndef UNCOUNTED
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *p, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_calloc(n, size);
}

void *realloc(void *p, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_realloc(p, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	atomic_fetch_add(&allocations, 1);
	return __libc_memalign(alignment, size);
}
#endif

static struct btc_miner miner;
static struct btc_dir dir;

/* One transaction whose inputs spend scripts of one opcode each. */
struct heap {
	struct btc_tx *tx;
	struct btc_txctx ctx;
	struct btc_prevout spent[INPUTS];
	struct btc_check checks[INPUTS];
};

static void pile(struct heap *h)
{
	static const uint8_t one = OP_1;
	static struct btc_mine_coin coins[INPUTS];

	h->tx = btc_mine_tx(&miner, coins, INPUTS, 1);
	for (uint32_t i = 0; i < INPUTS; i++) {
		h->spent[i].script = (struct btc_span){ .p = &one, .n = 1 };
		h->checks[i] = (struct btc_check){ .ctx = &h->ctx, .input = i };
	}
	btc_txctx_init(&h->ctx, h->tx, h->spent);
}

static void fail_at(struct heap *h, uint32_t i, const uint8_t *script)
{
	h->spent[i].script = (struct btc_span){ .p = script, .n = 1 };
}

static void the_lowest_failure_is_reported_whoever_finds_one(void **unused)
{
	static const uint8_t zero = OP_0, ret = OP_RETURN, equal = OP_EQUAL;
	struct btc_interp *vm = btc_interp_new();
	struct heap *h = calloc(1, sizeof(*h));

	(void)unused;
	assert_non_null(vm);
	assert_non_null(h);
	pile(h);
	fail_at(h, 170, &ret);
	fail_at(h, 171, &zero);
	fail_at(h, 400, &equal);
	fail_at(h, INPUTS - 1, &zero);
	for (unsigned threads = 2; threads <= 8; threads++) {
		struct btc_checkq *q = btc_checkq_new(threads, NULL);
		size_t failed = 0;

		assert_non_null(q);
		for (unsigned i = 0; i < 300; i++) {
			size_t n = i % 3 == 0 ? 170 : INPUTS;
			enum btc_script_err err =
				btc_checkq_run(q, &failed, vm, h->checks, n, BTC_VERIFY_NONE);

			if (n == 170) {
				assert_int_equal(err, BTC_SCRIPT_ERR_OK);
				continue;
			}
			assert_int_equal(err, BTC_SCRIPT_ERR_OP_RETURN);
			assert_int_equal(failed, 170);
		}
		btc_checkq_free(q);
	}
	free(h);
	btc_interp_free(vm);
}

static void few_checks_and_none_are_done_as_well(void **unused)
{
	struct btc_checkq *q = btc_checkq_new(4, NULL);
	struct btc_interp *vm = btc_interp_new();
	struct heap *h = calloc(1, sizeof(*h));
	size_t failed;

	(void)unused;
	assert_non_null(q);
	assert_non_null(vm);
	assert_non_null(h);
	pile(h);
	for (size_t n = 0; n < 20; n++)
		assert_int_equal(btc_checkq_run(q, &failed, vm, h->checks, n, BTC_VERIFY_NONE),
			BTC_SCRIPT_ERR_OK);
	free(h);
	btc_interp_free(vm);
	btc_checkq_free(q);
}

static void board(struct btc_ride *r, const char *threads)
{
	btc_ride_init(r);
	btc_ride_set(r, "blocks", dir.path);
	btc_ride_set(r, "threads-per-block", threads);
	assert_int_equal(btc_ride_board(r), 0);
}

static void lap(struct btc_ride *r)
{
	for (unsigned i = 0; i < BLOCKS; i++)
		assert_int_equal(btc_ride_op(r, i).outcome, BT_DONE);
}

static void a_chain_is_accepted_and_counted_as_by_one_thread(void **unused)
{
	struct btc_ride alone, together;

	(void)unused;
	board(&alone, "1");
	board(&together, "3");
	lap(&alone);
	lap(&together);
	assert_memory_equal(alone.meter.count, together.meter.count, sizeof(alone.meter.count));
	assert_string_equal(alone.meter.text[BTC_M_TIP], together.meter.text[BTC_M_TIP]);
	assert_true(together.meter.gauge[BTC_M_THREADS] == 3);
	btc_ride_leave(&alone);
	btc_ride_leave(&together);
}

/* Scripts of inputs that undo data of the stretch say to be there. */
static struct btc_chain *chain_of(unsigned threads)
{
	struct btc_chain_room room = { .blocks = BLOCKS, .coins = 500, .threads = threads };
	struct btc_chain *chain = btc_chain_new(btc_chainparams(BTC_REGTEST), &room, NULL);
	struct btc_block_counts counts;
	struct btc_reject reject;

	assert_non_null(chain);
	for (uint32_t h = 0; h < BLOCKS; h++)
		assert_int_equal(btc_chain_connect(chain, &counts, &reject, miner.blocks[h].p,
					 miner.blocks[h].n),
			0);
	return chain;
}

/* A block in which three transactions have a bad signature. */
static struct btc_span bad_block(struct btc_miner *fork)
{
	struct btc_mine_block b;

	btc_mine_begin(fork, &b);
	for (uint32_t i = 0; i < 12; i++) {
		struct btc_tx *tx = btc_mine_tx(fork, &fork->coinbases[20 + i], 1, 1);

		tx->out[0].value = BTC_COIN;
		tx->out[0].script = btc_mine_p2pkh(fork, 0);
		btc_mine_sign(fork, tx, &fork->coinbases[20 + i], 0);
		if (i == 4 || i == 5 || i == 9)
			tx->out[0].value++;
		btc_mine_add(&b, tx);
	}
	return btc_mine_seal(fork, &b);
}

static void a_refusal_is_the_one_that_one_thread_would_give(void **unused)
{
	struct btc_miner fork = miner;
	struct btc_reject alone, together;
	struct btc_block_counts counts;
	struct btc_span bytes;

	(void)unused;
	fork.arena = (struct btc_arena){ .first = NULL };
	bytes = bad_block(&fork);
	for (unsigned threads = 1; threads <= 4; threads++) {
		struct btc_reject *reject = threads == 1 ? &alone : &together;
		struct btc_chain *chain = chain_of(threads);

		assert_int_equal(
			btc_chain_connect(chain, &counts, reject, bytes.p, bytes.n), -EBADMSG);
		assert_memory_equal(reject->txid, alone.txid, 32);
		assert_string_equal(reject->rule, alone.rule);
		btc_chain_free(chain);
	}
	btc_arena_fini(&fork.arena);
}

static void the_second_lap_allocates_nothing(void **unused)
{
	static const char *const threads[] = { "1", "2" };

	(void)unused;
#ifdef UNCOUNTED
	print_message("allocations belong to the sanitizer; skipped\n");
	skip();
#endif
	for (unsigned i = 0; i < BT_LEN(threads); i++) {
		struct btc_ride r;
		uint64_t before;

		board(&r, threads[i]);
		before = atomic_load(&allocations);
		assert_true(before > 0);
		lap(&r);
		lap(&r);
		assert_int_equal(atomic_load(&allocations), before);
		btc_ride_leave(&r);
	}
}

static int mine(void **unused)
{
	(void)unused;
	btc_mine_init(&miner);
	btc_dir_mine(&miner, BLOCKS);
	btc_dir_open(&dir, NULL);
	for (uint32_t h = 0; h < BLOCKS; h++)
		btc_dir_add(&dir, &miner, h, 0);
	return 0;
}

static int drop(void **unused)
{
	(void)unused;
	btc_dir_close(&dir);
	btc_mine_fini(&miner);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_lowest_failure_is_reported_whoever_finds_one),
		cmocka_unit_test(few_checks_and_none_are_done_as_well),
		cmocka_unit_test(a_chain_is_accepted_and_counted_as_by_one_thread),
		cmocka_unit_test(a_refusal_is_the_one_that_one_thread_would_give),
		cmocka_unit_test(the_second_lap_allocates_nothing),
	};

	return cmocka_run_group_tests(tests, mine, drop);
}
