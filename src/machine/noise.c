#include "machine/noise.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define BLOCKS_MIN 5
#define EACH_MIN   5

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* Of sorted values, by linear interpolation between neighbours. */
static double quantile(const double *sorted, unsigned n, double q)
{
	double at = q * (n - 1);
	unsigned i = (unsigned)at;

	return i + 1 < n ? sorted[i] + (at - i) * (sorted[i + 1] - sorted[i]) : sorted[n - 1];
}

static double mean_of(const double *values, unsigned n)
{
	double sum = 0;

	for (unsigned i = 0; i < n; i++)
		sum += values[i];
	return sum / n;
}

/* Each processor's samples in units of its own median, so that fast and slow processors can be put
 * together. */
static double relate(double *out, double *scratch, const uint64_t *times, unsigned n)
{
	double median, fast;

	for (unsigned i = 0; i < n; i++)
		scratch[i] = (double)times[i];
	qsort(scratch, n, sizeof(*scratch), by_size);
	median = quantile(scratch, n, 0.5);
	fast = quantile(scratch, n, 0.1);
	for (unsigned i = 0; i < n; i++)
		out[i] = median > 0 ? (double)times[i] / median : NAN;
	return 1 - fast / mean_of(scratch, n);
}

/* The 95 % quantile of the pairs' distance from 1. */
static double floor_of(const double *figures, unsigned n)
{
	double ratios[BT_NOISE_BLOCKS_MAX * (BT_NOISE_BLOCKS_MAX - 1) / 2];
	unsigned count = 0;

	for (unsigned i = 0; i < n; i++)
		for (unsigned j = i + 1; j < n; j++)
			ratios[count++] = fabs(log(figures[i] / figures[j]));
	qsort(ratios, count, sizeof(*ratios), by_size);
	return expm1(quantile(ratios, count, 0.95));
}

/* A block is sorted in place: nobody asks for its order again. */
static void judge_blocks(
	struct bt_noise *out, const double *related, double *block, unsigned processors, unsigned n)
{
	double medians[BT_NOISE_BLOCKS_MAX], means[BT_NOISE_BLOCKS_MAX];

	for (unsigned b = 0; b < out->blocks; b++) {
		unsigned each = out->per_block, size = 0;

		for (unsigned p = 0; p < processors; p++, size += each)
			memcpy(block + size, related + (size_t)p * n + (size_t)b * each,
				each * sizeof(*block));
		qsort(block, size, sizeof(*block), by_size);
		medians[b] = quantile(block, size, 0.5);
		means[b] = mean_of(block, size - size / 20);
	}
	out->by_median = floor_of(medians, out->blocks);
	out->by_mean = floor_of(means, out->blocks);
	out->floor = fmax(out->by_median, out->by_mean);
}

int bt_noise_of(struct bt_noise *out, const uint64_t *times, unsigned processors, unsigned n,
	unsigned blocks)
{
	double *related, *scratch;

	blocks = BT_MAX(BLOCKS_MIN, BT_MIN(blocks, BT_NOISE_BLOCKS_MAX));
	*out = (struct bt_noise){ NAN, NAN, NAN, NAN, blocks, n / blocks };
	if (out->per_block < EACH_MIN || !processors)
		return 0;
	related = malloc((size_t)processors * n * sizeof(*related));
	scratch = malloc((size_t)processors * n * sizeof(*scratch));
	if (related && scratch) {
		out->lost = 0;
		for (unsigned p = 0; p < processors; p++)
			out->lost +=
				relate(related + (size_t)p * n, scratch, times + (size_t)p * n, n) /
				processors;
		judge_blocks(out, related, scratch, processors, n);
	}
	free(related);
	free(scratch);
	return related && scratch ? 0 : -ENOMEM;
}
