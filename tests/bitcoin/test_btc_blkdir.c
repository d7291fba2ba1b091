/* Directories of blocks with undo data: the order of things in them, stretches, and one byte of
 * them changed. */
#include "cm.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "btc_dir.h"
#include "btc_ride.h"
#include "bitcoin/rules/undo.h"

#define BLOCKS 125
#define STEP   97
#define EVERY  50 /* so many changes are tried with two blocks for one with the whole chain */

static const uint8_t some_key[8] = { 0xfd, 0x62, 0x8b, 0x41, 0x67, 0xa9, 0x04, 0x7f };
static struct btc_miner miner;

/* A record in a file, and the block it belongs to. */
struct place {
	size_t from, to;
	uint32_t height;
};

static void option_number(struct btc_ride *r, const char *option, char text[16], uint32_t v)
{
	snprintf(text, 16, "%u", v);
	btc_ride_set(r, option, text);
}

static struct btc_ride_end ride(
	struct btc_ride *r, const char *path, uint32_t from, uint32_t count, uint64_t most)
{
	char from_text[16], count_text[16];

	btc_ride_init(r);
	btc_ride_set(r, "blocks", path);
	option_number(r, "from-height", from_text, from);
	option_number(r, "count", count_text, count);
	return btc_ride_to_end(r, most);
}

static void accepts(const char *path, uint32_t from, uint32_t count, uint32_t blocks)
{
	struct btc_ride r;
	struct btc_ride_end end = ride(&r, path, from, count, 2 * blocks + 1);

	if (end.prepared != 0)
		fail_msg("%s from %u: %s", path, from, r.err.msg);
	if (end.error_class != NULL)
		fail_msg("%s from %u: %s: %s", path, from, end.error_class, btc_last_note);
	assert_int_equal(end.done, 2 * blocks + 1);
}

static void refuses_at(const char *path, uint32_t from, uint32_t height, const char *error_class)
{
	struct btc_ride r;
	struct btc_ride_end end = ride(&r, path, from, 0, BLOCKS + 1);

	assert_int_equal(end.prepared, 0);
	assert_int_equal(from + end.done, height);
	assert_string_equal(end.error_class, error_class);
}

static void cannot_be_run(const char *path, uint32_t from, int code, const char *says)
{
	struct btc_ride r;
	struct btc_ride_end end = ride(&r, path, from, 0, 1);

	assert_int_equal(end.prepared, code);
	if (strstr(r.err.msg, says) == NULL)
		fail_msg("\"%s\" does not say \"%s\"", r.err.msg, says);
}

/* The chain in one file each, in order. */
static void plain_dir(struct btc_dir *d, const uint8_t *key)
{
	btc_dir_open(d, key);
	for (uint32_t h = 0; h < BLOCKS; h++)
		btc_dir_add(d, &miner, h, 0);
}

static void a_directory_of_one_file_each_is_accepted_from_genesis(void **unused)
{
	struct btc_dir d;

	(void)unused;
	plain_dir(&d, NULL);
	accepts(d.path, 0, 0, BLOCKS);
	btc_dir_close(&d);
}

static void an_obfuscated_one_with_room_at_the_end_is_accepted(void **unused)
{
	struct btc_dir d;

	(void)unused;
	plain_dir(&d, some_key);
	btc_dir_reserve(&d, "blk00000.dat", 200000);
	btc_dir_reserve(&d, "rev00000.dat", 100000);
	accepts(d.path, 0, 0, BLOCKS);
	btc_dir_close(&d);
}

static void blocks_may_stand_in_any_order_in_several_files(void **unused)
{
	struct btc_dir d;

	(void)unused;
	btc_dir_open(&d, some_key);
	for (uint32_t i = 0; i < BLOCKS; i++) {
		uint32_t h = i * 48 % BLOCKS; /* 48 and 125 have no divisor in common */

		btc_dir_add(&d, &miner, h, h % 3 == 0 ? 7 : h % 2);
	}
	accepts(d.path, 0, 0, BLOCKS);
	accepts(d.path, 113, 5, 5);
	btc_dir_close(&d);
}

