/*
 * script.h: scripts as bytes: opcodes, walking, the templates consensus knows, script numbers,
 * sigop counts. Pure functions; any thread. A script is borrowed.
 */
#ifndef BTC_SCRIPT_H
#define BTC_SCRIPT_H

#include "bitcoin/rules/bytes.h"

#define BTC_MAX_ELEMENT      520
#define BTC_MAX_OPS          201
#define BTC_MAX_SCRIPT       10000
#define BTC_MAX_STACK        1000
#define BTC_MAX_MULTISIG     20
#define BTC_LOCKTIME_SECONDS 500000000u /* a lock time below is a height, from here on a time */

enum btc_opcode {
	OP_0 = 0x00,
	OP_PUSHDATA1 = 0x4c,
	OP_PUSHDATA2,
	OP_PUSHDATA4,
	OP_1NEGATE,
	OP_RESERVED,
	OP_1 = 0x51,
	OP_16 = 0x60,
	OP_NOP,
	OP_VER,
	OP_IF,
	OP_NOTIF,
	OP_VERIF,
	OP_VERNOTIF,
	OP_ELSE,
	OP_ENDIF,
	OP_VERIFY,
	OP_RETURN,
	OP_TOALTSTACK,
	OP_FROMALTSTACK,
	OP_2DROP,
	OP_2DUP,
	OP_3DUP,
	OP_2OVER,
	OP_2ROT,
	OP_2SWAP,
	OP_IFDUP,
	OP_DEPTH,
	OP_DROP,
	OP_DUP,
	OP_NIP,
	OP_OVER,
	OP_PICK,
	OP_ROLL,
	OP_ROT,
	OP_SWAP,
	OP_TUCK,
	OP_CAT,
	OP_SUBSTR,
	OP_LEFT,
	OP_RIGHT,
	OP_SIZE,
	OP_INVERT,
	OP_AND,
	OP_OR,
	OP_XOR,
	OP_EQUAL,
	OP_EQUALVERIFY,
	OP_RESERVED1,
	OP_RESERVED2,
	OP_1ADD,
	OP_1SUB,
	OP_2MUL,
	OP_2DIV,
	OP_NEGATE,
	OP_ABS,
	OP_NOT,
	OP_0NOTEQUAL,
	OP_ADD,
	OP_SUB,
	OP_MUL,
	OP_DIV,
	OP_MOD,
	OP_LSHIFT,
	OP_RSHIFT,
	OP_BOOLAND,
	OP_BOOLOR,
	OP_NUMEQUAL,
	OP_NUMEQUALVERIFY,
	OP_NUMNOTEQUAL,
	OP_LESSTHAN,
	OP_GREATERTHAN,
	OP_LESSTHANOREQUAL,
	OP_GREATERTHANOREQUAL,
	OP_MIN,
	OP_MAX,
	OP_WITHIN,
	OP_RIPEMD160,
	OP_SHA1,
	OP_SHA256,
	OP_HASH160,
	OP_HASH256,
	OP_CODESEPARATOR,
	OP_CHECKSIG,
	OP_CHECKSIGVERIFY,
	OP_CHECKMULTISIG,
	OP_CHECKMULTISIGVERIFY,
	OP_NOP1,
	OP_CHECKLOCKTIMEVERIFY,
	OP_CHECKSEQUENCEVERIFY,
	OP_NOP4,
	OP_NOP10 = 0xb9,
	OP_CHECKSIGADD,
	OP_INVALIDOPCODE = 0xff,
};

/* One step through a script. */
struct btc_op {
	uint8_t code;
	struct btc_span data; /* what it pushes, for codes up to OP_PUSHDATA4; else empty */
};

/* Reads the operation at *at and moves *at behind it. False, and *at unchanged, at the end or when
 * a push is cut off. */
bool btc_script_next(struct btc_span script, size_t *at, struct btc_op *op);

bool btc_script_is_p2sh(struct btc_span script);      /* BIP16 */
bool btc_script_is_push_only(struct btc_span script); /* OP_RESERVED counts as a push, as in Core */
/* Begins with OP_RETURN, or is over BTC_MAX_SCRIPT. */
bool btc_script_is_unspendable(struct btc_span script);
bool btc_script_is_minimal_push(const struct btc_op *op); /* BIP62 rule 3 */
bool btc_script_is_op_success(uint8_t code);              /* BIP342 */

/* BIP141: a version and a program of 2 to 40 bytes. */
bool btc_script_witness_program(struct btc_span script, int *version, struct btc_span *program);

/*
 * Signature operations. `accurate` counts OP_n CHECKMULTISIG as n instead of 20. The count for a
 * spend of a P2SH output reads the redeem script from the end of scriptSig (BIP16); that for a
 * spend with a witness follows BIP141.
 */
unsigned btc_script_sigops(struct btc_span script, bool accurate);
unsigned btc_script_sigops_p2sh(struct btc_span script_pubkey, struct btc_span script_sig);
unsigned btc_script_sigops_witness(struct btc_span script_pubkey, struct btc_span script_sig,
	const struct btc_span *witness, size_t n_witness);

/*
 * FindAndDelete of the original client: copies `script` to `out` (at least script.n bytes) without
 * any occurrence of `needle` at an operation's boundary. Returns how many it left out, *out_n what
 * was written; out may be script.p.
 */
unsigned btc_script_find_and_delete(
	uint8_t *out, size_t *out_n, struct btc_span script, struct btc_span needle);

/* Script numbers: little endian, sign and magnitude. */
#define BTC_SCRIPTNUM_MAX 9

/* 0, or -EINVAL when longer than `max` (at most 8) bytes, or not shortest when `minimal`. */
int btc_scriptnum_read(int64_t *v, struct btc_span bytes, size_t max, bool minimal);

/* Writes the shortest form and returns its length, 0 for 0. */
size_t btc_scriptnum_write(uint8_t out[BTC_SCRIPTNUM_MAX], int64_t v);

/* What `CScript() << v` gives in Core: OP_0, OP_1NEGATE, OP_1…OP_16, or a push of the number. At
 * most 10 bytes. */
size_t btc_script_put_num(uint8_t *out, int64_t v);

/* Writes the shortest push of data by length alone (no OP_n forms), as `CScript() << bytes`.
 * Returns at most 5 + n. */
size_t btc_script_put_push(uint8_t *out, struct btc_span data);

/* False for the empty string and any zero, negative zero included. */
bool btc_script_truth(struct btc_span bytes);

#endif
