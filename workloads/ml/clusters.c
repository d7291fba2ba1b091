#include "ml/clusters.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

int ml_clusters_init(
	struct ml_clusters *c, unsigned features, unsigned classes, double distance, uint64_t seed)
{
	struct bt_rng rng;
	double deviation;
	size_t n;

	*c = (struct ml_clusters){ features, classes, BT_MAX(features / 5, 1), NULL };
	n = (size_t)classes * c->telling;
	c->centres = malloc(n * sizeof(*c->centres));
	if (!c->centres)
		return -ENOMEM;
	/* Two of them are on average so far apart: 2 · telling · deviation² = distance². */
	deviation = distance / sqrt(2.0 * c->telling);
	bt_rng_init(&rng, seed);
	for (size_t i = 0; i < n; i++)
		c->centres[i] = (float)(deviation * bt_rng_normal(&rng));
	return 0;
}

void ml_clusters_fini(struct ml_clusters *c)
{
	free(c->centres);
	c->centres = NULL;
}

unsigned ml_clusters_draw(const struct ml_clusters *c, struct bt_rng *rng, float *row)
{
	unsigned class = (unsigned)bt_rng_below(rng, c->classes);

	for (unsigned i = 0; i < c->features; i++)
		row[i] = (float)bt_rng_normal(rng) +
			(i < c->telling ? c->centres[class * c->telling + i] : 0);
	return class;
}

unsigned ml_clusters_nearest(const struct ml_clusters *c, const float *row)
{
	double least = INFINITY;
	unsigned best = 0;

	for (unsigned k = 0; k < c->classes; k++) {
		const float *centre = c->centres + (size_t)k * c->telling;
		double sum = 0;

		for (unsigned i = 0; i < c->telling; i++)
			sum += (double)(row[i] - centre[i]) * (double)(row[i] - centre[i]);
		if (sum < least) {
			least = sum;
			best = k;
		}
	}
	return best;
}
