/*
 * Chains made to measure. Full blocks need coins, coins need coinbases that are 100 blocks old,
 * and which coins are needed is only known once the transactions are drawn. So the same
 * generator is walked twice with one seed: first without signing (plan), to learn how many
 * transactions fill each block and which coins they spend; then coinbases make exactly these
 * coins, 100 empty blocks let them mature, and the second walk signs. Both walks ask for the
 * same coins in the same order, which hand_out asserts.
 *
 * Coinbases are used as they come: one that cannot pay for the next coin leaves it to the next
 * block, and its rest to the miner. Packing them better would save a few empty blocks out of
 * more than a hundred. Halving every 150 blocks bounds what a regtest chain can pay for;
 * last_paying finds that out before anything is signed. The first walk does not sign, which is
 * what takes the time of the second. Proof of work is regtest's, two tries a block on average.
 */
#include "bitcoin/source/genchain.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/grow.h"
#include "base/stop.h"
#include "bitcoin/source/assemble.h"
#include "bitcoin/rules/script.h"
#include "bitcoin/rules/txrules.h"

#define EASY_BITS     0x207fffffu
#define BLOCK_VERSION 0x20000000
#define CHILDREN      0.1
#define BLOCK_HEAD    300     /* bytes of header, count and coinbase; no less than they take */
#define WEIGHT_ROOM   3998000 /* for transactions: what is left holds the coinbase */
/* Coins a coinbase makes: weight and signature operations stay within limits. */
#define PAID_MOST  8000
#define MINER      UINT64_MAX /* number of the coin that takes what nobody else gets */
#define NOT_PAID   UINT32_MAX
#define TELL_EVERY 64 /* transactions */

/* Regtest's genesis: the header's fields that differ from main's, and the coinbase of all
 * networks. */
static const uint8_t genesis[] = { 0x01, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x3b, 0xa3, 0xed, 0xfd, 0x7a,
	0x7b, 0x12, 0xb2, 0x7a, 0xc7, 0x2c, 0x3e, 0x67, 0x76, 0x8f, 0x61, 0x7f, 0xc8, 0x1b, 0xc3,
	0x88, 0x8a, 0x51, 0x32, 0x3a, 0x9f, 0xb8, 0xaa, 0x4b, 0x1e, 0x5e, 0x4a, 0xda, 0xe5, 0x49,
	0x4d, 0xff, 0xff, 0x7f, 0x20, 0x02, 0x00, 0x00, 0x00, 0x01, 0x01, 0x00, 0x00, 0x00, 0x01,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00,
	0x00, 0x00, 0xff, 0xff, 0xff, 0xff, 0x4d, 0x04, 0xff, 0xff, 0x00, 0x1d, 0x01, 0x04, 0x45,
	0x54, 0x68, 0x65, 0x20, 0x54, 0x69, 0x6d, 0x65, 0x73, 0x20, 0x30, 0x33, 0x2f, 0x4a, 0x61,
	0x6e, 0x2f, 0x32, 0x30, 0x30, 0x39, 0x20, 0x43, 0x68, 0x61, 0x6e, 0x63, 0x65, 0x6c, 0x6c,
	0x6f, 0x72, 0x20, 0x6f, 0x6e, 0x20, 0x62, 0x72, 0x69, 0x6e, 0x6b, 0x20, 0x6f, 0x66, 0x20,
	0x73, 0x65, 0x63, 0x6f, 0x6e, 0x64, 0x20, 0x62, 0x61, 0x69, 0x6c, 0x6f, 0x75, 0x74, 0x20,
	0x66, 0x6f, 0x72, 0x20, 0x62, 0x61, 0x6e, 0x6b, 0x73, 0xff, 0xff, 0xff, 0xff, 0x01, 0x00,
	0xf2, 0x05, 0x2a, 0x01, 0x00, 0x00, 0x00, 0x43, 0x41, 0x04, 0x67, 0x8a, 0xfd, 0xb0, 0xfe,
	0x55, 0x48, 0x27, 0x19, 0x67, 0xf1, 0xa6, 0x71, 0x30, 0xb7, 0x10, 0x5c, 0xd6, 0xa8, 0x28,
	0xe0, 0x39, 0x09, 0xa6, 0x79, 0x62, 0xe0, 0xea, 0x1f, 0x61, 0xde, 0xb6, 0x49, 0xf6, 0xbc,
	0x3f, 0x4c, 0xef, 0x38, 0xc4, 0xf3, 0x55, 0x04, 0xe5, 0x1e, 0xc1, 0x12, 0xde, 0x5c, 0x38,
	0x4d, 0xf7, 0xba, 0x0b, 0x8d, 0x57, 0x8a, 0x4c, 0x70, 0x2b, 0x6b, 0xf1, 0x1d, 0x5f, 0xac,
	0x00, 0x00, 0x00, 0x00 };

