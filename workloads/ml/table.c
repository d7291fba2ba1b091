#include "ml/table.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/input.h"
#include "ml/cell.h"
#include "ml/features.h"

#define FILE_MOST ((size_t)4 << 30)

struct reading {
	struct ml_table *t;
	const struct ml_columns *expected;
	size_t room;             /* rows there is room for */
	struct ml_layout layout; /* of libsvm: only the label */
	bool trailing;           /* by position, and no row has anything in the last column */
	struct ml_line line;
};

void ml_table_fini(struct ml_table *table)
{
	free(table->rows);
	free(table->labels);
	free(table->known);
	*table = (struct ml_table){ 0 };
}

static int grow(struct reading *r)
{
	struct ml_table *t = r->t;
	size_t more = r->room ? r->room * 2 : 256;
	float *rows, *labels, *known;

	if (t->n < r->room)
		return 0;
	if (t->n == ML_ROWS_MAX)
		return bt_fail(r->line.err, -EINVAL, "%s: expected at most %d rows", r->line.path,
			ML_ROWS_MAX);
	rows = realloc(t->rows, more * t->features * sizeof(*rows));
	if (rows)
		t->rows = rows;
	labels = r->layout.labelled ? realloc(t->labels, more * sizeof(*labels)) : NULL;
	if (labels)
		t->labels = labels;
	known = t->outputs ? realloc(t->known, more * t->outputs * sizeof(*known)) : NULL;
	if (known)
		t->known = known;
	if (!rows || (r->layout.labelled && !labels) || (t->outputs && !known))
		return ml_line_no_memory(&r->line);
	r->room = more;
	return 0;
}

/* ---- comma-separated ---- */

/* 1: the line is a head. */
static int find_columns(struct reading *r, const char *line)
{
	struct ml_layout *l = &r->layout;
	int rc = ml_layout_read(l, r->expected, line, &r->line);

	r->trailing = !l->head;
	r->t->features = l->features;
	r->t->outputs = l->outputs;
	r->t->matched = l->matched;
	return rc == 0 ? l->head : rc;
}

static int read_fields(struct reading *r, char *line)
{
	struct ml_table *t = r->t;
	struct ml_cell cell;
	char *at = line;
	int rc = grow(r);
	float number;

	for (unsigned c = 0; rc == 0 && c < r->layout.n; c++) {
		if (!at)
			return ml_line_fail(&r->line, "expected %u fields, got %u", r->layout.n, c);
		rc = ml_cell_next(&r->line, &cell, &at);
		if (rc == 0)
			rc = ml_cell_number(&r->line, &number, cell);
		if (rc < 0)
			return rc;
		r->trailing &= c + 1 < r->layout.n || !cell.n;
		if (r->layout.columns[c] == ML_LABEL)
			t->labels[t->n] = number;
		else if (r->layout.columns[c] <= ML_KNOWN)
			t->known[t->n * t->outputs + (unsigned)(ML_KNOWN - r->layout.columns[c])] =
				number;
		else
			t->rows[t->n * t->features + (unsigned)r->layout.columns[c]] = number;
	}
	if (rc == 0 && at)
		return ml_line_fail(&r->line, "more than the %u fields expected%s", r->layout.n,
			*at ? "" : "; a comma at the end is a column too many");
	t->n += rc == 0;
	return rc;
}

/* ---- libsvm ---- */

#define BLANK     " \t"
#define LINE_ENDS "\r\n"

/* Whether the first line that tells, of a text whose lines are not taken apart yet, is of libsvm's
 * format. */
static bool is_libsvm(const char *text)
{
	for (const char *line = text, *end; *line; line = end + strspn(end, LINE_ENDS)) {
		size_t n = strcspn(line, "#" LINE_ENDS); /* without a comment */
		const char *word, *colon;

		end = line + strcspn(line, LINE_ENDS);
		if (memchr(line, ',', n))
			return false;
		word = line + strspn(line, BLANK);
		word += strcspn(word, BLANK LINE_ENDS);
		word += strspn(word, BLANK);
		colon = memchr(line, ':', n);
		if (colon)
			return (colon > line && isdigit((unsigned char)colon[-1])) ||
				strncmp(word, "qid:", 4) == 0;
	}
	return false;
}

/* The next word INDEX:NUMBER: 1; 0: the line ends here. */
static int read_pair(struct reading *r, const char **at, unsigned long *index, float *number)
{
	const char *from = *at + strspn(*at, BLANK);
	struct ml_cell word = { from, strcspn(from, BLANK) };
	char *end;

	*at = from + word.n;
	if (!word.n)
		return 0;
	*index = strtoul(from, &end, 10);
	if (!isdigit((unsigned char)*from) || *end != ':' || *index >= ML_ROWS_MAX)
		return ml_cell_refuse(&r->line, word, "FEATURE:NUMBER");
	end++;
	return ml_cell_number(&r->line, number, (struct ml_cell){ end, (size_t)(*at - end) }) < 0
		? -EINVAL
		: 1;
}

