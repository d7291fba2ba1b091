#include "ml/features.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *const ml_heads[] = { "auto", "yes", "no", NULL };

/* A name of the model, with its place. */
struct name {
	struct ml_cell text;
	unsigned at;
};

struct reading {
	struct ml_layout *layout;
	const struct ml_columns *expected;
	const struct ml_line *line;
	struct ml_cell *cells; /* of the first line */
	char *first;           /* that line */
	struct name *names;    /* of the model, sorted; NULL: none */
	bool *seen;            /* by feature: it has a column */
};

static int by_bytes(const void *a, const void *b)
{
	const struct ml_cell *x = a, *y = b;
	int order = memcmp(x->p, y->p, BT_MIN(x->n, y->n));

	return order ? order : (x->n > y->n) - (x->n < y->n);
}

static int by_text(const void *a, const void *b)
{
	return by_bytes(&((const struct name *)a)->text, &((const struct name *)b)->text);
}

/* The cells of the first line, from a copy, as they lose their quotes. */
static int take_cells(struct reading *r, const char *line)
{
	unsigned room = 1;
	char *at = r->first = strdup(line);
	int rc = 0;

	for (const char *p = line; *p; p++)
		room += *p == ',';
	if (room > ML_COLUMNS_MAX)
		return ml_line_fail(
			r->line, "%u columns: expected at most %d", room, ML_COLUMNS_MAX);
	r->cells = calloc(room, sizeof(*r->cells));
	r->layout->columns = calloc(room, sizeof(*r->layout->columns));
	if (!at || !r->cells || !r->layout->columns)
		return ml_line_no_memory(r->line);
	while (rc == 0 && at)
		rc = ml_cell_next(r->line, &r->cells[r->layout->n++], &at);
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
		return ml_line_no_memory(r->line);
	for (unsigned i = 0; i < e->features; i++)
		r->names[i] = (struct name){ ml_cell_trim(e->names[i], strlen(e->names[i])), i };
	qsort(r->names, e->features, sizeof(*r->names), by_text);
	return 0;
}

/* The feature of this name; -1: none. */
static int find_name(const struct reading *r, struct ml_cell cell)
{
	const struct name key = { cell, 0 }, *found = NULL;

	if (r->names)
		found = bsearch(&key, r->names, r->expected->features, sizeof(key), by_text);
	return found ? (int)found->at : -1;
}

/* Whether the first line has every name of the model. */
static bool has_all_names(struct reading *r)
{
	unsigned known = 0;

	for (unsigned c = 0; c < r->layout->n; c++) {
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
	struct ml_cell word = { "", 0 }, number = word;
	float value;

	if (r->expected->head != ML_HEAD_AUTO)
		return r->expected->head == ML_HEAD_YES;
	if (r->names && has_all_names(r))
		return 1;
	for (unsigned c = 0; c < r->layout->n; c++) {
		enum ml_cell_kind what = ml_cell_judge(&value, r->cells[c]);

		n[what]++;
		*(what == ML_WORD ? &word : &number) = r->cells[c];
	}
	if (n[ML_WORD] == r->layout->n)
		return 1;
	if (!n[ML_WORD])
		return 0;
	return ml_line_fail(r->line,
		"'%.*s' is no number, '%.*s' is no name: expected all names or all "
		"numbers; "
		"--head yes or no tells which",
		(int)BT_MIN(word.n, (size_t)40), word.p, (int)BT_MIN(number.n, (size_t)40),
		number.p);
}

/* "out0" is output 0; -1: the name is of no output. */
static int output_of(struct ml_cell cell)
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
	return ml_line_fail(r->line, "column %u, '%.*s': %s", c + 1,
		(int)BT_MIN(r->cells[c].n, (size_t)60), r->cells[c].p, why);
}

