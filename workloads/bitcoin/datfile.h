/*
 * datfile.h: a file of Bitcoin Core's blocks/ directory, blk*.dat or rev*.dat: records of message start, length and payload,
 * obfuscated since Core 28 by eight bytes over and over (xor.dat). Zeros may stand where Core reserved room: they were never
 * written, so they are zeros whatever the key is. One thread at a time.
 */
#ifndef BTC_DATFILE_H
#define BTC_DATFILE_H

#include "base/err.h"
#include "bitcoin/bytes.h"

#define BTC_DAT_KEY_SIZE   8
#define BTC_DAT_FRAME_SIZE 8 /* message start, length */
#define BTC_DAT_WINDOW     ((size_t)64 << 10)

/* What records a file may have. */
struct btc_dat_kind {
	const char *what;     /* "a block" */
	uint32_t least, most; /* bytes of the payload */
	uint32_t tail;        /* bytes behind it that the length leaves out */
};

extern const struct btc_dat_kind btc_dat_blocks, btc_dat_undo;

struct btc_datfile {
	const struct btc_dat_kind *kind;
	const char *path; /* borrowed */
	const char *name; /* for a fault: "rev00000.dat" */
	int fd;
	uint64_t size;
	uint8_t key[BTC_DAT_KEY_SIZE];
	uint8_t magic[4];
	uint8_t *window; /* BTC_DAT_WINDOW bytes, de-obfuscated */
	uint64_t window_at;
	size_t window_n;
	char fault[200]; /* the first bytes that are no record, where and why; empty: none */
};

struct btc_dat_record {
	uint64_t at; /* of the payload */
	uint32_t n;
};

/* Opens for reading. key NULL: plain. 0, a negative errno of opening, -EINVAL when it is no file, or -ENOMEM. */
int btc_datfile_open(struct btc_datfile *f, const struct btc_dat_kind *kind, const char *path,
	const char *name, const uint8_t *key, struct bt_err *err);
void btc_datfile_close(struct btc_datfile *f); /* accepts one that could not be opened */

/* The de-obfuscated bytes of a place: exactly n of them, or -EIO. */
int btc_datfile_read(
	struct btc_datfile *f, uint8_t *out, uint64_t at, size_t n, struct bt_err *err);

/*
 * Finds the next record at or behind *at and moves *at behind it. What is no record is stepped over, as Core does when it
 * imports a file, and told in f->fault. 1 with a record, 0 at the end, -EIO.
 */
int btc_datfile_next(
	struct btc_datfile *f, struct btc_dat_record *record, uint64_t *at, struct bt_err *err);

#endif
