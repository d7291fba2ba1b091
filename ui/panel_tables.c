/* The panels of figures: percentiles, steps. */
#include "ui/panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"

/* Rows of the table; what is shown where there is no room for all goes by rank. */
enum { ROW_MIN = BT_QUANTILES + 1, ROW_MEAN }; /* beside BT_Q50 … and BT_QUANTILES, the maximum */
static const struct {
	unsigned row;
	int rank;
	const char *name;
} table_rows[] = {
	{ ROW_MIN, 7, "min" },
	{ BT_Q50, 1, "p50" },
	{ BT_Q90, 6, "p90" },
	{ BT_Q95, 3, "p95" },
	{ BT_Q99, 0, "p99" },
	{ BT_Q999, 4, "p99.9" },
	{ BT_QUANTILES, 2, "max" },
	{ ROW_MEAN, 5, "mean" },
};

static int panel_table_rows(const struct bt_screen *screen)
{
	(void)screen;
	return (int)BT_LEN(table_rows) + 1;
}

struct table_column {
	const char *name;
	const struct bt_latency *lat;
	const struct bt_hist *hist; /* NULL: the smallest is not known */
	unsigned style;
};

static unsigned window_columns(
	struct table_column out[5], const struct bt_screen *screen, const char *words)
{
	const struct bt_window *window = &screen->window;
	const struct bt_model *model = screen->shown;
	enum bt_time time = bt_model_time(model);
	unsigned n = 0;

	out[n++] =
		(struct table_column){ words, &window->lat[time], window->hist[time], BT_ACCENT };
	if (model->info->open_loop) {
		out[n++] = (struct table_column){ "service", &window->lat[BT_SERVICE],
			window->hist[BT_SERVICE], BT_DIM };
		out[n++] = (struct table_column){ "queue", &window->lat[BT_QUEUE],
			window->hist[BT_QUEUE], BT_DIM };
	}
	out[n++] = (struct table_column){ "whole run", bt_run_latency(&model->tally),
		bt_trace_whole(&model->trace, time), BT_TEXT_PLAIN };
	return n;
}

static unsigned run_columns(struct table_column out[5], const struct bt_model *model)
{
	const struct bt_snapshot *last = bt_model_last(model);
	enum bt_time time = bt_model_time(model);
	unsigned n = 0;

	out[n++] = (struct table_column){ "whole run", last ? bt_run_latency(&model->tally) : NULL,
		bt_trace_whole(&model->trace, time), BT_TEXT_PLAIN };
	if (model->tally.n_segments > 1)
		out[n++] = (struct table_column){ "this step", bt_step_latency(model), NULL,
			BT_TEXT_PLAIN };
	if (model->info->open_loop) {
		out[n++] = (struct table_column){ "service", last ? &last->total_service : NULL,
			bt_trace_whole(&model->trace, BT_SERVICE), BT_DIM };
		out[n++] = (struct table_column){ "queue", last ? &last->total_queue : NULL,
			bt_trace_whole(&model->trace, BT_QUEUE), BT_DIM };
	}
	return n;
}

static void put_figure(struct bt_grid *grid, struct bt_rect in, int end, int y, unsigned row,
	const struct table_column *col)
{
	double ns = NAN;
	char buf[BT_FMT_MAX];

	if (row == ROW_MEAN && col->lat && col->lat->count)
		ns = col->lat->mean;
	else if (row == ROW_MIN && col->hist && col->hist->count)
		ns = (double)bt_hist_low(col->hist->lo);
	if (row == ROW_MEAN || row == ROW_MIN)
		bt_fmt_ns(buf, sizeof(buf), ns);
	else
		bt_fmt_quantile(buf, sizeof(buf), col->lat, row);
	bt_grid_right(grid, in, end, y, col->style | (row == BT_Q99 ? BT_BOLD : 0), buf);
}

