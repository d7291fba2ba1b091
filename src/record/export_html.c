/* html: a report of one run as one page, with charts as inline SVG; nothing of it comes from elsewhere, and no script runs. */
#include "record/export.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "record/html_bins.h"
#include "record/html_chart.h"
#include "record/json.h"
#include "record/threshold.h"

#define MARKS_MAX 200

struct state {
	struct bt_bins *bins;
};

static const char style[] =
	":root{color-scheme:light "
	"dark;--ink:#1b1f24;--dim:#5c6670;--ground:#fff;--rule:#d8dde2;--a:#0b66c3;--b:#0a7f5a;"
	"--c:#b3367e;--d:#b26a00;--bad:#c22f2f;--good:#157347}\n"
	"@media(prefers-color-scheme:dark){:root{--ink:#e6e8ea;--dim:#9aa4ae;--ground:#14171a;--"
	"rule:#343a40;--a:#4aa3ff;"
	"--b:#3fc795;--c:#f08cc0;--d:#f0b35a;--bad:#ff7b72;--good:#56d364}}\n"
	"body{font:15px/1.5 "
	"system-ui,sans-serif;color:var(--ink);background:var(--ground);max-width:60rem;margin:"
	"2rem auto;padding:0 1rem}\n"
	"h1{font-size:1.6rem;margin:0}h2{font-size:1.15rem;margin:2rem 0 .5rem;border-bottom:1px "
	"solid var(--rule)}p.sub{color:var(--dim);margin:.2rem 0 1rem}\n"
	".cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(9rem,1fr));gap:.75rem;"
	"margin:1rem 0}.cards div{border:1px solid var(--rule);border-radius:.4rem;padding:.5rem "
	".75rem}\n"
	".cards b{display:block;font-size:1.35rem;font-variant-numeric:tabular-nums}.cards "
	"span{color:var(--dim);font-size:.85rem}\n"
	".good{color:var(--good)}.bad{color:var(--bad)}\n"
	"figure{margin:.5rem 0 1rem}svg{width:100%;height:auto}svg text{font:11px "
	"system-ui,sans-serif;fill:var(--dim)}text.y{text-anchor:end}text.x{text-anchor:middle}\n"
	".grid{stroke:var(--rule);stroke-width:1}.mark{stroke:var(--dim);stroke-dasharray:2 "
	"3}path{fill:none;stroke-width:1.6;stroke-linecap:round}\n"
	"path.a{stroke:var(--a)}path.b{stroke:var(--b)}path.c{stroke:var(--c)}path.d{stroke:var(--"
	"d)}path.bad{stroke:var(--bad)}path.area{fill:var(--a);fill-opacity:.18}\n"
	".key{display:inline-block;width:.8rem;height:.25rem;margin:0 .35rem 0 "
	".9rem;vertical-align:middle}.key.a{background:var(--a)}.key.b{background:var(--b)}.key.c{"
	"background:var(--c)}.key.d{background:var(--d)}.key.bad{background:var(--bad)}figcaption{"
	"color:var(--dim);font-size:.85rem}\n"
	".h1{fill:var(--a);fill-opacity:.12}.h2{fill:var(--a);fill-opacity:.28}.h3{fill:var(--a);"
	"fill-opacity:.45}.h4{fill:var(--a);fill-opacity:.62}.h5{fill:var(--a);fill-opacity:.8}.h6{"
	"fill:var(--a)}\n"
	"table{border-collapse:collapse;width:100%;font-variant-numeric:tabular-nums}caption{text-"
	"align:left;color:var(--dim);padding:.3rem 0}th,td{text-align:right;padding:.2rem "
	".6rem;border-bottom:1px solid var(--rule)}\n"
	"td:not(.l){white-space:nowrap}th:first-child,td:first-child,td.l,th.l{text-align:left}"
	"code{font-size:.9em;overflow-wrap:"
	"anywhere}\n"
	"@media print{body{margin:0;max-width:none}h2,figure,table{break-inside:avoid}}\n";

static int begin(void *self, FILE *out BT_UNUSED, const struct bt_run_info *info BT_UNUSED,
	struct bt_err *err)
{
	struct state *s = self;

	s->bins = malloc(sizeof(*s->bins));
	if (!s->bins)
		return bt_fail(err, -ENOMEM, "out of memory");
	bt_bins_init(s->bins);
	return 0;
}

