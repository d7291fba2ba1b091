#include "btc_mine.h"

#include <stdlib.h>

#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

#include "bitcoin/rules/pow.h"
#include "bitcoin/rules/script.h"

#define GENESIS_TIME 1296688602
#define EASY_BITS    0x207fffff

static void need(bool ok)
{
	if (!ok)
		abort();
}

void btc_mine_init(struct btc_miner *m)
{
	memset(m, 0, sizeof(*m));
	m->secp = secp256k1_context_create(SECP256K1_CONTEXT_NONE);
	need(m->secp != NULL);
}

void btc_mine_fini(struct btc_miner *m)
{
	secp256k1_context_destroy(m->secp);
	btc_arena_fini(&m->arena);
}

void *btc_mine_get(struct btc_miner *m, size_t n, size_t size)
{
	void *p = btc_arena_get(&m->arena, n, size);

	need(p != NULL);
	return memset(p, 0, n * size);
}

struct btc_span btc_mine_copy(struct btc_miner *m, const void *p, size_t n)
{
	uint8_t *copy = btc_mine_get(m, n, 1);

	memcpy(copy, p, n);
	return (struct btc_span){ .p = copy, .n = n };
}

static void secret(uint8_t out[32], unsigned key)
{
	uint8_t seed[8] = "key";

	btc_put_le32(seed + 4, key);
	btc_sha256(out, seed, sizeof(seed));
}

void btc_mine_pubkey(struct btc_miner *m, uint8_t pubkey[33], unsigned key)
{
	uint8_t sec[32];
	secp256k1_pubkey pub;
	size_t n = 33;

	secret(sec, key);
	need(secp256k1_ec_pubkey_create(m->secp, &pub, sec));
	secp256k1_ec_pubkey_serialize(m->secp, pubkey, &n, &pub, SECP256K1_EC_COMPRESSED);
}

struct btc_span btc_mine_p2pkh(struct btc_miner *m, unsigned key)
{
	uint8_t s[25] = { OP_DUP, OP_HASH160, 20 }, pub[33];

	btc_mine_pubkey(m, pub, key);
	btc_hash160(s + 3, pub, 33);
	s[23] = OP_EQUALVERIFY;
	s[24] = OP_CHECKSIG;
	return btc_mine_copy(m, s, sizeof(s));
}

struct btc_span btc_mine_p2wpkh(struct btc_miner *m, unsigned key)
{
	uint8_t s[22] = { OP_0, 20 }, pub[33];

	btc_mine_pubkey(m, pub, key);
	btc_hash160(s + 2, pub, 33);
	return btc_mine_copy(m, s, sizeof(s));
}

struct btc_span btc_mine_p2sh(struct btc_miner *m, struct btc_span redeem)
{
	uint8_t s[23] = { OP_HASH160, 20 };

	btc_hash160(s + 2, redeem.p, redeem.n);
	s[22] = OP_EQUAL;
	return btc_mine_copy(m, s, sizeof(s));
}

/* The key itself is the output key: nothing says that it must be a tweaked one. */
struct btc_span btc_mine_p2tr(struct btc_miner *m, unsigned key)
{
	uint8_t s[34] = { OP_1, 32 }, pub[33];

	btc_mine_pubkey(m, pub, key);
	memcpy(s + 2, pub + 1, 32);
	return btc_mine_copy(m, s, sizeof(s));
}

struct btc_span btc_mine_multisig(struct btc_miner *m, unsigned least, unsigned keys)
{
	uint8_t s[3 + 34 * 15] = { (uint8_t)(OP_1 - 1 + least) };
	size_t n = 1;

	for (unsigned k = 0; k < keys; k++, n += 34) {
		s[n] = 33;
		btc_mine_pubkey(m, s + n + 1, k);
	}
	s[n++] = (uint8_t)(OP_1 - 1 + keys);
	s[n++] = OP_CHECKMULTISIG;
	return btc_mine_copy(m, s, n);
}

struct btc_span btc_mine_push(struct btc_miner *m, struct btc_span data)
{
	uint8_t *p = btc_mine_get(m, data.n + 5, 1);

	return (struct btc_span){ .p = p, .n = btc_script_put_push(p, data) };
}

struct btc_tx *btc_mine_tx(
	struct btc_miner *m, const struct btc_mine_coin *coins, uint32_t n_in, uint32_t n_out)
{
	struct btc_tx *tx = btc_mine_get(m, 1, sizeof(*tx));