static void panel_table_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	struct bt_rect in = bt_grid_box(grid, r, bt_latency_word(screen->shown->info));
	struct table_column cols[5];
	char words[BT_SCOPE_MAX];
	int y = in.h >= 4 ? 1 : 0, room = in.h - y, w;
	unsigned n, i, c;

	n = screen->scoped ? window_columns(cols, screen, bt_scope_words(words, screen))
			   : run_columns(cols, screen->shown);
	n = (unsigned)BT_MAX(BT_MIN((in.w - 6) / 10, (int)n), 1);
	w = BT_MIN((in.w - 6) / (int)n, 14);
	for (c = 0; c < n && y; c++)
		bt_grid_right(grid, in, 6 + w * (int)(c + 1), 0, BT_DIM, cols[c].name);
	for (i = 0; i < BT_LEN(table_rows); i++) {
		if (table_rows[i].rank >= room)
			continue;
		bt_grid_put(grid, in, 0, y, BT_DIM, table_rows[i].name);
		for (c = 0; c < n; c++)
			put_figure(grid, in, 6 + w * (int)(c + 1), y, table_rows[i].row, &cols[c]);
		y++;
	}
}

const struct bt_panel_ops bt_panel_table = { panel_table_rows, panel_table_draw };

const char *bt_finding_words(const struct bt_screen *screen)
{
	const struct bt_snapshot *last = bt_model_last(screen->shown);

	return last && last->finding_text[0] ? last->finding_text : NULL;
}

/* A run of one segment has no steps to show. */
static int panel_steps_rows(const struct bt_screen *screen)
{
	unsigned n = screen->shown->tally.n_segments;

	if (n < 2 && !bt_finding_words(screen))
		return 0;
	return (int)BT_MIN(n, 200u) + 1 + (bt_finding_words(screen) ? 3 : 0);
}

static const struct {
	unsigned style;
	const char *mark;
} outcomes[] = {
	[BT_STEP_NONE] = { BT_DIM, " " },
	[BT_STEP_HELD] = { BT_GOOD | BT_BOLD, "✔" },
	[BT_STEP_BROKE] = { BT_BAD | BT_BOLD, "✖" },
};

static void draw_step_mark(struct bt_grid *grid, struct bt_rect in, int y,
	const struct bt_model *model, const struct bt_segment_record *seg)
{
	enum bt_step_outcome outcome = seg->result.outcome;

	if (outcome == BT_STEP_NONE && seg->result.state != BT_SEG_CLOSED && !model->ended)
		bt_grid_put(grid, in, 0, y, BT_ACCENT | BT_BOLD,
			seg->result.state == BT_SEG_RUNNING ? "▶" : "…");
	else
		bt_grid_put(grid, in, 0, y, outcomes[outcome].style, outcomes[outcome].mark);
}

static void step_name(char *buf, size_t size, const struct bt_segment *plan)
{
	if (plan->step && plan->mode != BT_FILL)
		snprintf(buf, size, "%u", plan->step);
	else
		snprintf(buf, size, "%s", plan->label);
}

double bt_step_rate(const struct bt_model *model, const struct bt_segment_record *seg)
{
	const struct bt_snapshot *last = bt_model_last(model);
	uint64_t end_ns = seg->result.end_ns, n = seg->result.completed_in_span;

	if (seg->plan.mode == BT_IDLE || seg->plan.mode == BT_FILL || !last)
		return NAN;
	if (seg->result.state == BT_SEG_RUNNING) {
		end_ns = BT_MIN(end_ns, last->t_ns);
		n = seg->result.counts.completed; /* the span has not ended: all of it is within */
	}
	if (end_ns <= seg->result.start_ns)
		return NAN;
	return (double)n / ((double)(end_ns - seg->result.start_ns) / 1e9);
}

