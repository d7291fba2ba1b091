/*
 * damage.h: negative controls: copies of valid transactions with one thing wrong, and the error
 * that each must be refused with. The inputs of a transaction are recognised by their scripts, so
 * that it may come from anywhere.
 */
#ifndef BTC_DAMAGE_H
#define BTC_DAMAGE_H

#include "bitcoin/rules/validate.h"

/* Row: enumerator's tail, name. */
#define BTC_DAMAGES_OF(X)                     \
	X(SIGNATURE, "flipped-signature-bit") \
	X(AMOUNT, "wrong-amount")             \
	X(HIGH_S, "high-s")                   \
	X(PROGRAM, "bad-witness-program")     \
	X(SCRIPT, "tampered-script")

#define BTC_DAMAGE_ENUM(tail, name) BTC_DAMAGE_##tail,
enum btc_damage { BTC_DAMAGES_OF(BTC_DAMAGE_ENUM) BTC_DAMAGES };

const char *btc_damage_name(enum btc_damage damage);

/*
 * Makes the damaged copy of a case that is valid; what it points to is in the arena or the
 * original. 1 when it was made; 0 when no input of this transaction can be damaged so that the
 * rules in its flags say what must come of it; -ENOMEM.
 */
int btc_damage_make(struct btc_case *out, const struct btc_case *c, enum btc_damage damage,
	struct btc_arena *arena);

/* Tries all kinds from `first` on, around. As above. */
int btc_damage_any(
	struct btc_case *out, const struct btc_case *c, unsigned first, struct btc_arena *arena);

#endif
