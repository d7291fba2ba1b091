/*
 * store.h: the history of runs, one SQLite file in WAL mode (data/schema.sql). Main thread only.
 * Only store.c and its rooms open it.
 */
#ifndef BT_STORE_H
#define BT_STORE_H

#include "core/source.h"
#include "judge/figure.h"

struct bt_store;
struct json_t;

enum {
	/* WRITE creates the file; either migrates an older one. */
	BT_STORE_READ = 0,
	BT_STORE_WRITE = 1
};

/*
 * Opens path. -ENOENT: no such file (READ); -EMEDIUMTYPE: not a history file; -EOVERFLOW: made by a
 * newer benchtop; both left untouched; -EROFS, -EACCES, -ENOSPC, -EBUSY, -EIO.
 */
int bt_store_open(struct bt_store **store, const char *path, int mode, struct bt_err *err);
void bt_store_close(struct bt_store *store);
/*
 * From now on bt_stop_signal ends the current operation of the store: -EINTR, and the file is
 * unchanged. Waits longer for a locked file. Not for a store that a run is written to.
 */
void bt_store_stoppable(struct bt_store *store);
/*
 * 0, or the errno and message of the first row since the last call that could not be read: the
 * source lost data.
 */
int bt_store_lost(struct bt_store *store, struct bt_err *err);
const char *bt_store_library(void); /* version of SQLite */

/*
 * Writing a run: begin commits its row before the first operation is due; put collects, and commits
 * when a second has passed since the last time; end writes the rest. A failing disk does not stop a
 * run: put returns the error once (a file that another process locks: after five seconds, and it is
 * tried again every tenth of one), tries again every second, and bt_recording_lost_ns returns for
 * how long nothing could be written. What was not written is kept: nothing is lost if the disk
 * comes back, only rows get wider.
 */
struct bt_recording;

#define BT_SAMPLES_MAX 3600 /* rows of a run */

/* Sets info->id. info must live until bt_recording_free, environment_json is copied. */
int bt_recording_begin(struct bt_recording **rec, struct bt_store *store, struct bt_run_info *info,
	const char *environment_json, struct bt_err *err);
int bt_recording_put(struct bt_recording *rec, const struct bt_snapshot *snap, struct bt_err *err);
/*
 * ending: "ended", "stopped", "failed"; report_json: the object of --json, NULL: as of the last
 * snapshot. Waits up to five seconds for a locked file. After a failure the run reads as
 * interrupted once this process is gone.
 */
int bt_recording_end(
	struct bt_recording *rec, const char *report_json, const char *ending, struct bt_err *err);
void bt_recording_free(struct bt_recording *rec);
/* Nanoseconds since the last commit, when the newest try to commit failed; 0: all is well. */
uint64_t bt_recording_lost_ns(const struct bt_recording *rec);

#define BT_LISTED_MORE 8

/* A line of the history. Texts are owned by the list. */
struct bt_run_row {
	uint64_t id, started_wall_ns, duration_ns;
	const char *workload, *profile, *tags, *host;
	const char *commit; /* of the code under test; "": not known */
	/* Equal for runs with the same options, but seed and thresholds; UINT64_MAX: not known. */
	uint64_t kind;
	const char *status;  /* "ended", "stopped", "failed"; not ended: "running", "interrupted" */
	const char *verdict; /* of the measurement; "": not known */
	bool open_loop;
	double throughput, error_rate; /* NAN: unknown */
	double peak_rate; /* highest throughput of a second of the run, op/s; NAN: unknown */
	double p50_ns, p99_ns, rss_peak_bytes;
	const char *finding;         /* "limit 1.52k op/s"; empty: none */
	double more[BT_LISTED_MORE]; /* listed figures that have no member; see bt_row_figure */
};
/* A figure that the history lists (figure.h). NAN: unknown. */
double bt_row_figure(const struct bt_run_row *row, const struct bt_figure *figure);

struct bt_run_list {
	struct bt_run_row *rows;
	size_t n;
	void *own;
};

