/* Each row is a block with one fault, refused by the name of that rule; the same block without the
 * fault is accepted. */
#include "cm.h"

#include <errno.h>
#include <stdlib.h>

#include "btc_lab.h"

static struct btc_miner miner;

static void refused_by_name(const struct btc_fault *row)
{
	struct btc_reject reject;
	int rc = btc_lab_connect(&miner, row, true, &reject);

	if (rc != -EBADMSG || strcmp(reject.rule, row->rule) != 0)
		fail_msg("%s: %d %s, expected %s", row->name, rc, reject.rule, row->rule);
	assert_in_range(reject.height, BTC_LAB_BASE, BTC_LAB_BASE + 1);
}

static void accepted(const struct btc_fault *row)
{
	struct btc_reject reject;
	int rc = btc_lab_connect(&miner, row, false, &reject);

	if (rc != 0)
		fail_msg("%s: %d %s, expected to be accepted", row->name, rc, reject.rule);
}

static void for_each_fault(void (*check)(const struct btc_fault *row))
{
	for (unsigned i = 0; i < btc_n_tx_faults; i++)
		check(&btc_tx_faults[i]);
	for (unsigned i = 0; i < btc_n_block_faults; i++)
		check(&btc_block_faults[i]);
}

static void a_block_with_one_fault_is_refused_by_the_name_of_the_rule(void **unused)
{
	(void)unused;
	for_each_fault(refused_by_name);
}

static void the_same_block_without_its_fault_is_accepted(void **unused)
{
	(void)unused;
	for_each_fault(accepted);
}

static void a_refusal_names_height_block_input_and_transaction(void **unused)
{
	struct btc_reject reject;
	char text[300], hash[BTC_HEX_SIZE], txid[BTC_HEX_SIZE], want[300];

	(void)unused;
	assert_int_equal(btc_lab_connect(&miner, &btc_tx_faults[0], true, &reject), -EBADMSG);
	btc_hash_hex(hash, reject.hash);
	btc_hash_hex(txid, reject.txid);
	snprintf(want, sizeof(want), "%s height %d block %s input 0 tx %s", btc_tx_faults[0].rule,
		BTC_LAB_BASE, hash, txid);
	btc_reject_text(text, sizeof(text), &reject);
	assert_string_equal(text, want);
	btc_reject_text(text, 20, &reject);
	assert_string_equal(text, "block-script-verify");
}

static void a_damaged_genesis_is_refused(void **unused)
{
	struct btc_chain_room room = { .blocks = 1 };
	struct btc_chain *chain = btc_chain_new(btc_chainparams(BTC_REGTEST), &room, NULL);
	struct btc_block_counts counts;
	struct btc_reject reject;
	struct btc_span other = miner.blocks[1];

	(void)unused;
	assert_non_null(chain);
	assert_int_equal(btc_chain_connect(chain, &counts, &reject, other.p, other.n), -EBADMSG);
	assert_string_equal(reject.rule, "bad-genesis");
	btc_chain_free(chain);
}

static void a_block_that_ends_too_early_or_too_late_is_malformed(void **unused)
{
	struct btc_span whole = miner.blocks[1];
	uint8_t *longer = calloc(1, whole.n + 1);

	(void)unused;
	assert_non_null(longer);
	memcpy(longer, whole.p, whole.n);
	for (size_t n = 0; n <= whole.n + 1; n++) {
		struct btc_chain_room room = { .blocks = 1 };
		struct btc_chain *chain = btc_chain_new(btc_chainparams(BTC_REGTEST), &room, NULL);
		struct btc_block_counts counts;
		struct btc_reject reject;
		uint8_t *exact = malloc(n + 1); /* so that a sanitizer sees a read past the end */

		assert_non_null(chain);
		assert_non_null(exact);
		memcpy(exact, longer, BT_MIN(n, whole.n + 1));
		assert_int_equal(btc_chain_connect(chain, &counts, &reject, exact, n), -EBADMSG);
		assert_int_equal(reject.malformed, n != whole.n);
		if (n == whole.n + 1)
			assert_int_equal(reject.position, whole.n);
		free(exact);
		btc_chain_free(chain);
	}
	free(longer);
}

static int mine_base(void **unused)
{
	(void)unused;
	btc_mine_init(&miner);
	btc_mine_base(&miner, BTC_LAB_BASE);
	return 0;
}

static int drop_base(void **unused)
{
	(void)unused;
	btc_mine_fini(&miner);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_block_with_one_fault_is_refused_by_the_name_of_the_rule),
		cmocka_unit_test(the_same_block_without_its_fault_is_accepted),
		cmocka_unit_test(a_refusal_names_height_block_input_and_transaction),
		cmocka_unit_test(a_damaged_genesis_is_refused),
		cmocka_unit_test(a_block_that_ends_too_early_or_too_late_is_malformed),
	};

	return cmocka_run_group_tests(tests, mine_base, drop_base);
}