static int put(void *self, FILE *out BT_UNUSED, const struct bt_tally *tally,
	const struct bt_snapshot *snap, struct bt_err *err BT_UNUSED)
{
	bt_bins_put(((struct state *)self)->bins, snap, tally->info->open_loop);
	return 0;
}

/* ---- charts ---- */

static char *rate(char *buf, size_t size, double v)
{
	return bt_fmt_number(buf, size, v);
}

/* 1, 2, 5 × 10^k that is not below v. */
static double nice(double v)
{
	double p = v > 0 ? pow(10, floor(log10(v))) : 1;

	return v <= p ? p : v <= 2 * p ? 2 * p : v <= 5 * p ? 5 * p : 10 * p;
}

/* Beginnings of segments, but for the first. */
static unsigned find_marks(double marks[MARKS_MAX], const struct bt_tally *tally)
{
	unsigned n = 0;

	if (tally->n_segments > MARKS_MAX)
		return 0;
	for (unsigned i = 1; i < tally->n_segments; i++)
		marks[n++] = (double)tally->segments[i].result.start_ns / 1e9;
	return n;
}

static struct bt_svg chart_of(const struct bt_bins *bins, const char *title, const double *marks,
	unsigned n_marks, char *(*label)(char *buf, size_t size, double v))
{
	return (struct bt_svg){ .title = title,
		.n = bins->n,
		.span_s = (double)bins->width_ns * bins->n / 1e9,
		.label = label,
		.marks = marks,
		.n_marks = n_marks };
}

static double rate_of(uint64_t n, const struct bt_bin *bin)
{
	return bin->span_ns ? (double)n / ((double)bin->span_ns / 1e9) : NAN;
}

static void put_throughput(
	FILE *out, const struct bt_bins *bins, bool open, const double *marks, unsigned n_marks)
{
	double v[3][BT_BINS], top = 0;
	struct bt_line lines[] = { { "completed", "a", v[0], true },
		{ "failed", "bad", v[2], false }, { "offered", "d", v[1], false } };
	struct bt_svg svg = chart_of(bins, "Throughput", marks, n_marks, rate);
	unsigned i;

	for (i = 0; i < bins->n; i++) {
		const struct bt_bin *bin = &bins->bin[i];

		v[0][i] = rate_of(bin->completed, bin);
		v[1][i] = rate_of(bin->offered, bin);
		v[2][i] = bin->failed ? rate_of(bin->failed, bin) : NAN;
		top = fmax(top,
			fmax(v[0][i], open ? v[1][i] : 0)); /* of NAN and a number the number */
	}
	svg.description = "Operations a second over the time of the run, by when they ended.";
	svg.top = nice(top);
	bt_svg_begin(out, &svg);
	for (i = 0; i < 2u + open; i++)
		bt_svg_line(out, &svg, &lines[i]);
	bt_svg_end(out, lines, 2u + open);
}

static void latency_range(const struct bt_bins *bins, double *low, double *top)
{
	*low = INFINITY;
	*top = 0;
	for (unsigned i = 0; i < bins->n; i++) {
		if (!bins->bin[i].count)
			continue;
		*low = fmin(*low, bt_bin_quantile(&bins->bin[i], 0.01));
		*top = fmax(*top, bt_bin_quantile(&bins->bin[i], 1));
	}
	if (!(*top > 0)) {
		*low = 1e3;
		*top = 1e6;
	}
	*low = pow(10, floor(log10(fmax(*low, 1))));
	*top = fmax(*top, *low * 10);
}

static void put_latency(
	FILE *out, const struct bt_bins *bins, bool open, const double *marks, unsigned n_marks)
{
	static const double q[] = { 0.5, 0.95, 0.99 };
	double v[3][BT_BINS];
	const struct bt_line lines[] = { { "p50", "a", v[0], false }, { "p95", "b", v[1], false },
		{ "p99", "c", v[2], false } };
	struct bt_svg svg =
		chart_of(bins, open ? "Response time" : "Service time", marks, n_marks, bt_fmt_ns);
	unsigned i, k;

	for (k = 0; k < 3; k++)
		for (i = 0; i < bins->n; i++)
			v[k][i] = bt_bin_quantile(&bins->bin[i], q[k]);
	svg.description = "Percentiles over the time of the run, on a logarithmic scale. Lines are "
			  "drawn to 6 %; the table has exact figures.";
	svg.log = true;
	latency_range(bins, &svg.low, &svg.top);
	bt_svg_begin(out, &svg);
	for (k = 0; k < 3; k++)
		bt_svg_line(out, &svg, &lines[k]);
	bt_svg_end(out, lines, 3);
}

