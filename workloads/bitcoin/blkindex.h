/*
 * blkindex.h: blocks in any order, put into the order of a chain: from genesis along the branch with most work. Blocks beside
 * that branch are left out; a block whose parent is not there is a fault, told at the end of the branch.
 */
#ifndef BTC_BLKINDEX_H
#define BTC_BLKINDEX_H

#include "bitcoin/blkfile.h"

struct btc_blkindex {
	const struct btc_blk_record **chain; /* by height */
	uint32_t n;
	const struct btc_blk_record
	        *orphan;  /* the first block whose branch does not begin at genesis; NULL: none */
	size_t outputs;   /* of all blocks in the chain that can be parsed */
	uint32_t largest; /* bytes of the largest block in the chain */
};

/*
 * Genesis is the record with the network's genesis hash; without one, the first record that has no parent stands in for it, so
 * that a damaged genesis is refused by the rule that it breaks. 0 or -ENOMEM. The index borrows the records.
 */
int btc_blkindex_build(struct btc_blkindex *index, const struct btc_blk_record *records, uint32_t n,
        const struct btc_chainparams *params, struct bt_err *err);
void btc_blkindex_fini(struct btc_blkindex *index);

#endif