static void any_stretch_is_accepted(void **unused)
{
	struct btc_dir d;

	(void)unused;
	plain_dir(&d, some_key);
	for (uint32_t from = 1; from < BLOCKS; from += from < 105 ? 13 : 1)
		accepts(d.path, from, 0, BLOCKS - from);
	accepts(d.path, 0, 3, 3);
	accepts(d.path, 112, 7, 7);
	cannot_be_run(d.path, BLOCKS, -EINVAL, "height 125 is not there, only 0 to 124");
	btc_dir_close(&d);
}

static void a_pruned_directory_is_accepted_from_its_first_block(void **unused)
{
	struct btc_dir d;

	(void)unused;
	btc_dir_open(&d, some_key);
	for (uint32_t h = 50; h < BLOCKS; h++)
		btc_dir_add(&d, &miner, h, 4 + h / 100);
	accepts(d.path, 0, 0, BLOCKS - 50);
	accepts(d.path, 115, 0, BLOCKS - 115);
	cannot_be_run(d.path, 49, -EINVAL, "height 49 is not there, only 50 to 124");
	btc_dir_close(&d);
}

static void a_block_beside_the_chain_and_its_undo_data_are_left_out(void **unused)
{
	struct btc_mine_block b;
	struct btc_span side, undo = { .p = (const uint8_t *)"", .n = 1 };
	struct btc_miner fork = miner;
	struct btc_dir d;
	uint8_t sum[32];

	(void)unused;
	fork.arena = (struct btc_arena){ .first = NULL };
	fork.height = 20;
	btc_sha256d(fork.tip, fork.blocks[19].p, BTC_HEADER_SIZE);
	btc_mine_begin(&fork, &b);
	b.header.time = btc_le32(fork.blocks[20].p + 68) + 1;
	side = btc_mine_seal(&fork, &b);
	btc_dir_open(&d, NULL);
	for (uint32_t h = 0; h < BLOCKS; h++) {
		if (h == 30) {
			btc_undo_checksum(sum, side.p + 4, undo);
			btc_dir_append(&d, "blk00000.dat", side, NULL, 0);
			btc_dir_append(&d, "rev00000.dat", undo, sum, sizeof(sum));
		}
		btc_dir_add(&d, &miner, h, 0);
	}
	accepts(d.path, 0, 0, BLOCKS);
	btc_dir_close(&d);
	btc_arena_fini(&fork.arena);
}

static void undo_data_that_are_missing_are_missed_at_their_block(void **unused)
{
	struct btc_dir d;

	(void)unused;
	btc_dir_open(&d, some_key);
	for (uint32_t h = 0; h < BLOCKS; h++)
		btc_dir_add(&d, &miner, h, h / 60);
	unlink(btc_dir_file(&d, "rev00001.dat"));
	refuses_at(d.path, 0, 60, "invalid-undo-data");
	assert_non_null(strstr(btc_last_note, "no rev00001.dat"));
	unlink(btc_dir_file(&d, "rev00000.dat"));
	refuses_at(d.path, 0, 1, "invalid-undo-data");
	refuses_at(d.path, 40, 40, "invalid-undo-data");
	btc_dir_close(&d);
}

static void a_directory_without_any_undo_data_is_accepted_from_genesis(void **unused)
{
	struct btc_dir d;

	(void)unused;
	plain_dir(&d, some_key);
	unlink(btc_dir_file(&d, "rev00000.dat"));
	accepts(d.path, 0, 0, BLOCKS);
	refuses_at(d.path, 40, 40, "invalid-undo-data");
	assert_non_null(strstr(btc_last_note, "no rev00000.dat"));
	btc_dir_close(&d);
}

/* A stretch of a file: text, or the first n bytes of a block in its frame, whose length may be a
 * wrong one. */
struct piece {
	const char *text;
	uint32_t n, len;
};

#define MAGIC "\xfa\xbf\xb5\xda"
#define TEXT(s)                     \
	{                           \
		s, sizeof(s) - 1, 0 \
	}
#define CUT(n)             \
	{                  \
		NULL, n, 0 \
	}
#define FRAME CUT(8)
#define WHOLE                       \
	{                           \
		NULL, UINT32_MAX, 0 \
	}
#define LENGTH(n)                   \
	{                           \
		NULL, UINT32_MAX, n \
	}
#define ONE UINT32_MAX /* as long as the block in its frame */

/* What stands where one block should, and how many bytes of it are skipped. Core leaves such things
 * behind a crash. */
