#include "bitcoin/source/coin.h"

#include <errno.h>
#include <stdlib.h>

#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

#include "bitcoin/rules/script.h"
#include "bitcoin/rules/taproot.h"

#define MULTISIG_KEYS  3
#define MULTISIG_NEED  2
#define MULTISIG_BYTES (3 + 34 * MULTISIG_KEYS)
#define LEAF_BYTES     34 /* a key and CHECKSIG */

struct btc_signer {
	secp256k1_context *secp;
	uint64_t seed;
	bool has_taken;
	uint64_t taken_id;
	uint8_t taken[32];
};

struct row {
	const char *name;
	unsigned input_weight, input_base, script_size;
};

#define ROW(tail, name, input, base, script) [BTC_TEMPLATE_##tail] = { name, input, base, script },
static const struct row rows[] = { BTC_TEMPLATES_OF(ROW) };

const char *btc_template_name(enum btc_template t)
{
	return rows[t].name;
}

int btc_template_find(enum btc_template *t, const char *name, size_t n)
{
	for (unsigned i = 0; i < BTC_TEMPLATES; i++) {
		if (strlen(rows[i].name) == n && memcmp(rows[i].name, name, n) == 0) {
			*t = (enum btc_template)i;
			return 0;
		}
	}
	return -EINVAL;
}

unsigned btc_template_input_weight(enum btc_template t)
{
	return rows[t].input_weight;
}

unsigned btc_template_input_base(enum btc_template t)
{
	return rows[t].input_base;
}

unsigned btc_template_script_size(enum btc_template t)
{
	return rows[t].script_size;
}

struct btc_signer *btc_signer_new(uint64_t seed)
{
	struct btc_signer *signer = calloc(1, sizeof(*signer));

	if (signer == NULL)
		return NULL;
	signer->seed = seed;
	signer->secp = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	if (signer->secp == NULL) {
		free(signer);
		return NULL;
	}
	return signer;
}

void btc_signer_free(struct btc_signer *signer)
{
	if (signer == NULL)
		return;
	secp256k1_context_destroy(signer->secp);
	explicit_bzero(signer->taken, sizeof(signer->taken));
	free(signer);
}

bool btc_signer_take(struct btc_signer *signer, uint64_t id, const uint8_t secret[32])
{
	if (!secp256k1_ec_seckey_verify(signer->secp, secret))
		return false;
	memcpy(signer->taken, secret, 32);
	signer->taken_id = id;
	signer->has_taken = true;
	return true;
}

/* What can fail only for a key or nonce that no hash has ever been seen to give. */
static void must(int ok)
{
	assert(ok);
	(void)ok;
}

/* Key number k of a coin. Hashes that are no secret key are as rare as broken ones: 2^-128. */
static void secret(const struct btc_signer *signer, uint8_t out[32], uint64_t id, unsigned k)
{
	uint8_t text[32] = "benchtop key";

	if (signer->has_taken && signer->taken_id == id && k == 0) {
		memcpy(out, signer->taken, 32);
		return;
	}
	btc_put_le64(text + 12, signer->seed);
	btc_put_le64(text + 20, id);
	btc_put_le32(text + 28, k);
	btc_sha256(out, text, sizeof(text));
}

static void public_key(const struct btc_signer *signer, uint8_t out[33], uint64_t id, unsigned k)
{
	secp256k1_pubkey key;
	uint8_t sec[32];
	size_t n = 33;

	secret(signer, sec, id, k);
	must(secp256k1_ec_pubkey_create(signer->secp, &key, sec));
	secp256k1_ec_pubkey_serialize(signer->secp, out, &n, &key, SECP256K1_EC_COMPRESSED);
}

void btc_signer_key(const struct btc_signer *signer, uint8_t out[33], uint64_t id)
{
	public_key(signer, out, id, 0);
}

static size_t put_key(const struct btc_signer *signer, uint8_t *out, uint64_t id, unsigned k)
{
	out[0] = 33;
	public_key(signer, out + 1, id, k);
	return 34;
}

static size_t p2pkh_script(const struct btc_signer *signer, uint8_t *out, uint64_t id)
{
	uint8_t key[33];

	public_key(signer, key, id, 0);
	out[0] = OP_DUP;
	out[1] = OP_HASH160;
	out[2] = 20;
	btc_hash160(out + 3, key, sizeof(key));
	out[23] = OP_EQUALVERIFY;
	out[24] = OP_CHECKSIG;
	return 25;
}

