/* Generated chains: every block holds by all rules, has the size asked for, and is the same for the
 * same seed. */
#include "cm.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "bitcoin/rules/block.h"
#include "bitcoin/source/genchain.h"

static struct btc_genchain_conf conf_of(const char *mix, const char *sizes)
{
	struct btc_genchain_conf conf = { .seed = 5, .blocks = 3, .block_size = 60000 };
	struct btc_gen_conf gen = { .seed = 0 };
	struct bt_err err;

	if (btc_gen_read(&gen, mix, sizes, &err) != 0)
		fail_msg("%s", err.msg);
	conf.mix = gen.mix;
	conf.sizes = gen.sizes;
	return conf;
}

static void make(struct btc_stretch *s, const struct btc_genchain_conf *conf)
{
	struct bt_err err;

	if (btc_genchain_make(s, conf, &err) != 0)
		fail_msg("%s", err.msg);
}

/* Returns the inputs of all blocks. */
static uint64_t expect_connected(const struct btc_stretch *s)
{
	struct btc_chain *chain = btc_chain_new(s->params, &s->room, NULL);
	uint64_t inputs = 0;

	assert_non_null(chain);
	for (uint32_t i = 0; i < s->n; i++) {
		struct btc_block_counts counts;
		struct btc_reject reject;
		char text[200];
		int rc = btc_chain_connect_undo(
			chain, &counts, &reject, s->blocks[i].bytes, s->blocks[i].undo);

		btc_reject_text(text, sizeof(text), &reject);
		if (rc != 0)
			fail_msg("%s", text);
		inputs += counts.inputs;
	}
	btc_chain_free(chain);
	return inputs;
}

static void parse(struct btc_block *block, struct btc_span bytes, struct btc_arena *arena)
{
	struct btc_reader r = { .p = bytes.p, .size = bytes.n };

	btc_arena_reset(arena);
	assert_int_equal(btc_block_parse(block, &r, arena), 0);
}

static void every_template_fills_blocks_that_hold_by_all_rules(void **unused)
{
	(void)unused;
	for (unsigned t = 0; t < BTC_TEMPLATES; t++) {
		struct btc_genchain_conf conf;
		struct btc_stretch s;
		char mix[40];

		snprintf(mix, sizeof(mix), "%s=1", btc_template_name((enum btc_template)t));
		conf = conf_of(mix, NULL);
		make(&s, &conf);
		/* Genesis, one that pays, 99 in which that matures. */
		assert_int_equal(s.n, 101 + 3);
		assert_true(expect_connected(&s) > 100);
		btc_stretch_fini(&s);
	}
}

static void blocks_have_the_size_asked_for(void **unused)
{
	static const uint32_t sizes[] = { 2000, 20000, 300000 };

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(sizes); i++) {
		struct btc_genchain_conf conf = conf_of(BTC_DEFAULT_MIX, NULL);
		struct btc_stretch s;

		conf.block_size = sizes[i];
		make(&s, &conf);
		/* Half a transaction, the largest of which has three inputs of two signatures
		 * each. */
		for (uint32_t b = s.n - conf.blocks; b < s.n; b++)
			if (labs((long)s.blocks[b].bytes.n - (long)sizes[i]) > 600)
				fail_msg("%zu bytes, asked for %u", s.blocks[b].bytes.n, sizes[i]);
		expect_connected(&s);
		btc_stretch_fini(&s);
	}
}

/* Signatures that are nothing but weight would fill more than a block may have. */
static void the_weight_limit_ends_a_block_before_its_size(void **unused)
{
	struct btc_genchain_conf conf = conf_of("p2pkh=1", "100000");
	struct btc_stretch s;

	(void)unused;
	conf.blocks = 1;
	conf.block_size = BTC_GENCHAIN_BYTES;
	make(&s, &conf);
	assert_in_range(s.blocks[s.n - 1].bytes.n, 850000, 1000000);
	expect_connected(&s);
	btc_stretch_fini(&s);
}

static void transactions_are_as_many_and_as_large_as_asked_for(void **unused)
{
	static const uint32_t sizes[] = { 250, 500, 1000, 2000 };
	struct btc_genchain_conf conf = conf_of(BTC_DEFAULT_MIX, "250,500,1000,2000");
	struct btc_arena arena = { .first = NULL };
	struct btc_stretch s;
	uint32_t made = 0;

	(void)unused;
	conf.block_txs = 50;
	make(&s, &conf);
	for (uint32_t b = s.n - conf.blocks; b < s.n; b++) {
		struct btc_block block;

		parse(&block, s.blocks[b].bytes, &arena);
		assert_int_equal(block.n_tx, 51);
		for (uint32_t t = 1; t < block.n_tx; t++, made++) {
			size_t vsize = (btc_tx_weight(&block.tx[t]) + 3) / 4;

			assert_in_range(vsize * 100, sizes[made % 4] * 95, sizes[made % 4] * 105);
		}
	}
	expect_connected(&s);
	btc_arena_fini(&arena);
	btc_stretch_fini(&s);
}

