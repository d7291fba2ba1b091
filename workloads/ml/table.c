#include "ml/table.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/input.h"

#define FILE_MOST    ((size_t)4 << 30)
#define COLUMNS_MOST 200000

enum {
	LABEL = -1,
	KNOWN = -2
}; /* what a column is, beside the number of a feature; KNOWN - k: output k */

struct reading {
	struct ml_table *t;
	const char *path;
	size_t room; /* rows there is room for */
	unsigned long line;
	int *columns; /* what each is; comma-separated only */
	unsigned n_columns;
	bool labelled;
	struct bt_err *err;
};

void ml_table_fini(struct ml_table *table)
{
	free(table->rows);
	free(table->labels);
	free(table->known);
	*table = (struct ml_table){ 0 };
}

static int bad(struct reading *r, const char *at, const char *expected)
{
	return bt_fail(r->err, -EINVAL, "%s:%lu: '%.*s': expected %s", r->path, r->line,
		(int)BT_MIN(strcspn(at, ",\r\n"), (size_t)40), at, expected);
}

static int grow(struct reading *r)
{
	struct ml_table *t = r->t;
	size_t more = r->room ? r->room * 2 : 256;
	float *rows, *labels, *known;

	if (t->n < r->room)
		return 0;
	if (t->n == ML_ROWS_MAX)
		return bt_fail(
			r->err, -EINVAL, "%s: expected at most %d rows", r->path, ML_ROWS_MAX);
	rows = realloc(t->rows, more * t->features * sizeof(*rows));
	if (rows)
		t->rows = rows;
	labels = r->labelled ? realloc(t->labels, more * sizeof(*labels)) : NULL;
	if (labels)
		t->labels = labels;
	known = t->outputs ? realloc(t->known, more * t->outputs * sizeof(*known)) : NULL;
	if (known)
		t->known = known;
	if (!rows || (r->labelled && !labels) || (t->outputs && !known))
		return bt_fail(r->err, -ENOMEM, "%s: out of memory", r->path);
	r->room = more;
	return 0;
}

/* A number up to `until` (a set of characters) or the end of the line; empty, NA and nan are missing. */
static bool read_number(float *out, const char **at, const char *until)
{
	const char *from = *at + strspn(*at, " \t");
	size_t n = strcspn(from, until);
	char *end;

	*at = from + n;
	while (n && (from[n - 1] == ' ' || from[n - 1] == '\t' || from[n - 1] == '\r'))
		n--;
	*out = NAN;
	if (!n || (n == 2 && strncasecmp(from, "na", n) == 0) ||
		(n == 3 && strncasecmp(from, "nan", n) == 0))
		return true;
	if (!strchr("+-.0123456789", *from))
		return false;
	*out = strtof(from, &end);
	return end == from + n && isfinite(*out);
}

/* ---- comma-separated ---- */

static int name_column(struct reading *r, const char *name, size_t n)
{
	struct ml_table *t = r->t;

	if (n == 5 && strncmp(name, "label", n) == 0 && !r->labelled) {
		r->labelled = true;
		return LABEL;
	}
	if (n > 3 && strncmp(name, "out", 3) == 0 && isdigit((unsigned char)name[3]) &&
		strtoul(name + 3, NULL, 10) == t->outputs)
		return KNOWN - (int)t->outputs++;
	return (int)t->features++;
}

/* Whether a line names columns: one of its fields is no number. */
static bool has_names(const char *line)
{
	float number;

	for (const char *at = line;; at++) {
		if (!read_number(&number, &at, ",\n"))
			return true;
		if (*at != ',')
			return false;
	}
}

static int name_columns(struct reading *r, const char *line, unsigned features)
{
	bool names = has_names(line);
	unsigned fields = 1;

	for (const char *at = line; *at && *at != '\n'; at++)
		fields += *at == ',';
	if (fields > COLUMNS_MOST)
		return bt_fail(r->err, -EINVAL, "%s:%lu: %u columns: expected at most %d", r->path,
			r->line, fields, COLUMNS_MOST);
	r->columns = calloc(fields, sizeof(*r->columns));
	if (!r->columns)
		return bt_fail(r->err, -ENOMEM, "%s: out of memory", r->path);
	for (const char *at = line; r->n_columns < fields; at++) {
		const char *from = at + strspn(at, " \t");
		size_t n = strcspn(from, ",\r\n");

		at += strcspn(at, ",\n");
		if (names)
			r->columns[r->n_columns] = name_column(r, from, n);
		else if (fields == features + 1 && !r->n_columns)
			r->columns[0] = name_column(r, "label", 5);
		else
			r->columns[r->n_columns] = name_column(r, "", 0);
		r->n_columns++;
	}
	if (r->t->features && (!features || r->t->features == features))
		return names;
	return bt_fail(r->err, -EINVAL,
		"%s: %u columns of features: expected %u, as many as the model has%s", r->path,
		r->t->features, features, names ? "" : ", or one more with the label first");
}

