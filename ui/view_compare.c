/* The compare view: two sets of runs, what differs between them and by how much, their latencies
 * and throughput in one chart each. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "base/text.h"
#include "ui/panel.h"
#include "ui/plot.h"
#include "ui/view.h"

static const unsigned side_style[2] = { BT_SERIES_1, BT_SERIES_2 };

static unsigned trend_style(enum bt_trend trend)
{
	switch (trend) {
	case BT_TREND_REGRESSED:
		return BT_BAD | BT_BOLD;
	case BT_TREND_IMPROVED:
		return BT_GOOD | BT_BOLD;
	case BT_TREND_MIXED:
	case BT_TREND_NOT_COMPARABLE:
		return BT_WARN | BT_BOLD;
	default:
		return BT_TEXT_PLAIN | BT_BOLD;
	}
}

/* In front of words, for those who do not see colours. */
static const char *trend_mark(enum bt_trend trend)
{
	return trend == BT_TREND_REGRESSED ? "✖ " : trend == BT_TREND_IMPROVED ? "✔ " : "";
}

static void draw_side(struct bt_grid *grid, struct bt_rect r, unsigned k, const struct bt_trials *t)
{
	char runs[120], text[260], n[40] = "";

	if (t->n > 1)
		snprintf(n, sizeof(n), ", %zu runs", t->n);
	bt_compare_runs(runs, sizeof(runs), t);
	if (strncmp(t->name, "run ", 4) == 0)
		bt_text_format(text, sizeof(text), "%s", t->name);
	else
		bt_text_format(text, sizeof(text), "%s%s (%s)", t->name, n, runs);
	bt_grid_put(grid, r, 0, 0, side_style[k] | BT_BOLD, k ? "B" : "A");
	bt_grid_fit(grid, r, 2, 0, r.w - 2, BT_TEXT_PLAIN | BT_BOLD, text);
}

static void draw_head(struct bt_grid *grid, struct bt_rect r, const struct bt_versus *v)
{
	int x = bt_grid_put(grid, r, 1, 0, BT_ACCENT | BT_BOLD, "compare") + 2;
	int half = (r.w - x) / 2;

	for (unsigned k = 0; k < 2; k++)
		draw_side(grid, (struct bt_rect){ r.x + x + (int)k * half, r.y, half - 1, 1 }, k,
			&v->trials[k]);
	bt_plot_bar(grid, (struct bt_rect){ r.x + 1, r.y + 1, r.w - 2, 1 }, BT_ACCENT, 0);
}

/* The answer first. Returns the rows used. */
static int draw_answer(struct bt_grid *grid, struct bt_rect r, const struct bt_versus *v)
{
	const struct bt_comparison *c = &v->comparison;
	char text[1400], word[64];
	int x, used;

	if (c->trend == BT_TREND_NONE || c->trend == BT_TREND_TOO_FEW ||
		c->trend == BT_TREND_NOT_COMPARABLE) { /* the sentence begins with the word */
		bt_compare_sentence(text, sizeof(text), c);
		used = bt_grid_wrap(grid,
			(struct bt_rect){ r.x, r.y, r.w, BT_MIN(c->within ? 3 : 2, r.h) },
			trend_style(c->trend), text);
	} else {
		snprintf(word, sizeof(word), "%s%s", trend_mark(c->trend), bt_trend_name[c->trend]);
		x = bt_grid_put(grid, r, 0, 0, trend_style(c->trend), word) + 2;
		bt_grid_fit(grid, r, x, 0, r.w - x, BT_DIM,
			c->within
				? "within one run a side: what differs from run to run is not in it"
				: "B against A; intervals over runs");
		used = 1;
	}
	used = BT_MAX(used, 1);
	bt_compare_scope(text, sizeof(text), c);
	if (*text && r.h > used + 8)
		bt_grid_fit(grid, r, 0, used++, r.w, BT_DIM, text);
	if (v->anyway && r.h > used) {
		bt_text_format(text, sizeof(text), "beware: %s", c->noted);
		bt_grid_fit(grid, r, 0, used++, r.w, BT_WARN, text);
	}
	return used;
}

