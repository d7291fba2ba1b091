/* BIP325 with challenges of our own: blocks with and without solutions, in a chain that is regtest
 * but for its challenge. */
#include "cm.h"

#include <errno.h>

#include "btc_mine.h"
#include "bitcoin/rules/script.h"
#include "bitcoin/rules/signet.h"

#define SIGNER 7

static struct btc_miner miner;

struct fixture {
	struct btc_chainparams params;
	struct btc_mine_block block;
};

static void begin(struct fixture *f, struct btc_span challenge)
{
	f->params = *btc_chainparams(BTC_REGTEST);
	f->params.challenge = challenge;
	miner.height = 1;
	btc_sha256d(miner.tip, miner.blocks[0].p, BTC_HEADER_SIZE);
	btc_mine_begin(&miner, &f->block);
}

/* Puts the commitment and a push of header and solution in the coinbase's second output. */
static void put_commitment(struct fixture *f, struct btc_span solution)
{
	static const uint8_t head[] = { OP_RETURN, 36, 0xaa, 0x21, 0xa9, 0xed }, zeros[64];
	static const uint8_t signet[] = BTC_SIGNET_HEADER;
	uint8_t script[600], section[500];
	struct btc_tx *cb = f->block.tx[0];
	struct btc_out *out = btc_mine_get(&miner, 2, sizeof(out[0]));
	struct btc_span *nonce = btc_mine_get(&miner, 1, sizeof(nonce[0]));

	memcpy(script, head, sizeof(head));
	btc_sha256d(script + sizeof(head), zeros, sizeof(zeros));
	memcpy(section, signet, sizeof(signet));
	if (solution.n > 0)
		memcpy(section + sizeof(signet), solution.p, solution.n);
	out[0] = cb->out[0];
	out[1].script.n = 38 +
		btc_script_put_push(script + 38,
			(struct btc_span){ .p = section, .n = sizeof(signet) + solution.n });
	out[1].script = btc_mine_copy(&miner, script, out[1].script.n);
	cb->out = out;
	cb->n_out = 2;
	*nonce = btc_mine_copy(&miner, zeros, 32);
	cb->in[0].witness = nonce;
	cb->in[0].n_witness = 1;
}

static void parse(struct btc_block *block, struct btc_span bytes)
{
	struct btc_reader r = { .p = bytes.p, .size = bytes.n };

	assert_int_equal(btc_block_parse(block, &r, &miner.arena), 0);
}

/* scriptSig and witness that spend the challenge in the name of the block as it stands. */
static struct btc_span solve(struct fixture *f, unsigned key)
{
	struct btc_mine_coin coin = { .out = { .script = f->params.challenge } };
	struct btc_block block;
	struct btc_tx tx;
	uint8_t out[400];
	size_t n;
	bool ok;

	parse(&block, btc_mine_seal(&miner, &f->block));
	assert_int_equal(btc_signet_to_sign(&tx, &ok, &block, coin.out.script, &miner.arena), 0);
	assert_true(ok);
	btc_mine_sign(&miner, &tx, &coin, key);
	n = btc_put_compact(out, tx.in[0].script.n);
	if (tx.in[0].script.n > 0)
		memcpy(out + n, tx.in[0].script.p, tx.in[0].script.n);
	n += tx.in[0].script.n;
	out[n++] = (uint8_t)tx.in[0].n_witness;
	for (uint32_t i = 0; i < tx.in[0].n_witness; i++) {
		struct btc_span item = tx.in[0].witness[i];

		out[n++] = (uint8_t)item.n;
		memcpy(out + n, item.p, item.n);
		n += item.n;
	}
	return btc_mine_copy(&miner, out, n);
}

static int connect(struct fixture *f, struct btc_reject *reject)
{
	struct btc_chain_room room = { .blocks = 2 };
	struct btc_chain *chain = btc_chain_new(&f->params, &room, NULL);
	struct btc_span genesis = miner.blocks[0], block = btc_mine_seal(&miner, &f->block);
	struct btc_block_counts counts;
	int rc;

	assert_non_null(chain);
	assert_int_equal(btc_chain_connect(chain, &counts, reject, genesis.p, genesis.n), 0);
	rc = btc_chain_connect(chain, &counts, reject, block.p, block.n);
	btc_chain_free(chain);
	return rc;
}

