/* Operations that look at the transaction: signatures and lock times. */
#include "bitcoin/rules/interp_impl.h"
#include "bitcoin/rules/sig.h"

#define SIG_WEIGHT 50 /* BIP342: what a signature takes from the budget */

/* One ECDSA signature tried against one or more keys; its hash is computed once. */
struct ecdsa {
	struct btc_span sig;
	struct btc_span code;
	bool hashed;
	uint8_t hash[32];
};

static bool compute(
	enum btc_sig_kind kind, struct btc_span sig, const uint8_t hash[32], struct btc_span key)
{
	return kind == BTC_SIG_ECDSA ? btc_ecdsa_verify(sig, hash, key)
				     : btc_schnorr_verify(sig.p, hash, key.p);
}

/* What script flags say of a signature has been asked before: the cache knows only the
 * mathematics. */
static bool verify(struct btc_interp *vm, enum btc_sig_kind kind, struct btc_span sig,
	const uint8_t hash[32], struct btc_span key)
{
	struct btc_sigcache_entry entry;

	if (vm->cache == NULL)
		return compute(kind, sig, hash, key);
	btc_sigcache_entry(&entry, vm->cache, kind, hash, key, sig);
	vm->cache_use.lookups++;
	if (btc_sigcache_has(vm->cache, &entry)) {
		vm->cache_use.hits++;
		return true;
	}
	if (!compute(kind, sig, hash, key))
		return false;
	btc_sigcache_add(vm->cache, &entry);
	return true;
}

static bool verify_ecdsa(struct btc_interp *vm, struct ecdsa *e, struct btc_span key)
{
	uint8_t type;

	if (!btc_pubkey_size_ok(key) || e->sig.n == 0)
		return false;
	type = e->sig.p[e->sig.n - 1];
	if (!e->hashed && vm->version == BTC_SIG_WITNESS_V0)
		btc_sighash_v0(e->hash, vm->ctx, vm->input, e->code, type);
	else if (!e->hashed)
		btc_sighash_legacy(e->hash, vm->ctx->tx, vm->input, e->code, type);
	e->hashed = true;
	return verify(vm, BTC_SIG_ECDSA, (struct btc_span){ .p = e->sig.p, .n = e->sig.n - 1 },
		e->hash, key);
}

static enum btc_script_err check_encoding(
	const struct btc_interp *vm, struct btc_span sig, struct btc_span key)
{
	enum btc_script_err err = btc_sig_encoding(sig, vm->flags);

	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	if (btc_flag(vm, BTC_VERIFY_STRICTENC) &&
		(!btc_pubkey_size_ok(key) || key.p[0] == 6 || key.p[0] == 7))
		return BTC_SCRIPT_ERR_PUBKEYTYPE;
	if (btc_flag(vm, BTC_VERIFY_WITNESS_PUBKEYTYPE) && vm->version == BTC_SIG_WITNESS_V0 &&
		!btc_pubkey_is_compressed(key))
		return BTC_SCRIPT_ERR_WITNESS_PUBKEYTYPE;
	return BTC_SCRIPT_ERR_OK;
}

static struct btc_span script_code(const struct btc_interp *vm)
{
	struct btc_span code = { .p = vm->script.p + vm->code_begin };

	code.n = vm->script.n - vm->code_begin;
	return code;
}

/* Before BIP143 a signature cannot sign itself, so it is deleted from the script code. */
static enum btc_script_err delete_sig(
	struct btc_interp *vm, struct btc_span *code, struct btc_span sig)
{
	struct btc_span push = { .p = vm->push };
	unsigned found;

	push.n = btc_script_put_push(vm->push, sig);
	found = btc_script_find_and_delete(vm->code, &code->n, *code, push);
	code->p = vm->code;
	if (found > 0 && btc_flag(vm, BTC_VERIFY_CONST_SCRIPTCODE))
		return BTC_SCRIPT_ERR_SIG_FINDANDDELETE;
	return BTC_SCRIPT_ERR_OK;
}

