/* What a transaction may do to those in the mempool: full chains, BIP431, replacement. All coins
 * are pay-to-anchor: anyone's. */
#include "cm.h"

#include "bitcoin/rules/mempool.h"
#include "bitcoin/rules/script.h"

#define AMOUNT 1000000 /* satoshi of each coin in a block */

static struct btc_arena arena;
static const uint8_t anchor[] = { OP_1, 2, 0x4e, 0x73 };

static const struct btc_mempool_conf roomy = {
	.max_bytes = 10000000,
	.entries = 1000,
	.inputs = 5000,
	.max_chain = BTC_MEMPOOL_CHAIN,
	.max_chain_vsize = BTC_MEMPOOL_CHAIN_VSIZE,
	.min_rate = BTC_MEMPOOL_RATE,
	.step_rate = BTC_MEMPOOL_RATE,
};

struct coin {
	uint8_t outpoint[BTC_OUTPOINT_SIZE];
	int64_t amount;
	bool unconfirmed;
};

/* What is made of it; a pad makes it larger by about so many bytes. */
struct plan {
	uint32_t version;
	struct coin in[3];
	uint32_t n_in, n_out;
	size_t pad;
	int64_t fee;
};

struct made {
	struct btc_case c;
	struct btc_tx tx;
	uint32_t unconfirmed;
};

static void *get(size_t n, size_t size)
{
	void *p = btc_arena_get(&arena, n, size);

	assert_non_null(p);
	return p;
}

static struct coin fresh(uint8_t number)
{
	return (struct coin){ .outpoint = { number, 1 }, .amount = AMOUNT };
}

static struct coin output(const struct made *m, uint32_t k)
{
	struct coin coin = { .amount = m->tx.out[k].value, .unconfirmed = true };

	memcpy(coin.outpoint, m->tx.txid, 32);
	btc_put_le32(coin.outpoint + 32, k);
	return coin;
}

static struct btc_span data_script(size_t n)
{
	uint8_t *p = get(n + 6, 1);

	memset(p, 0, n + 6);
	p[0] = OP_RETURN;
	p[1] = OP_PUSHDATA4;
	btc_put_le32(p + 2, (uint32_t)n);
	return (struct btc_span){ .p = p, .n = n + 6 };
}

/* The first output takes what the others and the fee leave. */
static void fill_outputs(struct btc_tx *tx, const struct plan *plan, int64_t in)
{
	struct btc_out *out = get(plan->n_out + 1, sizeof(out[0]));

	tx->out = out;
	tx->n_out = plan->n_out;
	for (uint32_t k = 0; k < plan->n_out; k++)
		out[k] = (struct btc_out){ .value = 1000,
			.script = { .p = anchor, .n = sizeof(anchor) } };
	out[0].value = in - plan->fee - 1000 * ((int64_t)plan->n_out - 1);
	if (plan->pad > 0)
		out[tx->n_out++] = (struct btc_out){ .script = data_script(plan->pad) };
}

static void serialise(struct made *m, const struct btc_tx *draft)
{
	struct btc_reader r = { .size = btc_tx_write(NULL, 0, draft) };
	uint8_t *bytes = get(r.size, 1);

	btc_tx_write(bytes, r.size, draft);
	r.p = bytes;
	assert_int_equal(btc_tx_parse(&m->tx, &r, &arena), 0);
	m->c.tx = (struct btc_span){ .p = bytes, .n = r.size };
}

/* Unconfirmed coins come first in a plan. */
static struct made make(const struct plan *plan)
{
	struct btc_prevout *spent = get(plan->n_in, sizeof(spent[0]));
	struct btc_in *in = get(plan->n_in, sizeof(in[0]));
	struct btc_tx draft = { .version = plan->version, .n_in = plan->n_in, .in = in };
	struct made m = { .c = { .name = "made", .spent = spent, .n_spent = plan->n_in } };
	int64_t sum = 0;

