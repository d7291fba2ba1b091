/* base64.h: RFC 4648, section 4, with padding. */
#ifndef BT_BASE64_H
#define BT_BASE64_H

#include "base/base.h"

/* The text of n bytes, to be freed; NULL: no memory. */
char *bt_base64(const uint8_t *bytes, size_t n);
/* The bytes of a text, to be freed, *n of them; NULL: it is none, or no memory. */
uint8_t *bt_base64_read(const char *text, size_t *n);

#endif
