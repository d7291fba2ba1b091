/*
 * Writes inputs for the fuzz targets to begin with: `seeds PATH DIRECTORY`, PATH being blocks as
 * bitcoin.block takes them. They come to stand in DIRECTORY/tx, block, script, rev and blk, which
 * must be there.
 */
#include "fuzz.h"

#include <stdio.h>
#include <stdlib.h>

#include "bitcoin/rules/block.h"
#include "bitcoin/source/stretch.h"
#include "bitcoin/rules/undo.h"

#define EVERY_BLOCK 7 /* so that the whole of a chain is in it without all of it */
#define EVERY_TX    3

static const char *directory;

static FILE *create(const char *target)
{
	static unsigned n;
	char path[4096];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s/%05u", directory, target, n++);
	f = fopen(path, "wb");
	if (f == NULL) {
		perror(path);
		exit(1);
	}
	return f;
}

static void put(FILE *f, const void *p, size_t n)
{
	if (n > 0 && fwrite(p, 1, n, f) != n)
		abort();
}

static void put_le(FILE *f, uint64_t v, size_t n)
{
	uint8_t b[8];

	btc_put_le64(b, v);
	put(f, b, n);
}

static void put_span(FILE *f, struct btc_span s)
{
	uint8_t b[9];

	put(f, b, btc_put_compact(b, s.n));
	put(f, s.p, s.n);
}

static void write_script(const struct btc_in *in, const struct btc_coin *coin)
{
	FILE *f = create("script");
	uint8_t count[9];

	put_le(f, (1u << BTC_VERIFY_BITS) - 1, 4);
	put_le(f, (uint64_t)coin->amount, 8);
	put_span(f, in->script);
	put_span(f, coin->script);
	put(f, count, btc_put_compact(count, in->n_witness));
	for (uint32_t i = 0; i < in->n_witness; i++)
		put_span(f, in->witness[i]);
	fclose(f);
}

static void write_tx(const struct btc_tx *tx, const struct btc_undo_tx *undo)
{
	FILE *f = create("tx");

	put(f, tx->raw.p, tx->raw.n);
	fclose(f);
	for (uint32_t i = 0; undo != NULL && i < undo->n; i++)
		write_script(&tx->in[i], &undo->coins[i]);
}

/* The block target connects every block at one height, which is then that of the coins made in the
 * block. */
static struct btc_span moved(const struct btc_undo *undo, uint32_t height, struct btc_arena *arena)
{
	struct btc_undo_tx *tx = btc_arena_get(arena, undo->n_tx, sizeof(tx[0]));
	struct btc_undo copy = { .n_tx = undo->n_tx, .tx = tx };
	uint8_t *bytes = btc_arena_get(arena, btc_undo_room(undo), 1);

	if (tx == NULL || bytes == NULL)
		abort();
	for (uint32_t t = 0; t < undo->n_tx; t++) {
		uint32_t n = undo->tx[t].n;
		struct btc_coin *coins = btc_arena_get(arena, n, sizeof(coins[0]));

		if (coins == NULL)
			abort();
		memcpy(coins, undo->tx[t].coins, n * sizeof(coins[0]));
		for (uint32_t i = 0; i < n; i++)
			if (coins[i].height == height)
				coins[i].height = BTC_FUZZ_HEIGHT;
		tx[t] = (struct btc_undo_tx){ .n = n, .coins = coins };
	}
	return (struct btc_span){ .p = bytes, .n = btc_undo_write(bytes, &copy) };
}

static void write_block(const struct btc_stretch_block *b, struct btc_span undo)
{
	FILE *f = create("block");

	put_le(f, b->bytes.n, 4);
	put(f, b->bytes.p, b->bytes.n);
	put(f, undo.p, undo.n);
	fclose(f);
}

/* A file of two records, not obfuscated. */
static void write_rev(const struct btc_stretch *s, uint32_t from)
{
	FILE *f = create("rev");
	uint8_t sum[32];

	put_le(f, 0, 8);
	for (uint32_t i = from; i < from + 2 && i < s->n; i++) {
		put(f, btc_chainparams(BTC_REGTEST)->magic, 4);
		put_le(f, s->blocks[i].undo.n, 4);
		put(f, s->blocks[i].undo.p, s->blocks[i].undo.n);
		btc_undo_checksum(sum, s->blocks[i].bytes.p + 4, s->blocks[i].undo);
		put(f, sum, sizeof(sum));
	}
	fclose(f);
}

/* A file of blocks of regtest, whole, or with one framed twice or cut. */
static void write_blk(const struct btc_stretch *s)
{
	for (unsigned kind = 0; kind < 3; kind++) {
		FILE *f = create("blk");

		put_le(f, 0, 8);
		for (uint32_t i = 0; i < 6 && i < s->n; i++) {
			size_t n = s->blocks[i].bytes.n;

			for (unsigned copy = 0; copy < (i == 3 && kind > 0 ? 2u : 1u); copy++) {
				put(f, btc_chainparams(BTC_REGTEST)->magic, 4);
				put_le(f, n, 4);
				if (i == 3 && copy == 0 && kind > 0)
					put(f, s->blocks[i].bytes.p, kind == 1 ? 0 : n / 2);
				else
					put(f, s->blocks[i].bytes.p, n);
			}
		}
		fclose(f);
	}
}

static void write_all(const struct btc_stretch *s, uint32_t i, struct btc_arena *arena)
{
	const struct btc_stretch_block *b = &s->blocks[i];
	struct btc_reader r = { .p = b->bytes.p, .size = b->bytes.n };
	struct btc_reader u = { .p = b->undo.p, .size = b->undo.n };
	struct btc_undo undo = { .n_tx = 0 };
	struct btc_block block;

	if (btc_block_parse(&block, &r, arena) != 0 ||
		(b->undo.p != NULL && btc_undo_parse(&undo, &u, arena) != 0))
		exit(1);
	write_block(b, moved(&undo, s->first + i, arena));
	if (b->undo.p != NULL)
		write_rev(s, i);
	for (uint32_t t = 0; t < block.n_tx; t += EVERY_TX)
		write_tx(&block.tx[t], t > 0 && t <= undo.n_tx ? &undo.tx[t - 1] : NULL);
}

int main(int argc, char **argv)
{
	struct btc_wanted wanted = { .from = 0 };
	struct btc_arena arena = { .first = NULL };
	struct btc_stretch s;
	struct bt_err err = { .code = 0 };

	if (argc != 3 || btc_stretch_read(&s, argv[1], &wanted, &err) != 0) {
		fprintf(stderr, "usage: seeds BLOCKS DIRECTORY\n%s\n", err.msg);
		return 2;
	}
	directory = argv[2];
	write_blk(&s);
	for (uint32_t i = 0; i < s.n; i += EVERY_BLOCK) {
		btc_arena_reset(&arena);
		write_all(&s, i, &arena);
	}
	btc_arena_fini(&arena);
	btc_stretch_fini(&s);
	return 0;
}