/*
 * A figure of both sides, their ratio with its interval, the verdict: right edges of the first
 * three, left edges of the rest. A narrow screen has the ratio and the verdict.
 */
struct table {
	int a, b, change, interval, verdict; /* 0: no room */
};

static struct table fit_table(int w)
{
	return w >= 72    ? (struct table){ 22, 33, 43, 46, 65 }
		: w >= 52 ? (struct table){ 22, 33, 43, 0, 46 }
			  : (struct table){ 0, 0, 20, 0, 22 };
}

#define AXIS_FROM 0.05 /* the few fastest operations do not stretch the axis */
#define NARROW    5    /* latencies that lie within this factor have a linear axis */

static bool is_told(const struct bt_compared *row)
{
	return isfinite(row->a) || isfinite(row->b);
}

static int table_rows(const struct bt_comparison *c)
{
	int n = 1;

	for (unsigned i = 0; i < bt_figures_compared(); i++)
		n += is_told(&c->rows[i]);
	return n;
}

static void draw_figure(struct bt_grid *grid, struct bt_rect r, int y, const struct table *at,
	const struct bt_compared *row)
{
	char text[80], low[BT_FMT_MAX], high[BT_FMT_MAX];
	unsigned style = row->trend == BT_TREND_REGRESSED || row->trend == BT_TREND_IMPROVED
		? trend_style(row->trend)
		: BT_TEXT_PLAIN;

	bt_grid_fit(grid, r, 0, y, 11, BT_TITLE, row->figure.name);
	if (at->a)
		bt_grid_right(grid, r, at->a, y, BT_TEXT_PLAIN,
			bt_unit_text(text, sizeof(text), row->figure.unit, row->a));
	if (at->b)
		bt_grid_right(grid, r, at->b, y, BT_TEXT_PLAIN,
			bt_unit_text(text, sizeof(text), row->figure.unit, row->b));
	bt_grid_right(grid, r, at->change, y, style,
		bt_compare_change_text(text, row, row->change.value));
	if (at->interval && isfinite(row->change.low)) {
		snprintf(text, sizeof(text), "%s to %s",
			bt_compare_change_text(low, row, row->change.low),
			bt_compare_change_text(high, row, row->change.high));
		bt_grid_put(grid, r, at->interval, y, BT_DIM, text);
	}
	snprintf(text, sizeof(text), "%s", trend_mark(row->trend));
	bt_compare_trend_text(text + strlen(text), sizeof(text) - strlen(text), row);
	bt_grid_fit(grid, r, at->verdict, y, r.w - at->verdict, style, text);
}

static void draw_table(struct bt_grid *grid, struct bt_rect r, const struct bt_comparison *c)
{
	const struct table at = fit_table(r.w);
	int y = 1;

	if (at.a)
		bt_grid_right(grid, r, at.a, 0, side_style[0] | BT_BOLD, "A");
	if (at.b)
		bt_grid_right(grid, r, at.b, 0, side_style[1] | BT_BOLD, "B");
	bt_grid_right(grid, r, at.change, 0, BT_DIM, "B / A");
	if (at.interval)
		bt_grid_put(grid, r, at.interval, 0, BT_DIM, "95 % interval");
	bt_grid_put(grid, r, at.verdict, 0, BT_DIM, "verdict");
	for (unsigned i = 0; i < bt_figures_compared() && y < r.h; i++)
		if (is_told(&c->rows[i]))
			draw_figure(grid, r, y++, &at, &c->rows[i]);
}

static char *latency_label(char *buf, size_t size, double v)
{
	return bt_fmt_ns(buf, size, v);
}

static char *rate_label(char *buf, size_t size, double v)
{
	return bt_fmt_rate(buf, size, v);
}

/* How many nines the charts reach to: what the smaller histogram can tell. */
static double nines_of(const struct bt_versus *v)
{
	double least = fmin((double)v->sides[0].latency.count, (double)v->sides[1].latency.count);

	return fmin(fmax(floor(log10(fmax(least, 1))), 2), 6);
}