static enum btc_script_err check_ecdsa(
	struct btc_interp *vm, struct btc_span sig, struct btc_span key, bool *ok)
{
	struct ecdsa e = { .sig = sig, .code = script_code(vm) };
	enum btc_script_err err = BTC_SCRIPT_ERR_OK;

	if (vm->version == BTC_SIG_BASE)
		err = delete_sig(vm, &e.code, sig);
	if (err == BTC_SCRIPT_ERR_OK)
		err = check_encoding(vm, sig, key);
	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	*ok = verify_ecdsa(vm, &e, key);
	if (!*ok && sig.n > 0 && btc_flag(vm, BTC_VERIFY_NULLFAIL))
		return BTC_SCRIPT_ERR_SIG_NULLFAIL;
	return BTC_SCRIPT_ERR_OK;
}

enum btc_script_err btc_check_schnorr(
	struct btc_interp *vm, struct btc_span sig, const uint8_t key[32])
{
	struct btc_span sig64 = { .p = sig.p, .n = 64 }, key32 = { .p = key, .n = 32 };
	uint8_t type = BTC_SIGHASH_DEFAULT, hash[32];

	if (sig.n != 64 && sig.n != 65)
		return BTC_SCRIPT_ERR_SCHNORR_SIG_SIZE;
	if (sig.n == 65) {
		type = sig.p[64];
		if (type == BTC_SIGHASH_DEFAULT)
			return BTC_SCRIPT_ERR_SCHNORR_SIG_HASHTYPE;
	}
	if (btc_sighash_taproot(hash, vm->ctx, vm->input, type, &vm->tap) != 0)
		return BTC_SCRIPT_ERR_SCHNORR_SIG_HASHTYPE;
	return verify(vm, BTC_SIG_SCHNORR, sig64, hash, key32) ? BTC_SCRIPT_ERR_OK
							       : BTC_SCRIPT_ERR_SCHNORR_SIG;
}

/* BIP342: an empty signature is a "no"; any other must verify, or be for a kind of key not yet
 * known. */
static enum btc_script_err check_tapscript(
	struct btc_interp *vm, struct btc_span sig, struct btc_span key, bool *ok)
{
	*ok = sig.n > 0;
	if (*ok) {
		vm->tap.weight_left -= SIG_WEIGHT;
		if (vm->tap.weight_left < 0)
			return BTC_SCRIPT_ERR_TAPSCRIPT_VALIDATION_WEIGHT;
	}
	if (key.n == 0)
		return BTC_SCRIPT_ERR_TAPSCRIPT_EMPTY_PUBKEY;
	if (key.n == 32)
		return *ok ? btc_check_schnorr(vm, sig, key.p) : BTC_SCRIPT_ERR_OK;
	if (btc_flag(vm, BTC_VERIFY_DISCOURAGE_UPGRADABLE_PUBKEYTYPE))
		return BTC_SCRIPT_ERR_DISCOURAGE_UPGRADABLE_PUBKEYTYPE;
	return BTC_SCRIPT_ERR_OK;
}

static enum btc_script_err check_sig(
	struct btc_interp *vm, struct btc_span sig, struct btc_span key, bool *ok)
{
	return vm->version == BTC_SIG_TAPSCRIPT ? check_tapscript(vm, sig, key, ok)
						: check_ecdsa(vm, sig, key, ok);
}

static enum btc_script_err op_checksig(struct btc_interp *vm, uint8_t code)
{
	enum btc_script_err err;
	bool ok;

	if (vm->n_main < 2)
		return BTC_SCRIPT_ERR_INVALID_STACK_OPERATION;
	err = check_sig(vm, btc_top_span(vm, 2), btc_top_span(vm, 1), &ok);
	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	btc_pop(vm, 2);
	btc_push_bool(vm, ok);
	if (code == OP_CHECKSIG)
		return BTC_SCRIPT_ERR_OK;
	return btc_verified(vm, ok, BTC_SCRIPT_ERR_CHECKSIGVERIFY);
}

static enum btc_script_err op_checksigadd(struct btc_interp *vm)
{
	enum btc_script_err err;
	int64_t n;
	bool ok;

