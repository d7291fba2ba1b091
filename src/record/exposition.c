#include "record/exposition.h"

#include <ctype.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static void put(struct bt_exposition *e, const char *fmt, ...) BT_PRINTF(2, 3);

static void put(struct bt_exposition *e, const char *fmt, ...)
{
	va_list args;
	int n;

	for (;;) {
		size_t left = e->room - e->n;

		va_start(args, fmt);
		n = e->text ? vsnprintf(e->text + e->n, left, fmt, args) : 0;
		va_end(args);
		if (e->failed || (e->text && (size_t)n < left))
			break;
		e->room = e->room ? e->room * 2 : 16384;
		char *grown = realloc(e->text, e->room);

		if (!grown) {
			e->failed = true;
			return;
		}
		e->text = grown;
	}
	e->n += e->failed ? 0 : (size_t)n;
}

void bt_exposition_init(struct bt_exposition *e, enum bt_exposition_format format)
{
	*e = (struct bt_exposition){ .format = format };
}

/* A label's value: backslash, quote and newline are escaped; bytes that are not UTF-8 are nobody's here: names come from tables. */
static size_t escape(char *out, size_t size, const char *value)
{
	size_t n = 0;

	for (; *value && n + 3 < size; value++) {
		if (*value == '\\' || *value == '"' || *value == '\n')
			out[n++] = '\\';
		out[n++] = *value == '\n' ? 'n' : *value;
	}
	out[n] = '\0';
	return n;
}

void bt_exposition_label(struct bt_exposition *e, const char *name, const char *value)
{
	size_t n = strlen(e->labels);
	char text[512];

	escape(text, sizeof(text), value);
	snprintf(e->labels + n, sizeof(e->labels) - n, "%s%s=\"%s\"", n ? "," : "", name, text);
}

void bt_family(
	struct bt_exposition *e, enum bt_family_kind kind, const char *name, const char *help)
{
	bool open = e->format == BT_OPENMETRICS;
	const char *suffix = kind == BT_FAMILY_COUNTER ? "_total"
		: kind == BT_FAMILY_INFO               ? "_info"
						       : "";
	char text[512];

	snprintf(e->name, sizeof(e->name), "%s", name);
	for (char *at = e->name; *at; at++)
		if (!isalnum((unsigned char)*at) && *at != '_')
			*at = '_';
	e->kind = kind;
	escape(text, sizeof(text), help);
	/* OpenMetrics names the family, the older format what its samples are called. */
	put(e, "# HELP %s%s %s\n# TYPE %s%s %s\n", e->name, open ? "" : suffix, text, e->name,
		open ? "" : suffix, kinds[kind][open]);
}

static void head(struct bt_exposition *e, const char *suffix, const char *label, const char *value)
{
	char text[512];

	escape(text, sizeof(text), value ? value : "");
	put(e, "%s%s", e->name, suffix);
	if (e->labels[0] || label)
		put(e, "{%s", e->labels);
	if (label)
		put(e, "%s%s=\"%s\"", e->labels[0] ? "," : "", label, text);
	put(e, "%s", e->labels[0] || label ? "} " : " ");
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
	put(e, "%s\n", text);
}

void bt_sample(struct bt_exposition *e, const char *label, const char *value, double v)
{
	if (isnan(v))
		return;
	head(e, suffix_of(e), label, value);
	put_value(e, v);
}

void bt_sample_count(struct bt_exposition *e, const char *label, const char *value, uint64_t v)
{
	head(e, suffix_of(e), label, value);
	put(e, "%llu\n", (unsigned long long)v);
}

void bt_sample_part(
	struct bt_exposition *e, const char *suffix, const char *label, const char *value, double v)
{
	head(e, suffix, label, value);
	put_value(e, v);
}

char *bt_exposition_end(struct bt_exposition *e)
{
	if (e->format == BT_OPENMETRICS)
		put(e, "# EOF\n");
	else
		put(e, "%s", "");
	if (!e->failed)
		return e->text;
	free(e->text);
	return NULL;
}
