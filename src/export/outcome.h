/*
 * outcome.h: what came of a list of checks (sections of a suite, metrics against a baseline),
 * written for the programs that gather such lists: JUnit XML, as the reporters of Jenkins, GitLab
 * and GitHub read it, and a table in GitHub's Markdown.
 */
#ifndef BT_OUTCOME_H
#define BT_OUTCOME_H

#include <stdio.h>

#include "base/base.h"
#include "base/err.h"

enum bt_outcome_kind {
	BT_OUTCOME_PASSED,
	BT_OUTCOME_FAILED, /* what was checked did not hold */
	BT_OUTCOME_ERROR,  /* it could not be checked */
	BT_OUTCOME_SKIPPED,
};
extern const char *const bt_outcome_name[]; /* "passed", "failed", "error", "skipped"; by kind */

/* Texts may be any bytes: base/text.h makes them safe. NULL is the same as "". */
struct bt_outcome_row {
	const char *name, *classname; /* classname: what a reporter groups by; "": the suite */
	enum bt_outcome_kind kind;
	double seconds; /* NAN: not known */
	/*
	 * Why, or with which figures; the first line stands for all of them where there is room for
	 * one.
	 */
	const char *text;
};

/* Writes n rows as JUnit XML to a stream, whose errors are the caller's to look for. */
void bt_outcome_print_junit(
	FILE *out, const char *suite, const struct bt_outcome_row *rows, size_t n);

/*
 * Write n rows under the name of their suite to the file `path`, which is there whole or, after an
 * error, as it was before; "-" is standard output, and what is not a regular file (a pipe) is
 * written directly. 0 or -errno, said with the path. Main thread.
 */
int bt_outcome_write_junit(const char *path, const char *suite, const struct bt_outcome_row *rows,
	size_t n, struct bt_err *err);
int bt_outcome_write_markdown(const char *path, const char *suite,
	const struct bt_outcome_row *rows, size_t n, struct bt_err *err);

#endif