static const struct damage {
	const char *name;
	struct piece pieces[4];
	uint32_t skipped;
} damages[] = {
	{ "framed twice", { FRAME, WHOLE }, 8 },
	{ "framed three times", { FRAME, FRAME, WHOLE }, 16 },
	{ "half a frame", { CUT(5), WHOLE }, 5 },
	{ "cut in the header", { CUT(60), WHOLE }, 60 },
	{ "cut behind the header", { CUT(88), WHOLE }, 88 },
	{ "cut in a transaction", { CUT(150), WHOLE }, 150 },
	{ "cut twice", { CUT(150), CUT(100), WHOLE }, 250 },
	{ "whole, then cut", { WHOLE, CUT(150) }, 150 },
	{ "garbage", { TEXT("no block"), WHOLE }, 8 },
	{ "magic in garbage", { TEXT("no" MAGIC "\x60\0\0\0block"), WHOLE }, 15 },
	{ "magic alone", { TEXT(MAGIC MAGIC MAGIC), WHOLE }, 12 },
	{ "zeros that were written", { TEXT("\0\0\0\0\0\0\0\0\0\0"), WHOLE }, 10 },
	{ "length too large", { LENGTH(300000), WHOLE }, ONE },
	{ "length huge", { LENGTH(0x7fffffff), WHOLE }, ONE },
	{ "length negative", { LENGTH(UINT32_MAX), WHOLE }, ONE },
	{ "length below a header", { LENGTH(1), WHOLE }, ONE },
	{ "length a little too large", { LENGTH(1000), WHOLE }, ONE },
	{ "length a little too small", { LENGTH(100), WHOLE }, ONE },
	{ "a copy", { WHOLE, WHOLE }, 0 },
};

static size_t put_piece(
	const struct btc_dir *d, const char *name, const struct piece *piece, struct btc_span block)
{
	size_t n = BT_MIN((size_t)piece->n, 8 + block.n);
	uint8_t *p;

	if (piece->text != NULL) {
		btc_dir_raw(d, name, (const uint8_t *)piece->text, piece->n);
		return piece->n;
	}
	p = malloc(8 + block.n);
	assert_non_null(p);
	memcpy(p, MAGIC, 4);
	btc_put_le32(p + 4, piece->len > 0 ? piece->len : (uint32_t)block.n);
	memcpy(p + 8, block.p, block.n);
	btc_dir_raw(d, name, p, n);
	free(p);
	return n;
}

/* The chain in one file, with something else in the place of one block. Returns where that
 * begins. */
static size_t write_damage(struct btc_dir *d, const struct damage *row, uint32_t at)
{
	static const struct piece whole = WHOLE;
	size_t place = 0;

	btc_dir_open(d, some_key);
	for (uint32_t h = 0; h < at; h++)
		place += put_piece(d, "blk00000.dat", &whole, miner.blocks[h]);
	for (unsigned i = 0; i < BT_LEN(row->pieces) && row->pieces[i].n > 0; i++)
		put_piece(d, "blk00000.dat", &row->pieces[i], miner.blocks[at]);
	for (uint32_t h = at + 1; h < BLOCKS; h++)
		put_piece(d, "blk00000.dat", &whole, miner.blocks[h]);
	return place;
}

/* All blocks are found, and what was skipped is counted and ends the run. */
static void finds_all(const char *path, const char *name, uint32_t blocks, uint64_t skipped)
{
	struct btc_ride r;
	struct btc_ride_end end = ride(&r, path, 0, 0, blocks + 1);
	char expected[40] = "";

	if (skipped > 0)
		snprintf(expected, sizeof(expected), "%llu bytes ", (unsigned long long)skipped);
	if (end.prepared != 0)
		fail_msg("%s: %s: %s", path, name, r.err.msg);
	if (end.done != blocks + (skipped == 0) ||
		(skipped > 0 && strcmp(end.error_class, "malformed-block") != 0) ||
		strncmp(r.meter.text[BTC_M_SKIPPED], expected, strlen(expected)) != 0 ||
		(skipped == 0) != (r.meter.text[BTC_M_SKIPPED][0] == '\0'))
		fail_msg("%s: %s: %llu blocks, skipped '%s', expected '%s': %s: %s", path, name,
			(unsigned long long)end.done, r.meter.text[BTC_M_SKIPPED], expected,
			end.error_class != NULL ? end.error_class : "-", btc_last_note);
}

