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

struct cell_text;
struct name;

struct reading {
	struct ml_table *t;
	const struct ml_columns *expected;
	const char *path;
	size_t room; /* rows there is room for */
	unsigned long line;
	int *columns; /* what each is; comma-separated only */
	unsigned n_columns;
	struct cell_text *cells; /* of the first line */
	char *first;             /* that line */
	struct name *names;      /* of the model, sorted; NULL: none */
	bool *seen;              /* by feature: it has a column */
	bool trailing; /* by position, with a label, and no row has anything in the last column */
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

/* ---- cells ---- */

const char *const ml_heads[] = { "auto", "yes", "no", NULL };

enum cell { NUMBER, MISSING, WORD };

/* Text without blanks around it. */
struct cell_text {
	const char *p;
	size_t n;
};

static struct cell_text trimmed(const char *p, size_t n)
{
	while (n && (*p == ' ' || *p == '\t')) {
		p++;
		n--;
	}
	while (n && (p[n - 1] == ' ' || p[n - 1] == '\t'))
		n--;
	return (struct cell_text){ p, n };
}

/* What a text is; an infinite number is one. The text has something behind it that no number goes on with. */
static enum cell judge(float *out, struct cell_text text)
{
	static const char *const missing[] = { "na", "n/a", "nan", "+nan", "-nan", "null", "none",
		"?" };
	char *end;