	if (vm->version != BTC_SIG_TAPSCRIPT)
		return BTC_SCRIPT_ERR_BAD_OPCODE;
	if (vm->n_main < 3)
		return BTC_SCRIPT_ERR_INVALID_STACK_OPERATION;
	err = btc_top_num(vm, 2, 4, &n);
	if (err == BTC_SCRIPT_ERR_OK)
		err = check_sig(vm, btc_top_span(vm, 3), btc_top_span(vm, 1), &ok);
	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	btc_pop(vm, 3);
	btc_push_num(vm, n + ok);
	return BTC_SCRIPT_ERR_OK;
}

/* Where the operands of CHECKMULTISIG lie, counted from the top: n_keys, the keys, n_sigs, the
 * signatures, a dummy. */
struct multisig {
	size_t key, sig; /* the last key and signature, which are tried first */
	unsigned n_keys, n_sigs;
	size_t dummy;
};

static enum btc_script_err multisig_operands(struct btc_interp *vm, struct multisig *m)
{
	enum btc_script_err err;
	int64_t n;

	if (vm->n_main < 1)
		return BTC_SCRIPT_ERR_INVALID_STACK_OPERATION;
	err = btc_top_num(vm, 1, 4, &n);
	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	if (n < 0 || n > BTC_MAX_MULTISIG)
		return BTC_SCRIPT_ERR_PUBKEY_COUNT;
	m->n_keys = (unsigned)n;
	vm->op_count += m->n_keys;
	if (vm->op_count > BTC_MAX_OPS)
		return BTC_SCRIPT_ERR_OP_COUNT;
	m->key = 2;
	if (vm->n_main < m->key + m->n_keys)
		return BTC_SCRIPT_ERR_INVALID_STACK_OPERATION;
	err = btc_top_num(vm, m->key + m->n_keys, 4, &n);
	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	if (n < 0 || n > m->n_keys)
		return BTC_SCRIPT_ERR_SIG_COUNT;
	m->n_sigs = (unsigned)n;
	m->sig = m->key + m->n_keys + 1;
	m->dummy = m->sig + m->n_sigs;
	return vm->n_main < m->dummy ? BTC_SCRIPT_ERR_INVALID_STACK_OPERATION : BTC_SCRIPT_ERR_OK;
}

/* Each signature must match a key, in order; a key is tried once. */
static enum btc_script_err multisig_verify(
	struct btc_interp *vm, struct multisig m, struct btc_span code, bool *ok)
{
	struct ecdsa e = { .code = code };

	*ok = true;
	while (*ok && m.n_sigs > 0) {
		struct btc_span sig = btc_top_span(vm, m.sig), key = btc_top_span(vm, m.key);
		enum btc_script_err err = check_encoding(vm, sig, key);

		if (err != BTC_SCRIPT_ERR_OK)
			return err;
		e.sig = sig;
		if (verify_ecdsa(vm, &e, key)) {
			e.hashed = false;
			m.sig++;
			m.n_sigs--;
		}
		m.key++;
		m.n_keys--;
		*ok = m.n_sigs <= m.n_keys;
	}
	return BTC_SCRIPT_ERR_OK;
}

static bool any_sig(struct btc_interp *vm, const struct multisig *m)
{
	for (unsigned i = 0; i < m->n_sigs; i++)
		if (btc_top(vm, m->sig + i)->n > 0)
			return true;
	return false;
}

static enum btc_script_err multisig(struct btc_interp *vm, bool *ok)
{
	struct btc_span code = script_code(vm);
	struct multisig m;
	enum btc_script_err err = multisig_operands(vm, &m);

	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	for (unsigned i = 0; vm->version == BTC_SIG_BASE && i < m.n_sigs; i++) {
		err = delete_sig(vm, &code, btc_top_span(vm, m.sig + i));
		if (err != BTC_SCRIPT_ERR_OK)
			return err;
	}
	err = multisig_verify(vm, m, code, ok);
	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	if (!*ok && btc_flag(vm, BTC_VERIFY_NULLFAIL) && any_sig(vm, &m))
		return BTC_SCRIPT_ERR_SIG_NULLFAIL;
	/* One item more than needed has always been taken; BIP147 wants it empty. */
	if (btc_flag(vm, BTC_VERIFY_NULLDUMMY) && btc_top(vm, m.dummy)->n > 0)
		return BTC_SCRIPT_ERR_SIG_NULLDUMMY;
	btc_pop(vm, m.dummy);
	return BTC_SCRIPT_ERR_OK;
}

