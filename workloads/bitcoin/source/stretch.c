#include "bitcoin/source/stretch.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "bitcoin/rules/block.h"
#include "bitcoin/source/revfile.h"
#include "bitcoin/rules/undo.h"

/* A stretch on its way in. */
struct reading {
	struct btc_stretch *s;
	struct btc_blkset set;
	struct btc_blkindex index;
	const struct btc_wanted *wanted;
	uint32_t base;   /* height of index.chain[0] */
	uint32_t *order; /* numbers of the blocks, file by file */
};

static const struct btc_blk_record *record_of(const struct reading *r, uint32_t i)
{
	return r->index.chain[r->s->first - r->base + i];
}

static int no_memory(const struct reading *r, struct bt_err *err)
{
	return bt_oom(err, "%s: %u blocks", r->set.path, r->s->n);
}

/* One block of the set, parsed. 1 when it cannot be. */
static int peek(struct reading *r, struct btc_block *block, const struct btc_blk_record *record,
	struct btc_arena *arena, struct bt_err *err)
{
	char path[PATH_MAX], name[BTC_BLKSET_NAME];
	struct btc_reader rd = { .at = 0 };
	struct btc_datfile f;
	struct btc_span bytes;
	int rc;

	btc_blkset_name(&r->set, path, sizeof(path), name, "blk", record->file);
	rc = btc_datfile_open(&f, &btc_dat_blocks, path, name, r->set.key, err);
	if (rc == 0)
		rc = btc_blkset_read(&bytes, &f, record, arena, err);
	btc_datfile_close(&f);
	if (rc != 0)
		return rc;
	rd.p = bytes.p;
	rd.size = bytes.n;
	rc = btc_block_parse(block, &rd, arena);
	return rc == -EINVAL ? 1 : rc;
}

/* Where the first block that is there stands in the chain: a pruned node's says so itself
 * (BIP34). */
static int find_base(struct reading *r, struct bt_err *err)
{
	struct btc_arena arena = { .first = NULL };
	struct btc_block block;
	int rc;

	if (r->index.genesis || r->index.n == 0)
		return 0;
	rc = peek(r, &block, r->index.chain[0], &arena, err);
	if (rc >= 0 &&
		(rc > 0 || !btc_block_height(&r->base, &block) || r->base < r->set.params->bip34))
		rc = bt_fail(err, -EINVAL,
			"%s: genesis is not there, and the first block that is does not say at "
			"which height it stands (BIP34)",
			r->set.path);
	btc_arena_fini(&arena);
	return rc;
}

static void tell_garbage(struct reading *r, const char *fault)
{
	r->s->end = BTC_END_GARBAGE;
	snprintf(r->s->end_text, sizeof(r->s->end_text), "%s", fault);
}

static void tell_orphan(struct reading *r)
{
	const struct btc_blk_record *orphan = r->index.orphan;
	char prev[BTC_HEX_SIZE], path[PATH_MAX], name[BTC_BLKSET_NAME];

	btc_blkset_name(&r->set, path, sizeof(path), name, "blk", orphan->file);
	btc_hash_hex(prev, orphan->header + 4);
	r->s->end = orphan->damaged ? BTC_END_GARBAGE : BTC_END_ORPHAN;
	snprintf(r->s->end_text, sizeof(r->s->end_text), "block at byte %llu of %s: %sno parent %s",
		(unsigned long long)orphan->offset, name, orphan->damaged ? "damaged, and " : "",
		prev);
}

/* Finds undo data of a block by itself. 1 when there are any. */
static int has_undo(struct reading *r, const struct btc_blk_record *record, struct bt_err *err)
{
	char path[PATH_MAX], name[BTC_BLKSET_NAME], lack[200];
	struct btc_arena arena = { .first = NULL };
	struct btc_revfile rev;
	struct btc_span data;
	int rc;

	btc_blkset_name(&r->set, path, sizeof(path), name, "rev", record->file);
	rc = btc_revfile_open(&rev, path, name, r->set.key, r->set.params, err);
	if (rc == 0)
		rc = btc_revfile_find(
			&rev, &data, lack, record->header + 4, record->n_tx - 1, &arena, err);
	btc_revfile_close(&rev);
	btc_arena_fini(&arena);
	return rc == -ENOENT ? 0 : rc;
}

