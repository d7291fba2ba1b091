/*
 * cache.h: documents that were resolved, the most recently used of them, for so long. One worker's:
 * no locks. All memory but the documents' own is taken at the beginning.
 */
#ifndef W5_CACHE_H
#define W5_CACHE_H

#include <jansson.h>

#include "base/base.h"

struct w5_cache;

/* Room for `most` documents, above 0; each is good for ttl_ns (0: for ever). NULL: no memory. */
struct w5_cache *w5_cache_new(uint32_t most, uint64_t ttl_ns);
void w5_cache_free(struct w5_cache *cache); /* accepts NULL */

/* The document of a name, which becomes the most recently used; borrowed until the next put. NULL:
 * there is none, or it is too old. */
json_t *w5_cache_get(struct w5_cache *cache, const char *name, uint64_t now_ns);
/*
 * Keeps a document (a reference of its own) under a name that is borrowed as long as the cache
 * lives; in the place of the one of that name, else of the least recently used when there is no
 * more room. True: that one had to go.
 */
bool w5_cache_put(struct w5_cache *cache, const char *name, json_t *document, uint64_t now_ns);

#endif