	for (uint32_t i = 0; i < plan->n_in; i++) {
		uint8_t *outpoint = get(1, BTC_OUTPOINT_SIZE);

		memcpy(outpoint, plan->in[i].outpoint, BTC_OUTPOINT_SIZE);
		in[i] = (struct btc_in){ .prevout = outpoint, .sequence = BTC_SEQUENCE_FINAL };
		spent[i] = (struct btc_prevout){ .amount = plan->in[i].amount,
			.script = { .p = anchor, .n = sizeof(anchor) } };
		sum += plan->in[i].amount;
		m.unconfirmed += plan->in[i].unconfirmed;
	}
	m.c.flags = BTC_VERIFY_P2SH | BTC_VERIFY_WITNESS | BTC_VERIFY_TAPROOT;
	fill_outputs(&draft, plan, sum);
	serialise(&m, &draft);
	return m;
}

/* Offers what is made of a plan; reason NULL: it must be accepted. How many it replaced is
 * returned. */
static unsigned offer(
	struct btc_mempool *pool, struct made *m, const struct plan *plan, const char *reason)
{
	struct btc_admission a;

	*m = make(plan);
	assert_int_equal(btc_mempool_accept(pool, &a, &m->c, m->unconfirmed), 0);
	if (reason != a.reason &&
		(reason == NULL || a.reason == NULL || strcmp(reason, a.reason) != 0))
		fail_msg("%s, expected %s", a.reason != NULL ? a.reason : "accepted",
			reason != NULL ? reason : "accepted");
	return a.replaced;
}

static struct btc_mempool *begin(const struct btc_mempool_conf *conf)
{
	struct btc_mempool *pool = btc_mempool_new(conf);

	assert_non_null(pool);
	btc_arena_reset(&arena);
	return pool;
}

static struct plan plan_of(uint32_t version, struct coin coin)
{
	return (struct plan){
		.version = version, .in = { coin }, .n_in = 1, .n_out = 2, .fee = 2000
	};
}

/* A parent with 24 children: the chain is full. */
static struct made fill_family(struct btc_mempool *pool)
{
	struct plan plan = plan_of(2, fresh(1));
	struct made parent, child;

	plan.n_out = 40;
	offer(pool, &parent, &plan, NULL);
	for (uint32_t k = 1; k < 25; k++) {
		plan = plan_of(2, output(&parent, k));
		plan.fee = 100;
		plan.n_out = 1;
		plan.pad = 10;
		offer(pool, &child, &plan, NULL);
	}
	return parent;
}

static void a_full_chain_has_room_for_one_small_child_more(void **unused)
{
	static const char too_long[] = "too-long-mempool-chain";
	struct btc_mempool *pool = begin(&roomy);
	struct made parent = fill_family(pool), child, last;
	struct plan plan = plan_of(2, output(&parent, 0));

	(void)unused;
	plan.pad = 10000;
	offer(pool, &last, &plan, too_long);
	plan.pad = 0;
	offer(pool, &child, &plan, NULL);
	plan = plan_of(2, output(&child, 0));
	offer(pool, &last, &plan, too_long);
	plan = plan_of(2, output(&parent, 25));
	plan.fee = 100;
	plan.n_out = 1;
	plan.pad = 10;
	offer(pool, &last, &plan, too_long);
	assert_int_equal(btc_mempool_count(pool), 26);
	btc_mempool_free(pool);
}

static void what_takes_a_family_s_place_may_be_as_large(void **unused)
{
	struct btc_mempool_conf conf = roomy;
	struct btc_mempool *pool;
	struct made parent, child, grandchild, other;
	struct plan plan = plan_of(2, fresh(1));

	(void)unused;
	conf.max_chain_vsize = 40000;
	pool = begin(&conf);
	offer(pool, &parent, &plan, NULL);
	plan = plan_of(2, output(&parent, 0));
	plan.pad = 15000;
	offer(pool, &child, &plan, NULL);
	plan = plan_of(2, output(&child, 0));
	plan.pad = 15000;
	offer(pool, &grandchild, &plan, NULL);
	plan = plan_of(2, output(&parent, 0));
	plan.pad = 39000;
	plan.fee = 100000;
	assert_int_equal(offer(pool, &other, &plan, NULL), 2);
	btc_mempool_free(pool);
}

