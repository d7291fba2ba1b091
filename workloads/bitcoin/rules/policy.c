#include "bitcoin/rules/policy.h"

#include "bitcoin/rules/script.h"
#include "bitcoin/rules/sig.h"
#include "bitcoin/rules/taproot.h"

#define MAX_VERSION        3
#define LEAST_SIZE         65 /* without witness: a smaller one looks like a merkle node */
#define MAX_SCRIPT_SIG     1650
#define MAX_BARE_KEYS      3
#define MAX_P2SH_SIGOPS    15
#define MAX_LEGACY_SIGOPS  2500 /* of a transaction, where they are executed: BIP54 */
#define MAX_DUST           1
#define MAX_WITNESS_SCRIPT 3600
#define MAX_WITNESS_ITEMS  100
#define MAX_WITNESS_ITEM   80
#define DUST_RATE          3 /* satoshi a virtual byte */
#define DUST_SPEND         148
#define DUST_SPEND_WITNESS 67
#define OUT_HEAD           8 /* value */

enum kind {
	NONSTANDARD,
	PUBKEY,
	PUBKEY_HASH,
	SCRIPT_HASH,
	MULTISIG,
	DATA,
	WITNESS_V0,
	TAPROOT,
	ANCHOR,
	WITNESS_UNKNOWN
};

static bool is_pay_to_key(struct btc_span s)
{
	return (s.n == 35 || s.n == 67) && s.p[0] == s.n - 2 && s.p[s.n - 1] == OP_CHECKSIG &&
		btc_pubkey_size_ok((struct btc_span){ .p = s.p + 1, .n = s.n - 2 });
}

static bool is_pay_to_key_hash(struct btc_span s)
{
	return s.n == 25 && s.p[0] == OP_DUP && s.p[1] == OP_HASH160 && s.p[2] == 20 &&
		s.p[23] == OP_EQUALVERIFY && s.p[24] == OP_CHECKSIG;
}

/* m KEY... n CHECKMULTISIG with at most three keys. */
static bool is_bare_multisig(struct btc_span s)
{
	struct btc_op op;
	size_t at = 0;
	unsigned need, keys = 0;

	if (!btc_script_next(s, &at, &op) || op.code < OP_1 || op.code > OP_16)
		return false;
	need = op.code - OP_1 + 1u;
	while (btc_script_next(s, &at, &op) && btc_pubkey_size_ok(op.data))
		keys++;
	return keys >= 1 && keys <= MAX_BARE_KEYS && need <= keys && op.code == OP_1 - 1 + keys &&
		at + 1 == s.n && s.p[at] == OP_CHECKMULTISIG;
}

static bool is_data(struct btc_span s)
{
	return s.n > 0 && s.p[0] == OP_RETURN &&
		btc_script_is_push_only((struct btc_span){ .p = s.p + 1, .n = s.n - 1 });
}

static enum kind program_kind(int version, struct btc_span program)
{
	if (version == 0)
		return program.n == 20 || program.n == 32 ? WITNESS_V0 : NONSTANDARD;
	if (version == 1 && program.n == 32)
		return TAPROOT;
	if (version == 1 && program.n == 2 && program.p[0] == 0x4e && program.p[1] == 0x73)
		return ANCHOR;
	return WITNESS_UNKNOWN;
}

/* Core's Solver. */
static enum kind kind_of(struct btc_span s)
{
	struct btc_span program;
	int version;

	if (btc_script_is_p2sh(s))
		return SCRIPT_HASH;
	if (btc_script_witness_program(s, &version, &program))
		return program_kind(version, program);
	if (is_data(s))
		return DATA;
	if (is_pay_to_key(s))
		return PUBKEY;
	if (is_pay_to_key_hash(s))
		return PUBKEY_HASH;
	return is_bare_multisig(s) ? MULTISIG : NONSTANDARD;
}

int64_t btc_policy_dust(const struct btc_out *out)
{
	struct btc_span program;
	size_t size = OUT_HEAD + btc_compact_len(out->script.n) + out->script.n;
	int version;

	if (btc_script_is_unspendable(out->script))
		return 0;
	size += btc_script_witness_program(out->script, &version, &program) ? DUST_SPEND_WITNESS
									    : DUST_SPEND;
	return (int64_t)size * DUST_RATE;
}

uint32_t btc_policy_dust_outputs(const struct btc_tx *tx)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < tx->n_out; i++)
		n += tx->out[i].value < btc_policy_dust(&tx->out[i]);
	return n;
}

static const char *check_script_sigs(const struct btc_tx *tx)
{
	for (uint32_t i = 0; i < tx->n_in; i++) {
		if (tx->in[i].script.n > MAX_SCRIPT_SIG)
			return "scriptsig-size";
		if (!btc_script_is_push_only(tx->in[i].script))
			return "scriptsig-not-pushonly";
	}
	return NULL;
}

