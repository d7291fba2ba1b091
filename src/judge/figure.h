/*
 * figure.h: the figures of a run, one row each: its name, unit, and how it is read, of the run so
 * far and of a stretch of it. Thresholds, their names in messages and the check of their reach read
 * this table. Any thread; values only.
 */
#ifndef BT_JUDGE_FIGURE_H
#define BT_JUDGE_FIGURE_H

#include "base/unit.h"
#include "core/profile.h"
#include "judge/tally.h"

/* What is cumulative, at one moment. */
struct bt_mark {
	struct bt_counts total;
	uint64_t scored_ns, t_ns, cpu_ns, rss_bytes;
	uint64_t cpu_at_ns; /* when cpu_ns was read */
	union bt_value metrics[BT_METRICS_MAX];
};
void bt_mark_of(struct bt_mark *out, const struct bt_snapshot *snap);
/* The run between two marks, with its merged latencies and its highest resident memory (0: not
 * known). */
struct bt_stretch {
	const struct bt_mark *from, *to;
	const struct bt_hist *latency; /* of the threshold's source; NULL for others */
	uint64_t rss_peak;
};

/* Where a figure is known. */
enum bt_figure_reach { BT_OF_ANY_STRETCH, BT_OF_THE_RUN, BT_AT_THE_END };

struct bt_run_figure {
	const char *name; /* as in the report */
	enum bt_unit unit;
	enum bt_figure_reach reach;
	/* never falls while a run lasts: crossed from below says nothing before its end */
	bool grows;
	bool early;                                     /* known before any time is scored */
	double (*of_run)(const struct bt_tally *tally); /* NAN: unknown */
	double (*of_stretch)(const struct bt_stretch *stretch); /* of BT_OF_ANY_STRETCH only */
	bool (*of_profile)(const struct bt_profile *profile);   /* NULL: of every profile's runs */
};

/* Ends with a row without a name. */
extern const struct bt_run_figure bt_run_figures[];
/* Whether runs of this profile (NULL: unknown) have the figure. */
bool bt_run_figure_exists(const struct bt_run_figure *figure, const char *profile);

#endif
