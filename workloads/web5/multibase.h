/*
 * multibase.h: the encodings of decentralised identifiers: base58btc as Bitcoin writes it,
 * base64url without padding (RFC 4648, 5), and the unsigned varints of multicodec. Any thread;
 * nothing is allocated.
 */
#ifndef W5_BASE_H
#define W5_BASE_H

#include "base/base.h"

#define W5_BYTES_MAX 128                    /* of a key with its prefix */
#define W5_TEXT_MAX  (2 * W5_BYTES_MAX + 1) /* of it in either encoding, with its NUL */

/* Text of n bytes, n at most W5_BYTES_MAX; out has room for W5_TEXT_MAX. Returns its length. */
size_t w5_base58(char *out, const uint8_t *bytes, size_t n);
/* Bytes of a text of len characters; out has room for W5_BYTES_MAX. Their number; -1: another
 * character, or too long. */
int w5_base58_read(uint8_t *out, const char *text, size_t len);

/* The same for base64url, of any length: 4 characters for 3 bytes, and a NUL; read takes only what
 * an encoder would have written. */
size_t w5_base64(char *out, const uint8_t *bytes, size_t n);
/* out has room for `room` bytes. Their number; -1: not base64url without padding, or more than
 * that. */
long w5_base64_read(uint8_t *out, size_t room, const char *text, size_t len);

#endif
