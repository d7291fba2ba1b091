/* recipe.h: how the shipped models are made. Deterministic: the same engine makes the same
 * bytes. */
#ifndef RECIPE_H
#define RECIPE_H

#include "base/base.h"
#include "base/err.h"
#include "ml/xgb.h"

#define RECIPE_FEATURES  100
#define RECIPE_REFERENCE 100 /* rows whose outputs are stored beside the model */

/* A trained model, and rows that it has not seen. */
struct recipe_result {
	struct ml_booster *booster;
	struct ml_matrix *train;
	float *held_out, *labels; /* n × RECIPE_FEATURES, n; rounded to thousandths */
	size_t n;
	/* Classes: shares of rows that were right. Prices: root mean square errors, in the price's
	 * unit. */
	/* Of the model; of the nearest centre or of the last price repeated; of a guess. */
	double got, best, floor;
};

struct recipe {
	const char *file; /* "small.json" */
	const char *format;
	const char *what;
	unsigned classes; /* 0: the price predictor */
	unsigned rounds, depth;
	size_t rows;
	double distance;
};

extern const struct recipe recipes[]; /* ended by file NULL */

int recipe_make(struct recipe_result *out, const struct recipe *recipe, struct bt_err *err);
void recipe_fini(struct recipe_result *result);

#endif
