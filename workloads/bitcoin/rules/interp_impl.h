/*
 * interp_impl.h: what the files of the interpreter share; nobody else includes it. The stack holds
 * items that either point into the script or witness that pushed them, or own the few bytes an
 * operation computed, so that nothing is allocated.
 */
#ifndef BTC_INTERP_IMPL_H
#define BTC_INTERP_IMPL_H

#include "bitcoin/rules/interp.h"
#include "bitcoin/rules/script.h"

enum btc_sigversion { BTC_SIG_BASE, BTC_SIG_WITNESS_V0, BTC_SIG_TAPSCRIPT };

struct btc_item {
	const uint8_t *p; /* NULL: the bytes are in own */
	uint32_t n;
	uint8_t own[36]; /* a hash or a number */
};

/*
 * Main and alternative stack grow towards each other. Together they may hold BTC_MAX_STACK after
 * each operation; one operation can be that much over, and a version 0 witness can start out over
 * the limit and be brought back under it by one CHECKMULTISIG, which takes at most 43 items.
 */
#define BTC_ITEMS (BTC_MAX_STACK + 64)

struct btc_interp {
	unsigned n_main, n_alt;
	/* The script in execution. */
	enum btc_sigversion version;
	uint32_t flags;
	uint32_t input;
	const struct btc_txctx *ctx;
	struct btc_span script;
	size_t at;         /* behind the operation in execution */
	size_t code_begin; /* behind the last OP_CODESEPARATOR executed */
	uint32_t op_pos;   /* number of the operation */
	unsigned op_count;
	uint32_t depth;    /* open conditionals */
	uint32_t first_no; /* depth of the outermost one that is false; BTC_ALL_TRUE: none is */
	struct btc_tapctx tap;
	struct btc_sigcache *cache; /* NULL: none */
	struct btc_sigcache_use cache_use;
	struct btc_item items[BTC_ITEMS];
	uint8_t code[BTC_MAX_SCRIPT];      /* script code with signatures deleted */
	uint8_t push[BTC_MAX_ELEMENT + 3]; /* a signature as a push, to be looked for */
};

#define BTC_ALL_TRUE UINT32_MAX

/* Executes one script on the stack as it is. */
enum btc_script_err btc_eval(
	struct btc_interp *vm, struct btc_span script, enum btc_sigversion version);

/* Groups of opcodes, called when the operation is executed. */
enum btc_script_err btc_op_stack(struct btc_interp *vm, uint8_t code);
enum btc_script_err btc_op_number(struct btc_interp *vm, uint8_t code);
enum btc_script_err btc_op_hash(struct btc_interp *vm, uint8_t code);
enum btc_script_err btc_op_sig(struct btc_interp *vm, uint8_t code);
enum btc_script_err btc_op_locktime(struct btc_interp *vm, uint8_t code);

/* BIP340 signature with optional hash type byte over BIP341's hash. */
enum btc_script_err btc_check_schnorr(
	struct btc_interp *vm, struct btc_span sig, const uint8_t key[32]);

static inline bool btc_flag(const struct btc_interp *vm, uint32_t flag)
{
	return (vm->flags & flag) != 0;
}

/* The i-th item from the top, 1 being the top. */
static inline struct btc_item *btc_top(struct btc_interp *vm, size_t i)
{
	assert(i >= 1 && i <= vm->n_main);
	return &vm->items[vm->n_main - i];
}

static inline struct btc_span btc_item_span(const struct btc_item *item)
{
	return (struct btc_span){ .p = item->p != NULL ? item->p : item->own, .n = item->n };
}

static inline struct btc_span btc_top_span(struct btc_interp *vm, size_t i)
{
	return btc_item_span(btc_top(vm, i));
}

static inline struct btc_item *btc_push(struct btc_interp *vm)
{
	assert(vm->n_main + vm->n_alt < BTC_ITEMS);
	return &vm->items[vm->n_main++];
}

static inline void btc_pop(struct btc_interp *vm, size_t n)
{
	assert(n <= vm->n_main);
	vm->n_main -= (unsigned)n;
}

static inline void btc_push_span(struct btc_interp *vm, struct btc_span s)
{
	struct btc_item *item = btc_push(vm);

	item->p = s.p;
	item->n = (uint32_t)s.n;
}

static inline void btc_push_num(struct btc_interp *vm, int64_t v)
{
	struct btc_item *item = btc_push(vm);

	item->p = NULL;
	item->n = (uint32_t)btc_scriptnum_write(item->own, v);
}

static inline void btc_push_bool(struct btc_interp *vm, bool v)
{
	btc_push_num(vm, v);
}

/* The i-th item from the top as a number of at most `max` bytes. */
static inline enum btc_script_err btc_top_num(
	struct btc_interp *vm, size_t i, size_t max, int64_t *v)
{
	bool minimal = btc_flag(vm, BTC_VERIFY_MINIMALDATA);

	return btc_scriptnum_read(v, btc_top_span(vm, i), max, minimal) == 0
		? BTC_SCRIPT_ERR_OK
		: BTC_SCRIPT_ERR_SCRIPTNUM;
}

/* Ends an operation of the VERIFY kind: takes the result off the stack, or fails. */
static inline enum btc_script_err btc_verified(
	struct btc_interp *vm, bool ok, enum btc_script_err err)
{
	if (!ok)
		return err;
	btc_pop(vm, 1);
	return BTC_SCRIPT_ERR_OK;
}

#endif
