/*
 * scripterr.h: how a script fails and which rules apply to it, by the names Bitcoin Core uses in
 * its published vectors.
 */
#ifndef BTC_SCRIPTERR_H
#define BTC_SCRIPTERR_H

#include "base/base.h"

/* Row: enumerator's tail, name in Core's vectors. */
#define BTC_SCRIPT_ERRORS(X)                                                              \
	X(OK, "OK")                                                                       \
	X(UNKNOWN_ERROR, "UNKNOWN_ERROR")                                                 \
	X(EVAL_FALSE, "EVAL_FALSE")                                                       \
	X(OP_RETURN, "OP_RETURN")                                                         \
	X(SCRIPT_SIZE, "SCRIPT_SIZE")                                                     \
	X(PUSH_SIZE, "PUSH_SIZE")                                                         \
	X(OP_COUNT, "OP_COUNT")                                                           \
	X(STACK_SIZE, "STACK_SIZE")                                                       \
	X(SIG_COUNT, "SIG_COUNT")                                                         \
	X(PUBKEY_COUNT, "PUBKEY_COUNT")                                                   \
	X(VERIFY, "VERIFY")                                                               \
	X(EQUALVERIFY, "EQUALVERIFY")                                                     \
	X(CHECKMULTISIGVERIFY, "CHECKMULTISIGVERIFY")                                     \
	X(CHECKSIGVERIFY, "CHECKSIGVERIFY")                                               \
	X(NUMEQUALVERIFY, "NUMEQUALVERIFY")                                               \
	X(BAD_OPCODE, "BAD_OPCODE")                                                       \
	X(DISABLED_OPCODE, "DISABLED_OPCODE")                                             \
	X(INVALID_STACK_OPERATION, "INVALID_STACK_OPERATION")                             \
	X(INVALID_ALTSTACK_OPERATION, "INVALID_ALTSTACK_OPERATION")                       \
	X(UNBALANCED_CONDITIONAL, "UNBALANCED_CONDITIONAL")                               \
	X(SCRIPTNUM, "SCRIPTNUM")                                                         \
	X(NEGATIVE_LOCKTIME, "NEGATIVE_LOCKTIME")                                         \
	X(UNSATISFIED_LOCKTIME, "UNSATISFIED_LOCKTIME")                                   \
	X(SIG_HASHTYPE, "SIG_HASHTYPE")                                                   \
	X(SIG_DER, "SIG_DER")                                                             \
	X(MINIMALDATA, "MINIMALDATA")                                                     \
	X(SIG_PUSHONLY, "SIG_PUSHONLY")                                                   \
	X(SIG_HIGH_S, "SIG_HIGH_S")                                                       \
	X(SIG_NULLDUMMY, "SIG_NULLDUMMY")                                                 \
	X(PUBKEYTYPE, "PUBKEYTYPE")                                                       \
	X(CLEANSTACK, "CLEANSTACK")                                                       \
	X(MINIMALIF, "MINIMALIF")                                                         \
	X(SIG_NULLFAIL, "NULLFAIL")                                                       \
	X(DISCOURAGE_UPGRADABLE_NOPS, "DISCOURAGE_UPGRADABLE_NOPS")                       \
	X(DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM, "DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM") \
	X(DISCOURAGE_UPGRADABLE_TAPROOT_VERSION, "DISCOURAGE_UPGRADABLE_TAPROOT_VERSION") \
	X(DISCOURAGE_OP_SUCCESS, "DISCOURAGE_OP_SUCCESS")                                 \
	X(DISCOURAGE_UPGRADABLE_PUBKEYTYPE, "DISCOURAGE_UPGRADABLE_PUBKEYTYPE")           \
	X(WITNESS_PROGRAM_WRONG_LENGTH, "WITNESS_PROGRAM_WRONG_LENGTH")                   \
	X(WITNESS_PROGRAM_WITNESS_EMPTY, "WITNESS_PROGRAM_WITNESS_EMPTY")                 \
	X(WITNESS_PROGRAM_MISMATCH, "WITNESS_PROGRAM_MISMATCH")                           \
	X(WITNESS_MALLEATED, "WITNESS_MALLEATED")                                         \
	X(WITNESS_MALLEATED_P2SH, "WITNESS_MALLEATED_P2SH")                               \
	X(WITNESS_UNEXPECTED, "WITNESS_UNEXPECTED")                                       \
	X(WITNESS_PUBKEYTYPE, "WITNESS_PUBKEYTYPE")                                       \
	X(SCHNORR_SIG_SIZE, "SCHNORR_SIG_SIZE")                                           \
	X(SCHNORR_SIG_HASHTYPE, "SCHNORR_SIG_HASHTYPE")                                   \
	X(SCHNORR_SIG, "SCHNORR_SIG")                                                     \
	X(TAPROOT_WRONG_CONTROL_SIZE, "TAPROOT_WRONG_CONTROL_SIZE")                       \
	X(TAPSCRIPT_VALIDATION_WEIGHT, "TAPSCRIPT_VALIDATION_WEIGHT")                     \
	X(TAPSCRIPT_CHECKMULTISIG, "TAPSCRIPT_CHECKMULTISIG")                             \
	X(TAPSCRIPT_MINIMALIF, "TAPSCRIPT_MINIMALIF")                                     \
	X(TAPSCRIPT_EMPTY_PUBKEY, "TAPSCRIPT_EMPTY_PUBKEY")                               \
	X(OP_CODESEPARATOR, "OP_CODESEPARATOR")                                           \
	X(SIG_FINDANDDELETE, "SIG_FINDANDDELETE")