/* A coin that a transaction will spend. */
struct need {
	struct btc_own own;
	int64_t amount;
	uint8_t outpoint[BTC_OUTPOINT_SIZE];
};

struct making {
	const struct btc_genchain_conf *conf;
	struct btc_stretch *s;
	const struct btc_chainparams *params;
	struct btc_signer *signer;
	struct btc_arena scratch;
	struct need *needs;
	size_t n_needs, paid, placed;
	uint32_t *n_tx; /* of each block of the wanted size */
	uint64_t n_all, n_made;
	uint8_t tip[32];
	uint32_t time;
	uint8_t miner_script[BTC_COIN_SCRIPT];
	size_t miner_n;
};

static int ask(void *arg, uint8_t outpoint[BTC_OUTPOINT_SIZE] BT_UNUSED, struct btc_own own,
	int64_t amount)
{
	struct making *m = arg;
	struct need *needs = bt_grow(m->needs, m->n_needs, sizeof(needs[0]));

	if (needs == NULL)
		return -ENOMEM;
	m->needs = needs;
	m->needs[m->n_needs++] = (struct need){ .own = own, .amount = amount };
	return 0;
}

/* The second time the same coins are asked for in the same order. */
static int hand_out(void *arg, uint8_t outpoint[BTC_OUTPOINT_SIZE], struct btc_own own BT_UNUSED,
	int64_t amount BT_UNUSED)
{
	struct making *m = arg;

	assert(m->placed < m->paid && m->needs[m->placed].own.id == own.id);
	memcpy(outpoint, m->needs[m->placed++].outpoint, BTC_OUTPOINT_SIZE);
	return 0;
}

static struct btc_gen *new_generator(
	struct making *m, int (*place)(void *, uint8_t[BTC_OUTPOINT_SIZE], struct btc_own, int64_t))
{
	struct btc_gen_conf conf = {
		.seed = m->conf->seed,
		.mix = m->conf->mix,
		.sizes = m->conf->sizes,
		.child = CHILDREN,
		.place = place,
		.place_arg = m,
	};

	return btc_gen_new(&conf);
}

/* How full a block is. */
struct fill {
	size_t size, weight;
	uint32_t n;
};

/* Takes one that brings the block nearer to its size. */
static bool takes(const struct making *m, const struct fill *f, const struct btc_gen_info *info)
{
	if (f->weight + info->weight > WEIGHT_ROOM)
		return false;
	if (m->conf->block_txs > 0)
		return f->n < m->conf->block_txs;
	return f->size + info->size / 2 <= m->conf->block_size;
}

static int cannot(const struct making *m, int rc, struct bt_err *err)
{
	return bt_fail(err, rc, "%u blocks: %s", (unsigned)m->conf->blocks,
		rc == -EINTR ? "interrupted" : "out of memory");
}

/* Goes through all transactions without making them: how many each block takes, and which coins
 * they spend. */
static int plan(struct making *m, struct btc_gen *gen, struct bt_err *err)
{
	struct btc_gen_info info;
	int rc = btc_gen_skip(gen, &info);

	for (uint32_t b = 0; rc == 0 && b < m->conf->blocks; b++) {
		struct fill f = { .size = BLOCK_HEAD };

		for (; rc == 0 && takes(m, &f, &info); f.n++) {
			f.size += info.size;
			f.weight += info.weight;
			rc = bt_stop_signal ? -EINTR : btc_gen_skip(gen, &info);
		}
		if (rc == 0 && f.n < m->conf->block_txs)
			return bt_fail(err, -EINVAL,
				"--block-txs %u: only %u of these transactions fit into a block",
				m->conf->block_txs, f.n);
		m->n_tx[b] = f.n;
		m->n_all += f.n;
	}
	return rc == 0 ? 0 : cannot(m, rc, err);
}

/* How many of the coins from `at` on the coinbase at this height makes, and what is left of its
 * subsidy. */
static size_t coins_paid(const struct making *m, size_t at, uint32_t height, int64_t *left)
{
	size_t n = 0;

	*left = btc_subsidy(m->params, height);
	while (at + n < m->n_needs && n < PAID_MOST && m->needs[at + n].amount <= *left)
		*left -= m->needs[at + n++].amount;
	return n;
}

/* The height of the last coinbase that makes coins; NOT_PAID when subsidies run out. */
static uint32_t last_paying(const struct making *m)
{
	uint32_t height = 0;
	int64_t left;

	for (size_t at = 0; at < m->n_needs;) {
		size_t n = coins_paid(m, at, ++height, &left);

		if (n == 0)
			return NOT_PAID;
		at += n;
	}
	return height;
}