static void a_replacement_needs_nothing_new_that_is_unconfirmed(void **unused)
{
	struct btc_mempool *pool = begin(&roomy);
	struct made parent, child, other, last;
	struct plan plan = plan_of(2, fresh(1));

	(void)unused;
	offer(pool, &parent, &plan, NULL);
	plan = plan_of(2, output(&parent, 0));
	offer(pool, &child, &plan, NULL);
	plan = plan_of(2, fresh(2));
	offer(pool, &other, &plan, NULL);
	plan = (struct plan){ .version = 2,
		.in = { output(&other, 0), output(&parent, 0) },
		.n_in = 2,
		.n_out = 2,
		.fee = 50000 };
	offer(pool, &last, &plan, "replacement-adds-unconfirmed");
	plan.in[0] = output(&parent, 1);
	assert_int_equal(offer(pool, &last, &plan, NULL), 1);
	btc_mempool_free(pool);
}

/* Two with the same 60 below them count as 122. */
static void what_two_replaced_share_counts_twice(void **unused)
{
	struct btc_mempool_conf conf = roomy;
	struct btc_mempool *pool;
	struct plan both = { .version = 2, .n_in = 2, .n_out = 2, .fee = 900000 }, plan;
	struct made m, n;

	(void)unused;
	conf.max_chain = 200;
	pool = begin(&conf);
	both.in[0] = fresh(1);
	both.in[1] = fresh(2);
	plan = plan_of(2, fresh(1));
	offer(pool, &m, &plan, NULL);
	plan = plan_of(2, fresh(2));
	offer(pool, &n, &plan, NULL);
	plan.in[0] = output(&m, 0);
	plan.in[1] = output(&n, 0);
	plan.n_in = 2;
	for (unsigned i = 0; i < 60; i++) {
		offer(pool, &m, &plan, NULL);
		plan = plan_of(2, output(&m, 0));
	}
	offer(pool, &n, &both, "too many potential replacements");
	assert_int_equal(btc_mempool_count(pool), 62);
	btc_mempool_free(pool);
}

/* The parent's version, the child's, their sizes, and what becomes of the child. */
static void version_3_keeps_to_itself_and_small(void **unused)
{
	static const char no[] = "TRUC-violation";
	static const struct {
		uint32_t parent, child;
		size_t pad;
		const char *reason;
	} rows[] = {
		{ 3, 3, 0, NULL },
		{ 2, 2, 5000, NULL },
		{ 3, 2, 0, no },
		{ 2, 3, 0, no },
		{ 3, 3, 906, NULL }, /* 1,000 virtual bytes */
		{ 3, 3, 907, no },
	};

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct btc_mempool *pool = begin(&roomy);
		struct plan plan = plan_of(rows[i].parent, fresh(1));
		struct made parent, child;

		offer(pool, &parent, &plan, NULL);
		plan = plan_of(rows[i].child, output(&parent, 0));
		plan.pad = rows[i].pad;
		offer(pool, &child, &plan, rows[i].reason);
		if (plan.pad == 906)
			assert_int_equal(btc_tx_weight(&child.tx), 4000);
		btc_mempool_free(pool);
	}
}

static void version_3_alone_has_ten_thousand_virtual_bytes_and_no_grandchild(void **unused)
{
	struct btc_mempool *pool = begin(&roomy);
	struct plan plan = plan_of(3, fresh(1));
	struct made m;

	(void)unused;
	plan.pad = 10000;
	offer(pool, &m, &plan, "TRUC-violation");
	plan.pad = 9000;
	offer(pool, &m, &plan, NULL);
	plan = plan_of(3, output(&m, 0));
	offer(pool, &m, &plan, NULL);
	plan = plan_of(3, output(&m, 0));
	offer(pool, &m, &plan, "TRUC-violation");
	btc_mempool_free(pool);
}

