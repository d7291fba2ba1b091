/*
 * cbor.h: JSON values in the one form that DAG-CBOR has for each (IPLD, DAG-CBOR Specification; RFC
 * 8949): shortest heads, keys by length and then by bytes, 64-bit floats. Any thread; nothing is
 * allocated.
 */
#ifndef W5_CBOR_H
#define W5_CBOR_H

#include <jansson.h>

#include "base/base.h"

/* Writes at most `room` bytes. Returns how many the value has: more than room says that they are
 * not all there. */
size_t w5_cbor(uint8_t *out, size_t room, const json_t *value);

#endif