static void draw_step(struct bt_grid *grid, struct bt_rect in, int y, const struct bt_model *model,
	const struct bt_segment_record *seg, bool looked_at)
{
	const struct bt_segment_result *res = &seg->result;
	const struct bt_latency *lat = model->info->open_loop ? &res->response : &res->service;
	bool now = res->state == BT_SEG_RUNNING;
	int from = 42; /* of the reason */
	unsigned style = looked_at ? BT_ACCENT | BT_BOLD
		: now              ? BT_TEXT_PLAIN | BT_BOLD
				   : BT_TEXT_PLAIN;
	char buf[BT_FMT_MAX], name[sizeof(seg->plan.label)];
	double rate = seg->plan.mode == BT_OPEN ? seg->plan.rate_to : NAN;

	if (seg->plan.op_units)
		rate = (double)seg->plan.op_units;
	bt_fmt_rate(buf, sizeof(buf), rate);
	draw_step_mark(grid, in, y, model, seg);
	step_name(name, sizeof(name), &seg->plan);
	if (seg->plan.step && seg->plan.mode != BT_FILL)
		bt_grid_right(grid, in, 4, y, BT_DIM, name);
	else
		bt_grid_fit(grid, in, 2, y, 9 - bt_text_width(buf), BT_DIM, name);
	if (seg->plan.data_items)
		bt_fmt_rate(buf, sizeof(buf), (double)seg->plan.data_items);
	else if (seg->plan.level) /* of a step that scales: how many at once */
		snprintf(buf, sizeof(buf), "%u", seg->plan.level);
	bt_grid_right(grid, in, 12, y, style, buf);
	bt_grid_right(grid, in, 21, y, style,
		bt_fmt_rate(buf, sizeof(buf),
			bt_step_rate(model, seg) * (double)BT_MAX(seg->plan.op_units, 1)));
	if (in.w >= 30)
		bt_grid_right(
			grid, in, 30, y, style, bt_fmt_quantile(buf, sizeof(buf), lat, BT_Q99));
	if (in.w >= 39)
		bt_grid_right(grid, in, 39, y, res->counts.failed ? BT_BAD : style,
			bt_fmt_share(buf, sizeof(buf), bt_error_share(&res->counts)));
	if (seg->plan.op_units && in.w >= 50) {
		bt_grid_right(grid, in, 50, y, style,
			bt_fmt_ns(buf, sizeof(buf),
				lat->count ? lat->mean / (double)seg->plan.op_units : NAN));
		from = 53;
	}
	if (in.w >= from + 10)
		bt_grid_fit(grid, in, from, y, in.w - from, BT_DIM, res->reason);
}

bool bt_has_sizes(const struct bt_tally *tally)
{
	return tally->n_segments && tally->segments[tally->n_segments - 1].plan.op_units;
}

static void draw_steps_head(struct bt_grid *grid, struct bt_rect in, const struct bt_tally *tally)
{
	bool scales = tally->n_segments && tally->segments[0].plan.level;
	bool fills = tally->n_segments && tally->segments[tally->n_segments - 1].plan.data_items;
	bool sizes = bt_has_sizes(tally);

	bt_grid_right(grid, in, 4, 0, BT_DIM, "#");
	bt_grid_right(grid, in, 12, 0, BT_DIM,
		fills            ? "items"
			: sizes  ? "a call"
			: scales ? "at once"
				 : "offered");
	bt_grid_right(grid, in, 21, 0, BT_DIM, sizes ? "units/s" : "achieved");
	if (in.w >= 30)
		bt_grid_right(grid, in, 30, 0, BT_DIM, "p99");
	if (in.w >= 39)
		bt_grid_right(grid, in, 39, 0, BT_DIM, "errors");
	if (sizes && in.w >= 50)
		bt_grid_right(grid, in, 50, 0, BT_DIM, "a unit");
}

/* The newest are shown, or those up to the one that is looked at. */
static unsigned first_step(const struct bt_screen *screen, unsigned rows)
{
	const struct bt_tally *tally = &screen->shown->tally;
	unsigned first = tally->n_segments > rows ? tally->n_segments - rows : 0;

	if (screen->scoped)
		first = BT_MIN(first, screen->window.after.segment);
	return first;
}

static void panel_steps_draw(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_tally *tally = &screen->shown->tally;
	struct bt_rect in = bt_grid_box(grid, r, "steps"), foot = in;
	const char *words = bt_finding_words(screen);
	unsigned i, first;
	int y = 1;

	if (words && in.h >= 3 && !bt_notice_tells_finding(screen)) {
		foot.h = BT_MIN(
			BT_MAX(in.h - 3, 1), (bt_text_width(words) + in.w - 1) / BT_MAX(in.w, 1));
		in.h -= foot.h;
		foot.y = in.y + BT_MIN(in.h, (int)tally->n_segments + 2);
		bt_grid_wrap(grid, foot, BT_ACCENT | BT_BOLD, words);
	}
	draw_steps_head(grid, in, tally);
	first = first_step(screen, (unsigned)BT_MAX(in.h - 1, 0));
	for (i = first; i < tally->n_segments; i++)
		draw_step(grid, in, y++, screen->shown, &tally->segments[i],
			screen->scoped && tally->segments[i].index == screen->window.after.segment);
}

const struct bt_panel_ops bt_panel_steps = { panel_steps_rows, panel_steps_draw };
