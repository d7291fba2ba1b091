/*
 * cid.h: content identifiers (multiformats CID, version 1) by SHA-256, as base32 text "bafy…",
 * "bafk…": of JSON values as DAG-CBOR, and of data as IPFS splits it: chunks of 256 KiB as raw
 * blocks, under nodes of UnixFS when there are several. Any thread.
 */
#ifndef W5_CID_H
#define W5_CID_H

#include <jansson.h>

#include "base/base.h"

#define W5_CID_SIZE  60 /* of the text, with its NUL */
#define W5_CHUNK     (256u << 10)
#define W5_CID_LINKS 174 /* children of a UnixFS node at most */

enum w5_codec { W5_RAW = 0x55, W5_DAG_PB = 0x70, W5_DAG_CBOR = 0x71 };

/* Of a block. */
void w5_cid(char out[W5_CID_SIZE], enum w5_codec codec, const void *bytes, size_t n);
/* Of a value. 0 or -ENOMEM. */
int w5_cid_of_json(char out[W5_CID_SIZE], const json_t *value);
/* Of data: its only chunk's, or that of the balanced tree above its chunks (IPFS UnixFS v1 with raw
 * leaves). 0 or -ENOMEM. */
int w5_cid_of_data(char out[W5_CID_SIZE], const uint8_t *data, size_t n);

#endif
