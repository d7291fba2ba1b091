/*
 * verdict.h: whether the measurement itself can be trusted (not whether the thing measured did
 * well). A table of checks, each a function from what is known of the run to a level and a reason.
 */
#ifndef BT_VERDICT_H
#define BT_VERDICT_H

#include "judge/tally.h"

enum bt_verdict { BT_VALID, BT_DEGRADED, BT_INVALID };
extern const char *const bt_verdict_name[]; /* "valid", "degraded", "invalid"; NULL-ended */

#define BT_REASONS_MAX 16
struct bt_judgement {
	enum bt_verdict verdict; /* the worst of the reasons */
	unsigned n;
	struct {
		enum bt_verdict level;
		char text[160];
	} reasons[BT_REASONS_MAX]; /* worst first */
};

void bt_judge(struct bt_judgement *out, const struct bt_tally *tally);

#endif
