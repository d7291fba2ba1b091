/*
 * model.h: a model of boosted trees, read from XGBoost's own JSON or UBJSON and checked before the
 * engine sees it; and its predictions computed here, tree by tree, which those of the engine are
 * held against.
 */
#ifndef ML_MODEL_H
#define ML_MODEL_H

#include "base/base.h"
#include "base/err.h"

#define ML_FEATURES_MAX 100000
#define ML_OUTPUTS_MAX  1000

enum ml_task { ML_REGRESSION, ML_BINARY, ML_CLASSES };

struct ml_node {
	int32_t left, right; /* left < 0: a leaf */
	uint32_t feature;
	float value; /* a leaf's, or what the feature is compared with: below goes left */
	bool missing_left;
};

struct ml_tree {
	uint32_t root, nodes; /* first of its nodes, and how many */
	uint32_t group;       /* the output it adds to */
	float weight;         /* its leaves' factor; 1 but in dart */
};

/* Read only once it was opened: any thread. */
struct ml_model {
	char *path;
	int version[3]; /* of the engine that wrote it */
	char objective[40];
	enum ml_task task;
	unsigned features, groups; /* groups: sums of trees a row has */
	unsigned outputs; /* numbers a row's prediction has: groups, or 1 where it is a class */
	int link;         /* what sums become; model.c's */
	float *base;      /* what each sum begins with */
	bool margins;     /* the engine does not read these, as XGBoost 3.1 begins to write them */
	char **names;     /* of the features; NULL: the model has none */
	struct ml_tree *trees;
	unsigned n_trees;
	unsigned n_used; /* trees that predictions add up: the first so many */
	unsigned rounds; /* boosting rounds these are; 0: all */
	int best;        /* best_iteration, which early stopping wrote, from 0; -1: none */
	unsigned n_best; /* trees up to that round */
	struct ml_node *nodes;
	uint32_t n_nodes;
	/* By feature: least and greatest number it is compared with; low > high: with none. */
	float *low, *high;
	char *bytes; /* the file */
	size_t n_bytes;
};

/*
 * Reads and checks a file. 0; -ENOENT and other errors of files; -EINVAL with what is wrong with it
 * and what was expected: not whole, not a model, of a format that nobody knows here, other boosters
 * than gbtree and dart, categorical splits, leaves of several outputs, unknown objectives; -ENOMEM.
 * Files of XGBoost 2 and 3 are read; whether the engine reads them is its to say.
 */
int ml_model_open(struct ml_model **model, const char *path, struct bt_err *err);
void ml_model_close(struct ml_model *model); /* accepts NULL */
/* Predicts by the trees up to best_iteration from now on, where the model has one. */
void ml_model_use_best(struct ml_model *model);

/* The prediction for a row of `features` floats, NAN for what is missing: `outputs` floats. Any
 * thread. */
void ml_model_predict(const struct ml_model *model, float *out, const float *row);

/* The class that a prediction says; -1: it is a regression. */
int ml_model_class(const struct ml_model *model, const float *out);

/* Whether two outputs are the same but for rounding: 1e-5 relative, with a floor of 1e-6 absolute.
 * Not when either is not finite. */
bool ml_same(float a, float b);

#endif