	tx->version = 2;
	tx->n_in = n_in;
	tx->n_out = n_out;
	tx->in = btc_mine_get(m, n_in, sizeof(tx->in[0]));
	tx->out = btc_mine_get(m, n_out, sizeof(tx->out[0]));
	for (uint32_t i = 0; i < n_in; i++) {
		tx->in[i].prevout = btc_mine_copy(m, coins[i].outpoint, BTC_OUTPOINT_SIZE).p;
		tx->in[i].sequence = BTC_SEQUENCE_FINAL;
	}
	return tx;
}

/* What the parser makes of it: with sizes, hashes and raw outputs. */
static struct btc_tx parsed(struct btc_miner *m, const struct btc_tx *tx)
{
	size_t n = btc_tx_write(NULL, 0, tx);
	uint8_t *bytes = btc_mine_get(m, n, 1);
	struct btc_reader r = { .p = bytes, .size = n };
	struct btc_tx copy;

	btc_tx_write(bytes, n, tx);
	need(btc_tx_parse(&copy, &r, &m->arena) == 0);
	return copy;
}

struct btc_mine_coin btc_mine_coin_of(struct btc_miner *m, const struct btc_tx *tx, uint32_t index)
{
	struct btc_tx copy = parsed(m, tx);
	struct btc_mine_coin coin;

	memcpy(coin.outpoint, copy.txid, 32);
	btc_put_le32(coin.outpoint + 32, index);
	coin.out.amount = copy.out[index].value;
	coin.out.script = copy.out[index].script;
	return coin;
}

static struct btc_span ecdsa(struct btc_miner *m, const uint8_t hash[32], unsigned key)
{
	secp256k1_ecdsa_signature sig;
	uint8_t der[73], sec[32];
	size_t n = 72;

	secret(sec, key);
	need(secp256k1_ecdsa_sign(m->secp, &sig, hash, sec, NULL, NULL));
	need(secp256k1_ecdsa_signature_serialize_der(m->secp, der, &n, &sig));
	der[n++] = BTC_SIGHASH_ALL;
	return btc_mine_copy(m, der, n);
}

static struct btc_span schnorr(struct btc_miner *m, const uint8_t hash[32], unsigned key)
{
	secp256k1_keypair pair;
	uint8_t sig[64], sec[32];

	secret(sec, key);
	need(secp256k1_keypair_create(m->secp, &pair, sec));
	need(secp256k1_schnorrsig_sign32(m->secp, sig, hash, &pair, NULL));
	return btc_mine_copy(m, sig, sizeof(sig));
}

struct btc_span btc_mine_signature(struct btc_miner *m, const struct btc_tx *tx, uint32_t i,
	const struct btc_mine_coin *coins, unsigned key)
{
	struct btc_prevout *spent = btc_mine_get(m, tx->n_in, sizeof(spent[0]));
	struct btc_tx copy = parsed(m, tx);
	struct btc_span program, script = coins[i].out.script;
	struct btc_tapctx tap = { .annex = false };
	struct btc_txctx ctx;
	uint8_t hash[32];
	int version;

	for (uint32_t k = 0; k < tx->n_in; k++)
		spent[k] = coins[k].out;
	copy.has_witness = true; /* it will have */
	btc_txctx_init(&ctx, &copy, spent);
	if (!btc_script_witness_program(script, &version, &program)) {
		btc_sighash_legacy(hash, &copy, i, script, BTC_SIGHASH_ALL);
		return ecdsa(m, hash, key);
	}
	if (version == 0) {
		btc_sighash_v0(hash, &ctx, i, btc_mine_p2pkh(m, key), BTC_SIGHASH_ALL);
		return ecdsa(m, hash, key);
	}
	if (tx->in[i].n_witness > 1) {
		struct btc_span annex = tx->in[i].witness[1];
		uint8_t *whole = btc_mine_get(m, annex.n + 9, 1);
		size_t head = btc_put_compact(whole, annex.n);

		memcpy(whole + head, annex.p, annex.n);
		btc_sha256(tap.annex_hash, whole, head + annex.n);
		tap.annex = true;
	}
	need(btc_sighash_taproot(hash, &ctx, i, BTC_SIGHASH_DEFAULT, &tap) == 0);
	return schnorr(m, hash, key);
}

