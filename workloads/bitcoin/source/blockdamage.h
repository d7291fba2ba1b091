/*
 * blockdamage.h: negative controls for a chain: copies of its blocks with one thing wrong, sealed
 * again but for their proof of work, and the reason that each must be refused with.
 */
#ifndef BTC_BLOCKDAMAGE_H
#define BTC_BLOCKDAMAGE_H

#include "bitcoin/source/stretch.h"

#define BTC_CONTROLS_MOST  1000                 /* that are made */
#define BTC_CONTROLS_BYTES (UINT64_C(64) << 20) /* of them together, about */

/* Row: enumerator's tail, name. */
#define BTC_BLOCK_DAMAGES_OF(X)               \
	X(SIGNATURE, "flipped-signature-bit") \
	X(SCRIPT, "tampered-script")          \
	X(PROGRAM, "bad-witness-program")     \
	X(AMOUNT, "wrong-amount")             \
	X(SPENT, "spent-coin")                \
	X(ROOT, "wrong-merkle-root")          \
	X(COMMITMENT, "wrong-commitment")     \
	X(WORK, "missing-work")               \
	X(CUT, "cut-off")

#define BTC_BLOCK_DAMAGE_ENUM(tail, name) BTC_BLOCK_DAMAGE_##tail,
enum btc_block_damage { BTC_BLOCK_DAMAGES_OF(BTC_BLOCK_DAMAGE_ENUM) BTC_BLOCK_DAMAGES };

struct btc_control {
	struct btc_span bytes; /* p NULL: there is none for this block */
	enum btc_block_damage damage;
	bool pow;        /* to be tested with proof of work */
	char expect[64]; /* the rule that refuses it; empty: it is malformed */
};

const char *btc_block_damage_name(enum btc_block_damage damage);

/* One row per block of the stretch, most of which have a control where blocks are few and small; in
 * the arena. 0, -EINVAL when no block can be damaged, -ENOMEM. */
int btc_controls_make(struct btc_control **controls, const struct btc_stretch *stretch,
	struct btc_arena *arena, struct bt_err *err);

/* Was it refused for what is wrong with it? */
bool btc_control_is_refused(const struct btc_control *control, const struct btc_reject *reject);

#endif
