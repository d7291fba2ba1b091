/*
 * suite.h: a list of runs from a file (benchtop-suite(5)), checked as a whole before the first of
 * them, and what came of each. Main thread.
 */
#ifndef BT_SUITE_H
#define BT_SUITE_H

#include <limits.h>
#include <stdio.h>

#include "cli/run_options.h"
#include "base/ini.h"
#include "export/outcome.h"
#include "report/report_brief.h"

struct bt_suite_section {
	const char *name;
	unsigned line;
	bool wanted;
	/*
	 * The library that its workload needs and this build lacks, so that it never runs; NULL:
	 * none.
	 */
	const char *missing;
	struct bt_run_options *o; /* NULL: missing */
	char *tags[2];            /* suite=…, section=… */
	struct bt_err warning;    /* code 0: none */
	/* What came of it. */
	bool carried_out; /* false: the suite ended before */
	int status;       /* as `benchtop run` would have ended */
	double seconds;   /* NAN before it was carried out */
	char *report;     /* NULL: none */
	struct bt_brief brief;
	char why[2400];
	char text[3000]; /* why, and with which figures */
};

struct bt_suite {
	char file[PATH_MAX], name[64]; /* name: the file's, without directory and ".ini" */
	struct bt_ini ini;
	struct bt_suite_section *sections;
	size_t n, n_wanted;
};

/*
 * Reads a file, or finds the suite of that name among the data files, and checks all of its
 * sections. -EINVAL: something in it is wrong, told as "FILE:LINE: words"; -ENOENT and other
 * -errno: it cannot be read; -ENOMEM. bt_suite_fini in any case.
 */
int bt_suite_read(struct bt_suite *suite, const char *name, struct bt_err *err);
/* Only these sections are wanted; none in the list: all that this build can do. -EINVAL: no such
 * section, or one that it cannot. */
int bt_suite_choose(struct bt_suite *suite, const struct bt_list *only, struct bt_err *err);
void bt_suite_fini(struct bt_suite *suite);

/* After a section's run, with its exit status and report: fills in what came of it. */
void bt_suite_conclude(struct bt_suite_section *section, const struct bt_err *why);
enum bt_outcome_kind bt_suite_kind(const struct bt_suite_section *section);
/* The exit status of all: a signal's, else 1 when any failed, else 3 when any could not run, else 4
 * when any measurement is invalid. */
int bt_suite_status(const struct bt_suite *suite);
/* A line each, with a head. */
void bt_suite_print(FILE *out, const struct bt_suite *suite);
/* One object with all reports: a new reference. NULL: no memory. */
json_t *bt_suite_json(const struct bt_suite *suite);
/* n_wanted rows that point into the suite. free(); NULL: no memory. */
struct bt_outcome_row *bt_suite_rows(const struct bt_suite *suite);

#endif
