#include "bitcoin/source/damage.h"

#include <errno.h>

#include "bitcoin/rules/der.h"
#include "bitcoin/rules/script.h"
#include "bitcoin/rules/taproot.h"

#define ITEMS_MAX 24 /* pushes or witness items of an input that is recognised */
#define LEAF_SIZE 34 /* a key and CHECKSIG */

/* How an input is spent. */
enum form { PK, PKH, SH_MULTISIG, SH_WPKH, WPKH, WSH_MULTISIG, TR_KEY, TR_LEAF };

/* What an input is made of: the pushes of its scriptSig, or its witness. */
struct input {
	enum form form;
	bool witness;            /* the items are the witness' */
	unsigned n, sig, script; /* items; which is a signature, which the script */
	struct btc_span items[ITEMS_MAX];
};

/* A copy in the making. */
struct copy {
	struct btc_case *out;
	struct btc_tx tx;
	struct btc_prevout *spent;
	struct btc_arena *arena;
};

#define NAME(tail, name) [BTC_DAMAGE_##tail] = (name),
static const char *const names[] = { BTC_DAMAGES_OF(NAME) };

const char *btc_damage_name(enum btc_damage damage)
{
	return names[damage];
}

static bool take_pushes(struct input *in, struct btc_span script)
{
	struct btc_op op;
	size_t at = 0;

	for (in->n = 0; btc_script_next(script, &at, &op); in->items[in->n++] = op.data)
		if (op.code > OP_PUSHDATA4 || in->n == ITEMS_MAX)
			return false;
	return at == script.n;
}

static bool take_witness(struct input *in, const struct btc_in *from)
{
	if (from->n_witness > ITEMS_MAX)
		return false;
	in->n = from->n_witness;
	for (unsigned i = 0; i < in->n; i++)
		in->items[i] = from->witness[i];
	in->witness = true;
	return true;
}

/* OP_0, signatures as many as are needed, and the script m KEY... n CHECKMULTISIG. */
static bool is_multisig(struct input *in)
{
	struct btc_span s;
	struct btc_op op;
	size_t at = 0;
	unsigned need, keys = 0;

	if (in->n < 3 || in->items[0].n != 0)
		return false;
	s = in->items[in->n - 1];
	if (!btc_script_next(s, &at, &op) || op.code < OP_1 || op.code > OP_16)
		return false;
	need = op.code - OP_1 + 1u;
	while (btc_script_next(s, &at, &op) && op.code == 33)
		keys++;
	if (keys == 0 || op.code != OP_1 - 1 + keys || at + 1 != s.n ||
		s.p[at] != OP_CHECKMULTISIG || in->n != need + 2)
		return false;
	for (unsigned i = 1; i <= need; i++)
		if (!btc_der_is_strict(in->items[i]))
			return false;
	in->sig = 1;
	in->script = in->n - 1;
	return true;
}

static bool is_wpkh(const struct input *in)
{
	return in->n == 2 && btc_der_is_strict(in->items[0]);
}

static bool recognise_p2sh(struct input *in, const struct btc_in *from, uint32_t flags)
{
	struct btc_span program;
	int version;

	if ((flags & BTC_VERIFY_P2SH) == 0 || !take_pushes(in, from->script) || in->n == 0)
		return false;
	if (from->n_witness == 0) {
		in->form = SH_MULTISIG;
		return is_multisig(in);
	}
	in->form = SH_WPKH;
	return (flags & BTC_VERIFY_WITNESS) != 0 && in->n == 1 &&
		btc_script_witness_program(in->items[0], &version, &program) && version == 0 &&
		program.n == 20 && take_witness(in, from) && is_wpkh(in);
}

