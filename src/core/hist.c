/*
 * Histograms in two forms. bt_live is a worker's: 32-bit counters that only grow, with one
 * writer, so that adding is a few plain loads and stores. bt_hist is everybody else's: a value
 * with 64-bit counters, made by subtracting two readings of a bt_live, that merges, has
 * quantiles, and packs into sparse bytes.
 *
 * Both have the whole range in one flat array, so that adding needs no test for growth, and
 * merging is a loop. That takes 270 KiB a value and half of that a worker's, of which real
 * latencies use a small part: each form remembers its touched range, and clearing, copying,
 * merging and reading look at no more. In the file and on the wire only buckets that are not
 * empty take bytes. A sketch with fewer buckets would be smaller; this layout is HdrHistogram's,
 * so its tools read ours, and quantiles of merged histograms have the error of a single one: at
 * most one in 1,024.
 */
#include "core/hist.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "base/varint.h"

const double bt_quantile_of[BT_QUANTILES] = { 0.50, 0.90, 0.95, 0.99, 0.999 };
const char *const bt_quantile_name[BT_QUANTILES] = { "p50", "p90", "p95", "p99", "p999" };

uint64_t bt_hist_low(unsigned index)
{
	unsigned shift = index < 2 * BT_HIST_HALF ? 0 : (index >> BT_HIST_HALF_BITS) - 1;

	return (uint64_t)(index - shift * BT_HIST_HALF) << shift;
}

uint64_t bt_hist_high(unsigned index)
{
	return bt_hist_low(index + 1) - 1;
}

void bt_hist_init(struct bt_hist *h)
{
	memset(h, 0, sizeof(*h));
	h->lo = BT_HIST_LEN;
}

void bt_hist_reset(struct bt_hist *h)
{
	if (h->lo <= h->hi)
		memset(&h->c[h->lo], 0, (h->hi - h->lo + 1) * sizeof(h->c[0]));
	h->count = h->sum = h->max = 0;
	h->lo = BT_HIST_LEN;
	h->hi = 0;
}

static void touch(struct bt_hist *h, uint32_t lo, uint32_t hi)
{
	h->lo = BT_MIN(h->lo, lo);
	h->hi = BT_MAX(h->hi, hi);
}

void bt_hist_add(struct bt_hist *h, uint64_t ns, uint64_t n)
{
	unsigned i = bt_hist_index(ns);

	if (!n)
		return;
	touch(h, i, i);
	h->c[i] += n;
	h->count += n;
	h->sum += ns * n;
	h->max = BT_MAX(h->max, ns);
}

void bt_hist_merge(struct bt_hist *into, const struct bt_hist *from)
{
	/* A reading between a value's bucket and its sum leaves a sum without a count, in the one
	 * or the next: keep it. */
	into->count += from->count;
	into->sum += from->sum;
	if (from->lo > from->hi)
		return;
	touch(into, from->lo, from->hi);
	for (unsigned i = from->lo; i <= from->hi; i++)
		into->c[i] += from->c[i];
	into->max = BT_MAX(into->max, from->max);
}

void bt_hist_copy(struct bt_hist *into, const struct bt_hist *from)
{
	bt_hist_reset(into);
	bt_hist_merge(into, from);
}

/* Rank of quantile q among `count` values, from 1: ceil(q × count), the product's rounding error
 * not counted. */
static uint64_t rank_of(double q, uint64_t count)
{
	double r = ceil(q * (double)count * (1 - 1e-15));

	if (r < 1)
		return 1;
	return r >= (double)count ? count : (uint64_t)r;
}

void bt_hist_quantiles(const struct bt_hist *h, uint64_t *out, const double *q, unsigned n)
{
	uint64_t seen = 0, wanted = n && h->count ? rank_of(q[0], h->count) : 0;
	unsigned k = 0;

	for (unsigned i = h->lo; i <= h->hi && k < n && h->count; i++) {
		seen += h->c[i];
		while (k < n && seen >= wanted) {
			/* The last bucket holds all that is longer than an hour. */
			uint64_t top = i == h->hi ? h->max : bt_hist_high(i);

			out[k++] = BT_MIN(top, h->max);
			wanted = k < n ? rank_of(q[k], h->count) : 0;
		}
	}
	for (; k < n; k++)
		out[k] = h->max;
}