static size_t p2wpkh_script(const struct btc_signer *signer, uint8_t *out, uint64_t id)
{
	uint8_t key[33];

	public_key(signer, key, id, 0);
	out[0] = OP_0;
	out[1] = 20;
	btc_hash160(out + 2, key, sizeof(key));
	return 22;
}

static size_t multisig_script(const struct btc_signer *signer, uint8_t *out, uint64_t id)
{
	size_t n = 0;

	out[n++] = OP_1 - 1 + MULTISIG_NEED;
	for (unsigned k = 0; k < MULTISIG_KEYS; k++)
		n += put_key(signer, out + n, id, k);
	out[n++] = OP_1 - 1 + MULTISIG_KEYS;
	out[n++] = OP_CHECKMULTISIG;
	return n;
}

static size_t p2sh_script(uint8_t *out, const uint8_t *redeem, size_t n)
{
	out[0] = OP_HASH160;
	out[1] = 20;
	btc_hash160(out + 2, redeem, n);
	out[22] = OP_EQUAL;
	return 23;
}

/* The tree of a script path coin: the leaf that is spent and one beside it, of which only the hash
 * matters. */
static void leaf_of(const struct btc_signer *signer, uint8_t script[LEAF_BYTES], uint8_t beside[32],
	uint64_t id)
{
	uint8_t key[33];

	public_key(signer, key, id, 1);
	script[0] = 32;
	memcpy(script + 1, key + 1, 32);
	script[33] = OP_CHECKSIG;
	secret(signer, beside, id, 2);
}

/* The key pair of a taproot coin with its tweak in; the parity of the output key and the internal
 * key beside it. */
static void taproot_pair(const struct btc_signer *signer, secp256k1_keypair *pair,
	uint8_t internal[32], struct btc_own coin)
{
	uint8_t sec[32], root[32], tweak[32], script[LEAF_BYTES];
	secp256k1_xonly_pubkey key;

	secret(signer, sec, coin.id, 0);
	must(secp256k1_keypair_create(signer->secp, pair, sec));
	must(secp256k1_keypair_xonly_pub(signer->secp, &key, NULL, pair));
	secp256k1_xonly_pubkey_serialize(signer->secp, internal, &key);
	if (coin.t == BTC_TEMPLATE_P2TR_SCRIPT) {
		uint8_t beside[32];

		leaf_of(signer, script, beside, coin.id);
		btc_tap_leaf(root, BTC_TAP_LEAF, (struct btc_span){ script, sizeof(script) });
		btc_tap_branch(root, root, beside);
	}
	btc_tap_tweak(tweak, internal, coin.t == BTC_TEMPLATE_P2TR_SCRIPT ? root : NULL);
	must(secp256k1_keypair_xonly_tweak_add(signer->secp, pair, tweak));
}

static void output_key(const struct btc_signer *signer, uint8_t out[32], int *parity,
	const secp256k1_keypair *pair)
{
	secp256k1_xonly_pubkey key;

	must(secp256k1_keypair_xonly_pub(signer->secp, &key, parity, pair));
	secp256k1_xonly_pubkey_serialize(signer->secp, out, &key);
}

static size_t p2tr_script(const struct btc_signer *signer, uint8_t *out, struct btc_own coin)
{
	secp256k1_keypair pair;
	uint8_t internal[32];

	taproot_pair(signer, &pair, internal, coin);
	out[0] = OP_1;
	out[1] = 32;
	output_key(signer, out + 2, NULL, &pair);
	return 34;
}

size_t btc_own_script(const struct btc_signer *signer, uint8_t *out, struct btc_own coin)
{
	uint8_t script[MULTISIG_BYTES];
	size_t n;

	switch (coin.t) {
	case BTC_TEMPLATE_P2PK:
		n = put_key(signer, out, coin.id, 0);
		out[n++] = OP_CHECKSIG;
		return n;
	case BTC_TEMPLATE_P2PKH:
		return p2pkh_script(signer, out, coin.id);
	case BTC_TEMPLATE_P2SH_MULTISIG:
		return p2sh_script(out, script, multisig_script(signer, script, coin.id));
	case BTC_TEMPLATE_P2SH_P2WPKH:
		return p2sh_script(out, script, p2wpkh_script(signer, script, coin.id));
	case BTC_TEMPLATE_P2WPKH:
		return p2wpkh_script(signer, out, coin.id);
	case BTC_TEMPLATE_P2WSH_MULTISIG:
		n = multisig_script(signer, script, coin.id);
		out[0] = OP_0;
		out[1] = 32;
		btc_sha256(out + 2, script, n);
		return 34;
	default:
		return p2tr_script(signer, out, coin);
	}
}