static void what_a_crash_leaves_hides_no_block(void **unused)
{
	static const uint32_t places[] = { 0, 1, 60, BLOCKS - 2, BLOCKS - 1 };

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(damages) * BT_LEN(places); i++) {
		const struct damage *row = &damages[i / BT_LEN(places)];
		uint32_t at = places[i % BT_LEN(places)];
		uint64_t skipped = row->skipped == ONE ? 8 + miner.blocks[at].n : row->skipped;
		struct btc_dir d;

		write_damage(&d, row, at);
		finds_all(d.path, row->name, BLOCKS, skipped);
		finds_all(btc_dir_file(&d, "blk00000.dat"), row->name, BLOCKS, skipped);
		btc_dir_close(&d);
	}
}

static void what_is_skipped_is_told_with_its_place_even_when_the_run_ends_before(void **unused)
{
	struct btc_ride r;
	struct btc_dir d;
	char expected[80];
	size_t place;

	(void)unused;
	place = write_damage(&d, &damages[0], 60);
	ride(&r, d.path, 0, 10, 10);
	snprintf(expected, sizeof(expected), "8 bytes at byte %zu of blk00000.dat", place);
	assert_string_equal(r.meter.text[BTC_M_SKIPPED], expected);
	refuses_at(d.path, 0, BLOCKS, "malformed-block");
	snprintf(expected, sizeof(expected), "byte %zu of blk00000.dat: a block of ", place);
	assert_non_null(strstr(btc_last_note, expected));
	assert_non_null(strstr(btc_last_note, "another begins inside it; 8 bytes skipped"));
	btc_dir_close(&d);
}

/* Size of a file without zeros at its end, which count as room. */
static size_t written_bytes(const struct btc_dir *d, const char *name)
{
	FILE *f = fopen(btc_dir_file(d, name), "rb");
	size_t n = 0, at = 0;

	assert_non_null(f);
	for (int byte; (byte = fgetc(f)) != EOF; at++)
		if (byte != 0)
			n = at + 1;
	fclose(f);
	return n;
}

/* A file that ends anywhere has the blocks before; the next file begins with the one that was
 * cut. */
static void a_file_may_be_cut_at_any_byte(void **unused)
{
	static const struct piece whole = WHOLE;
	uint32_t n = 4, before = 0;
	size_t ends[5] = { 0 };

	(void)unused;
	for (uint32_t h = 0; h < n; h++)
		ends[h + 1] = ends[h] + 8 + miner.blocks[h].n;
	for (size_t at = 4; at < ends[n]; at++) {
		struct piece cut = WHOLE;
		struct btc_dir d;
		size_t skipped;

		before += at == ends[before + 1];
		btc_dir_open(&d, some_key);
		for (uint32_t h = 0; h < before; h++)
			put_piece(&d, "blk00000.dat", &whole, miner.blocks[h]);
		cut.n = (uint32_t)(at - ends[before]);
		if (cut.n > 0)
			put_piece(&d, "blk00000.dat", &cut, miner.blocks[before]);
		skipped = cut.n > 0 ? written_bytes(&d, "blk00000.dat") - ends[before] : 0;
		if (before == 0)
			cannot_be_run(btc_dir_file(&d, "blk00000.dat"), 0, -EINVAL,
				"no readable block: byte 0 of the file");
		else
			finds_all(btc_dir_file(&d, "blk00000.dat"), "cut", before, skipped);
		for (uint32_t h = before; h < n; h++)
			put_piece(&d, "blk00001.dat", &whole, miner.blocks[h]);
		if (before > 0)
			finds_all(d.path, "cut, then the next file", n, skipped);
		else /* nothing of the chain is in the first file */
			accepts(d.path, 0, 0, n);
		btc_dir_close(&d);
	}
}

