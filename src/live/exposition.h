/*
 * exposition.h: metrics as text: Prometheus text exposition format 0.0.4 and OpenMetrics 1.0. A
 * family is begun, then its samples are put. One thread at a time.
 */
#ifndef BT_EXPOSITION_H
#define BT_EXPOSITION_H

#include <stdio.h>

#include "base/base.h"

enum bt_exposition_format { BT_PROMETHEUS_TEXT, BT_OPENMETRICS, BT_EXPOSITION_FORMATS };
extern const char *const bt_exposition_type[]; /* media types, by format */

enum bt_family_kind {
	BT_FAMILY_COUNTER,
	BT_FAMILY_GAUGE,
	BT_FAMILY_HISTOGRAM,
	BT_FAMILY_SUMMARY,
	BT_FAMILY_INFO
};

struct bt_exposition {
	enum bt_exposition_format format;
	char *labels; /* of every sample: workload="…",profile="…"; NULL: no memory */
	FILE *out;    /* NULL: no memory */
	char *text;
	size_t size;
	char name[128];
	enum bt_family_kind kind;
};

void bt_exposition_init(struct bt_exposition *e, enum bt_exposition_format format);
/* Adds a label to all samples that follow, before the first. */
void bt_exposition_label(struct bt_exposition *e, const char *name, const char *value);
/* Marks the labels so far, and returns to a mark; 0: none. */
size_t bt_exposition_labels(const struct bt_exposition *e);
void bt_exposition_unlabel(struct bt_exposition *e, size_t labels);

/*
 * Begins a family. `name` is without the suffix that its kind adds (_total, _info); what no name
 * may have in it becomes an underscore.
 */
void bt_family(
	struct bt_exposition *e, enum bt_family_kind kind, const char *name, const char *help);
/* A sample of it with one more label (NULL: none). NAN is left out; counters get their suffix. */
void bt_sample(struct bt_exposition *e, const char *label, const char *value, double v);
void bt_sample_count(struct bt_exposition *e, const char *label, const char *value, uint64_t v);
/* A sample with a suffix of a histogram or summary: "_bucket", "_sum", "_count". */
void bt_sample_part(struct bt_exposition *e, const char *suffix, const char *label,
	const char *value, double v);

/* Ends it. The text, free(); NULL: no memory. */
char *bt_exposition_end(struct bt_exposition *e);

#endif
