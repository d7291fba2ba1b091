/*
 * btc_verify: what validating Bitcoin costs, as ratios within one run. Each pair is measured in
 * turns, a few milliseconds of one and then of the other, and the medians are compared, in
 * processor time; threads by the best of five turns, on the clock.
 *
 *   btc_verify [PATH]    PATH: blocks for the last row, the shipped chain without one
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <secp256k1_extrakeys.h>
#include <secp256k1_schnorrsig.h>

#include "base/path.h"
#include "tests/support/btc_mine.h"
#include "bitcoin/rules/interp.h"
#include "bitcoin/rules/pow.h"
#include "bitcoin/rules/sig.h"
#include "bitcoin/source/stretch.h"
#include "bitcoin/rules/txrules.h"

#define SPENDS       64 /* transactions of one input */
#define TURNS        61
#define BLOCK_INPUTS 2000u
#define PER_TX       4
#define BLOCK_TURNS  5
#define MATURE       1

#define STANDARD                                                                         \
	(BTC_VERIFY_P2SH | BTC_VERIFY_WITNESS | BTC_VERIFY_TAPROOT | BTC_VERIFY_DERSIG | \
		BTC_VERIFY_NULLDUMMY | BTC_VERIFY_CHECKLOCKTIMEVERIFY |                  \
		BTC_VERIFY_CHECKSEQUENCEVERIFY)

/* One signed input, and the signature and key in it as libsecp256k1 takes them. */
struct spend {
	struct btc_span bytes;
	struct btc_prevout out;
	uint8_t hash[32], key[33], sig64[64];
	secp256k1_ecdsa_signature sig;
};

struct lab {
	struct btc_miner m;
	struct btc_interp *vm;
	struct btc_arena arena;
	struct spend spends[SPENDS];
};

static void need(bool ok, const char *what)
{
	if (ok)
		return;
	fprintf(stderr, "btc_verify: %s\n", what);
	exit(1);
}

