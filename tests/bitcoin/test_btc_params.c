/* From which height on a rule holds, by networks and exceptions; and how signature operations are
 * counted. */
#include "cm.h"

#include <errno.h>

#include "btc_mine.h"
#include "base/encode.h"
#include "bitcoin/rules/txrules.h"

#define TOP   120 /* height of the block in question */
#define NEVER UINT32_MAX

static struct btc_miner miner;

#define ALWAYS (BTC_VERIFY_P2SH | BTC_VERIFY_WITNESS | BTC_VERIFY_TAPROOT)
#define DER    (ALWAYS | BTC_VERIFY_DERSIG)
#define CLTV   (DER | BTC_VERIFY_CHECKLOCKTIMEVERIFY)
#define CSV    (CLTV | BTC_VERIFY_CHECKSEQUENCEVERIFY)
#define ALL    (CSV | BTC_VERIFY_NULLDUMMY)

static void hash_of(uint8_t hash[32], const char *hex)
{
	uint8_t raw[32] = { 0 };

	if (hex != NULL)
		assert_true(bt_hex_read(raw, hex, 64));
	for (int i = 0; i < 32; i++)
		hash[i] = raw[31 - i];
}

static void script_rules_begin_at_their_heights(void **unused)
{
	static const struct {
		enum btc_network network;
		uint32_t height, flags;
		const char *hash;
	} rows[] = {
		{ BTC_MAIN, 1, ALWAYS, NULL },
		{ BTC_MAIN, 363724, ALWAYS, NULL },
		{ BTC_MAIN, 363725, DER, NULL },
		{ BTC_MAIN, 388380, DER, NULL },
		{ BTC_MAIN, 388381, CLTV, NULL },
		{ BTC_MAIN, 419327, CLTV, NULL },
		{ BTC_MAIN, 419328, CSV, NULL },
		{ BTC_MAIN, 481823, CSV, NULL },
		{ BTC_MAIN, 481824, ALL, NULL },
		{ BTC_MAIN, 170060, BTC_VERIFY_NONE,
			"00000000000002dc756eebf4f49723ed8d30cc28a5f108eb94b1ba88ac4f9c22" },
		{ BTC_MAIN, 692261, ALL & ~BTC_VERIFY_TAPROOT,
			"0000000000000000000f14c35b2d841e986ab5441de8c585d5ffe55ea1e395ad" },
		{ BTC_TESTNET3, 330775, ALWAYS, NULL },
		{ BTC_TESTNET3, 330776, DER, NULL },
		{ BTC_TESTNET3, 581884, DER, NULL },
		{ BTC_TESTNET3, 581885, CLTV, NULL },
		{ BTC_TESTNET3, 770111, CLTV, NULL },
		{ BTC_TESTNET3, 770112, CSV, NULL },
		{ BTC_TESTNET3, 834623, CSV, NULL },
		{ BTC_TESTNET3, 834624, ALL, NULL },
		{ BTC_TESTNET3, 514, BTC_VERIFY_NONE,
			"00000000dd30457c001f4095d208cc1296b0eed002427aa599874af7a432b105" },
		/* The exceptions are those of their networks. */
		{ BTC_TESTNET4, 514, ALL,
			"00000000dd30457c001f4095d208cc1296b0eed002427aa599874af7a432b105" },
		{ BTC_TESTNET4, 1, ALL, NULL },
		{ BTC_SIGNET, 1, ALL, NULL },
		{ BTC_REGTEST, 1, ALL, NULL },
	};

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		uint8_t hash[32];

		hash_of(hash, rows[i].hash);
		if (btc_block_flags(btc_chainparams(rows[i].network), rows[i].height, hash) !=
			rows[i].flags)
			fail_msg("row %u, height %u", i, rows[i].height);
	}
}

/* The first height whose number a coinbase before BIP34 wrote and that comes after it is 1,983,702
 * (Core's validation.cpp). */
