/*
 * revfile.h: the undo data of one rev*.dat, found by the blocks that they belong to. Nothing in the
 * file says which: Core keeps that in its index. The checksum behind the data tells, being over the
 * hash of the block's parent as well. One thread at a time.
 */
#ifndef BTC_REVFILE_H
#define BTC_REVFILE_H

#include "bitcoin/rules/arena.h"
#include "bitcoin/source/datfile.h"

struct btc_rev_record {
	uint64_t at; /* of the data in the file */
	uint32_t n;
	uint32_t n_tx; /* that the data begin with */
	bool taken;
};

struct btc_revfile {
	struct btc_datfile file;
	struct btc_rev_record *records; /* in the order of the file */
	uint32_t n, next;               /* the record behind the one found last */
	uint8_t *scratch;
};

/* Opens and finds the records. Otherwise as btc_datfile_open. Close it whatever comes back. */
int btc_revfile_open(struct btc_revfile *rev, const char *path, const char *name,
	const uint8_t *key, const struct btc_chainparams *params, struct bt_err *err);
void btc_revfile_close(struct btc_revfile *rev);

/*
 * Finds the undo data of the block with this parent and this many transactions beside the coinbase;
 * they go to the arena. Asked in the order of heights it finds each at once. 1; 0 when there are
 * none, with why in `lack`; -EIO; -ENOMEM.
 */
int btc_revfile_find(struct btc_revfile *rev, struct btc_span *data, char lack[200],
	const uint8_t prev[32], uint32_t n_tx, struct btc_arena *arena, struct bt_err *err);

#endif