static void sign_input(struct btc_miner *m, struct btc_tx *tx, uint32_t i,
	const struct btc_mine_coin *coins, unsigned key)
{
	struct btc_span sig = btc_mine_signature(m, tx, i, coins, key), program, *items;
	uint8_t pub[33], *script;
	int version;

	btc_mine_pubkey(m, pub, key);
	if (!btc_script_witness_program(coins[i].out.script, &version, &program)) {
		script = btc_mine_get(m, sig.n + 35, 1);
		tx->in[i].script.p = script;
		tx->in[i].script.n = btc_script_put_push(script, sig);
		tx->in[i].script.n += btc_script_put_push(
			script + tx->in[i].script.n, (struct btc_span){ .p = pub, .n = 33 });
		return;
	}
	items = btc_mine_get(m, 2, sizeof(items[0]));
	items[0] = sig;
	items[1] = tx->in[i].n_witness > 1 ? tx->in[i].witness[1] : btc_mine_copy(m, pub, 33);
	if (version == 0)
		tx->in[i].n_witness = 2;
	else if (tx->in[i].n_witness == 0)
		tx->in[i].n_witness = 1;
	tx->in[i].witness = items;
}

void btc_mine_sign(
	struct btc_miner *m, struct btc_tx *tx, const struct btc_mine_coin *coins, unsigned key)
{
	struct btc_span known[3] = { btc_mine_p2pkh(m, key), btc_mine_p2wpkh(m, key),
		btc_mine_p2tr(m, key) };

	for (uint32_t i = 0; i < tx->n_in; i++)
		for (unsigned k = 0; k < BT_LEN(known); k++)
			if (btc_span_eq(coins[i].out.script, known[k]))
				sign_input(m, tx, i, coins, key);
}

static struct btc_tx *coinbase(struct btc_miner *m, struct btc_span script, int64_t value)
{
	struct btc_mine_coin none = { .outpoint = { 0 } };
	struct btc_tx *tx;

	btc_put_le32(none.outpoint + 32, UINT32_MAX);
	tx = btc_mine_tx(m, &none, 1, 1);
	tx->in[0].script = script;
	tx->out[0].value = value;
	tx->out[0].script = btc_mine_p2pkh(m, 0);
	return tx;
}

void btc_mine_begin(struct btc_miner *m, struct btc_mine_block *b)
{
	const struct btc_chainparams *params = btc_chainparams(BTC_REGTEST);
	uint8_t script[16];
	size_t n = btc_script_put_num(script, m->height);

	script[n++] = OP_0; /* a height below 17 is one byte, and two are the least */
	memset(b, 0, sizeof(*b));
	b->header.version = 0x20000000;
	memcpy(b->header.prev, m->tip, 32);
	b->header.time = m->time + params->spacing;
	b->header.bits = EASY_BITS;
	b->nonce_n = 32;
	btc_mine_add(b, coinbase(m, btc_mine_copy(m, script, n), btc_subsidy(params, m->height)));
}

void btc_mine_add(struct btc_mine_block *b, struct btc_tx *tx)
{
	need(b->n_tx < BT_LEN(b->tx));
	b->tx[b->n_tx++] = tx;
}

static void commit(struct btc_miner *m, struct btc_mine_block *b)
{
	uint8_t script[38] = { OP_RETURN, 36, 0xaa, 0x21, 0xa9, 0xed }, pair[64] = { 0 };
	struct btc_span *nonce = btc_mine_get(m, 1, sizeof(*nonce));
	struct btc_tx *cb = b->tx[0];
	struct btc_out *out = btc_mine_get(m, cb->n_out + 1, sizeof(*out));
	uint8_t(*hashes)[32] = btc_mine_get(m, b->n_tx, 32);

	for (uint32_t i = 1; i < b->n_tx; i++) {
		struct btc_tx copy = parsed(m, b->tx[i]);

		btc_tx_wtxid(hashes[i], &copy);
	}
	btc_merkle_root(pair, NULL, hashes, b->n_tx);
	btc_sha256d(script + 6, pair, sizeof(pair));
	script[6] ^= b->flip_commit;
	memcpy(out, cb->out, cb->n_out * sizeof(*out));
	out[cb->n_out].script = btc_mine_copy(m, script, sizeof(script));
	cb->out = out;
	cb->n_out++;
	*nonce = (struct btc_span){ .p = btc_mine_get(m, b->nonce_n, 1), .n = b->nonce_n };
	cb->in[0].witness = nonce;
	cb->in[0].n_witness = 1;
}

