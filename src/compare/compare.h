/*
 * compare.h: two sets of runs held against each other: what differs, by how much at least, and how
 * small a difference this evidence could have shown. A run is one observation: intervals and p
 * values are over runs (stat.h). Main thread.
 */
#ifndef BT_COMPARE_H
#define BT_COMPARE_H

#include <stdio.h>

#include "judge/stat.h"
#include "compare/trial.h"
#include "compare/within.h"

/*
 * A comparison of two sets of runs of one kind calls something different at most this often, all
 * figures together (Holm): the rank-sum test's p value, adjusted, is held against it. Intervals are
 * those of each figure alone.
 */
#define BT_COMPARE_LEVEL      0.02
#define BT_COMPARE_CONFIDENCE 0.95

enum bt_trend {
	BT_TREND_UNKNOWN, /* a side has no such figure, or it is 0 everywhere */
	BT_TREND_TOO_FEW, /* not enough evidence */
	BT_TREND_NONE,    /* no difference resolved */
	BT_TREND_IMPROVED,
	BT_TREND_REGRESSED,
	BT_TREND_MIXED,          /* of a comparison: some figures improved, some regressed */
	BT_TREND_NOT_COMPARABLE, /* of a comparison */
};
/* "unknown", "not enough evidence", ... as in JSON; NULL-ended. */
extern const char *const bt_trend_name[];

struct bt_compared {
	struct bt_figure figure;
	double a, b;               /* medians over the trials; NAN: unknown */
	bool shift;                /* a share: change is b - a; else b / a */
	struct bt_interval change; /* low and high NAN: too few trials for an interval */
	double p, p_adjusted;      /* NAN: none */
	/* the smallest change, as a share (a share: in its own unit), that would have been called
	 * one */
	double resolvable;
	enum bt_trend trend;
};

struct bt_comparison {
	struct bt_compared rows[BT_COMPARED_MAX];
	enum bt_trend trend;
	bool within;     /* one run a side: intervals are over parts of the run */
	unsigned needed; /* trials that a verdict takes, counted in `units`; 0: there are enough */
	const char *units; /* "runs a side" */
	char why[320];     /* not comparable: why; else "" */
	char noted[512];   /* what is different or doubtful, though it does not hinder */
	/* changes smaller than this share count as none, and of memory those below 1 MiB */
	double floor;
	/* figures that a step has of its own are those at the highest step that all runs held */
	bool ramps;
	double at_rate; /* its rate, op/s; NAN: all runs held none, and there are no such figures */
};

struct bt_compare_conf {
	double floor; /* 0.01: a change under 1 % is none, however clear */
	bool anyway;  /* in spite of different options or machines */
	bool unsound; /* take invalid and unfinished runs as well */
	const struct bt_within *within_a, *within_b; /* of one run a side, or NULL */
};

void bt_compare(struct bt_comparison *out, const struct bt_trials *a, const struct bt_trials *b,
	const struct bt_compare_conf *conf);

/* How trials are laid out: what they are called where there are too few, and the smallest p value
 * that n of them can give. */
struct bt_compare_design {
	const char *units;
	double (*least_p)(unsigned n);
};

/*
 * For other designs than two sets: rows with their p values are there, and the smallest p value
 * that this evidence can give. Sets what follows from all rows together: adjusted p values, trends,
 * how many trials would be needed.
 */
void bt_compare_conclude(
	struct bt_comparison *c, const struct bt_compare_design *design, double least_p);

/*
 * The confidence at which an interval that leaves out "no change" makes a verdict, whatever the
 * other rows' p values are: the level shared among all rows that are tested (Holm's first step).
 * NAN: none is.
 */
double bt_compare_strictest(const struct bt_comparison *c);
/* The smallest change that is told from none, when the interval at that confidence is this one;
 * NAN: unknown. */
double bt_compare_resolvable(
	const struct bt_compared *row, const struct bt_interval *strict, double floor);

/* The signed size of a change: how much of the figure it is, above 0 when that is worse. */
double bt_compare_worse_by(const struct bt_compared *row, double change);
/* Too little to matter, however clear. */
bool bt_compare_too_small(const struct bt_compared *row, double floor);

/* As a table and plain sentences, at most 80 columns wide; and as one object (a new reference;
 * NULL: no memory). */
void bt_compare_print(FILE *out, const struct bt_comparison *c, const struct bt_trials *a,
	const struct bt_trials *b);
json_t *bt_compare_json(
	const struct bt_comparison *c, const struct bt_trials *a, const struct bt_trials *b);
/* Its rows alone. */
void bt_compare_print_rows(FILE *out, const struct bt_comparison *c);
json_t *bt_compare_rows_json(const struct bt_comparison *c);
/*
 * What is looked at of ramps, as a sentence; "": they are none. The sentence that says what came of
 * it. One run a side is no evidence: then it tells what differs between these two by more than it
 * does within each.
 */
void bt_compare_scope(char *out, size_t size, const struct bt_comparison *c);
void bt_compare_sentence(char *out, size_t size, const struct bt_comparison *c);

/* A change in the row's way, "1.230", "+0.50 pt"; buf takes BT_FMT_MAX bytes and is returned. NAN:
 * "-". */
char *bt_compare_change_text(char *buf, const struct bt_compared *row, double v);
/* What came of a row in two words: "regressed", "none (1.2 %)" with what could have been resolved,
 * "too few runs". */
void bt_compare_trend_text(char *out, size_t size, const struct bt_compared *row);

/* The runs of a set as text, "12-17, 20". Returns buf. */
char *bt_compare_runs(char *buf, size_t size, const struct bt_trials *trials);

#endif
