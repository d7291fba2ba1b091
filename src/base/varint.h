/* varint.h: unsigned LEB128 in bounded buffers: 7 bits a byte, low first, the top bit set on all
 * but the last. */
#ifndef BT_VARINT_H
#define BT_VARINT_H

#include "base/base.h"

struct bt_out { /* n counts what was wanted, bytes past size are not written */
	uint8_t *p;
	size_t size, n;
};

struct bt_in {
	const uint8_t *p;
	size_t size, at;
};

static inline void bt_put_byte(struct bt_out *out, uint8_t b)
{
	if (out->n < out->size)
		out->p[out->n] = b;
	out->n++;
}

static inline void bt_put_varint(struct bt_out *out, uint64_t v)
{
	for (; v >= 0x80; v >>= 7)
		bt_put_byte(out, (uint8_t)(v | 0x80));
	bt_put_byte(out, (uint8_t)v);
}

/* False when the bytes end, or encode more than 64 bits. */
static inline bool bt_get_varint(struct bt_in *in, uint64_t *v)
{
	*v = 0;
	for (unsigned shift = 0; shift < 64 && in->at < in->size; shift += 7) {
		uint8_t b = in->p[in->at++];

		if (shift == 63 && (b & 0x7e))
			return false;
		*v |= (uint64_t)(b & 0x7f) << shift;
		if (!(b & 0x80))
			return true;
	}
	return false;
}

#endif
