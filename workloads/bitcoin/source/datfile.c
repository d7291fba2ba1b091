#include "bitcoin/source/datfile.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/input.h"
#include "bitcoin/rules/hash.h"
#include "bitcoin/rules/pow.h"
#include "bitcoin/rules/undo.h"

#define NEAR    512 /* bytes to read for a look at the next record of a file of large ones */
#define BITS_AT 72  /* in a header */
#define EFFORT  4 /* times the size of a file, how much of it is read again in search of records */

static bool dat_block_begins(
	const uint8_t head[BTC_HEADER_SIZE], const struct btc_chainparams *params)
{
	uint8_t hash[32];

	btc_sha256d(hash, head, BTC_HEADER_SIZE);
	return btc_pow_ok(hash, btc_le32(head + BITS_AT), params);
}

static int dat_block_check(struct btc_span payload, struct btc_arena *arena)
{
	struct btc_reader r = { .p = payload.p, .size = payload.n };
	struct btc_block block;
	uint8_t root[32];
	bool mutated;
	int rc = btc_block_parse(&block, &r, arena);

	if (rc == 0)
		rc = btc_block_merkle_root(root, &mutated, &block, arena);
	if (rc == 0 && memcmp(root, block.header.merkle_root, 32) != 0)
		rc = -EINVAL;
	return rc;
}

static int dat_undo_check(struct btc_span payload, struct btc_arena *arena)
{
	struct btc_reader r = { .p = payload.p, .size = payload.n };
	struct btc_undo undo;

	return btc_undo_parse(&undo, &r, arena);
}

const struct btc_dat_kind btc_dat_blocks = {
	.what = "a block",
	.least = BTC_HEADER_SIZE,
	.most = BTC_MAX_BLOCK_WEIGHT, /* no byte weighs less than one */
	.begins = dat_block_begins,
	.check = dat_block_check,
};

const struct btc_dat_kind btc_dat_undo = {
	.what = "undo data",
	.least = 1,
	.most = BTC_MAX_COMPACT,
	.tail = 32,
	.check = dat_undo_check,
};

int btc_datfile_open(struct btc_datfile *f, const struct btc_dat_kind *kind, const char *path,
	const char *name, const uint8_t *key, struct bt_err *err)
{
	struct stat st;

	*f = (struct btc_datfile){ .kind = kind, .path = path, .name = name };
	f->fd = bt_input_open(path, BT_INPUT_FILE, err);
	if (f->fd < 0)
		return f->fd;
	if (fstat(f->fd, &st) != 0)
		return bt_fail(err, -errno, "%s: %s", path, strerror(errno));
	if (key != NULL)
		memcpy(f->key, key, sizeof(f->key));
	f->size = (uint64_t)st.st_size;
	f->window = malloc(BTC_DAT_WINDOW);
	return f->window != NULL ? 0 : bt_oom(err, "%s", path);
}

void btc_datfile_close(struct btc_datfile *f)
{
	if (f->fd >= 0)
		close(f->fd);
	free(f->window);
	btc_arena_fini(&f->arena);
	f->window = NULL;
	f->fd = -1;
}

static int read_at(struct btc_datfile *f, uint8_t *out, uint64_t at, size_t n, struct bt_err *err)
{
	for (size_t done = 0; done < n;) {
		ssize_t got = pread(f->fd, out + done, n - done, (off_t)(at + done));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return bt_fail(err, -EIO, "%s: byte %llu: %s", f->path,
				(unsigned long long)(at + done),
				got < 0 ? strerror(errno) : "the file has become shorter");
		done += (size_t)got;
	}
	for (size_t i = 0; i < n; i++)
		out[i] ^= f->key[(at + i) % BTC_DAT_KEY_SIZE];
	return 0;
}

int btc_datfile_read(struct btc_datfile *f, uint8_t *out, uint64_t at, size_t n, struct bt_err *err)
{
	if (at < f->window_at || at + n > f->window_at + f->window_n)
		return read_at(f, out, at, n, err);
	memcpy(out, f->window + (at - f->window_at), n);
	return 0;
}

/*
 * The next `want` bytes, as many as the file has of them. Reading that goes on where it was reads
 * far ahead; a jump looks at little more than it must, so that the index of a large directory does
 * not read all of it.
 */
