/* Arithmetic and hashing: operations that replace their operands by a computed value. */
#include "bitcoin/rules/interp_impl.h"

static int64_t unary(uint8_t code, int64_t a)
{
	switch (code) {
	case OP_1ADD:
		return a + 1;
	case OP_1SUB:
		return a - 1;
	case OP_NEGATE:
		return -a;
	case OP_ABS:
		return a < 0 ? -a : a;
	case OP_NOT:
		return a == 0;
	default:
		assert(code == OP_0NOTEQUAL);
		return a != 0;
	}
}

static int64_t binary(uint8_t code, int64_t a, int64_t b)
{
	switch (code) {
	case OP_ADD:
		return a + b;
	case OP_SUB:
		return a - b;
	case OP_BOOLAND:
		return a != 0 && b != 0;
	case OP_BOOLOR:
		return a != 0 || b != 0;
	case OP_NUMEQUAL:
	case OP_NUMEQUALVERIFY:
		return a == b;
	case OP_NUMNOTEQUAL:
		return a != b;
	case OP_LESSTHAN:
		return a < b;
	case OP_GREATERTHAN:
		return a > b;
	case OP_LESSTHANOREQUAL:
		return a <= b;
	case OP_GREATERTHANOREQUAL:
		return a >= b;
	case OP_MIN:
		return BT_MIN(a, b);
	default:
		assert(code == OP_MAX);
		return BT_MAX(a, b);
	}
}

/* Takes n numbers off the stack; v[0] is the deepest. */
static enum btc_script_err take_numbers(struct btc_interp *vm, int64_t *v, unsigned n)
{
	if (vm->n_main < n)
		return BTC_SCRIPT_ERR_INVALID_STACK_OPERATION;
	for (unsigned i = 0; i < n; i++) {
		enum btc_script_err err = btc_top_num(vm, n - i, 4, &v[i]);

		if (err != BTC_SCRIPT_ERR_OK)
			return err;
	}
	btc_pop(vm, n);
	return BTC_SCRIPT_ERR_OK;
}

enum btc_script_err btc_op_number(struct btc_interp *vm, uint8_t code)
{
	unsigned n = code <= OP_0NOTEQUAL ? 1 : code == OP_WITHIN ? 3 : 2;
	enum btc_script_err err;
	int64_t v[3], result;

	err = take_numbers(vm, v, n);
	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	if (n == 1)
		result = unary(code, v[0]);
	else if (n == 2)
		result = binary(code, v[0], v[1]);
	else
		result = v[1] <= v[0] && v[0] < v[2];
	btc_push_num(vm, result);
	if (code == OP_NUMEQUALVERIFY)
		return btc_verified(vm, result != 0, BTC_SCRIPT_ERR_NUMEQUALVERIFY);
	return BTC_SCRIPT_ERR_OK;
}

enum btc_script_err btc_op_hash(struct btc_interp *vm, uint8_t code)
{
	uint8_t out[32];
	uint32_t n = code == OP_SHA256 || code == OP_HASH256 ? 32 : 20;
	struct btc_item *item;
	struct btc_span s;

	if (vm->n_main < 1)
		return BTC_SCRIPT_ERR_INVALID_STACK_OPERATION;
	s = btc_top_span(vm, 1);
	switch (code) {
	case OP_RIPEMD160:
		btc_ripemd160(out, s.p, s.n);
		break;
	case OP_SHA1:
		btc_sha1(out, s.p, s.n);
		break;
	case OP_SHA256:
		btc_sha256(out, s.p, s.n);
		break;
	case OP_HASH160:
		btc_hash160(out, s.p, s.n);
		break;
	default:
		assert(code == OP_HASH256);
		btc_sha256d(out, s.p, s.n);
	}
	item = btc_top(vm, 1);
	item->p = NULL;
	item->n = n;
	memcpy(item->own, out, n);
	return BTC_SCRIPT_ERR_OK;
}
