/* sample.h: the interval of a snapshot as a row of figures: what the tables of the exports have.
 * Values only. */
#ifndef BT_SAMPLE_H
#define BT_SAMPLE_H

#include "judge/tally.h"

/* Unknown is NAN, or UINT64_MAX. */
struct bt_sample_row {
	double t_s, span_s; /* its end since the run's start, and its length */
	unsigned segment, step;
	bool scored;
	struct bt_counts counts; /* what ended in it */
	double throughput;       /* completed a second */
	double target_rate;
	/* Response time; service time in a closed loop. */
	uint64_t p50_ns, p90_ns, p95_ns, p99_ns, p999_ns, max_ns;
	uint64_t queue_p99_ns, service_p99_ns;
	uint64_t backlog, rss_bytes;
	double cpu; /* processors in use */
};

/* The processor time at the end of the last row, for the next one's `cpu`. Zeroed before the
 * first. */
struct bt_sample_mark {
	uint64_t cpu_ns, t_ns;
	bool known;
};

void bt_sample_of(struct bt_sample_row *out, struct bt_sample_mark *mark,
	const struct bt_tally *tally, const struct bt_snapshot *snap);

#endif
