#include "bitcoin/rules/undo.h"

#include <errno.h>

#include "bitcoin/rules/compress.h"
#include "bitcoin/rules/hash.h"

#define COIN_LEAST 3                    /* height, amount, script */
#define COIN_FIXED (3 * BTC_VARINT_MAX) /* room for all but the script */

static int parse_coin(struct btc_coin *coin, struct btc_reader *r, struct btc_arena *arena)
{
	uint32_t origin = (uint32_t)btc_read_varint(r, UINT32_MAX);
	uint8_t room[BTC_SCRIPT_KNOWN_MAX], *copy;

	coin->height = origin >> 1;
	coin->coinbase = origin & 1;
	if (coin->height > 0)
		btc_read_varint(r, UINT32_MAX); /* once the version of the transaction */
	coin->amount = (int64_t)btc_amount_decompress(btc_read_varint(r, UINT64_MAX));
	coin->script = btc_script_decompress(r, room);
	if (coin->script.p != room)
		return 0;
	copy = btc_arena_get(arena, coin->script.n, 1);
	if (copy == NULL)
		return -ENOMEM;
	memcpy(copy, room, coin->script.n);
	coin->script.p = copy;
	return 0;
}

static int parse_tx(struct btc_undo_tx *tx, struct btc_reader *r, struct btc_arena *arena)
{
	struct btc_coin *coins;
	int rc = 0;

	tx->n = (uint32_t)btc_read_count(r, COIN_LEAST);
	coins = btc_arena_get(arena, tx->n, sizeof(coins[0]));
	if (coins == NULL)
		return -ENOMEM;
	tx->coins = coins;
	for (uint32_t i = 0; rc == 0 && r->why == NULL && i < tx->n; i++)
		rc = parse_coin(&coins[i], r, arena);
	return rc;
}

int btc_undo_parse(struct btc_undo *undo, struct btc_reader *r, struct btc_arena *arena)
{
	struct btc_undo_tx *tx;
	int rc = 0;

	undo->n_tx = (uint32_t)btc_read_count(r, 1);
	tx = btc_arena_get(arena, undo->n_tx, sizeof(tx[0]));
	if (tx == NULL)
		return -ENOMEM;
	undo->tx = tx;
	for (uint32_t i = 0; rc == 0 && r->why == NULL && i < undo->n_tx; i++)
		rc = parse_tx(&tx[i], r, arena);
	if (rc != 0)
		return rc;
	if (btc_read_left(r) > 0)
		btc_read_fail(r, "bytes after the last coin");
	return r->why == NULL ? 0 : -EINVAL;
}

size_t btc_undo_room(const struct btc_undo *undo)
{
	size_t n = 9;

	for (uint32_t t = 0; t < undo->n_tx; t++) {
		n += 9;
		for (uint32_t i = 0; i < undo->tx[t].n; i++)
			n += COIN_FIXED + BTC_VARINT_MAX + undo->tx[t].coins[i].script.n;
	}
	return n;
}

static size_t put_coin(uint8_t *p, const struct btc_coin *coin)
{
	size_t n = btc_put_varint(p, (uint64_t)coin->height << 1 | coin->coinbase);

	if (coin->height > 0)
		p[n++] = 0;
	n += btc_put_varint(p + n, btc_amount_compress((uint64_t)coin->amount));
	return n + btc_script_compress(p + n, coin->script);
}

size_t btc_undo_write(uint8_t *out, const struct btc_undo *undo)
{
	size_t n = btc_put_compact(out, undo->n_tx);

	for (uint32_t t = 0; t < undo->n_tx; t++) {
		n += btc_put_compact(out + n, undo->tx[t].n);
		for (uint32_t i = 0; i < undo->tx[t].n; i++)
			n += put_coin(out + n, &undo->tx[t].coins[i]);
	}
	return n;
}

void btc_undo_checksum(uint8_t out[32], const uint8_t prev[32], struct btc_span data)
{
	struct sha256_ctx ctx;

	sha256_init(&ctx);
	sha256_update(&ctx, 32, prev);
	sha256_update(&ctx, data.n, data.p);
	btc_sha256d_end(out, &ctx);
}