static bool recognise_taproot(struct input *in, uint32_t flags)
{
	struct btc_span last;

	if ((flags & BTC_VERIFY_TAPROOT) == 0 || in->n == 0)
		return false;
	last = in->items[in->n - 1];
	if (in->items[0].n != 64 && in->items[0].n != 65)
		return false;
	if (in->n == 1) {
		in->form = TR_KEY;
		return true;
	}
	in->form = TR_LEAF;
	in->script = 1;
	return in->n == 3 && in->items[1].n == LEAF_SIZE && in->items[1].p[0] == 32 &&
		in->items[1].p[33] == OP_CHECKSIG && last.n > 0 &&
		(last.p[0] & BTC_TAP_LEAF_MASK) == BTC_TAP_LEAF;
}

static bool recognise_program(struct input *in, const struct btc_in *from, int version,
	struct btc_span program, uint32_t flags)
{
	if ((flags & BTC_VERIFY_WITNESS) == 0 || !take_witness(in, from))
		return false;
	if (version == 1 && program.n == 32)
		return recognise_taproot(in, flags);
	if (version != 0)
		return false;
	in->form = program.n == 20 ? WPKH : WSH_MULTISIG;
	return program.n == 20 ? is_wpkh(in) : is_multisig(in);
}

static bool recognise(
	struct input *in, const struct btc_in *from, struct btc_span script, uint32_t flags)
{
	struct btc_span program;
	int version;

	*in = (struct input){ .form = PK };
	if (btc_script_witness_program(script, &version, &program))
		return recognise_program(in, from, version, program, flags);
	if (btc_script_is_p2sh(script))
		return recognise_p2sh(in, from, flags);
	if (from->n_witness > 0 || !take_pushes(in, from->script))
		return false;
	if (script.n == 35 && script.p[0] == 33 && script.p[34] == OP_CHECKSIG)
		return in->n == 1 && btc_der_is_strict(in->items[0]);
	in->form = PKH;
	return script.n == 25 && script.p[0] == OP_DUP && script.p[1] == OP_HASH160 &&
		script.p[2] == 20 && script.p[23] == OP_EQUALVERIFY &&
		script.p[24] == OP_CHECKSIG && in->n == 2 && btc_der_is_strict(in->items[0]);
}

static int flip(struct copy *c, struct btc_span *bytes, size_t at)
{
	uint8_t *p = btc_arena_get(c->arena, bytes->n, 1);

	if (p == NULL)
		return -ENOMEM;
	memcpy(p, bytes->p, bytes->n);
	p[at] ^= 1;
	bytes->p = p;
	return 1;
}

/* Writes the items back to where they came from. */
static int put_back(struct copy *c, uint32_t i, const struct input *in)
{
	struct btc_in *to = &c->tx.in[i];
	size_t size = 0;
	uint8_t *script;

	if (in->witness) {
		struct btc_span *items = btc_arena_get(c->arena, in->n, sizeof(items[0]));

		if (items == NULL)
			return -ENOMEM;
		memcpy(items, in->items, in->n * sizeof(items[0]));
		to->witness = items;
		return 1;
	}
	for (unsigned k = 0; k < in->n; k++)
		size += in->items[k].n + 5;
	script = btc_arena_get(c->arena, size, 1);
	if (script == NULL)
		return -ENOMEM;
	to->script = (struct btc_span){ .p = script, .n = 0 };
	for (unsigned k = 0; k < in->n; k++)
		to->script.n += btc_script_put_push(script + to->script.n, in->items[k]);
	return 1;
}

static int expect(struct copy *c, int made, enum btc_script_err err)
{
	c->out->expect = (struct btc_expect){ .kind = BTC_EXPECT_SCRIPT, .script = err };
	return made;
}

/* How a signature that does not verify is refused. */
static enum btc_script_err bad_signature(const struct copy *c, const struct input *in)
{
	if (in->form == TR_KEY || in->form == TR_LEAF)
		return BTC_SCRIPT_ERR_SCHNORR_SIG;
	return (c->out->flags & BTC_VERIFY_NULLFAIL) != 0 ? BTC_SCRIPT_ERR_SIG_NULLFAIL
							  : BTC_SCRIPT_ERR_EVAL_FALSE;
}

