/* outputs.h: --out F:FILE of a run: exports that are written while it goes on. Main thread. */
#ifndef BT_OUTPUTS_H
#define BT_OUTPUTS_H

#include "cli/places.h"
#include "export/export.h"

#define BT_OUTPUTS_MAX 8

struct bt_outputs {
	struct bt_export *v[BT_OUTPUTS_MAX];
	unsigned n;
	bool failed; /* one could not be written to its end */
};

/* Whether each text is FORMAT:FILE, and standard output (FILE is -) is not wanted twice; `json`
 * wants it, too. 0 or -EINVAL. */
int bt_outputs_check(const struct bt_list *texts, bool json, struct bt_err *err);
/* Adds the files to those of the command. Errors as of bt_places_output. */
int bt_outputs_places(const struct bt_list *texts, struct bt_places *places, struct bt_err *err);
/* One of them goes to standard output. */
bool bt_outputs_take_stdout(const struct bt_list *texts);
/*
 * Opens documents and checks that streams can be opened. Errors of bt_export_open, after which none
 * is open.
 */
int bt_outputs_open(struct bt_outputs *all, const struct bt_list *texts, struct bt_err *err);
/* The run is about to start: opens the streams, which empties files, and waits for readers of
 * FIFOs. Errors of bt_whole_start. */
int bt_outputs_start(struct bt_outputs *all, struct bt_err *err);
/*
 * Reports one that cannot be written, and leaves it unchanged; the run and the other outputs
 * continue.
 */
void bt_outputs_begin(struct bt_outputs *all, const struct bt_run_info *info);
void bt_outputs_put(
	struct bt_outputs *all, const struct bt_tally *tally, const struct bt_snapshot *snap);
void bt_outputs_end(struct bt_outputs *all, const struct bt_tally *tally, const char *report);
/* Those that did not come to their end: what was there stays. */
void bt_outputs_close(struct bt_outputs *all);

#endif