/*
 * Where work is cheap, a damaged header can pass for a block of its own: the tip, whose child then
 * names another parent. When that child's undo data vouch for the child's header, it is the tip
 * that is not what it was.
 */
static int disown_tip(struct reading *r, struct bt_err *err)
{
	const struct btc_blk_record *orphan = r->index.orphan;
	struct btc_arena arena = { .first = NULL };
	struct btc_block block;
	uint32_t height;
	int rc;

	if (!r->set.dir || r->index.n < 2 || orphan->n_tx == 0)
		return 0;
	rc = peek(r, &block, orphan, &arena, err);
	if (rc == 0 && btc_block_height(&height, &block) && height == r->base + r->index.n)
		rc = has_undo(r, orphan, err);
	else if (rc == 1)
		rc = 0;
	btc_arena_fini(&arena);
	if (rc == 1)
		r->index.n--;
	return BT_MIN(rc, 0);
}

/* Everything that was skipped, also for a run that ends early. */
static void tell_skipped(struct reading *r)
{
	if (r->set.places == 1)
		snprintf(r->s->skipped, sizeof(r->s->skipped), "%llu bytes at %s",
			(unsigned long long)r->set.skipped, r->set.where);
	else if (r->set.places > 1)
		snprintf(r->s->skipped, sizeof(r->s->skipped), "%llu bytes in %u places from %s",
			(unsigned long long)r->set.skipped, r->set.places, r->set.where);
}

/* Faults in files before the first one read concern blocks that are not asked for. */
static int find_end(struct reading *r, struct bt_err *err)
{
	uint32_t from = UINT32_MAX;
	const char *fault = NULL;
	int rc = 0;

	for (uint32_t i = r->wanted->from - BT_MIN(r->wanted->from, r->base); i < r->index.n; i++)
		from = BT_MIN(from, r->index.chain[i]->file);
	for (uint32_t i = 0; i < r->set.n_files && fault == NULL; i++)
		if (i >= from || i + 1 == r->set.n_files || r->index.orphan != NULL)
			fault = r->set.files[i].fault;
	if (r->index.orphan != NULL) {
		rc = disown_tip(r, err);
		tell_orphan(r);
	}
	if (fault != NULL)
		tell_garbage(r, fault);
	return rc;
}

/* Cuts what is wanted out of the chain. */
static int choose(struct reading *r, struct bt_err *err)
{
	uint32_t end = r->base + r->index.n, count = r->wanted->count;
	struct btc_stretch *s = r->s;

	s->first = r->wanted->from == 0 ? r->base : r->wanted->from;
	if (s->first > 0 && !r->set.dir)
		return bt_fail(err, -EINVAL,
			"%s: a file of blocks begins at height 0, not at %u: give the directory "
			"that "
			"it stands in, with its undo data",
			r->set.path, s->first);
	if (s->first > 0 && r->index.n == 0)
		return bt_fail(
			err, -EINVAL, "%s: genesis is not there: %s", r->set.path, s->end_text);
	if (s->first < r->base || (s->first > 0 && s->first >= end))
		return bt_fail(err, -EINVAL, "%s: height %u is not there, only %u to %u%s%s",
			r->set.path, s->first, r->base, end - 1,
			s->end != BTC_END_WANTED ? ": " : "", s->end_text);
	s->n = end - s->first;
	if (count > 0 && count < s->n) {
		s->n = count;
		s->end = BTC_END_WANTED;
	}
	return 0;
}

int btc_stretch_fits(const char *whence, uint32_t n, uint64_t bytes, struct bt_err *err)
{
	uint64_t most = (uint64_t)sysconf(_SC_PHYS_PAGES) * (uint64_t)sysconf(_SC_PAGESIZE) / 2;

	if (bytes <= most)
		return 0;
	return bt_fail(err, -EFBIG,
		"%s: %u blocks of %llu MiB together do not fit into half of the memory (%llu MiB): "
		"give --from-height and --count",
		whence, n, (unsigned long long)(bytes >> 20), (unsigned long long)(most >> 20));
}

