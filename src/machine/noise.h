/*
 * noise.h: which difference between two stretches of the same work a machine makes by itself. Pure;
 * any thread.
 *
 * The samples are times of a fixed work, in the order of time, of one or more processors. They are
 * cut into blocks, of the same number of samples each. A block has two figures, each relative to
 * its processor's own median: the median, which is what a percentile of a run sees, and the mean
 * without its largest twentieth, which is what its throughput sees. The floor is, of the ratios of
 * all pairs of blocks, the 95 % quantile of their distance from 1: two stretches of the same work
 * differ by less in 95 of 100 cases. The greater of the two figures' floors counts. No distribution
 * is assumed.
 */
#ifndef BT_NOISE_H
#define BT_NOISE_H

#include "base/base.h"

#define BT_NOISE_BLOCKS_MAX 40

struct bt_noise {
	double floor;              /* as a share: 0.02 is 2 %; NAN: too few samples */
	double by_median, by_mean; /* of which it is the greater */
	/* share of the time above what the fastest tenth of the samples took: work that was
	 * disturbed */
	double lost;
	unsigned blocks, per_block; /* per_block: samples of each processor */
};

/*
 * times[processor * n + i]: ns of the i-th sample. Blocks: as many as wanted, from 5 to
 * BT_NOISE_BLOCKS_MAX; fewer than 5 samples in a block: floor NAN. 0 or -ENOMEM.
 */
int bt_noise_of(struct bt_noise *out, const uint64_t *times, unsigned processors, unsigned n,
	unsigned blocks);

#endif
