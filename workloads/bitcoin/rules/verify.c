/* Spending an output: which scripts are executed, and what must be left of them. */
#include "bitcoin/rules/interp_impl.h"
#include "bitcoin/rules/taproot.h"

#define WEIGHT_OFFSET 50 /* BIP342: what the budget for signatures has beside the witness' size */

/*
 * A version 0 witness over this cannot get under BTC_MAX_STACK with one operation, see BTC_ITEMS:
 * the first one fails whatever lies below the items it looks at.
 */
#define WITNESS_MOST (BTC_MAX_STACK + 43)

struct stack {
	const struct btc_span *items;
	size_t n;
};

/* BIP342: one OP_SUCCESS that can be reached by reading makes the script succeed. *done tells that
 * it did. */
static enum btc_script_err op_success(
	const struct btc_interp *vm, struct btc_span script, bool *done)
{
	struct btc_op op;

	*done = false;
	for (size_t at = 0; at < script.n;) {
		if (!btc_script_next(script, &at, &op))
			return BTC_SCRIPT_ERR_BAD_OPCODE;
		if (!btc_script_is_op_success(op.code))
			continue;
		if (btc_flag(vm, BTC_VERIFY_DISCOURAGE_OP_SUCCESS))
			return BTC_SCRIPT_ERR_DISCOURAGE_OP_SUCCESS;
		*done = true;
		return BTC_SCRIPT_ERR_OK;
	}
	return BTC_SCRIPT_ERR_OK;
}

static enum btc_script_err push_witness(struct btc_interp *vm, struct stack witness)
{
	for (size_t i = 0; i < witness.n; i++)
		if (witness.items[i].n > BTC_MAX_ELEMENT)
			return BTC_SCRIPT_ERR_PUSH_SIZE;
	vm->n_main = 0;
	for (size_t i = witness.n - BT_MIN(witness.n, (size_t)WITNESS_MOST); i < witness.n; i++)
		btc_push_span(vm, witness.items[i]);
	return BTC_SCRIPT_ERR_OK;
}

static enum btc_script_err eval_true(
	struct btc_interp *vm, struct btc_span script, enum btc_sigversion version)
{
	enum btc_script_err err = btc_eval(vm, script, version);

	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	if (vm->n_main == 0 || !btc_script_truth(btc_top_span(vm, 1)))
		return BTC_SCRIPT_ERR_EVAL_FALSE;
	return BTC_SCRIPT_ERR_OK;
}

/* A witness script must leave exactly one item, and it must be true. */
static enum btc_script_err run_witness(struct btc_interp *vm, struct stack witness,
	struct btc_span script, enum btc_sigversion version)
{
	enum btc_script_err err;
	bool done = false;

	if (version == BTC_SIG_TAPSCRIPT) {
		err = op_success(vm, script, &done);
		if (done || err != BTC_SCRIPT_ERR_OK)
			return err;
		if (witness.n > BTC_MAX_STACK)
			return BTC_SCRIPT_ERR_STACK_SIZE;
	}
	err = push_witness(vm, witness);
	if (err == BTC_SCRIPT_ERR_OK)
		err = btc_eval(vm, script, version);
	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	if (vm->n_main != 1)
		return BTC_SCRIPT_ERR_CLEANSTACK;
	return btc_script_truth(btc_top_span(vm, 1)) ? BTC_SCRIPT_ERR_OK
						     : BTC_SCRIPT_ERR_EVAL_FALSE;
}

static enum btc_script_err verify_v0(
	struct btc_interp *vm, struct stack witness, struct btc_span program)
{
	uint8_t hash[32], p2pkh[25] = { OP_DUP, OP_HASH160, 20 };
	struct btc_span script;