/* A coinbase in the making: its outputs are coins, then what is left, then the commitment. */
struct reward {
	struct btc_tx tx;
	struct btc_in in;
	uint8_t script[16], outpoint[BTC_OUTPOINT_SIZE], reserved[32];
	struct btc_span witness;
	uint8_t commitment[BTC_COMMITMENT_SCRIPT];
};

static int begin_reward(struct making *m, struct reward *r, size_t coins)
{
	size_t n = btc_script_put_num(r->script, m->s->n);

	memset(r->outpoint, 0, 32);
	btc_put_le32(r->outpoint + 32, UINT32_MAX);
	memset(r->reserved, 0, sizeof(r->reserved));
	r->script[n++] = OP_0; /* a low height is one byte, and two are the least */
	r->witness = (struct btc_span){ .p = r->reserved, .n = sizeof(r->reserved) };
	r->in = (struct btc_in){ .prevout = r->outpoint, .sequence = BTC_SEQUENCE_FINAL };
	r->in.script = (struct btc_span){ .p = r->script, .n = n };
	r->tx = (struct btc_tx){ .version = 2, .n_in = 1, .in = &r->in };
	r->tx.out = btc_arena_get(&m->scratch, coins + 2, sizeof(r->tx.out[0]));
	return r->tx.out == NULL ? -ENOMEM : 0;
}

static int add_coins(struct making *m, struct reward *r, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct need *need = &m->needs[m->paid + i];
		uint8_t *script = btc_arena_get(&m->scratch, BTC_COIN_SCRIPT, 1);

		if (script == NULL)
			return -ENOMEM;
		r->tx.out[r->tx.n_out++] = (struct btc_out){
			.value = need->amount,
			.script = { .p = script,
				.n = btc_own_script(m->signer, script, need->own) },
		};
	}
	return 0;
}

/* Seals the next block of the chain. */
static int add_block(
	struct making *m, struct reward *r, int64_t rest, const struct btc_tx *tx, uint32_t n)
{
	struct btc_assembly a = {
		.header = { .version = BLOCK_VERSION, .time = m->time, .bits = EASY_BITS },
		.coinbase = &r->tx,
		.tx = tx,
		.n_tx = n,
	};
	struct btc_span *block = &m->s->blocks[m->s->n].bytes;
	int rc;

	r->tx.out[r->tx.n_out++] = (struct btc_out){
		.value = rest,
		.script = { .p = m->miner_script, .n = m->miner_n },
	};
	/* As Core's miner does, whether or not there is a witness in the block. */
	a.commitment = btc_assemble_commitment(r->commitment);
	r->tx.out[r->tx.n_out++] = (struct btc_out){
		.script = { .p = r->commitment, .n = sizeof(r->commitment) },
	};
	r->in.witness = &r->witness;
	r->in.n_witness = 1;
	memcpy(a.header.prev, m->tip, 32);
	rc = btc_assemble(block, &a, m->params, &m->s->arena, &m->scratch);
	if (rc != 0)
		return rc;
	btc_sha256d(m->tip, block->p, BTC_HEADER_SIZE);
	m->time += m->params->spacing;
	m->s->n++;
	return 0;
}

/* Tells the coins where they stand: in the coinbase of the block before. */
static int note_coins(struct making *m, size_t n)
{
	struct btc_span bytes = m->s->blocks[m->s->n - 1].bytes;
	struct btc_reader r = { .p = bytes.p, .size = bytes.n };
	struct btc_block block;
	int rc = btc_block_parse(&block, &r, &m->scratch);

	for (size_t i = 0; rc == 0 && i < n; i++) {
		struct need *need = &m->needs[m->paid++];

		memcpy(need->outpoint, block.tx[0].txid, 32);
		btc_put_le32(need->outpoint + 32, (uint32_t)i);
	}
	return rc;
}

/* Blocks with nothing but a coinbase, up to `height`: the first ones make the coins, in the others
 * they mature. */
static int make_base(struct making *m, uint32_t height)
{
	int rc = 0;

	while (rc == 0 && m->s->n < height) {
		struct reward r;
		int64_t left;
		size_t n = coins_paid(m, m->paid, m->s->n, &left);

		btc_arena_reset(&m->scratch);
		rc = bt_stop_signal ? -EINTR : begin_reward(m, &r, n);
		if (rc == 0)
			rc = add_coins(m, &r, n);
		if (rc == 0)
			rc = add_block(m, &r, left, NULL, 0);
		if (rc == 0)
			rc = note_coins(m, n);
	}
	return rc;
}

