#include "export/html_plots.h"

#include <math.h>

#include "base/fmt.h"
#include "export/html_chart.h"
#include "json/json.h"

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
unsigned bt_html_marks(double marks[BT_HTML_MARKS], const struct bt_tally *tally)
{
	unsigned n = 0;

	if (tally->n_segments > BT_HTML_MARKS)
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

void bt_html_throughput(
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
		/* Of NAN and a number the number. */
		top = fmax(top, fmax(v[0][i], open ? v[1][i] : 0));
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

void bt_html_latency(
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

void bt_html_heat(
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

void bt_html_memory(FILE *out, const struct bt_bins *bins, const double *marks, unsigned n_marks)
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
void bt_html_step_chart(FILE *out, const json_t *steps)
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