static double clock_s(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static double seconds(void)
{
	return clock_s(CLOCK_MONOTONIC);
}

/* Of this thread alone, so that what else the machine does is not in a turn. */
static double cpu_seconds(void)
{
	return clock_s(CLOCK_THREAD_CPUTIME_ID);
}

static int by_value(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

static double median(double *v, size_t n)
{
	qsort(v, n, sizeof(v[0]), by_value);
	return v[n / 2];
}

static struct btc_span serialised(struct btc_miner *m, const struct btc_tx *tx)
{
	size_t n = btc_tx_write(NULL, 0, tx);
	uint8_t *p = btc_mine_get(m, n, 1);

	btc_tx_write(p, n, tx);
	return (struct btc_span){ .p = p, .n = n };
}

/* The hash that was signed, and the signature, out of the signed transaction. */
static void take_signature(struct lab *lab, struct spend *s, struct btc_span script)
{
	struct btc_reader r = { .p = s->bytes.p, .size = s->bytes.n };
	struct btc_tapctx tap = { .annex = false };
	struct btc_span item;
	struct btc_txctx ctx;
	struct btc_tx tx;
	uint8_t *key = s->key;

	need(btc_tx_parse(&tx, &r, &lab->arena) == 0, "transaction");
	btc_txctx_init(&ctx, &tx, &s->out);
	item = tx.in[0].witness[0];
	if (script.p == NULL) {
		memcpy(s->sig64, item.p, 64);
		memcpy(key, s->out.script.p + 2, 32);
		need(btc_sighash_taproot(s->hash, &ctx, 0, BTC_SIGHASH_DEFAULT, &tap) == 0, "hash");
		return;
	}
	memcpy(key, tx.in[0].witness[1].p, 33);
	btc_sighash_v0(s->hash, &ctx, 0, script, BTC_SIGHASH_ALL);
	need(secp256k1_ecdsa_signature_parse_der(lab->m.secp, &s->sig, item.p, item.n - 1),
		"signature");
}

static void make_spends(struct lab *lab, bool taproot)
{
	struct btc_miner *m = &lab->m;
	struct btc_span none = { .p = NULL };

	for (unsigned i = 0; i < SPENDS; i++) {
		struct spend *s = &lab->spends[i];
		struct btc_mine_coin coin = { .out.amount = BTC_COIN };
		struct btc_tx *tx;

		coin.outpoint[0] = (uint8_t)i;
		coin.out.script = taproot ? btc_mine_p2tr(m, i) : btc_mine_p2wpkh(m, i);
		tx = btc_mine_tx(m, &coin, 1, 2);
		for (unsigned k = 0; k < 2; k++) {
			tx->out[k].value = BTC_COIN / 3;
			tx->out[k].script = btc_mine_p2wpkh(m, 100 + k);
		}
		btc_mine_sign(m, tx, &coin, i);
		s->out = coin.out;
		s->bytes = serialised(m, tx);
		take_signature(lab, s, taproot ? none : btc_mine_p2pkh(m, i));
	}
}

/* All that it takes to know that an input may spend: bytes to transaction, hashes, script,
 * signature. */
static void verify_all_in(struct lab *lab, const struct spend *s)
{
	struct btc_reader r = { .p = s->bytes.p, .size = s->bytes.n };
	struct btc_txctx ctx;
	struct btc_tx tx;

	btc_arena_reset(&lab->arena);
	need(btc_tx_parse(&tx, &r, &lab->arena) == 0, "transaction");
	btc_txctx_init(&ctx, &tx, &s->out);
	need(btc_verify_input(lab->vm, &ctx, 0, STANDARD) == BTC_SCRIPT_ERR_OK, "input");
}

static void verify_ecdsa(struct lab *lab BT_UNUSED, const struct spend *s)
{
	const secp256k1_context *ctx = secp256k1_context_static;
	secp256k1_pubkey key;

	need(secp256k1_ec_pubkey_parse(ctx, &key, s->key, 33) == 1, "key");
	need(secp256k1_ecdsa_verify(ctx, &s->sig, s->hash, &key) == 1, "signature");
}

static void verify_schnorr(struct lab *lab BT_UNUSED, const struct spend *s)
{
	const secp256k1_context *ctx = secp256k1_context_static;
	secp256k1_xonly_pubkey key;

	need(secp256k1_xonly_pubkey_parse(ctx, &key, s->key) == 1, "key");
	need(secp256k1_schnorrsig_verify(ctx, s->sig64, s->hash, 32, &key) == 1, "signature");
}

static double turn(struct lab *lab, void (*verify)(struct lab *lab, const struct spend *s))
{
	double start = cpu_seconds();

	for (unsigned i = 0; i < SPENDS; i++)
		verify(lab, &lab->spends[i]);
	return (cpu_seconds() - start) / SPENDS;
}

static void compare_input(struct lab *lab, const char *name, bool taproot)
{
	double all[TURNS], alone[TURNS], ratio[TURNS];

	make_spends(lab, taproot);
	for (unsigned i = 0; i < TURNS; i++) {
		all[i] = turn(lab, verify_all_in);
		alone[i] = turn(lab, taproot ? verify_schnorr : verify_ecdsa);
		ratio[i] = all[i] / alone[i];
	}
	printf("%-34s %8.3f   at most 1.08   (%.2f us, %.2f us alone)\n", name,
		median(ratio, TURNS), median(all, TURNS) * 1e6, median(alone, TURNS) * 1e6);
}

/* An output for every input of the large block, in blocks before it. */
static void make_coins(struct btc_miner *m, struct btc_mine_coin *coins)
{
	struct btc_tx *tx = btc_mine_tx(m, &m->coinbases[MATURE], 1, BLOCK_INPUTS);
	struct btc_span script = btc_mine_p2wpkh(m, 0);
	struct btc_mine_coin first;
	struct btc_mine_block b;

	for (unsigned i = 0; i < BLOCK_INPUTS; i++) {
		tx->out[i].value = BTC_COIN / 100;
		tx->out[i].script = script;
	}
	btc_mine_sign(m, tx, &m->coinbases[MATURE], 0);
	btc_mine_begin(m, &b);
	btc_mine_add(&b, tx);
	btc_mine_extend(m, &b, btc_mine_seal(m, &b));
	first = btc_mine_coin_of(m, tx, 0);
	for (unsigned i = 0; i < BLOCK_INPUTS; i++) {
		coins[i] = first;
		btc_put_le32(coins[i].outpoint + 32, i);
	}
}

static void make_large_block(struct btc_miner *m)
{
	struct btc_mine_coin *coins = btc_mine_get(m, BLOCK_INPUTS, sizeof(coins[0]));
	struct btc_mine_block *b = btc_mine_get(m, 1, sizeof(*b));

	btc_mine_base(m, 110);
	make_coins(m, coins);
	btc_mine_begin(m, b);
	b->commit = true;
	for (unsigned i = 0; i < BLOCK_INPUTS; i += PER_TX) {
		struct btc_tx *tx = btc_mine_tx(m, coins + i, PER_TX, 2);

		for (unsigned k = 0; k < 2; k++) {
			tx->out[k].value = BTC_COIN / 100;
			tx->out[k].script = btc_mine_p2wpkh(m, k);
		}
		btc_mine_sign(m, tx, coins + i, 0);
		btc_mine_add(b, tx);
	}
	btc_mine_extend(m, b, btc_mine_seal(m, b));
}

/* What Core's CheckBlock looks at. */
static void check_block(struct btc_arena *arena, struct btc_span bytes)
{
	struct btc_reader r = { .p = bytes.p, .size = bytes.n };
	const char *reason;
	struct btc_block b;
	unsigned sigops = 0;
	uint8_t root[32];
	bool mutated;

	btc_arena_reset(arena);
	need(btc_block_parse(&b, &r, arena) == 0, "block");
	need(btc_pow_ok(b.hash, b.header.bits, btc_chainparams(BTC_REGTEST)), "proof of work");
	need(btc_block_merkle_root(root, &mutated, &b, arena) == 0 &&
			memcmp(root, b.header.merkle_root, 32) == 0 && !mutated,
		"root");
	for (uint32_t i = 0; i < b.n_tx; i++) {
		need(btc_tx_check(&b.tx[i], &reason, arena) == 0, "transaction");
		sigops += btc_tx_legacy_sigops(&b.tx[i]);
	}
	need(sigops <= BTC_MAX_SIGOP_COST, "sigops");
}

static void measure_check(struct lab *lab)
{
	struct btc_span block = lab->m.blocks[lab->m.height - 1];
	double rate[TURNS];

	for (unsigned i = 0; i < TURNS; i++) {
		double start = seconds();

		for (unsigned k = 0; k < 10; k++)
			check_block(&lab->arena, block);
		rate[i] = (double)block.n * 10 / (seconds() - start) / 1e6;
	}
	printf("%-34s %8.0f   at least 250 where SHA-256 is the processor's   (%s)\n",
		"block parsed and checked, MB/s", median(rate, TURNS), btc_hash_impl());
}

/* Seconds that the last block takes, with the whole chain before it. */
static double connect_last(const struct btc_miner *m, struct btc_chain *chain)
{
	struct btc_block_counts counts;
	struct btc_reject reject;
	double start = 0;

	btc_chain_reset(chain);
	for (uint32_t h = 0; h < m->height; h++) {
		start = seconds();
		need(btc_chain_connect(chain, &counts, &reject, m->blocks[h].p, m->blocks[h].n) ==
				0,
			"chain");
	}
	return seconds() - start;
}

static void measure_threads(struct lab *lab)
{
	struct btc_chain_room room = { .blocks = 200, .coins = 10000, .block_bytes = 1000000 };
	struct btc_chain *one = btc_chain_new(btc_chainparams(BTC_REGTEST), &room, NULL), *two;
	double best_one = 1e9, best_two = 1e9;

	room.threads = 2;
	two = btc_chain_new(btc_chainparams(BTC_REGTEST), &room, NULL);
	need(one != NULL && two != NULL, "out of memory");
	connect_last(&lab->m, two);
	for (unsigned i = 0; i < BLOCK_TURNS; i++) {
		best_one = BT_MIN(best_one, connect_last(&lab->m, one));
		best_two = BT_MIN(best_two, connect_last(&lab->m, two));
	}
	printf("%-34s %8.2f   at least 1.85   (%u inputs: %.1f ms, %.1f ms by two)\n",
		"two threads on a block, speed-up", best_one / best_two, BLOCK_INPUTS,
		best_one * 1e3, best_two * 1e3);
	btc_chain_free(one);
	btc_chain_free(two);
}

static double connect_all(const struct btc_stretch *s, struct btc_chain *chain)
{
	double start = seconds();

	btc_chain_reset(chain);
	for (uint32_t i = 0; i < s->n; i++) {
		struct btc_block_counts counts;
		struct btc_reject reject;

		need(btc_chain_connect_undo(
			     chain, &counts, &reject, s->blocks[i].bytes, s->blocks[i].undo) == 0,
			"chain");
	}
	return (seconds() - start) / s->n;
}

static void measure_chain(const char *path)
{
	struct btc_wanted all = { .from = 0 };
	struct bt_err err = { .code = 0 };
	double each[BLOCK_TURNS];
	struct btc_chain *chain;
	struct btc_stretch s;
	char shipped[4096];

	if (path == NULL &&
		bt_data_path(shipped, sizeof(shipped), "testnet3-blocks-0-2016.dat", &err) == 0)
		path = shipped;
	need(path != NULL && btc_stretch_read(&s, path, &all, &err) == 0, err.msg);
	chain = btc_chain_new(s.params, &s.room, &err);
	need(chain != NULL, err.msg);
	for (unsigned i = 0; i < BLOCK_TURNS; i++)
		each[i] = connect_all(&s, chain);
	printf("%-34s %8.0f   at least 1,000   (%u blocks of %s)\n", "blocks a second, one thread",
		1 / median(each, BLOCK_TURNS), s.n, s.params->name);
	btc_chain_free(chain);
	btc_stretch_fini(&s);
}

int main(int argc, char **argv)
{
	struct lab *lab = calloc(1, sizeof(*lab));

	need(lab != NULL, "out of memory");
	btc_mine_init(&lab->m);
	lab->vm = btc_interp_new();
	need(lab->vm != NULL, "out of memory");
	compare_input(lab, "p2wpkh input, of ECDSA alone", false);
	compare_input(lab, "p2tr key path, of Schnorr alone", true);
	make_large_block(&lab->m);
	measure_check(lab);
	measure_threads(lab);
	measure_chain(argc > 1 ? argv[1] : NULL);
	btc_interp_free(lab->vm);
	btc_arena_fini(&lab->arena);
	btc_mine_fini(&lab->m);
	free(lab);
	return 0;
}
