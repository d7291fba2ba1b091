/* Damaged copies of blocks: each refused for what is wrong with it, and the chain as if it had not
 * been asked. */
#include "cm.h"

#include <errno.h>

#include "bitcoin/rules/block.h"
#include "bitcoin/source/blockdamage.h"
#include "bitcoin/source/genchain.h"

static void make(struct btc_stretch *s)
{
	struct btc_genchain_conf conf = { .seed = 9, .blocks = 40, .block_txs = 20 };
	struct bt_err err;

	assert_int_equal(btc_mix_parse(&conf.mix, BTC_DEFAULT_MIX, &err), 0);
	if (btc_genchain_make(s, &conf, &err) != 0)
		fail_msg("%s", err.msg);
}

static void expect_refused(struct btc_chain *chain, const struct btc_control *control)
{
	struct btc_span none = { .p = NULL };
	struct btc_reject reject;
	char text[300] = "accepted";
	int rc = btc_chain_test(chain, &reject, control->bytes, none, control->pow);

	if (rc != 0)
		btc_reject_text(text, sizeof(text), &reject);
	if (rc != -EBADMSG || !btc_control_is_refused(control, &reject))
		fail_msg("%s: expected %s, got %s", btc_block_damage_name(control->damage),
			control->expect, text);
}

static void every_kind_is_refused_and_the_chain_goes_on(unsigned threads)
{
	struct btc_arena arena = { .first = NULL };
	struct btc_span none = { .p = NULL };
	unsigned count[BTC_BLOCK_DAMAGES] = { 0 };
	struct btc_control *controls;
	struct btc_chain *chain;
	struct btc_stretch s;

	make(&s);
	assert_int_equal(btc_controls_make(&controls, &s, &arena, NULL), 0);
	s.room.threads = threads;
	chain = btc_chain_new(s.params, &s.room, NULL);
	assert_non_null(chain);
	assert_null(controls[0].bytes.p);
	for (uint32_t i = 0; i < s.n; i++) {
		struct btc_span bytes = s.blocks[i].bytes;
		struct btc_block_counts counts;
		struct btc_reject reject;

		if (i > 0) {
			assert_non_null(controls[i].bytes.p);
			expect_refused(chain, &controls[i]);
			expect_refused(chain, &controls[i]);
			count[controls[i].damage]++;
		}
		/* The block itself holds, as often as it is asked, and then for good. */
		assert_int_equal(btc_chain_test(chain, &reject, bytes, none, true), 0);
		assert_int_equal(btc_chain_test(chain, &reject, bytes, none, false), 0);
		assert_int_equal(btc_chain_connect(chain, &counts, &reject, bytes.p, bytes.n), 0);
	}
	for (unsigned k = 0; k < BTC_BLOCK_DAMAGES; k++)
		if (count[k] == 0)
			fail_msg("no %s", btc_block_damage_name((enum btc_block_damage)k));
	btc_chain_free(chain);
	btc_arena_fini(&arena);
	btc_stretch_fini(&s);
}

static void damage_is_refused_by_one_thread(void **unused)
{
	(void)unused;
	every_kind_is_refused_and_the_chain_goes_on(1);
}

static void damage_is_refused_by_several_threads(void **unused)
{
	(void)unused;
	every_kind_is_refused_and_the_chain_goes_on(3);
}

static void what_holds_is_no_refusal(void **unused)
{
	struct btc_control cut = { .damage = BTC_BLOCK_DAMAGE_CUT };
	struct btc_control root = { .damage = BTC_BLOCK_DAMAGE_ROOT, .expect = "bad-txnmrklroot" };
	struct btc_reject other = { .rule = "bad-cb-amount" }, bytes = { .malformed = true };

	(void)unused;
	assert_false(btc_control_is_refused(&root, &other));
	assert_false(btc_control_is_refused(&root, &bytes));
	assert_false(btc_control_is_refused(&cut, &other));
	assert_true(btc_control_is_refused(&cut, &bytes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(damage_is_refused_by_one_thread),
		cmocka_unit_test(damage_is_refused_by_several_threads),
		cmocka_unit_test(what_holds_is_no_refusal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
