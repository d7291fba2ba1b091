/* Scripts by hand: verdict and error name of each row; limits; script numbers; sigop counts. */
#include "cm.h"

#include <stdlib.h>

#include "btc_asm.h"
#include "btc_mine.h"
#include "bitcoin/rules/interp.h"

struct row {
	const char *sig, *pubkey; /* scriptSig, scriptPubKey */
	const char *flags;
	const char *expect;
};

static struct btc_interp *vm;
static struct btc_arena arena;

/* Verifies a spend of `pubkey` by `sig`, in the transactions of Core's script tests: one input, one
 * output, version 1. */
static enum btc_script_err spend(struct btc_span sig, struct btc_span pubkey, uint32_t sequence,
	uint32_t locktime, uint32_t version, uint32_t flags)
{
	uint8_t outpoint[BTC_OUTPOINT_SIZE] = { 1 };
	struct btc_in in = { .prevout = outpoint, .script = sig, .sequence = sequence };
	struct btc_out out = { .value = 0 };
	struct btc_tx tx = { .version = version,
		.locktime = locktime,
		.n_in = 1,
		.n_out = 1,
		.in = &in,
		.out = &out };
	struct btc_prevout spent = { .amount = 0, .script = pubkey };
	struct btc_reader r = { .size = btc_tx_write(NULL, 0, &tx) };
	uint8_t *bytes = malloc(r.size);
	enum btc_script_err err;
	struct btc_txctx ctx;

	assert_non_null(bytes);
	btc_tx_write(bytes, r.size, &tx);
	r.p = bytes;
	btc_arena_reset(&arena);
	assert_int_equal(btc_tx_parse(&tx, &r, &arena), 0);
	btc_txctx_init(&ctx, &tx, &spent);
	err = btc_verify_input(vm, &ctx, 0, flags);
	free(bytes);
	return err;
}

static struct btc_span assemble(uint8_t *out, size_t cap, const char *words)
{
	int n = btc_asm(out, cap, words);

	if (n < 0)
		fail_msg("not a script: %s", words);
	return (struct btc_span){ .p = out, .n = (size_t)n };
}

static void check_rows(const struct row *rows, unsigned n)
{
	uint8_t sig[1024], pubkey[1024];

	for (unsigned i = 0; i < n; i++) {
		enum btc_script_err err = spend(assemble(sig, sizeof(sig), rows[i].sig),
			assemble(pubkey, sizeof(pubkey), rows[i].pubkey), BTC_SEQUENCE_FINAL, 0, 1,
			btc_flags_of(rows[i].flags));

		if (strcmp(btc_script_err_name(err), rows[i].expect) != 0)
			fail_msg("[%s] [%s] %s: %s, expected %s", rows[i].sig, rows[i].pubkey,
				rows[i].flags, btc_script_err_name(err), rows[i].expect);
	}
}

#define NUM_ERR "SCRIPTNUM"
#define STACK   "INVALID_STACK_OPERATION"

