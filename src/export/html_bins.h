/* html_bins.h: a run over time in so few bins that a page can draw it, however long it was: the
 * bins widen as it goes on. Values. */
#ifndef BT_HTML_BINS_H
#define BT_HTML_BINS_H

#include "core/snapshot.h"

#define BT_BINS 240
/* Coarse buckets an octave: a line of a chart, not a figure of the report. */
#define BT_BIN_SUBS    16
#define BT_BIN_BUCKETS (43 * BT_BIN_SUBS)

struct bt_bin {
	uint64_t span_ns;                    /* of the intervals in it: what rates are taken over */
	uint64_t offered, completed, failed; /* failed: expired ones, too */
	uint64_t rss_bytes;                  /* highest; 0: not read */
	uint64_t count;                      /* of latencies */
	uint32_t latency[BT_BIN_BUCKETS];
};

struct bt_bins {
	uint64_t width_ns; /* of a bin */
	unsigned n;        /* bins begun */
	struct bt_bin bin[BT_BINS];
};

void bt_bins_init(struct bt_bins *bins);
/* A snapshot, whose interval goes to the bin of its middle. */
void bt_bins_put(struct bt_bins *bins, const struct bt_snapshot *snap, bool open_loop);
/* The top of the coarse bucket that has the quantile, ns; NAN: none ended. */
double bt_bin_quantile(const struct bt_bin *bin, double q);
/* Lowest latency of a coarse bucket, ns; of one above the last: its top. */
double bt_bin_low(unsigned bucket);

#endif
