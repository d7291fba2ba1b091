/*
 * datfile.h: a file of Bitcoin Core's blocks/ directory, blk*.dat or rev*.dat: records of message
 * start, length and payload, obfuscated since Core 28 by eight bytes over and over (xor.dat). Zeros
 * may stand where Core reserved room: they were never written, so they are zeros whatever the key
 * is. One thread at a time.
 *
 * A crash leaves frames without a payload and payloads cut short; Core appends the next record
 * behind them. The length of such a frame then covers the record behind it. So a record counts as
 * sound only when its header meets its target and the next message start follows it. Any other
 * record is read and parsed whole; when it is damaged and a whole record begins inside it, reading
 * resumes there. A directory without damage costs one such read a file, that of its last record.
 */
#ifndef BTC_DATFILE_H
#define BTC_DATFILE_H

#include "base/err.h"
#include "bitcoin/rules/arena.h"
#include "bitcoin/rules/block.h"
#include "bitcoin/rules/chainparams.h"

#define BTC_DAT_KEY_SIZE   8
#define BTC_DAT_FRAME_SIZE 8 /* message start, length */
#define BTC_DAT_WINDOW     ((size_t)64 << 10)

/* What records a file may have. */
struct btc_dat_kind {
	const char *what;     /* "a block" */
	uint32_t least, most; /* bytes of the payload */
	uint32_t tail;        /* bytes behind it that the length leaves out */
	/* May a payload begin like this? Cheap. NULL: with any bytes. */
	bool (*begins)(const uint8_t head[BTC_HEADER_SIZE], const struct btc_chainparams *params);
	/* Is the payload undamaged, as far as it tells by itself? 0; -EINVAL: no; -ENOMEM. */
	int (*check)(struct btc_span payload, struct btc_arena *arena);
};

extern const struct btc_dat_kind btc_dat_blocks, btc_dat_undo;

struct btc_datfile {
	const struct btc_dat_kind *kind;
	const char *path; /* borrowed */
	const char *name; /* for a fault: "rev00000.dat" */
	int fd;
	uint64_t size;
	uint8_t key[BTC_DAT_KEY_SIZE];
	const struct btc_chainparams *params; /* whose message start and rules; set after open */
	uint8_t *window;                      /* BTC_DAT_WINDOW bytes, de-obfuscated */
	uint64_t window_at;
	size_t window_n;
	struct btc_arena arena; /* scratch of checks */
	uint64_t tried;         /* bytes read in search of records inside damaged ones */
	/* What was skipped: written bytes that belong to no record. */
	char fault[200]; /* the first of them, where and why; empty: none */
	uint64_t fault_at, skipped;
	uint32_t places;
};

#define BTC_DAT_HEAD (BTC_HEADER_SIZE + 9) /* header and number of transactions */

struct btc_dat_record {
	uint64_t at; /* of the payload */
	uint32_t n;
	bool damaged;               /* although nothing better begins inside it */
	uint8_t head[BTC_DAT_HEAD]; /* the payload's first bytes, zeros behind its end */
};

/* Opens for reading. key NULL: plain. 0, a negative errno of opening, -EINVAL when it is no file,
 * or -ENOMEM. */
int btc_datfile_open(struct btc_datfile *f, const struct btc_dat_kind *kind, const char *path,
	const char *name, const uint8_t *key, struct bt_err *err);
void btc_datfile_close(struct btc_datfile *f); /* accepts one that could not be opened */

/* The de-obfuscated bytes of a place: exactly n of them, or -EIO. */
int btc_datfile_read(
	struct btc_datfile *f, uint8_t *out, uint64_t at, size_t n, struct bt_err *err);

/*
 * Finds the next record at or behind *at and moves *at behind it. Skips what is no record, as Core
 * does when it imports a file, and counts it in f->skipped. 1 with a record, 0 at the end, -EIO,
 * -ENOMEM.
 */
int btc_datfile_next(
	struct btc_datfile *f, struct btc_dat_record *record, uint64_t *at, struct bt_err *err);

/* Counts bytes as skipped; `why` is at most 119 bytes. */
void btc_datfile_skip(struct btc_datfile *f, uint64_t from, uint64_t to, const char *why);

/* Reads and checks a whole record. 1: undamaged, 0: damaged, -EIO, -ENOMEM. */
int btc_datfile_check(struct btc_datfile *f, uint64_t at, uint32_t n, struct bt_err *err);

#endif
