/*
 * versus.h: all that two sets of stored runs are shown side by side with: the comparison, their
 * latencies, their throughput over time, and what is different about them. Main thread.
 */
#ifndef BT_VERSUS_H
#define BT_VERSUS_H

#include "compare/compare.h"
#include "store/store.h"

#define BT_VERSUS_POINTS      240
#define BT_VERSUS_DIFFERENCES 24

struct bt_difference {
	char what[40], a[80], b[80]; /* "": not given */
	bool hinders;                /* runs that differ in it are not comparable as they are */
};

struct bt_versus_side {
	/*
	 * Of scored time, of ramps at comparison.at_rate; response, in a closed loop service time.
	 */
	struct bt_hist latency;
	/* Completed op/s since the start, mean of the runs; NAN: after the end of all. */
	double rate[BT_VERSUS_POINTS];
	bool open_loop;
};

struct bt_versus {
	struct bt_trials trials[2];
	struct bt_comparison comparison;
	bool anyway; /* compared although something hinders it: the comparison's notes tell what */
	struct bt_versus_side sides[2];
	uint64_t length_ns; /* of the longest run: what rate[] is spread over */
	struct bt_difference differences[BT_VERSUS_DIFFERENCES];
	unsigned n_differences;
};

/*
 * Reads the runs of both sides; names are what the user calls them. Runs that differ are compared
 * as well, and say so, unless workload, profile or mode do. The store's errors; -ENOMEM.
 */
int bt_versus_open(struct bt_versus **out, struct bt_store *store, const char *const names[2],
	const uint64_t *const ids[2], const size_t n[2], struct bt_err *err);
void bt_versus_close(struct bt_versus *versus);

/* What single runs can say of their own spread (within.h), for a comparison of these two; NULL:
 * nothing. Free with free(). */
void bt_store_within(struct bt_within *out[2], struct bt_store *store, const struct bt_trials *a,
	const struct bt_trials *b);

#endif