#define HEAT_W 2 /* bins a column */
#define HEAT_H 8 /* coarse buckets a row: half an octave */
#define SHADES 6

static uint64_t heat_of(const struct bt_bins *bins, unsigned column, unsigned row)
{
	uint64_t n = 0;

	for (unsigned i = column * HEAT_W; i < BT_MIN((column + 1) * HEAT_W, bins->n); i++)
		for (unsigned k = row * HEAT_H; k < (row + 1) * HEAT_H; k++)
			n += bins->bin[i].latency[k];
	return n;
}

static void put_heat(
	FILE *out, const struct bt_bins *bins, bool open, const double *marks, unsigned n_marks)
{
	struct bt_svg svg =
		chart_of(bins, open ? "Response times, how many" : "Service times, how many", marks,
			n_marks, bt_fmt_ns);
	unsigned columns = (bins->n + HEAT_W - 1) / HEAT_W, rows = BT_BIN_BUCKETS / HEAT_H;
	uint64_t top = 1, n;

	for (unsigned c = 0; c < columns; c++)
		for (unsigned r = 0; r < rows; r++)
			top = BT_MAX(top, heat_of(bins, c, r));
	svg.description = "How many operations took how long over the time of the run; each shade "
			  "is a factor of the one before.";
	svg.log = true;
	latency_range(bins, &svg.low, &svg.top);
	bt_svg_begin(out, &svg);
	for (unsigned c = 0; c < columns; c++)
		for (unsigned r = 0; r < rows; r++)
			if ((n = heat_of(bins, c, r)) != 0)
				bt_svg_cell(out, &svg, c * HEAT_W,
					BT_MIN((c + 1) * HEAT_W, bins->n), bt_bin_low(r * HEAT_H),
					bt_bin_low((r + 1) * HEAT_H),
					(unsigned)fmax(1,
						ceil(SHADES * log1p((double)n) /
							log1p((double)top))));
	bt_svg_end(out, NULL, 0);
}

static void put_memory(FILE *out, const struct bt_bins *bins, const double *marks, unsigned n_marks)
{
	double v[BT_BINS], top = 0;
	const struct bt_line line = { "resident", "a", v, true };
	struct bt_svg svg = chart_of(bins, "Memory", marks, n_marks, bt_fmt_bytes);

	for (unsigned i = 0; i < bins->n; i++) {
		v[i] = bins->bin[i].rss_bytes ? (double)bins->bin[i].rss_bytes : NAN;
		top = fmax(top, isnan(v[i]) ? 0 : v[i]);
	}
	svg.description = "Resident memory of benchtop over the time of the run.";
	svg.top = nice(top / 1048576) * 1048576;
	bt_svg_begin(out, &svg);
	bt_svg_line(out, &svg, &line);
	bt_svg_end(out, &line, 1);
}

/* Steps as a chart of their own: what was asked for, and what came. */
static void put_step_chart(FILE *out, const json_t *steps)
{
	size_t n = json_array_size(steps);
	double v[2][BT_BINS], top = 0;
	const struct bt_line lines[] = { { "achieved", "a", v[0], true },
		{ "offered", "d", v[1], false } };
	struct bt_svg svg = { .title = "Steps",
		.description = "Operations a second of each step, in their order.",
		.n = (unsigned)n,
		.span_s = (double)n,
		.counts = true,
		.label = rate };
	bool open = false;

	if (n < 2 || n > BT_BINS)
		return;
	for (size_t i = 0; i < n; i++) {
		const json_t *step = json_array_get(steps, i);

		v[0][i] = bt_json_get_real(step, "throughput");
		v[1][i] = bt_json_get_real(step, "rate");
		open |= !isnan(v[1][i]);
		top = fmax(top, fmax(isnan(v[0][i]) ? 0 : v[0][i], isnan(v[1][i]) ? 0 : v[1][i]));
	}
	svg.top = nice(top);
	bt_svg_begin(out, &svg);
	bt_svg_line(out, &svg, &lines[0]);
	if (open)
		bt_svg_line(out, &svg, &lines[1]);
	bt_svg_end(out, lines, 1u + open);
}