static const struct row op_rows[] = {
	{ "", "1", "", "OK" },
	{ "1", "", "", "OK" },
	{ "", "", "", "EVAL_FALSE" },
	{ "1", "0", "", "EVAL_FALSE" },
	{ "1", "0x0180", "", "EVAL_FALSE" }, /* negative zero */
	{ "", "0x020080", "", "EVAL_FALSE" },
	{ "", "0x028000", "", "OK" },
	{ "16", "0x0110 EQUAL", "", "OK" },
	{ "-1", "0x4f EQUAL", "", "OK" },
	{ "-1", "0x0181 EQUAL", "", "OK" },
	{ "127", "0x017f EQUAL", "", "OK" },
	{ "128", "0x028000 EQUAL", "", "OK" },
	{ "-128", "0x028080 EQUAL", "", "OK" },
	/* pushes */
	{ "0x4c0107", "7 EQUAL", "", "OK" },
	{ "0x4d010007", "7 EQUAL", "", "OK" },
	{ "0x4e0100000007", "7 EQUAL", "", "OK" },
	{ "", "0x4c", "", "BAD_OPCODE" },
	{ "", "0x4c01", "", "BAD_OPCODE" },
	{ "", "0x4d01", "", "BAD_OPCODE" },
	{ "", "0x4e010000", "", "BAD_OPCODE" },
	{ "", "0x05aabb", "", "BAD_OPCODE" },
	{ "0x4c0107", "DROP 1", "MINIMALDATA", "MINIMALDATA" },
	{ "0x0107", "DROP 1", "MINIMALDATA", "MINIMALDATA" },
	{ "0x0181", "DROP 1", "MINIMALDATA", "MINIMALDATA" },
	{ "0x0100", "DROP 1", "MINIMALDATA", "OK" },
	{ "0", "IF 0x4c0107 ENDIF 1", "MINIMALDATA", "OK" }, /* not executed */
	/* flow */
	{ "1", "IF 1 ELSE 0 ENDIF", "", "OK" },
	{ "0", "IF 1 ELSE 0 ENDIF", "", "EVAL_FALSE" },
	{ "0", "NOTIF 1 ELSE 0 ENDIF", "", "OK" },
	{ "1 1", "IF IF 1 ELSE 0 ENDIF ENDIF", "", "OK" },
	{ "1 0", "IF IF 0 ELSE 0 ENDIF ELSE 1 ENDIF", "", "OK" },
	{ "0", "IF 0 ELSE 1 ELSE 0 ENDIF", "", "OK" }, /* as many ELSEs as one likes */
	{ "0", "IF RETURN ENDIF 1", "", "OK" },
	{ "", "IF 1 ENDIF", "", "UNBALANCED_CONDITIONAL" },
	{ "1", "IF 1", "", "UNBALANCED_CONDITIONAL" },
	{ "1", "ENDIF", "", "UNBALANCED_CONDITIONAL" },
	{ "1", "ELSE 1 ENDIF", "", "UNBALANCED_CONDITIONAL" },
	{ "1 IF", "1 ENDIF", "", "UNBALANCED_CONDITIONAL" }, /* not across scripts */
	{ "0", "IF VERIF ENDIF 1", "", "BAD_OPCODE" },
	{ "0", "IF VERNOTIF ENDIF 1", "", "BAD_OPCODE" },
	{ "0", "IF VER RESERVED RESERVED1 RESERVED2 0xba 0xff ENDIF 1", "", "OK" },
	{ "1", "VER", "", "BAD_OPCODE" },
	{ "1", "RESERVED", "", "BAD_OPCODE" },
	{ "1", "0xba", "", "BAD_OPCODE" }, /* CHECKSIGADD is for tapscript */
	{ "1", "RETURN", "", "OP_RETURN" },
	{ "0", "VERIFY 1", "", "VERIFY" },
	{ "1", "VERIFY 1", "", "OK" },
	{ "", "VERIFY 1", "", STACK },
	{ "2", "IF 1 ENDIF", "MINIMALIF", "OK" }, /* for witness scripts only */
	/* stack */
	{ "1 2", "TOALTSTACK DROP FROMALTSTACK 2 EQUAL", "", "OK" },
	{ "1 TOALTSTACK", "FROMALTSTACK", "", "INVALID_ALTSTACK_OPERATION" },
	{ "", "TOALTSTACK 1", "", STACK },
	{ "1 2 3", "2DROP", "", "OK" },
	{ "1", "2DROP 1", "", STACK },
	{ "1 2", "2DUP ADD 3 EQUALVERIFY 2DROP 1", "", "OK" },
	{ "1 2 3", "3DUP DEPTH 6 EQUALVERIFY ADD ADD 6 EQUAL", "", "OK" },
	{ "1 2", "3DUP", "", STACK },
	{ "1 2 3 4", "2OVER 2 EQUALVERIFY 1 EQUAL", "", "OK" },
	{ "1 2 3", "2OVER", "", STACK },
	{ "1 2 3 4 5 6", "2ROT 2 EQUALVERIFY 1 EQUALVERIFY 6 EQUAL", "", "OK" },
	{ "1 2 3 4 5", "2ROT", "", STACK },
	{ "1 2 3 4", "2SWAP 2 EQUALVERIFY 1 EQUALVERIFY 4 EQUAL", "", "OK" },
	{ "1 2 3", "2SWAP", "", STACK },
	{ "1", "IFDUP DEPTH 2 EQUAL", "", "OK" },
	{ "0", "IFDUP DEPTH 1 EQUALVERIFY NOT", "", "OK" },
	{ "", "IFDUP 1", "", STACK },
	{ "1 2", "NIP DEPTH 1 EQUALVERIFY 2 EQUAL", "", "OK" },
	{ "1", "NIP 1", "", STACK },
	{ "1 2", "OVER 1 EQUALVERIFY 2 EQUAL", "", "OK" },
	{ "1 2 3", "2 PICK 1 EQUALVERIFY 3 EQUAL", "", "OK" },
	{ "1 2 3", "2 ROLL 1 EQUALVERIFY DEPTH 2 EQUAL", "", "OK" },
	{ "1 2 3", "3 PICK", "", STACK },
	{ "1 2 3", "-1 ROLL", "", STACK },
	{ "1", "PICK", "", STACK },
	{ "1 2 3", "ROT 1 EQUALVERIFY 3 EQUALVERIFY 2 EQUAL", "", "OK" },
	{ "1 2", "SWAP 1 EQUALVERIFY 2 EQUAL", "", "OK" },
	{ "1 2", "TUCK 2 EQUALVERIFY 1 EQUALVERIFY 2 EQUAL", "", "OK" },
	{ "", "DUP", "", STACK },
	{ "", "DROP", "", STACK },
	{ "'abc'", "SIZE 3 EQUALVERIFY 'abc' EQUAL", "", "OK" },
	{ "", "SIZE", "", STACK },
	{ "1", "EQUAL", "", STACK },
	{ "1 2", "EQUALVERIFY 1", "", "EQUALVERIFY" },
	{ "0", "0x0180 EQUAL", "", "EVAL_FALSE" }, /* bytes, not numbers */
	/* numbers */
	{ "2", "1ADD 3 NUMEQUAL", "", "OK" },
	{ "2", "1SUB 1 NUMEQUAL", "", "OK" },
	{ "2", "NEGATE -2 NUMEQUAL", "", "OK" },
	{ "-5", "ABS 5 NUMEQUAL", "", "OK" },
	{ "2", "NOT 0 NUMEQUAL", "", "OK" },
	{ "2", "0NOTEQUAL 1 NUMEQUAL", "", "OK" },
	{ "5 3", "SUB 2 NUMEQUAL", "", "OK" },
	{ "1 0", "BOOLAND NOT", "", "OK" },
	{ "1 0", "BOOLOR", "", "OK" },
	{ "3 3", "NUMEQUALVERIFY 1", "", "OK" },
	{ "3 4", "NUMEQUALVERIFY 1", "", "NUMEQUALVERIFY" },
	{ "3 4", "NUMNOTEQUAL", "", "OK" },
	{ "3 4", "LESSTHAN", "", "OK" },
	{ "3 4", "GREATERTHAN NOT", "", "OK" },
	{ "4 4", "LESSTHANOREQUAL", "", "OK" },
	{ "4 4", "GREATERTHANOREQUAL", "", "OK" },
	{ "3 4", "MIN 3 NUMEQUAL", "", "OK" },
	{ "3 4", "MAX 4 NUMEQUAL", "", "OK" },
	{ "3 3 4", "WITHIN", "", "OK" },
	{ "4 3 4", "WITHIN NOT", "", "OK" },
	{ "1 2", "WITHIN", "", STACK },
	{ "", "1ADD", "", STACK },
	{ "1", "ADD", "", STACK },
	{ "2147483647", "1ADD 0x050000008000 EQUAL", "", "OK" }, /* results may be longer, */
	{ "2147483647", "1ADD 1ADD", "", NUM_ERR },              /* operands may not */
	{ "0x0200ff", "1ADD", "", "OK" },
	{ "0x020100", "1ADD 2 NUMEQUAL", "", "OK" },
	{ "0x020100", "1ADD", "MINIMALDATA", NUM_ERR },
	{ "0x0180", "NOT", "MINIMALDATA", NUM_ERR },
	{ "0x0180", "NOT", "", "OK" },
	/* hashes */
	{ "''", "RIPEMD160 0x149c1185a5c5e9fc54612808977ee8f548b2258d31 EQUAL", "", "OK" },
	{ "''", "SHA1 0x14da39a3ee5e6b4b0d3255bfef95601890afd80709 EQUAL", "", "OK" },
	{ "''", "HASH160 0x14b472a266d0bd89c13706a4132ccfb16f7c3b9fcb EQUAL", "", "OK" },
	{ "'a'", "DUP HASH256 SWAP SHA256 SHA256 EQUAL", "", "OK" },
	{ "", "HASH256", "", STACK },
	/* disabled, even where they are not executed */
	{ "'a' 'b'", "CAT", "", "DISABLED_OPCODE" },
	{ "0", "IF SUBSTR ENDIF 1", "", "DISABLED_OPCODE" },
	{ "0", "IF LSHIFT ENDIF 1", "", "DISABLED_OPCODE" },
	{ "1", "2MUL", "", "DISABLED_OPCODE" },
	{ "1", "INVERT", "", "DISABLED_OPCODE" },
	/* no-operations */
	{ "1", "NOP NOP1 CHECKLOCKTIMEVERIFY CHECKSEQUENCEVERIFY NOP4 NOP10", "", "OK" },
	{ "1", "NOP", "DISCOURAGE_UPGRADABLE_NOPS", "OK" },
	{ "1", "NOP4", "DISCOURAGE_UPGRADABLE_NOPS", "DISCOURAGE_UPGRADABLE_NOPS" },
	{ "1", "CHECKLOCKTIMEVERIFY", "DISCOURAGE_UPGRADABLE_NOPS", "OK" },
	/* signatures that are none */
	{ "0 0", "CHECKSIG NOT", "", "OK" },
	{ "0", "CHECKSIG", "", STACK },
	{ "0 0", "CHECKSIGVERIFY 1", "", "CHECKSIGVERIFY" },
	{ "1 0", "CHECKSIG NOT", "DERSIG", "SIG_DER" },
	{ "1 0", "CHECKSIG NOT", "", "OK" },
	{ "1 0", "CHECKSIG NOT", "NULLFAIL", "NULLFAIL" },
	{ "0 0", "CHECKSIG NOT", "STRICTENC", "PUBKEYTYPE" },
	{ "0 0 0", "CHECKMULTISIG", "", "OK" },
	{ "1 0 0", "CHECKMULTISIG", "", "OK" },
	{ "1 0 0", "CHECKMULTISIG", "NULLDUMMY", "SIG_NULLDUMMY" },
	{ "0 0", "CHECKMULTISIG", "", STACK }, /* the dummy is missing */
	{ "0 0 -1", "CHECKMULTISIG", "", "PUBKEY_COUNT" },
	{ "0 0 21", "CHECKMULTISIG", "", "PUBKEY_COUNT" },
	{ "0 1 0", "CHECKMULTISIG", "", "SIG_COUNT" },
	{ "0 -1 0", "CHECKMULTISIG", "", "SIG_COUNT" },
	{ "0 1 0 1", "CHECKMULTISIG NOT", "", STACK },
	{ "0 0 1 0 1", "CHECKMULTISIG NOT", "", "OK" },
	{ "0 'x' 1 0 1", "CHECKMULTISIG NOT", "NULLFAIL", "NULLFAIL" },
	{ "0 0 1 0 1", "CHECKMULTISIGVERIFY 1", "", "CHECKMULTISIGVERIFY" },
	{ "1", "CODESEPARATOR", "", "OK" },
	{ "0", "IF CODESEPARATOR ENDIF 1", "CONST_SCRIPTCODE", "OP_CODESEPARATOR" },
	{ "'x' 0", "CHECKSIG 'x' DROP NOT", "CONST_SCRIPTCODE", "SIG_FINDANDDELETE" },
	/* scriptSig */
	{ "1 NOP", "", "SIGPUSHONLY", "SIG_PUSHONLY" },
	{ "1 1", "", "CLEANSTACK,P2SH,WITNESS", "CLEANSTACK" },
	{ "1", "", "CLEANSTACK,P2SH,WITNESS", "OK" },
};

