/* compare_print.c: a comparison as a table with plain sentences, and as JSON. */
#include "compare/compare.h"

#include <math.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "json/json.h"

char *bt_compare_runs(char *buf, size_t size, const struct bt_trials *t)
{
	buf[0] = '\0';
	for (size_t i = 0, end; i < t->n; i = end) {
		for (end = i + 1; end < t->n && t->v[end].run == t->v[end - 1].run + 1;)
			end++;
		bt_text_add(buf, size, "%s%llu", i ? ", " : "", (unsigned long long)t->v[i].run);
		if (end - i > 1)
			bt_text_add(buf, size, "-%llu", (unsigned long long)t->v[end - 1].run);
	}
	return buf;
}

/* A factor with as many digits as tell it from 1, a difference of shares in points. */
char *bt_compare_change_text(char *buf, const struct bt_compared *row, double v)
{
	if (!isfinite(v))
		strcpy(buf, "-");
	else if (row->shift && row->figure.unit == BT_UNIT_SHARE)
		snprintf(buf, BT_FMT_MAX, "%+.2f pt", v * 100);
	else if (row->shift)
		bt_fmt_number(buf, BT_FMT_MAX, v);
	else
		snprintf(buf, BT_FMT_MAX, v >= 100 ? "%.0f" : v >= 10 ? "%.1f" : "%.3f", v);
	return buf;
}

static char *resolvable_text(char *buf, const struct bt_compared *row)
{
	if (!isfinite(row->resolvable))
		strcpy(buf, "-");
	else if (row->shift)
		bt_compare_change_text(buf, row, row->resolvable);
	else
		snprintf(buf, BT_FMT_MAX, row->resolvable < 0.0995 ? "%.1f %%" : "%.0f %%",
			row->resolvable * 100);
	return buf;
}

/* The cell at the end of a line. */
void bt_compare_trend_text(char *out, size_t size, const struct bt_compared *row)
{
	char buf[BT_FMT_MAX];

	switch (row->trend) {
	case BT_TREND_NONE:
		if (isnan(row->p))
			snprintf(out, size, "equal");
		else
			snprintf(out, size, "none (%s)", resolvable_text(buf, row));
		break;
	case BT_TREND_TOO_FEW:
		snprintf(out, size, "too few runs");
		break;
	case BT_TREND_UNKNOWN:
		snprintf(out, size, "-");
		break;
	default:
		snprintf(out, size, "%s", bt_trend_name[row->trend]);
	}
}

static void print_row(FILE *out, const struct bt_compared *row)
{
	char a[BT_FMT_MAX], b[BT_FMT_MAX], change[BT_FMT_MAX], low[BT_FMT_MAX], high[BT_FMT_MAX];
	char interval[2 * BT_FMT_MAX + 8] = "-", p[BT_FMT_MAX] = "-", trend[48];

	if (isnan(row->a) && isnan(row->b))
		return;
	if (isfinite(row->change.low))
		snprintf(interval, sizeof(interval), "%s to %s",
			bt_compare_change_text(low, row, row->change.low),
			bt_compare_change_text(high, row, row->change.high));
	if (!isnan(row->p_adjusted))
		snprintf(
			p, sizeof(p), row->p_adjusted < 0.001 ? "<0.001" : "%.3f", row->p_adjusted);
	bt_compare_trend_text(trend, sizeof(trend), row);
	bt_print(out, "%-11.11s %9s %9s %9s  %-18s %6s  %s\n", row->figure.name,
		bt_unit_text(a, sizeof(a), row->figure.unit, row->a),
		bt_unit_text(b, sizeof(b), row->figure.unit, row->b),
		bt_compare_change_text(change, row, row->change.value), interval, p, trend);
}

/* "p99 1.230 times (1.101 to 1.352)" */
static void add_change(char *out, size_t size, const struct bt_compared *row)
{
	char v[BT_FMT_MAX], low[BT_FMT_MAX], high[BT_FMT_MAX];

	bt_text_add(out, size, "%s %s%s", row->figure.name,
		bt_compare_change_text(v, row, row->change.value), row->shift ? "" : " times");
	if (isfinite(row->change.low))
		bt_text_add(out, size, " (%s to %s)",
			bt_compare_change_text(low, row, row->change.low),
			bt_compare_change_text(high, row, row->change.high));
}

