/* Operations that move items about, and OP_SIZE, OP_EQUAL. */
#include "bitcoin/rules/interp_impl.h"

/* Copies the n items that lie `depth` deep (n of them, the deepest being the depth-th from the top)
 * to the top. */
static void copy_up(struct btc_interp *vm, size_t depth, size_t n)
{
	struct btc_item *from = btc_top(vm, depth);

	assert(vm->n_main + vm->n_alt + n <= BTC_ITEMS);
	memcpy(&vm->items[vm->n_main], from, n * sizeof(*from));
	vm->n_main += (unsigned)n;
}

/* Moves the n items that begin `depth` deep to the top. */
static void move_up(struct btc_interp *vm, size_t depth, size_t n)
{
	struct btc_item kept[2], *from = btc_top(vm, depth);

	assert(n <= BT_LEN(kept));
	memcpy(kept, from, n * sizeof(*from));
	memmove(from, from + n, (depth - n) * sizeof(*from));
	memcpy(from + (depth - n), kept, n * sizeof(*from));
}

static enum btc_script_err op_alt(struct btc_interp *vm, uint8_t code)
{
	if (code == OP_TOALTSTACK) {
		struct btc_item item = *btc_top(vm, 1);

		btc_pop(vm, 1);
		vm->n_alt++;
		vm->items[BTC_ITEMS - vm->n_alt] = item;
		return BTC_SCRIPT_ERR_OK;
	}
	if (vm->n_alt < 1)
		return BTC_SCRIPT_ERR_INVALID_ALTSTACK_OPERATION;
	vm->n_alt--;
	vm->items[vm->n_main++] = vm->items[BTC_ITEMS - vm->n_alt - 1];
	return BTC_SCRIPT_ERR_OK;
}

static enum btc_script_err op_pick(struct btc_interp *vm, uint8_t code)
{
	int64_t n;
	enum btc_script_err err = btc_top_num(vm, 1, 4, &n);

	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	btc_pop(vm, 1);
	if (n < 0 || n >= vm->n_main)
		return BTC_SCRIPT_ERR_INVALID_STACK_OPERATION;
	if (code == OP_PICK)
		copy_up(vm, (size_t)n + 1, 1);
	else
		move_up(vm, (size_t)n + 1, 1);
	return BTC_SCRIPT_ERR_OK;
}

static enum btc_script_err op_equal(struct btc_interp *vm, uint8_t code)
{
	bool equal = btc_span_eq(btc_top_span(vm, 1), btc_top_span(vm, 2));

	btc_pop(vm, 2);
	btc_push_bool(vm, equal);
	if (code == OP_EQUAL)
		return BTC_SCRIPT_ERR_OK;
	return btc_verified(vm, equal, BTC_SCRIPT_ERR_EQUALVERIFY);
}

/* How many items an operation needs. */
static const uint8_t needed[] = {
	[OP_TOALTSTACK] = 1,
	[OP_2DROP] = 2,
	[OP_2DUP] = 2,
	[OP_3DUP] = 3,
	[OP_2OVER] = 4,
	[OP_2ROT] = 6,
	[OP_2SWAP] = 4,
	[OP_IFDUP] = 1,
	[OP_DROP] = 1,
	[OP_DUP] = 1,
	[OP_NIP] = 2,
	[OP_OVER] = 2,
	[OP_PICK] = 2,
	[OP_ROLL] = 2,
	[OP_ROT] = 3,
	[OP_SWAP] = 2,
	[OP_TUCK] = 2,
	[OP_SIZE] = 1,
	[OP_EQUAL] = 2,
	[OP_EQUALVERIFY] = 2,
};

/* The operations that can no longer fail once there are enough items. */
static void rearrange(struct btc_interp *vm, uint8_t code)
{
	switch (code) {
	case OP_2DROP:
		btc_pop(vm, 2);
		break;
	case OP_2DUP:
		copy_up(vm, 2, 2);
		break;
	case OP_3DUP:
		copy_up(vm, 3, 3);
		break;
	case OP_2OVER:
		copy_up(vm, 4, 2);
		break;
	case OP_2ROT:
		move_up(vm, 6, 2);
		break;
	case OP_2SWAP:
		move_up(vm, 4, 2);
		break;
	case OP_IFDUP:
		if (btc_script_truth(btc_top_span(vm, 1)))
			copy_up(vm, 1, 1);
		break;
	case OP_DEPTH:
		btc_push_num(vm, vm->n_main);
		break;
	case OP_DROP:
		btc_pop(vm, 1);
		break;
	case OP_DUP:
		copy_up(vm, 1, 1);
		break;
	case OP_NIP:
		move_up(vm, 2, 1);
		btc_pop(vm, 1);
		break;
	case OP_OVER:
		copy_up(vm, 2, 1);
		break;
	case OP_ROT:
		move_up(vm, 3, 1);
		break;
	case OP_SWAP:
		move_up(vm, 2, 1);
		break;
	case OP_TUCK:
		move_up(vm, 2, 1);
		copy_up(vm, 2, 1);
		break;
	case OP_SIZE:
		btc_push_num(vm, btc_top(vm, 1)->n);
		break;
	default:
		assert(!"an operation of this group");
	}
}

enum btc_script_err btc_op_stack(struct btc_interp *vm, uint8_t code)
{
	if (vm->n_main < needed[code])
		return BTC_SCRIPT_ERR_INVALID_STACK_OPERATION;
	switch (code) {
	case OP_TOALTSTACK:
	case OP_FROMALTSTACK:
		return op_alt(vm, code);
	case OP_PICK:
	case OP_ROLL:
		return op_pick(vm, code);
	case OP_EQUAL:
	case OP_EQUALVERIFY:
		return op_equal(vm, code);
	default:
		rearrange(vm, code);
		return BTC_SCRIPT_ERR_OK;
	}
}