/* Bytes of a script or an item that is being written. */
struct out {
	uint8_t *p;
	size_t n;
};

/* Signs with a low R, so that every signature but one in 128 has 71 bytes with its hash type; as
 * Core's wallet does. */
static struct btc_span ecdsa(const struct btc_signer *signer, const uint8_t hash[32], uint64_t id,
	unsigned k, struct out *memory)
{
	uint8_t sec[32], extra[32] = { 0 }, compact[64];
	secp256k1_ecdsa_signature sig;
	struct btc_span made = { .p = memory->p + memory->n };
	size_t n = 72;

	secret(signer, sec, id, k);
	for (uint32_t tries = 0;; btc_put_le32(extra, ++tries)) {
		must(secp256k1_ecdsa_sign(
			signer->secp, &sig, hash, sec, NULL, tries > 0 ? extra : NULL));
		secp256k1_ecdsa_signature_serialize_compact(signer->secp, compact, &sig);
		if (compact[0] < 0x80)
			break;
	}
	secp256k1_ecdsa_signature_serialize_der(signer->secp, memory->p + memory->n, &n, &sig);
	memory->p[memory->n + n] = BTC_SIGHASH_ALL;
	made.n = n + 1;
	memory->n += made.n;
	return made;
}

static struct btc_span schnorr(const struct btc_signer *signer, const uint8_t hash[32],
	const secp256k1_keypair *pair, struct out *memory)
{
	struct btc_span made = { .p = memory->p + memory->n, .n = 64 };

	must(secp256k1_schnorrsig_sign32(signer->secp, memory->p + memory->n, hash, pair, NULL));
	memory->n += made.n;
	return made;
}

#define MEMORY 1024 /* all that one input's scriptSig and witness take */
#define ITEMS  4    /* of a witness */

/* What signing an input works with. */
struct job {
	const struct btc_signer *signer;
	const struct btc_txctx *ctx;
	struct btc_in *in;
	uint32_t i;
	struct btc_own coin;
	struct out memory;
	struct btc_span *items;
};

static struct btc_span keep(struct job *j, const void *p, size_t n)
{
	struct btc_span kept = { .p = j->memory.p + j->memory.n, .n = n };

	memcpy(j->memory.p + j->memory.n, p, n);
	j->memory.n += n;
	return kept;
}

static void script_sig(struct job *j, const struct btc_span *pushes, unsigned n, bool dummy)
{
	uint8_t script[MEMORY / 2];
	size_t at = 0;

	if (dummy)
		script[at++] = OP_0;
	for (unsigned i = 0; i < n; i++)
		at += btc_script_put_push(script + at, pushes[i]);
	j->in->script = keep(j, script, at);
}

static void sign_legacy(struct job *j)
{
	struct btc_span code = j->ctx->spent[j->i].script, pushes[3];
	bool multisig = j->coin.t == BTC_TEMPLATE_P2SH_MULTISIG;
	uint8_t redeem[MULTISIG_BYTES], hash[32], key[33];
	unsigned n = 0;

	if (multisig)
		code = (struct btc_span){ redeem, multisig_script(j->signer, redeem, j->coin.id) };
	btc_sighash_legacy(hash, j->ctx->tx, j->i, code, BTC_SIGHASH_ALL);
	pushes[n++] = ecdsa(j->signer, hash, j->coin.id, 0, &j->memory);
	if (multisig) {
		pushes[n++] = ecdsa(j->signer, hash, j->coin.id, 1, &j->memory);
		pushes[n++] = code;
	} else if (j->coin.t == BTC_TEMPLATE_P2PKH) {
		public_key(j->signer, key, j->coin.id, 0);
		pushes[n++] = (struct btc_span){ key, sizeof(key) };
	}
	script_sig(j, pushes, n, multisig);
}

