/* The panel of latency over time, through one of several lenses; and how often each latency was. */
#include "ui/panel.h"

#include <math.h>
#include <stdio.h>

#include "base/fmt.h"
#include "judge/threshold.h"

/* The tightest upper limit that was asked for of this time; NULL: none. */
static const struct bt_threshold *find_objective(const struct bt_screen *screen, enum bt_time time)
{
	static const enum bt_threshold_source sources[BT_LATENCIES] = { [BT_RESPONSE] =
										BT_OF_RESPONSE,
		[BT_SERVICE] = BT_OF_SERVICE,
		[BT_QUEUE] = BT_OF_QUEUE };
	const struct bt_thresholds *all = screen->shown->info->thresholds;
	const struct bt_threshold *t, *best = NULL;
	unsigned i;

	for (i = 0; i < bt_thresholds_count(all); i++) {
		t = bt_thresholds_get(all, i);
		if (t->source == sources[time] && t->op <= BT_AT_MOST &&
			(!best || t->limit < best->limit))
			best = t;
	}
	return best;
}

/* An exact percentile of what is looked at; NAN: nothing ended then. */
static double exact(const struct bt_screen *screen, enum bt_time time, unsigned q)
{
	const struct bt_latency *lat = bt_focus_latency(screen, time);

	return lat->count ? (double)lat->q[q] : NAN;
}

static void draw_lines(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_columns *cols = screen->columns;
	enum bt_time time = cols->time;
	const struct bt_threshold *objective = find_objective(screen, time);
	const double told[] = { exact(screen, time, BT_Q50), exact(screen, time, BT_Q95),
		exact(screen, time, BT_Q99) };
	const struct bt_series series[] = {
		{ "p50", cols->p50, BT_SERIES_1, false, '0' },
		{ "p95", cols->p95, BT_SERIES_4, false, '5' },
		{ "p99", cols->p99[time], BT_SERIES_3, false, '9' },
	};
	struct bt_plot plot = { .series = series,
		.n_series = BT_LEN(series),
		.told = told,
		.label = bt_fmt_ns,
		.scale = BT_LOG,
		.floor = 1e9,
		.top = 1,
		.limit = objective ? objective->limit : 0 };
	char title[BT_THRESHOLD_TEXT + 40];

	snprintf(title, sizeof(title), "%s%s%s", bt_time_name[time], objective ? ", ╌ " : "",
		objective ? objective->text : "");
	bt_chart_draw(grid, r, screen, title, &plot);
}

static void draw_split(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_columns *cols = screen->columns;
	const double told[] = { exact(screen, BT_QUEUE, BT_Q99), exact(screen, BT_SERVICE, BT_Q99),
		exact(screen, BT_RESPONSE, BT_Q99) };
	const struct bt_series series[] = {
		{ "queue", cols->p99[BT_QUEUE], BT_SERIES_2, false, 'q' },
		{ "service", cols->p99[BT_SERVICE], BT_SERIES_1, false, 's' },
		{ "response", cols->p99[BT_RESPONSE], BT_SERIES_3, false, 'r' },
	};
	struct bt_plot plot = { .series = series,
		.n_series = BT_LEN(series),
		.told = told,
		.label = bt_fmt_ns,
		.scale = BT_LOG,
		.floor = 1e9,
		.top = 1 };

	bt_chart_draw(grid, r, screen, "p99 of", &plot);
}

/* The points under a column of cells, kept from one row of it to the next. */
struct shades {
	const struct bt_model *model;
	enum bt_time time;
	double from_ns, cell_ns;
	int cell; /* -1: none yet */
	struct bt_point sum;
};

static void sum_cell(struct shades *s, int cell)
{
	double begin = s->from_ns + cell * s->cell_ns, point_ns = (double)s->model->point_ns;
	unsigned from = (unsigned)bt_u64(fmin(begin / point_ns + 1e-9, BT_POINTS));
	unsigned to =
		(unsigned)bt_u64(fmin(ceil((begin + s->cell_ns) / point_ns - 1e-9) - 1, BT_POINTS));

	bt_model_sum(&s->sum, s->model, from, BT_MAX(from, to));
	s->cell = cell;
}