static int look(struct btc_datfile *f, const uint8_t **p, size_t *n, uint64_t at, size_t want,
	struct bt_err *err)
{
	uint64_t end = f->window_at + f->window_n;
	size_t left = (size_t)BT_MIN(f->size - at, (uint64_t)BTC_DAT_WINDOW), ahead;
	int rc = 0;

	want = BT_MIN(want, left);
	if (at < f->window_at || at + want > end) {
		ahead = at <= end ? BTC_DAT_WINDOW : NEAR;
		f->window_at = at;
		f->window_n = BT_MIN(BT_MAX(want, ahead), left);
		rc = read_at(f, f->window, at, f->window_n, err);
	}
	*p = f->window + (at - f->window_at);
	*n = (size_t)(f->window_at + f->window_n - at);
	return rc;
}

static bool was_written(const struct btc_datfile *f, uint64_t at, uint8_t byte)
{
	return byte != f->key[at % BTC_DAT_KEY_SIZE];
}

/* What is wrong with the frame of a record, in words; false when nothing is. */
static bool bad_frame(const struct btc_datfile *f, char *why, size_t size, uint64_t at,
	const uint8_t *p, size_t n)
{
	uint64_t room = f->size - at - BTC_DAT_FRAME_SIZE;
	const uint8_t *magic = f->params->magic;
	uint32_t len;

	if (n < BTC_DAT_FRAME_SIZE) {
		snprintf(why, size, "%zu bytes left, expected a record", n);
		return true;
	}
	len = btc_le32(p + 4);
	if (memcmp(p, magic, 4) != 0)
		snprintf(why, size, "message start %02x%02x%02x%02x, expected %02x%02x%02x%02x",
			p[0], p[1], p[2], p[3], magic[0], magic[1], magic[2], magic[3]);
	else if (len < f->kind->least || len > f->kind->most)
		snprintf(why, size, "%s of %u bytes, expected %u to %u", f->kind->what, len,
			f->kind->least, f->kind->most);
	else if (len + f->kind->tail > room)
		snprintf(why, size, "%s of %u bytes, but only %llu are left", f->kind->what, len,
			(unsigned long long)room);
	else
		return false;
	return true;
}

/* Moves *at to the next message start before `end`, or there. *written: the end of the last byte
 * ever written in between. */
static int seek_magic(
	struct btc_datfile *f, uint64_t *at, uint64_t *written, uint64_t end, struct bt_err *err)
{
	const uint8_t *p;
	size_t n;

	while (*at < end) {
		int rc = look(f, &p, &n, *at, sizeof(f->params->magic), err);

		if (rc != 0)
			return rc;
		for (size_t i = 0; i < n && *at < end; i++, ++*at) {
			if (n - i < 4 && *at + (n - i) < f->size)
				break; /* the rest is in the next window */
			if (n - i >= 4 && memcmp(p + i, f->params->magic, 4) == 0)
				return 0;
			if (was_written(f, *at, p[i]))
				*written = *at + 1;
		}
	}
	return 0;
}

void btc_datfile_skip(struct btc_datfile *f, uint64_t from, uint64_t to, const char *why)
{
	if (to <= from)
		return;
	if (f->places == 0) {
		f->fault_at = from;
		snprintf(f->fault, sizeof(f->fault), "byte %llu of %s: %s; %llu bytes skipped",
			(unsigned long long)from, f->name, why, (unsigned long long)(to - from));
	}
	f->skipped += to - from;
	f->places++;
}

static int step_over(
	struct btc_datfile *f, uint64_t *at, const char *why, bool written, struct bt_err *err)
{
	uint64_t start = *at, last = start + written;
	int rc;

	++*at; /* a good message start in front of a bad length would be found again */
	rc = seek_magic(f, at, &last, f->size, err);
	if (rc == 0)
		btc_datfile_skip(f, start, last, why);
	return rc;
}

int btc_datfile_check(struct btc_datfile *f, uint64_t at, uint32_t n, struct bt_err *err)
{
	uint8_t *p;
	int rc;

	btc_arena_reset(&f->arena);
	p = btc_arena_get(&f->arena, n, 1);
	if (p == NULL)
		return bt_oom(err, "%s", f->path);
	rc = btc_datfile_read(f, p, at, n, err);
	if (rc != 0)
		return rc;
	if (f->kind->begins != NULL && !f->kind->begins(p, f->params))
		return 0;
	rc = f->kind->check((struct btc_span){ .p = p, .n = n }, &f->arena);
	if (rc == -ENOMEM)
		return bt_fail(err, rc, "%s: out of memory", f->path);
	return rc == 0;
}