/* HASH160 of the scripts 1, 0 and 1 1. */
static const struct row p2sh_rows[] = {
	{ "0x0151", "HASH160 0x14da1745e9b549bd0bfa1a569971c77eba30cd5a4b EQUAL", "P2SH", "OK" },
	{ "0x0100", "HASH160 0x149f7fd096d37ed2c0e3f7f0cfc924beef4ffceb68 EQUAL", "P2SH",
		"EVAL_FALSE" },
	{ "0x0100", "HASH160 0x149f7fd096d37ed2c0e3f7f0cfc924beef4ffceb68 EQUAL", "", "OK" },
	{ "0x0151 NOP", "HASH160 0x14da1745e9b549bd0bfa1a569971c77eba30cd5a4b EQUAL", "P2SH",
		"SIG_PUSHONLY" },
	{ "1 0x0151", "HASH160 0x14da1745e9b549bd0bfa1a569971c77eba30cd5a4b EQUAL",
		"P2SH,WITNESS,CLEANSTACK", "CLEANSTACK" },
	/* witness programs without a witness */
	{ "", "0 0x14da1745e9b549bd0bfa1a569971c77eba30cd5a4b", "P2SH,WITNESS",
		"WITNESS_PROGRAM_MISMATCH" },
	{ "1", "0 0x14da1745e9b549bd0bfa1a569971c77eba30cd5a4b", "P2SH,WITNESS",
		"WITNESS_MALLEATED" },
	{ "", "0 0x03010203", "P2SH,WITNESS", "WITNESS_PROGRAM_WRONG_LENGTH" },
	{ "", "0 0x03010203", "", "OK" },
	{ "", "2 0x03010203", "P2SH,WITNESS", "OK" },
	{ "", "2 0x03010203", "P2SH,WITNESS,DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM",
		"DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM" },
	{ "", "1 0x024e73", "P2SH,WITNESS,DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM", "OK" },
};

