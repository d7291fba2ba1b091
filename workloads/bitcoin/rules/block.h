/*
 * block.h: headers and blocks: parse, header hash, merkle trees, BIP141's witness commitment. A
 * parsed block borrows the bytes it was read from and keeps its arrays in the caller's arena.
 */
#ifndef BTC_BLOCK_H
#define BTC_BLOCK_H

#include "bitcoin/rules/tx.h"

#define BTC_HEADER_SIZE      80
#define BTC_MAX_BLOCK_WEIGHT 4000000u
#define BTC_WITNESS_SCALE    4u

struct btc_header {
	int32_t version;
	uint8_t prev[32], merkle_root[32];
	uint32_t time; /* seconds since 1970 */
	uint32_t bits; /* target, compact */
	uint32_t nonce;
};

struct btc_block {
	struct btc_header header;
	uint8_t hash[32];
	uint32_t n_tx;
	struct btc_tx *tx;
	size_t size;      /* bytes with witness */
	size_t base_size; /* bytes without */
	bool has_witness; /* in any transaction */
};

void btc_header_parse(struct btc_header *header, const uint8_t raw[BTC_HEADER_SIZE]);
void btc_header_write(uint8_t raw[BTC_HEADER_SIZE], const struct btc_header *header);

/*
 * Parses the block that fills the whole reader. On a fault the reader says what and where, and only
 * header and hash may be used, if the reader got past them. 0, -EINVAL, or -ENOMEM from the arena.
 */
int btc_block_parse(struct btc_block *block, struct btc_reader *r, struct btc_arena *arena);

/*
 * Folds n hashes to their merkle root, destroying them; the root of none is zero. *mutated (may be
 * NULL): two equal neighbours were hashed together, so that another list has the same root
 * (CVE-2012-2459).
 */
void btc_merkle_root(uint8_t root[32], bool *mutated, uint8_t (*hashes)[32], size_t n);

/* The root over txids, with the arena as scratch. 0 or -ENOMEM. */
int btc_block_merkle_root(
	uint8_t root[32], bool *mutated, const struct btc_block *block, struct btc_arena *arena);

/* The root over wtxids, the coinbase's being zero (BIP141). 0 or -ENOMEM. */
int btc_block_witness_root(
	uint8_t root[32], const struct btc_block *block, struct btc_arena *arena);

/* The 32 bytes of BIP141's commitment in the coinbase's last output that has one; NULL: none.
 * Borrowed. */
const uint8_t *btc_block_commitment(const struct btc_block *block);

/* The height that the coinbase begins with (BIP34). False when it begins with something else. */
bool btc_block_height(uint32_t *height, const struct btc_block *block);

#endif