/* ---- words and tables ---- */

static void card(FILE *out, const char *name, const char *value, const char *class)
{
	fprintf(out, "<div><b class=\"%s\">", class);
	bt_html_text(out, value);
	fprintf(out, "</b><span>%s</span></div>\n", name);
}

static const json_t *latency_of(const json_t *report)
{
	const json_t *all = json_object_get(report, "latency_ns");
	const json_t *l = json_object_get(all, "response");

	return json_is_object(l) ? l : json_object_get(all, "service");
}

static void put_cards(FILE *out, const json_t *report, bool open)
{
	const json_t *l = latency_of(report);
	const char *verdict = bt_json_get_text(report, "verdict");
	char a[BT_FMT_MAX];
	double errors = bt_json_get_real(report, "error_rate");

	fputs("<div class=\"cards\">\n", out);
	card(out, "operations/s",
		bt_fmt_number(a, sizeof(a), bt_json_get_real(report, "throughput")), "");
	card(out, open ? "p50 response time" : "p50 service time",
		bt_fmt_ns(a, sizeof(a), bt_json_get_real(l, "p50")), "");
	card(out, open ? "p99 response time" : "p99 service time",
		bt_fmt_ns(a, sizeof(a), bt_json_get_real(l, "p99")), "");
	card(out, "errors", bt_fmt_share(a, sizeof(a), errors), errors > 0 ? "bad" : "");
	card(out, "peak memory",
		bt_fmt_bytes(a, sizeof(a), bt_json_get_real(report, "rss_peak_bytes")), "");
	card(out, "measurement", verdict, strcmp(verdict, "valid") == 0 ? "good" : "bad");
	fputs("</div>\n", out);
}

static void put_list(FILE *out, const json_t *texts)
{
	const json_t *text;
	size_t i;

	if (!json_array_size(texts))
		return;
	fputs("<ul>\n", out);
	json_array_foreach(texts, i, text)
	{
		fputs("<li>", out);
		bt_html_text(out, json_is_string(text) ? json_string_value(text) : "");
		fputs("</li>\n", out);
	}
	fputs("</ul>\n", out);
}

/* A threshold's figure in its unit. */
static char *value_of(char *buf, size_t size, const json_t *t)
{
	int unit = bt_json_get_name(t, "unit", bt_threshold_unit_name, BT_UNIT_NUMBER);

	return bt_threshold_fmt(
		buf, size, (enum bt_threshold_unit)unit, bt_json_get_real(t, "value"));
}

static void put_thresholds(FILE *out, const json_t *rows)
{
	char text[BT_FMT_MAX];
	const json_t *t;
	size_t i;

	if (!json_array_size(rows))
		return;
	fputs("<h2>Thresholds</h2>\n<table><thead><tr><th scope=\"col\">Threshold</th><th "
	      "scope=\"col\">Value</th>"
	      "<th scope=\"col\">Verdict</th></tr></thead><tbody>\n",
		out);
	json_array_foreach(rows, i, t)
	{
		const char *verdict = bt_json_get_text(t, "verdict");

		fputs("<tr><th scope=\"row\">", out);
		bt_html_text(out, bt_json_get_text(t, "text"));
		fprintf(out, "</th><td>%s</td><td class=\"%s\">%s</td></tr>\n",
			value_of(text, sizeof(text), t),
			strcmp(verdict, "held") == 0              ? "good"
				: strcmp(verdict, "crossed") == 0 ? "bad"
								  : "",
			verdict);
	}
	fputs("</tbody></table>\n", out);
}

