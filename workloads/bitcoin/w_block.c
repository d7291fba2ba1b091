/*
 * bitcoin.block: one operation connects one block of a file to a chain that begins at genesis. After the last block the
 * chain starts again; a fault ends the run where it is.
 */
#include "core/workload.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/path.h"
#include "bitcoin/blkindex.h"
#include "bitcoin/chain.h"
#include "bitcoin/hash.h"

#define SHIPPED_BLOCKS "testnet3-blocks-0-2016.dat"

struct conf {
	const char *blocks;
	int network;
};

struct shared {
	struct btc_blkfile file;
	struct btc_blkindex index;
	const char *hash_impl;
};

struct state {
	const struct shared *shared;
	struct btc_chain *chain;
	struct bt_meter *meter;
};

static const struct bt_opt opts[] = {
	{ .name = "blocks",
	        .type = BT_OPT_TEXT,
	        .offset = offsetof(struct conf, blocks),
	        .arg = "FILE",
	        .help = "blocks in the format of blk*.dat; default: the shipped testnet3 blocks 0 "
	                "to 2016" },
	{ .name = "network",
	        .type = BT_OPT_CHOICE,
	        .offset = offsetof(struct conf, network),
	        .dflt = "auto",
	        .arg = "NETWORK",
	        .choices = btc_network_choices,
	        .help = "whose rules apply; auto: told by the message start in the file" },
	BT_OPT_END,
};

enum { M_BLOCKS, M_TRANSACTIONS, M_INPUTS, M_BYTES, M_TIP, M_HASH };

static const struct bt_metric metrics[] = {
	[M_BLOCKS] = { "blocks", "", BT_COUNTER, BT_SUM, "blocks connected", 0, 0 },
	[M_TRANSACTIONS] = { "transactions", "", BT_COUNTER, BT_SUM, "transactions in them", 0, 0 },
	[M_INPUTS] = { "inputs", "", BT_COUNTER, BT_SUM, "inputs whose scripts were executed", 0,
	        0 },
	[M_BYTES] = { "bytes", "bytes", BT_COUNTER, BT_SUM, "serialised bytes of the blocks", 0,
	        0 },
	[M_TIP] = { "tip", "", BT_TEXT, BT_LAST, "hash of the last block connected", 0, 0 },
	[M_HASH] = { "hash_implementation", "", BT_TEXT, BT_LAST, "SHA-256 in use", 0, 0 },
	{ .name = NULL },
};

enum { E_INVALID, E_MALFORMED, E_MISSING_PARENT, E_MEMORY };

static const char *const error_classes[] = {
	[E_INVALID] = "invalid-block",
	[E_MALFORMED] = "malformed-block",
	[E_MISSING_PARENT] = "missing-parent",
	[E_MEMORY] = "out-of-memory",
	NULL,
};

static void teardown(void *arg)
{
	struct shared *s = arg;

	btc_blkindex_fini(&s->index);
	btc_blkfile_close(&s->file);
	free(s);
}

static int prepare(void **shared, const struct bt_env *env, struct bt_err *err)
{
	const struct conf *conf = env->conf;
	const struct btc_chainparams *params = NULL;
	const char *path = conf->blocks;
	char found[PATH_MAX];
	struct shared *s;
	int rc = 0;

	if (path == NULL) {
		rc = bt_data_path(found, sizeof(found), SHIPPED_BLOCKS, err);
		path = found;
	}
	if (rc != 0)
		return rc;
	s = calloc(1, sizeof(*s));
	if (s == NULL)
		return bt_fail(err, -ENOMEM, "%s: out of memory", path);
	if (conf->network > 0)
		params = btc_chainparams((enum btc_network)(conf->network - 1));
	s->hash_impl = btc_hash_impl();
	rc = btc_blkfile_open(&s->file, path, params, err);
	if (rc == 0)
		rc = btc_blkindex_build(&s->index, s->file.records, s->file.n, s->file.params, err);
	if (rc != 0) {
		teardown(s);
		return rc;
	}
	*shared = s;
	return 0;
}

