/*
 * blkset.h: the blocks of one blk*.dat, or of Bitcoin Core's blocks/ directory, known by their
 * headers: where each stands. The blocks themselves are read when they are wanted, so that a
 * directory of any size can be looked through. One thread at a time.
 */
#ifndef BTC_BLKSET_H
#define BTC_BLKSET_H

#include "base/err.h"
#include "bitcoin/rules/arena.h"
#include "bitcoin/source/blkindex.h"
#include "bitcoin/source/datfile.h"

struct btc_blkset_file {
	uint32_t number; /* in its name */
	char *fault;     /* what in it is no record, and where; NULL: nothing */
};

struct btc_blkset {
	const char *path; /* borrowed */
	bool dir;
	bool undo; /* a directory with a rev*.dat */
	const struct btc_chainparams *params;
	uint8_t key[BTC_DAT_KEY_SIZE];
	struct btc_blkset_file *files; /* by number; one without a number when it is no directory */
	uint32_t n_files;
	struct btc_blk_record *records; /* in the order of the files */
	uint32_t n;
	/* What was skipped: written bytes that belong to no block, and damaged copies of blocks. */
	uint64_t skipped;
	uint32_t places;
	char where[56];         /* the first of them: "byte 2075 of blk00000.dat"; empty: none */
	struct btc_arena arena; /* of headers and faults */
};

/* What is told while it takes its time: `done` of `total` files. */
struct btc_progress {
	/* May be NULL. */
	void (*report)(void *arg, const char *what, uint64_t done, uint64_t total);
	void *arg;
};

void btc_progress_tell(
	const struct btc_progress *progress, const char *what, uint64_t done, uint64_t total);

/*
 * Finds the blocks. params NULL: the network is told by the first message start that is known. 0; a
 * negative errno of reading; -EINVAL when there is no block in it; -ENOMEM. Close it whatever comes
 * back.
 */
int btc_blkset_open(struct btc_blkset *set, const char *path, const struct btc_chainparams *params,
	const struct btc_progress *progress, struct bt_err *err);
void btc_blkset_close(struct btc_blkset *set);

/* Path of the blk or rev file (`stem`) of files[i], and its name for a message. */
#define BTC_BLKSET_NAME 32
void btc_blkset_name(const struct btc_blkset *set, char *path, size_t size,
	char name[BTC_BLKSET_NAME], const char *stem, uint32_t i);

/* Reads a block into the arena. *file is the one it stands in, opened by btc_datfile_open. 0, -EIO
 * or -ENOMEM. */
int btc_blkset_read(struct btc_span *bytes, struct btc_datfile *file,
	const struct btc_blk_record *record, struct btc_arena *arena, struct bt_err *err);

#endif