/* Buckets that a row cuts are shared out as if their values lay evenly on the logarithmic axis. */
static double density(void *arg, int cell, double lo, double hi)
{
	struct shades *s = arg;
	const struct bt_coarse *h = &s->sum.times[s->time];
	double sum = 0, low, high, from, to;
	unsigned i;

	if (s->cell != cell)
		sum_cell(s, cell);
	for (i = h->lo; i <= h->hi && i < BT_COARSE_LEN; i++) {
		low = bt_coarse_low(i);
		high = bt_coarse_low(i + 1);
		from = fmax(low, lo);
		to = fmin(high, hi);
		if (from < to && h->c[i])
			sum += h->c[i] * log(to / from) / log(high / low);
	}
	return bt_point_rate(&s->sum, sum);
}

/* The highest rate so far rounded up by factors of three: the shades of what is past seldom
 * change. */
static double top_density(const struct bt_columns *cols)
{
	double most = 1, power, first;
	int i;

	for (i = 0; i < cols->n; i++)
		most = fmax(most, isfinite(cols->achieved[i]) ? cols->achieved[i] : 0);
	power = pow(10, floor(log10(most) + 1e-9));
	first = most / power;
	return power * (first <= 1 + 1e-9 ? 1 : first <= 3 ? 3 : 10);
}

/* The range of the axis: of all that was ever measured, so that it does not move with the
 * window. */
static void find_extremes(struct bt_plot *plot, const struct bt_hist *all)
{
	if (!all->count)
		return;
	plot->floor = fmax((double)bt_hist_low(all->lo), 64);
	plot->top = fmax((double)bt_hist_high(all->hi), plot->floor);
}

static void put_shades(struct bt_grid *grid, struct bt_rect r, int after, double top)
{
	char few[BT_FMT_MAX], many[BT_FMT_MAX], words[2 * BT_FMT_MAX + 24];
	unsigned i;
	int x;

	bt_fmt_rate(few, sizeof(few), top / pow(10, BT_HEAT_DECADES));
	bt_fmt_rate(many, sizeof(many), top);
	snprintf(words, sizeof(words), " %s…%s/s ", few, many);
	x = after + 1;
	if (x + bt_text_width(words) + BT_HEAT_LEVELS > r.w - 24)
		return;
	bt_grid_set(grid, r, x++, 0, BT_DIM, ' ');
	for (i = 1; i <= BT_HEAT_LEVELS; i++)
		bt_heat_put(grid, r, x++, 0, i);
	bt_grid_put(grid, r, x, 0, BT_DIM, words);
}

static void draw_heat(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_columns *cols = screen->columns;
	enum bt_time time = cols->time;
	const struct bt_threshold *objective = find_objective(screen, time);
	const double told[] = { exact(screen, time, BT_Q50), exact(screen, time, BT_Q99) };
	const struct bt_series series[] = {
		{ "p50", cols->p50, BT_TEXT_PLAIN, false, '0' },
		{ "p99", cols->p99[time], BT_SERIES_3, false, '9' },
	};
	struct shades shades = { .model = screen->shown,
		.time = time,
		.from_ns = cols->from_ns,
		.cell_ns = cols->dot_ns * bt_plot_dots(grid, BT_PLOT_LABEL + 1, true),
		.cell = -1 };
	struct bt_heat heat = { density, &shades, top_density(cols) };
	struct bt_plot plot = { .series = series,
		.n_series = BT_LEN(series),
		.told = told,
		.label = bt_fmt_ns,
		.scale = BT_LOG,
		.floor = 1e9,
		.top = 1,
		.limit = objective ? objective->limit : 0,
		.heat = &heat };

	find_extremes(&plot, bt_trace_whole(&screen->shown->trace, time));
	bt_chart_draw(grid, r, screen, bt_time_name[time], &plot);
	put_shades(grid, r, bt_text_width(bt_time_name[time]) + 4, heat.top);
}

/* Groups of coarse buckets, one a row: their edges are edges of the exact histogram's buckets too,
 * so the counts are exact. */
struct spread {
	const struct bt_hist *h;
	unsigned first, each, n; /* coarse buckets: the first, how many a row; rows */
	uint64_t most;
};

static unsigned coarse_of(uint64_t ns)
{
	unsigned i = 0;

	while (i + 1 < BT_COARSE_LEN && bt_coarse_low(i + 1) <= (double)ns)
		i++;
	return i;
}

static double row_low(const struct spread *s, unsigned row)
{
	return bt_coarse_low(s->first + row * s->each);
}

static uint64_t row_count(const struct spread *s, unsigned row)
{
	unsigned from = row ? bt_hist_index((uint64_t)row_low(s, row)) : 0, to = BT_HIST_LEN, i;
	uint64_t n = 0;

	if (row + 1 < s->n)
		to = bt_hist_index((uint64_t)row_low(s, row + 1));
	for (i = BT_MAX(from, s->h->lo); i < to && i <= s->h->hi; i++)
		n += s->h->c[i];
	return n;
}

