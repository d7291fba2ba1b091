/* trials.h: several runs with the same options, one after the other: what `run --repeat`, `check`
 * and `ab` are made of. Main thread. */
#ifndef BT_CLI_TRIALS_H
#define BT_CLI_TRIALS_H

#include "cli/session.h"
#include "compare/trial.h"

/*
 * Fills the options of the next run by bt_run_options_words: the trial is a program started with
 * these words. -1 to go on, else the exit status, what is wrong having been said.
 */
typedef int bt_trial_fill(struct bt_run_options *o, void *arg);

struct bt_trial_group {
	bt_trial_fill *fill;
	void *arg;
	const char *db;
	const struct bt_endpoint_conf *endpoint; /* of each trial; NULL: as its own words say */
	char name[24];                           /* of the group: each run is tagged group=NAME */
	const char *part;                        /* a second tag, as "set=2"; NULL: none */
	unsigned done, of;                       /* for progress: runs so far, and in all */
	json_t *reports; /* an array that reports are added to; NULL: they are not kept */
	int worst;       /* exit status of the runs so far: 0, 1 */
};

/* A name that no other group has, unless the user's tags gave one. */
void bt_trial_group_init(struct bt_trial_group *group, bt_trial_fill *fill, void *arg);

/*
 * Carries out one run and adds it to trials. Its seed is the user's plus the number of runs before,
 * so that trials differ. -1 to go on; else the exit status: the run could not be carried out, or a
 * signal ended it. An answer or threshold that failed goes to group->worst.
 */
int bt_trial_run(struct bt_trial_group *group, struct bt_trials *trials);
/* n of them. */
int bt_trials_run(struct bt_trial_group *group, struct bt_trials *trials, unsigned n);

/* The runs of a group as a table, with the median and the spread of each figure. */
void bt_trials_print(FILE *out, const struct bt_trials *trials);

/* `benchtop run --repeat N`: argv as the command got it. Returns the exit status. */
int bt_cli_repeat(const struct bt_cli_command *cmd, int argc, char **argv,
	const struct bt_run_options *first);

#endif