static uint64_t end_of(const struct btc_datfile *f, const struct btc_dat_record *record)
{
	return record->at + record->n + f->kind->tail;
}

/* A look at both ends of a record. 1 when nothing speaks against it. */
static int seems_sound(
	struct btc_datfile *f, const struct btc_dat_record *record, struct bt_err *err)
{
	uint64_t end = end_of(f, record);
	const uint8_t *p;
	size_t n;
	int rc;

	if (end == f->size ||
		(f->kind->begins != NULL && !f->kind->begins(record->head, f->params)))
		return 0;
	rc = look(f, &p, &n, end, sizeof(f->params->magic), err);
	return rc != 0 ? rc : n >= 4 && memcmp(p, f->params->magic, 4) == 0;
}

/* The first whole record that begins inside a damaged one: 1 with the place of its frame, or 0. */
static int find_inside(struct btc_datfile *f, uint64_t *at, const struct btc_dat_record *record,
	struct bt_err *err)
{
	uint64_t end = end_of(f, record), last = 0;
	int rc = 0;

	for (*at = record->at - BTC_DAT_FRAME_SIZE + 1; rc == 0; ++*at) {
		const uint8_t *p;
		char why[120];
		uint32_t len;
		size_t n;

		rc = seek_magic(f, at, &last, end, err);
		if (rc != 0 || *at >= end || f->tried > EFFORT * f->size)
			return rc;
		rc = look(f, &p, &n, *at, BTC_DAT_FRAME_SIZE + BTC_HEADER_SIZE, err);
		if (rc != 0 || bad_frame(f, why, sizeof(why), *at, p, n))
			continue;
		len = btc_le32(p + 4);
		if (f->kind->begins != NULL && !f->kind->begins(p + BTC_DAT_FRAME_SIZE, f->params))
			continue;
		f->tried += len;
		rc = btc_datfile_check(f, *at + BTC_DAT_FRAME_SIZE, len, err);
		if (rc == 1)
			return 1;
	}
	return rc;
}

/* Takes a record with a good frame, and moves *at behind it: 1. When it hides a whole one: 0, with
 * *at there. */
static int take(
	struct btc_datfile *f, struct btc_dat_record *record, uint64_t *at, struct bt_err *err)
{
	uint64_t start = *at, inner;
	char why[120];
	int rc = seems_sound(f, record, err);

	if (rc == 0)
		rc = btc_datfile_check(f, record->at, record->n, err);
	*at = end_of(f, record);
	if (rc != 0)
		return rc;
	record->damaged = true;
	rc = find_inside(f, &inner, record, err);
	if (rc <= 0)
		return rc < 0 ? rc : 1;
	snprintf(why, sizeof(why), "%s of %u bytes is damaged, and another begins inside it",
		f->kind->what, record->n);
	btc_datfile_skip(f, start, inner, why);
	*at = inner;
	return 0;
}

int btc_datfile_next(
	struct btc_datfile *f, struct btc_dat_record *record, uint64_t *at, struct bt_err *err)
{
	while (*at < f->size) {
		const uint8_t *p;
		char why[120];
		size_t n;
		int rc = look(f, &p, &n, *at, BTC_DAT_FRAME_SIZE + BTC_DAT_HEAD, err);

		if (rc != 0)
			return rc;
		if (bad_frame(f, why, sizeof(why), *at, p, n)) {
			rc = step_over(f, at, why, was_written(f, *at, p[0]), err);
		} else {
			*record = (struct btc_dat_record){ .at = *at + BTC_DAT_FRAME_SIZE,
				.n = btc_le32(p + 4) };
			memcpy(record->head, p + BTC_DAT_FRAME_SIZE,
				BT_MIN((size_t)record->n,
					BT_MIN(n - BTC_DAT_FRAME_SIZE, (size_t)BTC_DAT_HEAD)));
			rc = take(f, record, at, err);
		}
		if (rc != 0)
			return rc;
	}
	return 0;
}
