/* Rows of features: what is a head, a number, a missing value or a word; what columns are; which
 * line is at fault. */
#include "cm.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ml/table.h"

/* Models of four features: with names, with numbers for names, with names that want care, without
 * names; and no model. */
enum model { NAMED, NUMBERED, ODD, NAMELESS, NONE };

static struct ml_columns columns_of(enum model model, enum ml_head head)
{
	static char *const names[][4] = {
		[NAMED] = { "age", "income", "height", "score" },
		[NUMBERED] = { "0", "1", "2", "3" },
		[ODD] = { " age", "in,come", "a \"b\"", "label" },
	};

	return (struct ml_columns){ model == NONE ? 0 : 4, model < NAMELESS ? names[model] : NULL,
		head };
}

/* "label:f0 f1=out0;": _ is missing, x is no label. */
static void dump(char *out, size_t size, const struct ml_table *t)
{
	size_t n = 0;

	out[0] = '\0';
	for (size_t i = 0; i < t->n; i++) {
		if (t->labels)
			n += (size_t)snprintf(out + n, size - n, "%g:", (double)t->labels[i]);
		for (unsigned k = 0; k < t->features; k++)
			n += (size_t)snprintf(out + n, size - n, "%s%g", k ? " " : "",
				(double)t->rows[i * t->features + k]);
		for (unsigned k = 0; k < t->outputs; k++)
			n += (size_t)snprintf(
				out + n, size - n, "=%g", (double)t->known[i * t->outputs + k]);
		n += (size_t)snprintf(out + n, size - n, ";");
		assert_true(n < size);
	}
}

struct row {
	const char *text;
	size_t n; /* 0: strlen */
	enum model model;
	enum ml_head head;
	const char *want, *matched; /* matched: how that begins; NULL: anything */
	const char *err;            /* in the message; NULL: it is read */
};

static void try_rows(const struct row *rows, size_t n)
{
	char path[CM_TEMP], got[400];
	int fd = mkstemp(cm_temp(path, "benchtop-table"));

	assert_true(fd >= 0);
	for (size_t i = 0; i < n; i++) {
		const struct row *row = &rows[i];
		const struct ml_columns columns = columns_of(row->model, row->head);
		size_t len = row->n ? row->n : strlen(row->text);
		struct bt_err err = { .msg = "" };
		struct ml_table t;
		int r;

		assert_int_equal(pwrite(fd, row->text, len, 0), len);
		assert_int_equal(ftruncate(fd, (off_t)len), 0);
		r = ml_table_read(&t, path, &columns, &err);
		if (row->err) {
			if (r != -EINVAL || !strstr(err.msg, row->err))
				fail_msg("row %zu, %s: %d '%s', expected '%s'", i, row->text, r,
					err.msg, row->err);
			continue;
		}
		if (r < 0)
			fail_msg("row %zu, %s: %s", i, row->text, err.msg);
		dump(got, sizeof(got), &t);
		if (strcmp(got, row->want) != 0)
			fail_msg("row %zu, %s: %s, expected %s", i, row->text, got, row->want);
		if (row->matched && strncmp(t.matched, row->matched, strlen(row->matched)) != 0)
			fail_msg("row %zu, %s: '%s', expected '%s'", i, row->text, t.matched,
				row->matched);
		ml_table_fini(&t);
	}
	close(fd);
	unlink(path);
}

#define BY_NAME     "columns by name"
#define NO_NAMES    "columns by position; the model names no features"
#define NO_HEAD     "columns by position; the file names none"
#define LABEL_FIRST "columns by position, the label first; the file names none"
#define BY_INDEX    "features by their index, from 0"
#define SOME        "expected all names or all numbers; --head yes or no tells which"
#define COMMA       "a comma at the end is a column too many"