static void mine(struct btc_header *h, uint8_t raw[BTC_HEADER_SIZE], bool fail)
{
	uint8_t hash[32];

	for (;; h->nonce++) {
		btc_header_write(raw, h);
		btc_sha256d(hash, raw, BTC_HEADER_SIZE);
		if (btc_pow_ok(hash, h->bits, btc_chainparams(BTC_REGTEST)) != fail)
			return;
	}
}

struct btc_span btc_mine_seal(struct btc_miner *m, struct btc_mine_block *b)
{
	size_t n = BTC_HEADER_SIZE + 9, at = BTC_HEADER_SIZE;
	uint8_t(*hashes)[32] = btc_mine_get(m, b->n_tx, 32), *bytes;

	if (b->commit)
		commit(m, b);
	for (uint32_t i = 0; i < b->n_tx; i++) {
		memcpy(hashes[i], parsed(m, b->tx[i]).txid, 32);
		n += btc_tx_write(NULL, 0, b->tx[i]);
	}
	btc_merkle_root(b->header.merkle_root, NULL, hashes, b->n_tx);
	b->header.merkle_root[0] ^= b->flip_merkle;
	bytes = btc_mine_get(m, n, 1);
	mine(&b->header, bytes, b->fail_pow);
	at += btc_put_compact(bytes + at, b->n_tx);
	for (uint32_t i = 0; i < b->n_tx; i++)
		at += btc_tx_write(bytes + at, n - at, b->tx[i]);
	return (struct btc_span){ .p = bytes, .n = at };
}

void btc_mine_extend(struct btc_miner *m, const struct btc_mine_block *b, struct btc_span bytes)
{
	need(m->height < BTC_MINE_BLOCKS);
	m->blocks[m->height] = bytes;
	m->coinbases[m->height] = btc_mine_coin_of(m, b->tx[0], 0);
	btc_sha256d(m->tip, bytes.p, BTC_HEADER_SIZE);
	m->time = b->header.time;
	m->height++;
}

/* Satoshi's coinbase, in a header with regtest's time, bits and nonce. */
static void begin_genesis(struct btc_miner *m, struct btc_mine_block *b)
{
	static const char title[] =
		"The Times 03/Jan/2009 Chancellor on brink of second bailout for banks";
	static const uint8_t head[] = { 4, 0xff, 0xff, 0x00, 0x1d, 1, 4, sizeof(title) - 1 };
	static const uint8_t key[] = { 65, 0x04, 0x67, 0x8a, 0xfd, 0xb0, 0xfe, 0x55, 0x48, 0x27,
		0x19, 0x67, 0xf1, 0xa6, 0x71, 0x30, 0xb7, 0x10, 0x5c, 0xd6, 0xa8, 0x28, 0xe0, 0x39,
		0x09, 0xa6, 0x79, 0x62, 0xe0, 0xea, 0x1f, 0x61, 0xde, 0xb6, 0x49, 0xf6, 0xbc, 0x3f,
		0x4c, 0xef, 0x38, 0xc4, 0xf3, 0x55, 0x04, 0xe5, 0x1e, 0xc1, 0x12, 0xde, 0x5c, 0x38,
		0x4d, 0xf7, 0xba, 0x0b, 0x8d, 0x57, 0x8a, 0x4c, 0x70, 0x2b, 0x6b, 0xf1, 0x1d, 0x5f,
		OP_CHECKSIG };
	uint8_t script[sizeof(head) + sizeof(title) - 1];

	memcpy(script, head, sizeof(head));
	memcpy(script + sizeof(head), title, sizeof(title) - 1);
	memset(b, 0, sizeof(*b));
	b->header.version = 1;
	b->header.time = GENESIS_TIME;
	b->header.bits = EASY_BITS;
	b->header.nonce = 2;
	btc_mine_add(b, coinbase(m, btc_mine_copy(m, script, sizeof(script)), 50 * BTC_COIN));
	b->tx[0]->version = 1;
	b->tx[0]->out[0].script = btc_mine_copy(m, key, sizeof(key));
}

void btc_mine_base(struct btc_miner *m, uint32_t n)
{
	struct btc_mine_block b;

	begin_genesis(m, &b);
	btc_mine_extend(m, &b, btc_mine_seal(m, &b));
	while (m->height < n) {
		btc_mine_begin(m, &b);
		btc_mine_extend(m, &b, btc_mine_seal(m, &b));
	}
}