static void opcodes_do_what_they_say(void **unused)
{
	(void)unused;
	check_rows(op_rows, BT_LEN(op_rows));
}

static void redeem_scripts_and_programs_are_recognised(void **unused)
{
	(void)unused;
	check_rows(p2sh_rows, BT_LEN(p2sh_rows));
}

/* n times one opcode, and another at the end. */
static enum btc_script_err repeated(uint8_t code, size_t n, const char *tail)
{
	static uint8_t script[BTC_MAX_SCRIPT + 64];
	struct btc_span end;

	memset(script, code, n);
	end = assemble(script + n, 64, tail);
	return spend((struct btc_span){ .p = NULL },
		(struct btc_span){ .p = script, .n = n + end.n }, BTC_SEQUENCE_FINAL, 0, 1, 0);
}

static void limits_hold_exactly(void **unused)
{
	static uint8_t push[530] = { OP_PUSHDATA2 };
	struct btc_span none = { .p = NULL }, script = { .p = push, .n = 3 };

	(void)unused;
	for (unsigned n = BTC_MAX_ELEMENT; n <= BTC_MAX_ELEMENT + 1; n++) {
		push[1] = (uint8_t)n;
		push[2] = (uint8_t)(n >> 8);
		memset(push + 3, 1, n);
		script.n = 3 + n;
		assert_int_equal(spend(none, script, BTC_SEQUENCE_FINAL, 0, 1, 0),
			n > BTC_MAX_ELEMENT ? BTC_SCRIPT_ERR_PUSH_SIZE : BTC_SCRIPT_ERR_OK);
	}
	assert_int_equal(repeated(OP_NOP, 201, "1"), BTC_SCRIPT_ERR_OK);
	assert_int_equal(repeated(OP_NOP, 202, "1"), BTC_SCRIPT_ERR_OP_COUNT);
	assert_int_equal(repeated(OP_1, 1000, ""), BTC_SCRIPT_ERR_OK);
	assert_int_equal(repeated(OP_1, 1001, ""), BTC_SCRIPT_ERR_STACK_SIZE);
	assert_int_equal(repeated(OP_1, 999, "TOALTSTACK 1 1"), BTC_SCRIPT_ERR_STACK_SIZE);
	assert_int_equal(repeated(OP_1, 998, "TOALTSTACK 1 1"), BTC_SCRIPT_ERR_OK);
	assert_int_equal(repeated(OP_0, BTC_MAX_SCRIPT + 1, ""), BTC_SCRIPT_ERR_SCRIPT_SIZE);
	assert_int_equal(repeated(OP_0, BTC_MAX_SCRIPT, ""), BTC_SCRIPT_ERR_STACK_SIZE);
	/* The keys of a multisig count as operations: 0 0 0 0 1, five a time with it. */
	assert_int_equal(repeated(OP_NOP, 180,
				 "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 20 "
				 "CHECKMULTISIG"),
		BTC_SCRIPT_ERR_OK);
	assert_int_equal(repeated(OP_NOP, 181,
				 "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 20 "
				 "CHECKMULTISIG"),
		BTC_SCRIPT_ERR_OP_COUNT);
}