#define BTC_SCRIPT_ENUM(tail, name) BTC_SCRIPT_ERR_##tail,
enum btc_script_err { BTC_SCRIPT_ERRORS(BTC_SCRIPT_ENUM) BTC_SCRIPT_ERR_N };

/* Row: Core's name; the bit is the row's number, which is Core's bit as well. */
#define BTC_VERIFY_FLAGS(X)                      \
	X(P2SH)                                  \
	X(STRICTENC)                             \
	X(DERSIG)                                \
	X(LOW_S)                                 \
	X(NULLDUMMY)                             \
	X(SIGPUSHONLY)                           \
	X(MINIMALDATA)                           \
	X(DISCOURAGE_UPGRADABLE_NOPS)            \
	X(CLEANSTACK)                            \
	X(CHECKLOCKTIMEVERIFY)                   \
	X(CHECKSEQUENCEVERIFY)                   \
	X(WITNESS)                               \
	X(DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM) \
	X(MINIMALIF)                             \
	X(NULLFAIL)                              \
	X(WITNESS_PUBKEYTYPE)                    \
	X(CONST_SCRIPTCODE)                      \
	X(TAPROOT)                               \
	X(DISCOURAGE_UPGRADABLE_TAPROOT_VERSION) \
	X(DISCOURAGE_OP_SUCCESS)                 \
	X(DISCOURAGE_UPGRADABLE_PUBKEYTYPE)

#define BTC_VERIFY_BIT(name)  BTC_BIT_##name,
#define BTC_VERIFY_FLAG(name) BTC_VERIFY_##name = 1u << BTC_BIT_##name,
enum btc_verify_bit { BTC_VERIFY_FLAGS(BTC_VERIFY_BIT) BTC_VERIFY_BITS };
enum btc_verify_flag { BTC_VERIFY_NONE = 0, BTC_VERIFY_FLAGS(BTC_VERIFY_FLAG) };

/* What a node asks of transactions it relays (Core's STANDARD_SCRIPT_VERIFY_FLAGS): all but one
 * that P2SH made pointless. */
#define BTC_VERIFY_STANDARD (((1u << BTC_VERIFY_BITS) - 1) & ~(unsigned)BTC_VERIFY_SIGPUSHONLY)

/* Core's name of an error, "EVAL_FALSE". */
const char *btc_script_err_name(enum btc_script_err err);

/* Finds an error by Core's name. 0, or -EINVAL when there is none. */
int btc_script_err_find(enum btc_script_err *err, const char *name);

/* Finds a flag's bit (1 << n) by Core's name, "CHECKLOCKTIMEVERIFY". 0, or -EINVAL when there is
 * none. */
int btc_verify_flag_find(uint32_t *flag, const char *name);

/* Core's name of a bit, below BTC_VERIFY_BITS. */
const char *btc_verify_bit_name(unsigned bit);

/* Adds the flags without which these have no meaning, as Core's tests do: CLEANSTACK needs WITNESS,
 * WITNESS needs P2SH. */
uint32_t btc_verify_flags_fill(uint32_t flags);

#endif
