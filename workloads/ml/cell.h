/* cell.h: cells of a text of numbers: where they end, their quotes, and what they are. */
#ifndef ML_CELL_H
#define ML_CELL_H

#include "base/base.h"
#include "base/err.h"

/* Text without blanks around it. Something stands behind it that no number goes on with. */
struct ml_cell {
	const char *p;
	size_t n;
};

enum ml_cell_kind { ML_NUMBER, ML_MISSING, ML_WORD };

/* Without the blanks and tabs around it. */
struct ml_cell ml_cell_trim(const char *text, size_t n);

/* A line of a file, for messages. */
struct ml_line {
	const char *path;
	unsigned long number;
	struct bt_err *err;
};

/* -EINVAL, with "path:line: " before the words. */
int ml_line_fail(const struct ml_line *line, const char *fmt, ...) BT_PRINTF(2, 3);
int ml_line_no_memory(const struct ml_line *line); /* -ENOMEM, in words */

/* What a cell is, and its number, NAN where it is none; an infinite number is one. */
enum ml_cell_kind ml_cell_judge(float *out, struct ml_cell cell);
/* Its number, NAN: missing. -EINVAL: a word, or a number that is not finite. */
int ml_cell_number(const struct ml_line *line, float *out, struct ml_cell cell);
/* -EINVAL, with the cell and what was expected. */
int ml_cell_refuse(const struct ml_line *line, struct ml_cell cell, const char *expected);
/*
 * The next cell of a comma-separated line, without its quotes; *at moves behind its comma, and
 * becomes NULL behind the last cell. A cell in quotes is changed in place: a quote in it stands
 * twice. -EINVAL: a quote that does not end, or does not end its cell.
 */
int ml_cell_next(const struct ml_line *line, struct ml_cell *cell, char **at);

#endif