struct lock_row {
	const char *script;
	uint32_t locktime, sequence, version;
	const char *expect;
};

/* Operand CLTV or CSV in transactions of several lock times. */
static const struct lock_row lock_rows[] = {
	{ "100 CHECKLOCKTIMEVERIFY", 100, 0, 1, "OK" },
	{ "100 CHECKLOCKTIMEVERIFY", 99, 0, 1, "UNSATISFIED_LOCKTIME" },
	{ "100 CHECKLOCKTIMEVERIFY", 100, BTC_SEQUENCE_FINAL, 1, "UNSATISFIED_LOCKTIME" },
	{ "100 CHECKLOCKTIMEVERIFY", 500000000, 0, 1, "UNSATISFIED_LOCKTIME" },
	{ "500000000 CHECKLOCKTIMEVERIFY", 500000001, 0, 1, "OK" },
	{ "-1 CHECKLOCKTIMEVERIFY", 0, 0, 1, "NEGATIVE_LOCKTIME" },
	{ "CHECKLOCKTIMEVERIFY", 0, 0, 1, "INVALID_STACK_OPERATION" },
	{ "4294967295 CHECKLOCKTIMEVERIFY", 0xffffffff, 0, 1, "OK" },
	{ "0x06010000000000 CHECKLOCKTIMEVERIFY", 100, 0, 1, "SCRIPTNUM" },
	{ "10 CHECKSEQUENCEVERIFY", 0, 10, 2, "OK" },
	{ "10 CHECKSEQUENCEVERIFY", 0, 9, 2, "UNSATISFIED_LOCKTIME" },
	{ "10 CHECKSEQUENCEVERIFY", 0, 10, 1, "UNSATISFIED_LOCKTIME" },
	{ "10 CHECKSEQUENCEVERIFY", 0, 10 | 1u << 31, 2, "UNSATISFIED_LOCKTIME" },
	{ "10 CHECKSEQUENCEVERIFY", 0, 10 | 1u << 22, 2, "UNSATISFIED_LOCKTIME" },
	{ "4194314 CHECKSEQUENCEVERIFY", 0, 10 | 1u << 22, 2, "OK" },
	{ "2147483648 CHECKSEQUENCEVERIFY", 0, 0, 1, "OK" }, /* disabled: no lock at all */
	{ "-1 CHECKSEQUENCEVERIFY", 0, 0, 2, "NEGATIVE_LOCKTIME" },
	{ "CHECKSEQUENCEVERIFY", 0, 0, 2, "INVALID_STACK_OPERATION" },
};