	if (program.n == 20) {
		if (witness.n != 2)
			return BTC_SCRIPT_ERR_WITNESS_PROGRAM_MISMATCH;
		memcpy(p2pkh + 3, program.p, 20);
		p2pkh[23] = OP_EQUALVERIFY;
		p2pkh[24] = OP_CHECKSIG;
		script = (struct btc_span){ .p = p2pkh, .n = sizeof(p2pkh) };
		return run_witness(vm, witness, script, BTC_SIG_WITNESS_V0);
	}
	if (program.n != 32)
		return BTC_SCRIPT_ERR_WITNESS_PROGRAM_WRONG_LENGTH;
	if (witness.n == 0)
		return BTC_SCRIPT_ERR_WITNESS_PROGRAM_WITNESS_EMPTY;
	script = witness.items[--witness.n];
	btc_sha256(hash, script.p, script.n);
	if (memcmp(hash, program.p, 32) != 0)
		return BTC_SCRIPT_ERR_WITNESS_PROGRAM_MISMATCH;
	return run_witness(vm, witness, script, BTC_SIG_WITNESS_V0);
}

static int64_t stack_size(struct stack s)
{
	size_t n = btc_compact_len(s.n);

	for (size_t i = 0; i < s.n; i++)
		n += btc_compact_len(s.items[i].n) + s.items[i].n;
	return (int64_t)n;
}

static enum btc_script_err verify_tapscript(
	struct btc_interp *vm, struct stack witness, struct btc_span program)
{
	struct btc_span control = witness.items[witness.n - 1];
	struct btc_span script = witness.items[witness.n - 2];
	uint8_t leaf_version;

	if (control.n < BTC_TAP_BASE || control.n > BTC_TAP_BASE + BTC_TAP_NODE * BTC_TAP_DEEP ||
		(control.n - BTC_TAP_BASE) % BTC_TAP_NODE != 0)
		return BTC_SCRIPT_ERR_TAPROOT_WRONG_CONTROL_SIZE;
	leaf_version = control.p[0] & BTC_TAP_LEAF_MASK;
	btc_tap_leaf(vm->tap.leaf_hash, leaf_version, script);
	vm->tap.leaf = true;
	if (!btc_tap_commits(control, vm->tap.leaf_hash, program.p))
		return BTC_SCRIPT_ERR_WITNESS_PROGRAM_MISMATCH;
	if (leaf_version == BTC_TAP_LEAF) {
		witness.n -= 2;
		return run_witness(vm, witness, script, BTC_SIG_TAPSCRIPT);
	}
	if (btc_flag(vm, BTC_VERIFY_DISCOURAGE_UPGRADABLE_TAPROOT_VERSION))
		return BTC_SCRIPT_ERR_DISCOURAGE_UPGRADABLE_TAPROOT_VERSION;
	return BTC_SCRIPT_ERR_OK;
}

static void take_annex(struct btc_interp *vm, struct stack *witness)
{
	struct btc_span last = witness->items[witness->n - 1];
	struct sha256_ctx h;
	uint8_t head[9];

	vm->tap.annex = witness->n >= 2 && last.n > 0 && last.p[0] == BTC_TAP_ANNEX;
	if (!vm->tap.annex)
		return;
	sha256_init(&h);
	sha256_update(&h, btc_put_compact(head, last.n), head);
	sha256_update(&h, last.n, last.p);
	sha256_digest(&h, 32, vm->tap.annex_hash);
	witness->n--;
}

static enum btc_script_err verify_taproot(
	struct btc_interp *vm, struct stack witness, struct btc_span program)
{
	if (!btc_flag(vm, BTC_VERIFY_TAPROOT))
		return BTC_SCRIPT_ERR_OK;
	if (witness.n == 0)
		return BTC_SCRIPT_ERR_WITNESS_PROGRAM_WITNESS_EMPTY;
	vm->tap.weight_left = stack_size(witness) + WEIGHT_OFFSET;
	vm->tap.leaf = false;
	take_annex(vm, &witness);
	if (witness.n == 1)
		return btc_check_schnorr(vm, witness.items[0], program.p);
	return verify_tapscript(vm, witness, program);
}

/* Anyone may spend a program whose meaning is not known yet; pay-to-anchor is known, and anyone may
 * spend it. */
static enum btc_script_err verify_program(
	struct btc_interp *vm, int version, struct btc_span program, bool nested)
{
	const struct btc_in *in = &vm->ctx->tx->in[vm->input];
	struct stack witness = { .items = in->witness, .n = in->n_witness };
	bool anchor = program.n == 2 && program.p[0] == 0x4e && program.p[1] == 0x73;

