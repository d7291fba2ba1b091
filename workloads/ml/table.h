/* table.h: rows of features from a file, comma-separated or in libsvm's format. */
#ifndef ML_TABLE_H
#define ML_TABLE_H

#include "base/base.h"
#include "base/err.h"

#define ML_ROWS_MAX 10000000

struct ml_table {
	size_t n; /* rows */
	unsigned features,
		outputs; /* outputs: columns out0, out1, … of predictions that are known; 0: none */
	float *rows;     /* n × features; NAN: missing */
	float *labels;   /* n; NULL: none */
	float *known;    /* n × outputs; NULL: none */
};

/*
 * A file whose first line has a word NUMBER:NUMBER is libsvm's, with a label first and features counted from 0. Any other is
 * comma-separated. Its first line may name the columns: `label`, `out0` and so on are what they say, all others features in their order.
 * Without names a file of one column more than `features` has the label first. features 0: as many as the file has. 0; -ENOENT and
 * other errors of files; -EINVAL with the line and what was expected; -ENOMEM.
 */
int ml_table_read(struct ml_table *table, const char *path, unsigned features, struct bt_err *err);
void ml_table_fini(struct ml_table *table);

#endif