/* The last bit of S: the encoding stays what it was. */
static int damage_signature(struct copy *c, uint32_t i, struct input *in)
{
	struct btc_span *sig = &in->items[in->sig];
	bool schnorr = in->form == TR_KEY || in->form == TR_LEAF;
	int rc = flip(c, sig, schnorr ? 63 : sig->n - 2);

	if (rc > 0)
		rc = put_back(c, i, in);
	return expect(c, rc, bad_signature(c, in));
}

/* A taproot input before this one signs what it spends, and would be refused first. */
static bool others_sign_coins(const struct copy *c, uint32_t i)
{
	struct btc_span program;
	int version;

	for (uint32_t k = 0; k < i; k++)
		if (btc_script_witness_program(c->spent[k].script, &version, &program) &&
			version > 0)
			return true;
	return false;
}

static int damage_amount(struct copy *c, uint32_t i, struct input *in)
{
	if (!in->witness || others_sign_coins(c, i))
		return 0;
	c->spent[i].amount ^= 1;
	return expect(c, 1, bad_signature(c, in));
}

/* n - s, both 32 bytes, big endian; n is the group's order. */
static void negate(uint8_t out[32], const uint8_t s[32])
{
	static const uint8_t order[32] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0xba, 0xae, 0xdc, 0xe6, 0xaf, 0x48, 0xa0,
		0x3b, 0xbf, 0xd2, 0x5e, 0x8c, 0xd0, 0x36, 0x41, 0x41 };
	int borrow = 0;

	for (int i = 31; i >= 0; i--) {
		int d = order[i] - s[i] - borrow;

		borrow = d < 0;
		out[i] = (uint8_t)(d + (borrow << 8));
	}
}

/* The same signature with n - S for S, which is as valid and was made non-standard. */
static int raise_s(struct copy *c, struct btc_span *sig)
{
	size_t len_r = sig->p[3], len_s = sig->p[5 + len_r], head = 6 + len_r;
	uint8_t s[32] = { 0 }, high[32], *p = btc_arena_get(c->arena, 80, 1);
	bool pad;

	if (p == NULL)
		return -ENOMEM;
	if (len_s > 32)
		return 0;
	memcpy(s + 32 - len_s, sig->p + head, len_s);
	negate(high, s);
	pad = (high[0] & 0x80) != 0;
	memcpy(p, sig->p, head);
	p[5 + len_r] = (uint8_t)(32 + pad);
	p[head] = 0;
	memcpy(p + head + pad, high, 32);
	p[head + pad + 32] = sig->p[sig->n - 1];
	*sig = (struct btc_span){ .p = p, .n = head + pad + 33 };
	p[1] = (uint8_t)(sig->n - 3);
	return 1;
}

static int damage_high_s(struct copy *c, uint32_t i, struct input *in)
{
	int rc;

	if ((c->out->flags & BTC_VERIFY_LOW_S) == 0 || in->form == TR_KEY || in->form == TR_LEAF)
		return 0;
	rc = raise_s(c, &in->items[in->sig]);
	if (rc > 0)
		rc = put_back(c, i, in);
	return expect(c, rc, BTC_SCRIPT_ERR_SIG_HIGH_S);
}

/* A bit of the program that the coin was sent to. One in P2SH is in scriptSig, and no longer has
 * the hash of the coin. */
static int damage_program(struct copy *c, uint32_t i, struct input *in)
{
	static const enum btc_script_err errs[] = {
		[WPKH] = BTC_SCRIPT_ERR_EQUALVERIFY,
		[WSH_MULTISIG] = BTC_SCRIPT_ERR_WITNESS_PROGRAM_MISMATCH,
		[TR_KEY] = BTC_SCRIPT_ERR_SCHNORR_SIG,
		[TR_LEAF] = BTC_SCRIPT_ERR_WITNESS_PROGRAM_MISMATCH,
	};

	if (in->form == SH_WPKH)
		return expect(c, flip(c, &c->tx.in[i].script, c->tx.in[i].script.n - 1),
			BTC_SCRIPT_ERR_EVAL_FALSE);
	if (!in->witness || others_sign_coins(c, i))
		return 0;
	return expect(c, flip(c, &c->spent[i].script, c->spent[i].script.n - 1), errs[in->form]);
}