static void lock_times_are_compared_with_the_transaction(void **unused)
{
	const uint32_t flags = BTC_VERIFY_CHECKLOCKTIMEVERIFY | BTC_VERIFY_CHECKSEQUENCEVERIFY;
	struct btc_span none = { .p = NULL };
	uint8_t script[64];

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(lock_rows); i++) {
		const struct lock_row *row = &lock_rows[i];
		enum btc_script_err err = spend(none, assemble(script, sizeof(script), row->script),
			row->sequence, row->locktime, row->version, flags);

		if (strcmp(btc_script_err_name(err), row->expect) != 0)
			fail_msg("%s, lock time %u, sequence %u: %s, expected %s", row->script,
				row->locktime, row->sequence, btc_script_err_name(err),
				row->expect);
	}
}

static void script_numbers_read_back_as_written(void **unused)
{
	static const int64_t values[] = { 0, 1, -1, 16, 17, 127, 128, 255, 256, 32767, 32768,
		8388607, 8388608, 2147483647, -2147483647, 2147483648, INT64_C(549755813887) };

	(void)unused;
	for (unsigned i = 0; i < 2 * BT_LEN(values); i++) {
		int64_t v = i % 2 != 0 ? -values[i / 2] : values[i / 2], back;
		uint8_t b[BTC_SCRIPTNUM_MAX];
		struct btc_span s = { .p = b, .n = btc_scriptnum_write(b, v) };

		assert_int_equal(btc_scriptnum_read(&back, s, 5, true), 0);
		assert_int_equal(back, v);
		assert_int_equal(btc_script_truth(s), v != 0);
	}
}