/* The first line, whatever its first cell says. */
static void a_first_line_is_a_head_or_it_is_not(void **state)
{
	static const struct row rows[] = {
		/* Numbers and missing values: rows. */
		{ ".1,2e-1,-.3,+4\n", .want = "0.1 0.2 -0.3 4;", .matched = NO_HEAD },
		{ "null,.2,.3,.4\n", .want = "nan 0.2 0.3 0.4;", .matched = NO_HEAD },
		{ "NULL,none,NA,n/a\n", .want = "nan nan nan nan;", .matched = NO_HEAD },
		{ ".1,?,.3,.4\n", .want = "0.1 nan 0.3 0.4;" },
		{ "NaN,-nan,+NAN,.4\n", .want = "nan nan nan 0.4;" },
		{ ",,,.4\n", .want = "nan nan nan 0.4;" },
		{ "\".1\",\" .2 \", \".3\" ,\"\"\n.1,.2,.3,.4\n",
			.want = "0.1 0.2 0.3 nan;0.1 0.2 0.3 0.4;" },
		{ "\xef\xbb\xbf.1,.2,.3,.4\n", .want = "0.1 0.2 0.3 0.4;" },
		{ "\xef\xbb\xbf\".1\",.2,.3,.4\n", .want = "0.1 0.2 0.3 0.4;" },
		{ "\n \n.1,.2,.3,.4", .want = "0.1 0.2 0.3 0.4;" },
		{ ".1,.2,.3,.4\n", .model = NAMELESS, .want = "0.1 0.2 0.3 0.4;" },
		/* Names, and no other word: a head. */
		{ "age,income,height,score\n1,2,3,4\n", .want = "1 2 3 4;", .matched = BY_NAME },
		{ "\xef\xbb\xbf"
		  "age,income,height,score\n1,2,3,4\n",
			.want = "1 2 3 4;", .matched = BY_NAME },
		{ "\xef\xbb\xbf\"age\",income,height,score\n1,2,3,4\n", .want = "1 2 3 4;" },
		{ "a,b,c,d\n1,2,3,4\n", .model = NAMELESS, .want = "1 2 3 4;",
			.matched = NO_NAMES },
		{ "a,b,label\n1,2,0\n", .model = NONE, .want = "0:1 2;", .matched = "" },
		/* Names that are numbers or signs. */
		{ "3,2,1,0\n4,3,2,1\n", .model = NUMBERED, .want = "1 2 3 4;", .matched = BY_NAME },
		{ "3,2,1,label,0\n4,3,2,9,1\n", .model = NUMBERED, .want = "9:1 2 3 4;" },
		{ "3,2,1,0\n4,3,2,1\n", .model = NUMBERED, .head = ML_HEAD_NO,
			.want = "3 2 1 0;4 3 2 1;", .matched = NO_HEAD },
		{ "3,2,1,.5\n", .model = NUMBERED, .want = "3 2 1 0.5;" },
		{ "3,2,1\n1,2,3\n", .model = NUMBERED,
			.err = ": 3 columns of features: expected 4, as many as the model has" },
		{ "3,2,1,label\n1,2,3,4\n", .model = NUMBERED,
			.err = ":1: 'label' is no number, '1' is no name: " SOME },
		{ "1,2,3,4\n.1,.2,.3,.4\n", .model = NAMELESS, .head = ML_HEAD_YES,
			.want = "0.1 0.2 0.3 0.4;", .matched = NO_NAMES },
		{ "0,1,2,3\n4,3,2,1\n", .head = ML_HEAD_YES,
			.err = ":1: column 1, '0': no feature of the model" },
		/* Some of each: somebody has to say. */
		{ "O.3,.2,.3,.4\n", .err = ":1: 'O.3' is no number, '.4' is no name: " SOME },
		{ "O.3,.2,.3,.4\n", .head = ML_HEAD_NO, .err = ":1: 'O.3': expected a number" },
		{ "O.3,.2,.3,.4\n1,2,3,4\n", .model = NAMELESS, .head = ML_HEAD_YES,
			.want = "1 2 3 4;" },
		{ "age,?,height,score\n1,2,3,4\n",
			.err = ":1: 'score' is no number, '?' is no name: " SOME },
		{ ",age,income,height\n", .model = NAMELESS, .err = "is no name: " SOME },
		{ "age,income,height,inf\n", .err = ":1: 'height' is no number, 'inf' is no name" },
		{ "1.5.2,1,2,3\n", .err = ":1: '1.5.2' is no number" },
		{ "1 2,1,2,3\n", .err = ":1: '1 2' is no number" },
		{ "\xc2\xa0.1,.2,.3,.4\n", .err = "is no number, '.4' is no name" },
		/* Numbers that are not finite. */
		{ "inf,.2,.3,.4\n", .err = ":1: 'inf': expected a finite number" },
		{ "-Infinity,.2,.3,.4\n", .err = ":1: '-Infinity': expected a finite number" },
		{ ".1,.2,.3,.4\n1e99,.2,.3,.4\n", .err = ":2: '1e99': expected a finite number" },
		{ "inf,nan,?,1\n1,2,3,4\n", .model = NAMELESS, .head = ML_HEAD_YES,
			.want = "1 2 3 4;" },
		{ "age,income,height,score\n1,2,3,x\n", .err = ":2: 'x': expected a number" },
	};
	(void)state;
	try_rows(rows, BT_LEN(rows));
}

