/* Whether what a node accepted is still there: bcoin, for one, answers before it has looked at a
 * transaction. */
#include <errno.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/stop.h"
#include "bitcoin/bcast.h"
#include "base/encode.h"

#define POLL_NS (250 * BT_NS_PER_MS)

/* What is looked for, by txid. */
struct search {
	struct btc_bcast *b;
	struct bt_jsonrpc *rpc;
	uint32_t *wanted; /* numbers of transactions, by txid */
	uint32_t n, found;
	bool *there;     /* by place in wanted */
	uint32_t height; /* blocks up to this one have been looked through */
};

static int compare_to(const struct btc_bcast *b, uint32_t i, const uint8_t txid[32])
{
	return memcmp(txid, b->offers[i].txid, 32);
}

static int by_txid(const void *a, const void *z, void *arg)
{
	const struct btc_bcast *b = arg;

	return memcmp(
		b->offers[*(const uint32_t *)a].txid, b->offers[*(const uint32_t *)z].txid, 32);
}

static void note(struct search *s, const char *hex)
{
	uint8_t shown[32], txid[32];
	uint32_t low = 0, high = s->n;

	if (hex == NULL || strlen(hex) != 64 || !bt_hex_read(shown, hex, 64))
		return;
	for (unsigned i = 0; i < 32; i++)
		txid[i] = shown[31 - i];
	while (low < high) {
		uint32_t middle = low + (high - low) / 2;
		int order = compare_to(s->b, s->wanted[middle], txid);

		if (order == 0) {
			s->found += !s->there[middle];
			s->there[middle] = true;
			return;
		}
		*(order > 0 ? &low : &high) = order > 0 ? middle + 1 : middle;
	}
}

static void note_all(struct search *s, const json_t *txids)
{
	const json_t *txid;
	size_t i;

	json_array_foreach(txids, i, txid) note(s, json_string_value(txid));
}

static int look_at_mempool(struct search *s, struct bt_err *err)
{
	json_t *txids = NULL;
	int rc = bt_jsonrpc_call(s->rpc, &txids, "getrawmempool", json_array(), err);

	if (rc == 0)
		note_all(s, txids);
	json_decref(txids);
	return rc;
}

static int look_at_block(struct search *s, uint32_t height, struct bt_err *err)
{
	json_t *hash = NULL, *block = NULL;
	int rc = bt_jsonrpc_call(
		s->rpc, &hash, "getblockhash", json_pack("[I]", (json_int_t)height), err);

	if (rc == 0)
		rc = bt_jsonrpc_call(s->rpc, &block, "getblock", json_pack("[O, i]", hash, 1), err);
	if (rc == 0)
		note_all(s, json_object_get(block, "tx"));
	json_decref(hash);
	json_decref(block);
	return rc;
}

/* The mempool before the blocks: what a block takes in between is found in one or the other. */
static int look(struct search *s, struct bt_err *err)
{
	json_t *count = NULL;
	uint32_t tip;
	int rc = look_at_mempool(s, err);

	if (rc == 0 && s->found < s->n)
		rc = bt_jsonrpc_call(s->rpc, &count, "getblockcount", json_array(), err);
	tip = (uint32_t)json_integer_value(count);
	json_decref(count);
	while (rc == 0 && s->found < s->n && s->height < tip)
		rc = look_at_block(s, ++s->height, err);
	return rc;
}

/*
 * A node that is behind catches up: as long as more are found, there is no end to it. Whether it
 * came to an end: a signal does not let it, and then what is not there may only not be there yet.
 */
static bool search(struct search *s, const struct bt_env *env, void *state)
{
	uint64_t progress_ns = bt_now(env->clock);
	struct bt_stop_wait wait;
	struct bt_err err;
	int rc = bt_jsonrpc_open(&s->rpc, s->b->asked, s->b->authorization, env, &err);

	bt_stop_wait_begin(&wait);
	while (rc == 0) {
		uint32_t before = s->found;
		uint64_t now;

		rc = look(s, &err);
		now = bt_now(env->clock);
		if (s->found > before)
			progress_ns = now;
		if (s->found == s->n || now - progress_ns >= s->b->conf->lost_after_ns)
			break;
		if (bt_stop_wait_over(&wait))
			rc = bt_fail(&err, -EINTR, "interrupted");
		else
			bt_sleep_until(env->clock, now + POLL_NS);
	}
	if (rc != 0)
		bt_note(state, BTC_BCAST_LOST, "transactions could not be looked for: %.200s",
			err.msg);
	bt_jsonrpc_close(s->rpc);
	return rc != -EINTR;
}

void btc_bcast_lose(
	const struct btc_bcast *b, void *state, struct bt_meter *meter, bool *done, uint32_t i)
{
	uint32_t op = i / b->batch;
	char txid[BTC_HEX_SIZE];

	btc_hash_hex(txid, b->offers[i].txid);
	bt_meter_add(meter, BTC_BCAST_MISSED, 1);
	bt_note(state, BTC_BCAST_LOST, "%s: accepted, but in neither mempool nor block", txid);
	bt_take_back(state, BTC_BCAST_LOST, done[op], 1);
	done[op] = false;
}

void btc_bcast_check(struct btc_bcast *b, const struct bt_env *env, void *state, uint32_t worker)
{
	struct search s = { .b = b, .height = b->height };
	bool whole;

	s.wanted = calloc(b->n, sizeof(s.wanted[0]));
	s.there = calloc(b->n, sizeof(s.there[0]));
	if (s.wanted == NULL || s.there == NULL) {
		bt_note(state, BTC_BCAST_MEMORY,
			"transactions could not be looked for: out of memory");
		goto out;
	}
	for (uint32_t i = 0; i < b->n; i++)
		if (b->offers[i].accepted == worker)
			s.wanted[s.n++] = i;
	qsort_r(s.wanted, s.n, sizeof(s.wanted[0]), by_txid, b);
	whole = s.n == 0 || search(&s, env, state);
	bt_meter_add(env->meter, BTC_BCAST_SEEN, s.found);
	for (uint32_t i = 0; i < s.n && whole; i++)
		if (!s.there[i])
			btc_bcast_lose(b, state, env->meter, b->done, s.wanted[i]);
out:
	free(s.wanted);
	free(s.there);
}