static void sign_wpkh(struct job *j)
{
	uint8_t code[25], hash[32], key[33], program[22];
	struct btc_span redeem = { program, sizeof(program) };

	p2pkh_script(j->signer, code, j->coin.id);
	btc_sighash_v0(
		hash, j->ctx, j->i, (struct btc_span){ code, sizeof(code) }, BTC_SIGHASH_ALL);
	public_key(j->signer, key, j->coin.id, 0);
	j->items[0] = ecdsa(j->signer, hash, j->coin.id, 0, &j->memory);
	j->items[1] = keep(j, key, sizeof(key));
	j->in->n_witness = 2;
	if (j->coin.t == BTC_TEMPLATE_P2SH_P2WPKH) {
		p2wpkh_script(j->signer, program, j->coin.id);
		script_sig(j, &redeem, 1, false);
	}
}

static void sign_wsh(struct job *j)
{
	uint8_t script[MULTISIG_BYTES], hash[32];
	struct btc_span code = { script, multisig_script(j->signer, script, j->coin.id) };

	btc_sighash_v0(hash, j->ctx, j->i, code, BTC_SIGHASH_ALL);
	j->items[0] = (struct btc_span){ .n = 0 };
	j->items[1] = ecdsa(j->signer, hash, j->coin.id, 0, &j->memory);
	j->items[2] = ecdsa(j->signer, hash, j->coin.id, 1, &j->memory);
	j->items[3] = keep(j, script, code.n);
	j->in->n_witness = 4;
}

static void sign_tr_key(struct job *j)
{
	struct btc_tapctx tap = { .annex = false };
	uint8_t internal[32], hash[32];
	secp256k1_keypair pair;

	taproot_pair(j->signer, &pair, internal, j->coin);
	btc_sighash_taproot(hash, j->ctx, j->i, BTC_SIGHASH_DEFAULT, &tap);
	j->items[0] = schnorr(j->signer, hash, &pair, &j->memory);
	j->in->n_witness = 1;
}

static void sign_tr_script(struct job *j)
{
	struct btc_tapctx tap = { .leaf = true, .codesep_pos = UINT32_MAX };
	uint8_t script[LEAF_BYTES], control[BTC_TAP_BASE + BTC_TAP_NODE], out[32], hash[32],
		sec[32];
	secp256k1_keypair pair;
	int parity;

	leaf_of(j->signer, script, control + BTC_TAP_BASE, j->coin.id);
	btc_tap_leaf(tap.leaf_hash, BTC_TAP_LEAF, (struct btc_span){ script, sizeof(script) });
	taproot_pair(j->signer, &pair, control + 1, j->coin);
	output_key(j->signer, out, &parity, &pair);
	control[0] = (uint8_t)(BTC_TAP_LEAF | parity);
	btc_sighash_taproot(hash, j->ctx, j->i, BTC_SIGHASH_DEFAULT, &tap);
	secret(j->signer, sec, j->coin.id, 1);
	must(secp256k1_keypair_create(j->signer->secp, &pair, sec));
	j->items[0] = schnorr(j->signer, hash, &pair, &j->memory);
	j->items[1] = keep(j, script, sizeof(script));
	j->items[2] = keep(j, control, sizeof(control));
	j->in->n_witness = 3;
}

int btc_own_sign(const struct btc_signer *signer, struct btc_in *in, const struct btc_txctx *ctx,
	uint32_t i, struct btc_own coin, struct btc_arena *arena)
{
	static void (*const sign[])(struct job *) = {
		[BTC_TEMPLATE_P2PK] = sign_legacy,
		[BTC_TEMPLATE_P2PKH] = sign_legacy,
		[BTC_TEMPLATE_P2SH_MULTISIG] = sign_legacy,
		[BTC_TEMPLATE_P2SH_P2WPKH] = sign_wpkh,
		[BTC_TEMPLATE_P2WPKH] = sign_wpkh,
		[BTC_TEMPLATE_P2WSH_MULTISIG] = sign_wsh,
		[BTC_TEMPLATE_P2TR_KEY] = sign_tr_key,
		[BTC_TEMPLATE_P2TR_SCRIPT] = sign_tr_script,
	};
	struct job j = { .signer = signer, .ctx = ctx, .in = in, .i = i, .coin = coin };

	j.memory.p = btc_arena_get(arena, MEMORY, 1);
	j.items = btc_arena_get(arena, ITEMS, sizeof(j.items[0]));
	if (j.memory.p == NULL || j.items == NULL)
		return -ENOMEM;
	in->witness = j.items;
	sign[coin.t](&j);
	return 0;
}