static void draw_nines(struct bt_grid *grid, struct bt_rect r, double nines)
{
	static const char *const names[] = { "0", "90%", "99%", "99.9%", "99.99%", "99.999%",
		"99.9999%" };
	int end = 0;

	for (int i = 0; i <= (int)nines; i++) {
		int x = (int)(i / nines * (r.w - 1)), w = bt_text_width(names[i]);

		x = BT_MIN(BT_MAX(x - w / 2, 0), r.w - w);
		if (x < end)
			continue;
		end = bt_grid_put(grid, r, x, 0, BT_DIM, names[i]) + 1;
	}
}

/* Axes count in the unit that their labels are written in. */
static double plot_unit(double ns)
{
	double unit = 1;

	while (ns / unit >= 1000)
		unit *= 1000;
	return unit;
}

/* The least and the largest latency that curves have; what is faster lies on the edge. */
struct extent {
	double least, most;
};

static struct extent fill_curves(
	double values[2][BT_PLOT_DOTS], int n, double nines, const struct bt_versus *v)
{
	struct extent e = { INFINITY, 0 };
	double q[BT_PLOT_DOTS];
	uint64_t ns[BT_PLOT_DOTS];

	for (int i = 0; i < n; i++)
		q[i] = 1 - pow(10, -nines * i / (n - 1));
	for (unsigned k = 0; k < 2; k++)
		if (v->sides[k].latency.count)
			e.least = fmin(
				e.least, (double)bt_hist_quantile(&v->sides[k].latency, AXIS_FROM));
	for (unsigned k = 0; k < 2; k++) {
		bool known = v->sides[k].latency.count > 0;

		bt_hist_quantiles(&v->sides[k].latency, ns, q, (unsigned)n);
		for (int i = 0; i < n; i++)
			values[k][i] = known ? fmax((double)ns[i], e.least) : NAN;
		e.most = known ? fmax(e.most, values[k][n - 1]) : e.most;
	}
	return e;
}

/* Quantiles over the logarithm of what lies above them, as HdrHistogram plots: each nine takes as
 * much room as the one before. */
static void draw_latency(struct bt_grid *grid, struct bt_rect r, const struct bt_versus *v)
{
	double values[2][BT_PLOT_DOTS], nines = nines_of(v);
	struct bt_series series[] = { { "A", values[0], side_style[0], false, 'a' },
		{ "B", values[1], side_style[1], false, 'b' } };
	struct bt_plot plot = {
		.series = series, .n_series = 2, .scale = BT_LOG, .label = latency_label
	};
	int n = bt_plot_dots(grid, r.w, true);
	struct extent e;

	if (n < 8 || r.h < 4)
		return;
	bt_grid_put(grid, r, BT_PLOT_LABEL, 0, BT_TITLE | BT_BOLD, "latency by percentile");
	e = fill_curves(values, n, nines, v);
	plot.n = n;
	plot.floor = e.most > 0 ? fmax(e.least, 1) : 1;
	if (e.most > 0 && e.most < NARROW * e.least) {
		plot.scale = BT_LINEAR;
		plot.unit = plot_unit(e.most);
		plot.bottom = e.least - fmax(e.most - e.least, e.most / 20) / 5;
	}
	bt_plot_draw(grid, (struct bt_rect){ r.x, r.y + 1, r.w, r.h - 2 }, &plot);
	draw_nines(grid,
		(struct bt_rect){ r.x + BT_PLOT_LABEL, r.y + r.h - 1, r.w - BT_PLOT_LABEL, 1 },
		nines);
}

static void draw_throughput(struct bt_grid *grid, struct bt_rect r, const struct bt_versus *v)
{
	double values[2][BT_PLOT_DOTS];
	struct bt_series series[] = { { "A", values[0], side_style[0], false, 'a' },
		{ "B", values[1], side_style[1], false, 'b' } };
	struct bt_plot plot = { .series = series, .n_series = 2, .label = rate_label };
	int n = bt_plot_dots(grid, r.w, true);

	if (n < 8 || r.h < 4)
		return;
	bt_grid_put(grid, r, BT_PLOT_LABEL, 0, BT_TITLE | BT_BOLD, "throughput since the start");
	for (unsigned k = 0; k < 2; k++)
		for (int i = 0; i < n; i++)
			values[k][i] = v->sides[k].rate[(size_t)i * BT_VERSUS_POINTS / (size_t)n];
	plot.n = n;
	plot.dot_ns = (double)v->length_ns / n;
	bt_plot_draw(grid, (struct bt_rect){ r.x, r.y + 1, r.w, r.h - 1 }, &plot);
}

