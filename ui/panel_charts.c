/* The panels that show the run over time. */
#include "ui/panel.h"

#include <math.h>
#include <stdio.h>

#include "base/fmt.h"

#define SPANS_MAX 256
#define MIB       1048576.0

int bt_rows_chart(const struct bt_screen *screen)
{
	(void)screen;
	return 6;
}

const struct bt_columns *bt_chart_columns(
	const struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	struct bt_columns_conf conf = { .dots = bt_plot_dots(grid, r.w, true),
		.time = (enum bt_time)(screen->focus.time % BT_LATENCIES) };

	bt_focus_shown(screen, &conf.from_ns, &conf.to_ns);
	bt_columns_renew(screen->columns, screen->shown, &conf);
	return screen->columns;
}

static int dot_of(const struct bt_columns *cols, uint64_t t_ns)
{
	return (int)floor(fmax(fmin(((double)t_ns - cols->from_ns) / cols->dot_ns, 1e9), -1e9));
}

/* Where segments begin, and pauses. Beginnings closer than three cells to the last are left out. */
static unsigned find_segments(struct bt_span spans[], unsigned n, const struct bt_screen *screen)
{
	const struct bt_tally *tally = &screen->shown->tally;
	const struct bt_columns *cols = screen->columns;
	const struct bt_segment_record *seg;
	int from, to, last = -6;
	unsigned i;

	for (i = 1; i < tally->n_segments && n < SPANS_MAX / 2; i++) {
		seg = &tally->segments[i];
		from = dot_of(cols, seg->result.start_ns);
		to = from;
		if (seg->plan.mode == BT_IDLE || seg->plan.mode == BT_FILL)
			to = BT_MIN(dot_of(cols, seg->result.end_ns), cols->n - 1);
		if (to < 0 || from >= cols->dots || (to <= from && from < last + 6))
			continue;
		spans[n++] = (struct bt_span){ .from = from, .to = BT_MAX(from, to) };
		last = from;
	}
	return n;
}

/* What was done by hand and what went wrong, the newest if there are too many. */
static unsigned find_marks(struct bt_span spans[], unsigned n, const struct bt_screen *screen)
{
	const struct bt_tally *tally = &screen->shown->tally;
	const struct bt_event *event;
	unsigned i;
	int at;

	for (i = tally->n_events; i > 0 && n < SPANS_MAX; i--) {
		event = &tally->events[i - 1];
		at = dot_of(screen->columns, event->t_ns);
		if (!bt_event_letter(event->kind) || at < 0 || at >= screen->columns->dots)
			continue;
		spans[n++] = (struct bt_span){ .from = at,
			.to = at,
			.style = bt_event_style(event->kind),
			.letter = bt_event_letter(event->kind) };
	}
	return n;
}

static unsigned find_spans(struct bt_span spans[SPANS_MAX], const struct bt_screen *screen)
{
	if (!(screen->columns->dot_ns > 0) || screen->columns->n == 0)
		return 0;
	return find_marks(spans, find_segments(spans, 0, screen), screen);
}

/* The columns of cells that are looked at. False: none are. */
static bool find_sight(
	struct bt_sight *sight, const struct bt_grid *grid, const struct bt_screen *screen)
{
	const struct bt_focus *focus = &screen->focus;
	const struct bt_columns *cols = screen->columns;
	int dx = bt_plot_dots(grid, BT_PLOT_LABEL + 1, true), mark;

	if (!focus->cursor || cols->n == 0)
		return false;
	sight->at = dot_of(cols, focus->at_ns) / dx;
	mark = focus->marking ? dot_of(cols, focus->mark_ns) / dx : sight->at;
	sight->from = BT_MIN(mark, sight->at);
	sight->to = BT_MAX(mark, sight->at);
	return true;
}

#define LEGEND_VALUE 9 /* columns of a value in a legend, with the space before it */

/* The value of a series under the cursor, else the newest; lines are drawn from coarse buckets, so
 * a percentile is told apart. */
static double legend_value(const struct bt_grid *grid, const struct bt_plot *plot, unsigned i)
{
	int dx = bt_plot_dots(grid, BT_PLOT_LABEL + 1, true), at = plot->n - 1;

	if (plot->told)
		return plot->told[i];
	if (plot->sight)
		at = BT_MIN(plot->sight->at * dx + dx - 1, plot->n - 1);
	return at >= 0 ? plot->series[i].v[at] : NAN;
}