static int make_full(struct making *m, struct btc_gen *gen, uint32_t n_tx)
{
	int64_t rest = btc_subsidy(m->params, m->s->n);
	struct reward r;
	struct btc_tx *tx;
	int rc;

	btc_arena_reset(&m->scratch);
	rc = begin_reward(m, &r, 0);
	tx = btc_arena_get(&m->scratch, n_tx, sizeof(tx[0]));
	if (tx == NULL)
		return -ENOMEM;
	for (uint32_t i = 0; rc == 0 && i < n_tx; i++) {
		struct btc_gen_info info;
		struct btc_reader reader;
		struct btc_case c;

		rc = bt_stop_signal ? -EINTR : btc_gen_next(gen, &c, &info, &m->scratch);
		if (rc != 0)
			return rc;
		reader = (struct btc_reader){ .p = c.tx.p, .size = c.tx.n };
		rc = btc_tx_parse(&tx[i], &reader, &m->scratch);
		rest += info.fee;
		if (m->n_made++ % TELL_EVERY == 0)
			btc_progress_tell(&m->conf->progress, "transactions", m->n_made, m->n_all);
	}
	return rc == 0 ? add_block(m, &r, rest, tx, n_tx) : rc;
}

static int begin(struct making *m, uint32_t base, struct bt_err *err)
{
	uint64_t blocks = (uint64_t)base + m->conf->blocks, bytes = 0;
	struct btc_stretch *s = m->s;
	struct btc_own miner = { .t = BTC_TEMPLATE_P2WPKH, .id = MINER };
	int rc;

	for (uint32_t b = 0; b < m->conf->blocks; b++)
		bytes += m->conf->block_txs > 0 ? 300 * (uint64_t)m->n_tx[b] : m->conf->block_size;
	rc = btc_stretch_fits("--generate", (uint32_t)blocks, bytes, err);
	if (rc != 0)
		return rc;
	s->blocks = btc_arena_get(&s->arena, blocks, sizeof(s->blocks[0]));
	if (s->blocks == NULL)
		return bt_oom(err, "%u blocks", (unsigned)blocks);
	memset(s->blocks, 0, blocks * sizeof(s->blocks[0]));
	s->blocks[s->n++].bytes = (struct btc_span){ .p = genesis, .n = sizeof(genesis) };
	btc_sha256d(m->tip, genesis, BTC_HEADER_SIZE);
	m->time = btc_le32(genesis + 68) + m->params->spacing;
	m->miner_n = btc_own_script(m->signer, m->miner_script, miner);
	return 0;
}

static int make_blocks(struct making *m, uint32_t base, struct bt_err *err)
{
	struct btc_gen *gen = new_generator(m, hand_out);
	int rc = gen == NULL ? -ENOMEM : make_base(m, base);

	for (uint32_t b = 0; rc == 0 && b < m->conf->blocks; b++)
		rc = make_full(m, gen, m->n_tx[b]);
	btc_gen_free(gen);
	return rc == 0 ? 0 : cannot(m, rc, err);
}

static int make(struct making *m, struct btc_gen *dry, struct bt_err *err)
{
	uint32_t paying, base;
	int rc;

	if (m->n_tx == NULL || m->signer == NULL || dry == NULL)
		return bt_oom(err, "%u blocks", m->conf->blocks);
	rc = plan(m, dry, err);
	if (rc != 0)
		return rc;
	paying = last_paying(m);
	if (paying == NOT_PAID)
		return bt_fail(err, -EINVAL,
			"%u blocks: expected fewer or smaller ones: all of regtest's subsidies "
			"do not pay for their %zu coins",
			m->conf->blocks, m->n_needs);
	base = paying + BTC_COINBASE_MATURITY;
	rc = begin(m, base, err);
	return rc == 0 ? make_blocks(m, base, err) : rc;
}

int btc_genchain_make(
	struct btc_stretch *s, const struct btc_genchain_conf *conf, struct bt_err *err)
{
	struct making m = { .conf = conf, .s = s, .params = btc_chainparams(BTC_REGTEST) };
	struct btc_gen *dry = new_generator(&m, ask);
	int rc;

	*s = (struct btc_stretch){ .params = m.params, .end = BTC_END_WANTED };
	m.signer = btc_signer_new(conf->seed);
	m.n_tx = calloc(conf->blocks, sizeof(m.n_tx[0]));
	rc = make(&m, dry, err);
	btc_gen_free(dry);
	btc_signer_free(m.signer);
	btc_arena_fini(&m.scratch);
	free(m.needs);
	free(m.n_tx);
	return rc == 0 ? btc_stretch_measure(s, err) : rc;
}

int btc_genchain_write(FILE *out, const struct btc_stretch *s)
{
	for (uint32_t i = 0; i < s->n; i++) {
		uint8_t head[8];

		memcpy(head, s->params->magic, 4);
		btc_put_le32(head + 4, (uint32_t)s->blocks[i].bytes.n);
		if (fwrite(head, 1, sizeof(head), out) != sizeof(head) ||
			fwrite(s->blocks[i].bytes.p, 1, s->blocks[i].bytes.n, out) !=
				s->blocks[i].bytes.n)
			return errno != 0 ? -errno : -EIO;
	}
	return 0;
}
