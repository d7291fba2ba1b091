/*
 * json.h: the values of runs as JSON, and back. Makers return a new reference, or NULL without
 * memory. Readers take text from outside: what is missing or of another type becomes the fallback.
 */
#ifndef BT_JSON_H
#define BT_JSON_H

#include <jansson.h>

#include "core/source.h"

json_t *bt_json_count(uint64_t v);        /* UINT64_MAX (unknown) and above INT64_MAX: null */
json_t *bt_json_moment(uint64_t unix_ns); /* negative before 1970 (fmt.h) */
json_t *bt_json_real(double v);           /* NAN and infinity: null */
json_t *bt_json_text(const char *text); /* NULL and "": null; U+FFFD for bytes that are not UTF-8 */
json_t *bt_json_string(const char *text); /* the same, but "" stays */
/* Takes the items over; any of them NULL: NULL. */
json_t *bt_json_array(json_t *const *items, size_t n);

/*
 * As json_object_set_new, for any key: text from outside reaches jansson only through this and
 * bt_json_string.
 */
int bt_json_set(json_t *object, const char *key, json_t *value);
/*
 * Writes a value (NULL: out of memory) with jansson's flags and 12 digits, hidden characters as
 * escapes. 0 or -ENOMEM; the caller checks the stream for errors.
 */
int bt_json_print(FILE *out, const json_t *value, size_t flags, struct bt_err *err);

uint64_t bt_json_get_count(const json_t *object, const char *key, uint64_t fallback);
uint64_t bt_json_get_moment(const json_t *object, const char *key);  /* 1970 when there is none */
double bt_json_get_real(const json_t *object, const char *key);      /* NAN */
const char *bt_json_get_text(const json_t *object, const char *key); /* "" */
/* The row of a NULL-ended list that the text names; fallback when none. */
int bt_json_get_name(const json_t *object, const char *key, const char *const *names, int fallback);
/* A text that does not fit ends in "…". */
void bt_json_copy_text(char *out, size_t size, const json_t *object, const char *key);

/* {count, mean, p50, p90, p95, p99, p999, max}; null when empty. */
json_t *bt_json_latency(const struct bt_latency *latency);
void bt_json_read_latency(struct bt_latency *out, const json_t *value);

/* [offered, completed, failed, expired, units] */
json_t *bt_json_counts(const struct bt_counts *counts);
void bt_json_read_counts(struct bt_counts *out, const json_t *value);

extern const char *const bt_metric_kind_name[];   /* "counter" … "times" */
extern const char *const bt_metric_merge_name[];  /* "sum", "maximum", "last" */
extern const char *const bt_segment_state_name[]; /* "running", "draining", "closed" */
extern const char *const bt_step_outcome_name[];  /* "none", "held", "broke" */
extern const char *const bt_event_kind_name[];    /* "rate" … "baseline" */

/* Plan and result of a segment as one object: an element of the report's segments[]. */
json_t *bt_json_segment(const struct bt_segment_record *record);
void bt_json_read_segment(struct bt_segment_record *out, const json_t *object);
void bt_json_read_event(struct bt_event *out, const json_t *object);
/* The result alone, as the object's members that bt_json_read_result reads. */
json_t *bt_json_result(const struct bt_segment_result *result);
void bt_json_read_result(struct bt_segment_result *out, const json_t *object);

/* All texts, tables and settings of a description. */
json_t *bt_json_info(const struct bt_run_info *info);
/*
 * Masks credentials of older versions in a document's options (or settings), in those under
 * "about", and in its command line. 0, -ENOMEM.
 */
int bt_json_mask(json_t *document);

/* Texts and tables that live as long as the pool. Without memory the program ends: a text that is
 * missing would describe another run. */
struct bt_pool {
	struct bt_chunk *chunks;
};
void *bt_pool_alloc(struct bt_pool *pool, size_t size);           /* zeroed */
const char *bt_pool_text(struct bt_pool *pool, const char *text); /* a copy */
void bt_pool_fini(struct bt_pool *pool);

/* Options or tags by name: a text, or an array of texts (json_setting.c). NULL: out of memory. */
json_t *bt_json_settings(const struct bt_setting *settings, unsigned n);
/*
 * Reads them back, one row a value, in the pool. Anything else than a value becomes "". 0, -ENOMEM.
 */
int bt_json_read_settings(
	const struct bt_setting **out, unsigned *n, struct bt_pool *pool, const json_t *object);
/* Whether every member is a text or a list of texts. 0, -EINVAL with the member's name. */
int bt_json_check_settings(const json_t *object, struct bt_err *err);
/*
 * An option's JSON as text for people: a list as the words of a line (words.h). Free with free();
 * NULL: not an option, or out of memory.
 */
char *bt_json_setting_text(const json_t *value);
/* Whether two options are the same; NULL is an option that is not given. */
bool bt_json_setting_equal(const json_t *a, const json_t *b);

/* Fills info's members from the object; they live in the pool. -EINVAL, -ENOMEM. */
int bt_json_read_info(
	struct bt_run_info *info, struct bt_pool *pool, const json_t *object, struct bt_err *err);

/* A snapshot's state and back: everything that is not of the interval, and the current segment's
 * result. */
/* Free with free(). */
char *bt_state_text(const struct bt_snapshot *snap, const struct bt_run_info *info);
/* Fills *snap and, when one is in it, *current (index and result). Unknown stays unknown. */
bool bt_state_read(struct bt_snapshot *snap, struct bt_segment_record *current,
	const struct bt_run_info *info, const char *text);

#endif
