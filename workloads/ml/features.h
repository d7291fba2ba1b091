/* features.h: what the columns of a comma-separated file are, by its first line and the names that
 * a model has for its features. */
#ifndef ML_COLUMNS_H
#define ML_COLUMNS_H

#include "ml/cell.h"
#include "ml/table.h"

enum {
	/* What a column is, beside the number of a feature; ML_KNOWN - k: output k. */
	ML_LABEL = -1,
	ML_KNOWN = -2
};

struct ml_layout {
	int *columns; /* what each is */
	unsigned n;
	unsigned features, outputs; /* columns of each */
	bool labelled;
	bool head;           /* the first line names the columns */
	const char *matched; /* see struct ml_table */
};

/* From the first line. -EINVAL, -ENOMEM. To be ended by ml_layout_fini in any case. */
int ml_layout_read(struct ml_layout *layout, const struct ml_columns *expected, const char *text,
	const struct ml_line *line);
void ml_layout_fini(struct ml_layout *layout);

#endif