static int check_memory(const struct reading *r, struct bt_err *err)
{
	uint64_t bytes = 0;

	for (uint32_t i = 0; i < r->s->n; i++)
		bytes += record_of(r, i)->n;
	return btc_stretch_fits(r->set.path, r->s->n, bytes, err);
}

static int keep_headers(struct reading *r, struct bt_err *err)
{
	struct btc_stretch *s = r->s;
	uint8_t *copy;

	s->n_headers = s->first - r->base;
	s->blocks = btc_arena_get(&s->arena, s->n, sizeof(s->blocks[0]));
	s->headers = btc_arena_get(&s->arena, s->n_headers, sizeof(s->headers[0]));
	copy = btc_arena_get(&s->arena, s->n_headers, BTC_HEADER_SIZE);
	if (s->blocks == NULL || s->headers == NULL || copy == NULL)
		return no_memory(r, err);
	memset(s->blocks, 0, s->n * sizeof(s->blocks[0]));
	for (uint32_t i = 0; i < s->n_headers; i++, copy += BTC_HEADER_SIZE) {
		memcpy(copy, r->index.chain[i]->header, BTC_HEADER_SIZE);
		s->headers[i] = copy;
	}
	return 0;
}

static int by_file(const void *a, const void *b, void *arg)
{
	const uint32_t *x = a, *y = b;
	const struct reading *r = arg;
	uint32_t fx = record_of(r, *x)->file, fy = record_of(r, *y)->file;

	if (fx != fy)
		return fx < fy ? -1 : 1;
	return (*x > *y) - (*x < *y);
}

static int read_blocks(struct reading *r, const uint32_t *order, uint32_t n, struct bt_err *err)
{
	char path[PATH_MAX], name[BTC_BLKSET_NAME];
	struct btc_datfile f;
	int rc;

	btc_blkset_name(&r->set, path, sizeof(path), name, "blk", record_of(r, order[0])->file);
	rc = btc_datfile_open(&f, &btc_dat_blocks, path, name, r->set.key, err);
	for (uint32_t i = 0; rc == 0 && i < n; i++)
		rc = btc_blkset_read(&r->s->blocks[order[i]].bytes, &f, record_of(r, order[i]),
			&r->s->arena, err);
	btc_datfile_close(&f);
	return rc;
}

static int lack(struct reading *r, uint32_t i, const char *why, struct bt_err *err)
{
	size_t n = strlen(why) + 1;
	char *copy = btc_arena_get(&r->s->arena, n, 1);

	if (copy == NULL)
		return no_memory(r, err);
	memcpy(copy, why, n);
	r->s->blocks[i].lack = copy;
	return 0;
}

/* The first block that lacks its undo data ends the run, so those behind it are not looked for. */
static int find_undo(struct reading *r, struct btc_revfile *rev, const uint32_t *order, uint32_t n,
	struct bt_err *err)
{
	char why[200];

	for (uint32_t i = 0; i < n; i++) {
		struct btc_stretch_block *b = &r->s->blocks[order[i]];
		const struct btc_blk_record *record = record_of(r, order[i]);
		int rc;

		if (r->s->first + order[i] == 0)
			continue; /* Core keeps none of genesis */
		rc = btc_revfile_find(rev, &b->undo, why, record->header + 4, record->n_tx - 1,
			&r->s->arena, err);
		if (rc <= 0)
			return rc < 0 ? rc : lack(r, order[i], why, err);
	}
	return 0;
}

static int read_undo(struct reading *r, const uint32_t *order, uint32_t n, struct bt_err *err)
{
	char path[PATH_MAX], name[BTC_BLKSET_NAME], why[BTC_BLKSET_NAME + 16];
	struct btc_revfile rev;
	int rc;

	if (!r->set.dir)
		return 0;
	btc_blkset_name(&r->set, path, sizeof(path), name, "rev", record_of(r, order[0])->file);
	rc = btc_revfile_open(&rev, path, name, r->set.key, r->set.params, err);
	if (rc == 0)
		rc = find_undo(r, &rev, order, n, err);
	btc_revfile_close(&rev);
	if (rc != -ENOENT)
		return rc;
	if (r->s->first == 0 && !r->set.undo)
		return 0; /* as in a file of blocks: no data are missing */
	snprintf(why, sizeof(why), "no %s", name);
	for (uint32_t i = 0; i < n; i++)
		if (r->s->first + order[i] > 0)
			return lack(r, order[i], why, err);
	return 0;
}