static const char *check_outputs(const struct btc_tx *tx)
{
	/* OP_RETURN outputs may be as large as a transaction may be. */
	for (uint32_t i = 0; i < tx->n_out; i++)
		if (kind_of(tx->out[i].script) == NONSTANDARD)
			return "scriptpubkey";
	return btc_policy_dust_outputs(tx) > MAX_DUST ? "dust" : NULL;
}

const char *btc_policy_tx(const struct btc_tx *tx)
{
	const char *reason;

	if (tx->version < 1 || tx->version > MAX_VERSION)
		return "version";
	if (btc_tx_weight(tx) > BTC_POLICY_MAX_WEIGHT)
		return "tx-size";
	reason = check_script_sigs(tx);
	if (reason == NULL)
		reason = check_outputs(tx);
	if (reason == NULL && tx->base_size < LEAST_SIZE)
		reason = "tx-size-small";
	return reason;
}

/* Core executes a scriptSig to see what it leaves: of one that only pushes, this is what can go
 * wrong. */
static bool leaves_redeem_script(struct btc_span script_sig)
{
	struct btc_op op;
	size_t at = 0, items = 0;

	for (; btc_script_next(script_sig, &at, &op); items++)
		if (op.code == OP_RESERVED || op.data.n > BTC_MAX_ELEMENT)
			return false;
	return at == script_sig.n && items > 0 && items <= BTC_MAX_STACK;
}

static bool coin_fits(const struct btc_in *in, struct btc_span script)
{
	enum kind kind = kind_of(script);

	if (kind == NONSTANDARD || kind == WITNESS_UNKNOWN || kind == DATA)
		return false;
	return kind != SCRIPT_HASH ||
		(leaves_redeem_script(in->script) &&
			btc_script_sigops_p2sh(script, in->script) <= MAX_P2SH_SIGOPS);
}

/* BIP54's count: of what an input executes outside of the witness, OP_n CHECKMULTISIG being n. */
static bool legacy_sigops_fit(const struct btc_tx *tx, const struct btc_prevout *spent)
{
	unsigned n = 0;

	for (uint32_t i = 0; i < tx->n_in; i++) {
		n += btc_script_sigops(tx->in[i].script, true);
		n += btc_script_is_p2sh(spent[i].script)
			? btc_script_sigops_p2sh(spent[i].script, tx->in[i].script)
			: btc_script_sigops(spent[i].script, true);
		if (n > MAX_LEGACY_SIGOPS)
			return false;
	}
	return true;
}

static bool inputs_fit(const struct btc_tx *tx, const struct btc_prevout *spent)
{
	if (!legacy_sigops_fit(tx, spent))
		return false;
	for (uint32_t i = 0; i < tx->n_in; i++)
		if (!coin_fits(&tx->in[i], spent[i].script))
			return false;
	return true;
}

static bool items_fit(const struct btc_span *items, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (items[i].n > MAX_WITNESS_ITEM)
			return false;
	return true;
}

static bool taproot_fits(const struct btc_in *in)
{
	struct btc_span last = in->witness[in->n_witness - 1];

	if (in->n_witness < 2)
		return true;
	if (last.n > 0 && last.p[0] == BTC_TAP_ANNEX)
		return false;
	if (last.n == 0)
		return false;
	return (last.p[0] & BTC_TAP_LEAF_MASK) != BTC_TAP_LEAF ||
		items_fit(in->witness, in->n_witness - 2);
}

/* The program that a witness is for: of the output itself, or the one that scriptSig's last push
 * holds. */
static bool find_program(const struct btc_in *in, struct btc_span script, int *version,
	struct btc_span *program, bool *nested)
{
	struct btc_op op = { .code = OP_0 };

	*nested = btc_script_is_p2sh(script);
	if (*nested)
		for (size_t at = 0; btc_script_next(in->script, &at, &op);)
			;
	return btc_script_witness_program(*nested ? op.data : script, version, program);
}

static bool witness_fits(const struct btc_in *in, struct btc_span script)
{
	struct btc_span program;
	uint32_t n = in->n_witness;
	bool nested;
	int version;

	if (n == 0)
		return true;
	if (kind_of(script) == ANCHOR || !find_program(in, script, &version, &program, &nested))
		return false;
	if (version == 0 && program.n == 32)
		return in->witness[n - 1].n <= MAX_WITNESS_SCRIPT && n - 1 <= MAX_WITNESS_ITEMS &&
			items_fit(in->witness, n - 1);
	return version != 1 || program.n != 32 || nested || taproot_fits(in);
}

const char *btc_policy_inputs(const struct btc_tx *tx, const struct btc_prevout *spent)
{
	if (!inputs_fit(tx, spent))
		return "bad-txns-nonstandard-inputs";
	for (uint32_t i = 0; i < tx->n_in; i++)
		if (!witness_fits(&tx->in[i], spent[i].script))
			return "bad-witness-nonstandard";
	return NULL;
}