static void expect_refused(struct fixture *f)
{
	struct btc_reject reject;

	assert_int_equal(connect(f, &reject), -EBADMSG);
	assert_string_equal(reject.rule, "bad-signet-blksig");
}

static void expect_accepted(struct fixture *f)
{
	struct btc_reject reject;
	int rc = connect(f, &reject);

	if (rc != 0)
		fail_msg("%s", reject.rule);
}

static const struct btc_span nothing = { .n = 0 };

static void a_signed_block_is_accepted(void **unused)
{
	struct btc_span challenges[] = { btc_mine_p2wpkh(&miner, SIGNER),
		btc_mine_p2pkh(&miner, SIGNER) };
	struct fixture f;

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(challenges); i++) {
		begin(&f, challenges[i]);
		put_commitment(&f, nothing);
		put_commitment(&f, solve(&f, SIGNER));
		expect_accepted(&f);
	}
}

static void a_block_signed_by_another_key_is_refused(void **unused)
{
	struct fixture f;
	struct btc_span other;

	(void)unused;
	begin(&f, btc_mine_p2wpkh(&miner, SIGNER + 1));
	put_commitment(&f, nothing);
	other = solve(&f, SIGNER + 1);
	f.params.challenge = btc_mine_p2wpkh(&miner, SIGNER);
	put_commitment(&f, other);
	expect_refused(&f);
}

static void a_block_without_commitment_or_solution_is_refused(void **unused)
{
	struct fixture f;

	(void)unused;
	begin(&f, btc_mine_p2wpkh(&miner, SIGNER));
	expect_refused(&f);
	put_commitment(&f, nothing);
	expect_refused(&f);
}

static void a_solution_signs_the_time_and_the_transactions(void **unused)
{
	struct fixture f;

	(void)unused;
	begin(&f, btc_mine_p2wpkh(&miner, SIGNER));
	put_commitment(&f, nothing);
	put_commitment(&f, solve(&f, SIGNER));
	f.block.header.time++;
	expect_refused(&f);
	f.block.header.time--;
	f.block.tx[0]->out[0].value--;
	expect_refused(&f);
}

static void a_solution_that_goes_on_or_ends_early_is_refused(void **unused)
{
	struct fixture f;
	struct btc_span solution;
	uint8_t longer[400] = { 0 };

	(void)unused;
	begin(&f, btc_mine_p2wpkh(&miner, SIGNER));
	put_commitment(&f, nothing);
	solution = solve(&f, SIGNER);
	memcpy(longer, solution.p, solution.n);
	put_commitment(&f, (struct btc_span){ .p = longer, .n = solution.n + 1 });
	expect_refused(&f);
	put_commitment(&f, (struct btc_span){ .p = longer, .n = solution.n - 1 });
	expect_refused(&f);
}

static void a_challenge_that_anyone_solves_needs_no_solution(void **unused)
{
	static const uint8_t op_true = OP_1;
	struct fixture f;

	(void)unused;
	begin(&f, (struct btc_span){ .p = &op_true, .n = 1 });
	put_commitment(&f, nothing);
	expect_accepted(&f);
}

static void the_message_start_is_the_hash_of_the_challenge(void **unused)
{
	const struct btc_chainparams *signet = btc_chainparams(BTC_SIGNET);
	uint8_t bytes[100], hash[32];
	size_t n = btc_put_compact(bytes, signet->challenge.n);

	(void)unused;
	memcpy(bytes + n, signet->challenge.p, signet->challenge.n);
	btc_sha256d(hash, bytes, n + signet->challenge.n);
	assert_memory_equal(hash, signet->magic, 4);
}

static int set_up(void **unused)
{
	(void)unused;
	btc_mine_init(&miner);
	btc_mine_base(&miner, 1);
	return 0;
}

static int tear_down(void **unused)
{
	(void)unused;
	btc_mine_fini(&miner);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_signed_block_is_accepted),
		cmocka_unit_test(a_block_signed_by_another_key_is_refused),
		cmocka_unit_test(a_block_without_commitment_or_solution_is_refused),
		cmocka_unit_test(a_solution_signs_the_time_and_the_transactions),
		cmocka_unit_test(a_solution_that_goes_on_or_ends_early_is_refused),
		cmocka_unit_test(a_challenge_that_anyone_solves_needs_no_solution),
		cmocka_unit_test(the_message_start_is_the_hash_of_the_challenge),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
