#include "web5/cache.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX

struct entry {
	const char *name;
	json_t *document;
	uint64_t hash, until_ns;
	uint32_t next;         /* of the same bucket */
	uint32_t newer, older; /* by last use */
};

struct w5_cache {
	uint32_t most, n, mask;
	uint64_t ttl_ns;
	uint32_t newest, oldest;
	uint32_t *buckets;
	struct entry *entries;
};

/* FNV-1a, 64 bits. */
static uint64_t hash_of(const char *name)
{
	uint64_t hash = UINT64_C(0xcbf29ce484222325);

	for (; *name; name++)
		hash = (hash ^ (uint8_t)*name) * UINT64_C(0x100000001b3);
	return hash;
}

struct w5_cache *w5_cache_new(uint32_t most, uint64_t ttl_ns)
{
	struct w5_cache *c = calloc(1, sizeof(*c));
	uint32_t buckets = 1;

	while (buckets < most && buckets < UINT32_C(1) << 31)
		buckets *= 2;
	if (!c)
		return NULL;
	c->most = most;
	c->mask = buckets - 1;
	c->ttl_ns = ttl_ns ? ttl_ns : UINT64_MAX;
	c->newest = c->oldest = NONE;
	c->buckets = malloc(buckets * sizeof(*c->buckets));
	c->entries = calloc(most, sizeof(*c->entries));
	if (!c->buckets || !c->entries) {
		w5_cache_free(c);
		return NULL;
	}
	memset(c->buckets, 0xff, buckets * sizeof(*c->buckets));
	return c;
}

void w5_cache_free(struct w5_cache *c)
{
	if (!c)
		return;
	for (uint32_t i = 0; c->entries && i < c->n; i++)
		json_decref(c->entries[i].document);
	free(c->buckets);
	free(c->entries);
	free(c);
}

static uint32_t find(const struct w5_cache *c, const char *name, uint64_t hash)
{
	uint32_t i = c->buckets[hash & c->mask];

	while (i != NONE && (c->entries[i].hash != hash || strcmp(c->entries[i].name, name) != 0))
		i = c->entries[i].next;
	return i;
}

static void leave_order(struct w5_cache *c, uint32_t i)
{
	struct entry *e = &c->entries[i];

	*(e->newer == NONE ? &c->newest : &c->entries[e->newer].older) = e->older;
	*(e->older == NONE ? &c->oldest : &c->entries[e->older].newer) = e->newer;
}

static void become_newest(struct w5_cache *c, uint32_t i)
{
	struct entry *e = &c->entries[i];

	e->newer = NONE;
	e->older = c->newest;
	*(c->newest == NONE ? &c->oldest : &c->entries[c->newest].newer) = i;
	c->newest = i;
}

static void leave_bucket(struct w5_cache *c, uint32_t i)
{
	uint32_t *at = &c->buckets[c->entries[i].hash & c->mask];

	while (*at != i)
		at = &c->entries[*at].next;
	*at = c->entries[i].next;
}

json_t *w5_cache_get(struct w5_cache *c, const char *name, uint64_t now_ns)
{
	uint32_t i = find(c, name, hash_of(name));

	if (i == NONE || now_ns >= c->entries[i].until_ns)
		return NULL;
	leave_order(c, i);
	become_newest(c, i);
	return c->entries[i].document;
}

bool w5_cache_put(struct w5_cache *c, const char *name, json_t *document, uint64_t now_ns)
{
	uint64_t hash = hash_of(name);
	uint32_t i = find(c, name, hash);
	bool evicted = i == NONE && c->n == c->most;
	struct entry *e;

	if (i != NONE || evicted) {
		i = evicted ? c->oldest : i;
		leave_order(c, i);
		leave_bucket(c, i);
		json_decref(c->entries[i].document);
	} else {
		i = c->n++;
	}
	e = &c->entries[i];
	*e = (struct entry){ .name = name,
		.document = json_incref(document),
		.hash = hash,
		.until_ns = c->ttl_ns > UINT64_MAX - now_ns ? UINT64_MAX : now_ns + c->ttl_ns,
		.next = c->buckets[hash & c->mask] };
	c->buckets[hash & c->mask] = i;
	become_newest(c, i);
	return evicted;
}
