/* A transaction: what is parsed is written as it was, and every question that needs no coins can be
 * asked of it. */
#include "fuzz.h"

#include "bitcoin/rules/txrules.h"

static void ask(const struct btc_tx *tx, struct btc_arena *arena)
{
	const char *reason;
	uint8_t wtxid[32];
	int rc = btc_tx_check(tx, &reason, arena);

	BTC_FUZZ_HOLDS((rc == 0) == (reason == NULL));
	btc_tx_wtxid(wtxid, tx);
	BTC_FUZZ_HOLDS(tx->has_witness || memcmp(wtxid, tx->txid, 32) == 0);
	BTC_FUZZ_HOLDS(btc_tx_weight(tx) <= 4 * tx->raw.n);
	btc_tx_legacy_sigops(tx);
	btc_tx_is_final(tx, 500000, 1500000000);
	if (rc == 0)
		BTC_FUZZ_HOLDS(btc_money_range(btc_tx_value_out(tx)));
}

static void write_back(const struct btc_tx *tx, struct btc_arena *arena)
{
	size_t n = btc_tx_write(NULL, 0, tx);
	uint8_t *bytes = btc_arena_get(arena, n, 1);

	BTC_FUZZ_HOLDS(bytes != NULL && n == tx->raw.n);
	btc_tx_write(bytes, n, tx);
	BTC_FUZZ_HOLDS(memcmp(bytes, tx->raw.p, n) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct btc_arena arena;
	struct btc_reader r = { .p = data, .size = size };
	struct btc_tx tx;

	btc_arena_reset(&arena);
	if (btc_tx_parse(&tx, &r, &arena) != 0) {
		BTC_FUZZ_HOLDS(r.why != NULL && r.at <= size);
		return 0;
	}
	ask(&tx, &arena);
	write_back(&tx, &arena);
	return 0;
}