static void damaged_undo_data_hide_none(void **unused)
{
	struct btc_dir d;

	(void)unused;
	btc_dir_open(&d, some_key);
	for (uint32_t h = 0; h < BLOCKS; h++) {
		struct btc_span undo = { .n = 0 };

		if (h == 30 || h == 119) { /* only the frame, then a part of the data */
			undo = btc_dir_undo(&miner, h);
			put_piece(&d, "rev00000.dat", &(struct piece)FRAME, undo);
			put_piece(&d, "rev00000.dat",
				&(struct piece){ .n = 8 + (uint32_t)undo.n / 2 }, undo);
		}
		btc_dir_add(&d, &miner, h, 0);
	}
	accepts(d.path, 0, 0, BLOCKS);
	accepts(d.path, 25, 10, 10);
	accepts(d.path, 117, 5, 5);
	btc_dir_close(&d);
}

static void a_key_is_used_where_it_fits(void **unused)
{
	static const uint8_t zeros[8];
	struct btc_dir d;

	(void)unused;
	plain_dir(&d, zeros);
	accepts(d.path, 0, 0, BLOCKS);
	accepts(btc_dir_file(&d, "blk00000.dat"), 0, 0, BLOCKS);
	btc_dir_close(&d);
	plain_dir(&d, some_key);
	accepts(btc_dir_file(&d, "blk00000.dat"), 0, 0, BLOCKS);
	assert_int_equal(truncate(btc_dir_file(&d, "xor.dat"), 7), 0);
	cannot_be_run(
		btc_dir_file(&d, "blk00000.dat"), 0, -EINVAL, "xor.dat: shorter than the 8 bytes");
	btc_dir_close(&d);
	plain_dir(&d, NULL);
	btc_dir_raw(&d, "xor.dat", some_key, 8); /* another one's */
	accepts(btc_dir_file(&d, "blk00000.dat"), 0, 0, BLOCKS);
	cannot_be_run(d.path, 0, -EINVAL, "expected the message start");
	unlink(btc_dir_file(&d, "xor.dat"));
	assert_int_equal(mkfifo(btc_dir_file(&d, "xor.dat"), 0600), 0);
	cannot_be_run(d.path, 0, -EINVAL, "xor.dat: is a FIFO; expected a regular file");
	btc_dir_close(&d);
}

static void a_block_that_is_missing_is_missed_at_its_height(void **unused)
{
	struct btc_dir d;

	(void)unused;
	btc_dir_open(&d, some_key);
	for (uint32_t h = 0; h < BLOCKS; h++)
		if (h != 70)
			btc_dir_add(&d, &miner, h, 0);
	refuses_at(d.path, 0, 70, "missing-parent");
	cannot_be_run(d.path, 71, -EINVAL, "only 0 to 69: block at byte");
	btc_dir_close(&d);
	btc_dir_open(&d, some_key);
	for (uint32_t h = 1; h < BLOCKS; h++)
		btc_dir_add(&d, &miner, h, 0);
	refuses_at(d.path, 0, 0, "missing-parent");
	cannot_be_run(d.path, 5, -EINVAL, "genesis is not there: block at byte 8 of blk00000.dat");
	btc_dir_close(&d);
}

static void garbage_is_stepped_over_and_told_at_the_end(void **unused)
{
	struct btc_dir d;

	(void)unused;
	btc_dir_open(&d, some_key);
	for (uint32_t h = 0; h < BLOCKS; h++) {
		btc_dir_add(&d, &miner, h, 0);
		if (h == 60)
			btc_dir_reserve(&d, "blk00000.dat", 70000); /* as nobody wrote it */
	}
	accepts(d.path, 0, 0, BLOCKS);
	btc_dir_flip(&d, "blk00000.dat", 50000, 1);
	accepts(d.path, 0, BLOCKS - 1, BLOCKS - 1);
	refuses_at(d.path, 0, BLOCKS, "malformed-block");
	assert_non_null(strstr(btc_last_note, "of blk00000.dat: message start"));
	btc_dir_close(&d);
}