static void add_changes(char *out, size_t size, const struct bt_comparison *c, enum bt_trend trend,
	const char *word)
{
	unsigned n = 0;

	for (unsigned i = 0; i < bt_figures_compared(); i++) {
		if (c->rows[i].trend != trend)
			continue;
		bt_text_add(out, size, n++ ? ", " : "%s: ", word);
		add_change(out, size, &c->rows[i]);
	}
	if (n)
		bt_text_add(out, size, ". ");
}

static void add_resolvable(char *out, size_t size, const struct bt_comparison *c)
{
	static const enum bt_figure_id told[] = { BT_FIG_THROUGHPUT, BT_FIG_P50, BT_FIG_P99 };
	char buf[BT_FMT_MAX];
	unsigned n = 0;

	for (unsigned i = 0; i < BT_LEN(told); i++) {
		const struct bt_compared *row = &c->rows[told[i]];

		if (isfinite(row->resolvable))
			bt_text_add(out, size, "%s%s of %s",
				n++ ? ", " : " (smallest resolvable: ", resolvable_text(buf, row),
				row->figure.name);
	}
	bt_text_add(out, size, n ? ")." : ".");
}

/* One run a side: by more than chance does within each of them, or another answer of the
 * profile. */
static bool looks_changed(const struct bt_compared *row, const struct bt_comparison *c)
{
	if (isnan(row->change.value) || bt_compare_too_small(row, c->floor))
		return false;
	if (row == &c->rows[BT_FIG_FINDING])
		return true;
	return row->p_adjusted <= BT_COMPARE_LEVEL;
}

static bool has_intervals(const struct bt_comparison *c)
{
	for (unsigned i = 0; i < bt_figures_compared(); i++)
		if (isfinite(c->rows[i].change.low))
			return true;
	return false;
}

/* Of one run a side: what is seen in them, which is no verdict. */
static void add_looks(char *out, size_t size, const struct bt_comparison *c)
{
	unsigned n[2] = { 0, 0 };

	for (unsigned better = 0; better < 2; better++)
		for (unsigned i = 0; i < bt_figures_compared(); i++) {
			const struct bt_compared *row = &c->rows[i];
			char a[BT_FMT_MAX], b[BT_FMT_MAX];

			if (!looks_changed(row, c) ||
				(bt_compare_worse_by(row, row->change.value) < 0) != better)
				continue;
			if (!n[better]++)
				bt_text_add(out, size,
					better && n[0]   ? "; and better: "
						: better ? " In these two runs B did better: "
							 : " In these two runs B did worse: ");
			else
				bt_text_add(out, size, ", ");
			bt_text_add(out, size, "%s %s, was %s", row->figure.name,
				bt_unit_text(b, sizeof(b), row->figure.unit, row->b),
				bt_unit_text(a, sizeof(a), row->figure.unit, row->a));
		}
	if (n[0] + n[1])
		bt_text_add(out, size, ". Other runs may differ as much by chance.");
	else if (has_intervals(c))
		bt_text_add(out, size,
			" These two runs do not differ by more than chance within them.");
	else
		bt_text_add(out, size,
			" What these two runs have in common is too short to tell more.");
}

void bt_compare_scope(char *out, size_t size, const struct bt_comparison *c)
{
	char rate[BT_FMT_MAX];

	out[0] = '\0';
	if (c->ramps && isnan(c->at_rate))
		snprintf(out, size,
			"No step was held by all of these runs: throughput and latency are not "
			"compared.");
	else if (c->ramps)
		snprintf(out, size,
			"Throughput, latency and errors are those at %s op/s, the highest step "
			"that all "
			"of these runs held.",
			bt_fmt_number(rate, sizeof(rate), c->at_rate));
}

void bt_compare_sentence(char *out, size_t size, const struct bt_comparison *c)
{
	out[0] = '\0';
	switch (c->trend) {
	case BT_TREND_NOT_COMPARABLE:
		bt_text_add(out, size, "Not comparable: %s.", c->why);
		break;
	case BT_TREND_NONE:
		bt_text_add(out, size, "No difference resolved");
		add_resolvable(out, size, c);
		break;
	case BT_TREND_TOO_FEW:
	case BT_TREND_UNKNOWN:
		if (c->needed)
			bt_text_add(out, size, "Not enough evidence: %u %s are needed.", c->needed,
				c->units);
		else
			bt_text_add(out, size, "Not enough evidence: %s.",
				c->noted[0] ? c->noted : "too few runs");
		if (c->within)
			add_looks(out, size, c);
		break;
	default:
		add_changes(out, size, c, BT_TREND_REGRESSED, "Regressed");
		add_changes(out, size, c, BT_TREND_IMPROVED, "Improved");
		if (*out)
			out[strlen(out) - 1] = '\0';
	}
}