static void signature_operations_are_counted(void **unused)
{
	uint8_t buf[256], program[34] = { OP_0, 32 };
	struct btc_span s = assemble(buf, sizeof(buf), "CHECKSIG 1 CHECKMULTISIG CHECKSIGVERIFY"),
			push;

	(void)unused;
	assert_int_equal(btc_script_sigops(s, false), 22);
	assert_int_equal(btc_script_sigops(s, true), 3);
	push = assemble(buf + 100, 100, "0 0x04515253ae"); /* redeems 1 2 3 CHECKMULTISIG */
	s = assemble(buf, 100, "HASH160 0x14da1745e9b549bd0bfa1a569971c77eba30cd5a4b EQUAL");
	assert_int_equal(btc_script_sigops_p2sh(s, push), 3);
	assert_int_equal(btc_script_sigops_p2sh(push, push), 0);
	push = assemble(buf + 100, 100, "NOP 0x04515253ae");
	assert_int_equal(btc_script_sigops_p2sh(s, push), 0);
	push = assemble(buf + 100, 100, "CHECKSIG 3 CHECKMULTISIG");
	s = (struct btc_span){ .p = program, .n = 34 };
	assert_int_equal(btc_script_sigops_witness(s, (struct btc_span){ .n = 0 }, &push, 1), 4);
	program[0] = OP_1;
	assert_int_equal(btc_script_sigops_witness(s, (struct btc_span){ .n = 0 }, &push, 1), 0);
}

static void a_signature_is_deleted_at_operation_boundaries_only(void **unused)
{
	/* Core: script_FindAndDelete. */
	static const struct {
		const char *script, *needle, *left;
		unsigned found;
	} rows[] = {
		{ "1 2", "", "1 2", 0 },
		{ "1 2 3", "2", "1 3", 1 },
		{ "3 1 3 3 4 3", "3", "1 4", 4 },
		{ "0x0302ff03", "0x0302ff03", "", 1 },
		{ "0x0302ff030302ff03", "0x0302ff03", "", 2 },
		{ "0x0302ff030302ff03", "0x02", "0x0302ff030302ff03", 0 },
		{ "0x0302ff030302ff03", "0xff", "0x0302ff030302ff03", 0 },
		{ "0x0302ff030302ff03", "0x03", "0x02ff0302ff03", 2 },
		{ "0x02feed5169", "0xfeed51", "0x02feed5169", 0 },
		{ "0x02feed5169", "0x02feed51", "0x69", 1 },
		{ "0x516902feed5169", "0xfeed51", "0x516902feed5169", 0 },
		{ "0 0 1 1", "0 1", "0 1", 1 },
		{ "0 0 1 0 1 1", "0 1", "0 1", 2 },
		{ "0x0003feed", "0x03feed", "0x00", 1 },
		{ "0x0003feed", "0x00", "0x03feed", 1 },
	};

	(void)unused;
	for (unsigned i = 0; i < BT_LEN(rows); i++) {
		uint8_t a[64], b[64], c[64], out[64];
		struct btc_span script = assemble(a, 64, rows[i].script), got = { .p = out };
		struct btc_span needle = assemble(b, 64, rows[i].needle);

		assert_int_equal(
			btc_script_find_and_delete(out, &got.n, script, needle), rows[i].found);
		assert_true(btc_span_eq(got, assemble(c, 64, rows[i].left)));
	}
}

static int open_vm(void **unused)
{
	(void)unused;
	vm = btc_interp_new();
	return vm != NULL ? 0 : -1;
}

static int close_vm(void **unused)
{
	(void)unused;
	btc_interp_free(vm);
	btc_arena_fini(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(opcodes_do_what_they_say),
		cmocka_unit_test(redeem_scripts_and_programs_are_recognised),
		cmocka_unit_test(limits_hold_exactly),
		cmocka_unit_test(lock_times_are_compared_with_the_transaction),
		cmocka_unit_test(script_numbers_read_back_as_written),
		cmocka_unit_test(signature_operations_are_counted),
		cmocka_unit_test(a_signature_is_deleted_at_operation_boundaries_only),
	};

	return cmocka_run_group_tests(tests, open_vm, close_vm);
}