/* File by file, as far as one has blocks of the stretch. */
static int read_files(struct reading *r, struct bt_err *err)
{
	uint32_t n = r->s->n, run;
	int rc = 0;

	r->order = calloc(n + 1, sizeof(r->order[0]));
	if (r->order == NULL)
		return no_memory(r, err);
	for (uint32_t i = 0; i < n; i++)
		r->order[i] = i;
	qsort_r(r->order, n, sizeof(r->order[0]), by_file, r);
	for (uint32_t i = 0; rc == 0 && i < n; i += run) {
		uint32_t file = record_of(r, r->order[i])->file;

		for (run = 1; i + run < n && record_of(r, r->order[i + run])->file == file;)
			run++;
		rc = read_blocks(r, r->order + i, run, err);
		if (rc == 0)
			rc = read_undo(r, r->order + i, run, err);
		if (r->set.dir)
			btc_progress_tell(&r->wanted->progress, "blocks read", i + run, n);
	}
	return rc;
}

/* Only a directory whose first files are gone is a pruned node's. */
static int build_index(struct reading *r, struct bt_err *err)
{
	bool pruned = r->set.dir && r->set.files[0].number > 0;

	return btc_blkindex_build(&r->index, r->set.records, r->set.n, r->set.params, pruned, err);
}

int btc_stretch_read(struct btc_stretch *s, const char *path, const struct btc_wanted *wanted,
	struct bt_err *err)
{
	struct reading r = { .s = s, .wanted = wanted };
	int rc;

	*s = (struct btc_stretch){ .n = 0 };
	rc = btc_blkset_open(&r.set, path, wanted->params, &wanted->progress, err);
	s->params = r.set.params;
	if (rc == 0)
		rc = build_index(&r, err);
	if (rc == 0)
		rc = find_base(&r, err);
	tell_skipped(&r);
	if (rc == 0)
		rc = find_end(&r, err);
	if (rc == 0)
		rc = choose(&r, err);
	if (rc == 0)
		rc = check_memory(&r, err);
	if (rc == 0)
		rc = keep_headers(&r, err);
	if (rc == 0)
		rc = read_files(&r, err);
	free(r.order);
	btc_blkindex_fini(&r.index);
	btc_blkset_close(&r.set);
	return rc == 0 ? btc_stretch_measure(s, err) : rc;
}

/* A block or undo data that cannot be parsed will be refused when their turn comes. */
static int measure_block(
	struct btc_stretch *s, const struct btc_stretch_block *b, struct btc_arena *arena)
{
	struct btc_reader r = { .p = b->bytes.p, .size = b->bytes.n };
	struct btc_block block;
	int rc;

	btc_arena_reset(arena);
	rc = btc_block_parse(&block, &r, arena);
	for (uint32_t t = 0; rc == 0 && t < block.n_tx; t++) {
		s->room.coins += block.tx[t].n_out;
		s->room.foreign += s->first > 0 ? block.tx[t].n_in : 0;
	}
	s->room.block_bytes = BT_MAX(s->room.block_bytes, b->bytes.n + b->undo.n);
	return rc == -EINVAL ? 0 : rc;
}

int btc_stretch_measure(struct btc_stretch *s, struct bt_err *err)
{
	struct btc_arena arena = { .first = NULL };
	int rc = 0;

	s->room.blocks = s->first + s->n;
	for (uint32_t i = 0; rc == 0 && i < s->n; i++)
		rc = measure_block(s, &s->blocks[i], &arena);
	btc_arena_fini(&arena);
	return rc == 0 ? 0 : bt_fail(err, rc, "%u blocks: out of memory", s->n);
}

void btc_stretch_fini(struct btc_stretch *s)
{
	btc_arena_fini(&s->arena);
	s->n = 0;
}