static void print_side(FILE *out, char letter, const struct bt_trials *t)
{
	char runs[200];

	bt_print_wrapped(out, 0, 3, "%c  %s: %zu run%s (%s) of %s, profile %s, %s loop", letter,
		t->name, t->n, t->n == 1 ? "" : "s", bt_compare_runs(runs, sizeof(runs), t),
		bt_json_get_text(t->about, "workload"), bt_json_get_text(t->about, "profile"),
		bt_json_get_text(t->about, "mode"));
}

void bt_compare_print_rows(FILE *out, const struct bt_comparison *c)
{
	bt_print(out, "%-11s %9s %9s %9s  %-18s %6s\n", "", "A", "B", "change", "95 % interval",
		"p");
	for (unsigned i = 0; i < bt_figures_compared(); i++)
		print_row(out, &c->rows[i]);
	fputc('\n', out);
}

void bt_compare_print(FILE *out, const struct bt_comparison *c, const struct bt_trials *a,
	const struct bt_trials *b)
{
	char text[1200];

	print_side(out, 'A', a);
	print_side(out, 'B', b);
	fputc('\n', out);
	if (c->trend != BT_TREND_NOT_COMPARABLE)
		bt_compare_print_rows(out, c);
	bt_compare_sentence(text, sizeof(text), c);
	bt_print_wrapped(out, 0, 0, "%s", text);
	bt_compare_scope(text, sizeof(text), c);
	if (*text)
		bt_print_wrapped(out, 0, 0, "%s", text);
	if (c->within && has_intervals(c))
		bt_print_wrapped(out, 0, 0,
			"Intervals and p are from within one run a side (block bootstrap over its "
			"seconds); they leave out differences between runs.");
	if (c->noted[0])
		bt_print_wrapped(out, 0, 6, "Note: %s.", c->noted);
}

static json_t *side_json(const struct bt_trials *t)
{
	json_t *runs = json_array();

	for (size_t i = 0; i < t->n; i++)
		json_array_append_new(runs, json_integer((json_int_t)t->v[i].run));
	return json_pack("{so so}", "name", bt_json_string(t->name), "runs", runs);
}

static json_t *row_json(const struct bt_compared *row)
{
	return json_pack("{so so ss so so so so so so ss}", "a", bt_json_real(row->a), "b",
		bt_json_real(row->b), "change_is", row->shift ? "difference" : "ratio", "change",
		bt_json_real(row->change.value), "low", bt_json_real(row->change.low), "high",
		bt_json_real(row->change.high), "p", bt_json_real(row->p), "p_adjusted",
		bt_json_real(row->p_adjusted), "resolvable", bt_json_real(row->resolvable), "trend",
		bt_trend_name[row->trend]);
}

json_t *bt_compare_rows_json(const struct bt_comparison *c)
{
	json_t *figures = json_object();
	char text[1200];

	for (unsigned i = 0; i < bt_figures_compared(); i++)
		if (!isnan(c->rows[i].a) || !isnan(c->rows[i].b))
			bt_json_set(figures, c->rows[i].figure.name, row_json(&c->rows[i]));
	bt_compare_sentence(text, sizeof(text), c);
	return json_pack("{ss so so so so so}", "trend", bt_trend_name[c->trend], "sentence",
		bt_json_string(text), "runs_needed",
		c->needed ? json_integer((json_int_t)c->needed) : json_null(), "why",
		bt_json_text(c->why), "noted", bt_json_text(c->noted), "figures", figures);
}

json_t *bt_compare_json(
	const struct bt_comparison *c, const struct bt_trials *a, const struct bt_trials *b)
{
	json_t *object = bt_compare_rows_json(c);

	if (!object)
		return NULL;
	json_object_set_new(object, "a", side_json(a));
	json_object_set_new(object, "b", side_json(b));
	json_object_set_new(object, "at_rate", bt_json_real(c->at_rate));
	json_object_set_new(
		object, "evidence", bt_json_string(c->within ? "within one run a side" : "runs"));
	return object;
}
