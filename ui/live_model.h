/*
 * live_model.h: what the screens know of one run, gathered from its snapshots in fixed memory
 * however long it lasts. The time series is a ring of points that halves its resolution when it is
 * full. A point keeps counts and coarse histograms (eight buckets an octave), both of which add, so
 * a percentile of any stretch of time comes from merged histograms; only charts are drawn from it,
 * figures are the snapshots' exact ones, those of a window of time the trace's. Main thread only.
 */
#ifndef BT_UI_MODEL_H
#define BT_UI_MODEL_H

#include "judge/verdict.h"
#include "ui/trace.h"

#define BT_POINTS     1024
#define BT_POINT_NS   (100 * BT_NS_PER_MS) /* a point's length at first */
#define BT_COARSE_LEN 288                  /* 2^6 ns to 2^42 ns, over an hour */
#define BT_SLOWEST    8

/* What happened in a stretch of time. */
struct bt_point {
	uint64_t span_ns;             /* how much of it snapshots told of; 0: unknown */
	uint64_t cpu_ns, cpu_span_ns; /* used, and over how much of the time that is known */
	uint64_t rss_bytes;           /* highest; 0: unknown */
	double offered, completed, failed, expired;
	bool paused;
	struct bt_coarse {
		uint16_t lo, hi; /* touched buckets; lo > hi: none */
		uint32_t c[BT_COARSE_LEN];
	} times[BT_LATENCIES];
};

struct bt_model {
	const struct bt_run_info *info;
	struct bt_tally tally;
	struct bt_judgement judgement; /* renewed once a second of the run and at its end */
	uint64_t judged_ns;
	bool ended;              /* the last snapshot there will be was put */
	struct bt_point *points; /* point i holds from i × point_ns to (i + 1) × point_ns */
	unsigned n_points;
	uint64_t point_ns;
	struct bt_trace trace;
	struct bt_point recent;             /* the last second, at least the last snapshot */
	uint64_t cpu_ns, cpu_at_ns;         /* usage when it was last read, and when that was */
	struct bt_slow slowest[BT_SLOWEST]; /* of the run so far, slowest first */
	unsigned n_slowest;
	struct bt_metric_mark {
		uint64_t t_ns;
		uint64_t u[BT_METRICS_MAX];
		struct bt_net net;
		struct bt_watched watched;
	} marks[2]; /* the counters one to two seconds ago, and less than one second ago */
};

/* info must outlive the model; it is read from the first snapshot on. 0 or -ENOMEM. All memory is
 * touched here. */
int bt_model_init(struct bt_model *model, const struct bt_run_info *info, struct bt_err *err);
void bt_model_fini(struct bt_model *model);
void bt_model_put(struct bt_model *model, const struct bt_snapshot *snap);
/* No more will come, although no snapshot said that it was the last: an interrupted run. */
void bt_model_end(struct bt_model *model);

/* The last snapshot, or NULL before the first. */
const struct bt_snapshot *bt_model_last(const struct bt_model *model);
/* The current segment's record, or NULL before the first. */
const struct bt_segment_record *bt_model_segment(const struct bt_model *model);

/* A COUNTER row per second: over the last second or two, at the end over the run; NAN when
 * unknown. */
double bt_model_metric_rate(const struct bt_model *model, unsigned row);

/* The sum of points from..to, both inclusive and clamped to what there is. */
void bt_model_sum(struct bt_point *out, const struct bt_model *model, unsigned from, unsigned to);
/* Percentile of a point's histogram in ns, within 1/8; NAN when empty. */
double bt_point_quantile(const struct bt_point *point, enum bt_time time, double q);
/* Lower edge of a coarse bucket in ns; that of BT_COARSE_LEN is the last one's upper edge. */
double bt_coarse_low(unsigned index);
/* The time that stands for an operation's latency: response time; service time when the loop is
 * closed. */
enum bt_time bt_model_time(const struct bt_model *model);
/* Events a second: count over the known part of the point; NAN when unknown. */
double bt_point_rate(const struct bt_point *point, double count);

#endif