static int damage_script(struct copy *c, uint32_t i, struct input *in)
{
	struct btc_span *coin = &c->spent[i].script;
	int rc;

	if (in->form == WPKH || in->form == SH_WPKH || in->form == TR_KEY)
		return 0; /* have no script of their own */
	if (in->form == PK || in->form == PKH) {
		if (others_sign_coins(c, i))
			return 0;
		return expect(c, flip(c, coin, 20),
			in->form == PKH ? BTC_SCRIPT_ERR_EQUALVERIFY : bad_signature(c, in));
	}
	rc = flip(c, &in->items[in->script], 20);
	if (rc > 0)
		rc = put_back(c, i, in);
	return expect(c, rc,
		in->form == SH_MULTISIG ? BTC_SCRIPT_ERR_EVAL_FALSE
					: BTC_SCRIPT_ERR_WITNESS_PROGRAM_MISMATCH);
}

static int begin(struct copy *c, const struct btc_case *from)
{
	struct btc_reader r = { .p = from->tx.p, .size = from->tx.n };
	int rc = btc_tx_parse(&c->tx, &r, c->arena);

	if (rc == -ENOMEM)
		return rc;
	if (rc != 0 || c->tx.n_in != from->n_spent)
		return 0;
	c->spent = btc_arena_get(c->arena, from->n_spent, sizeof(c->spent[0]));
	if (c->spent == NULL)
		return -ENOMEM;
	memcpy(c->spent, from->spent, from->n_spent * sizeof(c->spent[0]));
	return 1;
}

static int finish(struct copy *c)
{
	size_t n = btc_tx_write(NULL, 0, &c->tx);
	uint8_t *p = btc_arena_get(c->arena, n, 1);

	if (p == NULL)
		return -ENOMEM;
	btc_tx_write(p, n, &c->tx);
	c->out->tx = (struct btc_span){ .p = p, .n = n };
	c->out->spent = c->spent;
	return 1;
}

static int add_name(struct copy *c, const char *name, enum btc_damage damage)
{
	size_t n = strlen(name) + strlen(names[damage]) + 2;
	char *both = btc_arena_get(c->arena, n, 1);

	if (both == NULL)
		return -ENOMEM;
	memcpy(both, name, strlen(name));
	both[strlen(name)] = '+';
	memcpy(both + strlen(name) + 1, names[damage], strlen(names[damage]) + 1);
	c->out->name = both;
	return 1;
}

int btc_damage_make(struct btc_case *out, const struct btc_case *from, enum btc_damage damage,
	struct btc_arena *arena)
{
	static int (*const make[])(struct copy *, uint32_t, struct input *) = {
		[BTC_DAMAGE_SIGNATURE] = damage_signature,
		[BTC_DAMAGE_AMOUNT] = damage_amount,
		[BTC_DAMAGE_HIGH_S] = damage_high_s,
		[BTC_DAMAGE_PROGRAM] = damage_program,
		[BTC_DAMAGE_SCRIPT] = damage_script,
	};
	struct copy c = { .out = out, .arena = arena };
	int rc = from->expect.kind == BTC_EXPECT_VALID ? begin(&c, from) : 0;
	int made = 0;

	*out = *from;
	for (uint32_t i = 0; rc > 0 && made == 0 && i < c.tx.n_in; i++) {
		struct input in;

		if (recognise(&in, &c.tx.in[i], c.spent[i].script, from->flags))
			made = make[damage](&c, i, &in);
	}
	if (rc > 0)
		rc = made;
	if (rc > 0)
		rc = finish(&c);
	return rc > 0 ? add_name(&c, from->name, damage) : rc;
}

int btc_damage_any(
	struct btc_case *out, const struct btc_case *from, unsigned first, struct btc_arena *arena)
{
	int rc = 0;

	for (unsigned k = 0; rc == 0 && k < BTC_DAMAGES; k++)
		rc = btc_damage_make(
			out, from, (enum btc_damage)((first + k) % BTC_DAMAGES), arena);
	return rc;
}
