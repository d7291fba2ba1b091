/* launch.h: the tables of the command line as the launch view shows them, and the runs that it
 * starts. Main thread. */
#ifndef BT_CLI_LAUNCH_H
#define BT_CLI_LAUNCH_H

#include "base/words.h"
#include "cli/run_options.h"
#include "store/store.h"
#include "ui/launcher.h"

struct bt_cli_launch {
	struct bt_launch launch; /* what the view sees; its arg is this struct */
	const char *db;          /* as given; NULL: the usual place */
	bool no_mouse;
	struct bt_store *store; /* owned; NULL: there is no history yet */
	struct bt_launch_name workloads[64], profiles[16];
	struct bt_run_options options; /* of the last refresh; they own the plan */
	struct bt_words lists;         /* what they borrow */
	struct bt_run_plan plan;
};

/* Fills in what there is to choose, and the last launch. launch is zeroed, but for db, no_mouse and
 * store. */
void bt_cli_launch_open(struct bt_cli_launch *launch);
void bt_cli_launch_close(struct bt_cli_launch *launch);

/* For launch_start.c. */
void bt_cli_launch_refresh(struct bt_launch *launch);
/* Appends the run's words: "run", the workload, its options. 0 or -ENOMEM. */
int bt_cli_launch_words(const struct bt_cli_launch *launch, struct bt_words *words);
bool bt_cli_launch_is_list(const char *name); /* an option that may be repeated */
int bt_cli_launch_start(struct bt_launch *launch, bool suite, struct bt_err *err);
int bt_cli_launch_save(struct bt_launch *launch, const char *file, struct bt_err *err);
/* The file that keeps the last launch. */
int bt_cli_launch_recall(struct bt_cli_launch *launch);

#endif
