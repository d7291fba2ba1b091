/*
 * validate.h: one whole transaction judged: parsed, checked by itself, every input's scripts
 * executed; and the verdict held against the one that is expected. A validator is one thread's
 * memory; in steady state judging allocates nothing.
 */
#ifndef BTC_VALIDATE_H
#define BTC_VALIDATE_H

#include "bitcoin/rules/sigcache.h"
#include "bitcoin/rules/sighash.h"
#include "bitcoin/rules/scripterr.h"

/* What ought to come out. */
enum btc_expect_kind {
	BTC_EXPECT_VALID,
	BTC_EXPECT_INVALID, /* for whatever reason */
	BTC_EXPECT_SCRIPT,  /* a script fails with this error */
};

struct btc_expect {
	enum btc_expect_kind kind;
	enum btc_script_err script;
};

/* A transaction with all that is needed to judge it. Everything is borrowed. */
struct btc_case {
	const char *name;
	struct btc_span tx;              /* serialised */
	const struct btc_prevout *spent; /* in input order */
	uint32_t n_spent;
	uint32_t flags; /* enum btc_verify_flag */
	struct btc_expect expect;
};

enum btc_fate {
	BTC_VALID,
	BTC_MALFORMED, /* the bytes are no transaction */
	BTC_BAD_TX,    /* refused by itself */
	BTC_BAD_SCRIPT,
};

struct btc_verdict {
	enum btc_fate fate;
	const char *reason;         /* static; what is malformed, or Core's reason; else NULL */
	size_t position;            /* of what is malformed */
	uint32_t input;             /* whose script failed */
	enum btc_script_err script; /* and how */
	uint32_t inputs;            /* how many were executed */
};

/* Reads "valid", "invalid", or Core's name of a script error, OK being valid. 0, or -EINVAL. */
int btc_expect_parse(struct btc_expect *expect, const char *text);
const char *btc_expect_name(const struct btc_expect *expect);

/* Vectors older than SCRIPTNUM call it UNKNOWN_ERROR; that name is taken for either. */
bool btc_verdict_is(const struct btc_verdict *verdict, const struct btc_expect *expect);

/* "valid", "SIG_DER (input 2)", "bad-txns-vin-empty", "ends too early (byte 17)". */
void btc_verdict_text(char *out, size_t size, const struct btc_verdict *verdict);

struct btc_validator;

/* NULL: out of memory. */
struct btc_validator *btc_validator_new(void);
void btc_validator_free(struct btc_validator *validator); /* accepts NULL */

/* As btc_interp_set_cache and btc_interp_cache_use. */
void btc_validator_set_cache(struct btc_validator *validator, struct btc_sigcache *cache);
struct btc_sigcache_use btc_validator_cache_use(const struct btc_validator *validator);

/*
 * Judges a case. Scripts are executed for every input; a coinbase may come without spent outputs.
 * Any other number of them than inputs is the reason "prevouts do not match inputs". 0 and
 * *verdict; -ENOMEM.
 */
int btc_validate(
	struct btc_validator *validator, struct btc_verdict *verdict, const struct btc_case *c);

/* The same in two steps, for who has something to ask in between: all but scripts; then, if that
 * was valid, the scripts. */
int btc_validate_alone(
	struct btc_validator *validator, struct btc_verdict *verdict, const struct btc_case *c);
void btc_validate_scripts(
	struct btc_validator *validator, struct btc_verdict *verdict, const struct btc_case *c);

/* The transaction judged last, when it was not malformed; valid until the next one. */
const struct btc_tx *btc_validator_tx(const struct btc_validator *validator);

#endif