/* The greatest feature of a text whose lines are not taken apart yet, as far as it can be read. */
static unsigned widest(const char *text)
{
	unsigned long most = 0;

	for (const char *at = text; *at; at++) {
		const char *from = at;

		if (*at == '#')
			at += strcspn(at, LINE_ENDS) - 1;
		if (*at != ':')
			continue;
		while (from > text && isdigit((unsigned char)from[-1]))
			from--;
		if (from < at)
			most = BT_MAX(most, strtoul(from, NULL, 10) + 1);
	}
	return (unsigned)BT_MIN(most, (unsigned long)ML_COLUMNS_MAX);
}

static int read_label(struct reading *r, const char **at)
{
	const char *from = *at + strspn(*at, BLANK);
	struct ml_cell word = { from, strcspn(from, BLANK) };
	float *label = &r->t->labels[r->t->n];

	if (ml_cell_judge(label, word) != ML_NUMBER || !isfinite(*label))
		return ml_cell_refuse(&r->line, word, "a label");
	*at = from + word.n;
	from = *at + strspn(*at, BLANK);
	if (strncmp(from, "qid:", 4) == 0) { /* of rankings: nothing here depends on it */
		word = (struct ml_cell){ from, strcspn(from, BLANK) };
		if (word.n == 4 || strspn(from + 4, "0123456789") != word.n - 4)
			return ml_cell_refuse(&r->line, word, "qid:NUMBER");
		*at = from + word.n;
	}
	return 0;
}

static int read_pairs(struct reading *r, char *line)
{
	struct ml_table *t = r->t;
	unsigned long index = 0;
	const char *at = line;
	float number = NAN, *row;
	int rc;

	line[strcspn(line, "#")] = '\0';
	rc = line[strspn(line, BLANK)] ? grow(r) : 1;
	if (rc != 0)
		return rc;
	row = t->rows + t->n * t->features;
	for (unsigned i = 0; i < t->features; i++)
		row[i] = NAN;
	rc = read_label(r, &at);
	while (rc == 0 && (rc = read_pair(r, &at, &index, &number)) == 1) {
		rc = 0;
		if (index >= t->features)
			return ml_line_fail(&r->line,
				"feature %lu: expected 0 to %u, as the model has", index,
				t->features - 1);
		if (!isnan(row[index]))
			return ml_line_fail(&r->line, "feature %lu: it is there twice", index);
		row[index] = number;
	}
	t->n += rc == 0;
	return rc;
}

static int read_lines(struct reading *r, struct bt_input *in)
{
	bool libsvm = is_libsvm(in->text), first = true;
	char *line;
	int rc;

	if (libsvm) {
		r->layout.labelled = true;
		r->t->features = r->expected->features ? r->expected->features : widest(in->text);
		r->t->matched = r->expected->features ? "features by their index, from 0" : "";
	}
	if (libsvm && r->expected->head == ML_HEAD_YES)
		return bt_fail(r->line.err, -EINVAL,
			"%s: is of libsvm's format, which has no head: expected --head auto or no",
			r->line.path);
	while ((rc = bt_input_line(in, &line, r->line.err)) == 1) {
		r->line.number = in->line;
		if (!line[strspn(line, BLANK)])
			continue;
		rc = 0;
		if (first && !libsvm)
			rc = find_columns(r, line);
		if (rc == 0)
			rc = libsvm ? read_pairs(r, line) : read_fields(r, line);
		if (rc < 0)
			return rc;
		first = false;
	}
	if (rc == 0 && !r->t->n)
		rc = bt_fail(r->line.err, -EINVAL, "%s: expected rows of numbers", r->line.path);
	if (rc == 0 && r->trailing)
		rc = bt_fail(r->line.err, -EINVAL,
			"%s: the last of %u columns is empty: a comma at the end is a column too "
			"many; NaN is a missing value",
			r->line.path, r->layout.n);
	return rc;
}

int ml_table_read(struct ml_table *table, const char *path, const struct ml_columns *expected,
	struct bt_err *err)
{
	struct reading r = { .t = table, .expected = expected, .line = { path, 0, err } };
	struct bt_input in;
	int rc = bt_input_text(&in, path, BT_INPUT_ONCE, FILE_MOST, err);

	*table = (struct ml_table){ .matched = "" };
	if (rc == 0)
		rc = read_lines(&r, &in);
	bt_input_close(&in);
	ml_layout_fini(&r.layout);
	if (rc < 0)
		ml_table_fini(table);
	return rc;
}
