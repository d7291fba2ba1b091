/*
 * ml_load.h: what the workloads that predict share: a model in the engine, rows to predict and what
 * has to come out, and one worker's predictions with their judgement.
 */
#ifndef ML_LOAD_H
#define ML_LOAD_H

#include "core/workload.h"
#include "ml/model.h"
#include "ml/table.h"
#include "ml/xgb.h"

/* What these workloads can be told; ml_opts has the rows but that of the model. */
struct ml_conf {
	const char *model, *input;
	uint64_t rows, threads;
	int head, trees; /* enum ml_head; 0: up to best_iteration, 1: all */
};

extern const char *const ml_trees[];

extern const struct bt_opt ml_opts[]; /* of struct ml_conf */

/* Rows of the metrics of such a workload, the first ones or behind others. */
enum ml_metric {
	ML_PREDICTED,
	ML_ACCURACY,
	ML_RMSE,
	ML_LABELLED,
	ML_RIGHT,
	ML_STORED,
	ML_THREADS,
	ML_NAME,
	ML_METRICS
};
extern const struct bt_metric ml_metrics[];

/* Rows, and what has to come out. Read only once made: any thread. */
struct ml_inputs {
	/* The first n_stored outputs come from a file, the others from ml_model_predict. */
	size_t n, n_stored;
	float *rows;     /* n × features */
	float *labels;   /* n, NAN: unknown */
	float *expected; /* n × outputs */
};

struct ml_load {
	const struct ml_conf *conf;
	struct ml_model *model;
	struct ml_booster *booster;
	struct ml_inputs inputs;
};

/*
 * For prepare: finds the model, checks it, gives it to the engine, reads or draws the rows and
 * computes what has to come out. The errors of ml_model_open and ml_table_read.
 */
int ml_load_open(struct ml_load *load, const struct ml_conf *conf, const struct bt_env *env,
	struct bt_err *err);
void ml_load_close(struct ml_load *load);
/* The same on the heap, for workloads that share nothing else: `prepare` and `teardown` of
 * theirs. */
int ml_load_new(
	void **shared, const struct ml_conf *conf, const struct bt_env *env, struct bt_err *err);
void ml_load_free(void *shared);

/* Errors of regressions whose truth is known, so far. */
struct ml_square {
	double sum;
	uint64_t n;
};

/* One worker's; in the worker's thread. */
struct ml_client {
	const struct ml_load *load;
	struct ml_predictor *predictor;
	struct bt_meter *meter;
	unsigned first; /* row of the metrics that these begin with */
	struct ml_square square;
};

/* For enter: predictions of at most rows_max rows a call; metrics from row `first` on. */
int ml_client_open(struct ml_client *client, const struct ml_load *load, size_t rows_max,
	unsigned first, const struct bt_env *env, struct bt_err *err);
void ml_client_close(struct ml_client *client);
/* The meter's part of ml_client_open, for those who predict elsewhere. */
void ml_client_meter(struct ml_client *client, const struct ml_load *load, unsigned first,
	const struct bt_env *env);

/* The n rows from number `first` on, which go round, put where the next call takes them. */
void ml_client_rows(struct ml_client *client, uint64_t first, size_t n);

/* A wrong output. */
struct ml_wrong {
	uint64_t row;
	unsigned output;
	float got, expected;
};
#define ML_WRONG_WORDS "row %llu, output %u: %.9g, expected %.9g"
#define ML_WRONG_ARGS(w) \
	(unsigned long long)(w)->row, (w)->output, (double)(w)->got, (double)(w)->expected
/*
 * Whether `out`, of n rows from number `first` on, is what has to come out: counts them when it is.
 * False: *wrong is the first that is not (NAN is none).
 */
bool ml_client_judge(struct ml_client *client, struct ml_wrong *wrong, const float *out,
	uint64_t first, size_t n);

#endif
