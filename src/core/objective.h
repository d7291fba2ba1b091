/* objective.h: what a step of a search or a ramp has to keep to, and the words for what it did
 * not. */
#ifndef BT_OBJECTIVE_H
#define BT_OBJECTIVE_H

#include "core/segment.h"

struct bt_objective {
	double error_share; /* failed and expired of offered: a step misses when they reach it */
	uint64_t p99_ns;    /* response time: a step misses above it; 0: no limit */
	/* completed within the span, of offered: a step misses below it while the backlog grows */
	double reached;
};

/* Whether a judged segment missed an objective; then result->reason says which, in words. Pure. */
bool bt_objective_missed(const struct bt_objective *o, struct bt_segment_result *result);
/* Completed within the span, as a share of what was offered; 1 when nothing was. */
double bt_reached(const struct bt_segment_result *result);

#endif