static void a_directory_that_is_none_of_blocks_cannot_be_run(void **unused)
{
	struct btc_dir d;

	(void)unused;
	btc_dir_open(&d, some_key);
	cannot_be_run(d.path, 0, -EINVAL, "no blk*.dat in it");
	btc_dir_reserve(&d, "blk00000.dat", 1000);
	cannot_be_run(d.path, 0, -EINVAL, "expected the message start");
	assert_int_equal(mkfifo(btc_dir_file(&d, "blk00001.dat"), 0600), 0);
	cannot_be_run(d.path, 0, -EINVAL, "blk00001.dat: is a FIFO; expected a regular file");
	unlink(btc_dir_file(&d, "blk00001.dat"));
	btc_dir_reserve(&d, "blk0.dat", 10); /* a name that Core does not write */
	btc_dir_reserve(&d, "xor.dat", 1);
	cannot_be_run(d.path, 0, -EINVAL, "xor.dat: longer than the 8 bytes expected");
	assert_int_equal(truncate(btc_dir_file(&d, "xor.dat"), 7), 0);
	cannot_be_run(d.path, 0, -EINVAL, "xor.dat: shorter than the 8 bytes expected");
	btc_dir_close(&d);
	cannot_be_run(d.path, 0, -ENOENT, d.path);
}

static void a_file_of_blocks_begins_at_genesis(void **unused)
{
	struct btc_dir d;

	(void)unused;
	plain_dir(&d, NULL);
	accepts(btc_dir_file(&d, "blk00000.dat"), 0, 0, BLOCKS);
	accepts(btc_dir_file(&d, "blk00000.dat"), 0, 10, 10);
	cannot_be_run(btc_dir_file(&d, "blk00000.dat"), 5, -EINVAL, "give the directory");
	btc_dir_close(&d);
}

/* Records of a file and their heights. The chain is in the file in order, its first block at
 * `height`. */
static unsigned find_places(struct place *places, unsigned most, const struct btc_dir *d,
	const char *name, uint32_t height)
{
	size_t tail = strstr(name, "rev0") != NULL ? 32 : 0;
	FILE *f = fopen(btc_dir_file(d, name), "rb");
	size_t at = 0;
	unsigned n = 0;

	assert_non_null(f);
	for (uint8_t head[8]; fread(head, 1, 8, f) == 8; n++) {
		for (unsigned i = 0; i < 8; i++)
			head[i] ^= d->key[(at + i) % 8];
		if (memcmp(head, btc_chainparams(BTC_REGTEST)->magic, 4) != 0)
			break;
		assert_true(n < most);
		places[n].from = at;
		at += 8 + btc_le32(head + 4) + tail;
		places[n].to = at;
		places[n].height = height + n;
		fseek(f, (long)at, SEEK_SET);
	}
	fclose(f);
	return n;
}

/* Changes a byte; the block it belongs to must be refused, and the one before it accepted, or all
 * of them. */
static void flip(const struct btc_dir *d, const char *blocks, const char *name,
	const struct place *place, size_t at, bool all)
{
	uint32_t from = all || place->height == 0 ? 0 : place->height - 1;
	uint8_t bits = (uint8_t)(1 << at % 8);
	struct btc_ride r;
	struct btc_ride_end end;

	btc_dir_flip(d, name, at, bits);
	end = ride(&r, btc_dir_file(d, blocks), from, all ? 0 : 2, place->height + 1);
	btc_dir_flip(d, name, at, bits);
	if (end.prepared != 0)
		fail_msg("byte %zu of %s: %s", at, name, r.err.msg);
	if (from + end.done != place->height || end.error_class == NULL)
		fail_msg("byte %zu of %s, height %u: refused at %llu: %s: %s", at - place->from,
			name, place->height, (unsigned long long)(from + end.done), end.error_class,
			btc_last_note);
}

static unsigned flip_all(
	const struct btc_dir *d, const char *blocks, const char *name, uint32_t height, size_t step)
{
	static struct place places[1000];
	unsigned n = find_places(places, BT_LEN(places), d, name, height), flips = 0, i = 0;

	assert_true(n > 0);
	for (size_t at = 0; at < places[n - 1].to; at += step, flips++) {
		while (at >= places[i].to)
			i++;
		flip(d, blocks, name, &places[i], at, flips % EVERY == 0);
	}
	return flips;
}

static void one_byte_changed_is_refused_in_its_block(void **unused)
{
	struct btc_dir d;

	(void)unused;
	plain_dir(&d, some_key);
	btc_dir_reserve(&d, "blk00000.dat", 3000);
	btc_dir_reserve(&d, "rev00000.dat", 3000);
	flip_all(&d, ".", "blk00000.dat", 0, STEP);
	flip_all(&d, ".", "rev00000.dat", 1, 7);
	btc_dir_close(&d);
}