static void some_spend_what_the_same_block_has_made(void **unused)
{
	struct btc_genchain_conf conf = conf_of(BTC_DEFAULT_MIX, NULL);
	struct btc_arena arena = { .first = NULL };
	struct btc_block block;
	struct btc_stretch s;
	unsigned children = 0;

	(void)unused;
	make(&s, &conf);
	parse(&block, s.blocks[s.n - 1].bytes, &arena);
	for (uint32_t t = 2; t < block.n_tx; t++)
		children += memcmp(btc_in_txid(&block.tx[t].in[0]), block.tx[t - 1].txid, 32) == 0;
	assert_true(children > 0 && children < block.n_tx / 4);
	btc_arena_fini(&arena);
	btc_stretch_fini(&s);
}

static void the_same_seed_makes_the_same_blocks(void **unused)
{
	struct btc_genchain_conf conf = conf_of(BTC_DEFAULT_MIX, NULL);
	struct btc_stretch a, b, other;

	(void)unused;
	make(&a, &conf);
	make(&b, &conf);
	conf.seed++;
	make(&other, &conf);
	assert_int_equal(a.n, b.n);
	for (uint32_t i = 0; i < a.n; i++)
		assert_true(btc_span_eq(a.blocks[i].bytes, b.blocks[i].bytes));
	assert_false(btc_span_eq(a.blocks[a.n - 1].bytes, other.blocks[other.n - 1].bytes));
	btc_stretch_fini(&a);
	btc_stretch_fini(&b);
	btc_stretch_fini(&other);
}

static void a_written_chain_is_read_back(void **unused)
{
	struct btc_genchain_conf conf = conf_of(BTC_DEFAULT_MIX, NULL);
	struct btc_wanted wanted = { .params = NULL };
	char path[CM_TEMP];
	FILE *out = fdopen(mkstemp(cm_temp(path, "benchtop-genchain")), "w");
	struct btc_stretch made, read;
	struct bt_err err;

	(void)unused;
	assert_non_null(out);
	make(&made, &conf);
	assert_int_equal(btc_genchain_write(out, &made), 0);
	fclose(out);
	if (btc_stretch_read(&read, path, &wanted, &err) != 0)
		fail_msg("%s", err.msg);
	unlink(path);
	assert_string_equal(read.params->name, "regtest");
	assert_int_equal(read.n, made.n);
	for (uint32_t i = 0; i < made.n; i++)
		assert_true(btc_span_eq(read.blocks[i].bytes, made.blocks[i].bytes));
	btc_stretch_fini(&made);
	btc_stretch_fini(&read);
}

static void what_cannot_be_is_said(void **unused)
{
	struct btc_genchain_conf conf = conf_of("p2pkh=1", "2000");
	struct btc_stretch s;
	struct bt_err err;

	(void)unused;
	conf.block_txs = 1000;
	assert_int_equal(btc_genchain_make(&s, &conf, &err), -EINVAL);
	if (strncmp(err.msg, "--block-txs 1000: only 50", 25) != 0)
		fail_msg("%s", err.msg);
	btc_stretch_fini(&s);
	conf = conf_of("p2wpkh=1", "2000");
	conf.blocks = 800;
	conf.block_size = 1000000;
	assert_int_equal(btc_genchain_make(&s, &conf, &err), -EINVAL);
	if (strstr(err.msg, "expected fewer or smaller ones") == NULL)
		fail_msg("%s", err.msg);
	btc_stretch_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_template_fills_blocks_that_hold_by_all_rules),
		cmocka_unit_test(blocks_have_the_size_asked_for),
		cmocka_unit_test(the_weight_limit_ends_a_block_before_its_size),
		cmocka_unit_test(transactions_are_as_many_and_as_large_as_asked_for),
		cmocka_unit_test(some_spend_what_the_same_block_has_made),
		cmocka_unit_test(the_same_seed_makes_the_same_blocks),
		cmocka_unit_test(a_written_chain_is_read_back),
		cmocka_unit_test(what_cannot_be_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