static void a_second_child_of_version_3_pays_for_the_first(void **unused)
{
	struct btc_mempool *pool = begin(&roomy);
	struct plan plan = plan_of(3, fresh(1));
	struct made parent, m;

	(void)unused;
	offer(pool, &parent, &plan, NULL);
	plan = plan_of(3, output(&parent, 0));
	offer(pool, &m, &plan, NULL);
	plan.fee = 3000;
	assert_int_equal(offer(pool, &m, &plan, NULL), 1);
	/* The other output pays only 1,000 satoshi: one more coin pays for it. */
	plan.in[0] = output(&parent, 1);
	plan.in[1] = fresh(9);
	plan.n_in = 2;
	offer(pool, &m, &plan, "insufficient fee (including sibling eviction)");
	plan.fee = 8000;
	assert_int_equal(offer(pool, &m, &plan, NULL), 1);
	assert_int_equal(btc_mempool_count(pool), 2);
	btc_mempool_free(pool);
}

static void dust_earns_nothing(void **unused)
{
	static const struct {
		int64_t left, fee; /* of the first output, and the fee, the rest going to it */
		const char *reason;
	} rows[] = { { 240, 760, NULL }, { 239, 761, "dust" },
		{ 1000, 0, "min relay fee not met" } };

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct btc_mempool *pool = begin(&roomy);
		struct plan plan = plan_of(2, fresh(1));
		struct made m;

		plan.in[0].amount = 1000;
		plan.n_out = 1;
		plan.pad = 10;
		plan.fee = rows[i].fee;
		offer(pool, &m, &plan, rows[i].reason);
		assert_int_equal(m.tx.out[0].value, rows[i].left);
		/* With no fee, it is the fee that is missing. */
		plan.in[0].amount = rows[i].left;
		plan.fee = 0;
		btc_mempool_clear(pool);
		offer(pool, &m, &plan, "min relay fee not met");
		btc_mempool_free(pool);
	}
}

/* When it is full the least fee is above that of relaying; who pays not even that is told so. */
static void the_fee_of_relaying_is_asked_for_first(void **unused)
{
	static const char relay[] = "min relay fee not met", full[] = "mempool min fee not met";
	struct btc_mempool_conf conf = roomy;
	struct btc_mempool *pool;
	struct made m;

	(void)unused;
	conf.max_bytes = 15000;
	pool = begin(&conf);
	for (uint8_t i = 1; i < 20; i++) {
		struct plan plan = plan_of(2, fresh(i));

		plan.pad = 1000;
		plan.fee = 10000 + i * 1000;
		offer(pool, &m, &plan, NULL);
	}
	for (uint32_t version = 2; version <= 3; version++) {
		struct plan plan = plan_of(version, fresh(30));

		plan.fee = 500;
		offer(pool, &m, &plan, full);
		plan.fee = 1;
		offer(pool, &m, &plan, version == 3 ? full : relay);
	}
	btc_mempool_free(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_full_chain_has_room_for_one_small_child_more),
		cmocka_unit_test(what_takes_a_family_s_place_may_be_as_large),
		cmocka_unit_test(a_replacement_needs_nothing_new_that_is_unconfirmed),
		cmocka_unit_test(what_two_replaced_share_counts_twice),
		cmocka_unit_test(version_3_keeps_to_itself_and_small),
		cmocka_unit_test(version_3_alone_has_ten_thousand_virtual_bytes_and_no_grandchild),
		cmocka_unit_test(a_second_child_of_version_3_pays_for_the_first),
		cmocka_unit_test(dust_earns_nothing),
		cmocka_unit_test(the_fee_of_relaying_is_asked_for_first),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	btc_arena_fini(&arena);
	return failed;
}