static void transactions_may_not_be_repeated_where_they_could_be(void **unused)
{
	static const struct {
		enum btc_network network;
		uint32_t height;
		bool on_bip34_chain, applies;
		const char *hash;
	} rows[] = {
		{ BTC_MAIN, 227931, false, true, NULL },
		{ BTC_MAIN, 227932, true, false, NULL },
		{ BTC_MAIN, 227932, false, true, NULL },
		{ BTC_MAIN, 1983701, true, false, NULL },
		{ BTC_MAIN, 1983702, true, true, NULL },
		{ BTC_MAIN, 1983703, true, true, NULL },
		{ BTC_TESTNET3, 1983701, true, false, NULL },
		{ BTC_TESTNET3, 1983702, true, true, NULL },
		{ BTC_REGTEST, 5, false, true, NULL },
		{ BTC_MAIN, 91842, false, false,
			"00000000000a4d0a398161ffc163c503763b1f4360639393e0e4c8e300e0caec" },
		{ BTC_MAIN, 91880, false, false,
			"00000000000743f190a18c5577a3c2d2a1f610ae9601ac046a38084ccb7cd721" },
		{ BTC_MAIN, 91880, false, true,
			"00000000000a4d0a398161ffc163c503763b1f4360639393e0e4c8e300e0caec" },
		{ BTC_MAIN, 91842, false, true, NULL },
		{ BTC_TESTNET3, 91842, false, true,
			"00000000000a4d0a398161ffc163c503763b1f4360639393e0e4c8e300e0caec" },
	};

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		uint8_t hash[32];

		hash_of(hash, rows[i].hash);
		if (btc_bip30_applies(btc_chainparams(rows[i].network), rows[i].height, hash,
			    rows[i].on_bip34_chain) != rows[i].applies)
			fail_msg("row %u, height %u", i, rows[i].height);
	}
}

static struct btc_chainparams regtest(void)
{
	return *btc_chainparams(BTC_REGTEST);
}

/* Seals the block on the base and connects it by these rules; rule NULL: it must be accepted. */
static void expect(const struct btc_chainparams *params, struct btc_mine_block *b, const char *rule)
{
	struct btc_chain_room room = { .blocks = TOP + 1, .coins = 1000, .block_bytes = 10000 };
	struct btc_chain *chain = btc_chain_new(params, &room, NULL);
	struct btc_span bytes = btc_mine_seal(&miner, b);
	struct btc_block_counts counts;
	struct btc_reject reject;
	int rc;

	assert_non_null(chain);
	for (uint32_t h = 0; h < TOP; h++)
		assert_int_equal(btc_chain_connect(chain, &counts, &reject, miner.blocks[h].p,
					 miner.blocks[h].n),
			0);
	rc = btc_chain_connect(chain, &counts, &reject, bytes.p, bytes.n);
	btc_chain_free(chain);
	if (rc == 0 ? rule != NULL : rule == NULL || strcmp(rule, reject.rule) != 0)
		fail_msg("%s, expected %s", rc == 0 ? "accepted" : reject.rule,
			rule != NULL ? rule : "accepted");
}

static void versions_of_blocks_end_with_the_rules_that_came(void **unused)
{
	static const struct {
		uint32_t bip34, bip66, bip65;
		int32_t version;
		const char *rule;
	} rows[] = {
		{ TOP + 1, NEVER, NEVER, 1, NULL },
		{ TOP, NEVER, NEVER, 1, "bad-version(0x00000001)" },
		{ TOP, TOP + 1, NEVER, 2, NULL },
		{ TOP, TOP, NEVER, 2, "bad-version(0x00000002)" },
		{ TOP, TOP, TOP + 1, 3, NULL },
		{ TOP, TOP, TOP, 3, "bad-version(0x00000003)" },
		{ TOP, TOP, TOP, 4, NULL },
		{ NEVER, NEVER, NEVER, INT32_MIN, NULL },
		{ TOP, NEVER, NEVER, INT32_MIN, "bad-version(0x80000000)" },
	};

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct btc_chainparams params = regtest();
		struct btc_mine_block b;

		params.bip34 = rows[i].bip34;
		params.bip66 = rows[i].bip66;
		params.bip65 = rows[i].bip65;
		btc_mine_begin(&miner, &b);
		b.header.version = rows[i].version;
		expect(&params, &b, rows[i].rule);
	}
}

/* BIP113: before it, a lock time is compared with the time of the block, and then with the median,
 * which is lower. */
static void lock_times_look_at_the_median_from_bip113_on(void **unused)
{
	(void)unused;
	for (uint32_t csv = TOP; csv <= TOP + 1; csv++) {
		struct btc_chainparams params = regtest();
		const struct btc_mine_coin *coin = &miner.coinbases[1];
		struct btc_mine_block b;
		struct btc_tx *tx = btc_mine_tx(&miner, coin, 1, 1);

		params.csv = csv;
		btc_mine_begin(&miner, &b);
		tx->locktime = b.header.time - 1;
		tx->in[0].sequence = 0;
		tx->version = 1; /* no relative lock */
		tx->out[0].value = coin->out.amount;
		tx->out[0].script = btc_mine_p2pkh(&miner, 1);
		btc_mine_sign(&miner, tx, coin, 0);
		btc_mine_add(&b, tx);
		expect(&params, &b, csv == TOP ? "bad-txns-nonfinal" : NULL);
	}
}

