#include "core/objective.h"

#include <stdio.h>

#include "base/fmt.h"

double bt_reached(const struct bt_segment_result *r)
{
	return r->counts.offered ? (double)r->completed_in_span / (double)r->counts.offered : 1;
}

bool bt_objective_missed(const struct bt_objective *o, struct bt_segment_result *r)
{
	const struct bt_counts *c = &r->counts;
	double errors = c->offered ? (double)(c->failed + c->expired) / (double)c->offered : 0;
	char a[BT_FMT_MAX], b[BT_FMT_MAX];

	if (errors >= o->error_share) {
		snprintf(r->reason, sizeof(r->reason), "errors %s, limit %s",
			bt_fmt_share(a, sizeof(a), errors),
			bt_fmt_share(b, sizeof(b), o->error_share));
		return true;
	}
	if (o->p99_ns && r->response.q[BT_Q99] > o->p99_ns) {
		snprintf(r->reason, sizeof(r->reason), "p99 %s, limit %s",
			bt_fmt_ns(a, sizeof(a), (double)r->response.q[BT_Q99]),
			bt_fmt_ns(b, sizeof(b), (double)o->p99_ns));
		return true;
	}
	if (bt_reached(r) < o->reached && r->backlog_end > r->backlog_mid) {
		snprintf(r->reason, sizeof(r->reason),
			"rate not reached: %s of offered completed, backlog %llu",
			bt_fmt_share(a, sizeof(a), bt_reached(r)),
			(unsigned long long)r->backlog_end);
		return true;
	}
	return false;
}
