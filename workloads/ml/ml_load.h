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

/* What these workloads can be told; ML_OPTS has the rows. */
struct ml_conf {
	const char *model, *input;
	uint64_t rows, threads;
	int head, trees; /* enum ml_head; 0: up to best_iteration, 1: all */
};

extern const char *const ml_trees[];

#define ML_AT(type, field, member) offsetof(type, field.member)
#define ML_OPTS(type, field, model_name)                                                           \
	{ "model", BT_OPT_PATH, ML_AT(type, field, model), model_name, "MODEL", 0, 0, NULL,        \
		"small, medium, large, price, or a file of XGBoost's JSON or UBJSON" },            \
		{ "input", BT_OPT_PATH, ML_AT(type, field, input), NULL, "FILE", 0, 0, NULL,       \
			"rows to predict, comma-separated or libsvm; otherwise random ones" },     \
		{ "head", BT_OPT_CHOICE, ML_AT(type, field, head), "auto", "WHAT", 0, 0, ml_heads, \
			"auto, yes or no: whether the first line of --input names its columns" },  \
		{ "trees", BT_OPT_CHOICE, ML_AT(type, field, trees), "best", "WHICH", 0, 0,        \
			ml_trees,                                                                  \
			"best: up to the model's best_iteration if it has one; or all" },          \
		{ "rows", BT_OPT_COUNT, ML_AT(type, field, rows), "1000", "N", 1, 1000000, NULL,   \
			"so many random rows, within what the model's trees compare with" },       \
	{                                                                                          \
		"ml-threads", BT_OPT_COUNT, ML_AT(type, field, threads), "1", "N", 1, 1024, NULL,  \
			"threads that the engine may use for one call, each worker's of their own" \
	}

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
#define ML_METRIC_ROWS ML_METRIC_ROWS_AT(0)
#define ML_METRIC_ROWS_AT(first)                                                                  \
	{ "samples", "", BT_COUNTER, BT_SUM, "rows whose outputs came and were right", 0, 0 },    \
		{ "accuracy", "", BT_RATIO, BT_SUM, "share of known classes that were predicted", \
			(first) + ML_RIGHT, (first) + ML_LABELLED },                              \
		{ "rmse", "", BT_GAUGE, BT_MAXIMUM,                                               \
			"root mean square error of a regression, where the true value is known",  \
			0, 0 },                                                                   \
		{ "labelled", "", BT_COUNTER, BT_SUM, "samples whose class is known", 0, 0 },     \
		{ "hits", "", BT_COUNTER, BT_SUM, "of these, predicted as it is", 0, 0 },         \
		{ "stored", "", BT_COUNTER, BT_SUM,                                               \
			"samples held against outputs that are stored beside the model", 0, 0 },  \
		{ "threads", "", BT_GAUGE, BT_SUM,                                                \
			"threads that the engine may use, all workers together", 0, 0 },          \
	{                                                                                         \
		"model", "", BT_TEXT, BT_LAST, "its file, trees, features and objective", 0, 0    \
	}

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