static bool find_spread(struct spread *s, const struct bt_hist *h, int rows)
{
	unsigned last, i;

	if (!h || !h->count || rows < 1)
		return false;
	s->h = h;
	s->first = coarse_of(bt_hist_low(h->lo));
	last = coarse_of(bt_hist_low(h->hi));
	s->each = (last - s->first) / (unsigned)rows + 1;
	s->n = (last - s->first) / s->each + 1;
	s->most = 1;
	for (i = 0; i < s->n; i++)
		s->most = BT_MAX(s->most, row_count(s, i));
	return true;
}

/* A bar of eighths of a cell. */
static void put_bar(struct bt_grid *grid, struct bt_rect r, int x, int y, double cells)
{
	int whole = (int)cells, part = (int)((cells - whole) * 8), i;

	for (i = 0; i < whole; i++)
		bt_grid_set(grid, r, x + i, y, BT_AREA, 0x2588);
	if (part || whole == 0)
		bt_grid_set(grid, r, x + whole, y, BT_AREA, 0x2590 - (uint32_t)BT_MAX(part, 1));
}

static void put_percentiles(
	struct bt_grid *grid, struct bt_rect in, int y, const struct spread *s, unsigned row)
{
	static const unsigned shown[] = { BT_Q50, BT_Q95, BT_Q99 };
	static const char *const names[] = { "p50", "p95", "p99" };
	int x = in.w;
	uint64_t at;
	size_t i;

	for (i = BT_LEN(shown); i > 0; i--) {
		at = bt_hist_quantile(s->h, bt_quantile_of[shown[i - 1]]);
		if ((row && (double)at < row_low(s, row)) ||
			(row + 1 < s->n && (double)at >= row_low(s, row + 1)))
			continue;
		bt_grid_right(grid, in, x, y, BT_ACCENT | BT_BOLD, names[i - 1]);
		x -= 4;
	}
}

static void draw_spread_rows(struct bt_grid *grid, struct bt_rect in, const struct bt_hist *h)
{
	struct spread s;
	char buf[BT_FMT_MAX];
	int room = in.w - 10 - 24;
	uint64_t n;
	unsigned i;

	if (!find_spread(&s, h, in.h))
		return;
	for (i = 0; i < s.n; i++) {
		n = row_count(&s, i);
		bt_grid_right(
			grid, in, 9, (int)i, BT_DIM, bt_fmt_ns(buf, sizeof(buf), row_low(&s, i)));
		if (n && room > 0)
			put_bar(grid, in, 10, (int)i, (double)n / (double)s.most * room);
		bt_grid_right(grid, in, in.w - 13, (int)i, n ? BT_TEXT_PLAIN : BT_DIM,
			bt_fmt_group(buf, sizeof(buf), n));
		put_percentiles(grid, in, (int)i, &s, i);
	}
}

static void panel_spread_draw(
	struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	enum bt_time time = (enum bt_time)(screen->focus.time % BT_LATENCIES);
	char title[BT_SCOPE_MAX + 40], words[BT_SCOPE_MAX];

	snprintf(title, sizeof(title), "%s, operations%s%s", bt_time_name[time],
		screen->scoped ? " " : "", screen->scoped ? bt_scope_words(words, screen) : "");
	draw_spread_rows(grid, bt_grid_box(grid, r, title),
		screen->scoped ? screen->window.hist[time]
			       : bt_trace_whole(&screen->shown->trace, time));
}

/* Only where it is not what the latency panel shows. */
static int panel_spread_rows(const struct bt_screen *screen)
{
	return screen->large && screen->focus.lens != BT_LENS_SPREAD ? 12 : 0;
}

const struct bt_panel_ops bt_panel_spread = { panel_spread_rows, panel_spread_draw };

static void panel_latency_draw(
	struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	static void (*const lenses[])(struct bt_grid *, struct bt_rect,
		const struct bt_screen *) = { [BT_LENS_LINES] = draw_lines,
		[BT_LENS_HEAT] = draw_heat,
		[BT_LENS_SPREAD] = panel_spread_draw };

	bt_chart_columns(grid, bt_rect_inset(r, 2, 1), screen);
	if (screen->focus.lens == BT_LENS_LINES && screen->focus.time == BT_SPLIT)
		draw_split(grid, r, screen);
	else
		lenses[screen->focus.lens](grid, r, screen);
}

const struct bt_panel_ops bt_panel_latency = { bt_rows_chart, panel_latency_draw };
