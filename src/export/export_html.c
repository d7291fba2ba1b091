/* html: a report of one run as one page, with charts as inline SVG; nothing of it comes from
 * elsewhere, and no script runs. */
#include "export/export.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/fmt.h"
#include "base/stop.h"
#include "export/html_chart.h"
#include "export/html_plots.h"
#include "json/json.h"
#include "judge/threshold.h"

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

static int html_begin(void *self, FILE *out BT_UNUSED, const struct bt_run_info *info BT_UNUSED,
	struct bt_err *err)
{
	struct state *s = self;

	s->bins = malloc(sizeof(*s->bins));
	if (!s->bins)
		return bt_oom(err, NULL);
	bt_bins_init(s->bins);
	return 0;
}

static int html_put(void *self, FILE *out BT_UNUSED, const struct bt_tally *tally,
	const struct bt_snapshot *snap, struct bt_err *err BT_UNUSED)
{
	bt_bins_put(((struct state *)self)->bins, snap, tally->info->open_loop);
	return 0;
}

/* ---- words and tables ---- */

static void card(FILE *out, const char *name, const char *value, const char *class)
{
	bt_html(out, "<div><b class=\"%s\">%s</b><span>%s</span></div>\n", class, value, name);
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
		bt_html(out, "<li>%s</li>\n", json_is_string(text) ? json_string_value(text) : "");
	}
	fputs("</ul>\n", out);
}