static void put_percentiles(FILE *out, const json_t *report)
{
	static const char *const names[] = { "response", "service", "queue" };
	static const char *const figures[] = { "mean", "p50", "p90", "p95", "p99", "p999", "max" };
	const json_t *all = json_object_get(report, "latency_ns");
	char text[BT_FMT_MAX];

	fputs("<table><caption>Latency over all scored operations</caption><thead><tr><th "
	      "scope=\"col\">Time</th>",
		out);
	for (size_t k = 0; k < BT_LEN(figures); k++)
		fprintf(out, "<th scope=\"col\">%s</th>",
			strcmp(figures[k], "p999") == 0 ? "p99.9" : figures[k]);
	fputs("</tr></thead><tbody>\n", out);
	for (size_t i = 0; i < BT_LEN(names); i++) {
		const json_t *l = json_object_get(all, names[i]);

		if (!json_is_object(l))
			continue;
		fprintf(out, "<tr><th scope=\"row\">%s</th>", names[i]);
		for (size_t k = 0; k < BT_LEN(figures); k++)
			fprintf(out, "<td>%s</td>",
				bt_fmt_ns(text, sizeof(text), bt_json_get_real(l, figures[k])));
		fputs("</tr>\n", out);
	}
	fputs("</tbody></table>\n", out);
}

static void put_account(FILE *out, const json_t *report)
{
	static const char *const names[] = { "offered", "completed", "failed", "expired",
		"in_flight" };
	const json_t *errors = json_object_get(report, "errors"), *error;
	const char *class;
	char text[BT_FMT_MAX];

	fputs("<table><caption>Offered = completed + failed + expired + in "
	      "flight</caption><tbody>\n",
		out);
	for (size_t i = 0; i < BT_LEN(names); i++)
		fprintf(out, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n",
			strcmp(names[i], "in_flight") == 0 ? "in flight" : names[i],
			bt_fmt_group(text, sizeof(text), bt_json_get_count(report, names[i], 0)));
	json_object_foreach((json_t *)errors, class, error)
	{
		fputs("<tr><th scope=\"row\">failed: ", out);
		bt_html_text(out, class);
		fprintf(out, "</th><td class=\"bad\">%s</td></tr>\n",
			bt_fmt_group(text, sizeof(text), bt_json_get_count(error, "count", 0)));
	}
	fputs("</tbody></table>\n", out);
}

