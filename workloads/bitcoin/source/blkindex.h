/*
 * blkindex.h: blocks in any order, put into the order of a chain: along the branch with most work.
 * Blocks beside that branch are left out. Only headers are looked at. Pure functions; any thread.
 */
#ifndef BTC_BLKINDEX_H
#define BTC_BLKINDEX_H

#include "base/err.h"
#include "bitcoin/rules/chainparams.h"

/* A block as it stands in a file. */
struct btc_blk_record {
	const uint8_t *header; /* BTC_HEADER_SIZE bytes */
	uint32_t n;            /* bytes of the block */
	uint32_t n_tx;         /* as it says */
	uint32_t file;         /* number of the file, counted by whoever found it */
	bool damaged;          /* by itself; an undamaged copy takes its place */
	uint64_t offset;       /* of the block in the file */
};

struct btc_blkindex {
	const struct btc_blk_record **chain; /* from the first block on */
	uint32_t n;
	bool genesis; /* the first is genesis, or stands in its place */
	/* The first block whose parent is neither there nor expected to be missing, an undamaged
	 * one if there is any; NULL: none. */
	const struct btc_blk_record *orphan;
};

/*
 * Genesis is the record with the network's genesis hash; without one, the first record that has no
 * parent stands in for it, so that a damaged genesis is refused by the rule that it breaks. Without
 * even that one, as in the directory of a pruned node, the chain is the branch with most work of
 * all, when `pruned` allows it, and none when not. 0 or -ENOMEM. The index borrows the records.
 */
int btc_blkindex_build(struct btc_blkindex *index, const struct btc_blk_record *records, uint32_t n,
	const struct btc_chainparams *params, bool pruned, struct bt_err *err);
void btc_blkindex_fini(struct btc_blkindex *index);

#endif