/* BIP94: only the first block of a period is held to it. */
static void a_period_may_begin_ten_minutes_early_on_testnet4(void **unused)
{
	static const struct {
		bool bip94;
		uint32_t period, early;
		const char *rule;
	} rows[] = {
		{ true, TOP, 600, NULL },
		{ true, TOP, 601, "time-timewarp-attack" },
		{ true, TOP * 2, 601, NULL },
		{ true, TOP / 3, 601, "time-timewarp-attack" },
		{ false, TOP, 601, NULL },
	};

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		struct btc_chainparams params = regtest();
		struct btc_mine_block b;

		params.bip94 = rows[i].bip94;
		params.period = rows[i].period;
		btc_mine_begin(&miner, &b);
		b.header.time = miner.time - rows[i].early;
		expect(&params, &b, rows[i].rule);
	}
	assert_true(btc_chainparams(BTC_TESTNET4)->bip94);
	assert_false(btc_chainparams(BTC_TESTNET3)->bip94);
}

#define KEY   "21020000000000000000000000000000000000000000000000000000000000000001"
#define HASH  "1111111111111111111111111111111111111111"
#define MULTI "51" KEY KEY "52ae"

/* As Core's sigopcount_tests.cpp: what one input costs. */
static void signature_operations_cost_by_where_they_are(void **unused)
{
	static const struct {
		const char *spent, *script_sig, *witness;
		uint32_t flags;
		unsigned cost;
	} rows[] = {
		{ MULTI, "0000", NULL, ALL, 0 },
		{ "ac", "ac", NULL, ALL, 4 },
		{ "a914" HASH "87", "0047" MULTI, NULL, ALL, 8 },
		{ "a914" HASH "87", "0047" MULTI, NULL, BTC_VERIFY_NONE, 0 },
		{ "a914" HASH "87", "61ae", NULL, ALL, 80 }, /* does more than push */
		{ "a914" HASH "87", "01ae", NULL, ALL, 80 }, /* of no number of keys */
		{ "0014" HASH, "", "00", ALL, 1 },
		{ "0014" HASH, "", "00", BTC_VERIFY_P2SH, 0 },
		{ "5114" HASH, "", "00", ALL, 0 },
		{ "0015" HASH "11", "", "00", ALL, 0 },
		{ "a914" HASH "87", "160014" HASH, "00", ALL, 1 },
		{ "a914" HASH "87", "61160014" HASH, "00", ALL, 0 },
		{ "0020" HASH "111111111111111111111111", "", MULTI, ALL, 2 },
		{ "0020" HASH "111111111111111111111111", "", "ae", ALL, 20 },
		{ "0020" HASH "111111111111111111111111", "", NULL, ALL, 0 },
		{ "5120" HASH "111111111111111111111111", "", "ac", ALL, 0 },
		{ "a914" HASH "87", "220020" HASH "111111111111111111111111", MULTI, ALL, 2 },
	};
	uint8_t bytes[3][200];

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		const char *hex[] = { rows[i].spent, rows[i].script_sig, rows[i].witness };
		struct btc_span s[3] = { { .n = 0 }, { .n = 0 }, { .n = 0 } };
		struct btc_in in;
		struct btc_tx tx = { .n_in = 1, .in = &in };
		struct btc_prevout spent;

		for (unsigned k = 0; k < 3; k++) {
			s[k].p = bytes[k];
			s[k].n = hex[k] != NULL ? strlen(hex[k]) / 2 : 0;
			assert_true(
				bt_hex_read(bytes[k], hex[k] != NULL ? hex[k] : "", 2 * s[k].n));
		}
		in = (struct btc_in){
			.script = s[1], .witness = &s[2], .n_witness = hex[2] != NULL
		};
		spent = (struct btc_prevout){ .script = s[0] };
		if (btc_tx_sigop_cost(&tx, &spent, rows[i].flags) != rows[i].cost)
			fail_msg("row %u costs %u, expected %u", i,
				btc_tx_sigop_cost(&tx, &spent, rows[i].flags), rows[i].cost);
	}
}

static int set_up(void **unused)
{
	(void)unused;
	btc_mine_init(&miner);
	btc_mine_base(&miner, TOP);
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
		cmocka_unit_test(script_rules_begin_at_their_heights),
		cmocka_unit_test(transactions_may_not_be_repeated_where_they_could_be),
		cmocka_unit_test(versions_of_blocks_end_with_the_rules_that_came),
		cmocka_unit_test(lock_times_look_at_the_median_from_bip113_on),
		cmocka_unit_test(a_period_may_begin_ten_minutes_early_on_testnet4),
		cmocka_unit_test(signature_operations_cost_by_where_they_are),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