static int enter(void *arg, const struct bt_env *env, struct bt_err *err)
{
	struct state *state = arg;
	const struct shared *s = env->shared;
	struct btc_chain_room room = {
		.blocks = s->index.n,
		.coins = s->index.outputs,
		.block_bytes = s->index.largest,
	};

	state->shared = s;
	state->meter = env->meter;
	state->chain = btc_chain_new(s->file.params, &room, err);
	if (state->chain == NULL)
		return -ENOMEM;
	bt_meter_text(state->meter, M_HASH, s->hash_impl);
	return 0;
}

static struct bt_result fatal(unsigned error_class)
{
	return (struct bt_result){ .outcome = BT_FATAL, .error_class = error_class };
}

/* What follows the last block when the file has more in it than the chain. */
static struct bt_result beyond_chain(struct state *state)
{
	const struct btc_blkfile *file = &state->shared->file;
	const struct btc_blk_record *orphan = state->shared->index.orphan;
	char prev[BTC_HEX_SIZE];

	if (file->fault[0] != '\0') {
		bt_note(state, E_MALFORMED, "height %u: %s", btc_chain_length(state->chain),
		        file->fault);
		return fatal(E_MALFORMED);
	}
	btc_hash_hex(prev, orphan->p + 4);
	bt_note(state, E_MISSING_PARENT, "height %u: block at byte %llu of the file: no parent %s",
	        btc_chain_length(state->chain), (unsigned long long)orphan->offset, prev);
	return fatal(E_MISSING_PARENT);
}

static struct bt_result refused(struct state *state, int rc, const struct btc_reject *reject)
{
	unsigned error_class = reject->malformed ? E_MALFORMED : E_INVALID;
	char text[BT_NOTE_MAX];

	if (rc == -ENOMEM) {
		bt_note(state, E_MEMORY, "height %u: out of memory", reject->height);
		return fatal(E_MEMORY);
	}
	btc_reject_text(text, sizeof(text), reject);
	bt_note(state, error_class, "%s", text);
	return fatal(error_class);
}

static void count(struct state *state, const struct btc_block_counts *counts)
{
	char tip[BTC_HEX_SIZE];

	btc_hash_hex(tip, btc_chain_tip(state->chain));
	bt_meter_add(state->meter, M_BLOCKS, 1);
	bt_meter_add(state->meter, M_TRANSACTIONS, counts->transactions);
	bt_meter_add(state->meter, M_INPUTS, counts->inputs);
	bt_meter_add(state->meter, M_BYTES, counts->bytes);
	bt_meter_text(state->meter, M_TIP, tip);
}

static struct bt_result op(void *arg, uint64_t n BT_UNUSED)
{
	struct state *state = arg;
	const struct btc_blkindex *index = &state->shared->index;
	const struct btc_blk_record *record;
	struct btc_block_counts counts;
	struct btc_reject reject;
	int rc;

	if (btc_chain_length(state->chain) == index->n) {
		if (state->shared->file.fault[0] != '\0' || index->orphan != NULL)
			return beyond_chain(state);
		btc_chain_reset(state->chain);
	}
	record = index->chain[btc_chain_length(state->chain)];
	rc = btc_chain_connect(state->chain, &counts, &reject, record->p, record->n);
	if (rc != 0)
		return refused(state, rc, &reject);
	count(state, &counts);
	return (struct bt_result){ .outcome = BT_DONE, .units = counts.transactions };
}

static void leave(void *arg)
{
	struct state *state = arg;

	btc_chain_free(state->chain);
}

const struct bt_workload btc_block_workload = {
	.name = "bitcoin.block",
	.summary = "connect real Bitcoin blocks to a chain from genesis, every script executed",
	.unit = "transactions",
	.opts = opts,
	.metrics = metrics,
	.error_classes = error_classes,
	.conf_size = sizeof(struct conf),
	.state_size = sizeof(struct state),
	.prepare = prepare,
	.enter = enter,
	.op = op,
	.leave = leave,
	.teardown = teardown,
};
