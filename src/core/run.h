/*
 * run.h: one run from its options to its last snapshot.
 *
 *   bt_run_open    allocates all, reads the memory floor, prepares the workload, starts the
 * threads, which enter it and wait bt_run_start   the clock runs: the first segment is published
 *   bt_run_source  snapshots and commands; the last snapshot says `last`
 *   bt_run_close   ends what is not ended and frees all
 */
#ifndef BT_RUN_H
#define BT_RUN_H

#include "base/clock.h"
#include "core/opt.h"
#include "core/profile.h"
#include "core/source.h"
#include "core/watch.h"
#include "core/workload.h"

struct bt_run;

/* The options every run has (bt_run_opts); see benchtop(1). */
struct bt_run_conf {
	uint64_t workers, concurrency, duration_ns, ops, warmup_ns, max_age_ns, drain_ns, seed;
	double rate;
	int arrivals, late, pacing, dispatch, clock;
};
extern const struct bt_opt bt_run_opts[];

struct bt_run_setup {
	const struct bt_workload *workload;
	const void *workload_conf;
	const struct bt_profile *profile;
	const void *profile_conf;
	const struct bt_run_conf *conf;
	struct bt_watch_target watch; /* zeros: nobody is watched */
	/* All that there are, NULL-ended, to name others; may be NULL. */
	const struct bt_workload *const *workloads;
	/* May be NULL. */
	void (*progress)(void *arg, const char *what, uint64_t done, uint64_t total);
	void *progress_arg;
};

/* Whether the options fit together: 0, or -EINVAL with words. bt_run_open asks it too. Any thread;
 * nothing is opened. */
int bt_run_check(const struct bt_run_setup *setup, struct bt_err *err);

#define BT_PLAN_SEGMENTS 512
struct bt_run_plan {
	struct bt_segment segments[BT_PLAN_SEGMENTS];
	unsigned n;
	bool more; /* than fit in here */
};
/*
 * The segments as the profile goes through them when every operation ends well: a ramp does not
 * break, a search climbs on. Errors as of bt_run_check. Any thread; nothing is opened, and no time
 * passes.
 */
int bt_run_plan(struct bt_run_plan *plan, const struct bt_run_setup *setup, struct bt_err *err);
/*
 * Main thread. -EINVAL: the options contradict each other (usage); anything else: the workload
 * cannot run. Texts and configurations of the setup stay the caller's and must outlive the run.
 */
int bt_run_open(struct bt_run **run, const struct bt_run_setup *setup, struct bt_err *err);
int bt_run_start(struct bt_run *run, struct bt_err *err);
/* Fills in what the setup alone tells of a run: names, tables, loop. For screens that are made
 * before the run is opened. */
void bt_run_outline(struct bt_run_info *info, const struct bt_run_setup *setup);
/* Owned by the run. The caller may complete its info (id, host, texts) before the start. */
struct bt_source *bt_run_source(struct bt_run *run);
/* Waits for a snapshot at most timeout_ns of the run's clock. Main thread. */
void bt_run_wait(struct bt_run *run, uint64_t timeout_ns);
void bt_run_close(struct bt_run *run);

#endif
