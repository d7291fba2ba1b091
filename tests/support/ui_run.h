/*
 * ui_run.h: invented runs for the screen tests: a server of fixed capacity under a ramp, a closed
 * loop, errors, pauses. The same every time: times, values and seed are fixed.
 */
#ifndef TEST_UI_RUN_H
#define TEST_UI_RUN_H

#include "core/source.h"

struct fake_conf {
	bool open_loop, errors, known_steps, long_names;
	bool sizes;      /* closed: each step gives calls more units */
	unsigned steps;  /* 0: one segment of rate */
	double rate;     /* of the first step, and what each step adds, op/s */
	double capacity; /* op/s */
	uint64_t hold_ns, tick_ns;
	uint64_t pause_from_ns, pause_to_ns; /* 0: none */
};

struct fake_run {
	struct fake_conf conf;
	struct bt_run_info info;
	struct bt_snapshot snap;
	struct bt_segment_record segments[64];
	unsigned n_segments;
	struct bt_hist total[3], segment[3]; /* queue, service, response */
	double backlog, due; /* operations, and the part of one that is not due yet */
	uint64_t rng;
	bool broke;
};

extern const struct fake_conf fake_ramp, fake_closed, fake_flat, fake_sizes;

/* Allocates; free with free(). */
struct fake_run *fake_start(const struct fake_conf *conf);
/* The next tick's snapshot, or NULL after the last. */
const struct bt_snapshot *fake_next(struct fake_run *run);
/* Ends the run now: the next snapshot is the last. */
void fake_stop(struct fake_run *run);

#endif
