/* The rows above and below the framed panels. */
#include "ui/panel.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/fmt.h"
#include "ui/digits.h"

const char *bt_latency_word(const struct bt_run_info *info)
{
	return info->open_loop ? "response time" : "service time";
}

const struct bt_latency *bt_step_latency(const struct bt_model *model)
{
	const struct bt_segment_record *seg = bt_model_segment(model);

	if (!seg)
		return NULL;
	return model->info->open_loop ? &seg->result.response : &seg->result.service;
}

double bt_error_share(const struct bt_counts *counts)
{
	uint64_t bad = counts->failed + counts->expired, all = counts->completed + bad;

	return all ? (double)bad / (double)all : NAN;
}

char *bt_fmt_quantile(char *buf, size_t size, const struct bt_latency *lat, unsigned row)
{
	if (!lat || lat->count == 0)
		return bt_fmt_ns(buf, size, NAN);
	return bt_fmt_ns(buf, size, row < BT_QUANTILES ? (double)lat->q[row] : (double)lat->max);
}

char *bt_fmt_rate(char *buf, size_t size, double rate)
{
	if (isfinite(rate) && rate >= 999.5 && rate < 99999.5)
		return bt_fmt_group(buf, size, (uint64_t)llround(rate));
	return bt_fmt_number(buf, size, rate);
}

int bt_rows_one(const struct bt_screen *screen)
{
	(void)screen;
	return 1;
}

/* The state of a run in a word, with a mark, so that it is told without colour. */
struct state {
	unsigned style;
	char words[160];
};

static const char *stop_words(const struct bt_model *model)
{
	unsigned i;

	for (i = model->tally.n_events; i > 0; i--)
		if (model->tally.events[i - 1].kind == BT_EV_STOP)
			return model->tally.events[i - 1].text;
	return NULL;
}

static void ended_state(struct state *state, const struct bt_model *model)
{
	const char *status = model->info->status, *why = stop_words(model);

	if (model->tally.last->fatal) {
		*state = (struct state){ BT_BAD | BT_BOLD, "✖ ended by an error" };
	} else if (why || (status && strcmp(status, "ended") != 0)) {
		*state = (struct state){ BT_WARN | BT_BOLD, "" };
		snprintf(state->words, sizeof(state->words), "■ %s", why ? why : status);
	} else {
		*state = (struct state){ BT_GOOD | BT_BOLD, "✔ done" };
	}
}

static void find_state(struct state *state, const struct bt_screen *screen)
{
	const struct bt_model *model = screen->shown;
	const struct bt_snapshot *last = bt_model_last(model);
	const struct bt_segment_record *seg = bt_model_segment(model);

	if (model->ended)
		ended_state(state, model);
	else if (model->info->status)
		*state = (struct state){ BT_DIM, "… reading" };
	else if (screen->stopping)
		*state = (struct state){ BT_WARN | BT_BOLD, "■ ending" };
	else if (!last)
		*state = (struct state){ BT_DIM, "… starting" };
	else if (last->paused)
		*state = (struct state){ BT_WARN | BT_BOLD, "‖ paused" };
	else if (seg && seg->result.state == BT_SEG_DRAINING)
		*state = (struct state){ BT_ACCENT | BT_BOLD, "… draining" };
	else
		*state = (struct state){ BT_GOOD | BT_BOLD, "▶ running" };
}

static void step_words(char *buf, size_t size, const struct bt_model *model)
{
	const struct bt_segment_record *seg = bt_model_segment(model);

	buf[0] = '\0';
	if (!seg || seg->plan.step == 0)
		return;
	if (seg->plan.steps)
		snprintf(buf, size, "step %u of %u", seg->plan.step, seg->plan.steps);
	else
		snprintf(buf, size, "step %u", seg->plan.step);
}

static void time_words(char *buf, size_t size, const struct bt_model *model, bool brief)
{
	const struct bt_snapshot *last = bt_model_last(model);
	uint64_t t_ns = last ? last->t_ns : 0, planned_ns = model->info->planned_ns;
	char now[BT_FMT_MAX], left[BT_FMT_MAX];

	bt_fmt_clock(now, sizeof(now), t_ns);
	if (brief)
		snprintf(buf, size, "%s", now);
	else if (model->ended)
		snprintf(buf, size, "%s in all", now);
	else if (planned_ns > t_ns)
		snprintf(buf, size, "%s elapsed  %s left", now,
			bt_fmt_clock(left, sizeof(left), planned_ns - t_ns));
	else
		snprintf(buf, size, "%s elapsed", now);
}

/* One part of the header after another. Returns the column after it, unchanged when there is no room for a useful rest. */
static int put_word(struct bt_grid *grid, struct bt_rect r, int x, unsigned style, const char *text)
{
	if (!*text || x + 6 > r.w)
		return x;
	return x + bt_grid_fit(grid, r, x, 0, r.w - x, style, text) + 2;
}

static void put_conditions(
	struct bt_grid *grid, struct bt_rect r, int x, const struct bt_run_info *info)
{
	char words[120];

