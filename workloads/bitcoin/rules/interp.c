/*
 * The loop of the script interpreter: rules for every operation, pushes, conditionals; the
 * opcodes are in ops_*.c. It gives Core's verdict and Core's error for every script, so the
 * order of checks is Core's, too: a script often breaks several rules, and the first one names
 * the error.
 *
 * A stack item points into the script or witness that pushed it, or owns the at most 36 bytes
 * that an operation computed; no opcode makes more since OP_CAT was disabled. So one fixed array
 * serves both stacks, and a script allocates nothing. Nested conditionals need no stack: a
 * branch is executed when no enclosing condition is false, so the depth of the outermost false
 * one is all that matters (Core's ConditionStack).
 *
 * Dispatch is a chain of ranges, not a table of functions: a script has few operations and most
 * of its time is in signatures (bench/btc_verify: 1.05 times libsecp256k1 alone).
 */
#include "bitcoin/rules/interp_impl.h"

#include <stdlib.h>

struct btc_interp *btc_interp_new(void)
{
	return calloc(1, sizeof(struct btc_interp));
}

void btc_interp_free(struct btc_interp *vm)
{
	free(vm);
}

void btc_interp_set_cache(struct btc_interp *vm, struct btc_sigcache *cache)
{
	vm->cache = cache;
}

struct btc_sigcache_use btc_interp_cache_use(const struct btc_interp *vm)
{
	return vm->cache_use;
}

static bool executing(const struct btc_interp *vm)
{
	return vm->first_no == BTC_ALL_TRUE;
}

/* BIP342 and MINIMALIF: what may decide an IF. */
static enum btc_script_err check_condition(const struct btc_interp *vm, struct btc_span v)
{
	bool minimal = v.n == 0 || (v.n == 1 && v.p[0] == 1);

	if (minimal)
		return BTC_SCRIPT_ERR_OK;
	if (vm->version == BTC_SIG_TAPSCRIPT)
		return BTC_SCRIPT_ERR_TAPSCRIPT_MINIMALIF;
	if (vm->version == BTC_SIG_WITNESS_V0 && btc_flag(vm, BTC_VERIFY_MINIMALIF))
		return BTC_SCRIPT_ERR_MINIMALIF;
	return BTC_SCRIPT_ERR_OK;
}

static enum btc_script_err op_if(struct btc_interp *vm, uint8_t code)
{
	enum btc_script_err err;
	bool value = false;

	if (executing(vm)) {
		if (vm->n_main < 1)
			return BTC_SCRIPT_ERR_UNBALANCED_CONDITIONAL;
		err = check_condition(vm, btc_top_span(vm, 1));
		if (err != BTC_SCRIPT_ERR_OK)
			return err;
		value = btc_script_truth(btc_top_span(vm, 1)) == (code == OP_IF);
		btc_pop(vm, 1);
	}
	if (executing(vm) && !value)
		vm->first_no = vm->depth;
	vm->depth++;
	return BTC_SCRIPT_ERR_OK;
}

static enum btc_script_err op_flow(struct btc_interp *vm, uint8_t code)
{
	if (code == OP_IF || code == OP_NOTIF)
		return op_if(vm, code);
	/* OP_VERIF and OP_VERNOTIF fail even when skipped. */
	if (code != OP_ELSE && code != OP_ENDIF)
		return BTC_SCRIPT_ERR_BAD_OPCODE;
	if (vm->depth == 0)
		return BTC_SCRIPT_ERR_UNBALANCED_CONDITIONAL;
	if (code == OP_ENDIF) {
		vm->depth--;
		if (vm->first_no == vm->depth)
			vm->first_no = BTC_ALL_TRUE;
	} else if (executing(vm)) {
		vm->first_no = vm->depth - 1;
	} else if (vm->first_no == vm->depth - 1) {
		vm->first_no = BTC_ALL_TRUE;
	}
	return BTC_SCRIPT_ERR_OK;
}

static bool disabled(uint8_t c)
{
	return (c >= OP_CAT && c <= OP_RIGHT) || (c >= OP_INVERT && c <= OP_XOR) || c == OP_2MUL ||
		c == OP_2DIV || (c >= OP_MUL && c <= OP_RSHIFT);
}

static enum btc_script_err op_nop(const struct btc_interp *vm, uint8_t code)
{
	if (code != OP_NOP && btc_flag(vm, BTC_VERIFY_DISCOURAGE_UPGRADABLE_NOPS))
		return BTC_SCRIPT_ERR_DISCOURAGE_UPGRADABLE_NOPS;
	return BTC_SCRIPT_ERR_OK;
}

