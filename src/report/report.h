/* report.h: the result of a run as the documented JSON object, and as words. */
#ifndef BT_REPORT_H
#define BT_REPORT_H

#include <stdio.h>

#include "judge/verdict.h"

/*
 * The object of --json (doc: benchtop(1)) as one line; environment_json as bt_environment_json made
 * it. Unknown is null. Its `status` is info->status; where that is NULL, "ended" after the last
 * snapshot and "running" before. Free with free(); NULL: no memory.
 */
char *bt_report_json(const struct bt_tally *tally, const char *environment_json);

/*
 * The same as a summary for people, at most 80 columns wide, made from the JSON object so that
 * `show` of a stored run prints what the run printed. -EINVAL: not such an object; what cannot be
 * read in one prints as "-".
 */
int bt_report_print(FILE *out, const char *report_json, struct bt_err *err);

#endif
