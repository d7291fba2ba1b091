/*
 * source.h: where a screen's snapshots come from and its commands go to: a live run's feed, a
 * stored run, later a socket.
 */
#ifndef BT_SOURCE_H
#define BT_SOURCE_H

#include "core/snapshot.h"

struct bt_setting { /* an option as resolved, or a tag; a row a value where it is repeated */
	const char *name, *value;
	bool list; /* the option may be repeated */
};

struct bt_thresholds; /* judge/threshold.h */
struct bt_judgement;  /* judge/verdict.h */

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
	double quota;         /* processors' worth of time that the cgroup allows; 0: no limit */
	double clock_cost_ns; /* of a reading; 0: unknown, or the virtual clock */
	const char *kernel_clock;  /* the kernel's clock source; NULL or empty: unknown */
	uint64_t descriptor_limit; /* that may be open at once; 0: unknown */
	const char *host, *version, *command_line, *clock, *pacing, *late;
	const char *input;      /* the workload's note about its input; NULL or empty: none */
	const char *commit;     /* of the code under test; NULL or empty: not known */
	const char *watched;    /* who is watched, "pid 4711"; NULL or empty: nobody */
	const char *build_flaw; /* why figures of that build mislead; NULL or empty: they do not */
	const struct bt_metric *metrics; /* n_metrics rows */
	unsigned n_metrics;
	struct bt_metric rows[BT_METRICS_MAX]; /* of a live run: those that metrics points to */
	const struct bt_milestone *milestone;  /* of a live run; NULL: none */
	const struct bt_alias *aliases;        /* of a live run, ended by name NULL; NULL: none */
	const char *const *error_classes;      /* n_error_classes names */
	unsigned n_error_classes;
	const struct bt_setting *settings; /* options as resolved */
	unsigned n_settings;
	const struct bt_setting *tags;
	unsigned n_tags;
	const struct bt_thresholds *thresholds; /* of a live run, as they stand; NULL: none */
	/* Of a run that has only a report; NULL: the run has snapshots. */
	const struct bt_judgement *judged;
	const char *status; /* stored runs: "ended", "interrupted", "running"; NULL: live */
};

enum bt_command_kind {
	BT_CMD_PAUSE,
	BT_CMD_RESUME,
	BT_CMD_RATE, /* rate */
	BT_CMD_STOP, /* again: without waiting for operations in flight */
	/* factor or rate, span_ns: from now on, then the load goes on as it was planned */
	BT_CMD_SPIKE,
	BT_CMD_NEXT, /* ends this step of the profile now */
	BT_CMD_NOTE, /* text */
	/* from_ns, to_ns, text: that stretch of the run becomes a baseline of that name */
	BT_CMD_BASELINE,
	BT_CMD_SEEK,  /* t_ns; a replay */
	BT_CMD_SPEED, /* factor; a replay */
};

#define BT_COMMAND_TEXT 1000 /* with its NUL; names of baselines are shorter */

/* What a screen asks of a run. A live run obeys at its next tick and tells of it with an event,
 * also when it could not. */
struct bt_command {
	enum bt_command_kind kind;
	double rate;             /* RATE: new target, op/s; SPIKE: its rate, 0: by the factor */
	double factor;           /* SPIKE: times the target of the moment; SPEED: times real time */
	uint64_t span_ns;        /* SPIKE: how long */
	uint64_t t_ns;           /* SEEK: moment since the run's start */
	uint64_t from_ns, to_ns; /* BASELINE: since the run's start */
	char text[BT_COMMAND_TEXT];
};

struct bt_source;

struct bt_source_ops {
	/* The next snapshot, valid until the next call; NULL: none yet, or no more when `ended`. */
	const struct bt_snapshot *(*next)(struct bt_source *src);
	/*
	 * 0, or -ENOTSUP (a stored run, a closed loop has no rate), -EBUSY, -EINVAL (a value out of
	 * bounds), with words. NULL: takes no commands.
	 */
	int (*command)(struct bt_source *src, const struct bt_command *cmd, struct bt_err *err);
	void (*close)(struct bt_source *src);
};

struct bt_source {
	const struct bt_source_ops *ops;
	struct bt_run_info info;
	int fd;     /* readable when a snapshot waits; -1: always ask */
	bool live;  /* time goes on: more will come until `ended` */
	bool ended; /* next() has given the last one */
	/* Grows when what comes next is the beginning again: forget what came before. */
	unsigned restarts;
};

static inline void bt_source_close(struct bt_source *src)
{
	if (src)
		src->ops->close(src);
}

#endif