	if (r.w - x < 44)
		return;
	snprintf(words, sizeof(words), "%s loop · %u worker%s · seed %llu",
		info->open_loop ? "open" : "closed", info->workers, info->workers == 1 ? "" : "s",
		(unsigned long long)info->seed);
	bt_grid_right(grid, r, r.w - 1, 0, BT_DIM, words);
}

/* State and time always have their place; name, profile and step share the rest. */
static void draw_header(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	const struct bt_run_info *info = screen->shown->info;
	struct bt_rect left = r, names = r;
	struct state state;
	char words[80];
	int x = 1;

	time_words(words, sizeof(words), screen->shown, r.w < 60);
	bt_grid_right(grid, r, r.w - 1, 0, BT_TITLE, words);
	left.w = BT_MAX(r.w - bt_text_width(words) - 3, 1);
	find_state(&state, screen);
	names.w = BT_MAX(left.w - BT_MIN(bt_text_width(state.words), left.w / 2) - 3, 1);
	x = put_word(grid, names, x, BT_ACCENT | BT_BOLD, info->workload);
	x = put_word(grid, names, x, BT_TITLE, info->profile);
	step_words(words, sizeof(words), screen->shown);
	x = put_word(grid, names, x, BT_TITLE, words) + 1;
	x = put_word(grid, left, x, state.style, state.words);
	put_conditions(grid, left, x, info);
}

const struct bt_panel_ops bt_panel_header = { bt_rows_one, draw_header };

/* How far: by planned time, else by steps; NAN when nobody knows. */
static double progress(const struct bt_model *model)
{
	const struct bt_snapshot *last = bt_model_last(model);
	const struct bt_segment_record *seg = bt_model_segment(model);

	if (!last)
		return NAN;
	if (model->ended)
		return 1;
	if (model->info->planned_ns)
		return (double)last->t_ns / (double)model->info->planned_ns;
	if (seg && seg->plan.steps)
		return (seg->plan.step - 1.0) / seg->plan.steps;
	return NAN;
}

static void draw_progress(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	bt_plot_bar(grid, bt_rect_inset(r, 1, 0), BT_ACCENT, progress(screen->shown));
}

const struct bt_panel_ops bt_panel_progress = { bt_rows_one, draw_progress };

/* The figures that answer "how is it doing?". */
struct answer {
	char rate_label[64], rate[BT_FMT_MAX]; /* "op/s of 1,300 offered", "1,234" */
	char p99_label[48], p99[BT_FMT_MAX], p99_unit[BT_FMT_MAX]; /* unit: empty when unknown */
	char errors[BT_FMT_MAX], errors_unit[BT_FMT_MAX];
	bool any_errors;
};

static void rate_answer(struct answer *out, const struct bt_model *model)
{
	const struct bt_snapshot *last = bt_model_last(model);
	const struct bt_point *now = &model->recent;
	struct bt_figures figures;
	double rate = bt_point_rate(now, now->completed);
	char buf[BT_FMT_MAX];

	snprintf(out->rate_label, sizeof(out->rate_label), "op/s");
	if (last && model->ended && last->finding_name[0] && isfinite(last->finding_value)) {
		rate = last->finding_value;
		snprintf(out->rate_label, sizeof(out->rate_label), "%s %s", last->finding_unit,
			last->finding_name);
	} else if (last && model->ended) {
		bt_figures_of(&figures, &model->tally);
		rate = figures.throughput;
		snprintf(out->rate_label, sizeof(out->rate_label), "op/s throughput");
	} else if (model->info->open_loop && last) {
		snprintf(out->rate_label, sizeof(out->rate_label), "op/s of %s offered",
			bt_fmt_rate(buf, sizeof(buf), bt_point_rate(now, now->offered)));
	}
	bt_fmt_rate(out->rate, sizeof(out->rate), rate);
}

/* Moves what stands after the space in text, if anything, to unit. Both have BT_FMT_MAX bytes. */
static void split_unit(char *text, char *unit)
{
	char *space = strchr(text, ' ');

	unit[0] = '\0';
	if (!space)
		return;
	*space = '\0';
	memmove(unit, space + 1, strlen(space + 1) + 1);
}

static void find_answer(struct answer *out, const struct bt_model *model)
{
	const struct bt_snapshot *last = bt_model_last(model);
	const struct bt_latency *lat = last ? bt_step_latency(model) : NULL;
	bool many = model->tally.n_segments > 1 && last, steps = many && !model->ended;

	memset(out, 0, sizeof(*out));
	rate_answer(out, model);
	if (last && (!steps || !lat || lat->count == 0)) {
		lat = bt_run_latency(&model->tally);
		steps = false;
	}
	snprintf(out->p99_label, sizeof(out->p99_label), "p99 %s%s", bt_latency_word(model->info),
		steps          ? ", this step"
			: many ? ", whole run"
			       : "");
	bt_fmt_quantile(out->p99, sizeof(out->p99), lat, BT_Q99);
	split_unit(out->p99, out->p99_unit);
	bt_fmt_share(out->errors, sizeof(out->errors), last ? bt_error_share(&last->total) : NAN);
	out->any_errors = last && last->total.failed + last->total.expired > 0;
	split_unit(out->errors, out->errors_unit);
}

