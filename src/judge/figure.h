/*
 * figure.h: the catalogue of the figures of a run, one row each: what it is called, its unit, which
 * way is better, how it is read (of the run so far, of a stretch of it, of a report) and where it
 * appears. Reports and thresholds have every figure; comparisons, baselines, the history, tables of
 * samples and metrics have those that say so. Any thread; values only.
 */
#ifndef BT_JUDGE_FIGURE_H
#define BT_JUDGE_FIGURE_H

#include <jansson.h>

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

/* Where a figure appears besides reports and thresholds, as bits. */
enum bt_figure_place {
	BT_IN_COMPARE = 1 << 0, /* comparisons and baselines */
	BT_IN_GATE = 1 << 1,    /* `check` looks at it unless told otherwise */
	BT_IN_HISTORY = 1 << 2, /* a column and a word of the filter */
	BT_IN_SAMPLES = 1 << 3, /* tables with a row a snapshot; has of_stretch */
	BT_IN_METRICS = 1 << 4, /* a gauge of its own, benchtop_NAME */
};

/* Rows that code speaks of. Compared rows come first in the catalogue; these are the first. */
enum bt_figure_id {
	BT_FIG_THROUGHPUT,
	BT_FIG_P50,
	BT_FIG_P90,
	BT_FIG_P95,
	BT_FIG_P99,
	BT_FIG_P999,
	BT_FIG_CPU,
	BT_FIG_MEMORY,
	BT_FIG_ERRORS,
	BT_FIG_FINDING,
};
#define BT_COMPARED_MAX 16 /* rows that are compared, at most */
#define BT_FIGURES_MAX  64 /* rows, at most */

struct bt_figure {
	const char *name;     /* in reports and thresholds; NULL: the row behind the last */
	const char *compared; /* in comparisons and baselines; NULL: the name */
	const char *listed;   /* the history's column, and word of the filter; NULL: the name */
	const char *heading;  /* of that column on the screen; NULL: as listed */
	const char *help;     /* a clause: "highest resident memory" */
	enum bt_unit unit;
	bool rate;   /* a second: comparisons and columns say so */
	int better;  /* 1: more is better, -1: less is, 0: neither */
	unsigned in; /* enum bt_figure_place */
	enum bt_figure_reach reach;
	/* Never falls while a run lasts: crossed from below says nothing before its end. */
	bool grows;
	bool early; /* known before any time is scored */
	/* Readers; NAN: unknown. NULL of_run: thresholds find it elsewhere (latencies), or have
	 * none. */
	double (*of_run)(const struct bt_tally *tally);
	double (*of_stretch)(const struct bt_stretch *stretch); /* of BT_OF_ANY_STRETCH only */
	double (*of_report)(const json_t *report); /* NULL: the member with the name, a number */
	bool (*of_profile)(const struct bt_profile *profile); /* NULL: of every profile's runs */
};

/* Ends with a row without a name. */
extern const struct bt_figure bt_figures[];
/* How many of the first rows are compared, and how many rows there are. */
unsigned bt_figures_compared(void);
unsigned bt_figures_count(void);
/* Whether runs of this profile (NULL: unknown) have the figure. */
bool bt_figure_exists(const struct bt_figure *figure, const char *profile);
/* What it is called in comparisons and in the history. */
const char *bt_figure_compared(const struct bt_figure *figure);
const char *bt_figure_listed(const struct bt_figure *figure);
/* The row with this name; NULL: none. */
const struct bt_figure *bt_figure_named(const char *name);
/* Its value in a report. NAN: unknown. */
double bt_figure_of_report(const struct bt_figure *figure, const json_t *report);
/* Its value over a stretch. NAN: unknown, or only known of the run. */
double bt_figure_of_stretch(const struct bt_figure *figure, const struct bt_stretch *stretch);

#endif
