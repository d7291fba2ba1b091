/*
 * launcher.h: a run that is being put together. The screens know no workload: what there is to
 * choose, what is wrong with it and what it would do come as plain descriptions from whoever opened
 * the dashboard (bt_launch_ops). Main thread only.
 */
#ifndef BT_UI_LAUNCH_H
#define BT_UI_LAUNCH_H

#include "base/base.h"
#include "base/err.h"
#include "core/segment.h"

struct bt_store;

#define BT_LAUNCH_FIELDS 128

struct bt_launch_name {
	const char *name, *summary;
};

struct bt_launch_field {
	const char *group; /* "profile stress": a heading above the first field of each */
	const char *name, *help;
	const char *dflt;           /* as a user would write it; NULL: unset */
	const char *const *choices; /* NULL-ended; NULL: it is typed */
	bool flag;                  /* its value is "yes" or none */
	char expects[160];          /* "a duration (250ms, 10s, 1m30s) from 1ms to 40d" */
	char problem[400];          /* why its value is refused; empty: it is not */
};

enum bt_launch_focus { BT_LAUNCH_WORKLOAD, BT_LAUNCH_PROFILE, BT_LAUNCH_OPTIONS };

struct bt_launch {
	const struct bt_launch_ops *ops;
	void *arg;
	const struct bt_launch_name *workloads, *profiles;
	unsigned n_workloads, n_profiles, workload, profile; /* the last two: the chosen ones */
	/* What the user gave, by the option's name, so that it stays when another workload has that
	 * option too. */
	struct bt_launch_value {
		/* Owned; text: of an option that may be repeated, the words of a line (words.h). */
		char *name, *text;
	} * values;
	unsigned n_values;
	/* Made anew by refresh. */
	struct bt_launch_field fields[BT_LAUNCH_FIELDS];
	unsigned n_fields;
	const struct bt_segment *segments; /* the planned load; 0: there is none to be drawn */
	unsigned n_segments;
	bool more;         /* segments than these */
	char problem[400]; /* why it cannot be started; empty: it can */
	char *command;     /* the equivalent command line, owned; NULL: none yet */
	char notice[400];  /* message for the first time the view is shown; empty: none */
	/* Where the user is. */
	enum bt_launch_focus focus;
	unsigned at; /* the field under the cursor */
};

struct bt_launch_ops {
	/* After any change of workload, profile or value: fields, problems, plan and command
	 * line. */
	void (*refresh)(struct bt_launch *launch);
	/*
	 * Carries the run out, as a command or as a suite of one section, on the terminal that the
	 * dashboard has given back. 0 when it took place; -errno with words: it could not.
	 */
	int (*start)(struct bt_launch *launch, bool suite, struct bt_err *err);
	/* Appends it to a suite file, which is made if need be. 0; -errno with words. */
	int (*save)(struct bt_launch *launch, const char *file, struct bt_err *err);
	/* The history after a run; NULL: there is none. */
	struct bt_store *(*store)(struct bt_launch *launch);
};

/* The value given for an option; NULL: none. */
const char *bt_launch_given(const struct bt_launch *launch, const char *name);
/* The same; "": none. */
const char *bt_launch_get(const struct bt_launch *launch, const char *name);
/* Gives one, of any bytes; NULL takes it away. False: out of memory. */
bool bt_launch_set(struct bt_launch *launch, const char *name, const char *text);
/* Frees values and command line. */
void bt_launch_fini(struct bt_launch *launch);
/* How long the plan lasts in ns; 0: not known beforehand. */
uint64_t bt_launch_span(const struct bt_launch *launch);
/* The plan in words: "12 steps, 100 to 1.20k op/s, 6:00". */
void bt_launch_words(char *buf, size_t size, const struct bt_launch *launch);

#endif