/* Names of as many series as have room, with their values if those have too, right in the frame's
 * upper edge. */
static void draw_legend(
	struct bt_grid *grid, struct bt_rect r, int after, const struct bt_plot *plot)
{
	const struct bt_series *s;
	char value[BT_FMT_MAX];
	int x = r.w - 3, need = 0;
	bool values;
	unsigned i, n;

	for (n = 0; n < plot->n_series; n++) {
		need += bt_text_width(plot->series[n].name) + 4;
		if (x - need < after) {
			need -= bt_text_width(plot->series[n].name) + 4;
			break;
		}
	}
	values = x - need - LEGEND_VALUE * (int)n >= after;
	x -= need + (values ? LEGEND_VALUE * (int)n : 0);
	for (i = 0; i < n; i++) {
		s = &plot->series[i];
		x = bt_grid_put(grid, r, x, 0, s->style, grid->ascii ? " " : " ●");
		if (grid->ascii)
			bt_grid_set(grid, r, x++, 0, s->style, (uint32_t)s->ascii);
		x = bt_grid_printf(grid, r, x, 0, BT_DIM, " %s ", s->name);
		if (!values)
			continue;
		plot->label(value, sizeof(value), legend_value(grid, plot, i));
		x = bt_grid_printf(grid, r, x, 0, BT_DIM, "%*s%s ",
			BT_MAX(LEGEND_VALUE - 1 - bt_text_width(value), 0), "", value);
	}
}

void bt_chart_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen,
	const char *title, struct bt_plot *plot)
{
	struct bt_span spans[SPANS_MAX];
	struct bt_rect in = bt_grid_box(grid, r, title);
	struct bt_sight sight;

	plot->n = screen->columns->n;
	plot->from_ns = screen->columns->from_ns;
	plot->dot_ns = screen->columns->dot_ns;
	plot->spans = spans;
	plot->n_spans = find_spans(spans, screen);
	plot->sight = find_sight(&sight, grid, screen) ? &sight : NULL;
	draw_legend(grid, r, bt_text_width(title) + 4, plot);
	bt_plot_draw(grid, in, plot);
}

static void panel_throughput_draw(
	struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_columns *cols = bt_chart_columns(grid, bt_rect_inset(r, 2, 1), screen);
	const struct bt_snapshot *last = bt_model_last(screen->shown);
	struct bt_series series[3] = { { "achieved", cols->achieved, BT_AREA, true, '#' } };
	struct bt_plot plot = { .series = series, .n_series = 1, .label = bt_fmt_rate, .top = 1 };

	if (screen->shown->info->open_loop)
		series[plot.n_series++] =
			(struct bt_series){ "offered", cols->offered, BT_SERIES_2, false, '-' };
	if (last && last->total.failed + last->total.expired > 0)
		series[plot.n_series++] =
			(struct bt_series){ "failed", cols->failed, BT_BAD, false, 'x' };
	bt_chart_draw(grid, r, screen, "throughput, op/s", &plot);
}

const struct bt_panel_ops bt_panel_throughput = { bt_rows_chart, panel_throughput_draw };

static double known_bytes(uint64_t bytes)
{
	return bytes == UINT64_MAX || bytes == 0 ? NAN : (double)bytes;
}

/* "+" before what grew; the formatter puts "-" nowhere, as sizes are never negative. */
static char *fmt_growth(char *buf, size_t size, double growth)
{
	if (isnan(growth))
		return bt_fmt_bytes(buf, size, growth);
	buf[0] = growth < 0 ? '-' : '+';
	bt_fmt_bytes(buf + 1, size - 1, fabs(growth));
	return buf;
}

static void put_pair(
	struct bt_grid *grid, struct bt_rect in, int x, int y, const char *name, const char *value)
{
	bt_grid_put(grid, in, x, y, BT_DIM, name);
	bt_grid_right(grid, in, x + 19, y, BT_TEXT_PLAIN, value);
}

/* Lines of blocks beside the figures: memory over its own range, at least a tenth of it high;
 * processors from none to all. */
static void draw_sparks(
	struct bt_grid *grid, struct bt_rect in, const struct bt_screen *screen, bool memory)
{
	const struct bt_columns *cols = screen->columns;
	const struct bt_snapshot *last = bt_model_last(screen->shown);
	struct bt_rect row = { in.x + 22, in.y, BT_MAX(in.w - 22, 0), BT_MIN(in.h, 1) };
	double lo = (double)last->rss_start_bytes * 0.99, hi = (double)last->rss_peak_bytes;

