/*
 * blkfile.h: a file of blocks as Bitcoin Core writes them (blk*.dat): message start, length, block, and so on; zeros may
 * stand at the end, where Core reserves room.
 */
#ifndef BTC_BLKFILE_H
#define BTC_BLKFILE_H

#include "base/err.h"
#include "bitcoin/chainparams.h"

/* One block as it stands in the file. */
struct btc_blk_record {
	const uint8_t *p; /* at least a header */
	uint32_t n;
	uint64_t offset; /* of the block in the file */
};

struct btc_blkfile {
	uint8_t *bytes;
	size_t size;
	const struct btc_chainparams *params;
	struct btc_blk_record *records; /* in the order of the file */
	uint32_t n;
	char fault
	        [160]; /* what ended the reading before the end of the file, and where; empty: nothing */
};

/*
 * Reads a file into memory and finds its records. params NULL: the network is told by the first message start. 0; -ENOENT and
 * other negative errnos of reading; -EINVAL when not even the first record can be read; -ENOMEM. A fault behind the first
 * record is not an error: the records before it are there, and file->fault says what it is.
 */
int btc_blkfile_open(struct btc_blkfile *file, const char *path,
        const struct btc_chainparams *params, struct bt_err *err);
void btc_blkfile_close(struct btc_blkfile *file);

#endif