static void draw_charts(struct bt_grid *grid, struct bt_rect r, const struct bt_versus *v)
{
	int half = (r.w - 2) / 2;

	draw_latency(grid, (struct bt_rect){ r.x, r.y, half, r.h }, v);
	draw_throughput(grid, (struct bt_rect){ r.x + half + 2, r.y, half, r.h }, v);
}

/* One line a difference; the last tells how many more there are. */
static void draw_differences(struct bt_grid *grid, struct bt_rect r, const struct bt_versus *v)
{
	char text[260];
	int y = 0;

	if (!v->n_differences) {
		bt_grid_fit(grid, r, 0, 0, r.w, BT_DIM,
			"no difference in options, machine or versions");
		return;
	}
	for (unsigned i = 0; i < v->n_differences && y < r.h; i++, y++) {
		const struct bt_difference *d = &v->differences[i];
		unsigned style = d->hinders ? BT_WARN | BT_BOLD : BT_TEXT_PLAIN;
		int x;

		if (y + 1 == r.h && i + 1 < v->n_differences) {
			snprintf(text, sizeof(text), "and %u more differences",
				v->n_differences - i);
			bt_grid_fit(grid, r, 0, y, r.w, BT_DIM, text);
			return;
		}
		bt_grid_fit(grid, r, 0, y, 22, style, d->what);
		x = 24 +
			bt_grid_fit(grid, r, 24, y, BT_MAX((r.w - 28) / 2, 0), side_style[0],
				d->a[0] ? d->a : "-");
		x = bt_grid_put(grid, r, x, y, BT_DIM, " -> ");
		bt_grid_fit(grid, r, x, y, r.w - x, side_style[1], d->b[0] ? d->b : "-");
	}
}

static void compare_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_versus *v = screen->versus;
	struct bt_rect in = { r.x + 1, r.y + 2, r.w - 2, r.h - 3 };
	int used, rows, differences, charts;

	draw_head(grid, r, v);
	if (screen->message[0])
		bt_grid_fit(grid, r, 1, r.h - 1, r.w - 2, BT_WARN | BT_BOLD, screen->message);
	used = draw_answer(grid, in, v);
	rows = BT_MIN(table_rows(&v->comparison), in.h - used);
	draw_table(grid, (struct bt_rect){ in.x, in.y + used, in.w, rows }, &v->comparison);
	used += rows;
	differences = BT_MIN(BT_MAX((int)v->n_differences, 1), BT_MAX((in.h - used) / 4, 2));
	charts = in.h - used - differences - 1;
	if (charts >= 5)
		draw_charts(grid, (struct bt_rect){ in.x, in.y + used + 1, in.w, charts - 1 }, v);
	else
		differences = BT_MAX(in.h - used, 0);
	draw_differences(
		grid, (struct bt_rect){ in.x, in.y + in.h - differences, in.w, differences }, v);
}

static void compare_back(struct bt_screen *screen)
{
	screen->view = &bt_view_history;
}

static void compare_turn_round(struct bt_screen *screen)
{
	struct bt_side held = screen->sides[0];

	screen->sides[0] = screen->sides[1];
	screen->sides[1] = held;
	screen->ask = BT_ASK_COMPARE;
}

static const struct bt_key keys[] = {
	{ BT_KEY_ESC, 'c', "Esc", "back", "back to the history; c does the same", compare_back },
	{ 'x', 0, "x", "exchange A and B", "A becomes B and B becomes A", compare_turn_round },
	{ 'q', 'Q', "q", "quit", "quit", bt_screen_leave },
	{ '?', 0, "?", "help", "this help", bt_screen_help },
	{ BT_KEY_TAB, BT_KEY_BACKTAB, "Tab", NULL, "back to the history", compare_back },
	{ .name = NULL },
};

const struct bt_view bt_view_compare = { "compare", keys, compare_draw, NULL, NULL };