/* Newest first; limit 0: all. workload NULL: any. Free with bt_run_list_fini. */
int bt_store_list(struct bt_store *store, struct bt_run_list *list, const char *workload,
	unsigned limit, struct bt_err *err);
void bt_run_list_fini(struct bt_run_list *list);

/* Number of the process that carries a run out now. -ENOENT: no such run; -ESRCH: it has ended, or
 * its process has. */
int bt_store_process(struct bt_store *store, unsigned *pid, uint64_t id, struct bt_err *err);

/* What the history takes. path is the store's. */
struct bt_store_info {
	const char *path;
	unsigned format;
	uint64_t runs, samples, baselines;
	uint64_t oldest_ns, newest_ns; /* beginnings, Unix time; 0: there are no runs */
	/* Free: of the file, to be reused or returned. */
	uint64_t file_bytes, wal_bytes, free_bytes;
};
void bt_store_care(struct bt_store *store, struct bt_store_info *out);
/* Gives the room of deleted runs back to the disk. Errors of SQLite: -ENOSPC, -EBUSY, -EIO. */
int bt_store_vacuum(struct bt_store *store, struct bt_err *err);
/* Whether the file is whole: each fault is told, *faults counts them, at most 100 a kind. */
int bt_store_check(struct bt_store *store, unsigned *faults,
	void (*tell)(void *arg, const char *words), void *arg, struct bt_err *err);

/* "last", "last-1" … or a number. -ENOENT, -EINVAL with words. */
int bt_store_resolve(struct bt_store *store, uint64_t *id, const char *text, struct bt_err *err);

/*
 * Deletes runs with all that is kept of them, in one transaction. A run that goes on, in whatever
 * process, stays: *kept counts those. The file does not shrink: its room is used again.
 */
int bt_store_delete(
	struct bt_store *store, size_t *kept, const uint64_t *ids, size_t n, struct bt_err *err);

/*
 * Gives a run other tags: KEY=VALUE words of a line (words.h), for all of them. A tag named commit
 * becomes the run's commit as well. -EINVAL: not such a text; -EBUSY: the run goes on; -ENOENT.
 */
int bt_store_retag(struct bt_store *store, uint64_t id, const char *tags, struct bt_err *err);

/* The report object of a stored run (free with free()); of one that is not ended as of its last
 * second. */
int bt_store_report(struct bt_store *store, uint64_t id, char **json, struct bt_err *err);

/*
 * The same for the stored data: reads all JSON, histograms and baselines. *faults counts runs and
 * baselines with a fault; each gets a line.
 */
int bt_store_check_runs(struct bt_store *store, unsigned *faults,
	void (*tell)(void *arg, const char *words), void *arg, struct bt_err *err);

/*
 * A run from elsewhere. It is recorded in a spool, which only this process sees, and adopted in one
 * transaction when it is complete. A run of the same workload that began at the same moment on the
 * same machine is the same run. It replaces an incomplete copy, which an older import or a kill
 * left.
 */
struct bt_adoption {
	const char *workload, *host;
	uint64_t started_ns, duration_ns;
	bool report_alone; /* started_ns is known to the second, and there are no samples */
	bool ended;        /* false: the part of a run that did not end */
	bool there;        /* out: the history has it already; nothing changed */
	uint64_t id;       /* out */
	unsigned replaced; /* out: incomplete copies that it replaced */
};

int bt_store_spool(struct bt_store **store, struct bt_err *err);
int bt_store_empty(struct bt_store *spool, struct bt_err *err);
/*
 * Adopts the spool's run: takes its figures from the report, and sets the report's `run` to the
 * number in the history.
 */
int bt_store_adopt(struct bt_store *store, struct bt_store *spool, struct bt_adoption *run,
	struct json_t *report, struct bt_err *err);

/*
 * A stored run as a source: its snapshots come one after the other as fast as they are asked for.
 * The store must outlive it. A running run's source ends with what is stored by then, and only then
 * is the last snapshot not `last`.
 */
int bt_store_source(
	struct bt_store *store, uint64_t id, struct bt_source **src, struct bt_err *err);

#endif