/* A directory exactly as Bitcoin Core 30 left it. */
static bool unpack_cores_chain(struct btc_dir *d)
{
	const char *shared = getenv("BT_SHARED_DATA");
	char archive[400];

	snprintf(archive, sizeof(archive), "%s/core-regtest-chain.tar.gz", shared ? shared : "");
	if (shared == NULL || access(archive, R_OK) != 0) {
		print_message("BT_SHARED_DATA: no core-regtest-chain.tar.gz there; skipped\n");
		return false;
	}
	btc_dir_open(d, some_key);
	btc_dir_unpack(d, archive);
	return true;
}

static void cores_chain_is_accepted_to_its_tip(void **unused)
{
	struct btc_dir d;
	struct btc_ride r;
	struct btc_ride_end end;

	(void)unused;
	if (!unpack_cores_chain(&d))
		skip();
	end = ride(&r, btc_dir_file(&d, "blocks"), 0, 0, 222);
	if (end.prepared != 0 || end.error_class != NULL)
		fail_msg("%s %s", r.err.msg, btc_last_note);
	assert_int_equal(end.done, 222);
	assert_string_equal(r.meter.text[BTC_M_TIP],
		"33019aab10c817eccaca718b31ef569891cf68641f38840f126ad168c7d0eb37");
	assert_int_equal(r.meter.count[BTC_M_INPUTS], 2326);
	assert_int_equal(r.meter.count[BTC_M_TRANSACTIONS], 1394);
	for (uint32_t from = 1; from < 222; from += 20)
		accepts(btc_dir_file(&d, "blocks"), from, 0, 222 - from);
	btc_dir_close(&d);
}

static void one_byte_of_cores_chain_changed_is_refused_in_its_block(void **unused)
{
	struct btc_dir d;
	unsigned n;

	(void)unused;
	if (!unpack_cores_chain(&d))
		skip();
	assert_int_equal(truncate(btc_dir_file(&d, "blocks/blk00000.dat"), 650000), 0);
	assert_int_equal(truncate(btc_dir_file(&d, "blocks/rev00000.dat"), 94000), 0);
	n = flip_all(&d, "blocks", "blocks/blk00000.dat", 0, STEP);
	n += flip_all(&d, "blocks", "blocks/rev00000.dat", 1, STEP);
	print_message("%u bytes changed, one at a time\n", n);
	btc_dir_close(&d);
}

static int mine(void **unused)
{
	(void)unused;
	btc_mine_init(&miner);
	btc_dir_mine(&miner, BLOCKS);
	return 0;
}

static int drop(void **unused)
{
	(void)unused;
	btc_mine_fini(&miner);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_directory_of_one_file_each_is_accepted_from_genesis),
		cmocka_unit_test(an_obfuscated_one_with_room_at_the_end_is_accepted),
		cmocka_unit_test(blocks_may_stand_in_any_order_in_several_files),
		cmocka_unit_test(any_stretch_is_accepted),
		cmocka_unit_test(a_pruned_directory_is_accepted_from_its_first_block),
		cmocka_unit_test(a_block_beside_the_chain_and_its_undo_data_are_left_out),
		cmocka_unit_test(undo_data_that_are_missing_are_missed_at_their_block),
		cmocka_unit_test(a_directory_without_any_undo_data_is_accepted_from_genesis),
		cmocka_unit_test(what_a_crash_leaves_hides_no_block),
		cmocka_unit_test(
			what_is_skipped_is_told_with_its_place_even_when_the_run_ends_before),
		cmocka_unit_test(a_file_may_be_cut_at_any_byte),
		cmocka_unit_test(damaged_undo_data_hide_none),
		cmocka_unit_test(a_key_is_used_where_it_fits),
		cmocka_unit_test(a_block_that_is_missing_is_missed_at_its_height),
		cmocka_unit_test(garbage_is_stepped_over_and_told_at_the_end),
		cmocka_unit_test(a_directory_that_is_none_of_blocks_cannot_be_run),
		cmocka_unit_test(a_file_of_blocks_begins_at_genesis),
		cmocka_unit_test(one_byte_changed_is_refused_in_its_block),
		cmocka_unit_test(cores_chain_is_accepted_to_its_tip),
		cmocka_unit_test(one_byte_of_cores_chain_changed_is_refused_in_its_block),
	};

	return cmocka_run_group_tests(tests, mine, drop);
}