	*out = NAN;
	if (!text.n)
		return MISSING;
	for (size_t i = 0; i < BT_LEN(missing); i++)
		if (strlen(missing[i]) == text.n && strncasecmp(text.p, missing[i], text.n) == 0)
			return MISSING;
	*out = strtof(text.p, &end);
	return end == text.p + text.n ? NUMBER : WORD;
}

static int refuse_cell(struct reading *r, struct cell_text text, const char *expected)
{
	return bt_fail(r->err, -EINVAL, "%s:%lu: '%.*s': expected %s", r->path, r->line,
		(int)BT_MIN(text.n, (size_t)40), text.p, expected);
}

static int take_number(struct reading *r, float *out, struct cell_text text)
{
	enum cell what = judge(out, text);

	if (what == WORD || (what == NUMBER && !isfinite(*out)))
		return refuse_cell(r, text, what == WORD ? "a number" : "a finite number");
	return 0;
}

/*
 * The next cell of a comma-separated line, without its quotes; *at moves behind its comma, and becomes NULL behind the last cell. A
 * cell in quotes is changed in place: a quote in it stands twice.
 */
static int next_cell(struct reading *r, struct cell_text *cell, char **at)
{
	char *from = *at + strspn(*at, " \t"), *to = from + 1, *p;

	if (*from != '"') {
		size_t n = strcspn(*at, ",");

		*cell = trimmed(*at, n);
		*at = (*at)[n] ? *at + n + 1 : NULL;
		return 0;
	}
	for (p = from + 1; *p && (*p != '"' || p[1] == '"'); p++) {
		p += *p == '"';
		*to++ = *p;
	}
	if (!*p)
		return refuse_cell(r, trimmed(from, strlen(from)), "a quote at its end");
	*cell = trimmed(from + 1, (size_t)(to - from - 1));
	p++;
	p += strspn(p, " \t");
	if (*p && *p != ',')
		return refuse_cell(r, trimmed(p, strcspn(p, ",")), "a comma behind a quote");
	*to = ' '; /* no number goes on behind it */
	*at = *p ? p + 1 : NULL;
	return 0;
}

/* ---- comma-separated ---- */

/* Names of the model, sorted, with their places. */
struct name {
	const char *text;
	unsigned at;
};

static int by_text(const void *a, const void *b)
{
	return strcmp(((const struct name *)a)->text, ((const struct name *)b)->text);
}

/* The cells of the first line, from a copy, as they lose their quotes. */
static int take_cells(struct reading *r, const char *line)
{
	unsigned room = 1;
	char *at = r->first = strdup(line);
	int rc = 0;

	for (const char *p = line; *p; p++)
		room += *p == ',';
	if (room > COLUMNS_MOST)
		return bt_fail(r->err, -EINVAL, "%s:%lu: %u columns: expected at most %d", r->path,
			r->line, room, COLUMNS_MOST);
	r->cells = calloc(room, sizeof(*r->cells));
	r->columns = calloc(room, sizeof(*r->columns));
	if (!at || !r->cells || !r->columns)
		return bt_fail(r->err, -ENOMEM, "%s: out of memory", r->path);
	while (rc == 0 && at)
		rc = next_cell(r, &r->cells[r->n_columns++], &at);
	return rc;
}

static int sort_names(struct reading *r)
{
	const struct ml_columns *e = r->expected;

	if (!e->names || !e->features)
		return 0;
	r->names = calloc(e->features, sizeof(*r->names));
	r->seen = calloc(e->features, sizeof(*r->seen));
	if (!r->names || !r->seen)
		return bt_fail(r->err, -ENOMEM, "%s: out of memory", r->path);
	for (unsigned i = 0; i < e->features; i++)
		r->names[i] = (struct name){ e->names[i], i };
	qsort(r->names, e->features, sizeof(*r->names), by_text);
	return 0;
}

/* The feature of this name; -1: none. */
static int find_name(const struct reading *r, struct cell_text cell)
{
	unsigned low = 0, high = r->names ? r->expected->features : 0;

	while (low < high) {
		unsigned middle = (low + high) / 2;
		const char *text = r->names[middle].text;
		int order = strncmp(cell.p, text, cell.n);

		if (order == 0 && !text[cell.n])
			return (int)r->names[middle].at;
		if (order > 0)
			low = middle + 1;
		else
			high = middle;
	}
	return -1;
}

/* Whether the first line has every name of the model. */
static bool has_all_names(struct reading *r)
{
	unsigned known = 0;

	for (unsigned c = 0; c < r->n_columns; c++) {
		int feature = find_name(r, r->cells[c]);

		if (feature >= 0 && !r->seen[feature]) {
			r->seen[feature] = true;
			known++;
		}
	}
	memset(r->seen, 0, r->expected->features * sizeof(*r->seen));
	return known == r->expected->features;
}

/* Whether the first line, in cells, names the columns; -EINVAL: it might. */
static int is_head(struct reading *r)
{
	size_t n[3] = { 0 };
	struct cell_text word = { "", 0 }, number = word;
	float value;

	if (r->expected->head != ML_HEAD_AUTO)
		return r->expected->head == ML_HEAD_YES;
	if (r->names && has_all_names(r))
		return 1;
	for (unsigned c = 0; c < r->n_columns; c++) {
		enum cell what = judge(&value, r->cells[c]);

		n[what]++;
		*(what == WORD ? &word : &number) = r->cells[c];
	}
	if (n[WORD] == r->n_columns)
		return 1;
	if (!n[WORD])
		return 0;
	return bt_fail(r->err, -EINVAL,
		"%s:%lu: '%.*s' is no number, '%.*s' is no name: expected all names or all "
		"numbers; "
		"--head yes or no tells which",
		r->path, r->line, (int)BT_MIN(word.n, (size_t)40), word.p,
		(int)BT_MIN(number.n, (size_t)40), number.p);
}

/* "out0" is output 0; -1: the name is of no output. */
static int output_of(struct cell_text cell)
{
	unsigned long k = 0;

	if (cell.n < 4 || cell.n > 10 || strncmp(cell.p, "out", 3) != 0)
		return -1;
	for (size_t i = 3; i < cell.n; i++) {
		if (!isdigit((unsigned char)cell.p[i]))
			return -1;
		k = 10 * k + (unsigned long)(cell.p[i] - '0');
	}
	return (int)k;
}

static int refuse_name(struct reading *r, unsigned c, const char *why)
{
	return bt_fail(r->err, -EINVAL, "%s:%lu: column %u, '%.*s': %s", r->path, r->line, c + 1,
		(int)BT_MIN(r->cells[c].n, (size_t)60), r->cells[c].p, why);
}

/* What the column of this name is. */
static int name_column(struct reading *r, unsigned c)
{
	struct ml_table *t = r->t;
	struct cell_text cell = r->cells[c];
	int feature = find_name(r, cell), output = output_of(cell);

	if (!cell.n)
		return refuse_name(
			r, c, "expected a name; a comma at the end is a column too many");
	if (feature >= 0) {
		r->seen[feature] = true;
		r->columns[c] = feature;
		t->features++;
	} else if (cell.n == 5 && strncmp(cell.p, "label", 5) == 0) {
		r->labelled = true;
		r->columns[c] = LABEL;
	} else if (output >= 0 && (unsigned)output == t->outputs) {
		r->columns[c] = KNOWN - (int)t->outputs++;
	} else if (r->names) {
		return refuse_name(r, c, "no feature of the model");
	} else {
		r->columns[c] = (int)t->features++;
	}
	return 0;
}

static int by_bytes(const void *a, const void *b)
{
	const struct cell_text *x = a, *y = b;
	int order = memcmp(x->p, y->p, BT_MIN(x->n, y->n));

	return order ? order : (x->n > y->n) - (x->n < y->n);
}

/* Two columns of one name are one too many. */
static int check_twice(struct reading *r)
{
	struct cell_text *sorted = calloc(r->n_columns, sizeof(*sorted));
	int rc = 0;

	if (!sorted)
		return bt_fail(r->err, -ENOMEM, "%s: out of memory", r->path);
	memcpy(sorted, r->cells, r->n_columns * sizeof(*sorted));
	qsort(sorted, r->n_columns, sizeof(*sorted), by_bytes);
	for (unsigned c = 1; rc == 0 && c < r->n_columns; c++)
		if (sorted[c].n && by_bytes(&sorted[c - 1], &sorted[c]) == 0)
			rc = bt_fail(r->err, -EINVAL, "%s:%lu: two columns '%.*s'", r->path,
				r->line, (int)BT_MIN(sorted[c].n, (size_t)60), sorted[c].p);
	free(sorted);
	return rc;
}

static int name_columns(struct reading *r)
{
	const struct ml_columns *e = r->expected;
	unsigned missing = 0, first = 0;
	int rc = check_twice(r);

	for (unsigned c = 0; rc == 0 && c < r->n_columns; c++)
		rc = name_column(r, c);
	for (unsigned i = e->features; rc == 0 && r->names && i-- > 0;)
		if (!r->seen[i]) {
			missing++;
			first = i;
		}
	if (missing)
		return bt_fail(r->err, -EINVAL,
			"%s:%lu: no column '%.80s': expected all %u features of the model; %u "
			"missing",
			r->path, r->line, e->names[first], e->features, missing);
	return rc;
}

static void count_columns(struct reading *r)
{
	unsigned c = 0;

	if (r->n_columns == r->expected->features + 1 && r->expected->features) {
		r->labelled = true;
		r->columns[c++] = LABEL;
	}
	for (; c < r->n_columns; c++)
		r->columns[c] = (int)r->t->features++;
}

/* From the first line. 1: it is a head. */
static int find_columns(struct reading *r, const char *line)
{
	const struct ml_columns *e = r->expected;
	int head, rc = take_cells(r, line);

	if (rc == 0)
		rc = sort_names(r);
	head = rc == 0 ? is_head(r) : rc;
	if (head < 0)
		return head;
	if (head)
		rc = name_columns(r);
	else
		count_columns(r);
	if (rc < 0)
		return rc;
	r->t->matched = head && e->names ? "columns by name"
		: !e->features           ? ""
		: head                   ? "columns by position, the model names no features"
					 : "columns by position, the file names none";
	r->trailing = !head && r->labelled;
	if (r->t->features && (!e->features || r->t->features == e->features))
		return head;
	return bt_fail(r->err, -EINVAL,
		"%s: %u columns of features: expected %u, as many as the model has%s", r->path,
		r->t->features, e->features, head ? "" : ", or one more with the label first");
}

static int read_fields(struct reading *r, char *line)
{
	struct ml_table *t = r->t;
	struct cell_text cell;
	char *at = line;
	int rc = grow(r);
	float number;

	for (unsigned c = 0; rc == 0 && c < r->n_columns; c++) {
		if (!at)
			return bt_fail(r->err, -EINVAL, "%s:%lu: expected %u fields, got %u",
				r->path, r->line, r->n_columns, c);
		rc = next_cell(r, &cell, &at);
		if (rc == 0)
			rc = take_number(r, &number, cell);
		if (rc < 0)
			return rc;
		r->trailing &= c + 1 < r->n_columns || !cell.n;
		if (r->columns[c] == LABEL)
			t->labels[t->n] = number;
		else if (r->columns[c] <= KNOWN)
			t->known[t->n * t->outputs + (unsigned)(KNOWN - r->columns[c])] = number;
		else
			t->rows[t->n * t->features + (unsigned)r->columns[c]] = number;
	}
	if (rc == 0 && at)
		return bt_fail(r->err, -EINVAL, "%s:%lu: more than the %u fields expected%s",
			r->path, r->line, r->n_columns,
			*at ? "" : "; a comma at the end is a column too many");
	t->n += rc == 0;
	return rc;
}

/* ---- libsvm ---- */

#define BLANK     " \t"
#define LINE_ENDS "\r\n"

/* Whether the first line that tells, of a text whose lines are not taken apart yet, is of libsvm's format. */
static bool is_libsvm(const char *text)
{
	for (const char *line = text, *end; *line; line = end + strspn(end, LINE_ENDS)) {
		const char *word, *colon;

		end = line + strcspn(line, LINE_ENDS);
		line += strspn(line, BLANK);
		if (line >= end || *line == '#')
			continue;
		if (memchr(line, ',', (size_t)(end - line)))
			return false;
		word = line + strcspn(line, BLANK LINE_ENDS);
		word += strspn(word, BLANK);
		colon = memchr(line, ':', (size_t)(end - line));
		if (colon)
			return (colon > line && isdigit((unsigned char)colon[-1])) ||
				strncmp(word, "qid:", 4) == 0;
	}
	return false;
}

/* The next word INDEX:NUMBER: 1; 0: the line ends here, or what is left is a comment. */
static int read_pair(struct reading *r, const char **at, unsigned long *index, float *number)
{
	const char *from = *at + strspn(*at, BLANK);
	struct cell_text word = { from, strcspn(from, BLANK) };
	char *end;

	*at = from + word.n;
	if (!word.n || *from == '#')
		return 0;
	*index = strtoul(from, &end, 10);
	if (!isdigit((unsigned char)*from) || *end != ':' || *index >= ML_ROWS_MAX)
		return refuse_cell(r, word, "FEATURE:NUMBER");
	end++;
	return take_number(r, number, (struct cell_text){ end, (size_t)(*at - end) }) < 0 ? -EINVAL
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
	return (unsigned)BT_MIN(most, (unsigned long)COLUMNS_MOST);
}

static int read_label(struct reading *r, const char **at)
{
	const char *from = *at + strspn(*at, BLANK);
	struct cell_text word = { from, strcspn(from, BLANK) };
	float *label = &r->t->labels[r->t->n];

	if (judge(label, word) != NUMBER || !isfinite(*label))
		return refuse_cell(r, word, "a label");
	*at = from + word.n;
	from = *at + strspn(*at, BLANK);
	if (strncmp(from, "qid:", 4) == 0) { /* of rankings: nothing here depends on it */
		word = (struct cell_text){ from, strcspn(from, BLANK) };
		if (word.n == 4 || strspn(from + 4, "0123456789") != word.n - 4)
			return refuse_cell(r, word, "qid:NUMBER");
		*at = from + word.n;
	}
	return 0;
}

static int read_pairs(struct reading *r, const char *line)
{
	struct ml_table *t = r->t;
	unsigned long index = 0;
	const char *at = line;
	float number = NAN, *row;
	int rc = line[strspn(line, BLANK)] == '#' ? 1 : grow(r);

	if (rc != 0)
		return rc;
	row = t->rows + t->n * t->features;
	for (unsigned i = 0; i < t->features; i++)
		row[i] = NAN;
	rc = read_label(r, &at);
	while (rc == 0 && (rc = read_pair(r, &at, &index, &number)) == 1) {
		rc = 0;
		if (index >= t->features)
			return bt_fail(r->err, -EINVAL,
				"%s:%lu: feature %lu: expected 0 to %u, as the model has", r->path,
				r->line, index, t->features - 1);
		if (!isnan(row[index]))
			return bt_fail(r->err, -EINVAL, "%s:%lu: feature %lu: it is there twice",
				r->path, r->line, index);
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
		r->labelled = true;
		r->t->features = r->expected->features ? r->expected->features : widest(in->text);
		r->t->matched = r->expected->features ? "features by their index" : "";
	}
	while ((rc = bt_input_line(in, &line, r->err)) == 1) {
		r->line = in->line;
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
		rc = bt_fail(r->err, -EINVAL, "%s: expected rows of numbers", r->path);
	if (rc == 0 && r->trailing)
		rc = bt_fail(r->err, -EINVAL,
			"%s: the last of %u columns is empty: a comma at the end is a column too "
			"many",
			r->path, r->n_columns);
	return rc;
}

int ml_table_read(struct ml_table *table, const char *path, const struct ml_columns *expected,
	struct bt_err *err)
{
	struct reading r = { .t = table, .path = path, .expected = expected, .err = err };
	struct bt_input in;
	int rc = bt_input_text(&in, path, BT_INPUT_ONCE, FILE_MOST, err);

	*table = (struct ml_table){ .matched = "" };
	if (rc == 0)
		rc = read_lines(&r, &in);
	bt_input_close(&in);
	free(r.cells);
	free(r.first);
	free(r.names);
	free(r.seen);
	free(r.columns);
	if (rc < 0)
		ml_table_fini(table);
	return rc;
}
