/*
 * profile.h: what decides the next segment from what the last ones measured. Pure: no clock, no
 * run, so a profile is tested with invented results. One file with one const table, plus one line
 * in profiles.c.
 */
#ifndef BT_PROFILE_H
#define BT_PROFILE_H

#include "core/opt.h"
#include "core/segment.h"

#define BT_SIZES_MAX 32

/* The options that all profiles share, as the user gave them; zero is "not given". */
struct bt_load {
	double rate; /* op/s; 0: closed loop, or the profile's own default */
	enum bt_arrivals arrivals;
	uint64_t duration_ns, ops, warmup_ns;
	unsigned workers, concurrency;
	unsigned processors; /* that workers can run on at once; 0: as many as there are workers */
	unsigned cores;      /* that these belong to; 0: unknown */
	double quota; /* processors' worth of time that the cgroup allows; 0: no such limit */
	bool unbound; /* workers cannot be bound to processors */
	/* Units an operation can have, one after the other: the workload's, where it has sizes. */
	uint64_t sizes[BT_SIZES_MAX];
	unsigned n_sizes;
};

/* What a run has to have ready for its segments. */
struct bt_needs {
	unsigned workers, concurrency; /* the most of each at a time */
	/* Each worker has prepared data of its own: it shares nothing with the others */
	bool apart;
	uint64_t memory_limit; /* bytes that a data set may take; 0: no such limit */
};

struct bt_finding {              /* a profile's answer */
	const char *name, *unit; /* "limit", "op/s" */
	double value;            /* NAN: none yet */
	char text[BT_FINDING_TEXT];
};

/* What ended since the last time the profile was told, of whatever segment. */
struct bt_endings {
	uint64_t t_ns; /* since the run's start: all of it ended by then */
	uint64_t completed, failed, expired;
	const struct bt_hist *response; /* open loop; may be empty */
};

struct bt_profile {
	const char *name, *summary;
	const struct bt_opt *opts; /* NULL: none */
	size_t conf_size, state_size;
	bool sizes;  /* gives operations one size after the other: the workload has to have them */
	bool fills;  /* the workload's data set grows: it has to have `fill` */
	bool closed; /* judges steps of a closed loop: it offers no rate */
	bool by_ops; /* can end after a number of operations */
	/* state is zeroed. -EINVAL with words when the options contradict each other. */
	int (*begin)(void *state, const void *conf, const struct bt_load *load, struct bt_err *err);
	/* After begin: what its segments will ask for, where that is more than the options say.
	 * NULL: it is not. */
	void (*needs)(const void *state, struct bt_needs *out);
	/*
	 * The segment after `last`, which is the record of the profile's previous one (NULL at
	 * first); segments that commands appended in its place come as `last` too. False: the run
	 * is over.
	 */
	bool (*next)(void *state, const struct bt_segment_record *last, struct bt_segment *out);
	/* A judged segment has drained or settled: sets its outcome and reason. NULL where no
	 * segment is judged. */
	void (*judge)(void *state, struct bt_segment_record *rec);
	/*
	 * Operations ended: for a profile that follows latency over time while the load goes on.
	 * Often, by completion; on the conductor's thread as all of these, so it allocates nothing.
	 * NULL: segments are all that the profile looks at.
	 */
	void (*ended)(void *state, const struct bt_endings *what);
	/*
	 * The i-th threshold that a run of this profile has to keep to, as --threshold reads it;
	 * one of the user's with the same figure goes before it. Before begin, so the options may
	 * still contradict each other. False: no more. NULL: none.
	 */
	bool (*objective)(
		const void *conf, const struct bt_load *load, unsigned i, char *text, size_t size);
	/* NULL: this profile has no answer of its own. */
	void (*finding)(const void *state, struct bt_finding *out);
	/* How long all segments take together when all goes well; 0: not known. */
	uint64_t (*planned_ns)(const void *state);
};

/* Group of the profiles whose steps may have a limit of p99: a uint64_t, ns. */
extern const struct bt_opt bt_stop_p99_opts[];

/* All profiles, NULL-ended; the first is the default. */
extern const struct bt_profile *const bt_profiles[];
const struct bt_profile *bt_profile_find(const char *name);

#endif