/* A threshold's figure in its unit. */
static char *value_of(char *buf, size_t size, const json_t *t)
{
	int unit = bt_json_get_name(t, "unit", bt_unit_name, BT_UNIT_NUMBER);

	return bt_unit_text(buf, size, (enum bt_unit)unit, bt_json_get_real(t, "value"));
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

		bt_html(out,
			"<tr><th scope=\"row\">%s</th><td>%s</td><td class=\"%s\">%s</td></tr>\n",
			bt_json_get_text(t, "text"), value_of(text, sizeof(text), t),
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
		bt_html(out, "<th scope=\"col\">%s</th>",
			strcmp(figures[k], "p999") == 0 ? "p99.9" : figures[k]);
	fputs("</tr></thead><tbody>\n", out);
	for (size_t i = 0; i < BT_LEN(names); i++) {
		const json_t *l = json_object_get(all, names[i]);

		if (!json_is_object(l))
			continue;
		bt_html(out, "<tr><th scope=\"row\">%s</th>", names[i]);
		for (size_t k = 0; k < BT_LEN(figures); k++)
			bt_html(out, "<td>%s</td>",
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
		bt_html(out, "<tr><th scope=\"row\">%s</th><td>%s</td></tr>\n",
			strcmp(names[i], "in_flight") == 0 ? "in flight" : names[i],
			bt_fmt_group(text, sizeof(text), bt_json_get_count(report, names[i], 0)));
	json_object_foreach((json_t *)errors, class, error)
	{
		bt_html(out,
			"<tr><th scope=\"row\">failed: %s</th><td class=\"bad\">%s</td></tr>\n",
			class,
			bt_fmt_group(text, sizeof(text), bt_json_get_count(error, "count", 0)));
	}
	fputs("</tbody></table>\n", out);
}

/* The figure that tells a step from the others: its size, its items, how many at once, or its
 * rate. */
static double step_value(const json_t *step, const char **name)
{
	static const char *const keys[][2] = { { "size", "Units a call" }, { "items", "Items" },
		{ "level", "At once" }, { "rate", "Offered" } };

	for (size_t i = 0; i < BT_LEN(keys); i++) {
		double v = bt_json_get_real(step, keys[i][0]);

		if (!isnan(v)) {
			*name = keys[i][1];
			return v;
		}
	}
	return NAN;
}

static void put_step(FILE *out, const json_t *step, bool sizes)
{
	char a[BT_FMT_MAX], b[BT_FMT_MAX], c[BT_FMT_MAX], d[BT_FMT_MAX], e[BT_FMT_MAX];
	const char *outcome = bt_json_get_text(step, "outcome"), *name;

	bt_html(out, "<tr><th scope=\"row\">%llu</th><td>%s</td><td>%s</td>",
		(unsigned long long)bt_json_get_count(step, "step", 0),
		bt_fmt_number(a, sizeof(a), step_value(step, &name)),
		bt_fmt_number(b, sizeof(b), bt_json_get_real(step, "throughput")));
	if (sizes)
		bt_html(out, "<td>%s</td>",
			bt_fmt_number(a, sizeof(a), bt_json_get_real(step, "units_per_s")));
	bt_html(out, "<td>%s</td><td>%s</td><td>%s</td><td class=\"l %s\">%s %s</td></tr>\n",
		bt_fmt_ns(c, sizeof(c), bt_json_get_real(step, "p50_ns")),
		bt_fmt_ns(d, sizeof(d), bt_json_get_real(step, "p99_ns")),
		bt_fmt_share(e, sizeof(e), bt_json_get_real(step, "error_rate")),
		strcmp(outcome, "held") == 0            ? "good"
			: strcmp(outcome, "broke") == 0 ? "bad"
							: "",
		outcome, bt_json_get_text(step, "reason"));
}

static void put_steps(FILE *out, const json_t *steps)
{
	const char *name = "Offered";
	const json_t *step = json_array_get(steps, 0);
	bool sizes = !isnan(bt_json_get_real(step, "size"));
	size_t i;

	if (!step)
		return;
	step_value(step, &name);
	fputs("<h2>Steps</h2>\n", out);
	bt_html_step_chart(out, steps);
	bt_html(out,
		"<table><thead><tr><th scope=\"col\">Step</th><th scope=\"col\">%s</th>"
		"<th scope=\"col\">Achieved</th>",
		name);
	if (sizes)
		fputs("<th scope=\"col\">Units/s</th>", out);
	fputs("<th scope=\"col\">p50</th><th scope=\"col\">p99</th><th scope=\"col\">Errors</th>"
	      "<th scope=\"col\" class=\"l\">Outcome</th></tr></thead><tbody>\n",
		out);
	json_array_foreach(steps, i, step) put_step(out, step, sizes);
	fputs("</tbody></table>\n", out);
}

/* An object's members as rows; one within another has its name before it. */
static void put_members(FILE *out, const json_t *object, const char *prefix)
{
	const json_t *value;
	const char *name;

	json_object_foreach((json_t *)object, name, value)
	{
		char *full = NULL, *text = NULL;

		if (json_is_object(value)) {
			if (asprintf(&full, "%s%s.", prefix, name) < 0)
				bt_out_of_memory();
			put_members(out, value, full);
			free(full);
			continue;
		}
		text = json_is_string(value)
			? NULL
			: json_dumps(
				  value, JSON_ENCODE_ANY | JSON_COMPACT | JSON_REAL_PRECISION(6));
		if (!text && !json_is_string(value))
			bt_out_of_memory();
		bt_html(out, "<tr><th scope=\"row\">%s%s</th><td class=\"l\">%s</td></tr>\n",
			prefix, name,
			json_is_string(value)         ? json_string_value(value)
				: json_is_null(value) ? "-"
						      : text);
		free(text);
	}
}

static void put_object(FILE *out, const char *title, const json_t *object)
{
	if (!json_object_size(object))
		return;
	bt_html(out, "<h2>%s</h2>\n<table><tbody>\n", title);
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
	bt_html(out, "%s, run %llu</title>\n<style>\n", workload,
		(unsigned long long)bt_json_get_count(report, "run", 0));
	fputs(style, out);
	fputs("</style></head>\n<body><header><h1>", out);
	bt_html(out,
		"%s, %s</h1>\n<p class=\"sub\">run %llu, %s, %s, %s, %s loop, on %s<br><code>%s",
		workload, bt_json_get_text(report, "profile"),
		(unsigned long long)bt_json_get_count(report, "run", 0),
		bt_json_get_text(report, "status"), bt_json_get_text(report, "started"),
		bt_fmt_clock(
			span, sizeof(span), bt_u64(bt_json_get_real(report, "duration_s") * 1e9)),
		bt_json_get_text(report, "mode"), bt_json_get_text(report, "host"),
		bt_json_get_text(report, "command_line"));
	fputs("</code></p></header>\n<main>\n", out);
}

static int html_end(void *self, FILE *out, const struct bt_tally *tally, const json_t *report,
	struct bt_err *err BT_UNUSED)
{
	const struct state *s = self;
	const json_t *finding = json_object_get(report, "finding");
	bool open = tally->info->open_loop;
	double marks[BT_HTML_MARKS];
	unsigned n_marks = bt_html_marks(marks, tally);

	put_head(out, report);
	put_cards(out, report, open);
	if (*bt_json_get_text(finding, "text"))
		bt_html(out, "<p><strong>%s</strong></p>\n", bt_json_get_text(finding, "text"));
	put_list(out, json_object_get(report, "reasons"));
	put_thresholds(out, json_object_get(report, "thresholds"));
	if (s->bins->n) {
		fputs("<h2>Throughput, operations/s</h2>\n", out);
		bt_html_throughput(out, s->bins, open, marks, n_marks);
		bt_html(out, "<h2>%s</h2>\n", open ? "Response time" : "Service time");
		bt_html_latency(out, s->bins, open, marks, n_marks);
		bt_html_heat(out, s->bins, open, marks, n_marks);
	}
	put_percentiles(out, report);
	fputs("<h2>Operations</h2>\n", out);
	put_account(out, report);
	put_steps(out, json_object_get(report, "steps"));
	if (s->bins->n) {
		fputs("<h2>Memory</h2>\n", out);
		bt_html_memory(out, s->bins, marks, n_marks);
	}
	put_object(out, "What the workload measured", json_object_get(report, "metrics"));
	put_object(out, "Options", json_object_get(report, "options"));
	put_object(out, "Environment", json_object_get(report, "environment"));
	bt_html(out, "</main>\n<footer><p class=\"sub\">benchtop %s</p></footer></body></html>\n",
		bt_json_get_text(report, "version"));
	return 0;
}

static void html_close(void *self, FILE *out BT_UNUSED)
{
	free(((struct state *)self)->bins);
}

const struct bt_export_format bt_export_html = {
	.name = "html",
	.summary = "a report of one run as one page with charts",
	.state_size = sizeof(struct state),
	.begin = html_begin,
	.put = html_put,
	.end = html_end,
	.close = html_close,
};