static enum btc_script_err op_verify(struct btc_interp *vm)
{
	if (vm->n_main < 1)
		return BTC_SCRIPT_ERR_INVALID_STACK_OPERATION;
	return btc_verified(vm, btc_script_truth(btc_top_span(vm, 1)), BTC_SCRIPT_ERR_VERIFY);
}

static enum btc_script_err execute(struct btc_interp *vm, uint8_t code)
{
	if (code == OP_1NEGATE || (code >= OP_1 && code <= OP_16)) {
		btc_push_num(vm, code - (OP_1 - 1));
		return BTC_SCRIPT_ERR_OK;
	}
	if (code >= OP_TOALTSTACK && code <= OP_EQUALVERIFY)
		return btc_op_stack(vm, code);
	if (code >= OP_1ADD && code <= OP_WITHIN)
		return btc_op_number(vm, code);
	if (code >= OP_RIPEMD160 && code <= OP_HASH256)
		return btc_op_hash(vm, code);
	if ((code >= OP_CODESEPARATOR && code <= OP_CHECKMULTISIGVERIFY) || code == OP_CHECKSIGADD)
		return btc_op_sig(vm, code);
	if (code == OP_CHECKLOCKTIMEVERIFY || code == OP_CHECKSEQUENCEVERIFY)
		return btc_op_locktime(vm, code);
	if (code == OP_NOP || (code >= OP_NOP1 && code <= OP_NOP10))
		return op_nop(vm, code);
	if (code == OP_VERIFY)
		return op_verify(vm);
	return code == OP_RETURN ? BTC_SCRIPT_ERR_OP_RETURN : BTC_SCRIPT_ERR_BAD_OPCODE;
}

/* Rules that hold whether or not the operation is executed. */
static enum btc_script_err check_op(struct btc_interp *vm, const struct btc_op *op)
{
	if (op->data.n > BTC_MAX_ELEMENT)
		return BTC_SCRIPT_ERR_PUSH_SIZE;
	if (vm->version != BTC_SIG_TAPSCRIPT && op->code > OP_16 && ++vm->op_count > BTC_MAX_OPS)
		return BTC_SCRIPT_ERR_OP_COUNT;
	if (disabled(op->code))
		return BTC_SCRIPT_ERR_DISABLED_OPCODE;
	if (op->code == OP_CODESEPARATOR && vm->version == BTC_SIG_BASE &&
		btc_flag(vm, BTC_VERIFY_CONST_SCRIPTCODE))
		return BTC_SCRIPT_ERR_OP_CODESEPARATOR;
	return BTC_SCRIPT_ERR_OK;
}

static enum btc_script_err step(struct btc_interp *vm, const struct btc_op *op)
{
	enum btc_script_err err = check_op(vm, op);

	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	if (op->code >= OP_IF && op->code <= OP_ENDIF)
		return op_flow(vm, op->code);
	if (!executing(vm))
		return BTC_SCRIPT_ERR_OK;
	if (op->code > OP_PUSHDATA4)
		return execute(vm, op->code);
	if (btc_flag(vm, BTC_VERIFY_MINIMALDATA) && !btc_script_is_minimal_push(op))
		return BTC_SCRIPT_ERR_MINIMALDATA;
	btc_push_span(vm, op->data);
	return BTC_SCRIPT_ERR_OK;
}

enum btc_script_err btc_eval(
	struct btc_interp *vm, struct btc_span script, enum btc_sigversion version)
{
	enum btc_script_err err;
	struct btc_op op;

	if (version != BTC_SIG_TAPSCRIPT && script.n > BTC_MAX_SCRIPT)
		return BTC_SCRIPT_ERR_SCRIPT_SIZE;
	vm->version = version;
	vm->script = script;
	vm->at = vm->code_begin = 0;
	vm->op_pos = vm->op_count = vm->depth = vm->n_alt = 0;
	vm->first_no = BTC_ALL_TRUE;
	vm->tap.codesep_pos = UINT32_MAX;
	for (; vm->at < script.n; vm->op_pos++) {
		if (!btc_script_next(script, &vm->at, &op))
			return BTC_SCRIPT_ERR_BAD_OPCODE;
		err = step(vm, &op);
		if (err != BTC_SCRIPT_ERR_OK)
			return err;
		if (vm->n_main + vm->n_alt > BTC_MAX_STACK)
			return BTC_SCRIPT_ERR_STACK_SIZE;
	}
	return vm->depth == 0 ? BTC_SCRIPT_ERR_OK : BTC_SCRIPT_ERR_UNBALANCED_CONDITIONAL;
}
