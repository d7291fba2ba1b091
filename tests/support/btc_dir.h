/*
 * btc_dir.h: a blocks/ directory as Bitcoin Core writes it, made from blocks: blk*.dat, rev*.dat
 * with the undo data of each block, xor.dat. In a temporary directory that close removes.
 */
#ifndef BTC_DIR_H
#define BTC_DIR_H

#include "btc_mine.h"

struct btc_dir {
	char path[64]; /* CM_TEMP */
	bool obfuscated;
	uint8_t key[8];
};

/* key NULL: no xor.dat. */
void btc_dir_open(struct btc_dir *d, const uint8_t key[8]);
void btc_dir_close(struct btc_dir *d);

/* "path/name", valid until the next call. */
const char *btc_dir_file(const struct btc_dir *d, const char *name);

/* Appends a record; tail may be NULL. */
void btc_dir_append(const struct btc_dir *d, const char *name, struct btc_span payload,
	const uint8_t *tail, size_t tail_n);

/* Appends bytes that need not be a record, obfuscated too. */
void btc_dir_raw(const struct btc_dir *d, const char *name, const uint8_t *p, size_t n);

/* Appends n zeros that nobody wrote. */
void btc_dir_reserve(const struct btc_dir *d, const char *name, size_t n);

/* The undo data of blocks[height], whose coins are looked for in the blocks below; from the miner's
 * arena. */
struct btc_span btc_dir_undo(struct btc_miner *m, uint32_t height);

/* Appends block and undo data of a height to blk and rev file number `file`. */
void btc_dir_add(const struct btc_dir *d, struct btc_miner *m, uint32_t height, unsigned file);

/* Flips bits of one byte in a file. */
void btc_dir_flip(const struct btc_dir *d, const char *name, size_t at, uint8_t bits);

/* A chain with spends of every kind of output that undo data have a form of their own for, on m's
 * base. */
void btc_dir_mine(struct btc_miner *m, uint32_t blocks);

/* Unpacks a tar.gz into the directory. */
void btc_dir_unpack(const struct btc_dir *d, const char *archive);

#endif
