/* hex.h: bytes written as pairs of hex digits. Pure functions; any thread. */
#ifndef BTC_HEX_H
#define BTC_HEX_H

#include "bitcoin/rules/bytes.h"

/* Reads n digits into n / 2 bytes. False when n is odd or one is no hex digit. */
bool btc_hex_read(uint8_t *out, const char *hex, size_t n);

/* Writes 2 * n digits and a NUL. */
void btc_hex_write(char *out, struct btc_span bytes);

#endif