static void put_steps(FILE *out, const json_t *steps)
{
	char a[BT_FMT_MAX], b[BT_FMT_MAX], c[BT_FMT_MAX], d[BT_FMT_MAX], e[BT_FMT_MAX];
	const json_t *step;
	size_t i;

	if (!json_array_size(steps))
		return;
	fputs("<h2>Steps</h2>\n", out);
	put_step_chart(out, steps);
	fputs("<table><thead><tr><th scope=\"col\">Step</th><th scope=\"col\">Offered</th><th "
	      "scope=\"col\">Achieved</th>"
	      "<th scope=\"col\">p50</th><th scope=\"col\">p99</th><th scope=\"col\">Errors</th>"
	      "<th scope=\"col\" class=\"l\">Outcome</th></tr></thead><tbody>\n",
		out);
	json_array_foreach(steps, i, step)
	{
		const char *outcome = bt_json_get_text(step, "outcome");

		fprintf(out,
			"<tr><th "
			"scope=\"row\">%llu</th><td>%s</td><td>%s</td><td>%s</td><td>%s</"
			"td><td>%s</td>"
			"<td class=\"l %s\">%s ",
			(unsigned long long)bt_json_get_count(step, "step", 0),
			bt_fmt_number(a, sizeof(a), bt_json_get_real(step, "rate")),
			bt_fmt_number(b, sizeof(b), bt_json_get_real(step, "throughput")),
			bt_fmt_ns(c, sizeof(c), bt_json_get_real(step, "p50_ns")),
			bt_fmt_ns(d, sizeof(d), bt_json_get_real(step, "p99_ns")),
			bt_fmt_share(e, sizeof(e), bt_json_get_real(step, "error_rate")),
			strcmp(outcome, "held") == 0            ? "good"
				: strcmp(outcome, "broke") == 0 ? "bad"
								: "",
			outcome);
		bt_html_text(out, bt_json_get_text(step, "reason"));
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table>\n", out);
}

/* An object's members as rows; one within another has its name before it. */
static void put_members(FILE *out, const json_t *object, const char *prefix)
{
	const json_t *value;
	const char *name;

	json_object_foreach((json_t *)object, name, value)
	{
		char full[200], *text;

		snprintf(full, sizeof(full), "%s%s%s", prefix, *prefix ? "." : "", name);
		if (json_is_object(value)) {
			put_members(out, value, full);
			continue;
		}
		text = json_is_string(value)
			? NULL
			: json_dumps(
				  value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
		fputs("<tr><th scope=\"row\">", out);
		bt_html_text(out, full);
		fputs("</th><td class=\"l\">", out);
		bt_html_text(out,
			json_is_string(value)         ? json_string_value(value)
				: json_is_null(value) ? "-"
						      : text);
		fputs("</td></tr>\n", out);
		free(text);
	}
}

static void put_object(FILE *out, const char *title, const json_t *object)
{
	if (!json_object_size(object))
		return;
	fprintf(out, "<h2>%s</h2>\n<table><tbody>\n", title);
	put_members(out, object, "");
	fputs("</tbody></table>\n", out);
}

static void put_head(FILE *out, const json_t *report)
{
	const char *workload = bt_json_get_text(report, "workload");
	char span[BT_FMT_MAX];

	fputs("<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
	      "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">"
	      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
	      "style-src 'unsafe-inline'\">\n<title>",
		out);
	bt_html_text(out, workload);
	fprintf(out, ", run %llu</title>\n<style>\n%s</style></head>\n<body><header><h1>",
		(unsigned long long)bt_json_get_count(report, "run", 0), style);
	bt_html_text(out, workload);
	fputs(", ", out);
	bt_html_text(out, bt_json_get_text(report, "profile"));
	fprintf(out, "</h1>\n<p class=\"sub\">run %llu, ",
		(unsigned long long)bt_json_get_count(report, "run", 0));
	bt_html_text(out, bt_json_get_text(report, "status"));
	fputs(", ", out);
	bt_html_text(out, bt_json_get_text(report, "started"));
	fprintf(out, ", %s, %s loop, on ",
		bt_fmt_clock(span, sizeof(span),
			(uint64_t)(bt_json_get_real(report, "duration_s") * 1e9)),
		bt_json_get_text(report, "mode"));
	bt_html_text(out, bt_json_get_text(report, "host"));
	fputs("<br><code>", out);
	bt_html_text(out, bt_json_get_text(report, "command_line"));
	fputs("</code></p></header>\n<main>\n", out);
}

static int end(void *self, FILE *out, const struct bt_tally *tally, const json_t *report,
	struct bt_err *err BT_UNUSED)
{
	const struct state *s = self;
	const json_t *finding = json_object_get(report, "finding");
	bool open = tally->info->open_loop;
	double marks[MARKS_MAX];
	unsigned n_marks = find_marks(marks, tally);

	put_head(out, report);
	put_cards(out, report, open);
	if (*bt_json_get_text(finding, "text")) {
		fputs("<p><strong>", out);
		bt_html_text(out, bt_json_get_text(finding, "text"));
		fputs("</strong></p>\n", out);
	}
	put_list(out, json_object_get(report, "reasons"));
	put_thresholds(out, json_object_get(report, "thresholds"));
	if (s->bins->n) {
		fputs("<h2>Throughput, operations/s</h2>\n", out);
		put_throughput(out, s->bins, open, marks, n_marks);
		fprintf(out, "<h2>%s</h2>\n", open ? "Response time" : "Service time");
		put_latency(out, s->bins, open, marks, n_marks);
		put_heat(out, s->bins, open, marks, n_marks);
	}
	put_percentiles(out, report);
	fputs("<h2>Operations</h2>\n", out);
	put_account(out, report);
	put_steps(out, json_object_get(report, "steps"));
	if (s->bins->n) {
		fputs("<h2>Memory</h2>\n", out);
		put_memory(out, s->bins, marks, n_marks);
	}
	put_object(out, "What the workload measured", json_object_get(report, "metrics"));
	put_object(out, "Options", json_object_get(report, "options"));
	put_object(out, "Environment", json_object_get(report, "environment"));
	fputs("</main>\n<footer><p class=\"sub\">benchtop ", out);
	bt_html_text(out, bt_json_get_text(report, "version"));
	fputs("</p></footer></body></html>\n", out);
	return 0;
}

static void close_file(void *self, FILE *out BT_UNUSED)
{
	free(((struct state *)self)->bins);
}

const struct bt_export_format bt_export_html = {
	.name = "html",
	.summary = "a report of one run as one page with charts",
	.state_size = sizeof(struct state),
	.begin = begin,
	.put = put,
	.end = end,
	.close = close_file,
};