	if (version == 0)
		return verify_v0(vm, witness, program);
	if (version == 1 && program.n == 32 && !nested)
		return verify_taproot(vm, witness, program);
	if (version == 1 && anchor && !nested)
		return BTC_SCRIPT_ERR_OK;
	if (btc_flag(vm, BTC_VERIFY_DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM))
		return BTC_SCRIPT_ERR_DISCOURAGE_UPGRADABLE_WITNESS_PROGRAM;
	return BTC_SCRIPT_ERR_OK;
}

/* scriptSig of a nested program must be the one push of it. */
static bool is_push_of(struct btc_span script_sig, struct btc_span redeem)
{
	return script_sig.n == redeem.n + 1 && script_sig.p[0] == redeem.n &&
		memcmp(script_sig.p + 1, redeem.p, redeem.n) == 0;
}

/* Runs the witness program in `script`, if it is one and the rules know of witnesses. *had tells
 * that it was. */
static enum btc_script_err verify_witness(
	struct btc_interp *vm, struct btc_span script, bool nested, bool *had)
{
	struct btc_span program, script_sig = vm->ctx->tx->in[vm->input].script;
	enum btc_script_err err;
	int version;

	if (!btc_flag(vm, BTC_VERIFY_WITNESS) ||
		!btc_script_witness_program(script, &version, &program))
		return BTC_SCRIPT_ERR_OK;
	*had = true;
	if (!nested && script_sig.n > 0)
		return BTC_SCRIPT_ERR_WITNESS_MALLEATED;
	if (nested && !is_push_of(script_sig, script))
		return BTC_SCRIPT_ERR_WITNESS_MALLEATED_P2SH;
	err = verify_program(vm, version, program, nested);
	vm->n_main = 1; /* what the witness left has been judged; CLEANSTACK shall not see it */
	return err;
}

/* BIP16. `top` was on top of what scriptSig left, and holds the redeem script. */
static enum btc_script_err verify_p2sh(
	struct btc_interp *vm, const struct btc_item *top, bool *had_witness)
{
	struct btc_span redeem = btc_item_span(top);
	enum btc_script_err err;

	if (!btc_script_is_push_only(vm->ctx->tx->in[vm->input].script))
		return BTC_SCRIPT_ERR_SIG_PUSHONLY;
	/* The output's script has turned that item into "true", and touched nothing below. */
	btc_pop(vm, 1);
	err = eval_true(vm, redeem, BTC_SIG_BASE);
	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	return verify_witness(vm, redeem, true, had_witness);
}

enum btc_script_err btc_verify_input(
	struct btc_interp *vm, const struct btc_txctx *ctx, uint32_t input, uint32_t flags)
{
	const struct btc_in *in = &ctx->tx->in[input];
	struct btc_span script = ctx->spent[input].script;
	struct btc_item top = { .n = 0 };
	bool had_witness = false;
	enum btc_script_err err;

	vm->ctx = ctx;
	vm->input = input;
	vm->flags = flags;
	vm->n_main = 0;
	if ((flags & BTC_VERIFY_SIGPUSHONLY) != 0 && !btc_script_is_push_only(in->script))
		return BTC_SCRIPT_ERR_SIG_PUSHONLY;
	err = btc_eval(vm, in->script, BTC_SIG_BASE);
	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	if (vm->n_main > 0)
		top = *btc_top(vm, 1);
	err = eval_true(vm, script, BTC_SIG_BASE);
	if (err == BTC_SCRIPT_ERR_OK)
		err = verify_witness(vm, script, false, &had_witness);
	if (err == BTC_SCRIPT_ERR_OK && (flags & BTC_VERIFY_P2SH) != 0 &&
		btc_script_is_p2sh(script))
		err = verify_p2sh(vm, &top, &had_witness);
	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	if ((flags & BTC_VERIFY_CLEANSTACK) != 0 && vm->n_main != 1)
		return BTC_SCRIPT_ERR_CLEANSTACK;
	if ((flags & BTC_VERIFY_WITNESS) != 0 && !had_witness && in->n_witness > 0)
		return BTC_SCRIPT_ERR_WITNESS_UNEXPECTED;
	return BTC_SCRIPT_ERR_OK;
}
