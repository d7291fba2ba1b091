/*
 * chainparams.h: what differs between networks, as of Bitcoin Core 30. Hashes are written as people
 * read them, in hex. Tables are constant; any thread.
 */
#ifndef BTC_CHAINPARAMS_H
#define BTC_CHAINPARAMS_H

#include "bitcoin/rules/scripterr.h"
#include "bitcoin/rules/u256.h"

enum btc_network {
	BTC_MAIN,
	BTC_TESTNET3,
	BTC_TESTNET4,
	BTC_SIGNET,
	BTC_REGTEST,
	BTC_NETWORKS,
};

/* A block that scripts are held to other rules in. */
struct btc_flag_exception {
	const char *hash;
	uint32_t flags; /* instead of P2SH | WITNESS | TAPROOT */
};

/* A height and the hash of the block there. */
struct btc_fixed_block {
	uint32_t height;
	const char *hash;
};

struct btc_chainparams {
	const char *name;
	uint8_t magic[4];
	struct btc_u256 pow_limit; /* the easiest target */
	const char *genesis;
	uint32_t spacing;  /* wanted seconds between blocks */
	uint32_t timespan; /* wanted seconds of a retargeting period */
	uint32_t period;   /* blocks of one */
	uint32_t halving;  /* blocks between halvings of the subsidy */
	bool min_difficulty, no_retarget;
	bool bip94; /* testnet4's retargeting and time warp rules */
	/* The first height that a rule applies at. */
	uint32_t bip34, bip65, bip66, csv, segwit;
	struct btc_fixed_block bip34_block; /* past it BIP34 implies BIP30; hash NULL: not known */
	const struct btc_flag_exception *exceptions;
	unsigned n_exceptions;
	const struct btc_fixed_block *bip30_repeats; /* blocks that may overwrite coins */
	unsigned n_bip30_repeats;
	/* BIP325: the script that every block must solve; empty: no signet. */
	struct btc_span challenge;
};

/* Network names, NULL-ended, "auto" first: choice n is network n - 1. For an option table. */
extern const char *const btc_network_choices[];

const struct btc_chainparams *btc_chainparams(enum btc_network network);

/* The signet of another challenge, whose hash its message start is (BIP325). The challenge is
 * borrowed. */
void btc_chainparams_signet(struct btc_chainparams *params, struct btc_span challenge);

/* The network of a message start, or NULL. */
const struct btc_chainparams *btc_chainparams_by_magic(const uint8_t magic[4]);

/* Is this hash, in internal byte order, the one of these 64 hex digits? */
bool btc_hash_is(const uint8_t hash[32], const char *hex);

/* Script rules of the block of this hash at this height (Core's GetBlockScriptFlags): enum
 * btc_verify_flag. */
uint32_t btc_block_flags(
	const struct btc_chainparams *params, uint32_t height, const uint8_t hash[32]);

/*
 * Must no transaction of the block of this hash at this height repeat one with unspent outputs
 * (BIP30, Core's ConnectBlock)? Not for the two blocks that did, nor where BIP34 made every
 * coinbase unique: on the chain of its block, up to the height from which coinbases may repeat
 * heights written before BIP34.
 */
bool btc_bip30_applies(const struct btc_chainparams *params, uint32_t height,
	const uint8_t hash[32], bool on_bip34_chain);

/* Newly created satoshi at a height. */
int64_t btc_subsidy(const struct btc_chainparams *params, uint32_t height);

#endif