/* What the column of this name is. */
static int name_column(struct reading *r, unsigned c)
{
	struct ml_layout *l = r->layout;
	struct ml_cell cell = r->cells[c];
	int feature = find_name(r, cell), output = output_of(cell);

	if (feature >= 0) {
		r->seen[feature] = true;
		r->layout->columns[c] = feature;
		l->features++;
	} else if (!cell.n) {
		return refuse_name(r, c,
			c + 1 < l->n ? "expected a name"
				     : "expected a name; a comma at the end is a column too many");
	} else if (cell.n == 5 && strncmp(cell.p, "label", 5) == 0) {
		r->layout->labelled = true;
		r->layout->columns[c] = ML_LABEL;
	} else if (output >= 0) {
		if ((unsigned)output != l->outputs)
			return refuse_name(r, c, "expected out0, out1 and so on, in this order");
		r->layout->columns[c] = ML_KNOWN - (int)l->outputs++;
	} else if (r->names) {
		return refuse_name(r, c, "no feature of the model");
	} else {
		r->layout->columns[c] = (int)l->features++;
	}
	return 0;
}

/* Two columns of one name are one too many. */
static int check_twice(struct reading *r)
{
	struct ml_cell *sorted = calloc(r->layout->n, sizeof(*sorted));
	int rc = 0;

	if (!sorted)
		return ml_line_no_memory(r->line);
	memcpy(sorted, r->cells, r->layout->n * sizeof(*sorted));
	qsort(sorted, r->layout->n, sizeof(*sorted), by_bytes);
	for (unsigned c = 1; rc == 0 && c < r->layout->n; c++)
		if (sorted[c].n && by_bytes(&sorted[c - 1], &sorted[c]) == 0)
			rc = ml_line_fail(r->line, "two columns '%.*s'",

				(int)BT_MIN(sorted[c].n, (size_t)60), sorted[c].p);
	free(sorted);
	return rc;
}

static int name_columns(struct reading *r)
{
	const struct ml_columns *e = r->expected;
	unsigned missing = 0, first = 0;
	int rc = check_twice(r);

	for (unsigned c = 0; rc == 0 && c < r->layout->n; c++)
		rc = name_column(r, c);
	for (unsigned i = e->features; rc == 0 && r->names && i-- > 0;)
		if (!r->seen[i]) {
			missing++;
			first = i;
		}
	if (missing)
		return ml_line_fail(r->line,
			"no column '%.80s': expected all %u features of the model; %u "
			"missing",
			e->names[first], e->features, missing);
	return rc;
}

static void count_columns(struct reading *r)
{
	unsigned c = 0;

	if (r->layout->n == r->expected->features + 1 && r->expected->features) {
		r->layout->labelled = true;
		r->layout->columns[c++] = ML_LABEL;
	}
	for (; c < r->layout->n; c++)
		r->layout->columns[c] = (int)r->layout->features++;
}

static int read_layout(struct reading *r, const char *text)
{
	const struct ml_columns *e = r->expected;
	struct ml_layout *l = r->layout;
	int head, rc = take_cells(r, text);

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
	l->head = head;
	l->matched = head && e->names ? "columns by name"
		: !e->features        ? ""
		: head                ? "columns by position; the model names no features"
		: l->labelled         ? "columns by position, the label first; the file names none"
				      : "columns by position; the file names none";
	if (l->features && (!e->features || l->features == e->features))
		return 0;
	return bt_fail(r->line->err, -EINVAL,
		"%s: %u columns of features: expected %u, as many as the model has%s",
		r->line->path, l->features, e->features,
		head ? "" : ", or one more with the label first");
}

int ml_layout_read(struct ml_layout *layout, const struct ml_columns *expected, const char *text,
	const struct ml_line *line)
{
	struct reading r = { .layout = layout, .expected = expected, .line = line };
	int rc;

	*layout = (struct ml_layout){ .matched = "" };
	rc = read_layout(&r, text);
	free(r.cells);
	free(r.first);
	free(r.names);
	free(r.seen);
	return rc;
}

void ml_layout_fini(struct ml_layout *layout)
{
	free(layout->columns);
}
