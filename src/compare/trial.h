/*
 * trial.h: the figures that runs are compared by, and sets of runs of one kind (trials). A run is
 * what is replicated: it gives one value of each figure, however many operations are in it. Main
 * thread.
 */
#ifndef BT_TRIAL_H
#define BT_TRIAL_H

#include <jansson.h>

#include "base/base.h"
#include "base/err.h"
#include "judge/figure.h"
#include "judge/verdict.h"

/* The compared row (figure.h) with this name in comparisons; -1: none. */
int bt_compared_find(const char *name);

/* A step of a ramp that held. */
struct bt_trial_step {
	double rate, throughput, p50, p95, p99, error_rate; /* op/s; latencies in ns */
};

struct bt_trial {
	uint64_t run; /* 0: not stored */
	enum bt_verdict verdict;
	bool ended;                  /* on its own: not stopped, not interrupted */
	double v[BT_COMPARED_MAX];   /* latencies in ns; NAN: unknown */
	struct bt_trial_step *steps; /* of a profile that looks for a rate; owned by the set */
	size_t n_steps;
};

#define BT_TRIALS_MAX 100

struct bt_trials {
	char name[80]; /* what the user called them */
	size_t n;
	struct bt_trial v[BT_TRIALS_MAX];
	/* what they have in common: workload, profile, mode, unit, options, environment, version;
	 * of the first */
	json_t *about;
	char finding[24], finding_unit[16]; /* of the profile's answer; "": it has none */
	char mixed[160];                    /* why they are not of one kind; "": they are */
};

void bt_trials_init(struct bt_trials *trials, const char *name); /* any memory */
/* Adds the run that this report (report.h) tells of. -EINVAL: not a report; -E2BIG: BT_TRIALS_MAX
 * are there; -ENOMEM. */
int bt_trials_add(struct bt_trials *trials, const char *report_json, struct bt_err *err);
void bt_trials_fini(struct bt_trials *trials);
/* A figure's values that are known, in the order of the trials. Returns how many. out has room for
 * trials->n. */
size_t bt_trials_values(const struct bt_trials *trials, enum bt_figure_id figure, double *out);

/*
 * Ramps end where they break, so that what the whole of one took says little about another that
 * went further. Where all runs of both sets have steps they are held against each other at the
 * highest rate that all of them held.
 */
bool bt_trials_are_ramps(const struct bt_trials *a, const struct bt_trials *b);
/* That rate in op/s; NAN: no step was held by all. */
double bt_trials_common_rate(const struct bt_trials *a, const struct bt_trials *b);
/* bt_trials_values at the step of this rate, for the figures that a step has of its own; others are
 * those of the whole run. */
size_t bt_trials_values_at(
	const struct bt_trials *trials, enum bt_figure_id figure, double rate, double *out);
bool bt_figure_of_step(enum bt_figure_id figure); /* is it one of those? */
/* The steps as an array of [rate, throughput, p50, p95, p99, error rate], and back: 0; -EINVAL: not
 * one; -ENOMEM. */
json_t *bt_trial_steps_json(const struct bt_trial *trial);
int bt_trial_steps_read(struct bt_trial *trial, const json_t *array);
/* A figure's unit and direction; the finding's depend on the profile that answered. */
struct bt_figure bt_trials_figure(const struct bt_trials *trials, enum bt_figure_id figure);

/* True for options that may differ between runs of one kind: the seed, and what each has to keep
 * to. */
bool bt_trials_free_option(const char *name);

/*
 * Why runs of these two kinds cannot be held against each other, in words: "option --size differs:
 * 250 and 500". False: they can. What each has to keep to, its seed and its tags do not count.
 * *grave: no wish of the user makes them comparable.
 */
bool bt_trials_differ(char *why, size_t size, bool *grave, const json_t *a, const json_t *b);
/* What is different and could explain a difference, as "version 0.1.0 and 0.2.0; kernel ..."; "":
 * nothing. */
void bt_trials_changes(char *text, size_t size, const json_t *a, const json_t *b);

#endif
