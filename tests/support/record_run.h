/* record_run.h: an invented run, tick by tick, for tests of what is kept and judged of runs. */
#ifndef RECORD_RUN_H
#define RECORD_RUN_H

#include <stdio.h>

#include "base/rng.h"
#include "core/source.h"
#include "judge/tally.h"

struct fake_run {
	struct bt_run_info info;
	struct bt_snapshot snap;
	struct bt_hist queue, service, response; /* all that was put into snapshots */
	struct bt_counts counts;
	struct bt_rng rng;
	struct bt_segment_record segments[40];
	unsigned n_segments;
	double mean_ns; /* of the service time, which is exponential */
	/* the percentiles of the totals come with the last snapshot only: they take most of the
	 * time */
	bool quick;
};

struct fake_run *fake_new(bool open_loop);
void fake_free(struct fake_run *run);
/* Begins a segment at the current time; the one before is closed. Returns it, to be changed before
 * the next tick. */
struct bt_segment_record *fake_segment(
	struct fake_run *run, const char *label, double rate, uint64_t span_ns);
/* The next snapshot, span_ns later, in which n operations completed and bad failed. Its lists are
 * empty but for the segments. */
void fake_tick(struct fake_run *run, uint64_t span_ns, unsigned n, unsigned bad);
void fake_last(struct fake_run *run); /* turns the newest snapshot into the last one */
void fake_event(struct fake_run *run, enum bt_event_kind kind, const char *text);
void fake_note(struct fake_run *run, unsigned error_class, const char *text);

/* A new directory for a test's files, with a slash at its end; removed with all that is in it by
 * temp_remove. */
const char *temp_make(void);
void temp_remove(void);
const char *temp_path(const char *name); /* valid until the next call but three */

/* What is printed into a stream, as one text. */
struct page {
	FILE *out;
	char *text;
	size_t size;
};
void page_open(struct page *page);
const char *page_text(struct page *page); /* closes the stream */
void page_free(struct page *page);

#endif
