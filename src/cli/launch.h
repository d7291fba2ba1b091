/* launch.h: the tables of the command line as the launch view shows them, and the runs that it starts. Main thread. */
#ifndef BT_CLI_LAUNCH_H
#define BT_CLI_LAUNCH_H

#include "cli/run_options.h"
#include "record/store.h"
#include "ui/launch.h"

#define BT_LAUNCH_LISTS 4 /* options of one run that can be given several times */

struct bt_cli_launch {
	struct bt_launch launch; /* what the view sees; its arg is this struct */
	const char *db;          /* as given; NULL: the usual place */
	bool no_mouse;
	struct bt_store *store; /* owned; NULL: there is no history yet */
	struct bt_launch_name workloads[64], profiles[16];
	struct bt_run_options options;               /* of the last refresh; the plan is theirs */
	char lists[BT_LAUNCH_LISTS][BT_LAUNCH_TEXT]; /* what they borrow */
	unsigned n_lists;
	struct bt_run_plan plan;
};

/* Fills in what there is to choose, and the last launch. launch is zeroed, but for db, no_mouse and store. */
void bt_cli_launch_open(struct bt_cli_launch *launch);
void bt_cli_launch_close(struct bt_cli_launch *launch);

/* For launch_start.c. */
void bt_cli_launch_refresh(struct bt_launch *launch);
/* The run's words: "run", the workload, its options. The texts are the launch's but those in `owned`, to be freed. 0 or -ENOMEM. */
#define BT_LAUNCH_WORDS 320
struct bt_launch_argv {
	char *v[BT_LAUNCH_WORDS];
	int n;
};
int bt_cli_launch_words(const struct bt_cli_launch *launch, struct bt_launch_argv *words);
void bt_cli_launch_words_free(struct bt_launch_argv *words);
int bt_cli_launch_start(struct bt_launch *launch, bool suite, struct bt_err *err);
int bt_cli_launch_save(struct bt_launch *launch, const char *file, struct bt_err *err);
/* The file that keeps the last launch. */
int bt_cli_launch_recall(struct bt_cli_launch *launch);

#endif
