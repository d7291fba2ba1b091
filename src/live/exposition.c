#include "live/exposition.h"

#include <ctype.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

const char *const bt_exposition_type[] = {
	[BT_PROMETHEUS_TEXT] = "text/plain; version=0.0.4; charset=utf-8",
	[BT_OPENMETRICS] = "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

static const char *const kinds[][2] = {
	[BT_FAMILY_COUNTER] = { "counter", "counter" },
	[BT_FAMILY_GAUGE] = { "gauge", "gauge" },
	[BT_FAMILY_HISTOGRAM] = { "histogram", "histogram" },
	[BT_FAMILY_SUMMARY] = { "summary", "summary" },
	[BT_FAMILY_INFO] = { "gauge", "info" },
};

void bt_exposition_init(struct bt_exposition *e, enum bt_exposition_format format)
{
	*e = (struct bt_exposition){ .format = format };
	e->out = open_memstream(&e->text, &e->size);
	e->labels = strdup("");
}

void bt_exposition_label(struct bt_exposition *e, const char *name, const char *value)
{
	char *labels = NULL;
	size_t size;
	FILE *out = e->labels ? open_memstream(&labels, &size) : NULL;

	if (out) {
		fprintf(out, "%s%s", e->labels, *e->labels ? "," : "");
		bt_print_as(out, BT_FORM_LABEL, "%s=\"%s\"", name, value);
		if (fclose(out) == EOF) {
			free(labels);
			labels = NULL;
		}
	}
	free(e->labels);
	e->labels = labels;
}

size_t bt_exposition_labels(const struct bt_exposition *e)
{
	return e->labels ? strlen(e->labels) : 0;
}

void bt_exposition_unlabel(struct bt_exposition *e, size_t labels)
{
	if (e->labels)
		e->labels[labels] = '\0';
}

void bt_family(
	struct bt_exposition *e, enum bt_family_kind kind, const char *name, const char *help)
{
	bool open = e->format == BT_OPENMETRICS;
	const char *suffix = kind == BT_FAMILY_COUNTER ? "_total"
		: kind == BT_FAMILY_INFO               ? "_info"
						       : "";

	snprintf(e->name, sizeof(e->name), "%s", name);
	for (char *at = e->name; *at; at++)
		if (!isalnum((unsigned char)*at) && *at != '_')
			*at = '_';
	e->kind = kind;
	/* OpenMetrics names the family, the older format what its samples are called. */
	if (!e->out)
		return;
	bt_print_as(e->out, BT_FORM_LABEL, "# HELP %s%s %s\n# TYPE %s%s %s\n", e->name,
		open ? "" : suffix, help, e->name, open ? "" : suffix, kinds[kind][open]);
}

/* False: out of memory. */
static bool head(struct bt_exposition *e, const char *suffix, const char *label, const char *value)
{
	if (!e->out || !e->labels)
		return false;
	fprintf(e->out, "%s%s%s%s", e->name, suffix, *e->labels || label ? "{" : "", e->labels);
	if (label)
		bt_print_as(e->out, BT_FORM_LABEL, "%s%s=\"%s\"", *e->labels ? "," : "", label,
			value ? value : "");
	fputs(*e->labels || label ? "} " : " ", e->out);
	return true;
}

static const char *suffix_of(const struct bt_exposition *e)
{
	return e->kind == BT_FAMILY_COUNTER ? "_total" : e->kind == BT_FAMILY_INFO ? "_info" : "";
}

static void put_value(struct bt_exposition *e, double v)
{
	char text[40];

	/* The shortest that reads back as the same number. */
	for (int digits = 6; digits <= 17; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v)
			break;
	}
	if (isinf(v))
		strcpy(text, v > 0 ? "+Inf" : "-Inf");
	fprintf(e->out, "%s\n", text);
}

void bt_sample(struct bt_exposition *e, const char *label, const char *value, double v)
{
	if (isnan(v))
		return;
	if (head(e, suffix_of(e), label, value))
		put_value(e, v);
}

void bt_sample_count(struct bt_exposition *e, const char *label, const char *value, uint64_t v)
{
	if (head(e, suffix_of(e), label, value))
		fprintf(e->out, "%llu\n", (unsigned long long)v);
}

void bt_sample_part(
	struct bt_exposition *e, const char *suffix, const char *label, const char *value, double v)
{
	if (head(e, suffix, label, value))
		put_value(e, v);
}

char *bt_exposition_end(struct bt_exposition *e)
{
	bool failed = !e->out || !e->labels;

	if (e->out && e->format == BT_OPENMETRICS)
		fputs("# EOF\n", e->out);
	if (e->out)
		failed |= fclose(e->out) == EOF;
	free(e->labels);
	if (!failed)
		return e->text;
	free(e->text);
	return NULL;
}
