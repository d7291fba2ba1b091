/* clusters.h: rows of known classes: Gaussian clusters, a fifth of whose features tell anything. */
#ifndef ML_CLUSTERS_H
#define ML_CLUSTERS_H

#include "base/base.h"
#include "base/rng.h"

struct ml_clusters {
	unsigned features, classes, telling; /* the first so many features tell */
	float *centres;                      /* classes × telling */
};

/*
 * Classes are equally likely; each is a Gaussian of deviation 1 in every direction about its
 * centre, and centres lie about `distance` deviations apart. Then no classifier beats the nearest
 * centre, which errs where clusters overlap. -ENOMEM.
 */
int ml_clusters_init(
	struct ml_clusters *c, unsigned features, unsigned classes, double distance, uint64_t seed);
void ml_clusters_fini(struct ml_clusters *c);
/* A row, and its class. */
unsigned ml_clusters_draw(const struct ml_clusters *c, struct bt_rng *rng, float *row);
/* The class whose centre is nearest. */
unsigned ml_clusters_nearest(const struct ml_clusters *c, const float *row);

#endif
