/* unit.h: the units that figures are in: how a value is written for people, how it is read, its
 * name in documents. Any thread. */
#ifndef BT_UNIT_H
#define BT_UNIT_H

#include <stddef.h>

/* A value is kept as a double: nanoseconds, a share of 1, bytes, or a plain number. A ratio is read
 * as a number or as a share. */
enum bt_unit {
	BT_UNIT_NS,
	BT_UNIT_SHARE,
	BT_UNIT_BYTES,
	BT_UNIT_NUMBER,
	BT_UNIT_RATIO,
	BT_UNIT_PER_S,
};

/* "ns", "share", "bytes", "", "", "1/s"; by unit, NULL-ended. */
extern const char *const bt_unit_name[];

/* 1.25 ms, 12.0 %, 38.1 MiB, 1.50k, 1.50k/s; NAN: "-". BT_FMT_MAX bytes hold any (fmt.h). Returns
 * buf. */
char *bt_unit_text(char *buf, size_t size, enum bt_unit unit, double value);
/* Reads what people write: 50ms, 1%, 10MiB, 1.5k. -EINVAL: not that; *out is then untouched. */
int bt_unit_parse(double *out, enum bt_unit unit, const char *text);
/* What it expects, for messages: "a duration (50ms, 1.5s)". */
const char *bt_unit_expected(enum bt_unit unit);

#endif
