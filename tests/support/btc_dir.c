#include "btc_dir.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

#include "cm.h"
#include "bitcoin/rules/script.h"
#include "bitcoin/rules/undo.h"

#define BASE 110 /* blocks before the first that spends */

void btc_dir_open(struct btc_dir *d, const uint8_t key[8])
{
	FILE *f;

	memset(d, 0, sizeof(*d));
	assert_non_null(mkdtemp(cm_temp(d->path, "btc-dir")));
	d->obfuscated = key != NULL;
	if (key == NULL)
		return;
	memcpy(d->key, key, sizeof(d->key));
	f = fopen(btc_dir_file(d, "xor.dat"), "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(key, 1, sizeof(d->key), f), sizeof(d->key));
	assert_int_equal(fclose(f), 0);
}

void btc_dir_close(struct btc_dir *d)
{
	char command[CM_TEMP + 32];

	snprintf(command, sizeof(command), "rm -r '%s'", d->path);
	assert_int_equal(system(command), 0);
}

const char *btc_dir_file(const struct btc_dir *d, const char *name)
{
	static char path[CM_TEMP + 64];

	snprintf(path, sizeof(path), "%s/%s", d->path, name);
	return path;
}

static void put(const struct btc_dir *d, FILE *f, const uint8_t *p, size_t n)
{
	size_t at = (size_t)ftell(f);

	for (size_t i = 0; i < n; i++)
		assert_true(fputc(p[i] ^ d->key[(at + i) % 8], f) != EOF);
}

void btc_dir_raw(const struct btc_dir *d, const char *name, const uint8_t *p, size_t n)
{
	FILE *f = fopen(btc_dir_file(d, name), "ab");

	assert_non_null(f);
	fseek(f, 0, SEEK_END);
	put(d, f, p, n);
	assert_int_equal(fclose(f), 0);
}

void btc_dir_append(const struct btc_dir *d, const char *name, struct btc_span payload,
	const uint8_t *tail, size_t tail_n)
{
	uint8_t head[8];

	memcpy(head, btc_chainparams(BTC_REGTEST)->magic, 4);
	btc_put_le32(head + 4, (uint32_t)payload.n);
	btc_dir_raw(d, name, head, sizeof(head));
	btc_dir_raw(d, name, payload.p, payload.n);
	btc_dir_raw(d, name, tail, tail_n);
}

void btc_dir_reserve(const struct btc_dir *d, const char *name, size_t n)
{
	FILE *f = fopen(btc_dir_file(d, name), "ab");

	assert_non_null(f);
	while (n-- > 0)
		fputc(0, f);
	assert_int_equal(fclose(f), 0);
}

void btc_dir_flip(const struct btc_dir *d, const char *name, size_t at, uint8_t bits)
{
	FILE *f = fopen(btc_dir_file(d, name), "r+b");
	int byte;

	assert_non_null(f);
	fseek(f, (long)at, SEEK_SET);
	byte = fgetc(f);
	fseek(f, (long)at, SEEK_SET);
	fputc(byte ^ bits, f);
	assert_int_equal(fclose(f), 0);
}

static struct btc_block parsed(struct btc_miner *m, uint32_t height)
{
	struct btc_reader r = { .p = m->blocks[height].p, .size = m->blocks[height].n };
	struct btc_block b;

	assert_int_equal(btc_block_parse(&b, &r, &m->arena), 0);
	return b;
}

static bool made_here(struct btc_coin *coin, const struct btc_block *b, const struct btc_in *in)
{
	for (uint32_t t = 0; t < b->n_tx; t++) {
		const struct btc_tx *tx = &b->tx[t];
		uint32_t k = btc_in_index(in);

		if (memcmp(tx->txid, btc_in_txid(in), 32) != 0 || k >= tx->n_out)
			continue;
		coin->amount = tx->out[k].value;
		coin->script = tx->out[k].script;
		coin->coinbase = t == 0;
		return true;
	}
	return false;
}

static struct btc_coin coin_of(struct btc_miner *m, uint32_t height, const struct btc_in *in)
{
	struct btc_coin coin = { .height = height };

	for (struct btc_block b = parsed(m, height); !made_here(&coin, &b, in);
		b = parsed(m, coin.height)) {
		assert_true(coin.height > 0);
		coin.height--;
	}
	return coin;
}

struct btc_span btc_dir_undo(struct btc_miner *m, uint32_t height)
{
	struct btc_block b = parsed(m, height);
	struct btc_undo_tx *tx = btc_mine_get(m, b.n_tx, sizeof(tx[0]));
	struct btc_undo undo = { .n_tx = b.n_tx - 1, .tx = tx };
	uint8_t *bytes;

	for (uint32_t t = 1; t < b.n_tx; t++) {
		struct btc_coin *coins = btc_mine_get(m, b.tx[t].n_in, sizeof(coins[0]));

		for (uint32_t i = 0; i < b.tx[t].n_in; i++)
			coins[i] = coin_of(m, height, &b.tx[t].in[i]);
		tx[t - 1] = (struct btc_undo_tx){ .n = b.tx[t].n_in, .coins = coins };
	}
	bytes = btc_mine_get(m, btc_undo_room(&undo), 1);
	return (struct btc_span){ .p = bytes, .n = btc_undo_write(bytes, &undo) };
}

void btc_dir_add(const struct btc_dir *d, struct btc_miner *m, uint32_t height, unsigned file)
{
	struct btc_span block = m->blocks[height], undo;
	uint8_t sum[32];
	char name[32];

	snprintf(name, sizeof(name), "blk%05u.dat", file);
	btc_dir_append(d, name, block, NULL, 0);
	if (height == 0)
		return;
	undo = btc_dir_undo(m, height);
	btc_undo_checksum(sum, block.p + 4, undo);
	snprintf(name, sizeof(name), "rev%05u.dat", file);
	btc_dir_append(d, name, undo, sum, sizeof(sum));
}

static struct btc_span key_script(struct btc_miner *m, unsigned key, bool full)
{
	uint8_t script[67], pub[33];
	secp256k1_pubkey point;
	size_t n = full ? 65 : 33;

	btc_mine_pubkey(m, pub, key);
	assert_true(secp256k1_ec_pubkey_parse(m->secp, &point, pub, sizeof(pub)));
	secp256k1_ec_pubkey_serialize(m->secp, script + 1, &n, &point,
		full ? SECP256K1_EC_UNCOMPRESSED : SECP256K1_EC_COMPRESSED);
	script[0] = (uint8_t)n;
	script[n + 1] = OP_CHECKSIG;
	return btc_mine_copy(m, script, n + 2);
}

enum { KINDS = 8 };

static struct btc_span script_of(struct btc_miner *m, unsigned kind)
{
	static const uint8_t one = OP_1;
	struct btc_span anyone = { .p = &one, .n = 1 };

	switch (kind) {
	case 0:
		return btc_mine_p2pkh(m, 0);
	case 1:
		return btc_mine_p2wpkh(m, 0);
	case 2:
		return btc_mine_p2tr(m, 0);
	case 3:
		return btc_mine_p2sh(m, anyone);
	case 4:
		return key_script(m, 0, false);
	case 5:
		return key_script(m, 1, false);
	case 6:
		return key_script(m, 0, true);
	default:
		return key_script(m, 1, true);
	}
}

/* Spends what fan_out made. */
static struct btc_tx *fan_in(struct btc_miner *m, const struct btc_mine_coin *coins)
{
	static const uint8_t one = OP_1;
	struct btc_tx *tx = btc_mine_tx(m, coins, KINDS, 1);

	for (unsigned i = 0; i < KINDS; i++)
		tx->out[0].value += coins[i].out.amount;
	tx->out[0].script = btc_mine_p2pkh(m, 0);
	tx->in[3].script = btc_mine_push(m, (struct btc_span){ .p = &one, .n = 1 });
	btc_mine_sign(m, tx, coins, 0);
	for (unsigned i = 4; i < KINDS; i++)
		tx->in[i].script = btc_mine_push(m, btc_mine_signature(m, tx, i, coins, i & 1));
	return tx;
}

static struct btc_tx *fan_out(struct btc_miner *m, const struct btc_mine_coin *coin)
{
	struct btc_tx *tx = btc_mine_tx(m, coin, 1, KINDS);

	for (unsigned i = 0; i < KINDS; i++) {
		tx->out[i].value = coin->out.amount / KINDS / 1000 * (i + 1);
		tx->out[i].script = script_of(m, i);
	}
	btc_mine_sign(m, tx, coin, 0);
	return tx;
}

/* A block spends coins of an older one, and coins of its own. */
static void spend(struct btc_miner *m, struct btc_mine_coin *coins, uint32_t nth)
{
	struct btc_mine_block b;
	struct btc_tx *tx;

	btc_mine_begin(m, &b);
	b.commit = true;
	if (nth > 0)
		btc_mine_add(&b, fan_in(m, coins));
	tx = fan_out(m, &m->coinbases[1 + nth]);
	btc_mine_add(&b, tx);
	for (unsigned i = 0; i < KINDS; i++)
		coins[i] = btc_mine_coin_of(m, tx, i);
	if (nth % 3 == 2) {
		tx = fan_in(m, coins);
		btc_mine_add(&b, tx);
		coins[0] = btc_mine_coin_of(m, tx, 0);
		tx = fan_out(m, &coins[0]);
		btc_mine_add(&b, tx);
		for (unsigned i = 0; i < KINDS; i++)
			coins[i] = btc_mine_coin_of(m, tx, i);
	}
	btc_mine_extend(m, &b, btc_mine_seal(m, &b));
}

void btc_dir_mine(struct btc_miner *m, uint32_t blocks)
{
	struct btc_mine_coin coins[KINDS];

	btc_mine_base(m, BASE);
	while (m->height < blocks)
		spend(m, coins, m->height - BASE);
}

void btc_dir_unpack(const struct btc_dir *d, const char *archive)
{
	char command[512];

	snprintf(command, sizeof(command), "tar xzf '%s' -C '%s'", archive, d->path);
	assert_int_equal(system(command), 0);
}
