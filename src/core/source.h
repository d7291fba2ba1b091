/*
 * source.h: where a screen's snapshots come from and its commands go to: a live run's feed, a stored run, later a socket.
 */
#ifndef BT_SOURCE_H
#define BT_SOURCE_H

#include "core/snapshot.h"

struct bt_setting { /* an option as resolved */
	const char *name, *value;
};

struct bt_thresholds; /* record/threshold.h */

/* The description of a run. Everything in it is owned by the source and valid until close. */
struct bt_run_info {
	uint64_t id; /* 0: not stored */
	const char *workload, *summary, *unit, *profile;
	bool open_loop; /* latency is response time; else service time */
	bool waits;     /* submit/wait workload: its CPU is the generator's */
	uint64_t seed;
	uint64_t started_wall_ns;
	uint64_t planned_ns; /* 0: not known beforehand */
	unsigned workers, processors;
	const char *host, *version, *command_line, *clock, *pacing, *late;
	const char *build_flaw; /* why figures of that build mislead; NULL or empty: they do not */
	const struct bt_metric *metrics; /* n_metrics rows */
	unsigned n_metrics;
	const char *const *error_classes; /* n_error_classes names */
	unsigned n_error_classes;
	const struct bt_setting *settings; /* options as resolved */
	unsigned n_settings;
	const struct bt_setting *tags;
	unsigned n_tags;
	const struct bt_thresholds *thresholds; /* of a live run, as they stand; NULL: none */
	const char *status; /* stored runs: "ended", "interrupted", "running"; NULL: live */
};

enum bt_command_kind { BT_CMD_PAUSE, BT_CMD_RESUME, BT_CMD_RATE, BT_CMD_STOP };

struct bt_command {
	enum bt_command_kind kind;
	double rate; /* RATE: new target, op/s */
};

struct bt_source;

struct bt_source_ops {
	/* The next snapshot, valid until the next call; NULL: none yet, or no more when `ended`. */
	const struct bt_snapshot *(*next)(struct bt_source *src);
	/* 0, or -ENOTSUP (a stored run, a closed loop has no rate), -EBUSY, with words. NULL: takes no commands. */
	int (*command)(struct bt_source *src, const struct bt_command *cmd, struct bt_err *err);
	void (*close)(struct bt_source *src);
};

struct bt_source {
	const struct bt_source_ops *ops;
	struct bt_run_info info;
	int fd;     /* readable when a snapshot waits; -1: always ask */
	bool live;  /* time goes on: more will come until `ended` */
	bool ended; /* next() has given the last one */
};

static inline void bt_source_close(struct bt_source *src)
{
	if (src)
		src->ops->close(src);
}

#endif
