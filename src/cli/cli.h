/* cli.h: what the commands share: their table, exit statuses, option sets, help, words about an
 * error. */
#ifndef BT_CLI_H
#define BT_CLI_H

#include <jansson.h>
#include <stdio.h>

#include "base/stop.h"
#include "core/opt.h"
#include "core/profile.h"
#include "core/run.h"
#include "core/workload.h"

enum bt_exit {
	BT_EXIT_DONE = 0,
	BT_EXIT_FAILED = 1, /* a threshold failed, or an answer was wrong */
	BT_EXIT_USAGE = 2,
	BT_EXIT_CANNOT = 3,   /* could not run */
	BT_EXIT_UNKNOWN = 4,  /* not enough evidence, or an invalid measurement */
	BT_EXIT_SIGNAL = 128, /* + the signal's number */
};

/* One command: one file with one const table, plus one line in commands.c. */
struct bt_cli_command {
	const char *name;
	const char *usage;         /* behind the name: "WORKLOAD [OPTION...]" */
	const char *summary;       /* one line */
	const struct bt_opt *opts; /* its own options; NULL: only --help */
	bool takes_run_options;    /* and those of runs, profiles and workloads */
	bool hidden;
	/* argv[0] is the command's name; returns the exit status. */
	int (*run)(int argc, char **argv);
};
extern const struct bt_cli_command *const bt_cli_commands[]; /* NULL-ended */

/*
 * Whether standard input and output are a terminal that TERM names and that is not "dumb": else the
 * program prints lines.
 */
bool bt_cli_has_screen(void);

/* From now on SIGINT, SIGTERM and SIGHUP set bt_stop_signal; ignore_hangup ignores the last. */
void bt_cli_catch_signals(bool ignore_hangup);
/*
 * Sets how long the program may run after the first of these signals: ns and a second; then it
 * exits, even while something waits. UINT64_MAX: no limit, while waiting for a child that has its
 * own. Initially 0. No effect after a signal.
 */
void bt_cli_patience(uint64_t ns);

/* Prints "benchtop: words" to standard error and returns status. */
int bt_cli_fail(int status, const char *fmt, ...) BT_PRINTF(2, 3);
int bt_cli_fail_err(int status, const struct bt_err *err);

/* Shows progress on a terminal, in one line of standard error; done == total ends the line. */
void bt_cli_progress(void *unused, const char *what, uint64_t done, uint64_t total);

/*
 * Print a JSON document and a newline to standard output, hidden characters as escapes.
 * bt_standard_close finds write errors, for every command. bt_cli_put_json takes its document over:
 * 0, or -ENOMEM (a NULL one, too).
 */
int bt_cli_put_json(json_t *document, size_t flags, struct bt_err *err);
void bt_cli_put_document(const char *json);

/* --help of a command. Returns BT_EXIT_DONE. */
int bt_cli_help(const struct bt_cli_command *cmd);
/* Rows as help shows them; nothing for an empty table. */
void bt_cli_print_opts(FILE *out, const char *title, const struct bt_opt *opts);

/*
 * Options of a command that takes no run: parses argv into conf and words. Returns -1 to go on,
 * else the exit status (help was asked for, or the usage was wrong and has been said).
 */
int bt_cli_parse(const struct bt_cli_command *cmd, void *conf, int argc, char **argv,
	const char **words, unsigned max_words, unsigned *n_words);

/* -o, the one short option, becomes --output where it is no option's value. */
void bt_cli_lengthen(int argc, char **argv);
/* The name that is nearest to a misspelt one in a NULL-ended list, or NULL. */
const char *bt_cli_nearest(const char *name, const char *const *names);

/* NULL-ended names, for messages and completion. Static memory. */
const char *const *bt_cli_workload_names(void);
const char *const *bt_cli_profile_names(void);

/* Group of the commands that open the dashboard: a bool. */
extern const struct bt_opt bt_cli_mouse_opts[];
/* Group of the commands that read or write the history: a const char *. */
extern const struct bt_opt bt_cli_db_opts[];

#endif
