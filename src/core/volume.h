/*
 * volume.h: what a data set of one size after the other cost: bytes an item with their interval,
 * and words for all that. Values only.
 */
#ifndef BT_VOLUME_H
#define BT_VOLUME_H

#include "core/profile.h"

#define BT_VOLUME_LEVELS 500

struct bt_volume_level {
	double items, rate; /* op/s completed */
	uint64_t p99_ns;    /* 0: unknown */
	/* Resident before the fill and under load, and counted by the workload; 0: not read. */
	uint64_t before_bytes, loaded_bytes, counted_bytes;
	uint64_t after_bytes; /* when it was released */
};

struct bt_volume {
	struct bt_volume_level level[BT_VOLUME_LEVELS];
	unsigned n;      /* levels that were filled and measured */
	double held;     /* items of the largest level that held; NAN: none */
	double broke_at; /* items of the level that broke */
	char why[96];    /* empty: none did */
};

/* A straight line through the levels: bytes for one item more. NAN: unknown; an interval takes
 * three levels. */
struct bt_slope {
	unsigned n;
	double mean, low, high; /* 95 % */
};

/* The slope of y over x by least squares, its interval by Student's t. */
void bt_slope_of(struct bt_slope *out, const double *x, const double *y, unsigned n);
/* Of resident memory above what it was before each fill; of the bytes that the workload counted. */
void bt_volume_resident(struct bt_slope *out, const struct bt_volume *v);
void bt_volume_counted(struct bt_slope *out, const struct bt_volume *v);
void bt_volume_finding(const struct bt_volume *v, struct bt_finding *out);

#endif
