/* report_brief.h: the few figures by which one run stands in a table of runs, and in words why it
 * did not hold. */
#ifndef BT_REPORT_BRIEF_H
#define BT_REPORT_BRIEF_H

#include <stdio.h>

#include "judge/verdict.h"

struct bt_brief {
	enum bt_verdict verdict; /* of the measurement; BT_INVALID when the report does not tell */
	double throughput;       /* op/s */
	double p99_ns;           /* of response time, of service time in a closed loop */
	double error_rate;
	unsigned thresholds, held;
	char finding[320]; /* the profile's answer: "capacity: between ..."; "": it has none */
	/* Lines without one at the end: thresholds that are not held, wrong answers, why the
	 * measurement cannot be trusted. */
	char why[2000];
};

/* From the object of bt_report_json; unknown figures are NAN. -EINVAL: not such an object. */
int bt_report_brief(struct bt_brief *out, const char *report_json, struct bt_err *err);

#endif
