/* sample.h: the interval of a snapshot as a row of figures: what the tables of the exports have.
 * Values only. */
#ifndef BT_SAMPLE_H
#define BT_SAMPLE_H

#include "judge/figure.h"

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
	double cpu;              /* processors in use */
	struct bt_mark from, to; /* of the interval, for bt_sample_figure */
	uint64_t rss_peak;
};

/* Where the last row ended. Zeroed before the first. */
struct bt_sample_mark {
	struct bt_mark at;
	bool known;
};

void bt_sample_of(struct bt_sample_row *out, struct bt_sample_mark *mark,
	const struct bt_tally *tally, const struct bt_snapshot *snap);
/* A figure with BT_IN_SAMPLES over the row's interval. NAN: unknown. */
double bt_sample_figure(const struct bt_sample_row *row, const struct bt_figure *figure);
/* The next such figure behind one; NULL: the first, and the last. */
const struct bt_figure *bt_sample_next(const struct bt_figure *figure);

#endif
