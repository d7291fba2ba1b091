/*
 * btc_drive.h: a workload without a run: options as text, prepare, workers, operations. For
 * programs with btc_standin.c; a thread may drive a worker of its own.
 */
#ifndef BTC_DRIVE_H
#define BTC_DRIVE_H

#include "btc_standin.h"

struct btc_drive {
	const struct bt_workload *workload;
	struct bt_env env;
	void *conf;
	struct bt_err err;
};

struct btc_driver {
	const struct btc_drive *drive;
	void *state;
	struct bt_meter meter;
	uint64_t done, failed;
};

/* Options are "name value name value …" of static texts, NULL at the end. 0, or what check or
 * prepare said, with err. */
int btc_drive_open(struct btc_drive *d, const struct bt_workload *workload, uint64_t seed,
	const char *const *options);
void btc_drive_close(struct btc_drive *d); /* after an open that succeeded */

/* A worker, n operations from number `from` on, and its end. */
void btc_driver_enter(struct btc_driver *w, const struct btc_drive *d);
void btc_driver_run(struct btc_driver *w, uint64_t from, uint64_t n);
void btc_driver_leave(struct btc_driver *w);

/* A counter by its name. */
uint64_t btc_driver_count(const struct btc_driver *w, const char *metric);

#endif
