/*
 * hist.h: log-linear histograms of nanoseconds, laid out as HdrHistogram lays out (three
 * significant digits, 1 ns to 1 h).
 *
 * Below 2,048 ns a bucket is 1 ns wide; above, each octave has 1,024 buckets, so a bucket is at
 * most 1/1,024 of its value wide and a quantile is at most 0.1 % above the value that was recorded.
 * Values over 1 h count as 1 h in the buckets; the exact maximum and the sum keep them as they
 * were.
 */
#ifndef BT_HIST_H
#define BT_HIST_H

#include <stdatomic.h>

#include "base/base.h"
#include "base/err.h"

#define BT_HIST_HALF_BITS 10
#define BT_HIST_HALF      (1u << BT_HIST_HALF_BITS)
#define BT_HIST_MAX_NS    (UINT64_C(3600) * BT_NS_PER_S)
#define BT_HIST_LEN       (33u * BT_HIST_HALF)

static inline unsigned bt_hist_index(uint64_t ns)
{
	unsigned shift;

	if (BT_UNLIKELY(ns > BT_HIST_MAX_NS))
		ns = BT_HIST_MAX_NS;
	shift = 63u - (unsigned)__builtin_clzll(ns | (2 * BT_HIST_HALF - 1)) - BT_HIST_HALF_BITS;
	return (shift << BT_HIST_HALF_BITS) + (unsigned)(ns >> shift);
}

/* Lowest and highest value that falls into a bucket. */
uint64_t bt_hist_low(unsigned index);
uint64_t bt_hist_high(unsigned index);

/* A private copy: a value. 270 KiB; lo > hi when empty. Only c[lo..hi] may be non-zero. */
struct bt_hist {
	uint64_t count;
	uint64_t sum; /* of the values as recorded; wraps after 2^64 ns in all */
	uint64_t max; /* exact where known, else the top of the highest bucket */
	uint32_t lo, hi;
	uint64_t c[BT_HIST_LEN];
};

void bt_hist_init(struct bt_hist *h);  /* any memory: clears all of it */
void bt_hist_reset(struct bt_hist *h); /* one that was in use: clears the touched range */
void bt_hist_add(struct bt_hist *h, uint64_t ns, uint64_t n);
void bt_hist_merge(struct bt_hist *into, const struct bt_hist *from);
void bt_hist_copy(struct bt_hist *into, const struct bt_hist *from); /* into was initialised */

/* Smallest bucket top that at least ceil(q × count) values do not exceed, never above max. 0 when
 * empty. q in 0..1. */
uint64_t bt_hist_quantile(const struct bt_hist *h, double q);
/* The same for n ascending q at once, in one pass. */
void bt_hist_quantiles(const struct bt_hist *h, uint64_t *out, const double *q, unsigned n);
double bt_hist_mean(const struct bt_hist *h); /* NAN when empty */

/*
 * Sparse bytes for disk and wire: varints of version, count, sum, max, then (gap, count) pairs in
 * bucket order. Returns the bytes written, or needed when size is too small (nothing is then
 * written past size).
 */
size_t bt_hist_encode(const struct bt_hist *h, uint8_t *buf, size_t size);
/* 0 or -EINVAL for bytes that no encoder writes. h was initialised; it is empty after a failure. */
int bt_hist_decode(struct bt_hist *h, const uint8_t *buf, size_t size, struct bt_err *err);

/*
 * One writer, many readers: 32-bit counters that only grow (and wrap); whoever wants an interval
 * subtracts two readings, which is right as long as no bucket takes 2^32 values between them.
 */
struct bt_live {
	_Atomic uint64_t sum, max;
	_Atomic uint32_t lo, hi; /* the touched range */
	_Atomic uint32_t c[BT_HIST_LEN];
};

struct bt_live_mark { /* a reader's last reading */
	uint64_t sum;
	uint32_t c[BT_HIST_LEN];
};

void bt_live_init(struct bt_live *live);

/* Relaxed throughout: single writer; readers (bt_live_take) need each counter whole, not an order
 * between them. */
#define BT_LIVE_GET(v)    atomic_load_explicit(&(v), memory_order_relaxed)
#define BT_LIVE_PUT(v, x) atomic_store_explicit(&(v), (x), memory_order_relaxed)

/* Writer only. */
static inline void bt_live_add(struct bt_live *live, uint64_t ns)
{
	unsigned i = bt_hist_index(ns);

	if (BT_UNLIKELY(i < BT_LIVE_GET(live->lo)))
		BT_LIVE_PUT(live->lo, i);
	if (BT_UNLIKELY(i > BT_LIVE_GET(live->hi)))
		BT_LIVE_PUT(live->hi, i);
	BT_LIVE_PUT(live->c[i], BT_LIVE_GET(live->c[i]) + 1);
	BT_LIVE_PUT(live->sum, BT_LIVE_GET(live->sum) + ns);
	if (BT_UNLIKELY(ns > BT_LIVE_GET(live->max)))
		BT_LIVE_PUT(live->max, ns);
}

/* Writer only: the next maximum begins anew. */
static inline void bt_live_forget_max(struct bt_live *live)
{
	BT_LIVE_PUT(live->max, 0);
}

/* Adds to `into` what was recorded since `mark` and moves the mark. One reader a mark. */
void bt_live_take(const struct bt_live *live, struct bt_live_mark *mark, struct bt_hist *into);

/* The figures of a histogram that screens and reports show. Unknown (empty) is count 0. */
enum { BT_Q50, BT_Q90, BT_Q95, BT_Q99, BT_Q999, BT_QUANTILES };
extern const double bt_quantile_of[BT_QUANTILES];
extern const char *const bt_quantile_name[BT_QUANTILES]; /* "p50" … "p999" */

struct bt_latency {
	uint64_t count;
	double mean;
	uint64_t q[BT_QUANTILES];
	uint64_t max;
};

void bt_latency_of(struct bt_latency *out, const struct bt_hist *h);

#endif
