/*
 * baseline.h: what later runs are held against: the figures of some runs with all that is needed to
 * carry them out again, as a JSON document that can be committed beside the code. Main thread.
 */
#ifndef BT_BASELINE_H
#define BT_BASELINE_H

#include "store/store.h"
#include "compare/trial.h"

#define BT_BASELINE_FORMAT   1
#define BT_BASELINE_NAME_MAX 64 /* letters, digits, dots, dashes, underscores */

bool bt_baseline_name_ok(const char *name);
int bt_baseline_check_name(const char *name, struct bt_err *err); /* 0, or -EINVAL with words */
/* The document of these runs, all of one kind; `sound` false: it was told to take invalid runs. A
 * new reference; NULL: no memory. */
json_t *bt_baseline_json(const struct bt_trials *trials, const char *name, bool sound);
/* The runs of a document; trials is initialised here and bt_trials_fini's either way. -EINVAL with
 * what is wrong; -ENOMEM. */
int bt_baseline_read(struct bt_trials *trials, const json_t *document, struct bt_err *err);
/* A document from a file: any JSON object of at most 16 MiB. -EINVAL: it is none; -errno. *out: a
 * new reference. */
int bt_baseline_load(json_t **out, const char *path, struct bt_err *err);
/* Writes it, indented, beside the file first and then in its place; "-" is standard output.
 * -errno. */
int bt_baseline_save(const json_t *document, const char *path, struct bt_err *err);

/* In the history. put replaces one of the same name. get, remove: -ENOENT with the names there
 * are. */
int bt_store_baseline_put(
	struct bt_store *store, const char *name, const json_t *document, struct bt_err *err);
int bt_store_baseline_get(
	struct bt_store *store, json_t **out, const char *name, struct bt_err *err);
int bt_store_baseline_remove(struct bt_store *store, const char *name, struct bt_err *err);
/* All documents in the order of their names: a new array. */
int bt_store_baseline_list(struct bt_store *store, json_t **out, struct bt_err *err);

/*
 * The plain form: {"bitcoin_tx_validation": "1.2ms", ..., "memory_usage_limit": 104857600}: how
 * long an operation takes, as a duration in words, nanoseconds, or {"secs": s, "nanos": n}, and
 * bytes. What is more than BT_PLAIN_ALERT times that is an alert.
 */
#define BT_PLAIN_ALERT 1.1
struct bt_plain_key {
	const char *key, *workload; /* NULL: memory, of whatever runs */
};
extern const struct bt_plain_key bt_plain_keys[]; /* NULL-ended */
/* True for a document of that form, whatever its values are. */
bool bt_plain_is(const json_t *document);
/* A key's value in ns or bytes; NAN: it is not there. -EINVAL with words. */
int bt_plain_read(
	double *out, const json_t *document, const struct bt_plain_key *key, struct bt_err *err);
/* How long an operation took in each trial, in ns: of a closed loop its workers' time over what
 * they completed. */
size_t bt_plain_durations(const struct bt_trials *trials, double *out);
/* Sets the keys that these runs give a value for. -EINVAL: there is no key for their workload, or
 * the loop is open. */
int bt_plain_put(json_t *document, const struct bt_trials *trials, struct bt_err *err);

#endif
