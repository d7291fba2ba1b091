/* encode.h: bytes as text: base64 of RFC 4648, section 4, with padding, and hex. Any thread. */
#ifndef BT_ENCODE_H
#define BT_ENCODE_H

#include "base/base.h"

/* The text of n bytes, to be freed; NULL: out of memory. */
char *bt_base64(const uint8_t *bytes, size_t n);
/* The bytes of a text, to be freed, *n of them; NULL: not base64, or out of memory. */
uint8_t *bt_base64_read(const char *text, size_t *n);

/* Writes 2 * n lower-case digits and a NUL. */
void bt_hex(char *out, const uint8_t *bytes, size_t n);
/* The value of a digit of either case; -1: not one. */
int bt_hex_digit(char c);
/* Reads n digits into n / 2 bytes. False when n is odd or one is no hex digit. */
bool bt_hex_read(uint8_t *out, const char *hex, size_t n);

#endif
