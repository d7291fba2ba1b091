/*
 * export.h: runs written in formats that others read. A format is one file export_X.c with one
 * const table and a line in export.c. Runs come as streams of snapshots, live or stored;
 * benchtop-export(5) describes what is written. Main thread.
 */
#ifndef BT_EXPORT_H
#define BT_EXPORT_H

#include <jansson.h>
#include <stdio.h>

#include "judge/tally.h"

struct bt_export_format {
	const char *name, *summary;
	size_t state_size;
	bool several; /* one file may have several runs, else one */
	/* a line a snapshot: a file that is written while a run goes on grows with it */
	bool grows;
	/* Hooks write to `out` and leave its errors to others. state is zeroed before the first.
	 * NULL: nothing. */
	/* A run. */
	int (*begin)(void *state, FILE *out, const struct bt_run_info *info, struct bt_err *err);
	/* After the tally has it. */
	int (*put)(void *state, FILE *out, const struct bt_tally *tally,
		const struct bt_snapshot *snap, struct bt_err *err);
	/* The run's report, the object of --json. */
	int (*end)(void *state, FILE *out, const struct bt_tally *tally, const json_t *report,
		struct bt_err *err);
	void (*close)(void *state, FILE *out); /* after the last run; frees what state has */
};

/* NULL-ended. */
extern const struct bt_export_format *const bt_export_formats[];
const struct bt_export_format *bt_export_find(const char *name);
/* "json, ndjson, …"; returns buf. */
char *bt_export_names(char *buf, size_t size);

struct bt_export;

/*
 * Opens `path` ("-": standard output). live: a run is about to start, so a format that grows is a
 * stream, and every stream is opened by bt_export_begin. Errors as of bt_whole_open (whole.h);
 * -ENOMEM.
 */
int bt_export_open(struct bt_export **out, const struct bt_export_format *format, const char *path,
	bool live, struct bt_err *err);
/* Opens a stream, as bt_export_begin would. Errors as of bt_whole_start. */
int bt_export_start(struct bt_export *e, struct bt_err *err);
/*
 * A run, its snapshots, its end. -EINVAL: the format takes one run only, or not this one; -ENOMEM;
 * begin: as bt_whole_start.
 */
int bt_export_begin(struct bt_export *e, const struct bt_run_info *info, struct bt_err *err);
int bt_export_put(struct bt_export *e, const struct bt_tally *tally, const struct bt_snapshot *snap,
	struct bt_err *err);
int bt_export_end(
	struct bt_export *e, const struct bt_tally *tally, const char *report, struct bt_err *err);
/* Puts the file in its place, or, with keep false, leaves what was there. Frees e, which may be
 * NULL. */
int bt_export_close(struct bt_export *e, bool keep, struct bt_err *err);

#endif