static const struct verdict_words {
	unsigned style;
	const char *words;
} verdicts[] = {
	[BT_VALID] = { BT_GOOD | BT_BOLD, "✔ valid" },
	[BT_DEGRADED] = { BT_WARN | BT_BOLD, "● degraded" },
	[BT_INVALID] = { BT_BAD | BT_BOLD, "✖ invalid" },
};

/* Nothing was measured yet: nothing to trust or to doubt. */
static const struct verdict_words *verdict_of(const struct bt_model *model)
{
	static const struct verdict_words unknown = { BT_DIM, "-" };

	return bt_model_last(model) ? &verdicts[model->judgement.verdict] : &unknown;
}

static void draw_tile(struct bt_grid *grid, struct bt_rect r, unsigned style, const char *label,
	const char *figure, const char *tail)
{
	int x;

	bt_grid_fit(grid, r, 0, 0, r.w - 2, BT_DIM, label);
	x = bt_digits_put(grid, r, 0, 1, style, figure) + 1;
	bt_grid_fit(grid, r, x, grid->ascii ? 2 : 3, r.w - x - 1, BT_DIM, tail);
}

static void draw_large(struct bt_grid *grid, struct bt_rect r, const struct bt_model *model,
	const struct answer *a)
{
	const struct bt_judgement *judge = &model->judgement;
	struct bt_rect tile = { r.x + 2, r.y, (r.w - 2) * 28 / 100, r.h };

	draw_tile(grid, tile, BT_SERIES_1, a->rate_label, a->rate, "");
	tile.x += tile.w;
	draw_tile(grid, tile, BT_SERIES_3, a->p99_label, a->p99, a->p99_unit);
	tile.x += tile.w;
	tile.w = (r.w - 2) * 18 / 100;
	draw_tile(grid, tile, a->any_errors ? BT_BAD : BT_TEXT_PLAIN, "errors", a->errors,
		a->errors_unit);
	tile.x += tile.w;
	tile.w = r.x + r.w - tile.x - 1;
	bt_grid_put(grid, tile, 0, 0, BT_DIM, "measurement");
	bt_grid_put(grid, tile, 0, 1, verdict_of(model)->style, verdict_of(model)->words);
	tile.y += 2;
	tile.h = 2;
	if (judge->n)
		bt_grid_wrap(grid, tile, BT_DIM, judge->reasons[0].text);
}

static void draw_small(struct bt_grid *grid, struct bt_rect r, const struct bt_model *model,
	const struct answer *a)
{
	const struct bt_judgement *judge = &model->judgement;
	int x, y = r.h > 1 ? 1 : 0;

	x = bt_grid_put(grid, r, 1, 0, BT_SERIES_1 | BT_BOLD, a->rate);
	x = bt_grid_printf(grid, r, x, 0, BT_DIM, " %s", a->rate_label);
	x = y ? 0 : x + 2;
	x = bt_grid_put(grid, r, x + 1, y, BT_DIM, "p99 ");
	x = bt_grid_printf(grid, r, x, y, BT_SERIES_3 | BT_BOLD, "%s %s", a->p99, a->p99_unit);
	x = bt_grid_put(grid, r, x + 3, y, BT_DIM, "errors ");
	x = bt_grid_printf(grid, r, x, y, (a->any_errors ? BT_BAD : BT_TEXT_PLAIN) | BT_BOLD,
		"%s %s", a->errors, a->errors_unit);
	if (y) {
		bt_grid_right(
			grid, r, r.w - 1, 0, verdict_of(model)->style, verdict_of(model)->words);
		return;
	}
	x = bt_grid_put(grid, r, x + 3, y, verdict_of(model)->style, verdict_of(model)->words);
	if (judge->n && x + 3 + bt_text_width(judge->reasons[0].text) <= r.w) /* or in the notice */
		bt_grid_put(grid, r, x + 2, y, BT_DIM, judge->reasons[0].text);
}

static void draw_headline(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	struct answer a;

	find_answer(&a, screen->shown);
	if (r.h >= 4)
		draw_large(grid, r, screen->shown, &a);
	else
		draw_small(grid, r, screen->shown, &a);
}

const struct bt_panel_ops bt_panel_headline = { bt_rows_one, draw_headline };

void bt_panel_one_line(struct bt_grid *grid, struct bt_rect r, const struct bt_screen *screen)
{
	char line[200], elapsed[BT_FMT_MAX];
	const struct bt_snapshot *last = bt_model_last(screen->shown);
	struct answer a;

	find_answer(&a, screen->shown);
	snprintf(line, sizeof(line), "%s op/s p99 %s %s err %s %s %s %s", a.rate, a.p99, a.p99_unit,
		a.errors, a.errors_unit,
		bt_fmt_clock(elapsed, sizeof(elapsed), last ? last->t_ns : 0),
		screen->shown->info->workload);
	bt_grid_fit(grid, r, 0, 0, r.w, BT_TEXT_PLAIN, line);
}
