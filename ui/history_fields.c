/* history_fields.c: the columns of the history: what they are called, where they are, what goes
 * first when there is no room. */
#include <math.h>
#include <string.h>

#include "base/fmt.h"
#include "ui/history.h"
#include "ui/panel.h"

static char *span_text(char *buf, size_t size, double v)
{
	return bt_fmt_clock(buf, size, bt_u64(v));
}

#define TEXT(m)    .kind = BT_FIELD_TEXT, .offset = offsetof(struct bt_run_row, m)
#define COUNT(m)   .kind = BT_FIELD_COUNT, .offset = offsetof(struct bt_run_row, m)
#define FIGURE(id) .kind = BT_FIELD_REAL, .figure = &bt_figures[BT_FIG_##id]
#define PEAK       "peak_throughput" /* has no id */

static const struct bt_field fields[] = {
	{ .name = "run", .summary = "number of the run", .w = 5, COUNT(id) },
	{ .name = "started",
		.summary = "when it began",
		.w = 12,
		.rank = 2,
		.left = true,
		.kind = BT_FIELD_MOMENT,
		.offset = offsetof(struct bt_run_row, started_wall_ns) },
	{ .name = "workload", .summary = "what was run", .w = 14, .left = true, TEXT(workload) },
	{ .name = "profile",
		.summary = "how the load went",
		.w = 9,
		.rank = 6,
		.left = true,
		TEXT(profile) },
	{ .name = "took",
		.summary = "how long it took",
		.w = 8,
		.rank = 12,
		COUNT(duration_ns),
		.text = span_text },
	{ .w = 7, FIGURE(THROUGHPUT) },
	{ .name = PEAK, .w = 7, .rank = 8, .kind = BT_FIELD_REAL },
	{ .w = 8, .rank = 7, FIGURE(P50) },
	{ .w = 8, .rank = 1, FIGURE(P99) },
	{ .w = 7, .rank = 5, FIGURE(ERRORS) },
	{ .w = 9, .rank = 9, FIGURE(MEMORY) },
	{ .name = "verdict",
		.summary = "of the measurement",
		.w = 8,
		.rank = 3,
		.left = true,
		TEXT(verdict) },
	{ .name = "status",
		.summary = "how it ended",
		.w = 11,
		.rank = 4,
		.left = true,
		TEXT(status) },
	{ .name = "commit",
		.summary = "code that was tested",
		.w = 8,
		.rank = 10,
		.left = true,
		TEXT(commit) },
	{ .name = "host", .summary = "machine", .w = 10, .rank = 11, .left = true, TEXT(host) },
	{ .name = "tags", .summary = "tags", .w = 18, .rank = 13, .left = true, TEXT(tags) },
	{ .name = "finding",
		.summary = "the profile's answer",
		.w = 18,
		.rank = 14,
		.left = true,
		TEXT(finding) },
};
#define OTHER_RANK 15 /* of figures without a place of their own */

static char *(*text_of(const struct bt_figure *figure))(char *, size_t, double)
{
	switch (figure->unit) {
	case BT_UNIT_NS:
		return bt_fmt_ns;
	case BT_UNIT_BYTES:
		return bt_fmt_bytes;
	case BT_UNIT_SHARE:
		return bt_fmt_share;
	default:
		return figure->rate ? bt_fmt_rate : bt_fmt_number;
	}
}

static const struct bt_figure *figure_of(const struct bt_field *field)
{
	return field->figure || field->kind != BT_FIELD_REAL ? field->figure
							     : bt_figure_named(field->name);
}

static bool is_placed(const struct bt_figure *figure)
{
	for (size_t i = 0; i < BT_LEN(fields); i++)
		if (figure_of(&fields[i]) == figure)
			return true;
	return false;
}

static void describe(struct bt_field *field)
{
	const struct bt_figure *f = field->figure = figure_of(field);

	if (!f)
		return;
	field->name = f->heading ? f->heading : bt_figure_listed(f);
	field->summary = f->help;
	field->better = f->better;
	field->text = text_of(f);
}

void bt_fields_of(struct bt_fields *out)
{
	memcpy(out->v, fields, sizeof(fields));
	out->n = BT_LEN(fields);
	for (const struct bt_figure *f = bt_figures; f->name && out->n < BT_FIELDS_MAX; f++)
		if (f->in & BT_IN_HISTORY && !is_placed(f))
			out->v[out->n++] = (struct bt_field){
				.w = 9, .rank = OTHER_RANK, .kind = BT_FIELD_REAL, .figure = f
			};
	for (size_t i = 0; i < out->n; i++)
		describe(&out->v[i]);
}

struct bt_field bt_field(size_t i)
{
	struct bt_fields all;

	bt_fields_of(&all);
	return all.v[i];
}

double bt_field_value(const struct bt_field *field, const struct bt_run_row *row)
{
	const char *at = (const char *)row + field->offset;

	if (field->figure)
		return bt_row_figure(row, field->figure);
	if (field->kind == BT_FIELD_MOMENT)
		return bt_unix_real(*(const uint64_t *)at);
	return field->kind == BT_FIELD_COUNT ? (double)*(const uint64_t *)at : NAN;
}

const char *bt_field_words(const struct bt_field *field, const struct bt_run_row *row)
{
	const char *text = *(const char *const *)((const char *)row + field->offset);

	return text ? text : "";
}
