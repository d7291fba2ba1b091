/*
 * stretch.h: the blocks of a run, in memory and in the order of their heights, whatever they came
 * from. It is filled before the clock runs and then only read: threads may share it.
 */
#ifndef BTC_STRETCH_H
#define BTC_STRETCH_H

#include "bitcoin/source/blkset.h"
#include "bitcoin/rules/chain.h"

struct btc_stretch_block {
	struct btc_span bytes;
	struct btc_span undo; /* p NULL: there are none */
	/* Why there are none although there should be; NULL: they are not missed. */
	const char *lack;
};

/* What stands behind the last block. */
enum btc_stretch_end {
	BTC_END_WANTED,  /* nothing that belongs to it */
	BTC_END_GARBAGE, /* bytes that are no block */
	BTC_END_ORPHAN,  /* a block whose parent is not there */
};

struct btc_stretch {
	const struct btc_chainparams *params;
	/* By a node that has a challenge of its own; params may be this. */
	struct btc_chainparams told;
	uint32_t first; /* height of the first block */
	uint32_t n;
	struct btc_stretch_block *blocks;
	const uint8_t **headers; /* n_headers, up to the first block */
	uint32_t n_headers;
	struct btc_chain_room room;
	enum btc_stretch_end end;
	char end_text[300];     /* what exactly, and where */
	char skipped[120];      /* what was skipped to find the blocks, in words; empty: nothing */
	struct btc_arena arena; /* all of this */
};

/* Which blocks. */
struct btc_wanted {
	const struct btc_chainparams *params; /* NULL: the network is told by what is found */
	uint32_t from;                        /* height of the first */
	uint32_t count;                       /* at most; 0: all */
	struct btc_progress progress;
};

/*
 * Reads them from a file of blocks, which must begin with genesis, or from Bitcoin Core's blocks/
 * directory with its undo data (a directory without any rev*.dat is read as a file of blocks is).
 * 0; a negative errno of reading; -EINVAL when there is no such block; -EFBIG when they do not fit
 * into memory; -ENOMEM. Free it whatever comes back.
 */
int btc_stretch_read(struct btc_stretch *stretch, const char *path, const struct btc_wanted *wanted,
	struct bt_err *err);

/*
 * All blocks are in memory while they are measured: a disk must not be what is measured. -EFBIG
 * when n blocks of these bytes together would take more than half of the memory there is.
 */
int btc_stretch_fits(const char *whence, uint32_t n, uint64_t bytes, struct bt_err *err);

/* Counts what a chain will have to hold, once all blocks are there. 0 or -ENOMEM. */
int btc_stretch_measure(struct btc_stretch *stretch, struct bt_err *err);

void btc_stretch_fini(struct btc_stretch *stretch);

#endif
