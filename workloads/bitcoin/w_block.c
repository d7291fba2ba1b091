/*
 * bitcoin.block: one operation connects one block to a chain. After the last block the chain starts
 * again; a fault ends the run where it is.
 */
#include "core/workload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/rng.h"
#include "bitcoin/aliases.h"
#include "bitcoin/rules/block.h"
#include "bitcoin/source/blockdamage.h"
#include "bitcoin/rules/hash.h"
#include "bitcoin/w_block.h"
#include "bitcoin/w_sigcache.h"

struct shared {
	struct btc_block_source source;
	const char *hash_impl;
	unsigned threads;
	struct btc_sigcache *cache; /* of all workers; NULL: none */
	uint64_t seed;
	double negative;              /* share of operations that test a damaged copy instead */
	struct btc_control *controls; /* a row per block of the stretch; NULL: none are wanted */
	struct btc_arena arena;       /* theirs */
};

struct state {
	const struct shared *shared;
	struct btc_chain *chain;
	struct bt_meter *meter;
	struct btc_sigcache_use told; /* of the cache */
	uint64_t owed;                /* controls that were due where no block has one */
};

enum {
	M_BLOCKS,
	M_TRANSACTIONS,
	M_INPUTS,
	M_BYTES,
	M_TIP,
	M_HASH,
	M_THREADS,
	M_PLANNED,
	M_REFUSED,
	M_SKIPPED,
	M_CACHE,
};

static const struct bt_metric metrics[] = {
	[M_BLOCKS] = { .name = "blocks",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "blocks connected" },
	[M_TRANSACTIONS] = { .name = "transactions",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "transactions in them" },
	[M_INPUTS] = { .name = "inputs",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "inputs whose scripts were executed" },
	[M_BYTES] = { .name = "bytes",
		.unit = "bytes",
		.kind = BT_COUNTER,
		.help = "serialised bytes of the blocks" },
	[M_TIP] = { .name = "tip",
		.unit = "",
		.kind = BT_TEXT,
		.merge = BT_LAST,
		.help = "hash of the last block connected" },
	[M_HASH] = { .name = "hash_implementation",
		.unit = "",
		.kind = BT_TEXT,
		.merge = BT_LAST,
		.help = "SHA-256 in use" },
	[M_THREADS] = { .name = "verify_threads",
		.unit = "",
		.kind = BT_GAUGE,
		.help = "threads that verify inputs, the workers among them" },
	[M_PLANNED] = { .name = "negative_planned",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "damaged blocks that had to be refused" },
	[M_REFUSED] = { .name = "negative_refused",
		.unit = "",
		.kind = BT_COUNTER,
		.help = "damaged blocks refused with the error they deserve" },
	[M_SKIPPED] = { .name = "skipped",
		.unit = "",
		.kind = BT_TEXT,
		.merge = BT_LAST,
		.help = "bytes of the files that belong to no block, and where" },
	[M_CACHE] = { .group = btc_sigcache_metrics },
	{ .name = NULL },
};

static const struct bt_milestone milestone = {
	.one = "block",
	.row = M_BLOCKS,
	.beside = M_INPUTS,
	.step = 10,
};

enum { E_INVALID, E_MALFORMED, E_UNDO, E_MISSING_PARENT, E_MEMORY, E_WRONG };

static const char *const error_classes[] = {
	[E_INVALID] = "invalid-block",
	[E_MALFORMED] = "malformed-block",
	[E_UNDO] = "invalid-undo-data",
	[E_MISSING_PARENT] = "missing-parent",
	[E_MEMORY] = "out-of-memory",
	[E_WRONG] = "wrong-verdict",
	NULL,
};

static void block_teardown(void *arg)
{
	struct shared *s = arg;

	btc_block_source_fini(&s->source);
	btc_arena_fini(&s->arena);
	btc_sigcache_free(s->cache);
	free(s);
}

static int block_prepare(void **shared, const struct bt_env *env, struct bt_err *err)
{
	const struct btc_block_conf *conf = env->conf;
	struct shared *s = calloc(1, sizeof(*s));
	int rc;

	if (s == NULL)
		return bt_oom(err, "bitcoin.block");
	s->hash_impl = btc_hash_impl();
	s->threads = (unsigned)conf->threads;
	s->seed = env->seed;
	s->negative = conf->negative;
	rc = btc_sigcache_make(&s->cache, conf->sig_cache, s->seed, err);
	if (rc == 0)
		rc = btc_block_source_read(&s->source, env, err);
	if (rc == 0 && s->negative > 0)
		rc = btc_controls_make(&s->controls, &s->source.stretch, &s->arena, err);
	if (rc != 0) {
		block_teardown(s);
		return rc;
	}
	*shared = s;
	return 0;
}

/* A stretch begins behind headers, which are held to the rules as well. */
static int begin(struct state *state, const struct btc_stretch *s, struct bt_err *err)
{
	struct btc_reject reject;
	char text[BT_NOTE_MAX];
	int rc;

	if (s->first == 0)
		return 0;
	rc = btc_chain_begin(state->chain, &reject, s->headers, s->n_headers, s->first);
	if (rc != -EBADMSG)
		return rc == 0 ? 0 : bt_fail(err, rc, "%u headers: out of memory", s->n_headers);
	btc_reject_text(text, sizeof(text), &reject);
	return bt_fail(err, -EINVAL, "the headers before height %u: %s", s->first, text);
}