static enum btc_script_err op_checkmultisig(struct btc_interp *vm, uint8_t code)
{
	enum btc_script_err err;
	bool ok;

	if (vm->version == BTC_SIG_TAPSCRIPT)
		return BTC_SCRIPT_ERR_TAPSCRIPT_CHECKMULTISIG;
	err = multisig(vm, &ok);
	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	btc_push_bool(vm, ok);
	if (code == OP_CHECKMULTISIG)
		return BTC_SCRIPT_ERR_OK;
	return btc_verified(vm, ok, BTC_SCRIPT_ERR_CHECKMULTISIGVERIFY);
}

enum btc_script_err btc_op_sig(struct btc_interp *vm, uint8_t code)
{
	switch (code) {
	case OP_CODESEPARATOR:
		vm->code_begin = vm->at;
		vm->tap.codesep_pos = vm->op_pos;
		return BTC_SCRIPT_ERR_OK;
	case OP_CHECKSIG:
	case OP_CHECKSIGVERIFY:
		return op_checksig(vm, code);
	case OP_CHECKSIGADD:
		return op_checksigadd(vm);
	default:
		return op_checkmultisig(vm, code);
	}
}

/* BIP65. */
static bool locktime_reached(const struct btc_interp *vm, int64_t wanted)
{
	const struct btc_tx *tx = vm->ctx->tx;

	if ((tx->locktime < BTC_LOCKTIME_SECONDS) != (wanted < BTC_LOCKTIME_SECONDS))
		return false;
	return wanted <= tx->locktime && tx->in[vm->input].sequence != BTC_SEQUENCE_FINAL;
}

/* BIP112. */
static bool sequence_reached(const struct btc_interp *vm, uint32_t wanted)
{
	const uint32_t mask = BTC_SEQUENCE_SECONDS | BTC_SEQUENCE_MASK;
	uint32_t have = vm->ctx->tx->in[vm->input].sequence;

	if (vm->ctx->tx->version < 2 || (have & BTC_SEQUENCE_DISABLED) != 0 ||
		(have & BTC_SEQUENCE_SECONDS) != (wanted & BTC_SEQUENCE_SECONDS))
		return false;
	return (wanted & mask) <= (have & mask);
}

enum btc_script_err btc_op_locktime(struct btc_interp *vm, uint8_t code)
{
	bool absolute = code == OP_CHECKLOCKTIMEVERIFY;
	enum btc_script_err err;
	int64_t v;
	bool ok;

	if (!btc_flag(
		    vm, absolute ? BTC_VERIFY_CHECKLOCKTIMEVERIFY : BTC_VERIFY_CHECKSEQUENCEVERIFY))
		return BTC_SCRIPT_ERR_OK; /* still the NOP it was */
	if (vm->n_main < 1)
		return BTC_SCRIPT_ERR_INVALID_STACK_OPERATION;
	/* Five bytes, because four hold no unsigned 32-bit number. */
	err = btc_top_num(vm, 1, 5, &v);
	if (err != BTC_SCRIPT_ERR_OK)
		return err;
	if (v < 0)
		return BTC_SCRIPT_ERR_NEGATIVE_LOCKTIME;
	if (absolute)
		ok = locktime_reached(vm, v);
	else
		ok = (v & BTC_SEQUENCE_DISABLED) != 0 || sequence_reached(vm, (uint32_t)v);
	return ok ? BTC_SCRIPT_ERR_OK : BTC_SCRIPT_ERR_UNSATISFIED_LOCKTIME;
}
