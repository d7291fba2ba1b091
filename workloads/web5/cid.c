#include "web5/cid.h"

#include <errno.h>
#include <nettle/sha2.h>
#include <stdlib.h>
#include <string.h>

#include "web5/cbor.h"

#define CID_BYTES 36 /* version, codec, hash function, its length, 32 bytes of it */
/* Bytes of a node at most: a link has at most 2 + (2 + 36) + 2 + 11, its size in the node's data
 * 11, and some more. */
#define NODE_MOST (W5_CID_LINKS * (53 + 11) + 64)

/* A block of a tree: its identifier, bytes of the file under it, bytes of all blocks under it with
 * its own. */
struct block {
	uint8_t cid[CID_BYTES];
	uint64_t size, total;
};

static void name_block(uint8_t cid[CID_BYTES], enum w5_codec codec, const void *bytes, size_t n)
{
	struct sha256_ctx ctx;

	cid[0] = 1;
	cid[1] = (uint8_t)codec;
	cid[2] = 0x12; /* sha2-256 */
	cid[3] = SHA256_DIGEST_SIZE;
	sha256_init(&ctx);
	sha256_update(&ctx, n, bytes);
	sha256_digest(&ctx, SHA256_DIGEST_SIZE, cid + 4);
}

/* Multibase "b": base32 in lower case without padding (RFC 4648, 6). */
static void put_text(char out[W5_CID_SIZE], const uint8_t cid[CID_BYTES])
{
	static const char digits[] = "abcdefghijklmnopqrstuvwxyz234567";
	unsigned have = 0;
	uint32_t bits = 0;

	*out++ = 'b';
	for (unsigned i = 0; i < CID_BYTES; i++) {
		bits = bits << 8 | cid[i];
		for (have += 8; have >= 5; have -= 5)
			*out++ = digits[bits >> (have - 5) & 31];
	}
	if (have)
		*out++ = digits[bits << (5 - have) & 31];
	*out = '\0';
}

void w5_cid(char out[W5_CID_SIZE], enum w5_codec codec, const void *bytes, size_t n)
{
	uint8_t cid[CID_BYTES];

	name_block(cid, codec, bytes, n);
	put_text(out, cid);
}

int w5_cid_of_json(char out[W5_CID_SIZE], const json_t *value)
{
	uint8_t some[4096], *bytes = some;
	size_t n = w5_cbor(some, sizeof(some), value);

	if (n > sizeof(some)) {
		bytes = malloc(n);
		if (!bytes)
			return -ENOMEM;
		w5_cbor(bytes, n, value);
	}
	w5_cid(out, W5_DAG_CBOR, bytes, n);
	if (bytes != some)
		free(bytes);
	return 0;
}

/* ---- UnixFS ---- */

static uint8_t *put_varint(uint8_t *at, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		*at++ = (uint8_t)(v | 0x80);
	*at++ = (uint8_t)v;
	return at;
}

static uint8_t *put_field(uint8_t *at, unsigned field, uint64_t v)
{
	*at++ = (uint8_t)(field << 3);
	return put_varint(at, v);
}

static uint8_t *put_bytes(uint8_t *at, unsigned field, const uint8_t *bytes, size_t n)
{
	*at++ = (uint8_t)(field << 3 | 2);
	at = put_varint(at, n);
	if (n)
		memcpy(at, bytes, n);
	return at + n;
}

/* A link of a node (DAG-PB Specification): Hash, an empty Name, Tsize. */
static uint8_t *put_link(uint8_t *at, const struct block *child)
{
	uint8_t link[CID_BYTES + 16], *end = put_bytes(link, 1, child->cid, CID_BYTES);

	end = put_bytes(end, 2, NULL, 0);
	end = put_field(end, 3, child->total);
	return put_bytes(at, 2, link, (size_t)(end - link));
}

/* The node above n blocks: their links, and as data (UnixFS v1) type file, the file's size, the
 * size of each. */
static struct block join(const struct block *children, size_t n)
{
	uint8_t node[NODE_MOST], data[W5_CID_LINKS * 11 + 16], *at = node, *end = data;
	struct block b = { .size = 0 };

	for (size_t i = 0; i < n; i++) {
		at = put_link(at, &children[i]);
		b.size += children[i].size;
		b.total += children[i].total;
	}
	end = put_field(end, 1, 2);
	end = put_field(end, 3, b.size);
	for (size_t i = 0; i < n; i++)
		end = put_field(end, 4, children[i].size);
	at = put_bytes(at, 1, data, (size_t)(end - data));
	b.total += (uint64_t)(at - node);
	name_block(b.cid, W5_DAG_PB, node, (size_t)(at - node));
	return b;
}

int w5_cid_of_data(char out[W5_CID_SIZE], const uint8_t *data, size_t n)
{
	size_t left = n ? (n + W5_CHUNK - 1) / W5_CHUNK : 1;
	struct block one, *blocks = left == 1 ? &one : calloc(left, sizeof(*blocks));

	if (!blocks)
		return -ENOMEM;
	for (size_t i = 0; i < left; i++) {
		size_t from = i * W5_CHUNK, bytes = BT_MIN(n - from, W5_CHUNK);

		name_block(blocks[i].cid, W5_RAW, data + from, bytes);
		blocks[i].size = blocks[i].total = bytes;
	}
	while (left > 1) {
		size_t nodes = 0;

		for (size_t i = 0; i < left; i += W5_CID_LINKS)
			blocks[nodes++] = join(&blocks[i], BT_MIN(left - i, W5_CID_LINKS));
		left = nodes;
	}
	put_text(out, blocks[0].cid);
	if (blocks != &one)
		free(blocks);
	return 0;
}
