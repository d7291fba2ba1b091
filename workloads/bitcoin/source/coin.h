/*
 * coin.h: the kinds of coins the generator makes: what their outputs look like, and how they are
 * spent. The keys of a coin are derived from the signer's seed and the coin's number, so a coin
 * need not be remembered to be spent.
 */
#ifndef BTC_TEMPLATE_H
#define BTC_TEMPLATE_H

#include "bitcoin/rules/sighash.h"

/* Row: enumerator's tail, name, weight units of an input, bytes of it without witness, bytes of an
 * output's script. */
#define BTC_TEMPLATES_OF(X)                              \
	X(P2PK, "p2pk", 452, 113, 35)                    \
	X(P2PKH, "p2pkh", 588, 147, 25)                  \
	X(P2SH_MULTISIG, "p2sh-multisig", 1172, 293, 23) \
	X(P2SH_P2WPKH, "p2sh-p2wpkh", 363, 64, 23)       \
	X(P2WPKH, "p2wpkh", 271, 41, 22)                 \
	X(P2WSH_MULTISIG, "p2wsh-multisig", 416, 41, 34) \
	X(P2TR_KEY, "p2tr-key", 230, 41, 34)             \
	X(P2TR_SCRIPT, "p2tr-script", 331, 41, 34)

#define BTC_TEMPLATE_ENUM(tail, name, input, base, script) BTC_TEMPLATE_##tail,
enum btc_template { BTC_TEMPLATES_OF(BTC_TEMPLATE_ENUM) BTC_TEMPLATES };

#define BTC_COIN_SCRIPT 35 /* bytes of the longest output script */

const char *btc_template_name(enum btc_template t);

/* 0, or -EINVAL: no template is called this. `n` is the name's length. */
int btc_template_find(enum btc_template *t, const char *name, size_t n);

/* Sizes with signatures of usual length, which all but one in a hundred have. */
unsigned btc_template_input_weight(enum btc_template t);
unsigned btc_template_input_base(enum btc_template t); /* bytes without witness */
unsigned btc_template_script_size(enum btc_template t);

struct btc_signer;

/* Has a libsecp256k1 context; one thread at a time. NULL: out of memory. */
struct btc_signer *btc_signer_new(uint64_t seed);
/* Accepts NULL, and overwrites a key it was given. */
void btc_signer_free(struct btc_signer *signer);

/* The first key of coin number `id` is this one instead, which somebody has. False: it is no
 * private key. */
bool btc_signer_take(struct btc_signer *signer, uint64_t id, const uint8_t secret[32]);
/* Its public key, compressed. */
void btc_signer_key(const struct btc_signer *signer, uint8_t out[33], uint64_t id);

/* A coin by its number. */
struct btc_own {
	enum btc_template t;
	uint64_t id;
};

/* Writes the coin's output script (at most BTC_COIN_SCRIPT bytes) and returns its size. */
size_t btc_own_script(const struct btc_signer *signer, uint8_t *out, struct btc_own coin);

/*
 * Fills in scriptSig and witness of `in`, a copy of input number i of the unsigned transaction of
 * ctx, from the arena. ctx was made with the transaction's has_witness set. 0 or -ENOMEM.
 */
int btc_own_sign(const struct btc_signer *signer, struct btc_in *in, const struct btc_txctx *ctx,
	uint32_t i, struct btc_own coin, struct btc_arena *arena);

#endif
