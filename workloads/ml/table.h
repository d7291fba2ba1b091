/* table.h: rows of features from a file, comma-separated or in libsvm's format. */
#ifndef ML_TABLE_H
#define ML_TABLE_H

#include "base/base.h"
#include "base/err.h"

#define ML_ROWS_MAX    10000000
#define ML_COLUMNS_MAX 200000

struct ml_table {
	size_t n; /* rows */
	/* outputs: columns out0, out1, … of predictions that are known; 0: none. */
	unsigned features, outputs;
	float *rows;         /* n × features; NAN: missing */
	float *labels;       /* n; NULL: none */
	float *known;        /* n × outputs; NULL: none */
	const char *matched; /* how columns became features, in words */
};

/* Whether the first line of a comma-separated file names its columns. */
enum ml_head { ML_HEAD_AUTO, ML_HEAD_YES, ML_HEAD_NO };
extern const char *const ml_heads[]; /* their names, ended by NULL */

/* What a model expects. */
struct ml_columns {
	unsigned features;  /* 0: as many as the file has */
	char *const *names; /* of the features; NULL: unknown */
	enum ml_head head;
};

/*
 * A file whose first row of numbers has a word NUMBER:NUMBER or qid:NUMBER is libsvm's, with a
 * label first and features counted from 0; what stands behind a # is a comment, and qid is not
 * used. Any other is comma-separated; values and names may be in quotes. A head names `label`,
 * `out0` and so on; the other columns are features: those of the model by their names, in any
 * order, where the model has names. ML_HEAD_AUTO takes the first line for a head when all the
 * model's names are in it, or when it has neither numbers nor signs for a missing value; a line
 * with some of each is refused. Without a head a file of one column more than `features` has the
 * label first. Missing are an empty cell, NA, N/A, NaN, null, none and ?. 0; the errors of
 * bt_input_text; -EINVAL with the line and what was expected; -ENOMEM.
 */
int ml_table_read(struct ml_table *table, const char *path, const struct ml_columns *expected,
	struct bt_err *err);
void ml_table_fini(struct ml_table *table);

#endif
