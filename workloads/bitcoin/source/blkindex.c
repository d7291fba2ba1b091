#include "bitcoin/source/blkindex.h"

#include <errno.h>
#include <stdlib.h>

#include "bitcoin/rules/block.h"
#include "bitcoin/rules/pow.h"

#define NONE    UINT32_MAX
#define BITS_AT 72 /* in a header */

enum state { UNSEEN, ROOTED, LOOSE };

struct node {
	uint8_t hash[32];
	struct btc_u256 work; /* of the branch up to here */
	uint32_t parent;
	uint32_t height;
	enum state state;
	bool copy; /* of a record before it */
};

struct tree {
	const struct btc_blk_record *records;
	struct node *nodes;
	uint32_t *slots; /* hash table of nodes, node + 1 */
	uint32_t *path;  /* scratch */
	size_t mask;
	uint32_t n, root;
};

static size_t slot_of(const struct tree *t, const uint8_t hash[32])
{
	size_t at = (size_t)btc_le64(hash) & t->mask;

	while (t->slots[at] != 0 && memcmp(t->nodes[t->slots[at] - 1].hash, hash, 32) != 0)
		at = (at + 1) & t->mask;
	return at;
}

static uint32_t node_of(const struct tree *t, const uint8_t hash[32])
{
	uint32_t found = t->slots[slot_of(t, hash)];

	return found != 0 ? found - 1 : NONE;
}

static const uint8_t *prev_of(const struct tree *t, uint32_t i)
{
	return t->records[i].header + 4;
}

static bool no_parent(const struct tree *t, uint32_t i)
{
	static const uint8_t zero[32];

	return memcmp(prev_of(t, i), zero, 32) == 0;
}

static void add_nodes(struct tree *t, const struct btc_chainparams *params)
{
	uint32_t stand_in = NONE;

	t->root = NONE;
	for (uint32_t i = 0; i < t->n; i++) {
		size_t at;

		btc_sha256d(t->nodes[i].hash, t->records[i].header, BTC_HEADER_SIZE);
		at = slot_of(t, t->nodes[i].hash);
		t->nodes[i].copy = t->slots[at] != 0;
		if (t->nodes[i].copy && t->records[t->slots[at] - 1].damaged &&
			!t->records[i].damaged) {
			t->nodes[t->slots[at] - 1].copy = true;
			t->nodes[i].copy = false;
		}
		if (!t->nodes[i].copy)
			t->slots[at] = i + 1;
		if (!t->nodes[i].copy && btc_hash_is(t->nodes[i].hash, params->genesis))
			t->root = i;
		if (stand_in == NONE && no_parent(t, i))
			stand_in = i;
	}
	if (t->root == NONE)
		t->root = stand_in;
	for (uint32_t i = 0; i < t->n; i++)
		t->nodes[i].parent = no_parent(t, i) ? NONE : node_of(t, prev_of(t, i));
}

static struct btc_u256 work_of(const struct tree *t, uint32_t i)
{
	return btc_pow_work(btc_le32(t->records[i].header + BITS_AT));
}

/* Walks down to a block whose place is known and back up, so that each block is placed once. */
static void place(struct tree *t, uint32_t i)
{
	uint32_t n = 0, at = i;

	while (at != NONE && t->nodes[at].state == UNSEEN) {
		t->path[n++] = at;
		at = t->nodes[at].parent;
	}
	while (n > 0) {
		struct node *node = &t->nodes[t->path[--n]];
		const struct node *below = at != NONE ? &t->nodes[at] : NULL;

		node->state = LOOSE;
		if (below != NULL && below->state == ROOTED) {
			node->state = ROOTED;
			node->height = below->height + 1;
			node->work = work_of(t, t->path[n]);
			btc_u256_add(&node->work, &below->work);
		}
		at = t->path[n];
	}
}

static void root(struct tree *t, uint32_t i)
{
	t->nodes[i].state = ROOTED;
	t->nodes[i].work = work_of(t, i);
}

/* The block with most work below it; among equals the first in the file. */
static uint32_t best_tip(const struct tree *t)
{
	uint32_t best = NONE;

	for (uint32_t i = 0; i < t->n; i++)
		if (t->nodes[i].state == ROOTED && !t->nodes[i].copy &&
			(best == NONE || btc_u256_cmp(&t->nodes[i].work, &t->nodes[best].work) > 0))
			best = i;
	return best;
}

static int list_chain(struct btc_blkindex *index, const struct tree *t)
{
	uint32_t at = best_tip(t);

	if (at == NONE)
		return 0;
	index->n = t->nodes[at].height + 1;
	index->chain = calloc(index->n, sizeof(index->chain[0]));
	if (index->chain == NULL)
		return -ENOMEM;
	for (uint32_t h = index->n; h > 0; h--) {
		index->chain[h - 1] = &t->records[at];
		at = t->nodes[at].parent;
	}
	return 0;
}

static int order(struct btc_blkindex *index, struct tree *t, const struct btc_chainparams *params,
	bool pruned)
{
	add_nodes(t, params);
	index->genesis = t->root != NONE;
	for (uint32_t i = 0; i < t->n; i++)
		if (i == t->root || (pruned && !index->genesis && t->nodes[i].parent == NONE))
			root(t, i);
	for (uint32_t i = 0; i < t->n; i++)
		place(t, i);
	for (uint32_t i = 0; i < t->n; i++)
		if (t->nodes[i].state == LOOSE && t->nodes[i].parent == NONE && !t->nodes[i].copy &&
			(index->orphan == NULL || index->orphan->damaged > t->records[i].damaged))
			index->orphan = &t->records[i];
	return list_chain(index, t);
}

int btc_blkindex_build(struct btc_blkindex *index, const struct btc_blk_record *records, uint32_t n,
	const struct btc_chainparams *params, bool pruned, struct bt_err *err)
{
	struct tree t = { .records = records, .n = n };
	size_t slots = 64;
	int rc = -ENOMEM;

	*index = (struct btc_blkindex){ .n = 0 };
	while (slots < 2 * (size_t)n)
		slots *= 2;
	t.mask = slots - 1;
	t.nodes = calloc(n, sizeof(t.nodes[0]));
	t.slots = calloc(slots, sizeof(t.slots[0]));
	t.path = calloc(n, sizeof(t.path[0]));
	if (t.nodes != NULL && t.slots != NULL && t.path != NULL)
		rc = order(index, &t, params, pruned);
	free(t.nodes);
	free(t.slots);
	free(t.path);
	if (rc == 0)
		return 0;
	btc_blkindex_fini(index);
	return bt_fail(err, rc, "index of %u blocks: out of memory", n);
}

void btc_blkindex_fini(struct btc_blkindex *index)
{
	free(index->chain);
	index->chain = NULL;
	index->n = 0;
}
