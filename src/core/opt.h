/*
 * opt.h: option tables. One row parses, bounds, defaults and documents one option; command line,
 * suites, man page, completion and the launch screen all read the same rows. Options that several
 * tables share are a table of their own, which one row includes: a group. A walk sees through it.
 */
#ifndef BT_OPT_H
#define BT_OPT_H

#include "base/base.h"
#include "base/err.h"

enum bt_opt_type {
	BT_OPT_FLAG,     /* bool; takes no value */
	BT_OPT_COUNT,    /* uint64_t; k M G */
	BT_OPT_DURATION, /* uint64_t, ns; ns us ms s m h d and sums */
	BT_OPT_SIZE,     /* uint64_t, bytes; KiB MiB GiB */
	BT_OPT_SHARE,    /* double, 0..1; written 5% or 0.05 */
	BT_OPT_NUMBER,   /* double; k M G */
	BT_OPT_CHOICE,   /* int: index into `choices` */
	BT_OPT_TEXT,     /* const char *, borrowed from the caller's text; UTF-8 */
	BT_OPT_PATH,     /* the same, any bytes: the name of a file */
	BT_OPT_STEP,     /* struct bt_step */
	BT_OPT_LIST,     /* struct bt_list of borrowed texts; may be repeated; UTF-8 */
	BT_OPT_PATHS,    /* the same, any bytes: names of files */
};

struct bt_step {
	double value;
	bool times; /* "x1.5": multiply; "10": add */
};

#define BT_LIST_MAX 32
struct bt_list {
	unsigned n;
	const char *v[BT_LIST_MAX];
};

struct bt_opt {
	const char *name; /* without the dashes */
	enum bt_opt_type type;
	size_t offset;    /* of the field in the configuration this table fills */
	const char *dflt; /* text as a user would write it; NULL: unset (0, false, NULL) */
	const char *arg;  /* name of the value in help: "N", "DURATION", "FILE"; NULL for a flag */
	double min, max;  /* bounds of the parsed number, both inclusive; both 0: none */
	const char *const *choices; /* NULL-ended, CHOICE only */
	const char *help;           /* one sentence, no full stop, under 100 characters */
	/* Whole sentences for the man page, which adds default, bounds and, where this does not
	 * name them all, choices; cli/manual.c lists the marks that it may have. */
	const char *man;
	/*
	 * Not NULL: this row stands for those of another table, which has no groups itself; only
	 * `offset` is set beside it, that of the structure which the other table fills.
	 */
	const struct bt_opt *group;
};
#define BT_OPT_END           \
	{                    \
		.name = NULL \
	}

/* The rows of a table in order, those of its groups in their place. */
struct bt_opt_walk {
	const struct bt_opt *at, *outer; /* the next row; the one behind the group it is in */
	size_t offset;                   /* of the row's own configuration in that of the table */
};
struct bt_opt_walk bt_opt_walk(const struct bt_opt *opts);  /* NULL: no rows */
const struct bt_opt *bt_opt_next(struct bt_opt_walk *walk); /* NULL: no more */
/* The row of that name; NULL: none. */
const struct bt_opt *bt_opt_row(const struct bt_opt *opts, const char *name);

/* A table and the configuration it fills. A set of these is what one command line or one suite
 * section may contain. */
struct bt_opt_set {
	const char *title; /* heading in help: "run", "profile stress", "workload sim" */
	const struct bt_opt *opts;
	void *conf;
};

/* Writes every row's default into conf, which is zeroed first by the caller. Asserts that defaults
 * parse. */
void bt_opt_defaults(const struct bt_opt *opts, void *conf);

/* Parses `text` for one row into conf. 0, or -EINVAL with the option, the text and what was
 * expected. */
int bt_opt_set_value(const struct bt_opt *opt, void *conf, const char *text, struct bt_err *err);

/* Finds the row called `name` in any of the n sets; *conf is what it fills, unless conf is NULL.
 * NULL when there is none. */
const struct bt_opt *bt_opt_find(
	const struct bt_opt_set *sets, unsigned n, const char *name, void **conf);

/* The name in the n sets that is nearest to a misspelt one, or NULL when none is near. */
const char *bt_opt_nearest(const struct bt_opt_set *sets, unsigned n, const char *name);

/*
 * Reads long options from argv[*at] on. Values stand as "--name value" or "--name=value"; "--" ends
 * them. Everything else goes to words[] (at most max_words; more is an error). 0 or -EINVAL.
 */
int bt_opt_parse(const struct bt_opt_set *sets, unsigned n, int argc, char *const *argv, int at,
	const char **words, unsigned max_words, unsigned *n_words, struct bt_err *err);

/* The place of the "--" that ends options in argv, from `at` on; argc: there is none. */
int bt_opt_end(const struct bt_opt_set *sets, unsigned n, int argc, char *const *argv, int at);

/*
 * -EINVAL, naming the option that supplies them, when URLs or headers in the sets hold credentials
 * or a masked value. bt_opt_parse calls it. `warning` not NULL: for text of an older version, whose
 * headers and URL parameters pass; *warning names the first.
 */
int bt_opt_check_secrets(
	const struct bt_opt_set *sets, unsigned n, struct bt_err *warning, struct bt_err *err);

bool bt_opt_is_list(const struct bt_opt *opt); /* may be repeated */

/* How many values a row has in conf: as many as a list holds, 1 for others, 0 for a text that is
 * NULL. */
unsigned bt_opt_count(const struct bt_opt *opt, const void *conf);
/*
 * Value i of bt_opt_count as a user writes it, whole, for bt_opt_set_value. A flag is "yes" or
 * "no". Free with free(); NULL: out of memory.
 */
char *bt_opt_value(const struct bt_opt *opt, const void *conf, unsigned i);

/* "1ms to 40d": the bounds of a row as a user writes them. False: it has none. */
bool bt_opt_range(char *buf, size_t size, const struct bt_opt *opt);

/* True when the option was given a value: FLAG set, TEXT not NULL, LIST not empty, a number not
 * 0. */
bool bt_opt_is_set(const struct bt_opt *opt, const void *conf);

#endif
