/*
 * workload.h: the contract of a thing under test. One const table per file in workloads/, plus one
 * line in workloads/registry.c. The core allocates configuration, per-worker state and the calls; a
 * workload allocates only in prepare and enter.
 *
 * A workload that computes has `op`: the work is done when it returns. A workload that waits (for a
 * server) has `submit`, which begins a call, and `wait`, in which begun calls end through
 * bt_call_done().
 */
#ifndef BT_WORKLOAD_H
#define BT_WORKLOAD_H

#include "base/base.h"
#include "base/err.h"
#include "core/metric.h"
#include "core/opt.h"

struct bt_budget;
struct bt_clock;
struct bt_filling; /* of a data set, while it grows */

enum bt_outcome {
	BT_DONE,   /* completed, and the answer was right */
	BT_FAILED, /* counted under error_class; the run goes on */
	BT_FATAL,  /* as BT_FAILED, and the run ends after it, exit status 1 */
};

struct bt_result {
	enum bt_outcome outcome;
	unsigned error_class; /* row of error_classes when not BT_DONE */
	uint64_t units; /* what units_per_s counts: transactions of a block, samples of a batch */
};

#define BT_ERROR_CLASSES_MAX 24
#define BT_NO_MEMORY         "out-of-memory"

/* One operation in flight of a workload that waits. Owned by the core; the workload has it from
 * submit to bt_call_done. */
struct bt_call {
	uint64_t n;        /* number of the operation in the run */
	uint64_t due_ns;   /* intended start */
	uint64_t start_ns; /* actual start */
	union {
		void *p;
		uint64_t u[2];
	} own;                    /* the workload's */
	struct bt_worker *worker; /* the core's */
	unsigned segment;         /* the core's */
	unsigned next;            /* the core's */
};

/* What a workload is told. Valid as long as the run. */
struct bt_env {
	struct bt_clock *clock;
	uint64_t seed;
	unsigned worker;  /* index of the worker (enter) among those of `shared`, 0 in prepare */
	unsigned workers; /* how many of them there can be */
	/*
	 * Calls this worker may have in flight (submit/wait); in prepare: all of `shared` together.
	 */
	unsigned concurrency;
	const void *conf;         /* filled by opts */
	void *shared;             /* what prepare returned */
	struct bt_meter *meter;   /* this worker's metrics (enter); NULL in prepare */
	struct bt_budget *budget; /* what the memory of a data set that grows is taken from */
	/* Prepare; may be NULL. */
	void (*progress)(void *arg, const char *what, uint64_t done, uint64_t total);
	void *progress_arg;
	/* prepare: one line about its inputs, copied, which the run's environment keeps; may be
	 * NULL. */
	void (*remark)(void *arg, const char *text);
	void *remark_arg;
};

/* In text mode a line of progress each time a COUNTER has grown by `step`: "block 120,  1,180
 * blocks/s,  5,430 inputs/s". */
struct bt_milestone {
	const char *one; /* of what is counted: "block" */
	unsigned row;    /* COUNTER that is counted */
	unsigned beside; /* another one, whose rate is told with it */
	uint64_t step;
};

struct bt_workload {
	const char *name;                /* "bitcoin.block" */
	const char *summary;             /* one line for `benchtop list` */
	const char *unit;                /* of units, plural: "transactions" */
	const struct bt_opt *opts;       /* ended by BT_OPT_END; NULL: none */
	const struct bt_metric *metrics; /* ended by name NULL; NULL: none */
	/*
	 * NULL-ended; a name that begins "wrong-" or "invalid-" makes exit status 1, one that is
	 * BT_NO_MEMORY says that memory failed.
	 */
	const char *const *error_classes;
	const struct bt_milestone *milestone; /* NULL: none */
	/* Of metrics for Prometheus, ended by name NULL; NULL: none. */
	const struct bt_alias *aliases;
	size_t conf_size, state_size;
	bool simulated; /* may run under the virtual clock: takes all its time from env->clock */
	/* The default number of calls in flight in a closed loop; 0: one a worker. */
	unsigned concurrency;
	/* How many operations there are: a run without --ops and --duration does them all, none is
	 * told to do more. NULL: no end. */
	uint64_t (*supply)(const void *conf);
	/* The profile it has when nobody names one; NULL: load. */
	const char *profile;
	/* The i-th size, in units an operation, that profile `sizes` goes through; 0: no more.
	 * After `check`. NULL: operations have none. */
	uint64_t (*size)(const void *conf, unsigned i);
	/* Whether the options fit together: 0, or -EINVAL with words (exit status 2). First of all;
	 * NULL: they always do. */
	int (*check)(const void *conf, struct bt_err *err);
	/* Once for those that share it, before any worker: reads files, builds shared data.
	 * -ENOENT, -EINVAL, … end the run with exit status 3. */
	int (*prepare)(void **shared, const struct bt_env *env, struct bt_err *err);
	/*
	 * Brings the data set that operations work on to so many items, from whatever it has; 0:
	 * gives all its memory back. Called in one worker's thread between segments, when no
	 * operation is in progress: it may change what operations only read. Its memory comes from
	 * env->budget. NULL: there is none that grows. 0; -ENOMEM, after which it is asked to
	 * release what it has; -ECANCELED when bt_fill_on said no; anything else ends the run.
	 */
	int (*fill)(void *shared, uint64_t items, struct bt_filling *filling, struct bt_err *err);
	/* Per worker, in the worker's thread, before the clock runs. state is zeroed, 64-byte
	 * aligned. env is the worker's. */
	int (*enter)(void *state, const struct bt_env *env, struct bt_err *err);
	/* With `size`: operations from now on have so many units. In the worker's thread, before
	 * the first of a segment; not called: `size` in turn. */
	void (*resize)(void *state, uint64_t units);
	struct bt_result (*op)(void *state, uint64_t n);
	/* Begins a call. It may end inside submit. */
	void (*submit)(void *state, struct bt_call *call);
	/* Ends what is ready, else waits until something is, or until_ns. May return early. */
	void (*wait)(void *state, uint64_t until_ns);
	void (*leave)(void *state);     /* after an enter that succeeded */
	void (*teardown)(void *shared); /* after a prepare that succeeded */
};

/* Says how many items a data set has by now, each few ms; false: the run is to end, and the filling
 * with -ECANCELED. */
bool bt_fill_on(struct bt_filling *filling, uint64_t items);

/* Ends a call at end_ns (the env clock's now(), or the moment a simulated server finished).
 * Worker's thread only. */
void bt_call_done(struct bt_call *call, struct bt_result result, uint64_t end_ns);

/*
 * Keeps words about an error of this class: the first BT_NOTES_EACH a class a worker, later ones
 * are dropped. `state` is the pointer the core gave. Worker's thread only; no lock, no allocation.
 */
#define BT_NOTES_EACH 8
#define BT_NOTE_MAX   320
void bt_note(void *state, unsigned error_class, const char *fmt, ...) BT_PRINTF(3, 4);

/* A failed result of this class, with words kept as bt_note does. */
struct bt_result bt_failed(void *state, unsigned error_class, const char *fmt, ...) BT_PRINTF(3, 4);

/*
 * For `leave`: n operations that this worker completed were wrong all the same, as only the end
 * could tell, or units of them were: they become failures of this class. Never more than were
 * completed.
 */
void bt_take_back(void *state, unsigned error_class, uint64_t n, uint64_t units);

/* Sleeps on the run's clock until until_ns or until the run wants the worker's attention. For
 * `wait` of simulated workloads. */
void bt_pause(void *state, uint64_t until_ns);

#endif
