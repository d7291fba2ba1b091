/*
 * compress.h: the compact forms that Bitcoin Core keeps coins in (compressor.h, serialize.h):
 * amounts, scripts, and numbers of base 128. Pure functions; any thread.
 */
#ifndef BTC_COMPRESS_H
#define BTC_COMPRESS_H

#include "bitcoin/rules/bytes.h"

#define BTC_VARINT_MAX 10 /* bytes of the longest number */

/* The longest script that a compact form stands for and is not as long itself: a push of 65 bytes
 * and OP_CHECKSIG. */
#define BTC_SCRIPT_KNOWN_MAX 67

/* A number up to `max`, which is 2^32 - 1 or 2^64 - 1; a larger one is a fault at its first
 * byte. */
uint64_t btc_read_varint(struct btc_reader *r, uint64_t max);

/* Writes at most BTC_VARINT_MAX bytes and returns how many. */
size_t btc_put_varint(uint8_t *p, uint64_t v);

/* Any 64 bits decompress to something; only amounts that exist compress and decompress to
 * themselves. */
uint64_t btc_amount_compress(uint64_t amount);
uint64_t btc_amount_decompress(uint64_t x);

/*
 * A script: one of six known forms, or its length plus six and itself, which is then borrowed. A
 * known form is written to `room`. As in Core, a key that is not on the curve gives an empty
 * script, and a script too long to be spendable gives OP_RETURN.
 */
struct btc_span btc_script_decompress(struct btc_reader *r, uint8_t room[BTC_SCRIPT_KNOWN_MAX]);

/* Writes at most script.n + BTC_VARINT_MAX bytes and returns how many. */
size_t btc_script_compress(uint8_t *p, struct btc_span script);

#endif