/* Names, labels and outputs that are known. */
static void columns_are_what_their_names_say(void **state)
{
	static const struct row rows[] = {
		{ "score,height,income,age\n4,3,2,1\n", .want = "1 2 3 4;", .matched = BY_NAME },
		{ "score,height,income,age,label\n4,3,2,1,9\n", .want = "9:1 2 3 4;" },
		{ "label,score,height,income,age\n9,4,3,2,1\n", .want = "9:1 2 3 4;" },
		{ "age, income, height, score, label\n1, 2, 3, 4, 9\n", .want = "9:1 2 3 4;" },
		{ "out0,age,income,height,score,out1\n7,1,2,3,4,8\n", .want = "1 2 3 4=7=8;" },
		{ "label,age,income,height,score\n?,1,2,3,4\n", .want = "nan:1 2 3 4;" },
		{ "9,1,2,3,4\n", .want = "9:1 2 3 4;", .matched = LABEL_FIRST },
		{ "?,1,2,3,4\n", .want = "nan:1 2 3 4;", .matched = LABEL_FIRST },
		{ "in_come,label,age,label2\n", .err = "'in_come': no feature of the model" },
		{ "label,\"in,come\",age,\"a \"\"b\"\"\"\n4,2,1,3\n", .model = ODD,
			.want = "1 2 3 4;", .matched = BY_NAME },
		{ "age,income,height,points\n", .err = "column 4, 'points': no feature" },
		{ "Age,income,height,score\n", .err = "column 1, 'Age': no feature of the model" },
		{ "age,height,label\n",
			.err = ":1: no column 'income': expected all 4 features of the model; 2 "
			       "missing" },
		{ "age,income,height,score,age\n", .err = ":1: two columns 'age'" },
		{ "label,age,income,height,score,label\n", .err = ":1: two columns 'label'" },
		{ "id,age,income,height,score\n", .err = "column 1, 'id': no feature" },
		{ "age,income,height,score,out1,out0\n",
			.err = "column 5, 'out1': expected out0, out1 and so on, in this order" },
		{ "a,b,c,out1\n", .model = NAMELESS, .err = "column 4, 'out1': expected out0" },
		{ "a,b,c\n1,2,3\n", .model = NAMELESS, .err = ": 3 columns of features: " },
		{ "\"age,income,height,score\n",
			.err = ":1: '\"age,income,height,score': expected "
			       "a quote at its end" },
		{ "\"age\"x,income,height,score\n",
			.err = ":1: 'x': expected a comma behind a "
			       "quote" },
	};
	(void)state;
	try_rows(rows, BT_LEN(rows));
}

static void a_comma_at_the_end_is_a_column_too_many(void **state)
{
	static const struct row rows[] = {
		{ ".1,.2,.3,.4,\n.5,.6,.7,.8,\n",
			.err = ": the last of 5 columns is empty: " COMMA },
		{ ".1,.2,.3,\n.5,.6,.7,\n", .err = ": the last of 4 columns is empty: " COMMA },
		{ ".1,.2,.3,.4\n.5,.6,.7,.8,\n",
			.err = ":2: more than the 4 fields expected; " COMMA },
		{ ".1,.2,.3,.4\n.5,.6,.7,.8,9\n", .err = ":2: more than the 4 fields expected" },
		{ "age,income,height,score,\n1,2,3,4,\n",
			.err = ":1: column 5, '': expected a name; " COMMA },
		{ "age,income,height,score\n1,2,3,4,\n", .err = ":2: more than the 4 fields" },
		{ "a,b,c,d,\n1,2,3,4,\n", .model = NAMELESS, .head = ML_HEAD_YES, .err = COMMA },
		{ ",age,income,height,score\n0,1,2,3,4\n", .err = "column 1, '': expected a name" },
		{ "label,a,b,\n1,2,3,\n", .model = NONE, .err = "'' is no name" },
		{ ".1,.2,.3,.4\n.5,.6,.7\n", .err = ":2: expected 4 fields, got 3" },
		/* Missing where it is said so, or now and then. */
		{ ".1,.2,.3,NaN\n", .want = "0.1 0.2 0.3 nan;" },
		{ ".1,.2,.3,\n.1,.2,.3,.4\n", .want = "0.1 0.2 0.3 nan;0.1 0.2 0.3 0.4;" },
		{ "age,income,height,score\n1,2,3,\n", .want = "1 2 3 nan;" },
	};
	(void)state;
	try_rows(rows, BT_LEN(rows));
}