static int read_fields(struct reading *r, const char *line)
{
	struct ml_table *t = r->t;
	const char *at = line;
	int rc = grow(r);
	float number;

	for (unsigned c = 0; rc == 0 && c < r->n_columns; c++) {
		const char *from = at;

		if (!read_number(&number, &at, ",\n"))
			return bad(r, from, "a number");
		if ((*at == ',') != (c + 1 < r->n_columns))
			return bt_fail(r->err, -EINVAL, "%s:%lu: expected %u fields", r->path,
				r->line, r->n_columns);
		at += *at == ',';
		if (r->columns[c] == LABEL)
			t->labels[t->n] = number;
		else if (r->columns[c] <= KNOWN)
			t->known[t->n * t->outputs + (unsigned)(KNOWN - r->columns[c])] = number;
		else
			t->rows[t->n * t->features + (unsigned)r->columns[c]] = number;
	}
	t->n += rc == 0;
	return rc;
}

/* ---- libsvm ---- */

static bool is_libsvm(const char *line)
{
	size_t word = strspn(line, " \t+-.eE0123456789");

	return line[word] == ':' && word > 0 && isdigit((unsigned char)line[word - 1]);
}

/* The next word INDEX:NUMBER; false: the line ends here. */
static int read_pair(struct reading *r, const char **at, unsigned long *index, float *number)
{
	const char *from = *at + strspn(*at, " \t\r");
	char *end;

	*at = from;
	if (!*from || *from == '\n' || *from == '#')
		return 0;
	if (!isdigit((unsigned char)*from))
		return bad(r, from, "FEATURE:NUMBER");
	*index = strtoul(from, &end, 10);
	if (*end != ':' || *index >= ML_ROWS_MAX)
		return bad(r, from, "FEATURE:NUMBER");
	*at = end + 1;
	return read_number(number, at, " \t\r\n") ? 1 : bad(r, from, "FEATURE:NUMBER");
}

/* The greatest feature of the file, as far as it can be read. */
static unsigned widest(const char *text)
{
	unsigned long most = 0;

	for (const char *at = strchr(text, ':'); at; at = strchr(at + 1, ':')) {
		const char *from = at;

		while (from > text && isdigit((unsigned char)from[-1]))
			from--;
		if (from < at)
			most = BT_MAX(most, strtoul(from, NULL, 10) + 1);
	}
	return (unsigned)BT_MIN(most, (unsigned long)COLUMNS_MOST);
}

static int read_pairs(struct reading *r, const char *line)
{
	struct ml_table *t = r->t;
	unsigned long index = 0;
	const char *at = line;
	float number = NAN, *row;
	int rc = grow(r);

	if (rc < 0)
		return rc;
	row = t->rows + t->n * t->features;
	for (unsigned i = 0; i < t->features; i++)
		row[i] = NAN;
	if (!read_number(&t->labels[t->n], &at, " \t\r\n") || isnan(t->labels[t->n]))
		return bad(r, line, "a label");
	while ((rc = read_pair(r, &at, &index, &number)) == 1) {
		if (index >= t->features)
			return bt_fail(r->err, -EINVAL,
				"%s:%lu: feature %lu: expected 0 to %u, as the model has", r->path,
				r->line, index, t->features - 1);
		row[index] = number;
	}
	t->n += rc == 0;
	return rc;
}

static int read_lines(struct reading *r, const char *text, unsigned features)
{
	bool libsvm = is_libsvm(text), first = true;
	int rc = 0;

	if (libsvm) {
		r->labelled = true;
		r->t->features = features ? features : widest(text);
	}
	for (const char *line = text; rc >= 0 && *line; line += *line == '\n') {
		r->line++;
		if (line[strspn(line, " \t\r")] != '\n' && line[strspn(line, " \t\r")]) {
			if (first && !libsvm)
				rc = name_columns(r, line, features);
			if (rc == 0)
				rc = libsvm ? read_pairs(r, line) : read_fields(r, line);
			rc = BT_MIN(rc, 0);
			first = false;
		}
		line += strcspn(line, "\n");
	}
	if (rc == 0 && !r->t->n)
		rc = bt_fail(r->err, -EINVAL, "%s: expected rows of numbers", r->path);
	return rc;
}

int ml_table_read(struct ml_table *table, const char *path, unsigned features, struct bt_err *err)
{
	struct reading r = { .t = table, .path = path, .err = err };
	struct bt_input in;
	int rc = bt_input_text(&in, path, BT_INPUT_ONCE, FILE_MOST, err);

	*table = (struct ml_table){ 0 };
	if (rc == 0)
		rc = read_lines(&r, in.text, features);
	bt_input_close(&in);
	free(r.columns);
	if (rc < 0)
		ml_table_fini(table);
	return rc;
}
