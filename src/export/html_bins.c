#include "export/html_bins.h"

#include <math.h>
#include <string.h>

#define LEAST_WIDTH (100 * BT_NS_PER_MS)

void bt_bins_init(struct bt_bins *bins)
{
	memset(bins, 0, sizeof(*bins));
}

static unsigned bucket_of(uint64_t ns)
{
	unsigned octave, shift;

	if (ns < BT_BIN_SUBS)
		return (unsigned)ns;
	octave = 63u - (unsigned)__builtin_clzll(ns);
	shift = octave - 4;
	return BT_MIN((octave - 3) * BT_BIN_SUBS + (unsigned)(ns >> shift) - BT_BIN_SUBS,
		(unsigned)BT_BIN_BUCKETS - 1);
}

double bt_bin_low(unsigned bucket)
{
	unsigned octave = bucket / BT_BIN_SUBS;

	if (octave == 0)
		return bucket;
	return ldexp(BT_BIN_SUBS + bucket % BT_BIN_SUBS, (int)octave - 1);
}

static void add(struct bt_bin *into, const struct bt_bin *from)
{
	into->span_ns += from->span_ns;
	into->offered += from->offered;
	into->completed += from->completed;
	into->failed += from->failed;
	into->count += from->count;
	into->rss_bytes = BT_MAX(into->rss_bytes, from->rss_bytes);
	for (unsigned i = 0; i < BT_BIN_BUCKETS; i++)
		into->latency[i] += from->latency[i];
}

static void widen(struct bt_bins *bins)
{
	for (unsigned i = 0; i < BT_BINS / 2; i++) {
		struct bt_bin sum = bins->bin[2 * i];

		add(&sum, &bins->bin[2 * i + 1]);
		bins->bin[i] = sum;
	}
	memset(&bins->bin[BT_BINS / 2], 0, BT_BINS / 2 * sizeof(bins->bin[0]));
	bins->n = (bins->n + 1) / 2;
	bins->width_ns *= 2;
}

void bt_bins_put(struct bt_bins *bins, const struct bt_snapshot *snap, bool open_loop)
{
	const struct bt_hist *h = open_loop ? &snap->response : &snap->service;
	uint64_t middle = snap->t_ns - snap->span_ns / 2;
	struct bt_bin *bin;

	if (!snap->span_ns)
		return;
	if (!bins->width_ns) /* that of the rows, as far as they are of one length */
		bins->width_ns = BT_MAX(snap->span_ns, LEAST_WIDTH);
	while (middle / bins->width_ns >= BT_BINS)
		widen(bins);
	bin = &bins->bin[middle / bins->width_ns];
	bins->n = BT_MAX(bins->n, (unsigned)(middle / bins->width_ns) + 1);
	bin->span_ns += snap->span_ns;
	bin->offered += snap->interval.offered;
	bin->completed += snap->interval.completed;
	bin->failed += snap->interval.failed + snap->interval.expired;
	if (snap->usage.rss_bytes != UINT64_MAX)
		bin->rss_bytes = BT_MAX(bin->rss_bytes, snap->usage.rss_bytes);
	bin->count += h->count;
	for (unsigned i = h->lo; h->count && i <= h->hi; i++)
		if (h->c[i])
			bin->latency[bucket_of(bt_hist_high(i))] += (uint32_t)h->c[i];
}

double bt_bin_quantile(const struct bt_bin *bin, double q)
{
	uint64_t need = (uint64_t)ceil(q * (double)bin->count), n = 0;

	for (unsigned i = 0; i < BT_BIN_BUCKETS && bin->count; i++) {
		n += bin->latency[i];
		if (n >= BT_MAX(need, 1))
			return bt_bin_low(i + 1);
	}
	return NAN;
}
