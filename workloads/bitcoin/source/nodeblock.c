#include "bitcoin/source/nodeblock.h"

#include <errno.h>
#include <math.h>

#include "bitcoin/rules/block.h"
#include "base/encode.h"
#include "bitcoin/rules/undo.h"

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text != NULL ? text : "";
}

static int wrong(struct bt_err *err, const char *what)
{
	return bt_fail(err, -EPROTO, "%s: missing or malformed", what);
}

bool btc_nodeblock_hash(uint8_t hash[32], const char *hex)
{
	uint8_t raw[32];

	if (strlen(hex) != 64 || !bt_hex_read(raw, hex, 64))
		return false;
	for (int i = 0; i < 32; i++)
		hash[i] = raw[31 - i];
	return true;
}

static bool read_u32(uint32_t *out, const json_t *object, const char *key, int64_t least)
{
	const json_t *v = json_object_get(object, key);
	int64_t n = json_integer_value(v);

	*out = (uint32_t)n;
	return json_is_integer(v) && n >= least && n <= UINT32_MAX;
}

static bool read_header(struct btc_header *h, const json_t *block)
{
	const char *bits = text_of(block, "bits"), *prev = text_of(block, "previousblockhash");
	uint8_t raw[4];
	uint32_t version;

	if (strlen(bits) != 8 || !bt_hex_read(raw, bits, 8) ||
		!read_u32(&version, block, "version", INT32_MIN) ||
		!read_u32(&h->time, block, "time", 0) || !read_u32(&h->nonce, block, "nonce", 0))
		return false;
	h->version = (int32_t)version;
	h->bits = (uint32_t)raw[0] << 24 | (uint32_t)raw[1] << 16 | (uint32_t)raw[2] << 8 | raw[3];
	memset(h->prev, 0, sizeof(h->prev));
	return (*prev == '\0' || btc_nodeblock_hash(h->prev, prev)) &&
		btc_nodeblock_hash(h->merkle_root, text_of(block, "merkleroot"));
}

static int write_header(uint8_t raw[BTC_HEADER_SIZE], const json_t *block, const uint8_t hash[32],
	struct bt_err *err)
{
	struct btc_header header;
	uint8_t is[32];

	if (!read_header(&header, block))
		return wrong(err, "header");
	btc_header_write(raw, &header);
	btc_sha256d(is, raw, BTC_HEADER_SIZE);
	if (memcmp(is, hash, 32) == 0)
		return 0;
	return bt_fail(err, -EPROTO, "the header has another hash than was asked for");
}

static int read_bytes(struct btc_span *bytes, const json_t *block, const uint8_t hash[32],
	struct btc_arena *arena, struct bt_err *err)
{
	const json_t *txs = json_object_get(block, "tx");
	size_t n = json_array_size(txs), room = BTC_HEADER_SIZE + 9, at = BTC_HEADER_SIZE;
	uint8_t *p;
	int rc;

	for (size_t t = 0; t < n; t++)
		room += strlen(text_of(json_array_get(txs, t), "hex")) / 2;
	p = btc_arena_get(arena, room, 1);
	if (p == NULL)
		return bt_oom(err, NULL);
	rc = write_header(p, block, hash, err);
	if (rc != 0)
		return rc;
	at += btc_put_compact(p + at, n);
	for (size_t t = 0; t < n; t++) {
		const char *hex = text_of(json_array_get(txs, t), "hex");
		size_t digits = strlen(hex);

		if (digits == 0 || !bt_hex_read(p + at, hex, digits))
			return wrong(err, "hex of a transaction");
		at += digits / 2;
	}
	*bytes = (struct btc_span){ .p = p, .n = at };
	return n > 0 ? 0 : wrong(err, "tx");
}

/* Core writes an amount in bitcoins with eight decimals, which a double holds. */
static bool read_amount(int64_t *amount, const json_t *v)
{
	double coins = json_number_value(v);

	if (!json_is_number(v) || !(coins >= 0 && coins <= (double)BTC_MAX_MONEY / BTC_COIN))
		return false;
	*amount = llround(coins * (double)BTC_COIN);
	return true;
}

static int read_coin(
	struct btc_coin *coin, const json_t *vin, struct btc_arena *arena, struct bt_err *err)
{
	const json_t *prevout = json_object_get(vin, "prevout");
	const char *hex = text_of(json_object_get(prevout, "scriptPubKey"), "hex");
	size_t digits = strlen(hex);
	uint8_t *script = btc_arena_get(arena, digits / 2, 1);

	if (script == NULL)
		return bt_oom(err, NULL);
	if (prevout == NULL)
		return bt_fail(err, -EPROTO,
			"an input without prevout: the node keeps no undo data of this block");
	if (!read_u32(&coin->height, prevout, "height", 0) || coin->height > INT32_MAX ||
		!read_amount(&coin->amount, json_object_get(prevout, "value")) ||
		!bt_hex_read(script, hex, digits))
		return wrong(err, "prevout of an input");
	coin->coinbase = json_is_true(json_object_get(prevout, "generated"));
	coin->script = (struct btc_span){ .p = script, .n = digits / 2 };
	return 0;
}

static int read_coins(
	struct btc_undo_tx *undo, const json_t *tx, struct btc_arena *arena, struct bt_err *err)
{
	const json_t *vin = json_object_get(tx, "vin");
	size_t n = json_array_size(vin);
	struct btc_coin *coins = btc_arena_get(arena, n, sizeof(coins[0]));
	int rc = 0;

	if (coins == NULL)
		return bt_oom(err, NULL);
	for (size_t i = 0; rc == 0 && i < n; i++)
		rc = read_coin(&coins[i], json_array_get(vin, i), arena, err);
	*undo = (struct btc_undo_tx){ .n = (uint32_t)n, .coins = coins };
	return rc;
}

static int read_undo(
	struct btc_span *data, const json_t *block, struct btc_arena *arena, struct bt_err *err)
{
	const json_t *txs = json_object_get(block, "tx");
	size_t n = json_array_size(txs) - 1;
	struct btc_undo_tx *tx = btc_arena_get(arena, n, sizeof(tx[0]));
	struct btc_undo undo = { .n_tx = (uint32_t)n, .tx = tx };
	uint8_t *p;
	int rc = tx != NULL ? 0 : -ENOMEM;

	for (size_t t = 0; rc == 0 && t < n; t++)
		rc = read_coins(&tx[t], json_array_get(txs, t + 1), arena, err);
	if (rc != 0)
		return rc;
	p = btc_arena_get(arena, btc_undo_room(&undo), 1);
	if (p == NULL)
		return bt_oom(err, NULL);
	*data = (struct btc_span){ .p = p, .n = btc_undo_write(p, &undo) };
	return 0;
}

int btc_nodeblock_read(struct btc_span *bytes, struct btc_span *undo, const json_t *block,
	const uint8_t hash[32], struct btc_arena *arena, struct bt_err *err)
{
	int rc = read_bytes(bytes, block, hash, arena, err);

	*undo = (struct btc_span){ .p = NULL };
	if (rc != 0 || json_object_get(block, "previousblockhash") == NULL)
		return rc;
	return read_undo(undo, block, arena, err);
}