static void lines_end_as_they_do_and_hold_text(void **state)
{
#define BYTES(text) text, sizeof(text) - 1
	static const struct row rows[] = {
		{ ".1,.2,.3,.4\r\n.5,.6,.7,.8\r\n", .want = "0.1 0.2 0.3 0.4;0.5 0.6 0.7 0.8;" },
		{ ".1,.2,.3,.4\r.5,.6,.7,.8\r", .want = "0.1 0.2 0.3 0.4;0.5 0.6 0.7 0.8;" },
		{ "age,income,height,score\r1,2,3,4\r", .want = "1 2 3 4;", .matched = BY_NAME },
		{ "9 0:1 3:4\r\n8 1:2\r\n", .want = "9:1 nan nan 4;8:nan 2 nan nan;" },
		{ "9 0:1 3:4\r8 1:2\r", .want = "9:1 nan nan 4;8:nan 2 nan nan;" },
		{ "\xef\xbb\xbf"
		  "9 0:1\r\n",
			.want = "9:1 nan nan nan;" },
		{ "1,2,3,4\n.1,.2\r,.3,.4\n", .err = ":2: a carriage return inside the line" },
		{ BYTES(".1,.2,.3,.4\n.1,\0.2,.3,.4\n"), .err = ":2: a NUL byte; expected text" },
		{ BYTES("9 0:1\n8 0:1\0\n"), .err = ":2: a NUL byte" },
		{ BYTES("\xff\xfe.\0001\0,\0"), .err = ": is UTF-16; expected UTF-8" },
		{ BYTES("\xfe\xff\0.\0001\0,"), .err = ": is UTF-16; expected UTF-8" },
		{ BYTES(".\0001\0,\0"), .err = ": is UTF-16; expected UTF-8" },
		{ "\n\n", .err = ": expected rows of numbers" },
		{ "age,income,height,score\n", .err = ": expected rows of numbers" },
		{ "# only words\n", .err = "column 1, '# only words': no feature of the model" },
	};
#undef BYTES
	(void)state;
	try_rows(rows, BT_LEN(rows));
}

static void rows_of_libsvm_have_labels_queries_and_comments(void **state)
{
	static const struct row rows[] = {
		{ "9 0:.5 3:1\n", .want = "9:0.5 nan nan 1;", .matched = BY_INDEX },
		{ "+1\t0:.5\t 3:nan \n-1\n", .want = "1:0.5 nan nan nan;-1:nan nan nan nan;" },
		{ "0\n1 3:1\n", .want = "0:nan nan nan nan;1:nan nan nan 1;" },
		{ "1 qid:7 0:.5\n0 qid:7\n", .want = "1:0.5 nan nan nan;0:nan nan nan nan;" },
		{ "# made by me, with commas: 1, 2\n\n  # and blanks\n9 0:.5 # 1:7\n8 1:2#x\n",
			.want = "9:0.5 nan nan nan;8:nan 2 nan nan;", .matched = BY_INDEX },
		{ "9 0:.5 # a, b\n", .want = "9:0.5 nan nan nan;" },
		{ "9 0:.5 2:1 # 7:1\n", .model = NONE, .want = "9:0.5 nan 1;", .matched = "" },
		{ "9 0:1\n", .head = ML_HEAD_NO, .want = "9:1 nan nan nan;" },
		{ "9 0:1\n", .head = ML_HEAD_YES,
			.err = ": is of libsvm's format, which has no head" },
		{ "1 qid:x 0:1\n", .err = ":1: 'qid:x': expected qid:NUMBER" },
		{ "1 0:1 qid:1\n", .err = ":1: 'qid:1': expected FEATURE:NUMBER" },
		{ "1 0:1 0:2\n", .err = ":1: feature 0: it is there twice" },
		{ "1 0:1\n1 4:2\n", .err = ":2: feature 4: expected 0 to 3, as the model has" },
		{ "1 0:inf\n", .err = ":1: 'inf': expected a finite number" },
		{ "1 0:1:2\n", .err = ":1: '1:2': expected a number" },
		{ "1 -1:2 0:1\n", .err = ":1: '-1:2': expected FEATURE:NUMBER" },
		{ "1 0:1 .5\n", .err = ":1: '.5': expected FEATURE:NUMBER" },
		{ "x 0:1\n", .err = ":1: 'x': expected a label" },
		{ "1:2 0:1\n", .err = ":1: '1:2': expected a label" },
		{ "? 0:1\n", .err = ":1: '?': expected a label" },
		{ "inf 0:1\n", .err = ":1: 'inf': expected a label" },
		{ "1,2 0:1\n", .err = "is no number" },
	};
	(void)state;
	try_rows(rows, BT_LEN(rows));
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_line_is_a_head_or_it_is_not),
		cmocka_unit_test(columns_are_what_their_names_say),
		cmocka_unit_test(a_comma_at_the_end_is_a_column_too_many),
		cmocka_unit_test(lines_end_as_they_do_and_hold_text),
		cmocka_unit_test(rows_of_libsvm_have_labels_queries_and_comments),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
