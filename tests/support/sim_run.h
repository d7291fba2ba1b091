/* sim_run.h: runs a workload from option texts to its last snapshot, for tests. */
#ifndef BT_TEST_SIM_RUN_H
#define BT_TEST_SIM_RUN_H

#include "core/run.h"

struct sim_run {
	struct bt_snapshot *last;
	/* Sums over all snapshots: what a reader of the stream knows. */
	struct bt_counts sum;
	struct bt_hist *queue, *service, *response;
	struct bt_segment_record *segments; /* latest record of each */
	unsigned n_segments, n_snapshots, n_slow, n_notes;
	uint64_t errors_noted;
};

/* Called between snapshots; may send commands. NULL: nothing. */
typedef void sim_hook(struct bt_source *src, const struct bt_snapshot *snap, void *arg);

/*
 * Runs `workload` under `profile` with the NULL-ended option texts, such as "--rate=100". Fails the
 * test when the run cannot be opened. Free with sim_run_fini.
 */
void sim_run(struct sim_run *out, const struct bt_workload *workload, const char *profile,
	const char *const *args, sim_hook *hook, void *arg);
/* The same with a stop sent as soon as it has started. */
void sim_run_stopped(struct sim_run *out, const struct bt_workload *workload, const char *profile,
	const char *const *args);
void sim_run_fini(struct sim_run *run);

/* Only opens; returns the error and its message, 0 when it opens. */
int sim_run_refused(const struct bt_workload *workload, const char *profile,
	const char *const *args, struct bt_err *err);

#endif
