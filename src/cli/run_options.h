/* run_options.h: what `benchtop run` was asked to do: workload, profile and all option tables that
 * apply, filled. */
#ifndef BT_RUN_OPTIONS_H
#define BT_RUN_OPTIONS_H

#include "cli/cli.h"
#include "cli/endpoint.h"
#include "core/source.h"

struct bt_run_cli { /* options of the command itself */
	const char *profile, *db, *watch_name;
	struct bt_endpoint_conf endpoint;
	struct bt_list tags, thresholds, outputs;
	uint64_t status_interval_ns, repeat, watch_pid;
	int on_hangup;
	bool detach, no_tui, no_mouse, json;
};
enum {
	/* AUTO: with a dashboard detach, else stop. */
	BT_HANGUP_AUTO,
	BT_HANGUP_STOP,
	BT_HANGUP_DETACH
};
extern const struct bt_opt bt_run_cli_opts[];

struct bt_run_options {
	struct bt_run_cli cli;
	struct bt_run_conf run;
	struct bt_run_setup setup; /* points into this struct */
	void *workload_conf, *profile_conf;
	struct bt_setting *settings, *tags; /* owned, their texts too */
	unsigned n_settings, n_tags;
	int n_options; /* words before the "--" that ends options, or all */
	char *command_line;
	/* those it was read from, values of the tables point into them; owned, NULL-ended; NULL:
	 * read from elsewhere */
	char **words;
	/* Lent by who carries out several runs; NULL: the run's own, where it wants one. */
	struct bt_listen *listen;
	/* Called once the run has begun and has its number; NULL: nobody asks. */
	void (*begun)(void *arg, uint64_t run);
	void *begun_arg;
};

/* Reads argv (argv[0] the command's name). -1 to go on, else the exit status; what is wrong has
 * been said. */
int bt_run_options_read(
	struct bt_run_options *o, const struct bt_cli_command *cmd, int argc, char **argv);
/* The same without help, argv is copied; 0, or -EINVAL, -ENOMEM with words, so that others may put
 * theirs before them. */
int bt_run_options_words(struct bt_run_options *o, int argc, char **argv, struct bt_err *err);
/*
 * The way of those who have no argv: finds workload and profile and fills all tables with their
 * defaults (0, -EINVAL, -ENOMEM); values then go to the tables (bt_opt_set_value), and the command
 * line, malloc()ed, to o->command_line. After an error too, bt_run_options_fini.
 */
int bt_run_options_open(
	struct bt_run_options *o, const char *workload, const char *profile, struct bt_err *err);
#define BT_RUN_SETS 4 /* of the command, the load, the profile, the workload */
void bt_run_options_sets(struct bt_run_options *o, struct bt_opt_set sets[BT_RUN_SETS]);
/* A row of that name in the tables of any workload or profile, or nearest to it; NULL: none. */
const struct bt_opt *bt_run_options_find(const char *name);
const char *bt_run_options_nearest(const char *name);
/* "benchtop WORD...", quoted for a shell where it has to be. free(); NULL: no memory. */
char *bt_run_options_line(int argc, char *const *argv);
int bt_run_options_check_tag(const char *tag, struct bt_err *err); /* 0 or -EINVAL */
/* Once the seed is drawn: settings and tags as texts. 0, -ENOMEM. */
int bt_run_options_describe(struct bt_run_options *o, uint64_t seed, struct bt_err *err);
void bt_run_options_fini(struct bt_run_options *o);

#endif
