/*
 * xgb.h: the engine, XGBoost through its C API; only xgb.c sees it. A booster is a model in the
 * engine. Matrices and training belong to one thread; predictors, one a thread, may use one booster
 * at the same time once it was loaded.
 */
#ifndef ML_XGB_H
#define ML_XGB_H

#include "base/base.h"
#include "base/err.h"

struct ml_booster;
struct ml_matrix;
struct ml_predictor;

/* Whether the engine is major.minor or later. */
bool ml_engine_reads(int major, int minor);
/* "1.7.4"; valid until the thread's next call. */
const char *ml_engine_version(void);

/*
 * A model of XGBoost's JSON or UBJSON, whole in memory. `threads`: how many the engine may use for
 * one call. 0; -EINVAL with the engine's words; -ENOMEM.
 */
int ml_booster_load(struct ml_booster **booster, const void *bytes, size_t n, unsigned threads,
	struct bt_err *err);
/* Predictors made from now on use the first so many boosting rounds; 0: all. */
void ml_booster_limit(struct ml_booster *booster, unsigned rounds);
/* Predictors made from now on begin their sums with these, which must outlive them, one for each
 * output, not with base_score. */
void ml_booster_margins(struct ml_booster *booster, const float *margins, unsigned outputs);
void ml_booster_free(struct ml_booster *booster); /* accepts NULL */
/* The model as "json" or "ubj". *bytes is the booster's, valid until its next call. */
int ml_booster_save(struct ml_booster *booster, const char **bytes, size_t *n, const char *format,
	struct bt_err *err);

/* Rows of `features` floats each, row after row, and a label each (NULL: none); copied. NAN is a
 * value that is missing. */
int ml_matrix_new(struct ml_matrix **matrix, const float *rows, size_t n, unsigned features,
	const float *labels, struct bt_err *err);
void ml_matrix_free(struct ml_matrix *matrix); /* accepts NULL */

/* What a booster is trained with. */
struct ml_param {
	const char *name, *value;
};
/* A booster that knows nothing yet, to be trained on `train`, which must outlive it. params: ended
 * by name NULL. */
int ml_booster_new(struct ml_booster **booster, const struct ml_matrix *train,
	const struct ml_param *params, struct bt_err *err);
/* One boosting round; `round` counts from 0. */
int ml_booster_round(
	struct ml_booster *booster, struct ml_matrix *train, unsigned round, struct bt_err *err);
/* The outputs for all rows, `per_row` for each; the engine's, valid until the thread's next
 * prediction. */
int ml_booster_outputs(struct ml_booster *booster, const float **out, unsigned *per_row,
	struct ml_matrix *rows, size_t n, struct bt_err *err);

/* For at most rows_max rows a call. One thread at a time. The booster must outlive it. -ENOMEM, or
 * -EINVAL with the engine's words. */
int ml_predictor_new(struct ml_predictor **predictor, const struct ml_booster *booster,
	size_t rows_max, unsigned features, struct bt_err *err);
/* The same, after a first prediction: what the engine sets up with it is not to be measured. */
int ml_predictor_open(struct ml_predictor **predictor, const struct ml_booster *booster,
	size_t rows_max, unsigned features, struct bt_err *err);
void ml_predictor_close(struct ml_predictor *predictor); /* accepts NULL */
/* Where the rows of the next call are put, rows_max × features floats. */
float *ml_predictor_rows(struct ml_predictor *predictor);
/*
 * Predicts the first n rows, n from 1 to rows_max. The outputs, `*n_out` of them for all rows
 * together, are the engine's and valid until the thread's next call. NULL: the engine refused, see
 * ml_engine_words. Allocates only what the engine does.
 */
const float *ml_predict(struct ml_predictor *predictor, size_t n, size_t *n_out);
/* The engine's words about this thread's last failure, their first line. Valid until the thread's
 * next call. */
const char *ml_engine_words(void);

#endif
