#include "bitcoin/rules/txrules.h"

#include <errno.h>

#include "bitcoin/rules/block.h"
#include "bitcoin/rules/script.h"

#define FEW_INPUTS 16 /* up to here, comparing each with each is cheaper than a table */

static const uint8_t *outpoint(const struct btc_tx *tx, uint32_t i)
{
	return tx->in[i].prevout;
}

static bool same_outpoint(const struct btc_tx *tx, uint32_t a, uint32_t b)
{
	return memcmp(outpoint(tx, a), outpoint(tx, b), BTC_OUTPOINT_SIZE) == 0;
}

/* Looks each input up in a hash table of those before it. *twice tells whether one was there. */
static int find_twice(const struct btc_tx *tx, bool *twice, struct btc_arena *scratch)
{
	size_t slots = 64;
	uint32_t *seen; /* input + 1 */

	while (slots < 2 * (size_t)tx->n_in)
		slots *= 2;
	seen = btc_arena_get(scratch, slots, sizeof(seen[0]));
	if (seen == NULL)
		return -ENOMEM;
	memset(seen, 0, slots * sizeof(seen[0]));
	for (uint32_t i = 0; i < tx->n_in && !*twice; i++) {
		const uint8_t *p = outpoint(tx, i);
		size_t at = (size_t)(btc_le64(p) + btc_le32(p + 32) * UINT64_C(0x9e3779b97f4a7c15));

		for (at &= slots - 1; seen[at] != 0 && !*twice; at = (at + 1) & (slots - 1))
			*twice = same_outpoint(tx, seen[at] - 1, i);
		seen[at] = i + 1;
	}
	return 0;
}

static int has_input_twice(const struct btc_tx *tx, bool *twice, struct btc_arena *scratch)
{
	*twice = false;
	if (tx->n_in > FEW_INPUTS)
		return find_twice(tx, twice, scratch);
	for (uint32_t i = 1; i < tx->n_in; i++)
		for (uint32_t k = 0; k < i; k++)
			*twice |= same_outpoint(tx, i, k);
	return 0;
}

static const char *check_outputs(const struct btc_tx *tx)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < tx->n_out; i++) {
		if (tx->out[i].value < 0)
			return "bad-txns-vout-negative";
		if (tx->out[i].value > BTC_MAX_MONEY)
			return "bad-txns-vout-toolarge";
		sum += tx->out[i].value;
		if (!btc_money_range(sum))
			return "bad-txns-txouttotal-toolarge";
	}
	return NULL;
}

static const char *check_inputs(const struct btc_tx *tx)
{
	static const uint8_t null_txid[32];

	if (btc_tx_is_coinbase(tx))
		return tx->in[0].script.n < 2 || tx->in[0].script.n > 100 ? "bad-cb-length" : NULL;
	for (uint32_t i = 0; i < tx->n_in; i++)
		if (btc_in_index(&tx->in[i]) == UINT32_MAX &&
			memcmp(btc_in_txid(&tx->in[i]), null_txid, 32) == 0)
			return "bad-txns-prevout-null";
	return NULL;
}

int btc_tx_check(const struct btc_tx *tx, const char **reason, struct btc_arena *scratch)
{
	bool twice = false;
	int rc = 0;

	*reason = NULL;
	if (tx->n_in == 0)
		*reason = "bad-txns-vin-empty";
	else if (tx->n_out == 0)
		*reason = "bad-txns-vout-empty";
	else if (tx->base_size * BTC_WITNESS_SCALE > BTC_MAX_BLOCK_WEIGHT)
		*reason = "bad-txns-oversize";
	else
		*reason = check_outputs(tx);
	if (*reason == NULL)
		rc = has_input_twice(tx, &twice, scratch);
	if (twice)
		*reason = "bad-txns-inputs-duplicate";
	else if (*reason == NULL)
		*reason = check_inputs(tx);
	if (rc != 0)
		return rc;
	return *reason == NULL ? 0 : -EBADMSG;
}

int64_t btc_tx_value_out(const struct btc_tx *tx)
{
	int64_t sum = 0;

	for (uint32_t i = 0; i < tx->n_out; i++)
		sum += tx->out[i].value;
	return sum;
}

bool btc_tx_is_final(const struct btc_tx *tx, uint32_t height, int64_t time)
{
	if (tx->locktime == 0 ||
		tx->locktime < (tx->locktime < BTC_LOCKTIME_SECONDS ? (int64_t)height : time))
		return true;
	for (uint32_t i = 0; i < tx->n_in; i++)
		if (tx->in[i].sequence != BTC_SEQUENCE_FINAL)
			return false;
	return true;
}

unsigned btc_tx_legacy_sigops(const struct btc_tx *tx)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < tx->n_in; i++)
		n += btc_script_sigops(tx->in[i].script, false);
	for (uint32_t i = 0; i < tx->n_out; i++)
		n += btc_script_sigops(tx->out[i].script, false);
	return n;
}

unsigned btc_tx_sigop_cost(const struct btc_tx *tx, const struct btc_prevout *spent, uint32_t flags)
{
	unsigned cost = btc_tx_legacy_sigops(tx) * BTC_WITNESS_SCALE;

	for (uint32_t i = 0; spent != NULL && i < tx->n_in; i++) {
		const struct btc_in *in = &tx->in[i];

		if ((flags & BTC_VERIFY_P2SH) != 0)
			cost += btc_script_sigops_p2sh(spent[i].script, in->script) *
				BTC_WITNESS_SCALE;
		if ((flags & BTC_VERIFY_WITNESS) != 0)
			cost += btc_script_sigops_witness(
				spent[i].script, in->script, in->witness, in->n_witness);
	}
	return cost;
}

void btc_seqlock_add(struct btc_seqlock *lock, const struct btc_tx *tx, uint32_t input,
	uint32_t coin_height, uint32_t coin_median_time)
{
	uint32_t sequence = tx->in[input].sequence;
	int64_t wait = sequence & BTC_SEQUENCE_MASK;

	if (tx->version < 2 || (sequence & BTC_SEQUENCE_DISABLED) != 0)
		return;
	/* A lock of n is over in the n-th block after; these are the last height and time at which
	 * it is not. */
	if ((sequence & BTC_SEQUENCE_SECONDS) != 0)
		lock->time = BT_MAX(lock->time, coin_median_time + wait * 512 - 1);
	else
		lock->height = BT_MAX(lock->height, coin_height + wait - 1);
}