	hi = fmax(hi, lo * 1.1);
	/* the highest stays below the row's upper edge: no block that runs into the frame */
	if (memory)
		bt_plot_spark(grid, row, BT_SERIES_1, cols->rss, cols->n, lo, hi + (hi - lo) / 4);
	row.y++;
	if (in.h > 1)
		bt_plot_spark(grid, row, BT_SERIES_4, cols->cpu, cols->n, 0,
			screen->shown->info->processors);
}

static void draw_memory_figures(
	struct bt_grid *grid, struct bt_rect in, const struct bt_screen *screen)
{
	const struct bt_snapshot *last = bt_model_last(screen->shown);
	const struct bt_usage *usage = screen->scoped ? &screen->window.after.usage : &last->usage;
	double rss = known_bytes(usage->rss_bytes), start = known_bytes(last->rss_start_bytes);
	double peak = known_bytes(last->rss_peak_bytes);
	char buf[BT_FMT_MAX], text[BT_FMT_MAX + 8];

	put_pair(grid, in, 0, 0, "resident", bt_fmt_bytes(buf, sizeof(buf), rss));
	put_pair(grid, in, 0, 2, "growth", fmt_growth(buf, sizeof(buf), rss - start));
	snprintf(text, sizeof(text), "peak %s", bt_fmt_bytes(buf, sizeof(buf), peak));
	if (22 + bt_text_width(text) <= in.w)
		bt_grid_put(grid, in, 22, 2, BT_DIM, text);
}

/* Processors in use over the last second or the window; NAN: unknown. */
static double processors_used(const struct bt_screen *screen)
{
	const struct bt_point *now = &screen->shown->recent;
	const struct bt_mark *from = &screen->window.before.mark, *to = &screen->window.after.mark;

	if (!screen->scoped)
		return now->cpu_span_ns ? (double)now->cpu_ns / (double)now->cpu_span_ns : NAN;
	if (!from->t_ns || from->cpu_ns == UINT64_MAX || to->cpu_ns == UINT64_MAX)
		return NAN;
	return (double)(to->cpu_ns - from->cpu_ns) / (double)(to->t_ns - from->t_ns);
}

static void draw_cpu(struct bt_grid *grid, struct bt_rect in, const struct bt_screen *screen)
{
	double used = processors_used(screen);
	char buf[BT_FMT_MAX], text[64];

	bt_fmt_number(buf, sizeof(buf), used);
	snprintf(text, sizeof(text), "%s of %u", buf, screen->shown->info->processors);
	put_pair(grid, in, 0, 1, "cpu", text);
}

static void draw_memory_chart(
	struct bt_grid *grid, struct bt_rect in, const struct bt_screen *screen)
{
	const struct bt_columns *cols = screen->columns;
	const struct bt_series series[] = { { "resident", cols->rss, BT_AREA, true, '#' } };
	int dots = bt_plot_dots(grid, in.w, true), from = BT_MAX(cols->n - dots, 0);
	struct bt_series shown = series[0];
	struct bt_plot plot = {
		.series = &shown, .n_series = 1, .label = bt_fmt_bytes, .top = MIB, .unit = MIB
	};

	/* A chart narrower than the main ones shows their newest columns, without a time axis of
	 * its own. */
	shown.v += from;
	plot.n = cols->n - from;
	plot.dot_ns = dots >= cols->dots ? cols->dot_ns : 0;
	bt_plot_draw(grid, in, &plot);
}

static int panel_memory_rows(const struct bt_screen *screen)
{
	(void)screen;
	return 4;
}

static void panel_memory_draw(
	struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_snapshot *last = bt_model_last(screen->shown);
	struct bt_rect in = bt_grid_box(grid, r, "memory and processor"), chart = in;
	char buf[BT_FMT_MAX];

	if (!last)
		return;
	chart.y += 4;
	chart.h -= 4;
	draw_memory_figures(grid, in, screen);
	draw_cpu(grid, in, screen);
	put_pair(grid, in, 0, 3, screen->scoped ? "run lag p99" : "own lag p99",
		bt_fmt_quantile(buf, sizeof(buf), &last->lag, BT_Q99));
	if (chart.h >= 3)
		draw_memory_chart(grid, chart, screen);
	draw_sparks(grid, in, screen, chart.h < 3);
}

const struct bt_panel_ops bt_panel_memory = { panel_memory_rows, panel_memory_draw };