uint64_t bt_hist_quantile(const struct bt_hist *h, double q)
{
	uint64_t out;

	bt_hist_quantiles(h, &out, &q, 1);
	return out;
}

double bt_hist_mean(const struct bt_hist *h)
{
	return h->count ? (double)h->sum / (double)h->count : NAN;
}

#define ENCODING 1

size_t bt_hist_encode(const struct bt_hist *h, uint8_t *buf, size_t size)
{
	struct bt_out out = { buf, size, 0 };
	unsigned last = 0;

	bt_put_varint(&out, ENCODING);
	bt_put_varint(&out, h->count);
	bt_put_varint(&out, h->sum);
	bt_put_varint(&out, h->max);
	for (unsigned i = h->lo; i <= h->hi && h->count; i++) {
		if (!h->c[i])
			continue;
		bt_put_varint(&out, i - last);
		bt_put_varint(&out, h->c[i]);
		last = i;
	}
	return out.n;
}

int bt_hist_decode(struct bt_hist *h, const uint8_t *buf, size_t size, struct bt_err *err)
{
	struct bt_in in = { buf, size, 0 };
	uint64_t version, count, sum, max, gap, n, seen = 0, index = 0;

	bt_hist_reset(h);
	if (!bt_get_varint(&in, &version) || version != ENCODING || !bt_get_varint(&in, &count) ||
		!bt_get_varint(&in, &sum) || !bt_get_varint(&in, &max))
		return bt_fail(err, -EINVAL, "histogram of %zu bytes: bad head", size);
	for (bool first = true; in.at < in.size; first = false) {
		if (!bt_get_varint(&in, &gap) || !bt_get_varint(&in, &n) || !n ||
			(!gap && !first) || gap >= BT_HIST_LEN - index || n > count - seen)
			goto bad;
		index += gap;
		seen += n;
		h->c[index] = n;
		touch(h, (uint32_t)index, (uint32_t)index);
	}
	if (seen != count || (count && bt_hist_index(max) < h->hi))
		goto bad;
	h->count = count;
	h->sum = sum;
	h->max = max;
	return 0;
bad:
	bt_hist_reset(h);
	return bt_fail(err, -EINVAL, "histogram of %zu bytes: bad at byte %zu", size, in.at);
}

void bt_live_init(struct bt_live *live)
{
	memset(live, 0, sizeof(*live));
	BT_LIVE_PUT(live->lo, BT_HIST_LEN);
}

void bt_live_take(const struct bt_live *live, struct bt_live_mark *mark, struct bt_hist *into)
{
	unsigned lo = BT_LIVE_GET(live->lo);
	unsigned hi = BT_LIVE_GET(live->hi);
	uint64_t sum = BT_LIVE_GET(live->sum);
	unsigned top = 0;
	bool any = false;

	for (unsigned i = lo; i <= hi; i++) {
		uint32_t now = BT_LIVE_GET(live->c[i]);
		uint32_t n = now - mark->c[i]; /* wraps as the counters do */

		if (!n)
			continue;
		mark->c[i] = now;
		into->c[i] += n;
		into->count += n;
		touch(into, i, i);
		top = i;
		any = true;
	}
	into->sum += sum - mark->sum;
	mark->sum = sum;
	/* the interval's maximum: the top bucket, or the exact maximum where that lies in it */
	if (any)
		into->max = BT_MAX(into->max, BT_MIN(bt_hist_high(top), BT_LIVE_GET(live->max)));
}

void bt_latency_of(struct bt_latency *out, const struct bt_hist *h)
{
	out->count = h->count;
	out->mean = bt_hist_mean(h);
	out->max = h->max;
	bt_hist_quantiles(h, out->q, bt_quantile_of, BT_QUANTILES);
}