static int block_enter(void *arg, const struct bt_env *env, struct bt_err *err)
{
	struct state *state = arg;
	const struct shared *s = env->shared;
	struct btc_chain_room room = s->source.stretch.room;
	int rc;

	room.threads = s->threads;
	room.cache = s->cache;
	state->shared = s;
	state->meter = env->meter;
	state->chain = btc_chain_new(s->source.stretch.params, &room, err);
	if (state->chain == NULL)
		return -ENOMEM;
	rc = begin(state, &s->source.stretch, err);
	if (rc != 0) {
		btc_chain_free(state->chain);
		return rc;
	}
	bt_meter_text(state->meter, M_HASH, s->hash_impl);
	bt_meter_text(state->meter, M_SKIPPED, s->source.stretch.skipped);
	bt_meter_set(state->meter, M_THREADS, s->threads);
	btc_sigcache_tell_size(state->meter, M_CACHE, s->cache);
	return 0;
}

static struct bt_result fatal(unsigned error_class)
{
	return (struct bt_result){ .outcome = BT_FATAL, .error_class = error_class };
}

/* What follows the last block when there is more than the chain. */
static struct bt_result beyond_chain(struct state *state)
{
	const struct btc_stretch *s = &state->shared->source.stretch;
	unsigned error_class = s->end == BTC_END_ORPHAN ? E_MISSING_PARENT : E_MALFORMED;

	bt_note(state, error_class, "height %u: %s", s->first + s->n, s->end_text);
	return fatal(error_class);
}

static struct bt_result no_undo(struct state *state, const struct btc_stretch_block *block)
{
	char hash[BTC_HEX_SIZE];
	uint8_t raw[32];

	btc_sha256d(raw, block->bytes.p, BTC_HEADER_SIZE);
	btc_hash_hex(hash, raw);
	bt_note(state, E_UNDO, "no undo data: height %u block %s: %s",
		btc_chain_length(state->chain), hash, block->lack);
	return fatal(E_UNDO);
}

static struct bt_result refused(struct state *state, int rc, const struct btc_reject *reject)
{
	unsigned error_class = reject->undo ? E_UNDO : reject->malformed ? E_MALFORMED : E_INVALID;
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

/* The control of the next block, when one is due: by seed and number of the operation, or left over
 * from before. */
static const struct btc_control *due_control(struct state *state, uint64_t n, uint32_t i)
{
	const struct shared *s = state->shared;

	if (s->negative <= 0)
		return NULL;
	state->owed += bt_unit_from(bt_mix64(s->seed ^ bt_mix64(n))) <= s->negative;
	if (state->owed == 0 || s->controls[i].bytes.p == NULL)
		return NULL;
	state->owed--;
	return &s->controls[i];
}

static struct bt_result test(
	struct state *state, const struct btc_control *control, struct btc_span undo)
{
	struct btc_reject reject;
	char text[BT_NOTE_MAX] = "it was accepted";
	int rc = btc_chain_test(state->chain, &reject, control->bytes, undo, control->pow);
	bool right = rc == -EBADMSG && btc_control_is_refused(control, &reject);

	if (rc == -ENOMEM)
		return refused(state, rc, &reject);
	bt_meter_add(state->meter, M_PLANNED, 1);
	bt_meter_add(state->meter, M_REFUSED, right);
	if (right)
		return (struct bt_result){ .outcome = BT_DONE };
	if (rc != 0)
		btc_reject_text(text, sizeof(text), &reject);
	bt_note(state, E_WRONG, "height %u+%s: expected %s, got %.200s",
		btc_chain_length(state->chain), btc_block_damage_name(control->damage),
		control->expect[0] != '\0' ? control->expect : "malformed bytes", text);
	return (struct bt_result){ .outcome = BT_FAILED, .error_class = E_WRONG };
}

/* One block, or one control before it. */
static struct bt_result advance(struct state *state, uint64_t n)
{
	const struct btc_stretch *s = &state->shared->source.stretch;
	const struct btc_stretch_block *block;
	const struct btc_control *control;
	struct btc_block_counts counts;
	struct btc_reject reject;
	int rc;

	if (btc_chain_length(state->chain) == s->first + s->n) {
		if (s->end != BTC_END_WANTED)
			return beyond_chain(state);
		btc_chain_reset(state->chain);
	}
	block = &s->blocks[btc_chain_length(state->chain) - s->first];
	if (block->lack != NULL)
		return no_undo(state, block);
	control = due_control(state, n, btc_chain_length(state->chain) - s->first);
	if (control != NULL)
		return test(state, control, block->undo);
	rc = btc_chain_connect_undo(state->chain, &counts, &reject, block->bytes, block->undo);
	if (rc != 0)
		return refused(state, rc, &reject);
	count(state, &counts);
	return (struct bt_result){ .outcome = BT_DONE, .units = counts.transactions };
}

static struct bt_result block_op(void *arg, uint64_t n)
{
	struct state *state = arg;
	struct bt_result result = advance(state, n);

	btc_sigcache_tell_use(
		state->meter, M_CACHE, &state->told, btc_chain_cache_use(state->chain));
	return result;
}

static void block_leave(void *arg)
{
	struct state *state = arg;

	btc_chain_free(state->chain);
}

static const struct bt_alias aliases[] = { BTC_ALIASES(
	BT_ALIAS_SERVICE_PER_UNIT, "time of a block divided among its transactions, in seconds") };

const struct bt_workload btc_block_workload = {
	.name = "bitcoin.block",
	.summary = "connect real Bitcoin blocks to their chain, every script executed",
	.unit = "transactions",
	.opts = btc_block_opts,
	.metrics = metrics,
	.aliases = aliases,
	.milestone = &milestone,
	.error_classes = error_classes,
	.conf_size = sizeof(struct btc_block_conf),
	.state_size = sizeof(struct state),
	.check = btc_block_check,
	.prepare = block_prepare,
	.enter = block_enter,
	.op = block_op,
	.leave = block_leave,
	.teardown = block_teardown,
};
